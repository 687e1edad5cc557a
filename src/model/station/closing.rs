//! The end of time: what is still here is counted, and the books are closed.

use std::cmp::Reverse;

use super::{Returning, Station};
use crate::model::facts::Facts;
use crate::model::people::Duty;
use crate::model::plan::StageIdx;

impl Station<'_> {
    /// Counts what is still here and closes the books.
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
        for Reverse(Returning { case, .. }) in self.returning.drain() {
            self.router.still_open(&case, &mut facts);
        }
        for desk in self.stages {
            desk.close(&self.router, &mut facts);
        }
        for (team, open_work) in self.teams.into_iter().zip(open_work) {
            team.close(open_work, &mut facts);
        }
        facts
    }

    /// The stage with the most waiting cases, and how many.
    pub(in crate::model) fn longest_line(&self) -> Option<(StageIdx, u64)> {
        self.stages.iter().map(|desk| (desk.idx, desk.line.len() as u64)).max_by_key(|(_, waiting)| *waiting)
    }

    /// Cases waiting at this station.
    pub(in crate::model) fn waiting(&self) -> u64 {
        self.stages.iter().map(|desk| desk.line.len() as u64).sum::<u64>() + self.returning.len() as u64
    }
}
