use std::sync::atomic::AtomicBool;

use super::*;
use crate::experiment::{Effort, NoProgress, PairedExperiment, Statistic};
use crate::model::Model;
use crate::scenario::compile_text;

/// A desk, with some keys of its stage and team, and more of the file.
fn model(team: &str, source: &str, more: &str) -> Model {
    let text = format!(
        "title = \"desk\"\nstart = 2024-01-01T00:00:00\nzone = \"UTC\"\nduration = \"2 days\"\n\
         classes = [\"fraud\"]\n[source.world]\nrate = \"{source}\"\nto = \"desk\"\n[team.people]\n{team}\n\
         [stage.desk]\nteam = \"people\"\nwork = {{ exponential = {{ mean = \"5min\" }} }}\nto = \"removed\"\n{more}"
    );
    Model::new(compile_text("desk", &text).unwrap_or_else(|error| panic!("{error}")).plan).unwrap()
}

fn target(within: &str, share: f64) -> String {
    format!(
        "[[target]]\nname = \"soon\"\nclock = \"sent -> removed\"\nwithin = \"{within}\"\nshare = {share}\n"
    )
}

fn identity(name: &str) -> ScenarioIdentity {
    ScenarioIdentity { name: name.to_owned(), title: String::new(), digest: String::new() }
}

fn compared(base: &Model, variants: &[&Model], effort: Effort) -> Comparison {
    let cancel = AtomicBool::new(false);
    let (seed, max_in_system) = (1, 100_000);
    let experiment = PairedExperiment { base, variants, seed, effort, max_in_system, cancel: &cancel };
    let paired = experiment.run(&NoProgress).unwrap();
    let plans: Vec<&Plan> = variants.iter().map(|model| model.plan()).collect();
    let context = ComparisonContext {
        base: identity("desk"),
        variants: (0..variants.len())
            .map(|i| (format!("variant {i}"), identity("desk"), Vec::new()))
            .collect(),
        seed,
        target_clocks: vec!["sent -> removed".to_owned()],
        warnings: Vec::new(),
    };
    compare(base.plan(), &plans, &paired, context)
}

fn find<'a>(variant: &'a VariantSummary, name: &str) -> &'a Compared {
    let found = variant.measures.iter().find(|compared| compared.name == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

const TEN: Effort = Effort::Replications(10);

#[test]
fn a_variant_that_is_the_base_changes_nothing() {
    let base = model("staff = 2", "18/h", &target("10min", 0.5));
    let comparison = compared(&base, &[&base, &base], TEN);
    for variant in &comparison.variants {
        assert!(variant.same_reports && variant.variance_reduction.is_none());
        assert!(variant.measures.len() > 15);
        for compared in &variant.measures {
            assert_eq!(compared.change, Change::Same, "{}", compared.name);
            let difference = compared.difference.unwrap();
            assert_eq!((difference.mean, difference.interval), (0.0, Some((0.0, 0.0))), "{}", compared.name);
            assert_eq!(compared.base, compared.variant);
        }
    }
    assert!(comparison.warnings.is_empty(), "{:?}", comparison.warnings);
}

#[test]
fn better_and_worse_go_by_what_is_measured() {
    let base = model("staff = 2\nwage = 10", "18/h", &target("10min", 0.5));
    let more = model("staff = 4\nwage = 10", "18/h", &target("10min", 0.5));
    let comparison = compared(&base, &[&more], TEN);
    let variant = &comparison.variants[0];
    let change = |name: &str| find(variant, name).change;
    assert_eq!(change("target/soon"), Change::Better);
    assert_eq!(change("class/fraud/response_time/mean"), Change::Better);
    assert_eq!(change("stage/desk/queue/max"), Change::Better);
    assert_eq!(change("team/people/staff_hours"), Change::Worse);
    assert_eq!(change("team/people/utilization"), Change::Changed);
    assert_eq!(change("class/fraud/reports"), Change::Same);
    // by hand: two people more for 48 hours, at 10 an hour
    for (name, expected) in [("team/people/staff_hours", 96.0), ("cost", 960.0), ("team/people/cost", 960.0)]
    {
        let difference = find(variant, name).difference.unwrap();
        assert!((difference.mean - expected).abs() < 1e-9, "{name}: {difference:?}");
    }
    // nobody gives up and nobody is turned away: that says nothing
    assert!(!variant.measures.iter().any(|c| c.name.ends_with("reneged") || c.name.ends_with("blocked")));
    let reduction = variant.variance_reduction.unwrap();
    assert!(reduction.smallest <= reduction.median && reduction.median <= reduction.largest);
    assert!(reduction.n_measures > 5);
}

#[test]
fn a_target_says_whether_it_turns() {
    let base = model("staff = 1", "18/h", &target("1h", 0.95));
    let more = model("staff = 4", "18/h", &target("1h", 0.95));
    let comparison = compared(&base, &[&more], TEN);
    let pair = find(&comparison.variants[0], "target/soon").target.clone().unwrap();
    assert_eq!((pair.verdict, pair.variant_verdict), (Verdict::Missed, Verdict::Met));
    assert_eq!((pair.clock.as_str(), pair.within, pair.goal), ("sent -> removed", 3600.0, 0.95));
    // one person is offered 1.5 times what they can do: many wait at the end
    assert!(comparison.warnings[0].contains("cases of `desk` were still in the system at the end"));
}

#[test]
fn several_variants_have_wider_intervals() {
    let (two, three) = (model("staff = 2", "18/h", ""), model("staff = 3", "18/h", ""));
    let alone = compared(&two, &[&three], TEN);
    let with_others = compared(&two, &[&three, &two, &two], TEN);
    let width = |comparison: &Comparison| {
        let found = find(&comparison.variants[0], "class/fraud/response_time/mean");
        let (lo, hi) = found.difference.unwrap().interval.unwrap();
        hi - lo
    };
    // t of 9 degrees of freedom at 0.975 and at 1 − 0.05/6, from tables: 2.262 and 2.933
    let ratio = width(&with_others) / width(&alone);
    assert!((ratio - 2.933_3 / 2.262_2).abs() < 2e-3, "{ratio}");
}

#[test]
fn what_makes_variants_unlike_is_said() {
    let base = model("staff = 2", "18/h", &target("10min", 0.5));
    let busier = model("staff = 2", "20/h", &target("10min", 0.5));
    let stricter = model("staff = 2", "18/h", &target("5min", 0.6));
    let none = model("staff = 2", "18/h", "");
    let comparison = compared(&base, &[&busier, &stricter, &none], TEN);
    assert!(!comparison.variants[0].same_reports && comparison.variants[1].same_reports);
    let warnings = comparison.warnings.join("\n");
    for said in [
        "`variant 0` does not meet the same reports as the base, ",
        "target `soon` is another one in `variant 1`: within 5min instead of 10min",
        "target `soon` is another one in `variant 1`: the goal is 60 % instead of 50 %",
        "`variant 2` has no target `soon`: it is not compared",
    ] {
        assert!(warnings.contains(said), "{warnings}");
    }
}

#[test]
fn one_replication_tells_nothing() {
    let (two, three) = (model("staff = 2", "18/h", ""), model("staff = 3", "18/h", ""));
    let comparison = compared(&two, &[&three], Effort::Replications(1));
    let measures = &comparison.variants[0].measures;
    assert!(measures.iter().all(|c| matches!(c.change, Change::CannotTell | Change::Same)));
    assert!(comparison.warnings[0].starts_with("a single replication has no intervals"));
}

#[test]
fn a_precision_that_was_not_reached_is_said() {
    let (two, three) = (model("staff = 2", "18/h", ""), model("staff = 3", "18/h", ""));
    let asked = Effort::Precision { precision: 0.001, at_least: 2, at_most: 4 };
    let comparison = compared(&two, &[&three], asked);
    assert_eq!(
        comparison.warnings,
        [
            "the precision of 0.1 % that was asked for was not reached in 4 replications: wider still are the intervals \
          of the differences of the mean response time of `fraud` with `variant 0`"
        ]
    );
}

#[test]
fn judgements_by_hand() {
    let of = |lo, hi| Some(Estimate { mean: f64::midpoint(lo, hi), interval: Some((lo, hi)), n: 5 });
    for (better, difference, expected) in [
        (Better::More, of(0.1, 0.2), Change::Better),
        (Better::More, of(-0.2, -0.1), Change::Worse),
        (Better::Less, of(0.1, 0.2), Change::Worse),
        (Better::Less, of(-0.2, -0.1), Change::Better),
        (Better::Neither, of(0.1, 0.2), Change::Changed),
        (Better::Less, of(-0.1, 0.1), Change::CannotTell),
        (Better::More, of(0.0, 0.1), Change::CannotTell),
        (Better::More, None, Change::CannotTell),
        (Better::More, Some(Estimate { mean: 1.0, interval: None, n: 1 }), Change::CannotTell),
    ] {
        assert_eq!(judged(better, difference), expected, "{better:?} {difference:?}");
    }
}

#[test]
fn the_median_of_variance_reductions_by_hand() {
    let with = |reduction: Option<f64>, change: Change| Compared {
        measure: Measure::ResponseTime(0, Statistic::Mean),
        name: String::new(),
        subject: String::new(),
        base: None,
        variant: None,
        difference: None,
        variance_reduction: reduction,
        change,
        target: None,
    };
    let changed = |reduction| with(Some(reduction), Change::Better);
    let all =
        [changed(8.0), changed(2.0), with(None, Change::Worse), changed(4.0), with(Some(1e9), Change::Same)];
    let found = variance_reduction(&all).unwrap();
    assert_eq!((found.median, found.smallest, found.largest, found.n_measures), (4.0, 2.0, 8.0, 3));
    assert!((variance_reduction(&all[..2]).unwrap().median - 5.0).abs() < 1e-12);
    assert_eq!(variance_reduction(&all[4..]), None);
}
