//! One function for each verb.

mod compare;
mod gate;
mod results;
mod run;
mod simulation;
mod size;
mod small;
mod sweep;

pub(super) use compare::compare;
use gate::is_gates_file;
pub(super) use gate::{DEFAULT_SLOWER_BY, gate, slower_by};
pub(super) use run::run;
pub(super) use size::size;
pub(super) use small::{completions, explain, init, schema, validate};
pub(super) use sweep::sweep;

use crate::analysis::OfferedLoad;
use crate::scenario::Scenario;

/// The local times at which the hours of an offered load begin, and at which the last ends.
fn hour_labels(scenario: &Scenario, load: &OfferedLoad) -> Vec<String> {
    (0..=load.n_hours()).map(|hour| scenario.calendar.label(load.hour_start(hour))).collect()
}
