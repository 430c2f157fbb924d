//! Building data sets: values in the form their value representation demands.

use dicom_core::value::{DataSetSequence, PrimitiveValue, Value};
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use dicom_object::meta::FileMetaTableBuilder;
use jiff::civil::{Date, DateTime, Time};

use super::{WriteError, Written, derive_uid};

/// A data set under construction.
#[derive(Debug, Clone)]
pub(super) struct Dataset(InMemDicomObject);

impl Default for Dataset {
    fn default() -> Self {
        Self(InMemDicomObject::new_empty())
    }
}

impl Dataset {
    fn put(&mut self, tag: Tag, vr: VR, value: impl Into<PrimitiveValue>) {
        self.0.put(DataElement::new(tag, vr, value.into()));
    }

    /// An attribute that is present without a value (type 2).
    pub(super) fn empty(&mut self, tag: Tag, vr: VR) {
        self.put(tag, vr, PrimitiveValue::Empty);
    }

    /// A code or identifier that is written as it is: CS, UI, and the patient's own PN and LO.
    pub(super) fn verbatim(&mut self, tag: Tag, vr: VR, value: &str) {
        self.put(tag, vr, clean(value));
    }

    /// Free text; cut, with an ellipsis, to what the value representation holds.
    pub(super) fn text(&mut self, tag: Tag, vr: VR, value: &str) {
        let longest = match vr {
            VR::SH => 16,
            VR::LO => 64,
            VR::ST => 1024,
            _ => 10240,
        };
        let value = clean(value);
        if value.chars().count() <= longest {
            self.put(tag, vr, value);
        } else {
            self.put(tag, vr, value.chars().take(longest - 1).chain(['…']).collect::<String>());
        }
    }

    /// Text that is left out when there is none (type 3).
    pub(super) fn optional_text(&mut self, tag: Tag, vr: VR, value: &str) {
        if !value.trim().is_empty() {
            self.text(tag, vr, value);
        }
    }

    /// Several codes.
    pub(super) fn codes(&mut self, tag: Tag, values: &[String]) {
        self.put(tag, VR::CS, values.iter().map(|v| clean(v)).collect::<Vec<_>>().join("\\"));
    }

    /// Decimal strings.
    pub(super) fn ds(&mut self, tag: Tag, values: &[f64]) {
        self.put(tag, VR::DS, values.iter().map(|&v| decimal(v)).collect::<Vec<_>>().join("\\"));
    }

    /// Integer strings.
    pub(super) fn is(&mut self, tag: Tag, values: &[i64]) {
        self.put(tag, VR::IS, values.iter().map(i64::to_string).collect::<Vec<_>>().join("\\"));
    }

    /// An unsigned 16-bit number.
    pub(super) fn us(&mut self, tag: Tag, value: u16) {
        self.put(tag, VR::US, value);
    }

    /// Single-precision numbers.
    pub(super) fn fl(&mut self, tag: Tag, values: [f32; 3]) {
        self.put(tag, VR::FL, PrimitiveValue::F32(values.as_slice().into()));
    }

    /// A tag as value.
    pub(super) fn at(&mut self, tag: Tag, value: Tag) {
        self.put(tag, VR::AT, value);
    }

    /// Pixel bytes, little endian.
    pub(super) fn pixels(&mut self, bytes: Vec<u8>) {
        self.put(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U8(bytes.into()));
    }

    /// A date; without a value when unknown.
    pub(super) fn date(&mut self, tag: Tag, date: Option<Date>) {
        match date {
            Some(d) => self.put(tag, VR::DA, format!("{:04}{:02}{:02}", d.year(), d.month(), d.day())),
            None => self.empty(tag, VR::DA),
        }
    }

    /// A time of day; without a value when unknown.
    pub(super) fn time(&mut self, tag: Tag, time: Option<Time>) {
        match time {
            Some(t) => {
                let micro = t.subsec_nanosecond() / 1000;
                let fraction = if micro == 0 { String::new() } else { format!(".{micro:06}") };
                self.put(tag, VR::TM, format!("{:02}{:02}{:02}{fraction}", t.hour(), t.minute(), t.second()));
            }
            None => self.empty(tag, VR::TM),
        }
    }

    /// A date and its time.
    pub(super) fn date_time(&mut self, date: Tag, time: Tag, value: Option<DateTime>) {
        self.date(date, value.map(DateTime::date));
        self.time(time, value.map(DateTime::time));
    }

    /// A sequence.
    pub(super) fn sequence(&mut self, tag: Tag, items: Vec<Dataset>) {
        let items: Vec<InMemDicomObject> = items.into_iter().map(|item| item.0).collect();
        self.0.put(DataElement::new(tag, VR::SQ, Value::from(DataSetSequence::from(items))));
    }

    /// Gives the object a SOP Instance UID derived from all else in it, and encodes the file.
    pub(super) fn finish(
        mut self,
        object: &'static str,
        sop_class: &str,
        series_uid: String,
    ) -> Result<Written, WriteError> {
        let failed = |reason: String| WriteError::Encode { object, reason };
        self.verbatim(tags::SOP_CLASS_UID, VR::UI, sop_class);
        self.verbatim(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");
        let digest = self.0.clone();
        let unnamed = digest.with_exact_meta(meta(sop_class, "2.25.0").map_err(&failed)?);
        let mut content = Vec::new();
        unnamed.write_dataset(&mut content).map_err(|e| failed(e.to_string()))?;
        let sop_instance_uid = derive_uid(&[object.as_bytes(), &content]);
        self.verbatim(tags::SOP_INSTANCE_UID, VR::UI, &sop_instance_uid);
        let mut bytes = Vec::with_capacity(content.len() + 1024);
        self.0
            .with_exact_meta(meta(sop_class, &sop_instance_uid).map_err(&failed)?)
            .write_all(&mut bytes)
            .map_err(|e| failed(e.to_string()))?;
        Ok(Written { sop_instance_uid, series_instance_uid: series_uid, bytes })
    }
}

/// The file meta group of an object of this class.
fn meta(sop_class: &str, sop_instance: &str) -> Result<dicom_object::FileMetaTable, String> {
    FileMetaTableBuilder::new()
        // Contours longer than 65 534 bytes do not fit explicit value representations; every reader must know implicit.
        .transfer_syntax(uids::IMPLICIT_VR_LITTLE_ENDIAN)
        .media_storage_sop_class_uid(sop_class)
        .media_storage_sop_instance_uid(sop_instance)
        .implementation_class_uid(derive_uid(&[b"dosewright", b"implementation class"]))
        .implementation_version_name("DOSEWRIGHT")
        .build()
        .map_err(|e| e.to_string())
}

/// Text without what would end or split a value: control characters and backslashes.
fn clean(value: &str) -> String {
    value
        .trim()
        .chars()
        .map(|c| {
            if c.is_control() {
                ' '
            } else if c == '\\' {
                '/'
            } else {
                c
            }
        })
        .collect()
}

/// The decimal string of at most 16 characters nearest to `value` (PS3.5 6.2, DS).
pub(super) fn decimal(value: f64) -> String {
    let shortest = format!("{value}");
    if shortest.len() <= 16 {
        return if shortest == "-0" { "0".to_owned() } else { shortest };
    }
    let mut best: Option<(f64, String)> = None;
    for digits in (0..=15_usize).rev() {
        for text in [format!("{value:.digits$}"), format!("{value:.digits$e}")] {
            let error = text.parse::<f64>().map_or(f64::INFINITY, |v| (v - value).abs());
            if text.len() <= 16 && best.as_ref().is_none_or(|(least, _)| error < *least) {
                best = Some((error, text));
            }
        }
    }
    best.map_or_else(|| "0".to_owned(), |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_fit_sixteen_characters_and_lose_little() {
        assert_eq!(decimal(0.48828101), "0.48828101");
        assert_eq!(decimal(-0.0), "0");
        for value in
            [1.0 / 3.0, -1e5 / 7.0, 1e-9 / 3.0, -123456.789012345, 6.02214076e23, -1.0 / 3e-7, f64::MAX, 5e-324]
        {
            let text = decimal(value);
            assert!(text.len() <= 16, "{text}");
            let back: f64 = text.parse().unwrap();
            assert!(((back - value) / value).abs() < 1e-8, "{value} became {text}");
        }
    }

    #[test]
    fn text_cannot_smuggle_a_second_value() {
        assert_eq!(clean(" a\\b\r\nc "), "a/b  c");
    }
}
