import { linked } from "./abort.js";
import { ReelgraphError, unreachable } from "./errors.js";
import { bodyOf, parsed, refusal } from "./http.js";
import type { ExecutionResult } from "./operation.js";

/** For how long a stream may be silent at first: the server sends a byte at once. What keeps that back keeps back all. */
const OPEN_TIMEOUT_MS = 5_000;
/** For how long it may be silent later: the server sends a sign of life at least every 15 s. */
const SILENCE_TIMEOUT_MS = 30_000;

/** What comes of a subscription, by whichever transport. */
export interface Sink {
  next(result: ExecutionResult<unknown>): void;
  error(error: ReelgraphError): void;
  complete(): void;
}

/**
 * Runs a subscription over server-sent events, as graphql-sse's distinct connections mode has them. Resolves when the
 * server says that it is complete; rejects where it was refused, cut, or has gone silent. `heard` is called whenever bytes
 * have come.
 */
export async function stream(
  fetch: typeof globalThis.fetch,
  url: string,
  payload: Record<string, unknown>,
  signal: AbortSignal,
  on: { heard(): void; next(result: ExecutionResult<unknown>): void },
): Promise<void> {
  const body = bodyOf(payload);
  const link = linked(signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expect = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(
      () => link.abort(new ReelgraphError("NETWORK_ERROR", `Nothing has come for ${ms / 1000} s.`)),
      ms,
    );
  };
  try {
    expect(OPEN_TIMEOUT_MS);
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body,
      signal: link.signal,
    });
    if (!response.ok || !response.headers.get("Content-Type")?.startsWith("text/event-stream") || !response.body) {
      throw refusal(response, parsed(await response.text()));
    }
    const events = new EventReader();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new ReelgraphError("NETWORK_ERROR", "The stream was cut.");
      on.heard();
      expect(SILENCE_TIMEOUT_MS);
      for (const { event, data } of events.read(value)) {
        if (event === "complete") return;
        const result = event === "next" ? parsed(data) : null;
        if (result) on.next(result);
      }
    }
  } catch (error) {
    throw unreachable(link.signal.aborted ? link.signal.reason : error);
  } finally {
    clearTimeout(timer);
    link.release();
    link.abort(); // It may be one that has completed but was not closed.
  }
}

/** Takes texts as they come and gives the events that are whole, as the HTML standard has them. */
class EventReader {
  #rest = "";
  #event = "";
  #data: string[] = [];

  *read(text: string): Generator<{ event: string; data: string }> {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (this.#event || this.#data.length > 0) yield { event: this.#event, data: this.#data.join("\n") };
        this.#event = "";
        this.#data = [];
      } else {
        const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
        if (field === "event") this.#event = value;
        else if (field === "data") this.#data.push(value);
      }
    }
  }
}
