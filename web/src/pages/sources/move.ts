// A movement of seeds as its dialog holds it, and what is sent.
import type { Held, Lot, MovementInput } from '../../api/register';
import { number } from '../../ui/form';
import { toMoment } from '../records/moment';
import { needsCase, needsSafe, type Lawful } from './lawful';
import { parseSeeds, without } from './seedset';

export interface MoveForm { by: 'count' | 'numbers'; count: string; seeds: string; safe: string; caseId: string; at: string; evidence: string; note: string }
export type MoveWrong = 'ui.field.required' | 'ui.lot.wrong_count' | 'ui.lot.wrong_seeds' | 'ui.lot.wrong_not_here' | 'ui.lot.wrong_why';

/** What cannot be as typed, by field. The server decides. */
export function wrongMove(form: MoveForm, from: Held, step: Lawful): Partial<Record<keyof MoveForm, MoveWrong>> {
  const wrong: Partial<Record<keyof MoveForm, MoveWrong>> = {};
  if (form.by === 'count') {
    const count = number(form.count);
    if (count === null) wrong.count = 'ui.field.required';
    else if (!Number.isInteger(count) || count < 1 || count > from.count) wrong.count = 'ui.lot.wrong_count';
  } else {
    const seeds = parseSeeds(form.seeds);
    const here = parseSeeds(from.seeds) ?? [];
    if (!form.seeds.trim()) wrong.seeds = 'ui.field.required';
    else if (!seeds || seeds.length === 0) wrong.seeds = 'ui.lot.wrong_seeds';
    else if (without(seeds, here).length > 0) wrong.seeds = 'ui.lot.wrong_not_here';
  }
  if (needsSafe(step) && !form.safe.trim()) wrong.safe = 'ui.field.required';
  if (needsCase(step) && !form.caseId) wrong.caseId = 'ui.field.required';
  if (step.why && !form.note.trim() && !form.evidence) wrong.note = 'ui.lot.wrong_why';
  return wrong;
}

export function toMovement(form: MoveForm, from: Held, step: Lawful): MovementInput {
  const hasCase = step.to === 'issued' || step.to === 'implanted';
  const of = needsSafe(step) ? form.safe.trim() : needsCase(step) ? form.caseId : hasCase ? from.of : '';
  const at = toMoment(form.at);
  return {
    step: step.step, from: { kind: from.kind, of: from.of }, to: { kind: step.to, of },
    ...(form.by === 'count' ? { count: number(form.count) ?? 0 } : { seeds: (form.seeds.match(/\d+([-–~]\d+)?/g) ?? []).join(',').replace(/[–~]/g, '-') }),
    ...(at && { at }), ...(form.evidence && { evidence: form.evidence }), note: form.note.trim(),
  };
}

export const titleOf = (lot: Lot) => `${lot.number} · ${lot.model}`;
