//! Nanoseconds for one draw, and what it costs that every draw has a keyed stream of its own: the same sampling from one
//! plain sequential generator stands beside it, and so does that generator with the distributions of `rand_distr`.
//!
//! `cargo bench --bench sampling` measures with criterion; `cargo test --bench sampling` runs everything once. Both
//! first check that all contenders draw from the same distribution, by its mean.

use std::iter::Sum;
use std::time::Duration as WallTime;

use criterion::{Criterion, Throughput};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use rand_distr::{Distribution as _, Exp, Gamma, LogNormal, StandardNormal};

use vigie::random::{Distribution, ReplicationKey, Stream};
use vigie::units::Duration;

const DRAWS: u64 = 1_000;
const DRAWS_CHECKED: u64 = 100_000;
const SEED: u64 = 1;
const DECISION: u32 = 7;
/// Four minutes with the spread of ordinary handling times.
const MEAN: Duration = Duration::from_micros(240_000_000);
const CV: f64 = 0.8;

/// One thing to draw, with its mean and standard deviation.
struct Part {
    name: &'static str,
    mean: f64,
    deviation: f64,
    contenders: Vec<Contender>,
}

/// One way to draw it: the sum of so many draws.
type Contender = (&'static str, Box<dyn Fn(u64) -> f64>);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for part in [bits(), normal(), exponential(), lognormal(), gamma()] {
        check(&part);
        let mut group = criterion.benchmark_group(part.name);
        group.warm_up_time(WallTime::from_millis(300)).measurement_time(WallTime::from_secs(2));
        group.throughput(Throughput::Elements(DRAWS));
        for (name, sum_of) in &part.contenders {
            group.bench_function(*name, |bencher| bencher.iter(|| sum_of(DRAWS)));
        }
        group.finish();
    }
    criterion.final_summary();
}

/// # Panics
///
/// If a contender's mean is five standard deviations from what it should be.
fn check(part: &Part) {
    for (name, sum_of) in &part.contenders {
        let mean = sum_of(DRAWS_CHECKED) / DRAWS_CHECKED as f64;
        let z = (mean - part.mean) / part.deviation * (DRAWS_CHECKED as f64).sqrt();
        assert!(z.abs() < 5.0, "{} by {name}: mean {mean}, not {}", part.name, part.mean);
    }
}

fn bits() -> Part {
    // 24 bits of each word, so that sums do not overflow
    let keyed_sum = |n| keyed(n, |stream| stream.next_bits() >> 40) as f64;
    let sequential_sum = |n| sequential(n, |rng| rng.next_u64() >> 40) as f64;
    let range = f64::from(1 << 24);
    Part {
        name: "64 bits",
        mean: (range - 1.0) / 2.0,
        deviation: range / 12.0_f64.sqrt(),
        contenders: vec![("keyed", Box::new(keyed_sum)), ("sequential", Box::new(sequential_sum))],
    }
}

fn normal() -> Part {
    Part {
        name: "normal",
        mean: 0.0,
        deviation: 1.0,
        contenders: vec![
            ("keyed", Box::new(|n| keyed(n, Stream::normal))),
            ("rand_distr", Box::new(|n| sequential::<f64>(n, |rng| StandardNormal.sample(rng)))),
        ],
    }
}

fn exponential() -> Part {
    let oracle = Exp::new(1.0 / MEAN.as_micros() as f64).expect("a positive rate");
    durations("exponential", Distribution::exponential(MEAN).expect("a positive mean"), oracle)
}

fn lognormal() -> Part {
    let oracle = LogNormal::from_mean_cv(MEAN.as_micros() as f64, CV).expect("a positive mean");
    durations("lognormal", Distribution::lognormal(MEAN, CV).expect("a positive mean"), oracle)
}

fn gamma() -> Part {
    let shape = 1.0 / (CV * CV);
    let oracle = Gamma::new(shape, MEAN.as_micros() as f64 / shape).expect("a positive shape");
    durations("gamma", Distribution::gamma(MEAN, CV).expect("a positive mean"), oracle)
}

/// A distribution beside the one of `rand_distr`, which gives microseconds.
fn durations(
    name: &'static str,
    distribution: Distribution,
    oracle: impl rand_distr::Distribution<f64> + 'static,
) -> Part {
    let (mean, deviation) = (distribution.mean() * 1e6, distribution.variance().sqrt() * 1e6);
    let same = distribution.clone();
    let keyed_sum = move |n| keyed(n, |stream| distribution.sample(stream).as_micros()) as f64;
    let sequential_sum =
        move |n| sequential(n, |rng| rand_distr::Distribution::sample(&same, rng).as_micros()) as f64;
    let oracle_sum = move |n| sequential(n, |rng| (oracle.sample(rng) + 0.5) as u64) as f64;
    Part {
        name,
        mean,
        deviation,
        contenders: vec![
            ("keyed", Box::new(keyed_sum)),
            ("sequential", Box::new(sequential_sum)),
            ("rand_distr", Box::new(oracle_sum)),
        ],
    }
}

/// The sum of draws that each have a stream of their own, as in the simulation.
fn keyed<T: Sum>(n: u64, draw: impl Fn(&mut Stream) -> T) -> T {
    let key = ReplicationKey::new(SEED, 0);
    (0..n).map(|case| draw(&mut key.stream(case, DECISION))).sum()
}

/// The sum of draws from one sequential generator.
fn sequential<T: Sum>(n: u64, draw: impl Fn(&mut SmallRng) -> T) -> T {
    let mut rng = SmallRng::seed_from_u64(SEED);
    (0..n).map(|_| draw(&mut rng)).sum()
}
