// What the identifiers in a form's fields are called: members of staff, assets, lots. Fetched when a form first needs them.
import { session } from '../../app/session.svelte';
import { lots as lotsApi, records, staff as staffApi, type FormRecord, type Lot, type Staff } from '../../api/register';

type Kind = 'person' | 'asset' | 'lot';

async function allLots(): Promise<Lot[]> {
  const rows: Lot[] = [];
  for (;;) {
    const page = await lotsApi.list({ offset: rows.length, limit: 200 });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) return rows;
  }
}

class Names {
  staff = $state.raw<Staff[]>([]);
  assets = $state.raw<FormRecord[]>([]);
  lots = $state.raw<Lot[]>([]);
  #of: string | undefined;
  #fetched = new Map<Kind, Promise<void>>();

  load(kind: Kind, again = false): Promise<void> {
    const who = session.account?.id;
    if (this.#of !== who) {
      this.#of = who;
      this.#fetched.clear();
      [this.staff, this.assets, this.lots] = [[], [], []];
    }
    const there = this.#fetched.get(kind);
    if (there && !again) return there;
    const fetched = this.#fetch(kind).catch(() => void this.#fetched.delete(kind));
    this.#fetched.set(kind, fetched);
    return fetched;
  }

  async #fetch(kind: Kind): Promise<void> {
    if (kind === 'person' && session.may('read_register')) this.staff = (await staffApi.list()).rows;
    if (kind === 'asset' && session.may('read_register')) this.assets = await records.all({ form: 'asset' });
    if (kind === 'lot' && session.may('read_sources')) this.lots = await allLots();
  }

  person(id: string): string {
    return this.staff.find((one) => one.id === id)?.name ?? '…';
  }

  asset(id: string): string {
    const found = this.assets.find((one) => one.id === id);
    return found ? assetName(found) : '…';
  }

  lot(id: string): string {
    return this.lots.find((one) => one.id === id)?.number ?? '…';
  }
}

export const assetName = (asset: FormRecord) => [asset.values['name'], asset.values['model']].filter(Boolean).join(' ');
export const names = new Names();
