//! The numbers of a gate: rounded for people, so that value and threshold are told apart, and as they are.

use super::super::comparison;
use super::super::words::{self, UNKNOWN};
use crate::analysis::{Estimate, JudgedGate, Unit};

/// What was found, with its interval: `1h 25min (1h 23min–1h 28min)`.
pub(super) fn found(gate: &JudgedGate) -> String {
    let Some(value) = gate.value.as_ref().filter(|value| value.mean.is_finite()) else {
        return UNKNOWN.to_owned();
    };
    let n = precision(gate);
    match wide(value) {
        Some((lo, hi)) => {
            let [lo, hi] = [lo, hi].map(|end| shown(gate.unit, bounded(gate.unit, end), n));
            format!("{} ({lo}–{hi})", in_full(gate.unit, value.mean, n))
        }
        None if gate.unit == Unit::Share => in_full(gate.unit, value.mean, n),
        None => round(gate.unit, value.mean, n),
    }
}

/// How the value must compare with what: `<= 1h`.
pub(super) fn required(gate: &JudgedGate) -> String {
    let shown = |threshold: f64| match gate.unit {
        // what somebody has written is shown as it was written
        Unit::Share if gate.baseline.is_none() => words::goal(threshold),
        unit => round(unit, threshold, precision(gate)),
    };
    let threshold = finite(gate.threshold).map_or_else(|| UNKNOWN.to_owned(), shown);
    format!("{} {threshold}", gate.comparison.sign())
}

/// Value − threshold with its sign and interval; none where it cannot be told.
pub(super) fn margin(gate: &JudgedGate) -> Option<String> {
    let margin = gate.margin.as_ref().filter(|margin| margin.mean.is_finite())?;
    Some(comparison::difference(gate.unit, Some(margin)))
}

/// How much larger the value is than in the baseline; none where there is none.
pub(super) fn change(gate: &JudgedGate) -> Option<String> {
    let value = gate.value.as_ref().filter(|value| value.mean.is_finite())?;
    let change = Estimate { mean: value.mean - finite(gate.baseline)?, interval: None, n: value.n };
    Some(comparison::difference(gate.unit, Some(&change)))
}

/// A number as it is, with what it counts: `5127.25 seconds`.
pub(super) fn unrounded(unit: Unit, value: f64) -> String {
    with_unit(unit, value, None)
}

/// An estimate as it is: `5127.25 seconds (97.5 % interval: 5001.5 to 5260.75)`.
pub(super) fn unrounded_estimate(unit: Unit, estimate: &Estimate, confidence: f64) -> String {
    let interval = match finite_interval(estimate) {
        Some((lo, hi)) => {
            format!("{} interval: {} to {}", words::goal(confidence), digits(lo), digits(hi))
        }
        None => "no interval".to_owned(),
    };
    with_unit(unit, estimate.mean, Some(&interval))
}

/// A number as it is, with its unit: a word after it, or where that does not read as one, with what else there is to say.
fn with_unit(unit: Unit, value: f64, more: Option<&str>) -> String {
    let (after, apart) = match unit {
        Unit::Share => ("", Some("share of 1")),
        Unit::Seconds => (" seconds", None),
        Unit::Count => ("", Some("count")),
        Unit::Hours => (" hours", None),
        Unit::Money => ("", Some("money")),
        Unit::Ratio => ("", Some("ratio")),
    };
    let said: Vec<&str> = apart.into_iter().chain(more).collect();
    let said = if said.is_empty() { String::new() } else { format!(" ({})", said.join("; ")) };
    format!("{}{after}{said}", digits(value))
}

/// Whether chance played a part in what is shown, so that there is an interval in brackets.
pub(super) fn has_brackets(gate: &JudgedGate) -> bool {
    gate.value.as_ref().is_some_and(|value| value.mean.is_finite() && wide(value).is_some())
}

/// A number that is one.
pub(super) fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// The shortest digits that read back to the same number.
fn digits(value: f64) -> String {
    // what is nothing has no sign
    if value.is_finite() { format!("{}", value + 0.0) } else { UNKNOWN.to_owned() }
}

fn finite_interval(estimate: &Estimate) -> Option<(f64, f64)> {
    estimate.interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite())
}

/// The interval, if chance played a part in it: what is left of its width otherwise is the noise of sums.
fn wide(estimate: &Estimate) -> Option<(f64, f64)> {
    let noise = 1e-9 * estimate.mean.abs();
    finite_interval(estimate).filter(|(lo, hi)| hi - lo > noise)
}

/// The decimals, or units of a duration, with which the ends of the interval are told apart, and both from the threshold:
/// a gate that fails by half a second must not read `1h <= 1h`.
fn precision(gate: &JudgedGate) -> usize {
    const MOST_DECIMALS: usize = 4;
    const MOST_UNITS: usize = 6;
    let unit = gate.unit;
    let Some(value) = gate.value.as_ref().filter(|value| value.mean.is_finite()) else {
        return fewest(unit, &[]);
    };
    let interval = wide(value);
    let ends: Vec<f64> = interval.into_iter().flat_map(|(lo, hi)| [lo, hi]).collect();
    let all: Vec<f64> = ends.iter().copied().chain([value.mean]).collect();
    let fewest = fewest(unit, &all);
    let most = if unit == Unit::Seconds { MOST_UNITS } else { MOST_DECIMALS };
    // what is the same to the last bit is never told apart
    let differ =
        |a: f64, b: f64, n: usize| a.to_bits() == b.to_bits() || shown(unit, a, n) != shown(unit, b, n);
    let from_threshold =
        |values: &[f64], n| finite(gate.threshold).is_none_or(|t| values.iter().all(|v| differ(*v, t, n)));
    let ends_tell = |n| interval.is_none_or(|(lo, hi)| differ(lo, hi, n));
    (fewest..=most)
        .find(|n| ends_tell(*n) && from_threshold(&all, *n))
        .or_else(|| (fewest..=most).find(|n| ends_tell(*n) && from_threshold(&[value.mean], *n)))
        .or_else(|| (fewest..=most).find(|n| from_threshold(&[value.mean], *n)))
        .unwrap_or(fewest)
}

/// The decimals, or units of a duration, that are always worth reading.
fn fewest(unit: Unit, values: &[f64]) -> usize {
    let has_decimals = |value: &f64| value.abs() < 100.0 && (value - value.round()).abs() >= 0.05;
    match unit {
        Unit::Share => 1,
        Unit::Seconds => 2,
        Unit::Ratio => 3,
        Unit::Count | Unit::Hours | Unit::Money => usize::from(values.iter().any(has_decimals)),
    }
}

/// A number without its unit; of durations, their units are the number.
fn shown(unit: Unit, value: f64, n: usize) -> String {
    match unit {
        Unit::Share => format!("{:.n$}", value * 100.0),
        Unit::Seconds => words::duration_in(value, n),
        Unit::Count | Unit::Hours | Unit::Money | Unit::Ratio => words::count_with(value, n),
    }
}

/// A number with its unit.
fn in_full(unit: Unit, value: f64, n: usize) -> String {
    match unit {
        Unit::Share => words::percent_with(value, n),
        Unit::Hours => format!("{} h", shown(unit, value, n)),
        Unit::Seconds | Unit::Count | Unit::Money | Unit::Ratio => shown(unit, value, n),
    }
}

/// The same, no longer than it must be where it is round: `1h`, `95 %`.
fn round(unit: Unit, value: f64, n: usize) -> String {
    match unit {
        Unit::Share if is_whole(value * 1e3) => words::goal(value),
        Unit::Seconds if n <= 2 || is_whole(value / last_unit(value)) => words::duration(value),
        Unit::Count | Unit::Money | Unit::Hours if is_whole(value) => in_full(unit, value, 0),
        _ => in_full(unit, value, n),
    }
}

/// The second of the two units that a duration is told in.
fn last_unit(seconds: f64) -> f64 {
    match seconds {
        seconds if seconds >= 86_400.0 => 3600.0,
        seconds if seconds >= 3600.0 => 60.0,
        _ => 1.0,
    }
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-9
}

/// An interval by Student's t may pass the ends of what a number can be.
fn bounded(unit: Unit, value: f64) -> f64 {
    if unit == Unit::Share { value.clamp(0.0, 1.0) } else { value.max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{about, response_time};
    use super::*;
    use crate::analysis::GateVerdict;

    fn gate(unit: Unit, value: Estimate, threshold: f64) -> JudgedGate {
        JudgedGate { unit, ..response_time("a", GateVerdict::Failed, value, threshold) }
    }

    #[test]
    fn value_and_threshold_are_told_apart() {
        let check = |unit: Unit, (mean, half): (f64, f64), threshold: f64, expected: &str| {
            let gate = gate(unit, about(mean, half), threshold);
            assert_eq!(format!("{} {}", found(&gate), required(&gate)), expected);
        };
        check(Unit::Seconds, (5_127.25, 129.6), 3_600.0, "1h 25min (1h 23min–1h 28min) <= 1h");
        check(Unit::Seconds, (3_600.5, 0.0), 3_600.0, "1h 0min 1s <= 1h");
        check(Unit::Seconds, (3_600.0, 0.0), 3_600.0, "1h <= 1h");
        check(Unit::Seconds, (3_555.0, 40.0), 3_600.0, "59min 15s (58min 35s–59min 55s) <= 1h");
        check(Unit::Seconds, (3_555.0, 44.7), 3_600.0, "59min 15.0s (58min 30.3s–59min 59.7s) <= 1h");
        check(Unit::Seconds, (10.0, 20.0), 45.0, "10.0s (0s–30.0s) <= 45s");
        check(Unit::Share, (0.543_25, 0.006_5), 0.95, "54.3 % (53.7–55.0) <= 95 %");
        check(Unit::Share, (0.949_96, 0.000_03), 0.95, "94.996 % (94.993–94.999) <= 95 %");
        check(Unit::Share, (0.99, 0.02), 0.333_333, "99.0 % (97.0–100.0) <= 33.333 %");
        check(Unit::Count, (1_612.4, 98.05), 1_500.0, "1,612 (1,514–1,710) <= 1,500");
        check(Unit::Count, (3.4, 0.4), 3.0, "3.4 (3.0–3.8) <= 3");
        check(Unit::Count, (1_500.2, 0.0), 1_500.0, "1,500.2 <= 1,500");
        check(Unit::Hours, (3_402.0, 7.0), 3_360.7, "3,402 h (3,395–3,409) <= 3,361 h");
        check(Unit::Money, (119_070.0, 238.0), 120_000.0, "119,070 (118,832–119,308) <= 120,000");
    }

    #[test]
    fn unrounded_numbers_have_all_their_digits_and_a_unit() {
        let third = 1.0 / 3.0;
        assert_eq!(unrounded(Unit::Share, third), "0.3333333333333333 (share of 1)");
        assert_eq!(unrounded(Unit::Seconds, 3_600.0), "3600 seconds");
        assert_eq!(unrounded(Unit::Money, -0.0), "0 (money)");
        assert_eq!(unrounded(Unit::Hours, f64::NAN), "– hours");
        let estimate = Estimate { mean: 0.5, interval: Some((third, 0.75)), n: 20 };
        assert_eq!(
            unrounded_estimate(Unit::Count, &estimate, 0.975),
            "0.5 (count; 97.5 % interval: 0.3333333333333333 to 0.75)"
        );
        let alone = Estimate { interval: None, ..estimate };
        assert_eq!(unrounded_estimate(Unit::Seconds, &alone, 0.975), "0.5 seconds (no interval)");
    }
}
