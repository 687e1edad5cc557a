//! The modified offered load: how many people would be at work at each time, if there were always enough of them.
//!
//! With unlimited people, the number at work at time `t` has the mean `m(t) = E[∫_{t−S}^t λ(u) du]`, for cases that come
//! at the rate `λ` and take the time `S` (Eick, Massey & Whitt, Operations Research 41 (1993) 731–742). Where work is
//! short this is `λ(t) E[S]`; where it lasts for hours, the load comes later than the cases, and its peak is lower.
//!
//! The flows are even within each hour, so `m` at the middle of an hour is a sum over the hours before, with weights
//! `∫ P(S > u) du` over the ages that the cases of that hour then have.

use super::flows::{self, Hours};
use super::offered_load::{staff_by_hour, team_shares};
use crate::model::Plan;
use crate::random::Distribution;
use crate::units::Duration;

/// Work that lasts longer than so many hours counts for so many.
const MOST_LAGS: usize = 5_000;
/// What is left of a case's work when it does not matter any more.
const NEGLIGIBLE: f64 = 1e-9;

/// The modified offered load of every team, by hour: for each team of the plan, the mean number of its people who would
/// be at work at the middle of each hour, in Erlangs. The system begins empty. Where several teams serve a stage, each
/// takes a part as in [`super::offered_load()`].
pub fn modified_offered_load(plan: &Plan) -> Vec<Vec<f64>> {
    let staff = staff_by_hour(plan);
    let mut loads = vec![vec![0.0; Hours::of(plan).len()]; plan.teams.len()];
    for class in 0..plan.classes.len() {
        let flow = flows::flows(plan, class);
        for (stage_idx, stage) in plan.stages.iter().enumerate() {
            let at_work = at_work(&stage_flow(plan, &flow, stage_idx), &stage.work[class]);
            for (hour, load) in at_work.into_iter().enumerate().filter(|(_, load)| *load > 0.0) {
                for (team, share) in team_shares(stage, hour, &staff) {
                    loads[team][hour] += load * share;
                }
            }
        }
    }
    loads
}

/// Cases an hour that come to a stage, by hour.
pub(super) fn stage_flow(plan: &Plan, flow: &[Vec<f64>], stage: usize) -> Vec<f64> {
    let hours = Hours::of(plan);
    let rate = |(hour, flow): (usize, &Vec<f64>)| flow[stage] / hours.width(hour).max(f64::MIN_POSITIVE);
    flow.iter().enumerate().map(rate).collect()
}

/// The mean number at work at the middle of each hour, for cases an hour and the time that each takes.
pub(super) fn at_work(rates: &[f64], work: &Distribution) -> Vec<f64> {
    let weights = weights(work, rates.len());
    let mut at_work = vec![0.0; rates.len()];
    for (hour, rate) in rates.iter().enumerate().filter(|(_, rate)| **rate > 0.0) {
        for (load, weight) in at_work[hour..].iter_mut().zip(&weights) {
            *load += rate * weight;
        }
    }
    at_work
}

/// What a case an hour, so many hours earlier, has at work at the middle of an hour.
fn weights(work: &Distribution, n_hours: usize) -> Vec<f64> {
    let mean = work.mean() / 3600.0;
    let until = |lag: usize| {
        let micros = Duration::HOUR.as_micros();
        work.mean_up_to(Duration::from_micros(lag as u64 * micros + micros / 2)) / 3600.0
    };
    let mut weights = Vec::new();
    let mut before = 0.0;
    for lag in 0..n_hours.min(MOST_LAGS) {
        let now = until(lag);
        weights.push((now - before).max(0.0));
        before = now;
        if mean - now <= NEGLIGIBLE * mean {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::load::tests::{at_hour, one_desk, stationary};
    use crate::model::Arrivals;
    use crate::random::RateCurve;

    #[test]
    fn a_sine_of_arrivals() {
        // λ = 100 + 20 sin t, exponential service of mean 1: m = 100 + 10 (sin t − cos t), once the empty start is
        // forgotten; a unit of time is 48 hours, and the sine begins ten units after the start
        const UNIT: f64 = 48.0;
        let n_hours = 18 * UNIT as u64;
        let rate = |hour: u64| {
            let middle = (hour as f64 + 0.5) / UNIT - 10.0;
            (100.0 + 20.0 * middle.sin()) / UNIT / 3600.0
        };
        let curve = RateCurve::new((0..n_hours).map(|hour| (at_hour(hour), rate(hour))).collect());
        let work = Distribution::exponential(Duration::from_secs_f64(UNIT * 3600.0)).unwrap();
        let plan = one_desk(n_hours, Arrivals::Poisson(curve), work);
        let found = modified_offered_load(&plan).remove(0);
        let at = |time: f64| {
            let hour = (10.0 + time) * UNIT - 0.5;
            let (whole, part) = (hour.floor() as usize, hour.fract());
            found[whole] * (1.0 - part) + found[whole + 1] * part
        };
        for (time, expected) in [(0.0, 90.0), (PI / 2.0, 110.0), (0.75 * PI, 114.142)] {
            assert!((at(time) - expected).abs() < 0.02, "{} at {time}", at(time));
        }
        let peak = (0..found.len()).max_by(|&a, &b| found[a].total_cmp(&found[b])).unwrap();
        let peak = (peak as f64 + 0.5) / UNIT - 10.0;
        assert!((peak - 0.75 * PI).abs() < 1.5 / UNIT, "{peak}");
    }

    #[test]
    fn short_work_is_the_offered_load_and_long_work_fills_up() {
        let minutes = stationary(10, 600.0, Duration::from_secs_f64(60.0));
        for load in &modified_offered_load(&minutes)[0] {
            assert!((load - 10.0).abs() < 1e-6, "{load}");
        }
        // a constant time of four hours: full after four
        let work = Distribution::constant(Duration::from_secs_f64(4.0 * 3600.0));
        let found = at_work(&[2.0; 8], &work);
        assert_eq!(found, [1.0, 3.0, 5.0, 7.0, 8.0, 8.0, 8.0, 8.0]);
    }
}
