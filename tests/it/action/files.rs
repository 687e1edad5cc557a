//! The YAML files, and what the documents say of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use yaml_serde::Value;

use super::runner::{Action, expressions, root};

/// What the tests need of the job in `docs/gitlab-ci.yml`.
#[derive(Debug, Deserialize)]
pub(super) struct GitlabJob {
    pub(super) variables: BTreeMap<String, String>,
    before_script: Vec<String>,
    pub(super) script: Vec<String>,
}

pub(super) fn gitlab_job() -> GitlabJob {
    let jobs: BTreeMap<String, GitlabJob> =
        yaml_serde::from_str(&read("docs/gitlab-ci.yml")).unwrap_or_else(|error| panic!("{error}"));
    jobs.into_values().next().expect("a job")
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The workflows: the repository's own, and those to copy from the document.
fn workflows() -> Vec<(String, Value)> {
    let document = read("docs/ci.md");
    let blocks = document.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let shown = blocks.map(|text| ("docs/ci.md".to_owned(), text.to_owned()));
    let own = (".github/workflows/ci.yml".to_owned(), read(".github/workflows/ci.yml"));
    [own]
        .into_iter()
        .chain(shown)
        .map(|(name, text)| {
            let value = yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, value)
        })
        .collect()
}

/// The steps of all jobs of a workflow; of a block without jobs, the steps that it shows.
fn steps(workflow: &Value) -> Vec<&Value> {
    let lists: Vec<&Value> = match workflow.get("jobs").and_then(Value::as_mapping) {
        Some(jobs) => jobs.values().filter_map(|job| job.get("steps")).collect(),
        None => vec![workflow],
    };
    lists.into_iter().filter_map(Value::as_sequence).flatten().collect()
}

/// The first cells of a document's table rows, without their quotes: `` | `name` | ``.
fn first_cells(text: &str) -> BTreeSet<String> {
    let cell = |line: &str| line.strip_prefix("| `")?.split_once("` |").map(|(name, _)| name.to_owned());
    text.lines().filter_map(cell).collect()
}

#[test]
fn the_action_is_consistent() {
    let action = Action::read();
    assert_eq!(action.runs.using, "composite");
    let mut ids = BTreeSet::new();
    let check = |text: &str, ids: &BTreeSet<String>| {
        for expression in expressions(text) {
            let parts: Vec<&str> = expression.split('.').collect();
            match parts.as_slice() {
                ["inputs", name] => assert!(action.inputs.contains_key(*name), "{expression}"),
                ["steps", id, "outputs", _] => {
                    assert!(ids.contains(*id), "{expression}: no such step before");
                }
                ["github", "token"] => {}
                ["github", "event", "pull_request", rest @ ..] => {
                    assert!(matches!(rest, ["number"] | ["head", "sha"]), "{expression}");
                }
                _ => panic!("{expression}"),
            }
        }
    };
    for step in &action.runs.steps {
        let texts = step.env.values().chain(step.with.values()).chain(&step.working_directory);
        texts.for_each(|text| check(text, &ids));
        if let Some(condition) = &step.condition {
            let name = condition.split_whitespace().next().unwrap_or_default();
            check(&format!("${{{{ {name} }}}}"), &ids);
        }
        assert!(step.run.is_some() != step.uses.is_some(), "{}", step.name);
        if let Some(run) = &step.run {
            // an input in a command could be a command
            assert!(expressions(run).is_empty(), "{run}");
            let script = run.split('"').nth(1).and_then(|path| path.strip_prefix("$GITHUB_ACTION_PATH/"));
            assert!(script.is_some_and(|script| root().join(script).exists()), "{run}");
        }
        ids.extend(step.id.clone());
    }
    for output in action.outputs.values() {
        check(&output.value, &ids);
        assert!(!output.description.is_empty());
    }
    for (name, input) in &action.inputs {
        assert!(!input.description.is_empty(), "{name}");
        assert!(input.required != input.default.is_some(), "{name}: a default, or required");
    }
}

#[test]
fn inputs_and_outputs_are_documented() {
    let document = read("docs/ci.md");
    let section = |title: &str| {
        let (_, rest) = document.split_once(title).unwrap_or_else(|| panic!("{title}"));
        first_cells(rest.split("\n## ").next().unwrap_or_default())
    };
    let action = Action::read();
    let names: BTreeSet<String> = action.inputs.keys().chain(action.outputs.keys()).cloned().collect();
    assert_eq!(section("## Inputs and outputs of the action"), names);
}

#[test]
fn workflows_use_what_is_there() {
    let action = Action::read();
    let mut used = 0;
    for (name, workflow) in workflows() {
        for step in steps(&workflow) {
            let uses = step.get("uses").and_then(Value::as_str).unwrap_or_default();
            if uses != "./" && !uses.starts_with("OWNER/vigie@") {
                continue;
            }
            used += 1;
            let with = step.get("with").and_then(Value::as_mapping).expect("inputs");
            for (input, _) in with {
                let input = input.as_str().expect("a name");
                assert!(action.inputs.contains_key(input), "{name}: {input}");
            }
            for (input, _) in action.inputs.iter().filter(|(_, input)| input.required) {
                assert!(with.contains_key(input.as_str()), "{name}: {input} is required");
            }
        }
    }
    assert!(used >= 2, "ours, and that of the document");
}

/// Other people's actions are pinned to a commit, with its version beside it, and the same everywhere.
#[test]
fn actions_are_pinned() {
    let mut pins = BTreeMap::new();
    for name in ["action.yml", ".github/workflows/ci.yml", "docs/ci.md"] {
        for line in
            read(name).lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "))
        {
            if line == "./" || line.starts_with("OWNER/vigie@") {
                continue;
            }
            let (action, version) = line.split_once(" # v").unwrap_or_else(|| panic!("{name}: {line}"));
            let (action, commit) = action.split_once('@').expect("a commit");
            let digits = |text: &str| text.chars().all(|letter| letter.is_ascii_hexdigit());
            assert!(commit.len() == 40 && digits(commit), "{name}: {line}");
            // restore and save are parts of one repository
            let repository: Vec<&str> = action.split('/').take(2).collect();
            let pin = (commit.to_owned(), version.to_owned());
            let first = pins.entry(repository.join("/")).or_insert_with(|| pin.clone());
            assert_eq!(*first, pin, "{name}: {action}");
        }
    }
    assert!(pins.len() >= 2);
}

#[test]
fn the_gitlab_example_is_whole() {
    let job = gitlab_job();
    let lines = job.before_script.iter().chain(&job.script);
    for script in lines.filter_map(|line| line.split(".vigie/source/").nth(1)?.split(' ').next()) {
        assert!(root().join(script).exists(), "{script}");
    }
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(job.variables["VIGIE_REF"], version);
    assert!(read("docs/ci.md").contains(&format!("OWNER/vigie@{version}")));
}
