// Isodose levels as a person edits them.

import { apart } from './colour';

export interface Level {
  value: number;
  unit: '%' | 'Gy';
  colour: string;
  on: boolean;
}

/** The prescription is white, higher doses are warm, lower ones cold: the first of each are told apart with and without red-green vision. */
const AT = '#ffffff';
const ABOVE = ['#ff5fa2', '#e8590c', '#ffb38a', '#c2185b'];
const BELOW = ['#4fb3ff', '#8f5bff', '#5ce0c0', '#2f9e6e'];
const ALL = [...ABOVE, ...BELOW];
/** Colours nearer than this to a structure's are passed over while there are others. */
const LEAST = 0.1;

export const colourAt = (i: number): string => ALL[i % ALL.length] as string;

/** Levels with colours that differ from one another and from those of the structures, which are drawn among them. */
export function fromPercent(list: readonly number[], structures: readonly string[] = []): Level[] {
  const used = new Set<string>();
  const pick = (from: readonly string[]): string => {
    const free = from.filter((c) => !used.has(c));
    const clear = free.find((c) => structures.every((s) => apart(c, s) >= LEAST));
    const colour = clear ?? free[0] ?? colourAt(used.size);
    used.add(colour);
    return colour;
  };
  return [...list].sort((a, b) => b - a).map((value) => ({ value, unit: '%', colour: value === 100 ? AT : pick(value > 100 ? ABOVE : BELOW), on: true }));
}

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
