//! The distribution of the response time of every class.

use super::super::words;
use super::canvas::{self, Canvas, GRID, INK, Letters, MUTED, SURFACE};
use crate::analysis::{ClassSummary, Summary};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 700.0;
const HEIGHT: f64 = 330.0;
/// Rows above the curves for the names of targets.
const TARGET_ROW: f64 = 17.0;
const MOST_TARGET_ROWS: usize = 6;
const LEGEND_ROW: f64 = 36.0;
const MOST_CLASSES: usize = 14;

/// Durations that people have in mind, in seconds.
const TICKS: [(f64, &str); 13] = [
    (0.01, "10ms"),
    (0.1, "0.1s"),
    (1.0, "1s"),
    (10.0, "10s"),
    (60.0, "1min"),
    (600.0, "10min"),
    (3600.0, "1h"),
    (21_600.0, "6h"),
    (86_400.0, "1d"),
    (604_800.0, "1w"),
    (2_592_000.0, "30d"),
    (31_557_600.0, "1y"),
    (315_576_000.0, "10y"),
];

/// Cumulative shares over a logarithmic axis of time.
pub fn response_time_svg(summary: &Summary) -> String {
    let classes: Vec<Curve<'_>> =
        summary.classes.iter().enumerate().filter_map(Curve::of).take(MOST_CLASSES).collect();
    let targets = target_marks(summary);
    let top = 24.0 + TARGET_ROW * targets.len() as f64;
    let bottom = (top + HEIGHT).max(24.0 + LEGEND_ROW * classes.len() as f64);
    let bottom = if classes.is_empty() { 64.0 } else { bottom };
    let description = classes.iter().map(Curve::sentence).collect::<Vec<_>>().join(" ");
    canvas::draw((WIDTH, bottom + 56.0), "Response time by class", &description, |canvas| {
        let Some(frame) = Frame::around(&classes, &targets, (top, bottom)) else {
            let nothing = "No case was decided: there is no response time to show.";
            canvas.text((WIDTH / 2.0, 60.0), nothing, Letters::of(14.0).centered());
            return;
        };
        frame.draw_axes(canvas);
        let rows =
            || targets.iter().enumerate().map(|(row, target)| (target, 14.0 + TARGET_ROW * row as f64));
        rows().for_each(|(target, y)| frame.draw_target(canvas, target, y));
        rows().for_each(|(target, y)| frame.draw_target_names(canvas, target, y));
        for (row, curve) in classes.iter().enumerate() {
            frame.draw_curve(canvas, curve, row);
        }
        let left_out = summary.classes.len() - classes.len();
        if left_out > 0 {
            let said = format!("not shown: {left_out} more");
            let y = 30.0 + LEGEND_ROW * classes.len() as f64;
            canvas.text((RIGHT + 24.0, y), &said, Letters::of(12.0).colored(MUTED));
        }
    })
}

/// The points of a class that can be drawn: times above nothing, in order.
struct Curve<'a> {
    class: &'a ClassSummary,
    /// The class's position in the summary, which gives its color.
    class_idx: usize,
    points: Vec<(f64, f64)>,
}

impl<'a> Curve<'a> {
    fn of((class_idx, class): (usize, &'a ClassSummary)) -> Option<Self> {
        let usable = class.response_curve.iter().filter(|p| p.seconds.is_finite() && p.share.is_finite());
        let points: Vec<_> = usable.map(|p| (p.seconds.max(0.01), p.share.clamp(0.0, 1.0))).collect();
        points.iter().any(|(_, share)| *share > 0.0).then_some(Self { class, class_idx, points })
    }

    /// The first time by which a share of the cases is decided; the last where that is never.
    fn reaches(&self, share: f64) -> f64 {
        let reached = self.points.iter().find(|(_, at)| *at >= share).or(self.points.last());
        reached.map_or(1.0, |(seconds, _)| *seconds)
    }

    fn half_within(&self) -> String {
        match &self.class.response_time.p50 {
            Some(median) => format!("half within {}", words::duration(median.mean)),
            None => format!("half within about {}", words::duration(self.reaches(0.5))),
        }
    }

    fn sentence(&self) -> String {
        format!("{}: {}.", self.class.name, self.half_within())
    }
}

/// The targets of one duration.
struct TargetMark {
    within: f64,
    goals: Vec<f64>,
    names: Vec<String>,
}

/// Targets whose clock starts where the response time does; the shortest first, the rest left out.
fn target_marks(summary: &Summary) -> Vec<TargetMark> {
    let mut marks: Vec<TargetMark> = Vec::new();
    for target in &summary.targets {
        let from_sent = target.clock.trim_start().starts_with("sent");
        if !from_sent || !target.within.is_finite() || target.within <= 0.0 {
            continue;
        }
        let goal = Some(target.goal).filter(|goal| (0.0..=1.0).contains(goal));
        match marks.iter_mut().find(|mark| (mark.within - target.within).abs() < 1e-6) {
            Some(mark) => {
                mark.goals.extend(goal);
                mark.names.push(target.name.clone());
            }
            None => marks.push(TargetMark {
                within: target.within,
                goals: goal.into_iter().collect(),
                names: vec![target.name.clone()],
            }),
        }
    }
    marks.sort_by(|a, b| a.within.total_cmp(&b.within));
    marks.truncate(MOST_TARGET_ROWS);
    marks
}

/// The axes: logarithms of seconds across, shares upward.
struct Frame {
    from: f64,
    to: f64,
    top: f64,
    bottom: f64,
}

impl Frame {
    /// Holds all but the outermost half percent of every curve, and the targets.
    fn around(curves: &[Curve<'_>], targets: &[TargetMark], (top, bottom): (f64, f64)) -> Option<Self> {
        let within = || targets.iter().map(|target| target.within);
        let first = curves.iter().map(|c| c.reaches(0.005)).reduce(f64::min)?;
        let last = curves.iter().map(|c| c.reaches(0.995)).reduce(f64::max)?;
        let first = within().fold(first, f64::min);
        let last = within().fold(last, f64::max).max(first);
        let from = TICKS.iter().rev().find(|(tick, _)| *tick <= first).map_or(first, |(tick, _)| *tick);
        let to = TICKS
            .iter()
            .find(|(tick, _)| *tick >= last && *tick > from)
            .map_or(last * 2.0, |(tick, _)| *tick);
        Some(Self { from: from.log10(), to: to.log10().max(from.log10() + 0.1), top, bottom })
    }

    fn x(&self, seconds: f64) -> f64 {
        let part = (seconds.log10() - self.from) / (self.to - self.from);
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn y(&self, share: f64) -> f64 {
        self.bottom - share * (self.bottom - self.top)
    }

    fn draw_axes(&self, canvas: &Canvas<'_>) {
        for quarter in 0..=4u32 {
            let share = f64::from(quarter) / 4.0;
            let y = self.y(share);
            canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 1.0);
            let text = format!("{} %", quarter * 25);
            canvas.text((LEFT - 8.0, y), &text, Letters::of(12.0).colored(MUTED).ending());
        }
        for (tick, text) in TICKS {
            let is_inside = (self.from - 1e-9..=self.to + 1e-9).contains(&tick.log10());
            if is_inside {
                let x = self.x(tick);
                canvas.line(&[(x, self.top), (x, self.bottom)], GRID, 1.0);
                canvas.text((x, self.bottom + 14.0), text, Letters::of(12.0).colored(MUTED).centered());
            }
        }
        let caption = "time from sent to decided (each step to the right is many times longer)";
        let middle = f64::midpoint(LEFT, RIGHT);
        canvas.text((middle, self.bottom + 38.0), caption, Letters::of(12.0).colored(MUTED).centered());
    }

    fn draw_target(&self, canvas: &Canvas<'_>, target: &TargetMark, label_y: f64) {
        let x = self.x(target.within);
        canvas.dashes(&[(x, label_y - 7.0), (x, self.bottom)], INK, 1.0);
        for &goal in &target.goals {
            let (y, r) = (self.y(goal), 5.0);
            canvas.area(&[(x - r, y), (x, y - r), (x + r, y), (x, y + r)], INK, 1.0);
        }
    }

    /// Beside the top of the target's line, over the lines of others.
    fn draw_target_names(&self, canvas: &Canvas<'_>, target: &TargetMark, y: f64) {
        let x = self.x(target.within);
        let text =
            words::shortened(&format!("{}: {}", words::duration(target.within), target.names.join(", ")), 70);
        let width = canvas::text_width(&text, 12.0);
        let start = match x {
            x if x + 5.0 + width < RIGHT + 20.0 => x + 5.0,
            x if x - 5.0 - width > 8.0 => x - 5.0 - width,
            _ => RIGHT - width,
        };
        canvas.rectangle((start - 2.0, y - 7.0), (start + width, y + 7.0), SURFACE, 1.0);
        let letters = Letters::of(12.0);
        if start < x {
            canvas.text((start + width, y), &text, letters.ending());
        } else {
            canvas.text((start, y), &text, letters);
        }
    }

    fn draw_curve(&self, canvas: &Canvas<'_>, curve: &Curve<'_>, row: usize) {
        let (color, is_dashed) = canvas::class_color(curve.class_idx);
        let is_inside = |seconds: f64| (self.from..=self.to).contains(&seconds.log10());
        let inside = curve.points.iter().filter(|(seconds, _)| is_inside(*seconds));
        let mut line: Vec<(f64, f64)> =
            inside.map(|&(seconds, share)| (self.x(seconds), self.y(share))).collect();
        if let Some(&(_, y)) = line.last() {
            // a share stays what it is until the next point: to the end of the axis
            line.push((RIGHT, y));
        }
        let y = 24.0 + LEGEND_ROW * row as f64;
        let sample = [(RIGHT + 24.0, y + 6.0), (RIGHT + 48.0, y + 6.0)];
        for path in [line.as_slice(), &sample] {
            if is_dashed { canvas.dashes(path, color, 2.5) } else { canvas.line(path, color, 2.5) }
        }
        canvas.text((RIGHT + 56.0, y), &words::shortened(&curve.class.name, 26), Letters::of(13.0));
        canvas.text((RIGHT + 56.0, y + 15.0), &curve.half_within(), Letters::of(12.0).colored(MUTED));
    }
}
