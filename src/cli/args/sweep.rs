//! The arguments of `vigie sweep`.

use std::path::PathBuf;

use clap::Args;

use super::{OutputArguments, SimulationArguments};

const EXAMPLES: &str = "\
Examples:
  vigie sweep desk.toml --vary 'team.desk.staff=2..8'
  vigie sweep desk.toml --vary 'team.desk.shifts[0].staff=10..60:5' \\
                        --vary 'stage.triage.discipline=fifo,priority'
  vigie sweep desk.toml --vary 'platform.network.answers=0.5..0.95' --samples 50
  vigie sweep desk.toml --vary 'stage.triage.discipline=fifo,lifo,priority' \\
                        --best 'class/threats/response_time/mean' --indifference 2min

Stopped, by Ctrl-C or otherwise? The same command goes on where it was.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SweepArguments {
    /// The scenario file
    #[arg(value_name = "SCENARIO")]
    pub(crate) file: PathBuf,
    /// A path and its values: `a,b,c`, `10..30`, `10..30:5` or `0.5..0.9:0.1`; repeated, all combinations
    #[arg(long = "vary", value_name = "PATH=VALUES", required = true)]
    pub(crate) vary: Vec<String>,
    /// Draw N points (a Latin hypercube) instead of all combinations; ranges then need no step
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) samples: Option<u32>,
    /// Change one value at every point, such as team.pharos.shifts[0].staff=20; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Show this measure too, such as stage/triage/queue/max (all names: docs/scenarios.md); may be repeated
    #[arg(long = "measure", value_name = "NAME")]
    pub(crate) measures: Vec<String>,
    /// Find the best point by this measure, with 95 % confidence
    #[arg(long, value_name = "MEASURE")]
    pub(crate) best: Option<String>,
    /// The difference from the best that does not matter: percentage points of a share, otherwise a percentage of the
    /// best, a number or a duration (default: 1%)
    #[arg(long, value_name = "D", requires = "best")]
    pub(crate) indifference: Option<String>,
    /// Number of replications of each point (default: the scenario's own, or 20)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) replications: Option<u32>,
    /// The most replications in all, those that find the best included
    #[arg(long, value_name = "RUNS", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(crate) budget: u64,
    #[command(flatten)]
    pub(crate) simulation: SimulationArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
