//! Shifts, breaks, overtime and call-ins, in days short enough to be worked out by hand: everything is exact.
//!
//! Each case of a trace is a class of its own, so that its times can be read from the summary.

use super::*;

/// One server on shift, work of fixed length; the parts that differ are `zone`, `team` and `work`.
fn desk(zone: &str, start: &str, days: u32, work: &str, team: &str) -> String {
    format!(
        "title = \"exact\"\nstart = {start}\nzone = \"{zone}\"\nduration = \"{days} days\"\n\
         classes = [\"c0\", \"c1\", \"c2\", \"c3\"]\n\
         [source.world]\ntrace = \"trace.csv\"\nmix = {{ c0 = 1 }}\nto = \"desk\"\n\
         [stage.desk]\nteam = \"t\"\nwork = \"{work}\"\nto = \"kept\"\n[team.t]\n{team}"
    )
}

/// The time from the report of the only case of a class to its end.
fn response(class: usize, hours: f64) -> Expectation {
    exactly(format!("response time of c{class}"), hours * HOUR, move |run| {
        run.summary.classes[class].response_time.mean
    })
}

fn staff_hours(hours: f64) -> Expectation {
    exactly("staff hours", hours, |run| Some(run.summary.teams[0].staff_hours))
}

fn busy_hours(hours: f64) -> Expectation {
    exactly("hours at work", hours, |run| run.mean(|r| r.teams[0].busy_hours))
}

fn wait(class: usize, hours: f64) -> Expectation {
    exactly(format!("wait of c{class}"), hours * HOUR, move |run| run.wait_of(0, class))
}

const NINE_TO_FIVE: &str = "shifts = [{ days = \"every day\", hours = \"09:00-17:00\", staff = 1 }]\n";
const TWO_DAYS: &[(&str, &str)] =
    &[("2024-01-01T08:00:00", "c0"), ("2024-01-01T16:30:00", "c1"), ("2024-01-01T16:40:00", "c2")];

#[test]
fn whoever_finishes_stays_until_the_case_is_done() {
    let text = desk("UTC", "2024-01-01", 2, "1h", &format!("{NINE_TO_FIVE}at_shift_end = \"finish\"\n"));
    check_traced(
        &text,
        TWO_DAYS,
        &[
            response(0, 2.0),
            response(1, 1.0),
            response(2, 17.0 + 20.0 / 60.0),
            wait(0, 1.0),
            wait(1, 0.0),
            wait(2, 16.0 + 20.0 / 60.0),
            // half an hour of overtime
            staff_hours(16.5),
            busy_hours(3.0),
        ],
    );
}

#[test]
fn suspended_work_goes_on_at_the_next_shift() {
    let text = desk("UTC", "2024-01-01", 2, "1h", &format!("{NINE_TO_FIVE}at_shift_end = \"suspend\"\n"));
    check_traced(
        &text,
        TWO_DAYS,
        &[
            response(0, 2.0),
            response(1, 17.0),
            response(2, 17.0 + 50.0 / 60.0),
            // a night on the desk is a night of waiting, as it is for a case that is handed over
            wait(1, 16.0),
            wait(2, 16.0 + 50.0 / 60.0),
            staff_hours(16.0),
            busy_hours(3.0),
            exactly("work on each case", HOUR, |run| run.summary.stages[0].service_time.mean),
        ],
    );
}

#[test]
fn work_handed_over_goes_to_whoever_is_there() {
    let both = "shifts = [{ days = \"every day\", hours = \"09:00-17:00\", staff = 1 }, \
                { days = \"every day\", hours = \"17:00-20:00\", staff = 1 }]\n";
    let hand_over = desk("UTC", "2024-01-01", 2, "1h", &format!("{both}at_shift_end = \"hand over\"\n"));
    check_traced(
        &hand_over,
        TWO_DAYS,
        &[
            // the evening goes on with c1 before it begins c2, and waits for neither
            response(1, 1.0),
            wait(1, 0.0),
            response(2, 1.0 + 50.0 / 60.0),
            staff_hours(22.0),
            busy_hours(3.0),
            exactly("longest work on a case", HOUR, |run| run.summary.stages[0].service_time.max),
        ],
    );
    let suspend = hand_over.replace("hand over", "suspend");
    // c1 stays on the desk of the first; the evening takes c2
    check_traced(&suspend, TWO_DAYS, &[response(1, 17.0), response(2, 1.0 + 20.0 / 60.0)]);
    let nobody = desk("UTC", "2024-01-01", 2, "1h", &format!("{NINE_TO_FIVE}at_shift_end = \"hand over\"\n"));
    // with nobody there it is first in line in the morning, having waited all night
    check_traced(
        &nobody,
        TWO_DAYS,
        &[response(1, 17.0), wait(1, 16.0), response(2, 17.0 + 50.0 / 60.0), busy_hours(3.0)],
    );
}

#[test]
fn breaks_are_ends_of_a_shift() {
    let shifts = "shifts = [{ days = \"every day\", hours = \"09:00-17:00\", staff = 1, \
                  breaks = [\"12:30-13:30\"] }]\n";
    let trace = [("2024-01-01T12:00:00", "c0"), ("2024-01-01T12:10:00", "c1")];
    for (at_shift_end, first, second, hours) in [
        ("suspend", 2.0, 2.0 + 50.0 / 60.0, 7.0),
        ("hand over", 2.0, 2.0 + 50.0 / 60.0, 7.0),
        // c0 eats half an hour of the break
        ("finish", 1.0, 2.0 + 20.0 / 60.0, 7.5),
    ] {
        let text =
            desk("UTC", "2024-01-01", 1, "1h", &format!("{shifts}at_shift_end = \"{at_shift_end}\"\n"));
        check_traced(
            &text,
            &trace,
            &[response(0, first), response(1, second), staff_hours(hours), busy_hours(2.0)],
        );
    }
}

#[test]
fn a_night_shift_loses_an_hour_in_spring_and_gains_one_in_autumn() {
    let team = "shifts = [{ days = \"every day\", hours = \"22:00-06:00\", staff = 1 }]\nat_shift_end = \"suspend\"\n";
    for (start, date, lasts) in
        [("2024-03-30T12:00:00", "2024-03-30", 7.0), ("2024-10-26T12:00:00", "2024-10-26", 9.0)]
    {
        let text = desk("Europe/Paris", start, 2, "6h 30min", team);
        let sent = format!("{date}T22:00:00");
        // c1 has what is left of the night, sixteen hours of day, and then the rest
        let second = lasts + 16.0 + (6.5 - (lasts - 6.5));
        // two days of 24 hours from noon: the night in question, and the one after
        check_traced(
            &text,
            &[(&sent, "c0"), (&sent, "c1")],
            &[response(0, 6.5), response(1, second), staff_hours(lasts + 8.0), busy_hours(13.0)],
        );
    }
}

#[test]
fn shifts_belong_to_the_day_on_which_they_begin_and_holidays_have_none() {
    let team =
        "shifts = [{ days = \"mon,wed\", hours = \"22:00-06:00\", staff = 1 }]\nat_shift_end = \"finish\"\n";
    let trace = [("2024-01-02T05:00:00", "c0"), ("2024-01-02T23:00:00", "c1")];
    let text = desk("UTC", "2024-01-01", 14, "1h", team);
    check_traced(&text, &trace, &[response(0, 1.0), response(1, 24.0), staff_hours(32.0)]);
    // without the night from Wednesday to Thursday, the next is on Monday
    let text = desk("UTC", "2024-01-01", 14, "1h", &format!("{team}holidays = [2024-01-03]\n"));
    check_traced(&text, &trace, &[response(0, 1.0), response(1, 6.0 * 24.0), staff_hours(24.0)]);
}

#[test]
fn overlapping_shifts_add_up() {
    let team = "shifts = [{ days = \"mon\", hours = \"09:00-12:00\", staff = 1 }, \
                { days = \"mon\", hours = \"10:00-11:00\", staff = 2 }]\nat_shift_end = \"finish\"\n";
    let sent = "2024-01-01T09:30:00";
    let trace = [(sent, "c0"), (sent, "c1"), (sent, "c2"), (sent, "c3")];
    let text = desk("UTC", "2024-01-01", 1, "1h", team);
    // c1 and c2 are begun at ten, c3 when c0 is done
    check_traced(
        &text,
        &trace,
        &[response(0, 1.0), response(1, 1.5), response(2, 1.5), response(3, 2.0), staff_hours(5.0)],
    );
}

#[test]
fn people_called_in_come_after_their_delay_and_leave_when_they_may() {
    let trace: Vec<(&str, &str)> = vec![("2024-01-01T10:00:00", "c0"); 12];
    for (call_in, wait, hours) in [
        // eleven wait: at one o'clock three are done and one is begun, and ten people take the other eight
        ("when = \"waiting(desk) > 5\", add = 10, after = \"3h\", for = \"4h\"", 30.0 / 12.0, 24.0 + 40.0),
        // exactly the mark is not above it
        ("when = \"waiting(desk) > 11\", add = 10, after = \"3h\", for = \"4h\"", 66.0 / 12.0, 24.0),
        // after two hours five wait, not above the mark: they leave, but finish what they took that very moment
        ("when = \"waiting(desk) > 5\", add = 1, after = \"1h\", for = \"2h\"", 42.0 / 12.0, 24.0 + 3.0),
        // five are above this mark: they stay for two more hours, and finish
        ("when = \"waiting(desk) > 4\", add = 1, after = \"1h\", for = \"2h\"", 36.0 / 12.0, 24.0 + 5.0),
    ] {
        let text = desk("UTC", "2024-01-01", 1, "1h", &format!("staff = 1\ncall_in = {{ {call_in} }}\n"));
        check_traced(
            &text,
            &trace,
            &[
                exactly(format!("mean wait, {call_in}"), wait * HOUR, |run| run.wait(0)),
                exactly("longest queue", 11.0, |run| run.summary.stages[0].queue_length_max),
                staff_hours(hours),
                busy_hours(12.0),
            ],
        );
    }
}

#[test]
fn who_leaves_takes_no_new_work() {
    let sent = "2024-01-01T15:00:00";
    for end in ["finish", "suspend", "hand over"] {
        let text = desk("UTC", "2024-01-01", 2, "1h", &format!("{NINE_TO_FIVE}at_shift_end = \"{end}\"\n"));
        check_traced(
            &text,
            &[(sent, "c0"), (sent, "c1"), (sent, "c2")],
            // c1 is done at five o'clock sharp, and c2 is left for the morning
            &[response(0, 1.0), response(1, 2.0), response(2, 19.0), staff_hours(16.0), busy_hours(3.0)],
        );
    }
}

#[test]
fn work_handed_over_calls_people_in() {
    let sent = "2024-01-01T16:00:00";
    let team = format!(
        "{}at_shift_end = \"hand over\"\n\
         call_in = {{ when = \"waiting(desk) > 3\", add = 4, after = \"1h\", for = \"2h\" }}\n",
        NINE_TO_FIVE.replace("staff = 1", "staff = 4")
    );
    check_traced(
        &desk("UTC", "2024-01-01", 1, "2h", &team),
        &[(sent, "c0"), (sent, "c1"), (sent, "c2"), (sent, "c3")],
        // half done at five, all four wait; at six others come and do the other half
        &[
            response(0, 3.0),
            response(3, 3.0),
            wait(0, 1.0),
            wait(3, 1.0),
            staff_hours(32.0 + 8.0),
            busy_hours(8.0),
        ],
    );
}

#[test]
fn a_surge_of_staff_takes_up_what_waits_at_once() {
    let text = format!(
        "{}[[intervention]]\nname = \"more\"\nat = 2024-01-01T13:00:00\nset = {{ \"team.t.staff\" = 4 }}\n",
        desk("UTC", "2024-01-01", 1, "2h", "staff = 1\n")
    );
    let sent = "2024-01-01T12:00:00";
    let trace = [(sent, "c0"), (sent, "c1"), (sent, "c2"), (sent, "c3")];
    check_traced(
        &text,
        &trace,
        &[response(0, 2.0), response(1, 3.0), response(2, 3.0), response(3, 3.0), staff_hours(13.0 + 44.0)],
    );
}
