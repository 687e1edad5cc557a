//! Poisson numbers of a small mean.

use super::generator::Generator;
use super::ziggurat::exponential;

/// How many events a Poisson process of rate 1 has before `mean`: exact, without a logarithm or an exponential of its
/// own, and for means below 1 about as fast as inversion.
pub(super) fn poisson(generator: &mut impl Generator, mean: f64) -> u64 {
    let mut events = 0;
    let mut time = exponential(generator);
    while time < mean {
        events += 1;
        time += exponential(generator);
    }
    events
}

#[cfg(test)]
mod tests {
    use rand_distr::Distribution as _;

    use super::*;
    use crate::random::ReplicationKey;

    const DRAWS: u64 = 400_000;

    /// Numbers of draws that gave 0, 1, 2, and 3 or more.
    fn counted(draw: impl Fn(u64) -> u64) -> [f64; 4] {
        let mut counts = [0.0; 4];
        for case in 0..DRAWS {
            counts[draw(case).min(3) as usize] += 1.0;
        }
        counts
    }

    /// The chi-square statistic, whose 99.9 % quantile with three degrees of freedom is 16.27.
    const CHI_SQUARE_3: f64 = 16.27;

    #[test]
    fn numbers_are_as_frequent_as_the_formula_says_and_as_those_of_rand_distr() {
        for (seed, mean) in [0.05, 0.4, 0.95, 2.5_f64].into_iter().enumerate() {
            let key = ReplicationKey::new(seed as u64, 0);
            let ours = counted(|case| poisson(&mut key.stream(case, 1), mean));
            let none = libm::exp(-mean);
            let first = [none, none * mean, none * mean * mean / 2.0];
            let shares = [first[0], first[1], first[2], 1.0 - first.iter().sum::<f64>()];
            let chi_square: f64 = ours
                .iter()
                .zip(shares.map(|share| share * DRAWS as f64))
                .map(|(seen, expected)| (seen - expected).powi(2) / expected)
                .sum();
            assert!(chi_square < CHI_SQUARE_3, "mean {mean}: {ours:?}, chi-square {chi_square}");

            let oracle = rand_distr::Poisson::new(mean).expect("a positive mean");
            let theirs = counted(|case| oracle.sample(&mut key.stream(case, 2)) as u64);
            let two_samples: f64 =
                ours.iter().zip(theirs).map(|(a, b)| (a - b).powi(2) / (a + b).max(1.0)).sum();
            assert!(two_samples < CHI_SQUARE_3, "mean {mean}: {ours:?}, {theirs:?}: {two_samples}");
        }
    }

    #[test]
    fn means_that_are_none_give_none() {
        for mean in [0.0, -1.0, f64::NAN] {
            assert_eq!(poisson(&mut ReplicationKey::new(1, 0).stream(0, 1), mean), 0);
        }
    }
}
