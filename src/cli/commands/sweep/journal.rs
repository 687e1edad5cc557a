//! What keeps the finished points of a sweep when it is stopped, however rudely: a file of JSON lines beside the
//! results folder, one line for each point, named after the digest of all that its numbers depend on.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::design::grouped;
use crate::analysis::Estimate;
use crate::cli::failure::{Failure, complain};

const ENDING: &str = ".journal";
/// Digits of the digest in the name of the file; the first line has all of them.
const DIGITS: usize = 16;

/// What is kept of a finished point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finished {
    /// By measure.
    pub(super) findings: Vec<Option<Estimate>>,
    /// The measure by which the best is sought, one by one.
    pub(super) observations: Vec<Option<f64>>,
    /// Cases in the system at the end.
    pub(super) open_at_end: Estimate,
    /// Reports by class.
    pub(super) reports: BTreeMap<String, Estimate>,
}

/// The finished points of a sweep, in memory and in a file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    key: String,
    /// Open once there is a point to write down.
    file: Option<File>,
    points: BTreeMap<usize, Finished>,
    n_points: usize,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    points: usize,
    schema: String,
}

const SCHEMA: &str = "vigie.sweep-journal/2";

/// The others. Numbers are texts, the shortest that read back to the same bits.
#[derive(Serialize, Deserialize)]
struct Line {
    findings: Vec<Option<Number>>,
    observations: Vec<Option<String>>,
    open_at_end: Number,
    point: usize,
    reports: BTreeMap<String, Number>,
}

#[derive(Serialize, Deserialize)]
struct Number {
    hi: Option<String>,
    lo: Option<String>,
    mean: String,
    n: usize,
}

impl Journal {
    /// The journal of this sweep, with the points that were done before, and a word about them on standard error.
    pub(super) fn open(dir: &Path, key: &str, n_points: usize, quiet: bool) -> Result<Self, Failure> {
        let folder = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let stem = format!(".{}-", dir.file_name().unwrap_or_default().to_string_lossy());
        let path = folder.join(format!("{stem}{}{ENDING}", &key[..DIGITS.min(key.len())]));
        let mut journal = Self { path, key: key.to_owned(), file: None, points: BTreeMap::new(), n_points };
        let say = |text: &str| {
            if !quiet {
                complain(text);
            }
        };
        if journal.path.exists() {
            journal.read()?;
            say(&format!(
                "{} of {} points were done before",
                grouped(journal.points.len() as u128),
                grouped(n_points as u128)
            ));
        } else if let Some(other) = another(folder, &stem) {
            say(&format!(
                "an unfinished sweep with other values is kept in {}; this one starts anew",
                other.display()
            ));
        }
        Ok(journal)
    }

    /// The points that are not done yet.
    pub(super) fn missing(&self) -> Vec<usize> {
        (0..self.n_points).filter(|point| !self.points.contains_key(point)).collect()
    }

    /// What was found at a point.
    pub(super) fn finished(&self, point: usize) -> Option<&Finished> {
        self.points.get(&point)
    }

    /// Writes a point down.
    pub(super) fn add(&mut self, point: usize, finished: Finished) -> Result<(), Failure> {
        if self.file.is_none() {
            self.begin()?;
        }
        let line = serde_json::to_string(&Line::of(point, &finished)).expect("texts and numbers serialize");
        self.write(&line)?;
        self.points.insert(point, finished);
        Ok(())
    }

    /// What to say when the sweep is stopped.
    pub(super) fn kept(&self) -> String {
        match self.points.len() {
            0 => "no point was done, and nothing was written".to_owned(),
            done => format!(
                "{} of {} points are kept in {}: the same command goes on from there",
                grouped(done as u128),
                grouped(self.n_points as u128),
                self.path.display()
            ),
        }
    }

    /// Takes the file away: the results hold all of it now.
    pub(super) fn remove(self) {
        // one that stays does no harm: it holds the same points
        let _ = fs::remove_file(&self.path);
    }

    /// Makes the file, and writes its first line.
    fn begin(&mut self) -> Result<(), Failure> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(|error| self.failed("make the folder of", error))?;
        }
        let mut options = OpenOptions::new();
        let opened = options.read(true).append(true).create(true).open(&self.path);
        let file = opened.map_err(|error| self.failed("write", error))?;
        lock(&file)?;
        self.file = Some(file);
        let head = Head { key: self.key.clone(), points: self.n_points, schema: SCHEMA.to_owned() };
        let head = serde_json::to_string(&head).expect("texts and numbers serialize");
        self.write(&head)
    }

    /// Reads the file up to its last whole line of ours, and cuts off what a killed process left half written.
    fn read(&mut self) -> Result<(), Failure> {
        let opened = OpenOptions::new().read(true).append(true).open(&self.path);
        let mut file = opened.map_err(|error| self.failed("open", error))?;
        lock(&file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| self.failed("read", error))?;
        let mut whole = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(text) = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok()) else {
                break;
            };
            let is_ours = if whole == 0 { self.is_head(text) } else { self.take(text) };
            if !is_ours {
                break;
            }
            whole += line.len();
        }
        file.set_len(whole as u64).map_err(|error| self.failed("shorten", error))?;
        file.seek(SeekFrom::End(0)).map_err(|error| self.failed("read", error))?;
        if whole > 0 {
            self.file = Some(file);
        }
        Ok(())
    }

    fn is_head(&self, line: &str) -> bool {
        serde_json::from_str::<Head>(line)
            .is_ok_and(|head| head.schema == SCHEMA && head.key == self.key && head.points == self.n_points)
    }

    fn take(&mut self, line: &str) -> bool {
        let read = serde_json::from_str::<Line>(line).ok();
        let Some((point, finished)) = read.and_then(|line| Some((line.point, line.finished()?))) else {
            return false;
        };
        let is_known = point < self.n_points;
        if is_known {
            self.points.insert(point, finished);
        }
        is_known
    }

    fn write(&self, line: &str) -> Result<(), Failure> {
        let Some(mut file) = self.file.as_ref() else { return Ok(()) };
        // in one call: what is killed leaves all of it, or a part without its end
        file.write_all(format!("{line}\n").as_bytes()).map_err(|error| self.failed("write", error))
    }

    fn failed(&self, doing: &str, error: std::io::Error) -> Failure {
        Failure::Io { doing: format!("{doing} {}", self.path.display()), error }
    }
}

/// Two processes that write one journal would spoil it.
fn lock(file: &File) -> Result<(), Failure> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Failure::Usage(
            "the same sweep is running already: wait for it, or choose another place with `--out`".to_owned(),
        )),
        // no locks on this file system: then nobody holds one
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// The journal of another sweep into the same folder.
fn another(folder: &Path, stem: &str) -> Option<PathBuf> {
    let is_journal = |name: &str| {
        let digits = name.strip_prefix(stem).and_then(|rest| rest.strip_suffix(ENDING));
        digits.is_some_and(|digits| digits.len() == DIGITS && digits.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_journal))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.into_iter().next()
}

impl Number {
    fn of(estimate: &Estimate) -> Self {
        Self {
            hi: estimate.interval.map(|(_, hi)| hi.to_string()),
            lo: estimate.interval.map(|(lo, _)| lo.to_string()),
            mean: estimate.mean.to_string(),
            n: estimate.n,
        }
    }

    fn estimate(&self) -> Option<Estimate> {
        let interval = match (&self.lo, &self.hi) {
            (Some(lo), Some(hi)) => Some((lo.parse().ok()?, hi.parse().ok()?)),
            _ => None,
        };
        Some(Estimate { mean: self.mean.parse().ok()?, interval, n: self.n })
    }
}

impl Line {
    fn of(point: usize, finished: &Finished) -> Self {
        let named = |(class, reports): (&String, &Estimate)| (class.clone(), Number::of(reports));
        Self {
            findings: finished.findings.iter().map(|found| found.as_ref().map(Number::of)).collect(),
            observations: finished
                .observations
                .iter()
                .map(|value| value.map(|value| value.to_string()))
                .collect(),
            open_at_end: Number::of(&finished.open_at_end),
            point,
            reports: finished.reports.iter().map(named).collect(),
        }
    }

    /// None where something is no number.
    fn finished(self) -> Option<Finished> {
        let observation = |text: &Option<String>| match text {
            Some(text) => text.parse::<f64>().ok().map(Some),
            None => Some(None),
        };
        let finding = |found: &Option<Number>| match found {
            Some(found) => found.estimate().map(Some),
            None => Some(None),
        };
        let reports = |(class, reports): (String, Number)| Some((class, reports.estimate()?));
        Some(Finished {
            findings: self.findings.iter().map(finding).collect::<Option<_>>()?,
            observations: self.observations.iter().map(observation).collect::<Option<_>>()?,
            open_at_end: self.open_at_end.estimate()?,
            reports: self.reports.into_iter().map(reports).collect::<Option<_>>()?,
        })
    }
}
