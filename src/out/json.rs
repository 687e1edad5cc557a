//! `summary.json`: the contract that scripts rely on, schema `vigie.summary/1`.
//!
//! Keys are sorted at every level because the fields below stand in the order of the alphabet; a test holds them to
//! it. Numbers are written in the shortest form that reads back to the same value; what is not finite becomes `null`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::{
    self, ClassSummary, Estimate, PlatformClassSummary, PlatformSummary, ScenarioIdentity, StageClassSummary,
    StageSummary, Summary, TargetSummary, TeamSummary, Verdict,
};

/// The schema of the file; a new number when a key changes its name or its meaning.
const SCHEMA: &str = "vigie.summary/1";

/// The summary as JSON: sorted keys, two spaces, a final newline; the same bytes for the same summary.
pub fn summary_json(summary: &Summary) -> String {
    super::manifest::to_json(&document(summary))
}

#[derive(Serialize)]
struct Document<'a> {
    busiest_day: Option<Number>,
    busiest_week: Option<Number>,
    cases: Option<Number>,
    classes: Vec<Class<'a>>,
    duration: f64,
    engine_semantics: u32,
    in_system_at_end: Option<Number>,
    platforms: Vec<Platform<'a>>,
    replications: usize,
    reports: Option<Number>,
    scenario: Scenario<'a>,
    schema: &'static str,
    seed: u64,
    stages: Vec<Stage<'a>>,
    targets: Vec<Target<'a>>,
    teams: Vec<Team<'a>>,
    warm_up: f64,
    warnings: &'a [String],
}

/// An estimate: `E` in the contract.
#[derive(Serialize)]
pub(super) struct Number {
    hi: Option<f64>,
    lo: Option<f64>,
    mean: f64,
    n: usize,
}

/// The distribution of a time: `Q` in the contract.
#[derive(Serialize)]
struct Quantiles {
    max: Option<Number>,
    mean: Option<Number>,
    p50: Option<Number>,
    p90: Option<Number>,
    p95: Option<Number>,
    p99: Option<Number>,
}

#[derive(Serialize)]
pub(super) struct Scenario<'a> {
    digest: &'a str,
    name: &'a str,
    title: &'a str,
}

impl<'a> Scenario<'a> {
    pub(super) fn of(scenario: &'a ScenarioIdentity) -> Self {
        Self { digest: &scenario.digest, name: &scenario.name, title: &scenario.title }
    }
}

#[derive(Serialize)]
struct Class<'a> {
    busiest_day: Option<Number>,
    busiest_week: Option<Number>,
    cases: Option<Number>,
    delay: Delay,
    name: &'a str,
    outcomes: BTreeMap<&'static str, Option<Number>>,
    reports: Option<Number>,
    response_time: Quantiles,
}

#[derive(Serialize)]
struct Delay {
    detection: Option<Number>,
    handling: Option<Number>,
    intake: Option<Number>,
    propagation: Option<Number>,
    waiting: Option<Number>,
}

#[derive(Serialize)]
struct Stage<'a> {
    arrivals: Option<Number>,
    blocked: Option<Number>,
    by_class: Vec<StageClass<'a>>,
    name: &'a str,
    queue_length: QueueLength,
    reneged: Option<Number>,
    service_time: Quantiles,
    waiting_time: Quantiles,
}

#[derive(Serialize)]
struct QueueLength {
    max: Option<Number>,
    mean: Option<Number>,
}

#[derive(Serialize)]
struct StageClass<'a> {
    arrivals: Option<Number>,
    class: &'a str,
    waiting_time: Quantiles,
}

#[derive(Serialize)]
struct Team<'a> {
    cost: Option<Number>,
    name: &'a str,
    staff_hours: Option<Number>,
    utilization: Option<Number>,
}

#[derive(Serialize)]
struct Platform<'a> {
    answered: Option<Number>,
    by_class: Vec<PlatformClass<'a>>,
    cases: Option<Number>,
    name: &'a str,
    response_time: Quantiles,
}

#[derive(Serialize)]
struct PlatformClass<'a> {
    answered: Option<Number>,
    cases: Option<Number>,
    class: &'a str,
    response_time: Quantiles,
}

#[derive(Serialize)]
struct Target<'a> {
    clock: &'a str,
    count: Option<Number>,
    goal: f64,
    name: &'a str,
    share_on_time: Option<Number>,
    verdict: &'static str,
    within: f64,
}

fn document(summary: &Summary) -> Document<'_> {
    Document {
        busiest_day: maybe(summary.peaks.busiest_day.as_ref()),
        busiest_week: maybe(summary.peaks.busiest_week.as_ref()),
        cases: number(&summary.cases),
        classes: summary.classes.iter().map(class).collect(),
        duration: summary.duration,
        engine_semantics: summary.engine_semantics,
        in_system_at_end: number(&summary.in_system_at_end),
        platforms: summary.platforms.iter().map(platform).collect(),
        replications: summary.replications,
        reports: number(&summary.reports),
        scenario: Scenario::of(&summary.scenario),
        schema: SCHEMA,
        seed: summary.seed,
        stages: summary.stages.iter().map(stage).collect(),
        targets: summary.targets.iter().map(target).collect(),
        teams: summary.teams.iter().map(team).collect(),
        warm_up: summary.warm_up,
        warnings: &summary.warnings,
    }
}

/// An estimate whose mean is not a number cannot be told; an interval with an end that is not one has no ends.
pub(super) fn number(estimate: &Estimate) -> Option<Number> {
    let interval = estimate.interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite());
    estimate.mean.is_finite().then(|| Number {
        hi: interval.map(|(_, hi)| hi),
        lo: interval.map(|(lo, _)| lo),
        mean: estimate.mean,
        n: estimate.n,
    })
}

pub(super) fn maybe(estimate: Option<&Estimate>) -> Option<Number> {
    estimate.and_then(number)
}

fn quantiles(times: &analysis::Quantiles) -> Quantiles {
    Quantiles {
        max: maybe(times.max.as_ref()),
        mean: maybe(times.mean.as_ref()),
        p50: maybe(times.p50.as_ref()),
        p90: maybe(times.p90.as_ref()),
        p95: maybe(times.p95.as_ref()),
        p99: maybe(times.p99.as_ref()),
    }
}

fn class(class: &ClassSummary) -> Class<'_> {
    let delay = &class.delay;
    Class {
        busiest_day: maybe(class.peaks.busiest_day.as_ref()),
        busiest_week: maybe(class.peaks.busiest_week.as_ref()),
        cases: number(&class.cases),
        delay: Delay {
            detection: maybe(delay.detection.as_ref()),
            handling: maybe(delay.handling.as_ref()),
            intake: maybe(delay.intake.as_ref()),
            propagation: maybe(delay.propagation.as_ref()),
            waiting: maybe(delay.waiting.as_ref()),
        },
        name: &class.name,
        outcomes: class.outcomes.iter().map(|(outcome, cases)| (*outcome, number(cases))).collect(),
        reports: number(&class.reports),
        response_time: quantiles(&class.response_time),
    }
}

fn stage(stage: &StageSummary) -> Stage<'_> {
    Stage {
        arrivals: number(&stage.arrivals),
        blocked: number(&stage.blocked),
        by_class: stage.by_class.iter().map(stage_class).collect(),
        name: &stage.name,
        queue_length: QueueLength {
            max: maybe(stage.queue_length_max.as_ref()),
            mean: maybe(stage.queue_length_mean.as_ref()),
        },
        reneged: number(&stage.reneged),
        service_time: quantiles(&stage.service_time),
        waiting_time: quantiles(&stage.waiting_time),
    }
}

fn stage_class(at: &StageClassSummary) -> StageClass<'_> {
    StageClass { arrivals: number(&at.arrivals), class: &at.class, waiting_time: quantiles(&at.waiting_time) }
}

fn team(team: &TeamSummary) -> Team<'_> {
    Team {
        cost: maybe(team.cost.as_ref()),
        name: &team.name,
        staff_hours: number(&team.staff_hours),
        utilization: maybe(team.utilization.as_ref()),
    }
}

fn platform(platform: &PlatformSummary) -> Platform<'_> {
    Platform {
        answered: maybe(platform.answered.as_ref()),
        by_class: platform.by_class.iter().map(platform_class).collect(),
        cases: number(&platform.cases),
        name: &platform.name,
        response_time: quantiles(&platform.response_time),
    }
}

fn platform_class(at: &PlatformClassSummary) -> PlatformClass<'_> {
    PlatformClass {
        answered: maybe(at.answered.as_ref()),
        cases: number(&at.cases),
        class: &at.class,
        response_time: quantiles(&at.response_time),
    }
}

fn target(target: &TargetSummary) -> Target<'_> {
    Target {
        clock: &target.clock,
        count: number(&target.count),
        goal: target.goal,
        name: &target.name,
        share_on_time: maybe(target.share_on_time.as_ref()),
        verdict: verdict(target.verdict),
        within: target.within,
    }
}

/// The word for a verdict in every contract.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Missed => "missed",
        Verdict::Inconclusive => "inconclusive",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample::{sample_summary, single_replication};
    use super::*;

    /// The keys of design section 9, as paths; `*` is every entry of a list.
    const CONTRACT: &[&str] = &[
        "schema",
        "scenario.name",
        "scenario.title",
        "scenario.digest",
        "seed",
        "replications",
        "engine_semantics",
        "reports:E",
        "cases:E",
        "in_system_at_end:E",
        "classes.*.name",
        "classes.*.reports:E",
        "classes.*.cases:E",
        "classes.*.outcomes.removed:E",
        "classes.*.outcomes.restricted:E",
        "classes.*.outcomes.kept:E",
        "classes.*.outcomes.expired:E",
        "classes.*.outcomes.unanswered:E",
        "classes.*.outcomes.withdrawn:E",
        "classes.*.response_time:Q",
        "classes.*.delay.detection:E",
        "classes.*.delay.intake:E",
        "classes.*.delay.waiting:E",
        "classes.*.delay.handling:E",
        "classes.*.delay.propagation:E",
        "stages.*.name",
        "stages.*.arrivals:E",
        "stages.*.waiting_time:Q",
        "stages.*.service_time:Q",
        "stages.*.queue_length.mean:E",
        "stages.*.queue_length.max:E",
        "stages.*.reneged:E",
        "stages.*.blocked:E",
        "stages.*.by_class.*.class",
        "stages.*.by_class.*.arrivals:E",
        "stages.*.by_class.*.waiting_time:Q",
        "teams.*.name",
        "teams.*.utilization:E",
        "teams.*.staff_hours:E",
        "teams.*.cost:E",
        "platforms.*.name",
        "platforms.*.cases:E",
        "platforms.*.answered:E",
        "platforms.*.response_time:Q",
        "platforms.*.by_class.*.class",
        "platforms.*.by_class.*.cases:E",
        "platforms.*.by_class.*.answered:E",
        "platforms.*.by_class.*.response_time:Q",
        "targets.*.name",
        "targets.*.count:E",
        "targets.*.share_on_time:E",
        "targets.*.goal",
        "targets.*.verdict",
    ];

    fn check_path(value: &Value, path: &[&str], whole: &str) {
        let Some((first, rest)) = path.split_first() else { return };
        if *first == "*" {
            let list = value.as_array().unwrap_or_else(|| panic!("{whole}: not a list"));
            assert!(!list.is_empty(), "{whole}: the sample has none, so nothing is checked");
            for entry in list {
                check_path(entry, rest, whole);
            }
            return;
        }
        let (key, shape) = first.split_once(':').unwrap_or((first, ""));
        let found = value.get(key).unwrap_or_else(|| panic!("{whole}: missing"));
        match shape {
            "E" => check_estimate(found, whole),
            "Q" => {
                let keys: Vec<_> = found.as_object().unwrap().keys().map(String::as_str).collect();
                assert_eq!(keys, ["max", "mean", "p50", "p90", "p95", "p99"], "{whole}");
                found.as_object().unwrap().values().for_each(|e| check_estimate(e, whole));
            }
            _ => check_path(found, rest, whole),
        }
    }

    fn check_estimate(value: &Value, whole: &str) {
        if value.is_null() {
            return;
        }
        let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["hi", "lo", "mean", "n"], "{whole}");
        assert!(value["mean"].is_f64() && value["n"].is_u64(), "{whole}");
        assert_eq!(value["lo"].is_null(), value["hi"].is_null(), "{whole}");
    }

    #[test]
    fn every_key_of_the_contract_is_there() {
        let json: Value = serde_json::from_str(&summary_json(&sample_summary())).unwrap();
        for path in CONTRACT {
            check_path(&json, &path.split('.').collect::<Vec<_>>(), path);
        }
        assert_eq!(json["schema"], "vigie.summary/1");
        assert_eq!(json["targets"][0]["goal"], 0.95);
        assert_eq!(json["targets"][0]["verdict"], "missed");
    }

    #[test]
    fn keys_are_sorted_and_bytes_are_stable() {
        let text = summary_json(&sample_summary());
        assert_eq!(text, summary_json(&sample_summary()));
        assert!(text.ends_with("}\n") && text.starts_with("{\n  \"busiest_day\": {\n    \"hi\":"));
        check_keys_sorted(&text);
    }

    /// Pretty-printed JSON has one key a line; those of one object have one indent.
    fn check_keys_sorted(text: &str) {
        let mut last_by_indent: Vec<(usize, &str)> = Vec::new();
        for line in text.lines() {
            let content = line.trim_start();
            let indent = line.len() - content.len();
            last_by_indent.retain(|(open, _)| *open <= indent);
            let Some((key, _)) = content.strip_prefix('"').and_then(|rest| rest.split_once("\":")) else {
                // an object or list begins or ends: its keys start afresh
                last_by_indent.retain(|(open, _)| *open < indent);
                continue;
            };
            match last_by_indent.last_mut() {
                Some((open, last)) if *open == indent => {
                    assert!(*last < key, "`{key}` comes after `{last}`");
                    *last = key;
                }
                _ => last_by_indent.push((indent, key)),
            }
        }
    }

    #[test]
    #[should_panic(expected = "`a` comes after `b`")]
    fn keys_out_of_order_are_seen() {
        check_keys_sorted("{\n  \"b\": 1,\n  \"a\": 2\n}\n");
    }

    #[test]
    fn what_is_not_finite_becomes_null() {
        let mut summary = sample_summary();
        summary.reports.mean = f64::NAN;
        summary.cases.interval = Some((f64::NEG_INFINITY, 3.0));
        summary.targets[0].goal = f64::INFINITY;
        let text = summary_json(&summary);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert!(json["reports"].is_null() && json["cases"]["lo"].is_null() && json["cases"]["hi"].is_null());
        assert!(json["targets"][0]["goal"].is_null());
        assert!(!text.contains("NaN") && !text.contains("inf"));
    }

    #[test]
    fn one_replication_has_no_interval() {
        let json: Value = serde_json::from_str(&summary_json(&single_replication())).unwrap();
        assert!(json["reports"]["lo"].is_null() && json["reports"]["mean"].is_f64());
        assert_eq!(json["reports"]["n"], 1);
    }
}
