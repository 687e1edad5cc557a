//! Where cases go: places, shares of places, and exceptions by class.

use super::{Compiler, part, parts};
use crate::model::{Choice, Outcome, Place, Route, Shares, Timed};
use crate::scenario::decode::{At, Named, Share, Slot};
use crate::scenario::diagnostic::{Span, listed};
use crate::scenario::spec::{ChoiceSpec, DestinationSpec};

/// Shares sum to 1 to this precision, as the model asks.
const SUM_TOLERANCE: f64 = 1e-6;

impl<'a> Compiler<'a> {
    /// The value for each class: an exception, or what holds for all, or nothing.
    pub(crate) fn per_class<'s, T>(
        &mut self,
        all: &'s Slot<T>,
        by_class: &'s Slot<Named<T>>,
    ) -> Vec<Option<&'s At<T>>> {
        let mut values = vec![all.at(); self.names.classes.len()];
        for (name, value) in parts(by_class) {
            if let Some(class) = self.class(&name.value, name.span) {
                values[class] = Some(value);
            }
        }
        values
    }

    /// Complains about classes without a value, where none of the values was complained about.
    pub(crate) fn check_all_given<T, S>(
        &mut self,
        values: &[Option<&At<T>>],
        (key, span): (&str, Span),
        slots: (&Slot<T>, &Slot<Named<S>>),
    ) {
        if matches!(slots.0, Slot::Invalid) || matches!(slots.1, Slot::Invalid) {
            return;
        }
        let left: Vec<&str> = (values.iter().zip(&self.names.classes))
            .filter(|(value, _)| value.is_none())
            .map(|(_, class)| class.as_str())
            .collect();
        if left.is_empty() {
            return;
        }
        self.has_all_ways = false;
        if left.len() == values.len() {
            self.error(span, format!("`{key}` is missing"));
        } else if parts_complete(slots.1, values.len() - left.len()) {
            let message = format!("`{key}` is missing, and `{key}_by_class` leaves out {}", listed(&left));
            self.error(span, message);
        }
    }

    /// The route out of a place. Shares become a choice named after the place.
    pub(crate) fn route(
        &mut self,
        owner: &At<String>,
        to: &Slot<DestinationSpec>,
        to_by_class: &Slot<Named<DestinationSpec>>,
    ) -> Route {
        let destinations = self.per_class(to, to_by_class);
        self.check_all_given(&destinations, ("to", owner.span), (to, to_by_class));
        let shares: Vec<Shares> = destinations.iter().map(|written| self.shares(*written)).collect();
        let is_choice = |written: &&At<DestinationSpec>| matches!(written.value, DestinationSpec::Shares(_));
        let own_choice = Place::Choice(self.choices.len());
        let has_choice = destinations.iter().flatten().any(is_choice);
        let route = (destinations.iter().zip(&shares))
            .map(
                |(written, shares)| {
                    if written.as_ref().is_some_and(is_choice) { own_choice } else { shares.pick(0.0) }
                },
            )
            .collect();
        if has_choice {
            let shares = shares.into_iter().map(Timed::constant).collect();
            self.choices.push(Choice { name: owner.value.clone(), shares });
        }
        route
    }

    /// A route to one place for all classes.
    pub(crate) fn single(&mut self, to: &Slot<String>, default: Outcome) -> Route {
        let place = to.at().map_or(Place::End(default), |name| self.place(&name.value, name.span));
        vec![place; self.names.classes.len()]
    }

    /// The choices with a name of their own.
    pub(crate) fn named_choices(&mut self) -> Vec<Choice> {
        let written = parts(&self.spec().choice);
        written.iter().map(|(name, choice)| self.named_choice(name, &choice.value)).collect()
    }

    fn named_choice(&mut self, name: &At<String>, choice: &'a ChoiceSpec) -> Choice {
        let destinations = self.per_class(&choice.to, &choice.to_by_class);
        self.check_all_given(&destinations, ("to", name.span), (&choice.to, &choice.to_by_class));
        let shares = (0..self.names.classes.len()).map(|class| {
            self.timed(|compiler, spec| {
                let Some(choice) = part(&spec.choice, &name.value) else { return compiler.shares(None) };
                let destination = compiler.per_class(&choice.to, &choice.to_by_class)[class];
                compiler.shares(destination)
            })
        });
        Choice { name: name.value.clone(), shares: shares.collect() }
    }

    /// The shares of a destination; a place alone has all.
    fn shares(&mut self, written: Option<&At<DestinationSpec>>) -> Shares {
        let nowhere = || Shares::new(vec![(1.0, Place::End(Outcome::Withdrawn))]);
        let Some(written) = written else { return nowhere() };
        match &written.value {
            DestinationSpec::Place(name) => Shares::new(vec![(1.0, self.place(name, written.span))]),
            DestinationSpec::Shares(named) => {
                let shares: Vec<(f64, Place)> = (named.0.iter())
                    .map(|(name, share)| (share.value.0, self.place(&name.value, name.span)))
                    .collect();
                if self.sums_to_one(named, written.span) { Shares::new(shares) } else { nowhere() }
            }
        }
    }

    /// Checks a sum of shares, and complains with the sum.
    pub(crate) fn sums_to_one(&mut self, shares: &Named<Share>, span: Span) -> bool {
        let known_before = std::mem::replace(&mut self.has_all_ways, false);
        if shares.0.is_empty() {
            self.error_help(span, "there are no shares", "give shares that sum to 1");
            return false;
        }
        let sum: f64 = shares.0.iter().map(|(_, share)| share.value.0).sum();
        let off = sum - 1.0;
        if off.abs() < SUM_TOLERANCE {
            self.has_all_ways = known_before;
            return true;
        }
        let shown = |x: f64| (x * 1e6).round() / 1e6;
        let remedy = if off > 0.0 { "too much" } else { "missing" };
        let message = format!("shares sum to {}, not to 1", shown(sum));
        self.error_help(span, message, format!("{} is {remedy}", shown(off.abs())));
        false
    }
}

/// Whether the exceptions that were read are all that were written.
fn parts_complete<S>(by_class: &Slot<Named<S>>, n_read: usize) -> bool {
    by_class.get().is_some_and(|named| named.0.len() == n_read)
}
