//! The process of a steady station that every case leaves for good.
//!
//! Nobody waits for what is done there, so a completion needs to be no event: a case is counted as soon as work on it
//! begins, when it is known how long that takes. What is left to know is when each person is free again (J. Kiefer and
//! J. Wolfowitz, 1955, "On the theory of queues with many servers"): the next case in line begins when the first of them
//! is, and one that finds somebody free begins at once.
//!
//! It gives the same facts as [`SteadyStation`](super::steady::SteadyStation) and the general one. The model chooses it
//! for teams that are not too large (`StationKind::Last`), and a test compares them on random plans.

use super::case::Case;
use super::facts::Facts;
use super::halt::Halt;
use super::most_busy::MostBusy;
use super::steady::{InHand, Steady, SteadyDesk};
use crate::engine::{Outbox, WinnerTree};
use crate::statistics::Spans;
use crate::units::Time;

/// A last station at work.
#[derive(Debug)]
pub(super) struct LastStation<'a> {
    pub(super) desk: SteadyDesk<'a>,
    /// When each person is free again, or has been since.
    free_at: WinnerTree,
    /// The cases that will be in hand at the end of time.
    in_hand: Vec<InHand>,
    busy: Spans,
    most_busy: MostBusy,
}

impl<'a> LastStation<'a> {
    /// A station whose people are all free at the start.
    pub(super) fn new(desk: SteadyDesk<'a>, mut free_at: WinnerTree, people: usize) -> Self {
        for person in 0..people {
            free_at.set(person, Time::ZERO);
        }
        let window = desk.router.window;
        Self {
            free_at,
            in_hand: Vec::new(),
            busy: Spans::new(window),
            most_busy: MostBusy::new(people, window.from() == Time::ZERO),
            desk,
        }
    }
}

impl<'a> Steady<'a> for LastStation<'a> {
    fn desk(&mut self) -> &mut SteadyDesk<'a> {
        &mut self.desk
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn work_until(&mut self, time: Time) {
        self.open_window(time);
        self.begin_until(time);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn arrive(&mut self, case: Box<Case>) -> Result<(), Halt> {
        let now = case.at;
        if let Some((_, person)) = self.free_at.next_until(now) {
            self.most_busy.begin(now, &self.free_at);
            self.begin(now, person, case);
            return Ok(());
        }
        self.desk.pace.reach(now);
        self.desk.join(now, case)
    }

    #[inline]
    fn send_on(&mut self, at_least: usize, outbox: &mut Outbox<Box<Case>>) {
        let Self { desk, busy, .. } = self;
        if desk.departures.len() >= at_least {
            desk.departures.spans().for_each(|(began, ended)| busy.add(began, ended));
            desk.send_on(at_least, outbox);
        }
    }
}

impl LastStation<'_> {
    /// Whoever is free up to and including `time` takes what waits.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn begin_until(&mut self, time: Time) {
        while self.desk.stage.line.len() > 0
            && let Some((now, person)) = self.free_at.next_until(time)
            && let Some(case) = self.desk.take_next(now)
        {
            self.begin(now, person, case);
        }
    }

    /// A person takes a case in hand.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the station spends its time here")]
    fn begin(&mut self, now: Time, person: usize, case: Box<Case>) {
        self.desk.pace.reach(now);
        let ended = now + case.work;
        self.free_at.set(person, ended);
        if ended < self.desk.router.window.to() {
            self.desk.departures.push(case, now, ended);
        } else {
            self.in_hand.push(InHand { case: Some(case), since: now });
        }
    }

    /// Looks who is busy when the window begins, once it does.
    #[inline]
    fn open_window(&mut self, now: Time) {
        if !self.most_busy.counts() && now >= self.desk.router.window.from() {
            self.open_window_now();
        }
    }

    #[cold]
    fn open_window_now(&mut self) {
        let from = self.desk.router.window.from();
        self.begin_until(Time::from_micros(from.as_micros() - 1));
        self.most_busy.open_window(from, &self.free_at);
    }

    /// Counts what is still here and closes the books.
    pub(super) fn finish(mut self) -> Facts {
        let end = self.desk.router.window.to();
        self.in_hand.iter().for_each(|in_hand| self.busy.add(in_hand.since, end));
        let worked = self.desk.still_in_hand(self.in_hand);
        let SteadyDesk { router, stage, team, mut facts, .. } = self.desk;
        stage.close(&router, &mut facts);
        team.close_with(self.busy.finish(self.most_busy.get()), worked, &mut facts);
        facts
    }
}
