// An entry of the ledger in words.
import type { LedgerRow } from '../../api';
import type { IconName } from '../../ui/icons';

/** Actions that have a sentence of their own; others show as they are. */
const SENTENCES = [
  'case.create', 'case.replace', 'patient.create', 'patient.replace', 'study.create', 'study.replace', 'document.create', 'document.replace', 'document.fetched',
  'verification.create', 'verification.replace', 'verification.fetched', 'verification.signed', 'signature.create', 'account.create', 'account.replace', 'account.password',
  'record.create', 'record.replace', 'record.fetched', 'movement.create',
] as const;
export type Sentence = (typeof SENTENCES)[number];
export const sentenceOf = (action: string): Sentence | null => SENTENCES.find((one) => one === action) ?? null;

export const ICONS: Record<string, IconName> = { case: 'file', patient: 'user', study: 'folder', document: 'file', verification: 'check', signature: 'pen', account: 'user', record: 'file', movement: 'right' };

/** The fields that an entry changed, as `name: before → after`; long values are cut. */
export function changed(row: Pick<LedgerRow, 'before' | 'after'>): { field: string; before: string; after: string }[] {
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
  const before = isObject(row.before) ? row.before : {};
  const after = isObject(row.after) ? row.after : {};
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((field) => field !== 'version');
  return fields.map((field) => ({ field, before: text(before[field]), after: text(after[field]) }));
}

function text(value: unknown): string {
  if (value === undefined || value === null || value === '') return '';
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  return said.length > 120 ? `${said.slice(0, 120)}…` : said;
}
