//! The verbs that do not simulate.

use std::fs::OpenOptions;
use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{hour_labels, is_gates_file};
use crate::analysis::{offered_load, pipeline};
use crate::cli::args::{Arguments, ExplainArguments, ExplainFormat, InitArguments, ValidateArguments};
use crate::cli::failure::{Failure, complain, print};
use crate::model::Model;
use crate::out;
use crate::scenario::{self, GatesFile, Scenario};

const STARTER: &str = include_str!("../starter.toml");

/// Checks scenario files; all of them, even where one is wrong.
pub(in crate::cli) fn validate(arguments: &ValidateArguments) -> Result<(), Failure> {
    let mut failures: Vec<Failure> = Vec::new();
    for file in &arguments.files {
        if is_gates_file(file) {
            match GatesFile::load(file) {
                Ok(_) => print(&format!(
                    "{}: can be read; `vigie gate` checks it with its scenarios\n",
                    file.display()
                ))?,
                Err(error) => failures.push(error.into()),
            }
            continue;
        }
        let checked = scenario::load(file, &arguments.sets).map_err(Failure::from).and_then(|scenario| {
            Model::new(scenario.plan.clone())?;
            Ok(scenario)
        });
        match checked {
            Ok(scenario) => {
                let warnings = scenario.render_warnings(false);
                if !warnings.is_empty() {
                    complain(&warnings);
                }
                print(&format!("{}: valid: {}\n", file.display(), contents(&scenario)))?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    // the first is reported at the end, where it gives the exit code
    let mut failures = failures.into_iter();
    let first = failures.next();
    failures.for_each(|failure| complain(&failure.to_string()));
    first.map_or(Ok(()), Err)
}

/// Draws the pipeline and its offered load.
pub(in crate::cli) fn explain(arguments: &ExplainArguments) -> Result<(), Failure> {
    let scenario = scenario::load(&arguments.scenario.file, &arguments.scenario.sets)?;
    let warnings = scenario.render_warnings(false);
    if !warnings.is_empty() {
        complain(&warnings);
    }
    let graph = pipeline(&scenario.plan);
    let load = offered_load(&scenario.plan);
    let labels = hour_labels(&scenario, &load);
    print(&match arguments.format {
        ExplainFormat::Text => out::explain_text(&graph, &load, &labels),
        ExplainFormat::Dot => out::pipeline_dot(&graph, Some(&load)),
        ExplainFormat::Csv => out::offered_load_csv(&load, &labels),
    })
}

/// Writes a starter scenario.
pub(in crate::cli) fn init(arguments: &InitArguments) -> Result<(), Failure> {
    let file = &arguments.file;
    let mut options = OpenOptions::new();
    options.write(true);
    if arguments.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(file).and_then(|mut open| open.write_all(STARTER.as_bytes()));
    match written {
        Ok(()) => print(&format!(
            "{file} written: read it, change it, then\n  vigie validate {file}\n  vigie explain {file}\n  vigie run {file}\n  \
             vigie size {file}\n",
            file = file.display()
        )),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::Usage(format!(
            "{} exists: name another file, or replace it with --force",
            file.display()
        ))),
        Err(error) => Err(Failure::Io { doing: format!("write {}", file.display()), error }),
    }
}

/// Prints the JSON Schema of scenario files, or of files of gates.
pub(in crate::cli) fn schema(of_gates: bool) -> Result<(), Failure> {
    print(&format!("{:#}\n", if of_gates { scenario::gates_schema() } else { scenario::schema() }))
}

/// Prints a completion script.
pub(in crate::cli) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "vigie", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// What a scenario holds, in one line.
fn contents(scenario: &Scenario) -> String {
    let plan = &scenario.plan;
    let counted = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    [
        counted(plan.sources.len(), "source", "sources"),
        counted(plan.classes.len(), "class", "classes"),
        counted(plan.stages.iter().filter(|stage| stage.platform.is_none()).count(), "stage", "stages"),
        counted(plan.platforms.len(), "platform", "platforms"),
        counted(plan.teams.len(), "team", "teams"),
        counted(plan.targets.len(), "target", "targets"),
    ]
    .join(", ")
}
