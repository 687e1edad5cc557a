//! Random numbers keyed by what they decide.
//!
//! A [`Stream`] is a function of (seed, replication, source stream, case, decision) and nothing else: not of the
//! thread, not of the order of draws elsewhere. So the same reports meet every variant of a scenario (common random
//! numbers), and any one decision can be replayed alone.

use std::convert::Infallible;

use rand::TryRng;

use super::philox::philox4x32_10;

/// The key of one replication: a seed and a replication number, mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicationKey([u32; 2]);

impl ReplicationKey {
    /// The key of replication number `replication` under `seed`.
    pub fn new(seed: u64, replication: u64) -> Self {
        let [a, b, c, d] = [seed as u32, (seed >> 32) as u32, replication as u32, (replication >> 32) as u32];
        let mixed = philox4x32_10([a, b, c, d], [0x7669_6769, 0x6b65_7931]);
        Self([mixed[0], mixed[1]])
    }

    /// The stream of draws for one decision about one case.
    #[inline]
    pub fn stream(self, case: u64, decision: u32) -> Stream {
        Stream { key: self.0, case, decision, block: 0, spare: None }
    }
}

/// A stream of random numbers for one decision: a counter-based generator (Philox4x32-10) whose counter holds the
/// case, the decision and the number of the block.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    case: u64,
    decision: u32,
    block: u32,
    spare: Option<u64>,
}

impl Stream {
    /// The next 64 random bits.
    #[inline]
    pub fn next_bits(&mut self) -> u64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let counter = [self.case as u32, (self.case >> 32) as u32, self.decision, self.block];
        self.block = self.block.wrapping_add(1);
        let [a, b, c, d] = philox4x32_10(counter, self.key);
        self.spare = Some(u64::from(c) | u64::from(d) << 32);
        u64::from(a) | u64::from(b) << 32
    }

    /// A uniform number in [0, 1), a multiple of 2⁻⁵³.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.next_bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_bits() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_in_every_part_of_the_key() {
        let first = |seed, replication, case, decision| {
            ReplicationKey::new(seed, replication).stream(case, decision).next_bits()
        };
        let all =
            [first(1, 0, 0, 0), first(2, 0, 0, 0), first(1, 1, 0, 0), first(1, 0, 1, 0), first(1, 0, 0, 1)];
        for (i, a) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|b| a != b));
        }
        assert_eq!(all[0], first(1, 0, 0, 0));
    }

    #[test]
    fn uniform_has_the_right_mean_and_range() {
        let key = ReplicationKey::new(7, 0);
        let draws: Vec<f64> = (0..100_000).map(|case| key.stream(case, 3).uniform()).collect();
        assert!(draws.iter().all(|u| (0.0..1.0).contains(u)));
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        assert!((mean - 0.5).abs() < 4.0 * (1.0 / 12.0_f64 / 1e5).sqrt(), "mean {mean}");
    }
}
