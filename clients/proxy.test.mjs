// docs/nginx.conf, in front of the program: what anybody may see comes from the proxy's cache, and nobody is given
// another's answer.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { createClient as createEventsClient } from "graphql-sse";
import { authorization, freePort, Person, Reading, Server, view, within } from "./harness.mjs";
import { connect } from "./sockets.mjs";

const POLLS = 1000;
const POLLING = 50; // clients that poll
const SECONDS = 3;

// Enough to be compressed.
const FEED = `{ feed { nodes { id title playbackUrl ${Array.from({ length: 30 }, (_, i) => `a${i}: id`).join(" ")} } } }`;
const COUNTERS = `subscription ($ids: [ID!]!) { videosMetadataChanged(ids: $ids) { viewCount } }`;

/** nginx with the configuration of the documentation, but for what is this test's own: addresses and folders. */
class Proxy {
  static async start(server) {
    const proxy = new Proxy();
    proxy.folder = mkdtempSync(join(tmpdir(), "reelgraph-proxy."));
    proxy.port = await freePort();
    const file = join(proxy.folder, "nginx.conf");
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${proxy.folder}/${of};`);
    writeFileSync(
      file,
      [
        ["127.0.0.1:8080", `127.0.0.1:${server.port}`],
        ["listen 80;", `listen 127.0.0.1:${proxy.port};`],
        ["/var/cache/nginx-reelgraph", join(proxy.folder, "cache")],
        ["\nhttp {", `\nhttp { access_log off; ${temporary.join(" ")}`],
      ].reduce((text, [from, to]) => {
        assert.equal(text.split(`${from}`).length, 2, `once in the configuration: ${from}`);
        return text.replace(from, to);
      }, readFileSync("../docs/nginx.conf", "utf8")),
    );
    const user = process.getuid() === 0 ? "user root;" : ""; // whose the folder is
    proxy.program = spawn(
      "nginx",
      ["-p", proxy.folder, "-c", file, "-e", "stderr", "-g", `daemon off; pid ${proxy.folder}/pid; ${user}`],
      { stdio: ["ignore", "inherit", "inherit"], env: { PATH: `${process.env.PATH}:/usr/sbin` } },
    );
    proxy.agent = new Agent({ keepAlive: true, maxSockets: POLLING });
    proxy.ended = once(proxy.program, "exit");
    process.once("exit", () => proxy.program.kill("SIGTERM"));
    await within(proxy.#ready(), "a proxy that is ready");
    return proxy;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  get url() {
    return `${this.origin}/graphql`;
  }

  get socketURL() {
    return this.url.replace("http", "ws");
  }

  async #ready() {
    while ((await this.send("/readyz").catch(() => null))?.status !== 200) {
      assert.equal(this.program.exitCode, null, "nginx has ended");
      await pause(20);
    }
  }

  /** Sends a request as it is given, and answers with what comes as it comes. */
  async send(path, { method = "GET", headers = {}, body } = {}) {
    const asked = request(this.origin + path, { method, headers, agent: this.agent });
    asked.end(body);
    const [answer] = await once(asked, "response");
    const pieces = await answer.toArray();
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) };
  }

  /** Asks by GET, and answers also the data. */
  async look(query, headers) {
    const answer = await this.send(`/graphql?query=${encodeURIComponent(query)}`, { headers });
    if (answer.status === 200) {
      const plain = answer.headers["content-encoding"] === "gzip" ? gunzipSync(answer.body) : answer.body;
      const { data, errors } = JSON.parse(plain);
      assert.equal(errors, undefined, JSON.stringify(errors));
      answer.data = data;
    }
    return answer;
  }

  async close() {
    this.agent.destroy();
    this.program.kill("SIGTERM");
    await within(this.ended, "the proxy's end");
    rmSync(this.folder, { recursive: true });
  }
}

/** How many requests for the API the server has logged. */
const reached = (server) =>
  server.program.log.split("\n").filter((line) => line.includes('"msg":"request"') && line.includes(':"/graphql"')).length;

const viewsOf = (video) => `{ videosMetadata(ids: ["${video}"]) { viewCount } }`;
const ids = ({ feed }) => feed.nodes.map(({ id }) => id);

let server;
let proxy;
before(async () => {
  server = await Server.start({ LOG_FORMAT: "json", TRUSTED_PROXIES: "127.0.0.1", RATE_LIMIT: "0" }); // all are one address here
  proxy = await Proxy.start(server);
});
after(async () => {
  await proxy?.close();
  await server?.close();
});

test("a thousand polls of a feed reach the server about once a second", { timeout: 60_000 }, async (t) => {
  const { video } = await Person.join(server);
  const already = reached(server);
  const began = performance.now();
  const told = {};
  await Promise.all(
    Array.from({ length: POLLING }, async (_, client) => {
      for (let i = 0; i < POLLS / POLLING; i++) {
        const due = began + ((i + client / POLLING) * SECONDS * 1000) / (POLLS / POLLING);
        await pause(Math.max(0, due - performance.now()));
        const { data, headers } = await proxy.look(FEED);
        assert.ok(ids(data).includes(video));
        told[headers["x-cache"]] = (told[headers["x-cache"]] ?? 0) + 1;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  await within(logged(), "a log of all that has reached the server");
  const count = reached(server) - already;
  t.diagnostic(`${POLLS} polls in ${seconds.toFixed(2)} s: ${count} have reached the server; ${JSON.stringify(told)}`);
  assert.ok(count >= 2, "the proxy has not asked again");
  assert.ok(count <= seconds + 2, `${count} have reached the server in ${seconds} s`);

  // The log is written before the answer is sent to its end, but read later: another request's line comes behind.
  async function logged() {
    const mark = randomUUID();
    await proxy.send("/healthz", { headers: { "X-Request-Id": mark } });
    while (!server.program.log.includes(mark)) await pause(5);
  }
});

test("nobody is given another's answer", { timeout: 60_000 }, async (t) => {
  const [a, b] = await Promise.all([Person.join(server), Person.join(server)]);
  await server.ask(a.token, `mutation ($ids: [ID!]!) { blockUsers(ids: $ids) { blockedCount } }`, { ids: [b.id] });
  const query = `{ me { id } feed(first: 100) { nodes { id } } }`;
  const callers = [
    { token: undefined, me: null, sees: [a.video, b.video] },
    { token: a.token, me: { id: a.id }, sees: [a.video] },
    { token: b.token, me: { id: b.id }, sees: [a.video, b.video] },
  ];
  const check = ({ me, sees }, data) => {
    assert.deepEqual(data.me, me);
    assert.deepEqual(
      [a.video, b.video].filter((id) => ids(data).includes(id)),
      sees,
    );
  };
  const hits = callers.map(() => 0);
  let answers = 0;
  // Until the anonymous ones have been answered from the cache, and for as long as that one is renewed.
  for (let round = 0; round < 20 || hits[0] < 20; round++) {
    await Promise.all(
      [...callers, ...callers].map(async (caller, i) => {
        const headers = authorization(caller.token);
        if (i < callers.length) {
          const { data, headers: answered } = await proxy.look(query, headers);
          if (answered["x-cache"] !== "MISS" && answered["x-cache"] !== "BYPASS") hits[i]++;
          check(caller, data);
        } else {
          const answer = await proxy.send("/graphql", {
            method: "POST",
            headers: { ...headers, "Content-Type": "application/json" },
            body: JSON.stringify({ query }),
          });
          assert.equal(answer.headers["cache-control"], "private, no-store");
          check(caller, JSON.parse(answer.body).data);
        }
        answers++;
      }),
    );
    await pause(100);
  }
  t.diagnostic(`${answers} answers to three callers; from the cache: ${hits}`);
  assert.deepEqual(hits.slice(1), [0, 0]);
});

test("what has not changed is not sent again", async () => {
  const { video } = await Person.join(server);
  const query = viewsOf(video);
  const first = await proxy.look(query);
  assert.equal(first.headers["cache-control"], "public, max-age=1");
  assert.equal(first.headers.vary, "Authorization, Accept, Accept-Encoding, Origin");
  const tag = first.headers.etag;
  const again = await proxy.look(query, { "If-None-Match": `"other", ${tag}` });
  assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, tag]);
  // The proxy does likewise at the server.
  const renewed = async () => {
    for (;;) {
      const { headers } = await proxy.look(query);
      if (headers["x-cache"] === "REVALIDATED") return headers.etag;
      await pause(50);
    }
  };
  assert.equal(await within(renewed(), "an answer that the server has confirmed"), tag);
});

test("compressed and plain answers are kept apart", async () => {
  await Person.join(server);
  const tags = new Set();
  for (let i = 0; i < 4; i++) {
    const [plain, compressed] = await Promise.all([proxy.look(FEED), proxy.look(FEED, { "Accept-Encoding": "gzip" })]);
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(compressed.headers["content-encoding"], "gzip");
    assert.ok(compressed.body.length < plain.body.length);
    tags.add(plain.headers.etag).add(compressed.headers.etag);
    const { status } = await proxy.look(FEED, { "Accept-Encoding": "gzip", "If-None-Match": plain.headers.etag });
    assert.equal(status, 304);
  }
  assert.ok(tags.size <= 2, [...tags].join()); // what it was before the person has joined may still be kept
});

test("a client that lists streams behind JSON is answered from the cache", async () => {
  // As urql asks for everything.
  const Accept =
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed";
  const told = [];
  for (let i = 0; i < 3; i++) told.push((await proxy.look(FEED, { Accept })).headers["x-cache"]);
  assert.ok(told.includes("HIT") && !told.includes("BYPASS"), told.join());
});

test("a change is seen soon", async (t) => {
  const { video } = await Person.join(server);
  const query = viewsOf(video);
  const count = async () => (await proxy.look(query)).data.videosMetadata[0].viewCount;
  assert.equal(await count(), 0);
  await view(server, video);
  const began = performance.now();
  const seen = async () => {
    while ((await count()) === 0) await pause(20);
  };
  await within(seen(), "a counter as it is");
  t.diagnostic(`a view is seen through the proxy after ${Math.round(performance.now() - began)} ms`);
});

test("subscriptions pass", async () => {
  const { video } = await Person.join(server);
  const asked = { query: COUNTERS, variables: { ids: [video] } };
  const socket = connect({ server: proxy, token: () => undefined, closed: () => {} });
  const events = createEventsClient({ url: proxy.url, retryAttempts: 0 });
  const readings = [socket, events].map((client) => {
    const reading = new Reading();
    client.subscribe(asked, reading);
    return reading;
  });
  const gone = new AbortController();
  const path = `${proxy.url}?query=${encodeURIComponent(COUNTERS)}&variables=${encodeURIComponent(JSON.stringify(asked.variables))}`;
  const browser = new Reading();
  readings.push(browser);
  const listen = async () => {
    const { body } = await fetch(path, { headers: { accept: "text/event-stream" }, signal: gone.signal });
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      for (const [, data] of text.matchAll(/^data: (.+)$/gm)) browser.next(JSON.parse(data));
    }
  };
  const listening = listen().catch((error) => browser.error(error));
  try {
    for (const expected of [0, 1, 2]) {
      for (const reading of readings) {
        const { data } = await reading.take(`${expected} views`);
        assert.equal(data.videosMetadataChanged.viewCount, expected);
      }
      await view(server, video);
    }
  } finally {
    gone.abort();
    socket.dispose();
    events.dispose();
    await listening;
  }
});

test("the server's figures are not for everybody", async () => {
  assert.equal((await proxy.send("/metrics")).status, 404);
});
