//! Quantiles of Student's t distribution.

use statrs::distribution::{ContinuousCDF, Gamma, Normal, StudentsT};

/// From here on, Cornish and Fisher's expansion is exact to nine digits, and the incomplete beta function less so.
const MANY_DEGREES: usize = 200;

/// The quantile of order `p` of Student's t distribution; for many degrees of freedom by Cornish and Fisher's
/// expansion (Abramowitz & Stegun 26.7.5).
///
/// Without a degree of freedom there is none: the answer is infinite.
pub(super) fn student_quantile(degrees_of_freedom: usize, p: f64) -> f64 {
    if degrees_of_freedom >= MANY_DEGREES {
        return student_quantile_of_many(degrees_of_freedom as f64, p);
    }
    StudentsT::new(0.0, 1.0, degrees_of_freedom as f64).map_or(f64::INFINITY, |law| law.inverse_cdf(p))
}

fn student_quantile_of_many(degrees: f64, p: f64) -> f64 {
    let z = normal_quantile(p);
    let square = z * z;
    let first = z * (square + 1.0) / 4.0;
    let second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    z + (first + (second + third / degrees) / degrees) / degrees
}

/// The quantile of order `p` of the standard normal distribution.
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// The interval for the mean of a Poisson law of which `count` was seen, with so much probability outside it on each side:
/// the quantiles of two gamma laws (F. Garwood, Biometrika 28 (1936) 437–442).
pub fn poisson_bounds(count: u64, tail: f64) -> (f64, f64) {
    let quantile =
        |shape: u64, p: f64| Gamma::new(shape as f64, 1.0).map_or(f64::INFINITY, |law| law.inverse_cdf(p));
    let lower = if count == 0 { 0.0 } else { quantile(count, tail) };
    (lower, quantile(count + 1, 1.0 - tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables print five digits after the point.
    #[test]
    fn quantiles_agree_with_the_tables() {
        for (degrees, expected) in [
            (1, 12.70620),
            (2, 4.30265),
            (4, 2.77645),
            (9, 2.26216),
            (19, 2.09302),
            (29, 2.04523),
            (99, 1.98422),
            (1000, 1.96234),
            (1_000_000, 1.95997),
        ] {
            let found = student_quantile(degrees, 0.975);
            assert!((found - expected).abs() < 6e-6, "t of {degrees}: {found}");
        }
        let (below, above) = (
            student_quantile(MANY_DEGREES - 1, 0.975),
            student_quantile_of_many(MANY_DEGREES as f64 - 1.0, 0.975),
        );
        assert!((below - above).abs() < 1e-8, "{below} and {above} at the seam");
        assert!(student_quantile(0, 0.975).is_infinite());
    }

    /// From the table of E. S. Pearson and H. O. Hartley, *Biometrika Tables for Statisticians*, vol. 1, table 40.
    #[test]
    fn poisson_intervals_agree_with_the_tables() {
        for (count, lower, upper) in
            [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (20, 12.217, 30.888)]
        {
            let found = poisson_bounds(count, 0.025);
            assert!((found.0 - lower).abs() < 1e-3 && (found.1 - upper).abs() < 1e-3, "{count}: {found:?}");
        }
    }
}
