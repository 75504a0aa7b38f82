import { linked } from "./abort.js";
import type { ConnectionState, Live, Transport } from "./client.js";
import { ReelgraphError } from "./errors.js";
import { type GetToken, payloadOf, TokenRefused } from "./http.js";
import { Writable } from "./readable.js";
import { Run } from "./run.js";
import { pollingSession, type Session, socketSession, streamSession } from "./session.js";
import { openSocket } from "./socket.js";
import { stream } from "./stream.js";

/** How long a connection is kept that nobody needs: the next page may want it. */
const LINGER_MS = 1_000;
/** How often it is tried whether a better transport works by now. */
const CLIMB_EVERY_MS = 30_000;
/** Waits between attempts double from the first to the most, and vary, so that clients do not come back all at once. */
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 15_000;
/** A connection that has lasted so long was a good one: after it there is no reason to wait. */
const LASTING_MS = 10_000;
/** How long after the loss of a good connection it is tried again, at most. */
const AGAIN_MOST_MS = 300;

export interface ConnectionOptions {
  url: string;
  fetch: typeof globalThis.fetch;
  getToken: GetToken;
  webSocket: typeof WebSocket | undefined;
  transports: readonly Transport[];
  persisted: boolean;
  onError: (error: ReelgraphError) => void;
}

/** Keeps subscriptions alive, all over the best transport that works. */
export class Connection {
  readonly state = new Writable<ConnectionState>("idle");
  readonly #options: ConnectionOptions;
  readonly #transports: readonly Transport[];
  readonly #runs = new Set<Run>();
  #session: Session | undefined;
  #life: AbortController | undefined;
  #linger: ReturnType<typeof setTimeout> | undefined;
  readonly #pauses = new Set<() => void>();
  #failures = 0;
  #refusals = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#transports = options.transports.filter((transport) => transport !== "socket" || options.webSocket);
  }

  add(live: Live<unknown, unknown>): () => void {
    payloadOf(live.operation, {}, this.#options.persisted); // What cannot be sent at all is told at once.
    const run = new Run(live, (run) => this.#remove(run));
    this.#runs.add(run);
    clearTimeout(this.#linger);
    this.#session?.begin(run);
    if (!this.#life) void this.#keep();
    return () => {
      run.halt();
      this.#remove(run);
    };
  }

  /** Tries now what waits, and makes sure that what seems to work does. */
  retryNow = (): void => {
    this.#session?.check();
    for (const done of [...this.#pauses]) done();
  };

  close(): void {
    for (const run of this.#runs) run.halt();
    this.#runs.clear();
    this.#rest();
  }

  #remove(run: Run): void {
    if (!this.#runs.delete(run) || this.#runs.size > 0) return;
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.#rest(), LINGER_MS);
  }

  #rest(): void {
    clearTimeout(this.#linger);
    this.#life?.abort();
    this.#life = undefined;
    this.#failures = 0;
    this.#refusals = 0;
    this.state.set("idle");
  }

  // One transport after the other, for as long as anything is to be kept live.
  async #keep(): Promise<void> {
    const life = new AbortController();
    this.#life = life;
    const { signal } = life;
    let better: Session | undefined;
    for (let rung = 0; !signal.aborted; ) {
      const end = await this.#serve(better ?? this.#transports[rung], signal);
      better = end.better;
      if (better || signal.aborted) continue;
      const blocked = !end.worked && !(end.reason instanceof TokenRefused);
      rung = blocked ? (rung + 1) % this.#transports.length : 0;
      if (rung === 0) await this.#wait(end.reason, signal);
    }
    better?.close();
  }

  async #wait(reason: ReelgraphError, signal: AbortSignal): Promise<void> {
    if (reason instanceof TokenRefused) {
      this.#refusals++;
      if (this.#refusals === 1) return; // The next token may be a good one.
      this.#options.onError(reason);
    }
    const most = Math.min(BACKOFF_FIRST_MS * 2 ** (this.#failures - 1), BACKOFF_MOST_MS);
    const wait = this.#failures === 0 ? AGAIN_MOST_MS * Math.random() : most * (0.5 + Math.random() / 2);
    if (this.#failures > 0) this.state.set("offline");
    this.#failures++;
    await this.#pause(Math.max(wait, reason.retryAfterMs ?? 0), signal);
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#pauses.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
      this.#pauses.add(done);
      if (signal.aborted) done();
    });
  }

  async #open(transport: Transport | undefined, signal: AbortSignal): Promise<Session> {
    const { url, fetch, getToken, webSocket } = this.#options;
    if (transport === "socket" && webSocket) {
      return socketSession(await openSocket(url, getToken, webSocket, signal), this.#payload);
    }
    if (transport === "stream") return streamSession(fetch, url, this.#payload);
    if (![...this.#runs].some(({ live }) => live.poll))
      throw new ReelgraphError("NETWORK_ERROR", "Neither a socket nor a stream can be had.");
    return pollingSession();
  }

  readonly #payload = (run: Run) => payloadOf(run.live.operation, run.live.variables(), this.#options.persisted);

  // Serves all runs by a transport, until it fails or there is a better one.
  async #serve(by: Session | Transport | undefined, signal: AbortSignal): Promise<End> {
    const over = linked(signal);
    let worked = false;
    let session: Session | undefined;
    try {
      if (typeof by !== "object") this.state.set(this.#failures > 1 ? "offline" : "connecting");
      session = typeof by === "object" ? by : await this.#open(by, signal);
      const began = Date.now();
      this.#session = session;
      for (const run of [...this.#runs]) session.begin(run);
      const { transport, works, failed } = session;
      const ended = Promise.race([failed, aborted(over.signal)]);
      worked = (await Promise.race([works, ended])) === undefined;
      if (!worked) return { worked, reason: await ended };
      this.#refusals = 0;
      this.state.set(transport);
      const result = await Promise.race([ended, this.#climb(transport, over.signal)]);
      this.#failures = Date.now() - began > LASTING_MS ? 0 : Math.min(this.#failures, 1);
      return result instanceof ReelgraphError ? { worked, reason: result } : { worked, reason: NOBODY, better: result };
    } catch (error) {
      return { worked, reason: ReelgraphError.from(error) };
    } finally {
      over.release();
      over.abort();
      if (session && this.#session === session) {
        this.#session = undefined;
        for (const run of [...this.#runs]) run.halt();
      }
      session?.close();
    }
  }

  // Looks every now and then whether a better transport works by now.
  async #climb(from: Transport, signal: AbortSignal): Promise<Session> {
    const better = this.#transports.slice(0, this.#transports.indexOf(from));
    while (better.length > 0) {
      await this.#pause(CLIMB_EVERY_MS * (0.8 + 0.4 * Math.random()), signal);
      for (const transport of better) {
        if (signal.aborted) break;
        try {
          if (transport === "stream") await this.#probe(signal);
          const session = await this.#open(transport, signal);
          if (!signal.aborted) return session;
          session.close();
        } catch {
          // It does not work yet.
        }
      }
      if (signal.aborted) break;
    }
    return new Promise(() => {}); // There is none.
  }

  // Whether streams work is seen by one that works.
  async #probe(signal: AbortSignal): Promise<void> {
    const [run] = this.#runs;
    if (!run) throw NOBODY;
    const done = linked(signal);
    const { fetch, url } = this.#options;
    let opened = false;
    const on = {
      opened() {
        opened = true;
        done.abort();
      },
      next() {},
    };
    try {
      await stream(fetch, url, this.#payload(run), done.signal, on);
    } catch (error) {
      if (!opened) throw error;
    } finally {
      done.release();
    }
  }
}

/** How the service of a transport ended, and whether it had worked at all. */
interface End {
  worked: boolean;
  reason: ReelgraphError;
  better?: Session;
}

const NOBODY = new ReelgraphError("NETWORK_ERROR", "Nobody needs the connection any more.");

function aborted(signal: AbortSignal): Promise<ReelgraphError> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(NOBODY);
    else signal.addEventListener("abort", () => resolve(NOBODY), { once: true });
  });
}
