import { describe, expect, it } from 'vitest';
import type { Clause, NormFinding, NormState } from '../../api/norms';
import { filtered, isUnused, proofHref } from './look';

const line = (state: NormState) => ({ state }) as NormFinding;

describe('the norms page', () => {
  it('leaves what is open and drops clauses without any', () => {
    const clauses: Clause[] = [
      { path: '一', lines: [line('met'), line('not_met')] },
      { path: '二', lines: [line('met'), line('not_applicable')] },
      { path: '三', lines: [line('no_evidence')] },
    ];
    expect(filtered(clauses, true).map((one) => [one.path, one.lines.map((each) => each.state)])).toEqual([['一', ['not_met']], ['三', ['no_evidence']]]);
    expect(filtered(clauses, false)).toBe(clauses);
  });

  it('leads to the evidence', () => {
    expect(proofHref({ kind: 'cases', id: 'by=treated&all=x' })).toBe('/counted?by=treated&all=x');
    expect(proofHref({ kind: 'person', id: 'p' })).toBe('/people/p');
    expect(proofHref({ kind: 'record', id: 'r' })).toBe('/records/r');
  });

  it('knows a norm of a technique that is not used', () => {
    expect(isUnused({ met: 0, not_met: 0, no_evidence: 0 })).toBe(true);
    expect(isUnused({ met: 0, not_met: 0, no_evidence: 1 })).toBe(false);
  });
});
