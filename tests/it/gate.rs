//! `vigie gate`: that its verdicts are right as often as it says, and what it says.

mod alarms;
mod language;
mod program;
