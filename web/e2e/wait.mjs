// Waiting for states, never for a time to pass.

/** Asks again until `check` gives something true, and gives that back; else an error that names what was waited for. */
export async function until(/** @type {string} */ what, /** @type {() => any} */ check, ms = 60_000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const seen = await check();
      if (seen) return seen;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${ms / 1000} s in vain: ${what}${last ? ` (${last})` : ''}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export function must(/** @type {any} */ holds, /** @type {string} */ what) {
  if (!holds) throw new Error(what);
}

/** Of long work: imports, searches, dose runs. */
export const LONG = 240_000;
