//! What the scenarios of [`super`] came to, counted, so that the comparison cannot quietly stop comparing something.
//!
//! How a model goes about its plan is nobody's business outside, so it is read off its debug text: where that changes,
//! the counts fall to nothing, and the words here are to be changed with it.

use std::collections::{BTreeMap, BTreeSet};

use vigie::model::{
    Answers, Arrivals, BatchSize, Channel, ClockEvent, Discipline, Facts, Model, Place, Plan, Shares, Timed,
};
use vigie::units::{Duration, Time};

use super::scenarios::Draft;

/// Fewer scenarios than this are not enough to say that something was compared.
const FEWEST: u64 = 3;

/// A scenario that was simulated.
pub(super) struct Seen {
    plan: Plan,
    facts: Facts,
    /// The model's debug text, without that of its plan.
    made: String,
    in_lockstep: bool,
}

/// How many scenarios came to each of the things that count.
#[derive(Default)]
pub(super) struct Census(BTreeMap<String, u64>);

impl Census {
    /// Counts what a scenario came to.
    pub(super) fn count(&mut self, seen: &Seen) {
        for (what, is_there) in seen.features() {
            *self.0.entry(what).or_default() += u64::from(is_there);
        }
    }

    /// # Panics
    ///
    /// If something was hardly reached.
    pub(super) fn check(&self) {
        let rare: Vec<String> = self
            .0
            .iter()
            .filter(|(_, n)| **n < FEWEST)
            .map(|(what, n)| format!("{what}: in {n} scenarios"))
            .collect();
        assert!(rare.is_empty(), "hardly reached:\n  {}\nof\n{:#?}", rare.join("\n  "), self.0);
    }
}

impl Seen {
    pub(super) fn new(draft: &Draft, model: &Model, facts: Facts) -> Self {
        let text = format!("{model:?}");
        let made = text.split_once("}, clocks: Clocks {").map_or("", |(_, made)| made).to_owned();
        Self { plan: model.plan().clone(), facts, made, in_lockstep: draft.in_lockstep }
    }

    /// Everything that counts, and whether it is there.
    fn features(&self) -> Vec<(String, bool)> {
        let fixed = [
            self.of_stations(),
            self.of_last_stations(),
            self.of_ways(),
            self.of_routes(),
            self.of_sources(),
            self.of_time(),
        ];
        let mut features: Vec<(String, bool)> =
            fixed.into_iter().flatten().map(|(what, is_there)| (what.to_owned(), is_there)).collect();
        features.extend(self.of_disciplines());
        features.extend(self.of_clocks());
        features
    }

    /// The stages of stations of a kind.
    fn stages_of(&self, kind: &str) -> BTreeSet<usize> {
        let stations = self.made.split("StationLayout { stages: [").skip(1);
        let of_kind = stations.filter(|station| {
            let layout = station.split_once(" }").map_or("", |(layout, _)| layout);
            layout.ends_with(&format!("kind: {kind}"))
        });
        of_kind.filter_map(|station| station.split(']').next()?.parse().ok()).collect()
    }

    /// The stages of steady stations, last ones among them.
    fn steady_stages(&self) -> BTreeSet<usize> {
        &self.stages_of("Steady") | &self.stages_of("Last")
    }

    fn waited(&self, stage: usize) -> bool {
        self.facts.stages[stage].waiting.area > 0
    }

    fn of_stations(&self) -> Vec<(&'static str, bool)> {
        let steady = self.steady_stages();
        let stages = &self.plan.stages;
        let is_steady = |stage: &usize| steady.contains(stage);
        let on_cycle = self.made.contains("group: Some(");
        let facts = &self.facts.stages;
        vec![
            ("steady stations alone", steady.len() == stages.len()),
            ("general stations alone", steady.is_empty()),
            ("steady and general stations", !steady.is_empty() && steady.len() < stages.len()),
            ("several steady stations", steady.len() > 1),
            ("a steady station of one person", self.people_of(&steady, |people| people == 1)),
            ("a steady station of several people", self.people_of(&steady, |people| people > 1)),
            ("a steady station where cases come back", on_cycle && !steady.is_empty()),
            (
                "somebody waits at a steady station",
                (0..stages.len()).any(|s| is_steady(&s) && self.waited(s)),
            ),
            (
                "a steady station with no queue to speak of",
                (0..stages.len()).any(|s| is_steady(&s) && !self.waited(s)),
            ),
            (
                "a steady station that is a platform's",
                (0..stages.len()).any(|s| is_steady(&s) && stages[s].platform.is_some()),
            ),
            ("somebody gives up", facts.iter().any(|stage| stage.reneged_by_class.iter().any(|n| *n > 0))),
            (
                "somebody finds no room",
                facts.iter().any(|stage| stage.blocked_by_class.iter().any(|n| *n > 0)),
            ),
        ]
    }

    /// Stations that every case leaves for good.
    fn of_last_stations(&self) -> Vec<(&'static str, bool)> {
        let last = self.stages_of("Last");
        let any = |wanted: &dyn Fn(usize) -> bool| last.iter().any(|stage| wanted(*stage));
        let team = |stage: usize| self.plan.stages[stage].teams[0];
        let people =
            |stage: usize| -> u32 { self.plan.teams[team(stage)].crews.iter().map(|crew| crew.people).sum() };
        let busy = |stage: usize| &self.facts.teams[team(stage)].busy;
        let never_all = |stage: usize| busy(stage).max_in_window < u64::from(people(stage));
        let counted_from = self.plan.warm_up;
        let in_hand_at_end = |stage: usize| busy(stage).area_by_bucket.last().is_some_and(|area| *area > 0);
        let looks = |wanted: &dyn Fn(ClockEvent) -> bool| {
            let targets = self.plan.targets.iter().zip(&self.facts.targets);
            targets
                .filter(|(_, facts)| facts.count > 0)
                .any(|(target, _)| wanted(target.from) || wanted(target.to))
        };
        vec![
            ("a last station", !last.is_empty()),
            ("a last station of one person", any(&|stage| people(stage) == 1)),
            ("a last station of up to 8", any(&|stage| (2..=8).contains(&people(stage)))),
            ("a last station of 9 to 32", any(&|stage| (9..=32).contains(&people(stage)))),
            ("a last station of 33 to 64", any(&|stage| (33..=64).contains(&people(stage)))),
            ("a last station of more", any(&|stage| people(stage) > 64)),
            ("somebody waits at a last station", any(&|stage| self.waited(stage))),
            (
                "a last station where never all are busy",
                any(&|stage| busy(stage).area > 0 && never_all(stage)),
            ),
            (
                "the same, after a warm-up",
                counted_from > Time::ZERO && any(&|stage| busy(stage).area > 0 && never_all(stage)),
            ),
            ("a case is in hand at a last station at the end", any(&in_hand_at_end)),
            (
                "a last station where cases come back to another",
                !last.is_empty() && self.made.contains("group: Some("),
            ),
            (
                "a clock looks who comes to a last station",
                looks(&|event| matches!(event, ClockEvent::Enters(stage) if last.contains(&stage))),
            ),
            (
                "a clock looks when work begins there",
                looks(&|event| matches!(event, ClockEvent::Starts(stage) if last.contains(&stage))),
            ),
            (
                "a clock looks who leaves it",
                looks(&|event| matches!(event, ClockEvent::Leaves(stage) if last.contains(&stage))),
            ),
        ]
    }

    fn people_of(&self, stages: &BTreeSet<usize>, wanted: impl Fn(u32) -> bool) -> bool {
        stages.iter().any(|stage| {
            let teams = self.plan.stages[*stage].teams.iter().map(|team| &self.plan.teams[*team]);
            wanted(teams.flat_map(|team| &team.crews).map(|crew| crew.people).sum())
        })
    }

    /// What the model found to be shortcuts.
    fn of_ways(&self) -> Vec<(&'static str, bool)> {
        let shortcuts = self.made.split_once("shortcuts: Shortcuts {").map_or("", |(_, text)| text);
        let (shortcuts, _) = shortcuts.split_once("layout: Layout {").unwrap_or_default();
        let (ways, forks) = shortcuts.split_once("forks: [").unwrap_or_default();
        let (sources, stages) = ways.split_once("stages: [").unwrap_or_default();
        let delayed = |text: &str| text.split("delay: ").skip(1).any(|way| !way.starts_with("0s"));
        let delayed_to = |text: &str, next: &str| {
            text.split("Shortcut { ").skip(1).any(|way| delayed(way) && way.contains(next))
        };
        vec![
            ("a fork", forks.contains("Some(Fork {")),
            ("a fork out of a source", sources.contains("next: Fork(")),
            ("a fork out of a stage", stages.contains("next: Fork(")),
            ("a chain of forks", forks.contains("next: Fork(")),
            ("a choice that is no fork", forks.replace("platform: None", "").contains("None")),
            ("a delay on the arm of a fork", delayed(forks)),
            ("a delay before a fork", delayed_to(ways, "next: Fork(")),
            ("a known delay out of a source", delayed(sources)),
            ("a known delay out of a stage", delayed(stages)),
            ("a known delay, then a walk", delayed_to(shortcuts, "next: Place(")),
            ("a known delay, then an end", delayed_to(shortcuts, "next: End(")),
            ("a platform on a source's way", sources.contains("platform: Some(")),
            ("a platform on a stage's way", stages.contains("platform: Some(")),
            ("a platform on the arm of a fork", forks.contains("platform: Some(")),
            ("a delay before a platform", delayed_to(shortcuts, "platform: Some(")),
            ("a walk out of a source", sources.contains("next: Place(")),
            ("a walk out of a stage", stages.contains("next: Place(")),
            ("a walk from the arm of a fork", forks.contains("next: Place(")),
            ("a place to which cases come back", self.made.contains("group: Some(")),
        ]
    }

    fn of_routes(&self) -> Vec<(&'static str, bool)> {
        let plan = &self.plan;
        let channels = |routes: &[&Vec<Place>], wanted: &dyn Fn(&Channel) -> bool| {
            routes
                .iter()
                .flat_map(|route| route.iter())
                .any(|place| matches!(place, Place::Channel(channel) if wanted(&plan.channels[*channel])))
        };
        let before: Vec<&Vec<Place>> = plan.sources.iter().map(|source| &source.route).collect();
        let after: Vec<&Vec<Place>> = plan.stages.iter().map(|stage| &stage.route).collect();
        let constant = |channel: &Channel| channel.open.is_none() && only_delay(channel).is_some();
        let random = |channel: &Channel| only_delay(channel).is_none();
        let open = |channel: &Channel| channel.open.is_some();
        let later = |channel: &Channel| channel.delay.changes().len() > 1;
        let no_time = |channel: &Channel| only_delay(channel) == Some(Duration::ZERO);
        let answered = |wanted: &dyn Fn(&[f64]) -> bool| {
            plan.platforms.iter().any(|platform| match &platform.answers {
                Answers::Queue { answered, .. } => wanted(answered.at(Time::ZERO)),
                Answers::After { .. } => false,
            })
        };
        let slow = plan.platforms.iter().zip(&self.facts.platforms).any(|(platform, facts)| {
            let answers_late = matches!(platform.answers, Answers::After { .. });
            answers_late && facts.iter().any(|class| class.response_time.count() > 0)
        });
        let seen = || self.facts.platforms.iter().flatten();
        vec![
            ("a constant channel before the first queue", channels(&before, &constant)),
            ("a constant channel after a queue", channels(&after, &constant)),
            ("a random channel before the first queue", channels(&before, &random)),
            ("a random channel after a queue", channels(&after, &random)),
            ("a channel with hours before the first queue", channels(&before, &open)),
            ("a channel with hours after a queue", channels(&after, &open)),
            ("a channel whose delay changes", plan.channels.iter().any(later)),
            ("a channel that takes no time", plan.channels.iter().any(no_time)),
            (
                "a choice whose shares change",
                plan.choices.iter().any(|choice| choice.shares.iter().any(changes)),
            ),
            (
                "a choice by class",
                plan.choices.iter().any(|choice| choice.shares.windows(2).any(|pair| pair[0] != pair[1])),
            ),
            (
                "a platform's queue for every case",
                answered(&|shares| shares.iter().all(|share| *share >= 1.0)),
            ),
            (
                "a platform's queue for some cases",
                answered(&|shares| shares.iter().any(|share| *share < 1.0)),
            ),
            ("a platform that answers after a time", slow),
            ("silence", seen().any(|class| class.silent > 0)),
            ("an answer", seen().any(|class| class.response_time.count() > 0)),
        ]
    }

    fn of_sources(&self) -> Vec<(&'static str, bool)> {
        let sources = &self.plan.sources;
        let streams = || sources.iter().flat_map(|source| &source.streams);
        let is_plain = |n_classes: bool| {
            sources.iter().any(|source| match source.streams.as_slice() {
                [only] => {
                    only.batch == BatchSize::Fixed(1)
                        && only.self_exciting.is_none()
                        && !matches!(only.arrivals, Arrivals::Trace(_))
                        && (only.mix.len() > 1) == n_classes
                }
                _ => false,
            })
        };
        // such a source draws the work, which others who come to that stage bring along or not
        let only_stage = |route: &[Place]| match route {
            [first @ Place::Stage(_), rest @ ..] if rest.iter().all(|place| place == first) => Some(*first),
            _ => None,
        };
        let fed: Vec<Place> = sources.iter().filter_map(|source| only_stage(&source.route)).collect();
        let is_fed = |route: &Vec<Place>| route.iter().any(|place| fed.contains(place));
        vec![
            ("a plain source of one class", is_plain(false)),
            ("a plain source of several classes", is_plain(true)),
            ("a source that feeds one stage at once", !fed.is_empty()),
            (
                "the same, and others come there too",
                self.plan.stages.iter().any(|stage| is_fed(&stage.route)),
            ),
            ("a source of several streams", sources.iter().any(|source| source.streams.len() > 1)),
            ("several sources", sources.len() > 1),
            ("pairs", streams().any(|stream| stream.batch == BatchSize::Fixed(2))),
            (
                "batches of any size",
                streams().any(|stream| matches!(stream.batch, BatchSize::Uniform { .. })),
            ),
            (
                "geometric batches",
                streams().any(|stream| matches!(stream.batch, BatchSize::Geometric { .. })),
            ),
            ("reports that call forth others", streams().any(|stream| stream.self_exciting.is_some())),
            ("a Poisson process", streams().any(|stream| matches!(stream.arrivals, Arrivals::Poisson(_)))),
            ("a renewal process", streams().any(|stream| matches!(stream.arrivals, Arrivals::Renewal(_)))),
            ("a trace", streams().any(|stream| matches!(stream.arrivals, Arrivals::Trace(_)))),
            ("a class with a share of nothing", streams().any(|stream| stream.mix.contains(&0.0))),
            ("short epochs", self.facts.sent > 10_000),
        ]
    }

    fn of_time(&self) -> Vec<(&'static str, bool)> {
        let Plan { warm_up, horizon, bucket, .. } = &self.plan;
        let micros = bucket.as_micros();
        let busiest: u64 = self.facts.teams.iter().map(|team| team.busy.max_in_window).sum();
        let longest: u64 = self.facts.stages.iter().map(|stage| stage.waiting.max_in_window).sum();
        let last = (horizon.as_micros() - 1) / micros;
        let at_end = |areas: &Vec<u128>| areas.get(last as usize).is_some_and(|area| *area > 0);
        vec![
            ("no warm-up", *warm_up == Time::ZERO),
            ("a warm-up that ends inside a bucket", !warm_up.as_micros().is_multiple_of(micros)),
            ("a last bucket that is cut short", !horizon.as_micros().is_multiple_of(micros)),
            (
                "a case waits at the end",
                self.facts.stages.iter().any(|stage| at_end(&stage.waiting.area_by_bucket)),
            ),
            (
                "a case is in hand at the end",
                self.facts.teams.iter().any(|team| at_end(&team.busy.area_by_bucket)),
            ),
            // more are open than ever waited or were in hand at a time
            ("a case is on its way at the end", self.facts.open > busiest + longest),
            ("everything at whole minutes", self.in_lockstep),
            ("everything at whole minutes, and cases wait", self.in_lockstep && longest > 0),
        ]
    }

    /// Which disciplines there are at steady and at general stations, where somebody waits.
    fn of_disciplines(&self) -> Vec<(String, bool)> {
        let steady = self.steady_stages();
        let mut features = Vec::new();
        for name in ["Fifo", "Lifo", "Priority", "EarliestDeadline", "LongestRelativeWait"] {
            let last = self.stages_of("Last");
            let is_there = self.plan.stages.iter().enumerate().any(|(idx, stage)| {
                discipline(&stage.discipline) == name && last.contains(&idx) && self.waited(idx)
            });
            features.push((format!("{name} at a last station"), is_there));
            for is_steady in [true, false] {
                let is_there = self.plan.stages.iter().enumerate().any(|(idx, stage)| {
                    discipline(&stage.discipline) == name
                        && steady.contains(&idx) == is_steady
                        && self.waited(idx)
                });
                let station = if is_steady { "steady" } else { "general" };
                features.push((format!("{name} at a {station} station"), is_there));
            }
        }
        features
    }

    /// Which clocks were judged, by the kinds of their events.
    fn of_clocks(&self) -> Vec<(String, bool)> {
        let targets = || self.plan.targets.iter().zip(&self.facts.targets);
        let mut features = Vec::new();
        for from in STARTS {
            for to in STOPS {
                // the language forbids a clock that stops with the event that starts it, but not at another place
                let is_there = targets().any(|(target, facts)| {
                    kind(target.from) == from && kind(target.to) == to && facts.count > 0
                });
                features.push((format!("a clock from {from} to {to}"), is_there));
            }
        }
        let flagged = || {
            targets().filter(|(target, _)| kind(target.from) == "sent" && !ENDINGS.contains(&kind(target.to)))
        };
        let judged = |facts: &vigie::model::TargetFacts| facts.count > 0;
        features.push((
            "a clock from sent to an event on the way for which there is no flag left".to_owned(),
            flagged().skip(8).any(|(_, facts)| judged(facts)),
        ));
        features.push((
            "the last clock with a flag".to_owned(),
            flagged().nth(7).is_some_and(|(_, facts)| judged(facts)),
        ));
        let some_late = targets().any(|(_, facts)| facts.on_time > 0 && facts.on_time < facts.count);
        features.push(("some on time and some late".to_owned(), some_late));
        features
    }
}

const STARTS: [&str; 6] = ["sent", "enters", "starts", "leaves", "enters platform", "leaves platform"];
const STOPS: [&str; 8] =
    ["enters", "starts", "leaves", "enters platform", "leaves platform", "ended", "decided", "outcome"];
const ENDINGS: [&str; 3] = ["ended", "decided", "outcome"];

fn kind(event: ClockEvent) -> &'static str {
    match event {
        ClockEvent::Sent => "sent",
        ClockEvent::Enters(_) => "enters",
        ClockEvent::Starts(_) => "starts",
        ClockEvent::Leaves(_) => "leaves",
        ClockEvent::EntersPlatform(_) => "enters platform",
        ClockEvent::LeavesPlatform(_) => "leaves platform",
        ClockEvent::Ended => "ended",
        ClockEvent::Decided => "decided",
        ClockEvent::EndedAs(_) => "outcome",
    }
}

fn discipline(discipline: &Discipline) -> &'static str {
    match discipline {
        Discipline::Fifo => "Fifo",
        Discipline::Lifo => "Lifo",
        Discipline::Priority(_) => "Priority",
        Discipline::EarliestDeadline(_) => "EarliestDeadline",
        Discipline::LongestRelativeWait(_) => "LongestRelativeWait",
    }
}

/// The delay of a channel that always takes the same time while it is open.
fn only_delay(channel: &Channel) -> Option<Duration> {
    match channel.delay.changes() {
        [(_, delay)] => delay.as_constant(),
        _ => None,
    }
}

fn changes(shares: &Timed<Shares>) -> bool {
    shares.changes().len() > 1
}
