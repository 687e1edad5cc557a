//! Layer 1: random numbers, distributions of durations, and arrival processes.

mod categorical;
mod distribution;
mod exp;
mod gamma;
mod generator;
mod philox;
mod poisson;
mod rate_curve;
mod stream;
mod ziggurat;

pub use categorical::Categorical;
pub use distribution::{Distribution, DistributionError};
pub use rate_curve::{Pulse, RateCursor, RateCurve};
pub use stream::{ReplicationKey, Stream};
