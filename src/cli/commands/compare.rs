//! `vigie compare`.

use std::path::Path;

use super::simulation::Mismatch;
use super::{hour_labels, results, run, simulation};
use crate::analysis::{Comparison, ComparisonContext, compare as compared, offered_load};
use crate::cli::args::CompareArguments;
use crate::cli::failure::{Failure, complain};
use crate::cli::progress::Bar;
use crate::experiment::PairedExperiment;
use crate::model::{Halt, Model, Plan};
use crate::out::{self, Manifest};
use crate::scenario::{self, Scenario};

/// A variant as it was asked for.
struct Variant {
    name: String,
    changes: Vec<String>,
    scenario: Scenario,
    model: Model,
}

/// Simulates a base and its variants under common random numbers, prints what differs, and writes the results folder.
pub(in crate::cli) fn compare(arguments: &CompareArguments, command: Vec<String>) -> Result<(), Failure> {
    let (base, variants) = load(arguments)?;
    let warnings = warn(&base, &variants, arguments.simulation.seed.is_some());
    let dir = results::target(&arguments.output, &format!("{}-compared", base.scenario.name))?;
    let comparison = simulate(arguments, &base, &variants, warnings)?;
    let manifest = Manifest { version: env!("CARGO_PKG_VERSION").to_owned(), command };
    results::write(&dir, &out::comparison_files(&comparison, &manifest))?;
    let text = || out::comparison_text(&comparison);
    results::say(&arguments.output, &dir, text, || out::comparison_json(&comparison))
}

fn simulate(
    arguments: &CompareArguments,
    base: &Variant,
    variants: &[Variant],
    warnings: Vec<String>,
) -> Result<Comparison, Failure> {
    let seed = arguments.simulation.seed.unwrap_or(base.scenario.seed);
    let models: Vec<&Model> = variants.iter().map(|variant| &variant.model).collect();
    let experiment = PairedExperiment {
        base: &base.model,
        variants: &models,
        seed,
        effort: run::effort(&arguments.effort, &base.scenario),
        max_in_system: arguments.simulation.max_in_system,
        cancel: simulation::cancel(),
    };
    let pool = simulation::threads(&arguments.simulation)?;
    let bar = Bar::new(arguments.output.quiet);
    let paired = pool.install(|| experiment.run(&bar));
    bar.finish();
    let paired = paired.map_err(|stopped| {
        let whose = stopped.variant.map_or(base, |idx| &variants[idx]);
        if !matches!(stopped.halt, Halt::Cancelled) {
            complain(&format!("in the simulation of `{}`:", whose.name));
        }
        Failure::Halt(stopped.halt)
    })?;
    let context = ComparisonContext {
        base: simulation::identity(&base.scenario),
        variants: variants
            .iter()
            .map(|v| (v.name.clone(), simulation::identity(&v.scenario), v.changes.clone()))
            .collect(),
        seed,
        target_clocks: base.scenario.target_clocks.clone(),
        warnings,
    };
    let plans: Vec<&Plan> = models.iter().map(|model| model.plan()).collect();
    Ok(compared(base.model.plan(), &plans, &paired, context))
}

/// Reads the base and all variants. Everything that is wrong with any of them is said before anything runs; the last is
/// left to whoever ends the program.
fn load(arguments: &CompareArguments) -> Result<(Variant, Vec<Variant>), Failure> {
    if arguments.variants.is_empty() && arguments.sets.is_empty() {
        let message = "there is nothing to compare with: name a variant file after the base, or change the base with \
                       `--set team.desk.staff=20`";
        return Err(Failure::Usage(message.to_owned()));
    }
    let mut failures = Vec::new();
    let mut keep = |read: Result<Variant, Failure>| read.map_err(|failure| failures.push(failure)).ok();
    let all = &arguments.set_all;
    let base = keep(read(&arguments.base, all, None));
    let mut variants: Vec<Option<Variant>> =
        arguments.variants.iter().map(|file| keep(read(file, all, None))).collect();
    for list in &arguments.sets {
        // what is wrong with the base has been said already
        if base.is_some() {
            variants.push(keep(split_list(list).and_then(|changes| {
                let sets = [all.as_slice(), &changes].concat();
                read(&arguments.base, &sets, Some((list, changes)))
            })));
        }
    }
    let variants: Vec<Variant> = variants.into_iter().flatten().collect();
    if let Some(base) = &base {
        failures.extend(variants.iter().filter_map(|variant| mismatch(&base.scenario, variant)));
    }
    let last = failures.pop();
    for failure in &failures {
        complain(&failure.to_string());
    }
    match (base, last) {
        (_, Some(last)) => Err(last),
        (None, None) => Err(Failure::Internal("the base is neither right nor wrong".to_owned())),
        (Some(base), None) => Ok((base, variants)),
    }
}

/// Reads one scenario. `list` is the list of changes that makes it a variant, as written, and
/// split.
fn read(file: &Path, sets: &[String], list: Option<(&String, Vec<String>)>) -> Result<Variant, Failure> {
    let scenario = scenario::load(file, sets)?;
    let model = Model::new(scenario.plan.clone())?;
    let (name, changes) =
        list.map_or_else(|| (scenario.name.clone(), Vec::new()), |(list, changes)| (list.clone(), changes));
    Ok(Variant { name, changes, scenario, model })
}

/// The changes of a `--set` list, divided by `;` or by the end of a line, except inside quotes and brackets.
fn split_list(list: &str) -> Result<Vec<String>, Failure> {
    let mut changes = vec![String::new()];
    let (mut quote, mut depth, mut is_value, mut is_escaped) = (None, 0_usize, false, false);
    let mut before = ' ';
    for c in list.chars() {
        let divides = quote.is_none() && depth == 0 && matches!(c, ';' | '\n');
        if divides {
            changes.push(String::new());
            (is_value, before) = (false, ' ');
            continue;
        }
        // within a text without quotes, and in a name, an apostrophe is a letter
        let opens = match c {
            '"' | '\'' if is_value => matches!(before, '=' | '[' | '{' | ','),
            '"' => true,
            '\'' => matches!(before, ' ' | '.' | '['),
            _ => false,
        };
        match (quote, c) {
            (Some('"'), '\\') if !is_escaped => is_escaped = true,
            (Some(open), c) => {
                if c == open && !is_escaped {
                    quote = None;
                }
                is_escaped = false;
            }
            (None, _) if opens => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, '=') if depth == 0 => is_value = true,
            (None, _) => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
        changes.last_mut().expect("one at least").push(c);
    }
    let changes: Vec<String> =
        changes.iter().map(|change| change.trim().to_owned()).filter(|change| !change.is_empty()).collect();
    if changes.is_empty() {
        let message = format!("`--set {list}` changes nothing: write for example `--set team.desk.staff=20`");
        return Err(Failure::Usage(message));
    }
    Ok(changes)
}

/// What keeps the numbers of a variant from being of the same time as the base's.
fn mismatch(base: &Scenario, variant: &Variant) -> Option<Failure> {
    let differing = simulation::mismatches(base, &variant.scenario);
    let said: Vec<String> = differing
        .into_iter()
        .map(|Mismatch { key, own, other }| format!("its `{key}` is `{other}`, the base's `{own}`"))
        .collect();
    (!said.is_empty()).then(|| {
        Failure::Usage(format!(
            "`{}` cannot be compared with `{}`: {}; the numbers would not be of the same time: leave that out of the \
             variant, or change it in both with --set-all",
            variant.name,
            base.name,
            said.join("; ")
        ))
    })
}

/// Says what is probably not meant, in the base, and in a variant what is not the base's; and where the load is more than
/// the people can do, which belongs to the results, too.
fn warn(base: &Variant, variants: &[Variant], is_seed_given: bool) -> Vec<String> {
    let of_base = base.scenario.render_warnings(false);
    let others = variants.iter().map(|variant| variant.scenario.render_warnings(false));
    let others: Vec<String> = others.filter(|warnings| *warnings != of_base).collect();
    for warnings in std::iter::once(&of_base).chain(&others).filter(|warnings| !warnings.is_empty()) {
        complain(warnings);
    }
    for variant in variants {
        if variant.scenario.seed != base.scenario.seed && !is_seed_given {
            let name = &variant.name;
            complain(&format!("warning: `{name}` names a seed of its own: the base's is everybody's"));
        }
    }
    let overloads = overloads(base, variants);
    for overload in &overloads {
        complain(&format!("warning: {overload}"));
    }
    overloads
}

/// Where the load is more than the people can do, and in which of the scenarios; what is alike is said once.
fn overloads(base: &Variant, variants: &[Variant]) -> Vec<String> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let others = variants.iter().map(|variant| (format!("`{}`", variant.name), &variant.scenario));
    for (name, scenario) in std::iter::once(("the base".to_owned(), &base.scenario)).chain(others) {
        let load = offered_load(&scenario.plan);
        for overload in out::overload_warnings(&load, &hour_labels(scenario, &load)) {
            match found.iter_mut().find(|(known, _)| *known == overload) {
                Some((_, names)) => names.push(name.clone()),
                None => found.push((overload, vec![name.clone()])),
            }
        }
    }
    let said = |(overload, names): (String, Vec<String>)| {
        let is_all = names.len() > variants.len();
        let whose = if is_all { "the base and every variant".to_owned() } else { names.join(", ") };
        format!("in {whose}: {overload}")
    };
    found.into_iter().map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_divided_outside_quotes_and_brackets() {
        for (list, expected) in [
            ("a.b=1", vec!["a.b=1"]),
            ("a.b=1; c.d=\"x;y\" ;", vec!["a.b=1", "c.d=\"x;y\""]),
            ("a=[1, 2;3]\nb={ c = 'x;y' }", vec!["a=[1, 2;3]", "b={ c = 'x;y' }"]),
            ("target[it's; so].share=0.5;b=2", vec!["target[it's; so].share=0.5", "b=2"]),
            ("team.\"a;b\".staff=1;c=2", vec!["team.\"a;b\".staff=1", "c=2"]),
            ("title=it's so;b=1", vec!["title=it's so", "b=1"]),
            ("team.l'equipe.staff=1;b=2", vec!["team.l'equipe.staff=1", "b=2"]),
            (r#"a="x\";y";b=1"#, vec![r#"a="x\";y""#, "b=1"]),
        ] {
            assert_eq!(
                split_list(list).ok(),
                Some(expected.into_iter().map(str::to_owned).collect()),
                "{list}"
            );
        }
        for nothing in ["", " ; \n;"] {
            assert!(matches!(split_list(nothing), Err(Failure::Usage(_))), "{nothing}");
        }
    }
}
