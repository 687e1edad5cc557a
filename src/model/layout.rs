//! How a plan is cut into processes: what shares state is one process, and the epoch is chosen so that the rest can
//! work apart.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::decisions::hash32;
use super::plain_source::is_plain;
use super::plan::{Crew, Place, Plan, Route, StageIdx};
use super::source::SEQUENCE_BITS;
use super::ways::ways;
use crate::engine::Edge;
use crate::units::{Duration, Time};

/// Reports that a source sends in an epoch, on average: enough to work through in one go, few enough for the cache.
pub(super) const REPORTS_PER_EPOCH: f64 = 2048.0;
/// The same in the busiest stretch of a run: what is in flight stays bounded in a burst.
const REPORTS_PER_EPOCH_AT_PEAK: f64 = 65_536.0;
/// A cycle is cut into separate processes only where its delays leave epochs at least this fraction of the wished
/// length; otherwise handing over would cost more than it gives.
const SHORTEST_EPOCH: f64 = 1.0 / 16.0;

/// How a plan is cut into processes. Sources come first, then stations.
#[derive(Debug)]
pub(super) struct Layout {
    /// The high bits of the case ids of each source's streams.
    pub(super) bases: Vec<Vec<u64>>,
    /// Whether each source can be a [`PlainSource`](super::plain_source::PlainSource).
    pub(super) plain_sources: Vec<bool>,
    /// Stages and teams of each station.
    pub(super) stations: Vec<StationLayout>,
    /// The process of each stage.
    pub(super) homes: Vec<usize>,
    /// The position of each stage within its station.
    pub(super) locals: Vec<usize>,
    /// Who may send to whom, and the least delay.
    pub(super) edges: Vec<Edge>,
    /// Length of an epoch.
    pub(super) epoch: Duration,
}

/// The stages and teams of a station, by their positions in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StationLayout {
    pub(super) stages: Vec<usize>,
    pub(super) teams: Vec<usize>,
    pub(super) kind: StationKind,
}

/// How a station goes about its work: with the same facts, and the more is known of it beforehand the faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StationKind {
    /// A [`Station`](super::station::Station).
    General,
    /// A [`SteadyStation`](super::steady::SteadyStation).
    Steady,
    /// A [`LastStation`](super::last_station::LastStation).
    Last,
}

impl Layout {
    /// Cuts a plan; in an epoch, a source sends about so many reports.
    pub(super) fn new(plan: &Plan, reports_per_epoch: f64) -> Self {
        let hops = hops(plan);
        let mut groups = Groups::by_people(plan);
        let wished = wished_epoch(plan, reports_per_epoch);
        let epoch = groups.settle(plan, &hops, wished);
        let (mut stations, homes, locals) = groups.into_stations(plan);
        for station in &mut stations {
            if is_steady(plan, station, &hops) {
                station.kind = StationKind::Steady;
            }
        }
        let n_sources = plan.sources.len();
        let mut edges: Vec<Edge> = Vec::new();
        for hop in &hops {
            let from = match hop.from {
                Origin::Source(source) => source,
                Origin::Stage(stage) => homes[stage],
            };
            let edge = Edge { from, to: homes[hop.to], delay: hop.delay };
            // what stays within a station is its own affair
            if edge.from != edge.to || from < n_sources {
                match edges.iter_mut().find(|other| (other.from, other.to) == (edge.from, edge.to)) {
                    Some(other) => other.delay = other.delay.min(edge.delay),
                    None => edges.push(edge),
                }
            }
        }
        let plain_sources = plan.sources.iter().map(|source| is_plain(&source.streams)).collect();
        Self { bases: bases(plan), plain_sources, stations, homes, locals, edges, epoch }
    }
}

/// Whether a station has one stage and one team whose people are always there, nobody gives up or is turned away, and no
/// case comes straight back.
fn is_steady(plan: &Plan, station: &StationLayout, hops: &[Hop]) -> bool {
    let ([stage], [team]) = (station.stages.as_slice(), station.teams.as_slice()) else { return false };
    let always_there = |crew: &Crew| {
        let mut on_duty = crew.on_duty.iter();
        on_duty.next().is_some_and(|(from, to)| from == Time::ZERO && to >= plan.horizon)
    };
    let comes_back =
        hops.iter().any(|hop| matches!(hop.from, Origin::Stage(from) if from == *stage && hop.to == *stage));
    let (stage, team) = (&plan.stages[*stage], &plan.teams[*team]);
    stage.patience.is_none()
        && stage.room.is_none()
        && team.call_ins.is_empty()
        && team.crews.iter().all(always_there)
        && !comes_back
}

/// A way from a source or a stage to the next stage, with its least delay.
#[derive(Debug, Clone, Copy)]
struct Hop {
    from: Origin,
    to: StageIdx,
    delay: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Origin {
    Source(usize),
    Stage(StageIdx),
}

/// Every way from sources and stages to the stages that come next.
fn hops(plan: &Plan) -> Vec<Hop> {
    let mut hops = Vec::new();
    let mut walk = |from: Origin, routes: &[&Route]| {
        let least = least_delays(plan, routes.iter().flat_map(|route| route.iter().copied()));
        let reached = least.into_iter().enumerate().filter_map(|(to, delay)| Some((to, delay?)));
        hops.extend(reached.map(|(to, delay)| Hop { from, to, delay }));
    };
    for (i, source) in plan.sources.iter().enumerate() {
        walk(Origin::Source(i), &[&source.route]);
    }
    for (i, stage) in plan.stages.iter().enumerate() {
        walk(Origin::Stage(i), &[&stage.route, &stage.gave_up, &stage.no_room]);
    }
    hops
}

/// The least delay from the given places to every stage that can be reached without passing another (Dijkstra).
pub(super) fn least_delays(plan: &Plan, from: impl Iterator<Item = Place>) -> Vec<Option<Duration>> {
    let mut least = vec![None; plan.stages.len()];
    let mut settled = BTreeSet::new();
    let mut open: BinaryHeap<Reverse<(Duration, Place)>> =
        from.map(|place| Reverse((Duration::ZERO, place))).collect();
    while let Some(Reverse((delay, place))) = open.pop() {
        if !settled.insert(place) {
            continue;
        }
        match place {
            Place::Stage(stage) => least[stage] = Some(delay),
            _ => open.extend(
                ways(plan, place).into_iter().map(|(next, further)| Reverse((delay + further, next))),
            ),
        }
    }
    least
}

/// An epoch in which about so many reports come.
fn wished_epoch(plan: &Plan, reports_per_epoch: f64) -> Duration {
    let streams = || plan.sources.iter().flat_map(|source| &source.streams);
    let horizon = plan.horizon.as_secs_f64();
    let expected: f64 = streams().map(|stream| stream.expected(Time::ZERO, plan.horizon)).sum();
    // the busiest of a thousand stretches stands for the peak
    let stretch = Duration::from_secs_f64(horizon / 1000.0);
    let busiest = (0..1000)
        .map(|i| {
            let from = Time::from_secs_f64(horizon * f64::from(i) / 1000.0);
            streams().map(|stream| stream.expected(from, from + stretch)).sum::<f64>()
        })
        .fold(0.0, f64::max);
    let by_mean = horizon * reports_per_epoch / expected.max(1.0);
    let by_peak = stretch.as_secs_f64() * REPORTS_PER_EPOCH_AT_PEAK / busiest.max(1.0);
    Duration::from_secs_f64(by_mean.min(by_peak).min(horizon)).max(Duration::from_micros(1))
}

/// Stages that are one station, as a union–find forest over the stages.
#[derive(Debug, Clone)]
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    /// Stages that share a team, or whose backlog calls in a team, belong together.
    fn by_people(plan: &Plan) -> Self {
        let mut groups = Self { parent: (0..plan.stages.len()).collect() };
        for team in 0..plan.teams.len() {
            let served = (0..plan.stages.len()).filter(|stage| plan.stages[*stage].teams.contains(&team));
            let watched = plan.teams[team].call_ins.iter().flat_map(|call_in| call_in.stages.iter().copied());
            let stages: Vec<usize> = served.chain(watched).collect();
            for pair in stages.windows(2) {
                groups.join(pair[0], pair[1]);
            }
        }
        groups
    }

    fn root(&self, mut stage: usize) -> usize {
        while self.parent[stage] != stage {
            stage = self.parent[stage];
        }
        stage
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// Chooses the epoch and joins what cycles make inseparable: the longest epoch that cuts all cycles if it is not
    /// too short; otherwise the groups of a cycle become one.
    fn settle(&mut self, plan: &Plan, hops: &[Hop], wished: Duration) -> Duration {
        let shortest = Duration::from_secs_f64(wished.as_secs_f64() * SHORTEST_EPOCH);
        let mut candidates: Vec<Duration> =
            hops.iter().map(|hop| hop.delay).filter(|delay| (shortest..wished).contains(delay)).collect();
        candidates.push(wished);
        candidates.sort_unstable();
        candidates.dedup();
        candidates.retain(|epoch| *epoch > Duration::ZERO);
        for epoch in candidates.iter().rev() {
            if self.cycles(plan, hops, *epoch).is_empty() {
                return *epoch;
            }
        }
        // no epoch cuts them all: cut what the shortest candidate can cut, and join the rest
        let epoch = candidates.first().copied().unwrap_or(wished);
        for (a, b) in self.cycles(plan, hops, epoch) {
            self.join(a, b);
        }
        epoch
    }

    /// Pairs of stages of different groups that reach each other by hops shorter than an epoch.
    fn cycles(&self, plan: &Plan, hops: &[Hop], epoch: Duration) -> Vec<(usize, usize)> {
        let n = plan.stages.len();
        let mut reaches = vec![vec![false; n]; n];
        for hop in hops.iter().filter(|hop| hop.delay < epoch) {
            if let Origin::Stage(from) = hop.from {
                reaches[self.root(from)][self.root(hop.to)] = true;
            }
        }
        // transitive closure (Warshall): plans have at most a thousand stages
        for via in 0..n {
            let onward = reaches[via].clone();
            for row in &mut reaches {
                if row[via] {
                    row.iter_mut().zip(&onward).for_each(|(there, on)| *there |= *on);
                }
            }
        }
        let pairs = (0..n).flat_map(|a| (0..a).map(move |b| (a, b)));
        pairs.filter(|(a, b)| reaches[*a][*b] && reaches[*b][*a]).collect()
    }

    fn into_stations(self, plan: &Plan) -> (Vec<StationLayout>, Vec<usize>, Vec<usize>) {
        let n = plan.stages.len();
        let mut roots: Vec<usize> = (0..n).map(|stage| self.root(stage)).collect();
        roots.sort_unstable();
        roots.dedup();
        let mut homes = vec![0; n];
        let mut locals = vec![0; n];
        let stations = roots
            .iter()
            .enumerate()
            .map(|(i, root)| {
                let stages: Vec<usize> = (0..n).filter(|stage| self.root(*stage) == *root).collect();
                for (local, stage) in stages.iter().enumerate() {
                    homes[*stage] = plan.sources.len() + i;
                    locals[*stage] = local;
                }
                let works_here =
                    |team: &usize| stages.iter().any(|stage| plan.stages[*stage].teams.contains(team));
                let teams = (0..plan.teams.len()).filter(works_here).collect();
                StationLayout { stages, teams, kind: StationKind::General }
            })
            .collect();
        (stations, homes, locals)
    }
}

/// The high bits of the case ids of every stream: a hash of its source's name and its number there, so that a new
/// source or surge leaves the others' reports as they were. Two streams of one hash would share their random numbers,
/// so the later one moves on to the next free value.
fn bases(plan: &Plan) -> Vec<Vec<u64>> {
    let mut taken = BTreeSet::new();
    let mask = (1_u32 << (64 - SEQUENCE_BITS)) - 1;
    plan.sources
        .iter()
        .map(|source| {
            (0..source.streams.len())
                .map(|number| {
                    let mut high = hash32(&["source", &source.name, &number.to_string()]) & mask;
                    while !taken.insert(high) {
                        high = (high + 1) & mask;
                    }
                    u64::from(high) << SEQUENCE_BITS
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::compile_text;

    /// How many stations a loop of two stages makes, with this delay on the way back, and the epoch.
    fn split(delay: &str) -> (usize, Duration) {
        let text = format!(
            r#"
            title = "loop"
            start = 2025-03-03T00:00:00
            zone = "UTC"
            duration = "6h"
            classes = ["all"]
            [source.s]
            rate = "1/s"
            to = "a"
            [team.p]
            staff = 40
            [stage.a]
            team = "p"
            work = "30s"
            to = "b"
            [team.q]
            staff = 60
            [stage.b]
            team = "q"
            work = "40s"
            to = {{ removed = 0.8, back = 0.2 }}
            [channel.back]
            delay = {delay}
            to = "a"
            "#
        );
        let scenario = compile_text("loop.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        let layout = Layout::new(&scenario.plan, REPORTS_PER_EPOCH);
        (layout.stations.len(), layout.epoch)
    }

    #[test]
    fn cycles_are_cut_where_their_delays_allow() {
        let wished = Duration::from_micros(2_048_000_000);
        assert_eq!(split("\"2h\""), (2, wished), "longer than an epoch: cut as it is");
        assert_eq!(split("\"10min\""), (2, Duration::from_micros(600_000_000)), "the epoch is shortened");
        assert_eq!(split("\"10s\""), (1, wished), "too short: one station");
        assert_eq!(split("{ exponential = { mean = \"2h\" } }"), (1, wished), "no least delay: one station");
    }
}
