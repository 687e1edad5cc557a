//! The offered load of every team before any run: how much work comes, hour by hour, against who is on duty.
//!
//! The expected reports of every source flow through the places (see `flows`); what comes to a stage in an hour, times
//! its mean working time, is the offered load in Erlangs: the people it would keep busy. Nobody waits and nobody gives
//! up in this reckoning, nobody is called in, and cross-checking merges nothing: it is what the team would have to do
//! to keep up. Where several teams serve a stage, each takes a part in proportion to its people on duty.
//!
//! The backlog is the fluid one: it grows by load minus staff, and never falls below nothing.

use super::flows::{self, Hours};
use crate::model::{Plan, Stage, Team, TeamIdx};
use crate::units::{Duration, Time};

/// A backlog of less than this many times the staff of the next day is an ordinary long weekend.
const WORTH_SAYING: f64 = 1.5;

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

/// A time in which a team falls behind by more than a day and a half of its work.
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
    /// Hours of staff on duty in the 24 h that follow; where the run ends sooner, those of an average day of the run.
    pub staff_next_24h: f64,
}

impl OfferedLoad {
    /// Number of hours.
    pub fn n_hours(&self) -> usize {
        self.reports.len()
    }

    /// When an hour begins.
    pub fn hour_start(&self, hour: usize) -> Time {
        Hours::start(hour)
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
    let staff: Vec<&[f64]> = teams.iter().map(|team| team.staff.as_slice()).collect();
    for (team, share) in team_shares(stage, hour, &staff) {
        teams[team].load[hour] += load * share;
    }
}

/// The share of a stage's work that each of its teams takes in an hour, as above, by the people on duty of all teams.
pub(super) fn team_shares<S: AsRef<[f64]>>(stage: &Stage, hour: usize, staff: &[S]) -> Vec<(TeamIdx, f64)> {
    if let [only] = stage.teams.as_slice() {
        return vec![(*only, 1.0)];
    }
    let mut weights: Vec<f64> = stage.teams.iter().map(|&team| staff[team].as_ref()[hour]).collect();
    if weights.iter().all(|&people| people <= 0.0) {
        weights = stage.teams.iter().map(|&team| staff[team].as_ref().iter().sum()).collect();
    }
    if weights.iter().all(|&people| people <= 0.0) {
        weights.fill(1.0);
    }
    let total: f64 = weights.iter().sum();
    stage.teams.iter().zip(weights).map(|(&team, weight)| (team, weight / total)).collect()
}

/// Mean number of people on duty, by team and hour.
pub(super) fn staff_by_hour(plan: &Plan) -> Vec<Vec<f64>> {
    plan.teams.iter().map(|team| unloaded(team, Hours::of(plan)).staff).collect()
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
        let peak =
            (first..hour).rev().max_by(|&a, &b| team.backlog[a].total_cmp(&team.backlog[b])).unwrap_or(first);
        let cleared = hour < team.backlog.len();
        let overload = Overload {
            team: team_idx,
            from: Hours::start(first),
            to: cleared.then(|| clearing_time(team, hour)),
            peak_at: hours.end(peak),
            peak_hours_of_work: team.backlog[peak],
            staff_next_24h: staff_after(team, peak + 1),
        };
        let beyond = overload.peak_hours_of_work > WORTH_SAYING * overload.staff_next_24h;
        if beyond || (!cleared && still_grows(team, first)) {
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
    let n_hours = team.staff.len();
    if hour + DAY <= n_hours {
        return team.staff_hours(hour, hour + DAY);
    }
    team.staff_hours(0, n_hours) * DAY as f64 / n_hours.max(1) as f64
}

/// Whether the backlog that began in the hour `first` still grows at the end: for a day at least it was never cleared,
/// and it is larger than a day before, and than a week before where the run is that long. (Nights and weekends off
/// leave a backlog every time; it is no larger than the last time.)
fn still_grows(team: &TeamLoad, first: usize) -> bool {
    const SLACK: f64 = 1.01;
    let n_hours = team.backlog.len();
    let end = team.backlog.last().copied().unwrap_or(0.0);
    let grown_since = |span: usize| n_hours <= span || end > team.backlog[n_hours - 1 - span] * SLACK;
    first + 24 <= n_hours && grown_since(24) && grown_since(168)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::calendar::Intervals;
    use crate::model::{
        Answers, Arrivals, BatchSize, Channel, Choice, Crew, Discipline, Outcome, Place, Platform,
        ReportStream, Shares, ShiftEnd, Silence, Source, TakeOrder, Timed, TraceRow,
    };
    use crate::random::Distribution;

    const END: Place = Place::End(Outcome::Kept);

    fn at_hour(hour: u64) -> Time {
        Time::from_micros(hour * Duration::HOUR.as_micros())
    }

    fn constant(seconds: f64) -> Distribution {
        Distribution::constant(Duration::from_secs_f64(seconds))
    }

    fn stage(team: usize, work_seconds: f64, to: Place) -> Stage {
        Stage {
            name: "stage".to_owned(),
            teams: vec![team],
            work: vec![constant(work_seconds)],
            discipline: Discipline::Fifo,
            patience: None,
            room: None,
            route: vec![to],
            gave_up: vec![END],
            no_room: vec![END],
            platform: None,
        }
    }

    fn team(people: u32, on_duty: Intervals) -> Team {
        Team {
            name: "team".to_owned(),
            crews: vec![Crew { people, on_duty, wage_per_hour: None }],
            at_shift_end: ShiftEnd::Finish,
            takes: TakeOrder::LongestWaiting,
            call_ins: Vec::new(),
            wage_per_hour: None,
        }
    }

    fn source(arrivals: Arrivals, to: Place) -> Source {
        let stream =
            ReportStream { arrivals, mix: vec![1.0], batch: BatchSize::Fixed(1), self_exciting: None };
        Source { name: "source".to_owned(), streams: vec![stream], route: vec![to] }
    }

    fn by_hour(counts: &[u32]) -> Arrivals {
        let row = |(hour, &count): (usize, &u32)| TraceRow { time: at_hour(hour as u64), class: None, count };
        Arrivals::Trace(counts.iter().enumerate().map(row).collect::<Arc<[_]>>())
    }

    fn plan(hours: u64) -> Plan {
        Plan {
            horizon: at_hour(hours),
            warm_up: Time::ZERO,
            bucket: Duration::HOUR,
            classes: vec!["all".to_owned()],
            sources: Vec::new(),
            stages: Vec::new(),
            teams: Vec::new(),
            channels: Vec::new(),
            choices: Vec::new(),
            platforms: Vec::new(),
            targets: Vec::new(),
            probes: Vec::new(),
        }
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    /// One team of one person on one stage, an hour of work for each report.
    fn one_desk(hours: u64, arrivals: Arrivals, people: u32, on_duty: Intervals) -> Plan {
        Plan {
            sources: vec![source(arrivals, Place::Stage(0))],
            stages: vec![stage(0, 3600.0, END)],
            teams: vec![team(people, on_duty)],
            ..plan(hours)
        }
    }

    #[test]
    fn a_jackson_network_has_its_traffic() {
        // Hillier and Lieberman's three facilities: a = 1, 4, 3 an hour from outside, loops between all of them, and
        // λ1 = 1 + .1 λ2 + .4 λ3, λ2 = 4 + .6 λ1 + .4 λ3, λ3 = 3 + .3 λ1 + .3 λ2: the flows are 5, 10 and 7.5
        let choice = |shares: Vec<(f64, Place)>| Choice {
            name: "next".to_owned(),
            shares: vec![Timed::constant(Shares::new(shares))],
        };
        let at = Place::Stage;
        let network = Plan {
            sources: [1.0, 4.0, 3.0]
                .into_iter()
                .enumerate()
                .map(|(idx, rate)| source(Arrivals::Renewal(constant(3600.0 / rate)), at(idx)))
                .collect(),
            stages: (0..3).map(|idx| stage(idx, 360.0, Place::Choice(idx))).collect(),
            teams: [1, 2, 1].map(|people| team(people, Intervals::always())).into(),
            choices: vec![
                choice(vec![(0.6, at(1)), (0.3, at(2)), (0.1, END)]),
                choice(vec![(0.1, at(0)), (0.3, at(2)), (0.6, END)]),
                choice(vec![(0.4, at(0)), (0.4, at(1)), (0.2, END)]),
            ],
            ..plan(3)
        };
        let load = offered_load(&network);
        // six minutes of work each: a tenth of the flow is the load in Erlangs
        for (team, flow) in load.teams.iter().zip([5.0, 10.0, 7.5]) {
            for hour in 0..3 {
                assert!(
                    (team.load[hour] * 10.0 - flow).abs() < 1e-6,
                    "{} is not {flow}",
                    team.load[hour] * 10.0
                );
            }
        }
        assert!((load.reports[2] - 8.0).abs() < 1e-6);
        assert!(load.overloads.is_empty());
    }

    #[test]
    fn a_fluid_surge_peaks_and_clears() {
        // case 18: 150 come against 100 for an hour, then 80: the backlog peaks at 50 and is gone 2.5 h later
        let counts: Vec<u32> = [150].into_iter().chain([80; 9]).collect();
        let load = offered_load(&one_desk(10, by_hour(&counts), 100, Intervals::always()));
        let desk = &load.teams[0];
        assert!(close(desk.load[0], 150.0) && close(desk.staff[0], 100.0));
        assert!(close(desk.backlog[0], 50.0) && close(desk.backlog[2], 10.0) && close(desk.backlog[3], 0.0));
        assert_eq!(clearing_time(desk, 3), Time::from_secs_f64(3.5 * 3600.0));
        assert_eq!(desk.peak(), Some((0, 150.0, 100.0)));
        assert!(load.overloads.is_empty(), "50 hours of work are little for 100 people");
    }

    #[test]
    fn more_than_a_day_and_a_half_of_work_is_an_overload() {
        let mut counts = vec![0; 100];
        counts[10] = 40;
        let load = offered_load(&one_desk(100, by_hour(&counts), 1, Intervals::always()));
        let [overload] = load.overloads.as_slice() else { panic!("one overload, not {:?}", load.overloads) };
        assert_eq!((overload.team, overload.from, overload.peak_at), (0, at_hour(10), at_hour(11)));
        // 39 hours are left at 11:00 and go by one an hour
        assert!(close(overload.peak_hours_of_work, 39.0) && close(overload.staff_next_24h, 24.0));
        assert_eq!(overload.to, Some(at_hour(50)));
        counts[10] = 37;
        let light = offered_load(&one_desk(100, by_hour(&counts), 1, Intervals::always()));
        assert!(light.overloads.is_empty(), "36 hours of work are no more than a day and a half");
    }

    #[test]
    fn slow_growth_is_an_overload_but_nights_off_are_not() {
        // nearly a day's work each day, day and night, and people from 8 to 18
        let office = |people| {
            let days = (0..14).map(|day| (at_hour(24 * day + 8), at_hour(24 * day + 18))).collect();
            one_desk(14 * 24, by_hour(&[4; 14 * 24]), people, Intervals::union_of(days))
        };
        assert!(offered_load(&office(10)).overloads.is_empty(), "96 hours of work a day, 100 of people");
        let behind = offered_load(&office(9)).overloads;
        assert_eq!(behind.len(), 1, "96 hours of work a day, 90 of people");
        // the first day has no evening before it and is cleared
        assert_eq!((behind[0].from, behind[0].to), (at_hour(18), None));
    }

    #[test]
    fn delays_move_the_load_to_the_hours_it_lands_in() {
        let mut delayed = one_desk(6, by_hour(&[8]), 1, Intervals::always());
        delayed.sources[0].route = vec![Place::Channel(0)];
        delayed.channels = vec![Channel {
            name: "post".to_owned(),
            delay: Timed::constant(constant(1.25 * 3600.0)),
            open: None,
            route: vec![Place::Stage(0)],
        }];
        assert_eq!(offered_load(&delayed).teams[0].load, [0.0, 6.0, 2.0, 0.0, 0.0, 0.0]);
        delayed.channels[0].delay = Timed::constant(constant(0.25 * 3600.0));
        assert_eq!(offered_load(&delayed).teams[0].load, [6.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
        delayed.channels[0].open = Some(Intervals::union_of(vec![(at_hour(4), at_hour(6))]));
        assert_eq!(offered_load(&delayed).teams[0].load, [0.0, 0.0, 0.0, 0.0, 8.0, 0.0]);
    }

    #[test]
    fn platforms_answer_or_stay_silent() {
        // half of the cases come to the platform's own queue; the silent half comes back after an hour, for good
        let mut asked = one_desk(4, by_hour(&[16]), 1, Intervals::always());
        asked.sources[0].route = vec![Place::Platform(0)];
        let silence = Silence { wait: Duration::HOUR, route: vec![Place::Platform(0)] };
        let answered = Timed::constant(vec![0.5]);
        let queue = Answers::Queue { stage: 0, answered: answered.clone(), silence: silence.clone() };
        asked.platforms = vec![Platform { name: "forum".to_owned(), answers: queue }];
        assert_eq!(offered_load(&asked).teams[0].load, [8.0, 4.0, 2.0, 1.0]);
        // from the third hour on it answers all; answers take two hours to come to the desk
        let changed = Timed::changing(vec![(Time::ZERO, vec![0.5]), (at_hour(2), vec![1.0])]);
        let after = Answers::After {
            response: Timed::constant(vec![constant(7200.0)]),
            open: None,
            answered: changed,
            silence,
            route: vec![Place::Stage(0)],
        };
        asked.horizon = at_hour(6);
        asked.platforms[0].answers = after;
        assert_eq!(offered_load(&asked).teams[0].load, [0.0, 0.0, 8.0, 4.0, 4.0, 0.0]);
    }

    #[test]
    fn teams_share_by_who_is_on_duty() {
        let mut shared =
            one_desk(2, by_hour(&[8, 8]), 1, Intervals::union_of(vec![(at_hour(0), at_hour(1))]));
        shared.stages[0].teams = vec![0, 1];
        shared.teams.push(team(3, Intervals::union_of(vec![(at_hour(0), at_hour(1))])));
        let load = offered_load(&shared);
        // in the second hour nobody is there: the shares of the whole run stand in
        assert_eq!(load.teams[0].load, [2.0, 2.0]);
        assert_eq!(load.teams[1].load, [6.0, 6.0]);
    }

    #[test]
    fn batches_and_excitement_multiply() {
        let mut busy = one_desk(2, Arrivals::Renewal(constant(1800.0)), 1, Intervals::always());
        busy.sources[0].streams[0].batch = BatchSize::Uniform { min: 2, max: 4 };
        busy.sources[0].streams[0].self_exciting =
            Some(crate::model::SelfExciting { branching: 0.5, decay: Duration::HOUR });
        assert!(close(offered_load(&busy).teams[0].load[1], 2.0 * 3.0 * 2.0));
    }

    #[test]
    fn a_loop_without_an_end_is_a_large_number_not_a_panic() {
        let mut endless = one_desk(2, by_hour(&[1]), 1, Intervals::always());
        endless.stages[0].route = vec![Place::Stage(0)];
        assert!(offered_load(&endless).teams[0].load[0] > 1e6);
    }
}
