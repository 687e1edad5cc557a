//! A measure over a grid of two paths.

use plotters::style::RGBColor;

use super::super::sweep::{headline, shown_alone};
use super::super::words;
use super::canvas::{self, BAD, Canvas, GOOD, INK, Letters, MUTED, NEUTRAL};
use crate::analysis::{SweepSummary, Verdict};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 944.0;
const TOP: f64 = 34.0;
const HIGHEST_CELL: f64 = 40.0;
const LOWEST_CELL: f64 = 10.0;
const HIGHEST: f64 = 900.0;
/// Narrower or lower cells have no room for a number.
const ROOM_FOR_TEXT: (f64, f64) = (42.0, 16.0);

pub(super) const CAPTION: &str = "Each cell is a point of the sweep, with what was found there; intervals are in the \
                                  table below. Of a target, green cells with a check mark are met, orange ones with a \
                                  cross are missed, and in grey ones with a question mark it cannot be told. Of any \
                                  other measure, the darker the more.";

/// Cells with numbers: the factor of more levels across, the other down.
pub(super) fn heat_map_svg(summary: &SweepSummary, measure: usize) -> String {
    let n_levels = |factor: usize| summary.factors[factor].levels.len();
    let (across, down) = if n_levels(1) > n_levels(0) { (1, 0) } else { (0, 1) };
    let cell = (
        (RIGHT - LEFT) / n_levels(across).max(1) as f64,
        (HIGHEST / n_levels(down).max(1) as f64).clamp(LOWEST_CELL, HIGHEST_CELL),
    );
    let bottom = TOP + cell.1 * n_levels(down) as f64;
    let title = &summary.measures[measure].title;
    canvas::draw((WIDTH, bottom + 52.0), title, &headline(summary), |canvas| {
        let path = |factor: usize| words::shortened(&summary.factors[factor].path, 90);
        canvas.text((12.0, 16.0), &path(down), Letters::of(12.0).colored(MUTED));
        let middle = f64::midpoint(LEFT, RIGHT);
        canvas.text((middle, bottom + 36.0), &path(across), Letters::of(12.0).colored(MUTED).centered());
        label_axes(canvas, summary, (across, down), cell, bottom);
        let spread = summary.spread(measure).unwrap_or((0.0, 1.0));
        for point in &summary.points {
            let at = |factor: usize| {
                let levels = &summary.factors[factor].levels;
                levels.iter().position(|level| level.label == point.levels[factor].label).unwrap_or(0) as f64
            };
            let from = (LEFT + at(across) * cell.0, TOP + at(down) * cell.1);
            let finding = &point.findings[measure];
            let (color, opacity) = color_of(finding.verdict(), finding.estimate.map(|e| e.mean), spread);
            canvas.rectangle(
                (from.0 + 1.0, from.1 + 1.0),
                (from.0 + cell.0 - 1.0, from.1 + cell.1 - 1.0),
                color,
                opacity,
            );
            let number = finding
                .estimate
                .map_or(words::UNKNOWN.to_owned(), |e| shown_alone(summary.measures[measure].unit, e.mean));
            let number = number.replace(" %", "%");
            let mark = match finding.verdict() {
                Some(Verdict::Met) => " ✓",
                Some(Verdict::Missed) => " ✗",
                Some(Verdict::Inconclusive) => " ?",
                None => "",
            };
            let center = (from.0 + cell.0 / 2.0, from.1 + cell.1 / 2.0);
            let text = format!("{number}{mark}");
            let fits = cell.1 >= ROOM_FOR_TEXT.1 && canvas::text_width(&text, 12.0) < cell.0;
            let letters = Letters::of(12.0).centered();
            match () {
                () if fits && mark == " ✓" => canvas.text(center, &text, letters.bold()),
                () if fits => canvas.text(center, &text, letters),
                () if cell.0 >= 12.0 && cell.1 >= ROOM_FOR_TEXT.1 => {
                    canvas.text(center, mark.trim(), letters);
                }
                () => {}
            }
        }
    })
}

/// The levels beside and below the cells, as many as there is room for.
fn label_axes(
    canvas: &Canvas<'_>,
    summary: &SweepSummary,
    (across, down): (usize, usize),
    cell: (f64, f64),
    bottom: f64,
) {
    let letters = Letters::of(12.0).colored(INK);
    let mut free = f64::NEG_INFINITY;
    for (at, level) in summary.factors[across].levels.iter().enumerate() {
        let text = words::shortened(&level.label, 18);
        let (x, half) = (LEFT + (at as f64 + 0.5) * cell.0, canvas::text_width(&text, 12.0) / 2.0);
        if x - half > free {
            canvas.text((x, bottom + 14.0), &text, letters.centered());
            free = x + half + 6.0;
        }
    }
    let mut free = f64::NEG_INFINITY;
    for (at, level) in summary.factors[down].levels.iter().enumerate() {
        let y = TOP + (at as f64 + 0.5) * cell.1;
        if y - ROOM_FOR_TEXT.1 / 2.0 > free {
            canvas.text((LEFT - 8.0, y), &words::shortened(&level.label, 20), letters.ending());
            free = y + ROOM_FOR_TEXT.1 / 2.0;
        }
    }
}

/// By the verdict of a target; otherwise the darker the more, over the range of what was found.
fn color_of(verdict: Option<Verdict>, mean: Option<f64>, (least, most): (f64, f64)) -> (RGBColor, f64) {
    match (verdict, mean) {
        (_, None) => (NEUTRAL, 0.06),
        (Some(Verdict::Met), _) => (GOOD, 0.35),
        (Some(Verdict::Missed), _) => (BAD, 0.28),
        (Some(Verdict::Inconclusive), _) => (NEUTRAL, 0.25),
        (None, Some(mean)) => {
            let part = if most > least { (mean - least) / (most - least) } else { 0.0 };
            (canvas::class_color(0).0, 0.08 + 0.42 * part)
        }
    }
}
