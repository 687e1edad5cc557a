//! From one stage to the next: choices, channels and platforms on the way, or an end.
//!
//! None of these has state that cases share, so whoever lets a case go sends it to its next queue, without an event
//! in between; only what has a queue is a process.

use super::case::Case;
use super::clocks::{Clocks, Watch};
use super::decisions::{Decision, Decisions};
use super::facts::{Facts, count_in};
use super::plan::{Answers, Channel, ClockEvent, Outcome, Place, Plan, PlatformIdx, Silence, StageIdx};
use super::shortcuts::{Next, Shortcut, Shortcuts};
use super::steady::AT_A_GO;
use crate::calendar::Intervals;
use crate::random::{ReplicationKey, Stream};
use crate::statistics::Window;
use crate::units::{Duration, Time};

/// What walking cases through a plan needs.
#[derive(Debug)]
pub(super) struct Router<'a> {
    pub(super) plan: &'a Plan,
    pub(super) clocks: &'a Clocks,
    pub(super) decisions: &'a Decisions,
    pub(super) shortcuts: &'a Shortcuts,
    pub(super) window: Window,
    pub(super) key: ReplicationKey,
}

impl Router<'_> {
    /// Sends a case on from `now` along a shortcut. Whether it comes to a queue before the horizon, bound for
    /// [`Case::stage`] at [`Case::at`]; otherwise it has ended, or is still on its way at the end of time.
    #[inline]
    pub(super) fn forward(&self, case: &mut Case, now: Time, way: &Shortcut, facts: &mut Facts) -> bool {
        match way.next {
            Next::Queue(stage) if way.is_direct() => self.bind(case, stage, now),
            Next::End(outcome) if way.is_direct() => self.end(case, outcome, now, facts),
            _ => self.follow(case, now, way, facts),
        }
    }

    #[inline(never)]
    fn follow(&self, case: &mut Case, now: Time, way: &Shortcut, facts: &mut Facts) -> bool {
        let mut way = way;
        let mut delay = Duration::ZERO;
        while let Next::Fork(fork) = way.next
            && let Some(fork) = &self.shortcuts.forks[fork]
        {
            delay += way.delay;
            way = fork.arm(self.key, case.id);
        }
        self.take_last(case, now, delay, way, facts)
    }

    /// What is drawn for the fork that a way from a process leads to, if it does and the case may soon be back there:
    /// otherwise there is time.
    #[inline]
    pub(super) fn draw_fork(&self, way: &Shortcut, home: usize, case: u64) -> f64 {
        let Next::Fork(fork) = way.next else { return 0.0 };
        if way.soon.lacks(home) {
            return 0.0;
        }
        self.shortcuts.forks[fork].as_ref().map_or(0.0, |fork| fork.draw(self.key, case))
    }

    /// A case takes the last of its ways, after `delay` on those before.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "stations spend their time here")]
    pub(super) fn take_last(
        &self,
        case: &mut Case,
        now: Time,
        delay: Duration,
        way: &Shortcut,
        facts: &mut Facts,
    ) -> bool {
        let delay = delay + way.delay;
        let mut time = now;
        if delay > Duration::ZERO {
            time = now + delay;
            case.hold_up(delay);
            if time >= self.window.to() {
                self.still_open(case, facts);
                return false;
            }
        }
        if let Some(platform) = way.platform {
            facts.platforms[platform][case.class as usize].cases += u64::from(case.counted);
        }
        match way.next {
            Next::Queue(stage) => self.bind(case, stage, time),
            Next::End(outcome) => self.count_end(case, outcome, time, facts),
            Next::Fork(_) => unreachable!("forks are decided before the last of the ways"),
            Next::Place(place) => self.walk(case, time, place, facts),
        }
    }

    /// Walks a case on from `first`, step by step, with the same result as [`Router::forward`].
    #[inline(never)]
    pub(super) fn walk(&self, case: &mut Case, now: Time, first: Place, facts: &mut Facts) -> bool {
        let mut time = now;
        let mut place = first;
        loop {
            place = match place {
                Place::Stage(stage) => return self.bind(case, stage, time),
                Place::End(outcome) => return self.end(case, outcome, time, facts),
                Place::Choice(choice) => {
                    self.decisions.come_to(Decision::Choice(choice), case);
                    let shares = self.plan.choices[choice].shares[case.class as usize].at(time);
                    let draw = self.draw(Decision::Choice(choice), case).uniform();
                    shares.pick(draw)
                }
                Place::Channel(idx) => {
                    self.decisions.come_to(Decision::Channel(idx), case);
                    let channel = &self.plan.channels[idx];
                    time = self.through_channel(idx, channel, case, time);
                    channel.route[case.class as usize]
                }
                Place::Platform(platform) => {
                    self.decisions.come_to(Decision::Answers(platform), case);
                    self.pass(ClockEvent::EntersPlatform(platform), case, time, facts);
                    self.at_platform(platform, case, &mut time, facts)
                }
            };
            if time >= self.window.to() {
                self.still_open(case, facts);
                return false;
            }
        }
    }

    /// The case is bound for a stage's queue, which it will join at `time`.
    #[inline]
    pub(super) fn bind(&self, case: &mut Case, stage: StageIdx, time: Time) -> bool {
        case.at = time;
        case.work = Duration::ZERO;
        case.stage = stage as u16;
        self.decisions.come_to(Decision::Work(stage), case);
        case.set_queued();
        true
    }

    /// Draws the work that a case will be at the stage that it is bound for.
    #[inline]
    pub(super) fn draw_work(&self, case: &mut Case) {
        let stage = case.stage as usize;
        let mut draw = self.draw(Decision::Work(stage), case);
        case.work = self.plan.stages[stage].work[case.class as usize].sample(&mut draw);
    }

    /// The same for some cases, at most [`AT_A_GO`], of whom nobody has drawn it: one draw does not wait for another.
    pub(super) fn draw_work_in_row(&self, cases: &mut [Box<Case>]) {
        let code = |case: &Case| self.decisions.code(Decision::Work(case.stage as usize), case);
        let mut blocks = [[0; 2]; AT_A_GO];
        for (block, case) in blocks.iter_mut().zip(cases.iter()) {
            *block = self.key.block(case.id, code(case));
        }
        for (block, case) in blocks.into_iter().zip(cases) {
            let mut draw = self.key.stream_from(case.id, code(case), block);
            case.work = self.plan.stages[case.stage as usize].work[case.class as usize].sample(&mut draw);
        }
    }

    /// The same for those among some cases, at most [`AT_A_GO`], of whom nobody has drawn it: they come from elsewhere
    /// than the source that has drawn that of the others, or their work takes no time or very long.
    pub(super) fn draw_missing_work(&self, cases: &mut [Box<Case>]) {
        let code = |case: &Case| self.decisions.code(Decision::Work(case.stage as usize), case);
        let mut blocks = [[0; 2]; AT_A_GO];
        let missing = cases.iter_mut().filter(|case| !case.is_work_drawn());
        for (block, case) in blocks.iter_mut().zip(missing) {
            *block = self.key.block(case.id, code(case));
        }
        let missing = cases.iter_mut().filter(|case| !case.is_work_drawn());
        for (block, case) in blocks.into_iter().zip(missing) {
            let mut draw = self.key.stream_from(case.id, code(case), block);
            case.work = self.plan.stages[case.stage as usize].work[case.class as usize].sample(&mut draw);
        }
    }

    /// A stream of random numbers for a decision about a case, on its present visit to the place.
    #[inline]
    pub(super) fn draw(&self, decision: Decision, case: &Case) -> Stream {
        self.key.stream(case.id, self.decisions.code(decision, case))
    }

    /// Counts a case that is still open at the end of time.
    pub(super) fn still_open(&self, case: &Case, facts: &mut Facts) {
        facts.open += 1;
        self.clocks.still_open(case, &self.window, facts);
    }

    /// An event in the middle of a case's life, for the clocks.
    #[inline]
    pub(super) fn pass(&self, event: ClockEvent, case: &mut Case, now: Time, facts: &mut Facts) {
        self.notify(self.clocks.watches(event), case, now, facts);
    }

    /// The same, where it is known which clocks look.
    #[inline]
    pub(super) fn notify(&self, watches: &[Watch], case: &mut Case, now: Time, facts: &mut Facts) {
        if !watches.is_empty() {
            self.clocks.apply(watches, case, (now, self.window.bucket_of(now)), facts);
        }
    }

    fn through_channel(&self, idx: usize, channel: &Channel, case: &mut Case, from: Time) -> Time {
        let delay = channel.delay.at(from).sample(&mut self.draw(Decision::Channel(idx), case));
        let arrival = after(from, delay, channel.open.as_ref());
        case.hold_up(arrival.since(from));
        arrival
    }

    /// The case is at a platform at `time`; gives its next place, and moves `time` on to when it gets there.
    fn at_platform(
        &self,
        platform: PlatformIdx,
        case: &mut Case,
        time: &mut Time,
        facts: &mut Facts,
    ) -> Place {
        let class = case.class as usize;
        let seen = &mut facts.platforms[platform][class];
        seen.cases += u64::from(case.counted);
        let arrived = *time;
        let mut keeps_silent = |answered: f64, silence: &Silence| {
            if answered >= 1.0 || self.draw(Decision::Answers(platform), case).uniform() < answered {
                return None;
            }
            seen.silent += u64::from(case.counted);
            case.propagation += silence.wait;
            *time = arrived + silence.wait;
            Some(silence.route[class])
        };
        match &self.plan.platforms[platform].answers {
            Answers::Queue { stage, answered, silence } => {
                keeps_silent(answered.at(arrived)[class], silence).unwrap_or(Place::Stage(*stage))
            }
            Answers::After { response, open, answered, silence, route } => {
                if let Some(place) = keeps_silent(answered.at(arrived)[class], silence) {
                    return place;
                }
                let delay =
                    response.at(arrived)[class].sample(&mut self.draw(Decision::Response(platform), case));
                *time = after(arrived, delay, open.as_ref());
                if *time < self.window.to() {
                    case.propagation += time.since(arrived);
                    self.answered(platform, case, arrived, *time, facts);
                }
                route[class]
            }
        }
    }

    /// A platform has answered a case that reached it at `arrived`.
    pub(super) fn answered(
        &self,
        platform: PlatformIdx,
        case: &mut Case,
        arrived: Time,
        now: Time,
        facts: &mut Facts,
    ) {
        facts.platforms[platform][case.class as usize].count_answer(case, now.since(arrived));
        self.pass(ClockEvent::LeavesPlatform(platform), case, now, facts);
    }

    /// The case has ended: it goes nowhere.
    #[inline(never)]
    fn end(&self, case: &Case, outcome: Outcome, now: Time, facts: &mut Facts) -> bool {
        self.count_end(case, outcome, now, facts)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "stations spend their time here")]
    pub(super) fn count_end(&self, case: &Case, outcome: Outcome, now: Time, facts: &mut Facts) -> bool {
        facts.ended += 1;
        let bucket = self.window.bucket_of(now);
        let class = &mut facts.classes[case.class as usize];
        if outcome.is_decision() {
            count_in(&mut class.decided_by_bucket, bucket);
        }
        if case.counted {
            class.outcomes[outcome as usize] += 1;
            if outcome.is_decision() {
                let total = now.since(case.sent);
                class.response_time.record(total);
                class.delays.record(case, total);
            }
        }
        self.clocks.end(case, outcome, (now, bucket), facts);
        false
    }
}

/// When a delay is over that begins at `from` and runs only while it is open.
fn after(from: Time, delay: Duration, open: Option<&Intervals>) -> Time {
    open.map_or(from + delay, |open| open.after(from, delay))
}
