//! The scenario language: what files that are right mean.

use std::collections::BTreeSet;
use std::path::Path;

use vigie::model::{Answers, Arrivals, Discipline, Place, TakeOrder};
use vigie::scenario::{Scenario, compile_text, load, load_with, schema};
use vigie::units::{Duration, Time};

use super::scenario_errors::{FOLDER, RIGHT, memory};

fn every_key() -> Scenario {
    load(&Path::new(FOLDER).join("every_key.toml"), &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn right() -> Scenario {
    compile_text("small.toml", RIGHT).unwrap_or_else(|error| panic!("{error}"))
}

fn with_sets(sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    load_with(&memory(&[("small.toml", RIGHT)]), "small.toml", &sets)
        .unwrap_or_else(|error| panic!("{error}"))
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
fn loops_that_take_time_are_right() {
    let head = r#"title = "Loops"
start = 2015-01-05
zone = "UTC"
duration = "7 days"
classes = ["a", "b"]
[source.s]
rate = "1/h"
mix = { a = 0.5, b = 0.5 }
to = "one"
[team.people]
staff = 3
"#;
    let exponential = "work = { exponential = { mean = \"1min\" } }";
    let stage = |name: &str, rest: &str| format!("[stage.{name}]\nteam = \"people\"\n{rest}\n");
    let right = [
        // feedback to the same stage, and Jackson's network of two that lead to each other
        stage("one", &format!("{exponential}\nto = {{ one = 0.3, kept = 0.7 }}")),
        stage("one", &format!("{exponential}\nto = {{ two = 0.5, kept = 0.5 }}"))
            + &stage("two", &format!("{exponential}\nto = {{ one = 0.5, two = 0.1, removed = 0.4 }}")),
        // one of the two takes no time, and the other does
        stage("one", "work = \"0s\"\nto = { two = 0.5, kept = 0.5 }")
            + &stage("two", &format!("{exponential}\nto = \"one\"")),
        // a sample or an interval that begins with nothing
        stage("one", "work = { uniform = { min = \"0s\", max = \"1ms\" } }\nto = { one = 0.9, kept = 0.1 }"),
        // through a channel of random delay
        stage("one", "work = \"0s\"\nto = { again = 0.5, kept = 0.5 }")
            + "[channel.again]\ndelay = { exponential = { mean = \"1min\" } }\nto = \"one\"\n",
        // who gives up comes again at once, but has waited; and who never gives up does not loop
        stage("one", "work = \"0s\"\nto = \"kept\"\npatience = \"1min\"\ngives_up_to = \"one\""),
        stage(
            "one",
            &format!("{exponential}\nto = \"kept\"\npatience_by_class = {{ a = {{ exponential = {{ mean = \"1h\" }} }} }}\ngives_up_to = \"one\""),
        ),
        // no patience at all, but on to elsewhere
        stage("one", &format!("{exponential}\nto = \"kept\"\npatience = \"0s\"")),
        // a stage that takes no time, without a loop
        stage("one", "work = \"0s\"\nto = \"kept\""),
        // a reminder after some silence
        "[platform.one]\nresponse = \"0s\"\nanswers = 0.5\nsilent_for = \"1s\"\nsilent_to = \"one\"\nto = \"removed\"\n"
            .to_owned(),
        // a platform with people who send some back to the queue
        format!("[platform.one]\nstaff = 1\n{exponential}\nto = {{ one = 0.5, removed = 0.5 }}\n"),
    ];
    for places in right {
        let read = compile_text("loops.toml", &format!("{head}{places}"));
        assert!(read.is_ok(), "{places}\n{}", read.unwrap_err());
    }
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
fn the_schema_names_every_key_of_the_language() {
    let schema = schema();
    let mut known = BTreeSet::new();
    names_of(&schema, &mut known);
    let mut used = BTreeSet::new();
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
        ["channel", "choice", "gate", "intervention", "platform", "size", "source", "surge", "target"]
    );
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&schema).unwrap());
}

/// Names of all properties of a schema.
fn names_of(schema: &serde_json::Value, names: &mut BTreeSet<String>) {
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
