//! Distributions of durations.
//!
//! Parameters are worked out once, in microseconds, so that a draw costs a few multiplications. The samplers are our
//! own, and powers and logarithms come from `libm`: all have the same bits on every processor.

mod limited;

use std::fmt;
use std::sync::Arc;

use rand::Rng;

use super::Stream;
use super::exp::exp;
use super::gamma::Gamma;
use super::generator::{Generator, InPlace};
use super::ziggurat::{exponential, normal};
use crate::units::Duration;

/// The 95 % quantile of the standard normal distribution.
const NORMAL_QUANTILE_95: f64 = 1.644_853_626_951_472_7;
/// A spread below this share of the mean is none.
const CV_SMALLEST: f64 = 1e-6;
/// Beyond this, no affordable number of draws says anything about the mean.
const CV_LARGEST: f64 = 1e3;
/// Shapes of a Weibull distribution that keep its coefficient of variation below [`CV_LARGEST`].
const WEIBULL_SHAPES: (f64, f64) = (0.1, 1e6);

/// A distribution of durations that are not negative.
///
/// `mean`, `cv` and the like describe the continuous distribution; a draw is rounded to the nearest microsecond, and
/// saturates at [`Duration::FOREVER`].
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution(Kind);

/// Scales, means and logarithms are of microseconds.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Constant(Duration),
    Exponential { mean: f64 },
    Lognormal { mean_of_log: f64, deviation_of_log: f64 },
    Gamma { unscaled: Gamma, scale: f64 },
    Weibull { scale: f64, exponent: f64 },
    Hyperexponential { share_of_long: f64, long: f64, short: f64 },
    Uniform { min: Duration, width: f64 },
    Triangular { min: Duration, rise: f64, width: f64 },
    Empirical(Arc<[Duration]>),
}

/// Why the parameters describe no distribution. Its text says what was wrong and what to write.
#[derive(Debug, Clone, PartialEq)]
pub enum DistributionError {
    /// A length that must be longer than nothing is not.
    NotPositive {
        /// Which one.
        parameter: &'static str,
    },
    /// A coefficient of variation or a shape outside its range.
    OutOfRange {
        /// Which one.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// The least allowed.
        least: f64,
        /// The most allowed.
        most: f64,
    },
    /// Two lengths in the wrong order.
    OutOfOrder {
        /// The one that must not be the longer.
        lower: &'static str,
        /// Its length.
        lower_value: Duration,
        /// The other one.
        upper: &'static str,
        /// Its length.
        upper_value: Duration,
    },
    /// A sample without values.
    Empty,
}

impl fmt::Display for DistributionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPositive { parameter } => write!(
                f,
                "`{parameter}` is `0s`: give it a length, or write `0s` alone for a duration that is always zero"
            ),
            Self::OutOfRange { parameter, value, least, most } => {
                write!(f, "`{parameter}` is `{value}`: give it a number from {least} to {most}")?;
                if *parameter == "cv" && *least >= 1.0 && *value < 1.0 {
                    f.write_str("; for less spread, use `gamma` or `lognormal`")?;
                }
                Ok(())
            }
            Self::OutOfOrder { lower, lower_value, upper, upper_value } => write!(
                f,
                "`{lower}` is `{lower_value}`, longer than `{upper}`, `{upper_value}`: make `{upper}` at least `{lower}`"
            ),
            Self::Empty => {
                f.write_str("an empirical distribution without values: give it at least one duration")
            }
        }
    }
}

impl std::error::Error for DistributionError {}

impl Distribution {
    /// Always `value`.
    pub fn constant(value: Duration) -> Self {
        Self(Kind::Constant(value))
    }

    /// The exponential distribution of this mean.
    ///
    /// # Errors
    ///
    /// If the mean is zero.
    pub fn exponential(mean: Duration) -> Result<Self, DistributionError> {
        Ok(Self(Kind::Exponential { mean: positive("mean", mean)? }))
    }

    /// The lognormal distribution of this mean and coefficient of variation: σ² = ln(1 + cv²), μ = ln(mean) − σ²/2.
    ///
    /// # Errors
    ///
    /// If the mean is zero, or `cv` is not between 0 and 1000.
    pub fn lognormal(mean: Duration, cv: f64) -> Result<Self, DistributionError> {
        let mean_micros = positive("mean", mean)?;
        if check_cv(cv, 0.0)? < CV_SMALLEST {
            return Ok(Self::constant(mean));
        }
        let variance = libm::log1p(cv * cv);
        Ok(Self(Kind::Lognormal {
            mean_of_log: libm::log(mean_micros) - variance / 2.0,
            deviation_of_log: variance.sqrt(),
        }))
    }

    /// The lognormal distribution whose median and 95 % quantile are these: σ = ln(p95 / median) / 1.645.
    ///
    /// # Errors
    ///
    /// If the median is zero or longer than the quantile.
    pub fn lognormal_from_quantiles(median: Duration, p95: Duration) -> Result<Self, DistributionError> {
        let median_micros = positive("median", median)?;
        in_order(("median", median), ("p95", p95))?;
        if median == p95 {
            return Ok(Self::constant(median));
        }
        let ratio = p95.as_micros() as f64 / median_micros;
        Ok(Self(Kind::Lognormal {
            mean_of_log: libm::log(median_micros),
            deviation_of_log: libm::log(ratio) / NORMAL_QUANTILE_95,
        }))
    }

    /// The gamma distribution of this mean and coefficient of variation: shape 1/cv², scale mean·cv².
    ///
    /// # Errors
    ///
    /// If the mean is zero, or `cv` is not between 0 and 1000.
    pub fn gamma(mean: Duration, cv: f64) -> Result<Self, DistributionError> {
        let mean_micros = positive("mean", mean)?;
        if check_cv(cv, 0.0)? < CV_SMALLEST {
            return Ok(Self::constant(mean));
        }
        let shape = 1.0 / (cv * cv);
        Ok(Self(Kind::Gamma { unscaled: Gamma::new(shape), scale: mean_micros / shape }))
    }

    /// The Weibull distribution of this mean and coefficient of variation. The shape k solves
    /// 1 + cv² = Γ(1 + 2/k) / Γ(1 + 1/k)², whose right side falls as k grows.
    ///
    /// # Errors
    ///
    /// If the mean is zero, or `cv` is not between 0 and 1000.
    pub fn weibull(mean: Duration, cv: f64) -> Result<Self, DistributionError> {
        let mean_micros = positive("mean", mean)?;
        if check_cv(cv, 0.0)? < CV_SMALLEST {
            return Ok(Self::constant(mean));
        }
        let exponent = weibull_exponent(cv);
        let scale = mean_micros / libm::tgamma(1.0 + exponent);
        Ok(Self(Kind::Weibull { scale, exponent }))
    }

    /// The Weibull distribution of this scale (its 63 % quantile) and shape.
    ///
    /// # Errors
    ///
    /// If the scale is zero, or the shape not between 0.1 and a million.
    pub fn weibull_from_scale(scale: Duration, shape: f64) -> Result<Self, DistributionError> {
        let scale = positive("scale", scale)?;
        let (least, most) = WEIBULL_SHAPES;
        if !(least..=most).contains(&shape) {
            return Err(DistributionError::OutOfRange { parameter: "shape", value: shape, least, most });
        }
        Ok(Self(Kind::Weibull { scale, exponent: 1.0 / shape }))
    }

    /// A mixture of two exponentials that give half the mean each ("balanced means"), with this mean and coefficient
    /// of variation: the short one has share p = (1 + √((cv² − 1)/(cv² + 1)))/2 and mean `mean`/2p (Tijms, *A First
    /// Course in Stochastic Models*, appendix B).
    ///
    /// # Errors
    ///
    /// If the mean is zero, or `cv` is not between 1 and 1000.
    pub fn hyperexponential(mean: Duration, cv: f64) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        let square = check_cv(cv, 1.0)? * cv;
        let root = ((square - 1.0) / (square + 1.0)).sqrt();
        // (1 − √…)/2, written so that nothing cancels where the root is close to 1
        let share_of_long = 1.0 / ((square + 1.0) * (1.0 + root));
        Ok(Self(Kind::Hyperexponential {
            share_of_long,
            long: mean / (2.0 * share_of_long),
            short: mean / (2.0 * (1.0 - share_of_long)),
        }))
    }

    /// Any length from `min` to `max`, all equally likely.
    ///
    /// # Errors
    ///
    /// If `min` is longer than `max`.
    pub fn uniform(min: Duration, max: Duration) -> Result<Self, DistributionError> {
        in_order(("min", min), ("max", max))?;
        Ok(Self(Kind::Uniform { min, width: max.saturating_sub(min).as_micros() as f64 }))
    }

    /// The triangular distribution from `min` to `max` with its peak at `mode`.
    ///
    /// # Errors
    ///
    /// If `min`, `mode` and `max` are not in this order.
    pub fn triangular(min: Duration, mode: Duration, max: Duration) -> Result<Self, DistributionError> {
        in_order(("min", min), ("mode", mode))?;
        in_order(("mode", mode), ("max", max))?;
        Ok(Self(Kind::Triangular {
            min,
            rise: mode.saturating_sub(min).as_micros() as f64,
            width: max.saturating_sub(min).as_micros() as f64,
        }))
    }

    /// One of `values`, all equally likely; a value given twice is twice as likely.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn empirical(values: Arc<[Duration]>) -> Result<Self, DistributionError> {
        if values.is_empty() { Err(DistributionError::Empty) } else { Ok(Self(Kind::Empirical(values))) }
    }

    /// One draw.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "out of line, it would need the stream in memory")]
    pub fn sample(&self, stream: &mut Stream) -> Duration {
        self.draw(stream)
    }

    /// The duration that every draw is, where it is always the same.
    pub fn as_constant(&self) -> Option<Duration> {
        match &self.0 {
            Kind::Constant(value) => Some(*value),
            _ => None,
        }
    }

    /// The mean, in seconds.
    pub fn mean(&self) -> f64 {
        let micros = match &self.0 {
            Kind::Constant(value) => value.as_micros() as f64,
            Kind::Exponential { mean } => *mean,
            Kind::Lognormal { mean_of_log, deviation_of_log } => {
                libm::exp(mean_of_log + deviation_of_log * deviation_of_log / 2.0)
            }
            Kind::Gamma { unscaled, scale } => unscaled.shape() * scale,
            Kind::Weibull { scale, exponent } => scale * libm::tgamma(1.0 + exponent),
            Kind::Hyperexponential { share_of_long, long, short } => {
                share_of_long * long + (1.0 - share_of_long) * short
            }
            Kind::Uniform { min, width } => min.as_micros() as f64 + width / 2.0,
            Kind::Triangular { min, rise, width } => min.as_micros() as f64 + (rise + width) / 3.0,
            Kind::Empirical(values) => {
                values.iter().map(|value| value.as_micros() as f64).sum::<f64>() / values.len() as f64
            }
        };
        micros / 1e6
    }

    /// The variance, in seconds squared; infinite where it is beyond the range of numbers.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        match &self.0 {
            Kind::Constant(_) => 0.0,
            Kind::Exponential { .. } => mean * mean,
            Kind::Lognormal { deviation_of_log, .. } => {
                libm::expm1(deviation_of_log * deviation_of_log) * mean * mean
            }
            Kind::Gamma { unscaled, .. } => mean * mean / unscaled.shape(),
            Kind::Weibull { exponent, .. } => libm::expm1(weibull_log_ratio(*exponent)) * mean * mean,
            Kind::Hyperexponential { share_of_long, long, short } => {
                let second_moment =
                    2.0 * (share_of_long * long * long + (1.0 - share_of_long) * short * short) / 1e12;
                second_moment - mean * mean
            }
            Kind::Uniform { width, .. } => width * width / 12.0 / 1e12,
            Kind::Triangular { rise, width, .. } => {
                (rise * rise + width * width - rise * width) / 18.0 / 1e12
            }
            Kind::Empirical(values) => {
                let squares = values.iter().map(|value| (value.as_secs_f64() - mean).powi(2)).sum::<f64>();
                squares / values.len() as f64
            }
        }
    }

    /// The longest duration below which no draw ever falls: how far ahead a delay lets one look.
    pub fn minimum(&self) -> Duration {
        match &self.0 {
            Kind::Constant(value) => *value,
            Kind::Uniform { min, .. } | Kind::Triangular { min, .. } => *min,
            Kind::Empirical(values) => values.iter().copied().min().unwrap_or(Duration::ZERO),
            _ => Duration::ZERO,
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "out of line, it would need the stream in memory")]
    fn draw(&self, generator: &mut impl Generator) -> Duration {
        match &self.0 {
            Kind::Exponential { mean } => rounded(mean * exponential(generator)),
            Kind::Lognormal { mean_of_log, deviation_of_log } => {
                rounded(exp(mean_of_log + deviation_of_log * normal(generator)))
            }
            Kind::Constant(value) => *value,
            _ => generator.aside(|generator| self.draw_uncommon(generator)),
        }
    }

    #[inline(never)]
    fn draw_uncommon<G: Generator>(&self, generator: &mut G) -> Duration {
        match &self.0 {
            Kind::Gamma { unscaled, scale } => rounded(unscaled.sample(generator) * scale),
            Kind::Weibull { scale, exponent } => {
                rounded(scale * libm::pow(exponential(generator), *exponent))
            }
            Kind::Hyperexponential { share_of_long, long, short } => {
                let mean = if generator.uniform() < *share_of_long { long } else { short };
                rounded(mean * exponential(generator))
            }
            Kind::Uniform { min, width } => *min + rounded(width * generator.uniform()),
            Kind::Triangular { min, rise, width } => {
                *min + rounded(triangular_offset(*rise, *width, generator.uniform()))
            }
            Kind::Empirical(values) => {
                let position = (u128::from(generator.next_bits()) * values.len() as u128) >> 64;
                values[position as usize]
            }
            Kind::Constant(_) | Kind::Exponential { .. } | Kind::Lognormal { .. } => self.draw(generator),
        }
    }
}

/// Any generator of `rand` will do, where draws need not be keyed.
impl rand_distr::Distribution<Duration> for Distribution {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Duration {
        self.draw(&mut InPlace(rng))
    }
}

/// To the nearest microsecond; the conversion saturates.
#[inline]
fn rounded(micros: f64) -> Duration {
    // adding this leaves no bits for fractions: a number below it is rounded, and stands in the lowest bits
    const TWO_TO_52: f64 = 4_503_599_627_370_496.0;
    if micros < TWO_TO_52 {
        Duration::from_micros((micros + TWO_TO_52).to_bits() - TWO_TO_52.to_bits())
    } else {
        long(micros)
    }
}

/// A duration of more than a century has no fractions of microseconds.
#[cold]
fn long(micros: f64) -> Duration {
    Duration::from_micros(micros as u64)
}

/// The quantile function of the triangular distribution on [0, width] with its peak at `rise`.
fn triangular_offset(rise: f64, width: f64, uniform: f64) -> f64 {
    let along = uniform * width;
    if along < rise { (along * rise).sqrt() } else { width - ((width - along) * (width - rise)).sqrt() }
}

/// ln(Γ(1 + 2x) / Γ(1 + x)²), which is ln(1 + cv²) of a Weibull distribution of shape 1/x.
fn weibull_log_ratio(exponent: f64) -> f64 {
    libm::lgamma(1.0 + 2.0 * exponent) - 2.0 * libm::lgamma(1.0 + exponent)
}

/// 1/k of the Weibull distribution of this coefficient of variation, by bisection.
fn weibull_exponent(cv: f64) -> f64 {
    let wanted = libm::log1p(cv * cv);
    // Γ(1 + 2x)/Γ(1 + x)² is above 4^x/(2x + 1), far beyond 1 + CV_LARGEST² at 32
    let (mut low, mut high) = (0.0, 32.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if weibull_log_ratio(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

fn positive(parameter: &'static str, value: Duration) -> Result<f64, DistributionError> {
    if value == Duration::ZERO {
        return Err(DistributionError::NotPositive { parameter });
    }
    Ok(value.as_micros() as f64)
}

fn check_cv(cv: f64, least: f64) -> Result<f64, DistributionError> {
    if (least..=CV_LARGEST).contains(&cv) {
        return Ok(cv);
    }
    Err(DistributionError::OutOfRange { parameter: "cv", value: cv, least, most: CV_LARGEST })
}

fn in_order(
    (lower, lower_value): (&'static str, Duration),
    (upper, upper_value): (&'static str, Duration),
) -> Result<(), DistributionError> {
    if lower_value <= upper_value {
        return Ok(());
    }
    Err(DistributionError::OutOfOrder { lower, lower_value, upper, upper_value })
}

#[cfg(test)]
mod tests;
