//! The answers in sentences, for whoever reads only the top of the page.

use super::words;
use crate::analysis::{Estimate, StageSummary, Summary, TargetSummary, Verdict};

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
    let cases = if words::is_small_mean(&target.count) {
        let mean = words::count(words::whole_from_ten(target.count.mean));
        format!("cases (on average {mean} a replication)")
    } else {
        words::counted(target.count.mean, "case")
    };
    let found = format!(
        "{} of its {cases} were on time, within {} {}",
        words::percent_with(share.mean, decimals),
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
        words::counted_on_average(&summary.reports, "report"),
        words::length((summary.duration - summary.warm_up).max(0.0)),
        words::counted(summary.replications as f64, "replication"),
        summary.seed,
    )
}

/// Where and when the most cases waited at once, by the mean of the replications' maxima as in the table of stages;
/// none where nobody ever waits.
pub(super) fn worst_queue(summary: &Summary) -> Option<String> {
    let longest = |stage: &StageSummary| told(stage.queue_length_max.as_ref()).copied();
    let queues =
        summary.stages.iter().enumerate().filter_map(|(idx, stage)| Some((idx, stage, longest(stage)?)));
    let (idx, stage, queue) = queues
        .filter(|(.., queue)| queue.mean > 0.0)
        .max_by(|a, b| a.2.mean.total_cmp(&b.2.mean).then(b.0.cmp(&a.0)))?;
    let moment = busiest_moment(summary, idx)
        .map(|label| format!(" On average over the replications, most wait around {label}."))
        .unwrap_or_default();
    let wait = told(stage.waiting_time.p95.as_ref())
        .map(|p95| {
            format!(
                " Over the whole run, 95 % of the cases there waited at most {}.",
                words::duration(p95.mean)
            )
        })
        .unwrap_or_default();
    let of = if queue.n > 1 { " (the mean over the replications of the most at once)" } else { "" };
    Some(format!(
        "The longest queue is at {}: {} cases waiting{of}.{moment}{wait}",
        stage.name,
        words::count_with_interval(Some(&queue)),
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

/// When the mean number waiting at a stage is the largest, after the warm-up as the maxima are.
fn busiest_moment(summary: &Summary, stage: usize) -> Option<String> {
    let series = &summary.series;
    let bands = series.waiting.get(stage)?.iter().zip(&series.labels);
    let starts = |bucket: usize| bucket as f64 * series.bucket;
    bands
        .enumerate()
        .filter(|(bucket, (band, _))| starts(*bucket) >= summary.warm_up && band.mean > 0.0)
        .max_by(|(a, (one, _)), (b, (other, _))| one.mean.total_cmp(&other.mean).then(b.cmp(a)))
        .map(|(_, (_, label))| words::moment(label))
}

fn told(estimate: Option<&Estimate>) -> Option<&Estimate> {
    estimate.filter(|estimate| estimate.mean.is_finite())
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn joined(parts: &[String]) -> String {
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
        insta::assert_snapshot!(worst_queue(&summary).unwrap(), @"The longest queue is at triage: 1,310 (1,192–1,428) cases waiting (the mean over the replications of the most at once). On average over the replications, most wait around 9 Jan 2015, 07:00. Over the whole run, 95 % of the cases there waited at most 8h 53min.");
        insta::assert_snapshot!(busiest_team(&summary).unwrap(), @"The busiest team is pharos: at work for 87.1 % (86.2–88.0) of its staffed time.");
    }

    #[test]
    fn the_sentence_and_the_table_say_one_longest_queue() {
        let mut summary = sample_summary();
        // the curve of the mean is higher at another stage, and its peak lies in the warm-up
        summary.series.waiting[1][3].mean = 9_000.0;
        summary.stages[1].queue_length_max.as_mut().unwrap().mean = 1_400.0;
        let said = worst_queue(&summary).unwrap();
        let stages = super::super::tables::all(&summary).into_iter().find(|t| t.title == "Where cases wait");
        let table = stages.unwrap();
        let column = table.head.iter().position(|head| *head == "longest queue").unwrap();
        assert!(
            said.starts_with(&format!("The longest queue is at legal_review: {}", table.rows[1][column]))
        );
        assert!(said.contains("around 9 Jan 2015, 07:00."), "{said}");
    }

    #[test]
    fn little_to_say_is_said_too() {
        let empty = empty_summary();
        assert_eq!(headline(&empty), "The scenario sets no target.");
        assert!(worst_queue(&empty).is_none() && busiest_team(&empty).is_none());
        let mut quiet = sample_summary();
        quiet.stages.iter_mut().for_each(|stage| stage.queue_length_max = None);
        assert!(worst_queue(&quiet).is_none());
        let mut rare = sample_summary();
        rare.targets[0].count.mean = 35.7;
        assert!(
            target(&rare.targets[0])
                .starts_with("54.3 % of its cases (on average 36 a replication) were on time, within 1h")
        );
        let mut single = single_replication();
        assert!(target(&single.targets[0]).contains("a single replication: no interval"));
        single.targets[0].share_on_time = None;
        assert_eq!(target(&single.targets[0]), "No case came under 1 h for terrorism: nothing can be told.");
        single.targets.truncate(1);
        assert_eq!(headline(&single), "Whether the target is met cannot be told.");
    }
}
