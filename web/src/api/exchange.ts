// Requests of what goes out of the register and comes in: exports, the province, other registers' tables.
import { BASE, get, post, postFile, query, send } from './client';
import type { Both, Person } from './types';

export type TableFormat = 'csv' | 'xlsx' | 'parquet';
export const TABLE_FORMATS: readonly TableFormat[] = ['csv', 'xlsx', 'parquet'];

/** How a study export takes identity out of the tables. */
export interface Policy extends Both {
  id: string; edition: number; version: string; safe_harbor: boolean; dates: 'shift' | 'number'; top_age: number; age_band_years: number;
  icd10_characters: number; largest_shift_days: number; quasi_identifiers: string[]; sha256: string;
}
export interface Policies { rows: Policy[]; key_mark: string | null }

export type SendingState = 'new' | 'sent' | 'resent' | 'refused' | 'accepted';
/** A case as the province's upload sees it; `day` of its last sending or answer. */
export interface ProvinceCase {
  id: string; number: string; patient: string; technique: string; treated: string | null; discharged: string | null; state: SendingState;
  attempt: number; day: string | null; reason: string | null;
}
export interface Kept extends Both { case: ProvinceCase }
export interface Ready { hospital: string; from: string; until: string; ready: ProvinceCase[]; left_out: Kept[]; wrong: Kept[] }
export interface Package {
  sha256: string; hospital: { id: string; code: string; name: string }; from: string; until: string; made: string; bytes: number;
  file_name: string; by: Person; cases: number; accepted: number; refused: number; unanswered: number;
}
export interface LateCase extends ProvinceCase { due: string | null; days: number }
export interface Late {
  today: string; days_after_discharge: number; days_after_procedure: number; days_without_answer: number;
  late: LateCase[]; soon: LateCase[]; unanswered: LateCase[];
}
export interface Receipt { package: string; number: string; accepted: string[]; refused: { case: string; reason: string }[]; unanswered: string[] }

export type TargetKind = 'text' | 'parts' | 'number' | 'whole' | 'date' | 'date_time' | 'yes_no' | 'choice' | 'person' | (string & {});
export interface Target {
  to: string; group_zh: string; group_en: string; zh: string; en: string; unit: string; kind: TargetKind;
  codes: { code: string; zh: string; en: string }[];
}
export type DateOrder = 'year_first' | 'day_first' | 'month_first';
export const DATE_ORDERS: readonly DateOrder[] = ['year_first', 'day_first', 'month_first'];
/** A column of a sheet, and the field that it goes into. */
export interface Assigned {
  column: number; header: string; to: string; dates: DateOrder; factor: number; codes: Record<string, string>; likeness: number; remark: string;
}
export interface Mapping {
  sheet: string; header_row: number; technique: string; offset: string; time_if_missing?: string; columns: Assigned[];
}
export interface SheetRow { row: number; cells: string[] }
export interface Sheet { name: string; rows: number; columns: number; first: SheetRow[]; mapping: Mapping | null }
export interface HeldFile { sha256: string; bytes: number; sheets: Sheet[] }

export interface RowError extends Both { row: number; column: string; value: string }
export interface Duplicate { row: number; of: number | null; patient: string; day: string }
interface Amounts { rows: number; patients: number; cases: number; records: number }
interface Told { errors: RowError[]; errors_total: number; duplicates: Duplicate[]; duplicates_total: number }
export interface ColumnSummary {
  header: string; to: string; filled: number; empty: number; wrong: number; samples: string[]; more: boolean; range: [string, string] | null;
}
export interface ReadCell { raw: string; value: string | null; zh: string | null; en: string | null }
export interface Preview extends Amounts, Told { columns: ColumnSummary[]; first: { row: number; cells: ReadCell[] }[] }
export interface Taken extends Amounts, Told {}

export interface RegisterAsked { hospital: string; format: TableFormat; excel: boolean; identity: boolean }
export interface StudyAsked { hospital: string; policy: string; k: number; from: string; until: string; format: TableFormat; excel: boolean }

/** The mark that spreadsheets want is of CSV alone. */
const withMark = <A extends { format: TableFormat; excel: boolean }>(asked: A) => ({ ...asked, excel: asked.excel && asked.format === 'csv' });

export const exports = {
  policies: (signal?: AbortSignal) => get<Policies>('/exports/policies', signal),
  registerPath: (asked: RegisterAsked) => `/exports/register${query({ ...withMark(asked) })}`,
  studyPath: (asked: StudyAsked) => `/exports/study${query({ ...withMark(asked) })}`,
  fhirPath: (id: string, identity: 'named' | 'pseudonym') => `/cases/${id}/fhir${query({ identity })}`,
};

export const province = {
  ready: (asked: { hospital: string; from: string; until: string }, signal?: AbortSignal) => get<Ready>(`/province/ready${query(asked)}`, signal),
  packages: (hospital: string, signal?: AbortSignal) => get<{ rows: Package[] }>(`/province/packages${query({ hospital })}`, signal),
  make: (body: { hospital: string | null; from: string; until: string; leave_out: string[] }) => post<Package>('/province/packages', body),
  fileUrl: (sha256: string, format: 'json' | 'xlsx') => `${BASE}/province/packages/${sha256}${query({ format })}`,
  late: (hospital: string, signal?: AbortSignal) => get<Late>(`/province/late${query({ hospital })}`, signal),
  receipt: (file: Blob) => postFile<Receipt>('/province/receipts', file, 'application/json'),
};

export const imports = {
  targets: (technique: string) => get<{ rows: Target[] }>(`/imports/targets${query({ technique })}`),
  send: (file: File, technique: string, nuclide: string) =>
    postFile<HeldFile>(`/imports${query({ technique, nuclide })}`, file, file.type || 'application/octet-stream'),
  preview: (sha256: string, mapping: Mapping, hospital: string) => post<Preview>(`/imports/${sha256}/preview`, { mapping, hospital: hospital || null }),
  take: (sha256: string, mapping: Mapping, hospital: string) => post<Taken>(`/imports/${sha256}/take`, { mapping, hospital: hospital || null }),
};

/** The name that the server gave a file. */
export function nameOf(disposition: string | null, otherwise: string): string {
  const coded = disposition?.match(/filename\*=UTF-8''([^;]+)/i)?.[1];
  if (coded) {
    try {
      return decodeURIComponent(coded);
    } catch {
      // the plain name then
    }
  }
  return disposition?.match(/filename="?([^";]+)"?/i)?.[1] ?? otherwise;
}

/** Fetches a file and hands it to the browser, so that a refusal is said on the page instead of being saved as a file. */
export async function download(path: string, otherwise: string): Promise<{ name: string; headers: Headers }> {
  const answer = await send('GET', path);
  const name = nameOf(answer.headers.get('Content-Disposition'), otherwise);
  save(await answer.blob(), name);
  return { name, headers: answer.headers };
}

/** Saves what was made in the browser. */
export function save(file: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
