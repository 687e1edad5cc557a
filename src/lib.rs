//! vigie
pub mod analysis;
pub mod calendar;
pub mod model;
pub mod out;
pub mod random;
pub mod units;
