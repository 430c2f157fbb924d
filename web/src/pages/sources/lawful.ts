// Which steps there are from where seeds are. The server decides; this is its table (`legal.golden.md` of `records::sources`), so that
// only what can be done is offered. A test compares the two.
import type { PlaceKind, StepName } from '../../api/register';

/** `why`: needs evidence or a note; `back`: puts right a step entered by mistake. */
export interface Lawful { from: PlaceKind; step: StepName; to: PlaceKind; why: boolean; back: StepName | null }

const row = (from: PlaceKind, step: StepName, to: PlaceKind, why = false, back: StepName | null = null): Lawful => ({ from, step, to, why, back });

export const LAWFUL: readonly Lawful[] = [
  row('ordered', 'receive', 'received'),
  row('ordered', 'cancel', 'cancelled', true),
  row('cancelled', 'receive', 'received', true, 'cancel'),
  row('received', 'cancel', 'cancelled', true, 'receive'),
  row('received', 'assay', 'assay'),
  row('received', 'store', 'stored'),
  row('received', 'quarantine', 'quarantine', true),
  row('received', 'return', 'returned', true),
  row('received', 'dispose', 'disposed', true),
  row('received', 'lose', 'lost', true),
  row('assay', 'store', 'stored'),
  row('assay', 'quarantine', 'quarantine', true),
  row('assay', 'return', 'returned', true),
  row('assay', 'dispose', 'disposed', true),
  row('assay', 'lose', 'lost', true),
  row('stored', 'assay', 'assay'),
  row('stored', 'store', 'stored'),
  row('stored', 'quarantine', 'quarantine', true),
  row('stored', 'issue', 'issued'),
  row('stored', 'return', 'returned', true),
  row('stored', 'dispose', 'disposed', true),
  row('stored', 'lose', 'lost', true),
  row('quarantine', 'assay', 'assay'),
  row('quarantine', 'store', 'stored', true, 'quarantine'),
  row('quarantine', 'return', 'returned', true),
  row('quarantine', 'dispose', 'disposed', true),
  row('quarantine', 'lose', 'lost', true),
  row('quarantine', 'implant', 'implanted', true, 'recover'),
  row('issued', 'store', 'stored', false, 'issue'),
  row('issued', 'implant', 'implanted'),
  row('issued', 'quarantine', 'quarantine', true),
  row('issued', 'lose', 'lost', true),
  row('implanted', 'recover', 'issued', true, 'implant'),
  row('implanted', 'recover', 'quarantine', true),
  row('implanted', 'lose', 'lost', true),
  row('returned', 'receive', 'received', true, 'return'),
  row('disposed', 'quarantine', 'quarantine', true, 'dispose'),
  row('lost', 'find', 'quarantine', true),
  row('lost', 'find', 'stored', true, 'lose'),
  row('lost', 'find', 'issued', true, 'lose'),
  row('lost', 'find', 'implanted', true),
];

/** The usual way first, then what goes wrong, then what puts a mistake right. A case's unused seeds going back is no mistake. */
const USUAL: readonly StepName[] = ['receive', 'store', 'issue', 'implant', 'find', 'assay', 'quarantine', 'return', 'dispose', 'recover', 'lose', 'cancel'];
export function stepsFrom(kind: PlaceKind): Lawful[] {
  const isBack = (one: Lawful) => one.back !== null && !(one.from === 'issued' && one.step === 'store');
  const rank = (one: Lawful) => (isBack(one) ? 100 : 0) + USUAL.indexOf(one.step);
  return LAWFUL.filter((one) => one.from === kind).sort((a, b) => rank(a) - rank(b));
}

/** What a step's destination needs to be told. */
export const needsSafe = (step: Lawful) => step.to === 'stored';
/** Issued and implanted seeds keep their case; from elsewhere it must be said. */
export const needsCase = (step: Lawful) => (step.to === 'issued' || step.to === 'implanted') && step.from !== 'issued' && step.from !== 'implanted';
