//! `index.html` of a sweep.

use super::super::page::{Card, Mood, Page};
use super::super::plots::Plot;
use super::super::tables::Table;
use super::super::words;
use super::{Manifest, changes, has_marks, mark, sentences, short_names, shown, standing_cell, telling};
use crate::analysis::{SweepSummary, Verdict};

/// Rows of the table of points; `sweep.csv` has all.
const MOST_ROWS: usize = 500;
/// Columns of a table: more, and it becomes another.
const MOST_COLUMNS: usize = 5;

/// Words of the page and what they mean.
const GLOSSARY: [(&str, &str); 5] = [
    (
        "Point",
        "The scenario with one value for each of the things that are varied. Everything else stays as it is.",
    ),
    (
        "Replication",
        "One simulated run with its own chance. Replication 7 of every point meets the same reports, so that points \
         differ by what was varied more than by chance.",
    ),
    (
        "95 % interval",
        "Where the true value of the model lies, with 95 % confidence. It says how precise the simulation is, not how \
         close the model is to the world.",
    ),
    (
        "Met, missed",
        "Only where the whole interval lies on one side of the goal. Otherwise it cannot be told; more replications \
         would narrow the interval.",
    ),
    ("95 % within", "All but one case in twenty took no longer."),
];

/// The page of a sweep, with its plots inside.
pub(super) fn page_html(summary: &SweepSummary, manifest: &Manifest, plots: &[Plot]) -> String {
    let scenario = &summary.scenario;
    let title = if scenario.title.is_empty() { &scenario.name } else { &scenario.title };
    let varied: Vec<String> = (0..summary.factors.len()).map(|idx| sentences::factor(summary, idx)).collect();
    let targets: Vec<usize> =
        telling(summary).into_iter().filter(|&idx| summary.measures[idx].is_target).collect();
    let (moving, fixed): (Vec<usize>, Vec<usize>) =
        targets.into_iter().partition(|&measure| changes(summary, measure));
    let mut findings: Vec<String> = sentences::fallen(summary).into_iter().collect();
    findings.extend(fixed.iter().flat_map(|&measure| sentences::target(summary, measure)));
    let page = Page {
        title: format!("{title}: a sweep"),
        done: format!("{} Varied: {}.", sentences::swept(summary), varied.join("; ")),
        headline: sentences::headline(summary),
        cards: moving.iter().map(|&measure| card(summary, measure)).collect(),
        findings,
        warnings: &summary.warnings,
        plots,
        tables: tables(summary),
        has_intervals: summary.replications > 1,
        remark: String::new(),
        glossary: GLOSSARY.into(),
        provenance: vec![
            ("Scenario", scenario.name.clone()),
            ("Digest of the first point", scenario.digest.clone()),
            ("Seed", summary.seed.to_string()),
            ("Replications of each point", summary.replications.to_string()),
            ("Version of vigie", manifest.version.clone()),
            ("Engine semantics", summary.engine_semantics.to_string()),
            ("Command", manifest.command.join(" ")),
        ],
        files: vec![("sweep.csv", "all points for spreadsheets"), ("sweep.json", "the same for scripts")],
    };
    page.html()
}

/// A target that depends on what is varied: neither good news nor bad.
fn card(summary: &SweepSummary, measure: usize) -> Card {
    let n_met =
        summary.points.iter().filter(|point| point.findings[measure].verdict() == Some(Verdict::Met)).count();
    Card {
        name: summary.measures[measure].title.clone(),
        mood: if n_met > 0 { Mood::Met } else { Mood::Unclear },
        verdict: format!(
            "met at {} of {} points",
            words::count(n_met as f64),
            words::count(summary.points.len() as f64)
        ),
        sentence: sentences::target(summary, measure).join(" "),
    }
}

/// What the signs of the table mean.
fn legend(summary: &SweepSummary) -> String {
    let ranked = |_| {
        format!(
            "[n]: known after n replications; dropped: without proof; {}",
            sentences::first_replications(summary)
        )
    };
    let standing = summary.ranking.as_ref().map(ranked);
    let cut_short =
        has_marks(summary).then(|| "!: many cases still open at the end, see the warning".to_owned());
    standing.into_iter().chain(cut_short).collect::<Vec<_>>().join("; ")
}

/// The points with their measures, a few at a time.
fn tables(summary: &SweepSummary) -> Vec<Table> {
    let names = short_names(summary);
    let standings = summary.standings();
    let order = summary.order();
    let rows = || order.iter().take(MOST_ROWS);
    let label = |point: usize| {
        let levels = names.iter().zip(&summary.points[point].levels);
        let named =
            levels.map(|(name, level)| format!("{name} {}", level.label)).collect::<Vec<_>>().join(", ");
        let last = summary.factors.len().saturating_sub(1);
        format!("{named}{}", mark(summary, point, last))
    };
    let note = match order.len().checked_sub(MOST_ROWS) {
        Some(more @ 1..) => {
            format!("the first {MOST_ROWS} points; {} more are in sweep.csv", words::count(more as f64))
        }
        _ => "one row for each point".to_owned(),
    };
    let cell = |point: usize, measure: usize| {
        let finding = &summary.points[point].findings[measure];
        let told = shown(&summary.measures[measure], finding);
        match finding.verdict() {
            // before the number: the interval behind it is set apart
            Some(verdict) => format!("{}: {told}", words::verdict(verdict)),
            None => told,
        }
    };
    let order_of_measures = telling(summary);
    let many = order_of_measures.len() > MOST_COLUMNS;
    let of = |(part, measures): (usize, &[usize])| Table {
        title: if many { format!("Points, part {}", part + 1) } else { "Points".to_owned() },
        note: note.clone(),
        head: std::iter::once("point".to_owned())
            .chain(standings.iter().map(|_| "standing".to_owned()))
            .chain(measures.iter().map(|&measure| summary.measures[measure].title.clone()))
            .collect(),
        rows: rows()
            .map(|&point| {
                std::iter::once(label(point))
                    .chain(standings.iter().map(|standings| standing_cell(standings[point])))
                    .chain(measures.iter().map(|&measure| cell(point, measure)))
                    .collect()
            })
            .collect(),
        legend: legend(summary),
    };
    order_of_measures.chunks(MOST_COLUMNS).enumerate().map(of).collect()
}
