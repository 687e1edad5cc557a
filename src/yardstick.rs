//! Layer 1: the yardstick, a queue simulated by a small loop written by hand, which the simulator's speed is held against.
//!
//! A machine that does other things changes its speed by the minute, and two machines differ by more than any change of
//! ours. What the loop takes in the same minute, on the same processor, says how fast that machine was then: a ratio to
//! it means something where reports per second do not. It does what the simulator does at heart (an event list, a
//! line, random numbers), so that what slows one slows the other; and it shares no code with it, so that no change of
//! ours moves it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, Exp1};

/// The number of this loop: it goes up with whatever makes it faster or slower.
pub const VERSION: u32 = 1;
/// How many people work.
const PEOPLE: usize = 50;
/// Minutes between two reports, where a report takes one of work: 95 % of the people are busy.
const INTERVAL: f64 = 1.0 / 47.5;
/// The mean wait in minutes, by Erlang's C formula.
pub const MEAN_WAIT: f64 = 0.251_64;

/// What happens in the event list, after the bits of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Completion,
}

/// M/M/50 at 0.95, with one event list for everything: the next arrival and all completions in one binary heap. Simulates
/// so many reports and says how long they waited, in minutes on average.
///
/// Times are minutes, as `f64`; the positive ones order like their bits, so that the event list holds integers.
pub fn one_event_list(n_reports: u64, seed: u64) -> f64 {
    let mut rng = SmallRng::seed_from_u64(seed);
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
    waited / n_reports.max(1) as f64
}

/// An exponential duration of mean 1.
#[inline]
fn exponential(rng: &mut SmallRng) -> f64 {
    Exp1.sample(rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One mean wait of a million reports has a standard deviation of 0.011 min, over 24 seeds: five of them, of four
    /// million.
    #[test]
    fn it_waits_as_long_as_theory_says() {
        let found = one_event_list(4_000_000, 1);
        assert!((found - MEAN_WAIT).abs() < 0.028, "{found}");
    }

    #[test]
    fn the_same_seed_is_the_same_wait() {
        let wait = |seed| one_event_list(20_000, seed).to_bits();
        assert_eq!(wait(1), wait(1));
        assert_ne!(wait(1), wait(2));
    }
}
