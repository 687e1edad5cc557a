//! Why a gate fails: where its cases spend their time, and what has grown since the baseline.

use super::super::warnings::grouped;
use super::baseline::Baseline;
use crate::experiment::{Collected, Measure, Narrow, Statistic};
use crate::model::Plan;
use crate::units::Duration;

/// A change of less than this share of the baseline's value explains nothing.
const SLIGHT: f64 = 0.02;

/// What a measure is of.
pub(super) struct Why<'a> {
    pub(super) plan: &'a Plan,
    pub(super) collected: &'a Collected,
    pub(super) baseline: Option<&'a Baseline>,
}

/// A place where cases spend time.
struct Place {
    name: String,
    /// The name of the measure of its mean.
    measure: String,
    /// Time that the cases of a measure spent there, all together, in seconds.
    total: f64,
    /// Per case that came there.
    mean: f64,
    /// Cases of all classes that came, over cases that were measured.
    weight: f64,
    queue_max: Option<(String, f64)>,
}

impl Why<'_> {
    /// Why a measure is what it is, in a sentence or two; none where that is not a matter of time.
    pub(super) fn sentences(&self, measure: Measure) -> Vec<String> {
        let Some(classes) = self.classes(measure) else { return Vec::new() };
        let places = self.places(&classes);
        let of = match classes.iter().filter(|covered| **covered).count() {
            1 => {
                let class = classes.iter().position(|covered| *covered).unwrap_or_default();
                format!("`{}` cases", self.plan.classes[class])
            }
            _ => "cases".to_owned(),
        };
        let mut said = Vec::new();
        said.extend(self.growth(&places));
        said.extend(longest(&places, &of));
        said
    }

    /// The classes that a measure of times is of.
    fn classes(&self, measure: Measure) -> Option<Vec<bool>> {
        let n = self.plan.classes.len();
        let only = |class: usize| (0..n).map(|other| other == class).collect();
        match measure {
            Measure::OnTime(target) => Some(self.plan.targets[target].classes.clone()),
            Measure::ResponseTime(class, _) => Some(only(class)),
            Measure::Narrow(Narrow::ProbeTime(probe, _) | Narrow::ProbeWithin(probe)) => {
                Some(self.plan.probes[probe].classes.clone())
            }
            Measure::Narrow(Narrow::WaitingTime(_, class, _) | Narrow::AnswerTime(_, class, _)) => {
                Some(only(class))
            }
            Measure::WaitingTime(..)
            | Measure::QueueMean(_)
            | Measure::QueueMax(_)
            | Measure::Reneged(_)
            | Measure::Blocked(_)
            | Measure::AnswerTime(..)
            | Measure::OpenAtEnd => Some(vec![true; n]),
            _ => None,
        }
    }

    fn places(&self, classes: &[bool]) -> Vec<Place> {
        let records = &self.collected.replications;
        let sum = |of: &dyn Fn(&crate::experiment::ReplicationRecord) -> (f64, u64)| {
            records.iter().map(of).fold((0.0, 0), |(time, count), (more, cases)| (time + more, count + cases))
        };
        let covered = || classes.iter().enumerate().filter(|(_, covered)| **covered).map(|(class, _)| class);
        let (_, n_cases) = sum(&|r| (0.0, covered().map(|class| r.classes[class].reports).sum()));
        let place = |name: String, measure: Measure, (total, count): (f64, u64), n_all: u64| Place {
            name,
            measure: measure.name(self.plan),
            total,
            mean: total / count.max(1) as f64,
            weight: n_all as f64 / n_cases.max(1) as f64,
            queue_max: None,
        };
        let stages = (0..self.plan.stages.len()).map(|stage| {
            let own = sum(&|r| {
                let times = covered().map(|class| r.stages[stage].waiting_time_by_class[class]);
                times.fold((0.0, 0), |(time, n), of| (time + of.sum, n + of.count))
            });
            let all = sum(&|r| (0.0, r.stages[stage].waiting_time.count)).1;
            let name = format!("waiting at `{}`", self.plan.stages[stage].name);
            let mut place = place(name, Measure::WaitingTime(stage, Statistic::Mean), own, all);
            let longest = sum(&|r| (0.0, r.stages[stage].queue_length_max)).1;
            let mean = longest as f64 / records.len().max(1) as f64;
            place.queue_max = Some((Measure::QueueMax(stage).name(self.plan), mean));
            place
        });
        let platforms = (0..self.plan.platforms.len()).map(|platform| {
            let own = sum(&|r| {
                let times = covered().map(|class| r.platforms[platform].1[class].response_time);
                times.fold((0.0, 0), |(time, n), of| (time + of.sum, n + of.count))
            });
            let all = sum(&|r| (0.0, r.platforms[platform].0.response_time.count)).1;
            let name = format!("the answers of `{}`", self.plan.platforms[platform].name);
            place(name, Measure::AnswerTime(platform, Statistic::Mean), own, all)
        });
        stages.chain(platforms).filter(|place| place.total > 0.0).collect()
    }

    /// The place whose mean time has grown the most since the baseline, for all cases together.
    fn growth(&self, places: &[Place]) -> Option<String> {
        let baseline = self.baseline?;
        let now = |place: &Place| {
            let measure = Measure::named(&place.measure, self.plan)?;
            measure.sample(self.plan, self.collected).map(|sample| sample.estimate())
        };
        let grown = places.iter().filter_map(|place| {
            let before = baseline.estimates.get(&place.measure)?.mean;
            let now = now(place)?;
            let added = (now - before) * place.weight;
            (added > SLIGHT * before.max(1.0)).then_some((place, before, now, added))
        });
        let (place, before, now, _) = grown.max_by(|a, b| a.3.total_cmp(&b.3))?;
        let queue = place.queue_max.as_ref().and_then(|(measure, now)| {
            let before = baseline.estimates.get(measure)?.mean;
            Some(format!("; its longest queue is {} instead of {}", grouped(*now), grouped(before)))
        });
        Some(format!(
            "What has grown most since the baseline is {}: {} on average instead of {}{}.",
            place.name,
            in_words(now),
            in_words(before),
            queue.unwrap_or_default()
        ))
    }
}

/// Where these cases spend the most time.
fn longest(places: &[Place], of: &str) -> Option<String> {
    let place = places.iter().max_by(|a, b| a.total.total_cmp(&b.total))?;
    let all: f64 = places.iter().map(|place| place.total).sum();
    let queue = place.queue_max.as_ref().map(|(_, now)| format!("; the longest queue is {}", grouped(*now)));
    Some(format!(
        "Of the time that {of} wait for people and platforms, {} % is {}: {} on average for those who come there{}.",
        grouped(100.0 * place.total / all),
        place.name,
        in_words(place.mean),
        queue.unwrap_or_default()
    ))
}

/// A time to about two digits, as people say it.
fn in_words(seconds: f64) -> String {
    let step = match seconds {
        86_400.0.. => 3600.0,
        3600.0.. => 60.0,
        60.0.. => 1.0,
        _ => 0.1,
    };
    Duration::from_secs_f64((seconds / step).round() * step).to_string()
}
