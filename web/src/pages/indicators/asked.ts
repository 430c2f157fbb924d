// What a list of counted cases asks, read from its query. Pure.

export interface Asked {
  by: 'discharged' | 'treated';
  from: string;
  to: string;
  hospitals: string[];
  operator: string;
  all: string[];
  any: string[];
  none: string[];
  treatedUntil: string;
  overdueOn: string;
  dueFrom: string;
  lived: string;
  fateKnown: string;
}

/** Fields that only the page reads; the server does not know them. */
const OURS = ['of', 'title', 'page'];

export function readAsked(query: URLSearchParams): Asked {
  const text = (name: string) => query.get(name) ?? '';
  const list = (name: string) => text(name).split(',').filter(Boolean);
  return {
    by: text('by') === 'treated' ? 'treated' : 'discharged',
    from: text('from'),
    to: text('to'),
    hospitals: list('hospital'),
    operator: text('operator'),
    all: list('all'),
    any: list('any'),
    none: list('none'),
    treatedUntil: text('treated_until'),
    overdueOn: text('overdue_on'),
    dueFrom: text('due_from'),
    lived: text('lived_months'),
    fateKnown: text('fate_known_months'),
  };
}

/** The query for the server. */
export function forServer(query: URLSearchParams): string {
  const asked = new URLSearchParams(query);
  for (const name of OURS) asked.delete(name);
  return asked.toString();
}
