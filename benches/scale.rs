//! What size costs: more reports, more people, more that waits, more threads.
//!
//! ```sh
//! cargo bench --bench scale                        # every table but the year: some minutes
//! cargo bench --bench scale -- people threads      # these tables: of reports, people, backlog, threads
//! cargo bench --bench scale -- reports=1000000000  # the table of reports, up to so many in one replication
//! cargo bench --bench scale -- year                # a billion reports in a year, in one replication
//! cargo test --bench scale                         # everything small
//! ```

mod memory;
mod replication;
mod sizes;
mod threads;
mod turns;
#[path = "workload/digest.rs"]
mod workload_digest;

use std::env;
use std::io;
use std::process::ExitCode;

use vigie::engine::Execution;
use vigie::model::Model;

use replication::simulate;
use turns::{Run, Timed, first_run, in_turn, quartiles, ratios};

const SEED: u64 = 1;
const ROUNDS: usize = 5;
/// Runs that are over in a moment are repeated until a turn is this long.
const LEAST_SECS: f64 = 0.5;
/// The largest row of the table of reports.
const MOST_REPORTS: u64 = 1_000_000_000;
/// More reports than this run once.
const MOST_REPEATED: u64 = 10_000_000;
/// `pipeline.toml` as it stands would take longer for more reports than the hundred years that a scenario may last.
const MOST_OF_ONE_PIPELINE: u64 = 300_000_000;
/// How many times the reports and people of `pipeline.toml` are a billion reports in a year.
const TIMES_IN_YEAR: u64 = 317;
const DISCIPLINES: [&str; 5] = ["fifo", "priority", "earliest deadline", "longest relative wait", "lifo"];

/// How large everything is.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// The most reports in the table of reports.
    most_reports: u64,
    /// Reports in the table of people.
    reports: u64,
    most_people: u64,
    backlog: u64,
    /// Reports, and how many times the people, in one replication on two threads.
    threads: (u64, u64),
    replications: usize,
    /// Reports in the year.
    year: u64,
    n_rounds: usize,
    least_secs: f64,
}

const FULL: Size = Size {
    most_reports: MOST_REPEATED,
    reports: 1_000_000,
    most_people: 10_000,
    backlog: 10_000_000,
    threads: (20_000_000, 2_000),
    replications: 8,
    year: 1_000_000_000,
    n_rounds: ROUNDS,
    least_secs: LEAST_SECS,
};

const SMALL: Size = Size {
    most_reports: 20_000,
    reports: 10_000,
    most_people: 100,
    backlog: 20_000,
    threads: (20_000, 20),
    replications: 3,
    year: 20_000,
    n_rounds: 1,
    least_secs: 0.0,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> io::Result<()> {
    if let [child, rest @ ..] = arguments
        && child == CHILD
    {
        return run_child(rest);
    }
    let is_test = !arguments.iter().any(|argument| argument == "--bench");
    let mut size = if is_test { SMALL } else { FULL };
    let mut asked: Vec<&str> = Vec::new();
    for argument in arguments.iter().filter(|argument| !argument.starts_with("--")) {
        if let Some(most) = argument.strip_prefix("reports=") {
            let number = most.parse().ok().filter(|most| *most <= MOST_REPORTS);
            size.most_reports = number
                .ok_or_else(|| io::Error::other(format!("`{most}` is no number up to {MOST_REPORTS}")))?;
            asked.push("reports");
        } else {
            asked.push(argument);
        }
    }
    if let Some(unknown) = asked.iter().find(|name| !TABLES.contains(name)) {
        return Err(io::Error::other(format!(
            "there is no table `{unknown}`: there are {}",
            TABLES.join(", ")
        )));
    }
    for name in TABLES {
        let is_default = asked.is_empty() && (name != "year" || is_test);
        if is_default || asked.contains(&name) {
            table(name, &size)?;
        }
    }
    Ok(())
}

const TABLES: [&str; 5] = ["reports", "people", "backlog", "threads", "year"];

fn table(name: &str, size: &Size) -> io::Result<()> {
    match name {
        "reports" => reports(size),
        "people" => people(size),
        "threads" => threads(size),
        "backlog" => backlog(size)?,
        _ => year(size)?,
    }
    Ok(())
}

/// What a report costs where a replication has more of them.
fn reports(size: &Size) {
    let mut counts = vec![10_000];
    while let Some(next) = counts.last().map(|last| last * 10).filter(|next| *next <= size.most_reports) {
        counts.push(next);
    }
    heading(&format!("Reports in one replication (above {MOST_REPEATED}, once)"), "reports", size);
    let times = |n_reports| if n_reports > MOST_OF_ONE_PIPELINE { 10 } else { 1 };
    costs("pipeline", &counts, |n_reports| sizes::pipeline(times(n_reports), n_reports), size);
    if size.most_reports > MOST_OF_ONE_PIPELINE {
        say("(from a billion on, the pipeline has ten times the rate and the people)");
    }
    costs("M/M/50 at 0.9", &counts, |n_reports| sizes::many_desks(50, n_reports), size);
}

/// What a report costs where one stage has more people.
fn people(size: &Size) {
    let counts: Vec<u64> =
        [10, 100, 1_000, 10_000].into_iter().filter(|people| *people <= size.most_people).collect();
    heading(&format!("People at one stage, {} reports each", size.reports), "people", size);
    costs("M/M/c at 0.9", &counts, |people| sizes::many_desks(people, size.reports), size);
}

fn heading(title: &str, what: &str, size: &Size) {
    say(&format!("\n{title}; one thread, in turn; medians of {} rounds, with quartiles", size.n_rounds));
    say(&format!(
        "{:<16} {what:>11} {:>10} {:>21}  hash of the results",
        "scenario", "ns/report", "row / first row"
    ));
}

/// A row for each of these numbers.
fn costs(name: &str, numbers: &[u64], model: impl Fn(u64) -> Model, size: &Size) {
    let models: Vec<Model> = numbers.iter().map(|number| model(*number)).collect();
    let run = |model| -> Run<'_, (u64, u64)> {
        Box::new(move || {
            let facts = simulate(model, SEED, Execution::default());
            (facts.sent, workload_digest::of(&facts))
        })
    };
    let n_repeated = numbers.iter().filter(|number| **number <= MOST_REPEATED).count();
    let (repeated, once) = models.split_at(n_repeated);
    let repeated: Vec<Run<'_, _>> = repeated.iter().map(run).collect();
    let mut timed = in_turn(&repeated, size.least_secs, size.n_rounds);
    timed.extend(once.iter().map(|model| first_run(&run(model))));
    let per_report = |row: &Timed<(u64, u64)>, secs: f64| secs / row.answer.0 as f64 * 1e9;
    for (number, row) in numbers.iter().zip(&timed) {
        let nanos = per_report(row, quartiles(&row.secs)[1]);
        let reports = timed[0].answer.0 as f64 / row.answer.0 as f64;
        let [low, ratio, high] = quartiles(&ratios(row, &timed[0])).map(|ratio| ratio * reports);
        let ratio = format!("{ratio:.3} ({low:.3}-{high:.3})");
        say(&format!("{name:<16} {number:>11} {nanos:>10.1} {ratio:>21}  {:016x}", row.answer.1));
    }
}

/// What a case that waits takes of memory, and what the backlog costs in time.
fn backlog(size: &Size) -> io::Result<()> {
    say(&format!("\nA backlog of {} cases; each row in a process of its own, once", size.backlog));
    say(&format!(
        "{:<24} {:<9} {:>10} {:>14} {:>10}  hash of the results",
        "discipline", "patience", "waiting", "bytes/waiting", "ns/report"
    ));
    for patience in ["none", "1000 min"] {
        for discipline in DISCIPLINES {
            let arguments = [CHILD, "backlog", discipline, patience, &size.backlog.to_string()];
            let measured = memory::ask(&arguments.map(str::to_owned))?;
            let waiting = measured.most_waiting;
            assert!(waiting * 10 > size.backlog * 8, "most wait: {measured:?}");
            let bytes = measured.bytes.map_or("unknown".to_owned(), |[before, most]| {
                format!("{:.1}", most.saturating_sub(before) as f64 / waiting as f64)
            });
            let nanos = measured.secs / measured.n_reports as f64 * 1e9;
            say(&format!(
                "{discipline:<24} {patience:<9} {waiting:>10} {bytes:>14} {nanos:>10.1}  {:016x}",
                measured.digest
            ));
        }
    }
    Ok(())
}

/// What a second thread gives.
fn threads(size: &Size) {
    say(&format!("\nThreads, in turn; medians of {} rounds, with quartiles", size.n_rounds));
    say(&format!("{:<34} {:>7} {:>9} {:>21}", "what", "threads", "seconds", "one thread / row"));
    let (n_reports, times) = size.threads;
    let large = sizes::pipeline(times, n_reports);
    threads::within_a_replication(&format!("pipeline x {times}, one replication"), &large, size.n_rounds);
    let plain = sizes::pipeline(1, size.reports / 4);
    let n = size.replications;
    threads::over_replications(&format!("pipeline, {n} replications"), &plain, n, size.n_rounds);
}

/// A billion reports in a year, in one replication on all threads.
fn year(size: &Size) -> io::Result<()> {
    let arguments = [CHILD, "year", &size.year.to_string()];
    let measured = memory::ask(&arguments.map(str::to_owned))?;
    let nanos = measured.secs / measured.n_reports as f64 * 1e9;
    let peak = measured.bytes.map_or("unknown".to_owned(), |[_, most]| format!("{} MiB", most >> 20));
    say(&format!(
        "\nThe pipeline x {TIMES_IN_YEAR}: {} reports in one replication on {} threads\n{:.1} s, {nanos:.1} ns/report, \
         resident memory at most {peak}, hash of the results {:016x}",
        measured.n_reports,
        rayon::current_num_threads(),
        measured.secs,
        measured.digest
    ));
    Ok(())
}

/// The argument with which this program runs itself.
const CHILD: &str = "--child";

fn run_child(arguments: &[String]) -> io::Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse().map_err(|_| io::Error::other(format!("`{word}` is no number")));
    match words[..] {
        ["backlog", discipline, patience, n_reports] => {
            let model = sizes::overloaded(number(n_reports)?, discipline, patience != "none");
            memory::answer(&model, Execution::default())
        }
        ["year", n_reports] => {
            let model = sizes::pipeline(TIMES_IN_YEAR, number(n_reports)?);
            memory::answer(&model, Execution { parallel: true, shuffle: None })
        }
        _ => Err(io::Error::other(format!("{words:?} cannot be run"))),
    }
}

#[expect(clippy::print_stdout, reason = "the tables are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
