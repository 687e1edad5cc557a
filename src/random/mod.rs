//! Layer 1: random numbers, distributions of durations, and arrival processes.

mod distribution;
mod philox;
mod rate_curve;
mod stream;

pub use distribution::{Distribution, DistributionError};
pub use rate_curve::{Pulse, RateCursor, RateCurve};
pub use stream::{ReplicationKey, Stream};
