import { reportCallbackError } from "./errors.js";

/**
 * A value that changes. Fits React's `useSyncExternalStore(it.subscribe, it.getSnapshot)` as it is: both are bound, and the
 * snapshot is the same object until it changes.
 */
export interface Readable<T> {
  getSnapshot(): T;
  /** Has the listener called after each change, until the function that it returns is called. */
  subscribe(listener: () => void): () => void;
}

/** A Readable for whoever changes the value. */
export class Writable<T> implements Readable<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(initial: T) {
    this.#value = initial;
  }

  readonly getSnapshot = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener(); // The same listener given twice is two.
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  };

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  set(next: T): void {
    if (Object.is(next, this.#value)) return;
    this.#value = next;
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        reportCallbackError(error);
      }
    }
  }
}
