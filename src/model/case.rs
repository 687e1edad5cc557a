//! A case on its way through the pipeline.

use super::case_row::CaseRow;
use crate::engine::Message;
use crate::units::{Duration, Time};

/// Number of groups that places fall into: the lowest flags.
pub(super) const PLACE_GROUPS: u32 = 23;
/// The flag that says that a case has been bound for a queue: what came before is intake.
const QUEUED: u32 = 1 << PLACE_GROUPS;
/// Clocks that run from when the report is sent and stop on the way, and need no more than a flag: so many.
pub(super) const FLAGGED_CLOCKS: u32 = 31 - PLACE_GROUPS;

/// What a case carries with it: 72 bytes. Nothing about it is stored anywhere else.
///
/// In this order in memory, because what is looked at while it comes to a queue, waits and is worked on should share a
/// line of the cache.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Case {
    /// Unique: the source stream in the high bits, the number within it in the low. Random numbers and ties go by it.
    pub(super) id: u64,
    /// When it joins, or joined, the queue of `stage`.
    pub(super) at: Time,
    /// The work at the stage that it is bound for; zero while nobody has drawn it.
    pub(super) work: Duration,
    /// The groups of places that it has been to, one bit each (see [`Case::come_to`]); [`QUEUED`]; and the flagged
    /// clocks that have stopped.
    pub(super) flags: u32,
    /// The stage it is bound for.
    pub(super) stage: u16,
    /// The kind of harm alleged.
    pub(super) class: u8,
    /// Whether it was sent after the warm-up: only then do statistics count it.
    pub(super) counted: bool,
    /// When its report was sent.
    pub(super) sent: Time,
    /// Time spent waiting so far.
    pub(super) waiting: Duration,
    /// Time spent in people's hands so far.
    pub(super) handling: Duration,
    /// Time spent in channels after the first stage, and at platforms that answer after a time.
    pub(super) propagation: Duration,
    /// What only some cases need.
    pub(super) extras: Option<Box<Extras>>,
}

/// What only some cases need.
#[derive(Debug, Default)]
pub(super) struct Extras {
    /// When each running clock was started, by clock slot; [`Time::NEVER`] where it is not running.
    pub(super) clocks: Vec<Time>,
    /// A visit that was broken off and goes on.
    pub(super) visit: Option<Visit>,
    /// How often it has come back to each group of places; empty where it never has.
    pub(super) returns: Vec<u32>,
}

/// The part of a visit to a stage that is already over, when the case is handed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// When the case came to the stage.
    pub(super) arrived: Time,
    /// How long it has waited there.
    pub(super) waited: Duration,
    /// How long it has been worked on there.
    pub(super) worked: Duration,
    /// The work that is left.
    pub(super) left: Duration,
}

impl Case {
    /// A fresh case.
    pub(super) fn new(id: u64, class: u8, sent: Time, counted: bool) -> Self {
        Self {
            sent,
            id,
            at: sent,
            waiting: Duration::ZERO,
            handling: Duration::ZERO,
            propagation: Duration::ZERO,
            work: Duration::ZERO,
            extras: None,
            flags: 0,
            stage: 0,
            class,
            counted,
        }
    }

    /// Makes a fresh case of one that is done with, whose memory for extras is kept.
    #[inline]
    pub(super) fn renew(&mut self, id: u64, class: u8, sent: Time, counted: bool) {
        let extras = self.extras.take();
        *self = Self::new(id, class, sent, counted);
        if let Some(mut extras) = extras {
            extras.clear();
            self.extras = Some(extras);
        }
    }

    /// Bound for the same stage as another fresh case, by the same ways.
    #[inline]
    pub(super) fn go_where(&mut self, other: &Self) {
        self.flags = other.flags;
        self.stage = other.stage;
    }

    /// Whether its work at the stage that it is bound for has been drawn. Work that takes no time is drawn again, and comes
    /// out the same.
    #[inline]
    pub(super) fn is_work_drawn(&self) -> bool {
        self.work > Duration::ZERO
    }

    /// Whether it has been bound for a queue: what came before is intake.
    pub(super) fn is_queued(&self) -> bool {
        self.flags & QUEUED != 0
    }

    /// Notes that it is bound for a queue.
    pub(super) fn set_queued(&mut self) {
        // compilers write no more than the byte that this bit is in, and whoever then reads all flags must wait until
        // everything written before has reached the cache
        if !self.is_queued() {
            self.flags |= QUEUED;
        }
    }

    /// A channel holds it up.
    #[inline]
    pub(super) fn hold_up(&mut self, delay: Duration) {
        // what comes before the first queue is intake, and that is what remains when the other delays are known
        if self.is_queued() {
            self.propagation += delay;
        }
    }

    /// Whether a flagged clock still runs.
    #[inline]
    pub(super) fn clock_runs(&self, flag: u32) -> bool {
        self.flags & (QUEUED << 1 << flag) == 0
    }

    /// Stops a flagged clock for good.
    #[inline]
    pub(super) fn stop_clock(&mut self, flag: u32) {
        self.flags |= QUEUED << 1 << flag;
    }

    /// Notes that the case comes to a place of this group, so that random decisions there are new on every return.
    ///
    /// Only a return costs memory. A first visit has the number zero whatever other places there are, so a place more or
    /// less in a scenario leaves the decisions at the others as they were; and no two visits to one place share a number.
    #[inline]
    pub(super) fn come_to(&mut self, group: u8) {
        let bit = 1 << group;
        if self.flags & bit == 0 {
            self.flags |= bit;
        } else {
            self.come_back_to(group);
        }
    }

    #[cold]
    fn come_back_to(&mut self, group: u8) {
        let returns = &mut self.extras_mut().returns;
        returns.resize(PLACE_GROUPS as usize, 0);
        returns[group as usize] += 1;
    }

    /// How often the case has come back to places of this group.
    #[inline]
    pub(super) fn returns_to(&self, group: u8) -> u32 {
        match &self.extras {
            None => 0,
            Some(extras) => extras.returns.get(group as usize).copied().unwrap_or(0),
        }
    }

    /// When it came to the stage where it waits, hand-overs aside.
    pub(super) fn arrived_at_stage(&self) -> Time {
        let broken_off = self.extras.as_ref().and_then(|extras| extras.visit);
        broken_off.map_or(self.at, |visit| visit.arrived)
    }

    /// The extras, made when first needed.
    pub(super) fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }
}

impl Extras {
    /// Whether they say no more than that there are none: the memory of those of an earlier case.
    pub(super) fn is_empty(&self) -> bool {
        self.clocks.is_empty() && self.visit.is_none() && self.returns.is_empty()
    }

    fn clear(&mut self) {
        self.clocks.clear();
        self.visit = None;
        self.returns.clear();
    }
}

/// Cases are passed on in boxes: a move is then no more than a pointer, and a case is changed where it lies. Copying it
/// just after some of it was written would make a processor wait until the writes have reached the cache.
impl Message for Box<Case> {
    type Row = CaseRow;

    #[inline]
    fn time(&self) -> Time {
        self.at
    }

    #[inline]
    fn order(&self) -> u64 {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_small() {
        // with an allocator's own 8 bytes, 80 in all
        assert_eq!(size_of::<Case>(), 72);
        assert_eq!(size_of::<Option<Box<Case>>>(), 8);
    }
}
