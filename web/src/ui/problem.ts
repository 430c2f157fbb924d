// Any error as a sentence in the language of the interface.
import { Problem } from '../api/client';
import { t, words } from '../terms/index.svelte';

/** The sentence to show; `''` for a request that was given up on purpose. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) return words.language === 'zh' ? error.detailZh : error.detail;
  if (error instanceof DOMException && error.name === 'AbortError') return '';
  return error instanceof Error ? `${t('ui.error.unexpected')}${error.message}` : t('ui.error.unexpected');
}
