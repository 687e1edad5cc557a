//! Processes that one thread works through.

use super::division::work;
use super::mailbox::Shipment;
use super::network::{Halted, Process, Progress};
use super::node::{Node, RowOf};

/// How many epochs a process may be ahead of one that it feeds: what is in flight stays bounded, and in a near cache.
const EPOCHS_AHEAD: u64 = 2;

/// How many epochs a process works through in a round, at most: enough for what it costs that threads meet.
pub(super) const EPOCHS_A_ROUND: u64 = 4;

/// How many epochs a process may be ahead of one that it feeds in another group: one of them works on the epochs of a
/// round that the other has done in the round before.
const EPOCHS_AHEAD_OF_GROUP: u64 = 2 * EPOCHS_A_ROUND;

/// Where a group has sent others more messages than this in a round and the one before, it goes an epoch at a time: what
/// is in flight stays bounded in a burst too.
const MOST_AWAY: usize = 1 << 15;

/// How many epochs a process may be ahead of the last that all have done: what it has told is kept until then.
const EPOCHS_UNCHECKED: u64 = 64;

/// After the processes were divided anew, messages that are done with are let go for so many rounds in which each group
/// had a thread to itself, the same as in the round before; and for at most so many rounds in all.
const ROUNDS_APART: u64 = 16;
const ROUNDS_APART_AT_MOST: u64 = 32;

/// Spent messages that are kept, at most.
const SPENT_MAX: usize = 1 << 16;

/// The largest batch whose memory is kept for another.
const SPARE_CAPACITY_MAX: usize = 1 << 16;

/// Processes that work in turn. Each is handed what those before it have just sent, while that is still in a near
/// cache; what goes to other groups waits for the end of the round.
#[derive(Debug)]
pub(super) struct Group<P: Process> {
    /// In order of their positions in the network.
    pub(super) nodes: Vec<Node<P>>,
    /// The place in `nodes` of each process of the network that is here.
    places: Vec<Option<usize>>,
    epochs: u64,
    /// What is known of all processes: of those elsewhere, how far they were when the round began.
    known: Progress,
    /// What goes to processes elsewhere.
    pub(super) away: Vec<(usize, Shipment<RowOf<P>>)>,
    /// How many messages that is, and how many it was in the round before.
    n_away: usize,
    n_away_before: usize,
    /// What the messages of this round have cost.
    pub(super) work: u64,
    /// Memory of batches that have been worked through.
    spares: Vec<Vec<P::Message>>,
    /// Messages that are done with.
    pub(super) spent: Vec<P::Message>,
    /// What ends the run, if it was found here in this round.
    pub(super) halted: Option<Halted<P::Halt>>,
    /// Whether there was anything to do in this round.
    pub(super) has_worked: bool,
    /// How often it has gone through all of them.
    n_passes: u64,
    /// For how many more rounds messages that are done with are let go: of those in which each group has a thread to
    /// itself.
    rounds_apart: u64,
    /// The same, of all rounds.
    rounds_apart_at_most: u64,
    /// The thread that worked on it in this round, and in the one before.
    pub(super) thread: Option<usize>,
    thread_before: Option<usize>,
}

impl<P: Process> Group<P> {
    /// A group of some of `n` processes, for so many epochs.
    pub(super) fn new(mut nodes: Vec<Node<P>>, n: usize, epochs: u64) -> Self {
        let mut places = vec![None; n];
        nodes.iter().enumerate().for_each(|(place, node)| places[node.position] = Some(place));
        for lane in nodes.iter_mut().flat_map(|node| &mut node.outbox.lanes) {
            lane.set_away(places[lane.to].is_none());
        }
        Self {
            nodes,
            places,
            epochs,
            known: Progress::default(),
            away: Vec::new(),
            n_away: 0,
            n_away_before: 0,
            work: 0,
            spares: Vec::new(),
            spent: Vec::new(),
            halted: None,
            has_worked: false,
            n_passes: 0,
            rounds_apart: 0,
            rounds_apart_at_most: 0,
            thread: None,
            thread_before: None,
        }
    }

    /// Processes have gone from one thread to another, and the memory of their messages lies mixed with that of messages
    /// here: each time one of them was written, the other would have to be fetched from another cache. So for a time what
    /// is done with is let go, and every thread gets memory of its own.
    pub(super) fn go_apart(&mut self) {
        self.rounds_apart = ROUNDS_APART;
        self.rounds_apart_at_most = ROUNDS_APART_AT_MOST;
    }

    /// A round is over, in which each group had a thread to itself or not. Where one thread works on two, because another
    /// is late, they go on having memory in common.
    pub(super) fn end_round(&mut self, has_own_thread: bool) {
        let has_kept_it = has_own_thread && self.thread == self.thread_before;
        self.rounds_apart = self.rounds_apart.saturating_sub(u64::from(has_kept_it));
        self.rounds_apart_at_most = self.rounds_apart_at_most.saturating_sub(1);
    }

    /// The process at a position of the network, if it is here.
    pub(super) fn node_mut(&mut self, position: usize) -> Option<&mut Node<P>> {
        self.places[position].map(|place| &mut self.nodes[place])
    }

    /// Works through what can be done of the next epochs; in an order shuffled by a number, if there is one.
    pub(super) fn work(&mut self, progress: &Progress, shuffle: Option<u64>) {
        self.known.clone_from(progress);
        self.has_worked = false;
        self.thread_before = std::mem::replace(&mut self.thread, rayon::current_thread_index());
        self.n_away_before = std::mem::take(&mut self.n_away);
        self.work = 0;
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        loop {
            if let Some(seed) = shuffle {
                shuffle_by(seed.wrapping_add(self.n_passes), &mut order);
            }
            self.n_passes += 1;
            let mut any = false;
            for &place in &order {
                if self.is_ready(place, progress) {
                    any = true;
                    self.step(place);
                }
            }
            if !any {
                break;
            }
            self.has_worked = true;
        }
    }

    /// Tells how far the processes here have come.
    pub(super) fn tell_progress(&self, progress: &mut Progress) {
        for node in &self.nodes {
            progress.done[node.position] = node.done;
        }
    }

    /// Whether a process may work on its next epoch, and should: after that in which the run ends, nobody needs to.
    fn is_ready(&self, place: usize, round_began: &Progress) -> bool {
        let node = &self.nodes[place];
        let done = |other: &usize| self.known.done[*other];
        let is_flood = self.n_away + self.n_away_before > MOST_AWAY;
        let epochs_a_round = if is_flood { 1 } else { EPOCHS_A_ROUND };
        let may_be_ahead = |other: &usize| {
            let is_here = self.places[*other].is_some();
            if is_here || is_flood { EPOCHS_AHEAD } else { EPOCHS_AHEAD_OF_GROUP }
        };
        node.done < self.epochs
            && !node.has_halted
            && node.senders.iter().all(|(up, epochs)| done(up) + epochs > node.done)
            && node.receivers.iter().all(|to| node.done < done(to) + may_be_ahead(to))
            && node.done < round_began.done[node.position] + epochs_a_round
            && node.done < self.known.checked + EPOCHS_UNCHECKED
            // of an epoch in which one has halted, all that can be done is done: whoever comes before it may halt too
            && self.known.halted_in.is_none_or(|epoch| node.done <= epoch)
    }

    /// A process works on its next epoch.
    fn step(&mut self, place: usize) {
        let node = &mut self.nodes[place];
        let epoch = node.done;
        let before = node.n_messages();
        std::mem::swap(&mut self.spent, &mut node.outbox.spent);
        let stepped = node.step();
        std::mem::swap(&mut self.spent, &mut node.outbox.spent);
        let is_apart = self.rounds_apart > 0 && self.rounds_apart_at_most > 0;
        self.spent.truncate(if is_apart { 0 } else { SPENT_MAX });
        self.known.done[node.position] = node.done;
        let after = node.n_messages();
        self.work += work(after.0 - before.0, after.1 - before.1);
        match stepped {
            Ok(()) => self.deliver(place, epoch),
            Err(halt) => {
                Halted { epoch, position: node.position, halt }.note_in(&mut self.halted);
                let sooner = self.known.halted_in.map_or(epoch, |known| known.min(epoch));
                self.known.halted_in = Some(sooner);
            }
        }
    }

    /// Hands over what a process has sent in an epoch.
    fn deliver(&mut self, from: usize, epoch: u64) {
        let spare = std::mem::take(&mut self.nodes[from].spare);
        self.keep_spare(spare);
        let position = self.nodes[from].position;
        for lane in 0..self.nodes[from].outbox.lanes.len() {
            let lane = &mut self.nodes[from].outbox.lanes[lane];
            let n_sent = lane.n_waiting();
            if n_sent == 0 {
                continue;
            }
            lane.n_sent += n_sent;
            let to = lane.to;
            // over a long edge the receiver may have done this epoch already: it waits for nobody
            assert!(
                lane.is_near || lane.has_nothing_now(),
                "a message over a long edge came for epoch {epoch}, which is over for all that process {to} knows"
            );
            if let Some(place) = self.places[to] {
                let parcel = lane.take_parcel(epoch, &mut self.spares);
                self.nodes[place].inbox.push(parcel);
            } else {
                let parcel = lane.take_row(epoch);
                self.away.push((to, Shipment { from: position, parcel }));
                self.n_away += n_sent as usize;
            }
        }
    }

    /// Keeps the memory of a batch. As many as there are processes are enough, and the memory of a burst goes back.
    fn keep_spare(&mut self, batch: Vec<P::Message>) {
        let is_usual = (1..=SPARE_CAPACITY_MAX).contains(&batch.capacity());
        if is_usual && self.spares.len() < self.known.done.len() {
            self.spares.push(batch);
        }
    }
}

/// Fisher–Yates with a small generator: only tests of order-independence ask for it.
pub(super) fn shuffle_by(seed: u64, order: &mut [usize]) {
    let key = crate::random::ReplicationKey::new(seed, 0);
    for i in (1..order.len()).rev() {
        let j = (key.stream(i as u64, 0).uniform() * (i + 1) as f64) as usize;
        order.swap(i, j);
    }
}
