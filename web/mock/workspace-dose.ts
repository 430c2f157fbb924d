// A stand-in for the dose engine: each seed is a point that falls off as exp(−μr)/r², scaled so that the made-up target is
// covered as a good implant would be. It has the right shape and cost for trying the interface; it is not dosimetry.

import type { Finding, Results, Seed, StructureResult, Vec3 } from '../src/workspace/pure/types';
import { inside, STRUCTURES } from './workspace-study';

export const GRID = { size: [58, 54, 52] as const, origin_mm: [-56, -50, -51] as Vec3, spacing_mm: [2, 2, 2] as const };
const REACH = 40;
const MU = 0.035;
const STRENGTH = 1290;

export function dose(list: readonly Seed[]): Float32Array {
  const [nx, ny, nz] = GRID.size;
  const out = new Float32Array(nx * ny * nz);
  for (const seed of list) {
    const c = seed.centre_mm.map((x, a) => (x - (GRID.origin_mm[a] ?? 0)) / 2) as [number, number, number];
    const from = c.map((x) => Math.max(0, Math.ceil(x - REACH / 2)));
    const to = c.map((x, a) => Math.min((GRID.size[a] ?? 1) - 1, Math.floor(x + REACH / 2)));
    for (let k = from[2] ?? 0; k <= (to[2] ?? -1); k++)
      for (let j = from[1] ?? 0; j <= (to[1] ?? -1); j++)
        for (let i = from[0] ?? 0; i <= (to[0] ?? -1); i++) {
          const r2 = 4 * ((i - c[0]) ** 2 + (j - c[1]) ** 2 + (k - c[2]) ** 2);
          const o = (k * ny + j) * nx + i;
          out[o] = (out[o] ?? 0) + (STRENGTH * Math.exp(-MU * Math.sqrt(r2))) / Math.max(r2, 1);
        }
  }
  return out;
}

export function results(grid: Float32Array, prescription: number, started: number): Results {
  const [nx, ny, nz] = GRID.size;
  const structures: StructureResult[] = STRUCTURES.map((s) => {
    const got: number[] = [];
    for (let k = 0, o = 0; k < nz; k++)
      for (let j = 0; j < ny; j++)
        for (let i = 0; i < nx; i++, o++)
          if (inside(s, GRID.origin_mm[0] + 2 * i, GRID.origin_mm[1] + 2 * j, GRID.origin_mm[2] + 2 * k) < 1) got.push(grid[o] ?? 0);
    got.sort((a, b) => a - b);
    const n = Math.max(1, got.length);
    const at = (percent: number) => got[Math.min(n - 1, Math.floor(n * (1 - percent / 100)))] ?? 0;
    const over = (d: number) => {
      let low = 0;
      let high = got.length;
      while (low < high) {
        const mid = (low + high) >> 1;
        if ((got[mid] ?? 0) < d) low = mid + 1;
        else high = mid;
      }
      return (100 * (got.length - low)) / n;
    };
    const axis = Array.from({ length: 451 }, (_, i) => i);
    const v = (p: number) => over((p / 100) * prescription);
    const indices = s.target
      ? [
          { name: 'D90', value: at(90), unit: 'Gy' },
          { name: 'D90 / Rx', value: (100 * at(90)) / prescription, unit: '%' },
          { name: 'V90', value: v(90), unit: '%' },
          { name: 'V100', value: v(100), unit: '%' },
          { name: 'V150', value: v(150), unit: '%' },
          { name: 'V200', value: v(200), unit: '%' },
        ]
      : [
          { name: 'D2cc', value: got[Math.max(0, n - 250)] ?? 0, unit: 'Gy' },
          { name: 'D0.1cc', value: got[Math.max(0, n - 13)] ?? 0, unit: 'Gy' },
        ];
    return { number: s.number, name: s.name, volume_cm3: got.length * 0.008, dvh: { dose_gy: axis, volume_percent: axis.map(over) }, indices };
  });
  const find = (structure: string, index: string) =>
    structures.find((s) => s.name === structure)?.indices.find((i) => i.name === index)?.value ?? 0;
  const judged = (clause: string, structure: string, index: string, unit: string, limit: string, met: (x: number) => boolean, required: boolean): Finding => {
    const value = find(structure, index);
    return { clause, structure, index, unit, value, limit_zh: limit, limit_en: limit, required, outcome: met(value) ? 'met' : 'not_met' };
  };
  const findings = [
    judged('d90', 'CTV', 'D90', 'Gy', '≥ 120 Gy', (x) => x >= 120, true),
    judged('v100', 'CTV', 'V100', '%', '≥ 90 %', (x) => x >= 90, true),
    judged('v150', 'CTV', 'V150', '%', '≤ 60 %', (x) => x <= 60, false),
    judged('cord', 'SpinalCord', 'D0.1cc', 'Gy', '≤ 45 Gy', (x) => x <= 45, true),
    judged('duodenum', 'Duodenum', 'D2cc', 'Gy', '≤ 80 Gy', (x) => x <= 80, false),
  ];
  const verdict = findings.some((f) => f.required && f.outcome === 'not_met') ? 'not_met' : 'met';
  return { structures, findings, verdict, took_ms: Math.round(performance.now() - started) };
}
