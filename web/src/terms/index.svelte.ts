// The words of the interface. `t` is reactive: a change of language redraws what used it.
import terms from 'virtual:terms';
import type { TermKey } from './keys';

export type Language = 'zh' | 'en';
export type { TermKey };

const STORED = 'dosewright.language';

class Words {
  language = $state<Language>(read());

  choose(language: Language) {
    this.language = language;
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    try {
      localStorage.setItem(STORED, language);
    } catch {
      // storage forbidden: the choice lasts as long as the page
    }
  }
}

function read(): Language {
  try {
    return localStorage.getItem(STORED) === 'en' ? 'en' : 'zh';
  } catch {
    return 'zh';
  }
}

export const words = new Words();

/** The word for `key` in the language of the interface, each `{name}` filled. */
export function t(key: TermKey, values?: Record<string, string | number>): string {
  const text = terms[words.language][key] ?? `⟨${key}⟩`;
  return values ? fill(text, values) : text;
}

/** A text with each `{name}` replaced; a name without a value stays, so that it is seen. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** The text that the server sent in both languages. */
export function say(both: { zh: string; en: string }): string {
  return words.language === 'zh' ? both.zh : both.en;
}

/** Between a label and what it says. */
export const colon = () => (words.language === 'zh' ? '：' : ': ');
/** Between the members of a list. */
export const comma = () => (words.language === 'zh' ? '、' : ', ');
