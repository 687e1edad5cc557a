//! What the gates of some scenarios found: a verdict for each, with the numbers that it rests on and why.

mod baseline;
mod judged;
mod why;

use super::summary::{Estimate, ScenarioIdentity};
use crate::experiment::Unit;
use crate::experiment::gate::{Level, Operator};

pub use baseline::{Baseline, BaselineChange, replication_digest};
pub use judged::{GateContext, judged};

/// All that one call of `gate` found.
#[derive(Debug, Clone)]
pub struct GateSummary {
    /// Scenario by scenario, in the order in which they were named.
    pub scenarios: Vec<GatedScenario>,
    /// What the reader ought to know about the gates as a whole: nothing that can fail, gates that were not used.
    pub warnings: Vec<String>,
}

/// One scenario with its gates.
#[derive(Debug, Clone)]
pub struct GatedScenario {
    /// Which scenario it was.
    pub scenario: ScenarioIdentity,
    /// Its file, as it was named.
    pub file: String,
    /// What the command line has changed in it: `team.desk.staff=3`.
    pub changes: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// How many replications there were in the end.
    pub replications: usize,
    /// How the baseline stands to it.
    pub baseline: BaselineState,
    /// Its gates, in the order of the files; those of targets first.
    pub gates: Vec<JudgedGate>,
    /// What the reader ought to know, such as cases that are still open at the end.
    pub warnings: Vec<String>,
}

/// How a baseline stands to the scenario that is gated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineState {
    /// There is none, and no gate needs one.
    NotNeeded,
    /// There is none, though gates need one.
    Missing {
        /// Where it was sought.
        path: String,
    },
    /// There is one that nothing can be compared with.
    Stale {
        /// Where it is.
        path: String,
        /// Why not, as a fragment: `it was recorded with engine semantics 1, and these are 2`.
        why: String,
    },
    /// It is of the same scenario, engine and seed: its results must be the same to the last bit.
    Exact {
        /// Where it is.
        path: String,
        /// How many replications were compared.
        compared: usize,
    },
    /// It is of another scenario, or another seed: differences are estimated.
    Statistical {
        /// Where it is.
        path: String,
        /// What differs, as a fragment: `the scenario has changed since`.
        why: String,
    },
}

/// A gate with its verdict.
#[derive(Debug, Clone)]
pub struct JudgedGate {
    /// Its name.
    pub name: String,
    /// What is measured, in words: `terrorism: response time, 95 % within`.
    pub about: String,
    /// The measure's name for scripts: `class/terrorism/response_time/p95`.
    pub measure: String,
    /// What is expected, as written: `p(95) <= baseline + 5%`.
    pub expectation: String,
    /// What its verdict counts for.
    pub level: Level,
    /// What its numbers count: seconds, shares of 1, cases.
    pub unit: Unit,
    /// How value and threshold must compare.
    pub comparison: Operator,
    /// What the value is compared with, unrounded; none where a baseline is needed that is not there.
    pub threshold: Option<f64>,
    /// What was measured, unrounded, with its interval; where the threshold is from a baseline, that of the margin around
    /// the threshold. None where nothing could be measured.
    pub value: Option<Estimate>,
    /// The same in the baseline, where the gate compares with it.
    pub baseline: Option<f64>,
    /// Value − threshold, with the interval that the verdict rests on: paired with the baseline where there is one.
    pub margin: Option<Estimate>,
    /// The confidence of the verdict over all looks.
    pub confidence: f64,
    /// The confidence of each of the intervals shown, so that those of all looks together hold with `confidence`.
    pub confidence_of_each: f64,
    /// How many replications the verdict rests on.
    pub replications: usize,
    /// The verdict.
    pub verdict: GateVerdict,
    /// Why, in sentences, where it did not pass or was not judged: which stage waits, what would be needed to tell.
    pub reasons: Vec<String>,
}

/// What a gate found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateVerdict {
    /// The whole interval satisfies it.
    Passed,
    /// The whole interval violates it.
    Failed,
    /// Neither, with all the replications that were allowed; or there was nothing to judge it by.
    Inconclusive,
    /// It was not looked at: its level is `off`.
    Skipped,
}

impl GateSummary {
    /// All gates of all scenarios.
    pub fn gates(&self) -> impl Iterator<Item = &JudgedGate> {
        self.scenarios.iter().flat_map(|scenario| &scenario.gates)
    }

    /// The verdict on everything: failed where a gate of level `error` has failed, else inconclusive where one of them
    /// is, else passed.
    pub fn verdict(&self) -> GateVerdict {
        let counting = self.gates().filter(|gate| gate.level == Level::Error).map(|gate| gate.verdict);
        let verdicts: Vec<GateVerdict> = counting.collect();
        [GateVerdict::Failed, GateVerdict::Inconclusive]
            .into_iter()
            .find(|verdict| verdicts.contains(verdict))
            .unwrap_or(GateVerdict::Passed)
    }
}
