import type { GraphQLErrorLike } from "./operation.js";

const TRANSIENT = new Set(["NETWORK_ERROR", "RATE_LIMITED", "SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR"]);
/** Whoever asks to be left alone for longer does not mean it: a live page would be a dead one. */
const RETRY_AFTER_MOST_MS = 300_000;

export interface ReelgraphErrorOptions {
  extensions?: Readonly<Record<string, unknown>>;
  /** For how long the server asks to be left alone, in milliseconds. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** Why a request or a subscription failed. */
export class ReelgraphError extends Error {
  override readonly name = "ReelgraphError";
  /**
   * The `code` of the server's error, as `BAD_USER_INPUT`; `NETWORK_ERROR` where no answer came, `BAD_RESPONSE` where what
   * came was not GraphQL, `UNKNOWN` where what was thrown has nothing to do with the server.
   */
  readonly code: string;
  /** What else the server says of it, as `invalidIds` or `limit`. */
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Where set: for how long the server asks to be left alone, in milliseconds; 5 minutes at most. */
  readonly retryAfterMs?: number;

  constructor(code: string, message: string, options: ReelgraphErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.extensions = options.extensions ?? {};
    if (options.retryAfterMs !== undefined) this.retryAfterMs = Math.min(options.retryAfterMs, RETRY_AFTER_MOST_MS);
  }

  /** What the people who run the server find this error by in its log. */
  get requestId(): string | undefined {
    const { requestId } = this.extensions;
    return typeof requestId === "string" ? requestId : undefined;
  }

  /** Whether the same may succeed later: the server is away, busy, or has a fault of its own. */
  get isTransient(): boolean {
    return TRANSIENT.has(this.code);
  }

  /** The first of the errors that an answer has; `BAD_RESPONSE` where it is none of GraphQL's. */
  static of(errors: readonly GraphQLErrorLike[], options: ReelgraphErrorOptions = {}): ReelgraphError {
    const error = listed(errors)?.[0];
    const extensions = error?.extensions ?? {};
    const code = typeof extensions.code === "string" ? extensions.code : "BAD_RESPONSE";
    const { retryAfter } = extensions; // In seconds, as the header of the same name.
    return new ReelgraphError(code, error?.message ?? "The answer has errors that say nothing.", {
      ...(typeof retryAfter === "number" && { retryAfterMs: retryAfter * 1000 }),
      ...options,
      extensions,
    });
  }

  /**
   * Whatever was thrown, as one of these: what already is one, what Apollo Client or urql made of the server's errors, and
   * what kept a request from being answered. Anything else is `UNKNOWN`, with what was thrown as its `cause`.
   */
  static from(cause: unknown): ReelgraphError {
    if (cause instanceof ReelgraphError) return cause;
    const { name, errors, graphQLErrors, networkError } = (cause ?? {}) as Readonly<Record<string, unknown>>;
    const told = listed(errors) ?? listed(graphQLErrors);
    if (told?.[0]?.extensions) return ReelgraphError.of(told, { cause });
    if (networkError) return unreachable(networkError);
    if (name === "AbortError" || name === "TimeoutError") return unreachable(cause);
    return new ReelgraphError("UNKNOWN", saidBy(cause), { cause });
  }
}

/** What kept an answer from coming: an error of ours as it is, any other as a `NETWORK_ERROR`. */
export function unreachable(cause: unknown): ReelgraphError {
  if (cause instanceof ReelgraphError) return cause;
  return new ReelgraphError("NETWORK_ERROR", `The server cannot be reached: ${saidBy(cause)}`, { cause });
}

/** The message of whatever was thrown. */
export function saidBy(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Tells what a callback threw to whoever looks for such errors, so that it stops nothing here. */
export function reportCallbackError(error: unknown): void {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error);
  else console.error(error);
}

// What answers and other libraries' errors have in place of a list of errors may be anything.
function listed(errors: unknown): readonly GraphQLErrorLike[] | undefined {
  return Array.isArray(errors) && errors.length > 0 ? errors : undefined;
}
