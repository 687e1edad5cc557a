//! Ways from queue to queue, worked out beforehand.
//!
//! What lies between two queues is often known as soon as the plan is: delays that never change, platforms that take up
//! every case, and forks of which one random number decides. A [`Shortcut`] is such a way; where it meets anything else
//! it ends, and the case is walked on from there. Shortcuts lead to the same places at the same times as the walk does,
//! with the same random numbers; a test compares the two on random plans.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::clocks::Clocks;
use super::decisions::{Decision, Decisions};
use super::layout::{Layout, least_delays};
use super::plan::{
    Answers, ChannelIdx, ChoiceIdx, ClassIdx, ClockEvent, Outcome, Place, Plan, PlatformIdx, Route, StageIdx,
};
use crate::random::{Categorical, ReplicationKey};
use crate::units::Duration;

/// A way on for the cases of one class: a delay, perhaps a platform, and what comes next.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shortcut {
    pub(super) delay: Duration,
    /// The platform that is reached after the delay.
    pub(super) platform: Option<PlatformIdx>,
    pub(super) next: Next,
    /// The processes that a case on this way may come to within an epoch.
    pub(super) soon: Homes,
}

/// A set of processes, by their numbers: one bit each, which some share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Homes(u64);

impl Homes {
    const ALL: Self = Self(u64::MAX);

    /// Those that are reached from a place within an epoch.
    pub(super) fn soon_after(place: Place, plan: &Plan, homes: &[usize], epoch: Duration) -> Self {
        let least = least_delays(plan, std::iter::once(place));
        let near = least.iter().zip(homes).filter(|(delay, _)| delay.is_some_and(|delay| delay < epoch));
        near.fold(Self::default(), |set, (_, home)| Self(set.0 | Self::only(*home).0))
    }

    fn only(home: usize) -> Self {
        Self(1 << (home % 64))
    }

    /// Whether a process is surely none of them.
    #[inline]
    pub(super) fn lacks(self, home: usize) -> bool {
        self.0 & Self::only(home).0 == 0
    }
}

/// Where a shortcut leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Next {
    /// Into a stage's queue.
    Queue(StageIdx),
    /// Out of the pipeline.
    End(Outcome),
    /// To a fork, by its position.
    Fork(usize),
    /// To a place from which the case is walked on.
    Place(Place),
}

/// A choice whose shares never change and to which no case comes twice.
#[derive(Debug)]
pub(super) struct Fork {
    /// The code of the decision.
    decision: u32,
    shares: Categorical,
    arms: Vec<Shortcut>,
}

/// The shortcuts of a plan.
#[derive(Debug)]
pub(super) struct Shortcuts {
    /// From each source, by class.
    pub(super) sources: Vec<Vec<Shortcut>>,
    /// From each stage when its work is done, by class.
    pub(super) stages: Vec<Vec<Shortcut>>,
    /// For each choice and, within it, each class: nothing where the choice is no fork.
    pub(super) forks: Vec<Option<Fork>>,
}

impl Shortcuts {
    pub(super) fn new(plan: &Plan, layout: &Layout, clocks: &Clocks, decisions: &Decisions) -> Self {
        let survey = Survey { plan, layout, clocks, decisions, soon: RefCell::default() };
        let by_class = |route: &Route| -> Vec<Shortcut> {
            route.iter().enumerate().map(|(class, place)| survey.from(*place, class)).collect()
        };
        Self {
            sources: plan.sources.iter().map(|source| by_class(&source.route)).collect(),
            stages: plan.stages.iter().map(|stage| by_class(&stage.route)).collect(),
            forks: (0..plan.choices.len())
                .flat_map(|choice| (0..plan.classes.len()).map(move |class| (choice, class)))
                .map(|(choice, class)| survey.fork(choice, class))
                .collect(),
        }
    }

    /// Whether every case ends as soon as it leaves a stage.
    pub(super) fn all_end(&self, stage: StageIdx) -> bool {
        self.stages[stage].iter().all(Shortcut::is_end)
    }

    /// No shortcuts: every case is walked every step.
    pub(super) fn none(plan: &Plan) -> Self {
        let by_class = |route: &Route| -> Vec<Shortcut> {
            let stay = |place: &Place| Shortcut {
                delay: Duration::ZERO,
                platform: None,
                next: Next::Place(*place),
                soon: Homes::ALL,
            };
            route.iter().map(stay).collect()
        };
        Self {
            sources: plan.sources.iter().map(|source| by_class(&source.route)).collect(),
            stages: plan.stages.iter().map(|stage| by_class(&stage.route)).collect(),
            forks: Vec::new(),
        }
    }
}

impl Fork {
    /// The arm that a case takes.
    #[inline]
    pub(super) fn arm(&self, key: ReplicationKey, case: u64) -> &Shortcut {
        self.arm_for(self.draw(key, case))
    }

    /// The number that decides which arm a case takes.
    #[inline]
    pub(super) fn draw(&self, key: ReplicationKey, case: u64) -> f64 {
        key.stream(case, self.decision).uniform()
    }

    /// The arm for a number that was drawn.
    #[inline]
    pub(super) fn arm_for(&self, drawn: f64) -> &Shortcut {
        &self.arms[self.shares.pick(drawn)]
    }
}

impl Shortcut {
    /// Whether what comes next comes at once.
    #[inline]
    pub(super) fn is_direct(&self) -> bool {
        self.delay == Duration::ZERO && self.platform.is_none()
    }

    /// Whether the case ends, and at once.
    fn is_end(&self) -> bool {
        self.is_direct() && matches!(self.next, Next::End(_))
    }
}

/// What shortcuts are found from.
struct Survey<'a> {
    plan: &'a Plan,
    layout: &'a Layout,
    clocks: &'a Clocks,
    decisions: &'a Decisions,
    /// What has been found out: many ways lead to one place.
    soon: RefCell<BTreeMap<Place, Homes>>,
}

impl Survey<'_> {
    /// The way on from a place, as far as it is known.
    fn from(&self, place: Place, class: ClassIdx) -> Shortcut {
        let soon = self.soon_after(place);
        let mut way = Shortcut { delay: Duration::ZERO, platform: None, next: Next::Place(place), soon };
        let mut place = place;
        // no channel is passed twice
        while let Place::Channel(channel) = place
            && let Some(delay) = self.fixed_delay(channel)
        {
            way.delay += delay;
            place = self.plan.channels[channel].route[class];
        }
        way.next = match place {
            Place::Stage(stage) => Next::Queue(stage),
            Place::End(outcome) => Next::End(outcome),
            Place::Choice(choice) if self.is_fork(choice, class) => {
                Next::Fork(choice * self.plan.classes.len() + class)
            }
            Place::Platform(platform) => match self.queue_of(platform, class) {
                Some(stage) => {
                    way.platform = Some(platform);
                    Next::Queue(stage)
                }
                None => Next::Place(place),
            },
            Place::Choice(_) | Place::Channel(_) => Next::Place(place),
        };
        way
    }

    fn soon_after(&self, place: Place) -> Homes {
        let Layout { homes, epoch, .. } = self.layout;
        let find_out = || Homes::soon_after(place, self.plan, homes, *epoch);
        *self.soon.borrow_mut().entry(place).or_insert_with(find_out)
    }

    fn fork(&self, choice: ChoiceIdx, class: ClassIdx) -> Option<Fork> {
        if !self.is_fork(choice, class) {
            return None;
        }
        let (_, shares) = self.plan.choices[choice].shares[class].changes().first()?;
        Some(Fork {
            decision: self.decisions.code_of_only_visit(Decision::Choice(choice))?,
            shares: Categorical::new(shares.iter().map(|(share, _)| share)),
            arms: shares.iter().map(|(_, place)| self.from(place, class)).collect(),
        })
    }

    fn is_fork(&self, choice: ChoiceIdx, class: ClassIdx) -> bool {
        self.plan.choices[choice].shares[class].changes().len() == 1
            && self.decisions.code_of_only_visit(Decision::Choice(choice)).is_some()
    }

    /// The delay of a channel that always takes the same time.
    fn fixed_delay(&self, channel: ChannelIdx) -> Option<Duration> {
        self.decisions.code_of_only_visit(Decision::Channel(channel))?;
        let channel = &self.plan.channels[channel];
        let [(_, delay)] = channel.delay.changes() else { return None };
        delay.as_constant().filter(|_| channel.open.is_none())
    }

    /// The queue of a platform that takes up every case of a class, with no clock that looks.
    fn queue_of(&self, platform: PlatformIdx, class: ClassIdx) -> Option<StageIdx> {
        self.decisions.code_of_only_visit(Decision::Answers(platform))?;
        let Answers::Queue { stage, answered, .. } = &self.plan.platforms[platform].answers else {
            return None;
        };
        let [(_, answered)] = answered.changes() else { return None };
        let watched = !self.clocks.watches(ClockEvent::EntersPlatform(platform)).is_empty();
        (answered[class] >= 1.0 && !watched).then_some(*stage)
    }
}
