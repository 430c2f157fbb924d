//! Made-up chance: a counter-based generator, so that every draw follows from the seed, what it is for and its place alone.
//!
//! Each thing that is drawn has a stream of its own: one more draw for one case changes no other case.

/// A stream of draws.
#[derive(Debug, Clone)]
pub(super) struct Draw {
    key: u64,
    at: u64,
}

/// The finalizer of `SplitMix64` (Steele, Lea, Flood, OOPSLA 2014, doi:10.1145/2660193.2660195): a bijection whose output bits all depend
/// on all input bits.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Draw {
    /// The stream for one thing: `what` it is and which one.
    pub fn of(seed: u64, what: &str, number: u64) -> Self {
        let named = what.bytes().fold(mix(seed), |key, byte| mix(key ^ u64::from(byte)));
        Self { key: mix(named.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))), at: 0 }
    }

    pub fn next(&mut self) -> u64 {
        self.at += 1;
        mix(self.key.wrapping_add(self.at.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// From 0 to `n` − 1; 0 where `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // the high half of the product: as even as 64 bits allow
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(0) as u64 + 1) as i64
    }

    /// True so many times in a thousand.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A number between two, most often in the middle, with so many decimals.
    pub fn usual(&mut self, low: f64, high: f64, decimals: i32) -> f64 {
        let part = (0..3).map(|_| (self.next() >> 11) as f64 / (1_u64 << 53) as f64).sum::<f64>() / 3.0;
        rounded(low + (high - low) * part, decimals)
    }

    /// One of some; the list is never empty.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    /// One of some, each with its weight; the list is never empty.
    pub fn weighted<T: Copy>(&mut self, items: &[(T, u64)]) -> T {
        let mut left = self.below(items.iter().map(|item| item.1).sum());
        for (item, weight) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        items[items.len() - 1].0
    }

    /// A waiting time in days where the same part is left after every day: exponential with a mean.
    pub fn wait(&mut self, mean_days: f64) -> i64 {
        let part = ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
        (-part.ln() * mean_days).min(36_500.0) as i64
    }

    /// Ten bytes for an identifier.
    pub fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        let drawn = self.next().to_le_bytes().into_iter().chain(self.next().to_le_bytes());
        bytes.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
        bytes
    }

    /// So many hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from_digit(self.below(16) as u32, 16).unwrap_or('0')).collect()
    }
}

/// A number with so many decimals.
pub(super) fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_the_same_in_every_run_and_apart_from_each_other() {
        let first = |seed, what, number| Draw::of(seed, what, number).next();
        assert_eq!(first(1, "case", 1), first(1, "case", 1));
        let apart = [first(1, "case", 1), first(1, "case", 2), first(2, "case", 1), first(1, "lot", 1)];
        assert_eq!(apart.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        // the finalizer as published: mix(0) = 0, and the first output of SplitMix64 seeded with 0
        assert_eq!((mix(0), mix(0x9e37_79b9_7f4a_7c15)), (0, 0xe220_a839_7b1d_cdaf));
    }

    #[test]
    fn draws_are_even() {
        let mut draw = Draw::of(7, "even", 0);
        let mut counts = [0_u32; 10];
        (0..100_000).for_each(|_| counts[draw.below(10) as usize] += 1);
        // five standard deviations of a binomial count of 10 000
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 475), "{counts:?}");
        let hits = (0..100_000).filter(|_| draw.chance(30)).count();
        assert!(hits.abs_diff(3000) < 270, "{hits}");
        let mean = (0..100_000).map(|_| draw.wait(100.0) as f64).sum::<f64>() / 1e5;
        assert!((mean - 99.5).abs() < 1.6, "{mean}");
        assert!((0..1000).all(|_| (-3..=4).contains(&draw.between(-3, 4))));
    }
}
