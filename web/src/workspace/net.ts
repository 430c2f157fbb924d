// The workspace's requests. Binary slices carry their geometry in headers.

import { get, post, query, send } from '../api/client';
import type { Grid } from './pure/geometry';
import type { Edit, EditAnswer, Mesh, Outlines, SnapAnswer, Vec3, View, Workspace } from './pure/types';

export const readWorkspace = (id: string) => get<Workspace>(`/verifications/${id}/workspace`);
export const seedsFromPlan = (id: string) => post<Workspace>(`/verifications/${id}/seeds/from-plan`);
export const sendEdits = (id: string, revision: number, edits: Edit[]) =>
  post<EditAnswer>(`/verifications/${id}/edits`, { revision, edits });
/** The bright spot near a point; places of other seeds than `number` are taken. */
export const snap = (id: string, [x, y, z]: Vec3, number: number | null) =>
  get<SnapAnswer>(`/verifications/${id}/snap${query({ x: x.toFixed(2), y: y.toFixed(2), z: z.toFixed(2), radius_mm: 3, number })}`);
export const readOutlines = (study: string, view: View, at: number, signal: AbortSignal) =>
  get<Outlines>(`/studies/${study}/outlines?view=${view}&at=${at}`, signal);
export const readMesh = (study: string) => get<Mesh>(`/studies/${study}/mesh`);

export async function readSlice(study: string, view: View, at: number, signal: AbortSignal): Promise<Grid<Int16Array>> {
  const answer = await send('GET', `/studies/${study}/slice?view=${view}&at=${at}`, { signal });
  return grid(answer.headers, new Int16Array(await answer.arrayBuffer()));
}

export async function readDose(id: string, view: View, depth: number, revision: number, signal: AbortSignal): Promise<Grid<Float32Array>> {
  const path = `/verifications/${id}/dose/slice${query({ view, at_mm: depth.toFixed(3), revision })}`;
  const answer = await send('GET', path, { signal });
  return grid(answer.headers, new Float32Array(await answer.arrayBuffer()));
}

/** Reads the geometry headers; an answer whose size does not fit its bytes is refused rather than drawn askew. */
export function grid<T extends Int16Array | Float32Array>(headers: Headers, values: T): Grid<T> {
  const read = (name: string, count: number): number[] => {
    const list = (headers.get(name) ?? '').split(',').map(Number);
    if (list.length !== count || list.some((x) => !Number.isFinite(x))) throw new Error(`header ${name} is missing or malformed`);
    return list;
  };
  const [cols, rows] = read('X-Size', 2) as [number, number];
  const [du, dv] = read('X-Pixel-Mm', 2) as [number, number];
  if (cols * rows !== values.length || !(du > 0 && dv > 0)) throw new Error(`slice of ${cols} × ${rows} has ${values.length} values`);
  const vector = (name: string) => read(name, 3) as unknown as Vec3;
  return { cols, rows, du, dv, origin: vector('X-Origin-Mm'), u: vector('X-U'), v: vector('X-V'), values };
}
