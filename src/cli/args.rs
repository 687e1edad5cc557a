//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::commands::{DEFAULT_SLOWER_BY, slower_by};
use crate::units::quantity::parse_share;

pub(super) use sweep::SweepArguments;

mod sweep;

const EXIT_CODES: &str = "\
Exit codes:
  0    done; all gates pass
  1    an I/O or internal failure, or more cases in the system than --max-in-system
  2    bad usage, or an invalid scenario
  3    a gate has failed; or a target cannot be met (`size`; `run` does not judge)
  4    inconclusive: a gate cannot be judged; or the answer of `size` could not be proven
  130  stopped by Ctrl-C";

const COMPARED_PRECISION: &str = "Add replications until the difference of every response time and target is known to \
                                  within this share of the base's value, such as 2%";

/// Simulates moderation pipelines: who waits, which response-time targets hold in a crisis.
#[derive(Debug, Parser)]
#[command(name = "vigie", version, about, after_help = EXIT_CODES, subcommand_required = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Simulate a scenario, print a summary, write the results folder
    Run(RunArguments),
    /// Compare variants with a base under the same reports, and say what gets better and what gets worse
    #[command(mut_arg("precision", |precision| precision.help(COMPARED_PRECISION)))]
    Compare(CompareArguments),
    /// Find the cheapest staffing that meets the targets, and prove it
    Size(SizeArguments),
    /// Simulate a scenario at many values of some paths, and show how the targets move with them
    Sweep(SweepArguments),
    /// Judge targets, gates and baselines: a verdict for CI
    Gate(GateArguments),
    /// Check scenario files, and show every mistake at its line and column
    Validate(ValidateArguments),
    /// Draw the pipeline, and each team's offered load hour by hour against its staff, without simulating
    Explain(ExplainArguments),
    /// Write a commented starter scenario
    Init(InitArguments),
    /// Print the JSON Schema of scenario files, for editors
    Schema {
        /// That of files of gates instead
        #[arg(long)]
        gates: bool,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) scenario: ScenarioArguments,
    #[command(flatten)]
    pub(super) effort: EffortArguments,
    #[command(flatten)]
    pub(super) simulation: SimulationArguments,
    #[command(flatten)]
    pub(super) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(super) struct SizeArguments {
    #[command(flatten)]
    pub(super) scenario: ScenarioArguments,
    #[command(flatten)]
    pub(super) simulation: SimulationArguments,
    #[command(flatten)]
    pub(super) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(super) struct GateArguments {
    /// The scenario files
    #[arg(value_name = "SCENARIO", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// A file of gates (default: the gates.toml beside each scenario, where there is one)
    #[arg(long, value_name = "FILE")]
    pub(super) gates: Option<PathBuf>,
    /// Where the baselines are
    #[arg(long, value_name = "DIR", default_value = "results/baselines")]
    pub(super) baselines: PathBuf,
    /// Record new baselines instead of judging, and say what changed
    #[arg(long)]
    pub(super) accept: bool,
    /// Judge the simulator's speed instead of the gates, against a yardstick in the same run
    #[arg(long, conflicts_with_all = ["replications", "at_most", "gates"])]
    pub(super) bench: bool,
    /// With --bench: how much slower than in its baseline the simulator may be
    #[arg(long, value_name = "P", default_value = DEFAULT_SLOWER_BY, value_parser = slower_by, requires = "bench")]
    pub(super) slower_by: f64,
    /// Change one value in every scenario, such as team.pharos.shifts[0].staff=20; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) sets: Vec<String>,
    /// Number of replications at the first look (default: the scenario's own, or 20)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) replications: Option<u32>,
    /// Number of replications where fewer cannot tell (default: that of the file of gates, or five times the first)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) at_most: Option<u32>,
    #[command(flatten)]
    pub(super) simulation: SimulationArguments,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = GateFormat::Text)]
    pub(super) format: GateFormat,
    /// Write the verdicts to a file too, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write them to a file too, as Markdown for a step summary or a comment
    #[arg(long, value_name = "FILE")]
    pub(super) markdown: Option<PathBuf>,
    /// Write them to a file too, as JUnit XML, one test case for each gate
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Print no verdicts and no progress; errors remain
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// The scenario file that the others are compared with
    #[arg(value_name = "BASE")]
    pub(super) base: PathBuf,
    /// Scenario files to compare with it, usually each with `extends`
    #[arg(value_name = "VARIANT")]
    pub(super) variants: Vec<PathBuf>,
    /// One more variant: the base with these changes, such as 'team.a.staff=20; team.b.staff=5'; may be repeated
    #[arg(long = "set", value_name = "LIST")]
    pub(super) sets: Vec<String>,
    /// Change one value in the base and in every variant; may be repeated
    #[arg(long = "set-all", value_name = "PATH=VALUE")]
    pub(super) set_all: Vec<String>,
    #[command(flatten)]
    pub(super) effort: EffortArguments,
    #[command(flatten)]
    pub(super) simulation: SimulationArguments,
    #[command(flatten)]
    pub(super) output: OutputArguments,
}

/// How many replications.
#[derive(Debug, Args)]
pub(super) struct EffortArguments {
    /// Number of replications (default: the scenario's own, or 20)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000), conflicts_with = "precision")]
    pub(super) replications: Option<u32>,
    /// Add replications until response times and targets are known to this relative precision, such as 2%
    #[arg(long, value_name = "P", value_parser = precision)]
    pub(super) precision: Option<f64>,
}

/// What every simulation takes.
#[derive(Debug, Args)]
pub(super) struct SimulationArguments {
    /// Seed of the random numbers (default: the scenario's own, or 1)
    #[arg(long, value_name = "S")]
    pub(super) seed: Option<u64>,
    /// Number of threads (default: all; the results do not depend on it)
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// End the run with exit code 1 when more cases than this are in the system at once
    #[arg(long, value_name = "N", default_value_t = 5_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(super) max_in_system: u64,
}

/// What becomes of the results.
#[derive(Debug, Args)]
pub(super) struct OutputArguments {
    /// Where to write the results (default: a folder in results/, named after the scenario)
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
    pub(super) format: SummaryFormat,
    /// Print no summary and no progress; errors and warnings remain
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct ScenarioArguments {
    /// The scenario file
    #[arg(value_name = "SCENARIO")]
    pub(super) file: PathBuf,
    /// Change one value, such as team.pharos.shifts[0].staff=20; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) sets: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct ValidateArguments {
    /// The scenario files
    #[arg(value_name = "SCENARIO", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Change one value in each, such as team.pharos.shifts[0].staff=20; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) sets: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    #[command(flatten)]
    pub(super) scenario: ScenarioArguments,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(super) format: ExplainFormat,
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// The file to write
    #[arg(value_name = "FILE", default_value = "scenario.toml")]
    pub(super) file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub(super) force: bool,
}

/// Form of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SummaryFormat {
    /// For people.
    Text,
    /// For scripts: the same as the JSON file of the results.
    Json,
}

/// Form of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GateFormat {
    /// For people.
    Text,
    /// For scripts.
    Json,
    /// For a step summary or a comment.
    Markdown,
    /// For test reports.
    Junit,
}

/// Form of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExplainFormat {
    /// For people: the pipeline, then the offered load hour by hour.
    Text,
    /// A drawing for Graphviz: pipe it to `dot -Tsvg`.
    Dot,
    /// The offered load hour by hour, for spreadsheets.
    Csv,
}

fn precision(text: &str) -> Result<f64, String> {
    let precision = match text.parse::<f64>() {
        Ok(number) => number,
        Err(_) => parse_share(text).map_err(|error| error.to_string())?,
    };
    if (0.0001..=0.5).contains(&precision) {
        Ok(precision)
    } else {
        Err("a precision lies between 0.01% and 50%: write for example `2%`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn precision_takes_a_share() {
        assert_eq!(precision("2%"), Ok(0.02));
        assert_eq!(precision("0.05"), Ok(0.05));
        for wrong in ["0", "-1", "2", "90%", "NaN", "inf", "much"] {
            assert!(precision(wrong).is_err(), "{wrong}");
        }
    }
}
