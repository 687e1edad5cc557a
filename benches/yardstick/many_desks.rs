//! M/M/50: fifty people with exponential work of mean 1 min, and 47.5 reports a minute.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::winner_tree::WinnerTree;
use super::{exponential, generator};

const PEOPLE: usize = 50;
const INTERVAL: f64 = 1.0 / 47.5;

/// What happens in the event list, after the bits of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Completion,
}

/// One event list for everything: the next arrival and all completions in one binary heap.
pub(crate) fn one_event_list(n_reports: u64, seed: u64) -> f64 {
    let mut rng = generator(seed);
    let mut events = BinaryHeap::with_capacity(PEOPLE + 1);
    let mut line = VecDeque::with_capacity(1024);
    let (mut arrived, mut busy) = (0, 0);
    let mut waited = 0.0;
    let event = |time: f64, what| Reverse((time.to_bits(), what));
    events.push(event(exponential(&mut rng) * INTERVAL, Event::Arrival));
    while let Some(Reverse((bits, what))) = events.pop() {
        let now = f64::from_bits(bits);
        match what {
            Event::Arrival => {
                arrived += 1;
                if arrived < n_reports {
                    events.push(event(now + exponential(&mut rng) * INTERVAL, Event::Arrival));
                }
                if busy < PEOPLE {
                    busy += 1;
                    events.push(event(now + exponential(&mut rng), Event::Completion));
                } else {
                    line.push_back(now);
                }
            }
            Event::Completion => match line.pop_front() {
                Some(joined) => {
                    waited += now - joined;
                    events.push(event(now + exponential(&mut rng), Event::Completion));
                }
                None => busy -= 1,
            },
        }
    }
    waited / n_reports as f64
}

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
