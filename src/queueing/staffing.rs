//! The fewest servers for a goal.

use std::f64::consts::PI;

use super::erlang::ErlangC;
use super::erlang_a::ErlangA;

/// Loads beyond this are nobody's: the searches give up.
const LARGEST_LOAD: f64 = 1e8;
/// Beyond this, Φ(β) is 1 and nobody waits.
const LARGEST_BETA: f64 = 38.0;

/// The share that waits in large systems with `R + β √R` servers for a load `R`: `1 / (1 + β Φ(β) / φ(β))` (Halfin &
/// Whitt, Oper. Res. 29 (1981) 567–588). Everybody, where `β` is not positive.
pub fn halfin_whitt_waiting(beta: f64) -> f64 {
    if beta <= 0.0 {
        return 1.0;
    }
    let below = 0.5 * libm::erfc(-beta / std::f64::consts::SQRT_2);
    let density = libm::exp(-0.5 * beta * beta) / libm::sqrt(2.0 * PI);
    density / (density + beta * below)
}

/// The `β` for which a share `waiting` of the arrivals waits: the inverse of [`halfin_whitt_waiting`]. At most 38, for
/// shares that are nothing.
pub fn halfin_whitt_beta(waiting: f64) -> f64 {
    let (mut low, mut high) = (0.0, LARGEST_BETA);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if halfin_whitt_waiting(middle) > waiting {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Servers for a load in Erlangs, so that a share `waiting` of the arrivals waits: `⌈R + β √R⌉`, the square-root rule.
pub fn square_root_staffing(load: f64, waiting: f64) -> u32 {
    let load = load.max(0.0);
    // a number too large becomes the largest
    libm::ceil(load + halfin_whitt_beta(waiting) * libm::sqrt(load)) as u32
}

/// The fewest servers with which at least `share` of the arrivals wait no longer than `within`, where nobody gives up:
/// [`ErlangC`], with its `servers` left out of account.
pub fn fewest_servers_erlang_c(queue: &ErlangC, within: f64, share: f64) -> u32 {
    fewest(queue.load(), |servers| ErlangC { servers, ..*queue }.late_share(within) <= 1.0 - share)
}

/// The fewest servers with which at least `share` of the arrivals are served, and wait no longer than `within` for it:
/// [`ErlangA::served_within`].
pub fn fewest_servers_erlang_a(
    arrival_rate: f64,
    mean_service: f64,
    mean_patience: f64,
    within: f64,
    share: f64,
) -> u32 {
    fewest(arrival_rate * mean_service, |servers| {
        ErlangA::new(servers, arrival_rate, mean_service, mean_patience).served_within(within) >= share
    })
}

/// The fewest servers `s` for which P(N ≥ s) < `waiting`, where N is Poisson with this mean: the staffing of a system
/// whose number of cases is that of infinitely many servers, as where patience and service are of one law (Feldman,
/// Mandelbaum, Massey & Whitt, Management Science 54 (2008) 324–338).
pub fn fewest_servers_infinite(mean: f64, waiting: f64) -> u32 {
    if mean.is_nan() || mean > LARGEST_LOAD {
        return u32::MAX;
    }
    let (first, weights) = poisson_weights(mean.max(0.0));
    let total: f64 = weights.iter().sum();
    let mut tail = 0.0;
    for (idx, weight) in weights.iter().enumerate().rev() {
        tail += weight;
        if tail / total >= waiting {
            return first.saturating_add(idx as u32).saturating_add(1);
        }
    }
    0
}

/// Poisson probabilities, all multiplied by one factor, from the first number given; those too small to matter are
/// left out. From the mode outward by ratios of neighbors: some √mean steps, and nothing overflows.
fn poisson_weights(mean: f64) -> (u32, Vec<f64>) {
    const TOO_SMALL: f64 = 1e-20;
    let mode = mean as u32;
    let mut weights = Vec::new();
    let (mut number, mut weight) = (mode, 1.0);
    while weight > TOO_SMALL {
        weights.push(weight);
        if number == 0 {
            break;
        }
        weight *= f64::from(number) / mean;
        number -= 1;
    }
    let first = mode + 1 - weights.len() as u32;
    weights.reverse();
    let (mut number, mut weight) = (mode, 1.0);
    loop {
        number += 1;
        weight *= mean / f64::from(number);
        if weight <= TOO_SMALL {
            return (first, weights);
        }
        weights.push(weight);
    }
}

/// The smallest number for which a goal is reached that is reached for all larger ones too: looked for upward from the
/// load in steps that double, then between the last two.
fn fewest(load: f64, reached: impl Fn(u32) -> bool) -> u32 {
    if load.is_nan() || load > LARGEST_LOAD {
        return u32::MAX;
    }
    if load <= 0.0 || reached(0) {
        return 0;
    }
    let mut missed = 0;
    let mut found = libm::ceil(load) as u32;
    let mut step = libm::ceil(libm::sqrt(load)) as u32;
    while !reached(found) {
        missed = found;
        if f64::from(found) > 4.0 * LARGEST_LOAD {
            return u32::MAX;
        }
        found = found.saturating_add(step);
        step = step.saturating_mul(2);
    }
    while found - missed > 1 {
        let middle = u32::midpoint(missed, found);
        if reached(middle) {
            found = middle;
        } else {
            missed = middle;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::erlang_c;
    use crate::queueing::tests::near;

    #[test]
    fn the_square_root_rule() {
        near(halfin_whitt_beta(0.2), 1.061_52, 5e-6);
        near(halfin_whitt_waiting(1.061_52), 0.2, 1e-5);
        for (load, servers, exact) in [(100.0, 111, 0.199_787), (1000.0, 1034, 0.199_430)] {
            assert_eq!(square_root_staffing(load, 0.2), servers);
            near(erlang_c(servers, load), exact, 3e-6);
            let queue = ErlangC { servers: 0, arrival_rate: load, mean_service: 1.0, service_scv: 1.0 };
            assert_eq!(fewest_servers_erlang_c(&queue, 0.0, 0.8), servers);
            assert!(erlang_c(servers - 1, load) > 0.2);
        }
        assert_eq!(square_root_staffing(0.0, 0.2), 0);
        near(halfin_whitt_waiting(halfin_whitt_beta(1e-9)), 1e-9, 1e-6);
        assert!(halfin_whitt_beta(0.0) <= LARGEST_BETA && halfin_whitt_beta(1.0) < 1e-9);
    }

    #[test]
    fn the_iterative_staffing_answer() {
        for (mean, expected) in [(90.0, [103, 91, 79]), (110.0, [125, 111, 98])] {
            let found = [0.1, 0.5, 0.9].map(|waiting| fewest_servers_infinite(mean, waiting));
            assert_eq!(found, expected, "for {mean}");
        }
        assert_eq!(fewest_servers_infinite(0.0, 0.1), 1);
        assert_eq!(fewest_servers_infinite(5.0, 1.1), 0);
        assert_eq!(fewest_servers_infinite(f64::NAN, 0.1), u32::MAX);
        // 100,000 and 1.2816 √100,000 by the normal law, whose continuity correction is half of one
        let large = fewest_servers_infinite(100_000.0, 0.1);
        assert!((100_405..=100_408).contains(&large), "{large}");
    }

    #[test]
    fn patience_equal_to_service_is_the_infinite_system() {
        // θ = μ: the number of cases is Poisson for any number of servers; so P(W > 0) < α is the answer above
        for (load, waiting) in [(90.0, 0.1), (110.0, 0.5), (100.0, 0.2)] {
            let servers = fewest_servers_infinite(load, waiting);
            assert_eq!(fewest_servers_erlang_a(load, 1.0, 1.0, 0.0, 1.0 - waiting), servers);
        }
    }

    #[test]
    fn goals_in_time() {
        let queue = ErlangC { servers: 0, arrival_rate: 0.8, mean_service: 60.0, service_scv: 1.0 };
        let servers = fewest_servers_erlang_c(&queue, 20.0, 0.8);
        let late = |servers| ErlangC { servers, ..queue }.late_share(20.0);
        assert!(late(servers) <= 0.2 && late(servers - 1) > 0.2, "{servers}");
        // some patience takes the strain: fewer suffice than where nobody gives up
        assert!(fewest_servers_erlang_a(0.8, 60.0, 120.0, 20.0, 0.8) < servers);
        assert_eq!(fewest_servers_erlang_c(&ErlangC { arrival_rate: 0.0, ..queue }, 0.0, 0.99), 0);
        assert_eq!(
            fewest_servers_erlang_c(&ErlangC { arrival_rate: f64::INFINITY, ..queue }, 0.0, 0.9),
            u32::MAX
        );
        // a share of all is reached where the others are too few for a number
        assert!(fewest_servers_erlang_c(&queue, 0.0, 1.0) < 1_000);
    }

    #[test]
    fn a_hundred_thousand() {
        let queue = ErlangC { servers: 0, arrival_rate: 1e5, mean_service: 1.0, service_scv: 1.0 };
        let exact = fewest_servers_erlang_c(&queue, 0.0, 0.8);
        assert!(exact.abs_diff(square_root_staffing(1e5, 0.2)) <= 1, "{exact}");
    }
}
