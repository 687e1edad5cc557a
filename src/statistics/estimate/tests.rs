use rand_distr::{Distribution as _, Exp1};

use super::*;
use crate::random::{ReplicationKey, Stream};

fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0), "{found}, not {expected}");
}

fn assert_interval(found: Option<Interval>, mean: f64, lower: f64, upper: f64) {
    let found = found.unwrap();
    let bounds = found.bounds.unwrap();
    assert_close(found.mean, mean);
    assert_close(bounds.0, lower);
    assert_close(bounds.1, upper);
}

/// The share of 4,000 experiments whose interval holds the truth must lie in the range of the design.
fn check_coverage(name: &str, experiments: u64, truth: f64, experiment: impl Fn(&mut Stream) -> Interval) {
    let key = ReplicationKey::new(95, 0);
    let holding = (0..experiments)
        .filter(|number| {
            let (lower, upper) = experiment(&mut key.stream(*number, 0)).bounds.unwrap();
            lower <= truth && truth <= upper
        })
        .count();
    let covered = holding as f64 / experiments as f64;
    assert!((0.936..=0.964).contains(&covered), "{name}: {covered} covered");
}

fn exponentials(stream: &mut Stream, n: u64) -> Vec<f64> {
    (0..n).map(|_| Exp1.sample(stream)).collect()
}

#[test]
fn means() {
    assert_eq!(mean_interval(&[]), None);
    assert_eq!(mean_interval(&[3.0]), Some(Interval { mean: 3.0, bounds: None }));
    assert_eq!(mean_interval(&[2.0; 5]), Some(Interval { mean: 2.0, bounds: Some((2.0, 2.0)) }));
    // by hand: mean 3, S² = 2.5, t = 2.776445
    assert_interval(mean_interval(&[1.0, 2.0, 3.0, 4.0, 5.0]), 3.0, 3.0 - 1.963_243, 3.0 + 1.963_243);
}

#[test]
fn ratios() {
    assert_eq!(ratio_interval(&[]), None);
    assert_eq!(ratio_interval(&[(0.0, 0.0), (0.0, 0.0)]), None);
    assert_eq!(ratio_interval(&[(6.0, 2.0)]), Some(Interval { mean: 3.0, bounds: None }));
    assert_eq!(ratio_interval(&[(6.0, 2.0), (0.0, 0.0)]), Some(Interval { mean: 3.0, bounds: None }));
    // by hand: r = 2; deviations 1, −1, 0; x̄ = 2; variance 2/(2·3·4); t = 4.302653
    let half = 4.302_653 * (1.0_f64 / 12.0).sqrt();
    assert_interval(ratio_interval(&[(3.0, 1.0), (3.0, 2.0), (6.0, 3.0)]), 2.0, 2.0 - half, 2.0 + half);
    // equal denominators: the interval of the means
    let values = [1.0, 2.5, 4.0, 0.5];
    let mean = mean_interval(&values).unwrap();
    let (lower, upper) = mean.bounds.unwrap();
    assert_interval(ratio_interval(&values.map(|y| (7.0 * y, 7.0))), mean.mean, lower, upper);
}

#[test]
fn shares() {
    assert_eq!(share_interval(&[]), None);
    assert_eq!(share_interval(&[(0, 0), (0, 0)]), None);
    assert_eq!(share_interval(&[(3, 4)]), Some(Interval { mean: 0.75, bounds: None }));
    assert_eq!(share_interval(&[(4, 4), (0, 0)]), Some(Interval { mean: 1.0, bounds: None }));
    // all on time: 0.025^(1/20) of the pooled 20
    assert_interval(share_interval(&[(10, 10), (10, 10)]), 1.0, 0.831_566, 1.0);
    assert_interval(share_interval(&[(0, 10), (0, 10)]), 0.0, 0.0, 1.0 - 0.831_566);
    // the same share in each, though not the same counts
    assert_interval(share_interval(&[(2, 4), (3, 6), (0, 0)]), 0.5, 0.187_086, 0.812_914);
    // two replications that differ widely: kept within 0 and 1
    assert_interval(share_interval(&[(9, 10), (2, 10)]), 0.55, 0.0, 1.0);
    let found = share_interval(&[(9, 10), (8, 10), (9, 10), (10, 10)]).unwrap();
    let (lower, upper) = found.bounds.unwrap();
    let values = mean_interval(&[0.9, 0.8, 0.9, 1.0]).unwrap().bounds.unwrap();
    assert_close(lower, values.0);
    assert_close(upper, values.1.min(1.0));
    assert!(share_interval(&[(u64::MAX, u64::MAX), (u64::MAX, u64::MAX)]).unwrap().bounds.is_some());
}

#[test]
fn quantiles() {
    assert_eq!(quantile_interval(7.0, &[]), Interval { mean: 7.0, bounds: None });
    assert_eq!(quantile_interval(7.0, &[6.0]), Interval { mean: 7.0, bounds: None });
    // by hand: Σ(q − 3.5)² = 10 + 5·0.5² = 11.25, S² = 2.8125, t = 2.776445
    let found = quantile_interval(3.5, &[1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_interval(Some(found), 3.5, 3.5 - 2.082_334, 3.5 + 2.082_334);
}

#[test]
fn precision() {
    let of = |values: &[f64]| mean_interval(values).unwrap();
    // by hand: half width 1.963243 around 3 is a relative error of 1.963243/(3 − 1.963243) = 1.8937
    let values = [1.0, 2.0, 3.0, 4.0, 5.0];
    assert!(of(&values).is_precise(1.894) && !of(&values).is_precise(1.893));
    assert!(of(&values.map(|value| -value)).is_precise(1.894));
    assert!(of(&[4.0, 4.0]).is_precise(0.0));
    assert!(!of(&[4.0]).is_precise(1.0));
    assert!(!of(&[f64::NAN, 1.0]).is_precise(1.0));
    // the end at 1 is cut off; the other tells the half-width: 0.05 of 0.98
    let cut = Interval { mean: 0.98, bounds: Some((0.93, 1.0)) };
    assert!(cut.is_precise(0.054) && !cut.is_precise(0.053));
}

#[test]
fn intervals_of_means_hold_the_truth_as_often_as_they_say() {
    check_coverage("mean", 4000, 1.0, |stream| {
        let means: Vec<f64> =
            (0..20).map(|_| exponentials(stream, 100).iter().sum::<f64>() / 100.0).collect();
        mean_interval(&means).unwrap()
    });
}

#[test]
fn intervals_of_ratios_hold_the_truth_as_often_as_they_say() {
    check_coverage("ratio", 4000, 1.0, |stream| {
        let pairs: Vec<(f64, f64)> = (0..20)
            .map(|_| {
                let n = 50 + (stream.uniform() * 100.0) as u64;
                (exponentials(stream, n).iter().sum(), n as f64)
            })
            .collect();
        ratio_interval(&pairs).unwrap()
    });
    check_coverage("share", 4000, 0.8, |stream| {
        let pairs: Vec<(u64, u64)> = (0..20)
            .map(|_| {
                let n = 50 + (stream.uniform() * 100.0) as u64;
                ((0..n).filter(|_| stream.uniform() < 0.8).count() as u64, n)
            })
            .collect();
        share_interval(&pairs).unwrap()
    });
}

#[test]
fn intervals_of_quantiles_hold_the_truth_as_often_as_they_say() {
    let quantile_90 = |values: &mut Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[(values.len() as f64 * 0.9).ceil() as usize - 1]
    };
    check_coverage("quantile", 2000, 10.0_f64.ln(), |stream| {
        let mut replications: Vec<Vec<f64>> = (0..20).map(|_| exponentials(stream, 200)).collect();
        let each: Vec<f64> = replications.iter_mut().map(quantile_90).collect();
        quantile_interval(quantile_90(&mut replications.concat()), &each)
    });
}
