//! What may be changed about the staffing of a plan: the posts to fill, within which bounds, and for which targets.

use std::collections::BTreeSet;

use super::plan::{CallIn, Crew, Plan, TeamIdx};
use crate::calendar::Intervals;
use crate::units::Duration;

/// What may be changed about the staffing of a plan, and what for.
#[derive(Debug, Clone)]
pub struct Sizing {
    /// The posts to fill. A team that has any has no other people: what is to stay as it is, is a post of which the
    /// bounds agree.
    pub posts: Vec<Post>,
    /// Positions of the targets to meet, in [`Plan::targets`].
    pub targets: Vec<usize>,
    /// The confidence with which they are to be met.
    pub confidence: f64,
}

/// A shift or a call-in whose number of people is sought.
#[derive(Debug, Clone)]
pub struct Post {
    /// The team.
    pub team: TeamIdx,
    /// How it is written, such as `mon-fri 09:00-18:00`.
    pub label: String,
    /// The fewest people.
    pub at_least: u32,
    /// The most.
    pub at_most: u32,
    /// How many there are in the plan, where the post is one of the plan's own.
    pub now: Option<u32>,
    /// When they work.
    pub duty: Duty,
}

/// When the people of a post work.
#[derive(Debug, Clone)]
pub enum Duty {
    /// By a roster.
    Shift {
        /// When they are on duty.
        on_duty: Intervals,
        /// Cost of one of them for one hour, where it is not the team's wage.
        wage_per_hour: Option<f64>,
    },
    /// When they are called in.
    CallIn {
        /// When and for how long; its number of people, its delay and its standby do not count.
        call_in: CallIn,
        /// The delays to choose from, at least one.
        delays: Vec<CallInDelay>,
    },
}

/// How soon people come who are called in, and what their readiness costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallInDelay {
    /// How long after the call.
    pub after: Duration,
    /// What one of them costs for every hour of readiness, called or not.
    pub standby_per_hour: f64,
}

/// How the posts are filled: one entry for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Roster {
    /// How many people.
    pub people: Vec<u32>,
    /// For a call-in, the position of its delay; 0 for a shift.
    pub delays: Vec<usize>,
}

impl Post {
    /// Whether people are called to it.
    pub fn is_call_in(&self) -> bool {
        matches!(self.duty, Duty::CallIn { .. })
    }
}

impl Sizing {
    /// The teams that have a post, in their order.
    pub fn teams(&self) -> BTreeSet<TeamIdx> {
        self.posts.iter().map(|post| post.team).collect()
    }

    /// What these teams cost in the counted time of a plan in which each was on duty for so many hours. None where none has a
    /// wage.
    pub fn cost(&self, plan: &Plan, staff_hours: impl Fn(TeamIdx) -> f64) -> Option<f64> {
        let cost = |team: TeamIdx| plan.teams[team].cost(plan.warm_up, plan.horizon, staff_hours(team));
        let costs: Vec<f64> = self.teams().into_iter().filter_map(cost).collect();
        (!costs.is_empty()).then(|| costs.iter().sum())
    }

    /// The plan with its posts filled so.
    ///
    /// # Panics
    ///
    /// If the roster is not of these posts.
    #[must_use]
    pub fn staffed(&self, plan: &Plan, roster: &Roster) -> Plan {
        assert_eq!(roster.people.len(), self.posts.len(), "a number of people for every post");
        let mut plan = plan.clone();
        for post in &self.posts {
            plan.teams[post.team].crews.clear();
            plan.teams[post.team].call_ins.clear();
        }
        for (idx, post) in self.posts.iter().enumerate() {
            let people = roster.people[idx];
            if people == 0 {
                continue;
            }
            let team = &mut plan.teams[post.team];
            match &post.duty {
                Duty::Shift { on_duty, wage_per_hour } => {
                    team.crews.push(Crew { people, on_duty: on_duty.clone(), wage_per_hour: *wage_per_hour });
                }
                Duty::CallIn { call_in, delays } => {
                    let CallInDelay { after, standby_per_hour } = delays[roster.delays[idx]];
                    team.call_ins.push(CallIn { people, after, standby_per_hour, ..call_in.clone() });
                }
            }
        }
        plan
    }
}
