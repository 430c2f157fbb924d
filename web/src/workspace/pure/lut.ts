// Stored values → grey pixels. One table of 65 536 RGBA words serves every i16 slice under the same window.

/** Level and width of the display window, in the unit of the volume (HU). */
export interface Window {
  level: number;
  width: number;
}

const WORDS = 65536;

/** Grey (0…255) of a value: the linear window of DICOM PS3.3 C.11.2.1.2 without its half-unit offsets. */
export function grey(value: number, w: Window): number {
  const t = (value - w.level) / Math.max(w.width, 1) + 0.5;
  return Math.round(255 * Math.min(1, Math.max(0, t)));
}

/** Opaque RGBA words, little-endian as canvases keep them, indexed by value + 32 768. */
export function greyTable(w: Window): Uint32Array {
  const table = new Uint32Array(WORDS);
  for (let i = 0; i < WORDS; i++) {
    const g = grey(i - 32768, w);
    table[i] = 0xff000000 | (g << 16) | (g << 8) | g;
  }
  return table;
}

/** Paints values through a table into the words of an ImageData of the same size. */
export function paint(values: Int16Array, table: Uint32Array, words: Uint32Array): void {
  const n = Math.min(values.length, words.length);
  for (let i = 0; i < n; i++) words[i] = table[(values[i] as number) + 32768] as number;
}

export type Rgb = readonly [number, number, number];

export function rgb(colour: string): Rgb {
  const m = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  return m ? [parseInt(m[1] ?? '0', 16), parseInt(m[2] ?? '0', 16), parseInt(m[3] ?? '0', 16)] : [255, 255, 255];
}

export interface ColourStop {
  dose: number;
  colour: string;
}

/**
 * Colour wash of a dose: transparent below the lowest stop, the colours of the stops blended between them, the highest
 * colour above. `opacity` from 0 to 1. The stops may come in any order.
 */
export function wash(dose: Float32Array, stops: readonly ColourStop[], opacity: number, words: Uint32Array): void {
  const sorted = [...stops].sort((x, y) => x.dose - y.dose);
  const lowest = sorted[0];
  const highest = sorted[sorted.length - 1];
  words.fill(0);
  if (!lowest || !highest) return;
  // A table over the range, fine enough that neighbouring entries differ by at most one grey.
  const n = 1024;
  const span = Math.max(highest.dose - lowest.dose, 1e-6);
  const alpha = Math.round(255 * opacity);
  const table = new Uint32Array(n + 1);
  for (let i = 0; i <= n; i++) {
    const d = lowest.dose + (span * i) / n;
    let k = sorted.findIndex((s) => s.dose > d);
    if (k < 0) k = sorted.length;
    const from = sorted[Math.max(0, k - 1)] ?? lowest;
    const to = sorted[Math.min(sorted.length - 1, k)] ?? highest;
    const t = to.dose > from.dose ? (d - from.dose) / (to.dose - from.dose) : 0;
    const [r, g, b] = rgb(from.colour).map((c, j) => Math.round(c + ((rgb(to.colour)[j] ?? c) - c) * t)) as [number, number, number];
    table[i] = ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
  }
  const len = Math.min(dose.length, words.length);
  for (let i = 0; i < len; i++) {
    const d = dose[i] as number;
    if (!(d >= lowest.dose)) continue;
    words[i] = table[Math.min(n, Math.floor(((d - lowest.dose) / span) * n))] as number;
  }
}
