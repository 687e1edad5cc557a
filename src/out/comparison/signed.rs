//! Numbers and their differences as people read them: shares in percent and points, times as durations, all with their
//! sign.

use super::super::words::{self, UNKNOWN};
use crate::analysis::{Compared, Estimate, Unit};

/// The most decimals, or units of a duration, that are worth reading.
const MOST: usize = 3;

/// The estimate alone: `30.3 %`, `2d 18h`, `2,113 h`.
fn value(unit: Unit, estimate: Option<&Estimate>) -> String {
    let Some(mean) = estimate.map(|estimate| estimate.mean).filter(|mean| mean.is_finite()) else {
        return UNKNOWN.to_owned();
    };
    match unit {
        Unit::Share => words::percent(mean),
        Unit::Seconds => words::duration(mean),
        Unit::Count | Unit::Money => words::count(mean),
        Unit::Hours => format!("{} h", words::count(mean)),
        Unit::Ratio => words::ratio(mean),
    }
}

/// The base's and the variant's estimates, with decimals enough to tell them apart.
pub(super) fn pair(compared: &Compared) -> (String, String) {
    let (base, variant) = (compared.base.as_ref(), compared.variant.as_ref());
    let unit = compared.measure.unit();
    let plain = plain_pair(compared);
    let (Some(before), Some(after)) = (base, variant) else { return plain };
    if plain.0 != plain.1 || before.mean.to_bits() == after.mean.to_bits() {
        return plain;
    }
    let finer = |n: usize| (magnitude(unit, before.mean, n), magnitude(unit, after.mean, n));
    let suffix = suffix_of_value(unit);
    let with = |(a, b): (String, String)| (format!("{a}{suffix}"), format!("{b}{suffix}"));
    (2..=MOST).map(finer).find(|(a, b)| a != b).map_or(plain, with)
}

/// The same, as short as can be.
pub(super) fn plain_pair(compared: &Compared) -> (String, String) {
    let unit = compared.measure.unit();
    (value(unit, compared.base.as_ref()), value(unit, compared.variant.as_ref()))
}

/// The estimate with its interval of 95 %, for tables that have room: `30.3 % (30.0–30.7)`.
pub(super) fn with_interval(unit: Unit, estimate: Option<&Estimate>) -> String {
    match unit {
        Unit::Share => words::percent_with_interval(estimate),
        Unit::Seconds => words::duration_with_interval(estimate),
        Unit::Count | Unit::Money | Unit::Hours => words::count_with_interval(estimate),
        Unit::Ratio => words::ratio_with_interval(estimate),
    }
}

/// A difference with its sign and its interval: `+33.2 points (+32.9 to +33.5)`, `-2h 13min (-2h 20min to -2h 6min)`.
pub(in crate::out) fn difference(unit: Unit, estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate.filter(|estimate| estimate.mean.is_finite()) else {
        return UNKNOWN.to_owned();
    };
    let n = precision(unit, estimate);
    let signed = |value: f64| with_sign(value, &magnitude(unit, value.abs(), n));
    let mean = format!("{}{}", signed(estimate.mean), suffix_of_difference(unit));
    match wide(estimate) {
        Some((lo, hi)) => format!("{mean} ({} to {})", signed(lo), signed(hi)),
        None => mean,
    }
}

/// How large a difference is, whatever its sign, which the sentence around it says: `33.2 points (32.9–33.5)`.
pub(super) fn size(unit: Unit, estimate: &Estimate) -> String {
    let n = precision(unit, estimate);
    let plain = |value: f64| magnitude(unit, value.abs(), n);
    let mean = format!("{}{}", plain(estimate.mean), suffix_of_difference(unit));
    match wide(estimate) {
        Some((lo, hi)) if lo >= 0.0 => format!("{mean} ({}–{})", plain(lo), plain(hi)),
        Some((lo, hi)) if hi <= 0.0 => format!("{mean} ({}–{})", plain(hi), plain(lo)),
        Some(_) => difference(unit, Some(estimate)),
        None => mean,
    }
}

fn with_sign(value: f64, magnitude: &str) -> String {
    let is_nothing = !magnitude.contains(|digit| ('1'..='9').contains(&digit));
    let sign = match value {
        _ if is_nothing => "",
        value if value > 0.0 => "+",
        _ => "-",
    };
    format!("{sign}{magnitude}")
}

/// The decimals, or the units of a duration, at which the ends of the interval differ from the estimate.
fn precision(unit: Unit, estimate: &Estimate) -> usize {
    let fewest = match unit {
        Unit::Share => 1,
        Unit::Seconds => 2,
        Unit::Count | Unit::Money | Unit::Hours => usize::from(estimate.mean.abs() < 100.0),
        Unit::Ratio => MOST,
    };
    let most = match unit {
        Unit::Seconds => MOST + 1,
        // far below 1, it has its digits there
        Unit::Ratio => 2 * MOST,
        Unit::Share | Unit::Count | Unit::Money | Unit::Hours => MOST,
    };
    let shown = |value: f64, n: usize| with_sign(value, &magnitude(unit, value.abs(), n));
    let Some((lo, hi)) = wide(estimate) else {
        let is_something = |n: &usize| estimate.mean == 0.0 || shown(estimate.mean, *n) != shown(0.0, *n);
        return (fewest..=most).find(is_something).unwrap_or(most);
    };
    // an end that is not zero does not look like it where the interval leaves zero out
    let is_apart = lo > 0.0 || hi < 0.0;
    let ends_tell = |n: &usize| {
        let (low, high, zero) = (shown(lo, *n), shown(hi, *n), shown(0.0, *n));
        low != high && !(is_apart && (low == zero || high == zero))
    };
    let all_tell =
        |n: &usize| ends_tell(n) && ![lo, hi].map(|end| shown(end, *n)).contains(&shown(estimate.mean, *n));
    (fewest..=most).find(all_tell).or_else(|| (fewest..=most).find(ends_tell)).unwrap_or(most)
}

/// A number without sign and unit; `n` is the number of decimals, or of units of a duration.
fn magnitude(unit: Unit, value: f64, n: usize) -> String {
    match unit {
        Unit::Share => format!("{:.n$}", value * 100.0),
        Unit::Seconds => words::duration_in(value, n),
        Unit::Count | Unit::Money | Unit::Hours | Unit::Ratio => words::count_with(value, n),
    }
}

fn suffix_of_difference(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => " points",
        Unit::Hours => " h",
        Unit::Seconds | Unit::Count | Unit::Money | Unit::Ratio => "",
    }
}

fn suffix_of_value(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => " %",
        Unit::Hours => " h",
        Unit::Seconds | Unit::Count | Unit::Money | Unit::Ratio => "",
    }
}

/// The interval, if chance played a part in it.
fn wide(estimate: &Estimate) -> Option<(f64, f64)> {
    let noise = 1e-9 * estimate.mean.abs();
    estimate.interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite() && hi - lo > noise)
}
