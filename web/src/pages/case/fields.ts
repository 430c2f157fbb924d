// The fields of a case as a form holds them (texts), and back.
import type { CaseChange, CaseInput, CaseRow, Sex, TechniqueCode } from '../../api';
import { isPlausible, number } from '../../ui/form';

export interface CaseForm {
  number: string; patient_number: string; name: string; birth_date: string; sex: Sex; site: string; diagnosis: string;
  implanted_on: string; prescription_gy: string; model: string; strength_u: string; count: string; physician: string; physicist: string;
  imaging_due: string; follow_up_due: string; notes: string;
  hospital: string; technique: TechniqueCode; route: string; method: string;
}

export const EMPTY: CaseForm = {
  number: '', patient_number: '', name: '', birth_date: '', sex: '', site: '', diagnosis: '', implanted_on: '', prescription_gy: '', model: '',
  strength_u: '', count: '', physician: '', physicist: '', imaging_due: '', follow_up_due: '', notes: '',
  hospital: '', technique: 'seed_implant', route: '', method: '',
};

export function fromCase(row: CaseRow): CaseForm {
  const text = (value: string | number | null) => (value === null ? '' : String(value));
  return {
    number: row.number, patient_number: row.patient.number, name: row.patient.name, birth_date: text(row.patient.birth_date), sex: row.patient.sex,
    site: row.site, diagnosis: row.diagnosis, implanted_on: text(row.implanted_on), prescription_gy: text(row.intent.prescription_gy),
    model: text(row.intent.model), strength_u: text(row.intent.strength_u), count: text(row.intent.count), physician: text(row.physician),
    physicist: text(row.physicist), imaging_due: text(row.imaging_due), follow_up_due: text(row.follow_up_due), notes: row.notes,
    hospital: text(row.hospital), technique: row.technique, route: row.route, method: row.method,
  };
}

/** Names of the fields that cannot be as typed. */
export function wrongFields(form: CaseForm, isNew = false): (keyof CaseForm)[] {
  const wrong: (keyof CaseForm)[] = [];
  if (!form.name.trim()) wrong.push('name');
  // older cases may lack it; a new one does not begin without
  if (isNew && !form.patient_number.trim()) wrong.push('patient_number');
  if (!form.site.trim()) wrong.push('site');
  if (!isPlausible(form.prescription_gy, 1000)) wrong.push('prescription_gy');
  if (!isPlausible(form.strength_u, 100)) wrong.push('strength_u');
  if (!isPlausible(form.count, 2000, true)) wrong.push('count');
  return wrong;
}

/** What is sent for a new case: nothing of what was left empty. */
export function toInput(form: CaseForm): CaseInput {
  const whole = toBody(form);
  const given = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null && value !== ''));
  return { ...given, patient: whole.patient, site: whole.site, intent: whole.intent } as CaseInput;
}

/** What is sent for a change: the fields that differ, and why. */
export function toChange(before: CaseForm, after: CaseForm, why: string, patientVersion: number): CaseChange {
  const [old, now] = [toBody(before), toBody(after)];
  const changed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(now)) {
    if (JSON.stringify(old[key as keyof typeof old]) !== JSON.stringify(value)) changed[key] = value;
  }
  if (changed['patient']) changed['patient'] = { ...now.patient, version: patientVersion };
  return { ...changed, why };
}

function toBody(form: CaseForm) {
  const or = (text: string) => text.trim() || null;
  return {
    number: form.number.trim(),
    patient: { number: form.patient_number.trim(), name: form.name.trim(), birth_date: or(form.birth_date), sex: form.sex },
    site: form.site.trim(), diagnosis: form.diagnosis.trim(), implanted_on: or(form.implanted_on),
    intent: { prescription_gy: number(form.prescription_gy), model: or(form.model), strength_u: number(form.strength_u), count: number(form.count) },
    physician: or(form.physician), physicist: or(form.physicist), imaging_due: or(form.imaging_due), follow_up_due: or(form.follow_up_due),
    notes: form.notes.trim(),
    hospital: form.hospital, technique: form.technique, route: form.route, method: form.method,
  };
}
