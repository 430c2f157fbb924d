// The words and signs for states, verdicts and findings.
import type { Remark, Notice, Verdict, VerificationState } from '../../api';
import type { IconName } from '../../ui/icons';
import type { TermKey } from '../../terms/index.svelte';
import type { Judged } from './summary';

interface Look {
  tone: 'plain' | 'good' | 'due' | 'bad';
  icon: IconName;
  key: TermKey;
}

export const VERDICTS: Record<Verdict, Look> = {
  met: { tone: 'good', icon: 'check', key: 'outcome.met' },
  not_met: { tone: 'bad', icon: 'alert', key: 'outcome.not_met' },
  incomplete: { tone: 'due', icon: 'info', key: 'outcome.review' },
};
export const STATES: Record<VerificationState, Look> = {
  draft: { tone: 'plain', icon: 'pen', key: 'ui.state_of.draft' },
  running: { tone: 'plain', icon: 'clock', key: 'ui.state_of.running' },
  computed: { tone: 'due', icon: 'pen', key: 'ui.state_of.computed' },
  signed: { tone: 'good', icon: 'lock', key: 'ui.state_of.signed' },
  superseded: { tone: 'plain', icon: 'block', key: 'ui.state_of.superseded' },
};
export const JUDGEMENTS: Record<Judged, Look> = {
  met: { tone: 'good', icon: 'check', key: 'judgement.met' },
  not_met: { tone: 'bad', icon: 'cross', key: 'judgement.not_met' },
  no_evidence: { tone: 'plain', icon: 'info', key: 'judgement.no_evidence' },
};
export const SEVERITIES: Record<Remark['severity'] | Notice['level'], Look> = {
  serious: { tone: 'bad', icon: 'block', key: 'severity.blocking' },
  error: { tone: 'bad', icon: 'alert', key: 'ui.severity.error' },
  warning: { tone: 'due', icon: 'alert', key: 'severity.caution' },
  note: { tone: 'plain', icon: 'info', key: 'severity.note' },
};
