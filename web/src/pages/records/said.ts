// What the server says of a form that it did not take.
import { Problem } from '../../api/client';
import { words } from '../../terms/index.svelte';

/** A line of a refusal: the clause it comes from, empty where it is a rule of ours, and what to do. */
export interface Line { clause: string; text: string }

const CLAUSE = /^([A-Za-z][\w-]*-\d{4}[^：]*|source-[\w-]+[^：]*)：/;

/** A refusal by clauses, one a line. */
export function lines(text: string): Line[] {
  return text.split('\n').filter((line) => line.trim() !== '').map((line) => {
    const clause = line.match(CLAUSE);
    return clause ? { clause: clause[1]!.trim(), text: line.slice(clause[0].length).trim() } : { clause: '', text: line.trim() };
  });
}

/** One clause after the other, each once with everything that is said of it. */
export function byClause(all: Line[]): { clause: string; texts: string[] }[] {
  const found = new Map<string, string[]>();
  for (const line of all) found.set(line.clause, [...(found.get(line.clause) ?? []), line.text]);
  return [...found].map(([clause, texts]) => ({ clause, texts }));
}

/** `中文 · English` in the language of the interface. */
export function inLanguage(said: string, language = words.language): string {
  const at = said.indexOf(' · ');
  if (at < 0) return said;
  return language === 'zh' ? said.slice(0, at) : said.slice(at + 3);
}

/** What is wrong with each field; `told[0]` and `told/0` are of the field `told`. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries(Object.entries(error.fields).map(([name, said]) => [name.replace(/[[/].*$/, ''), inLanguage(said)]));
}
