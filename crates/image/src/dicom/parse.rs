//! The structure of a data set: elements, sequences, items, fragments (PS3.5 §7 and Annex A.4).
//!
//! The parser walks a slice. A length is compared with the end of what encloses it before it is used;
//! nothing is allocated for a value before its bytes are known to be there.

use dicom_core::header::Length;
use dicom_core::value::{DataSetSequence, PixelFragmentSequence};
use dicom_core::{PrimitiveValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

use super::charset::Charset;
use super::encoding::TransferSyntax;
use super::header::{Encoding, Header, UNDEFINED, header};
use super::parse_value::{self, dictionary_vr};
use super::repair::{Repair, note};
use super::{DicomError, Limits};

const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// What an item takes over from the data set around it.
#[derive(Clone)]
pub(super) struct Context {
    pub encoding: Encoding,
    pub charset: Charset,
    /// (0028,0103): tells US from SS where the dictionary allows both
    pub signed: bool,
    depth: u64,
}

/// Parses the data set from `start` to the end of `bytes`; the flag tells whether it is complete.
pub(super) fn data_set(
    bytes: &[u8],
    start: usize,
    syntax: &TransferSyntax,
    limits: &Limits,
    repairs: &mut Vec<Repair>,
) -> Result<(InMemDicomObject, bool), DicomError> {
    let mut parser = Parser { bytes, pos: start, elements: 0, complete: true, limits, repairs };
    let encoding = Encoding { explicit: syntax.explicit, big_endian: syntax.big_endian };
    let context = Context { encoding, charset: Charset::absent(), signed: false, depth: 0 };
    let object = parser.elements(bytes.len(), context, Enclosure::File)?;
    Ok((object, parser.complete))
}

/// What the elements being read stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Enclosure {
    File,
    /// an item with a stated length
    Item,
    /// an item that ends with a delimiter
    OpenItem,
}

struct Parser<'a> {
    bytes: &'a [u8],
    pos: usize,
    elements: u64,
    complete: bool,
    limits: &'a Limits,
    repairs: &'a mut Vec<Repair>,
}

impl<'a> Parser<'a> {
    fn note(&mut self, tag: Option<Tag>, what: impl Into<String>) {
        note(self.repairs, tag, self.pos, what);
    }

    /// The bytes from here to `end`; never panics, whatever `end` is.
    fn rest(&self, end: usize) -> &'a [u8] {
        self.bytes.get(self.pos..end).unwrap_or_default()
    }

    fn count(&mut self) -> Result<(), DicomError> {
        self.elements += 1;
        Limits::check("number of data elements and items", self.elements, self.limits.elements)
    }

    /// Elements up to `end` or the delimiter of what encloses them.
    fn elements(
        &mut self,
        end: usize,
        mut context: Context,
        enclosure: Enclosure,
    ) -> Result<InMemDicomObject, DicomError> {
        let mut object = InMemDicomObject::new_empty();
        // text met before the character set it is written in: decoded again once that is known
        let mut early: Vec<(Tag, VR, &'a [u8])> = Vec::new();
        let mut last = Tag(0, 0);
        self.detect_encoding(end, &mut context, enclosure);
        loop {
            let rest = self.rest(end);
            if rest.is_empty() {
                if enclosure == Enclosure::OpenItem {
                    self.note(None, "the data end within an item of undefined length");
                    self.complete = false;
                }
                break;
            }
            let Some(head) = header(rest, context.encoding) else {
                self.tail(end);
                break;
            };
            if head.tag == ITEM_END {
                self.pos += 8;
                if enclosure == Enclosure::OpenItem {
                    break;
                }
                self.note(None, "an item delimiter where no item is open; skipped");
                continue;
            }
            if head.tag == SEQUENCE_END && enclosure != Enclosure::File {
                if enclosure == Enclosure::OpenItem {
                    self.note(None, "a sequence ends before its last item does; the item is closed");
                }
                break;
            }
            if head.tag.0 == 0xFFFE {
                self.note(None, "an item or sequence delimiter where none can be; skipped");
                self.pos += 8;
                continue;
            }
            if rest.starts_with(&[0; 8]) {
                let zeros = rest.iter().position(|&b| b != 0).unwrap_or(rest.len());
                self.note(None, format!("{zeros} zero bytes where an element should be; skipped"));
                self.pos += if zeros == rest.len() { zeros } else { zeros & !7 };
                continue;
            }
            let Some(head) = self.settle(head, rest, end, &context) else {
                self.tail(end);
                break;
            };
            self.count()?;
            let start = self.pos;
            if head.tag <= last {
                let what =
                    if object.get(head.tag).is_some() { "stands twice; the later one is kept" } else { "out of order" };
                self.note(Some(head.tag), what);
            }
            last = head.tag;
            self.pos += head.size;
            let Some(element) = self.element(head, end, &context)? else { break };
            if let Some(vr) = head.vr.filter(|&vr| parse_value::uses_charset(vr))
                && object.get(tags::SPECIFIC_CHARACTER_SET).is_none()
            {
                early.push((head.tag, vr, self.bytes.get(start + head.size..self.pos).unwrap_or_default()));
            }
            match head.tag {
                tags::SPECIFIC_CHARACTER_SET => {
                    context.charset = Charset::from_element(&element, start, self.repairs);
                    for (tag, vr, raw) in early.drain(..) {
                        let value = parse_value::primitive(tag, vr, raw, start, &context, self.repairs);
                        object.put(InMemElement::new(tag, vr, value));
                    }
                }
                tags::PIXEL_REPRESENTATION => context.signed = element.to_int::<u16>().is_ok_and(|v| v == 1),
                _ => {}
            }
            object.put(element);
        }
        Ok(object)
    }

    /// Items (and files without meta information) that do not use the encoding declared: seen by their first header.
    fn detect_encoding(&mut self, end: usize, context: &mut Context, enclosure: Enclosure) {
        if enclosure == Enclosure::File {
            return;
        }
        let rest = self.rest(end);
        let Some(head) = header(rest, Encoding { explicit: true, ..context.encoding }) else { return };
        if head.tag.0 == 0xFFFE {
            return;
        }
        let fits =
            |head: &Header| head.is_undefined() || (head.length as usize).saturating_add(head.size) <= rest.len();
        let implicit = header(rest, Encoding { explicit: false, ..context.encoding });
        let implicit_fits = implicit.as_ref().is_some_and(fits);
        if context.encoding.explicit && head.vr.is_none() && implicit_fits {
            context.encoding.explicit = false;
            self.note(Some(head.tag), "an item in implicit VR within an explicit VR data set");
        } else if !context.encoding.explicit && head.vr.is_some() && fits(&head) && !implicit_fits {
            context.encoding.explicit = true;
            self.note(Some(head.tag), "an item in explicit VR within an implicit VR data set");
        }
    }

    /// Gives an element without a usable VR the one of the dictionary. `None` when this is no element at all.
    fn settle(&mut self, head: Header, rest: &[u8], end: usize, context: &Context) -> Option<Header> {
        if let Some(vr) = head.vr {
            // "UN" is what systems write for attributes younger than themselves
            let known = (vr == VR::UN).then(|| dictionary_vr(head.tag)).flatten();
            let vr = known.map_or(vr, |v| parse_value::concrete(v, head.tag, context));
            return Some(Header { was_unknown: head.vr == Some(VR::UN), vr: Some(vr), ..head });
        }
        let from_dictionary = dictionary_vr(head.tag).map(|v| parse_value::concrete(v, head.tag, context));
        if !context.encoding.explicit {
            return Some(Header { vr: Some(from_dictionary.unwrap_or(VR::UN)), ..head });
        }
        let fits = |header: usize, length: usize| header.saturating_add(length) <= end - self.pos;
        let letters = rest.get(4..6)?;
        let vr = Some(from_dictionary.unwrap_or(VR::UN));
        let settled = if letters.iter().all(u8::is_ascii_uppercase) {
            // a VR of the future has the long header by PS3.5 §7.1.2; one misspelt, the short
            let short = context.encoding.u16(rest.get(6..)?)?;
            let long = rest.get(8..).and_then(|b| context.encoding.u32(b));
            match long {
                Some(length) if short == 0 && (fits(12, length as usize) || length == UNDEFINED) => {
                    Header { vr, length, size: 12, ..head }
                }
                _ => Header { vr, length: u32::from(short), size: 8, ..head },
            }
        } else if fits(8, head.length as usize) || (head.is_undefined() && vr == Some(VR::SQ)) {
            Header { vr, ..head }
        } else if from_dictionary.is_some() && letters.iter().all(|b| !b.is_ascii_control()) {
            let short = context.encoding.u16(rest.get(6..)?)?;
            fits(8, usize::from(short)).then_some(Header { vr, length: u32::from(short), size: 8, ..head })?
        } else {
            return None;
        };
        let written = String::from_utf8_lossy(letters).escape_debug().to_string();
        let used = settled.vr.unwrap_or(VR::UN);
        self.note(Some(head.tag), format!("value representation \"{written}\" does not exist; read as {used}"));
        Some(settled)
    }

    /// What follows the last element that could be read.
    fn tail(&mut self, end: usize) {
        let rest = self.rest(end);
        if rest.iter().all(|&b| b == 0) {
            self.note(None, format!("{} zero bytes after the last element; left out", rest.len()));
        } else {
            self.note(None, format!("{} bytes that are no data element; left out", rest.len()));
            self.complete = false;
        }
        self.pos = end;
    }

    /// The value of one element; `None` when it is cut off and nothing of it can be kept.
    fn element(&mut self, head: Header, end: usize, context: &Context) -> Result<Option<InMemElement>, DicomError> {
        let Header { tag, length, .. } = head;
        let vr = head.vr.unwrap_or(VR::UN);
        let remain = end - self.pos;
        let mut inner = context.clone();
        if head.was_unknown {
            inner.encoding = Encoding { explicit: false, big_endian: false };
        }
        if head.is_undefined() {
            return self.undefined(tag, vr, end, inner);
        }
        let mut length = length as usize;
        if length > remain {
            self.complete = false;
            if vr != VR::SQ && !is_pixel_data(tag) {
                self.note(
                    Some(tag),
                    format!("claims {length} bytes where {remain} remain; it and what follows are left out"),
                );
                self.pos = end;
                return Ok(None);
            }
            self.note(Some(tag), format!("claims {length} bytes where {remain} remain; kept what is there"));
            length = remain;
        }
        let value_end = self.pos + length;
        let begins = header(self.rest(value_end), inner.encoding).map(|h| h.tag);
        if vr == VR::SQ && head.was_unknown && length > 0 && !matches!(begins, Some(ITEM | SEQUENCE_END)) {
            self.note(Some(tag), "written as UN and no sequence within; kept as bytes");
            let value = PrimitiveValue::U8(self.rest(value_end).into());
            self.pos = value_end;
            return Ok(Some(InMemElement::new_with_len(tag, VR::UN, Length(length as u32), value)));
        }
        if vr == VR::SQ {
            let items = self.items(tag, value_end, inner, false)?;
            self.pos = value_end;
            return Ok(Some(InMemElement::new(tag, VR::SQ, DataSetSequence::new(items, Length(length as u32)))));
        }
        let raw = self.rest(value_end);
        let value = parse_value::primitive(tag, vr, raw, self.pos, &inner, self.repairs);
        self.pos = value_end;
        Ok(Some(InMemElement::new_with_len(tag, vr, Length(length as u32), value)))
    }

    /// A value that ends with a delimiter: a sequence, or encapsulated pixel data.
    fn undefined(
        &mut self,
        tag: Tag,
        vr: VR,
        end: usize,
        mut inner: Context,
    ) -> Result<Option<InMemElement>, DicomError> {
        if tag == tags::PIXEL_DATA && vr != VR::SQ {
            let value: PixelFragmentSequence<_> = self.fragments(end)?;
            return Ok(Some(InMemElement::new(tag, VR::OB, value)));
        }
        let next = header(self.rest(end), inner.encoding).map(|h| h.tag);
        if matches!(next, Some(ITEM | SEQUENCE_END)) {
            if vr == VR::UN {
                inner.encoding = Encoding { explicit: false, big_endian: inner.encoding.big_endian };
            }
            let items = self.items(tag, end, inner, true)?;
            return Ok(Some(InMemElement::new(tag, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED))));
        }
        let delimiter = delimiter(inner.encoding.big_endian);
        let rest = self.rest(end);
        let Some(length) = rest.windows(8).position(|w| w == delimiter) else {
            self.note(Some(tag), "has no length and no end; it and what follows are left out");
            self.complete = false;
            self.pos = end;
            return Ok(None);
        };
        self.note(Some(tag), format!("undefined length for a value of {vr}; read up to the sequence delimiter"));
        let raw = rest.get(..length).unwrap_or_default();
        let value = parse_value::primitive(tag, vr, raw, self.pos, &inner, self.repairs);
        self.pos += length + 8;
        Ok(Some(InMemElement::new(tag, vr, value)))
    }

    /// The items of a sequence, up to `end` or (where `open`) the sequence delimiter.
    fn items(
        &mut self,
        tag: Tag,
        end: usize,
        mut context: Context,
        open: bool,
    ) -> Result<Vec<InMemDicomObject>, DicomError> {
        context.depth += 1;
        Limits::check("depth of nested sequences", context.depth, self.limits.depth)?;
        let mut items = Vec::new();
        loop {
            let rest = self.rest(end);
            let Some(head) = header(rest, context.encoding) else {
                if open || !rest.is_empty() {
                    self.note(Some(tag), "the data end within the sequence");
                    self.complete = false;
                }
                break;
            };
            match head.tag {
                ITEM => {
                    self.count()?;
                    self.pos += 8;
                    let remain = end - self.pos;
                    let (item_end, enclosure) = if head.is_undefined() {
                        (end, Enclosure::OpenItem)
                    } else if head.length as usize > remain {
                        let what =
                            format!("an item claims {} bytes where {remain} remain; kept what is there", head.length);
                        self.note(Some(tag), what);
                        self.complete = false;
                        (end, Enclosure::Item)
                    } else {
                        (self.pos + head.length as usize, Enclosure::Item)
                    };
                    items.push(self.elements(item_end, context.clone(), enclosure)?);
                    if enclosure == Enclosure::Item {
                        self.pos = item_end;
                    }
                }
                SEQUENCE_END => {
                    self.pos += 8;
                    if !open && !self.rest(end).is_empty() {
                        self.note(Some(tag), "a delimiter within a sequence of stated length");
                        continue;
                    }
                    break;
                }
                ITEM_END => {
                    self.note(Some(tag), "an item delimiter where no item is open; skipped");
                    self.pos += 8;
                }
                _ => {
                    self.note(Some(tag), "the sequence holds something that is no item; it is closed here");
                    self.complete &= open;
                    break;
                }
            }
        }
        Ok(items)
    }

    /// The fragments of encapsulated pixel data with their basic offset table (PS3.5 §A.4). Always little endian.
    fn fragments(&mut self, end: usize) -> Result<PixelFragmentSequence<Vec<u8>>, DicomError> {
        let little = Encoding { explicit: false, big_endian: false };
        let mut table: Option<Vec<u32>> = None;
        let mut fragments: Vec<Vec<u8>> = Vec::new();
        loop {
            let Some(head) = header(self.rest(end), little) else {
                self.note(Some(tags::PIXEL_DATA), "the data end before the sequence delimiter of the fragments");
                // a missing delimiter loses nothing by itself
                self.complete &= self.rest(end).is_empty();
                self.pos = end;
                break;
            };
            if head.tag != ITEM {
                if head.tag == SEQUENCE_END {
                    self.pos += 8;
                } else {
                    self.note(Some(tags::PIXEL_DATA), "the fragments end without a sequence delimiter");
                }
                break;
            }
            self.count()?;
            self.pos += 8;
            let remain = end - self.pos;
            let mut length = head.length as usize;
            if length > remain {
                self.note(
                    Some(tags::PIXEL_DATA),
                    format!("a fragment claims {length} bytes where {remain} remain; kept what is there"),
                );
                self.complete = false;
                length = remain;
            }
            let raw = self.rest(self.pos + length);
            self.pos += length;
            match table {
                None => table = Some(raw.chunks_exact(4).filter_map(|b| little.u32(b)).collect()),
                Some(_) => fragments.push(raw.to_vec()),
            }
        }
        Ok(PixelFragmentSequence::new(table.unwrap_or_default(), fragments))
    }
}

/// The eight bytes that end a sequence.
fn delimiter(big_endian: bool) -> [u8; 8] {
    if big_endian { [0xFF, 0xFE, 0xE0, 0xDD, 0, 0, 0, 0] } else { [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0] }
}

fn is_pixel_data(tag: Tag) -> bool {
    matches!(tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA)
}
