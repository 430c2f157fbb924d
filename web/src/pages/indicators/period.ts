// Periods by name, parts of a period, and the cases behind one part. Pure: today is a parameter.
import type { Group } from '../../api/norms';

export const PERIODS = ['year', 'last_year', 'quarter', 'last_quarter', 'free'] as const;
export type Named = (typeof PERIODS)[number];
export interface Days { from: string; to: string }

const two = (n: number) => String(n).padStart(2, '0');
/** The last day of a month, 1 to 12. */
export const lastDay = (year: number, month: number): string => `${year}-${two(month)}-${two(new Date(Date.UTC(year, month, 0)).getUTCDate())}`;

function quarter(year: number, q: number): Days {
  return { from: `${year}-${two(3 * q - 2)}-01`, to: lastDay(year, 3 * q) };
}
const earlier = (a: string, b: string) => (a < b ? a : b);
const later = (a: string, b: string) => (a > b ? a : b);

/** First and last day of a named period; one that is running ends today. */
export function daysOf(name: Exclude<Named, 'free'>, today: string): Days {
  const year = Number(today.slice(0, 4));
  const q = Math.ceil(Number(today.slice(5, 7)) / 3);
  switch (name) {
    case 'year':
      return { from: `${year}-01-01`, to: today };
    case 'last_year':
      return { from: `${year - 1}-01-01`, to: `${year - 1}-12-31` };
    case 'quarter':
      return { from: quarter(year, q).from, to: today };
    case 'last_quarter':
      return q === 1 ? quarter(year - 1, 4) : quarter(year, q - 1);
  }
}

/** The days of a part that is a span of time (`2026`, `2026-03`, `2026-Q1`); null of any other. */
export function spanOf(part: string): Days | null {
  const year = Number(part.slice(0, 4));
  if (/^\d{4}$/.test(part)) return { from: `${part}-01-01`, to: `${part}-12-31` };
  const month = /^\d{4}-(\d{2})$/.exec(part)?.[1];
  if (month) return { from: `${part}-01`, to: lastDay(year, Number(month)) };
  const q = /^\d{4}-?Q([1-4])$/i.exec(part)?.[1];
  return q ? quarter(year, Number(q)) : null;
}

/** The query of the cases of one part, from that of the whole; null where no query can name the part. */
export function casesOf(query: string, group: Group, part: string): string | null {
  if (group === 'whole') return query;
  const asked = new URLSearchParams(query);
  if (group === 'operator' || group === 'hospital') {
    if (!part) return null;
    asked.set(group, part);
  } else {
    const days = spanOf(part);
    if (!days) return null;
    asked.set('from', later(days.from, asked.get('from') ?? days.from));
    asked.set('to', earlier(days.to, asked.get('to') ?? days.to));
  }
  return decodeURIComponent(asked.toString());
}

/** A proportion as percent: 85.7 %. */
export const percent = (value: number | null | undefined): string => (value === null || value === undefined ? '—' : `${(100 * value).toFixed(1)} %`);
