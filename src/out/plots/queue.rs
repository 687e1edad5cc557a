//! The course of time: reports, queues and people, one above the other on a shared axis.

use plotters::style::RGBColor;

use super::super::words;
use super::canvas::{self, Canvas, INK, Letters, MUTED, NEUTRAL, OTHERS};
use super::panels::{DATES, GAP, LEFT, PLOT, Panel, RIGHT, Swatch, TITLE, TimeAxis, WIDTH, finite};
use crate::analysis::{Band, Summary};

const MOST_STAGES: usize = 4;
const MOST_TEAMS: usize = 4;
const MOST_CLASSES: usize = 5;

/// Reports an hour by class, cases waiting by stage, and people by team, over the time of the run.
pub fn queue_svg(summary: &Summary) -> String {
    let series = &summary.series;
    let axis = TimeAxis::new(&series.labels, series.bucket, summary.warm_up);
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

/// An area of the first panel: a class, or several.
struct Layer {
    name: String,
    color: RGBColor,
    values: Vec<f64>,
}

impl Panel<'_> {
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
}

fn largest_by_sum(series: &[Vec<Band>], named: usize) -> Vec<usize> {
    let sum = |idx: usize| series[idx].iter().map(|band| finite(band.mean)).sum::<f64>();
    let mut order: Vec<usize> = (0..series.len().min(named)).collect();
    order.sort_by(|&a, &b| sum(b).total_cmp(&sum(a)).then(a.cmp(&b)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_are_shown_in_their_own_order() {
        let at = |mean: f64| vec![Band { mean, lo: mean, hi: mean }];
        assert_eq!(busiest(&[at(1.0), at(5.0), at(0.0), at(3.0)], 4, 2), [1, 3]);
        assert_eq!(busiest(&[at(1.0), at(5.0)], 1, 4), [0]);
    }
}
