//! The integration tests, in one binary.

mod cli;
mod layers;
mod scenario_errors;
mod scenario_language;
mod tidy;
