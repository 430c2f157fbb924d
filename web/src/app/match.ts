// Which page an address means.

export interface Match {
  name: string;
  params: Record<string, string>;
}

/** Matches `/cases/:id` and the like; `null` when no pattern fits. */
export function match(path: string, patterns: Record<string, string>): Match | null {
  const parts = path.split('/').filter(Boolean);
  for (const [name, pattern] of Object.entries(patterns)) {
    const wanted = pattern.split('/').filter(Boolean);
    if (wanted.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((word, at) => {
      const given = parts[at] ?? '';
      if (!word.startsWith(':')) return word === given;
      try {
        params[word.slice(1)] = decodeURIComponent(given);
      } catch {
        return false;
      }
      return true;
    });
    if (fits) return { name, params };
  }
  return null;
}
