//! Mistakes to make in the small scenario, each alone.

/// A change to the small scenario that makes it wrong: a text in it, and what stands there instead.
pub(super) type Mistake = (&'static str, &'static str);

pub(super) const HEAD: &[Mistake] = &[
    ("title    = \"Small\"\n", ""),
    ("title    = \"Small\"", "title = 3"),
    ("title    = \"Small\"", "title = \" \""),
    ("title    = \"Small\"", "title = \"a\\u001bb\""),
    ("start    = 2015-01-05T00:00:00", "start = \"2015-01-05\""),
    ("start    = 2015-01-05T00:00:00", "start = 2015-02-30"),
    ("start    = 2015-01-05T00:00:00", "start = 12:30:00"),
    ("start    = 2015-01-05T00:00:00", "start = 2015-01-05T00:00:00Z"),
    ("start    = 2015-01-05T00:00:00", "start = 0001-01-05"),
    ("Europe/Paris", "Europe/Pariss"),
    ("Europe/Paris", "Paris time"),
    ("21 days", "21"),
    ("21 days", "21 dayz"),
    ("21 days", "-3 days"),
    ("21 days", "2,5 days"),
    ("21 days", "101 years"),
    ("21 days", "0s"),
    ("2 days", "21 days"),
    ("[\"terrorism\", \"fraud\"]", "[]"),
    ("[\"terrorism\", \"fraud\"]", "[\"terrorism\", \"fraud\", \"fraud\"]"),
    ("[\"terrorism\", \"fraud\"]", "[\"terrorism\", \"fraud\", \"<script>\"]"),
    ("[\"terrorism\", \"fraud\"]", "[\"terrorism\", \"fraud\", 3]"),
    ("[\"terrorism\", \"fraud\"]", "\"terrorism\""),
    ("warm_up", "warmup"),
    ("warm_up  = \"2 days\"", "bucket = \"1min\""),
    ("warm_up  = \"2 days\"", "bucket = \"0s\""),
    ("warm_up  = \"2 days\"", "replications = 0"),
    ("warm_up  = \"2 days\"", "seed = -1"),
    ("warm_up  = \"2 days\"", "seed = 1.5"),
    ("warm_up  = \"2 days\"", "seed = 99999999999999999999"),
    ("warm_up  = \"2 days\"", "without = [\"a.b\"]"),
    ("warm_up  = \"2 days\"", "extends = \"small.toml\""),
    ("warm_up  = \"2 days\"", "extends = \"none.toml\""),
    ("warm_up  = \"2 days\"", "extends = \"../base.toml\""),
    ("warm_up  = \"2 days\"", "extends = 3"),
    ("warm_up  = \"2 days\"", "warm_up = "),
];

/// All that the small scenario says of its source.
const THE_SOURCE: &str = r#"[source.citizens]
rate = "515/day"
mix  = { terrorism = 0.1, fraud = 0.9 }
day  = "evening"
to   = "triage"

[[source.citizens.surge]]
at        = 2015-01-07T11:30:00
class     = "terrorism"
peak      = "16x"
rise      = "2h"
half_life = "3 days"
"#;

/// All that it says of its stage.
const THE_STAGE: &str = r#"[stage.triage]
team = "desk"
work = { lognormal = { mean = "4min", cv = 1.6 } }
to   = { kept = 0.4, exchange = 0.6 }
"#;

/// All that it says of its platform.
const THE_PLATFORM: &str = r#"[platform.twitter]
response = { lognormal = { median = "20h", p95 = "6 days" } }
answers  = 0.6
to       = "removed"
"#;

pub(super) const SOURCES: &[Mistake] = &[
    ("rate = \"515/day\"", "rate = \"515\""),
    ("rate = \"515/day\"", "rate = 515"),
    ("rate = \"515/day\"", "rate = \"515/fortnight\""),
    ("rate = \"515/day\"", "rate = [515]"),
    ("rate = \"515/day\"", "rate = \"515/day\"\nevery = \"10min\""),
    ("rate = \"515/day\"\n", ""),
    ("rate = \"515/day\"", "every = \"0s\""),
    ("rate = \"515/day\"", "rate = \"1000000/s\""),
    ("rate = \"515/day\"", "trace = \"none.csv\""),
    ("rate = \"515/day\"", "trace = \"/etc/passwd\""),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }\n", ""),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }", "mix = { terrorism = 0.1, fraud = 0.8 }"),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }", "mix = { terorism = 0.1, fraud = \"110%\" }"),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }", "mix = {}"),
    ("mix  = { terrorism = 0.1, fraud = 0.9 }", "mix = { fraud = 1 }"),
    ("day  = \"evening\"", "day = \"evenings\""),
    ("day  = \"evening\"", "day = [1, 2, 3]"),
    ("day  = \"evening\"", "week = [0, 0, 0, 0, 0, 0, 0]"),
    ("day  = \"evening\"", "week = [0, 0, 0, 0, 0, 0, -1]"),
    ("day  = \"evening\"", "zone = \"UTC\""),
    ("day  = \"evening\"", "batch = 0"),
    ("day  = \"evening\"", "batch = { uniform = [3, 2] }"),
    ("day  = \"evening\"", "batch = { uniform = [3] }"),
    ("day  = \"evening\"", "batch = { uniform = [2, 3], geometric = 2 }"),
    ("day  = \"evening\"", "batch = { poisson = 2 }"),
    ("day  = \"evening\"", "batch = \"five\""),
    ("day  = \"evening\"", "self_exciting = { branching = 1, decay = \"2h\" }"),
    ("day  = \"evening\"", "self_exciting = { branching = 0.4 }"),
    ("at        = 2015-01-07T11:30:00", "at = 2015-01-04"),
    ("at        = 2015-01-07T11:30:00", "at = 2016-01-04"),
    ("class     = \"terrorism\"", "class = \"terror\""),
    ("class     = \"terrorism\"", "class = \"triage\""),
    ("16x", "1x"),
    ("16x", "16"),
    ("16x", "16/moon"),
    ("half_life = \"3 days\"\n", ""),
    ("to   = \"triage\"", "to = \"triag\""),
    ("to   = \"triage\"", "to = \"desk\""),
    ("to   = \"triage\"", "to = \"fraud\""),
    ("to   = \"triage\"", "to = [\"triage\"]"),
    ("to   = \"triage\"", "to_by_class = { terrorism = \"triage\" }"),
    ("to   = \"triage\"\n", ""),
    ("[source.citizens]", "[source.\"the <b>\"]"),
    ("rate = \"515/day\"", "rate = \"100/s\"\nbatch = 1000000"),
    ("rate = \"515/day\"", "rate = \"1000/s\"\nself_exciting = { branching = 0.9, decay = \"2h\" }"),
    (THE_SOURCE, "[source.citizens]\nevery = \"1us\"\nmix = { fraud = 1 }\nto = \"triage\"\n"),
    (
        THE_SOURCE,
        "[source.citizens]\nevery = \"1ms\"\nbatch = { geometric = 9999 }\nmix = { fraud = 1 }\nto = \"triage\"\n",
    ),
    (
        THE_SOURCE,
        "[source.one]\nrate = \"4000/s\"\nmix = { fraud = 1 }\nto = \"triage\"\n[source.two]\nrate = \"4000/s\"\nmix = { fraud = 1 }\nto = \"triage\"\n",
    ),
];

pub(super) const PLACES: &[Mistake] = &[
    ("team = \"desk\"", "team = \"dsk\""),
    ("team = \"desk\"", "team = \"triage\""),
    ("team = \"desk\"", "teams = []"),
    ("team = \"desk\"", "teams = [\"desk\", \"desk\"]"),
    ("team = \"desk\"", "team = \"desk\"\nteams = [\"desk\"]"),
    ("team = \"desk\"\n", ""),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ lognormal = { mean = \"4min\" } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ lognormal = { mean = \"4min\", cv = -1 } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ lognormal = { mean = \"4min\", sigma = 1 } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ lognorml = { mean = \"4min\", cv = 1.6 } }"),
    (
        "{ lognormal = { mean = \"4min\", cv = 1.6 } }",
        "{ constant = \"1h\", exponential = { mean = \"1h\" } }",
    ),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ exponential = { mean = \"1h\", rate = \"1/h\" } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ exponential = { rate = \"0/h\" } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ weibull = { scale = \"1h\", cv = 1 } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ hyperexponential = { mean = \"1h\", cv = 0.5 } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ uniform = { min = \"1h\", max = \"1min\" } }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{ empirical = \"a/../../b.csv\" }"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "{}"),
    ("{ lognormal = { mean = \"4min\", cv = 1.6 } }", "4"),
    ("work = { lognormal = { mean = \"4min\", cv = 1.6 } }", "work_by_class = { fraud = \"4min\" }"),
    ("work = { lognormal = { mean = \"4min\", cv = 1.6 } }\n", ""),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = { kept = 0.4, exchange = 0.5 }"),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = { kept = 0.4, exchange = 0.7 }"),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = {}"),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"kept\""),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"exchange\"\nroom = 9999999999"),
    (
        "to   = { kept = 0.4, exchange = 0.6 }",
        "to = \"exchange\"\ngives_up_to = \"kept\"\noverflow_to = \"kept\"",
    ),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"exchange\"\ndiscipline = \"lifoo\""),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"exchange\"\npriority = [\"fraud\"]"),
    (
        "to   = { kept = 0.4, exchange = 0.6 }",
        "to = \"exchange\"\ndiscipline = \"priority\"\npriority = [\"fraud\", [\"fraud\"]]",
    ),
    ("[stage.triage]", "[stage.removed]"),
    ("[stage.triage]", "[stage.exchange]"),
    (
        "[stage.triage]",
        "[stage.triage]\n[stage.lost]\nteam = \"desk\"\nwork = \"1min\"\nto = \"kept\"\n[stage.more]",
    ),
    ("[channel.exchange]", "[channel.\"../exchange\"]"),
    ("delay = \"1h\"\n", ""),
    (
        "delay = \"1h\"",
        "delay = \"1h\"\nopen = { days = \"sun\", hours = \"09:00-08:00\", zone = \"Nowhere\" }",
    ),
    (
        "delay = \"1h\"",
        "delay = \"1h\"\nopen = { days = \"mon\", hours = \"9-17\", holidays = [\"2015-01-01\"] }",
    ),
    ("delay = \"1h\"\nto    = \"twitter\"", "delay = \"1h\"\nto = \"exchange\""),
    ("delay = \"1h\"\nto    = \"twitter\"", "delay = \"0s\"\nto = { exchange = 0.5, twitter = 0.5 }"),
    ("answers  = 0.6", "answers = 60"),
    ("answers  = 0.6", "answers = \"60\""),
    ("answers  = 0.6", "answers_by_class = { spam = 0.1 }"),
    ("answers  = 0.6", "staff = 3\nwork = \"1min\""),
    ("answers  = 0.6", "wage = 3"),
    ("response = { lognormal = { median = \"20h\", p95 = \"6 days\" } }\n", ""),
    ("response = { lognormal = { median = \"20h\", p95 = \"6 days\" } }", "staff = 3"),
    (
        "response = { lognormal = { median = \"20h\", p95 = \"6 days\" } }",
        "response = { lognormal = { median = \"20h\", p95 = \"6h\" } }",
    ),
    // loops that take no time
    (
        "to   = { kept = 0.4, exchange = 0.6 }",
        "to = \"exchange\"\npatience = \"0s\"\ngives_up_to = \"triage\"",
    ),
    (
        "to   = { kept = 0.4, exchange = 0.6 }",
        "to = \"exchange\"\npatience_by_class = { fraud = \"0s\" }\ngives_up_to = \"triage\"",
    ),
    ("to   = { kept = 0.4, exchange = 0.6 }", "to = \"exchange\"\nroom = 3\noverflow_to = \"triage\""),
    (THE_STAGE, "[stage.triage]\nteam = \"desk\"\nwork = \"0s\"\nto = { triage = 0.6, exchange = 0.4 }\n"),
    (
        THE_STAGE,
        "[stage.triage]\nteam = \"desk\"\nwork = \"1h\"\nwork_by_class = { fraud = \"0s\" }\nto = { triage = 0.6, exchange = 0.4 }\n",
    ),
    ("answers  = 0.6", "answers = 0.6\nsilent_to = \"twitter\""),
    (
        "delay = \"1h\"\nto    = \"twitter\"\n\n[platform.twitter]\nresponse = { lognormal = { median = \"20h\", p95 = \"6 days\" } }\nanswers  = 0.6\nto       = \"removed\"",
        "delay = \"0s\"\nto = \"twitter\"\n[platform.twitter]\nwork = \"0s\"\nstaff = 1\nto = { removed = 0.5, exchange = 0.5 }",
    ),
    // a way out that nobody takes
    (
        "to   = { kept = 0.4, exchange = 0.6 }",
        "to_by_class = { terrorism = \"exchange\", fraud = \"triage\" }\npatience_by_class = { terrorism = \"1h\" }",
    ),
    // a length that cannot be read makes no loop
    (
        THE_STAGE,
        "[stage.triage]\nteam = \"desk\"\nwork = { gamma = { mean = \"0s\", cv = 1 } }\nto = { triage = 0.6, exchange = 0.4 }\n",
    ),
    // what cannot be read is not unknown too
    (THE_STAGE, "[stage]\ntriage = 3\n"),
    (THE_STAGE, "[[stage]]\nname = \"triage\"\n"),
    ("[channel.exchange]\ndelay = \"1h\"\nto    = \"twitter\"", "[channel]\nexchange = \"1h\""),
    (THE_PLATFORM, "[platform]\ntwitter = 3\n"),
];

pub(super) const TEAMS: &[Mistake] = &[
    ("mon-fri", "mon-fry"),
    ("08:00-19:00", "8-19"),
    ("08:00-19:00", "08:00-08:00"),
    ("12:30-13:30", "20:00-21:00"),
    ("12:30-13:30", "noon"),
    (
        "staff = 13, breaks = [\"12:30-13:30\"] }]\nat_shift_end = \"hand over\"\ncall_in",
        "staff = 0 }]\nat_shift_end = \"hand over\"\ncal_in",
    ),
    ("staff = 13", "staff = 200000"),
    ("staff = 13", "staff = -1"),
    ("staff = 13", "staff = \"13\""),
    ("at_shift_end = \"hand over\"\n", ""),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"handover\""),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"finish\"\nstaff = 3"),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"finish\"\nzone = \"Europe/Lond\""),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"finish\"\nserves = [\"exchange\"]"),
    ("at_shift_end = \"hand over\"", "at_shift_end = \"finish\"\nserves = []"),
    ("waiting(triage) > 500", "waiting(triag) > 500"),
    ("waiting(triage) > 500", "queue(triage) > 500"),
    ("waiting(triage) > 500", "waiting(triage) >= 500"),
    ("waiting(triage) > 500", "waiting(exchange) > 500"),
    ("add = 20", "add = 0"),
    (", for = \"8h\"", ", for = \"0s\""),
    (", for = \"8h\"", ""),
    ("[team.desk]", "[team.other]\nstaff = 2\n[team.desk]"),
    ("[team.desk]", "[team.twitter]\n[team.desk]"),
    ("[team.desk]\n", "[team]\ndesk = 13\n[team.other]\n"),
];

pub(super) const TARGETS: &[Mistake] = &[
    ("name   = \"1 h for terrorism\"", "name = \"95 % <b>\""),
    ("class  = \"terrorism\"", "class = \"terror\""),
    ("class  = \"terrorism\"", "class = []"),
    (
        "mix  = { terrorism = 0.1, fraud = 0.9 }\nday  = \"evening\"\nto   = \"triage\"\n\n[[source.citizens.surge]]\nat        = 2015-01-07T11:30:00\nclass     = \"terrorism\"",
        "mix = { fraud = 1 }\nto = \"triage\"\n[[source.citizens.surge]]\nat = 2015-01-07T11:30:00\nclass = \"fraud\"",
    ),
    ("sent -> removed", "sent removed"),
    ("sent -> removed", "sent -> remove"),
    ("sent -> removed", "removed -> sent"),
    ("sent -> removed", "sent -> sent"),
    ("sent -> removed", "enters exchange -> removed"),
    ("sent -> removed", "starts twitter -> removed"),
    ("sent -> removed", "enters removed -> ended"),
    ("sent -> removed", "enters nowhere -> ended"),
    ("within = \"1h\"", "within = \"0s\""),
    ("share  = 0.95", "share = 95"),
    ("share  = 0.95", "share = 1"),
    ("share  = 0.95", "share = \"100%\""),
    ("share  = 0.95\n", ""),
    ("at   = 2015-01-10", "at = 2014-01-10"),
    ("at   = 2015-01-10", "at = 2017-01-10"),
    ("at   = 2015-01-10", "at = 2015-01-10\nuntil = 2015-01-10"),
    ("\"channel.exchange.delay\" = \"10min\"", "\"channel.exchang.delay\" = \"10min\""),
    ("\"channel.exchange.delay\" = \"10min\"", "\"channel.exchange.delay\" = \"10\""),
    ("\"channel.exchange.delay\" = \"10min\"", "\"channel.exchange.to\" = \"kept\""),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team.desk.wage\" = 3"),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team.desk.staff\" = 3"),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team.desk.shifts[1].staff\" = 3"),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team.desk.shifts[0].staff\" = \"many\""),
    ("\"channel.exchange.delay\" = \"10min\"", "\"team..staff\" = 3"),
    ("\"channel.exchange.delay\" = \"10min\"", "channel.exchange.delay = \"10min\""),
];
