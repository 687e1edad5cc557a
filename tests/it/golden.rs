//! The reference results of the shipped scenarios, byte for byte.
//!
//! A difference is a finding: either a mistake, or an intended change of the numbers. To accept it, run
//! `UPDATE_REFERENCE=1 cargo test`, read the difference, raise `ENGINE_SEMANTICS` if a seed's answers changed, and say so
//! in the changelog.

use std::fs;
use std::path::Path;

use crate::common::{Check, simulated};

/// Few replications: the point is that the bytes stay the same, not that the intervals are narrow.
const REPLICATIONS: usize = 3;

#[test]
fn reference_results_are_unchanged() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut changed = Vec::new();
    for name in ["pharos-2014", "january-2015", "november-2015"] {
        let scenario = vigie::scenario::load(&root.join(format!("scenarios/{name}.toml")), &[])
            .unwrap_or_else(|error| panic!("{error}"));
        let (summary, _) = simulated(&scenario, &Check { replications: REPLICATIONS, ..Check::default() });
        let found = vigie::out::summary_json(&summary);
        let reference = root.join(format!("results/reference/{name}.json"));
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            fs::create_dir_all(reference.parent().expect("a folder")).expect("made");
            fs::write(&reference, &found).expect("written");
        }
        let expected = fs::read_to_string(&reference).unwrap_or_default();
        if let Some((line, (expected, found))) =
            expected.lines().zip(found.lines()).enumerate().find(|(_, (expected, found))| expected != found)
        {
            changed.push(format!("{name}.json:{}: expected `{expected}`, found `{found}`", line + 1));
        } else if expected != found {
            changed.push(format!("{name}.json: expected {} bytes, found {}", expected.len(), found.len()));
        }
    }
    assert!(changed.is_empty(), "reference results have changed:\n{}", changed.join("\n"));
}
