//! What is written of gates, and what it comes to.

use vigie::experiment::Measure;
use vigie::experiment::gate::{Bound, Level, Operator};
use vigie::scenario::{Scenario, compile_text};

use crate::desk::SMALL;

fn scenario(more: &str) -> Result<Scenario, String> {
    // a platform, a wage, and people who give up, so that there is something to measure
    let text = SMALL
        .replace("staff = 2", "staff = 2\nwage = 10")
        .replace("kept = 0.5", "host = 0.5")
        .replace("[[target]]", "[platform.host]\nresponse = \"2h\"\nto = \"removed\"\n\n[[target]]");
    compile_text("desk.toml", &format!("{text}\n{more}")).map_err(|error| error.to_string())
}

/// The gate of this text, as `measure operator bound`.
fn read(selectors: &str, expect: &str) -> Result<String, String> {
    let scenario = scenario(&format!("[[gate]]\nname = \"g\"\n{selectors}\nexpect = \"{expect}\"\n"))?;
    let gates = scenario.gates();
    let plan = gates.plan(&scenario);
    let (gate, written) = gates.gates.last().expect("there is one");
    assert_eq!(written, expect);
    let bound = match gate.bound {
        Bound::Value(value) => value.to_string(),
        Bound::Baseline { factor, offset } => format!("{factor} x + {offset}"),
    };
    Ok(format!("{} {} {bound}", gate.measure.name(&plan), gate.operator.sign()))
}

#[test]
fn every_selector_with_what_can_be_measured_of_it() {
    for (selectors, expect, expected) in [
        ("", "p(95) <= 1h", "response_time/p95 <= 3600"),
        ("", "share(<= 24h) >= 95%", "response_time/within 86400s >= 0.95"),
        ("", "cost <= baseline + 2%", "cost <= 1.02 x + 0"),
        ("", "open_at_end < 10", "open_at_end < 10"),
        ("class = 'urgent'", "p(99) < 90min", "class/urgent/response_time/p99 < 5400"),
        ("class = 'urgent'", "mean(response_time) <= 1h", "class/urgent/response_time/mean <= 3600"),
        ("class = 'urgent'", "share(<= 24h) >= 0.95", "class/urgent/response_time/within 86400s >= 0.95"),
        ("class = 'urgent'", "removed >= baseline - 3", "class/urgent/removed >= 1 x + -3"),
        ("class = 'urgent'", "reports > 5", "class/urgent/reports > 5"),
        ("stage = 'desk'", "max(queue) < 500", "stage/desk/queue/max < 500"),
        ("stage = 'desk'", "mean(queue) < 2.5", "stage/desk/queue/mean < 2.5"),
        ("stage = 'desk'", "max <= 1 day", "stage/desk/waiting_time/max <= 86400"),
        ("stage = 'desk'", "share(<=1h) >= 0.5", "stage/desk/waiting_time/within 3600s >= 0.5"),
        ("stage = 'desk'", "reneged <= 0", "stage/desk/reneged <= 0"),
        ("stage = 'desk'\nclass = 'other'", "p(50) <= 1h", "stage/desk/class/other/waiting_time/p50 <= 3600"),
        ("platform = 'host'", "answered >= 0.9", "platform/host/answered >= 0.9"),
        ("platform = 'host'", "mean <= baseline + 5min", "platform/host/answer_time/mean <= 1 x + 300"),
        (
            "platform = 'host'\nclass = 'other'",
            "max <= 3h",
            "platform/host/class/other/answer_time/max <= 10800",
        ),
        ("team = 'people'", "utilization <= 85%", "team/people/utilization <= 0.85"),
        ("team = 'people'", "staff_hours <= 150h", "team/people/staff_hours <= 150"),
        ("team = 'people'", "cost <= 1_500", "team/people/cost <= 1500"),
        ("source = 'citizens'", "p(95) <= 1h", "source/citizens/response_time/p95 <= 3600"),
        (
            "source = 'citizens'\nclass = 'urgent'",
            "share(<= 1h) >= baseline - 0.5 points",
            "source/citizens/class/urgent/response_time/within 3600s >= 1 x + -0.005",
        ),
        ("target = 'at work within 15 min'", "share >= goal", "target/at work within 15 min >= 0.5"),
        ("target = 'at work within 15 min'", "share >= baseline", "target/at work within 15 min >= 1 x + 0"),
    ] {
        assert_eq!(read(selectors, expect).as_deref(), Ok(expected), "{selectors} {expect}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place_and_a_remedy() {
    for (selectors, expect, message, help) in [
        ("class = 'urgnt'", "p(95) <= 1h", "unknown class `urgnt`", "did you mean `urgent`?"),
        ("stage = 'host'", "p(95) <= 1h", "unknown stage `host`", "the only one is `desk`"),
        ("platform = 'x'", "answered >= 1", "unknown platform `x`", "`host`"),
        ("team = 'peeple'", "cost <= 1", "unknown team `peeple`", "`people`"),
        ("source = 'citizen'", "p(95) <= 1h", "unknown source `citizen`", "`citizens`"),
        ("target = 'soon'", "share >= goal", "unknown target `soon`", "at work within 15 min"),
        ("clas = 'urgent'", "p(95) <= 1h", "unknown key `clas`", "did you mean `class`?"),
        ("class = 3", "p(95) <= 1h", "expected a text", ""),
        ("class = 'urgent'\nteam = 'people'", "cost <= 1", "too many things at once", "give one of"),
        ("stage = 'desk'\nplatform = 'host'", "mean <= 1h", "too many things at once", "give one of"),
        (
            "class = 'urgent'",
            "max(queue) <= 5",
            "`max(queue)` cannot be measured of the class `urgent`",
            "did you mean `max`?",
        ),
        ("stage = 'desk'", "p(97) <= 1h", "`p(97)` is not kept", "`p(95)`"),
        ("stage = 'desk'", "p(95) <= 1", "`1` has no unit", "4min"),
        ("stage = 'desk'", "p(95) <= 60%", "`60%` has no unit", ""),
        ("stage = 'desk'", "p95 <= 1h", "`p95` cannot be measured of `desk`", "did you mean `p(95)`?"),
        ("stage = 'desk'", "p(95) = 1h", "no `<=`, `<`, `>=` or `>`", "write for example"),
        ("stage = 'desk'", "share(< 1h) >= 0.5", "cannot read `< 1h`", "share(<= 24h)"),
        ("stage = 'desk'", "share(<= 1) >= 0.5", "`1` has no unit", ""),
        ("stage = 'desk'", "share(<= 1h) >= 95", "out of range", "0 and 1"),
        ("stage = 'desk'", "share(<= 1h) >= baseline - 1%", "a part of it or a percentage point", "1 point"),
        ("stage = 'desk'", "max(queue) <= many", "cannot read the number `many`", "500"),
        ("stage = 'desk'", "max(queue) <= baseline + -1%", "cannot read `-1%`", "5%"),
        ("stage = 'desk'", "max(queue) <= goal", "only a target has a goal", "target = "),
        ("target = 'at work within 15 min'", "share(<= 1h) >= 0.5", "one time only", "write `share`"),
        ("team = 'people'", "p(95) <= 1h", "`p(95)` cannot be measured of the team", "utilization"),
        ("confidence = 0.3", "p(95) <= 1h", "`0.3` is not a confidence", "above 0.5"),
        ("level = 'fatal'", "p(95) <= 1h", "unknown value `fatal`", "`error`, `warn`, `off`"),
        ("scenario = 'desk'", "p(95) <= 1h", "`scenario` has no place in a scenario", "leave it out"),
    ] {
        let refused = read(selectors, expect).expect_err(expect);
        assert!(refused.contains(message) && refused.contains(help), "{selectors} {expect}: {refused}");
        assert!(refused.contains("--> desk.toml:"), "{refused}");
    }
    // the place is the part of the expectation, to the column
    let refused = read("stage = 'desk'", "p(95) <= 1").expect_err("no unit");
    assert!(refused.contains("desk.toml:36:20"), "{refused}");
}

#[test]
fn without_a_wage_there_is_no_cost() {
    let gate = "[[gate]]\nname = \"g\"\nexpect = \"cost <= 5\"\n";
    let error = compile_text("desk.toml", &format!("{SMALL}{gate}")).expect_err("no wage").to_string();
    assert!(error.contains("no team has a wage") && error.contains("wage = 25"), "{error}");
}

#[test]
fn targets_are_gates_unless_a_gate_names_them() {
    let alone = scenario("").expect("it is right").gates();
    let [(gate, written)] = alone.gates.as_slice() else { panic!("one target, one gate") };
    assert_eq!(
        (gate.measure, gate.operator, gate.bound),
        (Measure::OnTime(0), Operator::AtLeast, Bound::Value(0.5))
    );
    assert_eq!((gate.level, written.as_str(), gate.confidence), (Level::Error, "share >= goal", 0.95));
    let named = "[[gate]]\nname = \"g\"\ntarget = \"at work within 15 min\"\nexpect = \"share > 0.2\"\nlevel = \"warn\"";
    let replaced = scenario(named).expect("it is right").gates();
    assert_eq!(replaced.gates.len(), 1);
    assert_eq!((replaced.gates[0].0.name.as_str(), replaced.gates[0].0.level), ("g", Level::Warn));
    let unnamed = "[[gate]]\ntarget = \"at work within 15 min\"\nexpect = \"share > 0.2\"";
    assert_eq!(scenario(unnamed).expect("it is right").gates().gates[0].0.name, "at work within 15 min");
    let nameless = scenario("[[gate]]\nclass = \"urgent\"\nexpect = \"mean <= 1h\"").expect_err("no name");
    assert!(nameless.contains("`name` is missing"), "{nameless}");
    // another gate of the same name would be taken for it
    let twin = "[[gate]]\nname = \"at work within 15 min\"\nclass = \"urgent\"\nexpect = \"mean <= 1h\"";
    let refused = scenario(twin).expect_err("two of one name");
    assert!(refused.contains("is a gate by itself"), "{refused}");
    let twice = format!("{named}\n{named}");
    assert!(scenario(&twice).expect_err("twice").contains("listed twice"));
}

#[test]
fn what_can_never_fail_is_warned_of() {
    for (selectors, expect) in [
        ("class = 'urgent'", "p(95) >= 0s"),
        ("target = 'at work within 15 min'", "share >= 0"),
        ("target = 'at work within 15 min'", "share <= 1"),
        ("stage = 'desk'", "max(queue) >= 0"),
        ("target = 'at work within 15 min'", "share >= baseline - 100 points"),
        ("stage = 'desk'", "max(queue) >= baseline - 100%"),
    ] {
        let gate = format!("[[gate]]\nname = \"g\"\n{selectors}\nexpect = \"{expect}\"\n");
        let warnings = scenario(&gate).expect("it is right").render_warnings(false);
        assert!(warnings.contains("can never fail"), "{expect}: {warnings}");
    }
    let right = "[[gate]]\nname = \"g\"\nclass = \"urgent\"\nexpect = \"p(95) <= 1h\"\n";
    assert_eq!(scenario(right).expect("it is right").render_warnings(false), "");
}

#[test]
fn gates_do_not_change_what_a_scenario_is() {
    let gate = "[[gate]]\nname = \"g\"\nclass = \"urgent\"\nexpect = \"p(95) <= 1h\"\n";
    let (with, without) = (scenario(gate).expect("right"), scenario("").expect("right"));
    assert_eq!(with.digest, without.digest);
    assert_ne!(with.gates().gates.len(), without.gates().gates.len());
}

#[test]
fn editors_know_every_key_of_a_file_of_gates() {
    let schema = vigie::scenario::gates_schema();
    let keys = |of: &serde_json::Value| -> Vec<String> {
        of["properties"].as_object().expect("a table").keys().cloned().collect()
    };
    assert_eq!(keys(&schema), ["at_most", "confidence", "gate", "targets", "unchanged"]);
    assert!(keys(&schema["$defs"]["GateSpec"]).contains(&"scenario".to_owned()));
    // in a scenario, a gate is for that scenario
    assert!(!keys(&vigie::scenario::schema()["$defs"]["GateSpec"]).contains(&"scenario".to_owned()));
}
