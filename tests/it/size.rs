//! Sizing against textbook answers: where a formula knows the fewest people, the search must find them.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;
use vigie::experiment::size::{Answer, Delay, FewerVerdict, Reason, SizeFindings, SizeSearch};
use vigie::experiment::{Measure, NoProgress};
use vigie::model::Roster;
use vigie::queueing::erlang_c;
use vigie::scenario::{self, Scenario};
use vigie::statistics::Proportion;

use crate::common::{Check, simulated};
use crate::desk::run_vigie;

/// Searches from a start that is far from the answer: the bounds' middle.
fn sized(scenario: &Scenario, seed: u64) -> SizeFindings {
    sized_below(scenario, seed, 1_000_000)
}

/// The same, where more cases in the system than these are too many.
fn sized_below(scenario: &Scenario, seed: u64, max_in_system: u64) -> SizeFindings {
    let sizing = scenario.sizing().unwrap_or_else(|error| panic!("{error}"));
    let middle = sizing.posts.iter().map(|post| u32::midpoint(post.at_least, post.at_most));
    let start = Roster { people: middle.collect(), delays: vec![0; sizing.posts.len()] };
    let never = AtomicBool::new(false);
    let search = SizeSearch {
        plan: &scenario.plan,
        sizing: &sizing,
        start: &start,
        seed,
        max_in_system,
        cancel: &never,
    };
    search.run(&NoProgress).expect("the search ends")
}

fn answer(scenario: &Scenario, seed: u64) -> Answer {
    let found = sized(scenario, seed);
    assert!(found.unattainable.is_empty(), "{:?}", found.unattainable);
    found.answer.expect("there is an answer")
}

/// One team around the clock: so many arrivals an hour, each a mean hour of work, and cases that begin within a time.
fn desk(load: u32, patience: &str, within: &str, share: f64, bounds: &str, days: u32) -> Scenario {
    let text = format!(
        r#"
title    = "One desk"
start    = 2025-01-06
zone     = "Etc/UTC"
duration = "{} days"
warm_up  = "3 days"
classes  = ["all"]

[source.citizens]
rate = "{load}/h"
to   = "desk"

[team.people]
staff = 1
wage  = 1

[stage.desk]
team = "people"
work = {{ exponential = {{ mean = "1h" }} }}
to   = "kept"
{patience}

[[target]]
name   = "begun in time"
clock  = "sent -> starts desk"
within = "{within}"
share  = {share}

[size.team.people]
staff = "{bounds}"
"#,
        days + 3
    );
    scenario::compile_text("desk.toml", &text).unwrap_or_else(|error| panic!("{error}"))
}

/// The share of cases of M/M/c with unit work that wait no longer than `within` hours.
fn begun_within(servers: u32, load: f64, within: f64) -> f64 {
    1.0 - erlang_c(servers, load) * (-(f64::from(servers) - load) * within).exp()
}

#[test]
fn erlang_c_staffing() {
    for (load, within, hours, share, seed) in
        [(8_u32, "6min", 0.1, 0.8, 1), (8, "30min", 0.5, 0.95, 2), (20, "1ms", 0.0, 0.9, 3)]
    {
        let enough = |servers: &u32| begun_within(*servers, f64::from(load), hours) >= share;
        let fewest = (load + 1..200).find(enough).expect("enough people are enough");
        let found = answer(&desk(load, "", within, share, "1..60", 60), seed);
        assert_eq!(found.roster.people, [fewest], "load {load}, within {within}, {share}");
        assert!(found.proof.holds);
        assert_eq!(found.proof.fewer[0].verdict, FewerVerdict::Misses);
    }
}

/// With patience as long as the work, the number in the system is Poisson whatever the staff, and the iterative staffing
/// of Feldman et al. (2008) converges at once: the fewest s with P(N >= s) < alpha.
#[test]
fn iterative_staffing_with_equal_rates() {
    let patience = "patience = { exponential = { mean = \"1h\" } }";
    for (load, alpha, fewest, seed) in [
        (90, 0.1, 103, 1),
        (90, 0.5, 91, 2),
        (90, 0.9, 79, 3),
        (110, 0.1, 125, 4),
        (110, 0.5, 111, 5),
        (110, 0.9, 98, 6),
    ] {
        let found = answer(&desk(load, patience, "1ms", 1.0 - alpha, "50..160", 40), seed);
        assert_eq!(found.roster.people, [fewest], "m = {load}, alpha = {alpha}");
        // with 124 people, 0.10068 wait where m = 110: that near to a tenth, a simulation may not be able to tell
        let may_be_unclear = fewest == 125;
        let verdict = found.proof.fewer[0].verdict;
        assert!(
            verdict == FewerVerdict::Misses || may_be_unclear,
            "m = {load}, alpha = {alpha}: {verdict:?}"
        );
    }
}

/// The same in the course of time: a rate of 100 + 20 sin t, with a day for its period, makes the load 90 at midnight and 110
/// at six in the morning (Eick, Massey & Whitt 1993). A probe a day at either moment finds somebody free every other time
/// where there are 91 people, and 111. Shifts begin before those moments and end after, so that nobody's overtime helps.
#[test]
fn iterative_staffing_in_the_course_of_time() {
    use std::f64::consts::TAU;
    let hours = |hour: i32| 100.0 + 20.0 * (TAU * (f64::from(hour) + 0.5) / 24.0).sin();
    let weights: Vec<String> = (0..24).map(|hour| format!("{:.3}", hours(hour))).collect();
    let text = format!(
        r#"
title    = "A sine"
start    = 2025-01-06
zone     = "Etc/UTC"
duration = "63 days"
warm_up  = "3 days"
classes  = ["all", "at_midnight", "at_six"]

[source.citizens]
rate = "{:.3}/day"
mix  = {{ all = 1.0 }}
day  = [{}]
to   = "desk"

[source.midnight]
every = "24h"
mix   = {{ at_midnight = 1.0 }}
to    = "desk"

[source.six]
every = "24h"
mix   = {{ at_six = 1.0 }}
to    = "six_hours"

[channel.six_hours]
delay = "6h"
to    = "desk"

[team.people]
shifts       = [{{ days = "every day", hours = "00:00-24:00", staff = 60 }}]
at_shift_end = "hand over"
wage         = 1

[stage.desk]
team     = "people"
work     = {{ exponential = {{ mean = "{work:.3}s" }} }}
patience = {{ exponential = {{ mean = "{work:.3}s" }} }}
to       = "kept"

[[target]]
name   = "at midnight"
class  = "at_midnight"
clock  = "enters desk -> starts desk"
within = "1ms"
share  = 0.5

[[target]]
name   = "at six"
class  = "at_six"
clock  = "enters desk -> starts desk"
within = "1ms"
share  = 0.5

[size.team.people]
shifts = [
  {{ days = "every day", hours = "00:00-24:00", staff = 60 }},
  {{ days = "every day", hours = "23:00-07:00", staff = "10..60" }},
  {{ days = "every day", hours = "03:00-07:00", staff = "0..60" }},
]
"#,
        100.0 * TAU,
        weights.join(", "),
        work = 86_400.0 / TAU
    );
    let scenario = scenario::compile_text("sine.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    let found = answer(&scenario, 1);
    assert!(found.proof.holds);
    assert_eq!(found.roster.people, [60, 91 - 60, 111 - 91]);
}

/// Halfin and Whitt: 111 people for a load of 100 where a fifth may wait (Erlang C: 0.199787, so close to the goal that a
/// simulation may not be able to tell them from 112).
#[test]
fn square_root_staffing() {
    assert!(erlang_c(110, 100.0) > 0.2 && erlang_c(111, 100.0) < 0.2);
    let found = answer(&desk(100, "", "1ms", 0.8, "90..150", 60), 1);
    let people = found.roster.people[0];
    let fewer = found.proof.fewer[0].verdict;
    match people {
        111 => assert_eq!(fewer, FewerVerdict::Misses),
        112 => assert_eq!(fewer, FewerVerdict::CannotTell),
        other => panic!("{other} people, one less {fewer:?}"),
    }
}

/// A desk in office hours whose removals a platform decides, which answers half of the cases after a day.
const OFFICE: &str = r#"
title    = "A desk in office hours"
start    = 2025-01-06
zone     = "Etc/UTC"
duration = "14 days"
classes  = ["all"]

[source.citizens]
rate = "10/h"
to   = "desk"

[team.people]
shifts       = [{ days = "mon-fri", hours = "09:00-17:00", staff = 2 }]
at_shift_end = "finish"
wage         = 1

[stage.desk]
team = "people"
work = { exponential = { mean = "6min" } }
to   = "network"

[platform.network]
response = { exponential = { mean = "1 day" } }
answers  = 0.5
to       = "removed"

[[target]]
name   = "begun within 2 h"
clock  = "sent -> starts desk"
within = "2h"
share  = 0.9

[[target]]
name   = "removed within 3 days"
clock  = "sent -> removed"
within = "3 days"
share  = 0.9

[size.team.people]
shifts = [{ days = "mon-fri", hours = "09:00-17:00", staff = "1..50" }]
"#;

#[test]
fn why_a_target_cannot_be_met() {
    let of =
        |text: &str| scenario::compile_text("office.toml", text).unwrap_or_else(|error| panic!("{error}"));
    let found = sized(&of(OFFICE), 1);
    assert!(found.answer.is_none());
    let [hours, platform] = found.unattainable.as_slice() else { panic!("{:?}", found.unattainable) };
    assert!(matches!(hours.reason, Reason::Hours), "{hours:?}");
    let Reason::Elsewhere { delay: Delay::Propagation(seconds), silent: Some((0, answered)), .. } =
        platform.reason
    else {
        panic!("{platform:?}")
    };
    // what is silent at once has no response time; the others take a day
    assert!((seconds / 86_400.0 - 1.0).abs() < 0.1 && (answered - 0.5).abs() < 0.05, "{platform:?}");
    // day and night, two people do; with one allowed at most, the bounds are the reason
    let always = OFFICE
        .replace("09:00-17:00\", staff = \"1..50", "00:00-24:00\", staff = \"1..50")
        .replace("mon-fri\", hours = \"00", "every day\", hours = \"00");
    let found = sized(&of(&always), 1);
    assert_eq!(found.unattainable.len(), 1);
    assert_eq!(found.answer.expect("people can do it").roster.people, [2]);
    let found = sized(&of(&always.replace("1..50", "1..1")), 1);
    assert!(matches!(found.unattainable[0].reason, Reason::Bounds), "{:?}", found.unattainable);
}

/// A surge of a day: help on call is cheaper than people who wait for it all month, and sooner is worth its standby.
const ON_CALL: &str = r#"
title    = "Help on call"
start    = 2025-01-06
zone     = "Etc/UTC"
duration = "21 days"
warm_up  = "2 days"
classes  = ["all"]

[source.citizens]
rate = "30/h"
to   = "desk"

[[source.citizens.surge]]
at        = 2025-01-15T10:00:00
peak      = "10x"
rise      = "4h"
half_life = "12h"

[team.people]
staff = 3
wage  = 30

[stage.desk]
team = "people"
work = { exponential = { mean = "3min" } }
to   = "kept"

[[target]]
name   = "begun within 1 h"
clock  = "sent -> starts desk"
within = "1h"
share  = 0.95

[size.team.people]
staff   = "1..40"
call_in = { when = "waiting(desk) > 40", add = "0..20", after = ["12h", "30min"], standby = [0.0, 3.0], for = "8h" }
"#;

#[test]
fn help_is_called_in_where_that_is_cheaper() {
    let of =
        |text: &str| scenario::compile_text("on-call.toml", text).unwrap_or_else(|error| panic!("{error}"));
    let cost = |answer: &Answer| {
        let costs = answer.curve.iter().filter(|compromise| compromise.roster == answer.roster);
        costs.map(|compromise| compromise.cost).next().expect("the answer is on its curve")
    };
    let with = answer(&of(ON_CALL), 1);
    let without = answer(&of(&ON_CALL.replace("add = \"0..20\"", "add = \"0..0\"")), 1);
    assert!(with.proof.holds && without.proof.holds);
    assert!(with.roster.people[1] > 0 && with.roster.delays[1] == 1, "{:?}", with.roster);
    assert_eq!(without.roster.people[1], 0);
    assert!(cost(&with) < 0.6 * cost(&without), "{} and {}", cost(&with), cost(&without));
    // nothing on the curve is dearer and no better
    for pair in with.curve.windows(2) {
        let share = |idx: usize| pair[idx].shares[0].as_ref().map_or(0.0, Proportion::estimate);
        assert!(pair[0].cost < pair[1].cost && share(0) < share(1), "{:?}", with.curve);
    }
}

/// Two teams in a row, each with a target of its own: each gets the textbook's number.
#[test]
fn two_teams_at_once() {
    let desk = |name: &str, next: &str| {
        format!(
            "[team.{name}]\nstaff = 1\nwage = 1\n\n[stage.{name}_desk]\nteam = \"{name}\"\n\
             work = {{ exponential = {{ mean = \"1h\" }} }}\nto = \"{next}\"\n\n[[target]]\nname = \"{name}\"\n\
             clock = \"enters {name}_desk -> starts {name}_desk\"\nwithin = \"6min\"\nshare = 0.8\n\n\
             [size.team.{name}]\nstaff = \"1..40\"\n\n"
        )
    };
    let text = format!(
        "title = \"Two desks\"\nstart = 2025-01-06\nzone = \"Etc/UTC\"\nduration = \"60 days\"\nwarm_up = \"3 days\"\n\
         classes = [\"all\"]\n\n[source.citizens]\nrate = \"8/h\"\nto = \"first_desk\"\n\n{}{}",
        desk("first", "second_desk"),
        desk("second", "kept")
    );
    let scenario = scenario::compile_text("two.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    let found = answer(&scenario, 1);
    // by Burke's theorem the second sees a Poisson process, too
    let fewest = (9..40).find(|servers| begun_within(*servers, 8.0, 0.1) >= 0.8).expect("enough");
    assert_eq!(found.roster.people, [fewest, fewest]);
    assert!(found.proof.fewer.iter().all(|fewer| fewer.verdict == FewerVerdict::Misses));
}

#[test]
fn the_program_sizes_and_judges() {
    let dir = TempDir::new().expect("a temporary folder");
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).expect("written");
    write("office.toml", OFFICE);
    let always = OFFICE.replace("mon-fri", "every day").replace("09:00-17:00", "00:00-24:00");
    write("always.toml", &always.replace("share  = 0.9\n\n[size", "share  = 0.1\n\n[size"));
    let met = run_vigie(dir.path(), &["size", "always.toml"]);
    assert_eq!(met.code, Some(0), "{}{}", met.stdout, met.stderr);
    assert_eq!(met.stderr, "", "no progress in a pipe");
    assert!(met.stdout.contains("ANSWER With the people below, both targets are met"), "{}", met.stdout);
    assert!(met.stdout.lines().all(|line| line.chars().count() <= 100), "{}", met.stdout);
    for file in ["index.html", "manifest.json", "sizing.json", "staffing.csv"] {
        assert!(dir.path().join("results/always-sized").join(file).is_file(), "{file}");
    }
    let json = |threads: &str| {
        run_vigie(dir.path(), &["size", "always.toml", "--format", "json", "--threads", threads]).stdout
    };
    let (one, two) = (json("1"), json("2"));
    assert_eq!(one, two, "the same for any number of threads");
    let parsed: serde_json::Value = serde_json::from_str(&one).expect("only JSON");
    assert_eq!(parsed["schema"], "vigie.sizing/1");
    assert_eq!(parsed["answer"]["posts"][0]["people"], 2);
    // the reader may lose the last digit of a number
    let keys = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let sorted = serde_json::to_string_pretty(&parsed).expect("JSON") + "\n";
    assert_eq!(keys(&one), keys(&sorted), "keys are sorted");
    let missed = run_vigie(dir.path(), &["size", "office.toml", "--quiet"]);
    assert_eq!((missed.code, missed.stdout.as_str()), (Some(3), ""), "{}", missed.stderr);
}

#[test]
fn what_cannot_be_sized_is_refused_before_anything_runs() {
    let dir = TempDir::new().expect("a temporary folder");
    let refused = |text: &str, place: &str, message: &str| {
        fs::write(dir.path().join("office.toml"), text).expect("written");
        let ended = run_vigie(dir.path(), &["size", "office.toml"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        assert!(ended.stderr.contains(place) && ended.stderr.contains(message), "{}", ended.stderr);
        assert!(!dir.path().join("results").exists(), "nothing is written");
    };
    refused(&OFFICE.replace("wage         = 1\n", ""), "office.toml:12:7", "wage");
    refused(&OFFICE.replace("1..50", "50..1"), "office.toml:40:62", "no number of people is within `50..1`");
    let (before, rest) = OFFICE.split_once("[[target]]").expect("targets");
    let (_, sizing) = rest.split_once("[size").expect("sizing");
    refused(&format!("{before}[size{sizing}"), "office.toml:", "target");
    let other = OFFICE
        .replace("[\"all\"]", "[\"all\", \"none\"]")
        .replace("clock  = \"sent -> removed\"", "class = \"none\"\nclock  = \"sent -> removed\"");
    refused(
        &other.replace("rate = \"10/h\"", "rate = \"10/h\"\nmix = { all = 1.0 }"),
        "office.toml:",
        "no source reports",
    );
}

/// The README shows the roster of seed 1; ten seeds gave it when it was written. Another seed may differ by one person on a
/// shift, no more.
#[test]
fn another_seed_gives_the_same_roster_for_january_2015() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/january-2015.toml");
    let scenario = scenario::load(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
    let found = answer(&scenario, 2);
    assert!(found.proof.holds);
    for (people, shown) in found.roster.people.iter().zip([13_u32, 12, 2, 9, 3]) {
        assert!(people.abs_diff(shown) <= 1, "{:?}", found.roster);
    }
}

/// One roster alone, of 11 people, which misses the goal by next to nothing: there is nothing to search, and the proof must
/// not say more often than it allows itself at the first attempt, one time in forty, that the goal is met. (Looked at four
/// times with the whole of that, it would be wrong more than twice as often; by the estimate alone, every other time.)
#[test]
fn the_confidence_of_the_proof_is_kept() {
    const SEEDS: u64 = 40;
    // a binomial number of 40 with a chance of 0.025 is at most 4 with a probability of 0.997
    const MOST_WRONG: usize = 4;
    let only = |share: f64| desk(8, "", "6min", share, "11..11", 2);
    let mut staffed = only(0.5);
    let sizing = staffed.sizing().unwrap_or_else(|error| panic!("{error}"));
    staffed.plan = sizing.staffed(&staffed.plan, &Roster { people: vec![11], delays: vec![0] });
    let check = Check { seed: 99, replications: 20_000, ..Check::default() };
    let (_, collected) = simulated(&staffed, &check);
    let truth = Measure::OnTime(0).proportion(&collected).expect("cases");
    let (_, above) = truth.interval(0.999).bounds.expect("many replications");
    let scenario = only(above + 1e-5);
    let is_wrong = |seed: &u64| sized(&scenario, *seed).answer.is_some_and(|found| found.proof.holds);
    let wrong = (1..=SEEDS).filter(is_wrong).count();
    assert!(wrong <= MOST_WRONG, "{wrong} of {SEEDS} proofs were wrong");
}

/// The start of a scenario of ten days with one desk; what follows says who sorts and who judges.
fn short(rest: &str) -> Scenario {
    let head = "title = \"Short\"\nstart = 2025-03-03\nzone = \"Etc/UTC\"\nduration = \"10 days\"\nclasses = [\"all\"]\n";
    scenario::compile_text("short.toml", &format!("{head}{rest}")).unwrap_or_else(|error| panic!("{error}"))
}

/// Sorters feed judges, who are always two: with more sorters, judges have longer queues. Full posts miss the target, but
/// fewer meet it.
#[test]
fn more_people_may_be_worse() {
    let scenario = short(
        r#"
[source.citizens]
rate = "60/h"
to   = "sort"

[team.sorters]
staff = 3
wage  = 20

[team.judges]
staff = 3

[stage.sort]
team = "sorters"
work = { exponential = { mean = "4min" } }
to   = "judge"

[stage.judge]
team = "judges"
work = { exponential = { mean = "4min" } }
to   = "kept"

[[target]]
name   = "judged soon"
clock  = "enters judge -> starts judge"
within = "5min"
share  = 0.9

[size.team.sorters]
staff = "1..40"
"#,
    );
    let found = answer(&scenario, 1);
    assert!(found.proof.holds && found.roster.people[0] <= 2, "{:?}", found.roster);
}

/// A case in ten days: most replications have none, and a handful of them says nothing of what people can do.
#[test]
fn rare_cases_are_no_reason_to_give_up() {
    let desk = r#"
[source.citizens]
rate = "0.1/day"
to   = "desk"

[team.people]
staff = 1
wage  = 20

[stage.desk]
team = "people"
work = { exponential = { mean = "10min" } }
to   = "kept"

[[target]]
name   = "begun within 1 h"
clock  = "sent -> starts desk"
within = "1h"
share  = 0.8

[size.team.people]
staff = "1..50"
"#;
    for seed in 1..=8 {
        let found = sized(&short(desk), seed);
        assert!(found.unattainable.is_empty(), "seed {seed}: {:?}", found.unattainable);
        let answer = found.answer.expect("one person does");
        assert!(answer.proof.holds && answer.roster.people == [1], "seed {seed}: {:?}", answer.roster);
    }
}

/// As it stands, one person has the work of thirty: that is why somebody sizes, and no reason to end.
#[test]
fn hopeless_staffing_of_now_is_no_obstacle() {
    let scenario = short(
        r#"
[source.citizens]
rate = "300/h"
to   = "desk"

[team.people]
staff = 1
wage  = 20

[stage.desk]
team = "people"
work = { exponential = { mean = "6min" } }
to   = "kept"

[[target]]
name   = "begun within 10 min"
clock  = "sent -> starts desk"
within = "10min"
share  = 0.8

[size.team.people]
staff = "20..60"
"#,
    );
    let found = sized_below(&scenario, 1, 20_000).answer.expect("there is an answer");
    assert!(found.now.is_none() && found.proof.holds && found.roster.people[0] > 30, "{:?}", found.roster);
}
