//! Scenario files: TOML text to a [`Plan`], with every mistake shown at its line and column, all at once.
//!
//! ```text
//! files ─▶ document ─▶ overlay ─▶ decode ─▶ spec ─▶ compile ─▶ Plan
//!          spanned     extends,   one table  raw     names,
//!          trees       --set      at a time  types   hours, checks
//! ```
//!
//! ```
//! let text = r#"
//! title    = "A desk"
//! start    = 2015-01-05
//! zone     = "Europe/Paris"
//! duration = "7 days"
//! classes  = ["fraud"]
//!
//! [source.citizens]
//! rate = "20/h"
//! to   = "triage"
//!
//! [stage.triage]
//! team = "desk"
//! work = { exponential = { mean = "4min" } }
//! to   = { removed = 0.3, kept = 0.7 }
//!
//! [team.desk]
//! staff = 2
//! "#;
//! let scenario = vigie::scenario::compile_text("desk.toml", text)?;
//! assert_eq!(scenario.plan.stages[0].name, "triage");
//!
//! let error = vigie::scenario::compile_text("desk.toml", &text.replace("\"desk\"", "\"dsk\"")).unwrap_err();
//! assert!(error.to_string().contains("did you mean `desk`?"));
//! # Ok::<(), vigie::scenario::LoadError>(())
//! ```
//!
//! The language is described in `docs/scenarios.md`. Reading depends on nothing but the files: no clock, no number of
//! processors, no environment.

pub mod diagnostic;
pub mod files;

mod document;
mod overlay;
mod variants;
mod vary;

mod decode;
mod spec;

mod compile;
mod gates;

use std::fmt;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::calendar::Calendar;
use crate::model::{Plan, Sizing};
use crate::units::Time;
use decode::Decode as _;
use diagnostic::{Diagnostic, Diagnostics, Severity, Sources, Span, render_all};
use document::{Node, Table, Value};
use files::{Files, Folder, Memory};

pub use gates::{Gates, GatesFile};
pub use variants::Variants;
pub use vary::{Factor, Level};

/// Values that `--set` may change in one command.
const MOST_SETS: usize = 1_000;
const LONGEST_TITLE: usize = 200;

/// A scenario that is right, ready to simulate.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name: that of the file without its ending.
    pub name: String,
    /// Its title.
    pub title: String,
    /// SHA-256, in hexadecimal digits, of the merged document and of the data files it reads.
    pub digest: String,
    /// The seed of its random numbers.
    pub seed: u64,
    /// How many replications it asks for.
    pub replications: usize,
    /// Where its time lies in the calendar.
    pub calendar: Calendar,
    /// What is simulated.
    pub plan: Plan,
    /// The local time at which each bucket of the time series begins.
    pub bucket_labels: Vec<String>,
    /// The clock of each target, as written.
    pub target_clocks: Vec<String>,
    /// What is probably not meant.
    pub warnings: Vec<Diagnostic>,
    /// The texts that the warnings refer to.
    pub sources: Sources,
    /// What sizing may change, or why it cannot.
    sizing: Result<Sizing, Vec<Diagnostic>>,
    /// The gates of its file.
    gates: Vec<gates::Draft>,
}

/// Why a scenario could not be read: everything that is wrong with it.
#[derive(Debug, Clone)]
pub struct LoadError {
    /// What is wrong, warnings included, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that it refers to.
    pub sources: Sources,
}

impl LoadError {
    /// Shows every mistake with its lines, in color if asked, and how many there are.
    pub fn render(&self, color: bool) -> String {
        let n_errors = self.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
        let shown = render_all(&self.diagnostics, &self.sources, color);
        format!("{shown}\n\n{}", closing(n_errors, "error", &self.sources))
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for LoadError {}

impl Scenario {
    /// What may be changed about the staffing, and for which targets: the file's `[size]`. Without one, or where it has
    /// no `[size.team.NAME]`, every shift of every team under `[team]` may have from nobody to ten times its people and
    /// twenty more; call-ins stay as they are. Bounds are in people.
    ///
    /// # Errors
    ///
    /// All that is no mistake in a scenario to run, but leaves nothing to size: a team without a `wage`, no target, a
    /// target without a report, an intervention that changes the people who are sought.
    pub fn sizing(&self) -> Result<Sizing, LoadError> {
        let refused = |diagnostics: &Vec<Diagnostic>| LoadError {
            diagnostics: diagnostics.clone(),
            sources: self.sources.clone(),
        };
        self.sizing.as_ref().map_err(refused).cloned()
    }

    /// What must hold of its numbers by its own file: its targets and its gates.
    pub fn gates(&self) -> Gates {
        gates::own(self)
    }

    /// Shows the warnings with their lines, in color if asked, and how many there are; nothing where there are none.
    pub fn render_warnings(&self, color: bool) -> String {
        if self.warnings.is_empty() {
            return String::new();
        }
        let shown = render_all(&self.warnings, &self.sources, color);
        format!("{shown}\n\n{}", closing(self.warnings.len(), "warning", &self.sources))
    }
}

/// Reads a scenario file, the files it extends and the data it names, and changes the values that `sets`
/// (`path=value`) name.
///
/// # Errors
///
/// Everything that is wrong with it, including a file that cannot be read.
pub fn load(path: &Path, sets: &[String]) -> Result<Scenario, LoadError> {
    let (folder, file, prefix) = place(path)?;
    load_from(&folder, &file, Changes { sets, levels: &[] }, Sources::below(prefix))
}

/// What the command line changes of a scenario.
#[derive(Debug, Clone, Copy)]
struct Changes<'a> {
    /// `path=value`, in order.
    sets: &'a [String],
    /// Levels of factors, laid over those.
    levels: &'a [(&'a Factor, &'a Level)],
}

/// The folder of a scenario file, its name, and what messages show before that.
fn place(path: &Path) -> Result<(Folder, String, String), LoadError> {
    // a scenario that is linked to has its data beside it, not beside the link
    let linked = path.is_symlink().then(|| std::fs::canonicalize(path).ok()).flatten();
    let path = linked.as_deref().unwrap_or(path);
    let shown = path.display().to_string();
    let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
        return Err(LoadError {
            diagnostics: vec![Diagnostic::anywhere(format!("`{shown}` is not the name of a scenario file"))],
            sources: Sources::default(),
        });
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let prefix = if folder.as_os_str().is_empty() { String::new() } else { format!("{}/", folder.display()) };
    Ok((Folder::new(folder), file.to_owned(), prefix))
}

/// Reads a scenario from a text; it can name no other files.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn compile_text(name: &str, text: &str) -> Result<Scenario, LoadError> {
    let files = Memory([(name.to_owned(), text.to_owned())].into());
    load_with(&files, name, &[])
}

/// Reads a scenario by its path among some files.
///
/// # Errors
///
/// Everything that is wrong with it, including a file that cannot be read.
pub fn load_with(files: &dyn Files, path: &str, sets: &[String]) -> Result<Scenario, LoadError> {
    load_from(files, path, Changes { sets, levels: &[] }, Sources::default())
}

/// A JSON Schema of scenario files, for editors.
pub fn schema() -> Json {
    let mut definitions = decode::Definitions::new();
    spec::ScenarioSpec::schema(&mut definitions);
    let whole = definitions.remove("ScenarioSpec").unwrap_or_default();
    // a gate in a scenario is for that scenario
    if let Some(Json::Object(gate)) =
        definitions.get_mut("GateSpec").and_then(|gate| gate.get_mut("properties"))
    {
        gate.remove("scenario");
    }
    // what a variant leaves out of these is in its base
    for merged in ["TargetSpec", "InterventionSpec", "ChannelSpec", "SurgeSpec", "GateSpec"] {
        if let Some(Json::Object(definition)) = definitions.get_mut(merged) {
            definition.remove("required");
        }
    }
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "vigie scenario",
    });
    if let (Json::Object(schema), Json::Object(whole)) = (&mut schema, whole) {
        schema.extend(whole);
        if let Some(required) = schema.remove("required") {
            schema.insert("if".into(), json!({ "not": { "required": ["extends"] } }));
            schema.insert("then".into(), json!({ "required": required }));
        }
        schema.insert("$defs".into(), Json::Object(definitions));
    }
    schema
}

/// A JSON Schema of files of gates, for editors.
pub fn gates_schema() -> Json {
    let mut definitions = decode::Definitions::new();
    spec::GatesSpec::schema(&mut definitions);
    let whole = definitions.remove("GatesSpec").unwrap_or_default();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "vigie gates",
    });
    if let (Json::Object(schema), Json::Object(whole)) = (&mut schema, whole) {
        schema.extend(whole);
        schema.insert("$defs".into(), Json::Object(definitions));
    }
    schema
}

fn load_from(
    files: &dyn Files,
    path: &str,
    changes: Changes<'_>,
    mut sources: Sources,
) -> Result<Scenario, LoadError> {
    let mut out = Diagnostics::default();
    let compiled = read(files, path, changes, &mut sources, &mut out);
    let failed = out.has_errors();
    let diagnostics = out.into_sorted();
    let Some(compiled) = compiled.filter(|_| !failed) else {
        return Err(LoadError { diagnostics, sources });
    };
    let file = path.rsplit('/').next().unwrap_or(path);
    let name = file.strip_suffix(".toml").unwrap_or(file).to_owned();
    Ok(Scenario {
        name,
        title: compiled.title,
        digest: compiled.digest,
        seed: compiled.seed,
        replications: compiled.replications,
        bucket_labels: bucket_labels(&compiled.plan, &compiled.calendar),
        calendar: compiled.calendar,
        plan: compiled.plan,
        sizing: compiled.sizing,
        gates: compiled.gates,
        target_clocks: compiled.target_clocks,
        warnings: diagnostics,
        sources,
    })
}

fn read(
    files: &dyn Files,
    path: &str,
    changes: Changes<'_>,
    sources: &mut Sources,
    out: &mut Diagnostics,
) -> Option<compile::Compiled> {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
    if !compile::is_sane_name(stem) {
        let message = format!("a scenario cannot be called `{}`", diagnostic::quoted(stem));
        out.add(
            Diagnostic::anywhere(message).help("rename the file: letters, digits, blanks, `_`, `.` and `-`"),
        );
    }
    let mut document = overlay::load_merged(path, files, sources, out)?;
    if changes.sets.len() > MOST_SETS {
        out.add(Diagnostic::anywhere(format!("more than {MOST_SETS} values are set")));
        return None;
    }
    for argument in changes.sets {
        overlay::apply_set(&mut document, argument, sources, out);
    }
    vary::apply_levels(&mut document, changes.levels, sources, out);
    let root = Span::new(sources.first()?, 0..0);
    let compiled = compile::compile(&document, root, files, sources, out)?;
    check_title(&document, out);
    Some(compiled)
}

/// How much is wrong, and with which scenario: what is shown above may all lie in a base that others extend too.
fn closing(n_found: usize, what: &str, sources: &Sources) -> String {
    let plural = if n_found == 1 { "" } else { "s" };
    let first = sources.first().map(|first| sources.shown_name(first));
    if first.as_ref().is_some_and(|name| name.starts_with("--")) {
        return format!("{n_found} {what}{plural} in the arguments");
    }
    let name = first.map(|name| format!(" `{name}`")).unwrap_or_default();
    format!("{n_found} {what}{plural} in {}{name}", sources.what())
}

/// A title goes into texts and pages; one that is missing or no text has been complained about already.
fn check_title(document: &Table, out: &mut Diagnostics) {
    let Some(Node { value: Value::Text(title), span, .. }) = document.get("title") else { return };
    if title.chars().any(char::is_control) {
        out.add(Diagnostic::error(*span, "a title is one line, without control characters"));
    } else if title.trim().is_empty() {
        out.add(Diagnostic::error(*span, "the title is empty").help("say what the scenario is about"));
    } else if title.chars().count() > LONGEST_TITLE {
        out.add(Diagnostic::error(*span, format!("a title has at most {LONGEST_TITLE} characters")));
    }
}

fn bucket_labels(plan: &Plan, calendar: &Calendar) -> Vec<String> {
    let n_buckets = plan.horizon.as_micros().div_ceil(plan.bucket.as_micros().max(1));
    let begin = |bucket: u64| Time::from_micros(bucket * plan.bucket.as_micros());
    (0..n_buckets).map(|bucket| calendar.label(begin(bucket))).collect()
}
