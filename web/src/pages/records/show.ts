// Values of a record in words.
import type { FieldKind, Form, FormField, FormRecord, Part } from '../../api/register';
import { comma, say, t } from '../../terms/index.svelte';
import { moment } from '../../ui/format';
import { isGiven, split } from './model';

/** What the identifiers in fields are called. */
export interface NameBook { person(id: string): string; asset(id: string): string; lot(id: string): string }

function one(kind: FieldKind, text: string, names: NameBook): string {
  if (kind === 'person' || kind === 'asset' || kind === 'lot') return names[kind](text);
  return kind === 'date_time' ? moment(text) : text;
}

function partsText(parts: Part[], text: string, names: NameBook): string {
  const pieces = split(text, parts.length);
  return parts.map((part, at) => `${one(part.kind, pieces[at] ?? '', names)}${part.unit ? ` ${part.unit}` : ''}`).join(' · ');
}

function item(field: FormField, value: unknown, names: NameBook): string {
  if (field.kind === 'yes_no') return value === true ? t('ui.yes') : t('ui.no');
  const text = String(value);
  if (field.kind === 'parts') return partsText(field.parts, text, names);
  if (field.kind === 'choice') {
    const code = field.codes.find((coded) => coded.code === text);
    return code ? say(code.label) : text;
  }
  const said = one(field.kind, text, names);
  return field.unit ? `${said} ${field.unit}` : said;
}

/** A value in words; empty where there is none. */
export function showValue(field: FormField, value: unknown, names: NameBook): string {
  if (!isGiven(value)) return '';
  return Array.isArray(value) ? value.map((each) => item(field, each, names)).join(comma()) : item(field, value, names);
}

/** The first few values on one line. What explains itself stands alone, a number or a yes with its label. */
export function summary(form: Form, record: FormRecord, names: NameBook, most = 4): string {
  const told = form.fields.filter((field) => field.name !== form.day && field.name !== form.until && !field.long && isGiven(record.values[field.name]));
  // what stands alone says more than whether a box was ticked
  const order = [...told.filter((field) => field.kind !== 'yes_no'), ...told.filter((field) => field.kind === 'yes_no')];
  return order.slice(0, most).map((field) => {
    const text = showValue(field, record.values[field.name], names);
    if (field.kind === 'yes_no') return record.values[field.name] === true ? say(field.label) : `${say(field.label)} ${text}`;
    return field.kind === 'whole' || field.kind === 'number' ? `${say(field.label)} ${text}` : text;
  }).join(' · ');
}

/** Kinds of names that a form's values need. */
export function needs(fields: FormField[]): ('person' | 'asset' | 'lot')[] {
  const kinds = new Set(fields.flatMap((field) => [field.kind, ...field.parts.map((part) => part.kind)]));
  return (['person', 'asset', 'lot'] as const).filter((kind) => kinds.has(kind));
}
