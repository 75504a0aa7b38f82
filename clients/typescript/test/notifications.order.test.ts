// What depends on time, or on the order in which answers and states come, which a real server does not let a test choose.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Client, createClient, type Live } from "../src/client.js";
import { ReelgraphError } from "../src/errors.js";
import type { BadgeFragment, MessageFragment } from "../src/generated/types.js";
import { NotificationCenter, type NotificationCenterOptions } from "../src/notifications.js";

/** A request that waits for its answer. */
interface Asked {
  readonly name: string;
  answer(data: unknown): Promise<unknown>;
  fail(error: ReelgraphError): Promise<unknown>;
}

/** A client whose answers and states come when the test says. */
class Held {
  readonly asked: Asked[] = [];
  /** The names of the subscriptions that were begun. */
  readonly begun: string[] = [];
  readonly #lives = new Map<string, Live<unknown, unknown>>();
  readonly client: Client = {
    ...createClient({ url: "http://127.0.0.1/graphql" }),
    live: (live) => {
      this.begun.push(nameOf(live.operation.text));
      this.#lives.set(nameOf(live.operation.text), live as Live<unknown, unknown>);
      return () => {};
    },
    request: <TData>(operation: { text: string }) =>
      new Promise<TData>((resolve, reject) => {
        const answer = (data: unknown) => {
          resolve(data as TData);
          return vi.advanceTimersByTimeAsync(0);
        };
        const fail = (error: ReelgraphError) => {
          reject(error);
          return vi.advanceTimersByTimeAsync(0);
        };
        this.asked.push({ name: nameOf(operation.text), answer, fail });
      }),
  };

  /** The oldest request that has not been answered, which is of this name. */
  next(name: string): Asked {
    const request = this.asked.shift();
    if (request?.name !== name) throw new Error(`${name} is not what was asked for, but ${request?.name}.`);
    return request;
  }

  refuse(subscription: string, error: ReelgraphError): void {
    this.#lives.get(subscription)?.error(error);
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
const page = (nodes: MessageFragment[], unread: BadgeFragment, endCursor: string | null = null) => ({
  notifications: { nodes, unread, pageInfo: { hasNextPage: endCursor !== null, endCursor } },
});
const marked = (notifications: MessageFragment[], unread: BadgeFragment) => ({
  markNotificationsRead: { markedCount: notifications.length, notifications, unread },
});
const AWAY = new ReelgraphError("SERVICE_UNAVAILABLE", "The database is away.");
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

/** Has asked for the first page. */
async function start(options: NotificationCenterOptions = {}): Promise<void> {
  center = new NotificationCenter(held.client, options);
  center.start();
  await vi.advanceTimersByTimeAsync(0);
}

/** Has loaded b and a, both unread. The badge has version 1. */
async function load(options: NotificationCenterOptions = {}, total = 2): Promise<void> {
  await start(options);
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
  expect(shown()).toBe("Cba 4");
  const third = center.markRead(["c"]);
  expect(shown()).toBe("cba 3");
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

test("what arrives while all is marked as read stays unread", async () => {
  await load();
  const marking = center.markAllRead();
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toBe("ba 0");
  held.arrives(message("c"));
  held.badge(badge(2, 3));
  expect(shown()).toBe("Cba 1");
  const answer = { markedCount: 2, notifications: [message("b", NOW), message("a", NOW)], unread: badge(3, 1) };
  await held.next("MarkAllNotificationsRead").answer({ markAllNotificationsRead: answer });
  expect(await marking).toBe(2);
  expect(shown()).toBe("Cba 1");
});

const problem = () => center.state.getSnapshot().error?.code ?? null;

describe("a list that cannot be read for a reason that passes", () => {
  test("is read again by itself, and then followed", async () => {
    await start();
    await held.next("Notifications").fail(AWAY);
    expect(problem()).toBe("SERVICE_UNAVAILABLE");
    held.badge(badge(1, 1));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(held.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await held.next("Notifications").fail(new ReelgraphError("RATE_LIMITED", "Later.", { retryAfterMs: 7_000 }));
    await vi.advanceTimersByTimeAsync(6_999);
    expect([held.asked.length, problem()]).toEqual([0, "RATE_LIMITED"]);
    await vi.advanceTimersByTimeAsync(1);
    await held.next("Notifications").answer(page([message("a")], badge(1, 1)));
    expect([shown(), problem()]).toEqual(["A 1", null]);
    held.arrives(message("b"));
    held.badge(badge(2, 2));
    expect(shown()).toBe("BA 2");
  });

  test("is read again where another category was chosen meanwhile", async () => {
    await load();
    center.setCategory("LIKE");
    await vi.advanceTimersByTimeAsync(0);
    await held.next("Notifications").fail(AWAY);
    await vi.advanceTimersByTimeAsync(4_000);
    center.setCategory("FOLLOW");
    await vi.advanceTimersByTimeAsync(4_000);
    expect(problem()).toBe("SERVICE_UNAVAILABLE");
    await held.next("Notifications").fail(AWAY);
    await vi.advanceTimersByTimeAsync(5_000);
    await held.next("Notifications").answer(page([], badge(1, 2)));
    expect(problem()).toBeNull();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(held.asked).toEqual([]);
  });

  test("has its error taken back where it was an older page that failed", async () => {
    await start({ pageSize: 1 });
    await held.next("Notifications").answer(page([message("b")], badge(1, 2), "b"));
    const more = center.loadMore();
    await vi.advanceTimersByTimeAsync(0);
    await held.next("Notifications").fail(AWAY);
    await more;
    expect(problem()).toBe("SERVICE_UNAVAILABLE");
    await vi.advanceTimersByTimeAsync(5_000);
    await held.next("Notifications").answer(page([message("b")], badge(1, 2), "b"));
    expect([shown(), problem(), center.state.getSnapshot().hasMore]).toEqual(["B 2", null, true]);
  });

  test("is asked for no more when the center is disposed of", async () => {
    await start();
    await held.next("Notifications").fail(AWAY);
    center.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(held.asked).toEqual([]);
  });
});

test("a first page that is refused is not asked for again by itself", async () => {
  await start();
  await held.next("Notifications").fail(new ReelgraphError("UNAUTHENTICATED", "Who are you?"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([held.asked, problem()]).toEqual([[], "UNAUTHENTICATED"]);
});

test.each(["UnreadNotificationsChanged", "NotificationReceived"])(
  "%s, once refused, is followed again",
  async (name) => {
    await load();
    held.refuse(name, new ReelgraphError("UNAUTHENTICATED", "The token was refused."));
    expect(problem()).toBe("UNAUTHENTICATED");
    // The other one goes on, and shows that the list is out of step.
    if (name === "NotificationReceived") held.badge(badge(2, 1));
    else held.arrives(message("c"));
    await vi.advanceTimersByTimeAsync(250);
    expect(problem()).toBe("UNAUTHENTICATED");
    await held.next("Notifications").answer(page([message("b"), message("a")], badge(2, 2)));
    expect(held.begun.filter((it) => it === name)).toHaveLength(2);
    expect(problem()).toBeNull();
  },
);

test("a list that is read again keeps what it had, however much has come before it", async () => {
  await load({ pageSize: 2 });
  held.badge(badge(4, 4));
  await vi.advanceTimersByTimeAsync(250);
  await held.next("Notifications").answer(page([message("d"), message("c")], badge(4, 4), "c"));
  await held.next("Notifications").answer(page([message("b"), message("a")], badge(4, 4)));
  expect(shown()).toBe("DCBA 4");
  expect(center.state.getSnapshot().hasMore).toBe(false);
});

test("a refresh reads what came after it was asked for", async () => {
  await load();
  const more = center.refresh();
  await vi.advanceTimersByTimeAsync(0);
  const again = center.refresh();
  await held.next("Notifications").answer(page([message("b"), message("a")], badge(1, 2)));
  await held.next("Notifications").answer(page([message("b")], badge(1, 2)));
  await Promise.all([more, again]);
  expect(shown()).toBe("B 2");
});

test("a client that was disposed of is told of", async () => {
  const client = createClient({ url: "http://127.0.0.1/graphql" });
  client.dispose();
  center = new NotificationCenter(client);
  center.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(problem()).toBe("CLIENT_DISPOSED");
  await center.loadMore();
});
