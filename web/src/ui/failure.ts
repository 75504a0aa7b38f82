import { ReelgraphError } from "@reelgraph/client";
import { CombinedError } from "urql";

/** What is to be known of an error to tell people about it. */
export interface Failure {
  /** The server's code, or `NETWORK_ERROR` where nothing came from it. */
  code: string;
  /** After how many seconds the server wants to be asked again; null where it does not say. */
  retryAfter: number | null;
  /** What the server's log knows the error by; null where it has none. */
  requestId: string | null;
}

/** Reads the errors of the client package and of urql alike. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ReelgraphError) {
    const retryAfter = error.retryAfterMs === undefined ? null : Math.ceil(error.retryAfterMs / 1000);
    return { code: error.code, retryAfter, requestId: error.requestId ?? null };
  }
  if (!(error instanceof CombinedError)) return { code: "other", retryAfter: null, requestId: null };
  const extensions = error.graphQLErrors[0]?.extensions;
  const response: unknown = error.response;
  const retryAfter = response instanceof Response ? Number(response.headers.get("Retry-After")) : 0;
  return {
    code: typeof extensions?.code === "string" ? extensions.code : error.networkError ? "NETWORK_ERROR" : "other",
    retryAfter: retryAfter > 0 ? retryAfter : null,
    requestId: typeof extensions?.requestId === "string" ? extensions.requestId : null,
  };
}
