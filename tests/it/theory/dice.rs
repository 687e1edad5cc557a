//! Numbers by chance, for scenarios that are made up.

/// Numbers by chance (`SplitMix64`, Steele et al. 2014), apart from the generator under test.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn roll(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    pub(super) fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(0, of.len() as u64 - 1) as usize]
    }

    /// A law of durations of about so many minutes.
    pub(super) fn law(&mut self, minutes: u64) -> String {
        match self.roll(0, 6) {
            0 => format!("\"{minutes}min\""),
            1 => format!("{{ exponential = {{ mean = \"{minutes}min\" }} }}"),
            2 => format!("{{ lognormal = {{ mean = \"{minutes}min\", cv = 1.6 }} }}"),
            3 => format!("{{ gamma = {{ mean = \"{minutes}min\", cv = 0.7 }} }}"),
            4 => format!("{{ uniform = {{ min = \"{minutes}min\", max = \"{}min\" }} }}", 2 * minutes),
            5 => format!("{{ weibull = {{ mean = \"{minutes}min\", cv = 1.3 }} }}"),
            _ => format!("{{ hyperexponential = {{ mean = \"{minutes}min\", cv = 2 }} }}"),
        }
    }
}
