// The words of the interface in one language, from the same table as the interface has them.
import { readFileSync } from 'node:fs';
import { parseTerms, tablePath } from '../build/terms.mjs';

const terms = parseTerms(readFileSync(tablePath, 'utf8'));

/** `w('ui.seed_n', { n: 3 })` in the given language; an unknown key is an error of the test. */
export function wordsOf(/** @type {'zh' | 'en'} */ language) {
  return (/** @type {string} */ key, /** @type {Record<string, string | number>} */ values = {}) => {
    const row = terms.get(key);
    if (!row) throw new Error(`docs/terms.md has no ${key}`);
    return row[language].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}

const escaped = (/** @type {string} */ text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A pattern that `text` fits where each `{name}` stands for something; the parts in order are its groups. */
export const pattern = (/** @type {string} */ text) => new RegExp(escaped(text).replace(/\\\{\w+\\\}/g, '(.+?)'));

/** The whole text, white space around it aside. */
export const whole = (/** @type {string} */ text, after = '') => new RegExp(`^\\s*${escaped(text)}\\s*${after}\\s*$`);
