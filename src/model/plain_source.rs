//! The process of a plain source: one stream of single reports, which call forth no others.
//!
//! It gives the same facts as [`SourceProcess`](super::source::SourceProcess), which can do more, and goes about it in
//! rows: some arrivals are drawn, with their work if all go to one stage, then counted, then made cases. The layout chooses it where a plan allows
//! (`Layout::plain_sources`), and a test compares the two on random plans.

use std::ops::Range;

use super::case::Case;
use super::clocks::Watch;
use super::decisions::{Decision, SourceDecision};
use super::facts::{Facts, count_in};
use super::halt::{Halt, IN_FLIGHT, Limits, Pace};
use super::plan::{Arrivals, ClockEvent, ReportStream, StageIdx};
use super::routing::Router;
use super::shortcuts::{Next, Shortcut};
use super::source::{Mix, fresh};
use super::steady::AT_A_GO;
use crate::engine::Outbox;
use crate::random::RateCursor;
use crate::statistics::BucketCursor;
use crate::units::{Duration, Time};

/// A plain source at work.
#[derive(Debug)]
pub(super) struct PlainSource<'a> {
    router: Router<'a>,
    stream: &'a ReportStream,
    /// The high bits of its cases' ids.
    base: u64,
    /// Number of reports sent.
    sent: u64,
    /// Where a Poisson process has come to.
    cursor: Option<RateCursor>,
    mix: Mix,
    /// The reports to come that have been drawn, the next at `next`.
    ahead: Vec<Report>,
    next: usize,
    /// The time of the last that has been drawn.
    drawn_to: Time,
    /// The clocks that look when a report is sent.
    watches: &'a [Watch],
    /// The ways on from it, by class.
    ways: &'a [Shortcut],
    /// The stage that every report goes to at once, where there is such a one and no clock looks.
    only_stage: Option<StageIdx>,
    buckets: BucketCursor,
    homes: &'a [usize],
    limits: Limits<'a>,
    pace: Pace<'a>,
    facts: Facts,
}

/// A report to come.
#[derive(Debug, Clone, Copy)]
struct Report {
    time: Time,
    class: u8,
    /// The work at the only stage; zero where there is no such one.
    work: Duration,
}

/// Whether a source of these streams is plain.
pub(super) fn is_plain(streams: &[ReportStream]) -> bool {
    matches!(streams, [only] if only.is_single() && !matches!(only.arrivals, Arrivals::Trace(_)))
}

impl<'a> PlainSource<'a> {
    /// The process of source number `source`, whose cases are numbered from `base` on.
    pub(super) fn new(
        router: Router<'a>,
        source: usize,
        base: u64,
        homes: &'a [usize],
        limits: Limits<'a>,
    ) -> Self {
        let stream = &router.plan.sources[source].streams[0];
        let watches = router.clocks.watches(ClockEvent::Sent);
        let ways: &[Shortcut] = &router.shortcuts.sources[source];
        Self {
            stream,
            base,
            sent: 0,
            cursor: match &stream.arrivals {
                Arrivals::Poisson(curve) => Some(curve.cursor()),
                Arrivals::Renewal(_) | Arrivals::Trace(_) => None,
            },
            mix: Mix::new(&stream.mix),
            ahead: Vec::with_capacity(AT_A_GO),
            next: 0,
            drawn_to: Time::ZERO,
            watches,
            ways,
            only_stage: if watches.is_empty() { only_stage(ways) } else { None },
            buckets: BucketCursor::default(),
            homes,
            pace: Pace::new(limits),
            limits,
            facts: Facts::empty(router.plan),
            router,
        }
    }

    /// Sends all reports due before `until`, in order of time.
    pub(super) fn advance(&mut self, until: Time, outbox: &mut Outbox<Box<Case>>) -> Result<(), Halt> {
        let until = until.min(self.router.window.to());
        let before = self.sent;
        loop {
            if self.next == self.ahead.len() {
                self.draw_ahead();
            }
            let due = self.ahead[self.next..].partition_point(|report| report.time < until);
            if due == 0 {
                return Ok(());
            }
            let row = self.next..self.next + due;
            self.next += due;
            self.pace.look()?;
            self.check(self.sent - before, &self.ahead[row.clone()])?;
            self.count(row.clone());
            match self.only_stage {
                Some(stage) => self.send_all(row, stage, outbox),
                None => row.for_each(|i| self.send(self.ahead[i], outbox)),
            }
        }
    }

    /// What it saw.
    pub(super) fn finish(self) -> Facts {
        self.facts
    }

    /// Draws the next arrivals. One stream of random numbers gives an interval and a class.
    fn draw_ahead(&mut self) {
        self.next = 0;
        self.ahead.clear();
        let Self { router, stream, base, sent, cursor, mix, drawn_to, .. } = self;
        let (key, decision) = (router.key, SourceDecision::Arrival as u32);
        let id = |i: usize| *base | (*sent + i as u64);
        let blocks: [[u64; 2]; AT_A_GO] = std::array::from_fn(|i| key.block(id(i), decision));
        let draws = blocks.into_iter().enumerate().map(|(i, block)| key.stream_from(id(i), decision, block));
        match (&stream.arrivals, cursor) {
            (Arrivals::Poisson(curve), Some(cursor)) => self.ahead.extend(draws.map(|mut draw| {
                *drawn_to = cursor.advance(curve, draw.exponential());
                Report { time: *drawn_to, class: mix.draw(&mut draw), work: Duration::ZERO }
            })),
            (Arrivals::Renewal(interval), _) => self.ahead.extend(draws.map(|mut draw| {
                *drawn_to = *drawn_to + interval.sample(&mut draw);
                Report { time: *drawn_to, class: mix.draw(&mut draw), work: Duration::ZERO }
            })),
            _ => unreachable!("a trace is no plain source"),
        }
        if let Some(stage) = self.only_stage {
            self.draw_work(stage);
        }
    }

    /// Draws the work that they will be at the stage that they all go to at once. The stage would draw the same; but it
    /// mostly has more to do than its source, and may be on another thread.
    fn draw_work(&mut self, stage: StageIdx) {
        let Self { router, base, sent, ahead, .. } = self;
        let (key, code) = (router.key, router.decisions.code_of_first_visit(Decision::Work(stage)));
        let work = &router.plan.stages[stage].work;
        let id = |i: usize| *base | (*sent + i as u64);
        let blocks: [[u64; 2]; AT_A_GO] = std::array::from_fn(|i| key.block(id(i), code));
        for (i, (report, block)) in ahead.iter_mut().zip(blocks).enumerate() {
            report.work = work[report.class as usize].sample(&mut key.stream_from(id(i), code, block));
        }
    }

    /// Whether a row may be sent after so many in this epoch.
    fn check(&self, sent_before: u64, row: &[Report]) -> Result<(), Halt> {
        let allowed = self.limits.max_in_system.saturating_add(IN_FLIGHT).saturating_sub(sent_before);
        match usize::try_from(allowed).ok().and_then(|allowed| row.get(allowed)) {
            Some(too_many) => {
                Err(self.limits.too_many(self.limits.max_in_system.saturating_add(1), too_many.time, None))
            }
            None => Ok(()),
        }
    }

    /// Counts reports that are sent.
    fn count(&mut self, row: Range<usize>) {
        let Self { router, ahead, buckets, facts, pace, .. } = self;
        facts.sent += row.len() as u64;
        for report in &ahead[row] {
            pace.reach(report.time);
            let class = &mut facts.classes[report.class as usize];
            class.reports += u64::from(report.time >= router.window.from());
            count_in(&mut class.reports_by_bucket, buckets.bucket_of(report.time, &router.window));
        }
    }

    /// Sends reports that all go to one stage at once.
    fn send_all(&mut self, row: Range<usize>, stage: StageIdx, outbox: &mut Outbox<Box<Case>>) {
        let Self { router, base, sent, ahead, homes, .. } = self;
        let from = router.window.from();
        // what is the same for all of them
        let mut bound = Case::new(0, 0, Time::ZERO, false);
        router.bind(&mut bound, stage, Time::ZERO);
        outbox.send_each(homes[stage], &ahead[row], |spent, &Report { time, class, work }| {
            let mut case = fresh(spent, *base | *sent, class, time, time >= from);
            case.go_where(&bound);
            case.work = work;
            *sent += 1;
            case
        });
    }

    /// Sends a report wherever its way leads.
    fn send(&mut self, Report { time, class, .. }: Report, outbox: &mut Outbox<Box<Case>>) {
        let Self { router, facts, .. } = self;
        let counted = time >= router.window.from();
        let mut case = fresh(outbox.reuse(), self.base | self.sent, class, time, counted);
        self.sent += 1;
        router.notify(self.watches, &mut case, time, facts);
        if router.forward(&mut case, time, &self.ways[class as usize], facts) {
            outbox.send(self.homes[case.stage as usize], case);
        } else {
            outbox.discard(case);
        }
    }
}

/// The stage that all classes go to at once.
fn only_stage(ways: &[Shortcut]) -> Option<StageIdx> {
    let Next::Queue(stage) = ways.first()?.next else { return None };
    ways.iter().all(|way| way.is_direct() && way.next == Next::Queue(stage)).then_some(stage)
}
