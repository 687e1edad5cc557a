//! Layer 4: experiments. Replications in parallel, as many as are asked for or as a precision needs; and what can be
//! measured of them.

mod measure;
mod records;
mod run;
pub mod size;

pub use measure::{Better, Measure, Statistic, Unit};
pub use records::{Collected, QUANTILES, ReplicationRecord, SeriesRecord, TimeRecord};
pub use run::{Effort, Experiment, NoProgress, Progress};
