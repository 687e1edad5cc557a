//! What sizing may change: `[size]`, or in its absence the shifts that the teams have.
//!
//! What is wrong with `[size]` itself is a mistake of the scenario. What only stands in the way of sizing (a wage that
//! is missing, no target) is kept apart, so that the scenario can still be run.

use super::clock::{applies, no_report, reported_classes};
use super::names::check_repeats;
use super::people::{MOST_CALL_INS, MOST_ROWS, dates};
use super::{Compiler, part, parts};
use crate::calendar::{Intervals, WeeklyHours};
use crate::model::{CallIn, CallInDelay, Duty, Plan, Post, Sizing, TeamIdx};
use crate::scenario::decode::{At, Number, Slot};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics, Span, quoted, suggest};
use crate::scenario::overlay::{Step, parse_path};
use crate::scenario::spec::{BoundsSpec, SizeCallInSpec, SizeShiftSpec, SizeSpec, SizeTeamSpec};
use crate::units::Duration;

const CONFIDENCE: f64 = 0.95;
/// Sampling says nothing with more certainty than this.
const MOST_CONFIDENCE: f64 = 0.9999;
/// Shifts may grow this many times without `[size]`, …
const MOST_TIMES: u32 = 10;
/// … and by so many people more.
const MOST_MORE: u32 = 20;

pub(super) const DAY_AND_NIGHT: &str = "day and night";

/// A shift or a call-in that a team has.
pub(super) struct OwnPost {
    post: Post,
    /// The hours of a shift; none for one that lasts day and night, and for a call-in.
    hours: Option<WeeklyHours>,
}

impl OwnPost {
    /// A shift, which may have other people.
    pub(super) fn shift(
        team: TeamIdx,
        hours: Option<WeeklyHours>,
        now: u32,
        (label, duty): (String, Duty),
    ) -> Self {
        let at_most = now.saturating_mul(MOST_TIMES).saturating_add(MOST_MORE);
        Self { post: Post { team, label, at_least: 0, at_most, now: Some(now), duty }, hours }
    }

    /// A call-in, which stays as it is.
    pub(super) fn call_in(team: TeamIdx, label: String, call_in: &CallIn) -> Self {
        let people = call_in.people;
        let delay = CallInDelay { after: call_in.after, standby_per_hour: call_in.standby_per_hour };
        let duty = Duty::CallIn { call_in: call_in.clone(), delays: vec![delay] };
        Self {
            post: Post { team, label, at_least: people, at_most: people, now: Some(people), duty },
            hours: None,
        }
    }
}

/// A shift with its name.
pub(super) fn shift(label: &str, on_duty: &Intervals, wage_per_hour: Option<f64>) -> (String, Duty) {
    (label.to_owned(), Duty::Shift { on_duty: on_duty.clone(), wage_per_hour })
}

/// What a row of a roster is called: its days and hours as written.
pub(super) fn shift_label(days: &Slot<String>, hours: &Slot<String>) -> String {
    let text = |slot: &Slot<String>| quoted(slot.get().map_or("", |text| text.trim()));
    format!("{} {}", text(days), text(hours))
}

/// What a call-in is called: its condition as written.
pub(super) fn call_in_label(when: &Slot<String>) -> String {
    format!("called in, {}", quoted(when.get().map_or("", |text| text.trim())))
}

impl Compiler<'_> {
    /// What sizing may change, for a plan made of this spec; or all that stands in its way.
    pub(super) fn sizing(&mut self, plan: &Plan, root: Span) -> Result<Sizing, Vec<Diagnostic>> {
        let own_posts = std::mem::take(&mut self.own_posts);
        let size = self.spec().size.get();
        let targets = size.and_then(|size| self.sized_targets(size, plan));
        let confidence = size.map_or(CONFIDENCE, |size| self.confidence(&size.confidence));
        let rosters = size.map_or(&[][..], |size| parts(&size.team));
        let mut posts = Vec::new();
        for (name, written) in rosters {
            posts.extend(self.roster_to_fill(name, &written.value, &own_posts));
        }
        if rosters.is_empty() {
            posts = own_posts.into_iter().map(|own| own.post).collect();
        }
        let sizing = Sizing {
            posts,
            targets: targets.unwrap_or_else(|| (0..plan.targets.len()).collect()),
            confidence,
        };
        let mut obstacles = Diagnostics::default();
        self.check_targets_can_be_met(&sizing, plan, root, &mut obstacles);
        self.check_wages(&sizing, plan, root, &mut obstacles);
        if rosters.is_empty() {
            self.check_people_stay(&mut obstacles);
        }
        if obstacles.has_errors() { Err(obstacles.into_sorted()) } else { Ok(sizing) }
    }

    /// The targets that `[size]` names, if it does.
    fn sized_targets(&mut self, size: &SizeSpec, plan: &Plan) -> Option<Vec<usize>> {
        let written = size.targets.at()?;
        check_repeats(&written.value, "target", self.out);
        if written.value.is_empty() {
            self.error_help(written.span, "no target is named", "leave `targets` out to meet all of them");
        }
        let declared = self.spec().target.get().map_or(&[][..], Vec::as_slice);
        let mut found = Vec::new();
        for name in &written.value {
            let known = || declared.iter().filter_map(|target| target.value.name.get().map(String::as_str));
            match plan.targets.iter().position(|target| target.name == name.value) {
                Some(target) if found.contains(&target) => {}
                Some(target) => found.push(target),
                // one that could not be read was complained about already
                None if known().any(|known| known == name.value) => {}
                None => {
                    let message = format!("unknown target `{}`", quoted(&name.value));
                    let help = suggest(&name.value, known());
                    self.out.add(Diagnostic::error(name.span, message).maybe_help(help));
                }
            }
        }
        Some(found)
    }

    fn confidence(&mut self, written: &Slot<Number>) -> f64 {
        let Some(written) = written.at() else { return CONFIDENCE };
        let confidence = written.value.0;
        if confidence <= 0.5 || confidence > MOST_CONFIDENCE {
            let message = format!("`{confidence}` is not a confidence to size for");
            let help = format!("write a number above 0.5, at most {MOST_CONFIDENCE}, such as `0.95`");
            self.error_help(written.span, message, help);
            return CONFIDENCE;
        }
        confidence
    }

    /// The posts of one `[size.team.NAME]`.
    fn roster_to_fill(&mut self, name: &At<String>, written: &SizeTeamSpec, own: &[OwnPost]) -> Vec<Post> {
        let Some(team) = self.team(&name.value, name.span) else { return Vec::new() };
        let own: Vec<&OwnPost> = own.iter().filter(|own| own.post.team == team).collect();
        let mut posts = Vec::new();
        match (&written.staff, &written.shifts) {
            (Slot::Given(_), Slot::Given(rows)) => {
                self.error(rows.span, "give exactly one of `staff` and `shifts`");
            }
            (Slot::Absent, Slot::Absent) => {
                let message = format!("`staff` or `shifts` of `{}` is missing", quoted(&name.value));
                self.error_help(name.span, message, "write for example `staff = \"0..40\"`");
            }
            (Slot::Given(bounds), _) => {
                self.no_effect(&written.holidays, "holidays", "`shifts`");
                self.no_effect(&written.zone, "zone", "`shifts`");
                let now = now_on(&own, None);
                let shift = shift(DAY_AND_NIGHT, &Intervals::always(), None);
                posts.push(self.post(team, now, bounds, shift));
            }
            (_, Slot::Given(rows)) => posts = self.shifts_to_fill((name, team), written, rows, &own),
            _ => {}
        }
        if let Some(call_ins) = written.call_in.at() {
            if call_ins.value.0.len() > MOST_CALL_INS {
                self.error(call_ins.span, format!("there are more than {MOST_CALL_INS} call-ins"));
            } else {
                for call_in in &call_ins.value.0 {
                    posts.extend(self.call_in_to_fill(team, &call_in.value, &own));
                }
            }
        }
        posts
    }

    fn shifts_to_fill(
        &mut self,
        (name, team): (&At<String>, TeamIdx),
        written: &SizeTeamSpec,
        rows: &At<Vec<At<SizeShiftSpec>>>,
        own: &[&OwnPost],
    ) -> Vec<Post> {
        if rows.value.is_empty() || rows.value.len() > MOST_ROWS {
            let message = format!("expected 1 to {MOST_ROWS} shifts, found {}", rows.value.len());
            self.error(rows.span, message);
        }
        let Some(team_spec) = part(&self.spec().team, &name.value) else { return Vec::new() };
        if team_spec.shifts.is_absent() && team_spec.at_shift_end.is_absent() {
            let message = format!("`at_shift_end` of the team `{}` is missing", quoted(&name.value));
            let help = "write `\"finish\"`, `\"suspend\"` or `\"hand over\"` in its `[team.NAME]`";
            self.error_help(rows.span, message, help);
        }
        let zone = self.zone(if written.zone.is_absent() { &team_spec.zone } else { &written.zone });
        let holidays =
            dates(if written.holidays.is_absent() { &team_spec.holidays } else { &written.holidays });
        let mut posts = Vec::new();
        for row in rows.value.iter().take(MOST_ROWS) {
            let SizeShiftSpec { days, hours, staff, breaks, wage } = &row.value;
            let Some(weekly) = self.weekly_hours(days, hours) else { continue };
            if !self.spend(2 * self.n_days(), row.span) {
                return posts;
            }
            let on_duty = self.on_duty(&weekly, breaks, &zone, &holidays);
            let Some(bounds) = staff.at() else { continue };
            let shift = shift(&shift_label(days, hours), &on_duty, wage.get().map(|wage| wage.0));
            posts.push(self.post(team, now_on(own, Some(weekly)), bounds, shift));
        }
        posts
    }

    fn call_in_to_fill(&mut self, team: TeamIdx, written: &SizeCallInSpec, own: &[&OwnPost]) -> Option<Post> {
        let condition = written.when.at().and_then(|when| self.condition(when));
        let stay = self.stay(&written.r#for);
        let delays = self.delays(written);
        let (stages, above) = condition?;
        // the number, the delay and the standby are those of the post
        let call_in =
            CallIn { stages, above, people: 0, after: Duration::ZERO, stay: stay?, standby_per_hour: 0.0 };
        let same = own.iter().find(|own| match &own.post.duty {
            Duty::CallIn { call_in: other, .. } => {
                (&other.stages, other.above, other.stay) == (&call_in.stages, call_in.above, call_in.stay)
            }
            Duty::Shift { .. } => false,
        });
        let now = same.and_then(|own| own.post.now);
        let duty = Duty::CallIn { call_in, delays: delays? };
        Some(self.post(team, now, written.add.at()?, (call_in_label(&written.when), duty)))
    }

    /// The delays to choose from, each with what it costs to be so ready.
    fn delays(&mut self, written: &SizeCallInSpec) -> Option<Vec<CallInDelay>> {
        let errors_before = self.out.n_errors_added();
        let after = written.after.at()?;
        if after.value.0.is_empty() {
            self.error_help(after.span, "no delay is named", "write for example `after = [\"3h\", \"12h\"]`");
        }
        let standby: Vec<f64> = match written.standby.at() {
            None => vec![0.0; after.value.0.len()],
            Some(standby) => {
                let (n_delays, n_costs) = (after.value.0.len(), standby.value.0.len());
                // one that could not be read is missing, and was complained about already
                if n_delays != n_costs && !self.out.has_errors() {
                    let message = format!("`standby` has {n_costs} entries, but `after` has {n_delays}");
                    self.error_help(standby.span, message, "give one number for each delay");
                }
                standby.value.0.iter().map(|cost| cost.value.0).collect()
            }
        };
        let delays = after.value.0.iter().zip(standby);
        let delays =
            delays.map(|(after, standby_per_hour)| CallInDelay { after: after.value, standby_per_hour });
        (self.out.n_errors_added() == errors_before).then(|| delays.collect())
    }

    fn post(
        &mut self,
        team: TeamIdx,
        now: Option<u32>,
        bounds: &At<BoundsSpec>,
        (label, duty): (String, Duty),
    ) -> Post {
        let mut people = |value| self.people(&At { value, span: bounds.span });
        let (at_least, at_most) = (people(bounds.value.at_least), people(bounds.value.at_most));
        Post { team, label, at_least, at_most, now, duty }
    }

    /// There is a target, and something to measure each by.
    fn check_targets_can_be_met(
        &self,
        sizing: &Sizing,
        plan: &Plan,
        root: Span,
        obstacles: &mut Diagnostics,
    ) {
        let written = self.spec().target.get().map_or(&[][..], Vec::as_slice);
        if sizing.targets.is_empty() {
            let span = self.spec().size.span().unwrap_or(root);
            let help = "write a `[[target]]`: what is looked at, within how long, for which share";
            obstacles.add(Diagnostic::error(span, "there is no target to size for").help(help));
        }
        let reported = reported_classes(&plan.sources, plan.classes.len());
        for target in sizing.targets.iter().map(|&target| &plan.targets[target]) {
            let named = written.iter().find(|other| other.value.name.get() == Some(&target.name));
            let span = named.map_or(root, |named| named.span);
            if !applies(target, &reported) {
                let help = "leave it out of `targets` in `[size]`, or give a source that class";
                obstacles.add(Diagnostic::error(span, no_report(target)).help(help));
            }
            if target.share >= 1.0 {
                let message =
                    format!("that every case is on time, as `{}` asks, no sample can prove", target.name);
                let span = named.and_then(|named| named.value.share.span()).unwrap_or(span);
                let help =
                    "size for a share below 1, such as 0.999; or leave it out of `targets` in `[size]`";
                obstacles.add(Diagnostic::error(span, message).help(help));
            }
        }
    }

    /// What people cost is known.
    fn check_wages(&self, sizing: &Sizing, plan: &Plan, root: Span, obstacles: &mut Diagnostics) {
        if sizing.posts.is_empty() {
            obstacles.add(
                Diagnostic::error(root, "there is no team to size")
                    .help("write a `[team.NAME]`, with the people who serve a stage"),
            );
        }
        for (idx, team) in plan.teams.iter().enumerate() {
            let is_sized = sizing.posts.iter().any(|post| post.team == idx);
            if team.wage_per_hour.is_none() && is_sized {
                let header = parts(&self.spec().team).iter().find(|(name, _)| name.value == team.name);
                let message = format!("the wage of the team `{}` is missing", team.name);
                let help = format!(
                    "write for example `wage = 25` in `[team.{}]`: what a person's hour costs",
                    key(&team.name)
                );
                let span = header.map_or(root, |(name, _)| name.span);
                obstacles.add(Diagnostic::error(span, message).help(help));
            }
        }
    }

    /// Nothing else changes the people whose number is sought.
    fn check_people_stay(&self, obstacles: &mut Diagnostics) {
        for intervention in self.spec().intervention.get().into_iter().flatten() {
            let sets = intervention.value.set.get().map_or(&[][..], |sets| &sets.0);
            for (path, _) in sets {
                let Ok(steps) = parse_path(&path.value) else { continue };
                let [Step::Key(section), Step::Key(team), Step::Key(_), ..] = steps.as_slice() else {
                    continue;
                };
                if section == "team" {
                    let message =
                        format!("an intervention changes the people of `{}`, who are sought", quoted(team));
                    let help = format!(
                        "write the roster to fill in `[size.team.{}]`, or size a variant without the intervention",
                        key(team)
                    );
                    obstacles.add(Diagnostic::error(path.span, message).help(help));
                }
            }
        }
    }
}

/// A name as a header holds it.
fn key(name: &str) -> String {
    let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if is_bare { name.to_owned() } else { format!("\"{}\"", quoted(name)) }
}

/// How many of a team there are at these hours as it is; none where it has no such shift.
fn now_on(own: &[&OwnPost], hours: Option<WeeklyHours>) -> Option<u32> {
    let same = || own.iter().filter(|own| !own.post.is_call_in() && own.hours == hours);
    same().next().map(|_| same().filter_map(|own| own.post.now).sum())
}
