//! Which thread works on which processes.
//!
//! It makes no difference to the answers, only to how long they take: threads should have about as much to do as each
//! other, and hand over little, because what one has written another must fetch from its cache.

/// What a process has had to do lately.
#[derive(Debug, Clone, Default)]
pub(super) struct Load {
    /// Messages taken.
    pub(super) taken: u64,
    /// Messages sent, by receiver.
    pub(super) sent: Vec<(usize, u64)>,
}

/// What it costs to take a message, to send one, and to hand one over to another thread, on either side; in units of
/// some five nanoseconds (by samples of the pipeline of the benchmark and of M/M/50, with two threads).
const TAKING: u64 = 8;
const SENDING: u64 = 4;
const HANDING_OVER: u64 = 1;

/// A division is not worth what it costs at first (caches, memory of one's own) unless so many rounds lie ahead: with two
/// threads M/M/1 broke even at some forty rounds, and M/M/50 before. Those are the lightest of messages; but rounds have
/// about as many of them in every plan.
pub(super) const ROUNDS_WORTHWHILE: u64 = 32;

/// Another division is not worth the caches that it empties unless it promises a tenth less.
const WORTHWHILE: (u64, u64) = (9, 10);

/// What it costs to take and to send so many messages.
pub(super) fn work(taken: u64, sent: u64) -> u64 {
    TAKING * taken + SENDING * sent
}

impl Load {
    fn work(&self) -> u64 {
        work(self.taken, self.sent.iter().map(|(_, sent)| sent).sum())
    }
}

/// Divides processes into at most so many groups: the group of each. `None` where the present division is about as good.
///
/// The largest goes first, to where the group with most to do has least to do with it (the rule of the longest processing
/// time; R. L. Graham, 1969, "Bounds on multiprocessing timing anomalies"; here with what handing over costs).
pub(super) fn divide(loads: &[Load], present: &[usize], n_groups: usize) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = (0..loads.len()).collect();
    order.sort_by_key(|process| (std::cmp::Reverse(loads[*process].work()), *process));
    let n_groups = n_groups.min(loads.len());
    let mut division = vec![None; loads.len()];
    let neighbours = neighbours(loads);
    let mut burdens = vec![0; n_groups];
    for process in order {
        // what it costs to hand over between it and those who are in each group already
        let mut ties = vec![0; n_groups];
        for &(other, sent) in &neighbours[process] {
            if let Some(group) = division[other] {
                ties[group] += HANDING_OVER * sent;
            }
        }
        let all_ties: u64 = ties.iter().sum();
        let with = |group: usize, other: usize| {
            let own = loads[process].work() + all_ties - ties[group];
            burdens[other] + if other == group { own } else { ties[other] }
        };
        // whatever is the most, and of what makes no difference to that, the least here
        let best = (0..n_groups)
            .min_by_key(|&group| ((0..n_groups).map(|other| with(group, other)).max(), with(group, group)))?;
        burdens = (0..n_groups).map(|other| with(best, other)).collect();
        division[process] = Some(best);
    }
    let division = heaviest_first(division.into_iter().flatten(), &burdens);
    let together = vec![0; loads.len()];
    let burden = |division: &[usize]| largest_burden(loads, division);
    let best = if is_worthwhile(burden(&division), burden(&together)) { division } else { together };
    is_worthwhile(burden(&best), burden(present)).then_some(best)
}

/// Whether a burden is enough below another.
pub(super) fn is_worthwhile(burden: u64, present: u64) -> bool {
    burden * WORTHWHILE.1 < present * WORTHWHILE.0
}

/// Those that each process sends to or takes from, and how many messages.
fn neighbours(loads: &[Load]) -> Vec<Vec<(usize, u64)>> {
    let mut neighbours = vec![Vec::new(); loads.len()];
    for (from, load) in loads.iter().enumerate() {
        for &(to, sent) in &load.sent {
            neighbours[from].push((to, sent));
            neighbours[to].push((from, sent));
        }
    }
    neighbours
}

/// What the group with most to do has to do.
fn largest_burden(loads: &[Load], division: &[usize]) -> u64 {
    let mut burdens = vec![0; division.len() + 1];
    for (from, load) in loads.iter().enumerate() {
        burdens[division[from]] += load.work();
        for &(to, sent) in load.sent.iter().filter(|(to, _)| division[*to] != division[from]) {
            burdens[division[from]] += HANDING_OVER * sent;
            burdens[division[to]] += HANDING_OVER * sent;
        }
    }
    burdens.into_iter().max().unwrap_or(0)
}

/// The same division, with the groups numbered from that with most to do: the thread that begins a round works on it,
/// and mostly need not be woken at the end. Groups with nobody in them are the last, and left out.
fn heaviest_first(division: impl Iterator<Item = usize>, burdens: &[u64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..burdens.len()).collect();
    order.sort_by_key(|group| std::cmp::Reverse(burdens[*group]));
    let mut numbers = vec![0; burdens.len()];
    order.into_iter().enumerate().for_each(|(number, group)| numbers[group] = number);
    division.map(|group| numbers[group]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(taken: u64, sent: &[(usize, u64)]) -> Load {
        Load { taken, sent: sent.to_vec() }
    }

    #[test]
    fn a_pipeline_is_divided_by_work() {
        // a source, a large stage, and three small ones that it feeds
        let loads = [
            load(0, &[(1, 100)]),
            load(100, &[(2, 20), (3, 20), (4, 20)]),
            load(20, &[]),
            load(20, &[]),
            load(20, &[]),
        ];
        let division = divide(&loads, &[0; 5], 2).unwrap();
        assert_eq!(division, [1, 0, 1, 1, 1], "the large stage has most to do: it is alone, and first");
        // it takes 100, sends 60, and hands over 160
        assert_eq!(largest_burden(&loads, &division), 100 * TAKING + 60 * SENDING + 160 * HANDING_OVER);
        assert_eq!(divide(&loads, &division, 2), None, "the present one is as good");
        assert_eq!(divide(&loads, &[0; 5], 1), None, "one thread does it all");
    }

    #[test]
    fn what_one_does_nearly_all_of_is_not_divided() {
        assert_eq!(divide(&[load(1000, &[(1, 100)]), load(100, &[])], &[0, 0], 2), None);
        // but a source and a station are worth a thread each
        assert_eq!(divide(&[load(0, &[(1, 100)]), load(100, &[])], &[0, 0], 2), Some(vec![1, 0]));
    }

    #[test]
    fn what_has_most_to_do_with_another_stays_with_it() {
        // two pairs that have nothing to do with each other
        let loads = [load(0, &[(2, 50)]), load(0, &[(3, 50)]), load(50, &[]), load(50, &[])];
        let division = divide(&loads, &[0; 4], 2).unwrap();
        assert_eq!((division[0] == division[2], division[1] == division[3]), (true, true), "{division:?}");
        assert_ne!(division[0], division[1]);
    }
}
