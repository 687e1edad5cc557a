//! Gates: what must hold of a measure, judged by its interval.
//!
//! A gate passes only where its whole interval satisfies it, and fails only where its whole interval violates it. Where
//! neither is so, there are more replications, up to a limit, and another look. All looks share the error that the
//! confidence allows, in equal parts (Bonferroni's inequality): a gate whose value lies exactly at its threshold fails in no
//! more than (1 − confidence)/2 of all experiments. It passes in little more: intervals allow for skewness
//! ([`Sample::cautious_interval`](crate::statistics::Sample::cautious_interval)), but few replications of a heavy tail may all have
//! missed it. tests/it/gate/alarms.rs counts both.

mod intervals;
mod looks;

use std::sync::atomic::AtomicBool;

use super::measure::{Measure, Unit};
use super::records::Collected;
use super::run::{Effort, Experiment, Progress};
use crate::model::{Halt, Model, Plan};
use crate::statistics::{Contributions, Interval};
use intervals::{alone, paired};

pub use looks::{confidence_of_each, looks};

/// The name of the gate that holds a scenario to the last bit of its baseline.
pub const SAME_RESULTS: &str = "same results as the baseline";

/// What a gate's verdict counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A failure fails the whole.
    Error,
    /// A failure is said, and fails nothing.
    Warn,
    /// It is not looked at.
    Off,
}

/// How a value must compare with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<=`
    AtMost,
    /// `<`
    Below,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
}

/// What a value is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A number, in the measure's unit.
    Value(f64),
    /// `factor` times what it was in the baseline, plus `offset`.
    Baseline {
        /// What the baseline is multiplied by.
        factor: f64,
        /// What is added, in the measure's unit.
        offset: f64,
    },
}

/// Something that must hold of a measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Its name.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// How it must compare with the bound.
    pub operator: Operator,
    /// What it is compared with.
    pub bound: Bound,
    /// What its verdict counts for.
    pub level: Level,
    /// The confidence of its verdict, over all looks.
    pub confidence: f64,
}

/// What is known of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval satisfies it.
    Passed,
    /// The whole interval violates it.
    Failed,
    /// Neither, or there was nothing to judge it by.
    Inconclusive,
}

/// A verdict, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What was measured; none where the replications cannot tell. Where the threshold is from a baseline, the interval is
    /// that of the margin around the threshold: how far chance may move the value with the baseline as it is.
    pub value: Option<Interval>,
    /// The same in as many replications of the baseline.
    pub baseline: Option<f64>,
    /// What the value is compared with.
    pub threshold: Option<f64>,
    /// Value − threshold: paired, replication by replication, where the threshold is from a baseline.
    pub margin: Option<Interval>,
    /// How many replications it rests on.
    pub replications: usize,
    /// The confidence of the intervals: [`confidence_of_each`] look.
    pub confidence: f64,
}

/// A gate with what its baseline has of the same measure.
#[derive(Debug, Clone, Copy)]
pub struct Gated<'a> {
    /// The gate.
    pub gate: &'a Gate,
    /// What the replications of the baseline contributed, where there is a baseline.
    pub base: Option<&'a Contributions>,
}

/// Replications of a model until its gates can be judged.
///
/// ```
/// use std::sync::atomic::AtomicBool;
///
/// use vigie::experiment::NoProgress;
/// use vigie::experiment::gate::{GateExperiment, Gated, Verdict};
/// use vigie::model::Model;
/// use vigie::scenario;
///
/// let text = r#"
///     title    = "One desk"
///     start    = 2025-03-03T00:00:00
///     zone     = "Europe/Paris"
///     duration = "5 days"
///     classes  = ["all"]
///     source.citizens = { rate = "18/h", to = "desk" }
///     team.people     = { staff = 2 }
///     stage.desk      = { team = "people", work = { exponential = { mean = "5min" } }, to = "kept" }
///
///     [[gate]]
///     name   = "nobody waits for long"
///     stage  = "desk"
///     expect = "p(95) <= 2h"
/// "#;
/// let scenario = scenario::compile_text("desk", text)?;
/// let gates = scenario.gates();
/// let model = Model::new(gates.plan(&scenario))?;
/// let never = AtomicBool::new(false);
/// let gated: Vec<Gated<'_>> = gates.gates.iter().map(|(gate, _)| Gated { gate, base: None }).collect();
/// let experiment = GateExperiment {
///     model: &model,
///     gates: &gated,
///     seed: 1,
///     first: 20,
///     at_most: 100,
///     max_in_system: 1_000_000,
///     cancel: &never,
/// };
/// let found = experiment.run(&NoProgress)?.judgements[0].expect("it is not off");
/// assert_eq!(found.verdict, Verdict::Passed);
/// assert_eq!(found.threshold, Some(7_200.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct GateExperiment<'a> {
    /// What is simulated.
    pub model: &'a Model,
    /// What must hold; what is [`Level::Off`] is not looked at.
    pub gates: &'a [Gated<'a>],
    /// The seed of all replications.
    pub seed: u64,
    /// How many replications there are at the first look.
    pub first: usize,
    /// How many there are at the last.
    pub at_most: usize,
    /// More cases in the system than this end the experiment.
    pub max_in_system: u64,
    /// Set by somebody else to stop it.
    pub cancel: &'a AtomicBool,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct GateFindings {
    /// All replications.
    pub collected: Collected,
    /// By gate; none for what is off.
    pub judgements: Vec<Option<Judgement>>,
}

impl Gate {
    /// Whether anything that could be measured would fail it: shares lie between 0 and 1, and nothing is negative.
    pub fn can_fail(&self) -> bool {
        let is_share = self.measure.unit() == Unit::Share;
        !match (self.operator, self.bound) {
            (Operator::AtLeast, Bound::Value(value)) => value <= 0.0,
            (Operator::Above, Bound::Value(value)) => value < 0.0,
            (Operator::AtMost, Bound::Value(value)) => is_share && value >= 1.0,
            (Operator::Below, Bound::Value(value)) => is_share && value > 1.0,
            (Operator::AtLeast | Operator::Above, Bound::Baseline { factor, offset }) => {
                factor <= 0.0 || (is_share && offset <= -1.0)
            }
            (Operator::AtMost | Operator::Below, Bound::Baseline { offset, .. }) => is_share && offset >= 1.0,
        }
    }

    /// Whether it asks for no less than something.
    pub fn is_at_least(&self) -> bool {
        matches!(self.operator, Operator::AtLeast | Operator::Above)
    }

    /// Whether it compares with a baseline.
    pub fn compares(&self) -> bool {
        matches!(self.bound, Bound::Baseline { .. })
    }
}

impl Operator {
    /// As it is written: `<=`.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::Below => "<",
            Self::AtLeast => ">=",
            Self::Above => ">",
        }
    }

    /// What is known where value − threshold lies between two ends.
    fn judge(self, (lo, hi): (f64, f64)) -> Verdict {
        let (satisfied, violated) = match self {
            Self::AtMost => (hi <= 0.0, lo > 0.0),
            Self::Below => (hi < 0.0, lo >= 0.0),
            Self::AtLeast => (lo >= 0.0, hi < 0.0),
            Self::Above => (lo > 0.0, hi <= 0.0),
        };
        match (satisfied, violated) {
            (true, _) => Verdict::Passed,
            (_, true) => Verdict::Failed,
            _ => Verdict::Inconclusive,
        }
    }
}

impl GateExperiment<'_> {
    /// Runs replications on rayon's current threads until every gate of [`Level::Error`] can be judged, or there are as
    /// many as allowed. The findings do not depend on the number of threads.
    ///
    /// # Errors
    ///
    /// [`Halt`] of the first replication (by number) that did not end well.
    pub fn run(&self, progress: &dyn Progress) -> Result<GateFindings, Halt> {
        let looks = looks(self.first, self.at_most);
        let schedules: Vec<Vec<usize>> = self.gates.iter().map(|gated| gated.looks(&looks)).collect();
        let mut all: Vec<usize> = schedules.iter().flatten().copied().chain(looks.first().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let mut collected = Collected::default();
        let mut judgements: Vec<Option<Judgement>> = vec![None; self.gates.len()];
        for n in all {
            self.experiment().extend(&mut collected, n, progress)?;
            for ((gated, schedule), judgement) in self.gates.iter().zip(&schedules).zip(&mut judgements) {
                // what has been decided stays so: another look would be another chance to be wrong
                let is_open = judgement.is_none_or(|found| found.verdict == Verdict::Inconclusive);
                if is_open && schedule.contains(&n) {
                    let confidence = confidence_of_each(gated.gate.confidence, schedule.len());
                    *judgement = Some(gated.judge(self.model.plan(), &collected, confidence));
                }
            }
            let waits = |(gated, judgement): (&Gated<'_>, &Option<Judgement>)| {
                gated.gate.level == Level::Error
                    && judgement.is_none_or(|found| found.verdict == Verdict::Inconclusive)
            };
            let goes_on = self
                .gates
                .iter()
                .zip(&judgements)
                .zip(&schedules)
                .any(|(open, schedule)| waits(open) && schedule.last().is_some_and(|last| *last > n));
            if !goes_on {
                break;
            }
        }
        Ok(GateFindings { collected, judgements })
    }

    fn experiment(&self) -> Experiment<'_> {
        let &Self { model, seed, max_in_system, cancel, .. } = self;
        let effort = Effort::Replications(self.first);
        Experiment { model, seed, effort, max_in_system, cancel, shuffle: None }
    }
}

impl Gated<'_> {
    /// When it is looked at: never after more replications than its baseline has.
    fn looks(&self, all: &[usize]) -> Vec<usize> {
        if self.gate.level == Level::Off {
            return Vec::new();
        }
        let (first, last) = (all.first().copied().unwrap_or(1), all.last().copied().unwrap_or(1));
        match (self.gate.bound, self.base) {
            (Bound::Baseline { .. }, Some(base)) => looks(first.min(base.len()), last.min(base.len())),
            // more replications would not bring one
            (Bound::Baseline { .. }, None) => vec![first],
            (Bound::Value(_), _) => all.to_vec(),
        }
    }

    /// What these replications say of it, with intervals of this confidence.
    fn judge(&self, plan: &Plan, collected: &Collected, confidence: f64) -> Judgement {
        let n = collected.replications.len();
        let mut found = Judgement {
            verdict: Verdict::Inconclusive,
            value: None,
            baseline: None,
            threshold: None,
            margin: None,
            replications: n,
            confidence,
        };
        match self.gate.bound {
            Bound::Value(threshold) => {
                found.threshold = Some(threshold);
                found.value = alone(self.gate.measure, plan, collected, confidence);
                found.margin = found.value.map(|value| shifted(value, -threshold));
            }
            Bound::Baseline { factor, offset } => {
                let own = self.gate.measure.contributions(plan, collected);
                let sample = own.as_ref().and_then(Contributions::sample);
                found.value = sample.as_ref().map(|sample| sample.interval(confidence));
                let base = self.base.map(|base| base.first(n));
                if let Some((before, base)) = base.as_ref().and_then(|base| Some((base.sample()?, base))) {
                    let threshold = before.scaled(factor, offset).estimate();
                    found.baseline = Some(before.estimate());
                    found.threshold = Some(threshold);
                    found.margin = own.and_then(|own| {
                        paired((&own, base), (factor, offset), self.gate.measure, confidence)
                    });
                    found.value = found.margin.map(|margin| shifted(margin, threshold));
                }
            }
        }
        if let Some(bounds) = found.margin.and_then(|margin| margin.bounds) {
            found.verdict = self.gate.operator.judge(bounds);
        }
        found
    }
}

fn shifted(interval: Interval, by: f64) -> Interval {
    let bounds = interval.bounds.map(|(lo, hi)| (lo + by, hi + by));
    Interval { mean: interval.mean + by, bounds }
}

#[cfg(test)]
mod tests;
