//! `scenarios/bench/pipeline.toml`: triage by class, then one of eight platforms.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, LogNormal};

use super::case_mix::{
    CLASSES, Case, CaseMix, EXCHANGE, PLATFORMS, REVIEWERS, TRIAGE_PEOPLE, review_work, triage_work,
};
use super::generator;
use super::station::Station;

/// One event list for everything: the next arrival, the cases on their way and all completions in one binary heap.
pub(crate) fn one_event_list(n_reports: u64, seed: u64) -> f64 {
    let mut rng = generator(seed);
    let mut events = EventList::new();
    let mut mix = CaseMix::new();
    let mut ended = Ended::default();
    let desks = |platform: usize| Desks::new(REVIEWERS[platform], review_work());
    let mut triage = Desks::new(TRIAGE_PEOPLE, triage_work());
    let mut platforms: [Desks; PLATFORMS] = std::array::from_fn(desks);
    let mut next = mix.next(&mut rng);
    let mut arrived = 1;
    events.push(next.sent, Event::Sent);
    while let Some((now, event)) = events.pop() {
        match event {
            Event::Sent => {
                let case = events.keep(next);
                if let Some(work) = triage.arrive(now, case, next.class, &mut rng) {
                    events.push(now + work, Event::LeavesTriage(case));
                }
                if arrived < n_reports {
                    arrived += 1;
                    next = mix.next(&mut rng);
                    events.push(next.sent, Event::Sent);
                }
            }
            Event::LeavesTriage(case) => {
                if let Some((waiting, work)) = triage.complete(now, &mut rng) {
                    events.push(now + work, Event::LeavesTriage(waiting));
                }
                if events.cases[case as usize].platform().is_some() {
                    events.push(now + EXCHANGE, Event::EntersPlatform(case));
                } else {
                    ended.count(events.discard(case), now);
                }
            }
            Event::EntersPlatform(id) => {
                let case = events.cases[id as usize];
                let Some(platform) = case.platform() else { continue };
                if let Some(work) = platforms[platform].arrive(now, id, case.class, &mut rng) {
                    events.push(now + work, Event::LeavesPlatform(id));
                }
            }
            Event::LeavesPlatform(id) => {
                let case = events.discard(id);
                let Some(platform) = case.platform() else { continue };
                if let Some((waiting, work)) = platforms[platform].complete(now, &mut rng) {
                    events.push(now + work, Event::LeavesPlatform(waiting));
                }
                ended.count(case, now);
            }
        }
    }
    ended.check(n_reports);
    triage.waited / n_reports as f64
}

/// Station by station: what triage completes comes out in order of time, so each platform is fed at once and needs
/// only its own people's winner tree.
pub(crate) fn winner_tree(n_reports: u64, seed: u64) -> f64 {
    let mut rng = generator(seed);
    let mut mix = CaseMix::new();
    let mut triage = Station::new(TRIAGE_PEOPLE, triage_work());
    let mut rest = Rest::new();
    for _ in 0..n_reports {
        let case = mix.next(&mut rng);
        while let Some((now, done)) = triage.complete(case.sent, &mut rng) {
            rest.follow(now, done, &mut rng);
        }
        triage.arrive(case.sent, case, &mut rng);
    }
    while let Some((now, done)) = triage.complete(f64::INFINITY, &mut rng) {
        rest.follow(now, done, &mut rng);
    }
    rest.finish(&mut rng).check(n_reports);
    triage.waited / triage.visits as f64
}

/// What comes after triage.
struct Rest {
    platforms: [Station; PLATFORMS],
    ended: Ended,
}

impl Rest {
    fn new() -> Self {
        let platforms = std::array::from_fn(|platform| Station::new(REVIEWERS[platform], review_work()));
        Self { platforms, ended: Ended::default() }
    }

    #[inline]
    fn follow(&mut self, now: f64, case: Case, rng: &mut SmallRng) {
        let Some(platform) = case.platform() else {
            self.ended.count(case, now);
            return;
        };
        let platform = &mut self.platforms[platform];
        let arrives = now + EXCHANGE;
        while let Some((now, done)) = platform.complete(arrives, rng) {
            self.ended.count(done, now);
        }
        platform.arrive(arrives, case, rng);
    }

    fn finish(mut self, rng: &mut SmallRng) -> Ended {
        for platform in &mut self.platforms {
            while let Some((now, done)) = platform.complete(f64::INFINITY, rng) {
                self.ended.count(done, now);
            }
        }
        self.ended
    }
}

/// How it ended, by class: the least that a simulation of response times must tell.
#[derive(Debug, Default)]
struct Ended {
    cases: [u64; CLASSES],
    on_time: [u64; CLASSES],
    response_time: [f64; CLASSES],
}

impl Ended {
    const WITHIN: f64 = 60.0;

    #[inline]
    fn count(&mut self, case: Case, now: f64) {
        let class = usize::from(case.class);
        let response_time = now - case.sent;
        self.cases[class] += 1;
        self.on_time[class] += u64::from(response_time <= Self::WITHIN);
        self.response_time[class] += response_time;
    }

    /// Everything that came has ended, and the more urgent are the faster.
    fn check(&self, n_reports: u64) {
        assert_eq!(self.cases.iter().sum::<u64>(), n_reports, "every report ends");
        let mean = |class: usize| self.response_time[class] / self.cases[class] as f64;
        let on_time = |class: usize| self.on_time[class] as f64 / self.cases[class] as f64;
        assert!(mean(0) < mean(2) && on_time(0) > on_time(2), "{self:?}");
    }
}

/// What happens, and to which of the cases kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Sent,
    LeavesTriage(u32),
    EntersPlatform(u32),
    LeavesPlatform(u32),
}

/// All events, and the cases they happen to.
struct EventList {
    events: BinaryHeap<Reverse<(u64, Event)>>,
    cases: Vec<Case>,
    vacant: Vec<u32>,
}

impl EventList {
    fn new() -> Self {
        Self { events: BinaryHeap::with_capacity(1024), cases: Vec::new(), vacant: Vec::new() }
    }

    #[inline]
    fn push(&mut self, time: f64, event: Event) {
        self.events.push(Reverse((time.to_bits(), event)));
    }

    #[inline]
    fn pop(&mut self) -> Option<(f64, Event)> {
        self.events.pop().map(|Reverse((bits, event))| (f64::from_bits(bits), event))
    }

    #[inline]
    fn keep(&mut self, case: Case) -> u32 {
        if let Some(id) = self.vacant.pop() {
            self.cases[id as usize] = case;
            return id;
        }
        self.cases.push(case);
        self.cases.len() as u32 - 1
    }

    #[inline]
    fn discard(&mut self, id: u32) -> Case {
        self.vacant.push(id);
        self.cases[id as usize]
    }
}

/// A team whose completions are in the event list of everything.
struct Desks {
    free: usize,
    lines: [VecDeque<(f64, u32)>; CLASSES],
    work: LogNormal<f64>,
    waited: f64,
}

impl Desks {
    fn new(people: usize, work: LogNormal<f64>) -> Self {
        let lines = std::array::from_fn(|_| VecDeque::with_capacity(256));
        Self { free: people, lines, work, waited: 0.0 }
    }

    /// A case arrives; how long it will be worked on, where somebody is free.
    #[inline]
    fn arrive(&mut self, now: f64, id: u32, class: u8, rng: &mut SmallRng) -> Option<f64> {
        if self.free == 0 {
            self.lines[usize::from(class)].push_back((now, id));
            return None;
        }
        self.free -= 1;
        Some(self.work.sample(rng))
    }

    /// A person is done; the case that is taken in hand next, and how long it will be worked on.
    #[inline]
    fn complete(&mut self, now: f64, rng: &mut SmallRng) -> Option<(u32, f64)> {
        let Some((joined, id)) = self.lines.iter_mut().find_map(VecDeque::pop_front) else {
            self.free += 1;
            return None;
        };
        self.waited += now - joined;
        Some((id, self.work.sample(rng)))
    }
}
