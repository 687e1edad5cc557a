//! Where a target's clock runs into the queue of a team.

use std::collections::{BTreeSet, VecDeque};

use crate::model::{Answers, ClockEvent, Place, Plan, StageIdx, Target, TeamIdx};

/// The wait that a team's people can shorten for a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bottleneck {
    /// The first stage that the team serves while the clock runs.
    pub(super) stage: StageIdx,
    /// How long a case may wait there, in seconds: what is left of the target after the delays on the way there, in
    /// the mean, and the work itself where the clock goes on through it.
    pub(super) within: f64,
}

/// The first stage of a team on the way of the cases that a target covers, from its clock's start to its end; none
/// where the team cannot change how long it takes.
pub(super) fn bottleneck(plan: &Plan, target: &Target, team: TeamIdx) -> Option<Bottleneck> {
    let within = target.within.as_secs_f64();
    let covered = (0..plan.classes.len()).filter(|&class| target.classes[class]);
    let found = covered.filter_map(|class| {
        let (stage, passed) = first_stage(plan, target, team, class)?;
        let work =
            if target.to == ClockEvent::Starts(stage) { 0.0 } else { plan.stages[stage].work[class].mean() };
        let left = within - passed - work;
        (left >= 0.0).then_some(Bottleneck { stage, within: left })
    });
    found.min_by(|a, b| a.within.total_cmp(&b.within))
}

/// For one class, with the mean delay until there in seconds: breadth first, by the number of places between.
fn first_stage(plan: &Plan, target: &Target, team: TeamIdx, class: usize) -> Option<(StageIdx, f64)> {
    let mut seen = BTreeSet::new();
    let mut ahead: VecDeque<(Place, f64)> =
        starts(plan, target.from, class).into_iter().map(|place| (place, 0.0)).collect();
    while let Some((place, passed)) = ahead.pop_front() {
        if passed > target.within.as_secs_f64() || !seen.insert(place) {
            continue;
        }
        match place {
            Place::Stage(stage) => {
                if target.to == ClockEvent::Enters(stage) {
                    continue;
                }
                if plan.stages[stage].teams.contains(&team) {
                    return Some((stage, passed));
                }
                if ![ClockEvent::Starts(stage), ClockEvent::Leaves(stage)].contains(&target.to) {
                    ahead.push_back((plan.stages[stage].route[class], passed));
                }
            }
            Place::Channel(channel) => {
                let channel = &plan.channels[channel];
                let delays = channel.delay.changes().iter().map(|(_, delay)| delay.mean());
                ahead.push_back((channel.route[class], passed + delays.fold(f64::INFINITY, f64::min)));
            }
            Place::Choice(choice) => {
                for (_, shares) in plan.choices[choice].shares[class].changes() {
                    ahead.extend(shares.iter().filter(|(share, _)| *share > 0.0).map(|(_, to)| (to, passed)));
                }
            }
            Place::Platform(platform) if target.to != ClockEvent::EntersPlatform(platform) => {
                match &plan.platforms[platform].answers {
                    Answers::Queue { stage, .. } => ahead.push_back((Place::Stage(*stage), passed)),
                    Answers::After { response, silence, route, .. } => {
                        let silent = passed + silence.wait.as_secs_f64();
                        ahead.push_back((silence.route[class], silent));
                        if target.to != ClockEvent::LeavesPlatform(platform) {
                            let means = response.changes().iter().map(|(_, by_class)| by_class[class].mean());
                            ahead.push_back((route[class], passed + means.fold(f64::INFINITY, f64::min)));
                        }
                    }
                }
            }
            Place::Platform(_) | Place::End(_) => {}
        }
    }
    None
}

/// Where a case of this class is when the clock starts.
fn starts(plan: &Plan, from: ClockEvent, class: usize) -> Vec<Place> {
    match from {
        ClockEvent::Sent => plan.sources.iter().map(|source| source.route[class]).collect(),
        ClockEvent::Enters(stage) => vec![Place::Stage(stage)],
        ClockEvent::Starts(stage) | ClockEvent::Leaves(stage) => vec![plan.stages[stage].route[class]],
        ClockEvent::EntersPlatform(platform) => vec![Place::Platform(platform)],
        ClockEvent::LeavesPlatform(platform) => match &plan.platforms[platform].answers {
            Answers::Queue { stage, .. } => vec![plan.stages[*stage].route[class]],
            Answers::After { route, .. } => vec![route[class]],
        },
        ClockEvent::Ended | ClockEvent::Decided | ClockEvent::EndedAs(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::stationary;
    use crate::model::{Channel, Outcome, Timed};
    use crate::random::Distribution;
    use crate::units::Duration;

    fn target(from: ClockEvent, to: ClockEvent, within: Duration) -> Target {
        Target { name: "soon".to_owned(), classes: vec![true], from, to, within, share: 0.9 }
    }

    #[test]
    fn what_is_left_of_a_target() {
        let hour = Duration::HOUR;
        let minutes = |minutes: f64| Duration::from_secs_f64(60.0 * minutes);
        let mut plan = stationary(10, 1.0, minutes(12.0));
        let found = |plan: &Plan, from, to| {
            bottleneck(plan, &target(from, to, hour), 0).map(|found| (found.stage, found.within))
        };
        let (sent, desk) = (ClockEvent::Sent, 0);
        assert_eq!(found(&plan, sent, ClockEvent::Starts(desk)), Some((0, 3600.0)));
        assert_eq!(found(&plan, sent, ClockEvent::Leaves(desk)), Some((0, 2880.0)));
        assert_eq!(found(&plan, sent, ClockEvent::EndedAs(Outcome::Kept)), Some((0, 2880.0)));
        assert_eq!(found(&plan, sent, ClockEvent::Enters(desk)), None);
        assert_eq!(found(&plan, ClockEvent::Starts(desk), ClockEvent::Decided), None);
        // a channel on the way there takes its part, or all of it
        plan.sources[0].route = vec![Place::Channel(0)];
        for (delay, left) in [(20.0, Some((0, 2400.0))), (70.0, None)] {
            plan.channels = vec![Channel {
                name: "post".to_owned(),
                delay: Timed::constant(Distribution::constant(minutes(delay))),
                open: None,
                route: vec![Place::Stage(0)],
            }];
            assert_eq!(found(&plan, sent, ClockEvent::Starts(desk)), left);
        }
    }
}
