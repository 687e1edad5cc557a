//! One replication of a plan: processes made, run to the horizon, and their facts added up.

use std::collections::BinaryHeap;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::case::Case;
use super::clocks::Clocks;
use super::decisions::Decisions;
use super::departures::Departures;
use super::facts::Facts;
use super::halt::{Halt, IN_FLIGHT, Limits, Pace};
use super::last_station::LastStation;
use super::layout::{Layout, REPORTS_PER_EPOCH, StationKind, StationLayout};
use super::most_busy::MOST_PEOPLE;
use super::people::{CallInDesk, Person, ShiftChange, TeamDesk};
use super::plain_source::PlainSource;
use super::plan::{Plan, StageIdx};
use super::routing::Router;
use super::shortcuts::Shortcuts;
use super::source::SourceProcess;
use super::spent;
use super::stage_desk::StageDesk;
use super::station::Station;
use super::steady::{Steady, SteadyDesk, SteadyStation};
use crate::engine::{Execution, Network, Outbox, Process, WinnerTree};
use crate::random::ReplicationKey;
use crate::statistics::Window;
use crate::units::Time;

/// The number of the engine's semantics: it changes whenever a seed's answers change.
pub const ENGINE_SEMANTICS: u32 = 3;

/// A plan made ready to simulate, any number of times.
#[derive(Debug)]
pub struct Model {
    plan: Plan,
    clocks: Clocks,
    decisions: Decisions,
    shortcuts: Shortcuts,
    layout: Layout,
}

/// How to run one replication.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions<'a> {
    /// The seed of all replications.
    pub seed: u64,
    /// The number of this one.
    pub replication: u64,
    /// More cases in the system than this end the run.
    pub max_in_system: u64,
    /// Set by somebody else to stop the run.
    pub cancel: &'a AtomicBool,
    /// How to go about it: makes no difference to the facts.
    pub execution: Execution,
}

/// A plan that is too large for the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLarge {
    /// A stage served by too many people.
    pub stage: String,
    /// How many people work at its station.
    pub people: usize,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} people around stage `{}` over so long a time are more than the engine can number: simulate a shorter \
             time, or fewer people",
            self.people, self.stage
        )
    }
}

impl std::error::Error for TooLarge {}

impl Model {
    /// Makes a plan ready.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] where people and time do not fit the event list's keys together: for a year, that is a quarter of
    /// a million people at one station.
    pub fn new(plan: Plan) -> Result<Self, TooLarge> {
        Self::with_epochs(plan, REPORTS_PER_EPOCH)
    }

    /// The same, for epochs in which a few reports come rather than thousands: slower, and with the same facts. For tests
    /// of just that.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_short_epochs(plan: Plan) -> Result<Self, TooLarge> {
        Self::with_epochs(plan, 8.0)
    }

    fn with_epochs(plan: Plan, reports_per_epoch: f64) -> Result<Self, TooLarge> {
        let mut layout = Layout::new(&plan, reports_per_epoch);
        for station in &layout.stations {
            let people = people_at(&plan, station);
            if WinnerTree::new(people, plan.horizon).is_none() {
                let stage = plan.stages[station.stages[0]].name.clone();
                return Err(TooLarge { stage, people });
            }
        }
        let (clocks, decisions) = (Clocks::new(&plan, &layout.bases), Decisions::new(&plan));
        let shortcuts = Shortcuts::new(&plan, &layout, &clocks, &decisions);
        for station in &mut layout.stations {
            let is_small = people_at(&plan, station) <= MOST_PEOPLE;
            if station.kind == StationKind::Steady && is_small && shortcuts.all_end(station.stages[0]) {
                station.kind = StationKind::Last;
            }
        }
        Ok(Self { plan, clocks, decisions, shortcuts, layout })
    }

    /// The same model without specialised processes: slower, and with the same facts. For tests and measurements of
    /// just that.
    #[must_use]
    pub fn generalized(mut self) -> Self {
        self.layout.plain_sources.fill(false);
        for station in &mut self.layout.stations {
            station.kind = StationKind::General;
        }
        self.shortcuts = Shortcuts::none(&self.plan);
        self
    }

    /// The same model as if every team were a large one, with the same facts: for tests of just that.
    #[must_use]
    pub fn with_large_teams(mut self) -> Self {
        for station in &mut self.layout.stations {
            if station.kind == StationKind::Last {
                station.kind = StationKind::Steady;
            }
        }
        self
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The stretch of time that is observed.
    pub fn window(&self) -> Window {
        Window::new(self.plan.warm_up, self.plan.horizon, self.plan.bucket)
    }

    /// Simulates one replication.
    ///
    /// # Errors
    ///
    /// [`Halt`] where it was cancelled, or more cases were in the system than allowed.
    ///
    /// # Panics
    ///
    /// If flow is not conserved, Little's law does not hold, or simulated time goes back: the engine would be wrong.
    pub fn simulate(&self, options: &RunOptions<'_>) -> Result<Facts, Halt> {
        let limits = Limits { max_in_system: options.max_in_system, cancel: options.cancel };
        let key = ReplicationKey::new(options.seed, options.replication);
        let processes = self.processes(key, limits);
        let layout = &self.layout;
        let network = Network::new(processes, &layout.edges, layout.epoch, self.plan.horizon);
        let mut network =
            network.unwrap_or_else(|error| unreachable!("the layout cuts every cycle: {error}"));
        network.lend(spent::take());
        network
            .run(options.execution, |backlogs, in_transit| check(backlogs, in_transit, &self.plan, limits))?;
        let mut facts = Facts::empty(&self.plan);
        let (processes, cases) = network.into_parts();
        for process in processes {
            facts.absorb(process.finish());
        }
        spent::keep(cases);
        assert_eq!(facts.sent, facts.ended + facts.open, "flow is conserved: sent = ended + open");
        Ok(facts)
    }

    fn router(&self, key: ReplicationKey) -> Router<'_> {
        Router {
            plan: &self.plan,
            clocks: &self.clocks,
            decisions: &self.decisions,
            shortcuts: &self.shortcuts,
            window: self.window(),
            key,
        }
    }

    fn processes<'a>(&'a self, key: ReplicationKey, limits: Limits<'a>) -> Vec<PipelineProcess<'a>> {
        let Layout { bases, plain_sources, stations, homes, .. } = &self.layout;
        let sources = bases.iter().enumerate().map(|(source, bases)| {
            if plain_sources[source] {
                let plain = PlainSource::new(self.router(key), source, bases[0], homes, limits);
                return PipelineProcess::Plain(Box::new(plain));
            }
            PipelineProcess::Source(Box::new(SourceProcess::new(
                self.router(key),
                source,
                bases,
                homes,
                limits,
            )))
        });
        let stations = stations.iter().enumerate().map(|(i, station)| {
            let people = people_at(&self.plan, station);
            match station.kind {
                StationKind::General => {
                    let home = self.plan.sources.len() + i;
                    PipelineProcess::Station(Box::new(self.station(home, station, key, limits)))
                }
                StationKind::Steady => {
                    let desk = self.steady_desk(station, key, limits);
                    let completions = event_list(people, &self.plan);
                    PipelineProcess::Steady(Box::new(SteadyStation::new(desk, completions, people)))
                }
                StationKind::Last => {
                    let desk = self.steady_desk(station, key, limits);
                    let free_at = event_list(people, &self.plan);
                    PipelineProcess::Last(Box::new(LastStation::new(desk, free_at, people)))
                }
            }
        });
        sources.chain(stations).collect()
    }

    fn steady_desk<'a>(
        &'a self,
        layout: &StationLayout,
        key: ReplicationKey,
        limits: Limits<'a>,
    ) -> SteadyDesk<'a> {
        let (plan, window) = (&self.plan, self.window());
        let (stage, team) = (layout.stages[0], layout.teams[0]);
        let mut team = TeamDesk::new(team, &plan.teams[team], &[(stage, 0)], window);
        team.come_to_stay(people_at(plan, layout));
        let router = self.router(key);
        SteadyDesk {
            homes: &self.layout.homes,
            stage: StageDesk::new(stage, &router, vec![0]),
            router,
            team,
            departures: Departures::default(),
            facts: Facts::empty(plan),
            limits,
            pace: Pace::new(limits),
        }
    }

    fn station<'a>(
        &'a self,
        home: usize,
        layout: &StationLayout,
        key: ReplicationKey,
        limits: Limits<'a>,
    ) -> Station<'a> {
        let (plan, window) = (&self.plan, self.window());
        let router = self.router(key);
        let local_team = |team: &usize| layout.teams.iter().position(|other| other == team);
        let stages: Vec<StageDesk<'_>> = layout
            .stages
            .iter()
            .map(|&idx| {
                let teams = plan.stages[idx].teams.iter().filter_map(local_team).collect();
                StageDesk::new(idx, &router, teams)
            })
            .collect();
        let Staffing { teams, people, shifts, call_ins } =
            staffing(plan, layout, &self.layout.locals, window);
        let completions = event_list(people.len(), plan);
        let mut station = Station {
            router,
            homes: &self.layout.homes,
            locals: &self.layout.locals,
            home,
            stages,
            teams,
            people,
            completions,
            shifts,
            next_shift: 0,
            call_ins,
            timers: BinaryHeap::new(),
            next_timer: Time::NEVER,
            returning: BinaryHeap::new(),
            departures: Departures::default(),
            facts: Facts::empty(plan),
            limits,
            pace: Pace::new(limits),
        };
        for (i, call_in) in station.call_ins.iter().enumerate() {
            for local in &call_in.stages {
                station.stages[*local].watched_by.push(i);
            }
        }
        station.find_next_timer();
        station
    }
}

/// A process of a pipeline.
#[derive(Debug)]
enum PipelineProcess<'a> {
    Source(Box<SourceProcess<'a>>),
    Plain(Box<PlainSource<'a>>),
    Station(Box<Station<'a>>),
    Steady(Box<SteadyStation<'a>>),
    Last(Box<LastStation<'a>>),
}

impl Process for PipelineProcess<'_> {
    type Message = Box<Case>;
    type Halt = Halt;
    type Report = Option<Backlog>;

    fn advance(
        &mut self,
        until: Time,
        arrivals: &mut Vec<Box<Case>>,
        outbox: &mut Outbox<Box<Case>>,
    ) -> Result<(), Halt> {
        match self {
            Self::Source(source) => source.advance(until, outbox),
            Self::Plain(source) => source.advance(until, outbox),
            Self::Station(station) => station.advance(until, arrivals, outbox),
            Self::Steady(station) => station.advance(until, arrivals, outbox),
            Self::Last(station) => station.advance(until, arrivals, outbox),
        }
    }

    fn report(&self) -> Option<Backlog> {
        match self {
            Self::Source(_) | Self::Plain(_) => None,
            Self::Station(station) => Some(Backlog {
                waiting: station.waiting(),
                longest: station.longest_line(),
                worked_to: station.pace.now(),
            }),
            Self::Steady(station) => Some(station.desk.backlog()),
            Self::Last(station) => Some(station.desk.backlog()),
        }
    }
}

impl PipelineProcess<'_> {
    fn finish(self) -> Facts {
        match self {
            Self::Source(source) => source.finish(),
            Self::Plain(source) => source.finish(),
            Self::Station(station) => station.finish(),
            Self::Steady(station) => station.finish(),
            Self::Last(station) => station.finish(),
        }
    }
}

impl SteadyDesk<'_> {
    fn backlog(&self) -> Backlog {
        let waiting = self.stage.line.len() as u64;
        Backlog { waiting, longest: Some((self.stage.idx, waiting)), worked_to: self.pace.now() }
    }
}

/// What waits at a station.
#[derive(Debug, Clone, Copy)]
struct Backlog {
    waiting: u64,
    /// The stage where most wait, and how many.
    longest: Option<(StageIdx, u64)>,
    /// The time worked up to.
    worked_to: Time,
}

/// Whether the run may go on.
fn check(
    backlogs: &[Option<Backlog>],
    in_transit: usize,
    plan: &Plan,
    limits: Limits<'_>,
) -> Result<(), Halt> {
    if limits.cancel.load(Ordering::Relaxed) {
        return Err(Halt::Cancelled);
    }
    let in_transit = (in_transit as u64).saturating_sub(IN_FLIGHT);
    let mut total = in_transit;
    let mut longest = (None, in_transit);
    let mut worked_to = Time::ZERO;
    for backlog in backlogs.iter().flatten() {
        total += backlog.waiting;
        worked_to = worked_to.max(backlog.worked_to);
        if let Some((stage, waiting)) = backlog.longest.filter(|line| line.1 > longest.1) {
            longest = (Some(plan.stages[stage].name.as_str()), waiting);
        }
    }
    if total > limits.max_in_system {
        return Err(limits.too_many(longest.1, worked_to, longest.0));
    }
    Ok(())
}

/// The people of a station.
#[derive(Debug, Default)]
struct Staffing {
    teams: Vec<TeamDesk>,
    people: Vec<Person>,
    shifts: Vec<ShiftChange>,
    call_ins: Vec<CallInDesk>,
}

/// The event list of so many people, whom [`Model::new`] has found to be few enough.
fn event_list(people: usize, plan: &Plan) -> WinnerTree {
    WinnerTree::new(people, plan.horizon).unwrap_or_else(|| unreachable!("checked when the model was made"))
}

fn people_at(plan: &Plan, station: &StationLayout) -> usize {
    let of_team = |team: &usize| {
        let team = &plan.teams[*team];
        let crews = team.crews.iter().map(|crew| crew.people as usize);
        crews.chain(team.call_ins.iter().map(|call_in| call_in.people as usize)).sum::<usize>()
    };
    station.teams.iter().map(of_team).sum()
}

fn staffing(plan: &Plan, layout: &StationLayout, locals: &[usize], window: Window) -> Staffing {
    let mut staffing = Staffing::default();
    for (local, &idx) in layout.teams.iter().enumerate() {
        let team = &plan.teams[idx];
        let served: Vec<(usize, usize)> = layout
            .stages
            .iter()
            .filter(|stage| plan.stages[**stage].teams.contains(&idx))
            .map(|stage| (*stage, locals[*stage]))
            .collect();
        staffing.teams.push(TeamDesk::new(idx, team, &served, window));
        for crew in &team.crews {
            let people = staffing.hire(local, crew.people);
            for (from, to) in crew.on_duty.iter() {
                let change = |time, comes| ShiftChange { time, comes, team: local, people: people.clone() };
                let changes = [change(from, true), change(to, false)];
                staffing.shifts.extend(changes.into_iter().filter(|change| change.time < plan.horizon));
            }
        }
        for call_in in &team.call_ins {
            let people = staffing.hire(local, call_in.people);
            staffing.call_ins.push(CallInDesk {
                stages: call_in.stages.iter().map(|stage| locals[*stage]).collect(),
                above: call_in.above,
                after: call_in.after,
                stay: call_in.stay,
                team: local,
                people,
                called: false,
            });
        }
    }
    staffing.shifts.sort_by_key(|change| (change.time, change.comes, change.people.start));
    staffing
}

impl Staffing {
    fn hire(&mut self, team: usize, people: u32) -> Range<usize> {
        let first = self.people.len();
        self.people.extend((0..people).map(|_| Person::new(team)));
        first..self.people.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::compile_text;

    /// Runs a plan that somebody has asked to stop, where only its processes look.
    fn stopped(source: &str, to: &str) -> Result<(), Halt> {
        let text = format!(
            "title = \"stopped\"\nstart = 2025-01-01T00:00:00\nzone = \"UTC\"\nduration = \"1 day\"\n\
             classes = [\"all\"]\n[source.s]\n{source}\nto = \"{to}\"\n\
             [stage.last]\nteam = \"a\"\nwork = \"1min\"\nto = \"kept\"\n[team.a]\nstaff = 2\n\
             [stage.steady]\nteam = \"b\"\nwork = \"1min\"\nto = \"last\"\n[team.b]\nstaff = 2\n\
             [source.other]\nrate = \"1/year\"\nbatch = 2\nto = \"steady\"\n"
        );
        let scenario = compile_text("stopped.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        let model = Model::new(scenario.plan).unwrap_or_else(|error| panic!("{error}"));
        let cancel = AtomicBool::new(true);
        let limits = Limits { max_in_system: u64::MAX, cancel: &cancel };
        let processes = model.processes(ReplicationKey::new(1, 0), limits);
        let Layout { edges, epoch, .. } = &model.layout;
        let mut network = Network::new(processes, edges, *epoch, model.plan.horizon).expect("no cycle");
        network.run(Execution::default(), |_, _| Ok(()))
    }

    #[test]
    fn a_wish_to_stop_is_heard_at_each_row_of_events() {
        // a source that is not plain looks every few thousand reports only
        for (source, to) in [
            ("rate = \"5/min\"", "kept"),
            ("rate = \"5/h\"\nbatch = 2", "steady"),
            ("rate = \"5/h\"\nbatch = 2", "last"),
        ] {
            assert_eq!(stopped(source, to), Err(Halt::Cancelled), "{source} {to}");
        }
    }
}
