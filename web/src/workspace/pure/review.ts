// Which seeds a person should look at, and in which order.

import type { Seed } from './types';

/** The finder counts an object as a seed from a confidence of 0.5; between that and this a person should decide. */
export const DOUBTFUL_BELOW = 0.8;

/** A seed that the finder was unsure of and nobody has changed or confirmed. */
export const doubtful = (seed: Seed, looked: ReadonlySet<number>): boolean =>
  seed.origin === 'found' && seed.confidence !== null && seed.confidence < DOUBTFUL_BELOW && !looked.has(seed.number);

/** Doubtful ones first, the least sure at the top; then by number. */
export function reviewOrder(seeds: readonly Seed[], looked: ReadonlySet<number>): Seed[] {
  return [...seeds].sort((p, q) => {
    const dp = doubtful(p, looked);
    const dq = doubtful(q, looked);
    if (dp !== dq) return dp ? -1 : 1;
    if (dp && dq && p.confidence !== q.confidence) return (p.confidence ?? 1) - (q.confidence ?? 1);
    return p.number - q.number;
  });
}

/** The doubtful seed after `current` in that order; the first one when none is selected; null when none is left. */
export function nextDoubtful(seeds: readonly Seed[], looked: ReadonlySet<number>, current: number | null): Seed | null {
  const list = reviewOrder(seeds, looked).filter((s) => doubtful(s, looked));
  const i = list.findIndex((s) => s.number === current);
  return list[i + 1] ?? list[0] ?? null;
}
