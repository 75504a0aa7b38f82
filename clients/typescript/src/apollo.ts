import { type FieldMergeFunction, type FieldPolicy, isReference, type TypePolicies } from "@apollo/client/cache";
import { ApolloLink } from "@apollo/client/link";
import { HttpLink } from "@apollo/client/link/http";
import { OperationTypeNode } from "graphql";
import { map, Observable } from "rxjs";
import type { Client } from "./client.js";
import { idOf, property } from "./document.js";
import { refusalOf, subscribe } from "./subscribe.js";
import { Versions } from "./versions.js";

interface Connection {
  readonly nodes?: readonly unknown[];
  readonly edges?: readonly unknown[];
  readonly pageInfo?: Readonly<Record<string, unknown>>;
}

// A page with `after` is put behind what is there, without what is there already; where it failed it is null, and takes nothing
// away. One without `after` is the list anew.
const addPage: FieldMergeFunction<Connection | null> = (existing, incoming, { args }) => {
  if (!existing || !args?.after) return incoming;
  if (!incoming) return existing;
  return {
    ...existing,
    ...incoming,
    ...(incoming.nodes && { nodes: joined(existing.nodes, incoming.nodes, (node) => node) }),
    ...(incoming.edges && { edges: joined(existing.edges, incoming.edges, (edge) => property(edge, "node")) }),
    ...(incoming.pageInfo && { pageInfo: { ...incoming.pageInfo, ...beginning(existing.pageInfo) } }),
  };
};

/** What a PageInfo tells of where its list begins. */
const beginning = (pageInfo: object = {}) =>
  Object.fromEntries(
    Object.entries(pageInfo).filter(([field]) => field === "hasPreviousPage" || field === "startCursor"),
  );

function joined(
  before: readonly unknown[] = [],
  page: readonly unknown[],
  node: (item: unknown) => unknown,
): unknown[] {
  const key = (item: unknown) => {
    const object = node(item);
    return isReference(object) ? object.__ref : item;
  };
  const there = new Set(before.map(key));
  return [...before, ...page.filter((item) => !there.has(key(item)))];
}

const list = (keyArgs: string[] = []): FieldPolicy<Connection | null> => ({ keyArgs, merge: addPage });

/**
 * For `new InMemoryCache({ typePolicies })`. Objects with an id are kept once, and lists grow by `fetchMore` with `after`, an
 * `endCursor`; a query without `after` begins its list anew. What answers mutations tell of each id is no object of its own.
 */
export const typePolicies: TypePolicies = {
  Query: {
    fields: {
      feed: list(),
      trendingVideos: list(),
      myAIJobs: list(["status"]),
      notifications: list(["category", "unreadOnly"]),
      blockedUsers: list(),
      reportedVideos: list(),
      moderationLog: list(["videoId"]),
    },
  },
  UnreadNotifications: { fields: { byCategory: { merge: false } } },
  ReportedVideo: {
    keyFields: ({ video }, { readField }) => {
      const id = property(video, "id") ?? (isReference(video) ? readField("id", video) : undefined);
      return typeof id === "string" ? `ReportedVideo:${id}` : false;
    },
  },
  AIJobReportResult: { keyFields: false },
  BlockUserResult: { keyFields: false },
  CancelAIJobResult: { keyFields: false },
  DeleteVideoResult: { keyFields: false },
};

/** Keeps old states out of the cache: where a poll and a push cross, the one with the higher `version` counts. */
export function newestVersionLink(): ApolloLink {
  const versions = new Versions();
  return new ApolloLink((operation, forward) => forward(operation).pipe(map((result) => versions.newest(result))));
}

/**
 * Runs subscriptions over the client, whichever way it is connected, and keeps them alive. One to `notificationReceived`
 * goes on behind the last that came, where its `after` is a variable and `id` is selected.
 */
export function liveLink(client: Client): ApolloLink {
  return new ApolloLink(
    ({ query, variables }) =>
      new Observable((observer) =>
        subscribe(client, query, variables, {
          next: (result) => observer.next({ data: null, ...result }),
          error(error) {
            const refusal = refusalOf(error);
            if (!refusal) return observer.error(error);
            observer.next({ data: null, errors: [refusal] });
            observer.complete();
          },
          complete: () => observer.complete(),
        }),
      ),
  );
}

/** Sends the ids of documents that have one in place of their texts. Its place is before an `HttpLink`. */
export function persistedLink(): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const sha256Hash = idOf(operation.query);
    if (sha256Hash !== undefined) {
      operation.extensions = { ...operation.extensions, persistedQuery: { version: 1, sha256Hash } };
      operation.setContext(({ http }) => ({ http: { ...http, includeQuery: false, includeExtensions: true } }));
    }
    return forward(operation);
  });
}

/** The link of an ApolloClient: subscriptions over `liveLink`, all else over HTTP, and of each object the newest state. */
export function createApolloLink(client: Client): ApolloLink {
  const http = new HttpLink({ uri: client.url, fetch: client.fetch });
  return newestVersionLink().split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    liveLink(client),
    client.persisted ? persistedLink().concat(http) : http,
  );
}
