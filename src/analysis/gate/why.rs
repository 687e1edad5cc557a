//! Why a gate fails: where its cases spend their time, and what has grown since the baseline.

use super::super::measured;
use super::super::summary::Estimate;
use super::super::warnings::grouped;
use super::baseline::Baseline;
use crate::experiment::gate::Gate;
use crate::experiment::{Better, Collected, Measure, Narrow, ReplicationRecord, Statistic, TimeRecord};
use crate::model::{Answers, ClockEvent, Place, Plan, PlatformIdx, StageIdx, places_after};
use crate::units::Duration;

/// A change of less than this share of the baseline's value explains nothing.
const SLIGHT: f64 = 0.02;
/// Less than this share of the time is not the answer to where it is spent.
const HARDLY_ANY: f64 = 0.1;

/// What explanations are made from.
pub(super) struct Why<'a> {
    pub(super) plan: &'a Plan,
    pub(super) collected: &'a Collected,
    pub(super) baseline: Option<&'a Baseline>,
}

/// The cases that a measure is of, and the part of their life.
struct Stretch {
    classes: Vec<bool>,
    from: ClockEvent,
    to: ClockEvent,
}

/// A way in which cases spend time.
struct Spent {
    /// In words: ``waiting at `triage` ``.
    how: String,
    /// Seconds, all cases of the stretch together.
    total: f64,
    /// How many times they came there.
    visits: u64,
    place: Option<Place>,
}

impl Why<'_> {
    /// Why a measure is slower than it may be, in a sentence or two; none where that is not a matter of time.
    pub(super) fn sentences(&self, gate: &Gate) -> Vec<String> {
        let Some(stretch) = self.stretch(gate.measure) else { return Vec::new() };
        if !is_slow(gate) {
            let how = if gate.is_at_least() { "below" } else { "above" };
            return vec![format!("It is {how} what is expected; nothing is too slow.")];
        }
        let grown = self.growth(&stretch);
        let told = grown.as_ref().map(|(place, _)| *place);
        let longest = self.longest(&stretch, told);
        grown.map(|(_, sentence)| sentence).into_iter().chain(longest).collect()
    }

    /// What a measure of times is of.
    fn stretch(&self, measure: Measure) -> Option<Stretch> {
        let n = self.plan.classes.len();
        let only = |class: usize| (0..n).map(|other| other == class).collect();
        let all = || vec![true; n];
        let stretch = |classes, from, to| Some(Stretch { classes, from, to });
        let waiting = |classes, stage| stretch(classes, ClockEvent::Enters(stage), ClockEvent::Starts(stage));
        let answered = |classes, platform| {
            stretch(classes, ClockEvent::EntersPlatform(platform), ClockEvent::LeavesPlatform(platform))
        };
        match measure {
            Measure::OnTime(target) => {
                let target = &self.plan.targets[target];
                stretch(target.classes.clone(), target.from, target.to)
            }
            Measure::ResponseTime(class, _) => stretch(only(class), ClockEvent::Sent, ClockEvent::Decided),
            Measure::Narrow(Narrow::ProbeTime(probe, _) | Narrow::ProbeWithin(probe)) => {
                let probe = &self.plan.probes[probe];
                stretch(probe.classes.clone(), probe.from, probe.to)
            }
            Measure::Narrow(Narrow::WaitingTime(stage, class, _)) => waiting(only(class), stage),
            Measure::Narrow(Narrow::AnswerTime(platform, class, _)) => answered(only(class), platform),
            Measure::WaitingTime(stage, _)
            | Measure::QueueMean(stage)
            | Measure::QueueMax(stage)
            | Measure::Reneged(stage)
            | Measure::Blocked(stage) => waiting(all(), stage),
            Measure::AnswerTime(platform, _) => answered(all(), platform),
            Measure::OpenAtEnd => stretch(all(), ClockEvent::Sent, ClockEvent::Ended),
            _ => None,
        }
    }

    /// Whether a place may lie within a stretch.
    fn is_within(&self, place: Place, stretch: &Stretch) -> bool {
        let after = |start: Place| place == start || places_after(self.plan, start).contains(&place);
        let before = |end: Place| place == end || places_after(self.plan, place).contains(&end);
        let begun = match stretch.from {
            ClockEvent::Enters(stage) | ClockEvent::Starts(stage) | ClockEvent::Leaves(stage) => {
                after(Place::Stage(stage)) && !is_left(stretch.from, place)
            }
            ClockEvent::EntersPlatform(platform) | ClockEvent::LeavesPlatform(platform) => {
                after(Place::Platform(platform)) && !is_left(stretch.from, place)
            }
            _ => true,
        };
        let not_over = match stretch.to {
            ClockEvent::Enters(stage) => before(Place::Stage(stage)) && place != Place::Stage(stage),
            ClockEvent::Starts(stage) | ClockEvent::Leaves(stage) => before(Place::Stage(stage)),
            ClockEvent::EntersPlatform(platform) => {
                before(Place::Platform(platform)) && place != Place::Platform(platform)
            }
            ClockEvent::LeavesPlatform(platform) => before(Place::Platform(platform)),
            _ => true,
        };
        // within one place, nothing else counts, though a case may come back to it by way of others
        let only = match (stretch.from, stretch.to) {
            (ClockEvent::Enters(a), ClockEvent::Starts(b) | ClockEvent::Leaves(b)) if a == b => {
                Some(Place::Stage(a))
            }
            (ClockEvent::EntersPlatform(a), ClockEvent::LeavesPlatform(b)) if a == b => {
                Some(Place::Platform(a))
            }
            _ => None,
        };
        only.map_or(begun && not_over, |only| place == only || self.is_queue_of(place, only))
    }

    /// Whether a stage is the queue of a platform with people.
    fn is_queue_of(&self, place: Place, platform: Place) -> bool {
        let (Place::Stage(own), Place::Platform(platform)) = (place, platform) else { return false };
        matches!(self.plan.platforms[platform].answers, Answers::Queue { stage, .. } if stage == own)
    }

    /// Where the time of a stretch goes.
    fn spent(&self, stretch: &Stretch) -> Vec<Spent> {
        let covered =
            || stretch.classes.iter().enumerate().filter(|(_, covered)| **covered).map(|(class, _)| class);
        let sum = |of: &dyn Fn(&ReplicationRecord, usize) -> TimeRecord| {
            let records = self.collected.replications.iter();
            let times = records.flat_map(|record| covered().map(|class| of(record, class)));
            times.fold((0.0, 0), |(total, visits), time| (total + time.sum, visits + time.count))
        };
        let stages = (0..self.plan.stages.len()).map(|stage: StageIdx| {
            let (total, visits) = sum(&|record, class| record.stages[stage].waiting_time_by_class[class]);
            let how = format!("waiting at `{}`", self.plan.stages[stage].name);
            Spent { how, total, visits, place: Some(Place::Stage(stage)) }
        });
        let answering = (0..self.plan.platforms.len())
            .filter(|platform| matches!(self.plan.platforms[*platform].answers, Answers::After { .. }));
        let platforms = answering.map(|platform: PlatformIdx| {
            let (total, visits) = sum(&|record, class| record.platforms[platform].1[class].response_time);
            let how = format!("the answers of `{}`", self.plan.platforms[platform].name);
            Spent { how, total, visits, place: Some(Place::Platform(platform)) }
        });
        let mut spent: Vec<Spent> = stages.chain(platforms).collect();
        if stretch.is_whole() {
            let delays = |i: usize| {
                let records = self.collected.replications.iter();
                records.flat_map(|r| covered().map(|class| r.classes[class].delays[i])).sum::<f64>()
            };
            let (_, decided) = sum(&|record, class| record.classes[class].response_time);
            let answers: f64 = spent
                .iter()
                .filter(|of| matches!(of.place, Some(Place::Platform(_))))
                .map(|of| of.total)
                .sum();
            let alone =
                |how: &str, total: f64| Spent { how: how.to_owned(), total, visits: decided, place: None };
            spent.push(alone("intake, before the first queue", delays(0)));
            spent.push(alone("the work itself", delays(2)));
            spent.push(alone("the way from place to place", (delays(3) - answers).max(0.0)));
        }
        spent.retain(|of| of.total > 0.0 && of.place.is_none_or(|place| self.is_within(place, stretch)));
        spent
    }

    /// The place where the mean time of these cases has grown the most since the baseline, by more than chance explains;
    /// of all cases, where they are not of one class.
    fn growth(&self, stretch: &Stretch) -> Option<(Place, String)> {
        let baseline = self.baseline?;
        let only = stretch.only_class();
        let measure = |place: Place| match (place, only) {
            (Place::Stage(stage), Some(class)) => {
                Some(Measure::Narrow(Narrow::WaitingTime(stage, class, Statistic::Mean)))
            }
            (Place::Stage(stage), None) => Some(Measure::WaitingTime(stage, Statistic::Mean)),
            (Place::Platform(platform), None) => Some(Measure::AnswerTime(platform, Statistic::Mean)),
            _ => None,
        };
        let spent = self.spent(stretch);
        let grown = spent.iter().filter_map(|of| {
            let measure = measure(of.place?)?;
            let (before, now) = self.then_and_now(baseline, measure)?;
            // intervals that do not touch: chance alone would hardly part them
            let is_more = now.interval?.0 > before.interval?.1;
            let has_grown = is_more && now.mean - before.mean > SLIGHT * before.mean.max(1.0);
            has_grown.then_some((of, before.mean, now.mean))
        });
        let all_added = |(of, before, now): &(&Spent, f64, f64)| (now - before) * of.visits as f64;
        let (of, before, now) = grown.max_by(|a, b| all_added(a).total_cmp(&all_added(b)))?;
        let place = of.place?;
        let queue = match place {
            Place::Stage(stage) => self.then_and_now(baseline, Measure::QueueMax(stage)),
            _ => None,
        };
        let queue = queue
            .filter(|(before, now)| now.mean > before.mean && grouped(now.mean) != grouped(before.mean))
            .map(|(before, now)| {
                format!("; its longest queue is {} instead of {}", grouped(now.mean), grouped(before.mean))
            });
        let sentence = format!(
            "Of the waits, what has grown most since the baseline is {}: {} on average instead of {}{}.",
            of.how,
            in_words(now),
            in_words(before),
            queue.unwrap_or_default()
        );
        Some((place, sentence))
    }

    /// What a measure was in the baseline, and what it is.
    fn then_and_now(&self, baseline: &Baseline, measure: Measure) -> Option<(Estimate, Estimate)> {
        let before = baseline.estimates.get(&measure.name(self.plan))?;
        Some((*before, measured(self.plan, self.collected, measure)?))
    }

    /// Where these cases spend the most time. What is said of the place that was `told` of already is only its share.
    fn longest(&self, stretch: &Stretch, told: Option<Place>) -> Option<String> {
        let spent = self.spent(stretch);
        let all: f64 = spent.iter().map(|of| of.total).sum();
        let most = spent.iter().max_by(|a, b| a.total.total_cmp(&b.total))?;
        if most.total < HARDLY_ANY * all {
            return None;
        }
        let whose = match stretch.only_class() {
            Some(class) => format!("`{}` cases", self.plan.classes[class]),
            None => "these cases".to_owned(),
        };
        let of = if spent.len() > 1 {
            format!("Of the time that {whose} take, {} % is {}", grouped(100.0 * most.total / all), most.how)
        } else {
            format!("The time that {whose} take is {}", most.how)
        };
        if most.place.is_some() && most.place == told {
            return (spent.len() > 1).then(|| format!("{of}."));
        }
        let queue = match most.place {
            Some(Place::Stage(stage)) => Measure::QueueMax(stage).sample(self.plan, self.collected),
            _ => None,
        };
        let queue = queue.map(|queue| format!("; its longest queue is {}", grouped(queue.estimate())));
        let mean = in_words(most.total / most.visits.max(1) as f64);
        Some(format!("{of}: {mean} on average{}.", queue.unwrap_or_default()))
    }
}

impl Stretch {
    /// The class that it is of, where it is of one of several.
    fn only_class(&self) -> Option<usize> {
        let mut covered = self.classes.iter().enumerate().filter(|(_, covered)| **covered);
        let first = covered.next().map(|(class, _)| class);
        first.filter(|_| covered.next().is_none() && self.classes.len() > 1)
    }

    /// Whether it is a whole life, from the report to an end.
    fn is_whole(&self) -> bool {
        let ends = matches!(self.to, ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_));
        self.from == ClockEvent::Sent && ends
    }
}

/// Whether what fails it is that something takes too long.
fn is_slow(gate: &Gate) -> bool {
    match gate.measure.better() {
        Better::More => gate.is_at_least(),
        Better::Less | Better::Neither => !gate.is_at_least(),
    }
}

/// Whether a clock starts only where a place is left.
fn is_left(from: ClockEvent, place: Place) -> bool {
    match from {
        ClockEvent::Starts(stage) | ClockEvent::Leaves(stage) => place == Place::Stage(stage),
        ClockEvent::LeavesPlatform(platform) => place == Place::Platform(platform),
        _ => false,
    }
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
