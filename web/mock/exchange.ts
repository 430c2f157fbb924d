// Exchange and stock-take in the stand-in: made-up answers in every state that the pages show.
import { createHash } from 'node:crypto';
import type * as X from '../src/api/exchange';
import type { Form, FormRecord, Hospital, Staff, Technique } from '../src/api/register';
import type { Counted, Stock } from '../src/api/stock';
import type * as T from '../src/api/types';
import { accounts, cases, id } from './data';
import { writeSeeds } from '../src/pages/sources/seedset';
import { Refusal, type Call, type Routes } from './refusal';

const both = (zh: string, en: string): T.Both => ({ zh, en });
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const digest = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

const hospitals: Hospital[] = [
  { id: id(), version: 1, code: 'H1', name: '核准演示医院', active: true }, { id: id(), version: 1, code: 'H2', name: '滨江肿瘤医院', active: true },
];
const [here] = hospitals as [Hospital, Hospital];
const staff: Staff[] = accounts.slice(1).map((one, n) => ({
  id: id(), version: 1, hospital: here.id, number: String(101 + n), name: one.name, profession: (['physicist', 'physician', 'physicist', 'nurse', 'custodian'] as const)[n] ?? 'nurse', account: one.id, active: true,
}));
const techniques: Technique[] = [['seed_implant', '放射性粒子植入', 'Seed implant'], ['ablation', '肿瘤消融', 'Ablation'], ['radiopharmaceutical', '放射性药物治疗', 'Radiopharmaceutical therapy']]
  .map(([code, zh, en]) => ({ code: code!, label: both(zh!, en!), routes: [], methods: [] }));
const stockForm: Form = {
  name: 'stock_take', edition: 1, label: both('盘点', 'Stock-take'), source: 'mock', about: ['hospital'], techniques: [], repeats: true, writes: ['custodian', 'physicist'],
  groups: [], fields: [], day: 'day', until: null,
};

const policies: X.Policy[] = [
  { id: 'shifted', edition: 1, version: '1', ...both('日期平移（间隔保留）', 'days shifted, intervals kept'), safe_harbor: false, dates: 'shift', top_age: 89, age_band_years: 5, icd10_characters: 3, largest_shift_days: 365, quasi_identifiers: ['hospital', 'sex', 'age_band', 'technique', 'icd10', 'region'], sha256: digest('a') },
  { id: 'day-numbers', edition: 1, version: '1', ...both('以天数代替日期（术日为第0天），仅保留年份', 'day numbers from the procedure instead of days; the year alone is kept'), safe_harbor: true, dates: 'number', top_age: 89, age_band_years: 5, icd10_characters: 3, largest_shift_days: 0, quasi_identifiers: ['hospital', 'sex', 'age_band', 'technique', 'icd10', 'region', 'year'], sha256: digest('b') },
];
let keyMark: string | null = null;

function provinceCase(n: number, state: X.SendingState = 'new', reason: string | null = null): X.ProvinceCase {
  const row = cases[n % cases.length]!;
  return { id: row.id, number: row.number, patient: row.patient.name, technique: row.technique, treated: day(-20 - n), discharged: n % 4 === 3 ? null : day(-12 - n), state, attempt: state === 'new' ? 0 : 1, day: state === 'new' ? null : day(-9), reason };
}
const ready = () => [0, 1, 2, 5].map((n) => provinceCase(n)).concat(provinceCase(6, 'refused', '疗效评价缺少日期'));
const wrong = (): X.Kept[] => [
  { case: provinceCase(3), ...both('患者编号为空，请先填写', 'the patient has no number: fill it in') },
  { case: provinceCase(4), ...both('出院日期早于治疗日期，请更正出院记录', 'discharged before the procedure: correct the discharge record') },
];
const packages: X.Package[] = [makePackage(day(-62), day(-32), 14, 12, 1), makePackage(day(-92), day(-63), 11, 11, 0)];
function makePackage(from: string, until: string, count: number, accepted: number, refused: number): X.Package {
  return { sha256: digest(from), hospital: here, from, until, made: `${until}T08:12:00Z`, bytes: 18_342 * count, file_name: `province-${from}.json`, by: { id: '', name: '周质' }, cases: count, accepted, refused, unanswered: count - accepted - refused };
}
const late = (n: number, days: number, state: X.SendingState = 'new', reason: string | null = null): X.LateCase => ({ ...provinceCase(n, state, reason), due: day(-days), days });

const target = (to: string, group: [string, string], zh: string, en: string, kind: X.TargetKind, unit = '', codes: [string, string, string][] = []): X.Target =>
  ({ to, group_zh: group[0], group_en: group[1], zh, en, unit, kind, codes: codes.map(([code, z, e]) => ({ code, zh: z, en: e })) });
const PATIENT: [string, string] = ['患者', 'Patient'], CASE: [string, string] = ['病例', 'Case'], PROCEDURE: [string, string] = ['手术记录', 'Procedure'];
const targets: X.Target[] = [
  target('patient.number', PATIENT, '患者编号', 'Patient number', 'text'), target('patient.name', PATIENT, '姓名', 'Name', 'text'),
  target('patient.birth_date', PATIENT, '出生日期', 'Date of birth', 'date'), target('patient.sex', PATIENT, '性别', 'Sex', 'choice', '', [['M', '男', 'male'], ['F', '女', 'female'], ['O', '其他', 'other']]),
  target('case.site', CASE, '部位', 'Site', 'text'), target('case.treated_on', CASE, '治疗日期', 'Day of the procedure', 'date'),
  target('case.prescription_gy', CASE, '处方剂量', 'Prescription', 'number', 'Gy'), target('case.strength_u', CASE, '单粒空气比释动能强度', 'Strength of one seed', 'number', 'U'),
  target('procedure.seeds_implanted', PROCEDURE, '植入粒子数', 'Seeds implanted', 'whole'), target('procedure.ended', PROCEDURE, '手术结束', 'Ended', 'date_time'),
  target('procedure.anaesthesia', PROCEDURE, '全身麻醉', 'General anaesthesia', 'yes_no'),
];
const HEADERS = ['住院号', '姓名', '性别', '手术日期', '部位', '粒子数', '单粒活度(mCi)', '处方(cGy)', '麻醉', '联系电话'];
const rows = Array.from({ length: 12 }, (_, n) => [`ZY${2301 + n}`, ['陈建国', '李秀英', '欧阳文静', '张伟'][n % 4]!, n % 2 ? '女' : '男', n === 4 ? '2025/2/30' : `2025/${1 + (n % 9)}/${3 + n}`, ['前列腺', '右肺上叶', '胰腺头'][n % 3]!, String(40 + 3 * n), '0.6', n === 6 ? '约12000' : '12000', n % 3 ? '全麻' : '局麻', '']);
const column = (n: number, to: string, more: Partial<X.Assigned> = {}): X.Assigned => ({ column: n, header: HEADERS[n]!, to, dates: 'year_first', factor: 1, codes: {}, likeness: 1, remark: '', ...more });
const sheets = (technique: string): X.Sheet[] => [
  {
    name: '2025年登记', rows: 118, columns: HEADERS.length, first: [HEADERS, ...rows].map((cells, n) => ({ row: n + 1, cells })),
    mapping: {
      sheet: '2025年登记', header_row: 1, technique, offset: '+08:00',
      columns: [
        column(0, 'patient.number'), column(1, 'patient.name'), column(2, 'patient.sex'), column(3, 'case.treated_on'), column(4, 'case.site'), column(5, 'procedure.seeds_implanted'),
        column(6, 'case.strength_u', { factor: 1.27, likeness: 0.95, remark: '标题单位 mCi：按 I-125 乘 1.27 换算为 U，请核对' }), column(7, 'case.prescription_gy', { factor: 0.01, likeness: 0.71, remark: '标题单位 cGy：乘 0.01' }),
      ],
    },
  },
  { name: 'Sheet2', rows: 3, columns: 2, first: [{ row: 1, cells: ['备注', ''] }], mapping: null },
];
const held = new Set<string>();
const amounts = { rows: 118, patients: 97, cases: 110, records: 301 };
const told: Pick<X.Taken, 'errors' | 'errors_total' | 'duplicates' | 'duplicates_total'> = {
  errors: [
    { row: 6, column: '手术日期', value: '2025/2/30', ...both('不是日期，请写作 2025-02-28', 'is no date: write it like 2025-02-28') },
    { row: 8, column: '处方(cGy)', value: '约12000', ...both('不是数字', 'is no number') },
    { row: 41, column: '性别', value: '=1+1', ...both('不在取值范围内，请在“取值对照”中指定', 'is none of the choices: assign it under Their words') },
  ],
  errors_total: 3, duplicates: [{ row: 19, of: 5, patient: 'ZY2304', day: '2025-05-07' }, { row: 77, of: null, patient: 'ZY2290', day: '2024-12-02' }], duplicates_total: 2,
};
function mappingOf(call: Call): X.Mapping {
  if (!held.has(call.params[0] ?? '')) throw new Refusal(404, 'not-found', 'The file is no longer held; send it again.', '文件已不再保留，请重新选择文件。');
  const mapping = call.json().mapping as X.Mapping;
  for (const to of ['patient.number', 'case.treated_on'])
    if (!mapping.columns.some((one) => one.to === to)) throw new Refusal(422, 'invalid', `No column is assigned to ${to}.`, '缺少必要的列。', { mapping: '缺少必要的列 · a needed column is missing' });
  return mapping;
}

const LOTS = [{ lot: id(), number: 'B2611', manufacturer: '原子高科', model: '6711-99', from: 9, to: 30 }, { lot: id(), number: 'B2608', manufacturer: '原子高科', model: '6711-99', from: 41, to: 50 }, { lot: id(), number: 'P-77', manufacturer: '上海欣科', model: 'BT-125-1', from: 1, to: 20 }];
const expected = LOTS.reduce((sum, one) => sum + one.to - one.from + 1, 0);
const stock = (safe: string): Stock => ({
  hospital: here.id, safe, safes: [{ name: '一号铅柜', seeds: expected }, { name: '二号铅柜', seeds: 0 }],
  lots: safe ? LOTS.map((one) => ({ lot: one.lot, number: one.number, manufacturer: one.manufacturer, model: one.model, count: one.to - one.from + 1, seeds: `${one.from}-${one.to}` })) : [], expected: safe ? expected : 0,
});
/** Reads `LOT/n` and `LOT/n-m` only; the server reads more. */
function countCodes(safe: string, codes: string): Counted {
  const unknown: T.Both[] = [], unreadable: Counted['unreadable'] = [];
  const found = new Map<string, Set<number>>();
  codes.split('\n').forEach((line, at) => {
    const read = line.trim().match(/^([\w-]+)\/(\d+)(?:-(\d+))?$/);
    if (!line.trim()) return;
    if (!read) return void unreadable.push({ line: at + 1, says: both('不是粒子条码，请重扫或手写 批号/编号', 'is no code of seeds: scan again, or write LOT/number') });
    if (!LOTS.some((one) => one.number === read[1])) return void unknown.push(both(`批次 ${read[1]} 不在本院台账`, `lot ${read[1]} is not in the ledger`));
    const seeds = found.get(read[1]!) ?? new Set();
    for (let n = Number(read[2]); n <= Number(read[3] ?? read[2]); n++) seeds.add(n);
    found.set(read[1]!, seeds);
  });
  const lots = LOTS.map((one) => {
    const should = Array.from({ length: one.to - one.from + 1 }, (_, n) => one.from + n);
    const seeds = found.get(one.number) ?? new Set<number>();
    const missing = should.filter((n) => !seeds.has(n)), extra = [...seeds].filter((n) => !should.includes(n));
    const findings = [...(missing.length ? [both(`缺 ${missing.length} 粒：先在柜内和转运容器中查找；仍找不到，按丢失报告事件`, `${missing.length} missing: look in the safe and the carriers; if not found, report them lost`)] : []), ...(extra.length ? [both(`多 ${extra.length} 粒：账上不在此柜，补登记流转`, `${extra.length} too many: by the ledger elsewhere; enter the movement`)] : [])];
    return { lot: one.lot, number: one.number, manufacturer: one.manufacturer, model: one.model, expected: should.length, expected_seeds: `${one.from}-${one.to}`, counted: seeds.size, counted_seeds: writeSeeds([...seeds].sort((a, b) => a - b)), unnumbered: 0, missing: writeSeeds(missing), extra: writeSeeds(extra), difference: seeds.size - should.length, findings };
  });
  const counted = lots.reduce((sum, one) => sum + one.counted, 0);
  return { hospital: here.id, safe, lots, unknown, unreadable, expected, counted, difference: counted - expected, agrees: unknown.length + unreadable.length === 0 && lots.every((one) => !one.findings.length) };
}

type Need = (action: T.Action) => T.Person;
const file = (name: string, raw: string, headers: Record<string, string> = {}) => ({ raw, headers: { 'Content-Type': 'application/octet-stream', 'Content-Disposition': `attachment; filename="${name}"`, ...headers } });
const taken: FormRecord[] = [];

export const exchangeRoutes = (need: Need): Routes => ({
  'GET /forms': () => ({ body: { rows: [stockForm], techniques } }),
  'GET /hospitals': () => ({ body: { rows: hospitals } }),
  'GET /people': () => ({ body: { rows: staff } }),
  'GET /lots': () => ({ body: { rows: [], total: 0 } }),
  'GET /stock': () => ({ body: { rows: [] } }),
  'GET /records/:id': (call) => ({ body: taken.find((one) => one.id === call.params[0]) }),

  'GET /exports/policies': () => (need('export_records'), { body: { rows: policies, key_mark: keyMark } satisfies X.Policies }),
  'GET /exports/register': (call) => (need('export_records'), file(`register-${day(0)}.${call.query.get('format') === 'xlsx' ? 'xlsx' : 'zip'}`, 'mock')),
  'GET /exports/study': (call) => {
    need('export_records');
    if (call.query.get('from')?.startsWith('20') && call.query.get('from')! > day(0)) throw new Refusal(409, 'refused', 'No case in this period: choose another.', '此时段没有病例，请改选时段。');
    keyMark = '1a2b3c4d';
    return file(`study-${call.query.get('policy')}-${day(0)}.zip`, 'mock', { 'x-cases': '120', 'x-cases-in-small-groups': '7' });
  },
  'GET /cases/:id/fhir': () => (need('export_records'), file('case-P1.fhir.json', '{"resourceType":"Bundle"}')),

  'GET /province/ready': (call) => {
    need('export_records');
    const empty = call.query.get('hospital') !== here.id;
    const body: X.Ready = {
      hospital: call.query.get('hospital') ?? here.id, from: call.query.get('from')!, until: call.query.get('until')!, ready: empty ? [] : ready(), wrong: empty ? [] : wrong(),
      left_out: empty ? [] : [{ case: provinceCase(8, 'accepted'), ...both('省平台已接收', 'accepted already') }, { case: provinceCase(9, 'sent'), ...both('已上报，等待回执', 'sent, waiting for an answer') }],
    };
    return { body };
  },
  'GET /province/packages': (call) => (need('export_records'), { body: { rows: call.query.get('hospital') === here.id ? packages : [] } }),
  'POST /province/packages': (call) => {
    need('export_records');
    const { from, until, leave_out } = call.json();
    const open = wrong().filter((one) => !leave_out.includes(one.case.number));
    if (open.length) throw new Refusal(409, 'refused', open.map((one) => `${one.case.number}: ${one.en}`).join('\n'), open.map((one) => `${one.case.number}：${one.zh}`).join('\n'));
    packages.unshift({ ...makePackage(from, until, ready().length, 0, 0), sha256: digest(String(packages.length)), made: new Date().toISOString() });
    return { status: 201, body: packages[0] };
  },
  'GET /province/packages/:sha': (call) => file(`province.${call.query.get('format')}`, '{}'),
  'GET /province/late': () => {
    need('read_cases');
    const body: X.Late = {
      today: day(0), days_after_discharge: 10, days_after_procedure: 30, days_without_answer: 7, late: [late(3, 6), late(6, 2, 'refused', '疗效评价缺少日期')],
      soon: [late(1, -1), late(0, -4), late(2, 0)], unanswered: [{ ...late(9, 9, 'sent'), due: null }],
    };
    return { body };
  },
  'POST /province/receipts': (call) => {
    need('export_records');
    let given;
    try {
      given = call.json();
    } catch {
      throw new Refusal(422, 'invalid', 'This file is no receipt: choose the JSON file that the province sent.', '该文件不是回执，请选择省平台返回的 JSON 文件。');
    }
    if (given.package === 'none') throw new Refusal(404, 'not-found', 'There is no such package.', '没有这个上报包。');
    const body: X.Receipt = { package: packages[0]!.sha256, number: given.number ?? 'HZ-1', accepted: ready().slice(0, 3).map((one) => one.number), refused: [{ case: ready()[3]!.number, reason: '病理诊断缺 ICD-O 编码' }], unanswered: [] };
    return { body };
  },

  'GET /imports/targets': () => (need('import_records'), { body: { rows: targets } }),
  'POST /imports': (call) => {
    need('import_records');
    const sha256 = digest(call.body);
    held.add(sha256);
    return { status: 201, body: { sha256, bytes: call.body.length, sheets: sheets(call.query.get('technique') ?? '') } satisfies X.HeldFile };
  },
  'POST /imports/:sha/preview': (call) => {
    need('import_records');
    const mapping = mappingOf(call);
    const said = (n: number, at: number) => told.errors.find((one) => one.row === n && one.column === HEADERS[at]);
    const body: X.Preview = {
      ...amounts, ...told,
      columns: mapping.columns.map((one) => ({ header: one.header, to: one.to, filled: 116, empty: 2, wrong: told.errors.filter((each) => each.column === one.header).length, samples: rows.slice(0, 3).map((row) => row[one.column] ?? ''), more: true, range: one.to === 'case.treated_on' ? ['2025-01-03', '2025-12-14'] : null })),
      first: rows.map((row, n) => ({ row: n + 2, cells: mapping.columns.map((one) => {
        const raw = row[one.column] ?? '', wrong = said(n + 2, one.column);
        if (wrong) return { raw, value: null, zh: wrong.zh, en: wrong.en };
        const value = one.to === 'patient.sex' ? (raw === '男' ? 'M' : 'F') : one.to === 'case.treated_on' ? raw.replace(/\/(\d+)/g, (_, d: string) => `-${d.padStart(2, '0')}`) : one.factor !== 1 ? String(Math.round(1000 * one.factor * Number(raw)) / 1000) : raw;
        return { raw, value: value || null, zh: null, en: null };
      }) })),
    };
    return { body };
  },
  'POST /imports/:sha/take': (call) => (need('import_records'), mappingOf(call), { body: { ...amounts, ...told } satisfies X.Taken }),

  'GET /stock-take': (call) => (need('read_sources'), { body: stock(call.query.get('safe') ?? '') }),
  'POST /stock-take/count': (call) => (need('read_sources'), { body: countCodes(call.json().safe, call.json().codes) }),
  'POST /stock-take': (call) => {
    const me = need('write_records');
    const { safe, codes, explained } = call.json();
    const counted = countCodes(safe, codes);
    if (!counted.agrees && !explained) throw new Refusal(422, 'invalid', 'Explain the difference.', '有差额时请说明原因。', { explained: '有差额时请说明原因 · a difference must be explained' });
    const record: FormRecord = { id: id(), version: 1, form: 'stock_take', edition: 1, about: { kind: 'hospital', id: here.id }, day: day(0), until: null, values: { safe, expected, difference: counted.difference }, files: [], withdrawn: false, created_by: me, created: new Date().toISOString(), warnings: [] };
    taken.push(record);
    return { status: 201, body: record };
  },
});
