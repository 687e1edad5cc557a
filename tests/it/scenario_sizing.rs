//! The scenario language: what sizing may change, and what is said where there is nothing to size.

use std::fmt::Write as _;
use std::path::Path;

use vigie::load::starting_roster;
use vigie::model::{CallInDelay, Duty, Post, Roster, Sizing};
use vigie::scenario::{LoadError, Scenario, compile_text, load, load_with};
use vigie::units::{Duration, Time};

use super::docs::shipped_scenarios;
use super::scenario_errors::{FOLDER, RIGHT, memory, short};

/// The small scenario with a wage, and with more at its end.
fn with(more: &str) -> String {
    format!("{}\n{more}", RIGHT.replacen("call_in ", "wage = 25\ncall_in ", 1))
}

fn sizing(text: &str) -> Sizing {
    let scenario = compile_text("small.toml", text).unwrap_or_else(|error| panic!("{error}"));
    scenario.sizing().unwrap_or_else(|error| panic!("{error}"))
}

/// `label: at least..at most, now`.
fn shown(post: &Post) -> String {
    let now = post.now.map_or("new".to_owned(), |now| format!("now {now}"));
    format!("{}: {}..{}, {now}", post.label, post.at_least, post.at_most)
}

fn hour(n: f64) -> Time {
    Time::from_secs_f64(n * 3600.0)
}

#[test]
fn without_a_section_every_shift_may_change() {
    let sizing = sizing(&with(""));
    let posts: Vec<String> = sizing.posts.iter().map(shown).collect();
    assert_eq!(
        posts,
        ["mon-fri 08:00-19:00: 0..150, now 13", "called in, waiting(triage) > 500: 20..20, now 20"]
    );
    assert_eq!((sizing.targets.as_slice(), sizing.confidence), (&[0][..], 0.95));
    // filled as they are now, the posts are the plan
    let plan = compile_text("small.toml", &with("")).unwrap().plan;
    let staffed = sizing.staffed(&plan, &Roster { people: vec![13, 20], delays: vec![0, 0] });
    assert_eq!(format!("{staffed:?}"), format!("{plan:?}"));
}

#[test]
fn every_key_of_the_section() {
    let scenario = load(&Path::new(FOLDER).join("every_key.toml"), &[]).unwrap();
    // the night desk has no wage: that is for sizing alone to say
    let error = scenario.sizing().unwrap_err();
    assert_eq!(error.diagnostics.len(), 1);
    let priced = load(&Path::new(FOLDER).join("every_key.toml"), &["team.\"night desk\".wage=35".to_owned()]);
    let sizing = priced.unwrap().sizing().unwrap();
    let posts: Vec<String> = sizing.posts.iter().map(shown).collect();
    assert_eq!(
        posts,
        [
            "mon-fri 08:00-19:00: 5..40, now 13",
            "sat,sun 10:00-16:00: 2..2, new",
            "called in, waiting(triage, urgent_desk) > 500: 0..20, now 20",
            "day and night: 1..10, now 2",
        ]
    );
    assert_eq!((sizing.targets.as_slice(), sizing.confidence), (&[1][..], 0.9));
    let Duty::Shift { on_duty, wage_per_hour } = &sizing.posts[0].duty else { panic!("a shift") };
    assert_eq!(*wage_per_hour, Some(30.0));
    // Monday 30 March, by a clock that was put forward; a break; Easter Monday is a holiday
    let monday = 48.0 - 1.0;
    let there = [8.0, 12.6, 13.5, 168.0 + 9.0].map(|at| on_duty.contains(hour(monday + at)));
    assert_eq!(there, [true, false, true, false]);
    let Duty::CallIn { call_in, delays } = &sizing.posts[2].duty else { panic!("a call-in") };
    assert_eq!((call_in.stages.as_slice(), call_in.above), (&[0, 1][..], 500));
    let delay = |hours: f64, standby_per_hour| CallInDelay {
        after: Duration::from_secs_f64(hours * 3600.0),
        standby_per_hour,
    };
    assert_eq!(*delays, [delay(3.0, 4.0), delay(12.0, 0.0)]);
}

#[test]
fn wages_of_shifts_and_standby_cost() {
    let text = with("")
        .replacen("breaks = [\"12:30-13:30\"] }", "breaks = [\"12:30-13:30\"], wage = 30 }", 1)
        .replacen("for = \"8h\" }", "for = \"8h\", standby = 2 }", 1);
    let plan = compile_text("small.toml", &text).unwrap().plan;
    let desk = &plan.teams[0];
    assert_eq!((desk.wage_per_hour, desk.crews[0].wage_per_hour), (Some(25.0), Some(30.0)));
    // Monday: 13 people for ten hours at 30; nobody is called in, but 20 stand by for 24 hours
    let cost = desk.cost(Time::ZERO, hour(24.0), 130.0).unwrap();
    assert!((cost - (130.0 * 30.0 + 20.0 * 24.0 * 2.0)).abs() < 1e-9, "{cost}");
}

#[test]
fn rosters_are_varied_like_all_else() {
    let base = with(
        "[size.team.desk]\nshifts = [\n  { days = \"mon-fri\", hours = \"09:00-17:00\", staff = 3 },\n  { days = \"every day\", hours = \"22:00-06:00\", staff = \"0..9\" },\n]\n",
    );
    let changed = |files: &[(&str, &str)], set: &str| -> Scenario {
        load_with(&memory(files), files[0].0, &[set.to_owned()]).unwrap_or_else(|error| panic!("{error}"))
    };
    let sizing =
        changed(&[("small.toml", &base)], "size.team.desk.shifts[1].staff=\"2..4\"").sizing().unwrap();
    assert_eq!(shown(&sizing.posts[0]), "mon-fri 09:00-17:00: 3..3, new");
    assert_eq!(shown(&sizing.posts[1]), "every day 22:00-06:00: 2..4, new");
    // without quotes, from a variant that adds a target and takes the roster out
    let variant = "extends = \"small.toml\"\nwithout = [\"size.team.desk.shifts\"]\n[size]\ntargets = [\"1 h for terrorism\"]\n\
                   [size.team.desk]\ncall_in = { when = \"waiting(triage) > 500\", add = 20, after = \"3h\", for = \"8h\" }\n";
    let files = [("variant.toml", variant), ("small.toml", base.as_str())];
    let sizing = changed(&files, "size.team.desk.staff=1..7").sizing().unwrap();
    assert_eq!(shown(&sizing.posts[0]), "day and night: 1..7, new");
    assert_eq!(shown(&sizing.posts[1]), "called in, waiting(triage) > 500: 20..20, now 20");
}

/// What is said of a scenario to run, and, where that is right, of one to size.
fn said(text: &str) -> String {
    let mut said = String::new();
    let mut add = |step: &str, error: &LoadError| {
        for diagnostic in &error.diagnostics {
            let _ = writeln!(said, "    {step}: {}", short(diagnostic, error));
        }
    };
    match compile_text("small.toml", text) {
        Err(error) => add("run", &error),
        Ok(scenario) => {
            let warned =
                LoadError { diagnostics: scenario.warnings.clone(), sources: scenario.sources.clone() };
            add("run", &warned);
            if let Err(error) = scenario.sizing() {
                add("size", &error);
            }
        }
    }
    said
}

/// A roster of one row, with more in it.
fn row(more: &str) -> String {
    format!(
        "[size.team.desk]\nshifts = [{{ days = \"mon\", hours = \"09:00-17:00\", staff = \"1..9\"{more} }}]"
    )
}

/// What may be wrong at the end of the small scenario.
fn mistakes() -> Vec<String> {
    let call_in = |more: &str| {
        format!("{}\ncall_in = {{ when = \"waiting(triage) > 9\", for = \"8h\", {more} }}", row(""))
    };
    [
        "[size]\ntarget = [\"1 h for terrorism\"]".to_owned(),
        "[size]\ntargets = [\"1 h for terorism\", \"2 h\"]".to_owned(),
        "[size]\ntargets = []".to_owned(),
        "[size]\ntargets = [\"1 h for terrorism\", \"1 h for terrorism\"]".to_owned(),
        "[size]\nconfidence = 0.5\n".to_owned(),
        "[size]\nconfidence = 1".to_owned(),
        "[size]\nconfidence = \"95%\"".to_owned(),
        "[size.team.dsk]\nstaff = 3".to_owned(),
        "[size.team.twitter]\nstaff = 3".to_owned(),
        "[size.team.desk]".to_owned(),
        "[size.team.desk]\nstaff = 3\nshifts = []".to_owned(),
        "[size.team.desk]\nshifts = []".to_owned(),
        "[size.team.desk]\nstaff = 3\nholidays = []\nzone = \"UTC\"".to_owned(),
        "[size.team.desk]\nstaff = \"60..13\"".to_owned(),
        "[size.team.desk]\nstaff = \"13-60\"".to_owned(),
        "[size.team.desk]\nstaff = \"..60\"".to_owned(),
        "[size.team.desk]\nstaff = \"1..99999999999999999999\"".to_owned(),
        "[size.team.desk]\nstaff = \"1..200000\"".to_owned(),
        "[size.team.desk]\nstaff = -1".to_owned(),
        "[size.team.desk]\nstaff = 1.5".to_owned(),
        "[size.team.desk]\nstaff = 3\nat_shift_end = \"finish\"".to_owned(),
        "[size.team.desk]\nstaff = 3\nwage = 30".to_owned(),
        row(", wage = -1"),
        row(", wage = nan"),
        row(", breaks = [\"18:00-19:00\"]"),
        row("").replace("09:00-17:00", "9-17"),
        row("").replace("\"mon\"", "\"moon\""),
        row("").replace(", staff = \"1..9\"", ""),
        call_in("add = \"0..20\", after = [\"3h\", \"12h\"], standby = 4"),
        call_in("add = \"0..20\", after = []"),
        call_in("add = \"0..20\", after = [\"3h\", \"soon\"], standby = [4, 0]"),
        call_in("add = \"20..0\", after = \"3h\", standby = -1"),
        call_in("add = \"0..20\", after = \"3h\"").replace("triage", "triag"),
        call_in("add = \"0..20\", after = \"3h\"").replace("8h", "0s"),
        "[[target]]\nname = \"nothing\"\nclass = \"rumor\"\nclock = \"sent -> ended\"\nwithin = \"1h\"\nshare = 0.5".to_owned(),
        "[[intervention]]\nname = \"more\"\nat = 2015-01-12\nset = { \"team.desk.shifts[0].staff\" = 20 }".to_owned(),
    ]
    .into()
}

#[test]
fn messages_about_what_is_to_size() {
    let mut shown = String::new();
    for more in mistakes() {
        let text = with(&more).replacen("\"fraud\"]", "\"fraud\", \"rumor\"]", 1);
        let said = said(&text);
        assert!(!said.is_empty(), "nothing is said of {more}");
        let _ = write!(shown, "{}\n{said}", more.replace('\n', " ⏎ "));
    }
    // a roster of its own does away with the intervention's people
    let sized = with(
        "[[intervention]]\nname = \"more\"\nat = 2015-01-12\nset = { \"team.desk.shifts[0].staff\" = 20 }\n[size.team.desk]\nstaff = \"1..9\"",
    );
    assert_eq!(said(&sized), "");
    // a team without shifts has no other use for `at_shift_end`
    let shifts = "shifts       = [{ days = \"mon-fri\", hours = \"08:00-19:00\", staff = 13, breaks = [\"12:30-13:30\"] }]";
    assert_eq!(said(&with(&row("")).replacen(shifts, "staff = 13", 1)), "");
    let target = &RIGHT[RIGHT.find("[[target]]").unwrap()..RIGHT.find("[[intervention]]").unwrap()];
    for (what, text) in [
        ("no wage", RIGHT.to_owned()),
        ("no wage, no target", RIGHT.replacen(target, "", 1)),
        ("no target, with a section", format!("{}\n[size]\nconfidence = 0.9", with("").replacen(target, "", 1))),
        (
            "no `at_shift_end`",
            with(&row("")).replacen(
                "shifts       = [{ days = \"mon-fri\", hours = \"08:00-19:00\", staff = 13, breaks = [\"12:30-13:30\"] }]\nat_shift_end = \"hand over\"\n",
                "staff = 13\n",
                1,
            ),
        ),
        ("the wage of a shift alone", RIGHT.replacen("staff = 13,", "staff = 13, wage = 30,", 1)),
        ("standby alone", RIGHT.replacen("add = 20,", "add = 20, standby = 3,", 1)),
        ("a wage below nothing", RIGHT.replacen("call_in ", "wage = -3\ncall_in ", 1)),
        ("a wage without end", RIGHT.replacen("call_in ", "wage = inf\ncall_in ", 1)),
    ] {
        let said = said(&text);
        assert!(!said.is_empty(), "nothing is said of {what}");
        let _ = write!(shown, "{what}\n{said}");
    }
    insta::assert_snapshot!("sizing", shown);
}

#[test]
fn a_team_with_a_blank_in_its_name_is_named_as_its_header_is() {
    let error = load(&Path::new(FOLDER).join("every_key.toml"), &[]).unwrap().sizing().unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("in `[team.\"night desk\"]`") && shown.contains("every_key.toml:"), "{shown}");
}

#[test]
fn every_scenario_has_a_roster_to_start_from() {
    let mut n_sized = 0;
    for path in shipped_scenarios().into_iter().chain([Path::new(FOLDER).join("every_key.toml")]) {
        let scenario = load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        let wages = scenario.plan.teams.iter().map(|team| format!("team.\"{}\".wage=30", team.name));
        // a platform's own people are no `[team]`
        let own = wages.filter(|set| load(&path, std::slice::from_ref(set)).is_ok()).collect::<Vec<_>>();
        let Ok(scenario) = load(&path, &own) else { continue };
        let Ok(sizing) = scenario.sizing() else { continue };
        let roster = starting_roster(&scenario.plan, &sizing);
        assert_eq!((roster.people.len(), roster.delays.len()), (sizing.posts.len(), sizing.posts.len()));
        for (post, people) in sizing.posts.iter().zip(&roster.people) {
            assert!((post.at_least..=post.at_most).contains(people), "{}: {people}", shown(post));
        }
        n_sized += 1;
    }
    assert!(n_sized >= 5, "{n_sized}");
}
