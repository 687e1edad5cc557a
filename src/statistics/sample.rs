//! An estimate together with how far each replication pulls it: what differences between variants are made from.
//!
//! All our estimators are means, to first order: that of a ratio Σy/Σx is the mean of (y − r·x)/x̄ around r, that of a
//! quantile the mean of the quantiles of the sections around the pooled one. So each becomes an estimate and one
//! *deviation* for each replication, and the difference of two variants that met the same random numbers has the
//! differences of their deviations: the paired t interval, for ratios and quantiles too (Law, *Simulation Modeling and
//! Analysis*, 5th ed., sections 10.2 and 11.2).

use super::estimate::Interval;
use super::student::student_quantile;

/// An estimate and the deviations of its replications, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    estimate: f64,
    deviations: Vec<f64>,
}

/// What each replication contributes to an estimate, in their order: enough to estimate it from the first few alone, or
/// to set it against those of another experiment, one by one.
#[derive(Debug, Clone, PartialEq)]
pub enum Contributions {
    /// One value each; the estimate is their mean.
    Values(Vec<f64>),
    /// A numerator and a denominator each; the estimate is the ratio of their sums.
    Ratios(Vec<(f64, f64)>),
}

impl Contributions {
    /// How many replications they are from.
    pub fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Ratios(pairs) => pairs.len(),
        }
    }

    /// Whether they are from no replication at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In how many replications there was something to tell: a denominator, or a value.
    pub fn n_telling(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Ratios(pairs) => pairs.iter().filter(|(_, denominator)| *denominator != 0.0).count(),
        }
    }

    /// In how many replications there was more than nothing.
    pub fn n_more_than_nothing(&self) -> usize {
        match self {
            Self::Values(values) => values.iter().filter(|value| **value != 0.0).count(),
            Self::Ratios(pairs) => pairs.iter().filter(|(own, _)| *own != 0.0).count(),
        }
    }

    /// Whether it is a ratio that is nothing, or everything, in all replications, so that deviations say nothing.
    pub fn is_none_or_all(&self) -> bool {
        let Self::Ratios(pairs) = self else { return false };
        pairs.iter().all(|(own, _)| *own == 0.0)
            || pairs.iter().all(|(own, of)| own.to_bits() == of.to_bits())
    }

    /// Those of the first `n` replications, or all where there are fewer.
    #[must_use]
    pub fn first(&self, n: usize) -> Self {
        let n = n.min(self.len());
        match self {
            Self::Values(values) => Self::Values(values[..n].to_vec()),
            Self::Ratios(pairs) => Self::Ratios(pairs[..n].to_vec()),
        }
    }

    /// The estimate that they make; none without one, or where the denominators sum to zero.
    pub fn sample(&self) -> Option<Sample> {
        match self {
            Self::Values(values) => Sample::of_values(values),
            Self::Ratios(pairs) => Sample::of_ratios(pairs),
        }
    }
}

/// How much larger an estimate is than that of the base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The base's estimate.
    pub base: f64,
    /// The variant's.
    pub variant: f64,
    /// Variant − base, with its interval.
    pub difference: Interval,
    /// The variance that the difference would have had from independent random numbers, divided by the one it has: how
    /// many times fewer replications the common random numbers need. None where nothing varies, or for one replication.
    pub variance_reduction: Option<f64>,
}

impl Sample {
    /// The mean of one value of each replication. None without a value.
    pub fn of_values(values: &[f64]) -> Option<Self> {
        let estimate = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)?;
        Some(Self { estimate, deviations: values.iter().map(|value| value - estimate).collect() })
    }

    /// The ratio of two sums (numerator y, denominator x) over all replications; see
    /// [`ratio_interval`](super::ratio_interval). None where the denominators sum to zero.
    pub fn of_ratios(pairs: &[(f64, f64)]) -> Option<Self> {
        let numerator: f64 = pairs.iter().map(|(y, _)| y).sum();
        let denominator: f64 = pairs.iter().map(|(_, x)| x).sum();
        if denominator == 0.0 {
            return None;
        }
        let (ratio, mean) = (numerator / denominator, denominator / pairs.len() as f64);
        Some(Self {
            estimate: ratio,
            deviations: pairs.iter().map(|(y, x)| (y - ratio * x) / mean).collect(),
        })
    }

    /// A quantile: pooled, and in each replication; see [`quantile_interval`](super::quantile_interval). None without
    /// a replication.
    pub fn of_quantiles(pooled: f64, per_replication: &[f64]) -> Option<Self> {
        let deviations: Vec<f64> = per_replication.iter().map(|value| value - pooled).collect();
        (!deviations.is_empty()).then_some(Self { estimate: pooled, deviations })
    }

    /// This sample minus another one that met the same random numbers, replication by replication: the first of each, where
    /// one has more.
    #[must_use]
    pub fn paired_with(&self, other: &Self) -> Self {
        let pairs = self.deviations.iter().zip(&other.deviations);
        Self {
            estimate: self.estimate - other.estimate,
            deviations: pairs.map(|(own, its)| own - its).collect(),
        }
    }

    /// The estimate.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// How many replications it is from.
    pub fn n_replications(&self) -> usize {
        self.deviations.len()
    }

    /// The variance of the estimate: Σd²/((n − 1)·n). None for a single replication.
    pub fn variance(&self) -> Option<f64> {
        variance(&self.deviations)
    }

    /// `factor` times what is estimated, plus `offset`.
    #[must_use]
    pub fn scaled(&self, factor: f64, offset: f64) -> Self {
        let deviations = self.deviations.iter().map(|deviation| factor * deviation);
        Self { estimate: factor * self.estimate + offset, deviations: deviations.collect() }
    }

    /// The two-sided interval of this confidence, by Student's t.
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie strictly between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Interval {
        interval(self.estimate, &self.deviations, confidence)
    }

    /// The two-sided interval of this confidence that allows for skewness and for few telling replications: from the lower
    /// of two lower ends to the higher of two upper ends, Student's t and Hall's transformation of it, with
    /// `degrees_of_freedom` (P. Hall, "On the removal of skewness by transformation", J. R. Statist. Soc. B 54 (1992)
    /// 221–228, with t in the place of the normal law). Where deviations are skewed to the right, as those of waits
    /// are, Student's interval lies below the truth far more often than above it. None without a degree of freedom.
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie strictly between 0 and 1.
    pub fn cautious_interval(&self, confidence: f64, degrees_of_freedom: usize) -> Interval {
        assert!(confidence > 0.0 && confidence < 1.0, "a confidence is a share: {confidence}");
        let mean = self.estimate;
        let n = self.deviations.len() as f64;
        let Some(variance) = self.variance().filter(|_| degrees_of_freedom > 0) else {
            return Interval { mean, bounds: None };
        };
        let error = variance.sqrt();
        let t = student_quantile(degrees_of_freedom, f64::midpoint(1.0, confidence));
        let scale = (self.deviations.iter().map(|d| d * d).sum::<f64>() / n).sqrt();
        let cubes = self.deviations.iter().map(|d| (d / scale).powi(3)).sum::<f64>();
        let skewness = if scale > 0.0 { cubes / n } else { 0.0 };
        let below = t.max(hall(t, skewness, n));
        let above = t.max(-hall(-t, skewness, n));
        Interval { mean, bounds: Some((mean - below * error, mean + above * error)) }
    }

    /// How much larger this estimate is than the base's, which met the same random numbers: a paired interval. Where
    /// one has more replications than the other, only those common to both say how far chance goes.
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie strictly between 0 and 1.
    pub fn minus(&self, base: &Self, confidence: f64) -> Difference {
        let pairs = self.deviations.iter().zip(&base.deviations);
        let paired: Vec<f64> = pairs.map(|(own, other)| own - other).collect();
        let n = paired.len();
        let apart = variance(&self.deviations[..n]).zip(variance(&base.deviations[..n]));
        let variance_reduction = apart
            .zip(variance(&paired))
            .and_then(|((own, other), paired)| (paired > 0.0).then(|| (own + other) / paired));
        Difference {
            base: base.estimate,
            variant: self.estimate,
            difference: interval(self.estimate - base.estimate, &paired, confidence),
            variance_reduction,
        }
    }
}

/// Hall's inverse transformation of a quantile: that of the studentized mean of `n` values with this skewness γ,
/// 3√n/γ·((1 + γ(x/√n − γ/6n))^⅓ − 1).
fn hall(quantile: f64, skewness: f64, n: f64) -> f64 {
    if skewness.abs() < 1e-9 {
        return quantile;
    }
    let inner = 1.0 + skewness * (quantile / n.sqrt() - skewness / (6.0 * n));
    3.0 * n.sqrt() / skewness * (libm::cbrt(inner) - 1.0)
}

fn variance(deviations: &[f64]) -> Option<f64> {
    let n = deviations.len() as f64;
    (deviations.len() > 1).then(|| deviations.iter().map(|d| d * d).sum::<f64>() / ((n - 1.0) * n))
}

fn interval(mean: f64, deviations: &[f64], confidence: f64) -> Interval {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence is a share: {confidence}");
    let bounds = variance(deviations).map(|variance| {
        let half = student_quantile(deviations.len() - 1, f64::midpoint(1.0, confidence)) * variance.sqrt();
        (mean - half, mean + half)
    });
    Interval { mean, bounds }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, Exp1};

    use super::super::{mean_interval, quantile_interval, ratio_interval};
    use super::*;
    use crate::random::{ReplicationKey, Stream};

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1.0)
    }

    fn same(found: Interval, expected: Interval) {
        assert!(close(found.mean, expected.mean), "{found:?} and {expected:?}");
        let (found, expected) = (found.bounds.unwrap(), expected.bounds.unwrap());
        assert!(close(found.0, expected.0) && close(found.1, expected.1), "{found:?} and {expected:?}");
    }

    fn exponential(stream: &mut Stream) -> f64 {
        Exp1.sample(stream)
    }

    #[test]
    fn intervals_are_those_of_the_estimators() {
        let values = [3.0, 1.0, 4.0, 1.0, 5.0];
        same(Sample::of_values(&values).unwrap().interval(0.95), mean_interval(&values).unwrap());
        let pairs = [(3.0, 1.0), (3.0, 2.0), (6.0, 3.0)];
        same(Sample::of_ratios(&pairs).unwrap().interval(0.95), ratio_interval(&pairs).unwrap());
        same(Sample::of_quantiles(2.5, &values).unwrap().interval(0.95), quantile_interval(2.5, &values));
        assert_eq!(Sample::of_values(&[]), None);
        assert_eq!(Sample::of_ratios(&[(0.0, 0.0); 3]), None);
        assert_eq!(Sample::of_values(&[2.0]).unwrap().interval(0.9).bounds, None);
    }

    #[test]
    fn a_paired_difference_by_hand() {
        // differences 1, 2, 3: mean 2, S = 1, t(2; 0.975) = 4.302653, half-width 4.302653/√3 = 2.484139
        let base = Sample::of_values(&[10.0, 20.0, 30.0]).unwrap();
        let variant = Sample::of_values(&[11.0, 22.0, 33.0]).unwrap();
        let found = variant.minus(&base, 0.95);
        let (lo, hi) = found.difference.bounds.unwrap();
        assert!((lo + 0.484_138).abs() < 1e-5 && (hi - 4.484_138).abs() < 1e-5, "{found:?}");
        // variances 100 and 121 of independent samples against 1
        assert!(close(found.variance_reduction.unwrap(), 221.0));
        let same = base.minus(&base, 0.95);
        assert_eq!((same.difference.bounds, same.variance_reduction), (Some((0.0, 0.0)), None));
    }

    #[test]
    fn without_skewness_the_cautious_interval_is_student_s() {
        let even = Sample::of_values(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        same(even.cautious_interval(0.95, 4), even.interval(0.95));
        assert_eq!(even.cautious_interval(0.95, 0).bounds, None);
        // by hand: γ = 3/2 − … of {0, 0, 0, 4}: mean 1, cubes (−1, −1, −1, 27)/4 = 6 over √3³ = 5.196, γ = 1.1547;
        // t(3; 0.975) = 3.182446; g⁻¹(−t) = 3·2/γ·((1 + γ(−t/2 − γ/24))^⅓ − 1) = −10.1109
        let skewed = Sample::of_values(&[0.0, 0.0, 0.0, 4.0]).unwrap();
        let (lo, hi) = skewed.cautious_interval(0.95, 3).bounds.unwrap();
        let (t, error) = (3.182_446, 1.0);
        assert!((lo - (1.0 - t * error)).abs() < 1e-5, "{lo}");
        let gamma = 6.0 / 3.0_f64.powf(1.5);
        let transformed = 6.0 / gamma * ((1.0 + gamma * (-t / 2.0 - gamma / 24.0)).cbrt() - 1.0);
        assert!((hi - (1.0 - transformed * error)).abs() < 1e-5 && hi > 1.0 + t * error, "{hi}");
    }

    /// Means of twenty values that are skewed as waits are: too low an upper end is what lets a gate pass that should not.
    #[test]
    fn skewed_samples_are_seldom_taken_for_too_small() {
        let key = ReplicationKey::new(11, 0);
        let n = 20_000_u64;
        let mut below = [0_u32; 2];
        let mut above = 0_u32;
        for experiment in 0..n {
            let mut stream = key.stream(experiment, 0);
            let values: Vec<f64> = (0..20).map(|_| exponential(&mut stream)).collect();
            let sample = Sample::of_values(&values).unwrap();
            let (student, cautious) =
                (sample.interval(0.95).bounds.unwrap(), sample.cautious_interval(0.95, 19).bounds.unwrap());
            below[0] += u32::from(student.1 < 1.0);
            below[1] += u32::from(cautious.1 < 1.0);
            above += u32::from(cautious.0 > 1.0);
        }
        let share = |count: u32| f64::from(count) / n as f64;
        assert!(share(below[0]) > 0.06, "Student's interval lies too low: {}", share(below[0]));
        assert!(3 * below[1] < 2 * below[0], "{} against {}", share(below[1]), share(below[0]));
        assert!(share(above) < 0.025, "{}", share(above));
    }

    /// Ratios of sums with dependent parts, paired: the interval holds the true difference as often as it says, at a
    /// confidence other than 95 % too.
    #[test]
    fn paired_ratios_cover_the_truth() {
        let key = ReplicationKey::new(7, 0);
        for confidence in [0.8, 0.95, 0.99] {
            let holding = (0..4_000).filter(|experiment| {
                let mut stream = key.stream(*experiment, 0);
                let (mut base, mut variant) = (Vec::new(), Vec::new());
                for _ in 0..20 {
                    // per replication 30 cases; the variant's are 1.5 times as long, and a little of its own
                    let times: Vec<f64> = (0..30).map(|_| exponential(&mut stream)).collect();
                    let sum: f64 = times.iter().sum();
                    let own: f64 = (0..30).map(|_| 0.1 * exponential(&mut stream)).sum();
                    base.push((sum, 30.0));
                    variant.push((1.5 * sum + own, 30.0));
                }
                let (base, variant) =
                    (Sample::of_ratios(&base).unwrap(), Sample::of_ratios(&variant).unwrap());
                let (lo, hi) = variant.minus(&base, confidence).difference.bounds.unwrap();
                lo <= 0.6 && 0.6 <= hi
            });
            let covered = holding.count() as f64 / 4_000.0;
            let slack = 3.3 * (confidence * (1.0 - confidence) / 4_000.0_f64).sqrt();
            assert!((covered - confidence).abs() < slack, "{covered} covered at {confidence}");
        }
    }
}
