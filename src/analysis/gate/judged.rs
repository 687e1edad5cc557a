//! From the findings of an experiment to gates with verdicts and reasons.

use super::super::measured::measure_title;
use super::super::summarize::estimate;
use super::super::summary::{Estimate, ScenarioIdentity};
use super::super::warnings::{OPEN_SHARE, grouped};
use super::baseline::{Baseline, replication_digest};
use super::why::Why;
use super::{BaselineState, GateVerdict, GatedScenario, JudgedGate};
use crate::experiment::gate::{Gate, GateFindings, Judgement, Level, Operator, SAME_RESULTS, Verdict};
use crate::experiment::{Measure, Narrow, Unit};
use crate::model::Plan;

/// More replications than this are no advice.
const MOST_ADVISED: f64 = 100_000.0;

/// What is known of a scenario besides its findings.
#[derive(Debug, Clone, Copy)]
pub struct GateContext<'a> {
    /// Which scenario it was.
    pub scenario: &'a ScenarioIdentity,
    /// Its file, as it was named.
    pub file: &'a str,
    /// What the command line has changed in it.
    pub changes: &'a [String],
    /// The seed.
    pub seed: u64,
    /// What was simulated, with the probes of the gates.
    pub plan: &'a Plan,
    /// The gates with their expectations as written, in the order of the findings.
    pub gates: &'a [(Gate, String)],
    /// What it counts for that the same scenario gives other results than its baseline.
    pub unchanged: Level,
    /// The baseline, if there is one.
    pub baseline: Option<&'a Baseline>,
    /// Where it is, or would be.
    pub baseline_path: &'a str,
    /// What the reader ought to know.
    pub warnings: &'a [String],
}

/// The verdicts on a scenario, with their reasons.
pub fn judged(context: &GateContext<'_>, findings: &GateFindings) -> GatedScenario {
    let state = context.baseline_state(findings);
    // where nothing has changed, nothing has grown
    let changed = context.usable().filter(|_| matches!(state, BaselineState::Statistical { .. }));
    let why = Why { plan: context.plan, collected: &findings.collected, baseline: changed };
    let mut gates: Vec<JudgedGate> = (context.gates.iter())
        .zip(&findings.judgements)
        .map(|((gate, expectation), found)| context.gate(gate, expectation, found.as_ref(), &state, &why))
        .collect();
    match (&state, context.usable()) {
        (BaselineState::Exact { .. }, Some(baseline)) => {
            gates.insert(0, context.unchanged_gate(baseline, findings));
        }
        (BaselineState::Stale { path, why }, _) => gates.insert(0, context.stale_gate(path, why)),
        _ => {}
    }
    GatedScenario {
        scenario: context.scenario.clone(),
        file: context.file.to_owned(),
        changes: context.changes.to_vec(),
        seed: context.seed,
        replications: findings.collected.replications.len(),
        baseline: state,
        gates,
        warnings: context.warnings(findings),
    }
}

impl<'a> GateContext<'a> {
    /// The baseline, where something can be compared with it.
    pub fn usable(&self) -> Option<&'a Baseline> {
        self.baseline.filter(|baseline| baseline.staleness(&self.scenario.name, self.plan).is_none())
    }

    fn baseline_state(&self, findings: &GateFindings) -> BaselineState {
        let path = self.baseline_path.to_owned();
        let needs_one = |gate: &Gate| gate.level != Level::Off && gate.compares();
        let Some(baseline) = self.baseline else {
            let is_needed = self.gates.iter().any(|(gate, _)| needs_one(gate));
            return if is_needed { BaselineState::Missing { path } } else { BaselineState::NotNeeded };
        };
        if let Some(why) = baseline.staleness(&self.scenario.name, self.plan) {
            return BaselineState::Stale { path, why };
        }
        let has_changed = baseline.scenario_digest != self.scenario.digest;
        let is_same = || self.differing(baseline, findings).is_empty();
        let why = match (has_changed, baseline.seed != self.seed) {
            (true, false) if is_same() => "the scenario has changed since, but not its results".to_owned(),
            (false, false) => {
                let compared = baseline.n_replications().min(findings.collected.replications.len());
                return BaselineState::Exact { path, compared };
            }
            (true, false) => "the scenario has changed since".to_owned(),
            (changed, true) => format!(
                "it was recorded with seed {}, other reports than those of seed {}{}",
                baseline.seed,
                self.seed,
                if changed { ", and the scenario has changed since" } else { "" }
            ),
        };
        BaselineState::Statistical { path, why }
    }

    fn gate(
        &self,
        gate: &Gate,
        expectation: &str,
        found: Option<&Judgement>,
        state: &BaselineState,
        why: &Why<'_>,
    ) -> JudgedGate {
        let n = found.map_or(0, |found| found.replications);
        let verdict = match found.map(|found| found.verdict) {
            None => GateVerdict::Skipped,
            Some(Verdict::Passed) => GateVerdict::Passed,
            Some(Verdict::Failed) => GateVerdict::Failed,
            Some(Verdict::Inconclusive) => GateVerdict::Inconclusive,
        };
        let reasons = match (verdict, found) {
            (GateVerdict::Failed, _) => why.sentences(gate),
            (GateVerdict::Inconclusive, Some(found)) => self.cannot_tell(gate, found, state),
            _ => Vec::new(),
        };
        JudgedGate {
            name: gate.name.clone(),
            about: measure_title(gate.measure, self.plan),
            measure: gate.measure.name(self.plan),
            expectation: expectation.to_owned(),
            level: gate.level,
            unit: gate.measure.unit(),
            comparison: gate.operator,
            threshold: found.and_then(|found| found.threshold),
            value: found.and_then(|found| found.value).map(|value| estimate(value, n)),
            baseline: found.and_then(|found| found.baseline),
            margin: found.and_then(|found| found.margin).map(|margin| estimate(margin, n)),
            confidence: gate.confidence,
            confidence_of_each: found.map_or(gate.confidence, |found| found.confidence),
            replications: n,
            verdict,
            reasons,
        }
    }

    /// Why a gate could not be judged, and what to do.
    fn cannot_tell(&self, gate: &Gate, found: &Judgement, state: &BaselineState) -> Vec<String> {
        let accept = format!("record it with `vigie gate --accept {}`", self.file);
        let compares = gate.compares();
        let measure = gate.measure.name(self.plan);
        let said = match (state, found.margin) {
            (BaselineState::Missing { path }, _) if compares => {
                format!("There is no baseline at `{path}`: {accept}.")
            }
            (BaselineState::Stale { path, why }, _) if compares => {
                format!("The baseline at `{path}` is stale, {why}: look at what has changed, then {accept}.")
            }
            _ if compares && found.baseline.is_none() => self.no_match(gate, &accept),
            (_, None) => format!(
                "`{measure}` was not measured: in some replication there was no case, or there were too few for it."
            ),
            (_, Some(margin)) => match margin.bounds {
                None => "So few replications say nothing about chance: run more.".to_owned(),
                Some((lo, hi)) => too_wide(gate, found.replications, margin.mean, hi - lo),
            },
        };
        vec![said]
    }

    /// The baseline has nothing that a gate could be compared with.
    fn no_match(&self, gate: &Gate, accept: &str) -> String {
        let path = self.baseline_path;
        match self.usable().and_then(|baseline| baseline.redefined(gate.measure, self.plan)) {
            Some(then) => format!(
                "The target is another one in the baseline at `{path}`, where it asks `{then}`: if that is meant, \
                 {accept}."
            ),
            None => format!(
                "The baseline at `{path}` has no `{}`: it was recorded without this gate, or not every replication had \
                 cases enough to measure it. If the former, {accept}.",
                gate.measure.name(self.plan)
            ),
        }
    }

    /// What the reader ought to know: that, the targets that are gone since the baseline, and whose times say little.
    fn warnings(&self, findings: &GateFindings) -> Vec<String> {
        let mut warnings = self.warnings.to_vec();
        warnings.extend(self.undecided_warning(findings));
        for name in self.usable().into_iter().flat_map(|baseline| baseline.gone(self.plan)) {
            warnings.push(format!("the baseline has a target `{name}`, which the scenario has no more"));
        }
        warnings
    }

    /// Response times are those of decided cases: where many never are, a worse service may look better.
    fn undecided_warning(&self, findings: &GateFindings) -> Option<String> {
        let looked_at = |class: usize| {
            self.gates.iter().filter(|(gate, _)| gate.level != Level::Off).any(|(gate, _)| {
                match gate.measure {
                    Measure::ResponseTime(of, _) => of == class,
                    Measure::Narrow(Narrow::ProbeTime(probe, _)) => self.plan.probes[probe].classes[class],
                    _ => false,
                }
            })
        };
        let records = &findings.collected.replications;
        let said: Vec<String> = (0..self.plan.classes.len())
            .filter(|class| looked_at(*class))
            .filter_map(|class| {
                let reports: u64 = records.iter().map(|record| record.classes[class].reports).sum();
                let decided: u64 =
                    records.iter().map(|record| record.classes[class].response_time.count).sum();
                let share = 1.0 - decided as f64 / reports.max(1) as f64;
                let percent = grouped(100.0 * share);
                (share > OPEN_SHARE && reports > 0)
                    .then(|| format!("{percent} % of `{}`", self.plan.classes[class]))
            })
            .collect();
        (!said.is_empty()).then(|| {
            format!(
                "{} had no decision, and gates of response times leave these out: `share(<= …)` counts them",
                said.join(", ")
            )
        })
    }

    /// The gate that holds the scenario to the last bit of its baseline.
    fn unchanged_gate(&self, baseline: &Baseline, findings: &GateFindings) -> JudgedGate {
        let collected = &findings.collected;
        let compared = baseline.n_replications().min(collected.replications.len());
        let differing = self.differing(baseline, findings);
        let contradicted = self.contradicted(baseline, findings);
        let count = differing.len() as f64;
        let verdict = match (self.unchanged, differing.is_empty() && contradicted.is_none()) {
            (Level::Off, _) => GateVerdict::Skipped,
            (_, true) => GateVerdict::Passed,
            (_, false) => GateVerdict::Failed,
        };
        let reasons = match (verdict, differing.first()) {
            (GateVerdict::Failed, Some(first)) => self.what_differs(baseline, findings, *first),
            (GateVerdict::Failed, None) => contradicted.into_iter().collect(),
            _ => Vec::new(),
        };
        JudgedGate { reasons, ..self.same_results((verdict, compared), Some(count)) }
    }

    /// The gate that holds the scenario to the last bit of its baseline: so many of the replications compared differ.
    fn same_results(&self, (verdict, compared): (GateVerdict, usize), differing: Option<f64>) -> JudgedGate {
        let exactly = |value: f64| Estimate { mean: value, interval: Some((value, value)), n: compared };
        JudgedGate {
            name: SAME_RESULTS.to_owned(),
            about: format!("replications of {compared} that give other numbers than in the baseline"),
            measure: "baseline/differing_replications".to_owned(),
            expectation: "the same to the last bit".to_owned(),
            level: self.unchanged,
            unit: Unit::Count,
            comparison: Operator::AtMost,
            threshold: Some(0.0),
            value: differing.map(exactly),
            baseline: None,
            margin: differing.map(exactly),
            confidence: 1.0,
            confidence_of_each: 1.0,
            replications: compared,
            verdict,
            reasons: Vec::new(),
        }
    }

    /// The replications that are not what they were in the baseline, of those that both have.
    fn differing(&self, baseline: &Baseline, findings: &GateFindings) -> Vec<usize> {
        let records = findings.collected.replications.iter();
        let pairs = records.map(|record| replication_digest(self.plan, record)).zip(&baseline.digests);
        pairs
            .enumerate()
            .filter(|(_, (own, kept))| own != *kept)
            .map(|(replication, _)| replication)
            .collect()
    }

    /// The same gate, where the baseline says nothing.
    fn stale_gate(&self, path: &str, why: &str) -> JudgedGate {
        let verdict =
            if self.unchanged == Level::Off { GateVerdict::Skipped } else { GateVerdict::Inconclusive };
        let reason = format!(
            "The baseline at `{path}` is stale, {why}: look at what has changed, then record it with `vigie gate --accept \
             {}`.",
            self.file
        );
        JudgedGate { reasons: vec![reason], ..self.same_results((verdict, 0), None) }
    }

    /// Where every replication is as it was, so is what the replications contributed: else somebody has changed the file.
    fn contradicted(&self, baseline: &Baseline, findings: &GateFindings) -> Option<String> {
        let collected = &findings.collected;
        let n = collected.replications.len();
        let is_contradicted = |measure: &Measure| {
            let own = measure.contributions(self.plan, collected);
            let kept = baseline.of(*measure, self.plan).map(|kept| kept.first(n));
            own.zip(kept).is_some_and(|(own, kept)| own.first(kept.len()) != kept)
        };
        let measure = self.gates.iter().map(|(gate, _)| gate.measure).find(is_contradicted)?;
        Some(format!(
            "The baseline contradicts itself: its digests are those of this program, but `{}` is not what these \
             replications give. Take back what was done to it, or record it with `vigie gate --accept {}`.",
            measure.name(self.plan),
            self.file
        ))
    }

    fn what_differs(&self, baseline: &Baseline, findings: &GateFindings, first: usize) -> Vec<String> {
        let mut said = vec![format!(
            "Scenario, seed and engine semantics are those of the baseline, and yet replication {} is another one: this \
             program computes other numbers. If that is meant, its engine semantics have to be raised; then record the \
             baseline with `vigie gate --accept {}`.",
            first + 1,
            self.file
        )];
        if findings.collected.replications.len() == baseline.n_replications() {
            let now = Baseline::new(
                (&self.scenario.name, &self.scenario.digest),
                self.seed,
                self.plan,
                &findings.collected,
                Vec::<Measure>::new(),
            );
            let changes = now.changes_since(baseline);
            let names: Vec<String> =
                changes.iter().take(3).map(|change| format!("`{}`", change.measure)).collect();
            if !names.is_empty() {
                said.push(format!("{} measures differ, {} first.", changes.len(), names.join(", ")));
            }
        }
        said
    }
}

/// Both sides of the threshold lie within the interval.
fn too_wide(gate: &Gate, n: usize, margin: f64, width: f64) -> String {
    // the half-width shrinks with the root of the replications
    let needed = n as f64 * (0.5 * width / margin).powi(2) * 1.2;
    let advice = if needed.is_finite() && needed <= MOST_ADVISED {
        let needed = ((needed / 10.0).ceil() * 10.0) as u64;
        match (gate.compares(), gate.level) {
            (true, _) => format!(
                "about {needed} replications of both might tell: record the baseline again, from what it was made of, \
                 with `--accept --at-most {needed}`, or allow more"
            ),
            // only what can fail asks for more replications
            (false, Level::Warn) => {
                format!("about {needed} replications might tell: `--replications {needed}`")
            }
            (false, _) => format!("about {needed} replications might tell: `--at-most {needed}`"),
        }
    } else {
        "it lies so close to the threshold that more replications would hardly help: allow more".to_owned()
    };
    format!("The threshold lies within the interval after {n} replications, and {advice}.")
}
