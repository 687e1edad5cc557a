//! Means of durations that are cut off: how much of the work that began is still to be done.

use super::{Distribution, Kind};
use crate::units::Duration;

/// Beyond this shape a gamma distribution is as good as constant: its spread is a thousandth of its mean.
const SHAPE_OF_A_CONSTANT: f64 = 1e6;

impl Distribution {
    /// The mean of a draw cut off at a limit, E\[min(S, x)\] = ∫₀ˣ P(S > u) du, in seconds.
    pub fn mean_up_to(&self, limit: Duration) -> f64 {
        let limit = limit.as_micros() as f64;
        let micros = match &self.0 {
            Kind::Constant(value) => (value.as_micros() as f64).min(limit),
            Kind::Exponential { mean } => exponential_up_to(*mean, limit),
            Kind::Lognormal { mean_of_log, deviation_of_log } => {
                let score = (libm::log(limit) - mean_of_log) / deviation_of_log;
                let mean = self.mean() * 1e6;
                // E[S; S < x] of a lognormal is its mean, times the share below x of one whose log lies σ² higher
                mean * normal_below(score - deviation_of_log) + above(limit, normal_below(-score))
            }
            Kind::Gamma { unscaled, scale } => {
                let (shape, limit) = (unscaled.shape(), limit / scale);
                if shape > SHAPE_OF_A_CONSTANT {
                    scale * shape.min(limit)
                } else {
                    let below = shape * gamma_below(shape + 1.0, limit);
                    scale * (below + above(limit, 1.0 - gamma_below(shape, limit)))
                }
            }
            Kind::Weibull { scale, exponent } => {
                self.mean() * 1e6 * gamma_below(*exponent, libm::pow(limit / scale, 1.0 / exponent))
            }
            Kind::Hyperexponential { share_of_long, long, short } => {
                share_of_long * exponential_up_to(*long, limit)
                    + (1.0 - share_of_long) * exponential_up_to(*short, limit)
            }
            Kind::Uniform { min, width } => {
                let (min, above) = (min.as_micros() as f64, limit - min.as_micros() as f64);
                if above <= 0.0 {
                    limit
                } else if above >= *width {
                    min + width / 2.0
                } else {
                    min + above - above * above / (2.0 * width)
                }
            }
            Kind::Triangular { min, rise, width } => {
                let min = min.as_micros() as f64;
                if limit <= min { limit } else { min + triangle_up_to(*rise, *width, limit - min) }
            }
            Kind::Empirical(values) => {
                let sum: f64 = values.iter().map(|value| (value.as_micros() as f64).min(limit)).sum();
                sum / values.len() as f64
            }
        };
        micros / 1e6
    }
}

/// A limit, times the share that lies above it.
fn above(limit: f64, share: f64) -> f64 {
    if share > 0.0 { limit * share } else { 0.0 }
}

fn exponential_up_to(mean: f64, limit: f64) -> f64 {
    if mean > 0.0 { -mean * libm::expm1(-limit / mean) } else { 0.0 }
}

/// The same of a triangle that begins at nothing, rises to its mode and ends at its width.
fn triangle_up_to(rise: f64, width: f64, limit: f64) -> f64 {
    // ∫ 1 − u² / (w r) before the mode; all but what is left of (w − u)² / (w (w − r)) after it
    let before = |limit: f64| {
        if rise > 0.0 { limit - limit * limit * limit / (3.0 * width * rise) } else { 0.0 }
    };
    if limit >= width {
        (rise + width) / 3.0
    } else if limit <= rise {
        before(limit)
    } else {
        (rise + width) / 3.0
            - (width - limit) * (width - limit) * (width - limit) / (3.0 * width * (width - rise))
    }
}

/// Φ.
fn normal_below(score: f64) -> f64 {
    0.5 * libm::erfc(-score / std::f64::consts::SQRT_2)
}

/// The regularized lower incomplete gamma function P(a, x): by its series below a + 1, by Lentz's evaluation of
/// Legendre's continued fraction above (Abramowitz & Stegun 6.5.29 and 6.5.31).
fn gamma_below(shape: f64, limit: f64) -> f64 {
    const MOST_TERMS: u32 = 20_000;
    const TINY: f64 = 1e-300;
    if limit <= 0.0 {
        return 0.0;
    }
    let front = libm::exp(shape * libm::log(limit) - limit - libm::lgamma(shape));
    if front <= 0.0 {
        return if limit < shape { 0.0 } else { 1.0 };
    }
    if limit < shape + 1.0 {
        let mut term = 1.0 / shape;
        let mut sum = term;
        for n in 1..MOST_TERMS {
            term *= limit / (shape + f64::from(n));
            sum += term;
            if term < sum * 1e-15 {
                break;
            }
        }
        return (front * sum).min(1.0);
    }
    let mut b = limit + 1.0 - shape;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..MOST_TERMS {
        let a = f64::from(n) * (shape - f64::from(n));
        b += 2.0;
        let not_nothing = |value: f64| if value.abs() < TINY { TINY } else { value };
        d = 1.0 / not_nothing(a * d + b);
        c = not_nothing(b + a / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    (1.0 - front * fraction).clamp(0.0, 1.0)
}
