//! A hash of what a simulation counted.

use vigie::model::{Facts, Judged};
use vigie::statistics::{Histogram, LevelFacts};

/// FNV-1a with 64 bits, fed 64 bits at a time.
struct Digest(u64);

/// The hash of every count and sum. The bounds of histograms are not among them: a finer histogram is no other answer.
pub(crate) fn of(facts: &Facts) -> u64 {
    let mut digest = Digest(0xCBF2_9CE4_8422_2325);
    digest.add_all(&[facts.sent, facts.ended, facts.open, facts.visits]);
    for class in &facts.classes {
        digest.add(class.reports);
        digest.add_all(&class.outcomes);
        digest.add_histogram(&class.response_time);
        let delays = class.delays;
        for sum in [delays.intake, delays.waiting, delays.handling, delays.propagation] {
            digest.add_wide(sum);
        }
        digest.add_all(&class.reports_by_bucket);
        digest.add_all(&class.decided_by_bucket);
    }
    for stage in &facts.stages {
        digest.add_all(&stage.arrivals);
        for waiting_time in &stage.waiting_time {
            digest.add_histogram(waiting_time);
        }
        digest.add_histogram(&stage.service_time);
        digest.add_all(&[stage.reneged_by_class.iter().sum(), stage.blocked_by_class.iter().sum()]);
        digest.add_level(&stage.waiting);
    }
    for team in &facts.teams {
        digest.add_level(&team.on_duty);
        digest.add_level(&team.busy);
    }
    for platform in facts.platforms.iter().flatten() {
        digest.add_all(&[platform.cases, platform.silent]);
        digest.add_histogram(&platform.response_time);
    }
    for target in &facts.targets {
        digest.add_all(&[target.count, target.on_time]);
        for count in [|judged: &Judged| judged.count, |judged: &Judged| judged.on_time] {
            digest.add_all(&target.by_bucket.iter().map(count).collect::<Vec<_>>());
        }
    }
    digest.0
}

impl Digest {
    fn add(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x0100_0000_01B3);
        // what 64 bits at a time leave in the high bits comes down again
        self.0 ^= self.0 >> 32;
    }

    fn add_all(&mut self, values: &[u64]) {
        for value in values {
            self.add(*value);
        }
    }

    fn add_wide(&mut self, value: u128) {
        self.add_all(&[value as u64, (value >> 64) as u64]);
    }

    fn add_histogram(&mut self, histogram: &Histogram) {
        self.add(histogram.count());
        self.add_wide(histogram.sum_micros());
    }

    fn add_level(&mut self, level: &LevelFacts) {
        self.add_wide(level.area);
        self.add_wide(level.area_in_window);
        self.add(level.max_in_window);
        for area in &level.area_by_bucket {
            self.add_wide(*area);
        }
    }
}
