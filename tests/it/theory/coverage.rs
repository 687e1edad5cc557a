//! What an interval of 95 % promises: that it holds the truth 95 times in 100.

use rayon::prelude::*;

use super::*;

#[test]
fn intervals_of_a_mean_wait_hold_the_truth_as_often_as_they_say() {
    // M/M/1 at one half with a warm-up of twenty relaxation times; twenty short replications each, as a user would run
    let text =
        queue(1_200.0, 0.5, &exponential(1.0), 1, "").replace("warm_up = \"120min\"", "warm_up = \"200min\"");
    assert!(text.contains("warm_up = \"200min\""));
    let truth = 1.0 * MINUTE;
    let experiments = 1_000;
    let holding = (0..experiments)
        .into_par_iter()
        .filter(|seed| {
            let wait = simulate(&text, *seed, 20, None).wait(0);
            wait.and_then(|wait| wait.interval).is_some_and(|(low, high)| low <= truth && truth <= high)
        })
        .count();
    let share = holding as f64 / experiments as f64;
    assert!(
        (0.936..=0.964).contains(&share),
        "the intervals hold the truth in {share} of {experiments} experiments"
    );
}
