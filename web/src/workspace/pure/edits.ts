// Seeds as edited: what an edit does to the list, undo and redo, and a queue that sends one request at a time.

import type { Edit, EditAnswer, Seed, Vec3 } from './types';

/** The number that the next added seed gets unless the server decides otherwise. */
export const nextNumber = (seeds: readonly Seed[]): number => seeds.reduce((most, s) => Math.max(most, s.number), 0) + 1;

/** The list after an edit. A number that is not there changes nothing. */
export function apply(seeds: readonly Seed[], edit: Edit): Seed[] {
  switch (edit.op) {
    case 'add':
      return [
        ...seeds,
        { number: nextNumber(seeds), centre_mm: edit.centre_mm, axis: edit.axis ?? null, origin: 'added', confidence: null, needle: '' },
      ];
    case 'move':
      return seeds.map((s) => (s.number === edit.number ? touched(s, { centre_mm: edit.centre_mm }) : s));
    case 'turn':
      return seeds.map((s) => (s.number === edit.number ? touched(s, { axis: edit.axis }) : s));
    case 'delete':
      return seeds.filter((s) => s.number !== edit.number);
    case 'restore':
      return edit.seeds.map((s) => ({ ...s }));
  }
}

/** A seed changed by hand is no longer the finder's or the plan's; an added one stays added. */
function touched(seed: Seed, change: { centre_mm?: Vec3; axis?: Vec3 }): Seed {
  return { ...seed, ...change, origin: seed.origin === 'added' ? 'added' : 'moved', confidence: null };
}

export const applyAll = (seeds: readonly Seed[], edits: readonly Edit[]): Seed[] =>
  edits.reduce<Seed[]>((list, edit) => apply(list, edit), [...seeds]);

/** Fewer edits with the same effect: of neighbouring moves (or turns) of one seed only the last counts. */
export function merged(edits: readonly Edit[]): Edit[] {
  const out: Edit[] = [];
  for (const edit of edits) {
    const last = out[out.length - 1];
    const same = last && (edit.op === 'move' || edit.op === 'turn') && last.op === edit.op && last.number === edit.number;
    if (edit.op === 'restore') out.length = 0;
    else if (same) out.pop();
    out.push(edit);
  }
  return out;
}

/** Undo and redo over whole lists. */
export class History {
  past: Seed[][] = [];
  future: Seed[][] = [];

  constructor(readonly depth = 200) {}

  /** Call with the list as it was before a new edit. */
  note(before: Seed[]): void {
    this.past.push(before);
    if (this.past.length > this.depth) this.past.shift();
    this.future = [];
  }

  /** The list to go back to, given the one shown now. */
  undo(now: Seed[]): Seed[] | null {
    const before = this.past.pop();
    if (!before) return null;
    this.future.push(now);
    return before;
  }

  redo(now: Seed[]): Seed[] | null {
    const after = this.future.pop();
    if (!after) return null;
    this.past.push(now);
    return after;
  }

  clear(): void {
    this.past = [];
    this.future = [];
  }
}

export type Send = (revision: number, edits: Edit[]) => Promise<EditAnswer>;

/** What the queue tells its owner. `shown` is the confirmed list with all edits under way applied. */
export interface Told {
  shown: (seeds: Seed[]) => void;
  answered: (answer: EditAnswer) => void;
  /** The edits under way are dropped; `shown` has been called with what the server last confirmed. */
  failed: (error: unknown) => void;
}

/**
 * Sends edits one request after the other, so that none overtakes another; what is added meanwhile goes together in the
 * next request. The list is shown changed at once and set right, or back, by the answer.
 */
export class EditQueue {
  #confirmed: Seed[];
  #revision: number;
  #flying: Edit[] = [];
  #waiting: Edit[] = [];
  #idle: (() => void)[] = [];

  constructor(
    start: { revision: number; seeds: Seed[] },
    private readonly send: Send,
    private readonly tell: Told,
  ) {
    this.#confirmed = start.seeds;
    this.#revision = start.revision;
  }

  get busy(): boolean {
    return this.#flying.length > 0 || this.#waiting.length > 0;
  }

  get revision(): number {
    return this.#revision;
  }

  get shown(): Seed[] {
    return applyAll(this.#confirmed, [...this.#flying, ...this.#waiting]);
  }

  push(edit: Edit): void {
    this.#waiting = merged([...this.#waiting, edit]);
    this.tell.shown(this.shown);
    if (this.#flying.length === 0) void this.#run();
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  /** Takes a fresh state from the server and forgets what was under way. */
  reset(start: { revision: number; seeds: Seed[] }): void {
    this.#confirmed = start.seeds;
    this.#revision = start.revision;
    this.#waiting = [];
    this.tell.shown(this.shown);
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#flying = this.#waiting;
      this.#waiting = [];
      const expected = applyAll(this.#confirmed, this.#flying);
      try {
        const answer = await this.send(this.#revision, this.#flying);
        this.#waiting = renumber(this.#waiting, expected, answer.seeds);
        this.#confirmed = answer.seeds;
        this.#revision = answer.revision;
        this.#flying = [];
        this.tell.shown(this.shown);
        this.tell.answered(answer);
      } catch (error) {
        this.#flying = [];
        this.#waiting = [];
        this.tell.shown(this.shown);
        this.tell.failed(error);
      }
    }
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Edits that name a seed by the number we guessed for it, with the number that the server gave it. */
export function renumber(edits: readonly Edit[], expected: readonly Seed[], given: readonly Seed[]): Edit[] {
  const known = new Set(given.map((s) => s.number));
  const map = new Map<number, number>();
  const taken = new Set(expected.map((s) => s.number));
  const fresh = given.filter((s) => !taken.has(s.number));
  for (const s of expected.filter((e) => !known.has(e.number))) {
    const match = fresh.find((g) => g.centre_mm.every((x, i) => Math.abs(x - (s.centre_mm[i] ?? NaN)) < 1e-3));
    if (match) map.set(s.number, match.number);
  }
  if (map.size === 0) return [...edits];
  const to = (n: number) => map.get(n) ?? n;
  return edits.map((edit) => {
    if (edit.op === 'add') return edit;
    if (edit.op === 'restore') return { op: 'restore', seeds: edit.seeds.map((s) => ({ ...s, number: to(s.number) })) };
    return { ...edit, number: to(edit.number) };
  });
}
