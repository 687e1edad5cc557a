//! A spec to a plan: names become indices, hours become intervals, and every check that needs more than one value is
//! made here. Nothing stops at a mistake: what is wrong is replaced by something harmless, and the rest is checked.

mod clock;
mod destination;
mod distribution;
mod graph;
mod intervention;
mod names;
mod people;
mod place;
mod size;
mod source;
mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::civil;
use sha2::{Digest as _, Sha256};

use super::decode::{At, Decode as _, Named, Slot};
use super::diagnostic::{Diagnostic, Diagnostics, Sources, Span, quoted};
use super::document::{Entry, Node, Table, Value};
use super::files::Files;
use super::gates::{Draft, own_drafts};
use super::spec::{InterventionSpec, ScenarioSpec};
use crate::calendar::{Calendar, Zone};
use crate::model::{Choice, Plan, Sizing, Timed};
use crate::units::{Duration, Time};
use names::Names;
use size::OwnPost;

pub(crate) use clock::is_sane_name;
pub(crate) use names::check_repeats;

/// The longest run: integer time and calendars are good for far more, memory for intervals is not.
const LONGEST_YEARS: f64 = 100.0;
const MOST_BUCKETS: u64 = 20_000;
const MOST_REPLICATIONS: u64 = 100_000;

/// What a scenario compiles to.
pub(crate) struct Compiled {
    pub(crate) title: String,
    pub(crate) seed: u64,
    pub(crate) replications: usize,
    pub(crate) calendar: Calendar,
    pub(crate) plan: Plan,
    /// What sizing may change; or all that stands in its way, and in no other.
    pub(crate) sizing: Result<Sizing, Vec<Diagnostic>>,
    pub(crate) target_clocks: Vec<String>,
    pub(crate) gates: Vec<Draft>,
    pub(crate) digest: String,
}

/// The state of a compilation. What is written lives for `'a`; what is found is added to.
pub(crate) struct Compiler<'a> {
    files: &'a dyn Files,
    sources: &'a Sources,
    out: &'a mut Diagnostics,
    frame: &'a Frame,
    names: &'a Names,
    /// The spec in force from each time on.
    versions: &'a [(Time, ScenarioSpec)],
    choices: Vec<Choice>,
    /// The shifts and call-ins that the teams have.
    own_posts: Vec<OwnPost>,
    samples: BTreeMap<String, Option<Arc<[Duration]>>>,
    digest: Sha256,
    /// Whether every way from place to place is known, and how long it takes: only then can the network be judged.
    has_all_ways: bool,
    /// Steps and intervals made so far, against the limit of [`Compiler::spend`].
    spent: u64,
}

/// The run's place in real time.
struct Frame {
    calendar: Calendar,
    zone: Zone,
    horizon: Time,
    warm_up: Time,
    bucket: Duration,
    /// Whether start, zone and duration could be read: if not, complaints about dates would be noise.
    is_real: bool,
}

/// Compiles a merged document.
pub(crate) fn compile(
    document: &Table,
    root: Span,
    files: &dyn Files,
    sources: &Sources,
    out: &mut Diagnostics,
) -> Option<Compiled> {
    let base = read_spec(document, root, out)?;
    let frame = frame(&base, root, out)?;
    let is_readable = !out.has_errors();
    let names = Names::of(&base, out);
    let errors_before = out.n_errors_added();
    let versions = intervention::versions(document, root, base, &frame, out);
    let has_all_versions = out.n_errors_added() == errors_before;
    let mut digest = Sha256::new();
    digest_document(document, &mut digest);
    let mut compiler = Compiler {
        files,
        sources,
        out,
        frame: &frame,
        names: &names,
        versions: &versions,
        choices: Vec::new(),
        own_posts: Vec::new(),
        samples: BTreeMap::new(),
        digest,
        spent: 0,
        has_all_ways: is_readable && has_all_versions,
    };
    let (plan, target_clocks) = compiler.plan();
    let sizing = compiler.sizing(&plan, root);
    let digest = hex(compiler.digest.finalize().as_slice());
    let spec = &versions[0].1;
    let title = spec.title.get().cloned().unwrap_or_default();
    let replications = checked_replications(&spec.replications, out);
    // names that cannot be read leave gaps in the plan: what is then missing was complained about
    let gates = if out.has_errors() { Vec::new() } else { own_drafts(&spec.gate, &plan, out) };
    Some(Compiled {
        title,
        seed: spec.seed.get().copied().unwrap_or(1),
        replications,
        calendar: frame.calendar,
        plan,
        sizing,
        target_clocks,
        gates,
        digest,
    })
}

/// Decodes a document.
fn read_spec(document: &Table, root: Span, out: &mut Diagnostics) -> Option<ScenarioSpec> {
    let node = Node { value: Value::Table(document.clone()), span: root };
    ScenarioSpec::decode(&node, out)
}

impl<'a> Compiler<'a> {
    /// The spec that holds at the start, for all that cannot change.
    fn spec(&self) -> &'a ScenarioSpec {
        &self.versions[0].1
    }

    fn plan(&mut self) -> (Plan, Vec<String>) {
        // named choices come first, because places refer to them by position
        self.choices = self.named_choices();
        let (targets, target_clocks) = self.targets();
        let sources = self.report_sources();
        self.check_targets_apply(&targets, &sources);
        let stages = self.stages(&targets);
        let teams = self.teams(&stages);
        let channels = self.channels();
        let platforms = self.platforms();
        let plan = Plan {
            horizon: self.frame.horizon,
            warm_up: self.frame.warm_up,
            bucket: self.frame.bucket,
            classes: self.names.classes.clone(),
            sources,
            stages,
            teams,
            channels,
            choices: std::mem::take(&mut self.choices),
            platforms,
            targets,
            probes: Vec::new(),
        };
        if self.has_all_ways {
            let interventions = self.spec().intervention.get().map_or(&[][..], Vec::as_slice);
            let since = |from| since(from, interventions, self.frame);
            graph::check(&plan, self.names, since, self.out);
        }
        (plan, target_clocks)
    }

    /// A value that may differ from one period of the scenario to the next.
    fn timed<T: PartialEq>(&mut self, mut value: impl FnMut(&mut Self, &'a ScenarioSpec) -> T) -> Timed<T> {
        let mut changes: Vec<(Time, T)> = Vec::new();
        let versions = self.versions;
        for (from, spec) in versions {
            let now = value(self, spec);
            if changes.last().is_none_or(|(_, before)| *before != now) {
                changes.push((*from, now));
            }
        }
        Timed::changing(changes)
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.out.add(Diagnostic::error(span, message));
    }

    fn error_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.out.add(Diagnostic::error(span, message).help(help));
    }

    /// Warns that a key says nothing here.
    fn no_effect<T>(&mut self, slot: &Slot<T>, key: &str, needs: &str) {
        if let Some(span) = slot.span() {
            let message = format!("`{key}` has no effect without {needs}");
            self.out.add(Diagnostic::warning(span, message));
        }
    }

    /// The time of a date in the scenario, where it is not before the start.
    fn time_of(&mut self, date: &At<civil::DateTime>) -> Option<Time> {
        time_of(self.frame, date, self.out)
    }

    /// The zone of this name; the scenario's own, where none is given or it is unknown.
    fn zone(&mut self, name: &Slot<String>) -> Zone {
        match name.at() {
            None => self.frame.zone.clone(),
            Some(name) => zone(name, self.out).unwrap_or_else(|| self.frame.zone.clone()),
        }
    }

    /// Counts what a calendar unrolls to, and says whether there is room for it.
    fn spend(&mut self, n_items: u64, span: Span) -> bool {
        const MOST: u64 = 20_000_000;
        self.spent = self.spent.saturating_add(n_items);
        let fits = self.spent <= MOST;
        if !fits {
            let message = "shifts, profiles and opening hours are too many for so long a run";
            self.error_help(span, message, "make `duration` shorter, or the hours simpler");
        }
        fits
    }
}

/// The part of this name.
fn part<'s, T>(section: &'s Slot<Named<T>>, name: &str) -> Option<&'s T> {
    section.get()?.0.iter().find(|(key, _)| key.value == name).map(|(_, part)| &part.value)
}

/// All parts of a section.
fn parts<T>(section: &Slot<Named<T>>) -> &[(At<String>, At<T>)] {
    section.get().map_or(&[], |named| &named.0)
}

fn time_of(frame: &Frame, date: &At<civil::DateTime>, out: &mut Diagnostics) -> Option<Time> {
    match frame.calendar.time_of(date.value) {
        Ok(time) => Some(time),
        Err(_) if !frame.is_real => None,
        Err(error) => {
            out.add(Diagnostic::error(date.span, error.to_string()));
            None
        }
    }
}

/// From when a period is, with the intervention that begins it.
fn since(from: Time, interventions: &[At<InterventionSpec>], frame: &Frame) -> String {
    let begins = |written: &InterventionSpec| {
        written.at.get().is_some_and(|at| frame.calendar.time_of(*at).is_ok_and(|time| time == from))
    };
    let mut names = (interventions.iter())
        .filter(|written| begins(&written.value))
        .filter_map(|written| written.value.name.get());
    let date = frame.calendar.label(from);
    match names.next() {
        Some(name) => format!("from {date} on, with the intervention `{name}`"),
        None => format!("from {date} on"),
    }
}

fn zone(name: &At<String>, out: &mut Diagnostics) -> Option<Zone> {
    let written = quoted(&name.value);
    Zone::named(&written).map_err(|error| out.add(Diagnostic::error(name.span, error.to_string()))).ok()
}

/// Start, end and zone of the run; a stand-in where they cannot be read, so that the rest is checked all the same.
fn frame(spec: &ScenarioSpec, root: Span, out: &mut Diagnostics) -> Option<Frame> {
    let zone_read = spec.zone.at().and_then(|name| zone(name, out));
    let duration_read = spec.duration.at().and_then(|duration| checked_duration(duration, out));
    let duration = duration_read.unwrap_or(Duration::DAY);
    let mut is_real = duration_read.is_some();
    let calendar = match (spec.start.at(), &zone_read) {
        (Some(start), Some(zone)) => match Calendar::new(start.value, zone.clone(), duration) {
            Ok(calendar) => Some(calendar),
            Err(error) => {
                out.add(Diagnostic::error(start.span, error.to_string()));
                None
            }
        },
        _ => None,
    };
    is_real &= calendar.is_some();
    let stand_in = || Calendar::new(civil::date(2000, 1, 1).at(0, 0, 0, 0), Zone::utc(), duration).ok();
    let Some(calendar) = calendar.or_else(stand_in) else {
        out.add(Diagnostic::error(root, "no calendar can be made"));
        return None;
    };
    let zone = zone_read.unwrap_or_else(Zone::utc);
    let horizon = Time::ZERO + duration;
    let mut warm_up = Time::ZERO;
    if let Some(written) = spec.warm_up.at() {
        warm_up = Time::ZERO + written.value;
        if is_real && warm_up >= horizon {
            let message = format!("`warm_up` is `{}`, but the run lasts only `{duration}`", written.value);
            out.add(Diagnostic::error(written.span, message).help("nothing would be left to measure"));
        }
    }
    let bucket = checked_bucket(&spec.bucket, duration, out);
    Some(Frame { calendar, zone, horizon, warm_up, bucket, is_real })
}

fn checked_duration(duration: &At<Duration>, out: &mut Diagnostics) -> Option<Duration> {
    let years = duration.value.as_secs_f64() / (365.25 * 86_400.0);
    if duration.value < Duration::SECOND {
        out.add(Diagnostic::error(duration.span, "a run lasts at least a second"));
        return None;
    }
    if years > LONGEST_YEARS {
        let message = format!("a run of {years:.0} years is too long");
        out.add(Diagnostic::error(duration.span, message).help("simulate at most 100 years"));
        return None;
    }
    Some(duration.value)
}

/// The width of a bucket of the time series: as written, or fine enough to see a day in a short run.
fn checked_bucket(written: &Slot<Duration>, duration: Duration, out: &mut Diagnostics) -> Duration {
    let days = duration.as_secs_f64() / 86_400.0;
    let default = match days {
        ..=60.0 => Duration::HOUR,
        ..=1826.5 => Duration::DAY,
        _ => Duration::from_micros(Duration::WEEK.as_micros() * (1 + (days / 14_000.0) as u64)),
    };
    let Some(written) = written.at() else { return default };
    if written.value == Duration::ZERO {
        out.add(Diagnostic::error(written.span, "a bucket is longer than nothing"));
        return default;
    }
    let n_buckets = duration.as_micros().div_ceil(written.value.as_micros());
    if n_buckets > MOST_BUCKETS {
        let message = format!("buckets of `{}` would be {n_buckets}", written.value);
        out.add(
            Diagnostic::error(written.span, message)
                .help(format!("at most {MOST_BUCKETS} are kept: make `bucket` longer")),
        );
        return default;
    }
    written.value
}

fn checked_replications(written: &Slot<u64>, out: &mut Diagnostics) -> usize {
    let Some(written) = written.at() else { return 20 };
    if !(1..=MOST_REPLICATIONS).contains(&written.value) {
        let message = format!("`{}` replications cannot be run", written.value);
        out.add(
            Diagnostic::error(written.span, message)
                .help(format!("write a number from 1 to {MOST_REPLICATIONS}")),
        );
        return 1;
    }
    written.value as usize
}

/// Feeds a canonical form of a document to the digest: layout, comments and the split over files do not count. Nor do
/// gates: they judge the numbers and change none.
fn digest_document(document: &Table, digest: &mut Sha256) {
    digest_entries(document.entries.iter().filter(|entry| entry.key != "gate"), digest);
}

fn digest_entries<'a>(entries: impl Iterator<Item = &'a Entry>, digest: &mut Sha256) {
    digest.update(b"{");
    for entry in entries {
        digest_text(&entry.key, digest);
        digest_node(&entry.value, digest);
    }
    digest.update(b"}");
}

fn digest_node(node: &Node, digest: &mut Sha256) {
    match &node.value {
        Value::Text(text) => digest_text(text, digest),
        Value::Integer(number) => digest_text(&format!("i{number}"), digest),
        Value::Float(number) => digest_text(&format!("f{number}"), digest),
        Value::Boolean(boolean) => digest_text(&format!("b{boolean}"), digest),
        Value::DateTime(moment) => digest_text(&format!("d{}", moment.text), digest),
        Value::List(list) => {
            digest.update(b"[");
            for node in list {
                digest_node(node, digest);
            }
            digest.update(b"]");
        }
        Value::Table(table) => digest_entries(table.entries.iter(), digest),
    }
}

/// The length comes first, so that no two documents run together to the same bytes.
fn digest_text(text: &str, digest: &mut Sha256) {
    digest.update((text.len() as u64).to_le_bytes());
    digest.update(text.as_bytes());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
