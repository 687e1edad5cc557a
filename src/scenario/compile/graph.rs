//! Checks of the whole network: every place is reached, every case can end, and no loop takes no time.
//!
//! What interventions change is judged in each period by itself: a way that is open only before a date cannot lead
//! out after it, and ways that are never open together make no loop.

use super::names::Names;
use super::place::place_kind;
use crate::model::{Answers, ClassIdx, Place, Plan, Stage, Timed};
use crate::random::Distribution;
use crate::scenario::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::units::{Duration, Time};

/// A way from one place to the next, for one class.
struct Edge {
    to: Place,
    /// Whether a case ever takes it: a share of nothing leads nowhere.
    is_taken: bool,
    takes_time: bool,
    /// The key whose value is how long it takes, where it has one.
    time_key: Option<&'static str>,
}

/// Checks the network of a plan whose names and numbers are right. `since` says in words from when a period is.
pub(crate) fn check(plan: &Plan, names: &Names, since: impl Fn(Time) -> String, out: &mut Diagnostics) {
    let graph = Graph::new(plan);
    let periods = periods(plan);
    let mut is_led_to = vec![false; graph.n_nodes];
    let mut all_end = true;
    for class in 0..plan.classes.len() {
        let entries: Vec<usize> =
            plan.sources.iter().filter_map(|source| graph.node(source.route[class])).collect();
        // a case may still be where it came to in an earlier period
        let mut reached = vec![false; graph.n_nodes];
        let mut loops = false;
        for from in &periods {
            let edges = graph.edges(class, *from);
            let led_to = walk(&edges, &entries, |edge| graph.node(edge.to));
            is_led_to.iter_mut().zip(&led_to).for_each(|(all, here)| *all |= here);
            let begin: Vec<usize> =
                (0..graph.n_nodes).filter(|node| reached[*node]).chain(entries.iter().copied()).collect();
            reached = walk(&edges, &begin, |edge| graph.node(edge.to).filter(|_| edge.is_taken));
            let period = || if *from == Time::ZERO { String::new() } else { format!("{}, ", since(*from)) };
            // what is wrong for one class is mostly wrong for all of them: it is said once
            if all_end && let Some(node) = endless(&graph, &edges, &reached) {
                all_end = false;
                complain_of_no_end(&graph, node, class, (names, &period()), out);
            }
            if !loops && let Some(round) = instant_loop(&graph, &edges, &reached) {
                loops = true;
                complain_of_loop(&graph, &edges, &round, (names, &period()), out);
            }
        }
    }
    for (name, place) in &names.places {
        if graph.node(*place).is_some_and(|node| !is_led_to[node]) {
            let message = format!("nothing leads to the {} `{}`", place_kind(*place), name.value);
            out.add(Diagnostic::error(name.span, message).help("name it in a `to`, or take it out"));
        }
    }
}

/// The times from which some way is another one: where each period begins, the first at the start.
fn periods(plan: &Plan) -> Vec<Time> {
    fn times<T>(timed: &Timed<T>) -> impl Iterator<Item = Time> {
        timed.changes().iter().map(|(from, _)| *from)
    }
    let mut periods = vec![Time::ZERO];
    periods.extend(plan.channels.iter().flat_map(|channel| times(&channel.delay)));
    periods.extend(plan.choices.iter().flat_map(|choice| &choice.shares).flat_map(times));
    for platform in &plan.platforms {
        match &platform.answers {
            Answers::Queue { answered, .. } => periods.extend(times(answered)),
            Answers::After { response, answered, .. } => {
                periods.extend(times(response).chain(times(answered)));
            }
        }
    }
    periods.sort_unstable();
    periods.dedup();
    periods
}

/// All places of a plan under one numbering.
struct Graph<'p> {
    plan: &'p Plan,
    offsets: [usize; 4],
    n_nodes: usize,
}

impl<'p> Graph<'p> {
    fn new(plan: &'p Plan) -> Self {
        let sizes = [plan.stages.len(), plan.channels.len(), plan.choices.len(), plan.platforms.len()];
        let mut offsets = [0; 4];
        for idx in 1..4 {
            offsets[idx] = offsets[idx - 1] + sizes[idx - 1];
        }
        Self { plan, offsets, n_nodes: sizes.iter().sum() }
    }

    /// The number of a place; nothing for an outcome.
    fn node(&self, place: Place) -> Option<usize> {
        match place {
            Place::Stage(idx) => Some(idx),
            Place::Channel(idx) => Some(self.offsets[1] + idx),
            Place::Choice(idx) => Some(self.offsets[2] + idx),
            Place::Platform(idx) => Some(self.offsets[3] + idx),
            Place::End(_) => None,
        }
    }

    /// The ways of one class out of every place, in the period that begins at a time.
    fn edges(&self, class: ClassIdx, from: Time) -> Vec<Vec<Edge>> {
        let plan = self.plan;
        let stages = plan.stages.iter().map(|stage| stage_edges(stage, class));
        let channels = plan.channels.iter().map(|channel| {
            vec![Edge::lasting(channel.route[class], "delay", channel.delay.at(from).mean() > 0.0)]
        });
        let choices = plan.choices.iter().map(|choice| {
            let shares = choice.shares[class].at(from).iter();
            shares.map(|(share, to)| Edge { is_taken: share > 0.0, ..Edge::instant(to) }).collect()
        });
        let platforms = plan.platforms.iter().map(|platform| {
            let (answers, answered, silence) = match &platform.answers {
                Answers::Queue { stage, answered, silence } => {
                    (Edge::instant(Place::Stage(*stage)), answered, silence)
                }
                Answers::After { response, answered, silence, route, .. } => {
                    let takes_time = response.at(from)[class].mean() > 0.0;
                    (Edge::lasting(route[class], "response", takes_time), answered, silence)
                }
            };
            let share = answered.at(from)[class];
            let silent = Edge::lasting(silence.route[class], "silent_for", silence.wait > Duration::ZERO);
            vec![Edge { is_taken: share > 0.0, ..answers }, Edge { is_taken: share < 1.0, ..silent }]
        });
        stages.chain(channels).chain(choices).chain(platforms).collect()
    }

    /// The name and the place of a node; those of a platform's own queue are the platform's.
    fn name<'n>(&self, node: usize, names: &'n Names) -> (&'n str, Option<Span>) {
        let own = |name: &str| names.places.iter().find(|(known, _)| known.value == name);
        let direct = names.places.iter().find(|(_, place)| self.node(*place) == Some(node));
        let by_name = || {
            let plan = self.plan;
            match node.checked_sub(self.offsets[2]) {
                None => plan.stages.get(node).and_then(|stage| own(&stage.name)),
                Some(choice) => plan.choices.get(choice).and_then(|choice| own(&choice.name)),
            }
        };
        direct.or_else(by_name).map_or(("a source", None), |(name, _)| (name.value.as_str(), Some(name.span)))
    }
}

impl Edge {
    fn instant(to: Place) -> Self {
        Self { to, is_taken: true, takes_time: false, time_key: None }
    }

    /// A way that takes as long as the value of a key says.
    fn lasting(to: Place, key: &'static str, takes_time: bool) -> Self {
        Self { to, is_taken: true, takes_time, time_key: Some(key) }
    }
}

/// The ways of one class out of a stage. A distribution takes time where its mean does: a case that goes round often
/// enough then spends some.
fn stage_edges(stage: &Stage, class: ClassIdx) -> Vec<Edge> {
    let mut edges = vec![Edge::lasting(stage.route[class], "work", stage.work[class].mean() > 0.0)];
    if let Some(patience) = stage.patience.as_ref().map(|patience| &patience[class]) {
        let gives_up = Edge::lasting(stage.gave_up[class], "patience", patience.mean() > 0.0);
        edges.push(Edge { is_taken: *patience != Distribution::constant(Duration::FOREVER), ..gives_up });
    }
    if stage.room.is_some() {
        edges.push(Edge::instant(stage.no_room[class]));
    }
    edges
}

/// What can be reached from some nodes.
fn walk(edges: &[Vec<Edge>], from: &[usize], next: impl Fn(&Edge) -> Option<usize>) -> Vec<bool> {
    let mut reached = vec![false; edges.len()];
    let mut left = from.to_vec();
    while let Some(node) = left.pop() {
        if !std::mem::replace(&mut reached[node], true) {
            left.extend(edges[node].iter().filter_map(&next));
        }
    }
    reached
}

/// A place from which no case of a class can ever end, if there is one.
fn endless(graph: &Graph<'_>, edges: &[Vec<Edge>], reached: &[bool]) -> Option<usize> {
    let mut ends = vec![false; edges.len()];
    let mut before = vec![Vec::new(); edges.len()];
    let mut left = Vec::new();
    for (node, out_of) in edges.iter().enumerate() {
        for edge in out_of.iter().filter(|edge| edge.is_taken) {
            match graph.node(edge.to) {
                Some(to) => before[to].push(node),
                None => left.push(node),
            }
        }
    }
    while let Some(node) = left.pop() {
        if !std::mem::replace(&mut ends[node], true) {
            left.extend(&before[node]);
        }
    }
    (0..edges.len()).find(|node| reached[*node] && !ends[*node])
}

/// A loop in which a case could go round in no time, if there is one: its nodes, each with its way to the next.
fn instant_loop(graph: &Graph<'_>, edges: &[Vec<Edge>], reached: &[bool]) -> Option<Vec<(usize, usize)>> {
    let mut state = vec![State::Unseen; edges.len()];
    for start in (0..edges.len()).filter(|node| reached[*node]) {
        // depth first, with a stack of our own: (node, how many of its ways were followed)
        let mut path = vec![(start, 0)];
        while let Some((node, n_followed)) = path.last_mut() {
            let node = *node;
            if *n_followed == 0 && state[node] == State::Done {
                path.pop();
                continue;
            }
            state[node] = State::OnPath;
            let Some(edge) = edges[node].get(*n_followed) else {
                state[node] = State::Done;
                path.pop();
                continue;
            };
            *n_followed += 1;
            let Some(to) = graph.node(edge.to).filter(|_| edge.is_taken && !edge.takes_time) else {
                continue;
            };
            match state[to] {
                State::Done => {}
                State::Unseen => path.push((to, 0)),
                State::OnPath => {
                    let from = path.iter().position(|(node, _)| *node == to).unwrap_or(0);
                    return Some(path[from..].iter().map(|(node, followed)| (*node, followed - 1)).collect());
                }
            }
        }
    }
    None
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Unseen,
    OnPath,
    Done,
}

fn complain_of_no_end(
    graph: &Graph<'_>,
    node: usize,
    class: ClassIdx,
    (names, period): (&Names, &str),
    out: &mut Diagnostics,
) {
    let (name, Some(span)) = graph.name(node, names) else { return };
    let class = &graph.plan.classes[class];
    let message = format!("{period}a case of class `{class}` that comes to `{name}` never ends");
    out.add(Diagnostic::error(span, message).help("from every place, some way must lead to an outcome"));
}

fn complain_of_loop(
    graph: &Graph<'_>,
    edges: &[Vec<Edge>],
    round: &[(usize, usize)],
    (names, period): (&Names, &str),
    out: &mut Diagnostics,
) {
    let mut named: Vec<(&str, Option<Span>)> =
        round.iter().map(|(node, _)| graph.name(*node, names)).collect();
    named.dedup_by_key(|(name, _)| *name);
    let Some((first, Some(mut span))) = named.first().copied() else { return };
    if named.len() == 1 || named.last().is_some_and(|(last, _)| *last != first) {
        named.push((first, None));
    }
    let shown: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let message = format!("{period}the loop `{}` takes no time", shown.join(" -> "));
    // a place of the loop that could take time is the one to change
    let without_length = round.iter().find_map(|(node, way)| Some((edges[*node][*way].time_key?, *node)));
    let mut help = "put a delay into it, such as a channel".to_owned();
    if let Some((key, node)) = without_length
        && let (name, Some(place)) = graph.name(node, names)
    {
        span = place;
        help = format!("give the `{key}` of `{name}` a length, or put a channel with a delay into the loop");
    }
    out.add(Diagnostic::error(span, message).help(help));
}
