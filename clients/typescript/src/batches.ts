import type { Following } from "./following.js";

/** As many ids as the server takes in one field. */
const SIZE = 100;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The id as the server answers it, in lower case. Undefined where it is no UUID: the server would refuse all ids beside
 * it too.
 */
export function canonicalId(id: string): string | undefined {
  const lower = id.toLowerCase();
  return UUID.test(lower) ? lower : undefined;
}

/** The ids in lists that the server takes, in their order. */
export function inBatches(ids: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (let at = 0; at < ids.length; at += SIZE) batches.push(ids.slice(at, at + SIZE));
  return batches;
}

interface Batch {
  readonly ids: Set<string>;
  /** Those that it was not begun with. */
  readonly added: Set<string>;
  /** Whether its subscription is for other ids than these. */
  changed: boolean;
  /** What runs of it; null where nothing does. */
  following: Following | null;
}

const batchOf = (ids: readonly string[] = []): Batch => ({
  ids: new Set(ids),
  added: new Set(),
  changed: true,
  following: null,
});

/**
 * A set of ids, kept in as few batches as the server allows, each with a subscription. Changes are joined for some
 * milliseconds; then what has changed begins anew, unless it can take up what was added, and only then ends what ran before
 * it. States come first on every subscription, so nothing is missed, and versions tell which of two is newer.
 */
export class Batches {
  readonly #joinMs: number;
  readonly #begin: (ids: ReadonlySet<string>) => Following;
  readonly #batchOf = new Map<string, Batch>();
  #batches: Batch[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #paused = false;

  /** `begin` is given ids that may become fewer or more while the subscription lasts. */
  constructor(joinMs: number, begin: (ids: ReadonlySet<string>) => Following) {
    this.#joinMs = joinMs;
    this.#begin = begin;
  }

  get size(): number {
    return this.#batchOf.size;
  }

  get ids(): string[] {
    return [...this.#batchOf.keys()];
  }

  has(id: string): boolean {
    return this.#batchOf.has(id);
  }

  add(id: string): void {
    if (this.has(id)) return;
    let batch = this.#batches.find(({ ids }) => ids.size < SIZE);
    if (!batch) {
      batch = batchOf();
      this.#batches.push(batch);
    }
    batch.ids.add(id);
    batch.added.add(id);
    this.#batchOf.set(id, batch);
    this.#change(batch, this.#joinMs);
  }

  delete(id: string): void {
    const batch = this.#leave(id);
    if (batch) this.#change(batch, this.#joinMs);
  }

  /** Leaves out an id of which the server will say nothing more, which is no reason to begin the others anew. */
  settle(id: string): void {
    const batch = this.#leave(id);
    if (batch?.ids.size === 0) this.#change(batch, this.#joinMs);
  }

  /** Begins anew what has these ids, unless they have left meanwhile. */
  renew(ids: Iterable<string>, afterMs: number): void {
    for (const id of ids) {
      const batch = this.#batchOf.get(id);
      if (batch) this.#change(batch, afterMs);
    }
  }

  /** Ends all subscriptions until `resume`. The ids stay, and may change meanwhile. */
  pause(): void {
    this.#paused = true;
    this.#stop();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#settleChanges();
  }

  clear(): void {
    this.#stop();
    for (const { ids } of this.#batches) ids.clear(); // It may be called while they begin.
    this.#batchOf.clear();
    this.#batches = [];
  }

  #leave(id: string): Batch | undefined {
    const batch = this.#batchOf.get(id);
    batch?.ids.delete(id);
    batch?.added.delete(id);
    this.#batchOf.delete(id);
    return batch;
  }

  #change(batch: Batch, waitMs: number): void {
    batch.changed = true;
    const due = Date.now() + waitMs;
    if (this.#paused || (this.#timer !== undefined && this.#due <= due)) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#settleChanges(), waitMs);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const batch of this.#batches) {
      batch.following?.stop();
      batch.following = null;
      batch.changed = true;
    }
  }

  #settleChanges(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ending: (Following | null)[] = [];
    if (this.#isScattered()) {
      ending.push(...this.#batches.map(({ following }) => following));
      this.#regroup();
    }
    for (const batch of this.#batches) {
      if (!batch.changed) continue;
      const { ids, following } = batch;
      const added = [...batch.added];
      batch.changed = false;
      batch.added.clear();
      if (ids.size > 0 && following?.join(added)) continue;
      ending.push(following);
      batch.following = ids.size > 0 ? this.#begin(ids) : null;
    }
    this.#batches = this.#batches.filter(({ ids }) => ids.size > 0);
    for (const following of ending) following?.stop();
  }

  // Whether fewer batches would do, of those that are not empty.
  #isScattered(): boolean {
    return this.#batches.filter(({ ids }) => ids.size > 0).length > Math.ceil(this.size / SIZE);
  }

  #regroup(): void {
    this.#batches = inBatches(this.ids).map(batchOf);
    for (const batch of this.#batches) for (const id of batch.ids) this.#batchOf.set(id, batch);
  }
}
