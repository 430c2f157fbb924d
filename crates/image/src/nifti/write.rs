//! Encoding NIfTI-1.

use super::NiftiError;
use crate::{Grid, Mask, Volume, Voxels};

pub(super) fn volume(volume: &Volume) -> Result<Vec<u8>, NiftiError> {
    match &volume.voxels {
        Voxels::I16(values) => {
            let mut file = header(&volume.grid, 4, 16)?;
            file.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            Ok(file)
        }
        Voxels::F32(values) => {
            let mut file = header(&volume.grid, 16, 32)?;
            file.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            Ok(file)
        }
    }
}

pub(super) fn mask(mask: &Mask) -> Result<Vec<u8>, NiftiError> {
    if mask.coverage.iter().all(|c| *c == 0.0 || *c == 1.0) {
        let mut file = header(&mask.grid, 2, 8)?;
        file.extend(mask.coverage.iter().map(|c| *c as u8));
        return Ok(file);
    }
    let mut file = header(&mask.grid, 16, 32)?;
    file.extend(mask.coverage.iter().flat_map(|v| v.to_le_bytes()));
    Ok(file)
}

/// Header and the four empty bytes of "no extension".
fn header(grid: &Grid, datatype: i16, bits: i16) -> Result<Vec<u8>, NiftiError> {
    if grid.size.iter().any(|&n| n == 0 || n > i16::MAX as usize) {
        return Err(NiftiError::Size(format!(
            "an image of {} × {} × {} voxels",
            grid.size[0], grid.size[1], grid.size[2]
        )));
    }
    let mut h = vec![0_u8; 352];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = h.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(0, &348_i32.to_le_bytes());
    put(38, b"r");
    let [i, j, k] = grid.size.map(|n| n as i16);
    for (at, n) in [3, i, j, k, 1, 1, 1, 1].into_iter().enumerate() {
        put(40 + 2 * at, &n.to_le_bytes());
    }
    put(70, &datatype.to_le_bytes());
    put(72, &bits.to_le_bytes());
    // RAS directions of the axes
    let ras = |p: [f64; 3]| [-p[0], -p[1], p[2]];
    let [x, y, z] = grid.axes.map(ras);
    let origin = ras(grid.origin);
    let (quaternion, flip) = quaternion([x, y, z]);
    for (at, d) in [flip, grid.spacing[0], grid.spacing[1], grid.spacing[2], 1.0, 1.0, 1.0, 1.0].into_iter().enumerate()
    {
        put(76 + 4 * at, &(d as f32).to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    // mm
    put(123, &[2]);
    // both forms: scanner coordinates
    put(252, &1_i16.to_le_bytes());
    put(254, &1_i16.to_le_bytes());
    for (at, v) in quaternion.into_iter().chain(origin).enumerate() {
        put(256 + 4 * at, &(v as f32).to_le_bytes());
    }
    for row in 0..3 {
        let steps = [x[row] * grid.spacing[0], y[row] * grid.spacing[1], z[row] * grid.spacing[2], origin[row]];
        for (column, v) in steps.into_iter().enumerate() {
            put(280 + 16 * row + 4 * column, &(v as f32).to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    Ok(h)
}

/// The rotation of orthonormal axes as b, c, d of a unit quaternion with a ≥ 0, and −1 where the third axis must be turned for it.
fn quaternion([x, y, z]: [[f64; 3]; 3]) -> ([f64; 3], f64) {
    let normal = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    let flip = if normal[0] * z[0] + normal[1] * z[1] + normal[2] * z[2] < 0.0 { -1.0 } else { 1.0 };
    let z = z.map(|c| c * flip);
    // Shepperd's method: divide by the largest of the four.
    let four = [1.0 + x[0] + y[1] + z[2], 1.0 + x[0] - y[1] - z[2], 1.0 - x[0] + y[1] - z[2], 1.0 - x[0] - y[1] + z[2]];
    let largest = (0..4).max_by(|&p, &q| four[p].total_cmp(&four[q])).unwrap_or_default();
    let root = four[largest].sqrt();
    let half = 0.5 / root;
    let (yz, zx, xy) = (y[2] - z[1], z[0] - x[2], x[1] - y[0]);
    let (s_xy, s_xz, s_yz) = (x[1] + y[0], x[2] + z[0], y[2] + z[1]);
    let [a, b, c, d] = match largest {
        0 => [0.5 * root, yz * half, zx * half, xy * half],
        1 => [yz * half, 0.5 * root, s_xy * half, s_xz * half],
        2 => [zx * half, s_xy * half, 0.5 * root, s_yz * half],
        _ => [xy * half, s_xz * half, s_yz * half, 0.5 * root],
    };
    let sign = if a < 0.0 { -1.0 } else { 1.0 };
    ([b * sign, c * sign, d * sign], flip)
}
