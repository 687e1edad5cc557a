//! The search: from a roster that is good enough down to one that is as cheap as single steps and exchanges make it.
//!
//! Targets are met by more people, nearly always; so a roster that meets them is thinned out where that saves most money
//! for the least loss, first in large steps and few replications, then one person at a time and in many (Pasupathy &
//! Kim's retrospective approximation, ACM TOMACS 21, 2011). Every roster meets the same random numbers, so that small
//! differences between neighbors are seen.

use super::trials::{Goal, SizingError, Trial, Trials};
use crate::model::{Post, Roster};

/// A loss smaller than this is none: it must not look infinitely cheap.
const LEAST_LOSS: f64 = 1e-6;
/// With so many replications at hand, so much of the slack is given away at once before looking again.
const SPENT_AT_ONCE: f64 = 0.7;
/// An exchange must save this share of the cost: less is chance, and would make the answer depend on the seed.
const WORTH_AN_EXCHANGE: f64 = 0.002;
/// At most so many exchanges are tried in a round, the most promising first.
const EXCHANGES_TRIED: usize = 12;
/// Rounds of a kind, at most: a bound on every loop.
const MOST_ROUNDS: usize = 500;

/// How hard to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Replications of every roster.
    pub(super) replications: usize,
    /// The confidence with which each goal is to be met.
    pub(super) confidence: f64,
    /// Steps are this part of the people at a post, but at least one; 0 for one at a time.
    pub(super) step: f64,
}

/// Looks for cheaper rosters.
pub(super) struct Descent<'a, 'b> {
    pub(super) trials: &'b mut Trials<'a>,
    pub(super) posts: &'b [Post],
    pub(super) goals: &'b [Goal],
}

impl Descent<'_, '_> {
    /// The first roster that is good enough on the way from `start` upward; or, where it is good enough itself, about the
    /// last one on the way downward. None where the largest is not good enough.
    pub(super) fn reach(&mut self, start: &Roster, look: Look) -> Result<Option<Trial>, SizingError> {
        let mut low = 0.0_f64;
        let mut high = None;
        let mut factor = 1.0_f64;
        for _ in 0..MOST_ROUNDS {
            let roster = self.scaled(start, factor);
            let trial = self.trials.one(&roster, look.replications, self.goals)?;
            if trial.is_feasible(look.confidence) {
                high = Some((factor, trial));
            } else {
                low = low.max(factor);
                if high.is_none() && self.is_largest(&roster) {
                    return Ok(None);
                }
            }
            factor = match &high {
                None => factor * 1.5,
                // a tenth is near enough to begin with
                Some((high, _)) if high - low <= 0.1 * high => break,
                Some((high, _)) => f64::midpoint(low, *high),
            };
        }
        Ok(high.map(|(_, trial)| trial))
    }

    /// Adds people until the roster is good enough: each time where the goals gain most for the money. None where all
    /// posts are full and it still is not.
    pub(super) fn repair(&mut self, from: Trial, look: Look) -> Result<Option<Trial>, SizingError> {
        let mut at = from;
        for _ in 0..MOST_ROUNDS {
            if at.is_feasible(look.confidence) {
                return Ok(Some(at));
            }
            match self.one_more(&at, look)? {
                Some(best) => at = best,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The roster with one person more, where the goals gain most for the money; none where all posts are full.
    pub(super) fn one_more(&mut self, at: &Trial, look: Look) -> Result<Option<Trial>, SizingError> {
        let more: Vec<Roster> = self.all_posts().filter_map(|post| self.moved(&at.roster, post, 1)).collect();
        let tried = self.trials.all(&more, look.replications, self.goals)?;
        let gain = |trial: &Trial| {
            let gained = trial.slack(look.confidence) - at.slack(look.confidence);
            gained.max(0.0) / (trial.cost - at.cost).max(f64::MIN_POSITIVE)
        };
        Ok(tried.into_iter().max_by(|a, b| gain(a).total_cmp(&gain(b))))
    }

    /// Takes people away as long as the roster stays good enough.
    pub(super) fn thin(&mut self, from: Trial, look: Look) -> Result<Trial, SizingError> {
        let mut at = from;
        let mut step = look.step;
        for _ in 0..MOST_ROUNDS {
            if self.trials.is_spent() {
                break;
            }
            let fewer: Vec<Roster> = self
                .all_posts()
                .filter_map(|post| {
                    // the last step is as long as there is room for
                    let room = i64::from(at.roster.people[post]) - i64::from(self.posts[post].at_least);
                    let steps = step_of(at.roster.people[post], step).min(room);
                    (steps > 0).then(|| self.moved(&at.roster, post, -steps)).flatten()
                })
                .collect();
            let tried = self.trials.all(&fewer, look.replications, self.goals)?;
            // with fewer people on a shift, those who are called in may cost more than it saves
            let is_better = |trial: &Trial| trial.is_feasible(look.confidence) && trial.cost <= at.cost;
            let mut better: Vec<Trial> = tried.into_iter().filter(is_better).collect();
            let price = |trial: &Trial| {
                let lost = (at.slack(look.confidence) - trial.slack(look.confidence)).max(LEAST_LOSS);
                (at.cost - trial.cost) / lost
            };
            better.sort_by(|a, b| price(b).total_cmp(&price(a)));
            let Some(best) = better.first() else {
                if step == 0.0 {
                    return Ok(at);
                }
                // half as long, and at last one person at a time
                let longest = at.roster.people.iter().map(|&people| step_of(people, step)).max();
                step = if longest > Some(1) { step / 2.0 } else { 0.0 };
                continue;
            };
            let together = together(&at, &better, look);
            let joint = match together {
                Some(roster) => Some(self.trials.one(&roster, look.replications, self.goals)?),
                None => None,
            };
            at = joint.filter(is_better).unwrap_or_else(|| best.clone());
        }
        Ok(at)
    }

    /// Moves people between posts where that is cheaper and still good enough, and thins out again after each move.
    pub(super) fn exchange(&mut self, from: Trial, look: Look) -> Result<Trial, SizingError> {
        let mut at = from;
        for _ in 0..MOST_ROUNDS {
            if self.trials.is_spent() {
                break;
            }
            let candidates = self.exchanges(&at, look)?;
            let tried = self.trials.all(&candidates, look.replications, self.goals)?;
            let saves = |trial: &Trial| at.cost - trial.cost;
            let best = tried
                .into_iter()
                .filter(|trial| trial.is_feasible(look.confidence))
                .filter(|trial| saves(trial) > WORTH_AN_EXCHANGE * at.cost)
                .max_by(|a, b| saves(a).total_cmp(&saves(b)));
            match best {
                Some(best) => at = self.thin(best, Look { step: 0.0, ..look })?,
                None => return Ok(at),
            }
        }
        Ok(at)
    }

    /// Exchanges that save money and, by what single steps have shown, may be good enough; the most promising ones.
    fn exchanges(&mut self, at: &Trial, look: Look) -> Result<Vec<Roster>, SizingError> {
        let single = |people: i64| -> Vec<(usize, Roster)> {
            let moved = self.all_posts().map(|post| (post, self.moved(&at.roster, post, people)));
            moved.filter_map(|(post, roster)| roster.map(|roster| (post, roster))).collect()
        };
        let (fewer, more) = (single(-1), single(1));
        let rosters =
            |list: &[(usize, Roster)]| list.iter().map(|(_, roster)| roster.clone()).collect::<Vec<_>>();
        let (fewer_tried, more_tried) = (
            self.trials.all(&rosters(&fewer), look.replications, self.goals)?,
            self.trials.all(&rosters(&more), look.replications, self.goals)?,
        );
        let slack = at.slack(look.confidence);
        let mut found: Vec<(f64, Roster)> = Vec::new();
        for ((out, _), without) in fewer.iter().zip(&fewer_tried) {
            for ((into, _), with) in more.iter().zip(&more_tried).filter(|((into, _), _)| into != out) {
                for (n_out, n_into) in [(1, 1), (2, 1), (1, 2), (3, 1), (3, 2)] {
                    let saved = f64::from(n_out) * (at.cost - without.cost)
                        - f64::from(n_into) * (with.cost - at.cost);
                    let left = slack
                        + f64::from(n_out) * (without.slack(look.confidence) - slack)
                        + f64::from(n_into) * (with.slack(look.confidence) - slack);
                    let roster = self
                        .moved(&at.roster, *out, -i64::from(n_out))
                        .and_then(|roster| self.moved(&roster, *into, i64::from(n_into)));
                    if let Some(roster) = roster
                        && saved > WORTH_AN_EXCHANGE * at.cost
                        // the reckoning is rough
                        && left > -0.5 * (slack - without.slack(look.confidence)).abs()
                    {
                        found.push((saved, roster));
                    }
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(found.into_iter().take(EXCHANGES_TRIED).map(|(_, roster)| roster).collect())
    }

    fn all_posts(&self) -> std::ops::Range<usize> {
        0..self.posts.len()
    }

    /// The roster with so many more people at a post, or fewer; none where its bounds forbid that.
    pub(super) fn moved(&self, roster: &Roster, post: usize, people: i64) -> Option<Roster> {
        let Post { at_least, at_most, .. } = self.posts[post];
        let moved = i64::from(roster.people[post]) + people;
        let allowed = i64::from(at_least)..=i64::from(at_most);
        allowed.contains(&moved).then(|| {
            let mut roster = roster.clone();
            roster.people[post] = moved as u32;
            roster
        })
    }

    /// The roster times a factor, within the bounds; where nobody is, somebody may come to be.
    fn scaled(&self, roster: &Roster, factor: f64) -> Roster {
        let people = roster.people.iter().zip(self.posts).map(|(&people, post)| {
            let scaled = if factor > 1.0 {
                (f64::from(people.max(1)) * factor).ceil()
            } else {
                (f64::from(people) * factor).round()
            };
            (scaled as u32).clamp(post.at_least, post.at_most)
        });
        Roster { people: people.collect(), delays: roster.delays.clone() }
    }

    fn is_largest(&self, roster: &Roster) -> bool {
        roster.people.iter().zip(self.posts).all(|(people, post)| *people == post.at_most)
    }
}

/// A step of the part `step` of so many people, at least one.
fn step_of(people: u32, step: f64) -> i64 {
    ((f64::from(people) * step) as i64).max(1)
}

/// Several steps in one, best first, as far as the sum of what each alone has lost leaves some slack.
fn together(at: &Trial, better: &[Trial], look: Look) -> Option<Roster> {
    let mut left = SPENT_AT_ONCE * at.slack(look.confidence);
    let mut roster = at.roster.clone();
    let mut n_steps = 0;
    for trial in better {
        let lost = (at.slack(look.confidence) - trial.slack(look.confidence)).max(0.0);
        if lost > left {
            continue;
        }
        left -= lost;
        n_steps += 1;
        for (people, (now, then)) in
            roster.people.iter_mut().zip(at.roster.people.iter().zip(&trial.roster.people))
        {
            *people -= now - then;
        }
    }
    (n_steps > 1).then_some(roster)
}
