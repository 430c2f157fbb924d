// Short messages at the edge of the page: said aloud by screen readers, gone by themselves unless something failed.
import { sentence } from './problem';

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  say(text: string, bad = false) {
    if (!text) return;
    // the same said again stands once, and its time begins anew
    const id = this.#next++;
    this.list = [...this.list.filter((one) => one.text !== text || one.bad !== bad), { id, text, bad }];
    if (!bad) setTimeout(() => this.close(id), 5000);
  }

  fail(error: unknown) {
    this.say(sentence(error), true);
  }

  close(id: number) {
    this.list = this.list.filter((one) => one.id !== id);
  }
}

export const toasts = new Toasts();
