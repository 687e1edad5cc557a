//! A progress bar on a terminal; nothing in a pipe.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::Progress;

/// How many replications are done.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar on standard error, hidden where that is no terminal or nobody wants it.
    pub(super) fn new(quiet: bool) -> Self {
        let target = if quiet || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} replications, {eta} left") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// A line that counts replications where nobody knows how many it takes.
    pub(super) fn counting(quiet: bool) -> Self {
        let bar = Self::new(quiet);
        if let Ok(style) =
            ProgressStyle::with_template("{pos} replications to tell the best, {elapsed} so far")
        {
            bar.0.set_style(style);
        }
        bar
    }

    /// Shows how many replications have been counted.
    pub(super) fn count(&self, replications: u64) {
        self.0.set_position(replications);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn done(&self, replications: usize, planned: usize) {
        self.0.set_length(planned as u64);
        self.0.set_position(replications as u64);
    }
}
