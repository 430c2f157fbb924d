// From the first start to the signed report, as the department would go. Each step leaves what the next needs in `v`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { field, PASSWORD, PEOPLE } from './people.mjs';
import { ask } from './roles.mjs';
import { dosewright } from './server.mjs';
import { LONG, must, until } from './wait.mjs';
import { pattern, whole } from './words.mjs';
import { addAndDrag, paintedAt, rowOf, seedsOf, still } from './workspace.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @param {any} v the walk: windows, words, patient, pictures, and what the steps leave here @returns {[string, () => Promise<void>][]} */
export function walk(v) {
  const { w, windows, pictures } = v;
  const language = /** @type {'zh' | 'en'} */ (v.language);
  const button = (/** @type {Page} */ page, /** @type {string} */ key, values = {}) => page.getByRole('button', { name: whole(w(key, values)) });
  const dialog = (/** @type {Page} */ page, /** @type {string} */ title) => page.getByRole('dialog', { name: title });
  const heading = (/** @type {Page} */ page, /** @type {string} */ key) => page.getByRole('heading', { name: w(key), exact: true });
  const figure = (/** @type {Page} */ page, /** @type {string | RegExp} */ name) => page.getByRole('term').filter({ hasText: name }).first().locator('xpath=following-sibling::dd');
  const openVerification = async (/** @type {Page} */ page) => {
    await page.goto(`${v.url}/verifications/${v.verification}`);
    await heading(page, 'ui.verification.findings').waitFor();
  };

  return [
    ['the first start makes the administrator', async () => {
      const page = await windows.open();
      await button(page, 'ui.setup.create').waitFor();
      await pictures.take(page, 'first-run', { teach: true });
      await field(page, w, 'ui.account.name').fill(PEOPLE.admin[language]);
      await field(page, w, 'ui.login.login').fill(PEOPLE.admin.login);
      await field(page, w, 'ui.login.password').fill('too short');
      await field(page, w, 'ui.password.repeat').fill('too short');
      await button(page, 'ui.setup.create').click();
      await page.getByText(w('ui.password.short', { least: 12 })).waitFor();
      await field(page, w, 'ui.login.password').fill(PASSWORD);
      await field(page, w, 'ui.password.repeat').fill(PASSWORD);
      await button(page, 'ui.setup.create').click();
      await heading(page, 'ui.setup_steps.title').waitFor();
      await pictures.take(page, 'today-empty');
      windows.keep('admin', page);
    }],

    ['the administrator makes four accounts', async () => {
      const page = await windows.of('admin');
      await page.getByRole('link', { name: w('ui.setup_steps.accounts'), exact: true }).click();
      await heading(page, 'ui.shell.accounts').waitFor();
      for (const who of /** @type {const} */ (['physicist', 'physician', 'custodian', 'quality'])) {
        await button(page, 'ui.account.new').click();
        const box = dialog(page, w('ui.account.new'));
        if (who === 'physicist') await pictures.take(page, 'account');
        await field(box, w, 'ui.account.name').fill(PEOPLE[who][language]);
        await field(box, w, 'ui.login.login').fill(PEOPLE[who].login);
        await field(box, w, 'ui.account.first_password').fill(PASSWORD);
        await field(box, w, 'ui.password.repeat').fill(PASSWORD);
        await box.getByRole('checkbox', { name: w(`ui.role.${who}`) }).check();
        await box.getByRole('button', { name: w('ui.action.save') }).click();
        await box.waitFor({ state: 'hidden' });
        await page.getByRole('row').filter({ hasText: PEOPLE[who][language] }).filter({ hasText: w(`ui.role.${who}`) }).waitFor();
      }
      await pictures.take(page, 'accounts');
    }],

    ['the physicist opens a case', async () => {
      const page = await windows.of('physicist');
      await page.getByText(w('ui.today.none'), { exact: true }).waitFor();
      await page.getByRole('link', { name: w('ui.shell.cases'), exact: true }).click();
      await page.getByText(w('ui.list.no_cases'), { exact: true }).waitFor();
      await pictures.take(page, 'login-worklist-empty');
      await button(page, 'ui.list.new_case').click();
      const box = dialog(page, w('ui.list.new_case'));
      const { patient, intent } = v.study;
      await field(box, w, 'ui.patient.name').fill(v.name);
      await field(box, w, 'ui.patient.number').fill(patient.number);
      await field(box, w, 'ui.patient.sex').selectOption(patient.sex);
      await field(box, w, 'ui.patient.birth_date').fill(patient.birth_date);
      await field(box, w, 'ui.case.site').fill(language === 'zh' ? '前列腺' : 'prostate');
      await field(box, w, 'ui.case.implanted_on').fill(patient.implanted_on);
      await field(box, w, 'implant.prescription').fill(String(intent.prescription));
      await field(box, w, 'ui.case.seed_count').fill(String(intent.count));
      const models = field(box, w, 'seeds.model');
      await models.selectOption({ label: await models.getByRole('option', { name: intent.model }).textContent() });
      await field(box, w, 'implant.strength').fill(String(intent.strength));
      await field(box, w, 'ui.role.physician').selectOption({ label: PEOPLE.physician[language] });
      must((await field(box, w, 'ui.role.physicist').locator('option:checked').textContent()) === PEOPLE.physicist[language], 'the physicist who opens a case is its physicist');
      await pictures.take(page, 'new-case');
      await box.getByRole('button', { name: w('ui.case.create') }).click();
      await page.getByRole('heading', { name: v.name, level: 1 }).waitFor();
      v.case = page.url().split('/').at(-1);
      await pictures.take(page, 'case-new');
    }],

    ['the folder of images is sent and imported', async () => {
      const page = await windows.of('physicist');
      const chooser = page.waitForEvent('filechooser');
      await button(page, 'ui.upload.folder').click();
      await (await chooser).setFiles(v.study.folder);
      await page.getByText(w('ui.study.usable'), { exact: true }).waitFor({ timeout: LONG });
      await pictures.take(page, 'upload', { teach: true });
      await page.goto(`${v.url}/cases`);
      const row = page.getByRole('row').filter({ hasText: v.name });
      await row.getByText(w('ui.stage.imaged'), { exact: true }).waitFor();
      await pictures.take(page, 'worklist', { teach: true });
      await row.getByRole('link').click();
    }],

    ['a verification is begun and its images open', async () => {
      const page = await windows.of('physicist');
      await button(page, 'ui.study.verify').click();
      await heading(page, 'ui.draft.title').waitFor();
      v.verification = page.url().split('/').at(-1);
      must((await field(page, w, 'implant.date').inputValue()) === v.study.patient.implanted_on, 'the draft has the day of the implant from the case');
      await field(page, w, 'seeds.reference').fill(v.study.strengthDay);
      await button(page, 'ui.draft.save').click();
      await page.getByText(w('ui.saved'), { exact: true }).first().waitFor();
      await pictures.take(page, 'draft', { teach: true });
      const asked = Date.now();
      await page.getByRole('link', { name: w('ui.draft.look') }).click();
      await paintedAt(page);
      v.measured.push(`first image on screen, a study never opened before: ${Date.now() - asked} ms after the click`);
      await page.getByText(w('ui.ws.no_results')).waitFor();
    }],

    ['the seeds are found on the CT', async () => {
      const page = await windows.of('physicist');
      await button(page, 'ui.ws.find').click();
      await page.getByRole('table', { name: w('ui.ws.indices') }).waitFor({ timeout: LONG });
      const seeds = await seedsOf(page, w);
      must(Math.abs(seeds.length - v.study.intent.count) <= 0.1 * v.study.intent.count, `${seeds.length} seeds found of about ${v.study.intent.count}`);
      await still(page, w);
      await pictures.take(page, 'workspace', { teach: true });
    }],

    ['a seed is moved by the keyboard, snapped back, undone, redone', async () => {
      const page = await windows.of('physicist');
      const apart = (/** @type {number[]} */ p, /** @type {number[]} */ q) => Math.hypot(...p.map((x, i) => x - /** @type {number} */ (q[i])));
      const seeds = await seedsOf(page, w);
      // one that stands alone, so that the spot nearest to it is its own
      const lonely = (/** @type {any} */ s) => Math.min(...seeds.filter((o) => o !== s).map((o) => apart(o.centre, s.centre)));
      const seed = seeds.reduce((best, s) => (lonely(s) > lonely(best) ? s : best));
      const place = async () => (await seedsOf(page, w)).find((s) => s.number === seed.number)?.centre ?? [];
      await rowOf(page, w, seed.number).getByRole('button').click();
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
      await until('the seed stands 1.5 mm to the patient\'s left', async () => Math.abs(apart(await place(), seed.centre) - 1.5) < 0.06 && Number((await place())[0]) > Number(seed.centre[0]));
      await still(page, w);
      must((await rowOf(page, w, seed.number).textContent())?.includes(w('ui.ws.origin.moved')), 'a seed that was moved says so');
      const moved = await place();
      await page.keyboard.press('s');
      await until('the seed is back on its bright spot', async () => apart(await place(), seed.centre) < 0.8 && apart(await place(), moved) > 0.5);
      await still(page, w);
      const snapped = await place();
      await page.keyboard.press('Control+z');
      await until('undo puts it back to where the keys had it', async () => apart(await place(), moved) < 0.06);
      await still(page, w);
      await page.keyboard.press('Control+Shift+z');
      await until('redo snaps it again', async () => apart(await place(), snapped) < 0.06);
      await still(page, w);
      await pictures.take(page, 'workspace-selected');
    }],

    ['a seed is added with the mouse, dragged, and both are undone', async () => {
      const page = await windows.of('physicist');
      const before = (await seedsOf(page, w)).length;
      const took = await addAndDrag(page, w, before);
      v.measured.push(`from letting a seed go to its new figures: ${took.map((ms) => Math.round(ms)).join(', ')} ms`);
      for (let i = 0; i <= took.length; i++) {
        await button(page, 'ui.ws.undo').or(page.getByRole('button', { name: w('ui.ws.undo') })).first().click();
        await still(page, w);
      }
      await until('the added seed is gone', async () => (await seedsOf(page, w)).length === before);
    }],

    ['found and planned seeds are compared on the images', async () => {
      const page = await windows.of('physicist');
      const over = page.locator('[data-view="axial"] canvas').last();
      const drawn = () => over.evaluate((/** @type {HTMLCanvasElement} */ canvas) => canvas.toDataURL());
      const without = await drawn();
      const toggle = page.getByRole('button', { name: w('ui.ws.planned_short'), exact: true });
      await toggle.click();
      must((await toggle.getAttribute('aria-pressed')) === 'true', 'the button of the planned seeds is pressed');
      await until('the planned seeds are drawn', async () => (await drawn()) !== without);
      await toggle.click();
      await until('they are gone again', async () => (await drawn()) === without);
      await toggle.click();
      await pictures.take(page, 'workspace-planned');
      await toggle.click();
    }],

    ['a physician sees the draft and can change nothing of it', async () => {
      const page = await windows.of('physician');
      await page.goto(`${v.url}/verifications/${v.verification}`);
      await heading(page, 'ui.draft.title').waitFor();
      must(await button(page, 'ui.draft.compute').isDisabled(), 'the draft cannot be computed');
      must(await field(page, w, 'implant.prescription').isDisabled(), 'its settings cannot be changed');
      await page.getByRole('link', { name: w('ui.draft.look') }).click();
      await page.getByText(w('ui.ws.locked.other')).waitFor();
      for (const key of ['ui.ws.find', 'ui.ws.compute']) must(await button(page, key).isDisabled(), `“${w(key)}” is off`);
      const { revision } = await (await page.request.get(`${v.url}/api/v1/verifications/${v.verification}/workspace`)).json();
      const { status, problem } = await ask(page, 'POST', `/verifications/${v.verification}/edits`, { revision, edits: [{ op: 'delete', number: 1 }] });
      must(status === 403 && problem === '/problems/forbidden', `to delete a seed: ${status} ${problem} instead of 403`);
    }],

    ['the dose is computed and the result shown', async () => {
      const page = await windows.of('physicist');
      await button(page, 'ui.ws.compute').click();
      const box = dialog(page, w('ui.ws.ask_compute'));
      await box.getByRole('button', { name: w('ui.ws.compute') }).click();
      await heading(page, 'ui.verification.findings').waitFor({ timeout: LONG });
      v.d90 = Number((await figure(page, 'D90').textContent())?.match(/[\d.]+/)?.[0]);
      must(v.d90 > 0.5 * v.study.intent.prescription && v.d90 < 2 * v.study.intent.prescription, `the target's D90 is ${v.d90} Gy`);
      await pictures.take(page, 'result', { teach: true });
      const asked = Date.now();
      await page.goto(`${v.url}/verifications/${v.verification}/workspace`, { waitUntil: 'commit' });
      const at = await paintedAt(page);
      v.measured.push(`first image on screen, the case opened again by its address: ${Math.round(at)} ms after navigation began (${Date.now() - asked} ms on the clock)`);
      await page.getByText(w('ui.ws.locked.computed')).waitFor();
    }],

    ['physicist and physician sign, each once', async () => {
      for (const who of /** @type {const} */ (['physicist', 'physician'])) {
        const page = await windows.of(who);
        await page.goto(`${v.url}/cases`);
        await page.getByRole('row').filter({ hasText: v.name }).getByText(w('ui.stage.verified'), { exact: true }).waitFor();
        await openVerification(page);
        const sign = page.getByRole('button', { name: w('ui.sign.do'), exact: true });
        must((await sign.count()) === 1, `the ${who} may sign in one role`);
        await sign.click();
        const box = dialog(page, w('ui.sign.title', { role: w(`sign.${who}`) }));
        const submit = box.getByRole('button', { name: w('ui.sign.do'), exact: true });
        const password = field(box, w, 'ui.login.password_of', { login: PEOPLE[who].login });
        await password.fill('not this one, surely');
        must(await submit.isDisabled(), 'without the tick nothing can be signed');
        await box.getByRole('checkbox').check();
        if (who === 'physicist') {
          await pictures.take(page, 'sign', { teach: true });
          await submit.click();
          await box.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
        }
        await password.fill(PASSWORD);
        await submit.click();
        await box.waitFor({ state: 'hidden' });
        await page.getByText(PEOPLE[who][language]).last().waitFor();
        await sign.waitFor({ state: 'detached' });
      }
      const page = await windows.of('physician');
      await page.getByText(w('ui.state_of.signed'), { exact: true }).first().waitFor();
      await pictures.take(page, 'result-signed');
      await page.goto(`${v.url}/cases/${v.case}`);
      await page.getByText(w('ui.state_of.signed'), { exact: true }).first().waitFor();
      await pictures.take(page, 'case-signed');
    }],

    ['the report is downloaded and says what the page says', async () => {
      const page = await windows.of('physician');
      await openVerification(page);
      const label = w(`ui.file.report_${language}_pdf`);
      const shown = page.waitForResponse((/** @type {import("playwright-core").Response} */ answer) => answer.url().endsWith(`report.${language}.pdf?inline=1`));
      await page.getByRole('button', { name: label, exact: true }).click();
      must((await shown).status() === 200, 'the report is shown in the page');
      await dialog(page, label).getByRole('button', { name: w('ui.action.close'), exact: true }).click();
      for (const name of ['report.zh.pdf', 'report.en.pdf']) {
        const download = page.waitForEvent('download');
        await page.getByRole('link', { name, exact: true }).click();
        const path = join(v.scratch, `${language}.${name}`);
        await (await download).saveAs(path);
        must(readFileSync(path).subarray(0, 5).toString() === '%PDF-', `${name} is a PDF`);
        const text = execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
        const said = name === 'report.zh.pdf' ? v.words.zh : v.words.en;
        for (const part of [said('report.title'), said('comparison.title'), v.d90.toFixed(1), 'D90'])
          must(text.includes(part), `${name} has “${part}”`);
        must(pattern(said('comparison.sentence').split(/[;；]/)[0] ?? '').test(text.replace(/\s*\n\s*/g, said === v.words.zh ? '' : ' ')), `${name} says how many seeds were paired with the plan's`);
        if (name === `report.${language}.pdf`) pictures.report(path);
      }
    }],

    ['the ledger is sound, in the page and from outside', async () => {
      const page = await windows.of('quality');
      await page.goto(v.url);
      await page.getByRole('link', { name: w('ui.shell.audit'), exact: true }).click();
      await page.getByRole('row').filter({ hasText: w('ui.ledger.verification.signed') }).first().waitFor();
      await button(page, 'ui.audit.check').click();
      const sound = await page.getByRole('status').filter({ hasText: pattern(w('ui.audit.sound')) }).textContent();
      const [, entries] = sound?.match(pattern(w('ui.audit.sound'))) ?? [];
      must(Number(entries) > 10, `the ledger has ${entries} entries`);
      await pictures.take(page, 'ledger');
      // the head that the page shows is the one that the program finds in the data folder
      const head = await page.locator('.mono').first().textContent();
      const said = await dosewright('audit', 'verify', '--data', v.data, '--known', `${entries}:${head?.trim()}`);
      v.measured.push(`the ledger: ${said.trim().split('\n').at(-1)}`);
    }],
  ];
}

/** For the name of a picture of a failure. */
export const tag = (/** @type {string} */ name) => createHash('sha256').update(name).digest('hex').slice(0, 8);
