//! Interventions: the spec in force in each period of the run.

use super::names::{check_name, check_repeats};
use super::{Frame, read_spec, time_of};
use crate::scenario::decode::{At, Named, Raw, Slot};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics, Span, quoted, suggest};
use crate::scenario::document::{Node, Table, Value};
use crate::scenario::overlay::{Step, parse_path, put};
use crate::scenario::spec::{InterventionSpec, ScenarioSpec};
use crate::units::Time;

const MOST_INTERVENTIONS: usize = 100;
const PATHS: &str = "an intervention changes `source.NAME.rate`, `team.NAME.staff`, `team.NAME.shifts[N].staff`, \
    `channel.NAME.delay`, `platform.NAME.response`, `platform.NAME.answers`, `choice.NAME.to`, \
    and their `…_by_class`";

/// What changes, and when.
struct Change {
    from: Time,
    until: Time,
    sets: Vec<(Vec<Step>, Node, Span)>,
}

/// The spec from each time on, the first from the start.
pub(crate) fn versions(
    document: &Table,
    root: Span,
    base: ScenarioSpec,
    frame: &Frame,
    out: &mut Diagnostics,
) -> Vec<(Time, ScenarioSpec)> {
    let changes = changes(document, &base, frame, out);
    let mut times: Vec<Time> = changes
        .iter()
        .flat_map(|change| [change.from, change.until])
        .filter(|time| *time < frame.horizon)
        .collect();
    times.push(Time::ZERO);
    times.sort_unstable();
    times.dedup();
    if changes.is_empty() {
        return vec![(Time::ZERO, base)];
    }
    let mut versions = Vec::new();
    for time in times {
        let mut version = document.clone();
        let in_force = changes.iter().filter(|change| change.from <= time && time < change.until);
        for (steps, value, span) in in_force.flat_map(|change| &change.sets) {
            if let Err((message, help)) = put(&mut version, steps, value.clone(), *span) {
                out.add(Diagnostic::error(*span, message).maybe_help(help));
            }
        }
        if let Some(spec) = read_spec(&version, root, out) {
            versions.push((time, spec));
        }
    }
    if versions.first().is_none_or(|(from, _)| *from != Time::ZERO) {
        return vec![(Time::ZERO, base)];
    }
    versions
}

fn changes(document: &Table, base: &ScenarioSpec, frame: &Frame, out: &mut Diagnostics) -> Vec<Change> {
    let Some(written) = base.intervention.at() else { return Vec::new() };
    if written.value.len() > MOST_INTERVENTIONS {
        let message = format!("there are more than {MOST_INTERVENTIONS} interventions");
        out.add(Diagnostic::error(written.span, message));
        return Vec::new();
    }
    let names: Vec<At<String>> =
        written.value.iter().filter_map(|intervention| intervention.value.name.at().cloned()).collect();
    for name in &names {
        check_name(name, out);
    }
    check_repeats(&names, "intervention", out);
    written
        .value
        .iter()
        .filter_map(|intervention| change(document, &intervention.value, frame, out))
        .collect()
}

fn change(
    document: &Table,
    intervention: &InterventionSpec,
    frame: &Frame,
    out: &mut Diagnostics,
) -> Option<Change> {
    let from = intervention.at.at().and_then(|at| time_of(frame, at, out));
    if let (Some(at), Some(from)) = (intervention.at.at(), from)
        && frame.is_real
        && from >= frame.horizon
    {
        let message = "this intervention comes after the end, and changes nothing";
        out.add(Diagnostic::warning(at.span, message));
    }
    let until = match &intervention.until {
        Slot::Given(until) => time_of(frame, until, out),
        _ => Some(Time::NEVER),
    };
    if let (Some(from), Some(until), Some(written)) = (from, until, intervention.until.at())
        && until <= from
    {
        out.add(Diagnostic::error(written.span, "`until` is not after `at`"));
    }
    let sets = intervention.set.get().map(|set| sets(document, set, out))?;
    Some(Change { from: from?, until: until?, sets })
}

fn sets(document: &Table, set: &Named<Raw>, out: &mut Diagnostics) -> Vec<(Vec<Step>, Node, Span)> {
    let mut read = Vec::new();
    for (path, value) in &set.0 {
        let steps = match parse_path(&path.value) {
            Ok(steps) => steps,
            Err(message) => {
                out.add(Diagnostic::error(path.span, message));
                continue;
            }
        };
        if let ([Step::Key(_)], Value::Table(_)) = (steps.as_slice(), &value.value.0.value) {
            let message = format!("`{}` is not quoted", quoted(&path.value));
            let help = "put the whole path in quotes: `set = { \"channel.exchange.delay\" = \"10min\" }`";
            out.add(Diagnostic::error(path.span, message).help(help));
        } else if !is_allowed(&steps) {
            let message = format!("an intervention cannot change `{}`", quoted(&path.value));
            out.add(Diagnostic::error(path.span, message).help(PATHS));
        } else if let Some(error) = unknown_part(document, &steps, path.span) {
            out.add(error);
        } else if has_part(document, &steps) {
            read.push((steps, value.value.0.clone(), path.span));
        }
    }
    read
}

/// Whether a path leads to something that may change during a run.
fn is_allowed(steps: &[Step]) -> bool {
    let [Step::Key(section), Step::Key(_), Step::Key(key), rest @ ..] = steps else { return false };
    match (section.as_str(), key.as_str(), rest) {
        ("source", "rate", [])
        | ("team" | "platform", "staff", [])
        | ("channel", "delay", [])
        | ("platform", "response" | "answers" | "response_by_class" | "answers_by_class", [])
        | ("platform", "response_by_class" | "answers_by_class", [Step::Key(_)])
        | ("choice", "to" | "to_by_class", [])
        | ("choice", "to_by_class", [Step::Key(_)]) => true,
        ("team" | "platform", "shifts", [Step::Index(_), Step::Key(last)]) => last == "staff",
        _ => false,
    }
}

/// Whether the part that a path changes is a table; if not, that was complained about already.
fn has_part(document: &Table, steps: &[Step]) -> bool {
    let [Step::Key(section), Step::Key(name), ..] = steps else { return false };
    let Some(Value::Table(parts)) = document.get(section).map(|node| &node.value) else { return false };
    matches!(parts.get(name).map(|node| &node.value), Some(Value::Table(_)))
}

/// The error for a part that the scenario does not have.
fn unknown_part(document: &Table, steps: &[Step], span: Span) -> Option<Diagnostic> {
    let [Step::Key(section), Step::Key(name), Step::Key(key), ..] = steps else { return None };
    let empty = Table::default();
    let parts = match document.get(section).map(|node| &node.value) {
        Some(Value::Table(parts)) => parts,
        // the section itself was complained about already
        Some(_) => return None,
        None => &empty,
    };
    let Some(part) = parts.get(name) else {
        let help = suggest(name, parts.entries.iter().map(|entry| entry.key.as_str()));
        return Some(
            Diagnostic::error(span, format!("unknown {section} `{}`", quoted(name))).maybe_help(help),
        );
    };
    let Value::Table(part) = &part.value else { return None };
    // a new key would turn one kind of source, team or platform into another in the middle of a run
    let has = |key: &str| part.get(key).is_some();
    let other_kind = match (section.as_str(), key.as_str()) {
        (_, "rate" | "staff" | "shifts") => !has(key),
        (_, "response" | "response_by_class") => !has("response") && !has("response_by_class"),
        _ => false,
    };
    other_kind.then(|| Diagnostic::error(span, format!("`{}` has no `{key}` to change", quoted(name))))
}
