// Every request of the application, by the noun it is about.
import { get, patch, post, postFile, putWithProgress, query, remove, BASE } from './client';
import type * as T from './types';

export * from './types';
export { Problem } from './client';

export const setup = {
  read: () => get<T.Setup>('/setup'),
  create: (body: { login: string; name: string; password: string }) => post<{ account: T.Account }>('/setup', body),
};

export const session = {
  read: () => get<T.Session>('/session'),
  login: (login: string, password: string) => post<T.Session>('/session', { login, password }),
  logout: () => remove('/session'),
  changePassword: (old: string, next: string) => post<void>('/session/password', { old, new: next }),
};

export const accounts = {
  list: () => get<{ rows: T.Account[] }>('/accounts'),
  create: (body: { login: string; name: string; roles: T.Role[]; hospitals: string[]; password: string }) => post<T.Account>('/accounts', body),
  change: (one: T.Account, body: { name?: string; roles?: T.Role[]; hospitals?: string[]; active?: boolean; why: string }) =>
    patch<T.Account>(`/accounts/${one.id}`, one.version, body),
  setPassword: (id: string, password: string, why: string) => post<void>(`/accounts/${id}/password`, { password, why }),
};

export interface CaseQuery {
  stage?: string; search?: string; overdue?: boolean; withdrawn?: boolean; order?: string; offset?: number; limit?: number;
}

export const cases = {
  list: (asked: CaseQuery, signal?: AbortSignal) => get<T.CaseList>(`/cases${query({ ...asked })}`, signal),
  read: (id: string) => get<T.CaseWhole>(`/cases/${id}`),
  create: (body: T.CaseInput) => post<T.CaseRow>('/cases', body),
  change: (one: { id: string; version: number }, body: T.CaseChange) => patch<T.CaseRow>(`/cases/${one.id}`, one.version, body),
  timeline: (id: string, before?: number) => get<{ rows: T.LedgerRow[] }>(`/cases/${id}/timeline${query({ before, limit: 30 })}`),
  addDocument: (id: string, kind: T.DocumentKind, title: string, file: File) =>
    postFile<T.Document>(`/cases/${id}/documents${query({ kind, title, file_name: file.name })}`, file, file.type || 'application/octet-stream'),
};

export const documents = {
  contentUrl: (id: string) => `${BASE}/documents/${id}/content`,
  withdraw: (one: T.Document, withdrawn: boolean, why: string) => patch<T.Document>(`/documents/${one.id}`, one.version, { withdrawn, why }),
};

export const uploads = {
  begin: (caseId: string) => post<T.Upload>(`/cases/${caseId}/uploads`),
  read: (id: string) => get<T.Upload>(`/uploads/${id}`),
  file: (id: string, path: string, file: Blob, sha256: string | null, signal: AbortSignal, sent: (bytes: number) => void) =>
    putWithProgress<T.UploadedFile>(`/uploads/${id}/files${query({ path })}`, file, sha256 ? { 'X-SHA256': sha256 } : {}, signal, sent),
  complete: (id: string) => post<{ job: string }>(`/uploads/${id}/complete`),
};

export const jobs = {
  read: (id: string) => get<T.Job>(`/jobs/${id}`),
  cancel: (id: string) => post<void>(`/jobs/${id}/cancel`),
  eventsUrl: (id: string) => `${BASE}/jobs/${id}/events`,
};

export const studies = {
  read: (id: string) => get<T.Study>(`/studies/${id}`),
  withdraw: (one: T.Study, withdrawn: boolean, why: string) => patch<T.Study>(`/studies/${one.id}`, one.version, { withdrawn, why }),
};

export const verifications = {
  create: (caseId: string, study: string, settings: T.Settings) =>
    post<T.VerificationRow>(`/cases/${caseId}/verifications`, { study, settings }),
  read: (id: string) => get<T.VerificationWhole>(`/verifications/${id}`),
  change: (one: { id: string; version: number }, settings: T.Settings, why?: string) =>
    patch<T.VerificationRow>(`/verifications/${one.id}`, one.version, { settings, ...(why && { why }) }),
  newVersion: (id: string, why: string) => post<T.VerificationRow>(`/verifications/${id}/new-version`, { why }),
  difference: (id: string, to: string) => get<T.Difference>(`/verifications/${id}/difference${query({ to })}`),
  seedsFromPlan: (id: string) => post<unknown>(`/verifications/${id}/seeds/from-plan`),
  findSeeds: (id: string, count?: number) => post<{ job: string }>(`/verifications/${id}/seeds/find`, count ? { count } : {}),
  compute: (id: string) => post<{ job: string }>(`/verifications/${id}/compute`),
  sign: (id: string, role: T.SignRole, password: string, content: string) =>
    post<{ signature: T.Signature; state: T.VerificationState }>(`/verifications/${id}/sign`, { role, password, content }),
  fileUrl: (id: string, name: string, inline = false) => `${BASE}/verifications/${id}/files/${encodeURIComponent(name)}${inline ? '?inline=1' : ''}`,
};

export const audit = {
  rows: (asked: { before?: number; limit?: number; subject?: string; case?: string }) =>
    get<{ rows: T.LedgerRow[]; head: T.Head }>(`/audit${query({ ...asked })}`),
  check: (known?: T.Head) => post<T.AuditCheck>('/audit/check', known ? { known } : {}),
};

export const reference = {
  seedModels: () => get<{ rows: T.SeedModel[] }>('/seed-models'),
  criteria: () => get<{ rows: T.Criteria[] }>('/criteria'),
};
