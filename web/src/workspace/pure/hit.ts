// What lies under the pointer in a pane.

import { ends, segmentDistance, type Shadow } from './capsule';
import { dot, type Camera, type Frame } from './geometry';
import type { Seed, SeedModel } from './types';

export type Hit = { kind: 'handle'; sign: 1 | -1 } | { kind: 'seed'; number: number } | null;

/** Where the handles of a seed are drawn: a little beyond its ends, in plane mm. Without direction: left and right. */
export function handles(f: Frame, seed: Seed, m: SeedModel, c: Camera): [[number, number], [number, number]] {
  const [p, q] = ends(seed, m);
  const place = (x: typeof p): [number, number] => [dot(x, f.u), dot(x, f.v)];
  const a = place(p);
  const b = place(q);
  let du = b[0] - a[0];
  let dv = b[1] - a[1];
  let flat = Math.hypot(du, dv);
  if (flat < 1e-6) {
    // Seen end on, or of unknown direction: handles to the sides.
    [du, dv, flat] = [1, 0, 1];
  }
  const out = 12 / c.scale;
  const [eu, ev] = [(du / flat) * out, (dv / flat) * out];
  return [
    [a[0] - eu, a[1] - ev],
    [b[0] + eu, b[1] + ev],
  ];
}

/** The nearest thing within reach of the pointer at plane (a, b); handles of the selected seed come before seeds. */
export function hit(
  shown: readonly { seed: Seed; shadow: Shadow }[],
  grips: readonly (readonly [number, number])[],
  m: SeedModel,
  c: Camera,
  a: number,
  b: number,
): Hit {
  const reach = 8 / c.scale;
  let best = Infinity;
  let found: Hit = null;
  grips.forEach(([x, y], i) => {
    const d = Math.hypot(a - x, b - y);
    if (d < reach && d < best) {
      best = d;
      found = { kind: 'handle', sign: i === 0 ? -1 : 1 };
    }
  });
  if (found) return found;
  for (const { seed, shadow } of shown) {
    const parts = shadow.solid ? [shadow.solid, ...shadow.faded] : shadow.faded;
    for (const part of parts) {
      const d = segmentDistance(a, b, part) - m.diameter_mm / 2;
      // A solid seed wins over a faded one at the same place.
      const weighted = d + (shadow.solid ? 0 : reach / 4);
      if (d < reach * 0.75 && weighted < best) {
        best = weighted;
        found = { kind: 'seed', number: seed.number };
      }
    }
  }
  return found;
}
