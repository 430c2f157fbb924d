//! Headers of data elements (PS3.5 §7.1).

use std::fmt;

use dicom_core::{Tag, VR};

/// The length of what ends with a delimiter.
pub(super) const UNDEFINED: u32 = u32::MAX;

/// How headers and numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    pub explicit: bool,
    pub big_endian: bool,
}

impl Encoding {
    pub fn u16(self, bytes: &[u8]) -> Option<u16> {
        let b = bytes.first_chunk::<2>()?;
        Some(if self.big_endian { u16::from_be_bytes(*b) } else { u16::from_le_bytes(*b) })
    }

    pub fn u32(self, bytes: &[u8]) -> Option<u32> {
        let b = bytes.first_chunk::<4>()?;
        Some(if self.big_endian { u32::from_be_bytes(*b) } else { u32::from_le_bytes(*b) })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vr = if self.explicit { "explicit" } else { "implicit" };
        write!(f, "{vr} VR {} endian", if self.big_endian { "big" } else { "little" })
    }
}

/// An element's header as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub tag: Tag,
    /// as written; `None` where none is
    pub vr: Option<VR>,
    pub length: u32,
    /// bytes of the header itself
    pub size: usize,
    /// written as UN: the value is implicit VR little endian whatever the data set is (PS3.5 §6.2.2)
    pub was_unknown: bool,
}

impl Header {
    pub fn is_undefined(&self) -> bool {
        self.length == UNDEFINED
    }
}

/// Reads the header at the start of `bytes`. In an explicit encoding an element without a known VR comes back
/// with `vr: None` and its length read as if it were implicit.
pub(super) fn header(bytes: &[u8], encoding: Encoding) -> Option<Header> {
    let tag = Tag(encoding.u16(bytes)?, encoding.u16(bytes.get(2..)?)?);
    let implicit = Header { tag, vr: None, length: encoding.u32(bytes.get(4..)?)?, size: 8, was_unknown: false };
    if !encoding.explicit || tag.0 == 0xFFFE {
        return Some(implicit);
    }
    let Some(vr) = bytes.get(4..6).and_then(|b| <[u8; 2]>::try_from(b).ok()).and_then(VR::from_binary) else {
        return Some(implicit);
    };
    let short = encoding.u16(bytes.get(6..)?)?;
    if !is_long(vr) {
        return Some(Header { vr: Some(vr), length: u32::from(short), ..implicit });
    }
    // some writers give these VRs the short header: then the two bytes that should be zero are the length
    let long = bytes.get(8..).and_then(|b| encoding.u32(b));
    match long {
        Some(length) if short == 0 || length == UNDEFINED || length as usize <= bytes.len() - 12 => {
            Some(Header { vr: Some(vr), length, size: 12, ..implicit })
        }
        _ if short != 0 => Some(Header { vr: Some(vr), length: u32::from(short), ..implicit }),
        _ => None,
    }
}

fn is_long(vr: VR) -> bool {
    matches!(
        vr,
        VR::OB
            | VR::OD
            | VR::OF
            | VR::OL
            | VR::OV
            | VR::OW
            | VR::SQ
            | VR::SV
            | VR::UC
            | VR::UN
            | VR::UR
            | VR::UT
            | VR::UV
    )
}
