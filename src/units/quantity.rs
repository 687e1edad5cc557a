//! Quantities with units, as written in scenario files and on the command line.
//!
//! | what | examples |
//! |---|---|
//! | duration | `"45s"`, `"4min"`, `"1h 30min"`, `"2.5 days"` |
//! | rate | `"515/day"`, `"6/min"`, `"0.5 per hour"` |
//! | factor | `"16x"`, `"0.5x"` |
//! | share | `0.4`, `"40%"` |

use std::fmt;

use super::Duration;

/// Why a quantity could not be read. Its text says what was wrong and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuantityError {
    /// A number stands alone where a unit is needed.
    MissingUnit {
        /// What was written.
        text: String,
        /// An example of the right form.
        example: &'static str,
    },
    /// The unit is not one of those known.
    UnknownUnit {
        /// The unit as written.
        unit: String,
        /// Those that would do.
        known: &'static str,
    },
    /// Not a number at all.
    NotANumber {
        /// What was written.
        text: String,
        /// An example of the right form.
        example: &'static str,
    },
    /// A comma where a point belongs.
    DecimalComma {
        /// What was written.
        text: String,
    },
    /// Negative, infinite, or not a number in the arithmetic sense.
    OutOfRange {
        /// What was written.
        text: String,
        /// What is allowed.
        allowed: &'static str,
    },
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingUnit { text, example } => {
                write!(f, "`{text}` has no unit: write for example `{example}`")
            }
            Self::UnknownUnit { unit, known } => write!(f, "unknown unit `{unit}`: use one of {known}"),
            Self::NotANumber { text, example } => {
                write!(f, "cannot read `{text}`: write for example `{example}`")
            }
            Self::DecimalComma { text } => {
                write!(f, "`{text}` has a comma: write decimals with a point, as in `10.5min`")
            }
            Self::OutOfRange { text, allowed } => write!(f, "`{text}` is out of range: {allowed}"),
        }
    }
}

impl std::error::Error for QuantityError {}

const DURATION_UNITS: &str = "ms, s, min, h, days, weeks";
const RATE_UNITS: &str = "/s, /min, /h, /day, /week, /year";
/// A thousand years: room for any plan, far from the end of the integer range.
const LONGEST_SECONDS: f64 = 1000.0 * 365.25 * 86_400.0;

/// Reads a duration such as `"4min"`, `"1h 30min"` or `"2.5 days"`.
///
/// # Errors
///
/// When a number is missing, negative or not finite, or a unit is missing or unknown.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    const EXAMPLE: &str = "4min";
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(QuantityError::NotANumber { text: text.into(), example: EXAMPLE });
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let (number, after) = split_number(rest, text, EXAMPLE)?;
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        if unit.is_empty() {
            return Err(QuantityError::MissingUnit { text: text.trim().into(), example: EXAMPLE });
        }
        let size = unit_seconds(unit)
            .ok_or_else(|| QuantityError::UnknownUnit { unit: unit.into(), known: DURATION_UNITS })?;
        seconds += number * size;
        rest = next.trim_start();
    }
    if !(0.0..=LONGEST_SECONDS).contains(&seconds) {
        return Err(out_of_range(text, "a duration lies between 0 and 1000 years"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// Reads a rate such as `"515/day"` or `"0.5 per hour"`, in events per second.
///
/// # Errors
///
/// When the number is missing, negative or not finite, or the unit is missing or unknown.
pub fn parse_rate(text: &str) -> Result<f64, QuantityError> {
    const EXAMPLE: &str = "515/day";
    let (number, after) = split_number(text.trim(), text, EXAMPLE)?;
    let after = after.trim();
    if after.is_empty() {
        return Err(QuantityError::MissingUnit { text: text.trim().into(), example: EXAMPLE });
    }
    let unit = after.strip_prefix('/').or_else(|| after.strip_prefix("per ")).map(str::trim);
    let size = unit
        .and_then(unit_seconds)
        .ok_or_else(|| QuantityError::UnknownUnit { unit: after.into(), known: RATE_UNITS })?;
    let rate = number / size;
    if !(0.0..=1e9).contains(&rate) {
        return Err(out_of_range(text, "a rate lies between 0 and 1e9 a second"));
    }
    Ok(rate)
}

/// Reads a factor such as `"16x"`.
///
/// # Errors
///
/// When the number is missing, negative or not finite, or the `x` is missing.
pub fn parse_factor(text: &str) -> Result<f64, QuantityError> {
    const EXAMPLE: &str = "16x";
    let (number, after) = split_number(text.trim(), text, EXAMPLE)?;
    match after.trim() {
        "" => Err(QuantityError::MissingUnit { text: text.trim().into(), example: EXAMPLE }),
        "x" | "×" if (0.0..=1e9).contains(&number) => Ok(number),
        "x" | "×" => Err(out_of_range(text, "a factor lies between 0 and 1e9")),
        other => Err(QuantityError::UnknownUnit { unit: other.into(), known: "x" }),
    }
}

/// Reads a share written as text: `"40%"`. A bare number between 0 and 1 is checked by [`check_share`].
///
/// # Errors
///
/// When it is not a percentage between 0 and 100.
pub fn parse_share(text: &str) -> Result<f64, QuantityError> {
    const EXAMPLE: &str = "40%";
    let (number, after) = split_number(text.trim(), text, EXAMPLE)?;
    match after.trim() {
        "%" => check_share(number / 100.0),
        "" => Err(QuantityError::MissingUnit { text: text.trim().into(), example: EXAMPLE }),
        other => Err(QuantityError::UnknownUnit { unit: other.into(), known: "%" }),
    }
}

/// Checks that a bare number is a share.
///
/// # Errors
///
/// When it lies outside 0 to 1, or is not a number.
pub fn check_share(share: f64) -> Result<f64, QuantityError> {
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(out_of_range(&share.to_string(), "a share lies between 0 and 1 (or 0% and 100%)"))
    }
}

fn out_of_range(text: &str, allowed: &'static str) -> QuantityError {
    QuantityError::OutOfRange { text: text.trim().into(), allowed }
}

/// The number at the front of `rest`, and what follows it.
fn split_number<'a>(
    rest: &'a str,
    whole: &str,
    example: &'static str,
) -> Result<(f64, &'a str), QuantityError> {
    let numeric = |(i, c): (usize, char)| match c {
        '0'..='9' | '.' | '_' => false,
        '+' | '-' => i != 0 && !rest[..i].ends_with(['e', 'E']),
        // an exponent only where a digit or sign follows: `3e5/s`, but not a unit that begins with `e`
        'e' | 'E' => !rest[i + 1..].starts_with(|d: char| d.is_ascii_digit() || d == '-' || d == '+'),
        _ => true,
    };
    let end = rest.char_indices().find(|&ic| numeric(ic)).map_or(rest.len(), |(i, _)| i);
    let digits = rest[..end].replace('_', "");
    if rest[end..].starts_with(',') {
        return Err(QuantityError::DecimalComma { text: whole.trim().into() });
    }
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok((number, &rest[end..])),
        Ok(_) => Err(out_of_range(whole, "write a finite number that is not negative")),
        Err(_) => Err(QuantityError::NotANumber { text: whole.trim().into(), example }),
    }
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "us" | "µs" | "microsecond" | "microseconds" => 1e-6,
        "ms" | "millisecond" | "milliseconds" => 1e-3,
        "s" | "sec" | "second" | "seconds" => 1.0,
        "min" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        "week" | "weeks" => 604_800.0,
        "year" | "years" => 365.25 * 86_400.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(parse_duration("4min"), Ok(Duration::from_micros(240_000_000)));
        assert_eq!(parse_duration(" 1h 30min "), Ok(Duration::from_micros(5_400_000_000)));
        assert_eq!(parse_duration("2.5 days"), Ok(Duration::from_micros(216_000_000_000)));
        assert_eq!(parse_duration("1e3ms"), Ok(Duration::SECOND));
        assert_eq!(parse_duration("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn rates_factors_and_shares() {
        assert_eq!(parse_rate("86400/day"), Ok(1.0));
        assert_eq!(parse_rate("6 per min"), Ok(0.1));
        assert_eq!(parse_factor("16x"), Ok(16.0));
        assert_eq!(parse_share("40%"), Ok(0.4));
    }

    #[test]
    fn refusals_name_the_remedy() {
        let shown = |e: QuantityError| e.to_string();
        assert_eq!(shown(parse_duration("4").unwrap_err()), "`4` has no unit: write for example `4min`");
        assert_eq!(
            shown(parse_duration("4 mn").unwrap_err()),
            "unknown unit `mn`: use one of ms, s, min, h, days, weeks"
        );
        assert_eq!(shown(parse_rate("515").unwrap_err()), "`515` has no unit: write for example `515/day`");
        assert_eq!(shown(parse_factor("16").unwrap_err()), "`16` has no unit: write for example `16x`");
        assert!(matches!(parse_duration("-3min"), Err(QuantityError::OutOfRange { .. })));
        assert!(matches!(parse_duration("1e400s"), Err(QuantityError::OutOfRange { .. })));
        assert!(matches!(parse_duration("soon"), Err(QuantityError::NotANumber { .. })));
        assert!(matches!(parse_duration("2000 years"), Err(QuantityError::OutOfRange { .. })));
        assert!(matches!(parse_duration("10,5min"), Err(QuantityError::DecimalComma { .. })));
        assert!(matches!(parse_rate("1,000/day"), Err(QuantityError::DecimalComma { .. })));
        assert!(matches!(parse_share("140%"), Err(QuantityError::OutOfRange { .. })));
        assert!(matches!(parse_duration("é"), Err(QuantityError::NotANumber { .. })));
    }
}
