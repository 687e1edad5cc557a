//! What the tests share: from a scenario to its summary.

use std::sync::atomic::AtomicBool;

use vigie::analysis::{ScenarioIdentity, Summary, SummaryContext, summarize};
use vigie::experiment::{Collected, Effort, Experiment, NoProgress};
use vigie::model::Model;
use vigie::scenario::Scenario;

/// How to simulate for a test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check {
    pub(crate) seed: u64,
    pub(crate) replications: usize,
    pub(crate) shuffle: Option<u64>,
}

impl Default for Check {
    fn default() -> Self {
        Self { seed: 1, replications: 20, shuffle: None }
    }
}

/// Simulates a scenario on the present thread pool: what was found, and the records behind it.
pub(crate) fn simulated(scenario: &Scenario, check: &Check) -> (Summary, Collected) {
    static NEVER: AtomicBool = AtomicBool::new(false);
    let model = Model::new(scenario.plan.clone()).unwrap_or_else(|error| panic!("{error}"));
    let experiment = Experiment {
        model: &model,
        seed: check.seed,
        effort: Effort::Replications(check.replications),
        max_in_system: 10_000_000,
        cancel: &NEVER,
        shuffle: check.shuffle,
    };
    let collected = experiment.run(&NoProgress).unwrap_or_else(|halt| panic!("{halt}"));
    let context = SummaryContext {
        scenario: ScenarioIdentity {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            digest: scenario.digest.clone(),
        },
        seed: check.seed,
        bucket_labels: scenario.bucket_labels.clone(),
        target_clocks: scenario.target_clocks.clone(),
        warnings: Vec::new(),
    };
    (summarize(model.plan(), &collected, context), collected)
}
