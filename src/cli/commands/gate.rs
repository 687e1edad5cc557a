//! `vigie gate`.

mod bench;
mod suite;

use super::simulation;
use crate::analysis::{
    Baseline, GateContext, GateSummary, GateVerdict, GatedScenario, JudgedGate, SummaryContext, judged,
    summarize,
};
use crate::cli::args::{GateArguments, GateFormat};
use crate::cli::failure::{ExitStatus, Failure, complain, print};
use crate::cli::progress::Bar;
use crate::experiment::gate::{GateExperiment, GateFindings, Gated, Level, SAME_RESULTS};
use crate::experiment::{Effort, Experiment};
use crate::model::{Halt, Model};
use crate::out;
use bench::{BenchRequest, bench};
use suite::Gating;

pub(in crate::cli) use bench::{DEFAULT_SLOWER_BY, slower_by};
pub(in crate::cli) use suite::is_gates_file;

/// Judges the gates of some scenarios, or records their baselines.
pub(in crate::cli) fn gate(arguments: &GateArguments) -> Result<ExitStatus, Failure> {
    let suite = suite::load(arguments)?;
    suite::check_outputs(&suite, arguments)?;
    let pool = simulation::threads(&arguments.simulation)?;
    let bar = if arguments.bench { Bar::rounds(arguments.quiet) } else { Bar::new(arguments.quiet) };
    let ended = if arguments.bench {
        let measured: Result<Vec<GatedScenario>, Failure> =
            suite.iter().map(|gating| speed(gating, arguments, &bar)).collect();
        bar.finish();
        let scenarios = measured?;
        if arguments.accept {
            recorded(&scenarios, arguments.quiet)
        } else {
            publish(&GateSummary { scenarios, warnings: Vec::new() }, arguments)
        }
    } else if arguments.accept {
        let accepted: Result<Vec<Accepted>, Failure> =
            suite.iter().map(|gating| pool.install(|| record(gating, arguments, &bar))).collect();
        bar.finish();
        accept(&suite, &accepted?, arguments)
    } else {
        let judged: Result<Vec<GatedScenario>, Failure> =
            suite.iter().map(|gating| pool.install(|| judge(gating, arguments, &bar))).collect();
        bar.finish();
        let scenarios = judged?;
        let warnings = suite_warnings(&suite, &scenarios);
        publish(&GateSummary { scenarios, warnings }, arguments)
    };
    bar.finish();
    ended
}

/// Measures how fast one scenario is simulated, alone and on one thread.
fn speed(gating: &Gating, arguments: &GateArguments, bar: &Bar) -> Result<GatedScenario, Failure> {
    let seed = arguments.simulation.seed.unwrap_or(gating.scenario.seed);
    // what gates measure besides would cost time, too
    let model = Model::new(gating.scenario.plan.clone())?;
    let (gate, baseline) = bench(&BenchRequest {
        scenario: &gating.scenario,
        model: &model,
        seed,
        baselines: &arguments.baselines,
        slower_by: arguments.slower_by,
        accept: arguments.accept,
        max_in_system: arguments.simulation.max_in_system,
        cancel: simulation::cancel(),
        progress: bar,
    })?;
    Ok(GatedScenario {
        scenario: simulation::identity(&gating.scenario),
        file: gating.file.display().to_string(),
        changes: arguments.sets.clone(),
        seed,
        replications: gate.replications,
        baseline,
        gates: vec![gate],
        warnings: Vec::new(),
    })
}

/// Says what was recorded of the speed.
fn recorded(scenarios: &[GatedScenario], quiet: bool) -> Result<ExitStatus, Failure> {
    let said = scenarios.iter().flat_map(|scenario| {
        let reasons = scenario.gates.iter().flat_map(|gate| &gate.reasons);
        reasons.map(|reason| format!("{}: {reason}\n", scenario.file))
    });
    if !quiet {
        print(&said.collect::<String>())?;
    }
    Ok(ExitStatus::Done)
}

/// Simulates one scenario until its gates can be judged.
fn judge(gating: &Gating, arguments: &GateArguments, bar: &Bar) -> Result<GatedScenario, Failure> {
    let seed = arguments.simulation.seed.unwrap_or(gating.scenario.seed);
    let plan = gating.model.plan();
    let usable =
        gating.baseline.as_ref().filter(|baseline| baseline.staleness(&gating.scenario.name, plan).is_none());
    let base = |measure| usable.and_then(|baseline| baseline.of(measure, plan));
    let gates: Vec<Gated<'_>> =
        gating.gates.gates.iter().map(|(gate, _)| Gated { gate, base: base(gate.measure) }).collect();
    let experiment = GateExperiment {
        model: &gating.model,
        gates: &gates,
        seed,
        first: gating.first,
        at_most: gating.at_most,
        max_in_system: arguments.simulation.max_in_system,
        cancel: simulation::cancel(),
    };
    let findings = experiment.run(bar).map_err(|halt| whose(gating, halt))?;
    let identity = simulation::identity(&gating.scenario);
    let file = gating.file.display().to_string();
    let context = GateContext {
        scenario: &identity,
        file: &file,
        changes: &arguments.sets,
        seed,
        plan,
        gates: &gating.gates.gates,
        unchanged: gating.gates.unchanged,
        baseline: gating.baseline.as_ref(),
        baseline_path: &gating.baseline_path.display().to_string(),
        warnings: &warnings(gating, &findings, seed),
    };
    Ok(judged(&context, &findings))
}

/// What a reader ought to know before trusting the numbers, as of any run.
fn warnings(gating: &Gating, findings: &GateFindings, seed: u64) -> Vec<String> {
    let scenario = &gating.scenario;
    let context = SummaryContext {
        scenario: simulation::identity(scenario),
        seed,
        bucket_labels: scenario.bucket_labels.clone(),
        target_clocks: scenario.target_clocks.clone(),
        // who gates a crisis knows that it is one
        warnings: Vec::new(),
    };
    summarize(&scenario.plan, &findings.collected, context).warnings
}

fn whose(gating: &Gating, halt: Halt) -> Failure {
    if !matches!(halt, Halt::Cancelled) {
        complain(&format!("in the simulation of `{}`:", gating.file.display()));
    }
    Failure::Halt(halt)
}

/// What is wrong with the gates as a whole.
fn suite_warnings(suite: &[Gating], scenarios: &[GatedScenario]) -> Vec<String> {
    let mut warnings = Vec::new();
    for scenario in scenarios.iter().filter(|scenario| scenario.gates.is_empty()) {
        warnings.push(format!(
            "`{}` has neither a target nor a gate: nothing is judged of it. Write a `[[target]]` or a `[[gate]]`",
            scenario.file
        ));
    }
    let gates = || suite.iter().flat_map(|gating| &gating.gates.gates);
    for (gate, expectation) in gates().filter(|(gate, _)| !gate.can_fail()) {
        warnings.push(format!("`{}` can never fail: `{expectation}` holds whatever happens", gate.name));
    }
    let is_same = |gate: &JudgedGate| gate.name == SAME_RESULTS && gate.level == Level::Error;
    let can_fail = gates().any(|(gate, _)| gate.level == Level::Error && gate.can_fail());
    if !can_fail && !scenarios.iter().flat_map(|scenario| &scenario.gates).any(is_same) {
        warnings.push("nothing here can fail: no gate of level `error` that anything could fail".to_owned());
    }
    warnings
}

/// Prints and writes the verdicts.
fn publish(summary: &GateSummary, arguments: &GateArguments) -> Result<ExitStatus, Failure> {
    let in_form = |form: GateFormat| match form {
        GateFormat::Text => out::gate_text(summary),
        GateFormat::Json => out::gate_json(summary),
        GateFormat::Markdown => out::gate_markdown(summary),
        GateFormat::Junit => out::gate_junit(summary),
    };
    let files = [
        (&arguments.json, GateFormat::Json),
        (&arguments.markdown, GateFormat::Markdown),
        (&arguments.junit, GateFormat::Junit),
    ];
    for (path, form) in files {
        if let Some(path) = path {
            out::write_file(path, in_form(form).as_bytes())?;
        }
    }
    if !(arguments.quiet && arguments.format == GateFormat::Text) {
        print(&in_form(arguments.format))?;
    }
    Ok(match summary.verdict() {
        GateVerdict::Failed => ExitStatus::Missed,
        GateVerdict::Inconclusive => ExitStatus::Inconclusive,
        GateVerdict::Passed | GateVerdict::Skipped => ExitStatus::Done,
    })
}

/// A new baseline, not yet written.
struct Accepted {
    baseline: Baseline,
    text: String,
}

/// Simulates one scenario as often as it may be looked at.
fn record(gating: &Gating, arguments: &GateArguments, bar: &Bar) -> Result<Accepted, Failure> {
    let seed = arguments.simulation.seed.unwrap_or(gating.scenario.seed);
    let experiment = Experiment {
        model: &gating.model,
        seed,
        effort: Effort::Replications(gating.at_most),
        max_in_system: arguments.simulation.max_in_system,
        cancel: simulation::cancel(),
        shuffle: None,
    };
    let collected = experiment.run(bar).map_err(|halt| whose(gating, halt))?;
    let plan = gating.model.plan();
    let compared = gating.gates.gates.iter().filter(|(gate, _)| gate.level != Level::Off && gate.compares());
    let identity = (gating.scenario.name.as_str(), gating.scenario.digest.as_str());
    let measures = compared.map(|(gate, _)| gate.measure);
    let baseline = Baseline::new(identity, seed, plan, &collected, measures);
    let text = out::baseline_json(&baseline);
    Ok(Accepted { baseline, text })
}

/// Writes the new baselines, and says what has changed.
fn accept(suite: &[Gating], accepted: &[Accepted], arguments: &GateArguments) -> Result<ExitStatus, Failure> {
    let mut said = String::new();
    for (gating, new) in suite.iter().zip(accepted) {
        let path = &gating.baseline_path;
        let old = gating.baseline.as_ref();
        if old == Some(&new.baseline) {
            said.push_str(&out::unchanged_baseline_text(&path.display().to_string()));
            continue;
        }
        out::write_file(path, new.text.as_bytes())?;
        said.push_str(&out::accepted_baseline_text(&path.display().to_string(), old, &new.baseline));
    }
    if !arguments.sets.is_empty() {
        // the file alone is another scenario than the one that was recorded
        complain(
            "warning: what `--set` changes was recorded too: without it, the baseline is of another scenario",
        );
    }
    if !arguments.quiet {
        print(&said)?;
    }
    Ok(ExitStatus::Done)
}
