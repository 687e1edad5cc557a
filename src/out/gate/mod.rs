//! What `vigie gate` says: text for a terminal, JSON for scripts, `JUnit` XML and Markdown for the pages of CI.
//!
//! All four say the same in the same words: [`sentences`] has the words, [`numbers`] the numbers.

mod json;
mod junit;
mod markdown;
mod numbers;
mod sentences;
mod text;

pub use json::gate_json;
pub use junit::gate_junit;
pub use markdown::gate_markdown;
pub use text::gate_text;

#[cfg(test)]
mod tests;
