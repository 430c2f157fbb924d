// A seed as it meets a plane. The seed is a capsule: a cylinder with round ends, of the model's length and diameter.

import { add, dot, scaled, sub, unit, type Frame } from './geometry';
import type { SeedModel, Vec3 } from './types';

export type Segment2 = readonly [readonly [number, number], readonly [number, number]];

export interface Shadow {
  /** Middle of the seed in the plane, and its distance from the plane along the normal, mm. */
  centre: readonly [number, number];
  depth: number;
  /** The part of the axis inside the slice, and the parts in the next half slice on either side. */
  solid: Segment2 | null;
  faded: Segment2[];
}

/** Half the length of the capsule's axis, between the middles of its round ends. */
export const halfAxis = (m: SeedModel): number => Math.max(0, (m.length_mm - m.diameter_mm) / 2);

/** The two ends of a seed (middles of its round caps); both are the centre when its direction is not known. */
export function ends(seed: { centre_mm: Vec3; axis: Vec3 | null }, m: SeedModel): [Vec3, Vec3] {
  const d = seed.axis ? unit(seed.axis) : null;
  if (!d) return [seed.centre_mm, seed.centre_mm];
  const h = halfAxis(m);
  return [sub(seed.centre_mm, scaled(d, h)), add(seed.centre_mm, scaled(d, h))];
}

/**
 * How a segment from p to q lies to the slice at `depth`: inside when nearer than `inner`, faded when nearer than
 * `outer`. Null when it stays beyond `outer`.
 */
export function project(f: Frame, depth: number, p: Vec3, q: Vec3, inner: number, outer: number): Shadow | null {
  const wp = dot(p, f.n) - depth;
  const wq = dot(q, f.n) - depth;
  const a = clip(wp, wq, outer);
  if (!a) return null;
  const place = (t: number): [number, number] => {
    const x = add(p, scaled(sub(q, p), t));
    return [dot(x, f.u), dot(x, f.v)];
  };
  const centre = place(0.5);
  const shadow: Shadow = { centre, depth: (wp + wq) / 2, solid: null, faded: [] };
  const i = clip(wp, wq, inner);
  if (!i) {
    shadow.faded.push([place(a[0]), place(a[1])]);
    return shadow;
  }
  shadow.solid = [place(i[0]), place(i[1])];
  if (i[0] > a[0]) shadow.faded.push([place(a[0]), place(i[0])]);
  if (a[1] > i[1]) shadow.faded.push([place(i[1]), place(a[1])]);
  return shadow;
}

/** The part of 0…1 in which wp + t (wq − wp) stays within ±limit. */
function clip(wp: number, wq: number, limit: number): [number, number] | null {
  const slope = wq - wp;
  if (Math.abs(slope) < 1e-9) return Math.abs(wp) <= limit ? [0, 1] : null;
  const t0 = (-limit - wp) / slope;
  const t1 = (limit - wp) / slope;
  const from = Math.max(0, Math.min(t0, t1));
  const to = Math.min(1, Math.max(t0, t1));
  return from <= to ? [from, to] : null;
}

/** A seed on the slice at `depth`: solid inside the slice (or where the capsule itself reaches it), faded half a slice further. */
export function shadow(f: Frame, depth: number, seed: { centre_mm: Vec3; axis: Vec3 | null }, m: SeedModel): Shadow | null {
  const [p, q] = ends(seed, m);
  const inner = Math.max(f.spacing, m.diameter_mm) / 2;
  return project(f, depth, p, q, inner, inner + f.spacing / 2);
}

/** Distance in the plane from a point to a segment, mm. */
export function segmentDistance(x: number, y: number, [[x0, y0], [x1, y1]]: Segment2): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const l2 = dx * dx + dy * dy;
  const t = l2 > 0 ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / l2)) : 0;
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
}

/**
 * The direction of a seed whose end handle was dragged to (a, b): the in-plane part follows the pointer, the share out of
 * the plane is kept, so that turning in one view does not undo the turn made in another. `sign` is −1 for the other end.
 */
export function turned(f: Frame, seed: { centre_mm: Vec3; axis: Vec3 | null }, a: number, b: number, sign: number): Vec3 | null {
  const da = (a - dot(seed.centre_mm, f.u)) * sign;
  const db = (b - dot(seed.centre_mm, f.v)) * sign;
  const flat = Math.hypot(da, db);
  if (flat < 1e-6) return null;
  const old = seed.axis ? unit(seed.axis) : null;
  const out = old ? Math.max(-0.99, Math.min(0.99, dot(old, f.n))) : 0;
  const inPlane = Math.sqrt(1 - out * out) / flat;
  return unit(add(add(scaled(f.u, da * inPlane), scaled(f.v, db * inPlane)), scaled(f.n, out)));
}

/** An axis turned about the normal of a view by an angle (radians), clockwise on the screen. */
export function rotated(f: Frame, axis: Vec3, angle: number): Vec3 {
  const a = dot(axis, f.u);
  const b = dot(axis, f.v);
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const back = add(add(scaled(f.u, a * c - b * s), scaled(f.v, a * s + b * c)), scaled(f.n, dot(axis, f.n)));
  return unit(back) ?? axis;
}
