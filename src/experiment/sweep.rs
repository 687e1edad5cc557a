//! Many plans under common random numbers, in parallel over plans and replications at once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::measure::Measure;
use super::records::{Collected, ReplicationRecord};
use super::run::{Effort, Experiment, Progress};
use crate::model::{Facts, Halt, Model};
use crate::random::{ReplicationKey, Stream};

/// Replications in one go, for each thread: enough that few wait for the last of them.
const TASKS_PER_THREAD: usize = 4;
/// Models that an [`Observer`] keeps ready.
const MOST_MODELS: usize = 128;
/// Draws of a design are keyed apart from those of all replications.
const DESIGN: u64 = u64::MAX;

/// The plans of a sweep, made ready one at a time: of ten thousand, few are in memory together.
pub trait Points: Sync {
    /// The model of the point with this position; the same one each time.
    fn model(&self, point: usize) -> Arc<Model>;
}

impl Points for [Arc<Model>] {
    fn model(&self, point: usize) -> Arc<Model> {
        Arc::clone(&self[point])
    }
}

impl Points for Vec<Arc<Model>> {
    fn model(&self, point: usize) -> Arc<Model> {
        Arc::clone(&self[point])
    }
}

/// Simulates many plans, each as many times, all with the same random numbers: replication 7 of every point meets the
/// same reports, so that points differ by what was varied more than by chance.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::AtomicBool;
///
/// use vigie::experiment::{Measure, NoProgress, PointHalt, Sweep};
/// use vigie::model::Model;
/// use vigie::scenario::{Factor, Variants};
///
/// let text = r#"
///     title    = "One desk"
///     start    = 2025-03-03T00:00:00
///     zone     = "Europe/Paris"
///     duration = "5 days"
///     classes  = ["all"]
///
///     [source.citizens]
///     rate = "18/h"
///     to   = "desk"
///
///     [team.people]
///     staff = 2
///
///     [stage.desk]
///     team = "people"
///     work = { exponential = { mean = "5min" } }
///     to   = "kept"
/// "#;
/// let variants = Variants::of_text("one-desk.toml", text);
/// let factor = &Factor::parse_all(&["team.people.staff=2..4".to_owned()])?[0];
/// let mut points = Vec::new();
/// for idx in 0..factor.n_levels().expect("whole numbers") {
///     let scenario = variants.compile(&[(factor, &factor.level(idx))])?;
///     points.push(Arc::new(Model::new(scenario.plan)?));
/// }
///
/// let never = AtomicBool::new(false);
/// let sweep = Sweep { points: &points, seed: 1, replications: 5, max_in_system: 1_000_000, cancel: &never };
/// let mut waits = Vec::new();
/// sweep.run(
///     &[0, 1, 2],
///     |point, model, collected| {
///         let measure = Measure::named("stage/desk/waiting_time/mean", model.plan()).expect("a stage `desk`");
///         waits.push((point, measure.sample(model.plan(), &collected).expect("cases").estimate()));
///         Ok::<(), PointHalt>(())
///     },
///     &NoProgress,
/// )?;
/// // the points come in order, and more people never make anybody wait longer here
/// assert!(waits[0].1 > waits[1].1 && waits[1].1 > waits[2].1, "{waits:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Sweep<'a> {
    /// What is simulated.
    pub points: &'a dyn Points,
    /// The seed of all replications of all points.
    pub seed: u64,
    /// How many replications of each point.
    pub replications: usize,
    /// More cases in the system than this end the sweep.
    pub max_in_system: u64,
    /// Set by somebody else to stop it.
    pub cancel: &'a AtomicBool,
}

/// A replication of a point that did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointHalt {
    /// The point's position.
    pub point: usize,
    /// What happened.
    pub halt: Halt,
}

impl fmt::Debug for Sweep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, replications, max_in_system, .. } = self;
        write!(
            f,
            "Sweep {{ seed: {seed}, replications: {replications}, max_in_system: {max_in_system}, .. }}"
        )
    }
}

impl fmt::Display for PointHalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "point {}: {}", self.point + 1, self.halt)
    }
}

impl std::error::Error for PointHalt {}

impl Sweep<'_> {
    /// Simulates the points at these positions on rayon's current threads, and hands each to `finished` when it is done,
    /// in the order in which they are given: the position, the model, and its replications. What is handed over does
    /// not depend on how many threads there are, nor on which other points are wanted.
    ///
    /// # Errors
    ///
    /// The first halt, by position and replication, or the first error of `finished`; what came before has been handed
    /// over.
    pub fn run<E: From<PointHalt>>(
        &self,
        wanted: &[usize],
        mut finished: impl FnMut(usize, &Model, Collected) -> Result<(), E>,
        progress: &dyn Progress,
    ) -> Result<(), E> {
        let n_each = self.replications.max(1);
        let n_tasks = wanted.len() * n_each;
        let threads = rayon::current_num_threads();
        let mut models: BTreeMap<usize, Arc<Model>> = BTreeMap::new();
        let mut collected = Collected::default();
        let mut from = 0;
        while from < n_tasks {
            let to = n_tasks.min(from + TASKS_PER_THREAD * threads);
            let in_reach = from / n_each..(to - 1) / n_each + 1;
            models.retain(|idx, _| in_reach.contains(idx));
            let missing: Vec<usize> = in_reach.filter(|idx| !models.contains_key(idx)).collect();
            let made = missing.into_par_iter().map(|idx| (idx, self.points.model(wanted[idx])));
            models.extend(made.collect::<Vec<_>>());
            // few tasks use the threads inside; many use one each
            let inside = to - from < threads;
            let done: Vec<Result<(ReplicationRecord, Facts), Halt>> = (from..to)
                .into_par_iter()
                .with_max_len(1)
                .map(|task| self.replication(&models[&(task / n_each)], (task % n_each) as u64, inside))
                .collect();
            for (task, replication) in (from..to).zip(done) {
                let point = wanted[task / n_each];
                let (record, facts) = replication.map_err(|halt| PointHalt { point, halt })?;
                collected.add(record, &facts);
                if collected.replications.len() == n_each {
                    let whole = std::mem::take(&mut collected);
                    finished(point, &models[&(task / n_each)], whole)?;
                }
            }
            progress.done(to, n_tasks);
            from = to;
        }
        Ok(())
    }

    fn replication(
        &self,
        model: &Model,
        replication: u64,
        inside: bool,
    ) -> Result<(ReplicationRecord, Facts), Halt> {
        let experiment = Experiment {
            model,
            seed: self.seed,
            effort: Effort::Replications(1),
            max_in_system: self.max_in_system,
            cancel: self.cancel,
            shuffle: None,
        };
        experiment.replication(replication, inside)
    }
}

/// Observes one measure, by its name, of single replications of the points of a sweep: what
/// [`Selection`](super::Selection) asks for.
#[derive(Debug)]
pub struct Observer<'a> {
    sweep: Sweep<'a>,
    measure: &'a str,
    models: Mutex<BTreeMap<usize, Arc<Model>>>,
}

/// Why a replication gave no observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObserveError {
    /// It did not end well.
    Halt(PointHalt),
    /// It has no value of the measure: no case, no wage, or no such place.
    Nothing {
        /// The point's position.
        point: usize,
        /// The replication's number, from 0.
        replication: u64,
    },
}

impl fmt::Display for ObserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Halt(halt) => write!(f, "{halt}"),
            Self::Nothing { point, replication } => {
                write!(f, "replication {} of point {} has no value", replication + 1, point + 1)
            }
        }
    }
}

impl std::error::Error for ObserveError {}

impl<'a> Observer<'a> {
    /// An observer of the measure of this name ([`Measure::name`]).
    pub fn new(sweep: Sweep<'a>, measure: &'a str) -> Self {
        Self { sweep, measure, models: Mutex::default() }
    }

    /// The measure in one replication of a point.
    ///
    /// # Errors
    ///
    /// When the replication halts, or has no value.
    pub fn observe(&self, point: usize, replication: u64) -> Result<f64, ObserveError> {
        let model = self.model(point);
        let halted = |halt| ObserveError::Halt(PointHalt { point, halt });
        let (record, _) = self.sweep.replication(&model, replication, false).map_err(halted)?;
        let value = Measure::named(self.measure, model.plan())
            .and_then(|measure| measure.of_replication(model.plan(), &record));
        value.filter(|value| value.is_finite()).ok_or(ObserveError::Nothing { point, replication })
    }

    /// Made outside the lock: two threads may both make it, and one is dropped.
    fn model(&self, point: usize) -> Arc<Model> {
        let known = || self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = known().get(&point) {
            return Arc::clone(model);
        }
        let model = self.sweep.points.model(point);
        let mut models = known();
        if models.len() >= MOST_MODELS {
            models.pop_first();
        }
        models.insert(point, Arc::clone(&model));
        model
    }
}

/// A Latin hypercube: so many points, each with a coordinate in [0, 1) for every factor, such that each of `n_points`
/// equal parts of each coordinate holds exactly one point (`McKay`, Beckman & Conover, *Technometrics* 21, 1979).
pub fn latin_hypercube(n_points: usize, n_factors: usize, seed: u64) -> Vec<Vec<f64>> {
    let key = ReplicationKey::new(seed, DESIGN);
    let columns: Vec<Vec<f64>> = (0..n_factors)
        .map(|factor| {
            let mut stream = key.stream(factor as u64, 0);
            let strata = shuffled(n_points, &mut stream);
            strata.into_iter().map(|stratum| within(stratum, n_points, stream.uniform())).collect()
        })
        .collect();
    (0..n_points).map(|point| columns.iter().map(|column| column[point]).collect()).collect()
}

/// A number in the part `stratum` of `n` equal parts of [0, 1), whatever the rounding does.
fn within(stratum: usize, n: usize, uniform: f64) -> f64 {
    let (lo, hi) = (stratum as f64 / n as f64, (stratum + 1) as f64 / n as f64);
    let inside = (stratum as f64 + uniform) / n as f64;
    if inside < hi { inside.max(lo) } else { lo }
}

/// The numbers below `n` in a random order (Fisher and Yates).
fn shuffled(n: usize, stream: &mut Stream) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        let other = (stream.uniform() * (last + 1) as f64) as usize;
        numbers.swap(last, other.min(last));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latin_hypercube_holds_each_part_once() {
        for n_points in [1, 2, 7, 50, 999] {
            let points = latin_hypercube(n_points, 4, 3);
            for factor in 0..4 {
                let mut parts: Vec<usize> =
                    points.iter().map(|point| (point[factor] * n_points as f64) as usize).collect();
                parts.sort_unstable();
                assert_eq!(parts, (0..n_points).collect::<Vec<_>>(), "{n_points} points, factor {factor}");
            }
            assert_eq!(points, latin_hypercube(n_points, 4, 3), "the same twice");
        }
        let points = latin_hypercube(50, 2, 3);
        assert_ne!(points, latin_hypercube(50, 2, 4), "another seed");
        assert!(points.iter().any(|point| (point[0] - point[1]).abs() > 0.1), "factors apart");
        assert!(latin_hypercube(0, 2, 1).is_empty());
    }

    #[test]
    fn coordinates_spread_evenly() {
        // the mean of coordinates drawn evenly in each of n parts has variance 1/(12·n³)
        let n = 200;
        let points = latin_hypercube(n, 3, 11);
        for factor in 0..3 {
            let mean = points.iter().map(|point| point[factor]).sum::<f64>() / n as f64;
            assert!((mean - 0.5).abs() < 4.0 / (12.0 * (n as f64).powi(3)).sqrt(), "{mean}");
        }
        // and the coordinates of two factors are not correlated beyond chance
        let product: f64 = points.iter().map(|point| (point[0] - 0.5) * (point[1] - 0.5)).sum();
        assert!((product / n as f64 * 12.0).abs() < 4.0 / (n as f64).sqrt(), "{product}");
    }
}
