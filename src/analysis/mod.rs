//! Layer 5: from facts to findings. What happened becomes estimates with intervals, and verdicts; what is planned
//! becomes offered loads and drawings before anything is simulated.

mod comparison;
mod gate;
mod measured;
mod peaks;
mod pipeline;
mod sizing;
mod summarize;
mod summary;
mod sweep;
mod warnings;

pub use crate::experiment::gate::{Level, Operator};
pub use crate::experiment::{Better, Measure, Statistic, Unit};
pub use crate::load::{OfferedLoad, Overload, TeamLoad, offered_load};
pub use crate::statistics::Contributions;
pub use comparison::{
    Change, Compared, Comparison, ComparisonContext, TargetPair, VarianceReduction, VariantSummary, compare,
};
pub use gate::*;
pub use measured::{measure_title, measured};
pub use pipeline::{NodeKind, PipelineEdge, PipelineGraph, PipelineNode, pipeline};
pub use sizing::*;
pub use summarize::{SummaryContext, summarize};
pub use summary::*;
pub use sweep::*;
