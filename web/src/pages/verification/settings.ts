// The settings of a verification as a form holds them, and back.
import type { Settings } from '../../api';
import { isPlausible, number } from '../../ui/form';

export type SettingsForm = Record<keyof Settings, string>;
export const FORMALISMS = ['auto', '2d', '1d', 'point'] as const;

export function toForm(settings: Settings): SettingsForm {
  const text = (value: string | number | null | undefined) => (value === null || value === undefined ? '' : String(value));
  return {
    prescription_gy: text(settings.prescription_gy), model: text(settings.model), strength_u: text(settings.strength_u), strength_date: text(settings.strength_date),
    implant_date: text(settings.implant_date), count: text(settings.count), target: text(settings.target), criteria: text(settings.criteria),
    formalism: text(settings.formalism), grid_mm: text(settings.grid_mm),
  };
}

/** All settings: what is empty stays open and is taken from the plan or the usual choice. */
export function fromForm(form: SettingsForm): Settings {
  const or = (text: string) => text.trim() || null;
  return {
    prescription_gy: number(form.prescription_gy), model: or(form.model), strength_u: number(form.strength_u), strength_date: or(form.strength_date),
    implant_date: or(form.implant_date), count: number(form.count), target: or(form.target), criteria: or(form.criteria), formalism: or(form.formalism),
    grid_mm: number(form.grid_mm),
  };
}

/** Values that cannot be meant. */
export function wrongSettings(form: SettingsForm): Partial<Record<keyof Settings, 'ui.field.implausible'>> {
  const limits: [keyof Settings, number, boolean][] = [['prescription_gy', 1000, false], ['strength_u', 100, false], ['count', 2000, true], ['grid_mm', 10, false]];
  return Object.fromEntries(limits.filter(([name, most, whole]) => !isPlausible(form[name], most, whole)).map(([name]) => [name, 'ui.field.implausible']));
}

/** What has to be filled in before a dose can be computed. A plan may state what is left open; without one nobody else does. */
export function lacking(form: SettingsForm, hasPlan: boolean): Partial<Record<keyof Settings, 'ui.settings.needed' | 'ui.settings.strength_when'>> {
  const alone = (['prescription_gy', 'model', 'strength_u'] as const).filter((name) => !hasPlan && !form[name].trim()).map((name) => [name, 'ui.settings.needed']);
  // between the two days the seeds decay: without both the strength cannot be brought to the implant
  const undated = form.strength_u.trim() && form.implant_date && !form.strength_date ? [['strength_date', 'ui.settings.strength_when']] : [];
  return Object.fromEntries([...alone, ...undated]);
}
