//! Layer 0: time, rates and shares, and how a planner writes them.
//!
//! Simulated time is an integer number of microseconds ([`Time`], [`Duration`]): sums are exact, so nothing
//! drifts and results merge in any order. Every quantity in a file carries its unit (`"4min"`, `"515/day"`,
//! `"16x"`), read by [`quantity`].

pub mod quantity;
mod time;

pub use quantity::QuantityError;
pub use time::{Duration, Time};
