import type { Readable } from "@reelgraph/client";

/** Keeps the last thing that was told, for React to read; null before the first, and when it is forgotten. */
export class Latest<T> implements Readable<T | null> {
  #value: T | null = null;
  readonly #listeners = new Set<() => void>();

  tell(value: T): void {
    this.#set(value);
  }

  forget(): void {
    if (this.#value !== null) this.#set(null);
  }

  readonly getSnapshot = (): T | null => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(value: T | null): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}
