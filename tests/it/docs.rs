//! What the documents say is true: their scenarios are valid, their commands run, their links lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

use vigie::analysis::offered_load;
use vigie::experiment::Measure;
use vigie::scenario;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The fenced blocks of a Markdown text in one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

/// Every scenario file that is shipped.
pub(crate) fn shipped_scenarios() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["scenarios", "scenarios/bench"] {
        for entry in fs::read_dir(root().join(folder)).expect("readable") {
            let path = entry.expect("readable").path();
            let is_toml = path.extension().is_some_and(|ending| ending == "toml");
            if is_toml && path.file_name().is_some_and(|name| name != "gates.toml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_readme_s_scenario_is_valid() {
    let readme = read("README.md");
    let scenarios = blocks(&readme, "toml");
    assert_eq!(scenarios.len(), 1);
    let scenario =
        scenario::compile_text("readme.toml", &scenarios[0]).unwrap_or_else(|error| panic!("{error}"));
    assert!(scenario.warnings.is_empty(), "{}", scenario.render_warnings(false));
}

#[test]
fn the_readme_s_commands_are_those_of_ci() {
    let readme = read("README.md");
    let commands = blocks(&readme, "sh");
    let two: Vec<&str> =
        commands[0].lines().map(|line| line.split('#').next().unwrap_or_default().trim()).collect();
    assert_eq!(two, ["cargo run --release -- run scenarios/january-2015.toml", "cargo test"]);
    let ci = read(".ci/run");
    for command in two {
        // CI adds flags that change nothing for a user
        let plain = ci.replace(" --locked", "");
        assert!(plain.contains(command), "`{command}` is not in .ci/run");
    }
}

/// The arguments of a command as a shell would take them, for words without blanks.
fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect()
}

/// The text blocks of a document, each with the arguments of the last command before it.
fn shown_outputs(document: &str) -> Vec<(Vec<String>, String)> {
    let mut command = None;
    let mut outputs = Vec::new();
    for (idx, part) in document.split("```").enumerate() {
        // what stands between two fences begins with its language
        let Some((language, content)) = part.split_once('\n').filter(|_| idx % 2 == 1) else { continue };
        let run =
            |line: &str| line.split(" #").next()?.strip_prefix("cargo run --release -- ").map(str::to_owned);
        match language {
            "sh" => command = content.lines().filter_map(run).next_back().or(command),
            "text" => {
                let command = command.as_deref().expect("a command comes before its output");
                outputs.push((words(command), content.to_owned()));
            }
            _ => {}
        }
    }
    outputs
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let outputs = shown_outputs(&read("README.md"));
    assert!(outputs.len() >= 8, "a run and the tour");
    for (arguments, shown) in outputs {
        let out = tempfile::TempDir::new().expect("a temporary folder");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(&arguments).current_dir(root());
        // the only verb that writes nothing unless it is asked to
        if arguments[0] != "gate" {
            command.arg("--out").arg(out.path().join("results"));
        }
        let run = command.output().expect("the program starts");
        prints(&String::from_utf8(run.stdout).expect("UTF-8"), &shown, &arguments);
    }
}

/// Every line that is shown is printed.
fn prints(printed: &str, shown: &str, arguments: &[String]) {
    for line in shown.lines().filter(|line| !line.trim().is_empty() && line.trim() != "…") {
        assert!(
            printed.lines().any(|other| other == line),
            "{arguments:?} does not print: {line}\n{printed}"
        );
    }
}

/// The page on continuous integration, followed to the letter in an empty folder.
#[test]
fn the_walk_to_a_gated_pull_request_works() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let page = read("docs/ci.md");
    let (mut last, mut n_shown) = (None, 0);
    for (idx, part) in page.split("```").enumerate() {
        let Some((language, content)) = part.split_once('\n').filter(|_| idx % 2 == 1) else { continue };
        match language {
            "toml" => fs::write(folder.path().join("scenarios/gates.toml"), content).expect("written"),
            "sh" => {
                for line in content.lines() {
                    if let Some(made) = line.strip_prefix("mkdir ") {
                        fs::create_dir(folder.path().join(made)).expect("made");
                    }
                    let Some(command) = line.strip_prefix("vigie ") else { continue };
                    let ended = crate::desk::run_vigie_with(folder.path(), &words(command));
                    let allowed: &[Option<i32>] =
                        if command.contains("--set") { &[Some(3)] } else { &[Some(0)] };
                    assert!(allowed.contains(&ended.code), "{command}: {}{}", ended.stdout, ended.stderr);
                    last = Some((words(command), ended.stdout));
                }
            }
            "text" => {
                let (arguments, printed) = last.as_ref().expect("a command comes before its output");
                prints(printed, content, arguments);
                n_shown += 1;
            }
            _ => {}
        }
    }
    assert_eq!(n_shown, 2, "one that passes and one that fails");
}

#[test]
fn every_shipped_scenario_is_valid_and_has_a_load() {
    let scenarios = shipped_scenarios();
    assert!(scenarios.len() >= 6);
    for path in scenarios {
        let scenario = scenario::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(scenario.warnings.is_empty(), "{}", scenario.render_warnings(false));
        assert!(!scenario.plan.targets.is_empty(), "{} has targets", path.display());
        let load = offered_load(&scenario.plan);
        assert!(load.teams.iter().any(|team| team.peak().is_some()), "{} has work", path.display());
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in [
        "README.md",
        "scenarios/README.md",
        "results/README.md",
        "docs/scenarios.md",
        "docs/performance.md",
        "docs/ci.md",
    ] {
        let text = read(document);
        let folder = root().join(document).parent().expect("a folder").to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                assert!(folder.join(file).exists(), "{document} links to {link}");
            }
        }
    }
}

/// The names in the table of measures are names, and no name is missing there.
#[test]
fn the_names_of_measures_are_documented() {
    let text = read("docs/scenarios.md");
    let (_, table) = text.split_once("## Names of what is measured").expect("the section");
    let documented: Vec<String> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| {
            cell.split(", ").map(|name| name.trim().trim_matches('`').to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let january = root().join("scenarios/january-2015.toml");
    let plan = scenario::load(&january, &[]).unwrap_or_else(|error| panic!("{error}")).plan;
    let outcomes = ["removed", "restricted", "kept", "expired", "unanswered", "withdrawn"];
    let pattern = |name: &str| {
        let parts: Vec<&str> = name.split('/').collect();
        let last = match parts.last() {
            Some(&"mean" | &"p50" | &"p90" | &"p95" | &"p99" | &"max") if parts[2] != "queue" => "STATISTIC",
            Some(last) if outcomes.contains(last) => "OUTCOME",
            Some(last) => last,
            None => "",
        };
        match parts.as_slice() {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [kind, _] => format!("{kind}/NAME"),
            [kind, _, middle @ .., _] => [&[*kind, "NAME"], middle, &[last]].concat().join("/"),
        }
    };
    let mut known: Vec<String> =
        Measure::all(&plan).iter().map(|measure| pattern(&measure.name(&plan))).collect();
    known.sort();
    known.dedup();
    let mut documented = documented;
    documented.sort();
    assert_eq!(documented, known);
}
