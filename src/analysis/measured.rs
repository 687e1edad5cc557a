//! One measure of all replications, with the interval that a [`Summary`](super::Summary) shows for it.

use super::summarize::{Records, estimate, mean_of};
use super::summary::{Estimate, Quantiles};
use crate::experiment::{Collected, Measure, Narrow, Statistic};
use crate::model::{Outcome, Plan};
use crate::statistics::{CONFIDENCE, Histogram};

/// What the replications of a plan say of a measure; none where they cannot tell.
pub fn measured(plan: &Plan, collected: &Collected, measure: Measure) -> Option<Estimate> {
    let records = Records { plan, collected };
    let merged = |histograms: &[Histogram]| {
        let mut pooled = Histogram::default();
        for histogram in histograms {
            pooled.merge(histogram);
        }
        pooled
    };
    match measure {
        Measure::OnTime(target) => records.target(target, None).share_on_time,
        Measure::ResponseTime(class, statistic) => {
            let pooled = &collected.response_time[class];
            of(&records.quantiles(pooled, |r| r.classes[class].response_time), statistic)
        }
        Measure::WaitingTime(stage, statistic) => {
            let pooled = merged(&collected.waiting_time[stage]);
            of(&records.quantiles(&pooled, |r| r.stages[stage].waiting_time), statistic)
        }
        Measure::QueueMean(stage) => Some(records.mean(|r| r.stages[stage].queue_length_mean)),
        Measure::QueueMax(stage) => Some(records.count(|r| r.stages[stage].queue_length_max)),
        Measure::Reneged(stage) => Some(records.count(|r| r.stages[stage].reneged)),
        Measure::Blocked(stage) => Some(records.count(|r| r.stages[stage].blocked)),
        Measure::AnswerTime(platform, statistic) => {
            let pooled = merged(&collected.platform_time[platform]);
            of(&records.quantiles(&pooled, |r| r.platforms[platform].0.response_time), statistic)
        }
        Measure::Answered(platform) => records.platform(platform).answered,
        Measure::StaffHours(team) => Some(records.team(team).staff_hours),
        Measure::Utilization(team) => records.team(team).utilization,
        Measure::TeamCost(team) => records.team(team).cost,
        Measure::Cost => {
            let of = |record| Measure::Cost.of_replication(plan, record);
            let costs: Option<Vec<f64>> = collected.replications.iter().map(of).collect();
            costs.map(|costs| mean_of(&costs))
        }
        Measure::Reports(class) => Some(records.count(|r| r.classes[class].reports)),
        Measure::Ended(class, outcome) => {
            Some(records.count(|r| r.classes[class].outcomes[outcome as usize]))
        }
        Measure::OpenAtEnd => Some(records.count(|r| r.open)),
        Measure::Narrow(_) => {
            let n = collected.replications.len();
            measure.sample(plan, collected).map(|sample| estimate(sample.interval(CONFIDENCE), n))
        }
    }
    .filter(|estimate| estimate.mean.is_finite())
}

fn of(times: &Quantiles, statistic: Statistic) -> Option<Estimate> {
    match statistic {
        Statistic::Mean => times.mean,
        Statistic::P50 => times.p50,
        Statistic::P90 => times.p90,
        Statistic::P95 => times.p95,
        Statistic::P99 => times.p99,
        Statistic::Max => times.max,
    }
}

/// What a measure is, in words: `terrorism: mean response time`; a target's is its name.
pub fn measure_title(measure: Measure, plan: &Plan) -> String {
    let time = |what: &str, name: &str, statistic: Statistic| match statistic {
        Statistic::Mean => format!("{name}: mean {what}"),
        Statistic::P50 => format!("{name}: {what}, half within"),
        Statistic::P90 => format!("{name}: {what}, 90 % within"),
        Statistic::P95 => format!("{name}: {what}, 95 % within"),
        Statistic::P99 => format!("{name}: {what}, 99 % within"),
        Statistic::Max => format!("{name}: longest {what}"),
    };
    let stage = |idx: usize| &plan.stages[idx].name;
    let platform = |idx: usize| &plan.platforms[idx].name;
    let at = |place: &str, class: usize| format!("{place}, {}", plan.classes[class]);
    let team = |idx: usize| &plan.teams[idx].name;
    match measure {
        Measure::OnTime(target) => plan.targets[target].name.clone(),
        Measure::ResponseTime(class, statistic) => time("response time", &plan.classes[class], statistic),
        Measure::WaitingTime(idx, statistic) => time("wait", stage(idx), statistic),
        Measure::QueueMean(idx) => format!("{}: mean number waiting", stage(idx)),
        Measure::QueueMax(idx) => format!("{}: most waiting at once", stage(idx)),
        Measure::Reneged(idx) => format!("{}: gave up waiting", stage(idx)),
        Measure::Blocked(idx) => format!("{}: found no room", stage(idx)),
        Measure::AnswerTime(idx, statistic) => time("time to answer", platform(idx), statistic),
        Measure::Answered(idx) => format!("{}: share answered", platform(idx)),
        Measure::StaffHours(idx) => format!("{}: hours on duty", team(idx)),
        Measure::Utilization(idx) => format!("{}: share of the time busy", team(idx)),
        Measure::TeamCost(idx) => format!("{}: cost", team(idx)),
        Measure::Cost => "cost of all teams".to_owned(),
        Measure::Reports(class) => format!("{}: reports", plan.classes[class]),
        Measure::Ended(class, outcome) => format!("{}: {}", plan.classes[class], Outcome::name(outcome)),
        Measure::OpenAtEnd => "cases in the system at the end".to_owned(),
        Measure::Narrow(Narrow::WaitingTime(idx, class, statistic)) => {
            time("wait", &at(stage(idx), class), statistic)
        }
        Measure::Narrow(Narrow::AnswerTime(idx, class, statistic)) => {
            time("time to answer", &at(platform(idx), class), statistic)
        }
        Measure::Narrow(Narrow::ProbeTime(idx, statistic)) => {
            time(plan.probes[idx].what(), &plan.probes[idx].of, statistic)
        }
        Measure::Narrow(Narrow::ProbeWithin(idx)) => {
            let probe = &plan.probes[idx];
            format!("{}: {} within {}", probe.of, probe.what(), probe.within)
        }
    }
}
