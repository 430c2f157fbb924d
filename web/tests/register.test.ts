import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Problem } from '../src/api/client';
import type { Form, FormField, FormRecord, Held, Movement } from '../src/api/register';
import { drafts } from '../src/pages/records/drafts';
import { lapseOf, lapsing } from '../src/pages/records/lapse';
import { toLocal, toMoment, type Zone } from '../src/pages/records/moment';
import { offered, rebase, split, toDraft, toValues, wrongFields } from '../src/pages/records/model';
import { byClause, fieldErrors, inLanguage, lines } from '../src/pages/records/said';
import { showValue, summary } from '../src/pages/records/show';
import { LAWFUL, needsCase, stepsFrom } from '../src/pages/sources/lawful';
import { toMovement, wrongMove, type MoveForm } from '../src/pages/sources/move';
import { byKind, sharesOf } from '../src/pages/sources/places';
import { parseSeeds, without, writeSeeds } from '../src/pages/sources/seedset';
import { countdown } from '../src/pages/sources/timer';

const beijing: Zone = () => 480;
/** summer time begins 2026-03-29 01:00 UTC and ends 2026-10-25 01:00 UTC */
const berlin: Zone = (at) => (at >= Date.UTC(2026, 2, 29, 1) && at < Date.UTC(2026, 9, 25, 1) ? 120 : 60);
const field = (over: Partial<FormField>): FormField => ({
  name: 'x', label: { zh: '项', en: 'item' }, kind: 'text', long: false, list: false, required: false, unit: '', least: null, most: null, longest: null, group: null,
  hint: null, codes: [], parts: [], techniques: [], retired: false, ...over,
});
const form = (fields: FormField[], over: Partial<Form> = {}): Form => ({
  name: 'f', edition: 1, label: { zh: '表', en: 'form' }, source: '', about: ['case'], techniques: [], repeats: true, writes: [], groups: [], fields, day: null, until: null, ...over,
});
const parts = [{ name: 'nuclide', label: { zh: '核素', en: 'nuclide' }, unit: '', kind: 'text' as const }, { name: 'activity', label: { zh: '活度', en: 'activity' }, unit: 'GBq', kind: 'number' as const }];
const told = [{ name: 'who', label: { zh: '对象', en: 'who' }, unit: '', kind: 'text' as const }, { name: 'at', label: { zh: '时间', en: 'when' }, unit: '', kind: 'date_time' as const }];

describe('moments', () => {
  it('take the distance from UTC of their own day', () => {
    expect(toMoment('2026-03-01T09:30', beijing)).toBe('2026-03-01T09:30:00+08:00');
    expect(toMoment('2026-03-28T12:00', berlin)).toBe('2026-03-28T12:00:00+01:00');
    expect(toMoment('2026-03-29T12:00', berlin)).toBe('2026-03-29T12:00:00+02:00');
    expect(toMoment('2026-03-29T03:00', berlin)).toBe('2026-03-29T03:00:00+02:00');
    expect(toMoment('2026-03-01T09:30', () => -210)).toBe('2026-03-01T09:30:00-03:30');
    expect(toMoment('', beijing)).toBe('');
    expect(toMoment('2026-03', beijing)).toBe('');
  });
  it('come back on the clock of the reader', () => {
    expect(toLocal('2026-03-01T09:30:00+08:00', beijing)).toBe('2026-03-01T09:30');
    expect(toLocal('2026-03-01T01:30:00Z', beijing)).toBe('2026-03-01T09:30');
    expect(toLocal('2026-02-28T23:00:00+00:00', beijing)).toBe('2026-03-01T07:00');
    expect(toLocal('soon', beijing)).toBe('');
  });
  it('there and back for every hour of a year with summer time', () => {
    for (let hour = 0; hour < 8760; hour++) {
      const instant = Date.UTC(2026, 0, 1, hour);
      // the hour that summer time repeats can mean two instants
      if (instant === Date.UTC(2026, 9, 25, 0) || instant === Date.UTC(2026, 9, 25, 1)) continue;
      const local = toLocal(new Date(instant).toISOString(), berlin);
      expect(Date.parse(toMoment(local, berlin)), local).toBe(instant);
    }
  });
});

describe('a form', () => {
  const fields = [
    field({ name: 'words', required: true }), field({ name: 'at', kind: 'date_time' }), field({ name: 'n', kind: 'whole', least: 1, most: 5 }), field({ name: 'gy', kind: 'number', unit: 'Gy' }),
    field({ name: 'ok', kind: 'yes_no' }), field({ name: 'kinds', kind: 'choice', list: true, codes: [{ code: 'a', label: { zh: '甲', en: 'A' } }, { code: 'b', label: { zh: '乙', en: 'B' } }] }),
    field({ name: 'members', list: true }), field({ name: 'nuclides', kind: 'parts', list: true, parts }), field({ name: 'told', kind: 'parts', list: true, parts: told }),
  ];
  const values = { words: '好', at: '2026-03-01T09:30:25+08:00', n: 3, gy: 0.62, ok: false, kinds: ['b', 'a'], members: ['张', '李'], nuclides: ['I-125:370'], told: ['police:2026-03-01T10:05:00+08:00'] };

  it('unchanged values come back as they were, to the second and in order', () => {
    expect(toValues(fields, toDraft(fields, values, beijing), values, beijing)).toEqual(values);
    // read in another zone, written not at all
    expect(toValues(fields, toDraft(fields, values, berlin), values, berlin)).toEqual(values);
  });
  it('every kind goes from texts to values', () => {
    const draft = { ...toDraft(fields, {}, beijing), words: ' 好 ', at: '2026-03-01T09:30', n: '3', gy: '0，62', ok: 'no', kinds: ['b'], members: ['张', '', ' 李 '], nuclides: [['I-125', '370'], ['', '']], told: [['police', '2026-03-01T10:05']] };
    expect(toValues(fields, draft, {}, beijing)).toEqual({ words: '好', at: '2026-03-01T09:30:00+08:00', n: 3, gy: 0.62, ok: false, kinds: ['b'], members: ['张', '李'], nuclides: ['I-125:370'], told: ['police:2026-03-01T10:05:00+08:00'] });
  });
  it('what is emptied leaves, what has no field here stays', () => {
    const before = { ...values, hidden: 'kept' };
    const draft = { ...toDraft(fields, before, beijing), n: '', members: [''], ok: '', kinds: [] };
    const after = toValues(fields, draft, before, beijing);
    expect(Object.keys(after).sort()).toEqual(['at', 'gy', 'hidden', 'nuclides', 'told', 'words']);
  });
  it('an empty list has a row to write into, and is no value', () => {
    const draft = toDraft(fields, {}, beijing);
    expect(draft['members']).toEqual(['']);
    expect(draft['nuclides']).toEqual([['', '']]);
    expect(draft['kinds']).toEqual([]);
    expect(toValues(fields, draft, {}, beijing)).toEqual({});
  });
  it('names what cannot be as typed', () => {
    const of = (over: object) => Object.fromEntries(Object.entries(wrongFields(fields, { ...toDraft(fields, values, beijing), ...over })).map(([name, one]) => [name, one.key]));
    expect(of({})).toEqual({});
    expect(of({ words: '  ' })).toEqual({ words: 'ui.field.required' });
    expect(of({ n: '2.5', gy: 'viel' })).toEqual({ n: 'ui.record.wrong_whole', gy: 'ui.record.wrong_number' });
    expect(of({ n: '0' })).toEqual({ n: 'ui.record.wrong_least' });
    expect(of({ n: '6' })).toEqual({ n: 'ui.record.wrong_most' });
    expect(of({ nuclides: [['I-125', '']] })).toEqual({ nuclides: 'ui.record.wrong_part' });
    expect(of({ nuclides: [['I-125', 'x']] })).toEqual({ nuclides: 'ui.record.wrong_number' });
  });
  it('the last part may hold colons', () => {
    expect(split('police:2026-03-01T10:05:00+08:00', 2)).toEqual(['police', '2026-03-01T10:05:00+08:00']);
    expect(split('alone', 2)).toEqual(['alone', '']);
  });
  it('shows the fields of the technique, and a retired one only where it is filled in', () => {
    const all = form([field({ name: 'a' }), field({ name: 'b', techniques: ['ablation'] }), field({ name: 'c', retired: true })]);
    expect(offered(all, 'seed_implant').map((one) => one.name)).toEqual(['a']);
    expect(offered(all, 'ablation', { c: 'old' }).map((one) => one.name)).toEqual(['a', 'b', 'c']);
    expect(offered(all, '', {}).map((one) => one.name)).toEqual(['a', 'b']);
  });
  it('keeps what was typed on top of what somebody else saved', () => {
    expect(rebase({ a: 'mine', b: '1' }, { a: '', b: '1' }, { a: 'theirs', b: '2' })).toEqual({ a: 'mine', b: '2' });
  });
  it('a draft is a copy, and is gone when dropped', () => {
    const draft = { a: ['x'] };
    drafts.keep('k', draft);
    draft.a.push('y');
    expect(drafts.take('k')).toEqual({ a: ['x'] });
    drafts.drop('k');
    expect(drafts.take('k')).toBeNull();
  });
});

describe('values in words', () => {
  const names = { person: (id: string) => `P${id}`, asset: (id: string) => `A${id}`, lot: (id: string) => `L${id}` };
  it('of every kind, in the language of the page', () => {
    expect(showValue(field({ kind: 'person', list: true }), ['1', '2'], names)).toBe('P1、P2');
    expect(showValue(field({ kind: 'yes_no' }), false, names)).toBe('否');
    expect(showValue(field({ kind: 'number', unit: 'Gy' }), 145, names)).toBe('145 Gy');
    expect(showValue(field({ kind: 'parts', list: true, parts }), ['I-125:370'], names)).toBe('I-125 · 370 GBq');
    expect(showValue(field({ kind: 'choice', codes: [{ code: 'a', label: { zh: '甲', en: 'A' } }] }), 'a', names)).toBe('甲');
    expect(showValue(field({ kind: 'choice' }), 'gone', names)).toBe('gone');
    expect(showValue(field({}), '', names)).toBe('');
  });
  it('a line tells numbers with their label and leaves long texts out', () => {
    const all = form([field({ name: 'd', kind: 'date' }), field({ name: 'long', long: true }), field({ name: 'ok', kind: 'yes_no', label: { zh: '成功', en: 'success' } }), field({ name: 'n', kind: 'whole', label: { zh: '粒数', en: 'seeds' } })], { day: 'd' });
    const record = { values: { d: '2026-01-01', long: 'x', ok: true, n: 54 } } as unknown as FormRecord;
    expect(summary(all, record, names)).toBe('粒数 54 · 成功');
  });
});

describe('what the server says', () => {
  it('a refusal by clauses', () => {
    expect(lines('G07-2022 四(一)1：术者没有有效的执业证。请登记\nnur so')).toEqual([{ clause: 'G07-2022 四(一)1', text: '术者没有有效的执业证。请登记' }, { clause: '', text: 'nur so' }]);
    expect(lines('此表只填一份，已经填过：请修改')).toEqual([{ clause: '', text: '此表只填一份，已经填过：请修改' }]);
  });
  it('each clause once', () => {
    expect(byClause(lines('G07-2022 二(一)2：a\nG07-2022 三(二)：b\nG07-2022 二(一)2：c'))).toEqual([{ clause: 'G07-2022 二(一)2', texts: ['a', 'c'] }, { clause: 'G07-2022 三(二)', texts: ['b'] }]);
  });
  it('of a field, in one language', () => {
    expect(inLanguage('必填 · is missing', 'zh')).toBe('必填');
    expect(inLanguage('必填 · is missing', 'en')).toBe('is missing');
    expect(fieldErrors(new Problem(422, 'invalid', '', '', { 'told[0]': '时间不对 · no moment' }))).toEqual({ told: '时间不对' });
  });
});

describe('what lapses', () => {
  const record = (form: string, until: string | null, over: Partial<FormRecord> = {}) => ({ form, until, values: {}, withdrawn: false, ...over }) as unknown as FormRecord;
  it('a renewed paper takes the place of the old one', () => {
    const next = lapsing([record('medical_exam', '2026-01-01'), record('medical_exam', '2027-01-01'), record('training', '2026-06-01', { values: { kind: 'tps' } }), record('training', '2028-01-01', { values: { kind: 'base_training' } }), record('training', null), record('practice_licence', '2025-01-01', { withdrawn: true })]);
    expect(next.map((one) => one.until)).toEqual(['2026-06-01', '2027-01-01', '2028-01-01']);
  });
  it('holds to the end of its last day', () => {
    expect(lapseOf('2026-01-31', '2026-01-31')).toBe('soon');
    expect(lapseOf('2026-01-31', '2026-02-01')).toBe('lapsed');
    expect(lapseOf('2026-12-31', '2026-01-31')).toBe('holds');
    expect(lapseOf(null, '2026-01-31')).toBeNull();
  });
});

describe('seeds', () => {
  const held = (kind: Held['kind'], of = '', count = 0, seeds = ''): Held => ({ kind, of, count, seeds });
  it('sets of numbers', () => {
    expect(parseSeeds('1-3，7, 5')).toEqual([1, 2, 3, 5, 7]);
    expect(parseSeeds('3-1')).toBeNull();
    expect(parseSeeds('0')).toBeNull();
    expect(parseSeeds('a')).toBeNull();
    expect(writeSeeds([1, 2, 3, 5, 7, 8])).toBe('1-3,5,7-8');
    for (const text of ['1', '1-20,35', '2,4,6-9']) expect(writeSeeds(parseSeeds(text)!)).toBe(text);
    expect(without([1, 2, 3], [2, 9])).toEqual([1, 3]);
  });
  it('the lawful steps are those of the ledger', () => {
    const golden = readFileSync(join(import.meta.dirname, '../../crates/records/src/sources/legal.golden.md'), 'utf8');
    const rows = golden.split('\n').filter((line) => line.startsWith('| ')).slice(1).map((line) => line.split('|').slice(1, 6).map((cell) => cell.trim()));
    const ours = LAWFUL.map((one) => [one.from, one.step, one.to, one.why ? 'yes' : '–', one.back ?? '–']);
    expect(ours.map(String).sort()).toEqual(rows.map(String).sort());
  });
  it('offers the usual way first and corrections last', () => {
    expect(stepsFrom('stored')[0]?.step).toBe('store');
    expect(stepsFrom('lost').at(-1)?.back).toBe('lose');
    expect(stepsFrom('cancelled').map((one) => one.to)).toEqual(['received']);
    expect(needsCase(LAWFUL.find((one) => one.from === 'issued' && one.to === 'implanted')!)).toBe(false);
  });
  const typed: MoveForm = { by: 'count', count: '5', seeds: '', safe: 'A', caseId: '', at: '', evidence: '', note: '' };
  const step = (from: string, name: string, to: string) => LAWFUL.find((one) => one.from === from && one.step === name && one.to === to)!;
  it('a movement is asked for in full', () => {
    expect(wrongMove({ ...typed, count: '6', safe: '' }, held('received', '', 5, '1-5'), step('received', 'store', 'stored'))).toEqual({ count: 'ui.lot.wrong_count', safe: 'ui.field.required' });
    expect(wrongMove({ ...typed, by: 'numbers', seeds: '4-6' }, held('received', '', 5, '1-5'), step('received', 'store', 'stored'))).toEqual({ seeds: 'ui.lot.wrong_not_here' });
    expect(wrongMove(typed, held('stored', 'A', 5, '1-5'), step('stored', 'lose', 'lost'))).toEqual({ note: 'ui.lot.wrong_why' });
    expect(wrongMove(typed, held('stored', 'A', 5, '1-5'), step('stored', 'issue', 'issued'))).toEqual({ caseId: 'ui.field.required' });
  });
  it('implanting keeps the case, storing takes the safe', () => {
    expect(toMovement(typed, held('issued', 'c1', 5, '1-5'), step('issued', 'implant', 'implanted'))).toEqual({ step: 'implant', from: { kind: 'issued', of: 'c1' }, to: { kind: 'implanted', of: 'c1' }, count: 5, note: '' });
    expect(toMovement({ ...typed, by: 'numbers', seeds: '1–2，4' }, held('issued', 'c1', 5, '1-5'), step('issued', 'store', 'stored'))).toEqual({ step: 'store', from: { kind: 'issued', of: 'c1' }, to: { kind: 'stored', of: 'A' }, seeds: '1-2,4', note: '' });
  });
  it('a case knows its seeds after every step', () => {
    const move = (number: number, from: Held, to: Held, seeds: string) => ({ number, at: `2026-01-0${number}T00:00:00Z`, from, to, seeds }) as Movement;
    const rows = [move(1, held('stored', 'A'), held('issued', 'c'), '1-10'), move(2, held('issued', 'c'), held('implanted', 'c'), '1-7'), move(3, held('issued', 'c'), held('stored', 'A'), '8'), move(4, held('implanted', 'c'), held('quarantine'), '7')];
    expect(sharesOf('c', rows)).toEqual({ implanted: [1, 2, 3, 4, 5, 6], issued: [9, 10], back: [7, 8] });
  });
  it('sums places by kind', () => {
    expect(byKind([held('stored', 'A', 3), held('stored', 'B', 4), held('lost', '', 1), held('issued', 'c', 0)])).toEqual([{ kind: 'stored', count: 7 }, { kind: 'lost', count: 1 }]);
  });
  it('counts down and up', () => {
    const at = Date.parse('2026-01-01T00:00:00Z');
    expect(countdown('2026-01-01T00:12:05Z', at, String)).toBe('12:05');
    expect(countdown('2025-12-31T22:57:55Z', at, String)).toBe('1:02:05');
    expect(countdown('2026-01-03T03:10:00Z', at, (n) => `${n} d`)).toBe('2 d 03:10');
    expect(countdown('soon', at, String)).toBe('');
  });
});
