//! The language of expectations: `p(95) <= baseline + 5%`.
//!
//! ```text
//! expectation  quantity comparison bound
//! quantity     name | name(argument)
//! comparison   <= | < | >= | >
//! bound        amount | goal | baseline | baseline + amount | baseline - amount
//! amount       a number with its unit: 1h, 0.95, 95%, 500, 1 point
//! ```

use std::ops::Range;

use crate::experiment::gate::Operator;

/// An expectation as it is written, with the place of each of its parts in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expectation<'a> {
    pub(super) quantity: Quantity<'a>,
    pub(super) operator: Operator,
    pub(super) bound: Bound<'a>,
}

/// What is measured: a name, and what stands in its brackets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity<'a> {
    pub(super) name: Part<'a>,
    pub(super) argument: Option<Part<'a>>,
}

/// What it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound<'a> {
    Amount(Part<'a>),
    Goal,
    Baseline(Option<(Sign, Part<'a>)>),
}

/// What is done to a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

/// A piece of the text, without the blanks around it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    pub(super) range: Range<usize>,
}

/// What is wrong with an expectation, where, and what to write.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) range: Range<usize>,
    pub(super) help: &'static str,
}

const EXAMPLE: &str = "write for example `p(95) <= 1h`, `share(<= 24h) >= 0.95` or `cost <= baseline + 2%`";

impl<'a> Part<'a> {
    fn of(text: &'a str, range: Range<usize>) -> Self {
        let inner = &text[range.clone()];
        let start = range.start + (inner.len() - inner.trim_start().len());
        let inner = inner.trim();
        Self { text: inner, range: start..start + inner.len() }
    }
}

/// Reads an expectation.
pub(super) fn parse(text: &str) -> Result<Expectation<'_>, Wrong> {
    let wrong = |message: &str, range| Wrong { message: message.to_owned(), range, help: EXAMPLE };
    let Some((at, sign)) = comparison_at(text) else {
        return Err(wrong("there is no `<=`, `<`, `>=` or `>` to compare with", 0..text.len()));
    };
    if let Some(before) = text[..at].trim_end().strip_suffix('=') {
        let message = "`=` comes after `<` or `>`";
        return Err(Wrong {
            message: message.to_owned(),
            range: before.len()..at + sign.len(),
            help: EXAMPLE,
        });
    }
    let quantity = quantity(text, 0..at)?;
    let operator = match sign {
        "<=" | "≤" => Operator::AtMost,
        "<" => Operator::Below,
        ">=" | "≥" => Operator::AtLeast,
        _ => Operator::Above,
    };
    let bound = Part::of(text, at + sign.len()..text.len());
    if bound.text.is_empty() {
        return Err(wrong("there is nothing to compare with", at..text.len()));
    }
    Ok(Expectation { quantity, operator, bound: self::bound(text, bound)? })
}

/// Where the comparison stands: the first outside brackets.
fn comparison_at(text: &str) -> Option<(usize, &'static str)> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '<' | '>' | '≤' | '≥' if depth == 0 => {
                let signs = ["<=", ">=", "<", ">", "≤", "≥"];
                return signs.into_iter().find(|sign| text[at..].starts_with(sign)).map(|sign| (at, sign));
            }
            _ => {}
        }
    }
    None
}

fn quantity(text: &str, range: Range<usize>) -> Result<Quantity<'_>, Wrong> {
    let whole = Part::of(text, range);
    let wrong =
        |message: &str| Wrong { message: message.to_owned(), range: whole.range.clone(), help: EXAMPLE };
    if whole.text.is_empty() {
        return Err(wrong("there is nothing to measure before the comparison"));
    }
    let Some(open) = whole.text.find('(') else { return Ok(Quantity { name: whole, argument: None }) };
    let Some(close) = whole.text.rfind(')').filter(|close| *close + 1 == whole.text.len() && *close > open)
    else {
        return Err(wrong("a bracket is not closed, or something stands behind it"));
    };
    let start = whole.range.start;
    let argument = Part::of(text, start + open + 1..start + close);
    Ok(Quantity { name: Part::of(text, start..start + open), argument: Some(argument) })
}

fn bound<'a>(text: &'a str, bound: Part<'a>) -> Result<Bound<'a>, Wrong> {
    if bound.text == "goal" {
        return Ok(Bound::Goal);
    }
    let Some(rest) = bound.text.strip_prefix("baseline") else { return Ok(Bound::Amount(bound)) };
    let rest = Part::of(text, bound.range.end - rest.len()..bound.range.end);
    let sign = match rest.text.chars().next() {
        None => return Ok(Bound::Baseline(None)),
        Some('+') => Sign::Plus,
        Some('-' | '−') => Sign::Minus,
        Some(_) => {
            let message = format!("`{}` cannot stand behind `baseline`", rest.text);
            let help = "write for example `baseline`, `baseline + 5%` or `baseline - 1 point`";
            return Err(Wrong { message, range: rest.range, help });
        }
    };
    let sign_length = rest.text.chars().next().map_or(0, char::len_utf8);
    let amount = Part::of(text, rest.range.start + sign_length..rest.range.end);
    if amount.text.is_empty() {
        let message = "how much the baseline may be passed by is missing".to_owned();
        return Err(Wrong { message, range: rest.range, help: "write for example `baseline + 5%`" });
    }
    Ok(Bound::Baseline(Some((sign, amount))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse(text) {
            Ok(Expectation { quantity, operator, bound }) => {
                let argument = quantity.argument.map_or(String::new(), |part| format!("({})", part.text));
                let bound = match bound {
                    Bound::Amount(part) => part.text.to_owned(),
                    Bound::Goal => "goal".to_owned(),
                    Bound::Baseline(None) => "baseline".to_owned(),
                    Bound::Baseline(Some((sign, part))) => format!("baseline {sign:?} {}", part.text),
                };
                format!("{}{argument} {} {bound}", quantity.name.text, operator.sign())
            }
            Err(wrong) => format!("{} in `{}`", wrong.message, &text[wrong.range]),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(shown("p(95) <= 1h"), "p(95) <= 1h");
        assert_eq!(shown("  share( <= 24h )>=0.95 "), "share(<= 24h) >= 0.95");
        assert_eq!(shown("max(queue)<500"), "max(queue) < 500");
        assert_eq!(shown("cost <= baseline + 2%"), "cost <= baseline Plus 2%");
        assert_eq!(shown("share >= baseline-1 point"), "share >= baseline Minus 1 point");
        assert_eq!(shown("cost > baseline"), "cost > baseline");
        assert_eq!(shown("share >= goal"), "share >= goal");
    }

    #[test]
    fn what_cannot_be_read_is_shown_where_it_is() {
        assert_eq!(shown(""), "there is no `<=`, `<`, `>=` or `>` to compare with in ``");
        assert_eq!(shown("p(95) 1h"), "there is no `<=`, `<`, `>=` or `>` to compare with in `p(95) 1h`");
        assert_eq!(shown("<= 1h"), "there is nothing to measure before the comparison in ``");
        assert_eq!(shown("p(95) <= "), "there is nothing to compare with in `<= `");
        assert_eq!(shown("p(95 <= 1h"), "there is no `<=`, `<`, `>=` or `>` to compare with in `p(95 <= 1h`");
        assert_eq!(
            shown("p(95)x <= 1h"),
            "a bracket is not closed, or something stands behind it in `p(95)x`"
        );
        assert_eq!(shown("cost <= baseline 2%"), "`2%` cannot stand behind `baseline` in `2%`");
        assert_eq!(shown("cost <= baselines"), "`s` cannot stand behind `baseline` in `s`");
        assert_eq!(shown("cost <= baseline +"), "how much the baseline may be passed by is missing in `+`");
        for odd in ["é<", "((<", ")<(", "p)(<= 1", "baseline<baseline−é", "<=<=", "a(b)(c) < 1"] {
            let _ = shown(odd);
        }
    }
}
