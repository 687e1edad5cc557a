//! What variants change against their base: every measure with its paired difference, and whether that is for the
//! better.

use super::summarize::{estimate, mean_of, verdict};
use super::summary::{Estimate, ScenarioIdentity, Verdict};
use super::warnings::{OPEN_SHARE, SINGLE_REPLICATION, grouped, not_reached, percentage};
use crate::experiment::{
    Better, Collected, Measure, Paired, paired_difference, shared_measures, simultaneous_confidence,
};
use crate::model::{ENGINE_SEMANTICS, Plan, TeamIdx};
use crate::statistics::{CONFIDENCE, share_interval};

/// A base and what its variants change.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What the variants are compared with.
    pub base: ScenarioIdentity,
    /// The variants, in the order in which they were named.
    pub variants: Vec<VariantSummary>,
    /// The seed of all.
    pub seed: u64,
    /// Number of replications of each.
    pub replications: usize,
    /// Version of the engine's semantics: the same number gives the same answers.
    pub engine_semantics: u32,
    /// Simulated time, in seconds.
    pub duration: f64,
    /// Length of the warm-up, in seconds.
    pub warm_up: f64,
    /// The confidence of each interval of a difference, so that those of one measure hold for all variants together with
    /// 95 %.
    pub confidence: f64,
    /// Reports sent in the base after the warm-up.
    pub reports: Estimate,
    /// What the reader ought to know before trusting the numbers, in plain words.
    pub warnings: Vec<String>,
}

/// A variant, and how it differs from the base.
#[derive(Debug, Clone)]
pub struct VariantSummary {
    /// Its name: that of its file, or the list of its changes as written.
    pub name: String,
    /// Which scenario it is.
    pub scenario: ScenarioIdentity,
    /// The values that were set, as `path=value`; none for a file.
    pub changes: Vec<String>,
    /// Whether as many reports of each class came as in the base, in every replication.
    pub same_reports: bool,
    /// Everything that can be measured of both, targets first. What says nothing is left out: what had no case in
    /// either, and what is zero in both, unless it is a share.
    pub measures: Vec<Compared>,
    /// What the common random numbers were worth; none where nothing differs by chance.
    pub variance_reduction: Option<VarianceReduction>,
}

/// How many times fewer replications the common random numbers need than independent ones would, over the measures that
/// differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarianceReduction {
    /// The median.
    pub median: f64,
    /// The smallest.
    pub smallest: f64,
    /// The largest.
    pub largest: f64,
    /// How many measures.
    pub n_measures: usize,
}

/// One measure of the base and of a variant.
#[derive(Debug, Clone)]
pub struct Compared {
    /// What is measured; positions are those of the base.
    pub measure: Measure,
    /// Its name in files, such as `stage/triage/waiting_time/mean`.
    pub name: String,
    /// The name of the target, class, stage, platform or team; empty where it is of all.
    pub subject: String,
    /// The base's, with its interval of 95 %.
    pub base: Option<Estimate>,
    /// The variant's, likewise.
    pub variant: Option<Estimate>,
    /// Variant − base, with a paired interval of [`Comparison::confidence`].
    pub difference: Option<Estimate>,
    /// See [`Difference::variance_reduction`](crate::statistics::Difference::variance_reduction).
    pub variance_reduction: Option<f64>,
    /// What to make of it.
    pub change: Change,
    /// For the share of a target: the target.
    pub target: Option<TargetPair>,
}

/// A target in the base and in a variant.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetPair {
    /// The clock, as written in the base.
    pub clock: String,
    /// The duration to keep in the base, in seconds.
    pub within: f64,
    /// The share wanted in the base.
    pub goal: f64,
    /// Whether the base met it.
    pub verdict: Verdict,
    /// The share wanted in the variant.
    pub variant_goal: f64,
    /// Whether the variant met it.
    pub variant_verdict: Verdict,
}

/// What to make of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The whole interval of the difference is on the better side of zero.
    Better,
    /// It is on the worse side.
    Worse,
    /// It lies on one side of zero, and neither is better.
    Changed,
    /// The interval holds zero, or there is none.
    CannotTell,
    /// The same number in every replication.
    Same,
}

/// What a comparison says besides the numbers.
#[derive(Debug, Clone)]
pub struct ComparisonContext {
    /// The base.
    pub base: ScenarioIdentity,
    /// The variants: the name, which scenario it is, and the values that were set.
    pub variants: Vec<(String, ScenarioIdentity, Vec<String>)>,
    /// The seed.
    pub seed: u64,
    /// The clock of every target of the base, as written.
    pub target_clocks: Vec<String>,
    /// What is known before any run that the reader ought to know, such as overloads.
    pub warnings: Vec<String>,
}

/// Compares the replications of variants with those of their base.
pub fn compare(
    base: &Plan,
    variants: &[&Plan],
    paired: &Paired,
    mut context: ComparisonContext,
) -> Comparison {
    let confidence = simultaneous_confidence(variants.len());
    let mut warnings = std::mem::take(&mut context.warnings);
    let replications = paired.base.replications.len();
    if replications < 2 {
        warnings.push(SINGLE_REPLICATION.to_owned());
    }
    warnings.extend(precision_warning(base, variants, paired, &context));
    warnings.extend(open_warning(&format!("`{}`", context.base.name), &paired.base));
    let mut compared = Vec::new();
    for (idx, (name, scenario, changes)) in context.variants.into_iter().enumerate() {
        let (plan, collected) = (variants[idx], &paired.variants[idx]);
        let pair = Pair { base: (base, &paired.base), variant: (plan, collected), confidence };
        let measures = pair.measures(&context.target_clocks);
        let same_reports = pair.same_reports();
        let quoted = format!("`{name}`");
        // the base's own name is said once
        let open = open_warning(&quoted, collected);
        warnings.extend(open.filter(|open| !warnings.contains(open)));
        warnings.extend(pair.warnings(&quoted, same_reports));
        let variance_reduction = variance_reduction(&measures);
        compared.push(VariantSummary { name, scenario, changes, same_reports, measures, variance_reduction });
    }
    Comparison {
        base: context.base,
        variants: compared,
        seed: context.seed,
        replications,
        engine_semantics: ENGINE_SEMANTICS,
        duration: base.horizon.as_secs_f64(),
        warm_up: base.warm_up.as_secs_f64(),
        confidence,
        reports: mean_of(&reports(&paired.base)),
        warnings,
    }
}

/// A plan and its replications.
type Run<'a> = (&'a Plan, &'a Collected);

/// A variant beside the base.
struct Pair<'a> {
    base: Run<'a>,
    variant: Run<'a>,
    confidence: f64,
}

impl Pair<'_> {
    fn measures(&self, clocks: &[String]) -> Vec<Compared> {
        let shared = shared_measures(self.base.0, self.variant.0);
        shared.into_iter().filter_map(|pair| self.measure(pair, clocks)).collect()
    }

    fn measure(&self, (own, other): (Measure, Measure), clocks: &[String]) -> Option<Compared> {
        let (before, after) = (shown(own, self.base), shown(other, self.variant));
        if before.is_none() && after.is_none() {
            return None;
        }
        let is_zero = |estimate: &Option<Estimate>| estimate.is_none_or(|estimate| estimate.mean == 0.0);
        let is_share = matches!(own, Measure::OnTime(_) | Measure::Answered(_));
        if is_zero(&before) && is_zero(&after) && !is_share {
            return None;
        }
        let found = paired_difference((own, other), (self.base, self.variant), self.confidence);
        let n = self.base.1.replications.len();
        let difference = found.map(|found| estimate(found.difference, n));
        let change = if self.is_same(own, other) { Change::Same } else { judged(own.better(), difference) };
        let target = match (own, other) {
            (Measure::OnTime(of_base), Measure::OnTime(of_variant)) => {
                let (base, variant) = (&self.base.0.targets[of_base], &self.variant.0.targets[of_variant]);
                Some(TargetPair {
                    clock: clocks.get(of_base).cloned().unwrap_or_default(),
                    within: base.within.as_secs_f64(),
                    goal: base.share,
                    verdict: verdict(before, base.share),
                    variant_goal: variant.share,
                    variant_verdict: verdict(after, variant.share),
                })
            }
            _ => None,
        };
        Some(Compared {
            measure: own,
            name: own.name(self.base.0),
            subject: subject(own, self.base.0),
            base: before,
            variant: after,
            difference,
            variance_reduction: found.and_then(|found| found.variance_reduction),
            change,
            target,
        })
    }

    /// Whether every replication of both gives the same number.
    fn is_same(&self, own: Measure, other: Measure) -> bool {
        let values = |measure: Measure, (plan, collected): Run<'_>| -> Vec<Option<u64>> {
            let records = collected.replications.iter();
            records.map(|record| measure.of_replication(plan, record).map(f64::to_bits)).collect()
        };
        let estimate = |measure: Measure, (plan, collected): Run<'_>| {
            measure.sample(plan, collected).map(|sample| sample.estimate().to_bits())
        };
        values(own, self.base) == values(other, self.variant)
            && estimate(own, self.base) == estimate(other, self.variant)
    }

    fn same_reports(&self) -> bool {
        let of = |(plan, collected): Run<'_>| -> Vec<Vec<(String, u64)>> {
            let records = collected.replications.iter();
            let by_class = records.map(|record| {
                let counts = plan.classes.iter().zip(&record.classes);
                let mut counts: Vec<(String, u64)> =
                    counts.map(|(class, record)| (class.clone(), record.reports)).collect();
                counts.sort();
                counts
            });
            by_class.collect()
        };
        of(self.base) == of(self.variant)
    }

    /// What makes this pair less alike than one might think.
    fn warnings(&self, name: &str, same_reports: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        if !same_reports {
            let (own, other) = (mean_of(&reports(self.base.1)).mean, mean_of(&reports(self.variant.1)).mean);
            warnings.push(format!(
                "{name} does not meet the same reports as the base, {} on average instead of {}: it changes who reports \
                 what, and part of each difference comes from that",
                grouped(other),
                grouped(own)
            ));
        }
        for target in &self.base.0.targets {
            let Some(other) = self.variant.0.targets.iter().find(|other| other.name == target.name) else {
                warnings.push(format!("{name} has no target `{}`: it is not compared", target.name));
                continue;
            };
            if other.within != target.within {
                warnings.push(format!(
                    "target `{}` is another one in {name}: within {} instead of {}",
                    target.name, other.within, target.within
                ));
            }
            if other.share.to_bits() != target.share.to_bits() {
                warnings.push(format!(
                    "target `{}` is another one in {name}: the goal is {} % instead of {} %",
                    target.name,
                    percentage(other.share),
                    percentage(target.share)
                ));
            }
        }
        warnings
    }
}

/// The estimate as it is shown beside others, with an interval of 95 %.
fn shown(measure: Measure, (plan, collected): Run<'_>) -> Option<Estimate> {
    let n = collected.replications.len();
    if let Some(counts) = measure.counts_of(collected) {
        return share_interval(&counts).map(|interval| estimate(interval, n));
    }
    let mut interval = measure.sample(plan, collected)?.interval(CONFIDENCE);
    let records = collected.replications.iter();
    if records.filter(|record| measure.of_replication(plan, record).is_some()).count() < 2 {
        interval.bounds = None;
    }
    // nothing that is measured is negative, and nor is what is said of it
    interval.bounds = interval.bounds.map(|(lo, hi)| (lo.max(0.0), hi));
    Some(estimate(interval, n))
}

fn judged(better: Better, difference: Option<Estimate>) -> Change {
    let Some((lo, hi)) = difference.and_then(|difference| difference.interval) else {
        return Change::CannotTell;
    };
    if lo <= 0.0 && hi >= 0.0 {
        return Change::CannotTell;
    }
    match (better, lo > 0.0) {
        (Better::Neither, _) => Change::Changed,
        (Better::More, true) | (Better::Less, false) => Change::Better,
        (Better::More, false) | (Better::Less, true) => Change::Worse,
    }
}

fn subject(measure: Measure, plan: &Plan) -> String {
    let team = |idx: TeamIdx| plan.teams[idx].name.clone();
    match measure {
        Measure::OnTime(target) => plan.targets[target].name.clone(),
        Measure::ResponseTime(class, _) | Measure::Reports(class) | Measure::Ended(class, _) => {
            plan.classes[class].clone()
        }
        Measure::WaitingTime(stage, _)
        | Measure::QueueMean(stage)
        | Measure::QueueMax(stage)
        | Measure::Reneged(stage)
        | Measure::Blocked(stage) => plan.stages[stage].name.clone(),
        Measure::AnswerTime(platform, _) | Measure::Answered(platform) => {
            plan.platforms[platform].name.clone()
        }
        Measure::StaffHours(idx) | Measure::Utilization(idx) | Measure::TeamCost(idx) => team(idx),
        Measure::Cost | Measure::OpenAtEnd => String::new(),
        Measure::Narrow(_) => measure.name(plan),
    }
}

fn variance_reduction(measures: &[Compared]) -> Option<VarianceReduction> {
    let differing = measures.iter().filter(|compared| compared.change != Change::Same);
    let mut all: Vec<f64> = differing.filter_map(|compared| compared.variance_reduction).collect();
    all.sort_by(f64::total_cmp);
    let (smallest, largest) = (*all.first()?, *all.last()?);
    let median = f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2]);
    Some(VarianceReduction { median, smallest, largest, n_measures: all.len() })
}

/// Counted reports of each replication.
fn reports(collected: &Collected) -> Vec<f64> {
    let records = collected.replications.iter();
    records.map(|record| record.classes.iter().map(|class| class.reports).sum::<u64>() as f64).collect()
}

fn open_warning(name: &str, collected: &Collected) -> Option<String> {
    let open: Vec<f64> = collected.replications.iter().map(|record| record.open as f64).collect();
    let (open, reports) = (mean_of(&open).mean, mean_of(&reports(collected)).mean.max(1.0));
    (open > OPEN_SHARE * reports).then(|| {
        format!(
            "{} cases of {name} were still in the system at the end, {} for every 100 reports: its waiting and response \
             times leave them out and look better than they are",
            grouped(open),
            grouped(100.0 * open / reports)
        )
    })
}

/// What is less well known than was asked for.
fn precision_warning(
    base: &Plan,
    variants: &[&Plan],
    paired: &Paired,
    context: &ComparisonContext,
) -> Option<String> {
    let precision = paired.precision_asked.filter(|_| paired.precision_reached == Some(false))?;
    let imprecise = paired.imprecise(base, variants, precision);
    let name = |(variant, measure): &(usize, Measure)| {
        let of = match measure {
            Measure::OnTime(target) => format!("target `{}`", base.targets[*target].name),
            Measure::ResponseTime(class, _) => {
                format!("the mean response time of `{}`", base.classes[*class])
            }
            other => other.name(base),
        };
        format!("{of} with `{}`", context.variants[*variant].0)
    };
    let named: Vec<String> = imprecise.iter().map(name).collect();
    not_reached(precision, paired.base.replications.len(), "the differences of ", &named)
}

#[cfg(test)]
mod tests;
