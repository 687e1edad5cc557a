//! The points of a sweep: which there are, and that all of them are right.

use std::fmt::Write as _;
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::super::simulation::{Mismatch, mismatches};
use crate::analysis::{SweepFactor, SweepLevel};
use crate::cli::args::SweepArguments;
use crate::cli::failure::{Failure, complain};
use crate::experiment::{Points, Sweep, latin_hypercube};
use crate::model::{ENGINE_SEMANTICS, Model};
use crate::scenario::{Factor, Level, Scenario, Variants};

/// Each point is checked before the first is simulated: more would fill the memory, whatever the budget.
const MOST_POINTS: u128 = 1_000_000;

/// All points, each checked; their models are made when they are needed.
#[derive(Debug)]
pub(super) struct Design {
    variants: Variants,
    factors: Vec<Factor>,
    /// The first point, which stands for what they have in common.
    pub(super) scenario: Scenario,
    pub(super) is_grid: bool,
    pub(super) points: Vec<Point>,
    pub(super) replications: usize,
    pub(super) seed: u64,
}

/// A point: its levels, and what is known of it without its plan.
#[derive(Debug)]
pub(super) struct Point {
    levels: Vec<Level>,
    pub(super) digest: String,
    /// Names of targets, and the shares wanted.
    goals: Vec<(String, f64)>,
}

impl Point {
    /// The share that a target wants here.
    pub(super) fn goal(&self, target: &str) -> Option<f64> {
        self.goals.iter().find(|(name, _)| name == target).map(|(_, goal)| *goal)
    }
}

impl Points for Design {
    fn model(&self, point: usize) -> Arc<Model> {
        let scenario = self.compile(&self.points[point].levels).expect("the same files compiled before");
        Arc::new(Model::new(scenario.plan).expect("the same plan was a model before"))
    }
}

impl Design {
    /// Reads what is varied, and checks every point; on rayon's current threads.
    pub(super) fn new(arguments: &SweepArguments) -> Result<Self, Failure> {
        let factors = Factor::parse_all(&arguments.vary)?;
        let variants = Variants::open(&arguments.file, &arguments.sets)?;
        if arguments.samples.is_none() {
            for factor in &factors {
                factor.check_steps()?;
            }
        }
        // one point, before a grid of millions is laid out
        let first = factors.iter().map(|factor| factor.level_at(0.0)).collect::<Vec<_>>();
        let scenario = compile(&variants, &factors, &first)?;
        let replications = arguments.replications.map_or(scenario.replications, |n| n as usize);
        check_budget(arguments, n_points(arguments, &factors), replications)?;
        let seed = arguments.simulation.seed.unwrap_or(scenario.seed);
        let all = levels(arguments, &factors, seed);
        let first = compile(&variants, &factors, &all[0])?;
        let warnings = first.render_warnings(false);
        let checked: Result<Vec<(Point, Vec<Mismatch>)>, Failure> =
            all.into_par_iter().map(|levels| checked(&variants, &factors, levels, &first)).collect();
        let mut points = Vec::new();
        for (point, mismatches) in checked? {
            if !mismatches.is_empty() {
                return Err(another_time(&factors, &mismatches));
            }
            points.push(point);
        }
        if !warnings.is_empty() {
            complain(&warnings);
        }
        let is_grid = arguments.samples.is_none();
        Ok(Self { variants, factors, scenario: first, is_grid, points, replications, seed })
    }

    /// What makes this sweep another than any other: a digest of all that its numbers depend on.
    pub(super) fn key(&self, sweep: &Sweep<'_>, measures: &[String], best: Option<&str>) -> String {
        let mut digest = Sha256::new();
        let mut add = |text: &str| {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        };
        add(env!("CARGO_PKG_VERSION"));
        add(&format!("{ENGINE_SEMANTICS} {} {}", sweep.seed, sweep.replications));
        for name in measures.iter().map(String::as_str).chain(best) {
            add(name);
        }
        for factor in &self.factors {
            add(factor.path());
        }
        for point in &self.points {
            add(&point.digest);
            point.levels.iter().for_each(|level| add(&level.label));
        }
        let mut key = String::new();
        for byte in digest.finalize() {
            let _ = write!(key, "{byte:02x}");
        }
        key
    }

    /// A point in words: `team.desk.staff = 3`.
    pub(super) fn label(&self, point: usize) -> String {
        let named = |(factor, level): (&Factor, &Level)| format!("{} = {}", factor.path(), level.label);
        self.factors.iter().zip(&self.points[point].levels).map(named).collect::<Vec<_>>().join(", ")
    }

    /// What was varied.
    pub(super) fn described(&self) -> Vec<SweepFactor> {
        let of = |factor: &Factor| SweepFactor {
            path: factor.path().to_owned(),
            levels: match factor.n_levels().filter(|_| self.is_grid) {
                Some(n_levels) => (0..n_levels).map(|idx| described(&factor.level(idx))).collect(),
                None => Vec::new(),
            },
        };
        self.factors.iter().map(of).collect()
    }

    /// The levels of a point.
    pub(super) fn levels(&self, point: usize) -> Vec<SweepLevel> {
        self.points[point].levels.iter().map(described).collect()
    }

    fn compile(&self, levels: &[Level]) -> Result<Scenario, Failure> {
        compile(&self.variants, &self.factors, levels)
    }
}

fn described(level: &Level) -> SweepLevel {
    SweepLevel { label: level.label.clone(), number: level.number }
}

fn compile(variants: &Variants, factors: &[Factor], levels: &[Level]) -> Result<Scenario, Failure> {
    let pairs: Vec<(&Factor, &Level)> = factors.iter().zip(levels).collect();
    Ok(variants.compile(&pairs)?)
}

/// A point that compiles and makes a model, and in what its time is not that of the first.
fn checked(
    variants: &Variants,
    factors: &[Factor],
    levels: Vec<Level>,
    first: &Scenario,
) -> Result<(Point, Vec<Mismatch>), Failure> {
    let scenario = compile(variants, factors, &levels)?;
    let mismatches = mismatches(first, &scenario);
    let goals = scenario.plan.targets.iter().map(|target| (target.name.clone(), target.share)).collect();
    Model::new(scenario.plan)?;
    Ok((Point { levels, digest: scenario.digest, goals }, mismatches))
}

/// The refusal of points whose numbers would not be of the same time.
fn another_time(factors: &[Factor], mismatches: &[Mismatch]) -> Failure {
    let said: Vec<String> = mismatches
        .iter()
        .map(|Mismatch { key, own, other }| {
            format!("`{key}` is `{own}` at the first and `{other}` at another")
        })
        .collect();
    let is_meant = |factor: &&Factor| mismatches.iter().any(|mismatch| mismatch.key == factor.path());
    let paths: Vec<String> =
        factors.iter().filter(is_meant).map(|factor| format!("`--vary {}`", factor.path())).collect();
    let paths = if paths.is_empty() { "what changes that".to_owned() } else { paths.join(" and ") };
    Failure::Usage(format!(
        "the points cannot be compared with each other: {}; the numbers would not be of the same time: leave out {paths}",
        said.join("; ")
    ))
}

fn n_points(arguments: &SweepArguments, factors: &[Factor]) -> u128 {
    match arguments.samples {
        Some(samples) => u128::from(samples),
        None => factors
            .iter()
            .map(|factor| u128::from(factor.n_levels().unwrap_or(1)))
            .fold(1, u128::saturating_mul),
    }
}

/// The levels of every point: all combinations, the last factor going fastest, or a Latin hypercube.
fn levels(arguments: &SweepArguments, factors: &[Factor], seed: u64) -> Vec<Vec<Level>> {
    let n_points = n_points(arguments, factors) as usize;
    if arguments.samples.is_some() {
        let points = latin_hypercube(n_points, factors.len(), seed).into_iter();
        return points
            .map(|point| factors.iter().zip(point).map(|(factor, share)| factor.level_at(share)).collect())
            .collect();
    }
    let point = |idx: usize| {
        let mut rest = idx as u64;
        let mut levels: Vec<Level> = factors
            .iter()
            .rev()
            .map(|factor| {
                let n_levels = factor.n_levels().unwrap_or(1);
                let level = factor.level(rest % n_levels);
                rest /= n_levels;
                level
            })
            .collect();
        levels.reverse();
        levels
    };
    (0..n_points).map(point).collect()
}

/// Refuses what would take more runs than the budget: says how many, and what to do.
fn check_budget(arguments: &SweepArguments, n_points: u128, replications: usize) -> Result<(), Failure> {
    let runs = n_points.saturating_mul(replications as u128);
    if n_points > MOST_POINTS && runs <= u128::from(arguments.budget) {
        return Err(Failure::Usage(format!(
            "the sweep has {} points, more than the {} that one sweep can have: vary less, or draw fewer points with \
             `--samples 100`",
            grouped(n_points),
            grouped(MOST_POINTS)
        )));
    }
    if runs <= u128::from(arguments.budget) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the sweep has {} points, which with {replications} replications each take {} runs, more than the budget of \
         {}: vary less, draw fewer points with `--samples 100`, take fewer `--replications`, or raise `--budget`",
        grouped(n_points),
        grouped(runs),
        grouped(u128::from(arguments.budget)),
    )))
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
