// Row-level errors as a table for a spreadsheet. Pure.
import type { RowError } from '../../api/exchange';

/** A cell: quoted where it must be, and never what a spreadsheet would take for a formula. */
export function cell(value: string | number): string {
  const text = String(value);
  const safe = typeof value === 'string' && /^[\t\r ]*[=+\-@＝＋－＠]/.test(text) && !/^[+-]?\d+([.,]\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** CSV with the mark by which Excel knows UTF-8. */
export function csv(rows: (string | number)[][]): string {
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

export const errorRows = (head: [string, string, string, string], errors: RowError[], language: 'zh' | 'en'): (string | number)[][] =>
  [head, ...errors.map((one) => [one.row, one.column, one.value, one[language]])];
