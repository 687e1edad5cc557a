//! The plots of a sweep: curves where numbers are varied, heat maps of two paths, dots of anything else.

use super::super::sweep::{along, headline, short_names, shown_alone, telling};
use super::super::words;
use super::canvas::{self, Canvas, GRID, INK, Letters, MUTED};
use super::{Plot, heat_map};
use crate::analysis::{SweepSummary, Unit};

const WIDTH: f64 = 960.0;
/// Panels stand in two columns.
const COLUMN: f64 = WIDTH / 2.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TITLE: f64 = 34.0;
const PANEL: f64 = 170.0;
/// For the ticks below a panel, and the name of the axis.
const FOOT: f64 = 52.0;
const LEGEND: f64 = 22.0;
const MOST_PANELS: usize = 8;
const MOST_HEAT_MAPS: usize = 6;
const MOST_SCATTERED: usize = 4;
const MOST_TICKS: usize = 10;

/// Every plot of a sweep, in the order of the page.
pub(in super::super) fn sweep_plots(summary: &SweepSummary) -> Vec<Plot> {
    let mut drawn: Vec<(String, String, String)> = Vec::new();
    let shown: Vec<usize> = telling(summary);
    let moving: Vec<usize> = shown.iter().copied().filter(|&measure| summary.reacts(measure)).collect();
    // where nothing moves, that is to be seen too
    let worth = if moving.is_empty() { &shown[..shown.len().min(2)] } else { &moving[..] };
    if let Some(along) = along(summary) {
        let (targets, others): (Vec<usize>, Vec<usize>) =
            worth.iter().partition(|&&measure| summary.measures[measure].is_target);
        for (title, measures) in [("Targets", targets), ("Times and costs", others)] {
            let measures = &measures[..measures.len().min(MOST_PANELS)];
            if !measures.is_empty() {
                drawn.push((title.to_owned(), CURVES.to_owned(), curves_svg(summary, along, measures)));
            }
        }
    }
    if summary.is_grid && summary.factors.len() == 2 {
        for &measure in worth.iter().take(MOST_HEAT_MAPS) {
            let title = summary.measures[measure].title.clone();
            let is_first = drawn.last().is_none_or(|(_, caption, _)| caption == CURVES);
            let caption = if is_first { heat_map::CAPTION } else { "Read as the one before." };
            drawn.push((title, caption.to_owned(), heat_map::heat_map_svg(summary, measure)));
        }
    }
    if drawn.is_empty() {
        for &measure in worth.iter().take(MOST_SCATTERED) {
            let title = summary.measures[measure].title.clone();
            drawn.push((title, DOTS.to_owned(), dots_svg(summary, measure)));
        }
    }
    let named = drawn.into_iter().enumerate().map(|(idx, (title, caption, svg))| Plot {
        name: format!("sweep-{}", idx + 1),
        title,
        caption,
        svg,
    });
    named.collect()
}

const CURVES: &str = "Each dot is what was found at a point, the band its 95 % interval; a dashed line is the goal. A \
                      target is met where the whole band lies above its goal. What does not move with what is varied \
                      is left out.";
const DOTS: &str = "Each dot is a point, each bar its 95 % interval, a dashed line the goal; the other things that are \
                    varied differ from dot to dot.";

/// Curves of some measures along a factor, a panel each, a line for each combination of the other factors.
fn curves_svg(summary: &SweepSummary, along: usize, measures: &[usize]) -> String {
    let lines = summary.lines(along);
    let legend: Vec<String> = lines.iter().map(|line| name_of(summary, along, line[0])).collect();
    let n_legend_rows = if lines.len() > 1 { lines.len().div_ceil(2) } else { 0 };
    let top = n_legend_rows as f64 * LEGEND + 6.0;
    let n_rows = measures.len().div_ceil(2);
    let size = (WIDTH, top + n_rows as f64 * (TITLE + PANEL + FOOT));
    canvas::draw(size, "Measures along what is varied", &headline(summary), |canvas| {
        for (idx, name) in legend.iter().enumerate().filter(|_| n_legend_rows > 0) {
            let (x, y) = (LEFT + (idx % 2) as f64 * COLUMN, 14.0 + (idx / 2) as f64 * LEGEND);
            let (color, is_dashed) = canvas::class_color(idx);
            let sample = [(x, y), (x + 26.0, y)];
            if is_dashed {
                canvas.dashes(&sample, color, 2.5);
            } else {
                canvas.line(&sample, color, 2.5);
            }
            canvas.text((x + 34.0, y), &words::shortened(name, 54), Letters::of(12.0));
        }
        for (at, &measure) in measures.iter().enumerate() {
            let corner = ((at % 2) as f64 * COLUMN, top + (at / 2) as f64 * (TITLE + PANEL + FOOT));
            let points: Vec<usize> = lines.iter().flatten().copied().collect();
            let panel = Panel::new(summary, (measure, along), &points, corner);
            panel.draw_axes(canvas, &summary.measures[measure].title);
            for (idx, line) in lines.iter().enumerate() {
                panel.draw_curve(canvas, line, idx);
            }
            panel.draw_goals(canvas, &lines);
        }
    })
}

/// The combination of levels that a line stands for.
fn name_of(summary: &SweepSummary, along: usize, point: usize) -> String {
    let names = short_names(summary);
    let levels = summary.points[point].levels.iter().enumerate().filter(|(idx, _)| *idx != along);
    levels.map(|(idx, level)| format!("{} = {}", names[idx], level.label)).collect::<Vec<_>>().join(", ")
}

/// Dots of a measure against each factor, a panel each.
fn dots_svg(summary: &SweepSummary, measure: usize) -> String {
    let factors: Vec<usize> = (0..summary.factors.len().min(MOST_PANELS)).collect();
    let n_rows = factors.len().div_ceil(2);
    let size = (WIDTH, 6.0 + n_rows as f64 * (TITLE + PANEL + FOOT));
    let points: Vec<usize> = (0..summary.points.len()).collect();
    canvas::draw(size, "A measure against what is varied", &headline(summary), |canvas| {
        for &factor in &factors {
            let corner = ((factor % 2) as f64 * COLUMN, 6.0 + (factor / 2) as f64 * (TITLE + PANEL + FOOT));
            let panel = Panel::new(summary, (measure, factor), &points, corner);
            panel.draw_axes(canvas, &summary.measures[measure].title);
            panel.draw_dots(canvas, &points);
            panel.draw_goals(canvas, std::slice::from_ref(&points));
        }
    })
}

/// An estimate and the ends of its interval.
type Found = (f64, f64, f64);

/// A measure (upward) against a factor (across).
struct Panel<'a> {
    summary: &'a SweepSummary,
    measure: usize,
    factor: usize,
    corner: (f64, f64),
    /// Least and most across: numbers, or positions of categories.
    across: (f64, f64),
    /// Labels of categories; none where the factor is a number.
    categories: Option<Vec<String>>,
    upward: Axis,
}

impl<'a> Panel<'a> {
    fn new(
        summary: &'a SweepSummary,
        (measure, factor): (usize, usize),
        points: &[usize],
        corner: (f64, f64),
    ) -> Self {
        let is_numeric = summary.factors[factor].is_numeric(&summary.points, factor);
        let categories = (!is_numeric).then(|| {
            let mut labels: Vec<String> = Vec::new();
            for &point in points {
                let label = &summary.points[point].levels[factor].label;
                if !labels.contains(label) {
                    labels.push(label.clone());
                }
            }
            labels
        });
        let mut panel = Self {
            summary,
            measure,
            factor,
            corner,
            across: (0.0, 1.0),
            categories,
            upward: Axis::of(summary, measure, points),
        };
        let numbers = || points.iter().map(|&point| panel.position(point));
        let least = numbers().fold(f64::INFINITY, f64::min);
        let most = numbers().fold(f64::NEG_INFINITY, f64::max);
        panel.across = match &panel.categories {
            Some(labels) => (-0.5, labels.len() as f64 - 0.5),
            None if least < most => (least, most),
            None => (least - 1.0, least + 1.0),
        };
        panel
    }

    /// Where a point stands across: its number, or the position of its category.
    fn position(&self, point: usize) -> f64 {
        let level = &self.summary.points[point].levels[self.factor];
        match &self.categories {
            Some(labels) => labels.iter().position(|label| *label == level.label).unwrap_or(0) as f64,
            None => level.number.unwrap_or(0.0),
        }
    }

    fn x(&self, position: f64) -> f64 {
        let (least, most) = self.across;
        let (left, right) = (self.corner.0 + LEFT, self.corner.0 + COLUMN - RIGHT);
        left + (position - least) / (most - least) * (right - left)
    }

    fn y(&self, value: f64) -> f64 {
        let part = (value - self.upward.from) / (self.upward.to - self.upward.from);
        self.corner.1 + TITLE + PANEL * (1.0 - part.clamp(0.0, 1.0))
    }

    /// Estimate and ends of the interval at a point.
    fn found(&self, point: usize) -> Option<Found> {
        let estimate = self.summary.points[point].findings[self.measure].estimate?;
        let (lo, hi) = estimate.interval.unwrap_or((estimate.mean, estimate.mean));
        [estimate.mean, lo, hi].iter().all(|value| value.is_finite()).then_some((estimate.mean, lo, hi))
    }

    fn draw_axes(&self, canvas: &Canvas<'_>, title: &str) {
        let (left, right) = (self.corner.0 + LEFT, self.corner.0 + COLUMN - RIGHT);
        let bottom = self.corner.1 + TITLE + PANEL;
        canvas.text((left, self.corner.1 + 16.0), &words::shortened(title, 52), Letters::of(14.0).bold());
        for (value, text) in &self.upward.ticks {
            let y = self.y(*value);
            canvas.line(&[(left, y), (right, y)], GRID, 1.0);
            canvas.text((left - 8.0, y), text, Letters::of(12.0).colored(MUTED).ending());
        }
        let mut free = f64::NEG_INFINITY;
        for (position, text) in self.ticks_across() {
            let (x, half) = (self.x(position), canvas::text_width(&text, 12.0) / 2.0);
            canvas.line(&[(x, bottom), (x, bottom + 4.0)], MUTED, 1.0);
            if x - half > free {
                canvas.text((x, bottom + 14.0), &text, Letters::of(12.0).colored(MUTED).centered());
                free = x + half + 8.0;
            }
        }
        let path = words::shortened(&self.summary.factors[self.factor].path, 54);
        let middle = f64::midpoint(left, right);
        canvas.text((middle, bottom + 32.0), &path, Letters::of(12.0).colored(MUTED).centered());
    }

    /// Levels of a grid as they were written, round numbers otherwise.
    fn ticks_across(&self) -> Vec<(f64, String)> {
        if let Some(labels) = &self.categories {
            let named = labels.iter().enumerate();
            return named.map(|(at, label)| (at as f64, words::shortened(label, 18))).collect();
        }
        let levels = &self.summary.factors[self.factor].levels;
        if levels.is_empty() {
            let (least, most) = self.across;
            let step = canvas::ticks_to(most - least, 5).get(1).copied().unwrap_or(1.0);
            let first = (least / step).ceil();
            let n = ((most / step).floor() - first).max(0.0) as usize;
            return (0..=n.min(MOST_TICKS))
                .map(|at| (first + at as f64) * step)
                .map(|value| (value, format!("{}", (value * 1e9).round() / 1e9)))
                .collect();
        }
        let keep_every = levels.len().div_ceil(MOST_TICKS).max(1);
        let kept = levels.iter().enumerate().filter(|(at, _)| at % keep_every == 0);
        kept.filter_map(|(_, level)| Some((level.number?, level.label.clone()))).collect()
    }

    fn draw_curve(&self, canvas: &Canvas<'_>, line: &[usize], color: usize) {
        let (color, is_dashed) = canvas::class_color(color);
        let mut rest: Vec<Option<(f64, Found)>> = line
            .iter()
            .map(|&point| self.found(point).map(|found| (self.x(self.position(point)), found)))
            .collect();
        rest.push(None);
        // a point without an estimate breaks the curve
        for part in rest.split(Option::is_none) {
            let part: Vec<(f64, Found)> = part.iter().copied().flatten().collect();
            let upper = part.iter().map(|(x, (_, _, hi))| (*x, self.y(*hi)));
            let lower = part.iter().rev().map(|(x, (_, lo, _))| (*x, self.y(*lo)));
            canvas.area(&upper.chain(lower).collect::<Vec<_>>(), color, 0.22);
            let curve: Vec<(f64, f64)> = part.iter().map(|(x, (mean, ..))| (*x, self.y(*mean))).collect();
            if is_dashed {
                canvas.dashes(&curve, color, 2.0);
            } else {
                canvas.line(&curve, color, 2.0);
            }
            for at in curve {
                canvas.dot(at, 3.0, color);
            }
        }
    }

    fn draw_dots(&self, canvas: &Canvas<'_>, points: &[usize]) {
        let (color, _) = canvas::class_color(0);
        for &point in points {
            let Some((mean, lo, hi)) = self.found(point) else { continue };
            let x = self.x(self.position(point));
            canvas.line(&[(x, self.y(lo)), (x, self.y(hi))], color, 1.2);
            canvas.dot((x, self.y(mean)), 3.0, color);
        }
    }

    /// One line where all points have one goal, otherwise a line along each.
    fn draw_goals(&self, canvas: &Canvas<'_>, lines: &[Vec<usize>]) {
        let goal = |point: usize| self.summary.points[point].findings[self.measure].goal;
        let all = || lines.iter().flatten().map(|&point| goal(point));
        let Some(first) = all().next().flatten() else { return };
        let (left, right) = (self.corner.0 + LEFT, self.corner.0 + COLUMN - RIGHT);
        if all().all(|other| other == Some(first)) {
            let y = self.y(first);
            canvas.dashes(&[(left, y), (right, y)], INK, 1.2);
            let text = format!("goal {}", words::goal(first));
            let above = if y - self.corner.1 - TITLE > 16.0 { y - 8.0 } else { y + 9.0 };
            canvas.text((right, above), &text, Letters::of(12.0).ending());
            return;
        }
        for line in lines {
            let along =
                line.iter().filter_map(|&point| Some((self.x(self.position(point)), self.y(goal(point)?))));
            canvas.dashes(&along.collect::<Vec<_>>(), INK, 1.2);
        }
    }
}

/// The axis of a measure: where it begins and ends, and its ticks.
struct Axis {
    from: f64,
    to: f64,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    fn of(summary: &SweepSummary, measure: usize, points: &[usize]) -> Self {
        let findings = || points.iter().map(|&point| summary.points[point].findings[measure]);
        let estimates = || findings().filter_map(|finding| finding.estimate);
        let highs = estimates().map(|estimate| estimate.interval.map_or(estimate.mean, |(_, hi)| hi));
        let lows = estimates().map(|estimate| estimate.interval.map_or(estimate.mean, |(lo, _)| lo));
        let largest = highs.filter(|hi| hi.is_finite()).fold(0.0, f64::max);
        match summary.measures[measure].unit {
            Unit::Share => {
                let goals = findings().filter_map(|finding| finding.goal);
                Self::of_shares(lows.chain(goals).filter(|lo| lo.is_finite()).fold(1.0, f64::min))
            }
            unit => Self::from_nothing(largest, unit),
        }
    }

    /// From a round share below the lowest to all.
    fn of_shares(lowest: f64) -> Self {
        let from =
            [0.9, 0.8, 0.5].into_iter().find(|&from| lowest > from + (1.0 - from) * 0.05).unwrap_or(0.0);
        let tick = |step: u32| {
            let share = from + (1.0 - from) * f64::from(step) / 5.0;
            (share, format!("{} %", (share * 1000.0).round() / 10.0))
        };
        Self { from, to: 1.0, ticks: (0..=5).map(tick).collect() }
    }

    /// From nothing to the largest; durations in a unit that fits.
    fn from_nothing(largest: f64, unit: Unit) -> Self {
        let size = match unit {
            Unit::Seconds => {
                let sizes = [86_400.0, 3_600.0, 60.0];
                sizes.into_iter().find(|size| largest >= 1.5 * size).unwrap_or(1.0)
            }
            _ => 1.0,
        };
        let ticks: Vec<(f64, String)> = canvas::ticks_to(largest / size, 4)
            .into_iter()
            .map(|tick| tick * size)
            .map(|value| match unit {
                Unit::Seconds => (value, shown_alone(unit, value)),
                _ => (value, canvas::tick_text(value)),
            })
            .collect();
        let to = ticks.last().map_or(1.0, |(last, _)| *last);
        Self { from: 0.0, to, ticks }
    }
}
