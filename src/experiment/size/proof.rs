//! The proof: an answer found by searching among random numbers flatters itself, so it is tried again on fresh ones.

use super::SizeSearch;
use super::descent::{Descent, Look};
use super::effort::{Effort, LOOKS};
use super::trials::{Goal, SizingError, Trial, Trials};
use crate::model::Roster;
use crate::statistics::Proportion;

/// That one person less would miss a target is wrong with at most this probability, for each post by itself.
const WRONG_ABOUT_NEIGHBORS: f64 = 0.05;
/// Answers tried before giving up.
const MOST_ATTEMPTS: i32 = 12;

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
    /// The targets would still be met by these random numbers, but others did not confirm it.
    NotConfirmed,
    /// The targets would still be met: the attempts were used up before that was found.
    WouldDo,
}

/// An answer with its proof.
pub(super) struct Proven {
    pub(super) roster: Roster,
    pub(super) proof: Proof,
    /// The goal that is missed for certain though every post is full.
    pub(super) missed: Option<usize>,
}

/// Proves an answer, or mends it until it can be proven: a roster that does not hold gets one person more; one that holds,
/// but has a neighbor with one person less that would do, is kept while something cheaper is tried.
pub(super) fn prove(
    search: &SizeSearch<'_>,
    descent: &mut Descent<'_, '_>,
    answer: Trial,
    effort: Effort,
    heard: &(dyn Fn(usize, usize) + Sync),
) -> Result<Proven, SizingError> {
    let mut proven: Option<Proven> = None;
    // what to try next, the last first, where what is tried now does not hold
    let mut cheaper: Vec<Trial> = Vec::new();
    let mut refuted: Vec<Roster> = Vec::new();
    let mut at = answer;
    for attempt in 1..=MOST_ATTEMPTS {
        // the chance of being wrong is spent in halves, so that all attempts together keep to it
        let wrong = (1.0 - search.sizing.confidence) / 2.0_f64.powi(attempt);
        let confidence = 1.0 - wrong / (descent.goals.len().max(1) as f64 * f64::from(LOOKS));
        let seed = fresh_seed(search.seed, attempt as u64);
        let mut trials = Trials::new(search, seed, heard);
        let (trial, replications) = settle(&mut trials, &at.roster, descent.goals, confidence, effort)?;
        let holds = trial.is_feasible(confidence);
        if !holds {
            refuted.push(at.roster.clone());
        }
        let proof = |fewer: Vec<Fewer>| Proof {
            holds,
            replications,
            seed,
            attempts: attempt as usize,
            shares: trial.shares().cloned().collect(),
            confidence,
            fewer,
        };
        if holds {
            let found = fewer(&mut trials, descent, &trial, &refuted, (confidence, effort))?;
            let next = found.iter().filter(|(fewer, _)| fewer.verdict == FewerVerdict::WouldDo);
            let next = next.max_by(|a, b| a.0.saved.total_cmp(&b.0.saved)).map(|(_, roster)| roster.clone());
            let fewer = found.into_iter().map(|(fewer, _)| fewer).collect();
            proven = Some(Proven { roster: at.roster.clone(), proof: proof(fewer), missed: None });
            let Some(next) = next else { break };
            cheaper = further(search, descent, &next, effort)?;
        } else if proven.is_none() {
            let Some(more) = one_more(descent, &at, effort)? else {
                let missed = trial.missed(confidence);
                return Ok(Proven { roster: at.roster, proof: proof(Vec::new()), missed });
            };
            at = more;
            continue;
        }
        let Some(next) = cheaper.pop() else { break };
        at = next;
    }
    match proven {
        Some(mut proven) => {
            not_confirmed(&mut proven, descent, &refuted);
            Ok(proven)
        }
        None => unproven(search, descent, &at, effort, heard),
    }
}

/// What is cheaper than a proven answer: the neighbor that would do, and where the search can take away more from there,
/// that first.
fn further(
    search: &SizeSearch<'_>,
    descent: &mut Descent<'_, '_>,
    neighbor: &Roster,
    effort: Effort,
) -> Result<Vec<Trial>, SizingError> {
    let confidence = 1.0 - (1.0 - search.sizing.confidence) / descent.goals.len().max(1) as f64;
    let look = Look { replications: effort.proof_at_most, confidence, step: 0.5 };
    let begun = descent.trials.one(neighbor, look.replications, descent.goals)?;
    let mut found = vec![begun.clone()];
    if begun.is_feasible(confidence) {
        let thinner = descent.thin(begun, look)?;
        found.extend((thinner.roster != *neighbor).then_some(thinner));
    }
    Ok(found)
}

/// Says of neighbors that would do, but did not hold in an attempt of their own, that they were not confirmed.
fn not_confirmed(proven: &mut Proven, descent: &Descent<'_, '_>, refuted: &[Roster]) {
    for fewer in &mut proven.proof.fewer {
        let neighbor = descent.moved(&proven.roster, fewer.post, -1);
        let was_refuted = neighbor.is_some_and(|neighbor| refuted.contains(&neighbor));
        if fewer.verdict == FewerVerdict::WouldDo && was_refuted {
            fewer.verdict = FewerVerdict::NotConfirmed;
        }
    }
}

/// The last answer tried where none was proven.
fn unproven(
    search: &SizeSearch<'_>,
    descent: &Descent<'_, '_>,
    at: &Trial,
    effort: Effort,
    heard: &(dyn Fn(usize, usize) + Sync),
) -> Result<Proven, SizingError> {
    let seed = fresh_seed(search.seed, MOST_ATTEMPTS as u64);
    let trial = Trials::new(search, seed, heard).one(&at.roster, effort.proof_at_most, descent.goals)?;
    let proof = Proof {
        holds: false,
        replications: effort.proof_at_most,
        seed,
        attempts: MOST_ATTEMPTS as usize,
        shares: trial.shares().cloned().collect(),
        confidence: search.sizing.confidence,
        fewer: Vec::new(),
    };
    Ok(Proven { roster: at.roster.clone(), proof, missed: None })
}

/// Adds replications until it is clear whether the roster meets the goals, or enough is enough.
fn settle(
    trials: &mut Trials<'_>,
    roster: &Roster,
    goals: &[Goal],
    confidence: f64,
    effort: Effort,
) -> Result<(Trial, usize), SizingError> {
    let mut n = effort.proof;
    loop {
        let trial = trials.one(roster, n, goals)?;
        let is_clear = trial.is_feasible(confidence) || trial.missed(confidence).is_some();
        if is_clear || n >= effort.proof_at_most {
            return Ok((trial, n));
        }
        n = (2 * n).min(effort.proof_at_most);
    }
}

/// One person less at each post, on the same fresh random numbers; those that were refuted before are not confirmed by
/// these.
fn fewer(
    trials: &mut Trials<'_>,
    descent: &Descent<'_, '_>,
    answer: &Trial,
    refuted: &[Roster],
    (confidence, effort): (f64, Effort),
) -> Result<Vec<(Fewer, Roster)>, SizingError> {
    let mut found = Vec::new();
    // whichever of the targets is missed, at whichever look
    let each = 1.0 - WRONG_ABOUT_NEIGHBORS / (descent.goals.len().max(1) as f64 * f64::from(LOOKS));
    for post in 0..descent.posts.len() {
        let Some(roster) = descent.moved(&answer.roster, post, -1) else { continue };
        let mut n = effort.proof;
        let (verdict, trial) = loop {
            let trial = trials.one(&roster, n, descent.goals)?;
            if trial.missed(each).is_some() {
                break (FewerVerdict::Misses, trial);
            }
            if trial.is_feasible(confidence) {
                let was_refuted = refuted.contains(&roster);
                let verdict = if was_refuted { FewerVerdict::NotConfirmed } else { FewerVerdict::WouldDo };
                break (verdict, trial);
            }
            if n >= effort.proof_at_most {
                break (FewerVerdict::CannotTell, trial);
            }
            n = (2 * n).min(effort.proof_at_most);
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
