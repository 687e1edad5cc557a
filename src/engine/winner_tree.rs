//! The event list of people at work: a winner (tournament) tree with one leaf per person.

use crate::units::Time;

/// The next completion among a fixed number of slots. Replacing a slot's time walks from its leaf to the root, one
/// comparison a level and no branch to mispredict. Ties go to the lower slot.
#[derive(Debug, Clone)]
pub struct WinnerTree {
    /// `nodes[1]` is the root; leaf `slot` is at `leaves + slot`. A key is the time above, the slot below.
    nodes: Vec<u64>,
    leaves: usize,
    slot_bits: u32,
}

const IDLE: u64 = u64::MAX;
/// Nodes of a small tree, for up to 64 slots.
const SMALL: usize = 128;

impl WinnerTree {
    /// A tree of `slots` idle slots for times before `horizon`.
    ///
    /// `None` where time and slot do not fit 64 bits together: for a year, that is a quarter of a million slots.
    pub fn new(slots: usize, horizon: Time) -> Option<Self> {
        let leaves = slots.max(1).next_power_of_two();
        let slot_bits = leaves.trailing_zeros();
        let fits = horizon.as_micros() < 1_u64.checked_shl(63 - slot_bits)?;
        fits.then(|| Self { nodes: vec![IDLE; (2 * leaves).max(SMALL)], leaves, slot_bits })
    }

    /// The slot's next completion is at `time`; [`Time::NEVER`] where it is idle.
    ///
    /// # Panics
    ///
    /// If there is no such slot.
    #[inline]
    pub fn set(&mut self, slot: usize, time: Time) {
        let micros = time.as_micros();
        // what lies beyond the horizon never comes up: idle is as good
        let key =
            if micros >> (63 - self.slot_bits) != 0 { IDLE } else { micros << self.slot_bits | slot as u64 };
        assert!(slot < self.leaves, "slot {slot} of {}", self.leaves);
        let leaf = self.leaves + slot;
        // a mask that changes nothing spares a look at the bounds at each step, and one that is known spares itself
        if let (true, Some(nodes)) = (leaf < SMALL, self.nodes.first_chunk_mut::<SMALL>()) {
            replace(nodes, leaf & (SMALL - 1), key, SMALL - 1);
        } else {
            let mask = self.nodes.len() - 1;
            replace(&mut self.nodes, leaf, key, mask);
        }
    }

    /// The time of the next completion; [`Time::NEVER`] where all are idle.
    #[inline]
    pub fn next_time(&self) -> Time {
        let key = self.nodes[1];
        if key == IDLE { Time::NEVER } else { Time::from_micros(key >> self.slot_bits) }
    }

    /// The next completion, with its slot, if it is at `time` or before.
    ///
    /// `time` must be before the horizon.
    #[inline]
    pub fn next_until(&self, time: Time) -> Option<(Time, usize)> {
        let key = self.nodes[1];
        // an idle slot's key is later than any time before the horizon
        let next = key >> self.slot_bits;
        (next <= time.as_micros()).then(|| (Time::from_micros(next), key as usize & (self.leaves - 1)))
    }

    /// The slot of the next completion. Means nothing where all are idle.
    #[inline]
    pub fn next_slot(&self) -> usize {
        self.nodes[1] as usize & (self.leaves - 1)
    }
}

/// Puts a key at a leaf and lets the winners up to the root be found again. `mask` is a power of two less one, and no
/// node is beyond it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a mask that is known at compile time costs nothing")]
fn replace(nodes: &mut [u64], leaf: usize, key: u64, mask: usize) {
    let mut node = leaf;
    let mut winner = key;
    nodes[node] = winner;
    while node > 1 {
        winner = winner.min(nodes[(node ^ 1) & mask]);
        node >>= 1;
        nodes[node & mask] = winner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::ReplicationKey;

    #[test]
    fn agrees_with_a_scan() {
        let horizon = Time::from_micros(1 << 40);
        for slots in [1, 2, 3, 7, 64, 100] {
            let mut tree = WinnerTree::new(slots, horizon).unwrap();
            let mut times = vec![Time::NEVER; slots];
            for step in 0..2000 {
                let mut draw = ReplicationKey::new(5, slots as u64).stream(step, 0);
                let slot = draw.next_bits() as usize % slots;
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
