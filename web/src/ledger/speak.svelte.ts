// The words, names and links of ledger entries in the language of the interface.
import { people } from '../app/people.svelte';
import { places } from '../app/places.svelte';
import type { LedgerRow } from '../api';
import { colon, comma, t, words } from '../terms/index.svelte';
import { changes, verb, type Speaker } from './entry';
import { subjects } from './subjects.svelte';

/** What the form of a record is called, where it is known. */
function form(row: Pick<LedgerRow, 'subject' | 'after'>): string {
  const told = (row.after as Record<string, unknown> | null)?.['form'];
  const name = typeof told === 'string' ? told : (subjects.parts[row.subject]?.form ?? '');
  return name ? places.form(name) : t('ui.record.one');
}
export const speaker = (): Speaker => ({ t, comma: comma(), person: (id) => people.name(id), form });
/** Between the parts of a sentence. */
export const stop = () => (words.language === 'zh' ? '；' : '; ');

/** What an entry is about: its name, and where it can be seen. */
export function object(row: LedgerRow): { text: string; href: string } | null {
  if (row.kind === 'lot' || row.kind === 'movement') {
    const lot = subjects.lotOf(row);
    return { text: subjects.parts[lot]?.title || `…${lot.slice(-8)}`, href: `/lots/${lot}` };
  }
  if (row.kind === 'hospital') return { text: places.hospital(row.subject), href: `/hospitals/${row.subject}` };
  if (row.kind === 'person') return { text: subjects.parts[row.subject]?.title ?? '…', href: `/people/${row.subject}` };
  const about = subjects.aboutOf(row);
  if (about && about.kind !== 'case') {
    const text = about.kind === 'hospital' ? places.hospital(about.id) : (subjects.parts[about.id]?.title ?? '…');
    return { text, href: `/records/${row.subject}` };
  }
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
  return `${verb(row, speaker())} ${object(row)?.text ?? ''}${said.length > 0 ? colon() : ''}${said.join(stop())}`;
}
