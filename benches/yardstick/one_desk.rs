//! M/M/1: one person with exponential work of mean 1 min, and 0.9 reports a minute.

use std::collections::VecDeque;

use super::{exponential, generator};

const INTERVAL: f64 = 1.0 / 0.9;

/// Lindley's recursion: each waiting time from the one before, and no events at all (D. V. Lindley, 1952, "The theory
/// of queues with a single server").
pub(crate) fn lindley(n_reports: u64, seed: u64) -> f64 {
    let mut rng = generator(seed);
    let mut wait = 0.0_f64;
    let mut waited = 0.0;
    for _ in 0..n_reports {
        waited += wait;
        let work = exponential(&mut rng);
        let interval = exponential(&mut rng) * INTERVAL;
        wait = (wait + work - interval).max(0.0);
    }
    waited / n_reports as f64
}

/// An event loop whose event list is two clocks: the next arrival and the next completion.
pub(crate) fn two_clocks(n_reports: u64, seed: u64) -> f64 {
    let mut rng = generator(seed);
    let mut line = VecDeque::with_capacity(1024);
    let mut arrival = exponential(&mut rng) * INTERVAL;
    let mut completion = f64::INFINITY;
    let (mut arrived, mut served) = (0, 0);
    let mut waited = 0.0;
    while served < n_reports {
        if arrival < completion {
            let now = arrival;
            arrived += 1;
            arrival =
                if arrived < n_reports { now + exponential(&mut rng) * INTERVAL } else { f64::INFINITY };
            if completion == f64::INFINITY {
                completion = now + exponential(&mut rng);
            } else {
                line.push_back(now);
            }
        } else {
            let now = completion;
            served += 1;
            completion = match line.pop_front() {
                Some(joined) => {
                    waited += now - joined;
                    now + exponential(&mut rng)
                }
                None => f64::INFINITY,
            };
        }
    }
    waited / n_reports as f64
}
