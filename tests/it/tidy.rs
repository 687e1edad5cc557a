//! House rules that a compiler does not check.

use std::fs;
use std::path::Path;
use std::process::Command;

const LONGEST_FILE: usize = 1000;
const WISHED_FILE: usize = 600;
/// Files over the wished length: so few that each has a reason. This number may only go down.
const FILES_OVER_WISH: usize = 0;

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(why: &str) {
    eprintln!("skipped {why}");
}

fn tracked_files() -> Option<Vec<String>> {
    let root = env!("CARGO_MANIFEST_DIR");
    let listed = Command::new("git").args(["ls-files"]).current_dir(root).output().ok()?;
    let names = String::from_utf8(listed.stdout).ok()?;
    (listed.status.success() && !names.is_empty()).then(|| names.lines().map(str::to_owned).collect())
}

#[test]
fn files_keep_to_their_length_and_finish_what_they_begin() {
    let Some(files) = tracked_files() else {
        skip("house rules: not a git checkout");
        return;
    };
    let mut broken = Vec::new();
    let mut over_wish = Vec::new();
    // written apart so that this file does not find itself
    let unfinished =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("unimple", "mented!"), concat!("to", "do!(")];
    for name in files.iter().filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "rs")) {
        let Ok(text) = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)) else { continue };
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            broken.push(format!("{name}: {lines} lines, at most {LONGEST_FILE}"));
        }
        if lines > WISHED_FILE {
            over_wish.push(format!("{name} ({lines})"));
        }
        for (number, line) in text.lines().enumerate() {
            for word in unfinished.iter().filter(|word| line.contains(**word)) {
                broken.push(format!("{name}:{}: `{word}`", number + 1));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(over_wish.len() == FILES_OVER_WISH, "files to split by idea: {}", over_wish.join(", "));
}

#[test]
fn the_changelog_begins_with_what_is_unreleased() {
    let changelog =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md")).expect("there");
    let first = changelog.lines().find(|line| line.starts_with("## ")).unwrap_or_default();
    assert_eq!(first, "## Unreleased");
}
