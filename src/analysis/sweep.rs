//! What a sweep found: the same measures at every point, and where each target begins to be met.

use std::collections::BTreeMap;

use super::summarize;
use super::summary::{Estimate, ScenarioIdentity, Verdict};
use super::warnings::{OPEN_SHARE, SINGLE_REPLICATION, grouped};
use crate::experiment::{Better, Unit};

/// Everything a sweep found.
#[derive(Debug, Clone)]
pub struct SweepSummary {
    /// The scenario that was varied; its digest is that of the first point.
    pub scenario: ScenarioIdentity,
    /// Seed of all points.
    pub seed: u64,
    /// Replications of each point.
    pub replications: usize,
    /// Version of the engine's semantics.
    pub engine_semantics: u32,
    /// Whether the points are all combinations of the levels; otherwise they are drawn (a Latin hypercube).
    pub is_grid: bool,
    /// What was varied.
    pub factors: Vec<SweepFactor>,
    /// What was measured.
    pub measures: Vec<SweepMeasure>,
    /// The points, the last factor going fastest.
    pub points: Vec<SweepPoint>,
    /// Which point is best, where that was asked.
    pub ranking: Option<SweepRanking>,
    /// What the reader ought to know first.
    pub warnings: Vec<String>,
}

/// What was varied.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepFactor {
    /// The path, as written.
    pub path: String,
    /// Its levels: those of a grid in their order, of drawn points none.
    pub levels: Vec<SweepLevel>,
}

/// A value of a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepLevel {
    /// As written.
    pub label: String,
    /// What it counts, where it is a number or a quantity.
    pub number: Option<f64>,
}

/// What was measured at every point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepMeasure {
    /// Its name in files and arguments.
    pub name: String,
    /// What it is, in words; of a target, its name.
    pub title: String,
    /// What its numbers count.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// Whether it is the share on time of a target.
    pub is_target: bool,
    /// Whether it was asked for by its name.
    pub is_asked: bool,
}

/// One point: a value for each factor, and what was found there.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPoint {
    /// By factor.
    pub levels: Vec<SweepLevel>,
    /// Digest of the scenario with these values.
    pub digest: String,
    /// By measure.
    pub findings: Vec<SweepFinding>,
    /// Reports of each class after the warm-up, by its name, whatever else is measured; in a fixed order of names.
    pub reports: BTreeMap<String, Estimate>,
    /// Cases in the system at the end, likewise.
    pub open_at_end: Estimate,
}

/// What was found of one measure at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SweepFinding {
    /// The estimate; none where it cannot be told.
    pub estimate: Option<Estimate>,
    /// Of a target, the share wanted at this point.
    pub goal: Option<f64>,
}

/// Which point is best by one measure.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRanking {
    /// The position of the measure.
    pub measure: usize,
    /// The probability of a right choice.
    pub confidence: f64,
    /// The difference that counts as none, in the measure's unit.
    pub indifference: f64,
    /// Whether there is a single best.
    pub is_certain: bool,
    /// Those that may be the best, the best mean first: a single one where that is certain.
    pub remaining: Vec<usize>,
    /// Those that are not better than the best by more than that, each with the replications after which that was known, in the order of falling out.
    pub eliminated: Vec<(usize, u64)>,
    /// Those that fell out before, by means of few replications and without any guarantee, likewise.
    pub dropped: Vec<(usize, u64)>,
    /// Replications that were used in all.
    pub observations: u64,
    /// The most that were allowed.
    pub budget: u64,
}

/// How a point stands to the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the best, or as good as that.
    Best,
    /// The budget was spent before that was known.
    MayBeBest,
    /// It is not better than the best by more than the indifference, as was known after so many replications of it.
    SetAside {
        /// How many.
        after: u64,
    },
    /// Its mean over so many replications was among the worse half: left out, without proof.
    Dropped {
        /// How many.
        after: u64,
    },
}

/// Levels of one factor, one after the other, at which a target has the same verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The verdict.
    pub verdict: Verdict,
    /// Position of the first.
    pub first: usize,
    /// Position of the last.
    pub last: usize,
}

impl SweepFinding {
    /// Of a target, whether it is met.
    pub fn verdict(&self) -> Option<Verdict> {
        self.goal.map(|goal| summarize::verdict(self.estimate, goal))
    }
}

impl SweepPoint {
    /// Cases still in the system at the end, as a share of the reports.
    pub fn open_share(&self) -> f64 {
        let reports: f64 = self.reports.values().map(|class| class.mean).sum();
        self.open_at_end.mean / reports.max(1.0)
    }

    /// Whether so many cases were still open at the end that times, which leave them out, look better than they are.
    pub fn is_cut_short(&self) -> bool {
        self.open_share() > OPEN_SHARE
    }
}

impl SweepFactor {
    /// Whether all of the levels are numbers.
    pub fn is_numeric(&self, points: &[SweepPoint], factor: usize) -> bool {
        points.iter().all(|point| point.levels[factor].number.is_some())
    }
}

impl SweepSummary {
    /// What the reader ought to know before trusting the numbers, in plain words.
    pub fn cautions(&self) -> Vec<String> {
        let mut cautions = Vec::new();
        if self.replications < 2 {
            cautions.push(SINGLE_REPLICATION.to_owned());
        }
        cautions.extend(self.open_caution());
        cautions
    }

    /// At how many points too many cases were left open, and where the most.
    fn open_caution(&self) -> Option<String> {
        let cut_short: Vec<&SweepPoint> = self.points.iter().filter(|point| point.is_cut_short()).collect();
        // of equals, the first
        let worst = cut_short.iter().rev().max_by(|a, b| a.open_share().total_cmp(&b.open_share()))?;
        let levels = self.factors.iter().zip(&worst.levels);
        let levels: Vec<String> =
            levels.map(|(factor, level)| format!("{} = {}", factor.path, level.label)).collect();
        let of_all = match self.points.len() {
            1 => "at the only point".to_owned(),
            all if all == cut_short.len() => format!("at all {} points", grouped(all as f64)),
            all => format!("at {} of {} points", grouped(cut_short.len() as f64), grouped(all as f64)),
        };
        Some(format!(
            "{of_all}, more than {} cases for every 100 reports were still in the system at the end, at worst {} for \
             every 100 (at {}): waiting and response times leave them out and look better there than they are",
            grouped(100.0 * OPEN_SHARE),
            grouped(100.0 * worst.open_share()),
            levels.join(", "),
        ))
    }

    /// Whether as many reports of each class came at every point; then they are the same ones.
    pub fn same_reports(&self) -> bool {
        self.points.windows(2).all(|pair| pair[0].reports == pair[1].reports)
    }

    /// The points' positions in the order in which they are shown: where they are ranked, those that may be the best
    /// first, then the others by their estimates, which prove no order among them.
    pub fn order(&self) -> Vec<usize> {
        let Some(ranking) = &self.ranking else { return (0..self.points.len()).collect() };
        let sign = if self.measures[ranking.measure].better == Better::Less { 1.0 } else { -1.0 };
        let found = |point: usize| {
            self.points[point].findings[ranking.measure].estimate.map_or(f64::INFINITY, |e| sign * e.mean)
        };
        let mut others: Vec<usize> =
            (0..self.points.len()).filter(|point| !ranking.remaining.contains(point)).collect();
        others.sort_by(|&a, &b| found(a).total_cmp(&found(b)).then(a.cmp(&b)));
        [ranking.remaining.clone(), others].concat()
    }

    /// How each point stands, where they are ranked.
    pub fn standings(&self) -> Option<Vec<Standing>> {
        let ranking = self.ranking.as_ref()?;
        let remains = if ranking.is_certain { Standing::Best } else { Standing::MayBeBest };
        let mut standings = vec![remains; self.points.len()];
        for &(point, after) in &ranking.eliminated {
            standings[point] = Standing::SetAside { after };
        }
        for &(point, after) in &ranking.dropped {
            standings[point] = Standing::Dropped { after };
        }
        Some(standings)
    }

    /// Verdicts of a measure along these points, as stretches; none where it is no target.
    pub fn stretches(&self, measure: usize, points: &[usize]) -> Option<Vec<Stretch>> {
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, &point) in points.iter().enumerate() {
            let verdict = self.points[point].findings[measure].verdict()?;
            match stretches.last_mut() {
                Some(stretch) if stretch.verdict == verdict => stretch.last = at,
                _ => stretches.push(Stretch { verdict, first: at, last: at }),
            }
        }
        (!stretches.is_empty()).then_some(stretches)
    }

    /// The points by the levels of all factors but one: for each combination, in the order of the points, those that
    /// differ only in that one, by its number.
    pub fn lines(&self, along: usize) -> Vec<Vec<usize>> {
        let others = |point: usize| {
            let levels = self.points[point].levels.iter().enumerate();
            levels.filter(|(idx, _)| *idx != along).map(|(_, level)| &level.label).collect::<Vec<_>>()
        };
        let mut lines: Vec<Vec<usize>> = Vec::new();
        let mut known: BTreeMap<Vec<&String>, usize> = BTreeMap::new();
        for point in 0..self.points.len() {
            let line = *known.entry(others(point)).or_insert(lines.len());
            if line == lines.len() {
                lines.push(Vec::new());
            }
            lines[line].push(point);
        }
        let number = |point: usize| self.points[point].levels[along].number.unwrap_or(0.0);
        for line in &mut lines {
            line.sort_by(|&a, &b| number(a).total_cmp(&number(b)));
        }
        lines
    }

    /// How far a measure moves over the points, from the smallest to the largest estimate.
    pub fn spread(&self, measure: usize) -> Option<(f64, f64)> {
        let means = || self.points.iter().filter_map(|point| Some(point.findings[measure].estimate?.mean));
        Some((means().reduce(f64::min)?, means().reduce(f64::max)?))
    }

    /// Whether a measure moves by more than chance explains: some interval lies apart from another.
    pub fn reacts(&self, measure: usize) -> bool {
        let ends = || {
            self.points.iter().filter_map(|point| {
                let estimate = point.findings[measure].estimate?;
                Some(estimate.interval.unwrap_or((estimate.mean, estimate.mean)))
            })
        };
        let highest_low = ends().map(|(lo, _)| lo).reduce(f64::max);
        let lowest_high = ends().map(|(_, hi)| hi).reduce(f64::min);
        highest_low.zip(lowest_high).is_some_and(|(low, high)| low > high + 1e-12 * high.abs())
    }
}
