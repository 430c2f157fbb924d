//! Huffman tables (annex C, F.2.2.3).

use super::Tables;
use super::bits::Bits;

/// Codes of up to this length are found by one look.
const FAST: u32 = 9;

/// A decoding table.
pub(super) struct Table {
    /// by the next [`FAST`] bits: length of the code (0: longer) and symbol
    fast: Box<[(u8, u8)]>,
    /// by length: the first code beyond those of this length, left-aligned in 16 bits
    limit: [u32; 17],
    /// by length: what to add to a code to get the index of its symbol
    offset: [i32; 17],
    symbols: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, String> {
        let mut fast = vec![(0, 0); 1 << FAST].into_boxed_slice();
        let (mut limit, mut offset) = ([0; 17], [0; 17]);
        let (mut code, mut index) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            let count = usize::from(counts[length as usize - 1]);
            offset[length as usize] = index as i32 - code.cast_signed();
            for _ in 0..count {
                if code >= 1 << length {
                    return Err("a Huffman table with more codes than fit".to_owned());
                }
                if length <= FAST {
                    let symbol = symbols.get(index).copied().unwrap_or(0);
                    let first = (code << (FAST - length)) as usize;
                    for entry in fast.iter_mut().skip(first).take(1 << (FAST - length)) {
                        *entry = (length as u8, symbol);
                    }
                }
                code += 1;
                index += 1;
            }
            limit[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(Self { fast, limit, offset, symbols: symbols.to_vec() })
    }

    /// The next symbol.
    pub fn decode(&self, bits: &mut Bits<'_>) -> Result<u8, String> {
        let next = bits.peek(16);
        if let Some(&(length, symbol)) = self.fast.get((next >> (16 - FAST)) as usize)
            && length > 0
        {
            bits.consume(u32::from(length))?;
            return Ok(symbol);
        }
        for length in FAST + 1..=16 {
            if next < self.limit[length as usize] {
                let index = (next >> (16 - length)).cast_signed() + self.offset[length as usize];
                bits.consume(length)?;
                let symbol = usize::try_from(index).ok().and_then(|i| self.symbols.get(i));
                return symbol.copied().ok_or_else(|| "a Huffman code without a symbol".to_owned());
            }
        }
        Err("a Huffman code that is not in the table".to_owned())
    }
}

/// Reads a DHT segment.
pub(super) fn define(mut segment: &[u8], tables: &mut Tables) -> Result<(), String> {
    const SHORT: &str = "a Huffman table that is cut off";
    while let Some((&head, rest)) = segment.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
        let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
        let (symbols, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
        let class = if head >> 4 == 0 { &mut tables.dc } else { &mut tables.ac };
        let slot = class.get_mut(usize::from(head & 15)).ok_or("a Huffman table beyond the fourth")?;
        *slot = Some(Table::new(counts, symbols)?);
        segment = rest;
    }
    Ok(())
}
