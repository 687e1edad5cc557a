//! Distributions of durations. (being written)
use super::Stream;
use crate::units::Duration;
use std::sync::Arc;

/// x
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Constant(f64),
    Empirical(Arc<[Duration]>),
}

/// x
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionError(String);

impl Distribution {
    /// x
    pub fn constant(value: Duration) -> Self {
        Self(Kind::Constant(value.as_micros() as f64))
    }
    /// x
    pub fn sample(&self, _stream: &mut Stream) -> Duration {
        match &self.0 {
            Kind::Constant(x) => Duration::from_micros(*x as u64),
            Kind::Empirical(v) => v[0],
        }
    }
    /// seconds
    pub fn mean(&self) -> f64 {
        0.0
    }
    /// lower bound
    pub fn minimum(&self) -> Duration {
        Duration::ZERO
    }
}
