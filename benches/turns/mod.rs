//! Things measured in turn, so that whatever else the machine does meets all of them alike.

use std::thread;
use std::time::Instant;

/// Something to time, and what comes of it.
pub(crate) type Run<'a, A> = Box<dyn Fn() -> A + Sync + 'a>;

/// What a run took, and what came of it.
pub(crate) struct Timed<A> {
    /// How often it runs in one turn.
    n_runs: usize,
    /// Seconds for each run, by round.
    pub(crate) secs: Vec<f64>,
    pub(crate) answer: A,
}

/// Times all runs over so many rounds. A turn is as long as the first run, and at least so many seconds; each is on a
/// thread of its own, because a thread keeps memory from one run for the next, and where that lies is of the one before.
///
/// # Panics
///
/// If an answer differs from round to round.
pub(crate) fn in_turn<A: PartialEq + Send + Sync>(
    runs: &[Run<'_, A>],
    least_secs: f64,
    n_rounds: usize,
) -> Vec<Timed<A>> {
    let mut timed: Vec<Timed<A>> = runs.iter().map(first_run).collect();
    // a short turn would slip between the interruptions that a long one suffers: all take about as long
    let turn_secs = timed[0].secs[0].max(least_secs);
    for run in &mut timed {
        run.n_runs = (turn_secs / run.secs[0]).round().max(1.0) as usize;
        run.secs.clear();
    }
    for round in 0..n_rounds {
        for turn in 0..runs.len() {
            // there and back again: nobody always comes after the same one
            let i = if round % 2 == 0 { turn } else { runs.len() - 1 - turn };
            let secs = thread::scope(|scope| {
                let turn = scope.spawn(|| take_turn(&timed[i], &runs[i]));
                turn.join().unwrap_or_else(|_| panic!("a turn failed, as it says above"))
            });
            timed[i].secs.push(secs);
        }
    }
    timed
}

/// Round by round, the time of one over the time of another: a slow minute slows both.
pub(crate) fn ratios<A>(ours: &Timed<A>, theirs: &Timed<A>) -> Vec<f64> {
    ours.secs.iter().zip(&theirs.secs).map(|(ours, theirs)| ours / theirs).collect()
}

/// The lower quartile, the median and the upper quartile.
pub(crate) fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    [last / 4, last / 2, last - last / 4].map(|i| sorted[i])
}

/// The time, to measure with.
#[expect(clippy::disallowed_methods, reason = "benchmarks measure time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The first run finds its memory and its branches; its time says how often to run in a turn.
pub(crate) fn first_run<A>(run: &Run<'_, A>) -> Timed<A> {
    let begins = now();
    let answer = run();
    Timed { n_runs: 1, secs: vec![begins.elapsed().as_secs_f64()], answer }
}

/// The mean time of its runs.
fn take_turn<A: PartialEq>(timed: &Timed<A>, run: &Run<'_, A>) -> f64 {
    let mut secs = 0.0;
    for _ in 0..timed.n_runs {
        let begins = now();
        let answer = run();
        secs += begins.elapsed().as_secs_f64();
        assert!(answer == timed.answer, "the same again");
    }
    secs / timed.n_runs as f64
}
