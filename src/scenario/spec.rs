//! A scenario as it is written: every key of the language, with its place, and nothing resolved yet.

mod gates;
mod people;

use jiff::civil;
use serde_json::{Value as Json, json};

use super::decode::{
    At, Decode, Definitions, Named, Number, OneOrMany, Rate, Raw, Share, Slot, check_keys, defined, slot,
    table, table_of, words, wrong_kind,
};
use super::diagnostic::{Diagnostic, Diagnostics, quoted};
use super::document::{Node, Value};
use crate::units::{Duration, quantity};

pub(crate) use gates::{GateSpec, GatesSpec, LevelSpec};
pub(crate) use people::{
    BoundsSpec, CallInSpec, ShiftEndSpec, ShiftSpec, SizeCallInSpec, SizeShiftSpec, SizeSpec, SizeTeamSpec,
    TeamSpec,
};

table! {
    /// A scenario: how reports arrive, who handles them, how platforms answer, and which targets matter.
    ScenarioSpec {
        /// The scenario's title.
        required title: String,
        /// When it starts: local time in `zone`.
        required start: civil::DateTime,
        /// The IANA time zone of all dates, such as `Europe/Paris`.
        required zone: String,
        /// How long to simulate.
        required duration: Duration,
        /// Cases sent earlier than this do not count in the results.
        optional warm_up: Duration,
        /// The classes of harm, most urgent first.
        required classes: Vec<At<String>>,
        /// How many replications to run (default 20).
        optional replications: u64,
        /// The seed of the random numbers (default 1).
        optional seed: u64,
        /// Width of the time series' buckets (default: chosen from the duration).
        optional bucket: Duration,
        /// The scenario that this one changes: a file in the same folder or below.
        #[expect(dead_code, reason = "merging takes it out; it is here for the schema")]
        optional extends: String,
        /// Paths to take out of the base, such as `team.pharos.call_in`.
        #[expect(dead_code, reason = "merging takes it out; it is here for the schema")]
        optional without: Vec<At<String>>,
        /// Who reports.
        required source: Named<SourceSpec>,
        /// Steps of work with a queue.
        optional stage: Named<StageSpec>,
        /// People.
        optional team: Named<TeamSpec>,
        /// What carries a case from one place to the next.
        optional channel: Named<ChannelSpec>,
        /// Choices of the next place that have a name.
        optional choice: Named<ChoiceSpec>,
        /// Where the content is, and how it answers.
        optional platform: Named<PlatformSpec>,
        /// Response-time targets.
        optional target: Vec<At<TargetSpec>>,
        /// What changes at a date.
        optional intervention: Vec<At<InterventionSpec>>,
        /// What sizing may change, and for what.
        optional size: SizeSpec,
        /// What must hold of the numbers, for `vigie gate`.
        optional gate: Vec<At<GateSpec>>,
    }

    /// Who reports: exactly one of `rate`, `every` and `trace`.
    SourceSpec {
        /// Mean rate of a Poisson process.
        optional rate: Rate,
        /// Intervals between reports; a constant one is a fixed timetable.
        optional every: DistributionSpec,
        /// A CSV file with the columns `time` and, optionally, `class` and `count`.
        optional trace: String,
        /// The share of each class.
        optional mix: Named<Share>,
        /// How the rate changes over a day: a name, or 24 weights from midnight on.
        optional day: WeightsSpec,
        /// How the rate changes over a week: a name, or 7 weights from Monday on.
        optional week: WeightsSpec,
        /// Time zone of `day` and `week`; the scenario's by default.
        optional zone: String,
        /// Reports that come together.
        optional batch: BatchSpec,
        /// Reports that call forth more reports.
        optional self_exciting: SelfExcitingSpec,
        /// Surges of reports.
        optional surge: Vec<At<SurgeSpec>>,
        /// Where reports go: a place, or shares of places.
        optional to: DestinationSpec,
        /// Where reports of some classes go.
        optional to_by_class: Named<DestinationSpec>,
    }

    /// Each report calls forth others of its class.
    SelfExcitingSpec {
        /// How many others a report calls forth on average; below 1.
        required branching: Number,
        /// Mean of the exponential delay until each of them.
        required decay: Duration,
    }

    /// A surge: a straight rise to a peak, then exponential decay.
    SurgeSpec {
        /// Its name.
        optional name: String,
        /// When it begins.
        required at: civil::DateTime,
        /// The class that surges; all if left out.
        optional class: String,
        /// The peak: a factor such as `16x`, or an added rate such as `5600/day`.
        required peak: PeakSpec,
        /// How long it rises.
        required rise: Duration,
        /// How long it takes to halve after the peak.
        required half_life: Duration,
    }

    /// A step of work with a queue.
    StageSpec {
        /// Who serves it.
        optional team: String,
        /// Who serves it, in order of preference.
        optional teams: Vec<At<String>>,
        /// Working time.
        optional work: DistributionSpec,
        /// Working time of some classes.
        optional work_by_class: Named<DistributionSpec>,
        /// Which waiting case is next (default `fifo`).
        optional discipline: DisciplineSpec,
        /// For `priority`: the classes in order; a list inside is of equal rank.
        optional priority: Vec<At<RankSpec>>,
        /// How long a case waits before it gives up.
        optional patience: DistributionSpec,
        /// The same for some classes.
        optional patience_by_class: Named<DistributionSpec>,
        /// Where a case goes that gave up waiting (default `withdrawn`).
        optional gives_up_to: String,
        /// At most so many may wait.
        optional room: u64,
        /// Where a case goes that finds no room (default `unanswered`).
        optional overflow_to: String,
        /// Where finished cases go.
        optional to: DestinationSpec,
        /// Where finished cases of some classes go.
        optional to_by_class: Named<DestinationSpec>,
    }

    /// What carries a case from one place to the next.
    ChannelSpec {
        /// How long it takes.
        required delay: DistributionSpec,
        /// The hours in which the delay runs.
        optional open: OpenSpec,
        /// Where it leads.
        optional to: DestinationSpec,
        /// Where it leads for some classes.
        optional to_by_class: Named<DestinationSpec>,
    }

    /// Hours in which a delay runs.
    OpenSpec {
        /// Weekdays: `mon-fri`, `sat,sun`, `every day`.
        required days: String,
        /// Hours: `09:00-17:00`.
        required hours: String,
        /// Their time zone; the scenario's by default.
        optional zone: String,
        /// Dates on which no hours begin.
        optional holidays: Vec<At<civil::Date>>,
    }

    /// A choice with a name.
    ChoiceSpec {
        /// Where cases go.
        optional to: DestinationSpec,
        /// Where cases of some classes go.
        optional to_by_class: Named<DestinationSpec>,
    }

    /// Where content is: either people with a queue, or `response`.
    PlatformSpec {
        /// The share of cases it answers (default 1).
        optional answers: Share,
        /// The same for some classes.
        optional answers_by_class: Named<Share>,
        /// How long anybody waits for an answer that does not come (default `0s`).
        optional silent_for: Duration,
        /// Where the case goes then (default `unanswered`).
        optional silent_to: String,
        /// Time to answer.
        optional response: DistributionSpec,
        /// Time to answer for some classes.
        optional response_by_class: Named<DistributionSpec>,
        /// The hours in which the time to answer runs.
        optional open: OpenSpec,
        /// Working time.
        optional work: DistributionSpec,
        /// Working time of some classes.
        optional work_by_class: Named<DistributionSpec>,
        /// Which waiting case is next (default `fifo`).
        optional discipline: DisciplineSpec,
        /// For `priority`: the classes in order; a list inside is of equal rank.
        optional priority: Vec<At<RankSpec>>,
        /// How long a case waits before it gives up.
        optional patience: DistributionSpec,
        /// The same for some classes.
        optional patience_by_class: Named<DistributionSpec>,
        /// Where a case goes that gave up waiting (default `withdrawn`).
        optional gives_up_to: String,
        /// At most so many may wait.
        optional room: u64,
        /// Where a case goes that finds no room (default `unanswered`).
        optional overflow_to: String,
        /// So many people, day and night.
        optional staff: u64,
        /// When people work.
        optional shifts: Vec<At<ShiftSpec>>,
        /// Time zone of the shifts; the scenario's by default.
        optional zone: String,
        /// Dates on which no shift begins.
        optional holidays: Vec<At<civil::Date>>,
        /// What happens to work in hand at the end of a shift or at a break; required with `shifts`.
        optional at_shift_end: ShiftEndSpec,
        /// People called in when a backlog passes a mark.
        optional call_in: OneOrMany<CallInSpec>,
        /// Cost of a person's hour.
        optional wage: Number,
        /// Where answered cases go.
        optional to: DestinationSpec,
        /// Where answered cases of some classes go.
        optional to_by_class: Named<DestinationSpec>,
    }

    /// A response-time target.
    TargetSpec {
        /// Its name.
        required name: String,
        /// The class, or classes, it is for; all if left out.
        optional class: OneOrMany<String>,
        /// From one event to another: `sent -> removed`.
        required clock: String,
        /// The time to keep.
        required within: Duration,
        /// The share of cases that must keep it.
        required share: Share,
    }

    /// What changes at a date.
    InterventionSpec {
        /// Its name.
        required name: String,
        /// From when.
        required at: civil::DateTime,
        /// Until when; for good if left out.
        optional until: civil::DateTime,
        /// New values by path, such as `"channel.exchange.delay" = "10min"`.
        required set: Named<Raw>,
    }

    /// A mean.
    ExponentialSpec {
        /// The mean.
        optional mean: Duration,
        /// Or the rate, 1 / mean.
        optional rate: Rate,
    }

    /// A mean and a coefficient of variation.
    MeanAndSpread {
        /// The mean.
        required mean: Duration,
        /// Standard deviation divided by mean.
        required cv: Number,
    }

    /// Lognormal, by mean and coefficient of variation or by two quantiles.
    LognormalSpec {
        /// The mean.
        optional mean: Duration,
        /// Standard deviation divided by mean.
        optional cv: Number,
        /// The median.
        optional median: Duration,
        /// The 95th percentile.
        optional p95: Duration,
    }

    /// Weibull, by mean and coefficient of variation or by scale and shape.
    WeibullSpec {
        /// The mean.
        optional mean: Duration,
        /// Standard deviation divided by mean.
        optional cv: Number,
        /// The scale.
        optional scale: Duration,
        /// The shape.
        optional shape: Number,
    }

    /// Equally likely between two durations.
    UniformSpec {
        /// The shortest.
        required min: Duration,
        /// The longest.
        required max: Duration,
    }

    /// A triangle.
    TriangularSpec {
        /// The shortest.
        required min: Duration,
        /// The most likely.
        required mode: Duration,
        /// The longest.
        required max: Duration,
    }

    /// One family of distributions with its parameters.
    Families {
        /// Always the same.
        optional constant: Duration,
        /// Exponential.
        optional exponential: ExponentialSpec,
        /// Lognormal.
        optional lognormal: LognormalSpec,
        /// Gamma.
        optional gamma: MeanAndSpread,
        /// Weibull.
        optional weibull: WeibullSpec,
        /// Two exponential phases with balanced means; a cv of at least 1.
        optional hyperexponential: MeanAndSpread,
        /// Uniform.
        optional uniform: UniformSpec,
        /// Triangular.
        optional triangular: TriangularSpec,
        /// A CSV file with a column `duration`; one of its values is drawn at random.
        optional empirical: String,
    }
}

words! {
    /// Which waiting case is next.
    DisciplineSpec {
        /// First come, first served.
        Fifo = "fifo",
        /// Last come, first served.
        Lifo = "lifo",
        /// By class.
        Priority = "priority",
        /// The earliest deadline first.
        EarliestDeadline = "earliest deadline",
        /// The longest wait relative to the target first.
        LongestRelativeWait = "longest relative wait",
    }
}

/// A distribution of durations: a duration, or one family.
#[derive(Debug, Clone)]
pub(crate) enum DistributionSpec {
    Constant(Duration),
    Family(Box<Families>),
}

/// Where cases go: a place, or shares of places.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DestinationSpec {
    Place(String),
    Shares(Named<Share>),
}

/// The name of a profile, or weights.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WeightsSpec {
    Named(String),
    Weights(Vec<At<Number>>),
}

/// How many reports come together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BatchSpec {
    Fixed(u64),
    Uniform(u64, u64),
    Geometric(f64),
}

/// The peak of a surge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum PeakSpec {
    Factor(f64),
    Added(f64),
}

/// One class, or several of equal rank.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RankSpec(pub(crate) Vec<At<String>>);

impl Decode for DistributionSpec {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            return Duration::decode(node, out).map(Self::Constant);
        };
        if table.entries.len() != 1 {
            let message = format!("a distribution is a table with one key, not {}", table.entries.len());
            let help = "write for example `{ lognormal = { mean = \"4min\", cv = 1.6 } }`";
            out.add(Diagnostic::error(node.span, message).help(help));
            return None;
        }
        let errors_before = out.n_errors_added();
        let families = Families::decode(node, out)?;
        // an unknown family leaves nothing to build
        (out.n_errors_added() == errors_before).then(|| Self::Family(Box::new(families)))
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let families = Families::schema(definitions);
        let duration = Duration::schema(definitions);
        defined(definitions, "Distribution", || {
            json!({ "anyOf": [duration, { "allOf": [families, { "minProperties": 1, "maxProperties": 1 }] }],
                    "description": "a distribution of durations: a duration, or a table with one family" })
        })
    }
}

impl Decode for DestinationSpec {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        match &node.value {
            Value::Text(place) => Some(Self::Place(place.clone())),
            Value::Table(_) => {
                let errors_before = out.n_errors_added();
                let shares = Named::decode(node, out)?;
                (out.n_errors_added() == errors_before).then_some(Self::Shares(shares))
            }
            _ => {
                wrong_kind(node, "a place, or shares such as `{ kept = 0.4, exchange = 0.6 }`", out);
                None
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        let shares = Named::<Share>::schema(definitions);
        defined(definitions, "Destination", || {
            json!({ "anyOf": [{ "type": "string" }, shares],
                    "description": "a place or an outcome, or shares of them that sum to 1" })
        })
    }
}

impl Decode for WeightsSpec {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        match &node.value {
            Value::Text(name) => Some(Self::Named(name.clone())),
            Value::List(list) => {
                let weights = Vec::decode(node, out)?;
                (weights.len() == list.len()).then_some(Self::Weights(weights))
            }
            _ => {
                wrong_kind(node, "the name of a profile, or a list of weights", out);
                None
            }
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "anyOf": [
            { "enum": ["flat", "office", "evening", "weekdays"] },
            { "type": "array", "items": { "type": "number", "minimum": 0 }, "minItems": 7, "maxItems": 24 },
        ] })
    }
}

impl Decode for BatchSpec {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        if let Value::Integer(_) = node.value {
            return u64::decode(node, out).map(Self::Fixed);
        }
        let table = table_of(node, "a whole number, `{ uniform = [2, 10] }` or `{ geometric = 3.0 }`", out)?;
        check_keys(table, &["uniform", "geometric"], out);
        let uniform: Slot<Vec<At<u64>>> = slot(table, "uniform", out);
        let geometric: Slot<Number> = slot(table, "geometric", out);
        match (uniform, geometric) {
            (Slot::Given(bounds), Slot::Absent) => match bounds.value.as_slice() {
                [min, max] => Some(Self::Uniform(min.value, max.value)),
                other => {
                    let message = format!("expected two numbers, found {}", other.len());
                    out.add(
                        Diagnostic::error(bounds.span, message).help("write for example `uniform = [2, 10]`"),
                    );
                    None
                }
            },
            (Slot::Absent, Slot::Given(mean)) => Some(Self::Geometric(mean.value.0)),
            (Slot::Invalid, _) | (_, Slot::Invalid) => None,
            (Slot::Absent, Slot::Absent) | (Slot::Given(_), Slot::Given(_)) => {
                out.add(Diagnostic::error(node.span, "give exactly one of `uniform` and `geometric`"));
                None
            }
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 1 },
            { "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1, "properties": {
                "uniform": { "type": "array", "items": { "type": "integer", "minimum": 1 }, "minItems": 2, "maxItems": 2,
                             "description": "any number between two, all equally likely" },
                "geometric": { "type": "number", "minimum": 1, "description": "geometric with this mean" },
            } },
        ] })
    }
}

impl Decode for PeakSpec {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let Value::Text(text) = &node.value else {
            wrong_kind(node, "a factor such as `\"16x\"`, or an added rate such as `\"5600/day\"`", out);
            return None;
        };
        let is_rate = text.contains('/') || text.contains("per ");
        let read = if is_rate {
            quantity::parse_rate(text).map(Self::Added)
        } else {
            quantity::parse_factor(text).map(Self::Factor)
        };
        read.map_err(|error| {
            let help = "a peak is a factor such as `16x`, or an added rate such as `5600/day`";
            let message = quoted_message(&error.to_string());
            out.add(Diagnostic::error(node.span, message).help(help));
        })
        .ok()
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string", "examples": ["16x", "5600/day"] })
    }
}

fn quoted_message(message: &str) -> String {
    if message.len() > 200 { quoted(message) } else { message.to_owned() }
}

impl Decode for RankSpec {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        OneOrMany::decode(node, out).map(|OneOrMany(classes)| Self(classes))
    }

    fn schema(definitions: &mut Definitions) -> Json {
        OneOrMany::<String>::schema(definitions)
    }
}
