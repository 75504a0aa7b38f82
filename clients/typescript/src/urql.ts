import {
  type ClientOptions,
  type Exchange,
  fetchExchange,
  makeOperation,
  mapExchange,
  subscriptionExchange,
  Client as UrqlClient,
} from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import type { Client } from "./client.js";
import { idOf } from "./document.js";
import { cacheConfig } from "./graphcache.js";
import { refusalOf, subscribe } from "./subscribe.js";
import { Versions } from "./versions.js";

export { cacheConfig };

/**
 * Keeps old states out of the cache: where a poll and a push cross, the one with the higher `version` counts. Its place is
 * behind the cache.
 */
export function newestVersionExchange(): Exchange {
  const versions = new Versions();
  return mapExchange({ onResult: (result) => ({ ...result, data: versions.newest(result.data) }) });
}

/**
 * Runs subscriptions over the client, whichever way it is connected, and keeps them alive. One to `notificationReceived`
 * goes on behind the last that came, where its `after` is a variable and `id` is selected.
 */
export function liveExchange(client: Client): Exchange {
  return subscriptionExchange({
    forwardSubscription: (_request, { query, variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: subscribe(client, query, variables ?? {}, {
          next: (result) => sink.next(result),
          error(error) {
            const refusal = refusalOf(error);
            sink.error(refusal ? [refusal] : error);
          },
          complete: () => sink.complete(),
        }),
      }),
    }),
  });
}

/** Sends the ids of documents that have one in place of their texts. Its place is before the `fetchExchange`. */
export function persistedExchange(): Exchange {
  return mapExchange({
    onOperation(operation) {
      const sha256Hash = idOf(operation.query);
      if (sha256Hash === undefined || operation.kind === "teardown") return operation;
      const extensions = { ...operation.extensions, persistedQuery: { version: 1 as const, sha256Hash } };
      return makeOperation(operation.kind, { ...operation, extensions });
    },
  });
}

/**
 * A client of urql's with graphcache, whose subscriptions run over the one given and whose requests have its token.
 * @param options What else urql should know, as `requestPolicy`.
 */
export function createUrqlClient(
  client: Client,
  options?: Omit<ClientOptions, "url" | "fetch" | "exchanges">,
): UrqlClient {
  return new UrqlClient({
    ...options,
    url: client.url,
    fetch: client.fetch,
    exchanges: [
      cacheExchange(cacheConfig),
      newestVersionExchange(),
      ...(client.persisted ? [persistedExchange()] : []),
      liveExchange(client),
      fetchExchange,
    ],
  });
}
