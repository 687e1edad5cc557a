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
use failure::Failure;

/// Runs the program on its command line, the program's name first, and says how it ended.
pub fn run(command_line: &[OsString]) -> ExitCode {
    let arguments = match Arguments::try_parse_from(command_line) {
        Ok(arguments) => arguments,
        Err(error) => return failure::usage(&error),
    };
    let shown = command_line.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let done = |ended: Result<(), Failure>| ended.map(|()| ExitStatus::Done);
    let ended = match arguments.verb {
        Verb::Run(run) => done(commands::run(&run, shown)),
        Verb::Compare(compare) => done(commands::compare(&compare, shown)),
        Verb::Sweep(sweep) => done(commands::sweep(&sweep, shown)),
        Verb::Size(size) => commands::size(&size, shown),
        Verb::Gate(gate) => commands::gate(&gate),
        Verb::Validate(validate) => done(commands::validate(&validate)),
        Verb::Explain(explain) => done(commands::explain(&explain)),
        Verb::Init(init) => done(commands::init(&init)),
        Verb::Schema { gates } => done(commands::schema(gates)),
        Verb::Completions { shell } => done(commands::completions(shell)),
    };
    match ended {
        Ok(status) => status.into(),
        Err(failure) => failure.report(),
    }
}
