//! The 348 bytes of a NIfTI-1 header that matter here, and the affine map from index to patient position.

use super::NiftiError;
use crate::{Grid, Point};

/// Bytes of the header proper.
pub(super) const HEADER: usize = 348;

/// How a voxel value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Datatype {
    U8,
    I8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Datatype {
    pub(super) fn from_code(code: i16) -> Result<Self, NiftiError> {
        Ok(match code {
            2 => Self::U8,
            4 => Self::I16,
            8 => Self::I32,
            16 => Self::F32,
            64 => Self::F64,
            256 => Self::I8,
            512 => Self::U16,
            768 => Self::U32,
            other => {
                return Err(NiftiError::Unsupported(format!(
                    "its values are of NIfTI datatype {other}, which is not read"
                )));
            }
        })
    }

    /// Bytes of a value.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// What a header says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    pub(super) big_endian: bool,
    pub(super) size: [usize; 3],
    pub(super) datatype: Datatype,
    /// where the values begin
    pub(super) offset: usize,
    /// slope and intercept, where values are scaled
    pub(super) scaling: Option<(f64, f64)>,
    /// columns: step of i, j, k and position of the first voxel; RAS, mm
    affine: [Point; 4],
}

/// Numbers of a header in its byte order.
struct Fields<'a> {
    bytes: &'a [u8; HEADER],
    big_endian: bool,
}

impl Fields<'_> {
    fn take<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut out = [0; N];
        if let Some(slice) = self.bytes.get(at..at + N) {
            out.copy_from_slice(slice);
        }
        if self.big_endian {
            out.reverse();
        }
        out
    }

    fn i16(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.take(at))
    }

    fn f32(&self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.take(at)))
    }
}

impl Header {
    pub(super) fn parse(bytes: &[u8; HEADER]) -> Result<Self, NiftiError> {
        let mut fields = Fields { bytes, big_endian: false };
        let length = |f: &Fields<'_>| i32::from_le_bytes(f.take(0));
        if length(&fields) != 348 {
            fields.big_endian = true;
        }
        match length(&fields) {
            348 => {}
            _ if i32::from_le_bytes(Fields { bytes, big_endian: false }.take(0)) == 540 || length(&fields) == 540 => {
                return Err(NiftiError::Unsupported("this is a NIfTI-2 file".to_owned()));
            }
            _ => return Err(NiftiError::NotNifti("it does not begin with the header length 348".to_owned())),
        }
        match bytes.get(344..348) {
            Some(b"n+1\0") => {}
            Some(b"ni1\0") => return Err(NiftiError::Unsupported("this is the header of a .hdr/.img pair".to_owned())),
            _ => return Err(NiftiError::NotNifti("the magic 'n+1' is missing (an Analyze 7.5 file?)".to_owned())),
        }
        let datatype = Datatype::from_code(fields.i16(70))?;
        let offset = fields.f32(108);
        if !(352.0..1e9).contains(&offset) {
            return Err(NiftiError::Header(format!("that the values begin at byte {offset}")));
        }
        let (slope, intercept) = (fields.f32(112), fields.f32(116));
        let scaled = slope != 0.0 && slope.is_finite() && intercept.is_finite() && (slope, intercept) != (1.0, 0.0);
        Ok(Self {
            big_endian: fields.big_endian,
            size: size(&fields)?,
            datatype,
            offset: offset as usize,
            scaling: scaled.then_some((slope, intercept)),
            affine: affine(&fields)?,
        })
    }

    /// The grid in LPS, right-handed; and whether its planes run against those of the file.
    pub(super) fn grid(&self) -> Result<(Grid, bool), NiftiError> {
        let lps = |p: Point| [-p[0], -p[1], p[2]];
        let dot = |a: Point, b: Point| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let [x, y, z, origin] = self.affine.map(lps);
        if !self.affine.iter().flatten().all(|v| v.is_finite()) {
            return Err(NiftiError::Header("that it lies at an infinite place".to_owned()));
        }
        let spacing = [x, y, z].map(|v| dot(v, v).sqrt());
        if spacing.iter().any(|s| *s < 1e-6) {
            return Err(NiftiError::Header(format!("voxels of {spacing:?} mm")));
        }
        let unit = |v: Point, s: f64| v.map(|c| c / s);
        let [x, y, z] = [unit(x, spacing[0]), unit(y, spacing[1]), unit(z, spacing[2])];
        let skew = [dot(x, y), dot(x, z), dot(y, z)].into_iter().fold(0.0_f64, |worst, d| worst.max(d.abs()));
        if skew > 1e-3 {
            return Err(NiftiError::Sheared { degrees: skew.asin().to_degrees() });
        }
        // Exactly at right angles; f32 headers are off by their last digit.
        let along = dot(x, y);
        let y = [y[0] - along * x[0], y[1] - along * x[1], y[2] - along * x[2]];
        let y = unit(y, dot(y, y).sqrt());
        let normal = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
        let reversed = dot(normal, z) < 0.0;
        let below = if reversed { self.size[2].saturating_sub(1) as f64 * spacing[2] } else { 0.0 };
        let origin = std::array::from_fn(|c| origin[c] - below * normal[c]);
        Ok((Grid { size: self.size, origin, spacing, axes: [x, y, normal] }, reversed))
    }
}

fn size(fields: &Fields<'_>) -> Result<[usize; 3], NiftiError> {
    let dim: [i16; 8] = std::array::from_fn(|i| fields.i16(40 + 2 * i));
    if !(1..=7).contains(&dim[0]) {
        return Err(NiftiError::Header(format!("that the image has {} dimensions", dim[0])));
    }
    let used = |i: usize| if i <= dim[0] as usize { dim[i] } else { 1 };
    if (1..=7).any(|i| used(i) < 1) {
        return Err(NiftiError::Header(format!("sizes {:?}", dim.get(1..).unwrap_or_default())));
    }
    if (4..=7).any(|i| used(i) > 1) {
        return Err(NiftiError::Unsupported("the file holds several volumes (a time series or vectors)".to_owned()));
    }
    Ok([used(1) as usize, used(2) as usize, used(3) as usize])
}

/// Index to RAS position in mm: the sform where there is one, else the qform (NIfTI-1 standard, methods 3 and 2).
fn affine(fields: &Fields<'_>) -> Result<[Point; 4], NiftiError> {
    let mm = match fields.bytes.get(123).map(|units| units & 7) {
        Some(1) => 1000.0,
        Some(3) => 0.001,
        // 2 is mm; 0 says nothing and means mm in practice
        _ => 1.0,
    };
    let scaled = |columns: [Point; 4]| columns.map(|c| c.map(|v| v * mm));
    if fields.i16(254) > 0 {
        let row = |r: usize, c: usize| fields.f32(280 + 16 * r + 4 * c);
        return Ok(scaled(std::array::from_fn(|c| std::array::from_fn(|r| row(r, c)))));
    }
    if fields.i16(252) <= 0 {
        return Err(NiftiError::NoPlace);
    }
    let pixdim: [f64; 4] = std::array::from_fn(|i| fields.f32(76 + 4 * i));
    let flip = if pixdim[0] < 0.0 { -1.0 } else { 1.0 };
    let (b, c, d) = (fields.f32(256), fields.f32(260), fields.f32(264));
    let a = (1.0 - b * b - c * c - d * d).max(0.0).sqrt();
    let x = [a * a + b * b - c * c - d * d, 2.0 * (b * c + a * d), 2.0 * (b * d - a * c)];
    let y = [2.0 * (b * c - a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d + a * b)];
    let z = [2.0 * (b * d + a * c), 2.0 * (c * d - a * b), a * a + d * d - b * b - c * c];
    Ok(scaled([
        x.map(|v| v * pixdim[1]),
        y.map(|v| v * pixdim[2]),
        z.map(|v| v * pixdim[3] * flip),
        [fields.f32(268), fields.f32(272), fields.f32(276)],
    ]))
}
