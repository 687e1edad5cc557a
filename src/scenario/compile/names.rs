//! Names of everything, and what they stand for.

use super::{Compiler, is_sane_name, parts};
use crate::model::{ClassIdx, Outcome, Place, StageIdx, TeamIdx};
use crate::scenario::decode::{At, Named, Slot};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics, Span, listed, quoted, suggest};
use crate::scenario::spec::{PlatformSpec, ScenarioSpec};

const MOST_CLASSES: usize = 64;
const MOST_PLACES: usize = 1_000;
const MOST_OTHERS: usize = 1_000;

/// Names of everything, in the order of the plan.
pub(crate) struct Names {
    pub(crate) classes: Vec<String>,
    /// Stages, channels, choices and platforms.
    pub(crate) places: Vec<(At<String>, Place)>,
    /// Teams, those of platforms with people included.
    pub(crate) teams: Vec<String>,
    sources: Vec<String>,
    /// Names of stages with a `[stage.NAME]`, then those of platforms with people.
    pub(crate) stages: Vec<String>,
    /// Names of places and teams that could not be read; nothing where a whole section of them could not.
    unread: Option<Vec<String>>,
}

impl Names {
    pub(crate) fn of(spec: &ScenarioSpec, out: &mut Diagnostics) -> Self {
        let mut names = Self {
            classes: classes(spec, out),
            places: Vec::new(),
            teams: section(&spec.team, "team", MOST_OTHERS, out),
            sources: section(&spec.source, "source", 200, out),
            stages: section(&spec.stage, "stage", MOST_PLACES, out),
            unread: unread(spec),
        };
        names.add_places(&spec.stage, Place::Stage, out);
        names.add_places(&spec.channel, Place::Channel, out);
        names.add_places(&spec.choice, Place::Choice, out);
        names.add_places(&spec.platform, Place::Platform, out);
        for (name, platform) in parts(&spec.platform) {
            if has_people(&platform.value) {
                if names.teams.contains(&name.value) {
                    let message = format!("there are two teams with the name `{}`", name.value);
                    out.add(
                        Diagnostic::error(name.span, message).help("a platform with people is a team too"),
                    );
                }
                names.stages.push(name.value.clone());
                names.teams.push(name.value.clone());
            }
        }
        if names.places.len() > MOST_PLACES
            && let Some((name, _)) = names.places.get(MOST_PLACES)
        {
            out.add(Diagnostic::error(name.span, format!("there are more than {MOST_PLACES} places")));
        }
        names
    }

    fn add_places<T>(&mut self, section: &Slot<Named<T>>, place: fn(usize) -> Place, out: &mut Diagnostics) {
        for (idx, (name, _)) in parts(section).iter().enumerate() {
            check_name(name, out);
            if outcome(&name.value).is_some() {
                let message = format!("`{}` is the name of an outcome", name.value);
                out.add(Diagnostic::error(name.span, message).help("choose another name"));
            } else if self.place(&name.value).is_some() {
                let message = format!("there are two places with the name `{}`", quoted(&name.value));
                out.add(Diagnostic::error(name.span, message).help("all places share one set of names"));
            }
            self.places.push((name.clone(), place(idx)));
        }
    }

    pub(crate) fn place(&self, name: &str) -> Option<Place> {
        self.places.iter().find(|(known, _)| known.value == name).map(|(_, place)| *place)
    }

    /// The stage of this name, a platform's own queue included.
    pub(crate) fn stage(&self, name: &str) -> Option<StageIdx> {
        self.stages.iter().position(|known| known == name)
    }

    pub(crate) fn team(&self, name: &str) -> Option<TeamIdx> {
        self.teams.iter().position(|known| known == name)
    }

    pub(crate) fn class(&self, name: &str) -> Option<ClassIdx> {
        self.classes.iter().position(|known| known == name)
    }

    /// Whether a name may be that of a place or a team which could not be read, and was complained about already.
    fn is_unread(&self, name: &str) -> bool {
        self.unread.as_ref().is_none_or(|unread| unread.iter().any(|known| known == name))
    }

    /// What a name is, where it is something else than was sought.
    pub(crate) fn kind(&self, name: &str) -> Option<&'static str> {
        if outcome(name).is_some() {
            return Some("an outcome");
        }
        match self.place(name) {
            Some(Place::Stage(_)) => return Some("a stage"),
            Some(Place::Channel(_)) => return Some("a channel"),
            Some(Place::Choice(_)) => return Some("a choice"),
            Some(Place::Platform(_)) => return Some("a platform"),
            _ => {}
        }
        if self.class(name).is_some() {
            return Some("a class");
        }
        if self.team(name).is_some() {
            return Some("a team");
        }
        self.sources.iter().any(|source| source == name).then_some("a source")
    }

    /// Complains that a name is not what it should be.
    pub(crate) fn unknown<'n>(
        &self,
        (wanted, article): (&str, &str),
        name: &str,
        span: Span,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Diagnostic {
        let help = suggest(name, known);
        match self.kind(name) {
            Some(kind) => {
                let message = format!("`{}` is {kind}, not {article} {wanted}", quoted(name));
                Diagnostic::error(span, message).maybe_help(help)
            }
            None => Diagnostic::error(span, format!("unknown {wanted} `{}`", quoted(name))).maybe_help(help),
        }
    }
}

impl Compiler<'_> {
    /// The class of this name.
    pub(crate) fn class(&mut self, name: &str, span: Span) -> Option<ClassIdx> {
        let found = self.names.class(name);
        if found.is_none() {
            self.has_all_ways = false;
            // classes that could not be read were complained about already
            if !self.names.classes.is_empty() {
                let known = self.names.classes.iter().map(String::as_str);
                self.out.add(self.names.unknown(("class", "a"), name, span, known));
            }
        }
        found
    }

    /// The place or outcome of this name; an outcome, where there is none.
    pub(crate) fn place(&mut self, name: &str, span: Span) -> Place {
        if let Some(place) = outcome(name).map(Place::End).or_else(|| self.names.place(name)) {
            return place;
        }
        let outcomes = Outcome::ALL.iter().map(|outcome| outcome.name());
        let known = self.names.places.iter().map(|(name, _)| name.value.as_str()).chain(outcomes);
        if !self.names.is_unread(name) {
            self.out.add(self.names.unknown(("place", "a"), name, span, known));
        }
        self.has_all_ways = false;
        Place::End(Outcome::Withdrawn)
    }

    /// The stage of this name.
    pub(crate) fn stage(&mut self, name: &str, span: Span) -> Option<StageIdx> {
        let found = self.names.stage(name);
        if found.is_none() && !self.names.is_unread(name) {
            let known = self.names.stages.iter().map(String::as_str);
            self.out.add(self.names.unknown(("stage", "a"), name, span, known));
        }
        found
    }

    /// The team of this name. A platform's own people serve only its own queue.
    pub(crate) fn team(&mut self, name: &str, span: Span) -> Option<TeamIdx> {
        let n_own = parts(&self.spec().team).len();
        let found = self.names.team(name).filter(|team| *team < n_own);
        if found.is_none() && !self.names.is_unread(name) {
            let known = self.names.teams[..n_own.min(self.names.teams.len())].iter().map(String::as_str);
            self.out.add(self.names.unknown(("team", "a"), name, span, known));
        }
        found
    }
}

/// The outcome of this name.
pub(crate) fn outcome(name: &str) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| outcome.name() == name)
}

/// Whether a platform answers by people with a queue rather than after a time.
pub(crate) fn has_people(platform: &PlatformSpec) -> bool {
    !(platform.staff.is_absent() && platform.shifts.is_absent() && platform.work.is_absent())
}

/// Complains about a name that could not stand in a file name or a page.
pub(crate) fn check_name(name: &At<String>, out: &mut Diagnostics) {
    if !is_sane_name(&name.value) {
        let message = format!("`{}` cannot be a name", quoted(&name.value));
        let help = "a name begins with a letter, a digit or `_`, goes on with these, blanks, `.`, `'` and `-`, and has at most 64 characters";
        out.add(Diagnostic::error(name.span, message).help(help));
    }
}

fn classes(spec: &ScenarioSpec, out: &mut Diagnostics) -> Vec<String> {
    let Some(written) = spec.classes.at() else { return Vec::new() };
    let mut classes: Vec<String> = Vec::new();
    if written.value.is_empty() {
        out.add(Diagnostic::error(written.span, "there is no class").help("name at least one"));
    }
    for name in &written.value {
        check_name(name, out);
        if classes.contains(&name.value) {
            let message = format!("the class `{}` is listed twice", quoted(&name.value));
            out.add(Diagnostic::error(name.span, message));
            continue;
        }
        if classes.len() == MOST_CLASSES {
            let message = format!("there are more than {MOST_CLASSES} classes");
            out.add(Diagnostic::error(name.span, message));
            break;
        }
        classes.push(name.value.clone());
    }
    classes
}

/// Names of places and teams that could not be read; nothing where a whole section of them could not.
fn unread(spec: &ScenarioSpec) -> Option<Vec<String>> {
    fn of<T>(section: &Slot<Named<T>>) -> Option<&[String]> {
        match section {
            Slot::Absent => Some(&[]),
            Slot::Invalid => None,
            Slot::Given(named) => Some(&named.value.1),
        }
    }
    let sections = [of(&spec.stage), of(&spec.channel), of(&spec.choice), of(&spec.platform), of(&spec.team)];
    let unread: Option<Vec<&[String]>> = sections.into_iter().collect();
    unread.map(|unread| unread.concat())
}

/// Names of a section's parts.
fn section<T>(section: &Slot<Named<T>>, kind: &str, most: usize, out: &mut Diagnostics) -> Vec<String> {
    let parts = parts(section);
    if let Some((name, _)) = parts.get(most) {
        let message = format!("there are more than {most} {kind}s");
        out.add(Diagnostic::error(name.span, message));
    }
    if kind == "source"
        && parts.is_empty()
        && let Some(span) = section.span()
    {
        let error = Diagnostic::error(span, "there is no source");
        out.add(error.help("write for example `[source.citizens]`"));
    }
    for (name, _) in parts.iter().take(most) {
        // the names of places are checked where they are added
        if matches!(kind, "team" | "source") {
            check_name(name, out);
        }
    }
    parts.iter().map(|(name, _)| name.value.clone()).collect()
}

/// Names that occur twice in a list, each reported where it occurs again.
pub(crate) fn check_repeats(names: &[At<String>], what: &str, out: &mut Diagnostics) {
    for (idx, name) in names.iter().enumerate() {
        if names[..idx].iter().any(|earlier| earlier.value == name.value) {
            let message = format!("the {what} {} is listed twice", listed(&[&name.value]));
            out.add(Diagnostic::error(name.span, message));
        }
    }
}
