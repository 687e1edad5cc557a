//! What is kept of a scenario's results, so that later ones can be set against them.

use std::collections::BTreeMap;

use super::super::measured;
use super::super::summary::Estimate;
use crate::experiment::{Collected, Measure, Narrow, ReplicationRecord, Statistic};
use crate::model::{ENGINE_SEMANTICS, Plan};
use crate::statistics::Contributions;

/// The results of a scenario at one time: enough to tell whether those of another are the same, and by how much they
/// differ where they are not.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's digest.
    pub scenario_digest: String,
    /// The engine's semantics: another number gives other answers.
    pub engine_semantics: u32,
    /// The seed.
    pub seed: u64,
    /// Simulated time, in seconds.
    pub duration: f64,
    /// Length of the warm-up, in seconds.
    pub warm_up: f64,
    /// What each target asked, by its name ([`Target::definition`](crate::model::Target::definition)): another target of
    /// the same name is no match for it.
    pub targets: BTreeMap<String, String>,
    /// One for each replication ([`replication_digest`]).
    pub digests: Vec<u64>,
    /// What matters of every scenario, for people and for explanations, by the names of the measures.
    pub estimates: BTreeMap<String, Estimate>,
    /// What the replications contributed to the measures that gates compare, by the names of the measures.
    pub contributions: BTreeMap<String, Contributions>,
}

/// What is another number in a new baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineChange {
    /// The measure's name.
    pub measure: String,
    /// What it was; none where it was not measured.
    pub before: Option<f64>,
    /// What it is; none where it is measured no more.
    pub after: Option<f64>,
}

impl Baseline {
    /// The baseline that these replications make, with what the replications contributed to some measures.
    pub fn new(
        (scenario, scenario_digest): (&str, &str),
        seed: u64,
        plan: &Plan,
        collected: &Collected,
        compared: impl IntoIterator<Item = Measure>,
    ) -> Self {
        let estimates = headline(plan).into_iter().filter_map(|measure| {
            measured(plan, collected, measure).map(|estimate| (measure.name(plan), estimate))
        });
        let contributions = compared.into_iter().filter_map(|measure| {
            measure.contributions(plan, collected).map(|found| (measure.name(plan), found))
        });
        Self {
            scenario: scenario.to_owned(),
            scenario_digest: scenario_digest.to_owned(),
            engine_semantics: ENGINE_SEMANTICS,
            seed,
            duration: plan.horizon.as_secs_f64(),
            warm_up: plan.warm_up.as_secs_f64(),
            targets: (plan.targets.iter())
                .map(|target| (target.name.clone(), target.definition(plan)))
                .collect(),
            digests: collected.replications.iter().map(|record| replication_digest(plan, record)).collect(),
            estimates: estimates.collect(),
            contributions: contributions.collect(),
        }
    }

    /// What the replications contributed to a measure; none where there is no such measure, or where it is of a target
    /// that asked something else.
    pub fn of(&self, measure: Measure, plan: &Plan) -> Option<&Contributions> {
        if self.redefined(measure, plan).is_some() {
            return None;
        }
        self.contributions.get(&measure.name(plan))
    }

    /// What a measure's target asked then, where that is not what it asks now.
    pub fn redefined(&self, measure: Measure, plan: &Plan) -> Option<&str> {
        let Measure::OnTime(target) = measure else { return None };
        let target = &plan.targets[target];
        let then = self.targets.get(&target.name)?;
        (*then != target.definition(plan)).then_some(then)
    }

    /// The targets that there were, and are no more.
    pub fn gone<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a str> {
        let is_there = |name: &str| plan.targets.iter().any(|target| target.name == name);
        self.targets.keys().map(String::as_str).filter(move |name| !is_there(name))
    }

    /// How many replications it is from.
    pub fn n_replications(&self) -> usize {
        self.digests.len()
    }

    /// Why nothing of a scenario can be compared with it, as a fragment; none where something can.
    pub fn staleness(&self, scenario: &str, plan: &Plan) -> Option<String> {
        if self.scenario != scenario {
            return Some(format!("it is of the scenario `{}`", self.scenario));
        }
        if self.engine_semantics != ENGINE_SEMANTICS {
            return Some(format!(
                "it was recorded with engine semantics {}, and these are {ENGINE_SEMANTICS}",
                self.engine_semantics
            ));
        }
        let stretch = (plan.horizon.as_secs_f64(), plan.warm_up.as_secs_f64());
        ((self.duration, self.warm_up) != stretch).then(|| {
            format!(
                "it is of {} with {} of warm-up, and the scenario is of {} with {}",
                days(self.duration),
                days(self.warm_up),
                days(stretch.0),
                days(stretch.1)
            )
        })
    }

    /// What differs from an earlier one: estimates first, by name.
    pub fn changes_since(&self, earlier: &Self) -> Vec<BaselineChange> {
        let names: std::collections::BTreeSet<&String> =
            self.estimates.keys().chain(earlier.estimates.keys()).collect();
        let value = |of: &Self, name: &String| of.estimates.get(name).map(|estimate| estimate.mean);
        let change = |name: &String| BaselineChange {
            measure: name.clone(),
            before: value(earlier, name),
            after: value(self, name),
        };
        let changes = names.into_iter().map(change);
        changes.filter(|found| found.before.map(f64::to_bits) != found.after.map(f64::to_bits)).collect()
    }
}

fn days(seconds: f64) -> String {
    crate::units::Duration::from_secs_f64(seconds).to_string()
}

/// What a baseline keeps of every scenario.
fn headline(plan: &Plan) -> Vec<Measure> {
    let is_kept = |measure: &Measure| {
        matches!(
            measure,
            Measure::OnTime(_)
                | Measure::ResponseTime(_, Statistic::Mean | Statistic::P95)
                | Measure::WaitingTime(_, Statistic::Mean)
                | Measure::QueueMax(_)
                | Measure::AnswerTime(_, Statistic::Mean)
                | Measure::Answered(_)
                | Measure::Utilization(_)
                | Measure::Cost
                | Measure::OpenAtEnd
        )
    };
    let n_classes = plan.classes.len();
    let by_class = (0..plan.stages.len()).flat_map(|stage| {
        let of = move |class| Measure::Narrow(Narrow::WaitingTime(stage, class, Statistic::Mean));
        (0..n_classes).filter(move |_| n_classes > 1).map(of)
    });
    Measure::all(plan).into_iter().filter(is_kept).chain(by_class).collect()
}

/// A number that is another where anything that is measured of a replication is: FNV-1a over the bits of every measure
/// (G. Fowler, L. C. Noll and K.-P. Vo). It is no defence against forgery.
pub fn replication_digest(plan: &Plan, record: &ReplicationRecord) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let values = Measure::all(plan).into_iter().map(|measure| measure.of_replication(plan, record));
    let bits = values.map(|value| value.map_or(u64::MAX, f64::to_bits));
    bits.flat_map(u64::to_le_bytes).fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}
