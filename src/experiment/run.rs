//! Running replications in parallel.

use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use super::records::{Collected, ReplicationRecord};
use crate::engine::Execution;
use crate::model::{Facts, Halt, Model, RunOptions};

/// How many replications to run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effort {
    /// So many.
    Replications(usize),
    /// At least so many, and more until the mean response time of every class and every target's share are known to
    /// this relative precision, or the limit is reached; [`Collected::precision_reached`] tells which.
    Precision {
        /// The relative error ([`Interval::is_precise`](crate::statistics::Interval::is_precise)): 0.02 for 2 %.
        precision: f64,
        /// The fewest replications.
        at_least: usize,
        /// The most replications.
        at_most: usize,
    },
}

/// Hears how far an experiment has come.
pub trait Progress: Sync {
    /// So many replications are done of those planned so far.
    fn done(&self, replications: usize, planned: usize);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn done(&self, _replications: usize, _planned: usize) {}
}

/// Replications of one model.
#[derive(Debug, Clone, Copy)]
pub struct Experiment<'a> {
    /// What is simulated.
    pub model: &'a Model,
    /// The seed of all replications.
    pub seed: u64,
    /// How many replications.
    pub effort: Effort,
    /// More cases in the system than this end the experiment.
    pub max_in_system: u64,
    /// Set by somebody else to stop it.
    pub cancel: &'a AtomicBool,
    /// Visit the processes in a shuffled order: for tests of just that.
    pub shuffle: Option<u64>,
}

impl Experiment<'_> {
    /// Runs the replications on rayon's current threads. The result does not depend on how many there are.
    ///
    /// # Errors
    ///
    /// [`Halt`] of the first replication (by number) that did not end well.
    pub fn run(&self, progress: &dyn Progress) -> Result<Collected, Halt> {
        let mut collected = Collected::default();
        let first = match self.effort {
            Effort::Replications(replications) => replications.max(1),
            Effort::Precision { at_least, .. } => at_least.max(2),
        };
        self.extend(&mut collected, first, progress)?;
        if let Effort::Precision { precision, at_most, .. } = self.effort {
            let mut reached = collected.imprecise(precision).is_empty();
            while !reached && collected.replications.len() < at_most {
                // a half more each time: never much more than needed, and never many rounds
                let planned = (collected.replications.len() * 3).div_ceil(2).min(at_most);
                self.extend(&mut collected, planned, progress)?;
                reached = collected.imprecise(precision).is_empty();
            }
            collected.precision_asked = Some(precision);
            collected.precision_reached = Some(reached);
        }
        Ok(collected)
    }

    /// Runs replications until there are `planned`, a few at a time, so that memory holds only the facts of those.
    ///
    /// # Errors
    ///
    /// [`Halt`] of the first replication (by number) that did not end well; those before it are in `collected`.
    pub fn extend(
        &self,
        collected: &mut Collected,
        planned: usize,
        progress: &dyn Progress,
    ) -> Result<(), Halt> {
        let threads = rayon::current_num_threads();
        while collected.replications.len() < planned {
            let from = collected.replications.len();
            let to = planned.min(from + 2 * threads);
            // one replication alone uses the threads inside; several use one each
            let inside = to - from < threads;
            let done: Vec<Result<(ReplicationRecord, Facts), Halt>> = (from..to)
                .into_par_iter()
                .with_max_len(1)
                .map(|i| self.replication(i as u64, inside))
                .collect();
            for replication in done {
                let (record, facts) = replication?;
                collected.add(record, &facts);
            }
            progress.done(collected.replications.len(), planned);
        }
        Ok(())
    }

    /// One replication; `parallel` where it is to use the threads inside.
    pub(super) fn replication(
        &self,
        replication: u64,
        parallel: bool,
    ) -> Result<(ReplicationRecord, Facts), Halt> {
        let facts = self.model.simulate(&RunOptions {
            seed: self.seed,
            replication,
            max_in_system: self.max_in_system,
            cancel: self.cancel,
            execution: Execution { parallel, shuffle: self.shuffle },
        })?;
        Ok((ReplicationRecord::new(self.model, &facts), facts))
    }
}
