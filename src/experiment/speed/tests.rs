use std::convert::Infallible;

use rand_distr::{Distribution as _, Exp1, StandardNormal};

use super::*;
use crate::experiment::NoProgress;
use crate::random::{ReplicationKey, Stream};

const GATE: SpeedGate = SpeedGate { slower_by: 0.1, confidence: 0.95 };
/// The standard deviation of a round, as machines with other work show it.
const ROUND: f64 = 0.02;

fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// Runs of a program whose speed is so many times the baseline's: each run is off by some chance of its own, each round
/// by more, and one turn in ten is disturbed, the scenario's or the yardstick's.
struct Machine {
    stream: Stream,
    between_runs: f64,
    round: f64,
    disturbance: f64,
}

impl Machine {
    fn new(experiment: u64) -> Self {
        let stream = ReplicationKey::new(5, 0).stream(experiment, 0);
        Self { stream, between_runs: BETWEEN_RUNS, round: ROUND, disturbance: 0.3 }
    }

    /// The rounds of one run.
    fn run(&mut self, speed: f64) -> impl FnMut() -> Result<f64, Infallible> + use<'_> {
        let center = speed.ln() + self.between_runs * normal(&mut self.stream);
        move || {
            let mut delay = || {
                let [chance, size]: [f64; 2] = [(); 2].map(|()| Exp1.sample(&mut self.stream));
                if chance > 10.0_f64.ln() { (self.disturbance * size).ln_1p() } else { 0.0 }
            };
            let disturbed = delay() - delay();
            Ok(center + disturbed + self.round * normal(&mut self.stream))
        }
    }

    fn baseline(&mut self) -> TrimmedMean {
        let Ok(baseline) = measure(&mut Vec::new(), LOOKS[2], self.run(0.4), &NoProgress);
        baseline
    }

    fn judge(&mut self, change: f64) -> SpeedFinding {
        let baseline = self.baseline();
        let Ok(finding) = GATE.judge(baseline, self.run(0.4 * change), &NoProgress);
        finding
    }
}

/// How often each verdict is given where the speed has changed so.
fn verdicts(change: f64, experiments: u64) -> [f64; 4] {
    let found: Vec<SpeedVerdict> =
        (0..experiments).map(|experiment| Machine::new(experiment).judge(change).verdict).collect();
    [SpeedVerdict::Kept, SpeedVerdict::Faster, SpeedVerdict::Slower, SpeedVerdict::Unclear]
        .map(|verdict| found.iter().filter(|&&one| one == verdict).count() as f64 / experiments as f64)
}

#[test]
fn what_has_not_changed_passes() {
    let [kept, faster, slower, _] = verdicts(1.0, 2_000);
    assert!(kept > 0.98, "{kept}");
    assert!(faster + slower < 0.001, "{faster} and {slower}");
}

/// At the very edge, where failing is wrong by a hair, and so is passing: neither more often than half the error.
#[test]
fn at_the_edge_a_verdict_is_wrong_no_more_often_than_it_says() {
    const EXPERIMENTS: u64 = 4_000;
    let [kept, _, slower, _] = verdicts(GATE.least(), EXPERIMENTS);
    let half = (1.0 - GATE.confidence) / 2.0;
    let slack = 3.3 * (half * (1.0 - half) / EXPERIMENTS as f64).sqrt();
    assert!(slower < half + slack && kept < half + slack, "{slower} slower, {kept} kept");
}

#[test]
fn a_loss_of_fifteen_percent_is_caught() {
    let [kept, _, slower, _] = verdicts(0.85, 2_000);
    assert!(slower > 0.8 && kept < 0.001, "{slower} slower, {kept} kept");
    let [_, _, slower, _] = verdicts(0.8, 2_000);
    assert!(slower > 0.999, "{slower}");
}

#[test]
fn a_gain_is_told_from_what_is_kept() {
    let [_, faster, _, _] = verdicts(1.25, 1_000);
    assert!(faster > 0.95, "{faster}");
    let [kept, faster, _, _] = verdicts(1.05, 1_000);
    assert!(kept > 0.98 && faster < 0.01, "{kept} kept, {faster} faster");
}

/// The interval of the first look holds the true change as often as it says.
#[test]
fn intervals_cover_the_change() {
    const EXPERIMENTS: u64 = 4_000;
    for (round, disturbance) in [(ROUND, 0.3), (0.05, 0.0), (0.002, 1.0)] {
        let holding = (0..EXPERIMENTS).filter(|experiment| {
            let mut machine = Machine { round, disturbance, ..Machine::new(*experiment) };
            let baseline = machine.baseline();
            let Ok(found) = GATE.look(baseline, &mut Vec::new(), LOOKS[0], machine.run(0.38), &NoProgress);
            let (lo, hi) = found.change.bounds.unwrap();
            (lo..=hi).contains(&(0.38_f64 / 0.4).ln())
        });
        let (covered, said) = (holding.count() as f64 / EXPERIMENTS as f64, GATE.confidence_of_each());
        let slack = 3.3 * (said * (1.0 - said) / EXPERIMENTS as f64).sqrt();
        assert!(covered > said - slack - 0.005, "{covered} of {said} with {round} and {disturbance}");
    }
}

/// Noise that no number of rounds overcomes gives no verdict, after the last look.
#[test]
fn too_much_noise_is_unclear_after_all_rounds() {
    let mut machine = Machine { round: 2.0, ..Machine::new(1) };
    let found = machine.judge(0.9);
    assert_eq!((found.verdict, found.rounds), (SpeedVerdict::Unclear, LOOKS[2]));
}

#[test]
fn a_clear_case_takes_no_more_rounds_than_the_first_look() {
    let mut quiet = Machine { round: 0.001, disturbance: 0.0, ..Machine::new(1) };
    for (change, verdict) in
        [(1.0, SpeedVerdict::Kept), (0.5, SpeedVerdict::Slower), (2.0, SpeedVerdict::Faster)]
    {
        let found = quiet.judge(change);
        assert_eq!((found.verdict, found.rounds), (verdict, LOOKS[0]));
        assert!((found.change.mean - change.ln()).abs() < 0.1);
    }
}

#[test]
fn what_fails_ends_it() {
    let mut rounds = 0;
    let ended = GATE.judge(
        Machine::new(1).baseline(),
        || {
            rounds += 1;
            if rounds == 3 { Err("stopped") } else { Ok(0.0) }
        },
        &NoProgress,
    );
    assert_eq!((ended, rounds), (Err("stopped"), 3));
}

fn model(minutes: u32) -> Model {
    let text = format!(
        r#"
        title    = "One desk"
        start    = 2025-03-03T00:00:00
        zone     = "UTC"
        duration = "{minutes} min"
        classes  = ["all"]
        [source.citizens]
        rate = "100/min"
        to   = "desk"
        [team.people]
        staff = 120
        [stage.desk]
        team = "people"
        work = {{ exponential = {{ mean = "1min" }} }}
        to   = "kept"
        "#
    );
    Model::new(crate::scenario::compile_text("one-desk", &text).unwrap().plan).unwrap()
}

#[test]
fn a_portion_is_the_same_again_and_another_with_another_seed() {
    let never = AtomicBool::new(false);
    let model = model(60);
    let portion = |seed| Portion::new(&model, seed, 1_000_000, &never).unwrap();
    let one = portion(1);
    // 6,000 reports a replication
    assert_eq!(one.replications(), 4);
    assert!((20_000..30_000).contains(&one.reports()), "{}", one.reports());
    let mut again = one.simulate().unwrap();
    assert!(one.is_the_same(&again));
    again[3].open += 1;
    assert!(!one.is_the_same(&again));
    assert_eq!(portion(1).answers(), one.answers());
    let other = portion(2);
    assert_ne!(other.answers().values, one.answers().values);
    assert_eq!(other.answers().measures, one.answers().measures);
}

#[test]
fn a_portion_of_short_replications_has_many_but_not_endlessly() {
    let never = AtomicBool::new(false);
    let model = model(1);
    let portion = Portion::new(&model, 1, 1_000_000, &never).unwrap();
    assert_eq!(portion.replications(), 100);
}

#[test]
fn a_portion_is_stopped_as_any_experiment() {
    let stopped = AtomicBool::new(true);
    assert_eq!(Portion::new(&model(60), 1, 1_000_000, &stopped).unwrap_err(), Halt::Cancelled);
    let (later, model) = (AtomicBool::new(false), model(1));
    let portion = Portion::new(&model, 1, 1_000_000, &later).unwrap();
    later.store(true, Ordering::Relaxed);
    assert!(matches!(portion.simulate(), Err(Halt::Cancelled)));
}
