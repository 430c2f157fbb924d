// An entry of the ledger in words: what was done, and which fields became what. Pure: words and people's names are parameters.
import type { LedgerRow } from '../api';
import type { TermKey } from '../terms/index.svelte';
import type { IconName } from '../ui/icons';

/** What turns keys and ids into words. */
export interface Speaker {
  t: (key: TermKey, values?: Record<string, string | number>) => string;
  /** between the members of a list */
  comma: string;
  person: (id: string) => string;
  /** what the form of a record is called */
  form: (row: Told) => string;
}
export interface Changed {
  label: string;
  before: string;
  after: string;
}
type Fields = Record<string, unknown>;
type Told = Pick<LedgerRow, 'action' | 'kind' | 'subject' | 'before' | 'after'>;

const VERBS = [
  'case.create', 'case.replace', 'case.withdrawn', 'case.restored', 'patient.create', 'patient.replace', 'study.create', 'study.replace', 'study.withdrawn', 'study.restored',
  'document.create', 'document.replace', 'document.withdrawn', 'document.restored', 'document.fetched', 'verification.create', 'verification.replace', 'verification.fetched',
  'verification.exported_seeds', 'verification.signed', 'signature.create', 'account.create', 'account.replace', 'account.stopped', 'account.started', 'account.password',
  'record.create', 'record.replace', 'record.withdrawn', 'record.restored', 'record.fetched', 'movement.create', 'lot.create', 'lot.replace',
  'person.create', 'person.replace', 'hospital.create', 'hospital.replace', 'figure.create',
  'hospital.exported', 'hospital.packed', 'hospital.imported', 'case.exported', 'account.exported', 'account.imported',
] as const;
export const ICONS: Record<string, IconName> = { case: 'file', patient: 'user', study: 'folder', document: 'file', verification: 'check', signature: 'pen', account: 'user', record: 'file', movement: 'chain', lot: 'file', person: 'user', hospital: 'file', figure: 'file' };

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** What was done, as a verb with its object; an action that has no words of its own as it stands. */
export function verb(row: Told, { t, form }: Pick<Speaker, 't' | 'form'>): string {
  const { action, kind, after } = row;
  const now = fieldsOf(after);
  const turned = !action.endsWith('.replace') ? null
    : 'withdrawn' in now ? `${kind}.${now['withdrawn'] ? 'withdrawn' : 'restored'}`
    : kind === 'account' && 'active' in now ? `account.${now['active'] ? 'started' : 'stopped'}`
    : null;
  const known = VERBS.find((one) => one === turned) ?? VERBS.find((one) => one === action);
  return known ? t(`ui.ledger.${known}`, kind === 'record' ? { form: form(row) } : {}) : action;
}

/** Fields of each kind that are told, with their labels, in the order of the forms. Nested ones are reached by a dot. */
const LABELS: Record<string, [path: string, label: TermKey][]> = {
  case: [
    ['number', 'ui.list.number'], ['site', 'ui.case.site'], ['diagnosis', 'ui.case.diagnosis'], ['implanted_on', 'ui.case.implanted_on'],
    ['intent.prescription_gy', 'ui.setting.prescription_gy'], ['intent.model', 'ui.setting.model'], ['intent.strength_u', 'ui.setting.strength_u'], ['intent.count', 'ui.setting.count'],
    ['physicist', 'ui.role.physicist'], ['physician', 'ui.role.physician'], ['imaging_due', 'ui.case.imaging_due'], ['follow_up_due', 'ui.case.follow_up_due'], ['notes', 'ui.case.notes'],
  ],
  study: [['summary.date', 'study.scan_date'], ['summary.description', 'ui.ledger.field.description'], ['files', 'ui.ledger.field.files'], ['remarks', 'ui.ledger.field.remarks']],
  document: [['kind', 'ui.document.kind'], ['title', 'ui.document.title'], ['file_name', 'inputs.file']],
  verification: [
    ['state', 'ui.list.stage'], ['outcome.verdict', 'ui.verification.verdict'], ['seeds', 'ui.setting.count'], ['failure', 'ui.ledger.field.failure'], ['file', 'inputs.file'], ['role', 'ui.ledger.field.role'],
    ...(['prescription_gy', 'model', 'strength_u', 'strength_date', 'implant_date', 'count', 'target', 'criteria', 'formalism', 'grid_mm'] as const).map(
      (name): [string, TermKey] => [`settings.${name}`, `ui.setting.${name}`]),
  ],
  signature: [['role', 'ui.ledger.field.role']],
  movement: [['step', 'ui.lot.step'], ['seeds', 'ui.lot.numbers'], ['note', 'ui.lot.note']],
  lot: [['number', 'ui.lot.number'], ['model', 'ui.lot.model'], ['count', 'ui.lot.count'], ['strength_u', 'ui.lot.strength']],
  person: [['name', 'ui.account.name']],
  hospital: [['name', 'ui.register.hospital']],
  account: [['name', 'ui.account.name'], ['login', 'ui.login.login'], ['roles', 'ui.account.roles']],
};

const at = (fields: Fields, path: string): unknown => path.split('.').reduce<unknown>((value, key) => fieldsOf(value)[key], fields);

const STEPS = ['receive', 'cancel', 'assay', 'store', 'quarantine', 'issue', 'implant', 'recover', 'return', 'dispose', 'lose', 'find'];
const NAMED: Record<string, (value: string) => TermKey | null> = {
  state: (value) => (['draft', 'running', 'computed', 'signed', 'superseded'].includes(value) ? (`ui.state_of.${value}` as TermKey) : null),
  'outcome.verdict': (value) => (({ met: 'outcome.met', not_met: 'outcome.not_met', incomplete: 'outcome.review' }) as const)[value as 'met'] ?? null,
  'document.kind': (value) => (['consent', 'operation', 'pathology', 'plan', 'other'].includes(value) ? (`ui.document.${value}` as TermKey) : null),
  'settings.formalism': (value) => (['auto', '2d', '1d', 'point'].includes(value) ? (`ui.formalism.${value}` as TermKey) : null),
  step: (value) => (STEPS.includes(value) ? (`ui.seed_step.${value}` as TermKey) : null),
  role: (value) => (['physicist', 'physician'].includes(value) ? (`ui.role.${value}` as TermKey) : null),
};
const ROLE_NAMES = ['physician', 'physicist', 'custodian', 'quality', 'administrator'];

function text(kind: string, path: string, value: unknown, { t, comma, person }: Speaker): string {
  if (value === undefined || value === null || value === '') return '';
  if (path === 'files' || path === 'remarks' || (path === 'seeds' && kind !== 'movement')) {
    const count = Array.isArray(value) ? value.length : Number(value);
    return count ? String(count) : '';
  }
  if (path === 'roles' && Array.isArray(value)) return value.map((role: string) => (ROLE_NAMES.includes(role) ? t(`ui.role.${role}` as TermKey) : role)).join(comma);
  if ((path === 'physician' || path === 'physicist') && typeof value === 'string') return person(value);
  const said = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const key = (NAMED[`${kind}.${path}`] ?? NAMED[path])?.(said);
  return key ? t(key) : path === 'summary.date' ? said.slice(0, 16).replace('T', ' ') : said;
}

/** The fields that an entry changed, in words. Of something new only what was filled in. */
export function changes(row: Told, speaker: Speaker): Changed[] {
  const [before, after] = [fieldsOf(row.before), fieldsOf(row.after)];
  const isNew = !row.action.endsWith('.replace');
  return (LABELS[row.kind] ?? []).flatMap(([path, label]) => {
    const change = { label: speaker.t(label), before: text(row.kind, path, at(before, path), speaker), after: text(row.kind, path, at(after, path), speaker) };
    return change.before === change.after || (isNew && !change.after) ? [] : [change];
  });
}
