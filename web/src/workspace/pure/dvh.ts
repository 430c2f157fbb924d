// Cumulative histograms brought to one dose axis, and the difference between two results.

import type { Results, StructureResult } from './types';

/** Percent of the volume that gets at least `dose`; linear between the points given, 0 beyond the last. */
export function volumeAt(dvh: { dose_gy: readonly number[]; volume_percent: readonly number[] }, dose: number): number | null {
  const { dose_gy: d, volume_percent: v } = dvh;
  if (d.length === 0) return null;
  if (dose <= (d[0] ?? 0)) return v[0] ?? null;
  let low = 0;
  let high = d.length - 1;
  if (dose > (d[high] ?? 0)) return 0;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if ((d[mid] ?? 0) <= dose) low = mid;
    else high = mid;
  }
  const d0 = d[low] ?? 0;
  const d1 = d[high] ?? d0;
  const v0 = v[low] ?? 0;
  const v1 = v[high] ?? v0;
  return d1 > d0 ? v0 + ((v1 - v0) * (dose - d0)) / (d1 - d0) : v1;
}

/** A dose axis from 0 to `most` Gy. */
export function doseAxis(most: number, points = 300): number[] {
  return Array.from({ length: points + 1 }, (_, i) => (most * i) / points);
}

/** How far the axis goes: where the last structure falls under 1 %, at least 1.5 and at most `times` prescriptions. */
export function axisEnd(structures: readonly StructureResult[], prescription: number, times = 3): number {
  let end = 1.5 * prescription;
  for (const s of structures) {
    const i = s.dvh.volume_percent.findIndex((v) => v < 1);
    const d = s.dvh.dose_gy[i < 0 ? s.dvh.dose_gy.length - 1 : i];
    if (d !== undefined) end = Math.max(end, d);
  }
  return Math.min(end, times * prescription);
}

export const resample = (s: StructureResult, axis: readonly number[]): (number | null)[] => axis.map((d) => volumeAt(s.dvh, d));

/** One line of the index table. */
export interface IndexRow {
  structure: string;
  number: number;
  index: string;
  unit: string;
  value: number | null;
  /** Value now less the value before; null when either is missing. */
  change: number | null;
  limit_zh: string;
  limit_en: string;
  required: boolean;
  outcome: 'met' | 'not_met' | 'no_evidence' | null;
}

/** Every index of every structure, with what the criteria say of it; findings without an index keep their own line. */
export function indexRows(now: Results, before: Results | null): IndexRow[] {
  const rows: IndexRow[] = [];
  const used = new Set<object>();
  const earlier = (structure: string, index: string) =>
    before?.structures.find((s) => s.name === structure)?.indices.find((i) => i.name === index)?.value ?? null;
  for (const s of now.structures) {
    for (const i of s.indices) {
      const finding = now.findings.find((f) => f.structure === s.name && f.index === i.name);
      if (finding) used.add(finding);
      const old = earlier(s.name, i.name);
      rows.push({
        structure: s.name,
        number: s.number,
        index: i.name,
        unit: i.unit,
        value: i.value,
        change: i.value !== null && old !== null ? i.value - old : null,
        limit_zh: finding?.limit_zh ?? '',
        limit_en: finding?.limit_en ?? '',
        required: finding?.required ?? false,
        outcome: finding?.outcome ?? null,
      });
    }
  }
  for (const f of now.findings) {
    if (used.has(f)) continue;
    const { structure, index, unit, value, limit_zh, limit_en, required, outcome } = f;
    const number = now.structures.find((s) => s.name === structure)?.number ?? -1;
    rows.push({ structure, number, index, unit, value, change: null, limit_zh, limit_en, required, outcome });
  }
  return rows;
}
