//! What every verb that simulates shares: threads, Ctrl-C, and who the scenario is.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::analysis::ScenarioIdentity;
use crate::cli::args::SimulationArguments;
use crate::cli::failure::Failure;
use crate::scenario::Scenario;

/// Set when the user presses Ctrl-C; calls after the first give the same.
pub(super) fn cancel() -> &'static AtomicBool {
    static CANCEL: AtomicBool = AtomicBool::new(false);
    // where no handler can be set, Ctrl-C ends the program at once: nothing has been written then either
    let _ = ctrlc::set_handler(|| CANCEL.store(true, Ordering::Relaxed));
    &CANCEL
}

/// The threads to simulate on.
pub(super) fn threads(arguments: &SimulationArguments) -> Result<rayon::ThreadPool, Failure> {
    let n_threads = arguments.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
    pool.map_err(|error| Failure::Internal(format!("cannot start threads: {error}")))
}

/// Which scenario it is, for the results.
pub(super) fn identity(scenario: &Scenario) -> ScenarioIdentity {
    ScenarioIdentity {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        digest: scenario.digest.clone(),
    }
}
