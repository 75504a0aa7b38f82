import type { NotificationPage } from "./arrivals.js";
import type { MessageFragment, NotificationCategory } from "./generated/types.js";
import type { Ledger } from "./ledger.js";

/** As many as the server gives in one page. */
const MOST_A_PAGE = 100;
/** As many as are read again when something has changed. What was listed beyond them stays as it was. */
const MOST_AGAIN = 500;

export type ReadPage = (
  category: NotificationCategory | null,
  first: number,
  after: string | null,
  signal: AbortSignal,
) => Promise<NotificationPage>;

/** The notifications of a category as the server has them, newest first, down to where they have been read. */
export class NotificationList {
  readonly #page: ReadPage;
  readonly #pageSize: number;
  readonly #ledger: Ledger;
  #category: NotificationCategory | null;
  #items: readonly MessageFragment[] = [];
  #end: NotificationPage["pageInfo"] = { hasNextPage: false, endCursor: null };
  #loaded = false;
  // What arrives while the list is read; null while it is not.
  #fresh: MessageFragment[] | null = null;
  #shown = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(page: ReadPage, pageSize: number, ledger: Ledger, category: NotificationCategory | null) {
    this.#page = page;
    this.#pageSize = pageSize;
    this.#ledger = ledger;
    this.#category = category;
  }

  get category(): NotificationCategory | null {
    return this.#category;
  }

  get items(): readonly MessageFragment[] {
    return this.#items;
  }

  get hasMore(): boolean {
    return this.#end.hasNextPage;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Aborted when the list is emptied for another one. */
  get signal(): AbortSignal {
    return this.#shown.signal;
  }

  /** Begins another list. What is on its way for this one ends. */
  empty(category: NotificationCategory | null): void {
    this.close();
    this.#shown = new AbortController();
    this.#category = category;
    this.#items = [];
    this.#end = { hasNextPage: false, endCursor: null };
    this.#loaded = false;
  }

  close(): void {
    this.#shown.abort();
  }

  /** Puts what arrived first, unless it has been read already. */
  arrived(notification: MessageFragment): void {
    if (this.#category !== null && this.#category !== notification.category) return;
    this.#fresh?.push(notification);
    this.#items = [...without([notification], this.#items), ...this.#items];
  }

  change(change: (notification: MessageFragment) => MessageFragment): void {
    this.#items = this.#items.map(change);
  }

  /** Reads the first page, or all down to the oldest that the list has, so that nothing in it is lost. */
  read(): Promise<void> {
    return this.#inTurn(async (signal) => {
      const oldest = this.#loaded ? this.#items.at(-1) : undefined;
      const wanted = Math.max(this.#pageSize, this.#items.length);
      let read: readonly MessageFragment[] = [];
      let end: NotificationPage["pageInfo"] = { hasNextPage: true, endCursor: null };
      this.#fresh = [];
      this.#ledger.reading();
      try {
        while (end.hasNextPage && read.length < MOST_AGAIN && !this.#reaches(read, oldest)) {
          const more = Math.max(wanted - read.length, this.#pageSize);
          const page = await this.#next(Math.min(more, MOST_A_PAGE), end.endCursor, signal);
          read = [...read, ...without(page.nodes, read)];
          end = page.pageInfo;
        }
        const tail = end.hasNextPage && !this.#reaches(read, oldest) ? this.#behind(read) : [];
        this.#items = [...without(this.#fresh.toReversed(), read), ...read, ...tail];
        if (tail.length === 0) this.#end = end;
        this.#loaded = true;
      } catch (cause) {
        this.#ledger.doubt();
        throw cause;
      } finally {
        this.#fresh = null;
      }
    });
  }

  // Whether this goes as far as the list did, whose oldest may be hidden by now. One that had all is to have all again.
  #reaches(read: readonly MessageFragment[], oldest: MessageFragment | undefined): boolean {
    if (read.length === 0) return false;
    if (!oldest) return true;
    return this.#end.hasNextPage && read.some(({ id, createdAt }) => id === oldest.id || createdAt < oldest.createdAt);
  }

  // What was listed behind these.
  #behind(read: readonly MessageFragment[]): readonly MessageFragment[] {
    const last = read.at(-1);
    const older = last ? this.#items.filter(({ createdAt }) => createdAt <= last.createdAt) : [];
    return without(older, read);
  }

  /** Reads a page of older ones. */
  more(): Promise<void> {
    return this.#inTurn(async (signal) => {
      const { nodes, pageInfo } = await this.#next(this.#pageSize, this.#end.endCursor, signal);
      this.#items = [...this.#items, ...without(nodes, this.#items)];
      this.#end = pageInfo;
    });
  }

  async #next(first: number, after: string | null, signal: AbortSignal): Promise<NotificationPage> {
    const page = await this.#page(this.#category, first, after, signal);
    if (page.unread.version < (this.#ledger.badge?.version ?? 0)) this.#ledger.doubt();
    return page;
  }

  // One read after the other, so that none crosses another.
  #inTurn(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#shown;
    const reading = this.#turn.then(() => {
      signal.throwIfAborted();
      return work(signal);
    });
    this.#turn = reading.catch(() => {});
    return reading;
  }
}

function without(some: readonly MessageFragment[], others: readonly MessageFragment[]): readonly MessageFragment[] {
  const ids = new Set(others.map(({ id }) => id));
  return some.filter(({ id }) => !ids.has(id));
}
