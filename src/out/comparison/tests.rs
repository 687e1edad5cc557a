use serde_json::Value;

use super::super::sample::sample_manifest;
use super::super::{folder, plots};
use super::*;
use crate::analysis::{Estimate, ScenarioIdentity, TargetPair, Unit, VarianceReduction, Verdict};

fn about(mean: f64, half: f64) -> Estimate {
    Estimate { mean, interval: Some((mean - half, mean + half)), n: 20 }
}

fn measured(measure: Measure, subject: &str, (base, variant): (f64, f64), change: Change) -> Compared {
    let difference = variant - base;
    let half = if change == Change::CannotTell { 2.0 * difference.abs() } else { 0.1 * difference.abs() };
    Compared {
        measure,
        name: format!("{measure:?}/{subject}"),
        subject: subject.to_owned(),
        base: Some(about(base, 0.02 * base)),
        variant: Some(about(variant, 0.02 * variant)),
        difference: Some(about(difference, half)),
        variance_reduction: (change != Change::Same).then_some(6.0),
        change,
        target: None,
    }
}

fn target(
    idx: usize,
    name: &str,
    shares: (f64, f64),
    change: Change,
    verdicts: (Verdict, Verdict),
) -> Compared {
    let target = TargetPair {
        clock: "sent -> removed".to_owned(),
        within: 3600.0,
        goal: 0.95,
        verdict: verdicts.0,
        variant_goal: 0.95,
        variant_verdict: verdicts.1,
    };
    Compared { target: Some(target), ..measured(Measure::OnTime(idx), name, shares, change) }
}

fn identity(name: &str, title: &str) -> ScenarioIdentity {
    ScenarioIdentity { name: name.to_owned(), title: title.to_owned(), digest: "9f2b".to_owned() }
}

fn variant(name: &str, measures: Vec<Compared>) -> VariantSummary {
    VariantSummary {
        name: name.to_owned(),
        scenario: identity(name, "Paris, with more people"),
        changes: Vec::new(),
        same_reports: true,
        measures,
        variance_reduction: Some(VarianceReduction {
            median: 6.04,
            smallest: 0.9,
            largest: 2e6,
            n_measures: 12,
        }),
    }
}

/// One variant: a target that turns, one that loses, one that cannot be told, and more.
fn sample() -> Comparison {
    let more = variant(
        "january-more",
        vec![
            target(
                0,
                "1 h for terrorism",
                (0.121, 0.453),
                Change::Better,
                (Verdict::Missed, Verdict::Missed),
            ),
            target(1, "24 h for all", (0.9, 0.96), Change::Better, (Verdict::Missed, Verdict::Met)),
            target(2, "2 h for fraud", (0.4, 0.3), Change::Worse, (Verdict::Missed, Verdict::Missed)),
            target(
                3,
                "a day for hate",
                (0.51, 0.512),
                Change::CannotTell,
                (Verdict::Missed, Verdict::Missed),
            ),
            measured(
                Measure::ResponseTime(0, Statistic::Mean),
                "terrorism",
                (9000.0, 4500.0),
                Change::Better,
            ),
            measured(Measure::WaitingTime(0, Statistic::Mean), "triage", (7200.0, 7199.0), Change::Better),
            measured(Measure::QueueMax(0), "triage", (1310.0, 600.0), Change::Better),
            measured(Measure::StaffHours(0), "desk", (2113.0, 2600.0), Change::Worse),
            measured(Measure::Utilization(0), "desk", (0.8, 0.7), Change::Changed),
            measured(Measure::Reports(0), "terrorism", (100.0, 100.0), Change::Same),
        ],
    );
    Comparison {
        base: identity("january", "Paris"),
        variants: vec![more],
        seed: 1,
        replications: 20,
        engine_semantics: 1,
        duration: 1_814_400.0,
        warm_up: 172_800.0,
        confidence: 0.95,
        reports: about(31_480.0, 378.0),
        warnings: vec!["something to know".to_owned()],
    }
}

/// Many variants with long names, one the base itself, many targets.
fn crowded() -> Comparison {
    let mut comparison = sample();
    let long = "team.a.shifts[0].staff=20; team.b.shifts[0].staff=20; team.c.shifts[0].staff=20".to_owned();
    for name in ["january", "january-more", "other"] {
        comparison.variants.push(variant(name, comparison.variants[0].measures.clone()));
    }
    for _ in 0..26 {
        let changes = long.split("; ").map(str::to_owned).collect();
        let measures = comparison.variants[0].measures.clone();
        comparison.variants.push(VariantSummary { changes, ..variant(&long, measures) });
    }
    for variant in &mut comparison.variants {
        for idx in 4..40 {
            let name = format!("a target with a name that goes on and on, number {idx}");
            let verdicts = (Verdict::Inconclusive, Verdict::Inconclusive);
            variant.measures.push(target(idx, &name, (0.5, 0.61234), Change::Better, verdicts));
        }
        for team in 0..20 {
            let name = format!("a team with quite a long name {team}");
            variant.measures.push(measured(Measure::StaffHours(team), &name, (1e6, 2e6), Change::Worse));
        }
    }
    comparison
}

/// Numbers that are none, and none at all.
fn broken() -> Comparison {
    let mut comparison = sample();
    for compared in &mut comparison.variants[0].measures {
        compared.base = None;
        compared.variant = Some(about(f64::NAN, 1.0));
        compared.difference = None;
        compared.change = Change::CannotTell;
    }
    comparison
}

fn empty() -> Comparison {
    let mut comparison = sample();
    comparison.variants[0].measures.clear();
    comparison.variants[0].variance_reduction = None;
    comparison.warnings.clear();
    comparison
}

#[test]
fn a_comparison_in_plain_words() {
    insta::assert_snapshot!(comparison_text(&sample()), @r"
    Paris, compared with a variant
    31,480 reports in 19 days, after 2 days of warm-up; 20 replications of each, seed 1.
    In brackets: the 95 % interval of the difference; none where all replications agree.

    With more, '24 h for all' rises from 90.0 % to 96.0 % on time, by 6.0 points (5.4–6.6), and turns
      from missed to met; but '2 h for fraud' falls from 40.0 % to 30.0 % on time, by 10.0 points
      (9.0–11.0), and stays missed; the hours on duty of desk rise from 2,113 h to 2,600 h, by 487 h
      (438–536); 4 things get better, 2 get worse, 1 hardly changes and 1 cannot be told.

    VARIANTS
      more: Paris, with more people

    WHAT GETS BETTER
                                  base        variant       difference
      1 h for terrorism           12.1 %      45.3 %        +33.2 points (+29.9 to +36.5)
      24 h for all                90.0 %      96.0 %        +6.0 points (+5.4 to +6.6)
      longest queue at triage     1,310       600           -710 (-781 to -639)
      mean response to terrorism  2h 30min    1h 15min      -1h 15min (-1h 23min to -1h 8min)
      mean wait at triage         2h 0min 0s  1h 59min 59s  -1.0s (-1.1s to -900ms)

    WHAT GETS WORSE
                             base     variant  difference
      2 h for fraud          40.0 %   30.0 %   -10.0 points (-11.0 to -9.0)
      hours on duty of desk  2,113 h  2,600 h  +487 h (+438 to +536)

    WHAT CANNOT BE TOLD
                      base    variant  difference
      a day for hate  51.0 %  51.2 %   +0.2 points (-0.2 to +0.6)

    COMMON RANDOM NUMBERS
      With more, the 12 numbers that differ need 6.0 times fewer replications than independent runs (the
        median; from 0.9 to more than 1,000,000 times), since the same reports met both.

    WARNINGS
      - something to know
    ");
}

#[test]
fn it_fits_a_terminal() {
    for comparison in [sample(), crowded(), broken(), empty()] {
        let text = comparison_text(&comparison);
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
            assert!(!line.ends_with(' '), "{line}");
        }
    }
}

#[test]
fn variants_have_short_names_of_their_own() {
    assert_eq!(labels(&sample()), ["more"]);
    let labels = labels(&crowded());
    // two of one name, the base itself, and what is too long go by letters
    assert_eq!(labels[..6], ["A", "B", "C", "other", "E", "F"]);
    assert_eq!(labels[25..28], ["Z", "V27", "V28"]);
}

#[test]
fn differences_have_signs_and_decimals_enough() {
    let said = |unit, mean: f64, (lo, hi): (f64, f64)| {
        difference(unit, Some(&Estimate { mean, interval: Some((lo, hi)), n: 20 }))
    };
    assert_eq!(said(Unit::Share, 0.332, (0.329, 0.335)), "+33.2 points (+32.9 to +33.5)");
    assert_eq!(said(Unit::Share, -0.0003, (-0.0008, 0.0002)), "-0.03 points (-0.08 to +0.02)");
    assert_eq!(said(Unit::Share, -0.0006, (-0.0009, -0.0002)), "-0.06 points (-0.09 to -0.02)");
    assert_eq!(said(Unit::Share, 1.0, (0.9988, 1.0)), "+100.0 points (+99.9 to +100.0)");
    assert_eq!(said(Unit::Seconds, -8000.0, (-8400.0, -7600.0)), "-2h 13min (-2h 20min to -2h 7min)");
    assert_eq!(said(Unit::Seconds, 20.0, (-60.0, 100.0)), "+20.0s (-1min 0s to +1min 40s)");
    assert_eq!(said(Unit::Count, -13_979.0, (-14_116.0, -13_842.0)), "-13,979 (-14,116 to -13,842)");
    assert_eq!(said(Unit::Hours, 487.0, (487.0, 487.0)), "+487 h");
    assert_eq!(said(Unit::Share, 0.0, (0.0, 0.0)), "0.0 points");
    assert_eq!(said(Unit::Ratio, 0.0321, (0.0187, 0.0456)), "+0.032 (+0.019 to +0.046)");
    assert_eq!(said(Unit::Ratio, -0.000_32, (-0.000_35, -0.000_29)), "-0.00032 (-0.00035 to -0.00029)");
    assert_eq!(difference(Unit::Share, None), "–");
    let size = |mean, interval| signed::size(Unit::Share, &Estimate { mean, interval, n: 2 });
    assert_eq!(size(-0.332, Some((-0.335, -0.329))), "33.2 points (32.9–33.5)");
    assert_eq!(size(0.01, Some((-0.01, 0.03))), "+1.0 points (-1.0 to +3.0)");
    assert_eq!(size(0.01, None), "1.0 points");
}

#[test]
fn sentences_say_what_becomes_of_a_target() {
    use Verdict::{Inconclusive, Met, Missed};

    let mut comparison = sample();
    let only = |comparison: &mut Comparison, compared: Compared| {
        comparison.variants[0].measures = vec![compared];
        answer(&comparison.variants[0], "X")
    };
    let turned = |from, to| target(0, "a", (0.9, 0.8), Change::Worse, (from, to));
    for (pair, said) in [
        ((Met, Missed), ", and turns from met to missed; 1 thing gets worse."),
        ((Met, Met), ", and stays met; 1 thing gets worse."),
        ((Met, Inconclusive), ", and may no longer be met; 1 thing gets worse."),
        ((Inconclusive, Missed), ", and is now missed; 1 thing gets worse."),
        ((Inconclusive, Inconclusive), "on time, by 10.0 points (9.0–11.0); 1 thing gets worse."),
    ] {
        let found = only(&mut comparison, turned(pair.0, pair.1));
        assert!(found.starts_with("With X, 'a' falls from 90.0 % to 80.0 % on time, by"), "{found}");
        assert!(found.ends_with(said), "{found}");
    }
    let unclear = target(0, "a", (0.9, 0.8), Change::CannotTell, (Met, Met));
    assert_eq!(
        only(&mut comparison, unclear),
        "With X, no target changes by more than chance could; 1 thing cannot be told."
    );
    let same = target(0, "a", (0.9, 0.9), Change::Same, (Met, Met));
    assert_eq!(only(&mut comparison, same), "With X, nothing that is shown changes in any replication.");
}

#[test]
fn common_random_numbers_are_worth_something() {
    let mut variant = sample().variants.remove(0);
    assert_eq!(
        sentences::common_random_numbers(&variant, "X"),
        "With X, the 12 numbers that differ need 6.0 times fewer replications than independent runs (the median; from \
         0.9 to more than 1,000,000 times), since the same reports met both."
    );
    variant.same_reports = false;
    variant.variance_reduction =
        Some(VarianceReduction { median: 0.8, smallest: 0.8, largest: 0.8, n_measures: 1 });
    assert_eq!(
        sentences::common_random_numbers(&variant, "X"),
        "With X, the number that differs needs 1.2 times as many replications as independent runs, though the reports \
         differ in part."
    );
}

#[test]
fn json_has_sorted_keys_and_all_numbers() {
    let text = comparison_json(&sample());
    let json: Value = serde_json::from_str(&text).unwrap();
    let keys = |text: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.split_once("\": ").map(|(key, _)| key.to_owned())).collect()
    };
    assert_eq!(keys(&text), keys(&serde_json::to_string_pretty(&json).unwrap()), "keys are sorted");
    assert_eq!(json["schema"], "vigie.comparison/1");
    let first = &json["variants"][0]["measures"][0];
    assert_eq!(first["change"], "better");
    assert_eq!(first["better"], "more");
    assert_eq!(first["unit"], "share");
    assert_eq!(first["target"]["base_verdict"], "missed");
    assert_eq!(first["base"]["mean"], 0.121);
    assert_eq!(json["variants"][0]["variance_reduction"]["median"], 6.04);
    let broken: Value = serde_json::from_str(&comparison_json(&broken())).unwrap();
    assert!(broken["variants"][0]["measures"][0]["variant"].is_null(), "what is no number is null");
}

#[test]
fn every_comparison_has_a_page_and_pictures() {
    for comparison in [sample(), crowded(), broken(), empty()] {
        let plots = plots::of_comparison(&comparison);
        let page = comparison_page(&comparison, &sample_manifest(), &plots);
        assert!(page.trim_end().ends_with("</html>"));
        assert!(!plots[0].svg.contains("NaN") && !plots[0].svg.contains("inf\""));
        assert_eq!(plots, plots::of_comparison(&comparison), "the same bytes twice");
    }
    let page = comparison_page(&sample(), &sample_manifest(), &plots::of_comparison(&sample()));
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(at("2 of 4 targets get better and 1 gets worse") < at("<svg ") && at("<svg ") < at("<table"));
    assert!(at("</table>") < at("6.0 times fewer replications"), "what it was worth comes last");
}

#[test]
fn names_are_escaped() {
    let mut comparison = sample();
    comparison.variants[0].name = "<script>alert(1)</script>".to_owned();
    comparison.variants[0].measures[0].subject = "<img onerror=x>".to_owned();
    let page = comparison_page(&comparison, &sample_manifest(), &plots::of_comparison(&comparison));
    assert!(!page.contains("<script") && !page.contains("<img"));
}

#[test]
fn what_is_written_may_be_replaced() {
    let files = comparison_files(&sample(), &sample_manifest());
    let names: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(names, ["comparison.json", "index.html", "manifest.json", "plots/differences.svg"]);
    assert!(names.iter().all(|name| folder::is_ours(name)));
}

#[test]
fn crumbs_of_targets_are_not_counted() {
    let said = |(base, variant), verdicts| {
        let mut comparison = sample();
        comparison.variants[0].measures = vec![
            target(0, "a", (base, variant), Change::Better, verdicts),
            sample().variants[0].measures[7].clone(),
        ];
        let variant = &comparison.variants[0];
        (
            sentences::targets_in_short(variant, "X"),
            answer(variant, "X"),
            sentences::unmoved_in_short(variant),
        )
    };
    let missed = (Verdict::Missed, Verdict::Missed);
    let (short, long, card) = said((0.5, 0.500_07), missed);
    assert_eq!(short, "With X, the target hardly changes.");
    assert!(long.starts_with("With X, the target hardly changes; the hours on duty"), "{long}");
    assert!(long.ends_with("1 thing gets worse and 1 hardly changes."), "{long}");
    assert_eq!(card, "targets hardly changed");
    assert_eq!(said((0.5, 0.501), missed).0, "With X, 1 of 1 target gets better.");
    assert_eq!(said((0.5, 0.500_9), missed).0, "With X, the target hardly changes.");
    let turned = (Verdict::Missed, Verdict::Met);
    assert_eq!(said((0.5, 0.500_07), turned).0, "With X, 1 of 1 target gets better.");
}

#[test]
fn a_single_replication_cannot_tell() {
    let mut comparison = sample();
    let variant = &mut comparison.variants[0];
    variant.variance_reduction = None;
    for compared in &mut variant.measures {
        compared.change = Change::CannotTell;
        for estimate in [&mut compared.base, &mut compared.variant, &mut compared.difference] {
            *estimate = estimate.map(|estimate| Estimate { interval: None, n: 1, ..estimate });
        }
    }
    let variant = &comparison.variants[0];
    assert_eq!(
        sentences::targets_in_short(variant, "X"),
        "With X, a single replication cannot tell which targets change."
    );
    assert!(
        answer(variant, "X")
            .starts_with("With X, a single replication cannot tell what changes from what is chance;")
    );
    assert_eq!(sentences::unmoved_in_short(variant), "cannot be told");
    let said = comparison_text(&comparison);
    assert!(!said.contains("by chance.") && !said.contains("than chance could"), "{said}");
}

#[test]
fn a_range_of_one_number_is_none() {
    let mut variant = sample().variants.remove(0);
    variant.variance_reduction =
        Some(VarianceReduction { median: 61.2, smallest: 61.1, largest: 61.4, n_measures: 3 });
    assert_eq!(
        sentences::common_random_numbers(&variant, "X"),
        "With X, the 3 numbers that differ need 61 times fewer replications than independent runs, since the same reports met both."
    );
}
