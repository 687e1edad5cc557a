use rand_distr::{Distribution as _, Exp1};

use super::*;
use crate::random::ReplicationKey;

fn hour(hours: f64) -> Time {
    Time::from_secs_f64(hours * 3600.0)
}

fn hours(length: f64) -> Duration {
    Duration::from_secs_f64(length * 3600.0)
}

/// Events per hour, by hour of the day: none at night.
fn day_profile(days: u32) -> RateCurve {
    let by_hour = |idx: u32| {
        let of_day = f64::from(idx % 24);
        (hour(f64::from(idx)), if (7.0..23.0).contains(&of_day) { of_day / 3600.0 } else { 0.0 })
    };
    RateCurve::new((0..24 * days).map(by_hour).collect())
}

fn surge(at: f64, rise: f64, half_life: f64) -> Pulse {
    Pulse { at: hour(at), rise: hours(rise), half_life: hours(half_life) }
}

/// Every shape of a curve, with the hours between which events are counted.
fn curves() -> Vec<(RateCurve, Vec<(f64, f64)>)> {
    let constant = RateCurve::new(vec![(Time::ZERO, 5.0 / 3600.0)]);
    let burst =
        RateCurve::new(vec![(Time::ZERO, 0.0), (hour(5000.0), 1e4), (hour(5000.0 + 1.0 / 3600.0), 0.0)]);
    vec![
        (constant.clone(), vec![(0.0, 1.0), (1.0, 3.0), (3.0, 24.0)]),
        (day_profile(3), vec![(0.0, 7.0), (7.0, 8.0), (8.5, 20.25), (20.25, 31.0), (31.0, 72.0)]),
        (
            constant.clone().with_pulse(surge(2.5, 2.0, 3.0)),
            vec![(0.0, 2.5), (2.5, 3.5), (3.5, 4.5), (4.5, 9.0), (9.0, 90.0)],
        ),
        (
            day_profile(3).with_pulse(surge(9.3, 2.5, 12.0)),
            vec![(0.0, 9.3), (9.3, 11.8), (11.8, 23.0), (23.0, 31.0), (31.0, 72.0)],
        ),
        (
            constant.clone().with_pulse(surge(1.0, 0.0, 1.0)),
            vec![(0.0, 1.0), (1.0, 1.5), (1.5, 4.0), (4.0, 50.0)],
        ),
        (constant.with_pulse(surge(0.0, 4.0, 0.0)), vec![(0.0, 1.0), (1.0, 4.0), (4.0, 900.0)]),
        (burst, vec![(0.0, 5000.0), (5000.0, 5000.0 + 0.5 / 3600.0), (5000.0, 5001.0), (5001.0, 8766.0)]),
    ]
}

/// Arrivals before `until`, in hours.
fn arrivals(curve: &RateCurve, until: f64, replication: u64) -> Vec<f64> {
    let key = ReplicationKey::new(18, replication);
    let mut cursor = curve.cursor();
    let mut times = Vec::new();
    for case in 0.. {
        let time = cursor.advance(curve, Exp1.sample(&mut key.stream(case, 1)));
        if time >= hour(until) {
            break;
        }
        times.push(time.as_secs_f64() / 3600.0);
    }
    times
}

#[test]
fn counts_are_poisson_with_the_integral_as_mean_and_variance() {
    const REPLICATIONS: u64 = 2000;
    for (case, (curve, windows)) in curves().iter().enumerate() {
        let until = windows.iter().map(|window| window.1).fold(0.0, f64::max);
        let mut counts = vec![Vec::new(); windows.len()];
        for replication in 0..REPLICATIONS / if case == 6 { 10 } else { 1 } {
            let times = arrivals(curve, until, replication);
            for (count, (from, to)) in counts.iter_mut().zip(windows) {
                count.push(times.iter().filter(|time| (*from..*to).contains(*time)).count() as f64);
            }
        }
        for (count, (from, to)) in counts.iter().zip(windows) {
            let expected = curve.expected(hour(*from), hour(*to));
            let n = count.len() as f64;
            let mean = count.iter().sum::<f64>() / n;
            if expected <= 0.0 {
                assert!(mean <= 0.0, "curve {case}: {mean} where nothing happens, {from} to {to}");
                continue;
            }
            let mean_z = (mean - expected) / (expected / n).sqrt();
            let dispersion = count.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / mean;
            let dispersion_z = (dispersion - (n - 1.0)) / (2.0 * (n - 1.0)).sqrt();
            assert!(mean_z.abs() < 4.0, "curve {case}, {from} to {to}: {mean}, not {expected}");
            assert!(dispersion_z.abs() < 4.0, "curve {case}, {from} to {to}: dispersion {dispersion_z}");
        }
    }
}

/// The published case of a ramp from 2 to 10 an hour over 8 hours: 48 on average, and at most 40 with probability
/// 0.138313.
#[test]
fn a_ramp_gives_the_known_number_of_arrivals() {
    const REPLICATIONS: u64 = 20_000;
    let curve = RateCurve::new(vec![(Time::ZERO, 10.0 / 3600.0)]).with_pulse(surge(0.0, 10.0, 1.0));
    assert!((curve.rate_at(hour(2.0)) * 3600.0 - 2.0).abs() < 1e-9);
    assert!((curve.expected(hour(2.0), hour(10.0)) - 48.0).abs() < 1e-9);
    let few = (0..REPLICATIONS)
        .filter(|replication| {
            arrivals(&curve, 10.0, *replication).iter().filter(|time| **time >= 2.0).count() <= 40
        })
        .count() as f64;
    let share: f64 = 0.138_313;
    let z = (few / REPLICATIONS as f64 - share) / (share * (1.0 - share) / REPLICATIONS as f64).sqrt();
    assert!(z.abs() < 4.0, "z {z}");
}

/// The definition of a pulse, hour by hour, over a base that changes every hour.
#[test]
fn a_pulse_multiplies_the_base_by_its_course() {
    let base = day_profile(3);
    for (at, rise, half_life) in [(9.3, 2.5, 12.0), (20.0, 0.0, 3.0), (6.0, 20.0, 0.5), (0.0, 0.0, 5.0)] {
        let curve = base.clone().with_pulse(surge(at, rise, half_life));
        for tenth in 0..720 {
            let time = f64::from(tenth) / 10.0 + 0.037;
            let course = if time < at {
                0.0
            } else if time < at + rise {
                (time - at) / rise
            } else {
                0.5_f64.powf((time - at - rise) / half_life)
            };
            let (found, expected) = (curve.rate_at(hour(time)), base.rate_at(hour(time)) * course);
            assert!((found - expected).abs() <= 1e-9 * expected, "at {time} h: {found}, not {expected}");
        }
    }
}

#[test]
fn the_expected_number_is_the_integral_of_the_rate() {
    const STEPS: u32 = 20_000;
    for (curve, windows) in &curves()[..6] {
        for (from, to) in windows.iter().copied().chain([(0.2, 11.9), (3.1, 3.2), (4.0, 4.0), (5.0, 4.0)]) {
            let width = (to - from) / f64::from(STEPS);
            let middle = |step: u32| curve.rate_at(hour(from + (f64::from(step) + 0.5) * width));
            let numeric = (0..STEPS).map(middle).sum::<f64>() * width.max(0.0) * 3600.0;
            let exact = curve.expected(hour(from), hour(to));
            // at a jump of the rate, the sum is off by at most one step
            let allowed = 1e-6 + 2.0 * width.max(0.0) * 23.0;
            assert!((exact - numeric).abs() < allowed, "{from} to {to}: {exact}, numerically {numeric}");
        }
    }
}

#[test]
fn the_cumulative_rate_grows_by_each_exponential() {
    for (curve, windows) in curves() {
        let until = hour(windows.last().map_or(0.0, |window| window.1));
        let key = ReplicationKey::new(5, 0);
        let (mut cursor, mut total) = (curve.cursor(), 0.0);
        for case in 0.. {
            let growth: f64 = Exp1.sample(&mut key.stream(case, 0));
            let time = cursor.advance(&curve, growth);
            if time >= until {
                break;
            }
            total += growth;
            let found = curve.expected(Time::ZERO, time);
            // the time is rounded down to the microsecond
            let rounding = 1e-9 * (1.0 + total) + curve.rate_at(time) * 1e-6 * 1.01;
            assert!((total - found).abs() < rounding, "{total} at {time:?}, not {found}");
        }
    }
}

#[test]
fn two_steps_lead_where_their_sum_leads() {
    for (curve, _) in curves() {
        for (first, second) in [(0.3, 0.4), (2.0, 1.5), (1e-3, 4.0), (3.0, 1e-6), (0.0, 5.0), (2.5, 0.0)] {
            let (mut twice, mut once) = (curve.cursor(), curve.cursor());
            twice.advance(&curve, first);
            let (a, b) = (twice.advance(&curve, second), once.advance(&curve, first + second));
            assert!(a.as_micros().abs_diff(b.as_micros()) <= 1, "{a:?} and {b:?}");
        }
    }
}

#[test]
fn a_curve_that_ends_gives_never() {
    let base = RateCurve::new(vec![(Time::ZERO, 6.0 / 3600.0)]);
    let curve = base.with_pulse(surge(10.0, 2.0, 1.0));
    let total = 6.0 * (1.0 + 1.0 / std::f64::consts::LN_2);
    assert!((curve.expected(Time::ZERO, hour(1e6)) - total).abs() < 1e-9);
    assert!(curve.cursor().advance(&curve, total - 1e-6) < hour(60.0));
    let mut cursor = curve.cursor();
    assert_eq!(cursor.advance(&curve, total + 1e-6), Time::NEVER);
    assert_eq!(cursor.advance(&curve, 0.0), Time::NEVER);
    let nothing = RateCurve::new(vec![(Time::ZERO, 0.0), (hour(1.0), 0.0)]);
    assert_eq!(nothing.pieces.len(), 1);
    assert_eq!(nothing.cursor().advance(&nothing, 0.0), Time::NEVER);
}

#[test]
fn a_pulse_of_any_length_stays_a_number() {
    let lengths = [Duration::ZERO, Duration::from_micros(1), hours(1.0), Duration::FOREVER];
    for at in [Time::ZERO, hour(30.0), Time::NEVER] {
        for (rise, half_life) in lengths.iter().flat_map(|rise| lengths.map(|half_life| (*rise, half_life))) {
            for rate in [0.0, 1e-12, 1e9] {
                let base = RateCurve::new(vec![(Time::ZERO, rate), (hour(31.0), rate / 2.0)]);
                let curve = base.with_pulse(Pulse { at, rise, half_life });
                assert!(curve.expected(Time::ZERO, Time::NEVER) >= 0.0, "{curve:?}");
                let mut cursor = curve.cursor();
                let mut last = Time::ZERO;
                for _ in 0..100 {
                    let next = cursor.advance(&curve, 0.7);
                    assert!(next >= last && curve.rate_at(next) >= 0.0);
                    last = next;
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "steps come in order of time")]
fn steps_out_of_order_are_refused() {
    let _ = RateCurve::new(vec![(Time::ZERO, 1.0), (hour(2.0), 1.0), (hour(2.0), 2.0)]);
}

#[test]
fn the_series_is_as_good_as_the_logarithm() {
    for i in 0..=4_096 {
        let x = f64::from(i) / f64::from(1 << 23);
        let (series, log) = (minus_log1m(x), -libm::log1p(-x));
        assert!((series - log).abs() <= f64::EPSILON * log, "{series} and {log} at {x}");
    }
}
