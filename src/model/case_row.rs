//! Cases on their way to another thread, in as few words as they need.
//!
//! What one thread has written another fetches from its cache, line by line, and before a line is written again it is
//! taken back from that other: this is most of what it costs to hand a case over. In memory a case is 72 bytes; here a
//! fresh one is mostly 12, and one that has been to a stage 32.

use super::case::{Case, Extras};
use crate::engine::Row;
use crate::units::{Duration, Time};

/// Cases, one after the other. Work that has been drawn goes along where it is likely, with a fresh case, and if it takes
/// no more than 71 minutes; else whoever the case goes to draws it again, and it comes out the same.
#[derive(Debug, Default)]
pub(super) struct CaseRow {
    /// Of each case a head, and what its form says.
    words: Vec<u32>,
    /// What only some have, in the order of the cases.
    extras: Vec<Box<Extras>>,
    n: usize,
    last: Last,
}

/// What a case is compared with: the one before it.
#[derive(Debug, Default, Clone, Copy)]
struct Last {
    id: u64,
    at: u64,
    flags: u32,
}

/// How a case is written; what its form leaves out is zero. All have a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// When it is due, after the one before, and its work, if that is drawn; its number is the next, its flags are the
    /// same, and it was sent when it is due.
    Fresh,
    /// Its flags; how far its number and when it is due are from those of the one before, in either direction; how long
    /// before that it was sent, how long it has waited, was in hand and on its way. Each takes 32 bits: 2³² microseconds
    /// are 71 minutes.
    Worked,
    /// All there is, and perhaps extras.
    Whole,
}

const MIDDLE: u64 = 1 << 31;

const FORMS: [Form; 4] = [Form::Fresh, Form::Worked, Form::Whole, Form::Whole];

// where in a head the properties of a case begin, after its form
const COUNTED: u32 = 2;
const EXTRAS: u32 = 3;
const CLASS: u32 = 4;
const STAGE: u32 = 12;

impl Row<Box<Case>> for CaseRow {
    #[inline]
    fn push(&mut self, mut case: Box<Case>) -> Option<Box<Case>> {
        let Case { id, flags, stage, class, counted, waiting, handling, propagation, work, .. } = *case;
        let last = self.last;
        let at = case.at.as_micros();
        let (since_sent, since_last) = (at.wrapping_sub(case.sent.as_micros()), at.wrapping_sub(last.at));
        let (waiting, handling, propagation, work) =
            (waiting.as_micros(), handling.as_micros(), propagation.as_micros(), work.as_micros());
        let head = u32::from(counted) << COUNTED | u32::from(class) << CLASS | u32::from(stage) << STAGE;
        // in the middle of 32 bits, so that what comes before the last fits too
        let (id_from_last, at_from_last) =
            (id.wrapping_sub(last.id).wrapping_add(MIDDLE), since_last.wrapping_add(MIDDLE));
        let has_extras = case.extras.as_ref().is_some_and(|extras| !extras.is_empty());
        if since_sent | waiting | handling | propagation == 0
            && (id, flags) == (last.id.wrapping_add(1), last.flags)
            && since_last >> 32 == 0
            && !has_extras
        {
            let work = u32::try_from(work).unwrap_or(0);
            self.words.extend_from_slice(&[head | Form::Fresh as u32, since_last as u32, work]);
        } else if (id_from_last | at_from_last | since_sent | waiting | handling | propagation) >> 32 == 0
            && !has_extras
        {
            self.words.extend_from_slice(&[
                head | Form::Worked as u32,
                flags,
                id_from_last as u32,
                at_from_last as u32,
                since_sent as u32,
                waiting as u32,
                handling as u32,
                propagation as u32,
            ]);
        } else {
            self.words
                .extend_from_slice(&[head | Form::Whole as u32 | u32::from(has_extras) << EXTRAS, flags]);
            for field in [id, at, since_sent, waiting, handling, propagation] {
                self.words.extend_from_slice(&[field as u32, (field >> 32) as u32]);
            }
            if has_extras {
                self.extras.extend(case.extras.take());
            }
        }
        self.last = Last { id, at, flags };
        self.n += 1;
        Some(case)
    }

    fn move_to(&mut self, empty: &mut Self) {
        empty.words.extend_from_slice(&self.words);
        self.words.clear();
        empty.extras.append(&mut self.extras);
        empty.n = std::mem::take(&mut self.n);
        self.last = Last::default();
    }

    fn unpack(&mut self, spent: &mut Vec<Box<Case>>, cases: &mut Vec<Box<Case>>) {
        cases.reserve(self.n);
        let mut extras = self.extras.drain(..);
        let mut last = Last::default();
        let mut words = &self.words[..];
        while let Some((&head, rest)) = words.split_first() {
            let (written, rest) = read(FORMS[head as usize & 3], last, rest);
            let Written { flags, id, at, since_sent, waiting, handling, propagation, work } = written;
            words = rest;
            last = Last { id, at, flags };
            let case = Case {
                id,
                at: Time::from_micros(at),
                work: Duration::from_micros(work),
                flags,
                stage: (head >> STAGE) as u16,
                class: (head >> CLASS) as u8,
                counted: head >> COUNTED & 1 == 1,
                sent: Time::from_micros(at.wrapping_sub(since_sent)),
                waiting: Duration::from_micros(waiting),
                handling: Duration::from_micros(handling),
                propagation: Duration::from_micros(propagation),
                extras: if head >> EXTRAS & 1 == 1 { extras.next() } else { None },
            };
            cases.push(match spent.pop() {
                None => Box::new(case),
                Some(mut memory) => {
                    *memory = case;
                    memory
                }
            });
        }
        drop(extras);
        self.words.clear();
        (self.n, self.last) = (0, Last::default());
    }
}

/// What stands after the head of a case, times in microseconds.
#[derive(Debug, Default)]
struct Written {
    flags: u32,
    id: u64,
    at: u64,
    since_sent: u64,
    waiting: u64,
    handling: u64,
    propagation: u64,
    work: u64,
}

/// Reads what stands after the head of a case, and what is left of the words.
#[inline]
fn read(form: Form, last: Last, words: &[u32]) -> (Written, &[u32]) {
    const SHORT: &str = "what was written is there";
    match form {
        Form::Fresh => {
            let (&[since_last, work], rest) = words.split_first_chunk().expect(SHORT);
            let (id, at) = (last.id.wrapping_add(1), last.at.wrapping_add(u64::from(since_last)));
            (Written { flags: last.flags, id, at, work: u64::from(work), ..Written::default() }, rest)
        }
        Form::Worked => {
            let (&[flags, id, at, since_sent, waiting, handling, propagation], rest) =
                words.split_first_chunk().expect(SHORT);
            let from =
                |last: u64, difference: u32| last.wrapping_add(u64::from(difference)).wrapping_sub(MIDDLE);
            let written = Written {
                flags,
                id: from(last.id, id),
                at: from(last.at, at),
                since_sent: u64::from(since_sent),
                waiting: u64::from(waiting),
                handling: u64::from(handling),
                propagation: u64::from(propagation),
                work: 0,
            };
            (written, rest)
        }
        Form::Whole => {
            let (&[flags, ref fields @ ..], rest) = words.split_first_chunk::<13>().expect(SHORT);
            let [id, at, since_sent, waiting, handling, propagation] =
                std::array::from_fn(|i| u64::from(fields[2 * i]) | u64::from(fields[2 * i + 1]) << 32);
            (Written { flags, id, at, since_sent, waiting, handling, propagation, work: 0 }, rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way in which a case may differ from a fresh one, alone and together, at the edges of what a form holds.
    fn cases() -> Vec<Box<Case>> {
        const EDGES: [u64; 7] = [0, 1, 83, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32];
        let mut cases = Vec::new();
        for (i, edge) in EDGES.into_iter().enumerate() {
            for what in 0..1_u32 << 10 {
                let has = |bit: u32| what >> bit & 1 == 1;
                let pick = |bit: u32| if has(bit) { edge } else { 0 };
                let at = Time::from_micros(pick(0) + cases.len() as u64);
                let id = (3_u64 << 48 | cases.len() as u64).wrapping_add(pick(1));
                let mut case = Case::new(id, if has(2) { u8::MAX } else { 0 }, at, has(3));
                case.at = at + Duration::from_micros(pick(4));
                case.waiting = Duration::from_micros(pick(5));
                case.handling = Duration::from_micros(pick(6));
                case.propagation = Duration::from_micros(pick(7) / 3);
                case.work = Duration::from_micros(pick(9));
                case.stage = if has(8) { u16::MAX } else { i as u16 };
                case.flags = if has(8) { u32::MAX } else { 0 };
                case.extras = (what % 7 == 6).then(|| {
                    let returns = vec![what];
                    Box::new(Extras { clocks: Vec::new(), visit: None, returns })
                });
                cases.push(Box::new(case));
            }
        }
        cases
    }

    /// All that is known of cases, but for their work: that may be drawn again.
    fn without_work<'a>(cases: impl Iterator<Item = &'a Box<Case>>) -> String {
        cases.map(|case| format!("{case:?}").replace(&format!("work: {:?}", case.work), "")).collect()
    }

    #[test]
    fn cases_come_out_of_a_row_as_they_went_in() {
        let (mut row, mut on_its_way) = (CaseRow::default(), CaseRow::default());
        let mut spent = vec![Box::new(Case::new(9, 9, Time::from_micros(9), true))];
        // in either order, and in the same row again, where the first is not like the last of before any more
        let mut backwards = cases();
        backwards.reverse();
        let again = backwards.last().map(|last| {
            let sent = last.at + Duration::from_micros(1);
            let mut next = Case::new(last.id + 1, 1, sent, true);
            next.flags = last.flags;
            vec![Box::new(next)]
        });
        for cases in [cases(), backwards, again.unwrap()] {
            let sent: Vec<(u64, Duration)> = cases.iter().map(|case| (case.id, case.work)).collect();
            let expected = without_work(cases.iter());
            for case in cases {
                let left = row.push(case).unwrap();
                assert!(left.extras.is_none(), "they went with it");
            }
            row.move_to(&mut on_its_way);
            assert!(row.words.is_empty() && row.extras.is_empty() && row.n == 0);
            assert_eq!(on_its_way.n, sent.len());
            let mut unpacked = Vec::new();
            on_its_way.unpack(&mut spent, &mut unpacked);
            assert_eq!(without_work(unpacked.iter()), expected);
            for (case, (id, work)) in unpacked.iter().zip(sent) {
                assert!(case.id == id && (case.work == work || !case.is_work_drawn()));
            }
            let CaseRow { words, extras, n, .. } = &on_its_way;
            assert!(words.is_empty() && extras.is_empty() && *n == 0 && spent.is_empty());
        }
    }

    #[test]
    fn usual_cases_take_little() {
        let mut row = CaseRow::default();
        let mut words_for = |id: u64, change: &dyn Fn(&mut Case)| {
            let before = row.words.len();
            let mut case = Case::new(id, 3, Time::from_micros(1_000 * id), true);
            change(&mut case);
            row.push(Box::new(case));
            row.words.len() - before
        };
        assert_eq!(words_for(1 << 40, &|_| ()), 14, "nothing is like it before the first");
        assert_eq!(words_for(1 << 40 | 1, &|_| ()), 3);
        assert_eq!(words_for(1 << 40 | 2, &|case| case.work = Duration::HOUR), 3);
        // it came by a channel of five minutes, and before those that are written already
        let worked = |case: &mut Case| {
            case.handling = Duration::from_micros(500);
            case.propagation = Duration::from_micros(300_000_000);
            case.at = case.sent + case.handling + case.propagation;
        };
        assert_eq!(words_for(1 << 40 | 9, &worked), 8);
        assert_eq!(words_for(1 << 40 | 5, &worked), 8);
        let keeps_memory = |case: &mut Case| case.extras = Some(Box::default());
        assert_eq!(words_for(1 << 40 | 3, &|case| (worked(case), keeps_memory(case)).0), 8);
        assert_eq!(words_for(1 << 40 | 4, &|case| case.waiting = Duration::HOUR + Duration::HOUR), 14);
        let mut cases = Vec::new();
        row.unpack(&mut Vec::new(), &mut cases);
        let works: Vec<Duration> = cases.iter().map(|case| case.work).collect();
        assert_eq!(works[..3], [Duration::ZERO, Duration::ZERO, Duration::HOUR], "drawn work goes along");
    }
}
