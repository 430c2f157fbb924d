//! Bits of an entropy-coded segment (F.2.2.5): a zero byte follows each 0xFF, a marker ends the segment.

/// Reads bits from the most significant on.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// the next bits, left-aligned
    window: u64,
    /// how many of them are there
    held: u32,
    /// zero bits given out beyond the end
    beyond: u32,
}

/// Decoders may look some bits ahead; a segment that lacks more than this is cut off.
const BEYOND_MAX: u32 = 64;

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, window: 0, held: 0, beyond: 0 }
    }

    fn fill(&mut self) {
        while self.held <= 56 {
            let byte = match self.data.get(self.at) {
                Some(0xFF) => match self.data.get(self.at + 1) {
                    Some(0) => {
                        self.at += 2;
                        0xFF
                    }
                    _ => return,
                },
                Some(&byte) => {
                    self.at += 1;
                    byte
                }
                None => return,
            };
            self.window |= u64::from(byte) << (56 - self.held);
            self.held += 8;
        }
    }

    /// The next `count` (at most 16) bits without consuming them; zeros beyond the end.
    pub fn peek(&mut self, count: u32) -> u32 {
        if self.held < count {
            self.fill();
        }
        if count == 0 { 0 } else { (self.window >> (64 - count)) as u32 }
    }

    pub fn consume(&mut self, count: u32) -> Result<(), String> {
        if self.held < count {
            self.beyond += count - self.held;
            if self.beyond > BEYOND_MAX {
                return Err("the compressed data end too early".to_owned());
            }
            self.held = 0;
            self.window = 0;
        } else {
            self.window <<= count;
            self.held -= count;
        }
        Ok(())
    }

    /// The next `count` (at most 16) bits.
    pub fn take(&mut self, count: u32) -> Result<u32, String> {
        let bits = self.peek(count);
        self.consume(count)?;
        Ok(bits)
    }

    /// Moves past a restart marker, where one stands.
    pub fn restart(&mut self) -> Result<(), String> {
        self.window = 0;
        self.held = 0;
        self.beyond = 0;
        // bytes of the last interval that nobody needed
        while let Some(rest) = self.data.get(self.at..) {
            match rest {
                [0xFF, 0xD0..=0xD7, ..] => {
                    self.at += 2;
                    return Ok(());
                }
                [0xFF, 0xFF, ..] | [0..=0xFE, ..] => self.at += 1,
                [0xFF, 0, ..] => self.at += 2,
                _ => break,
            }
        }
        Err("a restart marker is missing".to_owned())
    }

    /// Where the segment ends: at the next marker.
    pub fn end(&self) -> usize {
        let mut at = self.at;
        while let Some(rest) = self.data.get(at..) {
            match rest {
                [] => break,
                [0xFF, code, ..] if *code != 0 && !(0xD0..=0xD7).contains(code) => break,
                _ => at += 1,
            }
        }
        at
    }
}

/// The signed value of `bits` received for a category (F.2.2.1, EXTEND).
pub(super) fn extend(bits: u32, category: u32) -> i32 {
    if category == 0 {
        return 0;
    }
    let value = bits.cast_signed();
    if value < 1 << (category - 1) { value - (1 << category) + 1 } else { value }
}
