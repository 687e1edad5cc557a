//! The compiled scenario: everything the model simulates, resolved to indices and integer time.
//!
//! A [`Plan`] has no names to look up, no calendars and no units left: whoever builds one (the scenario compiler,
//! a test) has resolved them. Things that change at a date are [`Timed`].

use std::sync::Arc;

use crate::calendar::Intervals;
use crate::random::{Categorical, Distribution, RateCurve};
use crate::units::{Duration, Time};

/// Position of a class in [`Plan::classes`]; a lower index is more urgent.
pub type ClassIdx = usize;
/// Position of a stage in [`Plan::stages`].
pub type StageIdx = usize;
/// Position of a team in [`Plan::teams`].
pub type TeamIdx = usize;
/// Position of a channel in [`Plan::channels`].
pub type ChannelIdx = usize;
/// Position of a choice in [`Plan::choices`].
pub type ChoiceIdx = usize;
/// Position of a platform in [`Plan::platforms`].
pub type PlatformIdx = usize;

/// A scenario ready to simulate.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How long to simulate.
    pub horizon: Time,
    /// Cases sent before this do not count in the statistics.
    pub warm_up: Time,
    /// Width of one bucket of the time series.
    pub bucket: Duration,
    /// Names of the classes, most urgent first.
    pub classes: Vec<String>,
    /// Where reports come from.
    pub sources: Vec<Source>,
    /// Steps of work with a queue, those inside platforms included.
    pub stages: Vec<Stage>,
    /// People who serve the stages.
    pub teams: Vec<Team>,
    /// Delays between places.
    pub channels: Vec<Channel>,
    /// Random choices of the next place.
    pub choices: Vec<Choice>,
    /// Where the items are, and how they answer.
    pub platforms: Vec<Platform>,
    /// Response-time targets.
    pub targets: Vec<Target>,
    /// Times that are measured besides: they change nothing else.
    pub probes: Vec<Probe>,
}

/// A value that may change at dates: `(from, value)` in order of time, the first from [`Time::ZERO`].
#[derive(Debug, Clone, PartialEq)]
pub struct Timed<T>(Vec<(Time, T)>);

impl<T> Timed<T> {
    /// A value that never changes.
    pub fn constant(value: T) -> Self {
        Self(vec![(Time::ZERO, value)])
    }

    /// A value that changes at dates.
    ///
    /// # Panics
    ///
    /// If `changes` is empty, does not begin at [`Time::ZERO`], or is not strictly ordered in time.
    pub fn changing(changes: Vec<(Time, T)>) -> Self {
        assert_eq!(changes.first().map(|(from, _)| *from), Some(Time::ZERO), "begins at the start");
        assert!(changes.windows(2).all(|pair| pair[0].0 < pair[1].0), "changes come in order of time");
        Self(changes)
    }

    /// The value in force at `time`.
    #[inline]
    pub fn at(&self, time: Time) -> &T {
        match self.0.as_slice() {
            [(_, only)] => only,
            changes => &changes[changes.partition_point(|(from, _)| *from <= time) - 1].1,
        }
    }

    /// All values with the time from which each holds.
    pub fn changes(&self) -> &[(Time, T)] {
        &self.0
    }
}

/// Where a case may go next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Into a stage's queue.
    Stage(StageIdx),
    /// Through a channel.
    Channel(ChannelIdx),
    /// To a random choice.
    Choice(ChoiceIdx),
    /// To a platform.
    Platform(PlatformIdx),
    /// Out of the pipeline.
    End(Outcome),
}

/// How a case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The item was taken down.
    Removed,
    /// The item stays, seen by fewer.
    Restricted,
    /// The item was examined and stays.
    Kept,
    /// A legal clock ran out.
    Expired,
    /// Nobody ever answered.
    Unanswered,
    /// The reporter, or the case, gave up waiting.
    Withdrawn,
}

impl Outcome {
    /// Every outcome, in the order of the results.
    pub const ALL: [Self; 6] =
        [Self::Removed, Self::Restricted, Self::Kept, Self::Expired, Self::Unanswered, Self::Withdrawn];

    /// The outcome's name in files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Restricted => "restricted",
            Self::Kept => "kept",
            Self::Expired => "expired",
            Self::Unanswered => "unanswered",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether somebody decided: only then has the case a response time.
    pub const fn is_decision(self) -> bool {
        matches!(self, Self::Removed | Self::Restricted | Self::Kept)
    }
}

/// The next place of a case, by its class: one entry per class of the plan.
pub type Route = Vec<Place>;

/// Where reports come from: one or more independent streams.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name in the file.
    pub name: String,
    /// The streams whose union it is: the ordinary one, and one for each surge.
    pub streams: Vec<ReportStream>,
    /// Where its reports go.
    pub route: Route,
}

/// One stream of reports.
#[derive(Debug, Clone)]
pub struct ReportStream {
    /// When reports come.
    pub arrivals: Arrivals,
    /// Share of each class; sums to 1. A trace that names classes overrides it.
    pub mix: Vec<f64>,
    /// Reports that come together at each arrival.
    pub batch: BatchSize,
    /// Reports that call forth more reports.
    pub self_exciting: Option<SelfExciting>,
}

impl ReportStream {
    /// Whether reports come one by one, and none calls forth others.
    pub(super) fn is_single(&self) -> bool {
        self.batch == BatchSize::Fixed(1) && self.self_exciting.is_none()
    }

    /// The expected number of reports between two times.
    pub fn expected(&self, from: Time, to: Time) -> f64 {
        let arrivals = match &self.arrivals {
            Arrivals::Poisson(curve) => curve.expected(from, to),
            // the elementary renewal theorem: in the long run, one in every mean interval
            Arrivals::Renewal(interval) => {
                to.saturating_since(from).as_secs_f64() / interval.mean().max(1e-6)
            }
            Arrivals::Trace(rows) => {
                let first = rows.partition_point(|row| row.time < from);
                let last = rows.partition_point(|row| row.time < to).max(first);
                rows[first..last].iter().map(|row| f64::from(row.count)).sum()
            }
        };
        // each report of a self-exciting source stands for a whole family (Hawkes & Oakes 1974)
        let family = self.self_exciting.map_or(1.0, |exciting| 1.0 / (1.0 - exciting.branching));
        arrivals * self.batch.mean() * family
    }
}

/// When reports come.
#[derive(Debug, Clone)]
pub enum Arrivals {
    /// A Poisson process with a rate that may change with time.
    Poisson(RateCurve),
    /// Independent intervals; the first is counted from the start. A constant one is a fixed timetable.
    Renewal(Distribution),
    /// Times read from a file.
    Trace(Arc<[TraceRow]>),
}

/// One row of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceRow {
    /// When.
    pub time: Time,
    /// The class where the file names it; otherwise drawn from the mix.
    pub class: Option<ClassIdx>,
    /// How many reports come at that time.
    pub count: u32,
}

/// How many reports come together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BatchSize {
    /// Always so many (at least 1).
    Fixed(u32),
    /// Any number from `min` to `max`, all equally likely.
    Uniform {
        /// The fewest (at least 1).
        min: u32,
        /// The most.
        max: u32,
    },
    /// Geometric on 1, 2, 3, … with this mean (at least 1).
    Geometric {
        /// The mean.
        mean: f64,
    },
}

impl BatchSize {
    /// The mean number of reports.
    pub fn mean(self) -> f64 {
        match self {
            Self::Fixed(size) => f64::from(size),
            Self::Uniform { min, max } => f64::midpoint(f64::from(min), f64::from(max)),
            Self::Geometric { mean } => mean,
        }
    }
}

/// A linear Hawkes process with an exponential kernel, in its cluster form (Hawkes & Oakes 1974): each report calls
/// forth a Poisson number of others of its class, each after an exponential delay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelfExciting {
    /// Mean number of reports each report calls forth directly; below 1, or it would never end.
    pub branching: f64,
    /// Mean delay from a report to one it calls forth.
    pub decay: Duration,
}

/// A step of work with a queue.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name in the file (for a platform's own queue, the platform's).
    pub name: String,
    /// The teams that serve it; an arriving case goes to the first that has somebody free.
    pub teams: Vec<TeamIdx>,
    /// Working time, by class.
    pub work: Vec<Distribution>,
    /// Which waiting case is next.
    pub discipline: Discipline,
    /// How long a case waits before it gives up, by class, where it does.
    pub patience: Option<Vec<Distribution>>,
    /// How many may wait, where that is limited.
    pub room: Option<u32>,
    /// Where finished cases go.
    pub route: Route,
    /// Where those that gave up waiting go.
    pub gave_up: Route,
    /// Where those that found no room go.
    pub no_room: Route,
    /// The platform whose queue this is.
    pub platform: Option<PlatformIdx>,
}

/// Which waiting case is next. Ties, and what a discipline leaves open, go by arrival.
#[derive(Debug, Clone, PartialEq)]
pub enum Discipline {
    /// First come, first served.
    Fifo,
    /// Last come, first served.
    Lifo,
    /// By class: a lower rank first. One rank per class; classes of equal rank share one queue.
    Priority(Vec<u32>),
    /// The earliest deadline first. One duration per class, counted from when the report was sent;
    /// [`Duration::FOREVER`] where the class has no target.
    EarliestDeadline(Vec<Duration>),
    /// The largest (time since sent) / (its target) first. One target per class, as above.
    LongestRelativeWait(Vec<Duration>),
}

/// People who serve stages.
#[derive(Debug, Clone)]
pub struct Team {
    /// Its name in the file (for a platform's own staff, the platform's).
    pub name: String,
    /// Groups of people who come and go together.
    pub crews: Vec<Crew>,
    /// What happens to work in hand when a crew goes.
    pub at_shift_end: ShiftEnd,
    /// Which of its stages a free person takes from.
    pub takes: TakeOrder,
    /// People called in when a backlog passes a mark.
    pub call_ins: Vec<CallIn>,
    /// Cost of one person for one hour, where given.
    pub wage_per_hour: Option<f64>,
}

impl Team {
    /// What the team costs over a stretch of time in which its people were on duty for `staff_hours`: its crews by
    /// their own wages, whatever the roster does not say (overtime, call-ins) by the team's, and those who stand by.
    /// None without a wage.
    pub fn cost(&self, from: Time, to: Time, staff_hours: f64) -> Option<f64> {
        let wage = self.wage_per_hour?;
        let own_wages = self.crews.iter().filter_map(|crew| {
            let hours = f64::from(crew.people) * crew.on_duty.overlap(from, to).as_hours_f64();
            crew.wage_per_hour.map(|own| hours * (own - wage))
        });
        let hours = to.saturating_since(from).as_hours_f64();
        let standing_by =
            self.call_ins.iter().map(|call_in| f64::from(call_in.people) * hours * call_in.standby_per_hour);
        Some(staff_hours * wage + own_wages.chain(standing_by).sum::<f64>())
    }
}

/// People who come and go together.
#[derive(Debug, Clone)]
pub struct Crew {
    /// How many.
    pub people: u32,
    /// When they are on duty.
    pub on_duty: Intervals,
    /// Cost of one of them for one hour, where it is not the team's wage.
    pub wage_per_hour: Option<f64>,
}

/// What happens to work in hand at the end of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShiftEnd {
    /// The person stays until the case is done.
    Finish,
    /// The person leaves it on the desk and goes on with it at the next shift.
    Suspend,
    /// The case goes back to the front of the queue, with the work that is left.
    HandOver,
}

/// Which of its stages a free person takes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeOrder {
    /// The first stage of this list where a case waits.
    Listed(Vec<StageIdx>),
    /// The stage whose next case came to it the longest ago.
    LongestWaiting,
}

/// People called in when a backlog passes a mark.
#[derive(Debug, Clone, PartialEq)]
pub struct CallIn {
    /// The stages whose waiting cases are counted together.
    pub stages: Vec<StageIdx>,
    /// Called when more than so many wait.
    pub above: u64,
    /// How many people come.
    pub people: u32,
    /// How long after the call.
    pub after: Duration,
    /// How long they stay; if the backlog is then still above the mark, as long again.
    pub stay: Duration,
    /// What one of them costs for every hour of readiness, called or not.
    pub standby_per_hour: f64,
}

/// A delay from one place to the next.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its name in the file.
    pub name: String,
    /// How long.
    pub delay: Timed<Distribution>,
    /// The hours in which the delay runs; always, where not given.
    pub open: Option<Intervals>,
    /// Where it leads.
    pub route: Route,
}

/// A random choice of the next place.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its name in the file, or that of the place whose `to` it is.
    pub name: String,
    /// The shares, by class.
    pub shares: Vec<Timed<Shares>>,
}

/// Places with their shares, which sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    arms: Vec<(f64, Place)>,
    categorical: Categorical,
}

impl Shares {
    /// Places with shares that sum to 1 (to one part in a million).
    ///
    /// # Panics
    ///
    /// If there is none, one is negative, or they do not sum to 1.
    pub fn new(shares: Vec<(f64, Place)>) -> Self {
        let sum: f64 = shares.iter().map(|(share, _)| share).sum();
        assert!(!shares.is_empty() && shares.iter().all(|(share, _)| *share >= 0.0), "shares of something");
        assert!((sum - 1.0).abs() < 1e-6, "shares sum to 1, not {sum}");
        let categorical = Categorical::new(shares.iter().map(|(share, _)| *share));
        Self { arms: shares, categorical }
    }

    /// The place that a uniform number in [0, 1) falls on.
    #[inline]
    pub fn pick(&self, uniform: f64) -> Place {
        self.arms[self.categorical.pick(uniform)].1
    }

    /// The places and their shares.
    pub fn iter(&self) -> impl Iterator<Item = (f64, Place)> + '_ {
        self.arms.iter().copied()
    }
}

/// Where items are, and how it answers.
#[derive(Debug, Clone)]
pub struct Platform {
    /// Its name in the file.
    pub name: String,
    /// How it answers.
    pub answers: Answers,
}

/// How a platform answers.
#[derive(Debug, Clone)]
pub enum Answers {
    /// By people with a queue: the platform's own stage.
    Queue {
        /// That stage.
        stage: StageIdx,
        /// The share of cases it takes up, by class; the others stay silent.
        answered: Timed<Vec<f64>>,
        /// What becomes of those that stay silent.
        silence: Silence,
    },
    /// After a time drawn from a distribution, however many cases there are.
    After {
        /// The time, by class.
        response: Timed<Vec<Distribution>>,
        /// The hours in which that time runs; always, where not given.
        open: Option<Intervals>,
        /// The share of cases it answers, by class; the others stay silent.
        answered: Timed<Vec<f64>>,
        /// What becomes of those that stay silent.
        silence: Silence,
        /// Where answered cases go.
        route: Route,
    },
}

/// What becomes of a case that a platform never answers.
#[derive(Debug, Clone)]
pub struct Silence {
    /// How long anybody waits for an answer.
    pub wait: Duration,
    /// Where the case goes then.
    pub route: Route,
}

/// A response-time target.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The classes it is for: one flag per class.
    pub classes: Vec<bool>,
    /// Where the clock starts.
    pub from: ClockEvent,
    /// Where it stops.
    pub to: ClockEvent,
    /// The duration to keep.
    pub within: Duration,
    /// The share of cases that must keep it.
    pub share: f64,
}

impl Target {
    /// What it asks of which cases, in one line: two targets of one text are the same, whatever their goals.
    pub fn definition(&self, plan: &Plan) -> String {
        let classes = plan.classes.iter().zip(&self.classes).filter(|(_, covered)| **covered);
        let classes: Vec<&str> = classes.map(|(class, _)| class.as_str()).collect();
        let (from, to) = (self.from.name(plan), self.to.name(plan));
        format!("{from} -> {to} within {}: {}", self.within, classes.join(", "))
    }
}

impl ClockEvent {
    /// As it is written: `enters triage`.
    pub fn name(self, plan: &Plan) -> String {
        let stage = |verb: &str, idx: StageIdx| format!("{verb} {}", plan.stages[idx].name);
        let platform = |verb: &str, idx: PlatformIdx| format!("{verb} {}", plan.platforms[idx].name);
        match self {
            Self::Sent => "sent".to_owned(),
            Self::Enters(idx) => stage("enters", idx),
            Self::Starts(idx) => stage("starts", idx),
            Self::Leaves(idx) => stage("leaves", idx),
            Self::EntersPlatform(idx) => platform("enters", idx),
            Self::LeavesPlatform(idx) => platform("leaves", idx),
            Self::Ended => "ended".to_owned(),
            Self::Decided => "decided".to_owned(),
            Self::EndedAs(outcome) => outcome.name().to_owned(),
        }
    }
}

/// A time that is measured besides the targets, because somebody asks for just that. Unlike a target, it counts every case
/// whose clock it has started, as late where that is never stopped: one that gives up and is decided elsewhere, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What it is called in files and arguments, such as `source/citizens/response_time`.
    pub name: String,
    /// Whose it is, in words: `citizens`, `triage, terrorism`.
    pub of: String,
    /// The classes it is for: one flag per class.
    pub classes: Vec<bool>,
    /// The source whose reports it is for; all where there is none.
    pub source: Option<usize>,
    /// Where the clock starts.
    pub from: ClockEvent,
    /// Where it stops.
    pub to: ClockEvent,
    /// The duration to keep, where the share that keeps it is asked for.
    pub within: Duration,
}

impl Probe {
    /// What kind of time it is, in words.
    pub fn what(&self) -> &'static str {
        match self.from {
            ClockEvent::Enters(_) => "wait",
            ClockEvent::EntersPlatform(_) => "time to answer",
            _ => "response time",
        }
    }
}

/// An event that starts or stops a target's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockEvent {
    /// The report is sent.
    Sent,
    /// The case joins a stage's queue.
    Enters(StageIdx),
    /// Work begins on it there, for the first time in that visit.
    Starts(StageIdx),
    /// Work on it there is done.
    Leaves(StageIdx),
    /// It reaches a platform.
    EntersPlatform(PlatformIdx),
    /// The platform has answered.
    LeavesPlatform(PlatformIdx),
    /// It ends, with whatever outcome.
    Ended,
    /// It ends with a decision: removed, restricted or kept.
    Decided,
    /// It ends with this outcome.
    EndedAs(Outcome),
}
