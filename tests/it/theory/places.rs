//! Channels, platforms, disciplines and targets: most of it worked out by hand, case by case.
//!
//! Each case of a trace is a class of its own, so that its times can be read from the summary.

use super::*;

/// The head of an exact scenario, from a date, with classes c0, c1, … and reports from a trace.
fn traced(start: &str, days: u32, n_classes: usize, to: &str) -> String {
    let classes: Vec<String> = (0..n_classes).map(|class| format!("\"c{class}\"")).collect();
    format!(
        "title = \"exact\"\nstart = {start}\nzone = \"UTC\"\nduration = \"{days} days\"\nclasses = [{}]\n\
         [source.world]\ntrace = \"trace.csv\"\nmix = {{ c0 = 1 }}\n{to}\n",
        classes.join(", ")
    )
}

/// The time from the report of the only case of a class to its end.
fn response(class: usize, hours: f64) -> Expectation {
    exactly(format!("response time of c{class}"), hours * HOUR, move |run| {
        run.summary.classes[class].response_time.mean
    })
}

/// How many cases a target applied to, and how many of them were on time.
fn judged(target: usize, count: f64, on_time: f64) -> [Expectation; 2] {
    [
        exactly(format!("cases of target {target}"), count, move |run| {
            Some(run.summary.targets[target].count)
        }),
        exactly(format!("of them on time, target {target}"), on_time, move |run| {
            run.mean(|r| r.targets[target].1 as f64)
        }),
    ]
}

fn target(name: &str, clock: &str, within: &str, more: &str) -> String {
    format!("[[target]]\nname = \"{name}\"\nclock = \"{clock}\"\nwithin = \"{within}\"\nshare = 0.9\n{more}")
}

#[test]
fn a_delay_runs_only_in_opening_hours() {
    // Friday half past four, half an hour on Friday, the rest on Monday; Saturday; Monday in the hours
    let trace = [("2024-01-05T16:30:00", "c0"), ("2024-01-06T12:00:00", "c1"), ("2024-01-08T10:00:00", "c2")];
    let way = |zone: &str, holidays: &str| {
        format!(
            "{}[channel.way]\ndelay = \"2h\"\nto = \"kept\"\n\
             open = {{ days = \"mon-fri\", hours = \"09:00-17:00\"{zone}{holidays} }}\n",
            traced("2024-01-05", 7, 3, "to = \"way\"")
        )
    };
    check_traced(&way("", ""), &trace, &[response(0, 66.0), response(1, 47.0), response(2, 2.0)]);
    // in New York it is 11:30 on that Friday, and Monday's hours begin at 14:00 UTC
    check_traced(
        &way(", zone = \"America/New_York\"", ""),
        &trace,
        &[response(0, 2.0), response(1, 52.0), response(2, 6.0)],
    );
    check_traced(
        &way("", ", holidays = [2024-01-08]"),
        &trace,
        &[response(0, 90.0), response(1, 71.0), response(2, 25.0)],
    );
}

#[test]
fn a_platform_answers_in_its_hours() {
    let text = format!(
        "{}[platform.forum]\nresponse = \"2h\"\nresponse_by_class = {{ c1 = \"10h\" }}\nto = \"removed\"\n\
         open = {{ days = \"every day\", hours = \"09:00-17:00\" }}\n",
        traced("2024-01-01", 4, 2, "to = \"forum\"")
    );
    let trace = [("2024-01-01T16:00:00", "c0"), ("2024-01-01T16:00:00", "c1")];
    // ten hours: one on Monday, eight on Tuesday, one on Wednesday
    let platform_time = |class: usize, hours: f64| {
        exactly("time to answer", hours * HOUR, move |run| {
            run.summary.platforms[0].by_class[class].response_time.mean
        })
    };
    check_traced(
        &text,
        &trace,
        &[response(0, 18.0), response(1, 42.0), platform_time(0, 18.0), platform_time(1, 42.0)],
    );
}

#[test]
fn silence_lasts_as_long_as_it_says() {
    let text = format!(
        "{}[platform.forum]\nresponse = \"2h\"\nanswers = 1.0\nanswers_by_class = {{ c1 = 0.0 }}\n\
         silent_for = \"3h\"\nsilent_to = \"other\"\nto = \"removed\"\n\
         [channel.other]\ndelay = \"1h\"\nto = \"kept\"\n",
        traced("2024-01-01", 2, 2, "to = \"forum\"")
    );
    let trace = [("2024-01-01T10:00:00", "c0"), ("2024-01-01T10:00:00", "c1")];
    let delay = |class: usize, hours: f64| {
        exactly("propagation", hours * HOUR, move |run| run.summary.classes[class].delay.intake)
    };
    // before any queue, all of it is intake or propagation: together the whole time
    let whole = |class: usize, hours: f64| {
        exactly("sum of the delays", hours * HOUR, move |run| {
            let delay = run.summary.classes[class].delay;
            let parts = [delay.intake, delay.waiting, delay.handling, delay.propagation];
            let mean = parts.iter().flatten().map(|part| part.mean).sum();
            Some(Estimate { mean, interval: None, n: 1 })
        })
    };
    check_traced(
        &text,
        &trace,
        &[response(0, 2.0), response(1, 4.0), whole(0, 2.0), whole(1, 4.0), delay(0, 0.0)],
    );
}

#[test]
fn reminders_until_there_is_an_answer() {
    // geometric: 1/0.6 letters for every report, and an hour of silence before each further one
    let text = format!(
        "{}classes = [\"all\"]\n[source.world]\nrate = \"1/min\"\nto = \"forum\"\n\
         [platform.forum]\nresponse = \"2h\"\nanswers = 0.6\nsilent_for = \"30min\"\nsilent_to = \"reminder\"\n\
         to = \"removed\"\n[channel.reminder]\ndelay = \"30min\"\nto = \"forum\"\n",
        stationary(50_000.0)
    );
    check(
        &text,
        32,
        &[
            near("share answered", 0.6, |run| run.summary.platforms[0].answered),
            near("letters for each report", 1.0 / 0.6, |run| {
                run.ratio(|r| (r.platforms[0].0.cases as f64, r.classes[0].reports as f64))
            }),
            near("time to a decision", (2.0 + 0.4 / 0.6) * HOUR, |run| {
                run.summary.classes[0].response_time.mean
            }),
            exactly("time to an answer", 2.0 * HOUR, |run| run.summary.platforms[0].response_time.mean),
        ],
    );
}

#[test]
fn shares_by_class() {
    let text = format!(
        "{}classes = [\"a\", \"b\"]\n[source.world]\nrate = \"1/min\"\nmix = {{ a = 0.25, b = 0.75 }}\n\
         to = {{ kept = 0.3, removed = 0.7 }}\n\
         to_by_class = {{ a = {{ restricted = 0.2, forum = 0.8 }} }}\n\
         [platform.forum]\nresponse = \"1min\"\nanswers = 0.5\nto = \"removed\"\n",
        stationary(50_000.0)
    );
    let share = |class: usize, outcome: usize| {
        move |run: &Run| {
            run.ratio(|r| (r.classes[class].outcomes[outcome] as f64, r.classes[class].reports as f64))
        }
    };
    check(
        &text,
        32,
        &[
            near("reports of a", 0.25, |run| {
                run.ratio(|r| {
                    (r.classes[0].reports as f64, (r.classes[0].reports + r.classes[1].reports) as f64)
                })
            }),
            near("a restricted", 0.2, share(0, 1)),
            near("a removed", 0.4, share(0, 0)),
            near("a unanswered", 0.4, share(0, 4)),
            near("b kept", 0.3, share(1, 2)),
            near("b removed", 0.7, share(1, 0)),
        ],
    );
}

/// A server that is busy from nine to eleven while four cases come; gives the order in which they are then served.
fn check_order(discipline: &str, order: [usize; 4]) {
    let targets = [(1, "10h"), (2, "20min"), (3, "30min"), (4, "5h")]
        .map(|(class, within)| {
            target(&format!("c{class}"), "sent -> ended", within, &format!("class = \"c{class}\"\n"))
        })
        .concat();
    let text = format!(
        "{}[stage.desk]\nteam = \"t\"\nwork = \"1h\"\nwork_by_class = {{ c0 = \"2h\" }}\n{discipline}to = \"kept\"\n\
         [team.t]\nstaff = 1\n{targets}",
        traced("2024-01-01", 1, 5, "to = \"desk\"")
    );
    let sent = [9.0 * 60.0, 550.0, 585.0, 570.0, 580.0];
    let trace = [
        ("2024-01-01T09:00:00", "c0"),
        ("2024-01-01T09:10:00", "c1"),
        ("2024-01-01T09:30:00", "c3"),
        ("2024-01-01T09:40:00", "c4"),
        ("2024-01-01T09:45:00", "c2"),
    ];
    let done = |(position, &class): (usize, &usize)| {
        response(class, (11.0 + position as f64 + 1.0) - sent[class] / 60.0)
    };
    let expected: Vec<Expectation> = order.iter().enumerate().map(done).collect();
    check_traced(&text, &trace, &expected);
}

#[test]
fn disciplines_serve_in_their_order() {
    check_order("discipline = \"fifo\"\n", [1, 3, 4, 2]);
    check_order("discipline = \"lifo\"\n", [2, 4, 3, 1]);
    check_order("discipline = \"priority\"\n", [1, 2, 3, 4]);
    let ranks = "discipline = \"priority\"\npriority = [\"c0\", [\"c2\", \"c4\"], [\"c1\", \"c3\"]]\n";
    // within a rank, by arrival
    check_order(ranks, [4, 2, 1, 3]);
    // deadlines 10:00, 10:05, 14:40, 19:10
    check_order("discipline = \"earliest deadline\"\n", [3, 2, 4, 1]);
    // at eleven 75/20, 90/30, 80/300 and 110/600 minutes; at one, 200/300 and 230/600
    check_order("discipline = \"longest relative wait\"\n", [2, 3, 4, 1]);
}

#[test]
fn a_team_with_two_stages_serves_as_it_says() {
    let text = |serves: &str, discipline: &str| {
        format!(
            "{}[stage.first]\nteam = \"t\"\nwork = \"1h\"\nto = \"kept\"\n\
             [stage.second]\nteam = \"t\"\nwork = \"1h\"\n{discipline}to = \"kept\"\n[team.t]\nstaff = 1\n{serves}",
            traced(
                "2024-01-01",
                1,
                4,
                "to_by_class = { c0 = \"first\", c1 = \"second\", c2 = \"first\", c3 = \"second\" }"
            )
        )
    };
    let trace = [
        ("2024-01-01T09:00:00", "c0"),
        ("2024-01-01T09:10:00", "c1"),
        ("2024-01-01T09:20:00", "c2"),
        ("2024-01-01T09:30:00", "c3"),
    ];
    let order = |of: [usize; 3]| -> Vec<Expectation> {
        let done =
            |(position, &class): (usize, &usize)| response(class, 2.0 + position as f64 - class as f64 / 6.0);
        of.iter().enumerate().map(done).collect()
    };
    check_traced(&text("serves = [\"first\", \"second\"]\n", ""), &trace, &order([2, 1, 3]));
    check_traced(&text("serves = [\"second\", \"first\"]\n", ""), &trace, &order([1, 3, 2]));
    check_traced(&text("", ""), &trace, &order([1, 2, 3]));
    // last come, first served: the second stage's next case is c3, which has waited less than c2
    check_traced(&text("", "discipline = \"lifo\"\n"), &trace, &order([2, 3, 1]));
}

#[test]
fn two_teams_are_used_in_order_of_preference() {
    // a case goes to the first team with somebody free: that one is M/M/1/1 (Erlang), and both together M/M/2/2
    let text = |teams: &str| {
        format!(
            "{}classes = [\"all\"]\n[source.world]\nrate = \"1.5/min\"\nto = \"desk\"\n[team.one]\nstaff = 1\n\
             [team.two]\nstaff = 1\n[stage.desk]\nteams = {teams}\nwork = {}\nroom = 0\nto = \"kept\"\n",
            stationary(30_000.0),
            exponential(1.0)
        )
    };
    let (load, blocked) = (1.5, (1.125) / (1.0 + 1.5 + 1.125));
    let preferred = load / (1.0 + load);
    let other = load * (1.0 - blocked) - preferred;
    for (teams, one, two) in
        [("[\"one\", \"two\"]", preferred, other), ("[\"two\", \"one\"]", other, preferred)]
    {
        check(
            &text(teams),
            32,
            &[
                near(format!("utilization of one, {teams}"), one, |run| run.summary.teams[0].utilization),
                near(format!("utilization of two, {teams}"), two, |run| run.summary.teams[1].utilization),
            ],
        );
    }
}

#[test]
fn what_counts_for_a_target() {
    let names = [("removed", "1h"), ("decided", "1h"), ("ended", "3h")];
    let targets = names.map(|(end, within)| target(end, &format!("sent -> {end}"), within, "")).concat();
    let text = format!(
        "{}[channel.fast]\ndelay = \"30min\"\nto = \"removed\"\n[channel.slow]\ndelay = \"2h\"\nto = \"removed\"\n\
         [channel.unfounded]\ndelay = \"2h\"\nto = \"kept\"\n\
         [stage.desk]\nteam = \"t\"\nwork = \"30 days\"\npatience = \"1h\"\nto = \"removed\"\n[team.t]\nstaff = 1\n{targets}",
        traced(
            "2024-01-01",
            1,
            7,
            "to_by_class = { c0 = \"fast\", c1 = \"slow\", c2 = \"unfounded\", c3 = \"unanswered\", c4 = \"desk\", \
             c5 = \"desk\", c6 = \"slow\" }"
        )
    );
    // c4 is never done, c5 gives up, c6 is under way at midnight
    let trace = [
        ("2024-01-01T10:00:00", "c0"),
        ("2024-01-01T10:00:00", "c1"),
        ("2024-01-01T10:00:00", "c2"),
        ("2024-01-01T10:00:00", "c3"),
        ("2024-01-01T10:00:00", "c4"),
        ("2024-01-01T11:00:00", "c5"),
        ("2024-01-01T23:30:00", "c6"),
    ];
    let expected: Vec<Expectation> = [
        // removed: c0 is on time; c1, c3, c4 and c5 miss it; c2 was unfounded and c6 has time left
        judged(0, 5.0, 1.0),
        // decided: c2 counts too, and is late
        judged(1, 6.0, 1.0),
        // ended: all but c4, and c6 has time left
        judged(2, 6.0, 5.0),
    ]
    .into_iter()
    .flatten()
    .collect();
    check_traced(&text, &trace, &expected);
}

#[test]
fn clocks_within_the_pipeline() {
    let targets = [
        ("through the desk", "enters desk -> leaves desk", "2h"),
        ("in hand", "starts desk -> leaves desk", "1h"),
        ("before it is begun", "enters desk -> starts desk", "59min"),
        ("after the desk", "leaves desk -> removed", "2h"),
        ("at the forum", "enters forum -> leaves forum", "90min"),
        ("from the desk to the forum", "leaves desk -> enters forum", "30min"),
        ("just too short", "leaves desk -> removed", "119min"),
    ]
    .map(|(name, clock, within)| target(name, clock, within, ""))
    .concat();
    let text = format!(
        "{}[stage.desk]\nteam = \"t\"\nwork = \"1h\"\nto = \"way\"\n[team.t]\nstaff = 1\n\
         [channel.way]\ndelay = \"30min\"\nto = \"forum\"\n[platform.forum]\nresponse = \"90min\"\nto = \"removed\"\n{targets}",
        traced("2024-01-01", 1, 3, "to = \"desk\"")
    );
    // one after the other: one, two and three hours at the desk, of which one in hand
    let sent = "2024-01-01T09:00:00";
    let trace = [(sent, "c0"), (sent, "c1"), (sent, "c2")];
    let on_time = [2.0, 3.0, 1.0, 3.0, 3.0, 3.0, 0.0];
    let mut expected: Vec<Expectation> =
        on_time.iter().enumerate().flat_map(|(idx, on_time)| judged(idx, 3.0, *on_time)).collect();
    expected.extend([response(0, 3.0), response(1, 4.0), response(2, 5.0)]);
    check_traced(&text, &trace, &expected);
}

#[test]
fn a_clock_goes_on_through_a_second_visit() {
    // c0 passes the desk twice: the interval at the desk is judged at each visit, that to the end once
    let text = format!(
        "{}[stage.desk]\nteam = \"t\"\nwork = \"1h\"\nto_by_class = {{ c0 = \"again\", c1 = \"kept\" }}\n\
         [team.t]\nstaff = 1\n[channel.again]\ndelay = \"2h\"\nto = \"check\"\n\
         [stage.check]\nteam = \"u\"\nwork = \"1h\"\nto = \"kept\"\n[team.u]\nstaff = 1\n{}{}",
        traced("2024-01-01", 1, 2, "to = \"desk\""),
        target("desk to check", "leaves desk -> leaves check", "3h", ""),
        target("to the end", "enters desk -> kept", "2h", ""),
    );
    let trace = [("2024-01-01T09:00:00", "c0"), ("2024-01-01T09:00:00", "c1")];
    // c1 is kept without ever coming to the check: a decision that ends the case is no miss
    let expected: Vec<Expectation> =
        [judged(0, 1.0, 1.0), judged(1, 2.0, 1.0)].into_iter().flatten().collect();
    check_traced(&text, &trace, &expected);
}
