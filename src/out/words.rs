//! Numbers as people read them.

use crate::analysis::{Estimate, Verdict};
use crate::units::Duration;

/// What stands where a number cannot be told.
pub(super) const UNKNOWN: &str = "–";

/// A duration in seconds as its two largest units, rounded: `2h 30min`, `45s`.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return UNKNOWN.to_owned();
    }
    // what `Duration` would cut off is rounded first: 1h 59min 59s is nearer to 2h than to 1h 59min
    let step = match seconds {
        s if s >= 864_000.0 => 86_400.0,
        s if s >= 86_400.0 => 3600.0,
        s if s >= 3600.0 => 60.0,
        s if s >= 60.0 => 1.0,
        s if s >= 1.0 => 0.1,
        _ => 0.001,
    };
    Duration::from_secs_f64((seconds / step).round() * step).to_string()
}

/// The length of a run: whole days in full, `19 days`; otherwise as [`duration`] says it.
pub(super) fn length(seconds: f64) -> String {
    let days = seconds / 86_400.0;
    if days >= 1.0 && (days - days.round()).abs() < 1e-9 { counted(days, "day") } else { duration(seconds) }
}

/// A count: thousands apart, decimals only where they matter.
pub(super) fn count(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let whole = value.round();
    if value.abs() < 100.0 && (value - whole).abs() >= 0.05 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", whole.abs());
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if whole < 0.0 { format!("-{grouped}") } else { grouped }
}

/// A share as a percentage with one decimal: `94.1 %`.
pub(super) fn percent(share: f64) -> String {
    percent_with(share, 1)
}

/// A share beside a goal: with as many decimals (up to three) as tell the two apart.
pub(super) fn percent_against(share: f64, goal: f64) -> String {
    percent_with(share, decimals_against(share, goal))
}

/// A goal: as many decimals as it was written with.
pub(super) fn goal(share: f64) -> String {
    if !share.is_finite() {
        return UNKNOWN.to_owned();
    }
    let rounded = (share * 1e5).round() / 1e3;
    format!("{rounded} %")
}

/// A number with its interval, each shown by `show`: `3h (2h–4h)`.
pub(super) fn with_interval(estimate: Option<&Estimate>, show: impl Fn(f64) -> String) -> String {
    let Some(estimate) = estimate.filter(|e| e.mean.is_finite()) else { return UNKNOWN.to_owned() };
    match estimate.interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite()) {
        Some((lo, hi)) => format!("{} ({}–{})", show(estimate.mean), show(lo), show(hi)),
        None => show(estimate.mean),
    }
}

/// A share with its interval, the sign of percent said once inside: `54.3 % (52.1–56.4)`.
pub(super) fn percent_with_interval(estimate: Option<&Estimate>) -> String {
    share_with_interval(estimate, None)
}

/// The same beside a goal: with decimals enough to tell them apart.
pub(super) fn share_with_interval(estimate: Option<&Estimate>, goal: Option<f64>) -> String {
    let Some(estimate) = estimate.filter(|e| e.mean.is_finite()) else { return UNKNOWN.to_owned() };
    let decimals = goal.map_or(1, |goal| decimals_against(estimate.mean, goal));
    let mean = percent_with(estimate.mean, decimals);
    match estimate.interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite()) {
        Some((lo, hi)) => {
            // an interval by Student's t may pass the ends of what a share can be
            let bound = |share: f64| format!("{:.decimals$}", share.clamp(0.0, 1.0) * 100.0);
            format!("{mean} ({}–{})", bound(lo), bound(hi))
        }
        None => mean,
    }
}

/// `1 case`, `2 cases`: a count with its noun.
pub(super) fn counted(value: f64, noun: &str) -> String {
    let plural = if (value - 1.0).abs() < 0.05 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

/// The verdict in the words of a planner.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Missed => "missed",
        Verdict::Inconclusive => "cannot tell",
    }
}

/// A clock as written, `sent -> removed`, in words: `from sent to removed`.
pub(super) fn clock(clock: &str) -> String {
    match clock.split_once("->") {
        Some((from, to)) => format!("from {} to {}", from.trim(), to.trim()),
        None => clock.to_owned(),
    }
}

/// A local time such as `2015-01-07T11:00` as `7 Jan 2015, 11:00`; as it stands where it is not one.
pub(super) fn moment(label: &str) -> String {
    match (day_of(label), time_of(label)) {
        (Some((year, month, day)), Some(time)) => format!("{day} {month} {year}, {time}"),
        _ => label.to_owned(),
    }
}

/// Year, name of the month and day of a label.
pub(super) fn day_of(label: &str) -> Option<(&str, &'static str, u32)> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = label.split('T').next()?.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some((year, month, day.parse().ok()?))
}

/// Hour and minute of a label.
pub(super) fn time_of(label: &str) -> Option<&str> {
    label.split_once('T').and_then(|(_, time)| time.get(..5))
}

/// At most `width` characters, the cut marked.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn percent_with(share: f64, decimals: usize) -> String {
    if !share.is_finite() {
        return UNKNOWN.to_owned();
    }
    let smallest = [1.0, 0.1, 0.01, 0.001][decimals.min(3)];
    let value = share * 100.0;
    // nearly nothing is not nothing, and nearly all is not all
    if value > 0.0 && value < smallest / 2.0 {
        return format!("<{smallest:.decimals$} %");
    }
    if value < 100.0 && value > 100.0 - smallest / 2.0 {
        return format!(">{:.decimals$} %", 100.0 - smallest);
    }
    format!("{value:.decimals$} %")
}

fn decimals_against(share: f64, goal: f64) -> usize {
    let same =
        |decimals: usize| format!("{:.decimals$}", share * 100.0) == format!("{:.decimals$}", goal * 100.0);
    // equal to the last of them: as good as equal
    (1..=3).find(|&decimals| !same(decimals)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_to_two_units() {
        assert_eq!(duration(7199.0), "2h");
        assert_eq!(duration(9000.0), "2h 30min");
        assert_eq!(duration(0.0), "0s");
        assert_eq!(duration(0.0123), "12ms");
        assert_eq!(duration(42.04), "42s");
        assert_eq!(duration(100_000.0), "1d 4h");
        assert_eq!(duration(f64::NAN), "–");
    }

    #[test]
    fn counts_and_shares() {
        assert_eq!(count(1_234_567.4), "1,234,567");
        assert_eq!(count(999.6), "1,000");
        assert_eq!(count(12.34), "12.3");
        assert_eq!(count(12.0), "12");
        assert_eq!(percent(0.9413), "94.1 %");
        assert_eq!(percent(0.999_99), ">99.9 %");
        assert_eq!(percent(0.000_01), "<0.1 %");
        assert_eq!(percent(1.0), "100.0 %");
        assert_eq!(percent_against(0.9498, 0.95), "94.98 %");
        assert_eq!(goal(0.95), "95 %");
        assert_eq!(goal(0.999), "99.9 %");
    }

    #[test]
    fn intervals_of_shares_stay_shares() {
        let estimate = Estimate { mean: 0.99, interval: Some((0.97, 1.01)), n: 5 };
        assert_eq!(percent_with_interval(Some(&estimate)), "99.0 % (97.0–100.0)");
        assert_eq!(percent_with_interval(None), "–");
        let alone = Estimate { mean: 0.5, interval: None, n: 1 };
        assert_eq!(percent_with_interval(Some(&alone)), "50.0 %");
    }

    #[test]
    fn labels_are_read_where_they_can_be() {
        assert_eq!(moment("2015-01-07T11:00"), "7 Jan 2015, 11:00");
        assert_eq!(moment("day 3"), "day 3");
        assert_eq!(moment("2015-13-07T11:00"), "2015-13-07T11:00");
        assert_eq!(clock("sent -> removed"), "from sent to removed");
        assert_eq!(shortened("abcdef", 4), "abc…");
    }
}
