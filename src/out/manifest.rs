//! `manifest.json`: what made a results folder, and the list of everything in it.

use serde::Serialize;

use super::{csv, json, plots, summary_page};
use crate::analysis::{ScenarioIdentity, Summary};

/// The schema of the manifest; results folders of ours are known by its first word.
const SCHEMA: &str = "vigie.manifest/1";

/// What a summary does not know about how it came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Version of this program, such as `0.1.0`.
    pub version: String,
    /// The command line, one entry per argument, the program's name first.
    pub command: Vec<String>,
}

/// What results were made from.
#[derive(Debug, Clone, Copy)]
pub struct Provenance<'a> {
    /// The scenario; of a comparison, the base.
    pub scenario: &'a ScenarioIdentity,
    /// The seed.
    pub seed: u64,
    /// How many replications; of several simulations, the most.
    pub replications: usize,
    /// The number of the engine's semantics.
    pub engine_semantics: u32,
}

impl<'a> From<&'a Summary> for Provenance<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            scenario: &summary.scenario,
            seed: summary.seed,
            replications: summary.replications,
            engine_semantics: summary.engine_semantics,
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    command: &'a [String],
    engine_semantics: u32,
    replications: usize,
    scenario: Scenario<'a>,
    schema: &'static str,
    seed: u64,
    version: &'a str,
}

#[derive(Serialize)]
struct Scenario<'a> {
    digest: &'a str,
    name: &'a str,
}

/// Scenario, seed, versions and command: what it takes to make the same results again. No date, so that the same run
/// writes the same bytes.
pub fn manifest_json(provenance: &Provenance<'_>, manifest: &Manifest) -> String {
    to_json(&Document {
        command: &manifest.command,
        engine_semantics: provenance.engine_semantics,
        replications: provenance.replications,
        scenario: Scenario { digest: &provenance.scenario.digest, name: &provenance.scenario.name },
        schema: SCHEMA,
        seed: provenance.seed,
        version: &manifest.version,
    })
}

/// Every file of a results folder, as `(path relative to the folder, content)`, for [`super::write_results`].
pub fn results_files(summary: &Summary, manifest: &Manifest) -> Vec<(String, Vec<u8>)> {
    let plots = plots::all(summary);
    let page = summary_page::page_html(summary, manifest, &plots);
    let mut files = vec![
        ("index.html".to_owned(), page.into_bytes()),
        ("manifest.json".to_owned(), manifest_json(&summary.into(), manifest).into_bytes()),
        ("summary.json".to_owned(), json::summary_json(summary).into_bytes()),
        ("timeseries.csv".to_owned(), csv::timeseries_csv(summary).into_bytes()),
    ];
    files.extend(plots.into_iter().map(|plot| (format!("plots/{}.svg", plot.name), plot.svg.into_bytes())));
    files
}

/// Pretty-printed with two spaces and a final newline.
pub(super) fn to_json(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("structs with text keys always serialize");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::folder;
    use super::super::sample::{sample_manifest, sample_summary};
    use super::*;

    #[test]
    fn the_manifest_says_how_to_do_it_again() {
        let text = manifest_json(&(&sample_summary()).into(), &sample_manifest());
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema"], "vigie.manifest/1");
        assert_eq!(json["scenario"]["name"], "january-2015");
        assert_eq!(json["seed"], 1);
        assert_eq!(json["replications"], 20);
        assert_eq!(json["engine_semantics"], 1);
        assert_eq!(json["version"], "0.1.0");
        assert_eq!(json["command"][1], "run");
        assert_eq!(text, serde_json::to_string_pretty(&json).unwrap() + "\n", "keys are sorted");
    }

    #[test]
    fn the_folder_holds_what_the_design_says() {
        let files = results_files(&sample_summary(), &sample_manifest());
        let names: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            names,
            [
                "index.html",
                "manifest.json",
                "summary.json",
                "timeseries.csv",
                "plots/targets.svg",
                "plots/queue.svg",
                "plots/response-time.svg",
            ]
        );
        assert!(names.iter().all(|name| folder::is_ours(name)), "what is written may be replaced");
        assert_eq!(files, results_files(&sample_summary(), &sample_manifest()), "the same bytes twice");
    }
}
