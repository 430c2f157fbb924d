// What is shown and how: nothing here is stored, nothing here is patient data.

import { SvelteSet } from 'svelte/reactivity';
import type { Camera } from './pure/geometry';
import type { Window } from './pure/lut';
import { fromPercent, type Level } from './pure/levels';
import type { View } from './pure/types';

export type PaneName = View | '3d';
export const PANES: readonly PaneName[] = ['axial', 'sagittal', 'coronal', '3d'];
export type Tool = 'look' | 'add';

/** Windows for every volume; what the server names for this volume comes before them. */
export const PRESETS = [
  { key: 'soft', level: 40, width: 400 },
  { key: 'bone', level: 400, width: 1800 },
  { key: 'lung', level: -600, width: 1500 },
  { key: 'seeds', level: 1200, width: 3000 },
] as const;

export class ViewState {
  window = $state.raw<Window>({ level: 40, width: 400 });
  cameras = $state<Record<View, Camera | null>>({ axial: null, sagittal: null, coronal: null });
  active = $state<PaneName>('axial');
  maximised = $state<PaneName | null>(null);
  tool = $state<Tool>('look');
  levels = $state<Level[]>([]);
  isodoses = $state(true);
  wash = $state(false);
  washOpacity = $state(0.35);
  readonly hidden = new SvelteSet<number>();
  seeds = $state(true);
  numbers = $state(false);
  planned = $state(false);
  needles = $state(false);
  crosshair = $state(true);
  cine = $state(false);

  /** Views that have been shown the seeds once; from then on the camera is the person's. */
  readonly begun = new Set<View>();

  begin(percents: readonly number[], structures: readonly string[]): void {
    if (this.levels.length === 0) this.levels = fromPercent(percents, structures);
  }

  /** The view that keys act on: the active pane, or axial while the 3-D view is active. */
  get keyView(): View {
    return this.active === '3d' ? 'axial' : this.active;
  }

  toggleMaximised(pane: PaneName): void {
    this.maximised = this.maximised === pane ? null : pane;
    this.active = pane;
  }

  toggleStructure(number: number): void {
    if (!this.hidden.delete(number)) this.hidden.add(number);
  }
}
