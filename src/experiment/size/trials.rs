//! Rosters tried by simulation: all of them meet the same random numbers, and what one trial has learned is kept.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use super::SizeSearch;
use crate::engine::Execution;
use crate::experiment::records::TeamRecord;
use crate::model::{Facts, Halt, Model, Plan, Roster, RunOptions, Sizing, TooLarge};
use crate::statistics::Proportion;

/// A search that has simulated so many visits to stages looks for no more improvements: a minute or two on two
/// processors, counted in work and not in time, so that the answer depends on no clock.
const MOST_VISITS: u64 = 600_000_000;

/// A target that a roster must meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Goal {
    /// Its position in the plan.
    pub(super) target: usize,
    /// The share that must be on time.
    pub(super) share: f64,
}

/// Simulates rosters.
pub(super) struct Trials<'a> {
    plan: &'a Plan,
    sizing: &'a Sizing,
    seed: u64,
    max_in_system: u64,
    cancel: &'a AtomicBool,
    known: BTreeMap<Roster, Vec<Observed>>,
    n_replications: usize,
    n_visits: u64,
    heard: &'a (dyn Fn(usize, usize) + Sync),
}

/// What one replication of a roster showed.
#[derive(Debug, Clone)]
struct Observed {
    /// By target of the plan: cases, and those on time. None where the backlog grew beyond all bounds.
    targets: Option<Vec<(u64, u64)>>,
    cost: f64,
    visits: u64,
}

/// What the replications of a roster showed of some goals.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) roster: Roster,
    /// The mean cost; hours of people, where no team has a wage.
    pub(super) cost: f64,
    /// By goal: the share on time; none where no case ran the clock to its end, or the backlog grew beyond all bounds.
    shares: Vec<Option<Proportion>>,
    goals: Vec<Goal>,
    /// Whether the backlog grew beyond all bounds.
    is_overloaded: bool,
}

/// Why a trial could not be made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SizingError {
    /// It was stopped.
    Halt(Halt),
    /// The people are too many for the engine.
    TooLarge(TooLarge),
}

impl std::fmt::Display for SizingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Halt(halt) => halt.fmt(f),
            Self::TooLarge(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SizingError {}

impl From<Halt> for SizingError {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<TooLarge> for SizingError {
    fn from(error: TooLarge) -> Self {
        Self::TooLarge(error)
    }
}

impl<'a> Trials<'a> {
    /// No trial yet; `seed` is that of the random numbers that all rosters meet.
    pub(super) fn new(search: &SizeSearch<'a>, seed: u64, heard: &'a (dyn Fn(usize, usize) + Sync)) -> Self {
        Self {
            plan: search.plan,
            sizing: search.sizing,
            seed,
            max_in_system: search.max_in_system,
            cancel: search.cancel,
            known: BTreeMap::new(),
            n_replications: 0,
            n_visits: 0,
            heard,
        }
    }

    /// How many rosters were tried, and in how many replications altogether.
    pub(super) fn effort(&self) -> (usize, usize) {
        (self.known.len(), self.n_replications)
    }

    /// Whether so much was simulated that a search had better end with what it has.
    pub(super) fn is_spent(&self) -> bool {
        self.n_visits > MOST_VISITS
    }

    /// The mean number of visits to stages in a replication of a roster that was tried: what it takes to simulate.
    pub(super) fn visits(&self, roster: &Roster) -> f64 {
        let observed = self.known.get(roster).map_or(&[][..], Vec::as_slice);
        observed.iter().map(|one| one.visits as f64).sum::<f64>() / observed.len().max(1) as f64
    }

    /// Tries a roster in at least `n` replications.
    pub(super) fn one(&mut self, roster: &Roster, n: usize, goals: &[Goal]) -> Result<Trial, SizingError> {
        Ok(self.all(std::slice::from_ref(roster), n, goals)?.remove(0))
    }

    /// Tries rosters in `n` replications each, in parallel over all of them; those known already are not repeated.
    pub(super) fn all(
        &mut self,
        rosters: &[Roster],
        n: usize,
        goals: &[Goal],
    ) -> Result<Vec<Trial>, SizingError> {
        let mut lacking: Vec<&Roster> = rosters.iter().filter(|roster| self.n_known(roster) < n).collect();
        lacking.sort_unstable();
        lacking.dedup();
        let models: Result<Vec<Model>, TooLarge> =
            lacking.iter().map(|roster| Model::new(self.sizing.staffed(self.plan, roster))).collect();
        let models = models?;
        let tasks: Vec<(usize, usize)> = (lacking.iter().enumerate())
            .flat_map(|(idx, roster)| (self.n_known(roster)..n).map(move |replication| (idx, replication)))
            .collect();
        let inside = tasks.len() < rayon::current_num_threads();
        let observed: Result<Vec<Observed>, Halt> = tasks
            .par_iter()
            .with_max_len(1)
            .map(|&(idx, replication)| self.replication(&models[idx], replication, inside))
            .collect();
        let observed = observed?;
        self.n_replications += observed.len();
        self.n_visits += observed.iter().map(|one| one.visits).sum::<u64>();
        for (&(idx, _), observed) in tasks.iter().zip(observed) {
            self.known.entry(lacking[idx].clone()).or_default().push(observed);
        }
        (self.heard)(self.known.len(), self.n_replications);
        Ok(rosters.iter().map(|roster| self.trial(roster, n, goals)).collect())
    }

    fn n_known(&self, roster: &Roster) -> usize {
        self.known.get(roster).map_or(0, Vec::len)
    }

    fn replication(&self, model: &Model, replication: usize, parallel: bool) -> Result<Observed, Halt> {
        let facts = model.simulate(&RunOptions {
            seed: self.seed,
            replication: replication as u64,
            max_in_system: self.max_in_system,
            cancel: self.cancel,
            execution: Execution { parallel, shuffle: None },
        });
        match facts {
            Ok(facts) => Ok(Observed {
                targets: Some(facts.targets.iter().map(|target| (target.count, target.on_time)).collect()),
                cost: self.cost(model.plan(), &facts),
                visits: facts.visits,
            }),
            // far too few people: that is an answer too
            Err(Halt::TooManyInSystem { .. }) => Ok(Observed { targets: None, cost: 0.0, visits: 0 }),
            Err(halt) => Err(halt),
        }
    }

    /// What the first `n` replications of a roster showed.
    fn trial(&self, roster: &Roster, n: usize, goals: &[Goal]) -> Trial {
        let known = &self.known[roster];
        let observed = &known[..n.min(known.len())];
        let share = |goal: &Goal| -> Option<Proportion> {
            let counts = observed.iter().map(|one| one.targets.as_ref().map(|all| all[goal.target]));
            let pairs: Option<Vec<(u64, u64)>> =
                counts.map(|counts| counts.map(|(count, on_time)| (on_time, count))).collect();
            Proportion::new(pairs?)
        };
        Trial {
            roster: roster.clone(),
            cost: observed.iter().map(|one| one.cost).sum::<f64>() / observed.len().max(1) as f64,
            shares: goals.iter().map(share).collect(),
            goals: goals.to_vec(),
            is_overloaded: observed.iter().any(|one| one.targets.is_none()),
        }
    }

    /// What the teams that are sized cost; the hours of their people, where none has a wage.
    fn cost(&self, plan: &Plan, facts: &Facts) -> f64 {
        let hours = |team: usize| TeamRecord::of(&facts.teams[team]).staff_hours;
        let cost = self.sizing.cost(plan, hours);
        cost.unwrap_or_else(|| self.sizing.teams().into_iter().map(hours).sum())
    }
}

impl Trial {
    /// The share on time of a goal; none where nothing can be told.
    pub(super) fn share(&self, goal: usize) -> Option<&Proportion> {
        self.shares[goal].as_ref()
    }

    /// The share on time of every goal.
    pub(super) fn shares(&self) -> impl Iterator<Item = &Option<Proportion>> {
        self.shares.iter()
    }

    /// The lower and the upper end, each with this confidence, of the interval of a share: the estimate itself for a
    /// confidence of a half, (0, 1) for a single replication or without a case, (0, 0) for a backlog beyond all bounds.
    pub(super) fn bounds(&self, goal: usize, confidence: f64) -> (f64, f64) {
        if self.is_overloaded {
            return (0.0, 0.0);
        }
        let Some(share) = self.share(goal) else { return (0.0, 1.0) };
        if confidence <= 0.5 {
            return (share.estimate(), share.estimate());
        }
        share.interval(2.0 * confidence - 1.0).bounds.unwrap_or((0.0, 1.0))
    }

    /// By how much the goals are met with this confidence each: the smallest distance of a lower end from its goal;
    /// negative where one is not.
    pub(super) fn slack(&self, confidence: f64) -> f64 {
        let slacks = (0..self.goals.len()).map(|k| self.bounds(k, confidence).0 - self.goals[k].share);
        slacks.fold(f64::INFINITY, f64::min)
    }

    /// Whether the goals are met with this confidence each.
    pub(super) fn is_feasible(&self, confidence: f64) -> bool {
        self.slack(confidence) >= 0.0
    }

    /// The goal that is missed for certain by most, if one is.
    pub(super) fn missed(&self, confidence: f64) -> Option<usize> {
        let below = |k: &usize| self.goals[*k].share - self.bounds(*k, confidence).1;
        (0..self.goals.len()).filter(|k| below(k) > 0.0).max_by(|a, b| below(a).total_cmp(&below(b)))
    }

    /// The goal that is nearest to being missed.
    pub(super) fn tightest(&self) -> usize {
        let slack = |k: &usize| self.share(*k).map_or(-1.0, Proportion::estimate) - self.goals[*k].share;
        (0..self.goals.len()).min_by(|a, b| slack(a).total_cmp(&slack(b))).unwrap_or(0)
    }
}
