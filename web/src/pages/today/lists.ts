// Where the things to do lead, and which group is of which sort. Pure.
import type { TodoGroup, TodoRow, Urgency } from '../../api/norms';

export const URGENCIES: readonly Urgency[] = ['now', 'due', 'soon'];

const STAGES = ['planned', 'implanted', 'imaged', 'verified', 'signed'];

/** The page that shows a whole group; empty where there is none. */
export function listHref(group: Pick<TodoGroup, 'kind' | 'list'>): string {
  if (group.kind === 'no_hospital') return '/hospitals';
  if (group.kind === 'not_uploaded') return '/exchange?part=province';
  // the norms' page names every paper that lapses
  if (group.kind === 'lapsed' || group.kind === 'lapsing') return '/norms';
  if (!group.list) return '';
  const asked = new URLSearchParams(group.list);
  if (group.kind.startsWith('seeds_')) return `/lots?${group.list}`;
  if (asked.get('overdue') === 'true') return '/cases?view=overdue';
  const stage = asked.get('stage');
  if (stage !== null) return STAGES.includes(stage) ? `/cases?view=${stage}` : '/cases';
  asked.set('of', group.kind);
  return `/counted?${asked}`;
}

/** The page of one thing to do; an incident has one of its own. */
export function rowHref(row: Pick<TodoRow, 'kind' | 'id'>, group = ''): string {
  if (group === 'incidents') return `/incidents/${row.id}`;
  if (row.kind === 'case') return `/cases/${row.id}`;
  return row.kind === 'lot' ? `/lots/${row.id}` : `/records/${row.id}`;
}

/** Groups by urgency, in its order; urgencies without any are left out. */
export function byUrgency(groups: TodoGroup[]): { urgency: Urgency; groups: TodoGroup[] }[] {
  return URGENCIES.map((urgency) => ({ urgency, groups: groups.filter((one) => one.urgency === urgency) })).filter((one) => one.groups.length > 0);
}

/** `medical_exam Su Wan` → the form and the rest. */
export function firstWord(text: string): [string, string] {
  const at = text.indexOf(' ');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
