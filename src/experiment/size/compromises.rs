//! What more or less lateness would cost.

use super::descent::{Descent, Look};
use super::effort::Effort;
use super::trials::{Goal, SizingError, Trial};
use crate::model::Roster;
use crate::statistics::Proportion;

/// The lateness allowed on the trade-off curve, relative to that of the goals: 2 allows twice as many late cases.
const ALLOWANCES: [f64; 6] = [6.0, 4.0, 2.5, 1.6, 0.6, 0.3];

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

/// What more or less lateness would cost: each compromise from the one before.
pub(super) fn curve(
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
