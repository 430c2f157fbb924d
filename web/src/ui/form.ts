// From what a person typed to what the server wants.

/** A number from a text with either decimal sign; null when empty, NaN when it is no number. */
export function number(text: string | number | null | undefined): number | null {
  const clean = String(text ?? '').trim().replace(',', '.').replace('，', '.');
  if (clean === '') return null;
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(clean) ? Number(clean) : NaN;
}

/** Whether a typed number can be meant: empty is fine, else positive and at most `most`. */
export function isPlausible(text: string, most: number, whole = false): boolean {
  const value = number(text);
  return value === null || (value > 0 && value <= most && (!whole || Number.isInteger(value)));
}

/** The values of `after` that differ from `before`. */
export function changes<T extends object>(before: T, after: T): Partial<T> {
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => JSON.stringify(before[key as keyof T] ?? null) !== JSON.stringify(value ?? null))) as Partial<T>;
}
