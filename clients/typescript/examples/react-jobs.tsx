import { AIJobMonitor, type Client, StartAIJob } from "@reelgraph/client";
import { useEffect, useRef, useState } from "react";

export function Studio({ client }: { client: Client }) {
  const [jobs, setJobs] = useState<Record<string, string>>({});
  const monitor = useRef<AIJobMonitor>(null);
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
    const { startAIJob } = await client.request(StartAIJob, { input: { kind: "CAPTION" } });
    if (startAIJob) monitor.current?.addJob(startAIJob.job.id);
  }

  return (
    <section>
      <button type="button" onClick={start}>
        Start a job
      </button>
      <ul>
        {Object.entries(jobs).map(([id, text]) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
