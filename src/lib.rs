//! vigie
pub mod analysis;
pub mod calendar;
pub mod model;
pub mod random;
pub mod scenario;
pub mod statistics;
pub mod units;
