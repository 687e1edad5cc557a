use super::*;

/// A token that counts its hops.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Token {
    due: u64,
    id: u64,
    hops: u32,
}

impl Message for Token {
    type Row = Vec<Self>;
    fn time(&self) -> Time {
        Time::from_micros(self.due)
    }
    fn order(&self) -> u64 {
        self.id
    }
}

/// Passes each token on after a delay, and logs it.
#[derive(Debug)]
struct Relay {
    to: usize,
    delay: u64,
    log: Vec<Token>,
    born: Vec<Token>,
    /// It halts at the first token that is due then or later, with that token's time.
    halts_at: u64,
}

impl Process for Relay {
    type Message = Token;
    type Halt = u64;
    /// How many tokens it has seen.
    type Report = usize;

    fn advance(
        &mut self,
        until: Time,
        arrivals: &mut Vec<Token>,
        outbox: &mut Outbox<Token>,
    ) -> Result<(), u64> {
        let born = self.born.extract_if(.., |token| token.time() < until).collect::<Vec<_>>();
        for token in arrivals.drain(..).chain(born) {
            assert!(token.time() < until);
            if token.due >= self.halts_at {
                return Err(token.due);
            }
            self.log.push(token);
            outbox.send(self.to, Token { due: token.due + self.delay, hops: token.hops + 1, ..token });
        }
        Ok(())
    }

    fn report(&self) -> usize {
        self.log.len()
    }
}

const WAYS: [Execution; 8] = [
    Execution { parallel: false, shuffle: None },
    Execution { parallel: true, shuffle: None },
    Execution { parallel: true, shuffle: Some(1) },
    Execution { parallel: true, shuffle: Some(2) },
    Execution { parallel: true, shuffle: Some(3) },
    Execution { parallel: false, shuffle: Some(1) },
    Execution { parallel: false, shuffle: Some(2) },
    Execution { parallel: false, shuffle: Some(3) },
];

fn ring(halts_at: [u64; 3]) -> Network<Relay> {
    // 0 -> 1 -> 2 -> 0: the last edge is longer than an epoch and closes the cycle
    let delays = [1, 3, 25];
    let relays = (0..3).map(|i| Relay {
        to: (i + 1) % 3,
        delay: delays[i],
        log: vec![],
        born: if i == 0 { (0..5).map(|id| Token { due: 40 * id, id, hops: 0 }).collect() } else { vec![] },
        halts_at: halts_at[i],
    });
    let edges: Vec<Edge> =
        (0..3).map(|i| Edge { from: i, to: (i + 1) % 3, delay: Duration::from_micros(delays[i]) }).collect();
    Network::new(relays.collect(), &edges, Duration::from_micros(20), Time::from_micros(1000)).unwrap()
}

/// What was told of an epoch, and the messages on their way.
type ToldOf = (Vec<usize>, usize);

/// What each process saw, and what was told of each epoch.
fn run_of(execution: Execution) -> (Vec<Vec<Token>>, Vec<ToldOf>) {
    let mut network = ring([u64::MAX; 3]);
    let mut told = Vec::new();
    let check = |reports: &[usize], in_transit| {
        told.push((reports.to_vec(), in_transit));
        Ok(())
    };
    network.run(execution, check).unwrap();
    (network.into_parts().0.map(|relay| relay.log).collect(), told)
}

#[test]
fn a_cycle_with_a_long_edge_runs_and_order_does_not_matter() {
    let (logs, told) = run_of(Execution::default());
    // each round trip takes 29: the token born at 0 passes process 0 at 0, 29, 58, … below 1000
    assert_eq!(logs[0].iter().filter(|token| token.id == 0).count(), 1000_usize.div_ceil(29));
    for (i, (reports, in_transit)) in told.iter().enumerate() {
        // what each had seen by the end of that epoch, and the tokens that had been born by then
        let end = 20 * (i as u64 + 1);
        let seen = |log: &Vec<Token>| log.iter().filter(|token| token.due < end).count();
        assert_eq!(*reports, logs.iter().map(seen).collect::<Vec<_>>());
        assert_eq!(*in_transit, (0..5).filter(|id| 40 * id < end).count());
    }
    assert_eq!(told.len(), 50);
    for execution in WAYS {
        assert_eq!(run_of(execution), (logs.clone(), told.clone()));
    }
    for threads in [1, 2, 3, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for execution in WAYS {
            assert_eq!(pool.install(|| run_of(execution)), (logs.clone(), told.clone()), "{threads} threads");
        }
    }
}

/// A source that sends some 300 tokens an epoch down a chain of relays, each of which sends them on. The third may halt.
fn chain(n: usize, halts_at: u64) -> Network<Relay> {
    let relay = |i: usize| Relay {
        to: i + 1,
        delay: 1,
        log: vec![],
        born: if i == 0 {
            (0..100_000).map(|id| Token { due: id / 6, id, hops: 0 }).collect()
        } else {
            vec![]
        },
        halts_at: if i == 2 { halts_at } else { u64::MAX },
    };
    let mut relays: Vec<Relay> = (0..n).map(relay).collect();
    // the last has somebody to send to, a century later
    relays[n - 1].to = 0;
    relays[n - 1].delay = 1_000_000;
    let edge = |from: usize, to, delay| Edge { from, to, delay: Duration::from_micros(delay) };
    let mut edges: Vec<Edge> = (1..n).map(|to| edge(to - 1, to, 1)).collect();
    edges.push(edge(n - 1, 0, 1_000_000));
    Network::new(relays, &edges, Duration::from_micros(50), Time::from_micros(20_000)).unwrap()
}

#[test]
fn a_chain_is_divided_among_threads_and_sees_the_same() {
    let expected: Vec<Vec<Token>> = {
        let mut network = chain(6, u64::MAX);
        network.run(Execution::default(), |_, _| Ok(())).unwrap();
        network.into_parts().0.map(|relay| relay.log).collect()
    };
    assert_eq!(expected[5].len(), 100_000);
    for threads in [2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut network = chain(6, u64::MAX);
        let execution = Execution { parallel: true, shuffle: None };
        pool.install(|| network.run(execution, |_, _| Ok(()))).unwrap();
        assert_eq!(network.groups.len(), threads, "they are divided to the end");
        let boxes: usize = (network.groups.iter().flat_map(|group| &group.nodes))
            .flat_map(|node| &node.outbox.lanes)
            .map(|lane| lane.boxes.len())
            .sum();
        assert!(boxes > 0 && boxes < 50, "what they travelled in is used again: {boxes}");
        let logs: Vec<Vec<Token>> = network.into_parts().0.map(|relay| relay.log).collect();
        assert!(logs == expected, "{threads} threads");
    }
}

#[test]
fn a_chain_that_is_divided_halts_where_it_would_on_one_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let execution = Execution { parallel: true, shuffle: None };
    for halts_at in [40, 6_021, 15_999] {
        let mut network = chain(6, halts_at);
        // the checks see the same epochs, too
        let (mut checks, mut expected_checks) = (0, 0);
        let count = |checks: &mut u64| {
            *checks += 1;
            Ok(())
        };
        let halted = pool.install(|| network.run(execution, |_, _| count(&mut checks)));
        let expected = chain(6, halts_at).run(Execution::default(), |_, _| count(&mut expected_checks));
        assert_eq!((halted, checks), (expected, expected_checks));
        assert_eq!(halted, Err(halts_at), "the third sees two more hops, and is due at every microsecond");
        assert_eq!(network.groups.len() == 2, halts_at > 5_000, "at first, all are in one group");
    }
}

#[test]
fn what_halts_first_is_the_same_whatever_the_order() {
    // 0 sees tokens at multiples of 29 after their births, 1 one microsecond later, 2 four
    // the second: 2 halts at 91, in the same epoch as 0
    for (halts_at, expected) in [([500, 470, u64::MAX], 476), ([90, 200, 85], 98), ([85, 85, 85], 87)] {
        for execution in WAYS {
            assert_eq!(ring(halts_at).run(execution, |_, _| Ok(())), Err(expected), "{execution:?}");
            // what is found when all have done an epoch comes before all of the next
            let mut checks = 0;
            let third = network_of_check(execution, halts_at, &mut checks);
            assert_eq!((third, checks), (Err(3), 3));
        }
    }
}

/// The second process halts, and the first could, in the same epoch, because of what the third sends it.
#[test]
fn a_process_may_halt_for_one_that_comes_after_it() {
    let token = |due| Token { due, id: due, hops: 0 };
    let network = || {
        let relay = |to, born, halts_at| Relay { to, delay: 5000, log: vec![], born, halts_at };
        let first = relay(1, vec![], 50);
        let second = relay(2, vec![token(41)], 41);
        let third = Relay { delay: 1, ..relay(0, vec![token(55)], u64::MAX) };
        let edge = |from, to, delay| Edge { from, to, delay: Duration::from_micros(delay) };
        let edges = [edge(0, 1, 5000), edge(1, 2, 5000), edge(2, 0, 1)];
        let (epoch, horizon) = (Duration::from_micros(20), Time::from_micros(1000));
        Network::new(vec![first, second, third], &edges, epoch, horizon).unwrap()
    };
    for execution in WAYS {
        assert_eq!(network().run(execution, |_, _| Ok(())), Err(56), "{execution:?}");
    }
}

/// Runs with a check that fails at the third epoch.
fn network_of_check(execution: Execution, halts_at: [u64; 3], checks: &mut u64) -> Result<(), u64> {
    ring(halts_at).run(execution, |_, _| {
        *checks += 1;
        if *checks < 3 { Ok(()) } else { Err(*checks) }
    })
}

#[test]
fn a_cycle_of_short_edges_is_refused() {
    let relay = |to| Relay { to, delay: 1, log: vec![], born: vec![], halts_at: u64::MAX };
    let edge = |from, to| Edge { from, to, delay: Duration::from_micros(1) };
    let network = Network::new(
        vec![relay(1), relay(0)],
        &[edge(0, 1), edge(1, 0)],
        Duration::from_micros(20),
        Time::from_micros(100),
    );
    assert_eq!(network.err(), Some(NetworkError::Cycle));
}
