//! Sizing: the cheapest staffing that meets every target with a stated confidence, found by simulation and proven on
//! fresh random numbers.
//!
//! ```text
//! bounds full ─▶ targets that people can meet; why not, of the others
//! formulas' start ─▶ reach ─▶ thin out, in growing effort ─▶ exchange ─▶ prove ─▶ the answer
//!                                                                        └─▶ what more or less would cost
//! ```
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//!
//! use vigie::experiment::NoProgress;
//! use vigie::experiment::size::{FewerVerdict, SizeSearch};
//! use vigie::load::starting_roster;
//! use vigie::scenario;
//!
//! let text = r#"
//!     title    = "One desk"
//!     start    = 2025-03-03T00:00:00
//!     zone     = "Europe/Paris"
//!     duration = "21 days"
//!     warm_up  = "1 day"
//!     classes  = ["all"]
//!
//!     [source.citizens]
//!     rate = "18/h"
//!     to   = "desk"
//!
//!     [team.people]
//!     staff = 2
//!     wage  = 25
//!
//!     [stage.desk]
//!     team = "people"
//!     work = { exponential = { mean = "5min" } }
//!     to   = "kept"
//!
//!     [[target]]
//!     name   = "at work within 3 min"
//!     clock  = "sent -> starts desk"
//!     within = "3min"
//!     share  = 0.8
//!
//!     [size.team.people]
//!     staff = "1..10"
//! "#;
//! let scenario = scenario::compile_text("one-desk", text)?;
//! let sizing = scenario.sizing()?;
//! let never = AtomicBool::new(false);
//! let search = SizeSearch {
//!     plan: &scenario.plan,
//!     sizing: &sizing,
//!     start: &starting_roster(&scenario.plan, &sizing),
//!     seed: 1,
//!     max_in_system: 1_000_000,
//!     cancel: &never,
//! };
//! let answer = search.run(&NoProgress)?.answer.expect("people can do it");
//! // Erlang C for a load of 1.5: with 2 people, 47.6 % of the cases wait longer than 3 minutes; with 3, 9.6 %
//! assert_eq!(answer.roster.people, [3]);
//! assert!(answer.proof.holds && answer.proof.fewer[0].verdict == FewerVerdict::Misses);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod descent;
mod diagnosis;
mod proof;
mod trials;

use std::sync::atomic::AtomicBool;

pub use diagnosis::{Delay, Reason, Unattainable};
pub use proof::{Fewer, FewerVerdict, Proof};
pub use trials::SizingError;

use super::{Collected, Effort as ExperimentEffort, Experiment, NoProgress};
use crate::model::{Duty, Model, Plan, Roster, Sizing};
use crate::statistics::Proportion;
use descent::{Descent, Look};
use trials::{Goal, Trial, Trials};

/// Replications of a first look.
const FIRST_LOOK: usize = 6;
/// At most so many combinations of call-in delays are tried.
const MOST_DELAYS: usize = 64;
/// How often it is looked whether a roster is proven, and replications are doubled where it is not. Whoever looks often
/// enough sees anything once, so the chance of being wrong is divided among the looks.
const LOOKS: u32 = 4;
/// The lateness allowed on the trade-off curve, relative to that of the goals: 2 allows twice as many late cases.
const ALLOWANCES: [f64; 6] = [6.0, 4.0, 2.5, 1.6, 0.6, 0.3];

/// A search for the cheapest staffing.
#[derive(Debug, Clone, Copy)]
pub struct SizeSearch<'a> {
    /// What is simulated.
    pub plan: &'a Plan,
    /// What may be changed about its staffing, and what for.
    pub sizing: &'a Sizing,
    /// Where to begin: what formulas say ([`starting_roster`](crate::load::starting_roster)), or any other roster.
    pub start: &'a Roster,
    /// The seed of the search; the proof has others.
    pub seed: u64,
    /// More cases in the system than this mean that a roster is too small by far.
    pub max_in_system: u64,
    /// Set by somebody else to stop it.
    pub cancel: &'a AtomicBool,
}

/// Hears how far a search has come.
pub trait SizeProgress: Sync {
    /// A new part of the search begins: what it does, in a few words.
    fn begins(&self, what: &'static str);
    /// So many rosters were tried in this part, in so many replications.
    fn tried(&self, rosters: usize, replications: usize);
}

impl SizeProgress for NoProgress {
    fn begins(&self, _what: &'static str) {}
    fn tried(&self, _rosters: usize, _replications: usize) {}
}

/// What a search has found.
#[derive(Debug, Clone)]
pub struct SizeFindings {
    /// Targets that no roster within the bounds meets; the answer is for the others.
    pub unattainable: Vec<Unattainable>,
    /// The answer; none where no target is left to size for.
    pub answer: Option<Answer>,
    /// Rosters tried in the search, and replications of all of them together.
    pub tried: (usize, usize),
}

/// The cheapest staffing found.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How the posts are filled.
    pub roster: Roster,
    /// The targets it was sized for, as positions in the plan.
    pub targets: Vec<usize>,
    /// What fresh random numbers say of it.
    pub proof: Proof,
    /// The plan with the posts filled so.
    pub plan: Plan,
    /// What happens with it, on the random numbers of the proof.
    pub collected: Collected,
    /// What happens with the staffing that the plan has now, on the same.
    pub now: Collected,
    /// What more or less lateness would cost, cheapest first; the answer is among them.
    pub curve: Vec<Compromise>,
}

/// A staffing that allows more or fewer late cases than the goals.
#[derive(Debug, Clone)]
pub struct Compromise {
    /// How many times as many late cases as the goals it was looked for with; 1 for the answer.
    pub allowance: f64,
    /// Its roster.
    pub roster: Roster,
    /// Its mean cost; hours of people where no team has a wage.
    pub cost: f64,
    /// The share on time of each target sized for, on the random numbers of the search.
    pub shares: Vec<Option<Proportion>>,
}

/// Replications of a roster, from the first steps of a search to the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effort {
    first: usize,
    middle: usize,
    last: usize,
    /// At most so many prove an answer: from `last` on in [`LOOKS`] looks, each at twice as many.
    proof: usize,
}

impl Effort {
    /// By what one replication takes, in visits to stages: a search should take about a minute on two processors, and
    /// its effort must not depend on how fast they are.
    fn for_visits(visits: f64) -> Self {
        let within =
            |total: f64, least: f64, most: f64| (total / visits.max(1.0)).clamp(least, most) as usize;
        let last = within(3e6, 6.0, 400.0);
        Self {
            first: within(2.5e5, 2.0, 40.0),
            middle: within(1e6, 4.0, 120.0),
            last,
            proof: last << (LOOKS - 1),
        }
    }
}

impl SizeSearch<'_> {
    /// Searches, on rayon's current threads. The answer does not depend on how many there are.
    ///
    /// # Errors
    ///
    /// [`SizingError`] where it was stopped, or there are more people than the engine can number.
    ///
    /// # Panics
    ///
    /// If `start` is not a roster of the posts of `sizing`.
    pub fn run(&self, progress: &dyn SizeProgress) -> Result<SizeFindings, SizingError> {
        assert_eq!(self.start.people.len(), self.sizing.posts.len(), "a number of people for every post");
        let heard = |rosters: usize, replications: usize| progress.tried(rosters, replications);
        let mut trials = Trials::new(self, self.seed, &heard);
        progress.begins("looking at what people can do");
        let full = self.full();
        let (goals, unattainable) = self.attainable(&mut trials, &full)?;
        if goals.is_empty() {
            return Ok(SizeFindings { unattainable, answer: None, tried: trials.effort() });
        }
        let effort = Effort::for_visits(trials.visits(&full));
        progress.begins("searching");
        let mut descent = Descent { trials: &mut trials, posts: &self.sizing.posts, goals: &goals };
        let found = self.search(&mut descent, &full, effort)?;
        progress.begins("proving the answer on fresh random numbers");
        let proven = proof::prove(self, &mut descent, found, effort, &heard)?;
        progress.begins("looking at what more or less would cost");
        let curve = curve(&mut descent, &proven.roster, effort)?;
        let tried = trials.effort();
        let plan = self.sizing.staffed(self.plan, &proven.roster);
        let proof = &proven.proof;
        let collected = self.collected(&plan, proof.seed, proof.replications)?;
        let now = self.collected(self.plan, proof.seed, proof.replications)?;
        let targets = goals.iter().map(|goal| goal.target).collect();
        let answer =
            Answer { roster: proven.roster, targets, proof: proven.proof, plan, collected, now, curve };
        Ok(SizeFindings { unattainable, answer: Some(answer), tried })
    }

    /// Every post full, and help as soon as it can come.
    fn full(&self) -> Roster {
        let soonest = |delays: &Vec<crate::model::CallInDelay>| {
            (0..delays.len()).min_by_key(|&idx| delays[idx].after).unwrap_or(0)
        };
        let delays = self.sizing.posts.iter().map(|post| match &post.duty {
            Duty::Shift { .. } => 0,
            Duty::CallIn { delays, .. } => soonest(delays),
        });
        Roster {
            people: self.sizing.posts.iter().map(|post| post.at_most).collect(),
            delays: delays.collect(),
        }
    }

    /// The goals that full posts do not miss for certain, and why the others are missed.
    fn attainable(
        &self,
        trials: &mut Trials<'_>,
        full: &Roster,
    ) -> Result<(Vec<Goal>, Vec<Unattainable>), SizingError> {
        let goal = |&target: &usize| Goal { target, share: self.plan.targets[target].share };
        let goals: Vec<Goal> = self.sizing.targets.iter().map(goal).collect();
        let confidence = self.confidence_of_each(goals.len());
        let trial = trials.one(full, FIRST_LOOK, &goals)?;
        let (mut attainable, mut unattainable) = (Vec::new(), Vec::new());
        for (k, &goal) in goals.iter().enumerate() {
            if trial.bounds(k, confidence).1 < goal.share {
                unattainable.push(diagnosis::diagnose(self, goal, confidence, trial.share(k).cloned())?);
            } else {
                attainable.push(goal);
            }
        }
        Ok((attainable, unattainable))
    }

    /// The cheapest roster found, by the random numbers of the search; with every post full where nothing less is good
    /// enough.
    fn search(
        &self,
        descent: &mut Descent<'_, '_>,
        full: &Roster,
        effort: Effort,
    ) -> Result<Trial, SizingError> {
        let confidence = self.confidence_of_each(descent.goals.len());
        let coarse = Look { replications: effort.first, confidence, step: 0.15 };
        let mut best: Option<Trial> = None;
        for delays in self.delays() {
            let start = match &best {
                // other delays need about as many people
                Some(best) => Roster { delays, ..best.roster.clone() },
                None => Roster { delays, ..self.start.clone() },
            };
            if let Some(found) = refine(descent, &start, coarse, effort)?
                && best.as_ref().is_none_or(|best| found.cost < best.cost)
            {
                best = Some(found);
            }
        }
        match best {
            Some(best) => Ok(best),
            None => descent.trials.one(full, effort.last, descent.goals),
        }
    }

    /// Every combination of call-in delays, that of the start first.
    fn delays(&self) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new()];
        for (idx, post) in self.sizing.posts.iter().enumerate() {
            let own = self.start.delays[idx];
            let n_delays = match &post.duty {
                Duty::Shift { .. } => 1,
                Duty::CallIn { delays, .. } => delays.len(),
            };
            let others = (0..n_delays).filter(|delay| *delay != own);
            let choices: Vec<usize> = std::iter::once(own).chain(others).collect();
            all = all
                .iter()
                .flat_map(|before: &Vec<usize>| {
                    choices.iter().map(move |delay| before.iter().copied().chain([*delay]).collect())
                })
                .collect();
            all.truncate(MOST_DELAYS);
        }
        all
    }

    fn collected(&self, plan: &Plan, seed: u64, replications: usize) -> Result<Collected, SizingError> {
        let model = Model::new(plan.clone())?;
        let experiment = Experiment {
            model: &model,
            seed,
            effort: ExperimentEffort::Replications(replications),
            max_in_system: self.max_in_system,
            cancel: self.cancel,
            shuffle: None,
        };
        Ok(experiment.run(&NoProgress)?)
    }

    /// The confidence of each of so many goals that gives all of them together the one asked for (Bonferroni).
    fn confidence_of_each(&self, n_goals: usize) -> f64 {
        1.0 - (1.0 - self.sizing.confidence) / n_goals.max(1) as f64
    }
}

/// From a start down to a roster as cheap as steps and exchanges make it, in growing effort; none where even full posts
/// are not good enough.
fn refine(
    descent: &mut Descent<'_, '_>,
    start: &Roster,
    coarse: Look,
    effort: Effort,
) -> Result<Option<Trial>, SizingError> {
    let Some(reached) = descent.reach(start, coarse)? else { return Ok(None) };
    let mut at = descent.thin(reached, coarse)?;
    for replications in [effort.middle, effort.last] {
        let look = Look { replications, confidence: coarse.confidence, step: 0.0 };
        let again = descent.trials.one(&at.roster, replications, descent.goals)?;
        let Some(enough) = descent.repair(again, look)? else { return Ok(None) };
        at = descent.thin(enough, look)?;
        at = descent.exchange(at, look)?;
    }
    Ok(Some(at))
}

/// What more or less lateness would cost: each compromise from the one before.
fn curve(
    descent: &mut Descent<'_, '_>,
    answer: &Roster,
    effort: Effort,
) -> Result<Vec<Compromise>, SizingError> {
    let trial = descent.trials.one(answer, effort.middle, descent.goals)?;
    let mut curve = vec![compromise(1.0, &trial)];
    let (looser, tighter): (Vec<f64>, Vec<f64>) = ALLOWANCES.iter().partition(|&&allowance| allowance > 1.0);
    for allowances in [looser.into_iter().rev().collect::<Vec<f64>>(), tighter] {
        let mut at = answer.clone();
        for allowance in allowances {
            let goals: Vec<Goal> = descent.goals.iter().map(|goal| loosened(*goal, allowance)).collect();
            let look = Look { replications: effort.first, confidence: 0.5, step: 0.1 };
            let mut wider = Descent { trials: descent.trials, posts: descent.posts, goals: &goals };
            let begun = wider.trials.one(&at, look.replications, &goals)?;
            let enough = match wider.repair(begun, look)? {
                Some(enough) => wider.thin(enough, look)?,
                None => break,
            };
            at = enough.roster.clone();
            let known = descent.trials.one(&at, effort.middle, descent.goals)?;
            curve.push(compromise(allowance, &known));
        }
    }
    curve.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    curve.dedup_by(|a, b| a.roster == b.roster);
    let is_no_worse = |one: &Compromise, other: &Compromise| {
        let share = |share: &Option<Proportion>| share.as_ref().map_or(0.0, Proportion::estimate);
        let shares = one.shares.iter().zip(&other.shares);
        one.cost <= other.cost && shares.into_iter().all(|(one, other)| share(one) >= share(other))
    };
    let all = curve.clone();
    curve.retain(|found| {
        let others = || all.iter().filter(|other| other.roster != found.roster);
        found.roster == *answer || !others().any(|other| is_no_worse(other, found))
    });
    Ok(curve)
}

fn compromise(allowance: f64, trial: &Trial) -> Compromise {
    Compromise {
        allowance,
        roster: trial.roster.clone(),
        cost: trial.cost,
        shares: trial.shares().cloned().collect(),
    }
}

/// A goal that allows so many times as many late cases, but never that all are.
fn loosened(goal: Goal, allowance: f64) -> Goal {
    Goal { share: 1.0 - ((1.0 - goal.share) * allowance).min(0.95), ..goal }
}
