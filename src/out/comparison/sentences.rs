//! A comparison in sentences that a planner can act on.

use super::super::sentences::joined;
use super::super::words;
use super::labels::name_in_sentence;
use super::{SLIGHT, having, shown, signed};
use crate::analysis::{
    Change, Compared, Comparison, Measure, Statistic, TargetPair, VariantSummary, Verdict,
};

/// What the variant changes, in one sentence: the target that gains most, the one that loses most, what it takes, and
/// how many things get better or worse.
pub(in crate::out) fn answer(variant: &VariantSummary, label: &str) -> String {
    let shown = shown(variant);
    let mut clauses = Vec::new();
    let (gain, loss) = (most(&shown, Change::Better), most(&shown, Change::Worse));
    clauses.extend(gain.map(clause));
    if let Some(loss) = loss {
        let but = if gain.is_some() { "but " } else { "" };
        clauses.push(format!("{but}{}", clause(loss)));
    }
    let targets = || shown.iter().filter(|compared| compared.target.is_some());
    if targets().count() > 0 && targets().all(|c| matches!(c.change, Change::CannotTell | Change::Same)) {
        clauses.insert(0, "no target changes by more than chance could".to_owned());
    }
    if shown.iter().all(|compared| compared.change == Change::Same) {
        return format!("With {label}, nothing that is shown changes in any replication.");
    }
    clauses.extend(price(&shown).map(clause));
    clauses.extend(tally(&shown));
    format!("With {label}, {}.", clauses.join("; "))
}

/// How many things change which way: `3 things get better, 1 worse, 12 cannot be told`.
fn tally(shown: &[&Compared]) -> Option<String> {
    let count = |change| having(shown, change).len();
    let said = [
        (count(Change::Better), "get better", "gets better"),
        (count(Change::Worse), "get worse", "gets worse"),
        (count(Change::Changed), "change otherwise", "changes otherwise"),
        (count(Change::CannotTell), "cannot be told", "cannot be told"),
        (count(Change::Same), "stay the same", "stays the same"),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (n, many, one) in said.into_iter().filter(|(n, ..)| *n > 0) {
        let what = if n == 1 { one } else { many };
        // the noun once, at the first
        let things = match (parts.is_empty(), n) {
            (false, _) => String::new(),
            (true, 1) => " thing".to_owned(),
            (true, _) => " things".to_owned(),
        };
        parts.push(format!("{n}{things} {what}"));
    }
    (!parts.is_empty()).then(|| joined(&parts))
}

/// The target that changes most in this direction, one that turns before one that does not; where no target does,
/// the mean time that changes most of its own size.
fn most<'a>(shown: &[&'a Compared], change: Change) -> Option<&'a Compared> {
    let all = having(shown, change);
    let size = |c: &Compared| c.difference.map_or(0.0, |difference| difference.mean.abs());
    let targets = all.iter().copied().filter(|c| c.target.is_some());
    let first = targets.max_by(|a, b| turns(a).cmp(&turns(b)).then(size(a).total_cmp(&size(b))));
    let relative = |c: &Compared| c.base.map_or(0.0, |base| size(c) / base.mean.abs().max(f64::MIN_POSITIVE));
    let is_mean = |c: &Compared| {
        matches!(
            c.measure,
            Measure::ResponseTime(_, Statistic::Mean) | Measure::WaitingTime(_, Statistic::Mean)
        )
    };
    let means = all.iter().copied().filter(|c| is_mean(c) && relative(c) > SLIGHT);
    first.or_else(|| means.max_by(|a, b| relative(a).total_cmp(&relative(b))))
}

/// Whether a target turns from missed to met, or back.
fn turns(compared: &Compared) -> bool {
    let turned = |target: &TargetPair| {
        let pair = (target.verdict, target.variant_verdict);
        matches!(pair, (Verdict::Missed, Verdict::Met) | (Verdict::Met, Verdict::Missed))
    };
    compared.target.as_ref().is_some_and(turned)
}

/// The first of cost and hours that clearly changes.
fn price<'a>(shown: &[&'a Compared]) -> Option<&'a Compared> {
    let matters = |c: &&Compared| {
        let relative = c.difference.zip(c.base).map(|(d, base)| d.mean.abs() / base.mean.abs());
        matches!(c.change, Change::Better | Change::Worse) && relative.is_some_and(|r| r > SLIGHT)
    };
    let of = |is: fn(Measure) -> bool| shown.iter().copied().filter(matters).find(|c| is(c.measure));
    // what is slight is not worth a clause
    of(|measure| measure == Measure::Cost).or_else(|| of(|measure| matches!(measure, Measure::StaffHours(_))))
}

/// `'a target' rises from 12.1 % to 45.3 % on time, by 33.2 points (32.9–33.5), and stays missed`.
fn clause(compared: &Compared) -> String {
    let name = name_in_sentence(compared);
    let (before, after) = signed::pair(compared);
    let Some(difference) = compared.difference else { return format!("{name} cannot be told") };
    let verb = if difference.mean > 0.0 { "rises" } else { "falls" };
    let verb = match (compared.measure, difference.mean > 0.0) {
        (Measure::StaffHours(_), true) => "rise",
        (Measure::StaffHours(_), false) => "fall",
        _ => verb,
    };
    let on_time = if compared.target.is_some() { " on time" } else { "" };
    let by = signed::size(compared.measure.unit(), &difference);
    let verdict = compared.target.as_ref().map(turned).unwrap_or_default();
    format!("{name} {verb} from {before} to {after}{on_time}, by {by}{verdict}")
}

/// What becomes of a target.
fn turned(target: &TargetPair) -> &'static str {
    match (target.verdict, target.variant_verdict) {
        (Verdict::Missed, Verdict::Met) => ", and turns from missed to met",
        (Verdict::Met, Verdict::Missed) => ", and turns from met to missed",
        (Verdict::Met, Verdict::Met) => ", and stays met",
        (Verdict::Missed, Verdict::Missed) => ", and stays missed",
        (Verdict::Inconclusive, Verdict::Met) => ", and is now met",
        (Verdict::Inconclusive, Verdict::Missed) => ", and is now missed",
        (Verdict::Met, Verdict::Inconclusive) => ", and may no longer be met",
        (Verdict::Missed, Verdict::Inconclusive) => ", and may now be met",
        (Verdict::Inconclusive, Verdict::Inconclusive) => "",
    }
}

/// What the common random numbers were worth, for one variant.
pub(super) fn common_random_numbers(variant: &VariantSummary, label: &str) -> String {
    let Some(reduction) = variant.variance_reduction else {
        return format!("With {label}, nothing differs by chance.");
    };
    let (numbers, need) = match reduction.n_measures {
        1 => ("the number that differs".to_owned(), "needs"),
        n => (format!("the {n} numbers that differ"), "need"),
    };
    let need = if reduction.median >= 1.0 {
        format!("{need} {} times fewer replications than independent runs", times(reduction.median))
    } else {
        format!("{need} {} times as many replications as independent runs", times(1.0 / reduction.median))
    };
    let range = if reduction.n_measures > 1 {
        format!(" (the median; from {} to {} times)", times(reduction.smallest), times(reduction.largest))
    } else {
        String::new()
    };
    let why = if variant.same_reports {
        "since the same reports met both"
    } else {
        "though the reports differ in part"
    };
    format!("With {label}, {numbers} {need}{range}, {why}.")
}

fn times(reduction: f64) -> String {
    const MOST: f64 = 1e6;
    match reduction {
        reduction if reduction > MOST => "more than 1,000,000".to_owned(),
        reduction if reduction >= 10.0 => words::count(reduction.round()),
        reduction => format!("{reduction:.1}"),
    }
}

/// What was simulated.
pub(super) fn simulated(comparison: &Comparison) -> String {
    let warm_up = if comparison.warm_up > 0.0 {
        format!(", after {} of warm-up", words::length(comparison.warm_up))
    } else {
        String::new()
    };
    format!(
        "{} in {}{warm_up}; {} of each, seed {}.",
        words::counted_on_average(&comparison.reports, "report"),
        words::length((comparison.duration - comparison.warm_up).max(0.0)),
        words::counted(comparison.replications as f64, "replication"),
        comparison.seed,
    )
}

/// What the brackets hold.
pub(super) fn brackets(comparison: &Comparison) -> String {
    let together = match comparison.variants.len() {
        1 => String::new(),
        2 => ", for both variants together".to_owned(),
        n => format!(", for all {n} variants together"),
    };
    format!("In brackets: the 95 % interval of the difference{together}; none where all replications agree.")
}

/// How many targets change which way, in a short sentence: `With X, 3 of 10 targets get better and 1 gets worse.`
pub(super) fn targets_in_short(variant: &VariantSummary, label: &str) -> String {
    let shown = shown(variant);
    let all = shown.iter().filter(|compared| compared.target.is_some()).count();
    let of = |change: Change| {
        having(&shown, change).into_iter().filter(|compared| compared.target.is_some()).count()
    };
    let (better, worse) = (of(Change::Better), of(Change::Worse));
    let verb = |n: usize| if n == 1 { "gets" } else { "get" };
    let targets = if all == 1 { "target" } else { "targets" };
    match (better, worse) {
        (0, 0) if all == 0 => format!("With {label}, there is no target to compare."),
        (0, 0) => format!("With {label}, no target changes by more than chance could."),
        (better, 0) => format!("With {label}, {better} of {all} {targets} {} better.", verb(better)),
        (0, worse) => format!("With {label}, {worse} of {all} {targets} {} worse.", verb(worse)),
        (better, worse) => format!(
            "With {label}, {better} of {all} targets {} better and {worse} {} worse.",
            verb(better),
            verb(worse)
        ),
    }
}
