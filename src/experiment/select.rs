//! The best of several variants, with a stated probability of being right.
//!
//! The best of noisy means is not the best: with ten variants alike, the luckiest wins. Kim and Nelson's fully
//! sequential procedure KN takes one observation after the other from those that are still in the running, and drops
//! each as soon as the others are ahead by more than chance explains; with probability 1 − α at least, it chooses the
//! best wherever the best is better than all others by δ, the *indifference zone* (S.-H. Kim and B. L. Nelson, "A
//! fully sequential procedure for indifference-zone selection in simulation", ACM TOMACS 11, 2001). Common random
//! numbers are allowed, and make it end sooner.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::measure::Better;

/// Observations that are taken ahead of a decision, in one go.
const AHEAD: usize = 32;

/// How to choose the best.
///
/// ```
/// use vigie::experiment::{Better, Selection};
///
/// // four variants whose means are 5, 3, 4 and 3.2; the less, the better
/// let noise = |replication: u64| ((replication * 7919) % 101) as f64 / 101.0;
/// let means = [5.0, 3.0, 4.0, 3.2];
/// let selection = Selection {
///     better: Better::Less,
///     confidence: 0.95,
///     indifference: 0.1,
///     first_stage: 10,
///     first_replication: 0,
///     most_observations: 100_000,
/// };
/// let observe = |variant: usize, replication| {
///     Ok::<f64, std::convert::Infallible>(means[variant] + noise(replication + variant as u64))
/// };
/// let selected = selection.run(&[0, 1, 2, 3], observe, |_| ())?;
/// assert_eq!(selected.best(), Some(1));
/// assert!(selected.observations < 400, "what is far apart is told soon: {}", selected.observations);
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selection {
    /// Which way is better; [`Better::Neither`] counts as more.
    pub better: Better,
    /// The probability 1 − α of a right choice, such as 0.95.
    pub confidence: f64,
    /// The difference δ that is worth telling, above 0: variants within it of the best are as good.
    pub indifference: f64,
    /// Observations n₀ of every variant before anything is decided; 2 at least, better 10 or more.
    pub first_stage: usize,
    /// The number of the first replication: those of [`Halving`] are not to be used again.
    pub first_replication: u64,
    /// After so many observations in all, the procedure gives up.
    pub most_observations: u64,
}

/// What a selection came to. Variants are named by what the caller named them.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected {
    /// Those still in the running at the end, the best mean first: a single one, where the procedure ended.
    pub remaining: Vec<usize>,
    /// Whether the procedure ended; otherwise it gave up, and those that remain cannot be told apart.
    pub is_certain: bool,
    /// Those that fell out, in the order in which they did, each with the observations it had had.
    pub eliminated: Vec<(usize, u64)>,
    /// The mean observation of each variant, by its name, over the observations it had.
    pub means: BTreeMap<usize, f64>,
    /// Observations that the procedure used in all.
    pub observations: u64,
}

impl Selected {
    /// The best, where the procedure ended.
    pub fn best(&self) -> Option<usize> {
        self.remaining.first().copied().filter(|_| self.is_certain)
    }
}

/// Halves a large field by the means of few observations, doubled each time, until few are left (successive halving:
/// Jamieson and Talwalkar, AISTATS 2016). Nothing is guaranteed: a good variant that was unlucky at first is lost. Those
/// that are left go to a [`Selection`], with replications that have not been used here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Halving {
    /// Which way is better.
    pub better: Better,
    /// Observations of each variant at first.
    pub first_stage: usize,
    /// At most so many are left.
    pub finalists: usize,
}

/// One round of a [`Halving`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Observations that each variant had had in all.
    pub observations_each: u64,
    /// Those that went on, the best mean first.
    pub kept: Vec<usize>,
    /// Those that did not, the best mean first.
    pub dropped: Vec<usize>,
}

/// The constants η and h² of the procedure for `k` variants with first-stage size n₀ and c = 1: η =
/// ½[(2α/(k−1))^(−2/(n₀−1)) − 1], h² = 2η(n₀ − 1).
///
/// ```
/// let (eta, h_squared) = vigie::experiment::kim_nelson_constants(10, 0.05, 10);
/// assert!((eta - 0.8591).abs() < 5e-5 && (h_squared - 15.4635).abs() < 5e-5);
/// ```
pub fn kim_nelson_constants(n_variants: usize, alpha: f64, first_stage: usize) -> (f64, f64) {
    let degrees = first_stage.max(2) as f64 - 1.0;
    let others = n_variants.max(2) as f64 - 1.0;
    let eta = 0.5 * (libm::pow(2.0 * alpha / others, -2.0 / degrees) - 1.0);
    (eta, 2.0 * eta * degrees)
}

impl Selection {
    /// Chooses among `variants`, each named by a number, by `observe(variant, replication)`. Observations are taken in
    /// parallel, some of them in vain; what is decided does not depend on how many threads there are. `progress` hears
    /// how many observations have been used.
    ///
    /// # Errors
    ///
    /// The first error of `observe`, by replication and variant.
    ///
    /// # Panics
    ///
    /// If there is no variant, the confidence does not lie strictly between 0 and 1, or the indifference is not above 0.
    pub fn run<E: Send>(
        &self,
        variants: &[usize],
        observe: impl Fn(usize, u64) -> Result<f64, E> + Sync,
        mut progress: impl FnMut(u64),
    ) -> Result<Selected, E> {
        assert!(!variants.is_empty(), "there is nothing to choose from");
        assert!(self.confidence > 0.0 && self.confidence < 1.0, "a confidence is a share");
        assert!(self.indifference > 0.0, "an indifference is above 0");
        let n_first = self.first_stage.max(2);
        let firsts = self.observed(variants, 0..n_first as u64, &observe)?;
        let mut race = Race::new(self, variants, &firsts);
        progress(race.used);
        let mut ahead: Vec<Vec<f64>> = Vec::new();
        loop {
            race.screen();
            if race.running.len() == 1 || race.taken > race.longest() {
                return Ok(race.ended(true));
            }
            if race.used + race.running.len() as u64 > self.most_observations {
                return Ok(race.ended(false));
            }
            if ahead.is_empty() {
                let names: Vec<usize> = race.running.iter().map(|&idx| variants[idx]).collect();
                let n_rounds = AHEAD.div_ceil(names.len()) as u64;
                let found = self.observed(&names, race.taken..race.taken + n_rounds, &observe)?;
                // by round, latest first, and by variant
                ahead = (0..n_rounds as usize)
                    .rev()
                    .map(|round| {
                        let mut row = vec![f64::NAN; variants.len()];
                        for (values, &idx) in found.iter().zip(&race.running) {
                            row[idx] = values[round];
                        }
                        row
                    })
                    .collect();
                progress(race.used);
            }
            if let Some(row) = ahead.pop() {
                race.take(&row);
            }
        }
    }

    /// Observations by variant and replication, signed so that more is better.
    fn observed<E: Send>(
        &self,
        variants: &[usize],
        replications: std::ops::Range<u64>,
        observe: &(impl Fn(usize, u64) -> Result<f64, E> + Sync),
    ) -> Result<Vec<Vec<f64>>, E> {
        let n_each = (replications.end - replications.start) as usize;
        let first = self.first_replication + replications.start;
        observed(variants, first, n_each, self.better, observe)
    }
}

/// Observations by variant and replication, signed so that more is better; the first error by replication, then variant.
fn observed<E: Send>(
    variants: &[usize],
    first: u64,
    n_each: usize,
    better: Better,
    observe: &(impl Fn(usize, u64) -> Result<f64, E> + Sync),
) -> Result<Vec<Vec<f64>>, E> {
    let sign = if better == Better::Less { -1.0 } else { 1.0 };
    let tasks = variants.len() * n_each;
    let found: Vec<Result<f64, E>> = (0..tasks)
        .into_par_iter()
        .with_max_len(1)
        .map(|task| observe(variants[task / n_each], first + (task % n_each) as u64))
        .collect();
    let mut values = vec![Vec::with_capacity(n_each); variants.len()];
    for (task, value) in found.into_iter().enumerate() {
        values[task / n_each].push(sign * value?);
    }
    Ok(values)
}

/// The state of the procedure; variants by their position among those given, more is better.
struct Race<'a> {
    selection: &'a Selection,
    variants: &'a [usize],
    h_squared: f64,
    /// S² of the difference of each pair in the first stage.
    variances: Vec<Vec<f64>>,
    sums: Vec<f64>,
    /// How many observations are in each sum.
    counts: Vec<u64>,
    running: Vec<usize>,
    eliminated: Vec<(usize, u64)>,
    /// Observations of each that still runs.
    taken: u64,
    used: u64,
}

impl<'a> Race<'a> {
    fn new(selection: &'a Selection, variants: &'a [usize], firsts: &[Vec<f64>]) -> Self {
        let n_first = firsts[0].len();
        let (_, h_squared) = kim_nelson_constants(variants.len(), 1.0 - selection.confidence, n_first);
        let variances = firsts
            .iter()
            .map(|own| firsts.iter().map(|other| variance_of_difference(own, other)).collect())
            .collect();
        Self {
            selection,
            variants,
            h_squared,
            variances,
            sums: firsts.iter().map(|values| values.iter().sum()).collect(),
            counts: vec![n_first as u64; variants.len()],
            running: (0..variants.len()).collect(),
            eliminated: Vec::new(),
            taken: n_first as u64,
            used: (n_first * variants.len()) as u64,
        }
    }

    /// The largest N of those that run: after one more observation, nothing is left to wait for.
    fn longest(&self) -> u64 {
        let delta = self.selection.indifference;
        let of_pair = |&one: &usize, &other: &usize| {
            (self.h_squared * self.variances[one][other] / (delta * delta)).floor() as u64
        };
        let pairs =
            self.running.iter().flat_map(|one| self.running.iter().map(move |other| of_pair(one, other)));
        pairs.max().unwrap_or(0)
    }

    /// Drops all that are behind another by more than chance explains: i stays while, for every l,
    /// `ΣX_i ≥ ΣX_l − max{0, (δ/2)(h²S²/δ² − r)}`.
    fn screen(&mut self) {
        let delta = self.selection.indifference;
        let is_behind = |one: usize, other: usize| {
            let left = self.h_squared * self.variances[one][other] / (delta * delta) - self.taken as f64;
            self.sums[one] < self.sums[other] - (delta / 2.0 * left).max(0.0)
        };
        let falls = |one: usize| self.running.iter().any(|&other| other != one && is_behind(one, other));
        let (out, stay): (Vec<usize>, Vec<usize>) = self.running.iter().partition(|&&one| falls(one));
        self.eliminated.extend(out.iter().map(|&idx| (self.variants[idx], self.taken)));
        self.running = stay;
    }

    fn take(&mut self, row: &[f64]) {
        for &idx in &self.running {
            self.sums[idx] += row[idx];
            self.counts[idx] += 1;
        }
        self.taken += 1;
        self.used += self.running.len() as u64;
    }

    /// Where the procedure ends with several, the best mean wins; the first of equals.
    fn ended(mut self, is_certain: bool) -> Selected {
        self.running.sort_by(|&a, &b| self.sums[b].total_cmp(&self.sums[a]).then(a.cmp(&b)));
        if is_certain {
            let taken = self.taken;
            self.eliminated.extend(self.running.drain(1..).map(|idx| (self.variants[idx], taken)));
        }
        let sign = if self.selection.better == Better::Less { -1.0 } else { 1.0 };
        let means = self.sums.iter().zip(&self.counts).map(|(sum, &count)| sign * sum / count as f64);
        Selected {
            remaining: self.running.iter().map(|&idx| self.variants[idx]).collect(),
            is_certain,
            eliminated: self.eliminated,
            means: self.variants.iter().copied().zip(means).collect(),
            observations: self.used,
        }
    }
}

fn variance_of_difference(own: &[f64], other: &[f64]) -> f64 {
    let n = own.len() as f64;
    let differences = || own.iter().zip(other).map(|(a, b)| a - b);
    let mean = differences().sum::<f64>() / n;
    differences().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

impl Halving {
    /// Observations that it takes for so many variants, in all.
    pub fn observations(&self, n_variants: usize) -> u64 {
        let (mut left, mut each, mut total, mut before) = (n_variants, self.first_stage.max(1) as u64, 0, 0);
        while left > self.finalists.max(1) {
            total += left as u64 * (each - before);
            (before, each) = (each, each * 2);
            left = self.next(left);
        }
        total
    }

    fn next(&self, left: usize) -> usize {
        left.div_ceil(2).max(self.finalists.max(1).min(left))
    }

    /// Halves the field; the last round's `kept` are the finalists. No round, where they are few enough already.
    /// Replications are numbered from 0.
    ///
    /// # Errors
    ///
    /// The first error of `observe`, by variant and replication in the first round that has one.
    pub fn run<E: Send>(
        &self,
        variants: &[usize],
        observe: impl Fn(usize, u64) -> Result<f64, E> + Sync,
    ) -> Result<Vec<Stage>, E> {
        let mut stages = Vec::new();
        let mut field: Vec<(usize, f64)> = variants.iter().map(|&variant| (variant, 0.0)).collect();
        let (mut each, mut before) = (self.first_stage.max(1) as u64, 0);
        while field.len() > self.finalists.max(1) {
            let names: Vec<usize> = field.iter().map(|(variant, _)| *variant).collect();
            let found = observed(&names, before, (each - before) as usize, self.better, &observe)?;
            for ((_, sum), values) in field.iter_mut().zip(found) {
                *sum += values.iter().sum::<f64>();
            }
            field.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let dropped = field.split_off(self.next(field.len()));
            let names = |field: &[(usize, f64)]| field.iter().map(|(variant, _)| *variant).collect();
            stages.push(Stage { observations_each: each, kept: names(&field), dropped: names(&dropped) });
            (before, each) = (each, each * 2);
        }
        Ok(stages)
    }
}

#[cfg(test)]
mod tests;
