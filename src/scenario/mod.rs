//! Scenario files: TOML text to a [`Plan`](crate::model::Plan), with every mistake shown at its line and column.

mod decode;
pub mod diagnostic;
mod document;
pub mod files;
mod overlay;
mod spec;
