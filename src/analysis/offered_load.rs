//! The offered load of every team before any run: how much work comes, hour by hour, against who is on duty.
//!
//! The expected reports of every source flow through the places (see `flows`); what comes to a stage in an hour, times
//! its mean working time, is the offered load in Erlangs: the people it would keep busy. Nobody waits and nobody gives
//! up in this reckoning, nobody is called in, and cross-checking merges nothing: it is what the team would have to do
//! to keep up. Where several teams serve a stage, each takes a part in proportion to its people on duty.
//!
//! The backlog is the fluid one: it grows by load minus staff, and never falls below nothing.

use super::flows::{self, Hours};
use crate::model::{Plan, Stage, Team};
use crate::units::{Duration, Time};

/// Work that comes and people on duty, by team and hour from the start of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferedLoad {
    /// Expected reports by hour, all sources and classes together.
    pub reports: Vec<f64>,
    /// By team, in the order of the plan.
    pub teams: Vec<TeamLoad>,
    /// When a team has more to do than it can, by team and time.
    pub overloads: Vec<Overload>,
}

/// The offered load of one team, by hour.
#[derive(Debug, Clone, PartialEq)]
pub struct TeamLoad {
    /// The team's name.
    pub name: String,
    /// Offered load, in Erlangs: the mean number of people whom the work that comes would keep busy.
    pub load: Vec<f64>,
    /// Mean number of people on duty.
    pub staff: Vec<f64>,
    /// Work left at the end of the hour, in hours of one person.
    pub backlog: Vec<f64>,
}

/// A time in which a team falls behind by more than a day's work.
#[derive(Debug, Clone, PartialEq)]
pub struct Overload {
    /// Position of the team in [`OfferedLoad::teams`].
    pub team: usize,
    /// Start of the first hour in which the backlog grows.
    pub from: Time,
    /// When it is cleared; `None` if it never is within the run.
    pub to: Option<Time>,
    /// End of the hour in which the backlog is largest.
    pub peak_at: Time,
    /// That largest backlog, in hours of one person's work.
    pub peak_hours_of_work: f64,
    /// Hours of staff on duty in the 24 h that follow. Where the run ends sooner, those of the same hours a week
    /// earlier, or the 24 h before, or what is left of the run.
    pub staff_next_24h: f64,
}

impl OfferedLoad {
    /// Number of hours.
    pub fn n_hours(&self) -> usize {
        self.reports.len()
    }
}

impl TeamLoad {
    /// The hour of the largest offered load, with that load and the staff then; `None` if there is no load at all.
    pub fn peak(&self) -> Option<(usize, f64, f64)> {
        let largest = (0..self.load.len()).rev().max_by(|&a, &b| self.load[a].total_cmp(&self.load[b]))?;
        (self.load[largest] > 0.0).then(|| (largest, self.load[largest], self.staff[largest]))
    }

    /// Hours of people on duty in the hours `from..to`.
    fn staff_hours(&self, from: usize, to: usize) -> f64 {
        let to = to.min(self.staff.len());
        self.staff[from.min(to)..to].iter().sum()
    }
}

/// Computes the offered load of a plan.
pub fn offered_load(plan: &Plan) -> OfferedLoad {
    let hours = Hours::of(plan);
    let mut teams: Vec<TeamLoad> = plan.teams.iter().map(|team| unloaded(team, hours)).collect();
    let mut reports = vec![0.0; hours.len()];
    for class in 0..plan.classes.len() {
        for stream in plan.sources.iter().flat_map(|source| &source.streams) {
            add(&mut reports, &flows::reports_by_hour(plan, stream, class));
        }
        let flow = flows::flows(plan, class);
        for (stage_idx, stage) in plan.stages.iter().enumerate() {
            let work_hours = stage.work[class].mean() / 3600.0;
            for (hour, flow) in flow.iter().enumerate() {
                let load = flow[stage_idx] * work_hours / hours.width(hour).max(f64::MIN_POSITIVE);
                if load > 0.0 {
                    share_out(stage, load, hour, &mut teams);
                }
            }
        }
    }
    let mut overloads = Vec::new();
    for (idx, team) in teams.iter_mut().enumerate() {
        accumulate_backlog(team, hours);
        overloads.extend(overloads_of(idx, team, hours));
    }
    OfferedLoad { reports, teams, overloads }
}

fn unloaded(team: &Team, hours: Hours) -> TeamLoad {
    let on_duty = |hour: usize| {
        let (from, to) = (Hours::start(hour), hours.end(hour));
        let people_hours: f64 = (team.crews.iter())
            .map(|crew| f64::from(crew.people) * crew.on_duty.overlap(from, to).as_hours_f64())
            .sum();
        people_hours / hours.width(hour).max(f64::MIN_POSITIVE)
    };
    TeamLoad {
        name: team.name.clone(),
        load: vec![0.0; hours.len()],
        staff: (0..hours.len()).map(on_duty).collect(),
        backlog: vec![0.0; hours.len()],
    }
}

fn add(sum: &mut [f64], values: &[f64]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Divides a stage's load over its teams by who is on duty; when nobody is, by who is on duty over the whole run; and
/// equally when nobody ever is.
fn share_out(stage: &Stage, load: f64, hour: usize, teams: &mut [TeamLoad]) {
    if let [only] = stage.teams.as_slice() {
        teams[*only].load[hour] += load;
        return;
    }
    let mut weights: Vec<f64> = stage.teams.iter().map(|&team| teams[team].staff[hour]).collect();
    if weights.iter().all(|&people| people <= 0.0) {
        weights = stage.teams.iter().map(|&team| teams[team].staff.iter().sum()).collect();
    }
    if weights.iter().all(|&people| people <= 0.0) {
        weights.fill(1.0);
    }
    let total: f64 = weights.iter().sum();
    for (&team, weight) in stage.teams.iter().zip(weights) {
        teams[team].load[hour] += load * weight / total;
    }
}

fn accumulate_backlog(team: &mut TeamLoad, hours: Hours) {
    let mut left = 0.0f64;
    for hour in 0..team.load.len() {
        left = (left + (team.load[hour] - team.staff[hour]) * hours.width(hour)).max(0.0);
        team.backlog[hour] = left;
    }
}

/// The periods from the first hour that leaves work until all is done, where they are worth a warning.
fn overloads_of(team_idx: usize, team: &TeamLoad, hours: Hours) -> Vec<Overload> {
    let mut found = Vec::new();
    let mut hour = 0;
    while hour < team.backlog.len() {
        if team.backlog[hour] <= 0.0 {
            hour += 1;
            continue;
        }
        let first = hour;
        while hour < team.backlog.len() && team.backlog[hour] > 0.0 {
            hour += 1;
        }
        let peak = (first..hour).rev().max_by(|&a, &b| team.backlog[a].total_cmp(&team.backlog[b])).unwrap_or(first);
        let cleared = hour < team.backlog.len();
        let overload = Overload {
            team: team_idx,
            from: Hours::start(first),
            to: cleared.then(|| clearing_time(team, hour)),
            peak_at: hours.end(peak),
            peak_hours_of_work: team.backlog[peak],
            staff_next_24h: staff_after(team, peak + 1),
        };
        let beyond_a_day = overload.peak_hours_of_work > overload.staff_next_24h;
        if beyond_a_day || (!cleared && cannot_keep_up(team, first)) {
            found.push(overload);
        }
    }
    found
}

/// When, within the hour that clears it, the backlog is gone: it falls in a straight line.
fn clearing_time(team: &TeamLoad, hour: usize) -> Time {
    let left = team.backlog[hour - 1];
    let spare = team.staff[hour] - team.load[hour];
    Hours::start(hour) + Duration::from_secs_f64(3600.0 * (left / spare.max(f64::MIN_POSITIVE)).min(1.0))
}

/// Hours of staff in the 24 h from the start of `hour`; see [`Overload::staff_next_24h`] for the end of the run.
fn staff_after(team: &TeamLoad, hour: usize) -> f64 {
    const DAY: usize = 24;
    const WEEK: usize = 168;
    let from = match hour {
        fits if fits + DAY <= team.staff.len() => fits,
        week_before if week_before >= WEEK => week_before - WEEK,
        day_before if day_before >= DAY => day_before - DAY,
        left => left,
    };
    team.staff_hours(from, from + DAY)
}

/// Whether over the last week (or the last day, or all of a shorter run) more work came than the team could do, and
/// the backlog of `first` was there all along: nights and weekends alone do not count.
fn cannot_keep_up(team: &TeamLoad, first: usize) -> bool {
    let n_hours = team.load.len();
    let span = [168, 24].into_iter().find(|&span| span <= n_hours).unwrap_or(n_hours);
    let from = n_hours - span;
    let work: f64 = team.load[from..].iter().sum();
    first <= from && work > team.staff_hours(from, n_hours)
}
