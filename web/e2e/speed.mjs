// What the walk does not choose or wait for: a ZIP, a dropped folder, a large study's first image, a large implant's moved seed.
import { join } from 'node:path';
import { madeUp } from './cases.mjs';
import { filesBelow, lengthened, zipped } from './long.mjs';
import { LONG, must } from './wait.mjs';
import { whole } from './words.mjs';
import { dragSeeds, paintedAt, seedsOf, still } from './workspace.mjs';

const SLICES = 150;
const SEEDS = 100;

/** A request as the page sends it, and its answer. */
const send = (/** @type {any} */ page, /** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body, version = 0) =>
  page.evaluate(async (/** @type {any} */ [method, path, body, version]) => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const headers = { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json', ...(version && { 'If-Match': `"v${version}"` }) };
    const answer = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }, [method, path, body, version]);

/** @param {any} v the walk @returns {[string, () => Promise<void>][]} */
export function speed(v) {
  const { w, windows, url } = v;
  const button = (/** @type {any} */ page, /** @type {string} */ key, values = {}) => page.getByRole('button', { name: whole(w(key, values)) });
  const newCase = async (/** @type {any} */ page, /** @type {string} */ number) => {
    const made = await send(page, 'POST', '/cases', { patient: { number, name: number }, site: 'prostate', implanted_on: '2026-03-10', intent: { prescription_gy: 145, model: 'SourceTech STM1251', strength_u: 0.6 } });
    await page.goto(`${url}/cases/${made.id}`);
    await button(page, 'ui.upload.folder').waitFor();
    return made.id;
  };
  const usable = (/** @type {any} */ page) => page.getByText(w('ui.study.usable'), { exact: true }).waitFor({ timeout: LONG });
  let verification = '';

  return [
    ['a folder is dropped on the page', async () => {
      const page = await windows.of('physicist');
      const folder = await madeUp(v.scratch);
      await newCase(page, 'DROPPED');
      const box = await page.locator('.upload').boundingBox();
      must(box, 'the place to drop on is there');
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      // the browser is told of a drag from outside, as the desktop would
      const cdp = await page.context().newCDPSession(page);
      for (const type of /** @type {const} */ (['dragEnter', 'dragOver', 'drop']))
        await cdp.send('Input.dispatchDragEvent', { type, x, y, data: { items: [], files: [folder], dragOperationsMask: 1 } });
      await cdp.detach();
      await usable(page);
      await page.getByText(w('ui.study.received', { n: filesBelow(folder).length, who: '', when: '' }).split(/[，,]/)[0], { exact: false }).first().waitFor();
    }],

    [`a ZIP of ${SLICES} slices is chosen`, async () => {
      const page = await windows.of('physicist');
      const folder = lengthened(await madeUp(v.scratch), join(v.scratch, `long-${v.language}`), SLICES);
      const zip = zipped(folder, join(v.scratch, `long-${v.language}.zip`));
      const id = await newCase(page, 'ZIPPED');
      const chooser = page.waitForEvent('filechooser');
      await button(page, 'ui.upload.zip').click();
      await (await chooser).setFiles(zip);
      await usable(page);
      const { studies } = await (await page.request.get(`${url}/api/v1/cases/${id}`)).json();
      must(studies[0].summary.series.some((/** @type {any} */ one) => one.size?.[2] === SLICES), `all ${SLICES} slices came out of the ZIP`);
      const made = await send(page, 'POST', `/cases/${id}/verifications`, { study: studies[0].id, settings: { implant_date: '2026-03-10', strength_date: '2026-03-10', grid_mm: 1 } });
      verification = made.id;
    }],

    [`the first image of a stored case of ${SLICES} slices`, async () => {
      const page = await windows.of('physicist');
      for (const [which, again] of [['never opened before', false], ['opened again in a browser that kept nothing', true]]) {
        if (again) await (await page.context().newCDPSession(page)).send('Network.clearBrowserCache');
        await page.goto(`${url}/verifications/${verification}`);
        const link = page.getByRole('link', { name: w('ui.draft.look') });
        await link.waitFor();
        await page.evaluate(() => addEventListener('click', () => performance.mark('asked'), { once: true, capture: true }));
        await link.click();
        const painted = await paintedAt(page);
        const asked = await page.evaluate(() => performance.getEntriesByName('asked')[0]?.startTime ?? 0);
        v.measured.push(`first image of ${SLICES} slices, ${which}: ${Math.round(painted - asked)} ms after the click`);
      }
    }],

    [`a seed of ${SEEDS} is dragged over a dose grid of 1 mm`, async () => {
      const page = await windows.of('physicist');
      await button(page, 'ui.ws.find').click();
      await page.getByRole('table', { name: w('ui.ws.indices') }).waitFor({ timeout: LONG });
      await still(page, w);
      const seeds = await seedsOf(page, w);
      // more of them between the ones that were found
      const { revision } = await (await page.request.get(`${url}/api/v1/verifications/${verification}/workspace`)).json();
      const edits = seeds.slice(0, SEEDS - 1 - seeds.length).map(({ centre: [x, y, z] }) => ({ op: 'add', centre_mm: [x + 2.5, y + 2.5, z + 1], axis: [0, 0, 1] }));
      await send(page, 'POST', `/verifications/${verification}/edits`, { revision, edits });
      await page.reload();
      await paintedAt(page);
      await page.getByRole('table', { name: w('ui.ws.indices') }).waitFor();
      must((await seedsOf(page, w)).length === SEEDS - 1, `there are ${SEEDS - 1} seeds, and one more to drag`);
      /** @type {Promise<number>[]} */
      const server = [];
      const heard = (/** @type {import('playwright-core').Response} */ answer) => answer.url().endsWith('/edits') && server.push(answer.json().then((/** @type {any} */ body) => body.results?.took_ms ?? body.took_ms));
      page.on('response', heard);
      const took = await dragSeeds(page, w);
      page.off('response', heard);
      const inServer = (await Promise.all(server)).slice(-took.length);
      v.measured.push(`${SEEDS} seeds, grid of 1 mm: from letting a seed go to figures and histogram ${took.map((one) => Math.round(one.figures)).join(', ')} ms, to the isodoses of all three views ${took.map((one) => Math.round(one.isodoses)).join(', ')} ms; the server took ${inServer.map(Math.round).join(', ')} ms of it`);
    }],
  ];
}
