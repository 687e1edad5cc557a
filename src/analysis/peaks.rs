//! The busiest day and week of a run: what planners are told about first in a crisis.

use super::summary::Peaks;
use crate::experiment::ReplicationRecord;

const HOURS_OF_A_DAY: usize = 24;

/// The largest number of reports of the given classes in one calendar day, and in any seven days in a row, for each
/// replication. `None` where the run is shorter, or its buckets do not make up whole days.
pub(super) struct PeakCounts {
    pub(super) day: Option<Vec<f64>>,
    pub(super) week: Option<Vec<f64>>,
}

/// How the buckets of a run make up days, from the first bucket after the warm-up on.
pub(super) struct Days<'a> {
    /// Local time at the start of every bucket; the first ten characters are the date.
    pub(super) labels: &'a [String],
    pub(super) bucket_secs: f64,
    pub(super) first_bucket: usize,
}

impl Days<'_> {
    /// Counts the reports of one class, or of all (`None`).
    pub(super) fn peaks(&self, replications: &[ReplicationRecord], class: Option<usize>) -> PeakCounts {
        let per_day = HOURS_OF_A_DAY as f64 * 3600.0 / self.bucket_secs;
        if per_day < 1.0 || per_day.fract() > 1e-9 {
            return PeakCounts { day: None, week: None };
        }
        let per_week = 7 * per_day as usize;
        let of = |record: &ReplicationRecord| -> Vec<f64> {
            let n_buckets = record.series.reports.first().map_or(0, Vec::len);
            (self.first_bucket..n_buckets)
                .map(|bucket| {
                    let classes = record.series.reports.iter().enumerate();
                    let wanted = classes.filter(|(idx, _)| class.is_none_or(|class| class == *idx));
                    wanted.map(|(_, counts)| f64::from(counts[bucket])).sum()
                })
                .collect()
        };
        let counts: Vec<Vec<f64>> = replications.iter().map(of).collect();
        let enough = |buckets: usize| counts.first().is_some_and(|first| first.len() >= buckets);
        PeakCounts {
            day: enough(per_day as usize).then(|| counts.iter().map(|c| self.busiest_day(c)).collect()),
            week: enough(per_week).then(|| counts.iter().map(|c| busiest_stretch(c, per_week)).collect()),
        }
    }

    /// The largest sum over buckets that begin on one date.
    fn busiest_day(&self, counts: &[f64]) -> f64 {
        let date =
            |bucket: usize| self.labels.get(self.first_bucket + bucket).and_then(|label| label.get(..10));
        let mut busiest = 0.0_f64;
        let mut today = 0.0;
        for (bucket, count) in counts.iter().enumerate() {
            let same_day = bucket > 0 && date(bucket) == date(bucket - 1);
            today = if same_day { today + count } else { *count };
            busiest = busiest.max(today);
        }
        busiest
    }
}

impl PeakCounts {
    /// The counts as estimates.
    pub(super) fn map(&self, estimate: impl Fn(&[f64]) -> super::summary::Estimate) -> Peaks {
        let of = |counts: &Option<Vec<f64>>| counts.as_deref().map(&estimate);
        Peaks { busiest_day: of(&self.day), busiest_week: of(&self.week) }
    }
}

/// The largest sum of `length` counts in a row.
fn busiest_stretch(counts: &[f64], length: usize) -> f64 {
    let mut stretch: f64 = counts[..length].iter().sum();
    let mut busiest = stretch;
    for next in length..counts.len() {
        stretch += counts[next] - counts[next - length];
        busiest = busiest.max(stretch);
    }
    busiest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::SeriesRecord;

    fn record(counts: &[&[f32]]) -> ReplicationRecord {
        let reports = counts.iter().map(|class| class.to_vec()).collect();
        ReplicationRecord {
            series: SeriesRecord { reports, ..SeriesRecord::default() },
            ..ReplicationRecord::default()
        }
    }

    #[test]
    fn days_follow_the_calendar_and_weeks_do_not() {
        // half-day buckets from noon on: the first day has one of them
        let labels: Vec<String> =
            (0..16).map(|i| format!("2015-01-{:02}T{}", 5 + (i + 1) / 2, i % 2)).collect();
        let mut counts = [1.0_f32; 16];
        counts[0] = 9.0; // alone on its day
        counts[3] = 5.0;
        counts[4] = 5.0; // with bucket 3 on one day
        let records = [record(&[&counts, &[0.5; 16]])];
        let days = Days { labels: &labels, bucket_secs: 43_200.0, first_bucket: 0 };
        let first = days.peaks(&records, Some(0));
        assert_eq!(first.day, Some(vec![10.0]));
        assert_eq!(first.week, Some(vec![9.0 + 2.0 + 10.0 + 9.0]));
        assert_eq!(days.peaks(&records, None).day, Some(vec![11.0]));
        let later = Days { first_bucket: 5, ..days };
        assert_eq!(later.peaks(&records, Some(0)).day, Some(vec![2.0]));
        assert_eq!(later.peaks(&records, Some(0)).week, None, "less than a week is left");
    }

    #[test]
    fn buckets_that_make_no_days_have_no_peaks() {
        let labels = vec![String::new(); 4];
        let days = Days { labels: &labels, bucket_secs: 7.0 * 86_400.0, first_bucket: 0 };
        let peaks = days.peaks(&[record(&[&[1.0; 4]])], None);
        assert!(peaks.day.is_none() && peaks.week.is_none());
    }
}
