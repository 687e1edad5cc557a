//! The end of time: what is still here is counted, and the books are closed.

use std::cmp::Reverse;

use super::{Returning, Station};
use crate::model::facts::{Facts, StageFacts, TeamFacts};
use crate::model::people::Duty;

impl Station<'_> {
    /// Counts what is still here, closes the books, and checks Little's law on the sample path, in integers: the area
    /// under a number is the sum of the times spent in it.
    pub(in crate::model) fn finish(mut self) -> Facts {
        let end = self.router.window.to();
        let mut facts = self.facts;
        let mut open_work = vec![0_u128; self.teams.len()];
        for person in &self.people {
            if let Some(case) = &person.case {
                self.router.still_open(case, &mut facts);
                if person.duty != Duty::Paused {
                    open_work[person.team as usize] += u128::from(end.since(person.since).as_micros());
                }
            }
        }
        for Reverse(Returning(case)) in self.returning.drain() {
            self.router.still_open(&case, &mut facts);
        }
        for desk in self.stages {
            let mut waited = desk.waited;
            for case in desk.line.drain() {
                waited += u128::from(end.since(case.at).as_micros());
                self.router.still_open(&case, &mut facts);
            }
            let waiting = desk.waiting.finish();
            assert_eq!(waiting.area, waited, "Little's law at stage `{}`", desk.stage.name);
            facts.stages[desk.idx] = StageFacts { waiting, ..desk.facts };
        }
        for (team, open) in self.teams.into_iter().zip(open_work) {
            let busy = team.busy.finish();
            assert_eq!(busy.area, team.work_done + open, "Little's law in team number {}", team.idx);
            facts.teams[team.idx] = TeamFacts { on_duty: team.on_duty.finish(), busy };
        }
        facts
    }

    /// The stage with the most waiting cases: its name and how many.
    pub(in crate::model) fn longest_line(&self) -> Option<(&str, u64)> {
        self.stages
            .iter()
            .map(|desk| (desk.stage.name.as_str(), desk.line.len() as u64))
            .max_by_key(|(_, waiting)| *waiting)
    }

    /// Cases waiting at this station.
    pub(in crate::model) fn waiting(&self) -> u64 {
        self.stages.iter().map(|desk| desk.line.len() as u64).sum::<u64>() + self.returning.len() as u64
    }
}
