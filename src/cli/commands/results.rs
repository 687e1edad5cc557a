//! Where results go, and what is printed of them.

use std::path::{Path, PathBuf};

use crate::cli::args::{OutputArguments, SummaryFormat};
use crate::cli::failure::{Failure, print};
use crate::out;

/// Where results go by default, each in a folder of its own.
const DEFAULT_PLACE: &str = "results";

/// The folder to write, found to be free before an hour of simulation is in vain.
pub(super) fn target(arguments: &OutputArguments, name: &str) -> Result<PathBuf, Failure> {
    let dir = arguments.out.clone().unwrap_or_else(|| Path::new(DEFAULT_PLACE).join(name));
    out::check_target(&dir)?;
    Ok(dir)
}

/// Writes the results folder, and the folder around it where there is none.
pub(super) fn write(dir: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        let doing = || format!("make the folder {}", parent.display());
        std::fs::create_dir_all(parent).map_err(|error| Failure::Io { doing: doing(), error })?;
    }
    Ok(out::write_results(dir, files)?)
}

/// Prints what was asked for: text with a last line that says where the rest is, or JSON alone.
pub(super) fn say(
    arguments: &OutputArguments,
    dir: &Path,
    text: impl FnOnce() -> String,
    json: impl FnOnce() -> String,
) -> Result<(), Failure> {
    match arguments.format {
        SummaryFormat::Json => print(&json()),
        SummaryFormat::Text if arguments.quiet => Ok(()),
        SummaryFormat::Text => {
            print(&format!("{}\nResults are in {}: open index.html\n", text(), dir.display()))
        }
    }
}
