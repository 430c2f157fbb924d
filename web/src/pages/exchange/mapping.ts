// Editing which column goes where. Pure: each edit gives a new mapping.
import type { Assigned, Mapping, Sheet, Target } from '../../api/exchange';
import type { TermKey } from '../../terms/index.svelte';

/** Headers less alike than this are pointed at. */
const LOW = 0.8;
/** Without these patients and treatments cannot be told apart. */
export const NEEDED: readonly string[] = ['patient.number', 'case.treated_on'];

/** `0` → `A`, `26` → `AA`, as spreadsheets name columns. */
export function letters(column: number): string {
  let text = '';
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1) text = String.fromCharCode(65 + (rest % 26)) + text;
  return text;
}

/** A mapping of a sheet for which nothing could be proposed: the first row as headers, no column taken. */
export function emptyMapping(sheet: Sheet, technique: string, offset: string): Mapping {
  return { sheet: sheet.name, header_row: sheet.first[0]?.row ?? 1, technique, offset, columns: [] };
}

/** `+08:00` of minutes east of UTC. */
export function offsetOf(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

/** What the header row says of a column. */
export function headerOf(sheet: Sheet, mapping: Mapping, column: number): string {
  return sheet.first.find((row) => row.row === mapping.header_row)?.cells[column]?.trim() ?? '';
}

/** Different values of a column below the headers, in the order of the sheet. */
export function samples(sheet: Sheet, mapping: Mapping, column: number, most = 3): string[] {
  const below = sheet.first.filter((row) => row.row > mapping.header_row).map((row) => row.cells[column]?.trim() ?? '');
  return [...new Set(below.filter(Boolean))].slice(0, most);
}

export const assigned = (mapping: Mapping, column: number): Assigned | undefined => mapping.columns.find((one) => one.column === column);

/** Puts a column into a field; `''` leaves it out. How its values are read begins anew, except for the order of dates. */
export function assign(mapping: Mapping, column: number, header: string, to: string): Mapping {
  const before = assigned(mapping, column);
  if (before?.to === to) return mapping;
  const others = mapping.columns.filter((one) => one.column !== column);
  if (!to) return { ...mapping, columns: others };
  // what a person chose is as meant, so no likeness is low and no remark of the proposal holds
  const now: Assigned = { column, header, to, dates: before?.dates ?? 'year_first', factor: 1, codes: {}, likeness: 1, remark: '' };
  return { ...mapping, columns: [...others, now].sort((a, b) => a.column - b.column) };
}

/** Changes how a column is read. */
export function change(mapping: Mapping, column: number, part: Partial<Pick<Assigned, 'dates' | 'factor' | 'codes'>>): Mapping {
  return { ...mapping, columns: mapping.columns.map((one) => (one.column === column ? { ...one, ...part } : one)) };
}

/** Another row as the headers: the columns keep their fields, and get their new headers. */
export function withHeaderRow(sheet: Sheet, mapping: Mapping, row: number): Mapping {
  const moved = { ...mapping, header_row: row };
  return { ...moved, columns: mapping.columns.map((one) => ({ ...one, header: headerOf(sheet, moved, one.column) })) };
}

export const isLow = (one: Assigned): boolean => one.likeness < LOW;

/** Fields that two columns go into. */
export function twice(mapping: Mapping): Set<string> {
  const seen = new Set<string>(), found = new Set<string>();
  for (const { to } of mapping.columns) (seen.has(to) ? found : seen).add(to);
  return found;
}

/** Why a mapping cannot be tried yet; null when it can. */
export function lack(mapping: Mapping): TermKey | null {
  if (NEEDED.some((to) => !mapping.columns.some((one) => one.to === to))) return 'ui.import.lack_needed';
  if (twice(mapping).size > 0) return 'ui.import.lack_twice';
  if (mapping.columns.some((one) => !(one.factor > 0) || !Number.isFinite(one.factor))) return 'ui.import.lack_factor';
  if (!/^[+-]\d\d:\d\d$/.test(mapping.offset)) return 'ui.import.lack_offset';
  return null;
}

export type Reading = 'dates' | 'factor' | 'codes' | null;
/** Which setting says how values of a field are read. */
export function readingOf(target: Target | undefined): Reading {
  switch (target?.kind) {
    case 'date':
    case 'date_time':
      return 'dates';
    case 'number':
    case 'whole':
      return 'factor';
    case 'choice':
    case 'yes_no':
      return 'codes';
    default:
      return null;
  }
}

/** Targets under the headings of their groups, in the order given. */
export function grouped(targets: Target[]): { zh: string; en: string; rows: Target[] }[] {
  const groups = new Map<string, { zh: string; en: string; rows: Target[] }>();
  for (const one of targets) {
    const group = groups.get(one.group_zh) ?? { zh: one.group_zh, en: one.group_en, rows: [] };
    group.rows.push(one);
    groups.set(one.group_zh, group);
  }
  return [...groups.values()];
}

/** Words without a code are left out; a word may not be there twice, the last one counts. */
export function toCodes(rows: { word: string; code: string }[]): Record<string, string> {
  return Object.fromEntries(rows.map(({ word, code }) => [word.trim(), code] as const).filter(([word, code]) => word && code));
}

/** Words to assign: those that have a code, then those of the sheet. */
export function toWords(codes: Record<string, string>, seen: string[]): { word: string; code: string }[] {
  const there = Object.entries(codes).map(([word, code]) => ({ word, code }));
  return [...there, ...seen.filter((word) => !(word in codes)).map((word) => ({ word, code: '' }))];
}
