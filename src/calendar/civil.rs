//! The bridge between local dates and simulated time.

use std::fmt;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::Zone;
use crate::units::{Duration, Time};

/// Hours are known for so long after the horizon, so that delays begun before it come to their end.
pub(super) const MARGIN_DAYS: i64 = 400;
/// Hours that began so long before the start can still last.
const DAYS_BEFORE: i64 = 50;

/// Where simulated time lies in the calendar: its start, its end, and the zone in which dates are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Zone,
    start_local: DateTime,
    start: Timestamp,
    horizon: Time,
}

/// Why a date has no place in simulated time. Its text says what was wrong and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarError {
    /// The start, or the horizon, lies outside the years that calendars know.
    OutOfRange {
        /// The start of the scenario.
        start: DateTime,
        /// How long it lasts.
        horizon: Duration,
    },
    /// A date outside the years that calendars know.
    DateOutOfRange {
        /// The date.
        local: DateTime,
    },
    /// A date before the start of the scenario.
    BeforeStart {
        /// The date.
        local: DateTime,
        /// The start.
        start: DateTime,
    },
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { start, horizon } => write!(
                f,
                "`{start}` and the `{horizon}` after it leave the calendar: stay well inside the years -9999 to 9999"
            ),
            Self::DateOutOfRange { local } => {
                write!(f, "`{local}` is outside the calendar: stay well inside the years -9999 to 9999")
            }
            Self::BeforeStart { local, start } => write!(
                f,
                "`{local}` is before the start of the scenario: give a date from `{start}` on, or an earlier start"
            ),
        }
    }
}

impl std::error::Error for CalendarError {}

impl Calendar {
    /// The calendar of a scenario that starts at local time `start` in `zone` and lasts for `horizon`.
    ///
    /// A local time that the clock skips is moved on by as much as the clock is; of one that it shows twice, the
    /// first is meant (RFC 5545).
    ///
    /// # Errors
    ///
    /// If the start or the end is too far from our times for the calendar.
    pub fn new(start: DateTime, zone: Zone, horizon: Duration) -> Result<Self, CalendarError> {
        let out_of_range = || CalendarError::OutOfRange { start, horizon };
        let instant = zone.time_zone().to_timestamp(start).map_err(|_| out_of_range())?;
        let length = i64::try_from(horizon.as_micros()).map_err(|_| out_of_range())?;
        let margin = SignedDuration::from_hours(24 * MARGIN_DAYS);
        let fits = instant.checked_sub(SignedDuration::from_hours(24 * DAYS_BEFORE)).is_ok()
            && instant
                .checked_add(SignedDuration::from_micros(length))
                .is_ok_and(|end| end.checked_add(margin + margin).is_ok());
        if !fits {
            return Err(out_of_range());
        }
        Ok(Self { zone, start_local: start, start: instant, horizon: Time::ZERO + horizon })
    }

    /// The local time at which the scenario starts.
    pub fn start(&self) -> DateTime {
        self.start_local
    }

    /// The zone in which the scenario's dates are read.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The end of the scenario.
    pub fn horizon(&self) -> Time {
        self.horizon
    }

    /// The simulated time of a local date and time in the scenario's zone; it may lie after the horizon. Times that
    /// the clock skips or shows twice are read as in [`Calendar::new`].
    ///
    /// # Errors
    ///
    /// If it lies before the start, or too far from our times for the calendar.
    pub fn time_of(&self, local: DateTime) -> Result<Time, CalendarError> {
        let instant = self.zone.time_zone().to_timestamp(local);
        let instant = instant.map_err(|_| CalendarError::DateOutOfRange { local })?;
        if instant < self.start {
            return Err(CalendarError::BeforeStart { local, start: self.start_local });
        }
        Ok(self.time_at(instant))
    }

    /// The local time, to the minute, as in `2015-01-07T11:00`; `never` beyond the calendar.
    pub fn label(&self, time: Time) -> String {
        self.written(time, "%Y-%m-%dT%H:%M")
    }

    /// The local time, to the minute, as one says it: `Wed 7 Jan 11:00`; `never` beyond the calendar.
    pub fn words(&self, time: Time) -> String {
        self.written(time, "%a %-d %b %H:%M")
    }

    fn written(&self, time: Time, format: &str) -> String {
        self.instant(time).map_or_else(
            || "never".into(),
            |instant| self.zone.time_zone().to_datetime(instant).strftime(format).to_string(),
        )
    }

    /// The instant in the world at a simulated time, if the calendar reaches so far.
    pub(super) fn instant(&self, time: Time) -> Option<Timestamp> {
        let length = SignedDuration::from_micros(i64::try_from(time.as_micros()).ok()?);
        self.start.checked_add(length).ok()
    }

    /// The simulated time of an instant in the world; those before the start become the start.
    pub(super) fn time_at(&self, instant: Timestamp) -> Time {
        let micros = instant.duration_since(self.start).as_micros();
        Time::from_micros(u64::try_from(micros.max(0)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;

    use super::*;

    fn paris(start: DateTime, days: u64) -> Calendar {
        let horizon = Duration::from_micros(days * Duration::DAY.as_micros());
        Calendar::new(start, Zone::named("Europe/Paris").unwrap(), horizon).unwrap()
    }

    #[test]
    fn dates_become_times_and_times_dates() {
        let calendar = paris(datetime(2015, 1, 5, 0, 0, 0, 0), 21);
        let time = calendar.time_of(datetime(2015, 1, 7, 11, 0, 30, 0)).unwrap();
        assert_eq!(time, Time::from_secs_f64(2.0 * 86_400.0 + 11.0 * 3600.0 + 30.0));
        assert_eq!(calendar.label(time), "2015-01-07T11:00");
        assert_eq!(calendar.words(time), "Wed 7 Jan 11:00");
        assert_eq!(calendar.label(Time::NEVER), "never");
        assert_eq!(calendar.horizon(), Time::from_secs_f64(21.0 * 86_400.0));
        assert!(calendar.time_of(datetime(2016, 1, 1, 0, 0, 0, 0)).unwrap() > calendar.horizon());
    }

    #[test]
    fn the_clock_is_put_forward_and_back() {
        let spring = paris(datetime(2015, 3, 29, 0, 0, 0, 0), 7);
        let hours =
            |calendar: &Calendar, local| calendar.time_of(local).unwrap().since(Time::ZERO).as_hours_f64();
        for (local_hour, elapsed) in [(1, 1.0), (2, 2.0), (3, 2.0), (4, 3.0), (23, 22.0)] {
            let found = hours(&spring, datetime(2015, 3, 29, local_hour, 0, 0, 0));
            assert!((found - elapsed).abs() < 1e-9, "{local_hour}:00 after {found} h");
        }
        let autumn = paris(datetime(2015, 10, 25, 0, 0, 0, 0), 7);
        for (local_hour, elapsed) in [(2, 2.0), (3, 4.0), (23, 24.0)] {
            let found = hours(&autumn, datetime(2015, 10, 25, local_hour, 0, 0, 0));
            assert!((found - elapsed).abs() < 1e-9, "{local_hour}:00 after {found} h");
        }
        assert_eq!(autumn.label(Time::from_secs_f64(3.5 * 3600.0)), "2015-10-25T02:30");
    }

    #[test]
    fn refusals_name_the_remedy() {
        let calendar = paris(datetime(2015, 1, 5, 0, 0, 0, 0), 21);
        assert_eq!(
            calendar.time_of(datetime(2015, 1, 4, 23, 0, 0, 0)).unwrap_err().to_string(),
            "`2015-01-04T23:00:00` is before the start of the scenario: give a date from `2015-01-05T00:00:00` on, \
             or an earlier start"
        );
        let refused = |start, horizon| Calendar::new(start, Zone::utc(), horizon).unwrap_err();
        for start in [DateTime::MIN, DateTime::MAX] {
            assert!(refused(start, Duration::DAY).to_string().contains("leave the calendar"));
        }
        refused(datetime(2015, 1, 5, 0, 0, 0, 0), Duration::FOREVER);
        refused(datetime(2015, 1, 5, 0, 0, 0, 0), Duration::from_secs_f64(8000.0 * 365.25 * 86_400.0));
        for local in [DateTime::MIN, DateTime::MAX] {
            assert_eq!(calendar.time_of(local), Err(CalendarError::DateOutOfRange { local }));
        }
    }
}
