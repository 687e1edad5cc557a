//! Queues with any law of work or of intervals.
//!
//! Expected values: Pollaczek–Khinchine for M/G/1, Wq = λE[S²]/(2(1 − ρ)); for M/D/c and G/M/1 the numbers of Tijms,
//! *A First Course in Stochastic Models*.

use super::*;

/// The text of an M/G/1 queue at 80 %, for so many minutes.
fn at_80_percent(minutes: f64, work: &str) -> String {
    queue(minutes, 0.8, work, 1, "")
}

fn check_wait(text: &str, minutes: f64) {
    check(text, 32, &[near("mean wait", minutes * MINUTE, |run| run.wait(0))]);
}

#[test]
fn work_of_fixed_length() {
    check_wait(&at_80_percent(150_000.0, r#""1min""#), 2.0);
}

#[test]
fn work_of_scv_one_half() {
    for law in ["gamma", "lognormal"] {
        let work = format!("{{ {law} = {{ mean = \"1min\", cv = {} }} }}", 0.5_f64.sqrt());
        check_wait(&at_80_percent(300_000.0, &work), 3.0);
    }
}

#[test]
fn exponential_work() {
    check_wait(&at_80_percent(340_000.0, &exponential(1.0)), 4.0);
}

#[test]
fn work_of_scv_four() {
    check_wait(&at_80_percent(900_000.0, r#"{ hyperexponential = { mean = "1min", cv = 2 } }"#), 10.0);
}

#[test]
fn work_of_scv_nine() {
    // such rare long cases make 1 % cost five times as long as the other laws
    let text = at_80_percent(600_000.0, r#"{ gamma = { mean = "1min", cv = 3 } }"#);
    check(&text, 32, &[near("mean wait", 20.0 * MINUTE, |run| run.wait(0)).precision(0.02)]);
}

#[test]
fn fixed_work_and_several_servers() {
    for (servers, utilization, wait, minutes) in
        [(2, 0.9, 2.146_92, 240_000.0), (5, 0.8, 0.289_060, 60_000.0), (10, 0.9, 0.344_582, 80_000.0)]
    {
        let rate = f64::from(servers) * utilization;
        let text = queue(minutes, rate, r#""1min""#, servers, "");
        check(
            &text,
            32,
            &[
                near(format!("mean wait, {servers} servers"), wait * MINUTE, |run| run.wait(0)),
                near(format!("number waiting, {servers} servers"), rate * wait, |run| {
                    run.summary.stages[0].queue_length_mean
                }),
            ],
        );
    }
}

/// A queue with one exponential server of mean one minute, fed at intervals of this law.
fn fed_every(minutes: f64, intervals: &str) -> String {
    queue(minutes, 1.0, &exponential(1.0), 1, "").replace("rate = \"1/min\"", &format!("every = {intervals}"))
}

/// The mean interval of a utilization of 90 %.
fn interval() -> String {
    format!("{}s", MINUTE / 0.9)
}

#[test]
fn fixed_intervals() {
    check_wait(&fed_every(700_000.0, &format!("\"{}\"", interval())), 4.178_66);
}

#[test]
fn erlang_intervals() {
    let cv = 0.5_f64.sqrt();
    let intervals = format!("{{ gamma = {{ mean = \"{}\", cv = {cv} }} }}", interval());
    check_wait(&fed_every(800_000.0, &intervals), 6.588_28);
}

#[test]
fn hyperexponential_intervals() {
    let intervals = format!("{{ hyperexponential = {{ mean = \"{}\", cv = 2 }} }}", interval());
    // bursts at 90 % make 1 % cost four times as long
    let text = fed_every(500_000.0, &intervals);
    check(&text, 32, &[near("mean wait", 22.408_9 * MINUTE, |run| run.wait(0)).precision(0.02)]);
}
