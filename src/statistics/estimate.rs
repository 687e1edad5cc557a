//! Estimates from independent replications: one value, or one pair of sums, for each.

use super::binomial::{TAIL, clopper_pearson};
use super::student::student_quantile;

/// The confidence of every interval: in this share of experiments, it holds the true value.
pub const CONFIDENCE: f64 = 0.95;

/// An estimate and the interval that holds the true value with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub mean: f64,
    /// The ends of the interval, in order; none where the replications cannot tell.
    pub bounds: Option<(f64, f64)>,
}

impl Interval {
    /// The interval from `half_width` below the estimate to as much above it.
    fn around(mean: f64, half_width: Option<f64>) -> Self {
        Self { mean, bounds: half_width.map(|half| (mean - half, mean + half)) }
    }

    /// Whether the estimate is known to a relative error of `precision` γ: its half-width is at most |X̄|·γ/(1 + γ). The
    /// divisor turns an error relative to the estimate into one relative to the truth (Law, *Simulation Modeling and
    /// Analysis*, 5th ed., section 9.4.1).
    ///
    /// The half-width is that of the longer side, so that an end kept within 0 and 1 does not make a share look better
    /// known than it is. Never without bounds.
    pub fn is_precise(&self, precision: f64) -> bool {
        self.bounds.is_some_and(|(lower, upper)| {
            let half_width = (upper - self.mean).max(self.mean - lower);
            half_width <= self.mean.abs() * precision / (1.0 + precision)
        })
    }
}

/// The mean of `values`, independent and of one law: X̄ ± t·S/√n. None for no value; no bounds for one.
pub fn mean_interval(values: &[f64]) -> Option<Interval> {
    let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)?;
    Some(Interval::around(mean, half_width(values, mean)))
}

/// The ratio of two means, from pairs of sums (numerator y, denominator x), such as waiting times and counts: the
/// classical estimator r = Σy/Σx with variance Σ(y − r·x)²/((n−1)·n·x̄²) (Cochran, *Sampling
/// Techniques*, 3rd ed., chapter 6).
///
/// None where the denominators sum to zero; no bounds unless at least two pairs have a denominator: one alone is the
/// ratio, so that its deviation is zero whatever chance has done.
pub fn ratio_interval(pairs: &[(f64, f64)]) -> Option<Interval> {
    ratio_interval_outside(pairs, TAIL)
}

/// With so much probability on each side of the interval.
fn ratio_interval_outside(pairs: &[(f64, f64)], tail: f64) -> Option<Interval> {
    let numerator: f64 = pairs.iter().map(|(y, _)| y).sum();
    let denominator: f64 = pairs.iter().map(|(_, x)| x).sum();
    if denominator == 0.0 {
        return None;
    }
    let ratio = numerator / denominator;
    let n = pairs.len() as f64;
    let telling = pairs.iter().filter(|(_, x)| *x != 0.0).count();
    let half_width = (telling > 1).then(|| {
        let squares: f64 = pairs.iter().map(|(y, x)| (y - ratio * x).powi(2)).sum();
        let deviation = (squares / ((n - 1.0) * n)).sqrt() / (denominator / n).abs();
        student_quantile(pairs.len() - 1, 1.0 - tail) * deviation
    });
    Some(Interval::around(ratio, half_width))
}

/// The share of successes, from pairs (successes, count): as [`ratio_interval`], kept within 0 and 1.
///
/// Where all replications agree exactly, as when every case was on time, their variance says nothing. The bounds are
/// then Clopper and Pearson's for the pooled counts. They take cases as independent: where cases of one replication
/// succeed or fail together, as in a queue, the true interval is wider. None without a count; no bounds unless at
/// least two replications have a count.
pub fn share_interval(pairs: &[(u64, u64)]) -> Option<Interval> {
    share_interval_outside(pairs, TAIL)
}

/// With so much probability on each side of the interval.
fn share_interval_outside(pairs: &[(u64, u64)], tail: f64) -> Option<Interval> {
    let as_sums: Vec<(f64, f64)> = pairs.iter().map(|(hits, count)| (*hits as f64, *count as f64)).collect();
    let share = ratio_interval_outside(&as_sums, tail)?;
    let Some(bounds) = share.bounds else { return Some(share) };
    let hits = pairs.iter().fold(0_u64, |sum, (hits, _)| sum.saturating_add(*hits));
    let count = pairs.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let all_agree = pairs.iter().all(|(own, of)| product(*own, count) == product(hits, *of));
    let (lower, upper) = if all_agree { clopper_pearson(hits.min(count), count, tail) } else { bounds };
    Some(Interval { mean: share.mean, bounds: Some((lower.max(0.0), upper.min(1.0))) })
}

/// A share with the counts that it is from, one pair (successes, count) for each replication: [`share_interval`] at any
/// confidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proportion(Vec<(u64, u64)>);

impl Proportion {
    /// The share of successes in pairs (successes, count). None without a count.
    pub fn new(pairs: Vec<(u64, u64)>) -> Option<Self> {
        pairs.iter().any(|(_, count)| *count > 0).then_some(Self(pairs))
    }

    /// The estimate.
    pub fn estimate(&self) -> f64 {
        let sum = |of: fn(&(u64, u64)) -> u64| self.0.iter().map(|pair| of(pair) as f64).sum::<f64>();
        sum(|pair| pair.0) / sum(|pair| pair.1)
    }

    /// How many replications it is from.
    pub fn n_replications(&self) -> usize {
        self.0.len()
    }

    /// The two-sided interval of this confidence, strictly between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Interval {
        let none = Interval { mean: self.estimate(), bounds: None };
        share_interval_outside(&self.0, (1.0 - confidence) / 2.0).unwrap_or(none)
    }
}

/// A quantile: the estimate q from all observations `pooled` (the least biased), and around it the spread of the
/// estimates `per_replication` q₁ … qₙ, taken from q too: q ± t·S/√n with S² = Σ(qⱼ − q)²/(n − 1) (sectioning:
/// Nakayama, "Confidence intervals for quantiles using sectioning when applying variance-reduction techniques", ACM
/// TOMACS 24, 2014).
///
/// The interval holds the truth in 95 % of experiments only in the limit of long replications. For exponential
/// observations in twenty replications, it holds the 99th percentile in 94.7 % where five observations of each lie
/// beyond it, in 93.8 % where two do, in 92.6 % where one does (40,000 experiments for each, apart from this code). With
/// the spread taken from the mean of the qⱼ, it would be 93.9 %, 91.9 % and 88.6 %.
///
/// No bounds for fewer than two replications. Whether the observations suffice for a quantile so far out,
/// [`quantile_needs`](super::quantile_needs) tells.
pub fn quantile_interval(pooled: f64, per_replication: &[f64]) -> Interval {
    Interval::around(pooled, half_width(per_replication, pooled))
}

/// t·S/√n with the spread S of the values from their `center`, for two values or more.
fn half_width(values: &[f64], center: f64) -> Option<f64> {
    let n = values.len() as f64;
    (values.len() > 1).then(|| {
        let squares: f64 = values.iter().map(|value| (value - center).powi(2)).sum();
        student_quantile(values.len() - 1, 1.0 - TAIL) * (squares / (n - 1.0) / n).sqrt()
    })
}

#[cfg(test)]
mod tests;
