//! Why a target cannot be met, where no roster within the bounds does: what would help is found by trying.

use super::SizeSearch;
use super::trials::{Goal, SizingError};
use crate::calendar::Intervals;
use crate::experiment::{Collected, Effort, Experiment, Measure, NoProgress};
use crate::load::offered_load;
use crate::model::{ClassIdx, ClockEvent, Crew, Duty, Halt, Model, Plan, PlatformIdx};
use crate::statistics::Proportion;

/// At least so many people are plenty at a post.
const PLENTY: f64 = 1_000.0;
/// Replications of what would help.
const LOOK: usize = 12;
/// A platform that leaves more than this share of its cases without an answer is worth naming.
const SILENT: f64 = 0.01;

/// A target that no roster within the bounds meets.
#[derive(Debug, Clone)]
pub struct Unattainable {
    /// Its position in the plan.
    pub target: usize,
    /// Its share on time with every post full; none where no case ran its clock to the end.
    pub share: Option<Proportion>,
    /// Why.
    pub reason: Reason,
}

/// Why people within the bounds cannot meet a target.
#[derive(Debug, Clone)]
pub enum Reason {
    /// With any number of people at any hour it would still be missed: the delay is elsewhere.
    Elsewhere {
        /// Its share on time then.
        share: Option<Proportion>,
        /// Where most of the time goes then.
        delay: Delay,
        /// A platform on the way that leaves cases without an answer, with the share that it answers.
        silent: Option<(PlatformIdx, f64)>,
    },
    /// Any number of people would not do in these hours, but at any hour they would: cases wait for somebody to come.
    Hours,
    /// In the same hours more people than the bounds allow would do.
    Bounds,
}

/// Where a class's time goes that people cannot shorten, with its mean in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    /// At this platform.
    Platform(PlatformIdx, f64),
    /// Before the first queue.
    Intake(f64),
    /// In people's hands: the work itself.
    Handling(f64),
    /// In channels and at platforms that answer after a time.
    Propagation(f64),
    /// In queues that these people do not serve.
    Waiting(f64),
}

/// Finds out why a target is missed with every post full.
pub(super) fn diagnose(
    search: &SizeSearch<'_>,
    goal: Goal,
    confidence: f64,
    share: Option<Proportion>,
) -> Result<Unattainable, SizingError> {
    let at_any_hour = collected(search, unlimited(search, true))?;
    let shares = |collected: &Collected| Measure::OnTime(goal.target).proportion(collected);
    let is_missed = |share: &Option<Proportion>| {
        let bounds = share.as_ref().and_then(|share| share.interval(2.0 * confidence - 1.0).bounds);
        bounds.is_none_or(|(_, upper)| upper < goal.share)
    };
    let always = shares(&at_any_hour);
    let reason = if is_missed(&always) {
        let (delay, silent) = elsewhere(search.plan, &at_any_hour, goal.target);
        Reason::Elsewhere { share: always, delay, silent }
    } else if is_missed(&shares(&collected(search, unlimited(search, false))?)) {
        Reason::Hours
    } else {
        Reason::Bounds
    };
    Ok(Unattainable { target: goal.target, share, reason })
}

/// The plan with plenty of people at every post, in its hours or at any.
fn unlimited(search: &SizeSearch<'_>, at_any_hour: bool) -> Plan {
    let mut plan = search.plan.clone();
    let load = offered_load(&plan);
    // far above the largest load, but no more than the engine can number
    let plenty = |team: usize| {
        let peak = load.teams[team].peak().map_or(0.0, |(_, peak, _)| peak);
        (2.0 * peak + 10.0 * peak.sqrt()).clamp(PLENTY, 200_000.0) as u32
    };
    for post in &search.sizing.posts {
        plan.teams[post.team].crews.clear();
        plan.teams[post.team].call_ins.clear();
    }
    for post in &search.sizing.posts {
        let crews = &mut plan.teams[post.team].crews;
        let people = plenty(post.team).max(post.at_most);
        match &post.duty {
            _ if at_any_hour && crews.is_empty() => {
                crews.push(Crew { people, on_duty: Intervals::always(), wage_per_hour: None });
            }
            Duty::Shift { on_duty, wage_per_hour } if !at_any_hour => {
                crews.push(Crew { people, on_duty: on_duty.clone(), wage_per_hour: *wage_per_hour });
            }
            // nobody need be called in where there are plenty
            Duty::Shift { .. } | Duty::CallIn { .. } => {}
        }
    }
    plan
}

/// A few replications of a plan; none where the backlog grows beyond all bounds.
fn collected(search: &SizeSearch<'_>, plan: Plan) -> Result<Collected, SizingError> {
    let model = Model::new(plan)?;
    let experiment = Experiment {
        model: &model,
        seed: search.seed,
        effort: Effort::Replications(LOOK),
        max_in_system: search.max_in_system,
        cancel: search.cancel,
        shuffle: None,
    };
    match experiment.run(&NoProgress) {
        Err(Halt::TooManyInSystem { .. }) => Ok(Collected::default()),
        other => Ok(other?),
    }
}

/// Where the time of a target's cases goes, and which platform on their way is silent.
fn elsewhere(plan: &Plan, collected: &Collected, target: usize) -> (Delay, Option<(PlatformIdx, f64)>) {
    let target = &plan.targets[target];
    let own_platform = [target.from, target.to].into_iter().find_map(|event| match event {
        ClockEvent::EntersPlatform(platform) | ClockEvent::LeavesPlatform(platform) => Some(platform),
        _ => None,
    });
    let classes: Vec<ClassIdx> = (0..plan.classes.len()).filter(|&class| target.classes[class]).collect();
    if let Some(platform) = own_platform {
        let answers = answers(collected, platform, &classes);
        let silent = answers.filter(|(answered, _)| *answered < 1.0 - SILENT);
        let mean = answers.map_or(0.0, |(_, mean)| mean);
        return (Delay::Platform(platform, mean), silent.map(|(answered, _)| (platform, answered)));
    }
    let ends_at_an_outcome =
        matches!(target.to, ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_));
    let silent = (0..plan.platforms.len())
        .filter(|_| ends_at_an_outcome)
        .filter_map(|platform| {
            answers(collected, platform, &classes).map(|(answered, _)| (platform, answered))
        })
        .filter(|(_, answered)| *answered < 1.0 - SILENT)
        .min_by(|a, b| a.1.total_cmp(&b.1));
    (largest_delay(collected, &classes), silent)
}

/// The share of cases of some classes that a platform answers, and its mean time in seconds.
fn answers(collected: &Collected, platform: PlatformIdx, classes: &[ClassIdx]) -> Option<(f64, f64)> {
    let (mut answered, mut known, mut sum) = (0, 0, 0.0);
    for record in &collected.replications {
        for class in classes {
            let record = &record.platforms[platform].1[*class];
            let (own, of) = record.answered();
            (answered, known) = (answered + own, known + of);
            sum += record.response_time.sum;
        }
    }
    (known > 0).then(|| (answered as f64 / known as f64, sum / (answered.max(1)) as f64))
}

fn largest_delay(collected: &Collected, classes: &[ClassIdx]) -> Delay {
    let mut sums = [0.0; 4];
    let mut count = 0;
    for record in &collected.replications {
        for class in classes {
            let class = &record.classes[*class];
            count += class.response_time.count;
            for (sum, delay) in sums.iter_mut().zip(class.delays) {
                *sum += delay;
            }
        }
    }
    let means = sums.map(|sum| sum / count.max(1) as f64);
    let [intake, waiting, handling, propagation] = means;
    let kinds = [
        Delay::Propagation(propagation),
        Delay::Handling(handling),
        Delay::Waiting(waiting),
        Delay::Intake(intake),
    ];
    let seconds = |delay: &Delay| match delay {
        Delay::Platform(_, mean)
        | Delay::Intake(mean)
        | Delay::Handling(mean)
        | Delay::Propagation(mean)
        | Delay::Waiting(mean) => *mean,
    };
    kinds.into_iter().max_by(|a, b| seconds(a).total_cmp(&seconds(b))).unwrap_or(Delay::Propagation(0.0))
}
