//! Checks of the whole network: every place is reached, every case can end, and no loop takes no time.

use super::names::Names;
use super::place::place_kind;
use crate::model::{Answers, ClassIdx, Place, Plan};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::units::Duration;

/// A way from one place to the next, for one class.
struct Edge {
    to: Place,
    /// Whether a case ever takes it: a share of nothing leads nowhere.
    is_taken: bool,
    takes_time: bool,
}

/// Checks the network of a plan whose names and numbers are right.
pub(crate) fn check(plan: &Plan, names: &Names, out: &mut Diagnostics) {
    let graph = Graph::new(plan);
    let mut reached = vec![false; graph.n_nodes];
    let mut all_end = true;
    for class in 0..plan.classes.len() {
        let edges = graph.edges(class);
        let entries: Vec<usize> =
            plan.sources.iter().filter_map(|source| graph.node(source.route[class])).collect();
        let from_here = walk(&edges, &entries, |edge| graph.node(edge.to));
        // what is wrong for one class is mostly wrong for all of them: it is said once
        if all_end {
            all_end = check_ends(&graph, &edges, &from_here, class, names, out);
        }
        check_loops(&graph, &edges, &from_here, names, out);
        reached.iter_mut().zip(&from_here).for_each(|(all, here)| *all |= here);
    }
    for (name, place) in &names.places {
        if graph.node(*place).is_some_and(|node| !reached[node]) {
            let message = format!("nothing leads to the {} `{}`", place_kind(*place), name.value);
            out.add(Diagnostic::error(name.span, message).help("name it in a `to`, or take it out"));
        }
    }
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

    /// The ways of one class out of every place.
    fn edges(&self, class: ClassIdx) -> Vec<Vec<Edge>> {
        let plan = self.plan;
        let stages = plan.stages.iter().map(|stage| {
            let mut edges = vec![edge(stage.route[class], true)];
            if stage.patience.is_some() {
                edges.push(edge(stage.gave_up[class], true));
            }
            if stage.room.is_some() {
                edges.push(edge(stage.no_room[class], false));
            }
            edges
        });
        let channels = plan.channels.iter().map(|channel| {
            let takes_time = channel.delay.changes().iter().all(|(_, delay)| delay.mean() > 0.0);
            vec![edge(channel.route[class], takes_time)]
        });
        let choices = plan.choices.iter().map(|choice| {
            let all = choice.shares[class].changes().iter().flat_map(|(_, shares)| shares.iter());
            all.map(|(share, to)| Edge { to, is_taken: share > 0.0, takes_time: false }).collect()
        });
        let platforms = plan.platforms.iter().map(|platform| {
            let (answers, answered, silence) = match &platform.answers {
                Answers::Queue { stage, answered, silence } => {
                    (edge(Place::Stage(*stage), false), answered, silence)
                }
                Answers::After { response, answered, silence, route, .. } => {
                    let takes_time =
                        response.changes().iter().all(|(_, response)| response[class].mean() > 0.0);
                    (edge(route[class], takes_time), answered, silence)
                }
            };
            let shares = || answered.changes().iter().map(|(_, shares)| shares[class]);
            let silent = edge(silence.route[class], silence.wait > Duration::ZERO);
            vec![
                Edge { is_taken: shares().any(|share| share > 0.0), ..answers },
                Edge { is_taken: shares().any(|share| share < 1.0), ..silent },
            ]
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

fn edge(to: Place, takes_time: bool) -> Edge {
    Edge { to, is_taken: true, takes_time }
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

/// Complains about a place from which no case of a class can ever end; says whether there is none.
fn check_ends(
    graph: &Graph<'_>,
    edges: &[Vec<Edge>],
    reached: &[bool],
    class: ClassIdx,
    names: &Names,
    out: &mut Diagnostics,
) -> bool {
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
    let endless = (0..edges.len()).find(|node| reached[*node] && !ends[*node]);
    if let Some(node) = endless
        && let (name, Some(span)) = graph.name(node, names)
    {
        let class = &graph.plan.classes[class];
        let message = format!("a case of class `{class}` that comes to `{name}` never ends");
        out.add(Diagnostic::error(span, message).help("from every place, some way must lead to an outcome"));
    }
    endless.is_none()
}

/// Complains about a loop in which a case could go round for ever in no time.
fn check_loops(
    graph: &Graph<'_>,
    edges: &[Vec<Edge>],
    reached: &[bool],
    names: &Names,
    out: &mut Diagnostics,
) {
    let mut state = vec![State::Unseen; edges.len()];
    for start in (0..edges.len()).filter(|node| reached[*node]) {
        // depth first, with a stack of our own: (node, the next edge to follow)
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            if *next == 0 && state[node] == State::Done {
                path.pop();
                continue;
            }
            state[node] = State::OnPath;
            let Some(edge) = edges[node].get(*next) else {
                state[node] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let Some(to) = graph.node(edge.to).filter(|_| edge.is_taken && !edge.takes_time) else {
                continue;
            };
            match state[to] {
                State::Done => {}
                State::Unseen => path.push((to, 0)),
                State::OnPath => {
                    let from = path.iter().position(|(node, _)| *node == to).unwrap_or(0);
                    complain_of_loop(graph, path[from..].iter().map(|(node, _)| *node), names, out);
                    return;
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Unseen,
    OnPath,
    Done,
}

fn complain_of_loop(
    graph: &Graph<'_>,
    nodes: impl Iterator<Item = usize>,
    names: &Names,
    out: &mut Diagnostics,
) {
    let mut named: Vec<(&str, Option<Span>)> = nodes.map(|node| graph.name(node, names)).collect();
    named.dedup_by_key(|(name, _)| *name);
    let Some((first, Some(span))) = named.first().copied() else { return };
    if named.len() == 1 || named.last().is_some_and(|(last, _)| *last != first) {
        named.push((first, None));
    }
    let shown: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let message = format!("the loop `{}` takes no time", shown.join(" -> "));
    out.add(Diagnostic::error(span, message).help("put a delay into it, such as a channel"));
}
