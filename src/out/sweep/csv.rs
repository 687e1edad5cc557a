//! `sweep.csv`: a row for each point.

use super::super::csv::{cell, guarded, written};
use crate::analysis::{SweepLevel, SweepSummary};

/// One row for each point, in their order: the varied values by their paths, then each measure by its name: mean, and
/// the ends of its interval (times in seconds). Where the points are ranked, `rank` (1 is the best) comes last; those
/// that cannot be told apart share theirs, and so do those that fell out together.
pub fn sweep_csv(summary: &SweepSummary) -> String {
    let mut head: Vec<String> = summary.factors.iter().map(|factor| guarded(&factor.path)).collect();
    for measure in &summary.measures {
        head.extend(["mean", "lo", "hi"].map(|end| guarded(&format!("{} {end}", measure.name))));
    }
    let ranks = ranks(summary);
    head.extend(ranks.as_ref().map(|_| "rank".to_owned()));
    let mut rows = vec![head];
    for (idx, point) in summary.points.iter().enumerate() {
        let mut row: Vec<String> = point.levels.iter().map(level).collect();
        for finding in &point.findings {
            let estimate = finding.estimate;
            let interval = estimate.and_then(|estimate| estimate.interval);
            row.push(cell(estimate.map(|estimate| estimate.mean)));
            row.push(cell(interval.map(|(lo, _)| lo)));
            row.push(cell(interval.map(|(_, hi)| hi)));
        }
        row.extend(ranks.as_ref().map(|ranks| ranks[idx].to_string()));
        rows.push(row);
    }
    written(&rows)
}

/// The rank of every point.
pub(super) fn ranks(summary: &SweepSummary) -> Option<Vec<usize>> {
    let ranking = summary.ranking.as_ref()?;
    let mut ranks = vec![0; summary.points.len()];
    for &point in &ranking.remaining {
        ranks[point] = 1;
    }
    let mut next = ranking.remaining.len() + 1;
    for list in [&ranking.eliminated, &ranking.dropped] {
        let mut from = next;
        let mut after = None;
        for &(point, fell) in list.iter().rev() {
            if after != Some(fell) {
                (from, after) = (next, Some(fell));
            }
            ranks[point] = from;
            next += 1;
        }
    }
    Some(ranks)
}

/// A number stays one; a text must not be taken for a formula.
fn level(level: &SweepLevel) -> String {
    if level.label.parse::<f64>().is_ok() { level.label.clone() } else { guarded(&level.label) }
}
