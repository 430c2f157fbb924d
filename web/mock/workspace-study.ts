// A made-up post-implant CT for trying the workspace without a server: an ellipsoid of soft tissue with a target in it,
// bone behind, and sixty seeds. Everything is computed from a fixed rule; nothing here is anybody's anatomy or dosimetry.

import type { Seed, Vec3, Volume } from '../src/workspace/pure/types';

export const SIZE: [number, number, number] = [256, 256, 60];
export const SPACING: [number, number, number] = [0.8, 0.8, 2.5];
export const ORIGIN: Vec3 = [-102, -102, -74];

export interface Ellipsoid {
  number: number;
  name: string;
  colour: string;
  centre: Vec3;
  radii: Vec3;
  hu: number;
  target: boolean;
}

export const STRUCTURES: Ellipsoid[] = [
  { number: 1, name: 'CTV', colour: '#e8554d', centre: [4, 2, 0], radii: [22, 18, 20], hu: 48, target: true },
  { number: 2, name: 'Duodenum', colour: '#e3b341', centre: [-34, 6, 2], radii: [11, 12, 26], hu: 20, target: false },
  { number: 3, name: 'SpinalCord', colour: '#4aa8ff', centre: [0, 58, 0], radii: [6, 6, 72], hu: 30, target: false },
  { number: 4, name: 'Stomach', colour: '#67c26b', centre: [44, -26, 14], radii: [24, 18, 26], hu: 10, target: false },
];

const BODY: Ellipsoid = { number: 0, name: 'Body', colour: '#ffffff', centre: [0, 0, 0], radii: [94, 78, 400], hu: 40, target: false };
const SPINE: Ellipsoid = { number: 0, name: 'Spine', colour: '#ffffff', centre: [0, 50, 0], radii: [22, 17, 400], hu: 420, target: false };

export const VOLUME: Volume = {
  size: SIZE,
  spacing_mm: SPACING,
  origin_mm: ORIGIN,
  axes: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  unit: 'HU',
  windows: [],
  structures: STRUCTURES.map(({ number, name, colour, target }) => ({ number, name, colour, is_target_like: target })),
};

export const inside = (e: Ellipsoid, x: number, y: number, z: number): number =>
  ((x - e.centre[0]) / e.radii[0]) ** 2 + ((y - e.centre[1]) / e.radii[1]) ** 2 + ((z - e.centre[2]) / e.radii[2]) ** 2;

/** A small fixed generator, so that every run shows the same study. */
export function random(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
}

export function seeds(): Seed[] {
  const next = random(7);
  const ctv = STRUCTURES[0] as Ellipsoid;
  const list: Seed[] = [];
  // Needles on a template of 6 mm, seeds every 9 mm along them, about two places in three taken.
  for (let place = 0; place < 8 * 7 * 5 && list.length < 60; place++) {
    const [column, row, k] = [place % 8, Math.floor(place / 8) % 7, Math.floor(place / 56) - 2];
    const x = ctv.centre[0] + (column - 3.5) * 6 + next() * 1.6;
    const y = ctv.centre[1] + (row - 3) * 6 + next() * 1.6;
    const z = ctv.centre[2] + k * 9 + next() * 4 - 2;
    if (inside(ctv, x, y, z) > 1.02 || next() > 0.68) continue;
    const tilt: Vec3 = [next() * 0.8 - 0.4, next() * 0.8 - 0.4, 1];
    const n = Math.hypot(...tilt);
    const doubt = list.length % 9 === 4;
    list.push({
      number: list.length + 1,
      centre_mm: [x, y, z],
      axis: list.length % 17 === 5 ? null : [tilt[0] / n, tilt[1] / n, tilt[2] / n],
      origin: 'found',
      confidence: doubt ? 0.52 + 0.2 * next() : 0.9 + 0.099 * next(),
      needle: '',
    });
  }
  return list;
}

/** HU of the whole volume, with the seeds of `list` bright in it. */
export function scan(list: readonly Seed[]): Int16Array {
  const next = random(99);
  const [nx, ny, nz] = SIZE;
  const values = new Int16Array(nx * ny * nz);
  for (let k = 0, o = 0; k < nz; k++) {
    const z = ORIGIN[2] + k * SPACING[2];
    for (let j = 0; j < ny; j++) {
      const y = ORIGIN[1] + j * SPACING[1];
      for (let i = 0; i < nx; i++, o++) {
        const x = ORIGIN[0] + i * SPACING[0];
        let hu = -1000;
        const body = inside(BODY, x, y, z);
        if (body < 1) {
          hu = body > 0.86 ? -95 : BODY.hu;
          if (inside(SPINE, x, y, z) < 1) hu = SPINE.hu;
          for (const s of STRUCTURES) if (inside(s, x, y, z) < 1) hu = s.hu;
          hu += (next() + next() + next() - 1.5) * 26;
        }
        values[o] = hu;
      }
    }
  }
  for (const seed of list) brighten(values, seed);
  return values;
}

function brighten(values: Int16Array, seed: Seed): void {
  const d = seed.axis ?? [0, 0, 1];
  const c = seed.centre_mm.map((x, a) => (x - (ORIGIN[a] ?? 0)) / (SPACING[a] ?? 1)) as [number, number, number];
  for (let k = Math.round(c[2]) - 2; k <= Math.round(c[2]) + 2; k++) {
    for (let j = Math.round(c[1]) - 4; j <= Math.round(c[1]) + 4; j++) {
      for (let i = Math.round(c[0]) - 4; i <= Math.round(c[0]) + 4; i++) {
        if (i < 0 || j < 0 || k < 0 || i >= SIZE[0] || j >= SIZE[1] || k >= SIZE[2]) continue;
        const p = [(i - c[0]) * SPACING[0], (j - c[1]) * SPACING[1], (k - c[2]) * SPACING[2]] as const;
        const t = Math.max(-2, Math.min(2, p[0] * d[0] + p[1] * d[1] + p[2] * d[2]));
        const q = (p[0] - t * d[0]) ** 2 + (p[1] - t * d[1]) ** 2 + ((p[2] - t * d[2]) / 1.6) ** 2;
        const o = (k * SIZE[1] + j) * SIZE[0] + i;
        values[o] = Math.min(3071, (values[o] ?? 0) + 2600 * Math.exp(-q / 0.55));
      }
    }
  }
}
