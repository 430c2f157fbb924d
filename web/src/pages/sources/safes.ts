// Names of safes that were used here, so that one safe is not written in two ways. A name of a safe is no secret.
const STORED = 'dosewright.safes';

export function remembered(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

/** The safe used last comes first. */
export function remember(safe: string) {
  try {
    localStorage.setItem(STORED, JSON.stringify([safe, ...remembered().filter((one) => one !== safe)].slice(0, 20)));
  } catch {
    // storage forbidden: the names in the stock remain
  }
}
