import { Batches, canonicalId } from "./batches.js";
import type { Client } from "./client.js";
import type { ReelgraphError } from "./errors.js";
import { type Following, followStates } from "./following.js";
import { VideosMetadata, VideosMetadataChanged } from "./generated/texts.js";
import type { CountersFragment as VideoMetadata } from "./generated/types.js";
import { guarded } from "./guarded.js";
import { type Readable, Writable } from "./readable.js";

const JOIN_MS = 100;
const POLL_MS = 5_000;
/** How soon a subscription that has ended by itself begins anew. */
const RENEW_MS = 5_000;
/** Of how many videos that are not tracked the last counters are kept, for those that are scrolled back to. */
const KEPT = 1_000;

export interface VideoMetadataUpdaterOptions {
  /** How many milliseconds at least lie between two states of one video, 0 to 60,000, by default 500. */
  minIntervalMs?: number;
  /** Hears why the server refuses to tell of the tracked videos. Their counters stand still until others are tracked. */
  onError?: (error: ReelgraphError) => void;
}

/**
 * Keeps the counters of videos live, all by one subscription (one for each 100 videos), over whichever transport the
 * client has. Asks nothing of the server while no video is tracked, and while the page is hidden.
 */
export class VideoMetadataUpdater {
  readonly #client: Client;
  readonly #onUpdate: ((metadata: VideoMetadata) => void) | undefined;
  readonly #options: VideoMetadataUpdaterOptions;
  readonly #batches = new Batches(JOIN_MS, (ids) => this.#watch(ids));
  readonly #states = new Map<string, Writable<VideoMetadata | undefined>>();
  #disposed = false;

  /** `onUpdate` is called with each newer state of a tracked video. What it throws is reported, and stops nothing. */
  constructor(client: Client, onUpdate?: (metadata: VideoMetadata) => void, options: VideoMetadataUpdaterOptions = {}) {
    this.#client = client;
    this.#onUpdate = onUpdate;
    this.#options = options;
  }

  /**
   * Keeps these videos live too. Those tracked already stay so; an id that is no UUID names no video, and is left out.
   * Calls within 100 ms are joined. After `dispose` it does nothing.
   */
  trackVideos(ids: readonly string[]): void {
    if (this.#disposed) return;
    for (const id of ids) {
      const videoId = canonicalId(id);
      if (videoId) this.#batches.add(videoId);
    }
    this.#followPage();
  }

  /** Keeps these videos live no longer. Their last counters stay readable. */
  untrackVideos(ids: readonly string[]): void {
    for (const id of ids) this.#batches.delete(id.toLowerCase());
    this.#followPage();
  }

  /** Tracks nothing any more. */
  stopTracking(): void {
    this.#batches.clear();
    this.#followPage();
  }

  /**
   * Takes over counters that came with something else, as a feed, so that they are there at once. Of two states the newer
   * one stays; nothing is told of those that are older than what is known.
   */
  seed(metadata: readonly VideoMetadata[]): void {
    for (const state of metadata) this.#keep(state);
  }

  /**
   * The newest counters known of a video. Undefined where there are none yet; those of a video that has been deleted stay
   * what they were. Of some 1,000 videos that are not tracked the last counters are kept, and of all that are listened to.
   */
  get(id: string): VideoMetadata | undefined {
    return this.#states.get(id.toLowerCase())?.getSnapshot();
  }

  /**
   * The counters of a video as they change. Reading them does not track it. Each call answers another object: keep it, in
   * React by `useMemo`.
   */
  watch(id: string): Readable<VideoMetadata | undefined> {
    const videoId = id.toLowerCase();
    return {
      getSnapshot: () => this.get(videoId),
      subscribe: (listener) => this.#state(videoId).subscribe(listener),
    };
  }

  /** Ends all of it: nothing is asked of the server, and nothing told, from now on. */
  dispose(): void {
    this.#disposed = true;
    this.stopTracking();
  }

  #watch(ids: ReadonlySet<string>): Following {
    return followStates(this.#client, ids, {
      operation: VideosMetadataChanged,
      variables: () => ({ ids: [...ids], minIntervalMs: this.#options.minIntervalMs ?? 500 }),
      next: ({ videosMetadataChanged }) => this.#take(videosMetadataChanged),
      error: (error) => guarded(() => this.#options.onError?.(error)),
      complete: () => this.#batches.renew(ids, RENEW_MS),
      pollEveryMs: POLL_MS,
      ask: (some, signal) => this.#ask(some, signal),
    });
  }

  async #ask(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const { videosMetadata } = await this.#client.request(VideosMetadata, { ids }, { signal });
    for (const metadata of videosMetadata ?? []) if (metadata) this.#take(metadata);
  }

  #take(metadata: VideoMetadata): void {
    if (this.#batches.has(metadata.id) && this.#keep(metadata)) guarded(() => this.#onUpdate?.(metadata));
  }

  // Keeps a state unless a newer one is known, and tells whether it did.
  #keep(metadata: VideoMetadata): boolean {
    const state = this.#state(metadata.id);
    const known = state.getSnapshot();
    if (known && known.version >= metadata.version) return false;
    state.set(metadata);
    return true;
  }

  #state(id: string): Writable<VideoMetadata | undefined> {
    const known = this.#states.get(id);
    if (known) return known;
    this.#forgetOld();
    const state = new Writable<VideoMetadata | undefined>(undefined);
    this.#states.set(id, state);
    return state;
  }

  #forgetOld(): void {
    let excess = this.#states.size - this.#batches.size - KEPT;
    for (const [id, state] of this.#states) {
      if (excess < 0) return;
      if (this.#batches.has(id) || state.listeners > 0) continue;
      this.#states.delete(id);
      excess--;
    }
  }

  // A page that nobody sees needs no counters. Node has no page.
  #followPage(): void {
    const page = globalThis.document;
    if (!page) return;
    page.removeEventListener("visibilitychange", this.#onVisibility);
    if (this.#batches.size === 0) return;
    page.addEventListener("visibilitychange", this.#onVisibility);
    this.#onVisibility();
  }

  readonly #onVisibility = (): void => {
    if (globalThis.document.visibilityState === "hidden") this.#batches.pause();
    else this.#batches.resume();
  };
}
