// The patient whose images the walk sends: a real post-implant study where there is one, else a made-up one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dosewright, project } from './server.mjs';

const real = join(project, '../shared/data/seed-implant-ct');
const patient = { sex: 'M', birth_date: '1953-08-17' };

/** The folder of the made-up study, made when first asked for. */
export async function madeUp(/** @type {string} */ scratch) {
  const folder = join(scratch, 'prostate');
  if (!existsSync(folder)) await dosewright('simulate', 'prostate', '--quiet', '--out', folder);
  return folder;
}

/** The study's folder and what the form of a new case gets. `onlyMadeUp`: not the real one even where it is there. */
export async function theCase(/** @type {string} */ scratch, onlyMadeUp = false) {
  if (!onlyMadeUp && existsSync(real)) return { folder: real, name: { zh: '季文海', en: 'Ji Wenhai' }, patient: { ...patient, number: 'P-0417', implanted_on: '2026-10-01' }, strengthDay: '2026-10-01', intent: { prescription: 145, model: 'STM1251', strength: 0.621, count: 54 } };
  if (!onlyMadeUp) console.log('note: ../shared/data/seed-implant-ct is not there, a made-up prostate takes its place');
  const folder = await madeUp(scratch);
  // as the made-up files have the patient
  return { folder, name: { zh: '𠮷文海', en: 'Ji Wenhai' }, patient: { ...patient, number: 'DEMO-0001', implanted_on: '2026-03-10' }, strengthDay: '2026-03-10', intent: { prescription: 145, model: 'STM1251', strength: 0.6, count: 57 } };
}
