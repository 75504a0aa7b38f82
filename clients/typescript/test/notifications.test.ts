import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../src/client.js";
import { notify, Person, Server } from "./harness.js";
import { arrived, listed, newcomer, numbered, open, opened, readOf, send, titles, unread } from "./inbox.js";

let server: Server;

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());

describe("the list", () => {
  test("is newest first, and grows by pages", async () => {
    const person = await Person.join(server);
    await notify(server, person, numbered(6));
    const tab = await opened(server, person.token, { pageSize: 3 });
    expect(titles(tab)).toEqual(["n5", "n4", "n3"]);
    expect(tab.center.state.getSnapshot()).toMatchObject({
      hasMore: true,
      error: null,
      category: null,
      unread: { total: 7, byCategory: [{ category: "SYSTEM", count: 7 }] },
    });

    await Promise.all([tab.center.loadMore(), tab.center.loadMore()]);
    expect(titles(tab)).toEqual(["n5", "n4", "n3", "n2", "n1", "n0"]);
    await tab.center.loadMore();
    expect(titles(tab).at(-1)).toBe("Welcome");
    expect(tab.center.state.getSnapshot()).toMatchObject({ hasMore: false, loading: false });
    await tab.center.loadMore();
    expect(tab.gate.count("Notifications")).toBe(3);
    expect(tab.arrivals.all).toEqual([]);
  });

  test("is of one category, while others arrive too", async () => {
    const person = await Person.join(server);
    await send(server, person, ["LIKE", "COMMENT", "LIKE"]);
    const tab = await opened(server, person.token, { category: "LIKE" });
    expect(titles(tab)).toEqual(["LIKE", "LIKE"]);
    expect(unread(tab)).toBe(4);

    await send(server, person, ["COMMENT", "LIKE", "FOLLOW"]);
    expect(await arrived(tab, 3)).toEqual(["COMMENT", "LIKE", "FOLLOW"]);
    expect(titles(tab)).toEqual(["LIKE", "LIKE", "LIKE"]);

    tab.center.setCategory("COMMENT");
    expect(tab.center.state.getSnapshot()).toMatchObject({ notifications: [], loading: true, category: "COMMENT" });
    await listed(tab, "comments", ({ loading }) => !loading);
    expect(titles(tab)).toEqual(["COMMENT", "COMMENT"]);
    tab.center.setCategory(null);
    tab.center.setCategory("FOLLOW");
    tab.center.setCategory(null);
    await listed(tab, "all", ({ loading }) => !loading);
    expect(titles(tab)).toHaveLength(7);
    expect(tab.arrivals.all).toHaveLength(3);
  });

  test("is the same object until something changes", async () => {
    const person = await Person.join(server);
    const tab = await opened(server, person.token);
    const before = tab.center.state.getSnapshot();
    tab.center.start();
    tab.center.setCategory(null);
    expect(tab.center.state.getSnapshot()).toBe(before);
    await notify(server, person, ["news"]);
    await listed(
      tab,
      "the news and its badge",
      ({ unread, notifications }) => unread.total + notifications.length === 4,
    );
    for (const [i, state] of tab.states.entries()) {
      const { loading, error, notifications, unread, hasMore, category } = state;
      const earlier = tab.states[i - 1];
      if (earlier) expect({ loading, error, notifications, unread, hasMore, category }).not.toEqual(earlier);
    }
    const [fresh, welcome] = tab.center.state.getSnapshot().notifications;
    expect(fresh?.title).toBe("news");
    expect(welcome).toBe(before.notifications[0]);
  });

  test("tells why it cannot be loaded, and loads when the connection is back", async () => {
    const person = await Person.join(server);
    const tab = await open(server, person.token);
    Object.assign(tab.gate, { sockets: false, streams: false, requests: false });
    tab.center.start();
    const { error, loading } = await listed(tab, "an error", ({ error }) => error !== null);
    expect(error?.code).toBe("NETWORK_ERROR");
    expect(loading).toBe(false);
    Object.assign(tab.gate, { sockets: true, streams: true, requests: true });
    tab.client.retryNow();
    await listed(tab, "the list", ({ notifications, error }) => notifications.length === 1 && error === null);
  });

  test("is loaded and followed where requests failed while the socket worked", async () => {
    const person = await Person.join(server);
    const tab = await open(server, person.token, { transports: ["socket"] });
    tab.gate.requests = false;
    tab.center.start();
    await listed(tab, "an error", ({ error }) => error?.code === "NETWORK_ERROR");
    await listed(tab, "the badge over the socket", ({ unread }) => unread.total === 1);
    tab.gate.requests = true;
    await listed(tab, "the list", ({ notifications, error }) => notifications.length === 1 && error === null);
    await notify(server, person, ["news"]);
    expect(await arrived(tab, 1)).toEqual(["news"]);
  });

  test("keeps all that it had when what came meanwhile is found by reading it again", async () => {
    const person = await Person.join(server);
    await notify(server, person, ["a", "b"]);
    const through = (client: Client): Client => ({
      ...client,
      live: (live) => (live.operation.text.includes("notificationReceived") ? () => {} : client.live(live)),
    });
    const tab = await opened(server, person.token, { through, pageSize: 3 });
    expect(tab.center.state.getSnapshot().hasMore).toBe(false);
    await notify(server, person, ["c", "d"]);
    await listed(tab, "what came", () => titles(tab).length > 3);
    expect(titles(tab)).toEqual(["d", "c", "b", "a", "Welcome"]);
    expect(tab.center.state.getSnapshot().hasMore).toBe(false);
  });

  test("is refused to whoever has no token", async () => {
    const tab = await open(server, "");
    tab.center.start();
    const { error } = await listed(tab, "an error", ({ error }) => error !== null);
    expect(error?.code).toBe("UNAUTHENTICATED");
  });
});

describe.each(["socket", "stream", "polling"] as const)("over %s", (transport) => {
  test("each arrival is told once and in order", async () => {
    const person = await Person.join(server);
    const tab = await opened(server, person.token, { transports: [transport], pageSize: 4 });
    expect(tab.client.connection.getSnapshot()).toBe(transport);
    await notify(server, person, numbered(10));
    tab.client.retryNow();
    expect(await arrived(tab, 10)).toEqual(numbered(10));
    await listed(tab, "the badge", ({ unread }) => unread.total === 11);
    expect(titles(tab).slice(0, 11)).toEqual([...numbered(10).reverse(), "Welcome"]);
    await notify(server, person, ["last"]);
    tab.client.retryNow();
    expect((await arrived(tab, 11)).slice(-1)).toEqual(["last"]);
  });

  test("what is read elsewhere is read here", async () => {
    const person = await Person.join(server);
    const [first] = await notify(server, person, ["a", "b"]);
    const tab = await opened(server, person.token, { transports: [transport] });
    const other = await opened(server, person.token, { transports: [transport] });
    expect(await other.center.markRead([first ?? ""])).toBe(1);
    tab.client.retryNow();
    await listed(tab, "the badge", ({ unread }) => unread.total === 2);
    await listed(tab, "the mark", () => readOf(tab)[1] === true);
    expect(readOf(tab)).toEqual([false, true, false]);
    expect(tab.center.state.getSnapshot().notifications).toEqual(other.center.state.getSnapshot().notifications);
  });

  test("nothing that comes into an empty inbox is left out", async () => {
    const person = await newcomer(server);
    const tab = await opened(server, person.token, { transports: [transport] });
    expect(titles(tab)).toEqual([]);
    await send(server, person, ["LIKE", "FOLLOW"]);
    tab.client.retryNow();
    expect(await arrived(tab, 2)).toEqual(["LIKE", "FOLLOW"]);
    await send(server, person, ["COMMENT"]);
    tab.client.retryNow();
    expect(await arrived(tab, 3)).toEqual(["LIKE", "FOLLOW", "COMMENT"]);
    expect(titles(tab)).toEqual(["COMMENT", "FOLLOW", "LIKE"]);
  });
});
