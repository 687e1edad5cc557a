//! Weekly hours by the local clock: shifts, opening hours.

use std::collections::BTreeSet;
use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, Time as ClockTime};

use super::civil::MARGIN_DAYS;
use super::{Calendar, Intervals, Zone};
use crate::units::Duration;

const MINUTES_PER_DAY: u16 = 1440;
const DAY_NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Hours that come back every week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeeklyHours {
    /// On which days, Monday first.
    pub days: [bool; 7],
    /// When they begin, in minutes after midnight by the local clock.
    pub from_minute: u16,
    /// When they end, in minutes after the same midnight. Past 1440 they go on into the next day, but belong to the
    /// day on which they begin.
    pub to_minute: u16,
}

/// Why days or hours could not be read. Its text says what was wrong and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoursError {
    /// Not a day, a range of days, or a word for several.
    UnknownDay {
        /// What was written.
        text: String,
    },
    /// Not two times of day with a hyphen between them.
    UnknownHours {
        /// What was written.
        text: String,
    },
    /// They end when they begin: nothing, or a whole day?
    NoLength {
        /// What was written.
        text: String,
    },
}

impl fmt::Display for HoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownDay { text } => write!(
                f,
                "cannot read the days `{text}`: write for example `mon-fri`, `sat,sun`, `weekdays`, `weekend` or `every day`"
            ),
            Self::UnknownHours { text } => {
                write!(f, "cannot read the hours `{text}`: write for example `08:00-19:00` or `22:00-06:00`")
            }
            Self::NoLength { text } => {
                write!(f, "`{text}` ends when it begins: write `00:00-24:00` for the whole day")
            }
        }
    }
}

impl std::error::Error for HoursError {}

/// Reads days such as `mon-fri`, `sat,sun`, `mon-wed,fri`, `weekdays`, `weekend` or `every day`; Monday first.
///
/// # Errors
///
/// If a part is none of these.
pub fn parse_days(text: &str) -> Result<[bool; 7], HoursError> {
    let mut days = [false; 7];
    for part in text.split(',').map(|part| part.trim().to_ascii_lowercase()) {
        let (first, last) = match part.as_str() {
            "every day" => (0, 6),
            "weekdays" => (0, 4),
            "weekend" => (5, 6),
            part => {
                let (first, last) = part.split_once('-').unwrap_or((part, part));
                let both = day_named(first.trim()).zip(day_named(last.trim()));
                both.ok_or_else(|| HoursError::UnknownDay { text: text.trim().into() })?
            }
        };
        // a range may pass Sunday: `sat-mon`
        for offset in 0..=(last + 7 - first) % 7 {
            days[(first + offset) % 7] = true;
        }
    }
    Ok(days)
}

/// Reads hours such as `08:00-19:00`, as minutes after midnight. Hours that end before they begin, such as
/// `22:00-06:00`, end on the next day: (1320, 1800).
///
/// # Errors
///
/// If these are not two times of day from 00:00 to 24:00, or the same one twice.
pub fn parse_hours(text: &str) -> Result<(u16, u16), HoursError> {
    let ends = text.split_once('-').and_then(|(from, to)| minute_of_day(from).zip(minute_of_day(to)));
    let (from, to) = ends.ok_or_else(|| HoursError::UnknownHours { text: text.trim().into() })?;
    if from % MINUTES_PER_DAY == to % MINUTES_PER_DAY && (from, to) != (0, MINUTES_PER_DAY) {
        return Err(HoursError::NoLength { text: text.trim().into() });
    }
    Ok((from, if to < from { to + MINUTES_PER_DAY } else { to }))
}

impl Calendar {
    /// The weekly `hours` by the clock of `zone`, as intervals of simulated time, except those that begin on
    /// `holidays`.
    ///
    /// They reach from the start (hours that began before it included) to 400 days after the horizon; hours without
    /// a break are [`Intervals::always`]. An end that the local clock skips is the instant of the change, and of an
    /// end that it shows twice the first is meant: a night shift loses or gains the hour.
    pub fn weekly_hours(&self, zone: &Zone, hours: &WeeklyHours, holidays: &BTreeSet<Date>) -> Intervals {
        let without_break = hours.to_minute >= hours.from_minute.saturating_add(MINUTES_PER_DAY);
        if holidays.is_empty() && without_break && hours.days == [true; 7] {
            return Intervals::always();
        }
        let margin = Duration::from_micros(MARGIN_DAYS as u64 * Duration::DAY.as_micros());
        let local_date =
            |time| self.instant(time).map(|instant| zone.time_zone().to_datetime(instant).date());
        let start = local_date(crate::units::Time::ZERO);
        let Some((start, last)) = start.zip(local_date(self.horizon() + margin)) else {
            return Intervals::never();
        };
        let days_before = i64::from(hours.to_minute / MINUTES_PER_DAY);
        let first = start.saturating_sub(SignedDuration::from_hours(24 * days_before));
        let intervals = first
            .series(jiff::Span::new().days(1))
            .take_while(|date| *date <= last)
            .filter(|date| hours.days[date.weekday().to_monday_zero_offset() as usize])
            .filter(|date| !holidays.contains(date))
            .filter_map(|date| {
                let reached = |minute: u16| {
                    let minutes = SignedDuration::from_mins(i64::from(minute));
                    let local = date.to_datetime(ClockTime::midnight()).checked_add(minutes).ok()?;
                    zone.first_reaching(local).ok().map(|instant| self.time_at(instant))
                };
                reached(hours.from_minute).zip(reached(hours.to_minute))
            });
        Intervals::union_of(intervals.collect())
    }
}

/// The position of a day's name, Monday first; three letters are enough.
fn day_named(name: &str) -> Option<usize> {
    DAY_NAMES.iter().position(|day| *day == name || &day[..3] == name)
}

/// Minutes after midnight of a time such as `8:00` or `24:00`.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str, least| {
        let right = (least..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = digits(hour, 1).zip(digits(minute, 2))?;
    let total = hour * 60 + minute;
    (minute < 60 && total <= MINUTES_PER_DAY).then_some(total)
}

#[cfg(test)]
mod tests;
