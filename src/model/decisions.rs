//! Names for random decisions, so that each has its own stream.

use std::collections::BTreeSet;

use super::case::{Case, PLACE_GROUPS};
use super::plan::{ChannelIdx, ChoiceIdx, Place, Plan, PlatformIdx, StageIdx};
use super::ways::places_on_cycles;

/// A random decision about a case at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
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

/// A random decision of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum SourceDecision {
    /// How long the next report is in coming, and its class.
    Arrival = 1,
    /// How many reports come together.
    Batch = 2,
    /// The class of a report, where it is not drawn with the arrival.
    Class = 3,
    /// The reports that this one calls forth.
    Offspring = 4,
}

/// The codes of all decisions. They come from names and not from positions, so that a variant that adds a place leaves
/// the other decisions as they were.
#[derive(Debug)]
pub(super) struct Decisions {
    work: Vec<Code>,
    patience: Vec<Code>,
    channels: Vec<Code>,
    choices: Vec<Code>,
    answers: Vec<Code>,
    responses: Vec<Code>,
}

/// A decision's code, and the group in which returns to its place are counted: none for a place that no case can come
/// back to.
#[derive(Debug, Clone, Copy)]
struct Code {
    code: u32,
    group: Option<u8>,
}

impl Decisions {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut taken: BTreeSet<u32> = (0..=SourceDecision::Offspring as u32).collect();
        // the first few have a group each; where there are more, some places share one, and that is only a matter of memory
        let on_cycles = places_on_cycles(plan);
        let group = |place: Place| {
            let position = on_cycles.iter().position(|other| *other == place)?;
            Some((position % PLACE_GROUPS as usize) as u8)
        };
        let mut codes = |kind: &str, places: &mut dyn Iterator<Item = (Place, &String)>| -> Vec<Code> {
            let code = |(place, name): (Place, &String)| {
                let mut code = hash32(&[kind, name]);
                // two decisions of one code would share their random numbers
                while !taken.insert(code) {
                    code = code.wrapping_add(1);
                }
                Code { code, group: group(place) }
            };
            places.map(code).collect()
        };
        let stages = || plan.stages.iter().enumerate().map(|(idx, stage)| (Place::Stage(idx), &stage.name));
        let platforms = || {
            plan.platforms.iter().enumerate().map(|(idx, platform)| (Place::Platform(idx), &platform.name))
        };
        let channels = plan.channels.iter().enumerate();
        let choices = plan.choices.iter().enumerate();
        Self {
            work: codes("work", &mut stages()),
            patience: codes("patience", &mut stages()),
            channels: codes(
                "channel",
                &mut channels.map(|(idx, channel)| (Place::Channel(idx), &channel.name)),
            ),
            choices: codes("choice", &mut choices.map(|(idx, choice)| (Place::Choice(idx), &choice.name))),
            answers: codes("answers", &mut platforms()),
            responses: codes("response", &mut platforms()),
        }
    }

    /// The code of a decision about a case, with the number of its visit to the place.
    #[inline]
    pub(super) fn code(&self, decision: Decision, case: &Case) -> u32 {
        let Code { code, group } = self.lookup(decision);
        // an odd multiplier spreads the visits over all codes
        let returns = group.map_or(0, |group| case.returns_to(group));
        code.wrapping_add(returns.wrapping_mul(0x9E37_79B1))
    }

    /// The code of a decision about a case that comes to the place for the first time.
    pub(super) fn code_of_first_visit(&self, decision: Decision) -> u32 {
        self.lookup(decision).code
    }

    /// The code of a decision at a place that no case can come back to.
    pub(super) fn code_of_only_visit(&self, decision: Decision) -> Option<u32> {
        let Code { code, group } = self.lookup(decision);
        group.is_none().then_some(code)
    }

    /// Notes that a case comes to the place of a decision, so that it is made anew on every return.
    #[inline]
    pub(super) fn come_to(&self, decision: Decision, case: &mut Case) {
        if let Some(group) = self.lookup(decision).group {
            case.come_to(group);
        }
    }

    #[inline]
    fn lookup(&self, decision: Decision) -> Code {
        match decision {
            Decision::Work(stage) => self.work[stage],
            Decision::Patience(stage) => self.patience[stage],
            Decision::Channel(channel) => self.channels[channel],
            Decision::Choice(choice) => self.choices[choice],
            Decision::Answers(platform) => self.answers[platform],
            Decision::Response(platform) => self.responses[platform],
        }
    }
}

/// FNV-1a over the parts, each ended by a zero byte.
pub(super) fn hash32(parts: &[&str]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain(std::iter::once(0)));
    bytes.fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
