//! The network of processes, and the order in which they run.

use std::fmt;

use rayon::prelude::*;

use super::mailbox::{Mailbox, Parcel};
use crate::units::{Duration, Time};

/// How many epochs a process may be ahead of one that it feeds: what is in flight stays bounded.
const EPOCHS_AHEAD: u64 = 2;

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
}

/// What a process sends during an epoch.
#[derive(Debug)]
pub struct Outbox<M> {
    /// The end of the epoch.
    until: Time,
    /// The lane to each process, [`NO_LANE`] where there is no edge.
    lane_to: Vec<u32>,
    lanes: Vec<Lane<M>>,
    /// Messages that are done with, whose memory may serve new ones.
    spent: Vec<M>,
    /// How many were asked for in this epoch.
    n_reused: usize,
}

/// The largest batch whose memory is kept for another.
const SPARE_CAPACITY_MAX: usize = 1 << 16;

/// Spent messages that a network keeps, at most.
const SPENT_MAX: usize = 1 << 16;

const NO_LANE: u32 = u32::MAX;

/// What goes to one receiver, apart by whether it is due before the end of the epoch: then the batch can be handed
/// over as it is.
#[derive(Debug)]
struct Lane<M> {
    to: usize,
    now: Vec<M>,
    /// The time of the last of them.
    last: Time,
    /// Whether each of them is due after the one before: so it mostly is, and then nobody needs to look at them again.
    in_order: bool,
    later: Vec<M>,
}

impl<M: Message> Outbox<M> {
    fn new(n_processes: usize) -> Self {
        Self {
            until: Time::ZERO,
            lane_to: vec![NO_LANE; n_processes],
            lanes: Vec::new(),
            spent: Vec::new(),
            n_reused: 0,
        }
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
        self.n_reused += 1;
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
        let Self { until, lane_to, lanes, spent, n_reused } = self;
        let lane = &mut lanes[lane_to[to] as usize];
        for item in items {
            *n_reused += 1;
            lane.push(make(spent.pop(), item), *until);
        }
    }

    fn add_lane(&mut self, to: usize) {
        if self.lane_to[to] == NO_LANE {
            self.lane_to[to] = self.lanes.len() as u32;
            self.lanes.push(Lane {
                to,
                now: Vec::new(),
                last: Time::ZERO,
                in_order: true,
                later: Vec::new(),
            });
        }
    }
}

impl<M: Message> Lane<M> {
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
}

#[derive(Debug)]
struct Node<P: Process> {
    process: P,
    mailbox: Mailbox<P::Message>,
    inbox: Vec<Parcel<P::Message>>,
    /// The memory of the last epoch's arrivals.
    spare: Vec<P::Message>,
    outbox: Outbox<P::Message>,
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
                done: 0,
                near_upstream: Vec::new(),
                far_upstream: Vec::new(),
                near_downstream: Vec::new(),
                receivers: Vec::new(),
                ready: false,
                halt: None,
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
            nodes[edge.from].outbox.add_lane(edge.to);
            if edge.delay < epoch {
                nodes[edge.from].near_downstream.push(edge.to);
            }
        }
        let epochs = horizon.as_micros().div_ceil(epoch.as_micros());
        let network = Self { nodes, epochs, horizon, spares: Vec::new(), spent: Vec::new() };
        if network.has_near_cycle() { Err(NetworkError::Cycle) } else { Ok(network) }
    }

    /// Runs every process to the horizon. `check` sees all processes, and how many messages are on their way, after
    /// each round, and may end the run.
    ///
    /// # Errors
    ///
    /// Whatever the first process (by position) or `check` halted with.
    ///
    /// # Panics
    ///
    /// If a message comes for an epoch that is over, or processes wait for each other for ever: the network, or an
    /// edge's delay, would be wrong.
    pub fn run(
        &mut self,
        execution: Execution,
        mut check: impl FnMut(&mut dyn Iterator<Item = &P>, usize) -> Result<(), P::Halt>,
    ) -> Result<(), P::Halt> {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        let mut round = 0_u64;
        while self.mark_ready() {
            if let Some(seed) = execution.shuffle {
                shuffle(&mut order, seed.wrapping_add(round));
            }
            let horizon = self.horizon;
            if execution.parallel {
                self.nodes
                    .par_iter_mut()
                    .with_max_len(1)
                    .filter(|node| node.ready)
                    .for_each(|node| node.step(horizon));
            } else {
                for &i in &order {
                    if self.nodes[i].ready {
                        self.nodes[i].step(horizon);
                    }
                }
            }
            self.deliver()?;
            self.share_spent();
            let in_transit = self.nodes.iter().map(|node| node.mailbox.len() + node.waiting_inbox()).sum();
            check(&mut self.nodes.iter().map(|node| &node.process), in_transit)?;
            round += 1;
        }
        assert!(self.nodes.iter().all(|node| node.done == self.epochs), "somebody waits for ever");
        Ok(())
    }

    /// The processes, for what they have to tell.
    pub fn into_processes(self) -> impl Iterator<Item = P> {
        self.nodes.into_iter().map(|node| node.process)
    }

    /// Marks the processes that may work on their next epoch; whether there are any.
    fn mark_ready(&mut self) -> bool {
        let done: Vec<u64> = self.nodes.iter().map(|node| node.done).collect();
        let mut any = false;
        for node in &mut self.nodes {
            node.ready = node.done < self.epochs
                && node.near_upstream.iter().all(|&up| done[up] > node.done)
                && node.far_upstream.iter().all(|&up| done[up] >= node.done)
                && node.receivers.iter().all(|&to| node.done < done[to] + EPOCHS_AHEAD);
            any |= node.ready;
        }
        any
    }

    /// Hands over what the processes of this round have sent.
    fn deliver(&mut self) -> Result<(), P::Halt> {
        for from in 0..self.nodes.len() {
            if !self.nodes[from].ready {
                continue;
            }
            if let Some(halt) = self.nodes[from].halt.take() {
                return Err(halt);
            }
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
                self.nodes[to].inbox.push(Parcel { epoch, now, in_order, later });
            }
        }
        Ok(())
    }

    /// Collects what is spent, and hands it out to those that can use it: messages end elsewhere than they begin.
    fn share_spent(&mut self) {
        for node in self.nodes.iter_mut().filter(|node| node.ready) {
            self.spent.append(&mut node.outbox.spent);
        }
        for node in self.nodes.iter_mut().filter(|node| node.ready) {
            let wanted = std::mem::take(&mut node.outbox.n_reused).min(self.spent.len());
            node.outbox.spent.extend(self.spent.drain(self.spent.len() - wanted..));
        }
        self.spent.truncate(SPENT_MAX);
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
        self.halt = self.process.advance(until, &mut arrivals, &mut self.outbox).err();
        arrivals.clear();
        self.spare = arrivals;
        self.done += 1;
    }

    fn waiting_inbox(&self) -> usize {
        self.inbox.iter().map(Parcel::len).sum()
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
mod tests {
    use super::*;

    /// A token that counts its hops.
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Token {
        due: u64,
        id: u64,
        hops: u32,
    }

    impl Message for Token {
        fn time(&self) -> Time {
            Time::from_micros(self.due)
        }
        fn order(&self) -> u64 {
            self.id
        }
    }

    /// Passes each token on after a delay, and logs it.
    #[derive(Debug)]
    struct Relay {
        to: usize,
        delay: u64,
        log: Vec<Token>,
        born: Vec<Token>,
    }

    impl Process for Relay {
        type Message = Token;
        type Halt = ();

        fn advance(
            &mut self,
            until: Time,
            arrivals: &mut Vec<Token>,
            outbox: &mut Outbox<Token>,
        ) -> Result<(), ()> {
            let born = self.born.extract_if(.., |token| token.time() < until).collect::<Vec<_>>();
            for token in arrivals.drain(..).chain(born) {
                assert!(token.time() < until);
                self.log.push(token);
                outbox.send(self.to, Token { due: token.due + self.delay, hops: token.hops + 1, ..token });
            }
            Ok(())
        }
    }

    fn ring(execution: Execution) -> Vec<Vec<Token>> {
        // 0 -> 1 -> 2 -> 0: the last edge is longer than an epoch and closes the cycle
        let delays = [1, 3, 25];
        let relays = (0..3).map(|i| Relay {
            to: (i + 1) % 3,
            delay: delays[i],
            log: vec![],
            born: if i == 0 {
                (0..5).map(|id| Token { due: 40 * id, id, hops: 0 }).collect()
            } else {
                vec![]
            },
        });
        let edges: Vec<Edge> = (0..3)
            .map(|i| Edge { from: i, to: (i + 1) % 3, delay: Duration::from_micros(delays[i]) })
            .collect();
        let mut network =
            Network::new(relays.collect(), &edges, Duration::from_micros(20), Time::from_micros(1000))
                .unwrap();
        network.run(execution, |_, _| Ok(())).unwrap();
        network.into_processes().map(|relay| relay.log).collect()
    }

    #[test]
    fn a_cycle_with_a_long_edge_runs_and_order_does_not_matter() {
        let logs = ring(Execution::default());
        // each round trip takes 29: the token born at 0 passes process 0 at 0, 29, 58, … below 1000
        assert_eq!(logs[0].iter().filter(|token| token.id == 0).count(), 1000_usize.div_ceil(29));
        for execution in [
            Execution { parallel: true, shuffle: None },
            Execution { parallel: false, shuffle: Some(1) },
            Execution { parallel: false, shuffle: Some(2) },
        ] {
            assert_eq!(ring(execution), logs);
        }
    }

    #[test]
    fn a_cycle_of_short_edges_is_refused() {
        let relay = |to| Relay { to, delay: 1, log: vec![], born: vec![] };
        let edge = |from, to| Edge { from, to, delay: Duration::from_micros(1) };
        let network = Network::new(
            vec![relay(1), relay(0)],
            &[edge(0, 1), edge(1, 0)],
            Duration::from_micros(20),
            Time::from_micros(100),
        );
        assert_eq!(network.err(), Some(NetworkError::Cycle));
    }
}
