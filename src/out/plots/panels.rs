//! Small plots one above the other on a shared axis of time.

use plotters::style::RGBColor;

use super::super::words;
use super::canvas::{self, Canvas, GRID, Letters, MUTED};
use crate::analysis::Band;

pub(super) const WIDTH: f64 = 960.0;
pub(super) const LEFT: f64 = 62.0;
pub(super) const RIGHT: f64 = 944.0;
pub(super) const TITLE: f64 = 30.0;
pub(super) const PLOT: f64 = 96.0;
pub(super) const GAP: f64 = 6.0;
/// For the dates below the last panel.
pub(super) const DATES: f64 = 24.0;
/// A screen shows no more points than this across.
const MOST_POINTS: usize = 900;

/// The axis that all panels share.
pub(super) struct TimeAxis {
    pub(super) n_buckets: usize,
    pub(super) bucket_hours: f64,
    /// Buckets that are drawn as one point.
    at_once: usize,
    /// Share of the axis that the warm-up takes.
    pub(super) warm_up: f64,
    /// Position of each tick as a share of the axis, with its text.
    ticks: Vec<(f64, String)>,
}

impl TimeAxis {
    /// The axis of buckets of so many seconds with these labels; a part of it, in seconds, is the warm-up.
    pub(super) fn new(labels: &[String], bucket: f64, warm_up: f64) -> Self {
        let n_buckets = labels.len();
        let length = bucket * n_buckets as f64;
        Self {
            n_buckets,
            bucket_hours: finite(bucket / 3600.0),
            at_once: n_buckets.div_ceil(MOST_POINTS).max(1),
            warm_up: if length > 0.0 { finite(warm_up / length).min(1.0) } else { 0.0 },
            ticks: ticks(labels),
        }
    }

    /// Where a share of the axis ends.
    pub(super) fn x(part: f64) -> f64 {
        LEFT + part * (RIGHT - LEFT)
    }

    /// Where the point number `idx` of a thinned series begins.
    fn x_of(&self, idx: usize) -> f64 {
        Self::x(((idx * self.at_once) as f64 / self.n_buckets as f64).min(1.0))
    }

    pub(super) fn draw_dates(&self, canvas: &Canvas<'_>, y: f64) {
        for (part, text) in &self.ticks {
            let half = canvas::text_width(text, 12.0) / 2.0;
            let x = Self::x(*part).clamp(half + 2.0, WIDTH - half - 2.0);
            canvas.text((x, y), text, Letters::of(12.0).colored(MUTED).centered());
        }
    }

    /// Means of as many buckets as are drawn at once; what is missing or no number counts as nothing.
    pub(super) fn thinned(&self, bands: &[Band]) -> Vec<Band> {
        let known = &bands[..bands.len().min(self.n_buckets)];
        let mean = |chunk: &[Band], of: fn(&Band) -> f64| {
            chunk.iter().map(|band| finite(of(band))).sum::<f64>() / chunk.len() as f64
        };
        known
            .chunks(self.at_once)
            .map(|chunk| Band {
                mean: mean(chunk, |b| b.mean),
                lo: mean(chunk, |b| b.lo),
                hi: mean(chunk, |b| b.hi),
            })
            .collect()
    }
}

/// Dates where a day begins, thinned until they fit; hours in runs of a day or two.
fn ticks(labels: &[String]) -> Vec<(f64, String)> {
    const MOST_TICKS: usize = 11;
    let n_labels = labels.len().max(1) as f64;
    let date = |idx: usize| labels[idx].split('T').next();
    let begins_day = |&idx: &usize| match idx.checked_sub(1) {
        Some(before) => date(before) != date(idx),
        None => words::time_of(&labels[idx]).is_none_or(|time| time == "00:00"),
    };
    let days: Vec<usize> = (0..labels.len()).filter(begins_day).collect();
    if days.len() < 3 {
        let begins_hour =
            |&idx: &usize| words::time_of(&labels[idx]).is_some_and(|time| time.ends_with(":00"));
        let hours: Vec<usize> = (0..labels.len()).filter(begins_hour).collect();
        let step =
            [1, 2, 3, 6, 12, 24].into_iter().find(|step| hours.len() / step <= MOST_TICKS).unwrap_or(48);
        let text = |idx: usize| match (words::time_of(&labels[idx]), words::day_of(&labels[idx])) {
            (Some("00:00"), Some((_, month, day))) => format!("{day} {month}"),
            (Some(time), _) => time.to_owned(),
            (None, _) => labels[idx].clone(),
        };
        return hours.iter().step_by(step).map(|&idx| (idx as f64 / n_labels, text(idx))).collect();
    }
    let fits = |step: &usize| days.len().div_ceil(*step) <= MOST_TICKS;
    let step = [1, 2, 7, 14, 28, 56, 91, 182, 364].into_iter().find(fits).unwrap_or(days.len() / 8 + 1);
    let mut year_shown = None;
    let mut ticks = Vec::new();
    for &idx in days.iter().step_by(step) {
        let text = match words::day_of(&labels[idx]) {
            Some((year, month, day)) if year_shown == Some(year) => format!("{day} {month}"),
            Some((year, month, day)) => {
                year_shown = Some(year);
                format!("{day} {month} {year}")
            }
            None => words::shortened(&labels[idx], 12),
        };
        ticks.push((idx as f64 / n_labels, text));
    }
    ticks
}

/// One small plot.
pub(super) struct Panel<'a> {
    pub(super) title: String,
    pub(super) top: f64,
    pub(super) axis: &'a TimeAxis,
}

/// What a legend entry shows before its text.
#[derive(Clone, Copy)]
pub(super) enum Swatch {
    Line,
    Area(f64),
}

impl Panel<'_> {
    pub(super) fn bottom(&self) -> f64 {
        self.top + TITLE + PLOT
    }

    /// Draws title, ticks and grid; returns the scale: the height of a value in pixels above the bottom.
    pub(super) fn draw_frame(
        &self,
        canvas: &Canvas<'_>,
        largest: f64,
        legend: &[(String, RGBColor, Swatch)],
    ) -> f64 {
        let (top, bottom) = (self.top + TITLE, self.bottom());
        let warm_up_end = TimeAxis::x(self.axis.warm_up);
        if self.axis.warm_up > 0.0 {
            canvas.rectangle((LEFT, top), (warm_up_end, bottom), GRID, 0.45);
        }
        let ticks = canvas::ticks_to(largest, 3);
        let highest = ticks.last().copied().unwrap_or(1.0);
        let scale = PLOT / highest;
        for &tick in &ticks {
            let y = bottom - tick * scale;
            canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 1.0);
            canvas.text((LEFT - 8.0, y), &canvas::tick_text(tick), Letters::of(12.0).colored(MUTED).ending());
        }
        for (part, _) in &self.axis.ticks {
            let x = TimeAxis::x(*part);
            canvas.line(&[(x, top), (x, bottom)], GRID, 1.0);
        }
        canvas.text((LEFT, self.top + TITLE - 13.0), &self.title, Letters::of(14.0).bold());
        self.draw_legend(canvas, legend);
        if largest <= 0.0 {
            let middle = (f64::midpoint(LEFT, RIGHT), f64::midpoint(top, bottom));
            canvas.text(middle, "none in the whole run", Letters::of(12.0).colored(MUTED).centered());
        }
        scale
    }

    /// At the right of the title, where no data is.
    fn draw_legend(&self, canvas: &Canvas<'_>, legend: &[(String, RGBColor, Swatch)]) {
        let y = self.top + TITLE - 13.0;
        let mut end = RIGHT;
        for (text, color, swatch) in legend.iter().rev() {
            let start = end - canvas::text_width(text, 12.0);
            canvas.text((start, y), text, Letters::of(12.0));
            match *swatch {
                Swatch::Line => canvas.line(&[(start - 22.0, y), (start - 5.0, y)], *color, 2.0),
                Swatch::Area(opacity) => {
                    canvas.rectangle((start - 20.0, y - 5.0), (start - 6.0, y + 5.0), *color, opacity);
                }
            }
            end = start - 34.0;
        }
    }

    pub(super) fn draw_band(&self, canvas: &Canvas<'_>, bands: &[Band], color: RGBColor, scale: f64) {
        if bands.iter().any(|band| band.hi > band.lo) {
            let (lo, hi): (Vec<f64>, Vec<f64>) = bands.iter().map(|band| (band.lo, band.hi)).unzip();
            canvas.area(&self.between(&lo, &hi, scale), color, 0.25);
        }
    }

    /// The outline of the area between two series.
    pub(super) fn between(&self, lo: &[f64], hi: &[f64], scale: f64) -> Vec<(f64, f64)> {
        let mut outline = self.steps(hi, |&value| value, scale);
        outline.extend(self.steps(lo, |&value| value, scale).into_iter().rev());
        outline
    }

    /// A value holds for all of its bucket: a line of steps.
    pub(super) fn steps<T>(&self, values: &[T], of: impl Fn(&T) -> f64, scale: f64) -> Vec<(f64, f64)> {
        let mut line = Vec::with_capacity(2 * values.len());
        for (idx, value) in values.iter().enumerate() {
            let y = self.bottom() - of(value) * scale;
            line.extend([(self.axis.x_of(idx), y), (self.axis.x_of(idx + 1), y)]);
        }
        line
    }
}

/// What is drawn of a number: nothing of what is none.
pub(super) fn finite(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::hourly_labels;
    use super::*;

    fn texts(labels: &[String]) -> Vec<String> {
        ticks(labels).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_follow_the_length_of_the_run() {
        assert_eq!(texts(&hourly_labels(72)), ["5 Jan 2015", "6 Jan", "7 Jan"]);
        assert_eq!(texts(&hourly_labels(504)).len(), 11);
        assert_eq!(
            texts(&hourly_labels(12)),
            ["00:00", "02:00", "04:00", "06:00", "08:00", "10:00"].map(|t| t.replace("00:00", "5 Jan"))
        );
        assert!(texts(&[]).is_empty());
        let no_dates: Vec<String> = (0..40).map(|day| format!("day {day}")).collect();
        assert!(texts(&no_dates).len() <= 11);
    }
}
