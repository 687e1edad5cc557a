//! The clocks of the targets: started and stopped by events in a case's life.

use super::case::{Case, FLAGGED_CLOCKS};
use super::facts::{TargetFacts, count_in};
use super::plan::{ClockEvent, Outcome, Plan, Target};
use crate::statistics::Window;
use crate::units::{Duration, Time};

/// What the targets watch for, arranged by event so that an event nobody watches costs nothing.
#[derive(Debug)]
pub(super) struct Clocks {
    targets: Vec<Clock>,
    /// Number of flags and slots that cases need for them.
    flagged: u32,
    slots: usize,
    sent: Vec<Watch>,
    enters: Vec<Vec<Watch>>,
    starts: Vec<Vec<Watch>>,
    leaves: Vec<Vec<Watch>>,
    enters_platform: Vec<Vec<Watch>>,
    leaves_platform: Vec<Vec<Watch>>,
    /// By class: the targets to judge when a case ends.
    by_class: Vec<Vec<usize>>,
}

/// A target's clock.
#[derive(Debug)]
struct Clock {
    to: ClockEvent,
    within: Duration,
    classes: Vec<bool>,
    start: Start,
}

/// Where a case keeps when a clock was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// It runs from the report to the end, and the case knows when it was sent.
    Sent,
    /// The same, but it stops on the way, once: a flag says that it has.
    SentUntil(u32),
    /// In a slot of its own among the extras.
    Slot(usize),
}

/// What an event does to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Watch {
    // stopping comes before starting, so that a clock from an event to the same event measures the interval
    Stop(usize),
    Start(usize),
}

impl Clocks {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut clocks = Self {
            targets: Vec::new(),
            flagged: 0,
            slots: 0,
            sent: Vec::new(),
            enters: vec![Vec::new(); plan.stages.len()],
            starts: vec![Vec::new(); plan.stages.len()],
            leaves: vec![Vec::new(); plan.stages.len()],
            enters_platform: vec![Vec::new(); plan.platforms.len()],
            leaves_platform: vec![Vec::new(); plan.platforms.len()],
            by_class: vec![Vec::new(); plan.classes.len()],
        };
        for target in &plan.targets {
            clocks.add(target);
        }
        clocks
    }

    fn add(&mut self, target: &Target) {
        let idx = self.targets.len();
        for (class, covered) in target.classes.iter().enumerate() {
            if *covered {
                self.by_class[class].push(idx);
            }
        }
        let start = match (target.from, is_ending(target.to)) {
            (ClockEvent::Sent, true) => Start::Sent,
            (ClockEvent::Sent, false) if self.flagged < FLAGGED_CLOCKS => {
                self.flagged += 1;
                Start::SentUntil(self.flagged - 1)
            }
            _ => {
                self.slots += 1;
                Start::Slot(self.slots - 1)
            }
        };
        self.targets.push(Clock {
            to: target.to,
            within: target.within,
            classes: target.classes.clone(),
            start,
        });
        if matches!(start, Start::Slot(_)) {
            self.watch(target.from, Watch::Start(idx));
        }
        self.watch(target.to, Watch::Stop(idx));
    }

    fn watch(&mut self, event: ClockEvent, watch: Watch) {
        let watches = match event {
            ClockEvent::Sent => &mut self.sent,
            ClockEvent::Enters(stage) => &mut self.enters[stage],
            ClockEvent::Starts(stage) => &mut self.starts[stage],
            ClockEvent::Leaves(stage) => &mut self.leaves[stage],
            ClockEvent::EntersPlatform(platform) => &mut self.enters_platform[platform],
            ClockEvent::LeavesPlatform(platform) => &mut self.leaves_platform[platform],
            // every end looks at every clock of the class
            ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_) => return,
        };
        watches.push(watch);
        watches.sort_unstable();
    }

    /// An event in the middle of a case's life.
    #[inline]
    pub(super) fn pass(&self, event: ClockEvent, case: &mut Case, now: Time, tally: &mut ClockTally<'_>) {
        let watches = match event {
            ClockEvent::Sent => &self.sent,
            ClockEvent::Enters(stage) => &self.enters[stage],
            ClockEvent::Starts(stage) => &self.starts[stage],
            ClockEvent::Leaves(stage) => &self.leaves[stage],
            ClockEvent::EntersPlatform(platform) => &self.enters_platform[platform],
            ClockEvent::LeavesPlatform(platform) => &self.leaves_platform[platform],
            ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_) => return,
        };
        if !watches.is_empty() {
            self.apply(watches, case, now, tally);
        }
    }

    fn apply(&self, watches: &[Watch], case: &mut Case, now: Time, tally: &mut ClockTally<'_>) {
        for watch in watches {
            let (Watch::Start(idx) | Watch::Stop(idx)) = *watch;
            let clock = &self.targets[idx];
            if !clock.classes[case.class as usize] {
                continue;
            }
            if let Watch::Start(_) = watch {
                clock.begin(case, now);
            } else if let Some(started) = clock.started(case) {
                clock.stop(case);
                tally.judge(idx, case.counted, now, now.since(started) <= clock.within);
            }
        }
    }

    /// The case has ended.
    #[inline]
    pub(super) fn end(&self, case: &Case, outcome: Outcome, now: Time, tally: &mut ClockTally<'_>) {
        for &idx in &self.by_class[case.class as usize] {
            let clock = &self.targets[idx];
            let Some(started) = clock.started(case) else { continue };
            let stops = match clock.to {
                ClockEvent::Ended => true,
                ClockEvent::Decided => outcome.is_decision(),
                ClockEvent::EndedAs(wanted) => outcome == wanted,
                _ => false,
            };
            if stops {
                tally.judge(idx, case.counted, now, now.since(started) <= clock.within);
            } else if !outcome.is_decision() {
                tally.judge(idx, case.counted, now, false);
            }
        }
    }

    /// The case is still open at the end of time: it has missed the targets whose time is up.
    pub(super) fn still_open(&self, case: &Case, horizon: Time, tally: &mut ClockTally<'_>) {
        let last_moment = Time::from_micros(horizon.as_micros().saturating_sub(1));
        for &idx in &self.by_class[case.class as usize] {
            let clock = &self.targets[idx];
            if clock.started(case).is_some_and(|started| horizon.saturating_since(started) > clock.within) {
                tally.judge(idx, case.counted, last_moment, false);
            }
        }
    }
}

impl Clock {
    /// When the clock was started for this case; `None` where it is not running.
    #[inline]
    fn started(&self, case: &Case) -> Option<Time> {
        match self.start {
            Start::Sent => Some(case.sent),
            Start::SentUntil(flag) => case.clock_runs(flag).then_some(case.sent),
            Start::Slot(slot) => {
                let started = case.extras.as_ref()?.clocks.get(slot).copied()?;
                (started != Time::NEVER).then_some(started)
            }
        }
    }

    /// Starts a clock with a slot. One that is already running goes on: the case came back before the closing event.
    fn begin(&self, case: &mut Case, now: Time) {
        let Start::Slot(slot) = self.start else { return };
        let clocks = &mut case.extras_mut().clocks;
        if clocks.len() <= slot {
            clocks.resize(slot + 1, Time::NEVER);
        }
        if clocks[slot] == Time::NEVER {
            clocks[slot] = now;
        }
    }

    #[inline]
    fn stop(&self, case: &mut Case) {
        match self.start {
            Start::Sent => {}
            Start::SentUntil(flag) => case.stop_clock(flag),
            Start::Slot(slot) => {
                if let Some(clock) = case.extras_mut().clocks.get_mut(slot) {
                    *clock = Time::NEVER;
                }
            }
        }
    }
}

fn is_ending(event: ClockEvent) -> bool {
    matches!(event, ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_))
}

/// Where judgements are noted.
#[derive(Debug)]
pub(super) struct ClockTally<'a> {
    pub(super) targets: &'a mut [TargetFacts],
    pub(super) window: Window,
}

impl ClockTally<'_> {
    #[inline]
    fn judge(&mut self, target: usize, counted: bool, now: Time, on_time: bool) {
        let facts = &mut self.targets[target];
        let bucket = self.window.bucket_of(now);
        count_in(&mut facts.count_by_bucket, bucket);
        if on_time {
            count_in(&mut facts.on_time_by_bucket, bucket);
        }
        if counted {
            facts.count += 1;
            facts.on_time += u64::from(on_time);
        }
    }
}
