import { linked } from "./abort.js";
import { Connection } from "./connection.js";
import { ReelgraphError } from "./errors.js";
import { authorized, type GetToken, payloadOf, post } from "./http.js";
import type { ExecutionResult, Operation } from "./operation.js";
import type { Readable } from "./readable.js";
import type { WebSocketClass } from "./socket.js";

/** A way by which live states come: a WebSocket, event streams over HTTP, or asking again and again. */
export type Transport = "socket" | "stream" | "polling";

/** How the client is connected: by which transport, or why it is not. `idle` where nothing is to be kept live. */
export type ConnectionState = "idle" | "connecting" | "offline" | Transport;

/** One subscription that is kept alive. */
export interface Live<TData, TVariables> {
  operation: Operation<TData, TVariables>;
  /** Asked each time it begins anew: after a reconnect and on another transport. */
  variables(): TVariables;
  next(data: TData, result: ExecutionResult<TData>): void;
  /** It was refused for good, and has ended. */
  error(error: ReelgraphError): void;
  /** The server says that nothing will ever come again. It has ended. */
  complete(): void;
  /** What to do every so many milliseconds, at once at first, where neither sockets nor streams work. Throws where the server is away. */
  poll?: { everyMs: number; run(signal: AbortSignal): Promise<void> };
}

export interface ClientOptions {
  /** Where GraphQL is served. In browsers it may be relative to the page. */
  url: string | URL;
  /**
   * The caller's token, or nothing for an anonymous one. Asked for every request and connection, and again after one was
   * refused. What it throws fails the request as `UNAUTHENTICATED`, with what was thrown as its `cause`; a connection is tried
   * again with what it gives later.
   */
  getToken?: GetToken;
  /** Which transports may be used, in the order in which they are tried; by default all. */
  transports?: readonly Transport[];
  /** Whether to send ids in place of texts, for a server that runs the operations of `persisted-documents.json` alone. */
  persisted?: boolean;
  /** By default the platform's. */
  fetch?: typeof fetch;
  /** By default the platform's. Node has none before 22; without one, streams come first. */
  webSocket?: WebSocketClass;
  /** Hears of what no caller can be told: a token that was refused, or could not be had, twice in a row. */
  onError?: (error: ReelgraphError) => void;
}

/** A connection with a server, shared by all that is asked of it. */
export interface Client {
  /** Where GraphQL is served, absolute. */
  readonly url: string;
  /** The platform's fetch with the caller's token. After a 401 it asks for another token, and tries once more. */
  readonly fetch: typeof fetch;
  /** Whether ids are sent in place of texts. */
  readonly persisted: boolean;
  readonly connection: Readable<ConnectionState>;
  /** Runs a query or mutation. Rejects with a ReelgraphError, also where only one of its fields failed. */
  request<TData, TVariables>(
    operation: Operation<TData, TVariables>,
    variables: TVariables,
    options?: { signal?: AbortSignal },
  ): Promise<TData>;
  /** Keeps a subscription alive until it ends or the function that this returns is called. */
  live<TData, TVariables>(live: Live<TData, TVariables>): () => void;
  /** Tries again now what would otherwise wait. */
  retryNow(): void;
  /** Ends all of it. What is asked afterwards fails. */
  dispose(): void;
}

const ALL: readonly Transport[] = ["socket", "stream", "polling"];

/** Makes a client. Nothing is sent before something is asked of it. Throws a TypeError where the options cannot work. */
export function createClient(options: ClientOptions): Client {
  const url = absolute(options.url);
  const getToken = options.getToken ?? (() => null);
  const platform = options.fetch ?? globalThis.fetch.bind(globalThis);
  const webSocket = options.webSocket ?? globalThis.WebSocket;
  const transports = options.transports ?? ALL;
  if (!transports.some((transport) => transport !== "socket" || webSocket)) {
    throw new TypeError("transports: none of them can be had here; Node before 22 has no WebSocket of its own.");
  }
  const persisted = options.persisted ?? false;
  const gone = new AbortController();
  const fetch = authorized(platform, getToken);
  const onError = options.onError ?? ((error: ReelgraphError) => console.error(error));
  const connection = new Connection({ url, fetch, getToken, webSocket, transports, persisted, onError });
  const unwatch = whenBack(connection.retryNow);

  return {
    url,
    fetch,
    persisted,
    connection: connection.state,
    async request(operation, variables, { signal } = {}) {
      const payload = payloadOf(operation, variables, persisted);
      const either = linked(signal, gone.signal);
      const { data, errors } = await post<DataOf<typeof operation>>(fetch, url, payload, either.signal).finally(
        either.release,
      );
      if (errors?.length) throw ReelgraphError.of(errors);
      if (!data) throw new ReelgraphError("BAD_RESPONSE", "The answer has neither data nor errors.");
      return data;
    },
    live(live) {
      gone.signal.throwIfAborted();
      return connection.add(live as Live<unknown, unknown>);
    },
    retryNow: connection.retryNow,
    dispose() {
      gone.abort(new ReelgraphError("CLIENT_DISPOSED", "The client has been disposed of."));
      unwatch();
      connection.close();
    },
  };
}

/** The address of the server, without a fragment: sockets refuse one. */
function absolute(address: string | URL): string {
  try {
    const url = new URL(address, globalThis.location?.href);
    url.hash = "";
    return url.href;
  } catch (cause) {
    throw new TypeError(`url: "${address}" is not absolute; give an absolute url outside browsers.`, { cause });
  }
}

type DataOf<TOperation> = TOperation extends Operation<infer TData, infer _> ? TData : never;

/** Calls back when the network or the page is back: after an outage, a sleep, or a while in the background. */
function whenBack(callback: () => void): () => void {
  const { document } = globalThis;
  const shown = () => {
    if (document.visibilityState === "visible") callback();
  };
  globalThis.addEventListener?.("online", callback);
  globalThis.addEventListener?.("pageshow", callback);
  document?.addEventListener("visibilitychange", shown);
  return () => {
    globalThis.removeEventListener?.("online", callback);
    globalThis.removeEventListener?.("pageshow", callback);
    document?.removeEventListener("visibilitychange", shown);
  };
}
