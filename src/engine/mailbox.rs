//! What has been sent to a process and is not yet due.

use std::collections::VecDeque;

use super::network::Message;
use crate::units::{Duration, Time};

/// Messages by the epoch in which they are due.
#[derive(Debug)]
pub(super) struct Mailbox<M> {
    epoch: Duration,
    /// The epoch that `due[0]` belongs to.
    first: u64,
    due: VecDeque<Vec<M>>,
    len: usize,
}

impl<M: Message> Mailbox<M> {
    pub(super) fn new(epoch: Duration) -> Self {
        Self { epoch, first: 0, due: VecDeque::new(), len: 0 }
    }

    /// Number of messages held.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes in a batch, in any order of time.
    ///
    /// # Panics
    ///
    /// If a message is due in an epoch that is already over: the network's order would be broken.
    pub(super) fn post(&mut self, batch: Vec<M>) {
        self.len += batch.len();
        for message in batch {
            let epoch = message.time().as_micros() / self.epoch.as_micros();
            assert!(epoch >= self.first, "a message came for {:?}, which is over", message.time());
            let ahead = (epoch - self.first) as usize;
            if self.due.len() <= ahead {
                self.due.resize_with(ahead + 1, Vec::new);
            }
            self.due[ahead].push(message);
        }
    }

    /// The messages of the next epoch, in order of time and, at one time, of [`Message::order`]: who sent them, and
    /// when, makes no difference.
    pub(super) fn take_epoch(&mut self) -> Vec<M> {
        self.first += 1;
        let mut messages = self.due.pop_front().unwrap_or_default();
        self.len -= messages.len();
        // a stable sort, because runs that are already in order cost it next to nothing
        messages.sort_by_key(|message| (message.time(), message.order()));
        messages
    }

    /// The end of the epoch that [`Mailbox::take_epoch`] gives next.
    pub(super) fn epoch_end(&self) -> Time {
        Time::from_micros((self.first + 1).saturating_mul(self.epoch.as_micros()))
    }
}
