// Loading slices: what is wanted now comes first and alone; its neighbours follow while nothing else is asked for.

import type { ByteCache } from './cache';

export type Fetch<V> = (key: string, signal: AbortSignal) => Promise<V>;

/**
 * One pane's stream of keys. `want` answers at once from the cache or loads; a newer wish aborts the older one, whose
 * promise then resolves to null. Neighbours are loaded one after the other after the wish has been met.
 */
export class Latest<V> {
  #loading: { key: string; control: AbortController; promise: Promise<V> } | null = null;
  #ahead: { key: string; control: AbortController; promise: Promise<V> } | null = null;
  #turn = 0;

  constructor(
    private readonly cache: ByteCache<V>,
    private readonly fetch: Fetch<V>,
  ) {}

  peek(key: string): V | undefined {
    return this.cache.get(key);
  }

  async want(key: string, neighbours: readonly string[] = []): Promise<V | null> {
    const turn = ++this.#turn;
    let value = this.cache.get(key);
    if (value === undefined) {
      if (this.#loading?.key !== key) {
        // What is being loaded ahead may be the very thing that is wanted now.
        const ahead = this.#ahead?.key === key ? this.#ahead : null;
        if (ahead) this.#ahead = null;
        this.#abort();
        this.#loading = ahead ?? this.#start(key);
      }
      const mine = this.#loading;
      if (!mine) return null;
      try {
        value = await mine.promise;
      } catch (error) {
        if (mine.control.signal.aborted) return null;
        throw error;
      } finally {
        if (this.#loading === mine) this.#loading = null;
      }
      if (turn !== this.#turn) return null;
    } else {
      this.#abort();
    }
    void this.#prefetch(neighbours, turn);
    return value;
  }

  /** Aborts everything under way. */
  stop(): void {
    this.#turn++;
    this.#abort();
  }

  #abort(): void {
    this.#loading?.control.abort();
    this.#loading = null;
    this.#ahead?.control.abort();
    this.#ahead = null;
  }

  #start(key: string): { key: string; control: AbortController; promise: Promise<V> } {
    const control = new AbortController();
    const promise = this.fetch(key, control.signal).then((value) => {
      this.cache.set(key, value);
      return value;
    });
    return { key, control, promise };
  }

  async #prefetch(keys: readonly string[], turn: number): Promise<void> {
    for (const key of keys) {
      if (turn !== this.#turn) return;
      if (this.cache.has(key)) continue;
      const mine = this.#start(key);
      this.#ahead = mine;
      try {
        await mine.promise;
      } catch {
        return; // A guess that failed is asked for again when it is wanted, and fails there in the open.
      } finally {
        if (this.#ahead === mine) this.#ahead = null;
      }
    }
  }
}

/** The neighbours to load ahead of slice `at`, in the direction of travel first. */
export function neighbours(at: number, count: number, direction: number, reach = 4): number[] {
  const d = direction < 0 ? -1 : 1;
  const list: number[] = [];
  for (let k = 1; k <= reach; k++) list.push(at + d * k);
  for (let k = 1; k <= Math.ceil(reach / 2); k++) list.push(at - d * k);
  return list.filter((i) => i >= 0 && i < count);
}
