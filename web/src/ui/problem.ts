// Any error as a sentence in the language of the interface.
import { Problem } from '../api/client';
import { t, words } from '../terms/index.svelte';

/** The sentence to show; `''` for a request that was given up on purpose. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) return words.language === 'zh' ? error.detailZh : capital(error.detail);
  if (error instanceof DOMException && error.name === 'AbortError') return '';
  return error instanceof Error ? `${t('ui.error.unexpected')}${error.message}` : t('ui.error.unexpected');
}

/** What is wrong with each field of a form. The server says it in both languages; ours is shown. */
export function fieldsOf(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  const both = `${error.detailZh} · ${error.detail}`;
  return Object.fromEntries(Object.entries(error.fields).map(([name, said]) => [name, said === both ? sentence(error) : said]));
}

/** With a capital at its beginning. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
