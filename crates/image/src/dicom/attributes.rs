//! Reading values out of a data set, forgiving in form and strict in meaning.
//!
//! An attribute that is absent, empty or only padding is `None` (or no items, no strings). One that is there but
//! cannot mean what is asked is an error that names the attribute and the value.

use dicom_core::value::{PrimitiveValue, Value};
use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;

use super::{DicomError, describe, trim_uid};

/// Access to attributes of a data set or of a sequence item.
pub trait Attributes {
    /// The value as text, several values joined by backslashes as in the file; padding is taken off.
    ///
    /// # Errors
    /// When the attribute holds a sequence or pixel fragments.
    fn string(&self, tag: Tag) -> Result<Option<String>, DicomError>;

    /// The values as text, each without padding; empty values among others stay, as `""`.
    ///
    /// # Errors
    /// As [`Attributes::string`].
    fn strings(&self, tag: Tag) -> Result<Vec<String>, DicomError>;

    /// A UID without padding. Compare with [`super::same_uid`].
    ///
    /// # Errors
    /// As [`Attributes::string`].
    fn uid(&self, tag: Tag) -> Result<Option<String>, DicomError>;

    /// The first value as a whole number; text such as `"12 "`, `"+12"` or `"12.0"` counts.
    ///
    /// # Errors
    /// When it is not a whole number.
    fn int(&self, tag: Tag) -> Result<Option<i64>, DicomError>;

    /// All values as whole numbers.
    ///
    /// # Errors
    /// When one of them is not.
    fn ints(&self, tag: Tag) -> Result<Option<Vec<i64>>, DicomError>;

    /// The first value as a finite number; a decimal string such as `" 1.0e+02 "` counts, `"1,5"` does not.
    ///
    /// # Errors
    /// When it is not a finite number.
    fn float(&self, tag: Tag) -> Result<Option<f64>, DicomError>;

    /// All values as finite numbers.
    ///
    /// # Errors
    /// When one of them is not, or is empty.
    fn floats(&self, tag: Tag) -> Result<Option<Vec<f64>>, DicomError>;

    /// Exactly `N` finite numbers, as of a position or a pair of spacings.
    ///
    /// # Errors
    /// When there are more or fewer, or one is not a finite number.
    fn floats_n<const N: usize>(&self, tag: Tag) -> Result<Option<[f64; N]>, DicomError>;

    /// The items of a sequence.
    ///
    /// # Errors
    /// When the attribute holds something else than a sequence.
    fn items(&self, tag: Tag) -> Result<&[InMemDicomObject], DicomError>;
}

/// The value, or an error that names the attribute it should have come from.
///
/// # Errors
/// When there is none.
pub fn required<T>(value: Option<T>, tag: Tag) -> Result<T, DicomError> {
    value.ok_or_else(|| DicomError::Missing { attribute: describe(tag) })
}

fn wrong(tag: Tag, value: &str, expected: &str) -> DicomError {
    // a megabyte of text helps nobody
    let mut shown: String = value.chars().take(60).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    DicomError::Value { attribute: describe(tag), value: shown, expected: expected.to_owned() }
}

fn padding(c: char) -> bool {
    c == '\0' || c.is_whitespace()
}

/// The primitive value; `None` when absent or empty.
fn primitive(object: &InMemDicomObject, tag: Tag) -> Result<Option<&PrimitiveValue>, DicomError> {
    match object.get(tag).map(dicom_core::DataElement::value) {
        None | Some(Value::Primitive(PrimitiveValue::Empty)) => Ok(None),
        Some(Value::Primitive(value)) => Ok(Some(value)),
        Some(Value::Sequence(sequence)) if sequence.items().is_empty() => Ok(None),
        Some(Value::Sequence(_)) => Err(wrong(tag, "a sequence", "a plain value")),
        Some(Value::PixelSequence(_)) => Err(wrong(tag, "compressed pixel data", "a plain value")),
    }
}

/// Calls `visit` with each value as text, in order.
fn each_text<'a>(
    value: &'a PrimitiveValue,
    mut visit: impl FnMut(&'a str) -> Result<(), DicomError>,
) -> Result<bool, DicomError> {
    match value {
        PrimitiveValue::Str(text) => text.split('\\').try_for_each(visit).map(|()| true),
        PrimitiveValue::Strs(texts) => texts.iter().try_for_each(|t| visit(t)).map(|()| true),
        _ => Ok(false),
    }
}

/// Bytes of an attribute whose VR nobody knew, when they are text after all.
fn bytes_as_text(value: &PrimitiveValue, vr: Option<VR>) -> Option<&str> {
    match value {
        PrimitiveValue::U8(bytes) if vr == Some(VR::UN) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

/// All values through a conversion of text or of a binary number.
fn numbers<T>(
    object: &InMemDicomObject,
    tag: Tag,
    expected: &str,
    from_text: impl Fn(&str) -> Option<T>,
    from_number: impl Fn(f64) -> Option<T>,
) -> Result<Option<Vec<T>>, DicomError> {
    let Some(value) = primitive(object, tag)? else { return Ok(None) };
    let mut out = Vec::new();
    let mut texts = 0_usize;
    let mut one = |text: &str| {
        texts += 1;
        let trimmed = text.trim_matches(padding);
        if trimmed.is_empty() {
            return Ok(());
        }
        out.push(from_text(trimmed).ok_or_else(|| wrong(tag, trimmed, expected))?);
        Ok(())
    };
    let textual = match bytes_as_text(value, object.get(tag).map(dicom_core::DataElement::vr)) {
        Some(text) => text.split('\\').try_for_each(&mut one).map(|()| true)?,
        None => each_text(value, one)?,
    };
    if textual {
        if out.is_empty() {
            return Ok(None);
        }
        if out.len() != texts {
            return Err(wrong(tag, &value.to_str(), &format!("{expected} in each of its {texts} values")));
        }
        return Ok(Some(out));
    }
    macro_rules! all {
        ($values:expr) => {
            $values.iter().map(|&v| from_number(v as f64).ok_or_else(|| wrong(tag, &v.to_string(), expected))).collect()
        };
    }
    let out: Result<Vec<T>, DicomError> = match value {
        PrimitiveValue::U8(v) => all!(v),
        PrimitiveValue::I16(v) => all!(v),
        PrimitiveValue::U16(v) => all!(v),
        PrimitiveValue::I32(v) => all!(v),
        PrimitiveValue::U32(v) => all!(v),
        PrimitiveValue::I64(v) => all!(v),
        PrimitiveValue::U64(v) => all!(v),
        PrimitiveValue::F32(v) => all!(v),
        PrimitiveValue::F64(v) => all!(v),
        other => return Err(wrong(tag, &other.to_str(), expected)),
    };
    out.map(Some)
}

fn parse_float(text: &str) -> Option<f64> {
    // Rust also takes "inf", "nan" and "infinity": no decimal string
    text.parse::<f64>()
        .ok()
        .filter(|v| v.is_finite() && text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)))
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}

fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| parse_float(text).and_then(whole))
}

const FLOAT: &str = "a finite number";
const INT: &str = "a whole number";

impl Attributes for InMemDicomObject {
    fn string(&self, tag: Tag) -> Result<Option<String>, DicomError> {
        let Some(value) = primitive(self, tag)? else { return Ok(None) };
        let text = match value {
            PrimitiveValue::Str(text) => text.clone(),
            PrimitiveValue::Strs(texts) => texts.join("\\"),
            value => match bytes_as_text(value, self.get(tag).map(dicom_core::DataElement::vr)) {
                Some(text) => text.to_owned(),
                None => value.to_str().into_owned(),
            },
        };
        let text = text.trim_matches(padding);
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn strings(&self, tag: Tag) -> Result<Vec<String>, DicomError> {
        let joined = self.string(tag)?;
        Ok(joined
            .map(|text| text.split('\\').map(|t| t.trim_matches(padding).to_owned()).collect())
            .unwrap_or_default())
    }

    fn uid(&self, tag: Tag) -> Result<Option<String>, DicomError> {
        Ok(self.string(tag)?.map(|uid| trim_uid(&uid).to_owned()))
    }

    fn int(&self, tag: Tag) -> Result<Option<i64>, DicomError> {
        Ok(self.ints(tag)?.and_then(|v| v.first().copied()))
    }

    fn ints(&self, tag: Tag) -> Result<Option<Vec<i64>>, DicomError> {
        numbers(self, tag, INT, parse_int, whole)
    }

    fn float(&self, tag: Tag) -> Result<Option<f64>, DicomError> {
        Ok(self.floats(tag)?.and_then(|v| v.first().copied()))
    }

    fn floats(&self, tag: Tag) -> Result<Option<Vec<f64>>, DicomError> {
        numbers(self, tag, FLOAT, parse_float, |v| v.is_finite().then_some(v))
    }

    fn floats_n<const N: usize>(&self, tag: Tag) -> Result<Option<[f64; N]>, DicomError> {
        let Some(values) = self.floats(tag)? else { return Ok(None) };
        <[f64; N]>::try_from(values)
            .map(Some)
            .map_err(|values| wrong(tag, &format!("{} values", values.len()), &format!("{N} numbers")))
    }

    fn items(&self, tag: Tag) -> Result<&[InMemDicomObject], DicomError> {
        match self.get(tag).map(dicom_core::DataElement::value) {
            None | Some(Value::Primitive(PrimitiveValue::Empty)) => Ok(&[]),
            Some(Value::Sequence(sequence)) => Ok(sequence.items()),
            Some(Value::Primitive(value)) => Err(wrong(tag, &value.to_str(), "a sequence")),
            Some(Value::PixelSequence(_)) => Err(wrong(tag, "compressed pixel data", "a sequence")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, dicom_value};
    use dicom_dictionary_std::tags;

    fn object(tag: Tag, vr: VR, value: PrimitiveValue) -> InMemDicomObject {
        InMemDicomObject::from_element_iter([DataElement::new(tag, vr, value)])
    }

    #[test]
    fn decimal_strings_as_people_write_them() {
        let it = object(tags::IMAGE_POSITION_PATIENT, VR::DS, dicom_value!(Strs, ["1.0e+02 ", "-0", " 7"]));
        assert_eq!(it.floats_n(tags::IMAGE_POSITION_PATIENT).unwrap(), Some([100.0, 0.0, 7.0]));
        for bad in ["1,5", "nan", "inf", "1.5mm", "--1"] {
            let it = object(tags::SLICE_THICKNESS, VR::DS, PrimitiveValue::from(bad));
            let message = it.float(tags::SLICE_THICKNESS).unwrap_err().to_string();
            assert!(message.contains("(0018,0050)") && message.contains(bad), "{message}");
        }
    }

    #[test]
    fn empty_is_absent_but_a_hole_is_an_error() {
        let it = object(tags::SLICE_THICKNESS, VR::DS, PrimitiveValue::from("  "));
        assert_eq!(it.float(tags::SLICE_THICKNESS).unwrap(), None);
        assert_eq!(it.float(tags::ROWS).unwrap(), None);
        let it = object(tags::CONTOUR_DATA, VR::DS, dicom_value!(Strs, ["1", "", "3"]));
        assert!(it.floats(tags::CONTOUR_DATA).is_err());
    }

    #[test]
    fn whole_numbers_from_text_and_binary() {
        for (value, vr) in [
            (PrimitiveValue::from(12_u16), VR::US),
            (PrimitiveValue::from("+12 "), VR::IS),
            (PrimitiveValue::from("12.0"), VR::IS),
        ] {
            assert_eq!(object(tags::ROWS, vr, value).int(tags::ROWS).unwrap(), Some(12));
        }
        assert!(object(tags::ROWS, VR::IS, PrimitiveValue::from("12.5")).int(tags::ROWS).is_err());
    }

    #[test]
    fn a_value_is_no_sequence() {
        let it = object(tags::ROI_CONTOUR_SEQUENCE, VR::UN, PrimitiveValue::from("x"));
        assert!(it.items(tags::ROI_CONTOUR_SEQUENCE).unwrap_err().to_string().contains("(3006,0039)"));
        assert!(it.items(tags::CONTOUR_SEQUENCE).unwrap().is_empty());
    }
}
