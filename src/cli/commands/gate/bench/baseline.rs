//! The baseline of a speed: a small JSON file, to be committed beside the scenario's other baselines.

use std::env::consts::{ARCH, OS};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::turns::yardstick_name;
use crate::cli::failure::Failure;
use crate::experiment::speed::Answers;
use crate::model::ENGINE_SEMANTICS;
use crate::out;
use crate::scenario::Scenario;
use crate::scenario::diagnostic::quoted;
use crate::statistics::TrimmedMean;

const SCHEMA: &str = "vigie.bench-baseline/1";
/// The folder of these, in that of all baselines.
const FOLDER: &str = "bench";
/// Ours have less than one; no file is read that is larger than this.
const LARGEST_BYTES: u64 = 1 << 16;

/// What was measured, and of what. Fields are in the order of their names, as they stand in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    /// A digest of the answers.
    pub(super) answers: String,
    /// The degrees of freedom of that error.
    degrees_of_freedom: f64,
    /// The standard error of the ratio's logarithm, by the rounds of that run.
    log_error: f64,
    of: Conditions,
    /// Reports per second over those of the yardstick.
    pub(super) ratio: f64,
    rounds: usize,
    schema: String,
}

/// What a ratio depends on: with other conditions, there is nothing to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conditions {
    /// The kind of processor, the operating system, and whether the compiler optimized: each moves scenario and
    /// yardstick by another factor.
    build: String,
    engine_semantics: u32,
    /// A digest of the names of what the answers are digests of.
    measures: String,
    /// The scenario's digest.
    scenario: String,
    seed: u64,
    yardstick: String,
}

/// What every format has.
#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// What is found where a baseline should be.
#[derive(Debug)]
pub(super) enum Found {
    Missing,
    /// Something that is none; why, as a fragment.
    Unreadable(String),
    Readable(Baseline),
}

impl Baseline {
    /// What it would be of, here and now, with these answers.
    pub(super) fn here(scenario: &Scenario, seed: u64, answers: &Answers) -> Conditions {
        let optimized = if cfg!(debug_assertions) { "not optimized" } else { "optimized" };
        Conditions {
            build: format!("{ARCH} {OS}, {optimized}"),
            engine_semantics: ENGINE_SEMANTICS,
            measures: answers.measures.clone(),
            scenario: scenario.digest.clone(),
            seed,
            yardstick: yardstick_name(),
        }
    }

    pub(super) fn new(of: Conditions, answers: &Answers, measured: TrimmedMean, rounds: usize) -> Self {
        Self {
            answers: answers.values.clone(),
            degrees_of_freedom: measured.degrees_of_freedom,
            log_error: measured.variance.sqrt(),
            of,
            ratio: measured.estimate.exp(),
            rounds,
            schema: SCHEMA.to_owned(),
        }
    }

    /// The logarithm of the ratio, as it was estimated.
    pub(super) fn log_ratio(&self) -> TrimmedMean {
        TrimmedMean {
            estimate: self.ratio.ln(),
            variance: self.log_error * self.log_error,
            degrees_of_freedom: self.degrees_of_freedom,
        }
    }

    /// Why nothing can be compared with it under other conditions, as a fragment; none under the same.
    pub(super) fn stale(&self, here: &Conditions) -> Option<String> {
        let of = &self.of;
        if of.scenario != here.scenario {
            Some("the scenario has changed since".to_owned())
        } else if of.engine_semantics != here.engine_semantics {
            let (was, is) = (of.engine_semantics, here.engine_semantics);
            Some(format!("it was recorded with engine semantics {was}, and these are {is}"))
        } else if of.seed != here.seed {
            Some(format!("it was recorded with seed {}, and this is {}", of.seed, here.seed))
        } else if of.build != here.build {
            Some(format!("it was recorded on `{}`, and this is `{}`", quoted(&of.build), here.build))
        } else if of.yardstick != here.yardstick {
            Some("it was recorded with another yardstick".to_owned())
        } else if of.measures != here.measures {
            Some("it was recorded by a version with other measures".to_owned())
        } else {
            None
        }
    }

    /// What is wrong with its numbers, where something is.
    fn nonsense(&self) -> Option<String> {
        let is_sound = self.ratio.is_normal()
            && self.ratio > 0.0
            && self.log_error.is_finite()
            && self.log_error >= 0.0
            && self.degrees_of_freedom.is_finite()
            && self.degrees_of_freedom >= 1.0;
        (!is_sound).then(|| "its numbers cannot have been measured".to_owned())
    }
}

/// Where the baseline of a scenario is.
pub(super) fn path(baselines: &Path, scenario: &str) -> PathBuf {
    baselines.join(FOLDER).join(format!("{scenario}.json"))
}

/// Reads what is there. Nothing that a file holds is a failure.
pub(super) fn read(path: &Path) -> Found {
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Missing,
        Err(error) => return Found::Unreadable(format!("it cannot be read ({error})")),
    };
    // a newer format is named before its fields are found to be unknown
    match serde_json::from_str::<Head>(&text) {
        Ok(head) if head.schema != SCHEMA => {
            return Found::Unreadable(format!(
                "it is of the format `{}`, and `{SCHEMA}` is expected",
                quoted(&head.schema)
            ));
        }
        _ => {}
    }
    match serde_json::from_str::<Baseline>(&text) {
        Ok(baseline) => match baseline.nonsense() {
            Some(why) => Found::Unreadable(why),
            None => Found::Readable(baseline),
        },
        Err(error) => Found::Unreadable(format!("it cannot be read ({})", quoted(&error.to_string()))),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    // what is no file, such as a pipe, could be read forever
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut text = String::new();
    File::open(path)?.take(LARGEST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST_BYTES {
        return Err(io::Error::other("it is too large"));
    }
    Ok(text)
}

/// Writes it, with the folders around it: whole or not at all, whatever happens meanwhile.
pub(super) fn write(path: &Path, baseline: &Baseline) -> Result<(), Failure> {
    let failed = |error| Failure::Io { doing: format!("write {}", path.display()), error };
    let mut text = serde_json::to_string_pretty(baseline).map_err(|error| failed(error.into()))?;
    text.push('\n');
    Ok(out::write_file(path, text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions() -> Conditions {
        Conditions {
            build: "abacus, optimized".to_owned(),
            engine_semantics: 2,
            measures: "0011".to_owned(),
            scenario: "abcd".to_owned(),
            seed: u64::MAX,
            yardstick: "1:3fd0".to_owned(),
        }
    }

    fn sample() -> Baseline {
        let answers = Answers { values: "77".to_owned(), measures: "0011".to_owned() };
        let measured = TrimmedMean { estimate: -0.9, variance: 1e-5, degrees_of_freedom: 23.0 };
        Baseline::new(conditions(), &answers, measured, 40)
    }

    fn unreadable(path: &Path) -> String {
        match read(path) {
            Found::Unreadable(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder.path().join("not/there/yet"), "one");
        assert!(matches!(read(&path), Found::Missing));
        for baseline in [sample(), Baseline { rounds: 20, ..sample() }] {
            write(&path, &baseline).unwrap();
            let Found::Readable(found) = read(&path) else { panic!("it is readable") };
            assert_eq!(
                (&found.of, &found.answers, found.rounds),
                (&baseline.of, &baseline.answers, baseline.rounds)
            );
            let (found, expected) = (found.log_ratio(), baseline.log_ratio());
            assert!((found.estimate - -0.9).abs() < 1e-12 && (found.variance - 1e-5).abs() < 1e-16);
            assert!((found.degrees_of_freedom - expected.degrees_of_freedom).abs() < 1e-12);
        }
        let files = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(files.count(), 1, "nothing is left beside it");
    }

    #[test]
    fn the_file_has_sorted_keys() {
        let text = serde_json::to_string_pretty(&sample()).unwrap();
        let keys = |indent: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.strip_prefix(indent)?.strip_prefix('"'));
            lines.filter_map(|line| Some(line.split_once('"')?.0.to_owned())).collect()
        };
        for indent in ["  ", "    "] {
            assert!(keys(indent).len() > 5 && keys(indent).is_sorted(), "{text}");
        }
    }

    #[test]
    fn other_conditions_are_named() {
        let here = conditions();
        assert_eq!(sample().stale(&here), None);
        let others = [
            (Conditions { scenario: "abce".to_owned(), ..here.clone() }, "the scenario has changed since"),
            (
                Conditions { engine_semantics: 3, ..here.clone() },
                "it was recorded with engine semantics 2, and these are 3",
            ),
            (
                Conditions { seed: 1, ..here.clone() },
                "it was recorded with seed 18446744073709551615, and this is 1",
            ),
            (
                Conditions { build: "slide rule".to_owned(), ..here.clone() },
                "it was recorded on `abacus, optimized`, and this is `slide rule`",
            ),
            (
                Conditions { yardstick: "2:3fd0".to_owned(), ..here.clone() },
                "it was recorded with another yardstick",
            ),
            (
                Conditions { measures: "0012".to_owned(), ..here },
                "it was recorded by a version with other measures",
            ),
        ];
        for (other, why) in others {
            assert_eq!(sample().stale(&other).as_deref(), Some(why));
        }
    }

    #[test]
    fn what_is_no_baseline_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.json");
        let text = serde_json::to_string(&sample()).unwrap();
        let with = |from: &str, to: &str| {
            assert!(text.contains(from), "{from} in {text}");
            text.replacen(from, to, 1).into_bytes()
        };
        let ratio = format!("\"ratio\":{}", sample().ratio);
        let cases = [
            (Vec::new(), "cannot be read"),
            (b"{".to_vec(), "cannot be read"),
            (vec![0xFF, 0xFE], "cannot be read"),
            (text.as_bytes()[..text.len() / 2].to_vec(), "cannot be read"),
            (vec![b'['; 60_000], "cannot be read"),
            (vec![b' '; 1 << 17], "too large"),
            (with(SCHEMA, "vigie.bench-baseline/2\\u001b"), "is of the format `vigie.bench-baseline/2"),
            (with("\"rounds\"", "\"circles\""), "unknown field `circles`"),
            (with(&ratio, "\"ratio\":-1.0"), "cannot have been measured"),
            (with(&ratio, "\"ratio\":0"), "cannot have been measured"),
            (with(&ratio, "\"ratio\":1e999"), "cannot be read"),
            (with("\"degrees_of_freedom\":23.0", "\"degrees_of_freedom\":0"), "cannot have been measured"),
        ];
        for (bytes, why) in cases {
            fs::write(&path, &bytes).unwrap();
            let said = unreadable(&path);
            assert!(said.contains(why) && !said.contains('\u{1b}'), "{said}");
        }
        assert!(unreadable(folder.path()).contains("it is not a file"));
    }

    #[test]
    fn a_baseline_that_cannot_be_written_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.json");
        fs::create_dir(&path).unwrap();
        assert!(write(&path, &sample()).is_err());
        let entries = fs::read_dir(folder.path()).unwrap();
        assert_eq!(entries.count(), 1, "the unfinished file is gone");
    }
}
