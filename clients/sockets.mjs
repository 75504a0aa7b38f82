// The client of graphql-transport-ws, alone and under others.
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { authorization } from "./harness.mjs";

globalThis.WebSocket ??= WebSocket; // as browsers have it

export function connect({ server, token, retry, closed }) {
  return createClient({
    url: server.socketURL,
    connectionParams: () => authorization(token()),
    retryAttempts: retry ? Infinity : 0,
    retryWait: retry,
    shouldRetry: () => true, // By itself it gives up where nobody listens.
    on: { closed: ({ code }) => closed(code) },
  });
}

export const codesOf = (errors) => errors.map(({ extensions }) => extensions.code);
