// Places of seeds in words, sums of them, and how many seeds a case has where.
import type { Held, Movement, PlaceKind } from '../../api/register';
import { PLACES } from '../../api/register';
import { t } from '../../terms/index.svelte';
import { parseSeeds, without, writeSeeds } from './seedset';

/** A place in words; `cases` has the numbers of cases by identifier. */
export function placeName(place: Pick<Held, 'kind' | 'of'>, cases: Map<string, string>): string {
  const of = place.kind === 'issued' || place.kind === 'implanted' ? (cases.get(place.of) ?? '') : place.of;
  return of ? `${t(`ui.place.${place.kind}`)} ${of}` : t(`ui.place.${place.kind}`);
}

/** Case numbers by identifier, as the movements have them. */
export function caseNumbers(movements: Movement[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const one of movements)
    for (const place of [one.from, one.to]) if ((place.kind === 'issued' || place.kind === 'implanted') && place.of) found.set(place.of, one.case_number);
  return found;
}

/** Seeds by kind of place, in the order of their way. */
export function byKind(places: Held[]): { kind: PlaceKind; count: number }[] {
  return PLACES.map((kind) => ({ kind, count: places.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.count, 0) })).filter((one) => one.count > 0);
}

export type Share = 'issued' | 'implanted' | 'back';
/** Of a lot's movements of one case: which seeds are handed out, which implanted, which left it again. */
export function sharesOf(caseId: string, movements: Movement[]): Record<Share, number[]> {
  const now: Record<Share, number[]> = { issued: [], implanted: [], back: [] };
  const shareAt = (place: Held): Share => (place.of === caseId && (place.kind === 'issued' || place.kind === 'implanted') ? place.kind : 'back');
  const inOrder = [...movements].sort((a, b) => a.at.localeCompare(b.at) || a.number - b.number);
  for (const one of inOrder) {
    const seeds = parseSeeds(one.seeds) ?? [];
    for (const share of ['issued', 'implanted', 'back'] as const) now[share] = without(now[share], seeds);
    const to = shareAt(one.to);
    now[to] = [...now[to], ...seeds].sort((a, b) => a - b);
  }
  return now;
}
export { writeSeeds };
