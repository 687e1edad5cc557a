//! What is stopped, rudely or not, goes on where it was, and ends with the same bytes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{STAFF, small};
use crate::desk::Desk;

/// Long enough to be stopped on the way: some tenths of a second for each point.
const LONG: [&str; 8] = [
    "--vary",
    "team.people.staff=2..13",
    "--set",
    "duration=\"200 days\"",
    "--replications",
    "12",
    "--best",
    "class/other/response_time/mean",
];

/// Starts a sweep, waits until some points are in its journal, sends it a signal, and says how it ended.
fn stopped(desk: &Desk, signal: &str) -> (Option<i32>, String) {
    let n_lines = || {
        let journals = desk.journals();
        let text = journals.first().map(|path| fs::read_to_string(path).unwrap_or_default());
        text.unwrap_or_default().lines().count()
    };
    // of a journal that goes on, at least one more than before: then the handler of Ctrl-C is set
    let enough = (n_lines() + 1).max(4);
    let mut command = desk.sweep_command(&LONG);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("the program starts");
    while n_lines() < enough {
        assert!(child.try_wait().expect("asked").is_none(), "it ended before it could be stopped");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("ended");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

#[test]
fn what_is_stopped_goes_on_where_it_was() {
    let whole = small();
    whole.swept(&LONG);

    let desk = small();
    let (code, _) = stopped(&desk, "-KILL");
    assert_eq!(code, None, "killed");
    assert!(!desk.path("results/small-swept").exists());
    // a line half written, as by a full disk
    let journal = desk.journals().remove(0);
    let bytes = fs::read(&journal).expect("readable");
    fs::write(&journal, &bytes[..bytes.len() - 10]).expect("written");
    let (code, said) = stopped(&desk, "-INT");
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("of 12 points were done before"), "{said}");
    assert!(said.contains("the same command goes on from there"), "{said}");
    let ended = desk.sweep(&LONG);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let before: usize =
        ended.stderr.split(" of 12 points").next().and_then(|n| n.parse().ok()).expect("a number");
    assert!((2..12).contains(&before), "{}", ended.stderr);
    for file in ["sweep.json", "sweep.csv", "index.html", "plots/sweep-1.svg"] {
        let read = |desk: &Desk| desk.read(&format!("results/small-swept/{file}"));
        assert_eq!(read(&desk), read(&whole), "{file}");
    }
    assert_eq!(desk.journals(), Vec::<PathBuf>::new());
}

#[test]
fn another_sweep_leaves_the_journal_of_the_first_alone() {
    let desk = small();
    stopped(&desk, "-KILL");
    let journal = desk.journals().remove(0);
    let bytes = fs::read(&journal).expect("readable");
    let other = desk.sweep(&["--vary", STAFF, "--replications", "2"]);
    assert_eq!(other.code, Some(0), "{}", other.stderr);
    assert!(other.stderr.contains("an unfinished sweep with other values is kept in"), "{}", other.stderr);
    assert_eq!(fs::read(&journal).expect("still there"), bytes);
}
