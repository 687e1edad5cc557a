//! Layer 5: from facts to findings. What happened becomes estimates with intervals, and verdicts.

mod summary;

pub use summary::*;
