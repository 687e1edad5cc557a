use super::*;
use crate::random::ReplicationKey;

const DRAWS: u64 = 200_000;
const MEAN: Duration = Duration::from_micros(240_000_000);

fn minutes(minutes: u64) -> Duration {
    Duration::from_micros(minutes * 60_000_000)
}

fn one_of(values: &[u64]) -> Distribution {
    Distribution::empirical(values.iter().map(|value| minutes(*value)).collect()).unwrap()
}

/// Draws in seconds, one keyed stream each, as the simulation makes them.
fn draws(distribution: &Distribution, seed: u64) -> Vec<f64> {
    let key = ReplicationKey::new(seed, 0);
    (0..DRAWS).map(|case| distribution.sample(&mut key.stream(case, 9)).as_secs_f64()).collect()
}

fn every_kind() -> Vec<Distribution> {
    let both = |cv: f64| {
        [Distribution::lognormal(MEAN, cv), Distribution::gamma(MEAN, cv), Distribution::weibull(MEAN, cv)]
    };
    let mut all: Vec<Distribution> =
        [both(0.4), both(1.0), both(1.6)].into_iter().flatten().map(Result::unwrap).collect();
    all.extend([
        Distribution::exponential(MEAN).unwrap(),
        Distribution::weibull_from_scale(MEAN, 0.8).unwrap(),
        Distribution::hyperexponential(MEAN, 1.0).unwrap(),
        Distribution::hyperexponential(MEAN, 2.0).unwrap(),
        Distribution::uniform(minutes(1), minutes(7)).unwrap(),
        Distribution::triangular(minutes(1), minutes(2), minutes(9)).unwrap(),
        one_of(&[1, 2, 2, 30]),
    ]);
    all
}

#[test]
fn draws_have_the_stated_mean_and_variance() {
    for (seed, distribution) in every_kind().iter().enumerate() {
        let values = draws(distribution, seed as u64);
        let n = DRAWS as f64;
        let mean = values.iter().sum::<f64>() / n;
        let moment = |power| values.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
        let (second, fourth) = (moment(2), moment(4));
        let mean_z = (mean - distribution.mean()) / (distribution.variance() / n).sqrt();
        let variance_z = (second - distribution.variance()) / ((fourth - second * second) / n).sqrt();
        assert!(mean_z.abs() < 4.0, "{distribution:?}: mean {mean}, z {mean_z}");
        assert!(variance_z.abs() < 4.0, "{distribution:?}: variance {second}, z {variance_z}");
        assert!(values.iter().all(|x| *x >= distribution.minimum().as_secs_f64()));
    }
}

#[test]
fn mean_and_cv_come_back_as_given() {
    for cv in [1e-4, 0.1, 0.5, 1.0, 2.0, 10.0, 1e3] {
        let mut kinds = vec![
            Distribution::lognormal(MEAN, cv),
            Distribution::gamma(MEAN, cv),
            Distribution::weibull(MEAN, cv),
        ];
        if cv >= 1.0 {
            kinds.push(Distribution::hyperexponential(MEAN, cv));
        }
        for distribution in kinds.into_iter().map(Result::unwrap) {
            let shown = distribution.variance().sqrt() / distribution.mean();
            assert!((distribution.mean() / 240.0 - 1.0).abs() < 1e-9, "{distribution:?}");
            assert!((shown / cv - 1.0).abs() < 1e-6, "{distribution:?}: cv {shown}, not {cv}");
        }
    }
    // closed forms: an exponential is a Weibull and a gamma distribution of shape 1; Rayleigh's has shape 2
    assert!((weibull_exponent(1.0) - 1.0).abs() < 1e-9);
    assert!((weibull_exponent((4.0 / std::f64::consts::PI - 1.0).sqrt()) - 0.5).abs() < 1e-9);
}

/// Kolmogorov and Smirnov's test at the 0.1 % level.
fn check_law(distribution: &Distribution, cumulative: impl Fn(f64) -> f64) {
    let mut values = draws(distribution, 2015);
    values.sort_unstable_by(f64::total_cmp);
    let n = DRAWS as f64;
    let farthest = values
        .iter()
        .enumerate()
        .map(|(rank, x)| {
            let expected = cumulative(*x);
            (expected - rank as f64 / n).max((rank + 1) as f64 / n - expected)
        })
        .fold(0.0, f64::max);
    assert!(farthest < 1.9495 / n.sqrt(), "{distribution:?}: distance {farthest}");
}

#[test]
fn draws_follow_the_stated_law() {
    check_law(&Distribution::exponential(MEAN).unwrap(), |x| -libm::expm1(-x / 240.0));
    let deviation = libm::log1p(1.6 * 1.6).sqrt();
    let median = 240.0 / (1.0 + 1.6_f64 * 1.6).sqrt();
    check_law(&Distribution::lognormal(MEAN, 1.6).unwrap(), |x| {
        libm::erfc(-libm::log(x / median) / deviation / 2.0_f64.sqrt()) / 2.0
    });
    for cv in [0.5_f64, 1.5] {
        let shape = 1.0 / (cv * cv);
        check_law(&Distribution::gamma(MEAN, cv).unwrap(), |x| {
            statrs::function::gamma::gamma_lr(shape, (x * shape / 240.0).max(1e-300))
        });
    }
    check_law(&Distribution::weibull_from_scale(MEAN, 0.8).unwrap(), |x| {
        -libm::expm1(-libm::pow(x / 240.0, 0.8))
    });
    check_law(&Distribution::hyperexponential(MEAN, 2.0).unwrap(), |x| {
        let p = f64::midpoint(1.0, 0.6_f64.sqrt());
        1.0 - p * libm::exp(-2.0 * p * x / 240.0) - (1.0 - p) * libm::exp(-2.0 * (1.0 - p) * x / 240.0)
    });
    check_law(&Distribution::uniform(minutes(1), minutes(7)).unwrap(), |x| (x - 60.0) / 360.0);
    check_law(&Distribution::triangular(minutes(1), minutes(2), minutes(9)).unwrap(), |x| {
        if x < 120.0 {
            (x - 60.0).powi(2) / (480.0 * 60.0)
        } else {
            1.0 - (540.0 - x).powi(2) / (480.0 * 420.0)
        }
    });
}

/// Kolmogorov and Smirnov's test for two samples at the 0.1 % level: the same distribution by the independent samplers of
/// `rand_distr`, which give seconds. Both are rounded to microseconds, so some draws are equal.
fn check_oracle(distribution: &Distribution, oracle: impl rand_distr::Distribution<f64>) {
    let key = ReplicationKey::new(1, 2);
    let mut ours = draws(distribution, 2016);
    let rounded = |secs: f64| (secs * 1e6).round() / 1e6;
    let mut theirs: Vec<f64> =
        (0..DRAWS).map(|case| rounded(oracle.sample(&mut key.stream(case, 3)))).collect();
    ours.sort_unstable_by(f64::total_cmp);
    theirs.sort_unstable_by(f64::total_cmp);
    let up_to = |sample: &[f64], x: f64| sample.partition_point(|other| *other <= x);
    let farthest = ours.iter().map(|x| up_to(&ours, *x).abs_diff(up_to(&theirs, *x))).max().unwrap();
    let distance = farthest as f64 / DRAWS as f64;
    assert!(distance < 1.9495 * (2.0 / DRAWS as f64).sqrt(), "{distribution:?}: distance {distance}");
}

#[test]
fn draws_are_distributed_as_those_of_rand_distr() {
    check_oracle(&Distribution::exponential(MEAN).unwrap(), rand_distr::Exp::new(1.0 / 240.0).unwrap());
    for cv in [0.02, 0.5, 0.999, 1.5, 4.0_f64] {
        let shape = 1.0 / (cv * cv);
        let gamma = rand_distr::Gamma::new(shape, 240.0 / shape).unwrap();
        check_oracle(&Distribution::gamma(MEAN, cv).unwrap(), gamma);
        let lognormal = rand_distr::LogNormal::from_mean_cv(240.0, cv).unwrap();
        check_oracle(&Distribution::lognormal(MEAN, cv).unwrap(), lognormal);
    }
    for shape in [0.5, 0.8, 3.0] {
        let weibull = rand_distr::Weibull::new(240.0, shape).unwrap();
        check_oracle(&Distribution::weibull_from_scale(MEAN, shape).unwrap(), weibull);
    }
    let uniform = rand::distr::Uniform::new(60.0, 420.0).unwrap();
    check_oracle(&Distribution::uniform(minutes(1), minutes(7)).unwrap(), uniform);
    let triangular = rand_distr::Triangular::new(60.0, 540.0, 120.0).unwrap();
    check_oracle(&Distribution::triangular(minutes(1), minutes(2), minutes(9)).unwrap(), triangular);
}

/// A generator of `rand` in place of a stream: the same words, the same draws.
#[test]
fn any_generator_will_do() {
    let key = ReplicationKey::new(3, 0);
    for distribution in every_kind() {
        for case in 0..1000 {
            let drawn = rand_distr::Distribution::sample(&distribution, &mut key.stream(case, 1));
            assert_eq!(drawn, distribution.sample(&mut key.stream(case, 1)), "{distribution:?}");
        }
    }
}

#[test]
fn draws_are_rounded_to_the_nearest_microsecond() {
    for (micros, expected) in [
        (0.0, 0),
        (0.49, 0),
        (0.51, 1),
        (1e9 + 0.51, 1_000_000_001),
        (4_503_599_627_370_495.5, 1 << 52),
        (4_503_599_627_370_496.0, 1 << 52),
        (1e18, 1_000_000_000_000_000_000),
        (1e20, u64::MAX),
        (f64::INFINITY, u64::MAX),
        (f64::NAN, 0),
    ] {
        assert_eq!(rounded(micros).as_micros(), expected, "{micros}");
    }
}

#[test]
fn quantiles_come_back_as_given() {
    let median = Duration::from_micros(20 * Duration::HOUR.as_micros());
    let p95 = Duration::from_micros(6 * Duration::DAY.as_micros());
    let values = draws(&Distribution::lognormal_from_quantiles(median, p95).unwrap(), 4);
    for (quantile, share) in [(median, 0.5), (p95, 0.95)] {
        let below = values.iter().filter(|x| **x <= quantile.as_secs_f64()).count() as f64;
        let z = (below - share * DRAWS as f64) / (share * (1.0 - share) * DRAWS as f64).sqrt();
        assert!(z.abs() < 4.0, "{below} of {DRAWS} below {quantile}");
    }
    assert_eq!(Distribution::lognormal_from_quantiles(p95, p95), Ok(Distribution::constant(p95)));
}

#[test]
fn extremes_stay_numbers() {
    let longest = Duration::from_secs_f64(1000.0 * 365.25 * 86_400.0);
    let shortest = Duration::from_micros(1);
    for mean in [shortest, MEAN, longest, Duration::FOREVER] {
        let mut kinds = vec![
            Distribution::exponential(mean),
            Distribution::lognormal_from_quantiles(shortest, mean),
            Distribution::weibull_from_scale(mean, 0.1),
            Distribution::weibull_from_scale(mean, 1e6),
            Distribution::hyperexponential(mean, 1e3),
            Distribution::uniform(Duration::ZERO, mean),
            Distribution::uniform(mean, mean),
            Distribution::triangular(Duration::ZERO, mean, mean),
            Distribution::triangular(mean, mean, mean),
            Distribution::empirical(Arc::new([mean, mean])),
        ];
        for cv in [0.0, 1e-300, 1e-6, 1e-3, 1.0, 1e3] {
            kinds.extend([
                Distribution::lognormal(mean, cv),
                Distribution::gamma(mean, cv),
                Distribution::weibull(mean, cv),
            ]);
        }
        for distribution in kinds.into_iter().map(Result::unwrap) {
            assert!(!distribution.mean().is_nan() && distribution.mean() >= 0.0, "{distribution:?}");
            assert!(distribution.variance() >= 0.0, "{distribution:?}: {}", distribution.variance());
            let key = ReplicationKey::new(1, 0);
            let least = distribution.minimum();
            assert!((0..1000).all(|case| distribution.sample(&mut key.stream(case, 0)) >= least));
        }
    }
    assert_eq!(Distribution::gamma(MEAN, 0.0), Ok(Distribution::constant(MEAN)));
}

#[test]
fn refusals_name_the_remedy() {
    let shown = |result: Result<Distribution, DistributionError>| result.unwrap_err().to_string();
    assert_eq!(
        shown(Distribution::exponential(Duration::ZERO)),
        "`mean` is `0s`: give it a length, or write `0s` alone for a duration that is always zero"
    );
    assert_eq!(shown(Distribution::lognormal(MEAN, -1.0)), "`cv` is `-1`: give it a number from 0 to 1000");
    assert_eq!(
        shown(Distribution::hyperexponential(MEAN, 0.5)),
        "`cv` is `0.5`: give it a number from 1 to 1000; for less spread, use `gamma` or `lognormal`"
    );
    assert_eq!(
        shown(Distribution::triangular(minutes(1), minutes(9), minutes(2))),
        "`mode` is `9min`, longer than `max`, `2min`: make `max` at least `mode`"
    );
    assert_eq!(shown(Distribution::empirical(Arc::new([]))), DistributionError::Empty.to_string());
    for bad in [f64::NAN, f64::INFINITY, -0.1, 1e7] {
        assert!(Distribution::gamma(MEAN, bad).is_err());
        assert!(Distribution::weibull_from_scale(MEAN, bad).is_err());
    }
}

#[test]
fn means_of_what_is_cut_off_agree_with_draws() {
    let mut all = every_kind();
    all.push(Distribution::constant(MEAN));
    all.push(Distribution::triangular(minutes(3), minutes(3), minutes(5)).unwrap());
    all.push(Distribution::gamma(MEAN, 5e-4).unwrap());
    for distribution in all {
        let draws = draws(&distribution, 5);
        for limit in [30.0, 150.0, 240.0, 400.0, 2_000.0] {
            let cut: Vec<f64> = draws.iter().map(|draw| draw.min(limit)).collect();
            let mean = cut.iter().sum::<f64>() / cut.len() as f64;
            let variance = cut.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / cut.len() as f64;
            let error = (variance / cut.len() as f64).sqrt();
            let found = distribution.mean_up_to(Duration::from_secs_f64(limit));
            // draws are whole microseconds; a gamma so narrow is taken for a constant
            let tolerance = 4.0 * error + 1e-6 + if error < 1e-3 { 0.1 } else { 0.0 };
            assert!((found - mean).abs() <= tolerance, "{distribution:?} up to {limit}: {found}, not {mean}");
        }
        assert!(distribution.mean_up_to(Duration::ZERO).abs() < 1e-12, "{distribution:?}");
        let whole = distribution.mean_up_to(Duration::FOREVER);
        assert!((whole / distribution.mean() - 1.0).abs() < 1e-6, "{distribution:?}: {whole}");
    }
}
