//! What a process sends during an epoch, by receiver.

use super::network::Message;
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
    pub(super) now: Vec<M>,
    /// The time of the last of them.
    last: Time,
    /// Whether each of them is due after the one before: so it mostly is, and then nobody needs to look at them again.
    pub(super) in_order: bool,
    pub(super) later: Vec<M>,
    /// Whether it is shorter than an epoch.
    pub(super) is_near: bool,
    /// Messages handed over since somebody last asked.
    pub(super) n_sent: u64,
    /// What went to another thread came in these, and they have come back.
    pub(super) boxes: Vec<Vec<M::Packed>>,
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
        self.lanes[self.lane_to[to] as usize].push(message, self.until);
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
            lane.push(make(spent.pop(), item), *until);
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
                last: Time::ZERO,
                in_order: true,
                later: Vec::new(),
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
    /// Messages that have not been handed over.
    pub(super) fn n_waiting(&self) -> u64 {
        self.now.len() as u64 + self.later.len() as u64
    }

    #[inline]
    fn push(&mut self, message: M, until: Time) {
        let time = message.time();
        if time < until {
            self.in_order &= time > self.last;
            self.last = time;
            self.now.push(message);
        } else {
            self.later.push(message);
        }
    }
}
