//! What a process sends during an epoch, by receiver.

use super::mailbox::{Boxes, Parcel};
use super::network::{Message, Row};
use crate::units::Time;

/// What a process sends during an epoch.
#[derive(Debug)]
pub struct Outbox<M: Message> {
    /// The end of the epoch.
    pub(super) until: Time,
    /// The lane to each process, [`NO_LANE`] where there is no edge.
    lane_to: Vec<u32>,
    pub(super) lanes: Vec<Lane<M>>,
    /// Messages that are done with, whose memory may serve new ones.
    pub(super) spent: Vec<M>,
}

const NO_LANE: u32 = u32::MAX;

/// What goes to one receiver, apart by whether it is due before the end of the epoch: then the batch can be handed
/// over as it is.
#[derive(Debug)]
pub(super) struct Lane<M: Message> {
    pub(super) to: usize,
    now: Vec<M>,
    later: Vec<M>,
    /// What is sent, instead of the above, where it goes to another thread.
    away: Option<Away<M::Row>>,
    /// The time of the last of those that are due now.
    last: Time,
    /// Whether each of them is due after the one before: so it mostly is, and then nobody needs to look at them again.
    in_order: bool,
    /// Whether it is shorter than an epoch.
    pub(super) is_near: bool,
    /// Messages handed over since somebody last asked.
    pub(super) n_sent: u64,
    /// What went to another thread came in these, and they have come back.
    pub(super) boxes: Vec<Boxes<M::Row>>,
}

/// What goes to another thread: rows of what is due now and of what is due later, and how many messages each has.
///
/// Nobody else sees these rows: they go into boxes at the end of the epoch, all in one go. A core that writes where another
/// has read waits for each line to be its own again, and while it copies, it waits for many at a time; between other
/// work, for each of them.
#[derive(Debug, Default)]
struct Away<R> {
    rows: Boxes<R>,
    n: [u64; 2],
}

impl<M: Message> Outbox<M> {
    pub(super) fn new(n_processes: usize) -> Self {
        Self { until: Time::ZERO, lane_to: vec![NO_LANE; n_processes], lanes: Vec::new(), spent: Vec::new() }
    }

    /// Sends `message` to process number `to`.
    ///
    /// # Panics
    ///
    /// If there is no edge to that process.
    #[inline]
    pub fn send(&mut self, to: usize, message: M) {
        self.lanes[self.lane_to[to] as usize].push(message, self.until, &mut self.spent);
    }

    /// Takes a message that is done with.
    #[inline]
    pub fn discard(&mut self, message: M) {
        self.spent.push(message);
    }

    /// Takes messages that are done with.
    #[inline]
    pub fn discard_all(&mut self, messages: impl Iterator<Item = M>) {
        self.spent.extend(messages);
    }

    /// Some message that is done with, where there is one: its memory is there already.
    #[inline]
    pub fn reuse(&mut self) -> Option<M> {
        self.spent.pop()
    }

    /// Sends a message for each item to process number `to`, made by `make`, which is given one that is done with where
    /// there is one.
    ///
    /// # Panics
    ///
    /// If there is no edge to that process.
    #[inline]
    pub fn send_each<T>(
        &mut self,
        to: usize,
        items: impl IntoIterator<Item = T>,
        mut make: impl FnMut(Option<M>, T) -> M,
    ) {
        let Self { until, lane_to, lanes, spent } = self;
        let lane = &mut lanes[lane_to[to] as usize];
        for item in items {
            let message = make(spent.pop(), item);
            lane.push(message, *until, spent);
        }
    }

    /// The lane to a process, if there is one.
    pub(super) fn lane_mut(&mut self, to: usize) -> Option<&mut Lane<M>> {
        self.lanes.get_mut(self.lane_to[to] as usize)
    }

    /// Number of messages sent that have not been handed over.
    pub(super) fn n_sent(&self) -> u64 {
        self.lanes.iter().map(Lane::n_waiting).sum()
    }

    /// A lane for an edge, over which a message may be due in the epoch in which it is sent if the edge is near.
    pub(super) fn add_lane(&mut self, to: usize, is_near: bool) {
        if self.lane_to[to] == NO_LANE {
            self.lane_to[to] = self.lanes.len() as u32;
            self.lanes.push(Lane {
                to,
                now: Vec::new(),
                later: Vec::new(),
                away: None,
                last: Time::ZERO,
                in_order: true,
                is_near,
                n_sent: 0,
                boxes: Vec::new(),
            });
        } else {
            self.lanes[self.lane_to[to] as usize].is_near |= is_near;
        }
    }
}

impl<M: Message> Lane<M> {
    /// From now on the receiver is on another thread, or on this one. What waits, if a process has halted, goes nowhere.
    pub(super) fn set_away(&mut self, is_away: bool) {
        self.away = is_away.then(Away::default);
        self.boxes.clear();
    }

    /// Number of messages that have not been handed over.
    pub(super) fn n_waiting(&self) -> u64 {
        let away: u64 = self.away.iter().flat_map(|away| away.n).sum();
        self.now.len() as u64 + self.later.len() as u64 + away
    }

    /// Whether nothing is due in the epoch in which it is sent.
    pub(super) fn has_nothing_now(&self) -> bool {
        self.now.is_empty() && self.away.as_ref().is_none_or(|away| away.n[0] == 0)
    }

    /// What was sent in an epoch to a process on this thread. The memory of another batch may serve the next one.
    pub(super) fn take_parcel(&mut self, epoch: u64, spares: &mut Vec<Vec<M>>) -> Parcel<Vec<M>> {
        let now = std::mem::replace(&mut self.now, spares.pop().unwrap_or_default());
        let later = std::mem::take(&mut self.later);
        self.parcel(epoch, now, later)
    }

    /// The same for a process on another thread.
    ///
    /// # Panics
    ///
    /// If it is on this one: what was sent would be lost.
    pub(super) fn take_row(&mut self, epoch: u64) -> Parcel<M::Row> {
        let away = self.away.as_mut().expect("what goes to another thread was packed");
        away.n = [0, 0];
        let mut boxes = self.boxes.pop().unwrap_or_default();
        away.rows.iter_mut().zip(&mut boxes).for_each(|(row, empty)| row.move_to(empty));
        let [now, later] = boxes;
        self.parcel(epoch, now, later)
    }

    fn parcel<B>(&mut self, epoch: u64, now: B, later: B) -> Parcel<B> {
        Parcel { epoch, now, in_order: std::mem::replace(&mut self.in_order, true), later }
    }

    #[inline]
    fn push(&mut self, message: M, until: Time, spent: &mut Vec<M>) {
        let time = message.time();
        let is_now = time < until;
        if is_now {
            self.in_order &= time > self.last;
            self.last = time;
        }
        if let Some(away) = &mut self.away {
            away.push(message, is_now, spent);
        } else if is_now {
            self.now.push(message);
        } else {
            self.later.push(message);
        }
    }
}

impl<R> Away<R> {
    /// Packs a message. In one thread nobody comes here: the loops that send are shorter without it.
    #[inline(never)]
    fn push<M>(&mut self, message: M, is_now: bool, spent: &mut Vec<M>)
    where
        R: Row<M>,
    {
        let row = usize::from(!is_now);
        self.n[row] += 1;
        spent.extend(self.rows[row].push(message));
    }
}
