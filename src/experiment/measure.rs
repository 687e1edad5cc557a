//! Everything that can be measured of a plan, each with a name that files and arguments can use.

use super::records::{Collected, QUANTILES, ReplicationRecord, TimeRecord};
use crate::model::{ClassIdx, Outcome, Plan, PlatformIdx, StageIdx, TeamIdx};
use crate::statistics::{Contributions, Histogram, Proportion, Sample, quantile_needs};

/// One thing that can be measured of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// The share of a target's cases that are on time, by the target's position in the plan.
    OnTime(usize),
    /// The response time of a class.
    ResponseTime(ClassIdx, Statistic),
    /// The waiting time at a stage.
    WaitingTime(StageIdx, Statistic),
    /// The mean number waiting at a stage.
    QueueMean(StageIdx),
    /// The largest number waiting at a stage.
    QueueMax(StageIdx),
    /// Cases that gave up waiting at a stage.
    Reneged(StageIdx),
    /// Cases that found no room at a stage.
    Blocked(StageIdx),
    /// A platform's time to answer.
    AnswerTime(PlatformIdx, Statistic),
    /// The share of cases that a platform answered.
    Answered(PlatformIdx),
    /// Hours of people on duty.
    StaffHours(TeamIdx),
    /// The share of those hours in which they worked.
    Utilization(TeamIdx),
    /// What a team costs.
    TeamCost(TeamIdx),
    /// What all teams with a wage cost.
    Cost,
    /// Reports of a class.
    Reports(ClassIdx),
    /// Cases of a class that ended so.
    Ended(ClassIdx, Outcome),
    /// Cases in the system at the end.
    OpenAtEnd,
    /// What only those look at who ask for just that.
    Narrow(Narrow),
}

/// What is measured of a part of the cases: it is not among [`Measure::all`], which is looked at as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Narrow {
    /// The waiting time of a class at a stage.
    WaitingTime(StageIdx, ClassIdx, Statistic),
    /// A platform's time to answer a class.
    AnswerTime(PlatformIdx, ClassIdx, Statistic),
    /// The time that a probe measures, by the probe's position in the plan.
    ProbeTime(usize, Statistic),
    /// The share of a probe's cases that keep its time.
    ProbeWithin(usize),
}

/// What is measured of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The median.
    P50,
    /// The 90th percentile.
    P90,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The mean over the replications of the largest.
    Max,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More of it.
    More,
    /// Less of it.
    Less,
    /// Neither: it says what happened.
    Neither,
}

/// What a measure's numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share of 1.
    Share,
    /// Seconds.
    Seconds,
    /// Cases, reports or people.
    Count,
    /// Hours of one person.
    Hours,
    /// Money, in the currency of the wages.
    Money,
    /// So many times something else: a speed and the yardstick's.
    Ratio,
}

impl Statistic {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Mean, Self::P50, Self::P90, Self::P95, Self::P99, Self::Max];

    /// Its name in files and arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Max => "max",
        }
    }

    /// Its position among the [`QUANTILES`], for a quantile.
    const fn quantile(self) -> Option<usize> {
        match self {
            Self::P50 => Some(0),
            Self::P90 => Some(1),
            Self::P95 => Some(2),
            Self::P99 => Some(3),
            Self::Mean | Self::Max => None,
        }
    }
}

impl Measure {
    /// Everything that is measured of every plan, in a fixed order: targets first; nothing [`Narrow`].
    pub fn all(plan: &Plan) -> Vec<Self> {
        let times = |time: &dyn Fn(Statistic) -> Self| Statistic::ALL.map(time);
        let mut all: Vec<Self> = (0..plan.targets.len()).map(Self::OnTime).collect();
        for class in 0..plan.classes.len() {
            all.extend(times(&|statistic| Self::ResponseTime(class, statistic)));
        }
        for stage in 0..plan.stages.len() {
            all.extend(times(&|statistic| Self::WaitingTime(stage, statistic)));
            all.extend([Self::QueueMean(stage), Self::QueueMax(stage)]);
            all.extend([Self::Reneged(stage), Self::Blocked(stage)]);
        }
        for platform in 0..plan.platforms.len() {
            all.extend(times(&|statistic| Self::AnswerTime(platform, statistic)));
            all.push(Self::Answered(platform));
        }
        for (idx, team) in plan.teams.iter().enumerate() {
            all.extend([Self::StaffHours(idx), Self::Utilization(idx)]);
            all.extend(team.wage_per_hour.map(|_| Self::TeamCost(idx)));
        }
        all.extend(plan.teams.iter().any(|team| team.wage_per_hour.is_some()).then_some(Self::Cost));
        for class in 0..plan.classes.len() {
            all.push(Self::Reports(class));
            all.extend(Outcome::ALL.map(|outcome| Self::Ended(class, outcome)));
        }
        all.push(Self::OpenAtEnd);
        all
    }

    /// The measure of this name ([`Measure::name`]).
    pub fn named(name: &str, plan: &Plan) -> Option<Self> {
        Self::all(plan).into_iter().find(|measure| measure.name(plan) == name)
    }

    /// The same measure of another plan, found by its name.
    pub fn translated(self, from: &Plan, to: &Plan) -> Option<Self> {
        Self::named(&self.name(from), to)
    }

    /// Its name in files and arguments, such as `target/1 h for terrorism`, `class/terrorism/response_time/p95`,
    /// `stage/triage/queue/max`, `team/desk/cost` or `cost`.
    pub fn name(self, plan: &Plan) -> String {
        let class = |idx: ClassIdx| format!("class/{}", plan.classes[idx]);
        let stage = |idx: StageIdx| format!("stage/{}", plan.stages[idx].name);
        let platform = |idx: PlatformIdx| format!("platform/{}", plan.platforms[idx].name);
        let team = |idx: TeamIdx| format!("team/{}", plan.teams[idx].name);
        match self {
            Self::OnTime(target) => format!("target/{}", plan.targets[target].name),
            Self::ResponseTime(idx, statistic) => {
                format!("{}/response_time/{}", class(idx), statistic.name())
            }
            Self::WaitingTime(idx, statistic) => format!("{}/waiting_time/{}", stage(idx), statistic.name()),
            Self::QueueMean(idx) => format!("{}/queue/mean", stage(idx)),
            Self::QueueMax(idx) => format!("{}/queue/max", stage(idx)),
            Self::Reneged(idx) => format!("{}/reneged", stage(idx)),
            Self::Blocked(idx) => format!("{}/blocked", stage(idx)),
            Self::AnswerTime(idx, statistic) => format!("{}/answer_time/{}", platform(idx), statistic.name()),
            Self::Answered(idx) => format!("{}/answered", platform(idx)),
            Self::StaffHours(idx) => format!("{}/staff_hours", team(idx)),
            Self::Utilization(idx) => format!("{}/utilization", team(idx)),
            Self::TeamCost(idx) => format!("{}/cost", team(idx)),
            Self::Cost => "cost".to_owned(),
            Self::Reports(idx) => format!("{}/reports", class(idx)),
            Self::Ended(idx, outcome) => format!("{}/{}", class(idx), outcome.name()),
            Self::OpenAtEnd => "open_at_end".to_owned(),
            Self::Narrow(Narrow::WaitingTime(idx, of, statistic)) => {
                format!("{}/{}/waiting_time/{}", stage(idx), class(of), statistic.name())
            }
            Self::Narrow(Narrow::AnswerTime(idx, of, statistic)) => {
                format!("{}/{}/answer_time/{}", platform(idx), class(of), statistic.name())
            }
            Self::Narrow(Narrow::ProbeTime(idx, statistic)) => {
                format!("{}/{}", plan.probes[idx].name, statistic.name())
            }
            Self::Narrow(Narrow::ProbeWithin(idx)) => {
                // exact, because two times that look alike are not the same measure
                let probe = &plan.probes[idx];
                format!("{}/within {}s", probe.name, probe.within.as_secs_f64())
            }
        }
    }

    /// Which way is better.
    pub fn better(self) -> Better {
        match self {
            Self::OnTime(_) | Self::Answered(_) | Self::Narrow(Narrow::ProbeWithin(_)) => Better::More,
            Self::ResponseTime(..)
            | Self::Narrow(_)
            | Self::WaitingTime(..)
            | Self::QueueMean(_)
            | Self::QueueMax(_)
            | Self::Reneged(_)
            | Self::Blocked(_)
            | Self::AnswerTime(..)
            | Self::StaffHours(_)
            | Self::TeamCost(_)
            | Self::Cost
            | Self::OpenAtEnd => Better::Less,
            Self::Utilization(_) | Self::Reports(_) | Self::Ended(..) => Better::Neither,
        }
    }

    /// What its numbers count.
    pub fn unit(self) -> Unit {
        match self {
            Self::OnTime(_)
            | Self::Answered(_)
            | Self::Utilization(_)
            | Self::Narrow(Narrow::ProbeWithin(_)) => Unit::Share,
            Self::ResponseTime(..) | Self::WaitingTime(..) | Self::AnswerTime(..) | Self::Narrow(_) => {
                Unit::Seconds
            }
            Self::QueueMean(_)
            | Self::QueueMax(_)
            | Self::Reneged(_)
            | Self::Blocked(_)
            | Self::Reports(_)
            | Self::Ended(..)
            | Self::OpenAtEnd => Unit::Count,
            Self::StaffHours(_) => Unit::Hours,
            Self::TeamCost(_) | Self::Cost => Unit::Money,
        }
    }

    /// What it was in one replication: a share, a mean, a quantile or a count. None where that replication cannot tell:
    /// no case at all, or no wage.
    pub fn of_replication(self, plan: &Plan, record: &ReplicationRecord) -> Option<f64> {
        match self.terms(plan, record)? {
            Terms::Ratio(_, 0.0) | Terms::Quantile { count: 0, .. } => None,
            Terms::Ratio(numerator, denominator) => Some(numerator / denominator),
            Terms::Value(value) | Terms::Quantile { value, .. } => Some(value),
        }
    }

    /// What all replications together say of it. None where they cannot tell: no case at all, too few for a quantile,
    /// or no wage.
    pub fn sample(self, plan: &Plan, collected: &Collected) -> Option<Sample> {
        let terms: Option<Vec<Terms>> =
            collected.replications.iter().map(|record| self.terms(plan, record)).collect();
        let terms = terms?;
        let Terms::Quantile { idx, .. } = terms.first()? else {
            return self.contributions(plan, collected)?.sample();
        };
        let order = QUANTILES[*idx];
        let pooled = self.pooled(collected)?;
        if pooled.count() < quantile_needs(order) {
            return None;
        }
        let sections = sections(&terms, order);
        let has_all = sections.len() == terms.len();
        has_all
            .then(|| pooled.quantile(order))
            .flatten()
            .and_then(|quantile| Sample::of_quantiles(quantile, &sections))
    }

    /// What each replication contributes to it. That of a quantile is the replication's own, so that the estimate is the
    /// mean of these and not the pooled quantile of [`Measure::sample`]. None where a replication cannot tell.
    pub fn contributions(self, plan: &Plan, collected: &Collected) -> Option<Contributions> {
        let terms: Option<Vec<Terms>> =
            collected.replications.iter().map(|record| self.terms(plan, record)).collect();
        let terms = terms?;
        match terms.first()? {
            Terms::Value(_) => Some(Contributions::Values(terms.iter().filter_map(Terms::value).collect())),
            Terms::Ratio(..) => Some(Contributions::Ratios(terms.iter().filter_map(Terms::ratio).collect())),
            Terms::Quantile { idx, .. } => {
                let sections = sections(&terms, QUANTILES[*idx]);
                (sections.len() == terms.len()).then_some(Contributions::Values(sections))
            }
        }
    }

    /// Whether it is a share of cases.
    pub fn counts_cases(self) -> bool {
        matches!(self, Self::OnTime(_) | Self::Answered(_) | Self::Narrow(Narrow::ProbeWithin(_)))
    }

    /// What a share is of, in one replication: successes, and how many could be. None for any other measure.
    pub fn counts_of(self, collected: &Collected) -> Option<Vec<(u64, u64)>> {
        let records = collected.replications.iter();
        match self {
            Self::OnTime(target) => {
                let swapped = records.map(|record| record.targets[target]);
                Some(swapped.map(|(count, on_time)| (on_time, count)).collect())
            }
            Self::Answered(platform) => {
                Some(records.map(|record| record.platforms[platform].0.answered()).collect())
            }
            Self::Narrow(Narrow::ProbeWithin(probe)) => {
                let swapped = records.map(|record| record.probes[probe]);
                Some(swapped.map(|(count, on_time, _)| (on_time, count)).collect())
            }
            _ => None,
        }
    }

    /// A share with its counts. None for any other measure, or without a case.
    pub fn proportion(self, collected: &Collected) -> Option<Proportion> {
        Proportion::new(self.counts_of(collected)?)
    }

    fn terms(self, plan: &Plan, record: &ReplicationRecord) -> Option<Terms> {
        let count = |count: u64| Some(Terms::Value(count as f64));
        match self {
            Self::OnTime(target) => {
                let (count, on_time) = record.targets[target];
                Some(Terms::Ratio(on_time as f64, count as f64))
            }
            Self::ResponseTime(class, statistic) => {
                Terms::of_time(&record.classes[class].response_time, statistic)
            }
            Self::WaitingTime(stage, statistic) => {
                Terms::of_time(&record.stages[stage].waiting_time, statistic)
            }
            Self::QueueMean(stage) => Some(Terms::Value(record.stages[stage].queue_length_mean)),
            Self::QueueMax(stage) => count(record.stages[stage].queue_length_max),
            Self::Reneged(stage) => count(record.stages[stage].reneged),
            Self::Blocked(stage) => count(record.stages[stage].blocked),
            Self::AnswerTime(platform, statistic) => {
                Terms::of_time(&record.platforms[platform].0.response_time, statistic)
            }
            Self::Answered(platform) => {
                let (answered, known) = record.platforms[platform].0.answered();
                Some(Terms::Ratio(answered as f64, known as f64))
            }
            Self::StaffHours(team) => Some(Terms::Value(record.teams[team].staff_hours)),
            Self::Utilization(team) => {
                let team = &record.teams[team];
                Some(Terms::Ratio(team.busy_hours, team.staff_hours))
            }
            Self::TeamCost(team) => team_cost(plan, record, team).map(Terms::Value),
            Self::Cost => {
                let costs: Vec<f64> =
                    (0..plan.teams.len()).filter_map(|team| team_cost(plan, record, team)).collect();
                (!costs.is_empty()).then(|| Terms::Value(costs.iter().sum()))
            }
            Self::Reports(class) => count(record.classes[class].reports),
            Self::Ended(class, outcome) => count(record.classes[class].outcomes[outcome as usize]),
            Self::OpenAtEnd => count(record.open),
            Self::Narrow(narrow) => narrow.terms(record),
        }
    }

    /// All values of a time, all replications together.
    fn pooled(self, collected: &Collected) -> Option<Histogram> {
        let merged = |histograms: &[Histogram]| {
            let mut pooled = Histogram::default();
            for histogram in histograms {
                pooled.merge(histogram);
            }
            pooled
        };
        match self {
            Self::ResponseTime(class, _) => Some(collected.response_time[class].clone()),
            Self::WaitingTime(stage, _) => Some(merged(&collected.waiting_time[stage])),
            Self::AnswerTime(platform, _) => Some(merged(&collected.platform_time[platform])),
            Self::Narrow(Narrow::WaitingTime(stage, class, _)) => {
                Some(collected.waiting_time[stage][class].clone())
            }
            Self::Narrow(Narrow::AnswerTime(platform, class, _)) => {
                Some(collected.platform_time[platform][class].clone())
            }
            Self::Narrow(Narrow::ProbeTime(probe, _)) => Some(collected.probe_time[probe].clone()),
            _ => None,
        }
    }
}

impl Narrow {
    fn terms(self, record: &ReplicationRecord) -> Option<Terms> {
        match self {
            Self::WaitingTime(stage, class, statistic) => {
                Terms::of_time(&record.stages[stage].waiting_time_by_class[class], statistic)
            }
            Self::AnswerTime(platform, class, statistic) => {
                Terms::of_time(&record.platforms[platform].1[class].response_time, statistic)
            }
            Self::ProbeTime(probe, statistic) => Terms::of_time(&record.probes[probe].2, statistic),
            Self::ProbeWithin(probe) => {
                let (count, on_time, _) = record.probes[probe];
                Some(Terms::Ratio(on_time as f64, count as f64))
            }
        }
    }
}

fn team_cost(plan: &Plan, record: &ReplicationRecord, team: TeamIdx) -> Option<f64> {
    plan.teams[team].cost(plan.warm_up, plan.horizon, record.teams[team].staff_hours)
}

/// The quantiles of this order of those replications that have one: one with too few cases says nothing about the spread.
fn sections(terms: &[Terms], order: f64) -> Vec<f64> {
    let told = terms.iter().filter_map(Terms::quantile);
    told.filter(|(count, _)| *count as f64 * (1.0 - order) >= 1.0).map(|(_, value)| value).collect()
}

/// What one replication contributes.
enum Terms {
    Value(f64),
    Ratio(f64, f64),
    /// `idx` is the quantile's position in [`QUANTILES`].
    Quantile {
        idx: usize,
        count: u64,
        value: f64,
    },
}

impl Terms {
    /// None where a replication has no largest value: zero would be none.
    fn of_time(time: &TimeRecord, statistic: Statistic) -> Option<Self> {
        match (statistic, statistic.quantile()) {
            (_, Some(idx)) => Some(Self::Quantile { idx, count: time.count, value: time.quantiles[idx] }),
            (Statistic::Max, None) => (time.count > 0).then_some(Self::Value(time.max)),
            (_, None) => Some(Self::Ratio(time.sum, time.count as f64)),
        }
    }

    fn value(&self) -> Option<f64> {
        if let Self::Value(value) = self { Some(*value) } else { None }
    }

    fn ratio(&self) -> Option<(f64, f64)> {
        if let Self::Ratio(numerator, denominator) = self { Some((*numerator, *denominator)) } else { None }
    }

    fn quantile(&self) -> Option<(u64, f64)> {
        if let Self::Quantile { count, value, .. } = self { Some((*count, *value)) } else { None }
    }
}
