//! The shell: what is typed becomes a call of the library, and its answer is printed.
//!
//! Only this module prints, and only it knows the terminal, the signals and the number of threads.

mod args;
mod commands;
mod failure;
mod progress;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Verb};
pub use failure::ExitStatus;

/// Runs the program on its command line, the program's name first, and says how it ended.
pub fn run(command_line: &[OsString]) -> ExitCode {
    let arguments = match Arguments::try_parse_from(command_line) {
        Ok(arguments) => arguments,
        Err(error) => return failure::usage(&error),
    };
    let shown = command_line.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let done = match arguments.verb {
        Verb::Run(run) => commands::run(&run, shown),
        Verb::Sweep(sweep) => commands::sweep(&sweep, shown),
        Verb::Validate(validate) => commands::validate(&validate),
        Verb::Explain(explain) => commands::explain(&explain),
        Verb::Init(init) => commands::init(&init),
        Verb::Schema => commands::schema(),
        Verb::Completions { shell } => commands::completions(shell),
    };
    match done {
        Ok(()) => ExitStatus::Done.into(),
        Err(failure) => failure.report(),
    }
}
