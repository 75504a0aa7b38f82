import type { Live } from "./client.js";
import { ReelgraphError, saidBy } from "./errors.js";
import { guarded } from "./guarded.js";
import type { ExecutionResult } from "./operation.js";
import type { Sink } from "./stream.js";

const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 30_000;

/** A subscription that waits to be begun again. */
interface Retry {
  readonly start: (sink: Sink) => () => void;
  readonly timer: ReturnType<typeof setTimeout>;
  readonly notBefore: number;
}

/** A subscription as the connection sees it: what is asked for, and what runs of it just now. */
export class Run {
  readonly live: Live<unknown, unknown>;
  readonly #ended: (run: Run) => void;
  #stop: (() => void) | undefined;
  #retry: Retry | undefined;
  #failures = 0;

  constructor(live: Live<unknown, unknown>, ended: (run: Run) => void) {
    this.live = live;
    this.#ended = ended;
  }

  /**
   * Begins it by what is given, in place of what ran of it. Where the server fails it for a reason that passes, it is begun
   * again in the same way after a while.
   */
  begin(start: (sink: Sink) => () => void): void {
    this.halt();
    let current = true;
    const stopped = () => {
      current = false;
    };
    const sink: Sink = {
      next: (result) => {
        if (!current) return;
        if (result.errors && !hasData(result)) {
          sink.error(ReelgraphError.of(result.errors));
        } else {
          this.#failures = 0;
          guarded(() => this.live.next(result.data, result));
        }
      },
      error: (error) => {
        if (!current) return;
        this.halt();
        if (!error.isTransient) {
          this.#end(() => this.live.error(error));
          return;
        }
        const wait = Math.min(RETRY_FIRST_MS * 2 ** this.#failures++, RETRY_MOST_MS) * (0.5 + Math.random() / 2);
        const asked = error.retryAfterMs ?? 0;
        const timer = setTimeout(() => this.begin(start), Math.max(wait, asked));
        this.#retry = { start, timer, notBefore: Date.now() + asked };
      },
      complete: () => {
        if (!current) return;
        this.#end(() => this.live.complete());
      },
    };
    this.#stop = stopped;
    let stop: () => void;
    try {
      stop = start(sink);
    } catch (cause) {
      // What is to be sent could not be told.
      sink.error(new ReelgraphError("BAD_REQUEST", saidBy(cause), { cause }));
      return;
    }
    if (!current) {
      stop();
      return;
    }
    this.#stop = () => {
      stopped();
      stop();
    };
  }

  /** Begins it now if it waits to be begun again, and the server has not asked for more time. */
  retryNow(): void {
    if (this.#retry && Date.now() >= this.#retry.notBefore) this.begin(this.#retry.start);
  }

  /** Stops what runs of it, until it is begun anew. */
  halt(): void {
    clearTimeout(this.#retry?.timer);
    this.#retry = undefined;
    const stop = this.#stop;
    this.#stop = undefined;
    stop?.();
  }

  #end(tell: () => void): void {
    this.halt();
    this.#ended(this);
    guarded(tell);
  }
}

// The field of a subscription may not be null: where it fails, there is no data at all.
const hasData = ({ data }: ExecutionResult<unknown>) => data !== null && data !== undefined;
