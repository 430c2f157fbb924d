//! A stream of a compound file, by its name. Chains are followed at most as far as the file has sectors, so that none goes round in circles.

use std::collections::BTreeMap;

use super::super::ReadError;
use super::{u16_at, u32_at};

/// Numbers from here on are marks, not sectors.
const LAST_SECTOR: u32 = 0xffff_fffa;
/// Bytes of an entry of the directory.
const ENTRY: usize = 128;

struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    fat: Vec<u32>,
}

/// The first of the named streams that is there.
pub(super) fn stream(bytes: &[u8], names: &[&str]) -> Result<Option<Vec<u8>>, ReadError> {
    let broken = || ReadError::Damaged("its table of sectors is broken".to_owned());
    let file = Compound::open(bytes).ok_or_else(broken)?;
    let entries = file.entries().ok_or_else(broken)?;
    let Some((first, size)) = names.iter().find_map(|name| entries.get(*name)).copied() else { return Ok(None) };
    file.content(&entries, first, size).map(Some).ok_or_else(broken)
}

/// First sector and size of each stream, by name; the root's own under an empty one.
type Entries = BTreeMap<String, (u32, usize)>;

impl<'a> Compound<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let shift = u16_at(bytes, 30)?;
        if shift != 9 && shift != 12 {
            return None;
        }
        let mut file = Compound { bytes, sector: 1 << shift, fat: Vec::new() };
        for number in file.fat_sectors()? {
            let numbers: Vec<u32> = file.at(number)?.chunks_exact(4).filter_map(|four| u32_at(four, 0)).collect();
            file.fat.extend(numbers);
        }
        Some(file)
    }

    fn entries(&self) -> Option<Entries> {
        let directory = self.chain(u32_at(self.bytes, 48)?, usize::MAX)?;
        let mut entries = Entries::new();
        for entry in directory.chunks_exact(ENTRY) {
            let length = usize::from(u16_at(entry, 64)?).min(64).saturating_sub(2);
            let units: Vec<u16> = entry.get(..length)?.chunks_exact(2).filter_map(|two| u16_at(two, 0)).collect();
            let name = if entry.get(66) == Some(&5) { String::new() } else { String::from_utf16_lossy(&units) };
            if entry.get(66).is_some_and(|kind| matches!(kind, 2 | 5)) {
                entries.entry(name).or_insert((u32_at(entry, 116)?, u32_at(entry, 120)? as usize));
            }
        }
        Some(entries)
    }

    /// A stream's bytes. Small ones lie in a stream of their own, which the root's entry names.
    fn content(&self, entries: &Entries, first: u32, size: usize) -> Option<Vec<u8>> {
        if size >= u32_at(self.bytes, 56)? as usize {
            return self.chain(first, size);
        }
        let (root, length) = *entries.get("")?;
        let within = self.chain(root, length)?;
        let table = self.chain(u32_at(self.bytes, 60)?, usize::MAX)?;
        let (mut content, mut next) = (Vec::new(), first);
        for _ in 0..=within.len() / 64 {
            if next >= LAST_SECTOR || content.len() >= size {
                break;
            }
            let from = (next as usize).checked_mul(64)?;
            content.extend_from_slice(within.get(from..from.checked_add(64)?)?);
            next = u32_at(&table, (next as usize).checked_mul(4)?)?;
        }
        content.truncate(size);
        Some(content)
    }

    fn at(&self, number: u32) -> Option<&[u8]> {
        let from = (number as usize).checked_add(1)?.checked_mul(self.sector)?;
        let until = from.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(from..until).filter(|part| !part.is_empty())
    }

    fn most(&self) -> usize {
        self.bytes.len() / self.sector + 1
    }

    /// Where the table of sectors lies: the first 109 stand in the header, the rest in a chain of their own.
    fn fat_sectors(&self) -> Option<Vec<u32>> {
        let mut all: Vec<u32> = (0..109).filter_map(|at| u32_at(self.bytes, 76 + 4 * at)).collect();
        let mut next = u32_at(self.bytes, 68)?;
        let last = self.sector / 4 - 1;
        for _ in 0..self.most() {
            if next >= LAST_SECTOR {
                break;
            }
            let sector = self.at(next)?;
            all.extend((0..last).filter_map(|at| u32_at(sector, 4 * at)));
            next = u32_at(sector, 4 * last)?;
        }
        all.retain(|number| *number < LAST_SECTOR);
        (all.len() <= self.most()).then_some(all)
    }

    /// The bytes of a chain, at most `size`.
    fn chain(&self, first: u32, size: usize) -> Option<Vec<u8>> {
        let (mut content, mut next) = (Vec::new(), first);
        for _ in 0..self.most() {
            if next >= LAST_SECTOR || content.len() >= size {
                break;
            }
            content.extend_from_slice(self.at(next)?);
            next = *self.fat.get(next as usize)?;
        }
        content.truncate(size);
        Some(content)
    }
}
