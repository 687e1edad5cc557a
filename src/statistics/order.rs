//! Quantiles of independent observations, bounded by two of them.

use super::binomial::{TAIL, binomial_weights};

/// The least number of independent observations whose smallest and largest bound the quantile of order `p`, each
/// wrongly with probability at most 2.5 %: pⁿ ≤ 0.025 and (1 − p)ⁿ ≤ 0.025.
///
/// [`u64::MAX`] where `p` is not strictly between 0 and 1: no number suffices.
pub fn quantile_needs(p: f64) -> u64 {
    if !(p > 0.0 && p < 1.0) {
        return u64::MAX;
    }
    let outer = p.max(1.0 - p);
    (libm::log(TAIL) / libm::log(outer)).ceil() as u64
}

/// The positions (from 1, in ascending order) of the two of `n` independent observations that bound the quantile of
/// order `p` with 95 % confidence: the largest l with P(B < l) ≤ 0.025 and the smallest u with P(B ≥ u) ≤ 0.025, where
/// B, the number of observations below the quantile, is binomial (David & Nagaraja, *Order Statistics*, section 7.1).
///
/// None where an end does not exist: fewer than [`quantile_needs`] observations.
pub fn order_statistic_bounds(n: u64, p: f64) -> Option<(u64, u64)> {
    if n < quantile_needs(p) {
        return None;
    }
    let (first, weights) = binomial_weights(n, p);
    let allowed = TAIL * weights.iter().sum::<f64>();
    let mut tail = 0.0;
    let below = weights.iter().take_while(|weight| {
        tail += *weight;
        tail <= allowed
    });
    let lower = first + below.count() as u64;
    tail = 0.0;
    let above = weights.iter().rev().take_while(|weight| {
        tail += *weight;
        tail <= allowed
    });
    let upper = first + weights.len() as u64 - above.count() as u64;
    (lower >= 1 && upper <= n).then_some((lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(first: u64, weights: &[f64], limit: u64) -> f64 {
        let total: f64 = weights.iter().sum();
        weights.iter().take((limit.saturating_sub(first)) as usize).sum::<f64>() / total
    }

    #[test]
    fn quantiles_need_so_many_observations() {
        for (p, needed) in [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.01, 368)] {
            assert_eq!(quantile_needs(p), needed, "for {p}");
            assert!(
                order_statistic_bounds(needed, p).is_some()
                    && order_statistic_bounds(needed - 1, p).is_none()
            );
        }
        for p in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(quantile_needs(p), u64::MAX);
            assert_eq!(order_statistic_bounds(1000, p), None);
        }
    }

    #[test]
    fn published_bounds_and_their_confidence() {
        for (n, p, bounds, confidence) in
            [(1000, 0.95, (936, 964), 0.958), (200, 0.95, (184, 197), 0.967), (6, 0.5, (1, 6), 0.969)]
        {
            assert_eq!(order_statistic_bounds(n, p), Some(bounds));
            let (first, weights) = binomial_weights(n, p);
            let held = below(first, &weights, bounds.1) - below(first, &weights, bounds.0);
            assert!((held - confidence).abs() < 5e-4, "{held} for {n} and {p}");
        }
    }

    #[test]
    fn bounds_are_as_tight_as_allowed() {
        for n in [40, 73, 500, 12_345] {
            for p in [0.1, 0.5, 0.9] {
                let (lower, upper) = order_statistic_bounds(n, p).unwrap();
                let (first, weights) = binomial_weights(n, p);
                let fewer_than = |limit| below(first, &weights, limit);
                assert!(fewer_than(lower) <= TAIL && fewer_than(lower + 1) > TAIL, "{n}, {p}: {lower}");
                assert!(1.0 - fewer_than(upper) <= TAIL + 1e-12, "{n}, {p}: {upper}");
                assert!(1.0 - fewer_than(upper - 1) > TAIL, "{n}, {p}: {upper}");
            }
        }
        // for many observations, the normal approximation
        let (lower, upper) = order_statistic_bounds(100_000_000, 0.5).unwrap();
        assert!((lower as f64 - (5e7 - 9800.0)).abs() < 2.0 && (upper as f64 - (5e7 + 9801.0)).abs() < 2.0);
    }
}
