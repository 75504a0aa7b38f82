import type { GraphQLErrorLike } from "./operation.js";

const TRANSIENT = new Set(["NETWORK_ERROR", "RATE_LIMITED", "SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR"]);

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
   * came was not GraphQL.
   */
  readonly code: string;
  /** What else the server says of it, as `invalidIds` or `limit`. */
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Where set: for how long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(code: string, message: string, options: ReelgraphErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.extensions = options.extensions ?? {};
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
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

  /** The first of the errors that an answer has. */
  static of(errors: readonly GraphQLErrorLike[], options: ReelgraphErrorOptions = {}): ReelgraphError {
    const [error] = errors;
    const extensions = error?.extensions ?? {};
    const code = typeof extensions.code === "string" ? extensions.code : "BAD_RESPONSE";
    return new ReelgraphError(code, error?.message ?? "The answer has errors that say nothing.", {
      ...options,
      extensions,
    });
  }

  /** The error itself where it is one, else what went wrong on the way. */
  static from(cause: unknown): ReelgraphError {
    if (cause instanceof ReelgraphError) return cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    return new ReelgraphError("NETWORK_ERROR", `The server cannot be reached: ${said}`, { cause });
  }
}

/** Tells what a callback threw to whoever looks for such errors, so that it stops nothing here. */
export function reportCallbackError(error: unknown): void {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error);
  else console.error(error);
}
