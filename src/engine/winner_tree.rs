//! The event list of people at work: a winner (tournament) tree with one leaf per person.

use crate::units::Time;

/// The next completion among a fixed number of slots. Replacing a slot's time finds the winners again on the way from
/// its leaf to the root. Ties go to the lower slot.
#[derive(Debug, Clone)]
pub struct WinnerTree {
    /// The earliest key. A key is the time above, the slot below.
    winner: u64,
    slot_bits: u32,
    slot_mask: u64,
    /// Times from here on do not fit a key.
    limit: u64,
    nodes: Nodes,
}

/// Two shapes, which give the same winners.
#[derive(Debug, Clone)]
enum Nodes {
    /// A binary tree, for up to 64 slots: one comparison a level, and no branch to mispredict. Node 1 is the root, leaf
    /// `slot` is at 2^`levels` + `slot`, on 0, 3, 5 or 6 levels.
    Small { nodes: Box<[u64; SMALL]>, levels: u32 },
    /// Groups of eight, one line of cache each, on a few levels from the leaves up: what a large tree costs is memory.
    Large(Vec<Vec<Group>>),
}

/// Nodes of a small tree.
const SMALL: usize = 128;
const GROUP: usize = 8;
const IDLE: u64 = u64::MAX;

#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Group([u64; GROUP]);

impl WinnerTree {
    /// A tree of `slots` idle slots for times before `horizon`.
    ///
    /// `None` where time and slot do not fit 64 bits together: for a year, that is a quarter of a million slots.
    pub fn new(slots: usize, horizon: Time) -> Option<Self> {
        let leaves = slots.max(1).next_power_of_two();
        let slot_bits = leaves.trailing_zeros();
        let limit = 1_u64.checked_shl(63 - slot_bits)?;
        let fits = horizon.as_micros() < limit;
        fits.then(|| Self {
            winner: IDLE,
            slot_bits,
            slot_mask: (1 << slot_bits) - 1,
            limit,
            nodes: Nodes::new(leaves),
        })
    }

    /// The slot's next completion is at `time`; [`Time::NEVER`] where it is idle.
    ///
    /// # Panics
    ///
    /// If there is no such slot.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "stations spend their time here")]
    pub fn set(&mut self, slot: usize, time: Time) {
        let micros = time.as_micros();
        // what lies beyond the horizon never comes up: idle is as good
        let key = if micros >= self.limit { IDLE } else { micros << self.slot_bits | slot as u64 };
        match &mut self.nodes {
            // a single slot is always the winner
            Nodes::Small { nodes, levels: 0 } => self.winner = replace_in::<0>(nodes, slot, key),
            Nodes::Small { nodes, levels } => self.winner = replace_small(nodes, *levels, slot, key),
            Nodes::Large(levels) => self.winner = replace_large(levels, self.winner, slot, key),
        }
    }

    /// The time of the next completion; [`Time::NEVER`] where all are idle.
    #[inline]
    pub fn next_time(&self) -> Time {
        if self.winner == IDLE { Time::NEVER } else { Time::from_micros(self.winner >> self.slot_bits) }
    }

    /// The next completion, with its slot, if it is at `time` or before.
    ///
    /// `time` must be before the horizon.
    #[inline]
    pub fn next_until(&self, time: Time) -> Option<(Time, usize)> {
        // an idle slot's key is later than any time before the horizon
        let next = self.winner >> self.slot_bits;
        (next <= time.as_micros()).then(|| (Time::from_micros(next), self.next_slot()))
    }

    /// How many of the first `slots` slots are at `time` or later: idle ones too. It looks at each of them.
    ///
    /// `time` must not be after the horizon.
    pub fn count_from(&self, time: Time, slots: usize) -> usize {
        let least = time.as_micros() << self.slot_bits;
        let count = |keys: &[u64]| keys.iter().filter(|key| **key >= least).count();
        match &self.nodes {
            Nodes::Small { nodes, levels } => count(&nodes[1 << levels..][..slots]),
            Nodes::Large(levels) => {
                let groups = levels.first().map_or(&[] as &[Group], Vec::as_slice);
                // what is beyond the slots is idle
                let n_beyond = groups.len() * GROUP - slots;
                groups.iter().map(|group| count(&group.0)).sum::<usize>() - n_beyond
            }
        }
    }

    /// The slot of the next completion. Means nothing where all are idle.
    #[inline]
    pub fn next_slot(&self) -> usize {
        (self.winner & self.slot_mask) as usize
    }
}

impl Nodes {
    fn new(leaves: usize) -> Self {
        if let Some(levels) = [0, 3, 5, 6].into_iter().find(|levels| leaves <= 1 << levels) {
            return Self::Small { nodes: Box::new([IDLE; SMALL]), levels };
        }
        let mut levels = Vec::new();
        let mut keys = leaves;
        while keys > 1 {
            keys = keys.div_ceil(GROUP);
            levels.push(vec![Group([IDLE; GROUP]); keys]);
        }
        Self::Large(levels)
    }
}

/// Replaces the key of a slot; the winner of all.
///
/// The way up is written out, for a few sizes only: a processor guesses branches that always go the same way better
/// than a jump to one of many places. And it is a function of its own: in a caller's loop, LLVM (version 22) makes
/// branches of the comparisons, which are guessed wrong half the time.
#[inline(never)]
fn replace_small(nodes: &mut [u64; SMALL], levels: u32, slot: usize, key: u64) -> u64 {
    match levels {
        3 => replace_in::<3>(nodes, slot, key),
        5 => replace_in::<5>(nodes, slot, key),
        _ => replace_in::<6>(nodes, slot, key),
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a way up of known length is a handful of instructions")]
fn replace_in<const LEVELS: u32>(nodes: &mut [u64; SMALL], slot: usize, key: u64) -> u64 {
    let n_slots = 1 << LEVELS;
    assert!(slot < n_slots, "slot {slot} of {n_slots}");
    let mut node = n_slots + slot;
    let mut winner = key;
    nodes[node] = winner;
    for _ in 0..LEVELS {
        winner = winner.min(nodes[node ^ 1]);
        node >>= 1;
        nodes[node] = winner;
    }
    winner
}

/// Replaces the key of a slot; the winner of all, which was `winner` before.
#[inline(never)]
fn replace_large(levels: &mut [Vec<Group>], winner: u64, slot: usize, key: u64) -> u64 {
    let mut position = slot;
    let mut best = key;
    let mut levels = levels.iter_mut().peekable();
    while let Some(level) = levels.next() {
        let Group(keys) = &mut level[position / GROUP];
        // what is least among the others does not wait for what comes from below
        let others = least_but(keys, position % GROUP);
        keys[position % GROUP] = best;
        best = best.min(others);
        position /= GROUP;
        // the best of a group stands one level up as well
        let before = levels.peek().map_or(winner, |above| above[position / GROUP].0[position % GROUP]);
        // mostly, whoever begins to work is not the next to be done: then nothing changes further up
        if best == before {
            return winner;
        }
    }
    best
}

/// The least key but for one.
#[inline]
fn least_but(keys: &[u64; GROUP], position: usize) -> u64 {
    let hidden = &HIDDEN[position];
    let key = |i: usize| keys[i] | hidden[i];
    let pair = |first: usize| key(first).min(key(first + GROUP / 2));
    pair(0).min(pair(1)).min(pair(2).min(pair(3)))
}

/// For each place of a group: what makes the key there the last of all, and leaves the others as they are.
const HIDDEN: [[u64; GROUP]; GROUP] = {
    let mut hidden = [[0; GROUP]; GROUP];
    let mut place = 0;
    while place < GROUP {
        hidden[place][place] = u64::MAX;
        place += 1;
    }
    hidden
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::ReplicationKey;

    #[test]
    fn agrees_with_a_scan() {
        let horizon = Time::from_micros(1 << 40);
        for slots in [1, 2, 3, 7, 8, 9, 17, 32, 33, 63, 64, 65, 100, 511, 513, 700] {
            let mut tree = WinnerTree::new(slots, horizon).unwrap();
            let mut times = vec![Time::NEVER; slots];
            for step in 0..2000 {
                let mut draw = ReplicationKey::new(5, slots as u64).stream(step, 0);
                // now any slot, now the next
                let any = draw.next_bits() as usize % slots;
                let slot = if step % 2 == 0 { any } else { tree.next_slot().min(slots - 1) };
                let time = if draw.next_bits().is_multiple_of(4) {
                    Time::NEVER
                } else {
                    Time::from_micros(draw.next_bits() % 500)
                };
                tree.set(slot, time);
                times[slot] = time;
                let earliest = *times.iter().min().unwrap();
                assert_eq!(tree.next_time(), earliest);
                let first = times.iter().position(|t| *t == earliest);
                let before = Time::from_micros(draw.next_bits() % 500);
                assert_eq!(
                    tree.count_from(before, slots),
                    times.iter().filter(|time| **time >= before).count()
                );
                let due = (earliest <= before).then(|| (earliest, first.unwrap()));
                assert_eq!(tree.next_until(before), due);
                if earliest != Time::NEVER {
                    assert_eq!(Some(tree.next_slot()), first);
                }
            }
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let year = Time::from_micros(31_557_600_000_000);
        assert!(WinnerTree::new(200_000, year).is_some());
        assert!(WinnerTree::new(2_000_000, year).is_none());
    }
}
