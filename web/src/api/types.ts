// The shapes of `dosewright serve` (its OpenAPI document lies at /api/openapi.json).

export type Role = 'physician' | 'physicist' | 'custodian' | 'quality' | 'administrator';
export const ROLES: readonly Role[] = ['physician', 'physicist', 'custodian', 'quality', 'administrator'];

export type Action =
  | 'read_cases' | 'open_case' | 'edit_case' | 'edit_documents' | 'import_study' | 'edit_verification'
  | 'sign_as_physicist' | 'sign_as_physician' | 'fetch_results' | 'read_ledger' | 'check_ledger'
  | 'read_accounts' | 'edit_accounts'
  | 'read_register' | 'edit_register' | 'write_records' | 'read_sources' | 'move_seeds' | 'read_indicators' | 'report_figures'
  | 'export_records' | 'import_records';

export type Stage = 'planned' | 'implanted' | 'imaged' | 'verified' | 'signed';
export const STAGES: readonly Stage[] = ['planned', 'implanted', 'imaged', 'verified', 'signed'];

export interface Both { zh: string; en: string }
export interface Person { id: string; name: string }

export interface Setup { first_run: boolean; software: string; languages: string[]; demo: boolean }
export interface Account { id: string; version: number; login: string; name: string; roles: Role[]; hospitals: string[]; active: boolean; created: string }
export interface Session { account: Account; actions: Action[]; csrf: string }

export type Sex = 'M' | 'F' | 'O' | '';
export interface Patient { id: string; version: number; number: string; name: string; birth_date: string | null; sex: Sex }
export interface Intent { prescription_gy: number | null; model: string | null; strength_u: number | null; count: number | null }

export type TechniqueCode = 'seed_implant' | 'ablation' | 'radiopharmaceutical';
export interface CaseRow {
  id: string; version: number; number: string; patient: Patient; site: string; diagnosis: string; implanted_on: string | null;
  discharged_on: string | null; intent: Intent; physician: string | null; physicist: string | null; imaging_due: string | null; follow_up_due: string | null;
  hospital: string | null; technique: TechniqueCode; route: string; method: string;
  withdrawn: boolean; notes: string; created: string; stage: Stage; due: string | null; overdue: boolean; follow_up_is_due: boolean;
}
export type Counts = Record<Stage, number> & { overdue: number };
export interface CaseList { rows: CaseRow[]; total: number; counts: Counts }

export interface PatientInput { number: string; name: string; birth_date?: string | null; sex?: Sex }
export interface CaseInput {
  number?: string; patient: PatientInput; site: string; diagnosis?: string; implanted_on?: string | null; intent?: Partial<Intent>;
  physician?: string | null; physicist?: string | null; imaging_due?: string | null; follow_up_due?: string | null; notes?: string;
  hospital?: string | null; technique?: TechniqueCode; route?: string; method?: string;
}
export type CaseChange = Partial<Omit<CaseInput, 'patient'>> & { patient?: Partial<PatientInput> & { version?: number }; withdrawn?: boolean; why: string };

export type MissingWhat =
  | 'implant_date' | 'study' | 'verification' | 'signature_physicist' | 'signature_physician' | 'follow_up' | 'consent';
export interface Missing extends Both { what: MissingWhat }

export interface CaseWhole {
  case: CaseRow; studies: Study[]; documents: Document[]; verifications: VerificationRow[]; jobs: Job[]; missing: Missing[];
}

export interface LedgerRow {
  seq: number; at: string; who: Person | null; action: string; kind: string; subject: string; why: string;
  before: unknown; after: unknown;
}
export interface Head { seq: number; hash: string }
export interface AuditCheck { sound: boolean; head: Head; items: number; problem?: string; problem_zh?: string }

export type DocumentKind = 'consent' | 'operation' | 'pathology' | 'plan' | 'other';
export const DOCUMENT_KINDS: readonly DocumentKind[] = ['consent', 'operation', 'pathology', 'plan', 'other'];
export interface Document {
  id: string; version: number; kind: DocumentKind; title: string; file_name: string; media_type: string; bytes: number;
  added_by: Person; added: string; withdrawn: boolean;
}

export interface UploadedFile { path: string; bytes: number; sha256: string }
export interface Upload { id: string; case: string; files: UploadedFile[]; job: string | null; study: string | null }

export type Progress = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
export interface Job {
  id: string; task: 'import' | 'find_seeds' | 'verify'; subject: string; progress: Progress; step: string; step_zh: string;
  part: number; message: string; result: unknown; ordered: string; attempts: number;
}

export interface Series {
  uid: string; modality: string; description: string; size: [number, number, number] | null;
  spacing_mm: [number, number, number] | null; problem: string | null;
}
export interface Remark extends Both { severity: 'note' | 'warning' | 'error'; path: string; tag: string | null }
export interface Study {
  id: string; version: number; case: string; received: string; received_by: Person;
  summary: {
    uid: string; description: string; date: string; series: Series[]; structure_sets: [string, string[]][];
    plans: [string, number][]; doses: number; can_be_verified: boolean;
  };
  files: number; remarks: Remark[]; withdrawn: boolean;
}

export type VerificationState = 'draft' | 'running' | 'computed' | 'signed' | 'superseded';
export type Verdict = 'met' | 'not_met' | 'incomplete';
export interface Settings {
  prescription_gy?: number | null; model?: string | null; strength_u?: number | null; strength_date?: string | null;
  implant_date?: string | null; count?: number | null; target?: string | null; criteria?: string | null;
  formalism?: string | null; grid_mm?: number | null;
}
export type SignRole = 'physicist' | 'physician';
export const SIGN_ROLES: readonly SignRole[] = ['physicist', 'physician'];
export interface Signature { role: SignRole; name: string; signed: string; content: string }
export interface VerificationRow {
  id: string; version: number; case: string; number: number; study: string; state: VerificationState;
  follows: { id: string; why: string } | null; verdict: Verdict | null; created: string; created_by: Person;
  computed: string | null; settings: Settings; failure: string | null; job: string | null;
  d90_gy?: number | null; v100_percent?: number | null; signatures: Signature[]; missing_signatures: SignRole[];
}

export type Outcome = 'met' | 'not_met' | 'no_structure' | 'no_value' | 'no_prescription' | 'incomplete' | 'no_evidence';
/** A clause as it was judged; `measured` and `limit` in `unit`, where `%Rx` is percent of the prescription. */
export interface Finding {
  clause: string; structure: string | null; index: string; measured: number | null; limit: number; unit: string; margin: number | null;
  required: boolean; outcome: Outcome; source: string; source_zh?: string | null; checked: string | null;
}
export type Indices = Record<string, { value: number | null; unit: string }>;
export interface Notice extends Both { level: 'serious' | 'warning' | 'note' }
export interface Summary {
  target: { name: string; volume_cm3: number | null; indices: Indices };
  prescription_gy: number;
  formalism: string;
  kinds: { model: string; nuclide: string; air_kerma_strength_u: number }[];
  structures: { name: string; number: number; volume_cm3: number; outside_cm3: number; indices: Indices }[];
  criteria: { pack: string; version: string };
  findings: Finding[];
  effect: { bed_gy: number; tissue: string; parameters_verified: boolean } | null;
  notices: Notice[];
}
export interface OutputFile { name: string; bytes: number; sha256: string }
export interface VerificationWhole extends VerificationRow {
  summary: Summary | null; remarks: Notice[]; files: OutputFile[]; content: string | null; inputs: string | null; software: string | null;
}
export interface Difference {
  settings: { field: string; before: unknown; after: unknown }[];
  seeds: { added: number[]; removed: number[]; moved: { number: number; distance_mm: number }[] };
  indices: { structure: string; index: string; unit: string; before: number | null; after: number | null }[];
  verdict: { before: Verdict | null; after: Verdict | null };
}

export interface SeedModel { id: string; name: string; nuclide: string; length_mm: number; diameter_mm: number }
export interface Criteria { id: string; title_zh: string; title_en: string; prescription_gy: number | null }
