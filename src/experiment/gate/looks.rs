//! When gates are looked at, and how the looks share what the confidence leaves.

/// The numbers of replications at which gates are looked at: the first, twice as many and so on, and the last.
pub fn looks(first: usize, at_most: usize) -> Vec<usize> {
    let (first, at_most) = (first.max(1), at_most.max(1));
    let mut looks = vec![first.min(at_most)];
    while let Some(next) =
        looks.last().map(|last| (last * 2).min(at_most)).filter(|next| looks.last() < Some(next))
    {
        looks.push(next);
    }
    looks
}

/// The confidence of each of so many looks, so that those of all together hold with `confidence`: 1 − (1 − c)/k
/// (Bonferroni's inequality).
pub fn confidence_of_each(confidence: f64, n_looks: usize) -> f64 {
    1.0 - (1.0 - confidence) / n_looks.max(1) as f64
}
