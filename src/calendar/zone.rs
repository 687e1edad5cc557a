//! Time zones by name, from the copy of the IANA database that is built in: the same on every machine.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Error, Timestamp};

/// How many names an [`UnknownZone`] suggests.
const SUGGESTIONS: usize = 3;
/// Names less alike than this (Jaro and Winkler's measure, 0 to 1) are not suggested.
const ALIKE: f64 = 0.8;

/// A time zone of the IANA database, such as `Europe/Paris`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A name that is not in the IANA database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownZone {
    /// What was written.
    pub name: String,
    /// Names that look like it, the likeliest first; at most three.
    pub suggestions: Vec<String>,
}

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown time zone `{}`: ", self.name)?;
        if self.suggestions.is_empty() {
            return f.write_str("write an IANA name such as `Europe/Paris`");
        }
        let quoted: Vec<String> = self.suggestions.iter().map(|name| format!("`{name}`")).collect();
        write!(f, "did you mean {}?", quoted.join(" or "))
    }
}

impl std::error::Error for UnknownZone {}

impl Zone {
    /// The zone with this IANA name, written as in the database.
    ///
    /// # Errors
    ///
    /// If there is none; names that look like it are suggested.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let database = TimeZoneDatabase::bundled();
        match database.get(name) {
            // the look-up ignores case, our files do not: one spelling for one zone
            Ok(zone) if zone.iana_name() == Some(name) => Ok(Self(zone)),
            _ => Err(UnknownZone { name: name.into(), suggestions: suggestions(&database, name) }),
        }
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    pub(super) fn time_zone(&self) -> &TimeZone {
        &self.0
    }

    /// The first instant at which the local clock shows `local` or later: the change itself where the clock skips
    /// `local`, the first of two where it shows it twice. So hours by the local clock neither overlap nor leave gaps.
    pub(super) fn first_reaching(&self, local: DateTime) -> Result<Timestamp, Error> {
        let found = self.0.to_ambiguous_timestamp(local);
        if let AmbiguousOffset::Gap { after, .. } = found.offset() {
            let before_change = after.to_timestamp(local)?;
            if let Some(change) = self.0.following(before_change).next() {
                return Ok(change.timestamp());
            }
        }
        found.compatible()
    }
}

fn suggestions(database: &TimeZoneDatabase, written: &str) -> Vec<String> {
    let written = written.to_ascii_lowercase();
    let mut ranked: Vec<(f64, String)> = database
        .available()
        .map(|name| (likeness(name.as_str(), &written), name.as_str().to_owned()))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}

/// Likeness of the whole names, or of the last parts, the cities; whole names win ties.
fn likeness(name: &str, written_lowercase: &str) -> f64 {
    let name = name.to_ascii_lowercase();
    let city = |full: &str| full.rsplit('/').next().unwrap_or(full).to_owned();
    let by_name = strsim::jaro_winkler(&name, written_lowercase);
    by_name.max(0.99 * strsim::jaro_winkler(&city(&name), &city(written_lowercase)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_database() {
        for name in ["Europe/Paris", "America/Los_Angeles", "Asia/Kolkata", "UTC"] {
            assert_eq!(Zone::named(name).map(|zone| zone.name().to_owned()), Ok(name.to_owned()));
        }
        assert_eq!(Zone::named("UTC").map(|zone| zone.name().to_owned()), Ok(Zone::utc().name().to_owned()));
    }

    #[test]
    fn refusals_suggest_names_that_look_alike() {
        let first = |written| Zone::named(written).unwrap_err().suggestions.first().cloned();
        for written in ["Europe/Pari", "europe/paris", "Paris", "Europe/Pairs", "Europa/Paris"] {
            assert_eq!(first(written).as_deref(), Some("Europe/Paris"), "for {written}");
        }
        assert_eq!(first("America/NewYork").as_deref(), Some("America/New_York"));
        let shown = Zone::named("Europe/Pari").unwrap_err();
        assert!(shown.suggestions.len() <= SUGGESTIONS);
        assert!(
            shown.to_string().starts_with("unknown time zone `Europe/Pari`: did you mean `Europe/Paris`")
        );
        for nonsense in ["", "+02:00", "qqqqqqqq", "éé", "/"] {
            assert!(Zone::named(nonsense).is_err(), "{nonsense}");
        }
        assert_eq!(
            Zone::named("qqqqqqqq").unwrap_err().to_string(),
            "unknown time zone `qqqqqqqq`: write an IANA name such as `Europe/Paris`"
        );
    }
}
