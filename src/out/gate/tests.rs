use super::*;
use crate::analysis::{
    BaselineState, Estimate, GateSummary, GateVerdict, GatedScenario, JudgedGate, Level, ScenarioIdentity,
    Unit,
};
use crate::experiment::gate::Operator;

pub(super) fn about(mean: f64, half: f64) -> Estimate {
    Estimate { mean, interval: Some((mean - half, mean + half)), n: 20 }
}

/// A gate on the time that 95 % of terrorism is answered within.
pub(super) fn response_time(name: &str, verdict: GateVerdict, value: Estimate, threshold: f64) -> JudgedGate {
    let margin = value.mean - threshold;
    let half = value.interval.map_or(0.0, |(lo, hi)| (hi - lo) / 2.0);
    JudgedGate {
        name: name.to_owned(),
        about: "terrorism: response time, 95 % within".to_owned(),
        measure: "class/terrorism/response_time/p95".to_owned(),
        expectation: "p(95) <= 1h".to_owned(),
        level: Level::Error,
        unit: Unit::Seconds,
        comparison: Operator::AtMost,
        threshold: Some(threshold),
        value: Some(value),
        baseline: None,
        margin: Some(about(margin, half)),
        confidence: 0.95,
        confidence_of_each: 0.975,
        replications: 20,
        verdict,
        reasons: Vec::new(),
    }
}

/// A gate on a target's share on time.
pub(super) fn on_time(name: &str, verdict: GateVerdict, (share, half): (f64, f64), goal: f64) -> JudgedGate {
    JudgedGate {
        name: name.to_owned(),
        about: "1 h for terrorism: share on time".to_owned(),
        measure: "target/1 h for terrorism".to_owned(),
        expectation: format!("share >= {} %", goal * 100.0),
        level: Level::Error,
        unit: Unit::Share,
        comparison: Operator::AtLeast,
        threshold: Some(goal),
        value: Some(about(share, half)),
        margin: Some(about(share - goal, half)),
        ..response_time("", verdict, about(share, half), goal)
    }
}

pub(super) fn scenario(name: &str, baseline: BaselineState, gates: Vec<JudgedGate>) -> GatedScenario {
    GatedScenario {
        scenario: ScenarioIdentity {
            name: name.to_owned(),
            title: "Paris, January 2015: reports to PHAROS after the attacks".to_owned(),
            digest: "9f2b".to_owned(),
        },
        file: format!("scenarios/{name}.toml"),
        changes: Vec::new(),
        seed: 1,
        replications: 20,
        baseline,
        gates,
        warnings: Vec::new(),
    }
}

/// Failed against a baseline, with reasons.
pub(super) fn slower_than_before() -> JudgedGate {
    JudgedGate {
        expectation: "p(95) <= baseline + 5%".to_owned(),
        threshold: Some(3_360.525),
        baseline: Some(3_200.5),
        margin: Some(Estimate { mean: 346.725, interval: Some((301.25, 392.2)), n: 20 }),
        reasons: vec![
            "Most of the time goes at `triage`: 95 % of the cases wait there for at most 48min, against 41min in the \
             baseline."
                .to_owned(),
            "More replications would not change that.".to_owned(),
        ],
        ..response_time("no_slower", GateVerdict::Failed, about(3_707.25, 61.5), 3_360.525)
    }
}

/// A gate that needs a baseline and has none.
pub(super) fn without_baseline() -> JudgedGate {
    JudgedGate {
        expectation: "p(95) <= baseline + 5%".to_owned(),
        threshold: None,
        margin: None,
        reasons: vec!["There is no baseline to compare with.".to_owned()],
        ..response_time("no_slower", GateVerdict::Inconclusive, about(3_707.25, 61.5), 0.0)
    }
}

/// A scenario with a gate of each kind.
pub(super) fn january() -> GatedScenario {
    let queue = JudgedGate {
        about: "triage: longest queue".to_owned(),
        measure: "stage/triage/queue/max".to_owned(),
        expectation: "max < 1500".to_owned(),
        level: Level::Warn,
        unit: Unit::Count,
        comparison: Operator::Below,
        ..response_time("short_queue", GateVerdict::Failed, about(1_612.4, 98.05), 1_500.0)
    };
    let off = JudgedGate {
        expectation: "cost <= 120000".to_owned(),
        level: Level::Off,
        unit: Unit::Money,
        value: None,
        margin: None,
        replications: 0,
        ..response_time("cheap", GateVerdict::Skipped, about(0.0, 0.0), 120_000.0)
    };
    let unclear = JudgedGate {
        reasons: vec!["The interval is too wide: about 180 replications would be needed.".to_owned()],
        about: "24 h for child abuse: share on time".to_owned(),
        measure: "target/24 h for child abuse".to_owned(),
        ..on_time("24 h for child abuse", GateVerdict::Inconclusive, (0.902, 0.0105), 0.9)
    };
    let statistical = BaselineState::Statistical {
        path: "baselines/january-2015.json".to_owned(),
        why: "the scenario has changed since".to_owned(),
    };
    GatedScenario {
        warnings: vec![
            "Fraud: 12.4 % of the cases were still open at the end and have no response time.".to_owned(),
        ],
        ..scenario(
            "january-2015",
            statistical,
            vec![
                on_time("first look within a day", GateVerdict::Passed, (0.931, 0.011), 0.8),
                on_time("1 h for terrorism", GateVerdict::Failed, (0.543_25, 0.006_5), 0.95),
                unclear,
                slower_than_before(),
                queue,
                off,
            ],
        )
    }
}

/// A gate of each kind, and a baseline of each kind.
pub(super) fn sample() -> GateSummary {
    let baseline = |name: &str| format!("baselines/{name}.json");
    let missing = BaselineState::Missing { path: baseline("november-2015") };
    let stale = BaselineState::Stale {
        path: baseline("baseline-2014"),
        why: "it was recorded with engine semantics 1, and these are 2".to_owned(),
    };
    let exact = BaselineState::Exact { path: baseline("calm"), compared: 20 };
    let same = JudgedGate {
        expectation: "p(95) <= baseline".to_owned(),
        baseline: Some(3_200.5),
        margin: Some(about(0.0, 0.0)),
        ..response_time("no_slower", GateVerdict::Passed, about(3_200.5, 61.5), 3_200.5)
    };
    let fast = response_time("fast", GateVerdict::Passed, about(3_200.5, 61.5), 3_600.0);
    GateSummary {
        scenarios: vec![
            january(),
            scenario("november-2015", missing, vec![without_baseline()]),
            scenario("baseline-2014", stale, vec![without_baseline()]),
            scenario("calm", exact, vec![same]),
            scenario("quiet", BaselineState::NotNeeded, vec![fast]),
        ],
        warnings: vec!["The gate `slow` is in no scenario.".to_owned()],
    }
}

pub(super) fn only(gates: Vec<JudgedGate>) -> GateSummary {
    GateSummary {
        scenarios: vec![scenario("january-2015", BaselineState::NotNeeded, gates)],
        warnings: Vec::new(),
    }
}

/// What markup and terminals take for more than text.
pub(super) const HOSTILE: &str =
    "# a|b`c`\\|<d>&e;\"f\"'g' *h* _i_ [j](k) @l #1 $m$ ~n~\u{1b}]0;o\u{7}\u{b}\u{9b}\u{ffff}\n- p\r\n<!-- q";

/// The same everywhere that a text stands.
pub(super) fn hostile() -> GateSummary {
    let bad = || HOSTILE.to_owned();
    let gate = |verdict| JudgedGate {
        name: bad(),
        about: bad(),
        measure: bad(),
        expectation: bad(),
        reasons: vec![bad(), "1. first".to_owned(), "+ `code` that ends".to_owned()],
        ..response_time("", verdict, about(3_200.5, 61.5), 3_600.0)
    };
    let stale = BaselineState::Stale { path: bad(), why: bad() };
    let gates = vec![gate(GateVerdict::Failed), gate(GateVerdict::Inconclusive), gate(GateVerdict::Passed)];
    let mut one = scenario("", stale, gates);
    one.scenario = ScenarioIdentity { name: bad(), title: bad(), digest: bad() };
    one.file = bad();
    one.warnings = vec![bad()];
    GateSummary { scenarios: vec![one], warnings: vec![bad()] }
}

/// Nothing but numbers that are none.
pub(super) fn not_finite() -> GateSummary {
    let none = Estimate { mean: f64::NAN, interval: Some((f64::NEG_INFINITY, f64::NAN)), n: 0 };
    let gate = |unit| JudgedGate {
        unit,
        threshold: Some(f64::INFINITY),
        value: Some(none),
        margin: Some(none),
        baseline: Some(f64::NAN),
        confidence: f64::NAN,
        confidence_of_each: f64::NAN,
        ..without_baseline()
    };
    only([Unit::Share, Unit::Seconds, Unit::Count, Unit::Hours, Unit::Money].map(gate).to_vec())
}

#[test]
fn the_same_summary_gives_the_same_bytes() {
    for write in [gate_text, gate_json, gate_junit, gate_markdown] {
        assert_eq!(write(&sample()), write(&sample()));
        assert!(write(&sample()).ends_with('\n'));
    }
}

#[test]
fn numbers_that_are_none_are_said_to_be_unknown() {
    for write in [gate_text, gate_json, gate_junit, gate_markdown] {
        let text = write(&not_finite());
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
    for write in [gate_text, gate_junit, gate_markdown] {
        assert!(write(&not_finite()).contains("<= –") || write(&not_finite()).contains("&lt;= –"));
    }
}
