//! A page that opens offline, for a planner and whoever the planner shows it to: the frame that every verb fills.
//!
//! The template beside this file holds no logic beyond loops; everything it shows is put into words by whoever fills it.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::plots::Plot;
use super::tables::Table;

const TEMPLATE: &str = include_str!("page.html");

/// What a page says, from the top.
#[derive(Debug, Clone, Default)]
pub(super) struct Page<'a> {
    /// Its title.
    pub(super) title: String,
    /// What was done, below the title.
    pub(super) done: String,
    /// The answer, in a sentence.
    pub(super) headline: String,
    /// What the answer consists of.
    pub(super) cards: Vec<Card>,
    /// More sentences.
    pub(super) findings: Vec<String>,
    /// What the reader ought to know first.
    pub(super) warnings: &'a [String],
    /// The pictures.
    pub(super) plots: &'a [Plot],
    /// The numbers.
    pub(super) tables: Vec<Table>,
    /// Whether numbers have intervals.
    pub(super) has_intervals: bool,
    /// A last sentence below the numbers.
    pub(super) remark: String,
    /// Words and what they mean.
    pub(super) glossary: Vec<(&'static str, &'static str)>,
    /// Where it comes from: names and values.
    pub(super) provenance: Vec<(&'static str, String)>,
    /// The files beside the page, each with what it holds: `(summary.json, all numbers)`.
    pub(super) files: Vec<(&'static str, &'static str)>,
}

/// One finding with a verdict.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Card {
    /// What it is about.
    pub(super) name: String,
    /// How it looks.
    pub(super) mood: Mood,
    /// The verdict in a word or two.
    pub(super) verdict: String,
    /// The finding.
    pub(super) sentence: String,
}

/// How a card looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mood {
    /// Good news.
    Met,
    /// Bad news.
    Missed,
    /// It cannot be told.
    Unclear,
}

/// What the template is fed.
#[derive(Serialize)]
struct View<'a> {
    title: &'a str,
    done: &'a str,
    headline: &'a str,
    cards: &'a [Card],
    findings: &'a [String],
    warnings: &'a [String],
    tables: Vec<TableView<'a>>,
    plots: Vec<PlotView<'a>>,
    remark: &'a str,
    glossary: &'a [(&'static str, &'static str)],
    provenance: &'a [(&'static str, String)],
    files: &'a [(&'static str, &'static str)],
    has_intervals: bool,
}

#[derive(Serialize)]
struct TableView<'a> {
    title: &'a str,
    note: &'a str,
    head: &'a [String],
    rows: Vec<Row<'a>>,
    legend: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    cells: Vec<Cell<'a>>,
}

/// A number and, smaller, its interval.
#[derive(Serialize)]
struct Cell<'a> {
    value: &'a str,
    interval: &'a str,
}

#[derive(Serialize)]
struct PlotView<'a> {
    name: &'a str,
    title: &'a str,
    caption: &'a str,
    /// Inserted as it is: made by us, its texts escaped.
    svg: &'a str,
}

impl Page<'_> {
    /// The page as HTML.
    ///
    /// # Panics
    ///
    /// Never, as long as the template that is part of the program fits what it is fed: tests render it.
    pub(super) fn html(&self) -> String {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_filter("safe", |text: String| Value::from_safe_string(text));
        environment
            .render_str(TEMPLATE, Serde(self.view()))
            .expect("the template fits what it is fed")
            // a number and its sign stay on one line
            .replace(" %", "\u{a0}%")
    }

    fn view(&self) -> View<'_> {
        let plots = self.plots.iter().map(|plot| PlotView {
            name: &plot.name,
            title: &plot.title,
            caption: &plot.caption,
            svg: &plot.svg,
        });
        View {
            title: &self.title,
            done: &self.done,
            headline: &self.headline,
            cards: &self.cards,
            findings: &self.findings,
            warnings: self.warnings,
            tables: self.tables.iter().map(table).collect(),
            plots: plots.collect(),
            remark: &self.remark,
            glossary: &self.glossary,
            provenance: &self.provenance,
            files: &self.files,
            has_intervals: self.has_intervals,
        }
    }
}

fn table(table: &Table) -> TableView<'_> {
    TableView {
        title: &table.title,
        note: &table.note,
        head: &table.head,
        rows: table.rows.iter().map(|row| self::row(row)).collect(),
        legend: &table.legend,
    }
}

fn row(row: &[String]) -> Row<'_> {
    let (name, cells) = row.split_first().map_or(("", row), |(name, cells)| (name.as_str(), cells));
    Row { name, cells: cells.iter().map(|cell| split(cell)).collect() }
}

fn split(cell: &str) -> Cell<'_> {
    match cell.strip_suffix(')').and_then(|cell| cell.split_once(" (")) {
        Some((value, interval)) => Cell { value, interval },
        None => Cell { value: cell, interval: "" },
    }
}
