//! The scenario language: what it accepts, and what it says about what it does not accept.

use std::fmt::Write as _;
use std::path::Path;

use vigie::model::{Answers, Arrivals, Discipline, Place, TakeOrder};
use vigie::scenario::diagnostic::Diagnostic;
use vigie::scenario::files::Memory;
use vigie::scenario::{LoadError, Scenario, compile_text, load, load_with, schema};
use vigie::units::{Duration, Time};

const FOLDER: &str = "tests/it/fixtures";

/// A small scenario that is right.
const RIGHT: &str = r#"title    = "Small"
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

/// A change to [`RIGHT`] that makes it wrong: a text in it, and what stands there instead.
type Mistake = (&'static str, &'static str);

const HEAD: &[Mistake] = &[
    ("title    = \"Small\"\n", ""),
    ("title    = \"Small\"", "title = 3"),
    ("start    = 2015-01-05T00:00:00", "start = \"2015-01-05\""),
    ("start    = 2015-01-05T00:00:00", "start = 2015-02-30"),
    ("start    = 2015-01-05T00:00:00", "start = 12:30:00"),
    ("start    = 2015-01-05T00:00:00", "start = 2015-01-05T00:00:00Z"),
    ("start    = 2015-01-05T00:00:00", "start = 0001-01-05"),
    ("Europe/Paris", "Europe/Pariss"),
    ("Europe/Paris", "Paris time"),
    ("21 days", "21"),
    ("21 days", "21 dayz"),
    ("21 days", "-3 days"),
    ("21 days", "101 years"),
    ("21 days", "0s"),
    ("2 days", "21 days"),
    ("[\"terrorism\", \"fraud\"]", "[]"),
    ("[\"terrorism\", \"fraud\"]", "[\"terrorism\", \"fraud\", \"fraud\"]"),
    ("[\"terrorism\", \"fraud\"]", "[\"terrorism\", \"fraud\", \"<script>\"]"),
    ("[\"terrorism\", \"fraud\"]", "[\"terrorism\", \"fraud\", 3]"),
    ("[\"terrorism\", \"fraud\"]", "\"terrorism\""),
    ("warm_up", "warmup"),
    ("warm_up  = \"2 days\"", "bucket = \"1min\""),
    ("warm_up  = \"2 days\"", "bucket = \"0s\""),
    ("warm_up  = \"2 days\"", "replications = 0"),
    ("warm_up  = \"2 days\"", "seed = -1"),
    ("warm_up  = \"2 days\"", "seed = 1.5"),
    ("warm_up  = \"2 days\"", "seed = 99999999999999999999"),
    ("warm_up  = \"2 days\"", "without = [\"a.b\"]"),
    ("warm_up  = \"2 days\"", "extends = \"small.toml\""),
    ("warm_up  = \"2 days\"", "extends = \"none.toml\""),
    ("warm_up  = \"2 days\"", "extends = \"../base.toml\""),
    ("warm_up  = \"2 days\"", "extends = 3"),
    ("warm_up  = \"2 days\"", "warm_up = "),
];

const SOURCES: &[Mistake] = &[
    ("rate = \"515/day\"", "rate = \"515\""),
    ("rate = \"515/day\"", "rate = 515"),
    ("rate = \"515/day\"", "rate = \"515/fortnight\""),
    ("rate = \"515/day\"", "rate = [515]"),
    ("rate = \"515/day\"", "rate = \"515/day\"\nevery = \"10min\""),
    ("rate = \"515/day\"\n", ""),
    ("rate = \"515/day\"", "every = \"0s\""),
    ("rate = \"515/day\"", "rate = \"1000000/s\""),
    ("rate = \"515/day\"", "trace = \"none.csv\""),
    ("rate = \"515/day\"", "trace = \"/etc/passwd\""),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }\n", ""),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }", "mix = { terrorism = 0.1, fraud = 0.8 }"),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }", "mix = { terorism = 0.1, fraud = \"110%\" }"),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }", "mix = {}"),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }", "mix = { fraud = 1 }"),
    ("day  = \"evening\"", "day = \"evenings\""),
    ("day  = \"evening\"", "day = [1, 2, 3]"),
    ("day  = \"evening\"", "week = [0, 0, 0, 0, 0, 0, 0]"),
    ("day  = \"evening\"", "week = [0, 0, 0, 0, 0, 0, -1]"),
    ("day  = \"evening\"", "zone = \"UTC\""),
    ("day  = \"evening\"", "batch = 0"),
    ("day  = \"evening\"", "batch = { uniform = [3, 2] }"),
    ("day  = \"evening\"", "batch = { uniform = [3] }"),
    ("day  = \"evening\"", "batch = { uniform = [2, 3], geometric = 2 }"),
    ("day  = \"evening\"", "batch = { poisson = 2 }"),
    ("day  = \"evening\"", "batch = \"five\""),
    ("day  = \"evening\"", "self_exciting = { branching = 1, decay = \"2h\" }"),
    ("day  = \"evening\"", "self_exciting = { branching = 0.4 }"),
    ("at        = 2015-01-07T11:30:00", "at = 2015-01-04"),
    ("at        = 2015-01-07T11:30:00", "at = 2016-01-04"),
    ("class     = \"terrorism\"", "class = \"terror\""),
    ("class     = \"terrorism\"", "class = \"triage\""),
    ("16x", "1x"),
    ("16x", "16"),
    ("16x", "16/moon"),
    ("half_life = \"3 days\"\n", ""),
    ("to   = \"triage\"", "to = \"triag\""),
    ("to   = \"triage\"", "to = \"desk\""),
    ("to   = \"triage\"", "to = \"fraud\""),
    ("to   = \"triage\"", "to = [\"triage\"]"),
    ("to   = \"triage\"", "to_by_class = { terrorism = \"triage\" }"),
    ("to   = \"triage\"\n", ""),
    ("[source.citizens]", "[source.\"the <b>\"]"),
];

const PLACES: &[Mistake] = &[
    ("team = \"desk\"", "team = \"dsk\""),
    ("team = \"desk\"", "team = \"triage\""),
    ("team = \"desk\"", "teams = []"),
    ("team = \"desk\"", "teams = [\"desk\", \"desk\"]"),
    ("team = \"desk\"", "team = \"desk\"\nteams = [\"desk\"]"),
    ("team = \"desk\"\n", ""),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ lognormal = { mean = \"4min\" } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ lognormal = { mean = \"4min\", cv = -1 } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ lognormal = { mean = \"4min\", sigma = 1 } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ lognorml = { mean = \"4min\", cv = 1.6 } }"),
    (
        "{ lognormal = { mean = \"4min\", cv = 1.6 } }",
        "{ constant = \"1h\", exponential = { mean = \"1h\" } }",
    ),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ exponential = { mean = \"1h\", rate = \"1/h\" } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ exponential = { rate = \"0/h\" } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ weibull = { scale = \"1h\", cv = 1 } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ hyperexponential = { mean = \"1h\", cv = 0.5 } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ uniform = { min = \"1h\", max = \"1min\" } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ empirical = \"a/../../b.csv\" }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{}"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "4"),
    ("work = { lognormal = { mean = \"4min\", cv = 1.6 } }", "work_by_class = { fraud = \"4min\" }"),
    ("work = { lognormal = { mean = \"4min\", cv = 1.6 } }\n", ""),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = { kept = 0.4, exchange = 0.5 }"),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = { kept = 0.4, exchange = 0.7 }"),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = {}"),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"kept\""),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"exchange\"\nroom = 9999999999"),
    (
        "to   = { kept = 0.4, exchange = 0.6 }",
        "to = \"exchange\"\ngives_up_to = \"kept\"\noverflow_to = \"kept\"",
    ),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"exchange\"\ndiscipline = \"lifoo\""),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"exchange\"\npriority = [\"fraud\"]"),
    (
        "to   = { kept = 0.4, exchange = 0.6 }",
        "to = \"exchange\"\ndiscipline = \"priority\"\npriority = [\"fraud\", [\"fraud\"]]",
    ),
    ("[stage.triage]", "[stage.removed]"),
    ("[stage.triage]", "[stage.exchange]"),
    (
        "[stage.triage]",
        "[stage.triage]\n[stage.lost]\nteam = \"desk\"\nwork = \"1min\"\nto = \"kept\"\n[stage.more]",
    ),
    ("[channel.exchange]", "[channel.\"../exchange\"]"),
    ("delay = \"1h\"\n", ""),
    (
        "delay = \"1h\"",
        "delay = \"1h\"\nopen = { days = \"sun\", hours = \"09:00-08:00\", zone = \"Nowhere\" }",
    ),
    (
        "delay = \"1h\"",
        "delay = \"1h\"\nopen = { days = \"mon\", hours = \"9-17\", holidays = [\"2015-01-01\"] }",
    ),
    ("delay = \"1h\"\nto    = \"twitter\"", "delay = \"1h\"\nto = \"exchange\""),
    ("delay = \"1h\"\nto    = \"twitter\"", "delay = \"0s\"\nto = { exchange = 0.5, twitter = 0.5 }"),
    ("answers  = 0.6", "answers = 60"),
    ("answers  = 0.6", "answers = \"60\""),
    ("answers  = 0.6", "answers_by_class = { spam = 0.1 }"),
    ("answers  = 0.6", "staff = 3\nwork = \"1min\""),
    ("answers  = 0.6", "wage = 3"),
    ("response = { lognormal = { median = \"20h\", p95 = \"6 days\" } }\n", ""),
    ("response = { lognormal = { median = \"20h\", p95 = \"6 days\" } }", "staff = 3"),
    (
        "response = { lognormal = { median = \"20h\", p95 = \"6 days\" } }",
        "response = { lognormal = { median = \"20h\", p95 = \"6h\" } }",
    ),
];

const TEAMS: &[Mistake] = &[
    ("mon-fri", "mon-fry"),
    ("08:00-19:00", "8-19"),
    ("08:00-19:00", "08:00-08:00"),
    ("12:30-13:30", "20:00-21:00"),
    ("12:30-13:30", "noon"),
    (
        "staff = 13, breaks = [\"12:30-13:30\"] }]\nat_shift_end = \"hand over\"\ncall_in",
        "staff = 0 }]\nat_shift_end = \"hand over\"\ncal_in",
    ),
    ("staff = 13", "staff = 200000"),
    ("staff = 13", "staff = -1"),
    ("staff = 13", "staff = \"13\""),
    ("at_shift_end = \"hand over\"\n", ""),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"handover\""),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"finish\"\nstaff = 3"),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"finish\"\nzone = \"Europe/Lond\""),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"finish\"\nserves = [\"exchange\"]"),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"finish\"\nserves = []"),
    ("waiting(triage) > 500", "waiting(triag) > 500"),
    ("waiting(triage) > 500", "queue(triage) > 500"),
    ("waiting(triage) > 500", "waiting(triage) >= 500"),
    ("waiting(triage) > 500", "waiting(exchange) > 500"),
    ("add = 20", "add = 0"),
    (", for = \"8h\"", ", for = \"0s\""),
    (", for = \"8h\"", ""),
    ("[team.desk]", "[team.other]\nstaff = 2\n[team.desk]"),
    ("[team.desk]", "[team.twitter]\n[team.desk]"),
];

const TARGETS: &[Mistake] = &[
    ("name   = \"1 h for terrorism\"", "name = \"95 % <b>\""),
    ("class  = \"terrorism\"", "class = \"terror\""),
    ("class  = \"terrorism\"", "class = []"),
    ("sent -> removed", "sent removed"),
    ("sent -> removed", "sent -> remove"),
    ("sent -> removed", "removed -> sent"),
    ("sent -> removed", "sent -> sent"),
    ("sent -> removed", "enters exchange -> removed"),
    ("sent -> removed", "starts twitter -> removed"),
    ("sent -> removed", "enters removed -> ended"),
    ("sent -> removed", "enters nowhere -> ended"),
    ("within = \"1h\"", "within = \"0s\""),
    ("share  = 0.95", "share = 95"),
    ("share  = 0.95\n", ""),
    ("at   = 2015-01-10", "at = 2014-01-10"),
    ("at   = 2015-01-10", "at = 2017-01-10"),
    ("at   = 2015-01-10", "at = 2015-01-10\nuntil = 2015-01-10"),
    ("\"channel.exchange.delay\" = \"10min\"", "\"channel.exchang.delay\" = \"10min\""),
    ("\"channel.exchange.delay\" = \"10min\"", "\"channel.exchange.delay\" = \"10\""),
    ("\"channel.exchange.delay\" = \"10min\"", "\"channel.exchange.to\" = \"kept\""),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team.desk.wage\" = 3"),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team.desk.staff\" = 3"),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team.desk.shifts[1].staff\" = 3"),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team.desk.shifts[0].staff\" = \"many\""),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team..staff\" = 3"),
    ("\"channel.exchange.delay\" = \"10min\"", "channel.exchange.delay = \"10min\""),
];

fn changed((from, to): Mistake) -> String {
    assert!(RIGHT.contains(from), "`{from}` is not in the scenario");
    RIGHT.replacen(from, to, 1)
}

/// One diagnostic on one line: `line:column severity: message (help)`.
fn short(diagnostic: &Diagnostic, error: &LoadError) -> String {
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

fn every_key() -> Scenario {
    load(&Path::new(FOLDER).join("every_key.toml"), &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn right() -> Scenario {
    compile_text("small.toml", RIGHT).unwrap_or_else(|error| panic!("{error}"))
}

/// Files by name.
fn memory(files: &[(&str, &str)]) -> Memory {
    Memory(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

fn refused(files: &[(&str, &str)], sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    match load_with(&memory(files), files[0].0, &sets) {
        Ok(_) => panic!("{files:?} with {sets:?} is right"),
        Err(error) => error.to_string(),
    }
}

fn with_sets(sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    load_with(&memory(&[("small.toml", RIGHT)]), "small.toml", &sets)
        .unwrap_or_else(|error| panic!("{error}"))
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

#[test]
fn a_scenario_that_uses_every_key_is_right() {
    let scenario = every_key();
    assert_eq!(scenario.render_warnings(false), "");
    assert_eq!((scenario.name.as_str(), scenario.title.as_str()), ("every_key", "Every key"));
    assert_eq!((scenario.seed, scenario.replications), (7, 3));
    assert_eq!(scenario.bucket_labels.len(), 14 * 12);
    assert_eq!(scenario.bucket_labels[1], "2015-03-28T02:00");
    assert_eq!(scenario.target_clocks, ["sent -> removed", "enters triage -> leaves triage"]);
    let plan = &scenario.plan;
    let names = |stages: &[usize]| stages.iter().map(|at| plan.stages[*at].name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&[0, 1, 2, 3]), ["triage", "urgent_desk", "second_look", "forum"]);
    assert_eq!(plan.stages[3].platform, Some(1));
    assert!(matches!(plan.platforms[1].answers, Answers::Queue { stage: 3, .. }));
    assert_eq!(plan.teams[0].takes, TakeOrder::Listed(vec![1, 0]));
    assert_eq!(plan.teams[0].call_ins[0].stages, [0, 1]);
    assert_eq!(plan.stages[1].discipline, Discipline::Priority(vec![0, 2, 1, 1]));
    let day = Duration::DAY;
    assert_eq!(
        plan.stages[0].discipline,
        Discipline::EarliestDeadline(vec![
            Duration::HOUR,
            Duration::FOREVER,
            Duration::FOREVER,
            Duration::FOREVER
        ])
    );
    assert_eq!(plan.targets[1].within, day);
    assert_eq!(plan.sources[0].route[0], Place::Stage(1));
    assert!(matches!(plan.sources[0].route[2], Place::Choice(_)));
    // the base, from 1 April, back on 5 April
    let delays: Vec<(Time, f64)> =
        plan.channels[0].delay.changes().iter().map(|(from, delay)| (*from, delay.mean())).collect();
    let hour = |n: u64| Time::from_micros(n * Duration::HOUR.as_micros());
    // the clock was put forward on 29 March: an hour less
    assert_eq!(delays, [(Time::ZERO, 240.0), (hour(4 * 24 - 1), 600.0), (hour(8 * 24 - 1), 240.0)]);
}

#[test]
fn shifts_follow_the_local_clock_and_interventions() {
    let desk = &every_key().plan.teams[0];
    let hour = |n: f64| Time::from_secs_f64(n * 3600.0);
    let people = |at: Time| -> u32 {
        desk.crews.iter().filter(|crew| crew.on_duty.contains(at)).map(|crew| crew.people).sum()
    };
    // Saturday 28 March, 01:00: the night shift of Friday; a break from 02:00
    assert_eq!((people(hour(1.0)), people(hour(2.25)), people(hour(2.75))), (4, 0, 4));
    // Monday 30 March, 08:00 by a clock that was put forward
    let monday = 48.0 - 1.0;
    assert_eq!((people(hour(monday + 7.9)), people(hour(monday + 8.0))), (0, 13));
    assert_eq!((people(hour(monday + 12.6)), people(hour(monday + 13.5))), (0, 13));
    // Wednesday 1 April: twenty instead of thirteen; Monday 6 April is a holiday, Tuesday is as before
    assert_eq!((people(hour(monday + 48.0 + 8.0)), people(hour(monday + 168.0 + 8.0))), (20, 0));
    assert_eq!(people(hour(monday + 168.0 + 24.0 + 8.0)), 13);
}

#[test]
fn surges_multiply_the_rate_of_their_class() {
    let plan = right().plan;
    let [ordinary, surge] = plan.sources[0].streams.as_slice() else { panic!("two streams") };
    let (Arrivals::Poisson(base), Arrivals::Poisson(extra)) = (&ordinary.arrivals, &surge.arrivals) else {
        panic!("Poisson processes")
    };
    // the peak is two hours after the surge began, on 7 January at 13:30
    let peak = Time::from_secs_f64((2.0 * 24.0 + 13.5) * 3600.0);
    let terrorism = 0.1 * base.rate_at(peak);
    assert!((terrorism + extra.rate_at(peak) - 16.0 * terrorism).abs() < 1e-9 * terrorism);
    assert_eq!(surge.mix, [1.0, 0.0]);
    assert!(extra.rate_at(Time::from_secs_f64(3600.0)) == 0.0);
    // three weeks of 515 a day
    let reports = base.expected(Time::ZERO, plan.horizon);
    assert!((reports / (515.0 * 21.0) - 1.0).abs() < 1e-9, "{reports}");
}

#[test]
fn values_are_set_from_the_command_line() {
    let scenario = with_sets(&[
        "team.desk.shifts[0].staff=20",
        "channel.exchange.delay=30min",
        "zone=Europe/London",
        "stage.triage.to={ kept = 1 , exchange = 0 }",
        "target[1 h for terrorism].within=\"2h\"",
        "start=2015-01-06",
        "seed = 5",
    ]);
    assert_eq!(scenario.plan.teams[0].crews[0].people, 20);
    assert!((scenario.plan.channels[0].delay.at(Time::ZERO).mean() - 1800.0).abs() < 1e-9);
    assert_eq!(scenario.plan.targets[0].within, Duration::from_micros(2 * Duration::HOUR.as_micros()));
    assert_eq!(scenario.seed, 5);
    assert_eq!(scenario.bucket_labels[0], "2015-01-06T00:00");
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
fn a_variant_says_only_what_changes() {
    let base = ("base.toml", RIGHT);
    let variant = r#"extends = "base.toml"
title   = "More"
without = ["team.desk.call_in", "source.citizens.surge"]

[team.desk]
shifts = [{ days = "every day", hours = "00:00-24:00", staff = 26 }]

[stage.triage]
to = { exchange = 1 }
work.lognormal.mean = "2min"

[[target]]
name   = "1 h for terrorism"
within = "30min"

[[target]]
name   = "all"
clock  = "sent -> ended"
within = "1 day"
share  = 0.5
"#;
    let files = [("more.toml", variant), base];
    let scenario = load_with(&memory(&files), "more.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    let plan = &scenario.plan;
    assert_eq!((scenario.name.as_str(), scenario.title.as_str()), ("more", "More"));
    assert_eq!(plan.teams[0].crews[0].people, 26);
    assert!(plan.teams[0].call_ins.is_empty());
    assert_eq!(plan.sources[0].streams.len(), 1);
    assert!((plan.stages[0].work[0].mean() - 120.0).abs() < 1e-6, "merged into the base's distribution");
    assert_eq!(plan.targets.len(), 2);
    assert_eq!(plan.targets[0].within, Duration::from_micros(30 * Duration::MINUTE.as_micros()));
    assert!((plan.targets[0].share - 0.95).abs() < 1e-12, "the rest of the target is the base's");
    assert_ne!(scenario.digest, right().digest);
}

#[test]
fn a_digest_is_of_what_is_said_not_of_how() {
    let said_otherwise = format!("# a comment\n{}", RIGHT.replace("title    = ", "title="));
    let scenario = compile_text("small.toml", &said_otherwise).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.digest, right().digest);
    assert_ne!(with_sets(&["seed=2"]).digest, right().digest);
    assert_eq!(right().digest.len(), 64);
    let by_trace = |trace: &str| {
        let text = RIGHT.replacen("rate = \"515/day\"", "trace = \"data/t.csv\"", 1);
        let text = text.replacen("day  = \"evening\"\n", "", 1);
        let text = text.replace(&text[text.find("[[source").unwrap()..text.find("[stage").unwrap()], "");
        let files = memory(&[("small.toml", &text), ("data/t.csv", trace)]);
        load_with(&files, "small.toml", &[]).unwrap_or_else(|error| panic!("{error}"))
    };
    let (one, two) = (by_trace("time\n90s\n"), by_trace("time\n91s\n"));
    assert_ne!(one.digest, two.digest);
    let Arrivals::Trace(rows) = &one.plan.sources[0].streams[0].arrivals else { panic!("a trace") };
    assert_eq!((rows.len(), rows[0].time, rows[0].count), (1, Time::from_secs_f64(90.0), 1));
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
    let keys: String = (0..deep / 2).map(|n| format!("k{n}=1\n")).collect();
    assert_eq!(first(&keys), "this table has more than 5000 entries");
    let long_title = RIGHT.replacen("Small", &"long ".repeat(100_000), 1);
    assert_eq!(first(&long_title), "a title is one line of at most 200 characters");
}

/// Whatever stands in a file, reading it ends with a scenario or with messages that can be shown.
#[test]
fn no_change_to_a_file_makes_the_reader_panic() {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("every_key.toml")).unwrap();
    let read_fixture = |name: &str| std::fs::read_to_string(Path::new(FOLDER).join(name)).unwrap();
    let others = ["every_key_base.toml", "trace.csv", "durations.csv"].map(|name| (name, read_fixture(name)));
    let check = |text: String| {
        let mut files: Vec<(&str, &str)> = vec![("every_key.toml", &text)];
        files.extend(others.iter().map(|(name, text)| (*name, text.as_str())));
        if let Err(error) = load_with(&memory(&files), "every_key.toml", &[]) {
            assert!(!error.diagnostics.is_empty());
            assert!(error.to_string().contains("in the scenario"));
        }
    };
    for end in (0..text.len()).step_by(23).filter(|end| text.is_char_boundary(*end)) {
        check(text[..end].to_owned());
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
        check(changed);
    }
    // lines left out or twice
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        let mut changed = lines.clone();
        changed.remove(at);
        check(changed.join("\n"));
        changed.insert(at, lines[at]);
        changed.insert(at, lines[at]);
        check(changed.join("\n"));
    }
}

#[test]
fn the_schema_names_every_key_of_the_language() {
    let schema = schema();
    let mut known = std::collections::BTreeSet::new();
    names_of(&schema, &mut known);
    let mut used = std::collections::BTreeSet::new();
    for file in ["every_key.toml", "every_key_base.toml"] {
        let text = std::fs::read_to_string(Path::new(FOLDER).join(file)).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            for (at, _) in line.match_indices(" = ") {
                let key = line[..at].trim_end().rsplit(['{', ',', ' ']).next().unwrap_or_default();
                used.insert(key.trim_matches('"').to_owned());
            }
        }
    }
    // names that a scenario gives
    let given = [
        "terrorism",
        "child_abuse",
        "fraud",
        "other",
        "kept",
        "exchange",
        "removed",
        "restricted",
        "forum",
        "second_look",
    ];
    used.retain(|key| !given.contains(&key.as_str()) && !key.contains('.'));
    assert!(used.len() > 60, "{used:?}");
    let missing: Vec<&String> = used.difference(&known).collect();
    assert!(missing.is_empty(), "not in the schema: {missing:?}");
    // and the other way round: the fixture uses every key there is
    let unused: Vec<&String> = known.difference(&used).collect();
    // these stand in headers
    assert_eq!(
        unused,
        ["channel", "choice", "intervention", "platform", "source", "stage", "surge", "target"]
    );
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&schema).unwrap());
}

/// Names of all properties of a schema.
fn names_of(schema: &serde_json::Value, names: &mut std::collections::BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                if key == "properties" && value.is_object() {
                    names.extend(value.as_object().unwrap().keys().cloned());
                }
                names_of(value, names);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| names_of(value, names)),
        _ => {}
    }
}
