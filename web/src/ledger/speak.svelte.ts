// The words, names and links of ledger entries in the language of the interface.
import { people } from '../app/people.svelte';
import type { LedgerRow } from '../api';
import { colon, comma, t, words } from '../terms/index.svelte';
import { changes, verb, type Speaker } from './entry';
import { subjects } from './subjects.svelte';

export const speaker = (): Speaker => ({ t, comma: comma(), person: (id) => people.name(id) });
/** Between the parts of a sentence. */
export const stop = () => (words.language === 'zh' ? '；' : '; ');

/** What an entry is about: its name, and where it can be seen. */
export function object(row: LedgerRow): { text: string; href: string } | null {
  if (row.kind === 'account') return { text: people.name(row.subject), href: '' };
  const of = subjects.caseOf(row);
  const known = of ? subjects.cases[of] : null;
  const name = known ? `${known.number} ${known.name}`.trim() : `…${row.subject.slice(-8)}`;
  const verification = subjects.verificationOf(row);
  const number = verification ? subjects.parts[verification]?.number : undefined;
  const title = row.kind === 'document' ? subjects.parts[row.subject]?.title : '';
  return {
    text: [name, number ? t('ui.verification.nth', { n: number }) : '', title ? `“${title}”` : ''].filter(Boolean).join(' '),
    href: verification ? `/verifications/${verification}` : of ? `/cases/${of}` : '',
  };
}

/** The whole entry as plain text, for a spreadsheet. */
export function plain(row: LedgerRow): string {
  const said = changes(row, speaker()).map((one) => `${one.label} ${row.action.endsWith('.replace') ? `${one.before || '—'} → ` : ''}${one.after || '—'}`);
  return `${verb(row, { t })} ${object(row)?.text ?? ''}${said.length > 0 ? colon() : ''}${said.join(stop())}`;
}
