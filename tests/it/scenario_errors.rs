//! The scenario language: what it accepts, and what it says about what it does not accept.

use std::path::Path;

use vigie::scenario::{Scenario, load};

fn every_key() -> Scenario {
    load(Path::new("tests/it/fixtures/every_key.toml"), &[]).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_scenario_that_uses_every_key_is_right() {
    let scenario = every_key();
    assert_eq!(scenario.render_warnings(false), "");
    assert_eq!(scenario.title, "Every key");
    println!("{:#?}", scenario.plan.stages);
}
