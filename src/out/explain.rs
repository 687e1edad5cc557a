//! What `explain` says before any run: the pipeline as text, and the offered load of every team against its staff.

use std::collections::BTreeMap;

use super::text::{line, wrapped};
use super::words;
use crate::analysis::{NodeKind, OfferedLoad, Overload, PipelineGraph, TeamLoad};
use crate::units::Time;

const WIDTH: usize = 110;
/// A longer run shows its busiest days and a typical week only.
const MOST_DAYS: usize = 35;
const BUSIEST_DAYS: usize = 7;

/// The pipeline and its offered load as text. `labels` are the local times at which the hours of the load begin, such
/// as `2015-01-07T11:00`; where they are missing, days are numbered.
pub fn explain_text(graph: &PipelineGraph, load: &OfferedLoad, labels: &[String]) -> String {
    let labels = HourLabels::new(labels);
    let mut text = String::new();
    write_pipeline(&mut text, graph);
    line(&mut text, "");
    line(&mut text, "OFFERED LOAD  (the work that comes, if nobody waited, against the people on duty)");
    line(&mut text, "  People who may be called in are not counted.");
    line(
        &mut text,
        "  Each cell is an hour: work that comes as a percentage of what the people on duty can do.",
    );
    line(
        &mut text,
        "  `.` no work comes   `!` before a number: more than they can do   `--` work comes, nobody is on duty",
    );
    for (idx, team) in load.teams.iter().enumerate() {
        write_team(&mut text, team, &labels);
        for overload in load.overloads.iter().filter(|overload| overload.team == idx) {
            write_overload(&mut text, overload, &labels);
        }
    }
    if load.teams.is_empty() {
        line(&mut text, "  There is no team.");
    } else if load.overloads.is_empty() {
        line(&mut text, "");
        line(&mut text, "No team falls behind by more than a day and a half of its work.");
    }
    text
}

/// Local times of the hours of a run.
#[derive(Debug)]
pub(super) struct HourLabels<'a>(&'a [String]);

impl<'a> HourLabels<'a> {
    pub(super) fn new(labels: &'a [String]) -> Self {
        Self(labels)
    }

    /// The label of an hour as it is given, or its number in the run.
    pub(super) fn full(&self, hour: usize) -> String {
        match self.0.get(hour) {
            Some(label) => label.clone(),
            None => format!("day {} {:02}:00", hour / 24 + 1, hour % 24),
        }
    }

    /// For people.
    fn moment(&self, hour: usize) -> String {
        words::moment(&self.full(hour))
    }

    /// A time: that of its hour, to the minute.
    fn moment_of(&self, time: Time) -> String {
        let minutes = time.as_micros() / 60_000_000;
        let label = self.full((minutes / 60) as usize);
        let exact = match (label.rfind(':'), minutes % 60) {
            (Some(colon), past) if label.ends_with(":00") => format!("{}:{past:02}", &label[..colon]),
            _ => label,
        };
        words::moment(&exact)
    }

    /// The day an hour belongs to.
    fn day(&self, hour: usize) -> String {
        let label = self.full(hour);
        match words::day_of(&label) {
            Some((_, month, day)) => format!("{}{day:>2} {month}", weekday(&label)),
            None => label.rsplit_once(' ').map_or(label.clone(), |(day, _)| day.to_owned()),
        }
    }

    /// The hour of the day, 0 to 23.
    fn hour_of_day(&self, hour: usize) -> usize {
        let read =
            self.0.get(hour).and_then(|label| words::time_of(label)).and_then(|time| time[..2].parse().ok());
        read.filter(|&read| read < 24).unwrap_or(hour % 24)
    }

    /// Days in order, each with its hours by the hour of the day. (An hour that comes twice when the clocks go back
    /// holds both.)
    fn days(&self, n_hours: usize) -> Vec<Day> {
        let mut days: Vec<Day> = Vec::new();
        let mut current = None;
        for hour in 0..n_hours {
            let date =
                self.full(hour).split(['T']).next().map(str::to_owned).filter(|_| self.0.get(hour).is_some());
            let key = date.unwrap_or_else(|| format!("day {}", hour / 24 + 1));
            if current.as_ref() != Some(&key) {
                days.push(Day { name: self.day(hour), hours: vec![Vec::new(); 24] });
                current = Some(key);
            }
            if let Some(day) = days.last_mut() {
                day.hours[self.hour_of_day(hour)].push(hour);
            }
        }
        days
    }
}

/// A day of the table.
#[derive(Debug, Clone)]
struct Day {
    name: String,
    /// For each hour of the day, the hours of the run.
    hours: Vec<Vec<usize>>,
}

/// The weekday of a label with a space behind, by Sakamoto's rule; nothing where it is no date.
fn weekday(label: &str) -> String {
    const NAMES: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const OFFSETS: [i64; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let parts: Vec<i64> =
        label.split('T').next().unwrap_or("").split('-').filter_map(|p| p.parse().ok()).collect();
    let [year, month @ 1..=12, day @ 1..=31] = parts[..] else { return String::new() };
    if !(1..=9999).contains(&year) {
        return String::new();
    }
    let year = if month < 3 { year - 1 } else { year };
    let index = (year + year / 4 - year / 100 + year / 400 + OFFSETS[month as usize - 1] + day).rem_euclid(7);
    format!("{} ", NAMES[index as usize])
}

fn write_pipeline(text: &mut String, graph: &PipelineGraph) {
    line(text, "PIPELINE");
    for (idx, node) in graph.nodes.iter().enumerate() {
        if node.kind == NodeKind::Outcome {
            continue;
        }
        let kind = match node.kind {
            NodeKind::Source => "source",
            NodeKind::Stage => "stage",
            NodeKind::Channel => "channel",
            NodeKind::Choice => "choice",
            NodeKind::Platform => "platform",
            NodeKind::Outcome => "outcome",
        };
        let head = format!("  {kind:<9} {}", node.name);
        line(text, &head);
        for fact in &node.lines {
            for (row, part) in wrapped(fact, WIDTH - 14, 2).iter().enumerate() {
                line(text, &format!("{}{part}", " ".repeat(if row == 0 { 12 } else { 14 })));
            }
        }
        for edge in graph.edges.iter().filter(|edge| edge.from == idx) {
            let to = &graph.nodes[edge.to].name;
            let label = if edge.label.is_empty() { String::new() } else { format!("  ({})", edge.label) };
            line(text, &format!("            -> {to}{label}"));
        }
    }
}

fn write_team(text: &mut String, team: &TeamLoad, labels: &HourLabels<'_>) {
    line(text, "");
    let Some((peak, work, staff)) = team.peak() else {
        line(text, &format!("  {}: no work comes.", team.name));
        return;
    };
    line(
        text,
        &format!(
            "  {}: at most {} people's work for {} on duty, on {}; on average {} for {}",
            team.name,
            words::count(work),
            words::count(staff),
            labels.moment(peak),
            words::count(mean(&team.load)),
            words::count(mean(&team.staff)),
        ),
    );
    let days = labels.days(team.load.len());
    let head: Vec<String> = (0..24).map(|hour| format!("{hour:>4}")).collect();
    line(text, &format!("  {:<10}{}", "", head.concat()));
    if days.len() <= MOST_DAYS {
        for day in &days {
            write_day(text, team, day);
        }
        return;
    }
    line(text, &format!("  the {BUSIEST_DAYS} busiest of {} days:", days.len()));
    for &day in &busiest(team, &days) {
        write_day(text, team, &days[day]);
    }
    line(text, "  a typical week (all weeks added up):");
    for day in &typical_week(&days) {
        write_day(text, team, day);
    }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The days with the most work, in the order of time.
fn busiest(team: &TeamLoad, days: &[Day]) -> Vec<usize> {
    let work = |day: &Day| -> f64 { day.hours.iter().flatten().map(|&hour| team.load[hour]).sum() };
    let mut order: Vec<usize> = (0..days.len()).collect();
    order.sort_by(|&a, &b| work(&days[b]).total_cmp(&work(&days[a])).then(a.cmp(&b)));
    order.truncate(BUSIEST_DAYS);
    order.sort_unstable();
    order
}

/// Seven days that hold the hours of all weeks, from that of the first day on.
fn typical_week(days: &[Day]) -> Vec<Day> {
    let mut week: BTreeMap<usize, Day> = BTreeMap::new();
    for (idx, day) in days.iter().enumerate() {
        let name = match day.name.split_once(' ') {
            Some((weekday, _)) if weekday != "day" => weekday.to_owned(),
            _ => format!("day {}", idx % 7 + 1),
        };
        let sum = week.entry(idx % 7).or_insert_with(|| Day { name, hours: vec![Vec::new(); 24] });
        for (all, hours) in sum.hours.iter_mut().zip(&day.hours) {
            all.extend(hours);
        }
    }
    week.into_values().collect()
}

fn write_day(text: &mut String, team: &TeamLoad, day: &Day) {
    let cells: String = day.hours.iter().map(|hours| cell(team, hours)).collect();
    line(text, &format!("  {:<10}{cells}", day.name));
}

/// Four characters: the load of these hours as a percentage of their staff.
fn cell(team: &TeamLoad, hours: &[usize]) -> String {
    let load: f64 = hours.iter().map(|&hour| team.load[hour]).sum();
    let staff: f64 = hours.iter().map(|&hour| team.staff[hour]).sum();
    if hours.is_empty() {
        return "    ".to_owned();
    }
    if load < 1e-9 {
        return "   .".to_owned();
    }
    if staff <= 0.0 {
        return "  --".to_owned();
    }
    match load / staff {
        ratio if ratio >= 9.995 => "!>9x".to_owned(),
        // a hair over all there is must not read as just all
        ratio if ratio > 1.0 + 1e-9 => format!("!{:>3.0}", (ratio * 100.0).max(101.0)),
        ratio => format!("{:>4.0}", ratio * 100.0),
    }
}

fn write_overload(text: &mut String, overload: &Overload, labels: &HourLabels<'_>) {
    for part in wrapped(&format!("OVERLOAD {}.", overload_sentence(overload, labels)), WIDTH - 2, 2) {
        line(text, &format!("  {part}"));
    }
}

/// The overloads of a plan in words, to be said before a run. `labels` as for [`explain_text`].
pub fn overload_warnings(load: &OfferedLoad, labels: &[String]) -> Vec<String> {
    let labels = HourLabels::new(labels);
    let said = |overload: &Overload| {
        let team = &load.teams[overload.team].name;
        format!("team `{team}` is offered more work than it can do, {}", overload_sentence(overload, &labels))
    };
    load.overloads.iter().map(said).collect()
}

fn overload_sentence(overload: &Overload, labels: &HourLabels<'_>) -> String {
    let end = match overload.to {
        Some(to) => format!("all done on {}", labels.moment_of(to)),
        None => "not all done within the run".to_owned(),
    };
    format!(
        "from {}; if nobody gave up, was turned away or was called in, {} hours of work would wait at the worst, on {}, \
         where the staff of the next 24 h can do {}; {end}",
        labels.moment_of(overload.from),
        words::count(overload.peak_hours_of_work),
        labels.moment_of(overload.peak_at),
        words::count(overload.staff_next_24h),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::csv::offered_load_csv;
    use super::super::sample::hourly_labels;
    use super::*;
    use crate::analysis::{PipelineEdge, PipelineNode};
    use crate::units::Duration;

    fn node(name: &str, kind: NodeKind, lines: &[&str]) -> PipelineNode {
        PipelineNode {
            name: name.to_owned(),
            kind,
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
            teams: if kind == NodeKind::Stage { vec![0] } else { Vec::new() },
            platform: (kind == NodeKind::Platform).then(|| name.to_owned()),
        }
    }

    pub(in super::super) fn small_graph() -> PipelineGraph {
        let edge = |from, to, label: &str| PipelineEdge { from, to, label: label.to_owned() };
        PipelineGraph {
            nodes: vec![
                node("citizens", NodeKind::Source, &["24 reports a day on average"]),
                node("triage", NodeKind::Stage, &["work 4min", "earliest deadline first", "team pharos"]),
                node("exchange", NodeKind::Channel, &["takes 1h then 10min on average"]),
                node("twitter", NodeKind::Platform, &["answers 60 %", "after 20h on average"]),
                node("removed", NodeKind::Outcome, &[]),
                node("kept", NodeKind::Outcome, &[]),
            ],
            edges: vec![
                edge(0, 1, ""),
                edge(1, 2, "60 %"),
                edge(1, 5, "40 %"),
                edge(2, 3, ""),
                edge(3, 4, "answers"),
                edge(3, 2, "silent for 2d"),
            ],
        }
    }

    /// Office hours, a quiet first day and a surge on the second.
    pub(in super::super) fn small_load() -> OfferedLoad {
        let n_hours = 72;
        let is_office = |hour: usize| (8..18).contains(&(hour % 24));
        let load = |hour: usize| match hour {
            34..=40 => 30.0,
            hour if hour % 24 < 6 => 0.0,
            hour => 1.0 + (hour % 24) as f64 / 10.0,
        };
        let team = TeamLoad {
            name: "pharos".to_owned(),
            load: (0..n_hours).map(load).collect(),
            staff: (0..n_hours).map(|hour| if is_office(hour) { 4.0 } else { 0.0 }).collect(),
            backlog: vec![0.0; n_hours],
        };
        let at = |hour: u64| Time::from_micros(hour * Duration::HOUR.as_micros());
        let overload = Overload {
            team: 0,
            from: at(34),
            to: Some(at(71) + Duration::from_micros(25 * Duration::MINUTE.as_micros())),
            peak_at: at(41),
            peak_hours_of_work: 182.0,
            staff_next_24h: 40.0,
        };
        OfferedLoad { reports: vec![1.0; n_hours], teams: vec![team], overloads: vec![overload] }
    }

    #[test]
    fn a_pipeline_is_explained_before_it_runs() {
        insta::assert_snapshot!(explain_text(&small_graph(), &small_load(), &hourly_labels(72)), @r#"
        PIPELINE
          source    citizens
                    24 reports a day on average
                    -> triage
          stage     triage
                    work 4min
                    earliest deadline first
                    team pharos
                    -> exchange  (60 %)
                    -> kept  (40 %)
          channel   exchange
                    takes 1h then 10min on average
                    -> twitter
          platform  twitter
                    answers 60 %
                    after 20h on average
                    -> removed  (answers)
                    -> exchange  (silent for 2d)

        OFFERED LOAD  (the work that comes, if nobody waited, against the people on duty)
          People who may be called in are not counted.
          Each cell is an hour: work that comes as a percentage of what the people on duty can do.
          `.` no work comes   `!` before a number: more than they can do   `--` work comes, nobody is on duty

          pharos: at most 30 people's work for 4 on duty, on 6 Jan 2015, 10:00; on average 4.5 for 1.7
                       0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16  17  18  19  20  21  22  23
          Mon  5 Jan   .   .   .   .   .   .  --  --  45  48  50  52  55  57  60  62  65  68  --  --  --  --  --  --
          Tue  6 Jan   .   .   .   .   .   .  --  --  45  48!750!750!750!750!750!750!750  68  --  --  --  --  --  --
          Wed  7 Jan   .   .   .   .   .   .  --  --  45  48  50  52  55  57  60  62  65  68  --  --  --  --  --  --
          OVERLOAD from 6 Jan 2015, 10:00; if nobody gave up, was turned away or was called in, 182 hours of work
            would wait at the worst, on 6 Jan 2015, 17:00, where the staff of the next 24 h can do 40; all done on 7
            Jan 2015, 23:25.
        "#);
    }

    #[test]
    fn long_runs_show_the_busiest_days_and_a_week() {
        let mut load = small_load();
        load.overloads.clear();
        load.reports = vec![1.0; 24 * 60];
        let team = &mut load.teams[0];
        team.load = (0..24 * 60).map(|hour| if hour / 24 == 40 { 9.0 } else { 1.0 }).collect();
        team.staff = vec![4.0; 24 * 60];
        let text = explain_text(&small_graph(), &load, &[]);
        assert!(text.contains("the 7 busiest of 60 days:") && text.contains("a typical week"));
        assert!(text.contains("day 41") && text.lines().count() < 60, "{text}");
        assert!(text.contains("No team falls behind"));
    }

    #[test]
    fn weekdays_are_right() {
        assert_eq!(weekday("2015-01-07T11:00"), "Wed ");
        assert_eq!(weekday("2016-02-29"), "Mon ");
        assert_eq!(weekday("2000-01-01"), "Sat ");
        assert_eq!(weekday("soon"), "");
    }

    #[test]
    fn clock_changes_do_not_shift_the_table() {
        let mut labels = hourly_labels(72);
        // an hour that comes twice: both share a cell, and the day has one more hour
        labels.insert(3, labels[2].clone());
        let days = HourLabels::new(&labels).days(73);
        assert_eq!(days.len(), 3);
        assert_eq!(days[0].hours[2], [2, 3]);
        assert_eq!(days[1].hours[0], [25]);
    }

    #[test]
    fn the_full_data_is_csv() {
        let text = offered_load_csv(&small_load(), &hourly_labels(72));
        assert!(text.starts_with("time,load_pharos,staff_pharos,backlog_pharos\n2015-01-05T00:00,0,0,0\n"));
        assert_eq!(text.lines().count(), 73);
    }
}
