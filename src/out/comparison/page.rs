//! `index.html` of a comparison.

use super::super::Manifest;
use super::super::page::{Card, Mood, Page};
use super::super::plots::Plot;
use super::super::tables::{Table, owned};
use super::{having, is_slight, labels, name_of, sentences, shown, signed};
use crate::analysis::{Change, Compared, Comparison, VariantSummary};

/// Words of the page and what they mean.
const GLOSSARY: [(&str, &str); 5] = [
    (
        "Better, worse",
        "Only where the whole interval of the difference lies on one side of zero. Otherwise it cannot be told. Each line \
         is judged by itself: of twenty lines in which nothing changed, chance would make one look as if it had.",
    ),
    (
        "Common random numbers",
        "The same reports, with the same luck at the same places, meet the base and every variant. What differs is what \
         the variant changes, and differences are known better than the numbers they are made from.",
    ),
    ("Replication", "One simulated run with its own chance; each of the base has its pair in every variant."),
    (
        "Interval of a difference",
        "Where the true difference of the models lies, with 95 % confidence; with several variants, those of one line \
         hold for all together. It says how precise the simulation is, not how close the models are to the world.",
    ),
    ("Points", "Percentage points: from 30 % to 45 % are 15 points."),
];

/// The page of a comparison, with its plots inside.
pub fn comparison_page(comparison: &Comparison, manifest: &Manifest, plots: &[Plot]) -> String {
    let labels = labels(comparison);
    let pairs = || comparison.variants.iter().zip(&labels);
    let mut tables = Vec::new();
    if comparison.variants.len() > 1 {
        tables.extend(targets(comparison, &labels));
    }
    tables.extend(pairs().flat_map(|(variant, label)| self::tables(variant, label)));
    let mut remark: Vec<String> =
        pairs().map(|(variant, label)| sentences::common_random_numbers(variant, label)).collect();
    remark.push("All that is measured, with intervals, is in comparison.json.".to_owned());
    let page = Page {
        title: format!("{}: what variants change", labels::base_title(comparison)),
        done: format!("A comparison of simulations: {}", sentences::simulated(comparison)),
        headline: headline(comparison, &labels),
        cards: pairs()
            .enumerate()
            .map(|(idx, (variant, label))| card(variant, label, labels::explained(comparison, idx, label)))
            .collect(),
        findings: Vec::new(),
        warnings: &comparison.warnings,
        plots,
        tables,
        has_intervals: comparison.replications > 1,
        remark: remark.join(" "),
        glossary: GLOSSARY.into(),
        provenance: provenance(comparison, manifest),
        files: vec![("comparison.json", "all numbers")],
    };
    page.html()
}

fn provenance(comparison: &Comparison, manifest: &Manifest) -> Vec<(&'static str, String)> {
    let scenario = |name: &str, digest: &str| format!("{name} ({digest})");
    let mut found = vec![("Base", scenario(&comparison.base.name, &comparison.base.digest))];
    let variants = comparison.variants.iter();
    found.extend(variants.map(|variant| ("Variant", scenario(&variant.name, &variant.scenario.digest))));
    found.extend([
        ("Seed", comparison.seed.to_string()),
        ("Replications", comparison.replications.to_string()),
        ("Version of vigie", manifest.version.clone()),
        ("Engine semantics", comparison.engine_semantics.to_string()),
        ("Command", manifest.command.join(" ")),
    ]);
    found
}

fn headline(comparison: &Comparison, labels: &[String]) -> String {
    let said = comparison.variants.iter().zip(labels);
    said.map(|(variant, label)| sentences::targets_in_short(variant, label)).collect::<Vec<_>>().join(" ")
}

fn card(variant: &VariantSummary, label: &str, name: String) -> Card {
    let shown = shown(variant);
    let targets = |change: Change| {
        having(&shown, change).into_iter().filter(|c| c.target.is_some() && !is_slight(c)).count()
    };
    let (mood, verdict) = match (targets(Change::Better), targets(Change::Worse)) {
        (0, 0) => (Mood::Unclear, sentences::unmoved_in_short(variant)),
        (_, 0) => (Mood::Met, "targets better"),
        (0, _) => (Mood::Missed, "targets worse"),
        _ => (Mood::Unclear, "targets better and worse"),
    };
    Card { name, mood, verdict: verdict.to_owned(), sentence: sentences::answer(variant, label) }
}

fn targets(comparison: &Comparison, labels: &[String]) -> Option<Table> {
    let mut rows = labels::target_rows(comparison, labels).into_iter();
    let head = rows.next()?;
    let rows: Vec<Vec<String>> = rows.collect();
    (!rows.is_empty()).then(|| Table {
        title: "Targets".into(),
        note: "share on time".into(),
        head,
        rows,
        legend: String::new(),
    })
}

fn tables(variant: &VariantSummary, label: &str) -> Vec<Table> {
    let shown = shown(variant);
    let table = |(change, title): (Change, &str)| {
        let rows: Vec<Vec<String>> = having(&shown, change).into_iter().map(row).collect();
        (!rows.is_empty()).then(|| Table {
            title: format!("With {label}: {title}"),
            note: String::new(),
            head: owned(&["", "base", "variant", "difference"]),
            rows,
            legend: String::new(),
        })
    };
    [
        (Change::Better, "what gets better"),
        (Change::Worse, "what gets worse"),
        (Change::Changed, "what changes, neither better nor worse"),
        (Change::CannotTell, "what cannot be told"),
        (Change::Same, "what stays the same in every replication"),
    ]
    .into_iter()
    .filter_map(table)
    .collect()
}

fn row(compared: &Compared) -> Vec<String> {
    let unit = compared.measure.unit();
    vec![
        name_of(compared),
        signed::with_interval(unit, compared.base.as_ref()),
        signed::with_interval(unit, compared.variant.as_ref()),
        signed::difference(unit, compared.difference.as_ref()),
    ]
}
