//! Reading the reference case's contours (VTK XML PolyData) and dose (NRRD): just enough for those files.

use std::io::Read;
use std::path::Path;

use image::{Grid, Point, Unit, Volume, Voxels};

/// The closed lines of a PolyData file written by 3D Slicer, whose coordinates are RAS, as LPS contours.
pub fn contours(path: &Path) -> Result<Vec<Vec<Point>>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let points: Vec<f32> = array(&text, "<Points>", "Points")?
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let whole = |name: &str| -> Result<Vec<usize>, String> {
        let bytes = array(&text, "<Lines>", name)?;
        Ok(bytes.chunks_exact(8).filter_map(|b| b.try_into().ok()).map(|b| i64::from_le_bytes(b) as usize).collect())
    };
    let (connectivity, offsets) = (whole("connectivity")?, whole("offsets")?);
    let mut from = 0;
    let mut contours = Vec::new();
    for to in offsets {
        let line = connectivity.get(from..to).ok_or("a line ends beyond the points")?;
        let ring = line.iter().map(|&n| match points.get(3 * n..3 * n + 3) {
            Some(&[x, y, z]) => Ok([-f64::from(x), -f64::from(y), f64::from(z)]),
            _ => Err("a point is missing".to_owned()),
        });
        contours.push(ring.collect::<Result<_, _>>()?);
        from = to;
    }
    Ok(contours)
}

/// A DataArray of a section: base64 of a header of block sizes, then of the zlib blocks.
fn array(text: &str, section: &str, name: &str) -> Result<Vec<u8>, String> {
    let missing = || format!("no array '{name}' in {section}");
    let after = text.get(text.find(section).ok_or_else(missing)?..).ok_or_else(missing)?;
    let after = after.get(after.find(&format!("Name=\"{name}\"")).ok_or_else(missing)?..).ok_or_else(missing)?;
    let body = after.split_once('>').and_then(|(_, rest)| rest.split_once('<')).ok_or_else(missing)?.0.trim();
    let sizes = |bytes: &[u8]| -> Vec<usize> {
        bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize).collect()
    };
    let blocks = sizes(&base64(body.get(..16).ok_or_else(missing)?)).first().copied().ok_or_else(missing)?;
    let header = (4 * (3 + blocks)).div_ceil(3) * 4;
    let blocks: Vec<usize> =
        sizes(&base64(body.get(..header).ok_or_else(missing)?)).into_iter().skip(3).take(blocks).collect();
    let data = base64(body.get(header..).ok_or_else(missing)?);
    let mut out = Vec::new();
    let mut from = 0;
    for size in blocks {
        let block = data.get(from..from + size).ok_or_else(missing)?;
        flate2::read::ZlibDecoder::new(block).read_to_end(&mut out).map_err(|e| e.to_string())?;
        from += size;
    }
    Ok(out)
}

fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

/// A dose of single-precision numbers in a gzipped NRRD file with axes along x, y and z.
pub fn nrrd(path: &Path) -> Result<Volume, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").ok_or("the NRRD header has no end")?;
    let header = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let field = |name: &str| -> Result<Vec<f64>, String> {
        let line =
            header.lines().find_map(|line| line.strip_prefix(name)).ok_or(format!("no '{name}' in the NRRD header"))?;
        Ok(line
            .split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | 'e')))
            .filter_map(|n| n.parse().ok())
            .collect())
    };
    let (sizes, steps, origin) = (field("sizes:")?, field("space directions:")?, field("space origin:")?);
    let (&[nx, ny, nz], &[sx, _, _, _, sy, _, _, _, sz], &[x, y, z]) =
        (sizes.as_slice(), steps.as_slice(), origin.as_slice())
    else {
        return Err("the NRRD header is not that of a volume".into());
    };
    let mut raw = Vec::new();
    flate2::read::GzDecoder::new(&bytes[end + 2..]).read_to_end(&mut raw).map_err(|e| e.to_string())?;
    let values: Vec<f32> = raw.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let grid = Grid::axis_aligned([nx as usize, ny as usize, nz as usize], [x, y, z], [sx, sy, sz]);
    if values.len() != grid.len() {
        return Err("the NRRD values do not fill the grid".into());
    }
    Ok(Volume { grid, voxels: Voxels::F32(values), unit: Unit::Gray })
}
