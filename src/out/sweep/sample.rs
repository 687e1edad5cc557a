//! A sweep made up for tests.

use crate::analysis::{
    Better, Estimate, ScenarioIdentity, SweepFactor, SweepFinding, SweepLevel, SweepMeasure, SweepPoint,
    SweepRanking, SweepSummary, Unit,
};

fn level(label: impl std::fmt::Display) -> SweepLevel {
    let label = format!("{label}");
    SweepLevel { number: label.parse().ok(), label }
}

/// Staff from 10 to 60 and two disciplines: one target turns with the staff, one never holds, one always does.
pub(in super::super) fn sample_sweep() -> SweepSummary {
    let staff: Vec<SweepLevel> = (2..=12).map(|five| level(five * 5)).collect();
    let disciplines = [level("fifo"), level("priority")];
    let mut points = Vec::new();
    for people in &staff {
        for (idx, discipline) in disciplines.iter().enumerate() {
            let people_number = people.number.unwrap_or(0.0);
            let share = (people_number / 50.0 + 0.1 * idx as f64).min(0.999);
            let finding = |mean: f64, half: f64, goal: Option<f64>| SweepFinding {
                estimate: Some(Estimate { mean, interval: Some((mean - half, mean + half)), n: 20 }),
                goal,
            };
            points.push(SweepPoint {
                levels: vec![people.clone(), discipline.clone()],
                digest: format!("{people_number}{idx}"),
                findings: vec![
                    finding(share, 0.015, Some(0.8)),
                    finding(0.3, 0.01, Some(0.95)),
                    finding(0.9, 0.01, Some(0.75)),
                    finding(7_200_000.0 / people_number, 3_600.0, None),
                ],
                reports: [("terrorism".to_owned(), Estimate { mean: 31_480.0, interval: None, n: 20 })]
                    .into(),
                open_at_end: Estimate { mean: 12.0, interval: None, n: 20 },
            });
        }
    }
    let measure = |name: &str, title: &str, is_target: bool| SweepMeasure {
        name: name.to_owned(),
        title: title.to_owned(),
        unit: if is_target { Unit::Share } else { Unit::Seconds },
        better: if is_target { Better::More } else { Better::Less },
        is_target,
        is_asked: false,
    };
    SweepSummary {
        scenario: ScenarioIdentity {
            name: "january-2015".to_owned(),
            title: "Paris, January 2015".to_owned(),
            digest: "9f2b7c31d0a84e55".to_owned(),
        },
        seed: 1,
        replications: 20,
        engine_semantics: 2,
        is_grid: true,
        factors: vec![
            SweepFactor { path: "team.pharos.shifts[0].staff".to_owned(), levels: staff },
            SweepFactor { path: "stage.cross_check.discipline".to_owned(), levels: disciplines.to_vec() },
        ],
        measures: vec![
            measure("target/looked at within 24 h", "looked at within 24 h", true),
            measure("target/removed within 1 h", "removed within 1 h", true),
            measure("target/Facebook answers", "Facebook answers", true),
            measure("class/terrorism/response_time/mean", "terrorism: mean response time", false),
        ],
        points,
        ranking: None,
        warnings: Vec::new(),
    }
}

/// The same with one path: the points of the first discipline.
pub(in super::super) fn line_of_points() -> SweepSummary {
    let mut sweep = sample_sweep();
    sweep.factors.truncate(1);
    sweep.points = sweep.points.into_iter().step_by(2).collect();
    sweep.points.iter_mut().for_each(|point| point.levels.truncate(1));
    sweep
}

/// Points drawn at random: no levels, three paths, a category among them.
pub(in super::super) fn drawn_points() -> SweepSummary {
    let mut sweep = sample_sweep();
    sweep.is_grid = false;
    sweep.factors.iter_mut().for_each(|factor| factor.levels.clear());
    sweep.factors.push(SweepFactor { path: "platform.x.answers".to_owned(), levels: Vec::new() });
    for (idx, point) in sweep.points.iter_mut().enumerate() {
        point.levels.push(level(0.5 + idx as f64 / 100.0));
    }
    sweep
}

/// The first sample, ranked by the mean response time: with a best, and without.
pub(in super::super) fn ranked(is_certain: bool) -> SweepSummary {
    let mut sweep = sample_sweep();
    let n = sweep.points.len();
    sweep.ranking = Some(SweepRanking {
        measure: 3,
        confidence: 0.95,
        indifference: 1_200.0,
        is_certain,
        remaining: if is_certain { vec![n - 1] } else { vec![n - 1, n - 2] },
        eliminated: (if is_certain { n - 2..n - 1 } else { n - 3..n - 2 }).map(|point| (point, 57)).collect(),
        dropped: (0..n - 3).map(|point| (point, 20)).collect(),
        observations: 4_321,
        budget: 100_000,
    });
    sweep
}
