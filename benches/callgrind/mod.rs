//! Instructions, as callgrind counts them.
//!
//! A program that does its work twice has done it once more than one that does it once: the difference is one time,
//! without start-up, reading of the scenario or the memory's first pages. This needs no name of a function, which
//! inlining or another compiler could take away (as `--toggle-collect` does), and the two runs have the same mix of
//! cases, which a run of twice the length would not have: a crisis comes only once.

use std::env;
use std::io;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

/// The C library chooses how to copy and clear memory by the processor: without these, the counts of two machines would
/// differ by a tenth. `rep stosb` (ERMS, FSRM) counts as one instruction for each byte. Of the other features, valgrind
/// shows the program no AVX-512, and AVX2 where the processor has it; its name was another before version 2.33. Other
/// C libraries do not look at this.
const SAME_COPYING_EVERYWHERE: &str = "glibc.cpu.hwcaps=-ERMS,-FSRM,-AVX2,-AVX2_Usable";

/// Whether valgrind is there.
pub(crate) fn is_installed() -> bool {
    let version =
        Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// What a run of this program printed, and the instructions that it took.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) printed: String,
    pub(crate) instructions: u64,
}

/// Runs this program under callgrind.
///
/// # Errors
///
/// Where valgrind does not start, this program fails under it, or its file says no total.
pub(crate) fn count(arguments: &[&str]) -> io::Result<Counted> {
    let profile = NamedTempFile::new()?;
    let ran = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", profile.path().display()))
        .arg(env::current_exe()?)
        .args(arguments)
        // somebody's own options would count something else
        .env_remove("VALGRIND_OPTS")
        .env("GLIBC_TUNABLES", SAME_COPYING_EVERYWHERE)
        .output()?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        return Err(io::Error::other(format!("valgrind ended with {}:\n{said}", ran.status)));
    }
    let text = std::fs::read_to_string(profile.path())?;
    let instructions = total(&text).ok_or_else(|| io::Error::other("callgrind's file has no total"))?;
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
    Ok(Counted { printed, instructions })
}

/// The line `totals:` of a callgrind file: instructions are the only event that is counted without further options.
fn total(profile: &str) -> Option<u64> {
    let total = profile.lines().find_map(|line| line.strip_prefix("totals:"))?;
    total.split_whitespace().next()?.parse().ok()
}
