//! A pretended runner of GitHub: it does the steps of `action.yml` in order, as far as this action needs it.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;
use tempfile::TempDir;

/// What plays the program, where it is not the real one.
pub(super) const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/action/bin/vigie");

/// The programs that the scripts call, pretended.
const PRETENDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/action/bin");

/// `action.yml`; a key that is not here is one that the pretended runner does not know.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some keys are only there to be allowed")]
pub(super) struct Action {
    name: String,
    description: String,
    author: String,
    pub(super) inputs: BTreeMap<String, ActionInput>,
    pub(super) outputs: BTreeMap<String, ActionOutput>,
    pub(super) runs: Runs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionInput {
    pub(super) description: String,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) default: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionOutput {
    pub(super) description: String,
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runs {
    pub(super) using: String,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) id: Option<String>,
    #[serde(rename = "if")]
    pub(super) condition: Option<String>,
    pub(super) uses: Option<String>,
    #[serde(default)]
    pub(super) with: BTreeMap<String, String>,
    pub(super) run: Option<String>,
    pub(super) shell: Option<String>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    pub(super) working_directory: Option<String>,
}

impl Action {
    pub(super) fn read() -> Self {
        let text = fs::read_to_string(root().join("action.yml")).expect("action.yml");
        yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("action.yml: {error}"))
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The expressions `${{ … }}` of a text.
pub(super) fn expressions(text: &str) -> Vec<&str> {
    text.split("${{").skip(1).filter_map(|rest| rest.split("}}").next()).map(str::trim).collect()
}

/// A job that uses the action once, in a repository of its own.
pub(super) struct Job {
    folder: TempDir,
    inputs: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    event: BTreeMap<&'static str, String>,
    cached: bool,
    /// What plays the program.
    program: &'static str,
}

/// How a job ended.
pub(super) struct Done {
    /// The exit code of the step that failed, if any did.
    pub(super) failed: Option<i32>,
    /// The steps that were done, by name.
    pub(super) steps: Vec<String>,
    /// What they printed.
    pub(super) log: String,
    /// The outputs of the action.
    pub(super) outputs: BTreeMap<String, String>,
}

impl Job {
    /// On a pull request, with the program in the cache.
    pub(super) fn new(scenarios: &str) -> Self {
        let job = Self {
            folder: tempfile::Builder::new().prefix("a job ").tempdir().expect("a temporary folder"),
            inputs: BTreeMap::new(),
            environment: BTreeMap::new(),
            event: BTreeMap::from([
                ("github.token", "a token".to_owned()),
                ("github.event.pull_request.number", "17".to_owned()),
                ("github.event.pull_request.head.sha", "0123456789abcdef".to_owned()),
            ]),
            cached: true,
            program: PROGRAM,
        };
        for name in ["repository", "runner", "calls"] {
            fs::create_dir(job.path(name)).expect("made");
        }
        job.write("summary.md", "");
        job.comments(&[]).input("scenarios", scenarios)
    }

    pub(super) fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// How the pretended program ends.
    pub(super) fn ends_with(self, code: i32) -> Self {
        self.variable("PRETEND_EXIT_CODE", &code.to_string())
    }

    /// A file of the repository.
    pub(super) fn file(self, name: &str) -> Self {
        let path = self.path("repository").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, "").expect("written");
        self
    }

    /// The same with a text in it.
    pub(super) fn text(self, name: &str, text: &str) -> Self {
        let path = self.path("repository").join(name);
        let job = self.file(name);
        fs::write(path, text).expect("written");
        job
    }

    /// With the real program in the cache.
    pub(super) fn with_the_program(mut self) -> Self {
        self.program = env!("CARGO_BIN_EXE_vigie");
        self
    }

    pub(super) fn without_cache(mut self) -> Self {
        self.cached = false;
        self
    }

    /// Started by a push, not by a pull request.
    pub(super) fn on_push(mut self) -> Self {
        self.event.retain(|name, _| !name.starts_with("github.event"));
        self
    }

    /// The comments of the pull request: whether this token's owner wrote them, and their texts.
    pub(super) fn comments(self, comments: &[(bool, &str)]) -> Self {
        let node = |(idx, (own, body)): (usize, &(bool, &str))| serde_json::json!({ "id": format!("comment-{idx}"), "body": body, "viewerDidAuthor": own });
        let nodes: Vec<_> = comments.iter().enumerate().map(node).collect();
        let answer = serde_json::json!({ "data": { "repository": { "pullRequest": { "comments": { "nodes": nodes } } } } });
        self.write("comments.json", &answer.to_string());
        self
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    /// A file's text; none where it is not there.
    pub(super) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// What a pretended program was told, an argument a line.
    pub(super) fn calls(&self, program: &str) -> Option<Vec<String>> {
        let calls = self.read(&format!("calls/{program}"))?;
        Some(calls.lines().map(str::to_owned).collect())
    }

    /// Does the steps.
    pub(super) fn run(&self) -> Done {
        let action = Action::read();
        let mut known: BTreeMap<String, String> =
            self.event.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for (name, input) in &action.inputs {
            let default = substituted(input.default.as_deref().unwrap_or_default(), &known);
            let value = self.inputs.get(name).cloned().unwrap_or(default);
            known.insert(format!("inputs.{name}"), value);
        }
        let mut done = Done { failed: None, steps: Vec::new(), log: String::new(), outputs: BTreeMap::new() };
        for step in &action.runs.steps {
            // without a status function, a condition holds only while nothing has failed
            if done.failed.is_some() || !holds(step.condition.as_deref(), &known) {
                continue;
            }
            done.steps.push(step.name.clone());
            let outputs = if step.uses.is_some() {
                self.use_cache(step, &known)
            } else {
                self.run_step(step, &known, &mut done)
            };
            let id = step.id.as_deref().unwrap_or("-");
            known.extend(
                outputs.into_iter().map(|(name, value)| (format!("steps.{id}.outputs.{name}"), value)),
            );
        }
        let value = |output: &ActionOutput| substituted(&output.value, &known);
        done.outputs = action.outputs.iter().map(|(name, output)| (name.clone(), value(output))).collect();
        done
    }

    /// The two actions that are used: a cache is restored, or saved.
    fn use_cache(&self, step: &Step, known: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let uses = step.uses.as_deref().unwrap_or_default();
        let path = substituted(&step.with["path"], known);
        let key = substituted(&step.with["key"], known);
        assert!(key.starts_with("vigie-") && path.starts_with(&*self.path("runner").to_string_lossy()));
        if uses.starts_with("actions/cache/save@") {
            self.write("calls/saved", &key);
            return BTreeMap::new();
        }
        assert!(uses.starts_with("actions/cache/restore@"), "{uses}");
        if self.cached {
            install(Path::new(&path), self.program);
        }
        let hit = if self.cached { "true" } else { "" };
        BTreeMap::from([("cache-hit".to_owned(), hit.to_owned())])
    }

    fn run_step(
        &self,
        step: &Step,
        known: &BTreeMap<String, String>,
        done: &mut Done,
    ) -> BTreeMap<String, String> {
        assert_eq!(step.shell.as_deref(), Some("bash"));
        self.write("step.sh", step.run.as_deref().expect("a step runs or uses something"));
        self.write("output.txt", "");
        let folder = substituted(step.working_directory.as_deref().unwrap_or("."), known);
        let mut command = self.bash(&self.path("repository").join(folder));
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(self.path("step.sh"));
        command.envs(step.env.iter().map(|(name, value)| (name, substituted(value, known))));
        let Output { status, stdout, stderr } = command.output().expect("bash starts");
        for stream in [stdout, stderr] {
            done.log.push_str(&String::from_utf8(stream).expect("UTF-8"));
        }
        if !status.success() {
            done.failed = Some(status.code().unwrap_or(-1));
        }
        let outputs = self.read("output.txt").unwrap_or_default();
        let pair = |line: &str| {
            let (name, value) = line.split_once('=').expect("name=value");
            (name.to_owned(), value.to_owned())
        };
        outputs.lines().map(pair).collect()
    }

    /// Bash in a folder, with the variables that the runner sets and the pretended programs first.
    pub(super) fn bash(&self, folder: &Path) -> Command {
        let path = env::var_os("PATH").unwrap_or_default();
        let programs = [PathBuf::from(PRETENDED)].into_iter().chain(env::split_paths(&path));
        let mut command = Command::new("bash");
        command
            .env_clear()
            .env("PATH", env::join_paths(programs).expect("a path"))
            .envs([
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_REPOSITORY", "OWNER/desk"),
                ("GITHUB_SERVER_URL", "https://github.example"),
                ("GITHUB_RUN_ID", "99"),
                ("GITHUB_WORKFLOW", "gates"),
                ("GITHUB_JOB", "gate"),
            ])
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_OUTPUT", self.path("output.txt"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary.md"))
            .env("RUNNER_TEMP", self.path("runner"))
            .env("CALLS", self.path("calls"))
            .env("PRETEND_COMMENTS", self.path("comments.json"))
            .envs(&self.environment)
            .current_dir(folder);
        command
    }
}

/// `NAME == 'TEXT'` or `NAME != 'TEXT'`: all that the action uses.
fn holds(condition: Option<&str>, known: &BTreeMap<String, String>) -> bool {
    let Some(condition) = condition else { return true };
    let (name, text, equal) = match (condition.split_once(" == "), condition.split_once(" != ")) {
        (Some((name, text)), None) => (name, text, true),
        (None, Some((name, text))) => (name, text, false),
        _ => panic!("a condition that the pretended runner does not know: {condition}"),
    };
    let value = substituted(&format!("${{{{ {name} }}}}"), known);
    (value == text.trim_matches('\'')) == equal
}

/// A text with the values of its expressions. Unknown outputs and parts of the event are empty, as on GitHub.
fn substituted(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${{ ");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" }}").expect("an expression has an end");
        whole.push_str(known.get(name).map_or("", String::as_str));
        whole.push_str(rest);
    }
    whole
}

/// Puts the program where a build, or a cache, would have put it.
pub(super) fn install(program_root: &Path, played_by: &str) {
    fs::create_dir_all(program_root.join("bin")).expect("made");
    let program = program_root.join("bin/vigie");
    // a link, because a file just written may still be open in another test's child, and then it does not start
    #[cfg(unix)]
    std::os::unix::fs::symlink(played_by, program).expect("linked");
    #[cfg(not(unix))]
    fs::copy(played_by, program).map(drop).expect("copied");
}
