//! Rates that change with time, and the Poisson arrivals they make.
//!
//! Arrivals come from the inversion of the cumulative rate (Çinlar, *Introduction to Stochastic Processes*, 1975,
//! chapter 4): each takes one unit exponential, and the cumulative rate grows by that much. Every piece of a curve
//! has a closed form, so nothing is thinned, nothing drifts, and no burst is stepped over, however narrow.

use crate::units::{Duration, Time};

/// The rate of a Poisson process: a base that changes in steps and, where there is one, a [`Pulse`] by which the base
/// is multiplied.
#[derive(Debug, Clone, PartialEq)]
pub struct RateCurve {
    /// Pieces in order of time, the first from zero; each lasts until the next begins, the last for ever.
    pieces: Vec<Piece>,
    has_pulse: bool,
}

/// The course of a surge: 0 before it begins, 1 at its peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pulse {
    /// When it begins.
    pub at: Time,
    /// How long it rises, in a straight line; may be zero.
    pub rise: Duration,
    /// How long it then takes to fall by half, and by half again; zero ends it at its peak.
    pub half_life: Duration,
}

/// A place on the curve from which to look for the next arrival.
#[derive(Debug, Clone, PartialEq)]
pub struct RateCursor {
    /// In microseconds, unrounded, so that what is cut off of an arrival's time does not add up.
    position: f64,
    piece_idx: usize,
    /// Where the piece ends.
    end: f64,
    /// Microseconds for the cumulative rate to grow by 1, on a flat piece; not a number on another one.
    gap: f64,
    /// The rate there.
    rate: f64,
}

/// A part of a curve with one formula. Times are in microseconds, rates per microsecond.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    from: f64,
    /// The rate at `from`.
    rate: f64,
    shape: Shape,
}

/// How the rate goes on from the beginning of a piece, after a time u.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// The same.
    Flat,
    /// rate + slope·u, the slope not negative.
    Ramp { slope: f64 },
    /// rate·e^(−decay·u), the decay positive.
    Decay { decay: f64 },
}

impl RateCurve {
    /// A rate that changes in steps: `(from, events per second)`.
    ///
    /// # Panics
    ///
    /// If `steps` is empty, does not begin at [`Time::ZERO`], or is not strictly ordered in time; or if a rate is
    /// negative or not finite.
    pub fn new(steps: Vec<(Time, f64)>) -> Self {
        assert_eq!(steps.first().map(|(from, _)| *from), Some(Time::ZERO), "a rate begins at the start");
        assert!(steps.windows(2).all(|pair| pair[0].0 < pair[1].0), "steps come in order of time");
        assert!(steps.iter().all(|(_, rate)| (0.0..f64::INFINITY).contains(rate)), "rates are finite");
        let pieces = steps.into_iter().map(|(from, per_second)| Piece {
            from: from.as_micros() as f64,
            rate: per_second / 1e6,
            shape: Shape::Flat,
        });
        Self { pieces: merged(pieces), has_pulse: false }
    }

    /// The same rate multiplied by the course of `pulse`: nothing before it begins, and at its peak the base itself.
    ///
    /// # Panics
    ///
    /// If the curve has a pulse already: two surges are two curves.
    #[must_use]
    pub fn with_pulse(self, pulse: Pulse) -> Self {
        assert!(!self.has_pulse, "a curve has one pulse");
        let begin = pulse.at.as_micros() as f64;
        let peak = (pulse.at + pulse.rise).as_micros() as f64;
        let mut pieces = vec![Piece { from: 0.0, rate: 0.0, shape: Shape::Flat }];
        for (idx, base) in self.pieces.iter().enumerate() {
            let (from, end) = (base.from, self.end_of(idx));
            if from.max(begin) < peak.min(end) {
                let from = from.max(begin);
                let slope = base.rate / (peak - begin);
                pieces.push(Piece { from, rate: slope * (from - begin), shape: Shape::Ramp { slope } });
            }
            if peak < end {
                pieces.push(decaying(base.rate, from.max(peak), peak, pulse.half_life));
            }
        }
        Self { pieces: merged(pieces.into_iter()), has_pulse: true }
    }

    /// Whether the rate is the same at all times.
    pub fn is_constant(&self) -> bool {
        self.pieces.len() == 1 && !self.has_pulse
    }

    /// The rate at `time`, in events per second.
    pub fn rate_at(&self, time: Time) -> f64 {
        let time = time.as_micros() as f64;
        self.pieces[self.piece_at(time)].rate_at(time) * 1e6
    }

    /// The expected number of events in `[from, to)`, the integral of the rate.
    pub fn expected(&self, from: Time, to: Time) -> f64 {
        let (from, to) = (from.as_micros() as f64, to.as_micros() as f64);
        let first = self.piece_at(from);
        let within = |(offset, piece): (usize, &Piece)| {
            piece.integral(from.max(piece.from), to.min(self.end_of(first + offset)))
        };
        self.pieces[first..]
            .iter()
            .take_while(|piece| piece.from < to)
            .enumerate()
            .map(within)
            .filter(|events| *events > 0.0)
            .sum()
    }

    /// The place at time zero from which arrivals are found.
    pub fn cursor(&self) -> RateCursor {
        let mut cursor = RateCursor { position: 0.0, piece_idx: 0, end: 0.0, gap: f64::NAN, rate: 0.0 };
        cursor.enter(self, 0);
        cursor
    }

    fn piece_at(&self, time: f64) -> usize {
        self.pieces.partition_point(|piece| piece.from <= time).saturating_sub(1)
    }

    fn end_of(&self, piece_idx: usize) -> f64 {
        self.pieces.get(piece_idx + 1).map_or(f64::INFINITY, |next| next.from)
    }
}

impl RateCursor {
    /// Moves on to where the cumulative rate has grown by `unit_exponential`, and gives that time, rounded down to
    /// the microsecond; [`Time::NEVER`] if it never grows so far.
    ///
    /// `curve` must be the one the cursor came from.
    #[inline]
    pub fn advance(&mut self, curve: &RateCurve, unit_exponential: f64) -> Time {
        // a comparison with "not a number" is false: then the piece is not flat, or has no rate
        let next = self.position + self.gap * unit_exponential;
        if next < self.end {
            self.position = next;
            return Time::from_micros(next as u64);
        }
        self.advance_over_pieces(curve, unit_exponential)
    }

    fn advance_over_pieces(&mut self, curve: &RateCurve, unit_exponential: f64) -> Time {
        let mut growth = unit_exponential;
        while let Some(piece) = curve.pieces.get(self.piece_idx) {
            let (wait, rate) = piece.invert(self.rate, growth);
            let next = self.position + wait;
            if next < self.end {
                self.position = next;
                self.rate = rate;
                return Time::from_micros(next as u64);
            }
            growth = (growth - piece.integral_from(self.rate, self.end - self.position)).max(0.0);
            self.position = self.end;
            self.enter(curve, self.piece_idx + 1);
        }
        Time::NEVER
    }

    /// Makes a piece the current one. Past the last, there is nothing more to come.
    fn enter(&mut self, curve: &RateCurve, piece_idx: usize) {
        self.piece_idx = piece_idx;
        self.end = curve.end_of(piece_idx);
        self.rate = curve.pieces.get(piece_idx).map_or(0.0, |piece| piece.rate_at(self.position));
        self.gap = match curve.pieces.get(piece_idx) {
            Some(Piece { rate, shape: Shape::Flat, .. }) if *rate > 0.0 => 1.0 / rate,
            _ => f64::NAN,
        };
    }
}

impl Piece {
    fn rate_at(&self, time: f64) -> f64 {
        let since = time - self.from;
        match self.shape {
            Shape::Flat => self.rate,
            Shape::Ramp { slope } => self.rate + slope * since,
            Shape::Decay { decay } => self.rate * libm::exp(-decay * since),
        }
    }

    /// The integral of the rate over `[from, to)` inside the piece; `to` may be infinite.
    fn integral(&self, from: f64, to: f64) -> f64 {
        self.integral_from(self.rate_at(from), to - from)
    }

    /// The integral over a stretch of the piece at whose beginning the rate is `rate`.
    fn integral_from(&self, rate: f64, stretch: f64) -> f64 {
        match self.shape {
            Shape::Flat if rate > 0.0 => rate * stretch,
            Shape::Flat => 0.0,
            Shape::Ramp { slope } => (rate + slope * stretch / 2.0) * stretch,
            Shape::Decay { decay } => -libm::expm1(-decay * stretch) * rate / decay,
        }
    }

    /// The stretch over which the integral is `growth`, from where the rate is `rate` on, if the piece went on for ever,
    /// and the rate at its end; infinity where the integral is never so large.
    ///
    /// The rate is what the integral's growth makes it: nothing needs to be computed for it from the time.
    fn invert(&self, rate: f64, growth: f64) -> (f64, f64) {
        match self.shape {
            Shape::Flat if rate <= 0.0 => (f64::INFINITY, rate),
            _ if growth <= 0.0 => (0.0, rate),
            Shape::Flat => (growth / rate, rate),
            // the root of slope/2·d² + rate·d − growth, in the form where nothing cancels
            Shape::Ramp { slope } => {
                let rate_then = (rate * rate + 2.0 * slope * growth).sqrt();
                (2.0 * growth / (rate + rate_then), rate_then)
            }
            Shape::Decay { decay } => {
                let share = growth * decay / rate;
                let stretch = if share < 1.0 { minus_log1m(share) / decay } else { f64::INFINITY };
                (stretch, rate * (1.0 - share))
            }
        }
    }
}

/// `-ln(1 - x)`, for `x` from 0 up to and without 1. Where it is small, as a part of what is still to come mostly is, the
/// series is as good as the logarithm: what it leaves out is below `x⁶/5`.
fn minus_log1m(x: f64) -> f64 {
    if x < 1.0 / 2048.0 {
        x * (1.0 + x * (1.0 / 2.0 + x * (1.0 / 3.0 + x * (1.0 / 4.0 + x * (1.0 / 5.0)))))
    } else {
        -libm::log1p(-x)
    }
}

/// The piece from `from` on of a base rate that falls from `peak` on.
fn decaying(base: f64, from: f64, peak: f64, half_life: Duration) -> Piece {
    if half_life == Duration::ZERO {
        return Piece { from, rate: 0.0, shape: Shape::Flat };
    }
    let decay = std::f64::consts::LN_2 / half_life.as_micros() as f64;
    Piece { from, rate: base * libm::exp(-decay * (from - peak)), shape: Shape::Decay { decay } }
}

/// Pieces without those that are empty, that have no rate in another form than a flat one, or that only go on with
/// the flat rate before them: a long time without events is then one piece.
fn merged(pieces: impl Iterator<Item = Piece>) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.size_hint().0);
    for mut piece in pieces {
        let never = piece.rate <= 0.0 && !matches!(piece.shape, Shape::Ramp { slope } if slope > 0.0);
        if never {
            piece.shape = Shape::Flat;
        }
        if kept.last().is_some_and(|last| last.from >= piece.from) {
            kept.pop();
        }
        let goes_on = |last: &Piece| {
            last.shape == Shape::Flat
                && piece.shape == Shape::Flat
                && last.rate.total_cmp(&piece.rate).is_eq()
        };
        if !kept.last().is_some_and(goes_on) {
            kept.push(piece);
        }
    }
    kept
}

#[cfg(test)]
mod tests;
