//! What is gated: scenarios, their gates and their baselines, read and found right before anything runs.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::analysis::Baseline;
use crate::cli::args::{GateArguments, GateFormat};
use crate::cli::failure::{Failure, complain};
use crate::model::Model;
use crate::out;
use crate::scenario::{self, Gates, GatesFile, Scenario};

/// The name of the file of gates that is found by itself.
const GATES_FILE: &str = "gates.toml";
/// Without another limit, there are at most so many times the replications of the first look.
const MOST_TIMES: usize = 5;
/// A baseline that is larger than this was not written by us.
const LARGEST_BASELINE_BYTES: u64 = 256 << 20;

/// A scenario with all that judges it.
pub(super) struct Gating {
    pub(super) file: PathBuf,
    pub(super) scenario: Scenario,
    pub(super) gates: Gates,
    /// The scenario's plan, with what the gates measure besides.
    pub(super) model: Model,
    pub(super) first: usize,
    pub(super) at_most: usize,
    pub(super) baseline_path: PathBuf,
    pub(super) baseline: Option<Baseline>,
}

/// Reads everything. What is wrong with any of it is said before anything runs; the last is left to whoever ends the
/// program.
pub(super) fn load(arguments: &GateArguments) -> Result<Vec<Gating>, Failure> {
    let mut failures = Vec::new();
    let mut suite = Vec::new();
    let mut read: Vec<(PathBuf, Option<GatesFile>)> = Vec::new();
    // `scenarios/*.toml` names the file of gates too, which is found anyway
    let scenarios = arguments.files.iter().filter(|file| !is_gates_file(file));
    for file in scenarios {
        match gating(file, arguments, &mut read) {
            Ok(gating) => suite.push(gating),
            Err(Some(failure)) => failures.push(failure),
            // the same file of gates was wrong before
            Err(None) => {}
        }
    }
    if failures.is_empty() {
        failures.extend(twins(&suite));
        failures.extend(unknown_scenarios(&suite, &read));
    }
    // what is wrong in the same way for several scenarios is said once
    let mut said = Vec::new();
    failures.retain(|failure| {
        let text = failure.to_string();
        let is_new = !said.contains(&text);
        said.push(text);
        is_new
    });
    match failures.pop() {
        None if suite.is_empty() => {
            let message =
                format!("there is no scenario to gate: `{GATES_FILE}` holds gates, and is found by itself");
            Err(Failure::Usage(message))
        }
        None => Ok(suite),
        Some(last) => {
            for failure in &failures {
                complain(&failure.to_string());
            }
            Err(last)
        }
    }
}

/// Whether a path is that of a file of gates.
pub(in crate::cli) fn is_gates_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == GATES_FILE)
}

/// Reads one scenario with its gates and its baseline. `read` are the files of gates that were read before; those that
/// are wrong are none.
fn gating(
    file: &Path,
    arguments: &GateArguments,
    read: &mut Vec<(PathBuf, Option<GatesFile>)>,
) -> Result<Gating, Option<Failure>> {
    let scenario = scenario::load(file, &arguments.sets).map_err(|error| Some(error.into()))?;
    let warnings = scenario.render_warnings(false);
    if !warnings.is_empty() {
        complain(&warnings);
    }
    let gates = match gates_file(file, arguments) {
        None => scenario.gates(),
        Some(path) => {
            let gates = read_once(path, read)?;
            gates.gates_for(&scenario).map_err(|error| Some(error.into()))?
        }
    };
    if !gates.warnings.is_empty() {
        complain(&gates.warnings);
    }
    let model = Model::new(gates.plan(&scenario)).map_err(|error| Some(error.into()))?;
    let first = arguments.replications.map_or(scenario.replications, |n| n as usize);
    // a limit in a file does not cut short what the command line asks for first
    let at_most = arguments
        .at_most
        .map_or_else(|| gates.at_most.unwrap_or(first * MOST_TIMES).max(first), |n| n as usize);
    if at_most < first && arguments.replications.is_some() {
        let message =
            format!("the first look is after {first} replications, but there are at most {at_most}");
        return Err(Some(Failure::Usage(message)));
    }
    let baseline_path = arguments.baselines.join(format!("{}.json", scenario.name));
    let baseline = baseline(&baseline_path, arguments.accept)?;
    Ok(Gating { file: file.to_owned(), scenario, gates, model, first, at_most, baseline_path, baseline })
}

/// A file of gates, read only once; nothing where it was wrong before.
fn read_once(
    path: PathBuf,
    read: &mut Vec<(PathBuf, Option<GatesFile>)>,
) -> Result<&GatesFile, Option<Failure>> {
    let known = read.iter().position(|(known, _)| *known == path);
    let (at, failure) = if let Some(at) = known {
        (at, None)
    } else {
        let loaded = GatesFile::load(&path);
        let failure = loaded.as_ref().err().cloned();
        read.push((path, loaded.ok()));
        (read.len() - 1, failure.map(Failure::from))
    };
    read[at].1.as_ref().ok_or(failure)
}

/// Whether a file is empty, or one that an earlier call has written: each form names us.
fn is_ours(path: &Path) -> bool {
    let mut bytes = Vec::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(LARGEST_BASELINE_BYTES).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let is_json = || {
        let schema = serde_json::from_str::<Schema>(&text).map(|found| found.schema);
        schema.is_ok_and(|schema| schema.starts_with("vigie.gates/"))
    };
    let is_marked = || {
        let marks = ["<!-- vigie gate -->", "<testsuites name=\"vigie gate\""];
        marks.iter().any(|mark| text.lines().take(3).any(|line| line.contains(mark)))
    };
    read.is_ok() && (text.is_empty() || is_marked() || is_json())
}

/// What every JSON file of ours has.
#[derive(serde::Deserialize)]
struct Schema {
    schema: String,
}

/// Finds the outputs that would be lost, or would take the place of what is read.
pub(super) fn check_outputs(suite: &[Gating], arguments: &GateArguments) -> Result<(), Failure> {
    let outputs: Vec<(&str, &Path)> = [
        ("--json", arguments.json.as_deref()),
        ("--markdown", arguments.markdown.as_deref()),
        ("--junit", arguments.junit.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, path)| Some((name, path?)))
    .collect();
    let usage = |message: String| Err(Failure::Usage(message));
    let is_printed_otherwise = arguments.format != GateFormat::Text || !outputs.is_empty();
    if arguments.accept && is_printed_otherwise {
        return usage(
            "`--accept` judges nothing: leave out `--format`, `--json`, `--markdown` and `--junit`"
                .to_owned(),
        );
    }
    // two spellings of one path are one file, also where there is none yet
    let place = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let whole = fs::canonicalize(path).ok();
        let named = || Some(fs::canonicalize(folder).ok()?.join(path.file_name()?));
        whole.or_else(named).unwrap_or_else(|| path.to_owned())
    };
    let mut taken: Vec<PathBuf> = suite.iter().map(|gating| place(&gating.baseline_path)).collect();
    for (name, path) in outputs {
        if path == Path::new("-") {
            return usage(format!("`{name} -` would write a file called `-`: use `--format {}`", &name[2..]));
        }
        let is_free = match fs::metadata(path) {
            Err(_) => true,
            // into a pipe or a device as much may go as is wished
            Ok(found) if !found.is_file() => continue,
            Ok(_) => is_ours(path),
        };
        if !is_free {
            let shown = path.display();
            return usage(format!(
                "`{name} {shown}` would replace a file that `vigie gate` did not write: move it away"
            ));
        }
        if taken.contains(&place(path)) {
            return usage(format!("`{name} {}` would replace another file of this command", path.display()));
        }
        taken.push(place(path));
    }
    Ok(())
}

/// The file of gates for a scenario: the one that was named, or the one beside it.
fn gates_file(scenario: &Path, arguments: &GateArguments) -> Option<PathBuf> {
    if arguments.gates.is_some() {
        return arguments.gates.clone();
    }
    let beside = scenario.parent().unwrap_or(Path::new("")).join(GATES_FILE);
    // whatever it is: a folder or a broken link of that name is a mistake, not nothing
    beside.symlink_metadata().is_ok().then_some(beside)
}

/// The baseline at a path, where there is one. One that cannot be read may be replaced, but nothing is judged by it.
fn baseline(path: &Path, may_be_replaced: bool) -> Result<Option<Baseline>, Failure> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        found => found,
    };
    let doing = || format!("read the baseline `{}`", path.display());
    let failed = |error| Failure::Io { doing: doing(), error };
    let metadata = metadata.map_err(failed)?;
    // opening a pipe could wait forever
    if !metadata.is_file() {
        return Err(Failure::Usage(format!("cannot {}: it is not a file", doing())));
    }
    if metadata.len() > LARGEST_BASELINE_BYTES {
        return Err(Failure::Usage(format!("cannot {}: it is far too large", doing())));
    }
    let bytes = fs::read(path).map_err(failed)?;
    match out::read_baseline(&String::from_utf8_lossy(&bytes)) {
        Ok(baseline) => Ok(Some(baseline)),
        Err(error) if may_be_replaced => {
            complain(&format!("warning: the baseline `{}` is replaced: {error}", path.display()));
            Ok(None)
        }
        Err(error) => Err(Failure::Usage(format!(
            "cannot {}: {error}\nhelp: take back what was done to it, or record it again with `--accept`",
            doing()
        ))),
    }
}

/// Two scenarios of one name would have one baseline.
fn twins(suite: &[Gating]) -> Option<Failure> {
    let names = || suite.iter().map(|gating| &gating.scenario.name);
    let twin =
        suite.iter().enumerate().find(|(idx, own)| names().take(*idx).any(|name| *name == own.scenario.name));
    twin.map(|(_, own)| {
        Failure::Usage(format!(
            "two scenarios are called `{}`, and would have one baseline: gate them one after the other, with another \
             `--baselines` folder",
            own.scenario.name
        ))
    })
}

/// A gate for a scenario that is neither gated now nor lies beside those that are would never be looked at.
fn unknown_scenarios(suite: &[Gating], read: &[(PathBuf, Option<GatesFile>)]) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (path, gates) in read {
        let Some(gates) = gates else { continue };
        let folders: Vec<&Path> = (suite.iter().map(|gating| gating.file.as_path()))
            .chain([path.as_path()])
            .filter_map(Path::parent)
            .collect();
        let lies_there =
            |name: &String| folders.iter().any(|folder| folder.join(format!("{name}.toml")).is_file());
        let gated = suite.iter().map(|gating| gating.scenario.name.clone());
        let known: Vec<String> = gated.chain(gates.scenarios().into_iter().filter(lies_there)).collect();
        failures.extend(gates.check_scenarios(&known).err().map(Failure::from));
    }
    failures
}
