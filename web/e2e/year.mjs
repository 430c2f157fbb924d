// A patient from referral to the visit after a year, in a made-up hospital: the physician, the physicist, the custodian and the quality manager
// each do their part, one step is refused by a norm, and a seed is lost and found.
import { dosewright } from './server.mjs';
import { fillIn, record, saved, schema } from './forms.mjs';
import { field, PASSWORD } from './people.mjs';
import { LONG, must, until } from './wait.mjs';
import { whole } from './words.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Who logs in to the made-up hospital. */
export const STAFF = Object.fromEntries(['admin', 'physician', 'physicist', 'custodian', 'quality'].map((login) => [login, { login, zh: login, en: login }]));

/** Days from today, as `2026-03-01`. */
const day = (/** @type {number} */ offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
/** How long ago the procedure was: its visit after a year falls due these days. */
const AGO = 364;
/** A day by its distance from the procedure. */
const on = (/** @type {number} */ offset) => day(offset - AGO);

/** The hospital with a year behind it, in an empty folder. */
export const madeUpHospital = (/** @type {string} */ data, /** @type {string} */ password) =>
  dosewright('made-up', '--quiet', '--data', data, '--small', '--seed', '11', '--until', day(-1), '--password', password);

/** What the server answers to the page's own login. */
const got = (/** @type {Page} */ page, /** @type {string} */ path) => page.evaluate(async (path) => (await fetch(`/api/v1${path}`)).json(), path);

/** @param {any} v the walk @returns {[string, () => Promise<void>][]} */
export function year(v) {
  const { w, windows, pictures, url } = v;
  const { count: SEEDS, strength, model, prescription } = v.study.intent;
  const button = (/** @type {any} */ scope, /** @type {string} */ key, values = {}) => scope.getByRole('button', { name: w(key, values), exact: true });
  const label = (/** @type {string} */ form) => schema(form)[`x-${v.language}`];
  const person = (/** @type {any} */ one) => one.id;
  const enter = async (/** @type {Page} */ page, /** @type {string} */ form, /** @type {Record<string, any>} */ values, options = {}) => saved(v, await record(v, page, form, values, options));
  /** One step of seeds on the page of their lot. */
  const move = async (/** @type {Page} */ page, /** @type {string} */ from, /** @type {string} */ step, /** @type {string} */ to, /** @type {{ count?: number, safe?: string, at?: string, note?: string, of?: string }} */ more = {}) => {
    await page.goto(`${url}/lots/${v.lot}`);
    await page.getByRole('button', { name: new RegExp(`^${w('ui.lot.next')} ${w(`ui.place.${from}`)}`) }).first().click();
    const box = page.getByRole('dialog');
    await box.locator('.steps label').filter({ hasText: whole(`${w(`ui.seed_step.${step}`)} → ${w(`ui.place.${to}`)}`) }).click();
    if (more.count) await field(box, w, 'ui.lot.how_many').fill(String(more.count));
    if (more.safe) await field(box, w, 'ui.lot.safe').fill(more.safe);
    if (more.of) {
      await box.getByRole('combobox', { name: w('ui.lot.case') }).fill(more.of);
      await box.getByRole('listbox').getByRole('option').first().click();
    }
    if (more.at) await field(box, w, 'ui.lot.when').fill(more.at);
    if (more.note) await field(box, w, 'ui.lot.note').fill(more.note);
    await button(box, 'ui.lot.enter', { step: w(`ui.seed_step.${step}`) }).click();
    return saved(v, box);
  };

  return [
    ['everybody sees first what there is to do today', async () => {
      for (const who of ['quality', 'custodian', 'physicist', 'physician', 'admin']) {
        const page = await windows.of(who);
        await page.goto(url);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.getByRole('heading', { level: 2 }).first().waitFor();
        await pictures.take(page, `today-${who}`);
      }
      const { rows } = await got(await windows.of('quality'), '/people');
      v.staff = rows;
    }],

    ['the quality manager sees which clauses are met, and what lapses', async () => {
      const page = await windows.of('quality');
      await page.goto(`${url}/norms`);
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      await pictures.take(page, 'norms');
    }],

    ['the physician refers a patient, with indication and consent', async () => {
      const page = await windows.of('physician');
      await page.goto(`${url}/cases`);
      await button(page, 'ui.list.new_case').click();
      const box = page.getByRole('dialog', { name: w('ui.list.new_case') });
      await field(box, w, 'ui.patient.name').fill('𠮷田文远');
      await field(box, w, 'ui.patient.number').fill('Y-0001');
      await field(box, w, 'ui.patient.sex').selectOption('M');
      await field(box, w, 'ui.patient.birth_date').fill('1951-02-11');
      await field(box, w, 'ui.way.route').selectOption({ index: 1 });
      await field(box, w, 'ui.case.site').fill('前列腺');
      await field(box, w, 'implant.prescription').fill(String(prescription));
      const models = field(box, w, 'seeds.model');
      await models.selectOption({ label: await models.getByRole('option', { name: model }).textContent() });
      await field(box, w, 'ui.case.seed_count').fill(String(SEEDS));
      await field(box, w, 'implant.strength').fill(String(strength));
      await button(box, 'ui.case.create').click();
      await page.getByRole('heading', { name: '𠮷田文远', level: 1 }).waitFor();
      v.case = page.url().split('/').at(-1);
      v.number = (await got(page, `/cases/${v.case}`)).number ?? (await got(page, `/cases/${v.case}`)).case?.number;
      await enter(page, 'diagnosis', { day: on(-14), words: '前列腺癌', icd10: 'C61.x00', malignant: true, solid: true, stage: 'cT2bN0M0', largest_diameter_cm: 3.2, region: 'prostate', pathology_day: on(-16), pathology: '腺癌，Gleason 3+4', kps: 90, ecog: 0 }, { shot: 'form-diagnosis' });
      await enter(page, 'indication', { day: on(-12), prostate: true, no_surgery_any_more: true, diameter_at_most_7cm: true, kps_at_least_70: true, has_needle_path: true, no_contraindication: true, survival_at_least_3_months: true, decision: 'treat' });
      await enter(page, 'mdt', { day: on(-10), members: ['王某 肿瘤科', '李某 放射科', '赵某 核医学科'], conclusion: '同意行 125I 粒子植入' });
      await enter(page, 'consent', { signed_at: `${on(-2)}T16:20`, signed_by: '𠮷田文远', relation: 'self', purpose: true, risk: true, after_care: true, complications: true });
      await pictures.take(page, 'case-referred');
    }],

    ['the operator is found, and the certificate expired the day before', async () => {
      const page = await windows.of('quality');
      const trained = [];
      for (const one of v.staff.filter((/** @type {any} */ one) => one.profession === 'physician' && one.active)) {
        const { rows } = await got(page, `/records?about=person:${one.id}&form=training`);
        const base = rows.find((/** @type {any} */ row) => row.values.kind === 'base_training' && row.values.technique === 'seed_implant' && row.values.exam_passed);
        if (base) trained.push({ one, base });
      }
      must(trained.length > 0, 'nobody of the made-up hospital is trained for seeds');
      [{ one: v.operator }] = /** @type {any} */ (trained);
      v.physicistOf = v.staff.find((/** @type {any} */ one) => one.profession === 'physicist' && one.active);
      await page.goto(`${url}/people/${v.operator.id}`);
      await page.getByRole('button', { name: label('training'), exact: true }).click();
      const list = page.getByRole('dialog', { name: label('training') });
      await list.waitFor();
      const [base] = /** @type {any} */ (trained).map((/** @type {any} */ each) => each.base);
      const card = list.getByText(base.values.certificate_number ?? base.day, { exact: false }).first().locator('xpath=ancestor-or-self::*[.//button][1]');
      await card.getByRole('button', { name: w('ui.action.edit') }).first().click();
      const box = page.getByRole('dialog', { name: w('ui.record.edit', { form: label('training') }) });
      await fillIn(w, box, 'training', { valid_until: on(-1) });
      await field(box, w, 'ui.field.reason').fill('按证书原件更正有效期');
      await button(box, 'ui.action.save').click();
      await saved(v, box);
      await pictures.take(page, 'person-lapsed');
    }],

    ['the physicist enters the plan', async () => {
      const page = await windows.of('physicist');
      await page.goto(`${url}/cases/${v.case}`);
      await enter(page, 'plan', { completed_at: `${on(-1)}T15:00`, system: '核准', target: '前列腺', prescription_gy: prescription, seeds: SEEDS, strength_u: strength, attending: person(v.operator), operator: person(v.operator), physicist: person(v.physicistOf) });
    }],

    ['the custodian takes a lot in and hands seeds out', async () => {
      const page = await windows.of('custodian');
      await page.goto(`${url}/lots`);
      await button(page, 'ui.lot.order').click();
      const box = page.getByRole('dialog', { name: w('ui.lot.order') });
      await field(box, w, 'ui.lot.number').fill('Y-LOT-1');
      await field(box, w, 'ui.lot.manufacturer').fill('虚构粒子有限公司');
      await field(box, w, 'ui.lot.registration').fill('国械注准20203130001');
      const models = field(box, w, 'ui.lot.model');
      await models.selectOption({ label: await models.getByRole('option', { name: model }).textContent() });
      await field(box, w, 'ui.lot.count').fill(String(SEEDS + 4));
      await field(box, w, 'ui.lot.strength').fill(String(strength));
      await field(box, w, 'ui.lot.reference').fill(`${on(-4)}T12:00`);
      await button(box, 'ui.action.save').click();
      await box.waitFor({ state: 'detached' });
      await page.waitForURL(/\/lots\/[0-9a-f-]{36}/);
      v.lot = page.url().split('/').at(-1);
      await enter(page, 'certificate', { kind: 'seed_certificate', number: 'Y-2025-031', day: on(-5) });
      await move(page, 'ordered', 'receive', 'received', { at: `${on(-3)}T09:00` });
      await move(page, 'received', 'assay', 'assay', { at: `${on(-3)}T10:00` });
      await enter(page, 'assay', { day: on(-3), sampled: 5, mean_u: strength, largest_deviation_percent: 1.8, accepted: true });
      await enter(page, 'leak_test', { day: on(-3), sampled: 5, method: 'wipe', largest_bq: 20, accepted: true });
      await move(page, 'assay', 'store', 'stored', { safe: '1 号柜', at: `${on(-3)}T11:00` });
      await pictures.take(page, 'lot-stored');
      await move(page, 'stored', 'issue', 'issued', { count: SEEDS + 2, of: 'Y-0001', at: `${on(-1)}T16:00` });
    }],

    ['the procedure is refused: the certificate expired yesterday', async () => {
      const page = await windows.of('physician');
      await page.goto(`${url}/cases/${v.case}`);
      v.procedure = { started_at: `${on(0)}T09:10`, ended_at: `${on(0)}T10:25`, operator: person(v.operator), ecg: true, respiration: true, blood_pressure: true, pulse: true, spo2: true, anaesthesia: 'regional', seeds_implanted: SEEDS, success: true };
      const dialog = await record(v, page, 'procedure', v.procedure);
      const refusal = dialog.getByRole('alert').filter({ hasText: w('ui.record.refused_norm') });
      await refusal.waitFor();
      const text = await refusal.innerText();
      must(text.includes(on(-1)) && text.includes(v.operator.name), `the refusal names who and until when: ${text}`);
      v.measured.push(`refused: ${text.replace(/\s+/g, ' ').slice(0, 160)}`);
      await pictures.take(page, 'procedure-refused');
      const { rows } = await got(page, `/records?about=case:${v.case}&form=procedure`);
      must(rows.length === 0, 'nothing was saved');
    }],

    ['the quality manager enters the new certificate, and the procedure is recorded', async () => {
      const quality = await windows.of('quality');
      await quality.goto(`${url}/people/${v.operator.id}`);
      await enter(quality, 'training', { kind: 'base_training', technique: 'seed_implant', base: '某培训基地', base_registered: true, from: on(-200), until: on(-12), months: 6, participated: 42, full_process: 33, exam_passed: true, certificate_number: 'PX-25-11', valid_until: day(900) });
      const page = await windows.of('physician');
      // what was typed is still there
      const dialog = page.getByRole('dialog', { name: label('procedure') });
      await button(dialog, 'ui.action.save').click();
      await saved(v, dialog);
      await enter(page, 'discharge', { day: on(2), condition: 'stable', instructions_given: true });
    }],

    ['a seed is missing: the custodian reports it and is led through', async () => {
      const page = await windows.of('custodian');
      await move(page, 'issued', 'implant', 'implanted', { count: SEEDS, at: `${on(0)}T10:25` });
      await move(page, 'issued', 'lose', 'lost', { count: 1, at: `${on(0)}T10:40`, note: '清点时少一粒' });
      await page.goto(`${url}/lots/${v.lot}`);
      await page.getByText(w('ui.lot.lost_unreported', { n: 1 })).waitFor();
      await pictures.take(page, 'lot-lost');
      await button(page, 'ui.lot.report').click();
      const box = page.getByRole('dialog', { name: label('incident') });
      await fillIn(w, box, 'incident', { kind: 'lost', count: 1, place: '手术室 3', words: '术后清点少一粒' });
      await button(box, 'ui.action.save').click();
      await saved(v, box);
      await page.getByRole('link', { name: w('ui.emergency.open') }).click();
      await page.getByRole('heading', { name: w('ui.emergency.calls') }).waitFor();
      await pictures.take(page, 'emergency');
      v.incident = page.url().split('/').at(-1);
      const { keeps_open } = await got(page, `/records/${v.incident}/emergency`);
      must(keeps_open.some((/** @type {{ zh: string }} */ one) => one.zh.includes('仍为丢失')), 'a lost seed of which nobody was told keeps the incident open');
      // it is the first thing that everybody concerned sees
      const quality = await windows.of('quality');
      await quality.goto(url);
      await quality.locator(`a[href$="/incidents/${v.incident}"]`).first().waitFor();
      await pictures.take(quality, 'today-emergency');
      const steps = page.locator('ol li').filter({ has: page.getByRole('button', { name: new RegExp(`^(${w('ui.emergency.done')}|${w('ui.emergency.told')})$`) }) });
      const open = await steps.count();
      must(open >= 5, `${open} steps are to be marked`);
      for (let left = open; left > 0; left--) {
        await steps.first().getByRole('button').click();
        await until(`${left - 1} steps left`, async () => (await steps.count()) === left - 1);
      }
      await pictures.take(page, 'emergency-steps-done');
    }],

    ['the seed is found, and the incident closed', async () => {
      const page = await windows.of('custodian');
      await move(page, 'lost', 'find', 'quarantine', { note: '在污物桶内找到，外观完好' });
      await page.goto(`${url}/incidents/${v.incident}`);
      await button(page, 'ui.emergency.close').click();
      const box = page.getByRole('dialog', { name: w('ui.record.edit', { form: label('incident') }) });
      const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
      await fillIn(w, box, 'incident', { closed_at: now, how_closed: '粒子找到，入隔离容器；巡测正常' });
      await field(box, w, 'ui.field.reason').fill('结案');
      await button(box, 'ui.action.save').click();
      await saved(v, box);
      await page.locator('.band').getByText(w('ui.emergency.closed')).waitFor();
      await pictures.take(page, 'emergency-closed');
      // what is left goes back into the safe
      await move(page, 'issued', 'store', 'stored', { safe: '1 号柜' });
      await page.goto(`${url}/lots/${v.lot}`);
      await pictures.take(page, 'lot-after');
    }],

    ['the implant is verified and signed by both', async () => {
      const physicist = await windows.of('physicist');
      await physicist.goto(`${url}/cases/${v.case}`);
      // the record of the procedure has told the case its day
      const { case: row } = await got(physicist, `/cases/${v.case}`);
      must(row.implanted_on === on(0) && row.imaging_due === on(30), `the case was implanted on ${row.implanted_on}, its scan is due on ${row.imaging_due}`);
      const chooser = physicist.waitForEvent('filechooser');
      await button(physicist, 'ui.upload.folder').click();
      await (await chooser).setFiles(v.study.folder);
      await physicist.getByText(w('ui.study.usable'), { exact: true }).waitFor({ timeout: LONG });
      await button(physicist, 'ui.study.verify').click();
      await physicist.getByRole('heading', { name: w('ui.draft.title'), exact: true }).waitFor();
      const verification = physicist.url().split('/').at(-1);
      await field(physicist, w, 'seeds.reference').fill(on(-4));
      await button(physicist, 'ui.draft.save').click();
      await physicist.getByText(w('ui.saved'), { exact: true }).first().waitFor();
      await physicist.getByRole('link', { name: w('ui.draft.look') }).click();
      await physicist.getByRole('button', { name: w('ui.ws.find') }).click();
      await physicist.getByRole('table', { name: w('ui.ws.indices') }).waitFor({ timeout: LONG });
      await physicist.getByRole('button', { name: w('ui.ws.compute') }).click();
      await physicist.getByRole('dialog').getByRole('button', { name: w('ui.ws.compute') }).click();
      await physicist.getByRole('heading', { name: w('ui.verification.findings'), exact: true }).waitFor({ timeout: LONG });
      for (const who of ['physicist', 'physician']) {
        const page = await windows.of(who);
        await page.goto(`${url}/verifications/${verification}`);
        await page.getByRole('button', { name: w('ui.sign.do'), exact: true }).click();
        const box = page.getByRole('dialog');
        await box.getByRole('checkbox').check();
        await field(box, w, 'ui.login.password_of', { login: who }).fill(PASSWORD);
        await box.getByRole('button', { name: w('ui.sign.do'), exact: true }).click();
        await box.waitFor({ state: 'detached' });
      }
    }],

    ['the visits of a year are entered, and the next one stands in the list', async () => {
      const page = await windows.of('physician');
      await page.goto(`${url}/cases/${v.case}`);
      await enter(page, 'complication', { day: on(3), kind: 'cystitis', organ: '膀胱', term: 'Cystitis noninfective', ctcae: '5.0', grade: 1, cause: 'radiation', major: false, outcome: 'recovered' });
      for (const [days, kps] of [[30, 90], [91, 90], [182, 80], [273, 80]]) await enter(page, 'follow_up', { day: on(days), reached: true, how: 'visit', alive: true, kps });
      const due = async () => (await got(page, `/cases/${v.case}`)).case.follow_up_due;
      const before = await due();
      must(before > on(350) && before < on(380), `after nine months the visit after a year is due: ${before}`);
      await enter(page, 'response', { day: on(182), method: 'recist_1.1', baseline_mm: 32, nadir_mm: 18, sum_mm: 18, new_lesion: false, all_gone: false, confirmed_after_4_weeks: true, result: 'PR' });
      await enter(page, 'follow_up', { day: day(0), reached: true, how: 'visit', alive: true, kps: 90, words: '一年，无不适' }, { shot: 'form-follow-up' });
      await enter(page, 'quality_of_life', { day: day(0), scale: 'kps', score: 90 });
      await page.goto(`${url}/cases/${v.case}`);
      await page.getByText(w('ui.record.several', { n: 5 })).first().waitFor();
      const next = await due();
      must(next > on(440) && next < on(480), `after a year the next visit is that after fifteen months: ${next}`);
      await pictures.take(page, 'case-after-a-year');
    }],

    ['stock is taken by barcode', async () => {
      const page = await windows.of('custodian');
      await page.goto(`${url}/lots`);
      await page.getByRole('link', { name: w('ui.stock.title'), exact: true }).click();
      await page.getByRole('combobox', { name: w('ui.lot.safe') }).selectOption('1 号柜');
      const { lots } = await got(page, `/stock-take?safe=${encodeURIComponent('1 号柜')}`);
      await page.locator('#codes').fill(lots.flatMap((/** @type {any} */ lot) => lot.seeds.split(',').map((/** @type {string} */ part) => `${lot.number}/${part}`)).join('\n'));
      await page.getByText(w('ui.stock.agrees')).first().waitFor();
      await pictures.take(page, 'stock-take');
      await button(page, 'ui.stock.save').click();
      await page.waitForURL(/\/records\//);
    }],

    ['tables, a study, FHIR and the province get theirs', async () => {
      const page = await windows.of('quality');
      for (const part of ['export', 'province', 'import']) {
        await page.goto(`${url}/exchange?part=${part}`);
        await page.getByRole('heading', { level: 2 }).first().waitFor();
        await pictures.take(page, `exchange-${part}`);
      }
      const sent = async (/** @type {string} */ path) => page.evaluate(async (/** @type {string} */ path) => {
        const answer = await fetch(`/api/v1${path}`);
        return { status: answer.status, bytes: (await answer.arrayBuffer()).byteLength };
      }, path);
      for (const path of ['/exports/register?format=xlsx', '/exports/register?format=parquet', '/exports/study?policy=shifted&format=csv', `/cases/${v.case}/fhir?identity=pseudonym`]) {
        const { status, bytes } = await sent(path);
        must(status === 200 && bytes > 1000, `${path}: ${status}, ${bytes} bytes`);
      }
    }],

    ['the case counts in the indicators, and the ledger is sound', async () => {
      const page = await windows.of('quality');
      await page.goto(`${url}/indicators`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByRole('table').first().waitFor();
      await pictures.take(page, 'indicators');
      await page.goto(`${url}/audit`);
      await page.getByRole('row').nth(1).waitFor();
      await button(page, 'ui.audit.check').click();
      await page.getByRole('status').filter({ hasText: /\d/ }).first().waitFor();
      await pictures.take(page, 'ledger-year');
    }],
  ];
}
