//! `sweep.json`: the contract that scripts rely on, schema `vigie.sweep/1`. Keys are sorted at every level.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::json::{Number, number, verdict};
use super::super::manifest::to_json;
use super::standing_name;
use crate::analysis::{Better, SweepSummary, Unit};

/// The schema of the file; a new number when a key changes its name or its meaning.
const SCHEMA: &str = "vigie.sweep/1";

#[derive(Serialize)]
struct Document<'a> {
    design: &'static str,
    engine_semantics: u32,
    factors: Vec<Factor<'a>>,
    measures: Vec<Measure<'a>>,
    points: Vec<Point<'a>>,
    ranking: Option<Ranking>,
    replications: usize,
    scenario: Scenario<'a>,
    schema: &'static str,
    seed: u64,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Factor<'a> {
    path: &'a str,
}

#[derive(Serialize)]
struct Measure<'a> {
    better: Option<&'static str>,
    is_target: bool,
    name: &'a str,
    title: &'a str,
    unit: &'static str,
}

#[derive(Serialize)]
struct Point<'a> {
    digest: &'a str,
    /// In the order of the measures.
    findings: Vec<Finding>,
    open_at_end: Option<Number>,
    /// By class.
    reports: BTreeMap<&'a str, Option<Number>>,
    standing: Option<&'static str>,
    /// In the order of the factors.
    values: Vec<Level<'a>>,
}

#[derive(Serialize)]
struct Level<'a> {
    number: Option<f64>,
    text: &'a str,
}

#[derive(Serialize)]
struct Finding {
    estimate: Option<Number>,
    goal: Option<f64>,
    verdict: Option<&'static str>,
}

/// Points by their position in `points`, from 0.
#[derive(Serialize)]
struct Ranking {
    confidence: f64,
    dropped_unproven: Vec<Fallen>,
    eliminated: Vec<Fallen>,
    indifference: f64,
    is_certain: bool,
    measure: usize,
    remaining: Vec<usize>,
    replications_used: u64,
}

#[derive(Serialize)]
struct Fallen {
    after_replications: u64,
    point: usize,
}

/// The sweep as JSON: sorted keys, two spaces, a final newline; the same bytes for the same sweep.
pub fn sweep_json(summary: &SweepSummary) -> String {
    to_json(&document(summary))
}

fn document(summary: &SweepSummary) -> Document<'_> {
    let fallen = |list: &[(usize, u64)]| {
        list.iter().map(|&(point, after)| Fallen { after_replications: after, point }).collect()
    };
    Document {
        design: if summary.is_grid { "grid" } else { "latin hypercube" },
        engine_semantics: summary.engine_semantics,
        factors: summary.factors.iter().map(|factor| Factor { path: &factor.path }).collect(),
        measures: measures(summary),
        points: points(summary),
        ranking: summary.ranking.as_ref().map(|ranking| Ranking {
            confidence: ranking.confidence,
            dropped_unproven: fallen(&ranking.dropped),
            eliminated: fallen(&ranking.eliminated),
            indifference: ranking.indifference,
            is_certain: ranking.is_certain,
            measure: ranking.measure,
            remaining: ranking.remaining.clone(),
            replications_used: ranking.observations,
        }),
        replications: summary.replications,
        scenario: Scenario { name: &summary.scenario.name, title: &summary.scenario.title },
        schema: SCHEMA,
        seed: summary.seed,
        warnings: &summary.warnings,
    }
}

fn measures(summary: &SweepSummary) -> Vec<Measure<'_>> {
    let of = summary.measures.iter().map(|measure| Measure {
        better: match measure.better {
            Better::More => Some("more"),
            Better::Less => Some("less"),
            Better::Neither => None,
        },
        is_target: measure.is_target,
        name: &measure.name,
        title: &measure.title,
        unit: match measure.unit {
            Unit::Share => "share",
            Unit::Seconds => "seconds",
            Unit::Count => "count",
            Unit::Hours => "hours",
            Unit::Money => "money",
            Unit::Ratio => "ratio",
        },
    });
    of.collect()
}

fn points(summary: &SweepSummary) -> Vec<Point<'_>> {
    let standings = summary.standings();
    let of = summary.points.iter().enumerate().map(|(idx, point)| Point {
        digest: &point.digest,
        findings: point
            .findings
            .iter()
            .map(|finding| Finding {
                estimate: finding.estimate.as_ref().and_then(number),
                goal: finding.goal,
                verdict: finding.verdict().map(verdict),
            })
            .collect(),
        open_at_end: number(&point.open_at_end),
        reports: point.reports.iter().map(|(class, found)| (class.as_str(), number(found))).collect(),
        standing: standings.as_ref().map(|standings| standing_name(standings[idx]).0),
        values: point.levels.iter().map(|level| Level { number: level.number, text: &level.label }).collect(),
    });
    of.collect()
}
