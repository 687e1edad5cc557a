//! The scenarios of `scenarios/bench/`, made larger by assignments.

use vigie::model::Model;

use crate::replication::model;

/// How many people `pipeline.toml` has at its platforms.
const REVIEWERS: [u64; 8] = [42, 24, 18, 12, 10, 8, 5, 3];
const TRIAGE_PEOPLE: u64 = 20;
const REPORTS_PER_MIN: u64 = 6;
/// The share of their time that the people of [`many_desks`] are busy.
const LOAD: f64 = 0.9;

/// `pipeline.toml` with so many times its reports and its people, until about so many reports were sent.
pub(crate) fn pipeline(times: u64, n_reports: u64) -> Model {
    let rate = REPORTS_PER_MIN * times;
    let mut sets = common(rate as f64, n_reports);
    sets.push(format!("source.reports.rate={rate}/min"));
    sets.push(format!("team.triage_team.staff={}", TRIAGE_PEOPLE * times));
    for (i, people) in REVIEWERS.iter().enumerate() {
        sets.push(format!("platform.p{}.staff={}", i + 1, people * times));
    }
    model("bench/pipeline.toml", &sets)
}

/// `mm50.toml` with so many people, 90 % busy, until about so many reports were sent.
pub(crate) fn many_desks(people: u64, n_reports: u64) -> Model {
    let rate = LOAD * people as f64;
    let mut sets = common(rate, n_reports);
    sets.push(format!("source.reports.rate={rate}/min"));
    sets.push(format!("team.fifty_people.staff={people}"));
    model("bench/mm50.toml", &sets)
}

/// `pipeline.toml` with so many reports that nearly all of them wait at triage in the end.
pub(crate) fn overloaded(n_reports: u64, discipline: &str, with_patience: bool) -> Model {
    const MINUTES: u64 = 100;
    let rate = n_reports / MINUTES;
    let mut sets = common(rate as f64, n_reports);
    sets.push(format!("source.reports.rate={rate}/min"));
    sets.push(format!("stage.triage.discipline=\"{discipline}\""));
    // so that the disciplines differ: as the file stands, all classes have the same deadline
    sets.push("target[urgent in 60 min].within=20min".to_owned());
    sets.push("target[hate in 60 min].within=40min".to_owned());
    if with_patience {
        // five in a hundred give up before the end, so that those who do are among what is measured
        sets.push("stage.triage.patience={ exponential = { mean = \"1000min\" } }".to_owned());
    }
    model("bench/pipeline.toml", &sets)
}

fn common(rate_per_min: f64, n_reports: u64) -> Vec<String> {
    let secs = n_reports as f64 / rate_per_min * 60.0;
    vec![format!("duration={secs:.0}s"), "warm_up=0s".to_owned()]
}
