//! Sources of reports: rates with profiles and surges, timetables, traces.

use super::names::check_name;
use super::{Compiler, part, parts};
use crate::calendar::{DAY_PROFILES, WEEK_PROFILES, named_day_profile, named_week_profile};
use crate::model::{Arrivals, BatchSize, ReportStream, SelfExciting, Source, Timed, TraceRow};
use crate::random::{Pulse, RateCurve};
use crate::scenario::decode::{At, Slot};
use crate::scenario::diagnostic::{Diagnostic, listed, quoted, suggest};
use crate::scenario::spec::{
    BatchSpec, DistributionSpec, PeakSpec, SelfExcitingSpec, SourceSpec, SurgeSpec, WeightsSpec,
};
use crate::units::{Duration, Time};

const MOST_SURGES: usize = 200;
const MOST_BATCH: u64 = 1_000_000;
/// Beyond this no computer simulates a run within a day.
const MOST_REPORTS: f64 = 1e10;

/// How an ordinary rate and its surges share a profile.
struct Rhythm {
    profile: Vec<(Time, f64)>,
    per_second: Timed<f64>,
}

impl<'a> Compiler<'a> {
    /// All sources.
    pub(crate) fn report_sources(&mut self) -> Vec<Source> {
        let written = parts(&self.spec().source);
        let n_surges: usize =
            written.iter().map(|(_, source)| source.value.surge.get().map_or(0, Vec::len)).sum();
        if n_surges > MOST_SURGES
            && let Some((name, _)) = written.iter().find(|(_, source)| !source.value.surge.is_absent())
        {
            self.error(name.span, format!("there are {n_surges} surges, more than {MOST_SURGES}"));
            return Vec::new();
        }
        let mut sources = Vec::new();
        let mut n_expected = 0.0;
        for (name, source) in written {
            let streams = self.streams(name, &source.value);
            n_expected += self.n_expected(name, &source.value, &streams, n_expected);
            let route = self.route(name, &source.value.to, &source.value.to_by_class);
            sources.push(Source { name: name.value.clone(), streams, route });
        }
        sources
    }

    fn streams(&mut self, name: &At<String>, source: &'a SourceSpec) -> Vec<ReportStream> {
        let mix = if source.trace.is_absent() || !source.mix.is_absent() {
            self.mix(name, source)
        } else {
            Vec::new()
        };
        let batch = self.batch(&source.batch);
        let self_exciting = source.self_exciting.get().and_then(|written| self.self_exciting(written));
        let stream = |arrivals, mix| ReportStream { arrivals, mix, batch, self_exciting };
        match (&source.rate, &source.every, &source.trace) {
            (Slot::Given(_) | Slot::Invalid, Slot::Absent, Slot::Absent) => {
                let rhythm = self.rhythm(name, source);
                let base = steps(&rhythm, 1.0);
                let mut streams = vec![stream(Arrivals::Poisson(RateCurve::new(base)), mix.clone())];
                for surge in source.surge.get().into_iter().flatten() {
                    if let Some((curve, mix)) = self.surge(&surge.value, &rhythm, &mix) {
                        streams.push(stream(Arrivals::Poisson(curve), mix));
                    }
                }
                streams
            }
            (Slot::Absent, Slot::Given(every), Slot::Absent) => {
                self.only_with_rate(source);
                self.every(every).into_iter().map(|arrivals| stream(arrivals, mix.clone())).collect()
            }
            (Slot::Absent, Slot::Absent, Slot::Given(trace)) => {
                self.only_with_rate(source);
                let Some(rows) = self.read_trace(trace) else { return Vec::new() };
                let mix = if source.mix.is_absent() { self.mix_of(&rows, name, source) } else { mix };
                vec![stream(Arrivals::Trace(rows), mix)]
            }
            (Slot::Invalid, ..) | (_, Slot::Invalid, _) | (.., Slot::Invalid) => Vec::new(),
            (Slot::Absent, Slot::Absent, Slot::Absent) => {
                self.error(name.span, "`rate`, `every` or `trace` is missing");
                Vec::new()
            }
            (rate, every, trace) => {
                let span = trace.span().or(every.span()).or(rate.span()).unwrap_or(name.span);
                self.error(span, "give exactly one of `rate`, `every` and `trace`");
                Vec::new()
            }
        }
    }

    /// The share of each class.
    fn mix(&mut self, name: &At<String>, source: &SourceSpec) -> Vec<f64> {
        let n_classes = self.names.classes.len();
        let mut mix = vec![0.0; n_classes];
        match &source.mix {
            Slot::Given(written) => {
                self.sums_to_one(&written.value, written.span);
                for (class, share) in &written.value.0 {
                    if let Some(class) = self.class(&class.value, class.span) {
                        mix[class] = share.value.0;
                    }
                }
            }
            Slot::Invalid => {}
            Slot::Absent if n_classes == 1 => mix[0] = 1.0,
            Slot::Absent => {
                let message = "`mix` is missing: there is more than one class";
                let first = self.names.classes.first().map_or("other", String::as_str);
                self.error_help(name.span, message, format!("write for example `mix = {{ {first} = 1.0 }}`"));
            }
        }
        // a wrong mix is not used, but a surge should not be called one of nothing for it
        if mix.iter().all(|share| *share == 0.0)
            && let Some(first) = mix.first_mut()
        {
            *first = 1.0;
        }
        mix
    }

    /// The mix that a trace itself has, where each of its rows names a class.
    fn mix_of(&mut self, rows: &[TraceRow], name: &At<String>, source: &SourceSpec) -> Vec<f64> {
        let mut n_reports = vec![0.0; self.names.classes.len()];
        for row in rows {
            match row.class {
                Some(class) => n_reports[class] += f64::from(row.count),
                None => return self.mix(name, source),
            }
        }
        let sum: f64 = n_reports.iter().sum();
        if sum == 0.0 {
            return self.mix(name, source);
        }
        n_reports.into_iter().map(|n| n / sum).collect()
    }

    fn batch(&mut self, written: &Slot<BatchSpec>) -> BatchSize {
        let Some(written) = written.at() else { return BatchSize::Fixed(1) };
        let in_range = |size: u64| (1..=MOST_BATCH).contains(&size);
        let size = |size: u64| u32::try_from(size).unwrap_or(1);
        match written.value {
            BatchSpec::Fixed(n) if in_range(n) => BatchSize::Fixed(size(n)),
            BatchSpec::Uniform(min, max) if in_range(min) && in_range(max) && min <= max => {
                BatchSize::Uniform { min: size(min), max: size(max) }
            }
            BatchSpec::Geometric(mean) if (1.0..=MOST_BATCH as f64).contains(&mean) => {
                BatchSize::Geometric { mean }
            }
            BatchSpec::Uniform(min, max) if in_range(min) && in_range(max) => {
                self.error(written.span, format!("`{min}` is more than `{max}`"));
                BatchSize::Fixed(1)
            }
            _ => {
                self.error(written.span, format!("a batch has from 1 to {MOST_BATCH} reports"));
                BatchSize::Fixed(1)
            }
        }
    }

    fn self_exciting(&mut self, written: &SelfExcitingSpec) -> Option<SelfExciting> {
        let branching = written.branching.at()?;
        let decay = *written.decay.get()?;
        if branching.value.0 >= 1.0 {
            let message = format!("a `branching` of `{}` never ends", branching.value.0);
            self.error_help(
                branching.span,
                message,
                "each report calls forth less than one other: write less than 1",
            );
            return None;
        }
        Some(SelfExciting { branching: branching.value.0, decay })
    }

    fn rhythm(&mut self, name: &At<String>, source: &'a SourceSpec) -> Rhythm {
        let per_second = self.timed(|_, spec| {
            part(&spec.source, &name.value).and_then(|source| source.rate.get()).map_or(0.0, |rate| rate.0)
        });
        let day = self.weights(&source.day, &DAY_PROFILES, named_day_profile);
        let week = self.weights(&source.week, &WEEK_PROFILES, named_week_profile);
        let zone = self.zone(&source.zone);
        if source.day.is_absent() && source.week.is_absent() {
            self.no_effect(&source.zone, "zone", "`day` or `week`");
            return Rhythm { profile: vec![(Time::ZERO, 1.0)], per_second };
        }
        let n_streams = 1 + source.surge.get().map_or(0, Vec::len) as u64;
        let n_hours = self.frame.horizon.as_micros() / Duration::HOUR.as_micros();
        if !self.spend(n_hours.saturating_mul(n_streams), name.span) {
            return Rhythm { profile: vec![(Time::ZERO, 1.0)], per_second };
        }
        Rhythm { profile: self.frame.calendar.profile(&zone, &day, &week), per_second }
    }

    /// The weights of a profile, by name or as written; all the same, where there are none.
    fn weights<const N: usize>(
        &mut self,
        written: &Slot<WeightsSpec>,
        known: &[&str],
        named: impl Fn(&str) -> Option<[f64; N]>,
    ) -> [f64; N] {
        let flat = [1.0; N];
        let Some(written) = written.at() else { return flat };
        match &written.value {
            WeightsSpec::Named(name) => named(name).unwrap_or_else(|| {
                let message = format!("unknown profile `{}`", quoted(name));
                let help = suggest(name, known.iter().copied());
                self.out.add(Diagnostic::error(written.span, message).maybe_help(help));
                flat
            }),
            WeightsSpec::Weights(weights) => {
                let weights: Vec<f64> = weights.iter().map(|weight| weight.value.0).collect();
                let n = weights.len();
                match <[f64; N]>::try_from(weights) {
                    Ok(weights) if weights.iter().any(|weight| *weight > 0.0) => weights,
                    Ok(_) => {
                        self.error(written.span, "all weights are 0");
                        flat
                    }
                    Err(_) => {
                        self.error(written.span, format!("expected {N} weights, found {n}"));
                        flat
                    }
                }
            }
        }
    }

    /// A surge's own curve and mix.
    fn surge(&mut self, surge: &SurgeSpec, rhythm: &Rhythm, mix: &[f64]) -> Option<(RateCurve, Vec<f64>)> {
        if let Some(name) = surge.name.at() {
            check_name(name, self.out);
        }
        let at = surge.at.at().and_then(|at| {
            let time = self.time_of(at)?;
            if time >= self.frame.horizon && self.frame.is_real {
                self.out.add(Diagnostic::warning(at.span, "this surge begins after the end"));
            }
            Some(time)
        });
        let class = match surge.class.at() {
            Some(class) => Some(self.class(&class.value, class.span)?),
            None => None,
        };
        let peak = surge.peak.at()?;
        let mut own_mix = mix.to_vec();
        if let Some(class) = class {
            own_mix.fill(0.0);
            own_mix[class] = 1.0;
        }
        let base = match peak.value {
            PeakSpec::Added(per_second) => steps(
                &Rhythm { profile: rhythm.profile.clone(), per_second: Timed::constant(per_second) },
                1.0,
            ),
            PeakSpec::Factor(factor) => {
                let share = class.map_or(1.0, |class| mix[class]);
                if factor <= 1.0 {
                    let message = format!("a peak of `{factor}x` is no surge");
                    self.error_help(
                        peak.span,
                        message,
                        "write a factor above 1, such as `16x`, or an added rate such as `5600/day`",
                    );
                    return None;
                }
                if share == 0.0 {
                    let message = "this source has no reports of that class to multiply";
                    self.error_help(peak.span, message, "give an added rate, such as `peak = \"5600/day\"`");
                    return None;
                }
                steps(rhythm, (factor - 1.0) * share)
            }
        };
        let pulse = Pulse { at: at?, rise: *surge.rise.get()?, half_life: *surge.half_life.get()? };
        Some((RateCurve::new(base).with_pulse(pulse), own_mix))
    }

    fn every(&mut self, written: &At<DistributionSpec>) -> Option<Arrivals> {
        let errors_before = self.out.n_errors_added();
        let intervals = self.distribution(Some(written));
        if self.out.n_errors_added() > errors_before {
            return None;
        }
        if intervals.mean() <= 0.0 {
            self.error(written.span, "intervals of nothing: infinitely many reports");
            return None;
        }
        Some(Arrivals::Renewal(intervals))
    }

    /// Complains about keys that change a rate, where there is none.
    fn only_with_rate(&mut self, source: &SourceSpec) {
        let keys = [
            ("day", source.day.span()),
            ("week", source.week.span()),
            ("zone", source.zone.span()),
            ("surge", source.surge.span()),
        ];
        for (key, span) in keys {
            if let Some(span) = span {
                self.error(span, format!("`{key}` is for a source with a `rate`"));
            }
        }
    }

    /// The reports that a source adds to those of the sources before it; more than could be simulated are refused,
    /// and count for nothing then, so that the sources after it are judged all the same.
    fn n_expected(
        &mut self,
        name: &At<String>,
        source: &SourceSpec,
        streams: &[ReportStream],
        n_before: f64,
    ) -> f64 {
        let n_own: f64 = streams.iter().map(|stream| stream.expected(Time::ZERO, self.frame.horizon)).sum();
        let n_all = n_before + n_own;
        if n_all <= MOST_REPORTS {
            return n_own;
        }
        let keys = [
            ("rate", source.rate.span()),
            ("every", source.every.span()),
            ("trace", source.trace.span()),
            ("surge", source.surge.span()),
            ("batch", source.batch.span()),
            ("self_exciting", source.self_exciting.span()),
        ];
        let given: Vec<&str> = keys.iter().filter(|(_, span)| span.is_some()).map(|(key, _)| *key).collect();
        let message = format!("about {n_all:.0e} reports are too many to simulate");
        let help = format!("check {}, or make `duration` shorter", listed(&given));
        self.error_help(name.span, message, help);
        0.0
    }
}

/// A rate with its profile: the product of two step functions and a factor.
fn steps(rhythm: &Rhythm, factor: f64) -> Vec<(Time, f64)> {
    let mut times: Vec<Time> = rhythm.profile.iter().map(|(from, _)| *from).collect();
    times.extend(rhythm.per_second.changes().iter().map(|(from, _)| *from));
    times.sort_unstable();
    times.dedup();
    let mut profile = rhythm.profile.iter().peekable();
    let mut weight = 0.0;
    let mut steps: Vec<(Time, f64)> = Vec::with_capacity(times.len());
    for time in times {
        while let Some((_, next)) = profile.next_if(|(from, _)| *from <= time) {
            weight = *next;
        }
        steps.push((time, weight * rhythm.per_second.at(time) * factor));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_with_a_profile_is_the_product_of_both() {
        let at = Time::from_micros;
        let profile = vec![(at(0), 1.0), (at(10), 2.0), (at(20), 0.0)];
        let rhythm = Rhythm { profile, per_second: Timed::changing(vec![(at(0), 3.0), (at(15), 5.0)]) };
        let expected = [(at(0), 1.5), (at(10), 3.0), (at(15), 5.0), (at(20), 0.0)];
        assert_eq!(steps(&rhythm, 0.5), expected);
    }
}
