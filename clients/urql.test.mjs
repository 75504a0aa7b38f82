// urql, over a WebSocket and over HTTP, where it takes event streams.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { onEnd, pipe, subscribe } from "wonka";
import { liveCases } from "./cases.mjs";
import { authorization, Person, Reading, resuming, Server } from "./harness.mjs";
import { codesOf, connect } from "./sockets.mjs";

const codes = (error) => codesOf(error.graphQLErrors);

async function query(client, { query, variables }) {
  const { data, error } = await client.query(query, variables).toPromise();
  if (error) throw error;
  return data;
}

// Hands on what comes of a subscription. Its last result says but that there are no more.
function follow(client, { query, variables }, sink) {
  let last, failed;
  const { unsubscribe } = pipe(
    client.subscription(query, variables),
    onEnd(() => failed || sink.complete()),
    subscribe(({ data, error }) => {
      failed = Boolean(error);
      if (failed) sink.error(error);
      else if (data !== last) sink.next({ data });
      last = data;
    }),
  );
  return unsubscribe;
}

liveCases({
  name: "urql over a WebSocket",
  socket: true,
  codes,
  open(options) {
    const socket = connect(options);
    const forwardSubscription = (request) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe(...resuming(request, sink)) }),
    });
    const exchange = subscriptionExchange({ forwardSubscription, enableAllOperations: true });
    const client = new Client({ url: options.server.url, exchanges: [exchange] });
    return {
      subscribe: (request, reading) => follow(client, request, { ...reading, next: ({ data }) => reading.next(data) }),
      query: (request) => query(client, request),
      close: () => socket.dispose(),
    };
  },
});

const clientOf = ({ server, token }, settings) =>
  new Client({
    ...settings,
    url: server.url,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    fetchOptions: () => ({ headers: authorization(token()) }),
  });

liveCases({
  name: "urql over HTTP",
  socket: false,
  codes,
  open({ retry, ...options }) {
    const client = clientOf(options);
    let stop;
    return {
      // It does not come back by itself: that is left to whoever uses it.
      subscribe(request, reading) {
        const [next, sink] = resuming(request, { ...reading, next: ({ data }) => reading.next(data) });
        const error = async (error) => {
          if (error.networkError?.message === "No Content") return reading.complete(); // It knows no streams of nothing.
          if (!retry || !error.networkError) return reading.error(error);
          await retry();
          begin();
        };
        const begin = () => (stop = follow(client, { ...next, variables: { ...next.variables } }, { ...sink, error }));
        begin();
      },
      query: (request) => query(client, request),
      close: () => stop?.(),
    };
  },
});

describe("urql without live data", { timeout: 60_000 }, () => {
  let server;
  before(async () => (server = await Server.start()));
  after(() => server.close());

  // A client that keeps the types of its answers.
  const listening = (options) => {
    const types = [];
    const client = clientOf({ server, token: () => undefined }, {
      ...options,
      fetch: async (...request) => {
        const response = await fetch(...request);
        types.push(response.headers.get("content-type").split(";")[0]);
        return response;
      },
    });
    return { client, types };
  };

  for (const preferGetMethod of [true, false]) {
    test(`gets JSON for a plain query by ${preferGetMethod ? "GET" : "POST"}, though it accepts streams`, async () => {
      const { client, types } = listening({ preferGetMethod });
      const data = await query(client, { query: `{ videosMetadata(ids: []) { id } }`, variables: {} });
      assert.deepEqual(data, { videosMetadata: [] });
      assert.deepEqual(types, ["application/graphql-response+json"]);
    });
  }

  test("shows what is there before what is deferred", async () => {
    const person = await Person.join(server);
    const { client, types } = listening();
    const document = `query ($ids: [ID!]!) { videosMetadata(ids: $ids) { id viewCount ... @defer { video { title } } } }`;
    const reading = new Reading();
    pipe(client.query(document, { ids: [person.video] }), subscribe(reading.next));
    const counters = { id: person.video, viewCount: 0 };
    const first = await reading.take("the first part");
    assert.deepEqual([first.data, first.hasNext], [{ videosMetadata: [counters] }, true]);
    const last = await reading.take("the last part", ({ hasNext }) => !hasNext);
    assert.deepEqual(last.data, { videosMetadata: [{ ...counters, video: { title: "A boat" } }] });
    assert.deepEqual(types, ["multipart/mixed"]);
  });
});
