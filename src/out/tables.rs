//! The tables of a summary, once for the terminal and the page.

use super::words::{self, UNKNOWN};
use crate::analysis::{ClassSummary, DelaySummary, Estimate, Peaks, Summary};

/// A table: the first column holds names, the others numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// What it shows.
    pub(super) title: &'static str,
    /// How to read it.
    pub(super) note: &'static str,
    /// Heads of the columns.
    pub(super) head: Vec<&'static str>,
    /// Rows, each as long as the head.
    pub(super) rows: Vec<Vec<String>>,
}

/// All tables that have a row, in the order in which a planner asks.
pub(super) fn all(summary: &Summary) -> Vec<Table> {
    let mut tables = vec![
        arrivals(summary),
        response_times(summary),
        outcomes(summary),
        delays(summary),
        stages(summary),
        teams(summary),
        platforms(summary),
    ];
    tables.retain(|table| !table.rows.is_empty());
    tables
}

fn arrivals(summary: &Summary) -> Table {
    let row = |name: &str, reports: &Estimate, peaks: &Peaks| {
        vec![
            name.to_owned(),
            words::count_with_interval(Some(reports)),
            words::count_with_interval(peaks.busiest_day.as_ref()),
            words::count_with_interval(peaks.busiest_week.as_ref()),
        ]
    };
    // the sum comes first, where nothing cuts it off
    let sum = (summary.classes.len() > 1).then(|| row("all", &summary.reports, &summary.peaks));
    let classes = summary.classes.iter().map(|class| row(&class.name, &class.reports, &class.peaks));
    let rows = sum.into_iter().chain(classes).collect();
    Table {
        title: "How many reports come",
        note: "busiest: the most in a calendar day, and in 7 days in a row",
        head: vec!["class", "reports", "busiest day", "busiest 7 days"],
        rows,
    }
}

fn response_times(summary: &Summary) -> Table {
    let row = |class: &ClassSummary| {
        vec![
            class.name.clone(),
            words::duration_with_interval(class.response_time.p50.as_ref()),
            words::duration_with_interval(class.response_time.p95.as_ref()),
        ]
    };
    Table {
        title: "How long until a decision",
        note: "from sent to removed, restricted or kept",
        head: vec!["class", "half within", "95 % within"],
        rows: summary.classes.iter().map(row).collect(),
    }
}

fn outcomes(summary: &Summary) -> Table {
    let is_seen = |name: &str| {
        let of =
            |class: &ClassSummary| class.outcomes.iter().any(|(known, n)| *known == name && n.mean > 0.0);
        summary.classes.iter().any(of)
    };
    let all = summary.classes.first().map_or(&[][..], |class| class.outcomes.as_slice());
    let seen: Vec<&'static str> = all.iter().map(|(name, _)| *name).filter(|name| is_seen(name)).collect();
    let row = |class: &ClassSummary| {
        let total: f64 = class.outcomes.iter().map(|(_, n)| n.mean).sum();
        let share = |name: &&str| {
            let of = class.outcomes.iter().find(|(known, _)| known == name).map_or(0.0, |(_, n)| n.mean);
            if total > 0.0 { words::percent(of / total) } else { UNKNOWN.to_owned() }
        };
        std::iter::once(class.name.clone()).chain(seen.iter().map(share)).collect()
    };
    Table {
        title: "How cases end",
        note: "shares of the cases that ended, from means; counts with intervals are in summary.json",
        head: std::iter::once("class").chain(seen.iter().copied()).collect(),
        rows: if seen.is_empty() { Vec::new() } else { summary.classes.iter().map(row).collect() },
    }
}

fn delays(summary: &Summary) -> Table {
    type Delay = fn(&DelaySummary) -> Option<&Estimate>;
    const DELAYS: [(&str, Delay); 5] = [
        ("detection", |delay| delay.detection.as_ref()),
        ("intake", |delay| delay.intake.as_ref()),
        ("waiting", |delay| delay.waiting.as_ref()),
        ("handling", |delay| delay.handling.as_ref()),
        ("propagation", |delay| delay.propagation.as_ref()),
    ];
    let known: Vec<&(&str, Delay)> = DELAYS
        .iter()
        .filter(|(_, of)| summary.classes.iter().any(|class| of(&class.delay).is_some()))
        .collect();
    let row = |class: &ClassSummary| {
        let mean = |(_, of): &&(&str, Delay)| {
            of(&class.delay).map_or(UNKNOWN.to_owned(), |e| words::duration(e.mean))
        };
        std::iter::once(class.name.clone()).chain(known.iter().map(mean)).collect()
    };
    Table {
        title: "Where the time goes",
        note: "means over decided cases; intervals are in summary.json",
        head: std::iter::once("class").chain(known.iter().map(|(name, _)| *name)).collect(),
        rows: if known.is_empty() { Vec::new() } else { summary.classes.iter().map(row).collect() },
    }
}

fn stages(summary: &Summary) -> Table {
    let mut head = vec!["stage", "wait: half within", "95 % within", "longest queue"];
    let gave_up = summary.stages.iter().any(|stage| stage.reneged.mean > 0.0);
    let no_room = summary.stages.iter().any(|stage| stage.blocked.mean > 0.0);
    head.extend(gave_up.then_some("gave up"));
    head.extend(no_room.then_some("no room"));
    let row = |stage: &crate::analysis::StageSummary| {
        let mut row = vec![
            stage.name.clone(),
            words::duration_with_interval(stage.waiting_time.p50.as_ref()),
            words::duration_with_interval(stage.waiting_time.p95.as_ref()),
            words::count_with_interval(stage.queue_length_max.as_ref()),
        ];
        row.extend(gave_up.then(|| words::count_with_interval(Some(&stage.reneged))));
        row.extend(no_room.then(|| words::count_with_interval(Some(&stage.blocked))));
        row
    };
    Table {
        title: "Where cases wait",
        note: "time in the queue, and the most cases that ever waited at once",
        head,
        rows: summary.stages.iter().map(row).collect(),
    }
}

fn teams(summary: &Summary) -> Table {
    let costs = summary.teams.iter().any(|team| team.cost.is_some());
    let mut head = vec!["team", "busy", "hours on duty"];
    head.extend(costs.then_some("cost"));
    let row = |team: &crate::analysis::TeamSummary| {
        let mut row = vec![
            team.name.clone(),
            words::percent_with_interval(team.utilization.as_ref()),
            words::count_with_interval(Some(&team.staff_hours)),
        ];
        row.extend(costs.then(|| words::count_with_interval(team.cost.as_ref())));
        row
    };
    Table {
        title: "Who works",
        note: "busy: share of the time on duty spent working",
        head,
        rows: summary.teams.iter().map(row).collect(),
    }
}

fn platforms(summary: &Summary) -> Table {
    let row = |platform: &crate::analysis::PlatformSummary| {
        vec![
            platform.name.clone(),
            words::percent_with_interval(platform.answered.as_ref()),
            words::duration_with_interval(platform.response_time.p50.as_ref()),
            words::duration_with_interval(platform.response_time.p95.as_ref()),
        ]
    };
    Table {
        title: "How platforms answer",
        note: "time to answer, over the cases that were answered",
        head: vec!["platform", "answered", "half within", "95 % within"],
        rows: summary.platforms.iter().map(row).collect(),
    }
}
