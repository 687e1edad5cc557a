//! The process of a steady station: one stage and one team whose people are always there, where nobody gives up, is
//! turned away or comes straight back.
//!
//! It gives the same facts as [`Station`](super::station::Station), which can do all of that, and asks at each event
//! only what such a station needs: is it a completion or an arrival? The layout chooses it where a plan allows
//! (`StationKind::Steady`), and a test compares the two on random plans.

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
pub(super) const AT_A_GO: usize = 128;

/// A steady station at work.
#[derive(Debug)]
pub(super) struct SteadyStation<'a> {
    pub(super) desk: SteadyDesk<'a>,
    hands: Hands,
    /// A slot for each person.
    completions: WinnerTree,
}

/// What stations have that never change: a stage, its team, and what happens around their events.
#[derive(Debug)]
pub(super) struct SteadyDesk<'a> {
    pub(super) router: Router<'a>,
    /// The process that each stage of the plan belongs to.
    pub(super) homes: &'a [usize],
    pub(super) stage: StageDesk<'a>,
    pub(super) team: TeamDesk,
    pub(super) departures: Departures<'a>,
    pub(super) facts: Facts,
    pub(super) limits: Limits<'a>,
    pub(super) pace: Pace<'a>,
}

/// Where cases are while they are worked on.
#[derive(Debug)]
enum Hands {
    /// In each person's hands.
    Full(Vec<InHand>),
    /// Nowhere, because every case leaves for good and nobody waits for what is done: it is let go as soon as it is known
    /// when that will be. In a large team that saves the memory of all that are worked on, which lies in no near cache.
    /// Only those that will be in hand at the end of time are kept.
    Empty(Vec<InHand>),
}

/// What a person has in hand.
#[derive(Debug, Default)]
pub(super) struct InHand {
    pub(super) case: Option<Box<Case>>,
    /// Since when.
    pub(super) since: Time,
}

impl SteadyDesk<'_> {
    /// Counts some who come, at most [`AT_A_GO`], and draws the work of those for whom nobody has: one draw does not wait for another, as
    /// it would in the course of events.
    pub(super) fn prepare(&mut self, arrivals: &mut [Box<Case>]) -> Result<(), Halt> {
        self.pace.look()?;
        assert!(arrivals.len() <= AT_A_GO, "{} cases are too many at a go", arrivals.len());
        let Self { router, stage, facts, .. } = self;
        facts.visits += arrivals.len() as u64;
        let mut n_drawn = 0;
        for case in arrivals.iter() {
            stage.count_arrival(case);
            n_drawn += usize::from(case.is_work_drawn());
        }
        match n_drawn {
            0 => draw_work(router, stage, arrivals),
            all if all == arrivals.len() => (),
            _ => router.draw_missing_work(arrivals),
        }
        if !stage.enters.is_empty() {
            for case in arrivals {
                let now = case.at;
                router.notify(stage.enters, case, now, facts);
            }
        }
        Ok(())
    }

    /// A case joins the queue.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    pub(super) fn join(&mut self, now: Time, case: Box<Case>) -> Result<(), Halt> {
        let Self { stage, limits, .. } = self;
        stage.line.join(case);
        stage.waiting.increase(now);
        limits.check(stage.line.len() as u64, now, Some(&stage.stage.name))
    }

    /// The next case leaves the queue.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    pub(super) fn take_next(&mut self, now: Time) -> Option<Box<Case>> {
        let case = self.stage.line.take_next(now)?;
        self.stage.waiting.decrease(now);
        Some(case)
    }

    /// A person lets go of what is done, if it is anything.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn let_go(&mut self, done: InHand, now: Time) {
        if let Some(case) = done.case {
            self.departures.push(case, done.since, now);
        }
    }

    /// Sends on the cases that have left, if there are at least so many.
    #[inline]
    pub(super) fn send_on(&mut self, at_least: usize, outbox: &mut Outbox<Box<Case>>) {
        if self.departures.len() >= at_least {
            let Self { router, stage, team, homes, facts, .. } = self;
            self.departures.send_on(router, (stage, team), homes, facts, outbox);
        }
    }

    /// Counts what is still in hand; the time worked on it so far, in microseconds.
    pub(super) fn still_in_hand(&mut self, in_hand: Vec<InHand>) -> u128 {
        let end = self.router.window.to();
        let mut worked = 0;
        for InHand { case, since } in in_hand {
            if let Some(mut case) = case {
                self.router.notify(self.stage.starts, &mut case, since, &mut self.facts);
                self.router.still_open(&case, &mut self.facts);
                self.stage.waited += u128::from(since.since(case.at).as_micros());
                worked += u128::from(end.since(since).as_micros());
            }
        }
        worked
    }
}

/// Draws the work that cases will be at a stage, as [`Router::draw_work_in_row`]; here they are all bound for the same one.
fn draw_work(router: &Router<'_>, stage: &StageDesk<'_>, cases: &mut [Box<Case>]) {
    let (key, work) = (router.key, Decision::Work(stage.idx));
    let only_visit = router.decisions.code_of_only_visit(work);
    let code_for = |case: &Case| only_visit.unwrap_or_else(|| router.decisions.code(work, case));
    let mut blocks = [[0; 2]; AT_A_GO];
    for (block, case) in blocks.iter_mut().zip(cases.iter()) {
        *block = key.block(case.id, code_for(case));
    }
    for (block, case) in blocks.into_iter().zip(cases) {
        let mut draw = key.stream_from(case.id, code_for(case), block);
        case.work = stage.stage.work[case.class as usize].sample(&mut draw);
    }
}

/// A steady station's way of working: what it does between arrivals, and when one comes.
pub(super) trait Steady<'a> {
    /// What it has in common with the others.
    fn desk(&mut self) -> &mut SteadyDesk<'a>;

    /// Works through all that happens up to and including `time`, but for the arrivals at that moment.
    fn work_until(&mut self, time: Time);

    /// A case comes, when all that happens before it is done.
    fn arrive(&mut self, case: Box<Case>) -> Result<(), Halt>;

    /// Sends on the cases that have left, if there are at least so many.
    fn send_on(&mut self, at_least: usize, outbox: &mut Outbox<Box<Case>>);

    /// Works through all events before `until`.
    fn advance(
        &mut self,
        until: Time,
        arrivals: &mut Vec<Box<Case>>,
        outbox: &mut Outbox<Box<Case>>,
    ) -> Result<(), Halt> {
        // the next to come lies at the end
        arrivals.reverse();
        while !arrivals.is_empty() {
            let later = arrivals.len().saturating_sub(AT_A_GO);
            self.desk().prepare(&mut arrivals[later..])?;
            for case in arrivals.drain(later..).rev() {
                self.work_until(case.at);
                self.arrive(case)?;
            }
            self.send_on(AT_A_GO, outbox);
        }
        // to the last moment of the epoch
        self.work_until(Time::from_micros(until.as_micros() - 1));
        self.send_on(1, outbox);
        Ok(())
    }
}

impl<'a> Steady<'a> for SteadyStation<'a> {
    fn desk(&mut self) -> &mut SteadyDesk<'a> {
        &mut self.desk
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn work_until(&mut self, time: Time) {
        while let Some((now, person)) = self.completions.next_until(time) {
            self.complete(now, person);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn arrive(&mut self, case: Box<Case>) -> Result<(), Halt> {
        let now = case.at;
        let Self { desk, .. } = self;
        desk.pace.reach(now);
        if let Some(person) = desk.team.free.pop() {
            desk.team.busy.increase(now);
            self.begin(now, person as usize, case);
            return Ok(());
        }
        desk.join(now, case)
    }

    #[inline]
    fn send_on(&mut self, at_least: usize, outbox: &mut Outbox<Box<Case>>) {
        self.desk.send_on(at_least, outbox);
    }
}

impl<'a> SteadyStation<'a> {
    /// A station of so many people, all free at the start.
    pub(super) fn new(desk: SteadyDesk<'a>, completions: WinnerTree, people: usize) -> Self {
        let nothing = || (0..people).map(|_| InHand::default()).collect();
        let hands = if desk.stage.is_last { Hands::Empty(Vec::new()) } else { Hands::Full(nothing()) };
        Self { desk, hands, completions }
    }

    /// A person takes a case in hand, and lets go of the one that is done.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn begin(&mut self, now: Time, person: usize, case: Box<Case>) {
        let done_at = now + case.work;
        self.completions.set(person, done_at);
        match &mut self.hands {
            Hands::Full(hands) => {
                let before = std::mem::replace(&mut hands[person], InHand { case: Some(case), since: now });
                self.desk.let_go(before, now);
            }
            Hands::Empty(_) if done_at < self.desk.router.window.to() => {
                self.desk.departures.push(case, now, done_at);
            }
            Hands::Empty(to_the_end) => to_the_end.push(InHand { case: Some(case), since: now }),
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn complete(&mut self, now: Time, person: usize) {
        let Self { desk, .. } = self;
        desk.pace.reach(now);
        if let Some(case) = desk.take_next(now) {
            self.begin(now, person, case);
        } else {
            self.completions.set(person, Time::NEVER);
            desk.team.free.push(person as u32);
            desk.team.busy.decrease(now);
            if let Hands::Full(hands) = &mut self.hands {
                desk.let_go(std::mem::take(&mut hands[person]), now);
            }
        }
    }

    /// Counts what is still here and closes the books.
    pub(super) fn finish(mut self) -> Facts {
        let (Hands::Full(in_hand) | Hands::Empty(in_hand)) = self.hands;
        let worked = self.desk.still_in_hand(in_hand);
        let SteadyDesk { router, stage, team, mut facts, .. } = self.desk;
        stage.close(&router, &mut facts);
        team.close(worked, &mut facts);
        facts
    }
}
