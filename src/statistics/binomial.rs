//! Binomial tails, without special functions: those we tried lose their digits above a million trials.

/// What each tail may hold outside a two-sided 95 % interval.
pub(super) const TAIL: f64 = 0.025;

/// The exact interval for a probability after `hits` of `count` independent trials (Clopper & Pearson 1934): at its
/// lower end so many hits or more, at its upper end so many or fewer, have the probability `tail`.
///
/// `hits` must not exceed `count`, nor `count` be zero.
pub(super) fn clopper_pearson(hits: u64, count: u64, tail: f64) -> (f64, f64) {
    // with no hit, (1 − p)ⁿ = tail gives the upper end
    let one_sided = -libm::expm1(libm::log(tail) / count as f64);
    let share = hits as f64 / count as f64;
    let lower = match hits {
        0 => 0.0,
        _ if hits == count => 1.0 - one_sided,
        _ => bisect((0.0, share), |p| share_below(hits, count, p) > 1.0 - tail),
    };
    let upper = match hits {
        0 => one_sided,
        _ if hits == count => 1.0,
        _ => bisect((share, 1.0), |p| share_below(hits + 1, count, p) > tail),
    };
    (lower, upper)
}

/// Binomial probabilities, all multiplied by one factor, from the first number of successes given; those too small to
/// matter are left out. From the mode outward by ratios of neighbors: some √n steps, and nothing overflows.
pub(super) fn binomial_weights(n: u64, p: f64) -> (u64, Vec<f64>) {
    const NEGLIGIBLE: f64 = 1e-20;
    let mode = (((n as f64 + 1.0) * p) as u64).min(n);
    let odds = p / (1.0 - p);
    let mut weights = Vec::new();
    let (mut first, mut weight) = (mode, 1.0);
    while weight > NEGLIGIBLE {
        weights.push(weight);
        if first == 0 {
            break;
        }
        weight *= first as f64 / ((n - first + 1) as f64 * odds);
        first -= 1;
    }
    let first = mode + 1 - weights.len() as u64;
    weights.reverse();
    let mut weight = 1.0;
    for successes in mode..n {
        weight *= (n - successes) as f64 * odds / (successes + 1) as f64;
        if weight <= NEGLIGIBLE {
            break;
        }
        weights.push(weight);
    }
    (first, weights)
}

/// P(B < limit) for a binomial B.
fn share_below(limit: u64, n: u64, p: f64) -> f64 {
    let (first, weights) = binomial_weights(n, p);
    let below: f64 = weights.iter().take(limit.saturating_sub(first) as usize).sum();
    below / weights.iter().sum::<f64>()
}

/// Where `holds` changes from true to false.
fn bisect((mut low, mut high): (f64, f64), holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_intervals_for_probabilities() {
        for (hits, count, expected) in [
            (8, 10, (0.443_905, 0.974_789)),
            (0, 10, (0.0, 0.308_498)),
            (10, 10, (0.691_503, 1.0)),
            (1, 2, (0.012_579, 0.987_421)),
            (500_000, 1_000_000, (0.499_019_6, 0.500_980_4)),
            (50_000_000, 100_000_000, (0.499_902, 0.500_098)),
        ] {
            let (lower, upper) = clopper_pearson(hits, count, TAIL);
            assert!((lower - expected.0).abs() < 1e-6, "{hits} of {count}: from {lower}");
            assert!((upper - expected.1).abs() < 1e-6, "{hits} of {count}: to {upper}");
        }
        for (hits, count) in [(0, u64::MAX), (u64::MAX, u64::MAX)] {
            let (lower, upper) = clopper_pearson(hits, count, TAIL);
            assert!(lower <= upper && (0.0..=1.0).contains(&lower) && (0.0..=1.0).contains(&upper));
        }
        // all of n: the lower end is 0.025^(1/n)
        let (lower, _) = clopper_pearson(100_000_000, 100_000_000, TAIL);
        assert!((lower - libm::exp(libm::log(0.025) / 1e8)).abs() < 1e-12);
    }
}
