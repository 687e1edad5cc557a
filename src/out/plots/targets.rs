//! The share on time of every target, with its interval, against its goal.

use plotters::style::RGBColor;

use super::super::words;
use super::canvas::{self, BAD, Canvas, GOOD, GRID, INK, Letters, MUTED};
use crate::analysis::{Summary, TargetSummary, Verdict};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 300.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 38.0;
const ROW: f64 = 46.0;
const MOST_ROWS: usize = 24;

/// Dots and whiskers of all targets.
pub fn targets_svg(summary: &Summary) -> String {
    let shown = &summary.targets[..summary.targets.len().min(MOST_ROWS)];
    let bottom = TOP + ROW * shown.len().max(1) as f64;
    let description: Vec<String> = shown.iter().map(super::super::sentences::target).collect();
    canvas::draw((WIDTH, bottom + 52.0), "Share on time by target", &description.join(" "), |canvas| {
        if shown.is_empty() {
            canvas.text(
                (WIDTH / 2.0, bottom / 2.0 + 20.0),
                "The scenario sets no target.",
                Letters::of(14.0).centered(),
            );
            return;
        }
        let start = start_of_axis(shown);
        draw_axis(canvas, start, bottom);
        for (row, target) in shown.iter().enumerate() {
            draw_target(canvas, target, start, TOP + ROW * (row as f64 + 0.5));
        }
        let left_out = summary.targets.len() - shown.len();
        if left_out > 0 {
            canvas.text(
                (12.0, bottom + 38.0),
                &format!("Not shown: {left_out} more targets."),
                Letters::of(12.0),
            );
        }
    })
}

/// Where the axis begins: as far right as all that is shown lies well inside.
fn start_of_axis(targets: &[TargetSummary]) -> f64 {
    let lowest = |target: &TargetSummary| {
        let share = target.share_on_time.as_ref().map_or(1.0, |e| e.interval.map_or(e.mean, |(lo, _)| lo));
        share.min(target.goal)
    };
    let lowest = targets.iter().map(lowest).filter(|low| low.is_finite()).fold(1.0, f64::min);
    [0.9, 0.8, 0.5].into_iter().find(|&start| lowest > start + (1.0 - start) * 0.1).unwrap_or(0.0)
}

fn draw_axis(canvas: &Canvas<'_>, start: f64, bottom: f64) {
    for step in 0..=5 {
        let share = start + (1.0 - start) * f64::from(step) / 5.0;
        let x = x_of(share, start);
        canvas.line(&[(x, TOP), (x, bottom)], GRID, 1.0);
        let text = format!("{} %", (share * 1000.0).round() / 10.0);
        canvas.text((x, bottom + 14.0), &text, Letters::of(12.0).colored(MUTED).centered());
    }
    let caption = if start > 0.0 {
        "share of cases on time (the axis does not begin at 0)"
    } else {
        "share of cases on time"
    };
    canvas.text(
        (f64::midpoint(LEFT, RIGHT), bottom + 36.0),
        caption,
        Letters::of(12.0).colored(MUTED).centered(),
    );
    canvas.text((RIGHT + 20.0, 18.0), "on time (95 % interval)", Letters::of(12.0).colored(MUTED));
    let x = LEFT + 8.0;
    draw_goal(canvas, x, 18.0, 7.0);
    canvas.text((x + 10.0, 18.0), "goal", Letters::of(12.0).colored(MUTED));
}

fn draw_target(canvas: &Canvas<'_>, target: &TargetSummary, start: f64, y: f64) {
    canvas.text((12.0, y - 8.0), &words::shortened(&target.name, 36), Letters::of(14.0));
    let clock = format!("within {} {}", words::duration(target.within), words::clock(&target.clock));
    canvas.text((12.0, y + 9.0), &words::shortened(&clock, 44), Letters::of(12.0).colored(MUTED));
    canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 1.0);
    if target.goal.is_finite() {
        draw_goal(canvas, x_of(target.goal, start), y, 13.0);
    }
    let verdict_color = color_of(target.verdict);
    canvas.text(
        (RIGHT + 20.0, y - 8.0),
        words::verdict(target.verdict),
        Letters::of(14.0).bold().colored(verdict_color),
    );
    let Some(share) = target.share_on_time.filter(|share| share.mean.is_finite()) else {
        canvas.text((RIGHT + 20.0, y + 9.0), "no case came under it", Letters::of(12.0).colored(MUTED));
        return;
    };
    if let Some((lo, hi)) = share.interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite()) {
        let (lo, hi) = (x_of(lo, start), x_of(hi, start));
        canvas.line(&[(lo, y), (hi, y)], verdict_color, 3.0);
        for end in [lo, hi] {
            canvas.line(&[(end, y - 8.0), (end, y + 8.0)], verdict_color, 2.0);
        }
    }
    canvas.dot((x_of(share.mean, start), y), 4.5, verdict_color);
    let numbers = words::share_with_interval(Some(&share), Some(target.goal));
    let numbers = format!("{numbers}, goal {}", words::goal(target.goal));
    canvas.text((RIGHT + 20.0, y + 9.0), &numbers, Letters::of(12.0));
}

/// The mark of a goal: an upright line.
fn draw_goal(canvas: &Canvas<'_>, x: f64, y: f64, half: f64) {
    canvas.line(&[(x, y - half), (x, y + half)], INK, 2.5);
}

fn color_of(verdict: Verdict) -> RGBColor {
    match verdict {
        Verdict::Met => GOOD,
        Verdict::Missed => BAD,
        Verdict::Inconclusive => MUTED,
    }
}

fn x_of(share: f64, start: f64) -> f64 {
    LEFT + (share.clamp(start, 1.0) - start) / (1.0 - start) * (RIGHT - LEFT)
}
