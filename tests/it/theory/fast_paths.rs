//! The specialized processes and shortcuts against the general ones, bit for bit, on many scenarios made by chance.
//!
//! A model chooses once, when it is made, how to go about each part of its plan. Five models are compared: the one that
//! [`Model::new`] makes, the same [as for large teams](Model::with_large_teams), in
//! [short epochs](Model::with_short_epochs), the same
//! [generalized](Model::generalized), and one of a plan that says the same in a [roundabout](roundabout) way, which also
//! keeps it from the plain loop of sources and from lines that hold the cases themselves. What the scenarios came to is counted: see [`census`].

mod census;
mod scenarios;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use vigie::engine::Execution;
use vigie::model::{Arrivals, BatchSize, ClockEvent, Facts, Model, Plan, Probe, ProbeFacts, RunOptions};
use vigie::random::Distribution;
use vigie::scenario::compile_text;
use vigie::statistics::Histogram;
use vigie::units::Duration;

use census::{Census, Seen};
use scenarios::Draft;

const SCENARIOS: u64 = 300;

static NEVER: AtomicBool = AtomicBool::new(false);

#[test]
fn fast_paths_give_the_facts_of_the_general_ones() {
    let pools = [1, 2].map(|threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
    });
    let mut census = Census::default();
    for number in 0..SCENARIOS {
        let draft = Draft::new(number);
        let found = catch_unwind(AssertUnwindSafe(|| compare(&draft, number, &pools)))
            .unwrap_or_else(|_| panic!("the engine's own checks failed:\n{}", told(&draft, number)));
        match found {
            Ok(seen) => census.count(&seen),
            Err(difference) => panic!("{difference}\n{}", told(&draft, number)),
        }
    }
    census.check();
}

/// A report each minute, and a bucket for each: which class came when can be read off the facts.
const TIMETABLE: &str = "title = \"timetable\"\nstart = 2024-01-01T00:00:00\nzone = \"UTC\"\nduration = \"1000min\"\n\
    bucket = \"1min\"\nclasses = [\"a\", \"b\", \"c\"]\n\
    [source.s]\nevery = \"1min\"\nmix = { a = 0.5, b = 0.25, c = 0.25 }\nto = \"kept\"\n";

#[test]
fn what_is_drawn_ahead_is_drawn_once() {
    let scenario = compile_text("timetable", TIMETABLE).unwrap_or_else(|error| panic!("{error}"));
    let model = Model::new(scenario.plan).unwrap_or_else(|error| panic!("{error}"));
    let facts = run(&model, 1, Execution::default());
    let in_bucket = |class: usize, minute: usize| {
        facts.classes[class].reports_by_bucket.get(minute).copied().unwrap_or_default()
    };
    let came: Vec<Vec<usize>> =
        (0..1000).map(|minute| (0..3).filter(|class| in_bucket(*class, minute) > 0).collect()).collect();
    assert!(came[0].is_empty() && came[1..].iter().all(|classes| classes.len() == 1), "one each minute");
    // classes agree by chance with probability 0.5² + 2 × 0.25², at any distance: six standard deviations above it
    let most = 0.375 + 6.0 * (0.375 * 0.625 / 800.0_f64).sqrt();
    for distance in 1..=200 {
        let agree = came[1..].windows(distance + 1).filter(|window| window[0] == window[distance]).count();
        let share = agree as f64 / (999 - distance) as f64;
        assert!(share < most, "classes at a distance of {distance} agree too often: {share}");
    }
}

/// A report each minute, of two classes in turn by chance, and two stages with constant work that is another in each.
const TWO_WORKS: &str = "title = \"two works\"\nstart = 2024-01-01T00:00:00\nzone = \"UTC\"\nduration = \"1000min\"\n\
    classes = [\"a\", \"b\"]\n\
    [source.s]\nevery = \"1min\"\nmix = { a = 0.5, b = 0.5 }\nto = \"first\"\n\
    [team.ones]\nstaff = 9\n[stage.first]\nteam = \"ones\"\nwork_by_class = { a = \"1s\", b = \"10s\" }\nto = \"second\"\n\
    [team.others]\nstaff = 9\n[stage.second]\nteam = \"others\"\nwork_by_class = { a = \"100s\", b = \"200s\" }\n\
    to = \"kept\"\n";

/// The source draws the work at the first stage, and somebody else that at the second: each is what the file says.
#[test]
fn work_is_drawn_for_the_stage_and_the_class() {
    let scenario = compile_text("two works", TWO_WORKS).unwrap_or_else(|error| panic!("{error}"));
    let model = Model::new(scenario.plan).unwrap_or_else(|error| panic!("{error}"));
    let facts = run(&model, 1, Execution::default());
    for (stage, works) in facts.stages.iter().zip([[1, 10], [100, 200]]) {
        let done: Vec<u64> = stage.waiting_time.iter().map(Histogram::count).collect();
        assert!(done.iter().all(|done| *done > 400), "of both classes: {done:?}");
        let expected: u64 = done.iter().zip(works).map(|(done, work)| done * work).sum();
        assert_eq!(stage.service_time.sum_micros(), u128::from(expected) * 1_000_000);
    }
}

/// The number of a scenario, and its files.
fn told(draft: &Draft, number: u64) -> String {
    format!("in scenario number {number}:\n{}\nwith trace.csv\n{}", draft.text, draft.trace)
}

/// Simulates a scenario in every way there is; what was seen in it, or how two ways differ.
fn compare(draft: &Draft, number: u64, pools: &[rayon::ThreadPool; 2]) -> Result<Seen, String> {
    let plan = draft.compiled().plan;
    let model = |plan: Plan| Model::new(plan).unwrap_or_else(|error| panic!("{error}"));
    let fast = model(plan.clone());
    let general = model(plan.clone()).generalized();
    let large = model(plan.clone()).with_large_teams();
    let other = model(roundabout(plan.clone()));
    let facts = run(&fast, number, Execution::default());
    let expected = parts(&facts);
    let same = |how: &str, found: &Facts| {
        difference(&expected, &parts(found)).map_or(Ok(()), |what| {
            Err(format!("the facts of the model as it is made and those {how} differ: {what}"))
        })
    };
    // a thread that has simulated nothing has no memory of cases that are done with
    let afresh = thread::scope(|scope| {
        scope
            .spawn(|| run(&fast, number, Execution::default()))
            .join()
            .unwrap_or_else(|_| panic!("as before"))
    });
    same("on a new thread", &afresh)?;
    let shuffled = Execution { parallel: false, shuffle: Some(number) };
    let parallel = Execution { parallel: true, shuffle: None };
    same("of the generalized model", &run(&general, number, Execution::default()))?;
    same("as with large teams", &run(&large, number, Execution::default()))?;
    same("of the plan said in a roundabout way", &run(&other, number, Execution::default()))?;
    same("in a shuffled order of processes", &run(&fast, number, shuffled))?;
    same("of the generalized model in a shuffled order of processes", &run(&general, number, shuffled))?;
    for pool in pools {
        let threads = pool.current_num_threads();
        let on_threads = |model: &Model| pool.install(|| run(model, number, parallel));
        same(&format!("on threads inside ({threads})"), &on_threads(&fast))?;
        let divided = || run(&fast, number, Execution { parallel: true, shuffle: Some(number) });
        same(&format!("of groups by chance on {threads} threads"), &pool.install(divided))?;
        same(&format!("of the generalized model on threads inside ({threads})"), &on_threads(&general))?;
    }
    let short = Model::with_short_epochs(plan.clone()).unwrap_or_else(|error| panic!("{error}"));
    same("in short epochs", &run(&short, number, Execution::default()))?;
    same("in short epochs and a shuffled order", &run(&short, number, shuffled))?;
    let by_chance = Execution { parallel: true, shuffle: Some(number) };
    let on_two_threads = |execution| pools[1].install(|| run(&short, number, execution));
    same("in short epochs, in groups by chance", &on_two_threads(by_chance))?;
    same("in short epochs, on threads", &on_two_threads(parallel))?;
    same("of the generalized model in short epochs", &run(&short.generalized(), number, by_chance))?;
    probes_measure_and_change_nothing(probed(plan), number, &expected)?;
    Ok(Seen::new(draft, &fast, facts))
}

/// The plan with a probe for every class, for every source, and for the wait at every stage.
fn probed(mut plan: Plan) -> Plan {
    let all = vec![true; plan.classes.len()];
    let within = Duration::HOUR;
    let probe = |classes: Vec<bool>, source, (from, to)| Probe {
        name: "probe".to_owned(),
        of: "some".to_owned(),
        classes,
        source,
        from,
        to,
        within,
    };
    let decided = (ClockEvent::Sent, ClockEvent::Decided);
    for class in 0..plan.classes.len() {
        let only = (0..plan.classes.len()).map(|other| other == class).collect();
        plan.probes.push(probe(only, None, decided));
    }
    for source in 0..plan.sources.len() {
        plan.probes.push(probe(all.clone(), Some(source), decided));
    }
    for stage in 0..plan.stages.len() {
        plan.probes.push(probe(all.clone(), None, (ClockEvent::Enters(stage), ClockEvent::Starts(stage))));
    }
    plan
}

/// Besides what the probes say, the facts are as they were; and a probe of a class has the response times of that class,
/// those of the sources together what those of the classes have together.
fn probes_measure_and_change_nothing(
    plan: Plan,
    number: u64,
    expected: &[(String, String)],
) -> Result<(), String> {
    let (n_classes, n_sources) = (plan.classes.len(), plan.sources.len());
    let model = Model::new(plan).unwrap_or_else(|error| panic!("{error}"));
    let mut facts = run(&model, number, Execution::default());
    let general = run(&model.generalized(), number, Execution::default());
    if let Some(what) = difference(&parts(&facts), &parts(&general)) {
        return Err(format!("with probes, the facts of the generalized model differ: {what}"));
    }
    let probes = std::mem::take(&mut facts.probes);
    if let Some(what) = difference(expected, &parts(&facts)) {
        return Err(format!("probes change the facts: {what}"));
    }
    let total = |probes: &[ProbeFacts]| {
        probes.iter().fold(ProbeFacts::default(), |mut sum, probe| {
            sum.count += probe.count;
            sum.on_time += probe.on_time;
            sum.times.merge(&probe.times);
            sum
        })
    };
    let (by_class, rest) = probes.split_at(n_classes);
    for (class, probe) in facts.classes.iter().zip(by_class) {
        if class.response_time != probe.times || probe.count < probe.times.count() {
            return Err(format!("a probe of a class differs from it: {probe:?} and {class:?}"));
        }
    }
    let (one, other) = (total(by_class), total(&rest[..n_sources]));
    if (one.count, one.on_time, &one.times) != (other.count, other.on_time, &other.times) {
        return Err(format!("sources together are not all classes together: {other:?} and {one:?}"));
    }
    Ok(())
}

fn run(model: &Model, number: u64, execution: Execution) -> Facts {
    let options =
        RunOptions { seed: 5, replication: number, max_in_system: 10_000_000, cancel: &NEVER, execution };
    model.simulate(&options).unwrap_or_else(|halt| panic!("{halt}"))
}

/// A plan that comes to the same: every source has one stream more, in which nothing ever comes, and where nobody gave
/// up, everybody has a patience that never ends.
fn roundabout(mut plan: Plan) -> Plan {
    let n_classes = plan.classes.len();
    for source in &mut plan.sources {
        let mut idle = source.streams[0].clone();
        idle.arrivals = Arrivals::Trace(Arc::from([]));
        idle.batch = BatchSize::Fixed(1);
        idle.self_exciting = None;
        source.streams.push(idle);
    }
    for stage in &mut plan.stages {
        stage.patience.get_or_insert_with(|| vec![Distribution::constant(Duration::FOREVER); n_classes]);
    }
    plan
}

/// Facts part by part, with a name for each.
fn parts(facts: &Facts) -> Vec<(String, String)> {
    let Facts { classes, stages, teams, platforms, targets, probes, sent, ended, open, visits } = facts;
    let mut parts = Vec::new();
    let mut add = |name: String, text: String| parts.push((name, text));
    add("sent, ended, open, visits".to_owned(), format!("{:?}", (sent, ended, open, visits)));
    for (idx, class) in classes.iter().enumerate() {
        add(format!("class {idx}"), format!("{class:?}"));
    }
    for (idx, stage) in stages.iter().enumerate() {
        add(format!("stage {idx}"), format!("{stage:?}"));
    }
    for (idx, team) in teams.iter().enumerate() {
        add(format!("team {idx}"), format!("{team:?}"));
    }
    for (idx, platform) in platforms.iter().enumerate() {
        add(format!("platform {idx}"), format!("{platform:?}"));
    }
    for (idx, target) in targets.iter().enumerate() {
        add(format!("target {idx}"), format!("{target:?}"));
    }
    for (idx, probe) in probes.iter().enumerate() {
        add(format!("probe {idx}"), format!("{probe:?}"));
    }
    parts
}

/// The parts that differ, and the first of them from shortly before where it does.
fn difference(left: &[(String, String)], right: &[(String, String)]) -> Option<String> {
    assert_eq!(left.len(), right.len(), "facts of the same plan have the same parts");
    let differing: Vec<_> = left.iter().zip(right).filter(|(one, other)| one != other).collect();
    let ((_, one), (_, other)) = differing.first()?;
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let excerpt = |text: &str| text.chars().skip(same.saturating_sub(120)).take(240).collect::<String>();
    let names: Vec<&str> = differing.iter().map(|((name, _), _)| name.as_str()).collect();
    Some(format!("in {}\n  {}\n  {}", names.join(", "), excerpt(one), excerpt(other)))
}
