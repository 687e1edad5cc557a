//! Queues without patience: Erlang's formulas, and their correction for service that is not exponential.

/// Erlang B: the share of arrivals that find all of `servers` servers busy, where nobody waits and `load` Erlangs are
/// offered.
///
/// `B₀ = 1`, `B_k = a B_{k-1} / (k + a B_{k-1})` (Erlang 1917; the recursion is stable, for it only multiplies and adds
/// positive numbers). A load that is not positive blocks nobody.
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    let mut blocked = 1.0;
    for server in 1..=servers {
        // what is left of so small a share is no number any more
        if blocked == 0.0 {
            break;
        }
        blocked = 1.0 / (1.0 + f64::from(server) / (load.max(0.0) * blocked));
    }
    blocked
}

/// Erlang C: the share of arrivals that wait, where everybody does until served; 1 where the load is too much for the
/// servers.
///
/// `C = B / (1 − ρ (1 − B))`, with `ρ` the load of each server (Erlang 1917).
pub fn erlang_c(servers: u32, load: f64) -> f64 {
    if load >= f64::from(servers) {
        return 1.0;
    }
    let blocked = erlang_b(servers, load);
    let utilization = load.max(0.0) / f64::from(servers);
    blocked / (1.0 - utilization * (1.0 - blocked))
}

/// A queue of Poisson arrivals before servers of equal speed, first come, first served, where nobody gives up: M/M/c,
/// and by approximation M/G/c.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErlangC {
    /// Servers.
    pub servers: u32,
    /// Arrivals in a unit of time.
    pub arrival_rate: f64,
    /// Mean time of service.
    pub mean_service: f64,
    /// Squared coefficient of variation of the time of service: 1 where it is exponential, and all is exact.
    pub service_scv: f64,
}

impl ErlangC {
    /// The offered load, in Erlangs.
    pub fn load(&self) -> f64 {
        self.arrival_rate * self.mean_service
    }

    /// The share of arrivals that wait: Erlang C. (For service that is not exponential, an approximation:
    /// Whitt, Production & Operations Management 2 (1993) 114–161.)
    pub fn waiting_share(&self) -> f64 {
        erlang_c(self.servers, self.load())
    }

    /// The mean wait of all arrivals, those that wait not at all included; infinite where the load is too much.
    ///
    /// `C / (c μ − λ)` where service is exponential. Otherwise Kimura's interpolation between M/M/c and M/D/c,
    /// `(1 + s) / (2 s / W(M/M/c) + (1 − s) / W(M/D/c))` for a squared coefficient of variation `s` (Management
    /// Science 32 (1986) 751–763), with Cosmetatos's M/D/c (INFOR 13 (1975) 328–331): exact for one server.
    pub fn mean_wait(&self) -> f64 {
        let servers = f64::from(self.servers);
        let utilization = self.load() / servers;
        if utilization >= 1.0 {
            return f64::INFINITY;
        }
        let exponential = self.waiting_share() * self.mean_service / (servers - self.load());
        if exponential <= 0.0 {
            return 0.0;
        }
        let scv = self.service_scv.max(0.0);
        // W(M/D/c) = W(M/M/c) (1 + ε) / 2, which leaves of Kimura's formula this
        let excess = (1.0 - utilization) * (servers - 1.0) * (libm::sqrt(4.0 + 5.0 * servers) - 2.0)
            / (16.0 * utilization * servers);
        exponential * f64::midpoint(1.0, scv) * (1.0 + excess) / (1.0 + scv * excess)
    }

    /// The share of arrivals that wait longer than `time`: P(W > t).
    ///
    /// `C e^{−(c μ − λ) t}` where service is exponential; otherwise an exponential law with the mean of
    /// [`ErlangC::mean_wait`] for those who wait.
    pub fn late_share(&self, time: f64) -> f64 {
        let waiting = self.waiting_share();
        let mean = self.mean_wait();
        if time <= 0.0 || mean.is_infinite() {
            return waiting;
        }
        if mean > 0.0 { waiting * libm::exp(-time * waiting / mean) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::tests::near;

    fn markovian(servers: u32, arrival_rate: f64, mean_service: f64) -> ErlangC {
        ErlangC { servers, arrival_rate, mean_service, service_scv: 1.0 }
    }

    /// The time that a share `p` waits no longer than.
    fn quantile(queue: ErlangC, p: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1e6);
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if queue.late_share(middle) > 1.0 - p {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    #[test]
    fn blocking() {
        for (servers, load, expected) in
            [(10, 7.0, 0.078_740_9), (30, 25.0, 0.052_603_2), (100, 100.0, 0.075_700_5)]
        {
            near(erlang_b(servers, load), expected, 1e-6);
        }
        near(erlang_b(0, 3.0), 1.0, 1e-12);
        assert!(erlang_b(3, 0.0) <= 0.0 && erlang_c(3, 0.0) <= 0.0);
        near(erlang_c(3, 3.0), 1.0, 1e-12);
    }

    #[test]
    fn large_systems_approach_the_diffusion() {
        // Jagerman (1974): B ~ φ(β) / (Φ(β) √R) at s = R + β √R; for s = R this is √(2 / (π R)), less 2/(3 R)
        let load = 100_000.0;
        let first = libm::sqrt(2.0 / (std::f64::consts::PI * load));
        near(erlang_b(100_000, load), 1.0 / (1.0 / first + 2.0 / 3.0), 1e-5);
        let spare = erlang_c(100_400, load);
        assert!(spare > 0.0 && spare < 0.25, "{spare}");
        assert!(erlang_b(200_000, load) < 1e-300);
    }

    #[test]
    fn waits_of_markovian_queues() {
        let ciw = markovian(3, 0.2, 10.0);
        near(ciw.waiting_share(), 0.444_444, 1e-5);
        near(ciw.mean_wait(), 4.444_444, 1e-6);
        near(quantile(ciw, 0.95), 21.848, 1e-4);
        let ten = markovian(10, 8.0, 1.0);
        near(ten.waiting_share(), 0.409_18, 1e-5);
        near(ten.mean_wait(), 0.204_59, 1e-5);
        near(quantile(ten, 0.95), 1.051_07, 1e-5);
        near(quantile(ten, 0.99), 1.855_79, 1e-5);
        // 48 calls a minute of one minute: a published table prints 20.8 s, 58.1 s and 17 waiting
        let center = markovian(50, 0.8, 60.0);
        near(center.mean_wait(), 20.83, 2e-4);
        near(quantile(center, 0.9), 58.14, 2e-4);
        near(0.8 * center.mean_wait(), 16.67, 3e-4);
    }

    #[test]
    fn one_server_is_exact_for_any_service() {
        for (service_scv, expected) in [(0.0, 2.0), (0.5, 3.0), (1.0, 4.0), (4.0, 10.0), (9.0, 20.0)] {
            let queue = ErlangC { servers: 1, arrival_rate: 0.8, mean_service: 1.0, service_scv };
            near(queue.mean_wait(), expected, 1e-12);
        }
    }

    #[test]
    fn constant_service_is_close() {
        // an approximation: right to 0.3 % in these cases
        for (servers, arrival_rate, expected) in
            [(2, 1.8, 2.146_92), (5, 4.0, 0.289_060), (10, 9.0, 0.344_582)]
        {
            let queue = ErlangC { servers, arrival_rate, mean_service: 1.0, service_scv: 0.0 };
            near(queue.mean_wait(), expected, 0.003);
        }
    }

    #[test]
    fn too_much_to_do_is_infinite() {
        let busy = markovian(2, 3.0, 1.0);
        assert!(busy.mean_wait().is_infinite());
        near(busy.late_share(1e9), 1.0, 1e-12);
        assert!(markovian(0, 1.0, 1.0).mean_wait().is_infinite());
        assert!(markovian(4, 0.0, 1.0).mean_wait() <= 0.0);
    }
}
