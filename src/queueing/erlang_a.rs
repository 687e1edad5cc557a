//! The queue of people who give up waiting: Erlang A (Palm 1957), M/M/c+M.

use super::erlang::erlang_b;

/// The law of the wait is integrated where its density is at least `e⁻⁴⁵` of the largest.
const NEGLIGIBLE: f64 = -45.0;
/// Steps of Simpson's rule over that range: 45 lengths of an exponential tail at most, so that its error is below 1e-7.
const N_STEPS: u32 = 1_000;

/// A queue of Poisson arrivals before servers of equal speed, first come, first served, with exponential service and
/// exponential patience.
///
/// The time an arrival would have to wait if it never gave up, the offered wait V, is 0 with the probability that a
/// server is free, and otherwise has the density `λ π_{c−1} exp(λ (1 − e^{−θx}) / θ − c μ x)` (Baccelli & Hébuterne 1981;
/// Zeltyn & Mandelbaum, Queueing Systems 51 (2005) 361–402), where `π_{c−1}` is the probability of exactly one free
/// server, and `Σ_{j<c} π_j = π_{c−1} / B(c − 1, λ/μ)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErlangA {
    arrival_rate: f64,
    /// c μ
    capacity: f64,
    patience_rate: f64,
    /// The offered wait at which its density is the largest.
    mode: f64,
    /// ∫ exp(exponent(x) − exponent(mode)) dx
    mass: f64,
    waiting_share: f64,
}

impl ErlangA {
    /// The queue with so many servers, arrivals in a unit of time, a mean time of service, and a mean patience. All
    /// are positive; where the patience is infinite, the load must be less than the servers.
    pub fn new(servers: u32, arrival_rate: f64, mean_service: f64, mean_patience: f64) -> Self {
        let capacity = f64::from(servers) / mean_service;
        let patience_rate = 1.0 / mean_patience;
        let mode = if arrival_rate > capacity {
            // without servers, all that bounds the wait is that nobody stays
            libm::log(arrival_rate / capacity.max(arrival_rate * 1e-12)) / patience_rate
        } else {
            0.0
        };
        let mut queue = Self { arrival_rate, capacity, patience_rate, mode, mass: 1.0, waiting_share: 1.0 };
        if servers > 0 {
            queue.mass = queue.integral(0.0, |_| 1.0);
            // P(V > 0) : P(V = 0) = λ ∫ exp(exponent) : 1 / B(c − 1)
            let odds = libm::log(erlang_b(servers - 1, arrival_rate * mean_service))
                + libm::log(arrival_rate * queue.mass)
                + queue.exponent(mode);
            queue.waiting_share = 1.0 / (1.0 + libm::exp(-odds));
        }
        queue
    }

    /// The share of arrivals that do not find a free server: P(W > 0).
    pub fn waiting_share(&self) -> f64 {
        self.waiting_share
    }

    /// The share of arrivals that give up: P(Ab) = θ E\[W\].
    pub fn abandonment(&self) -> f64 {
        (self.patience_rate * self.mean_wait()).min(1.0)
    }

    /// The mean time in the queue of all arrivals, served or not, those that wait not at all included: E\[W\], with
    /// W the offered wait or the patience, whichever is shorter.
    pub fn mean_wait(&self) -> f64 {
        if self.capacity <= 0.0 {
            return 1.0 / self.patience_rate;
        }
        self.beyond(0.0, |wait| self.expected_stay(wait))
    }

    /// The share of arrivals for whom the wait would be longer than `time` if they stayed: P(V > t).
    pub fn offered_wait_exceeds(&self, time: f64) -> f64 {
        if self.capacity <= 0.0 { 1.0 } else { self.beyond(time.max(0.0), |_| 1.0) }
    }

    /// The share of arrivals, served in the end or not, that are in the queue longer than `time`: P(W > t) =
    /// e^{−θt} P(V > t).
    pub fn late_share(&self, time: f64) -> f64 {
        libm::exp(-self.patience_rate * time.max(0.0)) * self.offered_wait_exceeds(time)
    }

    /// The share of arrivals that are served, and have waited for it no longer than `time`: P(V ≤ t, V < patience).
    /// Those who give up are not among them, however soon they do.
    pub fn served_within(&self, time: f64) -> f64 {
        if self.capacity <= 0.0 {
            return 0.0;
        }
        let served_later = self.beyond(time.max(0.0), |wait| libm::exp(-self.patience_rate * wait));
        (1.0 - self.abandonment() - served_later).clamp(0.0, 1.0)
    }

    /// E\[min(wait, patience)\] for an offered wait.
    fn expected_stay(&self, wait: f64) -> f64 {
        if self.patience_rate > 0.0 {
            -libm::expm1(-self.patience_rate * wait) / self.patience_rate
        } else {
            wait
        }
    }

    /// E\[weight(V); V > time\].
    fn beyond(&self, time: f64, weight: impl Fn(f64) -> f64) -> f64 {
        let summit = self.exponent(self.mode.max(time)) - self.exponent(self.mode);
        self.waiting_share * libm::exp(summit) * self.integral(time, weight) / self.mass
    }

    /// The logarithm of the density of the offered wait, but for a constant: a concave function.
    fn exponent(&self, wait: f64) -> f64 {
        self.arrival_rate * self.expected_stay(wait) - self.capacity * wait
    }

    /// ∫ weight(x) exp(exponent(x) − its largest) dx over the waits longer than `from`, by Simpson's rule.
    fn integral(&self, from: f64, weight: impl Fn(f64) -> f64) -> f64 {
        let top = self.mode.max(from);
        let summit = self.exponent(top);
        let is_small = |wait: f64| self.exponent(wait) - summit < NEGLIGIBLE;
        let mut reach = 1.0 / self.capacity.max(f64::MIN_POSITIVE);
        // the density falls at least as fast as an exponential beyond its mode, so that the doubling ends
        for _ in 0..1_100 {
            if is_small(top + reach) {
                break;
            }
            reach *= 2.0;
        }
        let end = edge(top, top + reach, is_small);
        let begin = if is_small(from) { edge(top, from, is_small) } else { from };
        let step = (end - begin) / f64::from(N_STEPS);
        let sum: f64 = (0..=N_STEPS)
            .map(|idx| {
                let wait = begin + f64::from(idx) * step;
                let coefficient = match idx {
                    0 | N_STEPS => 1.0,
                    odd if odd % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                coefficient * weight(wait) * libm::exp(self.exponent(wait) - summit)
            })
            .sum();
        sum * step / 3.0
    }
}

/// Where, between one point where it is large and one where it is small, the density becomes small.
fn edge(mut large: f64, mut small: f64, is_small: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(large, small);
        if is_small(middle) {
            small = middle;
        } else {
            large = middle;
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::ErlangC;
    use crate::queueing::tests::near;

    /// The stationary law of the birth–death process: P(W > 0), P(Ab) and the mean number waiting.
    fn birth_death(servers: u32, arrival_rate: f64, service_rate: f64, patience_rate: f64) -> [f64; 3] {
        let death = |people: u32| {
            f64::from(people.min(servers)) * service_rate
                + f64::from(people.saturating_sub(servers)) * patience_rate
        };
        let mut log_weight = 0.0;
        let mut log_weights = vec![0.0];
        for people in 1..20 * servers + 2_000 {
            log_weight += libm::log(arrival_rate / death(people));
            log_weights.push(log_weight);
        }
        let largest = log_weights.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<f64> = log_weights.iter().map(|log| libm::exp(log - largest)).collect();
        let total: f64 = weights.iter().sum();
        let waiting: f64 = weights.iter().skip(servers as usize).sum::<f64>() / total;
        let queue =
            weights.iter().skip(servers as usize).enumerate().map(|(n, w)| n as f64 * w).sum::<f64>() / total;
        [waiting, patience_rate * queue / arrival_rate, queue]
    }

    /// P(V > t) from the states: with n ahead of one who finds all busy, n + 1 must go, the k-th at c μ + (n + 1 − k) θ.
    /// By uniformisation of that pure death process.
    fn offered_wait_exceeds(servers: u32, rates: [f64; 3], time: f64) -> f64 {
        let [arrival_rate, service_rate, patience_rate] = rates;
        let death = |people: u32| {
            f64::from(people.min(servers)) * service_rate
                + f64::from(people.saturating_sub(servers)) * patience_rate
        };
        let n_states = 400;
        let mut law = vec![1.0];
        for people in 1..servers + n_states {
            law.push(law[people as usize - 1] * arrival_rate / death(people));
        }
        let total: f64 = law.iter().sum();
        // left[k]: probability that k + 1 are still to go
        let mut left: Vec<f64> = law[servers as usize..].iter().map(|weight| weight / total).collect();
        let n_steps = 20_000;
        let step = time / f64::from(n_steps);
        for _ in 0..n_steps {
            let before = left.clone();
            for k in 0..left.len() {
                let rate = |k: usize| f64::from(servers) * service_rate + k as f64 * patience_rate;
                let inflow = before.get(k + 1).map_or(0.0, |above| above * rate(k + 1));
                left[k] += step * (inflow - before[k] * rate(k));
            }
        }
        left.iter().sum()
    }

    #[test]
    fn a_call_center() {
        // 48 calls a minute, one minute each, patience 2 minutes: published 3.1 %, 3.7 s, 3 waiting, 93 %
        let center = ErlangA::new(50, 0.8, 60.0, 120.0);
        near(center.abandonment(), 0.030_912, 2e-5);
        near(center.mean_wait(), 3.7095, 2e-5);
        near(center.mean_wait() * 0.8, 2.968, 2e-4);
        near(center.waiting_share(), 0.467_77, 1e-5);
        near(48.0 * (1.0 - center.abandonment()) / 50.0, 0.9303, 1e-4);
    }

    #[test]
    fn an_overloaded_one() {
        let center = ErlangA::new(100, 120.0, 1.0, 1.0);
        near(center.abandonment(), 0.167_693, 4e-6);
        near(center.waiting_share(), 0.972_14, 5e-6);
    }

    #[test]
    fn the_density_and_the_birth_death_process_agree() {
        for (servers, arrival_rate, patience_rate) in [
            (1, 0.5, 0.1),
            (1, 3.0, 1.0),
            (5, 4.0, 0.01),
            (20, 25.0, 0.5),
            (300, 290.0, 5.0),
            (50, 200.0, 0.2),
        ] {
            let [waiting, abandoned, queue] = birth_death(servers, arrival_rate, 1.0, patience_rate);
            let found = ErlangA::new(servers, arrival_rate, 1.0, 1.0 / patience_rate);
            near(found.waiting_share(), waiting, 1e-6);
            near(found.abandonment(), abandoned, 1e-6);
            near(found.mean_wait() * arrival_rate, queue, 1e-6);
        }
    }

    #[test]
    fn late_shares_agree_with_the_states() {
        for (servers, rates, time) in
            [(5, [4.0, 1.0, 0.5], 0.3), (5, [6.0, 1.0, 0.5], 0.5), (20, [25.0, 1.0, 1.0], 0.25)]
        {
            let queue = ErlangA::new(servers, rates[0], 1.0 / rates[1], 1.0 / rates[2]);
            // the steps of the comparison are as coarse as this
            near(queue.offered_wait_exceeds(time), offered_wait_exceeds(servers, rates, time), 1e-3);
            near(
                queue.late_share(time),
                queue.offered_wait_exceeds(time) * libm::exp(-rates[2] * time),
                1e-9,
            );
        }
    }

    #[test]
    fn those_served_in_time() {
        let queue = ErlangA::new(5, 6.0, 1.0, 2.0);
        near(queue.served_within(0.0), 1.0 - queue.waiting_share(), 1e-6);
        near(queue.served_within(1e3), 1.0 - queue.abandonment(), 1e-9);
        // P(served by t) = 1 − P(still queueing at t) − P(gave up before t), the last ∫ θ e^{−θx} P(V > x) dx
        let (time, n_steps) = (0.8, 800);
        let step = time / f64::from(n_steps);
        let gave_up: f64 =
            (0..n_steps).map(|idx| 0.5 * queue.late_share((f64::from(idx) + 0.5) * step) * step).sum();
        near(queue.served_within(time), 1.0 - queue.late_share(time) - gave_up, 1e-5);
    }

    #[test]
    fn endless_patience_is_erlang_c() {
        let (patient, markovian) = (
            ErlangA::new(10, 8.0, 1.0, f64::INFINITY),
            ErlangC { servers: 10, arrival_rate: 8.0, mean_service: 1.0, service_scv: 1.0 },
        );
        near(patient.waiting_share(), markovian.waiting_share(), 1e-6);
        near(patient.mean_wait(), markovian.mean_wait(), 1e-6);
        near(patient.late_share(0.7), markovian.late_share(0.7), 1e-6);
        assert!(patient.abandonment() <= 0.0);
    }

    #[test]
    fn large_loads_and_nobody_at_all() {
        let large = ErlangA::new(100_000, 100_000.0, 1.0, 1.0);
        // θ = μ: the number is Poisson, so nearly half wait
        near(large.waiting_share(), 0.5, 0.003);
        let flooded = ErlangA::new(1_000, 100_000.0, 1.0, 1.0);
        near(flooded.abandonment(), 0.99, 1e-6);
        near(flooded.waiting_share(), 1.0, 1e-12);
        let nobody = ErlangA::new(0, 2.0, 1.0, 3.0);
        near(nobody.abandonment(), 1.0, 1e-12);
        near(nobody.mean_wait(), 3.0, 1e-12);
        near(nobody.late_share(3.0), libm::exp(-1.0), 1e-12);
        assert!(nobody.served_within(9.0) <= 0.0);
    }
}
