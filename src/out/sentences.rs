//! The answers in sentences, for whoever reads only the top of the page.

use super::words;
use crate::analysis::{Band, Estimate, StageSummary, Summary, TargetSummary, Verdict};

/// Whether the targets were met, all in one sentence.
pub(super) fn headline(summary: &Summary) -> String {
    let total = summary.targets.len();
    let having = |verdict| summary.targets.iter().filter(|target| target.verdict == verdict).count();
    let (met, missed, unclear) =
        (having(Verdict::Met), having(Verdict::Missed), having(Verdict::Inconclusive));
    if total == 0 {
        return "The scenario sets no target.".to_owned();
    }
    if total == 1 {
        return match summary.targets[0].verdict {
            Verdict::Met => "The target is met.",
            Verdict::Missed => "The target is missed.",
            Verdict::Inconclusive => "Whether the target is met cannot be told.",
        }
        .to_owned();
    }
    for (count, all) in [(met, "met"), (missed, "missed")] {
        if count == total {
            return format!("All {total} targets are {all}.");
        }
    }
    let parts = [(met, "met"), (missed, "missed"), (unclear, "too uncertain to tell")];
    let said = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| {
        let verb = if *count == 1 { "is" } else { "are" };
        format!("{count} {verb} {what}")
    });
    format!("Of {total} targets, {}.", joined(&said.collect::<Vec<_>>()))
}

/// What was found about a target, and what it means.
pub(super) fn target(target: &TargetSummary) -> String {
    let Some(share) = told(target.share_on_time.as_ref()) else {
        return format!("No case came under {}: nothing can be told.", target.name);
    };
    let goal = words::goal(target.goal);
    let decimals = words::share_decimals(share, Some(target.goal));
    let found = format!(
        "{} of its {} were on time, within {} {}",
        words::percent_with(share.mean, decimals),
        words::counted(target.count.mean, "case"),
        words::duration(target.within),
        words::clock(&target.clock),
    );
    let interval = match share.interval {
        Some((lo, hi)) => {
            let end = |share: f64| words::percent_with(share.clamp(0.0, 1.0), decimals);
            format!(" (95 % interval: {} to {})", end(lo), end(hi))
        }
        None => " (a single replication: no interval)".to_owned(),
    };
    let verdict = match (target.verdict, share.interval) {
        (Verdict::Met, _) => format!("the goal of {goal} is met"),
        (Verdict::Missed, _) => format!("the goal of {goal} is missed"),
        (Verdict::Inconclusive, Some(_)) => {
            format!(
                "the goal of {goal} lies inside the interval, so it cannot be told; more replications would narrow it"
            )
        }
        (Verdict::Inconclusive, None) => format!("whether the goal of {goal} is met cannot be told"),
    };
    format!("{found}{interval}: {verdict}.")
}

/// What was simulated.
pub(super) fn simulated(summary: &Summary) -> String {
    let warm_up = if summary.warm_up > 0.0 {
        format!(", after {} of warm-up", words::length(summary.warm_up))
    } else {
        String::new()
    };
    format!(
        "{} in {}{warm_up}; {}, seed {}.",
        words::counted(summary.reports.mean, "report"),
        words::length((summary.duration - summary.warm_up).max(0.0)),
        words::counted(summary.replications as f64, "replication"),
        summary.seed,
    )
}

/// Where and when the most cases waited; none where nobody ever does.
pub(super) fn worst_queue(summary: &Summary) -> Option<String> {
    let (stage, bucket, waiting) = peak(&summary.stages, &summary.series.waiting)?;
    let label = summary
        .series
        .labels
        .get(bucket)
        .map_or_else(String::new, |label| format!(", around {}", words::moment(label)));
    let wait = told(stage.waiting_time.p95.as_ref())
        .map(|p95| {
            format!(
                " Over the whole run, 95 % of the cases there waited at most {}.",
                words::duration(p95.mean)
            )
        })
        .unwrap_or_default();
    Some(format!(
        "The longest queue is at {}: {} waiting{label} ({} to {} in nine replications of ten).{wait}",
        stage.name,
        words::counted(waiting.mean, "case"),
        words::count(waiting.lo),
        words::count(waiting.hi),
    ))
}

/// Who was the busiest.
pub(super) fn busiest_team(summary: &Summary) -> Option<String> {
    let busy = summary.teams.iter().filter_map(|team| Some((team, told(team.utilization.as_ref())?)));
    let (team, utilization) = busy.max_by(|a, b| a.1.mean.total_cmp(&b.1.mean))?;
    Some(format!(
        "The busiest team is {}: at work for {} of its staffed time.",
        team.name,
        words::percent_with_interval(Some(utilization)),
    ))
}

fn peak<'a>(stages: &'a [StageSummary], waiting: &[Vec<Band>]) -> Option<(&'a StageSummary, usize, Band)> {
    let all = stages.iter().zip(waiting).flat_map(|(stage, bands)| {
        bands.iter().enumerate().map(move |(bucket, band)| (stage, bucket, *band))
    });
    all.filter(|(.., band)| band.mean >= 1.0).max_by(|a, b| a.2.mean.total_cmp(&b.2.mean).then(b.1.cmp(&a.1)))
}

fn told(estimate: Option<&Estimate>) -> Option<&Estimate> {
    estimate.filter(|estimate| estimate.mean.is_finite())
}

/// `a`, `a and b`, `a, b and c`.
fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [firsts @ .., last] => format!("{} and {last}", firsts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{empty_summary, sample_summary, single_replication};
    use super::*;

    #[test]
    fn the_answer_comes_in_sentences() {
        let summary = sample_summary();
        assert_eq!(headline(&summary), "Of 3 targets, 1 is met, 1 is missed and 1 is too uncertain to tell.");
        let said: Vec<String> = summary.targets.iter().map(target).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        54.3 % of its 3,120 cases were on time, within 1h from sent to removed (95 % interval: 53.7 % to 55.0 %): the goal of 95 % is missed.
        90.2 % of its 3,120 cases were on time, within 1d from sent to ended (95 % interval: 89.1 % to 91.3 %): the goal of 90 % lies inside the interval, so it cannot be told; more replications would narrow it.
        93.1 % of its 3,120 cases were on time, within 1d from sent to starts triage (95 % interval: 92.0 % to 94.2 %): the goal of 80 % is met.
        "#);
        insta::assert_snapshot!(simulated(&summary), @"31,480 reports in 19 days, after 2 days of warm-up; 20 replications, seed 1.");
        insta::assert_snapshot!(worst_queue(&summary).unwrap(), @"The longest queue is at triage: 1,026 cases waiting, around 9 Jan 2015, 07:00 (901 to 1,151 in nine replications of ten). Over the whole run, 95 % of the cases there waited at most 8h 53min.");
        insta::assert_snapshot!(busiest_team(&summary).unwrap(), @"The busiest team is pharos: at work for 87.1 % (86.2–88.0) of its staffed time.");
    }

    #[test]
    fn little_to_say_is_said_too() {
        let empty = empty_summary();
        assert_eq!(headline(&empty), "The scenario sets no target.");
        assert!(worst_queue(&empty).is_none() && busiest_team(&empty).is_none());
        let mut single = single_replication();
        assert!(target(&single.targets[0]).contains("a single replication: no interval"));
        single.targets[0].share_on_time = None;
        assert_eq!(target(&single.targets[0]), "No case came under 1 h for terrorism: nothing can be told.");
        single.targets.truncate(1);
        assert_eq!(headline(&single), "Whether the target is met cannot be told.");
    }
}
