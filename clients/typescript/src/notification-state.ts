import type { ReelgraphError } from "./errors.js";
import type { MessageFragment, NotificationCategory } from "./generated/types.js";
import type { UnreadCounts } from "./marks.js";

export interface NotificationCenterState {
  /** Newest first. */
  readonly notifications: readonly MessageFragment[];
  /** How much is unread over all notifications, whatever the list leaves out. Categories with nothing unread are absent. */
  readonly unread: UnreadCounts;
  /** Whether `loadMore` can bring older ones. */
  readonly hasMore: boolean;
  /** Whether the list is being read, by `start`, `setCategory`, `loadMore` or `refresh`. */
  readonly loading: boolean;
  /**
   * Why the list could not be read or followed; null when it could again, which is tried by itself where the reason may pass.
   * What is listed stays.
   */
  readonly error: ReelgraphError | null;
  readonly category: NotificationCategory | null;
}

/** What is now, with the objects of before where nothing in them has changed. */
export function withUnchanged(before: NotificationCenterState, now: NotificationCenterState): NotificationCenterState {
  const notifications = same(before.notifications, now.notifications) ? before.notifications : now.notifications;
  const unread = JSON.stringify(before.unread) === JSON.stringify(now.unread) ? before.unread : now.unread;
  const next = { ...now, notifications, unread };
  const keys = Object.keys(next) as (keyof NotificationCenterState)[];
  return keys.some((key) => next[key] !== before[key]) ? next : before;
}

const same = (a: readonly unknown[], b: readonly unknown[]) => a.length === b.length && a.every((it, i) => it === b[i]);
