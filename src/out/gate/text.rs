//! What `vigie gate` prints: the verdict first, then gate by gate; those that did not pass with all that is known.

use super::super::text::{WIDTH, line, wrapped};
use super::super::words;
use super::numbers;
use super::sentences::{self, Standing, plain};
use crate::analysis::{GateSummary, GatedScenario, JudgedGate};

/// A name that is cut shorter may be taken for another.
const SHORTEST_NAME: usize = 40;
/// An expectation that is cut shorter says nothing.
const SHORTEST_EXPECTATION: usize = 12;
/// How far the details of a gate are indented.
const INDENT: usize = 8;
/// Width of the names of facts.
const FACT: usize = 12;

/// The verdicts of gates as text for a terminal.
pub fn gate_text(summary: &GateSummary) -> String {
    let mut text = String::new();
    line(&mut text, &format!("{}  {}", sentences::verdict(summary), sentences::counted(summary)));
    for scenario in &summary.scenarios {
        write_scenario(&mut text, scenario);
    }
    let notes = sentences::notes(summary);
    if !notes.is_empty() {
        line(&mut text, "");
        line(&mut text, "NOTES");
        for note in notes {
            hang(&mut text, "  - ", &note);
        }
    }
    text
}

fn write_scenario(text: &mut String, scenario: &GatedScenario) {
    line(text, "");
    hang(text, "", &format!("{} ({})", sentences::title(scenario), scenario.file));
    hang(text, "", &sentences::simulated(scenario));
    let baseline = sentences::baseline(&scenario.baseline);
    match sentences::baseline_alarm(&scenario.baseline) {
        Some(alarm) => hang(text, &format!("{alarm}  "), &baseline),
        None => hang(text, "", &baseline),
    }
    line(text, "");
    if scenario.gates.is_empty() {
        line(text, "  no gates");
        return;
    }
    let rows: Vec<Row> = scenario.gates.iter().map(Row::of).collect();
    let widths = Widths::of(&rows);
    line(text, &Row::head().laid_out(&widths));
    for (gate, row) in scenario.gates.iter().zip(&rows) {
        line(text, &row.laid_out(&widths));
        if Standing::of(gate).has_details() {
            if row.name.chars().count() > widths.name {
                write_fact(text, "gate", &row.name);
            }
            write_details(text, gate);
        }
    }
}

fn write_details(text: &mut String, gate: &JudgedGate) {
    for (name, fact) in sentences::facts(gate) {
        write_fact(text, name, &fact);
    }
    for reason in &gate.reasons {
        hang(text, &format!("{}- ", " ".repeat(INDENT)), reason);
    }
}

fn write_fact(text: &mut String, name: &str, fact: &str) {
    hang(text, &format!("{}{name:<FACT$}", " ".repeat(INDENT)), fact);
}

/// A text in lines, the others below the first, which follows `lead`.
fn hang(text: &mut String, lead: &str, content: &str) {
    let indent = lead.chars().count();
    for (idx, part) in wrapped(&plain(content), WIDTH - indent, 0).iter().enumerate() {
        let margin = if idx == 0 { lead.to_owned() } else { " ".repeat(indent) };
        line(text, &format!("{margin}{part}"));
    }
}

/// One gate in one line.
struct Row {
    mark: &'static str,
    name: String,
    expectation: String,
    found: String,
    required: String,
}

impl Row {
    fn of(gate: &JudgedGate) -> Self {
        let is_off = Standing::of(gate) == Standing::Off;
        Self {
            mark: match Standing::of(gate) {
                Standing::Holds => "PASS",
                Standing::Fails => "FAIL",
                Standing::CannotTell => "?",
                Standing::Warns => "WARN",
                Standing::Off => "off",
            },
            name: plain(&gate.name),
            expectation: plain(&gate.expectation),
            found: if is_off { String::new() } else { numbers::found(gate) },
            required: if is_off { String::new() } else { numbers::required(gate) },
        }
    }

    fn head() -> Self {
        let [name, expectation, found, required] =
            ["gate", "expected", "found", "must be"].map(str::to_owned);
        Self { mark: "", name, expectation, found, required }
    }

    fn laid_out(&self, widths: &Widths) -> String {
        let name = format!("{:<width$}", words::shortened(&self.name, widths.name), width = widths.name);
        let expectation = match widths.expectation {
            0 => String::new(),
            width => format!("{:<width$}  ", words::shortened(&self.expectation, width)),
        };
        let found = format!("{:<width$}", self.found, width = widths.found);
        format!("  {:<4}  {name}  {expectation}{found}  {}", self.mark, self.required)
    }
}

/// Widths of the columns.
struct Widths {
    name: usize,
    /// Nothing where there is no room: then only the numbers are shown, and details have the words.
    expectation: usize,
    found: usize,
}

impl Widths {
    /// What does not fit is taken from the expectations, since value and threshold say the same in numbers, then from
    /// long names.
    fn of(rows: &[Row]) -> Self {
        // the margin, the mark, and two spaces before each of the other columns
        const BETWEEN: usize = 2 + 4 + 3 * 2;
        let head = Row::head();
        let widest = |cell: fn(&Row) -> &String| {
            rows.iter().chain([&head]).map(|row| cell(row).chars().count()).max().unwrap_or(0)
        };
        let (found, required) = (widest(|row| &row.found), widest(|row| &row.required));
        let left = WIDTH.saturating_sub(BETWEEN + found + required);
        let name = widest(|row| &row.name).min(left.max(SHORTEST_NAME));
        let left = left.saturating_sub(name + 2);
        let expectation =
            if left < SHORTEST_EXPECTATION { 0 } else { widest(|row| &row.expectation).min(left) };
        Self { name, expectation, found }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{HOSTILE, about, hostile, on_time, only, response_time, sample};
    use super::*;
    use crate::analysis::{GateVerdict, Unit};

    #[test]
    fn the_verdict_comes_first_and_what_did_not_pass_is_explained() {
        insta::assert_snapshot!(gate_text(&sample()), @r#"
@@TEXT@@
        "#);
    }

    #[test]
    fn it_fits_a_terminal() {
        let wide = |name: &str| {
            let mut gate = response_time(name, GateVerdict::Failed, about(95_127.25, 729.6), 93_601.5);
            gate.expectation = "p(95) <= baseline + 5 percent of what it was".to_owned();
            gate
        };
        let names = ["a", "terrorism looked at within 24 h", &"name ".repeat(20)];
        for summary in [sample(), only(vec![wide(names[0])]), only(vec![wide(names[1])])] {
            let text = gate_text(&summary);
            for line in text.lines() {
                assert!(line.chars().count() <= WIDTH, "{} columns: {line}", line.chars().count());
                assert!(!line.ends_with(' '), "{line}");
            }
        }
        let row = |name: &str| {
            let text = gate_text(&only(vec![wide(name)]));
            text.lines().find(|line| line.starts_with("  FAIL")).map(str::to_owned).unwrap_or_default()
        };
        assert!(row(names[0]).contains("p(95) <= baseline"), "{}", row(names[0]));
        assert!(!row(names[1]).contains("p(95)") && row(names[1]).contains(names[1]), "{}", row(names[1]));
        for name in names {
            assert!(
                row(name).contains("1d 2h 25min (1d 2h 13min–1d 2h 38min)  <= 1d 2h 0min"),
                "{}",
                row(name)
            );
        }
        // a name that is cut is said in full below
        let text = gate_text(&only(vec![wide(names[2])]));
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            row(names[2]).contains('…') && words.contains(&format!("gate {}", names[2].trim())),
            "{text}"
        );
    }

    #[test]
    fn terminals_are_not_told_what_to_do() {
        let text = gate_text(&hostile());
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        let name = plain(HOSTILE);
        assert!(text.lines().any(|line| line.starts_with("  PASS") && line.contains(&name[..20])), "{text}");
    }

    #[test]
    fn no_gates_are_said_too() {
        let text = gate_text(&only(Vec::new()));
        assert!(text.starts_with("PASSED  there is no gate that can fail\n"), "{text}");
        assert!(text.ends_with("\n  no gates\n"), "{text}");
    }

    #[test]
    fn a_share_and_its_goal_stand_side_by_side() {
        let gate =
            JudgedGate { unit: Unit::Share, ..on_time("fast", GateVerdict::Passed, (0.960_04, 0.01), 0.96) };
        let text = gate_text(&only(vec![gate]));
        assert!(text.contains("96.004 % (95.004–97.004)  >= 96 %"), "{text}");
    }
}
