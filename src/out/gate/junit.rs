//! The verdicts of gates as JUnit XML, for the test reports of GitLab, Jenkins and GitHub's actions.
//!
//! A gate that fails is a `failure`, one that cannot be told an `error`: all three count both as not passed, and show
//! which it was. GitLab shows the text inside the element and not its message, so the text begins with the message. What
//! only warns passes, for nothing in these reports is between the two. The facts stand in `system-out`: properties of a
//! test case are not in every reader's schema, those of a suite are. Warnings about all scenarios have no place here:
//! the other outputs have them.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::sentences::{self, OFF, Standing, plain};
use crate::analysis::{GateSummary, GatedScenario, JudgedGate};

/// Width of the names of facts.
const FACT: usize = 12;

/// The verdicts of gates as JUnit XML: no dates and no durations, the same bytes for the same summary.
pub fn gate_junit(summary: &GateSummary) -> String {
    let mut report = Report::new("vigie gate");
    report.add_test_suites(summary.scenarios.iter().map(suite));
    written(&report)
}

fn written(report: &Report) -> String {
    report.to_string().expect("writing to memory does not fail, and what goes in is UTF-8")
}

fn suite(scenario: &GatedScenario) -> TestSuite {
    let name = plain(&scenario.scenario.name);
    let mut suite = TestSuite::new(&name);
    for (key, value) in [
        ("title", sentences::title(scenario).to_owned()),
        ("file", scenario.file.clone()),
        ("changes", scenario.changes.join("; ")),
        ("digest", scenario.scenario.digest.clone()),
        ("replications", scenario.replications.to_string()),
        ("seed", scenario.seed.to_string()),
        ("baseline", baseline(scenario)),
    ] {
        suite.add_property((key, plain(&value).as_str()));
    }
    suite.add_test_cases(scenario.gates.iter().map(|gate| case(gate, &name)));
    if !scenario.warnings.is_empty() {
        let warnings: Vec<String> = scenario.warnings.iter().map(|warning| plain(warning)).collect();
        suite.set_system_out(warnings.join("\n"));
    }
    suite
}

fn baseline(scenario: &GatedScenario) -> String {
    let alarm = sentences::baseline_alarm(&scenario.baseline).map(|alarm| format!("{alarm}: "));
    format!("{}{}", alarm.unwrap_or_default(), sentences::baseline(&scenario.baseline))
}

fn case(gate: &JudgedGate, scenario: &str) -> TestCase {
    let message = plain(&sentences::message(gate));
    let details = details(gate);
    let not_passed = |kind, what: &str| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(what).set_message(&message).set_description(format!("{message}\n{details}"));
        (status, None)
    };
    let (status, out) = match Standing::of(gate) {
        Standing::Fails => not_passed(NonSuccessKind::Failure, "gate failed"),
        Standing::CannotTell => not_passed(NonSuccessKind::Error, "inconclusive"),
        Standing::Warns | Standing::MayWarn => {
            (TestCaseStatus::success(), Some(format!("warning: {message}\n{details}")))
        }
        Standing::Holds => (TestCaseStatus::success(), Some(details)),
        Standing::Off => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(OFF).set_description(details);
            (status, None)
        }
    };
    let mut case = TestCase::new(plain(&gate.name), status);
    case.set_classname(format!("vigie.{scenario}"));
    if let Some(out) = out {
        case.set_system_out(out);
    }
    case
}

/// Reasons and facts, each in a line.
fn details(gate: &JudgedGate) -> String {
    let facts =
        sentences::facts(gate).into_iter().map(|(name, fact)| format!("{name:<FACT$}{}", plain(&fact)));
    let reasons = gate.reasons.iter().map(|reason| plain(reason));
    reasons.chain(facts).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use roxmltree::{Document, Node};

    use super::super::tests::{HOSTILE, hostile, sample};
    use super::*;

    fn children<'a, 'input>(of: Node<'a, 'input>, name: &'static str) -> Vec<Node<'a, 'input>> {
        of.children().filter(|node| node.has_tag_name(name)).collect()
    }

    fn counts<'a>(of: Node<'a, '_>) -> Vec<&'a str> {
        ["tests", "failures", "errors", "skipped"].map(|key| of.attribute(key).unwrap()).to_vec()
    }

    /// Name and text of the elements in a case.
    fn told<'a>(case: Node<'a, '_>) -> Vec<(&'a str, &'a str)> {
        let elements = case.children().filter(Node::is_element);
        elements.map(|node| (node.tag_name().name(), node.text().unwrap_or(""))).collect()
    }

    #[test]
    fn each_gate_is_a_test_case() {
        let xml = gate_junit(&sample());
        let document = Document::parse(&xml).unwrap();
        let root = document.root_element();
        assert!(root.has_tag_name("testsuites") && root.attribute("name") == Some("vigie gate"));
        assert_eq!(counts(root), ["10", "2", "3", "1"]);
        let suites = children(root, "testsuite");
        let names: Vec<_> = suites.iter().map(|suite| suite.attribute("name").unwrap()).collect();
        assert_eq!(names, ["january-2015", "november-2015", "baseline-2014", "calm", "quiet"]);
        assert_eq!(counts(suites[0]), ["6", "2", "1", "1"]);
        assert_eq!(counts(suites[3]), ["1", "0", "0", "0"]);
        let cases = children(suites[0], "testcase");
        let names: Vec<_> = cases.iter().map(|case| case.attribute("name").unwrap()).collect();
        let gates = &sample().scenarios[0].gates;
        assert_eq!(names, gates.iter().map(|gate| gate.name.as_str()).collect::<Vec<_>>());
        for case in cases {
            assert_eq!(case.attribute("classname"), Some("vigie.january-2015"));
        }
        assert!(!xml.contains("timestamp=") && !xml.contains(" time="), "the same bytes at any time");
    }

    #[test]
    fn failures_errors_and_warnings_are_told_apart() {
        let xml = gate_junit(&sample());
        let document = Document::parse(&xml).unwrap();
        let suite = children(document.root_element(), "testsuite")[0];
        let cases = children(suite, "testcase");
        let told: Vec<_> = cases.iter().map(|case| told(*case)).collect();
        let names: Vec<Vec<&str>> =
            told.iter().map(|parts| parts.iter().map(|(name, _)| *name).collect()).collect();
        assert_eq!(names, [["system-out"], ["failure"], ["error"], ["failure"], ["system-out"], ["skipped"]]);
        let failure = children(cases[3], "failure")[0];
        let message = "expected p(95) <= baseline + 5%: found 1h 2min (1h 1min–1h 3min), must be <= 56min 1s; \
                       value − threshold +5min 47s (+5min 1s to +6min 32s)";
        assert_eq!(failure.attribute("type"), Some("gate failed"));
        assert_eq!(failure.attribute("message"), Some(message));
        assert!(
            told[3][0].1.starts_with(&format!("{message}\nMost of the time goes at `triage`: ")),
            "{}",
            told[3][0].1
        );
        assert!(
            told[3][0].1.contains("\nvalue       3707.25 seconds (97.5 % interval: 3645.75 to 3768.75)\n")
        );
        assert!(told[3][0].1.contains("\nthreshold   <= 3360.525 seconds\n"), "{}", told[3][0].1);
        assert!(told[3][0].1.contains("\nMore replications would not change that.\nexpected "));
        assert_eq!(children(cases[2], "error")[0].attribute("type"), Some("inconclusive"));
        let passed = told[0][0].1;
        assert!(
            passed.starts_with("expected    share >= 80 %\n") && passed.contains("\nmeasure     target/"),
            "{passed}"
        );
        let warned = told[4][0].1;
        assert!(warned.starts_with("warning: expected max < 1500: found 1,612"), "{warned}");
        assert_eq!(children(cases[5], "skipped")[0].attribute("message"), Some(OFF));
    }

    #[test]
    fn a_suite_has_what_holds_for_all_its_gates() {
        let xml = gate_junit(&sample());
        let document = Document::parse(&xml).unwrap();
        let property = |suite: usize, name: &str| {
            let suite = children(document.root_element(), "testsuite")[suite];
            let properties = children(children(suite, "properties")[0], "property");
            let found = properties.iter().find(|property| property.attribute("name") == Some(name));
            found.and_then(|property| property.attribute("value")).unwrap_or_default().to_owned()
        };
        assert_eq!(property(0, "file"), "scenarios/january-2015.toml");
        assert_eq!((property(0, "seed"), property(0, "replications")), ("1".into(), "20".into()));
        assert!(property(1, "baseline").starts_with("BASELINE MISSING: There is none at `baselines/"));
        let suite = children(document.root_element(), "testsuite")[0];
        let out = children(suite, "system-out")[0].text().unwrap();
        assert!(out.starts_with("Fraud: 12.4 % of the cases"), "{out}");
    }

    #[test]
    fn no_name_breaks_it() {
        let xml = gate_junit(&hostile());
        let document = Document::parse(&xml).unwrap();
        let suite = children(document.root_element(), "testsuite")[0];
        let name = plain(HOSTILE);
        assert_eq!(suite.attribute("name"), Some(name.as_str()));
        let cases = children(suite, "testcase");
        assert_eq!(cases.len(), 3);
        for case in cases {
            assert_eq!(case.attribute("name"), Some(name.as_str()));
            assert_eq!(case.attribute("classname"), Some(format!("vigie.{name}").as_str()));
            let [(_, text)] = told(case)[..] else { panic!("one element") };
            assert!(text.contains(&format!("expected    {name}\n")), "{text}");
        }
    }
}
