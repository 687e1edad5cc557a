//! What all outputs of gates say: the verdict in a line, how the baseline stands, and the details of a gate.

use super::super::words::{self, UNKNOWN};
use super::numbers;
use crate::analysis::{
    BaselineState, Estimate, GateSummary, GateVerdict, GatedScenario, JudgedGate, Level, Unit,
};

/// How a gate stands to whoever asks: its verdict, and what that counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It holds.
    Holds,
    /// It fails, and the whole with it.
    Fails,
    /// It cannot be told, and the whole does not pass.
    CannotTell,
    /// It fails, and only warns.
    Warns,
    /// It cannot be told, and only warns.
    MayWarn,
    /// It was not looked at.
    Off,
}

impl Standing {
    /// How a gate stands.
    pub(super) fn of(gate: &JudgedGate) -> Self {
        match (gate.verdict, gate.level) {
            (GateVerdict::Skipped, _) | (_, Level::Off) => Self::Off,
            (GateVerdict::Passed, _) => Self::Holds,
            (GateVerdict::Failed, Level::Warn) => Self::Warns,
            (GateVerdict::Inconclusive, Level::Warn) => Self::MayWarn,
            (GateVerdict::Failed, Level::Error) => Self::Fails,
            (GateVerdict::Inconclusive, Level::Error) => Self::CannotTell,
        }
    }

    /// Whether its details are worth reading.
    pub(super) fn has_details(self) -> bool {
        matches!(self, Self::Fails | Self::CannotTell | Self::Warns | Self::MayWarn)
    }
}

/// The verdict on everything in a word.
pub(super) fn verdict(summary: &GateSummary) -> &'static str {
    match summary.verdict() {
        GateVerdict::Passed | GateVerdict::Skipped => "PASSED",
        GateVerdict::Failed => "FAILED",
        GateVerdict::Inconclusive => "INCONCLUSIVE",
    }
}

/// What the verdict is made of: `2 of 9 gates fail, 1 cannot be told, and 1 warning`. Gates that only warn are not among
/// the nine.
pub(super) fn counted(summary: &GateSummary) -> String {
    let having = |standing| summary.gates().filter(|gate| Standing::of(gate) == standing).count();
    let (fail, unclear) = (having(Standing::Fails), having(Standing::CannotTell));
    let holds = |gate: &&JudgedGate| Standing::of(gate) == Standing::Holds && gate.level == Level::Error;
    let total = summary.gates().filter(holds).count() + fail + unclear;
    let warnings = match having(Standing::Warns) + having(Standing::MayWarn) {
        0 => String::new(),
        1 => ", and 1 warning".to_owned(),
        n => format!(", and {n} warnings"),
    };
    let off = match having(Standing::Off) {
        0 => String::new(),
        1 => "; 1 is off".to_owned(),
        n => format!("; {n} are off"),
    };
    let only_warn = |gate: &&JudgedGate| Standing::of(gate) == Standing::Holds && gate.level == Level::Warn;
    let more = match summary.gates().filter(only_warn).count() {
        0 => String::new(),
        1 => "; 1 more could only warn".to_owned(),
        n => format!("; {n} more could only warn"),
    };
    format!("{}{warnings}{more}{off}", counting(total, fail, unclear))
}

/// The gates that do not hold, with their scenarios, where there are several of those: what to look at first. Of more than
/// these, the others are only counted.
pub(super) fn not_held(summary: &GateSummary) -> Vec<String> {
    const MOST: usize = 20;
    if summary.scenarios.len() < 2 {
        return Vec::new();
    }
    let of = |scenario: &'_ GatedScenario| {
        let fails = |gate: &&JudgedGate| matches!(Standing::of(gate), Standing::Fails | Standing::CannotTell);
        let said = |gate: &JudgedGate| {
            let how = if Standing::of(gate) == Standing::Fails { "fails" } else { "cannot be told" };
            format!("{}: {} {how}", scenario.scenario.name, gate.name)
        };
        scenario.gates.iter().filter(fails).map(said).collect::<Vec<_>>()
    };
    let mut all: Vec<String> = summary.scenarios.iter().flat_map(of).collect();
    if let Some(left @ 1..) = all.len().checked_sub(MOST) {
        all.truncate(MOST);
        all.push(format!("and {left} more"));
    }
    all
}

/// What the command line has changed in a scenario; nothing where it has not.
pub(super) fn changes(scenario: &GatedScenario) -> Option<String> {
    (!scenario.changes.is_empty()).then(|| format!("Changed by --set: {}", scenario.changes.join("; ")))
}

/// Those of which each decides.
fn counting(total: usize, fail: usize, unclear: usize) -> String {
    match (total, fail, unclear) {
        (0, ..) => "there is no gate that can fail".to_owned(),
        (1, 0, 0) => "the gate holds".to_owned(),
        (1, 1, _) => "the gate fails".to_owned(),
        (1, ..) => "the gate cannot be told".to_owned(),
        (2, 0, 0) => "both gates hold".to_owned(),
        (_, 0, 0) => format!("all {total} gates hold"),
        (_, 0, _) => format!("{unclear} of {total} gates cannot be told"),
        (_, 1, 0) => format!("1 of {total} gates fails"),
        (_, 1, _) => format!("1 of {total} gates fails, {unclear} cannot be told"),
        (_, _, 0) => format!("{fail} of {total} gates fail"),
        _ => format!("{fail} of {total} gates fail, {unclear} cannot be told"),
    }
}

/// The title of a scenario; its name where it has none.
pub(super) fn title(scenario: &GatedScenario) -> &str {
    let identity = &scenario.scenario;
    if identity.title.is_empty() { &identity.name } else { &identity.title }
}

/// What was simulated, and what stands in brackets.
pub(super) fn simulated(scenario: &GatedScenario) -> String {
    let shown = || scenario.gates.iter().filter(|gate| numbers::has_brackets(gate));
    let ends = |pick: fn(f64, f64) -> f64| shown().map(|gate| gate.confidence_of_each).reduce(pick);
    let is_paired = shown().any(|gate| gate.baseline.is_some());
    let paired = if is_paired { "; with a baseline, of the change since then" } else { "" };
    let brackets = match (ends(f64::min), ends(f64::max)) {
        (Some(lo), Some(hi)) if words::goal(lo) == words::goal(hi) => {
            format!(" In brackets: the {} interval{paired}.", words::goal(lo))
        }
        (Some(lo), Some(hi)) => {
            format!(" In brackets: intervals of {} to {}{paired}.", words::goal(lo), words::goal(hi))
        }
        _ => String::new(),
    };
    let what = scenario.gates.first().map_or("replication", repeated);
    let replications = words::counted(scenario.replications as f64, what);
    format!("{replications}, seed {}.{brackets}", scenario.seed)
}

/// What must not be overlooked about a baseline, before the sentence about it.
pub(super) fn baseline_alarm(state: &BaselineState) -> Option<&'static str> {
    match state {
        BaselineState::Missing { .. } => Some("BASELINE MISSING"),
        BaselineState::Stale { .. } => Some("BASELINE STALE"),
        BaselineState::NotNeeded | BaselineState::Exact { .. } | BaselineState::Statistical { .. } => None,
    }
}

/// How the baseline stands to the scenario, in a sentence.
pub(super) fn baseline(state: &BaselineState) -> String {
    match state {
        BaselineState::NotNeeded => "No baseline: no gate needs one.".to_owned(),
        BaselineState::Missing { path } => {
            format!("There is none at `{path}`, so gates that compare with it cannot be told.")
        }
        BaselineState::Stale { path, why } => {
            format!("Nothing can be compared with `{path}`: {why}.")
        }
        BaselineState::Exact { path, compared } => format!(
            "Baseline `{path}`: the same scenario, engine and seed, so {} must be the same to the last bit.",
            words::counted(*compared as f64, "replication")
        ),
        BaselineState::Statistical { path, why } => {
            format!("Baseline `{path}`: {why}, so differences are estimated.")
        }
    }
}

/// What was expected and found, in one line: for the heads of messages.
pub(super) fn message(gate: &JudgedGate) -> String {
    let margin =
        numbers::margin(gate).map(|margin| format!("; value − threshold {margin}")).unwrap_or_default();
    format!(
        "expected {}: found {}, must be {}{margin}",
        gate.expectation,
        numbers::found(gate),
        numbers::required(gate)
    )
}

/// Why a gate that is off says nothing.
pub(super) const OFF: &str = "not looked at: its level is `off`";

/// The facts about a gate, each with its name, unrounded.
pub(super) fn facts(gate: &JudgedGate) -> Vec<(&'static str, String)> {
    let (unit, of_each) = (gate.unit, gate.confidence_of_each);
    let sign = gate.comparison.sign();
    let estimate = |estimate| numbers::unrounded_estimate(unit, estimate, of_each);
    let threshold = match numbers::finite(gate.threshold) {
        Some(threshold) => format!("{sign} {}", numbers::unrounded(unit, threshold)),
        None => format!("{sign} {UNKNOWN} (cannot be told)"),
    };
    let told = |estimate: &&Estimate| estimate.mean.is_finite();
    let value = gate.value.as_ref().filter(told).map_or_else(|| "cannot be told".to_owned(), estimate);
    let mut facts = vec![("expected", gate.expectation.clone()), ("value", value), ("threshold", threshold)];
    if let Some(baseline) = numbers::finite(gate.baseline) {
        facts.push(("baseline", numbers::unrounded(unit, baseline)));
    }
    facts.extend(numbers::change(gate).map(|change| ("change", format!("{change} since the baseline"))));
    if let Some((margin, in_words)) = gate.margin.as_ref().filter(told).zip(numbers::margin(gate)) {
        facts.push(("margin", format!("{}: value − threshold, {in_words}", estimate(margin))));
    }
    facts.push((
        "judged by",
        format!(
            "{}, with a confidence of {} over all looks",
            words::counted(gate.replications as f64, repeated(gate)),
            words::goal(gate.confidence)
        ),
    ));
    if gate.about != gate.name {
        facts.push(("about", gate.about.clone()));
    }
    facts.push(("measure", gate.measure.clone()));
    facts
}

/// What is done again and again until it can be judged.
fn repeated(gate: &JudgedGate) -> &'static str {
    // speed is a ratio of two times, measured in rounds
    if gate.unit == Unit::Ratio { "round" } else { "replication" }
}

/// What the reader ought to know: about the whole first, then by scenario, which is named where there are several.
pub(super) fn notes(summary: &GateSummary) -> Vec<String> {
    let mut notes = summary.warnings.clone();
    if let [alone] = summary.scenarios.as_slice() {
        notes.extend(alone.warnings.iter().cloned());
        return notes;
    }
    // what holds for several is said once
    let mut said: Vec<(&String, Vec<String>)> = Vec::new();
    for scenario in &summary.scenarios {
        let name = format!("`{}`", scenario.scenario.name);
        for note in &scenario.warnings {
            match said.iter_mut().find(|(known, _)| *known == note) {
                Some((_, names)) => names.push(name.clone()),
                None => said.push((note, vec![name.clone()])),
            }
        }
    }
    notes.extend(said.into_iter().map(|(note, names)| format!("{}: {note}", names.join(", "))));
    notes
}

/// The text in one line, without what terminals and XML take for commands: names come from files.
pub(super) fn plain(text: &str) -> String {
    let harmless = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        // not characters at all in XML
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
        c => c,
    };
    text.chars().map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{january, on_time, only, sample};
    use super::*;

    /// A gate on a share, of a level.
    fn gate(verdict: GateVerdict, level: Level) -> JudgedGate {
        JudgedGate { level, ..on_time("a", verdict, (0.9, 0.01), 0.8) }
    }

    #[test]
    fn the_verdict_in_a_line() {
        use GateVerdict::{Failed, Inconclusive, Passed, Skipped};
        let check = |gates: &[(GateVerdict, Level)], expected: &str| {
            let summary = only(gates.iter().map(|(verdict, level)| gate(*verdict, *level)).collect());
            assert_eq!(format!("{} {}", verdict(&summary), counted(&summary)), expected);
        };
        let (error, warn, off) = (Level::Error, Level::Warn, Level::Off);
        let (holds, fails, unclear) = ((Passed, error), (Failed, error), (Inconclusive, error));
        check(&[], "PASSED there is no gate that can fail");
        check(&[(Skipped, off)], "PASSED there is no gate that can fail; 1 is off");
        check(&[(Failed, warn)], "PASSED there is no gate that can fail, and 1 warning");
        check(&[holds], "PASSED the gate holds");
        check(&[fails], "FAILED the gate fails");
        check(&[unclear], "INCONCLUSIVE the gate cannot be told");
        check(&[holds, holds], "PASSED both gates hold");
        check(&[holds, holds, holds, (Passed, warn)], "PASSED all 3 gates hold; 1 more could only warn");
        check(&[holds, holds, (Inconclusive, warn)], "PASSED both gates hold, and 1 warning");
        check(&[holds, unclear, holds], "INCONCLUSIVE 1 of 3 gates cannot be told");
        check(&[holds, fails, holds], "FAILED 1 of 3 gates fails");
        check(&[fails, fails, holds], "FAILED 2 of 3 gates fail");
        check(&[fails, unclear], "FAILED 1 of 2 gates fails, 1 cannot be told");
        check(
            &[fails, unclear, fails, (Failed, warn), (Inconclusive, warn), (Skipped, off), (Skipped, off)],
            "FAILED 2 of 3 gates fail, 1 cannot be told, and 2 warnings; 2 are off",
        );
    }

    #[test]
    fn what_stands_in_brackets_is_said() {
        let mut scenario = january();
        assert_eq!(
            simulated(&scenario),
            "20 replications, seed 1. In brackets: the 97.5 % interval; with a baseline, of the change since then."
        );
        scenario.gates.retain(|gate| gate.baseline.is_none());
        assert_eq!(simulated(&scenario), "20 replications, seed 1. In brackets: the 97.5 % interval.");
        scenario.gates[1].confidence_of_each = 0.99;
        assert_eq!(
            simulated(&scenario),
            "20 replications, seed 1. In brackets: intervals of 97.5 % to 99 %."
        );
        scenario.gates.iter_mut().for_each(|gate| gate.value = None);
        scenario.replications = 1;
        assert_eq!(simulated(&scenario), "1 replication, seed 1.");
    }

    #[test]
    fn what_does_not_hold_comes_first_where_there_are_several_scenarios() {
        let mut summary = sample();
        let said = not_held(&summary);
        assert_eq!(said[0], "january-2015: 1 h for terrorism fails");
        assert!(said.contains(&"november-2015: no_slower cannot be told".to_owned()), "{said:?}");
        let failing =
            summary.gates().filter(|gate| gate.level == Level::Error && gate.verdict != GateVerdict::Passed);
        assert_eq!(said.len(), failing.count());
        let more = summary.scenarios[0].clone();
        summary.scenarios.extend(std::iter::repeat_n(more, 20));
        assert_eq!(not_held(&summary).last().map(String::as_str), Some("and 45 more"));
        summary.scenarios.truncate(1);
        assert_eq!(not_held(&summary), Vec::<String>::new());
    }

    #[test]
    fn notes_name_their_scenario_where_there_are_several() {
        let mut summary = sample();
        assert_eq!(notes(&summary)[0], "The gate `slow` is in no scenario.");
        assert!(notes(&summary)[1].starts_with("`january-2015`: Fraud: "));
        summary.scenarios.truncate(1);
        assert!(notes(&summary)[1].starts_with("Fraud: "));
    }
}
