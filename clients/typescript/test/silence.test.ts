// Networks that neither let through nor refuse: what is silent for too long is given up.

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Client, VideosMetadata, VideosMetadataChanged } from "../src/index.js";
import { clientFor, Gate, Heard, Person, Server, until, view } from "./harness.js";

let client: Client | undefined;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
});
afterEach(() => {
  client?.dispose();
  vi.useRealTimers();
});

test("a socket and a stream that hang give way to polling, five seconds each", async () => {
  const held: Socket[] = [];
  const silent = createServer((socket) => held.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : 0;
  const polls = new Heard<string>();
  client = clientFor(`http://127.0.0.1:${port}/graphql`);
  client.live({
    operation: VideosMetadataChanged,
    variables: () => ({ ids: [] }),
    next: () => {},
    error: () => {},
    complete: () => {},
    poll: { everyMs: 5_000, run: async () => polls.add("polled") },
  });
  expect(client.connection.getSnapshot()).toBe("connecting");
  await vi.advanceTimersByTimeAsync(9_900);
  expect(polls.all).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(polls.all).toEqual(["polled"]);
  expect(client.connection.getSnapshot()).toBe("polling");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(polls.all.length).toBe(2);
  client.dispose();
  expect(vi.getTimerCount()).toBe(0);
  for (const socket of held) socket.destroy();
  silent.close();
});

test.each([true, false])(
  "a connection that dies without a word is noticed and replaced: socket %s",
  async (sockets) => {
    const server = await Server.start();
    const person = await Person.join(server);
    const gate = await Gate.start(server);
    gate.sockets = sockets;
    client = clientFor(gate.url, person.token);
    const heard = new Heard<number>();
    client.live({
      operation: VideosMetadataChanged,
      variables: () => ({ ids: [person.video] }),
      next: ({ videosMetadataChanged }) => heard.add(videosMetadataChanged.viewCount),
      error: () => {},
      complete: () => {},
    });
    expect(await heard.take("the state as it is")).toBe(0);
    gate.freeze();
    await view(server, person.video);
    await vi.advanceTimersByTimeAsync(sockets ? 14_000 : 31_000);
    expect(client.connection.getSnapshot()).toBe(sockets ? "socket" : "stream");
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.advanceTimersByTimeAsync(1_000); // It waits a moment before it comes back.
    vi.useRealTimers();
    await heard.take("the view", (count) => count === 1);
    client.dispose();
    await gate.close();
    await server.close();
  },
);

test("after a sleep a socket that was silent is replaced at once", async () => {
  const server = await Server.start();
  const gate = await Gate.start(server);
  client = clientFor(gate.url);
  const heard = new Heard<unknown>();
  client.live({
    operation: VideosMetadataChanged,
    variables: () => ({ ids: [crypto.randomUUID()] }),
    next: heard.add,
    error: () => {},
    complete: () => {},
  });
  await until(client.connection, "a socket", (state) => state === "socket");
  expect((await client.request(VideosMetadata, { ids: [] })).videosMetadata).toEqual([]);
  client.retryNow();
  expect(client.connection.getSnapshot()).toBe("socket");
  vi.setSystemTime(Date.now() + 60_000); // Timers do not run while a machine sleeps; its clock does.
  client.retryNow();
  vi.useRealTimers();
  await until(client.connection, "the loss", (state) => state === "connecting");
  await until(client.connection, "another socket", (state) => state === "socket");
  expect(gate.count("socket")).toBe(2);
  client.dispose();
  await gate.close();
  await server.close();
});
