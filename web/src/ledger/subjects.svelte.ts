// Which case, and which of its things, an entry of the ledger is about. Entries name things by id only; what they do not say is asked for.
import { cases, studies, verifications, type LedgerRow } from '../api';
import { lots, records, staff } from '../api/register';
import { session } from '../app/session.svelte';

interface CaseName { number: string; name: string; patient: string }
interface Part { case: string; number?: number; title?: string; form?: string; about?: { kind: string; id: string } }

class Subjects {
  cases = $state.raw<Record<string, CaseName>>({});
  parts = $state.raw<Record<string, Part>>({});
  #asked = new Set<string>();

  /** Takes from the entries what they tell, and asks for the rest where the person may see cases. */
  async learn(rows: LedgerRow[]): Promise<void> {
    for (const { action, kind, subject, after } of rows) {
      const told = (after ?? {}) as Record<string, unknown>;
      const of = (key: string) => (typeof told[key] === 'string' ? (told[key] as string) : '');
      if (action === 'case.create') this.#case(subject, { number: of('number'), name: '', patient: of('patient') });
      else if (action.endsWith('.create') && of('case')) this.#part(subject, { case: of('case'), ...(kind === 'verification' && { number: Number(told['number']) }), ...(of('title') && { title: of('title') }) });
      else if (action === 'lot.create') this.#part(subject, { case: '', title: of('number') });
      else if (action === 'signature.create') this.#part(subject, { case: '', title: of('verification') });
    }
    if (!session.may('read_cases')) return;
    const once = (id: string) => !!id && !this.#asked.has(id) && !!this.#asked.add(id);
    const ask = async (ids: string[], one: (id: string) => Promise<void>) => {
      await Promise.all(ids.filter(once).map((id) => one(id).catch(() => undefined)));
    };
    const about = (kind: string) => [...new Set(rows.filter((row) => row.kind === kind && !this.parts[row.subject]?.case).map((row) => row.subject))];
    const signed = rows.filter((row) => row.kind === 'signature').map((row) => this.parts[row.subject]?.title ?? '');
    await ask([...about('verification'), ...signed.filter((id) => !this.parts[id])], async (id) => {
      const one = await verifications.read(id);
      this.#part(id, { case: one.case, number: one.number });
    });
    await ask(about('study'), async (id) => this.#part(id, { case: (await studies.read(id)).case }));
    await ask(about('record'), async (id) => {
      const one = await records.read(id);
      this.#part(id, { case: one.about.kind === 'case' ? one.about.id : '', form: one.form, about: one.about });
    });
    const ofRecords = rows.map((row) => this.aboutOf(row)).filter((about) => about?.kind === 'lot').map((about) => about?.id ?? '');
    await ask([...rows.filter((row) => row.kind === 'lot' || row.kind === 'movement').map((row) => this.lotOf(row)), ...ofRecords].filter((id) => !this.parts[id]), async (id) => {
      this.#part(id, { case: '', title: (await lots.read(id)).lot.number });
    });
    const people = rows.map((row) => this.aboutOf(row)).filter((about) => about?.kind === 'person').map((about) => about?.id ?? '');
    await ask([...new Set([...people, ...about('person')])].filter((id) => !this.parts[id]), async (id) => {
      this.#part(id, { case: '', title: (await staff.read(id)).name });
    });
    const ofCases = [...rows.filter((row) => row.kind === 'case').map((row) => row.subject), ...rows.map((row) => this.caseOf(row) ?? '')];
    await ask(ofCases, async (id) => {
      const { case: row } = await cases.read(id);
      this.#case(id, { number: row.number, name: row.patient.name, patient: row.patient.id });
    });
  }

  #case(id: string, name: CaseName) {
    if (!this.cases[id]?.name) this.cases = { ...this.cases, [id]: name };
  }
  #part(id: string, part: Part) {
    this.parts = { ...this.parts, [id]: part };
  }

  /** The verification that an entry is about, if it is about one. */
  verificationOf(row: LedgerRow): string | null {
    return row.kind === 'verification' ? row.subject : row.kind === 'signature' ? (this.parts[row.subject]?.title ?? null) : null;
  }

  /** What the record of an entry is about, where it is known. */
  aboutOf(row: LedgerRow): { kind: string; id: string } | null {
    const told = ((row.after ?? {}) as Record<string, unknown>)['about'] as { kind?: unknown; id?: unknown } | undefined;
    if (row.kind === 'record' && typeof told?.kind === 'string' && typeof told.id === 'string') return { kind: told.kind, id: told.id };
    return this.parts[row.subject]?.about ?? null;
  }

  /** The lot that an entry is about, if it is about one. */
  lotOf(row: LedgerRow): string {
    const told = (row.after ?? {}) as Record<string, unknown>;
    return row.kind === 'lot' ? row.subject : typeof told['lot'] === 'string' ? told['lot'] : '';
  }

  /** The id of the case that an entry belongs to, where it is known. */
  caseOf(row: LedgerRow): string | null {
    if (row.kind === 'case') return row.subject;
    if (row.kind === 'patient') return Object.entries(this.cases).find(([, one]) => one.patient === row.subject)?.[0] ?? null;
    return this.parts[this.verificationOf(row) ?? row.subject]?.case || null;
  }
}

export const subjects = new Subjects();
