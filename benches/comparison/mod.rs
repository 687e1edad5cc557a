//! Contenders measured in turn, so that whatever else the machine does meets all of them alike, and a table of it.

use std::time::Instant;

use crate::SEED;
use crate::workload::{Answer, Contender, Workload};

/// A contender's times in seconds, round by round, and its answer.
struct Measured {
    name: &'static str,
    /// How often it runs in one turn.
    n_runs: usize,
    /// Seconds for each run, by round.
    secs: Vec<f64>,
    answer: Answer,
}

/// Measures all workloads over so many rounds and prints a table.
///
/// # Panics
///
/// If a contender's answer differs from round to round, or is not what theory says.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn compare(workloads: &[Workload], n_rounds: usize) {
    println!(
        "\nIn turn, {n_rounds} rounds; speeds and ratios are medians, with quartiles; waits are means in minutes"
    );
    println!(
        "{:<9} {:<18} {:>9} {:>21} {:>9} {:>9} {:>10}  hash of the results",
        "workload", "who", "M/s", "vigie / who", "reports", "wait", "in theory"
    );
    for workload in workloads {
        let measured = in_turn(workload, n_rounds);
        let ours = &measured[0];
        for theirs in &measured {
            let answer = theirs.answer;
            let speed = answer.n_reports as f64 / quartiles(&theirs.secs)[1] / 1e6;
            let [low, ratio, high] = quartiles(&ratios(ours, theirs));
            let digest = answer.digest.map_or_else(String::new, |digest| format!("{digest:016x}"));
            println!(
                "{:<9} {:<18} {speed:>9.2} {:>21} {:>9} {:>9.4} {:>10}  {digest}",
                workload.name,
                theirs.name,
                format!("{ratio:.3} ({low:.3}-{high:.3})"),
                answer.n_reports,
                answer.mean_wait,
                workload.mean_wait,
            );
        }
    }
}

fn in_turn(workload: &Workload, n_rounds: usize) -> Vec<Measured> {
    let contenders = &workload.contenders;
    let mut measured: Vec<Measured> =
        contenders.iter().map(|contender| first_run(workload, contender)).collect();
    // a short turn would slip between the interruptions that a long one suffers: all take about as long as ours
    let turn_secs = measured[0].secs[0];
    for contender in &mut measured {
        contender.n_runs = (turn_secs / contender.secs[0]).round().max(1.0) as usize;
        contender.secs.clear();
    }
    for round in 0..n_rounds {
        for turn in 0..contenders.len() {
            // there and back again: nobody always comes after the same one
            let i = if round % 2 == 0 { turn } else { contenders.len() - 1 - turn };
            take_turn(&mut measured[i], &contenders[i]);
        }
    }
    measured
}

/// The first run finds its memory and its branches; its time says how often to run in a turn.
fn first_run(workload: &Workload, contender: &Contender) -> Measured {
    let begins = now();
    let answer = contender.run(SEED);
    let secs = vec![begins.elapsed().as_secs_f64()];
    let difference = (answer.mean_wait - workload.mean_wait).abs();
    assert!(difference < workload.tolerance, "{} {}: {answer:?}", workload.name, contender.name);
    Measured { name: contender.name, n_runs: 1, secs, answer }
}

fn take_turn(measured: &mut Measured, contender: &Contender) {
    let begins = now();
    for _ in 0..measured.n_runs {
        let answer = contender.run(SEED);
        assert_eq!(answer, measured.answer, "{}", contender.name);
    }
    measured.secs.push(begins.elapsed().as_secs_f64() / measured.n_runs as f64);
}

#[expect(clippy::disallowed_methods, reason = "benchmarks measure time")]
fn now() -> Instant {
    Instant::now()
}

/// Round by round, reports per second of ours over theirs: a slow minute slows both.
fn ratios(ours: &Measured, theirs: &Measured) -> Vec<f64> {
    let reports = ours.answer.n_reports as f64 / theirs.answer.n_reports as f64;
    ours.secs.iter().zip(&theirs.secs).map(|(ours, theirs)| theirs / ours * reports).collect()
}

/// The lower quartile, the median and the upper quartile.
fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    [last / 4, last / 2, last - last / 4].map(|i| sorted[i])
}
