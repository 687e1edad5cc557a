//! The process of a steady station: one stage and one team whose people are always there, where nobody gives up, is
//! turned away or comes straight back.
//!
//! It gives the same facts as [`Station`](super::station::Station), which can do all of that, and asks at each event
//! only what such a station needs: is it a completion or an arrival? The layout chooses it where a plan allows
//! (`StationLayout::steady`), and a test compares the two on random plans.

use super::case::Case;
use super::decisions::Decision;
use super::departures::Departures;
use super::facts::Facts;
use super::halt::{Halt, Limits, Pace};
use super::people::TeamDesk;
use super::routing::Router;
use super::stage_desk::StageDesk;
use crate::engine::{Outbox, WinnerTree};
use crate::units::Time;

/// So many cases are worked on in a row where they do not depend on each other: few enough to stay in the nearest cache.
const AT_A_GO: usize = 64;

/// A steady station at work.
#[derive(Debug)]
pub(super) struct SteadyStation<'a> {
    pub(super) router: Router<'a>,
    /// The process that each stage of the plan belongs to.
    pub(super) homes: &'a [usize],
    pub(super) desk: StageDesk<'a>,
    pub(super) team: TeamDesk,
    /// What each person has in hand; a slot of the event list each.
    pub(super) in_hand: Vec<InHand>,
    pub(super) completions: WinnerTree,
    pub(super) departures: Departures<'a>,
    pub(super) facts: Facts,
    pub(super) limits: Limits<'a>,
    pub(super) pace: Pace<'a>,
}

/// What a person has in hand.
#[derive(Debug, Default)]
pub(super) struct InHand {
    case: Option<Box<Case>>,
    /// Since when.
    since: Time,
}

impl SteadyStation<'_> {
    /// Works through all events before `until`.
    pub(super) fn advance(
        &mut self,
        until: Time,
        arrivals: &mut Vec<Box<Case>>,
        outbox: &mut Outbox<Box<Case>>,
    ) -> Result<(), Halt> {
        // the next to come lies at the end
        arrivals.reverse();
        while !arrivals.is_empty() {
            let later = arrivals.len().saturating_sub(AT_A_GO);
            self.pace.look()?;
            self.prepare(&mut arrivals[later..]);
            for case in arrivals.drain(later..).rev() {
                self.complete_until(case.at);
                self.arrive(case)?;
            }
            self.send_on(AT_A_GO, outbox);
        }
        // to the last moment of the epoch
        self.complete_until(Time::from_micros(until.as_micros() - 1));
        self.send_on(1, outbox);
        Ok(())
    }

    /// All completions up to and including `time`.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn complete_until(&mut self, time: Time) {
        while let Some((now, person)) = self.completions.next_until(time) {
            self.complete(now, person);
        }
    }

    /// Sends on the cases that have left, if there are at least so many.
    #[inline]
    fn send_on(&mut self, at_least: usize, outbox: &mut Outbox<Box<Case>>) {
        if self.departures.len() >= at_least {
            let Self { router, desk, team, homes, facts, .. } = self;
            self.departures.send_on(router, (desk, team), homes, facts, outbox);
        }
    }

    /// Counts some who come, and draws the work that they are: one draw does not wait for another, as it would in the
    /// course of events.
    fn prepare(&mut self, arrivals: &mut [Box<Case>]) {
        let Self { router, desk, facts, .. } = self;
        facts.visits += arrivals.len() as u64;
        let (key, work) = (router.key, Decision::Work(desk.idx));
        let only_visit = router.decisions.code_of_only_visit(work);
        for case in arrivals {
            desk.count_arrival(case);
            let code = only_visit.unwrap_or_else(|| router.decisions.code(work, case));
            case.work = desk.stage.work[case.class as usize].sample(&mut key.stream(case.id, code));
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn arrive(&mut self, mut case: Box<Case>) -> Result<(), Halt> {
        let now = case.at;
        self.pace.reach(now);
        let Self { router, desk, facts, team, .. } = self;
        router.notify(desk.enters, &mut case, now, facts);
        if let Some(person) = team.free.pop() {
            team.busy.increase(now);
            self.begin(now, person as usize, case);
            return Ok(());
        }
        desk.line.join(case);
        desk.waiting.increase(now);
        self.limits.check(desk.line.len() as u64, now, Some(&desk.stage.name))
    }

    /// A person takes a case in hand, and lets go of the one that is done.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn begin(&mut self, now: Time, person: usize, mut case: Box<Case>) {
        let Self { router, desk, facts, .. } = self;
        router.notify(desk.starts, &mut case, now, facts);
        self.completions.set(person, now + case.work);
        self.change_hands(now, person, Some(case));
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn change_hands(&mut self, now: Time, person: usize, case: Option<Box<Case>>) {
        let done = std::mem::replace(&mut self.in_hand[person], InHand { case, since: now });
        if let Some(case) = done.case {
            self.departures.push(case, done.since, now);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn complete(&mut self, now: Time, person: usize) {
        let Self { desk, team, .. } = self;
        self.pace.reach(now);
        if let Some(case) = desk.line.take_next(now) {
            desk.waiting.decrease(now);
            self.begin(now, person, case);
        } else {
            self.completions.set(person, Time::NEVER);
            team.free.push(person as u32);
            team.busy.decrease(now);
            self.change_hands(now, person, None);
        }
    }

    /// Counts what is still here and closes the books.
    pub(super) fn finish(self) -> Facts {
        let end = self.router.window.to();
        let mut facts = self.facts;
        let (mut waited, mut worked) = (0, 0);
        for slot in &self.in_hand {
            if let Some(case) = &slot.case {
                self.router.still_open(case, &mut facts);
                waited += u128::from(slot.since.since(case.at).as_micros());
                worked += u128::from(end.since(slot.since).as_micros());
            }
        }
        let mut desk = self.desk;
        desk.waited += waited;
        desk.close(&self.router, &mut facts);
        self.team.close(worked, &mut facts);
        facts
    }
}

impl InHand {
    /// Everybody's hands, empty.
    pub(super) fn nothing(people: usize) -> Vec<Self> {
        (0..people).map(|_| Self::default()).collect()
    }
}
