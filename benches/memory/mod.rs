//! Memory, each measurement in a process of its own: a process's peak never comes down again.

use std::env;
use std::fs;
use std::io;
use std::process::Command;

use serde::{Deserialize, Serialize};
use vigie::engine::Execution;
use vigie::model::{Facts, Model};

use crate::SEED;
use crate::replication::simulate;
use crate::turns::now;
use crate::workload_digest as digest;

/// What a process of its own found.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) n_reports: u64,
    /// The most cases that waited at the first stage at a time.
    pub(crate) most_waiting: u64,
    pub(crate) secs: f64,
    /// Resident bytes before the replication, and the most during it; `None` where the system does not tell.
    pub(crate) bytes: Option<[u64; 2]>,
    pub(crate) digest: u64,
}

/// In the parent: runs this program with other arguments, and reads what it prints.
///
/// # Errors
///
/// Where it does not start, fails, or prints something else.
pub(crate) fn ask(arguments: &[String]) -> io::Result<Measured> {
    let ran = Command::new(env::current_exe()?).args(arguments).output()?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        return Err(io::Error::other(format!("{arguments:?} ended with {}:\n{said}", ran.status)));
    }
    Ok(serde_json::from_slice(&ran.stdout)?)
}

/// In the child: simulates one replication and prints what it took.
///
/// # Errors
///
/// Never, in truth: what was found can be printed.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
pub(crate) fn answer(model: &Model, execution: Execution) -> io::Result<()> {
    let before = status("VmRSS:");
    let begins = now();
    let facts = simulate(model, SEED, execution);
    let secs = begins.elapsed().as_secs_f64();
    let bytes = before.zip(status("VmHWM:")).map(|(before, most)| [before, most]);
    let measured = Measured {
        n_reports: facts.sent,
        most_waiting: most_waiting(&facts),
        secs,
        bytes,
        digest: digest::of(&facts),
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn most_waiting(facts: &Facts) -> u64 {
    facts.stages.first().map_or(0, |stage| stage.waiting.max_in_window)
}

/// A number of bytes from Linux's account of this process.
fn status(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = value.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
