//! Stages in a row and in circles.
//!
//! Expected values: Burke's theorem and Jackson's product form (each stage is an M/M/c of its own), and for the long row
//! of stages the largest eigenvalue of a random matrix.

use super::*;

/// Teams and stages: `(name, servers, mean work in minutes, where to)`.
fn stages(of: &[(&str, u32, f64, &str)]) -> String {
    let stage = |(name, servers, work, to): &(&str, u32, f64, &str)| {
        format!(
            "[team.{name}_team]\nstaff = {servers}\n[stage.{name}]\nteam = \"{name}_team\"\nwork = {}\nto = {to}\n",
            exponential(*work)
        )
    };
    of.iter().map(stage).collect()
}

/// The mean number at a stage served by the team of the same position, those at work included.
fn number_at(stage: usize) -> impl Fn(&Run) -> Option<Estimate> {
    move |run| {
        let hours = (run.summary.duration - run.summary.warm_up) / HOUR;
        run.mean(|r| r.stages[stage].queue_length_mean + r.teams[stage].busy_hours / hours)
    }
}

fn response(run: &Run) -> Option<Estimate> {
    run.summary.classes[0].response_time.mean
}

#[test]
fn jackson_network_with_feedback_at_no_delay() {
    // the example of Hillier & Lieberman, chapter 17: flows 5 = 1 + 0.1·10 + 0.4·7.5, 10 = 4 + 0.6·5 + 0.4·7.5 and
    // 7.5 = 3 + 0.3·5 + 0.3·10
    let sources = [("one", 1), ("two", 4), ("three", 3)]
        .map(|(to, rate)| format!("[source.to_{to}]\nrate = \"{rate}/min\"\nto = \"{to}\"\n"))
        .concat();
    let text = format!(
        "{}classes = [\"all\"]\n{sources}{}",
        stationary(70_000.0),
        stages(&[
            ("one", 1, 0.1, "{ two = 0.6, three = 0.3, kept = 0.1 }"),
            ("two", 2, 0.1, "{ one = 0.1, three = 0.3, kept = 0.6 }"),
            ("three", 1, 0.1, "{ one = 0.4, two = 0.4, kept = 0.2 }"),
        ])
    );
    let arrivals = |stage: usize| {
        move |run: &Run| {
            let minutes = (run.summary.duration - run.summary.warm_up) / MINUTE;
            run.mean(|r| r.stages[stage].arrivals[0] as f64 / minutes)
        }
    };
    check(
        &text,
        32,
        &[
            near("flow into one", 5.0, arrivals(0)),
            near("flow into two", 10.0, arrivals(1)),
            near("flow into three", 7.5, arrivals(2)),
            near("number at one", 1.0, number_at(0)),
            near("number at two", 4.0 / 3.0, number_at(1)),
            near("number at three", 3.0, number_at(2)),
            near("wait at one", 0.1 * MINUTE, |run| run.wait(0)),
            near("wait at two", MINUTE / 30.0, |run| run.wait(1)),
            near("wait at three", 0.3 * MINUTE, |run| run.wait(2)),
            near("time in the network", MINUTE * 2.0 / 3.0, response),
        ],
    );
}

#[test]
fn two_stages_in_a_row() {
    for (channel, way, delay) in [
        ("", "second", 0.0),
        ("[channel.way]\ndelay = \"7min\"\nto = \"second\"\n", "way", 7.0),
        ("[channel.way]\ndelay = { exponential = { mean = \"7min\" } }\nto = \"second\"\n", "way", 7.0),
    ] {
        let text = format!(
            "{}classes = [\"all\"]\n[source.world]\nrate = \"1/min\"\nto = \"first\"\n{channel}{}",
            stationary(120_000.0),
            stages(&[("first", 1, 0.5, &format!("\"{way}\"")), ("second", 1, 2.0 / 3.0, "\"kept\"")])
        );
        check(
            &text,
            32,
            &[
                near("first wait", 0.5 * MINUTE, |run| run.wait(0)),
                near("second wait", 4.0 / 3.0 * MINUTE, |run| run.wait(1)),
                near("number at the first", 1.0, number_at(0)),
                near("number at the second", 2.0, number_at(1)),
                near("time from end to end", (3.0 + delay) * MINUTE, response),
            ],
        );
    }
}

#[test]
fn second_looks_make_a_geometric_number_of_visits() {
    // M/M/1 with Bernoulli feedback: the queue is that of arrivals at λ/p, though its input is not Poisson
    let text = format!(
        "{}classes = [\"all\"]\n[source.world]\nrate = \"0.3/min\"\nto = \"desk\"\n{}",
        stationary(300_000.0),
        stages(&[("desk", 1, 1.0, "{ kept = 0.5, desk = 0.5 }")])
    );
    check(
        &text,
        32,
        &[
            near("number at the desk", 1.5, number_at(0)),
            near("wait at each visit", 1.5 * MINUTE, |run| run.wait(0)),
            near("time until the end", 5.0 * MINUTE, response),
        ],
    );
}

#[test]
fn many_jobs_through_many_stages() {
    // n jobs, all there at once, through n exponential servers in a row: the time of the last is the largest
    // eigenvalue of a Laguerre ensemble (Johansson 2000), 4(n + ½) − 1.7711·2^(4/3)·(n + ½)^(1/3) with the centering of
    // Johnstone & Ma (2012), which is right to about half a minute here
    let n = 200;
    let chain: String = (0..n)
        .map(|i| {
            let to = if i + 1 < n { format!("\"s{}\"", i + 1) } else { "\"kept\"".to_owned() };
            stages(&[(&format!("s{i}"), 1, 1.0, &to)])
        })
        .collect();
    let text = format!(
        "{}classes = [\"all\"]\n[source.world]\nevery = \"1day\"\nbatch = {n}\nto = \"s0\"\n{chain}",
        head(2_880.0, 0.0)
    );
    let centered = f64::from(n) + 0.5;
    let expected = 4.0 * centered - 1.7711 * 2.0_f64.powf(4.0 / 3.0) * centered.cbrt();
    let last = |run: &Run| run.summary.classes[0].response_time.max;
    check(&text, 100, &[near("time of the last", expected * MINUTE, last).precision(0.005)]);
}
