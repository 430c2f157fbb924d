// Three made-up patients: prostate, lung, oesophageal stent; and a dozen empty cases so that a list looks like one.
import { createHash } from 'node:crypto';
import type * as T from '../src/api/types';

/** A document as the mock keeps it: with its case. */
export type Paper = T.Document & { case: string };

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const at = (offset: number, hour = 2) => `${day(offset)}T${String(hour).padStart(2, '0')}:12:40Z`;
export const digest = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
let next = 1;
export const id = () => `01980000-0000-7000-8000-${String(next++).padStart(12, '0')}`;

const account = (login: string, name: string, ...roles: T.Role[]): T.Account => ({ id: id(), version: 1, login, name, roles, hospitals: [], active: true, created: at(-90) });
export const accounts: T.Account[] = process.env.MOCK_FIRST_RUN ? [] : [
  account('admin', '系统管理员', 'administrator'), account('li', '李明远', 'physicist'), account('wang', '王静', 'physician'),
  account('zhao', '赵启航', 'physicist', 'quality'), account('zhi', '周质', 'quality'), account('chen', '陈源', 'custodian'),
];
const person = (login: string): T.Person => {
  const found = accounts.find((one) => one.login === login);
  return { id: found?.id ?? '', name: found?.name ?? '' };
};

export const cases: T.CaseRow[] = [];
export const studies: T.Study[] = [];
export const documents: Paper[] = [];
export const verifications: T.VerificationWhole[] = [];
export const jobs: T.Job[] = [];
export const uploads: T.Upload[] = [];
export const ledger: (T.LedgerRow & { case: string | null })[] = [];

export function record(who: T.Person | null, action: string, kind: string, subject: string, caseId: string | null, why = '', before: unknown = null, after: unknown = null, when = new Date().toISOString()) {
  ledger.push({ seq: ledger.length + 1, at: when, who, action, kind, subject, why, before, after, case: caseId });
}

function addCase(number: string, name: string, sex: T.Sex, birth: string, site: string, diagnosis: string, implanted: number | null, intent: T.Intent): T.CaseRow {
  const row: T.CaseRow = {
    id: id(), version: 3, number, patient: { id: id(), version: 1, number: `P${240100 + cases.length}`, name, birth_date: birth, sex }, site, diagnosis,
    hospital: null, technique: 'seed_implant', route: '', method: '',
    implanted_on: implanted === null ? null : day(implanted), discharged_on: null, intent, physician: person('wang').id, physicist: person(cases.length % 3 === 1 ? 'zhao' : 'li').id,
    imaging_due: implanted === null ? null : day(implanted + 30), follow_up_due: null, withdrawn: false, notes: '', created: at((implanted ?? 0) - 12),
    stage: 'planned', due: null, overdue: false, follow_up_is_due: false,
  };
  cases.push(row);
  record(person('wang'), 'case.create', 'case', row.id, row.id, '', null, { number, site }, row.created);
  if (implanted !== null) record(person('wang'), 'case.replace', 'case', row.id, row.id, '手术完成', { implanted_on: null }, { implanted_on: row.implanted_on }, at(implanted, 9));
  return row;
}

function addStudy(row: T.CaseRow, offset: number, slices: number, structures: string[], plan: number, remarks: T.Remark[]): T.Study {
  const study: T.Study = {
    id: id(), version: 1, case: row.id, received: at(offset, 3), received_by: person('li'), files: slices + 3, remarks, withdrawn: false,
    summary: {
      uid: `1.2.826.0.1.3680043.10.1234.${studies.length + 1}`, description: 'Post-implant CT', date: `${day(offset)} 10:22`,
      series: [{ uid: `1.2.826.0.1.3680043.10.1234.${studies.length + 1}.1`, modality: 'CT', description: 'Pelvis 2.5 mm', size: [512, 512, slices], spacing_mm: [0.78, 0.78, 2.5], problem: null }],
      structure_sets: [['POST', structures]], plans: plan ? [['PLAN_1', plan]] : [], doses: plan ? 1 : 0, can_be_verified: true,
    },
  };
  studies.push(study);
  record(person('li'), 'study.create', 'study', study.id, row.id, '', null, { files: study.files }, study.received);
  return study;
}

const files = ['report.zh.pdf', 'report.en.pdf', 'dose.dcm', 'plan.dcm', 'result.json', 'dvh.csv', 'seeds.csv'];
function addVerification(row: T.CaseRow, study: T.Study, state: T.VerificationState, verdict: T.Verdict | null, summary: T.Summary | null, signed: T.SignRole[], follows: T.VerificationRow['follows'] = null, offset = -1): T.VerificationWhole {
  const one: T.VerificationWhole = {
    id: id(), version: 2, case: row.id, number: verifications.filter((v) => v.case === row.id).length + 1, study: study.id, state, follows, verdict,
    created: at(offset, 4), created_by: person('li'), computed: verdict ? at(offset, 5) : null,
    settings: { prescription_gy: row.intent.prescription_gy, model: row.intent.model, strength_u: row.intent.strength_u, strength_date: row.implanted_on, implant_date: row.implanted_on, count: row.intent.count, target: summary?.target.name ?? null, criteria: null, formalism: 'auto', grid_mm: 1 },
    failure: null, job: null, signatures: [], missing_signatures: [], summary, remarks: [], files: [], content: null, inputs: null, software: null,
  };
  if (verdict) finish(one, verdict, summary);
  for (const role of signed) one.signatures.push({ role, name: person(role === 'physicist' ? 'li' : 'wang').name, signed: at(offset, 6), content: one.content ?? '' });
  one.missing_signatures = verdict ? (['physicist', 'physician'] as const).filter((role) => !signed.includes(role)) : [];
  verifications.push(one);
  record(person('li'), 'verification.create', 'verification', one.id, row.id, follows?.why ?? '', null, { number: one.number }, one.created);
  if (verdict) record(person('li'), 'verification.replace', 'verification', one.id, row.id, '', { state: 'running' }, { state: 'computed', verdict }, one.computed ?? undefined);
  for (const role of signed) record(person(role === 'physicist' ? 'li' : 'wang'), 'signature.create', 'signature', one.id, row.id, '', null, { role }, at(offset, 6));
  return one;
}

export function finish(one: T.VerificationWhole, verdict: T.Verdict, summary: T.Summary | null) {
  one.files = files.map((name, n) => ({ name, bytes: [184_320, 171_008, 4_812_544, 38_912, 96_120, 41_200, 5_210][n] ?? 1000, sha256: digest(one.id + name + one.version) }));
  one.content = digest(one.id + one.version);
  one.inputs = digest(one.study);
  one.software = 'Dosewright 0.1.0';
  one.computed = new Date().toISOString();
  one.verdict = verdict;
  one.summary = summary;
  one.d90_gy = summary?.target.indices['D90']?.value ?? null;
  one.v100_percent = summary?.target.indices['V100']?.value ?? null;
  one.missing_signatures = ['physicist', 'physician'];
  one.signatures = [];
}

const finding = (structure: string | null, name: string, measured: number | null, limit: number, unit: string, least: boolean, required: boolean): T.Finding => {
  const margin = measured === null ? null : least ? measured - limit : limit - measured;
  return { clause: `${structure}-${name}`, structure, index: name, measured, limit, unit, margin, required, outcome: margin === null ? 'no_structure' : margin >= 0 ? 'met' : 'not_met', source: 'ABS 2012; TG-137', checked: null };
};
function structure(number: number, name: string, volume_cm3: number, values: Record<string, number | null>) {
  const unit = (key: string) => (/^V.*cc$|volume/.test(key) ? 'cm³' : key.startsWith('V') ? '%' : 'Gy');
  return { number, name, volume_cm3, outside_cm3: 0, indices: Object.fromEntries(Object.entries({ volume: volume_cm3, ...values }).map(([key, value]) => [key, { value, unit: unit(key) }])) };
}
function summary(prescription_gy: number, structures: T.Summary['structures'], findings: T.Finding[], notices: T.Notice[]): T.Summary {
  const target = structures[0] as T.Summary['structures'][number];
  return {
    target: { name: target.name, volume_cm3: target.volume_cm3, indices: target.indices }, prescription_gy, formalism: 'Line2D', kinds: [{ model: 'stm1251', nuclide: 'I-125', air_kerma_strength_u: 0.6 }], structures,
    criteria: { pack: 'prostate-i125-monotherapy', version: '2026.1' }, findings, effect: { bed_gy: 119, tissue: 'prostate-tg137', parameters_verified: false }, notices,
  };
}
export const prostateSummary = summary(145, [
  structure(1, 'Prostate', 35.69, { D90: 153.2, V100: 92.0, V150: 62.6, V200: 27.3, Dmean: 259.1, D100: 88.1 }),
  structure(2, 'Rectum', 61.07, { D2cc: 104.0, 'D0.1cc': 236.3, V100cc: 0.82, Dmean: 31.2 }),
  structure(3, 'Urethra', 0.84, { D5: 192.7, D10: 190.8, D30: 179.0, D2cc: null }),
], [
  finding('Prostate', 'D90', 105.7, 100, '%Rx', true, true), finding('Prostate', 'D90', 105.7, 130, '%Rx', false, false), finding('Prostate', 'V100', 92.0, 90, '%', true, true), finding('Prostate', 'V100', 92.0, 95, '%', true, false),
  finding('Prostate', 'V150', 62.6, 65, '%', false, false), finding('Urethra', 'D10', 131.6, 150, '%Rx', false, true), finding('Urethra', 'D30', 123.5, 130, '%Rx', false, true),
  finding('Rectum', 'D2cc', 71.7, 100, '%Rx', false, true), finding('Rectum', 'D0.1cc', 186.3, 200, 'Gy', false, true), finding(null, 'D2cc', null, 100, '%Rx', false, false),
], [
  { level: 'warning', zh: '预期58粒，检出57粒；按总亮度估计为57.1粒', en: '58 seeds were expected, 57 were found; their brightness is that of 57.1 seeds' },
  { level: 'note', zh: '距 SourceTech STM1251 粒子 70 mm 以外超出剂量学数据表，剂量为外推值。', en: 'farther than 70 mm from a SourceTech STM1251 seed the dose is extrapolated beyond the published tables' },
]);
export const lungSummary = summary(110, [
  structure(1, 'PTV', 21.33, { D90: 92.4, V100: 81.7, V150: 62.8, V200: 49.3 }),
  structure(2, 'Heart', 512.4, { Dmean: 1.3, D2cc: 12.5 }),
], [finding('PTV', 'D90', 84.0, 100, '%Rx', true, true), finding('PTV', 'V100', 81.7, 90, '%', true, true), finding('PTV', 'V200', 49.3, 50, '%', false, false)], [
  { level: 'serious', zh: '登记植入22粒，检出20粒：请先查明缺少的2粒。', en: '22 seeds are recorded, 20 were found: account for the missing 2 first' },
  { level: 'warning', zh: '剂量按水介质计算，未计入肺密度。', en: 'the dose is that in water; the density of lung is not taken into account' },
]);

if (accounts.length) build();

function build() {
  const i125 = (prescription_gy: number | null, count: number | null): T.Intent => ({ prescription_gy, model: 'STM1251', strength_u: 0.621, count });
  const remarks: T.Remark[] = [
    { severity: 'warning', path: 'CT/IM0031.dcm', tag: '(0018,0050)', zh: '层厚与层间距不一致（3.0 与 2.5 mm），按层间距处理。', en: 'Slice thickness and spacing differ (3.0 and 2.5 mm); the spacing is used.' },
    { severity: 'note', path: 'DICOMDIR', tag: null, zh: '目录文件不需要，未保存。', en: 'The directory file is not needed and was not kept.' },
    { severity: 'error', path: 'CT/IM0050.dcm', tag: null, zh: '文件不完整：像素数据短 4096 字节，已略去。', en: 'The file is truncated: pixel data are 4096 bytes short; it was left out.' },
  ];
  const prostate = addCase('2026-0041', '王建国', 'M', '1951-04-12', '前列腺', '前列腺腺癌，Gleason 3+3，PSA 7.2 ng/mL', -33, i125(145, 57));
  const s1 = addStudy(prostate, -3, 54, ['Prostate', 'Rectum', 'Urethra', 'Bladder'], 57, remarks);
  const old = addVerification(prostate, s1, 'superseded', 'met', prostateSummary, ['physicist'], null, -2);
  addVerification(prostate, s1, 'computed', 'met', prostateSummary, ['physicist'], { id: old.id, why: '粒子 31 位置改正' }, -1);
  documents.push({ id: id(), version: 1, case: prostate.id, kind: 'consent', title: '知情同意书', file_name: 'consent.pdf', media_type: 'application/pdf', bytes: 412_334, added_by: person('wang'), added: at(-34), withdrawn: false });
  documents.push({ id: id(), version: 1, case: prostate.id, kind: 'pathology', title: '穿刺病理报告', file_name: '病理 20260912.pdf', media_type: 'application/pdf', bytes: 1_204_110, added_by: person('wang'), added: at(-40), withdrawn: false });
  const lung = addCase('2026-0043', '李秀兰', 'F', '1948-11-02', '右肺上叶', '肺腺癌，无法手术', -40, { prescription_gy: 110, model: '6711', strength_u: 0.8, count: 22 });
  const s2 = addStudy(lung, -8, 96, ['PTV', 'Heart', 'Lung_R', 'SpinalCord'], 0, []);
  addVerification(lung, s2, 'computed', 'not_met', lungSummary, []);
  const stent = addCase('2026-0044', '张福田', 'M', '1944-02-27', '食管', '食管鳞癌，粒子支架', -21, { prescription_gy: 60, model: '6711', strength_u: 0.7, count: 28 });
  addStudy(stent, -1, 80, ['GTV', 'Trachea', 'SpinalCord'], 28, []);
  addCase('2026-0045', '刘淑芬', 'F', '1956-07-19', '胰腺', '胰腺癌', -35, i125(120, 40));
  addCase('2026-0046', '陈国强', 'M', '1949-01-30', '前列腺', '前列腺腺癌', -12, i125(145, 62));
  addCase('2026-0047', '欧阳春梅', 'F', '1961-10-08', '肝', '肝细胞癌', -5, i125(110, 30));
  addCase('2026-0048', '孙立', 'M', '1953-03-03', '前列腺', '', null, i125(145, null));
  addCase('2026-0049', 'John Smith', 'M', '1950-12-25', '头颈部', '复发鳞癌', null, i125(120, null));
  const done = addCase('2026-0032', '周大海', 'M', '1947-08-15', '前列腺', '前列腺腺癌', -70, i125(145, 54));
  const s3 = addStudy(done, -40, 60, ['Prostate', 'Rectum'], 54, []);
  addVerification(done, s3, 'signed', 'met', prostateSummary, ['physicist', 'physician'], null, -38);
  done.follow_up_due = day(-2);
  for (const row of cases) stand(row);
}

/** Stage and due day, as `records::stage` has them. */
export function stand(row: T.CaseRow) {
  const current = verifications.filter((one) => one.case === row.id && one.state !== 'superseded').at(-1);
  row.stage = current?.state === 'signed' ? 'signed' : current?.state === 'computed' ? 'verified' : studies.some((one) => one.case === row.id && !one.withdrawn) ? 'imaged' : row.implanted_on ? 'implanted' : 'planned';
  row.due = row.withdrawn || row.stage === 'planned' ? null : row.stage === 'signed' ? row.follow_up_due : row.imaging_due;
  row.overdue = row.due !== null && row.stage !== 'signed' && row.due < day(0);
  row.follow_up_is_due = row.stage === 'signed' && row.due !== null && row.due <= day(0);
}
