import { describe, expect, it } from 'vitest';
import { query, toProblem } from '../src/api/client';
import { match } from '../src/app/match';
import { changes, verb, type Speaker } from '../src/ledger/entry';
import { EMPTY, fromCase, toChange, toInput, wrongFields } from '../src/pages/case/fields';
import { isJunk, plan, secondsLeft } from '../src/pages/case/upload/plan';
import { byIndex, findingRow, findingRows, judged, sign } from '../src/pages/verification/summary';
import { fromForm, lacking, toForm, wrongSettings } from '../src/pages/verification/settings';
import { question, read } from '../src/pages/worklist/ask';
import { age, bytes, daysBetween, fixed, indexValue, tsv } from '../src/ui/format';
import { isPlausible, number } from '../src/ui/form';
import { passwordProblem } from '../src/ui/password';
import type { CaseRow, Finding, Summary } from '../src/api/types';

const finding = (over: Partial<Finding>): Finding => ({
  clause: 'D90', structure: 'Prostate', index: 'D90', measured: 105.68, limit: 100, unit: '%Rx', margin: 5.68, required: true, outcome: 'met', source: '', checked: null, ...over,
});

describe('days and numbers', () => {
  it('counts days across months and summer time', () => {
    expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2);
    expect(daysBetween('2026-11-25', '2026-11-15')).toBe(-10);
    expect(daysBetween(null, '2026-01-01')).toBeNull();
    expect(daysBetween('soon', '2026-01-01')).toBeNull();
  });
  it('completes a year of age on the birthday, not before', () => {
    expect(age('1951-04-12', '2026-04-11')).toBe(74);
    expect(age('1951-04-12', '2026-04-12')).toBe(75);
    expect(age('2030-01-01', '2026-04-12')).toBeNull();
    expect(age('', '2026-04-12')).toBeNull();
  });
  it('writes a dash for what is absent and a minus for what is negative', () => {
    expect(fixed(null, 1)).toBe('—');
    expect(fixed(Number.NaN, 1)).toBe('—');
    expect(fixed(-2.45, 1)).toBe('−2.5');
    expect(indexValue(35.688, 'cm³')).toBe('35.69');
    expect(indexValue(153.24, 'Gy')).toBe('153.2');
  });
  it('sizes', () => {
    expect([0, 999, 1000, 1_234_567, 5_000_000_000].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '1.2 MB', '5.0 GB']);
  });
  it('reads numbers as people type them', () => {
    expect(number(' 0,621 ')).toBe(0.621);
    expect(number('1，5')).toBe(1.5);
    expect(number('')).toBeNull();
    expect(number('145 Gy')).toBeNaN();
    expect(number('1e3')).toBeNaN();
    expect(isPlausible('', 100)).toBe(true);
    expect(isPlausible('0', 100)).toBe(false);
    expect(isPlausible('57.5', 2000, true)).toBe(false);
  });
  it('a table for a spreadsheet holds no formula and no stray tab', () => {
    expect(tsv([['a\tb', '=1+1', '-', -3, null], ['@x', '-x', '−', 0, undefined]])).toBe("a b\t'=1+1\t-\t-3\t\n'@x\t'-x\t−\t0\t");
  });
});

describe('addresses', () => {
  const patterns = { list: '/', one: '/cases/:id', deep: '/verifications/:id/workspace' };
  it('finds pages and their parameters', () => {
    expect(match('/', patterns)?.name).toBe('list');
    expect(match('/cases/a%20b/', patterns)).toEqual({ name: 'one', params: { id: 'a b' } });
    expect(match('/verifications/x/workspace', patterns)?.params).toEqual({ id: 'x' });
    expect(match('/cases', patterns)).toBeNull();
    expect(match('/cases/%E0%A4%A', patterns)).toBeNull();
  });
  it('leaves out what is not asked', () => {
    expect(query({ a: 1, b: '', c: null, d: false, e: true, f: '前列腺' })).toBe('?a=1&e=true&f=%E5%89%8D%E5%88%97%E8%85%BA');
    expect(query({})).toBe('');
  });
  it('a search looks through all stages, the worklist only through open ones', () => {
    const ask = (text: string) => question(read(new URLSearchParams(text)));
    expect(ask('').stage).toBe('planned,implanted,imaged,verified');
    expect(ask('search=wang').stage).toBeUndefined();
    expect(ask('view=signed&search=wang').stage).toBe('signed');
    expect(ask('view=overdue')).toMatchObject({ overdue: true });
    expect(ask('view=nonsense&page=-3&order=x')).toMatchObject({ order: 'due', offset: 0 });
    expect(ask('page=3').offset).toBe(100);
  });
});

describe('errors', () => {
  it('reads a problem, and whatever else comes', async () => {
    const body = { type: '/problems/refused', title: 'refused', status: 409, detail: 'No.', detail_zh: '不行。', fields: { a: 'b' }, instance: 'r1' };
    const problem = await toProblem(new Response(JSON.stringify(body), { status: 409, headers: { 'Retry-After': '7' } }));
    expect(problem).toMatchObject({ slug: 'refused', status: 409, detail: 'No.', detailZh: '不行。', retryAfter: 7, instance: 'r1' });
    const page = await toProblem(new Response('<html>502</html>', { status: 502 }));
    expect(page).toMatchObject({ slug: 'failed', status: 502 });
    expect(page.detailZh).toContain('502');
  });
  it('counts characters of a password, not code units', () => {
    expect(passwordProblem('一二三四五六七八九十一', '一二三四五六七八九十一')).toBe('ui.password.short');
    expect(passwordProblem('🙂🙂🙂🙂🙂🙂', '🙂🙂🙂🙂🙂🙂')).toBe('ui.password.short');
    expect(passwordProblem('correct horse', 'correct hors')).toBe('ui.password.differ');
    expect(passwordProblem('correct horse', 'correct horse')).toBeNull();
  });
});

describe('upload', () => {
  const chosen = [{ path: 'CT/1.dcm', bytes: 10 }, { path: 'CT/2.dcm', bytes: 10 }, { path: 'CT/2.dcm', bytes: 10 }, { path: '.DS_Store', bytes: 5 }, { path: 'CT/empty.dcm', bytes: 0 }];
  it('compares what has the same name and size, sends the rest, and leaves junk', () => {
    const { work, strange, left } = plan(chosen, [{ path: 'CT/1.dcm', bytes: 10, sha256: 'aa' }, { path: 'CT/2.dcm', bytes: 99, sha256: 'bb' }]);
    expect(work.map((one) => [one.file.path, one.known?.sha256 ?? null])).toEqual([['CT/1.dcm', 'aa'], ['CT/2.dcm', null]]);
    expect(left.map((file) => file.path)).toEqual(['.DS_Store', 'CT/empty.dcm']);
    expect(strange).toEqual([]);
  });
  it('notices that another folder was chosen', () => {
    expect(plan(chosen, [{ path: 'OTHER/9.dcm', bytes: 10, sha256: 'cc' }]).strange.map((file) => file.path)).toEqual(['OTHER/9.dcm']);
  });
  it('knows the systems own files', () => {
    expect(['a/._x.dcm', '__MACOSX/a.dcm', 'a/Thumbs.db'].every(isJunk)).toBe(true);
    expect(isJunk('IM_Thumbs.dbx')).toBe(false);
  });
  it('guesses the time left only after a while', () => {
    expect(secondsLeft(10, 100, 500)).toBeNull();
    expect(secondsLeft(0, 100, 5000)).toBeNull();
    expect(secondsLeft(25, 100, 5000)).toBe(15);
  });
});

describe('findings', () => {
  it('tells from the margin on which side a limit is', () => {
    expect(sign(finding({}))).toBe('≥');
    expect(sign(finding({ measured: 92, limit: 95, margin: -3 }))).toBe('≥');
    expect(sign(finding({ measured: 105, limit: 130, margin: 25 }))).toBe('≤');
    expect(sign(finding({ measured: 236, limit: 200, margin: -36 }))).toBe('≤');
    expect(sign(finding({ measured: null, margin: null }))).toBe('');
    expect(sign(finding({ measured: 100, limit: 100, margin: 0 }))).toBe('');
  });
  it('shows percent of the prescription in Gy, other units as they are', () => {
    const row = findingRow(finding({}), 145);
    expect(row.measured.value).toBeCloseTo(153.236, 3);
    expect(row.limit).toEqual({ value: 145, unit: 'Gy' });
    expect(row.limitPercent).toBe(100);
    expect(findingRow(finding({ unit: '%', measured: 92, limit: 90 }), 145).limit).toEqual({ value: 90, unit: '%' });
  });
  it('whatever is neither met nor failed is no evidence', () => {
    expect(['no_structure', 'no_value', 'no_prescription', 'incomplete'].map((one) => judged(one as Finding['outcome']))).toEqual(Array(4).fill('no_evidence'));
  });
  it('orders indices as people read them', () => {
    expect(['V100cc', 'D0.1cc', 'x', 'D90', 'V150', 'Dmax', 'D100', 'D2cc', 'V90', 'volume'].sort(byIndex)).toEqual(['volume', 'Dmax', 'D100', 'D90', 'D0.1cc', 'D2cc', 'V90', 'V150', 'V100cc', 'x']);
  });
  it('puts the failed required ones first', () => {
    const summary = { prescription_gy: 145, findings: [finding({ clause: 'a', index: 'a' }), finding({ index: 'b', required: false, outcome: 'not_met' }), finding({ index: 'c', outcome: 'not_met' })] } as Summary;
    expect(findingRows(summary).map((row) => row.index)).toEqual(['c', 'a', 'b']);
  });
});

describe('forms', () => {
  const row: CaseRow = {
    id: 'c', version: 1, number: '2026-0001', patient: { id: 'p', version: 1, number: 'P1', name: '王芳', birth_date: null, sex: 'F' }, site: '肺', diagnosis: '', implanted_on: null, discharged_on: null,
    hospital: null, technique: 'seed_implant', route: '', method: '',
    intent: { prescription_gy: 110, model: null, strength_u: 0.8, count: 22 }, physician: null, physicist: 'a', imaging_due: null, follow_up_due: null, withdrawn: false, notes: '', created: '', stage: 'planned',
    due: null, overdue: false, follow_up_is_due: false,
  };
  it('sends only what changed, cleared fields as null', () => {
    const before = fromCase(row);
    expect(toChange(before, { ...before }, 'x', 4)).toEqual({ why: 'x' });
    expect(toChange(before, { ...before, physicist: '', implanted_on: '2026-02-03' }, 'x', 4)).toEqual({ physicist: null, implanted_on: '2026-02-03', why: 'x' });
    expect(toChange(before, { ...before, count: '23' }, 'x', 4).intent).toEqual({ prescription_gy: 110, model: null, strength_u: 0.8, count: 23 });
  });
  it('a changed identity names the version that was seen', () => {
    const before = fromCase(row);
    expect(toChange(before, { ...before, name: '王方' }, 'x', 4).patient).toEqual({ number: 'P1', name: '王方', birth_date: null, sex: 'F', version: 4 });
  });
  it('a new case says nothing of what was left empty', () => {
    const input = toInput({ ...EMPTY, name: ' 王芳 ', patient_number: 'P1', site: '肺' });
    expect(input).toEqual({ patient: { number: 'P1', name: '王芳', birth_date: null, sex: '' }, site: '肺', technique: 'seed_implant', intent: { prescription_gy: null, model: null, strength_u: null, count: null } });
  });
  it('names what is missing or cannot be meant', () => {
    expect(wrongFields({ ...EMPTY, count: '3.5', prescription_gy: 'x' }, true)).toEqual(['name', 'patient_number', 'site', 'prescription_gy', 'count']);
  });
  it('settings go to the form and back unchanged', () => {
    const settings = { prescription_gy: 145, model: 'STM1251', strength_u: 0.621, strength_date: '2026-01-31T08:00', implant_date: null, count: 57, target: null, criteria: null, formalism: 'auto', grid_mm: null };
    expect(fromForm(toForm(settings))).toEqual(settings);
    expect(wrongSettings({ ...toForm(settings), grid_mm: '-1', count: '1.5' })).toEqual({ count: 'ui.field.implausible', grid_mm: 'ui.field.implausible' });
  });
  it('asks when a strength was so, once the day of the implant is known', () => {
    const form = { ...toForm({}), strength_u: '0.6', implant_date: '2026-03-10' };
    expect(lacking(form, true)).toEqual({ strength_date: 'ui.settings.strength_when' });
    expect(lacking({ ...form, strength_date: '2026-03-01' }, true)).toEqual({});
    expect(lacking({ ...form, implant_date: '' }, true)).toEqual({});
    // it keeps nobody from saving what is known so far
    expect(wrongSettings(form)).toEqual({});
  });
  it('asks for what a plan would say where there is none', () => {
    expect(Object.keys(lacking(toForm({}), false))).toEqual(['prescription_gy', 'model', 'strength_u']);
    expect(lacking(toForm({ prescription_gy: 145, model: 'STM1251', strength_u: 0.6 }), false)).toEqual({});
    expect(lacking(toForm({}), true)).toEqual({});
  });
  // keys stand for their words
  const speaker: Speaker = { t: (key) => `<${key}>`, comma: ', ', person: (id) => (id === '7' ? '周岚' : '…'), form: () => '诊断' };
  const entry = (action: string, before: unknown, after: unknown) => ({ action, kind: action.split('.')[0] ?? '', subject: '1', before, after });
  it('an entry of the ledger says in words what became what, and no ids or versions', () => {
    expect(changes(entry('case.replace', { version: 1, site: '前列腺', physician: null, intent: { prescription_gy: 145, model: 'A' } }, { version: 2, site: '肺', physician: '7', intent: { prescription_gy: 120, model: 'A' } }), speaker)).toEqual([
      { label: '<ui.case.site>', before: '前列腺', after: '肺' },
      { label: '<ui.setting.prescription_gy>', before: '145', after: '120' },
      { label: '<ui.role.physician>', before: '', after: '周岚' },
    ]);
    expect(changes(entry('verification.replace', { state: 'running', seeds: [] }, { state: 'computed', seeds: [{}, {}], outcome: { verdict: 'met' } }), speaker).map((one) => one.after)).toEqual(['<ui.state_of.computed>', '<outcome.met>', '2']);
    expect(changes(entry('account.create', null, { id: '9', name: '林敏', login: 'lin', roles: ['physicist', 'quality'], active: true }), speaker).map((one) => one.after)).toEqual(['林敏', 'lin', '<ui.role.physicist>, <ui.role.quality>']);
    expect(changes(entry('patient.create', null, { id: '9', version: 1, seal: 'ab' }), speaker)).toEqual([]);
  });
  it('withdrawing and stopping are called so', () => {
    expect(verb(entry('study.replace', { withdrawn: false }, { withdrawn: true }), speaker)).toBe('<ui.ledger.study.withdrawn>');
    expect(verb(entry('account.replace', { active: false }, { active: true }), speaker)).toBe('<ui.ledger.account.started>');
    expect(verb(entry('case.replace', { site: 'a' }, { site: 'b' }), speaker)).toBe('<ui.ledger.case.replace>');
    expect(verb(entry('case.something_new', null, null), speaker)).toBe('case.something_new');
    expect(verb(entry('record.replace', { withdrawn: false }, { withdrawn: true }), speaker)).toBe('<ui.ledger.record.withdrawn>');
    expect(changes(entry('movement.create', null, { step: 'issue', seeds: '1-40', lot: '2' }), speaker).map((one) => one.after)).toEqual(['<ui.seed_step.issue>', '1-40']);
  });
});
