//! Layer 4: experiments. Replications in parallel, as many as are asked for or as a precision needs; and what can be
//! measured of them. Several models in pairs, sweeps over many plans and the choice of the best among them, and the
//! search for the cheapest staffing.

mod chance;
mod compare;
pub mod gate;
mod measure;
mod records;
mod run;
mod select;
pub mod size;
pub mod speed;
mod sweep;

pub use compare::{
    Paired, PairedExperiment, PairedHalt, paired_difference, shared_measures, simultaneous_confidence,
};
pub use measure::{Better, Measure, Narrow, Statistic, Unit};
pub use records::{Collected, QUANTILES, ReplicationRecord, SeriesRecord, TimeRecord};
pub use run::{Effort, Experiment, NoProgress, Progress};
pub use select::{Halving, Selected, Selection, Stage, kim_nelson_constants};
pub use sweep::{ObserveError, Observer, PointHalt, Points, Sweep, latin_hypercube};
