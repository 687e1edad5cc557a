//! What has been sent to a process and is not yet due.

use std::collections::{BTreeMap, VecDeque};

use super::network::{Message, Row};
use crate::units::{Duration, Time};

/// So many epochs from the next one on are kept in a row: in a large pipeline, an epoch is seconds and a channel minutes.
const NEAR_EPOCHS: u64 = 64;

/// Messages by the epoch in which they are due.
#[derive(Debug)]
pub(super) struct Mailbox<M> {
    epoch: Duration,
    /// The epoch that `due[0]` belongs to.
    first: u64,
    /// The next few epochs.
    due: VecDeque<Due<M>>,
    /// Those after them: a message for the next century costs no more than itself.
    far: BTreeMap<u64, Vec<M>>,
}

/// What is due in one epoch.
#[derive(Debug)]
struct Due<M> {
    /// Whole batches, which stay as they were sent: most epochs of most processes get just one, in order.
    batches: Vec<Vec<M>>,
    /// Whether each batch is known to be in order of time, without two at one time.
    in_order: bool,
    /// Messages that were sent in earlier epochs.
    early: Vec<M>,
}

/// What one process has sent to another during an epoch: a `Vec` of messages, or a row of them for another thread.
#[derive(Debug)]
pub(super) struct Parcel<B> {
    /// The sender's epoch.
    pub(super) epoch: u64,
    /// What is due in that same epoch.
    pub(super) now: B,
    /// Whether that is known to be in order of time, without two at one time.
    pub(super) in_order: bool,
    /// What is due later.
    pub(super) later: B,
}

/// A parcel on its way to another thread.
#[derive(Debug)]
pub(super) struct Shipment<R> {
    /// The position of the sender.
    pub(super) from: usize,
    pub(super) parcel: Parcel<R>,
}

/// What a shipment came in, empty again.
pub(super) type Boxes<R> = [R; 2];

impl<R> Shipment<R> {
    /// The parcel again, in the memory of messages that are `spent`, and what it came in.
    pub(super) fn unpack<M>(self, spent: &mut Vec<M>) -> (Parcel<Vec<M>>, Boxes<R>)
    where
        R: Row<M>,
    {
        let Parcel { epoch, mut now, in_order, mut later } = self.parcel;
        let mut unpack = |row: &mut R| {
            let mut messages = Vec::new();
            row.unpack(spent, &mut messages);
            messages
        };
        let parcel = Parcel { epoch, now: unpack(&mut now), in_order, later: unpack(&mut later) };
        (parcel, [now, later])
    }
}

impl<M: Message> Mailbox<M> {
    pub(super) fn new(epoch: Duration) -> Self {
        Self { epoch, first: 0, due: VecDeque::new(), far: BTreeMap::new() }
    }

    /// Takes in what was sent, in any order of time.
    ///
    /// # Panics
    ///
    /// If a message is due in an epoch that is already over: the network's order would be broken.
    pub(super) fn post(&mut self, parcel: Parcel<Vec<M>>) {
        if !parcel.now.is_empty() {
            let due = self.due_in(parcel.epoch);
            due.batches.push(parcel.now);
            due.in_order &= parcel.in_order;
        }
        for message in parcel.later {
            let epoch = message.time().as_micros() / self.epoch.as_micros();
            if epoch < self.first + NEAR_EPOCHS {
                self.due_in(epoch).early.push(message);
            } else {
                self.far.entry(epoch).or_default().push(message);
            }
        }
    }

    /// The messages of the next epoch, in order of time and, at one time, of [`Message::order`]: who sent them, and
    /// when, makes no difference.
    ///
    /// # Panics
    ///
    /// If a message is due before the epoch begins: its sender would have broken the order of time.
    pub(super) fn take_epoch(&mut self) -> Vec<M> {
        let begin = Time::from_micros(self.first.saturating_mul(self.epoch.as_micros()));
        self.first += 1;
        let mut due = self.due.pop_front().unwrap_or_else(Due::nothing);
        if let Some(far) = self.far.remove(&(self.first - 1)) {
            // what was sent first, first
            let sent_since = std::mem::replace(&mut due.early, far);
            due.early.extend(sent_since);
        }
        let messages = due.in_order();
        if let Some(first) = messages.first() {
            assert!(first.time() >= begin, "a message came for {:?}, which is over", first.time());
        }
        messages
    }

    /// The end of the epoch that [`Mailbox::take_epoch`] gives next.
    pub(super) fn epoch_end(&self) -> Time {
        Time::from_micros((self.first + 1).saturating_mul(self.epoch.as_micros()))
    }

    fn due_in(&mut self, epoch: u64) -> &mut Due<M> {
        assert!(epoch >= self.first, "a message came for epoch {epoch}, which is over");
        let ahead = (epoch - self.first) as usize;
        if self.due.len() <= ahead {
            self.due.resize_with(ahead + 1, || Due {
                batches: Vec::new(),
                in_order: true,
                early: Vec::new(),
            });
        }
        &mut self.due[ahead]
    }
}

impl<M: Message> Due<M> {
    fn nothing() -> Self {
        Self { batches: Vec::new(), in_order: true, early: Vec::new() }
    }

    fn in_order(self) -> Vec<M> {
        let is_one_batch = self.batches.len() == 1 && self.early.is_empty();
        let mut batches = self.batches.into_iter();
        // what was sent earlier is mostly due earlier
        let mut messages =
            if self.early.is_empty() { batches.next().unwrap_or_default() } else { self.early };
        for batch in batches {
            messages.extend(batch);
        }
        if is_one_batch && self.in_order {
            return messages;
        }
        let key = |message: &M| (message.time(), message.order());
        if !messages.is_sorted_by_key(key) {
            // a stable sort, because runs that are already in order cost it next to nothing
            messages.sort_by_key(key);
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message that knows only when it is due.
    #[derive(Debug, PartialEq)]
    struct Due(u64);

    impl Message for Due {
        type Row = Vec<Self>;
        fn time(&self) -> Time {
            Time::from_micros(self.0)
        }
        fn order(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn messages_for_distant_epochs_come_in_theirs() {
        let mut mailbox = Mailbox::new(Duration::from_micros(10));
        let far = 10 * NEAR_EPOCHS + 3;
        let parcel = |epoch, now: &[u64], later: &[u64]| Parcel {
            epoch,
            now: now.iter().copied().map(Due).collect(),
            in_order: true,
            later: later.iter().copied().map(Due).collect(),
        };
        mailbox.post(parcel(0, &[1, 7], &[far, 1_000_000_000_000, 15]));
        let mut taken = Vec::new();
        for epoch in 0..=NEAR_EPOCHS {
            if epoch == NEAR_EPOCHS {
                mailbox.post(parcel(epoch, &[far - 2, far + 2], &[]));
            } else if epoch == 5 {
                // by now it is near
                mailbox.post(parcel(epoch, &[], &[far - 1]));
            }
            taken.extend(mailbox.take_epoch().into_iter().map(|due| due.0));
        }
        assert_eq!(taken, [1, 7, 15, far - 2, far - 1, far, far + 2]);
        assert_eq!((mailbox.far.len(), mailbox.due.len()), (1, 0), "the next century takes no room");
    }
}
