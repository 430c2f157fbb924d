// The patient whose images the walk sends: a real post-implant study where there is one, else a made-up one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dosewright, project } from './server.mjs';

const real = join(project, '../shared/data/seed-implant-ct');
const patient = { number: 'P-0417', sex: 'M', birth_date: '1953-08-17', implanted_on: '2026-10-01' };

/** The study's folder and what the form of a new case gets. `madeUp`: not the real one even where it is there. */
export async function theCase(/** @type {string} */ scratch, madeUp = false) {
  if (!madeUp && existsSync(real)) return { folder: real, patient, intent: { prescription: 145, model: 'STM1251', strength: 0.621, count: 54 } };
  if (!madeUp) console.log('note: ../shared/data/seed-implant-ct is not there, a made-up prostate takes its place');
  const folder = join(scratch, 'prostate');
  if (!existsSync(folder)) await dosewright('simulate', 'prostate', '--quiet', '--out', folder);
  return { folder, patient, intent: { prescription: 145, model: 'STM1251', strength: 0.6, count: 57 } };
}
