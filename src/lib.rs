//! vigie
pub mod analysis;
pub mod calendar;
pub mod engine;
pub mod experiment;
pub mod model;
pub mod random;
pub mod scenario;
pub mod statistics;
pub mod units;
