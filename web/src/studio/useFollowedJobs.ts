import { type AIJob, AIJobMonitor, ReelgraphError } from "@reelgraph/client";
import { useEffect, useEffectEvent, useMemo, useState } from "react";
import { onConnected, useSession } from "../session";
import { isRunning, newestStates } from "./jobs";

interface FollowedJobs {
  /** All jobs known, the latest first. */
  jobs: readonly AIJob[];
  /** Why some jobs cannot be followed; null while all can. */
  failure: ReelgraphError | null;
  /** Takes in what a mutation has answered. */
  take(jobs: readonly AIJob[]): void;
  /** Follows those too that could not be followed. */
  retry(): void;
}

/** What the server refused to tell of, by the job's id. */
type Refusals = ReadonlyMap<string, ReelgraphError>;
const NONE: Refusals = new Map();

/** Jobs in their newest states: those given, and what was heard of them since. One monitor follows all that run. */
export function useFollowedJobs(listed: readonly AIJob[], onEnd: (job: AIJob) => void): FollowedJobs {
  const { client } = useSession();
  const [monitor, setMonitor] = useState<AIJobMonitor | null>(null);
  const [heard, setHeard] = useState<readonly AIJob[]>([]);
  const [refusals, setRefusals] = useState(NONE);
  const take = (jobs: readonly AIJob[]) => setHeard((known) => newestStates(known, jobs));
  const hear = useEffectEvent((job: AIJob) => {
    take([job]);
    if (!isRunning(job)) onEnd(job);
  });

  useEffect(() => {
    const made = new AIJobMonitor(client, {
      onProgress: (job) => hear(job),
      onComplete: (job) => hear(job),
      onError({ jobId, code, message, job }) {
        if (job) hear(job);
        else setRefusals((known) => new Map(known).set(jobId, new ReelgraphError(code, message)));
      },
    });
    setMonitor(made);
    return () => made.dispose();
  }, [client]);

  const jobs = useMemo(() => newestStates(listed, heard), [listed, heard]);
  useEffect(() => {
    for (const job of jobs) if (isRunning(job) && !refusals.has(job.id)) monitor?.addJob(job.id);
  }, [monitor, jobs, refusals]);

  const retry = () => setRefusals(NONE);
  // What was refused before may be allowed over a new connection.
  useEffect(() => onConnected(client, () => setRefusals(NONE)), [client]);

  const [failure = null] = refusals.values();
  return { jobs, failure, take, retry };
}
