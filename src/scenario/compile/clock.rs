//! Response-time targets and their clocks.

use super::Compiler;
use super::names::{check_name, check_repeats, outcome};
use super::place::place_kind;
use crate::model::{Arrivals, ClockEvent, Outcome, Place, Source, Target};
use crate::scenario::decode::At;
use crate::scenario::diagnostic::{Diagnostic, quoted, suggest};
use crate::scenario::spec::TargetSpec;
use crate::units::Duration;

const MOST_TARGETS: usize = 200;
const LONGEST_NAME: usize = 64;
const EVENTS: &str =
    "use `sent`, `enters PLACE`, `starts STAGE`, `leaves PLACE`, `decided`, `ended`, or an outcome";

/// Whether a name may stand in a file name and a page.
pub(crate) fn is_sane_name(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.len() <= LONGEST_NAME
        && name.starts_with(first)
        && name.chars().all(|c| first(c) || matches!(c, ' ' | '.' | '\'' | '-'))
}

/// Which classes any source reports.
pub(super) fn reported_classes(sources: &[Source], n_classes: usize) -> Vec<bool> {
    let streams = || sources.iter().flat_map(|source| &source.streams);
    let is_reported = |class: usize| {
        streams().any(|stream| match &stream.arrivals {
            Arrivals::Trace(rows) => {
                rows.iter().any(|row| row.class.map_or(stream.mix[class] > 0.0, |of_row| of_row == class))
            }
            _ => stream.mix[class] > 0.0,
        })
    };
    (0..n_classes).map(is_reported).collect()
}

/// Whether anything that is reported is covered by a target.
pub(super) fn applies(target: &Target, reported: &[bool]) -> bool {
    target.classes.iter().zip(reported).any(|(covered, reported)| *covered && *reported)
}

/// What is said of a target that covers nothing.
pub(super) fn no_report(target: &Target) -> String {
    format!("no source reports what the target `{}` covers", target.name)
}

impl Compiler<'_> {
    /// All targets, with their clocks as written.
    pub(crate) fn targets(&mut self) -> (Vec<Target>, Vec<String>) {
        let Some(written) = self.spec().target.at() else { return (Vec::new(), Vec::new()) };
        if written.value.len() > MOST_TARGETS {
            self.error(written.span, format!("there are more than {MOST_TARGETS} targets"));
            return (Vec::new(), Vec::new());
        }
        let names: Vec<At<String>> =
            written.value.iter().filter_map(|target| target.value.name.at().cloned()).collect();
        for name in &names {
            check_name(name, self.out);
        }
        check_repeats(&names, "target", self.out);
        written.value.iter().filter_map(|target| self.target(&target.value)).unzip()
    }

    /// Warns of targets for classes that no source reports.
    pub(crate) fn check_targets_apply(&mut self, targets: &[Target], sources: &[Source]) {
        let written = self.spec().target.get().map_or(&[][..], Vec::as_slice);
        if self.out.has_errors() || written.len() != targets.len() {
            return;
        }
        let reported = reported_classes(sources, self.names.classes.len());
        for (target, written) in targets.iter().zip(written) {
            if !applies(target, &reported) {
                self.out.add(Diagnostic::warning(written.span, no_report(target)));
            }
        }
    }

    fn target(&mut self, target: &TargetSpec) -> Option<(Target, String)> {
        let classes = self.target_classes(target);
        let clock = target.clock.at().and_then(|clock| self.clock(clock));
        if let Some(within) = target.within.at().filter(|within| within.value == Duration::ZERO) {
            self.error(within.span, "a target of no time at all cannot be met");
        }
        if let Some(share) = target.share.at().filter(|share| share.value.0 >= 1.0) {
            let warning = Diagnostic::warning(share.span, "no sample can show that every case is on time");
            self.out.add(
                warning.help("write for example `0.99`: with `1` the verdict is missed or cannot be told"),
            );
        }
        let (from, to) = clock?;
        let target_made = Target {
            name: target.name.get()?.clone(),
            classes,
            from,
            to,
            within: *target.within.get()?,
            share: target.share.get()?.0,
        };
        Some((target_made, target.clock.get()?.trim().to_owned()))
    }

    fn target_classes(&mut self, target: &TargetSpec) -> Vec<bool> {
        let n_classes = self.names.classes.len();
        let Some(written) = target.class.at() else { return vec![true; n_classes] };
        let mut covered = vec![false; n_classes];
        check_repeats(&written.value.0, "class", self.out);
        if written.value.0.is_empty() {
            self.error_help(written.span, "this target covers no class", "leave `class` out to cover all");
        }
        for name in &written.value.0 {
            if let Some(class) = self.class(&name.value, name.span) {
                covered[class] = true;
            }
        }
        covered
    }

    /// Reads `sent -> removed`.
    fn clock(&mut self, clock: &At<String>) -> Option<(ClockEvent, ClockEvent)> {
        let Some((from, to)) = clock.value.split_once("->") else {
            let message = format!("cannot read the clock `{}`", quoted(&clock.value));
            self.error_help(clock.span, message, "write for example `sent -> removed`");
            return None;
        };
        let (from, to) = (self.event(from.trim(), clock), self.event(to.trim(), clock));
        let (from, to) = (from?, to?);
        if matches!(from, ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_)) {
            self.error(clock.span, "a clock cannot start where the case ends");
        }
        if to == ClockEvent::Sent {
            self.error(clock.span, "a clock cannot stop when the report is sent");
        }
        if from == to {
            self.error(clock.span, "this clock starts and stops with the same event");
        }
        Some((from, to))
    }

    fn event(&mut self, text: &str, clock: &At<String>) -> Option<ClockEvent> {
        let (verb, place) =
            text.split_once(char::is_whitespace).map_or((text, ""), |(verb, at)| (verb, at.trim()));
        match (verb, place) {
            ("sent", "") => return Some(ClockEvent::Sent),
            ("decided", "") => return Some(ClockEvent::Decided),
            ("ended", "") => return Some(ClockEvent::Ended),
            ("enters" | "starts" | "leaves", name) if !name.is_empty() => {
                return self.event_at(verb, name, clock);
            }
            _ => {}
        }
        let found = outcome(text).map(ClockEvent::EndedAs);
        if found.is_none() {
            let message = format!("unknown event `{}`", quoted(text));
            let known = Outcome::ALL.iter().map(|outcome| outcome.name()).chain(["sent", "decided", "ended"]);
            let help = suggest(text, known).unwrap_or_else(|| EVENTS.into());
            self.out.add(Diagnostic::error(clock.span, message).help(help));
        }
        found
    }

    /// An event at a stage or a platform.
    fn event_at(&mut self, verb: &str, name: &str, clock: &At<String>) -> Option<ClockEvent> {
        // the queue of a platform has its work begun there, but is entered and left as the platform
        if verb == "starts" {
            return self.stage(name, clock.span).map(ClockEvent::Starts);
        }
        let place = self.place(name, clock.span);
        if self.names.place(name).is_none() {
            if outcome(name).is_some() {
                let message = format!("`{name}` is an outcome: a case does not stay there");
                self.error_help(clock.span, message, format!("write `{name}` alone"));
            }
            return None;
        }
        match (verb, place) {
            ("enters", Place::Stage(stage)) => Some(ClockEvent::Enters(stage)),
            (_, Place::Stage(stage)) => Some(ClockEvent::Leaves(stage)),
            ("enters", Place::Platform(platform)) => Some(ClockEvent::EntersPlatform(platform)),
            (_, Place::Platform(platform)) => Some(ClockEvent::LeavesPlatform(platform)),
            (_, other) => {
                let message = format!(
                    "`{}` is a {}: a clock runs between stages and platforms",
                    quoted(name),
                    place_kind(other)
                );
                self.error(clock.span, message);
                None
            }
        }
    }
}
