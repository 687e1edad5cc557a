//! Layer 3, beside the model: what can be said of a plan before anything is simulated. How many cases come to each
//! place, how much work that is, and how many people it would keep busy.

mod flows;
mod modified_load;
mod offered_load;
mod on_the_way;
mod staffing;

pub use flows::reports_by_hour;
pub use modified_load::modified_offered_load;
pub use offered_load::{OfferedLoad, Overload, TeamLoad, offered_load};
pub use staffing::starting_roster;

#[cfg(test)]
mod tests {
    use crate::calendar::Intervals;
    use crate::model::{
        Arrivals, BatchSize, Crew, Discipline, Outcome, Place, Plan, ReportStream, ShiftEnd, Source, Stage,
        TakeOrder, Team,
    };
    use crate::random::{Distribution, RateCurve};
    use crate::units::{Duration, Time};

    pub(super) fn at_hour(hour: u64) -> Time {
        Time::from_micros(hour * Duration::HOUR.as_micros())
    }

    /// One class, one stage, and one person day and night.
    pub(super) fn one_desk(hours: u64, arrivals: Arrivals, work: Distribution) -> Plan {
        let end = || vec![Place::End(Outcome::Kept)];
        let stream =
            ReportStream { arrivals, mix: vec![1.0], batch: BatchSize::Fixed(1), self_exciting: None };
        Plan {
            horizon: at_hour(hours),
            warm_up: Time::ZERO,
            bucket: Duration::HOUR,
            classes: vec!["all".to_owned()],
            sources: vec![Source {
                name: "source".to_owned(),
                streams: vec![stream],
                route: vec![Place::Stage(0)],
            }],
            stages: vec![Stage {
                name: "desk".to_owned(),
                teams: vec![0],
                work: vec![work],
                discipline: Discipline::Fifo,
                patience: None,
                room: None,
                route: end(),
                gave_up: end(),
                no_room: end(),
                platform: None,
            }],
            teams: vec![Team {
                name: "people".to_owned(),
                crews: vec![Crew { people: 1, on_duty: Intervals::always(), wage_per_hour: None }],
                at_shift_end: ShiftEnd::Finish,
                takes: TakeOrder::LongestWaiting,
                call_ins: Vec::new(),
                wage_per_hour: Some(1.0),
            }],
            channels: Vec::new(),
            choices: Vec::new(),
            platforms: Vec::new(),
            targets: Vec::new(),
            probes: Vec::new(),
        }
    }

    /// The same with a steady Poisson process of so many an hour, and exponential work.
    pub(super) fn stationary(hours: u64, per_hour: f64, mean_work: Duration) -> Plan {
        let arrivals = Arrivals::Poisson(RateCurve::new(vec![(Time::ZERO, per_hour / 3600.0)]));
        one_desk(hours, arrivals, Distribution::exponential(mean_work).expect("a mean"))
    }
}
