//! Layer 1: statistics. Exact collectors of what happens, and estimates with intervals made from them.
//!
//! Collectors ([`Histogram`], [`Level`]) hold integers only, so that they merge exactly and in any order. A tally of
//! values and an average over time are different things and different types.

mod binomial;
mod estimate;
mod histogram;
mod level;
mod mser;
mod order;
mod sample;
mod spans;
mod student;
mod trimmed;

pub use estimate::{
    CONFIDENCE, Interval, Proportion, mean_interval, quantile_interval, ratio_interval, share_interval,
};
pub use histogram::Histogram;
pub use level::{BucketCursor, Level, LevelFacts, Window};
pub use mser::mser_5;
pub use order::{order_statistic_bounds, quantile_needs};
pub use sample::{Contributions, Difference, Sample};
pub use spans::Spans;
pub use student::{normal_quantile, poisson_bounds};
pub use trimmed::TrimmedMean;
