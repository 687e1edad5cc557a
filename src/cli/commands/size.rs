//! `vigie size`.

use super::{hour_labels, results, simulation};
use crate::analysis::{SizingContext, SizingSummary, offered_load, summarize_sizing};
use crate::cli::args::SizeArguments;
use crate::cli::failure::{ExitStatus, Failure, complain};
use crate::cli::progress::SearchSpinner;
use crate::experiment::size::SizeSearch;
use crate::load::starting_roster;
use crate::model::{Plan, Sizing};
use crate::out::{self, Manifest};
use crate::scenario::{self, Scenario};
use crate::units::{Duration, Time};

/// A staffing is shown hour by hour where that makes no more rows than these.
const MOST_HOURS: u64 = 3_000;

/// Searches for the cheapest staffing, prints it with its proof, and writes the results folder.
pub(in crate::cli) fn size(arguments: &SizeArguments, command: Vec<String>) -> Result<ExitStatus, Failure> {
    let scenario = scenario::load(&arguments.scenario.file, &arguments.scenario.sets)?;
    let sizing = scenario.sizing()?;
    let warnings = scenario.render_warnings(false);
    if !warnings.is_empty() {
        complain(&warnings);
    }
    let dir = results::target(&arguments.output, &format!("{}-sized", scenario.name))?;
    let plan = hour_by_hour(&scenario.plan);
    let summary = search(arguments, &scenario, &plan, &sizing)?;
    let manifest = Manifest { version: env!("CARGO_PKG_VERSION").to_owned(), command };
    results::write(&dir, &out::sizing_files(&summary, &manifest))?;
    results::say(&arguments.output, &dir, || out::sizing_text(&summary), || out::sizing_json(&summary))?;
    Ok(status(&summary))
}

fn search(
    arguments: &SizeArguments,
    scenario: &Scenario,
    plan: &Plan,
    sizing: &Sizing,
) -> Result<SizingSummary, Failure> {
    let seed = arguments.simulation.seed.unwrap_or(scenario.seed);
    let start = starting_roster(plan, sizing);
    let search = SizeSearch {
        plan,
        sizing,
        start: &start,
        seed,
        max_in_system: arguments.simulation.max_in_system,
        cancel: simulation::cancel(),
    };
    let pool = simulation::threads(&arguments.simulation)?;
    let spinner = SearchSpinner::new(arguments.output.quiet);
    let sized = pool.install(|| search.run(&spinner));
    spinner.finish();
    let sized = sized?;
    let warnings = sized.answer.as_ref().map_or_else(Vec::new, |answer| {
        let load = offered_load(&answer.plan);
        out::overload_warnings(&load, &hour_labels(scenario, &load))
    });
    let n_buckets = plan.horizon.as_micros().div_ceil(plan.bucket.as_micros().max(1));
    let begin = |bucket: u64| Time::from_micros(bucket * plan.bucket.as_micros());
    let context = SizingContext {
        scenario: simulation::identity(scenario),
        seed,
        bucket_labels: (0..n_buckets).map(|bucket| scenario.calendar.label(begin(bucket))).collect(),
        target_clocks: scenario.target_clocks.clone(),
        warnings,
    };
    Ok(summarize_sizing(plan, sizing, &sized, context))
}

/// The plan with a time series by the hour, unless that makes too many.
fn hour_by_hour(plan: &Plan) -> Plan {
    let n_hours = plan.horizon.as_micros().div_ceil(Duration::HOUR.as_micros());
    let bucket = if n_hours <= MOST_HOURS { plan.bucket.min(Duration::HOUR) } else { plan.bucket };
    Plan { bucket, ..plan.clone() }
}

fn status(summary: &SizingSummary) -> ExitStatus {
    match &summary.answer {
        _ if !summary.unattainable.is_empty() => ExitStatus::Missed,
        Some(answer) if answer.is_proven() => ExitStatus::Done,
        _ => ExitStatus::Inconclusive,
    }
}
