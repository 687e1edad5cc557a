//! Trees to types: one definition of a table gives its struct, its reader and its JSON Schema.
//!
//! A reader never stops at the first mistake: what cannot be read becomes [`Slot::Invalid`], and later steps know
//! that it was already complained about.

use jiff::civil;
use serde_json::{Map, Value as Json, json};

use super::diagnostic::{Diagnostic, Diagnostics, Span, quoted, suggest};
use super::document::{Moment, Node, Table, Value};
use crate::units::{Duration, QuantityError, quantity};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Slot<T> {
    /// The key is not there.
    #[default]
    Absent,
    /// Something is there that cannot be read; the error is reported already.
    Invalid,
    /// The value.
    Given(At<T>),
}

impl<T> Slot<T> {
    /// The value with its place.
    pub(crate) fn at(&self) -> Option<&At<T>> {
        match self {
            Self::Given(at) => Some(at),
            _ => None,
        }
    }

    /// The value.
    pub(crate) fn get(&self) -> Option<&T> {
        self.at().map(|at| &at.value)
    }

    /// Where the value is.
    pub(crate) fn span(&self) -> Option<Span> {
        self.at().map(|at| at.span)
    }

    /// Whether the key is not there at all.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// Named parts, such as `[stage.NAME]`, or values by class, in the order of the file; then the names of those that
/// cannot be read, which is reported already.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Named<T>(pub(crate) Vec<(At<String>, At<T>)>, pub(crate) Vec<String>);

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<At<T>>);

/// Any TOML at all, to be read later.
#[derive(Debug, Clone)]
pub(crate) struct Raw(pub(crate) Node);

/// Definitions of a JSON Schema that others refer to.
pub(crate) type Definitions = Map<String, Json>;

/// What can be read from a tree.
pub(crate) trait Decode: Sized {
    /// Reads it; what is wrong is added, and nothing comes back where it cannot be read at all.
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self>;
    /// The JSON Schema of what can be read.
    fn schema(definitions: &mut Definitions) -> Json;
}

/// Reads the value of a key of a table.
pub(crate) fn slot<T: Decode>(table: &Table, key: &str, out: &mut Diagnostics) -> Slot<T> {
    match table.get(key) {
        None => Slot::Absent,
        Some(node) => match T::decode(node, out) {
            Some(value) => Slot::Given(At { value, span: node.span }),
            None => Slot::Invalid,
        },
    }
}

/// The table that a node should be.
pub(crate) fn table_of<'a>(node: &'a Node, what: &str, out: &mut Diagnostics) -> Option<&'a Table> {
    if let Value::Table(table) = &node.value {
        return Some(table);
    }
    wrong_kind(node, what, out);
    None
}

/// Complains about keys that a table does not have.
pub(crate) fn check_keys(table: &Table, known: &[&str], out: &mut Diagnostics) {
    for entry in &table.entries {
        if !known.contains(&entry.key.as_str()) {
            let message = format!("unknown key `{}`", quoted(&entry.key));
            let help = suggest(&entry.key, known.iter().copied());
            out.add(Diagnostic::error(entry.key_span, message).maybe_help(help));
        }
    }
}

/// Complains about a value of the wrong kind.
pub(crate) fn wrong_kind(node: &Node, wanted: &str, out: &mut Diagnostics) {
    out.add(Diagnostic::error(node.span, format!("expected {wanted}, found {}", node.kind())));
}

/// Defines tables of the scenario language. Each key is `required` or `optional`; the struct has a [`Slot`] for each.
macro_rules! table {
    ($(
        $(#[doc = $about:literal])+
        $name:ident {
            $( $(#[doc = $doc:literal])+ $(#[expect($($lint:tt)+)])? $need:ident $field:ident: $type:ty, )+
        }
    )+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Default)]
        pub(crate) struct $name {
            $( $(#[doc = $doc])+ $(#[expect($($lint)+)])? pub(crate) $field: $crate::scenario::decode::Slot<$type>, )+
        }

        impl $crate::scenario::decode::Decode for $name {
            fn decode(
                node: &$crate::scenario::document::Node,
                out: &mut $crate::scenario::diagnostic::Diagnostics,
            ) -> Option<Self> {
                use $crate::scenario::decode::{check_keys, key_name, slot, table_of};
                let table = table_of(node, "a table", out)?;
                check_keys(table, &[$(key_name(stringify!($field))),+], out);
                let read = Self { $( $field: slot(table, key_name(stringify!($field)), out), )+ };
                $( table!(@check $need $field read node out); )+
                Some(read)
            }

            fn schema(definitions: &mut $crate::scenario::decode::Definitions) -> serde_json::Value {
                use $crate::scenario::decode::{Decode, documented, key_name, reference};
                if !definitions.contains_key(stringify!($name)) {
                    // holds the place, so that a table inside itself would not recurse
                    definitions.insert(stringify!($name).into(), serde_json::Value::Null);
                    let mut properties = serde_json::Map::new();
                    $(
                        let schema = <$type as Decode>::schema(definitions);
                        properties.insert(key_name(stringify!($field)).into(), documented(schema, &[$($doc),+]));
                    )+
                    let required: Vec<&str> =
                        [$( table!(@require $need $field) ),+].into_iter().flatten().collect();
                    let whole = serde_json::json!({
                        "type": "object",
                        "properties": properties,
                        "required": required,
                        "additionalProperties": false,
                    });
                    definitions.insert(stringify!($name).into(), documented(whole, &[$($about),+]));
                }
                reference(stringify!($name))
            }
        }
    )+};
    (@check required $field:ident $read:ident $node:ident $out:ident) => {
        if $read.$field.is_absent() {
            $crate::scenario::decode::missing($node, $crate::scenario::decode::key_name(stringify!($field)), $out);
        }
    };
    (@check optional $field:ident $read:ident $node:ident $out:ident) => {};
    (@require required $field:ident) => { Some($crate::scenario::decode::key_name(stringify!($field))) };
    (@require optional $field:ident) => { None };
}

/// Defines a choice between fixed words.
macro_rules! words {
    ($(
        $(#[doc = $about:literal])+
        $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+ }
    )+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $( $(#[doc = $doc])+ $variant, )+ }

        impl $crate::scenario::decode::Decode for $name {
            fn decode(
                node: &$crate::scenario::document::Node,
                out: &mut $crate::scenario::diagnostic::Diagnostics,
            ) -> Option<Self> {
                let text = <String as $crate::scenario::decode::Decode>::decode(node, out)?;
                match text.as_str() {
                    $( $word => Some(Self::$variant), )+
                    _ => {
                        $crate::scenario::decode::unknown_word(node, &text, &[$($word),+], out);
                        None
                    }
                }
            }

            fn schema(_: &mut $crate::scenario::decode::Definitions) -> serde_json::Value {
                serde_json::json!({ "enum": [$($word),+] })
            }
        }
    )+};
}

pub(crate) use {table, words};

/// The key of a field; a field named by a keyword is written `r#for`.
pub(crate) fn key_name(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// Complains about a required key that is not there.
pub(crate) fn missing(node: &Node, key: &str, out: &mut Diagnostics) {
    out.add(Diagnostic::error(node.span, format!("`{key}` is missing")));
}

/// Complains about a word that is none of those known.
pub(crate) fn unknown_word(node: &Node, text: &str, known: &[&str], out: &mut Diagnostics) {
    let message = format!("unknown value `{}`", quoted(text));
    out.add(Diagnostic::error(node.span, message).maybe_help(suggest(text, known.iter().copied())));
}

/// A schema with the documentation of its key.
pub(crate) fn documented(mut schema: Json, lines: &[&str]) -> Json {
    if let Json::Object(object) = &mut schema {
        let text: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        object.insert("description".into(), Json::String(text.join(" ").trim().into()));
    }
    schema
}

/// A reference to a definition.
pub(crate) fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A definition made once and referred to.
pub(crate) fn defined(definitions: &mut Definitions, name: &str, schema: impl FnOnce() -> Json) -> Json {
    if !definitions.contains_key(name) {
        definitions.insert(name.into(), schema());
    }
    reference(name)
}

impl Decode for String {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        if let Value::Text(text) = &node.value {
            return Some(text.clone());
        }
        wrong_kind(node, "a text", out);
        None
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string" })
    }
}

/// What a quantity is written as: a number alone is shown back to ask for its unit.
fn quantity_text(node: &Node, wanted: &str, out: &mut Diagnostics) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => {
            wrong_kind(node, wanted, out);
            None
        }
    }
}

fn read_quantity<T>(
    node: &Node,
    wanted: &str,
    out: &mut Diagnostics,
    parse: impl FnOnce(&str) -> Result<T, QuantityError>,
) -> Option<T> {
    let text = quantity_text(node, wanted, out)?;
    parse(&quoted_if_long(&text))
        .map_err(|error| out.add(Diagnostic::error(node.span, error.to_string())))
        .ok()
}

/// No quantity takes a hundred letters; one that does would fill the screen when it is quoted.
fn quoted_if_long(text: &str) -> String {
    if text.len() > 100 { quoted(text) } else { text.to_owned() }
}

impl Decode for Duration {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        read_quantity(node, "a duration such as `\"4min\"`", out, quantity::parse_duration)
    }

    fn schema(definitions: &mut Definitions) -> Json {
        defined(
            definitions,
            "Duration",
            || json!({ "type": "string", "pattern": "[0-9]", "description": "a duration with its unit: ms, s, min, h, days, weeks", "examples": ["4min", "1h 30min", "2.5 days"] }),
        )
    }
}

/// Events per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate(pub(crate) f64);

impl Decode for Rate {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        read_quantity(node, "a rate such as `\"515/day\"`", out, quantity::parse_rate).map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Json {
        defined(
            definitions,
            "Rate",
            || json!({ "type": "string", "pattern": "/|per", "description": "a rate with its unit: /s, /min, /h, /day, /week, /year", "examples": ["515/day"] }),
        )
    }
}

/// A number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share(pub(crate) f64);

impl Decode for Share {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let parsed = match &node.value {
            Value::Text(text) => quantity::parse_share(&quoted_if_long(text)),
            Value::Integer(number) => quantity::check_share(*number as f64),
            Value::Float(number) => quantity::check_share(*number),
            _ => {
                wrong_kind(node, "a share such as `0.4` or `\"40%\"`", out);
                return None;
            }
        };
        parsed.map(Self).map_err(|error| out.add(Diagnostic::error(node.span, error.to_string()))).ok()
    }

    fn schema(definitions: &mut Definitions) -> Json {
        defined(
            definitions,
            "Share",
            || json!({ "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, { "type": "string", "pattern": "%\\s*$" }], "description": "a share: 0 to 1, or a percentage" }),
        )
    }
}

/// A finite number that is not negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number(pub(crate) f64);

impl Decode for Number {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let number = match node.value {
            Value::Integer(number) => number as f64,
            Value::Float(number) => number,
            _ => {
                wrong_kind(node, "a number", out);
                return None;
            }
        };
        if number.is_finite() && (0.0..=1e12).contains(&number) {
            return Some(Self(number));
        }
        let message = format!("`{number}` is out of range: write a number between 0 and 1e12");
        out.add(Diagnostic::error(node.span, message));
        None
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "number", "minimum": 0, "maximum": 1e12 })
    }
}

/// A whole number that is not negative.
impl Decode for u64 {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let Value::Integer(number) = node.value else {
            wrong_kind(node, "a whole number", out);
            return None;
        };
        let read = Self::try_from(number).ok();
        if read.is_none() {
            out.add(Diagnostic::error(
                node.span,
                format!("`{number}` is out of range: it cannot be negative"),
            ));
        }
        read
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "integer", "minimum": 0 })
    }
}

fn moment<'a>(node: &'a Node, out: &mut Diagnostics) -> Option<&'a Moment> {
    match &node.value {
        Value::DateTime(moment) => return Some(moment),
        Value::Text(text) => {
            let error =
                Diagnostic::error(node.span, format!("expected a date, found the text `{}`", quoted(text)));
            out.add(error.help("write it without quotes, such as `2015-01-07T11:30:00` or `2015-01-07`"));
        }
        _ => wrong_kind(node, "a date such as `2015-01-07T11:30:00`", out),
    }
    None
}

fn civil_date((year, month, day): (u16, u8, u8), node: &Node, out: &mut Diagnostics) -> Option<civil::Date> {
    let made = i16::try_from(year)
        .ok()
        .filter(|year| (1900..=2500).contains(year))
        .and_then(|year| civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok());
    if made.is_none() {
        let message = format!("there is no date `{year:04}-{month:02}-{day:02}`");
        out.add(Diagnostic::error(node.span, message).help("dates lie between the years 1900 and 2500"));
    }
    made
}

fn civil_time((hour, minute, second, nanosecond): (u8, u8, u8, u32)) -> Option<civil::Time> {
    // the calendar has no leap seconds
    let second = i8::try_from(second.min(59)).ok()?;
    let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
    civil::Time::new(hour, minute, second, i32::try_from(nanosecond).ok()?).ok()
}

impl Decode for civil::DateTime {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let written = moment(node, out)?;
        let Some(date) = written.date else {
            let error = Diagnostic::error(node.span, format!("`{}` has no date", written.text));
            out.add(error.help("write for example `2015-01-07T11:30:00`"));
            return None;
        };
        if written.has_offset {
            let error = Diagnostic::error(node.span, format!("`{}` has an offset of its own", written.text));
            out.add(error.help("leave it out: dates are local time in the scenario's `zone`"));
            return None;
        }
        let date = civil_date(date, node, out)?;
        let Some(time) = written.time else { return Some(date.at(0, 0, 0, 0)) };
        let time = civil_time(time);
        if time.is_none() {
            out.add(Diagnostic::error(node.span, format!("there is no time `{}`", written.text)));
        }
        Some(date.to_datetime(time?))
    }

    fn schema(definitions: &mut Definitions) -> Json {
        defined(
            definitions,
            "DateTime",
            || json!({ "type": "string", "format": "date-time-local", "description": "a local date and time, or a date, without quotes", "examples": ["2015-01-07T11:30:00"] }),
        )
    }
}

impl Decode for civil::Date {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let written = moment(node, out)?;
        if let (Some(date), None) = (written.date, written.time) {
            return civil_date(date, node, out);
        }
        let error = Diagnostic::error(node.span, format!("`{}` is not a date alone", written.text));
        out.add(error.help("write for example `2015-05-01`"));
        None
    }

    fn schema(definitions: &mut Definitions) -> Json {
        defined(
            definitions,
            "Date",
            || json!({ "type": "string", "format": "date", "description": "a date, without quotes" }),
        )
    }
}

impl<T: Decode> Decode for Vec<At<T>> {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let Value::List(list) = &node.value else {
            wrong_kind(node, "a list", out);
            return None;
        };
        let read = list.iter().map(|item| Some(At { value: T::decode(item, out)?, span: item.span }));
        let read: Vec<Option<At<T>>> = read.collect();
        Some(read.into_iter().flatten().collect())
    }

    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "type": "array", "items": T::schema(definitions) })
    }
}

impl<T: Decode> Decode for OneOrMany<T> {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        if matches!(node.value, Value::List(_)) {
            return Vec::decode(node, out).map(Self);
        }
        T::decode(node, out).map(|value| Self(vec![At { value, span: node.span }]))
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let one = T::schema(definitions);
        json!({ "anyOf": [one.clone(), { "type": "array", "items": one }] })
    }
}

impl<T: Decode> Decode for Named<T> {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let table = table_of(node, "a table of names", out)?;
        let mut read = Vec::new();
        let mut unread = Vec::new();
        for entry in &table.entries {
            if let Some(value) = T::decode(&entry.value, out) {
                let name = At { value: entry.key.clone(), span: entry.key_span };
                read.push((name, At { value, span: entry.value.span }));
            } else {
                unread.push(entry.key.clone());
            }
        }
        Some(Self(read, unread))
    }

    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "type": "object", "additionalProperties": T::schema(definitions) })
    }
}

impl Decode for Raw {
    fn decode(node: &Node, _: &mut Diagnostics) -> Option<Self> {
        Some(Self(node.clone()))
    }

    fn schema(_: &mut Definitions) -> Json {
        Json::Bool(true)
    }
}
