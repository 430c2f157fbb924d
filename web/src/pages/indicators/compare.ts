// What was reported against what is known now. Pure.
import type { Indicator, ReportedValue } from '../../api/norms';

export interface Change { code: string; then: ReportedValue; now: { numerator: number | null; denominator: number | null } }

/** Values that are no longer as they were reported, in the order of the report. A code that is gone has no value now. */
export function changes(reported: ReportedValue[], rows: Pick<Indicator, 'code' | 'figures'>[]): Change[] {
  const found: Change[] = [];
  for (const then of reported) {
    const figure = rows.find((row) => row.code === then.code)?.figures.find((one) => one.part === '');
    const now = { numerator: figure?.numerator ?? null, denominator: figure?.denominator ?? null };
    if (now.numerator !== (then.numerator ?? null) || now.denominator !== (then.denominator ?? null)) found.push({ code: then.code, then, now });
  }
  return found;
}

/** `18 / 21`, or a dash. */
export const ratio = (one: { numerator: number | null; denominator: number | null }): string =>
  one.numerator === null || one.denominator === null ? '—' : `${one.numerator} / ${one.denominator}`;

/** Why a figure has no value, as the end of a key; null where it has one. */
export function lackOf(figure: { value: number | null; missing: string | null } | undefined, unknown: boolean): string | null {
  if (figure && figure.value !== null) return null;
  return figure?.missing ?? (unknown ? 'definition' : 'nothing');
}
