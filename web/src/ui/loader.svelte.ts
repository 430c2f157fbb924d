// What a page fetched: nothing yet, the data, or why not. While it is fetched again the old data stay on the page.
import { Problem } from '../api/client';

export class Loader<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  #turn = 0;
  #fetch: (signal: AbortSignal) => Promise<T>;
  #abort: AbortController | null = null;

  constructor(fetch: (signal: AbortSignal) => Promise<T>) {
    this.#fetch = fetch;
  }

  get forbidden(): boolean {
    return this.error instanceof Problem && this.error.status === 403;
  }

  /** Fetches; an answer that a later call overtook is dropped. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.#abort?.abort();
    this.#abort = new AbortController();
    this.busy = true;
    try {
      const data = await this.#fetch(this.#abort.signal);
      if (turn !== this.#turn) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.error = error;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  /** Forgets the data: the page is about something else now. */
  clear() {
    this.#abort?.abort();
    this.#turn++;
    this.data = null;
    this.error = null;
    this.busy = false;
  }
}
