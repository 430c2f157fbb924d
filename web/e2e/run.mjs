// The walks in a real browser, each on a data folder of its own: from the first start to the signed report, in Chinese and in English; and a patient's
// year in a made-up hospital, in Chinese (with --look in English too).
//   node e2e/run.mjs [--only zh|en] [--walk report|year] [--made-up] [--pictures FOLDER] [--look FOLDER] [--dist FOLDER]
// --made-up: the made-up patient even where the real study is there; --pictures: those of the tutorial; --look: every page in its states and in two sizes;
// --dist: the application from this folder instead of the one that the program carries.
import { existsSync, mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { theCase } from './cases.mjs';
import { look } from './look.mjs';
import { PASSWORD, PEOPLE, Windows } from './people.mjs';
import { picturesOf } from './pictures.mjs';
import { roles } from './roles.mjs';
import { project, scratch as makeScratch, serve } from './server.mjs';
import { must } from './wait.mjs';
import { speed } from './speed.mjs';
import { tag, walk } from './walk.mjs';
import { wordsOf } from './words.mjs';
import { madeUpHospital, STAFF, year } from './year.mjs';

const { values: options } = parseArgs({ options: { only: { type: 'string' }, walk: { type: 'string' }, 'made-up': { type: 'boolean' }, pictures: { type: 'string' }, look: { type: 'string' }, dist: { type: 'string' } } });
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath)) throw new Error(`${executablePath} is not there: install Debian's chromium (\`make setup\` does), or name another with CHROMIUM`);
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const scratch = makeScratch();
// pictures that are kept show nobody's images but made-up ones
const study = await theCase(scratch, Boolean(options['made-up'] || options.pictures));
let passed = 0, failed = 0;

/** @typedef {(v: any) => [string, () => Promise<void>][]} Steps */
/** @type {Steps} */
function report(v) {
  const way = walk(v);
  const signing = way.findIndex(([name]) => name.includes(' sign'));
  return [...way.slice(0, signing), ...roles(v), ...way.slice(signing), ...(options.pictures ? [] : speed(v)), ...(options.look ? look(v) : [])];
}

async function take(/** @type {string} */ title, /** @type {'zh' | 'en'} */ language, /** @type {string} */ data, /** @type {any} */ people, /** @type {Steps} */ stepsOf) {
  const started = Date.now();
  const server = await serve(data);
  const browser = await chromium.launch({ executablePath, args: ARGS });
  const w = wordsOf(language);
  const windows = new Windows(browser, server.url, language, w, options.dist, people);
  const v = {
    language, w, words: { zh: wordsOf('zh'), en: wordsOf('en') }, windows, url: server.url, data, scratch, study,
    name: study.name[language], measured: /** @type {string[]} */ ([]),
    pictures: picturesOf({ tutorial: options.pictures ?? '', look: options.look ?? '', language }),
  };
  /** @type {[string, () => Promise<void>][]} */
  const steps = [
    ...stepsOf(v),
    ['no page threw, and the server never failed', async () => must(windows.problems.length === 0, windows.problems.join('\n'))],
    ['the server ends when asked', async () => {
      await windows.close();
      must((await server.stop()) === 0, server.log());
    }],
  ];
  console.log(`${title}, ${language === 'zh' ? '中文' : 'English'}`);
  let isBroken = false;
  for (const [name, step] of steps) {
    if (isBroken) {
      failed++;
      console.log(`  – ${name} (not reached)`);
      continue;
    }
    const begun = Date.now();
    try {
      await step();
      passed++;
      console.log(`  ✓ ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed++;
      isBroken = true;
      console.log(`  ✗ ${name}\n${error instanceof Error ? error.stack : error}`);
      const folder = join(project, 'target', 'browser');
      mkdirSync(folder, { recursive: true });
      for (const [who, page] of windows.pages) {
        const path = join(folder, `${language}-${tag(name)}-${who}.png`);
        await page.screenshot({ path, timeout: 10_000 }).then(() => console.log(`    ${who} at ${page.url()}: ${path}`), () => {});
      }
      for (const problem of windows.problems) console.log(`    ${problem}`);
    }
  }
  for (const line of v.measured) console.log(`  · ${line}`);
  // figures of a busy machine are not those of a quiet one
  console.log(`  · load of the machine meanwhile: ${loadavg()[1]?.toFixed(1)} on ${cpus().length} cores`);
  console.log(`  ${((Date.now() - started) / 1000).toFixed(0)} s`);
  await browser.close();
  if (isBroken) await server.stop().catch(() => {});
}

for (const language of /** @type {const} */ (['zh', 'en'])) {
  if (options.only && options.only !== language) continue;
  if (options.walk !== 'year') await take('from the first start to the signed report', language, join(scratch, `data-${language}`), PEOPLE, report);
  if (options.walk === 'report' || options.pictures || (language === 'en' && !options.look)) continue;
  const data = join(scratch, `year-${language}`);
  await madeUpHospital(data, PASSWORD);
  await take('from referral to the visit after a year', language, data, STAFF, year);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
