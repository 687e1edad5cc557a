//! When replications that agree say nothing.

use super::measure::Unit;
use crate::statistics::Interval;

/// Fewer replications than this may agree by chance: an interval without width says nothing then.
pub(super) const FEWEST_ALIKE: usize = 5;

/// Whether an interval that has no width but for rounding, by numbers of this size, may have none by chance: of counts and
/// times, which differ from replication to replication by nature, and from few of these.
pub(super) fn may_be_chance(unit: Unit, n_replications: usize, interval: Interval, scale: f64) -> bool {
    let has_no_width = interval.bounds.is_some_and(|(lo, hi)| hi - lo <= 1e-12 * scale);
    n_replications < FEWEST_ALIKE && matches!(unit, Unit::Count | Unit::Seconds) && has_no_width
}

/// The upper end for the mean of a count that is nothing in each of `n` replications: with a mean of λ each, none at all has
/// the probability e^(−nλ) = `tail` (Poisson; what is clustered may be rarer and larger).
pub(super) fn most_of_nothing(n_replications: usize, tail: f64) -> f64 {
    -libm::log(tail) / n_replications.max(1) as f64
}
