//! The verdicts of the program, its exit codes, its files.

use std::fs;
use std::io::Read as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::desk::{Desk, Ended, SMALL};

/// One desk with gates: its target, and three that compare with a baseline.
fn gated() -> String {
    format!(
        r#"{SMALL}
[[gate]]
name   = "urgent cases are decided"
class  = "urgent"
expect = "p(95) <= baseline + 5%"

[[gate]]
name   = "the queue"
stage  = "desk"
expect = "max(queue) < 500"

[[gate]]
name   = "reports of citizens"
source = "citizens"
class  = "other"
expect = "share(<= 12h) >= baseline - 1 point"
"#
    )
}

/// A folder with the desk and its baseline.
fn accepted() -> Desk {
    let desk = Desk::with(&gated());
    let ended = desk.vigie(&["gate", "small.toml", "--accept"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    assert_eq!(ended.stdout, "results/baselines/small.json is new: 100 replications\n");
    desk
}

/// The verdicts as JSON; the exit code must be this.
fn verdicts(desk: &Desk, arguments: &[&str], code: i32) -> Value {
    let ended = desk.vigie(&[&["gate", "small.toml", "--format", "json"], arguments].concat());
    assert_eq!(ended.code, Some(code), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stderr, "");
    serde_json::from_str(&ended.stdout).expect("JSON alone")
}

/// The gate of this name.
fn named<'a>(verdicts: &'a Value, name: &str) -> &'a Value {
    let gates = verdicts["scenarios"][0]["gates"].as_array().expect("a list");
    gates.iter().find(|gate| gate["name"] == name).unwrap_or_else(|| panic!("{name} is not there"))
}

#[test]
fn what_has_not_changed_passes_to_the_last_bit() {
    let desk = accepted();
    let verdicts = verdicts(&desk, &[], 0);
    assert_eq!(verdicts["verdict"], "passed");
    let same = named(&verdicts, "same results as the baseline");
    assert_eq!((&same["verdict"], &same["value"]["mean"]), (&"passed".into(), &0.0.into()));
    let urgent = named(&verdicts, "urgent cases are decided");
    let number = |of: &Value| of.as_f64().expect("a number");
    let width = number(&urgent["margin"]["hi"]) - number(&urgent["margin"]["lo"]);
    assert!(
        width > 0.0 && width < 0.15 * number(&urgent["margin"]["mean"]).abs(),
        "5 % of what varies: {urgent}"
    );
    assert_eq!(verdicts["scenarios"][0]["baseline"]["state"], "exact");
    assert_eq!(verdicts["scenarios"][0]["replications"], 20, "no more are needed");
    // the same for any number of threads, and with any number of replications that the baseline has
    let text = |arguments: &[&str]| desk.vigie(&[&["gate", "small.toml"], arguments].concat()).stdout;
    assert_eq!(text(&["--threads", "1"]), text(&["--threads", "2"]));
    assert_eq!(self::verdicts(&desk, &["--replications", "50"], 0)["verdict"], "passed");
}

#[test]
fn a_policy_that_worsens_a_target_fails_and_says_by_how_much_and_why() {
    let desk = accepted();
    let verdicts = verdicts(&desk, &["--set", "team.people.staff=1"], 3);
    assert_eq!(verdicts["verdict"], "failed");
    assert_eq!(verdicts["scenarios"][0]["baseline"]["state"], "statistical");
    let target = named(&verdicts, "at work within 15 min");
    assert_eq!((&target["verdict"], &target["comparison"]), (&"failed".into(), &">=".into()));
    assert_eq!(target["threshold"], 0.5);
    let urgent = named(&verdicts, "urgent cases are decided");
    let number = |of: &Value| of.as_f64().expect("a number");
    let (threshold, value) = (number(&urgent["threshold"]), &urgent["value"]);
    assert!(number(&value["lo"]) > threshold && number(&value["hi"]) > number(&value["mean"]), "{urgent}");
    assert!((threshold / number(&urgent["baseline"]) - 1.05).abs() < 1e-9);
    let reasons = urgent["reasons"].to_string();
    assert!(reasons.contains("what has grown most since the baseline is waiting at `desk`: "), "{reasons}");
    assert!(reasons.contains(" instead of "), "{reasons}");
    let text = desk.vigie(&["gate", "small.toml", "--set", "team.people.staff=1"]);
    assert!(
        text.stdout.contains("waiting at `desk`") && text.stdout.starts_with("FAILED"),
        "{}",
        text.stdout
    );
}

#[test]
fn a_change_too_small_to_tell_is_inconclusive_and_one_that_improves_passes() {
    let desk = Desk::with(&gated().replace("baseline + 5%", "baseline"));
    assert_eq!(desk.vigie(&["gate", "small.toml", "--accept"]).code, Some(0));
    // a thousandth more reports: the wait is a little longer, but chance moves it more
    let slight = verdicts(&desk, &["--set", "source.citizens.rate=20.02/h"], 4);
    let urgent = named(&slight, "urgent cases are decided");
    assert_eq!(urgent["verdict"], "inconclusive", "{urgent}");
    assert_eq!(slight["scenarios"][0]["replications"], 100, "all that are allowed were tried");
    let reasons = urgent["reasons"].to_string();
    assert!(reasons.contains("lies within the interval after 100 replications"), "{reasons}");
    let better = verdicts(&desk, &["--set", "team.people.staff=3"], 0);
    assert_eq!(better["verdict"], "passed");
}

#[test]
fn warnings_and_what_is_off_fail_nothing() {
    let with = |level: &str| {
        let text = SMALL.replace("share  = 0.5", "share  = 0.999");
        let gate = "[[gate]]\nname = \"g\"\ntarget = \"at work within 15 min\"\nexpect = \"share >= goal\"";
        Desk::with(&format!("{text}\n{gate}\nlevel = \"{level}\"\n"))
    };
    assert_eq!(verdicts(&with("error"), &[], 3)["verdict"], "failed");
    for (level, verdict) in [("warn", "failed"), ("off", "skipped")] {
        let verdicts = verdicts(&with(level), &[], 0);
        assert_eq!(verdicts["verdict"], "passed");
        assert_eq!(named(&verdicts, "g")["verdict"], verdict);
        assert!(verdicts["warnings"].to_string().contains("nothing here can fail"), "{verdicts}");
    }
}

#[test]
fn nothing_to_judge_is_warned_of() {
    let (without, _) = SMALL.split_once("[[target]]").expect("there is a target");
    let verdicts = verdicts(&Desk::with(without), &[], 0);
    assert!(verdicts["warnings"].to_string().contains("neither a target nor a gate"), "{verdicts}");
}

fn is_invalid(ended: &Ended, parts: &[&str]) {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}

#[test]
fn what_is_invalid_is_shown_at_its_place_before_anything_runs() {
    let desk = Desk::new();
    desk.write("wrong.toml", &SMALL.replace("staff = 2", "staf = 2"));
    is_invalid(&desk.vigie(&["gate", "wrong.toml"]), &["wrong.toml:14:1", "did you mean `staff`?"]);
    is_invalid(&desk.vigie(&["gate", "nowhere.toml"]), &["nowhere.toml", "no such file"]);
    desk.write("gates.toml", "[[gate]]\nname = \"g\"\nclass = \"urgnt\"\nexpect = \"p(95) <= 1h\"\n");
    is_invalid(
        &desk.vigie(&["gate", "small.toml"]),
        &[
            "gates.toml:3:9",
            "unknown class `urgnt`",
            "did you mean `urgent`?",
            "the gates of `small`: `gates.toml`",
        ],
    );
    // the file of gates is no scenario, though `*.toml` names it
    is_invalid(&desk.vigie(&["gate", "gates.toml"]), &["there is no scenario to gate"]);
    desk.write("gates.toml", "[[gate]]\nname = \"g\"\nscenario = \"smal\"\nexpect = \"p(95) <= 1h\"\n");
    is_invalid(&desk.vigie(&["gate", "small.toml"]), &["gates.toml:3:12", "no scenario `smal`", "`small`?"]);
    desk.write("gates.toml", "targets = \"share >= gaol\"\n");
    is_invalid(&desk.vigie(&["gate", "small.toml"]), &["gates.toml:1:21", "cannot read `gaol`"]);
    is_invalid(&desk.vigie(&["gate"]), &["SCENARIO"]);
    fs::remove_file(desk.path("gates.toml")).expect("removed");
    is_invalid(&desk.vigie(&["gate", "small.toml", "./small.toml"]), &["two scenarios are called `small`"]);
    assert_eq!(desk.files(), ["small.toml", "wrong.toml"], "nothing is written");
}

#[test]
fn a_baseline_that_is_missing_or_stale_is_said_and_not_guessed_around() {
    let desk = Desk::with(&gated());
    let missing = verdicts(&desk, &[], 4);
    assert_eq!(missing["scenarios"][0]["baseline"]["state"], "missing");
    let reasons = named(&missing, "urgent cases are decided")["reasons"].to_string();
    assert!(reasons.contains("record it with `vigie gate --accept small.toml`"), "{reasons}");
    assert_eq!(named(&missing, "the queue")["verdict"], "passed", "what needs none is judged");
    let desk = accepted();
    let doctored = |from: &str, to: &str| {
        let text = desk.read("results/baselines/small.json");
        assert!(text.contains(from), "{from} is there");
        desk.write("results/baselines/small.json", &text.replace(from, to));
    };
    doctored("\"engine_semantics\": ", "\"engine_semantics\": 9");
    let stale = verdicts(&desk, &[], 4);
    assert_eq!(stale["scenarios"][0]["baseline"]["state"], "stale");
    let reasons = named(&stale, "urgent cases are decided")["reasons"].to_string();
    assert!(reasons.contains("recorded with engine semantics 9"), "{reasons}");
    let stale = desk.vigie(&["gate", "small.toml"]);
    assert!(stale.stdout.contains("STALE"), "{}", stale.stdout);
    // an older baseline, without what a newer gate compares
    let desk = accepted();
    desk.write(
        "small.toml",
        &format!("{}\n[[gate]]\nname = \"new\"\nexpect = \"open_at_end <= baseline\"\n", gated()),
    );
    let older = verdicts(&desk, &[], 4);
    let reasons = named(&older, "new")["reasons"].to_string();
    assert!(reasons.contains("has no `open_at_end`") && reasons.contains("--accept"), "{reasons}");
    assert_eq!(named(&older, "same results as the baseline")["verdict"], "passed", "gates change no results");
}

#[test]
fn another_program_that_computes_other_numbers_is_found() {
    let desk = accepted();
    let text = desk.read("results/baselines/small.json");
    let (before, after) = text.split_once("\"digests\": \"").expect("there are digests");
    let other = if after.starts_with('0') { '1' } else { '0' };
    desk.write("results/baselines/small.json", &format!("{before}\"digests\": \"{other}{}", &after[1..]));
    let found = verdicts(&desk, &[], 3);
    let same = named(&found, "same results as the baseline");
    assert_eq!((&same["verdict"], &same["value"]["mean"]), (&"failed".into(), &1.0.into()));
    assert!(same["reasons"].to_string().contains("replication 1 is another one"), "{same}");
    desk.write("gates.toml", "unchanged = \"warn\"\n");
    assert_eq!(verdicts(&desk, &[], 0)["verdict"], "passed");
}

#[test]
fn what_is_no_baseline_is_refused_and_may_be_replaced() {
    let desk = accepted();
    let text = desk.read("results/baselines/small.json");
    desk.write("results/baselines/small.json", &format!("<<<<<<< ours\n{text}"));
    is_invalid(&desk.vigie(&["gate", "small.toml"]), &["small.json", "conflict markers", "`--accept`"]);
    let again = desk.vigie(&["gate", "small.toml", "--accept"]);
    assert_eq!(again.code, Some(0));
    assert!(again.stderr.contains("is replaced"), "{}", again.stderr);
    assert_eq!(desk.read("results/baselines/small.json"), text);
}

#[test]
fn accepting_says_what_has_changed() {
    let desk = accepted();
    let again = desk.vigie(&["gate", "small.toml", "--accept"]);
    assert_eq!(again.stdout, "results/baselines/small.json is as it was\n");
    let text = gated().replace("staff = 2", "staff = 3");
    desk.write("small.toml", &text);
    let changed = desk.vigie(&["gate", "small.toml", "--accept"]);
    assert!(
        changed
            .stdout
            .starts_with("results/baselines/small.json is recorded again:\n  the scenario has changed\n")
    );
    assert!(changed.stdout.contains("  stage/desk/waiting_time/mean: "), "{}", changed.stdout);
    assert!(changed.stdout.contains(" -> ") && changed.stdout.contains("(-"), "{}", changed.stdout);
}

#[test]
fn every_form_can_be_written_to_a_file_whatever_the_verdict() {
    let desk = accepted();
    let files = ["--json=out/gate.json", "--markdown=out/gate.md", "--junit=out/gate.xml"];
    let set = ["--set", "team.people.staff=1"];
    let ended = desk.vigie(&[&["gate", "small.toml", "--quiet"][..], &files, &set].concat());
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(3), "", ""));
    for (form, file) in [("json", "gate.json"), ("markdown", "gate.md"), ("junit", "gate.xml")] {
        let printed = desk.vigie(&[&["gate", "small.toml", "--format", form][..], &set].concat());
        assert_eq!(printed.stdout, desk.read(&format!("out/{file}")), "{form}");
    }
    let junit = desk.read("out/gate.xml");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!((count("testsuite"), count("testcase")), (1, 4));
    assert!(count("failure") >= 1);
    let markdown = desk.read("out/gate.md");
    assert!(markdown.starts_with("<!-- vigie gate -->\n"), "{markdown}");
    let refused = desk.vigie(&["gate", "small.toml", "--json", "small.toml/gate.json"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
}

/// Kills the program again and again while it records a baseline: what is there is always a whole one.
#[test]
fn a_killed_run_leaves_no_half_written_baseline() {
    let desk = accepted();
    let old = desk.read("results/baselines/small.json");
    desk.write("small.toml", &gated().replace("staff = 2", "staff = 3"));
    let start = || -> Child {
        let mut command = desk.command(&["gate", "small.toml", "--accept", "--quiet"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
    };
    for delay in (0..12).map(|i| Duration::from_millis(1 << i)) {
        let mut child = start();
        std::thread::sleep(delay);
        let was_running = child.try_wait().expect("it is ours").is_none();
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        let now = desk.read("results/baselines/small.json");
        assert!(now == old || (now.starts_with('{') && now.ends_with("}\n")), "{now}");
        serde_json::from_str::<Value>(&now).expect("a whole one");
        if !was_running {
            break;
        }
    }
    // a new baseline takes the old one's place: who reads the old one meanwhile reads it to its end
    desk.write("results/baselines/small.json", &old);
    let mut open = fs::File::open(desk.path("results/baselines/small.json")).expect("there");
    assert!(start().wait().expect("it ends").success());
    let mut seen = String::new();
    open.read_to_string(&mut seen).expect("readable");
    assert_eq!(seen, old, "it was not written into");
    assert_ne!(desk.read("results/baselines/small.json"), old);
    let names = crate::desk::names_in(&desk.path("results/baselines"));
    assert_eq!(names, ["small.json"], "what the killed left is taken away");
}

#[test]
fn shipped_scenarios_are_what_their_baselines_say() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenarios: Vec<String> = crate::docs::shipped_scenarios()
        .iter()
        .map(|path| path.strip_prefix(root).expect("ours").display().to_string())
        .filter(|path| !path.contains("bench"))
        .collect();
    let names: Vec<&str> = scenarios.iter().map(String::as_str).collect();
    let ended = crate::desk::run_vigie(root, &[&["gate"], names.as_slice()].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let n_same = ended.stdout.matches("PASS  same results as the baseline").count();
    assert_eq!(n_same, scenarios.len(), "each has one, of this engine: {}", ended.stdout);
}

/// The exit code, and what is said.
fn gate(desk: &Desk, arguments: &[&str]) -> Ended {
    desk.vigie(&[&["gate", "small.toml"], arguments].concat())
}

#[test]
fn another_target_of_the_same_name_is_no_match() {
    let text = SMALL.to_owned();
    let desk = Desk::with(&text);
    desk.write("gates.toml", "targets = \"share >= baseline - 1 point\"\n");
    assert_eq!(gate(&desk, &["--accept"]).code, Some(0));
    assert_eq!(gate(&desk, &[]).code, Some(0));
    for (from, to) in [
        ("within = \"15min\"", "within = \"5h\""),
        ("sent -> starts desk", "sent -> decided"),
        ("[[target]]", "[[target]]\nclass = \"urgent\""),
    ] {
        desk.write("small.toml", &text.replace(from, to));
        let verdicts = verdicts(&desk, &[], 4);
        let reasons = named(&verdicts, "at work within 15 min")["reasons"].to_string();
        assert!(reasons.contains("The target is another one in the baseline"), "{reasons}");
    }
    // one that is gone is missed
    let (without, _) = text.split_once("[[target]]").expect("there is a target");
    desk.write("small.toml", without);
    assert!(gate(&desk, &[]).stdout.contains("has a target `at work within 15 min`"));
}

#[test]
fn a_baseline_that_contradicts_itself_is_found() {
    let desk = accepted();
    let text = desk.read("results/baselines/small.json");
    let (before, after) = text.split_once("/response_time/p95\": {\"values\":[").expect("a gate compares it");
    let (_, rest) = after.split_once(',').expect("a number");
    let doctored = format!("{before}/response_time/p95\": {{\"values\":[9e9,{rest}");
    desk.write("results/baselines/small.json", &doctored);
    let found = verdicts(&desk, &[], 3);
    let same = named(&found, "same results as the baseline");
    assert!(same["reasons"].to_string().contains("contradicts itself"), "{same}");
    desk.write("results/baselines/small.json", &text.replace("\"name\": \"small\"", "\"name\": \"other\""));
    let found = verdicts(&desk, &[], 4);
    assert!(found.to_string().contains("it is of the scenario `other`"), "{found}");
}

#[test]
fn nothing_that_looks_like_a_gate_goes_unheard() {
    let desk = Desk::new();
    let refused = |gates: &str, part: &str| {
        desk.write("gates.toml", gates);
        is_invalid(&gate(&desk, &[]), &[part]);
    };
    let of = |more: &str| format!("[[gate]]\nname = \"g\"\nexpect = \"p(95) <= 1s\"\n{more}");
    refused(&of("scenario = []"), "this gate is for no scenario at all");
    refused(&of("").replace("\"g\"", "\"same results as the baseline\""), "choose another name");
    refused("targets = \"garbage\"", "no `<=`, `<`, `>=` or `>`");
    fs::remove_file(desk.path("gates.toml")).expect("removed");
    fs::create_dir(desk.path("gates.toml")).expect("made");
    is_invalid(&gate(&desk, &[]), &["gates.toml", "not a file"]);
    fs::remove_dir(desk.path("gates.toml")).expect("removed");
    // what can never fail is warned of, wherever it stands
    desk.write("gates.toml", "targets = \"share >= 0\"\n");
    let passed = gate(&desk, &[]);
    assert_eq!(passed.code, Some(0));
    assert!(passed.stderr.contains("`share >= 0` can never fail"), "{}", passed.stderr);
    assert!(passed.stdout.contains("nothing here can fail"), "{}", passed.stdout);
    desk.write("gates.toml", &of("stage = \"desk\"").replace("p(95) <= 1s", "blocked <= 3"));
    assert!(gate(&desk, &[]).stderr.contains("it has no `room`"));
    // a name may be in any language
    desk.write(
        "gates.toml",
        &of("").replace("\"g\"", "\"95 % traités, même « été »\"").replace("1s", "9 days"),
    );
    assert_eq!(gate(&desk, &[]).code, Some(0));
}

#[test]
fn outputs_take_the_place_of_nothing_that_is_read() {
    let desk = accepted();
    for path in
        ["--json=small.toml", "--junit=./small.toml", "--markdown=results/baselines/small.json", "--json=-"]
    {
        is_invalid(&gate(&desk, &[path]), &["--"]);
    }
    is_invalid(&gate(&desk, &["--json=a", "--junit=./a"]), &["would replace another file"]);
    desk.write("notes.txt", "mine");
    is_invalid(&gate(&desk, &["--markdown=notes.txt"]), &["did not write"]);
    for form in ["--json=g.json", "--markdown=g.md", "--junit=g.xml"] {
        assert_eq!(
            (gate(&desk, &[form]).code, gate(&desk, &[form]).code),
            (Some(0), Some(0)),
            "{form}: again"
        );
    }
    is_invalid(&gate(&desk, &["--accept", "--json=a"]), &["`--accept` judges nothing"]);
    is_invalid(&gate(&desk, &["--replications", "50", "--at-most", "20"]), &["at most 20"]);
    assert_eq!(desk.read("small.toml"), gated());
    let changed = gate(&desk, &["--accept", "--set", "team.people.staff=3"]);
    assert!(changed.stderr.contains("what `--set` changes was recorded too"), "{}", changed.stderr);
}

/// A case that a platform never answers, or that gives up, or that is decided elsewhere, is not on time.
#[test]
fn who_is_never_served_is_late() {
    let silent = SMALL.replace("kept = 0.5", "host = 0.5").replace(
        "[[target]]",
        "[platform.host]\nanswers = 0.5\nresponse = \"2h\"\nto = \"removed\"\nsilent_to = \"kept\"\n\n[[target]]",
    );
    let share = |text: &str, gate: &str| {
        let desk = Desk::with(&format!("{text}\n[[gate]]\nname = \"g\"\n{gate}\n"));
        let ended = desk.vigie(&["gate", "small.toml", "--format", "json"]);
        let found: Value = serde_json::from_str(&ended.stdout).expect("JSON");
        named(&found, "g")["value"]["mean"].as_f64().expect("measured")
    };
    let answered = share(&silent, "platform = \"host\"\nexpect = \"share(<= 24h) >= 0.9\"");
    assert!((0.45..0.55).contains(&answered), "half are never answered: {answered}");
    let patience = "patience = { constant = \"1min\" }\ngives_up_to = \"kept\"\ndiscipline = ";
    let impatient = SMALL.replace("discipline = ", patience).replace("staff = 2", "staff = 1");
    let begun = share(&impatient, "stage = \"desk\"\nexpect = \"share(<= 24h) >= 0.9\"");
    let reneged = share(&impatient, "stage = \"desk\"\nexpect = \"reneged <= 1\"");
    let reports = share(&impatient, "class = \"urgent\"\nexpect = \"reports <= 1\"")
        + share(&impatient, "class = \"other\"\nexpect = \"reports <= 1\"");
    assert!((begun - (1.0 - reneged / reports)).abs() < 0.01, "{begun}, {reneged} of {reports}");
}
