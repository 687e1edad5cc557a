//! Waiting cases in order of a time of theirs: earliest deadline, and longest relative wait.
//!
//! Cases come to a stage mostly in the order in which they were sent. So each joins the end of a line of its own kind,
//! where it mostly belongs, and only who comes late goes to a heap; which line has the next is found out when somebody
//! is to be taken.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;

use super::case::Case;
use crate::units::{Duration, Time};

/// Lines, each in order, and the rule by which one of them is next.
#[derive(Debug)]
pub(super) struct SortedLines {
    rule: Rule,
    /// The line of each class.
    line_of: Vec<u8>,
    lines: Vec<SortedLine>,
    /// The time of the first in each line, if there is one.
    firsts: Vec<Option<Time>>,
}

/// Which line is next.
#[derive(Debug)]
enum Rule {
    /// That of the earliest deadline: classes that are allowed the same time share a line.
    EarliestDeadline { allowed: Vec<Duration> },
    /// That of the class whose first case has waited longest, relative to the target of the class.
    LongestRelativeWait { targets: Vec<Duration> },
}

/// Cases in order, for those that mostly come in order.
#[derive(Debug, Default)]
struct SortedLine {
    line: VecDeque<Dated>,
    late: BinaryHeap<Reverse<Dated>>,
}

/// A case with the time that it goes by. Equal times go by when the cases came, and then by case: that is the order in
/// which they join, and so nothing has to be kept for it.
#[derive(Debug)]
struct Dated {
    time: Time,
    case: Box<Case>,
}

impl SortedLines {
    /// Empty lines by deadline: what is allowed to each class, from when a report is sent.
    pub(super) fn by_deadline(allowed: &[Duration]) -> Self {
        let mut distinct = allowed.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let line_of = allowed.iter().map(|allowed| distinct.partition_point(|other| other < allowed) as u8);
        Self {
            line_of: line_of.collect(),
            lines: distinct.iter().map(|_| SortedLine::default()).collect(),
            firsts: vec![None; distinct.len()],
            rule: Rule::EarliestDeadline { allowed: allowed.to_vec() },
        }
    }

    /// Empty lines by relative wait: the target of each class.
    pub(super) fn by_relative_wait(targets: &[Duration]) -> Self {
        Self {
            line_of: (0..targets.len()).map(|class| class as u8).collect(),
            lines: targets.iter().map(|_| SortedLine::default()).collect(),
            firsts: vec![None; targets.len()],
            rule: Rule::LongestRelativeWait { targets: targets.to_vec() },
        }
    }

    /// A case joins.
    pub(super) fn join(&mut self, case: Box<Case>) {
        let class = case.class as usize;
        let time = match &self.rule {
            Rule::EarliestDeadline { allowed } => case.sent + allowed[class],
            Rule::LongestRelativeWait { .. } => case.sent,
        };
        let line = self.line_of[class] as usize;
        self.firsts[line] = Some(self.firsts[line].map_or(time, |first| first.min(time)));
        self.lines[line].join(Dated { time, case });
    }

    /// The next case leaves.
    pub(super) fn take_next(&mut self, now: Time) -> Option<Box<Case>> {
        let next = self.next_line(now)?;
        let line = &mut self.lines[next];
        let case = line.take_first();
        self.firsts[next] = line.first().map(|first| {
            // one that has waited for long lies in no near cache: it is fetched while other things are done
            black_box((first.case.work, first.case.propagation));
            first.time
        });
        case
    }

    /// The next case.
    pub(super) fn next(&self, now: Time) -> Option<&Case> {
        self.lines[self.next_line(now)?].first().map(|dated| &*dated.case)
    }

    /// All cases, in no particular order.
    pub(super) fn drain(self) -> impl Iterator<Item = Box<Case>> {
        let all =
            |line: SortedLine| line.line.into_iter().chain(line.late.into_iter().map(|Reverse(late)| late));
        self.lines.into_iter().flat_map(all).map(|dated| dated.case)
    }

    fn next_line(&self, now: Time) -> Option<usize> {
        let firsts = self.firsts.iter().enumerate().filter_map(|(line, first)| Some((line, (*first)?)));
        let targets = match &self.rule {
            Rule::EarliestDeadline { .. } => return self.earliest(firsts),
            Rule::LongestRelativeWait { targets } => targets,
        };
        longest_relative(targets, firsts, now)
    }

    /// The line whose first has the earliest time; the cases themselves are looked at only where times are equal.
    #[inline]
    fn earliest(&self, firsts: impl Iterator<Item = (usize, Time)>) -> Option<usize> {
        let sooner = |best: (usize, Time), other: (usize, Time)| {
            let is_sooner = other.1 < best.1
                || (other.1 == best.1 && self.lines[other.0].first() < self.lines[best.0].first());
            if is_sooner { other } else { best }
        };
        firsts.reduce(sooner).map(|(line, _)| line)
    }
}

impl SortedLine {
    fn join(&mut self, dated: Dated) {
        if self.line.back().is_none_or(|last| *last < dated) {
            self.line.push_back(dated);
        } else {
            self.late.push(Reverse(dated));
        }
    }

    #[inline]
    fn first(&self) -> Option<&Dated> {
        let Some(Reverse(late)) = self.late.peek() else { return self.line.front() };
        Some(self.line.front().map_or(late, |first| first.min(late)))
    }

    #[inline]
    fn take_first(&mut self) -> Option<Box<Case>> {
        let is_late = match self.late.peek() {
            None => false,
            Some(Reverse(late)) => self.line.front().is_none_or(|first| late < first),
        };
        if is_late {
            return self.late.pop().map(|Reverse(late)| late.case);
        }
        self.line.pop_front().map(|first| first.case)
    }
}

/// The class whose first case has waited longest relative to its target: `firsts` are the classes with one, and when
/// it was sent. Equal ratios go to the earlier class, and classes without a target come last, by the time they were sent.
pub(super) fn longest_relative(
    targets: &[Duration],
    firsts: impl Iterator<Item = (usize, Time)>,
    now: Time,
) -> Option<usize> {
    let waits = firsts
        .map(|(class, sent)| (class, u128::from(now.saturating_since(sent).as_micros()), targets[class]));
    waits
        .reduce(|best, other| {
            let ahead = match (best.2, other.2) {
                (Duration::FOREVER, Duration::FOREVER) => other.1 > best.1,
                (Duration::FOREVER, _) => true,
                (_, Duration::FOREVER) => false,
                // other.wait / other.target > best.wait / best.target, without division
                (ours, theirs) => {
                    other.1 * u128::from(ours.as_micros()) > best.1 * u128::from(theirs.as_micros())
                }
            };
            if ahead { other } else { best }
        })
        .map(|(class, _, _)| class)
}

impl Dated {
    fn key(&self) -> (Time, u64) {
        (self.case.at, self.case.id)
    }
}

impl PartialEq for Dated {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Dated {}

impl PartialOrd for Dated {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dated {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // the cases themselves lie elsewhere, and are looked at only where the times are equal
        self.time.cmp(&other.time).then_with(|| self.key().cmp(&other.key()))
    }
}
