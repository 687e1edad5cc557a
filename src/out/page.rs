//! `index.html`: one page that opens offline, for a planner and whoever the planner shows it to.
//!
//! The template beside this file holds no logic beyond loops; everything it shows is put into words here.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::plots::Plot;
use super::{Manifest, sentences, tables, words};
use crate::analysis::{Summary, TargetSummary, Verdict};

const TEMPLATE: &str = include_str!("page.html");

/// What the template is fed.
#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    simulated: String,
    headline: String,
    targets: Vec<Target<'a>>,
    findings: Vec<String>,
    warnings: &'a [String],
    tables: Vec<Table>,
    plots: Vec<PlotView<'a>>,
    in_system_at_end: String,
    provenance: Vec<(&'static str, String)>,
    has_intervals: bool,
}

#[derive(Serialize)]
struct Target<'a> {
    name: &'a str,
    /// One of the style sheet's classes.
    verdict_class: &'static str,
    verdict: &'static str,
    sentence: String,
}

#[derive(Serialize)]
struct Table {
    title: &'static str,
    note: &'static str,
    head: Vec<&'static str>,
    rows: Vec<Row>,
    legend: String,
}

#[derive(Serialize)]
struct Row {
    name: String,
    cells: Vec<Cell>,
}

/// A number and, smaller, its interval.
#[derive(Serialize)]
struct Cell {
    value: String,
    interval: String,
}

#[derive(Serialize)]
struct PlotView<'a> {
    name: &'static str,
    title: &'static str,
    caption: &'static str,
    /// Inserted as it is: made by us, its texts escaped.
    svg: &'a str,
}

/// The page of a summary, with its plots inside.
///
/// # Panics
///
/// Never, as long as the template that is part of the program fits what it is fed: a test renders it.
pub fn page_html(summary: &Summary, manifest: &Manifest, plots: &[Plot]) -> String {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("safe", |text: String| Value::from_safe_string(text));
    environment
        .render_str(TEMPLATE, Serde(page(summary, manifest, plots)))
        .expect("the template fits what it is fed")
        // a number and its sign stay on one line
        .replace(" %", "\u{a0}%")
}

fn page<'a>(summary: &'a Summary, manifest: &Manifest, plots: &'a [Plot]) -> Page<'a> {
    let scenario = &summary.scenario;
    Page {
        title: if scenario.title.is_empty() { &scenario.name } else { &scenario.title },
        simulated: sentences::simulated(summary),
        headline: sentences::headline(summary),
        targets: summary.targets.iter().map(target).collect(),
        findings: [sentences::worst_queue(summary), sentences::busiest_team(summary)]
            .into_iter()
            .flatten()
            .collect(),
        warnings: &summary.warnings,
        tables: tables::all(summary).into_iter().map(table).collect(),
        plots: plots
            .iter()
            .map(|plot| PlotView {
                name: plot.name,
                title: plot.title,
                caption: plot.caption,
                svg: &plot.svg,
            })
            .collect(),
        in_system_at_end: words::count_with_interval(Some(&summary.in_system_at_end)),
        provenance: vec![
            ("Scenario", scenario.name.clone()),
            ("Digest", scenario.digest.clone()),
            ("Seed", summary.seed.to_string()),
            ("Replications", summary.replications.to_string()),
            ("Version of vigie", manifest.version.clone()),
            ("Engine semantics", summary.engine_semantics.to_string()),
            ("Command", manifest.command.join(" ")),
        ],
        has_intervals: summary.replications > 1,
    }
}

fn target(target: &TargetSummary) -> Target<'_> {
    Target {
        name: &target.name,
        verdict_class: match target.verdict {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::Inconclusive => "unclear",
        },
        verdict: words::verdict(target.verdict),
        sentence: sentences::target(target),
    }
}

fn table(table: tables::Table) -> Table {
    let row = |row: Vec<String>| {
        let mut cells = row.into_iter();
        Row { name: cells.next().unwrap_or_default(), cells: cells.map(|cell| split(&cell)).collect() }
    };
    Table {
        title: table.title,
        note: table.note,
        head: table.head,
        rows: table.rows.into_iter().map(row).collect(),
        legend: table.legend,
    }
}

fn split(cell: &str) -> Cell {
    match cell.strip_suffix(')').and_then(|cell| cell.split_once(" (")) {
        Some((value, interval)) => Cell { value: value.to_owned(), interval: interval.to_owned() },
        None => Cell { value: cell.to_owned(), interval: String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::super::plots;
    use super::super::sample::{
        crowded_summary, empty_summary, idle_summary, sample_manifest, sample_summary, single_replication,
    };
    use super::*;

    fn rendered(summary: &Summary) -> String {
        page_html(summary, &sample_manifest(), &plots::all(summary))
    }

    #[test]
    fn the_answer_stands_first() {
        let page = rendered(&sample_summary());
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
        assert!(at("Of 3 targets") < at("<svg ") && at("<svg ") < at("<table"));
        assert!(at("were on time, within 1h from sent to removed") < at("<svg "));
        assert_eq!(page.matches("<svg ").count(), 3);
        assert!(page.contains("9f2b7c31d0a84e55") && page.contains("january-2015.toml"));
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere_and_nothing_runs() {
        let page = rendered(&sample_summary());
        let without_names = page.replace("http://www.w3.org/2000/svg", "");
        for outside in ["http:", "https:", "<script", "<link", "@import", "url(", " src="] {
            assert!(!without_names.contains(outside), "{outside}");
        }
    }

    #[test]
    fn names_are_escaped() {
        let mut summary = crowded_summary();
        summary.scenario.title = "<script>alert(1)</script>".to_owned();
        summary.targets[0].name = "a & <b>".to_owned();
        summary.warnings.push("<img onerror=x>".to_owned());
        let page = rendered(&summary);
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("a & <b>"));
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn every_summary_has_a_page() {
        for summary in [single_replication(), idle_summary(), empty_summary(), crowded_summary()] {
            let page = rendered(&summary);
            assert!(page.trim_end().ends_with("</html>") && page == rendered(&summary));
        }
        assert!(rendered(&single_replication()).contains("single replication"));
    }
}
