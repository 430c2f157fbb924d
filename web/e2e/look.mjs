// Pictures of the states that the walk does not pass, for whoever judges the looks. Runs with --look, after the walk.
import { field } from './people.mjs';
import { ask } from './roles.mjs';
import { LONG } from './wait.mjs';
import { whole } from './words.mjs';

/** @typedef {import('playwright-core').Page} Page */

const day = (/** @type {number} */ offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const NAMES = { zh: ['陈建国', '李秀英', '欧阳文静', '张伟', '司马相如', '王芳', '𠮷田明', '赵启航'], en: ['Chen Jianguo', 'Maria de los Ángeles Fernández', 'Ouyang Wenjing', 'Li Wei', 'Anna-Sophie Lindqvist', 'Wang Fang', 'Ōe Kenzō', 'J. Smith'] };
const SITES = { zh: ['前列腺', '右肺上叶', '肝', '胰腺头', '食管中段'], en: ['prostate', 'right upper lobe', 'liver', 'head of the pancreas', 'mid oesophagus'] };

/** @param {any} v the walk @returns {[string, () => Promise<void>][]} */
export function look(v) {
  const { w, windows, pictures, url } = v;
  const language = /** @type {'zh' | 'en'} */ (v.language);
  const button = (/** @type {any} */ scope, /** @type {string} */ key, values = {}) => scope.getByRole('button', { name: whole(w(key, values)) });
  const box = (/** @type {Page} */ page) => page.getByRole('dialog').last();
  const away = async (/** @type {Page} */ page) => {
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  const go = async (/** @type {Page} */ page, /** @type {string} */ path) => {
    await page.goto(url + path);
    await page.waitForLoadState('networkidle');
  };
  /** One page in the dark, then light again. */
  const dark = async (/** @type {Page} */ page, /** @type {string} */ name) => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await pictures.take(page, `${name}-dark`);
    await page.emulateMedia({ colorScheme: 'light' });
  };

  return [
    ['look: before login', async () => {
      const page = await windows.open();
      await field(page, w, 'ui.login.login').waitFor();
      await pictures.take(page, 'login');
      await dark(page, 'login');
      await field(page, w, 'ui.login.login').fill('nobody');
      await field(page, w, 'ui.login.password').fill('not the password');
      await button(page, 'ui.login.enter').click();
      await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
      await pictures.take(page, 'login-refused');
      await page.context().close();
    }],

    ['look: a worklist with many cases', async () => {
      const page = await windows.of('physicist');
      await go(page, '/');
      for (let i = 0; i < 55; i++) {
        const implanted = i % 4 === 0 ? null : day(-3 - ((i * 7) % 60));
        await ask(page, 'POST', '/cases', {
          patient: { number: `P-${2000 + i}`, name: NAMES[language][i % 8], sex: i % 3 ? 'M' : 'F', birth_date: `19${40 + (i % 50)}-0${1 + (i % 9)}-15` },
          site: SITES[language][i % 5], diagnosis: language === 'zh' ? '原发性恶性肿瘤，T2cN0M0' : 'primary carcinoma, T2cN0M0', ...(implanted && { implanted_on: implanted }),
          intent: { prescription_gy: i % 2 ? 145 : 110, count: 20 + i },
        });
      }
      for (const [name, query] of [['worklist-full', ''], ['worklist-planned', '?view=planned'], ['worklist-overdue', '?view=overdue'], ['worklist-page-2', '?page=2'], ['worklist-search-none', '?search=nobody-of-this-name']]) {
        await go(page, `/${query}`);
        await pictures.take(page, String(name));
        if (name === 'worklist-full') await dark(page, 'worklist-full');
      }
      await go(page, '/');
      await button(page, 'ui.list.new_case').click();
      await pictures.take(page, 'new-case-empty');
      await button(box(page), 'ui.case.create').click();
      await pictures.take(page, 'new-case-refused');
      await away(page);
      await page.keyboard.press('?');
      await pictures.take(page, 'shortcuts');
      await away(page);
      await page.getByRole('row').nth(3).getByRole('link').click();
      await page.waitForLoadState('networkidle');
      await pictures.take(page, 'case-other');
    }],

    ['look: the case and its dialogs', async () => {
      const page = await windows.of('physicist');
      await go(page, `/cases/${v.case}`);
      await page.locator('details').evaluateAll((/** @type {HTMLDetailsElement[]} */ all) => all.forEach((one) => (one.open = true)));
      await pictures.take(page, 'case-remarks-open');
      await dark(page, 'case');
      await button(page, 'ui.action.edit').click();
      await pictures.take(page, 'case-edit');
      await away(page);
      await button(page, 'ui.case.more').click();
      await pictures.take(page, 'case-more');
      await page.getByRole('menuitem', { name: w('ui.case.withdraw_title') }).click();
      await pictures.take(page, 'case-withdraw');
      await away(page);
      await button(page, 'ui.document.add').first().click();
      await pictures.take(page, 'document');
      await away(page);
    }],

    ['look: an upload under way, stopped and failed', async () => {
      const page = await windows.of('physicist');
      await go(page, '/');
      await page.getByRole('row').nth(5).getByRole('link').click();
      /** @type {(() => void)[]} */
      const held = [];
      let sent = 0;
      await page.route('**/uploads/*/files*', async (/** @type {import('playwright-core').Route} */ route) => {
        if (sent++ >= 12) await new Promise((done) => held.push(() => done(undefined)));
        await route.continue().catch(() => {});
      });
      const chooser = page.waitForEvent('filechooser');
      await button(page, 'ui.upload.folder').click();
      await (await chooser).setFiles(v.study.folder);
      await page.getByText(w('ui.upload.leave')).waitFor();
      await pictures.take(page, 'upload-sending', { wait: false });
      await button(page, 'ui.upload.stop').click();
      for (const go of held) go();
      await page.unroute('**/uploads/*/files*');
      await pictures.take(page, 'upload-stopped');
      await page.route('**/uploads/*/files*', (/** @type {import('playwright-core').Route} */ route) => route.abort());
      await button(page, 'ui.upload.go_on').click();
      await page.getByRole('alert').filter({ hasText: /\S/ }).first().waitFor({ timeout: LONG });
      await pictures.take(page, 'upload-failed', { wait: false });
      await page.unroute('**/uploads/*/files*');
    }],

    ['look: a new version, its difference, and the workspace in its parts', async () => {
      const page = await windows.of('physicist');
      await go(page, `/verifications/${v.verification}`);
      await dark(page, 'result');
      await button(page, 'ui.verification.new_version').click();
      await pictures.take(page, 'new-version');
      await field(box(page), w, 'ui.field.reason').fill(language === 'zh' ? '粒子 3 位置有误' : 'seed 3 stood wrong');
      await button(box(page), 'ui.verification.new_version').click();
      await page.getByRole('heading', { name: w('ui.draft.title'), exact: true }).waitFor();
      const id = page.url().split('/').at(-1);
      await pictures.take(page, 'draft-second');
      await go(page, `/verifications/${id}/workspace`);
      const table = page.getByRole('table', { name: w('ui.ws.seeds'), exact: true });
      await table.getByRole('button').nth(2).click();
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
      await page.waitForLoadState('networkidle');
      await pictures.take(page, 'workspace-moved');
      await dark(page, 'workspace');
      for (const pane of ['1', '2', '3', '4']) {
        await page.keyboard.press(pane);
        await page.keyboard.press('f');
        await pictures.take(page, `workspace-pane-${pane}`);
        await page.keyboard.press('f');
      }
      await page.keyboard.press('1');
      await page.getByRole('tab', { name: w('ui.ws.tab.layers') }).click();
      await page.keyboard.press('w');
      await page.keyboard.press('l');
      await pictures.take(page, 'workspace-layers');
      await page.keyboard.press('?');
      await pictures.take(page, 'workspace-help');
      await away(page);
      await go(page, `/verifications/${id}`);
      await button(page, 'ui.draft.compute').click();
      await page.getByRole('progressbar').first().waitFor();
      await pictures.take(page, 'computing', { wait: false });
      await page.getByRole('heading', { name: w('ui.verification.findings'), exact: true }).waitFor({ timeout: LONG });
      await pictures.take(page, 'difference');
      await go(page, `/verifications/${v.verification}`);
      await pictures.take(page, 'superseded');
      await go(page, `/cases/${v.case}`);
      await pictures.take(page, 'case-two-versions');
    }],

    ['look: accounts, settings, ledger', async () => {
      const admin = await windows.of('admin');
      await go(admin, '/accounts');
      const row = admin.getByRole('row').filter({ hasText: 'zhou' });
      for (const [key, name] of [['ui.action.edit', 'account-edit'], ['ui.account.set_password', 'account-password'], ['ui.account.stop', 'account-stop']]) {
        await button(row, String(key)).click();
        await pictures.take(admin, String(name));
        if (key === 'ui.action.edit') {
          await button(box(admin), 'ui.action.save').click();
          await pictures.take(admin, 'account-edit-refused');
        }
        await away(admin);
      }
      const page = await windows.of('quality');
      await go(page, '/profile');
      await pictures.take(page, 'profile');
      await go(page, '/audit');
      await pictures.take(page, 'ledger-full');
      await dark(page, 'ledger');
      await button(page, 'ui.audit.raw').nth(2).click();
      await pictures.take(page, 'ledger-raw');
      await button(page, 'ui.audit.raw').nth(2).click();
      await button(page, 'ui.audit.only').nth(4).click();
      await pictures.take(page, 'ledger-of-case');
      await page.getByRole('banner').getByRole('button').last().click();
      await pictures.take(page, 'user-menu');
      await page.keyboard.press('Escape');
    }],

    ['look: what is not there, not allowed, or broken', async () => {
      const page = await windows.of('physician');
      await go(page, '/audit');
      await pictures.take(page, 'forbidden');
      await go(page, '/nowhere');
      await pictures.take(page, 'no-page');
      await go(page, '/cases/01980000-0000-7000-8000-000000000001');
      await pictures.take(page, 'no-case');
      await page.route('**/api/v1/cases?*', (/** @type {import('playwright-core').Route} */ route) => route.abort());
      await go(page, '/');
      await page.getByRole('alert').first().waitFor();
      await pictures.take(page, 'unreachable');
      await page.unroute('**/api/v1/cases?*');
      await go(page, '/');
      await page.context().clearCookies();
      await page.getByRole('row').nth(1).getByRole('link').click();
      await page.getByRole('dialog').waitFor();
      await pictures.take(page, 'expired');
    }],
  ];
}
