//! Variants: a file over its base, and `--set` over both.

use super::diagnostic::{Diagnostic, Diagnostics, SourceId, Sources, Span, quoted, suggest};
use super::document::{Entry, Node, Table, Value, parse_document, parse_value};
use super::files::{Files, is_below, read_text, relative_to};

/// Files that may extend each other in a chain.
const LONGEST_CHAIN: usize = 16;

/// One step of a path such as `team.pharos.shifts[0].staff`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// `.key`
    Key(String),
    /// `[0]`
    Index(usize),
    /// `[name]`: the entry of a list with that `name`.
    Named(String),
}

/// Reads a scenario file, the file it extends and so on, and merges them.
pub(crate) fn load_merged(
    path: &str,
    files: &dyn Files,
    sources: &mut Sources,
    out: &mut Diagnostics,
) -> Option<Table> {
    let mut chain = Vec::new();
    let mut next = Some((path.to_owned(), None));
    while let Some((path, from)) = next.take() {
        let text = match read_text(files, &path, &sources.shown_path(&path)) {
            Ok(text) => text,
            Err((message, help)) => {
                let error = from.map_or_else(
                    || Diagnostic::anywhere(message.clone()),
                    |span| Diagnostic::error(span, message.clone()),
                );
                out.add(error.maybe_help(help.map(Into::into)));
                return None;
            }
        };
        let source = sources.add(path.as_str(), text);
        let mut table = parse_document(source, sources, out)?;
        if let Some(extends) = table.remove("extends") {
            // without its base, all that a variant leaves out would be missing
            next = Some(base_of(&path, &extends, &chain, out)?);
        }
        chain.push((path, table));
    }
    let mut merged = chain.pop().map(|(_, table)| table).unwrap_or_default();
    if let Some(without) = merged.get("without") {
        let message = "`without` needs a base to take things out of";
        out.add(Diagnostic::error(without.span, message).help("name the base: `extends = \"base.toml\"`"));
    }
    merged.remove("without");
    for (_, mut table) in chain.into_iter().rev() {
        if let Some(without) = table.remove("without") {
            take_out(&mut merged, &without, out);
        }
        merge(&mut merged, table);
    }
    Some(merged)
}

/// The file that `extends` names.
fn base_of(
    path: &str,
    extends: &Node,
    chain: &[(String, Table)],
    out: &mut Diagnostics,
) -> Option<(String, Option<Span>)> {
    let span = extends.span;
    let Value::Text(base) = &extends.value else {
        let message = format!("`extends` is {}, not a text", extends.kind());
        out.add(Diagnostic::error(span, message).help("write for example `extends = \"base.toml\"`"));
        return None;
    };
    if !is_below(base) {
        out.add(outside(span, base));
        return None;
    }
    let base = relative_to(path, base);
    if base == path || chain.iter().any(|(earlier, _)| *earlier == base) {
        out.add(Diagnostic::error(span, format!("`{}` extends itself", quoted(&base))));
        return None;
    }
    if chain.len() + 1 >= LONGEST_CHAIN {
        out.add(Diagnostic::error(span, format!("more than {LONGEST_CHAIN} files extend each other")));
        return None;
    }
    Some((base, Some(span)))
}

/// The error for a path that leaves the folder.
pub(crate) fn outside(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error(span, format!("`{}` is outside the scenario's folder", quoted(path)))
        .help("write a path relative to this file, without `..`, with `/` between its parts")
}

fn take_out(base: &mut Table, without: &Node, out: &mut Diagnostics) {
    let Value::List(paths) = &without.value else {
        let message = format!("`without` is {}, not a list of paths", without.kind());
        out.add(
            Diagnostic::error(without.span, message)
                .help("write for example `without = [\"team.x.call_in\"]`"),
        );
        return;
    };
    for path in paths {
        let Value::Text(text) = &path.value else {
            out.add(Diagnostic::error(path.span, format!("a path is a text, not {}", path.kind())));
            continue;
        };
        match parse_path(text) {
            Err(reason) => out.add(Diagnostic::error(path.span, reason)),
            Ok(steps) => {
                if let Err(missing) = remove_at(base, &steps) {
                    let message = format!("the base has no `{}`", quoted(text));
                    out.add(Diagnostic::error(path.span, message).maybe_help(missing));
                }
            }
        }
    }
}

/// Takes the value at a path out; the error is a suggestion.
fn remove_at(table: &mut Table, steps: &[Step]) -> Result<(), Option<String>> {
    let Some((last, parents)) = steps.split_last() else { return Err(None) };
    if parents.is_empty() {
        return match last {
            Step::Key(key) if table.remove(key).is_some() => Ok(()),
            Step::Key(key) => Err(suggest(key, table.entries.iter().map(|entry| entry.key.as_str()))),
            _ => Err(None),
        };
    }
    let Some(Step::Key(first)) = parents.first() else { return Err(None) };
    let known = suggest(first, table.entries.iter().map(|entry| entry.key.as_str()));
    let mut node = table.get_mut(first).ok_or(known)?;
    for step in &parents[1..] {
        node = descend(node, step)?;
    }
    match (&mut node.value, last) {
        (Value::Table(table), Step::Key(key)) => match table.remove(key) {
            Some(_) => Ok(()),
            None => Err(suggest(key, table.entries.iter().map(|entry| entry.key.as_str()))),
        },
        (Value::List(list), step) => {
            let at = position(list, step).ok_or(None)?;
            list.remove(at);
            Ok(())
        }
        _ => Err(None),
    }
}

fn descend<'a>(node: &'a mut Node, step: &Step) -> Result<&'a mut Node, Option<String>> {
    match (&mut node.value, step) {
        (Value::Table(table), Step::Key(key)) => {
            let known = suggest(key, table.entries.iter().map(|entry| entry.key.as_str()));
            table.get_mut(key).ok_or(known)
        }
        (Value::List(list), step) => {
            let at = position(list, step).ok_or(None)?;
            Ok(&mut list[at])
        }
        _ => Err(None),
    }
}

/// The steps of a path with the places of entries instead of their names, as far as it leads: the same for all spellings
/// of one place.
pub(crate) fn resolved(table: &Table, steps: &[Step]) -> Vec<Step> {
    let Some((Step::Key(first), rest)) = steps.split_first() else { return steps.to_vec() };
    let mut node = table.get(first);
    let mut place = vec![Step::Key(first.clone())];
    for step in rest {
        let mut known = step.clone();
        node = node.and_then(|node| match (&node.value, step) {
            (Value::Table(table), Step::Key(key)) => table.get(key),
            (Value::List(list), step) => {
                let at = position(list, step)?;
                known = Step::Index(at);
                list.get(at)
            }
            _ => None,
        });
        place.push(known);
    }
    place
}

fn position(list: &[Node], step: &Step) -> Option<usize> {
    match step {
        Step::Index(at) => (*at < list.len()).then_some(*at),
        Step::Named(name) => list.iter().position(|node| name_of(node) == Some(name)),
        Step::Key(_) => None,
    }
}

/// The `name` of an entry of a list.
fn name_of(node: &Node) -> Option<&str> {
    let Value::Table(table) = &node.value else { return None };
    match &table.get("name")?.value {
        Value::Text(name) => Some(name),
        _ => None,
    }
}

/// Lays `over` on `base`: tables merge key by key, lists of named entries merge by name, all else replaces.
pub(crate) fn merge(base: &mut Table, over: Table) {
    for entry in over.entries {
        match base.get_mut(&entry.key) {
            Some(node) => merge_node(node, entry.value),
            None => base.entries.push(entry),
        }
    }
}

fn merge_node(base: &mut Node, over: Node) {
    let Node { value, span } = over;
    match (&mut base.value, value) {
        // a table in braces is one value: half of an old mix or distribution would be left in it otherwise
        (Value::Table(below), Value::Table(above)) if !above.inline => {
            merge(below, above);
            base.span = span;
        }
        (Value::List(below), Value::List(above)) if all_named(below) && all_named(&above) => {
            for node in above {
                let at =
                    name_of(&node).and_then(|name| below.iter().position(|old| name_of(old) == Some(name)));
                match at {
                    Some(at) => merge_node(&mut below[at], node),
                    None => below.push(node),
                }
            }
        }
        (below, above) => {
            *below = above;
            base.span = span;
        }
    }
}

fn all_named(list: &[Node]) -> bool {
    !list.is_empty() && list.iter().all(|node| name_of(node).is_some())
}

/// Applies one `--set path=value`.
pub(crate) fn apply_set(table: &mut Table, argument: &str, sources: &mut Sources, out: &mut Diagnostics) {
    let source = sources.add("--set", argument);
    let Some((path, steps)) = divide(Argument { name: "--set", source, text: argument }, out) else { return };
    let Some(value) = written_value(Span::new(source, path.end + 1..argument.len()), sources, out) else {
        return;
    };
    put_at(table, &steps, value, path, out);
}

/// An argument `path=…` of the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argument<'a> {
    /// `--set` or `--vary`.
    pub(crate) name: &'static str,
    pub(crate) source: SourceId,
    pub(crate) text: &'a str,
}

/// Divides an argument at its `=`: where its path is, and the steps of the path.
pub(crate) fn divide(argument: Argument<'_>, out: &mut Diagnostics) -> Option<(Span, Vec<Step>)> {
    let Argument { name, source, text } = argument;
    // a quoted part of the path may hold the sign itself
    let Some(equals) = find_outside_quotes(text, '=').or_else(|| text.find('=')) else {
        let message = format!("`{name} {}` has no `=`", quoted(text));
        let example = if name == "--set" { "team.desk.staff=20" } else { "team.desk.staff=10,20" };
        let whole = Span::new(source, 0..text.len());
        out.add(Diagnostic::error(whole, message).help(format!("write for example `{name} {example}`")));
        return None;
    };
    let span = Span::new(source, 0..equals);
    let steps = match parse_path(text[..equals].trim()) {
        Ok(steps) => steps,
        Err(reason) => {
            out.add(Diagnostic::error(span, reason));
            return None;
        }
    };
    if let [Step::Key(key)] = steps.as_slice()
        && (key == "extends" || key == "without")
    {
        let message = format!("`{name}` cannot change `{key}`");
        out.add(Diagnostic::error(span, message).help("write a variant file instead"));
        return None;
    }
    Some((span, steps))
}

/// Puts a value where the path of an argument leads.
pub(crate) fn put_at(table: &mut Table, steps: &[Step], value: Node, path: Span, out: &mut Diagnostics) {
    let done = unknown_part(table, steps).map_or_else(|| put(table, steps, value, path), Err);
    if let Err((message, help)) = done {
        out.add(Diagnostic::error(path, message).maybe_help(help));
    }
}

/// A part that a path goes into though the scenario does not have it: a mistyped name would make a new part that nothing
/// uses. A whole new part, with nothing after its name, is meant. The message and a suggestion.
fn unknown_part(table: &Table, steps: &[Step]) -> Option<(String, Option<String>)> {
    const PARTS: [&str; 6] = ["team", "stage", "channel", "choice", "platform", "source"];
    let [Step::Key(kind), Step::Key(name), _, ..] = steps else { return None };
    if !PARTS.contains(&kind.as_str()) {
        return None;
    }
    let known: Vec<&str> = match table.get(kind).map(|node| &node.value) {
        Some(Value::Table(parts)) => parts.entries.iter().map(|entry| entry.key.as_str()).collect(),
        // what else it is, is said when the value is put there
        Some(_) => return None,
        None => Vec::new(),
    };
    if known.contains(&name.as_str()) {
        return None;
    }
    let whole = || format!("a new one is set whole: `--set '{kind}.{}={{ … }}'`", quoted(name));
    let help = suggest(name, known.iter().copied()).unwrap_or_else(whole);
    Some((format!("the scenario has no {kind} `{}`", quoted(name)), Some(help)))
}

/// The value that a part of an argument holds: TOML, or else a bare text.
pub(crate) fn written_value(part: Span, sources: &Sources, out: &mut Diagnostics) -> Option<Node> {
    let text = &sources.text(part.source)[part.start..part.end];
    let written = text.trim();
    let offset = part.start + (text.len() - text.trim_start().len());
    let span = Span::new(part.source, offset..offset + written.len());
    if written.is_empty() {
        out.add(Diagnostic::error(span, "nothing after `=`").help("an empty text is `\"\"`"));
        return None;
    }
    match parse_value(span, sources, out) {
        Ok(node) => Some(node),
        // what begins like TOML was meant as TOML
        Err(error) if written.starts_with(['{', '[', '"', '\'']) => {
            out.add(error);
            None
        }
        Err(_) => Some(Node { value: Value::Text(written.to_owned()), span }),
    }
}

/// Puts a value at a path, making tables on the way. The error is a message and a suggestion.
pub(crate) fn put(
    table: &mut Table,
    steps: &[Step],
    value: Node,
    span: Span,
) -> Result<(), (String, Option<String>)> {
    let Some((Step::Key(first), rest)) = steps.split_first() else {
        return Err(("a path begins with a key".into(), None));
    };
    let node = entry_of(table, first, rest.is_empty(), &value, span);
    put_below(node, rest, value, span)
}

/// The node of a key, made if there is none.
fn entry_of<'a>(table: &'a mut Table, key: &str, last: bool, value: &Node, span: Span) -> &'a mut Node {
    let at = table.entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
        let made = if last { value.clone() } else { Node { value: Value::Table(Table::default()), span } };
        table.entries.push(Entry { key: key.to_owned(), key_span: span, value: made });
        table.entries.len() - 1
    });
    &mut table.entries[at].value
}

fn put_below(
    node: &mut Node,
    steps: &[Step],
    value: Node,
    span: Span,
) -> Result<(), (String, Option<String>)> {
    let Some((step, rest)) = steps.split_first() else {
        *node = value;
        return Ok(());
    };
    let kind = node.kind();
    match (&mut node.value, step) {
        (Value::Table(table), Step::Key(key)) => {
            put_below(entry_of(table, key, rest.is_empty(), &value, span), rest, value, span)
        }
        (Value::List(list), Step::Index(_) | Step::Named(_)) => match (position(list, step), step) {
            (Some(at), _) => put_below(&mut list[at], rest, value, span),
            (None, Step::Index(at)) => {
                let entries = if list.len() == 1 { "entry" } else { "entries" };
                Err((format!("there is no `[{at}]`: the list has {} {entries}", list.len()), None))
            }
            (None, Step::Named(name) | Step::Key(name)) => Err((
                format!("the list has no entry with the name `{}`", quoted(name)),
                suggest(name, list.iter().filter_map(name_of)),
            )),
        },
        (Value::List(_), Step::Key(key)) => {
            let help = "choose an entry of the list with `[0]`, or with `[its name]`";
            Err((format!("`{}` is sought in a list", quoted(key)), Some(help.into())))
        }
        (_, Step::Key(key)) => Err((format!("`{}` is sought in {kind}, not a table", quoted(key)), None)),
        (_, _) => Err((format!("an index is given to {kind}, not a list"), None)),
    }
}

/// Reads a path: `a.b[0]."a name with dots".c`.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn parse_path(text: &str) -> Result<Vec<Step>, String> {
    let malformed =
        || format!("cannot read the path `{}`: write for example `team.desk.shifts[0].staff`", quoted(text));
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if steps.len() > 10 {
            return Err(format!("the path `{}` is too long", quoted(text)));
        }
        let (step, after) = if let Some(inner) = rest.strip_prefix('[') {
            let (inside, after) = inner.split_once(']').ok_or_else(malformed)?;
            let bare = inside.trim().trim_matches(['"', '\'']);
            let step = bare.parse().map_or_else(|_| Step::Named(bare.to_owned()), Step::Index);
            (step, after)
        } else if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let (inside, after) = rest[1..].split_once(quote).ok_or_else(malformed)?;
            (Step::Key(inside.to_owned()), after)
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            (Step::Key(rest[..end].trim().to_owned()), &rest[end..])
        };
        if matches!(&step, Step::Key(key) | Step::Named(key) if key.is_empty()) {
            return Err(malformed());
        }
        steps.push(step);
        rest = match after.strip_prefix('.') {
            Some("") => return Err(malformed()),
            Some(next) => next,
            None if after.is_empty() || after.starts_with('[') => after,
            None => return Err(malformed()),
        };
    }
    if matches!(steps.first(), Some(Step::Key(_))) { Ok(steps) } else { Err(malformed()) }
}

fn find_outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == wanted => return Some(at),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Step {
        Step::Key(name.into())
    }

    #[test]
    fn paths() {
        let staff = [key("team"), key("pharos"), key("shifts"), Step::Index(0), key("staff")];
        assert_eq!(parse_path("team.pharos.shifts[0].staff").unwrap(), staff);
        let named = [key("target"), Step::Named("1 h".into()), key("share")];
        assert_eq!(parse_path("target[1 h].share").unwrap(), named);
        assert_eq!(parse_path("target[\"1 h\"].share").unwrap(), named);
        assert_eq!(parse_path("team.\"a.b\".wage").unwrap(), [key("team"), key("a.b"), key("wage")]);
        assert_eq!(
            parse_path("team.night desk.wage").unwrap(),
            [key("team"), key("night desk"), key("wage")]
        );
        for wrong in ["", ".", "a.", ".a", "a..b", "a[", "a[]", "[0]", "a[0]b", "\"a", "a.\"b\"c", "\"\""] {
            assert!(parse_path(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_first_sign_outside_quotes_divides() {
        assert_eq!(find_outside_quotes("a.\"b=c\"=3", '='), Some(7));
        assert_eq!(find_outside_quotes("a=b=c", '='), Some(1));
        assert_eq!(find_outside_quotes("it's", '='), None);
    }
}
