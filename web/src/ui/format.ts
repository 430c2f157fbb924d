// Days, times, numbers and sizes as text. Pure: what they need of the outer world is a parameter.

/** `2026-01-31 14:05` in the zone of the reader. */
export function moment(rfc3339: string | null | undefined): string {
  if (!rfc3339) return '';
  const date = new Date(rfc3339);
  if (Number.isNaN(date.getTime())) return rfc3339;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Today as `YYYY-MM-DD` where the reader is. */
export function today(now = new Date()): string {
  return moment(now.toISOString()).slice(0, 10);
}

/** Whole days from one `YYYY-MM-DD` to another; negative when `to` is earlier, null when either is no day. */
export function daysBetween(from: string | null | undefined, to: string | null | undefined): number | null {
  if (!from || !to) return null;
  const days = (Date.parse(`${to.slice(0, 10)}T00:00:00Z`) - Date.parse(`${from.slice(0, 10)}T00:00:00Z`)) / 86_400_000;
  return Number.isFinite(days) ? Math.round(days) : null;
}

/** Completed years of age on a day. */
export function age(birth: string | null | undefined, on: string): number | null {
  if (!birth || !/^\d{4}-\d{2}-\d{2}/.test(birth)) return null;
  const years = Number(on.slice(0, 4)) - Number(birth.slice(0, 4)) - (on.slice(5, 10) < birth.slice(5, 10) ? 1 : 0);
  return years >= 0 ? years : null;
}

/** A number with so many digits after the point; a dash where there is none. */
export function fixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '—' : value.toFixed(digits).replace('-', '−');
}

/** A dose-volume figure with sensible digits for its unit: 0.1 Gy, 0.1 %, 0.01 cm³. */
export function indexValue(value: number | null | undefined, unit: string): string {
  return fixed(value, /cm|cc|ml/i.test(unit) ? 2 : 1);
}

/** Bytes for people, in powers of 1000. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  while (count >= 1000 && at < units.length - 1) {
    count /= 1000;
    at++;
  }
  return `${at === 0 || count >= 100 ? Math.round(count) : count.toFixed(1)} ${units[at]}`;
}

/** Rows as text that a spreadsheet takes: tabs between cells, no cell that it would read as a formula. */
export function tsv(rows: (string | number | null | undefined)[][]): string {
  const cell = (value: string | number | null | undefined) => {
    const text = String(value ?? '').replace(/[\t\r\n]+/g, ' ');
    return typeof value !== 'number' && /^[=+@]|^-\D/.test(text) ? `'${text}` : text;
  };
  return rows.map((row) => row.map(cell).join('\t')).join('\n');
}

/** A long digest for the eye: its beginning. */
export function short(digest: string | null | undefined, length = 12): string {
  return digest ? digest.slice(0, length) : '';
}
