//! M/M/50: fifty people with exponential work of mean 1 min, and 47.5 reports a minute.

use super::winner_tree::WinnerTree;
use super::{exponential, generator};

/// One event list for everything: the loop that `vigie gate --bench` takes too.
pub(crate) use vigie::yardstick::one_event_list;

const PEOPLE: usize = 50;
const INTERVAL: f64 = 1.0 / 47.5;

/// First come, first served, the next report goes to whoever is free first (J. Kiefer and J. Wolfowitz, 1955, "On the
/// theory of queues with many servers"): no queue and no events, only a winner tree of when each person is free.
pub(crate) fn winner_tree(n_reports: u64, seed: u64) -> f64 {
    let mut rng = generator(seed);
    let mut free = WinnerTree::new(PEOPLE);
    for person in 0..PEOPLE {
        free.set(person, 0.0);
    }
    let mut now = 0.0;
    let mut waited = 0.0;
    for _ in 0..n_reports {
        now += exponential(&mut rng) * INTERVAL;
        let (free_at, person) = free.earliest().unwrap_or((now, 0));
        let begins = free_at.max(now);
        waited += begins - now;
        free.set(person, begins + exponential(&mut rng));
    }
    waited / n_reports as f64
}
