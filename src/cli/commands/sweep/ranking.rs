//! Which point is best: `--best` and `--indifference`.

use super::design::Design;
use super::journal::Journal;
use super::{halted, named};
use crate::analysis::{Better, SweepRanking, Unit};
use crate::cli::args::SweepArguments;
use crate::cli::failure::Failure;
use crate::cli::progress::Bar;
use crate::experiment::{Halving, Measure, ObserveError, Observer, Selected, Selection, Stage, Sweep};
use crate::model::Plan;
use crate::statistics::CONFIDENCE;
use crate::units::quantity::{parse_duration, parse_share};

/// With more points than this, the field is halved first.
const MANY: usize = 100;
/// So many points are left then.
const FINALISTS: usize = 20;
/// The variance of differences is estimated from so many replications at least.
const FEWEST_REPLICATIONS: usize = 5;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) measure: Measure,
    pub(super) name: String,
    better: Better,
    indifference: Indifference,
}

/// The difference that does not matter.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Indifference {
    Absolute(f64),
    /// A share of the best estimate.
    Relative(f64),
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) measure: Measure,
    selected: Selected,
    stages: Vec<Stage>,
    indifference: f64,
    observations: u64,
    budget: u64,
}

impl Question {
    /// The question that the arguments ask, if any.
    pub(super) fn of(
        arguments: &SweepArguments,
        plan: &Plan,
        replications: usize,
    ) -> Result<Option<Self>, Failure> {
        let Some(name) = &arguments.best else { return Ok(None) };
        let measure = named(name, plan)?;
        let better = measure.better();
        if better == Better::Neither {
            return Err(Failure::Usage(format!(
                "neither more nor less of `{name}` is better, so no point is the best by it: name another measure, \
                 or show this one with `--measure`"
            )));
        }
        if replications < FEWEST_REPLICATIONS {
            return Err(Failure::Usage(format!(
                "{replications} replications are too few to find the best: take at least {FEWEST_REPLICATIONS}"
            )));
        }
        let text = arguments.indifference.as_deref().unwrap_or("1%");
        let indifference = Indifference::read(text, measure.unit()).ok_or_else(|| {
            let example = match measure.unit() {
                Unit::Seconds => "`5%` of the best, or `10min`",
                Unit::Share => "`1%`, a percentage point",
                _ => "`5%` of the best, or `100`",
            };
            let quoted = crate::scenario::diagnostic::quoted(text);
            Failure::Usage(format!(
                "`{quoted}` is no difference in `{name}` above 0: write for example {example}"
            ))
        })?;
        Ok(Some(Self { measure, name: name.clone(), better, indifference }))
    }

    /// Finds the best point. The replications that the journal holds are the procedure's first; where the field is halved
    /// first, they are used up by that, and the finalists meet fresh ones. The inner error is a sentence: why there is no answer,
    /// though the points are as good as ever.
    pub(super) fn answer(
        &self,
        arguments: &SweepArguments,
        sweep: &Sweep<'_>,
        design: &Design,
        journal: &Journal,
    ) -> Result<Result<Answer, String>, Failure> {
        let all: Vec<usize> = (0..design.points.len()).collect();
        let first_stage = sweep.replications;
        let observer = Observer::new(*sweep, &self.name);
        let observe = |point: usize, replication: u64| {
            let known =
                journal.finished(point).and_then(|found| found.observations.get(replication as usize));
            match known {
                Some(value) => value
                    .filter(|value| value.is_finite())
                    .ok_or(ObserveError::Nothing { point, replication }),
                None => observer.observe(point, replication),
            }
        };
        let failed = |error| self.failed(error, design, journal);
        let bar = Bar::counting(arguments.output.quiet);
        let (stages, used) = if all.len() > MANY {
            let halving = Halving { better: self.better, first_stage, finalists: FINALISTS };
            let used = halving.observations(all.len());
            if used > arguments.budget {
                return Err(Failure::Usage(format!(
                    "halving {} points takes {used} replications, more than the budget of {}: vary less, take fewer \
                     `--replications`, or raise `--budget`",
                    all.len(),
                    arguments.budget
                )));
            }
            (halving.run(&all, observe).map_err(failed)?, used)
        } else {
            (Vec::new(), 0)
        };
        let finalists = stages.last().map_or(all, |stage| stage.kept.clone());
        let first_replications =
            finalists.iter().filter_map(|&point| Some((point, journal.finished(point)?)));
        for (point, found) in first_replications {
            if let Some(replication) = found.observations.iter().position(Option::is_none) {
                return Err(failed(ObserveError::Nothing { point, replication: replication as u64 }));
            }
        }
        let Some(indifference) = self.indifference.absolute(&finalists, journal) else {
            return Ok(Err(self.nothing_to_share()));
        };
        let selection = Selection {
            better: self.better,
            confidence: CONFIDENCE,
            indifference,
            first_stage,
            first_replication: stages.last().map_or(0, |stage| stage.observations_each),
            most_observations: arguments.budget.saturating_sub(used),
        };
        let selected = selection.run(&finalists, observe, |observations| bar.count(used + observations));
        bar.finish();
        let selected = selected.map_err(failed)?;
        Ok(Ok(Answer {
            measure: self.measure,
            observations: used + selected.observations,
            selected,
            stages,
            indifference: selection.indifference,
            budget: arguments.budget,
        }))
    }

    /// What to say where the indifference is a percentage of nothing.
    fn nothing_to_share(&self) -> String {
        let example = match self.measure.unit() {
            Unit::Seconds => "1min",
            Unit::Share => "1%",
            Unit::Count | Unit::Hours | Unit::Money | Unit::Ratio => "1",
        };
        format!(
            "no point is named the best: the smallest `{}` is 0, and a percentage of that is no difference; say which \
             difference does not matter, for example `--indifference {example}`",
            self.name
        )
    }

    fn failed(&self, error: ObserveError, design: &Design, journal: &Journal) -> Failure {
        match error {
            ObserveError::Halt(halt) => halted(halt, design, journal),
            ObserveError::Nothing { point, replication } => Failure::Usage(format!(
                "`{}` has no value in replication {} of the point {}: no case came under it; find the best by \
                 another measure, or simulate longer",
                self.name,
                replication + 1,
                design.label(point)
            )),
        }
    }
}

impl Indifference {
    fn read(text: &str, unit: Unit) -> Option<Self> {
        let text = text.trim();
        let number = || text.parse::<f64>().ok();
        let share = || text.ends_with('%').then(|| parse_share(text).ok()).flatten();
        let read = match unit {
            Unit::Share => share().or_else(number).map(Self::Absolute),
            Unit::Seconds => share().map(Self::Relative).or_else(|| {
                let seconds = parse_duration(text).ok()?.as_secs_f64();
                Some(Self::Absolute(seconds))
            }),
            Unit::Count | Unit::Hours | Unit::Money | Unit::Ratio => {
                share().map(Self::Relative).or_else(|| number().map(Self::Absolute))
            }
        };
        read.filter(|(Self::Absolute(size) | Self::Relative(size))| size.is_finite() && *size > 0.0)
    }

    /// In the measure's unit; none where it is a share of a best that is nothing.
    fn absolute(self, points: &[usize], journal: &Journal) -> Option<f64> {
        match self {
            Self::Absolute(size) => Some(size),
            Self::Relative(share) => {
                let mean = |point: &usize| {
                    let values: Vec<f64> =
                        journal.finished(*point)?.observations.iter().copied().flatten().collect();
                    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
                };
                // all that are relative are the better the less there is of them
                let best = points.iter().filter_map(mean).reduce(f64::min).unwrap_or(0.0);
                Some(share * best.abs()).filter(|size| *size > 0.0)
            }
        }
    }
}

impl Answer {
    /// The answer as the results show it.
    pub(super) fn ranking(self, measure: usize) -> SweepRanking {
        let dropped = self.stages.iter().flat_map(|stage| {
            let best_first = stage.dropped.iter();
            best_first.map(|&point| (point, stage.observations_each)).collect::<Vec<_>>()
        });
        SweepRanking {
            measure,
            confidence: CONFIDENCE,
            indifference: self.indifference,
            is_certain: self.selected.is_certain,
            dropped: dropped.collect(),
            eliminated: self.selected.eliminated,
            remaining: self.selected.remaining,
            observations: self.observations,
            budget: self.budget,
        }
    }
}
