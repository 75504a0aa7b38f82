import type { Readable } from "@reelgraph/client";

/** Keeps the last thing that was told, for React to read; null before the first. */
export class Latest<T> implements Readable<T | null> {
  #value: T | null = null;
  readonly #listeners = new Set<() => void>();

  tell(value: T): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  readonly getSnapshot = (): T | null => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
