//! XLS of Excel 97 to 2003 (BIFF8, [MS-XLS]) in a compound file ([MS-CFB]).

mod biff;
mod compound;

use super::{Meter, ReadError, Sheet};

/// All sheets.
pub(super) fn sheets(bytes: &[u8], meter: &mut Meter) -> Result<Vec<Sheet>, ReadError> {
    // an XLSX with a password is a compound file too
    if compound::stream(bytes, &["EncryptedPackage"])?.is_some() {
        return Err(ReadError::Encrypted);
    }
    let stream = compound::stream(bytes, &["Workbook"])?;
    biff::sheets(&stream.ok_or_else(|| ReadError::Unknown("no workbook of Excel 97 or later in it".to_owned()))?, meter)
}

/// A little-endian number at a place, where it lies within the bytes.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
