//! The pipeline as a Graphviz drawing.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::words;
use crate::analysis::{NodeKind, OfferedLoad, PipelineGraph, PipelineNode};

/// The pipeline in the DOT language, from left to right: sources, places and outcomes, a platform's own queue in a box
/// with it. With an offered load, each stage says how much comes to its teams at the worst, against who is there.
pub fn pipeline_dot(graph: &PipelineGraph, load: Option<&OfferedLoad>) -> String {
    let mut dot = String::from(
        "digraph pipeline {\n  rankdir=LR;\n  nodesep=0.4;\n  ranksep=0.8;\n  \
         node [fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, style=filled, fillcolor=white];\n  \
         edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=9, color=\"#555555\"];\n",
    );
    let mut clusters: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (idx, node) in graph.nodes.iter().enumerate() {
        match &node.platform {
            // a box around one node alone would say nothing
            Some(platform)
                if graph.nodes.iter().filter(|other| other.platform == node.platform).count() > 1 =>
            {
                clusters.entry(platform).or_default().push(idx);
            }
            _ => push(&mut dot, &format!("  {}", node_text(idx, node, load))),
        }
    }
    for (idx, (platform, members)) in clusters.iter().enumerate() {
        push(&mut dot, &format!("  subgraph cluster_{idx} {{"));
        push(
            &mut dot,
            &format!(
                "    label={}; color=\"#999999\"; fontname=\"Helvetica,Arial,sans-serif\"; fontsize=10;",
                quoted(platform)
            ),
        );
        for &member in members {
            push(&mut dot, &format!("    {}", node_text(member, &graph.nodes[member], load)));
        }
        push(&mut dot, "  }");
    }
    for edge in &graph.edges {
        let label =
            if edge.label.is_empty() { String::new() } else { format!(" [label={}]", quoted(&edge.label)) };
        push(&mut dot, &format!("  n{} -> n{}{label};", edge.from, edge.to));
    }
    let outcomes = graph.nodes.iter().enumerate().filter(|(_, node)| node.kind == NodeKind::Outcome);
    let ends: Vec<String> = outcomes.map(|(idx, _)| format!("n{idx};")).collect();
    if !ends.is_empty() {
        push(&mut dot, &format!("  {{ rank=sink; {} }}", ends.join(" ")));
    }
    dot.push_str("}\n");
    dot
}

fn push(dot: &mut String, line: &str) {
    dot.push_str(line);
    dot.push('\n');
}

fn node_text(idx: usize, node: &PipelineNode, load: Option<&OfferedLoad>) -> String {
    let look = match node.kind {
        NodeKind::Source => r##"shape=box, peripheries=2, fillcolor="#DCEBF7""##,
        NodeKind::Stage => r##"shape=box, fillcolor="#FFF2CC""##,
        NodeKind::Channel => r##"shape=box, style="rounded,filled", fillcolor="#F2F2F2""##,
        NodeKind::Choice => r##"shape=diamond, fillcolor="#F2F2F2""##,
        NodeKind::Platform => r##"shape=component, fillcolor="#E2F0D9""##,
        NodeKind::Outcome => r##"shape=oval, fillcolor="#EDE7F3""##,
    };
    let mut lines = vec![node.name.clone()];
    lines.extend(node.lines.iter().cloned());
    let teams = load.into_iter().flat_map(|load| node.teams.iter().filter_map(|&team| load.teams.get(team)));
    lines.extend(teams.map(|team| match team.peak() {
        None => format!("{}: no work comes", team.name),
        Some((_, work, staff)) => {
            format!(
                "{}: at most {} people's work for {} on duty",
                team.name,
                words::count(work),
                words::count(staff)
            )
        }
    }));
    format!("n{idx} [{look}, label={}];", quoted(&lines.join("\n")))
}

/// A text in the quotes of DOT: its own quotes and backslashes are escaped, its line ends become those of labels.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                let _ = write!(quoted, "\\{c}");
            }
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::explain::tests::{small_graph, small_load};
    use super::*;

    #[test]
    fn the_drawing_is_dot() {
        insta::assert_snapshot!(pipeline_dot(&small_graph(), Some(&small_load())), @r##"
        digraph pipeline {
          rankdir=LR;
          nodesep=0.4;
          ranksep=0.8;
          node [fontname="Helvetica,Arial,sans-serif", fontsize=11, style=filled, fillcolor=white];
          edge [fontname="Helvetica,Arial,sans-serif", fontsize=9, color="#555555"];
          n0 [shape=box, peripheries=2, fillcolor="#DCEBF7", label="citizens\n24 reports a day on average"];
          n1 [shape=box, fillcolor="#FFF2CC", label="triage\nwork 4min\nearliest deadline first\nteam pharos\npharos: at most 30 people's work for 4 on duty"];
          n2 [shape=box, style="rounded,filled", fillcolor="#F2F2F2", label="exchange\ntakes 1h then 10min on average"];
          n3 [shape=component, fillcolor="#E2F0D9", label="twitter\nanswers 60 %\nafter 20h on average"];
          n4 [shape=oval, fillcolor="#EDE7F3", label="removed"];
          n5 [shape=oval, fillcolor="#EDE7F3", label="kept"];
          n0 -> n1;
          n1 -> n2 [label="60 %"];
          n1 -> n5 [label="40 %"];
          n2 -> n3;
          n3 -> n4 [label="answers"];
          n3 -> n2 [label="silent for 2d"];
          { rank=sink; n4; n5; }
        }
        "##);
    }

    #[test]
    fn names_cannot_break_out_of_their_quotes() {
        assert_eq!(quoted("a \"b\" \\ c\nd\u{7}"), r#""a \"b\" \\ c\nd ""#);
        let mut graph = small_graph();
        graph.nodes[0].name = "\"]; evil -> node; \"".to_owned();
        let dot = pipeline_dot(&graph, None);
        assert!(dot.contains(r#"label="\"]; evil -> node; \""#) && !dot.contains("people's work"));
    }
}
