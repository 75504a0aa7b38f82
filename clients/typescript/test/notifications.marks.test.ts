import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { ReelgraphError } from "../src/errors.js";
import { Me } from "../src/generated/texts.js";
import { Heard, notify, Person, Server } from "./harness.js";
import {
  arrived,
  blocks,
  ids,
  listed,
  newcomer,
  numbered,
  open,
  opened,
  readOf,
  send,
  titles,
  unread,
} from "./inbox.js";

let server: Server;

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("marking as read", () => {
  test("shows at once, and stays", async () => {
    const person = await Person.join(server);
    await send(server, person, ["LIKE", "LIKE", "COMMENT"]);
    const tab = await opened(server, person.token);
    const [comment, like] = ids(tab);
    const marking = tab.center.markRead([comment ?? "", (like ?? "").toUpperCase(), like ?? ""]);
    expect(readOf(tab)).toEqual([true, true, false, false]);
    const expected = {
      total: 2,
      byCategory: expect.toSatisfy((it) => it.length === 2 && !JSON.stringify(it).includes("COMMENT")),
    };
    expect(tab.center.state.getSnapshot().unread).toEqual(expected);
    expect(await marking).toBe(2);
    expect(tab.center.state.getSnapshot().unread).toEqual(expected);
    expect(readOf(tab)).toEqual([true, true, false, false]);
    expect(await tab.center.markRead([comment ?? ""])).toBe(0);
    expect(await tab.center.markRead([])).toBe(0);
    expect(tab.gate.count("MarkNotificationsRead")).toBe(2);
  });

  test("of several at once never shows a count that goes up again", async () => {
    const person = await Person.join(server);
    await notify(server, person, numbered(8));
    const tab = await opened(server, person.token);
    const from = tab.states.length;
    await Promise.all(ids(tab).map((id) => tab.center.markRead([id])));
    await listed(tab, "the end", () => readOf(tab).every(Boolean));
    const totals = tab.states.slice(from).map(({ unread }) => unread.total);
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
    expect(unread(tab)).toBe(0);
    expect(tab.gate.count("Notifications")).toBe(1);
  });

  test("takes more ids than the server does, loaded or not", async () => {
    const person = await newcomer(server);
    const all = await notify(server, person, numbered(100));
    all.push(...(await notify(server, person, numbered(20))));
    const tab = await opened(server, person.token, { pageSize: 5 });
    const marking = tab.center.markRead([...all, randomUUID()]);
    expect(unread(tab)).toBe(115);
    expect(await marking).toBe(120);
    expect(unread(tab)).toBe(0);
    expect(tab.gate.count("MarkNotificationsRead")).toBe(2);
  });

  test("of all, or of all of a category", async () => {
    const person = await newcomer(server);
    await send(server, person, ["LIKE", "COMMENT", "LIKE"]);
    const tab = await opened(server, person.token, { pageSize: 2 });
    const marking = tab.center.markAllRead("LIKE");
    expect(readOf(tab)).toEqual([true, false]);
    expect(unread(tab)).toBe(1);
    expect(await marking).toBe(2);
    expect(tab.center.state.getSnapshot().unread).toEqual({
      total: 1,
      byCategory: [{ category: "COMMENT", count: 1 }],
    });
    await tab.center.loadMore();
    expect(readOf(tab)).toEqual([true, false, true]);
    expect(await tab.center.markAllRead()).toBe(1);
    expect(readOf(tab)).toEqual([true, true, true]);
    expect(await tab.center.markAllRead()).toBe(0);
  });

  test("of all reaches beyond the hundred that the server tells of", async () => {
    const person = await newcomer(server);
    await notify(server, person, numbered(60));
    await notify(server, person, numbered(60));
    const tab = await opened(server, person.token, { pageSize: 100 });
    await tab.center.loadMore();
    expect(await tab.center.markAllRead()).toBe(120);
    expect(readOf(tab)).toEqual(Array(120).fill(true));
  });

  test("of all leaves unread what has not come here", async () => {
    const person = await Person.join(server);
    const tab = await opened(server, person.token, { transports: ["socket"] });
    tab.gate.sockets = false;
    tab.gate.cut();
    await notify(server, person, ["not seen"]);
    expect(await tab.center.markAllRead()).toBe(1);
    expect(unread(tab)).toBe(1);
    tab.gate.sockets = true;
    tab.client.retryNow();
    expect(await arrived(tab, 1)).toEqual(["not seen"]);
    await listed(tab, "both", () => readOf(tab).length === 2);
    expect(readOf(tab)).toEqual([false, true]);
  });

  test("of all is nothing before anything has been shown", async () => {
    const tab = await opened(server, (await newcomer(server)).token);
    expect(await tab.center.markAllRead()).toBe(0);
    expect(tab.gate.count("MarkAllNotificationsRead")).toBe(0);
  });

  test("is undone where the server cannot be reached", async () => {
    const person = await Person.join(server);
    const tab = await opened(server, person.token);
    const before = tab.center.state.getSnapshot();
    tab.gate.requests = false;
    for (const mark of [() => tab.center.markRead([person.welcome]), () => tab.center.markAllRead()]) {
      const marking = mark();
      expect(unread(tab)).toBe(0);
      expect(readOf(tab)).toEqual([true]);
      const error: unknown = await marking.catch((it) => it);
      expect(error).toBeInstanceOf(ReelgraphError);
      expect(error).toMatchObject({ code: "NETWORK_ERROR" });
      expect(tab.center.state.getSnapshot()).toEqual(before);
    }
    tab.gate.requests = true;
    expect(await tab.center.markRead([person.welcome])).toBe(1);
    expect(unread(tab)).toBe(0);
  });

  test("is undone where the server refuses it, for that alone", async () => {
    const person = await Person.join(server);
    await notify(server, person, ["other"]);
    const tab = await opened(server, person.token);
    const refused = tab.center.markRead([person.welcome, "no id"]);
    const taken = tab.center.markRead(ids(tab).slice(0, 1));
    expect(unread(tab)).toBe(0);
    await expect(refused).rejects.toMatchObject({ code: "BAD_USER_INPUT", extensions: { invalidIds: ["no id"] } });
    expect(readOf(tab)).toEqual([true, false]);
    expect(await taken).toBe(1);
    expect(unread(tab)).toBe(1);
    expect(readOf(tab)).toEqual([true, false]);
  });
});

describe("on two tabs", () => {
  test("badge, arrivals and marks are the same", async () => {
    const person = await Person.join(server);
    const one = await opened(server, person.token);
    const two = await opened(server, person.token, { category: "LIKE" });
    await send(server, person, ["LIKE", "COMMENT", "LIKE"]);
    for (const tab of [one, two]) expect(await arrived(tab, 3)).toEqual(["LIKE", "COMMENT", "LIKE"]);
    expect(await one.center.markAllRead("LIKE")).toBe(2);
    await listed(two, "the badge", ({ unread }) => unread.total === 2);
    await listed(two, "the marks", () => readOf(two).every(Boolean));
    expect(await two.center.markAllRead()).toBe(2);
    await listed(one, "the badge", ({ unread }) => unread.total === 0);
    await listed(one, "the marks", () => readOf(one).every(Boolean));
    expect(one.center.state.getSnapshot().unread).toEqual(two.center.state.getSnapshot().unread);
  });

  test("arrivals alone are no reason to read the list again", async () => {
    const person = await Person.join(server);
    const tab = await opened(server, person.token);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await notify(server, person, numbered(3));
    await notify(server, person, ["last"]);
    await arrived(tab, 4);
    await listed(tab, "the badge", ({ unread }) => unread.total === 5);
    // Longer than it is waited for what would explain a badge. What is asked then comes before what is asked here.
    await vi.advanceTimersByTimeAsync(600);
    await tab.client.request(Me, {});
    expect(tab.gate.count("Me")).toBe(1);
    expect(tab.gate.count("Notifications")).toBe(1);
  });
});

describe("a block", () => {
  test("hides what a user caused, and its end brings it back in its place", async () => {
    const person = await Person.join(server);
    const other = await Person.join(server);
    await send(server, person, ["LIKE"], other.id);
    await send(server, person, ["FOLLOW"]);
    const tab = await opened(server, person.token);
    await send(server, person, ["COMMENT"], other.id);
    await arrived(tab, 1);

    await blocks(server, person, "blockUsers", other.id);
    await listed(tab, "fewer", () => titles(tab).join() === "FOLLOW,Welcome");
    expect(unread(tab)).toBe(2);
    await blocks(server, person, "unblockUsers", other.id);
    await listed(tab, "all", () => titles(tab).join() === "COMMENT,FOLLOW,LIKE,Welcome");
    expect(unread(tab)).toBe(4);
    expect(tab.arrivals.all).toHaveLength(1);
  });

  test("of what is read already shows after a refresh, as its end does", async () => {
    const person = await Person.join(server);
    const other = await Person.join(server);
    await send(server, person, ["LIKE"], other.id);
    const tab = await opened(server, person.token);
    await tab.center.markAllRead();
    await blocks(server, person, "blockUsers", other.id);
    await tab.center.refresh();
    expect(titles(tab)).toEqual(["Welcome"]);
    await blocks(server, person, "unblockUsers", other.id);
    await tab.center.refresh();
    expect(titles(tab)).toEqual(["LIKE", "Welcome"]);

    tab.gate.requests = false;
    await tab.center.refresh();
    expect(tab.center.state.getSnapshot().error?.code).toBe("NETWORK_ERROR");
    expect(titles(tab)).toEqual(["LIKE", "Welcome"]);
  });
});

test("a refresh before the start and after the end asks nothing", async () => {
  const tab = await open(server, (await Person.join(server)).token);
  await tab.center.refresh();
  tab.center.dispose();
  await tab.center.refresh();
  expect(tab.gate.seen).toEqual([]);
});

test("what a callback that is async throws is reported too", async () => {
  const reported = new Heard<unknown>();
  vi.stubGlobal("reportError", reported.add);
  const person = await Person.join(server);
  const oops = new Error("oops");
  const onArrival = async () => {
    throw oops;
  };
  await opened(server, person.token, { onArrival });
  await notify(server, person, ["a"]);
  expect(await reported.take("what was thrown")).toBe(oops);
});

test("what a callback throws is reported, and stops nothing", async () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const person = await Person.join(server);
  const oops = new Error("oops");
  const heard: string[] = [];
  const tab = await opened(server, person.token, {
    onArrival({ title }) {
      heard.push(title);
      throw oops;
    },
  });
  tab.center.state.subscribe(() => {
    throw oops;
  });
  await notify(server, person, ["a", "b"]);
  await listed(tab, "both", ({ notifications, unread }) => notifications.length === 3 && unread.total === 3);
  expect(heard).toEqual(["a", "b"]);
  expect(reported).toHaveBeenCalledWith(oops);
});
