//! What every verb that simulates shares: threads, Ctrl-C, and who the scenario is.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::analysis::ScenarioIdentity;
use crate::cli::args::SimulationArguments;
use crate::cli::failure::Failure;
use crate::scenario::Scenario;
use crate::units::Duration;

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

/// In what the time that a scenario is of differs from another's: the key, and the value of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) key: &'static str,
    pub(super) own: String,
    pub(super) other: String,
}

/// What keeps the numbers of two scenarios from being of the same time.
pub(super) fn mismatches(own: &Scenario, other: &Scenario) -> Vec<Mismatch> {
    let length = |micros: u64| Duration::from_micros(micros).to_string();
    let lengths = |key, own: u64, other: u64| {
        (own != other).then(|| Mismatch { key, own: length(own), other: length(other) })
    };
    let texts = |key, own: String, other: String| (own != other).then_some(Mismatch { key, own, other });
    let (calendar, others) = (&own.calendar, &other.calendar);
    let (plan, varied) = (&own.plan, &other.plan);
    let found = [
        texts("start", calendar.start().to_string(), others.start().to_string()),
        texts("zone", calendar.zone().name().to_owned(), others.zone().name().to_owned()),
        lengths("duration", plan.horizon.as_micros(), varied.horizon.as_micros()),
        lengths("warm_up", plan.warm_up.as_micros(), varied.warm_up.as_micros()),
        lengths("bucket", plan.bucket.as_micros(), varied.bucket.as_micros()),
    ];
    found.into_iter().flatten().collect()
}
