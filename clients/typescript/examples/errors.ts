import { ReelgraphError } from "@reelgraph/client";

/** What to show people of an error, whatever was thrown. */
export function messageOf(error: unknown): string {
  const { code, retryAfterMs = 0, requestId, extensions } = ReelgraphError.from(error);
  switch (code) {
    case "UNAUTHENTICATED":
      return "Please sign in again.";
    case "FORBIDDEN":
      return "You may not do this.";
    case "NOT_FOUND":
      return "It is no longer there.";
    case "BAD_USER_INPUT":
      return `Please check what you entered${extensions.argument ? ` (${extensions.argument})` : ""}.`;
    case "RATE_LIMITED":
      return `Too much at once. Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s.`;
    case "NETWORK_ERROR":
    case "SERVICE_UNAVAILABLE":
      return "The server cannot be reached. What you see may be old.";
    default:
      return `Something went wrong${requestId ? ` (${requestId})` : ""}.`;
  }
}
