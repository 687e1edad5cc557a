//! What a sweep varies: `path=10,13,20`, `path=10..30` or `path=0.5..0.9:0.1`, each value read as `--set` reads it.

use std::ops::Range;

use super::LoadError;
use super::diagnostic::{Diagnostic, Diagnostics, SourceId, Sources, Span, quoted};
use super::document::{Node, Table, Value};
use super::overlay::{Argument, Step, divide, put_at, resolved, written_value};
use crate::units::Duration;
use crate::units::quantity::{parse_duration, parse_factor, parse_rate, parse_share};

const NAME: &str = "--vary";
/// More factors than this are nobody's question, and nobody could read the answer.
const MOST_FACTORS: usize = 20;
/// Decimals that a range of numbers keeps: what a double can tell.
const MOST_DECIMALS: usize = 15;

/// A path of the scenario and the values it takes.
#[derive(Debug, Clone)]
pub struct Factor {
    argument: String,
    path: Range<usize>,
    steps: Vec<Step>,
    values: Values,
    /// Where the values stand in the argument.
    values_at: Range<usize>,
}

#[derive(Debug, Clone)]
enum Values {
    /// Places of the values in the argument.
    List(Vec<Range<usize>>),
    Whole {
        lo: i64,
        hi: i64,
        step: i64,
    },
    /// Without a step, any number between.
    Decimal {
        lo: f64,
        hi: f64,
        step: Option<f64>,
        decimals: usize,
    },
}

/// One value of a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// As written, without quotes.
    pub label: String,
    /// What it counts, where it is a number or a quantity: seconds for a duration, events a second for a rate.
    pub number: Option<f64>,
    value: LevelValue,
}

#[derive(Debug, Clone, PartialEq)]
enum LevelValue {
    Written(Range<usize>),
    Whole(i64),
    Decimal(f64),
}

impl Factor {
    /// Reads all factors of a sweep, `path=values` each.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them: no path, no value, a range that is none, a path or a value twice.
    pub fn parse_all(arguments: &[String]) -> Result<Vec<Self>, LoadError> {
        let (mut sources, mut out) = (Sources::default(), Diagnostics::default());
        let mut factors: Vec<Self> = Vec::new();
        for argument in arguments {
            let source = sources.add(NAME, argument.as_str());
            let Some((path, steps)) = divide(Argument { name: NAME, source, text: argument }, &mut out)
            else {
                continue;
            };
            if factors.iter().any(|other| other.steps == steps) {
                let message = format!("`{}` is varied twice", quoted(argument[..path.end].trim()));
                out.add(Diagnostic::error(path, message).help("put all its values into one `--vary`"));
            }
            if let [Step::Key(key)] = steps.as_slice()
                && matches!(key.as_str(), "seed" | "replications")
            {
                let message = format!("`{key}` cannot be varied: all points meet the same random numbers");
                out.add(Diagnostic::error(path, message).help(format!("use `--{key}`")));
            }
            let values_at = path.end + 1..argument.len();
            if let Some(values) = read_values(Span::new(source, values_at.clone()), &sources, &mut out) {
                let argument = argument.clone();
                factors.push(Self { argument, path: path.start..path.end, steps, values, values_at });
            }
        }
        if arguments.len() > MOST_FACTORS {
            out.add(Diagnostic::anywhere(format!("more than {MOST_FACTORS} paths are varied")));
        }
        if out.has_errors() {
            return Err(LoadError { diagnostics: out.into_sorted(), sources });
        }
        Ok(factors)
    }

    /// The path, as written.
    pub fn path(&self) -> &str {
        self.argument[self.path.clone()].trim()
    }

    /// The argument that it was read from.
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// How many levels it has; none where it is a range without steps.
    pub fn n_levels(&self) -> Option<u64> {
        match &self.values {
            Values::List(list) => Some(list.len() as u64),
            Values::Whole { lo, hi, step } => {
                Some((hi.abs_diff(*lo) / step.unsigned_abs()).saturating_add(1))
            }
            Values::Decimal { lo, hi, step, .. } => {
                step.map(|step| (((hi - lo) / step + 1e-9) as u64).saturating_add(1))
            }
        }
    }

    /// The level at a position, of [`Self::n_levels`]; the last where it has fewer.
    pub fn level(&self, idx: u64) -> Level {
        let last = self.n_levels().map_or(0, |n| n - 1);
        let idx = idx.min(last);
        match &self.values {
            Values::List(list) => self.listed(&list[idx as usize]),
            // it never leaves the range, and so not the integers; the product may
            Values::Whole { lo, step, .. } => {
                whole((i128::from(*lo) + i128::from(*step) * i128::from(idx)) as i64)
            }
            Values::Decimal { lo, step, decimals, .. } => {
                decimal(lo + step.unwrap_or(0.0) * idx as f64, *decimals)
            }
        }
    }

    /// The level at a share, from 0 to below 1, of the way: lists and whole numbers have equal parts of it, numbers
    /// with decimals lie anywhere between. Steps are of no account, but for whole numbers.
    pub fn level_at(&self, share: f64) -> Level {
        match &self.values {
            Values::Decimal { lo, hi, decimals, .. } => {
                // four digits of the range: more would only be noise to read
                let digits = 4 - (hi - lo).log10().floor().clamp(-10.0, 4.0) as i64;
                decimal(lo + share * (hi - lo), (digits as usize).clamp(*decimals, MOST_DECIMALS))
            }
            Values::List(_) | Values::Whole { .. } => {
                let n_levels = self.n_levels().unwrap_or(1);
                self.level((share * n_levels as f64) as u64)
            }
        }
    }

    /// Says that a range has no steps, where it takes some.
    ///
    /// # Errors
    ///
    /// If it is a range of numbers with decimals, and none is given.
    pub fn check_steps(&self) -> Result<(), LoadError> {
        if self.n_levels().is_some() {
            return Ok(());
        }
        let mut sources = Sources::default();
        let source = sources.add(NAME, self.argument.as_str());
        let written = self.argument[self.values_at.clone()].trim();
        let message = format!("the range `{}` has no step", quoted(written));
        let help = format!("write for example `{written}:0.1`, or draw points between with `--samples 50`");
        let found = Diagnostic::error(Span::new(source, self.values_at.clone()), message).help(help);
        Err(LoadError { diagnostics: vec![found], sources })
    }

    fn listed(&self, at: &Range<usize>) -> Level {
        let label = unquoted(self.argument[at.clone()].trim());
        Level { number: number_of(&label), value: LevelValue::Written(at.clone()), label }
    }
}

fn whole(value: i64) -> Level {
    Level { label: value.to_string(), number: Some(value as f64), value: LevelValue::Whole(value) }
}

fn decimal(value: f64, decimals: usize) -> Level {
    // 0.1 + 2·0.1 is written 0.3
    let value = format!("{value:.decimals$}").parse().unwrap_or(value);
    Level { label: format!("{value}"), number: Some(value), value: LevelValue::Decimal(value) }
}

/// Applies one level of each factor. What one has put must not be overwritten by a later one, or the first would be told
/// of points that never had it: places are compared, since `target[0]` and `target[its name]` are the same.
pub(super) fn apply_levels(
    table: &mut Table,
    levels: &[(&Factor, &Level)],
    sources: &mut Sources,
    out: &mut Diagnostics,
) {
    let mut places: Vec<Vec<Step>> = Vec::new();
    for (factor, level) in levels {
        let source = sources.add(NAME, factor.argument.as_str());
        let place = resolved(table, &factor.steps);
        let same = places.iter().zip(levels).find(|(other, _)| other.starts_with(&place));
        if let Some((found, (other, _))) = same {
            let (own, other) = (quoted(factor.path()), quoted(other.path()));
            let (message, help) = if *found == place {
                let help = format!("`{other}` leads to the same place: put all its values into one `--vary`");
                (format!("`{own}` is varied twice"), help)
            } else {
                let help = "its values would be lost: vary one of the two, or write the larger first";
                (format!("`{own}` overwrites `{other}`, which is varied too"), help.to_owned())
            };
            out.add(Diagnostic::error(Span::new(source, factor.path.clone()), message).help(help));
        }
        apply_level(table, (factor, level), source, sources, out);
        places.push(place);
    }
}

fn apply_level(
    table: &mut Table,
    (factor, level): (&Factor, &Level),
    source: SourceId,
    sources: &Sources,
    out: &mut Diagnostics,
) {
    let span = Span::new(source, factor.values_at.clone());
    let value = match &level.value {
        LevelValue::Written(at) => written_value(Span::new(source, at.clone()), sources, out),
        LevelValue::Whole(value) => Some(Node { value: Value::Integer(*value), span }),
        LevelValue::Decimal(value) => Some(Node { value: Value::Float(*value), span }),
    };
    if let Some(value) = value {
        put_at(table, &factor.steps, value, Span::new(source, factor.path.clone()), out);
    }
}

/// The values after `=`: a list or a range.
fn read_values(part: Span, sources: &Sources, out: &mut Diagnostics) -> Option<Values> {
    let text = &sources.text(part.source)[part.start..part.end];
    if text.trim().is_empty() {
        let help = "write for example `10,20` or `10..30`";
        out.add(Diagnostic::error(part, "there is no value to vary over").help(help));
        return None;
    }
    let pieces = divided_at_commas(text);
    if let [only] = pieces.as_slice()
        && !text.trim_start().starts_with(['"', '\'', '[', '{'])
        && let Some((lo, rest)) = text[only.clone()].split_once("..")
    {
        return match range(lo, rest) {
            Ok(values) => Some(values),
            Err((message, help)) => {
                out.add(Diagnostic::error(trimmed(part, sources), message).help(help));
                None
            }
        };
    }
    let mut list: Vec<Range<usize>> = Vec::new();
    for piece in pieces {
        let at = part.start + piece.start..part.start + piece.end;
        let written = text[piece].trim();
        let span = trimmed(Span::new(part.source, at.clone()), sources);
        if written.is_empty() {
            let span = Span::new(part.source, at.start..(at.end + 1).min(part.end));
            out.add(Diagnostic::error(span, "a value is missing").help("write values between commas"));
            return None;
        }
        let whole_text = sources.text(part.source);
        if list.iter().any(|other| whole_text[other.clone()].trim() == written) {
            let message = format!("`{}` stands twice", quoted(written));
            out.add(Diagnostic::error(span, message).help("take one of them out"));
            return None;
        }
        list.push(at);
    }
    Some(Values::List(list))
}

/// `lo..hi` or `lo..hi:step`, divided at its dots; the error is a message and what to do.
fn range(lo: &str, rest: &str) -> Result<Values, (String, &'static str)> {
    const HELP: &str = "a range goes from number to number, as in `10..30`, `10..30:5` or `0.5..0.9:0.1`; write \
                        quantities with units one by one: `4min,6min`";
    let (hi, step) = rest.split_once(':').map_or((rest, None), |(hi, step)| (hi, Some(step)));
    let (lo, hi, step) = (lo.trim(), hi.trim(), step.map(str::trim));
    let backwards = || (format!("the range `{lo}..{hi}` ends before it begins"), "write the smaller first");
    let no_step = |step| (format!("the step `{step}` is not above 0"), "write for example `10..30:5`");
    let whole = |text: &str| text.parse::<i64>().ok();
    if let (Some(lo), Some(hi), Some(step)) = (whole(lo), whole(hi), step.map_or(Some(1), whole)) {
        return match () {
            () if step <= 0 => Err(no_step(step.to_string())),
            () if lo > hi => Err(backwards()),
            () => Ok(Values::Whole { lo, hi, step }),
        };
    }
    let number = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| (format!("`{}` is not a number", quoted(text)), HELP))
    };
    let (from, to) = (number(lo)?, number(hi)?);
    let by = step.map(number).transpose()?;
    if let Some(by) = by.filter(|by| *by <= 0.0) {
        return Err(no_step(by.to_string()));
    }
    if from > to {
        return Err(backwards());
    }
    if !(to - from).is_finite() {
        return Err((format!("the range `{lo}..{hi}` is too wide to count"), "write smaller numbers"));
    }
    let decimals = [lo, hi].into_iter().chain(step).map(decimals_of).max().unwrap_or(0);
    Ok(Values::Decimal { lo: from, hi: to, step: by, decimals })
}

/// How many decimals a number is written with.
fn decimals_of(text: &str) -> usize {
    if text.contains(['e', 'E']) {
        return MOST_DECIMALS;
    }
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len()).min(MOST_DECIMALS)
}

/// The parts of a text between commas that stand outside quotes, brackets and braces.
fn divided_at_commas(text: &str) -> Vec<Range<usize>> {
    let (mut quote, mut depth, mut start) = (None, 0_usize, 0);
    let mut parts = Vec::new();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '\'' => quote = Some(c),
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    parts.push(start..at);
                    start = at + 1;
                }
                _ => {}
            },
        }
    }
    parts.push(start..text.len());
    parts
}

/// A span without the blanks around its text.
fn trimmed(span: Span, sources: &Sources) -> Span {
    let text = &sources.text(span.source)[span.start..span.end];
    let start = span.start + (text.len() - text.trim_start().len());
    Span::new(span.source, start..start + text.trim().len())
}

fn unquoted(text: &str) -> String {
    let inside = ['"', '\''].into_iter().find_map(|q| text.strip_prefix(q)?.strip_suffix(q));
    inside.unwrap_or(text).to_owned()
}

/// What a value counts, where it is a number or a quantity.
fn number_of(label: &str) -> Option<f64> {
    let number = label.replace('_', "").parse::<f64>().ok();
    number
        .or_else(|| parse_share(label).ok())
        .or_else(|| parse_factor(label).ok())
        .or_else(|| parse_duration(label).ok().map(Duration::as_secs_f64))
        .or_else(|| parse_rate(label).ok())
        .filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(argument: &str) -> Factor {
        Factor::parse_all(&[argument.to_owned()]).unwrap_or_else(|error| panic!("{error}")).remove(0)
    }

    fn labels(argument: &str) -> Vec<String> {
        let factor = factor(argument);
        (0..factor.n_levels().unwrap()).map(|idx| factor.level(idx).label).collect()
    }

    #[test]
    fn lists_and_ranges() {
        assert_eq!(labels("team.desk.staff=10, 13,20"), ["10", "13", "20"]);
        assert_eq!(labels("a.b=10..13"), ["10", "11", "12", "13"]);
        assert_eq!(labels("a.b=10..31:10"), ["10", "20", "30"]);
        assert_eq!(labels("a.b=-2..2:2"), ["-2", "0", "2"]);
        assert_eq!(labels("a.b=0.5..0.9:0.1"), ["0.5", "0.6", "0.7", "0.8", "0.9"]);
        assert_eq!(labels("a.b=7..7"), ["7"]);
        assert_eq!(labels("a.b=\"fifo\",\"a, b\",'c'"), ["fifo", "a, b", "c"]);
        assert_eq!(labels("a.b={ x = 1, y = [2, 3] },{ x = 2 }"), ["{ x = 1, y = [2, 3] }", "{ x = 2 }"]);
        assert_eq!(labels("a.b=\"x..y\""), ["x..y"]);
        assert_eq!(factor("team.\"a=b\".staff=1,2").path(), "team.\"a=b\".staff");
        assert_eq!(factor("a.b=0..9223372036854775807").n_levels(), Some(1 << 63));
        assert_eq!(factor("a.b=0.5..0.9").n_levels(), None);
        assert_eq!(factor("a.b=0.1..0.9:1e-300").n_levels(), Some(u64::MAX));
        assert_eq!(factor("a.b=0.1..0.9:5e-324").n_levels(), Some(u64::MAX));
        let numbers = |argument: &str| factor(argument).level(0).number;
        assert_eq!(numbers("a=4min,5min"), Some(240.0));
        assert_eq!(numbers("a=16x,5x"), Some(16.0));
        assert_eq!(numbers("a=\"40%\",5%"), Some(0.4));
        assert_eq!(numbers("a=fifo"), None);
    }

    #[test]
    fn shares_of_the_way() {
        let at = |argument: &str, share| factor(argument).level_at(share).label;
        assert_eq!(at("a=10..19", 0.0), "10");
        assert_eq!(at("a=10..19", 0.999), "19");
        assert_eq!(at("a=x,y,z", 0.34), "y");
        assert_eq!(at("a=0.5..0.9", 0.123_456_789), "0.54938");
        assert_eq!(at("a=1.0..2000", 0.5), "1000.5");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
            Factor::parse_all(&arguments).unwrap_err().to_string()
        };
        for (argument, message) in [
            ("a", "`--vary a` has no `=`"),
            ("a=", "there is no value to vary over"),
            ("a=1,,2", "a value is missing"),
            ("a=1,2,1", "`1` stands twice"),
            ("a=30..10", "the range `30..10` ends before it begins"),
            ("a=10..30:0", "the step `0` is not above 0"),
            ("a=0.1..0.3:-0.1", "the step `-0.1` is not above 0"),
            ("a=4min..6min", "`4min` is not a number"),
            ("a=-1e308..1.7e308", "the range `-1e308..1.7e308` is too wide to count"),
            ("seed=1,2", "`seed` cannot be varied"),
            ("extends=x", "`--vary` cannot change `extends`"),
            ("a..b=1", "cannot read the path `a..b`"),
        ] {
            let shown = wrong(&[argument]);
            assert!(shown.contains(message) && shown.contains("--vary:1:"), "{argument}: {shown}");
            assert!(shown.ends_with("1 error in the arguments"), "{shown}");
        }
        assert!(wrong(&["a.b=1,2", "a.b=3,4"]).contains("`a.b` is varied twice"));
        assert!(factor("a=0.1..0.5").check_steps().unwrap_err().to_string().contains("has no step"));
    }
}
