//! Values of elements: bytes to numbers and text by value representation.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};

use super::parse::Context;
use super::repair::{Repair, note};

/// The VR of a public attribute, or of a private creator.
pub(super) fn dictionary_vr(tag: Tag) -> Option<VirtualVr> {
    if tag.1 == 0 {
        return Some(VirtualVr::Exact(VR::UL));
    }
    let vr = StandardDataDictionary.by_tag(tag)?.vr();
    (vr != VirtualVr::Exact(VR::UN)).then_some(vr)
}

/// Chooses where the dictionary leaves a choice.
pub(super) fn concrete(vr: VirtualVr, tag: Tag, context: &Context) -> VR {
    match vr {
        VirtualVr::Exact(vr) => vr,
        VirtualVr::Xs if context.signed && !is_always_unsigned(tag) => VR::SS,
        VirtualVr::Xs => VR::US,
        _ => VR::OW,
    }
}

/// The number of entries and the bits of a LUT are unsigned whatever the pixels are, but their descriptor mixes both;
/// it is read unsigned.
fn is_always_unsigned(tag: Tag) -> bool {
    matches!(
        tag,
        tags::LUT_DESCRIPTOR
            | tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR
            | tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR
            | tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR
    )
}

/// Whether Specific Character Set applies to values of this VR (PS3.5 §6.1.2.2).
pub(super) fn uses_charset(vr: VR) -> bool {
    matches!(vr, VR::SH | VR::LO | VR::ST | VR::LT | VR::PN | VR::UC | VR::UT)
}

/// Turns the bytes of a value into a value. What does not fit the VR is kept as far as it does, and noted.
pub(super) fn primitive(
    tag: Tag,
    vr: VR,
    raw: &[u8],
    offset: usize,
    context: &Context,
    repairs: &mut Vec<Repair>,
) -> PrimitiveValue {
    if raw.is_empty() {
        return PrimitiveValue::Empty;
    }
    let size = match vr {
        VR::US | VR::SS | VR::OW => 2,
        VR::UL | VR::SL | VR::FL | VR::OF | VR::OL | VR::AT => 4,
        VR::UV | VR::SV | VR::FD | VR::OD | VR::OV => 8,
        _ => 1,
    };
    // the sample size of pixel data is not that of its VR: the bytes stay as they are in the file
    let pixels = matches!(tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA);
    if !pixels && !raw.len().is_multiple_of(size) {
        let what = format!(
            "{} bytes are no multiple of the {size} that a value of {vr} takes; the last are left out",
            raw.len()
        );
        note(repairs, Some(tag), offset, what);
        if raw.len() < size {
            return PrimitiveValue::Empty;
        }
    }
    let big = context.encoding.big_endian;
    macro_rules! numbers {
        ($variant:ident, $t:ty, $n:literal) => {
            PrimitiveValue::$variant(
                raw.as_chunks::<$n>()
                    .0
                    .iter()
                    .map(|b| if big { <$t>::from_be_bytes(*b) } else { <$t>::from_le_bytes(*b) })
                    .collect(),
            )
        };
    }
    match vr {
        _ if pixels => PrimitiveValue::U8(raw.into()),
        VR::US | VR::OW => numbers!(U16, u16, 2),
        VR::SS => numbers!(I16, i16, 2),
        VR::UL | VR::OL => numbers!(U32, u32, 4),
        VR::SL => numbers!(I32, i32, 4),
        VR::FL | VR::OF => numbers!(F32, f32, 4),
        VR::FD | VR::OD => numbers!(F64, f64, 8),
        VR::UV | VR::OV => numbers!(U64, u64, 8),
        VR::SV => numbers!(I64, i64, 8),
        VR::AT => PrimitiveValue::Tags(
            raw.as_chunks::<4>()
                .0
                .iter()
                .filter_map(|b| Some(Tag(context.encoding.u16(b)?, context.encoding.u16(b.get(2..)?)?)))
                .collect(),
        ),
        VR::OB | VR::UN | VR::SQ => PrimitiveValue::U8(raw.into()),
        _ => text(tag, vr, raw, offset, context, repairs),
    }
}

/// Padding that says nothing: spaces, and the NULs of UIDs that many writers use everywhere.
fn unpadded(text: &str) -> &str {
    text.trim_end_matches([' ', '\0'])
}

fn text(tag: Tag, vr: VR, raw: &[u8], offset: usize, context: &Context, repairs: &mut Vec<Repair>) -> PrimitiveValue {
    if !uses_charset(vr) && !raw.is_ascii() {
        note(
            repairs,
            Some(tag),
            offset,
            format!("{vr} holds bytes beyond ASCII; decoded as the text of this data set is"),
        );
    }
    let decoded = context.charset.decode(raw, vr == VR::PN, tag, offset, repairs);
    if matches!(vr, VR::ST | VR::LT | VR::UT | VR::UR) {
        return match unpadded(&decoded) {
            "" => PrimitiveValue::Empty,
            text => PrimitiveValue::Str(text.to_owned()),
        };
    }
    if !decoded.contains('\\') {
        return match unpadded(&decoded) {
            "" => PrimitiveValue::Empty,
            text => PrimitiveValue::Strs(smallvec_one(text.to_owned())),
        };
    }
    PrimitiveValue::Strs(decoded.split('\\').map(|part| unpadded(part).to_owned()).collect())
}

fn smallvec_one(text: String) -> dicom_core::value::C<String> {
    std::iter::once(text).collect()
}
