//! Layer 1: statistics. Estimates with their confidence intervals.

mod binomial;
mod estimate;
mod mser;
mod order;
mod student;

pub use estimate::{
    CONFIDENCE, Interval, mean_interval, quantile_interval, ratio_interval, relative_precision_reached,
    share_interval,
};
pub use mser::mser_5;
pub use order::{order_statistic_bounds, quantile_needs};
