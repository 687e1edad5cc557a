//! Layer 1: statistics. Exact collectors of what happens, and estimates with intervals made from them.
//!
//! Collectors ([`Histogram`], [`Level`]) hold integers only, so that they merge exactly and in any order. A tally of
//! values and an average over time are different things and different types.

mod histogram;
mod level;

pub use histogram::Histogram;
pub use level::{Level, LevelFacts, Window};
