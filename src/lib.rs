//! vigie simulates moderation pipelines: how reports of harmful content arrive, who handles them, how platforms answer,
//! which response-time targets hold in a crisis, and with what confidence.
//!
//! The program `vigie` is a thin shell around this library. A scenario becomes a [`model::Plan`], a plan becomes a
//! [`model::Model`], an [`experiment::Experiment`] simulates replications of it in parallel, and [`analysis`] turns what
//! happened into a [`analysis::Summary`] with intervals, which [`out`] writes for people and for scripts:
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//!
//! use vigie::analysis::{ScenarioIdentity, SummaryContext, summarize};
//! use vigie::experiment::{Effort, Experiment, NoProgress};
//! use vigie::model::Model;
//! use vigie::scenario;
//!
//! let text = r#"
//!     title    = "One desk"
//!     start    = 2025-03-03T00:00:00
//!     zone     = "Europe/Paris"
//!     duration = "20 days"
//!     warm_up  = "1 day"
//!     classes  = ["all"]
//!
//!     [source.citizens]
//!     rate = "18/h"
//!     to   = "desk"
//!
//!     [team.people]
//!     staff = 2
//!
//!     [stage.desk]
//!     team = "people"
//!     work = { exponential = { mean = "5min" } }
//!     to   = "kept"
//!
//!     [[target]]
//!     name   = "at work within 15 min"
//!     clock  = "sent -> starts desk"
//!     within = "15min"
//!     share  = 0.8
//! "#;
//! let scenario = scenario::compile_text("one-desk", text)?;
//! let model = Model::new(scenario.plan.clone())?;
//! let never = AtomicBool::new(false);
//! let experiment = Experiment {
//!     model: &model,
//!     seed: 1,
//!     effort: Effort::Replications(20),
//!     max_in_system: 1_000_000,
//!     cancel: &never,
//!     shuffle: None,
//! };
//! let collected = experiment.run(&NoProgress)?;
//! let summary = summarize(
//!     model.plan(),
//!     &collected,
//!     SummaryContext {
//!         scenario: ScenarioIdentity {
//!             name: scenario.name,
//!             title: scenario.title,
//!             digest: scenario.digest,
//!         },
//!         seed: 1,
//!         bucket_labels: scenario.bucket_labels,
//!         target_clocks: scenario.target_clocks,
//!         warnings: Vec::new(),
//!     },
//! );
//! // an M/M/2 queue with an offered load of 1.5: Erlang's formula gives a mean wait of 6.43 minutes
//! let wait = summary.stages[0].waiting_time.mean.expect("many cases waited");
//! let (lo, hi) = wait.interval.expect("20 replications");
//! assert!(lo < 6.43 * 60.0 && 6.43 * 60.0 < hi, "{lo} to {hi} s");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `ARCHITECTURE.md` in the repository is the map of the rooms; `docs/scenarios.md` describes the scenario language.
//! The modules stand here in the order of their layers: each imports only from those before it.

pub mod units;

pub mod calendar;
pub mod queueing;
pub mod random;
pub mod statistics;
pub mod yardstick;

pub mod engine;
pub mod load;
pub mod model;

pub mod experiment;

pub mod analysis;

pub mod scenario;

pub mod out;

pub mod cli;
