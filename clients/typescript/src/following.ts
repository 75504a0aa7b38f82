import type { Client, Live } from "./client.js";
import { ReelgraphError } from "./errors.js";

/** As `client.live`. What that throws, as where the client was disposed of first, is told as a refusal, soon after. */
export function keepLive<TData, TVariables>(client: Client, live: Live<TData, TVariables>): () => void {
  try {
    return client.live(live);
  } catch (cause) {
    let stopped = false;
    queueMicrotask(() => {
      if (!stopped) live.error(ReelgraphError.from(cause));
    });
    return () => {
      stopped = true;
    };
  }
}

/** How the states of some ids are subscribed to, and asked for where neither sockets nor streams work. */
export interface StateSource<TData, TVariables> extends Omit<Live<TData, TVariables>, "poll"> {
  pollEveryMs: number;
  /** Asks once for the states of these ids. */
  ask(ids: readonly string[], signal: AbortSignal): Promise<void>;
}

/** The states of some ids, while they are kept live. */
export interface Following {
  /** Takes up these ids as well where that needs no new beginning, and tells whether it did. */
  join(added: readonly string[]): boolean;
  stop(): void;
}

/** Keeps the states of these ids live, which may become fewer or more meanwhile. */
export function followStates<TData, TVariables>(
  client: Client,
  ids: ReadonlySet<string>,
  source: StateSource<TData, TVariables>,
): Following {
  const over = new AbortController();
  let polling = false;
  const { operation, next, pollEveryMs } = source;
  const stop = keepLive(client, {
    operation,
    next,
    variables() {
      polling = false;
      return source.variables();
    },
    error(error) {
      polling = false;
      source.error(error);
    },
    complete() {
      polling = false;
      source.complete();
    },
    poll: {
      everyMs: pollEveryMs,
      run(signal) {
        polling = true;
        return source.ask([...ids], signal);
      },
    },
  });
  return {
    join(added) {
      // Each poll asks for the ids of its time: beginning anew would only ask sooner for those that were asked for just now.
      if (polling && added.length > 0) source.ask(added, over.signal).catch(() => {}); // The next poll asks again.
      return polling;
    },
    stop() {
      over.abort();
      stop();
    },
  };
}
