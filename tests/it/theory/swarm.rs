//! Many small scenarios made by chance. The engine checks itself as it runs (flow is conserved, Little's law holds on
//! every sample path, time does not go back), and the bytes may depend neither on threads nor on the order of
//! processes. A failure prints the scenario and the number that made it.

use std::fmt::Write as _;

use super::dice::Dice;
use super::*;

const SCENARIOS: u64 = 60;

/// What there is in a scenario.
struct Parts {
    classes: u64,
    teams: u64,
    stages: Vec<String>,
    /// Stages, channels, choices and platforms, in an order in which each leads on to the next.
    places: Vec<String>,
}

/// A scenario made from a number.
fn scenario(number: u64) -> String {
    let mut dice = Dice(number.wrapping_mul(0x0001_0001));
    let kinds = ["stage", "stage", "stage", "channel", "choice", "platform", "desk"];
    let mut places: Vec<String> =
        (0..dice.roll(1, 6)).map(|i| format!("{}_{i}", dice.pick(&kinds))).collect();
    places.push("stage_last".to_owned());
    let stages = places.iter().filter(|name| name.starts_with("stage")).cloned().collect();
    let parts = Parts { classes: dice.roll(1, 3), teams: dice.roll(1, 3), stages, places };
    let mut text = head_of(&mut dice, &parts);
    for team in 0..parts.teams {
        let _ = write!(text, "[team.t{team}]\n{}", people(&mut dice, &parts.stages[0]));
    }
    for position in 0..parts.places.len() {
        text.push_str(&place(&mut dice, &parts, position));
    }
    for idx in 0..dice.roll(0, 3) {
        let stage = &parts.stages[dice.roll(0, parts.stages.len() as u64 - 1) as usize];
        let clock = match dice.roll(0, 4) {
            0 => "sent -> removed".to_owned(),
            1 => "sent -> ended".to_owned(),
            2 => format!("enters {stage} -> leaves {stage}"),
            3 => format!("enters {stage} -> starts {stage}"),
            _ => format!("leaves {stage} -> decided"),
        };
        let within = dice.roll(10, 600);
        let _ = write!(
            text,
            "[[target]]\nname = \"target {idx}\"\nclock = \"{clock}\"\nwithin = \"{within}min\"\nshare = 0.9\n"
        );
    }
    text
}

/// The head and the sources.
fn head_of(dice: &mut Dice, parts: &Parts) -> String {
    let classes: Vec<String> = (0..parts.classes).map(|class| format!("\"k{class}\"")).collect();
    let mut mix = vec!["k0 = 1.0".to_owned()];
    if parts.classes > 1 {
        mix = (0..parts.classes).map(|class| format!("k{class} = {}", 1.0 / parts.classes as f64)).collect();
    }
    let mix = mix.join(", ");
    let mut text = format!(
        "title = \"swarm\"\nstart = {}\nzone = \"{}\"\nduration = \"{}h\"\nwarm_up = \"{}h\"\nbucket = \"{}min\"\n\
         classes = [{}]\n",
        dice.pick(&["2024-03-30T05:00:00", "2024-10-26T17:30:00", "2024-02-28", "2024-12-31T23:00:00"]),
        dice.pick(&["Europe/Paris", "America/New_York", "UTC", "Australia/Lord_Howe"]),
        dice.roll(20, 90),
        dice.roll(0, 10),
        dice.roll(13, 120),
        classes.join(", "),
    );
    let first = &parts.places[0];
    let _ = write!(
        text,
        "[source.main]\nrate = \"{}/day\"\nmix = {{ {mix} }}\nto = \"{first}\"\n",
        dice.roll(50, 2000)
    );
    if dice.one_in(2) {
        let _ = writeln!(text, "day = \"{}\"", dice.pick(&["evening", "office", "flat"]));
    }
    if dice.one_in(3) {
        text.push_str("self_exciting = { branching = 0.5, decay = \"40min\" }\n");
    }
    if dice.one_in(3) {
        text.push_str("batch = { geometric = 2.5 }\n");
    }
    if dice.one_in(3) {
        let at = "2025-01-01T01:00:00";
        if text.contains("2024-12-31") {
            let _ = write!(
                text,
                "[[source.main.surge]]\nat = {at}\npeak = \"6x\"\nrise = \"1h\"\nhalf_life = \"3h\"\n"
            );
        }
    }
    if dice.one_in(2) {
        let last = parts.places.last().map_or("", String::as_str);
        let every = dice.roll(5, 60);
        let every = dice.law(every);
        let _ =
            write!(text, "[source.other]\nevery = {every}\nmix = {{ {mix} }}\nbatch = 2\nto = \"{last}\"\n");
    }
    text
}

/// Who is there, and when.
fn people(dice: &mut Dice, watched: &str) -> String {
    let mut text = if dice.one_in(2) {
        format!("staff = {}\n", dice.roll(1, 6))
    } else {
        let end = dice.pick(&["finish", "suspend", "hand over"]);
        let breaks = if dice.one_in(2) { ", breaks = [\"12:30-13:15\"]" } else { "" };
        format!(
            "at_shift_end = \"{end}\"\nshifts = [\n  {{ days = \"every day\", hours = \"08:00-16:00\", staff = {}{breaks} }},\n  \
             {{ days = \"every day\", hours = \"{}\", staff = {} }},\n]\n",
            dice.roll(1, 6),
            dice.pick(&["15:00-23:00", "22:00-06:00", "16:00-08:00"]),
            dice.roll(1, 4),
        )
    };
    if dice.one_in(3) {
        let _ = writeln!(
            text,
            "call_in = {{ when = \"waiting({watched}) > {}\", add = {}, after = \"{}min\", for = \"{}h\" }}",
            dice.roll(0, 40),
            dice.roll(1, 5),
            dice.roll(0, 180),
            dice.roll(1, 8),
        );
    }
    text
}

/// A place, which leads to the next one, to an outcome, and perhaps back to a stage.
fn place(dice: &mut Dice, parts: &Parts, position: usize) -> String {
    let name = &parts.places[position];
    let outcome = dice.pick(&["kept", "removed", "restricted"]);
    // whatever leads back leads to a stage, so that there is no circle without one
    let back = parts.stages[dice.roll(0, parts.stages.len() as u64 - 1) as usize].clone();
    let next = parts.places.get(position + 1).unwrap_or(&back);
    let to = match dice.roll(0, 2) {
        0 if *next != back => format!("{{ {outcome} = 0.4, {next} = 0.4, {back} = 0.2 }}"),
        1 => format!("{{ {outcome} = 0.3, {next} = 0.7 }}"),
        _ => format!("{{ {outcome} = 0.6, {next} = 0.4 }}"),
    };
    let minutes = dice.roll(1, 15);
    let law = dice.law(minutes);
    match name.split('_').next().unwrap_or_default() {
        "channel" => {
            let open = if dice.one_in(2) {
                "open = { days = \"every day\", hours = \"07:00-21:00\" }\n"
            } else {
                ""
            };
            format!("[channel.{name}]\ndelay = {law}\nto = {to}\n{open}")
        }
        "choice" => format!("[choice.{name}]\nto = {to}\n"),
        "platform" => format!(
            "[platform.{name}]\nresponse = {law}\nanswers = 0.8\nsilent_for = \"{}min\"\nsilent_to = \"{back}\"\nto = {to}\n",
            dice.roll(0, 200)
        ),
        "desk" => {
            let name = &name;
            let people = people(dice, name);
            format!("[platform.{name}]\nanswers = 0.9\nto = {to}\n{}{people}", queue_of(dice, &law))
        }
        _ => {
            let first = dice.roll(0, parts.teams - 1);
            let second = dice.roll(0, parts.teams - 1);
            let teams = if first == second {
                format!("[\"t{first}\"]")
            } else {
                format!("[\"t{first}\", \"t{second}\"]")
            };
            format!("[stage.{name}]\nteams = {teams}\nto = {to}\n{}", queue_of(dice, &law))
        }
    }
}

/// Work, discipline, patience and room.
fn queue_of(dice: &mut Dice, work: &str) -> String {
    let disciplines = ["fifo", "lifo", "priority", "earliest deadline", "longest relative wait"];
    let mut text = format!("work = {work}\ndiscipline = \"{}\"\n", dice.pick(&disciplines));
    if dice.one_in(3) {
        let minutes = dice.roll(5, 400);
        let _ = write!(
            text,
            "patience = {}\ngives_up_to = \"{}\"\n",
            dice.law(minutes),
            dice.pick(&["expired", "withdrawn"])
        );
    }
    if dice.one_in(3) {
        let to = dice.pick(&["kept", "unanswered"]);
        let _ = write!(text, "room = {}\noverflow_to = \"{to}\"\n", dice.roll(0, 30));
    }
    text
}

/// Everything found in a scenario, on so many threads.
fn bytes(text: &str, threads: usize, replications: usize, shuffle: Option<u64>) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| {
        let run = simulate(text, 3, replications, shuffle);
        format!("{}\n{:?}", vigie::out::summary_json(&run.summary), run.summary)
    })
}

fn check_scenario(number: u64) {
    let text = scenario(number);
    let told = || format!("scenario number {number}\n{text}");
    let found = std::panic::catch_unwind(|| {
        let in_order = bytes(&text, 1, 2, None);
        let shuffled = bytes(&text, 1, 2, Some(number + 1));
        let alone = bytes(&text, 1, 1, None);
        let parallel = bytes(&text, 4, 1, None);
        let both = bytes(&text, 3, 1, Some(number + 2));
        [in_order == shuffled, in_order == bytes(&text, 2, 2, None), alone == parallel, alone == both]
    });
    let same = found.unwrap_or_else(|_| panic!("the engine's own checks failed: {}", told()));
    assert!(
        same == [true; 4],
        "not the same when [shuffled, on two threads, on threads inside, both]: {same:?}, {}",
        told()
    );
}

#[test]
fn scenarios_made_by_chance_keep_the_laws() {
    (0..SCENARIOS).for_each(check_scenario);
}

#[test]
fn the_swarm_is_not_all_alike() {
    let all: Vec<String> = (0..SCENARIOS).map(scenario).collect();
    for word in
        ["call_in", "suspend", "hand over", "lifo", "room", "patience", "platform.desk", "surge", "choice."]
    {
        let n = all.iter().filter(|text| text.contains(word)).count() as u64;
        assert!((3..SCENARIOS).contains(&n), "`{word}` is in {n} scenarios");
    }
}
