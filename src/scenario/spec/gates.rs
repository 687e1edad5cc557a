//! What must hold of the numbers: `[[gate]]`, in a scenario or in a file of gates.

use super::super::decode::{At, Number, OneOrMany, table, words};

table! {
    /// Gates for some scenarios: `gates.toml`.
    GatesSpec {
        /// What must hold.
        optional gate: Vec<At<GateSpec>>,
        /// The confidence of the verdicts (default 0.95).
        optional confidence: Number,
        /// At most so many replications, where fewer cannot tell (default: five times the scenario's).
        optional at_most: u64,
        /// What must hold of every target that no gate names: `share >= baseline - 1 point` (default `share >= goal`).
        optional targets: String,
        /// What it counts for that the same scenario gives other results than its baseline (default `error`).
        optional unchanged: LevelSpec,
    }

    /// Something that must hold of what is measured.
    GateSpec {
        /// Its name; that of its target where it has one and no other is given.
        optional name: String,
        /// What must hold: `p(95) <= 1h`, `share(<= 24h) >= 0.95`, `max(queue) < 500`, `cost <= baseline + 2%`.
        required expect: String,
        /// The class it is measured of.
        optional class: String,
        /// The stage.
        optional stage: String,
        /// The platform.
        optional platform: String,
        /// The team.
        optional team: String,
        /// The source whose reports it is measured of.
        optional source: String,
        /// The target, whose goal is then no gate by itself.
        optional target: String,
        /// The scenarios it is for, by the names of their files; all if left out. Only in a file of gates.
        optional scenario: OneOrMany<String>,
        /// What a failure counts for (default `error`).
        optional level: LevelSpec,
        /// The confidence of the verdict (default 0.95, or that of the file of gates).
        optional confidence: Number,
    }
}

words! {
    /// What a verdict counts for.
    LevelSpec {
        /// A failure fails the whole.
        Error = "error",
        /// A failure is said, and fails nothing.
        Warn = "warn",
        /// It is not looked at.
        Off = "off",
    }
}
