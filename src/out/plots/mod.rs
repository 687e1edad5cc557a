//! Plots: one file each, pure functions from a summary to the text of an SVG.

mod canvas;
mod differences;
mod heat_map;
mod panels;
mod queue;
mod response_time;
mod staffing;
mod sweep;
mod targets;

pub use differences::differences_svg;
pub use queue::queue_svg;
pub use response_time::response_time_svg;
pub use staffing::{staffing_svg, trade_off_svg};
pub(super) use sweep::sweep_plots;
pub use targets::targets_svg;

use crate::analysis::{Comparison, Summary};

/// A plot with its file's name and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Name of the file, without its ending.
    pub name: String,
    /// What it shows, in a few words.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// The picture.
    pub svg: String,
}

/// The names of all plots, in the order of the page.
pub(super) const NAMES: [&str; 4] = ["targets", "queue", "response-time", "differences"];

/// The names of a sizing's plots.
pub(super) const STAFFING: &str = "staffing";
pub(super) const TRADE_OFF: &str = "trade-off";

/// Whether a plot of this name is one of ours: those with a name, and `sweep-1`, `sweep-2`, … of a sweep.
pub(super) fn is_ours(name: &str) -> bool {
    let number = name.strip_prefix("sweep-").unwrap_or_default();
    let is_numbered = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    NAMES.contains(&name) || [STAFFING, TRADE_OFF].contains(&name) || is_numbered
}

/// Every plot, in the order of the page.
pub fn all(summary: &Summary) -> Vec<Plot> {
    vec![
        Plot {
            name: NAMES[0].into(),
            title: "Targets".into(),
            caption: "Each dot is the share of cases on time, each bar its 95 % interval, each mark the goal. Where the \
                      bar crosses the goal, it cannot be told whether the target is met.".into(),
            svg: targets_svg(summary),
        },
        Plot {
            name: NAMES[1].into(),
            title: "The course of time".into(),
            caption: "Reports as they come, the cases that wait, and the people on duty and at work. Lines are means \
                      over the replications; bands hold the middle 90 % of them.".into(),
            svg: queue_svg(summary),
        },
        Plot {
            name: NAMES[2].into(),
            title: "How long until a decision".into(),
            caption: "For each class, the share of decided cases that were decided within the time below: the further \
                      left a curve, the faster. Dashed lines are targets counted from sending; a diamond is the goal.".into(),
            svg: response_time_svg(summary),
        },
    ]
}

/// The plot of a comparison.
pub fn of_comparison(comparison: &Comparison) -> Vec<Plot> {
    vec![Plot {
        name: NAMES[3].into(),
        title: "What becomes of the targets".into(),
        caption: "Left, the share of cases on time in the base and in each variant, with its 95 % interval; the mark is \
                  the goal. Right, the difference from the base, with its paired interval: where it crosses zero, it \
                  cannot be told whether anything changes."
            .into(),
        svg: differences_svg(comparison),
    }]
}

#[cfg(test)]
mod tests {
    use super::super::sample::{
        crowded_summary, empty_summary, idle_summary, sample_summary, single_replication,
    };
    use super::*;

    /// The tags of an SVG balance and every coordinate is a number: what a browser needs.
    fn check_well_formed(svg: &str) {
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "a coordinate is not a number");
        let mut open = Vec::new();
        for tag in svg.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').expect("a tag ends");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name.to_owned()));
            } else if !tag.ends_with('/') {
                open.push(tag.split_whitespace().next().unwrap().to_owned());
            }
        }
        assert!(open.is_empty(), "{open:?} stay open");
    }

    /// The text elements, `(x, y, anchor, size, text)` in the units of the picture.
    fn has_text(svg: &str, text: &str) -> bool {
        svg.lines().any(|line| line.trim() == text)
    }

    #[test]
    fn every_summary_gives_pictures() {
        for summary in
            [sample_summary(), single_replication(), crowded_summary(), idle_summary(), empty_summary()]
        {
            for plot in all(&summary) {
                check_well_formed(&plot.svg);
                assert!(plot.svg.contains("<title>") && plot.svg.contains("role=\"img\""));
            }
            assert_eq!(all(&summary), all(&summary), "the same bytes twice");
        }
    }

    #[test]
    fn broken_numbers_do_not_break_pictures() {
        let mut summary = sample_summary();
        summary.series.waiting[0][5].mean = f64::NAN;
        summary.series.reports[0][5].mean = f64::INFINITY;
        summary.series.staff[0].clear();
        summary.series.labels.truncate(100);
        summary.classes[0].response_curve[3].seconds = f64::NAN;
        summary.classes[1].response_curve[3].share = f64::NAN;
        summary.targets[0].within = f64::NAN;
        summary.targets[1].goal = f64::NAN;
        for plot in all(&summary) {
            check_well_formed(&plot.svg);
        }
    }

    #[test]
    fn what_is_left_out_is_said() {
        let svg = queue_svg(&crowded_summary());
        assert!(has_text(&svg, "Not shown: 6 stages and 5 teams with less to do."), "{svg:.0}");
        assert!(!queue_svg(&sample_summary()).contains("Not shown"));
    }

    #[test]
    fn a_class_keeps_its_color_where_others_are_left_out() {
        let color_of = |class: usize| {
            let plotters::style::RGBColor(red, green, blue) = canvas::class_color(class).0;
            format!("#{red:02X}{green:02X}{blue:02X}")
        };
        let mut summary = crowded_summary();
        // the first class has no curve, and the third too few reports to be shown
        summary.classes[0].response_curve.clear();
        summary.series.reports[2].fill(crate::analysis::Band::default());
        let (reports, curves) = (queue_svg(&summary), response_time_svg(&summary));
        assert!(reports.contains(&color_of(0)) && !curves.contains(&color_of(0)));
        assert!(!reports.contains(&color_of(2)) && curves.contains(&color_of(2)));
        assert!(has_text(&reports, "7 others") && reports.contains(&color_of(4)));
        assert!((1..summary.classes.len()).all(|class| curves.contains(&color_of(class))));
    }

    #[test]
    fn axes_speak_human() {
        let svg = response_time_svg(&sample_summary());
        for tick in ["1min", "10min", "1h", "6h", "1d", "1w", "terrorism", "fraud"] {
            assert!(has_text(&svg, tick), "{tick}");
        }
        let svg = queue_svg(&sample_summary());
        assert!(has_text(&svg, "5 Jan 2015") && has_text(&svg, "7 Jan"));
        let svg = targets_svg(&sample_summary());
        assert!(has_text(&svg, "missed") && has_text(&svg, "cannot tell") && has_text(&svg, "met"));
    }
}
