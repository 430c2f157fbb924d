//! Which seeds of a lot.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seeds of one lot by their numbers, from 1: sorted ranges that neither overlap nor touch. Written `1-20,35`; empty is an empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SeedSet {
    ranges: Vec<(u32, u32)>,
}

/// A text that names no seeds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' names no seeds: write numbers and ranges from 1, such as 1-20,35")]
pub struct NotSeeds(String);

impl SeedSet {
    /// The seeds from `first` to `last`, both included; none when `last` is below `first`.
    pub fn range(first: u32, last: u32) -> Self {
        Self { ranges: if first <= last { vec![(first, last)] } else { Vec::new() } }
    }

    /// From ranges in any order.
    pub fn from_ranges(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.retain(|(first, last)| first <= last);
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
        self.ranges.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether a seed is in it.
    pub fn contains(&self, seed: u32) -> bool {
        self.ranges.iter().any(|&(first, last)| (first..=last).contains(&seed))
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

    /// Its seeds that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &(first, last) in &self.ranges {
            let mut next = u64::from(first);
            for &(from, to) in other.ranges.iter().filter(|&&(from, to)| to >= first && from <= last) {
                if u64::from(from) > next {
                    left.push((next as u32, from - 1));
                }
                next = u64::from(to) + 1;
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
            taken.push((first, first + here - 1));
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
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|&n| n > 0).ok_or_else(no);
        let mut ranges = Vec::new();
        for part in text.split([',', '，', '、']).map(str::trim).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
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
