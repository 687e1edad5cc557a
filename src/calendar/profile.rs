//! Daily and weekly profiles of a rate by the local clock.

use jiff::{SignedDuration, Timestamp};

use super::{Calendar, Zone};
use crate::units::Time;

/// Names that [`named_day_profile`] knows.
pub const DAY_PROFILES: [&str; 3] = ["flat", "office", "evening"];
/// Names that [`named_week_profile`] knows.
pub const WEEK_PROFILES: [&str; 2] = ["flat", "weekdays"];

/// The 24 hourly weights, from midnight on, of a profile with a name.
///
/// The shapes are assumptions of ours, not measurements: `office` for people who write from work, `evening` for people
/// who write when they are at home, most between 20:00 and 22:00 and few at night. Who has counts should give their
/// own 24 weights.
pub fn named_day_profile(name: &str) -> Option<[f64; 24]> {
    Some(match name {
        "flat" => [1.0; 24],
        "office" => [
            0.1, 0.1, 0.1, 0.1, 0.1, 0.1, // 00:00 to 06:00
            0.2, 0.5, 1.2, 2.0, 2.2, 2.1, // 06:00 to 12:00
            1.6, 1.9, 2.2, 2.2, 2.0, 1.6, // 12:00 to 18:00
            1.0, 0.7, 0.5, 0.4, 0.3, 0.2, // 18:00 to 24:00
        ],
        "evening" => [
            0.8, 0.5, 0.3, 0.2, 0.2, 0.2, // 00:00 to 06:00
            0.4, 0.6, 0.8, 0.9, 1.0, 1.0, // 06:00 to 12:00
            1.1, 1.1, 1.0, 1.0, 1.1, 1.3, // 12:00 to 18:00
            1.5, 1.7, 2.0, 2.0, 1.7, 1.2, // 18:00 to 24:00
        ],
        _ => return None,
    })
}

/// The seven daily weights, from Monday on, of a profile with a name.
///
/// Like the daily shapes, `weekdays` is an assumption of ours: a Saturday has three tenths of a working day, a Sunday
/// two tenths.
pub fn named_week_profile(name: &str) -> Option<[f64; 7]> {
    Some(match name {
        "flat" => [1.0; 7],
        "weekdays" => [1.0, 1.0, 1.0, 1.0, 1.0, 0.3, 0.2],
        _ => return None,
    })
}

impl Calendar {
    /// The factor by which a mean rate is multiplied, from each time on, until the horizon: the weight of the local
    /// hour times that of the local weekday, in proportion to their mean over an ordinary week of 168 hours.
    ///
    /// The first is at [`Time::ZERO`]; neighbors differ. Weights that are all zero, or are not numbers, give zero.
    pub fn profile(&self, zone: &Zone, day: &[f64; 24], week: &[f64; 7]) -> Vec<(Time, f64)> {
        let mean = day.iter().sum::<f64>() / 24.0 * (week.iter().sum::<f64>() / 7.0);
        if !(mean > 0.0 && mean.is_finite()) {
            return vec![(Time::ZERO, 0.0)];
        }
        let mut factors: Vec<(Time, f64)> = Vec::new();
        for (time, weekday, hour) in LocalHours::new(self, zone) {
            let factor = day[hour] * week[weekday] / mean;
            if factors.last().is_none_or(|(_, last)| last.total_cmp(&factor).is_ne()) {
                factors.push((time, factor));
            }
        }
        factors
    }
}

/// Stretches of time in which the local clock shows one hour of one day: from when, weekday (Monday is 0), hour.
struct LocalHours<'a> {
    calendar: &'a Calendar,
    zone: &'a Zone,
    next: Option<Timestamp>,
    change: Option<Timestamp>,
}

impl<'a> LocalHours<'a> {
    fn new(calendar: &'a Calendar, zone: &'a Zone) -> Self {
        let start = calendar.instant(Time::ZERO);
        Self { calendar, zone, next: start, change: start.and_then(|start| change_after(zone, start)) }
    }
}

impl Iterator for LocalHours<'_> {
    type Item = (Time, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let now = self.next?;
        let time = self.calendar.time_at(now);
        if time > Time::ZERO && time >= self.calendar.horizon() {
            return None;
        }
        if self.change.is_some_and(|change| change <= now) {
            self.change = change_after(self.zone, now);
        }
        let local = self.zone.time_zone().to_datetime(now);
        let gone = i64::from(local.minute()) * 60 + i64::from(local.second());
        let gone = SignedDuration::new(gone, i32::from(local.millisecond()) * 1_000_000)
            + SignedDuration::from_nanos(
                i64::from(local.microsecond()) * 1000 + i64::from(local.nanosecond()),
            );
        let hour_end = now.checked_add(SignedDuration::from_hours(1) - gone).ok();
        self.next = hour_end.map(|end| self.change.map_or(end, |change| change.min(end)));
        Some((time, local.weekday().to_monday_zero_offset() as usize, local.hour() as usize))
    }
}

/// When the local clock is next put forward or back.
fn change_after(zone: &Zone, instant: Timestamp) -> Option<Timestamp> {
    zone.time_zone().following(instant).next().map(|change| change.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{DateTime, datetime};

    use super::*;
    use crate::units::Duration;

    fn calendar(start: DateTime, zone: &str, days: f64) -> Calendar {
        let horizon = Duration::from_secs_f64(days * 86_400.0);
        Calendar::new(start, Zone::named(zone).unwrap(), horizon).unwrap()
    }

    /// 24 weights that name their hour, with a mean of 1.
    fn hour_weights() -> [f64; 24] {
        std::array::from_fn(|hour| hour as f64 / 11.5)
    }

    /// The hours (time since the start, hour shown) at which the factor changes.
    fn shown_hours(calendar: &Calendar) -> Vec<(f64, f64)> {
        calendar
            .profile(calendar.zone(), &hour_weights(), &[1.0; 7])
            .iter()
            .map(|(time, factor)| (time.as_secs_f64() / 3600.0, (factor * 11.5).round()))
            .collect()
    }

    #[test]
    fn the_mean_over_a_week_is_one() {
        let calendar = calendar(datetime(2015, 1, 5, 0, 0, 0, 0), "Europe/Paris", 7.0);
        for (day, week) in DAY_PROFILES.iter().flat_map(|day| WEEK_PROFILES.map(|week| (*day, week))) {
            let (day_weights, week_weights) =
                (named_day_profile(day).unwrap(), named_week_profile(week).unwrap());
            let factors = calendar.profile(calendar.zone(), &day_weights, &week_weights);
            assert_eq!(factors[0].0, Time::ZERO);
            let ends = factors[1..].iter().map(|(from, _)| *from).chain([calendar.horizon()]);
            let mean: f64 = factors
                .iter()
                .zip(ends)
                .map(|((from, factor), to)| factor * to.since(*from).as_hours_f64() / 168.0)
                .sum();
            assert!((mean - 1.0).abs() < 1e-9, "{day}, {week}: {mean}");
        }
        let flat = calendar.profile(calendar.zone(), &[3.0; 24], &[0.5; 7]);
        assert_eq!(flat.len(), 1);
        assert!((flat[0].1 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn weekdays_are_local() {
        // Sunday 12:00 in Paris is 20:00 in Tokyo: Monday begins there four hours later
        let calendar = calendar(datetime(2015, 1, 4, 12, 0, 0, 0), "Europe/Paris", 2.0);
        let monday = [7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let factors = calendar.profile(&Zone::named("Asia/Tokyo").unwrap(), &[1.0; 24], &monday);
        let hours: Vec<f64> = factors.iter().map(|(time, _)| time.as_secs_f64() / 3600.0).collect();
        assert_eq!(hours, [0.0, 4.0, 28.0]);
        assert!((factors[1].1 - 7.0).abs() < 1e-12 && factors[2].1 <= 0.0);
    }

    #[test]
    fn the_local_clock_rules_around_changes() {
        let spring = shown_hours(&calendar(datetime(2015, 3, 29, 0, 0, 0, 0), "Europe/Paris", 0.25));
        assert_eq!(spring, [(0.0, 0.0), (1.0, 1.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.0), (5.0, 6.0)]);
        let autumn = shown_hours(&calendar(datetime(2015, 10, 25, 0, 0, 0, 0), "Europe/Paris", 0.25));
        assert_eq!(autumn, [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (4.0, 3.0), (5.0, 4.0)]);
        // at 02:00 the clock is put back to 01:30
        let lord_howe = shown_hours(&calendar(datetime(2015, 4, 5, 0, 0, 0, 0), "Australia/Lord_Howe", 0.15));
        assert_eq!(lord_howe, [(0.0, 0.0), (1.0, 1.0), (2.5, 2.0), (3.5, 3.0)]);
        // at 00:01 the clock was put back to 23:01 of the day before
        let st_johns = shown_hours(&calendar(datetime(2009, 10, 31, 22, 0, 0, 0), "America/St_Johns", 0.2));
        let minute = 1.0 / 60.0;
        let expected = [(0.0, 22.0), (1.0, 23.0), (2.0, 0.0), (2.0 + minute, 23.0), (3.0, 0.0), (4.0, 1.0)];
        assert_eq!(st_johns.len(), expected.len());
        for (found, expected) in st_johns.iter().zip(expected) {
            assert!(
                (found.0 - expected.0).abs() < 1e-9 && (found.1 - expected.1).abs() < 1e-9,
                "{st_johns:?}"
            );
        }
        let kolkata = calendar(datetime(2015, 1, 5, 0, 30, 0, 0), "Asia/Kolkata", 0.1);
        assert_eq!(shown_hours(&kolkata), [(0.0, 0.0), (0.5, 1.0), (1.5, 2.0)]);
        let from_utc = calendar(datetime(2015, 1, 5, 0, 0, 0, 0), "UTC", 0.1);
        let factors = from_utc.profile(kolkata.zone(), &hour_weights(), &[1.0; 7]);
        assert_eq!(factors[1].0, Time::from_secs_f64(1800.0));
    }

    #[test]
    fn weights_without_a_mean_give_nothing() {
        let calendar = calendar(datetime(2015, 1, 5, 0, 0, 0, 0), "UTC", 7.0);
        for day in [[0.0; 24], [f64::NAN; 24], [f64::INFINITY; 24]] {
            assert_eq!(calendar.profile(calendar.zone(), &day, &[1.0; 7]), [(Time::ZERO, 0.0)]);
        }
        assert_eq!(named_day_profile("noon"), None);
        assert_eq!(named_week_profile("noon"), None);
    }
}
