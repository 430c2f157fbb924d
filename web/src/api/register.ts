// Requests of the register: forms, filled-in forms, staff, lots of seeds.
import { BASE, get, patch, post, postFile, query } from './client';
import type { Both, Person } from './types';

export type AboutKind = 'case' | 'person' | 'hospital' | 'lot';
export interface About { kind: AboutKind; id: string }
export interface Code { code: string; label: Both }

export type FieldKind = 'text' | 'parts' | 'date' | 'date_time' | 'whole' | 'number' | 'yes_no' | 'choice' | 'person' | 'asset' | 'lot';
export interface Part { name: string; label: Both; unit: string; kind: FieldKind }
export interface FormField {
  name: string; label: Both; kind: FieldKind; long: boolean; list: boolean; required: boolean; unit: string; least: number | null;
  most: number | null; longest: number | null; group: string | null; hint: Both | null; codes: Code[]; parts: Part[]; techniques: string[];
  retired: boolean;
}
export interface Form {
  name: string; edition: number; label: Both; source: string; about: AboutKind[]; techniques: string[]; repeats: boolean; writes: string[];
  groups: Code[]; fields: FormField[]; day: string | null; until: string | null;
}
export interface Technique { code: string; label: Both; routes: Code[]; methods: Code[] }
export interface Forms { rows: Form[]; techniques: Technique[] }

export type Values = Record<string, unknown>;
/** What a norm says of a step without refusing it. */
export interface Said extends Both { clause: Both }
export interface RecordFile { file_name: string; media_type: string; content: string; bytes: number }
export interface FormRecord {
  id: string; version: number; form: string; edition: number; about: About; day: string; until: string | null; values: Values;
  files: RecordFile[]; withdrawn: boolean; created_by: Person; created: string; warnings: Said[];
}
export interface RecordQuery { about?: string; form?: string; from?: string; to?: string; until?: string; withdrawn?: boolean; offset?: number; limit?: number }

export interface Hospital { id: string; version: number; code: string; name: string; active: boolean }

export type Profession = 'physician' | 'physicist' | 'nurse' | 'technician' | 'custodian';
export const PROFESSIONS: readonly Profession[] = ['physician', 'physicist', 'nurse', 'technician', 'custodian'];
/** A member of staff. */
export interface Staff { id: string; version: number; hospital: string; number: string; name: string; profession: Profession; account: string | null; active: boolean }
export interface StaffInput { hospital: string; number: string; name: string; profession: Profession; account: string | null }

export type PlaceKind =
  | 'ordered' | 'cancelled' | 'received' | 'assay' | 'stored' | 'quarantine' | 'issued' | 'implanted' | 'returned' | 'disposed' | 'lost';
/** In the order of a seed's way. */
export const PLACES: readonly PlaceKind[] = ['ordered', 'received', 'assay', 'stored', 'issued', 'implanted', 'quarantine', 'lost', 'returned', 'disposed', 'cancelled'];
export type StepName =
  | 'receive' | 'cancel' | 'assay' | 'store' | 'quarantine' | 'issue' | 'implant' | 'recover' | 'return' | 'dispose' | 'lose' | 'find';
export interface Held { kind: PlaceKind; of: string; count: number; seeds: string }
export interface Lot {
  id: string; version: number; hospital: string; number: string; manufacturer: string; model: string; nuclide: string; registration: string;
  count: number; strength_u: number; reference: string; strength_now_u: number | null; places: Held[];
}
export interface Movement {
  id: string; lot: string; number: number; at: string; step: StepName; seeds: string; count: number; from: Held; to: Held; case_number: string;
  evidence: string | null; by: Person; note: string;
}
export interface LotPage { lot: Lot; places: Held[]; movements: Movement[]; warnings: Said[] }
export interface LotInput {
  hospital: string; number: string; manufacturer: string; model: string; nuclide: string; registration: string; count: number;
  strength_u: number; reference: string;
}
export type LotChange = Partial<Pick<LotInput, 'number' | 'manufacturer' | 'registration' | 'strength_u' | 'reference'>> & { why: string };
export interface PlaceInput { kind: PlaceKind; of?: string }
export interface MovementInput { step: StepName; from: PlaceInput; to: PlaceInput; seeds?: string; count?: number; at?: string; evidence?: string; note?: string }

export interface EmergencyStep { id: string; text: Both; says: Both; standing: 'done' | 'due' | 'overdue'; at: string; call: string | null; source: string; unverified: boolean }
export interface Emergency { title: Both; steps: EmergencyStep[]; calls: { role: string; name: string; telephone: string }[]; keeps_open: Both[] }

export const forms = { list: () => get<Forms>('/forms') };
export const hospitals = { list: () => get<{ rows: Hospital[] }>('/hospitals') };

export const staff = {
  list: (signal?: AbortSignal) => get<{ rows: Staff[] }>('/people', signal),
  read: (id: string) => get<Staff>(`/people/${id}`),
  create: (body: StaffInput) => post<Staff>('/people', body),
  change: (one: Staff, body: Partial<Omit<StaffInput, 'hospital'>> & { active?: boolean; why: string }) => patch<Staff>(`/people/${one.id}`, one.version, body),
};

const PAGE = 1000;
export const records = {
  list: (asked: RecordQuery, signal?: AbortSignal) => get<{ rows: FormRecord[]; total: number }>(`/records${query({ ...asked })}`, signal),
  /** All of them, page after page. */
  async all(asked: RecordQuery, signal?: AbortSignal): Promise<FormRecord[]> {
    const rows: FormRecord[] = [];
    for (;;) {
      const page = await this.list({ ...asked, offset: rows.length, limit: PAGE }, signal);
      rows.push(...page.rows);
      if (page.rows.length === 0 || rows.length >= page.total) return rows;
    }
  },
  read: (id: string) => get<FormRecord>(`/records/${id}`),
  create: (form: string, about: About, values: Values) => post<FormRecord>('/records', { form, about, values }),
  change: (one: { id: string; version: number }, body: { values?: Values; withdrawn?: boolean; why: string }) => patch<FormRecord>(`/records/${one.id}`, one.version, body),
  attach: (id: string, file: File) => postFile<FormRecord>(`/records/${id}/files${query({ file_name: file.name })}`, file, file.type || 'application/octet-stream'),
  fileUrl: (id: string, content: string) => `${BASE}/records/${id}/files/${content}`,
  emergency: (id: string) => get<Emergency>(`/records/${id}/emergency`),
};

export const lots = {
  list: (asked: { number?: string; place?: string; offset?: number; limit?: number }, signal?: AbortSignal) => get<{ rows: Lot[]; total: number }>(`/lots${query({ ...asked })}`, signal),
  read: (id: string) => get<LotPage>(`/lots/${id}`),
  create: (body: LotInput) => post<Lot>('/lots', body),
  change: (one: Lot, body: LotChange) => patch<LotPage>(`/lots/${one.id}`, one.version, body),
  move: (id: string, body: MovementInput) => post<LotPage>(`/lots/${id}/movements`, body),
  ofCase: (id: string) => get<{ rows: Movement[]; lots: Lot[] }>(`/cases/${id}/seeds`),
  stock: (signal?: AbortSignal) => get<{ rows: Held[] }>('/stock', signal),
};
