//! `comparison.json`: the contract that scripts rely on, schema `vigie.comparison/1`.
//!
//! ```text
//! E = {"hi": x, "lo": x, "mean": x, "n": replications}     an estimate with its interval; null where it cannot be told
//!
//! { "base": {"digest", "name", "title"}, "confidence": 0.95, "duration": s, "engine_semantics": 1,
//!   "replications": 20, "reports": E, "schema": "vigie.comparison/1", "seed": 1,
//!   "variants": [{"changes": ["path=value"], "name", "same_reports": true, "scenario": {"digest", "name", "title"},
//!     "measures": [{"base": E, "better": "more" | "less" | "neither",
//!       "change": "better" | "worse" | "changed" | "cannot tell" | "same", "difference": E, "name": "target/…",
//!       "target": null | {"base_verdict": "met" | "missed" | "inconclusive", "clock", "goal": 0.95, "variant_goal",
//!         "variant_verdict", "within": s},
//!       "unit": "share" | "seconds" | "count" | "hours" | "money", "variant": E, "variance_reduction": x}],
//!     "variance_reduction": null | {"largest", "median", "n_measures", "smallest"}}],
//!   "warm_up": s, "warnings": ["…"] }
//! ```
//!
//! The intervals of `base` and `variant` have a confidence of 95 %; that of `difference` (variant − base, paired) has
//! `confidence`, so that those of one measure hold for all variants together with 95 %. Times are in seconds. Keys are
//! sorted; numbers are written in the shortest form that reads back to the same value; what is not finite becomes `null`.

use serde::Serialize;

use super::super::json::{Number, maybe, number, verdict};
use super::super::manifest::to_json;
use crate::analysis::{Better, Change, Compared, Comparison, ScenarioIdentity, Unit, VariantSummary};

/// The schema of the file; a new number when a key changes its name or its meaning.
const SCHEMA: &str = "vigie.comparison/1";

/// The comparison as JSON: sorted keys, two spaces, a final newline; the same bytes for the same comparison.
pub fn comparison_json(comparison: &Comparison) -> String {
    to_json(&Document {
        base: scenario(&comparison.base),
        confidence: comparison.confidence,
        duration: comparison.duration,
        engine_semantics: comparison.engine_semantics,
        replications: comparison.replications,
        reports: number(&comparison.reports),
        schema: SCHEMA,
        seed: comparison.seed,
        variants: comparison.variants.iter().map(variant).collect(),
        warm_up: comparison.warm_up,
        warnings: &comparison.warnings,
    })
}

#[derive(Serialize)]
struct Document<'a> {
    base: Scenario<'a>,
    confidence: f64,
    duration: f64,
    engine_semantics: u32,
    replications: usize,
    reports: Option<Number>,
    schema: &'static str,
    seed: u64,
    variants: Vec<Variant<'a>>,
    warm_up: f64,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Scenario<'a> {
    digest: &'a str,
    name: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Variant<'a> {
    changes: &'a [String],
    measures: Vec<Measure<'a>>,
    name: &'a str,
    same_reports: bool,
    scenario: Scenario<'a>,
    variance_reduction: Option<VarianceReduction>,
}

#[derive(Serialize)]
struct VarianceReduction {
    largest: f64,
    median: f64,
    n_measures: usize,
    smallest: f64,
}

#[derive(Serialize)]
struct Measure<'a> {
    base: Option<Number>,
    better: &'static str,
    change: &'static str,
    difference: Option<Number>,
    name: &'a str,
    target: Option<Target<'a>>,
    unit: &'static str,
    variance_reduction: Option<f64>,
    variant: Option<Number>,
}

#[derive(Serialize)]
struct Target<'a> {
    base_verdict: &'static str,
    clock: &'a str,
    goal: f64,
    variant_goal: f64,
    variant_verdict: &'static str,
    within: f64,
}

fn scenario(identity: &ScenarioIdentity) -> Scenario<'_> {
    Scenario { digest: &identity.digest, name: &identity.name, title: &identity.title }
}

fn variant(variant: &VariantSummary) -> Variant<'_> {
    Variant {
        changes: &variant.changes,
        measures: variant.measures.iter().map(measure).collect(),
        name: &variant.name,
        same_reports: variant.same_reports,
        scenario: scenario(&variant.scenario),
        variance_reduction: variant.variance_reduction.map(|reduction| VarianceReduction {
            largest: reduction.largest,
            median: reduction.median,
            n_measures: reduction.n_measures,
            smallest: reduction.smallest,
        }),
    }
}

fn measure(compared: &Compared) -> Measure<'_> {
    Measure {
        base: maybe(compared.base.as_ref()),
        better: match compared.measure.better() {
            Better::More => "more",
            Better::Less => "less",
            Better::Neither => "neither",
        },
        change: match compared.change {
            Change::Better => "better",
            Change::Worse => "worse",
            Change::Changed => "changed",
            Change::CannotTell => "cannot tell",
            Change::Same => "same",
        },
        difference: maybe(compared.difference.as_ref()),
        name: &compared.name,
        target: compared.target.as_ref().map(|target| Target {
            base_verdict: verdict(target.verdict),
            clock: &target.clock,
            goal: target.goal,
            variant_goal: target.variant_goal,
            variant_verdict: verdict(target.variant_verdict),
            within: target.within,
        }),
        unit: match compared.measure.unit() {
            Unit::Share => "share",
            Unit::Seconds => "seconds",
            Unit::Count => "count",
            Unit::Hours => "hours",
            Unit::Money => "money",
            Unit::Ratio => "ratio",
        },
        variance_reduction: compared.variance_reduction,
        variant: maybe(compared.variant.as_ref()),
    }
}
