import { linked } from "./abort.js";
import { ReelgraphError, saidBy, unreachable } from "./errors.js";
import type { ExecutionResult, Operation } from "./operation.js";

/** How long a request may take: the server answers every one within 5 s. */
const REQUEST_TIMEOUT_MS = 15_000;

export type GetToken = () => string | null | undefined | Promise<string | null | undefined>;

/** The server does not accept the caller's token, whatever is asked; or there was none to be had. */
export class TokenRefused extends ReelgraphError {}

/** What names an operation in a request: its text, or its id alone. */
export function payloadOf<TData, TVariables>(
  operation: Operation<TData, TVariables>,
  variables: TVariables,
  persisted: boolean,
): Record<string, unknown> {
  if (!persisted) return { query: operation.text, variables };
  if (operation.id === undefined)
    throw new ReelgraphError("PERSISTED_QUERY_NOT_FOUND", "The operation has no id to send.");
  return { documentId: operation.id, variables };
}

/** The body of a request; throws where JSON cannot have what is to be sent, as a bigint. */
export function bodyOf(payload: Record<string, unknown>): string {
  try {
    return JSON.stringify(payload);
  } catch (cause) {
    throw new ReelgraphError("BAD_REQUEST", saidBy(cause), { cause });
  }
}

/** What getToken gives. Rejects with TokenRefused where it throws, and with the signal's reason where that comes first. */
export async function tokenOf(getToken: GetToken, signal?: AbortSignal | null): Promise<string | null | undefined> {
  signal?.throwIfAborted();
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
  });
  signal?.addEventListener("abort", stop);
  try {
    return await Promise.race([getToken(), stopped]);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new TokenRefused("UNAUTHENTICATED", `getToken gave no token: ${saidBy(cause)}`, { cause });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** A fetch that says who asks, and that asks for another token when the first was refused. */
export function authorized(platform: typeof fetch, getToken: GetToken): typeof fetch {
  return async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const send = async (token: string | null | undefined) => {
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
      if (token && !headers.has("Authorization")) headers.set("Authorization", `Bearer ${token}`);
      try {
        return await platform(input instanceof Request ? input.clone() : input, { ...init, headers });
      } catch (cause) {
        signal?.throwIfAborted();
        throw unreachable(cause);
      }
    };
    const token = await tokenOf(getToken, signal);
    const response = await send(token);
    if (response.status !== 401) return response;
    const other = await tokenOf(getToken, signal);
    if (!other || other === token) return response;
    await response.body?.cancel();
    return send(other);
  };
}

/** Runs an operation by POST. */
export async function post<TData>(
  fetch: typeof globalThis.fetch,
  url: string,
  payload: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<ExecutionResult<TData>> {
  signal?.throwIfAborted();
  const body = bodyOf(payload);
  const link = linked(signal);
  const late = new ReelgraphError("NETWORK_ERROR", `There was no answer within ${REQUEST_TIMEOUT_MS / 1000} s.`);
  const timer = setTimeout(() => link.abort(late), REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json, application/json;q=0.9",
      },
      body,
      signal: link.signal,
    });
    return await resultOf(response);
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(error);
  } finally {
    clearTimeout(timer);
    link.release();
  }
}

/** The result in an answer; throws where the answer is none, or refuses the request as a whole. */
async function resultOf<TData>(response: Response): Promise<ExecutionResult<TData>> {
  const text = await response.text();
  const result = parsed<ExecutionResult<TData>>(text);
  if (result && response.ok) return result;
  throw refusal(response, result);
}

/** Why a request as a whole was refused. */
export function refusal(response: Response, result: ExecutionResult<unknown> | null): ReelgraphError {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const options = seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
  const error = result?.errors
    ? ReelgraphError.of(result.errors, options)
    : new ReelgraphError(codeOf(response), `The answer is no GraphQL, status ${response.status}.`, options);
  return response.status === 401
    ? new TokenRefused(error.code, error.message, { ...options, extensions: error.extensions })
    : error;
}

// Proxies answer for servers that are away or busy, and know no codes.
function codeOf({ status }: Response): string {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 429) return "RATE_LIMITED";
  return status >= 502 && status <= 504 ? "SERVICE_UNAVAILABLE" : "BAD_RESPONSE";
}

/** A text's result, where it is one. */
export function parsed<T extends ExecutionResult<unknown>>(text: string): T | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && ("data" in value || "errors" in value) ? (value as T) : null;
  } catch {
    return null;
  }
}
