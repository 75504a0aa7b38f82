import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../src/client.js";
import { backend, notify, Person, Server, until } from "./harness.js";
import { arrived, listed, newcomer, numbered, open, opened, readOf, send, type Tab, titles, unread } from "./inbox.js";

let server: Server;

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());

const shut = ({ gate }: Tab) => {
  Object.assign(gate, { sockets: false, streams: false, requests: false });
  gate.cut();
};
const reopen = ({ gate, client }: Tab) => {
  Object.assign(gate, { sockets: true, streams: true, requests: true });
  client.retryNow();
};

describe.each(["socket", "stream"] as const)("over %s", (transport) => {
  test("what comes while the connection is cut arrives afterwards, once and in order", async () => {
    const person = await Person.join(server);
    const [seen] = await notify(server, person, ["seen"]);
    const tab = await opened(server, person.token, { transports: [transport] });
    const other = await opened(server, person.token);
    await notify(server, person, ["before"]);
    await arrived(tab, 1);
    shut(tab);
    await notify(server, person, numbered(30));
    await other.center.markRead([seen ?? ""]);
    reopen(tab);
    expect(await arrived(tab, 31)).toEqual(["before", ...numbered(30)]);
    await notify(server, person, ["after"]);
    expect((await arrived(tab, 32)).slice(-1)).toEqual(["after"]);
    const all = ["after", ...numbered(30).reverse(), "before", "seen", "Welcome"];
    await listed(tab, "all, and the mark", () => readOf(tab)[32] === true);
    expect(titles(tab)).toEqual(all);
    expect(unread(tab)).toBe(33);
    expect(tab.arrivals.all).toHaveLength(32);
  });

  test("what comes while the server is killed and started anew arrives, once and in order", async () => {
    const mortal = await Server.start();
    try {
      const person = await Person.join(mortal);
      const tab = await opened(mortal, person.token, { transports: [transport] });
      await notify(mortal, person, ["before"]);
      await arrived(tab, 1);
      await mortal.end("SIGKILL");
      await mortal.elsewhere(async (other) => {
        await notify(other, person, numbered(5));
        await notify(other, person, ["between"]);
      });
      await mortal.start();
      tab.client.retryNow();
      await notify(mortal, person, ["after"]);
      const all = ["before", ...numbered(5), "between", "after"];
      expect(await arrived(tab, all.length)).toEqual(all);
      await listed(tab, "the badge", ({ unread }) => unread.total === all.length + 1);
      expect(titles(tab)).toEqual([...all.reverse(), "Welcome"]);
      expect(tab.arrivals.all).toHaveLength(8);
      tab.center.dispose();
      tab.client.dispose();
    } finally {
      await mortal.close();
    }
  });
});

test("from polling to a socket and back, each arrival comes once", async () => {
  const person = await Person.join(server);
  const tab = await open(server, person.token, { pageSize: 3 });
  Object.assign(tab.gate, { sockets: false, streams: false });
  tab.center.start();
  await until(tab.client.connection, "polling", (state) => state === "polling");
  await notify(server, person, numbered(8));
  tab.client.retryNow();
  expect(await arrived(tab, 8)).toEqual(numbered(8));

  Object.assign(tab.gate, { sockets: true, streams: true });
  tab.gate.cut();
  tab.client.retryNow();
  await until(tab.client.connection, "a socket", (state) => state === "socket");
  await notify(server, person, ["pushed"]);
  expect((await arrived(tab, 9)).slice(-1)).toEqual(["pushed"]);

  Object.assign(tab.gate, { sockets: false, streams: false });
  tab.gate.cut();
  await notify(server, person, ["missed"]);
  tab.client.retryNow();
  expect(await arrived(tab, 10)).toEqual([...numbered(8), "pushed", "missed"]);
  expect(titles(tab)).toEqual(["missed", "pushed", ...numbered(8).reverse(), "Welcome"]);
});

describe("an empty inbox", () => {
  test("loses nothing that comes before arrivals are followed", async () => {
    const person = await newcomer(server);
    // It has been loaded, and arrivals are followed only when something has come already.
    let late = true;
    const through = (client: Client): Client => ({
      ...client,
      live(live) {
        if (!late || !live.operation.text.includes("notificationReceived")) return client.live(live);
        late = false;
        let stop = () => {};
        void send(server, person, ["LIKE", "FOLLOW"]).then(() => {
          stop = client.live(live);
        });
        return () => stop();
      },
    });
    const tab = await opened(server, person.token, { through });
    expect(await arrived(tab, 2)).toEqual(["LIKE", "FOLLOW"]);
    await send(server, person, ["COMMENT"]);
    expect(await arrived(tab, 3)).toEqual(["LIKE", "FOLLOW", "COMMENT"]);
    expect(titles(tab)).toEqual(["COMMENT", "FOLLOW", "LIKE"]);
  });

  test("loses nothing that comes while the connection is cut", async () => {
    const person = await newcomer(server);
    const tab = await opened(server, person.token);
    shut(tab);
    await send(server, person, ["LIKE", "FOLLOW"]);
    reopen(tab);
    expect(await arrived(tab, 2)).toEqual(["LIKE", "FOLLOW"]);
    await send(server, person, ["COMMENT"]);
    expect(await arrived(tab, 3)).toEqual(["LIKE", "FOLLOW", "COMMENT"]);
    expect(titles(tab)).toEqual(["COMMENT", "FOLLOW", "LIKE"]);
    await listed(tab, "the badge", ({ unread }) => unread.total === 3);
  });
});

test("a server with another inbox than before is read anew", async () => {
  const first = await Server.start();
  const second = await Server.start();
  try {
    const person = await Person.join(first);
    await notify(first, person, numbered(3));
    const tab = await opened(first, person.token);
    const upsert = `mutation ($users: [UserInput!]!) { upsertUsers(users: $users) { users { id } } }`;
    const user = { id: person.id, handle: `r${randomUUID().slice(0, 8)}`, displayName: "Again" };
    await second.ask(backend, upsert, { users: [user] });
    await notify(second, person, ["new"]);
    await first.end("SIGKILL");
    Object.assign(first, { port: second.port });
    tab.client.retryNow();
    await listed(tab, "the other inbox", () => titles(tab).join() === "new");
    await listed(tab, "its badge", ({ unread }) => unread.total === 1);
    await notify(second, person, ["newer"]);
    expect(await arrived(tab, 1)).toEqual(["newer"]);
    tab.center.dispose();
    tab.client.dispose();
  } finally {
    await first.close();
    await second.close();
  }
});

test("after dispose nothing is asked, and nothing is open", async () => {
  const person = await Person.join(server);
  const tab = await opened(server, person.token);
  const before = tab.center.state.getSnapshot();
  tab.center.dispose();
  await until(tab.client.connection, "rest", (state) => state === "idle");
  const asked = tab.gate.seen.length;
  tab.center.start();
  tab.center.setCategory("LIKE");
  await tab.center.loadMore();
  await notify(server, person, ["news"]);
  expect(tab.center.state.getSnapshot()).toBe(before);
  expect(tab.gate.seen).toHaveLength(asked);
  expect(tab.client.connection.getSnapshot()).toBe("idle");
  expect(tab.arrivals.all).toEqual([]);
});
