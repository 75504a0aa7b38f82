// Apollo Client, over a WebSocket and over HTTP with multipart answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache, ServerError } from "@apollo/client/core";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { SetContextLink } from "@apollo/client/link/context";
import { RetryLink } from "@apollo/client/link/retry";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { tap } from "rxjs";
import { liveCases, plain } from "./cases.mjs";
import { authorization, Person, Reading, Server } from "./harness.mjs";
import { codesOf, connect } from "./sockets.mjs";

const socketLink = (options) => new GraphQLWsLink(connect(options));

const httpLink = ({ server, token, retry }) =>
  ApolloLink.from([
    new RetryLink({ delay: () => 0, attempts: async () => retry && (await retry(), true) }),
    new SetContextLink(() => ({ headers: authorization(token()) })),
    new HttpLink({ uri: server.url }),
  ]);

// Has a subscription begin behind the last notification that has come whenever a link below it starts anew.
const resumeLink = new ApolloLink((operation, forward) => {
  operation.variables = { ...operation.variables };
  return forward(operation).pipe(
    tap(({ data }) => {
      if (data?.notificationReceived) operation.variables.after = data.notificationReceived.id;
    }),
  );
});

const clientOver = (link) =>
  new ApolloClient({ link, cache: new InMemoryCache(), incrementalHandler: new Defer20220824Handler() });

const open = (linkOf) => (options) => {
  const client = clientOver(resumeLink.concat(linkOf(options)));
  const running = [];
  return {
    subscribe({ query, variables }, reading) {
      const next = ({ data, error }) => (error ? reading.error(error) : reading.next(data));
      running.push(client.subscribe({ query: gql(query), variables }).subscribe({ ...reading, next }));
    },
    query: async ({ query, variables }) => (await client.query({ query: gql(query), variables })).data,
    close() {
      running.forEach((subscription) => subscription.unsubscribe());
      client.stop();
    },
  };
};

const codes = (error) => {
  assert.ok(CombinedGraphQLErrors.is(error) || ServerError.is(error), String(error));
  return codesOf(error.errors ?? JSON.parse(error.bodyText).errors);
};

liveCases({ name: "Apollo Client over a WebSocket", socket: true, codes, open: open(socketLink) });
liveCases({ name: "Apollo Client over multipart", socket: false, codes, open: open(httpLink) });

test("Apollo Client shows what is there before what is deferred", async (t) => {
  const server = await Server.start();
  t.after(() => server.close());
  const person = await Person.join(server);
  const query = `query ($ids: [ID!]!) { videosMetadata(ids: $ids) { id viewCount ... @defer(label: "about") { video { id title } } } }`;
  const variables = { ids: [person.video] };
  const counters = { id: person.video, viewCount: 0 };
  const whole = { videosMetadata: [{ ...counters, video: { id: person.video, title: "A boat" } }] };

  const client = clientOver(httpLink({ server, token: () => undefined }));
  const reading = new Reading();
  const subscription = client.watchQuery({ query: gql(query), variables }).subscribe({ ...reading });
  const state = (wanted) => reading.take(`a ${wanted} answer`, ({ dataState }) => dataState === wanted);
  assert.deepEqual(plain((await state("streaming")).data), { videosMetadata: [counters] });
  assert.deepEqual(plain((await state("complete")).data), whole);
  subscription.unsubscribe();

  // A client that knows nothing of parts has it all at once.
  assert.deepEqual(await server.ask(undefined, query, variables), whole);
});
