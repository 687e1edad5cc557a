//! The clocks of the targets and probes: started and stopped by events in a case's life.

use super::case::{Case, FLAGGED_CLOCKS};
use super::facts::{Facts, Judged, ProbeFacts, TargetFacts};
use super::plan::{ClockEvent, Outcome, Plan};
use super::source::SEQUENCE_BITS;

use crate::statistics::Window;
use crate::units::{Duration, Time};

/// What the targets and probes watch for, arranged by event so that an event nobody watches costs nothing.
#[derive(Debug)]
pub(super) struct Clocks {
    all: Vec<Clock>,
    /// By probe: the high bits of the ids of the cases that it is for; all where there are none.
    probes: Vec<Option<Vec<u64>>>,
    /// Number of flags and slots that cases need for them.
    flagged: u32,
    slots: usize,
    sent: Vec<Watch>,
    enters: Vec<Vec<Watch>>,
    starts: Vec<Vec<Watch>>,
    leaves: Vec<Vec<Watch>>,
    enters_platform: Vec<Vec<Watch>>,
    leaves_platform: Vec<Vec<Watch>>,
    /// By class: what to judge when a case ends.
    by_class: Vec<Vec<LastWord>>,
}

/// A clock of a target or a probe.
#[derive(Debug)]
struct Clock {
    within: Duration,
    classes: Vec<bool>,
    start: Start,
}

/// What the end of a case means for a target or a probe.
#[derive(Debug)]
struct LastWord {
    /// The number of its clock: that of the target, or so many more.
    clock: usize,
    within: Duration,
    start: Start,
    /// The outcomes that stop its clock, one bit each.
    stopped_by: u8,
}

/// What a clock says when it is stopped, or when it is clear that it never will be in time.
#[derive(Debug, Clone, Copy)]
struct Reading {
    /// The bucket of the time series that it falls into.
    bucket: usize,
    /// None where it is not stopped.
    time: Option<Duration>,
    within: Duration,
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
pub(super) enum Watch {
    // stopping comes before starting, so that a clock from an event to the same event measures the interval
    Stop(usize),
    Start(usize),
}

impl Clocks {
    /// The clocks of a plan; `bases` are the high bits of the ids of the cases of every source.
    pub(super) fn new(plan: &Plan, bases: &[Vec<u64>]) -> Self {
        let mut clocks = Self {
            all: Vec::new(),
            probes: plan
                .probes
                .iter()
                .map(|probe| probe.source.map(|source| bases[source].clone()))
                .collect(),
            flagged: 0,
            slots: 0,
            sent: Vec::new(),
            enters: vec![Vec::new(); plan.stages.len()],
            starts: vec![Vec::new(); plan.stages.len()],
            leaves: vec![Vec::new(); plan.stages.len()],
            enters_platform: vec![Vec::new(); plan.platforms.len()],
            leaves_platform: vec![Vec::new(); plan.platforms.len()],
            by_class: plan.classes.iter().map(|_| Vec::new()).collect(),
        };
        for target in &plan.targets {
            clocks.add((target.from, target.to), target.within, &target.classes);
        }
        for probe in &plan.probes {
            clocks.add((probe.from, probe.to), probe.within, &probe.classes);
        }
        clocks
    }

    fn add(&mut self, (from, to): (ClockEvent, ClockEvent), within: Duration, classes: &[bool]) {
        let idx = self.all.len();
        let start = match (from, is_ending(to)) {
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
        for (class, _) in classes.iter().enumerate().filter(|(_, covered)| **covered) {
            self.by_class[class].push(LastWord { clock: idx, within, start, stopped_by: stopped_by(to) });
        }
        self.all.push(Clock { within, classes: classes.to_vec(), start });
        if matches!(start, Start::Slot(_)) {
            self.watch(from, Watch::Start(idx));
        }
        self.watch(to, Watch::Stop(idx));
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

    /// What an event in the middle of a case's life does to clocks: mostly nothing.
    #[inline]
    pub(super) fn watches(&self, event: ClockEvent) -> &[Watch] {
        match event {
            ClockEvent::Sent => &self.sent,
            ClockEvent::Enters(stage) => &self.enters[stage],
            ClockEvent::Starts(stage) => &self.starts[stage],
            ClockEvent::Leaves(stage) => &self.leaves[stage],
            ClockEvent::EntersPlatform(platform) => &self.enters_platform[platform],
            ClockEvent::LeavesPlatform(platform) => &self.leaves_platform[platform],
            ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_) => &[],
        }
    }

    /// Starts and stops clocks.
    #[inline(never)]
    pub(super) fn apply(
        &self,
        watches: &[Watch],
        case: &mut Case,
        (now, bucket): (Time, usize),
        facts: &mut Facts,
    ) {
        for watch in watches {
            let (Watch::Start(idx) | Watch::Stop(idx)) = *watch;
            let clock = &self.all[idx];
            if !clock.classes[case.class as usize] {
                continue;
            }
            if let Watch::Start(_) = watch {
                clock.start.begin(case, now);
            } else if let Some(started) = clock.start.started(case) {
                clock.start.stop(case);
                let (time, within) = (Some(now.since(started)), clock.within);
                self.read(idx, case, Reading { bucket, time, within }, facts);
            }
        }
    }

    /// The case has ended.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "stations spend their time here")]
    pub(super) fn end(&self, case: &Case, outcome: Outcome, (now, bucket): (Time, usize), facts: &mut Facts) {
        for last in &self.by_class[case.class as usize] {
            let Some(started) = last.start.started(case) else { continue };
            let within = last.within;
            if last.stopped_by & 1 << outcome as u8 != 0 {
                let time = Some(now.since(started));
                self.read(last.clock, case, Reading { bucket, time, within }, facts);
            } else if !outcome.is_decision() || last.clock >= facts.targets.len() {
                // a probe counts every case whose clock it has started, however that ends
                self.read(last.clock, case, Reading { bucket, time: None, within }, facts);
            }
        }
    }

    /// A clock has been read, for its target or its probe.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "most readings are constants in part, and a call costs more than the rest"
    )]
    fn read(&self, clock: usize, case: &Case, reading: Reading, facts: &mut Facts) {
        if let Some(target) = facts.targets.get_mut(clock) {
            let on_time = reading.time.is_some_and(|time| time <= reading.within);
            target.judge(case.counted, reading.bucket, on_time);
        } else {
            self.note(clock - facts.targets.len(), case, reading.time, reading.within, &mut facts.probes);
        }
    }

    #[cold]
    #[inline(never)]
    fn note(
        &self,
        probe: usize,
        case: &Case,
        time: Option<Duration>,
        within: Duration,
        facts: &mut [ProbeFacts],
    ) {
        let is_for = |bases: &Vec<u64>| bases.contains(&(case.id >> SEQUENCE_BITS << SEQUENCE_BITS));
        if case.counted && self.probes[probe].as_ref().is_none_or(is_for) {
            facts[probe].note(time, within);
        }
    }

    /// The case is still open at the end of time: it has missed the targets whose time is up.
    pub(super) fn still_open(&self, case: &Case, window: &Window, facts: &mut Facts) {
        let horizon = window.to();
        let last_moment = Time::from_micros(horizon.as_micros().saturating_sub(1));
        for last in &self.by_class[case.class as usize] {
            let started = last.start.started(case);
            if started.is_some_and(|started| horizon.saturating_since(started) > last.within) {
                let bucket = window.bucket_of(last_moment);
                self.read(last.clock, case, Reading { bucket, time: None, within: last.within }, facts);
            }
        }
    }
}

impl ProbeFacts {
    fn note(&mut self, time: Option<Duration>, within: Duration) {
        self.count += 1;
        if let Some(time) = time {
            self.on_time += u64::from(time <= within);
            self.times.record(time);
        }
    }
}

impl Start {
    /// When the clock was started for this case; `None` where it is not running.
    #[inline]
    fn started(self, case: &Case) -> Option<Time> {
        match self {
            Self::Sent => Some(case.sent),
            Self::SentUntil(flag) => case.clock_runs(flag).then_some(case.sent),
            Self::Slot(slot) => {
                let started = case.extras.as_ref()?.clocks.get(slot).copied()?;
                (started != Time::NEVER).then_some(started)
            }
        }
    }

    /// Starts a clock with a slot. One that is already running goes on: the case came back before the closing event.
    fn begin(self, case: &mut Case, now: Time) {
        let Self::Slot(slot) = self else { return };
        let clocks = &mut case.extras_mut().clocks;
        if clocks.len() <= slot {
            clocks.resize(slot + 1, Time::NEVER);
        }
        if clocks[slot] == Time::NEVER {
            clocks[slot] = now;
        }
    }

    fn stop(self, case: &mut Case) {
        match self {
            Self::Sent => {}
            Self::SentUntil(flag) => case.stop_clock(flag),
            Self::Slot(slot) => {
                if let Some(clock) = case.extras_mut().clocks.get_mut(slot) {
                    *clock = Time::NEVER;
                }
            }
        }
    }
}

/// The outcomes that an event happens with, one bit each.
fn stopped_by(event: ClockEvent) -> u8 {
    let stops = |outcome: Outcome| match event {
        ClockEvent::Ended => true,
        ClockEvent::Decided => outcome.is_decision(),
        ClockEvent::EndedAs(wanted) => outcome == wanted,
        _ => false,
    };
    Outcome::ALL.iter().filter(|outcome| stops(**outcome)).map(|outcome| 1 << *outcome as u8).sum()
}

fn is_ending(event: ClockEvent) -> bool {
    matches!(event, ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_))
}

impl TargetFacts {
    /// The clock has been stopped, or never will be.
    #[inline]
    fn judge(&mut self, counted: bool, bucket: usize, on_time: bool) {
        let judged = match self.by_bucket.get_mut(bucket) {
            Some(judged) => judged,
            None => self.begin_bucket(bucket),
        };
        judged.count += 1;
        // chance decides who is on time: a branch would be guessed wrong often
        judged.on_time += u64::from(on_time);
        self.count += u64::from(counted);
        self.on_time += u64::from(counted & on_time);
    }

    #[cold]
    fn begin_bucket(&mut self, bucket: usize) -> &mut Judged {
        self.by_bucket.resize(bucket + 1, Judged::default());
        &mut self.by_bucket[bucket]
    }
}
