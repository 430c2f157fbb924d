// The keys of the workspace: what each does, for the handler and for the help page.

import type { Desk } from './desk.svelte';
import type { TermKey } from '../terms/index.svelte';
import { PANES } from './view.svelte';

/** How far an arrow key moves a seed, mm, and how far a turn key turns it, degrees. */
export const STEP_MM = 0.5;
export const TURN_DEG = 5;

export const HELP: readonly { keys: readonly string[]; does: TermKey }[] = [
  { keys: ['A'], does: 'ui.ws.help.add' },
  { keys: ['N', 'Shift+N'], does: 'ui.ws.help.review' },
  { keys: ['S'], does: 'ui.ws.help.snap' },
  { keys: ['←', '→', '↑', '↓'], does: 'ui.ws.help.arrows' },
  { keys: ['PageUp', 'PageDown'], does: 'ui.ws.help.page' },
  { keys: ['[', ']'], does: 'ui.ws.help.turn' },
  { keys: ['Del'], does: 'ui.ws.help.delete' },
  { keys: ['Ctrl+Z', 'Ctrl+Shift+Z'], does: 'ui.ws.help.undo' },
  { keys: ['1', '2', '3', '4'], does: 'ui.ws.help.panes' },
  { keys: ['F'], does: 'ui.ws.help.maximise' },
  { keys: ['+', '−', '0', 'Z'], does: 'ui.ws.help.zoom' },
  { keys: ['I', 'W', 'P', 'L', 'X'], does: 'ui.ws.help.layers' },
  { keys: ['Space'], does: 'ui.ws.help.cine' },
  { keys: ['Esc'], does: 'ui.ws.help.escape' },
];

export const MOUSE: readonly { keys: TermKey; does: TermKey }[] = [
  { keys: 'ui.ws.mouse.click', does: 'ui.ws.help.click' },
  { keys: 'ui.ws.mouse.drag', does: 'ui.ws.help.drag' },
  { keys: 'ui.ws.mouse.wheel', does: 'ui.ws.help.wheel' },
  { keys: 'ui.ws.mouse.ctrl_wheel', does: 'ui.ws.help.ctrl_wheel' },
  { keys: 'ui.ws.mouse.right', does: 'ui.ws.help.right' },
  { keys: 'ui.ws.mouse.double', does: 'ui.ws.help.double' },
];

/** Does what a key asks for; false when it asks for nothing here. `zoom` acts on the active pane. */
export function press(e: KeyboardEvent, desk: Desk, zoom: (factor: number | 'whole' | 'seeds') => void): boolean {
  const v = desk.view;
  if (e.ctrlKey || e.metaKey) {
    const key = e.key.toLowerCase();
    if (key === 'z') e.shiftKey ? desk.redo() : desk.undo();
    else if (key === 'y') desk.redo();
    else return false;
    return true;
  }
  if (e.altKey) return false;
  const view = v.keyView;
  const seed = desk.selectedSeed !== null && desk.editable;
  const across = desk.frames?.[view].spacing ?? 1;
  switch (e.key) {
    case 'ArrowLeft': seed ? desk.nudge(view, -STEP_MM, 0, 0) : desk.walk(view, -1); break;
    case 'ArrowRight': seed ? desk.nudge(view, STEP_MM, 0, 0) : desk.walk(view, 1); break;
    case 'ArrowUp': seed ? desk.nudge(view, 0, -STEP_MM, 0) : desk.walk(view, 1); break;
    case 'ArrowDown': seed ? desk.nudge(view, 0, STEP_MM, 0) : desk.walk(view, -1); break;
    case 'PageUp': seed ? desk.nudge(view, 0, 0, across) : desk.walk(view, 1); break;
    case 'PageDown': seed ? desk.nudge(view, 0, 0, -across) : desk.walk(view, -1); break;
    case '[': desk.turn(view, -TURN_DEG); break;
    case ']': desk.turn(view, TURN_DEG); break;
    case 'Delete': case 'Backspace': desk.removeSelected(); break;
    case 'a': case 'A': v.tool = v.tool === 'add' || !desk.editable ? 'look' : 'add'; break;
    case 's': case 'S': void desk.snapSelected(); break;
    case 'n': desk.review(); break;
    case 'N': desk.reviewBack(); break;
    case 'i': case 'I': v.isodoses = !v.isodoses; break;
    case 'w': case 'W': v.wash = !v.wash; break;
    case 'p': case 'P': v.planned = !v.planned; break;
    case 'l': case 'L': v.numbers = !v.numbers; break;
    case 'x': case 'X': v.crosshair = !v.crosshair; break;
    case 'f': case 'F': v.toggleMaximised(v.active); break;
    case '1': case '2': case '3': case '4': choose(desk, Number(e.key) - 1); break;
    case '+': case '=': zoom(1.25); break;
    case '-': zoom(1 / 1.25); break;
    case '0': zoom('whole'); break;
    case 'z': case 'Z': zoom('seeds'); break;
    case ' ': v.cine = !v.cine; break;
    case 'Escape': escape(desk); break;
    default: return false;
  }
  return true;
}

function choose(desk: Desk, index: number): void {
  const pane = PANES[index];
  if (!pane) return;
  desk.view.active = pane;
  if (desk.view.maximised) desk.view.maximised = pane;
}

/** One step back out of whatever is going on. */
function escape(desk: Desk): void {
  const v = desk.view;
  if (desk.draft) desk.draft = null;
  else if (v.tool === 'add') v.tool = 'look';
  else if (v.cine) v.cine = false;
  else if (desk.selected !== null) desk.select(null);
  else v.maximised = null;
}
