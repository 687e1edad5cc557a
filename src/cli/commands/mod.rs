//! One function for each verb.

mod run;
mod small;

pub(super) use run::run;
pub(super) use small::{completions, explain, init, schema, validate};
