//! Layer 2: the engine. Logical processes that pass time-ordered batches, epoch by epoch.
//!
//! A [`Process`] owns its state and works through one epoch of simulated time in one tight loop. The [`Network`] lets
//! each process run as soon as everything that could still reach it in that epoch has been handed over, on as many
//! threads as there are, and gives the same answers on any number of them.

mod division;
mod group;
mod mailbox;
mod network;
mod node;
mod outbox;
mod winner_tree;

pub use network::{Edge, Execution, Message, Network, NetworkError, Process, Row};
pub use outbox::Outbox;
pub use winner_tree::WinnerTree;
