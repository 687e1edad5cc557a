//! The proof: an answer found by searching among random numbers flatters itself, so it is tried again on fresh ones.

use super::descent::{Descent, Look};
use super::trials::{Goal, SizingError, Trial, Trials};
use super::{Effort, LOOKS, SizeSearch};
use crate::model::Roster;
use crate::statistics::Proportion;

/// That one person less would miss a target is wrong with at most this probability, for each post by itself.
const WRONG_ABOUT_NEIGHBORS: f64 = 0.05;
/// Answers tried before giving up.
const MOST_ATTEMPTS: usize = 12;

/// What fresh random numbers say of the answer.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Whether it meets every target with the confidence asked for.
    pub holds: bool,
    /// Replications of the answer.
    pub replications: usize,
    /// The seed of their random numbers, which nothing before has met.
    pub seed: u64,
    /// Answers that were tried, this one included; the confidence is shared out among them.
    pub attempts: usize,
    /// The share on time of each target sized for.
    pub shares: Vec<Option<Proportion>>,
    /// The confidence of each share's lower end.
    pub confidence: f64,
    /// One person less at each post that could do with less.
    pub fewer: Vec<Fewer>,
}

/// What one person less at a post would do.
#[derive(Debug, Clone)]
pub struct Fewer {
    /// The post.
    pub post: usize,
    /// Whether the targets would still be met.
    pub verdict: FewerVerdict,
    /// Position among the targets sized for of the one that is missed, or is nearest to it.
    pub goal: usize,
    /// Its share on time.
    pub share: Option<Proportion>,
    /// What would be saved.
    pub saved: f64,
}

/// Whether one person less would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FewerVerdict {
    /// A target is missed.
    Misses,
    /// It cannot be told.
    CannotTell,
    /// The targets are still met; an answer has such a neighbor only where all attempts are used up, or where that
    /// neighbor was not held by other random numbers.
    WouldDo,
}

/// An answer with its proof.
pub(super) struct Proven {
    pub(super) roster: Roster,
    pub(super) proof: Proof,
}

/// Proves an answer, or mends it until it can be proven.
pub(super) fn prove(
    search: &SizeSearch<'_>,
    descent: &mut Descent<'_, '_>,
    answer: Trial,
    effort: Effort,
    heard: &(dyn Fn(usize, usize) + Sync),
) -> Result<Proven, SizingError> {
    let mut refuted: Vec<Roster> = Vec::new();
    let mut at = answer;
    let goals = descent.goals;
    for attempt in 1.. {
        // the chance of being wrong is spent in halves, so that all attempts together keep to it
        let wrong = (1.0 - search.sizing.confidence) / 2.0_f64.powi(attempt);
        let confidence = 1.0 - wrong / (goals.len().max(1) as f64 * f64::from(LOOKS));
        let seed = fresh_seed(search.seed, attempt as u64);
        let mut trials = Trials::new(search, seed, heard);
        let (trial, replications) = settle(&mut trials, &at.roster, goals, confidence, effort)?;
        let holds = trial.is_feasible(confidence);
        let more = if holds { None } else { one_more(descent, &at, effort)? };
        let is_last = attempt as usize >= MOST_ATTEMPTS || (!holds && more.is_none());
        if holds || is_last {
            let fewer = fewer(&mut trials, descent, &trial, confidence, effort)?;
            let cheaper = fewer
                .iter()
                .filter(|(found, roster)| found.verdict == FewerVerdict::WouldDo && !refuted.contains(roster))
                .max_by(|a, b| a.0.saved.total_cmp(&b.0.saved));
            if let Some((_, roster)) = cheaper.filter(|_| !is_last) {
                at = descent.trials.one(roster, effort.last, goals)?;
                continue;
            }
            return Ok(Proven {
                roster: at.roster,
                proof: Proof {
                    holds,
                    replications,
                    seed,
                    attempts: attempt as usize,
                    shares: (0..goals.len()).map(|k| trial.share(k).cloned()).collect(),
                    confidence,
                    fewer: fewer.into_iter().map(|(found, _)| found).collect(),
                },
            });
        }
        refuted.push(at.roster.clone());
        at = more.unwrap_or(at);
    }
    unreachable!("the last attempt returns")
}

/// Adds replications until it is clear whether the roster meets the goals, or enough is enough.
fn settle(
    trials: &mut Trials<'_>,
    roster: &Roster,
    goals: &[Goal],
    confidence: f64,
    effort: Effort,
) -> Result<(Trial, usize), SizingError> {
    let mut n = effort.last;
    loop {
        let trial = trials.one(roster, n, goals)?;
        let is_clear = trial.is_feasible(confidence) || trial.missed(confidence).is_some();
        if is_clear || n >= effort.proof {
            return Ok((trial, n));
        }
        n = (2 * n).min(effort.proof);
    }
}

/// One person less at each post, on the same fresh random numbers.
fn fewer(
    trials: &mut Trials<'_>,
    descent: &Descent<'_, '_>,
    answer: &Trial,
    confidence: f64,
    effort: Effort,
) -> Result<Vec<(Fewer, Roster)>, SizingError> {
    let mut found = Vec::new();
    // whichever of the targets is missed, at whichever look
    let each = 1.0 - WRONG_ABOUT_NEIGHBORS / (descent.goals.len().max(1) as f64 * f64::from(LOOKS));
    for post in 0..descent.posts.len() {
        let Some(roster) = descent.moved(&answer.roster, post, -1) else { continue };
        let mut n = effort.last;
        let (verdict, trial) = loop {
            let trial = trials.one(&roster, n, descent.goals)?;
            if trial.missed(each).is_some() {
                break (FewerVerdict::Misses, trial);
            }
            if trial.is_feasible(confidence) {
                break (FewerVerdict::WouldDo, trial);
            }
            if n >= effort.proof {
                break (FewerVerdict::CannotTell, trial);
            }
            n = (2 * n).min(effort.proof);
        };
        let goal = trial.missed(each).unwrap_or_else(|| trial.tightest());
        let share = trial.share(goal).cloned();
        found.push((Fewer { post, verdict, goal, share, saved: answer.cost - trial.cost }, roster));
    }
    Ok(found)
}

/// The roster with one person more, where that helps most for the money by the random numbers of the search; none where
/// every post is full.
fn one_more(descent: &mut Descent<'_, '_>, at: &Trial, effort: Effort) -> Result<Option<Trial>, SizingError> {
    descent.one_more(at, Look { replications: effort.last, confidence: 0.5, step: 0.0 })
}

/// A seed for the random numbers of an attempt, unrelated to that of the search, and short enough to type (Steele, Lea &
/// Flood's `SplitMix`, OOPSLA 2014).
fn fresh_seed(seed: u64, attempt: u64) -> u64 {
    let mut mixed = seed.wrapping_add(attempt.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)) >> 32
}
