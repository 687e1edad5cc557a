//! The scenario and the yardstick in turn, by the clock.

use std::hint::black_box;

use crate::cli::failure::Failure;
use crate::experiment::speed::Portion;
use crate::yardstick;

/// A turn is at least so long: one that is short would slip between the interruptions that a long one suffers.
const TURN_SECS: f64 = 0.1;
/// How many reports the yardstick simulates at a time, from this seed.
const YARDSTICK_REPORTS: u64 = 20_000;
const YARDSTICK_SEED: u64 = 1;

/// Seconds since whenever it likes.
pub(super) type Clock<'a> = dyn FnMut() -> f64 + 'a;

/// The processor time of this thread, which stands still while somebody else has the processor: on a machine that is
/// full, most of the noise of the clock on the wall is of such moments.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(super) fn clock() -> Box<Clock<'static>> {
    use rustix::time::{ClockId, clock_gettime};
    Box::new(|| {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
    })
}

/// The clock on the wall.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[expect(clippy::disallowed_methods, reason = "speed is measured; nothing simulated depends on it")]
pub(super) fn clock() -> Box<Clock<'static>> {
    let begins = std::time::Instant::now();
    Box::new(move || begins.elapsed().as_secs_f64())
}

/// Both, warmed up, with how often each runs in a turn.
pub(super) struct Turns<'a> {
    portion: &'a Portion<'a>,
    clock: Box<Clock<'a>>,
    portions: u32,
    yardsticks: u32,
    /// Of all rounds.
    total: Round,
}

/// What took how many seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Round {
    scenario: Timed,
    yardstick: Timed,
}

#[derive(Debug, Clone, Copy, Default)]
struct Timed {
    reports: f64,
    secs: f64,
}

impl Timed {
    fn add(&mut self, other: Self) {
        self.reports += other.reports;
        self.secs += other.secs;
    }

    fn speed(self) -> f64 {
        // a clock that stands still is not divided by
        self.reports / self.secs.max(1e-9)
    }
}

impl<'a> Turns<'a> {
    /// Runs both until caches and branches know them, and finds out how long they take.
    ///
    /// # Errors
    ///
    /// Where a replication is halted, or gives two answers.
    pub(super) fn new(portion: &'a Portion<'a>, clock: Box<Clock<'a>>) -> Result<Self, Failure> {
        let mut turns = Self { portion, clock, portions: 1, yardsticks: 1, total: Round::default() };
        let (scenario, yardstick) = (turns.simulate()?.secs, turns.lay_yardstick().secs);
        // both turns are about equally long, so that an interruption meets either alike
        let turn_secs = scenario.max(TURN_SECS);
        turns.portions = times(turn_secs, scenario);
        turns.yardsticks = times(turn_secs, yardstick);
        turns.round()?;
        turns.total = Round::default();
        Ok(turns)
    }

    /// One round, there and back: nobody always comes after the other. Gives the logarithm of the ratio of their speeds.
    ///
    /// # Errors
    ///
    /// Where a replication is halted, or gives two answers.
    pub(super) fn round(&mut self) -> Result<f64, Failure> {
        let mut round = Round { yardstick: self.lay_yardstick(), ..Round::default() };
        round.scenario.add(self.simulate()?);
        round.scenario.add(self.simulate()?);
        round.yardstick.add(self.lay_yardstick());
        self.total.scenario.add(round.scenario);
        self.total.yardstick.add(round.yardstick);
        Ok((round.scenario.speed() / round.yardstick.speed()).ln())
    }

    /// Over all rounds, the scenario's and the yardstick's.
    pub(super) fn reports_a_second(&self) -> (f64, f64) {
        (self.total.scenario.speed(), self.total.yardstick.speed())
    }

    fn simulate(&mut self) -> Result<Timed, Failure> {
        let begins = (self.clock)();
        let mut records = Vec::new();
        for _ in 0..self.portions {
            records = self.portion.simulate()?;
        }
        let secs = (self.clock)() - begins;
        if !self.portion.is_the_same(&records) {
            return Err(Failure::Internal(
                "the same replications gave other answers when they were simulated again".to_owned(),
            ));
        }
        Ok(Timed { reports: self.portion.reports() as f64 * f64::from(self.portions), secs })
    }

    fn lay_yardstick(&mut self) -> Timed {
        let begins = (self.clock)();
        for _ in 0..self.yardsticks {
            black_box(yardstick::one_event_list(black_box(YARDSTICK_REPORTS), black_box(YARDSTICK_SEED)));
        }
        let secs = (self.clock)() - begins;
        Timed { reports: YARDSTICK_REPORTS as f64 * f64::from(self.yardsticks), secs }
    }
}

/// The yardstick's name: its number, and what it answers, so that one that draws other random numbers has another.
pub(super) fn yardstick_name() -> String {
    let wait = yardstick::one_event_list(YARDSTICK_REPORTS, YARDSTICK_SEED);
    format!("{}:{:016x}", yardstick::VERSION, wait.to_bits())
}

/// How often something that takes `secs` goes into a turn.
fn times(turn_secs: f64, secs: f64) -> u32 {
    const MOST: f64 = 1e5;
    (turn_secs / secs.max(1e-9)).round().clamp(1.0, MOST) as u32
}
