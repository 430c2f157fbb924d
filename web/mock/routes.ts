// The contract's requests, answered from data.ts.
import type * as T from '../src/api/types';
import { accounts, cases, digest, documents, finish, id, jobs, ledger, prostateSummary, record, stand, studies, uploads, verifications, type Paper } from './data';
import { exchangeRoutes } from './exchange';
import { Refusal, type Call, type Routes } from './refusal';

let who: T.Account | null = null;
const PERMISSIONS: Partial<Record<T.Action, T.Role[]>> = {
  read_cases: ['physician', 'physicist', 'custodian', 'quality'], open_case: ['physician', 'physicist'], edit_case: ['physician', 'physicist'],
  edit_documents: ['physician', 'physicist'], import_study: ['physician', 'physicist'], edit_verification: ['physicist'], sign_as_physicist: ['physicist'],
  sign_as_physician: ['physician'], fetch_results: ['physician', 'physicist', 'quality'], read_ledger: ['quality', 'administrator'], check_ledger: ['quality', 'administrator'],
  read_accounts: ['physician', 'physicist', 'custodian', 'quality', 'administrator'], edit_accounts: ['administrator'],
  // of the register the stand-in has exchange and stock-take only
  read_register: ['physicist', 'custodian', 'quality', 'administrator'], edit_register: [], write_records: ['physicist', 'custodian'], read_sources: ['physicist', 'custodian'], move_seeds: [],
  read_indicators: [], report_figures: [], export_records: ['quality'], import_records: ['quality', 'administrator'],
};
function need(action?: T.Action): T.Person {
  if (!who) throw new Refusal(401, 'not-logged-in', 'Log in first.', '请先登录。');
  if (action && !PERMISSIONS[action]?.some((role) => who?.roles.includes(role))) throw new Refusal(403, 'forbidden', 'Your roles do not allow this; ask an administrator.', '您的角色不允许此操作；请联系管理员。');
  return { id: who.id, name: who.name };
}
const session = () => ({ account: who, actions: (Object.keys(PERMISSIONS) as T.Action[]).filter((action) => PERMISSIONS[action]?.some((role) => who?.roles.includes(role))), csrf: 'mock' });
function one<X extends { id: string }>(list: X[], wanted: string | undefined): X {
  const found = list.find((row) => row.id === wanted);
  if (!found) throw new Refusal(404, 'not-found', 'There is no such record; it may have another address.', '没有这条记录，网址可能有误。');
  return found;
}
function fresh(call: Call, row: { version: number }) {
  if (call.headers['if-match'] !== `"v${row.version}"`) throw new Refusal(412, 'conflict', 'Somebody changed this in the meantime; reload, then make your change again.', '期间有他人修改了此记录；请重新载入后再修改。');
  row.version++;
}
const etag = (row: { version: number }) => ({ ETag: `"v${row.version}"` });

function missing(row: T.CaseRow): T.Missing[] {
  const list: T.Missing[] = [];
  const say = (what: T.MissingWhat, zh: string, en: string) => list.push({ what, zh, en });
  if (!documents.some((d) => d.case === row.id && d.kind === 'consent' && !d.withdrawn)) say('consent', '缺少知情同意书', 'No consent on file');
  if (row.stage === 'planned') say('implant_date', '尚未登记植入日期', 'No implant date yet');
  if (row.stage === 'implanted') say('study', '尚无术后影像', 'No post-implant study yet');
  if (row.stage === 'imaged') say('verification', '尚未完成剂量验证', 'The dose is not verified yet');
  const current = verifications.filter((v) => v.case === row.id && v.state === 'computed').at(-1);
  for (const role of current?.missing_signatures ?? []) say(`signature_${role}`, role === 'physicist' ? '缺物理师签字' : '缺医师签字', role === 'physicist' ? 'The physicist has not signed' : 'The physician has not signed');
  if (row.follow_up_is_due) say('follow_up', '随访到期', 'Follow-up is due');
  return list;
}

function startJob(task: T.Job['task'], subject: string, done: (job: T.Job) => void): T.Job {
  const job: T.Job = { id: id(), task, subject, progress: 'queued', step: '', step_zh: '', part: 0, message: '', result: null, ordered: new Date().toISOString(), attempts: 1 };
  jobs.push(job);
  const steps = task === 'import' ? [['reading files', '读取文件'], ['sorting series', '整理序列']] : [['choosing', '选取影像'], ['dose', '计算剂量'], ['histograms', '体积直方图'], ['report', '生成报告']];
  let tick = 0;
  const timer = setInterval(() => {
    if (job.progress === 'cancelled') return clearInterval(timer);
    tick++;
    const at = Math.floor(tick / 4);
    if (at >= steps.length) {
      clearInterval(timer);
      done(job);
      job.progress = 'done';
      return;
    }
    job.progress = 'running';
    [job.step, job.step_zh] = steps[at] as [string, string];
    job.part = (tick % 4) / 4;
  }, 400);
  return job;
}

export const routes: Routes = {
  ...exchangeRoutes(need),
  'GET /setup': () => ({ body: { first_run: accounts.length === 0, software: 'Dosewright 0.1.0', languages: ['zh', 'en'], demo: true } }),
  'POST /setup': (call) => {
    const body = call.json();
    who = { id: id(), version: 1, login: body.login, name: body.name, roles: ['administrator'], hospitals: [], active: true, created: new Date().toISOString() };
    accounts.push(who);
    return { status: 201, body: { account: who } };
  },
  'GET /session': () => (need(), { body: session() }),
  'POST /session': (call) => {
    const { login, password } = call.json();
    const found = accounts.find((row) => row.login === login && row.active);
    if (!found || password === 'wrong') throw new Refusal(401, 'wrong-password', 'Login name or password is wrong.', '登录名或密码不正确。');
    who = found;
    return { body: session() };
  },
  'DELETE /session': () => ((who = null), { status: 204 }),
  'POST /session/password': (call) => {
    need();
    if (call.json().old === 'wrong') throw new Refusal(401, 'wrong-password', 'The present password is wrong.', '原密码不正确。');
    return { status: 204 };
  },
  'GET /accounts': () => (need('read_accounts'), { body: { rows: accounts } }),
  'POST /accounts': (call) => {
    const me = need('edit_accounts');
    const { password: _, ...body } = call.json();
    if (accounts.some((row) => row.login === body.login)) throw new Refusal(422, 'invalid', 'This login name is taken.', '登录名已被使用。', { login: '登录名已被使用 / taken' });
    const row: T.Account = { id: id(), version: 1, active: true, created: new Date().toISOString(), ...body };
    accounts.push(row);
    record(me, 'account.create', 'account', row.id, null, '', null, { login: row.login, roles: row.roles });
    return { status: 201, body: row };
  },
  'PATCH /accounts/:id': (call) => {
    const me = need('edit_accounts');
    const row = one(accounts, call.params[0]);
    fresh(call, row);
    const { why, ...body } = call.json();
    record(me, 'account.replace', 'account', row.id, null, why, { roles: row.roles, active: row.active }, body);
    return { body: Object.assign(row, body) };
  },
  'POST /accounts/:id/password': (call) => (record(need('edit_accounts'), 'account.password', 'account', call.params[0] ?? '', null, call.json().why), { status: 204 }),

  'GET /cases': ({ query }) => {
    need('read_cases');
    const search = query.get('search')?.toLowerCase() ?? '';
    const visible = cases.filter((row) => (!row.withdrawn || query.get('withdrawn') === 'true') && (!search || [row.number, row.patient.name, row.patient.number, row.site, row.diagnosis].some((text) => text.toLowerCase().includes(search))));
    const counts = { planned: 0, implanted: 0, imaged: 0, verified: 0, signed: 0, overdue: 0 };
    for (const row of visible) counts[row.stage]++, row.overdue && counts.overdue++;
    const stages = query.get('stage')?.split(',');
    const rows = visible.filter((row) => (!stages || stages.includes(row.stage)) && (query.get('overdue') !== 'true' || row.overdue));
    const by = query.get('order') ?? 'due';
    const key = (row: T.CaseRow) => (by === 'number' ? row.number : by === 'newest' ? row.created : (row.due ?? '9'));
    rows.sort((a, b) => key(a).localeCompare(key(b), 'zh') * (by === 'newest' ? -1 : 1));
    const offset = Number(query.get('offset') ?? 0);
    return { body: { rows: rows.slice(offset, offset + Number(query.get('limit') ?? 50)), total: rows.length, counts } };
  },
  'POST /cases': (call) => {
    const me = need('open_case');
    const body = call.json();
    const fields: Record<string, string> = {};
    if (!body.site) fields.site = 'missing';
    if (Object.keys(fields).length) throw new Refusal(422, 'invalid', 'The site is missing.', '缺少部位。', fields);
    const row: T.CaseRow = {
      id: id(), version: 1, number: body.number || `2026-${String(50 + cases.length).padStart(4, '0')}`, patient: { id: id(), version: 1, birth_date: null, sex: '', ...body.patient }, site: body.site, diagnosis: body.diagnosis ?? '',
      hospital: null, technique: 'seed_implant', route: '', method: '',
      discharged_on: null, implanted_on: body.implanted_on ?? null, intent: { prescription_gy: null, model: null, strength_u: null, count: null, ...body.intent }, physician: body.physician ?? null, physicist: body.physicist ?? null,
      imaging_due: body.imaging_due ?? null, follow_up_due: null, withdrawn: false, notes: body.notes ?? '', created: new Date().toISOString(), stage: 'planned', due: null, overdue: false, follow_up_is_due: false,
    };
    cases.push(row);
    stand(row);
    record(me, 'case.create', 'case', row.id, row.id);
    return { status: 201, body: row };
  },
  'GET /cases/:id': (call) => {
    need('read_cases');
    const row = one(cases, call.params[0]);
    const of = <X extends { case: string }>(list: X[]) => list.filter((item) => item.case === row.id);
    const subjects = [...of(verifications), ...of(uploads)].map((item) => item.id);
    const open = jobs.filter((job) => subjects.includes(job.subject) && (job.progress === 'queued' || job.progress === 'running'));
    return { body: { case: row, studies: of(studies), documents: of(documents), verifications: of(verifications), jobs: open, missing: missing(row) }, headers: etag(row) };
  },
  'PATCH /cases/:id': (call) => {
    const me = need('edit_case');
    const row = one(cases, call.params[0]);
    fresh(call, row);
    const { why, patient, intent, ...body } = call.json();
    record(me, 'case.replace', 'case', row.id, row.id, why, Object.fromEntries(Object.keys(body).map((key) => [key, row[key as keyof T.CaseRow]])), body);
    Object.assign(row, body);
    Object.assign(row.patient, patient);
    Object.assign(row.intent, intent);
    stand(row);
    return { body: row, headers: etag(row) };
  },
  'GET /cases/:id/timeline': (call) => (need('read_cases'), { body: { rows: page(ledger.filter((row) => row.case === call.params[0]), call) } }),
  'POST /cases/:id/documents': (call) => {
    const me = need('edit_documents');
    const q = call.query;
    const row: Paper = { id: id(), version: 1, case: call.params[0] ?? '', kind: q.get('kind') as T.DocumentKind, title: q.get('title') ?? '', file_name: q.get('file_name') ?? '', media_type: String(call.headers['content-type']), bytes: call.body.length, added_by: me, added: new Date().toISOString(), withdrawn: false };
    documents.push(row);
    record(me, 'document.create', 'document', row.id, row.case, '', null, { title: row.title });
    return { status: 201, body: row };
  },
  'GET /documents/:id/content': () => pdf(),
  'PATCH /documents/:id': (call) => change(call, documents, 'document', 'edit_documents'),

  'POST /cases/:id/uploads': (call) => {
    need('import_study');
    const upload: T.Upload = { id: id(), case: call.params[0] ?? '', files: [], job: null, study: null };
    uploads.push(upload);
    return { status: 201, body: upload };
  },
  'GET /uploads/:id': (call) => ({ body: one(uploads, call.params[0]) }),
  'PUT /uploads/:id/files': async (call) => {
    const upload = one(uploads, call.params[0]);
    const file = { path: call.query.get('path') ?? '', bytes: call.body.length, sha256: digest(call.body) };
    await new Promise((resolve) => setTimeout(resolve, 20));
    upload.files = [...upload.files.filter((row) => row.path !== file.path), file];
    return { body: file };
  },
  'POST /uploads/:id/complete': (call) => {
    const me = need('import_study');
    const upload = one(uploads, call.params[0]);
    const job = startJob('import', upload.id, (done) => {
      const template = studies[0];
      if (!template) return;
      const study: T.Study = { ...template, id: id(), case: upload.case, version: 1, received: new Date().toISOString(), received_by: me, files: upload.files.length };
      studies.push(study);
      upload.study = study.id;
      done.result = { study: study.id };
      stand(one(cases, upload.case));
    });
    upload.job = job.id;
    return { status: 202, body: { job: job.id } };
  },
  'GET /jobs/:id': (call) => ({ body: one(jobs, call.params[0]) }),
  'POST /jobs/:id/cancel': (call) => ((one(jobs, call.params[0]).progress = 'cancelled'), { status: 202, body: {} }),
  'GET /jobs/:id/events': (call) => {
    const job = one(jobs, call.params[0]);
    call.response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const timer = setInterval(() => {
      call.response.write(`event: job\ndata: ${JSON.stringify(job)}\n\n`);
      if (job.progress !== 'queued' && job.progress !== 'running') clearInterval(timer), call.response.end();
    }, 200);
    call.response.on('close', () => clearInterval(timer));
    return null;
  },
  'GET /studies/:id': (call) => ({ body: one(studies, call.params[0]) }),
  'PATCH /studies/:id': (call) => change(call, studies, 'study', 'import_study'),

  'POST /cases/:id/verifications': (call) => {
    const me = need('edit_verification');
    const row = one(cases, call.params[0]);
    const { study, settings } = call.json();
    const number = verifications.filter((v) => v.case === row.id).length + 1;
    const v: T.VerificationWhole = { id: id(), version: 1, case: row.id, number, study, state: 'draft', follows: null, verdict: null, created: new Date().toISOString(), created_by: me, computed: null, settings: { ...row.intent, implant_date: row.implanted_on, ...settings }, failure: null, job: null, signatures: [], missing_signatures: [], summary: null, remarks: [], files: [], content: null, inputs: null, software: null };
    verifications.push(v);
    record(me, 'verification.create', 'verification', v.id, row.id);
    return { status: 201, body: v };
  },
  'GET /verifications/:id': (call) => {
    need('read_cases');
    const v = one(verifications, call.params[0]);
    return { body: v, headers: etag(v) };
  },
  'PATCH /verifications/:id': (call) => {
    const me = need('edit_verification');
    const v = one(verifications, call.params[0]);
    fresh(call, v);
    const { settings, why } = call.json();
    record(me, 'verification.replace', 'verification', v.id, v.case, why ?? '', { settings: v.settings }, { settings });
    Object.assign(v, { settings, state: 'draft', verdict: null, summary: null, files: [], content: null });
    stand(one(cases, v.case));
    return { body: v };
  },
  'POST /verifications/:id/new-version': (call) => {
    const me = need('edit_verification');
    const old = one(verifications, call.params[0]);
    const v: T.VerificationWhole = { ...old, id: id(), version: 1, number: verifications.filter((row) => row.case === old.case).length + 1, state: 'draft', follows: { id: old.id, why: call.json().why }, verdict: null, summary: null, files: [], content: null, signatures: [], missing_signatures: [], created: new Date().toISOString(), created_by: me, computed: null };
    verifications.push(v);
    record(me, 'verification.create', 'verification', v.id, v.case, v.follows?.why);
    return { status: 201, body: v };
  },
  'GET /verifications/:id/difference': (call) => {
    const [before, after] = [one(verifications, call.params[0]), one(verifications, call.query.get('to') ?? '')];
    const indices = (before.summary?.structures ?? []).flatMap((row) => Object.entries(row.indices).map(([index, figure]) => ({
      structure: row.name, index, unit: figure.unit, before: figure.value, after: after.summary?.structures.find((other) => other.name === row.name)?.indices[index]?.value ?? null,
    })));
    return { body: { settings: [{ field: 'count', before: 56, after: 57 }], seeds: { added: [57], removed: [], moved: [{ number: 31, distance_mm: 2.4 }] }, indices, verdict: { before: before.verdict, after: after.verdict } } satisfies T.Difference };
  },
  'POST /verifications/:id/seeds/from-plan': () => ({ body: {} }),
  'POST /verifications/:id/seeds/find': (call) => {
    const job = startJob('find_seeds', call.params[0] ?? '', (done) => (done.result = { seeds: 57, warnings: [] }));
    one(verifications, call.params[0]).job = job.id;
    return { status: 202, body: { job: job.id } };
  },
  'POST /verifications/:id/compute': (call) => {
    need('edit_verification');
    const v = one(verifications, call.params[0]);
    v.state = 'running';
    const job = startJob('verify', v.id, () => {
      v.version++;
      v.state = 'computed';
      v.job = null;
      finish(v, 'met', prostateSummary);
      for (const other of verifications) if (other.id === v.follows?.id) other.state = 'superseded';
      stand(one(cases, v.case));
    });
    v.job = job.id;
    return { status: 202, body: { job: job.id } };
  },
  'POST /verifications/:id/sign': (call) => {
    const v = one(verifications, call.params[0]);
    const { role, password, content } = call.json();
    const me = need(role === 'physicist' ? 'sign_as_physicist' : 'sign_as_physician');
    if (password === 'wrong') throw new Refusal(401, 'wrong-password', 'The password is wrong; nothing was signed.', '密码不正确，未签字。');
    if (content !== v.content) throw new Refusal(409, 'refused', 'The result changed since you opened it; look at it again.', '结果在您打开之后已改变，请重新查看。');
    const signature: T.Signature = { role, name: me.name, signed: new Date().toISOString(), content };
    v.signatures.push(signature);
    v.missing_signatures = v.missing_signatures.filter((other) => other !== role);
    if (v.missing_signatures.length === 0) v.state = 'signed';
    v.version++;
    record(me, 'signature.create', 'signature', v.id, v.case, '', null, { role });
    stand(one(cases, v.case));
    return { status: 201, body: { signature, state: v.state } };
  },
  'GET /verifications/:id/files/:name': (call) => (call.params[1]?.endsWith('.pdf') ? pdf() : { raw: 'number,x_mm,y_mm,z_mm\n', headers: { 'Content-Type': 'text/csv' } }),

  'GET /audit': (call) => (need('read_ledger'), { body: { rows: page(ledger.filter((row) => !call.query.get('subject') || row.subject === call.query.get('subject')), call), head: head() } }),
  'POST /audit/check': () => (need('check_ledger'), { body: { sound: true, head: head(), items: cases.length + studies.length + verifications.length + accounts.length } }),
  'GET /seed-models': () => ({ body: { rows: [['STM1251', 'I-125'], ['6711', 'I-125'], ['TheraSeed 200', 'Pd-103'], ['CS-1 Rev2', 'Cs-131']].map(([name, nuclide]) => ({ id: name, name, nuclide, length_mm: 4.5, diameter_mm: 0.8 })) } }),
  'GET /criteria': () => ({ body: { rows: [{ id: 'prostate-i125-monotherapy', title_zh: '前列腺 125I 粒子永久植入（单纯植入）', title_en: 'Permanent 125I prostate implant, monotherapy', prescription_gy: 145 }, { id: 'solid-tumour-i125', title_zh: '实体肿瘤 125I 粒子植入', title_en: '125I seeds in solid tumours', prescription_gy: null }] } }),
};

const head = () => ({ seq: ledger.length, hash: digest(JSON.stringify(ledger.at(-1) ?? '')) });
function page(rows: typeof ledger, call: Call) {
  const before = Number(call.query.get('before') ?? Infinity);
  return rows.filter((row) => row.seq < before).sort((a, b) => b.seq - a.seq).slice(0, Number(call.query.get('limit') ?? 50));
}
function change<X extends { id: string; version: number; case: string; withdrawn: boolean }>(call: Call, list: X[], kind: string, action: T.Action) {
  const me = need(action);
  const row = one(list, call.params[0]);
  fresh(call, row);
  const { why, withdrawn } = call.json();
  record(me, `${kind}.replace`, kind, row.id, row.case, why, { withdrawn: row.withdrawn }, { withdrawn });
  row.withdrawn = withdrawn;
  stand(one(cases, row.case));
  return { body: row };
}
/** A one-page PDF with a line of text. */
function pdf() {
  const text = 'BT /F1 24 Tf 72 760 Td (Mock report) Tj ET';
  const objects = ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[3 0 R]/Count 1>>', '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>', `<</Length ${text.length}>>stream\n${text}\nendstream`];
  const body = `%PDF-1.4\n${objects.map((object, n) => `${n + 1} 0 obj${object}endobj\n`).join('')}trailer<</Root 1 0 R>>\n%%EOF`;
  return { raw: body, headers: { 'Content-Type': 'application/pdf' } };
}
