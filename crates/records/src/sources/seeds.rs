//! Which seeds of a lot.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seeds of one lot by their numbers, from 1: sorted ranges that neither overlap nor touch. Written `1-20,35`; empty is an empty text.
///
/// A text may name numbers up to [`SeedSet::MOST`], which is as many seeds as a lot may have; ranges made in code may go to `u32::MAX`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SeedSet {
    ranges: Vec<(u32, u32)>,
}

/// A text that names no seeds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' names no seeds: write numbers and ranges from 1 to 100000, such as 1-20,35")]
pub struct NotSeeds(String);

impl NotSeeds {
    /// The same sentence in Chinese.
    pub fn zh(&self) -> String {
        format!("“{}”不是粒子编号：请填写 1 到 100000 的编号或范围，例如 1-20,35", self.0)
    }
}

impl SeedSet {
    /// The highest number that a text may name, and the most seeds that a lot may have.
    pub const MOST: u32 = 100_000;

    /// A longer text is refused unread: every set of seeds of a lot, written in full, is shorter than half of this.
    const LONGEST_TEXT: usize = 600_000;

    /// No seeds.
    pub const NONE: Self = Self { ranges: Vec::new() };

    /// The seeds from `first` to `last`, both included; none when `last` is below `first`. Seeds are counted from 1: 0 is none of them.
    pub fn range(first: u32, last: u32) -> Self {
        Self::from_ranges(vec![(first, last)])
    }

    /// From ranges in any order, overlapping or not; what is empty or 0 falls away.
    pub fn from_ranges(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.retain_mut(|(first, last)| {
            *first = (*first).max(1);
            first <= last
        });
        ranges.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self { ranges: joined }
    }

    /// Its ranges, sorted.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// How many seeds.
    pub fn len(&self) -> u32 {
        // ranges are apart and begin at 1 or later, so that the sum is at most u32::MAX
        self.ranges.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The seed with the lowest number.
    pub fn first(&self) -> Option<u32> {
        self.ranges.first().map(|range| range.0)
    }

    /// The seed with the highest number.
    pub fn last(&self) -> Option<u32> {
        self.ranges.last().map(|range| range.1)
    }

    /// Whether a seed is in it.
    pub fn contains(&self, seed: u32) -> bool {
        let at = self.ranges.partition_point(|&(_, last)| last < seed);
        self.ranges.get(at).is_some_and(|&(first, _)| first <= seed)
    }

    /// Whether every seed of `other` is in it.
    pub fn contains_all(&self, other: &Self) -> bool {
        other.without(self).is_empty()
    }

    /// Its seeds and those of `other`.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self::from_ranges([self.ranges.as_slice(), other.ranges.as_slice()].concat())
    }

    /// Its seeds that are also in `other`.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        let mut others = other.ranges.iter().peekable();
        for &(first, last) in &self.ranges {
            while others.next_if(|range| range.1 < first).is_some() {}
            while let Some(&&(from, to)) = others.peek()
                && from <= last
            {
                both.push((first.max(from), last.min(to)));
                if to > last {
                    break;
                }
                others.next();
            }
        }
        Self { ranges: both }
    }

    /// Its seeds that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut others = other.ranges.iter().peekable();
        for &(first, last) in &self.ranges {
            let mut next = u64::from(first);
            while others.next_if(|range| range.1 < first).is_some() {}
            while let Some(&&(from, to)) = others.peek()
                && from <= last
            {
                if u64::from(from) > next {
                    left.push((next as u32, from - 1));
                }
                next = u64::from(to) + 1;
                if to > last {
                    break;
                }
                others.next();
            }
            if next <= u64::from(last) {
                left.push((next as u32, last));
            }
        }
        Self { ranges: left }
    }

    /// The `count` seeds with the lowest numbers; `None` when it has fewer.
    pub fn lowest(&self, count: u32) -> Option<Self> {
        let mut left = count;
        let mut taken = Vec::new();
        for &(first, last) in &self.ranges {
            if left == 0 {
                break;
            }
            let here = left.min(last - first + 1);
            taken.push((first, first + (here - 1)));
            left -= here;
        }
        (left == 0).then_some(Self { ranges: taken })
    }
}

impl fmt::Display for SeedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.ranges.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            if first == last { write!(f, "{comma}{first}")? } else { write!(f, "{comma}{first}-{last}")? }
        }
        Ok(())
    }
}

impl FromStr for SeedSet {
    type Err = NotSeeds;

    fn from_str(text: &str) -> Result<Self, NotSeeds> {
        let no = || NotSeeds(text.chars().take(60).collect());
        if text.len() > Self::LONGEST_TEXT {
            return Err(no());
        }
        let number = |text: &str| {
            let text = text.trim();
            // the parser of numbers would take a plus sign
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|n| digits && (1..=Self::MOST).contains(n)).ok_or_else(no)
        };
        let mut ranges = Vec::new();
        for part in text.split([',', '，', '、']).map(str::trim).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once(['-', '–', '~', '～']).unwrap_or((part, part));
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return Err(no());
            }
            ranges.push((first, last));
        }
        Ok(Self::from_ranges(ranges))
    }
}

impl Serialize for SeedSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SeedSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Ranges of small numbers with gaps, and some at the very end of what a number can be.
    fn ranges() -> impl Strategy<Value = Vec<(u32, u32)>> {
        let low = (0u32..60, 0u32..8).prop_map(|(first, more)| (first, first + more));
        let high =
            (0u32..20, 0u32..8).prop_map(|(below, more)| (u32::MAX - below, (u32::MAX - below).saturating_add(more)));
        let backwards = (1u32..60, 1u32..8).prop_map(|(last, more)| (last + more, last));
        proptest::collection::vec(prop_oneof![6 => low, 2 => high, 1 => backwards], 0..12)
    }

    fn plain(ranges: &[(u32, u32)]) -> BTreeSet<u32> {
        ranges.iter().flat_map(|&(first, last)| first..=last).filter(|&seed| seed > 0).collect()
    }

    fn seeds(set: &SeedSet) -> BTreeSet<u32> {
        plain(set.ranges())
    }

    proptest! {
        #[test]
        fn does_what_a_set_of_numbers_does(a in ranges(), b in ranges(), count in 0u32..90, seed in 0u32..80) {
            let (x, y) = (plain(&a), plain(&b));
            let (a, b) = (SeedSet::from_ranges(a), SeedSet::from_ranges(b));
            for set in [&a, &b, &a.with(&b), &a.both(&b), &a.without(&b)] {
                let apart = set.ranges().windows(2).all(|two| u64::from(two[0].1) + 1 < u64::from(two[1].0));
                prop_assert!(apart && set.ranges().iter().all(|&(first, last)| 1 <= first && first <= last), "{set}");
            }
            prop_assert_eq!(seeds(&a), x.clone());
            prop_assert_eq!(a.len() as usize, x.len());
            prop_assert_eq!(a.is_empty(), x.is_empty());
            prop_assert_eq!((a.first(), a.last()), (x.first().copied(), x.last().copied()));
            prop_assert_eq!(a.contains(seed), x.contains(&seed));
            prop_assert_eq!(a.contains(u32::MAX - seed), x.contains(&(u32::MAX - seed)));
            prop_assert_eq!(seeds(&a.with(&b)), &x | &y);
            prop_assert_eq!(seeds(&a.both(&b)), &x & &y);
            prop_assert_eq!(seeds(&a.without(&b)), &x - &y);
            prop_assert_eq!(a.contains_all(&b), y.is_subset(&x));
            let lowest = (x.len() >= count as usize).then(|| x.iter().copied().take(count as usize).collect());
            prop_assert_eq!(a.lowest(count).map(|set| seeds(&set)), lowest);
        }

        #[test]
        fn survives_text(a in ranges()) {
            let a = SeedSet::from_ranges(a).both(&SeedSet::range(1, SeedSet::MOST));
            prop_assert_eq!(a.to_string().parse::<SeedSet>(), Ok(a.clone()));
            prop_assert_eq!(serde_json::from_str::<SeedSet>(&serde_json::to_string(&a).unwrap()).unwrap(), a);
        }

        #[test]
        fn any_text_ends_without_a_panic(text in "[0-9,\\-，、 ～+a]{0,40}|\\PC{0,40}") {
            if let Ok(set) = text.parse::<SeedSet>() {
                prop_assert!(set.last().is_none_or(|last| last <= SeedSet::MOST));
                prop_assert_eq!(set.to_string().parse::<SeedSet>(), Ok(set));
            }
        }
    }

    #[test]
    fn holds_at_the_ends_of_what_a_number_can_be() {
        let all = SeedSet::range(0, u32::MAX);
        assert_eq!((all.len(), all.first(), all.last()), (u32::MAX, Some(1), Some(u32::MAX)));
        assert_eq!(all.lowest(u32::MAX), Some(all.clone()));
        assert_eq!(all.without(&SeedSet::range(u32::MAX, u32::MAX)), SeedSet::range(1, u32::MAX - 1));
        assert_eq!(SeedSet::range(1, u32::MAX - 1).with(&SeedSet::range(u32::MAX, u32::MAX)), all);
        assert!(SeedSet::range(0, 0).is_empty() && SeedSet::range(5, 4).is_empty());
    }

    #[test]
    fn reads_what_people_write_and_refuses_the_rest() {
        let read = |text: &str| text.parse::<SeedSet>().map(|set| set.to_string());
        assert_eq!(read(" 3，1-2、 7 – 9, 5～5 "), Ok("1-3,5,7-9".to_owned()));
        assert_eq!(read(""), Ok(String::new()));
        for wrong in ["0", "0-3", "3-1", "a", "+5", "1--2", "-", "100001", "1-4294967295", "4294967296", "1.5", "1-2-3"]
        {
            let error = wrong.parse::<SeedSet>().unwrap_err();
            assert!(error.to_string().contains("1-20,35") && error.zh().contains("1-20,35"), "{wrong}");
        }
    }

    #[test]
    fn a_hostile_text_costs_no_more_than_its_length() {
        let every_other: Vec<String> = (1..=SeedSet::MOST).step_by(2).map(|seed| seed.to_string()).collect();
        let every_other = every_other.join(",");
        assert!(every_other.len() * 2 < SeedSet::LONGEST_TEXT);
        let odd: SeedSet = every_other.parse().unwrap();
        let even = SeedSet::range(1, SeedSet::MOST).without(&odd);
        // linear in the number of ranges: 50 000 against 50 000 of them
        assert_eq!((odd.len(), even.len()), (50_000, 50_000));
        assert!(odd.both(&even).is_empty());
        assert_eq!(odd.with(&even), SeedSet::range(1, SeedSet::MOST));
        assert!("1,".repeat(SeedSet::LONGEST_TEXT).parse::<SeedSet>().is_err());
    }
}
