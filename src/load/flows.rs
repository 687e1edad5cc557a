//! How many cases an hour come to each place, if nobody had to wait: the traffic equations.
//!
//! For one class and one hour, the flow into place `j` is `x_j = e_j + Σ_i x_i p_ij`: what comes from outside or from
//! earlier hours, and what the other places pass on within the hour (Jackson, Oper. Res. 5 (1957) 518–521; loops
//! included). A constant delay `d = k h + f h` (`h` the width of an hour) moves a flow that is even over its hour by
//! `k` hours for a share `1 - f` of it, and by `k + 1` hours for the rest.

use crate::model::{Answers, Arrivals, Place, Plan, ReportStream, Route};
use crate::units::{Duration, Time};

/// The places of a plan that pass cases on, numbered in a row: stages, channels, choices, platforms.
#[derive(Debug)]
pub(super) struct Places {
    stages: usize,
    channels: usize,
    choices: usize,
    platforms: usize,
}

impl Places {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            stages: plan.stages.len(),
            channels: plan.channels.len(),
            choices: plan.choices.len(),
            platforms: plan.platforms.len(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.stages + self.channels + self.choices + self.platforms
    }

    /// The number of a place; none for an end.
    pub(super) fn index(&self, place: Place) -> Option<usize> {
        match place {
            Place::Stage(stage) => Some(stage),
            Place::Channel(channel) => Some(self.stages + channel),
            Place::Choice(choice) => Some(self.stages + self.channels + choice),
            Place::Platform(platform) => Some(self.stages + self.channels + self.choices + platform),
            Place::End(_) => None,
        }
    }
}

/// The hours of a run: whole ones, and at the end what is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hours {
    horizon: Time,
}

impl Hours {
    pub(super) fn of(plan: &Plan) -> Self {
        Self { horizon: plan.horizon }
    }

    pub(super) fn len(self) -> usize {
        self.horizon.as_micros().div_ceil(Duration::HOUR.as_micros()) as usize
    }

    pub(super) fn start(hour: usize) -> Time {
        Time::from_micros((hour as u64).saturating_mul(Duration::HOUR.as_micros()))
    }

    pub(super) fn end(self, hour: usize) -> Time {
        (Self::start(hour) + Duration::HOUR).min(self.horizon)
    }

    /// Width of an hour, in hours: 1 but for the last.
    pub(super) fn width(self, hour: usize) -> f64 {
        self.end(hour).saturating_since(Self::start(hour)).as_hours_f64()
    }

    /// What is in force during an hour is what is in force at its middle.
    fn middle(self, hour: usize) -> Time {
        let half = self.end(hour).saturating_since(Self::start(hour)).as_micros() / 2;
        Self::start(hour) + Duration::from_micros(half)
    }
}

/// Cases of one class that come to each place in each hour: `[hour][place]`.
pub(super) fn flows(plan: &Plan, class: usize) -> Vec<Vec<f64>> {
    let places = Places::of(plan);
    let hours = Hours::of(plan);
    let mut incoming = vec![vec![0.0; places.len()]; hours.len()];
    for source in &plan.sources {
        let Some(first) = places.index(source.route[class]) else { continue };
        for stream in &source.streams {
            for (hour, reports) in reports_by_hour(plan, stream, class).into_iter().enumerate() {
                incoming[hour][first] += reports;
            }
        }
    }
    let mut solver = Solver::default();
    for hour in 0..hours.len() {
        let passages = passages(plan, &places, class, hour);
        let flow = solver.solve(places.len(), &passages, &incoming[hour]);
        for passage in passages.iter().filter(|p| p.hours > 0) {
            if let Some(later) = incoming.get_mut(hour.saturating_add(passage.hours)) {
                later[passage.to] += flow[passage.from] * passage.share;
            }
        }
        incoming[hour] = flow;
    }
    incoming
}

/// Expected reports of one stream and class in each hour.
///
/// A self-exciting stream counts each report with all those it calls forth, `1 / (1 - branching)` of them in the mean
/// (Hawkes & Oakes 1974), in the hour of the first.
pub fn reports_by_hour(plan: &Plan, stream: &ReportStream, class: usize) -> Vec<f64> {
    let hours = Hours::of(plan);
    let excited = stream.self_exciting.map_or(1.0, |s| 1.0 / (1.0 - s.branching).max(f64::EPSILON));
    let share = stream.mix.get(class).copied().unwrap_or(0.0) * excited;
    let mut reports = vec![0.0; hours.len()];
    match &stream.arrivals {
        Arrivals::Poisson(curve) => {
            for (hour, reports) in reports.iter_mut().enumerate() {
                *reports = curve.expected(Hours::start(hour), hours.end(hour)) * stream.batch.mean() * share;
            }
        }
        Arrivals::Renewal(interval) => {
            let mean = interval.mean();
            let per_hour = if mean > 0.0 { 3600.0 / mean } else { 0.0 };
            for (hour, reports) in reports.iter_mut().enumerate() {
                *reports = per_hour * hours.width(hour) * stream.batch.mean() * share;
            }
        }
        Arrivals::Trace(rows) => {
            for row in rows.iter().filter(|row| row.time < plan.horizon) {
                let hour = (row.time.as_micros() / Duration::HOUR.as_micros()) as usize;
                let of_class = row.class.map_or(share, |named| if named == class { excited } else { 0.0 });
                reports[hour] += f64::from(row.count) * of_class;
            }
        }
    }
    reports
}

/// A share of what comes to one place goes to another, so many hours later.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Passage {
    from: usize,
    to: usize,
    hours: usize,
    share: f64,
}

/// Where each place sends the cases that come to it in this hour.
fn passages(plan: &Plan, places: &Places, class: usize, hour: usize) -> Vec<Passage> {
    let hours = Hours::of(plan);
    let now = hours.middle(hour);
    let mut all = Passages { places, hours, hour, class, list: Vec::new() };
    for (idx, stage) in plan.stages.iter().enumerate() {
        all.add(Place::Stage(idx), stage.route[class], 1.0, 0.0);
    }
    for (idx, channel) in plan.channels.iter().enumerate() {
        let delay = channel.delay.at(now).mean();
        match &channel.open {
            None => all.add(Place::Channel(idx), channel.route[class], 1.0, delay),
            Some(open) => {
                let lands = open.after(now, Duration::from_secs_f64(delay));
                all.add_landing(Place::Channel(idx), &channel.route, 1.0, lands);
            }
        }
    }
    for (idx, choice) in plan.choices.iter().enumerate() {
        for (share, place) in choice.shares[class].at(now).iter() {
            all.add(Place::Choice(idx), place, share, 0.0);
        }
    }
    for (idx, platform) in plan.platforms.iter().enumerate() {
        let here = Place::Platform(idx);
        let (answered, silence) = match &platform.answers {
            Answers::Queue { stage, answered, silence } => {
                let answered = answered.at(now)[class];
                all.add(here, Place::Stage(*stage), answered, 0.0);
                (answered, silence)
            }
            Answers::After { response, open, answered, silence, route } => {
                let answered = answered.at(now)[class];
                let delay = response.at(now)[class].mean();
                match open {
                    None => all.add(here, route[class], answered, delay),
                    Some(open) => {
                        let lands = open.after(now, Duration::from_secs_f64(delay));
                        all.add_landing(here, route, answered, lands);
                    }
                }
                (answered, silence)
            }
        };
        all.add(here, silence.route[class], 1.0 - answered, silence.wait.as_secs_f64());
    }
    all.list
}

struct Passages<'a> {
    places: &'a Places,
    hours: Hours,
    hour: usize,
    class: usize,
    list: Vec<Passage>,
}

impl Passages<'_> {
    /// A share of the flow, after a delay in seconds: spread over the two hours it lands in.
    fn add(&mut self, from: Place, to: Place, share: f64, delay: f64) {
        let (Some(from), Some(to)) = (self.places.index(from), self.places.index(to)) else { return };
        if share <= 0.0 || !delay.is_finite() {
            return;
        }
        let width = self.hours.width(self.hour).max(f64::MIN_POSITIVE) * 3600.0;
        let passed = if delay > 0.0 { delay / width } else { 0.0 };
        let (whole, fraction) = (passed.floor(), passed.fract());
        for (hours, part) in
            [(whole as usize, 1.0 - fraction), ((whole as usize).saturating_add(1), fraction)]
        {
            if part > 0.0 {
                self.list.push(Passage { from, to, hours, share: share * part });
            }
        }
    }

    /// A share of the flow that all lands at one time: where hours of opening say when.
    fn add_landing(&mut self, from: Place, route: &Route, share: f64, lands: Time) {
        let (Some(from), Some(to)) = (self.places.index(from), self.places.index(route[self.class])) else {
            return;
        };
        let landing_hour = (lands.as_micros() / Duration::HOUR.as_micros()) as usize;
        if share > 0.0 && lands != Time::NEVER {
            self.list.push(Passage { from, to, hours: landing_hour.saturating_sub(self.hour), share });
        }
    }
}

/// Solves the traffic equations by Gaussian elimination; keeps its factors as long as the passages stay the same,
/// which is nearly always.
#[derive(Debug, Default)]
struct Solver {
    passages: Vec<Passage>,
    factors: Option<Factors>,
}

impl Solver {
    fn solve(&mut self, n_places: usize, passages: &[Passage], incoming: &[f64]) -> Vec<f64> {
        let within = || passages.iter().filter(|passage| passage.hours == 0);
        let factors = match self.factors.take() {
            Some(factors) if self.passages.iter().eq(within()) => factors,
            _ => {
                self.passages = within().copied().collect();
                Factors::of(n_places, &self.passages)
            }
        };
        let flow = factors.solve(incoming);
        self.factors = Some(factors);
        flow
    }
}

/// The factors L and U of `1 - Pᵀ`. Its columns are diagonally dominant (no place passes on more than comes to it), so
/// elimination needs no exchange of rows.
#[derive(Debug)]
struct Factors(Vec<Vec<f64>>);

impl Factors {
    /// A loop that cases never leave has no solution: it shows as a flow this many times what comes in.
    const SMALLEST_PIVOT: f64 = 1e-9;

    fn of(n_places: usize, passages: &[Passage]) -> Self {
        let mut matrix = vec![vec![0.0; n_places]; n_places];
        for (place, row) in matrix.iter_mut().enumerate() {
            row[place] = 1.0;
        }
        for passage in passages {
            matrix[passage.to][passage.from] -= passage.share;
        }
        for pivot in 0..n_places {
            matrix[pivot][pivot] = matrix[pivot][pivot].max(Self::SMALLEST_PIVOT);
            let (done, rest) = matrix.split_at_mut(pivot + 1);
            let pivot_row = &done[pivot];
            for row in rest.iter_mut().filter(|row| row[pivot] != 0.0) {
                let factor = row[pivot] / pivot_row[pivot];
                row[pivot] = factor;
                for column in pivot + 1..n_places {
                    row[column] -= factor * pivot_row[column];
                }
            }
        }
        Self(matrix)
    }

    fn solve(&self, incoming: &[f64]) -> Vec<f64> {
        let mut flow = incoming.to_vec();
        for row in 0..flow.len() {
            let before: f64 = (0..row).map(|column| self.0[row][column] * flow[column]).sum();
            flow[row] -= before;
        }
        for row in (0..flow.len()).rev() {
            let after: f64 = (row + 1..flow.len()).map(|column| self.0[row][column] * flow[column]).sum();
            flow[row] = (flow[row] - after) / self.0[row][row];
        }
        flow
    }
}
