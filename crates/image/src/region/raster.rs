//! Exact covered area of an outline on a grid of cells.
//!
//! Every directed edge adds, to each cell of its rows, the signed area between itself and the right end of the row;
//! areas left of the outline cancel. The work is proportional to the cells that the outline passes and to the cells of the grid.

/// A map from the plane's (u, v) to cell coordinates (x, y): `x = m[0]·u + m[1]·v + m[2]`, `y = m[3]·u + m[4]·v + m[5]`.
///
/// Cell (c, r) covers `c..c+1` in x and `r..r+1` in y.
pub type ToCells = [f64; 6];

/// The covered fraction (0 to 1) of each of `width × height` cells, x fastest.
///
/// `edges` are directed with the inside to the left, as in [`super::Plane`]. Parts beyond the grid are cut off exactly.
pub fn covered(edges: &[[f64; 4]], map: &ToCells, width: usize, height: usize) -> Vec<f32> {
    let mut cells = vec![0.0_f32; width * height];
    if cells.is_empty() {
        return cells;
    }
    // A mirroring map turns left into right.
    let sign = if map[0] * map[4] - map[1] * map[3] < 0.0 { 1.0 } else { -1.0 };
    for e in edges {
        let a = [map[0] * e[0] + map[1] * e[1] + map[2], map[3] * e[0] + map[4] * e[1] + map[5]];
        let b = [map[0] * e[2] + map[1] * e[3] + map[2], map[3] * e[2] + map[4] * e[3] + map[5]];
        add_edge(&mut cells, width, height, a, b, sign);
    }
    for row in cells.chunks_exact_mut(width) {
        let mut sum = 0.0_f64;
        for cell in row {
            sum += f64::from(*cell);
            // rounding of the single-precision differences must not show as coverage where there is none
            *cell = if sum < 1e-6 { 0.0 } else { sum.min(1.0) as f32 };
        }
    }
    cells
}

/// Adds one edge's differences along x.
fn add_edge(cells: &mut [f32], width: usize, height: usize, a: [f64; 2], b: [f64; 2], sign: f64) {
    let (a, b, sign) = if a[1] <= b[1] { (a, b, sign) } else { (b, a, -sign) };
    let rise = b[1] - a[1];
    // false for NaN too
    if !(rise > 0.0 && b[1] > 0.0 && a[1] < height as f64) {
        return;
    }
    let slope = (b[0] - a[0]) / rise;
    let top = b[1].min(height as f64);
    let mut y = a[1].max(0.0);
    let mut x = a[0] + (y - a[1]) * slope;
    let mut row = (y as usize).min(height - 1);
    while y < top && row < height {
        let y_next = top.min((row + 1) as f64);
        let x_next = if y_next == b[1] { b[0] } else { a[0] + (y_next - a[1]) * slope };
        if let Some(cells) = cells.get_mut(row * width..(row + 1) * width) {
            add_in_row(cells, x, x_next, sign * (y_next - y));
        }
        (y, x) = (y_next, x_next);
        row += 1;
    }
}

/// A piece of an edge within one row, from `x0` to `x1`, of signed height `h`.
fn add_in_row(row: &mut [f32], x0: f64, x1: f64, h: f64) {
    let width = row.len() as f64;
    let (left, right) = if x0 <= x1 { (x0, x1) } else { (x1, x0) };
    if right <= 0.0 {
        row[0] += h as f32;
        return;
    }
    if left >= width {
        return;
    }
    let upright = right - left < 1e-12;
    let per_x = if upright { 0.0 } else { h / (right - left) };
    let mut x = left;
    if left < 0.0 {
        row[0] += (-left * per_x) as f32;
        x = 0.0;
    }
    let end = right.min(width);
    let mut cell = (x as usize).min(row.len() - 1);
    loop {
        let x_next = end.min((cell + 1) as f64);
        let part = if upright { h } else { (x_next - x) * per_x };
        // mean of the part's distances from the cell's right end
        let here = part * ((cell + 1) as f64 - f64::midpoint(x, x_next));
        row[cell] += here as f32;
        if let Some(next) = row.get_mut(cell + 1) {
            *next += (part - here) as f32;
        }
        cell += 1;
        x = x_next;
        if x >= end || cell >= row.len() {
            return;
        }
    }
}
