//! A gate on instruction counts, which hardly differ from run to run where times differ by half.
//!
//! ```sh
//! cargo bench --bench instructions              # compares with benches/instructions.json; fails where one has grown
//! cargo bench --bench instructions -- --accept  # writes a new benches/instructions.json
//! cargo test --bench instructions               # runs every workload once, and counts nothing
//! ```
//!
//! It runs itself under valgrind, where that is installed. Each workload has a hash of its answers too, so that speed
//! never buys other answers: the gate fails on another hash as well.

mod baseline;
mod callgrind;
#[path = "workload/digest.rs"]
mod digest;
mod replication;

use std::env;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use vigie::engine::Execution;
use vigie::scenario;

use baseline::{Baseline, Builder, Entry};

/// By how much a workload may be above its baseline.
const TOLERANCE: f64 = 0.03;
const SEED: u64 = 1;
/// The argument that asks for a workload, so many times: what runs under valgrind.
const RUN: &str = "--run";

/// Something to count.
struct Workload {
    name: &'static str,
    /// Below `scenarios`.
    file: &'static str,
    /// Assignments that make it short: callgrind is some fifty times slower than the processor.
    sets: &'static [&'static str],
    task: Task,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// Simulate one replication.
    Simulate,
    /// Read and check the scenario file.
    Load,
}

/// About 15,000 reports each, the crises with their crisis.
const WORKLOADS: [Workload; 8] = [
    simulate("mm1", "bench/mm1.toml", &["duration=12 days"]),
    simulate("mm50", "bench/mm50.toml", &["duration=6h"]),
    simulate("pipeline", "bench/pipeline.toml", &["duration=2 days"]),
    simulate("january-2015", "january-2015.toml", &["duration=12 days"]),
    simulate("november-2015", "november-2015.toml", &["duration=18 days"]),
    simulate("pharos-2014", "pharos-2014.toml", &["duration=40 days"]),
    load("load pipeline", "bench/pipeline.toml"),
    load("load january-2015", "january-2015.toml"),
];

const fn simulate(name: &'static str, file: &'static str, sets: &'static [&'static str]) -> Workload {
    Workload { name, file, sets, task: Task::Simulate }
}

const fn load(name: &'static str, file: &'static str) -> Workload {
    Workload { name, file, sets: &[], task: Task::Load }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    // scenarios are named by relative paths, so that where this checkout lies is not in the counts
    if let Err(error) = env::set_current_dir(env!("CARGO_MANIFEST_DIR")) {
        say(&format!("error: {}: {error}", env!("CARGO_MANIFEST_DIR")));
        return ExitCode::FAILURE;
    }
    let unknown = arguments.iter().find(|argument| !["--bench", "--accept"].contains(&argument.as_str()));
    let done = match &arguments[..] {
        [run, name, n_times] if run == RUN => run_workload(name, n_times).map(|()| true),
        _ if !has("--bench") => test().map(|()| true),
        _ if let Some(unknown) = unknown => {
            Err(io::Error::other(format!("`{unknown}` means nothing here; there is `--accept`")))
        }
        _ if !callgrind::is_installed() => {
            say("instruction counts skipped: valgrind is not installed");
            // without it there is nothing to accept
            Ok(!has("--accept"))
        }
        _ if has("--accept") => accept().map(|()| true),
        _ => gate(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// What a workload did, as it prints it for its parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Done {
    /// How many reports it simulated, or scenarios it loaded.
    count: u64,
    /// The hash of its answers, in hexadecimal digits.
    hash: String,
}

impl Workload {
    fn per(&self) -> &'static str {
        match self.task {
            Task::Simulate => "report",
            Task::Load => "load",
        }
    }

    /// Does it so many times; the answer is that of one.
    fn run(&self, n_times: u32) -> Done {
        let sets: Vec<String> = self.sets.iter().map(ToString::to_string).collect();
        let run: Box<dyn Fn() -> Done> = match self.task {
            Task::Simulate => {
                let model = replication::model(self.file, &sets);
                Box::new(move || {
                    let facts = replication::simulate(&model, SEED, Execution::default());
                    Done { count: facts.sent, hash: format!("{:016x}", digest::of(&facts)) }
                })
            }
            Task::Load => Box::new(|| self.load()),
        };
        let done = run();
        for _ in 1..n_times {
            assert_eq!(run(), done, "{}: the same again", self.name);
        }
        done
    }

    fn load(&self) -> Done {
        let path = Path::new("scenarios").join(self.file);
        let loaded = scenario::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        Done { count: 1, hash: loaded.digest[..16].to_owned() }
    }

    /// What it takes for each report or load.
    fn count(&self) -> io::Result<Entry> {
        let [once, twice] = ["1", "2"].map(|n_times| callgrind::count(&[RUN, self.name, n_times]));
        let (once, twice) = (once?, twice?);
        let done: Done = serde_json::from_str(&once.printed)?;
        let instructions = twice.instructions.saturating_sub(once.instructions) as f64 / done.count as f64;
        Ok(Entry {
            per: self.per().to_owned(),
            instructions: (instructions * 10.0).round() / 10.0,
            hash: done.hash,
        })
    }
}

/// What runs under valgrind.
fn run_workload(name: &str, n_times: &str) -> io::Result<()> {
    let workload = WORKLOADS.iter().find(|workload| workload.name == name);
    let (Some(workload), Ok(n_times)) = (workload, n_times.parse()) else {
        return Err(io::Error::other(format!("there is no `{name}` to run {n_times} times")));
    };
    say(&serde_json::to_string(&workload.run(n_times))?);
    Ok(())
}

/// How a workload fares against its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    AsBefore,
    Slower,
    Faster,
    OtherAnswers,
}

fn judge(was: &Entry, now: &Entry) -> Verdict {
    if (&was.per, &was.hash) != (&now.per, &now.hash) {
        Verdict::OtherAnswers
    } else if now.instructions > was.instructions * (1.0 + TOLERANCE) {
        Verdict::Slower
    } else if now.instructions < was.instructions * (1.0 - TOLERANCE) {
        Verdict::Faster
    } else {
        Verdict::AsBefore
    }
}

impl Verdict {
    fn is_failure(self) -> bool {
        matches!(self, Self::Slower | Self::OtherAnswers)
    }

    fn remark(self) -> &'static str {
        match self {
            Self::AsBefore => "",
            Self::Slower => "  FAILED: more instructions than the baseline allows",
            Self::Faster => "  FASTER: tighten the baseline with `-- --accept`",
            Self::OtherAnswers => "  FAILED: other answers; if that is meant, `-- --accept`",
        }
    }
}

/// Without valgrind: the baseline is readable and knows every workload, and each runs.
fn test() -> io::Result<()> {
    let baseline = Baseline::read()?;
    let known: Vec<&str> = baseline.workloads.keys().map(String::as_str).collect();
    let mut names = WORKLOADS.map(|workload| workload.name);
    names.sort_unstable();
    if known != names {
        return Err(io::Error::other(format!("the baseline knows {known:?}, there are {names:?}")));
    }
    for was in baseline.workloads.values() {
        let taking = |factor| judge(was, &Entry { instructions: was.instructions * factor, ..was.clone() });
        let verdicts = [1.0 - 2.0 * TOLERANCE, 1.0, 1.0 + 2.0 * TOLERANCE].map(taking);
        assert_eq!(verdicts, [Verdict::Faster, Verdict::AsBefore, Verdict::Slower]);
        let other = Entry { hash: String::new(), ..was.clone() };
        assert_eq!(judge(was, &other), Verdict::OtherAnswers);
    }
    for workload in &WORKLOADS {
        let done = workload.run(1);
        if done.count == 0 {
            return Err(io::Error::other(format!("{} did nothing", workload.name)));
        }
    }
    Ok(())
}

fn count_all() -> io::Result<Vec<Entry>> {
    refuse_debug_build()?;
    WORKLOADS.par_iter().map(Workload::count).collect()
}

fn refuse_debug_build() -> io::Result<()> {
    if cfg!(debug_assertions) {
        return Err(io::Error::other("this is a debug build: use `cargo bench`"));
    }
    Ok(())
}

fn accept() -> io::Result<()> {
    let names = WORKLOADS.iter().map(|workload| workload.name.to_owned());
    let workloads = names.zip(count_all()?).collect();
    let baseline = Baseline { made_by: Builder::here()?, workloads };
    baseline.write()?;
    say("wrote benches/instructions.json");
    Ok(())
}

/// Compares with the baseline and prints a table; whether all is well.
fn gate() -> io::Result<bool> {
    let baseline = Baseline::read()?;
    let builder = Builder::here()?;
    if builder != baseline.made_by {
        let (theirs, ours) = (&baseline.made_by, &builder);
        say(&format!("instruction counts skipped: the baseline is of {theirs}, this is {ours}"));
        return Ok(true);
    }
    say(&format!("{:<20} {:>6} {:>12} {:>12} {:>8}", "workload", "per", "baseline", "now", "change"));
    let mut all_well = true;
    for (workload, now) in WORKLOADS.iter().zip(count_all()?) {
        let Some(was) = baseline.workloads.get(workload.name) else {
            return Err(io::Error::other(format!("the baseline does not know `{}`", workload.name)));
        };
        let change = now.instructions / was.instructions - 1.0;
        let verdict = judge(was, &now);
        all_well &= !verdict.is_failure();
        say(&format!(
            "{:<20} {:>6} {:>12.1} {:>12.1} {:>+7.2}%{}",
            workload.name,
            now.per,
            was.instructions,
            now.instructions,
            change * 100.0,
            verdict.remark(),
        ));
    }
    Ok(all_well)
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
