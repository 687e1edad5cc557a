//! `vigie gate --bench`: the simulator's speed against a baseline, as a ratio to the yardstick in the same run.

mod baseline;
mod turns;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::analysis::{BaselineState, Estimate, GateVerdict, JudgedGate, Level, Unit};
use crate::cli::failure::Failure;
use crate::experiment::Progress;
use crate::experiment::gate::Operator;
use crate::experiment::speed::{self, LOOKS, Portion, SpeedFinding, SpeedGate, SpeedVerdict};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::statistics::{CONFIDENCE, TrimmedMean};
use crate::units::quantity::parse_share;
use baseline::{Baseline, Found};
use turns::{Clock, Turns};

/// What is to be measured, and against what.
pub(in crate::cli) struct BenchRequest<'a> {
    pub(in crate::cli) scenario: &'a Scenario,
    /// Made of the scenario's plan.
    pub(in crate::cli) model: &'a Model,
    pub(in crate::cli) seed: u64,
    /// The folder of baselines; those of speed are in `bench` below it.
    pub(in crate::cli) baselines: &'a Path,
    /// The share of its speed that the simulator may lose ([`slower_by`]).
    pub(in crate::cli) slower_by: f64,
    /// Measure a new baseline and write it.
    pub(in crate::cli) accept: bool,
    pub(in crate::cli) max_in_system: u64,
    pub(in crate::cli) cancel: &'a AtomicBool,
    /// Hears of rounds, not of replications.
    pub(in crate::cli) progress: &'a dyn Progress,
}

/// How much slower the simulator may have become, unless the user says otherwise.
pub(in crate::cli) const DEFAULT_SLOWER_BY: &str = "10%";

/// Reads how much slower it may have become: a value parser for the command line.
pub(in crate::cli) fn slower_by(text: &str) -> Result<f64, String> {
    let share = match text.parse::<f64>() {
        Ok(number) => number,
        Err(_) => parse_share(text).map_err(|error| error.to_string())?,
    };
    if (0.01..=0.9).contains(&share) {
        Ok(share)
    } else {
        Err("a loss of speed lies between 1% and 90%: write for example `10%`".to_owned())
    }
}

/// Measures how fast the scenario is simulated on this thread, and judges it by the baseline. Nothing else of ours
/// should run meanwhile.
///
/// # Errors
///
/// Where a replication is halted, the new baseline cannot be written, or the same replication gives two answers. A
/// baseline that cannot be read, or cannot be compared with, is no failure: it is said, and the gate is inconclusive.
pub(in crate::cli) fn bench(request: &BenchRequest<'_>) -> Result<(JudgedGate, BaselineState), Failure> {
    judge(request, turns::clock())
}

/// The same by any clock.
fn judge(request: &BenchRequest<'_>, clock: Box<Clock<'_>>) -> Result<(JudgedGate, BaselineState), Failure> {
    let portion = Portion::new(request.model, request.seed, request.max_in_system, request.cancel)?;
    let path = baseline::path(request.baselines, &request.scenario.name);
    let shown = path.display().to_string();
    let found = baseline::read(&path);
    let state = state(&found, &shown, request, &portion);
    let mut bench = Bench { request, portion: &portion, path: shown, gate: blank(request) };
    if portion.reports() == 0 {
        let nothing = "The scenario has no reports, so that there is no speed to measure.";
        bench.gate.reasons.push(nothing.to_owned());
        return Ok((bench.gate, state));
    }
    let mut turns = Turns::new(&portion, clock)?;
    let was = match (found, &state) {
        (Found::Readable(was), BaselineState::Exact { .. }) => Some(was),
        _ => None,
    };
    if request.accept {
        let accepted = bench.accept(&mut turns, was.as_ref(), &path)?;
        return Ok((bench.gate, accepted));
    }
    match was {
        Some(was) if was.answers != portion.answers().values => bench.answers_differ(),
        Some(was) => bench.compare(&mut turns, &was)?,
        None => bench.only_measure(&mut turns, &state)?,
    }
    Ok((bench.gate, state))
}

/// How the baseline stands to what is measured: the same work by the same rules, or nothing to compare with.
fn state(found: &Found, path: &str, request: &BenchRequest<'_>, portion: &Portion<'_>) -> BaselineState {
    let path = path.to_owned();
    match found {
        Found::Missing => BaselineState::Missing { path },
        Found::Unreadable(why) => BaselineState::Stale { path, why: why.clone() },
        Found::Readable(was) => {
            match was.stale(&Baseline::here(request.scenario, request.seed, portion.answers())) {
                Some(why) => BaselineState::Stale { path, why },
                None => BaselineState::Exact { path, compared: portion.replications() },
            }
        }
    }
}

/// The gate before anything is known.
fn blank(request: &BenchRequest<'_>) -> JudgedGate {
    let gate = speed_gate(request);
    JudgedGate {
        name: "speed".to_owned(),
        about: "reports a second, against the yardstick in the same run".to_owned(),
        measure: "speed/ratio".to_owned(),
        expectation: format!("speed/ratio >= baseline - {}", percent(request.slower_by)),
        level: Level::Error,
        unit: Unit::Ratio,
        comparison: Operator::AtLeast,
        threshold: None,
        value: None,
        baseline: None,
        margin: None,
        confidence: gate.confidence,
        confidence_of_each: gate.confidence_of_each(),
        replications: 0,
        verdict: GateVerdict::Inconclusive,
        reasons: Vec::new(),
    }
}

fn speed_gate(request: &BenchRequest<'_>) -> SpeedGate {
    SpeedGate { slower_by: request.slower_by, confidence: CONFIDENCE }
}

/// A gate in the making.
struct Bench<'a> {
    request: &'a BenchRequest<'a>,
    portion: &'a Portion<'a>,
    /// Where the baseline is.
    path: String,
    gate: JudgedGate,
}

impl Bench<'_> {
    fn compare(&mut self, turns: &mut Turns<'_>, was: &Baseline) -> Result<(), Failure> {
        let gate = speed_gate(self.request);
        let finding = gate.judge(was.log_ratio(), || turns.round(), self.request.progress)?;
        self.measured(finding.now, finding.rounds, turns);
        let threshold = was.ratio * gate.least();
        // the interval of the change is of logarithms; what it says of the margin has the same signs
        let margin = |change: f64| was.ratio * change.exp() - threshold;
        self.gate.threshold = Some(threshold);
        self.gate.baseline = Some(was.ratio);
        self.gate.margin = Some(Estimate {
            mean: margin(finding.change.mean),
            interval: finding.change.bounds.map(|(lo, hi)| (margin(lo), margin(hi))),
            n: finding.rounds,
        });
        self.gate.verdict = match finding.verdict {
            SpeedVerdict::Kept | SpeedVerdict::Faster => GateVerdict::Passed,
            SpeedVerdict::Slower => GateVerdict::Failed,
            SpeedVerdict::Unclear => GateVerdict::Inconclusive,
        };
        self.gate.reasons.extend(said_of(&finding, self.request.slower_by));
        Ok(())
    }

    /// The same work must give the same answers, at whatever speed.
    fn answers_differ(&mut self) {
        self.gate.verdict = GateVerdict::Failed;
        self.gate.reasons.push(format!(
            "The answers are not those of the baseline {}, though scenario, seed and engine semantics are the same: \
             what was made faster or slower counts something else now. If that is meant, the engine semantics go up \
             and `--accept` makes a new baseline.",
            self.path
        ));
    }

    fn only_measure(&mut self, turns: &mut Turns<'_>, state: &BaselineState) -> Result<(), Failure> {
        let rounds = LOOKS[0];
        let now = speed::measure(&mut Vec::new(), rounds, || turns.round(), self.request.progress)?;
        self.measured(now, rounds, turns);
        self.gate.reasons.push(match state {
            BaselineState::Stale { path, why } => format!(
                "The baseline {path} is not comparable: {why}. A new one is made with `--bench --accept`."
            ),
            _ => format!("There is no baseline {}: one is made with `--bench --accept`.", self.path),
        });
        Ok(())
    }

    /// Measures as well as it can, and makes that the baseline, whatever the old one was.
    fn accept(
        &mut self,
        turns: &mut Turns<'_>,
        was: Option<&Baseline>,
        path: &Path,
    ) -> Result<BaselineState, Failure> {
        let [.., rounds] = LOOKS;
        let now = speed::measure(&mut Vec::new(), rounds, || turns.round(), self.request.progress)?;
        self.measured(now, rounds, turns);
        let answers = self.portion.answers();
        let here = Baseline::here(self.request.scenario, self.request.seed, answers);
        baseline::write(path, &Baseline::new(here, answers, now, rounds))?;
        if was.is_some_and(|was| was.answers != answers.values) {
            let other = "The answers are not those of the baseline before, though scenario, seed and engine semantics \
                         are the same.";
            self.gate.reasons.push(other.to_owned());
        }
        let before = was.map_or_else(String::new, |was| format!("; it was {:.4}", was.ratio));
        self.gate.verdict = GateVerdict::Passed;
        self.gate.baseline = was.map(|was| was.ratio);
        self.gate.reasons.push(format!(
            "Accepted: the ratio is {:.4}{before}. The baseline {} was written.",
            now.estimate.exp(),
            self.path
        ));
        Ok(BaselineState::Exact { path: self.path.clone(), compared: self.portion.replications() })
    }

    /// What was measured, and how fast that was, for information.
    fn measured(&mut self, now: TrimmedMean, rounds: usize, turns: &Turns<'_>) {
        let interval = now.interval(self.gate.confidence_of_each).bounds;
        self.gate.value = Some(Estimate {
            mean: now.estimate.exp(),
            interval: interval.map(|(lo, hi)| (lo.exp(), hi.exp())),
            n: rounds,
        });
        self.gate.replications = rounds;
        let (scenario, yardstick) = turns.reports_a_second();
        self.gate.reasons.push(format!(
            "{} reports a second on one thread; the yardstick, an M/M/50 queue written by hand, {} ({rounds} rounds in \
             turn).",
            millions(scenario),
            millions(yardstick),
        ));
    }
}

/// What the numbers mean, where they are not simply as they were.
fn said_of(finding: &SpeedFinding, slower_by: f64) -> Option<String> {
    let change = |log: f64| format!("{:+.1} %", log.exp_m1() * 100.0);
    let within = finding
        .change
        .bounds
        .map_or_else(String::new, |(lo, hi)| format!(" (between {} and {})", change(lo), change(hi)));
    let now = format!("its speed has changed by {}{within}", change(finding.change.mean));
    let allowed = percent(slower_by);
    match finding.verdict {
        SpeedVerdict::Kept => None,
        SpeedVerdict::Faster => {
            Some(format!("Much faster: {now}. Keep the gain: `--accept` makes it the baseline."))
        }
        SpeedVerdict::Slower => Some(format!("Slower: {now}, where a loss of {allowed} is allowed.")),
        SpeedVerdict::Unclear => Some(format!(
            "After {} rounds nobody can tell: {now}, where a loss of {allowed} is allowed. Repeat it while the machine \
             does less.",
            finding.rounds
        )),
    }
}

/// A share as it was written, or nearly.
fn percent(share: f64) -> String {
    format!("{}%", (share * 1e4).round() / 1e2)
}

fn millions(per_second: f64) -> String {
    format!("{:.2} million", per_second / 1e6)
}

#[cfg(test)]
mod tests;
