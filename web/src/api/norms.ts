// What there is to do, the norms, the indicators, and the hospitals.
import { get, patch, post, query } from './client';
import type { Both, CaseRow, Person } from './types';

export type Urgency = 'now' | 'due' | 'soon';
export interface TodoRow { kind: 'case' | 'lot' | 'record'; id: string; text: string; count: number | null; day: string | null }
export interface TodoGroup { kind: string; urgency: Urgency; count: number; list: string; rows: TodoRow[] }
export interface Today { day: string; groups: TodoGroup[] }

export interface Hospital { id: string; version: number; code: string; name: string; active: boolean }
export interface RegisterRecord {
  id: string; version: number; form: string; about: { kind: string; id: string }; day: string; until: string | null;
  values: Record<string, unknown>; files: { name: string }[]; withdrawn: boolean; created: string; created_by: Person;
}
export interface Choice { code: string; label: Both }
export interface FormField { name: string; label: Both; kind: string; unit: string; codes: Choice[] }
export interface FormShape { name: string; label: Both; about: string[]; fields: FormField[] }

export type NormState = 'met' | 'not_met' | 'no_evidence' | 'not_applicable';
export const NORM_STATES: readonly NormState[] = ['met', 'not_met', 'no_evidence', 'not_applicable'];
export type RuleKind = 'block' | 'warn' | 'periodic' | 'document' | 'attest';
export interface Proof { kind: 'record' | 'person' | 'lot' | 'case' | 'cases'; id: string }
export interface ShownRecord { record: string; form: string; person: string | null; name: string; day: string; until: string | null; files: string[] }
export interface NormFinding {
  rule: string; clause: string; text: Both; kind: RuleKind; severity: 'critical' | 'major' | 'minor'; ours: Both | null; state: NormState; says: Both;
  counts: { what: Both; count: number }[]; proofs: Proof[]; shown: ShownRecord[]; lapses_on: string | null; lapses_why: Both | null; how: Both | null;
}
export interface Clause { path: string; lines: NormFinding[] }
export interface Lapsing { day: string; shown: ShownRecord | null; rule: string | null; says: Both }
export interface Reason { met: boolean; says: Both; clause: string; until: string | null }
export interface Qualification { role: string; qualified: boolean; reasons: Reason[] }
export interface Member { person: string; name: string; number: string; profession: string; cases: number; roles: Qualification[] }
export interface Norm {
  pack: string; edition: number; digest: string; title: Both; from: string; to: string;
  met: number; not_met: number; no_evidence: number; not_applicable: number;
  clauses: Clause[]; left_out: { clause: string; why: Both }[]; lapsing: Lapsing[]; people: Member[];
  years: { year: string; cases: number; patients: number }[];
}
export interface Norms { hospital: string; hospital_name: string; norms: Norm[] }

export type Group = 'whole' | 'month' | 'quarter' | 'year' | 'operator' | 'hospital';
export const GROUPS: readonly Group[] = ['whole', 'month', 'quarter', 'year', 'operator', 'hospital'];
export const PACKS = ['seeds-2022', 'ablation-2022', 'nuclear-2025'] as const;
export type Pack = (typeof PACKS)[number];
export interface IndicatorFigure {
  part: string; name: string; numerator: number | null; denominator: number | null; value: number | null;
  interval: [number, number] | null; missing: string | null;
}
export type Four = [number, number, number, number];
export interface FunnelPoint {
  part: string; name: string; numerator: number; denominator: number; value: number; limits: Four; mark: string; better: boolean | null;
}
export interface Funnel { pooled: number; points: FunnelPoint[]; curves: [number, Four][] }
export interface Indicator {
  code: string; name: Both; definition: Both; note: Both; direction: 'increase' | 'decrease' | 'monitor'; source: Both; exclusions: Both;
  unverified: Both; unknown: boolean; missing: Both; figures: IndicatorFigure[]; funnel: Funnel | null;
  denominator_cases: string | null; other_cases: string | null; other_meets: boolean;
}
export interface ReportedValue { code: string; numerator: number | null; denominator: number | null }
export interface Reported {
  id: string; hospitals: string[]; pack: string; edition: number; definitions: string; from: string; to: string;
  values: ReportedValue[]; by: Person; at: string;
}
export interface Indicators {
  pack: string; edition: number; title: Both; source: Both; from: string; to: string; rows: Indicator[]; reported: Reported[];
}
export interface IndicatorQuery { pack: string; from: string; to: string; hospital?: string; group?: Group }
export interface Counted { rows: CaseRow[]; total: number }

export const today = { read: (signal?: AbortSignal) => get<Today>('/today', signal) };
export const norms = { read: (hospital: string, signal?: AbortSignal) => get<Norms>(`/norms${query({ hospital })}`, signal) };
export const indicators = {
  read: (asked: IndicatorQuery, signal?: AbortSignal) => get<Indicators>(`/indicators${query({ ...asked })}`, signal),
  report: (body: { pack: string; from: string; to: string; hospital: string }) => post<Reported>('/figures', body),
};
/** `asked`: the query that the server wrote for the cases behind a figure. */
export const counted = (asked: string, offset: number, limit: number, signal?: AbortSignal) => {
  const all = new URLSearchParams(asked);
  all.set('offset', String(offset));
  all.set('limit', String(limit));
  return get<Counted>(`/counted?${all}`, signal);
};
export const hospitals = {
  list: (signal?: AbortSignal) => get<{ rows: Hospital[] }>('/hospitals', signal),
  create: (body: { code: string; name: string }) => post<Hospital>('/hospitals', body),
  change: (one: Hospital, body: { code?: string; name?: string; active?: boolean; why: string }) => patch<Hospital>(`/hospitals/${one.id}`, one.version, body),
};
export const hospitalRecords = {
  recent: (form: string) => get<{ rows: RegisterRecord[]; total: number }>(`/records${query({ form, limit: 1 })}`),
};
export const formShapes = () => get<{ rows: FormShape[] }>('/forms');
export const staff = () => get<{ rows: { id: string; name: string; hospital: string; active: boolean }[] }>('/people');
