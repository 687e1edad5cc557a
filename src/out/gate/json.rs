//! The verdicts of gates as JSON: the contract that scripts rely on, schema `vigie.gates/1`.
//!
//! ```text
//! E = {"hi": x, "lo": x, "mean": x, "n": replications}     an estimate with its interval; null where it cannot be told
//!
//! { "scenarios": [{
//!     "baseline": {"compared": null | replications, "path": null | "…", "why": null | "…",
//!       "state": "not needed" | "missing" | "stale" | "exact" | "statistical"},
//!     "file": "…",
//!     "gates": [{"about", "baseline": null | x, "comparison": "<=" | "<" | ">=" | ">", "confidence": 0.95,
//!       "confidence_of_each": 0.975, "expectation", "level": "error" | "warn" | "off", "margin": E,
//!       "measure": "class/…", "name", "reasons": ["…"], "replications": 20, "threshold": null | x,
//!       "unit": "share" | "seconds" | "count" | "hours" | "money" | "ratio", "value": E,
//!       "verdict": "passed" | "failed" | "inconclusive" | "skipped"}],
//!     "replications": 20, "scenario": {"digest", "name", "title"}, "seed": 1, "warnings": ["…"]}],
//!   "schema": "vigie.gates/1", "verdict": "passed" | "failed" | "inconclusive", "warnings": ["…"] }
//! ```
//!
//! The intervals have a confidence of `confidence_of_each`, those of all looks together one of `confidence`. `margin` is
//! value − threshold. Times are in seconds. Keys are sorted; numbers are written in the shortest form that reads back to
//! the same value; what is not finite becomes `null`.

use serde::Serialize;

use super::super::json::{Number, Scenario, maybe};
use super::super::manifest::to_json;
use crate::analysis::{self, BaselineState, GateSummary, GateVerdict, JudgedGate, Level, Unit};

/// The schema; a new number when a key changes its name or its meaning.
const SCHEMA: &str = "vigie.gates/1";

/// The verdicts of gates as JSON: sorted keys, two spaces, a final newline; the same bytes for the same summary.
pub fn gate_json(summary: &GateSummary) -> String {
    to_json(&Document {
        scenarios: summary.scenarios.iter().map(gated).collect(),
        schema: SCHEMA,
        verdict: verdict(summary.verdict()),
        warnings: &summary.warnings,
    })
}

#[derive(Serialize)]
struct Document<'a> {
    scenarios: Vec<GatedScenario<'a>>,
    schema: &'static str,
    verdict: &'static str,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct GatedScenario<'a> {
    baseline: Baseline<'a>,
    changes: &'a [String],
    file: &'a str,
    gates: Vec<Gate<'a>>,
    replications: usize,
    scenario: Scenario<'a>,
    seed: u64,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Baseline<'a> {
    compared: Option<usize>,
    path: Option<&'a str>,
    state: &'static str,
    why: Option<&'a str>,
}

#[derive(Serialize)]
struct Gate<'a> {
    about: &'a str,
    baseline: Option<f64>,
    comparison: &'static str,
    confidence: f64,
    confidence_of_each: f64,
    expectation: &'a str,
    level: &'static str,
    margin: Option<Number>,
    measure: &'a str,
    name: &'a str,
    reasons: &'a [String],
    replications: usize,
    threshold: Option<f64>,
    unit: &'static str,
    value: Option<Number>,
    verdict: &'static str,
}

fn gated(scenario: &analysis::GatedScenario) -> GatedScenario<'_> {
    GatedScenario {
        baseline: baseline(&scenario.baseline),
        changes: &scenario.changes,
        file: &scenario.file,
        gates: scenario.gates.iter().map(gate).collect(),
        replications: scenario.replications,
        scenario: Scenario::of(&scenario.scenario),
        seed: scenario.seed,
        warnings: &scenario.warnings,
    }
}

fn baseline(state: &BaselineState) -> Baseline<'_> {
    let nothing = Baseline { compared: None, path: None, state: "not needed", why: None };
    match state {
        BaselineState::NotNeeded => nothing,
        BaselineState::Missing { path } => Baseline { path: Some(path), state: "missing", ..nothing },
        BaselineState::Stale { path, why } => {
            Baseline { path: Some(path), state: "stale", why: Some(why), ..nothing }
        }
        BaselineState::Exact { path, compared } => {
            Baseline { compared: Some(*compared), path: Some(path), state: "exact", ..nothing }
        }
        BaselineState::Statistical { path, why } => {
            Baseline { path: Some(path), state: "statistical", why: Some(why), ..nothing }
        }
    }
}

fn gate(gate: &JudgedGate) -> Gate<'_> {
    Gate {
        about: &gate.about,
        baseline: gate.baseline,
        comparison: gate.comparison.sign(),
        confidence: gate.confidence,
        confidence_of_each: gate.confidence_of_each,
        expectation: &gate.expectation,
        level: level(gate.level),
        margin: maybe(gate.margin.as_ref()),
        measure: &gate.measure,
        name: &gate.name,
        reasons: &gate.reasons,
        replications: gate.replications,
        threshold: gate.threshold,
        unit: unit(gate.unit),
        value: maybe(gate.value.as_ref()),
        verdict: verdict(gate.verdict),
    }
}

fn verdict(verdict: GateVerdict) -> &'static str {
    match verdict {
        GateVerdict::Passed => "passed",
        GateVerdict::Failed => "failed",
        GateVerdict::Inconclusive => "inconclusive",
        GateVerdict::Skipped => "skipped",
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Off => "off",
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "share",
        Unit::Seconds => "seconds",
        Unit::Count => "count",
        Unit::Hours => "hours",
        Unit::Money => "money",
        Unit::Ratio => "ratio",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{not_finite, sample};
    use super::*;

    /// The keys in the order in which they stand.
    fn keys(text: &str) -> Vec<&str> {
        let key = |line: &'_ str| line.trim_start().starts_with('"') && line.contains("\": ");
        text.lines().filter(|line| key(line)).filter_map(|line| line.split("\": ").next()).collect()
    }

    #[test]
    fn keys_are_sorted_at_every_level() {
        let text = gate_json(&sample());
        // a parsed document sorts its keys; digits may differ in the last place, so keys alone are compared
        let parsed: Value = serde_json::from_str(&text).unwrap();
        let sorted = serde_json::to_string_pretty(&parsed).unwrap();
        assert!(keys(&text).len() > 200);
        assert_eq!(keys(&text), keys(&sorted));
    }

    #[test]
    fn everything_in_the_summary_is_there() {
        let text = gate_json(&sample());
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema"], "vigie.gates/1");
        assert_eq!(json["verdict"], "failed");
        assert_eq!(json["warnings"], json!(["The gate `slow` is in no scenario."]));
        let one = &json["scenarios"][0];
        assert_eq!(one["file"], "scenarios/january-2015.toml");
        assert_eq!((&one["seed"], &one["replications"]), (&json!(1), &json!(20)));
        assert_eq!(one["scenario"]["name"], "january-2015");
        assert_eq!(one["warnings"].as_array().unwrap().len(), 1);
        let gate = &one["gates"][3];
        assert_eq!(
            *gate,
            json!({
                "about": "terrorism: response time, 95 % within",
                "baseline": 3200.5,
                "comparison": "<=",
                "confidence": 0.95,
                "confidence_of_each": 0.975,
                "expectation": "p(95) <= baseline + 5%",
                "level": "error",
                "margin": {"hi": 392.2, "lo": 301.25, "mean": 346.725, "n": 20},
                "measure": "class/terrorism/response_time/p95",
                "name": "no_slower",
                "reasons": sample().scenarios[0].gates[3].reasons,
                "replications": 20,
                "threshold": 3360.525,
                "unit": "seconds",
                "value": {"hi": 3768.75, "lo": 3645.75, "mean": 3707.25, "n": 20},
                "verdict": "failed",
            })
        );
        assert!(text.contains("\"lo\": 0.5367500000000001,"), "nothing is rounded");
    }

    #[test]
    fn enums_are_words() {
        let json: Value = serde_json::from_str(&gate_json(&sample())).unwrap();
        let of_gates = |key: &str| -> Vec<String> {
            let gates = json["scenarios"][0]["gates"].as_array().unwrap();
            gates.iter().map(|gate| gate[key].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(of_gates("verdict"), ["passed", "failed", "inconclusive", "failed", "failed", "skipped"]);
        assert_eq!(of_gates("level"), ["error", "error", "error", "error", "warn", "off"]);
        assert_eq!(of_gates("comparison"), [">=", ">=", ">=", "<=", "<", "<="]);
        assert_eq!(of_gates("unit"), ["share", "share", "share", "seconds", "count", "money"]);
        assert!(json["scenarios"][0]["gates"][5]["value"].is_null());
        let baselines: Vec<&Value> =
            json["scenarios"].as_array().unwrap().iter().map(|scenario| &scenario["baseline"]).collect();
        let path = |name: &str| format!("baselines/{name}.json");
        assert_eq!(
            baselines,
            [
                &json!({"compared": null, "path": path("january-2015"), "state": "statistical",
                    "why": "the scenario has changed since"}),
                &json!({"compared": null, "path": path("november-2015"), "state": "missing", "why": null}),
                &json!({"compared": null, "path": path("baseline-2014"), "state": "stale",
                    "why": "it was recorded with engine semantics 1, and these are 2"}),
                &json!({"compared": 20, "path": path("calm"), "state": "exact", "why": null}),
                &json!({"compared": null, "path": null, "state": "not needed", "why": null}),
            ]
        );
    }

    #[test]
    fn what_is_not_finite_becomes_null() {
        let json: Value = serde_json::from_str(&gate_json(&not_finite())).unwrap();
        let gate = &json["scenarios"][0]["gates"][0];
        for key in ["value", "margin", "threshold", "baseline", "confidence", "confidence_of_each"] {
            assert!(gate.get(key).is_some_and(Value::is_null), "{key}: {gate}");
        }
    }
}
