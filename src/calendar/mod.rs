//! Layer 1: calendars. Local hours, weekdays, holidays and daylight saving become intervals of simulated time.

mod intervals;

pub use intervals::Intervals;
