//! A progress bar on a terminal; nothing in a pipe.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::Progress;
use crate::experiment::size::SizeProgress;

/// How many replications are done.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar on standard error, hidden where that is no terminal or nobody wants it.
    pub(super) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, draw_target(quiet));
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

    /// A bar that counts rounds.
    pub(super) fn rounds(quiet: bool) -> Self {
        let bar = Self::new(quiet);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} rounds, {eta} left") {
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

/// What a search for a staffing is doing.
#[derive(Debug)]
pub(super) struct SearchSpinner(ProgressBar);

impl SearchSpinner {
    /// A spinner on standard error, hidden where that is no terminal or nobody wants it.
    pub(super) fn new(quiet: bool) -> Self {
        let spinner = ProgressBar::with_draw_target(None, draw_target(quiet));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg} ({elapsed})") {
            spinner.set_style(style);
        }
        Self(spinner)
    }

    /// Takes the spinner away.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl SizeProgress for SearchSpinner {
    fn begins(&self, what: &'static str) {
        self.0.set_prefix(what);
        self.0.set_message("…");
    }

    fn tried(&self, rosters: usize, replications: usize) {
        self.0.set_message(format!("{rosters} rosters in {replications} replications"));
        self.0.tick();
    }
}

fn draw_target(quiet: bool) -> ProgressDrawTarget {
    if quiet || !std::io::stderr().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    }
}
