// What ReelgraphError.from makes of whatever was thrown.
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { CombinedError } from "@urql/core";
import { expect, test } from "vitest";
import { ReelgraphError } from "../src/index.js";
import { clientFor, freePort } from "./harness.js";

const errors = [{ message: "Too much.", extensions: { code: "RATE_LIMITED", retryAfter: 52, requestId: "R" } }];
const told = { code: "RATE_LIMITED", message: "Too much.", retryAfterMs: 52_000, requestId: "R" };

test("the server's errors are read out of what Apollo Client and urql make of them", () => {
  expect(ReelgraphError.from(new CombinedGraphQLErrors({ errors }))).toMatchObject(told);
  expect(ReelgraphError.from(new CombinedError({ graphQLErrors: errors }))).toMatchObject(told);
});

test("one is itself, alone or as urql's network error", () => {
  const error = new ReelgraphError("FORBIDDEN", "No.");
  expect(ReelgraphError.from(error)).toBe(error);
  expect(ReelgraphError.from(new CombinedError({ networkError: error }))).toBe(error);
});

test("what kept a request from being answered is a NETWORK_ERROR, also through the client's fetch", async () => {
  const refused = new CombinedError({ networkError: new TypeError("Failed to fetch") });
  expect(ReelgraphError.from(refused).code).toBe("NETWORK_ERROR");
  expect(ReelgraphError.from(AbortSignal.abort().reason).code).toBe("NETWORK_ERROR");
  const { fetch, url } = clientFor(`http://127.0.0.1:${await freePort()}/graphql`);
  const thrown = await fetch(url).catch((cause: unknown) => cause);
  expect(ReelgraphError.from(thrown)).toMatchObject({ code: "NETWORK_ERROR", isTransient: true });
  await expect(fetch(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
});

test.each([new TypeError("x is undefined"), "nonsense", null, undefined, new AggregateError([new Error("one")])])(
  "a bug is UNKNOWN, and no fault of the network: %s",
  (cause) => {
    expect(ReelgraphError.from(cause)).toMatchObject({ code: "UNKNOWN", isTransient: false });
    expect(ReelgraphError.from(cause).cause).toBe(cause);
  },
);
