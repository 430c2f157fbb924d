// Keys of the whole application. A page adds its own while it is shown.
import { untrack } from 'svelte';
import type { TermKey } from '../terms/index.svelte';

export interface Shortcut {
  key: string;
  does: TermKey;
  run: () => void;
}

class Shortcuts {
  shown = $state(false);
  pages = $state.raw<Shortcut[]>([]);

  /** Adds a page's keys; gives the undoing, for `$effect`. */
  add(list: Shortcut[]): () => void {
    this.pages = [...untrack(() => this.pages), ...list];
    return () => {
      this.pages = untrack(() => this.pages).filter((one) => !list.includes(one));
    };
  }
}

export const shortcuts = new Shortcuts();

/** Whether a key pressed here is meant as text. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
