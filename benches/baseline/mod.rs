//! What each workload took when somebody last looked: `benches/instructions.json`.

use std::collections::BTreeMap;
use std::env::consts::{ARCH, OS};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    /// Where it was measured.
    pub(crate) made_by: Builder,
    /// By name.
    pub(crate) workloads: BTreeMap<String, Entry>,
}

/// Who made the machine code: another compiler, or another kind of processor, takes other instructions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Builder {
    /// What `rustc --version` says.
    pub(crate) compiler: String,
    /// Processor and operating system.
    pub(crate) target: String,
}

/// What a workload took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// What the instructions are counted by: reports, or loads of a scenario.
    pub(crate) per: String,
    /// Instructions for each.
    pub(crate) instructions: f64,
    /// The hash of the answers, in hexadecimal digits.
    pub(crate) hash: String,
}

impl Baseline {
    /// Reads the file of this repository.
    ///
    /// # Errors
    ///
    /// Where it is not there or not what it should be.
    pub(crate) fn read() -> io::Result<Self> {
        let path = path();
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let text = fs::read_to_string(&path).map_err(named)?;
        serde_json::from_str(&text).map_err(io::Error::from).map_err(named)
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub(crate) fn write(&self) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        fs::write(path(), text)
    }
}

impl Builder {
    /// Whoever made this program, taken to be the compiler that cargo uses here.
    ///
    /// # Errors
    ///
    /// Where `rustc` does not start or fails.
    pub(crate) fn here() -> io::Result<Self> {
        let asked =
            Command::new("rustc").arg("--version").current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
        if !asked.status.success() {
            return Err(io::Error::other(format!("`rustc --version` ended with {}", asked.status)));
        }
        let compiler = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
        Ok(Self { compiler, target: format!("{ARCH} {OS}") })
    }
}

impl fmt::Display for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.compiler, self.target)
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.json")
}
