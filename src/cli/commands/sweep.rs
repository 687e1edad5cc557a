//! `vigie sweep`.

mod design;
mod journal;
mod ranking;

use super::{results, simulation};
use crate::analysis::{
    Estimate, SweepFinding, SweepMeasure, SweepPoint, SweepSummary, measure_title, measured,
};
use crate::cli::args::SweepArguments;
use crate::cli::failure::{Failure, complain};
use crate::cli::progress::Bar;
use crate::experiment::{Measure, PointHalt, Sweep};
use crate::model::{ENGINE_SEMANTICS, Halt, Plan};
use crate::out::{self, Manifest};
use design::Design;
use journal::{Finished, Journal, Shape};
use ranking::Question;

/// Counts are known of every replication; without one, there is nothing to count.
const NOTHING: Estimate = Estimate { mean: 0.0, interval: None, n: 0 };

/// Simulates a scenario at many points, prints how the targets move, and writes the results folder.
pub(in crate::cli) fn sweep(arguments: &SweepArguments, command: Vec<String>) -> Result<(), Failure> {
    let pool = simulation::threads(&arguments.simulation)?;
    // before the points are checked: that may take a while, and Ctrl-C is to be heard
    let cancel = simulation::cancel();
    let design = pool.install(|| Design::new(arguments))?;
    let dir = results::target(&arguments.output, &format!("{}-swept", design.scenario.name))?;
    let plan = &design.scenario.plan;
    let question = Question::of(arguments, plan, design.replications)?;
    let measures = measures(arguments, plan, question.as_ref())?;
    let sweep = Sweep {
        points: &design,
        seed: design.seed,
        replications: design.replications,
        max_in_system: arguments.simulation.max_in_system,
        cancel,
    };
    let names: Vec<String> = measures.iter().map(|measure| measure.name(plan)).collect();
    let best = question.as_ref().map(|question| question.name.as_str());
    let key = design.key(&sweep, &names, best);
    let mut journal = Journal::open(
        &dir,
        &key,
        Shape {
            points: design.points.len(),
            findings: names.len(),
            observations: best.map_or(0, |_| sweep.replications),
        },
        arguments.output.quiet,
    )?;
    pool.install(|| simulate(arguments, &sweep, &design, (&names, best), &mut journal))?;
    let ranked = match &question {
        Some(question) => Some(pool.install(|| question.answer(arguments, &sweep, &design, &journal))?),
        None => None,
    };
    let (ranked, unranked) = match ranked {
        Some(Err(why)) => (None, Some(why)),
        Some(Ok(answer)) => (Some(answer), None),
        None => (None, None),
    };
    let mut summary = summarized(&design, &sweep, (&measures, &arguments.measures), &journal, ranked);
    if let Some(why) = unranked {
        summary.warnings.push(why);
    }
    let manifest = Manifest { version: env!("CARGO_PKG_VERSION").to_owned(), command };
    results::write(&dir, &out::sweep_files(&summary, &manifest))?;
    journal.remove();
    results::say(&arguments.output, &dir, || out::sweep_text(&summary), || out::sweep_json(&summary))
}

/// Simulates the points that the journal does not hold yet, and writes each down when it is done.
fn simulate(
    arguments: &SweepArguments,
    sweep: &Sweep<'_>,
    design: &Design,
    (names, best): (&[String], Option<&str>),
    journal: &mut Journal,
) -> Result<(), Failure> {
    let wanted = journal.missing();
    let bar = Bar::new(arguments.output.quiet);
    let done = sweep.run(
        &wanted,
        |point, model, collected| {
            let plan = model.plan();
            let named = |name: &str| Measure::named(name, plan);
            let of = |name: &String| named(name).and_then(|measure| measured(plan, &collected, measure));
            let one_by_one = best.and_then(named).map(|measure| {
                collected.replications.iter().map(|record| measure.of_replication(plan, record)).collect()
            });
            let always = |measure| measured(plan, &collected, measure).unwrap_or(NOTHING);
            let reports = plan.classes.iter().enumerate();
            let finished = Finished {
                findings: names.iter().map(of).collect(),
                observations: one_by_one.unwrap_or_default(),
                open_at_end: always(Measure::OpenAtEnd),
                reports: reports
                    .map(|(class, name)| (name.clone(), always(Measure::Reports(class))))
                    .collect(),
            };
            journal.add(point, finished).map_err(Stop::Failure)
        },
        &bar,
    );
    bar.finish();
    done.map_err(|stop| match stop {
        Stop::Failure(failure) => failure,
        Stop::Halt(halt) => halted(halt, design, journal),
    })
}

/// Why the simulation of points ended before its time.
enum Stop {
    Halt(PointHalt),
    Failure(Failure),
}

impl From<PointHalt> for Stop {
    fn from(halt: PointHalt) -> Self {
        Self::Halt(halt)
    }
}

/// What to say of a point that did not end well.
fn halted(halt: PointHalt, design: &Design, journal: &Journal) -> Failure {
    match halt.halt {
        Halt::Cancelled => Failure::Stopped(journal.kept()),
        other @ Halt::TooManyInSystem { .. } => {
            let label = design.label(halt.point);
            complain(&format!("error: at the point {label}"));
            Failure::Halt(other)
        }
    }
}

/// The measures that are shown: every target, how long each class waits for an answer, what it costs, and what else is
/// asked for.
fn measures(
    arguments: &SweepArguments,
    plan: &Plan,
    question: Option<&Question>,
) -> Result<Vec<Measure>, Failure> {
    use crate::experiment::Statistic::{Mean, P95};
    let mut shown: Vec<Measure> = (0..plan.targets.len()).map(Measure::OnTime).collect();
    for class in 0..plan.classes.len() {
        shown.extend([Mean, P95].map(|statistic| Measure::ResponseTime(class, statistic)));
    }
    shown.extend(Measure::named("cost", plan));
    for name in &arguments.measures {
        shown.push(named(name, plan)?);
    }
    shown.extend(question.map(|question| question.measure));
    let mut once: Vec<Measure> = Vec::new();
    for measure in shown {
        if !once.contains(&measure) {
            once.push(measure);
        }
    }
    Ok(once)
}

/// The measure of a name, or what else it may have meant.
fn named(name: &str, plan: &Plan) -> Result<Measure, Failure> {
    const MOST_NAMES: usize = 5;
    Measure::named(name, plan).ok_or_else(|| {
        let mut known: Vec<(usize, String)> = Measure::all(plan)
            .into_iter()
            .map(|measure| measure.name(plan))
            .map(|known| (strsim::damerau_levenshtein(name, &known), known))
            .collect();
        known.sort();
        let closest: Vec<String> =
            known.into_iter().take(MOST_NAMES).map(|(_, known)| format!("`{known}`")).collect();
        let quoted = crate::scenario::diagnostic::quoted(name);
        Failure::Usage(format!("there is no measure `{quoted}`: the closest are {}", closest.join(", ")))
    })
}

fn summarized(
    design: &Design,
    sweep: &Sweep<'_>,
    (measures, asked): (&[Measure], &[String]),
    journal: &Journal,
    ranked: Option<ranking::Answer>,
) -> SweepSummary {
    let plan = &design.scenario.plan;
    let names: Vec<String> = measures.iter().map(|measure| measure.name(plan)).collect();
    let described = measures.iter().zip(&names).map(|(&measure, name)| SweepMeasure {
        name: name.clone(),
        title: measure_title(measure, plan),
        unit: measure.unit(),
        better: measure.better(),
        is_target: matches!(measure, Measure::OnTime(_)),
        is_asked: asked.contains(name),
    });
    let points = design.points.iter().enumerate().map(|(idx, point)| {
        let finished = journal.finished(idx);
        let findings = finished.map(|finished| finished.findings.as_slice()).unwrap_or_default();
        let finding = |(at, name): (usize, &String)| SweepFinding {
            estimate: findings.get(at).copied().flatten(),
            goal: name.strip_prefix("target/").and_then(|target| point.goal(target)),
        };
        SweepPoint {
            levels: design.levels(idx),
            digest: point.digest.clone(),
            findings: names.iter().enumerate().map(finding).collect(),
            reports: finished.map(|finished| finished.reports.clone()).unwrap_or_default(),
            open_at_end: finished.map_or(NOTHING, |finished| finished.open_at_end),
        }
    });
    let ranking = ranked.map(|answer| {
        let at = measures.iter().position(|measure| *measure == answer.measure).unwrap_or(0);
        answer.ranking(at)
    });
    let mut summary = SweepSummary {
        scenario: simulation::identity(&design.scenario),
        seed: sweep.seed,
        replications: sweep.replications,
        engine_semantics: ENGINE_SEMANTICS,
        is_grid: design.is_grid,
        factors: design.described(),
        measures: described.collect(),
        points: points.collect(),
        ranking,
        warnings: Vec::new(),
    };
    summary.warnings = summary.cautions();
    summary
}
