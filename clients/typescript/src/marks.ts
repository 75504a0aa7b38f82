import type { BadgeFragment, MessageFragment, NotificationCategory } from "./generated/types.js";

/** How much is unread, over all notifications, whatever a list leaves out. */
export type UnreadCounts = Pick<BadgeFragment, "total" | "byCategory">;

/** What was asked to be marked as read, and is not answered yet. */
export interface Mark {
  /** The notifications that it is about, as far as they are loaded. */
  readonly ids: ReadonlySet<string>;
  /** How many fewer of a category are unread then, of so many that are. */
  fewer(category: NotificationCategory, count: number): number;
}

/** A mark of these ids, of which these are known to be unread. */
export function markOf(ids: ReadonlySet<string>, unread: readonly MessageFragment[]): Mark {
  return { ids, fewer: (category) => unread.filter((it) => it.category === category).length };
}

/** A mark of all there is, of one category or of all of them. */
export function markOfAll(category: NotificationCategory | null, loaded: readonly MessageFragment[]): Mark {
  const isMeant = (of: NotificationCategory) => category === null || of === category;
  const ids = loaded.filter((it) => isMeant(it.category)).map(({ id }) => id);
  return { ids: new Set(ids), fewer: (of, count) => (isMeant(of) ? count : 0) };
}

/** Marks that wait for the server, laid over what it has said. */
export class Marks {
  // In their order, with what arrived among them.
  readonly #pending = new Set<Mark>();
  readonly #arrived = new Map<Mark, NotificationCategory>();
  // The badge without the marks. The server's later ones may have them or not until it has answered.
  #badge: UnreadCounts | null = null;
  readonly #read = new WeakMap<MessageFragment, MessageFragment>();

  get pending(): boolean {
    return this.#pending.size > this.#arrived.size;
  }

  add(mark: Mark, badge: UnreadCounts | null): void {
    if (!this.pending) this.#badge = badge;
    this.#pending.add(mark);
  }

  /** This came while marks wait: badges do not count it until the server has answered. */
  arrived({ category, readAt }: MessageFragment): void {
    if (!this.pending || readAt !== null) return;
    const more: Mark = { ids: new Set(), fewer: (of) => (of === category ? -1 : 0) };
    this.#pending.add(more);
    this.#arrived.set(more, category);
  }

  /** The server has answered, and this is the newest badge then. */
  settle(mark: Mark, badge: UnreadCounts | null): void {
    this.#pending.delete(mark);
    for (const arrival of this.#arrived.keys()) this.#pending.delete(arrival);
    this.#arrived.clear();
    this.#badge = badge;
  }

  has(id: string): boolean {
    return [...this.#pending].some(({ ids }) => ids.has(id));
  }

  /** The notifications as they will be. */
  over(notifications: readonly MessageFragment[]): readonly MessageFragment[] {
    if (!this.pending) return notifications;
    return notifications.map((it) => (it.readAt === null && this.has(it.id) ? this.#asRead(it) : it));
  }

  /** The counts as they will be, where the server's newest are these. */
  unread(newest: UnreadCounts | null): UnreadCounts {
    const counts = new Map<NotificationCategory, number>();
    for (const { category, count } of (this.pending ? this.#badge : newest)?.byCategory ?? [])
      counts.set(category, count);
    for (const category of this.#arrived.values()) counts.set(category, counts.get(category) ?? 0);
    const byCategory = [...counts]
      .map(([category, count]) => ({ category, count: this.#left(category, count) }))
      .filter(({ count }) => count > 0);
    return { total: byCategory.reduce((sum, { count }) => sum + count, 0), byCategory };
  }

  #left(category: NotificationCategory, count: number): number {
    return [...this.#pending].reduce((left, mark) => Math.max(0, left - mark.fewer(category, left)), count);
  }

  // The same object each time, so that what shows it sees no change.
  #asRead(notification: MessageFragment): MessageFragment {
    const read = this.#read.get(notification) ?? { ...notification, readAt: new Date().toISOString() };
    this.#read.set(notification, read);
    return read;
  }
}
