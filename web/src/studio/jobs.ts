import type { AIJob, AIJobKind } from "@reelgraph/client";
import { formatNumber, type Language } from "../i18n";
import type { texts } from "./texts";

export type StudioTexts = (typeof texts)["en"];

/** What can be started, in the order of the form. */
export const KINDS: readonly AIJobKind[] = ["GENERATE", "REMIX", "UPSCALE", "GLITCH", "CAPTION"];

/** What each costs in credits. */
export const COSTS: Readonly<Record<AIJobKind, number>> = { GENERATE: 10, REMIX: 8, UPSCALE: 5, GLITCH: 3, CAPTION: 1 };

/** How much of a prompt is enough to tell jobs apart. */
const NAME_LENGTH = 60;

export function costText(credits: number, text: StudioTexts, language: Language): string {
  return credits === 1 ? text.oneCredit : text.cost(formatNumber(credits, language));
}

export function isRunning({ status }: AIJob): boolean {
  return status === "QUEUED" || status === "PROCESSING";
}

/** What a job is called where it is spoken of. */
export function jobName({ kind, prompt }: AIJob, text: StudioTexts): string {
  if (!prompt) return text.kinds[kind];
  const chars = [...prompt];
  return `${text.kinds[kind]}: ${chars.length > NAME_LENGTH ? `${chars.slice(0, NAME_LENGTH).join("")}…` : prompt}`;
}

/** Why a job has failed: in the reader's language where the reason is known, else in the worker's words. */
export function failureText({ errorCode, error }: AIJob, text: StudioTexts): string {
  return (errorCode && text.errors[errorCode]) || (error ?? text.statuses.FAILED);
}

/** These jobs, each in its newest state, the latest first. */
export function newestStates(...lists: readonly Iterable<AIJob>[]): AIJob[] {
  const newest = new Map<string, AIJob>();
  for (const job of lists.flatMap((list) => [...list])) {
    const known = newest.get(job.id);
    if (!known || known.version < job.version) newest.set(job.id, job);
  }
  return [...newest.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}
