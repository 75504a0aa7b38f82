import { expect, test } from "vitest";
import type { NotificationPage } from "../src/arrivals.js";
import type { MessageFragment } from "../src/generated/types.js";
import { Ledger } from "../src/ledger.js";
import { NotificationList } from "../src/list.js";

const message = (number: number, microsecond = number): MessageFragment => ({
  id: `n${number}`,
  category: "LIKE",
  title: "",
  body: null,
  createdAt: `2026-01-01T00:00:00.${String(microsecond).padStart(6, "0")}Z`,
  readAt: null,
  actor: null,
  video: null,
  job: null,
});

/** An inbox of so many, which came at these times, and a list that reads it by pages of this size. */
function listOf(count: number, pageSize: number, timeOf = (number: number) => number) {
  const messages = (newest: number, many: number) =>
    Array.from({ length: many }, (_, i) => message(newest - i, timeOf(newest - i)));
  let newest = count - 1;
  let inbox = messages(newest, count);
  const asked: number[] = [];
  const page = async (_: unknown, first: number, after: string | null): Promise<NotificationPage> => {
    asked.push(first);
    const from = after === null ? 0 : inbox.findIndex(({ id }) => id === after) + 1;
    const nodes = inbox.slice(from, from + first);
    const pageInfo = { hasNextPage: from + first < inbox.length, endCursor: nodes.at(-1)?.id ?? null };
    return { nodes, pageInfo, unread: { id: "user", version: 1, total: 0, byCategory: [] } };
  };
  const list = new NotificationList(page, pageSize, new Ledger(), null);
  const ids = () => list.items.map(({ id }) => Number(id.slice(1)));
  return {
    list,
    asked,
    ids,
    come: (more: number) => {
      inbox = [...messages(newest + more, more), ...inbox];
      newest += more;
    },
    hide: (number: number) => {
      inbox = inbox.filter(({ id }) => id !== `n${number}`);
    },
    show: (number: number) => {
      inbox = [...inbox, message(number)].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    },
    markAll: () => {
      inbox = inbox.map((it) => ({ ...it, readAt: "2026-01-02T00:00:00.000000Z" }));
    },
  };
}

const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i);

test("what came before it pushes nothing out that was listed", async () => {
  const { list, ids, come } = listOf(10, 3);
  await list.read();
  await list.more();
  come(2);
  await list.read();
  expect(ids().slice(0, 8)).toEqual(down(11, 4));
  expect(list.hasMore).toBe(true);
});

test("one that had all has all again, what is brought back behind it included", async () => {
  const { list, ids, hide, show } = listOf(10, 3);
  hide(0);
  await list.read();
  while (list.hasMore) await list.more();
  show(0);
  await list.read();
  expect(ids()).toEqual(down(9, 0));
  expect(list.hasMore).toBe(false);
});

test("it is read as far as it went where its oldest is hidden by now", async () => {
  const { list, asked, ids, hide } = listOf(100, 10);
  await list.read();
  hide(90);
  await list.read();
  expect(ids()).toEqual([...down(99, 91), 89]);
  expect(asked).toEqual([10, 10]);
});

test("what is hidden by now goes, where all that was listed came at one time too", async () => {
  const { list, ids, hide } = listOf(20, 10, () => 0);
  await list.read();
  hide(15);
  await list.read();
  expect(ids()).not.toContain(15);
  expect(ids().slice(0, 9)).toEqual([...down(19, 16), ...down(14, 10)]);
});

test("what arrives before the first page is no reason to read more than that", async () => {
  const { list, asked, ids, come } = listOf(50, 10);
  come(1);
  list.arrived(message(50));
  await list.read();
  expect([asked, ids()]).toEqual([[10], down(50, 41)]);
});

test("an empty one reads its first page, however much has come", async () => {
  const { list, ids, come } = listOf(0, 10);
  await list.read();
  come(50);
  await list.read();
  expect(ids()).toEqual(down(49, 40));
});

test("beyond 500 nothing is read again, and nothing lost", async () => {
  const { list, asked, ids, come, markAll } = listOf(700, 100);
  await list.read();
  for (let i = 0; i < 5; i++) await list.more();
  come(20);
  markAll();
  asked.length = 0;
  await list.read();
  expect(asked).toEqual([100, 100, 100, 100, 100]);
  expect(ids()).toEqual(down(719, 100));
  expect(list.items.filter(({ readAt }) => readAt !== null)).toHaveLength(500);
  await list.more();
  expect(ids()).toEqual(down(719, 0));
  expect(list.hasMore).toBe(false);
});
