// The people of the walk, each with a browser window of their own.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { whole } from './words.mjs';

export const PASSWORD = 'a horse, a battery and a staple';
/** @typedef {'admin' | 'physicist' | 'physician' | 'custodian' | 'quality'} Who */
/** @type {Record<Who, { login: string, zh: string, en: string }>} */
export const PEOPLE = {
  admin: { login: 'admin', zh: '管理员', en: 'Administrator' },
  physicist: { login: 'lin', zh: '林敏', en: 'Min Lin' },
  physician: { login: 'zhou', zh: '周岚', en: 'Lan Zhou' },
  custodian: { login: 'he', zh: '何源', en: 'Yuan He' },
  quality: { login: 'shen', zh: '沈清', en: 'Qing Shen' },
};

/** The control with this label, whether it is marked as optional or not. */
export const field = (/** @type {any} */ scope, /** @type {any} */ w, /** @type {string} */ key, values = {}) =>
  scope.getByLabel(whole(w(key, values), `(${w('ui.field.optional')})?`));

/** Answers for the application's own files from a folder: what was built last is tried without building the program. */
export function fromFolder(/** @type {import('playwright-core').BrowserContext} */ context, /** @type {string} */ dist) {
  return context.route((url) => url.protocol === 'http:' && !/^\/(api|healthz|metrics)/.test(url.pathname), (route) => {
    const file = join(dist, decodeURIComponent(new URL(route.request().url()).pathname));
    return route.fulfill({ path: existsSync(file) && statSync(file).isFile() ? file : join(dist, 'index.html') });
  });
}

/** Windows by person; each is opened, put into the language and logged in when first asked for. */
export class Windows {
  /** @type {Map<Who, import('playwright-core').Page>} */
  #pages = new Map();
  /** What a page threw or the server failed at: nobody should ever see any. @type {string[]} */
  problems = [];

  /** @param {import('playwright-core').Browser} browser @param {string} url @param {'zh' | 'en'} language @param {any} w @param {Record<string, { login: string }>} people who logs in */
  constructor(browser, url, language, w, dist = '', people = PEOPLE) {
    this.dist = dist;
    this.people = people;
    this.browser = browser;
    this.url = url;
    this.language = language;
    this.w = w;
  }

  /** A fresh window at the start page, in the language of the walk. */
  async open() {
    const context = await this.browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', reducedMotion: 'reduce', acceptDownloads: true });
    context.setDefaultTimeout(60_000);
    if (this.dist) await fromFolder(context, this.dist);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.problems.push(`thrown in the page: ${error.stack ?? error}`));
    page.on('response', (answer) => answer.status() >= 500 && this.problems.push(`${answer.status()} ${answer.url()}`));
    page.on('console', (line) => {
      // refusals are part of the walk, and the browser writes each of them down
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) this.problems.push(`console: ${line.text()} (${line.location().url}, at ${page.url()})`);
    });
    await page.goto(this.url);
    if (this.language === 'en') await page.getByRole('button', { name: 'English' }).click();
    return page;
  }

  keep(/** @type {Who} */ who, /** @type {any} */ page) {
    this.#pages.set(who, page);
  }

  /** The person's window, logged in. */
  async of(/** @type {Who} */ who) {
    const known = this.#pages.get(who);
    if (known) return known;
    const { w } = this;
    const page = await this.open();
    await field(page, w, 'ui.login.login').fill(this.people[who]?.login ?? who);
    await field(page, w, 'ui.login.password').fill(PASSWORD);
    await page.getByRole('button', { name: w('ui.login.enter') }).click();
    await page.getByRole('navigation', { name: w('ui.shell.navigation') }).waitFor();
    this.keep(who, page);
    return page;
  }

  async close() {
    for (const page of this.#pages.values()) await page.context().close();
    this.#pages.clear();
  }

  /** The pages that are open now, for pictures of a failure. */
  get pages() {
    return [...this.#pages];
  }
}
