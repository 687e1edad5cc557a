//! Layer 3, beside the model: what can be said of a plan before anything is simulated. How many cases come to each
//! place, how much work that is, and how many people it would keep busy.

mod flows;
mod offered_load;

pub use flows::reports_by_hour;
pub use offered_load::{OfferedLoad, Overload, TeamLoad, offered_load};

/// TEMPORARY
pub fn starting_roster(_: &crate::model::Plan, sizing: &crate::model::Sizing) -> crate::model::Roster {
    crate::model::Roster {
        people: sizing.posts.iter().map(|p| u32::midpoint(p.at_least, p.at_most)).collect(),
        delays: vec![0; sizing.posts.len()],
    }
}
