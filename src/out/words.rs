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
    let step = step_of(seconds, 2);
    Duration::from_secs_f64((seconds / step).round() * step).to_string()
}

/// A duration with its interval, two units each, or as many as keep the ends of the interval apart:
/// `12d 4h (11d 21h–12d 9h)`.
pub(super) fn duration_with_interval(estimate: Option<&Estimate>) -> String {
    const MOST_UNITS: usize = 5;
    let Some(estimate) = estimate.filter(|e| e.mean.is_finite()) else { return UNKNOWN.to_owned() };
    let Some((lo, hi)) = wide_interval(estimate) else { return duration(estimate.mean.max(0.0)) };
    let differ = |n_units: &usize| duration_in(lo, *n_units) != duration_in(hi, *n_units);
    let n_units = (2..=MOST_UNITS).find(differ).unwrap_or(2);
    format!(
        "{} ({}–{})",
        duration_in(estimate.mean, n_units),
        duration_in(lo, n_units),
        duration_in(hi, n_units)
    )
}

/// The length of a run: whole days in full, `19 days`; otherwise as [`duration`] says it.
pub(super) fn length(seconds: f64) -> String {
    let days = seconds / 86_400.0;
    if days >= 1.0 && (days - days.round()).abs() < 1e-9 { counted(days, "day") } else { duration(seconds) }
}

/// A count: thousands apart, decimals only where they matter.
pub(super) fn count(value: f64) -> String {
    count_with(value, usize::from(has_decimals(value)))
}

/// A count with its interval, with decimals where they matter or where the ends would not differ:
/// `3.4 (3.0–3.8)`.
pub(super) fn count_with_interval(estimate: Option<&Estimate>) -> String {
    const MOST_DECIMALS: usize = 3;
    let Some(estimate) = estimate.filter(|e| e.mean.is_finite()) else { return UNKNOWN.to_owned() };
    let mean = estimate.mean.max(0.0);
    let Some((lo, hi)) = wide_interval(estimate) else { return count(mean) };
    let (lo, hi) = (lo.max(0.0), hi.max(0.0));
    let fewest = usize::from(mean < 100.0 && [mean, lo, hi].into_iter().any(has_decimals));
    let differ = |decimals: &usize| count_with(lo, *decimals) != count_with(hi, *decimals);
    let decimals = (fewest..=MOST_DECIMALS).find(differ).unwrap_or(fewest);
    format!("{} ({}–{})", count_with(mean, decimals), count_with(lo, decimals), count_with(hi, decimals))
}

/// A ratio, to three digits: `0.412`, `1.26`, `0.0123`.
pub(super) fn ratio(value: f64) -> String {
    if value.is_finite() { format!("{value:.0$}", ratio_decimals(value)) } else { UNKNOWN.to_owned() }
}

/// A ratio with its interval, to as many decimals: `0.412 (0.405–0.419)`.
pub(super) fn ratio_with_interval(estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate.filter(|e| e.mean.is_finite()) else { return UNKNOWN.to_owned() };
    let decimals = ratio_decimals(estimate.mean);
    match wide_interval(estimate) {
        Some((lo, hi)) => format!("{:.decimals$} ({lo:.decimals$}–{hi:.decimals$})", estimate.mean),
        None => ratio(estimate.mean),
    }
}

/// The decimals that show three digits of a ratio.
fn ratio_decimals(value: f64) -> usize {
    const MOST_DECIMALS: f64 = 9.0;
    let size = value.abs().log10().floor();
    if size.is_finite() { (2.0 - size).clamp(0.0, MOST_DECIMALS) as usize } else { 3 }
}

/// A share as a percentage with one decimal: `94.1 %`.
pub(super) fn percent(share: f64) -> String {
    percent_with(share, 1)
}

/// A share as a percentage with the decimals of [`share_decimals`].
pub(super) fn percent_with(share: f64, decimals: usize) -> String {
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

/// A goal: as many decimals as it was written with.
pub(super) fn goal(share: f64) -> String {
    if !share.is_finite() {
        return UNKNOWN.to_owned();
    }
    let rounded = (share * 1e5).round() / 1e3;
    format!("{rounded} %")
}

/// A share with its interval, the sign of percent said once inside: `54.3 % (52.1–56.4)`.
pub(super) fn percent_with_interval(estimate: Option<&Estimate>) -> String {
    share_with_interval(estimate, None)
}

/// The same beside a goal: with decimals enough to tell them apart.
pub(super) fn share_with_interval(estimate: Option<&Estimate>, goal: Option<f64>) -> String {
    let Some(estimate) = estimate.filter(|e| e.mean.is_finite()) else { return UNKNOWN.to_owned() };
    let decimals = share_decimals(estimate, goal);
    let mean = percent_with(estimate.mean, decimals);
    match wide_interval(estimate) {
        Some((lo, hi)) => {
            // an interval by Student's t may pass the ends of what a share can be
            let bound = |share: f64| format!("{:.decimals$}", share.clamp(0.0, 1.0) * 100.0);
            format!("{mean} ({}–{})", bound(lo), bound(hi))
        }
        None => mean,
    }
}

/// The decimals (one to three) with which a percentage is told from its goal and from the ends of its interval.
pub(super) fn share_decimals(estimate: &Estimate, goal: Option<f64>) -> usize {
    const MOST_DECIMALS: usize = 3;
    let shown = |share: f64, decimals: usize| format!("{:.decimals$}", share.clamp(0.0, 1.0) * 100.0);
    let differ = |a: f64, b: f64, decimals: usize| shown(a, decimals) != shown(b, decimals);
    // equal to the last of them: as good as equal
    let from_goal = |goal| (1..=MOST_DECIMALS).find(|&d| differ(estimate.mean, goal, d)).unwrap_or(1);
    let fewest = goal.map_or(1, from_goal);
    let Some((lo, hi)) = wide_interval(estimate) else { return fewest };
    let is_inside = |&d: &usize| differ(lo, estimate.mean, d) && differ(estimate.mean, hi, d);
    (fewest..=MOST_DECIMALS)
        .find(is_inside)
        .or_else(|| (fewest..=MOST_DECIMALS).find(|&d| differ(lo, hi, d)))
        .unwrap_or(fewest)
}

/// `1 case`, `2 cases`: a count with its noun.
pub(super) fn counted(value: f64, noun: &str) -> String {
    let plural = if (value - 1.0).abs() < 0.05 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

/// A mean count with its noun. Part of a case is nothing that anybody could see, so a small mean says what it is:
/// `on average 36 cases a replication`.
pub(super) fn counted_on_average(estimate: &Estimate, noun: &str) -> String {
    let counted = counted(whole_from_ten(estimate.mean), noun);
    if is_small_mean(estimate) { format!("on average {counted} a replication") } else { counted }
}

/// A count as sentences say it: from ten on without decimals.
pub(super) fn whole_from_ten(value: f64) -> f64 {
    if value >= 10.0 { value.round() } else { value }
}

/// Whether a count is a mean in which a part of one shows.
pub(super) fn is_small_mean(estimate: &Estimate) -> bool {
    estimate.mean < 100.0 && has_decimals(estimate.mean)
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

/// The units of a duration, in seconds; seconds go on in decimals.
const UNITS: [(f64, &str); 4] = [(86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s")];

/// Position in [`UNITS`] of the largest unit that fits into a duration; beyond them below a second.
fn first_unit(seconds: f64) -> usize {
    UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(UNITS.len())
}

/// The smallest step that so many units of a duration can tell, in seconds.
fn step_of(seconds: f64, n_units: usize) -> f64 {
    let last = first_unit(seconds) + n_units - 1;
    match UNITS.get(last) {
        Some((size, _)) => *size,
        None if first_unit(seconds) < UNITS.len() => decimal_step(last + 1 - UNITS.len()),
        // a thousandth with two units, so that below a second there are no decimals at first
        None => decimal_step(last - UNITS.len() + 2),
    }
}

fn decimal_step(decimals: usize) -> f64 {
    (0..decimals).fold(1.0, |step, _| step / 10.0)
}

/// A duration in exactly so many units, rounded: `3d 0h`, `7.1s`.
pub(super) fn duration_in(seconds: f64, n_units: usize) -> String {
    let rounded = |seconds: f64| {
        let step = step_of(seconds, n_units);
        (seconds / step).round() * step
    };
    let seconds = seconds.max(0.0);
    // what rounding lifts to a larger unit is told in that
    let seconds = if first_unit(rounded(seconds)) < first_unit(seconds) { rounded(seconds) } else { seconds };
    let value = rounded(seconds);
    let first = first_unit(seconds);
    if value <= 0.0 {
        return "0s".to_owned();
    }
    if first == UNITS.len() {
        return format!("{:.*}ms", n_units - 2, value * 1e3);
    }
    let last = (first + n_units - 1).min(UNITS.len() - 1);
    let decimals = first + n_units - 1 - last;
    let mut rest = value;
    let mut parts = Vec::new();
    for (idx, (size, unit)) in UNITS.iter().enumerate().take(last + 1).skip(first) {
        if idx == last {
            parts.push(format!("{:.decimals$}{unit}", rest / size));
        } else {
            // half a microsecond for what the division lost
            let whole = ((rest + 5e-7) / size).floor();
            rest = (rest - whole * size).max(0.0);
            parts.push(format!("{whole:.0}{unit}"));
        }
    }
    parts.join(" ")
}

/// Whether a count reads otherwise with a decimal; from a hundred on none matters.
fn has_decimals(value: f64) -> bool {
    value.abs() < 100.0 && (value - value.round()).abs() >= 0.05
}

pub(super) fn count_with(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let shown = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = shown.split_at(shown.find('.').unwrap_or(shown.len()));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let is_negative = value < 0.0 && shown.contains(|digit| ('1'..='9').contains(&digit));
    format!("{}{grouped}{fraction}", if is_negative { "-" } else { "" })
}

/// The interval, if it has a width: chance played no part in a value that is the same in all replications, and what is
/// left of its width is the noise of floating-point sums.
fn wide_interval(estimate: &Estimate) -> Option<(f64, f64)> {
    let noise = 1e-9 * estimate.mean.abs();
    estimate.interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite() && hi - lo > noise)
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
        assert_eq!(duration(12.0 * 86_400.0 + 7200.0), "12d 2h");
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
        assert_eq!(goal(0.95), "95 %");
        assert_eq!(goal(0.999), "99.9 %");
    }

    #[test]
    fn ratios_have_three_digits() {
        let shown = [0.4123, 1.263, 17.28, 1234.4, 0.012_34, 0.0, f64::NAN].map(ratio);
        assert_eq!(shown, ["0.412", "1.26", "17.3", "1234", "0.0123", "0.000", "–"]);
        assert_eq!(ratio_with_interval(Some(&within(0.4123, 0.4, 0.42))), "0.412 (0.400–0.420)");
        let alone = Estimate { interval: None, ..within(1.263, 0.0, 0.0) };
        assert_eq!(ratio_with_interval(Some(&alone)), "1.26");
        assert_eq!(ratio_with_interval(None), "–");
    }

    fn within(mean: f64, lo: f64, hi: f64) -> Estimate {
        Estimate { mean, interval: Some((lo, hi)), n: 20 }
    }

    #[test]
    fn durations_show_how_wide_their_interval_is() {
        let check = |(mean, lo, hi): (f64, f64, f64), expected: &str| {
            assert_eq!(duration_with_interval(Some(&within(mean, lo, hi))), expected);
        };
        let (day, hour) = (86_400.0, 3600.0);
        check((12.15 * day, 11.875 * day, 12.375 * day), "12d 4h (11d 21h–12d 9h)");
        check((3.0 * day, 2.95 * day, 3.05 * day), "3d 0h (2d 23h–3d 1h)");
        check((26.1 * hour, 25.9 * hour, 26.3 * hour), "1d 2h 6min (1d 1h 54min–1d 2h 18min)");
        check((hour + 1.5, hour + 1.0, hour + 2.0), "1h 0min 2s (1h 0min 1s–1h 0min 2s)");
        check((3555.0, 3502.0, 3599.7), "59min 15s (58min 22s–1h 0min)");
        check((7.1, 7.08, 7.12), "7.10s (7.08s–7.12s)");
        check((0.0123, 0.0121, 0.0124), "12.3ms (12.1ms–12.4ms)");
        check((5.0, -1.0, 11.0), "5.0s (0s–11.0s)");
        check((120.0, 120.0, 120.0), "2min");
        check((0.0, 0.0, 0.0), "0s");
        check((0.1 + 0.2, 0.3, 0.1 + 0.2), "300ms");
        check((f64::NAN, 0.0, 1.0), "–");
        assert_eq!(
            duration_with_interval(Some(&Estimate { mean: 9000.0, interval: None, n: 1 })),
            "2h 30min"
        );
    }

    #[test]
    fn counts_show_how_wide_their_interval_is() {
        let check = |(mean, lo, hi): (f64, f64, f64), expected: &str| {
            assert_eq!(count_with_interval(Some(&within(mean, lo, hi))), expected);
        };
        check((45_670.2, 45_565.1, 45_775.4), "45,670 (45,565–45,775)");
        check((3.4, 3.0, 3.8), "3.4 (3.0–3.8)");
        check((98.2, 95.9, 101.4), "98.2 (95.9–101.4)");
        check((105.2, 98.3, 112.1), "105 (98–112)");
        check((2_113.2, 2_113.1, 2_113.3), "2,113.2 (2,113.1–2,113.3)");
        check((25.01, 24.99, 25.03), "25.01 (24.99–25.03)");
        check((8.0, 8.0, 8.0), "8");
        check((0.3, -0.2, 0.8), "0.3 (0.0–0.8)");
    }

    #[test]
    fn small_means_say_that_they_are() {
        let check = |mean: f64, expected: &str| {
            assert_eq!(counted_on_average(&within(mean, mean - 0.5, mean + 0.5), "case"), expected);
        };
        check(35.7, "on average 36 cases a replication");
        check(5.8, "on average 5.8 cases a replication");
        check(36.0, "36 cases");
        check(135.7, "136 cases");
        check(1.0, "1 case");
    }

    #[test]
    fn shares_show_how_wide_their_interval_is() {
        let check = |(mean, lo, hi): (f64, f64, f64), goal: Option<f64>, expected: &str| {
            assert_eq!(share_with_interval(Some(&within(mean, lo, hi)), goal), expected);
        };
        check((0.0286, 0.0281, 0.0291), None, "2.86 % (2.81–2.91)");
        check((0.543, 0.537, 0.55), Some(0.95), "54.3 % (53.7–55.0)");
        check((0.9498, 0.9, 0.99), Some(0.95), "94.98 % (90.00–99.00)");
        check((0.9999, 0.9997, 1.0001), None, "99.99 % (99.97–100.00)");
        check((0.5, 0.5, 0.5), None, "50.0 %");
        check((1.0, 1.0, 1.0), None, "100.0 %");
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
