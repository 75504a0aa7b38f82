// What all tests here share: the program, people with tokens, and what a client says of an operation.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PATIENCE = 10_000;
const secret = randomBytes(32).toString("hex");
const running = new Set();

process.on("exit", () => running.forEach((program) => program.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** Waits for a promise, but not for ever: then it fails with what it waited for and the end of each server's log. */
export async function within(promise, what, patience = PATIENCE) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const logs = [...running].map((program) => program.log.split("\n").slice(-20).join("\n"));
      reject(new Error(`${patience} ms have passed without ${what}\n${logs.join("\n")}`));
    }, patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A token that is good for so many whole seconds and a part of one. */
export function sign(sub, roles = [], seconds = 3600) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub, roles, exp: Math.ceil(Date.now() / 1000) + seconds })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** Where a database is that nobody has used, and how it is thrown away. On PostgreSQL where TEST_DATABASE_URL names one. */
function newDatabase() {
  const cluster = process.env.TEST_DATABASE_URL;
  if (!cluster) {
    const folder = mkdtempSync(join(tmpdir(), "reelgraph-clients."));
    return { url: `sqlite:${join(folder, "clients.db")}`, drop: () => rmSync(folder, { recursive: true }) };
  }
  const name = `clients_${randomBytes(6).toString("hex")}`;
  const psql = (statement) => execFileSync("psql", ["--quiet", "--no-psqlrc", "--dbname", cluster, "--command", statement]);
  psql(`CREATE DATABASE ${name}`);
  const url = new URL(cluster);
  url.pathname = name;
  return { url: url.href, drop: () => psql(`DROP DATABASE ${name} WITH (FORCE)`) };
}

export async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  await new Promise((closed) => listener.close(closed));
  return port;
}

/** The program with a database and a port of its own, which both outlive the process. */
export class Server {
  /** Starts one, with more settings than every server here has. */
  static async start(settings = {}) {
    const server = new Server();
    server.settings = settings;
    server.database = newDatabase();
    server.port = await freePort();
    await server.start();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  get socketURL() {
    return this.url.replace("http", "ws");
  }

  get runs() {
    return running.has(this.program);
  }

  /** Starts the program, and returns when it is ready. */
  async start() {
    const program = spawn(process.env.REELGRAPH_BIN ?? "../reelgraph", [], {
      env: {
        DATABASE_URL: this.database.url,
        JWT_SECRET: secret,
        LISTEN_ADDR: `127.0.0.1:${this.port}`,
        DRAIN_TIMEOUT: "2s",
        LOG_LEVEL: "debug",
        ...this.settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(program);
    program.log = "";
    for (const output of [program.stdout, program.stderr]) output.on("data", (text) => (program.log += text));
    program.ended = once(program, "exit").finally(() => running.delete(program));
    this.program = program;
    await within(this.#ready(program), "a server that is ready");
  }

  async #ready(program) {
    const ready = this.url.replace("/graphql", "/readyz");
    while (!(await fetch(ready).catch(() => null))?.ok) {
      assert.equal(program.exitCode, null, program.log);
      await pause(20);
    }
  }

  /** Ends the program, and tells its status, which is null where the signal ended it. */
  async end(signal) {
    this.program.kill(signal);
    const [status] = await within(this.program.ended, `the end that ${signal} asks for`);
    return status;
  }

  /** Ends it for good. */
  async close() {
    if (this.runs) assert.equal(await this.end("SIGTERM"), 0);
    this.database.drop();
  }

  /** Does something at another instance of the program, on the same database. */
  async elsewhere(work) {
    const other = new Server();
    other.database = this.database;
    other.port = await freePort();
    await other.start();
    await work(other);
    assert.equal(await other.end("SIGTERM"), 0);
  }

  /** Asks without any of the clients, and answers the data. */
  async ask(token, query, variables) {
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...authorization(token) },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  }
}

export const authorization = (token) => (token === undefined ? {} : { authorization: `Bearer ${token}` });

export const backend = sign(randomUUID(), ["SERVICE"]);
const worker = sign(randomUUID(), ["WORKER"]);

/** A user of their own for a test, with a video, credits, and one notification. */
export class Person {
  id = randomUUID();
  token = sign(this.id);
  video = randomUUID();

  static async join(server) {
    const person = new Person();
    const handle = `p${person.id.slice(0, 8)}`;
    await server.ask(
      backend,
      `mutation ($users: [UserInput!]!, $videos: [VideoInput!]!, $batch: ID!, $grants: [CreditGrantInput!]!) {
        upsertUsers(users: $users) { users { id } }
        upsertVideos(videos: $videos) { videos { id } }
        grantCredits(batchId: $batch, grants: $grants) { grantedCount }
      }`,
      {
        users: [{ id: person.id, handle, displayName: handle }],
        videos: [{ id: person.video, ownerId: person.id, title: "A boat", playbackUrl: "https://cdn.example.com/boat.mp4" }],
        batch: randomUUID(),
        grants: [{ userId: person.id, amount: 100 }],
      },
    );
    [person.welcome] = await notify(server, person, ["Welcome"]);
    return person;
  }

  /** Starts a job, and answers its id. */
  async startJob(server) {
    const { startAIJob } = await server.ask(this.token, `mutation { startAIJob(input: { kind: CAPTION }) { job { id } } }`);
    return startAIJob.job.id;
  }
}

/** Has the worker claim whatever is queued. */
export const claimJobs = (server) => server.ask(worker, `mutation { claimAIJobs(limit: 100) { jobs { id } } }`);

/** Has the worker report on a job that it holds. */
export async function report(server, id, news) {
  const { reportAIJobs } = await server.ask(
    worker,
    `mutation ($reports: [AIJobReportInput!]!) { reportAIJobs(reports: $reports) { acceptedCount } }`,
    { reports: [{ id, ...news }] },
  );
  assert.equal(reportAIJobs.acceptedCount, 1);
}

export const completed = { status: "COMPLETED", resultUrl: "https://cdn.example.com/result.mp4" };

/** What the backend asks to count a view of a video. */
export const aView = (videoId) => ({
  query: `mutation ($batch: ID!, $events: [VideoActivityInput!]!) { recordVideoActivity(batchId: $batch, events: $events) { recordedCount } }`,
  variables: { batch: randomUUID(), events: [{ videoId, kind: "VIEW" }] },
});

/** Counts a view of a video. */
export function view(server, videoId) {
  const { query, variables } = aView(videoId);
  return server.ask(backend, query, variables);
}

/** Sends notifications with these titles, and answers their ids. */
export async function notify(server, person, titles) {
  const { sendNotifications } = await server.ask(
    backend,
    `mutation ($batch: ID!, $notifications: [SendNotificationInput!]!) {
      sendNotifications(batchId: $batch, notifications: $notifications) { results { notification { id } } }
    }`,
    { batch: randomUUID(), notifications: titles.map((title) => ({ userId: person.id, category: "SYSTEM", title })) },
  );
  return sendNotifications.results.map(({ notification }) => notification.id);
}

/** What a client says of one operation: the sink that is given to it, and the side that a test reads from. */
export class Reading {
  #came = [];
  #end;
  #news = () => {};

  next = (data) => this.#tell(() => this.#came.push(data));
  complete = () => this.#tell(() => (this.#end ??= { name: "completion" }));
  error = (error) => this.#tell(() => (this.#end ??= { name: "error", error }));

  #tell(change) {
    change();
    this.#news();
  }

  async #wait(what, arrived) {
    while (!arrived()) {
      if (this.#end) {
        const { name, error } = this.#end;
        throw new Error(`${name} instead of ${what}`, { cause: error });
      }
      await within(new Promise((resolve) => (this.#news = resolve)), what);
    }
  }

  /** The next that came, or the next that is as wanted: those before it are passed over. */
  async take(what, wanted = () => true) {
    for (;;) {
      await this.#wait(what, () => this.#came.length > 0);
      const data = this.#came.shift();
      if (wanted(data)) return data;
    }
  }

  /** Waits for completion, with nothing before it that was not taken. */
  async completion() {
    await this.#wait("completion", () => this.#end?.name === "completion");
    assert.deepEqual(this.#came, []);
  }

  /** The error that ended it. */
  async failure() {
    await this.#wait("an error", () => this.#end?.name === "error");
    return this.#end.error;
  }
}

/**
 * A request for clients that send the same one again when they come back, and its sink: its `after` follows the
 * notifications that have come.
 */
export function resuming({ query, variables }, sink) {
  const request = { query, variables: { ...variables } };
  const next = (result) => {
    const id = result.data?.notificationReceived?.id;
    if (id) request.variables.after = id;
    sink.next(result);
  };
  return [request, { ...sink, next }];
}
