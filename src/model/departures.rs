//! Cases that leave a station, and what becomes of them.
//!
//! They are counted and sent on some at a go: what becomes of one does not concern the station any more, and the random
//! numbers of many cases are drawn faster in a row than one by one between events.

use std::hint::black_box;

use super::case::Case;
use super::facts::Facts;
use super::people::TeamDesk;
use super::routing::Router;
use super::shortcuts::{Next, Shortcut};
use super::stage_desk::StageDesk;
use crate::engine::Outbox;
use crate::units::{Duration, Time};

/// Cases that leave a stage: in order of time, or of when work on them began where nobody waits for them.
#[derive(Debug, Default)]
pub(super) struct Departures<'a> {
    cases: Vec<Departure>,
    /// One for each of them.
    passages: Vec<Passage<'a>>,
    /// The positions of those that stand at a fork.
    at_fork: Vec<u32>,
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
    /// Work on a case has ended, or will have: that makes no difference where nobody waits for it. The case itself is
    /// not looked at here: in a large station it is in no cache, and many are fetched faster in a row.
    #[inline]
    pub(super) fn push(&mut self, case: Box<Case>, began: Time, ended: Time) {
        self.cases.push(Departure { case, began, ended });
    }

    /// When work on each of them began and ended.
    pub(super) fn spans(&self) -> impl Iterator<Item = (Time, Time)> {
        self.cases.iter().map(|departure| (departure.began, departure.ended))
    }

    /// Number of cases that have not been sent on.
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
        self.fetch();
        self.count(desk, team, facts);
        if !desk.starts.is_empty() || !desk.leaves.is_empty() || !desk.leaves_platform.is_empty() {
            self.tell(router, desk, facts);
        }
        if desk.is_last {
            self.end(router, desk.ways, facts);
            outbox.discard_all(self.cases.drain(..).map(|departure| departure.case));
            return;
        }
        let begin = |departure: &Departure| Passage {
            delay: Duration::ZERO,
            way: &desk.ways[departure.case.class as usize],
        };
        self.passages.extend(self.cases.iter().map(begin));
        if desk.leads_to_fork {
            self.decide_forks(router);
        }
        self.take_last(router, facts, |case, goes_on| {
            if goes_on { outbox.send(homes[case.stage as usize], case) } else { outbox.discard(case) }
        });
    }

    /// A case that has been counted is on its way from `at` on, after `delay` on the ways before.
    #[inline]
    pub(super) fn push_on_way(&mut self, case: Box<Case>, at: Time, delay: Duration, way: &'a Shortcut) {
        self.cases.push(Departure { case, began: at, ended: at });
        self.passages.push(Passage { delay, way });
    }

    /// Cases on their way go to where it leads: `hand_on` is given each, and whether it goes on to a queue.
    pub(super) fn go_on(
        &mut self,
        router: &Router<'a>,
        facts: &mut Facts,
        hand_on: impl FnMut(Box<Case>, bool),
    ) {
        self.decide_forks(router);
        self.take_last(router, facts, hand_on);
    }

    fn take_last(
        &mut self,
        router: &Router<'a>,
        facts: &mut Facts,
        mut hand_on: impl FnMut(Box<Case>, bool),
    ) {
        for (departure, passage) in self.cases.drain(..).zip(self.passages.drain(..)) {
            let Departure { mut case, ended, .. } = departure;
            let Passage { delay, way } = passage;
            let goes_on = router.take_last(&mut case, ended, delay, way, facts);
            hand_on(case, goes_on);
        }
    }

    /// Looks at every case, and does nothing with it: those of a large team lie in no near cache, and a processor fetches
    /// many at a time where nothing else is to be done with them.
    fn fetch(&self) {
        let both_ends = |departure: &Departure| departure.case.id ^ departure.case.propagation.as_micros();
        black_box(self.cases.iter().map(both_ends).fold(0, |sum, ends| sum ^ ends));
    }

    /// Counts the visits, and the platform's answers where they are such.
    fn count(&mut self, desk: &mut StageDesk<'a>, team: &mut TeamDesk, facts: &mut Facts) {
        let mut answers = desk.stage.platform.map(|platform| facts.platforms[platform].as_mut_slice());
        let (mut all_waited, mut all_worked) = (0, 0);
        for Departure { case, began, ended } in &mut self.cases {
            let (waited, worked) = (began.since(case.at), ended.since(*began));
            case.waiting += waited;
            case.handling += worked;
            all_waited += u128::from(waited.as_micros());
            all_worked += u128::from(worked.as_micros());
            desk.count_visit(case, waited, worked);
            if let Some(answers) = &mut answers {
                answers[case.class as usize].count_answer(case, waited + worked);
            }
        }
        desk.waited += all_waited;
        team.work_done += all_worked;
    }

    /// Counts the ends of cases that all end here.
    fn end(&mut self, router: &Router<'_>, ways: &[Shortcut], facts: &mut Facts) {
        for Departure { case, ended, .. } in &self.cases {
            if let Next::End(outcome) = ways[case.class as usize].next {
                router.count_end(case, outcome, *ended, facts);
            }
        }
    }

    /// Tells the clocks that look when work on the cases began and that they have left: sooner, nobody would have asked.
    #[inline(never)]
    fn tell(&mut self, router: &Router<'_>, desk: &StageDesk<'_>, facts: &mut Facts) {
        for Departure { case, began, ended } in &mut self.cases {
            router.notify(desk.starts, case, *began, facts);
            router.notify(desk.leaves, case, *ended, facts);
            router.notify(desk.leaves_platform, case, *ended, facts);
        }
    }

    /// Sends those that stand at a fork down one of its arms, until none does.
    fn decide_forks(&mut self, router: &Router<'a>) {
        let Self { cases, passages, at_fork } = self;
        at_fork.clear();
        at_fork.extend(0..cases.len() as u32);
        let mut n_at_fork = keep_at_fork(at_fork, passages);
        while n_at_fork > 0 {
            at_fork.truncate(n_at_fork);
            for &position in at_fork.iter() {
                let passage = &mut passages[position as usize];
                if let Next::Fork(fork) = passage.way.next
                    && let Some(fork) = &router.shortcuts.forks[fork]
                {
                    passage.delay += passage.way.delay;
                    passage.way = fork.arm(router.key, cases[position as usize].case.id);
                }
            }
            n_at_fork = keep_at_fork(at_fork, passages);
        }
    }
}

/// Moves the positions of passages at a fork to the front; how many there are. Chance decides which are: a branch would
/// be guessed wrong often, and so there is none.
fn keep_at_fork(positions: &mut [u32], passages: &[Passage<'_>]) -> usize {
    let mut n_kept = 0;
    for i in 0..positions.len() {
        let position = positions[i];
        positions[n_kept] = position;
        n_kept += usize::from(matches!(passages[position as usize].way.next, Next::Fork(_)));
    }
    n_kept
}
