import { AIJobMonitor, type Client, ReelgraphError, StartAIJob } from "@reelgraph/client";
import { useEffect, useRef, useState } from "react";

const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

export function Studio({ client }: { client: Client }) {
  const [jobs, setJobs] = useState<Record<string, string>>({});
  const [starting, setStarting] = useState(false);
  const [failure, setFailure] = useState("");
  const monitor = useRef<AIJobMonitor>(null);
  const key = useRef(newKey());
  useEffect(() => {
    const show = (id: string, text: string) => setJobs((jobs) => ({ ...jobs, [id]: text }));
    const own = new AIJobMonitor(client, {
      onProgress: ({ id, progress }) => show(id, `${progress} percent`),
      onComplete: ({ id, resultUrl }) => show(id, `ready at ${resultUrl}`),
      onError: ({ jobId, message }) => show(jobId, message),
    });
    monitor.current = own;
    return () => own.dispose();
  }, [client]);

  async function start() {
    setStarting(true);
    setFailure("");
    try {
      const input = { kind: "CAPTION", idempotencyKey: key.current } as const;
      const { startAIJob } = await client.request(StartAIJob, { input });
      key.current = newKey(); // Only now: pressed again after a failure, the button starts no second job.
      if (startAIJob) monitor.current?.addJob(startAIJob.job.id);
    } catch (error) {
      setFailure(ReelgraphError.from(error).message);
    } finally {
      setStarting(false);
    }
  }

  return (
    <section>
      <button type="button" disabled={starting} onClick={start}>
        Start a job
      </button>
      {failure && <p role="alert">{failure}</p>}
      <ul>
        {Object.entries(jobs).map(([id, text]) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
