//! The tables of a summary, once for the terminal and the page.

use super::words::{self, UNKNOWN};
use crate::analysis::{ClassSummary, DelaySummary, Estimate, Peaks, Summary};

/// A table: the first column holds names, the others numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// What it shows.
    pub(super) title: String,
    /// How to read it.
    pub(super) note: String,
    /// Heads of the columns.
    pub(super) head: Vec<String>,
    /// Rows, each as long as the head.
    pub(super) rows: Vec<Vec<String>>,
    /// What the words in it mean; nothing where they are plain.
    pub(super) legend: String,
}

/// Head of the columns that go where there is no room for them: their left neighbors tell the same in other words.
pub(super) const SHARE: &str = "share";

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
        title: "How many reports come".into(),
        note: "busiest: the most in a calendar day, and in 7 days in a row".into(),
        head: owned(&["class", "reports", "busiest day", "busiest 7 days"]),
        rows,
        legend: String::new(),
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
        title: "How long until a decision".into(),
        note: "from sent to removed, restricted or kept".into(),
        head: owned(&["class", "half within", "95 % within"]),
        rows: summary.classes.iter().map(row).collect(),
        legend: String::new(),
    }
}

fn outcomes(summary: &Summary) -> Table {
    const MEANINGS: [(&str, &str); 6] = [
        ("removed", "taken down"),
        ("restricted", "left up, shown to fewer"),
        ("kept", "examined and left"),
        ("expired", "a legal deadline ran out"),
        ("unanswered", "nobody ever decided"),
        ("withdrawn", "gave up waiting"),
    ];
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
        title: "How cases end".into(),
        note: "shares of the cases that ended; counts with intervals are in summary.json".into(),
        head: std::iter::once("class").chain(seen.iter().copied()).map(str::to_owned).collect(),
        rows: if seen.is_empty() { Vec::new() } else { summary.classes.iter().map(row).collect() },
        legend: explained(&MEANINGS, &seen),
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
    const MEANINGS: [(&str, &str); 5] = [
        ("detection", "until somebody reports it"),
        ("intake", "from the report to the first queue"),
        ("waiting", "in queues"),
        ("handling", "in people's hands"),
        ("propagation", "in channels and at platforms"),
    ];
    // what takes no time anywhere is not shown
    let takes_time = |estimate: Option<&Estimate>| estimate.is_some_and(|e| words::duration(e.mean) != "0s");
    let known: Vec<&(&str, Delay)> = DELAYS
        .iter()
        .filter(|(_, of)| summary.classes.iter().any(|class| takes_time(of(&class.delay))))
        .collect();
    let names: Vec<&'static str> = known.iter().map(|(name, _)| *name).collect();
    let row = |class: &ClassSummary| {
        let mean = |(_, of): &&(&str, Delay)| {
            of(&class.delay).map_or(UNKNOWN.to_owned(), |e| words::duration(e.mean))
        };
        std::iter::once(class.name.clone()).chain(known.iter().map(mean)).collect()
    };
    Table {
        title: "Where the time goes".into(),
        note: "means over decided cases; intervals are in summary.json".into(),
        rows: if known.is_empty() { Vec::new() } else { summary.classes.iter().map(row).collect() },
        legend: explained(&MEANINGS, &names),
        head: std::iter::once("class").chain(names).map(str::to_owned).collect(),
    }
}

fn stages(summary: &Summary) -> Table {
    let mut head = vec!["stage", "average wait", "half within", "95 % within", "longest queue"];
    let gave_up = summary.stages.iter().any(|stage| stage.reneged.mean > 0.0);
    let no_room = summary.stages.iter().any(|stage| stage.blocked.mean > 0.0);
    for (_, name) in [(gave_up, "gave up"), (no_room, "no room")].into_iter().filter(|(occurs, _)| *occurs) {
        head.extend([name, SHARE]);
    }
    let row = |stage: &crate::analysis::StageSummary| {
        let wait = &stage.waiting_time;
        let mut row = vec![
            stage.name.clone(),
            words::duration_with_interval(wait.mean.as_ref()),
            words::duration_with_interval(wait.p50.as_ref()),
            words::duration_with_interval(wait.p95.as_ref()),
            words::count_with_interval(stage.queue_length_max.as_ref()),
        ];
        for (_, count) in
            [(gave_up, &stage.reneged), (no_room, &stage.blocked)].into_iter().filter(|(occurs, _)| *occurs)
        {
            let share = count.mean / stage.arrivals.mean;
            row.push(words::count_with_interval(Some(count)));
            row.push(if stage.arrivals.mean > 0.0 { words::percent(share) } else { UNKNOWN.to_owned() });
        }
        row
    };
    let mut meanings = vec![("longest queue", "the most cases waiting at once, mean over the replications")];
    meanings.extend(gave_up.then_some(("gave up", "left the queue before anybody came to them")));
    meanings.extend(no_room.then_some(("no room", "found the queue full")));
    meanings.extend((gave_up || no_room).then_some((SHARE, "of the cases that arrived")));
    Table {
        title: "Where cases wait".into(),
        note: "time in the queue".into(),
        legend: explained(&meanings, &head),
        rows: summary.stages.iter().map(row).collect(),
        head: owned(&head),
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
        title: "Who works".into(),
        note: "busy: share of the time on duty spent working".into(),
        head: owned(&head),
        rows: summary.teams.iter().map(row).collect(),
        legend: String::new(),
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
        title: "How platforms answer".into(),
        note: "time to answer, over the cases that were answered".into(),
        head: owned(&["platform", "answered", "half within", "95 % within"]),
        rows: summary.platforms.iter().map(row).collect(),
        legend: String::new(),
    }
}

/// Heads of columns.
pub(super) fn owned(head: &[&str]) -> Vec<String> {
    head.iter().map(|&head| head.to_owned()).collect()
}

/// The meanings of the words that occur: `kept: examined and left; unanswered: nobody ever decided`.
fn explained(meanings: &[(&str, &str)], occurring: &[&str]) -> String {
    let said = meanings.iter().filter(|(word, _)| occurring.contains(word));
    said.map(|(word, meaning)| format!("{word}: {meaning}")).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample_summary;
    use super::*;

    fn table(summary: &Summary, title: &str) -> Table {
        all(summary).into_iter().find(|table| table.title == title).unwrap()
    }

    #[test]
    fn delays_that_are_nothing_everywhere_are_not_shown() {
        let mut summary = sample_summary();
        let nothing = Estimate { mean: 0.0, interval: Some((0.0, 0.0)), n: 20 };
        summary.classes.iter_mut().for_each(|class| class.delay.intake = Some(nothing));
        let delays = table(&summary, "Where the time goes");
        assert_eq!(delays.head, ["class", "waiting", "handling", "propagation"]);
        assert!(delays.legend.starts_with("waiting: in queues; handling: ") && delays.rows[0].len() == 4);
        summary.classes[2].delay.intake = Some(Estimate { mean: 60.0, ..nothing });
        let delays = table(&summary, "Where the time goes");
        assert_eq!(delays.head[1], "intake");
        assert_eq!([&delays.rows[1][1], &delays.rows[2][1]], ["0s", "1min"]);
    }

    #[test]
    fn outcomes_are_explained_where_they_occur() {
        let mut summary = sample_summary();
        for class in &mut summary.classes {
            class.outcomes.retain(|(name, _)| ["kept", "unanswered"].contains(name));
        }
        assert_eq!(
            table(&summary, "How cases end").legend,
            "kept: examined and left; unanswered: nobody ever decided"
        );
    }

    #[test]
    fn who_left_the_queue_is_a_share_of_who_came() {
        let mut summary = sample_summary();
        summary.stages[0].reneged = Estimate { mean: 1_425.0, interval: None, n: 1 };
        summary.stages[1].arrivals.mean = 0.0;
        let stages = table(&summary, "Where cases wait");
        assert_eq!(stages.head[5..], ["gave up", SHARE]);
        assert_eq!(stages.rows[0][5..], ["1,425", "10.0 %"]);
        assert_eq!(stages.rows[1][5..], ["0", UNKNOWN]);
        assert_eq!(stages.rows[2][5..], ["0", "0.0 %"]);
    }
}
