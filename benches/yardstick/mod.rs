//! The yardstick: loops written by hand for one workload each, with nothing that a user needs (no scenario file, no
//! targets, no time series, no histograms). They show how fast this machine can be asked to go in portable safe Rust,
//! and what the general simulator is measured against.
//!
//! All draw from one sequential generator and sample by ziggurat. Times are minutes, as `f64`. The positive ones order
//! like their bits, so that event lists may hold integers.

mod case_mix;
pub(crate) mod many_desks;
pub(crate) mod one_desk;
pub(crate) mod pipeline;
mod station;
mod winner_tree;

use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, Exp1};

/// Something that simulates so many reports from a seed, and says how long they waited, in minutes on average.
pub(crate) type Loop = fn(n_reports: u64, seed: u64) -> f64;

fn generator(seed: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed)
}

/// An exponential duration of mean 1.
#[inline]
fn exponential(rng: &mut SmallRng) -> f64 {
    Exp1.sample(rng)
}
