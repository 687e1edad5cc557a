//! The area under a level that is known as spans of time.

use super::level::{BucketCursor, LevelFacts, Window};
use crate::units::Time;

/// The area under the number of spans that are open, in spans × microseconds: in all, from the window's start, and by
/// bucket. What a [`Level`](super::Level) gives for the same spans, but for its maximum; and spans may come in any order
/// of their ends, where a level is told of each change at its time.
#[derive(Debug, Clone)]
pub struct Spans {
    window: Window,
    /// Finds the buckets of beginnings, which mostly follow each other.
    beginnings: BucketCursor,
    buckets: Vec<Bucket>,
    area_before_window: u128,
}

/// The spans that begin in a bucket, less those that end in it.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    /// How many.
    count: i64,
    /// The sum of their times.
    times: i128,
}

impl Spans {
    /// No spans yet.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            beginnings: BucketCursor::default(),
            // what ends with the window may end in a bucket of its own
            buckets: vec![Bucket::default(); window.buckets() + 1],
            area_before_window: 0,
        }
    }

    /// A span from `from` to `to`, which may not be before it, nor after the window's end.
    #[inline]
    pub fn add(&mut self, from: Time, to: Time) {
        if from < self.window.from() {
            let to = to.min(self.window.from());
            self.area_before_window += u128::from(to.since(from).as_micros());
        }
        let bucket = &mut self.buckets[self.beginnings.bucket_of(from, &self.window)];
        bucket.count += 1;
        bucket.times += i128::from(from.as_micros());
        // whether it ends in the bucket in which it begins is left to chance: no branch asks
        let bucket = &mut self.buckets[self.window.bucket_of(to)];
        bucket.count -= 1;
        bucket.times -= i128::from(to.as_micros());
    }

    /// The areas, with what the level was at most from the window's start.
    pub fn finish(self, max_in_window: u64) -> LevelFacts {
        let n_buckets = self.window.buckets();
        let mut open = 0_i128;
        let mut begin = 0_i128;
        let mut area_by_bucket = Vec::with_capacity(n_buckets);
        for (i, Bucket { count, times }) in self.buckets[..n_buckets].iter().enumerate() {
            let end = begin + i128::from(self.window.bucket_micros(i));
            // those open before it, to its end; and each change, from its time to the bucket's end
            let area = open * (end - begin) + i128::from(*count) * end - times;
            area_by_bucket.push(area as u128);
            open += i128::from(*count);
            begin = end;
        }
        let area = area_by_bucket.iter().sum();
        LevelFacts { area, area_in_window: area - self.area_before_window, max_in_window, area_by_bucket }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::ReplicationKey;
    use crate::statistics::Level;
    use crate::units::Duration;

    /// The same spans told to a level, change by change.
    fn as_level(spans: &[(u64, u64)], window: Window) -> LevelFacts {
        let begins = spans.iter().map(|(from, _)| (*from, true));
        let ends = spans.iter().map(|(_, to)| (*to, false));
        let mut changes: Vec<(u64, bool)> = begins.chain(ends).collect();
        changes.sort_by_key(|(time, begins)| (*time, !begins));
        let mut level = Level::new(window);
        for (time, begins) in changes {
            let time = Time::from_micros(time);
            if begins {
                level.increase(time);
            } else {
                level.decrease(time);
            }
        }
        level.finish()
    }

    #[test]
    fn spans_have_the_area_of_the_level_that_they_make() {
        for (from, to, bucket) in [(0, 1000, 1000), (150, 1000, 100), (400, 997, 37), (997, 997, 5000)] {
            let window =
                Window::new(Time::from_micros(from), Time::from_micros(to), Duration::from_micros(bucket));
            let mut draw = ReplicationKey::new(8, bucket).stream(0, 0);
            let mut any = |most: u64| draw.next_bits() % (most + 1);
            let mut all: Vec<(u64, u64)> = Vec::new();
            for _ in 0..300 {
                let begin = any(to);
                all.push((begin, begin + any(to - begin)));
            }
            all.extend([(0, to), (to, to), (from, to), (0, 0)]);
            let mut spans = Spans::new(window);
            for (from, to) in &all {
                spans.add(Time::from_micros(*from), Time::from_micros(*to));
            }
            let level = as_level(&all, window);
            assert_eq!(spans.finish(level.max_in_window), level);
        }
    }
}
