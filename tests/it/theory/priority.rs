//! Who is next: priorities, deadlines, and the law that what one class gains another loses.
//!
//! Non-preemptive priorities: Cobham (1954) for one server, Davis (1966) for several. Conservation (Kleinrock 1965):
//! with one server, `Σρ_k·W_k` is the same for every order that does not look at the work and leaves nobody idle.

use super::*;

/// A stage of one class after the other with their rates per minute, and works; the first class is the most urgent.
fn classes(minutes: f64, rates: &[f64], works: &[String], servers: u32, more: &str) -> String {
    let total: f64 = rates.iter().sum();
    let names: Vec<String> = (0..rates.len()).map(|class| format!("\"class{class}\"")).collect();
    let mix: Vec<String> =
        rates.iter().enumerate().map(|(class, rate)| format!("class{class} = {}", rate / total)).collect();
    let by_class: Vec<String> =
        works.iter().enumerate().map(|(class, work)| format!("class{class} = {work}")).collect();
    format!(
        "{}classes = [{}]\n\
         [source.world]\nrate = \"{total}/min\"\nmix = {{ {} }}\nto = \"desk\"\n\
         [team.desk_team]\nstaff = {servers}\n\
         [stage.desk]\nteam = \"desk_team\"\nwork_by_class = {{ {} }}\nto = \"kept\"\n{more}",
        stationary(minutes),
        names.join(", "),
        mix.join(", "),
        by_class.join(", "),
    )
}

/// A target from `sent` for each class, in minutes.
fn deadlines(minutes: &[f64]) -> String {
    let of = |(class, minutes): (usize, &f64)| {
        format!(
            "[[target]]\nname = \"class{class}\"\nclass = \"class{class}\"\nclock = \"sent -> ended\"\n\
             within = \"{minutes}min\"\nshare = 0.9\n"
        )
    };
    minutes.iter().enumerate().map(of).collect()
}

#[test]
fn three_classes_one_server() {
    let works = vec![exponential(1.0 / 3.0); 3];
    let text = classes(250_000.0, &[0.2, 0.6, 1.2], &works, 1, "discipline = \"priority\"\n");
    let waits = [0.238_095, 0.324_675, 0.909_091];
    let expected: Vec<Expectation> = (0..3)
        .map(|class| {
            near(format!("wait of class {class}"), waits[class] * MINUTE, move |run| run.wait_of(0, class))
        })
        .collect();
    check(&text, 32, &expected);
}

#[test]
fn three_classes_two_servers() {
    let works = vec![exponential(1.0 / 3.0); 3];
    let text = classes(300_000.0, &[0.2, 0.6, 1.2], &works, 2, "discipline = \"priority\"\n");
    let waits = [0.028_735_6, 0.033_156_5, 0.048_076_9];
    let expected: Vec<Expectation> = (0..3)
        .map(|class| {
            near(format!("wait of class {class}"), waits[class] * MINUTE, move |run| run.wait_of(0, class))
        })
        .collect();
    check(&text, 32, &expected);
}

/// Two classes of oracle 11: exponential work of half a minute, and a minute exactly.
fn two_classes(minutes: f64, more: &str) -> String {
    classes(minutes, &[0.5, 0.4], &[exponential(0.5), "\"1min\"".to_owned()], 1, more)
}

/// `Σρ_k·W_k`, which no order of service changes.
fn conserved() -> Expectation {
    near("Σρ_k·W_k", 0.603_571 * MINUTE, |run| {
        let load = [0.25, 0.4];
        // the weight of a class is its share of the load for the cases it has: λ_k·W_k·E[S_k]
        run.ratio(|r| {
            let sum = |class: usize| r.stages[0].waiting_time_by_class[class].sum;
            let cases = (r.stages[0].waiting_time_by_class[0].count
                + r.stages[0].waiting_time_by_class[1].count) as f64;
            // per case, class k waits λ_k/λ · W_k
            let weighted = 0.9 * (sum(0) * load[0] / 0.5 + sum(1) * load[1] / 0.4);
            (weighted, cases)
        })
    })
}

#[test]
fn priority_and_first_come_by_oracle_11() {
    for (more, waits) in [
        ("discipline = \"priority\"\n", [0.433_333, 1.238_10]),
        ("discipline = \"priority\"\npriority = [\"class1\", \"class0\"]\n", [1.547_62, 0.541_667]),
        ("discipline = \"priority\"\npriority = [[\"class0\", \"class1\"]]\n", [0.928_571, 0.928_571]),
        ("", [0.928_571, 0.928_571]),
    ] {
        let wait = |class: usize| {
            near(format!("wait of class {class} under {more:?}"), waits[class] * MINUTE, move |run| {
                run.wait_of(0, class)
            })
        };
        check(&two_classes(180_000.0, more), 32, &[wait(0), wait(1), conserved()]);
    }
}

#[test]
fn no_order_changes_the_weighted_wait() {
    let targets = deadlines(&[0.5, 3.0]);
    for discipline in ["earliest deadline", "longest relative wait", "lifo"] {
        let more = format!("discipline = \"{discipline}\"\n{targets}");
        check(&two_classes(90_000.0, &more), 32, &[conserved()]);
    }
}

#[test]
fn equal_deadlines_are_first_come_first_served_and_equal_ranks_too() {
    let targets = deadlines(&[2.0, 2.0]);
    let of = |discipline: &str| {
        let text = two_classes(20_000.0, &format!("{discipline}{targets}"));
        comparable(&simulate(&text, 5, 4, None))
    };
    let fifo = of("");
    for same in [
        "discipline = \"earliest deadline\"\n",
        "discipline = \"longest relative wait\"\n",
        "discipline = \"priority\"\npriority = [[\"class0\", \"class1\"]]\n",
    ] {
        assert!(of(same) == fifo, "{same}");
    }
    assert!(of("discipline = \"lifo\"\n") != fifo, "the comparison sees a difference");
}

#[test]
fn deadlines_far_apart_are_priorities() {
    let targets = deadlines(&[1.0, 1_000_000.0]);
    let of = |discipline: &str| {
        let text = two_classes(20_000.0, &format!("discipline = \"{discipline}\"\n{targets}"));
        comparable(&simulate(&text, 5, 4, None))
    };
    assert!(of("earliest deadline") == of("priority"));
}

#[test]
fn accumulating_priority_is_the_longest_relative_wait() {
    // Kleinrock (1964): priorities that grow in proportion to the time waited, twice as fast for class 0, whose target
    // is half as long; W_F = W0/(1 − ρ), W_l = W_F/(1 − ρ_h(1 − b)), W_h = W_F − ρ_l·W_l·(1 − b), with b = 1/2
    let (rho_high, rho_low, b) = (0.25, 0.4, 0.5);
    let together = 0.928_571;
    let low = together / (1.0 - rho_high * (1.0 - b));
    let high = together - rho_low * low * (1.0 - b);
    let more = format!("discipline = \"longest relative wait\"\n{}", deadlines(&[1.0, 2.0]));
    check(
        &two_classes(100_000.0, &more),
        32,
        &[
            near("wait of the faster class", high * MINUTE, |run| run.wait_of(0, 0)),
            near("wait of the slower class", low * MINUTE, |run| run.wait_of(0, 1)),
            conserved(),
        ],
    );
}

/// What two runs of different scenarios can have in common: everything found, but not which scenario it was.
fn comparable(run: &Run) -> String {
    let mut summary = run.summary.clone();
    summary.scenario.digest.clear();
    vigie::out::summary_json(&summary)
}
