//! Where a case may go from each place of a plan.

use std::collections::BTreeSet;

use super::plan::{Answers, ChannelIdx, ChoiceIdx, Place, Plan, PlatformIdx, StageIdx, Timed};
use crate::random::Distribution;
use crate::units::Duration;

/// Where a case may go next from a place, at whatever time and of whatever class, and the least delay until it is
/// there. The time spent at a stage is not counted.
pub(super) fn ways(plan: &Plan, place: Place) -> Vec<(Place, Duration)> {
    match place {
        Place::End(_) => Vec::new(),
        Place::Stage(stage) => {
            let stage = &plan.stages[stage];
            let routes = [&stage.route, &stage.gave_up, &stage.no_room];
            routes.into_iter().flatten().map(|next| (*next, Duration::ZERO)).collect()
        }
        Place::Choice(choice) => {
            let shares = plan.choices[choice].shares.iter().flat_map(Timed::changes);
            shares.flat_map(|(_, shares)| shares.iter()).map(|(_, next)| (next, Duration::ZERO)).collect()
        }
        Place::Channel(channel) => {
            let channel = &plan.channels[channel];
            let delays = channel.delay.changes().iter().map(|(_, delay)| delay.minimum());
            let least = delays.min().unwrap_or(Duration::ZERO);
            channel.route.iter().map(|next| (*next, least)).collect()
        }
        Place::Platform(platform) => match &plan.platforms[platform].answers {
            Answers::Queue { stage, silence, .. } => {
                let silent = silence.route.iter().map(|place| (*place, silence.wait));
                std::iter::once((Place::Stage(*stage), Duration::ZERO)).chain(silent).collect()
            }
            Answers::After { response, silence, route, .. } => {
                let times = response.changes().iter().flat_map(|(_, by_class)| by_class);
                let least = times.map(Distribution::minimum).min().unwrap_or(Duration::ZERO);
                let silent = silence.route.iter().map(|place| (*place, silence.wait));
                route.iter().map(|next| (*next, least)).chain(silent).collect()
            }
        },
    }
}

/// The places that a case can come back to, in order.
pub(super) fn places_on_cycles(plan: &Plan) -> Vec<Place> {
    let stages = (0..plan.stages.len()).map(|idx: StageIdx| Place::Stage(idx));
    let channels = (0..plan.channels.len()).map(|idx: ChannelIdx| Place::Channel(idx));
    let choices = (0..plan.choices.len()).map(|idx: ChoiceIdx| Place::Choice(idx));
    let platforms = (0..plan.platforms.len()).map(|idx: PlatformIdx| Place::Platform(idx));
    let places = stages.chain(channels).chain(choices).chain(platforms);
    places.filter(|place| comes_back(plan, *place)).collect()
}

fn comes_back(plan: &Plan, place: Place) -> bool {
    places_after(plan, place).contains(&place)
}

/// The places and ends that a case may come to after a place, of whatever class; the place itself, where it may come back.
pub fn places_after(plan: &Plan, place: Place) -> BTreeSet<Place> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<Place> = vec![place];
    while let Some(here) = open.pop() {
        for (next, _) in ways(plan, here) {
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    seen
}
