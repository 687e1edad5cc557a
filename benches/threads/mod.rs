//! One thread against two: within a replication, and over replications.

use std::sync::atomic::AtomicBool;

use rayon::{ThreadPool, ThreadPoolBuilder};
use vigie::engine::Execution;
use vigie::experiment::{Collected, Effort, Experiment, NoProgress};
use vigie::model::Model;

use crate::SEED;
use crate::replication::simulate;
use crate::turns::{Run, in_turn, quartiles, ratios};
use crate::workload_digest as digest;

const THREADS: [usize; 2] = [1, 2];

/// One replication on one thread and on two, and a row for each.
pub(crate) fn within_a_replication(name: &str, model: &Model, n_rounds: usize) {
    let pools = THREADS.map(pool);
    let execution = Execution { parallel: true, shuffle: None };
    let runs = pools.each_ref().map(|pool| -> Run<'_, u64> {
        Box::new(|| pool.install(|| digest::of(&simulate(model, SEED, execution))))
    });
    rows(name, &runs, n_rounds);
}

/// So many replications on one thread and on two, and a row for each.
pub(crate) fn over_replications(name: &str, model: &Model, n_replications: usize, n_rounds: usize) {
    let pools = THREADS.map(pool);
    let cancel = AtomicBool::new(false);
    let experiment = Experiment {
        model,
        seed: SEED,
        effort: Effort::Replications(n_replications),
        max_in_system: u64::MAX,
        cancel: &cancel,
        shuffle: None,
    };
    let runs = pools.each_ref().map(|pool| -> Run<'_, Records> {
        Box::new(|| {
            let collected = pool.install(|| experiment.run(&NoProgress));
            Records(collected.unwrap_or_else(|halt| panic!("{halt}")))
        })
    });
    rows(name, &runs, n_rounds);
}

/// What is kept of all replications; two are the same where all of it, shown, is the same.
struct Records(Collected);

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        format!("{:?}", self.0) == format!("{:?}", other.0)
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn rows<A: PartialEq + Send + Sync>(name: &str, runs: &[Run<'_, A>], n_rounds: usize) {
    let timed = in_turn(runs, 0.0, n_rounds);
    for (n_threads, theirs) in THREADS.iter().zip(&timed) {
        assert!(theirs.answer == timed[0].answer, "{name}: {n_threads} threads, the same answers");
        let secs = quartiles(&theirs.secs)[1];
        let [low, ratio, high] = quartiles(&ratios(&timed[0], theirs));
        let ratio = format!("{ratio:.3} ({low:.3}-{high:.3})");
        println!("{name:<34} {n_threads:>7} {secs:>9.3} {ratio:>21}  the same answers");
    }
}

fn pool(n_threads: usize) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(n_threads).build();
    pool.unwrap_or_else(|error| panic!("{n_threads} threads: {error}"))
}
