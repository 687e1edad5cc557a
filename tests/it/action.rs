//! The GitHub Action and the GitLab example: their scripts run as the runner would run them, with a pretended program,
//! and what they say of each other is true.

mod files;
mod runner;

use std::fs;
use std::process::Command;

use crate::desk::SMALL;
use runner::{Job, install, root};

/// Whether programs that a test needs are here; says so where one is not.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn have(programs: &[&str]) -> bool {
    // what Windows calls bash may be another system's
    let missing = programs
        .iter()
        .find(|program| cfg!(windows) || Command::new(program).arg("--version").output().is_err());
    if let Some(program) = missing {
        eprintln!("skipped the scripts of the action: there is no {program}");
    }
    missing.is_none()
}

/// The arguments that the program was called with.
fn arguments(job: &Job) -> Vec<String> {
    job.calls("vigie").expect("vigie was called")
}

/// The scenarios among the arguments.
fn scenarios(job: &Job) -> Vec<String> {
    arguments(job).into_iter().skip(1).filter(|word| !word.starts_with("--")).collect()
}

#[test]
fn gates_that_pass_pass_the_job() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let job = Job::new("small.toml").file("small.toml");
    let done = job.run();
    assert_eq!(done.failed, None, "{}", done.log);
    assert_eq!(done.outputs["verdict"], "passed");
    assert_eq!(done.outputs["exit-code"], "0");
    assert!(job.path("repository/vigie-gate.xml").exists());
    assert!(done.outputs["junit"].ends_with("repository/vigie-gate.xml"), "{}", done.outputs["junit"]);
    assert!(fs::read_to_string(&done.outputs["markdown"]).expect("there").starts_with("<!-- vigie gate -->"));
    assert!(job.read("summary.md").expect("there").contains("The report."));
    let comment = job.read("calls/comment").expect("commented");
    assert!(comment.starts_with("<!-- vigie gate -->\n"));
    assert!(
        comment.contains("For commit 0123456789: [log](https://github.example/OWNER/desk/actions/runs/99)")
    );
    assert_eq!(job.calls("written").as_deref(), Some(&["made".to_owned()][..]));
    let told = arguments(&job);
    assert_eq!(told[..2], ["gate", "small.toml"]);
    assert!(!told.iter().any(|word| word.starts_with("--gates") || word.starts_with("--baselines")));
    // what stands in a scenario does not command the runner
    let (before, after) = done.log.split_once("::error::a scenario's text").expect("printed");
    let token = before.rsplit_once("::stop-commands::").expect("stopped").1.trim();
    assert!(after.contains(&format!("::{token}::")), "{}", done.log);
}

#[test]
fn a_failed_gate_fails_the_job_after_it_was_told() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let job = Job::new("small.toml").file("small.toml").ends_with(3);
    let done = job.run();
    assert_eq!(done.failed, Some(3), "{}", done.log);
    assert_eq!(done.steps.last().map(String::as_str), Some("Verdict"));
    assert_eq!(done.outputs["verdict"], "failed");
    assert_eq!(done.outputs["exit-code"], "3");
    assert!(job.read("summary.md").expect("there").contains("The report."));
    assert!(job.read("calls/comment").expect("commented").contains("The report."));
    assert!(done.log.contains("::error title=vigie gate::a gate failed"), "{}", done.log);
}

#[test]
fn the_program_itself_is_called_and_understood() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let gates = "targets = \"share >= 0.5\"\n";
    let job = |staff: &str| {
        let scenario = SMALL.replace("staff = 2", staff);
        let job = Job::new("scenarios/*.toml").with_the_program().text("scenarios/small.toml", &scenario);
        job.text("scenarios/gates.toml", gates).input("arguments", "--at-most 40")
    };
    let job_that_passes = job("staff = 2");
    let done = job_that_passes.run();
    assert_eq!((done.failed, done.outputs["verdict"].as_str()), (None, "passed"), "{}", done.log);
    let job_that_fails = job("staff = 1");
    let done = job_that_fails.run();
    assert_eq!((done.failed, done.outputs["verdict"].as_str()), (Some(3), "failed"), "{}", done.log);
    let comment = job_that_fails.read("calls/comment").expect("commented");
    assert!(comment.contains("at work within 15 min") && comment.contains("waiting at"), "{comment}");
    let junit = fs::read_to_string(&done.outputs["junit"]).expect("written");
    let junit = roxmltree::Document::parse(&junit).expect("XML");
    assert_eq!(junit.descendants().filter(|node| node.has_tag_name("failure")).count(), 1);
}

#[test]
fn what_cannot_be_told_fails_unless_it_may_pass() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let job = Job::new("small.toml").file("small.toml").ends_with(4);
    let done = job.run();
    assert_eq!((done.failed, done.outputs["verdict"].as_str()), (Some(4), "inconclusive"), "{}", done.log);

    let job = Job::new("small.toml").file("small.toml").ends_with(4).input("inconclusive", "pass");
    let done = job.run();
    assert_eq!((done.failed, done.outputs["verdict"].as_str()), (None, "inconclusive"), "{}", done.log);
    assert_eq!(done.outputs["exit-code"], "4");
    assert!(done.log.contains("::warning title=vigie gate::inconclusive"), "{}", done.log);

    // a failed gate is not inconclusive
    let job = Job::new("small.toml").file("small.toml").ends_with(3).input("inconclusive", "pass");
    assert_eq!(job.run().failed, Some(3));

    let job = Job::new("small.toml").file("small.toml").input("inconclusive", "maybe");
    let done = job.run();
    assert_eq!(done.failed, Some(2));
    assert!(done.log.contains("inconclusive: `fail` or `pass`, not `maybe`"), "{}", done.log);
}

#[test]
fn what_is_invalid_fails_without_a_comment() {
    if !have(&["bash"]) {
        return;
    }
    for (code, verdict) in [(2, "invalid"), (1, "error")] {
        let job = Job::new("small.toml").file("small.toml").ends_with(code);
        let done = job.run();
        assert_eq!(done.failed, Some(code), "{}", done.log);
        assert_eq!(done.outputs["verdict"], verdict);
        assert_eq!(done.outputs["exit-code"], code.to_string());
        assert!(done.log.contains("::error title=vigie gate::nothing was judged"), "{}", done.log);
        assert!(done.log.contains("small.toml:12:1"), "{}", done.log);
        assert!(job.read("summary.md").expect("there").contains("      --> small.toml:12:1"));
        assert_eq!(job.calls("gh"), None);
    }
}

/// What an earlier run left is not this run's answer.
#[test]
fn a_verdict_without_a_report_is_an_error() {
    if !have(&["bash"]) {
        return;
    }
    let job =
        Job::new("small.toml").file("small.toml").file("vigie-gate.xml").variable("PRETEND_SILENCE", "yes");
    let done = job.run();
    assert_eq!(done.failed, Some(1), "{}", done.log);
    assert!(done.log.contains("vigie ended with 0 and wrote no report"), "{}", done.log);
    assert_eq!(done.outputs["verdict"], "error");
    assert!(!job.path("repository/vigie-gate.xml").exists());
}

#[test]
fn a_token_that_may_not_write_is_said_in_one_line() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let refusal = "Resource not accessible by integration (HTTP 403)";
    for (code, failed) in [(0, None), (3, Some(3))] {
        let job =
            Job::new("small.toml").file("small.toml").ends_with(code).variable("PRETEND_REFUSAL", refusal);
        let done = job.run();
        assert_eq!(done.failed, failed, "{}", done.log);
        let said: Vec<&str> = done.log.lines().filter(|line| line.contains("no comment")).collect();
        assert_eq!(said.len(), 1, "{}", done.log);
        assert!(said[0].starts_with("::notice ") && said[0].contains("fork"), "{}", said[0]);
    }
    // another reason is said as it is
    let job = Job::new("small.toml").file("small.toml").variable("PRETEND_REFUSAL", "no network");
    let done = job.run();
    assert_eq!(done.failed, None);
    assert!(done.log.contains("::warning title=vigie gate::no comment: gh: no network"), "{}", done.log);
}

#[test]
fn a_later_run_changes_the_comment_of_the_first() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let first = Job::new("small.toml").file("small.toml");
    first.run();
    let comment = first.read("calls/comment").expect("commented");
    let written = |comments: &[(bool, &str)]| {
        let job = Job::new("small.toml").file("small.toml").comments(comments);
        assert_eq!(job.run().failed, None);
        (job.calls("written").expect("written").join(" "), job.calls("gh").expect("called"))
    };
    let (changed, calls) = written(&[(false, "hello"), (true, "<!-- vigie gate -->"), (true, &comment)]);
    assert_eq!(changed, "changed");
    assert!(calls.contains(&"id=comment-2".to_owned()), "not that of another job: {calls:?}");
    // somebody else wrote our mark
    assert_eq!(written(&[(false, &comment)]).0, "made");
}

#[test]
fn comments_are_made_where_they_are_wanted() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let job = Job::new("small.toml").file("small.toml").input("comment", "false");
    let done = job.run();
    assert_eq!((done.failed, job.calls("gh")), (None, None), "{}", done.log);

    let job = Job::new("small.toml").file("small.toml").on_push();
    let done = job.run();
    assert_eq!((done.failed, job.calls("gh")), (None, None), "{}", done.log);
    assert!(done.log.contains("this is no pull request"), "{}", done.log);

    let long = "A line of the report.\n".repeat(10_000);
    let job = Job::new("small.toml").file("small.toml").variable("PRETEND_REPORT", &long[..100_000]);
    assert_eq!(job.run().failed, None);
    let comment = job.read("calls/comment").expect("commented");
    assert!(comment.len() < 65_536 && comment.contains("… and more"), "{} bytes", comment.len());
}

#[test]
fn scenarios_are_words_and_patterns() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let repository = |scenarios: &str| {
        ["b.toml", "a.toml", "my desk/c d.toml", "my desk/e.toml", "a.txt", "x[1].toml"]
            .iter()
            .fold(Job::new(scenarios), |job, name| job.file(name))
    };
    for (words, expected) in [
        ("*.toml", &["a.toml", "b.toml", "x[1].toml"][..]),
        ("  b.toml\n  a.toml\n", &["b.toml", "a.toml"]),
        ("b.toml *.toml", &["b.toml", "a.toml", "x[1].toml"]),
        ("'my desk/c d.toml' \"b.toml\"", &["my desk/c d.toml", "b.toml"]),
        ("'my desk/*.toml'", &["my desk/c d.toml", "my desk/e.toml"]),
        (r"my\ desk/e.toml", &["my desk/e.toml"]),
        ("x[1].toml", &["x[1].toml"]),
    ] {
        let job = repository(words);
        let done = job.run();
        assert_eq!(done.failed, None, "{words}: {}", done.log);
        assert_eq!(scenarios(&job), expected, "{words}");
    }
}

#[test]
fn scenarios_that_match_nothing_are_an_error() {
    if !have(&["bash"]) {
        return;
    }
    for (words, said) in [
        ("", "scenarios: none is named"),
        (" \n ", "scenarios: none is named"),
        ("none/*.toml", "scenarios: no file matches `none/*.toml`"),
        ("a.toml c.toml", "scenarios: no file matches `c.toml`"),
        ("folder", "scenarios: no file matches `folder`"),
        ("'a.toml", "scenarios: a quote is not closed"),
        ("--accept", "scenarios: no file matches `--accept`"),
        ("$(touch ran) a.toml", "scenarios: no file matches `$(touch`"),
        ("`touch${IFS}ran`", "scenarios: no file matches ``touch${IFS}ran``"),
    ] {
        let job = Job::new(words).file("a.toml").file("folder/b.txt");
        let done = job.run();
        assert_eq!(done.failed, Some(2), "{words}: {}", done.log);
        assert!(done.log.contains(said), "{words}: {}", done.log);
        assert_eq!((done.outputs["verdict"].as_str(), job.calls("vigie")), ("invalid", None), "{words}");
        assert!(!job.path("repository/ran").exists(), "{words} was run");
    }
    // a file's name is no option
    let job = Job::new("*.toml").file("--accept.toml");
    assert_eq!(job.run().failed, None);
    assert_eq!(scenarios(&job), ["./--accept.toml"]);
}

#[test]
fn inputs_reach_the_program() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let job = Job::new("a.toml")
        .file("desk/a.toml")
        .input("working-directory", "desk")
        .input("gates", "my gates.toml")
        .input("baselines", "base lines")
        .input("junit", "re ports/gate.xml")
        .input("arguments", "--set 'team.a.staff=2; rm x' --at-most 400\n--seed $HOME *");
    let done = job.run();
    assert_eq!(done.failed, None, "{}", done.log);
    let told = arguments(&job);
    let between = ["--set", "team.a.staff=2; rm x", "--at-most", "400", "--seed", "$HOME", "*"];
    assert_eq!(told[2..9], between);
    assert_eq!(told[9..12], ["--gates=my gates.toml", "--baselines=base lines", "--junit=re ports/gate.xml"]);
    assert!(job.calls("vigie-folder").expect("called")[0].ends_with("repository/desk"));
    assert!(job.path("repository/desk/re ports/gate.xml").exists());
}

#[test]
fn the_program_is_built_where_the_cache_has_none() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let job = Job::new("small.toml").file("small.toml");
    let done = job.run();
    assert!(!done.steps.iter().any(|step| step == "Build the program" || step == "Keep the program"));
    assert_eq!(job.calls("cargo"), None);

    // kept although a gate fails
    let job = Job::new("small.toml").file("small.toml").without_cache().ends_with(3);
    let done = job.run();
    assert_eq!(done.failed, Some(3), "{}", done.log);
    assert_eq!(job.calls("cargo").expect("built")[..2], ["install", "--locked"]);
    assert_eq!(job.calls("cargo-folder").expect("built"), [root().to_string_lossy()]);
    assert!(job.read("calls/saved").expect("saved").starts_with("vigie-"));
}

#[test]
fn the_cache_s_key_follows_the_sources() {
    if !have(&["bash"]) {
        return;
    }
    let job = Job::new("small.toml");
    for name in ["Cargo.lock", "Cargo.toml", "rust-toolchain.toml", "src/main.rs", "docs/a.md"] {
        fs::create_dir_all(job.path(name).parent().expect("a folder")).expect("made");
        job.write(name, name);
    }
    copy_scripts(&job, "ci");
    let key = || {
        job.write("output.txt", "");
        let ended = job.bash(&job.path("repository")).arg(job.path("ci/gate.sh")).arg("key").output();
        assert!(ended.expect("bash starts").status.success());
        job.read("output.txt").expect("written")
    };
    let first = key();
    assert!(first.contains("\nroot="), "{first}");
    assert_eq!(key(), first);
    job.write("docs/a.md", "another");
    assert_eq!(key(), first);
    for name in ["src/main.rs", "Cargo.lock", "rust-toolchain.toml"] {
        let before = key();
        job.write(name, "another");
        assert_ne!(key(), before, "{name}");
    }
    let before = key();
    fs::rename(job.path("src/main.rs"), job.path("src/lib.rs")).expect("renamed");
    assert_ne!(key(), before, "another name");
}

/// The scripts in another place.
fn copy_scripts(job: &Job, to: &str) {
    fs::create_dir_all(job.path(to)).expect("made");
    for script in ["gate.sh", "comment.sh", "say.sh"] {
        fs::copy(root().join("ci").join(script), job.path(to).join(script)).expect("copied");
    }
}

/// The example's `script`, as GitLab would run it: how it ended, and what it printed.
fn on_gitlab(job: &Job, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let example = files::gitlab_job();
    copy_scripts(job, "repository/.vigie/source/ci");
    let folder = job.path("repository");
    install(&folder.join(".vigie/program"), runner::PROGRAM);
    let mut command = job.bash(&folder);
    command.arg("-eo").arg("pipefail").arg("-c").arg(example.script.join("\n"));
    for name in ["GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "RUNNER_TEMP"] {
        command.env_remove(name);
    }
    let here = folder.to_string_lossy().into_owned();
    command
        .envs(example.variables.iter().map(|(name, value)| (name, value.replace("$CI_PROJECT_DIR", &here))));
    command.envs([
        ("CI_API_V4_URL", "https://gitlab.example/api/v4"),
        ("CI_PROJECT_ID", "5"),
        ("CI_MERGE_REQUEST_IID", "17"),
        ("CI_JOB_NAME", "vigie-gate"),
        ("CI_JOB_URL", "https://gitlab.example/jobs/99"),
        ("CI_COMMIT_SHA", "0123456789abcdef"),
        ("VIGIE_GITLAB_TOKEN", "a token"),
    ]);
    command.env("PRETEND_NOTES", job.path("notes.json")).envs(variables.iter().copied());
    let ended = command.output().expect("bash starts");
    let log = [ended.stdout, ended.stderr].map(|stream| String::from_utf8(stream).expect("UTF-8")).concat();
    (ended.status.code(), log)
}

#[test]
fn the_gitlab_example_notes_and_ends_with_the_verdict() {
    if !have(&["bash", "jq"]) {
        return;
    }
    let job = Job::new("").file("scenarios/a.toml").file("scenarios/b.toml").ends_with(3);
    job.write("notes.json", "[]");
    let (code, log) = on_gitlab(&job, &[]);
    assert_eq!(code, Some(3), "{log}");
    assert_eq!(scenarios(&job), ["scenarios/a.toml", "scenarios/b.toml"]);
    assert!(!log.contains("::stop-commands"), "{log}");
    assert!(
        job.path("repository/vigie-gate.xml").exists()
            && job.path("repository/.vigie/report/gate.md").exists()
    );
    let note = job.read("calls/comment").expect("noted");
    assert!(note.starts_with("<!-- vigie gate -->\n") && note.contains("https://gitlab.example/jobs/99"));
    assert_eq!(job.calls("written").expect("written"), ["POST"]);

    // the second time our note is there, and somebody else's with our mark
    let notes = serde_json::json!([
        { "id": 1, "author": { "id": 8 }, "body": note },
        { "id": 2, "author": { "id": 7 }, "body": note },
    ]);
    let job = Job::new("").file("scenarios/a.toml");
    job.write("notes.json", &notes.to_string());
    let (code, log) = on_gitlab(&job, &[]);
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(job.calls("written").expect("written"), ["PUT"]);
    let urls = job.calls("curl").expect("called");
    let changed = "https://gitlab.example/api/v4/projects/5/merge_requests/17/notes/2";
    assert!(urls.iter().any(|url| url == changed), "{urls:?}");

    for (variable, said) in
        [("CI_MERGE_REQUEST_IID", "no merge request"), ("VIGIE_GITLAB_TOKEN", "is not set")]
    {
        let job = Job::new("").file("scenarios/a.toml").ends_with(4);
        let (code, log) = on_gitlab(&job, &[(variable, "")]);
        assert_eq!(code, Some(4), "{log}");
        assert!(log.contains(said) && job.calls("curl").is_none(), "{log}");
    }
}

#[test]
fn the_scripts_pass_shellcheck() {
    if !have(&["shellcheck"]) {
        return;
    }
    let scripts = ["ci/gate.sh", "ci/comment.sh", "ci/say.sh"];
    let checked =
        Command::new("shellcheck").arg("-x").args(scripts).current_dir(root()).output().expect("starts");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
