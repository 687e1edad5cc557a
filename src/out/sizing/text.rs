//! What `vigie size` prints: the answer first.

use super::super::tables::Table;
use super::super::text::{WIDTH, drop_interval, line, total_width, wrapped, write_table, write_warnings};
use super::super::words;
use super::{sentences, tables};
use crate::analysis::{AnswerSummary, SizingSummary};

/// A sizing as text for a terminal.
pub fn sizing_text(summary: &SizingSummary) -> String {
    let mut text = String::new();
    line(&mut text, &summary.scenario.title);
    paragraph(&mut text, &sentences::done(summary), 0);
    line(&mut text, "");
    paragraph(&mut text, &format!("ANSWER  {}", sentences::headline(summary)), 2);
    if let Some(answer) = &summary.answer {
        write_answer(&mut text, answer, summary.confidence);
    }
    if !summary.unattainable.is_empty() {
        line(&mut text, "");
        line(&mut text, "WHAT PEOPLE CANNOT DO");
        for target in &summary.unattainable {
            paragraph(&mut text, &format!("{}: {}", target.name, sentences::unattainable(target)), 2);
        }
    }
    write_warnings(&mut text, &summary.warnings);
    text
}

fn write_answer(text: &mut String, answer: &AnswerSummary, confidence: f64) {
    write_table(text, &for_terminal(tables::roster(answer)));
    line(text, "");
    line(text, "PROOF");
    paragraph(text, &sentences::proof(answer, confidence), 2);
    for target in &answer.targets {
        paragraph(text, &format!("{}: {}", target.name, sentences::target(target)), 2);
    }
    paragraph(text, &sentences::minimality(answer), 2);
    line(text, "");
    line(text, "BACKLOG");
    for team in &answer.staffing {
        paragraph(text, &sentences::backlog(team), 2);
    }
    if !answer.others.is_empty() {
        line(text, "");
        line(text, "TARGETS THAT WERE NOT ASKED FOR");
        for other in &answer.others {
            paragraph(text, &sentences::other(other), 2);
        }
    }
    write_table(text, &tables::compromises(answer));
}

/// A roster that fits a terminal: where it is too wide, long names of shifts are cut, and then the names of targets go.
fn for_terminal(mut table: Table) -> Table {
    const LONGEST_SHIFT: usize = 42;
    // intervals go first, as in every table
    let without_intervals = |table: &Table| {
        let mut rows = table.rows.clone();
        rows.iter_mut().flatten().for_each(drop_interval);
        rows.push(table.head.clone());
        total_width(&rows)
    };
    if without_intervals(&table) > WIDTH {
        table.rows.iter_mut().for_each(|row| row[1] = words::shortened(&row[1], LONGEST_SHIFT));
    }
    if without_intervals(&table) > WIDTH && table.head.last().is_some_and(|head| head == tables::TARGET) {
        table.head.pop();
        table.rows.iter_mut().for_each(|row| {
            row.pop();
        });
    }
    table
}

/// A text in lines; all are indented where `indent` is not 0, those after the first by two more.
fn paragraph(text: &mut String, content: &str, indent: usize) {
    let is_headed = content.starts_with("ANSWER");
    for (idx, part) in wrapped(content, WIDTH - indent - 2, 2).iter().enumerate() {
        let margin = if idx == 0 && is_headed { 0 } else { indent };
        line(text, &format!("{}{part}", " ".repeat(margin)));
    }
}
