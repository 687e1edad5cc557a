//! Gates: what must hold of a scenario's numbers, from its own file and from files of gates.
//!
//! Every target is a gate by itself, its goal, unless a gate names it. A file of gates lays its gates over those of the
//! scenario, by name.

mod expectation;
mod resolve;

use std::path::Path;

use super::decode::{At, Decode as _, Number, Slot};
use super::diagnostic::{
    Diagnostic, Diagnostics, SourceId, Sources, Span, listed, quoted, render_all, suggest,
};
use super::document::{Node, Value, parse_document};
use super::files::read_text;
use super::spec::{GateSpec, GatesSpec, LevelSpec};
use super::{LoadError, Scenario, closing, compile, place};
use crate::experiment::Measure;
use crate::experiment::gate::{Bound, Gate, Level, Operator, SAME_RESULTS};
use crate::model::{Plan, Probe, Target};
use resolve::{Refusal, Selected, Wanted};

const CONFIDENCE: f64 = 0.95;
/// Sampling says nothing with more certainty than this.
const MOST_CONFIDENCE: f64 = 0.9999;
const MOST_GATES: usize = 500;
const MOST_REPLICATIONS: u64 = 100_000;
const LONGEST_NAME: usize = 100;

/// What must hold of a scenario.
#[derive(Debug, Clone)]
pub struct Gates {
    /// The gates, those of targets first, each with its expectation as written.
    pub gates: Vec<(Gate, String)>,
    /// What has to be measured for them besides: the probes of [`Gates::plan`].
    pub probes: Vec<Probe>,
    /// What it counts for that the same scenario gives other results than its baseline.
    pub unchanged: Level,
    /// At most so many replications, where a file says so.
    pub at_most: Option<usize>,
    /// What is probably not meant in the file of gates, with its lines; nothing where there is nothing.
    pub warnings: String,
}

impl Gates {
    /// The plan of the scenario with what has to be measured for the gates: nothing else in it changes.
    pub fn plan(&self, scenario: &Scenario) -> Plan {
        Plan { probes: self.probes.clone(), ..scenario.plan.clone() }
    }
}

/// A gate that stands in a file, found to be right for a plan.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    name: At<String>,
    expectation: String,
    wanted: Wanted,
    operator: Operator,
    bound: Bound,
    level: Level,
    /// That of the gate itself, where it has one.
    confidence: Option<f64>,
    target: Option<usize>,
}

/// A file of gates, read but not yet matched with a scenario.
#[derive(Debug, Clone)]
pub struct GatesFile {
    spec: GatesSpec,
    sources: Sources,
}

impl GatesFile {
    /// Reads a file of gates.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, whichever scenario it is for.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let (folder, file, prefix) = place(path)?;
        let mut sources = Sources::below(prefix).called("the gates");
        let mut out = Diagnostics::default();
        let text = read_text(&folder, &file, &sources.shown_path(&file));
        let spec = text.map_err(|(message, help)| {
            out.add(Diagnostic::anywhere(message).maybe_help(help.map(Into::into)));
        });
        let spec = spec.ok().and_then(|text| {
            let source = sources.add(file, text);
            read(source, &mut sources, &mut out)
        });
        let failed = out.has_errors();
        let diagnostics = out.into_sorted();
        match spec {
            Some(spec) if !failed => Ok(Self { spec, sources }),
            _ => Err(LoadError { diagnostics, sources }),
        }
    }

    /// What must hold of a scenario, by its own file and by this one.
    ///
    /// # Errors
    ///
    /// A gate that names something the scenario does not have, or measures what cannot be measured of it.
    pub fn gates_for(&self, scenario: &Scenario) -> Result<Gates, LoadError> {
        let mut out = Diagnostics::default();
        let written = self.spec.gate.get().map_or(&[][..], Vec::as_slice);
        let here: Vec<&At<GateSpec>> =
            written.iter().filter(|gate| is_for(&gate.value, &scenario.name)).collect();
        let mut drafts = scenario.gates.clone();
        for draft in self::drafts(&here, &scenario.plan, &mut out) {
            match drafts.iter_mut().find(|known| known.name.value == draft.name.value) {
                Some(known) => *known = draft,
                None => drafts.push(draft),
            }
        }
        check_targets_once(&drafts, &scenario.plan, &mut out);
        let targets = self
            .spec
            .targets
            .at()
            .map_or_else(|| goals(&scenario.plan), |expect| of_all_targets(expect, &scenario.plan, &mut out));
        if out.has_errors() {
            let sources = self.sources.clone().called(format!("the gates of `{}`:", scenario.name));
            return Err(LoadError { diagnostics: out.into_sorted(), sources });
        }
        let confidence = self.spec.confidence.get().map_or(CONFIDENCE, |confidence| confidence.0);
        let mut gates = gates(&targets, &drafts, confidence);
        gates.unchanged = level(&self.spec.unchanged);
        gates.at_most = self.spec.at_most.get().map(|most| *most as usize);
        let warnings = out.into_sorted();
        if !warnings.is_empty() {
            let sources = self.sources.clone().called(format!("the gates of `{}`:", scenario.name));
            let closing = closing(warnings.len(), "warning", &sources);
            gates.warnings = format!("{}\n\n{closing}", render_all(&warnings, &sources, false));
        }
        Ok(gates)
    }

    /// The names of scenarios that its gates are for, each once.
    pub fn scenarios(&self) -> Vec<String> {
        let gates = self.spec.gate.get().into_iter().flatten();
        let named = gates.filter_map(|gate| gate.value.scenario.get());
        let mut names: Vec<String> =
            named.flat_map(|names| names.0.iter().map(|name| name.value.clone())).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Complains about the scenarios it names that are none of those known.
    ///
    /// # Errors
    ///
    /// One for each place where such a name stands.
    pub fn check_scenarios(&self, known: &[String]) -> Result<(), LoadError> {
        let mut out = Diagnostics::default();
        for gate in self.spec.gate.get().into_iter().flatten() {
            for name in gate.value.scenario.get().into_iter().flat_map(|names| &names.0) {
                if !known.contains(&name.value) {
                    let message = format!("there is no scenario `{}` to gate", quoted(&name.value));
                    let help = suggest(&name.value, known.iter().map(String::as_str));
                    out.add(Diagnostic::error(name.span, message).maybe_help(help));
                }
            }
        }
        if out.has_errors() {
            return Err(LoadError { diagnostics: out.into_sorted(), sources: self.sources.clone() });
        }
        Ok(())
    }
}

/// What must hold of a scenario by its own file alone.
pub(super) fn own(scenario: &Scenario) -> Gates {
    gates(&goals(&scenario.plan), &scenario.gates, CONFIDENCE)
}

fn read(source: SourceId, sources: &mut Sources, out: &mut Diagnostics) -> Option<GatesSpec> {
    let table = parse_document(source, sources, out)?;
    let node = Node { value: Value::Table(table), span: Span::new(source, 0..0) };
    let spec = GatesSpec::decode(&node, out)?;
    for gate in spec.gate.get().into_iter().flatten() {
        if let Some(names) = gate.value.scenario.at().filter(|names| names.value.0.is_empty()) {
            let error = Diagnostic::error(names.span, "this gate is for no scenario at all");
            out.add(
                error.help("name a scenario, or leave `scenario` out; `level = \"off\"` leaves a gate out"),
            );
        }
    }
    let expectations = spec.gate.get().into_iter().flatten().filter_map(|gate| gate.value.expect.at());
    for expect in expectations.chain(spec.targets.at()) {
        if let Err(wrong) = expectation::parse(&expect.value) {
            out.add(Diagnostic::error(inside(expect, wrong.range), wrong.message).help(wrong.help));
        }
    }
    check_confidence(&spec.confidence, out);
    if let Some(most) = spec.at_most.at().filter(|most| !(1..=MOST_REPLICATIONS).contains(&most.value)) {
        let message = format!("`{}` replications cannot be run", most.value);
        let help = format!("write a number from 1 to {MOST_REPLICATIONS}");
        out.add(Diagnostic::error(most.span, message).help(help));
    }
    Some(spec)
}

fn is_for(gate: &GateSpec, scenario: &str) -> bool {
    gate.scenario.get().is_none_or(|names| names.0.iter().any(|name| name.value == scenario))
}

fn level(written: &Slot<LevelSpec>) -> Level {
    match written.get() {
        Some(LevelSpec::Warn) => Level::Warn,
        Some(LevelSpec::Off) => Level::Off,
        Some(LevelSpec::Error) | None => Level::Error,
    }
}

fn check_confidence(written: &Slot<Number>, out: &mut Diagnostics) -> Option<f64> {
    let written = written.at()?;
    let confidence = written.value.0;
    if confidence <= 0.5 || confidence > MOST_CONFIDENCE {
        let message = format!("`{confidence}` is not a confidence to judge with");
        let help = format!("write a number above 0.5, at most {MOST_CONFIDENCE}, such as `0.95`");
        out.add(Diagnostic::error(written.span, message).help(help));
    }
    Some(confidence)
}

/// The gates of a scenario's own file.
pub(super) fn own_drafts(
    written: &Slot<Vec<At<GateSpec>>>,
    plan: &Plan,
    out: &mut Diagnostics,
) -> Vec<Draft> {
    let all: Vec<&At<GateSpec>> = written.get().into_iter().flatten().collect();
    for gate in &all {
        if let Some(names) = gate.value.scenario.at() {
            let message = "`scenario` has no place in a scenario: its gates are its own";
            out.add(Diagnostic::error(names.span, message).help("leave it out; it is for files of gates"));
        }
    }
    let drafts = drafts(&all, plan, out);
    check_targets_once(&drafts, plan, out);
    drafts
}

fn drafts(written: &[&At<GateSpec>], plan: &Plan, out: &mut Diagnostics) -> Vec<Draft> {
    if let Some(gate) = written.get(MOST_GATES) {
        out.add(Diagnostic::error(gate.span, format!("there are more than {MOST_GATES} gates")));
        return Vec::new();
    }
    let names: Vec<At<String>> = written.iter().filter_map(|gate| named(gate).cloned()).collect();
    compile::check_repeats(&names, "gate", out);
    written.iter().filter_map(|gate| draft(gate, plan, out)).collect()
}

/// A gate's name stands only in texts, which take any letters.
fn check_name(name: &At<String>, out: &mut Diagnostics) {
    let text = &name.value;
    let refused = if text.trim().is_empty() {
        Some("a gate needs a name")
    } else if text.chars().any(char::is_control) || text.chars().count() > LONGEST_NAME {
        Some("a name is one line of at most 100 characters")
    } else {
        (text == SAME_RESULTS)
            .then_some("this is the name of the gate that compares with the baseline to the last bit")
    };
    if let Some(message) = refused {
        out.add(Diagnostic::error(name.span, message).help("choose another name"));
    }
}

/// What a gate is called.
fn named(written: &At<GateSpec>) -> Option<&At<String>> {
    written
        .value
        .name
        .at()
        .or_else(|| written.value.name.is_absent().then(|| written.value.target.at()).flatten())
}

fn draft(written: &At<GateSpec>, plan: &Plan, out: &mut Diagnostics) -> Option<Draft> {
    let gate = &written.value;
    let name = named(written);
    match name {
        Some(name) => check_name(name, out),
        None if gate.name.is_absent() => {
            let help = "only a gate of a `target` has one by itself";
            out.add(Diagnostic::error(written.span, "`name` is missing").help(help));
        }
        None => {}
    }
    let confidence = check_confidence(&gate.confidence, out);
    let selected = selected(gate, plan, out);
    let expect = gate.expect.at()?;
    let (wanted, operator, bound) = understood(selected?, expect, plan, out)?;
    Some(Draft {
        name: name?.clone(),
        expectation: expect.value.trim().to_owned(),
        wanted,
        operator,
        bound,
        level: level(&gate.level),
        confidence,
        target: if let Some(Selected::Target(target)) = selected { Some(target) } else { None },
    })
}

/// What an expectation means for what is selected.
fn understood(
    selected: Selected,
    expect: &At<String>,
    plan: &Plan,
    out: &mut Diagnostics,
) -> Option<(Wanted, Operator, Bound)> {
    let expectation = expectation::parse(&expect.value).map_err(|wrong| {
        let span = inside(expect, wrong.range);
        out.add(Diagnostic::error(span, wrong.message).help(wrong.help));
    });
    let expectation = expectation.ok()?;
    let mut refused = |refusal: Refusal| {
        let span = if refusal.range.is_empty() { expect.span } else { inside(expect, refusal.range) };
        out.add(Diagnostic::error(span, refusal.message).maybe_help(refusal.help));
    };
    let wanted = selected.wanted(&expectation.quantity, plan).map_err(&mut refused).ok()?;
    let unit = wanted.unit();
    let bound = resolve::bound(&expectation, selected, unit, plan).map_err(&mut refused).ok()?;
    warn_of_the_obvious(&wanted, (expectation.operator, bound), plan, expect, out);
    Some((wanted, expectation.operator, bound))
}

/// Warns of what can never fail: it looks like a check and is none.
fn warn_of_the_obvious(
    wanted: &Wanted,
    (operator, bound): (Operator, Bound),
    plan: &Plan,
    expect: &At<String>,
    out: &mut Diagnostics,
) {
    let written = quoted(expect.value.trim());
    let measure = wanted.clone().measure(&mut Vec::new());
    let gate = gate(&(String::new(), measure, operator, bound), Level::Error, 0.0);
    if !gate.can_fail() {
        let message = format!("`{written}` can never fail");
        out.add(Diagnostic::warning(expect.span, message).help("choose a bound that something can pass"));
    }
    let nothing = match measure {
        Measure::Reneged(stage) if plan.stages[stage].patience.is_none() => {
            "nobody gives up there: it has no `patience`"
        }
        Measure::Blocked(stage) if plan.stages[stage].room.is_none() => {
            "there is always room: it has no `room`"
        }
        _ => return,
    };
    out.add(Diagnostic::warning(expect.span, format!("`{written}` says nothing")).help(nothing));
}

/// The span of a part of a text, where the text stands as it is between two quotes.
fn inside(text: &At<String>, range: std::ops::Range<usize>) -> Span {
    let Span { source, start, end } = text.span;
    if end - start != text.value.len() + 2 {
        return text.span;
    }
    Span::new(source, start + 1 + range.start..start + 1 + range.end)
}

/// What a gate looks at.
fn selected(gate: &GateSpec, plan: &Plan, out: &mut Diagnostics) -> Option<Selected> {
    let errors_before = out.n_errors_added();
    let names = |of: &mut dyn Iterator<Item = &String>| -> Vec<String> { of.cloned().collect() };
    let classes = names(&mut plan.classes.iter());
    let class = find(&gate.class, "class", &classes, out);
    let stage = find(&gate.stage, "stage", &names(&mut plan.stages.iter().map(|stage| &stage.name)), out);
    let platforms = names(&mut plan.platforms.iter().map(|platform| &platform.name));
    let platform = find(&gate.platform, "platform", &platforms, out);
    let team = find(&gate.team, "team", &names(&mut plan.teams.iter().map(|team| &team.name)), out);
    let source = find(&gate.source, "source", &names(&mut plan.sources.iter().map(|s| &s.name)), out);
    let target = find(&gate.target, "target", &names(&mut plan.targets.iter().map(|t| &t.name)), out);
    if out.n_errors_added() > errors_before {
        return None;
    }
    // what cannot be read was complained about, and must not widen what is looked at
    let unread = [&gate.class, &gate.stage, &gate.platform, &gate.team, &gate.source, &gate.target];
    if unread.iter().any(|slot| matches!(slot, Slot::Invalid)) {
        return None;
    }
    let found = match (stage, platform, team, source, target) {
        (None, None, None, None, None) => class.map_or(Selected::Whole, Selected::Class),
        (Some(stage), None, None, None, None) => Selected::Stage(stage, class),
        (None, Some(platform), None, None, None) => Selected::Platform(platform, class),
        (None, None, None, Some(source), None) => Selected::Source(source, class),
        (None, None, Some(team), None, None) if class.is_none() => Selected::Team(team),
        (None, None, None, None, Some(target)) if class.is_none() => Selected::Target(target),
        _ => {
            let span = gate.name.span().or(gate.expect.span())?;
            let message = "this gate looks at too many things at once";
            let help = "give one of `class`, `stage`, `platform`, `team`, `source` and `target`; `class` may go with \
                        `stage`, `platform` or `source`";
            out.add(Diagnostic::error(span, message).help(help));
            return None;
        }
    };
    Some(found)
}

/// The position of what is named.
fn find(slot: &Slot<String>, what: &str, known: &[String], out: &mut Diagnostics) -> Option<usize> {
    let written = slot.at()?;
    let found = known.iter().position(|name| *name == written.value);
    if found.is_none() {
        let message = format!("unknown {what} `{}`", quoted(&written.value));
        let help = suggest(&written.value, known.iter().map(String::as_str))
            .or_else(|| (!known.is_empty()).then(|| format!("the scenario has {}", listed(known))));
        out.add(Diagnostic::error(written.span, message).maybe_help(help));
    }
    found
}

/// A gate that has the name of a target which is a gate by itself would be taken for it.
fn check_targets_once(drafts: &[Draft], plan: &Plan, out: &mut Diagnostics) {
    for (idx, target) in plan.targets.iter().enumerate() {
        let is_named = drafts.iter().any(|draft| draft.target == Some(idx));
        if let Some(draft) = drafts.iter().find(|draft| draft.name.value == target.name && !is_named) {
            let message = format!("the target `{}` is a gate by itself", quoted(&target.name));
            let help =
                format!("choose another name, or gate the target: `target = \"{}\"`", quoted(&target.name));
            out.add(Diagnostic::error(draft.name.span, message).help(help));
        }
    }
}

/// What is expected of a target: how its share must compare with what, as written.
type OfTarget = (String, Operator, Bound, String);

/// Every target is held to its goal.
fn goals(plan: &Plan) -> Vec<OfTarget> {
    let goal = |target: &Target| {
        (target.name.clone(), Operator::AtLeast, Bound::Value(target.share), "share >= goal".to_owned())
    };
    plan.targets.iter().map(goal).collect()
}

/// Every target is held to what a file of gates says of all.
fn of_all_targets(expect: &At<String>, plan: &Plan, out: &mut Diagnostics) -> Vec<OfTarget> {
    let targets = plan.targets.iter().enumerate();
    let read = targets.filter_map(|(idx, target)| {
        let (_, operator, bound) = understood(Selected::Target(idx), expect, plan, out)?;
        Some((target.name.clone(), operator, bound, expect.value.trim().to_owned()))
    });
    read.collect()
}

/// The gates of the targets that no draft names, and those that the drafts make.
fn gates(targets: &[OfTarget], drafts: &[Draft], confidence: f64) -> Gates {
    let mut probes = Vec::new();
    let mut gates = Vec::new();
    for (idx, (name, operator, bound, expectation)) in targets.iter().enumerate() {
        if drafts.iter().any(|draft| draft.target == Some(idx)) {
            continue;
        }
        let of = (name.clone(), Measure::OnTime(idx), *operator, *bound);
        gates.push((gate(&of, Level::Error, confidence), expectation.clone()));
    }
    for draft in drafts {
        let measure = draft.wanted.clone().measure(&mut probes);
        let of = (draft.name.value.clone(), measure, draft.operator, draft.bound);
        let gate = gate(&of, draft.level, draft.confidence.unwrap_or(confidence));
        gates.push((gate, draft.expectation.clone()));
    }
    Gates { gates, probes, unchanged: Level::Error, at_most: None, warnings: String::new() }
}

fn gate(
    (name, measure, operator, bound): &(String, Measure, Operator, Bound),
    level: Level,
    confidence: f64,
) -> Gate {
    let (name, measure, operator, bound) = (name.clone(), *measure, *operator, *bound);
    Gate { name, measure, operator, bound, level, confidence }
}
