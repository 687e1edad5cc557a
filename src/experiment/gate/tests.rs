use std::sync::atomic::AtomicBool;

use super::*;
use crate::experiment::{NoProgress, Statistic};
use crate::scenario::compile_text;

#[test]
fn verdicts_need_the_whole_interval() {
    use Operator::{Above, AtLeast, AtMost, Below};
    use Verdict::{Failed, Inconclusive, Passed};
    for (ends, expected) in [
        ((-2.0, -1.0), [Passed, Passed, Failed, Failed]),
        ((-2.0, 0.0), [Passed, Inconclusive, Inconclusive, Failed]),
        ((-1.0, 1.0), [Inconclusive; 4]),
        ((0.0, 0.0), [Passed, Failed, Passed, Failed]),
        ((0.0, 2.0), [Inconclusive, Failed, Passed, Inconclusive]),
        ((1.0, 2.0), [Failed, Failed, Passed, Passed]),
        ((f64::NEG_INFINITY, f64::INFINITY), [Inconclusive; 4]),
    ] {
        let found = [AtMost, Below, AtLeast, Above].map(|operator| operator.judge(ends));
        assert_eq!(found, expected, "{ends:?}");
    }
}

#[test]
fn looks_double_and_share_the_error() {
    assert_eq!(looks(20, 100), [20, 40, 80, 100]);
    assert_eq!(looks(20, 160), [20, 40, 80, 160]);
    assert_eq!(looks(20, 20), [20]);
    assert_eq!(looks(20, 5), [5]);
    assert_eq!(looks(0, 0), [1]);
    assert!((confidence_of_each(0.95, 4) - 0.9875).abs() < 1e-12);
    assert!((confidence_of_each(0.95, 1) - 0.95).abs() < 1e-12);
}

/// Two days of a desk, with a rate to change.
fn desk(rate: f64) -> Model {
    let text = format!(
        r#"
title    = "desk"
start    = 2025-03-03
zone     = "Etc/UTC"
duration = "2 days"
classes  = ["all"]
source.world = {{ rate = "{rate}/h", to = "desk" }}
team.people  = {{ staff = 2, wage = 10 }}
stage.desk   = {{ team = "people", work = {{ exponential = {{ mean = "4min" }} }}, to = "removed" }}
"#
    );
    let plan = compile_text("desk", &text).unwrap_or_else(|error| panic!("{error}")).plan;
    Model::new(plan).expect("two people")
}

fn gate(measure: Measure, operator: Operator, bound: Bound) -> Gate {
    Gate { name: "gate".to_owned(), measure, operator, bound, level: Level::Error, confidence: 0.95 }
}

fn found(model: &Model, gated: Gated<'_>, (first, at_most): (usize, usize)) -> (Option<Judgement>, usize) {
    let cancel = AtomicBool::new(false);
    let gates = [gated];
    let experiment = GateExperiment {
        model,
        gates: &gates,
        seed: 1,
        first,
        at_most,
        max_in_system: 100_000,
        cancel: &cancel,
    };
    let findings = experiment.run(&NoProgress).expect("it ends");
    (findings.judgements[0], findings.collected.replications.len())
}

const REPORTS: Measure = Measure::Reports(0);

#[test]
fn replications_are_added_only_where_they_are_needed() {
    let model = desk(30.0);
    let alone = |bound: f64| {
        let gate = gate(REPORTS, Operator::AtMost, Bound::Value(bound));
        let (judgement, n) = found(&model, Gated { gate: &gate, base: None }, (10, 80));
        (judgement.expect("it is on").verdict, n)
    };
    // 1,440 reports are expected, with a standard deviation of 38
    assert_eq!(alone(1_600.0), (Verdict::Passed, 10));
    assert_eq!(alone(1_300.0), (Verdict::Failed, 10));
    let (verdict, n) = alone(1_460.0);
    assert!(verdict == Verdict::Passed && n > 10, "{verdict:?} after {n}");
    let mean = {
        let cancel = AtomicBool::new(false);
        let effort = Effort::Replications(80);
        let experiment = Experiment {
            model: &model,
            seed: 1,
            effort,
            max_in_system: 100_000,
            cancel: &cancel,
            shuffle: None,
        };
        let collected = experiment.run(&NoProgress).expect("it ends");
        REPORTS.sample(model.plan(), &collected).expect("reports").estimate()
    };
    assert_eq!(alone(mean), (Verdict::Inconclusive, 80), "the estimate itself is never told from the truth");
}

#[test]
fn a_warning_asks_for_no_more_replications_and_what_is_off_is_not_looked_at() {
    let model = desk(30.0);
    let judged = |level: Level| {
        let gate = Gate { level, ..gate(REPORTS, Operator::AtMost, Bound::Value(1_440.0)) };
        found(&model, Gated { gate: &gate, base: None }, (10, 80))
    };
    let (warned, n) = judged(Level::Warn);
    assert_eq!((warned.expect("it is on").verdict, n), (Verdict::Inconclusive, 10));
    assert_eq!(judged(Level::Off), (None, 10));
}

#[test]
fn a_baseline_is_met_replication_by_replication() {
    let (model, slower) = (desk(30.0), desk(29.5));
    let measure = Measure::ResponseTime(0, Statistic::P95);
    let cancel = AtomicBool::new(false);
    let effort = Effort::Replications(40);
    let experiment = Experiment {
        model: &slower,
        seed: 1,
        effort,
        max_in_system: 100_000,
        cancel: &cancel,
        shuffle: None,
    };
    let collected = experiment.run(&NoProgress).expect("it ends");
    let base = measure.contributions(slower.plan(), &collected).expect("many cases");
    let judged = |model: &Model, factor: f64, limits: (usize, usize)| {
        let gate = gate(measure, Operator::AtMost, Bound::Baseline { factor, offset: 0.0 });
        let (judgement, n) = found(model, Gated { gate: &gate, base: Some(&base) }, limits);
        (judgement.expect("it is on"), n)
    };
    let (same, n) = judged(&slower, 1.0, (10, 40));
    assert_eq!((same.verdict, n), (Verdict::Passed, 10), "nothing differs: no more is needed");
    let margin = same.margin.expect("it is measured");
    assert_eq!((margin.mean, margin.bounds), (0.0, Some((0.0, 0.0))));
    // no more replications than the baseline has, whatever is allowed
    let (worse, n) = judged(&model, 1.0, (10, 500));
    assert!(n <= 40 && worse.margin.expect("it is measured").mean > 0.0, "{worse:?}");
    let looks = (confidence_of_each(0.95, looks(10, 40).len()), worse.confidence);
    assert!((looks.0 - looks.1).abs() < 1e-12);
    assert_eq!(judged(&model, 1.5, (10, 40)).0.verdict, Verdict::Passed);
    assert_eq!(judged(&model, 0.5, (10, 40)).0.verdict, Verdict::Failed);
    let (few, _) = judged(&slower, 1.0, (100, 500));
    assert_eq!(few.replications, 40, "fewer than the first look: one look at all of them");
    let gate = gate(measure, Operator::AtMost, Bound::Baseline { factor: 1.0, offset: 0.0 });
    let (without, n) = found(&model, Gated { gate: &gate, base: None }, (10, 40));
    let without = without.expect("it is on");
    assert_eq!((without.verdict, without.threshold, n), (Verdict::Inconclusive, None, 10));
}

#[test]
fn few_replications_that_agree_say_nothing() {
    let model = desk(0.000_001);
    let gate = gate(Measure::QueueMax(0), Operator::Below, Bound::Value(1.0));
    let verdict =
        |n: usize| found(&model, Gated { gate: &gate, base: None }, (n, n)).0.expect("it is on").verdict;
    assert_eq!(verdict(4), Verdict::Inconclusive);
    assert_eq!(verdict(5), Verdict::Passed);
    let cost = super::Gate { measure: Measure::Cost, ..gate.clone() };
    let cost = Gate { bound: Bound::Value(961.0), ..cost };
    let judged = |n: usize| found(&model, Gated { gate: &cost, base: None }, (n, n)).0.expect("it is on");
    assert_eq!(
        judged(2).verdict,
        Verdict::Passed,
        "a cost is no matter of chance: 2 people, 48 hours, 10 each"
    );
}
