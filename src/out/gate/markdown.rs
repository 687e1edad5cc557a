//! The verdicts of gates as Markdown, for GitHub's step summary and for comments on pull and merge requests.
//!
//! Everything that is not ours is written with HTML entities, which mean the same in Markdown, in its tables and in the
//! HTML between: names can neither break a table nor call anybody.

use std::fmt::Write;

use super::super::words;
use super::numbers;
use super::sentences::{self, Standing, plain};
use crate::analysis::{GateSummary, GatedScenario, JudgedGate};

/// By this first line a script finds its own comment again.
const MARKER: &str = "<!-- vigie gate -->";
/// GitHub takes no comment of 65,536 characters or more; scripts cut at 60,000 bytes, and add a line of their own.
const MOST_BYTES: usize = 59_000;

/// The verdicts of gates as Markdown, short enough for a comment on GitHub: where it would be too long, rows of gates that
/// hold are left out, then details, then other rows and notes; how many, is said.
pub fn gate_markdown(summary: &GateSummary) -> String {
    let mut room = Room::all(summary);
    // one after the other: what tells the least goes first
    for part in [Room::quiet, Room::details, Room::rows, Room::notes] {
        let text = rendered(summary, room);
        if fits(&text) {
            return text;
        }
        // the most of this part that fits; if not even none of it does, none, and the next part has to go too
        let (mut enough, mut too_many) = (0, *part(&mut room));
        while too_many - enough > 1 {
            let half = enough.midpoint(too_many);
            *part(&mut room) = half;
            if fits(&rendered(summary, room)) {
                enough = half;
            } else {
                too_many = half;
            }
        }
        *part(&mut room) = enough;
    }
    shortened(rendered(summary, room))
}

/// How many of each there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Room {
    /// Rows of gates that hold or are off.
    quiet: usize,
    /// Details.
    details: usize,
    /// Rows of gates that do not hold.
    rows: usize,
    /// Notes.
    notes: usize,
}

impl Room {
    fn all(summary: &GateSummary) -> Self {
        let loud = summary.gates().filter(|gate| Standing::of(gate).has_details()).count();
        Self {
            quiet: summary.gates().count() - loud,
            details: loud,
            rows: loud,
            notes: sentences::notes(summary).len(),
        }
    }

    fn quiet(&mut self) -> &mut usize {
        &mut self.quiet
    }

    fn details(&mut self) -> &mut usize {
        &mut self.details
    }

    fn rows(&mut self) -> &mut usize {
        &mut self.rows
    }

    fn notes(&mut self) -> &mut usize {
        &mut self.notes
    }

    /// Takes one of what there is room for, if there is.
    fn take(n: &mut usize) -> bool {
        let had = *n > 0;
        *n = n.saturating_sub(1);
        had
    }
}

fn rendered(summary: &GateSummary, mut room: Room) -> String {
    let verdict = sentences::verdict(summary);
    let mut text = format!("{MARKER}\n## {verdict}: {}\n", sentences::counted(summary));
    if let Some(left_out) = left_out(Room::all(summary), room) {
        paragraph(&mut text, &left_out);
    }
    let not_held = sentences::not_held(summary);
    if !not_held.is_empty() {
        text.push('\n');
        for said in not_held {
            item(&mut text, &escaped(&said));
        }
    }
    for scenario in &summary.scenarios {
        write_scenario(&mut text, scenario, &mut room);
    }
    let notes = sentences::notes(summary);
    if room.notes > 0 {
        text.push_str("\n### Notes\n\n");
        for note in &notes[..room.notes.min(notes.len())] {
            item(&mut text, &sentence(note));
        }
    }
    text
}

/// What there was no room for.
fn left_out(all: Room, room: Room) -> Option<String> {
    let parts: Vec<String> = [
        (all.quiet - room.quiet, "row of gates that hold or are off", "rows of gates that hold or are off"),
        (all.details - room.details, "block of details", "blocks of details"),
        (all.rows - room.rows, "row of gates that do not hold", "rows of gates that do not hold"),
        (all.notes - room.notes, "note", "notes"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| format!("{} {}", words::count(n as f64), if n == 1 { one } else { many }))
    .collect();
    let said = super::super::sentences::joined(&parts);
    (!parts.is_empty()).then(|| format!("**Left out, as GitHub takes no longer comment: {said}.**"))
}

fn write_scenario(text: &mut String, scenario: &GatedScenario, room: &mut Room) {
    let title = escaped(sentences::title(scenario));
    let _ = write!(text, "\n### {title} (<code>{}</code>)\n", escaped(&scenario.file));
    if let Some(changes) = sentences::changes(scenario) {
        paragraph(text, &escaped(&changes));
    }
    paragraph(text, &sentences::simulated(scenario));
    let baseline = sentence(&sentences::baseline(&scenario.baseline));
    match sentences::baseline_alarm(&scenario.baseline) {
        Some(alarm) => paragraph(text, &format!("⚠️ **{alarm}** {baseline}")),
        None => paragraph(text, &baseline),
    }
    let mut shown: Vec<&JudgedGate> = Vec::new();
    for gate in &scenario.gates {
        let has_details = Standing::of(gate).has_details();
        if Room::take(if has_details { &mut room.rows } else { &mut room.quiet }) {
            shown.push(gate);
        }
    }
    if !shown.is_empty() {
        text.push_str(
            "\n| | gate | expected | found | must be; value − threshold |\n|---|---|---|---|---|\n",
        );
        for gate in shown {
            write_row(text, gate);
        }
    }
    for gate in scenario.gates.iter().filter(|gate| Standing::of(gate).has_details()) {
        if Room::take(&mut room.details) {
            write_details(text, gate);
        }
    }
}

fn write_row(text: &mut String, gate: &JudgedGate) {
    let (name, expectation) = (escaped(&gate.name), escaped(&gate.expectation));
    let (found, required) = if Standing::of(gate) == Standing::Off {
        (String::new(), String::new())
    } else {
        let margin = numbers::margin(gate).map(|margin| format!("; {margin}")).unwrap_or_default();
        (numbers::found(gate), format!("{}{margin}", numbers::required(gate)))
    };
    let (found, required) = (escaped(&found), escaped(&required));
    let _ = writeln!(text, "| {} | {name} | {expectation} | {found} | {required} |", mark(gate));
}

fn mark(gate: &JudgedGate) -> &'static str {
    match Standing::of(gate) {
        Standing::Holds => "✅ pass",
        Standing::Fails => "❌ **FAIL**",
        Standing::CannotTell => "❓ **cannot tell**",
        Standing::Warns => "⚠️ warn",
        Standing::MayWarn => "⚠️ cannot tell",
        Standing::Off => "➖ off",
    }
}

fn write_details(text: &mut String, gate: &JudgedGate) {
    let open = if Standing::of(gate) == Standing::Fails { " open" } else { "" };
    let (name, about) = (escaped(&gate.name), escaped(&gate.about));
    let about = if gate.about == gate.name { String::new() } else { format!(": {about}") };
    let _ = write!(text, "\n<details{open}>\n<summary><b>{name}</b>{about}</summary>\n\n");
    for reason in &gate.reasons {
        item(text, &sentence(reason));
    }
    for (name, fact) in sentences::facts(gate) {
        item(text, &escaped(&format!("{name}: {fact}")));
    }
    text.push_str("\n</details>\n");
}

fn paragraph(text: &mut String, content: &str) {
    let _ = write!(text, "\n{content}\n");
}

fn item(text: &mut String, content: &str) {
    let _ = writeln!(text, "- {content}");
}

/// A sentence in which names stand in backticks: those are set as code.
fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // an odd backtick quotes nothing
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let set = |(idx, part): (usize, &&str)| {
        if idx.is_multiple_of(2) { escaped(part) } else { format!("<code>{}</code>", escaped(part)) }
    };
    parts.iter().enumerate().map(set).collect()
}

/// A text in one line that Markdown and HTML take as it stands, at the beginning of a line as well as within.
fn escaped(text: &str) -> String {
    let text = plain(text);
    let mut escaped = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        let is_inside = [before, after].into_iter().all(|c| c.is_some_and(char::is_alphanumeric));
        let is_number = || !escaped.is_empty() && escaped.chars().all(|c| c.is_ascii_digit());
        let is_syntax = match c {
            '&' | '<' | '>' | '|' | '`' | '\\' | '*' | '[' | ']' | '~' | '$' | '@' | '#' => true,
            // between letters and digits, an underscore means nothing
            '_' => !is_inside,
            // at the beginning of a line, these begin a list or underline a heading
            '-' | '+' | '=' => before.is_none(),
            '.' | ')' => after.is_none_or(|c| c == ' ') && is_number(),
            _ => false,
        };
        if is_syntax {
            match c {
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '&' => escaped.push_str("&amp;"),
                _ => {
                    let _ = write!(escaped, "&#{};", u32::from(c));
                }
            }
        } else {
            escaped.push(c);
        }
        // an empty comment keeps people from being called and issues from being linked
        if matches!(c, '@' | '#') {
            escaped.push_str("<!-- -->");
        }
        before = Some(c);
    }
    escaped
}

fn length(text: &str) -> usize {
    text.len()
}

fn fits(text: &str) -> bool {
    length(text) <= MOST_BYTES
}

/// What is too long even with nothing but heads is cut off.
fn shortened(text: String) -> String {
    const END: &str = "\n\n… (cut off: GitHub takes no longer comment)\n";
    if fits(&text) {
        return text;
    }
    let mut left = MOST_BYTES - length(END);
    let fitting = text.chars().take_while(|c| {
        let fits = c.len_utf8() <= left;
        left = left.saturating_sub(c.len_utf8());
        fits
    });
    fitting.collect::<String>() + END
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::super::tests::{HOSTILE, hostile, january, on_time, only, sample, scenario, without_baseline};
    use super::*;
    use crate::analysis::{BaselineState, GateVerdict};

    /// What a reader sees of tables, row by row, and of list items.
    #[derive(Default)]
    struct Seen {
        rows: Vec<Vec<String>>,
        items: Vec<String>,
        headings: Vec<String>,
        html: String,
        others: Vec<String>,
    }

    fn seen(markdown: &str) -> Seen {
        let mut seen = Seen::default();
        let mut text = String::new();
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
        for event in Parser::new_ext(markdown, options) {
            match event {
                Event::Start(Tag::TableRow) => seen.rows.push(Vec::new()),
                Event::Start(Tag::TableCell | Tag::Item | Tag::Heading { .. }) => text.clear(),
                // heads are not rows
                Event::End(TagEnd::TableCell) => {
                    seen.rows.last_mut().into_iter().for_each(|row| row.push(text.clone()));
                }
                Event::End(TagEnd::Item) => seen.items.push(text.clone()),
                Event::End(TagEnd::Heading(_)) => seen.headings.push(text.clone()),
                Event::End(TagEnd::TableHead) => seen.rows.iter_mut().for_each(|row| row.truncate(5)),
                Event::Text(part) => text.push_str(&part),
                Event::Html(part) => seen.html.push_str(&part),
                Event::Start(
                    Tag::Table(_)
                    | Tag::TableHead
                    | Tag::List(None)
                    | Tag::Paragraph
                    | Tag::HtmlBlock
                    | Tag::Strong,
                )
                | Event::End(_)
                | Event::InlineHtml(_)
                | Event::SoftBreak => {}
                other => seen.others.push(format!("{other:?}")),
            }
        }
        seen
    }

    /// A scenario with gates of several kinds, and one without its baseline.
    fn small() -> GateSummary {
        let missing = BaselineState::Missing { path: "baselines/calm.json".to_owned() };
        let calm = scenario("calm", missing, vec![without_baseline()]);
        let mut january = january();
        let kept = ["first look within a day", "24 h for child abuse", "no_slower", "cheap"];
        january.gates.retain(|gate| kept.contains(&gate.name.as_str()));
        GateSummary { scenarios: vec![january, calm], warnings: Vec::new() }
    }

    #[test]
    fn a_comment_on_a_pull_request() {
        insta::assert_snapshot!(gate_markdown(&small()), @r#"
        <!-- vigie gate -->
        ## FAILED: 1 of 4 gates fails, 2 cannot be told; 1 is off

        - january-2015: 24 h for child abuse cannot be told
        - january-2015: no_slower fails
        - calm: no_slower cannot be told

        ### Paris, January 2015: reports to PHAROS after the attacks (<code>scenarios/january-2015.toml</code>)

        20 replications, seed 1. In brackets: the 97.5 % interval; with a baseline, of the change since then.

        Baseline <code>baselines/january-2015.json</code>: the scenario has changed since, so differences are estimated.

        | | gate | expected | found | must be; value − threshold |
        |---|---|---|---|---|
        | ✅ pass | first look within a day | share &gt;= 80 % | 93.1 % (92.0–94.2) | &gt;= 80 %; +13.1 points (+12.0 to +14.2) |
        | ❓ **cannot tell** | 24 h for child abuse | share &gt;= 90 % | 90.2 % (89.2–91.2) | &gt;= 90 %; +0.2 points (-0.8 to +1.3) |
        | ❌ **FAIL** | no_slower | p(95) &lt;= baseline + 5% | 1h 2min (1h 1min–1h 3min) | &lt;= 56min 1s; +5min 47s (+5min 1s to +6min 32s) |
        | ➖ off | cheap | cost &lt;= 120000 |  |  |

        <details>
        <summary><b>24 h for child abuse</b>: 24 h for child abuse: share on time</summary>

        - The interval is too wide: about 180 replications would be needed.
        - expected: share &gt;= 90 %
        - value: 0.902 (share of 1; 97.5 % interval: 0.8915000000000001 to 0.9125)
        - threshold: &gt;= 0.9 (share of 1)
        - margin: 0.0020000000000000018 (share of 1; 97.5 % interval: -0.008499999999999999 to 0.012500000000000002): value − threshold, +0.2 points (-0.8 to +1.3)
        - judged by: 20 replications, with a confidence of 95 % over all looks
        - about: 24 h for child abuse: share on time
        - measure: target/24 h for child abuse

        </details>

        <details open>
        <summary><b>no_slower</b>: terrorism: response time, 95 % within</summary>

        - Most of the time goes at <code>triage</code>: 95 % of the cases wait there for at most 48min, against 41min in the baseline.
        - More replications would not change that.
        - expected: p(95) &lt;= baseline + 5%
        - value: 3707.25 seconds (97.5 % interval: 3645.75 to 3768.75)
        - threshold: &lt;= 3360.525 seconds
        - baseline: 3200.5 seconds
        - change: +8min 27s since the baseline
        - margin: 346.725 seconds (97.5 % interval: 301.25 to 392.2): value − threshold, +5min 47s (+5min 1s to +6min 32s)
        - judged by: 20 replications, with a confidence of 95 % over all looks
        - about: terrorism: response time, 95 % within
        - measure: class/terrorism/response_time/p95

        </details>

        ### Paris, January 2015: reports to PHAROS after the attacks (<code>scenarios/calm.toml</code>)

        20 replications, seed 1. In brackets: the 97.5 % interval.

        ⚠️ **BASELINE MISSING** There is none at <code>baselines/calm.json</code>, so gates that compare with it cannot be told.

        | | gate | expected | found | must be; value − threshold |
        |---|---|---|---|---|
        | ❓ **cannot tell** | no_slower | p(95) &lt;= baseline + 5% | 1h 2min (1h 1min–1h 3min) | &lt;= – |

        <details>
        <summary><b>no_slower</b>: terrorism: response time, 95 % within</summary>

        - There is no baseline to compare with.
        - expected: p(95) &lt;= baseline + 5%
        - value: 3707.25 seconds (97.5 % interval: 3645.75 to 3768.75)
        - threshold: &lt;= – (cannot be told)
        - judged by: 20 replications, with a confidence of 95 % over all looks
        - about: terrorism: response time, 95 % within
        - measure: class/terrorism/response_time/p95

        </details>

        ### Notes

        - <code>january-2015</code>: Fraud: 12.4 % of the cases were still open at the end and have no response time.
        "#);
    }

    #[test]
    fn a_table_has_a_row_for_each_gate() {
        let markdown = gate_markdown(&sample());
        assert!(markdown.starts_with("<!-- vigie gate -->\n## FAILED: 2 of 8 gates fail"));
        let seen = seen(&markdown);
        assert_eq!(seen.rows.len(), sample().gates().count());
        assert!(seen.rows.iter().all(|row| row.len() == 5), "{:?}", seen.rows);
        assert_eq!(seen.rows[0][1..4], ["first look within a day", "share >= 80 %", "93.1 % (92.0–94.2)"]);
        assert_eq!(seen.rows[3][4], "<= 56min 1s; +5min 47s (+5min 1s to +6min 32s)");
        for (row, mark) in [(0, "pass"), (1, "FAIL"), (2, "cannot tell"), (4, "warn"), (5, "off")] {
            assert!(seen.rows[row][0].ends_with(mark), "{:?}", seen.rows[row]);
        }
        assert_eq!(seen.html.matches("<details open>").count(), 2, "failures are open");
        assert_eq!(seen.html.matches("<details").count(), 6, "{}", seen.html);
        assert_eq!(seen.html.matches("</details>").count(), 6);
        assert!(seen.items.contains(&"threshold: <= 3360.525 seconds".to_owned()), "{:?}", seen.items);
        assert!(seen.items.contains(&"The gate slow is in no scenario.".to_owned()), "{:?}", seen.items);
        assert!(seen.others.is_empty(), "{:?}", seen.others);
    }

    #[test]
    fn no_name_breaks_it() {
        let markdown = gate_markdown(&hostile());
        let seen = seen(&markdown);
        let name = plain(HOSTILE);
        assert_eq!(seen.rows.len(), 3);
        for row in &seen.rows {
            assert_eq!((row.len(), &row[1], &row[2]), (5, &name, &name));
        }
        assert!(seen.headings[1].starts_with(&name), "{:?}", seen.headings);
        // in sentences, backticks set code
        let said = name.replace('`', "");
        assert_eq!(seen.items.iter().filter(|item| **item == said).count(), 4, "{:?}", seen.items);
        assert!(
            seen.items.contains(&"1. first".to_owned())
                && seen.items.contains(&"+ code that ends".to_owned())
        );
        // neither emphasis, links, code nor formulas
        assert!(seen.others.is_empty(), "{:?}", seen.others);
        let ours =
            ["<!-- vigie gate -->", "<!-- -->", "<details open>", "<details>", "</details>", "<summary>"];
        let rest = ours.iter().fold(seen.html, |html, tag| html.replace(tag, ""));
        let rest = ["</summary>", "<b>", "</b>"].iter().fold(rest, |html, tag| html.replace(tag, ""));
        assert!(!rest.contains('<') && !rest.contains('\u{1b}'), "{rest}");
        assert!(!markdown.contains("@l") && !markdown.contains(" #1"), "nobody is called, no issue linked");
    }

    fn many(verdict: GateVerdict, n: usize) -> Vec<JudgedGate> {
        (0..n).map(|idx| on_time(&format!("gate_{idx}"), verdict, (0.9, 0.01), 0.8)).collect()
    }

    /// The number before a word.
    fn said(markdown: &str, what: &str) -> usize {
        let before = markdown.split(what).next().filter(|before| before.len() < markdown.len());
        let number = before.and_then(|before| before.trim_end().rsplit(' ').next()).unwrap_or("0");
        number.replace(',', "").parse().unwrap_or(0)
    }

    #[test]
    fn gates_that_hold_are_left_out_first() {
        let all =
            || many(GateVerdict::Passed, 3_000).into_iter().chain(many(GateVerdict::Failed, 3)).collect();
        let markdown = gate_markdown(&only(all()));
        assert!(fits(&markdown) && length(&markdown) > MOST_BYTES - 200, "{}", length(&markdown));
        let rows = seen(&markdown).rows.len();
        let left_out = said(&markdown, "rows of gates that hold");
        assert_eq!(rows + left_out, 3_003);
        assert!(left_out > 0 && markdown.matches("<details open>").count() == 3);
        assert!(markdown.contains("| gate_0 |") && !markdown.contains("| gate_2999 |"));
        assert!(!gate_markdown(&sample()).contains("Left out"));
    }

    #[test]
    fn details_are_left_out_before_failures() {
        let all =
            || many(GateVerdict::Failed, 300).into_iter().chain(many(GateVerdict::Passed, 10)).collect();
        let markdown = gate_markdown(&only(all()));
        let details = markdown.matches("<details open>").count();
        assert!(fits(&markdown) && details > 0 && details < 300);
        assert_eq!(details + said(&markdown, "blocks of details"), 300);
        assert_eq!((seen(&markdown).rows.len(), said(&markdown, "rows of gates that hold")), (300, 10));
        let markdown = gate_markdown(&only(many(GateVerdict::Failed, 3_000)));
        let rows = seen(&markdown).rows.len();
        assert!(fits(&markdown) && rows > 100 && !markdown.contains("<details"));
        assert_eq!(rows + said(&markdown, "rows of gates that do not hold"), 3_000);
    }

    #[test]
    fn even_heads_alone_may_be_too_long() {
        let mut summary = only(many(GateVerdict::Failed, 3));
        summary.warnings = (0..900).map(|idx| format!("note {idx} {}", "@".repeat(20))).collect();
        let markdown = gate_markdown(&summary);
        assert!(fits(&markdown) && said(&markdown, "notes") > 0, "{}", length(&markdown));
        summary.scenarios[0].scenario.title = "𝔞".repeat(40_000);
        let markdown = gate_markdown(&summary);
        assert!(fits(&markdown) && markdown.ends_with("(cut off: GitHub takes no longer comment)\n"));
    }
}
