//! Random numbers keyed by what they decide.
//!
//! A [`Stream`] is a function of (seed, replication, source stream, case, decision) and nothing else: not of the
//! thread, not of the order of draws elsewhere. So the same reports meet every variant of a scenario (common random
//! numbers), and any one decision can be replayed alone.

use std::convert::Infallible;

use rand::TryRng;

use super::generator::Generator;
use super::philox::philox2x64_10;
use super::{poisson, ziggurat};

/// Under what key seeds and replication numbers are mixed: "vigiekey" in ASCII.
const KEY_OF_KEYS: u64 = 0x7669_6769_656b_6579;
/// The number of the block stands above the decision.
const ONE_BLOCK: u64 = 1 << 32;

/// The key of one replication: a seed and a replication number, mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicationKey(u64);

impl ReplicationKey {
    /// The key of replication number `replication` under `seed`.
    pub fn new(seed: u64, replication: u64) -> Self {
        let [mixed, _] = philox2x64_10([seed, replication], KEY_OF_KEYS);
        Self(mixed)
    }

    /// The stream of draws for one decision about one case.
    #[inline]
    pub fn stream(self, case: u64, decision: u32) -> Stream {
        Stream { key: self.0, case, decision_and_block: u64::from(decision), first: None, spare: None }
    }

    /// The first two words of [`ReplicationKey::stream`]: many in a row are drawn faster than one before each use.
    #[inline]
    pub fn block(self, case: u64, decision: u32) -> [u64; 2] {
        philox2x64_10([case, u64::from(decision)], self.0)
    }

    /// The stream of a decision whose first block has been drawn.
    #[inline]
    pub fn stream_from(self, case: u64, decision: u32, [first, second]: [u64; 2]) -> Stream {
        let decision_and_block = u64::from(decision).wrapping_add(ONE_BLOCK);
        Stream { key: self.0, case, decision_and_block, first: Some(first), spare: Some(second) }
    }
}

/// A stream of random numbers for one decision: a counter-based generator (Philox2x64-10) whose counter holds the
/// case, the decision and the number of the block.
#[derive(Debug, Clone)]
pub struct Stream {
    key: u64,
    case: u64,
    decision_and_block: u64,
    /// The first word of a block that was drawn beforehand.
    first: Option<u64>,
    /// The second word of the block begun.
    spare: Option<u64>,
}

impl Stream {
    /// The next 64 random bits.
    #[inline]
    pub fn next_bits(&mut self) -> u64 {
        if let Some(first) = self.first.take() {
            return first;
        }
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let [first, second] = philox2x64_10([self.case, self.decision_and_block], self.key);
        self.decision_and_block = self.decision_and_block.wrapping_add(ONE_BLOCK);
        self.spare = Some(second);
        first
    }

    /// A uniform number in [0, 1), a multiple of 2⁻⁵³.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        Generator::uniform(self)
    }

    /// An exponential number of mean 1, never zero.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "out of line, it would need the stream in memory")]
    pub fn exponential(&mut self) -> f64 {
        ziggurat::exponential(self)
    }

    /// A normal number of mean 0 and variance 1.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "out of line, it would need the stream in memory")]
    pub fn normal(&mut self) -> f64 {
        ziggurat::normal(self)
    }

    /// A Poisson number of this mean; zero where the mean is negative or not a number. Takes time in proportion to the
    /// mean, which must be finite.
    #[inline]
    pub fn poisson(&mut self, mean: f64) -> u64 {
        poisson::poisson(self, mean)
    }
}

impl Generator for Stream {
    #[inline]
    fn next_bits(&mut self) -> u64 {
        Self::next_bits(self)
    }

    /// The work is done on a copy. Its address is then the only one that a function out of line is given, and the
    /// stream itself, which mostly is made for one draw, lives in registers.
    #[inline]
    fn aside<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let mut copy = self.clone();
        let done = work(&mut copy);
        *self = copy;
        done
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
    fn words_are_philox_blocks_of_case_and_decision_one_after_the_other() {
        let key = ReplicationKey::new(3, 1);
        let mut stream = key.stream(17, u32::MAX);
        for block in 0..3 {
            let counter = [17, u64::from(u32::MAX) | block << 32];
            assert_eq!([stream.next_bits(), stream.next_bits()], philox2x64_10(counter, key.0));
        }
        let mut stream = key.stream(17, u32::MAX);
        let mut begun = key.stream_from(17, u32::MAX, key.block(17, u32::MAX));
        assert!((0..7).all(|_| begun.next_bits() == stream.next_bits()));
    }

    #[test]
    fn work_done_aside_goes_on_where_the_stream_was() {
        let mut plain = ReplicationKey::new(3, 1).stream(17, 2);
        let mut aside = plain.clone();
        for taken in [0, 1, 2, 3] {
            let words: Vec<u64> = (0..taken).map(|_| plain.next_bits()).collect();
            assert_eq!(
                aside.aside(|stream| (0..taken).map(|_| stream.next_bits()).collect::<Vec<_>>()),
                words
            );
        }
        assert_eq!(aside.next_bits(), plain.next_bits());
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
