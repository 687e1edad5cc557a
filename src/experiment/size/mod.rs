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

mod compromises;
mod descent;
mod diagnosis;
mod effort;
mod proof;
mod trials;

use std::sync::atomic::AtomicBool;

pub use compromises::Compromise;
pub use diagnosis::{Delay, Reason, Unattainable};
pub use proof::{Fewer, FewerVerdict, Proof};
pub use trials::SizingError;

use super::{Collected, Effort as ExperimentEffort, Experiment, NoProgress};
use crate::model::{CallInDelay, Duty, Halt, Model, Plan, Roster, Sizing};
use descent::{Descent, Look};
use effort::Effort;
use proof::Proven;
use trials::{Goal, Trial, Trials};

/// Replications of a first look.
const FIRST_LOOK: usize = 6;
/// Replications of a close look at whether a target can be met at all, and the confidence with which it is denied.
const CLOSE_LOOK: usize = 24;
const SURE: f64 = 0.999;
/// So many combinations of call-in delays are looked at closely.
const REFINED: usize = 2;
/// At most so many combinations of call-in delays are tried.
const MOST_DELAYS: usize = 64;
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
    /// Combinations of call-in delays that were not looked at, because there are too many.
    pub delays_left_out: usize,
    /// Whether the search ended with what it had, because it had simulated enough.
    pub is_cut_short: bool,
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
    /// What happens with the staffing that the plan has now, on the same; none where the backlog grows beyond all bounds.
    pub now: Option<Collected>,
    /// What more or less lateness would cost, cheapest first; the answer is among them.
    pub curve: Vec<Compromise>,
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
        let (mut goals, mut unattainable) = self.attainable(&mut trials, &full)?;
        let effort = Effort::for_visits(trials.visits(&full));
        while !goals.is_empty() {
            progress.begins("searching");
            let mut descent = Descent { trials: &mut trials, posts: &self.sizing.posts, goals: &goals };
            let found = self.search(&mut descent, &full, effort)?;
            progress.begins("proving the answer on fresh random numbers");
            let proven = proof::prove(self, &mut descent, found, effort, &heard)?;
            // what full posts miss on fresh random numbers, too, nobody can meet; the others may still be met
            if let Some(missed) = proven.missed {
                let goal = goals.remove(missed);
                let share = proven.proof.shares[missed].clone();
                let confidence = self.confidence_of_each(goals.len() + 1);
                unattainable.push(diagnosis::diagnose(self, goal, confidence, share)?);
                continue;
            }
            progress.begins("looking at what more or less would cost");
            let curve = compromises::curve(&mut descent, &proven.roster, effort)?;
            let answer = self.answer(proven, &goals, curve)?;
            return Ok(self.findings(unattainable, Some(answer), &trials));
        }
        Ok(self.findings(unattainable, None, &trials))
    }

    fn findings(
        &self,
        unattainable: Vec<Unattainable>,
        answer: Option<Answer>,
        trials: &Trials<'_>,
    ) -> SizeFindings {
        let n_delays = self.n_delays();
        SizeFindings {
            unattainable,
            answer,
            tried: trials.effort(),
            delays_left_out: n_delays.saturating_sub(MOST_DELAYS),
            is_cut_short: trials.is_spent(),
        }
    }

    fn answer(&self, proven: Proven, goals: &[Goal], curve: Vec<Compromise>) -> Result<Answer, SizingError> {
        let Proven { roster, proof, .. } = proven;
        let plan = self.sizing.staffed(self.plan, &roster);
        let collected = self.collected(&plan, proof.seed, proof.replications)?;
        let now = match self.collected(self.plan, proof.seed, proof.replications) {
            // so hopeless may things stand when somebody asks who is needed
            Err(SizingError::Halt(Halt::TooManyInSystem { .. })) => None,
            other => Some(other?),
        };
        let targets = goals.iter().map(|goal| goal.target).collect();
        Ok(Answer { roster, targets, proof, plan, collected, now, curve })
    }

    /// Every post full, and help as soon as it can come.
    fn full(&self) -> Roster {
        let soonest =
            |delays: &Vec<CallInDelay>| (0..delays.len()).min_by_key(|&idx| delays[idx].after).unwrap_or(0);
        let delays = self.sizing.posts.iter().map(|post| match &post.duty {
            Duty::Shift { .. } => 0,
            Duty::CallIn { delays, .. } => soonest(delays),
        });
        Roster {
            people: self.sizing.posts.iter().map(|post| post.at_most).collect(),
            delays: delays.collect(),
        }
    }

    /// Rosters that may do where full posts do not, because the people of one post give more work to others: the start,
    /// the staffing of now, the fewest people, half of them, and each post alone with its fewest, or full.
    fn others(&self, full: &Roster) -> Vec<Roster> {
        let posts = &self.sizing.posts;
        let of = |people: Vec<u32>| Roster { people, delays: full.delays.clone() };
        let least: Vec<u32> = posts.iter().map(|post| post.at_least).collect();
        let now = posts.iter().map(|post| post.now.unwrap_or(post.at_least));
        let half = posts.iter().map(|post| u32::midpoint(post.at_least, post.at_most));
        let now = now.zip(posts).map(|(now, post)| now.clamp(post.at_least, post.at_most));
        let mut others = vec![self.start.clone(), of(now.collect()), of(half.collect()), of(least.clone())];
        for post in 0..posts.len() {
            let with = |mut people: Vec<u32>, number: u32| {
                people[post] = number;
                of(people)
            };
            others.push(with(full.people.clone(), least[post]));
            others.push(with(least.clone(), full.people[post]));
        }
        others
    }

    /// The goals that some roster may meet, and why the others are missed. That full posts miss one is looked at again,
    /// closely and with other rosters, before it is said.
    fn attainable(
        &self,
        trials: &mut Trials<'_>,
        full: &Roster,
    ) -> Result<(Vec<Goal>, Vec<Unattainable>), SizingError> {
        let goal = |&target: &usize| Goal { target, share: self.plan.targets[target].share };
        let goals: Vec<Goal> = self.sizing.targets.iter().map(goal).collect();
        let confidence = self.confidence_of_each(goals.len());
        let is_missed =
            |trial: &Trial, k: usize, confidence: f64| trial.bounds(k, confidence).1 < goals[k].share;
        let first = trials.one(full, FIRST_LOOK, &goals)?;
        if (0..goals.len()).all(|k| !is_missed(&first, k, confidence)) {
            return Ok((goals, Vec::new()));
        }
        let closely = trials.one(full, CLOSE_LOOK, &goals)?;
        let others = trials.all(&self.others(full), CLOSE_LOOK, &goals)?;
        let (mut attainable, mut unattainable) = (Vec::new(), Vec::new());
        for (k, &goal) in goals.iter().enumerate() {
            let missed_by_all =
                std::iter::once(&closely).chain(&others).all(|trial| is_missed(trial, k, SURE));
            if missed_by_all {
                unattainable.push(diagnosis::diagnose(self, goal, SURE, closely.share(k).cloned())?);
            } else {
                attainable.push(goal);
            }
        }
        Ok((attainable, unattainable))
    }

    /// The cheapest roster found, by the random numbers of the search; with every post full where nothing less is good
    /// enough. All combinations of call-in delays are looked at in few replications, the best of them closely.
    fn search(
        &self,
        descent: &mut Descent<'_, '_>,
        full: &Roster,
        effort: Effort,
    ) -> Result<Trial, SizingError> {
        let confidence = self.confidence_of_each(descent.goals.len());
        let coarse = Look { replications: effort.first, confidence, step: 0.15 };
        let mut begun: Vec<(Trial, usize)> = Vec::new();
        for delays in self.delays() {
            let start = match begun.first() {
                // other delays need about as many people
                Some((found, _)) => Roster { delays, ..found.roster.clone() },
                None => Roster { delays, ..self.start.clone() },
            };
            begun.extend(descend(descent, &start, coarse, effort)?);
            if descent.trials.is_spent() {
                break;
            }
        }
        if begun.is_empty() {
            begun.extend(self.another(descent, full, coarse, effort)?);
        }
        begun.sort_by(|a, b| a.0.cost.total_cmp(&b.0.cost));
        let mut best: Option<Trial> = None;
        for (coarsely, replications) in begun.into_iter().take(REFINED) {
            if let Some(found) = refine(descent, coarsely, replications, coarse, effort)?
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

    /// A roster that is good enough though more people than the start has are not, thinned out.
    fn another(
        &self,
        descent: &mut Descent<'_, '_>,
        full: &Roster,
        coarse: Look,
        effort: Effort,
    ) -> Result<Option<(Trial, usize)>, SizingError> {
        let look = Look { replications: effort.middle, ..coarse };
        let tried = descent.trials.all(&self.others(full), look.replications, descent.goals)?;
        let good = tried.into_iter().filter(|trial| trial.is_feasible(look.confidence));
        match good.min_by(|a, b| a.cost.total_cmp(&b.cost)) {
            Some(good) => Ok(Some((descent.thin(good, look)?, look.replications))),
            None => Ok(None),
        }
    }

    /// How many combinations of call-in delays there are.
    fn n_delays(&self) -> usize {
        let choices = self.sizing.posts.iter().map(|post| match &post.duty {
            Duty::Shift { .. } => 1,
            Duty::CallIn { delays, .. } => delays.len(),
        });
        choices.fold(1, usize::saturating_mul)
    }

    /// Every combination of call-in delays, that of the start first; at most so many.
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

/// From a start down in large steps, in as few replications as can tell: where chance hides in so few that full posts are
/// enough, more are taken. With the replications that it took; none where even full posts are not good enough.
fn descend(
    descent: &mut Descent<'_, '_>,
    start: &Roster,
    coarse: Look,
    effort: Effort,
) -> Result<Option<(Trial, usize)>, SizingError> {
    for replications in [effort.first, effort.middle, effort.last, effort.proof_at_most] {
        let look = Look { replications, ..coarse };
        if let Some(reached) = descent.reach(start, look)? {
            return Ok(Some((descent.thin(reached, look)?, replications)));
        }
    }
    Ok(None)
}

/// Down to a roster as cheap as single steps and exchanges make it, in growing effort; none where full posts turn out not to
/// be good enough.
fn refine(
    descent: &mut Descent<'_, '_>,
    coarsely: Trial,
    replications: usize,
    coarse: Look,
    effort: Effort,
) -> Result<Option<Trial>, SizingError> {
    let mut at = coarsely;
    for more in [effort.middle, effort.last] {
        let look = Look { replications: more.max(replications), step: 0.0, ..coarse };
        let again = descent.trials.one(&at.roster, look.replications, descent.goals)?;
        let Some(enough) = descent.repair(again, look)? else { return Ok(None) };
        at = descent.thin(enough, look)?;
        at = descent.exchange(at, look)?;
    }
    Ok(Some(at))
}
