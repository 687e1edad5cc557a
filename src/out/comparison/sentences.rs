//! A comparison in sentences that a planner can act on.

use super::super::sentences::joined;
use super::super::words;
use super::labels::name_in_sentence;
use super::{SLIGHT, having, is_slight, shown, signed, size};
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
    let targets: Vec<&Compared> = shown.iter().copied().filter(|c| c.target.is_some()).collect();
    if is_single(variant) {
        clauses.insert(0, "a single replication cannot tell what changes from what is chance".to_owned());
    } else if let Some(said) = unmoved(&targets) {
        clauses.insert(0, said);
    }
    if shown.iter().all(|compared| compared.change == Change::Same) {
        return format!("With {label}, nothing that is shown changes in any replication.");
    }
    clauses.extend(price(&shown).map(clause));
    clauses.extend(tally(&shown));
    format!("With {label}, {}.", clauses.join("; "))
}

/// Whether there was only one replication.
fn is_single(variant: &VariantSummary) -> bool {
    let mut differences = variant.measures.iter().filter_map(|compared| compared.difference).peekable();
    differences.peek().is_some() && differences.all(|difference| difference.n < 2)
}

/// What to say of targets none of which clearly changes.
fn unmoved(targets: &[&Compared]) -> Option<String> {
    let is_known = |c: &&&Compared| !matches!(c.change, Change::CannotTell | Change::Same);
    let (n_known, n_slight) = (
        targets.iter().filter(is_known).count(),
        targets.iter().filter(is_known).filter(|c| is_slight(c)).count(),
    );
    match (targets.len(), n_known) {
        (0, _) => None,
        (_, 0) => Some("no target changes by more than chance could".to_owned()),
        (1, _) if n_slight == n_known => Some("the target hardly changes".to_owned()),
        (_, _) if n_slight == n_known => Some("the targets hardly change".to_owned()),
        _ => None,
    }
}

/// How many things change which way: `3 things get better, 1 worse, 12 cannot be told`.
fn tally(shown: &[&Compared]) -> Option<String> {
    let count = |change| having(shown, change).len();
    let clear = |change| having(shown, change).into_iter().filter(|c| !is_slight(c)).count();
    let moving = [Change::Better, Change::Worse, Change::Changed];
    let slight: usize = moving.iter().map(|&change| count(change) - clear(change)).sum();
    let said = [
        (clear(Change::Better), "get better", "gets better"),
        (clear(Change::Worse), "get worse", "gets worse"),
        (clear(Change::Changed), "change otherwise", "changes otherwise"),
        (slight, "hardly change", "hardly changes"),
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
    let targets = all.iter().copied().filter(|c| c.target.is_some() && !is_slight(c));
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
pub(super) fn turns(compared: &Compared) -> bool {
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
        return if is_single(variant) {
            format!(
                "With {label}, a single replication cannot tell what the same reports for both are worth."
            )
        } else {
            format!("With {label}, nothing differs by chance.")
        };
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
    let (smallest, largest) = (times(reduction.smallest), times(reduction.largest));
    let range = if smallest == largest {
        String::new()
    } else {
        format!(" (the median; from {smallest} to {largest} times)")
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

/// What becomes of the targets where none gets clearly better or worse, in two or three words.
pub(super) fn unmoved_in_short(variant: &VariantSummary) -> &'static str {
    let shown = shown(variant);
    if shown.iter().all(|compared| compared.change == Change::Same) {
        return "the same";
    }
    let is_clear = |c: &&&Compared| matches!(c.change, Change::Better | Change::Worse);
    if is_single(variant) {
        "cannot be told"
    } else if shown.iter().filter(|c| c.target.is_some()).any(|c| is_clear(&c)) {
        "targets hardly changed"
    } else {
        "targets unchanged"
    }
}

/// How many targets change which way, in a short sentence: `With X, 3 of 10 targets get better and 1 gets worse.`
pub(super) fn targets_in_short(variant: &VariantSummary, label: &str) -> String {
    let shown = shown(variant);
    let of = |change: Change| {
        having(&shown, change).into_iter().filter(|c| c.target.is_some() && !is_slight(c)).count()
    };
    let targets: Vec<&Compared> = shown.iter().copied().filter(|c| c.target.is_some()).collect();
    let all = targets.len();
    let (better, worse) = (of(Change::Better), of(Change::Worse));
    let verb = |n: usize| if n == 1 { "gets" } else { "get" };
    let noun = if all == 1 { "target" } else { "targets" };
    match (better, worse) {
        (0, 0) if all == 0 => format!("With {label}, there is no target to compare."),
        (0, 0) if is_single(variant) => {
            format!("With {label}, a single replication cannot tell which targets change.")
        }
        (0, 0) => format!("With {label}, {}.", unmoved(&targets).unwrap_or_default()),
        (better, 0) => format!("With {label}, {better} of {all} {noun} {} better.", verb(better)),
        (0, worse) => format!("With {label}, {worse} of {all} {noun} {} worse.", verb(worse)),
        (better, worse) => format!(
            "With {label}, {better} of {all} targets {} better and {worse} {} worse.",
            verb(better),
            verb(worse)
        ),
    }
}
