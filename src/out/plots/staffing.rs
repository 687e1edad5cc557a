//! Who is needed and who is there, hour by hour; and what more or less would cost.

use super::super::words;
use super::canvas::{self, BAD, Canvas, GOOD, GRID, INK, Letters, MUTED, NEUTRAL};
use super::panels::{DATES, GAP, PLOT, Panel, Swatch, TITLE, TimeAxis, WIDTH};
use crate::analysis::{AnswerSummary, Band, CompromiseSummary, StaffingSeries};

const MOST_TEAMS: usize = 4;

/// Panels of a team: the whole run, its backlog, and its busiest week.
const PANELS_OF_A_TEAM: usize = 3;
const WEEK: f64 = 7.0 * 86_400.0;

/// For every team that was sized: the work that comes against the people of the answer and those of now, the cases
/// waiting with either, and the week in which most work comes, hour by hour.
pub fn staffing_svg(answer: &AnswerSummary) -> String {
    let teams = &answer.staffing[..answer.staffing.len().min(MOST_TEAMS)];
    let of_a_team = PANELS_OF_A_TEAM as f64 * (TITLE + PLOT + GAP) + 2.0 * DATES;
    let height = teams.len() as f64 * of_a_team;
    let description = "The offered load of each team hour by hour, the people on duty in the answer and as the \
                       scenario stands, and the cases waiting with either.";
    canvas::draw((WIDTH, height.max(1.0)), "Who is needed and who is there", description, |canvas| {
        let mut top = 0.0;
        for team in teams {
            let name = words::shortened(&team.team, 30);
            let axis = TimeAxis::new(&team.labels, team.bucket, 0.0);
            Panel { title: format!("people of {name}"), top, axis: &axis }.draw_needed(canvas, team, 0);
            top += TITLE + PLOT + GAP;
            Panel { title: format!("cases waiting at {name}"), top, axis: &axis }.draw_backlogs(canvas, team);
            top += TITLE + PLOT + GAP;
            axis.draw_dates(canvas, top + 10.0);
            top += DATES;
            let week = busiest_week(team);
            let axis = TimeAxis::new(&team.labels[week.clone()], team.bucket, 0.0);
            let title = format!("people of {name} in the busiest week");
            Panel { title, top, axis: &axis }.draw_needed(canvas, team, week.start);
            top += TITLE + PLOT + GAP;
            axis.draw_dates(canvas, top + 10.0);
            top += DATES;
        }
    })
}

/// The buckets of the seven days in which most work comes, from a midnight on; all, where there are no more.
fn busiest_week(team: &StaffingSeries) -> std::ops::Range<usize> {
    let n_buckets = team.labels.len().min(team.load.len());
    let width = (WEEK / team.bucket).round().max(1.0) as usize;
    if n_buckets <= width {
        return 0..n_buckets;
    }
    let is_midnight = |&first: &usize| words::time_of(&team.labels[first]) == Some("00:00");
    let work = |first: usize| team.load[first..first + width].iter().sum::<f64>();
    let starts = (0..=n_buckets - width).filter(is_midnight);
    let first = starts.rev().max_by(|&a, &b| work(a).total_cmp(&work(b))).unwrap_or(0);
    first..first + width
}

impl Panel<'_> {
    /// From the bucket `first` of the series on, as far as the axis goes.
    fn draw_needed(&self, canvas: &Canvas<'_>, team: &StaffingSeries, first: usize) {
        let load: Vec<Band> = team.load.iter().map(|&mean| Band { mean, lo: mean, hi: mean }).collect();
        let part = |bands: &[Band]| self.axis.thinned(bands.get(first..).unwrap_or(&[]));
        let (load, staff, now) = (part(&load), part(&team.staff), part(&team.staff_now));
        let largest = largest([&load, &staff, &now]);
        let legend = [
            ("needed to keep up".to_owned(), NEUTRAL, Swatch::Area(0.45)),
            ("on duty".to_owned(), GOOD, Swatch::Line),
            ("on duty now".to_owned(), BAD, Swatch::Line),
        ];
        let scale = self.draw_frame(canvas, largest, &legend);
        let values: Vec<f64> = load.iter().map(|band| band.mean).collect();
        canvas.area(&self.between(&vec![0.0; values.len()], &values, scale), NEUTRAL, 0.45);
        canvas.line(&self.steps(&now, |band| band.mean, scale), BAD, 1.0);
        canvas.line(&self.steps(&staff, |band| band.mean, scale), GOOD, 1.4);
    }

    fn draw_backlogs(&self, canvas: &Canvas<'_>, team: &StaffingSeries) {
        let (waiting, now) = (self.axis.thinned(&team.waiting), self.axis.thinned(&team.waiting_now));
        let legend = [
            ("with this staffing".to_owned(), GOOD, Swatch::Line),
            ("as it stands now".to_owned(), BAD, Swatch::Line),
        ];
        let scale = self.draw_frame(canvas, largest([&waiting, &now, &[]]), &legend);
        self.draw_band(canvas, &now, BAD, scale);
        canvas.line(&self.steps(&now, |band| band.mean, scale), BAD, 1.2);
        self.draw_band(canvas, &waiting, GOOD, scale);
        canvas.line(&self.steps(&waiting, |band| band.mean, scale), GOOD, 1.6);
    }
}

fn largest(series: [&[Band]; 3]) -> f64 {
    series.into_iter().flatten().map(|band| band.hi.max(band.mean)).fold(0.0, f64::max)
}

const HEIGHT: f64 = 380.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 310.0;

/// Cost against the share on time of every target, for all compromises: `unit` says what the cost counts.
pub fn trade_off_svg(answer: &AnswerSummary, unit: &str) -> String {
    let description = "The cost of the cheapest staffing found against the share of cases on time.";
    canvas::draw((WIDTH, HEIGHT), "What more or less would cost", description, |canvas| {
        let costs = || answer.curve.iter().map(|compromise| compromise.cost);
        let (low, high) = (costs().fold(f64::INFINITY, f64::min), costs().fold(0.0, f64::max));
        if !(high > 0.0 && low.is_finite()) {
            return;
        }
        let spread = (high - low).max(0.05 * high);
        let x = |cost: f64| LEFT + 20.0 + (cost - low) / spread * (RIGHT - LEFT - 40.0);
        let lowest = answer.curve.iter().flat_map(|compromise| compromise.shares.iter().flatten());
        let lowest = lowest.map(|share| share.interval.map_or(share.mean, |(lo, _)| lo)).fold(1.0, f64::min);
        let start = [0.9, 0.8, 0.5].into_iter().find(|&start| lowest > start).unwrap_or(0.0);
        let y = |share: f64| BOTTOM - (share.clamp(start, 1.0) - start) / (1.0 - start) * (BOTTOM - TOP);
        draw_axes(canvas, start, &y, unit);
        for cost in round_between(low, low + spread) {
            let at = (x(cost), BOTTOM + 16.0);
            canvas.text(at, &words::count(cost), Letters::of(12.0).colored(MUTED).centered());
        }
        for (idx, target) in answer.targets.iter().enumerate() {
            let color = canvas::class_color(idx).0;
            canvas.dashes(&[(LEFT, y(target.goal)), (RIGHT, y(target.goal))], color, 1.2);
            draw_curve(canvas, &answer.curve, idx, &x, &y);
            let row = TOP + 12.0 + 20.0 * idx as f64;
            canvas.line(&[(RIGHT + 16.0, row), (RIGHT + 34.0, row)], color, 2.0);
            canvas.text((RIGHT + 40.0, row), &words::shortened(&target.name, 34), Letters::of(12.0));
        }
        let row = TOP + 22.0 + 20.0 * answer.targets.len() as f64;
        let note = Letters::of(12.0).colored(MUTED);
        canvas.text((RIGHT + 16.0, row), "large dot: the answer; dashes: the goal", note);
    })
}

/// Round numbers between two, a handful of them.
fn round_between(low: f64, high: f64) -> Vec<f64> {
    let step = canvas::ticks_to(high - low, 5).get(1).copied().unwrap_or(1.0);
    let first = (low / step).ceil() as u64;
    (first..=(high / step).floor() as u64).map(|tick| tick as f64 * step).collect()
}

fn draw_axes(canvas: &Canvas<'_>, start: f64, y: &dyn Fn(f64) -> f64, unit: &str) {
    for step in 0..=5 {
        let share = start + (1.0 - start) * f64::from(step) / 5.0;
        canvas.line(&[(LEFT, y(share)), (RIGHT, y(share))], GRID, 1.0);
        let text = format!("{} %", (share * 1000.0).round() / 10.0);
        canvas.text((LEFT - 8.0, y(share)), &text, Letters::of(12.0).colored(MUTED).ending());
    }
    canvas.text((LEFT, TOP - 16.0), "share on time", Letters::of(14.0).bold());
    let middle = (f64::midpoint(LEFT, RIGHT), BOTTOM + 40.0);
    canvas.text(middle, unit, Letters::of(12.0).colored(MUTED).centered());
}

/// One target's line: dots with their intervals.
fn draw_curve(
    canvas: &Canvas<'_>,
    curve: &[CompromiseSummary],
    target: usize,
    x: &dyn Fn(f64) -> f64,
    y: &dyn Fn(f64) -> f64,
) {
    let color = canvas::class_color(target).0;
    let points: Vec<(f64, f64)> = (curve.iter())
        .filter_map(|compromise| compromise.shares[target].map(|share| (x(compromise.cost), y(share.mean))))
        .collect();
    canvas.line(&points, color, 1.6);
    for compromise in curve {
        let Some(share) = compromise.shares[target] else { continue };
        let at = x(compromise.cost);
        if let Some((lo, hi)) = share.interval {
            canvas.line(&[(at, y(lo)), (at, y(hi))], color, 1.2);
        }
        if compromise.is_answer {
            canvas.dot((at, y(share.mean)), 7.0, INK);
        }
        canvas.dot((at, y(share.mean)), 4.0, color);
    }
}
