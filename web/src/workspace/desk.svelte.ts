// The workspace at work: what the server said, what is being edited, and where one looks.

import { Problem, verifications, type VerificationWhole } from '../api';
import { t } from '../terms/index.svelte';
import { sentence } from '../ui/problem';
import { readWorkspace, seedsFromPlan, sendEdits, snap } from './net';
import { add, atDepth, centreOf, depthOf, distance, frame, scaled, sliceAt, within, type Frame } from './pure/geometry';
import { rotated } from './pure/capsule';
import { onDark } from './pure/colour';
import { EditQueue, History, nextNumber } from './pure/edits';
import { nextDoubtful } from './pure/review';
import { VIEWS, type Edit, type Results, type Seed, type SeedModel, type Vec3, type View, type Workspace } from './pure/types';
import { Looked } from './looked.svelte';
import { warm } from './slices';
import { ViewState } from './view.svelte';

/** What seeds are drawn as while their model is not known: nearly all are 4.5 to 5 mm long and 0.8 mm thick. */
const TYPICAL: SeedModel = { name: '', length_mm: 4.5, diameter_mm: 0.8 };

export interface Message {
  kind: 'note' | 'error';
  text: string;
}

export class Desk {
  readonly view = new ViewState();
  readonly looked: Looked;
  workspace = $state.raw<Workspace | null>(null);
  verification = $state.raw<VerificationWhole | null>(null);
  seeds = $state.raw<Seed[]>([]);
  results = $state.raw<Results | null>(null);
  /** The results that changes are measured against. */
  before = $state.raw<Results | null>(null);
  revision = $state(0);
  saving = $state(false);
  cursor = $state.raw<Vec3>([0, 0, 0]);
  selected = $state<number | null>(null);
  /** A seed while it is dragged: drawn here, not yet sent. */
  draft = $state.raw<Seed | null>(null);
  message = $state.raw<Message | null>(null);
  failure = $state<string | null>(null);
  undoable = $state(0);
  redoable = $state(0);
  frames = $derived.by(() => {
    const volume = this.workspace?.volume;
    return volume ? (Object.fromEntries(VIEWS.map((v) => [v, frame(volume, v)])) as Record<View, Frame>) : null;
  });
  readonly selectedSeed = $derived(this.seeds.find((s) => s.number === this.selected) ?? null);
  readonly model = $derived(this.workspace ? (this.workspace.model ?? TYPICAL) : null);
  readonly editable = $derived(this.workspace?.editable === true);
  #queue: EditQueue | null = null;
  readonly #history = new History();
  #reloading = false;
  readonly #trail: number[] = [];
  #group = { name: '', until: 0 };

  constructor(readonly id: string) {
    this.looked = new Looked(id);
  }

  async open(): Promise<void> {
    try {
      const [workspace, verification] = await Promise.all([readWorkspace(this.id), verifications.read(this.id)]);
      this.verification = verification;
      this.view.begin(workspace.isodoses_percent, workspace.volume.structures.map((s) => onDark(s.colour)));
      this.cursor = startingPoint(workspace);
      this.#take(workspace);
      if (this.frames) warm(verification.study, this.frames, this.cursor);
      this.before = workspace.results;
    } catch (error) {
      this.failure = sentence(error);
    }
  }

  /** Fetches everything again, after a conflict or a job. */
  async reload(): Promise<void> {
    const [workspace, verification] = await Promise.all([readWorkspace(this.id), verifications.read(this.id)]);
    this.verification = verification;
    this.#take(workspace);
  }

  #take(told: Workspace): void {
    // structures in colours that can be seen on images
    const structures = told.volume.structures.map((s) => ({ ...s, colour: onDark(s.colour) }));
    const workspace = { ...told, volume: { ...told.volume, structures } };
    this.workspace = workspace;
    this.results = workspace.results;
    this.revision = workspace.revision;
    if (this.#queue) this.#queue.reset(workspace);
    else {
      this.#queue = new EditQueue(workspace, (revision, edits) => sendEdits(this.id, revision, edits), {
        shown: (seeds) => {
          this.seeds = seeds;
          this.saving = this.#queue?.busy ?? false;
          if (this.selected !== null && !seeds.some((s) => s.number === this.selected)) this.selected = null;
        },
        answered: (answer) => {
          this.revision = answer.revision;
          this.results = answer.results;
          this.saving = this.#queue?.busy ?? false;
        },
        failed: (error) => void this.#failed(error),
      });
    }
    this.seeds = workspace.seeds;
  }

  async #failed(error: unknown): Promise<void> {
    this.saving = false;
    const conflict = error instanceof Problem && (error.status === 412 || error.status === 409);
    this.say('error', conflict ? t('ui.ws.conflict') : t('ui.ws.edit_failed', { why: sentence(error) }));
    this.#history.clear();
    this.#count();
    this.#reloading = true;
    try {
      await this.reload();
    } catch (again) {
      this.say('error', sentence(again));
    } finally {
      this.#reloading = false;
    }
  }

  say(kind: Message['kind'], text: string): void {
    const message = { kind, text };
    this.message = message;
    // What went wrong stays until it is closed or the work goes on.
    if (kind === 'note') setTimeout(() => this.message === message && (this.message = null), 5000);
  }

  /** One step of editing. Steps with the same group name in quick succession are undone together. */
  edit(edit: Edit, group = ''): void {
    if (!this.editable || !this.#queue || this.#reloading) return;
    const now = performance.now();
    if (group === '' || this.#group.name !== group || now > this.#group.until) this.#history.note(this.seeds);
    this.#group = { name: group, until: now + 1200 };
    this.message = null;
    this.#queue.push(edit);
    this.#count();
  }

  undo(): void {
    this.#restore(this.editable ? this.#history.undo(this.seeds) : null);
  }

  redo(): void {
    this.#restore(this.editable ? this.#history.redo(this.seeds) : null);
  }

  #restore(seeds: Seed[] | null): void {
    if (seeds && !this.#reloading) this.#queue?.push({ op: 'restore', seeds });
    this.#group.name = '';
    this.#count();
  }

  #count(): void {
    this.undoable = this.#history.past.length;
    this.redoable = this.#history.future.length;
  }

  settled = (): Promise<void> => this.#queue?.settled() ?? Promise.resolve();

  addSeed(centre: Vec3, axis: Vec3 | null = null): void {
    if (!this.editable || !this.workspace) return;
    const number = nextNumber(this.seeds);
    this.edit({ op: 'add', centre_mm: within(this.workspace.volume, centre), ...(axis && { axis }) });
    this.selected = number;
  }

  /** Moves the selected seed by millimetres along the directions of a view. */
  nudge(view: View, du: number, dv: number, dn: number): void {
    const seed = this.selectedSeed;
    const f = this.frames?.[view];
    if (!seed || !f || !this.workspace) return;
    const to = add(seed.centre_mm, add(add(scaled(f.u, du), scaled(f.v, dv)), scaled(f.n, dn)));
    const centre = within(this.workspace.volume, to);
    this.edit({ op: 'move', number: seed.number, centre_mm: centre }, `nudge ${seed.number}`);
    if (dn !== 0) this.look(centre);
  }

  turn(view: View, degrees: number): void {
    const seed = this.selectedSeed;
    const f = this.frames?.[view];
    if (!seed || !f) return;
    const axis = seed.axis ? rotated(f, seed.axis, (degrees * Math.PI) / 180) : f.u;
    this.edit({ op: 'turn', number: seed.number, axis }, `turn ${seed.number}`);
  }

  removeSelected(): void {
    if (this.selected === null) return;
    const number = this.selected;
    this.selected = null;
    this.edit({ op: 'delete', number });
  }

  /** Moves the selected seed to the bright spot nearest to it; without one, adds a seed at the spot nearest to the crosshair. */
  async snapSelected(): Promise<void> {
    if (!this.editable) return;
    const seed = this.selectedSeed;
    try {
      const spot = await snap(this.id, seed?.centre_mm ?? this.cursor, seed?.number ?? null);
      if (!seed) this.addSeed(spot.centre_mm, spot.axis);
      else if (this.seeds.some((s) => s.number === seed.number)) {
        const group = `snap ${seed.number} ${performance.now()}`;
        this.edit({ op: 'move', number: seed.number, centre_mm: spot.centre_mm }, group);
        if (spot.axis) this.edit({ op: 'turn', number: seed.number, axis: spot.axis }, group);
      }
      this.look(spot.centre_mm);
    } catch (error) {
      this.say('error', sentence(error));
    }
  }

  select(number: number | null, go = true): void {
    this.selected = number;
    const seed = this.selectedSeed;
    if (seed && go) this.look(seed.centre_mm);
  }

  /** Puts the crosshair on a point; every view goes to its slice. */
  look(point: Vec3): void {
    if (this.workspace) this.cursor = within(this.workspace.volume, point);
  }

  /** Goes along the normal of a view: towards head, left, or posterior, whichever way the volume runs. */
  walk(view: View, by: number): void {
    this.scroll(view, by * Math.sign(this.frames?.[view].step ?? 1));
  }

  /** Goes by so many slices of the volume. */
  scroll(view: View, by: number): void {
    const f = this.frames?.[view];
    if (!f) return;
    const at = Math.min(f.count - 1, Math.max(0, sliceAt(f, this.cursor) + by));
    this.cursor = atDepth(f, this.cursor, depthOf(f, at));
  }

  /** The review walk: marks the selected seed as looked at and goes to the next doubtful one. */
  review(): void {
    const next = nextDoubtful(this.seeds, this.looked.numbers, this.selected);
    if (this.selected !== null) {
      this.looked.add(this.selected);
      this.#trail.push(this.selected);
    }
    if (next && next.number !== this.selected) this.select(next.number);
    else this.say('note', t('ui.ws.review_done'));
  }

  /** Back to the seed looked at before, which becomes doubtful again. */
  reviewBack(): void {
    const number = this.#trail.pop();
    if (number === undefined) return;
    this.looked.remove(number);
    this.select(number);
  }

  async fromPlan(): Promise<void> {
    await this.settled();
    const isFirst = this.seeds.length === 0;
    this.#history.note(this.seeds);
    this.#take(await seedsFromPlan(this.id));
    // without seeds there was no dose to compare with
    if (isFirst) this.before = this.results;
    this.#count();
  }

  /** After a job that replaced the seeds. */
  async replaced(): Promise<void> {
    const isFirst = this.seeds.length === 0;
    this.#history.note(this.seeds);
    this.looked.clear();
    await this.reload();
    if (isFirst) this.before = this.results;
    this.#count();
  }
}

/** Where to look first: the seed in the middle of the others, else the middle of the volume. */
function startingPoint(w: Workspace): Vec3 {
  const from = w.seeds.length > 0 ? w.seeds : (w.planned ?? []);
  if (from.length === 0) return centreOf(w.volume);
  const middle = scaled(from.reduce<Vec3>((p, s) => add(p, s.centre_mm), [0, 0, 0]), 1 / from.length);
  const nearest = from.reduce((best, s) => (distance(s.centre_mm, middle) < distance(best.centre_mm, middle) ? s : best));
  return within(w.volume, nearest.centre_mm);
}
