import { describe, expect, it } from 'vitest';
import { isolines } from './isolines';

const field = (cols: number, rows: number, f: (i: number, j: number) => number) =>
  Float32Array.from({ length: cols * rows }, (_, o) => f(o % cols, Math.floor(o / cols)));

describe('isolines', () => {
  it('interpolates linearly between samples', () => {
    const [line, ...rest] = isolines(field(4, 3, (i) => i * 10), 4, 3, 13);
    expect(rest).toEqual([]);
    expect(line?.closed).toBe(false);
    const p = [...(line?.points ?? [])];
    expect(p.filter((_, k) => k % 2 === 0).every((x) => Math.abs(x - 1.3) < 1e-6)).toBe(true);
    expect(p.filter((_, k) => k % 2 === 1).sort()).toEqual([0, 1, 2]);
  });

  it('gives one ring around a hill, on the circle', () => {
    const lines = isolines(field(61, 61, (i, j) => 100 - Math.hypot(i - 30, j - 30.4)), 61, 61, 80);
    expect(lines.length).toBe(1);
    expect(lines[0]?.closed).toBe(true);
    const p = lines[0]?.points ?? new Float32Array();
    for (let k = 0; k < p.length; k += 2) expect(Math.hypot((p[k] ?? 0) - 30, (p[k + 1] ?? 0) - 30.4)).toBeCloseTo(20, 1);
    let area = 0;
    for (let k = 0; k < p.length; k += 2) {
      const m = (k + 2) % p.length;
      area += ((p[k] ?? 0) * (p[m + 1] ?? 0) - (p[m] ?? 0) * (p[k + 1] ?? 0)) / 2;
    }
    expect(Math.abs(area)).toBeGreaterThan(Math.PI * 400 * 0.99);
    expect(Math.abs(area)).toBeLessThan(Math.PI * 400 * 1.01);
  });

  it('ends open at the border', () => {
    const lines = isolines(field(21, 21, (i, j) => -Math.hypot(i, j - 10)), 21, 21, -6);
    expect(lines.map((l) => l.closed)).toEqual([false]);
  });

  it('joins or parts a saddle by its middle', () => {
    // Bright corners top left and bottom right.
    const apart = isolines(Float32Array.from([1, 0, 0, 1]), 2, 2, 0.6);
    const joined = isolines(Float32Array.from([1, 0, 0, 1]), 2, 2, 0.4);
    expect([apart.length, joined.length]).toEqual([2, 2]);
    const near = (l: { points: Float32Array }, i: number, j: number) => Math.min(...[0, 2].map((k) => Math.abs((l.points[k] ?? 9) - i) + Math.abs((l.points[k + 1] ?? 9) - j)));
    // Apart: a line cuts off the top left corner. Joined: the lines cut off the two dark corners.
    expect(apart.some((l) => near(l, 0.4, 0) < 1e-6 && [...l.points].some((x) => Math.abs(x - 0.4) < 1e-6))).toBe(true);
    const ends = joined.map((l) => [...l.points].map((x) => x.toFixed(1)).join(' ')).sort();
    expect(ends.some((e) => e.includes('0.6 0.0') && e.includes('1.0 0.4'))).toBe(true);
  });

  it('leaves out what is not a number, and nothing where nothing is', () => {
    const hole = field(11, 11, (i, j) => (i === 5 && j === 5 ? NaN : i));
    expect(isolines(hole, 11, 11, 5.5).every((l) => l.points.every((x) => Number.isFinite(x)))).toBe(true);
    expect(isolines(field(5, 5, () => 1), 5, 5, 2)).toEqual([]);
    expect(isolines(new Float32Array(), 0, 0, 1)).toEqual([]);
  });

  it('uses every crossing once', () => {
    const noise = field(40, 40, (i, j) => Math.sin(i * 12.9898 + j * 78.233) * 43758.5453 % 1);
    let crossings = 0;
    for (let j = 0; j < 40; j++) for (let i = 0; i < 40; i++) {
      const at = (x: number, y: number) => (noise[y * 40 + x] ?? 0) >= 0.1;
      if (i < 39 && at(i, j) !== at(i + 1, j)) crossings++;
      if (j < 39 && at(i, j) !== at(i, j + 1)) crossings++;
    }
    expect(isolines(noise, 40, 40, 0.1).reduce((n, l) => n + l.points.length / 2, 0)).toBe(crossings);
  });
});
