//! Reading DICOM files as they are found: tolerant of what other writers got wrong, bounded by the bytes that are there.
//!
//! [`open`] or [`parse`] turns a file into a [`DicomFile`]: its data set as an
//! [`InMemDicomObject`] and the list of [`Repair`]s, that is, of everything that had to be forgiven.
//! [`Attributes`] reads values from the data set or any item of it; [`decode_frames`] gives the stored pixel values.
//!
//! No length that the file claims is believed before it was compared with the bytes that remain, so that memory
//! is bounded by a multiple of the file's size and by [`Limits`].

mod attributes;
mod charset;
mod codec;
mod encoding;
mod error;
mod file_meta;
mod header;
mod limits;
mod parse;
mod parse_value;
mod pixels;
mod pixels_frames;
mod pixels_native;
mod repair;
mod uid;

use std::io::Read;
use std::path::Path;

use dicom_object::InMemDicomObject;

pub use attributes::{Attributes, required};
pub use encoding::{Codec, TransferSyntax};
pub use error::{DicomError, describe};
pub use limits::Limits;
pub use pixels::{Frames, PixelFormat, Samples, decode_frames, decode_frames_within};
pub use repair::Repair;
pub use uid::{same_uid, trim_uid};

/// A DICOM file in memory.
#[derive(Debug, Clone)]
pub struct DicomFile {
    /// how the data set was encoded; guessed where the file does not say (then told in `repairs`)
    pub syntax: TransferSyntax,
    /// (0002,0002) Media Storage SOP Class UID, where given
    pub media_storage_sop_class: Option<String>,
    /// (0002,0003) Media Storage SOP Instance UID, where given
    pub media_storage_sop_instance: Option<String>,
    /// the data set, without group 0002. Text is decoded to Unicode; numbers stored as text (DS, IS) stay text;
    /// Pixel Data (7FE0,0010) holds the bytes of the file as they are, or the fragments
    pub object: InMemDicomObject,
    /// what had to be tolerated, in the order it was met
    pub repairs: Vec<Repair>,
    /// the file ends before its data set does, or holds a length that cannot be true: something is missing from `object`
    pub truncated: bool,
}

impl DicomFile {
    /// (0008,0016) SOP Class UID, or the one of the file meta information where the data set has none.
    pub fn sop_class(&self) -> Option<String> {
        let own = self.object.uid(dicom_dictionary_std::tags::SOP_CLASS_UID).ok().flatten();
        own.or_else(|| self.media_storage_sop_class.clone())
    }

    /// (0008,0018) SOP Instance UID, or the one of the file meta information where the data set has none.
    pub fn sop_instance(&self) -> Option<String> {
        let own = self.object.uid(dicom_dictionary_std::tags::SOP_INSTANCE_UID).ok().flatten();
        own.or_else(|| self.media_storage_sop_instance.clone())
    }
}

/// Reads a DICOM file with the default [`Limits`].
///
/// # Errors
/// When the file cannot be read, is larger than the limits allow, or is not DICOM at all.
pub fn open(path: &Path) -> Result<DicomFile, DicomError> {
    let limits = Limits::default();
    let failed = |source| DicomError::Read { path: path.to_path_buf(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(DicomError::NotDicom { why: format!("{} is no regular file", path.display()) });
    }
    Limits::check("file size in bytes", about.len(), limits.file_bytes)?;
    let mut bytes = Vec::with_capacity(about.len() as usize);
    // a file that grows while it is read does not grow beyond the limit
    file.take(limits.file_bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
    parse(&bytes, &limits)
}

/// Reads a DICOM file from memory.
///
/// # Errors
/// When the bytes are not DICOM at all or exceed `limits`. Damage within a file that is DICOM is no error:
/// what can be read is kept and the rest is told in [`DicomFile::repairs`] and [`DicomFile::truncated`].
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<DicomFile, DicomError> {
    Limits::check("file size in bytes", bytes.len() as u64, limits.file_bytes)?;
    let mut repairs = Vec::new();
    let meta = file_meta::read(bytes, limits, &mut repairs)?;
    let inflated;
    let (body, start, whole) = if meta.syntax.deflated {
        let (data, whole) = encoding::inflate(bytes.get(meta.start..).unwrap_or_default(), limits, &mut repairs)?;
        inflated = data;
        (inflated.as_slice(), 0, whole)
    } else {
        (bytes, meta.start, true)
    };
    let (object, complete) = parse::data_set(body, start, &meta.syntax, limits, &mut repairs)?;
    if meta.bare && object.tags().next().is_none() {
        return Err(DicomError::NotDicom { why: "it holds no complete data element".to_owned() });
    }
    Ok(DicomFile {
        syntax: meta.syntax,
        media_storage_sop_class: meta.sop_class,
        media_storage_sop_instance: meta.sop_instance,
        object,
        repairs,
        truncated: !(whole && complete),
    })
}
