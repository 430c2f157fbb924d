// Who is who: accounts by id, fetched once and again when somebody is unknown.
import { accounts, type Account, type Role } from '../api';

class People {
  all = $state.raw<Account[]>([]);
  #fetched: Promise<void> | null = null;

  load(again = false): Promise<void> {
    if (!this.#fetched || again) {
      this.#fetched = accounts.list().then(
        (list) => void (this.all = list.rows),
        () => void (this.#fetched = null),
      );
    }
    return this.#fetched;
  }

  name(id: string | null | undefined): string {
    return id ? (this.all.find((one) => one.id === id)?.name ?? '…') : '';
  }

  with(role: Role): Account[] {
    return this.all.filter((one) => one.active && one.roles.includes(role));
  }
}

export const people = new People();
