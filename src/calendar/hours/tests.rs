use jiff::civil::{DateTime, date, datetime};

use super::*;
use crate::units::Time;

fn calendar(start: DateTime, zone: &str, days: u64) -> Calendar {
    let horizon = Duration::from_micros(days * Duration::DAY.as_micros());
    Calendar::new(start, Zone::named(zone).unwrap(), horizon).unwrap()
}

/// The hours of a calendar in its own zone.
fn intervals(calendar: &Calendar, days: &str, hours: &str) -> Intervals {
    with_holidays(calendar, days, hours, &[])
}

fn with_holidays(calendar: &Calendar, days: &str, hours: &str, holidays: &[Date]) -> Intervals {
    let (from_minute, to_minute) = parse_hours(hours).unwrap();
    let hours = WeeklyHours { days: parse_days(days).unwrap(), from_minute, to_minute };
    calendar.weekly_hours(calendar.zone(), &hours, &holidays.iter().copied().collect())
}

/// Beginnings and lengths, in hours since the start, of the intervals that begin before `until`.
fn begun_before(intervals: &Intervals, until: f64) -> Vec<(f64, f64)> {
    intervals
        .iter()
        .map(|(from, to)| (from.as_secs_f64() / 3600.0, to.since(from).as_hours_f64()))
        .take_while(|(from, _)| *from < until)
        .collect()
}

#[test]
fn days() {
    let named = |text: &str| {
        let days = parse_days(text).unwrap();
        (0..7).filter(|day| days[*day]).map(|day| day.to_string()).collect::<String>()
    };
    for (text, expected) in [
        ("mon-fri", "01234"),
        ("sat,sun", "56"),
        ("mon-wed,fri", "0124"),
        ("every day", "0123456"),
        ("weekdays", "01234"),
        ("weekend", "56"),
        ("weekend, mon", "056"),
        ("sat-mon", "056"),
        ("Tuesday - Tue", "1"),
        ("tue-mon", "0123456"),
    ] {
        assert_eq!(named(text), expected, "{text}");
    }
    for text in ["", "mon-", "mo", "mon fri", "mon,,tue", "lundi", "mon-fri-sun", "é"] {
        assert!(matches!(parse_days(text), Err(HoursError::UnknownDay { .. })), "{text}");
    }
}

#[test]
fn hours_of_the_day() {
    assert_eq!(parse_hours("08:00-19:00"), Ok((480, 1140)));
    assert_eq!(parse_hours(" 8:30 - 9:15 "), Ok((510, 555)));
    assert_eq!(parse_hours("22:00-06:00"), Ok((1320, 1800)));
    assert_eq!(parse_hours("00:00-24:00"), Ok((0, 1440)));
    assert_eq!(parse_hours("16:00-00:00"), Ok((960, 1440)));
    for text in ["08:00-08:00", "00:00-00:00", "24:00-00:00", "24:00-24:00"] {
        assert_eq!(
            parse_hours(text).unwrap_err().to_string(),
            format!("`{text}` ends when it begins: write `00:00-24:00` for the whole day")
        );
    }
    for text in [
        "",
        "8-19",
        "08:00",
        "08:60-09:00",
        "08:00-24:01",
        "+8:00-9:00",
        "08:0-09:00",
        "99999:00-1:00",
        "é:00-1:00",
    ] {
        assert!(matches!(parse_hours(text), Err(HoursError::UnknownHours { .. })), "{text}");
    }
}

#[test]
fn night_shifts_lose_or_gain_the_hour() {
    // Saturday 12:00: the night shift begins ten hours later, and the clock changes in that night
    for (start, length) in
        [(datetime(2015, 3, 28, 12, 0, 0, 0), 7.0), (datetime(2015, 10, 24, 12, 0, 0, 0), 9.0)]
    {
        let paris = calendar(start, "Europe/Paris", 7);
        let nights = begun_before(&intervals(&paris, "every day", "22:00-06:00"), 60.0);
        assert_eq!(nights[..2], [(10.0, length), (10.0 + length + 16.0, 8.0)]);
    }
}

#[test]
fn hours_that_the_clock_skips_are_empty() {
    let spring = calendar(datetime(2015, 3, 28, 0, 0, 0, 0), "Europe/Paris", 7);
    let all = begun_before(&intervals(&spring, "every day", "02:00-03:00"), 75.0);
    assert_eq!(all, [(2.0, 1.0), (49.0, 1.0), (73.0, 1.0)]);
    let all = begun_before(&intervals(&spring, "every day", "02:15-02:45"), 50.0);
    assert_eq!(all, [(2.25, 0.5), (49.25, 0.5)]);
    let all = begun_before(&intervals(&spring, "every day", "02:30-04:00"), 40.0);
    assert_eq!(all, [(2.5, 1.5), (26.0, 1.0)]);
    let autumn = calendar(datetime(2015, 10, 25, 0, 0, 0, 0), "Europe/Paris", 7);
    assert_eq!(begun_before(&intervals(&autumn, "sun", "02:00-03:00"), 24.0), [(2.0, 2.0)]);
}

#[test]
fn zones_with_halves_of_hours() {
    let howe = calendar(datetime(2015, 4, 4, 12, 0, 0, 0), "Australia/Lord_Howe", 7);
    assert_eq!(begun_before(&intervals(&howe, "sat", "22:00-06:00"), 24.0), [(10.0, 8.5)]);
    let howe = calendar(datetime(2015, 10, 3, 12, 0, 0, 0), "Australia/Lord_Howe", 7);
    assert_eq!(begun_before(&intervals(&howe, "sat", "22:00-06:00"), 24.0), [(10.0, 7.5)]);
    // 08:00 in Kolkata is 02:30 universal time, the start's zone
    let utc = calendar(datetime(2015, 1, 5, 0, 0, 0, 0), "UTC", 7);
    let hours = WeeklyHours { days: [true; 7], from_minute: 480, to_minute: 960 };
    let kolkata = utc.weekly_hours(&Zone::named("Asia/Kolkata").unwrap(), &hours, &BTreeSet::new());
    assert_eq!(begun_before(&kolkata, 30.0), [(2.5, 8.0), (26.5, 8.0)]);
}

#[test]
fn a_day_that_a_zone_skipped_has_no_hours() {
    // Samoa crossed the date line: 2011-12-30 never was
    let apia = calendar(datetime(2011, 12, 29, 0, 0, 0, 0), "Pacific/Apia", 7);
    assert_eq!(begun_before(&intervals(&apia, "every day", "08:00-10:00"), 40.0), [(8.0, 2.0), (32.0, 2.0)]);
    assert!(begun_before(&intervals(&apia, "fri", "08:00-10:00"), 100.0).is_empty());
}

#[test]
fn shifts_begun_before_the_start_count() {
    // Monday 00:00: six hours are left of Sunday's night
    let paris = calendar(datetime(2015, 1, 5, 0, 0, 0, 0), "Europe/Paris", 7);
    assert_eq!(begun_before(&intervals(&paris, "sun", "22:00-06:00"), 24.0), [(0.0, 6.0)]);
    assert!(begun_before(&intervals(&paris, "sat", "22:00-06:00"), 24.0).is_empty());
    let hours = WeeklyHours {
        days: [false, false, false, false, true, false, false],
        from_minute: 0,
        to_minute: 3 * 1440 + 60,
    };
    let long = paris.weekly_hours(paris.zone(), &hours, &BTreeSet::new());
    assert_eq!(begun_before(&long, 24.0), [(0.0, 1.0)]);
}

#[test]
fn no_shift_begins_on_a_holiday() {
    // 2015-05-01 was a Friday
    let paris = calendar(datetime(2015, 4, 30, 0, 0, 0, 0), "Europe/Paris", 7);
    let nights = with_holidays(&paris, "weekdays", "22:00-06:00", &[date(2015, 5, 1)]);
    assert_eq!(begun_before(&nights, 120.0), [(0.0, 6.0), (22.0, 8.0), (118.0, 8.0)]);
    let around_the_clock = with_holidays(&paris, "every day", "00:00-24:00", &[date(2015, 5, 1)]);
    assert_eq!(begun_before(&around_the_clock, 47.0), [(0.0, 24.0)]);
    assert!(around_the_clock.contains(Time::from_secs_f64(48.0 * 3600.0)));
}

#[test]
fn hours_reach_beyond_the_horizon() {
    let paris = calendar(datetime(2015, 1, 5, 0, 0, 0, 0), "Europe/Paris", 7);
    assert_eq!(intervals(&paris, "every day", "00:00-24:00"), Intervals::always());
    let (_, end) = intervals(&paris, "every day", "08:00-09:00").iter().last().unwrap();
    assert!(end > Time::from_secs_f64(406.5 * 86_400.0));
    let empty = WeeklyHours { days: [true; 7], from_minute: 600, to_minute: 600 };
    assert!(paris.weekly_hours(paris.zone(), &empty, &BTreeSet::new()).is_empty());
}

/// Minute by minute through both changes of a year, an interval holds a time exactly if the local clock shows one
/// of the hours.
#[test]
fn the_local_clock_decides_minute_by_minute() {
    for zone in ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"] {
        let calendar = calendar(datetime(2015, 1, 1, 0, 0, 0, 0), zone, 365);
        let day = intervals(&calendar, "mon-sat", "00:30-19:45");
        for minute in 0..365 * 1440 {
            let time = Time::from_micros(minute * Duration::MINUTE.as_micros());
            let local = calendar.zone().time_zone().to_datetime(calendar.instant(time).unwrap());
            let of_day = i32::from(local.hour()) * 60 + i32::from(local.minute());
            let expected = local.weekday() != jiff::civil::Weekday::Sunday && (30..1185).contains(&of_day);
            assert_eq!(day.contains(time), expected, "{zone}: {local}");
        }
    }
}

#[test]
fn ten_years_of_hours() {
    let paris = calendar(datetime(2015, 1, 5, 0, 0, 0, 0), "Europe/Paris", 3652);
    let nights = intervals(&paris, "every day", "22:00-06:00");
    assert!(nights.iter().count() > 4000);
    let weights = crate::calendar::named_day_profile("evening").unwrap();
    assert!(paris.profile(paris.zone(), &weights, &[1.0; 7]).len() > 60_000);
}
