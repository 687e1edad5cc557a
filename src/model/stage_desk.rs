//! A stage at work: its queue, and its books.

use super::case::Case;
use super::clocks::Watch;
use super::facts::{Facts, StageFacts};
use super::plan::{ClockEvent, Stage};
use super::routing::Router;
use super::shortcuts::{Next, Shortcut};
use super::waiting_line::WaitingLine;
use crate::statistics::{Histogram, Level};
use crate::units::Duration;

/// A stage at work.
#[derive(Debug)]
pub(super) struct StageDesk<'a> {
    pub(super) stage: &'a Stage,
    pub(super) idx: usize,
    /// The ways on from it, by class.
    pub(super) ways: &'a [Shortcut],
    /// Whether any of them leads to a fork.
    pub(super) leads_to_fork: bool,
    /// Whether all of them end at once.
    pub(super) is_last: bool,
    /// The clocks that look when a case comes, when work on it begins, and when it leaves.
    pub(super) enters: &'a [Watch],
    pub(super) starts: &'a [Watch],
    pub(super) leaves: &'a [Watch],
    /// The same for the platform, where the stage is its queue.
    pub(super) leaves_platform: &'a [Watch],
    /// The teams that serve it (positions within the station).
    pub(super) teams: Vec<usize>,
    pub(super) line: WaitingLine,
    pub(super) waiting: Level,
    pub(super) facts: StageFacts,
    /// Sum of all spells of waiting that are over, in microseconds.
    pub(super) waited: u128,
    /// The call-ins that watch it.
    pub(super) watched_by: Vec<usize>,
}

impl<'a> StageDesk<'a> {
    pub(super) fn new(idx: usize, router: &Router<'a>, teams: Vec<usize>) -> Self {
        let Router { plan, shortcuts, window, clocks, .. } = *router;
        let stage = &plan.stages[idx];
        let n_classes = plan.classes.len();
        Self {
            stage,
            idx,
            ways: &shortcuts.stages[idx],
            is_last: shortcuts.all_end(idx),
            leads_to_fork: shortcuts.stages[idx].iter().any(|way| matches!(way.next, Next::Fork(_))),
            enters: clocks.watches(ClockEvent::Enters(idx)),
            starts: clocks.watches(ClockEvent::Starts(idx)),
            leaves: clocks.watches(ClockEvent::Leaves(idx)),
            leaves_platform: match stage.platform {
                Some(platform) => clocks.watches(ClockEvent::LeavesPlatform(platform)),
                None => &[],
            },
            teams,
            line: WaitingLine::new(&stage.discipline, n_classes, stage.patience.is_some()),
            waiting: Level::new(window),
            facts: StageFacts {
                arrivals: vec![0; n_classes],
                reneged_by_class: vec![0; n_classes],
                blocked_by_class: vec![0; n_classes],
                waiting_time: vec![Histogram::default(); n_classes],
                ..StageFacts::default()
            },
            waited: 0,
            watched_by: Vec::new(),
        }
    }

    /// A case comes.
    #[inline]
    pub(super) fn count_arrival(&mut self, case: &Case) {
        self.facts.arrivals[case.class as usize] += u64::from(case.counted);
    }

    /// A visit is completed.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "stations spend their time here")]
    pub(super) fn count_visit(&mut self, case: &Case, waited: Duration, worked: Duration) {
        if case.counted {
            self.facts.waiting_time[case.class as usize].record(waited);
            self.facts.service_time.record(worked);
        }
    }

    /// Counts who still waits and closes the books.
    ///
    /// # Panics
    ///
    /// If Little's law does not hold on the sample path, in integers: the area under the number waiting is the sum of
    /// the times spent waiting.
    pub(super) fn close(self, router: &Router<'_>, facts: &mut Facts) {
        let end = router.window.to();
        let mut waited = self.waited;
        for case in self.line.drain() {
            waited += u128::from(end.since(case.at).as_micros());
            router.still_open(&case, facts);
        }
        let waiting = self.waiting.finish();
        assert_eq!(waiting.area, waited, "Little's law at stage `{}`", self.stage.name);
        facts.stages[self.idx] = StageFacts { waiting, ..self.facts };
    }
}
