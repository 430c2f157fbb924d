import { expect, it } from 'vitest';
import { forServer, readAsked } from './asked';

it('reads what a list of cases asks, and keeps our own fields from the server', () => {
  const query = new URLSearchParams('by=treated&from=2026-01-01&to=2026-06-30&all=treated,seed_implant&none=uploaded&of=not_uploaded&page=2');
  const asked = readAsked(query);
  expect([asked.by, asked.from, asked.all, asked.any, asked.none]).toEqual(['treated', '2026-01-01', ['treated', 'seed_implant'], [], ['uploaded']]);
  expect(forServer(query)).toBe('by=treated&from=2026-01-01&to=2026-06-30&all=treated%2Cseed_implant&none=uploaded');
  expect(readAsked(new URLSearchParams('')).by).toBe('discharged');
});
