//! The same scenario and seed give the same bytes: again, on any number of threads, and whatever the order in which
//! processes are visited.

use super::*;

/// A bit of everything that could depend on an order: loops with and without delay, people called in, several
/// platforms, self-excitation, patience, little room, work that is suspended and handed over.
const EVERYTHING: &str = r#"
title = "everything"
start = 2024-03-28T00:00:00
zone = "Europe/Paris"
duration = "6 days"
warm_up = "12h"
bucket = "1h"
classes = ["a", "b", "c"]

[source.citizens]
rate = "4000/day"
mix = { a = 0.1, b = 0.3, c = 0.6 }
day = "evening"
week = "weekdays"
self_exciting = { branching = 0.4, decay = "2h" }
to = "triage"
[[source.citizens.surge]]
at = 2024-03-30T10:00:00
class = "a"
peak = "8x"
rise = "1h"
half_life = "6h"

[source.partner]
every = "10min"
batch = { uniform = [1, 4] }
mix = { b = 1 }
to = "exchange"

[stage.triage]
teams = ["night", "desk"]
work = { lognormal = { mean = "4min", cv = 1.6 } }
discipline = "earliest deadline"
patience = { exponential = { mean = "20h" } }
gives_up_to = "expired"
to = { kept = 0.3, exchange = 0.4, second = 0.2, triage = 0.1 }

[stage.second]
team = "desk"
work = { gamma = { mean = "6min", cv = 0.7 } }
discipline = "priority"
room = 20
overflow_to = "exchange"
to = { kept = 0.5, triage = 0.2, removed = 0.3 }

[team.desk]
shifts = [
    { days = "every day", hours = "08:00-19:00", staff = 16, breaks = ["12:30-13:30"] },
    { days = "every day", hours = "19:00-02:00", staff = 6 },
]
at_shift_end = "suspend"
serves = ["second", "triage"]
call_in = { when = "waiting(triage, second) > 150", add = 8, after = "2h", for = "5h" }

[team.night]
shifts = [{ days = "every day", hours = "22:00-06:00", staff = 8 }]
at_shift_end = "hand over"

[channel.exchange]
delay = { uniform = { min = "1min", max = "7min" } }
open = { days = "mon-sat", hours = "07:00-23:00" }
to_by_class = { a = "twitter", b = "forum", c = { twitter = 0.5, forum = 0.5 } }

[channel.reminder]
delay = "3h"
to = "twitter"

[platform.twitter]
response = { lognormal = { median = "2h", p95 = "20h" } }
answers = 0.7
silent_for = "1h"
silent_to = "reminder"
to = { removed = 0.6, triage = 0.1, kept = 0.3 }

[platform.forum]
work = { weibull = { mean = "5min", cv = 1.5 } }
discipline = "longest relative wait"
staff = 6
patience = "12h"
answers = 0.95
to = { removed = 0.8, restricted = 0.2 }

[[target]]
name = "a at once"
class = "a"
clock = "sent -> removed"
within = "4h"
share = 0.9

[[target]]
name = "all in a day"
clock = "sent -> ended"
within = "1 day"
share = 0.9

[[target]]
name = "triage"
clock = "enters triage -> leaves triage"
within = "1h"
share = 0.9

[[intervention]]
name = "law"
at = 2024-03-31T12:00:00
set = { "platform.twitter.answers" = 0.9, "team.night.shifts[0].staff" = 10 }
"#;

const REPLICATIONS: usize = 5;

fn on_threads(threads: usize, replications: usize, shuffle: Option<u64>) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| bytes(replications, shuffle))
}

fn bytes(replications: usize, shuffle: Option<u64>) -> String {
    let run = simulate(EVERYTHING, 11, replications, shuffle);
    // what the JSON leaves out is compared too
    format!("{}\n{:?}", vigie::out::summary_json(&run.summary), run.summary)
}

#[test]
fn the_scenario_uses_what_it_is_for() {
    let run = simulate(EVERYTHING, 11, REPLICATIONS, None);
    let summary = &run.summary;
    let positive = |what: &str, value: f64| assert!(value > 0.0, "no {what}");
    positive("patience", summary.stages[0].reneged.mean);
    positive("overflow", summary.stages[1].blocked.mean);
    positive("silence", 1.0 - summary.platforms[0].answered.expect("cases").mean);
    let most = summary.series.staff[0].iter().map(|band| band.hi).fold(0.0, f64::max);
    assert!(most > 16.5, "somebody is called in: {most}");
    assert!(
        summary.stages[0].arrivals.mean
            > 1.1 * summary.classes.iter().map(|c| c.reports.mean).sum::<f64>() * 0.9
    );
    for outcome in &summary.classes[2].outcomes {
        assert!(outcome.1.mean > 0.0 || ["withdrawn", "unanswered"].contains(&outcome.0), "no {}", outcome.0);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert!(bytes(REPLICATIONS, None) == bytes(REPLICATIONS, None));
    let other = simulate(EVERYTHING, 12, REPLICATIONS, None);
    assert!(
        vigie::out::summary_json(&other.summary)
            != vigie::out::summary_json(&simulate(EVERYTHING, 11, REPLICATIONS, None).summary)
    );
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let one = on_threads(1, REPLICATIONS, None);
    for threads in [2, 3, 8] {
        assert!(on_threads(threads, REPLICATIONS, None) == one, "{threads} threads");
    }
}

#[test]
fn threads_inside_one_replication_give_the_same_bytes() {
    // a single replication is spread over the threads; with one thread there is nothing to spread
    let sequential = on_threads(1, 1, None);
    for threads in [2, 8] {
        assert!(on_threads(threads, 1, None) == sequential, "{threads} threads");
    }
}

#[test]
fn any_order_of_processes_gives_the_same_bytes() {
    let in_order = bytes(REPLICATIONS, None);
    for shuffle in 1..=5 {
        assert!(bytes(REPLICATIONS, Some(shuffle)) == in_order, "shuffled by {shuffle}");
        assert!(
            on_threads(4, 1, Some(shuffle)) == on_threads(1, 1, None),
            "shuffled by {shuffle} on threads"
        );
    }
}

/// A loop between two stations whose delay is long enough to be cut into separate processes.
const CUT: &str = "title = \"cut\"\nstart = 2025-03-03T00:00:00\nzone = \"UTC\"\nduration = \"6h\"\nclasses = [\"all\"]\n\
    [source.s]\nrate = \"1/s\"\nto = \"far\"\n\
    [channel.far]\ndelay = \"40min\"\nto = \"a\"\n\
    [team.p]\nstaff = 40\n[stage.a]\nteam = \"p\"\nwork = { exponential = { mean = \"30s\" } }\nto = \"b\"\n\
    [team.q]\nstaff = 60\n[stage.b]\nteam = \"q\"\nwork = { exponential = { mean = \"40s\" } }\n\
    to = { removed = 0.8, back = 0.2 }\n\
    [channel.back]\ndelay = \"30min\"\nto = \"a\"\n";

/// A call-in that nothing triggers, and that makes one station of both stages.
const JOINS: &str = "call_in = { when = \"waiting(b) > 1000000\", add = 1, after = \"1h\", for = \"1h\" }\n";

#[test]
fn another_split_into_processes_gives_the_same_numbers() {
    let cut = comparable(&simulate(CUT, 3, 2, None));
    let joined = CUT.replace("[team.p]\n", &format!("[team.p]\n{JOINS}"));
    assert_ne!(CUT, joined);
    assert_eq!(comparable(&simulate(&joined, 3, 2, None)), cut);
    assert_eq!(comparable(&simulate(CUT, 3, 2, Some(5))), cut, "in a shuffled order of processes");
}

#[test]
fn a_source_behind_a_long_delay_does_not_run_away() {
    // about 2,400 cases are on their way at a time: a budget that a source running ahead would soon pass
    let scenario = CUT.replace("6h", "4 days").replace("40min", "3h").replace("30min", "3h");
    let scenario =
        vigie::scenario::compile_text("far.toml", &scenario).unwrap_or_else(|error| panic!("{error}"));
    let model = vigie::model::Model::new(scenario.plan).expect("it fits");
    let never = std::sync::atomic::AtomicBool::new(false);
    let options = vigie::model::RunOptions {
        seed: 1,
        replication: 0,
        max_in_system: 20_000,
        cancel: &never,
        execution: vigie::engine::Execution::default(),
    };
    let facts = model.simulate(&options).unwrap_or_else(|halt| panic!("{halt}"));
    assert!(facts.sent > 300_000, "{} reports", facts.sent);
}

#[test]
fn a_place_more_changes_nobody_s_work() {
    let plain = simulate(CUT, 3, 2, None);
    let with_stop =
        CUT.replace("to = \"b\"\n", "to = \"stop\"\n[channel.stop]\ndelay = \"0s\"\nto = \"b\"\n");
    assert_ne!(CUT, with_stop);
    let stopped = simulate(&with_stop, 3, 2, None);
    assert_eq!(format!("{:?}", stopped.summary.classes), format!("{:?}", plain.summary.classes));
    assert_eq!(format!("{:?}", stopped.summary.stages), format!("{:?}", plain.summary.stages));
}
