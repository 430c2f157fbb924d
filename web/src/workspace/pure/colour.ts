// How far apart two colours look, and how a colour is made to stand out from what is behind it.

import { rgb, type Rgb } from './lut';

const linear = (c: number): number => (c <= 0.04045 * 255 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);

/** Oklab of linear RGB (Ottosson 2020, bottosson.github.io/posts/oklab): lightness and two opponent axes; distances there are as seen. */
function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const hex = (c: Rgb): string => `#${c.map((x) => Math.round(x).toString(16).padStart(2, '0')).join('')}`;
const lightness = (c: Rgb): number => oklab(c.map(linear) as unknown as Rgb)[0];

/** The colour mixed with white (or black) in steps until its lightness is at least (or at most) so much. */
function shifted(colour: string, target: 0 | 255, enough: (l: number) => boolean): string {
  const c = rgb(colour);
  for (let part = 0; part <= 1; part += 0.05) {
    const mixed = c.map((x) => x + (target - x) * part) as unknown as Rgb;
    if (enough(lightness(mixed))) return hex(mixed);
  }
  return hex([target, target, target]);
}
/** Light enough for a line on an image or a dark page: a planning system's dark blue is lost there. */
export const onDark = (colour: string): string => shifted(colour, 255, (l) => l >= 0.6);
/** Dark enough for a line on a white page, where pure yellow is lost. */
export const onLight = (colour: string): string => shifted(colour, 0, (l) => l <= 0.76);

/** Nine numbers by rows, applied to linear RGB. */
export type Matrix = readonly number[];

/** Distance of two `#rrggbb` in Oklab, 0 (the same) to 1 (black and white), as somebody sees them whose eyes `seen` stands for. */
export function apart(one: string, other: string, seen?: Matrix): number {
  const look = (colour: string) => {
    const c = rgb(colour).map(linear) as unknown as Rgb;
    if (!seen) return oklab(c);
    return oklab([0, 3, 6].map((i) => Math.max(0, (seen[i] ?? 0) * c[0] + (seen[i + 1] ?? 0) * c[1] + (seen[i + 2] ?? 0) * c[2])) as unknown as Rgb);
  };
  const [p, q] = [look(one), look(other)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}
