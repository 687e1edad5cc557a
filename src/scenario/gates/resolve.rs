//! From the words of a gate to a measure and a bound of a plan.

use super::expectation::{Bound as BoundText, Expectation, Part, Quantity, Sign};
use crate::experiment::gate::Bound;
use crate::experiment::{Measure, Narrow, Statistic, Unit};
use crate::model::{ClockEvent, Outcome, Plan, Probe};
use crate::scenario::diagnostic::{listed, quoted, suggest};
use crate::units::{Duration, quantity};

/// No amount takes a hundred letters.
const LONGEST_AMOUNT: usize = 100;

/// What a gate looks at, by position in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selected {
    /// Everything.
    Whole,
    Class(usize),
    Stage(usize, Option<usize>),
    Platform(usize, Option<usize>),
    Team(usize),
    /// A source, and the class of its reports.
    Source(usize, Option<usize>),
    Target(usize),
}

/// Why something cannot be meant: a message, the place within the expectation, and a remedy.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) range: std::ops::Range<usize>,
    pub(super) help: Option<String>,
}

/// What a gate measures: something of every plan, or something that needs a probe of its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    Known(Measure),
    /// A time of a probe.
    Time(Probe, Statistic),
    /// The share that keeps the probe's time.
    Within(Probe),
}

impl Wanted {
    pub(super) fn unit(&self) -> Unit {
        match self {
            Self::Known(measure) => measure.unit(),
            Self::Time(..) => Unit::Seconds,
            Self::Within(_) => Unit::Share,
        }
    }

    /// The measure, with its probe added to those of the plan.
    pub(super) fn measure(self, probes: &mut Vec<Probe>) -> Measure {
        let mut place = |probe: Probe| {
            probes.iter().position(|known| *known == probe).unwrap_or_else(|| {
                probes.push(probe);
                probes.len() - 1
            })
        };
        match self {
            Self::Known(measure) => measure,
            Self::Time(probe, statistic) => Measure::Narrow(Narrow::ProbeTime(place(probe), statistic)),
            Self::Within(probe) => Measure::Narrow(Narrow::ProbeWithin(place(probe))),
        }
    }
}

impl Selected {
    /// What can be expected of it, for messages.
    fn quantities(self) -> &'static [&'static str] {
        const P: &str = "p(95)";
        const MEAN: &str = "mean";
        const MAX: &str = "max";
        const SHARE: &str = "share(<= 24h)";
        match self {
            Self::Whole => &[P, MEAN, MAX, SHARE, "cost", "open_at_end"],
            Self::Class(_) => &[
                P,
                MEAN,
                MAX,
                SHARE,
                "reports",
                "removed",
                "restricted",
                "kept",
                "expired",
                "unanswered",
                "withdrawn",
            ],
            Self::Stage(_, None) => &[P, MEAN, MAX, SHARE, "mean(queue)", "max(queue)", "reneged", "blocked"],
            Self::Platform(_, None) => &[P, MEAN, MAX, SHARE, "answered"],
            Self::Stage(_, Some(_)) | Self::Platform(_, Some(_)) | Self::Source(..) => &[P, MEAN, MAX, SHARE],
            Self::Team(_) => &["cost", "utilization", "staff_hours"],
            Self::Target(_) => &["share"],
        }
    }

    /// What its times are called.
    fn time_name(self) -> &'static str {
        match self {
            Self::Stage(..) => "waiting_time",
            Self::Platform(..) => "answer_time",
            _ => "response_time",
        }
    }

    /// What a quantity of it measures.
    pub(super) fn wanted(self, quantity: &Quantity<'_>, plan: &Plan) -> Result<Wanted, Refusal> {
        let argument = quantity.argument.as_ref().map(|part| part.text);
        let found = match (quantity.name.text, argument) {
            ("share", Some(limit)) if limit.starts_with(['<', '≤']) => return self.share(quantity, plan),
            ("share", None) => match self {
                Self::Target(target) => Some(Wanted::Known(Measure::OnTime(target))),
                _ => None,
            },
            ("mean" | "max", Some("queue")) => match self {
                Self::Stage(stage, None) if quantity.name.text == "mean" => {
                    Some(Wanted::Known(Measure::QueueMean(stage)))
                }
                Self::Stage(stage, None) => Some(Wanted::Known(Measure::QueueMax(stage))),
                _ => None,
            },
            ("mean", None) => self.time(Statistic::Mean, plan),
            ("max", None) => self.time(Statistic::Max, plan),
            ("mean", Some(time)) if time == self.time_name() => self.time(Statistic::Mean, plan),
            ("max", Some(time)) if time == self.time_name() => self.time(Statistic::Max, plan),
            ("p", Some(order)) => return self.quantile(order, quantity, plan),
            (name, None) => self.counted(name, plan).map(Wanted::Known),
            _ => None,
        };
        found.ok_or_else(|| self.unknown(quantity, plan))
    }

    fn quantile(self, order: &str, quantity: &Quantity<'_>, plan: &Plan) -> Result<Wanted, Refusal> {
        let statistic = match order {
            "50" => Statistic::P50,
            "90" => Statistic::P90,
            "95" => Statistic::P95,
            "99" => Statistic::P99,
            _ => {
                return Err(Refusal {
                    message: format!("`p({})` is not kept", quoted(order)),
                    range: quantity.argument.as_ref().map_or(0..0, |part| part.range.clone()),
                    help: Some("use one of `p(50)`, `p(90)`, `p(95)`, `p(99)`".to_owned()),
                });
            }
        };
        self.time(statistic, plan).ok_or_else(|| self.unknown(quantity, plan))
    }

    /// A time of it.
    fn time(self, statistic: Statistic, plan: &Plan) -> Option<Wanted> {
        Some(match self {
            Self::Class(class) => Wanted::Known(Measure::ResponseTime(class, statistic)),
            Self::Stage(stage, None) => Wanted::Known(Measure::WaitingTime(stage, statistic)),
            Self::Stage(stage, Some(class)) => {
                Wanted::Known(Measure::Narrow(Narrow::WaitingTime(stage, class, statistic)))
            }
            Self::Platform(platform, None) => Wanted::Known(Measure::AnswerTime(platform, statistic)),
            Self::Platform(platform, Some(class)) => {
                Wanted::Known(Measure::Narrow(Narrow::AnswerTime(platform, class, statistic)))
            }
            Self::Whole | Self::Source(..) => Wanted::Time(self.probe(Duration::FOREVER, plan)?, statistic),
            Self::Team(_) | Self::Target(_) => return None,
        })
    }

    /// `share(<= 24h)`: the share of its times that are no longer.
    fn share(self, quantity: &Quantity<'_>, plan: &Plan) -> Result<Wanted, Refusal> {
        let Some(part) = &quantity.argument else { return Err(self.unknown(quantity, plan)) };
        let refusal = |message: String, help: &str| Refusal {
            message,
            range: part.range.clone(),
            help: Some(help.to_owned()),
        };
        if part.text.len() > LONGEST_AMOUNT {
            return Err(refusal(
                format!("cannot read `{}`", quoted(part.text)),
                "write for example `share(<= 24h)`",
            ));
        }
        let Some(limit) = part.text.strip_prefix("<=").or_else(|| part.text.strip_prefix('≤')) else {
            return Err(refusal(
                format!("cannot read `{}`", quoted(part.text)),
                "write for example `share(<= 24h)`",
            ));
        };
        let within = quantity::parse_duration(limit.trim())
            .map_err(|error| refusal(error.to_string(), "write for example `share(<= 24h)`"))?;
        if let Self::Target(target) = self {
            let target = &plan.targets[target];
            let help = format!(
                "a target has its own time, within {}: write `share`, or gate its class instead",
                target.within
            );
            return Err(refusal("a target has one time only".to_owned(), &help));
        }
        self.probe(within, plan).map(Wanted::Within).ok_or_else(|| self.unknown(quantity, plan))
    }

    /// The probe of its times.
    fn probe(self, within: Duration, plan: &Plan) -> Option<Probe> {
        let n_classes = plan.classes.len();
        let only = |class: Option<usize>| -> Vec<bool> {
            (0..n_classes).map(|other| class.is_none_or(|class| class == other)).collect()
        };
        let class_name = |class: usize| plan.classes[class].as_str();
        let place = |name: &str, class: Option<usize>| {
            class.map_or_else(|| name.to_owned(), |class| format!("{name}, {}", class_name(class)))
        };
        let path = |kind: &str, name: &str, class: Option<usize>| {
            let class = class.map_or(String::new(), |class| format!("/class/{}", class_name(class)));
            format!("{kind}/{name}{class}/{}", self.time_name())
        };
        let decided = (ClockEvent::Sent, ClockEvent::Decided);
        let (name, of, classes, source, (from, to)) = match self {
            Self::Whole => ("response_time".to_owned(), "all".to_owned(), only(None), None, decided),
            Self::Class(class) => {
                let name = path("class", class_name(class), None);
                (name, class_name(class).to_owned(), only(Some(class)), None, decided)
            }
            Self::Source(source, class) => {
                let known = &plan.sources[source].name;
                (path("source", known, class), place(known, class), only(class), Some(source), decided)
            }
            Self::Stage(stage, class) => {
                let known = &plan.stages[stage].name;
                let clock = (ClockEvent::Enters(stage), ClockEvent::Starts(stage));
                (path("stage", known, class), place(known, class), only(class), None, clock)
            }
            Self::Platform(platform, class) => {
                let known = &plan.platforms[platform].name;
                let clock = (ClockEvent::EntersPlatform(platform), ClockEvent::LeavesPlatform(platform));
                (path("platform", known, class), place(known, class), only(class), None, clock)
            }
            Self::Team(_) | Self::Target(_) => return None,
        };
        Some(Probe { name, of, classes, source, from, to, within })
    }

    /// What has a name alone: counts, costs, shares.
    fn counted(self, name: &str, plan: &Plan) -> Option<Measure> {
        let has_wage = |team: usize| plan.teams[team].wage_per_hour.is_some();
        match (self, name) {
            (Self::Whole, "cost") => (0..plan.teams.len()).any(has_wage).then_some(Measure::Cost),
            (Self::Whole, "open_at_end") => Some(Measure::OpenAtEnd),
            (Self::Class(class), "reports") => Some(Measure::Reports(class)),
            (Self::Class(class), name) => {
                let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.name() == name)?;
                Some(Measure::Ended(class, outcome))
            }
            (Self::Stage(stage, None), "reneged") => Some(Measure::Reneged(stage)),
            (Self::Stage(stage, None), "blocked") => Some(Measure::Blocked(stage)),
            (Self::Platform(platform, None), "answered") => Some(Measure::Answered(platform)),
            (Self::Team(team), "cost") => has_wage(team).then_some(Measure::TeamCost(team)),
            (Self::Team(team), "utilization") => Some(Measure::Utilization(team)),
            (Self::Team(team), "staff_hours") => Some(Measure::StaffHours(team)),
            _ => None,
        }
    }

    fn unknown(self, quantity: &Quantity<'_>, plan: &Plan) -> Refusal {
        let name = &quantity.name;
        let range = name.range.start
            ..quantity.argument.as_ref().map_or(name.range.end, |argument| argument.range.end + 1);
        let written = match &quantity.argument {
            Some(argument) => format!("{}({})", name.text, argument.text),
            None => name.text.to_owned(),
        };
        if written == "cost" && matches!(self, Self::Whole | Self::Team(_)) {
            let of = if let Self::Team(team) = self {
                format!("the team `{}` has no wage", plan.teams[team].name)
            } else {
                "no team has a wage".to_owned()
            };
            let help = "write for example `wage = 25` in its `[team.NAME]`".to_owned();
            return Refusal { message: of, range, help: Some(help) };
        }
        let known = self.quantities();
        let message = format!("`{}` cannot be measured of {}", quoted(&written), self.in_words(plan));
        let order =
            written.strip_prefix('p').filter(|order| order.bytes().all(|digit| digit.is_ascii_digit()));
        let quantile = order.filter(|order| !order.is_empty() && known.contains(&"p(95)"));
        let help = quantile
            .map(|order| format!("did you mean `p({order})`?"))
            .or_else(|| suggest(&written, known.iter().copied()))
            .unwrap_or_else(|| format!("use one of {}", listed(known)));
        Refusal { message, range, help: Some(help) }
    }

    fn in_words(self, plan: &Plan) -> String {
        let with = |name: &str, class: Option<usize>| match class {
            Some(class) => format!("the class `{}` at `{name}`", plan.classes[class]),
            None => format!("`{name}`"),
        };
        match self {
            Self::Whole => "all cases together".to_owned(),
            Self::Class(class) => format!("the class `{}`", plan.classes[class]),
            Self::Stage(stage, class) => with(&plan.stages[stage].name, class),
            Self::Platform(platform, class) => with(&plan.platforms[platform].name, class),
            Self::Team(team) => format!("the team `{}`", plan.teams[team].name),
            Self::Source(source, class) => with(&plan.sources[source].name, class),
            Self::Target(target) => format!("the target `{}`", plan.targets[target].name),
        }
    }
}

/// The bound of an expectation, for numbers of this unit.
pub(super) fn bound(
    expectation: &Expectation<'_>,
    selected: Selected,
    unit: Unit,
    plan: &Plan,
) -> Result<Bound, Refusal> {
    match &expectation.bound {
        BoundText::Amount(part) => amount(part, unit).map(Bound::Value),
        BoundText::Goal => match selected {
            Selected::Target(target) => Ok(Bound::Value(plan.targets[target].share)),
            _ => Err(Refusal {
                message: "only a target has a goal".to_owned(),
                range: 0..0,
                help: Some("name the target: `target = \"…\"`, or write a number".to_owned()),
            }),
        },
        BoundText::Baseline(None) => Ok(Bound::Baseline { factor: 1.0, offset: 0.0 }),
        BoundText::Baseline(Some((sign, part))) => {
            let sign = if *sign == Sign::Plus { 1.0 } else { -1.0 };
            if let Some(share) = part.text.strip_suffix('%') {
                let share = relative(part, share, unit)?;
                if sign < 0.0 && share > 1.0 {
                    let message = format!("nothing is left of a baseline less `{}`", quoted(part.text));
                    let help = Some("write 100% at most".to_owned());
                    return Err(Refusal { message, range: part.range.clone(), help });
                }
                return Ok(Bound::Baseline { factor: 1.0 + sign * share, offset: 0.0 });
            }
            offset(part, unit).map(|amount| Bound::Baseline { factor: 1.0, offset: sign * amount })
        }
    }
}

fn relative(part: &Part<'_>, text: &str, unit: Unit) -> Result<f64, Refusal> {
    let refusal = |message: String, help: &str| Refusal {
        message,
        range: part.range.clone(),
        help: Some(help.to_owned()),
    };
    if unit == Unit::Share {
        let message = format!("`{}` of a share may be a part of it or a percentage point", quoted(part.text));
        return Err(refusal(message, "write percentage points: `baseline - 1 point`"));
    }
    match text.trim().parse::<f64>() {
        Ok(share) if (0.0..=1000.0).contains(&share) => Ok(share / 100.0),
        _ => {
            let message = format!("cannot read `{}`", quoted(part.text));
            Err(refusal(message, "write for example `baseline + 5%`, with 0% to 1000%"))
        }
    }
}

/// How far from the baseline: for shares in percentage points.
fn offset(part: &Part<'_>, unit: Unit) -> Result<f64, Refusal> {
    let text = part.text.trim_end_matches(['s', 'S']);
    let points = text
        .len()
        .checked_sub(5)
        .filter(|at| text.is_char_boundary(*at) && text[*at..].eq_ignore_ascii_case("point"));
    let points = points.map(|at| &text[..at]);
    match (unit, points) {
        (Unit::Share, Some(points)) => match points.trim().parse::<f64>() {
            Ok(points) if (0.0..=100.0).contains(&points) => Ok(points / 100.0),
            _ => Err(Refusal {
                message: format!("cannot read `{}`", quoted(part.text)),
                range: part.range.clone(),
                help: Some("write for example `1 point`, or `0.5 points`".to_owned()),
            }),
        },
        _ => amount(part, unit),
    }
}

/// A number with the unit that this kind of measure has.
fn amount(part: &Part<'_>, unit: Unit) -> Result<f64, Refusal> {
    let refusal = |message: String, help: Option<&str>| Refusal {
        message,
        range: part.range.clone(),
        help: help.map(str::to_owned),
    };
    // quantities quote what they cannot read, however long it is
    if part.text.len() > LONGEST_AMOUNT {
        return Err(refusal(format!("cannot read `{}`", quoted(part.text)), None));
    }
    let text = part.text;
    let number = || part.text.replace('_', "").parse::<f64>().ok().filter(|number| number.is_finite());
    match unit {
        Unit::Seconds => {
            let duration = quantity::parse_duration(text);
            duration.map(Duration::as_secs_f64).map_err(|error| refusal(error.to_string(), None))
        }
        Unit::Share => {
            let share = match number() {
                Some(share) => quantity::check_share(share),
                None => quantity::parse_share(text),
            };
            share.map_err(|error| refusal(error.to_string(), None))
        }
        Unit::Hours => {
            let duration = quantity::parse_duration(text);
            let hours = duration.map(|duration| duration.as_secs_f64() / 3600.0);
            hours.map_err(|error| refusal(error.to_string(), Some("these are hours of one person: `120h`")))
        }
        Unit::Count | Unit::Money | Unit::Ratio => match number() {
            Some(number) if number >= 0.0 => Ok(number),
            _ => Err(refusal(format!("cannot read the number `{text}`"), Some("write for example `500`"))),
        },
    }
}
