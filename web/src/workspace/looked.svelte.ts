// Which doubtful seeds this person has looked at, kept in this browser: a list of numbers, no patient data.

import { SvelteSet } from 'svelte/reactivity';

export class Looked {
  readonly numbers = new SvelteSet<number>();
  readonly #key: string;

  constructor(id: string) {
    this.#key = `dosewright.looked.${id}`;
    try {
      for (const n of JSON.parse(localStorage.getItem(this.#key) ?? '[]') as unknown[]) if (typeof n === 'number') this.numbers.add(n);
    } catch {
      // nothing kept, or nothing readable: the walk starts over
    }
  }

  add(number: number): void {
    this.numbers.add(number);
    this.#keep();
  }

  remove(number: number): void {
    this.numbers.delete(number);
    this.#keep();
  }

  toggle(number: number): void {
    if (!this.numbers.delete(number)) this.numbers.add(number);
    this.#keep();
  }

  clear(): void {
    this.numbers.clear();
    this.#keep();
  }

  #keep(): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify([...this.numbers]));
    } catch {
      // storage forbidden: the marks last as long as the page
    }
  }
}
