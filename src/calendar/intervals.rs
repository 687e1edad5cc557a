//! Sorted, disjoint intervals of simulated time.

use crate::units::{Duration, Time};

/// Half-open intervals `[from, to)`, sorted, disjoint and not touching.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intervals(Vec<(Time, Time)>);

impl Intervals {
    /// All of time.
    pub fn always() -> Self {
        Self(vec![(Time::ZERO, Time::NEVER)])
    }

    /// No time at all.
    pub fn never() -> Self {
        Self::default()
    }

    /// The union of the given intervals, in any order; empty ones vanish, overlapping and touching ones join.
    pub fn union_of(mut intervals: Vec<(Time, Time)>) -> Self {
        intervals.retain(|(from, to)| from < to);
        intervals.sort_unstable();
        let mut joined: Vec<(Time, Time)> = Vec::with_capacity(intervals.len());
        for (from, to) in intervals {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    /// What remains of `self` outside `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        for &(mut from, to) in &self.0 {
            let first = other.0.partition_point(|(_, end)| *end <= from);
            for &(out_from, out_to) in other.0[first..].iter().take_while(|(start, _)| *start < to) {
                rest.push((from, out_from.max(from)));
                from = from.max(out_to);
            }
            rest.push((from, to));
        }
        Self::union_of(rest)
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The intervals in order.
    pub fn iter(&self) -> impl Iterator<Item = (Time, Time)> + '_ {
        self.0.iter().copied()
    }

    /// Whether `time` lies inside.
    pub fn contains(&self, time: Time) -> bool {
        let next = self.0.partition_point(|(from, _)| *from <= time);
        next > 0 && time < self.0[next - 1].1
    }

    /// The time inside `[from, to)`.
    pub fn overlap(&self, from: Time, to: Time) -> Duration {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        self.0[first..]
            .iter()
            .take_while(|(start, _)| *start < to)
            .fold(Duration::ZERO, |sum, (start, end)| {
                sum + (*end).min(to).saturating_since((*start).max(from))
            })
    }

    /// When a delay that begins at `from` and runs only inside the intervals is over; [`Time::NEVER`] if they end
    /// first. A delay of nothing that begins outside ends when the next interval begins.
    pub fn after(&self, from: Time, delay: Duration) -> Time {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        let mut left = delay;
        for &(start, end) in &self.0[first..] {
            let begin = start.max(from);
            let room = end.saturating_since(begin);
            if left <= room {
                return begin + left;
            }
            left = left.saturating_sub(room);
        }
        Time::NEVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: u64) -> Time {
        Time::ZERO + Duration::from_micros(hours * Duration::HOUR.as_micros())
    }

    fn hours(hours: u64) -> Duration {
        at(hours).since(Time::ZERO)
    }

    #[test]
    fn union_joins_and_minus_cuts() {
        let all = Intervals::union_of(vec![(at(5), at(7)), (at(1), at(3)), (at(3), at(4)), (at(9), at(9))]);
        assert_eq!(all.iter().collect::<Vec<_>>(), [(at(1), at(4)), (at(5), at(7))]);
        let cut = all.minus(&Intervals::union_of(vec![(at(2), at(6))]));
        assert_eq!(cut.iter().collect::<Vec<_>>(), [(at(1), at(2)), (at(6), at(7))]);
        assert_eq!(Intervals::always().minus(&Intervals::always()), Intervals::never());
    }

    #[test]
    fn delays_run_only_inside() {
        let office = Intervals::union_of(vec![(at(9), at(17)), (at(33), at(41))]);
        assert_eq!(office.after(at(10), hours(2)), at(12));
        assert_eq!(office.after(at(3), hours(0)), at(9));
        assert_eq!(office.after(at(16), hours(2)), at(34));
        assert_eq!(office.after(at(40), hours(2)), Time::NEVER);
        assert_eq!(office.overlap(at(16), at(34)), hours(2));
        assert!(office.contains(at(9)) && !office.contains(at(17)));
    }
}
