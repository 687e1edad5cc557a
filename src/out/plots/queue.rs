//! The course of time: reports, queues and people, one above the other on a shared axis.

use plotters::style::RGBColor;

use super::super::words;
use super::canvas::{self, Canvas, GRID, INK, Letters, MUTED, NEUTRAL, OTHERS};
use crate::analysis::{Band, Summary};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 944.0;
const TITLE: f64 = 30.0;
const PLOT: f64 = 96.0;
const GAP: f64 = 6.0;
/// For the dates below the last panel.
const DATES: f64 = 24.0;
const MOST_STAGES: usize = 4;
const MOST_TEAMS: usize = 4;
const MOST_CLASSES: usize = 5;
/// A screen shows no more points than this across.
const MOST_POINTS: usize = 900;

/// Reports an hour by class, cases waiting by stage, and people by team, over the time of the run.
pub fn queue_svg(summary: &Summary) -> String {
    let series = &summary.series;
    let axis = TimeAxis::of(summary);
    let stages = busiest(&series.waiting, summary.stages.len(), MOST_STAGES);
    let teams = busiest(&series.busy, summary.teams.len().min(series.staff.len()), MOST_TEAMS);
    let n_panels = 1 + stages.len() + teams.len();
    let said = left_out(summary.stages.len() - stages.len(), summary.teams.len() - teams.len());
    let bottom = n_panels as f64 * (TITLE + PLOT + GAP) + DATES;
    let height = if said.is_empty() { bottom } else { bottom + 26.0 };
    let description =
        super::super::sentences::worst_queue(summary).unwrap_or_else(|| "Nobody waits.".to_owned());
    canvas::draw((WIDTH, height), "Reports, queues and people over time", &description, |canvas| {
        if axis.n_buckets == 0 {
            canvas.text(
                (WIDTH / 2.0, 90.0),
                "The run is too short for a time series.",
                Letters::of(14.0).centered(),
            );
            return;
        }
        let mut tops = (0..n_panels).map(|panel| panel as f64 * (TITLE + PLOT + GAP));
        let mut next = |title: String| Panel { title, top: tops.next().unwrap_or(0.0), axis: &axis };
        let unit = if axis.bucket_hours > 0.0 { "reports per hour" } else { "reports" };
        next(unit.to_owned()).draw_reports(canvas, summary);
        for &stage in &stages {
            let panel =
                next(format!("cases waiting at {}", words::shortened(&summary.stages[stage].name, 40)));
            panel.draw_waiting(canvas, &axis.thinned(&series.waiting[stage]));
        }
        for &team in &teams {
            let panel = next(format!("people of {}", words::shortened(&summary.teams[team].name, 40)));
            panel.draw_people(canvas, &axis.thinned(&series.staff[team]), &axis.thinned(&series.busy[team]));
        }
        axis.draw_dates(canvas, bottom - DATES - GAP + 14.0);
        canvas.text((12.0, bottom + 10.0), &said, Letters::of(12.0).colored(MUTED));
    })
}

/// The positions of the `most` series with the largest peaks, in their own order.
fn busiest(series: &[Vec<Band>], named: usize, most: usize) -> Vec<usize> {
    let peak = |idx: usize| series[idx].iter().map(|band| finite(band.mean)).fold(0.0, f64::max);
    let mut order: Vec<usize> = (0..series.len().min(named)).collect();
    order.sort_by(|&a, &b| peak(b).total_cmp(&peak(a)).then(a.cmp(&b)));
    order.truncate(most);
    order.sort_unstable();
    order
}

fn left_out(stages: usize, teams: usize) -> String {
    let several = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    match (stages, teams) {
        (0, 0) => String::new(),
        (stages, 0) => format!("Not shown: {} with less to do.", several(stages, "stage")),
        (0, teams) => format!("Not shown: {} with less to do.", several(teams, "team")),
        _ => {
            format!("Not shown: {} and {} with less to do.", several(stages, "stage"), several(teams, "team"))
        }
    }
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// The axis that all panels share.
struct TimeAxis {
    n_buckets: usize,
    bucket_hours: f64,
    /// Buckets that are drawn as one point.
    at_once: usize,
    /// Share of the axis that the warm-up takes.
    warm_up: f64,
    /// Position of each tick as a share of the axis, with its text.
    ticks: Vec<(f64, String)>,
}

impl TimeAxis {
    fn of(summary: &Summary) -> Self {
        let series = &summary.series;
        let n_buckets = series.labels.len();
        let length = series.bucket * n_buckets as f64;
        Self {
            n_buckets,
            bucket_hours: finite(series.bucket / 3600.0),
            at_once: n_buckets.div_ceil(MOST_POINTS).max(1),
            warm_up: if length > 0.0 { finite(summary.warm_up / length).min(1.0) } else { 0.0 },
            ticks: ticks(&series.labels),
        }
    }

    /// Where a share of the axis ends.
    fn x(part: f64) -> f64 {
        LEFT + part * (RIGHT - LEFT)
    }

    /// Where the point number `idx` of a thinned series begins.
    fn x_of(&self, idx: usize) -> f64 {
        Self::x(((idx * self.at_once) as f64 / self.n_buckets as f64).min(1.0))
    }

    fn draw_dates(&self, canvas: &Canvas<'_>, y: f64) {
        for (part, text) in &self.ticks {
            let half = canvas::text_width(text, 12.0) / 2.0;
            let x = Self::x(*part).clamp(half + 2.0, WIDTH - half - 2.0);
            canvas.text((x, y), text, Letters::of(12.0).colored(MUTED).centered());
        }
    }

    /// Means of as many buckets as are drawn at once; what is missing or no number counts as nothing.
    fn thinned(&self, bands: &[Band]) -> Vec<Band> {
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
struct Panel<'a> {
    title: String,
    top: f64,
    axis: &'a TimeAxis,
}

/// What a legend entry shows before its text.
#[derive(Clone, Copy)]
enum Swatch {
    Line,
    Area(f64),
}

/// An area of the first panel: a class, or several.
struct Layer {
    name: String,
    color: RGBColor,
    values: Vec<f64>,
}

impl Panel<'_> {
    fn bottom(&self) -> f64 {
        self.top + TITLE + PLOT
    }

    /// Draws title, ticks and grid; returns the scale: the height of a value in pixels above the bottom.
    fn draw_frame(&self, canvas: &Canvas<'_>, largest: f64, legend: &[(String, RGBColor, Swatch)]) -> f64 {
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

    /// Areas on top of one another: the busiest classes, the others together.
    fn draw_reports(&self, canvas: &Canvas<'_>, summary: &Summary) {
        let reports = &summary.series.reports;
        let per_hour = if self.axis.bucket_hours > 0.0 { 1.0 / self.axis.bucket_hours } else { 1.0 };
        let mut shown = largest_by_sum(reports, summary.classes.len());
        let others = shown.split_off(shown.len().min(MOST_CLASSES));
        shown.sort_unstable();
        let values = |idx: usize| -> Vec<f64> {
            self.axis.thinned(&reports[idx]).iter().map(|band| band.mean * per_hour).collect()
        };
        let mut layers: Vec<Layer> = shown
            .iter()
            .map(|&idx| Layer {
                name: words::shortened(&summary.classes[idx].name, 18),
                color: canvas::class_color(idx).0,
                values: values(idx),
            })
            .collect();
        if !others.is_empty() {
            let name = format!("{} others", others.len());
            let sum =
                others.into_iter().map(values).reduce(|a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect());
            layers.push(Layer { name, color: OTHERS, values: sum.unwrap_or_default() });
        }
        let n_points = layers.iter().map(|layer| layer.values.len()).min().unwrap_or(0);
        let total = |point: usize| layers.iter().map(|layer| layer.values[point]).sum::<f64>();
        let largest = (0..n_points).map(total).fold(0.0, f64::max);
        let legend: Vec<_> =
            layers.iter().map(|layer| (layer.name.clone(), layer.color, Swatch::Area(0.85))).collect();
        let scale = self.draw_frame(canvas, largest, &legend);
        let mut floor = vec![0.0; n_points];
        for layer in &layers {
            let roof: Vec<f64> =
                floor.iter().zip(&layer.values).map(|(floor, value)| floor + value).collect();
            canvas.area(&self.between(&floor, &roof, scale), layer.color, 0.85);
            floor = roof;
        }
        self.mark_warm_up(canvas);
    }

    /// In the first panel only: what the gray is.
    fn mark_warm_up(&self, canvas: &Canvas<'_>) {
        let width = self.axis.warm_up * (RIGHT - LEFT);
        if width > canvas::text_width("warm-up", 11.5) + 8.0 {
            canvas.text((LEFT + 5.0, self.top + TITLE + 9.0), "warm-up", Letters::of(11.5).colored(MUTED));
        }
    }

    fn draw_waiting(&self, canvas: &Canvas<'_>, bands: &[Band]) {
        let color = NEUTRAL;
        let largest = bands.iter().map(|band| band.hi.max(band.mean)).fold(0.0, f64::max);
        let legend = [
            ("mean".to_owned(), color, Swatch::Line),
            ("9 replications of 10".to_owned(), color, Swatch::Area(0.25)),
        ];
        let scale = self.draw_frame(canvas, largest, &legend);
        self.draw_band(canvas, bands, color, scale);
        canvas.line(&self.steps(bands, |band| band.mean, scale), color, 1.6);
    }

    fn draw_people(&self, canvas: &Canvas<'_>, staff: &[Band], busy: &[Band]) {
        let color = NEUTRAL;
        let largest = staff.iter().chain(busy).map(|band| band.hi.max(band.mean)).fold(0.0, f64::max);
        let legend =
            [("on duty".to_owned(), INK, Swatch::Line), ("at work".to_owned(), color, Swatch::Area(0.6))];
        let scale = self.draw_frame(canvas, largest, &legend);
        let values: Vec<f64> = busy.iter().map(|band| band.mean).collect();
        canvas.area(&self.between(&vec![0.0; values.len()], &values, scale), color, 0.6);
        self.draw_band(canvas, staff, INK, scale);
        canvas.line(&self.steps(staff, |band| band.mean, scale), INK, 1.4);
    }

    fn draw_band(&self, canvas: &Canvas<'_>, bands: &[Band], color: RGBColor, scale: f64) {
        if bands.iter().any(|band| band.hi > band.lo) {
            let (lo, hi): (Vec<f64>, Vec<f64>) = bands.iter().map(|band| (band.lo, band.hi)).unzip();
            canvas.area(&self.between(&lo, &hi, scale), color, 0.25);
        }
    }

    /// The outline of the area between two series.
    fn between(&self, lo: &[f64], hi: &[f64], scale: f64) -> Vec<(f64, f64)> {
        let mut outline = self.steps(hi, |&value| value, scale);
        outline.extend(self.steps(lo, |&value| value, scale).into_iter().rev());
        outline
    }

    /// A value holds for all of its bucket: a line of steps.
    fn steps<T>(&self, values: &[T], of: impl Fn(&T) -> f64, scale: f64) -> Vec<(f64, f64)> {
        let mut line = Vec::with_capacity(2 * values.len());
        for (idx, value) in values.iter().enumerate() {
            let y = self.bottom() - of(value) * scale;
            line.extend([(self.axis.x_of(idx), y), (self.axis.x_of(idx + 1), y)]);
        }
        line
    }
}

fn largest_by_sum(series: &[Vec<Band>], named: usize) -> Vec<usize> {
    let sum = |idx: usize| series[idx].iter().map(|band| finite(band.mean)).sum::<f64>();
    let mut order: Vec<usize> = (0..series.len().min(named)).collect();
    order.sort_by(|&a, &b| sum(b).total_cmp(&sum(a)).then(a.cmp(&b)));
    order
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

    #[test]
    fn the_busiest_are_shown_in_their_own_order() {
        let at = |mean: f64| vec![Band { mean, lo: mean, hi: mean }];
        assert_eq!(busiest(&[at(1.0), at(5.0), at(0.0), at(3.0)], 4, 2), [1, 3]);
        assert_eq!(busiest(&[at(1.0), at(5.0)], 1, 4), [0]);
    }
}
