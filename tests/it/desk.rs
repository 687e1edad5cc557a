//! The program as its users call it, in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A small scenario with a target that two people meet.
pub(crate) const SMALL: &str = r#"
title    = "One desk"
start    = 2025-03-03T00:00:00
zone     = "Europe/Paris"
duration = "3 days"
classes  = ["urgent", "other"]

[source.citizens]
rate = "20/h"
mix  = { urgent = 0.2, other = 0.8 }
to   = "desk"

[team.people]
staff = 2

[stage.desk]
team       = "people"
work       = { exponential = { mean = "5min" } }
discipline = "priority"
to         = { removed = 0.5, kept = 0.5 }

[[target]]
name   = "at work within 15 min"
clock  = "sent -> starts desk"
within = "15min"
share  = 0.5
"#;

/// A folder of its own with `small.toml` in it, and the program run there.
pub(crate) struct Desk {
    dir: TempDir,
}

/// How one call of the program ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in a folder.
pub(crate) fn run_vigie(folder: &Path, arguments: &[&str]) -> Ended {
    ended(&mut command(folder, arguments))
}

/// The same with words of one's own.
pub(crate) fn run_vigie_with(folder: &Path, arguments: &[String]) -> Ended {
    run_vigie(folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(arguments).current_dir(folder);
    command
}

fn ended(command: &mut Command) -> Ended {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(SMALL)
    }

    /// With another text as `small.toml`.
    pub(crate) fn with(text: &str) -> Self {
        let desk = Self { dir: TempDir::new().expect("a temporary folder") };
        desk.write("small.toml", text);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(self.dir.path(), arguments)
    }

    pub(crate) fn vigie(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.command(arguments))
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Everything in the folder, by name.
    pub(crate) fn files(&self) -> Vec<String> {
        names_in(self.folder())
    }
}

/// Everything in a folder, by name.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("readable");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.map(|entry| name(entry.expect("readable"))).collect();
    names.sort();
    names
}
