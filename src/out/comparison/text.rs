//! What a comparison prints: the answer first, then what gets better, what gets worse, and what cannot be told.

use super::super::text::{WIDTH, line, total_width, wrapped, write_left_out, write_rows, write_warnings};
use super::super::words;
use super::{having, labels, name_of, sentences, shown, signed};
use crate::analysis::{Change, Compared, Comparison, Estimate, VariantSummary, Verdict};

const LONGEST_NAME: usize = 36;
/// Rows of a table that are shown; the page shows all.
const MOST_ROWS: usize = 12;
const MOST_NEUTRAL_ROWS: usize = 6;
/// With several variants, the tables of each are shorter by so many times.
const SHORTER: usize = 2;

/// The comparison as text for a terminal.
pub fn comparison_text(comparison: &Comparison) -> String {
    let labels = labels(comparison);
    let mut text = String::new();
    let n = comparison.variants.len();
    let with = if n == 1 { "a variant".to_owned() } else { format!("{n} variants") };
    let title = labels::base_title(comparison);
    line(&mut text, &format!("{}, compared with {with}", words::shortened(title, 70)));
    line(&mut text, &sentences::simulated(comparison));
    write_wrapped(&mut text, "", &sentences::brackets(comparison));
    line(&mut text, "");
    for (variant, label) in comparison.variants.iter().zip(&labels) {
        write_wrapped(&mut text, "", &sentences::answer(variant, label));
    }
    write_legend(&mut text, comparison, &labels);
    if n > 1 {
        write_targets(&mut text, comparison, &labels);
    }
    for (variant, label) in comparison.variants.iter().zip(&labels) {
        write_variant(&mut text, variant, label, n > 1);
    }
    line(&mut text, "");
    line(&mut text, "COMMON RANDOM NUMBERS");
    for (variant, label) in comparison.variants.iter().zip(&labels) {
        write_wrapped(&mut text, "  ", &sentences::common_random_numbers(variant, label));
    }
    write_warnings(&mut text, &comparison.warnings);
    text
}

fn write_wrapped(text: &mut String, indent: &str, content: &str) {
    for part in wrapped(content, WIDTH - indent.len(), 2) {
        line(text, &format!("{indent}{part}"));
    }
}

fn write_legend(text: &mut String, comparison: &Comparison, labels: &[String]) {
    line(text, "");
    line(text, "VARIANTS");
    for (idx, label) in labels.iter().enumerate() {
        write_wrapped(text, "  ", &labels::explained(comparison, idx, label));
    }
}

/// The targets of all variants side by side, as many as there is room for.
fn write_targets(text: &mut String, comparison: &Comparison, labels: &[String]) {
    let mut rows = labels::target_rows(comparison, labels);
    if rows.len() < 2 {
        return;
    }
    for row in &mut rows {
        row[0] = words::shortened(&row[0], LONGEST_NAME);
    }
    let n_columns = rows[0].len();
    while total_width(&rows) > WIDTH && rows[0].len() > 3 {
        for row in &mut rows {
            row.pop();
        }
    }
    let left_out = n_columns - rows[0].len();
    let more = if left_out > 0 { format!("; {left_out} more in index.html") } else { String::new() };
    line(text, "");
    line(text, &format!("TARGETS  (share on time{more})"));
    let n_shown = rows.len().min(MOST_ROWS + 1);
    write_rows(text, &rows[..n_shown]);
    write_left_out(text, rows.len() - n_shown);
}

fn write_variant(text: &mut String, variant: &VariantSummary, label: &str, is_one_of_many: bool) {
    let shown = shown(variant);
    let with = if is_one_of_many { format!(" WITH {}", words::shortened(label, 40)) } else { String::new() };
    for (change, title, most) in [
        (Change::Better, "WHAT GETS BETTER", MOST_ROWS),
        (Change::Worse, "WHAT GETS WORSE", MOST_ROWS),
        (Change::Changed, "WHAT CHANGES, NEITHER BETTER NOR WORSE", MOST_NEUTRAL_ROWS),
        (Change::CannotTell, "WHAT CANNOT BE TOLD", MOST_NEUTRAL_ROWS),
    ] {
        let found = having(&shown, change);
        if found.is_empty() {
            continue;
        }
        let most = if is_one_of_many { most / SHORTER } else { most };
        let (rows, lost) = table(&found[..found.len().min(most)]);
        line(text, "");
        line(text, &format!("{title}{with}{lost}"));
        write_rows(text, &rows);
        write_left_out(text, found.len().saturating_sub(most));
    }
    let same = having(&shown, Change::Same).len();
    if same > 0 {
        line(text, "");
        line(text, &format!("THE SAME IN EVERY REPLICATION{with}: {same} of {}", shown.len()));
    }
}

/// Head and rows: what, base, variant, difference. Where they are too wide, the values are told apart less well; what
/// does not fit even so loses its interval, and that is said.
fn table(found: &[&Compared]) -> (Vec<Vec<String>>, &'static str) {
    let head = || ["", "base", "variant", "difference"].map(str::to_owned).to_vec();
    let rows = |pair: fn(&Compared) -> (String, String)| -> Vec<Vec<String>> {
        std::iter::once(head()).chain(found.iter().map(|compared| row(compared, pair(compared)))).collect()
    };
    let mut rows = Some(rows(signed::pair))
        .filter(|rows| total_width(rows) <= WIDTH)
        .unwrap_or_else(|| rows(signed::plain_pair));
    let mut lost = "";
    while total_width(&rows) > WIDTH {
        let widest = |row: &Vec<String>| row.last().map_or(0, |cell| cell.chars().count());
        let Some(cell) = rows.iter_mut().max_by_key(|row| widest(row)).and_then(|row| row.last_mut()) else {
            break;
        };
        let Some(interval) = cell.find(" (") else { break };
        cell.truncate(interval);
        lost = "  (intervals not shown are in index.html)";
    }
    (rows, lost)
}

fn row(compared: &Compared, (before, after): (String, String)) -> Vec<String> {
    let name = words::shortened(&name_of(compared), LONGEST_NAME);
    vec![name, before, after, signed::difference(compared.measure.unit(), compared.difference.as_ref())]
}

/// A share on time and whether that meets the goal: `30.3 % missed`.
pub(super) fn share_and_verdict(share: Option<&Estimate>, goal: f64, verdict: Verdict) -> String {
    let Some(share) = share else { return words::UNKNOWN.to_owned() };
    let decimals = words::share_decimals(share, Some(goal));
    format!("{} {}", words::percent_with(share.mean, decimals), words::verdict(verdict))
}
