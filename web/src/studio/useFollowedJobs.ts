import { type AIJob, AIJobMonitor, ReelgraphError } from "@reelgraph/client";
import { useEffect, useEffectEvent, useMemo, useState } from "react";
import { useSession } from "../session";
import { isRunning, newestStates } from "./jobs";

interface FollowedJobs {
  /** All jobs known, the latest first. */
  jobs: readonly AIJob[];
  /** Why jobs cannot be followed; null while they can. */
  failure: ReelgraphError | null;
  /** Takes in what a mutation has answered. */
  take(jobs: readonly AIJob[]): void;
}

/** Jobs in their newest states: those given, and what was heard of them since. One monitor follows all that run. */
export function useFollowedJobs(listed: readonly AIJob[], onEnd: (job: AIJob) => void): FollowedJobs {
  const { client } = useSession();
  const [monitor, setMonitor] = useState<AIJobMonitor | null>(null);
  const [heard, setHeard] = useState<readonly AIJob[]>([]);
  const [failure, setFailure] = useState<ReelgraphError | null>(null);
  const take = (jobs: readonly AIJob[]) => setHeard((known) => newestStates(known, jobs));
  const hear = useEffectEvent((job: AIJob) => {
    take([job]);
    if (!isRunning(job)) onEnd(job);
  });

  useEffect(() => {
    const made = new AIJobMonitor(client, {
      onProgress: (job) => hear(job),
      onComplete: (job) => hear(job),
      onError: ({ code, message, job }) => (job ? hear(job) : setFailure(new ReelgraphError(code, message))),
    });
    setMonitor(made);
    return () => made.dispose();
  }, [client]);

  const jobs = useMemo(() => newestStates(listed, heard), [listed, heard]);
  const running = jobs
    .filter(isRunning)
    .map(({ id }) => id)
    .join(" ");
  useEffect(() => {
    if (running) for (const id of running.split(" ")) monitor?.addJob(id);
  }, [monitor, running]);

  return { jobs, failure, take };
}
