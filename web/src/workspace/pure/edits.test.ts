import { describe, expect, it } from 'vitest';
import { apply, applyAll, EditQueue, History, merged, renumber } from './edits';
import type { Edit, EditAnswer, Results, Seed } from './types';

const seed = (number: number, x = number): Seed => ({ number, centre_mm: [x, 0, 0], axis: null, origin: 'found', confidence: 0.9, needle: '' });
const results: Results = { structures: [], findings: [], verdict: null, took_ms: 0 };
const move = (number: number, x: number): Edit => ({ op: 'move', number, centre_mm: [x, 0, 0] });

describe('apply', () => {
  it('changes only what it names and marks it as edited', () => {
    const list = [seed(1), seed(2)];
    const after = apply(list, move(2, 9));
    expect(after[0]).toBe(list[0]);
    expect(after[1]).toMatchObject({ centre_mm: [9, 0, 0], origin: 'moved', confidence: null });
    expect(list[1]?.centre_mm).toEqual([2, 0, 0]);
    expect(apply(list, move(7, 9))).toEqual(list);
  });
  it('adds above the highest number and keeps added seeds added', () => {
    const after = applyAll([seed(5)], [{ op: 'add', centre_mm: [1, 2, 3] }, move(6, 0)]);
    expect(after.map((s) => [s.number, s.origin])).toEqual([[5, 'found'], [6, 'added']]);
  });
});

it('merges what only the last of matters for', () => {
  expect(merged([move(1, 1), move(1, 2), move(2, 1), move(1, 3)])).toEqual([move(1, 2), move(2, 1), move(1, 3)]);
  expect(merged([move(1, 1), { op: 'delete', number: 2 }, { op: 'restore', seeds: [] }])).toEqual([{ op: 'restore', seeds: [] }]);
  const edits: Edit[] = [move(1, 1), move(1, 2), { op: 'turn', number: 1, axis: [1, 0, 0] }, { op: 'turn', number: 1, axis: [0, 1, 0] }, { op: 'add', centre_mm: [0, 0, 0] }, { op: 'add', centre_mm: [1, 0, 0] }];
  expect(applyAll([seed(1)], merged(edits))).toEqual(applyAll([seed(1)], edits));
});

it('undoes and redoes whole lists, and forgets the future on a new edit', () => {
  const h = new History(2);
  const [a, b, c] = [[seed(1)], [seed(1), seed(2)], [seed(2)]];
  h.note(a);
  h.note(b);
  expect(h.undo(c)).toBe(b);
  expect(h.undo(b)).toBe(a);
  expect(h.undo(a)).toBeNull();
  expect(h.redo(a)).toBe(b);
  h.note(b);
  expect(h.redo(c)).toBeNull();
  for (let i = 0; i < 5; i++) h.note([]);
  expect(h.past.length).toBe(2);
});

/** A server whose answers come when the test lets them. */
function server(seeds: Seed[]) {
  const calls: { revision: number; edits: Edit[]; answer: () => void; refuse: (e: unknown) => void }[] = [];
  const seen: { shown: number[][]; answered: number[]; failed: unknown[] } = { shown: [], answered: [], failed: [] };
  let state = seeds;
  let revision = 1;
  const queue = new EditQueue(
    { revision, seeds },
    (r, edits) =>
      new Promise<EditAnswer>((resolve, reject) => {
        calls.push({
          revision: r,
          edits,
          answer: () => {
            state = applyAll(state, edits);
            revision += 1;
            resolve({ revision, seeds: state, results });
          },
          refuse: reject,
        });
      }),
    { shown: (s) => seen.shown.push(s.map((x) => x.centre_mm[0])), answered: (a) => seen.answered.push(a.revision), failed: (e) => seen.failed.push(e) },
  );
  return { queue, calls, seen };
}
const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('queue', () => {
  it('shows at once, sends one at a time, and sends together what came meanwhile', async () => {
    const { queue, calls, seen } = server([seed(1), seed(2)]);
    queue.push(move(1, 10));
    queue.push(move(1, 11));
    queue.push(move(1, 12));
    queue.push(move(2, 20));
    expect(seen.shown.at(-1)).toEqual([12, 20]);
    expect(calls.length).toBe(1);
    calls[0]?.answer();
    await turn();
    expect(calls.length).toBe(2);
    expect(calls[1]).toMatchObject({ revision: 2, edits: [move(1, 12), move(2, 20)] });
    expect(seen.shown.at(-1)).toEqual([12, 20]);
    calls[1]?.answer();
    await queue.settled();
    expect([queue.busy, queue.revision, seen.answered]).toEqual([false, 3, [2, 3]]);
  });

  it('goes back to what was confirmed when an edit is refused, and drops what waited', async () => {
    const { queue, calls, seen } = server([seed(1)]);
    queue.push(move(1, 10));
    queue.push(move(1, 11));
    calls[0]?.refuse(new Error('stale'));
    await queue.settled();
    expect(seen.shown.at(-1)).toEqual([1]);
    expect(seen.failed.length).toBe(1);
    expect(calls.length).toBe(1);
    queue.reset({ revision: 8, seeds: [seed(1, 5)] });
    queue.push(move(1, 6));
    expect(calls[1]?.revision).toBe(8);
  });
});

it('renames waiting edits when the server numbers an added seed otherwise', () => {
  const expected = [...[seed(1)], { ...seed(2, 7), origin: 'added' as const }];
  const given = [...[seed(1)], { ...seed(9, 7), origin: 'added' as const }];
  expect(renumber([move(2, 8), { op: 'delete', number: 1 }], expected, given)).toEqual([move(9, 8), { op: 'delete', number: 1 }]);
});
