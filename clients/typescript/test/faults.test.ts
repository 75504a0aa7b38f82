// Servers, networks and applications that do what they should not: the connection stays, and one's fault is not another's.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import { type Client, type ClientOptions, Me, ReelgraphError } from "../src/index.js";
import { Faulty, followed } from "./faulty.js";
import { clientFor, Heard, until } from "./harness.js";

let server: Faulty;
let made: Client[] = [];

beforeEach(async () => {
  server = await Faulty.start();
});
afterEach(async () => {
  for (const client of made) client.dispose();
  made = [];
  await server.close();
  vi.restoreAllMocks();
});

function join(options: Partial<ClientOptions> = {}, token?: string): Client {
  const client = clientFor(server.url, token, options);
  made.push(client);
  return client;
}

describe("a socket", () => {
  test("that the server closes as if all were done is replaced by one", async () => {
    server.answer = ({ next, close }) => {
      next();
      if (server.upgrades.length === 1) close(1000);
    };
    const client = join();
    const { heard } = followed(client, "a");
    await heard.take("the first state");
    await until(client.connection, "the loss", (state) => state === "connecting");
    await heard.take("the state after it");
    await until(client.connection, "another socket", (state) => state === "socket");
    expect(server.upgrades.length).toBe(2);
    expect(server.asked.all).toEqual(["a", "a"]);
  });
  test("that has just closed takes on nothing more", async () => {
    let late: ReturnType<typeof followed> | undefined;
    let client: Client | undefined;
    class Watched extends NodeWebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener("close", () => {
          queueMicrotask(() => {
            if (client) late ??= followed(client, "late");
          });
        });
      }
    }
    server.answer = ({ next, close }) => (server.upgrades.length === 1 ? close(1011) : next());
    client = join({ webSocket: Watched });
    const { heard } = followed(client, "a");
    await heard.take("the state over the next socket");
    await late?.heard.take("that of the other, too");
    expect(server.upgrades.length).toBe(2);
    expect(server.asked.all).toEqual(["a", "a", "late"]);
  });
  test("that works and is closed three times in a row gives way to streams", async () => {
    server.answer = ({ close }) => close(1011);
    const client = join();
    await followed(client, "a").heard.take("a state by stream");
    expect(client.connection.getSnapshot()).toBe("stream");
    expect(server.upgrades.length).toBe(3);
  });
  test("that is closed again and again is waited for longer each time", async () => {
    const closed = new Heard<number>();
    server.answer = ({ close }) => {
      close(1011);
      closed.add(Date.now());
    };
    followed(join({ transports: ["socket"] }), "a");
    for (let i = 0; i < 5; i++) await closed.take("a socket");
    const [first = 0, , , fourth = 0, fifth = 0] = closed.all;
    expect(closed.all[1]).toBeLessThan(first + 600); // One loss costs next to nothing.
    expect(fifth - fourth).toBeGreaterThan(900);
  });
  test("refuses one subscription alone, whether or not with a code", async () => {
    server.answer = ({ name, next, error }) => (name === "bad" ? error({}) : next());
    const client = join();
    const good = followed(client, "good");
    const bad = followed(client, "bad");
    expect(await bad.ends.take("the refusal")).toBe("BAD_RESPONSE");
    await good.heard.take("a state");
    expect(server.upgrades.length).toBe(1);
  });
  test("is found under an address with a fragment", async () => {
    const client = clientFor(`${server.url}#here`);
    made.push(client);
    expect(client.url).toBe(server.url);
    await followed(client, "a").heard.take("a state");
    expect(client.connection.getSnapshot()).toBe("socket");
  });
});

describe("what the application throws", () => {
  test("as variables, over a stream, ends that subscription alone", async () => {
    server.sockets = false;
    const client = join();
    const good = followed(client, "good");
    await good.heard.take("a state");
    const bad = followed(client, "bad", {
      variables() {
        throw new Error("no variables");
      },
    });
    expect(await bad.ends.take("the end")).toBe("BAD_REQUEST");
    expect(client.connection.getSnapshot()).toBe("stream");
    expect(server.asked.all).toEqual(["good"]);
  });
  test("as an error's listener does not end the connection", async () => {
    const reported = vi.spyOn(console, "error").mockImplementation(() => {});
    const told = new Heard<string>();
    let good = false;
    server.answer = ({ next, close }) => (good ? next() : close(4403));
    const client = join({
      onError({ code }) {
        told.add(code);
        throw new Error("of the listener");
      },
      getToken() {
        if (good) return "good";
        throw new Error("no token");
      },
    });
    const { heard } = followed(client, "a");
    await told.take("the refusal");
    good = true;
    client.retryNow();
    await heard.take("a state");
    expect(reported).toHaveBeenCalledWith(new Error("of the listener"));
  });
  test("a subscription that another's end stops is not begun", async () => {
    const client = join();
    let stop = () => {};
    const bad = followed(client, "bad", {
      variables() {
        throw new Error("no variables");
      },
      error: () => stop(),
    });
    stop = followed(client, "stopped").stop;
    await followed(client, "good").heard.take("a state");
    expect(bad.heard.all).toEqual([]);
    expect(server.asked.all).toEqual(["good"]);
  });
});

describe("a token that getToken fails to give", () => {
  test("fails the request, with what was thrown", async () => {
    const thrown = new Error("signed out");
    const client = join({ getToken: () => Promise.reject(thrown) });
    await expect(client.request(Me, {})).rejects.toMatchObject({ code: "UNAUTHENTICATED", cause: thrown });
  });
  test("is told, asked for again, and no blocked socket", async () => {
    let good = false;
    const errors = new Heard<ReelgraphError>();
    const client = join({
      onError: errors.add,
      getToken() {
        if (good) return "good";
        throw new Error("signed out");
      },
    });
    const { heard, ends } = followed(client, "a");
    expect(await errors.take("what getToken threw")).toMatchObject({ code: "UNAUTHENTICATED" });
    good = true;
    client.retryNow();
    await heard.take("a state");
    expect(client.connection.getSnapshot()).toBe("socket");
    expect(server.asked.all).toEqual(["a"]);
    expect(ends.all).toEqual([]);
  });
  test("in time does not keep a request from its end", async () => {
    const client = join({ getToken: () => new Promise(() => {}) });
    const stop = new AbortController();
    const stopped = client.request(Me, {}, { signal: stop.signal });
    stop.abort(new Error("not any more"));
    await expect(stopped).rejects.toThrow("not any more");
    const asked = client.request(Me, {});
    client.dispose();
    await expect(asked).rejects.toMatchObject({ code: "CLIENT_DISPOSED" });
  });
});

describe("where one is polled and one cannot be", () => {
  test.each([
    ["is refused", async () => Promise.reject(new ReelgraphError("FORBIDDEN", "no"))],
    [
      "is stopped",
      (signal: AbortSignal) =>
        new Promise<void>((_, fail) => signal.addEventListener("abort", () => fail(signal.reason))),
    ],
  ])("and the one %s, better transports are still looked for", async (_, run) => {
    const transports = ["socket", "polling"] as const;
    server.sockets = false;
    const begun = new Heard<string>();
    const client = join({ transports });
    const { stop } = followed(client, "polled", {
      poll: {
        everyMs: 1000,
        run(signal) {
          begun.add("begun");
          return run(signal);
        },
      },
    });
    const { heard } = followed(client, "other");
    await begun.take("a poll");
    stop();
    await until(client.connection, "polling", (state) => state === "polling");
    server.sockets = true;
    client.retryNow();
    await heard.take("a state");
    expect(client.connection.getSnapshot()).toBe("socket");
  });
});

describe("answers of servers that say nonsense", () => {
  test.each([
    ['{"errors":{"a":1}}', "BAD_RESPONSE"],
    ['{"errors":"no"}', "BAD_RESPONSE"],
    ['{"errors":[null]}', "BAD_RESPONSE"],
    ['{"errors":[]}', "BAD_RESPONSE"],
  ])("%s", async (answer, code) => {
    const client = join({ fetch: async () => new Response(answer) });
    await expect(client.request(Me, {})).rejects.toMatchObject({ name: "ReelgraphError", code });
  });
  test("an empty list of errors is none", async () => {
    const client = join({ fetch: async () => new Response('{"data":{"me":null},"errors":[]}') });
    expect(await client.request(Me, {})).toEqual({ me: null });
  });
  test("that ask to be left alone for a month are for five minutes", async () => {
    const headers = { "Retry-After": "2592000" };
    const client = join({ fetch: async () => new Response("", { status: 503, headers }) });
    await expect(client.request(Me, {})).rejects.toMatchObject({ retryAfterMs: 300_000 });
  });
});

test("an address that is not absolute is refused outside browsers", () => {
  expect(() => clientFor("/graphql")).toThrow(TypeError);
  expect(() => clientFor("/graphql")).toThrow("give an absolute url outside browsers");
});
