//! What happened in one replication: counts, integer sums and histograms that merge exactly.
//!
//! Every process keeps its own facts; they are added up in any order. Nothing here is an estimate yet.

use super::case::Case;
use super::plan::{Outcome, Plan};
use crate::statistics::{Histogram, LevelFacts};
use crate::units::Duration;

/// What happened in one replication.
///
/// "Counted" cases are those sent after the warm-up.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// By class.
    pub classes: Vec<ClassFacts>,
    /// By stage.
    pub stages: Vec<StageFacts>,
    /// By team.
    pub teams: Vec<TeamFacts>,
    /// By platform, then by class.
    pub platforms: Vec<Vec<PlatformFacts>>,
    /// By target.
    pub targets: Vec<TargetFacts>,
    /// By probe.
    pub probes: Vec<ProbeFacts>,
    /// All reports sent, those of the warm-up included.
    pub sent: u64,
    /// All cases that ended.
    pub ended: u64,
    /// All cases still in the system at the end.
    pub open: u64,
    /// Visits to stages, those of the warm-up included: the unit in which speed is measured.
    pub visits: u64,
}

/// What happened to one class.
#[derive(Debug, Clone, Default)]
pub struct ClassFacts {
    /// Counted reports.
    pub reports: u64,
    /// Counted cases by outcome, in the order of [`Outcome::ALL`].
    pub outcomes: [u64; Outcome::ALL.len()],
    /// Response times of the counted cases that were decided.
    pub response_time: Histogram,
    /// Where those cases' time went.
    pub delays: DelaySums,
    /// All reports by bucket of the time series; buckets after the last in which something happened are left out, as in
    /// every series of counts.
    pub reports_by_bucket: Vec<u64>,
    /// All decided cases by bucket.
    pub decided_by_bucket: Vec<u64>,
}

/// Sums of delays in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DelaySums {
    /// Before the first queue.
    pub intake: u128,
    /// In queues.
    pub waiting: u128,
    /// In people's hands.
    pub handling: u128,
    /// In channels, and at platforms that answer after a time.
    pub propagation: u128,
}

/// What happened at a stage.
#[derive(Debug, Clone, Default)]
pub struct StageFacts {
    /// Counted arrivals, by class.
    pub arrivals: Vec<u64>,
    /// Waiting times of counted visits that are over, by class.
    pub waiting_time: Vec<Histogram>,
    /// Working times of counted visits that were completed.
    pub service_time: Histogram,
    /// Counted cases that gave up waiting, by class.
    pub reneged_by_class: Vec<u64>,
    /// Counted cases that found no room, by class.
    pub blocked_by_class: Vec<u64>,
    /// Number waiting.
    pub waiting: LevelFacts,
}

/// How busy a team was.
#[derive(Debug, Clone, Default)]
pub struct TeamFacts {
    /// People on duty, overtime included.
    pub on_duty: LevelFacts,
    /// People working.
    pub busy: LevelFacts,
}

/// How a platform answered one class.
#[derive(Debug, Clone, Default)]
pub struct PlatformFacts {
    /// Counted cases that reached it.
    pub cases: u64,
    /// Counted cases that it leaves without an answer.
    pub silent: u64,
    /// Times to answer of the counted cases it answered.
    pub response_time: Histogram,
}

/// How a target fared.
#[derive(Debug, Clone, Default)]
pub struct TargetFacts {
    /// Counted cases it applied to.
    pub count: u64,
    /// Of those, the ones on time.
    pub on_time: u64,
    /// All cases it applied to, by the bucket in which they were judged.
    pub by_bucket: Vec<Judged>,
}

/// How many cases a target has judged in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Judged {
    /// All of them.
    pub count: u64,
    /// Of those, the ones on time.
    pub on_time: u64,
}

/// What a probe has measured.
#[derive(Debug, Clone, Default)]
pub struct ProbeFacts {
    /// Counted cases whose clock was stopped, or never will be in time.
    pub count: u64,
    /// Of those, the ones within the duration to keep.
    pub on_time: u64,
    /// What the clocks of counted cases said when they were stopped.
    pub times: Histogram,
}

impl Facts {
    /// No facts yet. Series of buckets begin empty and grow when something happens: most processes never see most
    /// classes.
    pub(super) fn empty(plan: &Plan) -> Self {
        let n_classes = plan.classes.len();
        Self {
            classes: vec![ClassFacts::default(); n_classes],
            stages: vec![StageFacts::default(); plan.stages.len()],
            teams: vec![TeamFacts::default(); plan.teams.len()],
            platforms: vec![vec![PlatformFacts::default(); n_classes]; plan.platforms.len()],
            targets: vec![TargetFacts::default(); plan.targets.len()],
            probes: vec![ProbeFacts::default(); plan.probes.len()],
            ..Self::default()
        }
    }

    /// Adds what another process saw in the same replication. Stages and teams belong to one process each.
    pub(super) fn absorb(&mut self, other: Self) {
        for (mine, theirs) in self.classes.iter_mut().zip(other.classes) {
            mine.absorb(&theirs);
        }
        for (mine, theirs) in self.stages.iter_mut().zip(other.stages) {
            if !theirs.waiting_time.is_empty() {
                *mine = theirs;
            }
        }
        for (mine, theirs) in self.teams.iter_mut().zip(other.teams) {
            if !theirs.on_duty.area_by_bucket.is_empty() {
                *mine = theirs;
            }
        }
        for (mine, theirs) in self.platforms.iter_mut().flatten().zip(other.platforms.iter().flatten()) {
            mine.cases += theirs.cases;
            mine.silent += theirs.silent;
            mine.response_time.merge(&theirs.response_time);
        }
        for (mine, theirs) in self.targets.iter_mut().zip(other.targets) {
            mine.count += theirs.count;
            mine.on_time += theirs.on_time;
            let n_buckets = mine.by_bucket.len().max(theirs.by_bucket.len());
            mine.by_bucket.resize(n_buckets, Judged::default());
            for (mine, theirs) in mine.by_bucket.iter_mut().zip(theirs.by_bucket) {
                mine.count += theirs.count;
                mine.on_time += theirs.on_time;
            }
        }
        for (mine, theirs) in self.probes.iter_mut().zip(other.probes) {
            mine.count += theirs.count;
            mine.on_time += theirs.on_time;
            mine.times.merge(&theirs.times);
        }
        self.sent += other.sent;
        self.ended += other.ended;
        self.open += other.open;
        self.visits += other.visits;
    }
}

impl PlatformFacts {
    /// The platform has answered a case.
    #[inline]
    pub(super) fn count_answer(&mut self, case: &Case, time: Duration) {
        if case.counted {
            self.response_time.record(time);
        }
    }
}

impl ClassFacts {
    fn absorb(&mut self, other: &Self) {
        self.reports += other.reports;
        add(&mut self.outcomes, &other.outcomes);
        self.response_time.merge(&other.response_time);
        self.delays.intake += other.delays.intake;
        self.delays.waiting += other.delays.waiting;
        self.delays.handling += other.delays.handling;
        self.delays.propagation += other.delays.propagation;
        add_buckets(&mut self.reports_by_bucket, &other.reports_by_bucket);
        add_buckets(&mut self.decided_by_bucket, &other.decided_by_bucket);
    }
}

impl DelaySums {
    /// Where the time of a case went that was decided after `total`.
    #[inline]
    pub(super) fn record(&mut self, case: &Case, total: Duration) {
        let Case { waiting, handling, propagation, .. } = *case;
        let [waiting, handling, mut propagation] = [waiting, handling, propagation].map(Duration::as_micros);
        // no sum: all three lie apart between the report and the end
        let mut intake = total.as_micros().saturating_sub(waiting + handling + propagation);
        if !case.is_queued() {
            // what never came to a queue was only carried: none of it is intake
            propagation += intake;
            intake = 0;
        }
        self.intake += u128::from(intake);
        self.waiting += u128::from(waiting);
        self.handling += u128::from(handling);
        self.propagation += u128::from(propagation);
    }
}

/// One more in a bucket.
#[inline]
pub(super) fn count_in(buckets: &mut Vec<u64>, bucket: usize) {
    match buckets.get_mut(bucket) {
        Some(count) => *count += 1,
        None => begin_bucket(buckets, bucket),
    }
}

#[cold]
fn begin_bucket(buckets: &mut Vec<u64>, bucket: usize) {
    buckets.resize(bucket, 0);
    buckets.push(1);
}

fn add(mine: &mut [u64], theirs: &[u64]) {
    for (a, b) in mine.iter_mut().zip(theirs) {
        *a += b;
    }
}

/// Adds series of buckets, which may be of different lengths.
fn add_buckets(mine: &mut Vec<u64>, theirs: &[u64]) {
    if mine.len() < theirs.len() {
        mine.resize(theirs.len(), 0);
    }
    add(mine, theirs);
}
