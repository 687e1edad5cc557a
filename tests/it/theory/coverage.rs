//! What an interval of 95 % promises: that it holds the truth 95 times in 100.

use rand_distr::{Distribution as _, Exp1};
use rayon::prelude::*;
use vigie::random::ReplicationKey;
use vigie::statistics::{Histogram, quantile_interval};
use vigie::units::Duration;

use super::*;

#[test]
fn intervals_of_a_mean_wait_hold_the_truth_as_often_as_they_say() {
    // M/M/1 at one half with a warm-up of twenty relaxation times; twenty short replications each, as a user would run
    let text =
        queue(1_200.0, 0.5, &exponential(1.0), 1, "").replace("warm_up = \"120min\"", "warm_up = \"200min\"");
    assert!(text.contains("warm_up = \"200min\""));
    let truth = 1.0 * MINUTE;
    let experiments = 1_000;
    let holding = (0..experiments)
        .into_par_iter()
        .filter(|seed| {
            let wait = simulate(&text, *seed, 20, None).wait(0);
            wait.and_then(|wait| wait.interval).is_some_and(|(low, high)| low <= truth && truth <= high)
        })
        .count();
    let share = holding as f64 / experiments as f64;
    assert!(
        (0.936..=0.964).contains(&share),
        "the intervals hold the truth in {share} of {experiments} experiments"
    );
}

#[test]
fn intervals_of_far_quantiles_hold_the_truth_nearly_as_often_as_they_say() {
    // Twenty replications of 500 exponential times: five of each lie beyond the 99th percentile. The quantile of so
    // few is biased, and varies with its own spread, so that less than 95 % is to be expected. A computation apart from
    // this one, of 30,000 experiments, gave 95.1 % for p95 and 94.7 % for p99 (and 81.8 % for p99 around the mean of the
    // replications' quantiles); the limits are three standard deviations of 1,000 experiments, 2.1 %, from that.
    for (p, expected) in [(0.95, 0.951), (0.99, 0.947)] {
        let truth = MINUTE * -f64::ln(1.0 - p);
        let experiments = 1_000;
        let holding = (0..experiments)
            .into_par_iter()
            .filter(|experiment| {
                let (low, high) = quantile_of_exponentials(p, *experiment).unwrap_or((0.0, 0.0));
                low <= truth && truth <= high
            })
            .count();
        let share = holding as f64 / experiments as f64;
        assert!(
            (share - expected).abs() <= 0.021,
            "the intervals of the quantile {p} hold the truth in {share} of {experiments} experiments, not {expected}"
        );
    }
}

/// The interval of a quantile from twenty replications of 500 exponential times of mean one minute.
fn quantile_of_exponentials(p: f64, experiment: u64) -> Option<(f64, f64)> {
    let mut pooled = Histogram::default();
    let sections: Vec<f64> = (0..20)
        .map(|section| {
            let mut stream = ReplicationKey::new(99, experiment).stream(section, 0);
            let mut times = Histogram::default();
            for _ in 0..500 {
                let minutes: f64 = Exp1.sample(&mut stream);
                times.record(Duration::from_secs_f64(minutes * MINUTE));
            }
            pooled.merge(&times);
            times.quantile(p).unwrap_or(f64::NAN)
        })
        .collect();
    quantile_interval(pooled.quantile(p)?, &sections).bounds
}
