// What depends on the order in which answers and states come, which a real server does not let a test choose.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Client, createClient, type Live } from "../src/client.js";
import type { BadgeFragment, MessageFragment } from "../src/generated/types.js";
import { NotificationCenter, type NotificationCenterOptions } from "../src/notifications.js";

/** A client whose answers and states come when the test says. */
class Held {
  readonly asked: { name: string; answer(data: unknown): Promise<unknown> }[] = [];
  readonly #lives = new Map<string, Live<unknown, unknown>>();
  readonly client: Client = {
    ...createClient({ url: "http://127.0.0.1/graphql" }),
    live: (live) => {
      this.#lives.set(nameOf(live.operation.text), live as Live<unknown, unknown>);
      return () => {};
    },
    request: <TData>(operation: { text: string }) =>
      new Promise<TData>((resolve) => {
        const answer = (data: unknown) => {
          resolve(data as TData);
          return vi.advanceTimersByTimeAsync(0);
        };
        this.asked.push({ name: nameOf(operation.text), answer });
      }),
  };

  /** The oldest request that has not been answered, which is of this name. */
  next(name: string): { answer(data: unknown): Promise<unknown> } {
    const request = this.asked.shift();
    expect(request?.name).toBe(name);
    return request ?? { answer: async () => undefined };
  }

  badge(unreadNotificationsChanged: BadgeFragment): void {
    this.#lives.get("UnreadNotificationsChanged")?.next({ unreadNotificationsChanged }, {});
  }

  arrives(notificationReceived: MessageFragment): void {
    this.#lives.get("NotificationReceived")?.next({ notificationReceived }, {});
  }
}

const nameOf = (text: string) => /^\w+ (\w+)/.exec(text)?.[1] ?? "";
const badge = (version: number, total: number): BadgeFragment => ({
  id: "user",
  version,
  total,
  byCategory: [{ category: "LIKE", count: total }],
});
const message = (id: string, readAt: string | null = null): MessageFragment => ({
  id,
  category: "LIKE",
  title: id,
  body: null,
  createdAt: "2026-01-01T00:00:00.000000Z",
  readAt,
  actor: null,
  video: null,
  job: null,
});
const page = (nodes: MessageFragment[], unread: BadgeFragment) => ({
  notifications: { nodes, unread, pageInfo: { hasNextPage: false, endCursor: null } },
});
const marked = (notifications: MessageFragment[], unread: BadgeFragment) => ({
  markNotificationsRead: { markedCount: notifications.length, notifications, unread },
});
const NOW = "2026-01-02T00:00:00.000000Z";

let held: Held;
let center: NotificationCenter;

beforeEach(() => {
  vi.useFakeTimers();
  held = new Held();
});
afterEach(() => {
  center.dispose();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Has loaded b and a, both unread. The badge has version 1. */
async function load(options: NotificationCenterOptions = {}, total = 2): Promise<void> {
  center = new NotificationCenter(held.client, options);
  center.start();
  await vi.advanceTimersByTimeAsync(0);
  await held.next("Notifications").answer(page([message("b"), message("a")], badge(1, total)));
}

const shown = () => {
  const { notifications, unread } = center.state.getSnapshot();
  return `${notifications.map(({ id, readAt }) => (readAt ? id : id.toUpperCase())).join("")} ${unread.total}`;
};

test("what comes twice is told once, and what a callback throws stops nothing", async () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const told: string[] = [];
  await load({
    onArrival({ id }) {
      told.push(id);
      throw new Error("oops");
    },
  });
  for (const id of ["b", "c", "c", "d", "c"]) held.arrives(message(id));
  held.badge(badge(2, 4));
  expect(told).toEqual(["c", "d"]);
  expect(shown()).toBe("DCBA 4");
  expect(reported).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(held.asked).toEqual([]);
});

test("what arrives while the list is read is kept, and is there once", async () => {
  await load();
  held.badge(badge(2, 1)); // Something was marked elsewhere.
  await vi.advanceTimersByTimeAsync(250);
  held.arrives(message("c"));
  held.arrives(message("d"));
  await held.next("Notifications").answer(page([message("c"), message("b"), message("a", NOW)], badge(3, 2)));
  expect(shown()).toBe("DCBa 2");
  held.badge(badge(4, 3));
  expect(shown()).toBe("DCBa 3");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(held.asked).toEqual([]);
});

test("a list that is older than a mark of one's own is read again", async () => {
  await load();
  held.badge(badge(2, 1));
  await vi.advanceTimersByTimeAsync(250);
  const old = held.next("Notifications");
  const marking = center.markRead(["b"]);
  await vi.advanceTimersByTimeAsync(0);
  await held.next("MarkNotificationsRead").answer(marked([message("b", NOW)], badge(3, 0)));
  expect(await marking).toBe(1);
  await old.answer(page([message("b"), message("a", NOW)], badge(2, 1)));
  await vi.advanceTimersByTimeAsync(250);
  await held.next("Notifications").answer(page([message("b", NOW), message("a", NOW)], badge(3, 0)));
  expect(shown()).toBe("ba 0");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(held.asked).toEqual([]);
});

test("badges wait for the answer to a mark, and marks for each other", async () => {
  await load({}, 5);
  const first = center.markRead(["a"]);
  const second = center.markRead(["b"]);
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toBe("ba 3");
  expect(held.asked).toHaveLength(1);
  held.badge(badge(2, 4)); // The first mark's own.
  expect(shown()).toBe("ba 3");
  held.arrives(message("c"));
  const third = center.markRead(["c"]);
  expect(shown()).toBe("cba 2");
  held.badge(badge(3, 5));
  await vi.advanceTimersByTimeAsync(1_000);
  await held.next("MarkNotificationsRead").answer(marked([message("a", NOW)], badge(2, 4)));
  expect(await first).toBe(1);
  expect(shown()).toBe("cba 3");
  await held.next("MarkNotificationsRead").answer(marked([message("b", NOW)], badge(4, 4)));
  expect(await second).toBe(1);
  expect(shown()).toBe("cba 3");
  await held.next("MarkNotificationsRead").answer(marked([message("c", NOW)], badge(5, 3)));
  expect(await third).toBe(1);
  expect(shown()).toBe("cba 3");
});

test("a mark of one's own is no reason to read the list again", async () => {
  await load();
  const marking = center.markRead(["a"]);
  await vi.advanceTimersByTimeAsync(0);
  await held.next("MarkNotificationsRead").answer(marked([message("a", NOW)], badge(2, 1)));
  expect(await marking).toBe(1);
  held.badge(badge(2, 1));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shown()).toBe("Ba 1");
  expect(held.asked).toEqual([]);
});
