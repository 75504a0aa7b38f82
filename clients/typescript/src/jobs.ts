import { Batches, canonicalId, inBatches } from "./batches.js";
import type { Client } from "./client.js";
import type { ReelgraphError } from "./errors.js";
import { type Following, followStates } from "./following.js";
import { AIJobProgress, AIJobs } from "./generated/texts.js";
import type { JobFragment as AIJob } from "./generated/types.js";
import { guarded } from "./guarded.js";
import { type Readable, Writable } from "./readable.js";

const JOIN_MS = 10;
const POLL_MS = 2_000;
/** The first states of a subscription come together. What is not heard of so long after them will not be. */
const SILENCE_MS = 3_000;

/** Why a job will have no result, or why it is no longer watched. */
export interface AIJobError {
  /** The job's id in lower case; where it is no UUID, as it was given. */
  readonly jobId: string;
  /**
   * A failed job's `errorCode`, as `WORKER_LOST`; `CANCELED`; `NOT_FOUND` where the caller has no such job;
   * `BAD_USER_INPUT` where the id is no UUID; else the code by which the server refuses to tell of the job, as
   * `UNAUTHENTICATED`.
   */
  readonly code: string;
  /** Why, in words. Those of a failed job are its worker's. */
  readonly message: string;
  /** The job's last state. Null where the job has not ended, or cannot be seen. */
  readonly job: AIJob | null;
}

/** What an AIJobMonitor tells. A callback that throws is reported as an uncaught error, and stops nothing. */
export interface AIJobCallbacks {
  /** Each newer state of a job that has not ended, the first one included. States in between may be left out. */
  onProgress?(job: AIJob): void;
  /** A job has its result, at `resultUrl`. Called once; the job is no longer watched. */
  onComplete?(job: AIJob): void;
  /** A job has failed, was canceled, or cannot be watched. Called once; the job is no longer watched. */
  onError?(error: AIJobError): void;
}

export interface AIJobMonitorOptions {
  /** How many milliseconds at least lie between two states of one job, 0 to 60,000, by default 0. Its last one comes at once. */
  minIntervalMs?: number;
}

/**
 * Watches AI jobs of the caller's until they have ended, all by one subscription (one for each 100 jobs), over whichever
 * transport the client has. Without any job it asks nothing of the server.
 */
export class AIJobMonitor {
  readonly #client: Client;
  readonly #callbacks: AIJobCallbacks;
  readonly #minIntervalMs: number;
  readonly #batches = new Batches(JOIN_MS, (ids) => this.#watch(ids));
  readonly #jobs = new Writable<ReadonlyMap<string, AIJob>>(new Map());
  readonly #disposal = new AbortController();
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, callbacks: AIJobCallbacks, options: AIJobMonitorOptions = {}) {
    this.#client = client;
    this.#callbacks = callbacks;
    this.#minIntervalMs = options.minIntervalMs ?? 0;
  }

  /** The newest state of each watched job that the server has told of, by the job's id in lower case. */
  get jobs(): Readable<ReadonlyMap<string, AIJob>> {
    return this.#jobs;
  }

  /**
   * Watches a job until it has ended. One that is watched already is not watched twice; one that had ended is told once
   * more. After `dispose` it does nothing.
   */
  addJob(id: string): void {
    if (this.#disposal.signal.aborted) return;
    const jobId = canonicalId(id);
    if (jobId) {
      this.#batches.add(jobId);
      return;
    }
    const error = { jobId: id, code: "BAD_USER_INPUT", message: "The id of a job is a UUID.", job: null };
    queueMicrotask(() => this.#tellError(error));
  }

  /** Watches a job no longer, and tells nothing of it. One that is not watched may be given. */
  removeJob(id: string): void {
    const jobId = id.toLowerCase();
    this.#batches.delete(jobId);
    this.#forget(jobId);
  }

  /** Ends all of it: nothing is asked of the server, and nothing told, from now on. */
  dispose(): void {
    this.#disposal.abort();
    this.#batches.clear();
    clearTimeout(this.#silence);
    this.#jobs.set(new Map());
  }

  #watch(ids: ReadonlySet<string>): Following {
    const refused = ({ code, message }: ReelgraphError) => {
      for (const jobId of [...ids]) this.#end({ jobId, code, message, job: null });
    };
    let asked: readonly string[] = [];
    return followStates(this.#client, ids, {
      operation: AIJobProgress,
      variables: () => {
        asked = [...ids];
        return { ids: asked, minIntervalMs: this.#minIntervalMs };
      },
      next: ({ aiJobProgress }) => {
        this.#take(aiJobProgress);
        this.#expectOthers();
      },
      error: refused,
      complete: () => void this.#inquire(asked.filter((id) => ids.has(id))),
      pollEveryMs: POLL_MS,
      ask: (some, signal) => this.#ask(some, signal),
    });
  }

  #take(job: AIJob): void {
    const known = this.#jobs.getSnapshot().get(job.id);
    if (!this.#batches.has(job.id) || (known && known.version >= job.version)) return;
    if (job.status === "COMPLETED") {
      this.#drop(job.id);
      guarded(() => this.#callbacks.onComplete?.(job));
    } else if (job.status === "FAILED") {
      this.#end({ jobId: job.id, code: job.errorCode ?? "FAILED", message: job.error ?? "The job has failed.", job });
    } else if (job.status === "CANCELED") {
      this.#end({ jobId: job.id, code: "CANCELED", message: "The job was canceled.", job });
    } else {
      this.#jobs.set(new Map(this.#jobs.getSnapshot()).set(job.id, job));
      guarded(() => this.#callbacks.onProgress?.(job));
    }
  }

  #end(error: AIJobError): void {
    if (!this.#batches.has(error.jobId)) return;
    this.#drop(error.jobId);
    this.#tellError(error);
  }

  #tellError(error: AIJobError): void {
    if (!this.#disposal.signal.aborted) guarded(() => this.#callbacks.onError?.(error));
  }

  #drop(id: string): void {
    this.#batches.settle(id);
    this.#forget(id);
  }

  #forget(id: string): void {
    if (this.#batches.size === 0) {
      clearTimeout(this.#silence);
      this.#silence = undefined;
    }
    if (!this.#jobs.getSnapshot().has(id)) return;
    const jobs = new Map(this.#jobs.getSnapshot());
    jobs.delete(id);
    this.#jobs.set(jobs);
  }

  async #ask(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const { aiJobs } = await this.#client.request(AIJobs, { ids }, { signal });
    ids.forEach((jobId, place) => {
      const job = aiJobs?.[place];
      if (job) this.#take(job);
      else this.#end({ jobId, code: "NOT_FOUND", message: "The caller has no such job.", job: null });
    });
  }

  // A subscription says nothing of jobs that the caller cannot see. Where it has ended without some, they are asked for;
  // what is still unfinished then, or was not answered, is subscribed to again.
  async #inquire(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#ask(ids, this.#disposal.signal).catch(() => {});
    this.#batches.renew(ids, SILENCE_MS);
  }

  // It stays silent too where such jobs stand beside others.
  #expectOthers(): void {
    if (this.#silence !== undefined || this.#unheard().length === 0) return;
    this.#silence = setTimeout(async () => {
      this.#silence = undefined;
      const asking = inBatches(this.#unheard()).map((ids) => this.#ask(ids, this.#disposal.signal).catch(() => {}));
      await Promise.all(asking);
      this.#expectOthers();
    }, SILENCE_MS);
  }

  #unheard(): string[] {
    return this.#batches.ids.filter((id) => !this.#jobs.getSnapshot().has(id));
  }
}
