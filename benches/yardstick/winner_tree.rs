//! A winner (tournament) tree of the times at which up to 64 people are done.

/// More people than at any station here.
pub(crate) const MOST_PEOPLE: usize = 64;

/// The slot lies in the low bits of a key, where it costs less than a millionth of a millionth of the time.
const SLOT: u64 = MOST_PEOPLE as u64 - 1;
const IDLE: u64 = u64::MAX;

/// The earliest of the times of so many slots. The arrays are larger than the tree needs, so that a mask proves each
/// index to be in bounds.
pub(crate) struct WinnerTree {
    nodes: [u64; 2 * MOST_PEOPLE],
    leaves: usize,
}

impl WinnerTree {
    /// A tree whose slots are all idle.
    pub(crate) fn new(slots: usize) -> Self {
        assert!(slots <= MOST_PEOPLE);
        Self { nodes: [IDLE; 2 * MOST_PEOPLE], leaves: slots.next_power_of_two() }
    }

    /// The earliest time and its slot; nothing where all are idle.
    #[inline]
    pub(crate) fn earliest(&self) -> Option<(f64, usize)> {
        let key = self.nodes[1];
        (key != IDLE).then(|| (f64::from_bits(key & !SLOT), (key & SLOT) as usize))
    }

    /// The slot is done at `time`.
    #[inline]
    pub(crate) fn set(&mut self, slot: usize, time: f64) {
        self.replace(slot, time.to_bits() & !SLOT | slot as u64);
    }

    /// The slot is idle.
    #[inline]
    pub(crate) fn clear(&mut self, slot: usize) {
        self.replace(slot, IDLE);
    }

    #[inline]
    fn replace(&mut self, slot: usize, key: u64) {
        const MASK: usize = 2 * MOST_PEOPLE - 1;
        let mut node = (self.leaves + slot) & MASK;
        let mut winner = key;
        self.nodes[node] = winner;
        while node > 1 {
            winner = winner.min(self.nodes[node ^ 1]);
            node >>= 1;
            self.nodes[node] = winner;
        }
    }
}
