//! Scenarios made by chance for [`super`]: ways that shortcuts are made of, and everything that ends a shortcut.
//!
//! Places stand in an order in which each leads on to the next, so that each is led to; further ways lead ahead, to an
//! outcome, or (in half of the scenarios) back to a stage. In a third of the scenarios everything happens at whole
//! minutes: sources, work and delays meet at the same microsecond then, and at the ends of buckets and of the warm-up.

use std::fmt::Write as _;

use vigie::scenario::files::Memory;
use vigie::scenario::{Scenario, load_with};

use crate::theory::dice::Dice;

/// A scenario made from a number: its files.
pub(super) struct Draft {
    dice: Dice,
    pub(super) text: String,
    pub(super) trace: String,
    /// Whether everything happens at whole minutes.
    pub(super) in_lockstep: bool,
    /// Whether ways lead back.
    leads_back: bool,
    classes: u64,
    minutes: u64,
    places: Vec<String>,
    /// What an intervention may change: paths, and new values.
    changes: Vec<String>,
}

const DISCIPLINES: [&str; 5] = ["fifo", "lifo", "priority", "earliest deadline", "longest relative wait"];

impl Draft {
    pub(super) fn new(number: u64) -> Self {
        let mut dice = Dice(number.wrapping_mul(0x0003_0001).wrapping_add(77));
        let in_lockstep = dice.one_in(3);
        let leads_back = dice.one_in(2);
        let kinds = [
            "stage", "stage", "stage", "choice", "choice", "choice", "channel", "channel", "channel", "desk",
            "desk", "slow",
        ];
        let mut places: Vec<String> = Vec::new();
        for i in 0..dice.roll(1, 7) {
            let after_channel = places.last().is_some_and(|place| place.starts_with("channel"));
            let kind = if after_channel && dice.one_in(3) { "desk" } else { dice.pick(&kinds) };
            places.push(format!("{kind}_{i}"));
        }
        places.push("stage_last".to_owned());
        let mut draft = Self {
            classes: dice.roll(1, 3),
            minutes: dice.roll(300, 1500),
            dice,
            text: String::new(),
            trace: String::new(),
            in_lockstep,
            leads_back,
            places,
            changes: Vec::new(),
        };
        draft.head();
        draft.sources();
        for position in 0..draft.places.len() {
            draft.place(position);
        }
        if draft.text.contains("back = ") || draft.text.contains("\"back\"") {
            let delay = draft.delay(400);
            let to = draft.any_stage();
            let _ = write!(draft.text, "[channel.back]\ndelay = {delay}\nto = \"{to}\"\n");
        }
        if draft.dice.one_in(2) {
            draft.walk_in();
        }
        draft.targets();
        draft.interventions();
        draft
    }

    /// The scenario, compiled.
    pub(super) fn compiled(&self) -> Scenario {
        let work = "duration\n0s\n0s\n3min\n7min\n".to_owned();
        let files = [("draft.toml", &self.text), ("trace.csv", &self.trace), ("work.csv", &work)];
        let files = Memory(files.map(|(name, text)| (name.to_owned(), text.clone())).into());
        load_with(&files, "draft.toml", &[]).unwrap_or_else(|error| panic!("{error}\n{}", self.text))
    }

    fn head(&mut self) {
        let dice = &mut self.dice;
        let classes: Vec<String> = (0..self.classes).map(|class| format!("\"k{class}\"")).collect();
        let warm_up = if dice.one_in(4) { 0 } else { dice.roll(1, self.minutes / 3) };
        let _ = write!(
            self.text,
            "title = \"fast paths\"\nstart = 2024-03-31T00:00:00\nzone = \"{}\"\nduration = \"{}min\"\n\
             warm_up = \"{warm_up}min\"\nbucket = \"{}min\"\nclasses = [{}]\n",
            dice.pick(&["Europe/Paris", "UTC"]),
            self.minutes,
            dice.roll(7, 90),
            classes.join(", "),
        );
    }

    /// A constant delay of up to so many minutes in lockstep, and otherwise any law.
    fn delay(&mut self, at_most: u64) -> String {
        let minutes = if self.dice.one_in(8) { 0 } else { self.dice.roll(1, at_most) };
        if self.in_lockstep || minutes == 0 || self.dice.one_in(2) {
            return format!("\"{minutes}min\"");
        }
        self.dice.law(minutes)
    }

    /// Work, or an interval, which is longer than nothing.
    fn work(&mut self, at_most: u64) -> String {
        let minutes = self.dice.roll(1, at_most);
        if self.in_lockstep { format!("\"{minutes}min\"") } else { self.dice.law(minutes) }
    }

    fn any_stage(&mut self) -> String {
        let stages: Vec<&str> =
            self.places.iter().map(String::as_str).filter(|name| name.starts_with("stage")).collect();
        self.dice.pick(&stages).to_owned()
    }

    fn mix(&mut self) -> String {
        let shares: Vec<f64> = match (self.classes, self.dice.roll(0, 2)) {
            (1, _) => vec![1.0],
            (2, 0) => vec![0.0, 1.0],
            (2, _) => vec![0.25, 0.75],
            (_, 0) => vec![0.5, 0.0, 0.5],
            (_, 1) => vec![0.0, 0.0, 1.0],
            _ => vec![0.25, 0.5, 0.25],
        };
        let shares: Vec<String> =
            shares.iter().enumerate().map(|(class, share)| format!("k{class} = {share:?}")).collect();
        format!("{{ {} }}", shares.join(", "))
    }

    fn sources(&mut self) {
        let mut to = self.places[0].clone();
        for source in 0..self.dice.roll(1, 3) {
            let mix = self.mix();
            let _ = write!(self.text, "[source.s{source}]\nmix = {mix}\nto = \"{to}\"\n");
            self.source(source);
            let any = self.dice.roll(0, self.places.len() as u64 - 1) as usize;
            to = self.places[any].clone();
        }
        // reports that are no trouble to anybody, but shorten the epochs
        if self.dice.one_in(2) {
            let (rate, mix) = (self.dice.roll(5, 25), self.mix());
            let _ = write!(
                self.text,
                "[source.chatter]\nrate = \"{rate}/min\"\nmix = {mix}\nto = \"{}\"\n",
                self.dice.pick(&["kept", "expired"])
            );
        }
    }

    /// When the reports of a source come.
    fn source(&mut self, source: u64) {
        let by_trace = source > 0 && self.dice.one_in(3);
        if by_trace && self.trace.is_empty() {
            self.trace.push_str("time,class,count\n");
            let mut minute = 0;
            for _ in 0..150 {
                minute += self.dice.roll(0, 8);
                let class = if self.dice.one_in(3) {
                    String::new()
                } else {
                    format!("k{}", self.dice.roll(0, self.classes - 1))
                };
                let _ = writeln!(self.trace, "{minute}min,{class},{}", self.dice.roll(1, 3));
            }
            self.text.push_str("trace = \"trace.csv\"\n");
            return;
        }
        if self.in_lockstep || self.dice.one_in(3) {
            let every = self.work(3);
            let _ = writeln!(self.text, "every = {every}");
        } else {
            let _ = writeln!(self.text, "rate = \"{}/h\"", self.dice.roll(10, 150));
            if self.dice.one_in(3) {
                let _ = writeln!(self.text, "day = \"{}\"", self.dice.pick(&["evening", "office"]));
            }
            if self.dice.one_in(4) {
                self.text.push_str("self_exciting = { branching = 0.4, decay = \"20min\" }\n");
            }
        }
        if self.dice.one_in(3) {
            let batch = self.dice.pick(&["2", "{ uniform = [1, 3] }", "{ geometric = 1.7 }"]);
            let _ = writeln!(self.text, "batch = {batch}");
        }
        let has_rate = self.text.rsplit("[source.").next().is_some_and(|last| last.contains("rate = "));
        if has_rate && self.dice.one_in(3) {
            let _ = write!(
                self.text,
                "[[source.s{source}.surge]]\nat = 2024-03-31T03:30:00\npeak = \"4x\"\nrise = \"1h\"\nhalf_life = \"2h\"\n"
            );
        }
    }

    fn place(&mut self, position: usize) {
        let name = self.places[position].clone();
        let to = self.route(position);
        match name.split('_').next().unwrap_or_default() {
            "channel" => {
                let delay = self.delay(45);
                let _ = write!(self.text, "[channel.{name}]\ndelay = {delay}\n{to}");
                if self.dice.one_in(5) {
                    self.text.push_str("open = { days = \"every day\", hours = \"05:00-21:00\" }\n");
                }
                self.changes.push(format!("\"channel.{name}.delay\" = \"50min\""));
            }
            "choice" => {
                let _ = write!(self.text, "[choice.{name}]\n{to}");
                let next = self.places[position + 1].clone();
                self.changes.push(format!("\"choice.{name}.to\" = {{ kept = 0.5, {next} = 0.5 }}"));
            }
            "slow" => {
                let response = self.delay(120);
                let _ = write!(self.text, "[platform.{name}]\nresponse = {response}\n{to}");
                self.silence(&name);
            }
            "desk" => {
                let _ = write!(self.text, "[platform.{name}]\n{to}");
                self.queue(&name);
                self.people(&name);
                self.silence(&name);
            }
            _ => {
                let _ = write!(self.text, "[stage.{name}]\n{to}");
                self.queue(&name);
                let shared = self.dice.one_in(5);
                let team = if shared { "shared".to_owned() } else { format!("{name}_team") };
                let _ = writeln!(self.text, "team = \"{team}\"");
                if !self.text.contains(&format!("[team.{team}]")) {
                    let _ = writeln!(self.text, "[team.{team}]");
                    self.people(&name);
                    self.changes.push(format!("\"team.{team}.staff\" = 3"));
                }
            }
        }
    }

    /// A station that every case leaves for good, with about as much work as it can do; some of it none. In lockstep,
    /// people are done at the very moments at which others come, the warm-up ends, and everything does.
    fn walk_in(&mut self) {
        let minutes = self.dice.roll(1, 30);
        let load = self.dice.roll(2, 12) as f64 / 10.0;
        let (staff, when) = if self.in_lockstep {
            let every = self.dice.roll(1, 3);
            let staff = (minutes as f64 / every as f64 / load).ceil();
            (staff as u64, format!("every = \"{every}min\""))
        } else {
            let staff = match self.dice.roll(0, 4) {
                0 => 1,
                1 => self.dice.roll(2, 8),
                2 => self.dice.roll(9, 32),
                3 => self.dice.roll(33, 64),
                _ => self.dice.roll(65, 200),
            };
            (staff, format!("rate = \"{}/h\"", (staff as f64 * load / minutes as f64 * 60.0).ceil()))
        };
        let work = match (self.dice.roll(0, 3), self.in_lockstep) {
            (0, _) => "{ empirical = \"work.csv\" }".to_owned(),
            (_, true) => format!("\"{minutes}min\""),
            (_, false) => self.dice.law(minutes),
        };
        let discipline = self.dice.pick(&DISCIPLINES).to_owned();
        let mut body = format!(
            "work = {work}\ndiscipline = \"{discipline}\"\nto = \"{}\"\n",
            self.dice.pick(&["kept", "removed"])
        );
        if self.classes > 1 && self.dice.one_in(3) {
            body.push_str("to_by_class = { k1 = \"restricted\" }\n");
        }
        let mix = self.mix();
        let is_platform = self.dice.one_in(3);
        let name = if is_platform { "desk_walk_in" } else { "stage_walk_in" };
        let _ = if is_platform {
            write!(self.text, "[platform.{name}]\nstaff = {staff}\n{body}")
        } else {
            write!(self.text, "[stage.{name}]\nteam = \"walk_in\"\n{body}[team.walk_in]\nstaff = {staff}\n")
        };
        // sometimes by way of a station before it
        let to = if self.dice.one_in(3) {
            let _ = write!(
                self.text,
                "[stage.stage_door]\nteam = \"door\"\nwork = \"1min\"\nto = \"{name}\"\n[team.door]\nstaff = 3\n"
            );
            "stage_door"
        } else {
            name
        };
        let _ = write!(self.text, "[source.walk_in]\n{when}\nmix = {mix}\nto = \"{to}\"\n");
        self.places.push(name.to_owned());
    }

    /// The ways out of a place, for some classes perhaps others.
    fn route(&mut self, position: usize) -> String {
        let next = self.places.get(position + 1).cloned();
        let shares = self.shares(position, next.as_deref(), "back");
        let is_plain = !self.dice.one_in(if self.places[position].starts_with("channel") { 4 } else { 2 });
        let to = match &next {
            Some(next) if is_plain && !self.places[position].starts_with("choice") => format!("\"{next}\""),
            _ => shares,
        };
        // never for the first class, so that something leads to every place
        if self.classes > 1 && self.dice.one_in(3) {
            let class = self.dice.roll(1, self.classes - 1);
            let exception = if self.dice.one_in(2) {
                format!("\"{}\"", self.dice.pick(&["removed", "unanswered"]))
            } else {
                self.shares(position, next.as_deref(), "stage_last")
            };
            return format!("to = {to}\nto_by_class = {{ k{class} = {exception} }}\n");
        }
        format!("to = {to}\n")
    }

    /// Shares of an outcome, the next place, perhaps one ahead, and perhaps one that leads back: `back`, or a stage.
    fn shares(&mut self, position: usize, next: Option<&str>, back: &str) -> String {
        let outcome = self.dice.pick(&["kept", "removed", "restricted", "withdrawn"]).to_owned();
        let mut arms: Vec<String> = next.map(str::to_owned).into_iter().collect();
        if position + 2 < self.places.len() && self.dice.one_in(2) {
            let ahead = self.dice.roll(position as u64 + 2, self.places.len() as u64 - 1) as usize;
            arms.push(self.places[ahead].clone());
        }
        if self.leads_back && self.dice.one_in(3) {
            let back = if self.dice.one_in(2) { back.to_owned() } else { self.any_stage() };
            if !arms.contains(&back) {
                arms.push(back);
            }
        }
        let each = [0.5, 0.25, 0.125][arms.len().saturating_sub(1).min(2)];
        let rest = 1.0 - each * arms.len() as f64;
        let arms: String = arms.iter().fold(String::new(), |text, arm| text + &format!("{arm} = {each:?}, "));
        format!("{{ {arms}{outcome} = {rest:?} }}")
    }

    /// How often a platform answers, and what follows where it does not.
    fn silence(&mut self, name: &str) {
        if self.dice.one_in(2) {
            return;
        }
        let _ = write!(
            self.text,
            "answers = {}\nsilent_for = \"{}min\"\n",
            self.dice.pick(&["0.8", "0.5", "0.1"]),
            self.dice.roll(0, 90)
        );
        if self.leads_back {
            self.text.push_str("silent_to = \"back\"\n");
        }
        self.changes.push(format!("\"platform.{name}.answers\" = 0.9"));
    }

    /// Work, discipline, patience and room.
    fn queue(&mut self, name: &str) {
        let work = self.work(4);
        let _ = write!(self.text, "work = {work}\ndiscipline = \"{}\"\n", self.dice.pick(&DISCIPLINES));
        if self.dice.one_in(6) {
            let patience = self.work(60);
            let _ = writeln!(self.text, "patience = {patience}");
            if self.leads_back && name != "stage_last" && self.dice.one_in(2) {
                let _ = writeln!(self.text, "gives_up_to = \"stage_last\"");
            }
        }
        if self.dice.one_in(6) {
            let _ = writeln!(self.text, "room = {}", self.dice.roll(0, 20));
        }
    }

    fn people(&mut self, watched: &str) {
        if self.dice.one_in(5) {
            let end = self.dice.pick(&["finish", "suspend", "hand over"]);
            let _ = write!(
                self.text,
                "at_shift_end = \"{end}\"\nshifts = [{{ days = \"every day\", hours = \"{}\", staff = {} }}]\n",
                self.dice.pick(&["03:00-11:00", "00:00-08:30", "00:00-24:00"]),
                self.dice.roll(1, 6)
            );
        } else {
            let staff = match self.dice.roll(1, 16) {
                // more than a small winner tree holds; and as many as it may
                16 => self.dice.roll(65, 140),
                15 => self.dice.roll(60, 64),
                14 => self.dice.roll(10, 40),
                _ if self.in_lockstep => self.dice.roll(1, 6),
                _ => self.dice.roll(1, 9),
            };
            let _ = writeln!(self.text, "staff = {staff}");
        }
        if self.dice.one_in(8) {
            let _ = writeln!(
                self.text,
                "call_in = {{ when = \"waiting({watched}) > 10\", add = 2, after = \"20min\", for = \"2h\" }}"
            );
        }
    }

    /// Targets, in some scenarios more from `sent` to an event on the way than a case has flags for.
    fn targets(&mut self) {
        let n = if self.dice.one_in(3) { 24 } else { self.dice.roll(0, 6) };
        let mut made = 0;
        while made < n {
            let from = if self.dice.one_in(2) { "sent".to_owned() } else { self.event() };
            let to = if self.dice.one_in(4) {
                self.dice.pick(&["ended", "decided", "removed", "kept"]).to_owned()
            } else {
                self.event()
            };
            if from == to {
                continue;
            }
            let class = if self.dice.one_in(4) {
                format!("class = \"k{}\"\n", self.dice.roll(0, self.classes - 1))
            } else {
                String::new()
            };
            let _ = write!(
                self.text,
                "[[target]]\nname = \"t{made}\"\n{class}clock = \"{from} -> {to}\"\nwithin = \"{}min\"\nshare = 0.9\n",
                self.dice.roll(1, 90)
            );
            made += 1;
        }
    }

    /// Something that happens to a case on its way.
    fn event(&mut self) -> String {
        let platforms: Vec<String> = self
            .places
            .iter()
            .filter(|name| name.starts_with("desk") || name.starts_with("slow"))
            .cloned()
            .collect();
        if platforms.is_empty() || self.dice.one_in(2) {
            let verb = self.dice.pick(&["enters", "starts", "leaves"]);
            return format!("{verb} {}", self.any_stage());
        }
        let platforms: Vec<&str> = platforms.iter().map(String::as_str).collect();
        let verb = self.dice.pick(&["enters", "leaves"]);
        format!("{verb} {}", self.dice.pick(&platforms))
    }

    fn interventions(&mut self) {
        let changes = std::mem::take(&mut self.changes);
        for (idx, change) in changes.iter().enumerate() {
            let path_is_there = !change.starts_with("\"team.") || self.has_staff(change);
            if path_is_there && self.dice.one_in(6) {
                let _ = write!(
                    self.text,
                    "[[intervention]]\nname = \"i{idx}\"\nat = 2024-03-31T0{}:00:00\nset = {{ {change} }}\n",
                    self.dice.roll(3, 6)
                );
            }
        }
    }

    /// Whether the team whose `staff` is to change has one.
    fn has_staff(&self, change: &str) -> bool {
        let team = change.trim_start_matches("\"team.").split('.').next().unwrap_or_default();
        let table = self.text.split(&format!("[team.{team}]\n")).nth(1).unwrap_or_default();
        table.starts_with("staff")
    }
}
