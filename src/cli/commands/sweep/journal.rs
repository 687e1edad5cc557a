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

/// How many there are of everything; a line with other numbers is not from this sweep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) points: usize,
    /// Of each point.
    pub(super) findings: usize,
    /// Of each point, likewise.
    pub(super) observations: usize,
}

/// The finished points of a sweep, in memory and in a file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    key: String,
    /// Open once there is a point to write down.
    file: Option<File>,
    points: BTreeMap<usize, Finished>,
    shape: Shape,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    points: usize,
    schema: String,
}

/// What a file turned out to be.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// A journal of this sweep, with so many lines in it that are spoilt.
    Ours { unreadable: usize },
    /// Something else.
    Foreign,
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
    pub(super) fn open(dir: &Path, key: &str, shape: Shape, quiet: bool) -> Result<Self, Failure> {
        let folder = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let stem = format!(".{}-", dir.file_name().unwrap_or_default().to_string_lossy());
        let path = folder.join(format!("{stem}{}{ENDING}", &key[..DIGITS.min(key.len())]));
        let mut journal = Self { path, key: key.to_owned(), file: None, points: BTreeMap::new(), shape };
        let say = |text: &str| {
            if !quiet {
                complain(text);
            }
        };
        if journal.path.exists() {
            match journal.read()? {
                Found::Ours { unreadable } => {
                    say(&format!(
                        "{} of {} points were done before",
                        grouped(journal.points.len() as u128),
                        grouped(shape.points as u128)
                    ));
                    if unreadable > 0 {
                        let lines = if unreadable == 1 { "line" } else { "lines" };
                        complain(&format!(
                            "{unreadable} {lines} of {} cannot be read: points that are missing are simulated again",
                            journal.path.display()
                        ));
                    }
                }
                Found::Foreign => {
                    let aside = journal.set_aside()?;
                    complain(&format!(
                        "the file that keeps finished points was not written by this sweep: it is now {}, and the sweep \
                         starts anew",
                        aside.display()
                    ));
                }
            }
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
        (0..self.shape.points).filter(|point| !self.points.contains_key(point)).collect()
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
                grouped(self.shape.points as u128),
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
        let head = self.head();
        self.write(&head)
    }

    /// Reads the whole lines of the file that are ours, and cuts off what a killed process left half written.
    fn read(&mut self) -> Result<Found, Failure> {
        let opened = OpenOptions::new().read(true).append(true).open(&self.path);
        let mut file = opened.map_err(|error| self.failed("open", error))?;
        lock(&file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| self.failed("read", error))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        match lines.next() {
            // killed within the first line
            None if format!("{}\n", self.head()).as_bytes().starts_with(&bytes) => {}
            Some(head) if self.is_head(head) => {}
            _ => return Ok(Found::Foreign),
        }
        let unreadable = lines.filter(|line| !self.take(line)).count();
        file.set_len(whole as u64).map_err(|error| self.failed("shorten", error))?;
        file.seek(SeekFrom::End(0)).map_err(|error| self.failed("read", error))?;
        if whole > 0 {
            self.file = Some(file);
        }
        Ok(Found::Ours { unreadable })
    }

    /// Renames a file that is none of ours, so that nothing in it is lost, and says what it is called now.
    fn set_aside(&self) -> Result<PathBuf, Failure> {
        let numbered = |n: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".aside-{n}"));
            PathBuf::from(name)
        };
        // a name that is taken would be overwritten
        let aside = (1..u32::MAX).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| numbered(0));
        fs::rename(&self.path, &aside).map_err(|error| self.failed("rename", error))?;
        Ok(aside)
    }

    fn head(&self) -> String {
        let head = Head { key: self.key.clone(), points: self.shape.points, schema: SCHEMA.to_owned() };
        serde_json::to_string(&head).expect("texts and numbers serialize")
    }

    fn is_head(&self, line: &[u8]) -> bool {
        serde_json::from_slice::<Head>(line).is_ok_and(|head| {
            head.schema == SCHEMA && head.key == self.key && head.points == self.shape.points
        })
    }

    fn take(&mut self, line: &[u8]) -> bool {
        let read = serde_json::from_slice::<Line>(line).ok();
        let Some((point, finished)) = read.and_then(|line| Some((line.point, line.finished()?))) else {
            return false;
        };
        let Shape { points, findings, observations } = self.shape;
        let is_ours = point < points
            && finished.findings.len() == findings
            && finished.observations.len() == observations;
        if is_ours {
            self.points.insert(point, finished);
        }
        is_ours
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

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { points: 5, findings: 2, observations: 1 };
    const KEY: &str = "0123456789abcdef0123";

    fn finished(mean: f64) -> Finished {
        let estimate = Estimate { mean, interval: Some((mean - 0.1, mean + 0.1)), n: 7 };
        Finished {
            findings: vec![Some(estimate), None],
            observations: vec![Some(mean)],
            open_at_end: estimate,
            reports: BTreeMap::from([("all".to_owned(), estimate)]),
        }
    }

    fn open(folder: &Path) -> Journal {
        Journal::open(&folder.join("out"), KEY, SHAPE, true).expect("opened")
    }

    /// A folder with a journal of all points, and its text.
    fn whole() -> (tempfile::TempDir, PathBuf, String) {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let mut journal = open(folder.path());
        for point in 0..SHAPE.points {
            journal.add(point, finished(point as f64 + 0.3)).expect("written");
        }
        let text = fs::read_to_string(&journal.path).expect("readable");
        assert_eq!(text.lines().count(), 6);
        (folder, journal.path, text)
    }

    #[test]
    fn a_spoilt_line_costs_its_own_point_only() {
        let (folder, path, text) = whole();
        let lines: Vec<&str> = text.lines().collect();
        let foreign = r#"{"findings":[],"observations":["1"],"point":1}"#;
        let without_observations = r#"{"findings":[null,null],"observations":[],"point":1}"#;
        let beyond = r#"{"findings":[null,null],"observations":["1"],"point":5}"#;
        for spoilt in ["", "garbage", &lines[2][..20], foreign, without_observations, beyond] {
            let mut changed = lines.clone();
            changed[2] = spoilt;
            let changed = changed.join("\n") + "\n";
            fs::write(&path, &changed).expect("written");
            let mut journal = open(folder.path());
            assert_eq!(journal.missing(), [1], "{spoilt}");
            assert_eq!(journal.finished(4), Some(&finished(4.3)));
            assert_eq!(fs::read_to_string(&path).expect("readable"), changed, "nothing is cut off");
            journal.add(1, finished(1.3)).expect("written");
            drop(journal);
            assert_eq!(open(folder.path()).missing(), [0_usize; 0], "{spoilt}");
        }
        let latin = [lines[0].as_bytes(), b"\n\xe9\n", lines[3].as_bytes(), b"\n"].concat();
        fs::write(&path, latin).expect("written");
        assert_eq!(open(folder.path()).missing(), [0, 1, 3, 4]);
    }

    #[test]
    fn an_unfinished_last_line_is_cut_off() {
        let (folder, path, text) = whole();
        fs::write(&path, &text[..text.len() - 10]).expect("written");
        let journal = open(folder.path());
        assert_eq!(journal.missing(), [4]);
        drop(journal);
        let kept: Vec<&str> = text.lines().take(5).collect();
        assert_eq!(fs::read_to_string(&path).expect("readable"), kept.join("\n") + "\n");
        // killed within the first line, or before it
        for len in [0, 10] {
            fs::write(&path, &text[..len]).expect("written");
            let mut journal = open(folder.path());
            assert_eq!(journal.missing().len(), 5);
            journal.add(3, finished(3.3)).expect("written");
            drop(journal);
            assert_eq!(open(folder.path()).missing(), [0, 1, 2, 4]);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1, "nothing is set aside");
    }

    #[test]
    fn a_file_with_another_head_is_set_aside_whole() {
        let (folder, path, text) = whole();
        let aside = |n: u32| PathBuf::from(format!("{}.aside-{n}", path.display()));
        let heads = ["garbage\n".to_owned(), "no line".to_owned(), text.replacen("0123", "0124", 1)];
        for (n, foreign) in (1..).zip(heads) {
            fs::write(&path, &foreign).expect("written");
            let mut journal = open(folder.path());
            assert_eq!(journal.missing().len(), 5);
            assert_eq!(fs::read_to_string(aside(n)).expect("kept"), foreign);
            journal.add(2, finished(2.3)).expect("written");
            drop(journal);
            assert_eq!(open(folder.path()).missing(), [0, 1, 3, 4]);
        }
    }
}
