//! Cases whose work at a station is done, and what becomes of them.
//!
//! They are counted and sent on some at a go: what becomes of one does not concern the station any more, and the random
//! numbers of many cases are drawn faster in a row than one by one between events.

use super::case::Case;
use super::facts::Facts;
use super::plan::ClockEvent;
use super::routing::Router;
use super::shortcuts::{Next, Shortcut};
use super::stage_desk::StageDesk;
use crate::engine::Outbox;
use crate::units::{Duration, Time};

/// Cases that have left a stage, in order of time.
#[derive(Debug, Default)]
pub(super) struct Departures<'a> {
    cases: Vec<Departure>,
    /// One for each of them.
    passages: Vec<Passage<'a>>,
}

#[derive(Debug)]
struct Departure {
    case: Box<Case>,
    /// When work on it began and ended.
    began: Time,
    ended: Time,
}

/// How far a case has come on its way.
#[derive(Debug)]
struct Passage<'a> {
    /// The delay of the ways that it has taken so far.
    delay: Duration,
    /// The way it takes next.
    way: &'a Shortcut,
}

impl<'a> Departures<'a> {
    /// Work on a case has ended. The case itself is not looked at here: in a large station it is in no cache, and many
    /// are fetched faster in a row.
    #[inline]
    pub(super) fn push(&mut self, case: Box<Case>, began: Time, ended: Time) {
        self.cases.push(Departure { case, began, ended });
    }

    /// Number of cases that have left and have not been sent on.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.cases.len()
    }

    /// Counts the cases and sends them on to the processes (`homes`) of the stages they are bound for.
    pub(super) fn send_on(
        &mut self,
        router: &Router<'a>,
        desk: &mut StageDesk<'a>,
        homes: &[usize],
        facts: &mut Facts,
        outbox: &mut Outbox<Box<Case>>,
    ) {
        let ways = desk.ways;
        let begin = |departure: &Departure| Passage {
            delay: Duration::ZERO,
            way: &ways[departure.case.class as usize],
        };
        self.passages.extend(self.cases.iter().map(begin));
        let mut any_at_fork = desk.leads_to_fork;
        while any_at_fork {
            any_at_fork = self.decide_forks(router);
        }
        for (mut departure, passage) in self.cases.drain(..).zip(self.passages.drain(..)) {
            departure.count(router, desk, facts);
            let Departure { mut case, ended, .. } = departure;
            let Passage { delay, way } = passage;
            if router.take_last(&mut case, ended, delay, way, facts) {
                outbox.send(homes[case.stage as usize], case);
            } else {
                outbox.discard(case);
            }
        }
    }

    /// Sends those that stand at a fork down one of its arms; whether any stands at another then.
    fn decide_forks(&mut self, router: &Router<'a>) -> bool {
        let mut any_at_fork = false;
        for (Departure { case, .. }, passage) in self.cases.iter().zip(&mut self.passages) {
            if let Next::Fork(choice) = passage.way.next
                && let Some(fork) = &router.shortcuts.forks[choice][case.class as usize]
            {
                passage.delay += passage.way.delay;
                passage.way = fork.arm(router.key, case.id);
                any_at_fork |= matches!(passage.way.next, Next::Fork(_));
            }
        }
        any_at_fork
    }
}

impl Departure {
    #[inline]
    fn count(&mut self, router: &Router<'_>, desk: &mut StageDesk<'_>, facts: &mut Facts) {
        let Self { case, began, ended, .. } = self;
        let (now, arrived) = (*ended, case.at);
        let (waited, worked) = (began.since(arrived), now.since(*began));
        case.waiting += waited;
        case.handling += worked;
        desk.waited += u128::from(waited.as_micros());
        desk.count_visit(case, waited, worked);
        router.pass(ClockEvent::Leaves(desk.idx), case, now, facts);
        if let Some(platform) = desk.stage.platform {
            router.answered(platform, case, arrived, now, facts);
        }
    }
}
