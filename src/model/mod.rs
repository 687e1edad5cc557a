//! Layer 3: model.

mod plan;

pub use plan::*;
