//! What is kept of each replication, and what of all together.

use super::measure::{Measure, Statistic};
use crate::model::{Answers, Facts, Judged, Model, Outcome, Plan, StageFacts, TargetFacts, TeamFacts};
use crate::statistics::{Histogram, Interval, LevelFacts, Window, ratio_interval, share_interval};
use crate::units::Duration;

/// The quantiles that are kept of every time in every replication.
pub const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// What is kept of a time in one replication.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TimeRecord {
    /// How many values there were.
    pub count: u64,
    /// Their sum, in seconds.
    pub sum: f64,
    /// The [`QUANTILES`], in seconds; zero where there was no value.
    pub quantiles: [f64; QUANTILES.len()],
    /// The largest, in seconds; zero where there was no value.
    pub max: f64,
}

/// What is kept of one replication: numbers only, no histograms.
#[derive(Debug, Clone, Default)]
pub struct ReplicationRecord {
    /// Cases still in the system at the end.
    pub open: u64,
    /// By class.
    pub classes: Vec<ClassRecord>,
    /// By stage.
    pub stages: Vec<StageRecord>,
    /// By team.
    pub teams: Vec<TeamRecord>,
    /// By platform: all classes together, then each class.
    pub platforms: Vec<(PlatformRecord, Vec<PlatformRecord>)>,
    /// By target: how many cases it applied to, and how many of them were on time.
    pub targets: Vec<(u64, u64)>,
    /// By probe: how many cases it was for, how many of them were within its time, and their times.
    pub probes: Vec<(u64, u64, TimeRecord)>,
    /// The course of time.
    pub series: SeriesRecord,
}

/// A class in one replication.
#[derive(Debug, Clone, Default)]
pub struct ClassRecord {
    /// Counted reports.
    pub reports: u64,
    /// Counted cases by outcome.
    pub outcomes: [u64; Outcome::ALL.len()],
    /// Response time of decided cases.
    pub response_time: TimeRecord,
    /// Sums of their intake, waiting, handling and propagation, in seconds.
    pub delays: [f64; 4],
}

/// A stage in one replication.
#[derive(Debug, Clone, Default)]
pub struct StageRecord {
    /// Counted arrivals by class.
    pub arrivals: Vec<u64>,
    /// Waiting time, all classes together.
    pub waiting_time: TimeRecord,
    /// Waiting time by class.
    pub waiting_time_by_class: Vec<TimeRecord>,
    /// Working time.
    pub service_time: TimeRecord,
    /// Time-average number waiting.
    pub queue_length_mean: f64,
    /// Largest number waiting.
    pub queue_length_max: u64,
    /// Counted cases that gave up.
    pub reneged: u64,
    /// Counted cases that found no room.
    pub blocked: u64,
}

/// A team in one replication.
#[derive(Debug, Clone, Default)]
pub struct TeamRecord {
    /// Hours of people on duty in the window.
    pub staff_hours: f64,
    /// Hours of people at work in the window.
    pub busy_hours: f64,
}

/// A platform (or one class there) in one replication.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PlatformRecord {
    /// Counted cases that reached it.
    pub cases: u64,
    /// Counted cases it left without an answer.
    pub silent: u64,
    /// Counted cases that gave up waiting in its queue, or found no room there.
    pub lost: u64,
    /// Time to answer.
    pub response_time: TimeRecord,
}

impl PlatformRecord {
    /// How many cases it answered, of how many whose fate is known. An answer that is still awaited at the end is
    /// neither given nor refused.
    pub fn answered(&self) -> (u64, u64) {
        let answered = self.response_time.count;
        (answered, answered + self.silent + self.lost)
    }
}

/// The time series of one replication, by what, then by bucket.
#[derive(Debug, Clone, Default)]
pub struct SeriesRecord {
    /// Reports by class.
    pub reports: Vec<Vec<f32>>,
    /// Decided cases by class.
    pub decided: Vec<Vec<f32>>,
    /// Mean number waiting by stage.
    pub waiting: Vec<Vec<f32>>,
    /// Mean number of people on duty by team.
    pub staff: Vec<Vec<f32>>,
    /// Mean number of people at work by team.
    pub busy: Vec<Vec<f32>>,
    /// Cases that each target applied to.
    pub target_count: Vec<Vec<f32>>,
    /// Of those, the ones on time.
    pub target_on_time: Vec<Vec<f32>>,
}

/// All replications of an experiment.
#[derive(Debug, Clone, Default)]
pub struct Collected {
    /// One record for each replication, in order.
    pub replications: Vec<ReplicationRecord>,
    /// Response times by class, all replications together.
    pub response_time: Vec<Histogram>,
    /// Waiting times by stage and class, all replications together.
    pub waiting_time: Vec<Vec<Histogram>>,
    /// Working times by stage, all replications together.
    pub service_time: Vec<Histogram>,
    /// Platforms' times to answer by platform and class, all replications together.
    pub platform_time: Vec<Vec<Histogram>>,
    /// Times by probe, all replications together.
    pub probe_time: Vec<Histogram>,
    /// All reports that were simulated, those of the warm-up included.
    pub sent: u64,
    /// The relative precision that was asked for, where one was.
    pub precision_asked: Option<f64>,
    /// Whether everything it was asked of has it; `None` where none was asked for.
    pub precision_reached: Option<bool>,
}

impl Collected {
    /// Takes in one more replication: its record, and its facts.
    pub(super) fn add(&mut self, record: ReplicationRecord, facts: &Facts) {
        self.replications.push(record);
        self.sent += facts.sent;
        merge_all(&mut self.response_time, facts.classes.iter().map(|class| &class.response_time));
        merge_all(&mut self.probe_time, facts.probes.iter().map(|probe| &probe.times));
        merge_all(&mut self.service_time, facts.stages.iter().map(|stage| &stage.service_time));
        self.waiting_time.resize_with(facts.stages.len(), Vec::new);
        for (pooled, stage) in self.waiting_time.iter_mut().zip(&facts.stages) {
            merge_all(pooled, stage.waiting_time.iter());
        }
        self.platform_time.resize_with(facts.platforms.len(), Vec::new);
        for (pooled, platform) in self.platform_time.iter_mut().zip(&facts.platforms) {
            merge_all(pooled, platform.iter().map(|class| &class.response_time));
        }
    }
}

/// Precision.
impl Collected {
    /// What is not yet known to the relative precision `precision`, by the intervals that are shown
    /// ([`Interval::is_precise`]). What has no cases cannot be made more precise, and is not among them.
    pub fn imprecise(&self, precision: f64) -> Vec<Measure> {
        let Some(first) = self.replications.first() else { return Vec::new() };
        let means = (0..first.classes.len()).map(|class| Measure::ResponseTime(class, Statistic::Mean));
        let measures = means.chain((0..first.targets.len()).map(Measure::OnTime));
        let wide = |measure: &Measure| !self.interval(*measure).is_none_or(|i| i.is_precise(precision));
        measures.filter(wide).collect()
    }

    /// The interval of a mean response time or a target's share; none of another measure.
    fn interval(&self, measure: Measure) -> Option<Interval> {
        let records = self.replications.iter();
        match measure {
            Measure::ResponseTime(class, Statistic::Mean) => {
                let times = records.map(|r| r.classes[class].response_time);
                ratio_interval(&times.map(|time| (time.sum, time.count as f64)).collect::<Vec<_>>())
            }
            Measure::OnTime(target) => {
                let counts = records.map(|r| r.targets[target]);
                let on_time: Vec<(u64, u64)> = counts.map(|(count, on_time)| (on_time, count)).collect();
                // nothing is a small error relative to a share of zero: the share of the late, one, stands in for it
                if on_time.iter().all(|(on_time, _)| *on_time == 0) {
                    let late: Vec<(u64, u64)> = on_time.iter().map(|(_, count)| (*count, *count)).collect();
                    return share_interval(&late);
                }
                share_interval(&on_time)
            }
            _ => None,
        }
    }
}

impl ReplicationRecord {
    pub(super) fn new(model: &Model, facts: &Facts) -> Self {
        let window = model.window();
        Self {
            open: facts.open,
            classes: facts
                .classes
                .iter()
                .map(|class| {
                    let delays = &class.delays;
                    ClassRecord {
                        reports: class.reports,
                        outcomes: class.outcomes,
                        response_time: TimeRecord::of(&class.response_time),
                        delays: [delays.intake, delays.waiting, delays.handling, delays.propagation]
                            .map(|micros| micros as f64 / 1e6),
                    }
                })
                .collect(),
            stages: facts.stages.iter().map(|stage| StageRecord::new(stage, window)).collect(),
            teams: facts.teams.iter().map(TeamRecord::of).collect(),
            platforms: (0..facts.platforms.len())
                .map(|platform| platform_records(model.plan(), facts, platform))
                .collect(),
            targets: facts.targets.iter().map(|target| (target.count, target.on_time)).collect(),
            probes: (facts.probes.iter())
                .map(|probe| (probe.count, probe.on_time, TimeRecord::of(&probe.times)))
                .collect(),
            series: SeriesRecord::new(facts, window),
        }
    }
}

impl TeamRecord {
    pub(super) fn of(team: &TeamFacts) -> Self {
        Self { staff_hours: hours(team.on_duty.area_in_window), busy_hours: hours(team.busy.area_in_window) }
    }
}

/// A platform in one replication: all classes together, then each class.
fn platform_records(plan: &Plan, facts: &Facts, platform: usize) -> (PlatformRecord, Vec<PlatformRecord>) {
    let queue = match plan.platforms[platform].answers {
        Answers::Queue { stage, .. } => Some(&facts.stages[stage]),
        Answers::After { .. } => None,
    };
    let classes = &facts.platforms[platform];
    let by_class: Vec<PlatformRecord> = classes
        .iter()
        .enumerate()
        .map(|(idx, class)| PlatformRecord {
            cases: class.cases,
            silent: class.silent,
            lost: queue.map_or(0, |queue| queue.reneged_by_class[idx] + queue.blocked_by_class[idx]),
            response_time: TimeRecord::of(&class.response_time),
        })
        .collect();
    let all = PlatformRecord {
        cases: by_class.iter().map(|class| class.cases).sum(),
        silent: by_class.iter().map(|class| class.silent).sum(),
        lost: by_class.iter().map(|class| class.lost).sum(),
        response_time: TimeRecord::of_all(classes.iter().map(|class| &class.response_time)),
    };
    (all, by_class)
}

impl StageRecord {
    fn new(stage: &StageFacts, window: Window) -> Self {
        let observed = window.to().saturating_since(window.from()).as_micros();
        Self {
            arrivals: stage.arrivals.clone(),
            waiting_time: TimeRecord::of_all(stage.waiting_time.iter()),
            waiting_time_by_class: stage.waiting_time.iter().map(TimeRecord::of).collect(),
            service_time: TimeRecord::of(&stage.service_time),
            queue_length_mean: stage.waiting.area_in_window as f64 / observed.max(1) as f64,
            queue_length_max: stage.waiting.max_in_window,
            reneged: stage.reneged_by_class.iter().sum(),
            blocked: stage.blocked_by_class.iter().sum(),
        }
    }
}

impl TimeRecord {
    fn of(histogram: &Histogram) -> Self {
        Self {
            count: histogram.count(),
            sum: histogram.sum_secs(),
            quantiles: QUANTILES.map(|p| histogram.quantile(p).unwrap_or(0.0)),
            max: histogram.max_secs().unwrap_or(0.0),
        }
    }

    fn of_all<'a>(histograms: impl Iterator<Item = &'a Histogram>) -> Self {
        let mut pooled = Histogram::default();
        histograms.for_each(|histogram| pooled.merge(histogram));
        Self::of(&pooled)
    }
}

impl SeriesRecord {
    fn new(facts: &Facts, window: Window) -> Self {
        let series = |counts: &mut dyn Iterator<Item = u64>| -> Vec<f32> {
            let all = counts.chain(std::iter::repeat(0)).take(window.buckets());
            all.map(|count| count as f32).collect()
        };
        let counts = |counts: &Vec<u64>| series(&mut counts.iter().copied());
        let judged =
            |target: &TargetFacts, count: fn(&Judged) -> u64| series(&mut target.by_bucket.iter().map(count));
        let means = |level: &LevelFacts| -> Vec<f32> {
            let mean =
                |(bucket, area): (usize, &u128)| *area as f64 / window.bucket_micros(bucket).max(1) as f64;
            level.area_by_bucket.iter().enumerate().map(mean).map(|mean| mean as f32).collect()
        };
        Self {
            reports: facts.classes.iter().map(|class| counts(&class.reports_by_bucket)).collect(),
            decided: facts.classes.iter().map(|class| counts(&class.decided_by_bucket)).collect(),
            waiting: facts.stages.iter().map(|stage| means(&stage.waiting)).collect(),
            staff: facts.teams.iter().map(|team| means(&team.on_duty)).collect(),
            busy: facts.teams.iter().map(|team| means(&team.busy)).collect(),
            target_count: facts.targets.iter().map(|target| judged(target, |judged| judged.count)).collect(),
            target_on_time: facts
                .targets
                .iter()
                .map(|target| judged(target, |judged| judged.on_time))
                .collect(),
        }
    }
}

fn merge_all<'a>(pooled: &mut Vec<Histogram>, histograms: impl Iterator<Item = &'a Histogram>) {
    for (i, histogram) in histograms.enumerate() {
        if pooled.len() <= i {
            pooled.push(Histogram::default());
        }
        pooled[i].merge(histogram);
    }
}

fn hours(area_micros: u128) -> f64 {
    area_micros as f64 / Duration::HOUR.as_micros() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEAN_OF_0: Measure = Measure::ResponseTime(0, Statistic::Mean);

    fn replication(response_time: (f64, u64), target: (u64, u64)) -> ReplicationRecord {
        let (sum, count) = response_time;
        let response_time = TimeRecord { count, sum, ..TimeRecord::default() };
        ReplicationRecord {
            classes: vec![ClassRecord { response_time, ..ClassRecord::default() }],
            targets: vec![target],
            ..ReplicationRecord::default()
        }
    }

    fn collected(replications: impl IntoIterator<Item = ReplicationRecord>) -> Collected {
        Collected { replications: replications.into_iter().collect(), ..Collected::default() }
    }

    #[test]
    fn precision_is_that_of_the_intervals_shown() {
        // by hand: r = 2, half-width 4.302653·√(1/12) = 1.242069, a relative error of 1.242069/(2 − 1.242069) = 1.638763;
        // the mean of the replications' means, 2.17, would have one of 7
        let times = [(3.0, 1), (3.0, 2), (6.0, 3)];
        let uneven = collected(times.map(|time| replication(time, (0, 0))));
        assert_eq!(uneven.imprecise(1.638), [MEAN_OF_0]);
        assert_eq!(uneven.imprecise(1.639), []);
        // by hand: r = 0.75, deviations 0.5 and −0.5 of two cases each: half-width 12.7062·0.25 on the side not cut off
        let shares = collected([(2, 2), (2, 1)].map(|target| replication((0.0, 0), target)));
        assert_eq!(shares.imprecise(0.5), [Measure::OnTime(0)]);
    }

    #[test]
    fn what_has_no_cases_is_asked_nothing() {
        assert_eq!(collected([]).imprecise(0.01), []);
        assert_eq!(collected(vec![replication((0.0, 0), (0, 0)); 5]).imprecise(0.01), []);
        // one replication with cases tells nothing of chance
        let lone = [replication((5.0, 1), (1, 1)), replication((0.0, 0), (0, 0))];
        assert_eq!(collected(lone).imprecise(0.5), [MEAN_OF_0, Measure::OnTime(0)]);
    }

    #[test]
    fn a_share_of_zero_is_known_when_that_of_the_late_is() {
        let all_late = |cases: u64| collected(vec![replication((0.0, 0), (cases, 0)); 5]);
        assert_eq!(all_late(2).imprecise(0.02), [Measure::OnTime(0)]);
        assert_eq!(all_late(1000).imprecise(0.02), []);
    }
}
