// Signs and words of states, where evidence leads, and which lines a filter leaves. Pure.
import type { Clause, Norm, NormState, Proof } from '../../api/norms';
import type { TermKey } from '../../terms/index.svelte';
import type { IconName } from '../../ui/icons';

interface Look {
  tone: 'plain' | 'good' | 'due' | 'bad';
  icon: IconName;
  key: TermKey;
}
export const LOOKS: Record<NormState, Look> = {
  met: { tone: 'good', icon: 'check', key: 'ui.norms.state.met' },
  not_met: { tone: 'bad', icon: 'alert', key: 'ui.norms.state.not_met' },
  no_evidence: { tone: 'due', icon: 'file', key: 'ui.norms.state.no_evidence' },
  not_applicable: { tone: 'plain', icon: 'block', key: 'ui.norms.state.not_applicable' },
};

/** The page that shows a proof. */
export function proofHref(proof: Proof): string {
  switch (proof.kind) {
    case 'record':
      return `/records/${proof.id}`;
    case 'person':
      return `/people/${proof.id}`;
    case 'lot':
      return `/lots/${proof.id}`;
    case 'case':
      return `/cases/${proof.id}`;
    case 'cases':
      return `/counted?${proof.id}`;
  }
}

/** Clauses as the filter leaves them: all, or what an inspector would ask about. Clauses without a line left are gone. */
export function filtered(clauses: Clause[], onlyOpen: boolean): Clause[] {
  if (!onlyOpen) return clauses;
  const isOpen = (state: NormState) => state === 'not_met' || state === 'no_evidence';
  return clauses.map((one) => ({ ...one, lines: one.lines.filter((line) => isOpen(line.state)) })).filter((one) => one.lines.length > 0);
}

/** A technique that the hospital does not use: nothing of the norm applies. */
export const isUnused = (norm: Pick<Norm, 'met' | 'not_met' | 'no_evidence'>): boolean => norm.met + norm.not_met + norm.no_evidence === 0;
