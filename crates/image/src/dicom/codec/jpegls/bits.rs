//! Bits of a JPEG-LS scan: after a byte 0xFF only seven bits follow (A.1), more means a marker.

/// Reads bits from the most significant on.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    window: u64,
    held: u32,
}

const SHORT: &str = "the compressed data end too early";

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, window: 0, held: 0 }
    }

    fn fill(&mut self) {
        while self.held <= 56 {
            let Some(&byte) = self.data.get(self.at) else { return };
            let stuffed = self.at > 0 && self.data.get(self.at - 1) == Some(&0xFF);
            if stuffed && byte >= 0x80 {
                return;
            }
            if byte == 0xFF && self.data.get(self.at + 1).is_none_or(|&b| b >= 0x80) {
                return;
            }
            let bits = if stuffed { 7 } else { 8 };
            self.window |= u64::from(byte) << (64 - bits) >> self.held;
            self.held += bits;
            self.at += 1;
        }
    }

    /// The next `count` (at most 32) bits.
    pub fn take(&mut self, count: u32) -> Result<u32, String> {
        if count == 0 {
            return Ok(0);
        }
        if self.held < count {
            self.fill();
            if self.held < count {
                return Err(SHORT.to_owned());
            }
        }
        let bits = (self.window >> (64 - count)) as u32;
        self.window <<= count;
        self.held -= count;
        Ok(bits)
    }

    /// Number of zeros before the next one, which is consumed too; more than `most` is an error.
    pub fn zeros(&mut self, most: u32) -> Result<u32, String> {
        let mut zeros = 0;
        loop {
            if self.held == 0 {
                self.fill();
                if self.held == 0 {
                    return Err(SHORT.to_owned());
                }
            }
            let run = self.window.leading_zeros();
            if run < self.held {
                zeros += run;
                self.window = self.window << run << 1;
                self.held -= run + 1;
                return if zeros > most { Err("a code that is too long".to_owned()) } else { Ok(zeros) };
            }
            zeros += self.held;
            self.window = 0;
            self.held = 0;
            if zeros > most {
                return Err("a code that is too long".to_owned());
            }
        }
    }

    /// Where the scan ends: at the next marker.
    pub fn end(&self) -> usize {
        let from = self.at.saturating_sub(1);
        let rest = self.data.get(from..).unwrap_or_default();
        from + rest.windows(2).position(|w| w[0] == 0xFF && w[1] >= 0x80).unwrap_or(rest.len())
    }
}
