import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Client } from "../src/client.js";
import type { JobFragment } from "../src/generated/types.js";
import { type AIJobCallbacks, type AIJobError, AIJobMonitor, type AIJobMonitorOptions } from "../src/jobs.js";
import { claimJobs, clientFor, completed, Gate, Heard, Person, report, Server, until } from "./harness.js";

let server: Server;
let person: Person;
const endings: (() => unknown)[] = [];

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const end of endings.splice(0).reverse()) await end();
});

/** What a monitor tells, and the way that it takes to the server. */
interface Watch {
  gate: Gate;
  client: Client;
  monitor: AIJobMonitor;
  progress: Heard<JobFragment>;
  results: Heard<JobFragment>;
  errors: Heard<AIJobError>;
}

type Ways = Partial<Pick<Gate, "sockets" | "streams">>;

async function watch(ways: Ways = {}, options?: AIJobMonitorOptions, callbacks: AIJobCallbacks = {}): Promise<Watch> {
  person = await Person.join(server);
  const gate = await Gate.start(server);
  Object.assign(gate, ways);
  const client = clientFor(gate.url, person.token);
  const progress = new Heard<JobFragment>();
  const results = new Heard<JobFragment>();
  const errors = new Heard<AIJobError>();
  const monitor = new AIJobMonitor(
    client,
    { onProgress: progress.add, onComplete: results.add, onError: errors.add, ...callbacks },
    options,
  );
  endings.push(
    () => gate.close(),
    () => client.dispose(),
    () => monitor.dispose(),
  );
  return { gate, client, monitor, progress, results, errors };
}

/** A job that the worker holds. */
async function runningJob(): Promise<string> {
  const id = await person.startJob(server);
  await claimJobs(server);
  return id;
}

const startJobs = async (count: number): Promise<string[]> => {
  const fields = Array.from({ length: count }, (_, i) => `j${i}: startAIJob(input: { kind: CAPTION }) { job { id } }`);
  const started: Record<string, { job: { id: string } }> = await server.ask(
    person.token,
    `mutation { ${fields.join(" ")} }`,
  );
  return Object.values(started).map(({ job }) => job.id);
};

const cancel = (id: string) => server.ask(person.token, `mutation { cancelAIJobs(ids: ["${id}"]) { canceledCount } }`);

const of = (id: string) => (job: JobFragment) => job.id === id;

describe.each<[string, Ways]>([
  ["socket", {}],
  ["stream", { sockets: false }],
  ["polling", { sockets: false, streams: false }],
])("over %s", (transport, ways) => {
  test("jobs are told of until they have ended, and then dropped", async () => {
    const { client, monitor, progress, results, errors } = await watch(ways);
    const [done, failed, canceled] = [await runningJob(), await runningJob(), await runningJob()];
    for (const id of [done, failed, canceled]) monitor.addJob(id);
    for (const id of [done, failed, canceled]) await until(monitor.jobs, "the first state", (jobs) => jobs.has(id));
    expect(client.connection.getSnapshot()).toBe(transport);

    await report(server, done, { progress: 40 });
    expect(await progress.take("40 %", (job) => job.progress === 40)).toMatchObject({ id: done, status: "PROCESSING" });
    expect(monitor.jobs.getSnapshot().get(done)?.progress).toBe(40);

    await report(server, failed, { status: "FAILED", error: "Out of film.", errorCode: "NO_FILM" });
    expect(await errors.take("the failure")).toMatchObject({
      jobId: failed,
      code: "NO_FILM",
      message: "Out of film.",
      job: { id: failed, status: "FAILED" },
    });
    await cancel(canceled);
    expect(await errors.take("the cancellation")).toMatchObject({
      jobId: canceled,
      code: "CANCELED",
      job: { status: "CANCELED" },
    });
    expect([...monitor.jobs.getSnapshot().keys()]).toEqual([done]);

    await report(server, done, completed);
    expect(await results.take("the result")).toMatchObject({ id: done, progress: 100, resultUrl: completed.resultUrl });
    expect(monitor.jobs.getSnapshot().size).toBe(0);
    await until(client.connection, "rest", (state) => state === "idle");
    expect([results.all.length, errors.all.length]).toEqual([1, 2]);
  });

  test("jobs that had ended before are told of too", async () => {
    const { monitor, progress, results } = await watch(ways);
    const id = await runningJob();
    await report(server, id, completed);
    monitor.addJob(id.toUpperCase());
    expect((await results.take("the result")).id).toBe(id);
    expect(progress.all).toEqual([]);
  });

  test("a job that the caller cannot see is told of, and dropped, also beside others", async () => {
    const { monitor, errors, progress } = await watch(ways);
    const foreign = await (await Person.join(server)).startJob(server);
    monitor.addJob(foreign);
    expect(await errors.take("its absence")).toMatchObject({ jobId: foreign, code: "NOT_FOUND", job: null });

    const [own, unknown] = [await runningJob(), randomUUID()];
    for (const id of [own, unknown]) monitor.addJob(id);
    expect(await errors.take("its absence")).toMatchObject({ jobId: unknown, code: "NOT_FOUND", job: null });
    await report(server, own, { progress: 7 });
    await progress.take("progress of the other", (job) => job.progress === 7);
  });
});

test("a job that ends while the transport changes is told of once", async () => {
  const { gate, client, monitor, progress, results, errors } = await watch();
  const [first, second, third] = [await runningJob(), await runningJob(), await runningJob()];
  for (const id of [first, second, third]) monitor.addJob(id);
  await progress.take("the first state", of(third));

  Object.assign(gate, { sockets: false });
  gate.cut();
  await report(server, first, completed);
  await results.take("the first result", of(first));
  await until(client.connection, "a stream", (state) => state === "stream");

  Object.assign(gate, { streams: false });
  gate.cut();
  await report(server, second, completed);
  await results.take("the second result", of(second));
  await until(client.connection, "polling", (state) => state === "polling");

  Object.assign(gate, { sockets: true, streams: true });
  gate.cut();
  await report(server, third, completed);
  await results.take("the third result", of(third));
  await until(client.connection, "rest", (state) => state === "idle");
  expect(results.all.map(({ id }) => id)).toEqual([first, second, third]);
  expect(errors.all).toEqual([]);
});

test("what happens while the server is dead is told of when it is back, once", async () => {
  const { monitor, progress, results, errors } = await watch();
  const [done, failed, going] = [await runningJob(), await runningJob(), await runningJob()];
  for (const id of [done, failed, going]) monitor.addJob(id);
  await progress.take("the first state", of(going));

  await server.end("SIGKILL");
  await server.elsewhere(async (other: Server) => {
    await report(other, done, completed);
    await report(other, failed, { status: "FAILED", error: "Out of film." });
    await report(other, going, { progress: 60 });
  });
  await server.start();

  await progress.take("60 %", (job) => job.progress === 60);
  await report(server, going, completed);
  await results.take("the last result", of(going));
  expect(results.all.map(({ id }) => id).sort()).toEqual([done, going].sort());
  expect(errors.all.map(({ jobId, code }) => [jobId, code])).toEqual([[failed, "WORKER_ERROR"]]);
});

test("all jobs share a subscription, which begins anew with what has changed", async () => {
  const { gate, monitor, progress } = await watch({ sockets: false });
  const jobs = await startJobs(3);
  for (const id of jobs) monitor.addJob(id);
  for (const id of jobs) await until(monitor.jobs, "the first state", (known) => known.has(id));
  expect(gate.count("AIJobProgress")).toBe(1);

  const another = await person.startJob(server);
  monitor.addJob(another);
  monitor.addJob(another);
  monitor.removeJob(jobs[0] ?? "");
  await progress.take("the first state of the other", of(another));
  expect(gate.count("AIJobProgress")).toBe(2);
  expect([...monitor.jobs.getSnapshot().keys()].sort()).toEqual([...jobs.slice(1), another].sort());
  expect(progress.all.length).toBe(4);
});

test("more than 100 jobs are batches, also where they are polled", async () => {
  const { gate, client, monitor } = await watch({ sockets: false, streams: false });
  const jobs = (await Promise.all([startJobs(60), startJobs(60)])).flat();
  for (const id of jobs) monitor.addJob(id);
  await until(monitor.jobs, "polled states of the jobs that were paid for", (known) => known.size === 100);
  expect(gate.count("AIJobs")).toBe(2);

  gate.streams = true;
  const polled = gate.count("AIJobs");
  client.retryNow();
  await until(client.connection, "a stream", (state) => state === "stream");
  expect(gate.count("AIJobs")).toBeLessThanOrEqual(polled + 2);
});

test("an id that is no UUID does no harm to others", async () => {
  const { monitor, errors, progress } = await watch();
  const id = await runningJob();
  monitor.addJob("42");
  monitor.addJob(id);
  expect(errors.all).toEqual([]);
  expect(await errors.take("the refusal")).toMatchObject({ jobId: "42", code: "BAD_USER_INPUT", job: null });
  await progress.take("the first state", of(id));
});

test("where the server refuses to tell, each job hears of it", async () => {
  const { gate } = await watch();
  const anonymous = clientFor(gate.url);
  const errors = new Heard<AIJobError>();
  const monitor = new AIJobMonitor(anonymous, { onError: errors.add });
  endings.push(
    () => anonymous.dispose(),
    () => monitor.dispose(),
  );
  const ids = [randomUUID(), randomUUID()];
  for (const id of ids) monitor.addJob(id);
  const told = [await errors.take("an error"), await errors.take("another")];
  expect(told.map(({ jobId, code }) => [jobId, code])).toEqual(ids.map((id) => [id, "UNAUTHENTICATED"]));
  await until(anonymous.connection, "rest", (state) => state === "idle");
});

test("where the client was disposed of, each job hears of it", async () => {
  const { client, monitor, errors } = await watch();
  const id = randomUUID();
  monitor.addJob(id);
  client.dispose();
  expect(await errors.take("an error")).toMatchObject({ jobId: id, job: null });
  expect(monitor.jobs.getSnapshot().size).toBe(0);
});

test("a callback that throws is reported, and stops nothing", async () => {
  const reported = new Heard<unknown>();
  vi.stubGlobal("reportError", reported.add);
  const results = new Heard<JobFragment>();
  const { monitor } = await watch({}, undefined, {
    onProgress() {
      throw new Error("in onProgress");
    },
    onComplete(job) {
      results.add(job);
      throw new Error("in onComplete");
    },
  });
  const [first, second] = [await runningJob(), await runningJob()];
  for (const id of [first, second]) monitor.addJob(id);
  expect(await reported.take("what was thrown")).toEqual(new Error("in onProgress"));
  await report(server, first, completed);
  await results.take("the first result", of(first));
  await report(server, second, completed);
  await results.take("the second result", of(second));
  expect(reported.all).toContainEqual(new Error("in onComplete"));
});

test("callbacks may add and remove jobs", async () => {
  const results = new Heard<JobFragment>();
  let next = "";
  const { gate, client, monitor } = await watch({ sockets: false }, undefined, {
    onProgress: (job) => {
      if (job.id === removed) monitor.removeJob(job.id);
    },
    onComplete: (job) => {
      results.add(job);
      if (job.id !== next) monitor.addJob(next);
    },
  });
  const removed = await runningJob();
  const first = await runningJob();
  next = await runningJob();
  for (const id of [removed, first]) monitor.addJob(id);
  await until(monitor.jobs, "the job that stays", (jobs) => jobs.has(first) && !jobs.has(removed));
  for (const id of [removed, first, next]) await report(server, id, completed);
  await results.take("the result of the job that was added", of(next));
  expect(results.all.map(({ id }) => id)).toEqual([first, next]);
  await until(client.connection, "rest", (state) => state === "idle");
  expect(gate.count("AIJobs")).toBe(0);
});

test("minIntervalMs thins states out, but for the last", async () => {
  const { monitor, progress, results } = await watch({}, { minIntervalMs: 60_000 });
  const id = await runningJob();
  monitor.addJob(id);
  await progress.take("the first state");
  for (const percent of [10, 20, 30]) await report(server, id, { progress: percent });
  await report(server, id, completed);
  await results.take("the result");
  expect(progress.all.length).toBe(1);
});

test("nothing is asked once the monitor is disposed of", async () => {
  const { gate, client, monitor, progress } = await watch({ sockets: false, streams: false });
  monitor.addJob(await runningJob());
  await progress.take("the first state");
  monitor.dispose();
  const asked = gate.seen.length;
  monitor.addJob(await runningJob());
  expect(monitor.jobs.getSnapshot().size).toBe(0);
  await until(client.connection, "rest", (state) => state === "idle");
  expect(gate.seen.length).toBe(asked);
});
