//! q
use std::sync::atomic::AtomicBool;
use vigie::{calendar::Intervals, engine::Execution, model::*, random::*, units::*};
fn min(m: f64) -> Duration {
    Duration::from_secs_f64(m * 60.0)
}
fn main() {
    let n: f64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let which = std::env::args().nth(2).unwrap();
    let parallel = std::env::args().nth(3).is_some();
    let nc;
    let mut stages = vec![];
    let mut teams = vec![];
    let mut platforms = vec![];
    let mut choices = vec![];
    let mut channels = vec![];
    let team = |name: &str, n: u32| Team {
        name: name.into(),
        crews: vec![Crew { people: n, on_duty: Intervals::always() }],
        at_shift_end: ShiftEnd::Finish,
        takes: TakeOrder::LongestWaiting,
        call_ins: vec![],
        wage_per_hour: None,
    };
    let rate;
    let mix;
    let stage = |name: &str, t: usize, work: Distribution, nc: usize, disc: Discipline, to: Place| Stage {
        name: name.into(),
        teams: vec![t],
        work: vec![work; nc],
        discipline: disc,
        patience: None,
        room: None,
        route: vec![to; nc],
        gave_up: vec![Place::End(Outcome::Withdrawn); nc],
        no_room: vec![Place::End(Outcome::Unanswered); nc],
        platform: None,
    };
    match which.as_str() {
        "mm1" => {
            nc = 1;
            rate = 0.9 / 60.0;
            mix = vec![1.0];
            stages.push(stage(
                "s",
                0,
                Distribution::exponential(min(1.0)).unwrap(),
                1,
                Discipline::Fifo,
                Place::End(Outcome::Kept),
            ));
            teams.push(team("t", 1));
        }
        "mm50" => {
            nc = 1;
            rate = 47.5 / 60.0;
            mix = vec![1.0];
            stages.push(stage(
                "s",
                0,
                Distribution::exponential(min(1.0)).unwrap(),
                1,
                Discipline::Fifo,
                Place::End(Outcome::Kept),
            ));
            teams.push(team("t", 50));
        }
        _ => {
            nc = 3;
            rate = 0.1;
            mix = vec![0.1, 0.3, 0.6];
            let pr = Discipline::Priority(vec![0, 1, 2]);
            stages.push(stage(
                "triage",
                0,
                Distribution::lognormal(min(3.0), 1.0).unwrap(),
                3,
                pr.clone(),
                Place::Choice(0),
            ));
            teams.push(team("triage", 20));
            let p = [0.35, 0.2, 0.15, 0.1, 0.08, 0.06, 0.04, 0.02];
            let c = [42, 24, 18, 12, 10, 8, 5, 3];
            let never = Silence { wait: Duration::ZERO, route: vec![Place::End(Outcome::Unanswered); 3] };
            for i in 0..8 {
                teams.push(team(&format!("p{i}"), c[i]));
                let mut s = stage(
                    &format!("p{i}"),
                    i + 1,
                    Distribution::lognormal(min(30.0), 1.5).unwrap(),
                    3,
                    pr.clone(),
                    Place::End(Outcome::Removed),
                );
                s.platform = Some(i);
                stages.push(s);
                platforms.push(Platform {
                    name: format!("p{i}"),
                    answers: Answers::Queue {
                        stage: i + 1,
                        answered: Timed::constant(vec![1.0; 3]),
                        silence: never.clone(),
                    },
                });
            }
            choices.push(Choice {
                name: "a".into(),
                shares: vec![
                    Timed::constant(Shares::new(vec![
                        (0.4, Place::End(Outcome::Kept)),
                        (0.6, Place::Channel(0))
                    ]));
                    3
                ],
            });
            choices.push(Choice {
                name: "b".into(),
                shares: vec![
                    Timed::constant(Shares::new(
                        p.iter().enumerate().map(|(i, p)| (*p, Place::Platform(i))).collect()
                    ));
                    3
                ],
            });
            channels.push(Channel {
                name: "c".into(),
                delay: Timed::constant(Distribution::constant(min(5.0))),
                open: None,
                route: vec![Place::Choice(1); 3],
            });
        }
    }
    let horizon = Time::from_secs_f64(n / rate);
    let plan = Plan {
        horizon,
        warm_up: Time::ZERO,
        bucket: Duration::from_micros(horizon.as_micros() / 1000 + 1),
        classes: (0..nc).map(|i| format!("c{i}")).collect(),
        sources: vec![Source {
            name: "x".into(),
            streams: vec![ReportStream {
                arrivals: Arrivals::Poisson(RateCurve::new(vec![(Time::ZERO, rate)])),
                mix,
                batch: BatchSize::Fixed(1),
                self_exciting: None,
            }],
            route: vec![Place::Stage(0); nc],
        }],
        stages,
        teams,
        channels,
        choices,
        platforms,
        targets: vec![Target {
            name: "t".into(),
            classes: vec![true; nc],
            from: ClockEvent::Sent,
            to: ClockEvent::Ended,
            within: Duration::HOUR,
            share: 0.9,
        }],
    };
    let model = Model::new(plan).unwrap();
    let cancel = AtomicBool::new(false);
    let t0 = std::time::Instant::now();
    let f = model
        .simulate(&RunOptions {
            seed: 1,
            replication: 0,
            max_in_system: 10_000_000,
            cancel: &cancel,
            execution: Execution { parallel, shuffle: None },
        })
        .unwrap();
    let el = t0.elapsed().as_secs_f64();
    println!("{:.3} M/s", f.sent as f64 / el / 1e6);
    for (i, s) in f.stages.iter().enumerate().take(2) {
        let (n, w) = s.waiting_time.iter().fold((0, 0.0), |a, h| (a.0 + h.count(), a.1 + h.sum_secs()));
        println!("stage {i} n {n} wait {:.4} min", w / n as f64 / 60.0);
    }
    let (n, w) = f.stages[1..]
        .iter()
        .flat_map(|s| s.waiting_time.iter())
        .fold((0, 0.0), |a, h| (a.0 + h.count(), a.1 + h.sum_secs()));
    println!("platforms wait {:.3}", w / n as f64 / 60.0);
    for c in &f.classes {
        println!(
            "mean {:.2} p95 {:.2} within {:.4}",
            c.response_time.sum_secs() / c.response_time.count() as f64 / 60.0,
            c.response_time.quantile(0.95).unwrap() / 60.0,
            0.0
        );
    }
    println!("{:?}", f.targets.iter().map(|t| t.on_time as f64 / t.count as f64).collect::<Vec<_>>());
}
