// Networks that neither let through nor refuse: what is silent for too long is given up.

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import {
  type Client,
  type ClientOptions,
  type ReelgraphError,
  VideosMetadata,
  VideosMetadataChanged,
} from "../src/index.js";
import { Faulty, followed } from "./faulty.js";
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
    await vi.advanceTimersByTimeAsync(sockets ? 14_000 : 29_000);
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

/** A WebSocket that tells the type of each message that it gets. */
function listening() {
  const types = new Heard<string>();
  class Listening extends NodeWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => types.add(JSON.parse(String(data)).type));
    }
  }
  return { types, webSocket: Listening };
}

/** A client that is connected through a gate, and follows something that never comes. */
async function connected(transport: "socket" | "stream", options: Partial<ClientOptions> = {}) {
  const server = await Server.start();
  const gate = await Gate.start(server);
  gate.sockets = transport === "socket";
  const joined = clientFor(gate.url, undefined, options);
  client = joined;
  nothing(joined);
  await until(joined.connection, "a connection", (state) => state === transport);
  const close = async () => {
    joined.dispose();
    await gate.close();
    await server.close();
  };
  return { gate, connection: joined.connection, retryNow: joined.retryNow, close };
}

/** Follows a video that does not exist. */
function nothing(by: Client): void {
  by.live({
    operation: VideosMetadataChanged,
    variables: () => ({ ids: [crypto.randomUUID()] }),
    next: () => {},
    error: () => {},
    complete: () => {},
  });
}

test.each([
  ["socket", 76_000],
  ["stream", 16_000],
] as const)("after a sleep a %s that was silent is replaced at once", async (transport, ms) => {
  const { gate, connection, retryNow, close } = await connected(transport);
  retryNow();
  expect(connection.getSnapshot()).toBe(transport);
  vi.setSystemTime(Date.now() + ms); // Timers do not run while a machine sleeps; its clock does.
  retryNow();
  vi.useRealTimers();
  await until(connection, "the loss", (state) => state === "connecting");
  await until(connection, "another one", (state) => state === transport);
  expect(gate.count(transport)).toBe(2);
  await close();
});

test("a socket that was silent for a while, as those of hidden pages are, has five seconds to answer", async () => {
  const { types, webSocket } = listening();
  const { gate, connection, retryNow, close } = await connected("socket", { webSocket });
  vi.setSystemTime(Date.now() + 60_000);
  retryNow();
  await types.take("the answer", (type) => type === "pong");
  await vi.advanceTimersByTimeAsync(6_000);
  expect(connection.getSnapshot()).toBe("socket");
  const states: string[] = [];
  connection.subscribe(() => states.push(connection.getSnapshot()));
  gate.freeze();
  vi.setSystemTime(Date.now() + 60_000);
  retryNow();
  await vi.advanceTimersByTimeAsync(4_900);
  expect(states).toEqual([]);
  await vi.advanceTimersByTimeAsync(500); // It waits a moment before it comes back.
  expect(states[0]).toBe("connecting");
  await close();
});

test("a token that never comes is given up: by streams after 5 s, by requests after 15", async () => {
  const server = await Server.start();
  let stuck = true;
  const getToken = () => (stuck ? new Promise<null>(() => {}) : null);
  client = clientFor(server.url, undefined, { transports: ["stream"], getToken });
  const request = client.request(VideosMetadata, { ids: [] }).catch(({ code }: ReelgraphError) => code);
  nothing(client);
  stuck = false;
  await vi.advanceTimersByTimeAsync(5_400);
  await until(client.connection, "a stream", (state) => state === "stream");
  await vi.advanceTimersByTimeAsync(9_700);
  expect(await request).toBe("NETWORK_ERROR");
  client.dispose();
  await server.close();
});

test("streams that would need more connections than there are give way to polling, until fewer are needed", async () => {
  let open = 0;
  const limited: typeof fetch = (input, init) => {
    const whenEnded = (end: () => void) => init?.signal?.addEventListener("abort", end);
    if (open === 2) return new Promise((_, reject) => whenEnded(() => reject(init?.signal?.reason)));
    open++;
    whenEnded(() => open--);
    return fetch(input, init);
  };
  const faulty = await Faulty.start();
  const crowded = clientFor(faulty.url, undefined, { transports: ["stream", "polling"], fetch: limited });
  client = crowded;
  const polls = new Heard<string>();
  const follow = (name: string) =>
    followed(crowded, name, { poll: { everyMs: 10_000, run: async () => polls.add(name) } });
  const first = follow("a");
  const second = follow("b");
  const third = follow("c");
  await first.heard.take("the first");
  await second.heard.take("the second");
  expect(crowded.connection.getSnapshot()).toBe("stream");
  await vi.advanceTimersByTimeAsync(5_100);
  expect(crowded.connection.getSnapshot()).toBe("polling");
  expect(polls.all).toEqual(["a", "b", "c"]);
  const states: string[] = [];
  crowded.connection.subscribe(() => states.push(crowded.connection.getSnapshot()));
  crowded.retryNow();
  await faulty.asked.take("another try", () => faulty.asked.all.length === 4);
  await vi.advanceTimersByTimeAsync(5_100);
  expect(states).toEqual([]);
  third.stop();
  crowded.retryNow();
  await until(crowded.connection, "streams", (state) => state === "stream");
  await second.heard.take("the second again");
  follow("d");
  await vi.advanceTimersByTimeAsync(5_100);
  expect(crowded.connection.getSnapshot()).toBe("polling");
  crowded.dispose();
  await faulty.close();
});

test("retryNow begins what waits to be begun again, but not before the server wants it", async () => {
  const faulty = await Faulty.start();
  const { types, webSocket } = listening();
  const failures = [{ code: "SERVICE_UNAVAILABLE" }, { code: "RATE_LIMITED", retryAfter: 52 }];
  faulty.answer = ({ next, error }) => {
    const failure = failures.shift();
    if (failure) error(failure);
    else next();
  };
  client = clientFor(faulty.url, undefined, { webSocket });
  const { heard } = followed(client, "a");
  await types.take("the first failure", (type) => type === "error");
  client.retryNow();
  await types.take("the second failure", (type) => type === "error");
  client.retryNow();
  await followed(client, "b").heard.take("a state");
  expect(faulty.asked.all).toEqual(["a", "a", "b"]);
  vi.setSystemTime(Date.now() + 53_000);
  client.retryNow();
  await heard.take("a state");
  expect(faulty.upgrades.length).toBe(1);
  client.dispose();
  await faulty.close();
});

test("retryNow does not cut short what a server that is away asks for", async () => {
  let asked = 0;
  const away: typeof fetch = async () => {
    asked++;
    return new Response("", { status: 503, headers: { "Retry-After": "60" } });
  };
  client = clientFor("http://127.0.0.1/graphql", undefined, { transports: ["stream"], fetch: away });
  nothing(client);
  await vi.advanceTimersByTimeAsync(1_000);
  client.retryNow();
  await vi.advanceTimersByTimeAsync(58_000);
  expect(asked).toBe(1);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(asked).toBe(2);
});
