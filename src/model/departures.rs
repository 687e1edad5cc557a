//! Cases whose work at a station is done, and what becomes of them.
//!
//! They are counted and sent on some at a go: what becomes of one does not concern the station any more, and the random
//! numbers of many cases are drawn faster in a row than one by one between events.

use super::case::Case;
use super::facts::Facts;
use super::people::TeamDesk;
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

    /// Counts the cases for their stage and its team, and sends them on to the processes (`homes`) of the stages they are
    /// bound for.
    pub(super) fn send_on(
        &mut self,
        router: &Router<'a>,
        (desk, team): (&mut StageDesk<'a>, &mut TeamDesk),
        homes: &[usize],
        facts: &mut Facts,
        outbox: &mut Outbox<Box<Case>>,
    ) {
        self.count(desk, team);
        if !desk.leaves.is_empty() || desk.stage.platform.is_some() {
            self.tell(router, desk, facts);
        }
        if desk.is_last {
            self.end(router, facts);
            outbox.discard_all(self.cases.drain(..).map(|departure| departure.case));
            self.passages.clear();
            return;
        }
        let mut any_at_fork = desk.leads_to_fork;
        while any_at_fork {
            any_at_fork = self.decide_forks(router);
        }
        for (departure, passage) in self.cases.drain(..).zip(self.passages.drain(..)) {
            let Departure { mut case, ended, .. } = departure;
            let Passage { delay, way } = passage;
            if router.take_last(&mut case, ended, delay, way, facts) {
                outbox.send(homes[case.stage as usize], case);
            } else {
                outbox.discard(case);
            }
        }
    }

    /// Counts the visits, and sees which way leads on from each.
    fn count(&mut self, desk: &mut StageDesk<'a>, team: &mut TeamDesk) {
        let ways = desk.ways;
        let (mut all_waited, mut all_worked) = (0, 0);
        for Departure { case, began, ended } in &mut self.cases {
            let (waited, worked) = (began.since(case.at), ended.since(*began));
            case.waiting += waited;
            case.handling += worked;
            all_waited += u128::from(waited.as_micros());
            all_worked += u128::from(worked.as_micros());
            desk.count_visit(case, waited, worked);
            self.passages.push(Passage { delay: Duration::ZERO, way: &ways[case.class as usize] });
        }
        desk.waited += all_waited;
        team.work_done += all_worked;
    }

    /// Counts the ends of cases that all end here.
    fn end(&mut self, router: &Router<'_>, facts: &mut Facts) {
        for (Departure { case, ended, .. }, passage) in self.cases.iter().zip(&self.passages) {
            if let Next::End(outcome) = passage.way.next {
                router.count_end(case, outcome, *ended, facts);
            }
        }
    }

    /// Tells the clocks that look, and the platform, that the cases have left.
    #[inline(never)]
    fn tell(&mut self, router: &Router<'_>, desk: &StageDesk<'_>, facts: &mut Facts) {
        for Departure { case, ended, .. } in &mut self.cases {
            router.notify(desk.leaves, case, *ended, facts);
            if let Some(platform) = desk.stage.platform {
                let arrived = case.at;
                router.answered(platform, case, arrived, *ended, facts);
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
