//! Stages, channels and platforms.

use super::names::{check_repeats, has_people};
use super::{Compiler, part, parts};
use crate::model::{
    Answers, Channel, ClockEvent, Discipline, Outcome, Place, Platform, Silence, Stage, StageIdx, Target,
    TeamIdx,
};
use crate::random::Distribution;
use crate::scenario::decode::{At, Named, Slot};
use crate::scenario::diagnostic::{Diagnostic, quoted};
use crate::scenario::spec::{
    DestinationSpec, DisciplineSpec, DistributionSpec, PlatformSpec, RankSpec, ScenarioSpec, StageSpec,
};
use crate::units::Duration;

/// The keys that stages and platforms with people share.
#[derive(Clone, Copy)]
struct Queue<'a> {
    work: &'a Slot<DistributionSpec>,
    work_by_class: &'a Slot<Named<DistributionSpec>>,
    discipline: &'a Slot<DisciplineSpec>,
    priority: &'a Slot<Vec<At<RankSpec>>>,
    patience: &'a Slot<DistributionSpec>,
    patience_by_class: &'a Slot<Named<DistributionSpec>>,
    gives_up_to: &'a Slot<String>,
    room: &'a Slot<u64>,
    overflow_to: &'a Slot<String>,
    to: &'a Slot<DestinationSpec>,
    to_by_class: &'a Slot<Named<DestinationSpec>>,
}

macro_rules! queue_of {
    ($spec:expr) => {
        Queue {
            work: &$spec.work,
            work_by_class: &$spec.work_by_class,
            discipline: &$spec.discipline,
            priority: &$spec.priority,
            patience: &$spec.patience,
            patience_by_class: &$spec.patience_by_class,
            gives_up_to: &$spec.gives_up_to,
            room: &$spec.room,
            overflow_to: &$spec.overflow_to,
            to: &$spec.to,
            to_by_class: &$spec.to_by_class,
        }
    };
}

impl<'a> From<&'a StageSpec> for Queue<'a> {
    fn from(stage: &'a StageSpec) -> Self {
        queue_of!(stage)
    }
}

impl<'a> From<&'a PlatformSpec> for Queue<'a> {
    fn from(platform: &'a PlatformSpec) -> Self {
        queue_of!(platform)
    }
}

impl<'a> Compiler<'a> {
    /// All stages, those of platforms with people at the end.
    pub(crate) fn stages(&mut self, targets: &[Target]) -> Vec<Stage> {
        let spec = self.spec();
        let mut stages = Vec::new();
        for (name, written) in parts(&spec.stage) {
            let teams = self.teams_of(name, &written.value);
            stages.push(self.stage_of(name, (&written.value).into(), teams, targets));
        }
        let own_teams = parts(&spec.team).len();
        let with_people = (parts(&spec.platform).iter().enumerate())
            .filter(|(_, (_, platform))| has_people(&platform.value));
        for (n_before, (platform_idx, (name, written))) in with_people.enumerate() {
            let teams = vec![own_teams + n_before];
            let stage = self.stage_of(name, (&written.value).into(), teams, targets);
            stages.push(Stage { platform: Some(platform_idx), ..stage });
        }
        stages
    }

    fn stage_of(
        &mut self,
        name: &At<String>,
        queue: Queue<'a>,
        teams: Vec<TeamIdx>,
        targets: &[Target],
    ) -> Stage {
        let work = self.distributions(("work", name.span), queue.work, queue.work_by_class);
        let patience = self.patience(queue);
        if patience.is_none() {
            self.no_effect(queue.gives_up_to, "gives_up_to", "`patience`");
        }
        if queue.room.is_absent() {
            self.no_effect(queue.overflow_to, "overflow_to", "`room`");
        }
        let room = queue.room.at().map(|room| {
            u32::try_from(room.value).unwrap_or_else(|_| {
                self.error(room.span, format!("room for `{}` cases is too much", room.value));
                0
            })
        });
        Stage {
            name: name.value.clone(),
            teams,
            work,
            discipline: self.discipline(queue, targets),
            patience,
            room,
            route: self.route(name, queue.to, queue.to_by_class),
            gave_up: self.single(queue.gives_up_to, Outcome::Withdrawn),
            no_room: self.single(queue.overflow_to, Outcome::Unanswered),
            platform: None,
        }
    }

    fn teams_of(&mut self, name: &At<String>, stage: &StageSpec) -> Vec<TeamIdx> {
        match (&stage.team, &stage.teams) {
            (Slot::Given(team), Slot::Absent) => self.team(&team.value, team.span).into_iter().collect(),
            (Slot::Absent, Slot::Given(teams)) => {
                check_repeats(&teams.value, "team", self.out);
                if teams.value.is_empty() {
                    self.error(teams.span, "nobody serves this stage");
                }
                teams.value.iter().filter_map(|team| self.team(&team.value, team.span)).collect()
            }
            (Slot::Invalid, _) | (_, Slot::Invalid) => Vec::new(),
            (Slot::Given(_), Slot::Given(teams)) => {
                self.error(teams.span, "give exactly one of `team` and `teams`");
                Vec::new()
            }
            (Slot::Absent, Slot::Absent) => {
                self.error(name.span, "`team` is missing: who serves this stage?");
                Vec::new()
            }
        }
    }

    /// How long each class waits; one that is not named waits for ever.
    fn patience(&mut self, queue: Queue<'_>) -> Option<Vec<Distribution>> {
        if queue.patience.is_absent() && queue.patience_by_class.is_absent() {
            return None;
        }
        let written = self.per_class(queue.patience, queue.patience_by_class);
        let read = written.into_iter().map(|written| match written {
            Some(_) => self.distribution(written),
            None => Distribution::constant(Duration::FOREVER),
        });
        Some(read.collect())
    }

    fn discipline(&mut self, queue: Queue<'_>, targets: &[Target]) -> Discipline {
        let discipline = queue.discipline.get().copied().unwrap_or(DisciplineSpec::Fifo);
        if discipline != DisciplineSpec::Priority && !matches!(queue.discipline, Slot::Invalid) {
            self.no_effect(queue.priority, "priority", "`discipline = \"priority\"`");
        }
        match discipline {
            DisciplineSpec::Fifo => Discipline::Fifo,
            DisciplineSpec::Lifo => Discipline::Lifo,
            DisciplineSpec::Priority => Discipline::Priority(self.ranks(queue.priority)),
            DisciplineSpec::EarliestDeadline => Discipline::EarliestDeadline(self.deadlines(queue, targets)),
            DisciplineSpec::LongestRelativeWait => {
                Discipline::LongestRelativeWait(self.deadlines(queue, targets))
            }
        }
    }

    fn ranks(&mut self, priority: &Slot<Vec<At<RankSpec>>>) -> Vec<u32> {
        let n_classes = self.names.classes.len();
        let Some(written) = priority.at() else { return (0..n_classes as u32).collect() };
        let mut ranks: Vec<Option<u32>> = vec![None; n_classes];
        for (rank, group) in written.value.iter().enumerate() {
            for name in &group.value.0 {
                let Some(class) = self.class(&name.value, name.span) else { continue };
                if ranks[class].replace(rank as u32).is_some() {
                    let message = format!("the class `{}` has two ranks", quoted(&name.value));
                    self.error(name.span, message);
                }
            }
        }
        if let Some(left) = ranks.iter().position(Option::is_none) {
            let message = format!("`priority` leaves out the class `{}`", self.names.classes[left]);
            self.error_help(written.span, message, "list every class");
        }
        ranks.into_iter().map(|rank| rank.unwrap_or(u32::MAX)).collect()
    }

    /// For each class the shortest target counted from when the report was sent.
    fn deadlines(&mut self, queue: Queue<'_>, targets: &[Target]) -> Vec<Duration> {
        let from_sent = || targets.iter().filter(|target| target.from == ClockEvent::Sent);
        if let Some(span) = queue.discipline.span().filter(|_| from_sent().next().is_none()) {
            let message = "no target is counted from `sent`, so no case has a deadline";
            self.out.add(
                Diagnostic::warning(span, message).help("give a `[[target]]` with `clock = \"sent -> …\"`"),
            );
        }
        (0..self.names.classes.len())
            .map(|class| {
                let covering = from_sent().filter(|target| target.classes[class]);
                covering.map(|target| target.within).min().unwrap_or(Duration::FOREVER)
            })
            .collect()
    }

    /// All channels.
    pub(crate) fn channels(&mut self) -> Vec<Channel> {
        let written = parts(&self.spec().channel);
        let channels = written.iter().map(|(name, channel)| Channel {
            name: name.value.clone(),
            delay: self.timed(|compiler, spec| {
                compiler.distribution(part(&spec.channel, &name.value).and_then(|channel| channel.delay.at()))
            }),
            open: self.open(&channel.value.open),
            route: self.route(name, &channel.value.to, &channel.value.to_by_class),
        });
        channels.collect()
    }

    /// All platforms.
    pub(crate) fn platforms(&mut self) -> Vec<Platform> {
        let spec = self.spec();
        let mut queue_idx: StageIdx = parts(&spec.stage).len();
        let mut platforms = Vec::new();
        for (name, written) in parts(&spec.platform) {
            let answers = if has_people(&written.value) {
                queue_idx += 1;
                self.queue_platform(name, &written.value, queue_idx - 1)
            } else {
                self.waiting_platform(name, &written.value)
            };
            platforms.push(Platform { name: name.value.clone(), answers });
        }
        platforms
    }

    fn queue_platform(&mut self, name: &At<String>, platform: &'a PlatformSpec, stage: StageIdx) -> Answers {
        let help = "a platform has either `response`, or people with `work` and `staff` or `shifts`";
        let response = platform.response.span().or(platform.response_by_class.span());
        if let Some(span) = response {
            self.error_help(span, "`response` for a platform with people", help);
        }
        self.no_effect(&platform.open, "open", "`response`");
        Answers::Queue { stage, answered: self.answered(name), silence: self.silence(platform) }
    }

    fn waiting_platform(&mut self, name: &At<String>, platform: &'a PlatformSpec) -> Answers {
        if platform.response.is_absent() && platform.response_by_class.is_absent() {
            let help = "a platform has either `response`, or people with `work` and `staff` or `shifts`";
            self.error_help(name.span, "`response` is missing", help);
            self.has_all_ways = false;
        }
        self.no_people(platform);
        let of = |spec: &'a ScenarioSpec| part(&spec.platform, &name.value);
        let response = self.timed(|compiler, spec| match of(spec) {
            Some(platform) if !(platform.response.is_absent() && platform.response_by_class.is_absent()) => {
                compiler.distributions(
                    ("response", name.span),
                    &platform.response,
                    &platform.response_by_class,
                )
            }
            _ => vec![Distribution::constant(Duration::ZERO); compiler.names.classes.len()],
        });
        Answers::After {
            response,
            open: self.open(&platform.open),
            answered: self.answered(name),
            silence: self.silence(platform),
            route: self.route(name, &platform.to, &platform.to_by_class),
        }
    }

    /// Warns of keys that only a platform with people has.
    fn no_people(&mut self, platform: &PlatformSpec) {
        const NEEDS: &str = "people (`work` with `staff` or `shifts`)";
        self.no_effect(&platform.work_by_class, "work_by_class", NEEDS);
        self.no_effect(&platform.discipline, "discipline", NEEDS);
        self.no_effect(&platform.priority, "priority", NEEDS);
        self.no_effect(&platform.patience, "patience", NEEDS);
        self.no_effect(&platform.patience_by_class, "patience_by_class", NEEDS);
        self.no_effect(&platform.gives_up_to, "gives_up_to", NEEDS);
        self.no_effect(&platform.room, "room", NEEDS);
        self.no_effect(&platform.overflow_to, "overflow_to", NEEDS);
        self.no_effect(&platform.zone, "zone", NEEDS);
        self.no_effect(&platform.holidays, "holidays", NEEDS);
        self.no_effect(&platform.at_shift_end, "at_shift_end", NEEDS);
        self.no_effect(&platform.call_in, "call_in", NEEDS);
        self.no_effect(&platform.wage, "wage", NEEDS);
    }

    /// The share of cases of each class that a platform answers.
    fn answered(&mut self, name: &At<String>) -> crate::model::Timed<Vec<f64>> {
        self.timed(|compiler, spec| {
            let Some(platform) = part(&spec.platform, &name.value) else { return Vec::new() };
            let shares = compiler.per_class(&platform.answers, &platform.answers_by_class);
            shares.into_iter().map(|share| share.map_or(1.0, |share| share.value.0)).collect()
        })
    }

    fn silence(&mut self, platform: &PlatformSpec) -> Silence {
        if platform.answers.is_absent() && platform.answers_by_class.is_absent() && !self.may_fall_silent() {
            self.no_effect(&platform.silent_for, "silent_for", "`answers`");
            self.no_effect(&platform.silent_to, "silent_to", "`answers`");
        }
        Silence {
            wait: platform.silent_for.get().copied().unwrap_or(Duration::ZERO),
            route: self.single(&platform.silent_to, Outcome::Unanswered),
        }
    }

    /// Whether an intervention could make a platform silent that answers all at the start.
    fn may_fall_silent(&self) -> bool {
        self.versions.len() > 1
    }
}

/// What a place is called in a message.
pub(crate) fn place_kind(place: Place) -> &'static str {
    match place {
        Place::Stage(_) => "stage",
        Place::Channel(_) => "channel",
        Place::Choice(_) => "choice",
        Place::Platform(_) => "platform",
        Place::End(_) => "outcome",
    }
}
