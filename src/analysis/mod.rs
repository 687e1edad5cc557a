//! Layer 5: from facts to findings. What happened becomes estimates with intervals, and verdicts.

mod flows;
mod offered_load;
mod pipeline;
mod summary;

pub use offered_load::{OfferedLoad, Overload, TeamLoad, offered_load};
pub use pipeline::{NodeKind, PipelineEdge, PipelineGraph, PipelineNode, pipeline};
pub use summary::*;
