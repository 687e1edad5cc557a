//! The results of a sweep: text, JSON, CSV, and a page.

mod csv;
mod json;
mod page;
mod sentences;
mod text;

#[cfg(test)]
mod sample;

pub use self::csv::sweep_csv;
pub use json::sweep_json;
pub use text::sweep_text;

pub(super) use sentences::{along, headline};

use super::manifest::{Manifest, Provenance, manifest_json};
use super::{plots, words};
use crate::analysis::{Estimate, Standing, SweepFinding, SweepMeasure, SweepPoint, SweepSummary, Unit};

/// Every file of a sweep's results folder, as `(path relative to the folder, content)`, for [`super::write_results`].
pub fn sweep_files(summary: &SweepSummary, manifest: &Manifest) -> Vec<(String, Vec<u8>)> {
    let plots = plots::sweep_plots(summary);
    let page = page::page_html(summary, manifest, &plots);
    let provenance = Provenance {
        scenario: &summary.scenario,
        seed: summary.seed,
        replications: summary.replications,
        engine_semantics: summary.engine_semantics,
    };
    let mut files = vec![
        ("index.html".to_owned(), page.into_bytes()),
        ("manifest.json".to_owned(), manifest_json(&provenance, manifest).into_bytes()),
        ("sweep.csv".to_owned(), sweep_csv(summary).into_bytes()),
        ("sweep.json".to_owned(), sweep_json(summary).into_bytes()),
    ];
    files.extend(plots.into_iter().map(|plot| (format!("plots/{}.svg", plot.name), plot.svg.into_bytes())));
    files
}

/// An estimate as its unit reads, with its interval.
pub(super) fn shown(measure: &SweepMeasure, finding: &SweepFinding) -> String {
    let estimate = finding.estimate.as_ref();
    match measure.unit {
        Unit::Share => words::share_with_interval(estimate, finding.goal),
        Unit::Seconds => words::duration_with_interval(estimate),
        Unit::Count | Unit::Hours | Unit::Money => words::count_with_interval(estimate),
        Unit::Ratio => words::ratio_with_interval(estimate),
    }
}

/// A number as its unit reads.
pub(super) fn shown_alone(unit: Unit, value: f64) -> String {
    let alone = Estimate { mean: value, interval: None, n: 1 };
    match unit {
        Unit::Share => words::percent_with_interval(Some(&alone)),
        Unit::Seconds => words::duration(value),
        Unit::Count | Unit::Hours | Unit::Money => words::count(value),
        Unit::Ratio => words::ratio(value),
    }
}

/// How a point stands to the best in files, and after how many replications that was known.
fn standing_name(standing: Standing) -> (&'static str, Option<u64>) {
    match standing {
        Standing::Best => ("best", None),
        Standing::MayBeBest => ("may be best", None),
        Standing::SetAside { after } => ("set aside", Some(after)),
        Standing::Dropped { after } => ("dropped", Some(after)),
    }
}

/// The same in a column of a table: `set aside [40]`.
fn standing_cell(standing: Standing) -> String {
    match standing_name(standing) {
        (name, Some(after)) => format!("{name} [{after}]"),
        (name, None) => name.to_owned(),
    }
}

/// What follows the last level of a point at which many cases were still open at the end.
fn mark(summary: &SweepSummary, point: usize, factor: usize) -> &'static str {
    let is_last = factor + 1 == summary.factors.len();
    if is_last && summary.points[point].is_cut_short() { " !" } else { "" }
}

/// Whether any point has such a mark.
fn has_marks(summary: &SweepSummary) -> bool {
    summary.points.iter().any(SweepPoint::is_cut_short)
}

/// Names of the factors, as short as they are told apart: the last parts of their paths.
pub(super) fn short_names(summary: &SweepSummary) -> Vec<String> {
    const MOST_PARTS: usize = 6;
    let last = |path: &str, n_parts: usize| {
        let parts: Vec<&str> = path.split('.').collect();
        parts[parts.len().saturating_sub(n_parts)..].join(".")
    };
    let paths = || summary.factors.iter().map(|factor| factor.path.as_str());
    let short = |path: &str| {
        let is_alone = |n_parts: &usize| {
            let own = last(path, *n_parts);
            paths().filter(|other| last(other, *n_parts) == own).count() == 1
        };
        last(path, (1..MOST_PARTS).find(is_alone).unwrap_or(MOST_PARTS))
    };
    paths().map(short).collect()
}

/// Positions of measures in the order in which they tell the most: what was asked for by name, what is ranked, targets
/// whose verdict changes, then other targets that clearly move, those first that move the furthest, then the cost, other
/// measures that move, and the rest.
pub(super) fn telling(summary: &SweepSummary) -> Vec<usize> {
    const MOVING_TARGET: u8 = 3;
    let ranked = summary.ranking.as_ref().map(|ranking| ranking.measure);
    let rank = |measure: usize| {
        let is_target = summary.measures[measure].is_target;
        match () {
            () if summary.measures[measure].is_asked => 0,
            () if ranked == Some(measure) => 1,
            () if is_target && changes(summary, measure) => 2,
            () if is_target && summary.reacts(measure) => MOVING_TARGET,
            () if summary.measures[measure].unit == Unit::Money => 4,
            () if summary.reacts(measure) => 5,
            () if is_target => 6,
            () => 7,
        }
    };
    let mut order: Vec<usize> = (0..summary.measures.len()).collect();
    let moved = |measure: usize| {
        if rank(measure) == MOVING_TARGET {
            summary.spread(measure).map_or(0.0, |(lo, hi)| hi - lo)
        } else {
            0.0
        }
    };
    order.sort_by(|&a, &b| rank(a).cmp(&rank(b)).then(moved(b).total_cmp(&moved(a))).then(a.cmp(&b)));
    order
}

/// Whether a target has another verdict at some points than at others.
pub(super) fn changes(summary: &SweepSummary, measure: usize) -> bool {
    let all: Vec<usize> = (0..summary.points.len()).collect();
    summary.stretches(measure, &all).is_some_and(|stretches| stretches.len() > 1)
}

#[cfg(test)]
mod tests;
