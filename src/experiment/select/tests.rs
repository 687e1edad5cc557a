use std::convert::Infallible;

use super::*;
use crate::random::ReplicationKey;

fn selection(first_stage: usize) -> Selection {
    Selection {
        better: Better::More,
        confidence: 0.95,
        indifference: 1.0,
        first_stage,
        first_replication: 0,
        most_observations: 1_000_000,
    }
}

/// Normal observations around these means, each with variance 1, of which `common` is common to all variants.
fn normal(
    seed: u64,
    means: &[f64],
    common: f64,
) -> impl Fn(usize, u64) -> Result<f64, Infallible> + Sync + '_ {
    move |variant, replication| {
        let key = ReplicationKey::new(seed, replication);
        let shared = key.stream(u64::MAX, 0).normal();
        let own = key.stream(variant as u64, 0).normal();
        Ok(means[variant] + common.sqrt() * shared + (1.0 - common).sqrt() * own)
    }
}

fn chosen(
    selection: &Selection,
    n: usize,
    observe: impl Fn(usize, u64) -> Result<f64, Infallible> + Sync,
) -> Selected {
    let variants: Vec<usize> = (0..n).collect();
    let Ok(selected) = selection.run(&variants, observe, |_| ());
    selected
}

#[test]
fn constants_are_those_of_the_paper() {
    let (eta, h_squared) = kim_nelson_constants(10, 0.05, 10);
    assert!((eta - 0.8591).abs() < 5e-5, "{eta}");
    assert!((h_squared - 15.4635).abs() < 5e-5, "{h_squared}");
}

/// The hardest case that the guarantee covers: the best is better than all others by exactly δ.
#[test]
fn the_right_one_is_chosen_as_often_as_it_says() {
    const MACRO_REPLICATIONS: u64 = 1_000;
    let means = [0.0, 0.0, 0.4, 0.0, 0.0, 0.0];
    let narrow = Selection { indifference: 0.4, ..selection(10) };
    let mut used = Vec::new();
    for common in [0.0, 0.8] {
        let all: Vec<Selected> = (0..MACRO_REPLICATIONS)
            .map(|seed| chosen(&narrow, means.len(), normal(seed, &means, common)))
            .collect();
        let right = all.iter().filter(|selected| selected.best() == Some(2)).count();
        assert!(right as f64 >= 0.95 * MACRO_REPLICATIONS as f64, "{right} right with {common} in common");
        used.push(all.iter().map(|selected| selected.observations).sum::<u64>());
    }
    assert!(used[1] * 2 < used[0], "common random numbers end it sooner: {used:?}");
}

#[test]
fn what_is_far_apart_is_told_at_once() {
    let means = [0.0, 20.0, 40.0, 60.0];
    let selected = chosen(&selection(10), 4, normal(1, &means, 0.0));
    assert_eq!((selected.best(), selected.observations), (Some(3), 40));
    assert_eq!(selected.eliminated, [(0, 10), (1, 10), (2, 10)]);
    assert!((selected.means[&3] - 60.0).abs() < 2.0);
    let less = Selection { better: Better::Less, ..selection(10) };
    assert_eq!(chosen(&less, 4, normal(1, &means, 0.0)).best(), Some(0));
}

#[test]
fn equals_end_too_and_a_budget_ends_it_sooner() {
    let same = |_: usize, replication: u64| Ok::<f64, Infallible>((replication % 5) as f64);
    let selected = chosen(&selection(10), 3, same);
    assert_eq!((selected.best(), selected.observations), (Some(0), 30), "nothing differs: any will do");
    let narrow = Selection { indifference: 0.01, most_observations: 500, ..selection(10) };
    let selected = chosen(&narrow, 3, normal(5, &[0.0; 3], 0.0));
    assert!(!selected.is_certain && selected.best().is_none() && selected.remaining.len() > 1);
    assert!(selected.observations <= 500);
    let alone = chosen(&selection(10), 1, same);
    assert_eq!((alone.best(), alone.observations), (Some(0), 10));
}

#[test]
fn the_first_error_is_given_back() {
    let observe = |variant: usize, replication: u64| {
        if replication == 3 && variant > 0 { Err((variant, replication)) } else { Ok(1.0) }
    };
    assert_eq!(selection(10).run(&[0, 1, 2], observe, |_| ()), Err((1, 3)));
}

#[test]
fn threads_do_not_matter() {
    let means = [0.1, 0.3, 0.0, 0.2, 0.25];
    let on = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let narrow = Selection { indifference: 0.1, ..selection(10) };
        pool.install(|| chosen(&narrow, means.len(), normal(9, &means, 0.3)))
    };
    let (one, three) = (on(1), on(3));
    assert_eq!(one, three);
    assert!(one.eliminated.len() == 4 && one.observations > 500, "{one:?}");
}

#[test]
fn halving_keeps_what_is_clearly_good() {
    let means: Vec<f64> = (0..300_u32).map(|idx| f64::from(idx * 7 % 300)).collect();
    let variants: Vec<usize> = (0..300).collect();
    let halving = Halving { better: Better::More, first_stage: 2, finalists: 20 };
    let Ok(stages) = halving.run(&variants, normal(4, &means, 0.0));
    let sizes: Vec<usize> = stages.iter().map(|stage| stage.kept.len()).collect();
    assert_eq!(sizes, [150, 75, 38, 20]);
    let finalists = &stages.last().unwrap().kept;
    assert!(means[finalists[0]] > 298.0);
    assert!(finalists.iter().all(|&variant| means[variant] > 270.0));
    // by hand: 300·2 + 150·2 + 75·4 + 38·8
    assert_eq!(halving.observations(300), 600 + 300 + 300 + 304);
    let Ok(none) = halving.run(&variants[..20], normal(4, &means, 0.0));
    assert!(none.is_empty() && halving.observations(20) == 0);
}
