//! One replication of a scenario file, by the library's public interface.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use vigie::engine::Execution;
use vigie::model::{Facts, Model, RunOptions};
use vigie::scenario;

/// A scenario of this repository, made ready; `sets` are assignments as `--set` takes them.
///
/// # Panics
///
/// If it is not right: it comes with the benchmark.
pub(crate) fn model(file: &str, sets: &[String]) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let loaded = scenario::load(&path, sets).unwrap_or_else(|error| panic!("{error}"));
    Model::new(loaded.plan).unwrap_or_else(|error| panic!("{error}"))
}

/// The first replication, with as many cases in the system as there may be.
///
/// # Panics
///
/// If it is halted, which nobody does here.
pub(crate) fn simulate(model: &Model, seed: u64, execution: Execution) -> Facts {
    let cancel = AtomicBool::new(false);
    let options = RunOptions { seed, replication: 0, max_in_system: u64::MAX, cancel: &cancel, execution };
    model.simulate(&options).unwrap_or_else(|halt| panic!("{halt}"))
}
