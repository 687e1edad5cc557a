//! A histogram of durations with fixed bounds.

use std::collections::BTreeMap;

use crate::units::Duration;

/// Buckets per factor of two: each is 1/128 wide relative to its lower bound.
const SUB_BUCKETS: u64 = 128;
const SUB_BITS: u32 = SUB_BUCKETS.trailing_zeros();

/// The first number that a bucket's short count does not hold.
const CARRY: u64 = 1 << u16::BITS;

/// A tally of durations: exact count, sum and maximum, and a histogram whose bounds never move, so that two merge
/// exactly. Durations below 128 µs are kept exactly, longer ones to within 0.4 % (log-linear buckets, in the manner
/// of `HdrHistogram`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// The counts of the buckets, modulo [`CARRY`]: numbers so short keep what a station fills in the nearest cache.
    counts: Vec<u16>,
    /// How often each bucket's count has come to [`CARRY`], where it ever has.
    carries: BTreeMap<usize, u64>,
    count: u64,
    sum: u128,
    /// Distance of the smallest from the largest number there is, so that zero means none yet.
    min_complement: u64,
    /// Distance of the largest from the smallest.
    range: u64,
}

impl Histogram {
    /// Counts one duration.
    #[inline]
    pub fn record(&mut self, duration: Duration) {
        let value = duration.as_micros();
        let bucket = bucket_of(value);
        match self.counts.get_mut(bucket) {
            Some(count) => {
                *count = count.wrapping_add(1);
                if *count == 0 {
                    self.carry(bucket, 1);
                }
            }
            None => self.begin_octave(bucket),
        }
        self.count += 1;
        self.sum += u128::from(value);
        // one comparison for both ends: what is below the smallest is far above it, modulo 2^64
        if value.wrapping_sub(self.min()) > self.range {
            self.widen(value);
        }
    }

    /// Adds all that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (bucket, theirs) in other.counts.iter().enumerate() {
            let (count, is_carried) = self.counts[bucket].overflowing_add(*theirs);
            self.counts[bucket] = count;
            if is_carried {
                self.carry(bucket, 1);
            }
        }
        for (bucket, carries) in &other.carries {
            self.carry(*bucket, *carries);
        }
        self.count += other.count;
        self.sum += other.sum;
        if other.count > 0 {
            self.widen(other.min());
            self.widen(other.max());
        }
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum, in microseconds.
    pub fn sum_micros(&self) -> u128 {
        self.sum
    }

    /// Their sum, in seconds.
    pub fn sum_secs(&self) -> f64 {
        self.sum as f64 / 1e6
    }

    /// The largest, in seconds; `None` where nothing was counted.
    pub fn max_secs(&self) -> Option<f64> {
        (self.count > 0).then(|| self.max() as f64 / 1e6)
    }

    /// The duration in seconds that a share `p` of the counted ones do not exceed, interpolated within its bucket;
    /// `None` where nothing was counted.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        let rank = p.clamp(0.0, 1.0) * self.count as f64;
        let mut below = 0_u64;
        // times of minutes leave thousands of buckets below them empty
        let first = bucket_of(self.min());
        for (bucket, count) in self.buckets_from(first) {
            if (below + count) as f64 >= rank {
                let (low, high) = bounds_of(bucket);
                let inside = ((rank - below as f64) / count as f64).clamp(0.0, 1.0);
                let width = high - low;
                // a bucket of a single value has no width to interpolate in
                let value = if width <= 1 { low as f64 } else { low as f64 + inside * width as f64 };
                return Some(value.clamp(self.min() as f64, self.max() as f64) / 1e6);
            }
            below += count;
        }
        self.max_secs()
    }

    /// The cumulative distribution: `(seconds, share at or below)` at the upper bound of every bucket that holds
    /// something.
    pub fn cumulative(&self) -> Vec<(f64, f64)> {
        let mut below = 0_u64;
        self.buckets_from(0)
            .map(|(bucket, count)| {
                below += count;
                let upper = bounds_of(bucket).1.min(self.max());
                (upper as f64 / 1e6, below as f64 / self.count as f64)
            })
            .collect()
    }

    /// The buckets from `first` on that hold something, and how much.
    fn buckets_from(&self, first: usize) -> impl Iterator<Item = (usize, u64)> {
        let whole = |(bucket, short): (usize, &u16)| {
            let carries = self.carries.get(&bucket).copied().unwrap_or(0);
            (bucket, carries * CARRY + u64::from(*short))
        };
        let is_filled = |(bucket, short): &(usize, &u16)| **short > 0 || self.carries.contains_key(bucket);
        self.counts.iter().enumerate().skip(first).filter(is_filled).map(whole)
    }

    #[cold]
    fn carry(&mut self, bucket: usize, times: u64) {
        *self.carries.entry(bucket).or_default() += times;
    }

    #[cold]
    fn widen(&mut self, value: u64) {
        let max = if self.min_complement == 0 { value } else { self.max().max(value) };
        self.min_complement = self.min_complement.max(!value);
        self.range = max - self.min();
    }

    /// The smallest; the largest number there is while there is none.
    #[inline]
    fn min(&self) -> u64 {
        !self.min_complement
    }

    fn max(&self) -> u64 {
        self.min().saturating_add(self.range)
    }

    /// The first in a bucket beyond those that there are.
    #[cold]
    fn begin_octave(&mut self, bucket: usize) {
        // to the end of the factor of two, so that growth is rare
        let octave = (bucket >> SUB_BITS) + 1;
        self.counts.resize(octave << SUB_BITS, 0);
        self.counts[bucket] += 1;
    }
}

/// The bucket of a value: the exponent in the high bits, the first bits after the leading one below.
#[inline]
fn bucket_of(value: u64) -> usize {
    // the first buckets are as wide as those after them
    let shift = 63 - SUB_BITS - (value | SUB_BUCKETS).leading_zeros();
    ((u64::from(shift) << SUB_BITS) + (value >> shift)) as usize
}

/// The values `[low, high)` of a bucket.
fn bounds_of(bucket: usize) -> (u64, u64) {
    let bucket = bucket as u64;
    if bucket < SUB_BUCKETS {
        return (bucket, bucket + 1);
    }
    let shift = (bucket >> SUB_BITS) - 1;
    let low = (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1))) << shift;
    (low, low.saturating_add(1 << shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        values.into_iter().for_each(|v| histogram.record(Duration::from_micros(v)));
        histogram
    }

    #[test]
    fn every_value_lies_in_its_bucket() {
        let mut previous = 0;
        for value in (0..64).flat_map(|e| [(1_u64 << e) - 1, 1 << e, (1 << e) + (1 << e) / 3]) {
            let (low, high) = bounds_of(bucket_of(value));
            assert!(low <= value && (value < high || high == u64::MAX), "{value} in {low}..{high}");
            assert!((high - low) as f64 <= 1.0_f64.max(value as f64 / 128.0), "narrow enough at {value}");
            assert!(bucket_of(value) >= previous, "in order at {value}");
            previous = bucket_of(value);
        }
        // no gap and no overlap between neighbors
        assert!((0..5000).all(|b| bounds_of(b).1 == bounds_of(b + 1).0));
    }

    #[test]
    fn quantiles_of_an_even_spread() {
        let histogram = of(1..=1_000_000);
        for p in [0.1, 0.5, 0.9, 0.99] {
            let quantile = histogram.quantile(p).unwrap();
            assert!((quantile / p - 1.0).abs() < 0.004, "p {p}: {quantile}");
        }
        assert_eq!(histogram.quantile(1.0), Some(1.0));
        assert_eq!(histogram.sum_micros(), 500_000_500_000);
        assert_eq!(of([]).quantile(0.5), None);
        assert_eq!(of([7, 7, 7]).quantile(0.5), Some(7e-6));
        assert_eq!(of([3_600_000_000; 9]).quantile(0.5), Some(3600.0), "a constant stays itself");
    }

    #[test]
    fn merging_is_counting_together() {
        let (low, high) = (of(0..1000), of((1000..50_000).step_by(7)));
        let mut merged = low.clone();
        merged.merge(&high);
        assert_eq!(merged, of((0..1000).chain((1000..50_000).step_by(7))));
        let mut other_way = high;
        other_way.merge(&low);
        assert_eq!(merged, other_way);
    }

    #[test]
    fn counts_are_exact_beyond_short_numbers() {
        let n = 2 * CARRY + 3;
        let one_by_one = of((0..n).map(|i| if i % 7 == 0 { 900 } else { 5 }));
        let sevenths = n.div_ceil(7);
        let expected = [(5, n - sevenths), (bucket_of(900), sevenths)];
        assert_eq!(one_by_one.buckets_from(0).collect::<Vec<_>>(), expected);
        let mut merged = Histogram::default();
        for i in 0..n {
            merged.merge(&of([if i % 7 == 0 { 900 } else { 5 }]));
        }
        assert_eq!(merged, one_by_one);
        merged.merge(&one_by_one);
        assert_eq!(
            merged.buckets_from(1).collect::<Vec<_>>(),
            expected.map(|(bucket, count)| (bucket, 2 * count))
        );
        assert_eq!(merged.quantile(0.5), Some(5e-6));
        assert_eq!(merged.cumulative().first(), Some(&(6e-6, (n - sevenths) as f64 / n as f64)));
    }

    #[test]
    fn the_cumulative_distribution_ends_at_one() {
        let curve = of([1, 2, 2, 300]).cumulative();
        assert_eq!(curve.first(), Some(&(2e-6, 0.25)));
        assert_eq!(curve.last(), Some(&(300e-6, 1.0)));
    }
}
