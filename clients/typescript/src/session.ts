import { linked } from "./abort.js";
import type { Transport } from "./client.js";
import { ReelgraphError, unreachable } from "./errors.js";
import { TokenRefused } from "./http.js";
import { pause, signaled } from "./pause.js";
import type { Run } from "./run.js";
import type { Socket } from "./socket.js";
import { type Sink, stream } from "./stream.js";

/** A time during which one transport serves all that is kept live. */
export interface Session {
  readonly transport: Transport;
  /** Begins a run, or begins it anew. */
  begin(run: Run): void;
  /** Resolves when it is known to work. */
  readonly works: Promise<void>;
  /** Makes sure that it still works, after the machine may have slept. */
  check(): void;
  /** Resolves when the transport has failed, with the reason. */
  readonly failed: Promise<ReelgraphError>;
  close(): void;
}

/** A transport works, but cannot carry all that is to be kept live. */
export class Overfull extends ReelgraphError {}

/** Streams have a sign of life every 12 s. */
const STREAM_SILENCE_MS = 15_000;

export type Payload = (run: Run) => Record<string, unknown>;

// What is wrong with the connection, and not with one subscription on it. What is no GraphQL comes from something in between,
// as the page of a network that wants a sign-in.
export const breaks = (error: ReelgraphError) =>
  error.code === "NETWORK_ERROR" || error.code === "BAD_RESPONSE" || error instanceof TokenRefused;

export function socketSession(socket: Socket, payload: Payload): Session {
  return {
    transport: "socket",
    works: Promise.resolve(),
    begin: (run) => run.begin((sink) => socket.subscribe(payload(run), sink)),
    check: () => socket.check(),
    failed: socket.closed,
    close: () => socket.close(),
  };
}

/**
 * A stream for each subscription. Over HTTP/1.1 a browser has six connections for all its tabs, and streams that take them all
 * keep requests waiting too: where one cannot open while others do, streams are left to the next transport.
 */
export function streamSession(fetch: typeof globalThis.fetch, url: string, payload: Payload): Session {
  const all = new AbortController();
  const { promise: failed, resolve: fail } = signaled<ReelgraphError>();
  const { promise: works, resolve } = signaled<void>();
  const running = new Set<{ heardAt: number }>();
  let worked = false;
  const follow = async (asked: Record<string, unknown>, sink: Sink, signal: AbortSignal) => {
    const own = { heardAt: Date.now() };
    running.add(own);
    let opened = false;
    const heard = () => {
      own.heardAt = Date.now();
      opened = true;
      worked = true;
      resolve();
    };
    try {
      await stream(fetch, url, asked, signal, { heard, next: sink.next });
      sink.complete();
    } catch (cause) {
      const error = ReelgraphError.from(cause);
      if (signal.aborted) return;
      if (error.code === "NETWORK_ERROR" && worked && !opened) fail(new Overfull(error.code, error.message, { cause }));
      else if (breaks(error) || (error.isTransient && !worked)) fail(error);
      else sink.error(error);
    } finally {
      running.delete(own);
    }
  };
  return {
    transport: "stream",
    works,
    begin: (run) =>
      run.begin((sink) => {
        const asked = payload(run);
        const own = linked(all.signal);
        void follow(asked, sink, own.signal).finally(own.release);
        return () => own.abort();
      }),
    check() {
      const silent = [...running].some(({ heardAt }) => Date.now() - heardAt > STREAM_SILENCE_MS);
      if (silent) fail(new ReelgraphError("NETWORK_ERROR", "A stream has gone silent."));
    },
    failed,
    close: () => all.abort(),
  };
}

/** Asking again and again, for what can be asked for. */
export function pollingSession(): Session {
  const all = new AbortController();
  const { promise: failed, resolve: fail } = signaled<ReelgraphError>();
  const { promise: works, resolve: opened } = signaled<void>();
  const waiting = new Set<() => void>();
  const follow = async (run: Run, sink: Sink, signal: AbortSignal) => {
    const { poll } = run.live;
    while (poll && !signal.aborted) {
      try {
        await poll.run(signal);
      } catch (cause) {
        const error = unreachable(cause);
        if (!signal.aborted && (error.isTransient || breaks(error))) return fail(error);
        // Whoever waits for something better must not wait for a poll that will never come.
        opened();
        return signal.aborted ? undefined : sink.error(error);
      }
      opened();
      await pause(poll.everyMs, signal, waiting);
    }
  };
  return {
    transport: "polling",
    works,
    begin: (run) =>
      run.begin((sink) => {
        const own = linked(all.signal);
        void follow(run, sink, own.signal).finally(own.release);
        return () => own.abort();
      }),
    check: () => {
      for (const done of [...waiting]) done();
    },
    failed,
    close: () => all.abort(),
  };
}
