import { describe, expect, it } from 'vitest';
import {
  depthOf, dot, fit, fitPoints, frame, letters, nearestAxes, pointAt, sample, scaleBar, sliceAt, toPlane, toScreen, within, zoomAbout,
} from './geometry';
import { VIEWS, type Vec3, type Volume } from './types';

const volume = (over: Partial<Volume> = {}): Volume => ({
  size: [100, 80, 40], spacing_mm: [0.5, 0.75, 2.5], origin_mm: [-25, -30, -50], axes: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  unit: 'HU', windows: [], structures: [], ...over,
});

describe('frame', () => {
  it('follows the radiological convention', () => {
    expect(frame(volume(), 'axial')).toMatchObject({ u: [1, 0, 0], v: [0, 1, 0], n: [0, 0, 1], count: 40, spacing: 2.5, first: -50, step: 2.5 });
    const sagittal = frame(volume(), 'sagittal');
    expect([letters(sagittal.u), letters(sagittal.v)]).toEqual(['P', 'F']);
    const coronal = frame(volume(), 'coronal');
    expect([letters(coronal.u), letters(coronal.v), coronal.count]).toEqual(['L', 'F', 80]);
  });

  it('keeps left, posterior and feet in place when the volume runs the other way', () => {
    const flipped = volume({ axes: [[-1, 0, 0], [0, 1, 0], [0, 0, -1]], origin_mm: [24.5, -30, 47.5] });
    for (const view of VIEWS) {
      const [f, g] = [frame(volume(), view), frame(flipped, view)];
      expect([letters(g.u), letters(g.v)]).toEqual([letters(f.u), letters(f.v)]);
      g.a.forEach((x, i) => expect(x).toBeCloseTo(f.a[i] ?? NaN, 9));
    }
    const f = frame(flipped, 'axial');
    expect([f.first, f.step, depthOf(f, 1), sliceAt(f, [0, 0, 45])]).toEqual([47.5, -2.5, 45, 1]);
  });

  it('finds the axes of a coronal acquisition', () => {
    expect(nearestAxes([[1, 0, 0], [0, 0, -1], [0, 1, 0]])).toEqual([0, 2, 1]);
    // Sagittal: i to the back, j to the feet, k to the right.
    expect(nearestAxes([[0, 1, 0], [0, 0, -1], [-1, 0, 0]])).toEqual([2, 0, 1]);
    const c = Math.cos(0.3);
    const s = Math.sin(0.3);
    const tilted = frame(volume({ axes: [[1, 0, 0], [0, c, s], [0, -s, c]] }), 'axial');
    expect(dot(tilted.u, tilted.n)).toBeCloseTo(0, 12);
    expect(dot(tilted.v, tilted.n)).toBeCloseTo(0, 12);
    expect(tilted.n).toEqual([0, -s, c]);
  });

  it('clamps slices to the volume', () => {
    const f = frame(volume(), 'axial');
    expect([sliceAt(f, [0, 0, -1000]), sliceAt(f, [0, 0, 1000]), sliceAt(f, [0, 0, -46.3])]).toEqual([0, 39, 1]);
  });

  it('goes from a point to the plane and back', () => {
    const p: Vec3 = [3.25, -7, 12];
    for (const view of VIEWS) {
      const f = frame(volume(), view);
      const back = pointAt(f, dot(p, f.u), dot(p, f.v), dot(p, f.n));
      back.forEach((x, i) => expect(x).toBeCloseTo(p[i] ?? NaN, 12));
    }
  });
});

describe('camera', () => {
  const pane = { width: 500, height: 300 };
  it('goes from the plane to the screen and back', () => {
    const c = { a: 4, b: -2, scale: 3 };
    const [x, y] = toScreen(c, pane, 10, 5);
    expect([x, y]).toEqual([268, 171]);
    expect(toPlane(c, pane, x, y)).toEqual([10, 5]);
  });

  it('keeps the point under the pointer while zooming, also at the limits', () => {
    for (const factor of [1.3, 0.5, 1e6, 1e-6]) {
      const c = { a: 4, b: -2, scale: 3 };
      const before = toPlane(c, pane, 120, 40);
      const after = toPlane(zoomAbout(c, pane, 120, 40, factor), pane, 120, 40);
      after.forEach((x, i) => expect(x).toBeCloseTo(before[i] ?? NaN, 9));
    }
  });

  it('shows the whole slice, or the points asked for', () => {
    const f = frame(volume(), 'axial');
    const c = fit(f, pane);
    const [x0, y0] = toScreen(c, pane, f.a[0], f.b[0]);
    const [x1, y1] = toScreen(c, pane, f.a[1], f.b[1]);
    expect(Math.min(x0, y0)).toBeGreaterThanOrEqual(0);
    expect(x1 <= 500 && y1 <= 300).toBe(true);
    expect((y1 - y0) / 300).toBeCloseTo(0.98, 6);
    const near = fitPoints(f, pane, [[-5, 0, 0], [5, 2, 0]], 10);
    expect(near.scale).toBeCloseTo(300 / 22, 9);
    expect(fitPoints(f, pane, [], 10)).toEqual(c);
  });

  it('offers a scale bar of a round length', () => {
    for (const scale of [0.3, 1, 2.7, 11, 60]) {
      const { mm, px } = scaleBar(scale, 150);
      expect(px).toBeLessThanOrEqual(150);
      expect(px).toBeGreaterThan(150 / 2.5 - 1e-9);
      expect([1, 2, 5]).toContain(Number((mm / 10 ** Math.floor(Math.log10(mm) + 1e-9)).toFixed(6)));
    }
  });
});

describe('values', () => {
  const g = { cols: 3, rows: 2, du: 2, dv: 1, origin: [10, 20, 0] as Vec3, u: [1, 0, 0] as Vec3, v: [0, 1, 0] as Vec3, values: Float32Array.from([0, 1, 2, 10, 11, 12]) };
  it('interpolates between samples and takes the nearest voxel', () => {
    expect(sample(g, 11, 20.5)).toBeCloseTo(5.5, 6);
    expect(sample(g, 14, 21)).toBe(12);
    expect(sample(g, 10.9, 20.4, true)).toBe(0);
    expect(sample(g, 14.9, 21.4, true)).toBe(12);
  });
  it('says nothing outside', () => {
    expect(sample(g, 9.9, 20)).toBeNull();
    expect(sample(g, 14.1, 20)).toBeNull();
    expect(sample(g, 15.1, 20, true)).toBeNull();
    expect(sample(g, NaN, 20)).toBeNull();
  });
});

it('names sides', () => {
  expect([letters([1, 0, 0]), letters([0, -1, 0]), letters([0, 0, -1]), letters([0.8, 0.6, 0])]).toEqual(['L', 'A', 'F', 'LP']);
});

it('keeps points within the volume', () => {
  expect(within(volume(), [1000, 0, -1000])).toEqual([24.5, 0, -50]);
  expect(within(volume(), [1, 2, 3])).toEqual([1, 2, 3]);
});
