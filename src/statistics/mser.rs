//! How much of the beginning of a series is still on its way to the steady state.

/// Observations in one batch.
const BATCH: usize = 5;
/// Fewer batches than this say nothing.
const FEWEST_BATCHES: usize = 10;

/// How many observations to drop from the beginning of `series`, by the rule MSER-5 (White, Cobb & Spratt, "A
/// comparison of five steady-state truncation heuristics for simulation", WSC 2000): of the means Z of m batches of 5,
/// drop the d ≤ m/2 that make the sum over j > d of (Zⱼ − Z̄)², divided by (m − d)², the smallest, where Z̄ is the mean of
/// those kept. The first such d wins ties.
///
/// None for fewer than 50 observations, or where one is not a number. An answer close to half of the series means that
/// the series is too short to tell.
pub fn mser_5(series: &[f64]) -> Option<usize> {
    let means: Vec<f64> =
        series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    if means.len() < FEWEST_BATCHES || !series.iter().all(|value| value.is_finite()) {
        return None;
    }
    let (mut best, mut least) = (0, f64::INFINITY);
    // from the end backward: mean and sum of squared deviations of the batches kept (Welford 1962)
    let (mut mean, mut squares) = (0.0, 0.0);
    for (dropped, value) in means.iter().enumerate().rev() {
        let kept = (means.len() - dropped) as f64;
        let deviation = value - mean;
        mean += deviation / kept;
        squares += deviation * (value - mean);
        let score = squares / (kept * kept);
        if dropped <= means.len() / 2 && score <= least {
            (best, least) = (dropped, score);
        }
    }
    Some(best * BATCH)
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, StandardNormal};

    use super::*;
    use crate::random::ReplicationKey;

    fn noise(n: usize) -> Vec<f64> {
        let mut stream = ReplicationKey::new(11, 0).stream(0, 0);
        (0..n).map(|_| StandardNormal.sample(&mut stream)).collect()
    }

    /// The rule as it is written, without the running sums.
    fn by_definition(series: &[f64]) -> usize {
        let means: Vec<f64> = series.chunks_exact(5).map(|batch| batch.iter().sum::<f64>() / 5.0).collect();
        let score = |dropped: usize| {
            let kept = &means[dropped..];
            let mean = kept.iter().sum::<f64>() / kept.len() as f64;
            kept.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / (kept.len() as f64).powi(2)
        };
        5 * (0..=means.len() / 2).min_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap()
    }

    #[test]
    fn running_sums_give_what_the_definition_gives() {
        for (bias, decay) in [(0.0, 1.0), (5.0, 30.0), (20.0, 100.0), (1.0, 400.0)] {
            for n in [50, 52, 999, 1000] {
                let series: Vec<f64> = noise(n)
                    .iter()
                    .enumerate()
                    .map(|(i, e)| e + bias * libm::exp(-(i as f64) / decay))
                    .collect();
                assert_eq!(mser_5(&series), Some(by_definition(&series)), "bias {bias}, n {n}");
            }
        }
    }

    #[test]
    fn a_step_is_cut_off_where_it_ends() {
        let series: Vec<f64> =
            noise(1000).iter().enumerate().map(|(i, e)| if i < 200 { e + 50.0 } else { *e }).collect();
        let cut = mser_5(&series).unwrap();
        assert!((200..=260).contains(&cut), "cut at {cut}");
        assert_eq!(mser_5(&[3.0; 100]), Some(0));
        let rising: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(mser_5(&rising), Some(50), "no steady state: the limit");
    }

    #[test]
    fn short_or_broken_series_say_nothing() {
        assert_eq!(mser_5(&[]), None);
        assert_eq!(mser_5(&[1.0; 49]), None);
        let mut broken = [1.0; 100];
        broken[99] = f64::NAN;
        assert_eq!(mser_5(&broken), None);
    }
}
