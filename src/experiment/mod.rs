//! Layer 4: experiments. Replications in parallel, as many as are asked for or as a precision needs.

mod records;
mod run;

pub use records::{Collected, QUANTILES, Quantity, ReplicationRecord, SeriesRecord, TimeRecord};
pub use run::{Effort, Experiment, NoProgress, Progress};
