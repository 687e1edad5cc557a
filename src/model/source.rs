//! The process of a source: when reports come, and of which class.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::case::Case;
use super::clocks::Watch;
use super::decisions::SourceDecision;
use super::facts::{Facts, count_in};
use super::halt::{Halt, IN_FLIGHT, Limits, Pace};
use super::plan::{Arrivals, BatchSize, ClockEvent, ReportStream, TraceRow};
use super::routing::Router;
use super::shortcuts::Shortcut;
use crate::engine::Outbox;
use crate::random::{Categorical, RateCursor, Stream};
use crate::statistics::BucketCursor;
use crate::units::{Duration, Time};

/// Bits of a case's id that number it within its stream: a million million reports.
pub(super) const SEQUENCE_BITS: u32 = 40;

/// A source at work.
#[derive(Debug)]
pub(super) struct SourceProcess<'a> {
    router: Router<'a>,
    streams: Vec<StreamState<'a>>,
    /// The clocks that look when a report is sent.
    watches: &'a [Watch],
    /// The ways on from it, by class.
    ways: &'a [Shortcut],
    buckets: BucketCursor,
    homes: &'a [usize],
    limits: Limits<'a>,
    pace: Pace<'a>,
    facts: Facts,
}

/// One stream of a source at work.
#[derive(Debug)]
struct StreamState<'a> {
    stream: &'a ReportStream,
    /// The high bits of its cases' ids.
    base: u64,
    /// Number of arrivals drawn.
    arrivals: u64,
    ahead: Ahead,
    /// Number of reports sent.
    reports: u64,
    cursor: Option<RateCursor>,
    /// The mix of classes.
    mix: Mix,
    next: Arrival,
    /// Reports still to come that earlier ones called forth: time, then the order in which they were called.
    offspring: BinaryHeap<Reverse<(Time, u64, u8)>>,
    called: u64,
}

/// So many arrivals are drawn at a go.
const DRAWN_AHEAD: usize = 64;

/// What has been drawn for the arrivals to come.
#[derive(Debug)]
struct Ahead {
    drawn: Vec<Drawn>,
    /// The first that has not been used.
    next: usize,
}

/// What is drawn for an arrival.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    /// By how much the cumulative rate of a Poisson process grows until then.
    unit: f64,
    /// The interval of a renewal process.
    interval: Duration,
    count: u32,
    class: Option<u8>,
}

/// The next arrival of a stream.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    time: Time,
    count: u32,
    /// Known from a trace, or drawn together with a single arrival.
    class: Option<u8>,
}

impl<'a> SourceProcess<'a> {
    /// The process of source number `source`, whose streams' cases are numbered from `bases` on.
    pub(super) fn new(
        router: Router<'a>,
        source: usize,
        bases: &[u64],
        homes: &'a [usize],
        limits: Limits<'a>,
    ) -> Self {
        let plan = router.plan;
        let facts = Facts::empty(plan);
        let streams = plan.sources[source]
            .streams
            .iter()
            .zip(bases)
            .map(|(stream, &base)| StreamState::new(stream, base, &router))
            .collect();
        Self {
            streams,
            buckets: BucketCursor::default(),
            watches: router.clocks.watches(ClockEvent::Sent),
            ways: &router.shortcuts.sources[source],
            homes,
            pace: Pace::new(limits),
            limits,
            facts,
            router,
        }
    }

    /// Sends all reports due before `until`, in order of time; at one time, by stream.
    pub(super) fn advance(&mut self, until: Time, outbox: &mut Outbox<Box<Case>>) -> Result<(), Halt> {
        let until = until.min(self.router.window.to());
        let mut sent = 0_u64;
        loop {
            let (time, i) = self.next();
            if time >= until {
                return Ok(());
            }
            self.pace.event(time)?;
            let (count, class) = self.streams[i].take(&self.router);
            for _ in 0..count {
                let class = class.unwrap_or_else(|| self.streams[i].draw_class(&self.router));
                self.send(i, time, class, outbox);
            }
            sent += u64::from(count);
            self.limits.check(sent.saturating_sub(IN_FLIGHT), time, None)?;
        }
    }

    /// What it saw.
    pub(super) fn finish(self) -> Facts {
        self.facts
    }

    /// When the next report comes, and from which stream.
    fn next(&self) -> (Time, usize) {
        let times = self.streams.iter().enumerate().map(|(i, stream)| (stream.next_time(), i));
        times.min().unwrap_or((Time::NEVER, 0))
    }

    #[inline]
    fn send(&mut self, stream: usize, time: Time, class: u8, outbox: &mut Outbox<Box<Case>>) {
        let Self { router, streams, facts, buckets, .. } = self;
        let state = &mut streams[stream];
        let id = state.base | state.reports;
        state.reports += 1;
        let counted = time >= router.window.from();
        facts.sent += 1;
        let class_facts = &mut facts.classes[class as usize];
        class_facts.reports += u64::from(counted);
        count_in(&mut class_facts.reports_by_bucket, buckets.bucket_of(time, &router.window));
        let mut case = fresh(outbox.reuse(), id, class, time, counted);
        router.notify(self.watches, &mut case, time, facts);
        if let Some(exciting) = state.stream.self_exciting {
            state.call_forth(exciting.branching, exciting.decay, &case, router);
        }
        if router.forward(&mut case, time, &self.ways[class as usize], facts) {
            outbox.send(self.homes[case.stage as usize], case);
        } else {
            outbox.discard(case);
        }
    }
}

impl<'a> StreamState<'a> {
    fn new(stream: &'a ReportStream, base: u64, router: &Router<'_>) -> Self {
        let cursor = match &stream.arrivals {
            Arrivals::Poisson(curve) => Some(curve.cursor()),
            Arrivals::Renewal(_) | Arrivals::Trace(_) => None,
        };
        let next = Arrival { time: Time::ZERO, count: 0, class: None };
        let mut state = Self {
            stream,
            base,
            arrivals: 0,
            ahead: Ahead { drawn: Vec::with_capacity(DRAWN_AHEAD), next: 0 },
            reports: 0,
            cursor,
            mix: Mix::new(&stream.mix),
            next,
            offspring: BinaryHeap::new(),
            called: 0,
        };
        state.draw_next(router);
        state
    }

    /// When its next report comes.
    #[inline]
    fn next_time(&self) -> Time {
        match self.offspring.peek() {
            Some(Reverse((time, _, _))) => self.next.time.min(*time),
            None => self.next.time,
        }
    }

    /// The next arrival: how many reports, and their class where it is known.
    #[inline]
    fn take(&mut self, router: &Router<'_>) -> (u32, Option<u8>) {
        if let Some(Reverse((time, _, class))) = self.offspring.peek().copied()
            && time < self.next.time
        {
            self.offspring.pop();
            return (1, Some(class));
        }
        let taken = (self.next.count, self.next.class);
        self.draw_next(router);
        taken
    }

    /// Finds the next arrival.
    #[inline]
    fn draw_next(&mut self, router: &Router<'_>) {
        if let Arrivals::Trace(rows) = &self.stream.arrivals {
            self.next = arrival_of(rows.get(self.arrivals as usize));
            self.arrivals += 1;
            return;
        }
        if self.ahead.next == self.ahead.drawn.len() {
            self.draw_ahead(router);
        }
        let Drawn { unit, interval, count, class } = self.ahead.drawn[self.ahead.next];
        self.ahead.next += 1;
        let time = match (&self.stream.arrivals, &mut self.cursor) {
            (Arrivals::Poisson(curve), Some(cursor)) => cursor.advance(curve, unit),
            _ => self.next.time + interval,
        };
        self.next = Arrival { time, count, class };
    }

    /// Draws for the next arrivals at a go: one draw does not wait for another, as it would in the course of events. One
    /// stream of random numbers gives an interval and, for a single report, its class.
    #[inline(never)]
    fn draw_ahead(&mut self, router: &Router<'_>) {
        let ReportStream { arrivals, batch, .. } = self.stream;
        let single = self.stream.is_single();
        self.ahead.next = 0;
        self.ahead.drawn.clear();
        let (key, decision) = (router.key, SourceDecision::Arrival as u32);
        let id = |i: usize| self.base | (self.arrivals + i as u64);
        let blocks: [[u64; 2]; DRAWN_AHEAD] = std::array::from_fn(|i| key.block(id(i), decision));
        for (i, block) in blocks.into_iter().enumerate() {
            let mut draw = key.stream_from(id(i), decision, block);
            let mut drawn = Drawn { unit: 0.0, interval: Duration::ZERO, count: 1, class: None };
            match arrivals {
                Arrivals::Poisson(_) => drawn.unit = draw.exponential(),
                Arrivals::Renewal(interval) => drawn.interval = interval.sample(&mut draw),
                Arrivals::Trace(_) => {}
            }
            if single {
                drawn.class = Some(self.mix.draw(&mut draw));
            } else {
                let mut draw = key.stream(id(i), SourceDecision::Batch as u32);
                drawn.count = batch_size(*batch, &mut draw);
            }
            self.ahead.drawn.push(drawn);
        }
        self.arrivals += DRAWN_AHEAD as u64;
    }

    fn draw_class(&self, router: &Router<'_>) -> u8 {
        let id = self.base | self.reports;
        self.mix.draw(&mut router.key.stream(id, SourceDecision::Class as u32))
    }

    /// The reports that a report calls forth, each after a delay of its own.
    fn call_forth(&mut self, branching: f64, decay: Duration, parent: &Case, router: &Router<'_>) {
        let mut draw = router.key.stream(parent.id, SourceDecision::Offspring as u32);
        for _ in 0..draw.poisson(branching) {
            let unit = draw.exponential();
            let time = parent.sent + Duration::from_secs_f64(unit * decay.as_secs_f64());
            if time < router.window.to() {
                self.offspring.push(Reverse((time, self.called, parent.class)));
                self.called += 1;
            }
        }
    }
}

fn arrival_of(row: Option<&TraceRow>) -> Arrival {
    row.map_or(Arrival { time: Time::NEVER, count: 0, class: None }, |row| Arrival {
        time: row.time,
        count: row.count,
        class: row.class.map(|class| class as u8),
    })
}

/// A fresh case, in the memory of one that is done with where there is one.
#[inline]
#[expect(clippy::unnecessary_box_returns, reason = "cases are passed on in boxes")]
pub(super) fn fresh(spent: Option<Box<Case>>, id: u64, class: u8, sent: Time, counted: bool) -> Box<Case> {
    match spent {
        Some(mut case) => {
            case.renew(id, class, sent, counted);
            case
        }
        None => Box::new(Case::new(id, class, sent, counted)),
    }
}

/// The mix of a stream's classes, made ready to draw from.
#[derive(Debug)]
pub(super) enum Mix {
    One,
    Several(Categorical),
}

impl Mix {
    pub(super) fn new(shares: &[f64]) -> Self {
        if shares.len() == 1 { Self::One } else { Self::Several(Categorical::new(shares.iter().copied())) }
    }

    /// The class that the next uniform number falls on; where there is only one, none is drawn.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "out of line, it would need the stream in memory")]
    pub(super) fn draw(&self, draw: &mut Stream) -> u8 {
        match self {
            Self::One => 0,
            Self::Several(categorical) => categorical.pick(draw.uniform()) as u8,
        }
    }
}

fn batch_size(batch: BatchSize, draw: &mut Stream) -> u32 {
    match batch {
        BatchSize::Fixed(size) => size,
        BatchSize::Uniform { min, max } => {
            let choices = f64::from(max) - f64::from(min) + 1.0;
            (f64::from(min) + (draw.uniform() * choices).floor()).min(f64::from(max)) as u32
        }
        BatchSize::Geometric { mean } => {
            // inversion: the number of trials up to the first success of probability 1/mean
            let failure = 1.0 - 1.0 / mean;
            let trials = if failure <= 0.0 {
                0.0
            } else {
                (libm::log(1.0 - draw.uniform()) / libm::log(failure)).floor()
            };
            (trials + 1.0).min(f64::from(u32::MAX)) as u32
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use crate::engine::Execution;
    use crate::model::{Halt, Model, RunOptions};
    use crate::scenario::compile_text;

    /// A second of a hundred million reports within years of one a day, which no epoch foresees.
    fn burst(source: &str) -> Option<Halt> {
        let text = format!(
            r#"
            title = "burst"
            start = 2025-01-01T00:00:00
            zone = "UTC"
            duration = "3650 days"
            bucket = "2 days"
            classes = ["all"]
            [source.s]
            rate = "1/day"
            {source}
            to = "a"
            [team.p]
            staff = 4
            [stage.a]
            team = "p"
            work = "1h"
            to = "removed"
            [[intervention]]
            name = "x"
            at = 2026-03-03T00:00:00
            until = 2026-03-03T00:00:01
            set = {{ "source.s.rate" = "100000000/s" }}
            "#
        );
        let scenario = compile_text("burst.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        let model = Model::new(scenario.plan).unwrap_or_else(|error| panic!("{error}"));
        let cancel = AtomicBool::new(false);
        let options = RunOptions {
            seed: 1,
            replication: 0,
            max_in_system: 1000,
            cancel: &cancel,
            execution: Execution::default(),
        };
        model.simulate(&options).err()
    }

    #[test]
    fn the_limit_ends_a_burst_before_it_is_all_in_memory() {
        for source in ["", "self_exciting = { branching = 1e-9, decay = \"1s\" }"] {
            let halt = burst(source);
            let there = match &halt {
                Some(Halt::TooManyInSystem { there, .. }) => *there,
                other => panic!("{other:?}"),
            };
            assert!(there <= 1001, "{source:?}: {there}");
        }
    }
}
