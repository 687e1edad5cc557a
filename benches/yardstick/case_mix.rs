//! What `scenarios/bench/pipeline.toml` says, as numbers.

use rand::Rng as _;
use rand::rngs::SmallRng;
use rand_distr::LogNormal;

use super::exponential;

pub(crate) const CLASSES: usize = 3;
pub(crate) const PLATFORMS: usize = 8;
pub(crate) const TRIAGE_PEOPLE: usize = 20;
pub(crate) const REVIEWERS: [usize; PLATFORMS] = [42, 24, 18, 12, 10, 8, 5, 3];
/// On the way from triage to a platform.
pub(crate) const EXCHANGE: f64 = 5.0;

const INTERVAL: f64 = 1.0 / 6.0;
const CLASS_SHARES: [f64; CLASSES] = [0.1, 0.3, 0.6];
const SHARE_KEPT: f64 = 0.4;
const PLATFORM_SHARES: [f64; PLATFORMS] = [0.35, 0.2, 0.15, 0.1, 0.08, 0.06, 0.04, 0.02];

/// A case, with where it will go after triage.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Case {
    pub(crate) sent: f64,
    pub(crate) class: u8,
    /// 0 where it ends after triage; otherwise one more than its platform.
    destination: u8,
}

impl Case {
    /// The platform it goes to after triage, if to any.
    #[inline]
    pub(crate) fn platform(self) -> Option<usize> {
        usize::from(self.destination).checked_sub(1)
    }
}

/// The cases in order of time. One number of 64 bits decides both class and destination.
pub(crate) struct CaseMix {
    now: f64,
    class_bounds: [u32; CLASSES - 1],
    destination_bounds: [u32; PLATFORMS],
}

impl CaseMix {
    pub(crate) fn new() -> Self {
        let mut destinations = [0.0; PLATFORMS + 1];
        destinations[0] = SHARE_KEPT;
        for (share, of_exchanged) in destinations[1..].iter_mut().zip(PLATFORM_SHARES) {
            *share = (1.0 - SHARE_KEPT) * of_exchanged;
        }
        Self { now: 0.0, class_bounds: bounds(&CLASS_SHARES), destination_bounds: bounds(&destinations) }
    }

    #[inline]
    pub(crate) fn next(&mut self, rng: &mut SmallRng) -> Case {
        self.now += exponential(rng) * INTERVAL;
        let bits = rng.next_u64();
        let (low, high) = (bits as u32, (bits >> 32) as u32);
        // comparisons that are added up need no branches
        let class = self.class_bounds.iter().map(|bound| u8::from(low >= *bound)).sum();
        let destination = self.destination_bounds.iter().map(|bound| u8::from(high >= *bound)).sum();
        Case { sent: self.now, class, destination }
    }
}

/// Working time at triage.
pub(crate) fn triage_work() -> LogNormal<f64> {
    lognormal(3.0, 1.0)
}

/// Working time at a platform.
pub(crate) fn review_work() -> LogNormal<f64> {
    lognormal(30.0, 1.5)
}

fn lognormal(mean: f64, cv: f64) -> LogNormal<f64> {
    LogNormal::from_mean_cv(mean, cv)
        .unwrap_or_else(|error| unreachable!("{mean} and {cv} are fine: {error}"))
}

/// Where, in the range of 32 bits, each share but the last ends.
fn bounds<const N: usize>(shares: &[f64]) -> [u32; N] {
    let mut end = 0.0;
    std::array::from_fn(|i| {
        end += shares[i];
        (end * 4_294_967_296.0) as u32
    })
}
