// One slice pane: what it loads, what it keeps, and its frames. Drawing is asked for and happens once per animation frame.

import { Problem } from '../api/client';
import type { Desk } from './desk.svelte';
import * as draw from './draw';
import { depthOf, fit, fitPoints, sample, sliceAt, toPlane, type Camera, type Frame, type Grid, type Size } from './pure/geometry';
import { handles, hit, type Hit } from './pure/hit';
import { neighbours } from './pure/latest';
import { doseOf, inOrder } from './pure/levels';
import { greyTable, paint, wash, type Window } from './pure/lut';
import { doubtful } from './pure/review';
import type { Seed, View } from './pure/types';
import { doseKey, imageKey, streams, type Streams } from './slices';

let table: { window: Window; words: Uint32Array } | null = null;
const tableFor = (window: Window): Uint32Array => {
  if (table?.window !== window) table = { window, words: greyTable(window) };
  return table.words;
};

interface ShownDose {
  at: number;
  revision: number;
  /** Null where the slice does not meet the dose grid. */
  grid: Grid<Float32Array> | null;
}

export class Pane {
  readonly frame: Frame;
  size = $state.raw<Size>({ width: 0, height: 0 });
  /** The slice whose pixels are on the screen; everything drawn over them belongs to this slice. */
  image = $state.raw<{ at: number; grid: Grid<Int16Array> } | null>(null);
  dose = $state.raw<ShownDose | null>(null);
  outlines = $state.raw<{ at: number; paths: Map<number, Path2D> } | null>(null);
  failure = $state(false);
  pointer = $state.raw<{ x: number; y: number } | null>(null);
  base: HTMLCanvasElement | null = null;
  over: HTMLCanvasElement | null = null;
  readonly camera: Camera = $derived.by(() => this.desk.view.cameras[this.view] ?? fit(this.frame, this.size));
  readonly wanted: number = $derived.by(() => sliceAt(this.frame, this.desk.cursor));
  readonly shownAt: number = $derived(this.image?.at ?? this.wanted);
  readonly depth: number = $derived.by(() => depthOf(this.frame, this.shownAt));
  readonly seeds: draw.Placed[] = $derived.by(() => {
    const model = this.desk.model;
    if (!model || !this.desk.view.seeds) return [];
    const draft = this.desk.draft;
    const list = draft ? this.desk.seeds.map((s) => (s.number === draft.number ? draft : s)) : this.desk.seeds;
    return draw.placed(list, this.frame, this.depth, model);
  });
  readonly grips: [number, number][] = $derived.by(() => {
    const model = this.desk.model;
    const seed: Seed | undefined = this.seeds.find((p) => p.seed.number === this.desk.selected)?.seed;
    return model && seed && this.desk.editable ? handles(this.frame, seed, model, this.camera) : [];
  });
  /** HU and dose under the pointer. */
  readonly reading = $derived.by(() => {
    if (!this.pointer) return null;
    const [a, b] = toPlane(this.camera, this.size, this.pointer.x, this.pointer.y);
    const hu = this.image ? sample(this.image.grid, a, b, true) : null;
    const d = this.dose?.grid && this.dose.at === this.shownAt ? sample(this.dose.grid, a, b) : null;
    return { hu, dose: d };
  });
  readonly doseStale: boolean = $derived.by(() => this.dose !== null && this.dose.revision !== this.desk.revision);
  readonly isodoses = $derived.by(() => {
    const d = this.dose;
    const rx = this.desk.workspace?.prescription_gy ?? 0;
    const grid = d?.at === this.shownAt ? d.grid : null;
    if (!grid || !this.desk.view.isodoses) return [];
    return inOrder(this.desk.view.levels, rx)
      .filter((l) => l.on)
      .map((l) => ({ path: draw.isodosePath(grid, this.frame, doseOf(l, rx)), colour: l.colour, strong: l.unit === '%' && l.value === 100 }));
  });

  readonly #streams: Streams;
  #bitmap = new draw.Bitmap();
  #washed = new draw.Bitmap();
  #painted: { grid: Grid<Int16Array>; window: Window } | null = null;
  #tinted: { grid: Grid<Float32Array>; key: string } | null = null;
  #before = -1;
  #asked = { base: false, over: false, frame: 0 };

  constructor(
    readonly desk: Desk,
    readonly view: View,
    frame: Frame,
  ) {
    this.frame = frame;
    this.#streams = streams(desk.id, desk.verification?.study ?? '', view, frame);
  }

  /** Loads what the wished slice needs. Call in an effect: it follows the cursor. */
  load(at: number): void {
    const study = this.desk.verification?.study ?? '';
    const key = (i: number) => imageKey(study, this.view, i);
    const ahead = neighbours(at, this.frame.count, at - this.#before).map(key);
    this.#before = at;
    this.#streams.images
      .want(key(at), ahead)
      .then((grid) => {
        if (!grid) return;
        this.failure = false;
        this.image = { at, grid };
        return this.#streams.outlines.want(key(at), ahead.slice(0, 3)).then((o) => {
          if (o) this.outlines = { at, paths: draw.outlinePaths(o, grid.origin, this.frame) };
        });
      })
      .catch((error: unknown) => this.#fail(error));
  }

  /** Loads the dose of a slice as it is after a revision. */
  loadDose(at: number, revision: number): void {
    const key = (i: number) => doseKey(this.desk.id, this.view, i, revision);
    const ahead = neighbours(at, this.frame.count, 1, 2).map(key);
    this.#streams.doses
      .want(key(at), ahead)
      .then((grid) => {
        if (grid) this.dose = { at, revision, grid };
      })
      .catch((error: unknown) => {
        if (error instanceof Problem && error.status === 404) this.dose = { at, revision, grid: null };
        else this.#fail(error);
      });
  }

  #fail(error: unknown): void {
    this.failure = true;
    console.error(error);
  }

  stop(): void {
    for (const stream of Object.values(this.#streams) as Streams[keyof Streams][]) stream.stop();
    cancelAnimationFrame(this.#asked.frame);
  }

  /** Takes the size of its box; the picture grows and shrinks with it. A box out of sight changes nothing. */
  resize(size: Size): void {
    const old = this.size;
    if (size.width === 0 || size.height === 0 || (size.width === old.width && size.height === old.height)) return;
    const camera = this.desk.view.cameras[this.view];
    this.size = size;
    if (!camera) return;
    const factor = Math.min(size.width / old.width, size.height / old.height);
    if (Number.isFinite(factor)) this.desk.view.cameras[this.view] = { ...camera, scale: camera.scale * factor };
  }

  /** Shows the seeds (before there are any, the planned ones) with some of their surroundings. */
  focus(): void {
    const w = this.desk.workspace;
    const seeds = this.desk.seeds.length > 0 ? this.desk.seeds : (w?.planned ?? []);
    this.desk.view.cameras[this.view] = fitPoints(this.frame, this.size, seeds.map((s) => s.centre_mm), 25);
  }

  /** What is at a place of the pane, in CSS pixels. */
  hit(x: number, y: number): Hit {
    const model = this.desk.model;
    if (!model) return null;
    const [a, b] = toPlane(this.camera, this.size, x, y);
    return hit(this.seeds, this.grips, model, this.camera, a, b);
  }

  ask(layer: 'base' | 'over'): void {
    this.#asked[layer] = true;
    if (this.#asked.frame) return;
    this.#asked.frame = requestAnimationFrame(() => {
      const start = performance.now();
      const { base, over } = this.#asked;
      this.#asked = { base: false, over: false, frame: 0 };
      if (base) this.#drawBase();
      if (over) this.#drawOver();
      performance.measure(`pane ${base ? 'image' : ''}${over ? ' overlay' : ''}`, { start, end: performance.now() });
    });
  }

  #surface(canvas: HTMLCanvasElement | null): draw.Surface | null {
    const ctx = canvas?.getContext('2d');
    if (!canvas || !ctx || this.size.width === 0) return null;
    const ratio = window.devicePixelRatio || 1;
    const text = 0.8 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    draw.fitCanvas(canvas, this.size, ratio);
    const surface = { ctx, size: this.size, ratio, text };
    draw.clear(surface);
    return surface;
  }

  #drawBase(): void {
    const s = this.#surface(this.base);
    const grid = this.image?.grid;
    if (!s || !grid) return;
    const window = this.desk.view.window;
    if (this.#painted?.grid !== grid || this.#painted.window !== window) {
      this.#bitmap.update(grid.cols, grid.rows, (words) => paint(grid.values, tableFor(window), words));
      this.#painted = { grid, window };
    }
    draw.drawBitmap(s, this.camera, this.frame, this.#bitmap, grid);
    this.#drawWash(s);
  }

  #drawWash(s: draw.Surface): void {
    const { view, workspace } = this.desk;
    const d = this.dose;
    const grid = d?.at === this.shownAt ? d.grid : null;
    if (!view.wash || !grid || !workspace) return;
    const stops = inOrder(view.levels, workspace.prescription_gy ?? 0)
      .filter((l) => l.on)
      .map((l) => ({ dose: doseOf(l, workspace.prescription_gy ?? 0), colour: l.colour }));
    const key = JSON.stringify(stops);
    if (this.#tinted?.grid !== grid || this.#tinted.key !== key) {
      this.#washed.update(grid.cols, grid.rows, (words) => wash(grid.values, stops, 1, words));
      this.#tinted = { grid, key };
    }
    s.ctx.globalAlpha = view.washOpacity;
    draw.drawBitmap(s, this.camera, this.frame, this.#washed, grid);
    s.ctx.globalAlpha = 1;
  }

  #drawOver(): void {
    const s = this.#surface(this.over);
    const { desk } = this;
    const w = desk.workspace;
    const model = desk.model;
    if (!s || !w || !model || !this.image) return;
    const c = this.camera;
    draw.toMillimetres(s, c);
    if (this.outlines?.at === this.shownAt) {
      for (const structure of w.volume.structures) {
        const path = this.outlines.paths.get(structure.number);
        if (path && !desk.view.hidden.has(structure.number)) draw.strokePath(s, c, path, structure.colour, 1.5, draw.DASHES);
      }
    }
    s.ctx.globalAlpha = this.doseStale ? 0.45 : 1;
    for (const { path, colour, strong } of this.isodoses) draw.strokePath(s, c, path, colour, strong ? 2.75 : 1.75);
    s.ctx.globalAlpha = 1;
    if (desk.view.needles) draw.drawNeedles(s, c, this.frame, this.depth, w.needles ?? []);
    if (desk.view.planned && w.planned) draw.drawPlanned(s, c, this.frame, this.depth, w.planned, model);
    for (const p of this.seeds) {
      const selected = p.seed.number === desk.selected;
      const colour = doubtful(p.seed, desk.looked.numbers) ? draw.COLOURS.doubtful : selected ? draw.COLOURS.selected : draw.COLOURS.seed;
      draw.drawSeed(s, c, p, model, { colour, selected, number: desk.view.numbers });
    }
    draw.drawHandles(s, c, this.grips);
    if (desk.view.crosshair) draw.drawCrosshair(s, c, this.frame, desk.cursor);
    draw.drawScaleBar(s, c);
  }
}

