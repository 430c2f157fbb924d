// Lines of equal value through a sampled plane: marching squares with linear interpolation along the cells' sides.
// A saddle is resolved by the mean of its four corners. Cells with a value that is not a number are left out.

/** Coordinates col, row, col, row, … in samples (0 is the centre of the first sample). */
export interface Polyline {
  points: Float32Array;
  closed: boolean;
}

// Sides of a cell: 0 top, 1 right, 2 bottom, 3 left. Corners by bit: 1 top left, 2 top right, 4 bottom right, 8 bottom left.
const SIDES: readonly (readonly number[])[] = [
  [], [3, 0], [0, 1], [3, 1], [1, 2], [], [0, 2], [3, 2], [2, 3], [0, 2], [], [1, 2], [1, 3], [0, 1], [3, 0], [],
];

export function isolines(values: Float32Array, cols: number, rows: number, level: number): Polyline[] {
  // A crossing sits on a side, named by 2·sample for the side to the right of a sample, 2·sample + 1 for the one below it.
  const next = new Map<number, [number, number]>();
  const join = (p: number, q: number) => {
    for (const [from, to] of [[p, q], [q, p]] as const) {
      const pair = next.get(from);
      if (pair) pair[1] = to;
      else next.set(from, [to, -1]);
    }
  };
  for (let j = 0; j + 1 < rows; j++) {
    const row = j * cols;
    for (let i = 0; i + 1 < cols; i++) {
      const s = row + i;
      const tl = values[s] as number;
      const tr = values[s + 1] as number;
      const bl = values[s + cols] as number;
      const br = values[s + cols + 1] as number;
      const bits = (tl >= level ? 1 : 0) | (tr >= level ? 2 : 0) | (br >= level ? 4 : 0) | (bl >= level ? 8 : 0);
      if (bits === 0 || bits === 15) continue;
      const mean = (tl + tr + bl + br) / 4;
      if (Number.isNaN(mean)) continue;
      const side = (k: number) => (k === 0 ? 2 * s : k === 1 ? 2 * (s + 1) + 1 : k === 2 ? 2 * (s + cols) : 2 * s + 1);
      if (bits === 5 || bits === 10) {
        const joined = mean >= level;
        // The corners above the level are joined through the middle, or stand apart.
        const around = (bits === 5) === joined ? [0, 1, 2, 3] : [3, 0, 1, 2];
        join(side(around[0] as number), side(around[1] as number));
        join(side(around[2] as number), side(around[3] as number));
      } else {
        const pair = SIDES[bits] as readonly number[];
        join(side(pair[0] as number), side(pair[1] as number));
      }
    }
  }
  const place = (id: number, out: number[]) => {
    const s = id >> 1;
    const i = s % cols;
    const j = (s - i) / cols;
    const from = values[s] as number;
    const to = values[id & 1 ? s + cols : s + 1] as number;
    // Infinite neighbours give no fraction; the middle of the side is then as good as any.
    const f = (level - from) / (to - from);
    const t = Number.isFinite(f) ? Math.min(1, Math.max(0, f)) : 0.5;
    if (id & 1) out.push(i, j + t);
    else out.push(i + t, j);
  };
  const lines: Polyline[] = [];
  const seen = new Set<number>();
  const follow = (start: number): Polyline => {
    const out: number[] = [];
    let before = -1;
    for (let at = start; ; ) {
      seen.add(at);
      place(at, out);
      const pair = next.get(at) as [number, number];
      const to = pair[0] === before ? pair[1] : pair[0];
      if (to < 0 || to === start) return { points: Float32Array.from(out), closed: to === start };
      before = at;
      at = to;
    }
  };
  // Open lines first, from their ends; what is left are rings.
  for (const [id, pair] of next) if (pair[1] < 0 && !seen.has(id)) lines.push(follow(id));
  for (const id of next.keys()) if (!seen.has(id)) lines.push(follow(id));
  return lines;
}
