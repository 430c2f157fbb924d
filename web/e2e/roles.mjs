// What each role may not do is not offered in the page, and refused by the server when asked all the same.
import { must } from './wait.mjs';
import { whole } from './words.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** A request as the page would send it: with its login and its token. */
export const ask = (/** @type {Page} */ page, /** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body) =>
  page.evaluate(async ([method, path, body]) => {
    const session = await (await fetch('/api/v1/session')).json();
    const headers = { 'X-CSRF-Token': session.csrf, 'If-Match': '"v1"', ...(body !== undefined && { 'Content-Type': 'application/json' }) };
    const answer = await fetch(`/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const problem = answer.headers.get('content-type')?.includes('problem+json') ? (await answer.json()).type : '';
    return { status: answer.status, problem: String(problem) };
  }, /** @type {const} */ ([method, path, body]));

/** Requests by name, with bodies that would be taken from somebody who may. */
const requests = (/** @type {any} */ v) => /** @type {Record<string, [string, string, any?]>} */ ({
  'read the worklist': ['GET', '/cases'],
  'read a case': ['GET', `/cases/${v.case}`],
  'read a verification': ['GET', `/verifications/${v.verification}`],
  'see images': ['GET', `/verifications/${v.verification}/workspace`],
  'open a case': ['POST', '/cases', { patient: { number: 'X-1', name: 'X' }, site: 'prostate' }],
  'change a case': ['PATCH', `/cases/${v.case}`, { notes: 'x', why: 'x' }],
  'send images': ['POST', `/cases/${v.case}/uploads`, {}],
  'begin a verification': ['POST', `/cases/${v.case}/verifications`, { study: v.studyId, settings: {} }],
  'begin a new version': ['POST', `/verifications/${v.verification}/new-version`, { why: 'x' }],
  'edit seeds': ['POST', `/verifications/${v.verification}/edits`, { revision: 0, edits: [] }],
  'find seeds': ['POST', `/verifications/${v.verification}/seeds/find`, {}],
  'take the seeds of the plan': ['POST', `/verifications/${v.verification}/seeds/from-plan`],
  'compute': ['POST', `/verifications/${v.verification}/compute`],
  'sign as physicist': ['POST', `/verifications/${v.verification}/sign`, { role: 'physicist', password: 'x', content: 'x' }],
  'sign as physician': ['POST', `/verifications/${v.verification}/sign`, { role: 'physician', password: 'x', content: 'x' }],
  'fetch a report': ['GET', `/verifications/${v.verification}/files/report.zh.pdf`],
  'read the ledger': ['GET', '/audit'],
  'check the ledger': ['POST', '/audit/check', {}],
  'read accounts': ['GET', '/accounts'],
  'make an account': ['POST', '/accounts', { login: 'mallory', name: 'M', roles: ['administrator'], password: 'a password of mallory' }],
});

const EDITING = ['begin a verification', 'begin a new version', 'edit seeds', 'find seeds', 'take the seeds of the plan', 'compute'];
const CASES = ['open a case', 'change a case', 'send images'];
const LEDGER = ['read the ledger', 'check the ledger'];
/** Per role: what the server must refuse, and one thing that it must not. @type {Record<string, { refused: string[], allowed: string }>} */
const TABLE = {
  physicist: { refused: ['sign as physician', ...LEDGER, 'make an account'], allowed: 'fetch a report' },
  physician: { refused: ['sign as physicist', ...EDITING, ...LEDGER, 'make an account'], allowed: 'fetch a report' },
  custodian: { refused: ['sign as physicist', 'sign as physician', ...CASES, ...EDITING, 'fetch a report', ...LEDGER, 'make an account'], allowed: 'read a case' },
  quality: { refused: ['sign as physicist', 'sign as physician', ...CASES, ...EDITING, 'make an account'], allowed: 'read the ledger' },
  admin: {
    refused: ['read the worklist', 'read a case', 'read a verification', 'see images', 'sign as physicist', 'sign as physician', ...CASES, ...EDITING, 'fetch a report'],
    allowed: 'read accounts',
  },
};

/** Steps before the signatures: everything that can be done is still open then. @param {any} v @returns {[string, () => Promise<void>][]} */
export function roles(v) {
  const { w, windows, pictures } = v;
  return Object.entries(TABLE).map(([who, { refused, allowed }]) => [`the ${who} is offered, and gets, no more than the role allows`, async () => {
    const page = await windows.of(who);
    const offered = async (/** @type {'button' | 'link'} */ role, /** @type {string} */ key, /** @type {boolean} */ expected) => {
      const found = await page.getByRole(role, { name: whole(w(key)) }).and(page.locator(':enabled, a')).count();
      must(found > 0 === expected, `“${w(key)}” is ${expected ? 'not ' : ''}offered to the ${who}`);
    };
    const may = (/** @type {string} */ what) => !refused.includes(what);

    await page.goto(who === 'admin' ? `${v.url}/accounts` : `${v.url}/cases`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('row').nth(1).waitFor();
    await offered('link', 'ui.shell.cases', may('read the worklist'));
    await offered('link', 'ui.shell.audit', may('read the ledger'));
    await offered('link', 'ui.shell.accounts', may('make an account'));
    await offered('button', 'ui.list.new_case', may('open a case') && who !== 'admin');
    if (who === 'admin') await offered('button', 'ui.account.new', true);

    for (const [path, forbidden] of /** @type {const} */ ([[`/cases/${v.case}`, 'read a case'], [`/verifications/${v.verification}`, 'read a verification'], ['/audit', 'read the ledger']])) {
      await page.goto(v.url + path);
      if (!may(forbidden)) {
        await page.getByText(w('ui.state.forbidden'), { exact: true }).waitFor();
        continue;
      }
      await page.getByRole('heading', { level: 2 }).first().or(page.getByRole('table')).first().waitFor();
      if (path.startsWith('/cases')) {
        await offered('button', 'ui.action.edit', may('change a case'));
        await offered('button', 'ui.upload.folder', may('send images'));
        await offered('button', 'ui.study.verify', may('begin a verification'));
      } else if (path.startsWith('/verifications')) {
        await page.getByRole('heading', { name: w('ui.verification.files'), exact: true }).waitFor();
        await offered('button', 'ui.verification.new_version', may('begin a new version'));
        await offered('button', 'ui.sign.do', may('sign as physicist') || may('sign as physician'));
        const files = await page.getByRole('link', { name: /^(report|dose|plan|result|dvh|seeds)\.[\w.]+$/ }).count();
        must(files > 0 === may('fetch a report'), `${files} files are offered to the ${who}`);
      } else await offered('button', 'ui.audit.check', may('check the ledger'));
    }
    if (may('see images')) {
      // computed already, so nobody may edit: the tools are off for all, and the reason is told
      await page.goto(`${v.url}/verifications/${v.verification}/workspace`);
      await page.getByText(w('ui.ws.locked.computed')).waitFor();
      await offered('button', 'ui.ws.find', false);
      await offered('button', 'ui.ws.compute', false);
    }
    if (who === 'custodian' || who === 'admin') {
      await page.goto(`${v.url}/verifications/${v.verification}`);
      await page.getByRole('heading').first().or(page.getByText(w('ui.state.forbidden'), { exact: true })).first().waitFor();
      await pictures.take(page, `as-${who}`);
    }

    const all = requests(v);
    for (const what of refused) {
      const [method, path, body] = all[what] ?? ['', ''];
      const { status, problem } = await ask(page, method, path, body);
      must(status === 403 && problem === '/problems/forbidden', `${who}, to ${what} (${method} ${path}): ${status} ${problem} instead of 403`);
    }
    const [method, path, body] = all[allowed] ?? ['', ''];
    const { status } = await ask(page, method, path, body);
    must(status === 200, `${who}, to ${allowed}: ${status} instead of 200`);
  }]);
}
