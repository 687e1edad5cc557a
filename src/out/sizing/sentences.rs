//! The answer of a sizing in sentences.

use super::super::words;
use super::tables;
use crate::analysis::{
    AnswerSummary, Backlog, FewerVerdict, OtherTarget, ReasonSummary, SizedTarget, SizingSummary, SlowPlace,
    StaffingSeries, UnattainableSummary,
};

/// What was done.
pub(super) fn done(summary: &SizingSummary) -> String {
    let n_targets = summary.unattainable.len() + summary.answer.as_ref().map_or(0, |a| a.targets.len());
    format!(
        "Sized for {} with a confidence of {}; {} tried in {} replications, seed {}.",
        words::counted(n_targets as f64, "target"),
        words::goal(summary.confidence),
        words::counted(summary.rosters_tried as f64, "roster"),
        words::count(summary.replications_tried as f64),
        summary.seed
    )
}

/// The answer, in one sentence.
pub(super) fn headline(summary: &SizingSummary) -> String {
    let Some(answer) = &summary.answer else {
        return match summary.unattainable.len() {
            1 => "No staffing within the bounds meets the target.".to_owned(),
            _ => "No staffing within the bounds meets any of the targets.".to_owned(),
        };
    };
    let what = match answer.targets.as_slice() {
        [only] => format!("“{}” is met", only.name),
        [_, _] => "both targets are met".to_owned(),
        several => format!("all {} targets are met", several.len()),
    };
    let others = match summary.unattainable.len() {
        0 => String::new(),
        1 => "; one other cannot be met by people within the bounds".to_owned(),
        n => format!("; {n} others cannot be met by people within the bounds"),
    };
    let price = price(answer);
    if answer.proof.holds {
        return format!("With the people below, {what}, for {price}{others}{}.", but(answer));
    }
    let tried = match answer.proof.attempts {
        1 => "fresh random numbers could not tell".to_owned(),
        n => format!("fresh random numbers confirmed none of {n} answers"),
    };
    format!("Whether the people below suffice cannot be told: {tried}. They come at {price}{others}.")
}

/// What a reader of the answer alone must not miss: targets that it was not sized for and that suffer, and a backlog that
/// stays.
fn but(answer: &AnswerSummary) -> String {
    // less is no news
    const WORTH_SAYING: f64 = 0.01;
    let suffers =
        |other: &&OtherTarget| other.change.as_ref().is_some_and(|change| change.mean < -WORTH_SAYING);
    let worst = answer.others.iter().filter(suffers).min_by(|a, b| {
        let change = |other: &OtherTarget| other.change.map_or(0.0, |change| change.mean);
        change(a).total_cmp(&change(b))
    });
    let mut parts = Vec::new();
    if let Some(OtherTarget { name, share: Some(share), share_now: Some(now), .. }) = worst {
        parts.push(format!(
            "“{name}”, which was not asked for, falls from {} to {} on time",
            words::percent(now.mean),
            words::percent(share.mean)
        ));
    }
    let stays =
        |team: &&StaffingSeries| team.backlog.worked_off_after.is_none() && team.backlog.largest.mean >= 1.0;
    if let Some(team) = answer.staffing.iter().find(stays) {
        parts.push(format!("the cases that wait for {} are not worked off before the end", team.team));
    }
    if parts.is_empty() { String::new() } else { format!("; but {}", parts.join(", and ")) }
}

/// Who is needed, team by team: `pharos: 13 mon-fri 09:00-18:00, 12 mon-fri 18:00-24:00`.
pub(super) fn people(answer: &AnswerSummary) -> Vec<String> {
    let mut teams: Vec<(&str, Vec<String>)> = Vec::new();
    for post in &answer.posts {
        let after = post.after.map(|after| format!(", after {}", words::duration(after)));
        let said = format!("{} {}{}", post.people, post.label, after.unwrap_or_default());
        match teams.iter_mut().find(|(team, _)| *team == post.team) {
            Some((_, posts)) => posts.push(said),
            None => teams.push((&post.team, vec![said])),
        }
    }
    teams.into_iter().map(|(team, posts)| format!("{team}: {}.", posts.join(", "))).collect()
}

/// What it costs, and what it costs now.
fn price(answer: &AnswerSummary) -> String {
    let length = words::length(answer.counted);
    match (&answer.cost, &answer.cost_now) {
        (Some(cost), Some(now)) => {
            format!("a cost of {} in {length} (now: {})", words::count(cost.mean), words::count(now.mean))
        }
        (Some(cost), None) => format!("a cost of {} in {length}", words::count(cost.mean)),
        _ => {
            let now = answer
                .staff_hours_now
                .map_or(String::new(), |now| format!(" (now: {})", words::count(now.mean)));
            format!("{} hours of people in {length}{now}", words::count(answer.staff_hours.mean))
        }
    }
}

/// What the proof says.
pub(super) fn proof(answer: &AnswerSummary, confidence: f64) -> String {
    let proof = &answer.proof;
    let targets = if answer.targets.len() == 1 { "the target is" } else { "the targets are" };
    let held = if proof.holds {
        format!(
            "{targets} met with a confidence of {}, shared out among all answers tried",
            words::goal(confidence)
        )
    } else {
        format!("it cannot be told whether {targets} met")
    };
    let attempts = match proof.attempts {
        1 if proof.holds => " (the first was confirmed)".to_owned(),
        1 => String::new(),
        n if proof.holds => format!(" (the last of {n} was confirmed)"),
        n => format!(" (none of {n} was confirmed)"),
    };
    format!(
        "Tried again in {} replications that the search had not seen (seed {}), {held}{attempts}.",
        words::count(proof.replications as f64),
        proof.seed,
    )
}

/// How a target fares that was not asked for.
pub(super) fn other(other: &OtherTarget) -> String {
    format!(
        "{}: {}, {}; now {}, {}; goal {}.",
        other.name,
        tables::share(other.share.as_ref()),
        words::verdict(other.verdict),
        tables::share(other.share_now.as_ref()),
        words::verdict(other.verdict_now),
        words::goal(other.goal)
    )
}

/// How a target fares.
pub(super) fn target(target: &SizedTarget) -> String {
    let share = tables::share(target.share.as_ref());
    let now = tables::share(target.share_now.as_ref());
    format!(
        "{share} on time, within {} {}; goal {}; now {now}.",
        words::duration(target.within),
        words::clock(&target.clock),
        words::goal(target.goal)
    )
}

/// Whether one person less anywhere would do.
pub(super) fn minimality(answer: &AnswerSummary) -> String {
    let fewer = || answer.posts.iter().filter_map(|post| post.fewer.as_ref());
    let count = |verdict| fewer().filter(|fewer| fewer.verdict == verdict).count();
    let (all, misses) = (fewer().count(), count(FewerVerdict::Misses));
    let (unclear, would_do) = (count(FewerVerdict::CannotTell), count(FewerVerdict::WouldDo));
    let not_confirmed = count(FewerVerdict::NotConfirmed);
    if !answer.proof.holds {
        return "One person less was not tried: it is not known whether these suffice.".to_owned();
    }
    if all == 0 {
        return "Every post has the fewest people that its bounds allow.".to_owned();
    }
    if misses == all {
        let allowed = if all < answer.posts.len() { ", where the bounds allow it," } else { "" };
        return format!("One person less on any shift{allowed} misses a target.");
    }
    let on = |n: usize| match (n, all) {
        (_, 1) => String::new(),
        (n, all) if n == all => " on any shift".to_owned(),
        (n, all) => format!(" on {n} of {all} shifts"),
    };
    let mut parts = Vec::new();
    if misses > 0 {
        parts.push(format!("misses a target{}", on(misses)));
    }
    if unclear > 0 {
        parts.push(format!("may or may not do{}: the intervals are too wide to say", on(unclear)));
    }
    if not_confirmed > 0 {
        parts.push(format!(
            "would do{} by these random numbers, but others did not confirm it",
            on(not_confirmed)
        ));
    }
    if would_do > 0 {
        parts.push(format!(
            "would do{}: the search ran out of attempts to prove something cheaper",
            on(would_do)
        ));
    }
    format!("One person less {}.", parts.join(", and "))
}

/// How large a team's backlog gets, and how soon it is gone.
pub(super) fn backlog(team: &StaffingSeries) -> String {
    let now = match &team.backlog_now {
        Some(backlog) => worst(backlog, &team.labels),
        None => "more cases wait than can be simulated".to_owned(),
    };
    format!("{}: {}. As it stands now: {now}.", team.team, worst(&team.backlog, &team.labels))
}

fn worst(backlog: &Backlog, labels: &[String]) -> String {
    if backlog.largest.mean < 1.0 {
        return "hardly anybody ever waits".to_owned();
    }
    let at =
        labels.get(backlog.at).map(|label| format!(", about {}", words::moment(label))).unwrap_or_default();
    let most = words::count_with_interval(Some(&backlog.largest));
    let gone = match &backlog.worked_off_after {
        Some(after) if backlog.worked_off >= 1.0 => {
            format!(
                "nine tenths of them are worked off within {}",
                words::duration_with_interval(Some(after))
            )
        }
        Some(_) => format!(
            "nine tenths of them are worked off before the end in {} of the replications",
            words::percent(backlog.worked_off)
        ),
        None => "they are not worked off before the end".to_owned(),
    };
    format!("at the worst {most} cases wait{at}; {gone}")
}

/// Why a target cannot be met.
pub(super) fn unattainable(target: &UnattainableSummary) -> String {
    let share = tables::share(target.share.as_ref());
    let found = format!(
        "With every post full, {share} are on time, within {} {}; goal {}.",
        words::duration(target.within),
        words::clock(&target.clock),
        words::goal(target.goal)
    );
    let why = match &target.reason {
        ReasonSummary::Hours => {
            "Cases wait for somebody to come on duty: with enough people at any hour it would be met. Add shifts in the \
             hours that none covers."
                .to_owned()
        }
        ReasonSummary::Bounds => {
            "In the same hours, more people than the bounds allow would meet it: raise the upper bounds.".to_owned()
        }
        ReasonSummary::Elsewhere { share, place, seconds, silent } => {
            let share = tables::share(share.as_ref());
            let time = words::duration(*seconds);
            let place = match place {
                SlowPlace::Platform(name) => format!("`{name}` takes {time} on average to answer"),
                SlowPlace::Intake => format!("the way to the first queue takes {time} on average"),
                SlowPlace::Handling => format!("the work itself takes {time} on average"),
                SlowPlace::Propagation => {
                    format!("channels and platforms take {time} on average, of the cases that are decided")
                }
                SlowPlace::Waiting => format!("queues that others serve take {time} on average"),
            };
            let silent = silent.as_ref().map(|(name, answered)| {
                format!("; and `{name}` answers only {}", words::percent(*answered))
            });
            format!(
                "No people can shorten that: with any number of them at any hour, {share} would be on time; {place}{}.",
                silent.unwrap_or_default()
            )
        }
    };
    format!("{found} {why}")
}

/// What stands beside a number of people.
pub(super) fn one_less(verdict: FewerVerdict) -> &'static str {
    match verdict {
        FewerVerdict::Misses => "misses",
        FewerVerdict::CannotTell => "cannot tell",
        FewerVerdict::NotConfirmed => "not confirmed",
        FewerVerdict::WouldDo => "would do",
    }
}
