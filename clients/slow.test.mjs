// One that does not read: it harms nobody, and gets the newest state when it reads again.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { authorization, aView, backend, Person, Reading, Server } from "./harness.mjs";

const UPDATES = 5000;
const SECONDS = 5;
const TICK = 50; // ms

// As many bytes a state that a second of them is more than the system keeps for a socket.
const wide = Array.from({ length: 210 }, (_, n) => `x${n}${"_".repeat(950)}: version`).join(" ");

/** A subscription to a video's counters with a client that does nothing by itself. */
function watch(server, video, fields, reading) {
  const socket = new WebSocket(server.socketURL, "graphql-transport-ws");
  const query = `subscription ($ids: [ID!]!) { videosMetadataChanged(ids: $ids) { viewCount ${fields} } }`;
  socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
  socket.on("close", reading.complete);
  socket.on("message", (text) => {
    const { type, payload } = JSON.parse(text);
    if (type === "next") reading.next(payload.data.videosMetadataChanged.viewCount);
    else if (type !== "connection_ack") reading.error(new Error(text));
    else socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query, variables: { ids: [video] } } }));
  });
  return socket;
}

const residentMiB = ({ pid }) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

test("a client that does not read for 5 s gets the newest state, and harms nobody", { timeout: 60_000 }, async (t) => {
  const server = await Server.start();
  const writer = createClient({
    url: server.socketURL,
    webSocketImpl: WebSocket,
    connectionParams: authorization(backend),
    lazy: false,
    retryAttempts: 0,
  });
  const sockets = [];
  t.after(async () => {
    writer.dispose();
    sockets.forEach((socket) => socket.terminate());
    await server.close();
  });
  const { video } = await Person.join(server);

  // When each update was acknowledged, and how long the last of those that a state tells had to wait for it.
  const acknowledged = [];
  let told = 0;
  let longest = 0;
  let states = 0;
  const reached = new Reading();
  const quick = {
    ...reached,
    next(count) {
      const now = performance.now();
      for (; told < count; told++) longest = Math.max(longest, now - (acknowledged[told] ?? now));
      states++;
      reached.next(count);
    },
  };
  sockets.push(watch(server, video, "", quick));

  const update = async () => {
    await new Promise((complete, error) => {
      const next = ({ errors }) => errors && error(errors);
      writer.subscribe(aView(video), { next, error, complete });
    });
    acknowledged.push(performance.now());
  };
  const updates = async (count, seconds) => {
    let most = 0;
    const ticks = (seconds * 1000) / TICK;
    for (let i = 0; i < ticks; i++) {
      await Promise.all([pause(TICK), ...Array.from({ length: count / ticks }, update)]);
      most = Math.max(most, residentMiB(server.program));
    }
    return most;
  };

  const slow = new Reading();
  sockets.push(watch(server, video, wide, slow));
  await slow.take("the slow client's first state");
  const before = await updates(UPDATES / SECONDS, 1); // as much memory as the work itself takes
  await reached.take("the state before", (count) => count === acknowledged.length);
  await slow.take("the slow client's state before", (count) => count === acknowledged.length);

  sockets[1].pause();
  states = 0;
  const began = performance.now();
  const done = updates(UPDATES, SECONDS);
  await Promise.race([done, pause(4 * SECONDS * 1000)]); // on a busy machine, no longer than the server's patience
  sockets[1].resume();
  const most = await done;
  const took = performance.now() - began;
  await reached.take("the quick client's last state", (count) => count === acknowledged.length);
  const quickly = states;
  let slowly = 0;
  await slow.take("the slow client's last state", (count) => ++slowly && count === acknowledged.length);

  const { videosMetadata } = await server.ask(undefined, `query ($ids: [ID!]!) { videosMetadata(ids: $ids) { viewCount } }`, { ids: [video] });
  assert.equal(videosMetadata[0].viewCount, acknowledged.length);
  t.diagnostic(
    `${UPDATES} updates in ${Math.round(took)} ms: ${quickly} states for the quick client, at most ${Math.round(longest)} ms late; ` +
      `${slowly} for the slow one; ${before.toFixed(1)} MiB before, at most ${most.toFixed(1)} MiB then`,
  );
  assert.ok(slowly < quickly, "the slow client got as many states as the quick one");
  assert.ok(longest < 1000, `the quick client waited ${longest} ms`);
  assert.ok(most - before < 20, `the server grew from ${before} to ${most} MiB`);
});
