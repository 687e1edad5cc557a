//! The integration tests, in one binary.

mod common;
mod desk;

mod action;
mod cli;
mod compare;
mod docs;
mod engine;
mod gate;
mod golden;
mod layers;
mod scenario_errors;
mod scenario_language;
mod scenario_sizing;
mod size;
mod sweep;
mod theory;
mod tidy;
