//! Layer 5: from facts to findings. What happened becomes estimates with intervals, and verdicts.

mod summarize;
mod summary;
mod warnings;

pub use summarize::{SummaryContext, summarize};
pub use summary::*;
