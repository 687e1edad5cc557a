//! `vigie run`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::hour_labels;
use crate::analysis::{ScenarioIdentity, Summary, SummaryContext, offered_load, summarize};
use crate::cli::args::{RunArguments, SummaryFormat};
use crate::cli::failure::{Failure, complain, print};
use crate::cli::progress::Bar;
use crate::experiment::{Effort, Experiment};
use crate::model::Model;
use crate::out::{self, Manifest};
use crate::scenario::{self, Scenario};

/// Where results go by default, in a folder named after the scenario.
const DEFAULT_PLACE: &str = "results";
/// With `--precision`, more replications than this are not worth waiting for.
const MOST_REPLICATIONS: usize = 10_000;
/// With `--precision`, the first look is taken after so many replications.
const FIRST_LOOK: usize = 10;

/// Simulates a scenario, prints a summary, and writes the results folder.
pub(in crate::cli) fn run(arguments: &RunArguments, command: Vec<String>) -> Result<(), Failure> {
    let scenario = scenario::load(&arguments.scenario.file, &arguments.scenario.sets)?;
    let warnings = warn(&scenario);
    let dir = arguments.out.clone().unwrap_or_else(|| Path::new(DEFAULT_PLACE).join(&scenario.name));
    // before the run, so that an hour of simulation is not in vain
    out::check_target(&dir)?;
    let model = Model::new(scenario.plan.clone())?;
    let summary = simulate(arguments, &scenario, &model, warnings)?;
    let manifest = Manifest { version: env!("CARGO_PKG_VERSION").to_owned(), command };
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        let doing = || format!("make the folder {}", parent.display());
        std::fs::create_dir_all(parent).map_err(|error| Failure::Io { doing: doing(), error })?;
    }
    out::write_results(&dir, &out::results_files(&summary, &manifest))?;
    match arguments.format {
        SummaryFormat::Json => print(&out::summary_json(&summary)),
        SummaryFormat::Text if arguments.quiet => Ok(()),
        SummaryFormat::Text => print(&format!(
            "{}\nResults are in {}: open index.html\n",
            out::summary_text(&summary),
            dir.display()
        )),
    }
}

fn simulate(
    arguments: &RunArguments,
    scenario: &Scenario,
    model: &Model,
    warnings: Vec<String>,
) -> Result<Summary, Failure> {
    static CANCEL: AtomicBool = AtomicBool::new(false);
    // where no handler can be set, Ctrl-C ends the program at once: nothing has been written then either
    let _ = ctrlc::set_handler(|| CANCEL.store(true, Ordering::Relaxed));
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let replications = arguments.replications.map_or(scenario.replications, |n| n as usize);
    let effort = match arguments.precision {
        Some(precision) => Effort::Precision { precision, at_least: FIRST_LOOK, at_most: MOST_REPLICATIONS },
        None => Effort::Replications(replications),
    };
    let experiment = Experiment {
        model,
        seed,
        effort,
        max_in_system: arguments.max_in_system,
        cancel: &CANCEL,
        shuffle: None,
    };
    let threads = arguments.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::Internal(format!("cannot start threads: {error}")))?;
    let bar = Bar::new(arguments.quiet);
    let collected = pool.install(|| experiment.run(&bar));
    bar.finish();
    let context = SummaryContext {
        scenario: ScenarioIdentity {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            digest: scenario.digest.clone(),
        },
        seed,
        bucket_labels: scenario.bucket_labels.clone(),
        target_clocks: scenario.target_clocks.clone(),
        warnings,
    };
    Ok(summarize(model.plan(), &collected?, context))
}

/// Says what is probably not meant, and where the load is more than the people can do; the latter belongs to the
/// results, too.
fn warn(scenario: &Scenario) -> Vec<String> {
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
