//! Layer 1, beside statistics: closed forms of queueing theory, for first answers and for checking.
//!
//! All rates and times of one call are in one unit of time, whichever; loads are in Erlangs. Nothing here panics: a load
//! that no number of servers could carry gives the largest number there is.

mod erlang;
mod erlang_a;
mod staffing;

pub use erlang::{ErlangC, erlang_b, erlang_c};
pub use erlang_a::ErlangA;
pub use staffing::{
    fewest_servers_erlang_a, fewest_servers_erlang_c, fewest_servers_infinite, halfin_whitt_beta,
    halfin_whitt_waiting, square_root_staffing,
};

#[cfg(test)]
mod tests {
    /// Whether a value is so close to the expected one, relative to it.
    #[track_caller]
    pub(super) fn near(found: f64, expected: f64, relative: f64) {
        assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
    }
}
