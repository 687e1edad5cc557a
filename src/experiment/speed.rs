//! How fast the simulator is, judged by a baseline: pure statistics, for whoever holds the clock.
//!
//! Everything is a *log ratio*: the logarithm of the scenario's reports per second over the yardstick's, from one round in
//! which both took turns. A machine that is busy slows both, so that ratios vary by 2 % or less where speeds vary by 30 %.
//! What is left is noise with two parts. Within a run, a few rounds are disturbed by something that met only one of the
//! two, in either direction alike: a [`TrimmedMean`] bears that. From run to run, memory lies elsewhere and the machine's
//! other work is another, so that whole runs differ by more than their own rounds tell (T. Kalibera and R. Jones, 2013,
//! "Rigorous benchmarking in reasonable time"): [`BETWEEN_RUNS`] is added for that, once for each of the two that are
//! compared.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use super::measure::Measure;
use super::records::ReplicationRecord;
use super::run::{Effort, Experiment, Progress};
use crate::model::{Halt, Model, Plan};
use crate::statistics::{Interval, TrimmedMean};

/// After how many rounds a verdict is tried; the looks share the error.
pub const LOOKS: [usize; 3] = [10, 20, 40];
/// The standard deviation of a log ratio from one run of the program to the next, beyond what its rounds tell. Over a
/// dozen runs on a full machine it was 0.0035; this is three times that, because other machines have other habits, and
/// because the tolerances that are asked for are several times larger still.
pub const BETWEEN_RUNS: f64 = 0.01;
/// So many reports make the portion that is measured, or so many replications, where those have few.
const PORTION_REPORTS: u64 = 20_000;
const PORTION_REPLICATIONS: u64 = 100;
/// Digits of the digest of the measures' names: it tells two lists apart, and guards nothing.
const DIGITS_OF_NAMES: usize = 16;

/// What the speed is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedGate {
    /// The share of its speed that the simulator may lose.
    pub slower_by: f64,
    /// The confidence of the verdict, over all looks.
    pub confidence: f64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedFinding {
    /// The log ratio that was measured.
    pub now: TrimmedMean,
    /// From how many rounds.
    pub rounds: usize,
    /// How much larger it is than the baseline's, with the interval that the verdict rests on.
    pub change: Interval,
    /// The verdict.
    pub verdict: SpeedVerdict,
}

/// How the speed stands to its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpeedVerdict {
    /// No slower than allowed: the whole interval says so.
    Kept,
    /// Faster by more than it might have been slower: the baseline is out of date.
    Faster,
    /// Slower than allowed: the whole interval says so.
    Slower,
    /// The interval is too wide to say, after all rounds.
    Unclear,
}

impl SpeedGate {
    /// The confidence of each look.
    pub fn confidence_of_each(&self) -> f64 {
        1.0 - (1.0 - self.confidence) / LOOKS.len() as f64
    }

    /// The least that may be left of the speed, as a share of the baseline's.
    pub fn least(&self) -> f64 {
        1.0 - self.slower_by
    }

    /// Adds rounds until there is a verdict, or no look is left. `round` gives the log ratio of one more.
    ///
    /// # Errors
    ///
    /// Those of `round`.
    ///
    /// # Panics
    ///
    /// If a log ratio is no finite number.
    pub fn judge<E>(
        &self,
        baseline: TrimmedMean,
        mut round: impl FnMut() -> Result<f64, E>,
        progress: &dyn Progress,
    ) -> Result<SpeedFinding, E> {
        let mut log_ratios = Vec::new();
        let [first, later @ ..] = LOOKS;
        let mut finding = self.look(baseline, &mut log_ratios, first, &mut round, progress)?;
        for rounds in later {
            if finding.verdict != SpeedVerdict::Unclear {
                break;
            }
            finding = self.look(baseline, &mut log_ratios, rounds, &mut round, progress)?;
        }
        Ok(finding)
    }

    fn look<E>(
        &self,
        baseline: TrimmedMean,
        log_ratios: &mut Vec<f64>,
        rounds: usize,
        round: impl FnMut() -> Result<f64, E>,
        progress: &dyn Progress,
    ) -> Result<SpeedFinding, E> {
        let now = measure(log_ratios, rounds, round, progress)?;
        let noise = BETWEEN_RUNS * BETWEEN_RUNS;
        let difference = now.with_variance_added(noise).minus(baseline.with_variance_added(noise));
        let change = difference.interval(self.confidence_of_each());
        Ok(SpeedFinding { now, rounds, change, verdict: self.verdict(change) })
    }

    fn verdict(&self, change: Interval) -> SpeedVerdict {
        let (least, much) = (self.least().ln(), self.slower_by.ln_1p());
        match change.bounds {
            Some((lo, _)) if lo > much => SpeedVerdict::Faster,
            Some((lo, _)) if lo > least => SpeedVerdict::Kept,
            Some((_, hi)) if hi < least => SpeedVerdict::Slower,
            _ => SpeedVerdict::Unclear,
        }
    }
}

/// Adds rounds until there are so many, and estimates the log ratio from all.
///
/// # Errors
///
/// Those of `round`.
///
/// # Panics
///
/// If a log ratio is no finite number, or fewer than two rounds are asked for.
pub fn measure<E>(
    log_ratios: &mut Vec<f64>,
    rounds: usize,
    mut round: impl FnMut() -> Result<f64, E>,
    progress: &dyn Progress,
) -> Result<TrimmedMean, E> {
    while log_ratios.len() < rounds {
        log_ratios.push(round()?);
        progress.done(log_ratios.len(), rounds);
    }
    Ok(TrimmedMean::of_values(log_ratios).expect("two rounds or more, each with a finite log ratio"))
}

/// What is measured: the same replications of a scenario, again and again. How many they are depends on the scenario
/// alone, so that a baseline is of the same work.
#[derive(Debug)]
pub struct Portion<'a> {
    experiment: Experiment<'a>,
    replications: u64,
    reports: u64,
    answers: Answers,
}

/// A digest of what was simulated, so that speed never buys other answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// SHA-256 of the values of all measures in all replications, bit by bit, in hexadecimal digits.
    pub values: String,
    /// The beginning of that of the measures' names: where it is another, values cannot be compared.
    pub measures: String,
}

impl<'a> Portion<'a> {
    /// Simulates it for the first time, on this thread.
    ///
    /// # Errors
    ///
    /// [`Halt`] where a replication did not end well.
    pub fn new(
        model: &'a Model,
        seed: u64,
        max_in_system: u64,
        cancel: &'a AtomicBool,
    ) -> Result<Self, Halt> {
        let effort = Effort::Replications(1);
        let experiment = Experiment { model, seed, effort, max_in_system, cancel, shuffle: None };
        let (mut records, mut reports) = (Vec::new(), 0);
        while reports < PORTION_REPORTS && (records.len() as u64) < PORTION_REPLICATIONS {
            let (record, facts) = experiment.replication(records.len() as u64, false)?;
            reports += facts.sent;
            records.push(record);
        }
        let answers = Answers::of(model.plan(), &records);
        Ok(Self { experiment, replications: records.len() as u64, reports, answers })
    }

    /// Simulates it again, on this thread: what is to be timed. A short replication never looks whether it is cancelled;
    /// this does.
    ///
    /// # Errors
    ///
    /// [`Halt`] where a replication did not end well.
    pub fn simulate(&self) -> Result<Vec<ReplicationRecord>, Halt> {
        if self.experiment.cancel.load(Ordering::Relaxed) {
            return Err(Halt::Cancelled);
        }
        let records = (0..self.replications).map(|i| Ok(self.experiment.replication(i, false)?.0));
        records.collect()
    }

    /// Whether these are the answers of the first time.
    pub fn is_the_same(&self, records: &[ReplicationRecord]) -> bool {
        Answers::of(self.experiment.model.plan(), records) == self.answers
    }

    /// How many replications it has.
    pub fn replications(&self) -> usize {
        self.replications as usize
    }

    /// How many reports it simulates, those of warm-ups included.
    pub fn reports(&self) -> u64 {
        self.reports
    }

    /// What it answers.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }
}

impl Answers {
    fn of(plan: &Plan, records: &[ReplicationRecord]) -> Self {
        let measures = Measure::all(plan);
        let mut names = Sha256::new();
        for measure in &measures {
            names.update(measure.name(plan));
            names.update([0]);
        }
        let mut values = Sha256::new();
        for record in records {
            for measure in &measures {
                match measure.of_replication(plan, record) {
                    Some(value) => {
                        values.update([1]);
                        values.update(value.to_bits().to_le_bytes());
                    }
                    None => values.update([0]),
                }
            }
        }
        let mut names = hexadecimal(&names.finalize());
        names.truncate(DIGITS_OF_NAMES);
        Self { values: hexadecimal(&values.finalize()), measures: names }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // a text takes whatever is written to it
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests;
