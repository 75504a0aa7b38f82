import { createClient } from "graphql-ws";
import { ReelgraphError, saidBy, unreachable } from "./errors.js";
import { type GetToken, TokenRefused, tokenOf } from "./http.js";
import type { GraphQLErrorLike } from "./operation.js";
import { signaled } from "./pause.js";
import type { Sink } from "./stream.js";

/** How long it may take until the server has acknowledged a connection. */
const OPEN_TIMEOUT_MS = 5_000;
/** How often it is made sure that the other side is there, and how long its answer may take. */
const PING_EVERY_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;
/** What was silent for so long has slept: timers of hidden pages run once a minute, and ask then. */
const ASLEEP_MS = 75_000;

/** The code by which the server closes where a token is bad or has expired. */
const FORBIDDEN = 4403;

/** What is used of a WebSocket. */
export interface WebSocketLike {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

/** A class of WebSockets: the platform's is one, and that of the package `ws`. */
export interface WebSocketClass {
  readonly CONNECTING: number;
  new (url: string, protocols?: string | string[]): WebSocketLike;
}

/** A WebSocket that the server has acknowledged. It does not come back by itself. */
export interface Socket {
  subscribe(payload: Record<string, unknown>, sink: Sink): () => void;
  /** Makes sure that it is alive: where it was silent it has 5 s to answer, after a sleep it is cut at once. */
  check(): void;
  close(): void;
  /** Resolves when it is closed, with the reason. */
  readonly closed: Promise<ReelgraphError>;
}

/** Opens a socket. Rejects with TokenRefused, or where none can be had. */
export function openSocket(
  url: string,
  getToken: GetToken,
  webSocket: WebSocketClass,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let socket: WebSocketLike | undefined;
    const { promise: closed, resolve: close } = signaled<ReelgraphError>();
    let over = false;
    let heard = Date.now();
    let pong: ReturnType<typeof setTimeout> | undefined;
    const client = createClient({
      url: url.replace(/^http/, "ws"),
      webSocketImpl: class extends webSocket {
        constructor(...args: ConstructorParameters<WebSocketClass>) {
          super(...args);
          socket = this;
        }
      },
      lazy: false,
      retryAttempts: 0,
      keepAlive: PING_EVERY_MS,
      connectionParams: async () => {
        const token = await tokenOf(getToken, signal);
        return token ? { authorization: `Bearer ${token}` } : {};
      },
      onNonLazyError: () => {}, // It is told by `error` and `closed`, sooner.
      on: {
        connected: () => opened(),
        closed: (event) => end(reasonOf(event)),
        error: (cause) => end(reasonOf(cause)),
        message: () => (heard = Date.now()),
        ping: (received) => {
          if (!received) expectPong();
        },
        pong: (received) => {
          if (!received) return;
          clearTimeout(pong);
          pong = undefined;
        },
      },
    });
    // graphql-ws stops listening to what it terminates, and some sockets that are still opening have an error to tell then.
    const abort = () => (socket?.readyState === webSocket.CONNECTING ? socket.close() : client.terminate());
    const late = setTimeout(abort, OPEN_TIMEOUT_MS);
    signal.addEventListener("abort", abort);
    function expectPong() {
      pong ??= setTimeout(() => client.terminate(), PONG_TIMEOUT_MS);
    }
    // graphql-ws would open another socket after some ends; this one does not come back.
    function finish() {
      over = true;
      clearTimeout(pong);
      Promise.resolve(client.dispose()).catch(() => {}); // That the socket is closed is known.
    }
    function settle() {
      clearTimeout(late);
      signal.removeEventListener("abort", abort);
    }
    function end(reason: ReelgraphError) {
      if (over) return;
      settle();
      finish();
      reject(reason);
      close(reason);
    }
    function opened() {
      settle();
      resolve({
        subscribe(payload, sink) {
          const unlessOver = (tell: () => void) => {
            if (!over) tell();
          };
          if (over) return () => {};
          // graphql-ws refuses what has no text; beside an id an empty one stands for none.
          return client.subscribe(
            { query: "", ...payload },
            {
              next: (result) => unlessOver(() => sink.next(result as Parameters<Sink["next"]>[0])),
              error: (cause) => unlessOver(() => sink.error(refusalOf(cause))),
              complete: () => unlessOver(() => sink.complete()),
            },
          );
        },
        check() {
          const silence = Date.now() - heard;
          if (silence > ASLEEP_MS) client.terminate();
          else if (silence > PING_EVERY_MS + PONG_TIMEOUT_MS) {
            socket?.send('{"type":"ping"}');
            expectPong();
          }
        },
        close: finish,
        closed,
      });
    }
  });
}

/** Why an operation failed: the server's errors, or what could not be sent. */
function refusalOf(cause: unknown): ReelgraphError {
  if (Array.isArray(cause)) return ReelgraphError.of(cause as GraphQLErrorLike[]);
  return new ReelgraphError("BAD_REQUEST", saidBy(cause), { cause });
}

/** Why the socket ended: the event of its close, that of an error, or what kept it from opening. */
function reasonOf(cause: unknown): ReelgraphError {
  if (cause instanceof Error) return unreachable(cause);
  const { code, reason, message } = (cause ?? {}) as Readonly<Record<string, unknown>>;
  if (code === FORBIDDEN) return new TokenRefused("UNAUTHENTICATED", String(reason || "The token was refused."));
  const said =
    typeof code === "number" ? `was closed with ${code}: ${reason}` : `failed: ${message || "no reason given"}`;
  return new ReelgraphError("NETWORK_ERROR", `The socket ${said}`, { cause });
}
