import { createClient } from "graphql-ws";
import { ReelgraphError } from "./errors.js";
import { type GetToken, TokenRefused } from "./http.js";
import type { GraphQLErrorLike } from "./operation.js";
import type { Sink } from "./stream.js";

/** How long it may take until the server has acknowledged a connection. */
const OPEN_TIMEOUT_MS = 5_000;
/** How often it is made sure that the other side is there, and how long its answer may take. */
const PING_EVERY_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;

/** The code by which the server closes where a token is bad or has expired. */
const FORBIDDEN = 4403;

/** A WebSocket that the server has acknowledged. It does not come back by itself. */
export interface Socket {
  subscribe(payload: Record<string, unknown>, sink: Sink): () => void;
  /** Makes sure that it is alive, after the machine may have slept: what was long silent is cut at once. */
  check(): void;
  close(): void;
  /** Resolves when it is closed, with the reason. */
  readonly closed: Promise<ReelgraphError>;
}

/** Opens a socket. Rejects with TokenRefused, or where none can be had. */
export function openSocket(
  url: string,
  getToken: GetToken,
  webSocket: typeof WebSocket,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let socket: WebSocket | undefined;
    let close: (reason: ReelgraphError) => void = () => {};
    const closed = new Promise<ReelgraphError>((resolve) => (close = resolve));
    let heard = Date.now();
    let pong: ReturnType<typeof setTimeout> | undefined;
    const client = createClient({
      url: url.replace(/^http/, "ws"),
      webSocketImpl: class extends webSocket {
        constructor(...args: ConstructorParameters<typeof WebSocket>) {
          super(...args);
          socket = this;
        }
      },
      lazy: false,
      retryAttempts: 0,
      keepAlive: PING_EVERY_MS,
      connectionParams: async () => {
        const token = await getToken();
        return token ? { authorization: `Bearer ${token}` } : {};
      },
      onNonLazyError: (cause) => end(reasonOf(cause)),
      on: {
        connected: () => opened(),
        closed: (event) => end(reasonOf(event)),
        message: () => (heard = Date.now()),
        ping: (received) => {
          if (!received) pong ??= setTimeout(() => client.terminate(), PONG_TIMEOUT_MS);
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
    function settle() {
      clearTimeout(late);
      signal.removeEventListener("abort", abort);
    }
    function end(reason: ReelgraphError) {
      settle();
      clearTimeout(pong);
      reject(reason);
      close(reason);
    }
    function opened() {
      settle();
      resolve({
        subscribe: (payload, sink) =>
          // graphql-ws refuses what has no text; beside an id an empty one stands for none.
          client.subscribe(
            { query: "", ...payload },
            {
              next: (result) => sink.next(result as Parameters<Sink["next"]>[0]),
              error: (cause) => sink.error(reasonOf(cause)),
              complete: () => sink.complete(),
            },
          ),
        check() {
          if (Date.now() - heard > PING_EVERY_MS + PONG_TIMEOUT_MS) client.terminate();
        },
        close: () => void client.dispose(),
        closed,
      });
    }
  });
}

/** What graphql-ws gives as the reason: errors of the operation, the event of the close, or an error of its own. */
function reasonOf(cause: unknown): ReelgraphError {
  if (Array.isArray(cause)) return ReelgraphError.of(cause as GraphQLErrorLike[]);
  const { code, reason } = (typeof cause === "object" && cause !== null ? cause : {}) as {
    code?: unknown;
    reason?: unknown;
  };
  if (code === FORBIDDEN) return new TokenRefused("UNAUTHENTICATED", String(reason || "The token was refused."));
  if (typeof code === "number")
    return new ReelgraphError("NETWORK_ERROR", `The socket was closed with ${code}: ${reason}`, { cause });
  return ReelgraphError.from(cause);
}
