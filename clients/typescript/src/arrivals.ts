import type { Client } from "./client.js";
import type { ReelgraphError } from "./errors.js";
import { keepLive } from "./following.js";
import { NotificationReceived } from "./generated/texts.js";
import type { MessageFragment, NotificationsQuery } from "./generated/types.js";

export type NotificationPage = NonNullable<NotificationsQuery["notifications"]>;

/** Of how many it is remembered that they have come: more than ever come again. */
const REMEMBERED = 500;

/** What is to be known and told of arrivals. */
export interface ArrivalsOptions {
  client: Client;
  /** A page of all notifications, newest first, behind a cursor. */
  page(after: string | null, signal: AbortSignal): Promise<NotificationPage>;
  arrived(notification: MessageFragment): void;
  /** Something has come that only `catchUp` can tell in order. */
  missed(): void;
  failed(error: ReelgraphError): void;
  /** The server does not know the last notification that came: it has another inbox than before. */
  lost(): void;
}

/** Tells each notification that comes once and in order, whichever way it comes. */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #told = new Set<string>();
  #last: MessageFragment | null = null;
  #begun = false;
  #stop: (() => void) | null = null;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** Whether it is known where arrivals begin. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The newest that has been told, or was there at the beginning; null where the inbox is empty. */
  get last(): MessageFragment | null {
    return this.#last;
  }

  /** Whether this has come already, or was there at the beginning. */
  has(id: string): boolean {
    return this.#told.has(id);
  }

  /** What was there at the beginning, newest first: what comes later arrives. Only the first such beginning counts. */
  begin(notifications: readonly MessageFragment[]): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#last = notifications[0] ?? null;
    for (const { id } of notifications.toReversed()) this.#remember(id);
  }

  /** Forgets all, for another inbox. */
  reset(): void {
    this.stop();
    this.#told.clear();
    this.#last = null;
    this.#begun = false;
  }

  /** Follows what comes, until `stop`. */
  follow(): void {
    const { client, failed, lost, missed } = this.#options;
    this.#stop ??= keepLive(client, {
      operation: NotificationReceived,
      variables: () => (this.#last ? { after: this.#last.id } : {}),
      next: ({ notificationReceived }) => {
        // Begun behind nothing, it may have begun after something else came.
        if (this.#last) this.#tell(notificationReceived);
        else missed();
      },
      error: (error) => {
        this.#stop = null;
        if (this.#last && error.code === "BAD_USER_INPUT") lost();
        else failed(error);
      },
      complete: () => {},
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** Asks for what has come since the last one, and tells it. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const fresh: MessageFragment[] = [];
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo }: NotificationPage = await this.#options.page(after, signal);
      const known = nodes.findIndex((it) => this.#isKnown(it));
      fresh.push(...nodes.slice(0, known < 0 ? undefined : known));
      if (known >= 0 || !pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    signal.throwIfAborted();
    const wasEmpty = this.#last === null;
    for (const notification of fresh.reverse()) this.#tell(notification);
    if (wasEmpty && this.#last && this.#stop) {
      this.stop();
      this.follow(); // Behind it, so that nothing is left out.
    }
  }

  // The last one may be hidden by now: what is older than it is known too.
  #isKnown({ id, createdAt }: MessageFragment): boolean {
    return this.#told.has(id) || (this.#last !== null && createdAt < this.#last.createdAt);
  }

  #tell(notification: MessageFragment): void {
    if (this.#told.has(notification.id)) return;
    this.#remember(notification.id);
    this.#last = notification;
    this.#options.arrived(notification);
  }

  #remember(id: string): void {
    this.#told.add(id);
    for (const oldest of this.#told) {
      if (this.#told.size <= REMEMBERED) return;
      this.#told.delete(oldest);
    }
  }
}
