import { Arrivals } from "./arrivals.js";
import { inBatches } from "./batches.js";
import type { Client } from "./client.js";
import { ReelgraphError } from "./errors.js";
import { keepLive } from "./following.js";
import {
  MarkAllNotificationsRead,
  MarkNotificationsRead,
  Notifications,
  UnreadNotificationsChanged,
} from "./generated/texts.js";
import type {
  BadgeFragment,
  MarkNotificationsReadMutation,
  MessageFragment,
  NotificationCategory,
} from "./generated/types.js";
import { guarded } from "./guarded.js";
import { Ledger } from "./ledger.js";
import { NotificationList, type ReadPage } from "./list.js";
import { type Mark, Marks, markOf, markOfAll } from "./marks.js";
import { type NotificationCenterState, withUnchanged } from "./notification-state.js";
import { type Readable, Writable } from "./readable.js";

const POLL_EVERY_MS = 10_000;
/** A badge and the arrivals that explain it come apart by less than this. */
const SETTLING_MS = 250;
/** How long to wait before the list is read again after that failed. */
const AGAIN_MS = 5_000;

export interface NotificationCenterOptions {
  /** How many are loaded at first, and by each `loadMore`: 1 to 100, by default 20. */
  pageSize?: number;
  /** Which are listed; null, the default, for all. */
  category?: NotificationCategory | null;
  /** Told of each notification that comes while the center runs, of any category, once and in order. */
  onArrival?(notification: MessageFragment): void;
}

export type { NotificationCenterState } from "./notification-state.js";

type Answer = NonNullable<MarkNotificationsReadMutation["markNotificationsRead"]>;

/**
 * A user's notifications: a list that grows at its head, and the unread badge, both live and the same on all tabs and
 * devices. Nothing is asked of the server before `start`.
 */
export class NotificationCenter {
  readonly #client: Client;
  readonly #onArrival: (notification: MessageFragment) => void;
  readonly #state: Writable<NotificationCenterState>;
  readonly #ledger = new Ledger();
  readonly #marks = new Marks();
  readonly #arrivals: Arrivals;
  // What the server has said. The state has marks over it.
  readonly #list: NotificationList;
  readonly #gone = new AbortController();
  #error: ReelgraphError | null = null;
  #loading: Promise<void> | null = null;
  #stopBadge: (() => void) | null = null;
  #unwatch: (() => void) | null = null;
  #missed = false;
  #syncing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(client: Client, options: NotificationCenterOptions = {}) {
    const pageSize = options.pageSize ?? 20;
    this.#client = client;
    this.#onArrival = (notification) => options.onArrival?.(notification);
    this.#list = new NotificationList(this.#page, pageSize, this.#ledger, options.category ?? null);
    this.#arrivals = new Arrivals({
      client,
      page: (after, signal) => this.#page(null, pageSize, after, signal),
      arrived: (notification) => this.#arrived(notification),
      missed: () => {
        this.#missed = true;
        this.#check(0);
      },
      failed: (error) => this.#fail(error),
      lost: () => this.#beginAnew(),
    });
    this.#state = new Writable(this.#now());
  }

  /** What is to be shown. The same object until it changes. */
  get state(): Readable<NotificationCenterState> {
    return this.#state;
  }

  /** Loads the first page, and follows what comes. Said again it only tries again what has failed. */
  start(): void {
    if (this.#gone.signal.aborted) return;
    this.#unwatch ??= this.#client.connection.subscribe(() => this.#connected());
    this.#followBadge();
    if (!this.#list.loaded || this.#error) void this.#load();
  }

  /** Lists another category, or all with null. Nothing is listed until its first page has come. */
  setCategory(category: NotificationCategory | null): void {
    if (this.#gone.signal.aborted || (category === this.#list.category && !this.#error)) return;
    if (category !== this.#list.category) this.#empty(category);
    if (this.#unwatch) void this.#load();
    else this.#publish();
  }

  /** Loads a page of older ones, if there are any. Never rejects: a failure is in `state.error`. Said twice at once is once. */
  loadMore(): Promise<void> {
    if (this.#loading || !this.#list.hasMore) return this.#loading ?? Promise.resolve();
    return this.#busy(() => this.#list.more());
  }

  /**
   * Reads again what is listed, for what the server tells nobody of: a block, or its end, leaves the list as it was where all
   * that it hides or brings back is read already. Before `start` it does nothing. Never rejects: a failure is in `state.error`.
   */
  async refresh(): Promise<void> {
    await this.#loading; // It may have begun before what this is for.
    if (this.#unwatch && !this.#gone.signal.aborted) await this.#load();
  }

  /**
   * Marks these as read, loaded or not; ids of nothing and of others are passed over. Resolves with how many were unread.
   * The state shows it at once. On failure it is as if nothing had been asked, and the promise rejects with the
   * ReelgraphError. Each hundred ids are asked for by themselves: those that succeeded stay.
   */
  async markRead(ids: readonly string[]): Promise<number> {
    const batches = inBatches([...new Set(ids.map((id) => id.toLowerCase()))]);
    const marking = batches.map((batch) => {
      const mark = markOf(new Set(batch), this.#unread(batch));
      return this.#mark(mark, async () => {
        const { markNotificationsRead: answer } = await this.#client.request(MarkNotificationsRead, { ids: batch });
        return answered(answer);
      });
    });
    const counts: number[] = [];
    for (const result of await Promise.allSettled(marking)) {
      if (result.status === "rejected") throw result.reason;
      counts.push(result.value);
    }
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Marks all as read, or all of a category, but for what has not come here yet: that stays unread. Before the first page
   * has come this is nothing, and 0. Otherwise as `markRead`.
   */
  async markAllRead(category: NotificationCategory | null = null): Promise<number> {
    const upTo = this.#newest();
    if (!upTo) return 0;
    const mark = markOfAll(category, this.#list.items);
    return this.#mark(mark, async () => {
      const { markAllNotificationsRead } = await this.#client.request(MarkAllNotificationsRead, { category, upTo });
      const answer = answered(markAllNotificationsRead);
      // The answer has the newest hundred. All were marked at one time.
      const readAt = answer.notifications[0]?.readAt ?? null;
      if (readAt !== null) {
        this.#list.change((it) => (it.readAt === null && mark.ids.has(it.id) ? { ...it, readAt } : it));
      }
      return answer;
    });
  }

  /** Ends all work. The state stays as it is; what was asked to be marked is still sent. */
  dispose(): void {
    this.#gone.abort();
    this.#list.close();
    clearTimeout(this.#timer);
    this.#unwatch?.();
    this.#stopBadge?.();
    this.#arrivals.stop();
  }

  // Following

  #followBadge(): void {
    this.#stopBadge ??= keepLive(this.#client, {
      operation: UnreadNotificationsChanged,
      variables: () => ({}),
      next: ({ unreadNotificationsChanged: badge }) => {
        this.#counted(badge);
        this.#seek();
      },
      error: (error) => {
        this.#stopBadge = null;
        this.#fail(error);
      },
      complete: () => {},
      poll: { everyMs: POLL_EVERY_MS, run: (signal) => this.#poll(signal) },
    });
  }

  #connected(): void {
    const state = this.#client.connection.getSnapshot();
    if ((state === "socket" || state === "stream") && this.#error) void this.#load();
  }

  async #poll(signal: AbortSignal): Promise<void> {
    if (!this.#list.loaded || this.#error) await this.#load();
    if (this.#error) throw this.#error;
    await this.#arrivals.catchUp(signal);
  }

  #counted(badge: BadgeFragment): void {
    this.#ledger.counted(badge);
    this.#publish();
    this.#check();
  }

  // Behind an empty inbox there is no place to follow from: what is unread has come before arrivals were followed.
  #seek(): void {
    if (!this.#list.loaded || this.#arrivals.last || !this.#ledger.badge?.total) return;
    this.#missed = true;
    this.#check();
  }

  #arrived(notification: MessageFragment): void {
    this.#ledger.arrived(notification);
    this.#marks.arrived(notification);
    this.#list.arrived(notification);
    this.#publish();
    guarded(() => this.#onArrival(notification));
    this.#check();
  }

  #fail(error: ReelgraphError): void {
    this.#error = error;
    this.#publish();
  }

  // The server has another inbox than before, as a demo that was started anew.
  #beginAnew(): void {
    this.#missed = false;
    this.#arrivals.reset();
    this.#ledger.reset();
    this.#empty(this.#list.category);
    void this.#load();
  }

  #empty(category: NotificationCategory | null): void {
    this.#list.empty(category);
    this.#loading = null;
  }

  // Reading

  #load(): Promise<void> {
    return this.#loading ?? this.#busy(() => this.#readList());
  }

  // Does what the state calls loading. Never rejects.
  #busy(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#list;
    const loading = work()
      .then(
        () => null,
        (cause: unknown) => ReelgraphError.from(cause),
      )
      .then((error) => {
        if (signal.aborted) return;
        this.#loading = null;
        this.#tried(error);
      });
    this.#loading = loading;
    this.#publish();
    return loading;
  }

  // The list could be read, or why not.
  #tried(error: ReelgraphError | null): void {
    this.#error = error;
    if (!error) {
      this.#followBadge(); // It may have been refused.
      this.#arrivals.follow();
    }
    this.#publish();
    this.#check(error ? Math.max(AGAIN_MS, error.retryAfterMs ?? 0) : SETTLING_MS);
    this.#seek();
  }

  async #readList(): Promise<void> {
    const list = this.#list;
    // Where arrivals begin is known before the list is read: what comes in between is in the list, or arrives.
    if (!this.#arrivals.begun && list.category !== null) {
      this.#arrivals.begin((await this.#page(null, 1, null, list.signal)).nodes);
    }
    await list.read();
    this.#arrivals.begin(list.items);
  }

  readonly #page: ReadPage = async (category, first, after, signal) => {
    const { notifications } = await this.#client.request(Notifications, { category, first, after }, { signal });
    signal.throwIfAborted();
    const page = answered(notifications);
    this.#counted(page.unread);
    return page;
  };

  // Keeping in step

  // A first page that was refused for good is not asked for again by itself.
  get #isInStep(): boolean {
    if (this.#loading) return true;
    if (this.#error?.isTransient) return false;
    return !this.#list.loaded || (this.#ledger.isExplained && !this.#missed);
  }

  // Looks, when what belongs together has come, whether something has changed that is not known here.
  #check(afterMs = SETTLING_MS): void {
    if (afterMs === 0 || this.#isInStep) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (this.#isInStep || this.#syncing || this.#marks.pending || this.#gone.signal.aborted) return;
    this.#timer ??= setTimeout(() => this.#sync(), afterMs);
  }

  async #sync(): Promise<void> {
    this.#timer = undefined;
    if (this.#isInStep || this.#marks.pending) return; // Whoever loads or marks looks again.
    const { signal } = this.#list;
    const missed = this.#missed;
    this.#missed = false;
    this.#syncing = true;
    let error: ReelgraphError | null = null;
    try {
      if (missed) await this.#arrivals.catchUp(this.#gone.signal);
      if (!this.#isInStep) await this.#readList();
    } catch (cause) {
      this.#missed ||= missed;
      error = ReelgraphError.from(cause);
    }
    this.#syncing = false;
    if (signal.aborted) this.#check();
    else this.#tried(error);
  }

  // Marking

  // One after the other, so that it is known which badge has which marks.
  #mark(mark: Mark, ask: () => Promise<Answer>): Promise<number> {
    this.#marks.add(mark, this.#ledger.badge);
    this.#publish();
    const marking = this.#writes.then(async () => {
      try {
        const { markedCount, notifications, unread } = await ask();
        const now = new Map(notifications.map((it) => [it.id, it]));
        this.#list.change((it) => now.get(it.id) ?? it);
        this.#ledger.marked(unread, markedCount);
        return markedCount;
      } catch (cause) {
        throw ReelgraphError.from(cause);
      } finally {
        this.#marks.settle(mark, this.#ledger.badge);
        this.#publish();
        this.#check();
      }
    });
    this.#writes = marking.catch(() => {});
    return marking;
  }

  #unread(ids: readonly string[]): readonly MessageFragment[] {
    return this.#list.items.filter(({ id, readAt }) => readAt === null && ids.includes(id) && !this.#marks.has(id));
  }

  // A list that was just read may have what has not arrived yet. What a batch brought has one time.
  #newest(): string | null {
    const { last } = this.#arrivals;
    const [head] = this.#list.items;
    const ahead = head && !this.#arrivals.has(head.id) && (!last || head.createdAt >= last.createdAt);
    return (ahead ? head : last)?.id ?? null;
  }

  // Showing

  #publish(): void {
    if (this.#gone.signal.aborted) return;
    this.#state.set(withUnchanged(this.#state.getSnapshot(), this.#now()));
  }

  #now(): NotificationCenterState {
    return {
      notifications: this.#marks.over(this.#list.items),
      unread: this.#marks.unread(this.#ledger.badge),
      hasMore: this.#list.hasMore,
      loading: this.#loading !== null,
      error: this.#error,
      category: this.#list.category,
    };
  }
}

/** The field, which is null only beside an error. */
function answered<T>(field: T | null): T {
  if (field === null)
    throw new ReelgraphError("BAD_RESPONSE", "The answer lacks what was asked for, and says no error.");
  return field;
}
