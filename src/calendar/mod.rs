//! Layer 1: calendars. Local hours, weekdays, holidays and daylight saving become intervals of simulated time.

mod civil;
mod hours;
mod intervals;
mod profile;
mod zone;

pub use civil::{Calendar, CalendarError};
pub use hours::{HoursError, WeeklyHours, parse_days, parse_hours};
pub use intervals::Intervals;
pub use profile::{DAY_PROFILES, WEEK_PROFILES, named_day_profile, named_week_profile};
pub use zone::{UnknownZone, Zone};
