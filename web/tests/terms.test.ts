import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundledTerms, parseTerms, tablePath, usedKeys } from '../build/terms.mjs';

it('reads the table, and refuses a row that is none', () => {
  expect(parseTerms('| `a.b` | 甲 | one |\n').get('a.b')).toEqual({ zh: '甲', en: 'one' });
  expect(() => parseTerms('| `a.b` | 甲 |\n')).toThrow('not a row');
  expect(() => parseTerms('| `a.b` | 甲 | one |\n| `a.b` | 乙 | two |\n')).toThrow('twice');
});

it('finds the keys that sources use', () => {
  const used = usedKeys("t('ui.a.b') t(`ui.stage.${x}`) getContext('a.b') { key: 'ui.c.d', label: 'dvh.title' }");
  expect([...used.exact]).toEqual(['ui.a.b', 'ui.c.d']);
  expect([...used.beginnings]).toEqual(['ui.stage.']);
  expect(used.perhaps.has('dvh.title')).toBe(true);
});

it('every word that the sources ask for is in the table', () => {
  expect(bundledTerms().wrong).toEqual([]);
});

it('every word of the interface is used', () => {
  const { terms } = bundledTerms();
  const unused = [...parseTerms(readFileSync(tablePath, 'utf8')).keys()].filter((key) => key.startsWith('ui.') && !(key in terms.zh));
  expect(unused).toEqual([]);
});

it('Chinese texts end and punctuate in Chinese', () => {
  const wrong = [...parseTerms(readFileSync(tablePath, 'utf8'))].filter(([key, { zh }]) => key.startsWith('ui.') && /[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]/.test(zh));
  expect(wrong.map(([key]) => key)).toEqual([]);
});
