// The hands in the workspace: reading the list of seeds, waiting until all is saved, dragging, and when an image is there.
import { must, until } from './wait.mjs';
import { pattern } from './words.mjs';

/** @typedef {import('playwright-core').Page} Page */

export const rowOf = (/** @type {Page} */ page, /** @type {any} */ w, /** @type {number} */ number) =>
  page.getByRole('table', { name: w('ui.ws.seeds'), exact: true }).getByRole('row').filter({ has: page.getByRole('button', { name: String(number), exact: true }) });

/** The seeds as the list shows them. */
export async function seedsOf(/** @type {Page} */ page, /** @type {any} */ w) {
  const rows = await page.getByRole('table', { name: w('ui.ws.seeds'), exact: true }).evaluate((/** @type {HTMLTableElement} */ table) =>
    [...(table.tBodies[0]?.rows ?? [])].map((row) => [...row.cells].map((cell) => cell.innerText)));
  return rows.map((cells) => ({ number: Number(cells[0]), centre: String(cells[3]).replaceAll('−', '-').split(',').map(Number) }));
}

/** The revision that is saved, once nothing is on its way. */
export async function still(/** @type {Page} */ page, /** @type {any} */ w) {
  const [before = '', after = ''] = w('ui.ws.saved').split('{n}');
  return until('the workspace has saved', async () => {
    const text = (await page.getByRole('status').filter({ hasText: pattern(w('ui.ws.saved')) }).first().textContent({ timeout: 1000 })) ?? '';
    return Number(text.trim().slice(before.length, after ? -after.length : undefined)) + 1;
  });
}

/** When the axial image is painted, in the page's own time. */
export const paintedAt = async (/** @type {Page} */ page) =>
  Number(await (await page.waitForFunction(() => {
    const canvas = /** @type {HTMLCanvasElement | null} */ (document.querySelector('[data-view="axial"] canvas'));
    if (!canvas?.width || !canvas.height) return null;
    const { data } = canvas.getContext('2d')?.getImageData(canvas.width / 4, canvas.height / 2, canvas.width / 2, 1) ?? { data: [] };
    return data.some((value, i) => i % 4 < 3 && value > 20) ? performance.now() : null;
  }, null, { polling: 'raf', timeout: 120_000 })).jsonValue());

/** Adds a seed with a click, drags it about, and gives the milliseconds from each release to the new figures. */
export async function addAndDrag(/** @type {Page} */ page, /** @type {any} */ w, /** @type {number} */ before) {
  const took = await dragSeeds(page, w);
  must((await seedsOf(page, w)).length === before + 1, 'a seed more is in the list');
  return took.map((one) => one.figures);
}

/**
 * The same, with the milliseconds to the repainted isodoses too. Figures and histogram are drawn in the frame in which the revision is
 * shown; isodoses when the dose on each of the three planes has come and been painted.
 */
export async function dragSeeds(/** @type {Page} */ page, /** @type {any} */ w) {
  const box = await page.locator('[data-view="axial"]').boundingBox();
  must(box, 'the axial pane is on the screen');
  const { x, y, width, height } = /** @type {{ x: number, y: number, width: number, height: number }} */ (box);
  const before = (await seedsOf(page, w)).length;
  let at = { x: x + 0.56 * width, y: y + 0.44 * height };
  await page.keyboard.press('a');
  await page.mouse.click(at.x, at.y);
  await until('a seed more is in the list', async () => (await seedsOf(page, w)).length === before + 1);
  await still(page, w);
  await page.keyboard.press('a');
  const took = [];
  for (const by of [18, -30, 24]) {
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.move(at.x + by / 2, at.y + by / 3);
    at = { x: at.x + by, y: at.y + by };
    await page.mouse.move(at.x, at.y);
    // from the release until the page has drawn the revision that belongs to it
    const seen = page.evaluate((words) => new Promise((done) => {
      const status = [...document.querySelectorAll('[role=status]')].find((one) => one.textContent?.includes(words));
      const old = status?.textContent;
      let start = 0, figures = 0;
      performance.setResourceTimingBufferSize(10_000);
      addEventListener('pointerup', () => (start = performance.now()), { once: true, capture: true });
      /** when the plane of the new dose of a view had come */
      const come = (/** @type {string} */ view) => {
        const found = performance.getEntriesByType('resource').filter((one) => one.startTime > start && one.name.includes('/dose/slice') && one.name.includes(`view=${view}`))[0];
        return /** @type {PerformanceResourceTiming | undefined} */ (found)?.responseEnd || Infinity;
      };
      const look = () => {
        const now = status?.textContent ?? '';
        if (start && !figures && now !== old && now.includes(words)) requestAnimationFrame(() => (figures ||= performance.now() - start));
        const last = start ? Math.max(...['axial', 'sagittal', 'coronal'].map(come)) : Infinity;
        const painted = performance.getEntriesByType('measure').find((one) => one.name.includes('overlay') && one.startTime > last);
        if (figures && painted) done({ figures, isodoses: painted.startTime + painted.duration - start });
        else requestAnimationFrame(look);
      };
      document.documentElement.dataset.armed = 'yes';
      look();
    }), w('ui.ws.saved').split('{n}')[0]);
    await page.waitForFunction(() => document.documentElement.dataset.armed === 'yes');
    await page.mouse.up();
    took.push(/** @type {{ figures: number, isodoses: number }} */ (await seen));
    await page.evaluate(() => delete document.documentElement.dataset.armed);
    await still(page, w);
  }
  return took;
}
