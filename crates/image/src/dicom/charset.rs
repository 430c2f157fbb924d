//! Text: Specific Character Set (PS3.3 §C.12.1.1.2, PS3.5 §6.1.2) to Unicode.

use std::borrow::Cow;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::mem::InMemElement;
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6,
    ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1254,
};

use super::repair::{Repair, note};

/// A set of characters that bytes can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    /// ISO 8859-1: each byte is its code point
    Latin1,
    /// one byte a character, or decoded whole
    Table(&'static Encoding),
    /// JIS X 0201: Latin letters, and Katakana in the upper half
    JisX0201,
    /// JIS X 0208, two bytes of seven bits
    JisX0208,
    /// JIS X 0212, two bytes of seven bits
    JisX0212,
    /// KS X 1001, two bytes with the high bit
    KsX1001,
    /// GB 2312, two bytes with the high bit
    Gb2312,
}

/// What the text of a data set is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Charset {
    /// no (0008,0005), or an empty one
    Absent,
    /// a set without code extensions: the whole value decodes in one go
    Single(&'static Encoding),
    /// ISO 2022: begins with this set, others are switched to by escape sequences
    Iso2022(Initial),
}

/// The set that stands at the beginning of each value and after each delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Initial {
    /// upper half
    g1: Set,
}

/// Defined term without its `ISO_IR ` or `ISO 2022 IR `, set.
fn registered(number: &str) -> Option<Set> {
    Some(match number {
        "6" => Set::Ascii,
        "100" => Set::Latin1,
        "101" => Set::Table(ISO_8859_2),
        "109" => Set::Table(ISO_8859_3),
        "110" => Set::Table(ISO_8859_4),
        "144" => Set::Table(ISO_8859_5),
        "127" => Set::Table(ISO_8859_6),
        "126" => Set::Table(ISO_8859_7),
        "138" => Set::Table(ISO_8859_8),
        // differ from ISO 8859-9 and TIS 620 only in control characters
        "148" => Set::Table(WINDOWS_1254),
        "166" => Set::Table(WINDOWS_874),
        "203" => Set::Table(ISO_8859_15),
        "13" => Set::JisX0201,
        "87" => Set::JisX0208,
        "159" => Set::JisX0212,
        "149" => Set::KsX1001,
        "58" => Set::Gb2312,
        _ => return None,
    })
}

/// Escape sequence after ESC, set, and whether it goes to the upper half (G1).
const ESCAPES: &[(&[u8], Set, bool)] = &[
    (b"(B", Set::Ascii, false),
    (b"(J", Set::JisX0201, false),
    (b")I", Set::JisX0201, true),
    (b"-A", Set::Latin1, true),
    (b"-B", Set::Table(ISO_8859_2), true),
    (b"-C", Set::Table(ISO_8859_3), true),
    (b"-D", Set::Table(ISO_8859_4), true),
    (b"-L", Set::Table(ISO_8859_5), true),
    (b"-G", Set::Table(ISO_8859_6), true),
    (b"-F", Set::Table(ISO_8859_7), true),
    (b"-H", Set::Table(ISO_8859_8), true),
    (b"-M", Set::Table(WINDOWS_1254), true),
    (b"-T", Set::Table(WINDOWS_874), true),
    (b"-b", Set::Table(ISO_8859_15), true),
    (b"$B", Set::JisX0208, false),
    (b"$(D", Set::JisX0212, false),
    (b"$)C", Set::KsX1001, true),
    (b"$)A", Set::Gb2312, true),
];

impl Charset {
    pub fn absent() -> Self {
        Self::Absent
    }

    /// The set that a Specific Character Set element names.
    pub fn from_element(element: &InMemElement, offset: usize, repairs: &mut Vec<Repair>) -> Self {
        let terms = element.to_multi_str().map(Cow::into_owned).unwrap_or_default();
        let tag = Some(tags::SPECIFIC_CHARACTER_SET);
        let mut initial = None;
        for (i, term) in terms.iter().enumerate() {
            let key: String = term.trim().to_ascii_uppercase().replace(['_', '-'], " ");
            let whole = match key.as_str() {
                "ISO IR 192" | "UTF 8" | "UTF8" => Some(UTF_8),
                "GB18030" => Some(GB18030),
                "GBK" | "GB2312" => Some(GBK),
                "BIG5" => Some(BIG5),
                _ => None,
            };
            if let Some(encoding) = whole {
                if terms.len() > 1 {
                    note(
                        repairs,
                        tag,
                        offset,
                        format!("\"{term}\" cannot be combined with other sets; used for all text"),
                    );
                }
                return Self::Single(encoding);
            }
            let number = key
                .strip_prefix("ISO 2022 IR ")
                .or_else(|| key.strip_prefix("ISO IR "))
                .or_else(|| key.strip_prefix("ISO2022 IR "));
            let set = number.and_then(|n| registered(n.trim()));
            if set.is_none() && !key.is_empty() {
                note(
                    repairs,
                    tag,
                    offset,
                    format!(
                        "\"{term}\" is no character set known here; text is taken for UTF-8, GB18030 or ISO 8859-1, whichever it looks like"
                    ),
                );
                if i == 0 {
                    return Self::Absent;
                }
            }
            if i == 0 {
                initial = set;
            }
        }
        if terms.iter().all(|t| t.trim().is_empty()) {
            return Self::Absent;
        }
        Self::Iso2022(Initial { g1: initial.unwrap_or(Set::Ascii) })
    }

    /// Decodes a value. Nothing is lost silently: bytes that the set does not have become U+FFFD and are noted.
    pub fn decode<'a>(
        &self,
        raw: &'a [u8],
        name: bool,
        tag: Tag,
        offset: usize,
        repairs: &mut Vec<Repair>,
    ) -> Cow<'a, str> {
        let escaped = raw.contains(&0x1B);
        if raw.is_ascii() && (!escaped || matches!(self, Self::Single(_))) {
            return String::from_utf8_lossy(raw);
        }
        let (text, intact) = match self {
            Self::Single(encoding) => {
                let (text, bad) = encoding.decode_without_bom_handling(raw);
                (text, !bad)
            }
            Self::Absent if !escaped => {
                let (text, what) = guess(raw);
                note(
                    repairs,
                    Some(tag),
                    offset,
                    format!("not ASCII although no (0008,0005) Specific Character Set says so; decoded as {what}"),
                );
                (text, true)
            }
            Self::Absent => iso2022(raw, Set::Ascii, name),
            Self::Iso2022(initial) => iso2022(raw, initial.g1, name),
        };
        if !intact {
            note(
                repairs,
                Some(tag),
                offset,
                "some bytes are not in the character set of (0008,0005); shown as \u{FFFD}",
            );
        }
        text
    }
}

/// Text of an unnamed set: UTF-8 where it is valid; else Latin-1 where each byte beyond ASCII is an accented letter
/// that stands alone among Latin letters, since Chinese text has its high bytes side by side; else GB18030.
fn guess(raw: &[u8]) -> (Cow<'_, str>, &'static str) {
    if let Ok(text) = std::str::from_utf8(raw) {
        return (Cow::Borrowed(text), "UTF-8");
    }
    let latin = || Cow::Owned(raw.iter().map(|&b| char::from(b)).collect());
    let apart = !raw.windows(2).any(|pair| pair.iter().all(|b| *b >= 0x80));
    if apart && !raw.iter().any(|b| (0x80..0xC0).contains(b)) {
        return (latin(), "ISO 8859-1");
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(raw) {
        Some(text) => (text, "GB18030"),
        None => (latin(), "ISO 8859-1"),
    }
}

/// Decodes text with code extensions; the flag is false when some bytes could not be.
fn iso2022(raw: &[u8], initial: Set, name: bool) -> (Cow<'_, str>, bool) {
    let mut out = String::with_capacity(raw.len());
    let mut intact = true;
    // a two-byte set named first starts in its own half: G0 for the Japanese ones, G1 for Korean and Chinese
    let start = match initial {
        Set::JisX0208 | Set::JisX0212 => (Set::Ascii, Set::Ascii),
        set => (if set == Set::JisX0201 { set } else { Set::Ascii }, set),
    };
    let (mut g0, mut g1) = start;
    let mut i = 0;
    while let Some(&byte) = raw.get(i) {
        if byte == 0x1B {
            let rest = raw.get(i + 1..).unwrap_or_default();
            if let Some((sequence, set, upper)) = ESCAPES.iter().find(|(s, ..)| rest.starts_with(s)) {
                if *upper {
                    g1 = *set;
                } else {
                    g0 = *set;
                }
                i += 1 + sequence.len();
            } else {
                intact = false;
                out.push('\u{FFFD}');
                i += 1;
            }
            continue;
        }
        let wide = matches!(g0, Set::JisX0208 | Set::JisX0212);
        let resets = matches!(byte, b'\\' | b'\r' | b'\n' | 0x0C | b'\t') || (name && matches!(byte, b'^' | b'='));
        if resets && !wide {
            (g0, g1) = start;
            out.push(char::from(byte));
            i += 1;
            continue;
        }
        // a run of bytes of the same half goes to one decoder
        let high = byte >= 0x80;
        let set = if high { g1 } else { g0 };
        if !high && (byte < 0x21 || matches!(set, Set::Ascii | Set::JisX0201)) {
            out.push(char::from(byte));
            i += 1;
            continue;
        }
        let run = raw.get(i..).unwrap_or_default();
        let length =
            run.iter().position(|&b| (b >= 0x80) != high || b == 0x1B || (!high && b < 0x21)).unwrap_or(run.len());
        let run = run.get(..length).unwrap_or_default();
        intact &= decode_run(run, set, &mut out);
        i += length.max(1);
    }
    (Cow::Owned(out), intact)
}

/// Decodes bytes of one half of one set.
fn decode_run(run: &[u8], set: Set, out: &mut String) -> bool {
    let (encoding, bytes): (_, Cow<'_, [u8]>) = match set {
        Set::Ascii => {
            out.extend(run.iter().map(|&b| if b < 0x80 { char::from(b) } else { '\u{FFFD}' }));
            return run.is_ascii();
        }
        Set::Latin1 => {
            out.extend(run.iter().map(|&b| char::from(b)));
            return true;
        }
        Set::Table(encoding) => (encoding, run.into()),
        Set::JisX0201 => (SHIFT_JIS, run.into()),
        // EUC-JP carries both Japanese sets with the high bits set, the supplementary one after 0x8F
        Set::JisX0208 => (EUC_JP, run.iter().map(|b| b | 0x80).collect()),
        Set::JisX0212 => (
            EUC_JP,
            run.chunks(2).flat_map(|pair| std::iter::once(0x8F).chain(pair.iter().map(|b| b | 0x80))).collect(),
        ),
        Set::KsX1001 => (EUC_KR, run.into()),
        Set::Gb2312 => (GBK, run.into()),
    };
    let (text, bad) = encoding.decode_without_bom_handling(&bytes);
    out.push_str(&text);
    !bad
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{PrimitiveValue, VR};

    fn decode(charset: &[&str], raw: &[u8], name: bool) -> (String, usize) {
        let mut repairs = Vec::new();
        let terms: Vec<String> = charset.iter().map(ToString::to_string).collect();
        let element = InMemElement::new(tags::SPECIFIC_CHARACTER_SET, VR::CS, PrimitiveValue::Strs(terms.into()));
        let charset =
            if charset.is_empty() { Charset::absent() } else { Charset::from_element(&element, 0, &mut repairs) };
        let text = charset.decode(raw, name, tags::PATIENT_NAME, 0, &mut repairs).into_owned();
        (text, repairs.len())
    }

    // the byte sequences are the examples of PS3.5 annexes H, I, J and K
    #[test]
    fn japanese_names_of_the_standard() {
        let raw = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        assert_eq!(decode(&["", "ISO 2022 IR 87"], raw, true), ("Yamada^Tarou=山田^太郎=やまだ^たろう".to_owned(), 0));
        let raw = b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J";
        assert_eq!(decode(&["ISO 2022 IR 13", "ISO 2022 IR 87"], raw, true), ("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎".to_owned(), 0));
    }

    #[test]
    fn korean_name_of_the_standard() {
        let raw = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
        assert_eq!(decode(&["", "ISO 2022 IR 149"], raw, true), ("Hong^Gildong=洪^吉洞=홍^길동".to_owned(), 0));
    }

    #[test]
    fn chinese_names_in_each_set() {
        let raw = b"Wang^XiaoDong=\x1b$)A\xcd\xf5^\x1b$)A\xd0\xa1\xb6\xab";
        assert_eq!(decode(&["", "ISO 2022 IR 58"], raw, true).0, "Wang^XiaoDong=王^小东");
        // 镕 has the letter F for its second byte, 𠮷 takes four
        for set in ["GB18030", "GBK"] {
            assert_eq!(decode(&[set], b"\xd6\xec\xe9F\xbb\xf9", true).0, "朱镕基");
        }
        assert_eq!(decode(&["GB18030"], b"\x95\x34\xb2\x35", true).0, "𠮷");
        assert_eq!(decode(&["ISO_IR 192"], "𠮷野".as_bytes(), true), ("𠮷野".to_owned(), 0));
        // ³\ in GBK: the second byte is a backslash and no delimiter
        assert_eq!(decode(&["GBK"], b"\x81\x5c", false).0.chars().count(), 1);
    }

    #[test]
    fn text_without_a_set_is_guessed_and_said() {
        assert_eq!(decode(&[], b"Smith", true), ("Smith".to_owned(), 0));
        assert_eq!(decode(&[], "前列腺".as_bytes(), false), ("前列腺".to_owned(), 1));
        assert_eq!(decode(&[], b"\xc7\xb0\xc1\xd0\xcf\xd9 PTV", false), ("前列腺 PTV".to_owned(), 1));
        assert_eq!(decode(&[], b"Ur\xe8tre", false), ("Urètre".to_owned(), 1));
    }

    #[test]
    fn what_a_set_does_not_have_is_shown_and_said() {
        let (text, noted) = decode(&["ISO_IR 192"], b"a\xffb", false);
        assert_eq!((text.as_str(), noted), ("a\u{FFFD}b", 1));
        let (text, noted) = decode(&["", "ISO 2022 IR 87"], b"a\x1b%b", false);
        assert_eq!((text.as_str(), noted), ("a\u{FFFD}%b", 1));
    }
}
