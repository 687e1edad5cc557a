use std::fs;

use super::*;
use crate::experiment::NoProgress;
use crate::scenario::compile_text;

static NEVER: AtomicBool = AtomicBool::new(false);

fn scenario(rate: &str) -> Scenario {
    let text = format!(
        r#"
        title    = "One desk"
        start    = 2025-03-03T00:00:00
        zone     = "UTC"
        duration = "1 min"
        classes  = ["all"]
        [source.citizens]
        rate = "{rate}"
        to   = "desk"
        [team.people]
        staff = 12
        [stage.desk]
        team = "people"
        work = {{ exponential = {{ mean = "1min" }} }}
        to   = "kept"
        "#
    );
    compile_text("one-desk", &text).unwrap()
}

/// A machine that takes so many seconds for each turn of the scenario and of the yardstick, more and less by a
/// share in turn from round to round. It does what it is asked to, and says that it took so long.
#[derive(Clone, Copy)]
struct Machine {
    scenario: f64,
    yardstick: f64,
    noise: f64,
}

const MACHINE: Machine = Machine { scenario: 0.1, yardstick: 0.1, noise: 0.01 };

impl Machine {
    fn clock(self) -> Box<Clock<'static>> {
        let (mut calls, mut now) = (0, 0.0);
        Box::new(move || {
            let (turn, ends) = (calls / 2, calls % 2 == 1);
            calls += 1;
            if ends {
                // first each alone, then rounds there and back
                let in_round = (turn + 2) % 4;
                let is_scenario = turn == 0 || (turn >= 2 && matches!(in_round, 1 | 2));
                let noise = match turn {
                    0 | 1 => 1.0,
                    turn if (turn + 2) % 8 < 4 => 1.0 + self.noise,
                    _ => 1.0 / (1.0 + self.noise),
                };
                now += if is_scenario { self.scenario * noise } else { self.yardstick };
            }
            now
        })
    }
}

struct Desk {
    folder: tempfile::TempDir,
    scenario: Scenario,
    seed: u64,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), scenario: scenario("10/min"), seed: 1 }
    }

    /// With a baseline of [`MACHINE`].
    fn accepted() -> Self {
        let desk = Self::new();
        desk.run(MACHINE, true);
        desk
    }

    fn run(&self, machine: Machine, accept: bool) -> (JudgedGate, BaselineState) {
        let model = Model::new(self.scenario.plan.clone()).unwrap();
        let request = BenchRequest {
            scenario: &self.scenario,
            model: &model,
            seed: self.seed,
            baselines: self.folder.path(),
            slower_by: 0.1,
            accept,
            max_in_system: 1_000_000,
            cancel: &NEVER,
            progress: &NoProgress,
        };
        judge(&request, machine.clock()).unwrap()
    }

    /// Changes a field of the baseline's file.
    fn doctor(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let path = baseline::path(self.folder.path(), &self.scenario.name);
        let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut value);
        fs::write(&path, serde_json::to_vec(&value).unwrap()).unwrap();
    }

    /// Expects a verdict, and words in its reasons.
    fn check(&self, machine: Machine, verdict: GateVerdict, words: &str) -> JudgedGate {
        let (gate, _) = self.run(machine, false);
        let said = gate.reasons.join(" ");
        assert_eq!(gate.verdict, verdict, "{said}");
        assert!(said.contains(words), "{said}");
        gate
    }
}

#[test]
fn the_same_speed_passes_on_a_slow_machine_too() {
    let desk = Desk::accepted();
    let gate = desk.check(MACHINE, GateVerdict::Passed, "reports a second on one thread");
    assert_eq!((gate.reasons.len(), gate.replications), (1, LOOKS[0]), "{:?}", gate.reasons);
    let (value, baseline) = (gate.value.unwrap(), gate.baseline.unwrap());
    assert!((value.mean / baseline - 1.0).abs() < 0.01, "{value:?} of {baseline}");
    let slow = Machine { scenario: 0.3, yardstick: 0.3, ..MACHINE };
    desk.check(slow, GateVerdict::Passed, "");
}

#[test]
fn a_slower_simulator_fails_and_a_faster_one_is_to_be_accepted() {
    let desk = Desk::accepted();
    let slower = Machine { scenario: 0.125, ..MACHINE };
    let gate = desk.check(slower, GateVerdict::Failed, "Slower: its speed has changed by -20.");
    let (margin, threshold) = (gate.margin.unwrap(), gate.threshold.unwrap());
    assert!((threshold - gate.baseline.unwrap() * 0.9).abs() < 1e-9);
    assert!((margin.mean - (gate.value.unwrap().mean - threshold)).abs() < 1e-9);
    let (lo, hi) = margin.interval.unwrap();
    assert!(lo < margin.mean && margin.mean < hi && hi < 0.0, "{margin:?}");
    let faster = Machine { scenario: 0.08, ..MACHINE };
    desk.check(faster, GateVerdict::Passed, "`--accept` makes it the baseline");
}

#[test]
fn near_the_edge_or_in_much_noise_it_is_inconclusive_after_all_rounds() {
    let desk = Desk::accepted();
    for machine in [Machine { scenario: 0.111, ..MACHINE }, Machine { noise: 1.0, ..MACHINE }] {
        let gate = desk.check(machine, GateVerdict::Inconclusive, "After 40 rounds nobody can tell");
        assert_eq!(gate.replications, LOOKS[2]);
    }
}

#[test]
fn a_baseline_twice_as_fast_fails() {
    let desk = Desk::accepted();
    desk.doctor(|file| file["ratio"] = (file["ratio"].as_f64().unwrap() * 2.0).into());
    desk.check(MACHINE, GateVerdict::Failed, "Slower: its speed has changed by -5");
}

#[test]
fn other_answers_fail_however_fast() {
    let desk = Desk::accepted();
    desk.doctor(|file| file["answers"] = "other".into());
    let faster = Machine { scenario: 0.05, ..MACHINE };
    let gate = desk.check(faster, GateVerdict::Failed, "The answers are not those of the baseline");
    assert!(gate.value.is_none());
    let (gate, _) = desk.run(MACHINE, true);
    assert!(gate.reasons.join(" ").contains("not those of the baseline before"), "{:?}", gate.reasons);
    desk.check(MACHINE, GateVerdict::Passed, "");
}

#[test]
fn without_a_baseline_it_is_inconclusive_and_says_how_to_make_one() {
    let desk = Desk::new();
    let gate = desk.check(MACHINE, GateVerdict::Inconclusive, "one is made with `--bench --accept`");
    assert!(gate.value.is_some() && gate.baseline.is_none() && gate.margin.is_none());
    assert!(matches!(desk.run(MACHINE, false).1, BaselineState::Missing { .. }));
}

#[test]
fn a_stale_baseline_is_said_and_not_guessed_around() {
    let mut desk = Desk::accepted();
    assert!(matches!(desk.run(MACHINE, false).1, BaselineState::Exact { compared: 100, .. }));
    let half = Machine { scenario: 0.2, ..MACHINE };
    desk.seed = 2;
    desk.check(half, GateVerdict::Inconclusive, "it was recorded with seed 1, and this is 2");
    desk.seed = 1;
    desk.scenario = scenario("11/min");
    desk.check(half, GateVerdict::Inconclusive, "the scenario has changed since");
    desk.scenario = scenario("10/min");
    desk.doctor(|file| file["of"]["engine_semantics"] = 1.into());
    desk.check(half, GateVerdict::Inconclusive, "recorded with engine semantics 1");
    desk.doctor(|file| *file = "no baseline".into());
    desk.check(half, GateVerdict::Inconclusive, "is not comparable: it cannot be read");
    assert!(matches!(desk.run(half, false).1, BaselineState::Stale { .. }));
    // a new one makes it good
    let (gate, state) = desk.run(half, true);
    assert_eq!(gate.verdict, GateVerdict::Passed);
    assert!(matches!(state, BaselineState::Exact { .. }));
    desk.check(half, GateVerdict::Passed, "");
}

#[test]
fn nothing_to_simulate_is_nothing_to_measure() {
    let desk = Desk { scenario: scenario("0/min"), ..Desk::new() };
    for accept in [false, true] {
        let (gate, state) = desk.run(MACHINE, accept);
        assert_eq!(gate.verdict, GateVerdict::Inconclusive);
        assert!(gate.reasons[0].contains("no reports"), "{:?}", gate.reasons);
        assert!(matches!(state, BaselineState::Missing { .. }), "nothing is written");
    }
}

#[test]
fn losses_are_shares() {
    assert_eq!(slower_by(DEFAULT_SLOWER_BY), Ok(0.1));
    assert_eq!(slower_by("0.25"), Ok(0.25));
    for wrong in ["0", "-10%", "100%", "NaN", "inf", "a bit", ""] {
        assert!(slower_by(wrong).is_err(), "{wrong}");
    }
}
