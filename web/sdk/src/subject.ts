import type { Unsubscribe } from './types.js';

/** Who wants to be told of changes. One that throws, now or later, harms no other, nor what told of it: the console says so. */
export class Subject {
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): Unsubscribe => {
    const one = (): void => listener();
    this.#listeners.add(one);
    return () => this.#listeners.delete(one);
  };

  tell(): void {
    for (const tell of [...this.#listeners]) {
      try {
        // One that is asynchronous gives a promise all the same.
        Promise.resolve(tell()).catch(console.error);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
