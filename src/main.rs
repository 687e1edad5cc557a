//! The program `vigie`: see the library's documentation.

use std::process::ExitCode;

fn main() -> ExitCode {
    vigie::cli::run(&std::env::args_os().collect::<Vec<_>>())
}
