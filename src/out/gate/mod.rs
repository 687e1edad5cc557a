//! What `vigie gate` says: text for a terminal, JSON for scripts.
//!
//! Both say the same in the same words: [`sentences`] has the words, [`numbers`] the numbers.

mod json;
mod numbers;
mod sentences;
mod text;

pub use json::gate_json;
pub use text::gate_text;

#[cfg(test)]
mod tests;
