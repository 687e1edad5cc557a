//! The mean of what lies in the middle: for measurements that something else may have disturbed.

use super::estimate::Interval;
use super::student::student_quantile;

/// The share of the values that is left out at either end.
const LEFT_OUT: f64 = 0.2;

/// A mean without the lowest fifth of the values and without the highest, and how far chance moves it.
///
/// Where a few values in a hundred are far out, for reasons that have nothing to do with what is measured, the mean
/// follows them and Student's interval grows with them. The median does not, but its interval goes from one value to
/// another, and with ten of them is as wide as all. A trimmed mean loses a few percent of precision where the values
/// are normal, wins many times that where they are not, and has a t interval of its own, from the winsorized variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrimmedMean {
    /// The estimate.
    pub estimate: f64,
    /// The variance of the estimate.
    pub variance: f64,
    /// How many degrees of freedom that variance has; not a whole number, where it is a sum.
    pub degrees_of_freedom: f64,
}

impl TrimmedMean {
    /// That of some values, in any order. None for fewer than two, or where one is no finite number.
    pub fn of_values(values: &[f64]) -> Option<Self> {
        if values.len() < 2 || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let left_out = (n as f64 * LEFT_OUT) as usize;
        let (lowest, highest) = (sorted[left_out], sorted[n - 1 - left_out]);
        let kept = &sorted[left_out..n - left_out];
        let n_kept = kept.len() as f64;
        let estimate = kept.iter().sum::<f64>() / n_kept;
        // those left out count as the last that is kept (J. W. Tukey and D. H. McLaughlin, 1963, "Less vulnerable
        // confidence and significance procedures for location based on a single sample")
        let winsorized = || sorted.iter().map(|value| value.clamp(lowest, highest));
        let center = winsorized().sum::<f64>() / n as f64;
        let squares: f64 = winsorized().map(|value| (value - center).powi(2)).sum();
        let degrees_of_freedom = n_kept - 1.0;
        Some(Self { estimate, variance: squares / (n_kept * degrees_of_freedom), degrees_of_freedom })
    }

    /// The same with more variance, which is known and not estimated.
    #[must_use]
    pub fn with_variance_added(self, more: f64) -> Self {
        let variance = self.variance + more;
        Self {
            variance,
            degrees_of_freedom: satterthwaite(variance, &[(self.variance, self.degrees_of_freedom)]),
            ..self
        }
    }

    /// How much larger it is than another that is independent of it: the estimate of Yuen's test (K. K. Yuen, 1974, "The
    /// two-sample trimmed t for unequal population variances").
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        let variance = self.variance + other.variance;
        let parts = [self, other].map(|part| (part.variance, part.degrees_of_freedom));
        Self {
            estimate: self.estimate - other.estimate,
            variance,
            degrees_of_freedom: satterthwaite(variance, &parts),
        }
    }

    /// The two-sided interval of this confidence, by Student's t.
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie strictly between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Interval {
        assert!(confidence > 0.0 && confidence < 1.0, "a confidence is a share: {confidence}");
        // rounded down: rather too wide than too narrow
        let degrees = self.degrees_of_freedom.clamp(1.0, 1e9) as usize;
        let half = student_quantile(degrees, f64::midpoint(1.0, confidence)) * self.variance.sqrt();
        Interval { mean: self.estimate, bounds: Some((self.estimate - half, self.estimate + half)) }
    }
}

/// The degrees of freedom of a sum of variances, from those that are estimated (F. E. Satterthwaite, 1946, "An
/// approximate distribution of estimates of variance components").
fn satterthwaite(sum: f64, parts: &[(f64, f64)]) -> f64 {
    let uncertainty: f64 = parts.iter().map(|(variance, degrees)| variance * variance / degrees).sum();
    // without any variance, there is nothing to be uncertain about
    if uncertainty > 0.0 { sum * sum / uncertainty } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, Exp1, StandardNormal};

    use super::*;
    use crate::random::{ReplicationKey, Stream};
    use crate::statistics::Sample;

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9 * expected.abs().max(1.0)
    }

    #[test]
    fn by_hand() {
        // 1 and 100 are left out: 2, 3, 4 remain; winsorized 2, 2, 3, 4, 4 with squares 4, over 3 · 2
        let found = TrimmedMean::of_values(&[100.0, 2.0, 1.0, 4.0, 3.0]).unwrap();
        assert!(close(found.estimate, 3.0) && close(found.variance, 4.0 / 6.0), "{found:?}");
        assert!(close(found.degrees_of_freedom, 2.0));
        // t(2; 0.975) = 4.302653
        let (lo, hi) = found.interval(0.95).bounds.unwrap();
        let half = 4.302_653 * (4.0_f64 / 6.0).sqrt();
        assert!((lo - (3.0 - half)).abs() < 1e-5 && (hi - (3.0 + half)).abs() < 1e-5);
    }

    #[test]
    fn few_values_are_a_plain_mean() {
        let values = [3.0, 1.0, 4.0, 1.0];
        let (trimmed, plain) =
            (TrimmedMean::of_values(&values).unwrap(), Sample::of_values(&values).unwrap());
        let (found, expected) = (trimmed.interval(0.9), plain.interval(0.9));
        assert!(close(found.mean, expected.mean));
        assert!(close(found.bounds.unwrap().0, expected.bounds.unwrap().0));
    }

    #[test]
    fn nothing_of_one_value_or_of_none_that_is_finite() {
        for values in [&[][..], &[1.0], &[1.0, f64::NAN], &[1.0, f64::INFINITY, 2.0]] {
            assert_eq!(TrimmedMean::of_values(values), None);
        }
        let constant = TrimmedMean::of_values(&[2.0; 5]).unwrap();
        assert_eq!(constant.interval(0.99).bounds, Some((2.0, 2.0)));
        assert_eq!(constant.minus(constant).interval(0.99).bounds, Some((0.0, 0.0)));
    }

    #[test]
    fn variances_of_independent_estimates_add_up() {
        let one = TrimmedMean { estimate: 5.0, variance: 1.0, degrees_of_freedom: 4.0 };
        let other = TrimmedMean { estimate: 3.0, variance: 3.0, degrees_of_freedom: 9.0 };
        // Welch: 4²/(1/4 + 9/9) = 12.8
        let found = one.minus(other);
        assert!(close(found.estimate, 2.0) && close(found.variance, 4.0), "{found:?}");
        assert!(close(found.degrees_of_freedom, 12.8));
        // a known variance makes the sum's better known: 4²/(1/4)
        let found = one.with_variance_added(3.0);
        assert!(close(found.variance, 4.0) && close(found.degrees_of_freedom, 64.0), "{found:?}");
    }

    /// Around zero, and one in ten many times as far out.
    fn disturbed(stream: &mut Stream) -> f64 {
        let normal: f64 = StandardNormal.sample(stream);
        let far: f64 = Exp1.sample(stream);
        if far > 10.0_f64.ln() { 15.0 * normal } else { normal }
    }

    fn normal(stream: &mut Stream) -> f64 {
        StandardNormal.sample(stream)
    }

    /// How often the interval of `n` values holds the truth, and how wide it is on average, beside Student's.
    fn coverage(n: usize, confidence: f64, draw: fn(&mut Stream) -> f64) -> (f64, f64, f64) {
        const EXPERIMENTS: u64 = 4_000;
        let key = ReplicationKey::new(11, n as u64);
        let (mut held, mut width, mut student) = (0, 0.0, 0.0);
        for experiment in 0..EXPERIMENTS {
            let mut stream = key.stream(experiment, 0);
            let values: Vec<f64> = (0..n).map(|_| draw(&mut stream)).collect();
            let (lo, hi) = TrimmedMean::of_values(&values).unwrap().interval(confidence).bounds.unwrap();
            held += u32::from(lo <= 0.0 && 0.0 <= hi);
            width += hi - lo;
            let (lo, hi) = Sample::of_values(&values).unwrap().interval(confidence).bounds.unwrap();
            student += hi - lo;
        }
        let all = EXPERIMENTS as f64;
        (f64::from(held) / all, width / all, student / all)
    }

    #[test]
    fn intervals_cover_the_truth_and_stay_narrow_where_some_values_are_far_out() {
        for n in [10, 20, 40] {
            for confidence in [0.95, 1.0 - 0.05 / 3.0] {
                let slack = 3.3 * (confidence * (1.0 - confidence) / 4_000.0_f64).sqrt();
                let (covered, width, student) = coverage(n, confidence, normal);
                // Tukey and McLaughlin's t is an approximation, good to a percent or so
                assert!((covered - confidence).abs() < slack + 0.012, "{covered} of {n} at {confidence}");
                assert!(width < 1.25 * student, "{width} beside {student} of {n}");
                let (covered, width, student) = coverage(n, confidence, disturbed);
                assert!(covered > confidence - slack - 0.005, "{covered} of {n}, disturbed, at {confidence}");
                assert!(width < 0.65 * student, "{width} beside {student} of {n}, disturbed");
            }
        }
    }
}
