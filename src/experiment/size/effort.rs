//! How many replications a roster gets, from the first steps of a search to the proof.

/// How often it is looked whether a roster is proven, and replications are doubled where it is not. Whoever looks often
/// enough sees anything once, so the chance of being wrong is divided among the looks.
pub(super) const LOOKS: u32 = 4;
/// Fewer replications than this prove nothing: rare events, such as a batch that comes twenty times a year, are in none of
/// them, and then they all agree.
const FEWEST_OF_A_PROOF: usize = 30;

/// Replications of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Effort {
    /// Of first steps.
    pub(super) first: usize,
    /// Of single steps.
    pub(super) middle: usize,
    /// Of the last steps of the search.
    pub(super) last: usize,
    /// Of the first look at a proof.
    pub(super) proof: usize,
    /// Of the last look.
    pub(super) proof_at_most: usize,
}

impl Effort {
    /// By what one replication takes, in visits to stages: a search should take about a minute on two processors, and
    /// its effort must not depend on how fast they are.
    pub(super) fn for_visits(visits: f64) -> Self {
        let within =
            |total: f64, least: f64, most: f64| (total / visits.max(1.0)).clamp(least, most) as usize;
        let last = within(3e6, 6.0, 400.0);
        let proof = last.max(FEWEST_OF_A_PROOF);
        let doubled = proof << (LOOKS - 1);
        Self {
            first: within(2.5e5, 2.0, 40.0),
            middle: within(1e6, 4.0, 120.0),
            last,
            proof,
            proof_at_most: within(2.4e7, proof as f64, doubled as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effort_follows_what_a_replication_takes() {
        let small = Effort::for_visits(100.0);
        assert_eq!((small.first, small.last, small.proof, small.proof_at_most), (40, 400, 400, 3200));
        let large = Effort::for_visits(1e6);
        assert_eq!((large.first, large.last, large.proof, large.proof_at_most), (2, 6, 30, 30));
        assert_eq!(Effort::for_visits(0.0), Effort::for_visits(1.0));
    }
}
