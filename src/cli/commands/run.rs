//! `vigie run`.

use super::{hour_labels, results, simulation};
use crate::analysis::{Summary, SummaryContext, offered_load, summarize};
use crate::cli::args::{EffortArguments, RunArguments};
use crate::cli::failure::{Failure, complain};
use crate::cli::progress::Bar;
use crate::experiment::{Effort, Experiment};
use crate::model::Model;
use crate::out::{self, Manifest};
use crate::scenario::{self, Scenario};

/// With `--precision`, more replications than this are not worth waiting for.
const MOST_REPLICATIONS: usize = 10_000;
/// With `--precision`, the first look is taken after so many replications.
const FIRST_LOOK: usize = 10;

/// Simulates a scenario, prints a summary, and writes the results folder.
pub(in crate::cli) fn run(arguments: &RunArguments, command: Vec<String>) -> Result<(), Failure> {
    let scenario = scenario::load(&arguments.scenario.file, &arguments.scenario.sets)?;
    let warnings = warn(&scenario);
    let dir = results::target(&arguments.output, &scenario.name)?;
    let model = Model::new(scenario.plan.clone())?;
    let summary = simulate(arguments, &scenario, &model, warnings)?;
    let manifest = Manifest { version: env!("CARGO_PKG_VERSION").to_owned(), command };
    results::write(&dir, &out::results_files(&summary, &manifest))?;
    results::say(&arguments.output, &dir, || out::summary_text(&summary), || out::summary_json(&summary))
}

fn simulate(
    arguments: &RunArguments,
    scenario: &Scenario,
    model: &Model,
    warnings: Vec<String>,
) -> Result<Summary, Failure> {
    let seed = arguments.simulation.seed.unwrap_or(scenario.seed);
    let experiment = Experiment {
        model,
        seed,
        effort: effort(&arguments.effort, scenario),
        max_in_system: arguments.simulation.max_in_system,
        cancel: simulation::cancel(),
        shuffle: None,
    };
    let pool = simulation::threads(&arguments.simulation)?;
    let bar = Bar::new(arguments.output.quiet);
    let collected = pool.install(|| experiment.run(&bar));
    bar.finish();
    let context = SummaryContext {
        scenario: simulation::identity(scenario),
        seed,
        bucket_labels: scenario.bucket_labels.clone(),
        target_clocks: scenario.target_clocks.clone(),
        warnings,
    };
    Ok(summarize(model.plan(), &collected?, context))
}

/// As many replications as are asked for, by the arguments or by the scenario.
pub(super) fn effort(arguments: &EffortArguments, scenario: &Scenario) -> Effort {
    match arguments.precision {
        Some(precision) => Effort::Precision { precision, at_least: FIRST_LOOK, at_most: MOST_REPLICATIONS },
        None => Effort::Replications(arguments.replications.map_or(scenario.replications, |n| n as usize)),
    }
}

/// Says what is probably not meant, and where the load is more than the people can do; the latter belongs to the
/// results, too.
pub(super) fn warn(scenario: &Scenario) -> Vec<String> {
    let warnings = scenario.render_warnings(false);
    if !warnings.is_empty() {
        complain(&warnings);
    }
    let load = offered_load(&scenario.plan);
    let overloads = out::overload_warnings(&load, &hour_labels(scenario, &load));
    for overload in &overloads {
        complain(&format!("warning: {overload}"));
    }
    overloads
}
