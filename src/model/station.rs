//! The process of a station: teams, and the queues they serve.
//!
//! Stages and teams that share people are one station, because they share state; so are stages that feed each other
//! in a circle faster than an epoch. Within a station things happen in a total order: by time, then completions, then
//! people who come and go, then cases that give up, then arrivals by case.

mod closing;
mod duty;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::case::{Case, Visit};
use super::decisions::Decision;
use super::departures::Departures;
use super::facts::Facts;
use super::halt::{Halt, Limits, Pace};
use super::people::{CallInDesk, Duty, Person, ShiftChange, TeamDesk};
use super::plan::Place;
use super::routing::Router;
use super::shortcuts::{Next, Shortcut};
use super::stage_desk::StageDesk;
use super::steady::AT_A_GO;
use super::waiting_line::Ticket;
use crate::engine::{Outbox, WinnerTree};
use crate::units::{Duration, Time};

/// A station at work.
#[derive(Debug)]
pub(super) struct Station<'a> {
    pub(super) router: Router<'a>,
    /// The process that each stage of the plan belongs to, and the stage's position there.
    pub(super) homes: &'a [usize],
    pub(super) locals: &'a [usize],
    /// This process's number.
    pub(super) home: usize,
    pub(super) stages: Vec<StageDesk<'a>>,
    pub(super) teams: Vec<TeamDesk>,
    pub(super) people: Vec<Person>,
    pub(super) completions: WinnerTree,
    pub(super) shifts: Vec<ShiftChange>,
    pub(super) next_shift: usize,
    pub(super) call_ins: Vec<CallInDesk>,
    pub(super) timers: BinaryHeap<Reverse<Timer>>,
    /// The earliest of shifts and timers.
    pub(super) next_timer: Time,
    /// Cases on their way from this station back to it.
    pub(super) returning: BinaryHeap<Reverse<Returning>>,
    /// Cases that have left, and do not come back within the epoch: they go on some at a time.
    pub(super) departures: Departures<'a>,
    pub(super) facts: Facts,
    pub(super) limits: Limits<'a>,
    pub(super) pace: Pace<'a>,
}

/// Something that is due at a station besides completions, shifts and arrivals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timer {
    time: Time,
    what: Due,
}

/// What is due, in the order in which it happens at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    CallInLeaves(usize),
    CallInComes(usize),
    GivesUp { case: u64, stage: usize, ticket: Ticket },
}

/// A case on its way from a station back to it, ordered by time and case: there may be thousands, for days, and so what
/// they go by lies beside them.
#[derive(Debug)]
pub(super) struct Returning {
    at: Time,
    id: u64,
    case: Box<Case>,
}

impl PartialEq for Returning {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Returning {}

impl PartialOrd for Returning {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Returning {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.id).cmp(&(other.at, other.id))
    }
}

impl<'a> Station<'a> {
    /// Works through all events before `until`.
    pub(super) fn advance(
        &mut self,
        until: Time,
        arrivals: &mut Vec<Box<Case>>,
        outbox: &mut Outbox<Box<Case>>,
    ) -> Result<(), Halt> {
        for row in arrivals.chunks_mut(AT_A_GO) {
            if row.iter().any(|case| case.is_work_drawn()) {
                self.router.draw_missing_work(row);
            } else {
                self.router.draw_work_in_row(row);
            }
        }
        let mut arrivals = arrivals.drain(..);
        loop {
            let outside = arrivals.as_slice().first().map_or(Time::NEVER, |case| case.at);
            let next_arrival = outside.min(self.next_return()).min(until);
            self.work_until(next_arrival, until, outbox)?;
            // what was completed on the way may be back earlier than the next from outside
            if self.next_return() < next_arrival {
                continue;
            }
            if next_arrival >= until {
                self.go_on(outbox);
                return Ok(());
            }
            let outside_first = match (arrivals.as_slice().first(), self.returning.peek()) {
                (Some(case), Some(back)) => (case.at, case.id) < (back.0.at, back.0.id),
                (case, _) => case.is_some(),
            };
            let case =
                if outside_first { arrivals.next() } else { self.returning.pop().map(|back| back.0.case) };
            if let Some(case) = case {
                self.arrive(case, outbox)?;
            }
        }
    }

    /// Completions and timers up to and including `time` (but before `until`), in order; stops as soon as a case is on
    /// its way back here.
    #[inline]
    fn work_until(&mut self, time: Time, until: Time, outbox: &mut Outbox<Box<Case>>) -> Result<(), Halt> {
        loop {
            let completion = self.completions.next_time();
            let next = completion.min(self.next_timer);
            if next > time || next >= until {
                return Ok(());
            }
            self.pace.event(next)?;
            if completion <= self.next_timer {
                self.complete(completion, outbox);
            } else {
                self.timers_at(next, outbox);
            }
            if self.next_return() < time {
                return Ok(());
            }
        }
    }

    /// When the next case comes back from this station to itself.
    #[inline]
    fn next_return(&self) -> Time {
        self.returning.peek().map_or(Time::NEVER, |back| back.0.at)
    }

    /// A case comes to a stage.
    #[inline]
    fn arrive(&mut self, mut case: Box<Case>, outbox: &mut Outbox<Box<Case>>) -> Result<(), Halt> {
        let now = case.at;
        self.pace.event(now)?;
        let local = self.locals[case.stage as usize];
        let desk = &mut self.stages[local];
        self.facts.visits += 1;
        desk.count_arrival(&case);
        let teams = &self.teams;
        let free_team = desk.teams.iter().copied().find(|team| !teams[*team].free.is_empty());
        if free_team.is_none() && desk.stage.room.is_some_and(|room| desk.line.len() >= room as usize) {
            desk.facts.blocked_by_class[case.class as usize] += u64::from(case.counted);
            let route = &desk.stage.no_room;
            self.send_on(case, now, route, outbox);
            return Ok(());
        }
        self.router.notify(desk.enters, &mut case, now, &mut self.facts);
        if let Some(team) = free_team {
            let person = self.teams[team].free.pop().map_or(0, |person| person as usize);
            self.begin(now, person, local, case);
            return Ok(());
        }
        self.queue(now, local, case)
    }

    /// A case joins a queue.
    fn queue(&mut self, now: Time, local: usize, case: Box<Case>) -> Result<(), Halt> {
        let desk = &mut self.stages[local];
        let patience = desk.stage.patience.as_ref().map(|patience| {
            let mut draw = self.router.draw(Decision::Patience(desk.idx), &case);
            patience[case.class as usize].sample(&mut draw)
        });
        let id = case.id;
        let ticket = desk.line.join(case);
        desk.waiting.increase(now);
        self.limits.check(desk.line.len() as u64, now, Some(&desk.stage.name))?;
        if let (Some(patience), Some(ticket)) = (patience, ticket) {
            self.set_timer(now + patience, Due::GivesUp { case: id, stage: local, ticket });
        }
        for i in 0..self.stages[local].watched_by.len() {
            let call_in = self.stages[local].watched_by[i];
            self.call_in_if_needed(call_in, now);
        }
        Ok(())
    }

    /// A person takes a case in hand.
    #[inline]
    fn begin(&mut self, now: Time, person: usize, local: usize, mut case: Box<Case>) {
        let desk = &mut self.stages[local];
        let spell = now.since(case.at);
        if spell > Duration::ZERO {
            case.waiting += spell;
            desk.waited += u128::from(spell.as_micros());
        }
        let broken_off = case.extras.as_mut().and_then(|extras| extras.visit.take());
        let visit = broken_off.unwrap_or_else(|| {
            self.router.notify(desk.starts, &mut case, now, &mut self.facts);
            Visit { arrived: case.at, waited: Duration::ZERO, worked: Duration::ZERO, left: case.work }
        });
        let slot = &mut self.people[person];
        slot.duty = Duty::Working;
        slot.stage = local as u16;
        slot.arrived = visit.arrived;
        slot.waited = visit.waited + spell;
        slot.taken = now;
        slot.since = now;
        slot.paused = Duration::ZERO;
        slot.worked = visit.worked;
        slot.done_at = now + visit.left;
        slot.fork = self.router.draw_fork(&desk.ways[case.class as usize], self.home, case.id);
        slot.case = Some(case);
        self.completions.set(person, slot.done_at);
        self.teams[slot.team as usize].busy.increase(now);
    }

    /// The next completion.
    #[inline]
    fn complete(&mut self, now: Time, outbox: &mut Outbox<Box<Case>>) {
        let person = self.completions.next_slot();
        let slot = &mut self.people[person];
        let (team_idx, local) = (slot.team as usize, slot.stage as usize);
        let team = &mut self.teams[team_idx];
        team.busy.decrease(now);
        let spell = now.since(slot.since);
        team.work_done += u128::from(spell.as_micros());
        let (arrived, waited, worked) = (slot.arrived, slot.waited, slot.worked + spell);
        let in_hand = now.since(slot.taken).saturating_sub(slot.paused);
        let paused = slot.paused;
        let finishing = slot.duty == Duty::Finishing;
        let fork = slot.fork;
        if let Some(mut case) = slot.case.take() {
            case.handling += in_hand;
            if paused > Duration::ZERO {
                case.waiting += paused;
            }
            let desk = &mut self.stages[local];
            desk.count_visit(&case, waited, worked);
            let stage = desk.stage;
            let router = &self.router;
            router.notify(desk.leaves, &mut case, now, &mut self.facts);
            if let Some(platform) = stage.platform {
                router.answered(platform, &mut case, arrived, now, &mut self.facts);
            }
            let way = &desk.ways[case.class as usize];
            self.forward(case, now, (way, fork), outbox);
        }
        self.free_up(person, team_idx, finishing, now);
    }

    /// A person who has done a case goes home if the shift is over, and otherwise takes the next or is free.
    #[inline]
    fn free_up(&mut self, person: usize, team: usize, finishing: bool, now: Time) {
        // `next_timer` first: it says at once that nobody leaves just now, as is nearly always so
        let stays = !finishing && (self.next_timer > now || !self.leaves_now(person, now));
        if stays && let Some((local, case)) = self.next_case(team, now) {
            // the person's place in the event list is taken again at once
            self.begin(now, person, local, case);
            return;
        }
        let slot = &mut self.people[person];
        self.completions.set(person, Time::NEVER);
        if finishing {
            slot.duty = Duty::Off;
            self.teams[team].on_duty.decrease(now);
        } else {
            slot.duty = Duty::Free;
            self.teams[team].free.push(person as u32);
        }
    }

    /// The next case for a free person of a team, taken out of its queue.
    #[inline]
    fn next_case(&mut self, team: usize, now: Time) -> Option<(usize, Box<Case>)> {
        let stages = &mut self.stages;
        let waiting = self.teams[team].stages.iter().copied().filter(|local| stages[*local].line.len() > 0);
        let local = if self.teams[team].longest_waiting {
            let candidates: Vec<usize> = waiting.collect();
            candidates.into_iter().min_by_key(|local| (stages[*local].line.next_joined_at(now), *local))
        } else {
            waiting.into_iter().next()
        }?;
        let desk = &mut stages[local];
        let case = desk.line.take_next(now)?;
        desk.line.look_ahead();
        desk.waiting.decrease(now);
        Some((local, case))
    }

    /// Free people of a team take what waits.
    fn feed(&mut self, team: usize, now: Time) {
        while let Some(person) = self.teams[team].free.pop() {
            let Some((local, case)) = self.next_case(team, now) else {
                self.teams[team].free.push(person);
                return;
            };
            self.begin(now, person as usize, local, case);
        }
    }

    /// Walks a case on that is in nobody's hands.
    fn send_on(&mut self, mut case: Box<Case>, now: Time, route: &[Place], outbox: &mut Outbox<Box<Case>>) {
        let first = route[case.class as usize];
        if self.router.walk(&mut case, now, first, &mut self.facts) {
            self.dispatch(case, outbox);
        } else {
            outbox.discard(case);
        }
    }

    /// A case goes its way: at once as far as that may lead straight back here. Where the way leads to a fork, a number
    /// has been drawn for it.
    #[inline]
    fn forward(
        &mut self,
        mut case: Box<Case>,
        now: Time,
        (way, drawn): (&'a Shortcut, f64),
        outbox: &mut Outbox<Box<Case>>,
    ) {
        let (mut way, mut delay) = (way, Duration::ZERO);
        let mut drawn = Some(drawn);
        loop {
            if way.soon.lacks(self.home) {
                self.departures.push_on_way(case, now, delay, way);
                if self.departures.len() >= AT_A_GO {
                    self.go_on(outbox);
                }
                return;
            }
            let Next::Fork(fork) = way.next else { break };
            let Some(fork) = &self.router.shortcuts.forks[fork] else { break };
            delay += way.delay;
            way = match drawn.take() {
                Some(drawn) => fork.arm_for(drawn),
                None => fork.arm(self.router.key, case.id),
            };
        }
        if self.router.take_last(&mut case, now, delay, way, &mut self.facts) {
            self.dispatch(case, outbox);
        } else {
            outbox.discard(case);
        }
    }

    /// Those that have left go on.
    fn go_on(&mut self, outbox: &mut Outbox<Box<Case>>) {
        let Self { departures, router, facts, homes, home, returning, .. } = self;
        departures.go_on(router, facts, |case, goes_on| {
            let to = homes[case.stage as usize];
            if !goes_on {
                outbox.discard(case);
            } else if to == *home {
                come_back(case, router, returning);
            } else {
                outbox.send(to, case);
            }
        });
    }

    /// Hands a case to the process of the stage that it is bound for.
    #[inline]
    fn dispatch(&mut self, case: Box<Case>, outbox: &mut Outbox<Box<Case>>) {
        let home = self.homes[case.stage as usize];
        if home == self.home {
            come_back(case, &self.router, &mut self.returning);
        } else {
            outbox.send(home, case);
        }
    }
}

/// A case is on its way back to where it was.
fn come_back(mut case: Box<Case>, router: &Router<'_>, returning: &mut BinaryHeap<Reverse<Returning>>) {
    router.draw_work(&mut case);
    returning.push(Reverse(Returning { at: case.at, id: case.id, case }));
}
