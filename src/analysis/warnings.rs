//! What a reader ought to know before trusting the numbers.

use super::summary::Summary;
use crate::calendar::Intervals;
use crate::experiment::{Collected, Measure};
use crate::model::{Answers, Arrivals, Plan};
use crate::statistics::mser_5;
use crate::units::{Duration, Time};

/// More than this share of the reports still in the system at the end is worth a warning.
pub(super) const OPEN_SHARE: f64 = 0.05;
/// What to say of a single replication.
pub(super) const SINGLE_REPLICATION: &str = "a single replication has no intervals: nothing says how far chance could \
                                             move these numbers; run at least 5";
/// A start that moves the average number waiting by more than this is worth a warning.
const DISTORTION: f64 = 0.05;
/// Of more imprecise quantities than this, the others are only counted.
const MOST_NAMED: usize = 4;

pub(super) fn warnings(plan: &Plan, collected: &Collected, summary: &Summary) -> Vec<String> {
    let mut warnings = Vec::new();
    if summary.replications < 2 {
        warnings.push(SINGLE_REPLICATION.to_owned());
    }
    let open = summary.in_system_at_end.mean;
    if open > OPEN_SHARE * summary.reports.mean.max(1.0) {
        warnings.push(format!(
            "{} cases were still in the system at the end, {} for every 100 reports: waiting and response times leave \
             them out and look better than they are",
            grouped(open),
            grouped(100.0 * open / summary.reports.mean.max(1.0))
        ));
    }
    warnings.extend(precision_warning(plan, collected));
    warnings.extend(warm_up_warning(plan, collected));
    for target in summary.targets.iter().filter(|target| target.share_on_time.is_none()) {
        warnings.push(format!(
            "no case ran the clock of target `{}` to its end: nothing can be said of it",
            target.name
        ));
    }
    warnings
}

/// What is less well known than was asked for.
fn precision_warning(plan: &Plan, collected: &Collected) -> Option<String> {
    let precision = collected.precision_asked.filter(|_| collected.precision_reached == Some(false))?;
    let imprecise = collected.imprecise(precision);
    let name = |measure: &Measure| match measure {
        Measure::ResponseTime(class, _) => format!("the mean response time of `{}`", plan.classes[*class]),
        Measure::OnTime(target) => format!("the share on time of target `{}`", plan.targets[*target].name),
        other => other.name(plan),
    };
    let named: Vec<String> = imprecise.iter().map(name).collect();
    not_reached(precision, collected.replications.len(), "", &named)
}

/// That a precision was not reached in so many replications, and of what; nothing where it is of nothing. `of` stands
/// before the names.
pub(super) fn not_reached(precision: f64, replications: usize, of: &str, names: &[String]) -> Option<String> {
    let mut named: Vec<String> = names.iter().take(MOST_NAMED).cloned().collect();
    if names.len() > MOST_NAMED {
        named.push(format!("{} more", grouped((names.len() - MOST_NAMED) as f64)));
    }
    let last = named.pop()?;
    let listed = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
    Some(format!(
        "the precision of {} % that was asked for was not reached in {} replications: wider still are the intervals of \
         {of}{listed}",
        percentage(precision),
        grouped(replications as f64)
    ))
}

/// Where nothing in the plan changes with time, MSER-5 can tell how long the start distorts the averages.
fn warm_up_warning(plan: &Plan, collected: &Collected) -> Option<String> {
    if !is_stationary(plan) {
        return None;
    }
    let buckets = collected.replications.first()?.series.waiting.first()?.len();
    let n = collected.replications.len() as f64;
    let waiting: Vec<f64> = (0..buckets)
        .map(|bucket| {
            let all = collected.replications.iter().flat_map(|r| r.series.waiting.iter());
            all.map(|stage| f64::from(stage[bucket])).sum::<f64>() / n
        })
        .collect();
    let cut = mser_5(&waiting)?;
    let declared = (plan.warm_up.as_micros() / plan.bucket.as_micros().max(1)) as usize;
    // where the averages agree all the same, the cut is chance: MSER cuts anywhere when nothing stands out
    let (kept, settled) = (average(&waiting[declared..]), average(&waiting[cut..]));
    if cut <= declared || (kept - settled).abs() <= DISTORTION * settled.abs().max(f64::MIN_POSITIVE) {
        return None;
    }
    let needed = Duration::from_micros(cut as u64 * plan.bucket.as_micros());
    let warm_up = plan.warm_up.since(Time::ZERO);
    Some(format!(
        "the warm-up of {warm_up} looks too short: the queues settle only after about {needed} (MSER-5); set \
         `warm_up` to that or more"
    ))
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Whether rates, staff, shares and delays stay the same from start to end.
fn is_stationary(plan: &Plan) -> bool {
    let always = |intervals: &Intervals| *intervals == Intervals::always();
    let streams = plan.sources.iter().flat_map(|source| &source.streams);
    let steady_arrivals = streams.map(|stream| &stream.arrivals).all(|arrivals| match arrivals {
        Arrivals::Poisson(curve) => curve.is_constant(),
        Arrivals::Renewal(_) => true,
        Arrivals::Trace(_) => false,
    });
    let crews = plan.teams.iter().flat_map(|team| &team.crews);
    let steady_people =
        crews.map(|crew| &crew.on_duty).all(always) && plan.teams.iter().all(|team| team.call_ins.is_empty());
    let steady_shares =
        plan.choices.iter().flat_map(|choice| &choice.shares).all(|timed| timed.changes().len() == 1);
    let steady_channels = plan
        .channels
        .iter()
        .all(|channel| channel.delay.changes().len() == 1 && channel.open.as_ref().is_none_or(always));
    let steady_platforms = plan.platforms.iter().all(|platform| match &platform.answers {
        Answers::Queue { answered, .. } => answered.changes().len() == 1,
        Answers::After { response, open, answered, .. } => {
            response.changes().len() == 1 && answered.changes().len() == 1 && open.as_ref().is_none_or(always)
        }
    });
    steady_arrivals && steady_people && steady_shares && steady_channels && steady_platforms
}

/// A share in percent, with as many decimals as it was written with.
pub(super) fn percentage(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

/// A count in whole numbers, thousands apart: `5,192`.
pub(super) fn grouped(count: f64) -> String {
    let digits = format!("{count:.0}");
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::experiment::{Effort, Experiment, NoProgress};
    use crate::model::Model;
    use crate::scenario::compile_text;

    /// Reports at a platform; the rest of its table, and other tables, are `more`.
    fn plan(more: &str) -> Plan {
        let text = format!(
            "title = \"warnings\"\nstart = 2024-01-01T00:00:00\nzone = \"UTC\"\nduration = \"2 days\"\n\
             classes = [\"fraud\"]\n[source.world]\nrate = \"10/h\"\nto = \"forum\"\n\
             [platform.forum]\nto = \"removed\"\n{more}"
        );
        compile_text("warnings", &text).unwrap_or_else(|error| panic!("{error}")).plan
    }

    #[test]
    fn platforms_that_change_are_not_stationary() {
        let after = "response = { exponential = { mean = \"1h\" } }\n";
        let people = "staff = 2\nwork = \"5min\"\n";
        let set = |what: &str| {
            format!(
                "[[intervention]]\nname = \"law\"\nat = 2024-01-02T00:00:00\nset = {{ \"platform.forum.{what} }}\n"
            )
        };
        for (more, expected) in [
            (after.to_owned(), true),
            (people.to_owned(), true),
            (format!("{after}{}", set("answers\" = 0.5")), false),
            (format!("{people}{}", set("answers\" = 0.5")), false),
            (format!("{after}{}", set("response\" = \"2h\"")), false),
            (format!("{after}open = {{ days = \"every day\", hours = \"09:00-17:00\" }}\n"), false),
        ] {
            assert_eq!(is_stationary(&plan(&more)), expected, "{more}");
        }
    }

    #[test]
    fn a_precision_that_was_not_reached_is_said() {
        let plan = plan(
            "staff = 2\nwork = { exponential = { mean = \"5min\" } }\n\
             [[target]]\nname = \"soon\"\nclock = \"sent -> removed\"\nwithin = \"5min\"\nshare = 0.9\n",
        );
        let model = Model::new(plan.clone()).unwrap();
        let run = |effort| {
            let cancel = AtomicBool::new(false);
            let (seed, max_in_system) = (1, 1_000_000);
            let experiment =
                Experiment { model: &model, seed, effort, max_in_system, cancel: &cancel, shuffle: None };
            experiment.run(&NoProgress).unwrap()
        };
        let asked = |precision| Effort::Precision { precision, at_least: 3, at_most: 4 };
        let missed = run(asked(0.001));
        assert_eq!(missed.precision_reached, Some(false));
        assert_eq!(
            precision_warning(&plan, &missed).unwrap(),
            "the precision of 0.1 % that was asked for was not reached in 4 replications: wider still are the \
             intervals of the mean response time of `fraud` and the share on time of target `soon`"
        );
        let reached = run(asked(0.5));
        assert_eq!((reached.precision_reached, reached.replications.len()), (Some(true), 3));
        assert_eq!(precision_warning(&plan, &reached), None);
        let unasked = run(Effort::Replications(3));
        assert_eq!(unasked.precision_reached, None);
        assert_eq!(precision_warning(&plan, &unasked), None);
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        for (count, expected) in
            [(0.0, "0"), (999.4, "999"), (999.6, "1,000"), (5192.0, "5,192"), (1_234_567.0, "1,234,567")]
        {
            assert_eq!(grouped(count), expected);
        }
    }
}
