//! A team with a queue for each class, driven by arrivals that come in order of time.

use std::collections::VecDeque;

use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, LogNormal};

use super::case_mix::{CLASSES, Case};
use super::winner_tree::{MOST_PEOPLE, WinnerTree};

/// The station's event list is a winner tree with a slot for each person.
pub(crate) struct Station {
    completions: WinnerTree,
    in_hand: [Case; MOST_PEOPLE],
    /// A bit for each person who is free.
    free: u64,
    /// Who waits, and since when.
    lines: [VecDeque<(f64, Case)>; CLASSES],
    /// A bit for each line that is not empty.
    waiting: u32,
    work: LogNormal<f64>,
    pub(crate) visits: u64,
    pub(crate) waited: f64,
}

impl Station {
    pub(crate) fn new(people: usize, work: LogNormal<f64>) -> Self {
        assert!(people < MOST_PEOPLE);
        Self {
            completions: WinnerTree::new(people),
            in_hand: [Case::default(); MOST_PEOPLE],
            free: (1 << people) - 1,
            lines: std::array::from_fn(|_| VecDeque::with_capacity(256)),
            waiting: 0,
            work,
            visits: 0,
            waited: 0.0,
        }
    }

    /// The next completion, if it is not after `time`: the person goes on to the most urgent case that waits.
    #[inline]
    pub(crate) fn complete(&mut self, time: f64, rng: &mut SmallRng) -> Option<(f64, Case)> {
        let (now, person) = self.completions.earliest()?;
        if now > time {
            return None;
        }
        let done = self.in_hand[person];
        if let Some((joined, case)) = self.next_case() {
            self.waited += now - joined;
            self.begin(now, person, case, rng);
        } else {
            self.free |= 1 << person;
            self.completions.clear(person);
        }
        Some((now, done))
    }

    /// A case arrives, when all completions before `now` are done.
    #[inline]
    pub(crate) fn arrive(&mut self, now: f64, case: Case, rng: &mut SmallRng) {
        self.visits += 1;
        if self.free == 0 {
            self.lines[usize::from(case.class)].push_back((now, case));
            self.waiting |= 1 << case.class;
        } else {
            let person = self.free.trailing_zeros() as usize;
            self.free &= self.free - 1;
            self.begin(now, person, case, rng);
        }
    }

    #[inline]
    fn next_case(&mut self) -> Option<(f64, Case)> {
        let class = self.waiting.trailing_zeros();
        let line = self.lines.get_mut(class as usize)?;
        let next = line.pop_front();
        self.waiting &= !(u32::from(line.is_empty()) << class);
        next
    }

    #[inline]
    fn begin(&mut self, now: f64, person: usize, case: Case, rng: &mut SmallRng) {
        self.in_hand[person] = case;
        self.completions.set(person, now + self.work.sample(rng));
    }
}
