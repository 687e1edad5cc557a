//! What `vigie gate` says: JSON for scripts.

mod json;

pub use json::gate_json;

#[cfg(test)]
mod tests;
