//! Queues without memory: Erlang's formulas, and queues that people leave.
//!
//! Expected values: Erlang B and C, and the stationary law of the birth–death process for queues with patience or
//! little room (Garnett, Mandelbaum & Reiman, MSOM 4, 2002); the numbers are those of published tables where they exist.

use super::*;

/// The share of arriving cases that found no room.
fn blocked(run: &Run) -> Option<Estimate> {
    run.ratio(|r| (r.stages[0].blocked as f64, r.stages[0].arrivals.iter().sum::<u64>() as f64))
}

/// The share of arriving cases that gave up.
fn reneged(run: &Run) -> Option<Estimate> {
    run.ratio(|r| (r.stages[0].reneged as f64, r.stages[0].arrivals.iter().sum::<u64>() as f64))
}

/// A target that a case meets by beginning its work within so many minutes.
fn begins_within(minutes: f64) -> String {
    format!(
        "[[target]]\nname = \"begins within {minutes}\"\nclock = \"enters desk -> starts desk\"\n\
         within = \"{}ms\"\nshare = 0.5\n",
        // a target takes time: a millisecond stands for none
        (minutes * 60_000.0).max(1.0)
    )
}

#[test]
fn erlang_b() {
    for (servers, load, share, minutes) in [
        (10, 7.0, 0.078_740_9, 18_000.0),
        (30, 25.0, 0.052_603_2, 12_000.0),
        (100, 100.0, 0.075_700_5, 3000.0),
    ] {
        let text = queue(minutes, load, &exponential(1.0), servers, "room = 0\n");
        let utilization = load * (1.0 - share) / f64::from(servers);
        check(
            &text,
            32,
            &[
                near(format!("share blocked, {servers} servers"), share, blocked),
                near("utilization", utilization, |run| run.summary.teams[0].utilization),
                exactly("nobody waits", 0.0, |run| run.wait(0)),
            ],
        );
    }
}

#[test]
fn erlang_b_is_insensitive_to_the_law_of_the_work() {
    for work in [r#""1min""#, r#"{ hyperexponential = { mean = "1min", cv = 2 } }"#] {
        let text = queue(24_000.0, 7.0, work, 10, "room = 0\n");
        check(&text, 32, &[near("share blocked", 0.078_740_9, blocked)]);
    }
}

#[test]
fn three_servers() {
    let text = queue(800_000.0, 0.2, &exponential(10.0), 3, &begins_within(0.0));
    check(
        &text,
        64,
        &[
            near("mean wait", 4.444_444 * MINUTE, |run| run.wait(0)),
            near("95 % quantile of the wait", 21.848 * MINUTE, |run| run.summary.stages[0].waiting_time.p95),
            near("share that waits not at all", 1.0 - 0.444_444, |run| run.on_time(0)),
            near("number waiting", 0.2 * 4.444_444, |run| run.summary.stages[0].queue_length_mean),
        ],
    );
}

#[test]
fn ten_servers() {
    let within: String = [0.0, 0.5, 1.0].map(begins_within).concat();
    let late = |minutes: f64| 0.409_18 * f64::exp(-2.0 * minutes);
    check(
        &queue(60_000.0, 8.0, &exponential(1.0), 10, &within),
        64,
        &[
            near("mean wait", 0.204_59 * MINUTE, |run| run.wait(0)),
            near("95 % quantile of the wait", 1.051_07 * MINUTE, |run| {
                run.summary.stages[0].waiting_time.p95
            }),
            near("99 % quantile of the wait", 1.855_79 * MINUTE, |run| {
                run.summary.stages[0].waiting_time.p99
            }),
            near("P(W > 0)", late(0.0), late_share(0)),
            near("P(W > 0.5)", late(0.5), late_share(1)),
            // one case in eighteen: 1 % would cost three times as long as all else here
            near("P(W > 1)", late(1.0), late_share(2)).precision(0.02),
        ],
    );
}

/// The share of cases that missed a target.
fn late_share(target: usize) -> impl Fn(&Run) -> Option<Estimate> {
    move |run| {
        run.ratio(|r| {
            let (count, on_time) = r.targets[target];
            ((count - on_time) as f64, count as f64)
        })
    }
}

#[test]
fn fifty_servers() {
    // at 96 % the queue forgets so slowly that 1 % would take 300 million cases
    check(
        &queue(48_000.0, 48.0, &exponential(1.0), 50, ""),
        32,
        &[
            near("mean wait", 20.83, |run| run.wait(0)).precision(0.02),
            near("90 % quantile of the wait", 58.14, |run| run.summary.stages[0].waiting_time.p90)
                .precision(0.02),
            near("number waiting", 16.67, |run| run.summary.stages[0].queue_length_mean).precision(0.02),
        ],
    );
}

#[test]
fn fifty_servers_with_patience() {
    let more = format!("patience = {}\n{}", exponential(2.0), begins_within(0.0));
    // a case that gives up never starts: the clock judges those that do, and those that end as withdrawn
    check(
        &queue(12_000.0, 48.0, &exponential(1.0), 50, &more),
        32,
        &[
            near("share that gives up", 0.030_912, reneged),
            near("mean wait", 3.709_5, |run| run.wait(0)),
            near("number waiting", 2.968, |run| run.summary.stages[0].queue_length_mean),
            near("utilization", 0.930_3, |run| run.summary.teams[0].utilization),
            near("P(W > 0)", 0.467_77, late_share(0)),
        ],
    );
}

#[test]
fn an_overloaded_queue_with_patience() {
    let more = format!("patience = {}\n{}", exponential(1.0), begins_within(0.0));
    check(
        &queue(2_000.0, 120.0, &exponential(1.0), 100, &more),
        32,
        &[near("share that gives up", 0.167_693, reneged), near("P(W > 0)", 0.972_14, late_share(0))],
    );
}

#[test]
fn little_room() {
    // M/M/1/10: one at work and nine who wait
    check(
        &queue(150_000.0, 1.2, &exponential(1.0), 1, "room = 9\n"),
        32,
        &[near("share blocked", 0.192_586, blocked)],
    );
}

#[test]
fn reports_in_batches() {
    let text =
        queue(900_000.0, 0.16, &exponential(1.0), 1, "").replace("to = \"desk\"", "batch = 5\nto = \"desk\"");
    check(&text, 32, &[near("mean wait", 14.0 * MINUTE, |run| run.wait(0))]);
}
