import { linked } from "./abort.js";
import type { ConnectionState, Live, Transport } from "./client.js";
import { ReelgraphError, unreachable } from "./errors.js";
import { guarded } from "./guarded.js";
import { type GetToken, payloadOf, TokenRefused } from "./http.js";
import { pause } from "./pause.js";
import { Writable } from "./readable.js";
import { Run } from "./run.js";
import { breaks, Overfull, pollingSession, type Session, socketSession, streamSession } from "./session.js";
import { openSocket, type WebSocketClass } from "./socket.js";
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
/** After so many in a row that did not last, the next transport is tried. */
const BRIEF_MOST = 3;
/** How long after the loss of a good connection it is tried again, at most. */
const AGAIN_MOST_MS = 300;

export interface ConnectionOptions {
  url: string;
  fetch: typeof globalThis.fetch;
  getToken: GetToken;
  webSocket: WebSocketClass | undefined;
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
  /** How many connections in a row worked and did not last. */
  #brief = 0;
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
    for (const run of [...this.#runs]) run.retryNow();
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
    this.#brief = 0;
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
      if (better) rung = this.#transports.indexOf(better.transport);
      if (better || signal.aborted) continue;
      const blocked = !(end.reason instanceof TokenRefused) && (!end.worked || this.#brief >= BRIEF_MOST);
      rung = blocked ? (rung + 1) % this.#transports.length : 0;
      if (rung === 0) await this.#wait(end.reason, signal);
    }
    better?.close();
  }

  async #wait(reason: ReelgraphError, signal: AbortSignal): Promise<void> {
    if (reason instanceof TokenRefused) {
      this.#refusals++;
      if (this.#refusals === 1) return; // The next token may be a good one.
      guarded(() => this.#options.onError(reason));
    }
    const most = Math.min(BACKOFF_FIRST_MS * 2 ** (this.#failures - 1), BACKOFF_MOST_MS);
    const wait = this.#failures === 0 ? AGAIN_MOST_MS * Math.random() : most * (0.5 + Math.random() / 2);
    if (this.#failures > 0) this.state.set("offline");
    this.#failures++;
    const asked = reason.retryAfterMs ?? 0;
    if (asked > 0) await pause(asked, signal); // What the server asks for is not cut short.
    if (wait > asked) await pause(wait - asked, signal, this.#pauses);
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
      for (const run of [...this.#runs]) if (this.#runs.has(run)) session.begin(run); // One may stop another.
      const { transport, works, failed } = session;
      const ended = Promise.race([failed, aborted(over.signal)]);
      worked = (await Promise.race([works, ended])) === undefined;
      if (!worked) return { worked, reason: await ended };
      this.#refusals = 0;
      this.state.set(transport);
      const result = await Promise.race([ended, this.#climb(transport, over.signal)]);
      if (!(result instanceof ReelgraphError)) return { worked, reason: NOBODY, better: result };
      this.#account(result, Date.now() - began);
      return { worked: !(result instanceof Overfull), reason: result };
    } catch (error) {
      return { worked, reason: unreachable(error) };
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

  // A single loss costs no wait, however short the life was; one after the other costs more each time.
  #account(reason: ReelgraphError, lifeMs: number): void {
    if (lifeMs > LASTING_MS) this.#brief = 0;
    this.#failures = this.#brief;
    if (lifeMs <= LASTING_MS && !(reason instanceof TokenRefused)) this.#brief++;
  }

  // Looks every now and then whether a better transport works by now.
  async #climb(from: Transport, signal: AbortSignal): Promise<Session> {
    const better = this.#transports.slice(0, this.#transports.indexOf(from));
    while (better.length > 0) {
      await pause(CLIMB_EVERY_MS * (0.8 + 0.4 * Math.random()), signal, this.#pauses);
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

  // Streams work where all that are needed can be open at a time.
  async #probe(signal: AbortSignal): Promise<void> {
    if (this.#runs.size === 0) throw NOBODY;
    const done = linked(signal);
    try {
      await Promise.all([...this.#runs].map((run) => this.#opens(run, done.signal)));
    } finally {
      done.release();
      done.abort();
    }
  }

  // Resolves as soon as its stream has opened, or is answered by a refusal of that one alone.
  #opens(run: Run, signal: AbortSignal): Promise<void> {
    const { fetch, url } = this.#options;
    return new Promise((resolve, reject) => {
      const asked = async () => stream(fetch, url, this.#payload(run), signal, { heard: resolve, next() {} });
      const refused = (cause: unknown) => {
        const error = ReelgraphError.from(cause);
        if (error.isTransient || breaks(error)) reject(error);
        else resolve();
      };
      asked().then(resolve, refused);
    });
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
