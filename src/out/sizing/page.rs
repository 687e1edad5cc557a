//! The results folder of a sizing, its page first.

use super::super::page::{Card, Mood, Page};
use super::super::plots::{Plot, staffing_svg, trade_off_svg};
use super::super::{Manifest, Provenance, csv, manifest_json, words};
use super::{json, sentences, tables};
use crate::analysis::{AnswerSummary, SizingSummary};

const GLOSSARY: [(&str, &str); 5] = [
    (
        "Roster",
        "How many people are at each post. Every roster met the same reports and the same chance (common random numbers), \
         so that small differences are seen.",
    ),
    (
        "Fresh random numbers",
        "An answer found by searching looks better than it is; so it was tried again on chance that the search had not \
         met.",
    ),
    (
        "Misses, cannot tell",
        "With one person less, a target is missed for certain; or the interval holds the goal, and more replications \
         would be needed to tell.",
    ),
    (
        "Needed to keep up",
        "The offered load: how many people the work that comes would keep busy, on average.",
    ),
    (
        "95 % interval",
        "Where the true value of the model lies, with 95 % confidence. It says how precise the simulation is, not how \
         close the model is to the world.",
    ),
];

/// Every file of the results folder of a sizing, as `(path relative to the folder, content)`.
pub fn sizing_files(summary: &SizingSummary, manifest: &Manifest) -> Vec<(String, Vec<u8>)> {
    let plots = summary.answer.as_ref().map(plots).unwrap_or_default();
    let provenance = Provenance {
        scenario: &summary.scenario,
        seed: summary.seed,
        replications: summary.answer.as_ref().map_or(0, |answer| answer.proof.replications),
        engine_semantics: summary.engine_semantics,
    };
    let mut files = vec![
        ("index.html".to_owned(), page(summary, manifest, &plots).into_bytes()),
        ("manifest.json".to_owned(), manifest_json(&provenance, manifest).into_bytes()),
        ("sizing.json".to_owned(), json::sizing_json(summary).into_bytes()),
    ];
    if let Some(answer) = &summary.answer {
        files.push(("staffing.csv".to_owned(), csv::staffing_csv(&answer.staffing).into_bytes()));
    }
    files.extend(plots.into_iter().map(|plot| (format!("plots/{}.svg", plot.name), plot.svg.into_bytes())));
    files
}

fn plots(answer: &AnswerSummary) -> Vec<Plot> {
    let unit = if answer.cost.is_some() { "cost" } else { "hours of people" };
    vec![
        Plot {
            name: super::super::plots::STAFFING.into(),
            title: "Who is needed and who is there".into(),
            caption: "The gray area is the work that comes, in people whom it would keep busy. Where it rises above the \
                      line of people on duty, cases wait; below, how many."
                .into(),
            svg: staffing_svg(answer),
        },
        Plot {
            name: super::super::plots::TRADE_OFF.into(),
            title: "What more or less would cost".into(),
            caption: "Each dot is the cheapest staffing found for a share of late cases, with the 95 % interval of its \
                      share on time, on the random numbers of the search."
                .into(),
            svg: trade_off_svg(answer, unit),
        },
    ]
}

fn page(summary: &SizingSummary, manifest: &Manifest, plots: &[Plot]) -> String {
    let scenario = &summary.scenario;
    let answer = summary.answer.as_ref();
    let mut findings = Vec::new();
    if let Some(answer) = answer {
        findings.extend(sentences::people(answer));
        findings.push(sentences::proof(answer, summary.confidence));
        findings.push(sentences::minimality(answer));
        findings.extend(answer.staffing.iter().map(sentences::backlog));
    }
    let title = if scenario.title.is_empty() { &scenario.name } else { &scenario.title };
    Page {
        title: format!("{title}: who is needed"),
        done: sentences::done(summary),
        headline: sentences::headline(summary),
        cards: cards(summary),
        findings,
        warnings: &summary.warnings,
        plots,
        tables: answer
            .map_or_else(Vec::new, |answer| vec![tables::roster(answer), tables::compromises(answer)]),
        has_intervals: true,
        remark: String::new(),
        glossary: GLOSSARY.into(),
        provenance: vec![
            ("Scenario", scenario.name.clone()),
            ("Digest", scenario.digest.clone()),
            ("Seed of the search", summary.seed.to_string()),
            ("Rosters tried", words::count(summary.rosters_tried as f64)),
            ("Replications of the search", words::count(summary.replications_tried as f64)),
            ("Version of vigie", manifest.version.clone()),
            ("Engine semantics", summary.engine_semantics.to_string()),
            ("Command", manifest.command.join(" ")),
        ],
        files: match answer {
            Some(_) => vec![("sizing.json", "all numbers"), ("staffing.csv", "the staffing hour by hour")],
            None => vec![("sizing.json", "all numbers")],
        },
    }
    .html()
}

fn cards(summary: &SizingSummary) -> Vec<Card> {
    let holds = summary.answer.as_ref().is_some_and(|answer| answer.proof.holds);
    let sized = summary.answer.iter().flat_map(|answer| &answer.targets).map(|target| Card {
        name: target.name.clone(),
        mood: if holds { Mood::Met } else { Mood::Unclear },
        verdict: if holds { "met" } else { "cannot tell" }.to_owned(),
        sentence: sentences::target(target),
    });
    let others = summary.unattainable.iter().map(|target| Card {
        name: target.name.clone(),
        mood: Mood::Missed,
        verdict: "cannot be met".to_owned(),
        sentence: sentences::unattainable(target),
    });
    sized.chain(others).collect()
}
