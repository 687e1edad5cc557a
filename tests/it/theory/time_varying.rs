//! Rates and rules that change with time.

use super::*;

/// The head of a scenario of so many days in buckets of this width.
fn days(days: f64, bucket: &str) -> String {
    format!("{}bucket = \"{bucket}\"\nclasses = [\"all\"]\n", head(days * 1440.0, 0.0))
}

/// Twenty-four weights as they are written.
fn weights(of: impl Fn(usize) -> f64) -> String {
    format!("{:?}", (0..24).map(of).collect::<Vec<f64>>())
}

/// Reports in a bucket.
fn reports_in(bucket: usize) -> impl Fn(&Run) -> Option<Estimate> {
    move |run| run.mean(|r| f64::from(r.series.reports[0][bucket]))
}

/// Mean and variance of the number of reports in a bucket, from the bucket `from` on.
fn moments(expected: (f64, f64), from: usize) -> [Expectation; 2] {
    let mean = move |r: &ReplicationRecord| {
        let counts = &r.series.reports[0][from..];
        counts.iter().map(|count| f64::from(*count)).sum::<f64>() / counts.len() as f64
    };
    // around the true mean: then no degree of freedom is lost
    let variance = move |r: &ReplicationRecord| {
        let counts = &r.series.reports[0][from..];
        counts.iter().map(|count| (f64::from(*count) - expected.0).powi(2)).sum::<f64>() / counts.len() as f64
    };
    [
        near("mean number of reports", expected.0, move |run| run.mean(mean)),
        near("its variance", expected.1, move |run| run.mean(variance)),
    ]
}

#[test]
fn patience_like_the_work_makes_the_number_poisson_for_any_staff() {
    // M_t/M/s + M with θ = μ (Feldman et al. 2008): everybody leaves at rate μ whether served or not, so the number
    // there is that of infinitely many servers, Poisson with mean m, m' = λ(t) − μm, m(0) = 0
    let rate = |hour: usize| 100.0 + 20.0 * f64::sin(std::f64::consts::TAU * (hour as f64 + 0.5) / 24.0);
    let mut means = Vec::new();
    let mut now = 0.0_f64;
    for hour in 0..48 {
        let rate = rate(hour % 24);
        means.push(rate + (now - rate) * (1.0 - f64::exp(-1.0)));
        now = rate + (now - rate) * f64::exp(-1.0);
    }
    for staff in [80, 95, 130] {
        let text = format!(
            "{}[source.world]\nrate = \"100/h\"\nday = {}\nto = \"desk\"\n[team.t]\nstaff = {staff}\n\
             [stage.desk]\nteam = \"t\"\nwork = {}\npatience = {}\nto = \"kept\"\n",
            days(2.0, "1h"),
            weights(rate),
            exponential(60.0),
            exponential(60.0)
        );
        let there = |bucket: usize| {
            move |run: &Run| {
                run.mean(|r| f64::from(r.series.waiting[0][bucket]) + f64::from(r.series.busy[0][bucket]))
            }
        };
        let expected: Vec<Expectation> = [0, 1, 2, 6, 9, 12, 18, 21, 24, 30, 36, 45]
            .iter()
            .map(|&hour| {
                near(format!("number there in hour {hour}, staff {staff}"), means[hour], there(hour))
            })
            .collect();
        check(&text, 800, &expected);
    }
}

#[test]
fn that_number_has_the_variance_of_a_poisson_number() {
    let rate = |hour: usize| 100.0 + 20.0 * f64::sin(std::f64::consts::TAU * (hour as f64 + 0.5) / 24.0);
    let text = format!(
        "{}[source.world]\nrate = \"100/h\"\nday = {}\nto = \"desk\"\n[team.t]\nstaff = 95\n\
         [stage.desk]\nteam = \"t\"\nwork = {}\npatience = {}\nto = \"kept\"\n",
        days(12.0, "1min"),
        weights(rate),
        exponential(60.0),
        exponential(60.0)
    );
    let dispersion = move |run: &Run| {
        run.ratio(|r| {
            let (mut squares, mut means, mut mean) = (0.0, 0.0, 0.0_f64);
            for hour in 0..12 * 24 {
                let rate = rate(hour % 24);
                // the first minute of the hour, and how the mean has moved by its middle
                let there = r.series.waiting[0][hour * 60] + r.series.busy[0][hour * 60];
                if hour > 0 {
                    let expected = rate + (mean - rate) * f64::exp(-0.5 / 60.0);
                    squares += (f64::from(there) - expected).powi(2);
                    means += expected;
                }
                mean = rate + (mean - rate) * f64::exp(-1.0);
            }
            (squares, means)
        })
    };
    // an average over h = 1/60 of the mean stay has the variance 2(h − 1 + e^(−h))/h² of a single look; 1 % would keep
    // a gigabyte of minutes
    let h = 1.0 / 60.0;
    let expected = 2.0 * (h - 1.0 + f64::exp(-h)) / (h * h);
    check(&text, 150, &[near("variance over mean", expected, dispersion).precision(0.02)]);
}

#[test]
fn reports_of_a_ramp_are_poisson() {
    let text = format!(
        "{}[source.world]\nrate = \"48/day\"\nday = {}\nto = \"kept\"\n",
        days(8_000.0, "1day"),
        weights(|hour| if hour < 8 { 2.5 + hour as f64 } else { 0.0 })
    );
    let few = |run: &Run| {
        run.mean(|r| {
            let counts = &r.series.reports[0];
            counts.iter().filter(|count| **count <= 40.0).count() as f64 / counts.len() as f64
        })
    };
    let [mean, variance] = moments((48.0, 48.0), 0);
    check(&text, 40, &[mean, variance, near("P(N ≤ 40)", 0.138_313, few)]);
}

#[test]
fn the_ramp_rises_hour_by_hour() {
    let text = format!(
        "{}[source.world]\nrate = \"48/day\"\nday = {}\nto = \"kept\"\n",
        days(400.0, "1h"),
        weights(|hour| if hour < 8 { 2.5 + hour as f64 } else { 0.0 })
    );
    let at = |hour: usize| {
        move |run: &Run| {
            run.mean(|r| {
                let counts = r.series.reports[0].iter().skip(hour).step_by(24);
                counts.map(|count| f64::from(*count)).sum::<f64>() / 400.0
            })
        }
    };
    let mut expected: Vec<Expectation> =
        (0..8).map(|hour| near(format!("hour {hour}"), 2.5 + hour as f64, at(hour))).collect();
    expected.extend((8..24).map(|hour| exactly(format!("hour {hour}"), 0.0, at(hour))));
    check(&text, 50, &expected);
}

#[test]
fn a_fluid_surge() {
    // 150 against a capacity of 100 for an hour, then 80, a hundred times larger: the queue rises to 5000 and then
    // falls by 2000 an hour
    let text = format!(
        "{}[source.world]\nrate = \"{}/day\"\nday = {}\nto = \"desk\"\n[team.t]\nstaff = 100\n\
         [stage.desk]\nteam = \"t\"\nwork = \"36s\"\nto = \"kept\"\n",
        days(5.0 / 24.0, "1h"),
        15_000 + 23 * 8_000,
        weights(|hour| if hour == 0 { 15_000.0 } else { 8_000.0 })
    );
    // server j begins at the j-th arrival, j · 0.24 s on average, and then every 36 s: by t, all of them together have
    // begun 100·(t − 12.12 s)/36 s + 50 cases, averaged over a cycle
    let begun_early = 50.0 - 100.0 * 12.12 / 36.0;
    check(
        &text,
        400,
        &[
            near("longest queue", 5_000.0, |run| run.summary.stages[0].queue_length_max),
            near("queue in the second hour", 4_000.0 - begun_early, |run| {
                run.mean(|r| f64::from(r.series.waiting[0][1]))
            }),
            near("queue in the third hour", 2_000.0 - begun_early, |run| {
                run.mean(|r| f64::from(r.series.waiting[0][2]))
            }),
        ],
    );
}

#[test]
fn self_exciting_reports_come_in_clusters() {
    // Λ = μ/(1 − n), κ = 1/(1 − n), γ = (1 − n)/τ; the variance in a window of length T is
    // Λ(κ²T + (1 − κ²)(1 − e^(−γT))/γ) (Da Fonseca & Zaatour 2014)
    let (rate, branching, decay, window) = (2.0, 0.4, 0.5, 24.0);
    let (kappa, gamma) = (1.0 / (1.0 - branching), (1.0 - branching) / decay);
    let mean = rate * kappa * window;
    let variance = rate
        * kappa
        * (kappa * kappa * window + (1.0 - kappa * kappa) * (1.0 - f64::exp(-gamma * window)) / gamma);
    // a long window comes close to 1/(1 − n)²
    assert!((variance / mean / (kappa * kappa) - 1.0_f64).abs() < 0.03);
    let text = format!(
        "{}[source.world]\nrate = \"2/h\"\nself_exciting = {{ branching = 0.4, decay = \"30min\" }}\nto = \"kept\"\n",
        days(2_500.0, "1day")
    );
    // the first day begins with nobody to excite anybody
    check(&text, 50, &moments((mean, variance), 1));
}

#[test]
fn self_excitation_begins_with_nothing() {
    // from an empty past, E[N(T)] = ΛT − Λnκτ(1 − e^(−γT))
    let (rate, branching, decay, window) = (100.0, 0.8, 2.0, 10.0);
    let (kappa, gamma) = (1.0 / (1.0 - branching), (1.0 - branching) / decay);
    let expected: f64 =
        rate * kappa * (window - branching * kappa * decay * (1.0 - f64::exp(-gamma * window)));
    let text = format!(
        "{}[source.world]\nrate = \"100/h\"\nself_exciting = {{ branching = 0.8, decay = \"2h\" }}\nto = \"kept\"\n",
        days(window / 24.0, "1h")
    );
    check(&text, 400, &[near("reports", expected, |run| Some(run.summary.reports))]);
}

#[test]
fn a_surge_brings_what_its_integral_says() {
    let (share, base) = (0.2, 400.0);
    let text = |peak: &str| {
        format!(
            "{}classes = [\"a\", \"b\"]\n[source.world]\nrate = \"{base}/day\"\nmix = {{ a = {share}, b = 0.8 }}\n\
             to = \"kept\"\n[[source.world.surge]]\nat = 2024-01-02T00:00:00\nclass = \"a\"\npeak = \"{peak}\"\n\
             rise = \"2h\"\nhalf_life = \"12h\"\n",
            head(8.0 * 1440.0, 0.0)
        )
    };
    // a straight line for two hours, then half of it every half day until the end, in days at the peak
    let (rise, half_life, fall) = (2.0 / 24.0, 0.5, 7.0 - 2.0 / 24.0);
    let at_peak = rise / 2.0 + half_life / std::f64::consts::LN_2 * (1.0 - f64::exp2(-fall / half_life));
    for (peak, added) in [("16x", 15.0 * share * base), ("1200/day", 1200.0)] {
        check(
            &text(peak),
            100,
            &[
                near(format!("reports of a, {peak}"), share * base * 8.0 + added * at_peak, |run| {
                    Some(run.summary.classes[0].reports)
                }),
                near(format!("reports of b, {peak}"), (1.0 - share) * base * 8.0, |run| {
                    Some(run.summary.classes[1].reports)
                }),
            ],
        );
    }
}

#[test]
fn a_surge_of_all_classes_follows_the_day() {
    // the peak multiplies the rate of the hour: nothing comes at night
    let text = format!(
        "{}[source.world]\nrate = \"1200/day\"\nday = {}\nto = \"kept\"\n[[source.world.surge]]\n\
         at = 2024-01-02T10:00:00\npeak = \"3x\"\nrise = \"0s\"\nhalf_life = \"1h\"\n",
        days(3.0, "1h"),
        weights(|hour| if (8..20).contains(&hour) { 1.0 } else { 0.0 })
    );
    let hour =
        |after: f64| 100.0 + 200.0 / std::f64::consts::LN_2 * (f64::exp2(-after) - f64::exp2(-after - 1.0));
    check(
        &text,
        600,
        &[
            near("the hour before", 100.0, reports_in(33)),
            near("the first hour", hour(0.0), reports_in(34)),
            near("the second hour", hour(1.0), reports_in(35)),
            near("the last hour of the day", hour(9.0), reports_in(43)),
            exactly("the night", 0.0, reports_in(46)),
        ],
    );
}

#[test]
fn interventions_change_what_they_say_and_take_it_back() {
    let text = format!(
        "{}[source.world]\nrate = \"2400/day\"\nto = \"way\"\n[channel.way]\ndelay = \"1min\"\nto = \"split\"\n\
         [choice.split]\nto = {{ desk = 0.5, forum = 0.5 }}\n\
         [team.t]\nstaff = 3\n[stage.desk]\nteam = \"t\"\nwork = \"1min\"\nto = \"kept\"\n\
         [platform.forum]\nresponse = \"2min\"\nanswers = 0.25\nto = \"removed\"\n\
         [[intervention]]\nname = \"two days\"\nat = 2024-01-03T00:00:00\nuntil = 2024-01-05T00:00:00\n\
         set = {{ \"source.world.rate\" = \"4800/day\", \"team.t.staff\" = 7, \"choice.split.to\" = {{ desk = 0.2, \
         forum = 0.8 }}, \"platform.forum.answers\" = 1.0, \"channel.way.delay\" = \"2h\" }}\n",
        days(6.0, "1day")
    );
    let staff = |day: usize| move |run: &Run| run.mean(|r| f64::from(r.series.staff[0][day]));
    let decided = |day: usize| move |run: &Run| run.mean(|r| f64::from(r.series.decided[0][day]));
    // half go to the desk, and of the others a quarter are answered; on the fourth day all are
    let before = 0.5 + 0.5 * 0.25;
    check(
        &text,
        64,
        &[
            near("reports before", 2400.0, reports_in(1)),
            near("reports meanwhile", 4800.0, reports_in(2)),
            near("reports until the end of it", 4800.0, reports_in(3)),
            near("reports afterwards", 2400.0, reports_in(4)),
            exactly("staff before", 3.0, staff(1)),
            exactly("staff meanwhile", 7.0, staff(2)),
            exactly("staff until the end of it", 7.0, staff(3)),
            exactly("staff afterwards", 3.0, staff(5)),
            near("decided before", 2400.0 * before, decided(1)),
            near("decided in the last, settled day", 2400.0 * before, decided(5)),
            near("decided while all are answered", 4800.0, decided(3)),
        ],
    );
}
