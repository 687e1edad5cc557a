//! How far chance may have moved what gates look at: cautious where cases are rare, times skewed, or shares none or all.

use super::super::chance::{FEWEST_ALIKE, may_be_chance, most_of_nothing};
use super::super::measure::{Measure, Narrow, Statistic, Unit};
use super::super::records::{Collected, ReplicationRecord};
use crate::model::Plan;
use crate::statistics::{Contributions, Interval, Proportion, poisson_bounds};

/// Where some replications have nothing to tell, at least so many others must.
const FEWEST_TELLING: usize = 20;

/// The interval of a measure by itself. None where the replications cannot tell.
pub(super) fn alone(
    measure: Measure,
    plan: &Plan,
    collected: &Collected,
    confidence: f64,
) -> Option<Interval> {
    let told = |record| measure.of_replication(plan, record).is_some();
    let n_telling = collected.replications.iter().filter(|record| told(record)).count();
    let own = measure.contributions(plan, collected);
    if own.as_ref().is_some_and(Contributions::is_none_or_all)
        && let Some(share) = measure.proportion(collected)
    {
        return Some(share.interval(confidence));
    }
    let sample = measure.sample(plan, collected)?;
    let mut interval = sample.cautious_interval(confidence, n_telling.saturating_sub(1));
    let scale = interval.mean.abs();
    if is_too_few(own.as_ref(), n_telling) || may_be_chance(measure.unit(), n_telling, interval, scale) {
        interval.bounds = None;
    }
    // what is rare may just not have come yet
    if interval.mean == 0.0 && interval.bounds.is_some() {
        let tail = 0.5 * (1.0 - confidence);
        interval.bounds = match measure.unit() {
            Unit::Count => Some((0.0, most_of_nothing(n_telling, tail))),
            Unit::Seconds => most_of_no_wait(measure, collected, tail).map(|most| (0.0, most)),
            Unit::Share => None,
            Unit::Hours | Unit::Money | Unit::Ratio => interval.bounds,
        };
    }
    if let Some(own) = &own {
        interval.bounds =
            interval.bounds.and_then(|ends| allowing_for_rarity(own, interval.mean, ends, confidence));
    }
    Some(bounded(measure.unit(), interval))
}

/// Wider bounds where only few replications had more than nothing: how many these are is a matter of chance too, by the law
/// of Poisson, and their spread says little of it. None of a ratio where they are fewer than [`FEWEST_ALIKE`]: how large it is
/// where it is something, so few do not tell.
fn allowing_for_rarity(
    of: &Contributions,
    mean: f64,
    (lo, hi): (f64, f64),
    confidence: f64,
) -> Option<(f64, f64)> {
    let (some, all) = (of.n_more_than_nothing(), of.len());
    if some == 0 || some == all || some >= FEWEST_TELLING {
        return Some((lo, hi));
    }
    if some < FEWEST_ALIKE && matches!(of, Contributions::Ratios(_)) {
        return None;
    }
    let (fewest, most) = poisson_bounds(some as u64, 0.5 * (1.0 - confidence));
    Some((lo.min(mean * fewest / some as f64), hi.max(mean * most / some as f64)))
}

/// The upper end for a time that was nothing whenever it was measured: so many cases do not wait, and one that does waits
/// about as long as somebody works there. None where nobody worked.
fn most_of_no_wait(measure: Measure, collected: &Collected, tail: f64) -> Option<f64> {
    let (Measure::WaitingTime(stage, statistic) | Measure::Narrow(Narrow::WaitingTime(stage, _, statistic))) =
        measure
    else {
        return None;
    };
    let records = &collected.replications;
    let sum = |of: &dyn Fn(&ReplicationRecord) -> f64| records.iter().map(of).sum::<f64>();
    let worked = sum(&|record| record.stages[stage].service_time.count as f64);
    let work = (worked > 0.0).then(|| sum(&|record| record.stages[stage].service_time.sum) / worked)?;
    let n_cases: u64 = records
        .iter()
        .map(|record| match measure {
            Measure::Narrow(Narrow::WaitingTime(_, class, _)) => {
                record.stages[stage].waiting_time_by_class[class].count
            }
            _ => record.stages[stage].waiting_time.count,
        })
        .sum();
    // the largest of a replication is something where any of its cases waits
    let n_chances = if statistic == Statistic::Max { records.len() } else { n_cases as usize };
    Some(work * most_of_nothing(n_chances, tail))
}

/// Where so few replications tell anything that their spread says little: of a ratio whose denominator is missing in
/// some, more of them are needed, because all of what it says then comes from few cases.
fn is_too_few(of: Option<&Contributions>, n_telling: usize) -> bool {
    match of {
        Some(ratios @ Contributions::Ratios(_)) if n_telling < ratios.len() => n_telling < FEWEST_TELLING,
        Some(Contributions::Ratios(_)) => n_telling < FEWEST_ALIKE,
        _ => n_telling < 2,
    }
}

/// Shares lie between 0 and 1.
fn bounded(unit: Unit, interval: Interval) -> Interval {
    let bounds = interval.bounds.filter(|_| unit == Unit::Share).map(|(lo, hi)| (lo.max(0.0), hi.min(1.0)));
    Interval { mean: interval.mean, bounds: bounds.or(interval.bounds) }
}

/// How far a measure lies above what a baseline allows, replication by replication.
pub(super) fn paired(
    (own, base): (&Contributions, &Contributions),
    (factor, offset): (f64, f64),
    measure: Measure,
    confidence: f64,
) -> Option<Interval> {
    let (sample, allowed) = (own.sample()?, base.sample()?.scaled(factor, offset));
    let difference = sample.paired_with(&allowed);
    // what is the same in every replication is the same
    if own == base {
        return Some(difference.interval(confidence));
    }
    let n_telling = own.n_telling().min(base.n_telling());
    if own.is_none_or_all() || base.is_none_or_all() {
        // deviations of one side say nothing: each side by itself, with half of the error
        let each = 1.0 - 0.5 * (1.0 - confidence);
        let alone = |of| share_alone(of, measure, each);
        let bounds = alone(own).zip(alone(base)).map(|((lo, hi), base)| {
            let (base_lo, base_hi) = (factor * base.0 + offset, factor * base.1 + offset);
            (lo - base_hi, hi - base_lo)
        });
        return Some(Interval { mean: difference.estimate(), bounds });
    }
    let mut margin = difference.cautious_interval(confidence, n_telling.saturating_sub(1));
    let scale = sample.estimate().abs().max(allowed.estimate().abs());
    if is_too_few(Some(own), n_telling) || may_be_chance(measure.unit(), n_telling, margin, scale) {
        margin.bounds = None;
    }
    Some(margin)
}

/// The ends of a share by itself, or of a ratio; none where too few replications tell.
fn share_alone(of: &Contributions, measure: Measure, confidence: f64) -> Option<(f64, f64)> {
    let n_telling = of.n_telling();
    if let Contributions::Ratios(pairs) = of
        && of.is_none_or_all()
    {
        // only what counts cases has so many chances to differ
        if !measure.counts_cases() {
            return None;
        }
        let counts = pairs.iter().map(|(own, of)| (*own as u64, *of as u64)).collect();
        return Proportion::new(counts).and_then(|share| share.interval(confidence).bounds);
    }
    if is_too_few(Some(of), n_telling) {
        return None;
    }
    of.sample()?.cautious_interval(confidence, n_telling - 1).bounds
}
