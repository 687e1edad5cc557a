//! `vigie sweep`: its points, its numbers, its messages, and that what is stopped goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value as Json;
use tempfile::TempDir;
use vigie::analysis::measured;
use vigie::experiment::{Measure, NoProgress, PointHalt, Sweep};
use vigie::model::Model;
use vigie::scenario::{Factor, Variants};

use crate::desk::{Desk, Ended, SMALL};

mod edges;
#[cfg(unix)]
mod stopped;

/// The small scenario, with a goal that two people may miss.
fn small() -> Desk {
    Desk::with(&SMALL.replace("share  = 0.5", "share  = 0.9"))
}

impl Desk {
    fn sweep_command(&self, arguments: &[&str]) -> Command {
        self.command(&[&["sweep", "small.toml"], arguments].concat())
    }

    fn sweep(&self, arguments: &[&str]) -> Ended {
        self.vigie(&[&["sweep", "small.toml"], arguments].concat())
    }

    /// What a sweep that ends well prints.
    fn swept(&self, arguments: &[&str]) -> String {
        let ended = self.sweep(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
        ended.stdout
    }

    /// What a sweep that is refused says; nothing is written.
    fn refused(&self, arguments: &[&str]) -> String {
        let ended = self.sweep(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ended.stderr);
        assert!(!self.path("results").exists(), "{arguments:?}");
        ended.stderr.trim_end().to_owned()
    }

    fn journals(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("results")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.expect("readable").path());
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "journal")).collect()
    }
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows of a CSV file, the head first.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("whole").iter().map(str::to_owned).collect()).collect()
}

const STAFF: &str = "team.people.staff=2..4";
const DISCIPLINE: &str = "stage.desk.discipline=\"fifo\",priority";

#[test]
fn a_grid_comes_in_its_order_with_every_file() {
    let desk = small();
    let text = desk.swept(&["--vary", STAFF, "--vary", DISCIPLINE, "--replications", "4"]);
    assert!(
        text.starts_with("One desk\n6 points (all combinations), 4 replications each, seed 1;"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let table = rows(&desk.read("results/small-swept/sweep.csv"));
    assert_eq!(
        table[0],
        [
            "team.people.staff",
            "stage.desk.discipline",
            "target/at work within 15 min mean",
            "target/at work within 15 min lo",
            "target/at work within 15 min hi",
            "class/urgent/response_time/mean mean",
            "class/urgent/response_time/mean lo",
            "class/urgent/response_time/mean hi",
            "class/urgent/response_time/p95 mean",
            "class/urgent/response_time/p95 lo",
            "class/urgent/response_time/p95 hi",
            "class/other/response_time/mean mean",
            "class/other/response_time/mean lo",
            "class/other/response_time/mean hi",
            "class/other/response_time/p95 mean",
            "class/other/response_time/p95 lo",
            "class/other/response_time/p95 hi",
        ]
    );
    let points: Vec<String> = table[1..].iter().map(|row| format!("{} {}", row[0], row[1])).collect();
    assert_eq!(points, ["2 fifo", "2 priority", "3 fifo", "3 priority", "4 fifo", "4 priority"]);
    for row in &table[1..] {
        let numbers: Vec<f64> = row[2..5].iter().map(|cell| cell.parse().expect("a number")).collect();
        assert!(numbers[1] <= numbers[0] && numbers[0] <= numbers[2], "{row:?}");
    }
    for file in ["sweep.json", "manifest.json", "index.html", "plots/sweep-1.svg", "plots/sweep-3.svg"] {
        assert!(!desk.read(&format!("results/small-swept/{file}")).is_empty(), "{file}");
    }
    assert_eq!(desk.journals(), Vec::<PathBuf>::new(), "the results hold all of it");
    desk.swept(&["--vary", STAFF, "--replications", "2"]);
    assert!(!desk.path("results/small-swept/plots/sweep-3.svg").exists(), "results are replaced whole");
}

#[test]
fn json_on_standard_output_is_only_json_and_the_same_for_any_number_of_threads() {
    let desk = small();
    let arguments = ["--vary", STAFF, "--replications", "5", "--format", "json", "--best"];
    let best = ["class/other/response_time/mean", "--out"];
    let one = desk.swept(&[&arguments[..], &best, &["a", "--threads", "1"]].concat());
    let parsed: Json = serde_json::from_str(&one).expect("JSON");
    assert_eq!(parsed["schema"], "vigie.sweep/1");
    // reading rounds numbers, so only the keys are compared
    let keys =
        |text: &str| text.lines().filter_map(|l| Some(l.split_once(':')?.0.to_owned())).collect::<Vec<_>>();
    assert_eq!(keys(&one), keys(&serde_json::to_string_pretty(&parsed).expect("text")), "keys are sorted");
    assert_eq!(one, desk.read("a/sweep.json"));
    let more = desk.swept(&[&arguments[..], &best, &["b", "--threads", "3"]].concat());
    assert_eq!(one, more);
    for file in ["sweep.csv", "plots/sweep-1.svg"] {
        assert_eq!(desk.read(&format!("a/{file}")), desk.read(&format!("b/{file}")), "{file}");
    }
    let page = |name: &str| {
        let text = desk.read(&format!("{name}/index.html"));
        text.lines().filter(|line| !line.contains("<dt>Command</dt>")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(page("a"), page("b"));
}

#[test]
fn a_point_has_the_numbers_of_its_run() {
    let desk = small();
    let sweep = desk.swept(&[
        "--vary",
        STAFF,
        "--replications",
        "6",
        "--format",
        "json",
        "--measure",
        "stage/desk/queue/max",
        "--measure",
        "stage/desk/waiting_time/p99",
        "--measure",
        "team/people/utilization",
    ]);
    let sweep: Json = serde_json::from_str(&sweep).expect("JSON");
    let set =
        ["run", "small.toml", "--set", "team.people.staff=3", "--replications", "6", "--format", "json"];
    let run: Json = serde_json::from_str(&desk.vigie(&set).stdout).expect("JSON");
    let names: Vec<&str> = sweep["measures"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|m| m["name"].as_str().expect("a name"))
        .collect();
    let found = |name: &str| {
        let at = names.iter().position(|known| *known == name).unwrap_or_else(|| panic!("{names:?}"));
        &sweep["points"][1]["findings"][at]["estimate"]
    };
    assert_eq!(sweep["points"][1]["digest"], run["scenario"]["digest"]);
    assert_eq!(found("target/at work within 15 min"), &run["targets"][0]["share_on_time"]);
    assert_eq!(found("class/urgent/response_time/mean"), &run["classes"][0]["response_time"]["mean"]);
    assert_eq!(found("class/other/response_time/p95"), &run["classes"][1]["response_time"]["p95"]);
    assert_eq!(found("stage/desk/waiting_time/p99"), &run["stages"][0]["waiting_time"]["p99"]);
    assert_eq!(found("stage/desk/queue/max"), &run["stages"][0]["queue_length"]["max"]);
    assert_eq!(found("team/people/utilization"), &run["teams"][0]["utilization"]);
}

#[test]
fn a_latin_hypercube_takes_each_value_once() {
    let desk = small();
    let good = [
        "--vary",
        "team.people.staff=2..9",
        "--vary",
        "target[0].share=0.5..0.9",
        "--samples",
        "8",
        "--replications",
        "2",
        "--quiet",
    ];
    desk.swept(&good);
    let first = desk.read("results/small-swept/sweep.csv");
    let table = rows(&first);
    let mut staff: Vec<&str> = table[1..].iter().map(|row| row[0].as_str()).collect();
    staff.sort_unstable();
    assert_eq!(staff, ["2", "3", "4", "5", "6", "7", "8", "9"]);
    let mut parts: Vec<u32> = table[1..]
        .iter()
        .map(|row| ((row[1].parse::<f64>().expect("a number") - 0.5) / 0.05) as u32)
        .collect();
    parts.sort_unstable();
    assert_eq!(parts, [0, 1, 2, 3, 4, 5, 6, 7], "{table:?}");
    desk.swept(&good);
    assert_eq!(first, desk.read("results/small-swept/sweep.csv"), "drawn from the seed");
    desk.swept(&[&good[..], &["--seed", "2"]].concat());
    assert_ne!(first, desk.read("results/small-swept/sweep.csv"));
}

#[test]
fn mistakes_are_shown_at_the_argument_before_anything_runs() {
    let desk = small();
    let one = |vary: &str| desk.refused(&["--vary", vary]);
    insta::assert_snapshot!(one("team.people.stafff=1,2"), @r#"
    error: unknown key `stafff`
     --> --vary:1:1
      |
    1 | team.people.stafff=1,2
      | ^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `staff`?

    1 error in the scenario `small.toml`
    "#);
    insta::assert_snapshot!(one("team.poeple.staff=1,2"), @r#"
    error: the scenario has no team `poeple`
     --> --vary:1:1
      |
    1 | team.poeple.staff=1,2
      | ^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `people`?

    1 error in the scenario `small.toml`
    "#);
    insta::assert_snapshot!(one("team.people.staff=2,none"), @r#"
    error: expected a whole number, found a text
     --> --vary:1:21
      |
    1 | team.people.staff=2,none
      |                     ^^^^

    1 error in the scenario `small.toml`
    "#);
    insta::assert_snapshot!(one("team.people.staff=3..1"), @r#"
    error: the range `3..1` ends before it begins
     --> --vary:1:19
      |
    1 | team.people.staff=3..1
      |                   ^^^^
      |
      = help: write the smaller first

    1 error in the arguments
    "#);
    insta::assert_snapshot!(one("team.people.staff="), @r#"
    error: there is no value to vary over
     --> --vary:1:19
      |
    1 | team.people.staff=
      |                   ^
      |
      = help: write for example `10,20` or `10..30`

    1 error in the arguments
    "#);
}

#[test]
fn paths_and_ranges_that_cannot_be_are_refused() {
    let desk = small();
    let one = |vary: &str| desk.refused(&["--vary", vary]);
    insta::assert_snapshot!(one("team.people.shifts[3].staff=1,2"), @r#"
    error: `at_shift_end` is missing: it is required with `shifts`
      --> small.toml:13:7
       |
    13 | [team.people]
       |       ^^^^^^
       |
       = help: write `"finish"`, `"suspend"` or `"hand over"`

    error: an index is given to a table, not a list
     --> --vary:1:1
      |
    1 | team.people.shifts[3].staff=1,2
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error: expected a list, found a table
     --> --vary:1:1
      |
    1 | team.people.shifts[3].staff=1,2
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^

    3 errors in the scenario `small.toml`
    "#);
    insta::assert_snapshot!(one("target[0].share=0.5..0.9"), @r#"
    error: the range `0.5..0.9` has no step
     --> --vary:1:17
      |
    1 | target[0].share=0.5..0.9
      |                 ^^^^^^^^
      |
      = help: write for example `0.5..0.9:0.1`, or draw points between with `--samples 50`

    1 error in the arguments
    "#);
    insta::assert_snapshot!(one("seed=1..3"), @r#"
    error: `seed` cannot be varied: all points meet the same random numbers
     --> --vary:1:1
      |
    1 | seed=1..3
      | ^^^^
      |
      = help: use `--seed`

    1 error in the arguments
    "#);
    insta::assert_snapshot!(desk.refused(&["--vary", STAFF, "--vary", "team.people.staff=7"]), @r#"
    error: `team.people.staff` is varied twice
     --> --vary:1:1
      |
    1 | team.people.staff=7
      | ^^^^^^^^^^^^^^^^^
      |
      = help: put all its values into one `--vary`

    1 error in the arguments
    "#);
}

#[test]
fn what_would_take_too_long_or_make_no_sense_is_refused() {
    let desk = small();
    insta::assert_snapshot!(
        desk.refused(&["--vary", "team.people.staff=1..1000000000", "--vary", DISCIPLINE]), @r#"error: the sweep has 2,000,000,000 points, which with 20 replications each take 40,000,000,000 runs, more than the budget of 100,000: vary less, draw fewer points with `--samples 100`, take fewer `--replications`, or raise `--budget`"#);
    insta::assert_snapshot!(desk.refused(&["--vary", STAFF, "--budget", "50"]), @r#"error: the sweep has 3 points, which with 20 replications each take 60 runs, more than the budget of 50: vary less, draw fewer points with `--samples 100`, take fewer `--replications`, or raise `--budget`"#);
    insta::assert_snapshot!(desk.refused(&["--vary", STAFF, "--measure", "class/urgent/response_time/p9"]), @r#"error: there is no measure `class/urgent/response_time/p9`: the closest are `class/urgent/response_time/p90`, `class/urgent/response_time/p95`, `class/urgent/response_time/p99`, `class/urgent/response_time/p50`, `class/urgent/response_time/max`"#);
    insta::assert_snapshot!(desk.refused(&["--vary", STAFF, "--best", "team/people/utilization"]), @r#"error: neither more nor less of `team/people/utilization` is better, so no point is the best by it: name another measure, or show this one with `--measure`"#);
    insta::assert_snapshot!(
        desk.refused(&["--vary", STAFF, "--best", "open_at_end", "--indifference", "0%"]), @r#"error: `0%` is no difference in `open_at_end` above 0: write for example `5%` of the best, or `100`"#);
    insta::assert_snapshot!(
        desk.refused(&["--vary", STAFF, "--best", "open_at_end", "--replications", "3"]), @r#"error: 3 replications are too few to find the best: take at least 5"#);
    assert!(desk.refused(&[]).contains("--vary <PATH=VALUES>"));
}

#[test]
fn the_best_is_named_or_what_cannot_be_told_apart() {
    let desk = small();
    let text =
        desk.swept(&["--vary", STAFF, "--replications", "10", "--best", "class/other/response_time/mean"]);
    let told = in_one_line(&text);
    assert!(
        told.contains("By the least `class/other/response_time/mean`, the best is team.people.staff = 4: "),
        "{text}"
    );
    let shown = told.split("team.people.staff = 4: ").nth(1).and_then(|rest| rest.split(';').next());
    assert_eq!(told.matches(shown.expect("an estimate")).count(), 2, "the same in the table: {text}");
    assert!(told.contains("estimates: over the first 10 replications of each point"), "{text}");
    assert!(told.contains("95 % sure that it is the best or within"), "{text}");
    let table = rows(&desk.read("results/small-swept/sweep.csv"));
    let standings: Vec<&str> = table[1..].iter().map(|row| row[row.len() - 2].as_str()).collect();
    assert_eq!(standings, ["set aside", "set aside", "best"]);
    assert!(text.find("\n  4 ").expect("a row") < text.find("\n  3 ").expect("a row"), "best first: {text}");
    assert!(text.find("\n  3 ").expect("a row") < text.find("\n  2 ").expect("a row"), "best first: {text}");
    // what does not differ cannot be told apart; the indifference is far below what chance does
    let text = desk.swept(&[
        "--vary",
        "platform.none.answers=0.1,0.2",
        "--set",
        "platform.none={ answers = 0.1, response = \"1h\", to = \"kept\" }",
        "--set",
        "stage.desk.to.none=0.2",
        "--set",
        "stage.desk.to.kept=0.3",
        "--replications",
        "5",
        "--best",
        "class/urgent/response_time/mean",
        "--indifference",
        "1s",
        "--budget",
        "30",
    ]);
    assert!(in_one_line(&text).contains("these cannot be told apart within the budget of 30"), "{text}");
}

#[test]
fn a_point_without_a_value_cannot_be_ranked() {
    let desk = small();
    let refused = desk.sweep(&[
        "--vary",
        STAFF,
        "--set",
        "source.citizens.mix={ urgent = 0, other = 1 }",
        "--replications",
        "5",
        "--best",
        "class/urgent/response_time/mean",
    ]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("has no value in replication 1 of the point team.people.staff = 2"),
        "{}",
        refused.stderr
    );
}

/// M/M/c: the mean wait by Erlang's second formula, for every number of people of one sweep.
#[test]
fn a_sweep_over_the_staff_agrees_with_erlang_c() {
    const TEXT: &str = r#"
title    = "M/M/c"
start    = 2024-01-01T00:00:00
zone     = "UTC"
duration = "12000min"
warm_up  = "1000min"
classes  = ["all"]
[source.world]
rate = "8/min"
to   = "desk"
[team.people]
staff = 10
[stage.desk]
team = "people"
work = { exponential = { mean = "1min" } }
to   = "kept"
"#;
    let load = 8.0_f64;
    let wait = |servers: u64| {
        let blocked = (1..=servers).fold(1.0, |b, k| load * b / (k as f64 + load * b));
        let delayed = blocked / (1.0 - load / servers as f64 * (1.0 - blocked));
        delayed / (servers as f64 - load) * 60.0
    };
    let variants = Variants::of_text("theory.toml", TEXT);
    let factors =
        Factor::parse_all(&["team.people.staff=9..13".to_owned()]).unwrap_or_else(|e| panic!("{e}"));
    let factor = &factors[0];
    let points: Vec<Arc<Model>> = (0..5)
        .map(|idx| {
            let scenario =
                variants.compile(&[(factor, &factor.level(idx))]).unwrap_or_else(|e| panic!("{e}"));
            Arc::new(Model::new(scenario.plan).expect("small"))
        })
        .collect();
    let never = AtomicBool::new(false);
    let sweep =
        Sweep { points: &points, seed: 5, replications: 40, max_in_system: 1_000_000, cancel: &never };
    let mut checked = 0;
    let done = sweep.run(
        &[0, 1, 2, 3, 4],
        |point, model, collected| {
            let measure = Measure::named("stage/desk/waiting_time/mean", model.plan()).expect("a stage");
            let found = measured(model.plan(), &collected, measure).expect("cases");
            let (lo, hi) = found.interval.expect("40 replications");
            let expected = wait(9 + point as u64);
            // the 97.5 % quantile of Student's t with 39 degrees of freedom is 2.0227
            let z = (found.mean - expected) / ((hi - lo) / 2.0 / 2.0227);
            assert!(z.abs() < 4.0, "{} people: {} s, expected {expected} s, z {z}", 9 + point, found.mean);
            assert!((hi - lo) / 2.0 < 0.03 * expected, "{} people: {lo} to {hi}", 9 + point);
            checked += 1;
            Ok::<(), PointHalt>(())
        },
        &NoProgress,
    );
    assert_eq!((done, checked), (Ok(()), 5));
}

#[test]
fn the_shipped_scenario_can_be_swept() {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/january-2015.toml");
    let dir = TempDir::new().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_vigie"))
        .arg("sweep")
        .arg(scenario)
        .args(["--vary", "team.pharos.shifts[0].staff=13,40", "--replications", "2"])
        .current_dir(dir.path())
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

/// One person for 20 reports an hour of 5 minutes each: of 100 minutes of work an hour, 40 are left.
#[test]
fn points_that_are_cut_short_are_warned_of() {
    let desk = small();
    let vary = ["--vary", "team.people.staff=1..2", "--vary", DISCIPLINE, "--replications", "3"];
    let text = desk.swept(&vary);
    assert!(text.contains("\n  1      fifo !  "), "{text}");
    assert!(text.contains("\n  2      fifo    "), "{text}");
    assert!(text.contains("WARNINGS\n  - at 2 of 4 points, more than 5 cases"), "{text}");
    let json: Json = serde_json::from_str(&desk.read("results/small-swept/sweep.json")).expect("JSON");
    assert_eq!(json["warnings"].as_array().map(Vec::len), Some(1));
    let point = &json["points"][0];
    let mean = |found: &Json| found["mean"].as_f64().expect("a number");
    // by hand: 20/h for three days, a fifth of it urgent; 40 of each 100 minutes of work are left
    let (urgent, other) = (mean(&point["reports"]["urgent"]), mean(&point["reports"]["other"]));
    assert!((urgent + other - 1440.0).abs() < 150.0 && (urgent - 288.0).abs() < 60.0, "{urgent}, {other}");
    assert!((mean(&point["open_at_end"]) / (urgent + other) - 0.4).abs() < 0.1, "{point}");
    assert!(desk.read("results/small-swept/index.html").contains("at 2 of 4 points, more than 5 cases"));
}

#[test]
fn other_reports_are_said_to_be_others() {
    let desk = small();
    let text = desk.swept(&["--vary", "source.citizens.rate=100/day,400/day", "--replications", "2"]);
    assert!(text.contains("the reports differ from point to point."), "{text}");
    let text = desk.swept(&["--vary", STAFF, "--replications", "2"]);
    assert!(text.contains("the same reports meet every point."), "{text}");
}

#[test]
fn points_of_another_time_are_refused() {
    let desk = small();
    insta::assert_snapshot!(
        desk.refused(&["--vary", "duration=3 days,4 days,5 days", "--vary", STAFF]), @r#"error: the points cannot be compared with each other: `duration` is `3d` at the first and `4d` at another; the numbers would not be of the same time: leave out `--vary duration`"#);
    for (vary, key) in [
        ("warm_up=0s,1 day", "warm_up"),
        ("bucket=1h,2h", "bucket"),
        ("zone=UTC,Europe/Paris", "zone"),
        ("start=2025-03-03T00:00:00,2025-03-04T00:00:00", "start"),
    ] {
        let said = desk.refused(&["--vary", vary]);
        assert!(said.ends_with(&format!("leave out `--vary {key}`")), "{said}");
    }
}

#[test]
fn a_measure_that_was_asked_for_is_in_the_table() {
    let desk = small();
    let arguments = ["--vary", STAFF, "--replications", "2", "--measure", "stage/desk/queue/max"];
    let text = desk.swept(&[&arguments[..], &["--measure", "team/people/utilization"]].concat());
    let table = text.split("POINTS").nth(1).expect("a table");
    assert!(table.contains("most waiting at") && table.contains("share of the time"), "{text}");
}
