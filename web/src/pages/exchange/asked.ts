// What the page's address and its fields ask. Pure: today is a parameter.
import type { Action } from '../../api';

export const PARTS = ['export', 'province', 'import'] as const;
export type Part = (typeof PARTS)[number];

/** The parts that a person may see, in their order; of the province one who may read cases sees what is late. */
export function partsFor(may: (action: Action) => boolean): Part[] {
  const needs: Record<Part, Action[]> = { export: ['export_records'], province: ['export_records', 'read_cases'], import: ['import_records'] };
  return PARTS.filter((part) => needs[part].some(may));
}

export const isDay = (text: string | null | undefined): text is string => !!text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/** The period of a package: as asked for, otherwise the month that runs up to today. */
export function period(from: string | null, until: string | null, today: string): { from: string; until: string } {
  const end = isDay(until) ? until : today;
  return { from: isDay(from) ? from : `${end.slice(0, 7)}-01`, until: end };
}

/** Least size of a group that a study export does not point at; null when it cannot be meant. */
export function groupSize(text: string): number | null {
  const k = /^\s*\d{1,4}\s*$/.test(text) ? Number(text) : 0;
  return k >= 2 && k <= 1000 ? k : null;
}

/** Of the cases that cannot be sent: those not yet ticked to be left out. */
export const stillWrong = (wrong: { case: { number: string } }[], leftOut: ReadonlySet<string>): number =>
  wrong.filter((one) => !leftOut.has(one.case.number)).length;
