//! Variants against their base: what the program says of them, and whether its intervals hold.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use tempfile::TempDir;
use vigie::experiment::{Effort, Measure, NoProgress, PairedExperiment};
use vigie::model::Model;
use vigie::scenario;

use crate::desk::{Desk, Ended, SMALL, names_in, run_vigie};

/// Runs `vigie compare` in a folder.
fn compare(folder: &Path, arguments: &[&str]) -> Ended {
    run_vigie(folder, &[&["compare"], arguments].concat())
}

/// A folder with the small scenario in it, whose target two people miss.
fn desk() -> Desk {
    Desk::with(
        &SMALL.replace("15 min", "5 min").replace("15min", "5min").replace("share  = 0.5", "share  = 0.9"),
    )
}

/// Compares shipped scenarios, the base first, and gives the JSON.
fn shipped(arguments: &[&str]) -> Value {
    let out = TempDir::new().expect("a temporary folder");
    let dir = out.path().join("compared");
    let mut all: Vec<&str> = arguments.to_vec();
    all.extend(["--format", "json", "--out", dir.to_str().expect("UTF-8")]);
    let ended = compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &all);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).expect("only JSON")
}

fn measure<'a>(variant: &'a Value, name: &str) -> &'a Value {
    let measures = variant["measures"].as_array().expect("a list");
    measures.iter().find(|measure| measure["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

/// Checks which way measures of a variant change, by their names.
fn check(variant: &Value, expected: &[(&str, &str)]) {
    for (name, change) in expected {
        let found = measure(variant, name);
        assert_eq!(found["change"], *change, "{name}: {found}");
    }
}

#[test]
fn the_same_reports_make_differences_known_better() {
    let json = shipped(&["january-2015.toml", "--set", "team.pharos.shifts[0].staff=14"]);
    let variant = &json["variants"][0];
    assert_eq!(variant["same_reports"], true);
    // measured with seed 1 and 20 replications: 8.5 and 10.6
    for name in ["target/terrorism looked at within 24 h", "stage/cross_check/waiting_time/mean"] {
        let found = measure(variant, name);
        assert_eq!(found["change"], "better", "{name}");
        let reduction = found["variance_reduction"].as_f64().expect("a number");
        assert!(reduction >= 5.0, "{name}: only {reduction} times fewer replications");
    }
}

/// The mean waiting time in an M/M/c queue, in minutes, for an arrival rate and a service rate per hour, by Erlang's C
/// formula: C/(cμ − λ), with C = B/(1 − ρ(1 − B)) and B by its recursion in the number of servers.
fn mean_wait(servers: u32, arrivals: f64, services: f64) -> f64 {
    let load = arrivals / services;
    let blocked = (1..=servers).fold(1.0, |b, c| load * b / (f64::from(c) + load * b));
    let busy = load / f64::from(servers);
    let waits = blocked / (1.0 - busy * (1.0 - blocked));
    60.0 * waits / (f64::from(servers) * services - arrivals)
}

#[test]
fn paired_intervals_hold_the_true_difference() {
    const EXPERIMENTS: u64 = 400;
    let model = |staff: u32| {
        let text = format!(
            "title = \"queue\"\nstart = 2024-01-01T00:00:00\nzone = \"UTC\"\nduration = \"6 days\"\n\
             warm_up = \"1 day\"\nclasses = [\"all\"]\n[source.world]\nrate = \"18/h\"\nto = \"desk\"\n[team.people]\n\
             staff = {staff}\n[stage.desk]\nteam = \"people\"\nwork = {{ exponential = {{ mean = \"5min\" }} }}\n\
             to = \"kept\"\n"
        );
        let scenario = scenario::compile_text("queue", &text).unwrap_or_else(|error| panic!("{error}"));
        Model::new(scenario.plan).unwrap_or_else(|error| panic!("{error}"))
    };
    let (two, three) = (model(2), model(3));
    let truth = 60.0 * (mean_wait(3, 18.0, 12.0) - mean_wait(2, 18.0, 12.0));
    // tables of Erlang's C for an offered load of 1.5: 0.6429 with two people and 0.2368 with three
    assert!((truth / 60.0 + 6.43 - 0.79).abs() < 0.01, "{truth}");
    let cancel = AtomicBool::new(false);
    let wait = Measure::named("stage/desk/waiting_time/mean", two.plan()).expect("a desk");
    let (mut holding, mut reduction) = (0_u64, 0.0);
    for seed in 0..EXPERIMENTS {
        let experiment = PairedExperiment {
            base: &two,
            variants: &[&three],
            seed,
            effort: Effort::Replications(10),
            max_in_system: 100_000,
            cancel: &cancel,
        };
        let paired = experiment.run(&NoProgress).unwrap_or_else(|halt| panic!("{halt}"));
        let runs = ((two.plan(), &paired.base), (three.plan(), &paired.variants[0]));
        let found = wait.difference(runs.0, runs.1, 0.95).expect("cases waited");
        let (lo, hi) = found.difference.bounds.expect("ten replications");
        holding += u64::from(lo <= truth && truth <= hi);
        reduction += found.variance_reduction.expect("chance") / EXPERIMENTS as f64;
    }
    let covered = holding as f64 / EXPERIMENTS as f64;
    assert!((0.92..=0.98).contains(&covered), "{covered} of the intervals hold {truth}");
    assert!(reduction > 1.0, "the same reports are worth something: {reduction}");
}

#[test]
fn a_variant_that_is_the_base_is_the_same_in_everything() {
    let dir = desk();
    let ended = compare(dir.folder(), &["small.toml", "small.toml", "--set", "seed=1", "--format", "json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let json: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    for variant in json["variants"].as_array().expect("a list") {
        assert!(variant["variance_reduction"].is_null() && variant["same_reports"] == true);
        for measure in variant["measures"].as_array().expect("a list") {
            assert_eq!(measure["change"], "same", "{measure}");
            assert_eq!(measure["difference"]["mean"], 0.0, "{measure}");
            assert_eq!(measure["base"], measure["variant"]);
        }
    }
    let text = compare(dir.folder(), &["small.toml", "small.toml"]);
    assert!(
        text.stdout.contains("With A, nothing that is shown changes in any replication."),
        "{}",
        text.stdout
    );
}

#[test]
fn it_prints_the_answer_and_leaves_a_results_folder() {
    let dir = desk();
    fs::write(dir.folder().join("small-three.toml"), "extends = \"small.toml\"\n[team.people]\nstaff = 3\n")
        .expect("written");
    let ended = compare(dir.folder(), &["small.toml", "small-three.toml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.starts_with("One desk, compared with a variant\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("\nWith three, 'at work within 5 min' rises from "), "{}", ended.stdout);
    for said in [
        "WHAT GETS BETTER\n",
        "WHAT GETS WORSE\n",
        "COMMON RANDOM NUMBERS\n",
        "Results are in results/small-compared: open index.html\n",
    ] {
        assert!(ended.stdout.contains(said), "{said} is missing:\n{}", ended.stdout);
    }
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 100));
    let results = dir.folder().join("results/small-compared");
    assert_eq!(names_in(&results), ["comparison.json", "index.html", "manifest.json", "plots"]);
    assert_eq!(names_in(&results.join("plots")), ["differences.svg"]);
    let again = compare(dir.folder(), &["small.toml", "small-three.toml", "--quiet"]);
    assert_eq!((again.code, again.stdout.as_str(), again.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let dir = desk();
    let list = "team.people.staff=3; stage.desk.discipline=\"fifo\"";
    let run = |threads: &str, out: &str| {
        let arguments = ["small.toml", "--set", list, "--set", "team.people.staff=4", "--threads", threads];
        let ended = compare(dir.folder(), &[&arguments[..], &["--format", "json", "--out", out]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    let (one, two) = (run("1", "a"), run("2", "b"));
    assert_eq!(one, two);
    let read = |name: &str| fs::read_to_string(dir.folder().join(name)).expect("readable");
    assert_eq!(one, read("a/comparison.json"));
    assert_eq!(read("a/plots/differences.svg"), read("b/plots/differences.svg"));
    let json: Value = serde_json::from_str(&one).expect("only JSON");
    assert_eq!(json["schema"], "vigie.comparison/1");
    assert_eq!(
        json["variants"][0]["changes"],
        serde_json::json!(["team.people.staff=3", "stage.desk.discipline=\"fifo\""])
    );
    assert_eq!(json["variants"][0]["name"], list);
    assert!((json["confidence"].as_f64().expect("a number") - 0.975).abs() < 1e-12, "two variants together");
}

#[test]
fn precision_is_that_of_the_differences() {
    let dir = desk();
    let arguments = ["small.toml", "--set", "team.people.staff=3", "--precision", "4%", "--format", "json"];
    let ended = compare(dir.folder(), &arguments);
    let json: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert!(json["replications"].as_u64().expect("a number") > 10, "{}", json["replications"]);
    for measure in json["variants"][0]["measures"].as_array().expect("a list") {
        let name = measure["name"].as_str().expect("a name");
        if name.starts_with("target/") || name.ends_with("/response_time/mean") {
            let [lo, hi] = ["lo", "hi"].map(|end| measure["difference"][end].as_f64().expect("a number"));
            let base = measure["base"]["mean"].as_f64().expect("a number");
            assert!((hi - lo) / 2.0 <= 0.04 * base, "{measure}");
        }
    }
}

#[test]
fn what_is_set_for_all_is_set_for_all() {
    let dir = desk();
    let arguments =
        ["small.toml", "--set", "team.people.staff=3", "--set-all", "duration=2 days", "--format", "json"];
    let ended = compare(dir.folder(), &arguments);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let json: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(json["duration"], 172_800.0);
    // by hand: one person more for two days
    assert_eq!(measure(&json["variants"][0], "team/people/staff_hours")["difference"]["mean"], 48.0);
}

#[test]
fn mistakes_are_shown_at_their_place_and_nothing_is_written() {
    let dir = desk();
    let write = |name: &str, text: &str| fs::write(dir.folder().join(name), text).expect("written");
    write("wrong.toml", "extends = \"small.toml\"\n[team.people]\nstuff = 3\n");
    write("longer.toml", "extends = \"small.toml\"\nduration = \"4 days\"\nbucket = \"2h\"\n");
    write("a-little-longer.toml", "extends = \"small.toml\"\nduration = \"259201s\"\n");
    let before = names_in(dir.folder());
    for (arguments, said) in [
        (vec!["small.toml"], "there is nothing to compare with: name a variant file after the base"),
        (vec![], "BASE"),
        (vec!["small.toml", "wrong.toml"], "wrong.toml:3:1"),
        (vec!["small.toml", "wrong.toml"], "did you mean `staff`"),
        (vec!["small.toml", "--set", "team.people.stuff=3"], "--set:1:1"),
        (vec!["small.toml", "--set", "team.people.staff=none"], "--set:1:19"),
        (vec!["small.toml", "--set", "seed=2; team.people.staff"], "has no `=`"),
        (vec!["small.toml", "--set", " ; "], "changes nothing"),
        (vec!["small.toml", "--set", "team.people.staff=3", "--set-all", "tilte=x"], "did you mean `title`"),
        (vec!["small.toml", "missing.toml"], "cannot read `missing.toml`"),
        (vec!["missing.toml", "small.toml"], "cannot read `missing.toml`"),
        (
            vec!["small.toml", "longer.toml"],
            "its `duration` is `4d`, the base's `3d`; its `bucket` is `2h`, the base's `1h`",
        ),
        (vec!["small.toml", "a-little-longer.toml"], "cannot be compared with `small`: its `duration` is"),
        (vec!["small.toml", "--set", "zone=\"UTC\""], "its `zone` is `UTC`, the base's `Europe/Paris`"),
        (vec!["small.toml", "small.toml", "--precision", "0%"], "precision"),
    ] {
        let ended = compare(dir.folder(), &arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
    let both = compare(dir.folder(), &["small.toml", "wrong.toml", "longer.toml", "missing.toml"]);
    for said in ["wrong.toml:3:1", "cannot read `missing.toml`", "`longer` cannot be compared with `small`"] {
        assert!(both.stderr.contains(said), "all mistakes at once: {}", both.stderr);
    }
    assert_eq!(names_in(dir.folder()), before, "nothing is written");
}

#[test]
fn a_variant_that_grows_too_large_is_named() {
    let dir = desk();
    let arguments = ["small.toml", "--set", "team.people.staff=1", "--max-in-system", "300"];
    let ended = compare(dir.folder(), &arguments);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("\nin the simulation of `team.people.staff=1`:\n"), "{}", ended.stderr);
    assert_eq!(names_in(dir.folder()), ["small.toml"]);
}

#[test]
fn other_reports_are_said_to_be_others() {
    let dir = desk();
    let ended = compare(dir.folder(), &["small.toml", "--set", "source.citizens.rate=22/h"]);
    assert!(ended.stdout.contains("does not meet the same reports as the base"), "{}", ended.stdout);
    assert!(ended.stdout.contains("though the"), "{}", ended.stdout);
}

#[test]
fn without_the_emergency_procedure_requests_take_longer() {
    let json = shipped(&["november-2015.toml", "november-2015-without-procedure.toml"]);
    check(
        &json["variants"][0],
        &[
            ("target/all requests within 90 min", "worse"),
            ("target/terrorism removed within 1 h", "worse"),
            ("class/request/response_time/mean", "worse"),
            ("class/request/reports", "same"),
        ],
    );
    let target = &measure(&json["variants"][0], "target/all requests within 90 min")["target"];
    assert_eq!((&target["base_verdict"], &target["variant_verdict"]), (&"met".into(), &"missed".into()));
}

#[test]
fn the_order_in_the_surge_is_paid_by_those_who_come_last() {
    let json = shipped(&[
        "january-2015.toml",
        "january-2015-first-come.toml",
        "january-2015-earliest-deadline.toml",
    ]);
    let share = |variant: usize| {
        let found = measure(&json["variants"][variant], "target/terrorism looked at within 24 h");
        found["variant"]["mean"].as_f64().expect("a number")
    };
    for variant in 0..2 {
        check(
            &json["variants"][variant],
            &[
                ("target/terrorism looked at within 24 h", "worse"),
                ("class/terrorism/response_time/mean", "worse"),
                ("class/fraud/response_time/mean", "better"),
                ("class/terrorism/reports", "same"),
            ],
        );
    }
    assert!(share(1) > share(0), "a deadline is better for terrorism than no order at all");
}

#[test]
fn the_same_hours_round_the_clock_meet_more_reports_soon() {
    let json = shipped(&["january-2015.toml", "january-2015-round-the-clock.toml"]);
    let variant = &json["variants"][0];
    let hours = measure(variant, "team/pharos/staff_hours");
    let [base, spread] = ["base", "variant"].map(|whose| hours[whose]["mean"].as_f64().expect("a number"));
    assert!((spread / base - 1.0).abs() < 0.01, "{base} h and {spread} h");
    check(
        variant,
        &[
            ("target/terrorism looked at within 1 h", "better"),
            ("target/looked at within a weekend", "better"),
            ("stage/cross_check/queue/max", "better"),
        ],
    );
}

#[test]
fn a_platform_that_answers_turns_its_target() {
    let json = shipped(&["january-2015.toml", "january-2015-twitter-answers.toml"]);
    let variant = &json["variants"][0];
    check(
        variant,
        &[
            ("target/Twitter answers within 24 h", "better"),
            ("platform/twitter/answered", "better"),
            ("class/terrorism/response_time/mean", "better"),
            ("target/Facebook answers within 24 h", "same"),
            ("class/terrorism/removed", "changed"),
        ],
    );
    let target = &measure(variant, "target/Twitter answers within 24 h")["target"];
    assert_eq!((&target["base_verdict"], &target["variant_verdict"]), (&"missed".into(), &"met".into()));
}

#[test]
fn the_sooner_people_are_called_in_the_shorter_the_queue() {
    let json =
        shipped(&["january-2015.toml", "january-2015-call-in-3h.toml", "january-2015-call-in-12h.toml"]);
    let longest = |variant: usize| {
        let found = measure(&json["variants"][variant], "stage/cross_check/queue/max");
        assert_eq!(found["change"], "better");
        found["variant"]["mean"].as_f64().expect("a number")
    };
    assert!(longest(0) < longest(1), "after 3 h against 12 h");
    for variant in json["variants"].as_array().expect("a list") {
        check(
            variant,
            &[("target/terrorism looked at within 24 h", "better"), ("team/pharos/staff_hours", "worse")],
        );
    }
}

/// Of 90 minutes of work an hour, one person leaves a third.
#[test]
fn overloads_are_warned_of_with_the_name_of_who_has_them() {
    let dir = desk();
    let ended = compare(dir.folder(), &["small.toml", "--set", "team.people.staff=1", "--replications", "1"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let said = "in `team.people.staff=1`: team `people` is offered more work than it can do";
    assert!(ended.stderr.starts_with(&format!("warning: {said}")), "{}", ended.stderr);
    let results = dir.folder().join("results/small-compared");
    let json: Value =
        serde_json::from_str(&fs::read_to_string(results.join("comparison.json")).expect("written"))
            .expect("JSON");
    assert!(json["warnings"][0].as_str().expect("a text").starts_with(said), "{}", json["warnings"]);
    assert!(ended.stdout.contains("a single replication cannot tell"), "{}", ended.stdout);
    let both = ["small.toml", "--set", "stage.desk.discipline=\"fifo\"", "--set-all", "team.people.staff=1"];
    let ended = compare(dir.folder(), &[&both[..], &["--replications", "2"]].concat());
    assert!(
        ended.stderr.starts_with("warning: in the base and every variant: team `people`"),
        "{}",
        ended.stderr
    );
}
