//! A process in a network, with what has been sent to it and whom it sends to.

use std::collections::VecDeque;

use super::division::Load;
use super::mailbox::{Boxes, Mailbox, Parcel, Shipment};
use super::network::{Message, Process};
use super::outbox::Outbox;
use crate::units::{Duration, Time};

/// A process's messages on their way to another thread.
pub(super) type RowOf<P> = <<P as Process>::Message as Message>::Row;

#[derive(Debug)]
pub(super) struct Node<P: Process> {
    pub(super) process: P,
    /// Its position in the network.
    pub(super) position: usize,
    horizon: Time,
    mailbox: Mailbox<P::Message>,
    pub(super) inbox: Vec<Parcel<Vec<P::Message>>>,
    /// What has come from other threads. It is unpacked in its epoch: what is to be worked on at once stays in a near
    /// cache.
    pub(super) shipped: Vec<Shipment<RowOf<P>>>,
    /// What that came in, for its senders.
    pub(super) emptied: Vec<(usize, Boxes<RowOf<P>>)>,
    /// The memory of the last epoch's arrivals.
    pub(super) spare: Vec<P::Message>,
    pub(super) outbox: Outbox<P::Message>,
    /// What was told of epochs that others have not done yet.
    pub(super) told: VecDeque<Told<P::Report>>,
    /// Messages sent and taken so far.
    sent: u64,
    taken: u64,
    /// Of these, how many had been taken when the load was last asked for.
    taken_before: u64,
    /// Epochs done.
    pub(super) done: u64,
    /// Those that send to it, and how many epochs later that comes at the earliest.
    pub(super) senders: Vec<(usize, u64)>,
    pub(super) near_downstream: Vec<usize>,
    /// All that it sends to: it must not run away from them.
    pub(super) receivers: Vec<usize>,
    /// What it has not finished is not begun again.
    pub(super) has_halted: bool,
}

/// What a process tells of an epoch, and the messages that it had sent and taken until then.
#[derive(Debug)]
pub(super) struct Told<R> {
    pub(super) report: R,
    pub(super) sent: u64,
    pub(super) taken: u64,
}

impl<P: Process> Node<P> {
    /// A process at a position among so many, to which nobody sends.
    pub(super) fn new(process: P, position: usize, n: usize, epoch: Duration, horizon: Time) -> Self {
        Self {
            process,
            position,
            horizon,
            mailbox: Mailbox::new(epoch),
            inbox: Vec::new(),
            shipped: Vec::new(),
            emptied: Vec::new(),
            spare: Vec::new(),
            outbox: Outbox::new(n),
            told: VecDeque::new(),
            sent: 0,
            taken: 0,
            taken_before: 0,
            done: 0,
            senders: Vec::new(),
            near_downstream: Vec::new(),
            receivers: Vec::new(),
            has_halted: false,
        }
    }

    /// It may send to a process, in the same epoch if that is near.
    pub(super) fn add_receiver(&mut self, to: usize, is_near: bool) {
        self.receivers.push(to);
        self.outbox.add_lane(to, is_near);
        if is_near {
            self.near_downstream.push(to);
        }
    }

    /// A process may send to it what comes so many epochs later at the earliest.
    pub(super) fn add_sender(&mut self, from: usize, epochs: u64) {
        self.senders.push((from, epochs));
    }

    /// Works on the next epoch.
    ///
    /// # Errors
    ///
    /// What the process halts with.
    pub(super) fn step(&mut self) -> Result<(), P::Halt> {
        for parcel in self.inbox.drain(..) {
            self.mailbox.post(parcel);
        }
        let done = self.done;
        for shipment in self.shipped.extract_if(.., |shipment| shipment.parcel.epoch <= done) {
            let from = shipment.from;
            let (parcel, emptied) = shipment.unpack(&mut self.outbox.spent);
            self.mailbox.post(parcel);
            self.emptied.push((from, emptied));
        }
        let until = self.mailbox.epoch_end().min(self.horizon);
        let mut arrivals = self.mailbox.take_epoch();
        // only the horizon ends an epoch early: what is due after it never happens
        arrivals.truncate(arrivals.partition_point(|message| message.time() < until));
        self.outbox.until = until;
        self.taken += arrivals.len() as u64;
        let advanced = self.process.advance(until, &mut arrivals, &mut self.outbox);
        arrivals.clear();
        self.spare = arrivals;
        if advanced.is_err() {
            self.has_halted = true;
            return advanced;
        }
        self.done += 1;
        self.sent += self.outbox.n_sent();
        self.told.push_back(Told { report: self.process.report(), sent: self.sent, taken: self.taken });
        Ok(())
    }

    /// Messages taken and sent so far.
    pub(super) fn n_messages(&self) -> (u64, u64) {
        (self.taken, self.sent)
    }

    /// What it has had to do since this was last asked.
    pub(super) fn take_load(&mut self) -> Load {
        let taken = self.taken - std::mem::replace(&mut self.taken_before, self.taken);
        let lanes = self.outbox.lanes.iter_mut();
        Load { taken, sent: lanes.map(|lane| (lane.to, std::mem::take(&mut lane.n_sent))).collect() }
    }
}
