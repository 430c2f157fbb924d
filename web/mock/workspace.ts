// The workspace part of the API over the made-up study, in the memory of the dev server.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { applyAll } from '../src/workspace/pure/edits';
import { depthOf, dot, frame, scaled, type Frame } from '../src/workspace/pure/geometry';
import type { Edit, Results, Seed, Vec3, View } from '../src/workspace/pure/types';
import { dose, GRID, results } from './workspace-dose';
import { ORIGIN, scan, seeds as planned, SIZE, SPACING, STRUCTURES, VOLUME } from './workspace-study';

const PRESCRIPTION = 120;
const MODEL = { id: 'demo-6711', name: 'demo 6711', length_mm: 4.5, diameter_mm: 0.8 };

interface State {
  revision: number;
  seeds: Seed[];
  grid: Float32Array;
  results: Results;
}

const states = new Map<string, State>();
let volume: Int16Array | null = null;
const truth = planned();

const voxels = () => (volume ??= scan(truth));

function state(id: string): State {
  let s = states.get(id);
  if (!s) {
    // As a finder would leave it: one seed missed, a few displaced by a millimetre.
    const list = truth.filter((t) => t.number !== 30).map((t) => (t.number % 13 === 3 ? { ...t, centre_mm: shifted(t.centre_mm) } : t));
    s = evaluated(1, list);
    states.set(id, s);
  }
  return s;
}

const shifted = (p: Vec3): Vec3 => [p[0] + 1.1, p[1] - 0.6, p[2]];

function evaluated(revision: number, list: Seed[]): State {
  const started = performance.now();
  const grid = dose(list);
  return { revision, seeds: list, grid, results: results(grid, PRESCRIPTION, started) };
}

const GRID_VOLUME = { ...VOLUME, size: [...GRID.size] as [number, number, number], spacing_mm: [...GRID.spacing_mm] as [number, number, number], origin_mm: GRID.origin_mm };

/** A plane through a grid along the patient axes, linear between its planes; null beyond them. */
function cut<T extends Int16Array | Float32Array>(values: T, size: readonly number[], f: Frame, at: number, make: (n: number) => T) {
  const direction = { axial: 2, sagittal: 0, coronal: 1 }[f.view];
  const [iu, iv] = f.view === 'axial' ? [0, 1] : f.view === 'sagittal' ? [1, 2] : [0, 2];
  const cols = size[iu as number] ?? 1;
  const rows = size[iv as number] ?? 1;
  const strides = [1, size[0] ?? 1, (size[0] ?? 1) * (size[1] ?? 1)];
  const out = make(cols * rows);
  const low = Math.floor(at);
  const t = at - low;
  if (low < 0 || low + (t > 0 ? 1 : 0) >= f.count) return { cols, rows, values: out };
  for (let r = 0; r < rows; r++) {
    const row = iv === 2 ? rows - 1 - r : r;
    for (let c = 0; c < cols; c++) {
      const o = c * (strides[iu as number] ?? 1) + row * (strides[iv as number] ?? 1) + low * (strides[direction] ?? 1);
      const a = values[o] ?? 0;
      out[r * cols + c] = t > 0 ? a + ((values[o + (strides[direction] ?? 1)] ?? 0) - a) * t : a;
    }
  }
  return { cols, rows, values: out };
}

function sendSlice(res: ServerResponse, f: Frame, depth: number, spacing: [number, number], g: { cols: number; rows: number; values: Int16Array | Float32Array }) {
  // The first pixel's centre: half a pixel inside the extent.
  const a = f.a[0] + spacing[0] / 2;
  const b = f.b[0] + spacing[1] / 2;
  const o = [0, 1, 2].map((i) => (f.u[i] ?? 0) * a + (f.v[i] ?? 0) * b + (f.n[i] ?? 0) * depth);
  res.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'X-Size': `${g.cols},${g.rows}`,
    'X-Pixel-Mm': spacing.join(','),
    'X-Origin-Mm': o.join(','),
    'X-U': f.u.join(','),
    'X-V': f.v.join(','),
  });
  res.end(Buffer.from(g.values.buffer, g.values.byteOffset, g.values.byteLength));
}

const inPlane = (view: View, s: readonly number[]): [number, number] =>
  view === 'axial' ? [s[0] ?? 1, s[1] ?? 1] : view === 'sagittal' ? [s[1] ?? 1, s[2] ?? 1] : [s[0] ?? 1, s[2] ?? 1];

/** The outline of an ellipsoid on a slice, in mm from the slice's first pixel. */
function outlines(view: View, at: number) {
  const f = frame(VOLUME, view);
  const depth = depthOf(f, at);
  const du = inPlane(view, SPACING);
  const [a0, b0] = [f.a[0] + du[0] / 2, f.b[0] + du[1] / 2];
  const abs = (d: Vec3) => [Math.abs(d[0]), Math.abs(d[1]), Math.abs(d[2])] as Vec3;
  return STRUCTURES.map((s) => {
    const rest = 1 - ((depth - dot(s.centre, f.n)) / dot(s.radii, abs(f.n))) ** 2;
    if (rest <= 0) return { number: s.number, lines: [] };
    const k = Math.sqrt(rest);
    const line = Array.from({ length: 97 }, (_, i) => {
      const w = (2 * Math.PI * i) / 96;
      return [dot(s.centre, f.u) - a0 + k * dot(s.radii, abs(f.u)) * Math.cos(w), dot(s.centre, f.v) - b0 + k * dot(s.radii, abs(f.v)) * Math.sin(w)];
    });
    return { number: s.number, lines: [line] };
  });
}

function mesh() {
  const f = frame(VOLUME, 'axial');
  return STRUCTURES.map((s) => {
    const rings: Vec3[][] = [];
    for (let at = 0; at < f.count; at++) {
      const z = depthOf(f, at);
      const rest = 1 - ((z - s.centre[2]) / s.radii[2]) ** 2;
      if (rest <= 0) continue;
      const k = Math.sqrt(rest);
      rings.push(Array.from({ length: 49 }, (_, i) => [s.centre[0] + k * s.radii[0] * Math.cos((i * Math.PI) / 24), s.centre[1] + k * s.radii[1] * Math.sin((i * Math.PI) / 24), z] as Vec3));
    }
    return { number: s.number, rings };
  });
}

function snap(p: Vec3, radius: number) {
  const v = voxels();
  let best = { hu: -32768, p };
  const [nx, ny, nz] = SIZE;
  for (let k = 0; k < nz; k++) {
    const z = ORIGIN[2] + k * SPACING[2];
    if (Math.abs(z - p[2]) > radius) continue;
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const q: Vec3 = [ORIGIN[0] + i * SPACING[0], ORIGIN[1] + j * SPACING[1], z];
        if (Math.hypot(q[0] - p[0], q[1] - p[1], q[2] - p[2]) > radius) continue;
        const hu = v[(k * ny + j) * nx + i] ?? 0;
        if (hu > best.hu) best = { hu, p: q };
      }
  }
  const near = truth.find((t) => Math.hypot(...scaled(t.centre_mm, 1).map((x, i) => x - (best.p[i] ?? 0))) < 3);
  return { centre_mm: near?.centre_mm ?? best.p, axis: near?.axis ?? null, hu: best.hu };
}

const needles = [0, 1, 2, 3, 4, 5].map((i) => ({ number: i + 1, from_mm: [-12 + i * 6, -70, -18 + i * 6] as Vec3, to_mm: [-10 + i * 6, 16, -14 + i * 6] as Vec3 }));

function workspace(s: State, editable: boolean) {
  return {
    revision: s.revision,
    editable,
    volume: VOLUME,
    target: { number: 1, name: 'CTV' },
    prescription_gy: PRESCRIPTION,
    model: MODEL,
    strength_u: 0.5,
    formalism: 'line',
    criteria: { id: 'demo', title_zh: '演示判据', title_en: 'Demonstration criteria' },
    isodoses_percent: [200, 150, 100, 75, 50],
    seeds: s.seeds,
    results: s.results,
    missing: [],
    planned: truth.map((t): Seed => ({ ...t, number: t.number, centre_mm: [t.centre_mm[0] + ((t.number * 7) % 5) - 2, t.centre_mm[1] + ((t.number * 3) % 5) - 2, t.centre_mm[2] + 1] as Vec3, axis: [0, 0, 1], origin: 'plan', confidence: null })),
    needles,
    notices: [{ level: 'caution', zh: '找到 59 粒，计划 60 粒：请复核。', en: '59 seeds found, 60 planned: please review.' }],
  };
}

const json = (res: ServerResponse, status: number, body: unknown) => {
  res.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json' });
  res.end(JSON.stringify(body));
};

const problem = (res: ServerResponse, status: number, slug: string, zh: string, en: string) =>
  json(res, status, { type: `/problems/${slug}`, title: slug, status, detail: en, detail_zh: zh });

async function body(req: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return parts.length ? JSON.parse(Buffer.concat(parts).toString('utf8')) : {};
}

const steps = [
  { part: 0.1, step: 'reading the CT', step_zh: '读取 CT' },
  { part: 0.5, step: 'looking for bright spots', step_zh: '寻找高亮点' },
  { part: 0.9, step: 'fitting seeds', step_zh: '拟合粒子' },
];

async function events(res: ServerResponse, id: string) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const job = { id, task: 'find_seeds', subject: '', message: null, result: null, ordered: '', attempts: 1 };
  for (const s of steps) {
    res.write(`event: job\ndata: ${JSON.stringify({ ...job, ...s, progress: 'running' })}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  res.end(`event: job\ndata: ${JSON.stringify({ ...job, part: 1, step: '', step_zh: '', progress: 'done', result: { seeds: 59, warnings: [] } })}\n\n`);
}

/** Answers the request when it belongs to the workspace; false leaves it to others. */
export async function workspaceMock(req: IncomingMessage, res: ServerResponse, editable: (id: string) => boolean = () => true): Promise<boolean> {
  const url = new URL(req.url ?? '/', 'http://mock');
  const path = url.pathname.replace(/^\/api\/v1/, '');
  const q = (name: string) => url.searchParams.get(name) ?? '';
  const number = (name: string) => Number(q(name));
  const study = /^\/studies\/[^/]+\/(volume|slice|outlines|mesh)$/.exec(path);
  if (study && req.method === 'GET') {
    const view = (q('view') || 'axial') as View;
    if (study[1] === 'volume') json(res, 200, VOLUME);
    else if (study[1] === 'mesh') json(res, 200, { structures: mesh() });
    else if (study[1] === 'outlines') json(res, 200, { structures: outlines(view, number('at')) });
    else {
      const f = frame(VOLUME, view);
      sendSlice(res, f, depthOf(f, number('at')), inPlane(view, SPACING), cut(voxels(), SIZE, f, number('at'), (n) => new Int16Array(n)));
    }
    return true;
  }
  const job = /^\/jobs\/(mock-ws-[^/]+)\/events$/.exec(path);
  if (job) {
    await events(res, job[1] ?? '');
    return true;
  }
  const found = /^\/verifications\/([^/]+)\/(workspace|edits|snap|dose\/slice|seeds\/from-plan|seeds\/find)$/.exec(path);
  if (!found) return false;
  const [, id = '', what] = found;
  const s = state(id);
  if (what === 'workspace') json(res, 200, workspace(s, editable(id)));
  else if (what === 'snap') json(res, 200, snap([number('x'), number('y'), number('z')], number('radius_mm') || 3));
  else if (what === 'seeds/find') {
    states.set(id, evaluated(s.revision + 1, truth.slice(0, 59)));
    json(res, 202, { job: `mock-ws-${Date.now()}` });
  } else if (what === 'seeds/from-plan') {
    const list = workspace(s, true).planned;
    states.set(id, evaluated(s.revision + 1, list));
    json(res, 200, workspace(state(id), editable(id)));
  } else if (what === 'dose/slice') {
    const view = (q('view') || 'axial') as View;
    const f = frame(GRID_VOLUME, view);
    const at = (number('at_mm') - f.first) / f.step;
    if (at < 0 || at > f.count - 1) problem(res, 404, 'not-found', '此层面没有剂量。', 'no dose on this plane');
    else sendSlice(res, f, number('at_mm'), inPlane(view, GRID.spacing_mm), cut(s.grid, GRID.size, f, at, (n) => new Float32Array(n)));
  } else {
    const { revision, edits } = (await body(req)) as { revision: number; edits: Edit[] };
    if (revision !== s.revision) problem(res, 412, 'conflict', '粒子已在别处改动：已重新载入。', 'The seeds were changed elsewhere.');
    else {
      const after = evaluated(s.revision + 1, applyAll(s.seeds, edits));
      states.set(id, after);
      json(res, 200, { revision: after.revision, seeds: after.seeds, results: after.results });
    }
  }
  return true;
}
