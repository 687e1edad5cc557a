//! The network of processes, and the order in which they run.

use std::collections::VecDeque;
use std::fmt;

use rayon::prelude::*;

use super::mailbox::{Mailbox, Parcel};
use super::outbox::Outbox;
use crate::units::{Duration, Time};

/// How many epochs a process may be ahead of one that it feeds: what is in flight stays bounded.
const EPOCHS_AHEAD: u64 = 2;

/// How many epochs a process may be ahead of the last that all have done: what it has told is kept until then.
const EPOCHS_UNCHECKED: u64 = 64;

/// The largest batch whose memory is kept for another.
const SPARE_CAPACITY_MAX: usize = 1 << 16;

/// Spent messages that a network keeps, at most.
const SPENT_MAX: usize = 1 << 16;

/// Something that happens to a process at a time.
pub trait Message: Send + fmt::Debug {
    /// When it is due.
    fn time(&self) -> Time;

    /// Orders messages that are due at the same time. It must come from what the message is about (the case), never
    /// from who computed it first.
    fn order(&self) -> u64;
}

/// A logical process: state that is touched by nobody else, and its own event list.
pub trait Process: Send + fmt::Debug {
    /// What it receives and sends.
    type Message: Message;
    /// Why it may stop the run.
    type Halt: Send + fmt::Debug;
    /// What it tells after an epoch.
    type Report: Send + fmt::Debug;

    /// Works through simulated time up to, and without, `until`. `arrivals` are all messages due before that, in
    /// order; what it leaves of them is dropped. What it sends over an edge must be due no earlier than now plus the
    /// edge's least delay.
    ///
    /// # Errors
    ///
    /// Whatever ends the run early.
    fn advance(
        &mut self,
        until: Time,
        arrivals: &mut Vec<Self::Message>,
        outbox: &mut Outbox<Self::Message>,
    ) -> Result<(), Self::Halt>;

    /// What there is to tell after an epoch.
    fn report(&self) -> Self::Report;
}

/// Messages may go from one process to another, after at least a delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The sender's position.
    pub from: usize,
    /// The receiver's position.
    pub to: usize,
    /// The least delay from sending to being due.
    pub delay: Duration,
}

/// How to run: none of it changes the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Execution {
    /// Run the processes of one network on rayon's threads.
    pub parallel: bool,
    /// Visit the processes in an order shuffled by this number: for tests of just that.
    pub shuffle: Option<u64>,
}

/// A network that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkError {
    /// Some processes wait for each other within one epoch: their cycle's delays are all shorter than the epoch.
    Cycle,
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("processes form a cycle with delays shorter than an epoch")
    }
}

impl std::error::Error for NetworkError {}

/// Processes, and who may send to whom.
#[derive(Debug)]
pub struct Network<P: Process> {
    nodes: Vec<Node<P>>,
    epochs: u64,
    horizon: Time,
    /// Memory of batches that have been worked through, for new ones.
    spares: Vec<Vec<P::Message>>,
    /// Messages that are done with.
    spent: Vec<P::Message>,
    /// What ends the run.
    halted: Option<Halted<P::Halt>>,
    /// Epochs that all have done and `check` has seen.
    checked: u64,
}

/// What ends a run early, and where it stands among all that might.
#[derive(Debug)]
struct Halted<H> {
    epoch: u64,
    position: usize,
    halt: H,
}

/// The position of what is found when all processes have done an epoch: after theirs.
const AFTER_ALL: usize = usize::MAX;

#[derive(Debug)]
struct Node<P: Process> {
    process: P,
    mailbox: Mailbox<P::Message>,
    inbox: Vec<Parcel<P::Message>>,
    /// The memory of the last epoch's arrivals.
    spare: Vec<P::Message>,
    outbox: Outbox<P::Message>,
    /// What was told of epochs that others have not done yet.
    told: VecDeque<Told<P::Report>>,
    /// Messages sent and taken so far.
    sent: u64,
    taken: u64,
    /// Epochs done.
    done: u64,
    /// Those that may still send into an epoch while they work on it.
    near_upstream: Vec<usize>,
    /// Those whose messages come an epoch later at the earliest.
    far_upstream: Vec<usize>,
    near_downstream: Vec<usize>,
    /// All that it sends to: it must not run away from them.
    receivers: Vec<usize>,
    ready: bool,
    halt: Option<P::Halt>,
    /// What it has not finished is not begun again.
    has_halted: bool,
}

/// What a process tells of an epoch, and the messages that it had sent and taken until then.
#[derive(Debug)]
struct Told<R> {
    report: R,
    sent: u64,
    taken: u64,
}

impl<P: Process> Network<P> {
    /// A network of `processes` that runs to `horizon` in epochs of the given length.
    ///
    /// # Errors
    ///
    /// [`NetworkError::Cycle`] where the edges with a delay below one epoch form a cycle.
    pub fn new(
        processes: Vec<P>,
        edges: &[Edge],
        epoch: Duration,
        horizon: Time,
    ) -> Result<Self, NetworkError> {
        let n = processes.len();
        let mut nodes: Vec<Node<P>> = processes
            .into_iter()
            .map(|process| Node {
                process,
                mailbox: Mailbox::new(epoch),
                inbox: Vec::new(),
                spare: Vec::new(),
                outbox: Outbox::new(n),
                told: VecDeque::new(),
                sent: 0,
                taken: 0,
                done: 0,
                near_upstream: Vec::new(),
                far_upstream: Vec::new(),
                near_downstream: Vec::new(),
                receivers: Vec::new(),
                ready: false,
                halt: None,
                has_halted: false,
            })
            .collect();
        for edge in edges {
            let upstream = if edge.delay < epoch {
                &mut nodes[edge.to].near_upstream
            } else {
                &mut nodes[edge.to].far_upstream
            };
            upstream.push(edge.from);
            nodes[edge.from].receivers.push(edge.to);
            nodes[edge.from].outbox.add_lane(edge.to, edge.delay < epoch);
            if edge.delay < epoch {
                nodes[edge.from].near_downstream.push(edge.to);
            }
        }
        let epochs = horizon.as_micros().div_ceil(epoch.as_micros());
        let network =
            Self { nodes, epochs, horizon, spares: Vec::new(), spent: Vec::new(), halted: None, checked: 0 };
        if network.has_near_cycle() { Err(NetworkError::Cycle) } else { Ok(network) }
    }

    /// Runs every process to the horizon. `check` sees what all processes tell of each epoch, and how many messages are
    /// then on their way, and may end the run.
    ///
    /// # Errors
    ///
    /// What a process or `check` halted with: of the first epoch in which any did, and in it of the first process (by
    /// position), with `check` after them. On however many threads, and in whatever order the processes worked, that is
    /// the same.
    ///
    /// # Panics
    ///
    /// If a message comes for an epoch that is over, or processes wait for each other for ever: the network, or an
    /// edge's delay, would be wrong.
    pub fn run(
        &mut self,
        execution: Execution,
        mut check: impl FnMut(&[P::Report], usize) -> Result<(), P::Halt>,
    ) -> Result<(), P::Halt> {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        let mut round = 0_u64;
        loop {
            if let Some(seed) = execution.shuffle {
                shuffle(&mut order, seed.wrapping_add(round));
            }
            let any = if execution.parallel { self.step_together() } else { self.step_in_turn(&order) };
            if !any {
                break;
            }
            while let Some((reports, in_transit)) = self.next_told() {
                if let Err(halt) = check(&reports, in_transit) {
                    self.note_halt(Halted { epoch: self.checked, position: AFTER_ALL, halt });
                }
                self.checked += 1;
            }
            round += 1;
        }
        if let Some(Halted { halt, .. }) = self.halted.take() {
            return Err(halt);
        }
        assert!(self.nodes.iter().all(|node| node.done == self.epochs), "somebody waits for ever");
        Ok(())
    }

    /// The processes, for what they have to tell.
    pub fn into_processes(self) -> impl Iterator<Item = P> {
        self.nodes.into_iter().map(|node| node.process)
    }

    /// One round in which all that may work do so at the same time; whether there were any.
    fn step_together(&mut self) -> bool {
        for i in 0..self.nodes.len() {
            self.nodes[i].ready = self.is_ready(i);
            if self.nodes[i].ready {
                self.lend_spent(i);
            }
        }
        let horizon = self.horizon;
        let ready = self.nodes.par_iter_mut().with_max_len(1).filter(|node| node.ready);
        ready.for_each(|node| node.step(horizon));
        let mut any = false;
        for i in 0..self.nodes.len() {
            if self.nodes[i].ready {
                any = true;
                self.deliver(i);
            }
        }
        any
    }

    /// One round in which each works as soon as it may, and is handed what those before it have just sent, while that is
    /// still in a near cache; whether there were any.
    fn step_in_turn(&mut self, order: &[usize]) -> bool {
        let mut any = false;
        for &i in order {
            if self.is_ready(i) {
                any = true;
                self.lend_spent(i);
                self.nodes[i].step(self.horizon);
                self.deliver(i);
            }
        }
        any
    }

    /// Whether a process may work on its next epoch, and should: after that in which the run ends, nobody needs to.
    fn is_ready(&self, position: usize) -> bool {
        let node = &self.nodes[position];
        let done = |other: &usize| self.nodes[*other].done;
        node.done < self.epochs
            && !node.has_halted
            && node.near_upstream.iter().all(|up| done(up) > node.done)
            && node.far_upstream.iter().all(|up| done(up) >= node.done)
            && node.receivers.iter().all(|to| node.done < done(to) + EPOCHS_AHEAD)
            && node.done < self.checked + EPOCHS_UNCHECKED
            // of an epoch in which one has halted, all that can be done is done: whoever comes before it may halt too
            && self.halted.as_ref().is_none_or(|halted| node.done <= halted.epoch)
    }

    /// Hands over what a process has sent.
    fn deliver(&mut self, from: usize) {
        if let Some(halt) = self.nodes[from].halt.take() {
            self.nodes[from].has_halted = true;
            self.note_halt(Halted { epoch: self.nodes[from].done, position: from, halt });
            return;
        }
        self.collect_spent(from);
        let spare = std::mem::take(&mut self.nodes[from].spare);
        // as many as there are processes are enough, and the memory of a burst goes back
        let is_usual = (1..=SPARE_CAPACITY_MAX).contains(&spare.capacity());
        if is_usual && self.spares.len() < self.nodes.len() {
            self.spares.push(spare);
        }
        let epoch = self.nodes[from].done - 1;
        for lane in 0..self.nodes[from].outbox.lanes.len() {
            let lane = &mut self.nodes[from].outbox.lanes[lane];
            if lane.now.is_empty() && lane.later.is_empty() {
                continue;
            }
            let now = std::mem::replace(&mut lane.now, self.spares.pop().unwrap_or_default());
            let later = std::mem::take(&mut lane.later);
            let in_order = std::mem::replace(&mut lane.in_order, true);
            let to = lane.to;
            // the receiver may have done this epoch, whether it has or not
            assert!(
                lane.is_near || now.is_empty(),
                "a message over a long edge came for epoch {epoch}, which is over for all that process {to} knows"
            );
            self.nodes[to].inbox.push(Parcel { epoch, now, in_order, later });
        }
    }

    fn note_halt(&mut self, found: Halted<P::Halt>) {
        let is_sooner =
            |before: &Halted<P::Halt>| (found.epoch, found.position) < (before.epoch, before.position);
        if self.halted.as_ref().is_none_or(is_sooner) {
            self.halted = Some(found);
        }
    }

    /// What all tell of the next epoch that all have done, and how many messages were then on their way.
    fn next_told(&mut self) -> Option<(Vec<P::Report>, usize)> {
        if self.nodes.iter().any(|node| node.told.is_empty()) {
            return None;
        }
        let (mut all_sent, mut all_taken) = (0, 0);
        let told = self.nodes.iter_mut().filter_map(|node| node.told.pop_front());
        let reports = told.map(|Told { report, sent, taken }| {
            all_sent += sent;
            all_taken += taken;
            report
        });
        let reports = reports.collect();
        Some((reports, (all_sent - all_taken) as usize))
    }

    /// Collects what a process has done with.
    fn collect_spent(&mut self, node: usize) {
        self.spent.append(&mut self.nodes[node].outbox.spent);
        self.spent.truncate(SPENT_MAX);
    }

    /// Lends a process as much of what is spent as it used in its last epoch: messages end elsewhere than they begin.
    fn lend_spent(&mut self, node: usize) {
        let outbox = &mut self.nodes[node].outbox;
        let wanted = std::mem::take(&mut outbox.n_reused).min(self.spent.len());
        outbox.spent.extend(self.spent.drain(self.spent.len() - wanted..));
    }

    /// Whether the edges shorter than an epoch form a cycle (Kahn's algorithm leaves something over).
    fn has_near_cycle(&self) -> bool {
        let mut missing: Vec<usize> = self.nodes.iter().map(|node| node.near_upstream.len()).collect();
        let mut free: Vec<usize> = (0..missing.len()).filter(|&i| missing[i] == 0).collect();
        let mut sorted = 0;
        while let Some(i) = free.pop() {
            sorted += 1;
            for &down in &self.nodes[i].near_downstream {
                missing[down] -= 1;
                if missing[down] == 0 {
                    free.push(down);
                }
            }
        }
        sorted < self.nodes.len()
    }
}

impl<P: Process> Node<P> {
    fn step(&mut self, horizon: Time) {
        for parcel in self.inbox.drain(..) {
            self.mailbox.post(parcel);
        }
        let until = self.mailbox.epoch_end().min(horizon);
        let mut arrivals = self.mailbox.take_epoch();
        // only the horizon ends an epoch early: what is due after it never happens
        arrivals.truncate(arrivals.partition_point(|message| message.time() < until));
        self.outbox.until = until;
        self.taken += arrivals.len() as u64;
        self.halt = self.process.advance(until, &mut arrivals, &mut self.outbox).err();
        arrivals.clear();
        self.spare = arrivals;
        if self.halt.is_none() {
            self.done += 1;
            self.sent += self.outbox.n_sent();
            self.told.push_back(Told { report: self.process.report(), sent: self.sent, taken: self.taken });
        }
    }
}

/// Fisher–Yates with a small generator: only tests of order-independence ask for it.
fn shuffle(order: &mut [usize], seed: u64) {
    let key = crate::random::ReplicationKey::new(seed, 0);
    for i in (1..order.len()).rev() {
        let j = (key.stream(i as u64, 0).uniform() * (i + 1) as f64) as usize;
        order.swap(i, j);
    }
}

#[cfg(test)]
mod tests;
