//! Teams: rosters, call-ins, and what happens when a shift ends.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::names::{check_repeats, has_people};
use super::size::{self, OwnPost};
use super::{Compiler, part, parts};
use crate::calendar::{Intervals, WeeklyHours, Zone, parse_days, parse_hours};
use crate::model::{CallIn, Crew, Duty, ShiftEnd, Stage, StageIdx, TakeOrder, Team, TeamIdx, Timed};
use crate::scenario::decode::{At, Number, OneOrMany, Slot};
use crate::scenario::diagnostic::{Diagnostic, quoted};
use crate::scenario::spec::{
    CallInSpec, OpenSpec, PlatformSpec, ScenarioSpec, ShiftEndSpec, ShiftSpec, TeamSpec,
};
use crate::units::{Duration, Time};

const MOST_PEOPLE: u64 = 100_000;
pub(super) const MOST_ROWS: usize = 200;
pub(super) const MOST_CALL_INS: usize = 100;

/// The keys that teams and platforms with people share.
#[derive(Clone, Copy)]
struct People<'a> {
    staff: &'a Slot<u64>,
    shifts: &'a Slot<Vec<At<ShiftSpec>>>,
    zone: &'a Slot<String>,
    holidays: &'a Slot<Vec<At<Date>>>,
    at_shift_end: &'a Slot<ShiftEndSpec>,
    call_in: &'a Slot<OneOrMany<CallInSpec>>,
    wage: &'a Slot<Number>,
}

impl<'a> From<&'a TeamSpec> for People<'a> {
    fn from(team: &'a TeamSpec) -> Self {
        let TeamSpec { staff, shifts, zone, holidays, at_shift_end, call_in, wage, serves: _ } = team;
        Self { staff, shifts, zone, holidays, at_shift_end, call_in, wage }
    }
}

impl<'a> From<&'a PlatformSpec> for People<'a> {
    fn from(platform: &'a PlatformSpec) -> Self {
        let PlatformSpec { staff, shifts, zone, holidays, at_shift_end, call_in, wage, .. } = platform;
        Self { staff, shifts, zone, holidays, at_shift_end, call_in, wage }
    }
}

/// Where the people of a team are written, in any version of the spec.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Team,
    Platform,
}

impl<'a> Compiler<'a> {
    /// All teams, those of platforms with people at the end.
    pub(crate) fn teams(&mut self, stages: &[Stage]) -> Vec<Team> {
        let spec = self.spec();
        let mut teams = Vec::new();
        for (name, written) in parts(&spec.team) {
            let served = served_by(teams.len(), stages);
            let takes = self.take_order(&written.value.serves, &served);
            // a stage whose team could not be read may have meant this one
            if served.is_empty() && !self.out.has_errors() {
                let message = format!("the team `{}` serves no stage", quoted(&name.value));
                let help = format!("write `team = \"{}\"` in a stage", quoted(&name.value));
                self.out.add(Diagnostic::warning(name.span, message).help(help));
            }
            teams.push(self.team_of(name, (&written.value).into(), Origin::Team, takes));
        }
        for (name, written) in
            parts(&spec.platform).iter().filter(|(_, platform)| has_people(&platform.value))
        {
            teams.push(self.team_of(
                name,
                (&written.value).into(),
                Origin::Platform,
                TakeOrder::LongestWaiting,
            ));
        }
        teams
    }

    fn team_of(&mut self, name: &At<String>, people: People<'a>, origin: Origin, takes: TakeOrder) -> Team {
        let crews = self.crews(name, people, origin);
        if people.shifts.is_absent() {
            if !self.is_given_shifts(name, origin) {
                self.no_effect(people.at_shift_end, "at_shift_end", "`shifts`");
            }
            self.no_effect(people.holidays, "holidays", "`shifts`");
            self.no_effect(people.zone, "zone", "`shifts`");
        } else if people.at_shift_end.is_absent() {
            let message = "`at_shift_end` is missing: it is required with `shifts`";
            self.error_help(name.span, message, "write `\"finish\"`, `\"suspend\"` or `\"hand over\"`");
        }
        let at_shift_end = match people.at_shift_end.get() {
            None | Some(ShiftEndSpec::Finish) => ShiftEnd::Finish,
            Some(ShiftEndSpec::Suspend) => ShiftEnd::Suspend,
            Some(ShiftEndSpec::HandOver) => ShiftEnd::HandOver,
        };
        let call_ins = self.call_ins(people.call_in);
        if origin == Origin::Team {
            self.own_call_ins(name, people.call_in, &call_ins);
        }
        if people.wage.is_absent() {
            for row in people.shifts.get().into_iter().flatten() {
                self.no_effect(&row.value.wage, "wage", "the team's `wage`");
            }
            for call_in in people.call_in.get().into_iter().flat_map(|all| &all.0) {
                self.no_effect(&call_in.value.standby, "standby", "the team's `wage`");
            }
        }
        let wage_per_hour = people.wage.get().map(|wage| wage.0);
        Team { name: name.value.clone(), crews, at_shift_end, takes, call_ins, wage_per_hour }
    }

    /// Keeps a shift of a team's own as one whose people may be sought.
    fn own_shift(&mut self, name: &At<String>, hours: Option<WeeklyHours>, now: u32, shift: (String, Duty)) {
        if let Some(team) = self.names.team(&name.value) {
            self.own_posts.push(OwnPost::shift(team, hours, now, shift));
        }
    }

    /// Keeps the call-ins of a team as they are beside its shifts.
    fn own_call_ins(&mut self, name: &At<String>, written: &Slot<OneOrMany<CallInSpec>>, made: &[CallIn]) {
        let (Some(team), Some(written)) = (self.names.team(&name.value), written.get()) else { return };
        // where one of them cannot be read, nothing is sized
        for (written, call_in) in written.0.iter().zip(made) {
            let label = size::call_in_label(&written.value.when);
            self.own_posts.push(OwnPost::call_in(team, label, call_in));
        }
    }

    /// Whether sizing gives this team shifts that it does not have.
    fn is_given_shifts(&self, name: &At<String>, origin: Origin) -> bool {
        let Some(size) = self.spec().size.get().filter(|_| origin == Origin::Team) else { return false };
        part(&size.team, &name.value).is_some_and(|team| !team.shifts.is_absent())
    }

    fn take_order(&mut self, serves: &Slot<Vec<At<String>>>, served: &[StageIdx]) -> TakeOrder {
        let Some(written) = serves.at() else { return TakeOrder::LongestWaiting };
        check_repeats(&written.value, "stage", self.out);
        let mut listed = Vec::new();
        for name in &written.value {
            let Some(stage) = self.stage(&name.value, name.span) else { continue };
            if !served.contains(&stage) {
                let message = format!("the stage `{}` is not served by this team", quoted(&name.value));
                self.error_help(name.span, message, "name the team in the stage's `team` or `teams`");
            } else if !listed.contains(&stage) {
                listed.push(stage);
            }
        }
        if let Some(left) = served.iter().find(|stage| !listed.contains(stage)) {
            let message = format!("`serves` leaves out the stage `{}`", self.names.stages[*left]);
            self.error_help(written.span, message, "list every stage that names this team");
        }
        TakeOrder::Listed(listed)
    }

    fn crews(&mut self, name: &At<String>, people: People<'a>, origin: Origin) -> Vec<Crew> {
        let errors_before = self.out.n_errors_added();
        let crews = match (people.staff, people.shifts) {
            (Slot::Given(_), Slot::Absent) => {
                let levels = self.people_over_time(name, origin, |people| people.staff.at());
                let on_duty = Intervals::always();
                if origin == Origin::Team {
                    let shift = size::shift(size::DAY_AND_NIGHT, &on_duty, None);
                    self.own_shift(name, None, *levels.at(Time::ZERO), shift);
                }
                layers(&on_duty, &levels, None, self.frame.horizon)
            }
            (Slot::Absent, Slot::Given(rows)) => self.roster(name, people, rows, origin),
            (Slot::Invalid, _) | (_, Slot::Invalid) => return Vec::new(),
            (Slot::Given(_), Slot::Given(rows)) => {
                let message = "give exactly one of `staff` and `shifts`";
                self.error_help(
                    rows.span,
                    message,
                    "a variant takes one out with `without = [\"team.NAME.staff\"]`",
                );
                return Vec::new();
            }
            (Slot::Absent, Slot::Absent) => {
                self.error(name.span, "`staff` or `shifts` is missing");
                return Vec::new();
            }
        };
        let horizon = self.frame.horizon;
        let is_on_duty = |crew: &Crew| crew.on_duty.overlap(Time::ZERO, horizon) > Duration::ZERO;
        let complete = self.out.n_errors_added() == errors_before;
        if complete && self.frame.is_real && people.call_in.is_absent() && !crews.iter().any(is_on_duty) {
            let message = format!("nobody of `{}` is ever on duty", quoted(&name.value));
            let span = people.staff.span().or(people.shifts.span()).unwrap_or(name.span);
            self.error_help(span, message, "give it people, and hours within the run");
        }
        crews
    }

    /// The crews of a roster: each row has its own people.
    fn roster(
        &mut self,
        name: &At<String>,
        people: People<'a>,
        rows: &'a At<Vec<At<ShiftSpec>>>,
        origin: Origin,
    ) -> Vec<Crew> {
        if rows.value.is_empty() || rows.value.len() > MOST_ROWS {
            let message = format!("expected 1 to {MOST_ROWS} shifts, found {}", rows.value.len());
            self.error(rows.span, message);
            return Vec::new();
        }
        let zone = self.zone(people.zone);
        let holidays = dates(people.holidays);
        let mut crews = Vec::new();
        for (row_idx, row) in rows.value.iter().enumerate() {
            let levels = self.people_over_time(name, origin, |people| {
                people.shifts.get().and_then(|rows| rows.get(row_idx)).and_then(|row| row.value.staff.at())
            });
            let ShiftSpec { days, hours, breaks, wage, staff: _ } = &row.value;
            let Some(weekly) = self.weekly_hours(days, hours) else { continue };
            if !self.spend(self.n_days() * (1 + levels.changes().len() as u64), row.span) {
                return crews;
            }
            let on_duty = self.on_duty(&weekly, breaks, &zone, &holidays);
            let wage = wage.get().map(|wage| wage.0);
            if origin == Origin::Team {
                let shift = size::shift(&size::shift_label(days, hours), &on_duty, wage);
                self.own_shift(name, Some(weekly), *levels.at(Time::ZERO), shift);
            }
            crews.extend(layers(&on_duty, &levels, wage, self.frame.horizon));
        }
        crews
    }

    /// When the people of one row of a roster are on duty: its hours without its breaks.
    pub(super) fn on_duty(
        &mut self,
        weekly: &WeeklyHours,
        breaks: &Slot<Vec<At<String>>>,
        zone: &Zone,
        holidays: &BTreeSet<Date>,
    ) -> Intervals {
        let mut on_duty = self.frame.calendar.weekly_hours(zone, weekly, holidays);
        for pause in breaks.get().into_iter().flatten() {
            if let Some(pause) = self.pause(pause, weekly) {
                // a break belongs to whatever shift it falls into, also one that began the day before
                on_duty = on_duty.minus(&self.frame.calendar.weekly_hours(zone, &pause, &BTreeSet::new()));
            }
        }
        on_duty
    }

    /// How many people there are from each time on.
    fn people_over_time(
        &mut self,
        name: &At<String>,
        origin: Origin,
        count: impl Fn(People<'a>) -> Option<&'a At<u64>>,
    ) -> Timed<u32> {
        let of = |spec: &'a ScenarioSpec| match origin {
            Origin::Team => part(&spec.team, &name.value).map(People::from),
            Origin::Platform => part(&spec.platform, &name.value).map(People::from),
        };
        self.timed(|compiler, spec| {
            let Some(written) = of(spec).and_then(&count) else { return 0 };
            compiler.people(written)
        })
    }

    pub(super) fn people(&mut self, written: &At<u64>) -> u32 {
        if written.value > MOST_PEOPLE {
            let message = format!("`{}` people are too many", written.value);
            self.error_help(written.span, message, format!("a crew has at most {MOST_PEOPLE}"));
            return 0;
        }
        written.value as u32
    }

    /// Days and hours, where both can be read.
    pub(super) fn weekly_hours(&mut self, days: &Slot<String>, hours: &Slot<String>) -> Option<WeeklyHours> {
        let days = days.at().and_then(|days| {
            let read = parse_days(&quoted(&days.value));
            read.map_err(|error| self.error(days.span, error.to_string())).ok()
        });
        let hours = hours.at().and_then(|hours| {
            let read = parse_hours(&quoted(&hours.value));
            read.map_err(|error| self.error(hours.span, error.to_string())).ok()
        });
        let (days, (from_minute, to_minute)) = (days?, hours?);
        Some(WeeklyHours { days, from_minute, to_minute })
    }

    /// The hours of a break, which must lie within a shift's.
    fn pause(&mut self, written: &At<String>, shift: &WeeklyHours) -> Option<WeeklyHours> {
        const DAY: u16 = 24 * 60;
        let read = parse_hours(&quoted(&written.value));
        let (from_minute, to_minute) =
            read.map_err(|error| self.error(written.span, error.to_string())).ok()?;
        let within = |shift_days: u16| {
            from_minute + shift_days * DAY >= shift.from_minute
                && to_minute + shift_days * DAY <= shift.to_minute
        };
        if !within(0) && !within(1) {
            let message = format!("the break `{}` is not within the shift's hours", quoted(&written.value));
            self.error(written.span, message);
            return None;
        }
        Some(WeeklyHours { days: [true; 7], from_minute, to_minute })
    }

    /// Opening hours.
    pub(crate) fn open(&mut self, written: &Slot<OpenSpec>) -> Option<Intervals> {
        let written = written.at()?;
        let open = &written.value;
        let zone = self.zone(&open.zone);
        let hours = self.weekly_hours(&open.days, &open.hours)?;
        if !self.spend(self.n_days(), written.span) {
            return None;
        }
        let intervals = self.frame.calendar.weekly_hours(&zone, &hours, &dates(&open.holidays));
        if self.frame.is_real && intervals.overlap(Time::ZERO, self.frame.horizon) == Duration::ZERO {
            self.error(written.span, "these hours never come within the run");
        }
        Some(intervals)
    }

    pub(super) fn n_days(&self) -> u64 {
        // the calendar goes on for a while after the end
        self.frame.horizon.as_micros() / Duration::DAY.as_micros() + 400
    }

    fn call_ins(&mut self, written: &Slot<OneOrMany<CallInSpec>>) -> Vec<CallIn> {
        let Some(written) = written.at() else { return Vec::new() };
        if written.value.0.len() > MOST_CALL_INS {
            self.error(written.span, format!("there are more than {MOST_CALL_INS} call-ins"));
            return Vec::new();
        }
        written.value.0.iter().filter_map(|call_in| self.call_in(&call_in.value)).collect()
    }

    fn call_in(&mut self, written: &CallInSpec) -> Option<CallIn> {
        let condition = written.when.at().and_then(|when| self.condition(when));
        let people = written.add.at().map(|add| {
            if add.value == 0 {
                self.error_help(add.span, "nobody is called in", "`add` is at least 1");
            }
            self.people(add)
        });
        let stay = self.stay(&written.r#for);
        let (stages, above) = condition?;
        Some(CallIn {
            stages,
            above,
            people: people?,
            after: *written.after.get()?,
            stay: stay?,
            standby_per_hour: written.standby.get().map_or(0.0, |standby| standby.0),
        })
    }

    /// How long people stay who are called in.
    pub(super) fn stay(&mut self, written: &Slot<Duration>) -> Option<Duration> {
        let stay = written.at()?;
        if stay.value == Duration::ZERO {
            self.error(stay.span, "people who are called in stay longer than nothing");
        }
        Some(stay.value)
    }

    /// Reads `waiting(triage, review) > 500`.
    pub(super) fn condition(&mut self, when: &At<String>) -> Option<(Vec<StageIdx>, u64)> {
        let Some((names, above)) = split_condition(&when.value) else {
            let message = format!("cannot read the condition `{}`", quoted(&when.value));
            self.error_help(when.span, message, "write for example `waiting(triage) > 500`");
            return None;
        };
        let mut stages: Vec<StageIdx> = Vec::new();
        for name in names {
            let stage = self.stage(name, when.span)?;
            if stages.contains(&stage) {
                self.error(when.span, format!("the stage `{}` is counted twice", quoted(name)));
            }
            stages.push(stage);
        }
        Some((stages, above))
    }
}

/// The names and the mark of a condition.
fn split_condition(text: &str) -> Option<(Vec<&str>, u64)> {
    let inner = text.trim().strip_prefix("waiting")?.trim_start().strip_prefix('(')?;
    let (names, rest) = inner.split_once(')')?;
    let mark = rest.trim_start().strip_prefix('>')?.trim();
    let above = mark.bytes().all(|digit| digit.is_ascii_digit()).then(|| mark.parse().ok()).flatten()?;
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    names.iter().all(|name| !name.is_empty()).then_some((names, above))
}

pub(super) fn dates(written: &Slot<Vec<At<Date>>>) -> BTreeSet<Date> {
    written.get().into_iter().flatten().map(|date| date.value).collect()
}

/// The stages that a team serves.
fn served_by(team: TeamIdx, stages: &[Stage]) -> Vec<StageIdx> {
    (0..stages.len()).filter(|stage| stages[*stage].teams.contains(&team)).collect()
}

/// People whose number changes, as crews whose number does not: each crew is a layer between two levels, on duty
/// while there are at least as many. So those who are there before and after a change keep their work in hand.
fn layers(hours: &Intervals, people: &Timed<u32>, wage_per_hour: Option<f64>, horizon: Time) -> Vec<Crew> {
    let levels: BTreeSet<u32> =
        people.changes().iter().map(|(_, level)| *level).filter(|level| *level > 0).collect();
    let mut below = 0;
    let mut crews = Vec::new();
    for level in levels {
        let ends = people.changes().iter().skip(1).map(|(from, _)| *from).chain([Time::NEVER]);
        let absent = (people.changes().iter().zip(ends))
            .filter(|((_, there), _)| *there < level)
            .map(|((from, _), to)| (*from, to))
            .collect();
        let on_duty = hours.minus(&Intervals::union_of(absent));
        if on_duty.overlap(Time::ZERO, horizon) > Duration::ZERO {
            crews.push(Crew { people: level - below, on_duty, wage_per_hour });
        }
        below = level;
    }
    crews
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u64) -> Time {
        Time::from_micros(n * Duration::DAY.as_micros())
    }

    #[test]
    fn a_change_of_staff_keeps_the_people_common_to_both_sides() {
        let people = Timed::changing(vec![(day(0), 4), (day(2), 10), (day(5), 6)]);
        let crews = layers(&Intervals::union_of(vec![(day(1), day(9))]), &people, None, day(10));
        let shown: Vec<(u32, Vec<(Time, Time)>)> =
            crews.iter().map(|crew| (crew.people, crew.on_duty.iter().collect())).collect();
        let expected =
            [(4, vec![(day(1), day(9))]), (2, vec![(day(2), day(9))]), (4, vec![(day(2), day(5))])];
        assert_eq!(shown, expected);
        for (from, n) in people.changes() {
            let at = (*from).max(day(1));
            let there: u32 =
                crews.iter().filter(|crew| crew.on_duty.contains(at)).map(|crew| crew.people).sum();
            assert_eq!(there, *n);
        }
    }

    #[test]
    fn conditions() {
        assert_eq!(split_condition("waiting(triage) > 500"), Some((vec!["triage"], 500)));
        assert_eq!(split_condition(" waiting( a , b c )>0 "), Some((vec!["a", "b c"], 0)));
        for wrong in
            ["", "waiting", "waiting()>3", "waiting(a)", "waiting(a) > -1", "waiting(a) > 3x", "wait(a)>3"]
        {
            assert_eq!(split_condition(wrong), None, "{wrong}");
        }
    }
}
