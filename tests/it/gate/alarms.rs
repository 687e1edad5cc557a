//! How often gates are wrong, over a thousand seeds.

use std::sync::atomic::AtomicBool;

use vigie::experiment::gate::{Bound, Gate, GateExperiment, Gated, Level, Operator, Verdict};
use vigie::experiment::{Effort, Experiment, Measure, NoProgress};
use vigie::model::Model;
use vigie::scenario::compile_text;
use vigie::statistics::Contributions;

static NEVER: AtomicBool = AtomicBool::new(false);

/// The first look, and the last.
const LOOKS: (usize, usize) = (10, 40);
/// Those of `vigie gate` where nobody asks for others.
const LOOKS_BY_DEFAULT: (usize, usize) = (20, 100);

/// A desk of two people for a day, all of whose times are `slower` times as long, arrivals and all.
fn desk(slower: f64) -> Model {
    let text = format!(
        r#"
title    = "desk"
start    = 2025-03-03
zone     = "Etc/UTC"
duration = "{:.6}h"
classes  = ["all"]
source.world = {{ rate = "{:.9}/h", to = "desk" }}
team.people  = {{ staff = 2 }}
stage.desk   = {{ team = "people", work = {{ exponential = {{ mean = "{:.6}s" }} }}, to = "removed" }}
[[target]]
name   = "soon"
clock  = "enters desk -> starts desk"
within = "{:.6}s"
share  = 0.5
"#,
        24.0 * slower,
        20.0 / slower,
        270.0 * slower,
        60.0 * slower,
    );
    let plan = compile_text("desk", &text).unwrap_or_else(|error| panic!("{error}")).plan;
    Model::new(plan).expect("two people")
}

/// As [`desk`], for as long as the other.
fn as_long(slower: f64) -> Model {
    let mut plan = desk(slower).plan().clone();
    plan.horizon = desk(1.0).plan().horizon;
    Model::new(plan).expect("two people")
}

fn measure(name: &str, model: &Model) -> Measure {
    Measure::named(name, model.plan()).unwrap_or_else(|| panic!("there is no {name}"))
}

fn gate(measure: Measure, operator: Operator, bound: Bound) -> Gate {
    Gate { name: "gate".to_owned(), measure, operator, bound, level: Level::Error, confidence: 0.95 }
}

fn verdict(
    model: &Model,
    gate: &Gate,
    base: Option<&Contributions>,
    (seed, (first, at_most)): (u64, (usize, usize)),
) -> Verdict {
    let gates = [Gated { gate, base }];
    let experiment = GateExperiment {
        model,
        gates: &gates,
        seed,
        first,
        at_most,
        max_in_system: 1_000_000,
        cancel: &NEVER,
    };
    let findings = experiment.run(&NoProgress).unwrap_or_else(|halt| panic!("{halt}"));
    findings.judgements[0].expect("it is on").verdict
}

fn recorded(model: &Model, measure: Measure, seed: u64, replications: usize) -> Contributions {
    let effort = Effort::Replications(replications);
    let experiment =
        Experiment { model, seed, effort, max_in_system: 1_000_000, cancel: &NEVER, shuffle: None };
    let collected = experiment.run(&NoProgress).unwrap_or_else(|halt| panic!("{halt}"));
    measure.contributions(model.plan(), &collected).expect("every replication has many cases")
}

/// Of a thousand gates whose truth lies exactly at the threshold, one in forty may fail, and one in forty pass: 480 reports
/// are expected, whatever the seed. What is expected of `share` is not known so exactly: its truth is that of 40,000
/// replications of other seeds.
#[test]
fn gates_at_their_threshold_are_wrong_less_often_than_they_say() {
    let model = desk(1.0);
    let reports = gate(measure("class/all/reports", &model), Operator::AtMost, Bound::Value(480.0));
    let share = measure("target/soon", &model);
    let effort = Effort::Replications(40_000);
    let experiment = Experiment {
        model: &model,
        seed: 1_000_000,
        effort,
        max_in_system: 1_000_000,
        cancel: &NEVER,
        shuffle: None,
    };
    let truth = experiment.run(&NoProgress).unwrap_or_else(|halt| panic!("{halt}"));
    let truth = share.sample(model.plan(), &truth).expect("cases").estimate();
    let share = gate(share, Operator::AtLeast, Bound::Value(truth));
    for gate in &[reports, share] {
        let verdicts: Vec<Verdict> =
            (1..=1_000).map(|seed| verdict(&model, gate, None, (seed, LOOKS))).collect();
        let count = |wanted: Verdict| verdicts.iter().filter(|verdict| **verdict == wanted).count();
        let (failed, passed) = (count(Verdict::Failed), count(Verdict::Passed));
        assert!(failed < 25 && passed < 25, "{gate:?}: {failed} failed and {passed} passed of 1,000");
        assert!(failed + passed > 5, "{gate:?}: {failed} and {passed} of 1,000: it can be wrong at all");
    }
}

/// A thousand times, the scenario has not changed, but the seed has: no worse than the baseline, it fails less than one time
/// in forty. With the same seed, it never does.
#[test]
fn unchanged_scenarios_fail_less_often_than_they_say() {
    let model = desk(1.0);
    let p95 = measure("class/all/response_time/p95", &model);
    let gate = gate(p95, Operator::AtMost, Bound::Baseline { factor: 1.0, offset: 0.0 });
    let failed = (1..=1_000).filter(|seed| {
        let base = recorded(&model, p95, *seed, LOOKS.1);
        let same = verdict(&model, &gate, Some(&base), (*seed, LOOKS));
        assert_eq!(same, Verdict::Passed, "seed {seed}");
        verdict(&model, &gate, Some(&base), (10_000 + seed, LOOKS)) == Verdict::Failed
    });
    let failed = failed.count();
    assert!(failed < 25, "{failed} of 1,000 failed");
    assert!(failed > 2, "{failed} of 1,000: fresh seeds differ at all");
}

/// All times are 5 % longer, and so is the 95th percentile: that is caught, 95 times in 100 at least, with the replications
/// that there are by default.
#[test]
fn a_worsening_by_five_percent_is_caught() {
    let (model, worse) = (desk(1.0), as_long(1.05));
    let p95 = measure("class/all/response_time/p95", &model);
    let gate = gate(p95, Operator::AtMost, Bound::Baseline { factor: 1.01, offset: 0.0 });
    let caught = (1..=100).filter(|seed| {
        let base = recorded(&model, p95, *seed, LOOKS_BY_DEFAULT.1);
        verdict(&worse, &gate, Some(&base), (*seed, LOOKS_BY_DEFAULT)) == Verdict::Failed
    });
    let caught = caught.count();
    assert!(caught >= 95, "{caught} of 100");
}
