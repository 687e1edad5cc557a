//! What a run prints: the answer first, then who waits and why, in plain words and at most 100 columns.

use super::tables::{self, Table};
use super::{sentences, words};
use crate::analysis::{Summary, TargetSummary};

const WIDTH: usize = 100;
/// Rows of a table that are shown; the page shows all.
const MOST_ROWS: usize = 8;
const MOST_TARGETS: usize = 12;
const LONGEST_NAME: usize = 20;

/// The summary as text for a terminal.
pub fn summary_text(summary: &Summary) -> String {
    let mut text = String::new();
    let title =
        if summary.scenario.title.is_empty() { &summary.scenario.name } else { &summary.scenario.title };
    line(&mut text, &words::shortened(title, WIDTH));
    line(&mut text, &sentences::simulated(summary));
    line(&mut text, "In brackets: the 95 % interval over the replications.");
    write_targets(&mut text, summary);
    for table in tables::all(summary) {
        write_table(&mut text, &table);
    }
    line(&mut text, "");
    line(
        &mut text,
        &format!(
            "In the system at the end: {}.",
            words::with_interval(Some(&summary.in_system_at_end), words::count)
        ),
    );
    write_warnings(&mut text, &summary.warnings);
    text
}

/// One line of text, without spaces at its end.
pub(super) fn line(text: &mut String, content: &str) {
    text.push_str(content.trim_end());
    text.push('\n');
}

/// The text in lines of at most `width` characters; the first is not indented, the others by `indent`.
pub(super) fn wrapped(content: &str, width: usize, indent: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in content.split_whitespace() {
        let last = lines.last_mut().expect("one line at least");
        let used = last.chars().count();
        let is_first_word = last.trim().is_empty();
        if !is_first_word && used + 1 + word.chars().count() > width {
            lines.push(format!("{}{word}", " ".repeat(indent)));
        } else {
            if !is_first_word {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

fn write_targets(text: &mut String, summary: &Summary) {
    line(text, "");
    line(text, &format!("TARGETS  {}", sentences::headline(summary)));
    for target in summary.targets.iter().take(MOST_TARGETS) {
        write_target(text, target);
    }
    write_left_out(text, summary.targets.len().saturating_sub(MOST_TARGETS));
}

fn write_target(text: &mut String, target: &TargetSummary) {
    let verdict = words::verdict(target.verdict).to_uppercase();
    let share = words::share_with_interval(target.share_on_time.as_ref(), Some(target.goal));
    let name = words::shortened(&target.name, 34);
    line(text, &format!("  {verdict:<12} {name}: {share} on time, goal {}", words::goal(target.goal)));
    let clock = words::shortened(&words::clock(&target.clock), 44);
    let cases = words::with_interval(Some(&target.count), words::count);
    line(text, &format!("  {:<12} within {} {clock}; {cases} cases", "", words::duration(target.within)));
}

fn write_table(text: &mut String, table: &Table) {
    let mut rows: Vec<Vec<String>> = vec![table.head.iter().map(|&head| head.to_owned()).collect()];
    rows.extend(table.rows.iter().take(MOST_ROWS).cloned());
    for row in &mut rows {
        row[0] = words::shortened(&row[0], LONGEST_NAME);
    }
    let mut note = table.note.to_owned();
    if total_width(&rows) > WIDTH {
        // what does not fit loses its intervals before its columns
        rows.iter_mut().skip(1).flatten().for_each(drop_interval);
        note.push_str("; intervals in index.html");
    }
    line(text, "");
    for part in wrapped(&format!("{}  ({note})", table.title.to_uppercase()), WIDTH, 2) {
        line(text, &part);
    }
    let widths = widths(&rows);
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        line(text, &format!("  {}", cells.collect::<Vec<_>>().join("  ")));
    }
    write_left_out(text, table.rows.len().saturating_sub(MOST_ROWS));
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let n_columns = rows.first().map_or(0, Vec::len);
    (0..n_columns)
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect()
}

fn total_width(rows: &[Vec<String>]) -> usize {
    let widths = widths(rows);
    widths.iter().sum::<usize>() + 2 * widths.len()
}

fn drop_interval(cell: &mut String) {
    if let Some(interval) = cell.find(" (") {
        cell.truncate(interval);
    }
}

fn write_left_out(text: &mut String, left_out: usize) {
    if left_out > 0 {
        line(text, &format!("  … and {left_out} more in index.html"));
    }
}

fn write_warnings(text: &mut String, warnings: &[String]) {
    if warnings.is_empty() {
        return;
    }
    line(text, "");
    line(text, "WARNINGS");
    for warning in warnings.iter().take(MOST_ROWS) {
        for (idx, part) in wrapped(warning, WIDTH - 4, 0).iter().enumerate() {
            line(text, &format!("  {} {part}", if idx == 0 { "-" } else { " " }));
        }
    }
    write_left_out(text, warnings.len().saturating_sub(MOST_ROWS));
}

#[cfg(test)]
mod tests {
    use super::super::sample::{crowded_summary, empty_summary, sample_summary};
    use super::*;

    #[test]
    fn a_run_in_plain_words() {
        insta::assert_snapshot!(summary_text(&sample_summary()), @"");
    }

    #[test]
    fn nothing_at_all_is_still_said() {
        insta::assert_snapshot!(summary_text(&empty_summary()), @"");
    }

    #[test]
    fn it_fits_a_terminal() {
        for summary in [sample_summary(), crowded_summary(), empty_summary()] {
            let text = summary_text(&summary);
            for line in text.lines() {
                assert!(line.chars().count() <= WIDTH, "{} columns: {line}", line.chars().count());
                assert!(!line.ends_with(' ') && !line.contains('\u{1b}'));
            }
        }
        assert!(summary_text(&sample_summary()).lines().count() <= 60);
    }

    #[test]
    fn long_texts_wrap_at_words() {
        assert_eq!(wrapped("one two three", 7, 2), ["one two", "  three"]);
        assert_eq!(wrapped("", 7, 2), [""]);
    }
}
