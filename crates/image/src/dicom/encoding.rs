//! Transfer syntaxes: how a data set and its pixel data are encoded.

use std::io::Read;

use super::repair::{Repair, note};
use super::{DicomError, Limits};

/// How the frames of Pixel Data are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// not at all
    Native,
    /// RLE Lossless (PS3.5 Annex G)
    Rle,
    /// any process of ISO/IEC 10918-1: the frame's own header says which
    Jpeg,
    /// JPEG-LS, ISO/IEC 14495-1
    JpegLs,
    /// JPEG 2000, ISO/IEC 15444-1
    Jpeg2000,
    /// high-throughput JPEG 2000, ISO/IEC 15444-15
    Htj2k,
    /// none that is known here
    Unknown,
}

/// A transfer syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferSyntax {
    /// its UID as the file gives it, without padding; empty where the file gives none
    pub uid: String,
    /// its name in PS3.6
    pub name: &'static str,
    /// value representations stand in the data set
    pub explicit: bool,
    /// numbers are written most significant byte first
    pub big_endian: bool,
    /// the data set is deflated (RFC 1951)
    pub deflated: bool,
    /// how frames are compressed
    pub codec: Codec,
}

/// UID after `1.2.840.10008.1.2`, name, codec. All of these are explicit little endian.
const ENCAPSULATED: &[(&str, &str, Codec)] = &[
    (".4.50", "JPEG Baseline (Process 1)", Codec::Jpeg),
    (".4.51", "JPEG Extended (Process 2 and 4)", Codec::Jpeg),
    (".4.52", "JPEG Extended (Process 3 and 5)", Codec::Jpeg),
    (".4.53", "JPEG Spectral Selection (Process 6 and 8)", Codec::Jpeg),
    (".4.54", "JPEG Spectral Selection (Process 7 and 9)", Codec::Jpeg),
    (".4.55", "JPEG Full Progression (Process 10 and 12)", Codec::Jpeg),
    (".4.56", "JPEG Full Progression (Process 11 and 13)", Codec::Jpeg),
    (".4.57", "JPEG Lossless (Process 14)", Codec::Jpeg),
    (".4.58", "JPEG Lossless (Process 15)", Codec::Jpeg),
    (".4.70", "JPEG Lossless, First-Order Prediction (Process 14 SV1)", Codec::Jpeg),
    (".4.80", "JPEG-LS Lossless", Codec::JpegLs),
    (".4.81", "JPEG-LS Near-Lossless", Codec::JpegLs),
    (".4.90", "JPEG 2000 Lossless", Codec::Jpeg2000),
    (".4.91", "JPEG 2000", Codec::Jpeg2000),
    (".4.92", "JPEG 2000 Part 2 Multi-component Lossless", Codec::Jpeg2000),
    (".4.93", "JPEG 2000 Part 2 Multi-component", Codec::Jpeg2000),
    (".4.100", "MPEG2 Main Profile / Main Level", Codec::Unknown),
    (".4.101", "MPEG2 Main Profile / High Level", Codec::Unknown),
    (".4.102", "MPEG-4 AVC/H.264 High Profile", Codec::Unknown),
    (".4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile", Codec::Unknown),
    (".4.107", "HEVC/H.265 Main Profile", Codec::Unknown),
    (".4.108", "HEVC/H.265 Main 10 Profile", Codec::Unknown),
    (".4.110", "JPEG XL Lossless", Codec::Unknown),
    (".4.111", "JPEG XL JPEG Recompression", Codec::Unknown),
    (".4.112", "JPEG XL", Codec::Unknown),
    (".4.201", "High-Throughput JPEG 2000 Lossless", Codec::Htj2k),
    (".4.202", "High-Throughput JPEG 2000 with RPCL Lossless", Codec::Htj2k),
    (".4.203", "High-Throughput JPEG 2000", Codec::Htj2k),
    (".5", "RLE Lossless", Codec::Rle),
];

impl TransferSyntax {
    /// The transfer syntax of a UID (padding allowed). One that is not known is taken for explicit little endian,
    /// as all syntaxes since 1993 are, and its pixel data cannot be decoded.
    pub fn from_uid(uid: &str) -> Self {
        let uid = super::trim_uid(uid);
        let (explicit, big_endian, deflated) = (true, false, false);
        let native = Self {
            uid: uid.to_owned(),
            name: "Explicit VR Little Endian",
            explicit,
            big_endian,
            deflated,
            codec: Codec::Native,
        };
        match uid.strip_prefix("1.2.840.10008.1.2") {
            Some("") => Self { name: "Implicit VR Little Endian", explicit: false, ..native },
            Some(".1") => native,
            Some(".1.99") => Self { name: "Deflated Explicit VR Little Endian", deflated: true, ..native },
            Some(".2") => Self { name: "Explicit VR Big Endian", big_endian: true, ..native },
            Some(rest) => match ENCAPSULATED.iter().find(|(end, ..)| *end == rest) {
                Some(&(_, name, codec)) => Self { name, codec, ..native },
                None => Self { name: "an unknown transfer syntax", codec: Codec::Unknown, ..native },
            },
            None if uid == "1.2.840.113619.5.2" => {
                // GE private: implicit little endian whose pixel data alone are big endian
                Self { name: "GE Private Implicit VR Big Endian", explicit: false, codec: Codec::Unknown, ..native }
            }
            None => Self { name: "an unknown transfer syntax", codec: Codec::Unknown, ..native },
        }
    }

    /// The native syntax with this encoding, for files that do not say.
    pub(super) fn guessed(explicit: bool, big_endian: bool) -> Self {
        let name = match (explicit, big_endian) {
            (true, true) => "Explicit VR Big Endian",
            (true, false) => "Explicit VR Little Endian",
            (false, true) => "Implicit VR Big Endian",
            (false, false) => "Implicit VR Little Endian",
        };
        Self { uid: String::new(), name, explicit, big_endian, deflated: false, codec: Codec::Native }
    }
}

/// Data of nothing but zeros deflate a thousandfold, and an empty dose grid is such: up to here that is believed.
const BLANK_BYTES: u64 = 64 << 20;

/// Inflates a data set (raw deflate; a zlib header, which the standard forbids, is tolerated).
///
/// The output grows as it is produced, and stops at the limits: a small file cannot ask for much memory.
/// Returns the data set and whether it is whole.
pub(super) fn inflate(bytes: &[u8], limits: &Limits, repairs: &mut Vec<Repair>) -> Result<(Vec<u8>, bool), DicomError> {
    let zlib = bytes.first().is_some_and(|b| b & 0x0F == 8)
        && bytes.get(..2).is_some_and(|h| (u16::from(h[0]) << 8 | u16::from(h[1])) % 31 == 0);
    let most = limits.inflated_bytes.min((bytes.len() as u64).saturating_mul(limits.inflation_ratio).max(BLANK_BYTES));
    let mut out = Vec::new();
    let result = if zlib {
        note(repairs, None, 0, "the deflated data set has a zlib header; read all the same");
        flate2::read::ZlibDecoder::new(bytes).take(most + 1).read_to_end(&mut out)
    } else {
        flate2::read::DeflateDecoder::new(bytes).take(most + 1).read_to_end(&mut out)
    };
    Limits::check("size of the inflated data set in bytes", out.len() as u64, most)?;
    if let Err(error) = &result {
        if out.is_empty() {
            return Err(DicomError::NotDicom { why: format!("the deflated data set cannot be inflated: {error}") });
        }
        note(repairs, None, out.len(), format!("the deflated data set breaks off: {error}; kept what came before"));
    }
    Ok((out, result.is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_common_syntaxes() {
        let implicit = TransferSyntax::from_uid("1.2.840.10008.1.2\0");
        assert!(!implicit.explicit && !implicit.big_endian && implicit.codec == Codec::Native);
        assert!(TransferSyntax::from_uid("1.2.840.10008.1.2.2").big_endian);
        assert_eq!(TransferSyntax::from_uid("1.2.840.10008.1.2.4.70").codec, Codec::Jpeg);
        assert_eq!(TransferSyntax::from_uid("1.2.840.10008.1.2.5").codec, Codec::Rle);
        assert_eq!(TransferSyntax::from_uid("1.2.3").codec, Codec::Unknown);
    }

    #[test]
    fn a_deflate_bomb_is_refused() {
        use std::io::Write;
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..80 {
            encoder.write_all(&vec![0; 1 << 20]).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        let error = inflate(&bomb, &Limits::default(), &mut Vec::new()).unwrap_err();
        assert!(matches!(error, DicomError::Limit { .. }), "{error}");
    }
}
