//! What is kept of each replication, and what of all together.

use crate::model::{Facts, Model, Outcome};
use crate::statistics::{Histogram, LevelFacts, Window};
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
#[derive(Debug, Clone, Default)]
pub struct PlatformRecord {
    /// Counted cases that reached it.
    pub cases: u64,
    /// Counted cases it left without an answer.
    pub silent: u64,
    /// Time to answer.
    pub response_time: TimeRecord,
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
    /// All reports that were simulated, those of the warm-up included.
    pub sent: u64,
}

impl Collected {
    /// Takes in one more replication of `model`.
    pub(super) fn add(&mut self, model: &Model, facts: &Facts) {
        self.replications.push(ReplicationRecord::new(model, facts));
        self.sent += facts.sent;
        merge_all(&mut self.response_time, facts.classes.iter().map(|class| &class.response_time));
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

impl ReplicationRecord {
    fn new(model: &Model, facts: &Facts) -> Self {
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
            teams: facts
                .teams
                .iter()
                .map(|team| TeamRecord {
                    staff_hours: hours(team.on_duty.area_in_window),
                    busy_hours: hours(team.busy.area_in_window),
                })
                .collect(),
            platforms: facts
                .platforms
                .iter()
                .map(|classes| {
                    let all = PlatformRecord {
                        cases: classes.iter().map(|class| class.cases).sum(),
                        silent: classes.iter().map(|class| class.silent).sum(),
                        response_time: TimeRecord::of_all(classes.iter().map(|class| &class.response_time)),
                    };
                    let by_class = classes.iter().map(|class| PlatformRecord {
                        cases: class.cases,
                        silent: class.silent,
                        response_time: TimeRecord::of(&class.response_time),
                    });
                    (all, by_class.collect())
                })
                .collect(),
            targets: facts.targets.iter().map(|target| (target.count, target.on_time)).collect(),
            series: SeriesRecord::new(facts, window),
        }
    }
}

impl StageRecord {
    fn new(stage: &crate::model::StageFacts, window: Window) -> Self {
        let observed = window.to.saturating_since(window.from).as_micros();
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
        let counts = |counts: &Vec<u64>| -> Vec<f32> {
            let all = counts.iter().copied().chain(std::iter::repeat(0)).take(window.buckets());
            all.map(|count| count as f32).collect()
        };
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
            target_count: facts.targets.iter().map(|target| counts(&target.count_by_bucket)).collect(),
            target_on_time: facts.targets.iter().map(|target| counts(&target.on_time_by_bucket)).collect(),
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
