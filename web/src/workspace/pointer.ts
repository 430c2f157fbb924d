// What the pointer does in a slice pane. Left: seeds and their handles, a click sets the crosshair or adds, a drag on the
// picture pans. Right: window. Middle: pans. Wheel: slices; with ctrl (or a pinch): zoom about the pointer.

import type { Desk } from './desk.svelte';
import type { Pane } from './pane.svelte';
import { turned } from './pure/capsule';
import { atDepth, dot, pointAt, toPlane, within, zoomAbout, type Camera } from './pure/geometry';
import type { Seed } from './pure/types';

type Drag =
  | { kind: 'pan'; camera: Camera; tap: boolean }
  | { kind: 'window'; level: number; width: number }
  | { kind: 'seed'; seed: Seed; grab: [number, number]; started?: boolean }
  | { kind: 'handle'; seed: Seed; sign: 1 | -1; started?: boolean }
  | { kind: 'pinch'; camera: Camera; distance: number };

/** A movement under so many pixels is a click. */
const CLICK = 4;

/** Listens on the pane's element; gives back the undoing. */
export function attach(element: HTMLElement, pane: Pane, desk: Desk): () => void {
  let drag: Drag | null = null;
  let start = { x: 0, y: 0 };
  let moved = false;
  let wheel = 0;
  const fingers = new Map<number, { x: number; y: number }>();
  const view = pane.view;

  const place = (e: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  };
  const setCamera = (c: Camera) => (desk.view.cameras[view] = c);
  const plane = (p: { x: number; y: number }) => toPlane(pane.camera, pane.size, p.x, p.y);
  const spread = () => {
    const [p, q] = [...fingers.values()];
    return p && q ? { distance: Math.hypot(p.x - q.x, p.y - q.y), x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 } : null;
  };

  const down = (e: PointerEvent) => {
    if (e.target instanceof Element && e.target.closest('button, input')) return;
    element.focus({ preventScroll: true });
    desk.view.active = view;
    element.setPointerCapture(e.pointerId);
    start = place(e);
    moved = false;
    if (e.pointerType === 'touch') fingers.set(e.pointerId, start);
    const two = fingers.size === 2 ? spread() : null;
    if (two) drag = { kind: 'pinch', camera: pane.camera, distance: two.distance };
    else if (e.button === 2) drag = { kind: 'window', ...desk.view.window };
    else if (e.button === 1) drag = { kind: 'pan', camera: pane.camera, tap: false };
    else if (e.button === 0) drag = pick(start);
    if (e.button === 1) e.preventDefault();
  };

  const pick = (p: { x: number; y: number }): Drag => {
    const pan: Drag = { kind: 'pan', camera: pane.camera, tap: true };
    if (desk.view.tool === 'add') return pan;
    const found = pane.hit(p.x, p.y);
    if (found?.kind === 'handle' && desk.selectedSeed) return { kind: 'handle', seed: desk.selectedSeed, sign: found.sign };
    if (found?.kind !== 'seed') return pan;
    desk.select(found.number, false);
    const seed = desk.selectedSeed;
    // The other views go to the seed; this one keeps its slice, even for a seed that only reaches into it.
    if (seed) desk.look(atDepth(pane.frame, seed.centre_mm, pane.depth));
    if (!seed || !desk.editable) return { ...pan, tap: false } as Drag;
    const [a, b] = plane(p);
    return { kind: 'seed', seed, grab: [dot(seed.centre_mm, pane.frame.u) - a, dot(seed.centre_mm, pane.frame.v) - b] };
  };

  const move = (e: PointerEvent) => {
    const p = place(e);
    pane.pointer = p;
    if (fingers.has(e.pointerId)) fingers.set(e.pointerId, p);
    if (!drag) return;
    if (!moved && Math.hypot(p.x - start.x, p.y - start.y) < CLICK) return;
    moved = true;
    const [dx, dy] = [p.x - start.x, p.y - start.y];
    if (drag.kind === 'pan') setCamera({ ...drag.camera, a: drag.camera.a - dx / drag.camera.scale, b: drag.camera.b - dy / drag.camera.scale });
    else if (drag.kind === 'window') desk.view.window = { level: Math.round(drag.level + dy * 2), width: Math.max(1, Math.round(drag.width + dx * 3)) };
    else if (drag.kind === 'pinch') {
      const now = spread();
      if (now && drag.distance > 0) setCamera(zoomAbout(drag.camera, pane.size, now.x, now.y, now.distance / drag.distance));
    } else if (drag.started && desk.draft === null) drag = null; // given up with Escape
    else {
      drag.started = true;
      desk.draft = changed(drag, p);
    }
  };

  const changed = (d: Extract<Drag, { kind: 'seed' | 'handle' }>, p: { x: number; y: number }): Seed => {
    const [a, b] = plane(p);
    const f = pane.frame;
    if (d.kind === 'handle') return { ...d.seed, axis: turned(f, d.seed, a, b, d.sign) ?? d.seed.axis };
    const to = pointAt(f, a + d.grab[0], b + d.grab[1], dot(d.seed.centre_mm, f.n));
    const volume = desk.workspace?.volume;
    return { ...d.seed, centre_mm: volume ? within(volume, to) : to };
  };

  const up = (e: PointerEvent) => {
    const p = place(e);
    fingers.delete(e.pointerId);
    const d = drag;
    drag = null;
    const draft = desk.draft;
    desk.draft = null;
    if (e.type === 'pointercancel' || !d) return;
    if (d.kind === 'seed' && draft) {
      desk.edit({ op: 'move', number: draft.number, centre_mm: draft.centre_mm });
      desk.look(atDepth(pane.frame, draft.centre_mm, pane.depth));
    }
    if (d.kind === 'handle' && draft?.axis) desk.edit({ op: 'turn', number: draft.number, axis: draft.axis });
    else if (d.kind === 'pan' && d.tap && !moved) tap(p);
  };

  const tap = (p: { x: number; y: number }) => {
    const [a, b] = plane(p);
    const point = pointAt(pane.frame, a, b, pane.depth);
    if (desk.view.tool === 'add') desk.addSeed(point);
    else desk.select(null);
    desk.look(point);
  };

  const scroll = (e: WheelEvent) => {
    e.preventDefault();
    const p = place(e);
    if (e.ctrlKey || e.metaKey) {
      setCamera(zoomAbout(pane.camera, pane.size, p.x, p.y, Math.exp(-e.deltaY * (e.deltaMode === 0 ? 0.0022 : 0.07))));
      return;
    }
    // A notch of a wheel is one slice; the fine steps of a trackpad add up.
    const notch = e.deltaMode === 0 ? 60 : 1;
    wheel += e.deltaY;
    if (Math.abs(e.deltaY) >= 100) wheel = Math.sign(e.deltaY) * notch * Math.max(1, Math.round(Math.abs(e.deltaY) / 120));
    const steps = Math.trunc(wheel / notch);
    wheel -= steps * notch;
    // Rolling towards oneself goes to the feet on axial slices, to the left and to the back on the others.
    if (steps !== 0) desk.walk(view, view === 'axial' ? -steps : steps);
  };

  const double = (e: MouseEvent) => {
    if (desk.view.tool === 'add' || (e.target instanceof Element && e.target.closest('button, input'))) return;
    desk.view.toggleMaximised(view);
  };

  const leave = () => (pane.pointer = null);
  const menu = (e: Event) => e.preventDefault();

  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('wheel', scroll, { passive: false });
  element.addEventListener('dblclick', double);
  element.addEventListener('contextmenu', menu);
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
    element.removeEventListener('pointerleave', leave);
    element.removeEventListener('wheel', scroll);
    element.removeEventListener('dblclick', double);
    element.removeEventListener('contextmenu', menu);
  };
}

/** Zoom by the buttons and keys: about the middle of the pane. */
export function zoomBy(pane: Pane, desk: Desk, factor: number): void {
  desk.view.cameras[pane.view] = zoomAbout(pane.camera, pane.size, pane.size.width / 2, pane.size.height / 2, factor);
}

