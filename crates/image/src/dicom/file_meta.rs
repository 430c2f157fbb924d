//! The preamble and the file meta information (PS3.10 §7.1), and what to do without them.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::encoding::TransferSyntax;
use super::header::{Encoding, Header, header};
use super::repair::{Repair, note};
use super::{DicomError, Limits, trim_uid};

/// What the file says of its data set.
pub(super) struct Meta {
    pub syntax: TransferSyntax,
    pub sop_class: Option<String>,
    pub sop_instance: Option<String>,
    /// where the data set begins
    pub start: usize,
    /// neither `DICM` nor any meta element vouches for this being DICOM
    pub bare: bool,
}

/// How many headers are looked at when an encoding is guessed.
const LOOK: usize = 6;

const ENCODINGS: [Encoding; 4] = [
    Encoding { explicit: true, big_endian: false },
    Encoding { explicit: false, big_endian: false },
    Encoding { explicit: true, big_endian: true },
    Encoding { explicit: false, big_endian: true },
];

pub(super) fn read(bytes: &[u8], limits: &Limits, repairs: &mut Vec<Repair>) -> Result<Meta, DicomError> {
    if bytes.is_empty() {
        return Err(DicomError::NotDicom { why: "the file is empty".to_owned() });
    }
    let (mut pos, signed) = beginning(bytes, repairs)?;
    let mut uids: [Option<String>; 3] = [None, None, None];
    let mut declared_end = None;
    let mut elements = 0_u64;
    while let Some((encoding, head)) = meta_header(bytes, pos) {
        elements += 1;
        Limits::check("number of elements of group 0002", elements, limits.elements)?;
        if !encoding.explicit || encoding.big_endian {
            note(
                repairs,
                Some(head.tag),
                pos,
                format!("file meta information in {encoding} instead of explicit VR little endian"),
            );
        }
        let start = pos + head.size;
        let length = head.length as usize;
        let Some(value) = start.checked_add(length).and_then(|end| bytes.get(start..end)) else {
            note(
                repairs,
                Some(head.tag),
                pos,
                format!(
                    "claims {length} bytes where {} remain; the file meta information ends here",
                    bytes.len() - start
                ),
            );
            break;
        };
        let text = || Some(trim_uid(&String::from_utf8_lossy(value)).to_owned()).filter(|uid| !uid.is_empty());
        match head.tag {
            tags::FILE_META_INFORMATION_GROUP_LENGTH => {
                declared_end = encoding.u32(value).and_then(|n| (n as usize).checked_add(start + length));
            }
            tags::MEDIA_STORAGE_SOP_CLASS_UID => uids[0] = text(),
            tags::MEDIA_STORAGE_SOP_INSTANCE_UID => uids[1] = text(),
            tags::TRANSFER_SYNTAX_UID => uids[2] = text(),
            _ => {}
        }
        pos = start + length;
    }
    if elements > 0 && declared_end != Some(pos) {
        let what = match declared_end {
            Some(end) => format!(
                "the group ends at byte {pos}, not at {end} as its length says; the elements themselves were followed"
            ),
            None => "the group has no length; the elements themselves were followed".to_owned(),
        };
        note(repairs, Some(tags::FILE_META_INFORMATION_GROUP_LENGTH), pos, what);
    }
    let [sop_class, sop_instance, uid] = uids;
    let syntax = match uid {
        Some(uid) => check(TransferSyntax::from_uid(&uid), bytes, pos, repairs),
        None => guess(bytes, pos, signed || elements > 0, repairs)?,
    };
    Ok(Meta { syntax, sop_class, sop_instance, start: pos, bare: !signed && elements == 0 })
}

/// Where the first element stands, and whether `DICM` stands before it.
fn beginning(bytes: &[u8], repairs: &mut Vec<Repair>) -> Result<(usize, bool), DicomError> {
    if bytes.get(128..132) == Some(b"DICM") {
        return Ok((132, true));
    }
    if bytes.starts_with(b"DICM") {
        note(repairs, None, 0, "the 128 bytes before \"DICM\" are absent");
        return Ok((4, true));
    }
    for start in [0, 128] {
        if meta_header(bytes, start).is_some() || best_guess(bytes, start).1 > 1 {
            note(repairs, None, 0, "neither preamble nor \"DICM\": read because it begins like a data set");
            return Ok((start, false));
        }
    }
    Err(DicomError::NotDicom { why: "\"DICM\" is not at byte 128, and it does not begin like a data set".to_owned() })
}

/// The header of an element of group 0002, whatever its encoding.
fn meta_header(bytes: &[u8], pos: usize) -> Option<(Encoding, Header)> {
    ENCODINGS.iter().find_map(|&encoding| {
        let head = header(bytes.get(pos..)?, encoding)?;
        (head.tag.0 == 2 && head.tag.1 < 0x0200 && head.vr.is_some() == encoding.explicit).then_some((encoding, head))
    })
}

/// How many headers in a row are plausible in this encoding, up to [`LOOK`].
fn plausible(bytes: &[u8], mut pos: usize, encoding: Encoding) -> usize {
    let mut last = Tag(0, 0);
    for found in 0..LOOK {
        let Some(rest) = bytes.get(pos..) else { return found };
        if rest.is_empty() {
            return if found == 0 { 0 } else { LOOK };
        }
        let Some(head) = header(rest, encoding) else { return found };
        let opens_item = head.is_undefined()
            && rest.get(head.size..).and_then(|r| header(r, encoding)).is_some_and(|h| h.tag == Tag(0xFFFE, 0xE000));
        let private = head.tag.0 % 2 == 1 && (found > 0 || opens_item);
        let familiar = super::parse_value::dictionary_vr(head.tag).is_some() || private;
        let ordered = (found == 0 || head.tag > last) && head.tag.0 <= 0x7FE0;
        if !familiar || !ordered || head.vr.is_some() != encoding.explicit {
            return found;
        }
        if head.is_undefined() {
            return LOOK;
        }
        let end = pos.saturating_add(head.size).saturating_add(head.length as usize);
        if end > bytes.len() {
            // the last element of a truncated file is plausible, a first one that is longer than the file is not
            return found;
        }
        last = head.tag;
        pos = end;
    }
    LOOK
}

/// The most plausible encoding, the commoner one where several are equally so.
fn best_guess(bytes: &[u8], pos: usize) -> (Encoding, usize) {
    let mut best = (ENCODINGS[0], 0);
    for encoding in ENCODINGS {
        let score = plausible(bytes, pos, encoding);
        if score > best.1 {
            best = (encoding, score);
        }
    }
    best
}

fn guess(bytes: &[u8], pos: usize, vouched: bool, repairs: &mut Vec<Repair>) -> Result<TransferSyntax, DicomError> {
    let (encoding, score) = best_guess(bytes, pos);
    if score == 0 && !vouched {
        return Err(DicomError::NotDicom { why: "it does not begin like a data set".to_owned() });
    }
    note(repairs, Some(tags::TRANSFER_SYNTAX_UID), pos, format!("absent; the data set looks like {encoding}"));
    Ok(TransferSyntax::guessed(encoding.explicit, encoding.big_endian))
}

/// Believes the declared transfer syntax unless the data set plainly contradicts it.
fn check(declared: TransferSyntax, bytes: &[u8], pos: usize, repairs: &mut Vec<Repair>) -> TransferSyntax {
    let (found, score) = best_guess(bytes, pos);
    if declared.deflated {
        if score < 3 {
            return declared;
        }
        note(
            repairs,
            Some(tags::TRANSFER_SYNTAX_UID),
            pos,
            format!("says deflated, but the data set is plain {found}"),
        );
        return TransferSyntax { explicit: found.explicit, big_endian: found.big_endian, deflated: false, ..declared };
    }
    let encoding = Encoding { explicit: declared.explicit, big_endian: declared.big_endian };
    if found == encoding || score < 2 || plausible(bytes, pos, encoding) >= score {
        return declared;
    }
    note(
        repairs,
        Some(tags::TRANSFER_SYNTAX_UID),
        pos,
        format!("says {encoding}, but the data set is {found}; read as that"),
    );
    TransferSyntax { explicit: found.explicit, big_endian: found.big_endian, ..declared }
}
