//! Names for random decisions, so that each has its own stream.

use super::plan::{ChannelIdx, ChoiceIdx, Plan, PlatformIdx, StageIdx};

/// A random decision about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// How long the next report is in coming, and its class.
    Arrival,
    /// How many reports come together.
    Batch,
    /// The class of a report, where it is not drawn with the arrival.
    Class,
    /// The reports that this one calls forth.
    Offspring,
    /// The work at a stage.
    Work(StageIdx),
    /// The patience at a stage.
    Patience(StageIdx),
    /// The delay of a channel.
    Channel(ChannelIdx),
    /// The arm of a choice.
    Choice(ChoiceIdx),
    /// Whether a platform answers.
    Answers(PlatformIdx),
    /// How long a platform takes to answer.
    Response(PlatformIdx),
}

/// The code of every decision. Codes come from names and not from positions, so that a variant that adds a place
/// leaves all other decisions as they were.
#[derive(Debug)]
pub(super) struct Decisions {
    work: Vec<u32>,
    patience: Vec<u32>,
    channels: Vec<u32>,
    choices: Vec<u32>,
    answers: Vec<u32>,
    responses: Vec<u32>,
}

impl Decisions {
    pub(super) fn new(plan: &Plan) -> Self {
        let codes = |kind: &str, names: &mut dyn Iterator<Item = &String>| -> Vec<u32> {
            names.map(|name| hash32(&[kind, name])).collect()
        };
        Self {
            work: codes("work", &mut plan.stages.iter().map(|stage| &stage.name)),
            patience: codes("patience", &mut plan.stages.iter().map(|stage| &stage.name)),
            channels: codes("channel", &mut plan.channels.iter().map(|channel| &channel.name)),
            choices: codes("choice", &mut plan.choices.iter().map(|choice| &choice.name)),
            answers: codes("answers", &mut plan.platforms.iter().map(|platform| &platform.name)),
            responses: codes("response", &mut plan.platforms.iter().map(|platform| &platform.name)),
        }
    }

    /// The code of a decision at a case's turn number `turn`.
    #[inline]
    pub(super) fn code(&self, decision: Decision, turn: u16) -> u32 {
        let code = match decision {
            Decision::Arrival => 1,
            Decision::Batch => 2,
            Decision::Class => 3,
            Decision::Offspring => 4,
            Decision::Work(stage) => self.work[stage],
            Decision::Patience(stage) => self.patience[stage],
            Decision::Channel(channel) => self.channels[channel],
            Decision::Choice(choice) => self.choices[choice],
            Decision::Answers(platform) => self.answers[platform],
            Decision::Response(platform) => self.responses[platform],
        };
        // an odd multiplier spreads the turns over all codes
        code.wrapping_add(u32::from(turn).wrapping_mul(0x9E37_79B1))
    }
}

/// FNV-1a over the parts, each ended by a zero byte.
pub(super) fn hash32(parts: &[&str]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain(std::iter::once(0)));
    bytes.fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
