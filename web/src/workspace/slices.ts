// The slices kept in memory, shared by all panes, and how a pane gets new ones.

import { readDose, readOutlines, readSlice } from './net';
import { ByteCache } from './pure/cache';
import { depthOf, sliceAt, type Frame, type Grid } from './pure/geometry';
import { Latest } from './pure/latest';
import { VIEWS, type Outlines, type Vec3, type View } from './pure/types';

const MEGABYTE = 1 << 20;
const images = new ByteCache<Grid<Int16Array>>(192 * MEGABYTE, (g) => g.values.byteLength + 200);
const doses = new ByteCache<Grid<Float32Array>>(64 * MEGABYTE, (g) => g.values.byteLength + 200);
const outlines = new ByteCache<Outlines>(16 * MEGABYTE, (o) => 100 + o.structures.reduce((n, s) => n + s.lines.reduce((k, l) => k + 16 * l.length, 0), 0));
const early = new Map<string, Promise<Grid<Int16Array>>>();

export const imageKey = (study: string, view: View, at: number): string => `${study}|${view}|${at}`;
export const doseKey = (id: string, view: View, at: number, revision: number): string => `${id}|${view}|${at}|${revision}`;
const part = (key: string, i: number): number => Number(key.split('|')[i]);

/** Asks for the first slice of each view before the panes exist, so that it travels while they are built. */
export function warm(study: string, frames: Record<View, Frame>, cursor: Vec3): void {
  for (const view of VIEWS) {
    const at = sliceAt(frames[view], cursor);
    const key = imageKey(study, view, at);
    if (images.has(key)) continue;
    const promise = readSlice(study, view, at, new AbortController().signal);
    promise.catch(() => undefined); // The pane that takes it over reports the failure.
    early.set(key, promise);
  }
}

/** Gives the memory back when the workspace is left; images of a patient do not stay behind. */
export function forget(): void {
  for (const cache of [images, doses, outlines, early]) cache.clear();
}

export interface Streams {
  images: Latest<Grid<Int16Array>>;
  outlines: Latest<Outlines>;
  doses: Latest<Grid<Float32Array>>;
}

export function streams(id: string, study: string, view: View, frame: Frame): Streams {
  return {
    images: new Latest(images, (key, signal) => {
      const begun = early.get(key);
      early.delete(key);
      return begun ?? readSlice(study, view, part(key, 2), signal);
    }),
    outlines: new Latest(outlines, (key, signal) => readOutlines(study, view, part(key, 2), signal)),
    doses: new Latest(doses, (key, signal) => readDose(id, view, depthOf(frame, part(key, 2)), part(key, 3), signal)),
  };
}
