//! What a search for the cheapest staffing has found, ready to be shown.

use super::summarize::{estimate_of, mean_of, verdict};
use super::summary::{Band, Estimate, ScenarioIdentity, Verdict};
pub use crate::experiment::size::FewerVerdict;
use crate::experiment::size::{Answer, Compromise, Delay, Fewer, Reason, SizeFindings, Unattainable};
use crate::experiment::{Collected, Measure, ReplicationRecord};
use crate::load::offered_load;
use crate::model::{CallInDelay, Duty, ENGINE_SEMANTICS, Plan, Post, Sizing, TeamIdx};
use crate::statistics::{CONFIDENCE, Proportion};

/// A backlog is worked off when no more than this part of its largest is left.
const WORKED_OFF: f64 = 0.1;

/// What a search for the cheapest staffing has found.
#[derive(Debug, Clone)]
pub struct SizingSummary {
    /// Which scenario it was.
    pub scenario: ScenarioIdentity,
    /// The seed of the search.
    pub seed: u64,
    /// Version of the engine's semantics.
    pub engine_semantics: u32,
    /// The confidence with which the targets are to be met.
    pub confidence: f64,
    /// Rosters tried in the search.
    pub rosters_tried: usize,
    /// Replications of all of them together.
    pub replications_tried: usize,
    /// Targets that no staffing within the bounds meets.
    pub unattainable: Vec<UnattainableSummary>,
    /// The answer, for the targets that are left; none where none is.
    pub answer: Option<AnswerSummary>,
    /// What the reader ought to know before relying on it.
    pub warnings: Vec<String>,
}

/// A target that no staffing within the bounds meets.
#[derive(Debug, Clone, PartialEq)]
pub struct UnattainableSummary {
    /// Its name.
    pub name: String,
    /// The clock as written, such as `sent -> removed`.
    pub clock: String,
    /// The duration to keep, in seconds.
    pub within: f64,
    /// The share that must be on time.
    pub goal: f64,
    /// The share on time with every post full.
    pub share: Option<Estimate>,
    /// Why.
    pub reason: ReasonSummary,
}

/// Why people within the bounds cannot meet a target.
#[derive(Debug, Clone, PartialEq)]
pub enum ReasonSummary {
    /// The delay is elsewhere: any number of people at any hour would still miss it.
    Elsewhere {
        /// The share on time then.
        share: Option<Estimate>,
        /// Where most of the time goes then.
        place: SlowPlace,
        /// How much, in seconds on average.
        seconds: f64,
        /// A platform on the way that stays silent in some cases: its name and the share it answers.
        silent: Option<(String, f64)>,
    },
    /// The posts' hours: at any hour, enough people would do.
    Hours,
    /// The bounds: more people in the same hours would do.
    Bounds,
}

/// Where time goes that people cannot shorten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlowPlace {
    /// At this platform.
    Platform(String),
    /// Before the first queue.
    Intake,
    /// In people's hands: the work itself.
    Handling,
    /// In channels and at platforms that answer after a time.
    Propagation,
    /// In queues that other people serve.
    Waiting,
}

/// The cheapest staffing found.
#[derive(Debug, Clone)]
pub struct AnswerSummary {
    /// The posts and how they are filled.
    pub posts: Vec<PostSummary>,
    /// What the teams cost that are sized; none where none has a wage.
    pub cost: Option<Estimate>,
    /// What they cost as the scenario stands.
    pub cost_now: Option<Estimate>,
    /// Hours of their people on duty.
    pub staff_hours: Estimate,
    /// The same as the scenario stands; none, like all that is said of now, where the backlog then grows beyond all bounds.
    pub staff_hours_now: Option<Estimate>,
    /// The targets it was sized for.
    pub targets: Vec<SizedTarget>,
    /// The other targets of the scenario, those that cannot be met included.
    pub others: Vec<OtherTarget>,
    /// The time over which costs and hours are counted, in seconds.
    pub counted: f64,
    /// The proof.
    pub proof: ProofSummary,
    /// Compromises, cheapest first, the answer among them.
    pub curve: Vec<CompromiseSummary>,
    /// Hour by hour, by team.
    pub staffing: Vec<StaffingSeries>,
}

impl AnswerSummary {
    /// Whether the targets are met with the confidence asked for, and nothing cheaper nearby is known to do.
    pub fn is_proven(&self) -> bool {
        let would_do = |post: &PostSummary| {
            post.fewer.as_ref().is_some_and(|fewer| fewer.verdict == FewerVerdict::WouldDo)
        };
        self.proof.holds && !self.posts.iter().any(would_do)
    }
}

/// A post and how it is filled.
#[derive(Debug, Clone, PartialEq)]
pub struct PostSummary {
    /// The team.
    pub team: String,
    /// The shift or the call-in, as written.
    pub label: String,
    /// The fewest people allowed.
    pub at_least: u32,
    /// The most.
    pub at_most: u32,
    /// How many the scenario has there; none where it has no such post.
    pub now: Option<u32>,
    /// The answer.
    pub people: u32,
    /// For a call-in: how long after the call they come, in seconds.
    pub after: Option<f64>,
    /// What one person less would do; none where the answer has the fewest already.
    pub fewer: Option<FewerSummary>,
}

/// What one person less at a post would do.
#[derive(Debug, Clone, PartialEq)]
pub struct FewerSummary {
    /// Whether the targets would still be met.
    pub verdict: FewerVerdict,
    /// The target that is missed, or is nearest to it.
    pub target: String,
    /// Its share on time.
    pub share: Option<Estimate>,
    /// What would be saved: money, or hours where there is no wage.
    pub saved: f64,
}

/// A target that the staffing was sized for.
#[derive(Debug, Clone, PartialEq)]
pub struct SizedTarget {
    /// Its name.
    pub name: String,
    /// The clock as written.
    pub clock: String,
    /// The duration to keep, in seconds.
    pub within: f64,
    /// The share that must be on time.
    pub goal: f64,
    /// The share on time, on fresh random numbers.
    pub share: Option<Estimate>,
    /// The share on time is at least this, with the confidence of the proof.
    pub at_least: Option<f64>,
    /// The share on time as the scenario stands.
    pub share_now: Option<Estimate>,
}

/// A target that the staffing was not sized for.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherTarget {
    /// Its name.
    pub name: String,
    /// The share that must be on time.
    pub goal: f64,
    /// The share on time with the answer, on fresh random numbers.
    pub share: Option<Estimate>,
    /// Whether it is met then.
    pub verdict: Verdict,
    /// The share on time as the scenario stands.
    pub share_now: Option<Estimate>,
    /// Whether it is met now.
    pub verdict_now: Verdict,
    /// How much larger the share is than now, with its paired interval.
    pub change: Option<Estimate>,
}

/// How the answer was proven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProofSummary {
    /// Whether every target is met with the confidence asked for.
    pub holds: bool,
    /// Replications.
    pub replications: usize,
    /// Their seed.
    pub seed: u64,
    /// Answers that were tried, the last included.
    pub attempts: usize,
}

/// What more or less lateness would cost.
#[derive(Debug, Clone, PartialEq)]
pub struct CompromiseSummary {
    /// Late cases allowed, relative to the goals.
    pub allowance: f64,
    /// People at each post.
    pub people: Vec<u32>,
    /// Cost, or hours where there is no wage.
    pub cost: f64,
    /// By target: the share on time.
    pub shares: Vec<Option<Estimate>>,
    /// Whether this is the answer.
    pub is_answer: bool,
}

/// A team in the course of time.
#[derive(Debug, Clone)]
pub struct StaffingSeries {
    /// The team.
    pub team: String,
    /// Width of a bucket, in seconds.
    pub bucket: f64,
    /// Local time at the start of each bucket.
    pub labels: Vec<String>,
    /// Offered load: the people whom the work that comes would keep busy.
    pub load: Vec<f64>,
    /// People on duty.
    pub staff: Vec<Band>,
    /// People on duty as the scenario stands.
    pub staff_now: Vec<Band>,
    /// Cases waiting at the team's stages.
    pub waiting: Vec<Band>,
    /// The same as the scenario stands.
    pub waiting_now: Vec<Band>,
    /// The largest backlog and how soon it is worked off.
    pub backlog: Backlog,
    /// The same as the scenario stands.
    pub backlog_now: Option<Backlog>,
}

/// The largest backlog of a team.
#[derive(Debug, Clone, PartialEq)]
pub struct Backlog {
    /// Cases waiting at the worst, on average over the bucket.
    pub largest: Estimate,
    /// Position of the bucket in which the mean over the replications is largest.
    pub at: usize,
    /// Seconds until no more than a tenth of it is left, over the replications where that happens in the run.
    pub worked_off_after: Option<Estimate>,
    /// The share of replications where it happens in the run.
    pub worked_off: f64,
}

/// What a summary of a sizing says besides the numbers.
#[derive(Debug, Clone)]
pub struct SizingContext {
    /// Which scenario it was.
    pub scenario: ScenarioIdentity,
    /// The seed of the search.
    pub seed: u64,
    /// Local time at the start of every bucket of the plan.
    pub bucket_labels: Vec<String>,
    /// The clock of every target of the plan, as written.
    pub target_clocks: Vec<String>,
    /// What is known before any run that the reader ought to know.
    pub warnings: Vec<String>,
}

/// Puts what a search has found into a summary. `plan` is the one that was searched, as it stood.
pub fn summarize_sizing(
    plan: &Plan,
    sizing: &Sizing,
    sized: &SizeFindings,
    context: SizingContext,
) -> SizingSummary {
    let (rosters_tried, replications_tried) = sized.tried;
    let answer = sized.answer.as_ref().map(|answer| Findings { plan, sizing, answer }.summary(&context));
    let unattainable = sized.unattainable.iter().map(|found| unattainable(plan, found, &context)).collect();
    let mut warnings = limits(sized);
    warnings.extend(context.warnings);
    SizingSummary {
        scenario: context.scenario,
        seed: context.seed,
        engine_semantics: ENGINE_SEMANTICS,
        confidence: sizing.confidence,
        rosters_tried,
        replications_tried,
        unattainable,
        answer,
        warnings,
    }
}

/// Where the search did not look.
fn limits(found: &SizeFindings) -> Vec<String> {
    let mut warnings = Vec::new();
    if found.delays_left_out > 0 {
        warnings.push(format!(
            "{} combinations of call-in delays were not looked at, because there are too many: give fewer to choose from",
            found.delays_left_out
        ));
    }
    if found.is_cut_short {
        warnings.push(
            "the search ended with the cheapest that it had found, because it had simulated enough: something cheaper may do; \
             narrower bounds, fewer shifts or a shorter run let it look further"
                .to_owned(),
        );
    }
    warnings
}

fn unattainable(plan: &Plan, found: &Unattainable, context: &SizingContext) -> UnattainableSummary {
    let target = &plan.targets[found.target];
    let reason = match &found.reason {
        Reason::Hours => ReasonSummary::Hours,
        Reason::Bounds => ReasonSummary::Bounds,
        Reason::Elsewhere { share, delay, silent } => {
            let (place, seconds) = match *delay {
                Delay::Platform(idx, mean) => (SlowPlace::Platform(plan.platforms[idx].name.clone()), mean),
                Delay::Intake(mean) => (SlowPlace::Intake, mean),
                Delay::Handling(mean) => (SlowPlace::Handling, mean),
                Delay::Propagation(mean) => (SlowPlace::Propagation, mean),
                Delay::Waiting(mean) => (SlowPlace::Waiting, mean),
            };
            ReasonSummary::Elsewhere {
                share: share.as_ref().map(estimate_of),
                place,
                seconds,
                silent: silent.map(|(idx, answered)| (plan.platforms[idx].name.clone(), answered)),
            }
        }
    };
    UnattainableSummary {
        name: target.name.clone(),
        clock: context.target_clocks.get(found.target).cloned().unwrap_or_default(),
        within: target.within.as_secs_f64(),
        goal: target.share,
        share: found.share.as_ref().map(estimate_of),
        reason,
    }
}

struct Findings<'a> {
    plan: &'a Plan,
    sizing: &'a Sizing,
    answer: &'a Answer,
}

impl Findings<'_> {
    fn summary(&self, context: &SizingContext) -> AnswerSummary {
        let Answer { proof, curve, .. } = self.answer;
        AnswerSummary {
            posts: (0..self.sizing.posts.len()).map(|post| self.post(post)).collect(),
            cost: self.cost(&self.answer.plan, &self.answer.collected),
            cost_now: self.answer.now.as_ref().and_then(|now| self.cost(self.plan, now)),
            staff_hours: self.hours(&self.answer.collected),
            staff_hours_now: self.answer.now.as_ref().map(|now| self.hours(now)),
            targets: (0..self.answer.targets.len()).map(|goal| self.target(goal, context)).collect(),
            others: self.others(),
            counted: self.plan.horizon.saturating_since(self.plan.warm_up).as_secs_f64(),
            proof: ProofSummary {
                holds: proof.holds,
                replications: proof.replications,
                seed: proof.seed,
                attempts: proof.attempts,
            },
            curve: curve.iter().map(|compromise| self.compromise(compromise)).collect(),
            staffing: self.sizing.teams().into_iter().map(|team| self.staffing(team, context)).collect(),
        }
    }

    fn post(&self, idx: usize) -> PostSummary {
        let Post { team, label, at_least, at_most, now, duty } = &self.sizing.posts[idx];
        let fewer = self.answer.proof.fewer.iter().find(|fewer| fewer.post == idx);
        let after = match duty {
            Duty::Shift { .. } => None,
            Duty::CallIn { delays, .. } => {
                let CallInDelay { after, .. } = delays[self.answer.roster.delays[idx]];
                Some(after.as_secs_f64())
            }
        };
        PostSummary {
            team: self.plan.teams[*team].name.clone(),
            label: label.clone(),
            at_least: *at_least,
            at_most: *at_most,
            now: *now,
            people: self.answer.roster.people[idx],
            after,
            fewer: fewer.map(|fewer| self.fewer(fewer)),
        }
    }

    fn fewer(&self, fewer: &Fewer) -> FewerSummary {
        FewerSummary {
            verdict: fewer.verdict,
            target: self.plan.targets[self.answer.targets[fewer.goal]].name.clone(),
            share: fewer.share.as_ref().map(estimate_of),
            saved: fewer.saved,
        }
    }

    fn target(&self, goal: usize, context: &SizingContext) -> SizedTarget {
        let idx = self.answer.targets[goal];
        let target = &self.plan.targets[idx];
        let proof = &self.answer.proof;
        let share = proof.shares[goal].as_ref();
        let one_sided = |share: &Proportion| share.interval(2.0 * proof.confidence - 1.0).bounds;
        SizedTarget {
            name: target.name.clone(),
            clock: context.target_clocks.get(idx).cloned().unwrap_or_default(),
            within: target.within.as_secs_f64(),
            goal: target.share,
            share: share.map(estimate_of),
            at_least: share.and_then(one_sided).map(|(lower, _)| lower),
            share_now: self.share_now(idx),
        }
    }

    /// The share on time of a target as the scenario stands.
    fn share_now(&self, target: usize) -> Option<Estimate> {
        share_in(self.answer.now.as_ref()?, target)
    }

    fn others(&self) -> Vec<OtherTarget> {
        let Answer { targets, collected, now, .. } = self.answer;
        let is_other = |target: &usize| !targets.contains(target);
        let other = |target: usize| {
            let (share, share_now) = (share_in(collected, target), self.share_now(target));
            let goal = self.plan.targets[target].share;
            let sample = |collected: &Collected| Measure::OnTime(target).sample(self.plan, collected);
            let change = sample(collected).zip(now.as_ref().and_then(sample)).map(|(with, now)| {
                let difference = with.minus(&now, CONFIDENCE).difference;
                Estimate { mean: difference.mean, interval: difference.bounds, n: with.n_replications() }
            });
            OtherTarget {
                name: self.plan.targets[target].name.clone(),
                goal,
                verdict: verdict(share, goal),
                verdict_now: verdict(share_now, goal),
                share,
                share_now,
                change,
            }
        };
        (0..self.plan.targets.len()).filter(is_other).map(other).collect()
    }

    fn compromise(&self, compromise: &Compromise) -> CompromiseSummary {
        CompromiseSummary {
            allowance: compromise.allowance,
            people: compromise.roster.people.clone(),
            cost: compromise.cost,
            shares: compromise.shares.iter().map(|share| share.as_ref().map(estimate_of)).collect(),
            is_answer: compromise.roster == self.answer.roster,
        }
    }

    fn cost(&self, plan: &Plan, collected: &Collected) -> Option<Estimate> {
        let of = |record: &ReplicationRecord| self.sizing.cost(plan, |team| record.teams[team].staff_hours);
        let costs: Option<Vec<f64>> = collected.replications.iter().map(of).collect();
        costs.map(|costs| mean_of(&costs))
    }

    fn hours(&self, collected: &Collected) -> Estimate {
        let teams = self.sizing.teams();
        let of = |record: &ReplicationRecord| teams.iter().map(|&team| record.teams[team].staff_hours).sum();
        mean_of(&collected.replications.iter().map(of).collect::<Vec<f64>>())
    }

    fn staffing(&self, team: TeamIdx, context: &SizingContext) -> StaffingSeries {
        let bucket = self.plan.bucket.as_secs_f64();
        let stages: Vec<usize> = (0..self.plan.stages.len())
            .filter(|&stage| self.plan.stages[stage].teams.contains(&team))
            .collect();
        let waiting_in = |record: &ReplicationRecord, bucket: usize| -> f64 {
            stages.iter().map(|&stage| f64::from(record.series.waiting[stage][bucket])).sum()
        };
        let waiting = |collected: &Collected| -> Vec<Vec<f64>> {
            let of = |record: &ReplicationRecord| {
                let n_buckets = record.series.staff[team].len();
                (0..n_buckets).map(|bucket| waiting_in(record, bucket)).collect()
            };
            collected.replications.iter().map(of).collect()
        };
        let staff = |collected: &Collected| -> Vec<Vec<f64>> {
            let of = |record: &ReplicationRecord| -> Vec<f64> {
                record.series.staff[team].iter().map(|&people| f64::from(people)).collect()
            };
            collected.replications.iter().map(of).collect()
        };
        let Answer { collected, now, .. } = self.answer;
        let first = self.plan.warm_up.as_micros().div_ceil(self.plan.bucket.as_micros().max(1)) as usize;
        StaffingSeries {
            team: self.plan.teams[team].name.clone(),
            bucket,
            labels: context.bucket_labels.clone(),
            load: load_by_bucket(&self.answer.plan, team),
            staff: bands(&staff(collected)),
            staff_now: bands(&now.as_ref().map_or_else(Vec::new, staff)),
            backlog: backlog(&waiting(collected), bucket, first),
            backlog_now: now.as_ref().map(|now| backlog(&waiting(now), bucket, first)),
            waiting: bands(&waiting(collected)),
            waiting_now: bands(&now.as_ref().map_or_else(Vec::new, waiting)),
        }
    }
}

/// The share on time of a target.
fn share_in(collected: &Collected, target: usize) -> Option<Estimate> {
    Measure::OnTime(target).proportion(collected).as_ref().map(estimate_of)
}

/// The offered load of a team in the buckets of its plan: the mean over the hours that each overlaps.
fn load_by_bucket(plan: &Plan, team: TeamIdx) -> Vec<f64> {
    const HOUR: f64 = 3600.0;
    let load = offered_load(plan);
    let hourly = &load.teams[team].load;
    let bucket = plan.bucket.as_secs_f64();
    let n_buckets = plan.horizon.as_micros().div_ceil(plan.bucket.as_micros().max(1)) as usize;
    let mean_over = |idx: usize| {
        let (from, to) = (idx as f64 * bucket, (idx + 1) as f64 * bucket);
        let hours = (from / HOUR) as usize..=(((to / HOUR).ceil() as usize).saturating_sub(1));
        let parts = hours.filter_map(|hour| {
            let overlap = to.min((hour + 1) as f64 * HOUR) - from.max(hour as f64 * HOUR);
            hourly.get(hour).map(|load| load * overlap)
        });
        parts.sum::<f64>() / bucket
    };
    (0..n_buckets).map(mean_over).collect()
}

/// The bands of a series: one list of buckets for each replication.
fn bands(replications: &[Vec<f64>]) -> Vec<Band> {
    let n_buckets = replications.first().map_or(0, Vec::len);
    let of = |bucket: usize| super::summarize::band(replications.iter().map(|r| r[bucket]).collect());
    (0..n_buckets).map(of).collect()
}

/// The largest backlog after the warm-up, which ends in the bucket `first`, and how soon it is worked off.
fn backlog(replications: &[Vec<f64>], bucket: f64, first: usize) -> Backlog {
    let largest_in = |waiting: &[f64]| -> (usize, f64) {
        let buckets = waiting.iter().copied().enumerate().skip(first);
        buckets.rev().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((first, 0.0))
    };
    let worked_off_after = |waiting: &Vec<f64>| {
        let (at, largest) = largest_in(waiting);
        let left = waiting.iter().skip(at).position(|&n| n <= WORKED_OFF * largest)?;
        Some(left as f64 * bucket)
    };
    let times: Vec<f64> = replications.iter().filter_map(worked_off_after).collect();
    let n = replications.len().max(1) as f64;
    let n_buckets = replications.first().map_or(0, Vec::len);
    let mean: Vec<f64> =
        (0..n_buckets).map(|idx| replications.iter().map(|waiting| waiting[idx]).sum::<f64>() / n).collect();
    let largest: Vec<f64> = replications.iter().map(|waiting| largest_in(waiting).1).collect();
    Backlog {
        largest: mean_of(&largest),
        at: largest_in(&mean).0,
        worked_off_after: (!times.is_empty()).then(|| mean_of(&times)),
        worked_off: times.len() as f64 / n,
    }
}
