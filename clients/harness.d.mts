// The types of harness.mjs, for tests in TypeScript.
import type { ChildProcess } from "node:child_process";

export function within<T>(promise: Promise<T>, what: string, patience?: number): Promise<T>;
export function sign(sub: string, roles?: string[], seconds?: number): string;
export function freePort(): Promise<number>;

export class Server {
  static start(settings?: Record<string, string>): Promise<Server>;
  readonly url: string;
  readonly socketURL: string;
  readonly runs: boolean;
  readonly port: number;
  settings: Record<string, string>;
  program: ChildProcess & { log: string };
  start(): Promise<void>;
  end(signal: NodeJS.Signals): Promise<number | null>;
  close(): Promise<void>;
  elsewhere(work: (other: Server) => Promise<void>): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: what is asked for is as the text of the query says
  ask(token: string | undefined, query: string, variables?: Record<string, unknown>): Promise<any>;
}

export const backend: string;
export function authorization(token?: string): Record<string, string>;

export class Person {
  static join(server: Server): Promise<Person>;
  readonly id: string;
  readonly token: string;
  readonly video: string;
  readonly welcome: string;
  startJob(server: Server): Promise<string>;
}

export function claimJobs(server: Server): Promise<unknown>;
export function report(server: Server, id: string, news: Record<string, unknown>): Promise<void>;
export const completed: { status: string; resultUrl: string };
export function view(server: Server, videoId: string): Promise<unknown>;
export function notify(server: Server, person: { readonly id: string }, titles: string[]): Promise<string[]>;
