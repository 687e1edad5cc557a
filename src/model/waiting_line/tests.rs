use super::*;

const MINUTE: u64 = 60_000_000;

#[expect(clippy::unnecessary_box_returns, reason = "cases are passed on in boxes")]
fn case(id: u64, class: u8, sent_min: u64) -> Box<Case> {
    Box::new(Case::new(id, class, Time::from_micros(sent_min * MINUTE), true))
}

/// Joins cases `(id, class, sent)` and gives the ids in the order in which they are taken at minute 100.
fn check(discipline: &Discipline, cases: &[(u64, u8, u64)], expected: &[u64]) {
    for may_give_up in [false, true] {
        let mut line = WaitingLine::new(discipline, 3, may_give_up);
        for &(id, class, sent) in cases {
            line.join(case(id, class, sent));
        }
        let now = Time::from_micros(100 * MINUTE);
        let mut taken = Vec::new();
        while let Some(next_at) = line.next_joined_at(now) {
            let case = line.take_next(now).unwrap();
            assert_eq!(case.at, next_at);
            taken.push(case.id);
        }
        assert_eq!(taken, expected, "{discipline:?}");
        assert_eq!(line.len(), 0);
    }
}

#[test]
fn who_comes_back_is_first_of_the_line() {
    for may_give_up in [false, true] {
        let mut line = WaitingLine::new(&Discipline::Priority(vec![0, 1]), 2, may_give_up);
        line.join(case(1, 1, 0));
        line.join(case(2, 0, 1));
        line.rejoin(case(3, 1, 2));
        line.rejoin(case(4, 0, 2));
        let ids: Vec<u64> = std::iter::from_fn(|| line.take_next(Time::ZERO)).map(|case| case.id).collect();
        assert_eq!(ids, [4, 2, 3, 1]);
    }
}

#[test]
fn cases_of_one_time_that_are_handed_over_together_go_by_case() {
    let by_deadline = Discipline::EarliestDeadline(vec![Duration::FOREVER]);
    let by_wait = Discipline::LongestRelativeWait(vec![Duration::HOUR]);
    for (discipline, may_give_up) in
        [(&by_deadline, false), (&by_deadline, true), (&by_wait, false), (&by_wait, true)]
    {
        let mut line = WaitingLine::new(discipline, 1, may_give_up);
        for id in [5, 9, 7] {
            line.rejoin(case(id, 0, 3));
        }
        let ids: Vec<u64> = std::iter::from_fn(|| line.take_next(Time::ZERO)).map(|case| case.id).collect();
        assert_eq!(ids, [5, 7, 9]);
    }
}

#[test]
fn disciplines_order_as_they_say() {
    let cases = [(1, 2, 0), (2, 1, 5), (3, 0, 10), (4, 2, 15), (5, 0, 20)];
    let minutes = |m: u64| Duration::from_micros(m * MINUTE);
    check(&Discipline::Fifo, &cases, &[1, 2, 3, 4, 5]);
    check(&Discipline::Lifo, &cases, &[5, 4, 3, 2, 1]);
    check(&Discipline::Priority(vec![0, 1, 2]), &cases, &[3, 5, 2, 1, 4]);
    check(&Discipline::Priority(vec![7, 7, 3]), &cases, &[1, 4, 2, 3, 5]);
    // deadlines: 10+30, 20+30; 5+10; never, never
    check(
        &Discipline::EarliestDeadline(vec![minutes(30), minutes(10), Duration::FOREVER]),
        &cases,
        &[2, 3, 5, 1, 4],
    );
    // ratios at 100: 90/30 = 3, 80/30; 95/50 = 1.9; without target last
    check(
        &Discipline::LongestRelativeWait(vec![minutes(30), minutes(50), Duration::FOREVER]),
        &cases,
        &[3, 5, 2, 1, 4],
    );
}

#[test]
fn equal_deadlines_are_first_come_first_served() {
    let cases: Vec<(u64, u8, u64)> = (0..20).map(|i| (i, (i % 3) as u8, i)).collect();
    let ids: Vec<u64> = (0..20).collect();
    check(&Discipline::EarliestDeadline(vec![Duration::HOUR; 3]), &cases, &ids);
    check(&Discipline::LongestRelativeWait(vec![Duration::HOUR; 3]), &cases, &ids);
}

#[test]
fn departed_cases_are_passed_over_and_old_tickets_find_nothing() {
    for discipline in [
        Discipline::Fifo,
        Discipline::Lifo,
        Discipline::Priority(vec![0, 0]),
        Discipline::EarliestDeadline(vec![Duration::HOUR; 2]),
        Discipline::LongestRelativeWait(vec![Duration::HOUR; 2]),
    ] {
        let mut line = WaitingLine::new(&discipline, 2, true);
        let join = |id| line.join(case(id, (id % 2) as u8, id)).unwrap();
        let tickets: Vec<Ticket> = (0..5000).map(join).collect();
        for (id, ticket) in tickets.iter().enumerate() {
            if id % 5 != 0 {
                assert_eq!(line.remove(*ticket).map(|case| case.id), Some(id as u64));
                assert!(line.remove(*ticket).is_none(), "only once");
            }
        }
        line.rejoin(case(9999, 0, 0));
        let mut left = Vec::new();
        while let Some(case) = line.take_next(Time::from_micros(1)) {
            left.push(case.id);
        }
        left.sort_unstable();
        let expected: Vec<u64> = (0..5000).step_by(5).chain([9999]).collect();
        assert_eq!(left, expected, "{discipline:?}");
    }
}

#[test]
fn who_was_sent_late_or_comes_late_has_the_place_that_is_due() {
    let limits: Vec<Duration> =
        [30, 10, 30, 50].map(|minutes| Duration::from_micros(minutes * MINUTE)).into();
    let by_deadline = Discipline::EarliestDeadline(limits.clone());
    let by_wait = Discipline::LongestRelativeWait(limits.clone());
    for (discipline, may_give_up) in
        [(&by_deadline, false), (&by_deadline, true), (&by_wait, false), (&by_wait, true)]
    {
        let mut line = WaitingLine::new(discipline, limits.len(), may_give_up);
        let mut waiting: Vec<Case> = Vec::new();
        let mut late = 0;
        let mut draw = crate::random::ReplicationKey::new(3, u64::from(may_give_up)).stream(1, 0);
        for minute in 0..3_000 {
            let now = Time::from_micros(minute * MINUTE);
            if draw.next_bits() % 5 < 3 {
                // few enough moments that many are the same
                let sent = Time::from_micros(minute.saturating_sub(draw.next_bits() % 40) * MINUTE);
                let new = || {
                    let mut case = Case::new(minute ^ 5, (minute % 4) as u8, sent, true);
                    case.at = now;
                    case
                };
                late +=
                    usize::from(waiting.iter().any(|other| other.class == new().class && other.sent > sent));
                waiting.push(new());
                line.join(Box::new(new()));
                continue;
            }
            let place = |case: &Case| (case.sent + limits[case.class as usize], case.at, case.id);
            let in_class = |case: &Case| (case.sent, case.at, case.id);
            let next = if discipline == &by_deadline {
                waiting.iter().min_by_key(|case| place(case))
            } else {
                let firsts = (0..4).filter_map(|class| {
                    waiting.iter().filter(|case| case.class == class).min_by_key(|case| in_class(case))
                });
                let ratio = |case: &Case| {
                    // all limits divide 150 minutes
                    let per = 150 * MINUTE / limits[case.class as usize].as_micros();
                    now.since(case.sent).as_micros() * per
                };
                firsts.min_by_key(|case| (std::cmp::Reverse(ratio(case)), case.class))
            };
            let expected = next.map(|case| case.id);
            waiting.retain(|case| Some(case.id) != expected);
            assert_eq!(
                line.take_next(now).map(|case| case.id),
                expected,
                "{discipline:?} at minute {minute}"
            );
        }
        assert!(late > 500 && waiting.len() > 100, "{late} came late, and {} wait", waiting.len());
    }
}
