//! Layer 4: experiments. Replications in parallel, as many as are asked for or as a precision needs; and what can be
//! measured of them; several models in pairs.

mod compare;
mod measure;
mod records;
mod run;
pub mod size;

pub use compare::{
    Paired, PairedExperiment, PairedHalt, paired_difference, shared_measures, simultaneous_confidence,
};
pub use measure::{Better, Measure, Statistic, Unit};
pub use records::{Collected, QUANTILES, ReplicationRecord, SeriesRecord, TimeRecord};
pub use run::{Effort, Experiment, NoProgress, Progress};
