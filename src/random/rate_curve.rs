//! Rates that change with time. (being written)
use crate::units::{Duration, Time};

/// x
#[derive(Debug, Clone, PartialEq)]
pub struct RateCurve {
    steps: Vec<(Time, f64)>,
    pulse: Option<Pulse>,
}
/// x
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pulse {
    /// x
    pub at: Time,
    /// x
    pub rise: Duration,
    /// x
    pub half_life: Duration,
}
