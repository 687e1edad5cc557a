//! The simulator against theory: whole runs, from the text of a scenario to the numbers of its summary, compared with
//! what queueing theory says, or with what a short day comes to by hand.
//!
//! Every test goes through [`check`]. A simulated quantity agrees with theory if it is within four standard errors of
//! it *and* known precisely enough for that to mean something: otherwise any wide interval would pass. Seeds are fixed,
//! so a test that passes goes on passing until the simulator changes.

use vigie::analysis::{Estimate, Summary};
use vigie::experiment::{Collected, ReplicationRecord};
use vigie::scenario::files::Memory;
use vigie::scenario::{LoadError, Scenario, compile_text, load_with};
use vigie::statistics::{mean_interval, ratio_interval};

use crate::common::{Check, simulated};

mod coverage;
mod determinism;
mod dice;
mod fast_paths;
mod findings;
mod general;
mod markovian;
mod networks;
mod people;
mod pipeline;
mod places;
mod priority;
mod swarm;
mod time_varying;

/// Seconds in a minute, the unit of time of most tests: an event a minute leaves microseconds far below the noise.
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;

/// More standard errors than this between theory and simulation are a disagreement.
const LARGEST_Z: f64 = 4.0;
/// The half-width of a 95 % interval, relative to the expected value.
const PRECISION: f64 = 0.01;

/// A run of a scenario.
struct Run {
    summary: Summary,
    collected: Collected,
}

impl Run {
    /// The ratio of two sums over all replications.
    fn ratio(&self, of: impl Fn(&ReplicationRecord) -> (f64, f64)) -> Option<Estimate> {
        let pairs: Vec<(f64, f64)> = self.collected.replications.iter().map(of).collect();
        let interval = ratio_interval(&pairs)?;
        Some(Estimate { mean: interval.mean, interval: interval.bounds, n: pairs.len() })
    }

    /// The mean over replications.
    fn mean(&self, of: impl Fn(&ReplicationRecord) -> f64) -> Option<Estimate> {
        let values: Vec<f64> = self.collected.replications.iter().map(of).collect();
        let interval = mean_interval(&values)?;
        Some(Estimate { mean: interval.mean, interval: interval.bounds, n: values.len() })
    }

    /// The mean waiting time at a stage.
    fn wait(&self, stage: usize) -> Option<Estimate> {
        self.summary.stages[stage].waiting_time.mean
    }

    /// The mean waiting time of a class at a stage.
    fn wait_of(&self, stage: usize, class: usize) -> Option<Estimate> {
        self.summary.stages[stage].by_class[class].waiting_time.mean
    }

    /// The share of the cases that a target applied to that were on time.
    fn on_time(&self, target: usize) -> Option<Estimate> {
        self.summary.targets[target].share_on_time
    }
}

/// A simulated quantity, and what theory says of it.
struct Expectation {
    what: String,
    value: f64,
    tolerance: Tolerance,
    of: Measure,
}

/// Reads a quantity off a run.
type Measure = Box<dyn Fn(&Run) -> Option<Estimate>>;

/// What makes an estimate agree with its expected value.
#[derive(Debug, Clone, Copy)]
enum Tolerance {
    /// Four standard errors, and a half-width of so much of the value.
    Relative(f64),
    /// Equality, but for the rounding of sums.
    Exact,
}

impl Expectation {
    /// The half-width that is small enough, where 1 % would cost minutes: the test says why.
    fn precision(self, relative: f64) -> Self {
        Self { tolerance: Tolerance::Relative(relative), ..self }
    }

    /// What is wrong, if anything.
    fn disagreement(&self, run: &Run) -> Option<String> {
        let Some(estimate) = (self.of)(run) else {
            return Some(format!("{}: expected {}, but nothing was found", self.what, self.value));
        };
        let Estimate { mean, interval, n } = estimate;
        let Tolerance::Relative(relative) = self.tolerance else {
            let agrees = (mean - self.value).abs() <= 1e-9 * self.value.abs().max(1.0);
            return (!agrees)
                .then(|| format!("{}: expected exactly {}, found {mean}", self.what, self.value));
        };
        let Some((low, high)) = interval else {
            return Some(format!("{}: expected {}, found {mean} without an interval", self.what, self.value));
        };
        let half_width = (high - low) / 2.0;
        let wished = relative * self.value.abs();
        let z = (mean - self.value) / (half_width / student_97_5(n - 1));
        let agrees = z.abs() < LARGEST_Z && half_width <= wished;
        (!agrees).then(|| {
            format!(
                "{}: expected {:.6}, found {mean:.6} in [{low:.6}, {high:.6}] (z {z:.2}, half-width {:.2} % of the \
                 value, {n} replications; |z| must be below {LARGEST_Z}, the half-width at most {wished:.6})",
                self.what,
                self.value,
                100.0 * half_width / self.value.abs(),
            )
        })
    }
}

/// A quantity that theory knows.
fn near(what: impl Into<String>, value: f64, of: impl Fn(&Run) -> Option<Estimate> + 'static) -> Expectation {
    Expectation { what: what.into(), value, tolerance: Tolerance::Relative(PRECISION), of: Box::new(of) }
}

/// A quantity that comes out the same in every replication.
fn exactly(
    what: impl Into<String>,
    value: f64,
    of: impl Fn(&Run) -> Option<Estimate> + 'static,
) -> Expectation {
    Expectation { what: what.into(), value, tolerance: Tolerance::Exact, of: Box::new(of) }
}

/// Simulates a scenario and compares what comes out with what is expected.
fn check(text: &str, replications: usize, expectations: &[Expectation]) {
    compare(&simulate(text, 1, replications, None), text, expectations);
}

/// The same for a scenario that reads its reports, `(time, class)`, from `trace.csv`, and draws nothing at random.
fn check_traced(text: &str, trace: &[(&str, &str)], expectations: &[Expectation]) {
    let rows: Vec<String> = trace.iter().map(|(time, class)| format!("{time},{class}")).collect();
    let files =
        [("theory.toml", text.to_owned()), ("trace.csv", format!("time,class\n{}\n", rows.join("\n")))];
    let files = Memory(files.map(|(name, text)| (name.to_owned(), text)).into());
    let scenario = load_with(&files, "theory.toml", &[]);
    compare(&simulate_compiled(scenario, 1, 1, None), text, expectations);
}

fn compare(run: &Run, text: &str, expectations: &[Expectation]) {
    let wrong: Vec<String> = expectations.iter().filter_map(|expected| expected.disagreement(run)).collect();
    assert!(
        wrong.is_empty(),
        "theory and simulation disagree:\n  {}\n\nin the scenario\n{text}",
        wrong.join("\n  ")
    );
}

/// Runs a scenario.
fn simulate(text: &str, seed: u64, replications: usize, shuffle: Option<u64>) -> Run {
    simulate_compiled(compile_text("theory", text), seed, replications, shuffle)
}

fn simulate_compiled(
    scenario: Result<Scenario, LoadError>,
    seed: u64,
    replications: usize,
    shuffle: Option<u64>,
) -> Run {
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let (summary, collected) = simulated(&scenario, &Check { seed, replications, shuffle });
    Run { summary, collected }
}

/// The head of a scenario of so many minutes, the first tenth of them a warm-up.
fn stationary(minutes: f64) -> String {
    head(minutes, minutes / 10.0)
}

/// The head of a scenario of so many minutes, the first ones a warm-up.
fn head(minutes: f64, warm_up: f64) -> String {
    format!(
        "title = \"theory\"\nstart = 2024-01-01T00:00:00\nzone = \"UTC\"\nduration = \"{minutes}min\"\n\
         warm_up = \"{warm_up}min\"\n"
    )
}

/// A stage with its own team, between a source of one class and the outcome `kept`. Rates and times are per minute.
fn queue(minutes: f64, rate: f64, work: &str, servers: u32, more: &str) -> String {
    format!(
        "{}classes = [\"all\"]\n\
         [source.world]\nrate = \"{rate}/min\"\nto = \"desk\"\n\
         [team.desk_team]\nstaff = {servers}\n\
         [stage.desk]\nteam = \"desk_team\"\nwork = {work}\nto = \"kept\"\n{more}",
        stationary(minutes)
    )
}

/// An exponential time of this mean in minutes.
fn exponential(mean: f64) -> String {
    format!("{{ exponential = {{ mean = \"{mean}min\" }} }}")
}

/// The 97.5 % quantile of Student's t: its Cornish–Fisher expansion (Abramowitz & Stegun 26.7.5), good to 0.1 % from
/// five degrees of freedom on.
fn student_97_5(degrees: usize) -> f64 {
    let (z, n) = (1.959_964_f64, degrees as f64);
    let first = z * (z * z + 1.0) / 4.0;
    let second = z * (5.0 * z.powi(4) + 16.0 * z * z + 3.0) / 96.0;
    let third = z * (3.0 * z.powi(6) + 19.0 * z.powi(4) + 17.0 * z * z - 15.0) / 384.0;
    z + first / n + second / (n * n) + third / n.powi(3)
}

/// What two runs of different scenarios can have in common: everything found, but not which scenario it was.
fn comparable(run: &Run) -> String {
    let mut summary = run.summary.clone();
    summary.scenario.digest.clear();
    vigie::out::summary_json(&summary)
}
