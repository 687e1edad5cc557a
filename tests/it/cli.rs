//! The program as its users meet it: what it prints, what it writes, how it ends.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::desk::{Desk, SMALL};

impl Desk {
    /// Starts a run that would take far longer, presses Ctrl-C after half a second, and gives the exit code.
    #[cfg(unix)]
    fn interrupted(&self, arguments: &[&str]) -> Option<i32> {
        let stderr = std::process::Stdio::null();
        let mut child = self.command(arguments).stderr(stderr).spawn().expect("the program starts");
        // long enough for the handler to be set
        std::thread::sleep(std::time::Duration::from_millis(500));
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        child.wait().expect("ended").code()
    }
}

#[test]
fn run_prints_a_summary_and_leaves_a_results_folder() {
    let desk = Desk::new();
    let ended = desk.vigie(&["run", "small.toml"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr, "", "no progress in a pipe");
    assert!(ended.stdout.starts_with("One desk\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("at work within 15 min"), "{}", ended.stdout);
    for file in ["summary.json", "manifest.json", "timeseries.csv", "index.html"] {
        assert!(!desk.read(&format!("results/small/{file}")).is_empty(), "{file}");
    }
    for plot in ["response-time.svg", "queue.svg", "targets.svg"] {
        assert!(desk.read(&format!("results/small/plots/{plot}")).contains("</svg>"), "{plot}");
    }
    assert_eq!(desk.files(), ["results", "small.toml"], "nothing else is left behind");
    let again = desk.vigie(&["run", "small.toml"]);
    assert_eq!(again.code, Some(0), "results are replaced: {}", again.stderr);
}

#[test]
fn json_on_standard_output_is_only_json_and_the_same_for_any_number_of_threads() {
    let desk = Desk::new();
    let one = desk.vigie(&["run", "small.toml", "--format", "json", "--threads", "1", "--out", "a"]);
    assert_eq!(one.code, Some(0), "{}", one.stderr);
    let parsed: serde_json::Value = serde_json::from_str(&one.stdout).expect("JSON");
    assert_eq!(parsed["schema"], "vigie.summary/1");
    assert_eq!(one.stdout, desk.read("a/summary.json"));
    for threads in ["2", "8"] {
        let more = desk.vigie(&["run", "small.toml", "--format", "json", "--threads", threads, "--out", "b"]);
        assert_eq!(more.stdout, one.stdout, "{threads} threads");
    }
    let other = desk.vigie(&["run", "small.toml", "--format", "json", "--seed", "2", "--out", "c"]);
    assert_ne!(other.stdout, one.stdout, "another seed gives other numbers");
}

#[test]
fn quiet_prints_nothing() {
    let desk = Desk::new();
    let ended = desk.vigie(&["run", "small.toml", "--quiet", "--replications", "2"]);
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
    assert!(desk.path("results/small/summary.json").exists());
}

#[test]
fn precision_adds_replications_until_it_is_reached() {
    let desk = Desk::new();
    let ended = desk.vigie(&["run", "small.toml", "--precision", "3%", "--format", "json"]);
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert!(summary["replications"].as_u64().expect("a number") > 10);
    for class in summary["classes"].as_array().expect("a list") {
        let mean = &class["response_time"]["mean"];
        let [mean, hi] = ["mean", "hi"].map(|key| mean[key].as_f64().expect("a number"));
        assert!(hi - mean <= 0.03 * mean, "{class}");
    }
}

#[test]
fn an_invalid_scenario_ends_with_2_and_writes_nothing() {
    let desk = Desk::new();
    desk.write("wrong.toml", &SMALL.replace("team       =", "tema       ="));
    for verb in ["run", "validate", "explain"] {
        let ended = desk.vigie(&[verb, "wrong.toml"]);
        assert_eq!(ended.code, Some(2), "{verb}");
        assert_eq!(ended.stdout, "", "{verb}");
        assert!(ended.stderr.contains("wrong.toml:17:1"), "line and column: {}", ended.stderr);
        assert!(ended.stderr.contains("did you mean `team`"), "{}", ended.stderr);
    }
    assert_eq!(desk.files(), ["small.toml", "wrong.toml"]);
}

#[test]
fn bad_usage_ends_with_2() {
    let desk = Desk::new();
    let bad: [&[&str]; 8] = [
        &[],
        &["fly"],
        &["run"],
        &["run", "small.toml", "--replications", "0"],
        &["run", "small.toml", "--precision", "0%"],
        &["run", "small.toml", "--threads", "0"],
        &["run", "small.toml", "--set", "team.people.staff=none"],
        &["run", "missing.toml"],
    ];
    for arguments in bad {
        let ended = desk.vigie(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(!ended.stderr.is_empty(), "{arguments:?} says why");
    }
    assert_eq!(desk.files(), ["small.toml"]);
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone_before_anything_is_simulated() {
    let desk = Desk::new();
    fs::create_dir(desk.path("precious")).expect("made");
    desk.write("precious/thesis.txt", "years of work");
    let ended = desk.vigie(&["run", "small.toml", "--out", "precious", "--replications", "100000"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("left alone"), "{}", ended.stderr);
    assert_eq!(desk.read("precious/thesis.txt"), "years of work");
    let ended = desk.vigie(&["run", "small.toml", "--out", "small.toml"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert_eq!(desk.read("small.toml"), SMALL);
}

#[test]
fn an_overloaded_scenario_is_warned_of_and_a_budget_ends_it() {
    let desk = Desk::new();
    let set = ["--set", "source.citizens.rate=2000/h"];
    let warned = desk.vigie(&[&["run", "small.toml", "--replications", "2"], &set[..]].concat());
    assert_eq!(warned.code, Some(0), "allowed");
    assert!(
        warned.stderr.contains("team `people` is offered more work than it can do, from 3 Mar 2025"),
        "{}",
        warned.stderr
    );
    let ended = desk
        .vigie(&[&["run", "small.toml", "--max-in-system", "1000", "--out", "budget"], &set[..]].concat());
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("more than 1000 cases in the system"), "{}", ended.stderr);
    assert!(ended.stderr.contains("wait at stage `desk`"), "{}", ended.stderr);
    assert!(!desk.path("budget").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_half_written() {
    let desk = Desk::new();
    assert_eq!(desk.interrupted(&["run", "small.toml", "--replications", "100000", "--quiet"]), Some(130));
    assert_eq!(desk.files(), ["small.toml"]);
}

/// Two reports a day, each of which gives up and comes back a thousand times a second while nobody is there: a single
/// epoch that takes for ever.
#[cfg(unix)]
const RESTLESS: &str = r#"
title    = "Restless"
start    = 2025-03-03T00:00:00
zone     = "UTC"
duration = "300 days"
classes  = ["all"]

[source.s]
rate = "2/day"
to   = "desk"

[team.people]
shifts       = [{ days = "mon", hours = "09:00-10:00", staff = 1 }]
at_shift_end = "finish"

[stage.desk]
team        = "people"
work        = "1min"
patience    = "1ms"
gives_up_to = "desk"
to          = "kept"
"#;

#[cfg(unix)]
#[test]
fn ctrl_c_is_heard_in_the_middle_of_an_epoch() {
    let desk = Desk::new();
    desk.write("restless.toml", RESTLESS);
    assert_eq!(desk.vigie(&["validate", "restless.toml"]).code, Some(0));
    assert_eq!(desk.interrupted(&["run", "restless.toml", "--quiet", "--replications", "1"]), Some(130));
    assert_eq!(desk.files(), ["restless.toml", "small.toml"]);
}

#[test]
fn explain_draws_without_simulating() {
    let desk = Desk::new();
    let text = desk.vigie(&["explain", "small.toml"]);
    assert_eq!(text.code, Some(0), "{}", text.stderr);
    assert!(text.stdout.contains("OFFERED LOAD"), "{}", text.stdout);
    let dot = desk.vigie(&["explain", "small.toml", "--format", "dot"]);
    assert!(dot.stdout.starts_with("digraph"), "{}", dot.stdout);
    let csv = desk.vigie(&["explain", "small.toml", "--format", "csv"]);
    assert_eq!(csv.stdout.lines().count(), 1 + 72, "a header and an hour a line");
    assert_eq!(desk.files(), ["small.toml"]);
}

#[test]
fn init_writes_a_scenario_that_runs_and_never_overwrites() {
    let desk = Desk::new();
    let ended = desk.vigie(&["init", "mine.toml"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(desk.vigie(&["validate", "mine.toml"]).code, Some(0));
    assert_eq!(desk.vigie(&["run", "mine.toml", "--replications", "2"]).code, Some(0));
    desk.write("mine.toml", "changed");
    assert_eq!(desk.vigie(&["init", "mine.toml"]).code, Some(2));
    assert_eq!(desk.read("mine.toml"), "changed");
    assert_eq!(desk.vigie(&["init", "mine.toml", "--force"]).code, Some(0));
    assert_eq!(desk.vigie(&["validate", "mine.toml"]).code, Some(0));
}

#[test]
fn validate_checks_all_files() {
    let desk = Desk::new();
    desk.write("wrong.toml", "title = 1");
    let ended = desk.vigie(&["validate", "wrong.toml", "small.toml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stdout.contains("small.toml: valid: 1 source, 2 classes, 1 stage"), "{}", ended.stdout);
}

#[test]
fn schema_and_completions_are_printed() {
    let desk = Desk::new();
    let schema = desk.vigie(&["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&schema.stdout).expect("JSON");
    assert!(schema["properties"]["source"].is_object());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(desk.vigie(&["completions", shell]).stdout.contains("vigie"), "{shell}");
    }
    assert!(desk.vigie(&["--version"]).stdout.starts_with("vigie "));
    let help = desk.vigie(&["run", "--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
}

#[test]
fn nothing_depends_on_where_the_scenario_lies() {
    let desk = Desk::new();
    let elsewhere = Path::new("deep/er");
    fs::create_dir_all(desk.path("deep/er")).expect("made");
    fs::copy(desk.path("small.toml"), desk.path("deep/er/small.toml")).expect("copied");
    let here = desk.vigie(&["run", "small.toml", "--format", "json", "--out", "a"]);
    let there = desk.vigie(&[
        "run",
        elsewhere.join("small.toml").to_str().expect("UTF-8"),
        "--format",
        "json",
        "--out",
        "b",
    ]);
    assert_eq!(here.stdout, there.stdout);
}
