import { describe, expect, it } from 'vitest';
import type { TodoGroup } from '../../api/norms';
import { byUrgency, firstWord, listHref, rowHref } from './lists';

describe('things to do', () => {
  it('lead to the list that shows them all', () => {
    expect(listHref({ kind: 'cases_overdue', list: 'overdue=true' })).toBe('/cases?view=overdue');
    expect(listHref({ kind: 'to_sign', list: 'stage=verified' })).toBe('/cases?view=verified');
    expect(listHref({ kind: 'to_sign', list: 'stage=invented' })).toBe('/cases');
    expect(listHref({ kind: 'seeds_lost', list: 'place=lost' })).toBe('/lots?place=lost');
    expect(listHref({ kind: 'visits_overdue', list: 'overdue_on=2026-11-25' })).toBe('/counted?overdue_on=2026-11-25&of=visits_overdue');
    expect(listHref({ kind: 'not_uploaded', list: 'by=treated&all=treated&none=uploaded' })).toBe('/exchange?part=province');
    expect(listHref({ kind: 'lapsed', list: '' })).toBe('/norms');
    expect(listHref({ kind: 'incidents', list: '' })).toBe('');
    expect(listHref({ kind: 'no_hospital', list: '' })).toBe('/hospitals');
  });

  it('lead to what they are about', () => {
    expect(rowHref({ kind: 'case', id: 'a' })).toBe('/cases/a');
    expect(rowHref({ kind: 'lot', id: 'a' })).toBe('/lots/a');
    expect(rowHref({ kind: 'record', id: 'a' })).toBe('/records/a');
    expect(rowHref({ kind: 'record', id: 'a' }, 'incidents')).toBe('/incidents/a');
  });

  it('stand in the order of their urgency', () => {
    const group = (kind: string, urgency: TodoGroup['urgency']): TodoGroup => ({ kind, urgency, count: 1, list: '', rows: [] });
    const sorted = byUrgency([group('a', 'soon'), group('b', 'now'), group('c', 'soon')]);
    expect(sorted.map((one) => [one.urgency, one.groups.map((each) => each.kind)])).toEqual([['now', ['b']], ['soon', ['a', 'c']]]);
  });

  it('name their form first', () => {
    expect(firstWord('medical_exam 苏婉')).toEqual(['medical_exam', '苏婉']);
    expect(firstWord('licence')).toEqual(['licence', '']);
  });
});
