//! Why a run may end before its time.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::units::Time;

/// Why a run ended before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// Somebody asked for it.
    Cancelled,
    /// More cases are in the system than the budget allows.
    TooManyInSystem {
        /// The stage where most of them wait; `None` where most are on their way between places.
        stage: Option<String>,
        /// How many are there.
        there: u64,
        /// The budget.
        budget: u64,
        /// When it was passed.
        time: Time,
    },
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("stopped on request"),
            Self::TooManyInSystem { stage, there, budget, time } => {
                write!(f, "more than {budget} cases in the system after {}: ", time.since(Time::ZERO))?;
                match stage {
                    Some(stage) => write!(f, "{there} wait at stage `{stage}`"),
                    None => write!(f, "{there} are on their way between places"),
                }
            }
        }
    }
}

impl std::error::Error for Halt {}

/// What a process has to respect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits<'a> {
    pub(super) max_in_system: u64,
    pub(super) cancel: &'a AtomicBool,
}

/// What processes hand each other in a few epochs is not all in the system at one time: so much is no concern.
pub(super) const IN_FLIGHT: u64 = 4 * 65_536;

impl Limits<'_> {
    /// Whether `there` cases at a stage (or on their way) are still within the budget.
    #[inline]
    pub(super) fn check(&self, there: u64, time: Time, stage: Option<&str>) -> Result<(), Halt> {
        if there > self.max_in_system { Err(self.too_many(there, time, stage)) } else { Ok(()) }
    }

    #[cold]
    pub(super) fn too_many(&self, there: u64, time: Time, stage: Option<&str>) -> Halt {
        Halt::TooManyInSystem { stage: stage.map(str::to_owned), there, budget: self.max_in_system, time }
    }
}

/// Keeps the events of a process in order of time, and looks now and then whether somebody asked to stop.
#[derive(Debug)]
pub(super) struct Pace<'a> {
    cancel: &'a AtomicBool,
    now: Time,
    events: u32,
}

impl<'a> Pace<'a> {
    pub(super) fn new(limits: Limits<'a>) -> Self {
        Self { cancel: limits.cancel, now: Time::ZERO, events: 0 }
    }

    /// The time of the last event.
    pub(super) fn now(&self) -> Time {
        self.now
    }

    /// Something happens at `now`.
    ///
    /// # Panics
    ///
    /// If time goes back: the engine would be wrong.
    #[inline]
    pub(super) fn event(&mut self, now: Time) -> Result<(), Halt> {
        self.reach(now);
        self.events = self.events.wrapping_add(1);
        // every few thousand events are often enough for a person, and seldom enough to cost nothing
        if self.events.is_multiple_of(4096) && self.cancel.load(Ordering::Relaxed) {
            return Err(Halt::Cancelled);
        }
        Ok(())
    }

    /// Something happens at `now`, in a row of events of which somebody counts the length.
    ///
    /// # Panics
    ///
    /// If time goes back: the engine would be wrong.
    #[inline]
    pub(super) fn reach(&mut self, now: Time) {
        assert!(now >= self.now, "time went back from {:?} to {now:?}", self.now);
        self.now = now;
    }

    /// Whether somebody asked to stop, for those who look after each row of events.
    pub(super) fn look(&self) -> Result<(), Halt> {
        if self.cancel.load(Ordering::Relaxed) { Err(Halt::Cancelled) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_stop_is_heard_within_a_few_thousand_events() {
        let cancel = AtomicBool::new(false);
        let mut pace = Pace::new(Limits { max_in_system: 1, cancel: &cancel });
        assert!((0..10_000).all(|_| pace.event(Time::ZERO).is_ok()));
        cancel.store(true, Ordering::Relaxed);
        assert!((0..4096).any(|_| pace.event(Time::ZERO) == Err(Halt::Cancelled)));
    }

    #[test]
    #[should_panic(expected = "time went back")]
    fn time_never_goes_back() {
        let cancel = AtomicBool::new(false);
        let mut pace = Pace::new(Limits { max_in_system: 1, cancel: &cancel });
        let _ = pace.event(Time::from_micros(2));
        let _ = pace.event(Time::from_micros(1));
    }
}
