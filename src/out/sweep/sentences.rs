//! What a sweep found, in sentences.

use super::super::sentences::joined;
use super::super::words;
use super::{changes, shown, shown_alone};
use crate::analysis::{Better, Stretch, SweepRanking, SweepSummary, Unit, Verdict};

/// More lines of points than this are counted, not told one by one.
const MOST_LINES: usize = 6;

/// What was varied, and how much was simulated.
pub(super) fn swept(summary: &SweepSummary) -> String {
    let how = if summary.is_grid { "all combinations" } else { "a Latin hypercube" };
    let how = if summary.factors.len() > 1 || !summary.is_grid { format!(" ({how})") } else { String::new() };
    format!(
        "{}{how}, {} each, seed {}; {}.",
        words::counted(summary.points.len() as f64, "point"),
        words::counted(summary.replications as f64, "replication"),
        summary.seed,
        if summary.same_reports() {
            "the same reports meet every point"
        } else {
            "the reports differ from point to point"
        },
    )
}

/// A factor and the values it took.
pub(super) fn factor(summary: &SweepSummary, idx: usize) -> String {
    const MOST_VALUES: usize = 8;
    let path = &summary.factors[idx].path;
    let levels = &summary.factors[idx].levels;
    let labels: Vec<&str> = levels.iter().map(|level| level.label.as_str()).collect();
    match labels.as_slice() {
        [] => {
            let numbers = || summary.points.iter().map(|point| &point.levels[idx]);
            let by_number = |a: &&crate::analysis::SweepLevel, b: &&crate::analysis::SweepLevel| {
                a.number.unwrap_or(0.0).total_cmp(&b.number.unwrap_or(0.0))
            };
            match (numbers().min_by(by_number), numbers().max_by(by_number)) {
                (Some(least), Some(most)) if least.number.is_some() => {
                    format!("{path}: drawn between {} and {}", least.label, most.label)
                }
                _ => format!("{path}: drawn among those given"),
            }
        }
        few if few.len() <= MOST_VALUES => format!("{path}: {}", few.join(", ")),
        [first, second, .., last] => {
            format!("{path}: {first}, {second}, … {last} ({} values)", grouped(labels.len()))
        }
        // few, as above
        _ => format!("{path}: {}", labels.join(", ")),
    }
}

/// How many targets are met where; or the best point, where that was asked.
pub(in super::super) fn headline(summary: &SweepSummary) -> String {
    if let Some(best) = best(summary) {
        return best;
    }
    let targets: Vec<usize> =
        (0..summary.measures.len()).filter(|&idx| summary.measures[idx].is_target).collect();
    if targets.is_empty() {
        return "The scenario sets no target.".to_owned();
    }
    let everywhere = |verdict| targets.iter().filter(|&&idx| uniform(summary, idx) == Some(verdict)).count();
    let is_met_somewhere =
        |idx: usize| summary.points.iter().any(|point| point.findings[idx].verdict() == Some(Verdict::Met));
    let (some, never): (Vec<usize>, Vec<usize>) =
        targets.iter().filter(|&&idx| changes(summary, idx)).partition(|&&idx| is_met_somewhere(idx));
    let parts = [
        (some.len(), "met at some points and not at others"),
        (everywhere(Verdict::Met), "met at every point"),
        (everywhere(Verdict::Missed), "missed at every point"),
        (never.len(), "missed at some points and too uncertain to tell at others"),
        (everywhere(Verdict::Inconclusive), "too uncertain to tell at any point"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {} {what}", if *count == 1 { "is" } else { "are" }))
        .collect();
    if let [(n, what)] = parts.iter().filter(|(count, _)| *count > 0).collect::<Vec<_>>().as_slice()
        && *n == targets.len()
    {
        return match n {
            1 => format!("The target is {what}."),
            2 => format!("Both targets are {what}."),
            n => format!("All {n} targets are {what}."),
        };
    }
    format!("Of {}, {}.", words::counted(targets.len() as f64, "target"), joined(&said))
}

/// A count, thousands apart.
fn grouped(count: usize) -> String {
    words::count(count as f64)
}

/// The verdict that a target has at every point.
pub(super) fn uniform(summary: &SweepSummary, measure: usize) -> Option<Verdict> {
    let mut verdicts = summary.points.iter().map(|point| point.findings[measure].verdict());
    let first = verdicts.next().flatten()?;
    verdicts.all(|verdict| verdict == Some(first)).then_some(first)
}

/// The factor along which points are lined up: that of numbers with the most of them; none where the points are drawn,
/// or the lines would be many.
pub(in super::super) fn along(summary: &SweepSummary) -> Option<usize> {
    let numeric = |&idx: &usize| {
        let factor = &summary.factors[idx];
        factor.levels.len() > 1 && factor.is_numeric(&summary.points, idx)
    };
    let candidates = (0..summary.factors.len()).filter(numeric);
    let best = candidates.max_by_key(|&idx| (summary.factors[idx].levels.len(), std::cmp::Reverse(idx)))?;
    (summary.is_grid && summary.lines(best).len() <= MOST_LINES).then_some(best)
}

/// Where a target begins to be met: a sentence for each line of points.
pub(super) fn target(summary: &SweepSummary, measure: usize) -> Vec<String> {
    let name = &summary.measures[measure].title;
    if let Some(verdict) = uniform(summary, measure) {
        return vec![everywhere(summary, measure, verdict)];
    }
    if let Some(along) = along(summary) {
        return along_lines(summary, measure, along);
    }
    let at = |verdict| -> Vec<usize> {
        let of = |point: &usize| summary.points[*point].findings[measure].verdict() == Some(verdict);
        summary.order().into_iter().filter(of).collect()
    };
    let (met, missed, unclear) = (at(Verdict::Met), at(Verdict::Missed), at(Verdict::Inconclusive));
    let counts = [(met.len(), "met"), (missed.len(), "missed"), (unclear.len(), "too uncertain to tell")];
    let said: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{what} at {}", grouped(*n))).collect();
    let example = met.first().map(|&point| format!(" It is met for example at {}.", label(summary, point)));
    vec![format!(
        "Of {} points, `{name}` is {}.{}",
        grouped(summary.points.len()),
        joined(&said),
        example.unwrap_or_default()
    )]
}

/// A sentence for each course that a target takes along a factor, with the combinations of the others that take it.
fn along_lines(summary: &SweepSummary, measure: usize, along: usize) -> Vec<String> {
    let name = &summary.measures[measure].title;
    let lines = summary.lines(along);
    let mut courses: Vec<(String, Vec<String>)> = Vec::new();
    for line in &lines {
        let Some(stretches) = summary.stretches(measure, line) else { continue };
        let (told, with) = (course(summary, (along, line), &stretches), others(summary, along, line[0]));
        match courses.iter_mut().find(|(known, _)| *known == told) {
            Some((_, combinations)) => combinations.push(with),
            None => courses.push((told, vec![with])),
        }
    }
    match courses.as_slice() {
        [(only, _)] if lines.len() == 1 => vec![format!("`{name}` {only}.")],
        [(only, _)] => vec![format!("`{name}` {only}, whatever the rest is.")],
        several => {
            let told = |(told, with): &(String, Vec<String>)| {
                format!("With {}, `{name}` {told}.", with.join(", or with "))
            };
            several.iter().map(told).collect()
        }
    }
}

/// A verdict that holds at every point, and how far from the goal the best is.
fn everywhere(summary: &SweepSummary, measure: usize, verdict: Verdict) -> String {
    let name = &summary.measures[measure].title;
    let n = grouped(summary.points.len());
    let mean = |point: usize| summary.points[point].findings[measure].estimate.map(|estimate| estimate.mean);
    let of = |point: &usize| mean(*point).map(|mean| (*point, mean));
    let found = |(point, _): (usize, f64)| {
        shown(&summary.measures[measure], &summary.points[point].findings[measure])
    };
    let goal = |(point, _): (usize, f64)| {
        summary.points[point].findings[measure].goal.map(words::goal).unwrap_or_default()
    };
    let order = summary.order();
    let means = || order.iter().filter_map(of);
    match verdict {
        Verdict::Met => {
            let worst = means().min_by(|a, b| a.1.total_cmp(&b.1));
            let worst =
                worst.map(|worst| format!(": at worst {} on time, goal {}", found(worst), goal(worst)));
            format!("`{name}` is met at all {n} points{}.", worst.unwrap_or_default())
        }
        Verdict::Missed if !summary.reacts(measure) => {
            let range = range(summary, measure).map(|range| format!(": {range}"));
            format!("`{name}` is missed at all {n} points{}.", range.unwrap_or_default())
        }
        Verdict::Missed => {
            let best = means().max_by(|a, b| a.1.total_cmp(&b.1));
            let best = best.map(|best| {
                format!(
                    ": at best {} on time, at {}, goal {}",
                    found(best),
                    label(summary, best.0),
                    goal(best)
                )
            });
            format!("`{name}` is missed at all {n} points{}.", best.unwrap_or_default())
        }
        Verdict::Inconclusive => format!("Whether `{name}` is met cannot be told at any of the {n} points."),
    }
}

/// The smallest and the largest estimate of a target over the points, and the goal: what chance had to do with it is not
/// said, since the points meet the same chance.
fn range(summary: &SweepSummary, measure: usize) -> Option<String> {
    const MOST_DECIMALS: usize = 3;
    let findings = || summary.points.iter().map(|point| &point.findings[measure]);
    let (lo, hi) = summary.spread(measure)?;
    let goals = || findings().filter_map(|finding| finding.goal);
    let (least, most) = (goals().reduce(f64::min)?, goals().reduce(f64::max)?);
    let goal = if least.to_bits() == most.to_bits() {
        words::goal(least)
    } else {
        format!("{} to {}", words::goal(least), words::goal(most))
    };
    if lo.to_bits() == hi.to_bits() {
        let any = findings().find(|finding| finding.estimate.is_some())?;
        let told = shown(&summary.measures[measure], any);
        return Some(format!("{told} on time, the same at every point, goal {goal}"));
    }
    let estimates = || findings().filter_map(|finding| Some((finding.estimate?, finding.goal)));
    let fewest = estimates().map(|(found, goal)| words::share_decimals(&found, goal)).max().unwrap_or(1);
    let told = |decimals: usize| (words::percent_with(lo, decimals), words::percent_with(hi, decimals));
    let decimals = (fewest..=MOST_DECIMALS).find(|&decimals| told(decimals).0 != told(decimals).1);
    let (from, to) = told(decimals.unwrap_or(MOST_DECIMALS));
    Some(format!("{from} to {to} on time over the points, goal {goal}"))
}

/// Where along a line of points a target is met, missed, or cannot be told.
fn course(summary: &SweepSummary, (along, line): (usize, &[usize]), stretches: &[Stretch]) -> String {
    let path = &summary.factors[along].path;
    let label = |at: usize| summary.points[line[at]].levels[along].label.as_str();
    let last = line.len() - 1;
    let span = |stretch: &Stretch, path: &str| match (stretch.first, stretch.last) {
        (first, end) if first == 0 && end == last => "at every value".to_owned(),
        (first, end) if first == end && end < last => format!("at {path}{}", label(first)),
        (0, end) => format!("up to {path}{}", label(end)),
        (first, end) if end == last => format!("from {path}{} on", label(first)),
        (first, end) => format!("from {path}{} to {}", label(first), label(end)),
    };
    let spans = |verdict: Verdict, path: &str| -> Vec<String> {
        let of = stretches.iter().filter(|stretch| stretch.verdict == verdict);
        of.enumerate().map(|(idx, stretch)| span(stretch, if idx == 0 { path } else { "" })).collect()
    };
    let path = format!("{path} = ");
    let met = spans(Verdict::Met, &path);
    let missed = spans(Verdict::Missed, if met.is_empty() { &path } else { "" });
    let unclear = spans(Verdict::Inconclusive, if met.is_empty() && missed.is_empty() { &path } else { "" });
    let mut said = Vec::new();
    if !met.is_empty() {
        said.push(format!("is met {}", joined(&met)));
    } else if !missed.is_empty() {
        said.push(format!("is missed {}", joined(&missed)));
    }
    if !met.is_empty() && !missed.is_empty() {
        said.push(format!("{} it is missed", joined(&missed)));
    }
    if !unclear.is_empty() {
        said.push(format!("{} it cannot be told", joined(&unclear)));
    }
    match said.as_slice() {
        [first] => first.clone(),
        [first, rest @ ..] => format!("{first}; {}", rest.join(", ")),
        [] => String::new(),
    }
}

/// A point in words: `team.desk.staff = 3 and stage.triage.discipline = fifo`.
pub(super) fn label(summary: &SweepSummary, point: usize) -> String {
    let levels = &summary.points[point].levels;
    let named: Vec<String> = summary
        .factors
        .iter()
        .zip(levels)
        .map(|(factor, level)| format!("{} = {}", factor.path, level.label))
        .collect();
    joined(&named)
}

/// The levels of a point but one.
fn others(summary: &SweepSummary, along: usize, point: usize) -> String {
    let levels = summary.points[point].levels.iter().enumerate().filter(|(idx, _)| *idx != along);
    let named: Vec<String> =
        levels.map(|(idx, level)| format!("{} = {}", summary.factors[idx].path, level.label)).collect();
    joined(&named)
}

/// Which point is the best, and how sure that is.
fn best(summary: &SweepSummary) -> Option<String> {
    let ranking = summary.ranking.as_ref()?;
    let measure = &summary.measures[ranking.measure];
    // the same number as in the table of points
    let found = |point: usize| shown(measure, &summary.points[point].findings[ranking.measure]);
    let most_or_least = if measure.better == Better::Less { "least" } else { "most" };
    let within = within(summary, ranking);
    let sure = (ranking.confidence * 1e4).round() / 1e2;
    match ranking.remaining.as_slice() {
        [only] if ranking.is_certain => Some(format!(
            "By the {most_or_least} `{}`, the best is {}: {}; {sure} % sure that it is the best{} or within {within} of it.",
            measure.name,
            label(summary, *only),
            found(*only),
            if ranking.dropped.is_empty() { "" } else { " of those that were left after halving" },
        )),
        several => {
            const MOST_NAMED: usize = 6;
            let mut named: Vec<String> = several
                .iter()
                .take(MOST_NAMED)
                .map(|&point| format!("{}: {}", label(summary, point), found(point)))
                .collect();
            if several.len() > MOST_NAMED {
                named.push(format!("{} more", grouped(several.len() - MOST_NAMED)));
            }
            Some(format!(
                "By the {most_or_least} `{}`, these cannot be told apart within the budget of {} replications: {}.",
                measure.name,
                words::count(ranking.budget as f64),
                named.join("; "),
            ))
        }
    }
}

/// What the estimates of ranked points are made from.
pub(super) fn first_replications(summary: &SweepSummary) -> String {
    format!(
        "estimates: over the first {} of each point, while the best is found with more",
        words::counted(summary.replications as f64, "replication")
    )
}

/// The difference that does not matter, in words.
fn within(summary: &SweepSummary, ranking: &SweepRanking) -> String {
    match summary.measures[ranking.measure].unit {
        Unit::Share => {
            let points = ranking.indifference * 100.0;
            let plural = if (points - 1.0).abs() < 1e-9 { "" } else { "s" };
            format!("{} percentage point{plural}", (points * 100.0).round() / 100.0)
        }
        unit => shown_alone(unit, ranking.indifference),
    }
}

/// How the others fell out.
pub(super) fn fallen(summary: &SweepSummary) -> Option<String> {
    let ranking = summary.ranking.as_ref()?;
    let replications = |n: u64| words::counted(n as f64, "replication");
    let mut parts = Vec::new();
    if let (Some(first), Some(last)) = (ranking.eliminated.first(), ranking.eliminated.last()) {
        let n = ranking.eliminated.len();
        let when = if first.1 == last.1 {
            format!("after {}", replications(first.1))
        } else {
            format!("after {} to {}", words::count(first.1 as f64), replications(last.1))
        };
        parts.push(format!(
            "{} other{} set aside {when} each: not better by more than {} (Kim and Nelson's procedure)",
            grouped(n),
            if n == 1 { " was" } else { "s were" },
            within(summary, ranking),
        ));
    }
    if !ranking.dropped.is_empty() {
        parts.push(format!(
            "{} fell out before, by the means of few replications: that stage has no guarantee",
            grouped(ranking.dropped.len())
        ));
    }
    let used = format!("{} were used in all", replications(ranking.observations));
    parts.push(used);
    Some(format!("{}.", parts.join("; ")))
}
