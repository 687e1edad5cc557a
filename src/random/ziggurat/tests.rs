use rand_distr::{Distribution as _, Exp1, StandardNormal};

use super::*;
use crate::random::ReplicationKey;

const DRAWS: u64 = 2_000_000;

/// So many draws, each from a stream of its own, as in the simulation.
fn exponentials(seed: u64) -> Vec<f64> {
    let key = ReplicationKey::new(seed, 0);
    (0..DRAWS).map(|case| key.stream(case, 1).exponential()).collect()
}

fn normals(seed: u64) -> Vec<f64> {
    let key = ReplicationKey::new(seed, 0);
    (0..DRAWS).map(|case| key.stream(case, 1).normal()).collect()
}

/// The distribution function of the exponential distribution.
fn exponential_below(x: f64) -> f64 {
    -libm::expm1(-x)
}

/// The distribution function of the normal distribution.
fn normal_below(x: f64) -> f64 {
    libm::erfc(-x / 2.0_f64.sqrt()) / 2.0
}

/// The edges of all layers, falling, from the lowest layer's to 0.
fn edges(ziggurat: &Ziggurat) -> Vec<f64> {
    let widths = ziggurat.layers[1..].iter().map(|layer| layer.width);
    widths.chain([0.0]).collect()
}

/// The two papers' equations: edges fall, heights are the density there, every layer has the same area (the lowest with
/// the tail), and the highest ends at the top.
fn check_tables(ziggurat: &Ziggurat, density: impl Fn(f64) -> f64, tail_beyond: impl Fn(f64) -> f64) {
    let edges = edges(ziggurat);
    let lowest = edges[0];
    let area = lowest * density(lowest) + tail_beyond(lowest);
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-12;
    let base = ziggurat.layers[0].width * ziggurat.heights[1];
    assert!(near(base, area), "the lowest layer: {base}, not {area}");
    for (layer_idx, pair) in edges.windows(2).enumerate() {
        let [bottom, top] = [ziggurat.heights[layer_idx + 1], ziggurat.heights[layer_idx + 2]];
        assert!(pair[1] < pair[0] && near(bottom, density(pair[0])), "layer {}", layer_idx + 1);
        let this = pair[0] * (top - bottom);
        assert!(near(this, area), "layer {}: {this}, not {area}", layer_idx + 1);
    }
    for (layer_idx, layer) in ziggurat.layers.iter().enumerate() {
        // inside the layer above to the last place, and not a place beyond
        let [inside, beyond] =
            [layer.inside, layer.inside + 1].map(|place| place as f64 / PLACES * layer.width);
        assert!(inside <= edges[layer_idx] && beyond > edges[layer_idx] * (1.0 - 1e-15), "layer {layer_idx}");
    }
    assert!(ziggurat.heights[0].abs() <= 0.0 && (ziggurat.heights[LAYERS] - 1.0).abs() <= 0.0);
}

#[test]
fn the_tables_solve_their_equations() {
    check_tables(&EXPONENTIAL, |x| libm::exp(-x), |x| libm::exp(-x));
    let tail = |x: f64| (std::f64::consts::PI / 2.0).sqrt() * libm::erfc(x / 2.0_f64.sqrt());
    check_tables(&NORMAL, |x| libm::exp(-x * x / 2.0), tail);
}

/// The same iteration with the functions of `libm` gives the same tables but for rounding.
#[test]
fn the_tables_are_those_that_libm_gives() {
    let check = |ziggurat: &Ziggurat, area: f64, at: &dyn Fn(f64) -> f64, inverse: &dyn Fn(f64) -> f64| {
        let edges = edges(ziggurat);
        let mut edge = edges[0];
        for ours in &edges[1..LAYERS - 1] {
            edge = inverse(area / edge + at(edge));
            assert!((ours / edge - 1.0).abs() < 1e-12, "{ours}, not {edge}");
        }
    };
    check(&EXPONENTIAL, EXPONENTIAL_AREA, &|x| libm::exp(-x), &|y| -libm::log(y));
    check(&NORMAL, NORMAL_AREA, &|x| libm::exp(-x * x / 2.0), &|y| (-2.0 * libm::log(y)).sqrt());
}

/// The same bits on every machine: a digest of all tables.
#[test]
fn the_tables_have_known_bits() {
    let digest = |ziggurat: &Ziggurat| {
        let layers = ziggurat.layers.iter().flat_map(|layer| [layer.width.to_bits(), layer.inside]);
        let all = layers.chain(ziggurat.heights.iter().map(|height| height.to_bits()));
        // FNV-1a over whole words
        all.fold(0xCBF2_9CE4_8422_2325, |hash: u64, word| (hash ^ word).wrapping_mul(0x0000_0100_0000_01B3))
    };
    assert_eq!([digest(&EXPONENTIAL), digest(&NORMAL)], [0x2528_855b_5ebc_5f91, 0x0826_4032_b8ef_a89c]);
}

/// Raw moments against their closed forms, each within four of its standard deviations.
fn check_moments(draws: &[f64], moment: impl Fn(i32) -> f64) {
    let n = draws.len() as f64;
    for order in 1..=6 {
        let shown = draws.iter().map(|x| x.powi(order)).sum::<f64>() / n;
        let expected = moment(order);
        let deviation = ((moment(2 * order) - expected * expected) / n).sqrt();
        let z = (shown - expected) / deviation;
        assert!(z.abs() < 4.0, "moment {order}: {shown}, not {expected}, z {z}");
    }
}

#[test]
fn moments_are_the_closed_ones() {
    let factorial = |n: i32| (1..=n).map(f64::from).product::<f64>();
    check_moments(&exponentials(11), factorial);
    let odd_factorial = |n: i32| (1..n).step_by(2).map(f64::from).product::<f64>();
    check_moments(&normals(12), |order| if order % 2 == 0 { odd_factorial(order) } else { 0.0 });
}

/// Kolmogorov and Smirnov's test at the 0.1 % level.
fn check_law(mut draws: Vec<f64>, below: impl Fn(f64) -> f64) {
    draws.sort_unstable_by(f64::total_cmp);
    let n = draws.len() as f64;
    let farthest = draws
        .iter()
        .enumerate()
        .map(|(rank, x)| {
            let expected = below(*x);
            (expected - rank as f64 / n).max((rank + 1) as f64 / n - expected)
        })
        .fold(0.0, f64::max);
    assert!(farthest < 1.9495 / n.sqrt(), "distance {farthest}");
}

#[test]
fn draws_follow_the_closed_law() {
    check_law(exponentials(21), exponential_below);
    check_law(normals(22), normal_below);
}

/// Bounds at every edge of a layer, in the middle between edges (inside and wedge), and several beyond the lowest layer.
fn bounds(ziggurat: &Ziggurat, beyond: &[f64]) -> Vec<f64> {
    let mut bounds = edges(ziggurat);
    bounds.reverse();
    let middles: Vec<f64> = bounds.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    bounds.extend(middles);
    bounds.extend(beyond);
    bounds.sort_unstable_by(f64::total_cmp);
    bounds
}

/// How many draws fall below the first bound, between each two, and beyond the last.
fn counted(draws: &[f64], bounds: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; bounds.len() + 1];
    for x in draws {
        counts[bounds.partition_point(|bound| bound <= x)] += 1.0;
    }
    counts
}

/// A chi-square statistic as a standard normal number (Wilson and Hilferty 1931).
fn chi_square_z(chi_square: f64, degrees: f64) -> f64 {
    let share = 2.0 / (9.0 * degrees);
    ((chi_square / degrees).cbrt() - (1.0 - share)) / share.sqrt()
}

/// The 99.9 % quantile of the normal distribution.
const NORMAL_999: f64 = 3.0902;

fn check_frequencies(draws: &[f64], bounds: &[f64], below: impl Fn(f64) -> f64) {
    let cumulative: Vec<f64> = bounds.iter().map(|bound| below(*bound)).chain([1.0]).collect();
    let mut before = 0.0;
    let (mut chi_square, mut cells) = (0.0, 0.0);
    for (count, above) in counted(draws, bounds).into_iter().zip(cumulative) {
        let expected = (above - before) * draws.len() as f64;
        before = above;
        if expected <= 0.0 {
            assert!(count <= 0.0, "{count} draws where none can be");
            continue;
        }
        assert!(expected > 5.0, "cells are large enough for the test: {expected}");
        chi_square += (count - expected).powi(2) / expected;
        cells += 1.0;
    }
    let z = chi_square_z(chi_square, cells - 1.0);
    assert!(z < NORMAL_999, "chi-square {chi_square} over {cells} cells, z {z}");
}

#[test]
fn layers_wedges_and_tails_are_as_frequent_as_they_should_be() {
    // beyond the lowest layer are 900 exponential draws and 500 normal ones
    let exponential_bounds = bounds(&EXPONENTIAL, &[8.0, 8.5, 9.0, 10.0, 11.0, 12.0]);
    check_frequencies(&exponentials(31), &exponential_bounds, exponential_below);
    let normal_bounds = bounds(&NORMAL, &[3.7, 3.8, 4.0, 4.2]);
    let mirrored: Vec<f64> = normal_bounds.iter().rev().map(|bound| -bound).collect();
    let both: Vec<f64> = mirrored.into_iter().chain(normal_bounds.into_iter().skip(1)).collect();
    check_frequencies(&normals(32), &both, normal_below);
}

/// The two-sample chi-square test, over cells of equal width that hold enough.
fn check_alike(ours: &[f64], theirs: &[f64], bounds: &[f64]) {
    let (mut chi_square, mut cells) = (0.0, 0.0);
    for (a, b) in counted(ours, bounds).into_iter().zip(counted(theirs, bounds)) {
        if a + b > 10.0 {
            chi_square += (a - b).powi(2) / (a + b);
            cells += 1.0;
        }
    }
    let z = chi_square_z(chi_square, cells - 1.0);
    assert!(z < NORMAL_999, "chi-square {chi_square} over {cells} cells, z {z}");
}

#[test]
fn draws_are_distributed_as_those_of_rand_distr() {
    let key = ReplicationKey::new(41, 0);
    let bounds: Vec<f64> = (-100..200).map(|step| f64::from(step) * 0.05).collect();
    let theirs: Vec<f64> = (0..DRAWS).map(|case| Exp1.sample(&mut key.stream(case, 2))).collect();
    check_alike(&exponentials(41), &theirs, &bounds);
    let theirs: Vec<f64> = (0..DRAWS).map(|case| StandardNormal.sample(&mut key.stream(case, 3))).collect();
    check_alike(&normals(42), &theirs, &bounds);
}

/// Successive draws from one stream do not know of each other.
#[test]
fn draws_of_one_stream_are_uncorrelated() {
    let key = ReplicationKey::new(51, 0);
    let (mut products, mut n) = (0.0, 0.0);
    for case in 0..100_000 {
        let mut stream = key.stream(case, 1);
        let draws: [f64; 5] = std::array::from_fn(|_| stream.normal());
        products += draws.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
        n += 4.0;
    }
    let z = products / f64::sqrt(n);
    assert!(z.abs() < 4.0, "z {z}");
}
