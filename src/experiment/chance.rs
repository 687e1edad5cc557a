//! When replications that agree say nothing.

use super::measure::Unit;
use crate::statistics::Interval;

/// Fewer replications than this may agree by chance: an interval without width says nothing then.
const FEWEST_ALIKE: usize = 5;

/// Whether an interval that has no width but for rounding, by numbers of this size, may have none by chance: of counts and
/// times, which differ from replication to replication by nature, and from few of these.
pub(super) fn may_be_chance(unit: Unit, n_replications: usize, interval: Interval, scale: f64) -> bool {
    let has_no_width = interval.bounds.is_some_and(|(lo, hi)| hi - lo <= 1e-12 * scale);
    n_replications < FEWEST_ALIKE && matches!(unit, Unit::Count | Unit::Seconds) && has_no_width
}
