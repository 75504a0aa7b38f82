// A server that runs the operations of persisted-documents.json alone, and one of an app's own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApolloClient, InMemoryCache } from "@apollo/client/core";
import { parse, print } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApolloLink, typePolicies } from "../src/apollo.js";
import type { Client, Transport } from "../src/client.js";
import { idOf } from "../src/document.js";
import * as documents from "../src/generated/documents.js";
import * as texts from "../src/generated/texts.js";
import { createUrqlClient } from "../src/urql.js";
import type { Answer } from "./adapters.js";
import { clientFor, Gate, Heard, Person, Server, until, view } from "./harness.js";

const manifest = JSON.parse(readFileSync(new URL("../persisted-documents.json", import.meta.url), "utf8"));
const OWN = {
  ...parse("subscription ($ids: [ID!]!) { videosMetadataChanged(ids: $ids) { __typename id viewCount version } }"),
  __meta__: { hash: "own" },
};
const folder = mkdtempSync(join(tmpdir(), "reelgraph-client."));
let server: Server;
let person: Person;

// The test's own texts go to an instance without the manifest, on the same database.
const openly = <T>(work: (open: Server) => Promise<T>) =>
  new Promise<T>((resolve, reject) => server.elsewhere((open) => work(open).then(resolve, reject)).catch(reject));

beforeAll(async () => {
  const file = join(folder, "manifest.json");
  writeFileSync(file, JSON.stringify({ ...manifest, own: print(OWN) }));
  server = await Server.start({ PERSISTED_OPERATIONS: file });
  person = await openly((open) => Person.join(open));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

type Ways = {
  query(client: Client): Promise<Answer>;
  subscribe(client: Client, next: (data: Answer) => void): () => void;
};

const apolloOver = (client: Client) =>
  new ApolloClient({ link: createApolloLink(client), cache: new InMemoryCache({ typePolicies }) });

const ways: Record<string, Ways> = {
  "the client alone": {
    query: (client) => client.request(texts.VideosMetadata, { ids: [person.video] }),
    subscribe: (client, next) =>
      client.live({
        operation: texts.VideosMetadataChanged,
        variables: () => ({ ids: [person.video] }),
        next,
        error: next,
        complete() {},
        poll: {
          everyMs: 5_000,
          async run() {
            const { videosMetadata } = await client.request(texts.VideosMetadata, { ids: [person.video] });
            next({ videosMetadataChanged: videosMetadata?.[0] });
          },
        },
      }),
  },
  "Apollo Client": {
    query: async (client) =>
      (await apolloOver(client).query({ query: documents.VideosMetadataDocument, variables: { ids: [person.video] } }))
        .data,
    subscribe(client, next) {
      const states = apolloOver(client).subscribe({
        query: documents.VideosMetadataChangedDocument,
        variables: { ids: [person.video] },
      });
      const running = states.subscribe(({ data, error }) => next(data ?? error));
      return () => running.unsubscribe();
    },
  },
  urql: {
    query: async (client) =>
      (await createUrqlClient(client).query(documents.VideosMetadataDocument, { ids: [person.video] })).data,
    subscribe(client, next) {
      const states = createUrqlClient(client).subscription(documents.VideosMetadataChangedDocument, {
        ids: [person.video],
      });
      const running = states.subscribe(({ data, error }) => next(data ?? error));
      return () => running.unsubscribe();
    },
  },
};

for (const [name, { query, subscribe }] of Object.entries(ways)) {
  for (const transport of ["socket", "stream", "polling"] as const satisfies readonly Transport[]) {
    test(`${name} sends ids alone, and is kept live by ${transport}`, async () => {
      const client = clientFor(server.url, person.token, { persisted: true, transports: [transport] });
      const before = (await query(client)).videosMetadata[0].viewCount;
      const states = new Heard<Answer>();
      const stop = subscribe(client, states.add);
      await states.take("the counters", (data) => data.videosMetadataChanged?.viewCount === before);
      await openly((open) => view(open, person.video));
      await states.take("one more view", (data) => data.videosMetadataChanged?.viewCount === before + 1);
      stop();
      client.dispose();
    });
  }
}

test("each document and each text of the package is in the manifest", () => {
  const known = new Set(Object.keys(manifest));
  const ids = [...Object.values(documents).map(idOf), ...Object.values(texts).map(({ id }) => id)];
  expect(ids.length).toBeGreaterThan(0);
  expect(ids.filter((id) => id === undefined || !known.has(id))).toEqual([]);
});

test("mutations are sent by their ids too", async () => {
  const client = clientFor(server.url, person.token, { persisted: true });
  const { data } = await apolloOver(client).mutate({ mutation: documents.MarkAllNotificationsReadDocument });
  expect(data?.markAllNotificationsRead?.markedCount).toBe(1);
  const { error } = await createUrqlClient(client).mutation(documents.MarkAllNotificationsReadDocument, {});
  expect(error).toBeUndefined();
  client.dispose();
});

test("a document without an id is refused, and says so", async () => {
  const client = clientFor(server.url, person.token, { persisted: true });
  const { error } = await createUrqlClient(client).query(parse("{ me { id } }"), {});
  expect(error?.graphQLErrors[0]?.extensions.code).toBe("PERSISTED_QUERY_REQUIRED");
  const subscription = parse("subscription { unreadNotificationsChanged { id total } }");
  const live = await createUrqlClient(client).subscription(subscription, {}).toPromise();
  expect(live.error?.networkError).toMatchObject({ code: "PERSISTED_QUERY_NOT_FOUND" });
  client.dispose();
});

test("a subscription of one's own is not polled under its id: it waits", async () => {
  const gate = await Gate.start(server);
  gate.sockets = false;
  const client = clientFor(gate.url, person.token, { persisted: true, transports: ["socket", "polling"] });
  const states = new Heard<Answer>();
  const running = createUrqlClient(client)
    .subscription(OWN, { ids: [person.video] })
    .subscribe(({ data, error }) => states.add(data ?? error));
  await until(client.connection, "that sockets are blocked", (state) => state === "offline" || state === "polling");
  expect(gate.count("request")).toBe(0);
  gate.sockets = true;
  client.retryNow();
  await states.take("the counters", (data) => data.videosMetadataChanged?.id === person.video);
  expect(states.all).toHaveLength(1);
  running.unsubscribe();
  client.dispose();
  await gate.close();
});
