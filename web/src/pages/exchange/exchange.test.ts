import { describe, expect, it } from 'vitest';
import { exports, nameOf, type Assigned, type Mapping, type Sheet, type Target } from '../../api/exchange';
import { countLines, lineAt, toLines, withoutLine } from '../sources/codes';
import { groupSize, isDay, partsFor, period, stillWrong } from './asked';
import { cell, csv, errorRows } from './csv';
import { assign, change, emptyMapping, grouped, headerOf, isLow, lack, letters, offsetOf, readingOf, samples, toCodes, toWords, twice, withHeaderRow } from './mapping';

const sheet: Sheet = {
  name: 'S', rows: 4, columns: 3, mapping: null,
  first: [{ row: 1, cells: ['登记表', '', ''] }, { row: 2, cells: ['住院号', '性别', ' 术日'] }, { row: 3, cells: ['1', '男', '2026-01-02'] }, { row: 4, cells: ['2', '女', ''] }, { row: 6, cells: ['3', '男'] }],
};
const column = (at: number, to: string, more: Partial<Assigned> = {}): Assigned => ({ column: at, header: 'h', to, dates: 'year_first', factor: 1, codes: {}, likeness: 1, remark: '', ...more });
const mapping = (...columns: Assigned[]): Mapping => ({ sheet: 'S', header_row: 2, technique: 'seed_implant', offset: '+08:00', columns });

describe('which column goes where', () => {
  it('names columns as spreadsheets do', () => {
    expect([0, 25, 26, 51, 52, 701, 702].map(letters)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA']);
  });
  it('reads headers and samples below the row of headers', () => {
    expect(headerOf(sheet, mapping(), 2)).toBe('术日');
    expect(samples(sheet, mapping(), 1)).toEqual(['男', '女']);
    expect(samples(sheet, mapping(), 2)).toEqual(['2026-01-02']);
    expect(samples(sheet, mapping(), 0, 2)).toEqual(['1', '2']);
  });
  it('assigns, reassigns and leaves out', () => {
    const first = mapping(column(2, 'case.treated_on', { dates: 'day_first', likeness: 0.7, remark: 'look' }));
    const more = assign(first, 0, '住院号', 'patient.number');
    expect(more.columns.map((one) => one.column)).toEqual([0, 2]);
    expect(more.columns[0]).toEqual(column(0, 'patient.number', { header: '住院号' }));
    const other = assign(more, 2, '术日', 'discharge.day');
    expect(other.columns[1]).toEqual(column(2, 'discharge.day', { header: '术日', dates: 'day_first' }));
    expect(assign(other, 2, '术日', 'discharge.day')).toBe(other);
    expect(assign(other, 2, '术日', '').columns.map((one) => one.to)).toEqual(['patient.number']);
    expect(first.columns[0]!.to).toBe('case.treated_on');
  });
  it('changes one column only, and keeps the fields under another row of headers', () => {
    const both = mapping(column(0, 'a'), column(1, 'b'));
    expect(change(both, 1, { factor: 1.27 }).columns.map((one) => one.factor)).toEqual([1, 1.27]);
    const moved = withHeaderRow(sheet, both, 1);
    expect(moved.header_row).toBe(1);
    expect(moved.columns.map((one) => [one.header, one.to])).toEqual([['登记表', 'a'], ['', 'b']]);
  });
  it('says what it lacks', () => {
    const needed = [column(0, 'patient.number'), column(2, 'case.treated_on')];
    expect(lack(mapping(needed[0]!))).toBe('ui.import.lack_needed');
    expect(lack(mapping(...needed, column(3, 'patient.number')))).toBe('ui.import.lack_twice');
    expect(lack(mapping(...needed, column(3, 'case.strength_u', { factor: 0 })))).toBe('ui.import.lack_factor');
    expect(lack(mapping(...needed, column(3, 'case.strength_u', { factor: NaN })))).toBe('ui.import.lack_factor');
    expect(lack({ ...mapping(...needed), offset: '8' })).toBe('ui.import.lack_offset');
    expect(lack(mapping(...needed))).toBe(null);
    expect([...twice(mapping(column(0, 'a'), column(1, 'b'), column(2, 'a')))]).toEqual(['a']);
    expect(lack(emptyMapping(sheet, 'ablation', '+08:00'))).toBe('ui.import.lack_needed');
    expect(emptyMapping(sheet, 'ablation', '+08:00').header_row).toBe(1);
  });
  it('knows how values of a field are read', () => {
    const target = (kind: string, group = 'g'): Target => ({ to: kind, group_zh: group, group_en: group, zh: kind, en: kind, unit: '', kind, codes: [] });
    expect(['date', 'date_time', 'number', 'whole', 'choice', 'yes_no', 'text', 'person'].map((kind) => readingOf(target(kind)))).toEqual(['dates', 'dates', 'factor', 'factor', 'codes', 'codes', null, null]);
    expect(readingOf(undefined)).toBe(null);
    expect(grouped([target('a', 'x'), target('b', 'y'), target('c', 'x')]).map((group) => [group.zh, group.rows.map((one) => one.to)])).toEqual([['x', ['a', 'c']], ['y', ['b']]]);
    expect([isLow(column(0, 'a', { likeness: 0.79 })), isLow(column(0, 'a', { likeness: 0.8 }))]).toEqual([true, false]);
  });
  it('turns words into codes and back', () => {
    const words = toWords({ 男: 'M' }, ['男', '女性']);
    expect(words).toEqual([{ word: '男', code: 'M' }, { word: '女性', code: '' }]);
    expect(toCodes([...words, { word: ' 女 ', code: 'F' }, { word: '', code: 'O' }])).toEqual({ 男: 'M', 女: 'F' });
  });
  it('writes a distance from UTC', () => {
    expect([480, -210, 0].map(offsetOf)).toEqual(['+08:00', '-03:30', '+00:00']);
  });
});

describe('errors as a table', () => {
  it('quotes, and disarms what a spreadsheet would compute', () => {
    expect(['=1+1', '+86 1', '-x', '@a', '＝SUM(A1)', ' =1', '-5', '+1.5', 'a,b', 'say "a"', 'two\nlines'].map(cell)).toEqual(
      ["'=1+1", "'+86 1", "'-x", "'@a", "'＝SUM(A1)", "' =1", '-5', '+1.5', '"a,b"', '"say ""a"""', '"two\nlines"'],
    );
    expect(cell('=HYPERLINK("http://x","y")')).toBe(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(cell(-3)).toBe('-3');
  });
  it('writes each error in one language', () => {
    const rows = errorRows(['行', '列', '值', '原因'], [{ row: 3, column: '出院日期', value: '=x', zh: '不是日期', en: 'no date' }], 'zh');
    expect(csv(rows)).toBe("\uFEFF行,列,值,原因\r\n3,出院日期,'=x,不是日期\r\n");
  });
});

describe('what is asked', () => {
  it('builds the addresses of exports', () => {
    expect(exports.registerPath({ hospital: '', format: 'xlsx', excel: true, identity: false })).toBe('/exports/register?format=xlsx');
    expect(exports.registerPath({ hospital: 'h', format: 'csv', excel: true, identity: true })).toBe('/exports/register?hospital=h&format=csv&excel=true&identity=true');
    expect(exports.studyPath({ hospital: '', policy: 'shifted', k: 5, from: '2026-01-01', until: '', format: 'csv', excel: false })).toBe('/exports/study?policy=shifted&k=5&from=2026-01-01&format=csv');
    expect(exports.fhirPath('c', 'named')).toBe('/cases/c/fhir?identity=named');
  });
  it('takes the name of a file from the answer', () => {
    expect(nameOf('attachment; filename="register-2026-11-25.zip"', 'x')).toBe('register-2026-11-25.zip');
    expect(nameOf("attachment; filename=\"a.json\"; filename*=UTF-8''case-%E7%97%85.json", 'x')).toBe('case-病.json');
    expect(nameOf(null, 'x')).toBe('x');
  });
  it('shows each person their parts', () => {
    expect(partsFor((action) => action === 'import_records')).toEqual(['import']);
    expect(partsFor((action) => action === 'read_cases')).toEqual(['province']);
    expect(partsFor((action) => action === 'export_records' || action === 'import_records')).toEqual(['export', 'province', 'import']);
    expect(partsFor(() => false)).toEqual([]);
  });
  it('reads periods and group sizes', () => {
    expect(period(null, null, '2026-11-25')).toEqual({ from: '2026-11-01', until: '2026-11-25' });
    expect(period('2026-09-01', '2026-09-30', '2026-11-25')).toEqual({ from: '2026-09-01', until: '2026-09-30' });
    expect(period(null, '2026-09-30', '2026-11-25').from).toBe('2026-09-01');
    expect(['2026-02-03', '2026-13-01', '1', '', null].map(isDay)).toEqual([true, false, false, false, false]);
    expect(['2', '1000', ' 5 ', '1', '1001', '', 'x', '2.5'].map(groupSize)).toEqual([2, 1000, 5, null, null, null, null, null]);
    expect(stillWrong([{ case: { number: 'a' } }, { case: { number: 'b' } }], new Set(['a']))).toBe(1);
  });
});

describe('scanned codes', () => {
  it('goes line by line, with the real separator', () => {
    expect(toLines('B/1/9 \r\n\r\n(10)B<GS>(21)3\n\n')).toBe('B/1/9\n\n(10)B\u001D(21)3');
    expect([countLines(''), countLines('a\n\n b\n')]).toEqual([0, 2]);
    expect(lineAt('a\nb', 2)).toBe('b');
    expect(lineAt('a', 3)).toBe('');
    expect(withoutLine('a\nb\nc', 2)).toBe('a\nc');
  });
});
