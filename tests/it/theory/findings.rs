//! What a summary makes of the facts, worked out by hand.

use super::*;

#[test]
fn a_platform_has_not_answered_who_gave_up_or_found_no_room() {
    // One reviewer, room for one. The first fraud is answered after an hour, the second gives up after half an hour, the
    // third and the fourth find no room; the spam is never taken up; a last fraud is still in hand at the end.
    let text = "title = \"answers\"\nstart = 2024-01-01T00:00:00\nzone = \"UTC\"\nduration = \"1 day\"\n\
                classes = [\"fraud\", \"spam\"]\n\
                [source.world]\ntrace = \"trace.csv\"\nmix = { fraud = 1 }\nto = \"forum\"\n\
                [platform.forum]\nstaff = 1\nwork = \"1h\"\nroom = 1\npatience = \"30min\"\n\
                answers_by_class = { spam = 0 }\nto = \"removed\"\n";
    let trace = [
        ("2024-01-01T10:00:00", "fraud"),
        ("2024-01-01T10:01:00", "fraud"),
        ("2024-01-01T10:02:00", "fraud"),
        ("2024-01-01T10:03:00", "fraud"),
        ("2024-01-01T12:00:00", "spam"),
        ("2024-01-01T23:30:00", "fraud"),
    ];
    let by_class = |class: usize| move |run: &Run| run.summary.platforms[0].by_class[class].answered;
    check_traced(
        text,
        &trace,
        &[
            exactly("share of fraud answered", 1.0 / 4.0, by_class(0)),
            exactly("share of spam answered", 0.0, by_class(1)),
            exactly("share answered", 1.0 / 5.0, |run| run.summary.platforms[0].answered),
            exactly("cases at the platform", 6.0, |run| Some(run.summary.platforms[0].cases)),
            exactly("gave up", 1.0, |run| Some(run.summary.stages[0].reneged)),
            exactly("found no room", 2.0, |run| Some(run.summary.stages[0].blocked)),
        ],
    );
}
