//! What is measured: three scenarios, and who simulates each.

pub(crate) mod digest;

use vigie::engine::Execution;
use vigie::model::Facts;
use vigie::statistics::Histogram;

use crate::replication::{model, simulate};
use crate::yardstick::{Loop, many_desks, one_desk, pipeline};

/// A scenario, and all that simulate it.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// The mean wait at the first queue, in minutes.
    pub(crate) mean_wait: f64,
    /// How far a right answer may be from that.
    pub(crate) tolerance: f64,
    /// How many reports each simulates: to the report the yardsticks, about as many ours.
    pub(crate) n_reports: u64,
    /// Ours first.
    pub(crate) contenders: Vec<Contender>,
}

/// Somebody who simulates a workload.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    simulate: Box<dyn Fn(u64) -> Answer + Sync>,
}

/// What came of a simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Answer {
    pub(crate) n_reports: u64,
    pub(crate) mean_wait: f64,
    /// A hash of everything that was counted, so that speed never buys other answers.
    pub(crate) digest: Option<u64>,
}

impl Contender {
    /// Simulates once.
    pub(crate) fn run(&self, seed: u64) -> Answer {
        (self.simulate)(seed)
    }

    fn yardstick(name: &'static str, n_reports: u64, simulate: Loop) -> Self {
        let simulate = move |seed| Answer { n_reports, mean_wait: simulate(n_reports, seed), digest: None };
        Self { name, simulate: Box::new(simulate) }
    }

    fn ours(scenario: &str, n_reports: u64, rate_per_min: f64) -> Self {
        let duration = format!("duration={:.0}s", n_reports as f64 / rate_per_min * 60.0);
        let model = model(scenario, &[duration]);
        let simulate = move |seed| {
            let facts = simulate(&model, seed, Execution::default());
            Answer {
                n_reports: facts.sent,
                mean_wait: mean_wait(&facts, 0),
                digest: Some(digest::of(&facts)),
            }
        };
        Self { name: "vigie", simulate: Box::new(simulate) }
    }
}

/// The workloads, at about so many reports.
pub(crate) fn workloads(n_reports: u64) -> Vec<Workload> {
    // tolerances are five standard deviations of the yardsticks' mean at a million reports, measured over 24 seeds
    let tolerance = |at_a_million: f64| at_a_million * (1e6 / n_reports as f64).sqrt();
    let yardstick = |name, simulate| Contender::yardstick(name, n_reports, simulate);
    vec![
        Workload {
            name: "mm1",
            mean_wait: 9.0,
            tolerance: tolerance(0.7),
            n_reports,
            contenders: vec![
                Contender::ours("bench/mm1.toml", n_reports, 0.9),
                yardstick("two clocks", one_desk::two_clocks),
                yardstick("Lindley recursion", one_desk::lindley),
            ],
        },
        Workload {
            name: "mm50",
            mean_wait: 0.251_64,
            tolerance: tolerance(0.054),
            n_reports,
            contenders: vec![
                Contender::ours("bench/mm50.toml", n_reports, 47.5),
                yardstick("one event list", many_desks::one_event_list),
                yardstick("winner tree", many_desks::winner_tree),
            ],
        },
        Workload {
            name: "pipeline",
            mean_wait: 0.79,
            tolerance: tolerance(0.122),
            n_reports,
            contenders: vec![
                Contender::ours("bench/pipeline.toml", n_reports, 6.0),
                yardstick("one event list", pipeline::one_event_list),
                yardstick("winner tree", pipeline::winner_tree),
            ],
        },
    ]
}

/// Mean wait at a stage, all classes together, in minutes.
fn mean_wait(facts: &Facts, stage: usize) -> f64 {
    let waiting_time = &facts.stages[stage].waiting_time;
    let count: u64 = waiting_time.iter().map(Histogram::count).sum();
    let sum_secs: f64 = waiting_time.iter().map(Histogram::sum_secs).sum();
    sum_secs / count as f64 / 60.0
}
