// Until when records hold, and what lapses next.
import type { FormRecord } from '../../api/register';
import { daysBetween } from '../../ui/format';

/** Days before its end from which on a record is said to lapse soon. */
export const SOON = 60;
export type Lapse = 'lapsed' | 'soon' | 'holds';

export function lapseOf(until: string | null, today: string): Lapse | null {
  const days = daysBetween(today, until);
  if (days === null) return null;
  return days < 0 ? 'lapsed' : days <= SOON ? 'soon' : 'holds';
}

/** What a record is of: a later record of the same kind takes the place of an earlier one. */
const kindOf = (record: FormRecord) => [record.form, record.values['kind'], record.values['technique'], record.values['name']].map((part) => String(part ?? '')).join(' ');

/** Of each kind the record that holds longest, the first to lapse first. */
export function lapsing(records: FormRecord[]): FormRecord[] {
  const longest = new Map<string, FormRecord>();
  for (const record of records) {
    if (record.withdrawn || !record.until) continue;
    const there = longest.get(kindOf(record));
    if (!there || (there.until ?? '') < record.until) longest.set(kindOf(record), record);
  }
  return [...longest.values()].sort((a, b) => (a.until ?? '').localeCompare(b.until ?? ''));
}
