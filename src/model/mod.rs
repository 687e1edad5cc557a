//! Layer 3: the model. Stages, teams, platforms, disciplines and targets, simulated on the engine.
//!
//! A [`Plan`] says what there is; a [`Model`] is a plan made ready; [`Model::simulate`] runs one replication and gives
//! its [`Facts`]. Only what has state that cases share is a process: sources, and stations (teams with the queues they
//! serve). Choices, channels and platforms that answer after a time are walked through by whoever lets a case go.

mod case;
mod case_row;
mod clocks;
mod decisions;
mod departures;
mod facts;
mod halt;
mod last_station;
mod layout;
mod most_busy;
mod people;
mod plain_source;
mod plan;
mod replication;
mod routing;
mod shortcuts;
mod sizing;
mod sorted_lines;
mod source;
mod spent;
mod stage_desk;
mod station;
mod steady;
mod waiting_line;
mod ways;

pub use facts::{
    ClassFacts, DelaySums, Facts, Judged, PlatformFacts, ProbeFacts, StageFacts, TargetFacts, TeamFacts,
};
pub use halt::Halt;
pub use plan::*;
pub use replication::{ENGINE_SEMANTICS, Model, RunOptions, TooLarge};
pub use sizing::{CallInDelay, Duty, Post, Roster, Sizing};
pub use ways::places_after;
