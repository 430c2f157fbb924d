// Isodose levels as a person edits them.

export interface Level {
  value: number;
  unit: '%' | 'Gy';
  colour: string;
  on: boolean;
}

/** From the highest dose to the lowest; further levels start again from the top. */
const PALETTE = ['#ff5fa2', '#ff9040', '#ffe04a', '#5fdc7a', '#4fb3ff', '#b497ff', '#39d6d0'];

export const colourAt = (i: number): string => PALETTE[i % PALETTE.length] as string;

export const fromPercent = (list: readonly number[]): Level[] =>
  [...list].sort((a, b) => b - a).map((value, i) => ({ value, unit: '%', colour: colourAt(i), on: true }));

/** In Gy. A percentage of no prescription is not a number. */
export const doseOf = (level: Level, prescription: number): number =>
  level.unit === 'Gy' ? level.value : prescription > 0 ? (level.value / 100) * prescription : NaN;

/** Highest dose first; levels that are not positive numbers are left out. */
export const inOrder = (levels: readonly Level[], prescription: number): Level[] =>
  levels.filter((l) => doseOf(l, prescription) > 0).sort((a, b) => doseOf(b, prescription) - doseOf(a, prescription));

/** The same dose in the other unit, rounded as people write it. */
export function converted(level: Level, unit: '%' | 'Gy', prescription: number): Level {
  if (unit === level.unit || !(prescription > 0)) return { ...level, unit };
  const dose = doseOf(level, prescription);
  const value = unit === 'Gy' ? dose : (100 * dose) / prescription;
  return { ...level, unit, value: Math.round(value * 10) / 10 };
}
