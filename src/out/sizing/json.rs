//! `sizing.json`: the contract that scripts rely on, schema `vigie.sizing/1`. Keys are sorted; times are in seconds;
//! costs are in the currency of the wages, or hours of people where there is no wage (`cost_unit`).

use serde::Serialize;

use super::super::json::{Number, Scenario, number, verdict};
use super::super::manifest::to_json;
use crate::analysis::{
    AnswerSummary, Backlog, FewerVerdict, ReasonSummary, SizingSummary, SlowPlace, StaffingSeries,
    UnattainableSummary,
};

const SCHEMA: &str = "vigie.sizing/1";

/// The summary of a sizing as JSON: sorted keys, two spaces, a final newline.
pub fn sizing_json(summary: &SizingSummary) -> String {
    to_json(&Document {
        answer: summary.answer.as_ref().map(answer),
        confidence: summary.confidence,
        engine_semantics: summary.engine_semantics,
        replications_tried: summary.replications_tried,
        rosters_tried: summary.rosters_tried,
        scenario: Scenario::of(&summary.scenario),
        schema: SCHEMA,
        seed: summary.seed,
        unattainable: summary.unattainable.iter().map(unattainable).collect(),
        warnings: &summary.warnings,
    })
}

#[derive(Serialize)]
struct Document<'a> {
    answer: Option<AnswerView<'a>>,
    confidence: f64,
    engine_semantics: u32,
    replications_tried: usize,
    rosters_tried: usize,
    scenario: Scenario<'a>,
    schema: &'static str,
    seed: u64,
    unattainable: Vec<UnattainableView<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct AnswerView<'a> {
    backlogs: Vec<BacklogsView<'a>>,
    cost: Option<Number>,
    cost_now: Option<Number>,
    cost_unit: &'static str,
    counted: f64,
    curve: Vec<CompromiseView<'a>>,
    others: Vec<OtherView<'a>>,
    posts: Vec<PostView<'a>>,
    proof: ProofView,
    staff_hours: Option<Number>,
    staff_hours_now: Option<Number>,
    targets: Vec<TargetView<'a>>,
}

#[derive(Serialize)]
struct BacklogsView<'a> {
    answer: BacklogView<'a>,
    now: Option<BacklogView<'a>>,
    team: &'a str,
}

#[derive(Serialize)]
struct BacklogView<'a> {
    at: Option<&'a str>,
    largest: Option<Number>,
    worked_off: f64,
    worked_off_after: Option<Number>,
}

#[derive(Serialize)]
struct CompromiseView<'a> {
    allowance: f64,
    cost: f64,
    is_answer: bool,
    people: &'a [u32],
    shares: Vec<Option<Number>>,
}

#[derive(Serialize)]
struct OtherView<'a> {
    change: Option<Number>,
    goal: f64,
    name: &'a str,
    share: Option<Number>,
    share_now: Option<Number>,
    verdict: &'static str,
    verdict_now: &'static str,
}

#[derive(Serialize)]
struct PostView<'a> {
    after: Option<f64>,
    at_least: u32,
    at_most: u32,
    now: Option<u32>,
    one_less: Option<OneLessView<'a>>,
    people: u32,
    shift: &'a str,
    team: &'a str,
}

#[derive(Serialize)]
struct OneLessView<'a> {
    saved: f64,
    share: Option<Number>,
    target: &'a str,
    verdict: &'static str,
}

#[derive(Serialize)]
struct ProofView {
    attempts: usize,
    holds: bool,
    replications: usize,
    seed: u64,
}

#[derive(Serialize)]
struct TargetView<'a> {
    at_least: Option<f64>,
    goal: f64,
    name: &'a str,
    share: Option<Number>,
    share_now: Option<Number>,
    within: f64,
}

#[derive(Serialize)]
struct UnattainableView<'a> {
    goal: f64,
    name: &'a str,
    place: Option<&'a str>,
    reason: &'static str,
    seconds: Option<f64>,
    share: Option<Number>,
    share_with_any_staff: Option<Number>,
    silent: Option<&'a str>,
    within: f64,
}

fn answer(answer: &AnswerSummary) -> AnswerView<'_> {
    AnswerView {
        backlogs: answer.staffing.iter().map(backlogs).collect(),
        cost: answer.cost.as_ref().and_then(number),
        cost_now: answer.cost_now.as_ref().and_then(number),
        cost_unit: if answer.cost.is_some() { "money" } else { "hours" },
        counted: answer.counted,
        curve: (answer.curve.iter())
            .map(|compromise| CompromiseView {
                allowance: compromise.allowance,
                cost: compromise.cost,
                is_answer: compromise.is_answer,
                people: &compromise.people,
                shares: compromise.shares.iter().map(|share| share.as_ref().and_then(number)).collect(),
            })
            .collect(),
        others: (answer.others.iter())
            .map(|other| OtherView {
                change: other.change.as_ref().and_then(number),
                goal: other.goal,
                name: &other.name,
                share: other.share.as_ref().and_then(number),
                share_now: other.share_now.as_ref().and_then(number),
                verdict: verdict(other.verdict),
                verdict_now: verdict(other.verdict_now),
            })
            .collect(),
        posts: answer.posts.iter().map(post).collect(),
        proof: ProofView {
            attempts: answer.proof.attempts,
            holds: answer.proof.holds,
            replications: answer.proof.replications,
            seed: answer.proof.seed,
        },
        staff_hours: number(&answer.staff_hours),
        staff_hours_now: answer.staff_hours_now.as_ref().and_then(number),
        targets: (answer.targets.iter())
            .map(|target| TargetView {
                at_least: target.at_least,
                goal: target.goal,
                name: &target.name,
                share: target.share.as_ref().and_then(number),
                share_now: target.share_now.as_ref().and_then(number),
                within: target.within,
            })
            .collect(),
    }
}

fn backlogs(team: &StaffingSeries) -> BacklogsView<'_> {
    let view = |backlog: &Backlog| BacklogView {
        at: team.labels.get(backlog.at).map(String::as_str),
        largest: number(&backlog.largest),
        worked_off: backlog.worked_off,
        worked_off_after: backlog.worked_off_after.as_ref().and_then(number),
    };
    BacklogsView { answer: view(&team.backlog), now: team.backlog_now.as_ref().map(view), team: &team.team }
}

fn post(post: &crate::analysis::PostSummary) -> PostView<'_> {
    let one_less = post.fewer.as_ref().map(|fewer| OneLessView {
        saved: fewer.saved,
        share: fewer.share.as_ref().and_then(number),
        target: &fewer.target,
        verdict: match fewer.verdict {
            FewerVerdict::Misses => "misses",
            FewerVerdict::CannotTell => "inconclusive",
            FewerVerdict::NotConfirmed => "not_confirmed",
            FewerVerdict::WouldDo => "would_do",
        },
    });
    PostView {
        after: post.after,
        at_least: post.at_least,
        at_most: post.at_most,
        now: post.now,
        one_less,
        people: post.people,
        shift: &post.label,
        team: &post.team,
    }
}

fn unattainable(target: &UnattainableSummary) -> UnattainableView<'_> {
    let mut view = UnattainableView {
        goal: target.goal,
        name: &target.name,
        place: None,
        reason: "elsewhere",
        seconds: None,
        share: target.share.as_ref().and_then(number),
        share_with_any_staff: None,
        silent: None,
        within: target.within,
    };
    match &target.reason {
        ReasonSummary::Hours => view.reason = "hours",
        ReasonSummary::Bounds => view.reason = "bounds",
        ReasonSummary::Elsewhere { share, place, seconds, silent } => {
            view.share_with_any_staff = share.as_ref().and_then(number);
            view.seconds = Some(*seconds);
            view.silent = silent.as_ref().map(|(name, _)| name.as_str());
            view.place = Some(match place {
                SlowPlace::Platform(name) => name,
                SlowPlace::Intake => "intake",
                SlowPlace::Handling => "handling",
                SlowPlace::Propagation => "propagation",
                SlowPlace::Waiting => "waiting",
            });
        }
    }
    view
}
