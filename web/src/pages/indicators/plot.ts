// What both charts share: the colours of the page, its font, and a box that follows its size.
import type uPlot from 'uplot';

export interface Paper {
  ink: string;
  text: string;
  accent: string;
  amber: string;
  red: string;
  soft: string;
  grid: { stroke: string; width: number };
  font: string;
  rem: number;
}

/** Colours and font as the stylesheet has them now. */
export function paper(box: HTMLElement): Paper {
  const css = getComputedStyle(box);
  const colour = (name: string) => css.getPropertyValue(name).trim();
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return {
    ink: colour('--muted'), text: colour('--text'), accent: colour('--accent'), amber: colour('--amber'), red: colour('--red'), soft: colour('--accent-soft'),
    grid: { stroke: colour('--line'), width: 1 },
    // whole pixels: uPlot scales fonts for dense screens by rewriting an integer
    font: `${Math.round(0.8 * rem)}px ${css.fontFamily}`,
    rem,
  };
}

/** The axis of percentages. */
export const percentAxis = (p: Paper): uPlot.Axis => ({
  stroke: p.ink, grid: p.grid, font: p.font, size: 3.6 * p.rem, gap: 3, ticks: { ...p.grid, size: 4 },
  values: (_, values) => values.map((value) => `${Math.round(value * 1000) / 10} %`),
});

/** From 0 to a round end above the largest value, at most 1. */
export function percentRange(largest: number): [number, number] {
  const end = [0.05, 0.1, 0.2, 0.3, 0.5].find((one) => largest <= one * 0.95);
  return [0, end ?? 1.02];
}
