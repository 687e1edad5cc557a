//! What a comparison says: text, JSON, a page and its plot.

mod json;
mod labels;
mod page;
mod sentences;
mod signed;
mod text;

pub use json::comparison_json;
pub use page::comparison_page;
pub use text::comparison_text;

use labels::name_of;
pub(super) use labels::{labels, target_names};
pub(super) use sentences::answer;
pub(super) use signed::difference;

use super::manifest::{Manifest, Provenance, manifest_json};
use super::plots;
use crate::analysis::{Change, Compared, Comparison, Measure, Statistic, VariantSummary};

impl<'a> From<&'a Comparison> for Provenance<'a> {
    fn from(comparison: &'a Comparison) -> Self {
        Self {
            scenario: &comparison.base,
            seed: comparison.seed,
            replications: comparison.replications,
            engine_semantics: comparison.engine_semantics,
        }
    }
}

/// Every file of a comparison's results, as `(path relative to the folder, content)`, for
/// [`write_results`](super::write_results).
pub fn comparison_files(comparison: &Comparison, manifest: &Manifest) -> Vec<(String, Vec<u8>)> {
    let plots = plots::of_comparison(comparison);
    let page = comparison_page(comparison, manifest, &plots);
    let mut files = vec![
        ("comparison.json".to_owned(), comparison_json(comparison).into_bytes()),
        ("index.html".to_owned(), page.into_bytes()),
        ("manifest.json".to_owned(), manifest_json(&comparison.into(), manifest).into_bytes()),
    ];
    files.extend(plots.into_iter().map(|plot| (format!("plots/{}.svg", plot.name), plot.svg.into_bytes())));
    files
}

/// A smaller change, of the base's own size, is slight.
const SLIGHT: f64 = 0.005;
/// A smaller change of a target's share on time is slight: a tenth of a percentage point.
const SLIGHT_SHARE: f64 = 0.001;

/// How far it changes, either way.
fn size(compared: &Compared) -> f64 {
    compared.difference.map_or(0.0, |difference| difference.mean.abs())
}

/// Whether a change is so small that nobody would notice, though common random numbers tell it from chance. A target that
/// turns from missed to met, or back, is noticed.
fn is_slight(compared: &Compared) -> bool {
    match compared.target {
        // what is a tenth on paper may fall short of it in binary
        Some(_) => size(compared) < SLIGHT_SHARE - 1e-9 && !sentences::turns(compared),
        None => size(compared) < SLIGHT * compared.base.map_or(0.0, |base| base.mean.abs()),
    }
}

/// What people are shown, of all that is in the JSON: the targets, the mean and the 95th percentile of response times,
/// waits and the longest queues, who gave up or found no room, platforms' answers, hours, cost, and how cases end.
fn shown(variant: &VariantSummary) -> Vec<&Compared> {
    let n_costs = variant.measures.iter().filter(|c| matches!(c.measure, Measure::TeamCost(_))).count();
    let is_shown = |compared: &&Compared| match compared.measure {
        Measure::OnTime(_)
        | Measure::ResponseTime(_, Statistic::Mean | Statistic::P95)
        | Measure::WaitingTime(_, Statistic::Mean)
        | Measure::QueueMax(_)
        | Measure::Reneged(_)
        | Measure::Blocked(_)
        | Measure::Answered(_)
        | Measure::StaffHours(_)
        | Measure::Cost
        | Measure::Ended(..)
        | Measure::OpenAtEnd => true,
        // the cost of the only team is the whole cost
        Measure::TeamCost(_) => n_costs > 1,
        Measure::ResponseTime(..)
        | Measure::WaitingTime(..)
        | Measure::QueueMean(_)
        | Measure::AnswerTime(..)
        | Measure::Utilization(_)
        | Measure::Reports(_)
        | Measure::Narrow(_) => false,
    };
    variant.measures.iter().filter(is_shown).collect()
}

/// Those of one change, in the order in which a planner asks; where neither is better, the largest first. What hardly
/// changes comes last: common random numbers tell differences that nobody would notice.
fn having<'a>(shown: &[&'a Compared], change: Change) -> Vec<&'a Compared> {
    let mut found: Vec<&Compared> = shown.iter().copied().filter(|c| c.change == change).collect();
    if change == Change::Changed {
        found.sort_by(|a, b| size(b).total_cmp(&size(a)));
    } else {
        found.sort_by_key(|c| (is_slight(c), rank(c.measure)));
    }
    found
}

/// The order in which a planner asks.
fn rank(measure: Measure) -> usize {
    match measure {
        Measure::OnTime(_) => 0,
        Measure::Cost | Measure::TeamCost(_) | Measure::StaffHours(_) | Measure::Utilization(_) => 1,
        Measure::WaitingTime(..)
        | Measure::QueueMean(_)
        | Measure::QueueMax(_)
        | Measure::Reneged(_)
        | Measure::Blocked(_) => 2,
        Measure::ResponseTime(_, Statistic::Mean) => 3,
        Measure::ResponseTime(..) => 4,
        Measure::OpenAtEnd => 5,
        Measure::Answered(_) | Measure::AnswerTime(..) => 6,
        Measure::Ended(..) | Measure::Reports(_) | Measure::Narrow(_) => 7,
    }
}

#[cfg(test)]
mod tests;
