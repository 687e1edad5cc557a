//! A number that changes with time: how many wait, how many work.

use crate::units::{Duration, Time};

/// The stretch of time that is observed, and how it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: Time,
    to: Time,
    bucket: Duration,
    /// With `shift`: how to divide by the bucket's width by a multiplication.
    multiplier: u64,
    shift: u32,
}

impl Window {
    /// The window of averages and maxima, from `from` to `to`, where everything ends; the time series, which begins
    /// at [`Time::ZERO`], is cut into buckets of this width (at least a microsecond).
    pub fn new(from: Time, to: Time, bucket: Duration) -> Self {
        let bucket = bucket.max(Duration::from_micros(1));
        // m = ⌈2^s / d⌉ with s = 63 + ⌊log₂ d⌋ gives ⌊t·m / 2^s⌋ = ⌊t / d⌋ for all t below 2^62: the error of m is below
        // 1, and t < 2^62 ≤ 2^s / d (T. Granlund and P. Montgomery, 1994, "Division by invariant integers using
        // multiplication"). 2t in place of t leaves the upper word of the product to shift.
        let width = bucket.as_micros();
        let shift = width.ilog2();
        let multiplier = (1_u128 << (63 + shift)).div_ceil(u128::from(width)) as u64;
        Self { from, to, bucket, multiplier, shift }
    }

    /// Averages and maxima count from here.
    #[inline]
    pub fn from(&self) -> Time {
        self.from
    }

    /// Everything ends here.
    #[inline]
    pub fn to(&self) -> Time {
        self.to
    }

    /// Number of buckets, the last one perhaps cut short.
    pub fn buckets(&self) -> usize {
        self.to.as_micros().div_ceil(self.bucket.as_micros()) as usize
    }

    /// The bucket that `time` falls in.
    #[inline]
    pub fn bucket_of(&self, time: Time) -> usize {
        let time = time.as_micros().min((1 << 62) - 1);
        let product = u128::from(2 * time) * u128::from(self.multiplier);
        ((product >> 64) as u64 >> self.shift) as usize
    }

    /// The length of a bucket in microseconds: the last may be shorter.
    pub fn bucket_micros(&self, bucket: usize) -> u64 {
        let width = self.bucket.as_micros();
        (self.to.as_micros().saturating_sub(bucket as u64 * width)).min(width)
    }
}

/// Finds buckets of times that mostly follow each other: then the last bucket is the next.
#[derive(Debug, Clone, Copy, Default)]
pub struct BucketCursor {
    bucket: usize,
    /// The bucket holds the times `[from, to)`.
    from: Time,
    to: Time,
}

impl BucketCursor {
    /// The bucket that `time` falls in.
    #[inline]
    pub fn bucket_of(&mut self, time: Time, window: &Window) -> usize {
        if time < self.from || time >= self.to {
            self.bucket = window.bucket_of(time);
            let width = window.bucket.as_micros();
            self.from = Time::from_micros(self.bucket as u64 * width);
            self.to = Time::from_micros((self.bucket as u64 + 1).saturating_mul(width));
        }
        self.bucket
    }
}

/// A level with the exact area under it, in level × microseconds: in all, from the window's start, and by bucket.
///
/// Time never goes back: each change is at or after the last.
#[derive(Debug, Clone)]
pub struct Level {
    window: Window,
    /// The level at present.
    now: u64,
    /// The next time at which a bucket ends or the window begins.
    boundary: Time,
    /// The time before `boundary` at which a bucket began or the window did.
    begun: Time,
    bucket: usize,
    /// The area between the two, if nothing changes any more.
    area_here: u128,
    areas: Vec<u128>,
    area_in_window: u128,
    max_in_window: u64,
    #[cfg(debug_assertions)]
    since: Time,
}

impl Level {
    /// A level of zero at the start of time.
    pub fn new(window: Window) -> Self {
        let mut level = Self {
            window,
            now: 0,
            boundary: Time::ZERO,
            begun: Time::ZERO,
            bucket: 0,
            area_here: 0,
            areas: Vec::new(),
            area_in_window: 0,
            max_in_window: 0,
            #[cfg(debug_assertions)]
            since: Time::ZERO,
        };
        level.boundary = level.next_boundary();
        level
    }

    /// The level now.
    #[inline]
    pub fn get(&self) -> u64 {
        self.now
    }

    /// One more from `now` on.
    #[inline]
    pub fn increase(&mut self, now: Time) {
        self.run_to(now);
        self.now += 1;
        self.area_here += u128::from(self.boundary.as_micros() - now.as_micros());
        // what came before the window is forgotten when it begins
        self.max_in_window = self.max_in_window.max(self.now);
    }

    /// One less from `now` on.
    #[inline]
    pub fn decrease(&mut self, now: Time) {
        self.run_to(now);
        self.now -= 1;
        self.area_here -= u128::from(self.boundary.as_micros() - now.as_micros());
    }

    /// The level is `level` from `now` on.
    pub fn set(&mut self, now: Time, level: u64) {
        self.run_to(now);
        let rest = u128::from(self.boundary.as_micros() - now.as_micros());
        self.area_here -= u128::from(self.now) * rest;
        self.area_here += u128::from(level) * rest;
        self.now = level;
        self.max_in_window = self.max_in_window.max(level);
    }

    /// Closes the books at the end of the window and gives the areas.
    pub fn finish(mut self) -> LevelFacts {
        let end = self.window.to;
        self.run_to(end);
        let n_buckets = self.window.buckets();
        self.areas.resize(n_buckets, 0);
        LevelFacts {
            area: self.areas.iter().sum(),
            area_in_window: self.area_in_window,
            max_in_window: self.max_in_window,
            area_by_bucket: self.areas,
        }
    }

    #[inline]
    fn run_to(&mut self, now: Time) {
        #[cfg(debug_assertions)]
        {
            assert!(now >= self.since, "time went back from {:?} to {now:?}", self.since);
            self.since = now;
        }
        if now >= self.boundary {
            self.cross_boundaries(now);
        }
    }

    #[cold]
    fn cross_boundaries(&mut self, now: Time) {
        while self.boundary <= now && self.begun < self.window.to {
            self.close_piece();
            self.begun = self.boundary;
            self.bucket = self.window.bucket_of(self.begun);
            if self.begun == self.window.from {
                self.max_in_window = self.now;
            }
            self.boundary = self.next_boundary();
            self.area_here = u128::from(self.now) * u128::from(self.boundary.since(self.begun).as_micros());
        }
    }

    /// Books the area up to the boundary.
    fn close_piece(&mut self) {
        if self.areas.len() <= self.bucket {
            self.areas.resize(self.bucket + 1, 0);
        }
        self.areas[self.bucket] += self.area_here;
        if self.begun >= self.window.from {
            self.area_in_window += self.area_here;
        }
    }

    fn next_boundary(&self) -> Time {
        let width = self.window.bucket.as_micros();
        let bucket_end = Time::from_micros((self.bucket as u64 + 1).saturating_mul(width));
        let boundary =
            if self.begun < self.window.from { bucket_end.min(self.window.from) } else { bucket_end };
        boundary.min(self.window.to)
    }
}

/// What a [`Level`] amounted to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LevelFacts {
    /// Area under the level over all time, in level × microseconds.
    pub area: u128,
    /// The same from the window's start.
    pub area_in_window: u128,
    /// The largest level from the window's start.
    pub max_in_window: u64,
    /// The area by bucket of the time series.
    pub area_by_bucket: Vec<u128>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::ReplicationKey;

    fn secs(seconds: u64) -> Time {
        Time::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn buckets_are_quotients() {
        for width in [1, 2, 3, 7, 1_000_000, 3_600_000_000, 3_600_000_001, (1 << 40) - 1, 1 << 40] {
            let window = Window::new(Time::ZERO, Time::NEVER, Duration::from_micros(width));
            let mut draw = ReplicationKey::new(3, width).stream(0, 0);
            for _ in 0..10_000 {
                let any = draw.next_bits() >> (2 + draw.next_bits() % 62);
                let edge = any / width * width;
                let mut cursor = BucketCursor::default();
                for micros in [any, edge, edge.saturating_sub(1), edge + 1, (1 << 62) - 1] {
                    let time = Time::from_micros(micros);
                    assert_eq!(window.bucket_of(time) as u64, micros / width);
                    assert_eq!(cursor.bucket_of(time, &window) as u64, micros / width);
                }
            }
        }
    }

    #[test]
    fn areas_by_bucket_and_window() {
        let window = Window::new(secs(15), secs(35), Duration::from_micros(10_000_000));
        let mut level = Level::new(window);
        level.set(secs(0), 7);
        level.set(secs(5), 2); // 0..5: 35
        level.set(secs(25), 3); // 5..25: 10 + 20 + 10
        level.set(secs(25), 0);
        level.set(secs(30), 1); // 25..30: 0
        let facts = level.finish(); // 30..35: 5
        let second = 1_000_000;
        assert_eq!(facts.area_by_bucket, [45 * second, 20 * second, 10 * second, 5 * second]);
        assert_eq!(facts.area, 80 * second);
        assert_eq!(facts.area_in_window, 25 * second);
        assert_eq!(facts.max_in_window, 3);
        assert_eq!((window.buckets(), window.bucket_micros(3)), (4, 5_000_000));
    }

    #[test]
    fn a_level_that_never_changes_counts_to_the_end() {
        let window = Window::new(Time::ZERO, secs(7), Duration::from_micros(2_000_000));
        let mut level = Level::new(window);
        level.increase(Time::ZERO);
        let facts = level.finish();
        assert_eq!((facts.area, facts.area_in_window, facts.max_in_window), (7_000_000, 7_000_000, 1));
        assert_eq!(facts.area_by_bucket, [2_000_000, 2_000_000, 2_000_000, 1_000_000]);
    }
}
