//! NIfTI-1 (`.nii`, `.nii.gz`) in and out, for volumes and masks.
//!
//! NIfTI counts positions in RAS (x to the right, y to the front), we in LPS; x and y change sign on the way. Grids come out right-handed:
//! a file whose third axis runs against i × j is read from its last plane to its first.

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Mask, Unit, Volume};

mod header;
mod read;
mod write;

/// Why a NIfTI file cannot be read or written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NiftiError {
    /// It is something else.
    #[error("this is no NIfTI-1 file: {0}")]
    NotNifti(String),
    /// A variant that is not read.
    #[error("{0}; convert it to a single NIfTI-1 file (.nii or .nii.gz)")]
    Unsupported(String),
    /// The header says what cannot be.
    #[error("the NIfTI header says {0}, which cannot be; write the file again")]
    Header(String),
    /// The file ends early.
    #[error("the file holds {got} bytes where its header asks for {wanted}: it is cut off; copy it again")]
    CutOff {
        /// bytes after decompression
        got: u64,
        /// bytes by the header
        wanted: u64,
    },
    /// The gzip stream is damaged.
    #[error("the gzip stream is damaged: {0}; copy the file again")]
    Gzip(String),
    /// More than is read.
    #[error("the image would need {wanted} bytes, more than the {limit} that are read; crop it")]
    TooLarge {
        /// bytes by the header
        wanted: u64,
        /// the limit
        limit: u64,
    },
    /// It does not say where it lies.
    #[error(
        "neither sform nor qform says where the image lies (both codes are 0); set one of them with the program that wrote it"
    )]
    NoPlace,
    /// Its axes are not at right angles.
    #[error("the axes of the image are not at right angles (off by {degrees:.2}°); resample it to a right-angled grid")]
    Sheared {
        /// deviation from 90°
        degrees: f64,
    },
    /// A mask holds values that are no coverage.
    #[error("a mask holds values between 0 and 1, this image holds {value}; select one label and write it as 0 and 1")]
    NotAMask {
        /// the first value outside
        value: f32,
    },
    /// What is to be written has no voxels, or too many.
    #[error("{0} cannot be written as NIfTI-1: each of its sizes must lie between 1 and 32767")]
    Size(String),
}

/// Reads an image of one volume. What its values mean is not said in the file and must be known: `unit`.
///
/// u8, i8, i16 and u16 that fit, unscaled, become [`crate::Voxels::I16`], everything else f32.
///
/// # Errors
/// See [`NiftiError`]. Memory is bounded by the file's own (decompressed) bytes.
pub fn read(bytes: &[u8], unit: Unit) -> Result<Volume, NiftiError> {
    read::volume(bytes, unit)
}

/// Reads a mask: values between 0 and 1.
///
/// # Errors
/// As [`read`], and when a value is no coverage.
pub fn read_mask(bytes: &[u8]) -> Result<Mask, NiftiError> {
    let volume = read(bytes, Unit::Relative)?;
    let coverage = volume.to_f32().into_owned();
    match coverage.iter().find(|v| !(**v >= 0.0 && **v <= 1.0)) {
        Some(&value) => Err(NiftiError::NotAMask { value }),
        None => Ok(Mask { grid: volume.grid, coverage }),
    }
}

/// Encodes a volume as an uncompressed NIfTI-1 file: i16 or f32 as it is; sform and qform both say where it lies.
///
/// The format keeps positions in f32: within a metre of the origin they are exact to 6e-5 mm.
///
/// # Errors
/// When a size does not fit the format.
pub fn write(volume: &Volume) -> Result<Vec<u8>, NiftiError> {
    write::volume(volume)
}

/// Encodes a mask: u8 where it is only 0 and 1, else f32.
///
/// # Errors
/// As [`write`].
pub fn write_mask(mask: &Mask) -> Result<Vec<u8>, NiftiError> {
    write::mask(mask)
}

/// Compresses an encoded file to `.nii.gz`; without name and time, so that the same file gives the same bytes.
pub fn gzip(file: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = GzEncoder::new(Vec::with_capacity(file.len() / 2), Compression::default());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(file);
    encoder.finish().unwrap_or_default()
}
