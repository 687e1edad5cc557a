//! The tables of a sizing.

use super::super::tables::{Table, owned};
use super::super::words::{self, UNKNOWN};
use super::sentences;
use crate::analysis::{AnswerSummary, Estimate, PostSummary};

/// Head of the column that names the target that one person less misses.
pub(super) const TARGET: &str = "of the target";

/// Who is needed when.
pub(super) fn roster(answer: &AnswerSummary) -> Table {
    // a number for some shifts only would look as if nobody were there in the others
    let has_now = answer.posts.iter().all(|post| post.now.is_some());
    let has_targets = answer.targets.len() > 1;
    let mut head = vec!["team", "shift", "people"];
    head.extend(has_now.then_some("now"));
    head.extend(["allowed", "one person less"]);
    head.extend(has_targets.then_some(TARGET));
    let row = |post: &PostSummary| {
        let label = match post.after {
            Some(after) => format!("{}, after {}", post.label, words::duration(after)),
            None => post.label.clone(),
        };
        let mut row = vec![post.team.clone(), label, post.people.to_string()];
        row.extend(has_now.then(|| post.now.map_or(UNKNOWN.to_owned(), |now| now.to_string())));
        row.push(format!("{}–{}", post.at_least, post.at_most));
        row.push(one_less(post));
        row.extend(
            has_targets.then(|| post.fewer.as_ref().map_or(UNKNOWN.to_owned(), |fewer| fewer.target.clone())),
        );
        row
    };
    Table {
        title: "Who is needed".into(),
        note: "one person less: tried on the same fresh random numbers as the answer".into(),
        head: owned(&head),
        rows: answer.posts.iter().map(row).collect(),
        legend: String::new(),
    }
}

fn one_less(post: &PostSummary) -> String {
    match &post.fewer {
        Some(fewer) => format!("{}: {}", sentences::one_less(fewer.verdict), share(fewer.share.as_ref())),
        None if post.people > 0 && post.people == post.at_least => "not allowed".to_owned(),
        None => UNKNOWN.to_owned(),
    }
}

/// A share with its interval; what is all, or nothing, but for chance is said so.
pub(super) fn share(share: Option<&Estimate>) -> String {
    const NEARLY: f64 = 0.9995;
    match share.and_then(|share| share.interval.map(|bounds| (share.mean, bounds))) {
        Some((mean, (lo, _))) if lo >= NEARLY => if mean >= 1.0 { "100 %" } else { ">99.9 %" }.to_owned(),
        Some((mean, (_, hi))) if hi <= 1.0 - NEARLY => if mean <= 0.0 { "0 %" } else { "<0.1 %" }.to_owned(),
        _ => words::percent_with_interval(share),
    }
}

/// People by shift; of many shifts, all together.
fn people(by_shift: &[u32]) -> String {
    const MOST_SHIFTS: usize = 8;
    if by_shift.len() > MOST_SHIFTS {
        return format!("{} in all", words::count(by_shift.iter().map(|&people| f64::from(people)).sum()));
    }
    by_shift.iter().map(u32::to_string).collect::<Vec<_>>().join(" + ")
}

/// Longer names of targets do not fit beside one another.
const ROOM_FOR_NAMES: usize = 48;

/// What more or less lateness would cost.
pub(super) fn compromises(answer: &AnswerSummary) -> Table {
    let mut head = vec![if answer.cost.is_some() { "cost" } else { "hours of people" }.to_owned()];
    head.push("people, by shift as above".to_owned());
    let names = || answer.targets.iter().map(|target| target.name.as_str());
    let is_numbered = names().map(|name| name.chars().count()).sum::<usize>() > ROOM_FOR_NAMES;
    let headed = |(idx, name): (usize, &str)| {
        if is_numbered { format!("target {}", idx + 1) } else { name.to_owned() }
    };
    head.extend(names().enumerate().map(headed));
    let legend = names().enumerate().map(|(idx, name)| format!("target {}: {name}", idx + 1));
    let legend = if is_numbered { legend.collect::<Vec<_>>().join("; ") } else { String::new() };
    let rows = answer.curve.iter().map(|compromise| {
        let people = people(&compromise.people);
        let mark = if compromise.is_answer { " (the answer)" } else { "" };
        let mut row = vec![words::count(compromise.cost), format!("{people}{mark}")];
        row.extend(compromise.shares.iter().map(|known| share(known.as_ref())));
        row
    });
    Table {
        title: "What more or less would cost".into(),
        note: "the cheapest staffing found for more or fewer late cases; costs and shares on the random numbers of the search".into(),
        head,
        rows: rows.collect(),
        legend,
    }
}
