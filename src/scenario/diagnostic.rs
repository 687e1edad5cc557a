//! What is wrong with a scenario, where, and what to do about it.
//!
//! Every step of reading a scenario adds to one [`Diagnostics`], so that all mistakes are shown at once. A place is
//! a [`Span`] of a text held by [`Sources`]; rendering shows the lines with `file:line:column`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// More than this many are not worth reading, nor the time to render them.
const MOST_SHOWN: usize = 50;
/// A longer text is cut where a message quotes it.
const LONGEST_QUOTE: usize = 60;
/// Lines longer than this are cut around the mistake when they are shown.
const LONGEST_LINE: usize = 400;

/// A text that places refer to: a file, or a `--set` argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(usize);

/// A range of bytes in one of the [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Whether a scenario can be run all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but probably does not say what was meant.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the scenario can be run all the same.
    pub severity: Severity,
    /// What is wrong: a fragment in lower case, with the offending value in backticks.
    pub message: String,
    /// Where, if it has a place.
    pub span: Option<Span>,
    /// What to do about it.
    pub help: Option<String>,
}

/// The texts that places refer to.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: Vec<SourceText>,
    /// What messages show before the path of a file.
    prefix: String,
    /// What the first text is; a scenario where nothing is said.
    what: Option<String>,
}

#[derive(Debug, Clone)]
struct SourceText {
    name: String,
    text: String,
}

/// Collects what is wrong, in the order in which it is found.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    n_errors_added: usize,
}

impl Sources {
    /// No texts yet; files are named by their path below a folder, which messages show first.
    pub fn below(prefix: impl Into<String>) -> Self {
        Self { texts: Vec::new(), prefix: prefix.into(), what: None }
    }

    /// The same texts, the first of which is something else than a scenario.
    #[must_use]
    pub fn called(mut self, what: impl Into<String>) -> Self {
        self.what = Some(what.into());
        self
    }

    /// What the first text is.
    pub fn what(&self) -> &str {
        self.what.as_deref().unwrap_or("the scenario")
    }

    /// Adds the text of a file, or of a command-line argument whose name begins with `--`.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.texts.push(SourceText { name: name.into(), text: text.into() });
        SourceId(self.texts.len() - 1)
    }

    /// The first text: the scenario itself.
    pub fn first(&self) -> Option<SourceId> {
        (!self.texts.is_empty()).then_some(SourceId(0))
    }

    /// The name of a text.
    pub fn name(&self, source: SourceId) -> &str {
        &self.texts[source.0].name
    }

    /// The name of a text as messages show it.
    pub fn shown_name(&self, source: SourceId) -> String {
        let name = self.name(source);
        if name.starts_with("--") { name.to_owned() } else { self.shown_path(name) }
    }

    /// A path below the folder as messages show it.
    pub fn shown_path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The text itself.
    pub fn text(&self, source: SourceId) -> &str {
        &self.texts[source.0].text
    }

    /// The line and column of a span's first character, both counted from 1, columns in characters.
    pub fn line_and_column(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.source);
        let start = floor_to_char(text, span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl Span {
    /// A span of a text.
    pub fn new(source: SourceId, range: std::ops::Range<usize>) -> Self {
        Self { source, start: range.start, end: range.end.max(range.start) }
    }
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), span: Some(span), help: None }
    }

    /// A warning at a place.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, message: message.into(), span: Some(span), help: None }
    }

    /// An error that has no place, such as a file that cannot be opened.
    pub fn anywhere(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), span: None, help: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, with what to do about it where that is known.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Shows it with the lines it is about, in color if asked.
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = annotate_snippets::Group::with_title(level.primary_title(self.message.as_str()));
        if let Some(span) = self.span {
            let excerpt = Excerpt::of(sources, span);
            group = group.element(
                Snippet::source(excerpt.text)
                    .path(sources.shown_name(span.source))
                    .line_start(excerpt.first_line)
                    .annotation(AnnotationKind::Primary.span(excerpt.start..excerpt.end)),
            );
        }
        if let Some(help) = &self.help {
            // the renderer passes this on as it is, terminal control sequences included
            let help: String = help.chars().filter(|c| !c.is_control()).collect();
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

impl Diagnostics {
    /// Adds one, unless the same was already found at the same place.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.n_errors_added += 1;
        }
        // a value used by several periods of a scenario is checked in each of them
        if self.list.len() < 1_000 && !self.list.contains(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.n_errors_added > 0
    }

    /// How often an error was added, repeated ones included: by this a step knows whether it has failed.
    pub fn n_errors_added(&self) -> usize {
        self.n_errors_added
    }

    /// All of them, by place.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| (diagnostic.span.is_none(), diagnostic.span));
        self.list
    }
}

/// Shows several, one below the other, and how many errors there are.
pub fn render_all(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    let mut shown = String::new();
    for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
        shown.push_str(&diagnostic.render(sources, color));
        shown.push_str("\n\n");
    }
    if let Some(left @ 1..) = diagnostics.len().checked_sub(MOST_SHOWN) {
        let _ = writeln!(shown, "… and {left} more\n");
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// `did you mean …` where a known name is close enough to what was written, otherwise the known names if there
/// are few of them.
pub fn suggest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut seen = BTreeSet::new();
    let known: Vec<&str> = known.into_iter().filter(|name| seen.insert(*name)).collect();
    let folded = fold(written);
    // a name of a thousand letters is nobody's typing error
    let closest = (written.len() <= 100)
        .then(|| {
            let scored = known.iter().map(|name| (strsim::damerau_levenshtein(&folded, &fold(name)), *name));
            scored.min_by_key(|(distance, _)| *distance)
        })
        .flatten()
        .filter(|(distance, name)| *distance <= 1 + name.chars().count().min(folded.chars().count()) / 4);
    // what was cut short, or written out, is meant too
    let begins_alike = |name: &&&str| {
        let name = fold(name);
        folded.len().min(name.len()) >= 3 && (name.starts_with(&folded) || folded.starts_with(&name))
    };
    if let Some(name) = closest.map(|(_, name)| name).or_else(|| known.iter().find(begins_alike).copied()) {
        return Some(format!("did you mean `{}`?", quoted(name)));
    }
    match known.as_slice() {
        [] => None,
        [only] => Some(format!("the only one is `{}`", quoted(only))),
        few if few.len() <= 12 => Some(format!("use one of {}", listed(few))),
        _ => None,
    }
}

/// Names in backticks, separated by commas.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{}`", quoted(name.as_ref()))).collect::<Vec<_>>().join(", ")
}

/// A text as a message quotes it: without control characters, and cut if long.
pub fn quoted(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '·' } else { c }).collect();
    match clean.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

/// What differs only by case, blanks, hyphens or underscores is the same word to a typist.
fn fold(name: &str) -> String {
    name.chars().map(|c| if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// The line that a span begins on, cut around the span where it is very long.
struct Excerpt<'a> {
    text: &'a str,
    first_line: usize,
    start: usize,
    end: usize,
}

impl<'a> Excerpt<'a> {
    fn of(sources: &'a Sources, span: Span) -> Self {
        let text = sources.text(span.source);
        let start = floor_to_char(text, span.start);
        let end = floor_to_char(text, span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let (from, to) = if line_end - line_start > LONGEST_LINE {
            let from = floor_to_char(text, start.saturating_sub(LONGEST_LINE / 4)).max(line_start);
            (from, floor_to_char(text, from + LONGEST_LINE).clamp(start, line_end))
        } else {
            (line_start, line_end)
        };
        let first_line = text[..line_start].matches('\n').count() + 1;
        Self { text: &text[from..to], first_line, start: start - from, end: end.min(to) - from }
    }
}

fn floor_to_char(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions() {
        let classes = ["terrorism", "child_abuse", "fraud"];
        let suggested = |written| suggest(written, classes).unwrap();
        assert_eq!(suggested("terorism"), "did you mean `terrorism`?");
        assert_eq!(suggested("Child-Abuse"), "did you mean `child_abuse`?");
        assert_eq!(suggested("terror"), "did you mean `terrorism`?");
        assert_eq!(suggested("spam"), "use one of `terrorism`, `child_abuse`, `fraud`");
        assert_eq!(suggest("x", ["desk"]).unwrap(), "the only one is `desk`");
        assert_eq!(suggest("x", []), None);
    }

    #[test]
    fn places_are_counted_in_characters_and_never_cut_one() {
        let mut sources = Sources::below("folder/");
        let source = sources.add("file.toml", "a = 1\né = \"\u{1b}[31mü\"\n");
        let span = |from, to| Span::new(source, from..to);
        assert_eq!(sources.line_and_column(span(6, 8)), (2, 1));
        assert_eq!(sources.line_and_column(span(8, 9)), (2, 2));
        for start in 0..30 {
            let help = "red \u{1b}[31m";
            let shown = Diagnostic::error(span(start, start + 3), "wrong").help(help).render(&sources, false);
            assert!(shown.contains("folder/file.toml:"), "{shown}");
            assert!(!shown.contains('\u{1b}'), "no control sequences: {shown}");
        }
    }
}
