//! Integer simulated time.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A point in simulated time: microseconds since the start of the scenario.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A length of simulated time, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

impl Time {
    /// The start of the scenario.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// The time `micros` microseconds after the start.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The time `seconds` after the start, rounded down to the microsecond.
    ///
    /// Negative and not-a-number give [`Time::ZERO`]; beyond the range gives [`Time::NEVER`].
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self((seconds * 1e6) as u64)
    }

    /// Microseconds since the start.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The time since `earlier`.
    ///
    /// # Panics
    ///
    /// In debug builds, if `earlier` is later than `self`: simulated time never goes back.
    pub fn since(self, earlier: Self) -> Duration {
        debug_assert!(earlier <= self, "time went back from {earlier:?} to {self:?}");
        Duration(self.0.wrapping_sub(earlier.0))
    }

    /// The time since `earlier`, zero where `earlier` is later.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than anything that ends.
    pub const FOREVER: Self = Self(u64::MAX);
    /// One second.
    pub const SECOND: Self = Self(1_000_000);
    /// One minute.
    pub const MINUTE: Self = Self(60_000_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000_000);
    /// One day of 24 hours.
    pub const DAY: Self = Self(86_400_000_000);
    /// One week of 168 hours.
    pub const WEEK: Self = Self(604_800_000_000);

    /// A length of `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A length of `seconds`, rounded to the nearest microsecond.
    ///
    /// Negative and not-a-number give zero; beyond the range gives [`Duration::FOREVER`].
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self((seconds * 1e6 + 0.5) as u64)
    }

    /// Microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Hours.
    pub fn as_hours_f64(self) -> f64 {
        self.0 as f64 / 3.6e9
    }

    /// What is left of `self` after `other`, at least zero.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Saturates at [`Time::NEVER`], so that adding to "never" stays "never".
impl Add<Duration> for Time {
    type Output = Self;
    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}

/// Saturates at [`Duration::FOREVER`].
impl Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub<Duration> for Time {
    type Output = Self;
    fn sub(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(length.0))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER { f.write_str("never") } else { write!(f, "{}s", self.as_secs_f64()) }
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::FOREVER { f.write_str("forever") } else { write!(f, "{}s", self.as_secs_f64()) }
    }
}

/// The way a planner writes it: the two largest units that matter, such as `2h 30min` or `45s`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] =
            [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s")];
        if *self == Self::FOREVER {
            return f.write_str("forever");
        }
        if self.0 < 1_000_000 {
            return if self.0 == 0 { f.write_str("0s") } else { write!(f, "{}ms", self.0 as f64 / 1e3) };
        }
        let first = UNITS.iter().position(|(size, _)| self.0 >= *size).unwrap_or(3);
        let (size, unit) = UNITS[first];
        let rest = self.0 % size;
        match UNITS.get(first + 1) {
            None if rest > 0 => write!(f, "{}s", (self.0 as f64 / 1e5).round() / 10.0),
            Some((smaller, smaller_unit)) if rest / smaller > 0 => {
                write!(f, "{}{unit} {}{smaller_unit}", self.0 / size, rest / smaller)
            }
            _ => write!(f, "{}{unit}", self.0 / size),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_the_two_largest_units() {
        let shown = |s: f64| Duration::from_secs_f64(s).to_string();
        assert_eq!(shown(0.0), "0s");
        assert_eq!(shown(0.25), "250ms");
        assert_eq!(shown(1.5), "1.5s");
        assert_eq!(shown(90.0), "1min 30s");
        assert_eq!(shown(3600.0), "1h");
        assert_eq!(shown(9000.0), "2h 30min");
        assert_eq!(shown(129_600.0), "1d 12h");
    }

    #[test]
    fn never_and_forever_absorb() {
        assert_eq!(Time::NEVER + Duration::HOUR, Time::NEVER);
        assert_eq!(Time::ZERO + Duration::FOREVER, Time::NEVER);
        assert_eq!(Time::from_secs_f64(-1.0), Time::ZERO);
        assert_eq!(Time::from_secs_f64(f64::INFINITY), Time::NEVER);
    }
}
