//! The engine by itself: processes that are nothing but senders and a log.

use std::panic::{AssertUnwindSafe, catch_unwind};

use vigie::engine::{Edge, Execution, Message, Network, Outbox, Process};
use vigie::units::{Duration, Time};

const EPOCH: u64 = 100;
const HORIZON: u64 = 1_000;

/// A letter that says when it was sent, by whom, and to whom it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Letter {
    due: u64,
    order: u64,
    sent: u64,
    to: usize,
}

impl Message for Letter {
    type Row = Vec<Self>;

    fn time(&self) -> Time {
        Time::from_micros(self.due)
    }

    fn order(&self) -> u64 {
        self.order
    }
}

/// Sends letters at their times, in the order in which it has them; keeps those that come, epoch by epoch.
#[derive(Debug, Default)]
struct Correspondent {
    to_send: Vec<Letter>,
    received: Vec<(u64, Vec<Letter>)>,
}

impl Process for Correspondent {
    type Message = Letter;
    type Halt = ();
    type Report = ();

    fn advance(
        &mut self,
        until: Time,
        arrivals: &mut Vec<Letter>,
        outbox: &mut Outbox<Letter>,
    ) -> Result<(), ()> {
        self.received.push((until.as_micros(), std::mem::take(arrivals)));
        for letter in self.to_send.extract_if(.., |letter| letter.sent < until.as_micros()) {
            outbox.send(letter.to, letter);
        }
        Ok(())
    }

    fn report(&self) {}
}

/// Lets senders write to one receiver, the last process; what it received, epoch by epoch.
fn delivered(
    letters: &[Vec<Letter>],
    delays: &[u64],
    horizon: u64,
    execution: Execution,
) -> Vec<(u64, Vec<Letter>)> {
    let receiver = letters.len();
    let senders = letters.iter().map(|to_send| Correspondent { to_send: to_send.clone(), received: vec![] });
    let processes = senders.chain([Correspondent::default()]).collect();
    let edges: Vec<Edge> = delays
        .iter()
        .enumerate()
        .map(|(from, delay)| Edge { from, to: receiver, delay: Duration::from_micros(*delay) })
        .collect();
    let network = Network::new(processes, &edges, Duration::from_micros(EPOCH), Time::from_micros(horizon));
    let mut network = network.expect("there is no cycle");
    network.run(execution, |_, _| Ok(())).expect("nobody halts");
    network.into_parts().0.last().map(|process| process.received).unwrap_or_default()
}

/// Letters of three senders: for the epoch in which they are sent and for later ones, many at the same time, and sent
/// in no order. The third is so slow that all of its letters are for later epochs.
fn letters(delays: &[u64], horizon: u64) -> Vec<Vec<Letter>> {
    let mut state = 1_u64;
    let mut next = |below: u64| {
        // the generator of Knuth's MMIX: its high bits are good enough for a test
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut order = 0;
    let mut letters_of = |delay: u64| -> Vec<Letter> {
        (0..400)
            .map(|_| {
                let sent = next(horizon);
                let ahead = [0, 0, 7, 40, EPOCH, 3 * EPOCH, 5 * EPOCH + 50][next(7) as usize];
                // coarse times, so that many are due together; the multiplier mixes the senders' orders
                let due = (sent + delay + ahead).next_multiple_of(10);
                order += 1;
                Letter { due, order: order * 7_919 % 100_003, sent, to: delays.len() }
            })
            .collect()
    };
    delays.iter().map(|delay| letters_of(*delay)).collect()
}

#[test]
fn messages_come_in_order_of_time_and_then_of_what_they_are_about() {
    let delays = [0, 15, 2 * EPOCH];
    // a horizon that cuts the last epoch short, too
    for horizon in [HORIZON, HORIZON - 37] {
        let letters = letters(&delays, horizon);
        let mut expected: Vec<Letter> =
            letters.iter().flatten().copied().filter(|letter| letter.due < horizon).collect();
        expected.sort_by_key(|letter| (letter.due, letter.order));
        let ties = expected.windows(2).filter(|pair| pair[0].due == pair[1].due).count();
        assert!(ties > 100, "{ties} are due together");
        for epoch in [0, 1] {
            let is_so = |letter: &&Letter| u64::from(letter.sent / EPOCH != letter.due / EPOCH) == epoch;
            assert!(expected.iter().filter(is_so).count() > 100, "letters for this epoch and for later ones");
        }
        let executions = [
            Execution { parallel: false, shuffle: None },
            Execution { parallel: true, shuffle: None },
            Execution { parallel: true, shuffle: Some(3) },
            Execution { parallel: true, shuffle: Some(4) },
            Execution { parallel: false, shuffle: Some(1) },
            Execution { parallel: false, shuffle: Some(2) },
        ];
        for execution in executions {
            let received = delivered(&letters, &delays, horizon, execution);
            assert_eq!(received.len() as u64, horizon.div_ceil(EPOCH));
            for (number, (until, batch)) in received.iter().enumerate() {
                // what is due in the last epoch, but after the horizon, never comes
                let epoch = number as u64 * EPOCH..((number as u64 + 1) * EPOCH).min(horizon);
                assert_eq!(*until, epoch.end);
                assert!(batch.iter().all(|letter| epoch.contains(&letter.due)), "each in its epoch");
            }
            let in_all: Vec<Letter> = received.into_iter().flat_map(|(_, batch)| batch).collect();
            assert_eq!(in_all, expected, "{execution:?}");
        }
    }
}

#[test]
fn a_message_for_an_epoch_that_is_over_is_a_panic() {
    // a letter is sent in the fourth epoch; over an edge that is shorter than an epoch, the receiver waits for its sender
    // before it does the same epoch, and over a longer one it does not
    for (delay, first_open) in [(0, 300), (2 * EPOCH, 400)] {
        for due in [0, 150, 299, 300, 399, 400, 999] {
            let letter = Letter { due, order: 1, sent: 350, to: 1 };
            let run = || delivered(&[vec![letter]], &[delay], HORIZON, Execution::default());
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(received) => {
                    assert!(due >= first_open, "due at {due} over an edge with delay {delay}: no panic");
                    let batch = &received[(due / EPOCH) as usize].1;
                    assert_eq!(*batch, [letter]);
                }
                Err(panic) => {
                    assert!(due < first_open, "due at {due} over an edge with delay {delay}: a panic");
                    let text = panic.downcast_ref::<String>().map_or("", String::as_str);
                    assert!(text.contains("which is over"), "{text}");
                }
            }
        }
    }
}
