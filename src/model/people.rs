//! People and the teams they form: who is on duty, who is free, what is in hand.

use std::ops::Range;

use super::case::Case;
use super::facts::{Facts, TeamFacts};
use super::plan::{ShiftEnd, TakeOrder, Team};
use crate::statistics::{Level, LevelFacts, Window};
use crate::units::{Duration, Time};

/// One person: a slot of the event list.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) duty: Duty,
    pub(super) team: u16,
    /// The stage of the case in hand (position within the station).
    pub(super) stage: u16,
    pub(super) case: Option<Box<Case>>,
    /// When the case in hand came to the stage.
    pub(super) arrived: Time,
    /// How long it waited there.
    pub(super) waited: Duration,
    /// When the person took it in hand.
    pub(super) taken: Time,
    /// When the present spell of work on it (or of absence) began.
    pub(super) since: Time,
    /// Work done on it in earlier spells.
    pub(super) worked: Duration,
    /// How long it lay on the desk while the person was away.
    pub(super) paused: Duration,
    /// What was drawn for the fork that the way of the case in hand leads to, if it does: beforehand, so that nothing waits
    /// for it.
    pub(super) fork: f64,
    /// When it will be done; for a case left on the desk, how much work is left, counted from zero.
    pub(super) done_at: Time,
}

/// What a person is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// Not there, nothing on the desk.
    Off,
    /// There, with nothing to do.
    Free,
    /// At work on a case.
    Working,
    /// At work on a case after the end of the shift, and gone when it is done.
    Finishing,
    /// Not there; a case lies on the desk.
    Paused,
}

impl Person {
    pub(super) fn new(team: usize) -> Self {
        Self {
            duty: Duty::Off,
            team: team as u16,
            stage: 0,
            case: None,
            arrived: Time::ZERO,
            waited: Duration::ZERO,
            taken: Time::ZERO,
            since: Time::ZERO,
            worked: Duration::ZERO,
            paused: Duration::ZERO,
            fork: 0.0,
            done_at: Time::NEVER,
        }
    }
}

/// A team at work.
#[derive(Debug)]
pub(super) struct TeamDesk {
    /// Its position in the plan.
    pub(super) idx: usize,
    pub(super) at_shift_end: ShiftEnd,
    /// The stages it serves (positions within the station), in the order in which it takes from them.
    pub(super) stages: Vec<usize>,
    /// Whether it takes from the stage where the next case has waited longest, whatever the order.
    pub(super) longest_waiting: bool,
    /// Free people, the next to be given work last.
    pub(super) free: Vec<u32>,
    pub(super) on_duty: Level,
    pub(super) busy: Level,
    /// Sum of all spells of work that are over, in microseconds.
    pub(super) work_done: u128,
}

impl TeamDesk {
    /// Team number `idx` of the plan, which serves the given stages of its station: `(position in the plan, position
    /// within the station)`.
    pub(super) fn new(idx: usize, team: &Team, served: &[(usize, usize)], window: Window) -> Self {
        let (stages, longest_waiting) = match &team.takes {
            TakeOrder::Listed(list) => {
                let position =
                    |stage: usize| list.iter().position(|other| *other == stage).unwrap_or(list.len());
                let mut ordered = served.to_vec();
                ordered.sort_by_key(|(stage, _)| position(*stage));
                (ordered, false)
            }
            // with a single stage there is nothing to compare
            TakeOrder::LongestWaiting => (served.to_vec(), served.len() > 1),
        };
        Self {
            idx,
            at_shift_end: team.at_shift_end,
            stages: stages.into_iter().map(|(_, local)| local).collect(),
            longest_waiting,
            free: Vec::new(),
            on_duty: Level::new(window),
            busy: Level::new(window),
            work_done: 0,
        }
    }

    /// So many people come at the start and stay for ever.
    pub(super) fn come_to_stay(&mut self, people: usize) {
        self.free = (0..people as u32).collect();
        self.on_duty.set(Time::ZERO, people as u64);
    }

    /// Closes the books, with the work done so far on what is still in hand, in microseconds.
    ///
    /// # Panics
    ///
    /// If Little's law does not hold on the sample path, in integers: the area under the number at work is the sum of
    /// the times worked.
    pub(super) fn close(self, open_work: u128, facts: &mut Facts) {
        let Self { idx, on_duty, busy, work_done, .. } = self;
        settle(idx, on_duty, busy.finish(), work_done + open_work, facts);
    }

    /// The same, where somebody else has counted who was busy.
    ///
    /// # Panics
    ///
    /// As [`Self::close`].
    pub(super) fn close_with(self, busy: LevelFacts, open_work: u128, facts: &mut Facts) {
        settle(self.idx, self.on_duty, busy, self.work_done + open_work, facts);
    }
}

fn settle(team: usize, on_duty: Level, busy: LevelFacts, work: u128, facts: &mut Facts) {
    assert_eq!(busy.area, work, "Little's law in team number {team}");
    facts.teams[team] = TeamFacts { on_duty: on_duty.finish(), busy };
}

/// A crew comes on duty or leaves.
#[derive(Debug, Clone)]
pub(super) struct ShiftChange {
    pub(super) time: Time,
    /// Leaving comes before coming, so that work handed over finds the next shift.
    pub(super) comes: bool,
    /// Position within the station.
    pub(super) team: usize,
    pub(super) people: Range<usize>,
}

/// People called in when a backlog passes a mark.
#[derive(Debug, Clone)]
pub(super) struct CallInDesk {
    /// The stages whose waiting cases are counted (positions within the station).
    pub(super) stages: Vec<usize>,
    pub(super) above: u64,
    pub(super) after: Duration,
    pub(super) stay: Duration,
    /// Position within the station.
    pub(super) team: usize,
    pub(super) people: Range<usize>,
    /// Called, on the way, or there.
    pub(super) called: bool,
}
