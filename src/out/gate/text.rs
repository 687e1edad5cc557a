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
    for said in sentences::not_held(summary) {
        hang(&mut text, "  - ", &said);
    }
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
    if let Some(changes) = sentences::changes(scenario) {
        hang(text, "", &changes);
    }
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
    for reason in &gate.reasons {
        hang(text, &" ".repeat(INDENT), reason);
    }
    for (name, fact) in sentences::facts(gate) {
        write_fact(text, name, &fact);
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
                Standing::MayWarn => "WARN?",
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
        format!("  {:<5} {name}  {expectation}{found}  {}", self.mark, self.required)
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
    use super::super::tests::{HOSTILE, about, hostile, january, on_time, only, response_time, sample};
    use super::*;
    use crate::analysis::{GateVerdict, Unit};

    #[test]
    fn the_verdict_comes_first_and_what_did_not_pass_is_explained() {
        let summary = GateSummary { scenarios: vec![january()], warnings: Vec::new() };
        insta::assert_snapshot!(gate_text(&summary), @r#"
        FAILED  2 of 4 gates fail, 1 cannot be told, and 1 warning; 1 is off

        Paris, January 2015: reports to PHAROS after the attacks (scenarios/january-2015.toml)
        20 replications, seed 1. In brackets: the 97.5 % interval; with a baseline, of the change since
        then.
        Baseline `baselines/january-2015.json`: the scenario has changed since, so differences are
        estimated.

                gate                     expected                found                      must be
          PASS  first look within a day  share >= 80 %           93.1 % (92.0–94.2)         >= 80 %
          FAIL  1 h for terrorism        share >= 95 %           54.3 % (53.7–55.0)         >= 95 %
                expected    share >= 95 %
                value       0.54325 (share of 1; 97.5 % interval: 0.5367500000000001 to 0.54975)
                threshold   >= 0.95 (share of 1)
                margin      -0.40674999999999994 (share of 1; 97.5 % interval: -0.41324999999999995 to
                            -0.40024999999999994): value − threshold, -40.7 points (-41.3 to -40.0)
                judged by   20 replications, with a confidence of 95 % over all looks
                about       1 h for terrorism: share on time
                measure     target/1 h for terrorism
          ?     24 h for child abuse     share >= 90 %           90.2 % (89.2–91.2)         >= 90 %
                The interval is too wide: about 180 replications would be needed.
                expected    share >= 90 %
                value       0.902 (share of 1; 97.5 % interval: 0.8915000000000001 to 0.9125)
                threshold   >= 0.9 (share of 1)
                margin      0.0020000000000000018 (share of 1; 97.5 % interval: -0.008499999999999999 to
                            0.012500000000000002): value − threshold, +0.2 points (-0.8 to +1.3)
                judged by   20 replications, with a confidence of 95 % over all looks
                about       24 h for child abuse: share on time
                measure     target/24 h for child abuse
          FAIL  no_slower                p(95) <= baseline + 5%  1h 2min (1h 1min–1h 3min)  <= 56min 1s
                Most of the time goes at `triage`: 95 % of the cases wait there for at most 48min, against
                41min in the baseline.
                More replications would not change that.
                expected    p(95) <= baseline + 5%
                value       3707.25 seconds (97.5 % interval: 3645.75 to 3768.75)
                threshold   <= 3360.525 seconds
                baseline    3200.5 seconds
                change      +8min 27s since the baseline
                margin      346.725 seconds (97.5 % interval: 301.25 to 392.2): value − threshold, +5min 47s
                            (+5min 1s to +6min 32s)
                judged by   20 replications, with a confidence of 95 % over all looks
                about       terrorism: response time, 95 % within
                measure     class/terrorism/response_time/p95
          WARN  short_queue              max < 1500              1,612 (1,514–1,710)        < 1,500
                expected    max < 1500
                value       1612.4 (count; 97.5 % interval: 1514.3500000000001 to 1710.45)
                threshold   < 1500 (count)
                margin      112.40000000000009 (count; 97.5 % interval: 14.350000000000136 to
                            210.45000000000005): value − threshold, +112 (+14 to +210)
                judged by   20 replications, with a confidence of 95 % over all looks
                about       triage: longest queue
                measure     stage/triage/queue/max
          off   cheap                    cost <= 120000

        NOTES
          - Fraud: 12.4 % of the cases were still open at the end and have no response time.
        "#);
    }

    #[test]
    fn how_the_baseline_stands_is_said() {
        let mut summary = sample();
        summary.scenarios.remove(0);
        insta::assert_snapshot!(gate_text(&summary), @r#"
        INCONCLUSIVE  2 of 4 gates cannot be told
          - november-2015: no_slower cannot be told
          - baseline-2014: no_slower cannot be told

        Paris, January 2015: reports to PHAROS after the attacks (scenarios/november-2015.toml)
        20 replications, seed 1. In brackets: the 97.5 % interval.
        BASELINE MISSING  There is none at `baselines/november-2015.json`, so gates that compare with it
                          cannot be told.

                gate       expected                found                      must be
          ?     no_slower  p(95) <= baseline + 5%  1h 2min (1h 1min–1h 3min)  <= –
                There is no baseline to compare with.
                expected    p(95) <= baseline + 5%
                value       3707.25 seconds (97.5 % interval: 3645.75 to 3768.75)
                threshold   <= – (cannot be told)
                judged by   20 replications, with a confidence of 95 % over all looks
                about       terrorism: response time, 95 % within
                measure     class/terrorism/response_time/p95

        Paris, January 2015: reports to PHAROS after the attacks (scenarios/baseline-2014.toml)
        20 replications, seed 1. In brackets: the 97.5 % interval.
        BASELINE STALE  Nothing can be compared with `baselines/baseline-2014.json`: it was recorded with
                        engine semantics 1, and these are 2.

                gate       expected                found                      must be
          ?     no_slower  p(95) <= baseline + 5%  1h 2min (1h 1min–1h 3min)  <= –
                There is no baseline to compare with.
                expected    p(95) <= baseline + 5%
                value       3707.25 seconds (97.5 % interval: 3645.75 to 3768.75)
                threshold   <= – (cannot be told)
                judged by   20 replications, with a confidence of 95 % over all looks
                about       terrorism: response time, 95 % within
                measure     class/terrorism/response_time/p95

        Paris, January 2015: reports to PHAROS after the attacks (scenarios/calm.toml)
        20 replications, seed 1. In brackets: the 97.5 % interval; with a baseline, of the change since
        then.
        Baseline `baselines/calm.json`: the same scenario, engine and seed, so 20 replications must be the
        same to the last bit.

                gate       expected           found                            must be
          PASS  no_slower  p(95) <= baseline  53min 21s (52min 19s–54min 22s)  <= 53min 21s

        Paris, January 2015: reports to PHAROS after the attacks (scenarios/quiet.toml)
        20 replications, seed 1. In brackets: the 97.5 % interval.
        No baseline: no gate needs one.

                gate  expected     found                            must be
          PASS  fast  p(95) <= 1h  53min 21s (52min 19s–54min 22s)  <= 1h

        NOTES
          - The gate `slow` is in no scenario.
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
