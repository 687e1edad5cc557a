//! A forest plot: every target's share on time in the base and in the variants, and the paired differences.

use plotters::style::RGBColor;

use super::super::comparison::{difference, labels, target_names};
use super::super::words;
use super::canvas::{self, BAD, Canvas, GOOD, GRID, INK, Letters, MUTED, NEUTRAL};
use crate::analysis::{Change, Compared, Comparison, Estimate, Unit};

const WIDTH: f64 = 960.0;
/// The panel of shares.
const SHARES: (f64, f64) = (250.0, 510.0);
/// The panel of differences.
const DIFFERENCES: (f64, f64) = (555.0, 740.0);
const NUMBERS: f64 = 755.0;
const LINE: f64 = 18.0;
const GAP: f64 = 16.0;
const LEGEND_LINE: f64 = 18.0;
const MOST_TARGETS: usize = 14;
const MOST_VARIANTS: usize = 8;

/// Dots and whiskers of all targets, for the base and each variant, and of the differences.
pub fn differences_svg(comparison: &Comparison) -> String {
    let labels = labels(comparison);
    let names = target_names(comparison);
    let n_variants = comparison.variants.len().min(MOST_VARIANTS);
    let n_targets = names.len().min(MOST_TARGETS);
    let rows: Vec<Row<'_>> =
        names[..n_targets].iter().map(|name| Row::of(comparison, name, n_variants)).collect();
    let top = 16.0 + LEGEND_LINE * (n_variants + 1) as f64 + 30.0;
    let height = LINE * (n_variants + 1) as f64 + GAP;
    let bottom = top + height * n_targets.max(1) as f64;
    let description: Vec<String> = comparison
        .variants
        .iter()
        .zip(&labels)
        .map(|(variant, label)| super::super::comparison::answer(variant, label))
        .collect();
    let size = (WIDTH, bottom + 58.0);
    canvas::draw(size, "Targets and their differences", &description.join(" "), |canvas| {
        if rows.is_empty() {
            let said = "The base and its variants have no target in common.";
            canvas.text((WIDTH / 2.0, bottom / 2.0), said, Letters::of(14.0).centered());
            return;
        }
        draw_legend(canvas, comparison, &labels[..n_variants]);
        let scale = Scale::around(&rows);
        draw_axes(canvas, &scale, top, bottom);
        for (idx, row) in rows.iter().enumerate() {
            row.draw(canvas, &scale, top + height * idx as f64);
        }
        let (targets, variants) = (names.len() - n_targets, comparison.variants.len() - n_variants);
        if targets + variants > 0 {
            let said = format!("Not shown: {targets} more targets and {variants} more variants.");
            canvas.text((12.0, bottom + 46.0), &said, Letters::of(12.0));
        }
    })
}

fn draw_legend(canvas: &Canvas<'_>, comparison: &Comparison, labels: &[String]) {
    let base = format!("base: {}", comparison.base.name);
    let colors = (0..labels.len()).map(|idx| canvas::class_color(idx).0);
    let entries = std::iter::once((NEUTRAL, &base)).chain(colors.zip(labels));
    for (idx, (color, label)) in entries.enumerate() {
        let y = 16.0 + LEGEND_LINE * idx as f64;
        canvas.dot((18.0, y), 4.5, color);
        canvas.text((30.0, y), &words::shortened(label, 60), Letters::of(13.0));
    }
    let x = SHARES.0 + 200.0;
    canvas.line(&[(x, 9.0), (x, 23.0)], INK, 2.5);
    canvas.text((x + 10.0, 16.0), "goal", Letters::of(12.0).colored(MUTED));
}

/// The axis of differences, in percentage points.
struct Scale {
    from: f64,
    to: f64,
    ticks: Vec<f64>,
}

impl Scale {
    /// Holds every interval, and zero.
    fn around(rows: &[Row<'_>]) -> Self {
        let differences =
            rows.iter().flat_map(|row| &row.variants).filter_map(|c| c.and_then(|c| c.difference));
        let ends = differences.flat_map(|difference| {
            let (lo, hi) = difference.interval.unwrap_or((difference.mean, difference.mean));
            [lo * 100.0, hi * 100.0]
        });
        let (mut lowest, mut highest) = (0.0_f64, 0.0_f64);
        for end in ends.filter(|end| end.is_finite()) {
            lowest = lowest.min(end);
            highest = highest.max(end);
        }
        let steps = canvas::ticks_to(highest.max(-lowest), if lowest < 0.0 && highest > 0.0 { 2 } else { 4 });
        let below = if lowest < 0.0 { steps.as_slice() } else { &steps[..1] };
        let above = if highest > 0.0 || lowest >= 0.0 { steps.as_slice() } else { &steps[..1] };
        let ticks: Vec<f64> =
            below.iter().skip(1).rev().map(|tick| -tick).chain(above.iter().copied()).collect();
        let (from, to) = (ticks.first().copied().unwrap_or(0.0), ticks.last().copied().unwrap_or(1.0));
        Self { from, to, ticks }
    }

    fn x(&self, points: f64) -> f64 {
        let part = (points - self.from) / (self.to - self.from);
        DIFFERENCES.0 + part.clamp(0.0, 1.0) * (DIFFERENCES.1 - DIFFERENCES.0)
    }
}

fn draw_axes(canvas: &Canvas<'_>, scale: &Scale, top: f64, bottom: f64) {
    let muted = Letters::of(12.0).colored(MUTED);
    for quarter in 0..=4u32 {
        let x = share_x(f64::from(quarter) / 4.0);
        canvas.line(&[(x, top), (x, bottom)], GRID, 1.0);
        canvas.text((x, bottom + 14.0), &format!("{} %", quarter * 25), muted.centered());
    }
    for &tick in &scale.ticks {
        let x = scale.x(tick);
        let (color, width) = if tick == 0.0 { (INK, 1.5) } else { (GRID, 1.0) };
        canvas.line(&[(x, top), (x, bottom)], color, width);
        let sign = if tick > 0.0 { "+" } else { "-" };
        let text =
            if tick == 0.0 { "0".to_owned() } else { format!("{sign}{}", canvas::tick_text(tick.abs())) };
        canvas.text((x, bottom + 14.0), &text, muted.centered());
    }
    let middle = |(left, right): (f64, f64)| f64::midpoint(left, right);
    canvas.text((middle(SHARES), top - 14.0), "share of cases on time", muted.centered());
    canvas.text((middle(DIFFERENCES), top - 14.0), "difference from the base, in points", muted.centered());
}

/// A target in the base and in every variant.
struct Row<'a> {
    name: &'a str,
    variants: Vec<Option<&'a Compared>>,
}

impl<'a> Row<'a> {
    fn of(comparison: &'a Comparison, name: &'a str, n_variants: usize) -> Self {
        let of = |variant: &'a crate::analysis::VariantSummary| {
            variant.measures.iter().find(|compared| compared.target.is_some() && compared.subject == name)
        };
        Self { name, variants: comparison.variants.iter().take(n_variants).map(of).collect() }
    }

    fn draw(&self, canvas: &Canvas<'_>, scale: &Scale, top: f64) {
        canvas.line(&[(12.0, top), (WIDTH - 12.0, top)], GRID, 1.0);
        let y = |line: usize| top + GAP / 2.0 + LINE * (line as f64 + 0.5);
        canvas.text((12.0, y(0)), &words::shortened(self.name, 34), Letters::of(13.0));
        let Some(first) = self.variants.iter().flatten().next() else { return };
        if let Some(target) = &first.target {
            let said = format!("goal {}", words::goal(target.goal));
            canvas.text((12.0, y(1)), &said, Letters::of(12.0).colored(MUTED));
            if target.goal.is_finite() {
                draw_goal(canvas, target.goal, y(0));
            }
        }
        draw_estimate(canvas, first.base.as_ref(), share_x, y(0), NEUTRAL);
        for (idx, compared) in self.variants.iter().enumerate() {
            let Some(compared) = compared else { continue };
            let y = y(idx + 1);
            let color = canvas::class_color(idx).0;
            if let Some(target) = compared.target.as_ref().filter(|target| target.variant_goal.is_finite()) {
                draw_goal(canvas, target.variant_goal, y);
            }
            draw_estimate(canvas, compared.variant.as_ref(), share_x, y, color);
            let x = |share: f64| scale.x(share * 100.0);
            draw_estimate(canvas, compared.difference.as_ref(), x, y, color);
            let (text, color) = said(compared);
            canvas.text((NUMBERS, y), &text, Letters::of(12.0).colored(color));
        }
    }
}

/// The difference in numbers, and the color of its verdict.
fn said(compared: &Compared) -> (String, RGBColor) {
    let text = difference(Unit::Share, compared.difference.as_ref());
    match compared.change {
        Change::Better => (text, GOOD),
        Change::Worse => (text, BAD),
        Change::Same => ("the same".to_owned(), MUTED),
        Change::Changed | Change::CannotTell => (text, MUTED),
    }
}

fn draw_estimate(
    canvas: &Canvas<'_>,
    estimate: Option<&Estimate>,
    x: impl Fn(f64) -> f64,
    y: f64,
    color: RGBColor,
) {
    let Some(estimate) = estimate.filter(|estimate| estimate.mean.is_finite()) else { return };
    if let Some((lo, hi)) = estimate.interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite()) {
        canvas.line(&[(x(lo), y), (x(hi), y)], color, 2.5);
        for end in [lo, hi] {
            canvas.line(&[(x(end), y - 5.0), (x(end), y + 5.0)], color, 1.5);
        }
    }
    canvas.dot((x(estimate.mean), y), 4.0, color);
}

/// The mark of a goal: an upright line.
fn draw_goal(canvas: &Canvas<'_>, goal: f64, y: f64) {
    let x = share_x(goal);
    canvas.line(&[(x, y - 8.0), (x, y + 8.0)], INK, 2.5);
}

fn share_x(share: f64) -> f64 {
    SHARES.0 + share.clamp(0.0, 1.0) * (SHARES.1 - SHARES.0)
}
