//! The scenario language: what is said about files that are wrong.

use std::fmt::Write as _;
use std::path::Path;

use vigie::scenario::diagnostic::{Diagnostic, Severity};
use vigie::scenario::files::Memory;
use vigie::scenario::{LoadError, compile_text, load, load_with};

use mistakes::{HEAD, Mistake, PLACES, SOURCES, TARGETS, TEAMS};

mod mistakes;

pub(super) const FOLDER: &str = "tests/it/fixtures";

/// A small scenario that is right.
pub(super) const RIGHT: &str = r#"title    = "Small"
start    = 2015-01-05T00:00:00
zone     = "Europe/Paris"
duration = "21 days"
warm_up  = "2 days"
classes  = ["terrorism", "fraud"]

[source.citizens]
rate = "515/day"
mix  = { terrorism = 0.1, fraud = 0.9 }
day  = "evening"
to   = "triage"

[[source.citizens.surge]]
at        = 2015-01-07T11:30:00
class     = "terrorism"
peak      = "16x"
rise      = "2h"
half_life = "3 days"

[stage.triage]
team = "desk"
work = { lognormal = { mean = "4min", cv = 1.6 } }
to   = { kept = 0.4, exchange = 0.6 }

[team.desk]
shifts       = [{ days = "mon-fri", hours = "08:00-19:00", staff = 13, breaks = ["12:30-13:30"] }]
at_shift_end = "hand over"
call_in      = { when = "waiting(triage) > 500", add = 20, after = "3h", for = "8h" }

[channel.exchange]
delay = "1h"
to    = "twitter"

[platform.twitter]
response = { lognormal = { median = "20h", p95 = "6 days" } }
answers  = 0.6
to       = "removed"

[[target]]
name   = "1 h for terrorism"
class  = "terrorism"
clock  = "sent -> removed"
within = "1h"
share  = 0.95

[[intervention]]
name = "law"
at   = 2015-01-10
set  = { "channel.exchange.delay" = "10min" }
"#;

fn changed((from, to): Mistake) -> String {
    assert!(RIGHT.contains(from), "`{from}` is not in the scenario");
    RIGHT.replacen(from, to, 1)
}

/// One diagnostic on one line: `line:column severity: message (help)`.
pub(super) fn short(diagnostic: &Diagnostic, error: &LoadError) -> String {
    let place = diagnostic.span.map_or("-".into(), |span| {
        let (line, column) = error.sources.line_and_column(span);
        format!("{line}:{column}")
    });
    let help = diagnostic.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let severity = format!("{:?}", diagnostic.severity).to_lowercase();
    format!("{place} {severity}: {}{help}", diagnostic.message)
}

/// What is said of each mistake.
fn messages(mistakes: &[Mistake]) -> String {
    let mut shown = String::new();
    for mistake in mistakes {
        let written = mistake.1.replace('\n', " ⏎ ");
        let instead = if written.is_empty() { format!("without {}", mistake.0.trim_end()) } else { written };
        let _ = writeln!(shown, "{instead}");
        match compile_text("small.toml", &changed(*mistake)) {
            Ok(scenario) => {
                for warning in &scenario.warnings {
                    let error = LoadError { diagnostics: Vec::new(), sources: scenario.sources.clone() };
                    let _ = writeln!(shown, "    {}", short(warning, &error));
                }
                assert!(!scenario.warnings.is_empty(), "nothing is said of {mistake:?}");
            }
            Err(error) => {
                for diagnostic in &error.diagnostics {
                    let _ = writeln!(shown, "    {}", short(diagnostic, &error));
                }
            }
        }
    }
    shown
}

/// Files by name.
pub(super) fn memory(files: &[(&str, &str)]) -> Memory {
    Memory(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

fn refused(files: &[(&str, &str)], sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    match load_with(&memory(files), files[0].0, &sets) {
        Ok(_) => panic!("{files:?} with {sets:?} is right"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn messages_about_the_head() {
    insta::assert_snapshot!("head", messages(HEAD));
}

#[test]
fn messages_about_sources() {
    insta::assert_snapshot!("sources", messages(SOURCES));
}

#[test]
fn messages_about_places() {
    insta::assert_snapshot!("places", messages(PLACES));
}

#[test]
fn messages_about_teams() {
    insta::assert_snapshot!("teams", messages(TEAMS));
}

#[test]
fn messages_about_targets_and_interventions() {
    insta::assert_snapshot!("targets", messages(TARGETS));
}

#[test]
fn all_mistakes_of_a_file_are_shown_at_once() {
    let mut wrong = RIGHT.to_owned();
    let mistakes = [
        ("Europe/Paris", "Europe/Pari"),
        ("warm_up", "warmup"),
        ("515/day", "515"),
        ("fraud = 0.9", "fruad = 0.8"),
        ("to   = \"triage\"", "to   = \"triag\""),
        ("cv = 1.6", "cv = -1.6"),
        ("waiting(triage)", "waiting(desk)"),
        ("answers  = 0.6", "answers  = 60"),
        ("sent -> removed", "sent => removed"),
    ];
    for (from, to) in mistakes {
        assert!(wrong.contains(from), "{from}");
        wrong = wrong.replacen(from, to, 1);
    }
    insta::assert_snapshot!("all_at_once", refused(&[("wrong.toml", &wrong)], &[]));
}

#[test]
fn syntax_errors_have_places() {
    let wrong = "title = \"x\nstart = 2015-02-30\nzone =\n[a\n[source.x]\nrate = \"1/h\"\nrate = \"2/h\"\n";
    insta::assert_snapshot!("syntax", refused(&[("wrong.toml", wrong)], &[]));
}

#[test]
fn places_in_the_network() {
    let wrong = r#"title = "Network"
start = 2015-01-05
zone = "UTC"
duration = "10 days"
classes = ["a", "b"]
[source.s]
rate = "1/h"
mix = { a = 0.5, b = 0.5 }
to = "one"
[choice.one]
to = { two = 0.5, three = 0.5 }
[choice.two]
to = "one"
[channel.three]
delay = "1h"
to = "four"
[channel.four]
delay = "1h"
to = "three"
[stage.alone]
team = "alone"
work = "1min"
to = "kept"
[team.alone]
shifts = [{ days = "mon", hours = "10:00-12:00", staff = 1 }]
holidays = [2015-01-05, 2015-01-12]
at_shift_end = "finish"
"#;
    insta::assert_snapshot!("network", refused(&[("network.toml", wrong)], &[]));
}

/// A desk with a choice behind it, and the choice's values from 10 to 12 January and from 15 January on.
fn with_interventions(places: &str, first: &str, second: &str) -> String {
    format!(
        r#"title = "Network"
start = 2015-01-05
zone = "Europe/Paris"
duration = "21 days"
classes = ["a", "b"]
[source.s]
rate = "1/h"
mix = {{ a = 0.5, b = 0.5 }}
to = "desk"
[team.people]
staff = 3
{places}
[[intervention]]
name = "first"
at = 2015-01-10
until = 2015-01-12T06:30:00
set = {{ {first} }}
[[intervention]]
name = "second"
at = 2015-01-15
set = {{ {second} }}
"#
    )
}

#[test]
fn the_network_is_judged_in_each_period() {
    let desk = "[stage.desk]\nteam = \"people\"\nwork = \"0s\"\nto = \"next\"\n[choice.next]\n";
    let platform = "[stage.desk]\nteam = \"people\"\nwork = \"1h\"\nto = \"forum\"\n[platform.forum]\n";
    let wrong = [
        // back to a stage without work, in the second period
        (format!("{desk}to = \"kept\""), "\"choice.next.to\" = \"desk\"", "\"choice.next.to\" = \"removed\""),
        // a few of one class only, from the last period on
        (
            format!("{desk}to = {{ kept = 1, desk = 0 }}"),
            "\"choice.next.to\" = \"removed\"",
            "\"choice.next.to_by_class.b\" = { kept = 0.9, desk = 0.1 }",
        ),
        // the loop is there from the start, and when the first intervention is over
        (
            format!("{desk}to = {{ kept = 0.5, desk = 0.5 }}"),
            "\"choice.next.to\" = \"removed\"",
            "\"choice.next.to\" = \"kept\"",
        ),
        // nobody answers any more, and silence leads to a reminder
        (
            format!("{platform}response = \"1h\"\nto = \"removed\"\nsilent_for = \"3h\"\nsilent_to = \"forum\""),
            "\"platform.forum.answers\" = 0.5",
            "\"platform.forum.answers\" = 0",
        ),
        // answers in no time lead back
        (
            format!("{platform}response = \"1h\"\nto = {{ forum = 0.5, removed = 0.5 }}"),
            "\"platform.forum.response\" = \"0s\"",
            "\"platform.forum.response\" = \"2h\"",
        ),
        // a trap is left open from 12 January on
        (
            "[stage.desk]\nteam = \"people\"\nwork = \"1h\"\nto = \"late\"\n[channel.late]\ndelay = \"1h\"\nto = \"gate\"\n\
             [choice.gate]\nto = \"kept\"\n"
                .to_owned(),
            "\"choice.gate.to\" = { kept = 0.1, late = 0.9 }",
            "\"choice.gate.to\" = \"late\"",
        ),
    ];
    let mut shown = String::new();
    for (places, first, second) in wrong {
        let _ = writeln!(shown, "{} | {first} | {second}", places.replace('\n', " ⏎ "));
        let text = with_interventions(&places, first, second);
        let error = compile_text("network.toml", &text).expect_err(&text);
        for diagnostic in &error.diagnostics {
            let _ = writeln!(shown, "    {}", short(diagnostic, &error));
        }
    }
    insta::assert_snapshot!("periods", shown);
}

#[test]
fn ways_that_are_never_open_together_make_no_loop() {
    let hotline = r#"[stage.desk]
team = "people"
work = "0s"
to = "one"
[choice.one]
to = "two"
[choice.two]
to = { kept = 1, one = 0 }
"#;
    // first one leads to two, then two leads to one
    let first = r#""choice.one.to" = "kept""#;
    let second = r#""choice.one.to" = { kept = 1, two = 0 }, "choice.two.to" = { one = 1, kept = 0 }"#;
    let right = with_interventions(hotline, first, second);
    assert!(compile_text("network.toml", &right).is_ok());
    let wrong = with_interventions(hotline, first, r#""choice.two.to" = "one""#);
    assert!(compile_text("network.toml", &wrong).is_err());
    // a hotline that nobody answers, and nobody calls, before it is opened
    let closed = r#"[stage.desk]
team = "people"
work = "1h"
to = "route"
[choice.route]
to = { kept = 1, hotline = 0 }
[platform.hotline]
response = "1h"
answers = 0
silent_for = "1h"
silent_to = "hotline"
to = "removed"
"#;
    let open = r#""choice.route.to" = "hotline", "platform.hotline.answers" = 0.9"#;
    let right = with_interventions(closed, first.replace("one", "route").as_str(), open);
    assert!(compile_text("network.toml", &right).is_ok());
    let unanswered = r#""choice.route.to" = "hotline""#;
    let wrong = with_interventions(closed, first.replace("one", "route").as_str(), unanswered);
    assert!(compile_text("network.toml", &wrong).is_err());
}

#[test]
fn wrong_settings_are_shown_at_their_place() {
    let sets = [
        "team.desk.staf=20",
        "team.desk.shifts[7].staff=20",
        "team.desk.shifts.staff=20",
        "team.desk.shifts[0].staff=many",
        "channel.exchange.delay[0]=1h",
        "target[2 h].within=2h",
        "title.text=x",
        "nothing",
        "=3",
        "seed=",
        "channel.exchange.to={ kept = 1",
        "extends=other.toml",
        "a.b.c.d.e.f.g.h.i.j.k.l=1",
    ];
    insta::assert_snapshot!("settings", refused(&[("small.toml", RIGHT)], &sets));
}

#[test]
fn a_mistyped_part_makes_no_new_one() {
    for (set, said) in [
        ("team.dsk.shifts[0].staff=20", "the scenario has no team `dsk`"),
        ("team.dsk.shifts[0].staff=20", "did you mean `desk`?"),
        ("choice.which.to=kept", "the scenario has no choice `which`"),
        ("choice.which.to=kept", "a new one is set whole: `--set 'choice.which={ … }'`"),
    ] {
        let found = refused(&[("small.toml", RIGHT)], &[set]);
        assert!(found.contains(said) && found.contains("--set:1:1"), "{found}");
    }
    let whole = ["team.spare={ staff = 3 }".to_owned(), "team.spare.staff=4".to_owned()];
    let scenario = load_with(&memory(&[("small.toml", RIGHT)]), "small.toml", &whole);
    let scenario = scenario.unwrap_or_else(|error| panic!("a new part, set whole: {error}"));
    assert!(scenario.plan.teams.iter().any(|team| team.name == "spare"));
}

#[test]
fn mistakes_across_files_are_shown_in_their_file() {
    let base = RIGHT.replacen("to   = \"triage\"", "to   = \"triag\"", 1);
    let variant = "extends = \"sub/base.toml\"\nwithout = [\"team.dsk\", \"team.desk.call_in[0]\", 3]\n\
                   [team.desk]\nstaff = 3\n[stage.triage]\nwork = { empirical = \"none.csv\" }\n";
    let files = [("variant.toml", variant), ("sub/base.toml", &base)];
    insta::assert_snapshot!("across_files", refused(&files, &[]));
    let cycle = [("a.toml", "extends = \"b.toml\""), ("b.toml", "extends = \"./a.toml\"")];
    insta::assert_snapshot!("cycle", refused(&cycle, &[]));
}

#[test]
fn mistakes_in_a_shared_base_name_the_file_that_was_checked() {
    let target = |name: &str, rest: &str| format!("[[target]]\nname = \"{name}\"\nwithin = \"1h\"\n{rest}\n");
    let with_targets = |one: &str, two: &str| format!("{RIGHT}{}{}", target("one", one), target("two", two));
    let variants = [
        ("one.toml", "extends = \"sub/base.toml\"\nseed = 1\n"),
        ("two.toml", "extends = \"sub/base.toml\"\nseed = 2\n[[target]]\nname = \"two\"\nwithin = \"2h\"\n"),
    ];
    let mut shown = String::new();
    let wrong = with_targets("clock = \"sent => ended\"\nshare = 0.9", "clock = \"sent -> ended\"");
    let doubtful = with_targets(
        "clock = \"sent -> ended\"\nshare = 1",
        "clock = \"sent -> decided\"\nshare = \"100%\"\nclass = \"fraud\"",
    );
    for (name, text) in variants {
        let files = [(name, text), ("sub/base.toml", wrong.as_str())];
        let _ = writeln!(shown, "{}\n", refused(&files, &[]));
        let files = memory(&[(name, text), ("sub/base.toml", doubtful.as_str())]);
        let scenario = load_with(&files, name, &[]).unwrap_or_else(|error| panic!("{error}"));
        let _ = writeln!(shown, "{}\n", scenario.render_warnings(false));
    }
    insta::assert_snapshot!("shared_base", shown);
}

#[test]
fn messages_about_traces() {
    let traces = [
        "",
        "time\n",
        "tme,class\n1h,fraud\n",
        "class,count\nfraud,1\n",
        "time,time\n1h,2h\n",
        "time,class\n1h,fruad\n2h,terrorism\n",
        "time,class\n1h\n",
        "time\nsoon\n3\n2015-01-06T25:00:00\n2015-01-06T10:00:00Z\n2015-01-04\n2015-01-06 10:00\n",
        "time\n2h\n1h\n",
        "time,count\n1h,0\n2h,-1\n3h,1.5\n4h,9999999999\n",
        "time\n1h\n30 days\n",
        "time\n\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\n",
        "# a comment\ntime , class\n 2015-01-05T10:00 , fraud\n\"2015-01-06\",\n",
    ];
    let scenario = r#"title = "Trace"
start = 2015-01-05
zone = "Europe/Paris"
duration = "21 days"
classes = ["terrorism", "fraud"]
[source.log]
trace = "trace.csv"
mix = { fraud = 1 }
to = "kept"
"#;
    let mut shown = String::new();
    for trace in traces {
        let _ = writeln!(shown, "{}", trace.escape_debug());
        let files = memory(&[("t.toml", scenario), ("trace.csv", trace)]);
        let (found, sources) = match load_with(&files, "t.toml", &[]) {
            Ok(scenario) => (scenario.warnings, scenario.sources),
            Err(error) => (error.diagnostics, error.sources),
        };
        let error = LoadError { diagnostics: Vec::new(), sources };
        for diagnostic in &found {
            let _ = writeln!(shown, "    {}", short(diagnostic, &error));
        }
    }
    insta::assert_snapshot!("traces", shown);
}

#[test]
fn a_trace_with_too_many_reports_is_refused() {
    let scenario = |batch: u32, branching: f64| {
        format!(
            "title = \"Trace\"\nstart = 2015-01-05\nzone = \"UTC\"\nduration = \"1 day\"\nclasses = [\"a\"]\n\
             [source.log]\ntrace = \"t.csv\"\nbatch = {batch}\nto = \"kept\"\n\
             self_exciting = {{ branching = {branching}, decay = \"1h\" }}\n"
        )
    };
    // a row after the end does not count: two million reports, in batches, each with its family
    let trace = "time,count\n1h,1000000\n2h,1000000\n2 days,1000000\n";
    let read = |batch: u32, branching: f64| {
        load_with(&memory(&[("t.toml", &scenario(batch, branching)), ("t.csv", trace)]), "t.toml", &[])
    };
    assert!(read(2000, 0.5).is_ok(), "8 billion");
    assert!(read(3000, 0.0).is_ok(), "6 billion");
    let error = read(3000, 0.5).unwrap_err();
    let expected = "6:9 error: about 1.2e10 reports are too many to simulate \
                    (check `trace`, `batch`, `self_exciting`, or make `duration` shorter)";
    let errors: Vec<String> = (error.diagnostics.iter())
        .filter(|found| found.severity == Severity::Error)
        .map(|found| short(found, &error))
        .collect();
    assert_eq!(errors, [expected]);
}

#[test]
fn files_outside_the_folder_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(folder.path().join("outside.toml"), RIGHT).unwrap();
    let small = inside.join("small.toml");
    let extending = |base: &str| {
        std::fs::write(&small, format!("extends = \"{base}\"\n")).unwrap();
        load(&small, &[]).map(|_| ()).map_err(|error| error.diagnostics[0].message.clone())
    };
    assert_eq!(
        extending("../outside.toml"),
        Err("`../outside.toml` is outside the scenario's folder".into())
    );
    let absolute = folder.path().join("outside.toml").display().to_string();
    assert!(extending(&absolute).unwrap_err().ends_with("outside the scenario's folder"));
    assert!(extending(".").unwrap_err().contains("is not a file"), "{:?}", extending("."));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../outside.toml", inside.join("link.toml")).unwrap();
        assert!(extending("link.toml").unwrap_err().ends_with("it lies outside the scenario's folder"));
    }
    std::fs::write(inside.join("base.toml"), RIGHT).unwrap();
    assert_eq!(extending("base.toml"), Ok(()));
    let missing = load(&inside.join("missing.toml"), &[]).unwrap_err().to_string();
    assert!(missing.contains("missing.toml`: there is no such file"), "{missing}");
}

#[test]
fn hostile_files_are_refused_in_good_order() {
    let first = |text: &str| {
        let error = compile_text("small.toml", text).expect_err("hostile");
        assert!(error.to_string().len() < 100_000, "a message of reasonable length");
        error.diagnostics[0].message.clone()
    };
    let deep = 100_000;
    assert!(first(&format!("x = {}{}", "[".repeat(deep), "]".repeat(deep))).contains("recursion"));
    assert!(first(&format!("x = {}", "{a=".repeat(deep))).contains("recursion"));
    assert_eq!(first(&format!("x{} = 1", ".x".repeat(deep))), "a key has more than 30 parts");
    assert_eq!(first(&format!("[{}x]", "\"#\".".repeat(deep))), "a key has more than 30 parts");
    assert_eq!(first(&"#".repeat((1 << 20) + 1)), "`small.toml` is larger than 1 MiB");
    assert_eq!(first(&"[a]\n".repeat(deep)), "duplicate key");
    let keys = (0..deep / 2).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join("\n");
    assert_eq!(first(&keys), "this table has more than 5000 entries");
    let long_title = RIGHT.replacen("Small", &"long ".repeat(100_000), 1);
    assert_eq!(first(&long_title), "a title has at most 200 characters");
}

/// Reads a changed fixture in the place of the one there is.
fn read_changed(text: &str) {
    let read_fixture = |name: &str| std::fs::read_to_string(Path::new(FOLDER).join(name)).unwrap();
    let others = ["every_key_base.toml", "trace.csv", "durations.csv"].map(|name| (name, read_fixture(name)));
    let mut files: Vec<(&str, &str)> = vec![("every_key.toml", text)];
    files.extend(others.iter().map(|(name, text)| (*name, text.as_str())));
    if let Err(error) = load_with(&memory(&files), "every_key.toml", &[]) {
        assert!(!error.diagnostics.is_empty());
        assert!(error.to_string().contains("in the scenario"));
    }
}

/// Whatever stands in a file, reading it ends with a scenario or with messages that can be shown.
#[test]
fn no_change_to_a_file_makes_the_reader_panic() {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("every_key.toml")).unwrap();
    for end in (0..text.len()).step_by(23).filter(|end| text.is_char_boundary(*end)) {
        read_changed(&text[..end]);
    }
    // a fixed sequence of changes: Knuth's linear congruential generator
    let mut state = 42_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let pieces = [
        "",
        "0",
        "-1",
        "9",
        "999999999999",
        "1e400",
        "nan",
        "inf",
        "\"",
        "'",
        "[",
        "]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "\u{0}",
        "\u{feff}",
        "é",
        "x",
        "%",
        "/",
        "true",
        "2015-13-01",
        "0001-01-01",
        "24:00",
        "#",
        "-",
    ];
    for _ in 0..600 {
        let mut changed = text.clone();
        for _ in 0..=next(2) {
            let from = next(changed.len());
            let to = (from + next(4)).min(changed.len());
            if changed.is_char_boundary(from) && changed.is_char_boundary(to) {
                changed.replace_range(from..to, pieces[next(pieces.len())]);
            }
        }
        read_changed(&changed);
    }
}

#[test]
fn no_line_left_out_or_written_twice_makes_the_reader_panic() {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("every_key.toml")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        let mut changed = lines.clone();
        changed.remove(at);
        read_changed(&changed.join("\n"));
        changed.insert(at, lines[at]);
        changed.insert(at, lines[at]);
        read_changed(&changed.join("\n"));
    }
}
