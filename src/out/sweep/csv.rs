//! `sweep.csv`: a row for each point.

use super::super::csv::{cell, guarded, written};
use super::standing_name;
use crate::analysis::{SweepLevel, SweepSummary};

/// One row for each point, in their order: the varied values by their paths, then each measure by its name: mean, and
/// the ends of its interval (times in seconds). Where the points are ranked, `standing` comes last: `best`, `may be
/// best`, `set aside`, or `dropped` (without proof), and `after`, the replications after which that was so.
pub fn sweep_csv(summary: &SweepSummary) -> String {
    let mut head: Vec<String> = summary.factors.iter().map(|factor| guarded(&factor.path)).collect();
    for measure in &summary.measures {
        head.extend(["mean", "lo", "hi"].map(|end| guarded(&format!("{} {end}", measure.name))));
    }
    let standings = summary.standings();
    head.extend(standings.iter().flat_map(|_| ["standing".to_owned(), "after".to_owned()]));
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
        if let Some(standings) = &standings {
            let (standing, after) = standing_name(standings[idx]);
            row.extend([standing.to_owned(), after.map_or(String::new(), |after| after.to_string())]);
        }
        rows.push(row);
    }
    written(&rows)
}

/// A number stays one; a text must not be taken for a formula.
fn level(level: &SweepLevel) -> String {
    if level.label.parse::<f64>().is_ok() { level.label.clone() } else { guarded(&level.label) }
}
