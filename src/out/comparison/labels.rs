//! Short names: of variants, and of what is measured.

use super::super::words::UNKNOWN;
use super::text::share_and_verdict;
use crate::analysis::{Compared, Comparison, Measure, Statistic, VariantSummary};

/// A longer name is called by a letter: it stands in sentences only …
const LONGEST_LABEL: usize = 32;
/// … or at the head of a column, where there are several.
const LONGEST_OF_SEVERAL: usize = 20;

/// What each variant is called in tables and sentences: how its name goes on after the base's, or else a letter.
pub(in crate::out) fn labels(comparison: &Comparison) -> Vec<String> {
    let base = &comparison.base.name;
    let short = |name: &str| {
        let rest = name.strip_prefix(base.as_str()).and_then(|rest| rest.strip_prefix('-'));
        rest.filter(|rest| !rest.is_empty()).unwrap_or(name).to_owned()
    };
    let shorts: Vec<String> = comparison.variants.iter().map(|variant| short(&variant.name)).collect();
    let is_plain = |label: &String| {
        let longest = if shorts.len() > 1 { LONGEST_OF_SEVERAL } else { LONGEST_LABEL };
        let fits = label.chars().count() <= longest && !label.chars().any(char::is_control);
        fits && label != base && shorts.iter().filter(|other| *other == label).count() == 1
    };
    let label = |(idx, short): (usize, &String)| if is_plain(short) { short.clone() } else { letter(idx) };
    shorts.iter().enumerate().map(label).collect()
}

/// `A`, `B`, … and after `Z`, `V27`.
fn letter(idx: usize) -> String {
    u8::try_from(idx)
        .ok()
        .filter(|idx| *idx < 26)
        .map_or_else(|| format!("V{}", idx + 1), |idx| char::from(b'A' + idx).to_string())
}

/// A label and what it stands for, once where they are the same.
pub(super) fn explained(comparison: &Comparison, idx: usize, label: &str) -> String {
    let meaning = meaning(comparison, idx);
    if meaning == label { meaning } else { format!("{label}: {meaning}") }
}

/// What tells a variant from the base, for the legend: what was set, or its title.
fn meaning(comparison: &Comparison, idx: usize) -> String {
    let variant = &comparison.variants[idx];
    if !variant.changes.is_empty() {
        return one_line(&variant.changes.join("; "));
    }
    let title = &variant.scenario.title;
    if title.is_empty() || *title == comparison.base.title { variant.name.clone() } else { title.clone() }
}

/// The base's title, or its name.
pub(super) fn base_title(comparison: &Comparison) -> &str {
    let base = &comparison.base;
    if base.title.is_empty() { &base.name } else { &base.title }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is measured, in a few words: `terrorism looked at within 1 h`, `mean wait at triage`.
pub(super) fn name_of(compared: &Compared) -> String {
    let of = &compared.subject;
    let time = |what: &str, statistic: Statistic| match statistic {
        Statistic::Mean => format!("mean {what}"),
        Statistic::P50 => format!("{what}, half within"),
        Statistic::P90 => format!("{what}, 90 % within"),
        Statistic::P95 => format!("{what}, 95 % within"),
        Statistic::P99 => format!("{what}, 99 % within"),
        Statistic::Max => format!("longest {what}"),
    };
    match compared.measure {
        Measure::OnTime(_) | Measure::Narrow(_) => of.clone(),
        Measure::ResponseTime(_, statistic) => time(&format!("response to {of}"), statistic),
        Measure::WaitingTime(_, statistic) => time(&format!("wait at {of}"), statistic),
        Measure::QueueMean(_) => format!("average queue at {of}"),
        Measure::QueueMax(_) => format!("longest queue at {of}"),
        Measure::Reneged(_) => format!("gave up waiting at {of}"),
        Measure::Blocked(_) => format!("turned away at {of}"),
        Measure::AnswerTime(_, statistic) => time(&format!("answer by {of}"), statistic),
        Measure::Answered(_) => format!("answered by {of}"),
        Measure::StaffHours(_) => format!("hours on duty of {of}"),
        Measure::Utilization(_) => format!("busy share of {of}"),
        Measure::TeamCost(_) => format!("cost of {of}"),
        Measure::Cost => "cost".to_owned(),
        Measure::Reports(_) => format!("reports of {of}"),
        Measure::Ended(_, outcome) => format!("{of} {}", outcome.name()),
        Measure::OpenAtEnd => "in the system at the end".to_owned(),
    }
}

/// The name in the middle of a sentence: a target in quotes, anything else with its article.
pub(super) fn name_in_sentence(compared: &Compared) -> String {
    match compared.measure {
        Measure::OnTime(_) => format!("'{}'", compared.subject),
        _ => format!("the {}", name_of(compared)),
    }
}

/// The targets of the base and of all variants side by side, the head first.
pub(super) fn target_rows(comparison: &Comparison, labels: &[String]) -> Vec<Vec<String>> {
    let head = ["target", "base"].into_iter().chain(labels.iter().map(String::as_str));
    let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
    for name in target_names(comparison) {
        let of = |variant: &VariantSummary| {
            variant.measures.iter().find(|c| c.target.is_some() && c.subject == name).cloned()
        };
        let found: Vec<Option<Compared>> = comparison.variants.iter().map(of).collect();
        let base = found.iter().flatten().next().and_then(|compared| {
            let target = compared.target.as_ref()?;
            Some(share_and_verdict(compared.base.as_ref(), target.goal, target.verdict))
        });
        let variant = |compared: &Option<Compared>| {
            let target = compared.as_ref().and_then(|c| c.target.as_ref().map(|target| (c, target)));
            target.map_or_else(
                || UNKNOWN.to_owned(),
                |(c, target)| {
                    share_and_verdict(c.variant.as_ref(), target.variant_goal, target.variant_verdict)
                },
            )
        };
        let cells = found.iter().map(variant);
        let mut row = vec![name.clone(), base.unwrap_or_else(|| UNKNOWN.to_owned())];
        row.extend(cells);
        rows.push(row);
    }
    rows
}

/// The targets that the base shares with any variant, in the order of the base.
pub(in crate::out) fn target_names(comparison: &Comparison) -> Vec<String> {
    let mut found: Vec<(Measure, String)> = Vec::new();
    for compared in comparison.variants.iter().flat_map(|variant| &variant.measures) {
        let is_known = found.iter().any(|(measure, _)| *measure == compared.measure);
        if compared.target.is_some() && !is_known {
            found.push((compared.measure, compared.subject.clone()));
        }
    }
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}
