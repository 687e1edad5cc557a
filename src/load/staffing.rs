//! Where a search for the cheapest staffing begins: the formulas' answer, before anything is simulated.
//!
//! For each team and target, hour by hour: the work that is served no later than the target's cases (by the order of
//! the stages and the discipline of the queue) has a modified offered load; against it stand the people on duty. While
//! they keep up, the share of cases on time is Erlang's (Erlang C with Kimura's correction for the law of the work, or
//! Erlang A where cases give up within half a day), at the load of that hour: the pointwise stationary approximation
//! at the modified load (Massey & Whitt, Annals of Applied Probability 4 (1994) 1145–1160). When nobody is there, or too few, the
//! work waits as a fluid does, with the deviations that chance adds to it in so many hours.
//!
//! The roster begins with people in proportion to the largest load of each post's hours, as few as meet every target;
//! then each post, the dearest first, gives up whom it can, and one after another is left to the others wherever that is
//! cheaper. In a system that stays the same, with one post, this is the
//! textbook's number. In others it is a place to begin: call-ins bring their fewest people, several targets in a row
//! each have all the time for themselves, and downstream queues are fed as if nobody waited.

use std::collections::BTreeMap;

use super::flows::{self, Hours};
use super::modified_load::{at_work, stage_flow};
use super::offered_load::{staff_by_hour, team_shares};
use super::on_the_way::bottleneck;
use crate::model::{ClassIdx, Discipline, Duty, Plan, Post, Roster, Sizing, StageIdx, TakeOrder, TeamIdx};
use crate::queueing::{ErlangA, ErlangC};
use crate::units::{Duration, Time};

/// What comes later is taken to be like what came before.
const MOST_HOURS: usize = 20_000;
/// Cases that wait so long, in seconds, before they give up, do not relieve the queue in time.
const LONG_PATIENCE: f64 = 12.0 * 3600.0;
/// The roster in proportion to the load is found to this part of itself; then each post is found exactly.
const N_HALVINGS: u32 = 12;
/// Of a target that cannot be met, this part of the share that everybody within the bounds would bring.
const NEARLY: f64 = 0.98;
/// So many of the dearest shifts are tried with their fewest people.
const MOST_LEFT_OUT: usize = 12;

/// How the posts might be filled so that the targets are met, by formulas alone: within the bounds, and with the longest
/// delays and the fewest people for call-ins. Where the formulas see no way to meet a target, with people who come near to
/// the best there is.
pub fn starting_roster(plan: &Plan, sizing: &Sizing) -> Roster {
    let delays = sizing.posts.iter().map(|post| match &post.duty {
        Duty::Shift { .. } => 0,
        Duty::CallIn { delays, .. } => {
            (0..delays.len()).rev().max_by_key(|&delay| delays[delay].after).unwrap_or(0)
        }
    });
    let delays = delays.collect();
    let mut people: Vec<u32> = sizing.posts.iter().map(|post| post.at_least).collect();
    let goals = goals(plan, sizing);
    for team in 0..plan.teams.len() {
        let of_team = |post: &Post| post.team == team && !post.is_call_in();
        let posts: Vec<usize> =
            (0..sizing.posts.len()).filter(|&post| of_team(&sizing.posts[post])).collect();
        if posts.is_empty() {
            continue;
        }
        let goals: Vec<&Goal> = goals.iter().filter(|goal| goal.team == team).collect();
        let n_hours = Hours::of(plan).len().min(MOST_HOURS);
        let wage = plan.teams[team].wage_per_hour.unwrap_or(1.0);
        let shifts = posts.iter().filter_map(|&post| Shift::of(&sizing.posts[post], wage, n_hours)).collect();
        let found = Team { shifts, goals, n_hours, warm_up: plan.warm_up, seen: BTreeMap::new() }.staffed();
        for (&post, found) in posts.iter().zip(found) {
            people[post] = found;
        }
    }
    Roster { people, delays }
}

/// One target at one team.
struct Goal {
    team: TeamIdx,
    stage: StageIdx,
    classes: Vec<bool>,
    /// How long a case may wait, in seconds.
    within: f64,
    share: f64,
    /// Mean patience in seconds, where it matters.
    patience: Option<f64>,
    /// The target's cases that come to the stage, by hour.
    cases: Vec<f64>,
    /// The load that is served no later than they are, by hour, in Erlangs.
    load: Vec<f64>,
    /// Moments of that work: how much of it, its sum in seconds, and the sum of its squares.
    work: [f64; 3],
}

impl Goal {
    /// Whether a case of some class at some stage is served no later than this target's cases.
    fn waits_for(&self, plan: &Plan, stage: StageIdx, class: ClassIdx) -> bool {
        if stage == self.stage {
            let latest = (0..self.classes.len()).filter(|&class| self.classes[class]);
            let rank = |class| rank(&plan.stages[stage].discipline, class);
            return latest.map(rank).max().is_none_or(|latest| rank(class) <= latest);
        }
        match &plan.teams[self.team].takes {
            TakeOrder::LongestWaiting => true,
            TakeOrder::Listed(order) => {
                let place = |stage| order.iter().position(|listed| *listed == stage);
                place(stage) < place(self.stage)
            }
        }
    }

    /// The share of cases begun in time when all are busy, and have been for so many hours, with a fluid wait of
    /// `wait`: the rest of the wait is how far Poisson arrivals and work have strayed since, reflected at nothing, by
    /// the normal law (Kingman's heavy traffic, before it is stationary).
    fn begun_in_overload(&self, people: f64, load: f64, hours: f64, wait: f64) -> f64 {
        let n_cases = load * hours * 3600.0 / self.mean_work().max(f64::MIN_POSITIVE);
        let strayed = libm::sqrt((1.0 + self.work_scv()) * n_cases) * self.mean_work() / people;
        let left = self.within - wait;
        if left <= 0.0 {
            0.0
        } else if strayed > 0.0 {
            libm::erf(left / strayed / std::f64::consts::SQRT_2)
        } else {
            1.0
        }
    }

    /// Squared coefficient of variation of the work.
    fn work_scv(&self) -> f64 {
        let mean = self.mean_work();
        if mean > 0.0 { (self.work[2] / self.work[0] / (mean * mean) - 1.0).max(0.0) } else { 0.0 }
    }

    fn mean_work(&self) -> f64 {
        self.work[1] / self.work[0]
    }

    /// The share of the hour's cases that the people on duty begin in time, if the hour lasted.
    fn served_in_time(&self, servers: u32, load: f64, within: f64) -> f64 {
        let mean_service = self.mean_work();
        if load <= 0.0 || mean_service <= 0.0 {
            return if servers > 0 { 1.0 } else { 0.0 };
        }
        let arrival_rate = load / mean_service;
        if let Some(patience) = self.patience {
            return ErlangA::new(servers, arrival_rate, mean_service, patience).served_within(within);
        }
        let service_scv = self.work_scv();
        1.0 - ErlangC { servers, arrival_rate, mean_service, service_scv }.late_share(within)
    }
}

/// The order in which a queue serves its classes: lower first.
fn rank(discipline: &Discipline, class: ClassIdx) -> u64 {
    match discipline {
        Discipline::Priority(ranks) => ranks.get(class).map_or(0, |&rank| u64::from(rank)),
        Discipline::EarliestDeadline(deadlines) => {
            deadlines.get(class).map_or(0, |deadline| deadline.as_micros())
        }
        Discipline::Fifo | Discipline::Lifo | Discipline::LongestRelativeWait(_) => 0,
    }
}

/// Every target that a team with posts can do something for.
fn goals(plan: &Plan, sizing: &Sizing) -> Vec<Goal> {
    let n_hours = Hours::of(plan).len();
    let mut goals = Vec::new();
    for team in (0..plan.teams.len()).filter(|team| sizing.posts.iter().any(|post| post.team == *team)) {
        for target in sizing.targets.iter().filter_map(|&target| plan.targets.get(target)) {
            let Some(found) = bottleneck(plan, target, team) else { continue };
            let patience = plan.stages[found.stage].patience.as_ref().map(|by_class| {
                let means = (0..plan.classes.len()).filter(|&class| target.classes[class]);
                means.map(|class| by_class[class].mean()).fold(f64::INFINITY, f64::min)
            });
            goals.push(Goal {
                team,
                stage: found.stage,
                classes: target.classes.clone(),
                within: found.within,
                share: target.share,
                patience: patience.filter(|patience| *patience > 0.0 && *patience < LONG_PATIENCE),
                cases: vec![0.0; n_hours],
                load: vec![0.0; n_hours],
                work: [0.0; 3],
            });
        }
    }
    let staff = staff_by_hour(plan);
    for class in 0..plan.classes.len() {
        let flow = if goals.is_empty() { Vec::new() } else { flows::flows(plan, class) };
        for (stage_idx, stage) in plan.stages.iter().enumerate() {
            let served_by = |goal: &Goal| stage.teams.contains(&goal.team);
            if !goals.iter().any(served_by) {
                continue;
            }
            let rates = stage_flow(plan, &flow, stage_idx);
            let loads = at_work(&rates, &stage.work[class]);
            let cases: f64 = rates.iter().sum();
            let (mean, variance) = (stage.work[class].mean(), stage.work[class].variance().min(1e12));
            for goal in goals.iter_mut().filter(|goal| served_by(goal)) {
                if stage_idx == goal.stage && goal.classes[class] {
                    goal.cases.iter_mut().zip(&rates).for_each(|(sum, rate)| *sum += rate);
                }
                if !goal.waits_for(plan, stage_idx, class) {
                    continue;
                }
                for (hour, load) in loads.iter().enumerate().filter(|(_, load)| **load > 0.0) {
                    let shares = team_shares(stage, hour, &staff);
                    let own = shares.iter().filter(|(team, _)| *team == goal.team).map(|(_, share)| share);
                    goal.load[hour] += load * own.sum::<f64>();
                }
                for (sum, moment) in goal.work.iter_mut().zip([1.0, mean, mean * mean + variance]) {
                    *sum += cases * moment;
                }
            }
        }
    }
    goals.retain(|goal| goal.cases.iter().any(|cases| *cases > 0.0));
    goals
}

/// A shift, by the hour.
struct Shift {
    at_least: u32,
    at_most: u32,
    /// The part of each hour on duty.
    on_duty: Vec<f64>,
    /// What one person costs over all of them.
    cost: f64,
}

impl Shift {
    fn of(post: &Post, team_wage: f64, n_hours: usize) -> Option<Self> {
        let Duty::Shift { on_duty, wage_per_hour } = &post.duty else { return None };
        let of_hour = |hour| {
            let from = Hours::start(hour);
            on_duty.overlap(from, from + Duration::HOUR).as_hours_f64()
        };
        let on_duty: Vec<f64> = (0..n_hours).map(of_hour).collect();
        let cost = on_duty.iter().sum::<f64>() * wage_per_hour.unwrap_or(team_wage);
        Some(Self { at_least: post.at_least, at_most: post.at_most.max(post.at_least), on_duty, cost })
    }
}

/// One team with its shifts, and what they are for.
struct Team<'a> {
    shifts: Vec<Shift>,
    goals: Vec<&'a Goal>,
    n_hours: usize,
    warm_up: Time,
    /// Shares in time that were worked out already, by goal, people and load.
    seen: BTreeMap<(usize, u32, u64), f64>,
}

impl Team<'_> {
    /// People for each shift.
    fn staffed(mut self) -> Vec<u32> {
        let most: Vec<u32> = self.shifts.iter().map(|shift| shift.at_most).collect();
        if self.goals.is_empty() {
            return self.shifts.iter().map(|shift| shift.at_least).collect();
        }
        // what cannot be met is met nearly as well as it can be: the last people help hardly anybody
        let best = self.shares(&most);
        let wanted: Vec<f64> =
            self.goals.iter().zip(best).map(|(goal, best)| goal.share.min(best * NEARLY)).collect();
        let mut order: Vec<usize> = (0..self.shifts.len()).collect();
        order.sort_by(|&a, &b| self.shifts[b].cost.total_cmp(&self.shifts[a].cost).then(a.cmp(&b)));
        let mut is_least = vec![false; self.shifts.len()];
        let mut people = self.filled(&wanted, &is_least, &order).unwrap_or(most);
        for &shift in order.iter().take(MOST_LEFT_OUT) {
            is_least[shift] = true;
            match self.filled(&wanted, &is_least, &order) {
                Some(found) if self.cost(&found) < self.cost(&people) => people = found,
                _ => is_least[shift] = false,
            }
        }
        people
    }

    fn cost(&self, people: &[u32]) -> f64 {
        self.shifts.iter().zip(people).map(|(shift, &people)| shift.cost * f64::from(people)).sum()
    }

    /// People for each shift, some of which have their fewest: in proportion first, then as few in each as the others
    /// allow, in an order of shifts.
    fn filled(&mut self, wanted: &[f64], is_least: &[bool], order: &[usize]) -> Option<Vec<u32>> {
        let mut people = self.in_proportion(wanted, is_least)?;
        for &shift in order {
            let (mut low, mut high) = (self.shifts[shift].at_least, people[shift]);
            while low < high {
                let middle = u32::midpoint(low, high);
                people[shift] = middle;
                if self.suffices(&people, wanted) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            people[shift] = high;
        }
        Some(people)
    }

    /// As few people as suffice, in proportion to the largest load in the hours of each shift.
    fn in_proportion(&mut self, wanted: &[f64], is_least: &[bool]) -> Option<Vec<u32>> {
        const SMALLEST: f64 = 0.01;
        const MOST_DOUBLINGS: u32 = 40;
        let peak = |shift: &Shift| {
            let loads = self.goals.iter().flat_map(|goal| goal.load.iter().zip(&shift.on_duty));
            loads.filter(|(_, there)| **there > 0.0).map(|(load, _)| *load).fold(SMALLEST, f64::max)
        };
        let peaks: Vec<f64> = self.shifts.iter().map(peak).collect();
        let bounds = self.shifts.iter().zip(is_least);
        let bounds: Vec<(u32, u32)> = bounds
            .map(|(shift, is_least)| (shift.at_least, if *is_least { shift.at_least } else { shift.at_most }))
            .collect();
        let scaled = |scale: f64| -> Vec<u32> {
            let people = |(peak, bounds): (&f64, &(u32, u32))| {
                (libm::ceil(peak * scale) as u32).clamp(bounds.0, bounds.1)
            };
            peaks.iter().zip(&bounds).map(people).collect()
        };
        let (mut low, mut high) = (0.0, 1.0);
        let mut doublings = 0;
        let most = scaled(f64::INFINITY);
        if !self.suffices(&most, wanted) {
            return None;
        }
        while !self.suffices(&scaled(high), wanted) {
            (low, high) = (high, 2.0 * high);
            doublings += 1;
            if doublings > MOST_DOUBLINGS {
                return Some(most);
            }
        }
        for _ in 0..N_HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.suffices(&scaled(middle), wanted) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(scaled(high))
    }

    fn suffices(&mut self, people: &[u32], wanted: &[f64]) -> bool {
        self.shares(people).iter().zip(wanted).all(|(share, wanted)| share >= wanted)
    }

    /// The share on time of each goal.
    fn shares(&mut self, people: &[u32]) -> Vec<f64> {
        let mut capacity = vec![0.0; self.n_hours];
        for (shift, &people) in self.shifts.iter().zip(people) {
            for (sum, there) in capacity.iter_mut().zip(&shift.on_duty) {
                *sum += f64::from(people) * there;
            }
        }
        (0..self.goals.len()).map(|goal| self.share_on_time(goal, &capacity)).collect()
    }

    fn share_on_time(&mut self, goal_idx: usize, capacity: &[f64]) -> f64 {
        let goal = self.goals[goal_idx];
        let mut fluid = Fluid::new(capacity);
        let (mut on_time, mut all, mut busy_hours) = (0.0, 0.0, 0.0);
        let hours = goal.cases.iter().zip(&goal.load).take(self.n_hours).enumerate();
        for (hour, (&cases, &load)) in hours {
            let wait = fluid.next(load, goal.patience.is_some());
            let servers = libm::round(capacity[hour]) as u32;
            let keeps_up = f64::from(servers) > load || goal.patience.is_some();
            busy_hours = if keeps_up { 0.0 } else { busy_hours + 1.0 };
            // what was sent before the warm-up is over does not count
            if cases <= 0.0 || Hours::start(hour) + Duration::HOUR <= self.warm_up {
                continue;
            }
            all += cases;
            let is_closed = capacity[hour] <= 0.0;
            let share = if wait > goal.within {
                0.0
            } else if is_closed {
                1.0
            } else if !keeps_up {
                goal.begun_in_overload(capacity[hour], load, busy_hours, wait)
            } else if wait > 0.0 {
                goal.served_in_time(servers, load, goal.within - wait)
            } else {
                // loads that differ by less than anybody knows them are one
                let key = load.to_bits() >> 24;
                let seen = self.seen.entry((goal_idx, servers, key));
                *seen.or_insert_with(|| goal.served_in_time(servers, f64::from_bits(key << 24), goal.within))
            };
            on_time += cases * share;
        }
        if all > 0.0 { on_time / all } else { 1.0 }
    }
}

/// Work that waits as a fluid does: it comes evenly, and goes as fast as the people on duty can.
struct Fluid<'a> {
    capacity: &'a [f64],
    /// What could be done until the start of each hour.
    done: Vec<f64>,
    hour: usize,
    /// Work left at the start of the hour, in hours of one person.
    backlog: f64,
    /// The hour in which the last wait ended.
    ends: usize,
}

impl<'a> Fluid<'a> {
    fn new(capacity: &'a [f64]) -> Self {
        let mut done = vec![0.0];
        for people in capacity {
            done.push(done[done.len() - 1] + people);
        }
        Self { capacity, done, hour: 0, backlog: 0.0, ends: 0 }
    }

    /// How long a case waits that comes in the middle of the next hour, in seconds. Where cases give up, none is left
    /// behind.
    fn next(&mut self, load: f64, gives_up: bool) -> f64 {
        const NEXT_PERSON: f64 = 1e-9;
        let (hour, people) = (self.hour, self.capacity[self.hour]);
        self.hour += 1;
        let ahead = if gives_up { 0.0 } else { (self.backlog + (load - people) / 2.0).max(0.0) };
        self.backlog = if gives_up { 0.0 } else { (self.backlog + load - people).max(0.0) };
        if ahead <= 0.0 && people > 0.0 {
            return 0.0;
        }
        let until = self.done[hour] + people / 2.0 + ahead + NEXT_PERSON;
        self.ends = self.ends.max(hour);
        while self.ends < self.capacity.len() && self.done[self.ends + 1] < until {
            self.ends += 1;
        }
        let Some(people) = self.capacity.get(self.ends).filter(|people| **people > 0.0) else {
            return f64::INFINITY;
        };
        let end = self.ends as f64 + ((until - self.done[self.ends]) / people).clamp(0.0, 1.0);
        (end - (hour as f64 + 0.5)).max(0.0) * 3600.0
    }
}

#[cfg(test)]
mod tests;
