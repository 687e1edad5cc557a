//! From the records of replications to a summary with intervals.

use super::peaks::Days;
use super::summary::{
    Band, ClassSummary, CurvePoint, DelaySummary, Estimate, Peaks, PlatformClassSummary, PlatformSummary,
    Quantiles, ScenarioIdentity, Series, StageClassSummary, StageSummary, Summary, TargetSummary,
    TeamSummary, Verdict,
};
use super::warnings::warnings;
use crate::experiment::{Collected, QUANTILES, ReplicationRecord, TimeRecord};
use crate::model::{ENGINE_SEMANTICS, Outcome, Plan};
use crate::statistics::{
    CONFIDENCE, Histogram, Interval, Proportion, mean_interval, quantile_interval, quantile_needs,
    ratio_interval, share_interval,
};

/// What a summary says besides the numbers.
#[derive(Debug, Clone)]
pub struct SummaryContext {
    /// Which scenario it was.
    pub scenario: ScenarioIdentity,
    /// The seed.
    pub seed: u64,
    /// Local time at the start of every bucket.
    pub bucket_labels: Vec<String>,
    /// The clock of every target, as written.
    pub target_clocks: Vec<String>,
    /// What is known before any run that the reader ought to know, such as overloads.
    pub warnings: Vec<String>,
}

/// Points of a response-time curve: enough for a smooth line.
const CURVE_POINTS: usize = 240;

/// Summarizes all replications of a plan.
pub fn summarize(plan: &Plan, collected: &Collected, context: SummaryContext) -> Summary {
    let days = Days {
        labels: &context.bucket_labels,
        bucket_secs: plan.bucket.as_secs_f64(),
        first_bucket: plan.warm_up.as_micros().div_ceil(plan.bucket.as_micros().max(1)) as usize,
    };
    let records = Records { plan, collected };
    let peaks = |class| days.peaks(&collected.replications, class).map(mean_of);
    let mut summary = Summary {
        scenario: context.scenario,
        seed: context.seed,
        replications: collected.replications.len(),
        engine_semantics: ENGINE_SEMANTICS,
        duration: plan.horizon.as_secs_f64(),
        warm_up: plan.warm_up.as_secs_f64(),
        reports: records.count(|r| r.classes.iter().map(|class| class.reports).sum()),
        peaks: peaks(None),
        // nothing merges reports yet: every report is a case of its own
        cases: records.count(|r| r.classes.iter().map(|class| class.reports).sum()),
        in_system_at_end: records.count(|r| r.open),
        classes: (0..plan.classes.len()).map(|class| records.class(class, peaks(Some(class)))).collect(),
        stages: (0..plan.stages.len()).map(|stage| records.stage(stage)).collect(),
        teams: (0..plan.teams.len()).map(|team| records.team(team)).collect(),
        platforms: (0..plan.platforms.len()).map(|platform| records.platform(platform)).collect(),
        targets: (0..plan.targets.len())
            .map(|target| records.target(target, context.target_clocks.get(target)))
            .collect(),
        series: records.series(context.bucket_labels.clone()),
        warnings: Vec::new(),
    };
    summary.warnings = context.warnings;
    let found = warnings(plan, collected, &summary);
    summary.warnings.extend(found);
    summary
}

/// The records of all replications of a plan.
pub(super) struct Records<'a> {
    pub(super) plan: &'a Plan,
    pub(super) collected: &'a Collected,
}

impl Records<'_> {
    fn values(&self, of: impl Fn(&ReplicationRecord) -> f64) -> Vec<f64> {
        self.collected.replications.iter().map(of).collect()
    }

    /// The mean over replications of a count.
    pub(super) fn count(&self, of: impl Fn(&ReplicationRecord) -> u64) -> Estimate {
        self.mean(|r| of(r) as f64)
    }

    /// The mean over replications of a number that every replication has.
    pub(super) fn mean(&self, of: impl Fn(&ReplicationRecord) -> f64) -> Estimate {
        mean_of(&self.values(of))
    }

    /// The mean of a sum over many cases, per case.
    fn ratio(&self, of: impl Fn(&ReplicationRecord) -> (f64, f64)) -> Option<Estimate> {
        let pairs: Vec<(f64, f64)> = self.collected.replications.iter().map(of).collect();
        ratio_interval(&pairs).map(|interval| estimate(interval, pairs.len()))
    }

    /// The distribution of a time: its mean as a ratio of sums, its quantiles pooled with intervals over replications
    /// ([`quantile_interval`]), refused where the sample cannot carry them ([`quantile_needs`]).
    pub(super) fn quantiles(
        &self,
        pooled: &Histogram,
        of: impl Fn(&ReplicationRecord) -> TimeRecord,
    ) -> Quantiles {
        let times: Vec<TimeRecord> = self.collected.replications.iter().map(of).collect();
        let pairs: Vec<(f64, f64)> = times.iter().map(|time| (time.sum, time.count as f64)).collect();
        let quantile = |i: usize| {
            let p = QUANTILES[i];
            if pooled.count() < quantile_needs(p) {
                return None;
            }
            let value = pooled.quantile(p)?;
            // a replication with too few cases to have such a quantile says nothing about its spread
            let carries = |time: &&TimeRecord| time.count as f64 * (1.0 - p) >= 1.0;
            let sections: Vec<f64> = times.iter().filter(carries).map(|time| time.quantiles[i]).collect();
            let interval = if sections.len() == times.len() {
                quantile_interval(value, &sections)
            } else {
                Interval { mean: value, bounds: None }
            };
            Some(estimate(at_least_zero(interval), times.len()))
        };
        let maxima: Vec<f64> = times.iter().filter(|time| time.count > 0).map(|time| time.max).collect();
        Quantiles {
            mean: ratio_interval(&pairs).map(|interval| estimate(at_least_zero(interval), pairs.len())),
            p50: quantile(0),
            p90: quantile(1),
            p95: quantile(2),
            p99: quantile(3),
            // a replication without a case has no largest value, and zero would be none
            max: mean_interval(&maxima).map(|interval| estimate(at_least_zero(interval), maxima.len())),
        }
    }

    fn class(&self, class: usize, peaks: Peaks) -> ClassSummary {
        let pooled = &self.collected.response_time[class];
        let delay = |i: usize| {
            self.ratio(|r| (r.classes[class].delays[i], r.classes[class].response_time.count as f64))
        };
        ClassSummary {
            name: self.plan.classes[class].clone(),
            reports: self.count(|r| r.classes[class].reports),
            peaks,
            cases: self.count(|r| r.classes[class].reports),
            outcomes: Outcome::ALL
                .iter()
                .map(|outcome| (outcome.name(), self.count(|r| r.classes[class].outcomes[*outcome as usize])))
                .collect(),
            response_time: self.quantiles(pooled, |r| r.classes[class].response_time),
            delay: DelaySummary {
                detection: None,
                intake: delay(0),
                waiting: delay(1),
                handling: delay(2),
                propagation: delay(3),
            },
            response_curve: curve(pooled),
        }
    }

    fn stage(&self, stage: usize) -> StageSummary {
        let mut pooled = Histogram::default();
        self.collected.waiting_time[stage].iter().for_each(|histogram| pooled.merge(histogram));
        let by_class = (0..self.plan.classes.len()).map(|class| StageClassSummary {
            class: self.plan.classes[class].clone(),
            arrivals: self.count(|r| r.stages[stage].arrivals[class]),
            waiting_time: self.quantiles(&self.collected.waiting_time[stage][class], |r| {
                r.stages[stage].waiting_time_by_class[class]
            }),
        });
        StageSummary {
            name: self.plan.stages[stage].name.clone(),
            arrivals: self.count(|r| r.stages[stage].arrivals.iter().sum()),
            waiting_time: self.quantiles(&pooled, |r| r.stages[stage].waiting_time),
            service_time: self
                .quantiles(&self.collected.service_time[stage], |r| r.stages[stage].service_time),
            queue_length_mean: Some(self.mean(|r| r.stages[stage].queue_length_mean)),
            queue_length_max: Some(self.count(|r| r.stages[stage].queue_length_max)),
            reneged: self.count(|r| r.stages[stage].reneged),
            blocked: self.count(|r| r.stages[stage].blocked),
            by_class: by_class.collect(),
        }
    }

    pub(super) fn team(&self, team: usize) -> TeamSummary {
        let Plan { warm_up, horizon, teams, .. } = self.plan;
        let cost = |hours| teams[team].cost(*warm_up, *horizon, hours);
        TeamSummary {
            name: self.plan.teams[team].name.clone(),
            utilization: self.ratio(|r| (r.teams[team].busy_hours, r.teams[team].staff_hours)),
            staff_hours: self.mean(|r| r.teams[team].staff_hours),
            cost: cost(0.0).map(|_| self.mean(|r| cost(r.teams[team].staff_hours).unwrap_or(0.0))),
        }
    }

    pub(super) fn platform(&self, platform: usize) -> PlatformSummary {
        let mut pooled = Histogram::default();
        self.collected.platform_time[platform].iter().for_each(|histogram| pooled.merge(histogram));
        let by_class = (0..self.plan.classes.len()).map(|class| {
            let of = |r: &ReplicationRecord| r.platforms[platform].1[class];
            PlatformClassSummary {
                class: self.plan.classes[class].clone(),
                cases: self.count(|r| of(r).cases),
                answered: self.share(|r| of(r).answered()),
                response_time: self
                    .quantiles(&self.collected.platform_time[platform][class], |r| of(r).response_time),
            }
        });
        let of = |r: &ReplicationRecord| r.platforms[platform].0;
        PlatformSummary {
            name: self.plan.platforms[platform].name.clone(),
            cases: self.count(|r| of(r).cases),
            answered: self.share(|r| of(r).answered()),
            response_time: self.quantiles(&pooled, |r| of(r).response_time),
            by_class: by_class.collect(),
        }
    }

    fn share(&self, of: impl Fn(&ReplicationRecord) -> (u64, u64)) -> Option<Estimate> {
        let pairs: Vec<(u64, u64)> = self.collected.replications.iter().map(of).collect();
        share_interval(&pairs).map(|interval| estimate(interval, pairs.len()))
    }

    pub(super) fn target(&self, idx: usize, clock: Option<&String>) -> TargetSummary {
        let target = &self.plan.targets[idx];
        let share_on_time = self.share(|r| {
            let (count, on_time) = r.targets[idx];
            (on_time, count)
        });
        TargetSummary {
            name: target.name.clone(),
            clock: clock.cloned().unwrap_or_default(),
            within: target.within.as_secs_f64(),
            count: self.count(|r| r.targets[idx].0),
            share_on_time,
            goal: target.share,
            verdict: verdict(share_on_time, target.share),
        }
    }

    fn series(&self, labels: Vec<String>) -> Series {
        let records = &self.collected.replications;
        let bands = |of: &dyn Fn(&ReplicationRecord) -> &Vec<Vec<f32>>| -> Vec<Vec<Band>> {
            let Some(first) = records.first() else { return Vec::new() };
            (0..of(first).len())
                .map(|line| {
                    (0..of(first)[line].len())
                        .map(|bucket| band(records.iter().map(|r| f64::from(of(r)[line][bucket])).collect()))
                        .collect()
                })
                .collect()
        };
        Series {
            bucket: self.plan.bucket.as_secs_f64(),
            labels,
            reports: bands(&|r| &r.series.reports),
            waiting: bands(&|r| &r.series.waiting),
            staff: bands(&|r| &r.series.staff),
            busy: bands(&|r| &r.series.busy),
            decided: bands(&|r| &r.series.decided),
            target_count: bands(&|r| &r.series.target_count),
            target_on_time: bands(&|r| &r.series.target_on_time),
        }
    }
}

/// The mean of one value from every replication.
pub(super) fn mean_of(values: &[f64]) -> Estimate {
    let none = Interval { mean: f64::NAN, bounds: None };
    estimate(mean_interval(values).unwrap_or(none), values.len())
}

/// A share with its 95 % interval.
pub(super) fn estimate_of(share: &Proportion) -> Estimate {
    estimate(share.interval(CONFIDENCE), share.n_replications())
}

/// An interval made from one value, or one pair of sums, of each of `n` replications.
pub(super) fn estimate(interval: Interval, n: usize) -> Estimate {
    Estimate { mean: interval.mean, interval: interval.bounds, n }
}

/// Met or missed only where the whole interval says so.
pub(super) fn verdict(share: Option<Estimate>, goal: f64) -> Verdict {
    match share.and_then(|share| share.interval) {
        Some((lo, _)) if lo >= goal => Verdict::Met,
        Some((_, hi)) if hi < goal => Verdict::Missed,
        _ => Verdict::Inconclusive,
    }
}

/// Times are not negative, and nor is what is said of them.
fn at_least_zero(interval: Interval) -> Interval {
    Interval { bounds: interval.bounds.map(|(lo, hi)| (lo.max(0.0), hi)), ..interval }
}

/// The cumulative distribution in at most [`CURVE_POINTS`] points, evenly spaced in what they leave out.
fn curve(histogram: &Histogram) -> Vec<CurvePoint> {
    let points = histogram.cumulative();
    let keep_every = points.len().div_ceil(CURVE_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points.iter().enumerate().filter(|(i, _)| i % keep_every == 0 || *i == last);
    kept.map(|(_, (seconds, share))| CurvePoint { seconds: *seconds, share: *share }).collect()
}

pub(super) fn band(mut values: Vec<f64>) -> Band {
    values.sort_by(f64::total_cmp);
    let n = values.len().max(1);
    let at = |p: f64| values.get(((n - 1) as f64 * p).round() as usize).copied().unwrap_or(0.0);
    Band { mean: values.iter().sum::<f64>() / n as f64, lo: at(0.05), hi: at(0.95) }
}
