//! What a run prints: the answer first, then who waits and why, in plain words and at most 100 columns.

use super::tables::{self, SHARE, Table};
use super::{sentences, words};
use crate::analysis::{Summary, TargetSummary};

pub(super) const WIDTH: usize = 100;
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
    line(&mut text, "In brackets: the 95 % interval over the replications; none where they all agree.");
    write_targets(&mut text, summary);
    for table in tables::all(summary) {
        write_table(&mut text, &table);
    }
    line(&mut text, "");
    line(
        &mut text,
        &format!(
            "In the system at the end{}: {} cases.",
            if words::is_small_mean(&summary.in_system_at_end) { ", on average" } else { "" },
            words::count_with_interval(Some(&summary.in_system_at_end))
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
    let cases = words::count_with_interval(Some(&target.count));
    line(text, &format!("  {:<12} within {} {clock}; {cases} cases", "", words::duration(target.within)));
}

pub(super) fn write_table(text: &mut String, table: &Table) {
    let mut rows: Vec<Vec<String>> = vec![table.head.clone()];
    rows.extend(table.rows.iter().take(MOST_ROWS).cloned());
    for row in &mut rows {
        row[0] = words::shortened(&row[0], LONGEST_NAME);
    }
    let lost = fit(&mut rows);
    line(text, "");
    for part in wrapped(&format!("{}  ({}{lost})", table.title.to_uppercase(), table.note), WIDTH, 2) {
        line(text, &part);
    }
    write_rows(text, &rows);
    write_left_out(text, table.rows.len().saturating_sub(MOST_ROWS));
    if !table.legend.is_empty() {
        for part in wrapped(&table.legend, WIDTH - 2, 2) {
            line(text, &format!("  {part}"));
        }
    }
}

/// Rows with their columns below one another.
pub(super) fn write_rows(text: &mut String, rows: &[Vec<String>]) {
    let widths = widths(rows);
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        line(text, &format!("  {}", cells.collect::<Vec<_>>().join("  ")));
    }
}

/// What does not fit loses intervals before it loses columns of shares: those of one column if that is enough, otherwise
/// from the left on. Says what was lost.
fn fit(rows: &mut [Vec<String>]) -> &'static str {
    let mut lost = "";
    let without = |rows: &[Vec<String>], column: usize| {
        let mut rows = rows.to_vec();
        rows.iter_mut().skip(1).for_each(|row| drop_interval(&mut row[column]));
        rows
    };
    let n_columns = rows[0].len();
    let enough = (1..n_columns).find(|&column| total_width(&without(rows, column)) <= WIDTH);
    for column in enough.map_or(1..n_columns, |column| column..column + 1) {
        if total_width(rows) > WIDTH {
            rows.clone_from_slice(&without(rows, column));
            lost = "; intervals not shown are in index.html";
        }
    }
    while total_width(rows) > WIDTH {
        let Some(share) = rows[0].iter().rposition(|head| head == SHARE) else { break };
        for row in &mut *rows {
            row.remove(share);
        }
        lost = "; intervals and shares not shown are in index.html";
    }
    lost
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let n_columns = rows.first().map_or(0, Vec::len);
    (0..n_columns)
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect()
}

/// How wide a table of these rows is.
pub(super) fn total_width(rows: &[Vec<String>]) -> usize {
    let widths = widths(rows);
    widths.iter().sum::<usize>() + 2 * widths.len()
}

pub(super) fn drop_interval(cell: &mut String) {
    if let Some(interval) = cell.find(" (") {
        cell.truncate(interval);
    }
}

pub(super) fn write_left_out(text: &mut String, left_out: usize) {
    if left_out > 0 {
        line(text, &format!("  … and {left_out} more in index.html"));
    }
}

pub(super) fn write_warnings(text: &mut String, warnings: &[String]) {
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
        insta::assert_snapshot!(summary_text(&sample_summary()), @r#"
        Paris, January 2015: reports to PHAROS after the attacks
        31,480 reports in 19 days, after 2 days of warm-up; 20 replications, seed 1.
        In brackets: the 95 % interval over the replications; none where they all agree.

        TARGETS  Of 3 targets, 1 is met, 1 is missed and 1 is too uncertain to tell.
          MISSED       1 h for terrorism: 54.3 % (53.7–55.0) on time, goal 95 %
                       within 1h from sent to removed; 3,120 (3,058–3,182) cases
          CANNOT TELL  24 h for child abuse: 90.2 % (89.1–91.3) on time, goal 90 %
                       within 1d from sent to ended; 3,120 (3,058–3,182) cases
          MET          first look within a day: 93.1 % (92.0–94.2) on time, goal 80 %
                       within 1d from sent to starts triage; 3,120 (3,058–3,182) cases

        HOW MANY REPORTS COME (busiest: the most in a calendar day, and in 7 days in a row)
          class        reports                 busiest day          busiest 7 days
          all          31,480 (31,102–31,858)  4,497 (4,407–4,587)  15,740 (15,520–15,960)
          terrorism    12,950 (12,756–13,144)  1,850 (1,813–1,887)  6,475 (6,384–6,566)
          child_abuse  2,010 (1,980–2,040)     287 (281–293)        1,005 (991–1,019)
          fraud        10,220 (10,067–10,373)  1,460 (1,431–1,489)  5,110 (5,038–5,182)
          other        6,300 (6,206–6,394)     900 (882–918)        3,150 (3,106–3,194)

        HOW LONG UNTIL A DECISION (from sent to removed, restricted or kept)
          class        half within                      95 % within
          terrorism    1h 53min (1h 48min–1h 59min)     15h 18min (14h 14min–16h 22min)
          child_abuse  3h 37min (3h 26min–3h 48min)     1d 5h (1d 3h–1d 7h)
          fraud        17h 30min (16h 38min–18h 23min)  5d 22h (5d 12h–6d 8h)
          other        20h 4min (19h 4min–21h 4min)     6d 18h (6d 7h–7d 6h)

        HOW CASES END (shares of the cases that ended; counts with intervals are in summary.json)
          class        removed  kept    expired  unanswered
          terrorism    48.0 %   36.0 %  1.0 %    15.0 %
          child_abuse  48.0 %   36.0 %  1.0 %    15.0 %
          fraud        48.0 %   36.0 %  1.0 %    15.0 %
          other        48.0 %   36.0 %  1.0 %    15.0 %
          removed: taken down; kept: examined and left; expired: a legal deadline ran out; unanswered:
            nobody ever decided

        WHERE THE TIME GOES (means over decided cases; intervals are in summary.json)
          class        intake    waiting    handling  propagation
          terrorism    1min 35s  1h 43min   6min 52s  2h 39min
          child_abuse  1min 35s  3h 16min   6min 52s  5h 5min
          fraud        1min 35s  15h 50min  6min 52s  1d 1h
          other        1min 35s  18h 9min   6min 52s  1d 4h
          intake: from the report to the first queue; waiting: in queues; handling: in people's hands;
            propagation: in channels and at platforms

        WHERE CASES WAIT (time in the queue; intervals not shown are in index.html)
          stage         average wait  half within  95 % within                      longest queue
          triage        2h 37min      1h 6min      8h 53min (8h 15min–9h 30min)     1,310 (1,192–1,428)
          legal_review  38min 20s     16min 6s     2h 10min (2h 1min–2h 19min)      96.0 (87.4–104.6)
          jeuxvideo     10min 40s     4min 29s     36min 16s (33min 44s–38min 48s)  14.0 (12.7–15.3)
          longest queue: the most cases waiting at once, mean over the replications

        WHO WORKS (busy: share of the time on duty spent working)
          team       busy                hours on duty        cost
          pharos     87.1 % (86.2–88.0)  3,402 (3,395–3,409)  119,070 (118,832–119,308)
          jeuxvideo  42.3 % (41.9–42.7)  1,008 (1,006–1,010)  –

        HOW PLATFORMS ANSWER (time to answer, over the cases that were answered)
          platform   answered            half within                      95 % within
          twitter    61.0 % (60.3–61.7)  8h 17min (7h 52min–8h 42min)     2d 19h (2d 14h–3d 0h)
          facebook   83.0 % (82.0–84.0)  3h 44min (3h 33min–3h 55min)     1d 6h (1d 4h–1d 8h)
          youtube    78.0 % (77.1–78.9)  5h 8min (4h 53min–5h 23min)      1d 18h (1d 15h–1d 20h)
          jeuxvideo  97.0 % (95.8–98.2)  36min 24s (34min 35s–38min 13s)  4h 55min (4h 34min–5h 15min)

        In the system at the end: 412 (379–445) cases.

        WARNINGS
          - The warm-up of 2d may be too short: the number waiting at triage still drifts after it (MSER-5
            would leave out 3d 4h).
          - Fraud: 12.4 % of the cases were still open at the end and have no response time.
        "#);
    }

    #[test]
    fn nothing_at_all_is_still_said() {
        insta::assert_snapshot!(summary_text(&empty_summary()), @r#"
        Nothing happens
        0 reports in 0s; 1 replication, seed 7.
        In brackets: the 95 % interval over the replications; none where they all agree.

        TARGETS  The scenario sets no target.

        In the system at the end: 0 cases.
        "#);
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
        assert!(summary_text(&sample_summary()).lines().count() <= 70);
    }

    #[test]
    fn shares_go_before_the_width_does() {
        let mut summary = sample_summary();
        let check = |summary: &Summary, n_shares: usize| {
            let text = summary_text(summary);
            let head = text.lines().find(|line| line.contains("gave up")).unwrap();
            assert_eq!(head.matches(SHARE).count(), n_shares, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        };
        summary.stages[0].reneged.mean = 1_425.0;
        check(&summary, 1);
        summary.stages[0].blocked.mean = 1_425.0;
        check(&summary, 1);
        summary.stages[0].name = "a stage with a name that goes on and on".to_owned();
        check(&summary, 0);
    }

    #[test]
    fn long_texts_wrap_at_words() {
        assert_eq!(wrapped("one two three", 7, 2), ["one two", "  three"]);
        assert_eq!(wrapped("", 7, 2), [""]);
    }
}
