//! What a run found, with its uncertainty: the one thing that every output shows.
//!
//! Times are in seconds. Every simulated quantity is an [`Estimate`]; `None` where it cannot be told.

/// An estimate with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub mean: f64,
    /// The interval, lower and upper end; `None` where the replications cannot tell: there is only one, fewer than two
    /// have a case, or one has too few cases for a quantile so far out.
    pub interval: Option<(f64, f64)>,
    /// Number of replications that the interval is made from: all of the run, those without a single case included,
    /// for they too say how much chance can do. Only the mean of largest values leaves them out: without a case
    /// there is no largest.
    pub n: usize,
}

/// The distribution of a time, by its mean, quantiles and maximum, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quantiles {
    /// Mean.
    pub mean: Option<Estimate>,
    /// Median.
    pub p50: Option<Estimate>,
    /// 90th percentile.
    pub p90: Option<Estimate>,
    /// 95th percentile.
    pub p95: Option<Estimate>,
    /// 99th percentile.
    pub p99: Option<Estimate>,
    /// The mean of the largest value, over the replications that have one.
    pub max: Option<Estimate>,
}

/// Everything a run found.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Which scenario it was.
    pub scenario: ScenarioIdentity,
    /// Seed of the run.
    pub seed: u64,
    /// Number of replications.
    pub replications: usize,
    /// Version of the engine's semantics: the same number gives the same answers.
    pub engine_semantics: u32,
    /// Simulated time, in seconds.
    pub duration: f64,
    /// Length of the warm-up, in seconds.
    pub warm_up: f64,
    /// Reports sent after the warm-up.
    pub reports: Estimate,
    /// The largest numbers of reports in a day and in a week.
    pub peaks: Peaks,
    /// Cases: reports that merge count once.
    pub cases: Estimate,
    /// Cases still in the system at the end (those sent in the warm-up included).
    pub in_system_at_end: Estimate,
    /// By class, most urgent first.
    pub classes: Vec<ClassSummary>,
    /// By stage, in the order of the file (the queues of platforms included).
    pub stages: Vec<StageSummary>,
    /// By team (the staff of platforms included).
    pub teams: Vec<TeamSummary>,
    /// By platform.
    pub platforms: Vec<PlatformSummary>,
    /// By target.
    pub targets: Vec<TargetSummary>,
    /// The course of time.
    pub series: Series,
    /// What the reader ought to know before trusting the numbers, in plain words.
    pub warnings: Vec<String>,
}

/// The largest numbers of reports after the warm-up; `None` where the time series cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Peaks {
    /// In one calendar day.
    pub busiest_day: Option<Estimate>,
    /// In any seven days in a row.
    pub busiest_week: Option<Estimate>,
}

/// Which scenario a summary is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioIdentity {
    /// Short name: the file's name without its ending.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Digest of the resolved scenario and the files it reads, in hexadecimal.
    pub digest: String,
}

/// What happened to one class of reports.
#[derive(Debug, Clone)]
pub struct ClassSummary {
    /// Its name.
    pub name: String,
    /// Reports sent.
    pub reports: Estimate,
    /// The largest numbers of them in a day and in a week.
    pub peaks: Peaks,
    /// Cases.
    pub cases: Estimate,
    /// Cases by outcome: `(outcome, how many)`, every outcome in a fixed order.
    pub outcomes: Vec<(&'static str, Estimate)>,
    /// From sent to decided, over the cases that were decided (removed, restricted, kept).
    pub response_time: Quantiles,
    /// Where the time of decided cases went: means.
    pub delay: DelaySummary,
    /// The distribution of the response time: share of decided cases within each duration, for plots.
    pub response_curve: Vec<CurvePoint>,
}

/// One point of a cumulative distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Seconds.
    pub seconds: f64,
    /// Share of cases at or below.
    pub share: f64,
}

/// Mean delays of the decided cases of a class, in seconds, by where the time went; they sum to the mean response time
/// (without detection, which comes before the report).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DelaySummary {
    /// From the item's publication to its report; `None` where items are not modelled.
    pub detection: Option<Estimate>,
    /// From the report to the first queue.
    pub intake: Option<Estimate>,
    /// In queues.
    pub waiting: Option<Estimate>,
    /// In people's hands.
    pub handling: Option<Estimate>,
    /// In channels, and at platforms that answer after a time.
    pub propagation: Option<Estimate>,
}

/// What happened at a stage.
#[derive(Debug, Clone)]
pub struct StageSummary {
    /// Its name.
    pub name: String,
    /// Cases that arrived.
    pub arrivals: Estimate,
    /// Time spent waiting.
    pub waiting_time: Quantiles,
    /// Working time.
    pub service_time: Quantiles,
    /// Time-average number waiting.
    pub queue_length_mean: Option<Estimate>,
    /// Largest number waiting.
    pub queue_length_max: Option<Estimate>,
    /// Cases that gave up waiting.
    pub reneged: Estimate,
    /// Cases that found no room.
    pub blocked: Estimate,
    /// By class.
    pub by_class: Vec<StageClassSummary>,
}

/// What happened to one class at a stage.
#[derive(Debug, Clone)]
pub struct StageClassSummary {
    /// The class.
    pub class: String,
    /// Cases that arrived.
    pub arrivals: Estimate,
    /// Time spent waiting.
    pub waiting_time: Quantiles,
}

/// How busy a team was.
#[derive(Debug, Clone)]
pub struct TeamSummary {
    /// Its name.
    pub name: String,
    /// Share of the staffed time spent working.
    pub utilization: Option<Estimate>,
    /// Hours of people on duty, overtime included.
    pub staff_hours: Estimate,
    /// Cost of those hours, where a wage is given.
    pub cost: Option<Estimate>,
}

/// How a platform answered.
#[derive(Debug, Clone)]
pub struct PlatformSummary {
    /// Its name.
    pub name: String,
    /// Cases that reached it.
    pub cases: Estimate,
    /// Share of the cases whose fate is known that it answered. The others stayed silent, gave up waiting in its queue,
    /// or found no room there; those that still wait for an answer at the end are left out.
    pub answered: Option<Estimate>,
    /// Time to answer, over the answered cases.
    pub response_time: Quantiles,
    /// By class.
    pub by_class: Vec<PlatformClassSummary>,
}

/// How a platform answered one class.
#[derive(Debug, Clone)]
pub struct PlatformClassSummary {
    /// The class.
    pub class: String,
    /// Cases that reached it.
    pub cases: Estimate,
    /// Share of those whose fate is known that it answered, as for the platform.
    pub answered: Option<Estimate>,
    /// Time to answer.
    pub response_time: Quantiles,
}

/// Whether a target was met.
#[derive(Debug, Clone)]
pub struct TargetSummary {
    /// Its name.
    pub name: String,
    /// The clock, as written.
    pub clock: String,
    /// The duration to keep, in seconds.
    pub within: f64,
    /// Cases it applied to.
    pub count: Estimate,
    /// Share of them on time.
    pub share_on_time: Option<Estimate>,
    /// The share wanted.
    pub goal: f64,
    /// Met, missed, or too uncertain to say.
    pub verdict: Verdict,
}

/// Whether a target was met: only where the whole interval says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval is at or above the goal.
    Met,
    /// The whole interval is below the goal.
    Missed,
    /// The interval holds the goal, or there is none.
    Inconclusive,
}

/// The course of time, in buckets of equal width.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Width of a bucket, in seconds.
    pub bucket: f64,
    /// Local time at the start of each bucket, such as `2015-01-07T11:00`.
    pub labels: Vec<String>,
    /// Reports sent, by class: `[class][bucket]`.
    pub reports: Vec<Vec<Band>>,
    /// Mean number waiting, by stage: `[stage][bucket]`.
    pub waiting: Vec<Vec<Band>>,
    /// Mean number of people on duty, by team: `[team][bucket]`.
    pub staff: Vec<Vec<Band>>,
    /// Mean number of people working, by team: `[team][bucket]`.
    pub busy: Vec<Vec<Band>>,
    /// Cases ended in the bucket with a decision, by class: `[class][bucket]`.
    pub decided: Vec<Vec<Band>>,
    /// Cases that each target applied to, by the bucket in which they were judged: `[target][bucket]`.
    pub target_count: Vec<Vec<Band>>,
    /// Of those, the ones on time: `[target][bucket]`.
    pub target_on_time: Vec<Vec<Band>>,
}

/// Mean over the replications with the range that holds the middle 90 % of them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Band {
    /// Mean over replications.
    pub mean: f64,
    /// 5th percentile of the replications.
    pub lo: f64,
    /// 95th percentile of the replications.
    pub hi: f64,
}
