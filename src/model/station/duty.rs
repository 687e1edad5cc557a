//! People who come and go, and cases that give up waiting.

use std::cmp::Reverse;
use std::ops::Range;

use super::{Due, Station, Timer};
use crate::engine::Outbox;
use crate::model::case::{Case, Visit};
use crate::model::people::{CallInDesk, Duty, Person};
use crate::model::plan::ShiftEnd;
use crate::model::waiting_line::Ticket;
use crate::units::{Duration, Time};

impl Station<'_> {
    /// What shifts and timers hold for `now`: all shifts that change, or one timer.
    pub(super) fn timers_at(&mut self, now: Time, outbox: &mut Outbox<Box<Case>>) {
        if self.shifts.get(self.next_shift).is_some_and(|shift| shift.time == now) {
            self.change_shifts(now);
        } else if let Some(Reverse(timer)) = self.timers.pop() {
            match timer.what {
                Due::CallInLeaves(call_in) => self.call_in_leaves(call_in, now),
                Due::CallInComes(call_in) => self.call_in_comes(call_in, now),
                Due::GivesUp { stage, ticket, .. } => self.gives_up(stage, ticket, now, outbox),
            }
        }
        self.find_next_timer();
    }

    /// All crews that leave at `now` leave, those that come come, and only then does anybody take new work: who leaves
    /// takes none.
    fn change_shifts(&mut self, now: Time) {
        while let Some(shift) = self.shifts.get(self.next_shift).filter(|shift| shift.time == now).cloned() {
            self.next_shift += 1;
            if shift.comes {
                self.crew_comes(shift.team, shift.people, now);
            } else {
                self.crew_leaves(shift.team, shift.people, now, self.teams[shift.team].at_shift_end);
            }
        }
        self.take_up_work(now);
    }

    /// Everybody who is free takes what waits, at each stage in the order in which it prefers its teams; and backlogs
    /// that grew meanwhile call people in.
    fn take_up_work(&mut self, now: Time) {
        for local in 0..self.stages.len() {
            for i in 0..self.stages[local].teams.len() {
                self.feed(self.stages[local].teams[i], now);
            }
        }
        for call_in in 0..self.call_ins.len() {
            self.call_in_if_needed(call_in, now);
        }
    }

    /// Whether a person's crew leaves at this very moment.
    pub(super) fn leaves_now(&self, person: usize, now: Time) -> bool {
        let changes = self.shifts[self.next_shift..].iter().take_while(|shift| shift.time <= now);
        changes.into_iter().any(|shift| !shift.comes && shift.people.contains(&person))
    }

    pub(in crate::model) fn find_next_timer(&mut self) {
        let shift = self.shifts.get(self.next_shift).map_or(Time::NEVER, |shift| shift.time);
        let timer = self.timers.peek().map_or(Time::NEVER, |timer| timer.0.time);
        self.next_timer = shift.min(timer);
    }

    pub(super) fn set_timer(&mut self, time: Time, what: Due) {
        if time < self.router.window.to() {
            self.timers.push(Reverse(Timer { time, what }));
            self.next_timer = self.next_timer.min(time);
        }
    }

    fn crew_comes(&mut self, team: usize, people: Range<usize>, now: Time) {
        for person in people {
            let slot = &mut self.people[person];
            match slot.duty {
                Duty::Off => {
                    slot.duty = Duty::Free;
                    self.teams[team].free.push(person as u32);
                    self.teams[team].on_duty.increase(now);
                }
                Duty::Paused => {
                    slot.duty = Duty::Working;
                    // on the desk overnight, the case waits: more people would have spared it that
                    let pause = now.since(slot.since);
                    slot.paused += pause;
                    slot.waited += pause;
                    slot.since = now;
                    slot.done_at = now + slot.done_at.since(Time::ZERO);
                    self.completions.set(person, slot.done_at);
                    self.teams[team].on_duty.increase(now);
                    self.teams[team].busy.increase(now);
                }
                // still at the last shift's case: goes straight on into this one
                Duty::Finishing => slot.duty = Duty::Working,
                Duty::Free | Duty::Working => {}
            }
        }
    }

    fn crew_leaves(&mut self, team: usize, people: Range<usize>, now: Time, at_shift_end: ShiftEnd) {
        let mut handed_over = Vec::new();
        let desk = &mut self.teams[team];
        for person in people.clone() {
            let slot = &mut self.people[person];
            match (slot.duty, at_shift_end) {
                (Duty::Free, _) => {
                    slot.duty = Duty::Off;
                    desk.on_duty.decrease(now);
                }
                (Duty::Working, ShiftEnd::Finish) => slot.duty = Duty::Finishing,
                (Duty::Working, ShiftEnd::Suspend | ShiftEnd::HandOver) => {
                    let spell = now.since(slot.since);
                    desk.work_done += u128::from(spell.as_micros());
                    desk.busy.decrease(now);
                    desk.on_duty.decrease(now);
                    self.completions.set(person, Time::NEVER);
                    let left = slot.done_at.since(now);
                    slot.worked += spell;
                    if at_shift_end == ShiftEnd::Suspend {
                        slot.duty = Duty::Paused;
                        slot.since = now;
                        slot.done_at = Time::ZERO + left;
                    } else {
                        slot.duty = Duty::Off;
                        handed_over.extend(take_back(slot, left, now));
                    }
                }
                (Duty::Off | Duty::Finishing | Duty::Paused, _) => {}
            }
        }
        desk.free.retain(|person| !people.contains(&(*person as usize)));
        // where cases go by when they joined, the first person's ends up first in line
        for (local, case) in handed_over.into_iter().rev() {
            self.stages[local].waiting.increase(now);
            self.stages[local].line.rejoin(case);
        }
    }

    pub(super) fn call_in_if_needed(&mut self, call_in: usize, now: Time) {
        if self.call_ins[call_in].called || !self.is_above_mark(call_in) {
            return;
        }
        let after = self.call_ins[call_in].after;
        self.call_ins[call_in].called = true;
        self.set_timer(now + after, Due::CallInComes(call_in));
    }

    fn call_in_comes(&mut self, call_in: usize, now: Time) {
        let CallInDesk { team, people, stay, .. } = self.call_ins[call_in].clone();
        self.set_timer(now + stay, Due::CallInLeaves(call_in));
        self.crew_comes(team, people, now);
        self.take_up_work(now);
    }

    fn call_in_leaves(&mut self, call_in: usize, now: Time) {
        let CallInDesk { team, people, stay, .. } = self.call_ins[call_in].clone();
        if self.is_above_mark(call_in) {
            self.set_timer(now + stay, Due::CallInLeaves(call_in));
            return;
        }
        self.call_ins[call_in].called = false;
        // a case left on the desk would wait for the next crisis: it is handed over instead
        let at_shift_end = match self.teams[team].at_shift_end {
            ShiftEnd::Suspend => ShiftEnd::HandOver,
            other => other,
        };
        self.crew_leaves(team, people, now, at_shift_end);
        self.take_up_work(now);
    }

    fn is_above_mark(&self, call_in: usize) -> bool {
        let desk = &self.call_ins[call_in];
        let waiting: usize = desk.stages.iter().map(|local| self.stages[*local].line.len()).sum();
        waiting as u64 > desk.above
    }

    /// A case gives up, unless it no longer waits.
    fn gives_up(&mut self, local: usize, ticket: Ticket, now: Time, outbox: &mut Outbox<Box<Case>>) {
        let desk = &mut self.stages[local];
        let Some(mut case) = desk.line.remove(ticket) else { return };
        desk.waiting.decrease(now);
        let waited = now.since(case.at);
        case.waiting += waited;
        desk.waited += u128::from(waited.as_micros());
        if case.counted {
            desk.facts.reneged_by_class[case.class as usize] += 1;
            desk.facts.waiting_time[case.class as usize].record(waited);
        }
        let route = &desk.stage.gave_up;
        self.send_on(case, now, route, outbox);
    }
}

/// Takes the case from a person who leaves, to be handed over with the work that is left.
fn take_back(slot: &mut Person, left: Duration, now: Time) -> Option<(usize, Box<Case>)> {
    let mut case = slot.case.take()?;
    case.handling += now.since(slot.taken).saturating_sub(slot.paused);
    case.waiting += slot.paused;
    case.at = now;
    case.extras_mut().visit =
        Some(Visit { arrived: slot.arrived, waited: slot.waited, worked: slot.worked, left });
    Some((slot.stage as usize, case))
}
