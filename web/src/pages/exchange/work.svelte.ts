// An import under way: the file, which column goes where for each of its sheets, what the server read, and what was taken.
import { Problem } from '../../api/client';
import { imports, type HeldFile, type Mapping, type Preview, type Sheet, type Taken, type Target } from '../../api/exchange';
import { emptyMapping, offsetOf } from './mapping';

export const STEPS = ['file', 'mapping', 'preview', 'done'] as const;
export type Step = (typeof STEPS)[number];

export class ImportWork {
  step = $state<Step>('file');
  technique = $state('seed_implant');
  nuclide = $state('I-125');
  name = $state('');
  file = $state.raw<HeldFile | null>(null);
  targets = $state.raw<Target[]>([]);
  sheetName = $state('');
  mappings = $state.raw<Record<string, Mapping>>({});
  preview = $state.raw<Preview | null>(null);
  taken = $state.raw<Taken | null>(null);
  busy = $state(false);
  error = $state.raw<unknown>(null);

  get sheet(): Sheet | undefined {
    return this.file?.sheets.find((one) => one.name === this.sheetName);
  }
  get mapping(): Mapping | undefined {
    return this.mappings[this.sheetName];
  }
  /** The server no longer has the file: it keeps it for a day. */
  get isGone(): boolean {
    return this.error instanceof Problem && this.error.status === 404;
  }

  edit(mapping: Mapping) {
    this.mappings = { ...this.mappings, [mapping.sheet]: mapping };
    this.preview = null;
  }

  /** A step is read from its top. */
  #go(step: Step) {
    this.step = step;
    scrollTo(0, 0);
  }

  async #run(run: () => Promise<void>) {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      await run();
    } catch (problem) {
      this.error = problem;
    } finally {
      this.busy = false;
    }
  }

  send(file: File, technique: string, nuclide: string) {
    return this.#run(async () => {
      const [held, targets] = await Promise.all([imports.send(file, technique, nuclide), imports.targets(technique)]);
      const offset = offsetOf(-new Date().getTimezoneOffset());
      this.file = held;
      this.name = file.name;
      this.targets = targets.rows;
      this.mappings = Object.fromEntries(held.sheets.map((one) => [one.name, one.mapping ?? emptyMapping(one, technique, offset)]));
      // the sheet of which most was understood, otherwise the longest
      const best = held.sheets.toSorted((a, b) => (b.mapping?.columns.length ?? 0) - (a.mapping?.columns.length ?? 0) || b.rows - a.rows)[0];
      this.sheetName = best?.name ?? '';
      this.preview = this.taken = null;
      this.#go('mapping');
    });
  }

  look(hospital: string) {
    return this.#run(async () => {
      if (!this.file || !this.mapping) return;
      this.preview = await imports.preview(this.file.sha256, this.mapping, hospital);
      this.#go('preview');
    });
  }

  /** Whether it was taken; why not stands in `error`. */
  async take(hospital: string): Promise<boolean> {
    await this.#run(async () => {
      if (!this.file || !this.mapping) return;
      this.taken = await imports.take(this.file.sha256, this.mapping, hospital);
      this.#go('done');
    });
    return this.step === 'done';
  }

  /** Back to an earlier step; what was chosen stays. */
  back(step: Step) {
    this.error = null;
    this.#go(step);
  }

  again() {
    this.file = this.preview = this.taken = this.error = null;
    this.mappings = {};
    this.#go('file');
  }
}
