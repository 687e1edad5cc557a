//! Reports simulated per second on one thread: the general simulator from a scenario file, beside loops written by hand
//! for that scenario alone; and every shipped scenario beside the pipeline of the benchmark.
//!
//! `cargo bench --bench throughput` measures with criterion, and then each against the others in turn, which is what to
//! believe on a machine that is not quiet (`docs/performance.md`). `cargo test --bench throughput` runs everything
//! small, and checks that all compute the same thing.

mod comparison;
mod replication;
mod shipped;
mod turns;
mod workload;
mod yardstick;

use std::env;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};

use comparison::compare;
use shipped::compare_scenarios;
use workload::{Workload, workloads};

const REPORTS: u64 = 1_000_000;
const REPORTS_IN_TESTS: u64 = 20_000;
/// How often each takes its turn.
const ROUNDS: usize = 9;
const ROUNDS_IN_TESTS: usize = 1;
const SEED: u64 = 1;

fn main() {
    let mode = Mode::from_arguments();
    let (n_reports, n_rounds) = match mode {
        Mode::Measures | Mode::CriterionOnly => (REPORTS, ROUNDS),
        Mode::Tests => (REPORTS_IN_TESTS, ROUNDS_IN_TESTS),
    };
    let workloads = workloads(n_reports);
    let mut criterion = Criterion::default().configure_from_args();
    for workload in &workloads {
        measure(workload, &mut criterion);
    }
    criterion.final_summary();
    if mode != Mode::CriterionOnly {
        compare(&workloads, n_rounds);
        compare_scenarios(n_rounds, mode == Mode::Tests);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Under `cargo bench`.
    Measures,
    /// Under `cargo test`, which passes no `--bench`, or as `cargo bench -- --test`.
    Tests,
    /// The benchmarks are listed, or run under a profiler: a table would be in the way.
    CriterionOnly,
}

impl Mode {
    fn from_arguments() -> Self {
        let has = |flag: &str| env::args().any(|argument| argument == flag);
        if has("--list") || has("--profile-time") {
            Self::CriterionOnly
        } else if has("--test") || !has("--bench") {
            Self::Tests
        } else {
            Self::Measures
        }
    }
}

fn measure(workload: &Workload, criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(workload.name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    group.throughput(Throughput::Elements(workload.n_reports));
    for contender in &workload.contenders {
        group.bench_function(contender.name, |bencher| {
            bencher.iter(|| contender.run(black_box(SEED)));
        });
    }
    group.finish();
}
