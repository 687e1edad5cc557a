//! How many people were busy at most, where nobody is told who is done.

use crate::engine::WinnerTree;
use crate::units::{Duration, Time};

/// A team of more people is too large for everybody to be looked at now and then.
pub(super) const MOST_PEOPLE: usize = 1024;

/// The largest number of busy people since the window began.
///
/// To count who is busy is to look at everybody. It is done where there might be more than ever before: mostly some are
/// done since it was last asked, and then it need not be asked again until as many have begun.
#[derive(Debug)]
pub(super) struct MostBusy {
    people: usize,
    /// Whether the window has begun.
    counts: bool,
    most: usize,
    /// No more than so many are busy: those who begin are added, and who is done in the meantime is not seen.
    at_most: usize,
}

impl MostBusy {
    /// Of a team of which nobody is busy; whether that counts, because the window begins at once.
    pub(super) fn new(people: usize, counts: bool) -> Self {
        Self { people, counts, most: 0, at_most: 0 }
    }

    /// Whether the window has begun.
    #[inline]
    pub(super) fn counts(&self) -> bool {
        self.counts
    }

    /// The window begins at `from`, when all is done that happens before.
    pub(super) fn open_window(&mut self, from: Time, free_at: &WinnerTree) {
        self.most = free_at.count_from(from, self.people);
        self.at_most = self.most;
        self.counts = true;
    }

    /// One who was free, and still is in the tree of who is free when, begins at `now`.
    #[inline]
    pub(super) fn begin(&mut self, now: Time, free_at: &WinnerTree) {
        self.at_most += 1;
        if self.at_most > self.most && self.most < self.people && self.counts {
            // who is done at this very moment is no longer busy
            let others = free_at.count_from(now + Duration::from_micros(1), self.people);
            self.at_most = others + 1;
            self.most = self.most.max(others + 1);
        }
    }

    /// So many.
    pub(super) fn get(&self) -> u64 {
        self.most as u64
    }
}
