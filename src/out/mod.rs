//! Output: everything that is written for people and for scripts, from [`crate::analysis`] alone.
//!
//! Nothing here knows the engine, the model or the scenario: a [`Summary`](crate::analysis::Summary) comes in, text,
//! JSON, CSV, SVG and HTML go out. Every function but [`write_results`] is pure, and gives the same bytes for the
//! same input: no clock, no environment, no unordered map.

mod comparison;
mod csv;
mod dot;
mod explain;
mod folder;
mod gate;
mod json;
mod manifest;
mod page;
pub mod plots;
#[cfg(test)]
mod sample;
mod sentences;
mod sizing;
mod summary_page;
mod sweep;
mod tables;
mod text;
mod words;

pub use self::csv::{offered_load_csv, timeseries_csv};
pub use comparison::{comparison_files, comparison_json, comparison_page, comparison_text};
pub use dot::pipeline_dot;
pub use explain::{explain_text, overload_warnings};
pub use folder::{FolderError, check_target, write_results};
pub use gate::{gate_json, gate_junit, gate_markdown, gate_text};
pub use json::summary_json;
pub use manifest::{Manifest, Provenance, manifest_json, results_files};
pub use sizing::{sizing_files, sizing_json, sizing_text};
pub use summary_page::page_html;
pub use sweep::{sweep_csv, sweep_files, sweep_json, sweep_text};
pub use text::summary_text;
