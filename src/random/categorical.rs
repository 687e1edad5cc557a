//! The categorical distribution: one of several positions, each with its share.

/// So many thresholds are always compared with, without a branch.
const ALWAYS: usize = 4;

/// Shares of positions, made ready to pick from.
#[derive(Debug, Clone, PartialEq)]
pub struct Categorical {
    /// Cumulative shares of the first positions; infinite from the last position that has a share.
    first: [f64; ALWAYS],
    /// The same of the others, where there are more.
    others: Box<[f64]>,
}

impl Categorical {
    /// Shares that are not negative and sum to 1. Where rounding leaves the sum a hair under 1, the last position that
    /// has a share takes the rest. Without any share, the first position is always picked.
    pub fn new(shares: impl IntoIterator<Item = f64>) -> Self {
        let mut thresholds = Vec::new();
        let mut last_with_share = 0;
        let mut above = 0.0;
        for (position, share) in shares.into_iter().enumerate() {
            above += share;
            thresholds.push(above);
            if share > 0.0 {
                last_with_share = position;
            }
        }
        thresholds.truncate(last_with_share);
        let others = thresholds.split_off(ALWAYS.min(thresholds.len())).into_boxed_slice();
        let mut first = [f64::INFINITY; ALWAYS];
        first[..thresholds.len()].copy_from_slice(&thresholds);
        Self { first, others }
    }

    /// The position that a uniform number in [0, 1) falls on: the first whose cumulative share is above it, which is
    /// how many are not.
    #[inline]
    pub fn pick(&self, uniform: f64) -> usize {
        let count = |thresholds: &[f64]| -> usize {
            thresholds.iter().map(|threshold| usize::from(uniform >= *threshold)).sum()
        };
        count(&self.first) + if self.others.is_empty() { 0 } else { count(&self.others) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{ReplicationKey, Stream};

    /// The definition: shares are added up until they are above the number.
    fn by_definition(shares: &[f64], uniform: f64) -> usize {
        let mut above = 0.0;
        for (position, share) in shares.iter().enumerate() {
            above += share;
            if uniform < above {
                return position;
            }
        }
        shares.iter().rposition(|share| *share > 0.0).unwrap_or(0)
    }

    /// Random shares, some of them zero.
    fn random_shares(stream: &mut Stream) -> Vec<f64> {
        let n_shares = 1 + (stream.uniform() * 9.0) as usize;
        let weights: Vec<f64> = (0..n_shares).map(|_| (stream.uniform() * 1.6 - 0.6).max(0.0)).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect()
    }

    #[test]
    fn picks_are_those_of_the_definition() {
        let key = ReplicationKey::new(4, 0);
        let mut short_of_one = 0;
        for case in 0..20_000 {
            let mut stream = key.stream(case, 1);
            let shares = random_shares(&mut stream);
            let categorical = Categorical::new(shares.iter().copied());
            let check = |uniform: f64| {
                let expected = by_definition(&shares, uniform);
                assert_eq!(categorical.pick(uniform), expected, "{shares:?} at {uniform}");
            };
            let mut above = 0.0;
            for share in &shares {
                above += share;
                for near in [above.next_down(), above, above.next_up()] {
                    check(near.clamp(0.0, 1.0));
                }
            }
            short_of_one += u32::from(above < 1.0);
            (0..10).for_each(|_| check(stream.uniform()));
            check(0.0);
            check(1.0_f64.next_down());
        }
        assert!(short_of_one > 1000, "sums a hair under 1 were among them: {short_of_one}");
    }

    #[test]
    fn picks_are_as_frequent_as_the_shares() {
        let shares = [0.1, 0.0, 0.25, 0.05, 0.2, 0.4, 0.0];
        let categorical = Categorical::new(shares);
        let key = ReplicationKey::new(5, 0);
        let mut counts = [0.0; 7];
        let n = 200_000.0;
        for case in 0..n as u64 {
            counts[categorical.pick(key.stream(case, 1).uniform())] += 1.0;
        }
        for (share, count) in shares.into_iter().zip(counts) {
            let deviation = (n * share * (1.0 - share)).sqrt();
            assert!((count - n * share).abs() <= 4.0 * deviation, "{share}: {count} of {n}");
        }
    }
}
