// The worklist's question to the server, from the address of the page.
import type { CaseQuery } from '../../api';

export const PAGE = 50;
export const ORDERS = ['due', 'newest', 'number'] as const;
export type Order = (typeof ORDERS)[number];
/** Stages in which something is still to be done. */
export const OPEN = 'planned,implanted,imaged,verified';

export type View = 'open' | 'overdue' | 'planned' | 'implanted' | 'imaged' | 'verified' | 'signed' | 'all';
export const VIEWS: readonly View[] = ['open', 'overdue', 'planned', 'implanted', 'imaged', 'verified', 'signed', 'all'];

export interface Ask {
  view: View;
  /** withdrawn cases too */
  withdrawn: boolean;
  search: string;
  order: Order;
  page: number;
}

export function read(query: URLSearchParams): Ask {
  const view = query.get('view') as View | null;
  const order = query.get('order') as Order | null;
  const page = Number(query.get('page'));
  return {
    view: view && VIEWS.includes(view) ? view : 'open',
    withdrawn: query.get('withdrawn') === '1',
    search: query.get('search') ?? '',
    order: order && ORDERS.includes(order) ? order : 'due',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** A search looks through all cases: who types a name wants the patient, whatever the stage. */
export function question(ask: Ask): CaseQuery {
  const asked: CaseQuery = { order: ask.order, offset: (ask.page - 1) * PAGE, limit: PAGE };
  if (ask.withdrawn) asked.withdrawn = true;
  if (ask.search) asked.search = ask.search;
  if (ask.view === 'overdue') asked.overdue = true;
  else if (ask.view === 'open') {
    if (!ask.search) asked.stage = OPEN;
  } else if (ask.view !== 'all') asked.stage = ask.view;
  return asked;
}
