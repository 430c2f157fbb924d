// Pictures of the pages: few and small for the tutorial, all of them in two sizes for whoever judges the looks.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOOKS = [{ width: 1366, height: 768 }, { width: 2560, height: 1440 }];

/** `tutorial`: folder of the tutorial's pictures; `look`: folder for pages in both sizes; empty where not wanted. */
export const picturesOf = (/** @type {{ tutorial: string, look: string, language: string }} */ { tutorial, look, language }) => ({
  /** `teach`: for the tutorial too; `wait: false`: while something is on its way. @param {import('playwright-core').Page} page @param {string} name @param {{ teach?: boolean, wait?: boolean }} options */
  async take(page, name, { teach = false, wait = true } = {}) {
    if (!look && !(tutorial && teach)) return;
    if (wait) await page.waitForLoadState('networkidle');
    if (tutorial && teach) {
      mkdirSync(tutorial, { recursive: true });
      const cdp = await page.context().newCDPSession(page);
      const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 72 });
      writeFileSync(join(tutorial, `${name}.${language}.webp`), Buffer.from(data, 'base64'));
      await cdp.detach();
    }
    if (!look) return;
    mkdirSync(look, { recursive: true });
    for (const size of LOOKS) {
      await page.setViewportSize(size);
      if (wait) await page.waitForLoadState('networkidle');
      // what is longer than the screen is seen whole; a dialog stands in the middle of the screen
      const fullPage = (await page.getByRole('dialog').count()) === 0;
      await page.screenshot({ path: join(look, `${name}.${language}.${size.width}.png`), fullPage });
    }
    await page.setViewportSize(/** @type {any} */ (LOOKS[0]));
  },
  /** The first page of a report. */
  report(/** @type {string} */ pdf, name = 'report') {
    if (!tutorial) return;
    execFileSync('pdftoppm', ['-jpeg', '-jpegopt', 'quality=72', '-f', '1', '-l', '1', '-singlefile', '-scale-to', '1100', pdf, join(tutorial, `${name}.${language}`)]);
  },
});
