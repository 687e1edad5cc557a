//! Several models under common random numbers: the same seed, so that the same reports meet each of them, and as many
//! replications of each, so that every replication has its pair.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use super::chance::may_be_chance;
use super::measure::{Measure, Statistic};
use super::records::Collected;
use super::run::{Effort, Experiment, Progress};
use crate::model::{Halt, Model, Plan};
use crate::statistics::{CONFIDENCE, Difference, Proportion};

/// Replications of a base and of its variants, in pairs.
///
/// ```
/// use std::sync::atomic::AtomicBool;
///
/// use vigie::experiment::{Effort, Measure, NoProgress, PairedExperiment};
/// use vigie::model::Model;
/// use vigie::scenario;
///
/// let desk = |staff: u32| {
///     let text = format!(
///         r#"
///         title    = "One desk"
///         start    = 2025-03-03T00:00:00
///         zone     = "Europe/Paris"
///         duration = "5 days"
///         classes  = ["all"]
///         source.citizens = {{ rate = "18/h", to = "desk" }}
///         team.people     = {{ staff = {staff} }}
///         stage.desk      = {{ team = "people", work = {{ exponential = {{ mean = "5min" }} }}, to = "kept" }}
///         "#
///     );
///     scenario::compile_text("desk", &text).map(|scenario| scenario.plan)
/// };
/// let (two, three) = (Model::new(desk(2)?)?, Model::new(desk(3)?)?);
/// let never = AtomicBool::new(false);
/// let experiment = PairedExperiment {
///     base: &two,
///     variants: &[&three],
///     seed: 1,
///     effort: Effort::Replications(10),
///     max_in_system: 1_000_000,
///     cancel: &never,
/// };
/// let paired = experiment.run(&NoProgress)?;
/// let wait = Measure::named("stage/desk/waiting_time/mean", two.plan()).expect("there is a desk");
/// let found = wait
///     .difference((two.plan(), &paired.base), (three.plan(), &paired.variants[0]), 0.95)
///     .expect("cases waited");
/// let (_, hi) = found.difference.bounds.expect("ten replications");
/// assert!(hi < 0.0, "with a third person, reports wait less: {found:?}");
/// // the same reports and the same work met both: fewer replications tell them apart
/// assert!(found.variance_reduction.expect("there is chance") > 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PairedExperiment<'a> {
    /// What the others are compared with.
    pub base: &'a Model,
    /// The others.
    pub variants: &'a [&'a Model],
    /// The seed of all replications, of the base and of the variants.
    pub seed: u64,
    /// How many replications of each. A precision is that of the differences ([`Paired::imprecise`]).
    pub effort: Effort,
    /// More cases in one system than this end the experiment.
    pub max_in_system: u64,
    /// Set by somebody else to stop it.
    pub cancel: &'a AtomicBool,
}

/// The replications of a base and of its variants, as many of each.
#[derive(Debug, Clone, Default)]
pub struct Paired {
    /// Those of the base.
    pub base: Collected,
    /// Those of each variant, in order.
    pub variants: Vec<Collected>,
    /// The precision of the differences that was asked for, where one was.
    pub precision_asked: Option<f64>,
    /// Whether all differences have it; `None` where none was asked for.
    pub precision_reached: Option<bool>,
}

/// A replication that did not end well, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairedHalt {
    /// The position of the variant; `None` for the base.
    pub variant: Option<usize>,
    /// Why it stopped.
    pub halt: Halt,
}

impl std::fmt::Display for PairedHalt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.variant {
            Some(variant) => write!(f, "in variant {}: {}", variant + 1, self.halt),
            None => write!(f, "in the base: {}", self.halt),
        }
    }
}

impl std::error::Error for PairedHalt {}

/// The confidence of each variant's intervals, so that those of all variants hold together with 95 %: 1 − 0.05/k for k
/// variants (Bonferroni's inequality; Law, *Simulation Modeling and Analysis*, 5th ed., section 10.3.1).
pub fn simultaneous_confidence(n_variants: usize) -> f64 {
    1.0 - (1.0 - CONFIDENCE) / n_variants.max(1) as f64
}

impl PairedExperiment<'_> {
    /// Runs the replications on rayon's current threads. The result does not depend on how many there are. Progress
    /// counts the replications of the base and of all variants together.
    ///
    /// # Errors
    ///
    /// [`PairedHalt`] of the first that did not end well: the base before the variants.
    ///
    /// # Panics
    ///
    /// If the plans do not cover the same stretch of time ([`Plan::horizon`], [`Plan::warm_up`]): their numbers could
    /// not be compared.
    pub fn run(&self, progress: &dyn Progress) -> Result<Paired, PairedHalt> {
        let stretch = |model: &Model| (model.plan().warm_up, model.plan().horizon);
        let same = self.variants.iter().all(|variant| stretch(variant) == stretch(self.base));
        assert!(same, "variants cover the same stretch of time as their base");
        let variants = vec![Collected::default(); self.variants.len()];
        let mut paired = Paired { variants, ..Paired::default() };
        let first = match self.effort {
            Effort::Replications(replications) => replications.max(1),
            Effort::Precision { at_least, .. } => at_least.max(2),
        };
        self.extend(&mut paired, first, progress)?;
        if let Effort::Precision { precision, at_most, .. } = self.effort {
            let mut reached = self.imprecise(&paired, precision).is_empty();
            while !reached && paired.base.replications.len() < at_most {
                // a half more each time: never much more than needed, and never many rounds
                let planned = (paired.base.replications.len() * 3).div_ceil(2).min(at_most);
                self.extend(&mut paired, planned, progress)?;
                reached = self.imprecise(&paired, precision).is_empty();
            }
            paired.precision_asked = Some(precision);
            paired.precision_reached = Some(reached);
        }
        Ok(paired)
    }

    fn imprecise(&self, paired: &Paired, precision: f64) -> Vec<(usize, Measure)> {
        let plans: Vec<&Plan> = self.variants.iter().map(|model| model.plan()).collect();
        paired.imprecise(self.base.plan(), &plans, precision)
    }

    /// Runs replications of each until there are `planned`.
    fn extend(&self, paired: &mut Paired, planned: usize, progress: &dyn Progress) -> Result<(), PairedHalt> {
        let so_far = paired.base.replications.len();
        let models = std::iter::once(self.base).chain(self.variants.iter().copied());
        let collected = std::iter::once(&mut paired.base).chain(&mut paired.variants);
        let n_models = self.variants.len() + 1;
        for (idx, (model, collected)) in models.zip(collected).enumerate() {
            let &Self { seed, effort, max_in_system, cancel, .. } = self;
            let experiment = Experiment { model, seed, effort, max_in_system, cancel, shuffle: None };
            let elsewhere = idx * planned + (n_models - 1 - idx) * so_far;
            let together = Together { progress, elsewhere, n_models };
            experiment
                .extend(collected, planned, &together)
                .map_err(|halt| PairedHalt { variant: idx.checked_sub(1), halt })?;
        }
        Ok(())
    }
}

/// Tells the progress of one model as that of all.
struct Together<'a> {
    progress: &'a dyn Progress,
    /// Replications done of the other models.
    elsewhere: usize,
    n_models: usize,
}

impl Progress for Together<'_> {
    fn done(&self, replications: usize, planned: usize) {
        self.progress.done(self.elsewhere + replications, planned * self.n_models);
    }
}

impl Paired {
    /// The differences that are not yet known to within `precision` of the base's value, at the confidence of
    /// [`simultaneous_confidence`]: of every target's share and of every class's mean response time, each with the
    /// position of its variant. Where the base's share is zero, that of the late, one, stands in for it, as in
    /// [`Collected::imprecise`]. While all replications of a share agree, as when nothing is late yet, their deviations say
    /// nothing, and Clopper and Pearson's interval of the share itself ([`Proportion`]) must be as narrow, on each side:
    /// what is rare would never be seen otherwise. What has no cases on either side cannot be made more precise, and is not among them.
    pub fn imprecise(&self, base: &Plan, variants: &[&Plan], precision: f64) -> Vec<(usize, Measure)> {
        let confidence = simultaneous_confidence(variants.len());
        let mut imprecise = Vec::new();
        for (idx, (plan, collected)) in variants.iter().zip(&self.variants).enumerate() {
            for (own, other) in shared_measures(base, plan) {
                if !matches!(own, Measure::OnTime(_) | Measure::ResponseTime(_, Statistic::Mean)) {
                    continue;
                }
                let pair = ((base, &self.base), (*plan, collected));
                let Some(found) = paired_difference((own, other), pair, confidence) else { continue };
                let nothing_on_time = matches!(own, Measure::OnTime(_)) && found.base == 0.0;
                let allowed = precision * if nothing_on_time { 1.0 } else { found.base.abs() };
                let Difference { difference, .. } = found;
                let is_known = difference
                    .bounds
                    .is_some_and(|(lo, hi)| (hi - difference.mean).max(difference.mean - lo) <= allowed);
                let shares = [(own, &self.base), (other, collected)];
                if !is_known || !shares.iter().all(|share| is_settled(*share, confidence, allowed)) {
                    imprecise.push((idx, own));
                }
            }
        }
        imprecise
    }
}

/// Whether a share is known to within `allowed`, or its replications differ and so tell how far chance goes. Anything else
/// than a share is.
fn is_settled((measure, collected): (Measure, &Collected), confidence: f64, allowed: f64) -> bool {
    let Some(counts) = measure.counts_of(collected) else { return true };
    let sum = |of: fn(&(u64, u64)) -> u64| counts.iter().map(|pair| u128::from(of(pair))).sum::<u128>();
    let (hits, count) = (sum(|pair| pair.0), sum(|pair| pair.1));
    let all_agree = counts.iter().all(|(own, of)| u128::from(*own) * count == hits * u128::from(*of));
    if !all_agree {
        return true;
    }
    Proportion::new(counts).is_none_or(|share| {
        let interval = share.interval(confidence);
        let error = |(lo, hi): (f64, f64)| (hi - interval.mean).max(interval.mean - lo);
        interval.bounds.is_some_and(|bounds| error(bounds) <= allowed)
    })
}

/// The measures that two plans have in common, by their names: of the one, and of the other.
pub fn shared_measures(base: &Plan, variant: &Plan) -> Vec<(Measure, Measure)> {
    let named = |measure: Measure| (measure.name(variant), measure);
    let known: BTreeMap<String, Measure> = Measure::all(variant).into_iter().map(named).collect();
    let all = Measure::all(base).into_iter();
    all.filter_map(|own| known.get(&own.name(base)).map(|other| (own, *other))).collect()
}

/// A plan and its replications.
type Run<'a> = (&'a Plan, &'a Collected);

impl Measure {
    /// How much larger it is in the variant than in the base, whose measure this is: a paired interval of this
    /// confidence. None where the variant has no such measure, or where either cannot tell ([`Measure::sample`]).
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie strictly between 0 and 1.
    pub fn difference(self, base: Run<'_>, variant: Run<'_>, confidence: f64) -> Option<Difference> {
        let other = self.translated(base.0, variant.0)?;
        paired_difference((self, other), (base, variant), confidence)
    }
}

/// The difference of a pair of measures, as [`Measure::difference`].
///
/// The interval has no bounds where fewer than two replications of either have a case. Where a share is none or all in
/// every replication of both, deviations say nothing: the bounds are then Clopper and Pearson's, each at half of what
/// the confidence leaves, so that together they hold it. Neither has it bounds where it is of a count or a time, and the
/// same in fewer than five replications: that may be chance.
pub fn paired_difference(
    (own, other): (Measure, Measure),
    ((base_plan, base), (plan, variant)): (Run<'_>, Run<'_>),
    confidence: f64,
) -> Option<Difference> {
    let before = own.sample(base_plan, base)?;
    let after = other.sample(plan, variant)?;
    let mut found = after.minus(&before, confidence);
    let telling = |measure: Measure, plan: &Plan, collected: &Collected| {
        let told = |record| measure.of_replication(plan, record).is_some();
        collected.replications.iter().filter(|record| told(record)).count()
    };
    let n_telling = telling(own, base_plan, base).min(telling(other, plan, variant));
    let scale = found.base.abs().max(found.variant.abs());
    if n_telling < 2 || may_be_chance(own.unit(), n_telling, found.difference, scale) {
        found.difference.bounds = None;
        found.variance_reduction = None;
        return Some(found);
    }
    if let (Some(before), Some(after)) = (own.counts_of(base), other.counts_of(variant)) {
        let tail = (1.0 - confidence) / 2.0;
        if let (Some(before), Some(after)) = (none_or_all(&before, tail), none_or_all(&after, tail))
            && found.base.to_bits() != found.variant.to_bits()
        {
            found.difference.bounds = Some((after.0 - before.1, after.1 - before.0));
        }
    }
    Some(found)
}

/// The bounds of a share that is none or all in every replication: with no success in n, (1 − p)ⁿ = `tail` gives the
/// upper one (Clopper & Pearson 1934). None where it is anything else.
fn none_or_all(counts: &[(u64, u64)], tail: f64) -> Option<(f64, f64)> {
    let hits: u64 = counts.iter().map(|(hits, _)| hits).sum();
    let count: u64 = counts.iter().map(|(_, count)| count).sum();
    let beyond = -libm::expm1(libm::log(tail) / count.max(1) as f64);
    match hits {
        0 => Some((0.0, beyond)),
        _ if hits == count => Some((1.0 - beyond, 1.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::NoProgress;
    use crate::scenario::compile_text;
    use std::sync::Mutex;

    /// Cases at a desk, with some more of the file.
    fn model(staff: u32, more: &str) -> Model {
        let text = format!(
            "title = \"desk\"\nstart = 2024-01-01T00:00:00\nzone = \"UTC\"\nduration = \"2 days\"\n\
             classes = [\"fraud\"]\n[source.world]\nrate = \"18/h\"\nto = \"desk\"\n[team.people]\nstaff = {staff}\n\
             [stage.desk]\nteam = \"people\"\nwork = {{ exponential = {{ mean = \"5min\" }} }}\nto = \"removed\"\n{more}"
        );
        Model::new(compile_text("desk", &text).unwrap_or_else(|error| panic!("{error}")).plan).unwrap()
    }

    fn run(base: &Model, variants: &[&Model], effort: Effort) -> Paired {
        let cancel = AtomicBool::new(false);
        let (seed, max_in_system) = (1, 100_000);
        let experiment = PairedExperiment { base, variants, seed, effort, max_in_system, cancel: &cancel };
        experiment.run(&NoProgress).unwrap()
    }

    #[test]
    fn confidence_is_shared_by_the_variants() {
        // by hand: 1 − 0.05/2 and 1 − 0.05/5
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(simultaneous_confidence(1), 0.95) && close(simultaneous_confidence(2), 0.975));
        assert!(close(simultaneous_confidence(5), 0.99) && close(simultaneous_confidence(0), 0.95));
    }

    #[test]
    fn every_variant_has_as_many_replications_as_the_base() {
        let (two, three, four) = (model(2, ""), model(3, ""), model(4, ""));
        let paired = run(&two, &[&three, &four], Effort::Replications(7));
        let all = std::iter::once(&paired.base).chain(&paired.variants);
        assert!(all.clone().all(|collected| collected.replications.len() == 7));
        let reports = |collected: &Collected| {
            collected.replications.iter().map(|r| r.classes[0].reports).collect::<Vec<_>>()
        };
        assert!(all.map(reports).all(|own| own == reports(&paired.base)), "the same reports meet each");
    }

    #[test]
    fn precision_is_that_of_the_differences() {
        let (two, three) = (model(2, ""), model(3, ""));
        let asked = Effort::Precision { precision: 0.05, at_least: 4, at_most: 200 };
        let paired = run(&two, &[&three], asked);
        assert_eq!((paired.precision_asked, paired.precision_reached), (Some(0.05), Some(true)));
        assert!(paired.base.replications.len() > 4);
        let mean = Measure::ResponseTime(0, Statistic::Mean);
        let runs = ((two.plan(), &paired.base), (three.plan(), &paired.variants[0]));
        let found = mean.difference(runs.0, runs.1, 0.95).unwrap();
        let (lo, hi) = found.difference.bounds.unwrap();
        assert!((hi - lo) / 2.0 <= 0.05 * found.base, "{found:?}");
        let known_to = (hi - lo) / 2.0 / found.base;
        let imprecise = |precision| paired.imprecise(two.plan(), &[three.plan()], precision);
        assert_eq!(imprecise(known_to * 1.0001), []);
        assert_eq!(imprecise(known_to * 0.9999), [(0, mean)]);
        let missed = run(&two, &[&three], Effort::Precision { precision: 1e-6, at_least: 3, at_most: 5 });
        assert_eq!((missed.precision_reached, missed.base.replications.len()), (Some(false), 5));
    }

    #[test]
    fn a_share_of_none_against_all_has_an_interval_all_the_same() {
        let target = |within: &str| {
            format!(
                "[[target]]\nname = \"a\"\nclock = \"sent -> removed\"\nwithin = \"{within}\"\nshare = 0.5\n"
            )
        };
        let (none, all) = (model(2, &target("1ms")), model(2, &target("2 days")));
        let paired = run(&none, &[&all], Effort::Replications(3));
        let runs = ((none.plan(), &paired.base), (all.plan(), &paired.variants[0]));
        let found = Measure::OnTime(0).difference(runs.0, runs.1, 0.95).unwrap();
        assert_eq!((found.base, found.variant), (0.0, 1.0));
        let (lo, hi) = found.difference.bounds.unwrap();
        let count =
            |paired: &Collected| paired.replications.iter().map(|r| r.targets[0].0).sum::<u64>() as f64;
        // by hand: each share lies within 1 − 0.025^(1/n) of what was seen
        let beyond = |n: f64| 1.0 - 0.025_f64.powf(1.0 / n);
        let expected = 1.0 - beyond(count(&paired.base)) - beyond(count(&paired.variants[0]));
        assert!((lo - expected).abs() < 1e-9 && (hi - 1.0).abs() < 1e-12, "{lo} and {expected}, {hi}");
    }

    #[test]
    fn nothing_late_yet_is_not_yet_precise() {
        let target =
            "[[target]]\nname = \"a\"\nclock = \"sent -> removed\"\nwithin = \"2 days\"\nshare = 0.5\n";
        let desk = model(3, target);
        let mut paired = run(&desk, &[&desk], Effort::Replications(5));
        let (count, on_time) = paired.base.replications[0].targets[0];
        assert_eq!(count, on_time, "nothing is late");
        let imprecise = |paired: &Paired, precision| paired.imprecise(desk.plan(), &[desk.plan()], precision);
        let late = (0, Measure::OnTime(0));
        for collected in [&mut paired.base, &mut paired.variants[0]] {
            collected.replications.iter_mut().for_each(|record| record.targets[0] = (100, 100));
        }
        // by hand: 500 cases without a failure leave a share of failures of up to 1 − 0.025^(1/500) = 0.735 %
        assert_eq!(imprecise(&paired, 0.0073), [late]);
        assert_eq!(imprecise(&paired, 0.0074), []);
        // of either
        paired.base.replications.iter_mut().for_each(|record| record.targets[0] = (10_000, 10_000));
        assert_eq!(imprecise(&paired, 0.0073), [late]);
        // one that differs says itself how far chance goes
        paired.variants[0].replications[0].targets[0] = (100, 99);
        assert_eq!(imprecise(&paired, 0.0073), []);
        // as many that agree at another share are as little known
        for collected in [&mut paired.base, &mut paired.variants[0]] {
            collected.replications.iter_mut().for_each(|record| record.targets[0] = (100, 50));
        }
        assert_eq!(imprecise(&paired, 0.08), [late]);
        // the experiment goes on until enough cases were seen
        let asked = Effort::Precision { precision: 0.001, at_least: 2, at_most: 20 };
        let paired = run(&desk, &[&desk], asked);
        let cases: u64 = paired.base.replications.iter().map(|record| record.targets[0].0).sum();
        assert_eq!(paired.precision_reached, Some(true));
        assert!(1.0 - 0.025_f64.powf(1.0 / cases as f64) <= 0.001, "{cases}");
    }

    #[test]
    fn few_replications_that_agree_are_no_certainty() {
        let desk = model(3, "");
        let mut paired = run(&desk, &[&desk], Effort::Replications(5));
        paired.variants[0].replications.iter_mut().for_each(|record| record.classes[0].reports += 1);
        let bounds = |paired: &Paired, n: usize| {
            let first = |collected: &Collected| {
                let mut few = collected.clone();
                few.replications.truncate(n);
                few
            };
            let (base, variant) = (first(&paired.base), first(&paired.variants[0]));
            let found = Measure::Reports(0).difference((desk.plan(), &base), (desk.plan(), &variant), 0.95);
            let found = found.expect("there are reports");
            assert!((found.difference.mean - 1.0).abs() < 1e-9, "{found:?}");
            found.difference.bounds
        };
        for n in 1..5 {
            assert_eq!(bounds(&paired, n), None, "{n}");
        }
        let (lo, hi) = bounds(&paired, 5).expect("five that agree");
        assert!((lo - 1.0).abs() < 1e-9 && (hi - 1.0).abs() < 1e-9);
        // with a width, it is told as ever
        paired.variants[0].replications[0].classes[0].reports += 2;
        paired.variants[0].replications[1].classes[0].reports -= 2;
        assert!(bounds(&paired, 2).is_some());
    }

    #[test]
    fn the_one_that_stops_is_named() {
        let (two, none) = (model(2, ""), model(1, ""));
        let cancel = AtomicBool::new(false);
        let effort = Effort::Replications(2);
        let experiment = PairedExperiment {
            base: &two,
            variants: &[&two, &none],
            seed: 1,
            effort,
            max_in_system: 200,
            cancel: &cancel,
        };
        let halted = experiment.run(&NoProgress).unwrap_err();
        assert_eq!(halted.variant, Some(1), "{halted}");
        assert!(halted.to_string().starts_with("in variant 2: "), "{halted}");
    }

    /// Keeps what it hears.
    #[derive(Default)]
    struct Heard(Mutex<Vec<(usize, usize)>>);

    impl Progress for Heard {
        fn done(&self, replications: usize, planned: usize) {
            self.0.lock().unwrap().push((replications, planned));
        }
    }

    #[test]
    fn progress_counts_all_variants() {
        let two = model(2, "");
        let cancel = AtomicBool::new(false);
        let experiment = PairedExperiment {
            base: &two,
            variants: &[&two, &two],
            seed: 1,
            effort: Effort::Precision { precision: 0.000_1, at_least: 5, at_most: 9 },
            max_in_system: 10_000,
            cancel: &cancel,
        };
        let heard = Heard::default();
        let paired = experiment.run(&heard).unwrap();
        // the differences are nothing at once: no second round
        assert_eq!((paired.base.replications.len(), paired.precision_reached), (5, Some(true)));
        let heard = heard.0.lock().unwrap();
        assert!(heard.is_sorted() && heard.iter().all(|(_, planned)| *planned == 15), "{heard:?}");
        assert!([(5, 15), (10, 15)].iter().all(|done| heard.contains(done)), "{heard:?}");
        assert_eq!(heard.last(), Some(&(15, 15)));
    }
}
