//! The pipeline of a plan as a graph of named places, to draw and to read.

use crate::model::{Answers, Arrivals, Discipline, Outcome, Place, Plan, Silence, Timed};
use crate::units::Duration;

/// The places of a pipeline and the ways between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineGraph {
    /// Sources first, then stages, channels, named choices and platforms as the plan lists them, then the outcomes
    /// that something leads to.
    pub nodes: Vec<PipelineNode>,
    /// Sorted by where they start, then as the plan lists them.
    pub edges: Vec<PipelineEdge>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineNode {
    /// Its name in the file; for a platform's own queue, the platform's and that it is its queue.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// What is worth knowing about it, one fact a line.
    pub lines: Vec<String>,
    /// Positions of the teams that serve it, in the order of the plan.
    pub teams: Vec<usize>,
    /// The name of the platform it is part of, where it is.
    pub platform: Option<String>,
}

/// What a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// Where reports come from.
    Source,
    /// A step of work with a queue.
    Stage,
    /// A delay.
    Channel,
    /// A choice with a name of its own.
    Choice,
    /// Where the items are.
    Platform,
    /// How a case ends.
    Outcome,
}

/// A way from one place to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineEdge {
    /// Position of the place it starts from.
    pub from: usize,
    /// Position of the place it leads to.
    pub to: usize,
    /// Who takes it and why: shares, classes, `silent`; empty when everybody does.
    pub label: String,
}

/// Draws up the graph of a plan.
pub fn pipeline(plan: &Plan) -> PipelineGraph {
    let mut sketch = Sketch::new(plan);
    for (idx, source) in plan.sources.iter().enumerate() {
        sketch.lead(idx, &source.route, "");
    }
    for (idx, stage) in plan.stages.iter().enumerate() {
        let from = sketch.node_of(Place::Stage(idx));
        sketch.lead(from, &stage.route, "");
        if stage.patience.is_some() {
            sketch.lead(from, &stage.gave_up, "gives up");
        }
        if stage.room.is_some() {
            sketch.lead(from, &stage.no_room, "no room");
        }
    }
    for (idx, channel) in plan.channels.iter().enumerate() {
        let from = sketch.node_of(Place::Channel(idx));
        sketch.lead(from, &channel.route, "");
    }
    for idx in 0..plan.choices.len() {
        if let Some(from) = sketch.choice_nodes[idx] {
            let all_here = vec![Place::Choice(idx); plan.classes.len()];
            sketch.lead(from, &all_here, "");
        }
    }
    for (idx, platform) in plan.platforms.iter().enumerate() {
        sketch.lead_platform(idx, &platform.answers);
    }
    sketch.finish()
}

/// A graph in the making.
struct Sketch<'a> {
    plan: &'a Plan,
    nodes: Vec<PipelineNode>,
    edges: Vec<PipelineEdge>,
    /// The node of each choice that has one: those named after the place they belong to are drawn as its edges.
    choice_nodes: Vec<Option<usize>>,
    /// Where the nodes of each kind begin.
    stages_at: usize,
    channels_at: usize,
    platforms_at: usize,
    outcomes_at: usize,
}

impl<'a> Sketch<'a> {
    fn new(plan: &'a Plan) -> Self {
        let mut nodes: Vec<PipelineNode> =
            (0..plan.sources.len()).map(|idx| source_node(plan, idx)).collect();
        let stages_at = nodes.len();
        nodes.extend((0..plan.stages.len()).map(|idx| stage_node(plan, idx)));
        let channels_at = nodes.len();
        nodes.extend((0..plan.channels.len()).map(|idx| channel_node(plan, idx)));
        let mut choice_nodes = Vec::with_capacity(plan.choices.len());
        for (idx, choice) in plan.choices.iter().enumerate() {
            let is_inline = is_name_of_a_place(plan, &choice.name) && !is_inside_a_choice(plan, idx);
            choice_nodes.push((!is_inline).then_some(nodes.len()));
            if !is_inline {
                nodes.push(plain_node(&choice.name, NodeKind::Choice));
            }
        }
        let platforms_at = nodes.len();
        nodes.extend((0..plan.platforms.len()).map(|idx| platform_node(plan, idx)));
        let outcomes_at = nodes.len();
        nodes.extend(Outcome::ALL.iter().map(|outcome| plain_node(outcome.name(), NodeKind::Outcome)));
        Self {
            plan,
            nodes,
            edges: Vec::new(),
            choice_nodes,
            stages_at,
            channels_at,
            platforms_at,
            outcomes_at,
        }
    }

    /// The node of a place other than a choice drawn as edges.
    fn node_of(&self, place: Place) -> usize {
        match place {
            Place::Stage(stage) => self.stages_at + stage,
            Place::Channel(channel) => self.channels_at + channel,
            Place::Choice(choice) => self.choice_nodes[choice].unwrap_or(self.outcomes_at),
            Place::Platform(platform) => self.platforms_at + platform,
            Place::End(outcome) => {
                self.outcomes_at + Outcome::ALL.iter().position(|&other| other == outcome).unwrap_or(0)
            }
        }
    }

    /// Adds the edges of a route out of `from`, the choices that are drawn as edges resolved; `why` is said on each.
    fn lead(&mut self, from: usize, route: &[Place], why: &str) {
        let n_classes = self.plan.classes.len();
        // for each destination, in order of first use, what share of each class goes there
        let mut ways: Vec<(usize, Vec<Vec<f64>>)> = Vec::new();
        for (class, &place) in route.iter().enumerate().take(n_classes) {
            for (to, shares) in self.destinations(place, class, from) {
                let way = ways.iter().position(|(known, _)| *known == to).unwrap_or_else(|| {
                    ways.push((to, vec![Vec::new(); n_classes]));
                    ways.len() - 1
                });
                ways[way].1[class] = shares;
            }
        }
        for (to, by_class) in ways {
            let label = self.label(&by_class);
            let label = match (why, label.as_str()) {
                ("", _) => label,
                (_, "") => why.to_owned(),
                _ => format!("{why}: {label}"),
            };
            self.edges.push(PipelineEdge { from, to, label });
        }
    }

    /// Where a class goes from `from` by way of `place`: nodes, each with its share in the order of time.
    fn destinations(&self, place: Place, class: usize, from: usize) -> Vec<(usize, Vec<f64>)> {
        let Place::Choice(choice) = place else { return vec![(self.node_of(place), vec![1.0])] };
        let is_the_node_itself = self.choice_nodes[choice] == Some(from);
        if let (Some(node), false) = (self.choice_nodes[choice], is_the_node_itself) {
            return vec![(node, vec![1.0])];
        }
        let timed = self.plan.choices[choice].shares[class].changes();
        let mut found: Vec<(usize, Vec<f64>)> = Vec::new();
        for (step, (_, shares)) in timed.iter().enumerate() {
            for (share, to) in shares.iter().filter(|(share, _)| *share > 0.0) {
                let node = self.node_of(to);
                let at = found.iter().position(|(known, _)| *known == node).unwrap_or_else(|| {
                    found.push((node, vec![0.0; timed.len()]));
                    found.len() - 1
                });
                found[at].1[step] += share;
            }
        }
        found
    }

    fn lead_platform(&mut self, idx: usize, answers: &Answers) {
        let from = self.platforms_at + idx;
        let n_classes = self.plan.classes.len();
        let (answered, silence): (&Timed<Vec<f64>>, &Silence) = match answers {
            Answers::Queue { stage, answered, silence } => {
                self.lead(from, &vec![Place::Stage(*stage); n_classes], "answers");
                (answered, silence)
            }
            Answers::After { answered, silence, route, .. } => {
                self.lead(from, route, "answers");
                (answered, silence)
            }
        };
        let ever_silent = answered.changes().iter().flat_map(|(_, shares)| shares).any(|&share| share < 1.0);
        if ever_silent {
            let why = match silence.wait {
                Duration::ZERO => "silent".to_owned(),
                wait => format!("silent for {wait}"),
            };
            self.lead(from, &silence.route, &why);
        }
    }

    /// The shares of a way, by class, in words. `by_class` holds for each class its share in the order of time; empty
    /// for a class that never takes it.
    fn label(&self, by_class: &[Vec<f64>]) -> String {
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for (shares, class) in by_class.iter().zip(&self.plan.classes) {
            if shares.iter().all(|&share| share <= 0.0) {
                continue;
            }
            let said = in_time(shares.iter().map(|&share| percent(share)));
            match groups.iter_mut().find(|(known, _)| *known == said) {
                Some((_, classes)) => classes.push(class),
                None => groups.push((said, vec![class])),
            }
        }
        let everybody = groups.len() == 1 && groups[0].1.len() == by_class.len();
        let words = groups.into_iter().map(|(share, classes)| match (everybody, share.as_str()) {
            (true, "100 %") => String::new(),
            (true, _) => share,
            (false, "100 %") => classes.join(", "),
            (false, _) => format!("{} {share}", classes.join(", ")),
        });
        words.collect::<Vec<_>>().join("; ")
    }

    /// Leaves out the outcomes nothing leads to.
    fn finish(self) -> PipelineGraph {
        let is_used = |node: usize| node < self.outcomes_at || self.edges.iter().any(|edge| edge.to == node);
        let kept: Vec<usize> = (0..self.nodes.len()).filter(|&node| is_used(node)).collect();
        let moved = |node: usize| kept.iter().position(|&old| old == node).unwrap_or(0);
        let mut edges: Vec<PipelineEdge> = (self.edges.iter())
            .map(|edge| PipelineEdge {
                from: moved(edge.from),
                to: moved(edge.to),
                label: edge.label.clone(),
            })
            .collect();
        edges.sort_by_key(|edge| edge.from);
        PipelineGraph { nodes: kept.iter().map(|&node| self.nodes[node].clone()).collect(), edges }
    }
}

fn is_name_of_a_place(plan: &Plan, name: &str) -> bool {
    plan.sources.iter().any(|place| place.name == name)
        || plan.stages.iter().any(|place| place.name == name)
        || plan.channels.iter().any(|place| place.name == name)
        || plan.platforms.iter().any(|place| place.name == name)
}

fn is_inside_a_choice(plan: &Plan, idx: usize) -> bool {
    let timed = plan.choices.iter().flat_map(|choice| &choice.shares).flat_map(Timed::changes);
    timed.flat_map(|(_, shares)| shares.iter()).any(|(_, place)| place == Place::Choice(idx))
}

fn plain_node(name: &str, kind: NodeKind) -> PipelineNode {
    PipelineNode { name: name.to_owned(), kind, lines: Vec::new(), teams: Vec::new(), platform: None }
}

fn source_node(plan: &Plan, idx: usize) -> PipelineNode {
    let source = &plan.sources[idx];
    let mut lines: Vec<String> = Vec::new();
    let reports: f64 = (0..plan.classes.len())
        .flat_map(|class| source.streams.iter().map(move |stream| (stream, class)))
        .map(|(stream, class)| crate::load::reports_by_hour(plan, stream, class).iter().sum::<f64>())
        .sum();
    let days = plan.horizon.as_secs_f64() / 86_400.0;
    if days > 0.0 {
        lines.push(format!("{} reports a day on average", rounded(reports / days)));
    }
    if source.streams.len() > 1 {
        let surges = source.streams.len() - 1;
        lines.push(format!("{surges} surge{} included", if surges == 1 { "" } else { "s" }));
    }
    if source.streams.iter().any(|stream| matches!(stream.arrivals, Arrivals::Trace(_))) {
        lines.push("read from a trace".to_owned());
    }
    PipelineNode { lines, ..plain_node(&source.name, NodeKind::Source) }
}

fn stage_node(plan: &Plan, idx: usize) -> PipelineNode {
    let stage = &plan.stages[idx];
    let mut lines = vec![format!("work {}", means(plan, stage.work.iter().map(|work| length(work.mean()))))];
    lines.push(match &stage.discipline {
        Discipline::Fifo => "first come, first served".to_owned(),
        Discipline::Lifo => "last come, first served".to_owned(),
        Discipline::Priority(ranks) => format!("priority: {}", precedence(plan, ranks)),
        Discipline::EarliestDeadline(_) => "earliest deadline first".to_owned(),
        Discipline::LongestRelativeWait(_) => "longest relative wait first".to_owned(),
    });
    let teams: Vec<&str> = stage.teams.iter().map(|&team| plan.teams[team].name.as_str()).collect();
    lines.push(format!("team{} {}", if teams.len() == 1 { "" } else { "s" }, teams.join(", then ")));
    if let Some(patience) = &stage.patience {
        let patience = means(plan, patience.iter().map(|patience| length(patience.mean())));
        lines.push(format!("gives up after {patience}"));
    }
    if let Some(room) = stage.room {
        lines.push(format!("room for {room}"));
    }
    // the queue of a platform bears its name: told apart here, for both are drawn
    let name = match stage.platform {
        Some(_) => format!("{}'s queue", stage.name),
        None => stage.name.clone(),
    };
    PipelineNode {
        lines,
        teams: stage.teams.clone(),
        platform: stage.platform.map(|platform| plan.platforms[platform].name.clone()),
        ..plain_node(&name, NodeKind::Stage)
    }
}

fn channel_node(plan: &Plan, idx: usize) -> PipelineNode {
    let channel = &plan.channels[idx];
    let delays = channel.delay.changes().iter().map(|(_, delay)| length(delay.mean()));
    let mut lines = vec![format!("takes {} on average", in_time(delays))];
    lines.extend(channel.open.as_ref().map(|_| "in its hours of opening".to_owned()));
    PipelineNode { lines, ..plain_node(&channel.name, NodeKind::Channel) }
}

fn platform_node(plan: &Plan, idx: usize) -> PipelineNode {
    let platform = &plan.platforms[idx];
    let answers = |answered: &Timed<Vec<f64>>| {
        let over_time =
            |class: usize| in_time(answered.changes().iter().map(|(_, shares)| percent(shares[class])));
        format!("answers {}", means(plan, (0..plan.classes.len()).map(over_time)))
    };
    let lines = match &platform.answers {
        Answers::Queue { answered, .. } => vec![answers(answered), "by its own staff".to_owned()],
        Answers::After { response, open, answered, .. } => {
            let over_time = |class: usize| {
                in_time(response.changes().iter().map(|(_, times)| length(times[class].mean())))
            };
            let after = means(plan, (0..plan.classes.len()).map(over_time));
            let mut lines = vec![answers(answered), format!("after {after} on average")];
            lines.extend(open.as_ref().map(|_| "in its hours of opening".to_owned()));
            lines
        }
    };
    PipelineNode {
        lines,
        platform: Some(platform.name.clone()),
        ..plain_node(&platform.name, NodeKind::Platform)
    }
}

/// One value where all classes agree, else each distinct value with its classes.
fn means(plan: &Plan, values: impl Iterator<Item = String>) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (value, class) in values.zip(&plan.classes) {
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, classes)) => classes.push(class),
            None => groups.push((value, vec![class])),
        }
    }
    match groups.as_slice() {
        [(value, _)] => value.clone(),
        several => {
            let said = several.iter().map(|(value, classes)| format!("{value} ({})", classes.join(", ")));
            said.collect::<Vec<_>>().join(", ")
        }
    }
}

/// The classes by rank: equal ranks share a place.
fn precedence(plan: &Plan, ranks: &[u32]) -> String {
    let mut order: Vec<usize> = (0..plan.classes.len()).collect();
    order.sort_by_key(|&class| ranks[class]);
    let mut said = String::new();
    for (position, &class) in order.iter().enumerate() {
        if position > 0 {
            said.push_str(if ranks[order[position - 1]] == ranks[class] { " = " } else { " > " });
        }
        said.push_str(&plan.classes[class]);
    }
    said
}

/// Values in the order of time, equal neighbors said once: `60 % then 95 %`.
fn in_time(values: impl Iterator<Item = String>) -> String {
    let mut distinct: Vec<String> = values.collect();
    distinct.dedup();
    distinct.join(" then ")
}

fn length(seconds: f64) -> String {
    Duration::from_secs_f64((seconds * 10.0).round() / 10.0).to_string()
}

fn percent(share: f64) -> String {
    let rounded = (share * 1000.0).round() / 10.0;
    format!("{rounded} %")
}

fn rounded(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Intervals;
    use crate::model::{
        BatchSize, Channel, Choice, Crew, Platform, ReportStream, Route, Shares, ShiftEnd, Source, Stage,
        TakeOrder, Team,
    };
    use crate::random::Distribution;
    use crate::units::Time;

    fn constant(seconds: f64) -> Distribution {
        Distribution::constant(Duration::from_secs_f64(seconds))
    }

    fn all(place: Place) -> Route {
        vec![place; 2]
    }

    /// Reports reach a desk that keeps some and forwards others through a channel to a platform with a reminder loop.
    fn small_plan() -> Plan {
        let day_two = Time::from_micros(Duration::DAY.as_micros());
        let first = Shares::new(vec![(0.4, Place::End(Outcome::Kept)), (0.6, Place::Channel(0))]);
        let later = Shares::new(vec![(0.1, Place::End(Outcome::Kept)), (0.9, Place::Channel(0))]);
        Plan {
            horizon: Time::from_micros(2 * Duration::DAY.as_micros()),
            warm_up: Time::ZERO,
            bucket: Duration::HOUR,
            classes: vec!["terrorism".to_owned(), "fraud".to_owned()],
            sources: vec![Source {
                name: "citizens".to_owned(),
                streams: vec![ReportStream {
                    arrivals: Arrivals::Renewal(constant(3600.0)),
                    mix: vec![0.5, 0.5],
                    batch: BatchSize::Fixed(1),
                    self_exciting: None,
                }],
                route: all(Place::Stage(0)),
            }],
            stages: vec![Stage {
                name: "triage".to_owned(),
                teams: vec![0],
                work: vec![constant(240.0), constant(600.0)],
                discipline: Discipline::Priority(vec![0, 1]),
                patience: None,
                room: Some(50),
                route: vec![Place::Choice(0), Place::End(Outcome::Kept)],
                gave_up: all(Place::End(Outcome::Withdrawn)),
                no_room: all(Place::End(Outcome::Unanswered)),
                platform: None,
            }],
            teams: vec![Team {
                name: "pharos".to_owned(),
                crews: vec![Crew { people: 2, on_duty: Intervals::always(), wage_per_hour: None }],
                at_shift_end: ShiftEnd::Finish,
                takes: TakeOrder::LongestWaiting,
                call_ins: Vec::new(),
                wage_per_hour: None,
            }],
            channels: vec![Channel {
                name: "exchange".to_owned(),
                delay: Timed::changing(vec![(Time::ZERO, constant(3600.0)), (day_two, constant(600.0))]),
                open: None,
                route: all(Place::Platform(0)),
            }],
            choices: vec![Choice {
                name: "triage".to_owned(),
                shares: vec![
                    Timed::changing(vec![(Time::ZERO, first.clone()), (day_two, later)]),
                    Timed::constant(first),
                ],
            }],
            platforms: vec![Platform {
                name: "twitter".to_owned(),
                answers: Answers::After {
                    response: Timed::constant(vec![constant(72_000.0); 2]),
                    open: None,
                    answered: Timed::constant(vec![0.6, 0.5]),
                    silence: Silence { wait: Duration::DAY, route: all(Place::Channel(0)) },
                    route: all(Place::End(Outcome::Removed)),
                },
            }],
            targets: Vec::new(),
            probes: Vec::new(),
        }
    }

    #[test]
    fn places_and_ways_are_named_and_labelled() {
        let graph = pipeline(&small_plan());
        let shown = |edge: &PipelineEdge| {
            format!("{} -> {} [{}]", graph.nodes[edge.from].name, graph.nodes[edge.to].name, edge.label)
        };
        let edges: Vec<String> = graph.edges.iter().map(shown).collect();
        assert_eq!(
            edges,
            [
                "citizens -> triage []",
                "triage -> kept [terrorism 40 % then 10 %; fraud]",
                "triage -> exchange [terrorism 60 % then 90 %]",
                "triage -> unanswered [no room]",
                "exchange -> twitter []",
                "twitter -> removed [answers]",
                "twitter -> exchange [silent for 1d]",
            ]
        );
        let lines = |name: &str| graph.nodes.iter().find(|node| node.name == name).unwrap().lines.join(" | ");
        assert_eq!(lines("citizens"), "24 reports a day on average");
        assert_eq!(
            lines("triage"),
            "work 4min (terrorism), 10min (fraud) | priority: terrorism > fraud | team pharos | room for 50"
        );
        assert_eq!(lines("exchange"), "takes 1h then 10min on average");
        assert_eq!(lines("twitter"), "answers 60 % (terrorism), 50 % (fraud) | after 20h on average");
        assert!(graph.nodes.iter().all(|node| node.name != "withdrawn"), "nothing leads there");
    }

    #[test]
    fn a_choice_with_a_name_of_its_own_is_a_place() {
        let mut plan = small_plan();
        plan.choices[0].name = "sorting".to_owned();
        let graph = pipeline(&plan);
        let sorting = graph.nodes.iter().position(|node| node.name == "sorting").unwrap();
        assert_eq!(graph.nodes[sorting].kind, NodeKind::Choice);
        let ways = |from: usize| graph.edges.iter().filter(|edge| edge.from == from).count();
        assert_eq!(ways(sorting), 2);
        assert!(graph.edges.iter().any(|edge| edge.to == sorting && edge.label == "terrorism"));
    }
}
