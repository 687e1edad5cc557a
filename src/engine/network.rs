//! The network of processes, and the order in which they run.
//!
//! In a round, every group of processes works through some epochs, each group on a thread; then groups hand over what
//! they have sent each other. Who belongs to which group makes no difference to the answers: what is due in an epoch is
//! put in order before a process sees it.

use std::collections::BTreeSet;
use std::fmt;

use rayon::prelude::*;

use super::division::{Load, ROUNDS_WORTHWHILE, divide, is_worthwhile};
use super::group::{EPOCHS_A_ROUND, Group, shuffle_by};
use super::node::{Node, Told};
use super::outbox::Outbox;
use crate::units::{Duration, Time};

/// Something that happens to a process at a time.
pub trait Message: Send + fmt::Debug + Sized {
    /// Such messages on their way to another thread; where nothing is gained by packing them, a `Vec` of them.
    type Row: Row<Self>;

    /// When it is due.
    fn time(&self) -> Time;

    /// Orders messages that are due at the same time. It must come from what the message is about (the case), never
    /// from who computed it first.
    fn order(&self) -> u64;
}

/// Messages on their way to another thread, one after the other and as small as may be: what one thread has written,
/// another must fetch from its cache, and a processor does so ahead of time for a row, but not for what lies anywhere.
pub trait Row<M>: Default + Send + fmt::Debug {
    /// Adds a message. What is left of it, if its memory may serve another.
    fn push(&mut self, message: M) -> Option<M>;

    /// Moves all messages into an empty row, in one go.
    fn move_to(&mut self, empty: &mut Self);

    /// Moves all messages to the end of `messages`, in order, in the memory of those that are `spent` while there are
    /// such; this row is empty then, and keeps its own memory.
    fn unpack(&mut self, spent: &mut Vec<M>, messages: &mut Vec<M>);
}

/// As they are.
impl<M: Send + fmt::Debug> Row<M> for Vec<M> {
    fn push(&mut self, message: M) -> Option<M> {
        self.push(message);
        None
    }

    fn move_to(&mut self, empty: &mut Self) {
        empty.append(self);
    }

    fn unpack(&mut self, _: &mut Self, messages: &mut Self) {
        messages.append(self);
    }
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
    /// Visit the processes in an order shuffled by this number, and, where there are threads, divide the processes among
    /// them by it in many rounds: for tests of just that.
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
    /// Each process is in one group, and each group in the hands of one thread at a time.
    groups: Vec<Group<P>>,
    /// How far each process has come.
    progress: Progress,
    epochs: u64,
    /// What ends the run.
    halted: Option<Halted<P::Halt>>,
    /// What threads give, since the processes were divided.
    gain: Gain,
}

/// What was to be done, and what one after the other had to do of it because each round waits for the last group.
#[derive(Debug, Default)]
struct Gain {
    all: u64,
    longest: u64,
}

/// How far a network has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// Epochs done, by process.
    pub(super) done: Vec<u64>,
    /// Epochs that all have done and `check` has seen.
    pub(super) checked: u64,
    /// The epoch in which the run will end, as far as is known.
    pub(super) halted_in: Option<u64>,
}

/// What ends a run early, and where it stands among all that might.
#[derive(Debug)]
pub(super) struct Halted<H> {
    pub(super) epoch: u64,
    pub(super) position: usize,
    pub(super) halt: H,
}

/// The position of what is found when all processes have done an epoch: after theirs.
const AFTER_ALL: usize = usize::MAX;

/// Processes are divided among threads anew after so many rounds, and then each time that there were four times as many,
/// but no less often than [`ROUNDS_AT_MOST`].
const ROUNDS_AT_FIRST: u64 = 16;
const ROUNDS_AT_MOST: u64 = 64;

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
        let epochs = horizon.as_micros().div_ceil(epoch.as_micros());
        let node = |(position, process)| Node::new(process, position, n, epoch, horizon);
        let mut nodes: Vec<Node<P>> = processes.into_iter().enumerate().map(node).collect();
        for edge in edges {
            let is_near = edge.delay < epoch;
            nodes[edge.from].add_receiver(edge.to, is_near);
            nodes[edge.to].add_sender(edge.from, edge.delay.as_micros() / epoch.as_micros());
        }
        if has_near_cycle(&nodes) {
            return Err(NetworkError::Cycle);
        }
        let progress = Progress { done: vec![0; n], ..Progress::default() };
        Ok(Self {
            groups: vec![Group::new(nodes, n, epochs)],
            progress,
            epochs,
            halted: None,
            gain: Gain::default(),
        })
    }

    /// Lends messages that are done with: their memory may serve new ones.
    pub fn lend(&mut self, spent: Vec<P::Message>) {
        self.groups[0].spent = spent;
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
        let n_threads = if execution.parallel { rayon::current_num_threads() } else { 1 };
        let (mut round, mut divides_after) = (0_u64, Some(ROUNDS_AT_FIRST));
        if let (true, Some(seed)) = (execution.parallel, execution.shuffle) {
            self.divide_by_chance(seed);
        }
        while self.round(execution.shuffle.map(|seed| seed.wrapping_add(round << 32))) {
            while let Some((reports, in_transit)) = self.next_told() {
                if let Err(halt) = check(&reports, in_transit) {
                    self.note_halt(Halted { epoch: self.progress.checked, position: AFTER_ALL, halt });
                }
                self.progress.checked += 1;
            }
            round += 1;
            if let (true, Some(seed)) = (execution.parallel, execution.shuffle) {
                // in between, groups go on with memory that they have used before
                if round < 4 || round.is_multiple_of(12) {
                    self.divide_by_chance(seed.wrapping_add(round));
                }
            } else if n_threads > 1 && divides_after == Some(round) {
                let may_divide = self.rounds_ahead() >= ROUNDS_WORTHWHILE && self.divide(n_threads);
                divides_after = may_divide.then(|| round + (3 * round).min(ROUNDS_AT_MOST));
            }
        }
        if let Some(Halted { halt, .. }) = self.halted.take() {
            return Err(halt);
        }
        assert!(self.progress.done.iter().all(|done| *done == self.epochs), "somebody waits for ever");
        Ok(())
    }

    /// The processes, for what they have to tell, and messages that are done with.
    pub fn into_parts(mut self) -> (impl Iterator<Item = P>, Vec<P::Message>) {
        // not those of other threads: their memory lies mixed with what these threads go on using
        let spent = self.groups.first_mut().map_or(Vec::new(), |first| std::mem::take(&mut first.spent));
        (dissolve(self.groups).into_iter().map(|node| node.process), spent)
    }

    /// One round in which all groups work at the same time; whether there was anything to do.
    fn round(&mut self, shuffle: Option<u64>) -> bool {
        let progress = &self.progress;
        match &mut self.groups[..] {
            [only] => only.work(progress, shuffle),
            groups => groups.par_iter_mut().with_max_len(1).for_each(|group| group.work(progress, shuffle)),
        }
        let threads: BTreeSet<Option<usize>> = self.groups.iter().map(|group| group.thread).collect();
        let have_own_threads = threads.len() == self.groups.len();
        for group in &mut self.groups {
            group.tell_progress(&mut self.progress);
            group.end_round(have_own_threads);
        }
        let work = || self.groups.iter().map(|group| group.work);
        self.gain.all += work().sum::<u64>();
        self.gain.longest += work().max().unwrap_or(0);
        self.exchange();
        for i in 0..self.groups.len() {
            if let Some(halted) = self.groups[i].halted.take() {
                self.note_halt(halted);
            }
        }
        self.groups.iter().any(|group| group.has_worked)
    }

    /// Hands over what goes from one group to another, and gives back what it came in.
    fn exchange(&mut self) {
        for i in 0..self.groups.len() {
            for (to, shipment) in std::mem::take(&mut self.groups[i].away) {
                self.node_mut(to).shipped.push(shipment);
            }
            for place in 0..self.groups[i].nodes.len() {
                let node = &mut self.groups[i].nodes[place];
                let position = node.position;
                for (from, empty) in std::mem::take(&mut node.emptied) {
                    if let Some(lane) = self.node_mut(from).outbox.lane_mut(position) {
                        lane.boxes.push(empty);
                    }
                }
            }
        }
    }

    fn node_mut(&mut self, position: usize) -> &mut Node<P> {
        let node = self.groups.iter_mut().find_map(|group| group.node_mut(position));
        node.unwrap_or_else(|| unreachable!("every process is in a group"))
    }

    /// How many rounds lie ahead, at least.
    fn rounds_ahead(&self) -> u64 {
        (self.epochs - self.progress.checked) / EPOCHS_A_ROUND
    }

    /// Divides the processes among so many threads by the work that they have had lately. Whether it is worth while to
    /// do so again: where one group has mostly waited for another, as in a short loop, all go back into one for good.
    fn divide(&mut self, n_threads: usize) -> bool {
        let n = self.progress.done.len();
        let gain = std::mem::take(&mut self.gain);
        if self.groups.len() > 1 && !is_worthwhile(gain.longest, gain.all) {
            self.regroup(&vec![0; n]);
            return false;
        }
        let mut present = vec![0; n];
        let mut loads = vec![Load::default(); n];
        for (i, group) in self.groups.iter_mut().enumerate() {
            for node in &mut group.nodes {
                present[node.position] = i;
                loads[node.position] = node.take_load();
            }
        }
        if let Some(division) = divide(&loads, &present, n_threads) {
            self.regroup(&division);
        }
        true
    }

    fn divide_by_chance(&mut self, seed: u64) {
        let mut order: Vec<usize> = (0..self.progress.done.len()).collect();
        shuffle_by(seed, &mut order);
        let division: Vec<usize> = order.into_iter().map(|number| number % 3).collect();
        self.regroup(&division);
    }

    /// Makes groups of the processes; the group of each is given.
    fn regroup(&mut self, division: &[usize]) {
        let n_groups = division.iter().max().map_or(1, |most| most + 1);
        let mut parts: Vec<Vec<Node<P>>> = (0..n_groups).map(|_| Vec::new()).collect();
        for node in dissolve(std::mem::take(&mut self.groups)) {
            parts[division[node.position]].push(node);
        }
        self.groups = parts.into_iter().map(|part| Group::new(part, division.len(), self.epochs)).collect();
        if n_groups > 1 {
            self.groups.iter_mut().for_each(Group::go_apart);
        }
    }

    fn note_halt(&mut self, found: Halted<P::Halt>) {
        found.note_in(&mut self.halted);
        self.progress.halted_in = self.halted.as_ref().map(|halted| halted.epoch);
    }

    /// What all tell of the next epoch that all have done, and how many messages were then on their way.
    fn next_told(&mut self) -> Option<(Vec<P::Report>, usize)> {
        let Progress { done, checked, halted_in } = &self.progress;
        if done.iter().any(|done| done <= checked) || halted_in.is_some_and(|epoch| epoch < *checked) {
            return None;
        }
        let (mut all_sent, mut all_taken) = (0, 0);
        let nodes = self.groups.iter_mut().flat_map(|group| &mut group.nodes);
        let told = nodes.filter_map(|node| Some((node.position, node.told.pop_front()?)));
        let mut reports: Vec<(usize, P::Report)> = told
            .map(|(position, Told { report, sent, taken })| {
                all_sent += sent;
                all_taken += taken;
                (position, report)
            })
            .collect();
        reports.sort_by_key(|(position, _)| *position);
        let reports = reports.into_iter().map(|(_, report)| report).collect();
        Some((reports, (all_sent - all_taken) as usize))
    }
}

impl<H> Halted<H> {
    /// Keeps the first that is found, by epoch and position.
    pub(super) fn note_in(self, first: &mut Option<Self>) {
        let is_sooner = |before: &Self| (self.epoch, self.position) < (before.epoch, before.position);
        if first.as_ref().is_none_or(is_sooner) {
            *first = Some(self);
        }
    }
}

/// The processes of groups, in order.
fn dissolve<P: Process>(groups: Vec<Group<P>>) -> Vec<Node<P>> {
    let mut nodes: Vec<Node<P>> = groups.into_iter().flat_map(|group| group.nodes).collect();
    nodes.sort_by_key(|node| node.position);
    nodes
}

/// Whether the edges shorter than an epoch form a cycle (Kahn's algorithm leaves something over).
fn has_near_cycle<P: Process>(nodes: &[Node<P>]) -> bool {
    let mut missing: Vec<usize> =
        nodes.iter().map(|node| node.senders.iter().filter(|(_, epochs)| *epochs == 0).count()).collect();
    let mut free: Vec<usize> = (0..missing.len()).filter(|&i| missing[i] == 0).collect();
    let mut sorted = 0;
    while let Some(i) = free.pop() {
        sorted += 1;
        for &down in &nodes[i].near_downstream {
            missing[down] -= 1;
            if missing[down] == 0 {
                free.push(down);
            }
        }
    }
    sorted < nodes.len()
}

#[cfg(test)]
mod tests;
