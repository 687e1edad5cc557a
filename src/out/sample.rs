//! Summaries made up for tests: a surge like that of January 2015, and the extremes.

use super::Manifest;
use crate::analysis::{
    Band, ClassSummary, CurvePoint, DelaySummary, Estimate, Peaks, PlatformClassSummary, PlatformSummary,
    Quantiles, ScenarioIdentity, Series, StageClassSummary, StageSummary, Summary, TargetSummary,
    TeamSummary, Verdict,
};

const HOURS: usize = 504;
/// The hour of the attack: 7 January, 11:00.
const ATTACK: f64 = 59.0;

/// Four classes, three stages, two teams, four platforms, three targets, 21 days by the hour.
pub(super) fn sample_summary() -> Summary {
    Summary {
        scenario: ScenarioIdentity {
            name: "january-2015".to_owned(),
            title: "Paris, January 2015: reports to PHAROS after the attacks".to_owned(),
            digest: "9f2b7c31d0a84e55".to_owned(),
        },
        seed: 1,
        replications: 20,
        engine_semantics: 1,
        duration: 21.0 * 86_400.0,
        warm_up: 2.0 * 86_400.0,
        reports: about(31_480.0, 0.012),
        peaks: peaks(31_480.0),
        cases: about(14_250.0, 0.013),
        in_system_at_end: about(412.0, 0.08),
        classes: vec![
            class("terrorism", 12_950.0, 16_200.0, 1.5),
            class("child_abuse", 2_010.0, 31_000.0, 1.2),
            class("fraud", 10_220.0, 150_000.0, 1.1),
            class("other", 6_300.0, 172_000.0, 1.3),
        ],
        stages: vec![
            stage("triage", 14_250.0, 9_400.0, 1_310.0),
            stage("legal_review", 3_120.0, 2_300.0, 96.0),
            stage("jeuxvideo", 820.0, 640.0, 14.0),
        ],
        teams: vec![team("pharos", 0.871, 3_402.0, Some(119_070.0)), team("jeuxvideo", 0.423, 1_008.0, None)],
        platforms: vec![
            platform("twitter", 5_230.0, 0.61, 71_000.0),
            platform("facebook", 4_480.0, 0.83, 32_000.0),
            platform("youtube", 2_350.0, 0.78, 44_000.0),
            platform("jeuxvideo", 820.0, 0.97, 5_200.0),
        ],
        targets: vec![
            target("1 h for terrorism", "sent -> removed", (3600.0, 0.95), 0.5431, Verdict::Missed),
            target("24 h for child abuse", "sent -> ended", (86_400.0, 0.9), 0.9021, Verdict::Inconclusive),
            target("first look within a day", "sent -> starts triage", (86_400.0, 0.8), 0.9312, Verdict::Met),
        ],
        series: series(),
        warnings: vec![
            "The warm-up of 2d may be too short: the number waiting at triage still drifts after it (MSER-5 would \
             leave out 3d 4h)."
                .to_owned(),
            "Fraud: 12.4 % of the cases were still open at the end and have no response time.".to_owned(),
        ],
    }
}

/// The same of one replication: no interval anywhere that the tests look at.
pub(super) fn single_replication() -> Summary {
    let mut summary = sample_summary();
    summary.replications = 1;
    let alone = |estimate: &mut Estimate| *estimate = Estimate { interval: None, n: 1, ..*estimate };
    alone(&mut summary.reports);
    for target in &mut summary.targets {
        alone(&mut target.count);
        target.share_on_time.iter_mut().for_each(alone);
        target.verdict = Verdict::Inconclusive;
    }
    summary
}

/// A run of a scenario with nothing in it.
pub(super) fn empty_summary() -> Summary {
    let nothing = Estimate { mean: 0.0, interval: None, n: 1 };
    Summary {
        scenario: ScenarioIdentity {
            name: "empty".to_owned(),
            title: "Nothing happens".to_owned(),
            digest: "00".to_owned(),
        },
        seed: 7,
        replications: 1,
        duration: 0.0,
        warm_up: 0.0,
        reports: nothing,
        peaks: Peaks::default(),
        cases: nothing,
        in_system_at_end: nothing,
        classes: Vec::new(),
        stages: Vec::new(),
        teams: Vec::new(),
        platforms: Vec::new(),
        targets: Vec::new(),
        series: Series::default(),
        warnings: Vec::new(),
        ..sample_summary()
    }
}

/// Everything is there and nothing ever happens.
pub(super) fn idle_summary() -> Summary {
    let mut summary = sample_summary();
    for class in &mut summary.classes {
        class.response_time = Quantiles::default();
        class.response_curve.clear();
    }
    for target in &mut summary.targets {
        target.share_on_time = None;
        target.verdict = Verdict::Inconclusive;
    }
    let series = &mut summary.series;
    let all =
        [&mut series.reports, &mut series.waiting, &mut series.staff, &mut series.busy, &mut series.decided];
    for bands in all.into_iter().flatten() {
        bands.fill(Band::default());
    }
    summary
}

/// Twelve classes, ten platforms with queues and staff of their own, nine targets, long and odd names.
pub(super) fn crowded_summary() -> Summary {
    let mut summary = sample_summary();
    for copy in 0..8usize {
        let mut class = summary.classes[copy % 4].clone();
        class.name = format!("class of reports number {copy} <with & \"odd\" characters>");
        class.response_curve.iter_mut().for_each(|point| point.seconds *= 1.3 + copy as f64 * 0.5);
        summary.classes.push(class);
        let reports = summary.series.reports[copy % 4].clone();
        summary.series.reports.push(reports);
        let decided = summary.series.decided[copy % 4].clone();
        summary.series.decided.push(decided);
    }
    for copy in 0..7usize {
        let mut stage = summary.stages[copy % 3].clone();
        stage.name = format!("platform_{copy}");
        summary.stages.push(stage);
        let waiting = summary.series.waiting[copy % 3].clone();
        summary.series.waiting.push(waiting);
        let mut team = summary.teams[copy % 2].clone();
        team.name = format!("platform_{copy}");
        summary.teams.push(team);
        let staff = summary.series.staff[copy % 2].clone();
        summary.series.staff.push(staff);
        let busy = summary.series.busy[copy % 2].clone();
        summary.series.busy.push(busy);
        let mut platform = summary.platforms[copy % 4].clone();
        platform.name = format!("platform_{copy}");
        summary.platforms.push(platform);
    }
    for copy in 0..6usize {
        let mut target = summary.targets[copy % 3].clone();
        target.name = format!("a target with a name that goes on and on, number {copy}");
        summary.targets.push(target);
    }
    summary
}

/// How the sample was made.
pub(super) fn sample_manifest() -> Manifest {
    Manifest {
        version: "0.1.0".to_owned(),
        command: ["vigie", "run", "scenarios/january-2015.toml"].map(str::to_owned).into(),
    }
}

/// Hourly labels from Monday 5 January 2015 on.
pub(super) fn hourly_labels(hours: usize) -> Vec<String> {
    (0..hours)
        .map(|hour| {
            format!(
                "2015-{:02}-{:02}T{:02}:00",
                1 + (hour / 24 + 4) / 31,
                (hour / 24 + 4) % 31 + 1,
                hour % 24
            )
        })
        .collect()
}

fn about(mean: f64, relative: f64) -> Estimate {
    Estimate { mean, interval: Some((mean * (1.0 - relative), mean * (1.0 + relative))), n: 20 }
}

fn times(mean: f64) -> Quantiles {
    let at = |factor: f64, relative: f64| Some(about(mean * factor, relative));
    Quantiles {
        mean: at(1.0, 0.04),
        p50: at(0.42, 0.05),
        p90: at(2.3, 0.06),
        p95: at(3.4, 0.07),
        p99: None,
        max: at(9.1, 0.15),
    }
}

fn peaks(reports: f64) -> Peaks {
    Peaks { busiest_day: Some(about(reports / 7.0, 0.02)), busiest_week: Some(about(reports / 2.0, 0.014)) }
}

fn class(name: &str, reports: f64, mean: f64, spread: f64) -> ClassSummary {
    let cases = reports / 2.21;
    let outcomes = [
        ("removed", 0.48),
        ("restricted", 0.0),
        ("kept", 0.36),
        ("expired", 0.01),
        ("unanswered", 0.15),
        ("withdrawn", 0.0),
    ];
    let median = mean * 0.42;
    // a lognormal distribution, by the logistic approximation of the normal's: good enough to look at
    let point = |step: i32| {
        let seconds = 20.0 * 1.16f64.powi(step);
        let z = (seconds / median).ln() / spread;
        CurvePoint { seconds, share: 1.0 / (1.0 + (-1.702 * z).exp()) }
    };
    ClassSummary {
        name: name.to_owned(),
        reports: about(reports, 0.015),
        peaks: peaks(reports),
        cases: about(cases, 0.016),
        outcomes: outcomes.map(|(outcome, share)| (outcome, about(cases * share, 0.03))).into(),
        response_time: times(mean),
        delay: DelaySummary {
            detection: None,
            intake: Some(about(95.0, 0.02)),
            waiting: Some(about(mean * 0.38, 0.06)),
            handling: Some(about(412.0, 0.01)),
            propagation: Some(about(mean * 0.59, 0.04)),
        },
        response_curve: (0..80).map(point).collect(),
    }
}

fn stage(name: &str, arrivals: f64, wait: f64, queue: f64) -> StageSummary {
    let part = |class: &str, share: f64, factor: f64| StageClassSummary {
        class: class.to_owned(),
        arrivals: about(arrivals * share, 0.02),
        waiting_time: times(wait * factor),
    };
    StageSummary {
        name: name.to_owned(),
        arrivals: about(arrivals, 0.013),
        waiting_time: times(wait),
        service_time: times(240.0),
        queue_length_mean: Some(about(queue / 6.0, 0.05)),
        queue_length_max: Some(about(queue, 0.09)),
        reneged: about(0.0, 0.0),
        blocked: about(0.0, 0.0),
        by_class: vec![part("terrorism", 0.4, 0.3), part("fraud", 0.6, 1.4)],
    }
}

fn team(name: &str, utilization: f64, staff_hours: f64, cost: Option<f64>) -> TeamSummary {
    TeamSummary {
        name: name.to_owned(),
        utilization: Some(about(utilization, 0.01)),
        staff_hours: about(staff_hours, 0.002),
        cost: cost.map(|cost| about(cost, 0.002)),
    }
}

fn platform(name: &str, cases: f64, answered: f64, mean: f64) -> PlatformSummary {
    PlatformSummary {
        name: name.to_owned(),
        cases: about(cases, 0.02),
        answered: Some(about(answered, 0.012)),
        response_time: times(mean),
        by_class: vec![PlatformClassSummary {
            class: "terrorism".to_owned(),
            cases: about(cases * 0.6, 0.02),
            answered: Some(about(answered, 0.02)),
            response_time: times(mean * 0.8),
        }],
    }
}

fn target(
    name: &str,
    clock: &str,
    (within, goal): (f64, f64),
    share: f64,
    verdict: Verdict,
) -> TargetSummary {
    TargetSummary {
        name: name.to_owned(),
        clock: clock.to_owned(),
        within,
        count: about(3_120.0, 0.02),
        share_on_time: Some(about(share, 0.012)),
        goal,
        verdict,
    }
}

/// Reports by the hour, and a fluid queue behind them served in office hours.
fn series() -> Series {
    let day = |hour: usize| 0.55 + 0.45 * ((hour % 24) as f64 / 24.0 * std::f64::consts::TAU - 2.6).sin();
    let surge = |hour: usize| match hour as f64 - ATTACK {
        since if since < 0.0 => 0.0,
        since if since < 3.0 => since / 3.0,
        since => (-(since - 3.0) / 72.0).exp(),
    };
    let noise =
        |hour: usize, seed: usize| 0.9 + 0.2 * (((hour * 7919 + seed * 104_729) % 1009) as f64 / 1009.0);
    let wide = |mean: f64, spread: f64| Band { mean, lo: (mean - spread).max(0.0), hi: mean + spread };
    let reports = |base: f64, burst: f64, seed: usize| -> Vec<Band> {
        (0..HOURS)
            .map(|hour| {
                let mean =
                    (base * day(hour) + burst * surge(hour) * (0.6 + 0.4 * day(hour))) * noise(hour, seed);
                wide(mean, 1.6 * mean.sqrt())
            })
            .collect()
    };
    let by_class =
        vec![reports(1.4, 190.0, 1), reports(4.0, 0.0, 2), reports(19.0, 0.0, 3), reports(11.0, 9.0, 4)];
    let is_office = |hour: usize| (8..19).contains(&(hour % 24)) && (hour / 24) % 7 < 5;
    let is_called_in = |hour: usize| (75..240).contains(&hour);
    let staff: Vec<f64> = (0..HOURS)
        .map(|hour| if is_office(hour) { 13.0 } else { 2.0 } + if is_called_in(hour) { 6.0 } else { 0.0 })
        .collect();
    let mut queue = 0.0;
    let (mut waiting, mut busy, mut decided) = (Vec::new(), Vec::new(), Vec::new());
    for hour in 0..HOURS {
        let arriving: f64 = by_class.iter().map(|class| class[hour].mean).sum::<f64>() / 2.21;
        let room = staff[hour] * 4.0;
        let done = room.min(queue + arriving);
        queue += arriving - done;
        waiting.push(wide(queue, 0.12 * queue + 2.0));
        busy.push(wide(done / 4.0, 0.4));
        decided.push(wide(done, done.sqrt()));
    }
    let scaled = |bands: &[Band], factor: f64| -> Vec<Band> {
        let times =
            |band: &Band| Band { mean: band.mean * factor, lo: band.lo * factor, hi: band.hi * factor };
        bands.iter().map(times).collect()
    };
    Series {
        bucket: 3600.0,
        labels: hourly_labels(HOURS),
        waiting: vec![waiting.clone(), scaled(&waiting, 0.07), scaled(&waiting, 0.01)],
        staff: vec![staff.iter().map(|&staff| wide(staff, 0.0)).collect(), vec![wide(2.0, 0.0); HOURS]],
        busy: vec![busy.clone(), scaled(&busy, 0.08)],
        decided: vec![
            scaled(&decided, 0.4),
            scaled(&decided, 0.06),
            scaled(&decided, 0.33),
            scaled(&decided, 0.21),
        ],
        target_count: vec![decided.clone(), scaled(&decided, 0.06), decided.clone()],
        target_on_time: vec![scaled(&decided, 0.54), scaled(&decided, 0.05), scaled(&decided, 0.93)],
        reports: by_class,
    }
}
