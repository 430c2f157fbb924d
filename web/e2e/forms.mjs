// Forms filled in as a person would: each value into the control that the form's own description gives it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './server.mjs';
import { must } from './wait.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').Locator} Locator */

/** The description of a form. */
export const schema = (/** @type {string} */ name) => JSON.parse(readFileSync(join(project, 'data', 'forms', `${name}.json`), 'utf8'));

/** A moment as a native input takes it. */
const local = (/** @type {string} */ moment) => moment.slice(0, 16);

/** Puts one value into its control. */
async function put(/** @type {any} */ w, /** @type {Locator} */ box, /** @type {any} */ property, /** @type {any} */ value) {
  if (property.type === 'boolean') return box.getByRole('radio', { name: w(value ? 'ui.yes' : 'ui.no'), exact: true }).check();
  const inputs = box.locator('input, select, textarea');
  if (property.type === 'array') {
    for (const [at, entry] of value.entries()) {
      if (at > 0) await box.getByRole('button', { name: w('ui.record.add_row') }).click();
      await fill(inputs.nth(at), entry);
    }
    return;
  }
  await fill(inputs.first(), value);
}

async function fill(/** @type {Locator} */ input, /** @type {any} */ value) {
  const tag = await input.evaluate((element) => element.tagName);
  if (tag === 'SELECT') await input.selectOption(typeof value === 'object' ? value : String(value));
  else await input.fill((await input.getAttribute('type')) === 'datetime-local' ? local(value) : String(value));
}

/** Fills the form in the open dialog. */
export async function fillIn(/** @type {any} */ w, /** @type {Locator} */ dialog, /** @type {string} */ form, /** @type {Record<string, any>} */ values) {
  const { properties } = schema(form);
  for (const [name, value] of Object.entries(values)) {
    must(properties[name], `the form ${form} has no field ${name}`);
    await put(w, dialog.locator(`[data-field="${name}"]`), properties[name], value);
  }
}

/**
 * Fills in a form of the thing that the page shows, and saves it.
 * @param {any} v @param {Page} page @param {string} form @param {Record<string, any>} values @param {{ shot?: string }} options
 */
export async function record(v, page, form, values, { shot = '' } = {}) {
  const title = schema(form)[`x-${v.language}`];
  await page.getByRole('button', { name: v.w('ui.record.fill_in', { form: title }), exact: true }).click();
  const dialog = page.getByRole('dialog', { name: title, exact: true });
  await fillIn(v.w, dialog, form, values);
  if (shot) await v.pictures.take(page, shot);
  await dialog.getByRole('button', { name: v.w('ui.action.save'), exact: true }).click();
  return dialog;
}

/** Waits until a form is saved; what the norms say of it is read and closed, and given back. @param {any} v @param {Locator} dialog */
export async function saved(v, dialog) {
  const understood = dialog.getByRole('button', { name: v.w('ui.record.understood'), exact: true });
  const wrong = dialog.getByRole('alert').filter({ hasText: /\S/ });
  await understood.or(wrong.first()).or(dialog.page().getByText(v.w('ui.saved'), { exact: true })).first().waitFor();
  if (await wrong.count()) throw new Error(`not saved: ${(await dialog.innerText()).slice(-1500)}`);
  let said = '';
  if (await understood.isVisible()) {
    said = await dialog.innerText();
    await understood.click();
  }
  await dialog.waitFor({ state: 'detached' });
  return said;
}
