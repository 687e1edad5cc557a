//! TOML text to a tree in which every key and value knows its place.
//!
//! The tree is our own, and owned: values of several files and of the command line are merged into one.

use toml::de::{DeTable, DeValue};
use toml_parser::lexer::TokenKind;

use super::diagnostic::{Diagnostic, Diagnostics, SourceId, Sources, Span};

/// Parts that a dotted key may have; the language needs five. Deeper tables would exhaust the stack.
const MOST_KEY_PARTS: usize = 30;
/// Entries that a table or a list may have; it keeps every step of reading short.
const MOST_ENTRIES: usize = 5_000;

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// A TOML value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    DateTime(Moment),
    List(Vec<Node>),
    Table(Table),
}

/// A date, a time or both, as written.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// Year, month, day.
    pub(crate) date: Option<(u16, u8, u8)>,
    /// Hour, minute, second, nanosecond.
    pub(crate) time: Option<(u8, u8, u8, u32)>,
    /// Whether it names an offset from universal time.
    pub(crate) has_offset: bool,
    /// The text.
    pub(crate) text: String,
}

/// A table in the order of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
    /// Whether it is written `{ … }`: a value as a whole, which a variant replaces rather than merges into.
    pub(crate) inline: bool,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

impl Node {
    /// What it is, with an article, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::DateTime(_) => "a date or time",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

impl Table {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The value of a key, to change.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at).value)
    }
}

/// Reads a TOML document; nothing comes back where it is malformed, because what follows a misplaced bracket would
/// be misunderstood. All syntax errors are added.
pub(crate) fn parse_document(source: SourceId, sources: &Sources, out: &mut Diagnostics) -> Option<Table> {
    let text = sources.text(source);
    if let Some(deep) = deep_key(text) {
        let message = format!("a key has more than {MOST_KEY_PARTS} parts");
        out.add(
            Diagnostic::error(Span::new(source, deep), message).help("no key of a scenario is that deep"),
        );
        return None;
    }
    let errors_before = out.n_errors_added();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        out.add(syntax_error(&error, source, 0, text.len()));
    }
    if out.n_errors_added() > errors_before {
        return None;
    }
    let mut reader = Reader { source, offset: 0, text, out };
    let table = reader.table(table.into_inner(), false);
    (out.n_errors_added() == errors_before).then_some(table)
}

/// Reads a TOML value that is a part of a text.
///
/// # Errors
///
/// The first mistake, where it is not a TOML value.
pub(crate) fn parse_value(span: Span, sources: &Sources, out: &mut Diagnostics) -> Result<Node, Diagnostic> {
    let Span { source, start: offset, end } = span;
    let text = &sources.text(source)[offset..end];
    let whole = span;
    if deep_key(text).is_some() {
        return Err(Diagnostic::error(whole, format!("a key has more than {MOST_KEY_PARTS} parts")));
    }
    match DeValue::parse(text) {
        Ok(value) => {
            let mut reader = Reader { source, offset, text, out };
            let mut node = reader.node(value.into_inner(), 0..text.len());
            node.span = whole;
            Ok(node)
        }
        Err(error) => Err(syntax_error(&error, source, offset, text.len())),
    }
}

/// What the TOML reader found, in our form of message.
fn syntax_error(error: &toml::de::Error, source: SourceId, offset: usize, length: usize) -> Diagnostic {
    let range = error.span().unwrap_or(0..length.min(1));
    let span = Span::new(source, offset + range.start..offset + range.end);
    let (message, expected) = match error.message().split_once(", expected ") {
        Some((message, expected)) => (message, Some(expected)),
        None => (error.message(), None),
    };
    Diagnostic::error(span, message).maybe_help(expected.map(|expected| format!("expected {expected}")))
}

/// The first key of too many parts. The TOML reader limits the depth of brackets, but not of dotted keys, whose
/// tables it would free by recursion: this looks at the same tokens before it does.
fn deep_key(text: &str) -> Option<std::ops::Range<usize>> {
    let mut n_dots = 0;
    let mut start = 0;
    for token in toml_parser::Source::new(text).lex() {
        match token.kind() {
            TokenKind::Dot => {
                n_dots += 1;
                if n_dots >= MOST_KEY_PARTS {
                    return Some(start..token.span().end());
                }
            }
            TokenKind::Whitespace | TokenKind::Atom | TokenKind::LiteralString | TokenKind::BasicString => {}
            _ => (n_dots, start) = (0, token.span().end()),
        }
    }
    None
}

struct Reader<'a> {
    source: SourceId,
    offset: usize,
    text: &'a str,
    out: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.source, self.offset + range.start..self.offset + range.end)
    }

    fn table(&mut self, table: DeTable<'_>, inline: bool) -> Table {
        let mut entries = Vec::new();
        for (key, value) in table {
            let key_span = self.span(key.span());
            if entries.len() == MOST_ENTRIES {
                self.too_many(key_span, "table");
                break;
            }
            let range = value.span();
            let value = self.node(value.into_inner(), range);
            entries.push(Entry { key: key.into_inner().into_owned(), key_span, value });
        }
        Table { entries, inline }
    }

    fn node(&mut self, value: DeValue<'_>, range: std::ops::Range<usize>) -> Node {
        let span = self.span(range.clone());
        let value = match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(digits) => {
                let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
                if number.is_none() {
                    self.out.add(Diagnostic::error(span, "this whole number is too large"));
                }
                Value::Integer(number.unwrap_or(0))
            }
            DeValue::Float(digits) => Value::Float(digits.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(boolean) => Value::Boolean(boolean),
            DeValue::Datetime(moment) => Value::DateTime(Moment {
                date: moment.date.map(|date| (date.year, date.month, date.day)),
                time: moment.time.map(|time| {
                    (time.hour, time.minute, time.second.unwrap_or(0), time.nanosecond.unwrap_or(0))
                }),
                has_offset: moment.offset.is_some(),
                text: moment.to_string(),
            }),
            DeValue::Array(list) => {
                let mut nodes = Vec::new();
                for item in list {
                    if nodes.len() == MOST_ENTRIES {
                        self.too_many(span, "list");
                        break;
                    }
                    let range = item.span();
                    nodes.push(self.node(item.into_inner(), range));
                }
                Value::List(nodes)
            }
            DeValue::Table(table) => {
                let inline = self.text.as_bytes().get(range.start) == Some(&b'{');
                Value::Table(self.table(table, inline))
            }
        };
        Node { value, span }
    }

    fn too_many(&mut self, span: Span, what: &str) {
        let message = format!("this {what} has more than {MOST_ENTRIES} entries");
        self.out.add(Diagnostic::error(span, message).help("put data into a trace file"));
    }
}
