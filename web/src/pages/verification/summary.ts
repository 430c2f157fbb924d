// What a result says, brought into the rows that the page shows.
import type { Finding, Outcome, Summary } from '../../api';

/** How a clause came out, as far as the page tells it apart. */
export type Judged = 'met' | 'not_met' | 'no_evidence';

export function judged(outcome: Outcome): Judged {
  return outcome === 'met' || outcome === 'not_met' ? outcome : 'no_evidence';
}

export interface Side {
  value: number | null;
  unit: string;
}
export interface FindingRow {
  structure: string;
  index: string;
  measured: Side;
  /** the same in percent of the prescription, where the clause is written so */
  measuredPercent: number | null;
  /** `≥` or `≤`; empty where nothing was measured, for then the result does not tell */
  sign: '≥' | '≤' | '';
  limit: Side;
  limitPercent: number | null;
  outcome: Judged;
  required: boolean;
  source: { zh: string; en: string };
}

/** On which side of the limit a value must be, from how its margin was counted. */
export function sign(finding: Pick<Finding, 'measured' | 'limit' | 'margin'>): FindingRow['sign'] {
  const { measured, limit, margin } = finding;
  if (measured === null || margin === null || measured === limit) return '';
  return Math.sign(measured - limit) === Math.sign(margin) ? '≥' : '≤';
}

export function findingRow(finding: Finding, prescriptionGy: number): FindingRow {
  const isPercent = finding.unit === '%Rx';
  const gray = (percent: number | null): Side => ({ value: percent === null ? null : (percent * prescriptionGy) / 100, unit: 'Gy' });
  const plain = (value: number | null): Side => ({ value, unit: finding.unit });
  return {
    structure: finding.structure ?? '',
    index: finding.index,
    measured: isPercent ? gray(finding.measured) : plain(finding.measured),
    measuredPercent: isPercent ? finding.measured : null,
    sign: sign(finding),
    limit: isPercent ? gray(finding.limit) : plain(finding.limit),
    limitPercent: isPercent ? finding.limit : null,
    outcome: judged(finding.outcome),
    required: finding.required,
    source: { zh: finding.source_zh ?? finding.source, en: finding.source },
  };
}

/** Required clauses first, the failed ones before the rest; else as the pack has them. */
export function findingRows(summary: Summary): FindingRow[] {
  const weight = (row: FindingRow) => (row.required ? 0 : 2) + (row.outcome === 'met' ? 1 : 0);
  return (summary.findings ?? []).map((one) => findingRow(one, summary.prescription_gy)).sort((a, b) => weight(a) - weight(b));
}

const LEVELS = ['serious', 'warning', 'note'];
/** The notices, the gravest first. */
export function notices(summary: Summary) {
  return [...(summary.notices ?? [])].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** Indices in the order in which people read them: volume; least, mean, most; doses to parts; volumes at doses. */
export function byIndex(a: string, b: string): number {
  const [x, y] = [rank(a), rank(b)];
  return x[0] - y[0] || x[1] - y[1] || a.localeCompare(b);
}

function rank(name: string): [number, number] {
  const plain = ['volume', 'Dmin', 'Dmean', 'Dmax'].indexOf(name);
  if (plain >= 0) return [0, plain];
  const found = /^([DV])(\d+(?:\.\d+)?)(cc)?$/.exec(name);
  if (!found) return [5, 0];
  const number = Number(found[2]);
  // D100, D95, D90 … fall as the part gets smaller; the rest rises
  if (found[1] === 'D') return found[3] ? [2, number] : [1, -number];
  return found[3] ? [4, number] : [3, number];
}
