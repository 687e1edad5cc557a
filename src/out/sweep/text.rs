//! What a sweep prints: where targets begin to be met, then the points.

use super::super::text::{WIDTH, line, wrapped, write_warnings};
use super::super::words;
use super::{has_marks, mark, sentences, short_names, shown, standing_cell, telling};
use crate::analysis::{SweepSummary, Verdict};

const MOST_POINTS: usize = 20;
/// Stands for a blank at which no line ends: no name holds control characters.
const KEEP: char = '\u{1}';
const MOST_TARGETS: usize = 12;
/// Columns of a table: the names of what is measured are cut to it, a line or two each.
const WIDEST_HEAD: usize = 26;
const WIDEST_LEVEL: usize = 18;

/// The sweep as text for a terminal.
pub fn sweep_text(summary: &SweepSummary) -> String {
    let mut text = String::new();
    let scenario = &summary.scenario;
    let title = if scenario.title.is_empty() { &scenario.name } else { &scenario.title };
    line(&mut text, &words::shortened(title, WIDTH));
    paragraph(&mut text, &sentences::swept(summary), 0);
    for factor in 0..summary.factors.len() {
        paragraph(&mut text, &sentences::factor(summary, factor), 2);
    }
    line(&mut text, "In brackets: the 95 % interval over the replications; none where they all agree.");
    line(&mut text, "");
    paragraph(&mut text, &sentences::headline(summary), 0);
    if let Some(fallen) = sentences::fallen(summary) {
        paragraph(&mut text, &fallen, 0);
    }
    write_targets(&mut text, summary);
    write_points(&mut text, summary);
    write_warnings(&mut text, &summary.warnings);
    text
}

fn paragraph(text: &mut String, content: &str, indent: usize) {
    // a number and its sign stay on one line
    let content = content.replace(" %", &format!("{KEEP}%"));
    for part in wrapped(&content, WIDTH - indent, 2) {
        line(text, &format!("{}{}", " ".repeat(indent), part.replace(KEEP, " ")));
    }
}

/// A sentence or more for each target, those first that depend on what is varied.
fn write_targets(text: &mut String, summary: &SweepSummary) {
    let targets: Vec<usize> =
        telling(summary).into_iter().filter(|&idx| summary.measures[idx].is_target).collect();
    if targets.is_empty() {
        return;
    }
    line(text, "");
    line(text, "TARGETS");
    for &target in targets.iter().take(MOST_TARGETS) {
        for sentence in sentences::target(summary, target) {
            paragraph(text, &format!("- {sentence}"), 2);
        }
    }
    if targets.len() > MOST_TARGETS {
        line(text, &format!("  … and {} more in index.html", targets.len() - MOST_TARGETS));
    }
}

fn write_points(text: &mut String, summary: &SweepSummary) {
    let order = summary.order();
    let shown_points = &order[..order.len().min(MOST_POINTS)];
    let mut columns: Vec<Column> = Vec::new();
    for (idx, name) in short_names(summary).iter().enumerate() {
        let cell = |&point: &usize| {
            let label = words::shortened(&summary.points[point].levels[idx].label, WIDEST_LEVEL);
            format!("{label}{}", mark(summary, point, idx))
        };
        columns.push(Column::new(name, WIDEST_LEVEL, shown_points.iter().map(cell).collect()));
    }
    if let Some(standings) = summary.standings() {
        let cell = |&point: &usize| standing_cell(standings[point]);
        columns.push(Column::new("standing", WIDEST_LEVEL, shown_points.iter().map(cell).collect()));
    }
    let mut left_out = 0;
    for measure in telling(summary) {
        let cell = |&point: &usize| {
            let finding = &summary.points[point].findings[measure];
            let verdict = match finding.verdict() {
                Some(Verdict::Met) => " ✓",
                Some(Verdict::Missed) => " ✗",
                Some(Verdict::Inconclusive) => " ?",
                None => "",
            };
            format!("{}{verdict}", shown(&summary.measures[measure], finding))
        };
        let title = &summary.measures[measure].title;
        let column = Column::new(title, WIDEST_HEAD, shown_points.iter().map(cell).collect());
        let used: usize = columns.iter().map(|column| column.width + 2).sum();
        if used + column.width + 2 <= WIDTH {
            columns.push(column);
        } else {
            left_out += 1;
        }
    }
    line(text, "");
    paragraph(text, &format!("POINTS  ({})", legend(summary)), 0);
    let head_lines = columns.iter().map(|column| column.head.len()).max().unwrap_or(0);
    for at in 0..head_lines {
        let cell = |column: &Column| {
            let skipped = head_lines - column.head.len();
            at.checked_sub(skipped).map_or(String::new(), |at| column.head[at].clone())
        };
        row(text, &columns, cell);
    }
    for at in 0..shown_points.len() {
        row(text, &columns, |column| column.cells[at].clone());
    }
    if order.len() > MOST_POINTS {
        line(
            text,
            &format!(
                "  … and {} more points in index.html",
                words::count((order.len() - MOST_POINTS) as f64)
            ),
        );
    }
    if left_out > 0 {
        line(
            text,
            &format!(
                "  {left_out} more measure{} in index.html and sweep.csv",
                if left_out == 1 { " is" } else { "s are" }
            ),
        );
    }
}

/// What the signs of the table mean.
fn legend(summary: &SweepSummary) -> String {
    let mut said = Vec::new();
    if summary.ranking.is_some() {
        said.push("[n]: known after n replications".to_owned());
        said.push(sentences::first_replications(summary));
    }
    if has_marks(summary) {
        said.push("!: many cases still open at the end, see the warning".to_owned());
    }
    said.push("shares are on time; ✓: the goal is met, ✗: missed, ?: it cannot be told".to_owned());
    said.join("; ")
}

fn row(text: &mut String, columns: &[Column], cell: impl Fn(&Column) -> String) {
    let cells: Vec<String> =
        columns.iter().map(|column| format!("{:<width$}", cell(column), width = column.width)).collect();
    line(text, &format!("  {}", cells.join("  ")));
}

struct Column {
    head: Vec<String>,
    cells: Vec<String>,
    width: usize,
}

impl Column {
    fn new(head: &str, widest: usize, cells: Vec<String>) -> Self {
        let head: Vec<String> = wrapped(head, widest, 0)
            .into_iter()
            .take(3)
            .map(|part| words::shortened(&part, widest))
            .collect();
        let width = head.iter().chain(&cells).map(|cell| cell.chars().count()).max().unwrap_or(0);
        Self { head, cells, width }
    }
}
