import { linked } from "./abort.js";
import type { Transport } from "./client.js";
import { ReelgraphError } from "./errors.js";
import { TokenRefused } from "./http.js";
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

export type Payload = (run: Run) => Record<string, unknown>;

// What is wrong with the connection, and not with one subscription on it. What is no GraphQL comes from something in between,
// as the page of a network that wants a sign-in.
const breaks = (error: ReelgraphError) =>
  error.code === "NETWORK_ERROR" || error.code === "BAD_RESPONSE" || error instanceof TokenRefused;

export function socketSession(socket: Socket, payload: Payload): Session {
  return {
    transport: "socket",
    works: Promise.resolve(),
    begin: (run) =>
      run.begin((sink) =>
        socket.subscribe(payload(run), {
          ...sink,
          error: (error) => {
            if (!breaks(error)) sink.error(error);
          },
        }),
      ),
    check: () => socket.check(),
    failed: socket.closed,
    close: () => socket.close(),
  };
}

/** A promise, and what resolves it. */
function signaled<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((it) => {
    resolve = it;
  });
  return { promise, resolve };
}

/** A stream for each subscription. */
export function streamSession(fetch: typeof globalThis.fetch, url: string, payload: Payload): Session {
  const all = new AbortController();
  const { promise: failed, resolve: fail } = signaled<ReelgraphError>();
  const { promise: works, resolve } = signaled<void>();
  let worked = false;
  const opened = () => {
    worked = true;
    resolve();
  };
  const follow = async (run: Run, sink: Sink, signal: AbortSignal) => {
    try {
      await stream(fetch, url, payload(run), signal, { opened, next: sink.next });
      sink.complete();
    } catch (cause) {
      const error = ReelgraphError.from(cause);
      if (signal.aborted) return;
      if (breaks(error) || (error.isTransient && !worked)) fail(error);
      else sink.error(error);
    }
  };
  return {
    transport: "stream",
    works,
    begin: (run) =>
      run.begin((sink) => {
        const own = linked(all.signal);
        void follow(run, sink, own.signal).finally(own.release);
        return () => own.abort();
      }),
    check() {},
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
  const pause = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      waiting.add(done);
      signal.addEventListener("abort", done);
    });
  const follow = async (run: Run, sink: Sink, signal: AbortSignal) => {
    const { poll } = run.live;
    while (poll && !signal.aborted) {
      try {
        await poll.run(signal);
      } catch (cause) {
        if (signal.aborted) return;
        const error = ReelgraphError.from(cause);
        return error.isTransient || breaks(error) ? fail(error) : sink.error(error);
      }
      opened();
      if (!signal.aborted) await pause(poll.everyMs, signal);
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
