//! The cases that wait at a stage, and which is next.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;

use super::case::Case;
use super::plan::Discipline;
use super::sorted_lines::{SortedLines, longest_relative};
use crate::units::{Duration, Time};

/// Finds a waiting case again, as long as it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    slot: u32,
    generation: u32,
}

/// A queue with its discipline.
#[derive(Debug)]
pub(super) struct WaitingLine {
    cases: Cases,
    len: usize,
}

/// Where the cases lie, chosen once for a stage.
#[derive(Debug)]
enum Cases {
    /// In the lines themselves: first come, first served, by rank, and nobody leaves out of turn.
    InLine(Lines<Box<Case>>),
    /// One on the other, the last on top, and nobody leaves out of turn.
    Stacked(Vec<Box<Case>>),
    /// By deadline or relative wait, and nobody leaves out of turn.
    Sorted(Box<SortedLines>),
    /// On a shelf, where one that gives up is found again.
    OnShelf(Box<ShelvedLine>),
}

/// Lines of which the first that is not empty is next.
#[derive(Debug)]
struct Lines<T> {
    line_of: Vec<u8>,
    queues: Vec<VecDeque<T>>,
    /// A bit for each line that is not empty.
    filled: u64,
}

/// Cases on a shelf, and their tickets in the order of the discipline.
#[derive(Debug)]
struct ShelvedLine {
    shelf: Shelf,
    order: Order,
}

/// The order of the tickets. Tickets of cases that left the queue otherwise (they gave up) stay until they come up.
#[derive(Debug)]
enum Order {
    Lines(Lines<Ticket>),
    Lifo(Vec<Ticket>),
    Deadline { allowed: Vec<Duration>, heap: Heap },
    Relative { targets: Vec<Duration>, heaps: Vec<Heap> },
}

type Heap = BinaryHeap<Reverse<DatedTicket>>;

/// A ticket with what goes before it: the deadline, or when the report was sent; when the case came; and the case.
type DatedTicket = (Time, Time, u64, Ticket);

impl WaitingLine {
    /// An empty queue at a stage of so many classes; cases may be taken out of turn where somebody may give up.
    pub(super) fn new(discipline: &Discipline, n_classes: usize, may_give_up: bool) -> Self {
        let cases = match discipline {
            Discipline::Fifo if !may_give_up => Cases::InLine(Lines::one(n_classes)),
            Discipline::Priority(ranks) if !may_give_up => Cases::InLine(Lines::ranked(ranks)),
            Discipline::Lifo if !may_give_up => Cases::Stacked(Vec::new()),
            Discipline::EarliestDeadline(allowed) if !may_give_up => {
                Cases::Sorted(Box::new(SortedLines::by_deadline(allowed)))
            }
            Discipline::LongestRelativeWait(targets) if !may_give_up => {
                Cases::Sorted(Box::new(SortedLines::by_relative_wait(targets)))
            }
            _ => Cases::OnShelf(Box::new(ShelvedLine::new(discipline, n_classes))),
        };
        Self { cases, len: 0 }
    }

    /// Number waiting.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// A case joins; a ticket for it where it may leave out of turn.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "stations spend their time here")]
    pub(super) fn join(&mut self, case: Box<Case>) -> Option<Ticket> {
        self.len += 1;
        if let Cases::InLine(lines) = &mut self.cases {
            lines.push_back(case.class, case);
            return None;
        }
        self.join_out_of_line(case)
    }

    #[inline(never)]
    fn join_out_of_line(&mut self, case: Box<Case>) -> Option<Ticket> {
        match &mut self.cases {
            Cases::InLine(lines) => {
                lines.push_back(case.class, case);
                None
            }
            Cases::Stacked(stack) => {
                stack.push(case);
                None
            }
            Cases::Sorted(lines) => {
                lines.join(case);
                None
            }
            Cases::OnShelf(line) => Some(line.join(case)),
        }
    }

    /// A case on which work had begun comes back to the front: of the line, of its rank, or where its deadline puts it.
    pub(super) fn rejoin(&mut self, case: Box<Case>) {
        self.len += 1;
        match &mut self.cases {
            Cases::InLine(lines) => lines.push_front(case.class, case),
            Cases::Stacked(stack) => stack.push(case),
            Cases::Sorted(lines) => lines.join(case),
            Cases::OnShelf(line) => line.rejoin(case),
        }
    }

    /// The next case leaves the queue.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "stations spend their time here")]
    pub(super) fn take_next(&mut self, now: Time) -> Option<Box<Case>> {
        let case = if let Cases::InLine(lines) = &mut self.cases {
            lines.pop_front()?
        } else {
            self.take_out_of_line(now)?
        };
        self.len -= 1;
        Some(case)
    }

    #[inline(never)]
    fn take_out_of_line(&mut self, now: Time) -> Option<Box<Case>> {
        match &mut self.cases {
            Cases::InLine(lines) => lines.pop_front(),
            Cases::Stacked(stack) => stack.pop(),
            Cases::Sorted(lines) => lines.take_next(now),
            Cases::OnShelf(line) => line.take_next(now),
        }
    }

    /// Looks at the next case, and does nothing with it: one that has waited for long lies in no near cache, and a
    /// processor fetches it while it does other things.
    #[inline]
    pub(super) fn look_ahead(&self) {
        if let Cases::InLine(lines) = &self.cases {
            black_box(lines.front().map(|case| (case.work, case.propagation)));
        }
    }

    /// When the next case came to the stage.
    pub(super) fn next_joined_at(&mut self, now: Time) -> Option<Time> {
        match &mut self.cases {
            Cases::InLine(lines) => lines.front().map(|case| case.arrived_at_stage()),
            Cases::Stacked(stack) => stack.last().map(|case| case.arrived_at_stage()),
            Cases::Sorted(lines) => lines.next(now).map(Case::arrived_at_stage),
            Cases::OnShelf(line) => line.next_joined_at(now),
        }
    }

    /// A case leaves the queue out of turn; `None` where it no longer waits.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<Box<Case>> {
        let Cases::OnShelf(line) = &mut self.cases else { return None };
        let case = line.remove(ticket)?;
        self.len -= 1;
        Some(case)
    }

    /// All cases that wait, in no particular order.
    pub(super) fn drain(self) -> Box<dyn Iterator<Item = Box<Case>>> {
        match self.cases {
            Cases::InLine(lines) => Box::new(lines.queues.into_iter().flatten()),
            Cases::Stacked(stack) => Box::new(stack.into_iter()),
            Cases::Sorted(lines) => Box::new(lines.drain()),
            Cases::OnShelf(line) => Box::new(line.shelf.entries.into_iter().filter_map(|entry| entry.case)),
        }
    }
}

impl<T> Lines<T> {
    /// One line for all.
    fn one(n_classes: usize) -> Self {
        Self { line_of: vec![0; n_classes], queues: vec![VecDeque::new()], filled: 0 }
    }

    /// A line for each rank, given by class.
    fn ranked(ranks: &[u32]) -> Self {
        let mut distinct = ranks.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let line_of = ranks.iter().map(|rank| distinct.partition_point(|other| other < rank) as u8);
        let queues = distinct.iter().map(|_| VecDeque::new());
        Self { line_of: line_of.collect(), queues: queues.collect(), filled: 0 }
    }

    #[inline]
    fn push_back(&mut self, class: u8, item: T) {
        let line = self.line_of[class as usize] as usize;
        self.queues[line].push_back(item);
        self.filled |= 1 << line;
    }

    fn push_front(&mut self, class: u8, item: T) {
        let line = self.line_of[class as usize] as usize;
        self.queues[line].push_front(item);
        self.filled |= 1 << line;
    }

    #[inline]
    fn pop_front(&mut self) -> Option<T> {
        let first = self.filled.trailing_zeros() as usize;
        let line = self.queues.get_mut(first)?;
        let item = line.pop_front()?;
        self.filled &= !(u64::from(line.is_empty()) << first);
        Some(item)
    }

    fn front(&self) -> Option<&T> {
        self.queues.get(self.filled.trailing_zeros() as usize)?.front()
    }

    /// Lets `clean` take items out of each line.
    fn clean(&mut self, mut clean: impl FnMut(&mut VecDeque<T>)) {
        for (i, line) in self.queues.iter_mut().enumerate() {
            clean(line);
            self.filled &= !(u64::from(line.is_empty()) << i);
        }
    }
}

impl ShelvedLine {
    fn new(discipline: &Discipline, n_classes: usize) -> Self {
        let order = match discipline {
            Discipline::Fifo => Order::Lines(Lines::one(n_classes)),
            Discipline::Priority(ranks) => Order::Lines(Lines::ranked(ranks)),
            Discipline::Lifo => Order::Lifo(Vec::new()),
            Discipline::EarliestDeadline(allowed) => {
                Order::Deadline { allowed: allowed.clone(), heap: BinaryHeap::new() }
            }
            Discipline::LongestRelativeWait(targets) => {
                Order::Relative { targets: targets.clone(), heaps: vec![Heap::new(); targets.len()] }
            }
        };
        Self { shelf: Shelf::default(), order }
    }

    #[inline(never)]
    fn join(&mut self, case: Box<Case>) -> Ticket {
        let Case { class, sent, at, id, .. } = *case;
        let ticket = self.shelf.put(case);
        match &mut self.order {
            Order::Lines(lines) => lines.push_back(class, ticket),
            Order::Lifo(line) => line.push(ticket),
            Order::Deadline { allowed, heap } => {
                heap.push(Reverse((sent + allowed[class as usize], at, id, ticket)));
            }
            Order::Relative { heaps, .. } => heaps[class as usize].push(Reverse((sent, at, id, ticket))),
        }
        ticket
    }

    fn rejoin(&mut self, case: Box<Case>) {
        match &mut self.order {
            Order::Lines(lines) => lines.push_front(case.class, self.shelf.put(case)),
            Order::Lifo(_) | Order::Deadline { .. } | Order::Relative { .. } => {
                self.join(case);
            }
        }
    }

    #[inline(never)]
    fn take_next(&mut self, now: Time) -> Option<Box<Case>> {
        self.drop_departed();
        let ticket = match &mut self.order {
            Order::Lines(lines) => lines.pop_front()?,
            Order::Lifo(line) => line.pop()?,
            Order::Deadline { heap, .. } => heap.pop()?.0.3,
            Order::Relative { targets, heaps } => {
                let class = next_class(targets, heaps, now)?;
                heaps[class].pop()?.0.3
            }
        };
        self.shelf.take(ticket)
    }

    fn next_joined_at(&mut self, now: Time) -> Option<Time> {
        self.drop_departed();
        let ticket = match &self.order {
            Order::Lines(lines) => *lines.front()?,
            Order::Lifo(line) => *line.last()?,
            Order::Deadline { heap, .. } => heap.peek()?.0.3,
            Order::Relative { targets, heaps } => heaps[next_class(targets, heaps, now)?].peek()?.0.3,
        };
        self.shelf.get(ticket).map(Case::arrived_at_stage)
    }

    fn remove(&mut self, ticket: Ticket) -> Option<Box<Case>> {
        let case = self.shelf.take(ticket)?;
        self.shelf.departed += 1;
        // nobody may come to take the next case for a long time: do not let dead tickets pile up meanwhile
        if self.shelf.departed > 1024 + self.shelf.len() {
            self.drop_all_departed();
        }
        Some(case)
    }

    fn drop_all_departed(&mut self) {
        let shelf = &self.shelf;
        let waits = |ticket: &Ticket| shelf.get(*ticket).is_some();
        match &mut self.order {
            Order::Lines(lines) => lines.clean(|line| line.retain(waits)),
            Order::Lifo(line) => line.retain(waits),
            Order::Deadline { heap, .. } => heap.retain(|entry| waits(&entry.0.3)),
            Order::Relative { heaps, .. } => {
                for heap in heaps {
                    heap.retain(|entry| waits(&entry.0.3));
                }
            }
        }
        self.shelf.departed = 0;
    }

    /// Drops tickets of departed cases from wherever the next one is looked for.
    #[inline]
    fn drop_departed(&mut self) {
        if self.shelf.departed == 0 {
            return;
        }
        let shelf = &mut self.shelf;
        match &mut self.order {
            Order::Lines(lines) => lines.clean(|line| shelf.clean_front(line)),
            Order::Lifo(line) => while line.pop_if(|ticket| shelf.is_departed(*ticket)).is_some() {},
            Order::Deadline { heap, .. } => shelf.clean_top(heap),
            Order::Relative { heaps, .. } => heaps.iter_mut().for_each(|heap| shelf.clean_top(heap)),
        }
    }
}

/// The class whose first ticket is next.
fn next_class(targets: &[Duration], heaps: &[Heap], now: Time) -> Option<usize> {
    let firsts = heaps.iter().enumerate().filter_map(|(class, heap)| Some((class, heap.peek()?.0.0)));
    longest_relative(targets, firsts, now)
}

/// Where the waiting cases lie. A slot is used again under a new generation, so that an old ticket finds nothing.
#[derive(Debug, Default)]
struct Shelf {
    entries: Vec<Entry>,
    free: Vec<u32>,
    /// Tickets still in some order whose case has left.
    departed: usize,
}

#[derive(Debug)]
struct Entry {
    generation: u32,
    case: Option<Box<Case>>,
}

impl Shelf {
    /// Number of cases on it.
    fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    #[inline]
    fn put(&mut self, case: Box<Case>) -> Ticket {
        if let Some(slot) = self.free.pop() {
            let entry = &mut self.entries[slot as usize];
            entry.case = Some(case);
            return Ticket { slot, generation: entry.generation };
        }
        self.entries.push(Entry { generation: 0, case: Some(case) });
        Ticket { slot: self.entries.len() as u32 - 1, generation: 0 }
    }

    #[inline]
    fn take(&mut self, ticket: Ticket) -> Option<Box<Case>> {
        let entry =
            self.entries.get_mut(ticket.slot as usize).filter(|e| e.generation == ticket.generation)?;
        let case = entry.case.take()?;
        entry.generation = entry.generation.wrapping_add(1);
        self.free.push(ticket.slot);
        Some(case)
    }

    fn get(&self, ticket: Ticket) -> Option<&Case> {
        let entry = self.entries.get(ticket.slot as usize)?;
        entry.case.as_deref().filter(|_| entry.generation == ticket.generation)
    }

    fn is_departed(&mut self, ticket: Ticket) -> bool {
        let departed = self.get(ticket).is_none();
        self.departed -= usize::from(departed);
        departed
    }

    fn clean_front(&mut self, line: &mut VecDeque<Ticket>) {
        while line.pop_front_if(|ticket| self.is_departed(*ticket)).is_some() {}
    }

    fn clean_top(&mut self, heap: &mut Heap) {
        while heap.peek().is_some_and(|top| self.is_departed(top.0.3)) {
            heap.pop();
        }
    }
}

#[cfg(test)]
mod tests;
