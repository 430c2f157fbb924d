import { describe, expect, it } from 'vitest';
import { project, rotated, segmentDistance, shadow, turned } from './capsule';
import { frame } from './geometry';
import { hit, handles } from './hit';
import type { Seed, Vec3, Volume } from './types';

const volume: Volume = { size: [100, 100, 50], spacing_mm: [1, 1, 5], origin_mm: [-50, -50, -100], axes: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], unit: 'HU', windows: [], structures: [] };
const axial = frame(volume, 'axial');
const sagittal = frame(volume, 'sagittal');
const model = { name: 'm', length_mm: 4.5, diameter_mm: 0.8 };
const seed = (centre_mm: Vec3, axis: Vec3 | null): Seed => ({ number: 1, centre_mm, axis, origin: 'found', confidence: null, needle: '' });

describe('shadow', () => {
  it('is as long as the seed in its plane', () => {
    const s = shadow(axial, 0, seed([3, 4, 0], [1, 0, 0]), model);
    expect(s?.solid).toEqual([[3 - 1.85, 4], [3 + 1.85, 4]]);
    expect(s?.faded).toEqual([]);
  });

  it('is a dot when the seed is seen end on, with nothing faded inside a thick slice', () => {
    const s = shadow(axial, 0, seed([3, 4, 0], [0, 0, 1]), model);
    expect(s?.solid).toEqual([[3, 4], [3, 4]]);
    expect(s?.faded).toEqual([]);
  });

  it('fades what leaves the slice', () => {
    // A seed along x seen from the side: 1 mm slices hold 1 mm of it, and half a millimetre more at each end is faint.
    const s = shadow(sagittal, 0, seed([0, 4, 0], [1, 0, 0]), model);
    expect(s?.solid).toEqual([[4, -0], [4, -0]].map(([a]) => [a, expect.closeTo(0, 9)]));
    expect(s?.faded.length).toBe(2);
    const slanted = shadow(sagittal, 0, seed([0, 0, 0], [Math.SQRT1_2, Math.SQRT1_2, 0]), model);
    const length = ([p, q]: readonly (readonly [number, number])[]) => Math.hypot((q?.[0] ?? 0) - (p?.[0] ?? 0), (q?.[1] ?? 0) - (p?.[1] ?? 0));
    expect(length(slanted?.solid ?? [])).toBeCloseTo(1, 9);
    expect(slanted?.faded.map(length).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });

  it('is only faint when the seed lies in the neighbour, and gone beyond', () => {
    const near = shadow(axial, 0, seed([0, 0, 4], [1, 0, 0]), model);
    expect([near?.solid, near?.faded.length]).toEqual([null, 1]);
    expect(shadow(axial, 0, seed([0, 0, 5.1], [1, 0, 0]), model)).toBeNull();
  });

  it('shows every seed as solid on at least one slice', () => {
    for (let z = -20; z < 20; z += 0.37) {
      const solid = [...Array(50).keys()].filter((at) => shadow(axial, -100 + 5 * at, seed([0, 0, z], [0.6, 0, 0.8]), model)?.solid);
      expect(solid.length).toBeGreaterThan(0);
    }
  });

  it('draws a seed of unknown direction at its centre', () => {
    expect(shadow(axial, 0, seed([1, 2, 0], null), model)?.solid).toEqual([[1, 2], [1, 2]]);
  });

  it('cuts a needle at the slice', () => {
    const s = project(axial, 0, [0, 0, -50], [0, 0, 50], 5, 1e6);
    expect(s?.solid).not.toBeNull();
    expect(s?.faded.length).toBe(2);
  });
});

describe('turning', () => {
  it('follows the pointer in the plane and keeps the share out of it', () => {
    const axis = turned(axial, seed([0, 0, 0], [0.6, 0, 0.8]), 0, 7, 1);
    expect(axis?.map((x) => Number(x.toFixed(9)))).toEqual([0, 0.6, 0.8]);
    const other = turned(axial, seed([0, 0, 0], [0.6, 0, 0.8]), 0, 7, -1);
    expect(other?.[1]).toBeCloseTo(-0.6, 9);
    expect(turned(axial, seed([0, 0, 0], null), 3, 0, 1)).toEqual([1, 0, 0]);
    expect(turned(axial, seed([0, 0, 0], null), 0, 0, 1)).toBeNull();
  });

  it('turns clockwise on the screen', () => {
    const a = rotated(axial, [1, 0, 0], Math.PI / 2);
    expect(a[1]).toBeCloseTo(1, 12); // image right → image down
    const b = rotated(sagittal, [0, 1, 0], Math.PI / 2);
    expect(b[2]).toBeCloseTo(-1, 12);
  });
});

describe('hit', () => {
  const camera = { a: 0, b: 0, scale: 5 };
  const one = seed([0, 0, 0], [1, 0, 0]);
  const s = shadow(axial, 0, one, model);
  const shown = s ? [{ seed: one, shadow: s }] : [];
  it('finds the seed under the pointer and nothing beside it', () => {
    expect(hit(shown, [], model, camera, 1, 0.3)).toEqual({ kind: 'seed', number: 1 });
    expect(hit(shown, [], model, camera, 1, 4)).toBeNull();
  });
  it('prefers the handles of the selected seed', () => {
    const grips = handles(axial, one, model, camera);
    expect(grips[1][0]).toBeCloseTo(1.85 + 12 / 5, 9);
    expect(hit(shown, grips, model, camera, ...grips[0])).toEqual({ kind: 'handle', sign: -1 });
    expect(hit(shown, grips, model, camera, ...grips[1])).toEqual({ kind: 'handle', sign: 1 });
  });
});

it('measures to a segment, not to its line', () => {
  expect(segmentDistance(5, 0, [[0, 0], [2, 0]])).toBe(3);
  expect(segmentDistance(1, 2, [[0, 0], [2, 0]])).toBe(2);
  expect(segmentDistance(3, 4, [[0, 0], [0, 0]])).toBe(5);
});
