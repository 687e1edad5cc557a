//! What somebody may write by mistake: it is refused, or told apart, in words.

use super::small;

#[test]
fn steps_too_small_to_count_are_refused() {
    let desk = small();
    let one = |vary: &str, more: &[&str]| desk.refused(&[&["--vary", vary], more].concat());
    insta::assert_snapshot!(one("target[0].share=0.1..0.9:1e-300", &[]), @r#"error: the sweep has 18,446,744,073,709,551,615 points, which with 20 replications each take 368,934,881,474,191,032,300 runs, more than the budget of 100,000: vary less, draw fewer points with `--samples 100`, take fewer `--replications`, or raise `--budget`"#);
    let wage = one("team.people.wage=1..1e300:1e-10", &[]);
    assert!(wage.contains("18,446,744,073,709,551,615 points"), "{wage}");
    // whatever the budget
    let all = ["--budget", "1000000000", "--replications", "1"];
    insta::assert_snapshot!(one("target[0].share=0.1..0.9:1e-8", &all), @r#"error: the sweep has 80,000,001 points, more than the 1,000,000 that one sweep can have: vary less, or draw fewer points with `--samples 100`"#);
    insta::assert_snapshot!(one("team.people.wage=-1e308..1.7e308", &["--samples", "5"]), @r#"
    error: the range `-1e308..1.7e308` is too wide to count
     --> --vary:1:18
      |
    1 | team.people.wage=-1e308..1.7e308
      |                  ^^^^^^^^^^^^^^^
      |
      = help: write smaller numbers

    1 error in the arguments
    "#);
}

#[test]
fn two_spellings_of_one_place_are_one_place() {
    let desk = small();
    let two = |first: &str, second: &str| desk.refused(&["--vary", first, "--vary", second]);
    insta::assert_snapshot!(two("target[at work within 15 min].share=0.5,0.6", "target[0].share=0.7,0.9"), @r#"
    error: `target[0].share` is varied twice
     --> --vary:1:1
      |
    1 | target[0].share=0.7,0.9
      | ^^^^^^^^^^^^^^^
      |
      = help: `target[at work within 15 min].share` leads to the same place: put all its values into one `--vary`

    1 error in the scenario `small.toml`
    "#);
    let turned = two("target[0].share=0.7,0.9", "target[\"at work within 15 min\"].share=0.5,0.6");
    assert!(turned.contains("is varied twice"), "{turned}");
    insta::assert_snapshot!(two("team.people.staff=2,3", "team.people={staff=4},{staff=5}"), @r#"
    error: `team.people` overwrites `team.people.staff`, which is varied too
     --> --vary:1:1
      |
    1 | team.people={staff=4},{staff=5}
      | ^^^^^^^^^^^
      |
      = help: its values would be lost: vary one of the two, or write the larger first

    1 error in the scenario `small.toml`
    "#);
    desk.swept(&[
        "--vary",
        "target[0].share=0.5,0.6",
        "--vary",
        "target[0].within=5min,6min",
        "--replications",
        "2",
    ]);
}

#[test]
fn points_are_shown_though_the_best_is_nothing() {
    let desk = small();
    let asked =
        ["--vary", "team.people.staff=2..9", "--replications", "5", "--best", "stage/desk/waiting_time/p95"];
    let ended = desk.sweep(&asked);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("One desk\n8 points"), "{}", ended.stdout);
    assert!(ended.stdout.contains("no point is named the best: the smallest"), "{}", ended.stdout);
    assert!(ended.stdout.contains("`--indifference 1min`"), "{}", ended.stdout);
    assert_eq!(desk.read("results/small-swept/sweep.csv").lines().count(), 9);
    assert!(desk.read("results/small-swept/sweep.json").contains("no point is named the best"));
    assert!(desk.journals().is_empty());
    // as it says
    let text = desk.swept(&[&asked[..], &["--indifference", "1min"]].concat());
    assert!(text.contains("the best is team.people.staff ="), "{text}");
}
