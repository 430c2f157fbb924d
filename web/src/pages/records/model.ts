// A form as its inputs hold it (texts), and back to values.
import { number } from '../../ui/form';
import type { FieldKind, Form, FormField, Part, Values } from '../../api/register';
import { here, toLocal, toMoment, type Zone } from './moment';

/** A text; of a list several; of parts one for each part. A list of parts is a list of those. */
export type Entry = string | string[] | string[][];
export type Draft = Record<string, Entry>;
export type WrongKey = 'ui.field.required' | 'ui.record.wrong_number' | 'ui.record.wrong_whole' | 'ui.record.wrong_least' | 'ui.record.wrong_most' | 'ui.record.wrong_part' | 'ui.record.wrong_date';
export interface Wrong { key: WrongKey; values?: Record<string, string | number> }

/** Lists that are ticked instead of written. */
export const isTicked = (field: FormField) => field.list && field.kind === 'choice';
/** Which fields to show: those of the technique; a retired one only where the record has it. */
export const offered = (form: Form, technique: string, values: Values = {}): FormField[] =>
  form.fields.filter((field) => (field.techniques.length === 0 || technique === '' || field.techniques.includes(technique)) && (!field.retired || isGiven(values[field.name])));
/** Whether a case of the technique has the form. */
export const fits = (form: Form, technique: string) => form.techniques.length === 0 || form.techniques.includes(technique);

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}

/** The parts of a kept text: the last may hold colons. */
export function split(text: string, parts: number): string[] {
  const pieces = text.split(':');
  const head = pieces.slice(0, parts - 1);
  while (head.length < parts - 1) head.push('');
  return [...head, pieces.slice(parts - 1).join(':')];
}

function toText(kind: FieldKind, value: unknown, zone: Zone): string {
  if (!isGiven(value)) return '';
  if (kind === 'yes_no') return value === true ? 'yes' : 'no';
  if (kind === 'date_time') return toLocal(String(value), zone);
  return String(value);
}

function partTexts(parts: Part[], value: unknown, zone: Zone): string[] {
  const pieces = isGiven(value) ? split(String(value), parts.length) : parts.map(() => '');
  return parts.map((part, at) => toText(part.kind, pieces[at], zone));
}

export const emptyItem = (field: FormField): string | string[] => (field.kind === 'parts' ? field.parts.map(() => '') : '');

export function toEntry(field: FormField, value: unknown, zone: Zone = here): Entry {
  if (!field.list) return field.kind === 'parts' ? partTexts(field.parts, value, zone) : toText(field.kind, value, zone);
  const items = Array.isArray(value) ? value : [];
  if (isTicked(field)) return items.map(String);
  // there is always one row to write into
  const rows = items.map((item) => (field.kind === 'parts' ? partTexts(field.parts, item, zone) : toText(field.kind, item, zone)));
  return (rows.length > 0 ? rows : [emptyItem(field)]) as Entry;
}

export function toDraft(fields: FormField[], values: Values, zone: Zone = here): Draft {
  return Object.fromEntries(fields.map((field) => [field.name, toEntry(field, values[field.name], zone)]));
}

function fromText(kind: FieldKind, text: string, zone: Zone): unknown {
  const clean = text.trim();
  if (clean === '') return undefined;
  if (kind === 'yes_no') return clean === 'yes';
  if (kind === 'whole' || kind === 'number') return number(clean);
  return kind === 'date_time' ? toMoment(clean, zone) : clean;
}

function fromParts(parts: Part[], texts: string[], zone: Zone): string | undefined {
  if (texts.every((text) => text.trim() === '')) return undefined;
  return parts.map((part, at) => fromText(part.kind, texts[at] ?? '', zone) ?? '').join(':');
}

export function toValue(field: FormField, entry: Entry, zone: Zone = here): unknown {
  const one = (item: string | string[]) => (Array.isArray(item) ? fromParts(field.parts, item, zone) : fromText(field.kind, item, zone));
  if (!field.list) return one(entry as string | string[]);
  const items = (entry as (string | string[])[]).map(one).filter((item) => item !== undefined);
  return items.length > 0 ? items : undefined;
}

/** All values: what was changed as typed, everything else as it was. So a moment entered in another zone stays as it was, and so
 * do fields that are not shown. */
export function toValues(fields: FormField[], draft: Draft, before: Values, zone: Zone = here): Values {
  const values: Values = { ...before };
  for (const field of fields) {
    const entry = draft[field.name];
    if (entry === undefined || same(entry, toEntry(field, before[field.name], zone))) continue;
    const value = toValue(field, entry, zone);
    if (value === undefined) delete values[field.name];
    else values[field.name] = value;
  }
  return values;
}

export const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What a person typed, on top of what somebody else saved meanwhile: fields not touched take the newer text. */
export function rebase(draft: Draft, before: Draft, newer: Draft): Draft {
  return Object.fromEntries(Object.keys(newer).map((name) => [name, same(draft[name], before[name]) ? newer[name]! : draft[name]!]));
}

function wrongText(kind: FieldKind, text: string, field?: FormField): Wrong | null {
  if (text.trim() === '') return null;
  if (kind === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(text) ? null : { key: 'ui.record.wrong_date' };
  if (kind === 'date_time') return toMoment(text) ? null : { key: 'ui.record.wrong_date' };
  if (kind !== 'whole' && kind !== 'number') return null;
  const value = number(text);
  if (value === null || Number.isNaN(value)) return { key: 'ui.record.wrong_number' };
  if (kind === 'whole' && !Number.isInteger(value)) return { key: 'ui.record.wrong_whole' };
  if (field && field.least !== null && value < field.least) return { key: 'ui.record.wrong_least', values: { least: field.least } };
  if (field && field.most !== null && value > field.most) return { key: 'ui.record.wrong_most', values: { most: field.most } };
  return null;
}

function wrongParts(parts: Part[], texts: string[]): Wrong | null {
  const given = parts.filter((_, at) => (texts[at] ?? '').trim() !== '').length;
  if (given === 0) return null;
  if (given < parts.length) return { key: 'ui.record.wrong_part' };
  return parts.map((part, at) => wrongText(part.kind, texts[at] ?? '')).find((wrong) => wrong !== null) ?? null;
}

/** What cannot be as typed, by field. The server looks again, and at more. */
export function wrongFields(fields: FormField[], draft: Draft): Record<string, Wrong> {
  const found: Record<string, Wrong> = {};
  for (const field of fields) {
    const entry = draft[field.name] ?? '';
    const items = field.list ? (entry as (string | string[])[]) : [entry as string | string[]];
    const wrong = items.map((item) => (Array.isArray(item) ? wrongParts(field.parts, item) : wrongText(field.kind, item, field))).find((one) => one !== null);
    if (wrong) found[field.name] = wrong;
    else if (field.required && !isGiven(toValue(field, entry))) found[field.name] = { key: 'ui.field.required' };
  }
  return found;
}

/** A list with one of its items another. */
export const replaced = <T>(list: T[], at: number, item: T): T[] => list.map((one, n) => (n === at ? item : one));
