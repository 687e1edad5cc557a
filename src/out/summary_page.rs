//! `index.html` of a run.

use super::page::{Card, Mood, Page};
use super::plots::Plot;
use super::{Manifest, sentences, tables, words};
use crate::analysis::{Summary, TargetSummary, Verdict};

/// Words of the page and what they mean.
const GLOSSARY: [(&str, &str); 5] = [
    ("Replication", "One simulated run with its own chance. Every number is a mean over the replications."),
    (
        "95 % interval",
        "Where the true mean of the model lies, with 95 % confidence. A wide one asks for more replications. It says \
         how precise the simulation is, not how close the model is to the world.",
    ),
    (
        "Met, missed",
        "Only where the whole interval lies on one side of the goal. Otherwise it cannot be told.",
    ),
    ("Case", "The reports on one item, taken together."),
    ("95 % within", "All but one case in twenty took no longer."),
];

/// The page of a summary, with its plots inside.
pub fn page_html(summary: &Summary, manifest: &Manifest, plots: &[Plot]) -> String {
    let scenario = &summary.scenario;
    let page = Page {
        title: if scenario.title.is_empty() { scenario.name.clone() } else { scenario.title.clone() },
        done: format!("A simulation: {}", sentences::simulated(summary)),
        headline: sentences::headline(summary),
        cards: summary.targets.iter().map(card).collect(),
        findings: [sentences::worst_queue(summary), sentences::busiest_team(summary)]
            .into_iter()
            .flatten()
            .collect(),
        warnings: &summary.warnings,
        plots,
        tables: tables::all(summary),
        has_intervals: summary.replications > 1,
        remark: format!(
            "Cases in the system at the end: {}.",
            words::count_with_interval(Some(&summary.in_system_at_end))
        ),
        glossary: GLOSSARY.into(),
        provenance: vec![
            ("Scenario", scenario.name.clone()),
            ("Digest", scenario.digest.clone()),
            ("Seed", summary.seed.to_string()),
            ("Replications", summary.replications.to_string()),
            ("Version of vigie", manifest.version.clone()),
            ("Engine semantics", summary.engine_semantics.to_string()),
            ("Command", manifest.command.join(" ")),
        ],
        files: vec![("summary.json", "all numbers"), ("timeseries.csv", "the course of time")],
    };
    page.html()
}

fn card(target: &TargetSummary) -> Card {
    Card {
        name: target.name.clone(),
        mood: match target.verdict {
            Verdict::Met => Mood::Met,
            Verdict::Missed => Mood::Missed,
            Verdict::Inconclusive => Mood::Unclear,
        },
        verdict: words::verdict(target.verdict).to_owned(),
        sentence: sentences::target(target),
    }
}

#[cfg(test)]
mod tests {
    use super::super::plots;
    use super::super::sample::{
        crowded_summary, empty_summary, idle_summary, sample_manifest, sample_summary, single_replication,
    };
    use super::*;

    fn rendered(summary: &Summary) -> String {
        page_html(summary, &sample_manifest(), &plots::all(summary))
    }

    #[test]
    fn the_answer_stands_first() {
        let page = rendered(&sample_summary());
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
        assert!(at("Of 3 targets") < at("<svg ") && at("<svg ") < at("<table"));
        assert!(at("were on time, within 1h from sent to removed") < at("<svg "));
        assert_eq!(page.matches("<svg ").count(), 3);
        assert!(page.contains("9f2b7c31d0a84e55") && page.contains("january-2015.toml"));
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere_and_nothing_runs() {
        let page = rendered(&sample_summary());
        let without_names = page.replace("http://www.w3.org/2000/svg", "");
        for outside in ["http:", "https:", "<script", "<link", "@import", "url(", " src="] {
            assert!(!without_names.contains(outside), "{outside}");
        }
    }

    #[test]
    fn names_are_escaped() {
        let mut summary = crowded_summary();
        summary.scenario.title = "<script>alert(1)</script>".to_owned();
        summary.targets[0].name = "a & <b>".to_owned();
        summary.warnings.push("<img onerror=x>".to_owned());
        let page = rendered(&summary);
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("a & <b>"));
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn every_summary_has_a_page() {
        for summary in [single_replication(), idle_summary(), empty_summary(), crowded_summary()] {
            let page = rendered(&summary);
            assert!(page.trim_end().ends_with("</html>") && page == rendered(&summary));
        }
        assert!(rendered(&single_replication()).contains("single replication"));
    }
}
