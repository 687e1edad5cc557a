//! The layers of ARCHITECTURE.md, checked against the `use` lines.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module with those it may import from. Its own children are its own affair.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("random", &["units"]),
    ("statistics", &["units"]),
    ("queueing", &["units", "statistics"]),
    ("calendar", &["units"]),
    // nothing of ours: what the simulator is measured against does not move with it
    ("yardstick", &[]),
    ("engine", &["units", "random", "statistics", "calendar"]),
    ("model", &["units", "random", "statistics", "calendar", "engine"]),
    // what is known before any run
    ("load", &["units", "random", "statistics", "queueing", "calendar", "model"]),
    ("experiment", &["units", "random", "statistics", "queueing", "calendar", "engine", "model", "load"]),
    // not the engine, not files
    ("analysis", &["units", "random", "statistics", "queueing", "calendar", "model", "load", "experiment"]),
    ("scenario", &["units", "random", "statistics", "calendar", "model", "experiment"]),
    // neither the engine, nor the model, nor the scenario
    ("out", &["units", "analysis"]),
    (
        "cli",
        &[
            "units",
            "random",
            "statistics",
            "queueing",
            "calendar",
            "yardstick",
            "model",
            "load",
            "experiment",
            "analysis",
            "scenario",
            "out",
        ],
    ),
];

/// What layers 0 to 5 must not touch: files, clocks, the environment, the terminal.
const FORBIDDEN_INSIDE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::io",
    "std::time",
    "std::net",
    "std::process",
    "println!",
    "eprintln!",
    "current_thread_index",
    "thread::current",
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("src is readable") {
        let path = entry.expect("src is readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The modules of this crate that a file names, with their line numbers.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // tests may take random numbers and whole scenarios from wherever they are
    let program = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    for (number, line) in program.enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let module: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push((number + 1, module));
        }
    }
    found
}

#[test]
fn modules_import_only_from_above() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 30, "the sources are found");
    let mut broken = Vec::new();
    let mut checked = 0;
    for file in files {
        let inside = file.strip_prefix(&src).expect("below src");
        let module = inside.iter().next().expect("a name").to_string_lossy().replace(".rs", "");
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else { continue };
        if file.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("readable");
        for (line, import) in imports(&text) {
            checked += 1;
            if import != module && !allowed.contains(&import.as_str()) {
                broken.push(format!("{}:{line}: `{module}` imports from `{import}`", inside.display()));
            }
        }
        if !["scenario", "out", "cli"].contains(&module.as_str()) {
            // it looks which thread it is on, for memory
            let may = |word: &str| word == "current_thread_index" && inside.ends_with("engine/group.rs");
            for word in FORBIDDEN_INSIDE.iter().filter(|word| text.contains(**word) && !may(word)) {
                broken.push(format!("{}: `{module}` uses `{word}`", inside.display()));
            }
        }
    }
    assert!(checked > 100, "imports are found");
    assert!(broken.is_empty(), "layers of ARCHITECTURE.md are broken:\n{}", broken.join("\n"));
}

#[test]
fn every_module_has_a_layer() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("readable");
    for line in lib.lines() {
        if let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            assert!(MAY_IMPORT.iter().any(|(module, _)| *module == name), "`{name}` has no layer");
        }
    }
}
