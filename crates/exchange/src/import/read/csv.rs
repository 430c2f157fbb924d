//! CSV: UTF-8, or GB 18030 as Chinese Excel writes it; a comma, semicolon or tab between cells.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Meter, Raw, ReadError, Sheet};
use crate::write::unguarded;

/// The only sheet of it.
pub(super) fn sheet(bytes: &[u8], meter: &mut Meter) -> Result<Sheet, ReadError> {
    let text = decoded(bytes)?;
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let (mut record, mut rows) = (::csv::StringRecord::new(), Vec::new());
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    while reader.read_record(&mut record).map_err(|error| ReadError::Damaged(error.to_string()))? {
        // where it begins; the reader leaves the end of the line before it to be read with it
        let number = lines.of(record.position().map_or(0, ::csv::Position::byte));
        let mut cells = BTreeMap::new();
        for (column, field) in record.iter().enumerate() {
            let value = Raw::Text(unguarded(field.trim()).to_owned());
            meter.put(&mut cells, u32::try_from(column).unwrap_or(u32::MAX), value)?;
        }
        meter.row(&mut rows, number, cells)?;
    }
    Ok(Sheet { name: String::new(), rows })
}

/// Numbers of lines as an editor shows them.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line of the first character at or after a place, which must not lie before the place asked for last.
    fn of(&mut self, byte: u64) -> u32 {
        let asked = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(one) = self.text.get(self.at) {
            if self.at >= asked && !matches!(one, b'\r' | b'\n') {
                break;
            }
            self.line = self.line.saturating_add(u32::from(*one == b'\n'));
            self.at += 1;
        }
        self.line
    }
}

fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, wrong) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return if wrong { Err(ReadError::Damaged(format!("not {}", encoding.name()))) } else { Ok(text) };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return if text.contains('\0') {
            Err(ReadError::Unknown("not a text".to_owned()))
        } else {
            Ok(Cow::Borrowed(text))
        };
    }
    let (text, wrong) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    if wrong || text.contains('\0') {
        return Err(ReadError::Unknown("neither UTF-8 nor GB 18030 text".to_owned()));
    }
    Ok(text)
}

/// What stands most often in the first line, outside quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes().take(64 << 10) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted && counts.iter().any(|(_, count)| *count > 0) => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(one, _)| *one == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // of equals the first
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(one, _)| *one)
}
