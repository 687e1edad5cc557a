//! Distributions of durations, their samples read from files.

use std::sync::Arc;

use super::Compiler;
use crate::random::{Distribution, DistributionError};
use crate::scenario::decode::{At, Named, Slot};
use crate::scenario::diagnostic::Span;
use crate::scenario::spec::{DistributionSpec, ExponentialSpec, Families, LognormalSpec, WeibullSpec};
use crate::units::Duration;

impl Compiler<'_> {
    /// The distribution for each class.
    pub(crate) fn distributions(
        &mut self,
        key: (&str, Span),
        all: &Slot<DistributionSpec>,
        by_class: &Slot<Named<DistributionSpec>>,
    ) -> Vec<Distribution> {
        let written = self.per_class(all, by_class);
        self.check_all_given(&written, key, (all, by_class));
        written.into_iter().map(|written| self.distribution(written)).collect()
    }

    /// The distribution; nothing at all, where it was not given or is wrong: no loop is judged by that.
    pub(crate) fn distribution(&mut self, written: Option<&At<DistributionSpec>>) -> Distribution {
        let read = match written.map(|written| (&written.value, written.span)) {
            None => None,
            Some((DistributionSpec::Constant(duration), _)) => Some(Distribution::constant(*duration)),
            Some((DistributionSpec::Family(families), span)) => match self.family(families, span) {
                Some(Err(error)) => {
                    self.error(span, error.to_string());
                    None
                }
                read => read.and_then(Result::ok),
            },
        };
        self.has_all_ways &= read.is_some();
        read.unwrap_or_else(|| Distribution::constant(Duration::ZERO))
    }

    fn family(&mut self, families: &Families, span: Span) -> Option<Result<Distribution, DistributionError>> {
        if let Some(constant) = families.constant.get() {
            return Some(Ok(Distribution::constant(*constant)));
        }
        if let Some(exponential) = families.exponential.at() {
            return self.exponential(exponential);
        }
        if let Some(lognormal) = families.lognormal.at() {
            return self.lognormal(lognormal);
        }
        if let Some(gamma) = families.gamma.get() {
            return Some(Distribution::gamma(*gamma.mean.get()?, gamma.cv.get()?.0));
        }
        if let Some(weibull) = families.weibull.at() {
            return self.weibull(weibull);
        }
        if let Some(phases) = families.hyperexponential.get() {
            return Some(Distribution::hyperexponential(*phases.mean.get()?, phases.cv.get()?.0));
        }
        if let Some(uniform) = families.uniform.get() {
            return Some(Distribution::uniform(*uniform.min.get()?, *uniform.max.get()?));
        }
        if let Some(triangle) = families.triangular.get() {
            let (min, mode, max) = (triangle.min.get()?, triangle.mode.get()?, triangle.max.get()?);
            return Some(Distribution::triangular(*min, *mode, *max));
        }
        let path = families.empirical.at()?;
        let sample = self.sample(path)?;
        debug_assert!(span.source == path.span.source, "a value lies within its table");
        Some(Distribution::empirical(sample))
    }

    fn exponential(
        &mut self,
        written: &At<ExponentialSpec>,
    ) -> Option<Result<Distribution, DistributionError>> {
        let ExponentialSpec { mean, rate } = &written.value;
        match (mean, rate) {
            (Slot::Given(mean), Slot::Absent) => Some(Distribution::exponential(mean.value)),
            (Slot::Absent, Slot::Given(rate)) if rate.value.0 > 0.0 => {
                Some(Distribution::exponential(Duration::from_secs_f64(1.0 / rate.value.0)))
            }
            (Slot::Absent, Slot::Given(rate)) => {
                self.error(rate.span, "a rate of nothing has no mean");
                None
            }
            (Slot::Invalid, _) | (_, Slot::Invalid) => None,
            _ => {
                self.error(written.span, "give exactly one of `mean` and `rate`");
                None
            }
        }
    }

    fn lognormal(&mut self, written: &At<LognormalSpec>) -> Option<Result<Distribution, DistributionError>> {
        let LognormalSpec { mean, cv, median, p95 } = &written.value;
        match (mean, cv, median, p95) {
            (Slot::Given(mean), Slot::Given(cv), Slot::Absent, Slot::Absent) => {
                Some(Distribution::lognormal(mean.value, cv.value.0))
            }
            (Slot::Absent, Slot::Absent, Slot::Given(median), Slot::Given(p95)) => {
                Some(Distribution::lognormal_from_quantiles(median.value, p95.value))
            }
            (Slot::Invalid, ..) | (_, Slot::Invalid, ..) | (_, _, Slot::Invalid, _) | (.., Slot::Invalid) => {
                None
            }
            _ => {
                self.error(written.span, "give either `mean` and `cv`, or `median` and `p95`");
                None
            }
        }
    }

    fn weibull(&mut self, written: &At<WeibullSpec>) -> Option<Result<Distribution, DistributionError>> {
        let WeibullSpec { mean, cv, scale, shape } = &written.value;
        match (mean, cv, scale, shape) {
            (Slot::Given(mean), Slot::Given(cv), Slot::Absent, Slot::Absent) => {
                Some(Distribution::weibull(mean.value, cv.value.0))
            }
            (Slot::Absent, Slot::Absent, Slot::Given(scale), Slot::Given(shape)) => {
                Some(Distribution::weibull_from_scale(scale.value, shape.value.0))
            }
            (Slot::Invalid, ..) | (_, Slot::Invalid, ..) | (_, _, Slot::Invalid, _) | (.., Slot::Invalid) => {
                None
            }
            _ => {
                self.error(written.span, "give either `mean` and `cv`, or `scale` and `shape`");
                None
            }
        }
    }

    /// The durations of a file, read once however often it is named.
    fn sample(&mut self, path: &At<String>) -> Option<Arc<[Duration]>> {
        let full = self.full_path(path)?;
        if let Some(read) = self.samples.get(&full) {
            return read.clone();
        }
        let read = self.read_sample(&full, path.span);
        self.samples.insert(full, read.clone());
        read
    }
}
