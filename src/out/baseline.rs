//! Baselines as JSON, schema `vigie.baseline/1`: what a pull request shows as a difference, so that a line is one measure.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::words;
use crate::analysis::{Baseline, BaselineChange, Contributions, Estimate};

/// The schema of the file; a new number when a key changes its name or its meaning, or a digest covers other numbers.
const SCHEMA: &str = "vigie.baseline/1";

/// Nothing that is measured is larger: a thousand years of a million people, in seconds.
const LARGEST_NUMBER: f64 = 1e17;

/// Why a file is no baseline.
#[derive(Debug)]
#[non_exhaustive]
pub enum BaselineError {
    /// A merge has left its marks in it.
    Conflict,
    /// It is no JSON, or not of this form; the text says where.
    Malformed(serde_json::Error),
    /// It is of another schema.
    OtherSchema(String),
    /// Its parts contradict each other.
    Inconsistent(String),
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("a merge has left conflict markers in it"),
            Self::Malformed(error) => write!(f, "it is no baseline: {error}"),
            Self::OtherSchema(found) => write!(f, "its schema is `{found}`, not `{SCHEMA}`"),
            Self::Inconsistent(what) => write!(f, "it contradicts itself: {what}"),
        }
    }
}

impl std::error::Error for BaselineError {}

#[derive(Serialize)]
struct Document<'a> {
    contributions: BTreeMap<&'a str, Box<RawValue>>,
    digests: String,
    duration: f64,
    engine_semantics: u32,
    estimates: BTreeMap<&'a str, Box<RawValue>>,
    replications: usize,
    scenario: Scenario<'a>,
    schema: &'static str,
    seed: u64,
    targets: &'a BTreeMap<String, String>,
    warm_up: f64,
}

#[derive(Serialize, Deserialize)]
struct Scenario<'a> {
    #[serde(borrow)]
    digest: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    name: std::borrow::Cow<'a, str>,
}

/// What one line holds of an estimate.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    hi: Option<f64>,
    lo: Option<f64>,
    mean: f64,
    n: usize,
}

/// What one line holds of the replications.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Series {
    Ratios(Vec<(f64, f64)>),
    Values(Vec<f64>),
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    contributions: BTreeMap<String, Series>,
    digests: String,
    duration: f64,
    engine_semantics: u32,
    estimates: BTreeMap<String, Number>,
    replications: usize,
    #[serde(borrow)]
    scenario: Scenario<'a>,
    #[serde(rename = "schema")]
    _schema: String,
    seed: u64,
    targets: BTreeMap<String, String>,
    warm_up: f64,
}

/// A baseline as JSON: sorted keys, a line for each measure, a final newline; the same bytes for the same baseline.
pub fn baseline_json(baseline: &Baseline) -> String {
    let estimates =
        baseline.estimates.iter().map(|(name, estimate)| (name.as_str(), line(&number(estimate))));
    let contributions =
        baseline.contributions.iter().map(|(name, found)| (name.as_str(), line(&series(found))));
    let digests: Vec<String> = baseline.digests.iter().map(|digest| format!("{digest:016x}")).collect();
    super::manifest::to_json(&Document {
        contributions: contributions.collect(),
        digests: digests.join(" "),
        duration: baseline.duration,
        engine_semantics: baseline.engine_semantics,
        estimates: estimates.collect(),
        replications: baseline.n_replications(),
        scenario: Scenario {
            digest: baseline.scenario_digest.as_str().into(),
            name: baseline.scenario.as_str().into(),
        },
        schema: SCHEMA,
        seed: baseline.seed,
        targets: &baseline.targets,
        warm_up: baseline.warm_up,
    })
}

/// Reads a baseline.
///
/// # Errors
///
/// [`BaselineError`], where the text is none, of another schema, or contradicts itself.
pub fn read_baseline(text: &str) -> Result<Baseline, BaselineError> {
    if text.lines().any(|line| line.starts_with("<<<<<<< ")) {
        return Err(BaselineError::Conflict);
    }
    let head: Head = serde_json::from_str(text).map_err(BaselineError::Malformed)?;
    if head.schema != SCHEMA {
        return Err(BaselineError::OtherSchema(
            head.schema.chars().take(60).filter(|c| !c.is_control()).collect(),
        ));
    }
    let read: Read<'_> = serde_json::from_str(text).map_err(BaselineError::Malformed)?;
    let digests: Option<Vec<u64>> =
        read.digests.split_whitespace().map(|digits| u64::from_str_radix(digits, 16).ok()).collect();
    let digests = digests.ok_or_else(|| BaselineError::Inconsistent("a digest is no number".to_owned()))?;
    if digests.len() != read.replications || digests.is_empty() {
        let what = format!("{} digests for {} replications", digests.len(), read.replications);
        return Err(BaselineError::Inconsistent(what));
    }
    let contributions: BTreeMap<String, Contributions> =
        read.contributions.into_iter().map(|(name, found)| (name, found.contributions())).collect();
    if let Some((name, found)) = contributions.iter().find(|(_, found)| found.len() != digests.len()) {
        let what = format!("`{name}` has {} of {} replications", found.len(), digests.len());
        return Err(BaselineError::Inconsistent(what));
    }
    let estimates: BTreeMap<String, Estimate> =
        read.estimates.into_iter().map(|(name, number)| (name, number.estimate())).collect();
    let ends = |estimate: &Estimate| estimate.interval.map_or([0.0; 2], |(lo, hi)| [lo, hi]);
    let mut numbers = [read.duration, read.warm_up]
        .into_iter()
        .chain(estimates.values().flat_map(|estimate| ends(estimate).into_iter().chain([estimate.mean])))
        .chain(contributions.values().flat_map(all_of));
    if let Some(absurd) = numbers.find(|number| !(number.is_finite() && number.abs() <= LARGEST_NUMBER)) {
        return Err(BaselineError::Inconsistent(format!("`{absurd:e}` was never measured")));
    }
    drop(numbers);
    Ok(Baseline {
        scenario: read.scenario.name.into_owned(),
        scenario_digest: read.scenario.digest.into_owned(),
        engine_semantics: read.engine_semantics,
        seed: read.seed,
        duration: read.duration,
        warm_up: read.warm_up,
        targets: read.targets,
        digests,
        estimates,
        contributions,
    })
}

/// Of more changes than this, the others are only counted.
const MOST_CHANGES: usize = 12;

/// Says that a baseline is as it was.
pub fn unchanged_baseline_text(path: &str) -> String {
    format!("{path} is as it was\n")
}

/// Says what is new in a baseline: those measures first that changed the most, relative to what they were.
pub fn accepted_baseline_text(path: &str, old: Option<&Baseline>, new: &Baseline) -> String {
    let Some(old) = old else {
        return format!("{path} is new: {}\n", words::counted(new.n_replications() as f64, "replication"));
    };
    let mut said = format!("{path} is recorded again:\n");
    let mut differs = |what: &str, old: String, new: String| {
        if old != new {
            let _ = writeln!(said, "  {what}: {old} -> {new}");
        }
    };
    differs("engine semantics", old.engine_semantics.to_string(), new.engine_semantics.to_string());
    differs("seed", old.seed.to_string(), new.seed.to_string());
    differs("replications", old.n_replications().to_string(), new.n_replications().to_string());
    if old.scenario_digest != new.scenario_digest {
        said.push_str("  the scenario has changed\n");
    }
    let listed = |of: &Baseline| of.contributions.keys().cloned().collect::<Vec<_>>();
    if listed(old) != listed(new) {
        said.push_str("  the measures that gates compare have changed\n");
    }
    let mut changes = new.changes_since(old);
    changes.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.measure.cmp(&b.measure)));
    if changes.is_empty() {
        said.push_str("  every estimate is the same\n");
    }
    let value = |of: Option<f64>| of.map_or_else(|| words::UNKNOWN.to_owned(), |value| value.to_string());
    for change in changes.iter().take(MOST_CHANGES) {
        let relative = match (change.before, change.after) {
            (Some(before), Some(after)) if before != 0.0 => {
                format!(" ({:+.2} %)", 100.0 * (after - before) / before.abs())
            }
            _ => String::new(),
        };
        let _ = writeln!(
            said,
            "  {}: {} -> {}{relative}",
            change.measure,
            value(change.before),
            value(change.after)
        );
    }
    if let Some(left @ 1..) = changes.len().checked_sub(MOST_CHANGES) {
        let _ = writeln!(said, "  … and {left} more");
    }
    said
}

/// How large a change is, relative to what it was; what comes or goes is the largest.
fn size(change: &BaselineChange) -> f64 {
    match (change.before, change.after) {
        (Some(before), Some(after)) if before != 0.0 => ((after - before) / before).abs(),
        _ => f64::INFINITY,
    }
}

/// All numbers of a measure.
fn all_of(found: &Contributions) -> Vec<f64> {
    match found {
        Contributions::Values(values) => values.clone(),
        Contributions::Ratios(pairs) => pairs.iter().flat_map(|(own, of)| [*own, *of]).collect(),
    }
}

fn number(estimate: &Estimate) -> Number {
    let (lo, hi) = estimate.interval.unzip();
    Number { hi, lo, mean: estimate.mean, n: estimate.n }
}

fn series(found: &Contributions) -> Series {
    match found {
        Contributions::Ratios(pairs) => Series::Ratios(pairs.clone()),
        Contributions::Values(values) => Series::Values(values.clone()),
    }
}

impl Number {
    fn estimate(self) -> Estimate {
        Estimate { mean: self.mean, interval: self.lo.zip(self.hi), n: self.n }
    }
}

impl Series {
    fn contributions(self) -> Contributions {
        match self {
            Self::Ratios(pairs) => Contributions::Ratios(pairs),
            Self::Values(values) => Contributions::Values(values),
        }
    }
}

/// A value on a line of its own.
fn line(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("numbers always serialize")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Baseline {
        let estimate = Estimate { mean: 0.1 + 0.2, interval: Some((0.25, 0.5)), n: 3 };
        let alone = Estimate { mean: 7.0, interval: None, n: 1 };
        Baseline {
            scenario: "desk".to_owned(),
            scenario_digest: "ab12".to_owned(),
            engine_semantics: 2,
            seed: u64::MAX,
            duration: 259_200.0,
            warm_up: 0.0,
            targets: [("a".to_owned(), "sent -> decided within 1h: all".to_owned())].into(),
            digests: vec![1, u64::MAX, 0],
            estimates: [("target/a \"b\"".to_owned(), estimate), ("cost".to_owned(), alone)].into(),
            contributions: [
                ("cost".to_owned(), Contributions::Values(vec![0.1, 1e-300, 3.0])),
                ("target/a".to_owned(), Contributions::Ratios(vec![(1.0, 2.0), (0.0, 0.0), (3.0, 4.0)])),
            ]
            .into(),
        }
    }

    #[test]
    fn a_line_is_a_measure_and_keys_are_sorted() {
        insta::assert_snapshot!(baseline_json(&sample()), @r#"
        {
          "contributions": {
            "cost": {"values":[0.1,1e-300,3.0]},
            "target/a": {"ratios":[[1.0,2.0],[0.0,0.0],[3.0,4.0]]}
          },
          "digests": "0000000000000001 ffffffffffffffff 0000000000000000",
          "duration": 259200.0,
          "engine_semantics": 2,
          "estimates": {
            "cost": {"hi":null,"lo":null,"mean":7.0,"n":1},
            "target/a \"b\"": {"hi":0.5,"lo":0.25,"mean":0.30000000000000004,"n":3}
          },
          "replications": 3,
          "scenario": {
            "digest": "ab12",
            "name": "desk"
          },
          "schema": "vigie.baseline/1",
          "seed": 18446744073709551615,
          "targets": {
            "a": "sent -> decided within 1h: all"
          },
          "warm_up": 0.0
        }
        "#);
    }

    #[test]
    fn what_is_written_is_read_back_to_the_last_bit() {
        assert_eq!(read_baseline(&baseline_json(&sample())).unwrap(), sample());
    }

    #[test]
    fn what_is_no_baseline_is_refused_with_the_place() {
        let text = baseline_json(&sample());
        let refused = |text: &str| read_baseline(text).unwrap_err().to_string();
        assert!(refused(&text[..text.len() / 2]).contains("line "), "cut off");
        assert!(refused("{\n  \"seed\"\n").contains("line 3 column 0"));
        assert!(refused(&format!("<<<<<<< ours\n{text}")).contains("conflict markers"));
        assert!(refused(&text.replace("baseline/1", "baseline/9")).contains("`vigie.baseline/9`"));
        assert!(refused(&text.replace("\"seed\"", "\"sed\"")).contains("unknown field `sed`"));
        assert!(refused(&text.replace("replications\": 3", "replications\": 4")).contains("3 digests for 4"));
        assert!(refused(&text.replace("[0.1,1e-300,3.0]", "[0.1]")).contains("`cost` has 1 of 3"));
        assert!(refused(&text.replace("[3.0,4.0]", "[3.0,1e300]")).contains("never measured"));
        assert!(refused(&text.replace("259200.0", "-1e99")).contains("never measured"));
        assert!(refused(&text.replace("000001 ff", "00000g ff")).contains("no number"));
    }
}
