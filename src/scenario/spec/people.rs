//! People as they are written: teams, their shifts and call-ins, and what sizing may change about them.

use jiff::civil;
use serde_json::{Value as Json, json};

use crate::scenario::decode::{
    At, Decode, Definitions, Named, Number, OneOrMany, defined, table, words, wrong_kind,
};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics, quoted};
use crate::scenario::document::{Node, Value};
use crate::units::Duration;

table! {
    /// People: exactly one of `staff` and `shifts`.
    TeamSpec {
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
        /// For a team with several stages: their order of precedence.
        optional serves: Vec<At<String>>,
        /// People called in when a backlog passes a mark.
        optional call_in: OneOrMany<CallInSpec>,
        /// Cost of a person's hour.
        optional wage: Number,
    }

    /// One row of a roster.
    ShiftSpec {
        /// Weekdays: `mon-fri`, `sat,sun`, `every day`.
        required days: String,
        /// Hours: `08:00-19:00`; they may pass midnight.
        required hours: String,
        /// How many people.
        required staff: u64,
        /// Breaks within the hours: `12:30-13:30`.
        optional breaks: Vec<At<String>>,
        /// Cost of one of them for one hour, where it is not the team's `wage`.
        optional wage: Number,
    }

    /// People called in when a backlog passes a mark.
    CallInSpec {
        /// The condition: `waiting(triage) > 500`.
        required when: String,
        /// How many people come.
        required add: u64,
        /// How long after the call.
        required after: Duration,
        /// How long they stay; again if the backlog is then still above the mark.
        required r#for: Duration,
        /// Cost of one of them for every hour of readiness, called or not (default 0).
        optional standby: Number,
    }

    /// What sizing may change, and for what.
    SizeSpec {
        /// Names of the targets to meet (default: every target).
        optional targets: Vec<At<String>>,
        /// The confidence with which they are to be met, above 0.5 and below 1 (default 0.95).
        optional confidence: Number,
        /// The rosters to fill, by team (default: every team, with the shifts that it has).
        optional team: Named<SizeTeamSpec>,
    }

    /// A roster to fill, in the place of a team's people: exactly one of `staff` and `shifts`.
    SizeTeamSpec {
        /// So many people, day and night.
        optional staff: BoundsSpec,
        /// When people work.
        optional shifts: Vec<At<SizeShiftSpec>>,
        /// Time zone of the shifts; the team's by default.
        optional zone: String,
        /// Dates on which no shift begins; the team's by default.
        optional holidays: Vec<At<civil::Date>>,
        /// People called in when a backlog passes a mark.
        optional call_in: OneOrMany<SizeCallInSpec>,
    }

    /// One row of a roster to fill.
    SizeShiftSpec {
        /// Weekdays: `mon-fri`, `sat,sun`, `every day`.
        required days: String,
        /// Hours: `08:00-19:00`; they may pass midnight.
        required hours: String,
        /// How many people.
        required staff: BoundsSpec,
        /// Breaks within the hours: `12:30-13:30`.
        optional breaks: Vec<At<String>>,
        /// Cost of one of them for one hour, where it is not the team's `wage`.
        optional wage: Number,
    }

    /// People called in when a backlog passes a mark: how many, and how soon.
    SizeCallInSpec {
        /// The condition: `waiting(triage) > 500`.
        required when: String,
        /// How many people come.
        required add: BoundsSpec,
        /// How long after the call; a list to choose from.
        required after: OneOrMany<Duration>,
        /// How long they stay; again if the backlog is then still above the mark.
        required r#for: Duration,
        /// Cost of one of them for every hour of readiness, called or not (default 0); a list as long as `after`.
        optional standby: OneOrMany<Number>,
    }
}

words! {
    /// What happens to work in hand at the end of a shift.
    ShiftEndSpec {
        /// Stay until the case is done.
        Finish = "finish",
        /// Go on at one's next shift.
        Suspend = "suspend",
        /// Back to the front of the queue.
        HandOver = "hand over",
    }
}

/// How many people there may be: both bounds included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BoundsSpec {
    pub(crate) at_least: u64,
    pub(crate) at_most: u64,
}

impl Decode for BoundsSpec {
    fn decode(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        let text = match &node.value {
            Value::Integer(_) => {
                return u64::decode(node, out).map(|number| Self { at_least: number, at_most: number });
            }
            Value::Text(text) => text,
            _ => {
                wrong_kind(node, "a whole number, or bounds such as `\"0..40\"`", out);
                return None;
            }
        };
        let number = |text: &str| {
            let text = text.trim();
            text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten()
        };
        let bounds = text.split_once("..").and_then(|(from, to)| Some((number(from)?, number(to)?)));
        let Some((at_least, at_most)) = bounds else {
            let message = format!("cannot read the bounds `{}`", quoted(text));
            out.add(
                Diagnostic::error(node.span, message)
                    .help("write for example `\"0..40\"`, or a whole number"),
            );
            return None;
        };
        if at_least > at_most {
            let message = format!("no number of people is within `{}`", quoted(text));
            let help = format!("the fewest come first: `\"{at_most}..{at_least}\"`");
            out.add(Diagnostic::error(node.span, message).help(help));
            return None;
        }
        Some(Self { at_least, at_most })
    }

    fn schema(definitions: &mut Definitions) -> Json {
        defined(definitions, "Bounds", || {
            json!({ "anyOf": [{ "type": "integer", "minimum": 0 },
                              { "type": "string", "pattern": "^\\s*[0-9]+\\s*\\.\\.\\s*[0-9]+\\s*$" }],
                    "description": "a number of people, or the fewest and the most", "examples": ["0..40", 13] })
        })
    }
}
