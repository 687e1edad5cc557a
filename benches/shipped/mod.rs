//! Every shipped scenario, and what a visit to a stage costs there.

use std::fs;
use std::path::Path;

use vigie::engine::Execution;
use vigie::model::Model;

use crate::SEED;
use crate::replication::{model, simulate};
use crate::turns::{Run, in_turn, quartiles, ratios};
use crate::workload::digest;

/// What the others are held against.
const REFERENCE: &str = "bench/pipeline.toml";
/// No scenario should cost more than this many times what the reference does, visit by visit.
const WISH: f64 = 3.0;
/// A replication is over in a moment: it is repeated until a turn is this long.
const LEAST_SECS: f64 = 0.2;

/// How much there was to simulate, and the hash of what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answer {
    visits: u64,
    digest: u64,
}

/// Measures one replication of each scenario over so many rounds and prints a table.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn compare_scenarios(n_rounds: usize, is_short: bool) {
    println!(
        "\nEvery shipped scenario in turn, {n_rounds} rounds; medians, with quartiles; at most {WISH} times the pipeline is aimed at"
    );
    println!(
        "{:<38} {:>9} {:>9} {:>21}  hash of the results",
        "scenario", "visits", "ns/visit", "scenario / pipeline"
    );
    let files = scenarios();
    let models: Vec<Model> = files.iter().map(|file| model(file, &[])).collect();
    let runs: Vec<Run<'_, Answer>> = models.iter().map(|model| Box::new(|| answer(model)) as _).collect();
    let timed = in_turn(&runs, if is_short { 0.0 } else { LEAST_SECS }, n_rounds);
    let reference = &timed[0];
    for (file, theirs) in files.iter().zip(&timed) {
        let Answer { visits, digest } = theirs.answer;
        let nanos = quartiles(&theirs.secs)[1] / visits as f64 * 1e9;
        let per_visit = reference.answer.visits as f64 / visits as f64;
        let [low, ratio, high] = quartiles(&ratios(theirs, reference)).map(|ratio| ratio * per_visit);
        let remark = if ratio > WISH { "  above that" } else { "" };
        let ratio = format!("{ratio:.3} ({low:.3}-{high:.3})");
        println!("{file:<38} {visits:>9} {nanos:>9.1} {ratio:>21}  {digest:016x}{remark}");
    }
}

/// The reference, then all others by name.
fn scenarios() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let scenarios = paths.filter(|path| {
        path.extension().is_some_and(|ending| ending == "toml") && !path.ends_with("gates.toml")
    });
    let mut files: Vec<String> =
        scenarios.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    assert!(!files.is_empty(), "scenarios are found");
    files.sort();
    files.insert(0, REFERENCE.to_owned());
    files
}

fn answer(model: &Model) -> Answer {
    let facts = simulate(model, SEED, Execution::default());
    Answer { visits: facts.visits, digest: digest::of(&facts) }
}
