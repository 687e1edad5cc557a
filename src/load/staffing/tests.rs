use super::*;
use crate::calendar::Intervals;
use crate::load::tests::{at_hour, one_desk, stationary};
use crate::model::{Arrivals, CallIn, CallInDelay, ClockEvent, Target};
use crate::queueing::fewest_servers_erlang_a;
use crate::random::{Distribution, RateCurve};

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn begins_within(within: Duration, share: f64) -> Target {
    let (from, to) = (ClockEvent::Sent, ClockEvent::Starts(0));
    Target { name: "soon".to_owned(), classes: vec![true], from, to, within, share }
}

fn post(label: &str, on_duty: Intervals, at_most: u32) -> Post {
    let duty = Duty::Shift { on_duty, wage_per_hour: None };
    Post { team: 0, label: label.to_owned(), at_least: 0, at_most, now: None, duty }
}

fn sized(plan: &Plan, posts: Vec<Post>) -> Vec<u32> {
    let targets = (0..plan.targets.len()).collect();
    starting_roster(plan, &Sizing { posts, targets, confidence: 0.95 }).people
}

/// People day and night for work of 6 minutes.
fn day_and_night(load: f64, patience: Option<Duration>, target: Target) -> Vec<u32> {
    let mut plan = stationary(100, 10.0 * load, seconds(360.0));
    plan.warm_up = at_hour(4);
    plan.stages[0].patience = patience.map(|mean| vec![Distribution::exponential(mean).unwrap()]);
    plan.targets = vec![target];
    sized(&plan, vec![post("day and night", Intervals::always(), 5_000)])
}

#[test]
fn a_system_that_stays_the_same_has_the_textbook_s_number() {
    let at_once = |share| begins_within(Duration::from_micros(1), share);
    assert_eq!(day_and_night(100.0, None, at_once(0.8)), [111]);
    assert_eq!(day_and_night(1000.0, None, at_once(0.8)), [1034]);
    // Erlang C for 80 % within 20 s: the fewest that do
    for load in [0.3, 4.0, 25.0] {
        let queue = ErlangC { servers: 0, arrival_rate: load / 360.0, mean_service: 360.0, service_scv: 1.0 };
        let expected = crate::queueing::fewest_servers_erlang_c(&queue, 20.0, 0.8);
        assert_eq!(day_and_night(load, None, begins_within(seconds(20.0), 0.8)), [expected], "{load}");
    }
    // patience as long as the work: the number of cases is Poisson, and the answer that of the infinite system
    for (load, waiting, expected) in [(90.0, 0.1, 103), (90.0, 0.5, 91), (110.0, 0.1, 125), (110.0, 0.5, 111)]
    {
        let found = day_and_night(load, Some(seconds(360.0)), at_once(1.0 - waiting));
        assert_eq!(found, [expected], "{load} {waiting}");
    }
    let expected = fewest_servers_erlang_a(100.0 / 360.0, 360.0, 360.0, 0.0, 0.8);
    assert_eq!(day_and_night(100.0, Some(seconds(360.0)), at_once(0.8)), [expected]);
}

/// Two shifts of twelve hours for two weeks, and three times the cases by day.
fn days_and_nights(hours_of_target: f64, share: f64) -> (Plan, Vec<Post>) {
    let n_days = 14;
    let steps = (0..2 * n_days).map(|half| {
        let per_hour = if half % 2 == 0 { 60.0 } else { 20.0 };
        (at_hour(12 * half), per_hour / 3600.0)
    });
    let curve = RateCurve::new(steps.collect());
    let work = Distribution::exponential(seconds(360.0)).unwrap();
    let mut plan = one_desk(24 * n_days, Arrivals::Poisson(curve), work);
    plan.targets = vec![begins_within(seconds(3600.0 * hours_of_target), share)];
    let half = |from: u64| {
        let hours = (0..n_days).map(|day| (at_hour(24 * day + from), at_hour(24 * day + from + 12)));
        Intervals::union_of(hours.collect())
    };
    (plan, vec![post("day", half(0), 100), post("night", half(12), 100)])
}

#[test]
fn each_shift_gets_what_its_hours_need() {
    // 6 and 2 Erlangs, nine in ten begun within 6 minutes
    let (plan, posts) = days_and_nights(0.1, 0.9);
    let found = sized(&plan, posts);
    assert!((7..=9).contains(&found[0]) && (2..=4).contains(&found[1]), "{found:?}");
    // Two in three within an hour, and nights ten times as dear: the day alone, which begins with 24 hours of work.
    // 13 people have 24 − 7 t of it left after t hours, and it is an hour's work for them after 1.6: then their
    // queue is on time, for 10.4 hours of 12 with three quarters of the cases, 65 in 100.
    let (plan, mut posts) = days_and_nights(1.0, 0.65);
    if let Duty::Shift { wage_per_hour, .. } = &mut posts[1].duty {
        *wage_per_hour = Some(10.0);
    }
    let found = sized(&plan, posts);
    assert!(found[1] == 0 && (12..=14).contains(&found[0]), "{found:?}");
    // within a day it is enough to keep up: 80 hours of work a day, in the hours of one shift or of both
    let (plan, posts) = days_and_nights(24.0, 0.95);
    let found = sized(&plan, posts);
    let hours = 12 * (found[0] + found[1]);
    assert!((84..=120).contains(&hours), "{found:?}");
}

#[test]
fn bounds_hold_and_what_cannot_be_met_is_met_as_well_as_can_be() {
    let (mut plan, mut posts) = days_and_nights(0.1, 0.9);
    posts[0].at_most = 3;
    posts[1].at_least = 9;
    let found = sized(&plan, posts.clone());
    assert!(found[0] <= 3 && found[1] >= 9, "{found:?}");
    // nobody is ever there
    posts[0].duty = Duty::Shift { on_duty: Intervals::never(), wage_per_hour: None };
    posts.truncate(1);
    assert_eq!(sized(&plan, posts.clone()).len(), 1);
    // no target that people can do anything for; no post at all; no case at all; no work at all
    plan.targets[0].to = ClockEvent::Enters(0);
    assert_eq!(sized(&plan, posts), [0]);
    assert!(sized(&plan, Vec::new()).is_empty());
    let idle = |per_hour: f64, work: f64| {
        let mut plan = stationary(30, per_hour, seconds(60.0));
        plan.stages[0].work = vec![Distribution::constant(seconds(work))];
        plan.targets = vec![begins_within(Duration::HOUR, 0.9)];
        sized(&plan, vec![post("always", Intervals::always(), 9)])
    };
    assert_eq!(idle(0.0, 60.0), [0]);
    assert_eq!(idle(5.0, 0.0), [1]);
}

#[test]
fn call_ins_bring_their_fewest_after_the_longest_delay() {
    let (plan, mut posts) = days_and_nights(1.0, 0.9);
    let delay = |hours: f64| CallInDelay { after: seconds(3600.0 * hours), standby_per_hour: 0.0 };
    let call_in = CallIn {
        stages: vec![0],
        above: 10,
        people: 0,
        after: Duration::ZERO,
        stay: Duration::HOUR,
        standby_per_hour: 0.0,
    };
    let duty = Duty::CallIn { call_in, delays: vec![delay(3.0), delay(12.0), delay(1.0)] };
    posts.push(Post { at_least: 2, at_most: 20, duty, ..posts[0].clone() });
    let roster = starting_roster(&plan, &Sizing { posts, targets: vec![0], confidence: 0.95 });
    assert_eq!((roster.people[2], roster.delays), (2, vec![0, 0, 1]));
}

#[test]
fn those_served_later_do_not_count() {
    let (mut plan, posts) = days_and_nights(0.1, 0.9);
    let alone = sized(&plan, posts.clone());
    // as many again of a class that comes after the first
    plan.classes.push("late".to_owned());
    let stage = &mut plan.stages[0];
    stage.work = vec![stage.work[0].clone(); 2];
    stage.route = vec![stage.route[0]; 2];
    stage.discipline = Discipline::Priority(vec![0, 1]);
    plan.sources[0].streams[0].mix = vec![1.0, 1.0];
    plan.sources[0].route = vec![plan.sources[0].route[0]; 2];
    plan.targets[0].classes.push(false);
    assert_eq!(sized(&plan, posts.clone()), alone);
    plan.stages[0].discipline = Discipline::Fifo;
    let both = sized(&plan, posts);
    assert!(both[0] > alone[0] + 4, "{both:?} {alone:?}");
}
