//! Tables for a spreadsheet.

use csv::Writer;

use super::explain::HourLabels;
use crate::analysis::{Band, OfferedLoad, StaffingSeries, Summary};

/// The course of time, one row per bucket: means over the replications.
///
/// Columns: `time` (local), then `reports_CLASS` and `decided_CLASS` (cases per bucket), `waiting_STAGE` (mean number
/// waiting), `staff_TEAM` and `busy_TEAM` (mean number of people), `target_NAME_count` and `target_NAME_on_time`
/// (cases judged in the bucket).
pub fn timeseries_csv(summary: &Summary) -> String {
    let series = &summary.series;
    let classes = || summary.classes.iter().map(|class| class.name.as_str());
    let stages = summary.stages.iter().map(|stage| stage.name.as_str());
    let teams = || summary.teams.iter().map(|team| team.name.as_str());
    let targets = || summary.targets.iter().map(|target| target.name.as_str());

    let mut columns: Vec<(String, &[Band])> = Vec::new();
    columns.extend(named(classes(), &series.reports, |name| format!("reports_{name}")));
    columns.extend(named(classes(), &series.decided, |name| format!("decided_{name}")));
    columns.extend(named(stages, &series.waiting, |name| format!("waiting_{name}")));
    columns.extend(named(teams(), &series.staff, |name| format!("staff_{name}")));
    columns.extend(named(teams(), &series.busy, |name| format!("busy_{name}")));
    columns.extend(named(targets(), &series.target_count, |name| format!("target_{name}_count")));
    columns.extend(named(targets(), &series.target_on_time, |name| format!("target_{name}_on_time")));

    let head = std::iter::once("time".to_owned()).chain(columns.iter().map(|(name, _)| name.clone()));
    let mut rows = vec![head.collect::<Vec<_>>()];
    for (bucket, label) in series.labels.iter().enumerate() {
        let cells = columns.iter().map(|(_, bands)| cell(bands.get(bucket).map(|band| band.mean)));
        rows.push(std::iter::once(guarded(label)).chain(cells).collect());
    }
    written(&rows)
}

/// The staffing that a sizing found, one row per bucket.
///
/// Columns: `time` (local), then `load_TEAM` (people whom the work that comes would keep busy), `staff_TEAM` and
/// `staff_now_TEAM` (mean number of people on duty in the answer, and as the scenario stands), `waiting_TEAM` and
/// `waiting_now_TEAM` (mean number of cases waiting).
pub(super) fn staffing_csv(teams: &[StaffingSeries]) -> String {
    let mut head = vec!["time".to_owned()];
    for team in teams {
        let columns = ["load", "staff", "staff_now", "waiting", "waiting_now"];
        head.extend(columns.map(|what| format!("{what}_{}", team.team)));
    }
    let mut rows = vec![head];
    let labels = teams.first().map_or(&[][..], |team| team.labels.as_slice());
    for (bucket, label) in labels.iter().enumerate() {
        let mut row = vec![guarded(label)];
        for team in teams {
            row.push(cell(team.load.get(bucket).copied()));
            let bands = [&team.staff, &team.staff_now, &team.waiting, &team.waiting_now];
            row.extend(bands.map(|bands| cell(bands.get(bucket).map(|band| band.mean))));
        }
        rows.push(row);
    }
    written(&rows)
}

/// The offered load of every team, one row per hour.
///
/// Columns: `time` (the label of the hour), then `load_TEAM` (people's worth of work that arrives), `staff_TEAM`
/// (people on duty) and `backlog_TEAM` (hours of one person's work left at the end of the hour).
pub fn offered_load_csv(load: &OfferedLoad, labels: &[String]) -> String {
    let labels = HourLabels::new(labels);
    let mut head = vec!["time".to_owned()];
    for team in &load.teams {
        head.extend(["load", "staff", "backlog"].map(|what| format!("{what}_{}", team.name)));
    }
    let mut rows = vec![head];
    for hour in 0..load.n_hours() {
        let mut row = vec![guarded(&labels.full(hour))];
        for team in &load.teams {
            row.extend(
                [&team.load, &team.staff, &team.backlog].map(|values| cell(values.get(hour).copied())),
            );
        }
        rows.push(row);
    }
    written(&rows)
}

fn named<'a>(
    names: impl Iterator<Item = &'a str>,
    series: &'a [Vec<Band>],
    column: impl Fn(&str) -> String,
) -> Vec<(String, &'a [Band])> {
    names.zip(series).map(|(name, bands)| (column(name), bands.as_slice())).collect()
}

/// A number to six decimals: a spreadsheet shows no more, and sums of means carry noise behind them.
pub(super) fn cell(value: Option<f64>) -> String {
    match value {
        Some(value) if value.is_finite() => {
            // adding zero makes the negative zero, which reads as an error, a plain one
            format!("{}", (value * 1e6).round() / 1e6 + 0.0)
        }
        _ => String::new(),
    }
}

/// A text that a spreadsheet must not take for a formula.
pub(super) fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

pub(super) fn written(rows: &[Vec<String>]) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("rows of one length are written to memory");
    }
    let bytes = writer.into_inner().expect("memory does not fail");
    String::from_utf8(bytes).expect("cells are text")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{empty_summary, sample_summary};
    use super::*;

    #[test]
    fn one_row_per_bucket_one_column_per_series() {
        let summary = sample_summary();
        let text = timeseries_csv(&summary);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(head[..3], ["time", "reports_terrorism", "reports_child_abuse"]);
        assert!(head.contains(&"target_1 h for terrorism_on_time".to_owned()));
        assert_eq!(head.len(), 1 + 4 + 4 + 3 + 2 + 2 + 3 + 3);
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 504);
        assert_eq!(&rows[0][0], "2015-01-05T00:00");
        for (column, class) in summary.series.reports.iter().enumerate() {
            let read: f64 = rows[60][1 + column].parse().unwrap();
            assert!((read - class[60].mean).abs() < 1e-6);
        }
    }

    #[test]
    fn nothing_gives_a_head_alone_and_odd_names_are_quoted() {
        assert_eq!(timeseries_csv(&empty_summary()), "time\n");
        let mut summary = sample_summary();
        summary.classes[0].name = "a,\"b\"".to_owned();
        assert!(timeseries_csv(&summary).starts_with("time,\"reports_a,\"\"b\"\"\","));
        summary.series.reports[0][0].mean = f64::NAN;
        assert!(timeseries_csv(&summary).lines().nth(1).unwrap().starts_with("2015-01-05T00:00,,"));
    }
}
