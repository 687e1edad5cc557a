//! A table of contenders, measured in turn.

use crate::SEED;
use crate::turns::{Run, in_turn, quartiles, ratios};
use crate::workload::{Answer, Workload};

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
        let runs: Vec<Run<'_, Answer>> =
            workload.contenders.iter().map(|contender| Box::new(|| contender.run(SEED)) as _).collect();
        let timed = in_turn(&runs, 0.0, n_rounds);
        let ours = &timed[0];
        for (contender, theirs) in workload.contenders.iter().zip(&timed) {
            let answer = theirs.answer;
            check(workload, contender.name, answer);
            let speed = answer.n_reports as f64 / quartiles(&theirs.secs)[1] / 1e6;
            let reports = ours.answer.n_reports as f64 / answer.n_reports as f64;
            let [low, ratio, high] = quartiles(&ratios(theirs, ours)).map(|ratio| ratio * reports);
            let digest = answer.digest.map_or_else(String::new, |digest| format!("{digest:016x}"));
            println!(
                "{:<9} {:<18} {speed:>9.2} {:>21} {:>9} {:>9.4} {:>10}  {digest}",
                workload.name,
                contender.name,
                format!("{ratio:.3} ({low:.3}-{high:.3})"),
                answer.n_reports,
                answer.mean_wait,
                workload.mean_wait,
            );
        }
    }
}

fn check(workload: &Workload, contender: &str, answer: Answer) {
    let difference = (answer.mean_wait - workload.mean_wait).abs();
    assert!(difference < workload.tolerance, "{} {contender}: {answer:?}", workload.name);
}
