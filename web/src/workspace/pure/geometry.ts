// Between patient millimetres, the plane of a view, and the pixels of a pane.
//
// A view has two in-plane unit vectors u (image right) and v (image down) and a normal n. A point p of the patient has
// the plane coordinates (a, b) = (p·u, p·v) and the depth p·n, all absolute and in mm, so that images, dose grids and
// outlines with different origins need no common corner.

import type { Vec3, View, Volume } from './types';

export const dot = (p: Vec3, q: Vec3): number => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
export const add = (p: Vec3, q: Vec3): Vec3 => [p[0] + q[0], p[1] + q[1], p[2] + q[2]];
export const sub = (p: Vec3, q: Vec3): Vec3 => [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
export const scaled = (p: Vec3, s: number): Vec3 => [p[0] * s, p[1] * s, p[2] * s];
export const length = (p: Vec3): number => Math.sqrt(dot(p, p));
export const distance = (p: Vec3, q: Vec3): number => length(sub(p, q));

/** The unit vector along p, or null for a vector without direction. */
export function unit(p: Vec3): Vec3 | null {
  const n = length(p);
  return n > 1e-9 ? scaled(p, 1 / n) : null;
}

/** The frame of a view, and where its slices lie along the normal. */
export interface Frame {
  view: View;
  u: Vec3;
  v: Vec3;
  n: Vec3;
  /** Slices in this view. */
  count: number;
  /** Distance of neighbouring slices, mm. */
  spacing: number;
  /** Depth of slice 0, and the step (±spacing) to slice 1, mm. */
  first: number;
  step: number;
  /** Extent of the voxels' outer faces in the plane, mm. */
  a: readonly [number, number];
  b: readonly [number, number];
}

/** Patient direction (0 x, 1 y, 2 z) and sign of image right, image down, and the normal, radiological convention. */
const CONVENTION: Record<View, { u: [number, number]; v: [number, number]; n: number }> = {
  axial: { u: [0, 1], v: [1, 1], n: 2 },
  sagittal: { u: [1, 1], v: [2, -1], n: 0 },
  coronal: { u: [0, 1], v: [2, -1], n: 1 },
};

/**
 * For each patient direction the volume axis that runs along it best; every axis is used once. The head chooses first, so
 * that slices stay slices even when the patient lies turned; the server chooses in the same way.
 */
export function nearestAxes(axes: readonly Vec3[]): [number, number, number] {
  const chosen: [number, number, number] = [0, 1, 2];
  const free = [0, 1, 2];
  for (const direction of [2, 1, 0]) {
    const along = (axis: number) => Math.abs(axes[axis]?.[direction] ?? 0);
    const best = free.reduce((a, b) => (along(b) >= along(a) ? b : a));
    free.splice(free.indexOf(best), 1);
    chosen[direction] = best;
  }
  return chosen;
}

/** The frame of a view on a volume. For an oblique volume the planes follow the volume's own axes. */
export function frame(volume: Volume, view: View): Frame {
  const which = nearestAxes(volume.axes);
  const rule = CONVENTION[view];
  const along = (direction: number, sign: number) => {
    const index = which[direction] ?? 0;
    const axis = volume.axes[index] ?? [1, 0, 0];
    const flip = ((axis[direction] ?? 0) < 0 ? -1 : 1) * sign;
    return { index, flip, vector: scaled(axis, flip), size: volume.size[index] ?? 1, spacing: volume.spacing_mm[index] ?? 1 };
  };
  const u = along(rule.u[0], rule.u[1]);
  const v = along(rule.v[0], rule.v[1]);
  const n = along(rule.n, 1);
  const extent = (side: typeof u): [number, number] => {
    const start = dot(volume.origin_mm, side.vector);
    const end = start + side.flip * (side.size - 1) * side.spacing;
    return [Math.min(start, end) - side.spacing / 2, Math.max(start, end) + side.spacing / 2];
  };
  return {
    view,
    u: u.vector,
    v: v.vector,
    n: n.vector,
    count: n.size,
    spacing: n.spacing,
    first: dot(volume.origin_mm, n.vector),
    step: n.flip * n.spacing,
    a: extent(u),
    b: extent(v),
  };
}

/** Depth (mm along the normal) of a slice. */
export const depthOf = (f: Frame, at: number): number => f.first + at * f.step;

/** The slice nearest to a point, within the volume. */
export function sliceAt(f: Frame, p: Vec3): number {
  const at = Math.round((dot(p, f.n) - f.first) / f.step);
  return Math.min(f.count - 1, Math.max(0, at));
}

/** The patient point with plane coordinates (a, b) at a depth; right for orthonormal frames. */
export function pointAt(f: Frame, a: number, b: number, depth: number): Vec3 {
  return [
    f.u[0] * a + f.v[0] * b + f.n[0] * depth,
    f.u[1] * a + f.v[1] * b + f.n[1] * depth,
    f.u[2] * a + f.v[2] * b + f.n[2] * depth,
  ];
}

/** The same point, moved along the normal to a depth. */
export const atDepth = (f: Frame, p: Vec3, depth: number): Vec3 => add(p, scaled(f.n, depth - dot(p, f.n)));

export function centreOf(volume: Volume): Vec3 {
  let p: Vec3 = volume.origin_mm;
  volume.axes.forEach((axis, i) => {
    p = add(p, scaled(axis, (((volume.size[i] ?? 1) - 1) / 2) * (volume.spacing_mm[i] ?? 1)));
  });
  return p;
}

/** A point brought to the nearest place within the voxels' centres. */
export function within(volume: Volume, p: Vec3): Vec3 {
  let q = p;
  volume.axes.forEach((axis, i) => {
    const most = ((volume.size[i] ?? 1) - 1) * (volume.spacing_mm[i] ?? 1);
    const t = dot(sub(p, volume.origin_mm), axis);
    q = add(q, scaled(axis, Math.min(most, Math.max(0, t)) - t));
  });
  return q;
}

/** What part of the plane a pane shows: the plane point in its middle, and CSS pixels per mm. */
export interface Camera {
  a: number;
  b: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

/** The camera that shows the whole slice with a small margin. */
export function fit(f: Frame, pane: Size): Camera {
  const scale = 0.98 * Math.min(pane.width / (f.a[1] - f.a[0]), pane.height / (f.b[1] - f.b[0]));
  return { a: (f.a[0] + f.a[1]) / 2, b: (f.b[0] + f.b[1]) / 2, scale: Math.max(scale, 1e-3) };
}

/** The camera that shows these points with `margin` mm around them; the whole slice when there are none. */
export function fitPoints(f: Frame, pane: Size, points: readonly Vec3[], margin: number): Camera {
  if (points.length === 0) return fit(f, pane);
  const a = points.map((p) => dot(p, f.u));
  const b = points.map((p) => dot(p, f.v));
  const [a0, a1, b0, b1] = [Math.min(...a) - margin, Math.max(...a) + margin, Math.min(...b) - margin, Math.max(...b) + margin];
  const scale = Math.min(pane.width / (a1 - a0), pane.height / (b1 - b0));
  return { a: (a0 + a1) / 2, b: (b0 + b1) / 2, scale: Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale)) };
}

export const toScreen = (c: Camera, pane: Size, a: number, b: number): [number, number] => [
  pane.width / 2 + (a - c.a) * c.scale,
  pane.height / 2 + (b - c.b) * c.scale,
];

export const toPlane = (c: Camera, pane: Size, x: number, y: number): [number, number] => [
  c.a + (x - pane.width / 2) / c.scale,
  c.b + (y - pane.height / 2) / c.scale,
];

export const MAX_SCALE = 80;
export const MIN_SCALE = 0.2;

/** Zooms so that the plane point under (x, y) stays under it. */
export function zoomAbout(c: Camera, pane: Size, x: number, y: number, factor: number): Camera {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, c.scale * factor));
  const [a, b] = toPlane(c, pane, x, y);
  return { a: a - (x - pane.width / 2) / scale, b: b - (y - pane.height / 2) / scale, scale };
}

/** A scale bar of 1, 2 or 5 × 10ⁿ mm, the longest that does not exceed `most` pixels. */
export function scaleBar(scale: number, most: number): { mm: number; px: number } {
  const limit = most / scale;
  const power = 10 ** Math.floor(Math.log10(limit));
  const mm = ([5, 2, 1].find((m) => m * power <= limit) ?? 1) * power;
  return { mm, px: mm * scale };
}

/** The anatomical side a direction points to: the letters of the one or two leading directions (`L`, `LP`). */
export function letters(d: Vec3): string {
  const names: [string, string][] = [['L', 'R'], ['P', 'A'], ['H', 'F']];
  return [0, 1, 2]
    .filter((i) => Math.abs(d[i] ?? 0) > 0.25)
    .sort((i, j) => Math.abs(d[j] ?? 0) - Math.abs(d[i] ?? 0))
    .slice(0, 2)
    .map((i) => names[i]?.[(d[i] ?? 0) > 0 ? 0 : 1] ?? '')
    .join('');
}

/** A sampled slice as it came from the server: values row by row, top to bottom. */
export interface Grid<T extends Int16Array | Float32Array> {
  cols: number;
  rows: number;
  du: number;
  dv: number;
  origin: Vec3;
  u: Vec3;
  v: Vec3;
  values: T;
}

/** The value at plane coordinates: `nearest` for HU (a real voxel), else bilinear. Null outside. */
export function sample(g: Grid<Int16Array | Float32Array>, a: number, b: number, nearest = false): number | null {
  const x = (a - dot(g.origin, g.u)) / g.du;
  const y = (b - dot(g.origin, g.v)) / g.dv;
  if (nearest) {
    const i = Math.round(x);
    const j = Math.round(y);
    return i < 0 || j < 0 || i >= g.cols || j >= g.rows ? null : (g.values[j * g.cols + i] ?? null);
  }
  if (!(x >= 0 && y >= 0 && x <= g.cols - 1 && y <= g.rows - 1)) return null;
  const i = Math.min(Math.floor(x), Math.max(0, g.cols - 2));
  const j = Math.min(Math.floor(y), Math.max(0, g.rows - 2));
  const at = (di: number, dj: number) => g.values[Math.min(g.rows - 1, j + dj) * g.cols + Math.min(g.cols - 1, i + di)] ?? 0;
  const fx = x - i;
  const fy = y - j;
  return (at(0, 0) * (1 - fx) + at(1, 0) * fx) * (1 - fy) + (at(0, 1) * (1 - fx) + at(1, 1) * fx) * fy;
}
