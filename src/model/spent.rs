//! Cases that are done with, from one replication to the next.
//!
//! A crisis has tens of thousands of cases at a time. To make them anew for every replication, and to give their memory
//! back at its end, takes some hundredths of its time (docs/performance.md). So each thread keeps those of the last replication that it ended: at
//! most as many as a network keeps, some megabytes.

use std::cell::Cell;

use super::case::Case;

thread_local! {
    static SPENT: Cell<Vec<Box<Case>>> = const { Cell::new(Vec::new()) };
}

/// Those of the last replication that this thread ended.
pub(super) fn take() -> Vec<Box<Case>> {
    SPENT.take()
}

/// Keeps them for the next.
pub(super) fn keep(cases: Vec<Box<Case>>) {
    SPENT.set(cases);
}
