// Sets of seed numbers, `1-20,35`.

/** The numbers of a text; null when it is no set. */
export function parseSeeds(text: string): number[] | null {
  const found = new Set<number>();
  for (const piece of text.split(/[,，、;\s]+/).filter(Boolean)) {
    const range = piece.match(/^(\d{1,6})(?:[-–~](\d{1,6}))?$/);
    if (!range) return null;
    const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])];
    if (from < 1 || to < from || to - from > 100_000) return null;
    for (let n = from; n <= to; n++) found.add(n);
  }
  return [...found].sort((a, b) => a - b);
}

/** Numbers in rising order as a text. */
export function writeSeeds(seeds: number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < seeds.length; at++) {
    const from = seeds[at]!;
    while (at + 1 < seeds.length && seeds[at + 1] === seeds[at]! + 1) at++;
    parts.push(from === seeds[at] ? String(from) : `${from}-${seeds[at]}`);
  }
  return parts.join(',');
}

/** Those of `a` that are not in `b`. */
export function without(a: number[], b: number[]): number[] {
  const out = new Set(b);
  return a.filter((seed) => !out.has(seed));
}
